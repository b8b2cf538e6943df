"""One list of what is suspended now, whoever suspended it and however much of a permit it is."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query, Request

from permits.suspended import SuspendedKind
from permits.suspension_grounds import SuspensionGround
from zone_service.auth import Anybody
from zone_service.clock import now
from zone_service.languages import language_of
from zone_service.problems import errors
from zone_service.routes.paging import After, Limit
from zone_service.routes.submitting import Router
from zone_service.schemas.fields import Page
from zone_service.schemas.suspended import SuspendedShown
from zone_service.services import Services, services_of
from zone_service.store import suspended
from zone_service.store.suspended import SuspendedFilter

router = Router(prefix="/api", tags=["matters"])


@router.get("/suspensions", responses=errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN))
def list_suspended(
    request: Request,
    principal: Anybody,
    services: Annotated[Services, Depends(services_of)],
    permit: Annotated[str | None, Query(max_length=64)] = None,
    kind: Annotated[list[SuspendedKind], Query(max_length=10)] = [],  # noqa: B006 -- FastAPI copies it
    ground: SuspensionGround | None = None,
    *,
    overdue: Annotated[
        bool, Query(description="Only those of which somebody owes a step and is late.")
    ] = False,
    after: After = "",
    limit: Limit = 100,
) -> Page[SuspendedShown]:
    """Return what is suspended now: whole permits, and parts of others; operators see their own.

    A part may hold fewer than ``limit`` and yet not be the last: that one has no ``next``.
    """
    at = now()
    wanted = SuspendedFilter(
        number=permit, kinds=kind, ground=ground, overdue_at=at if overdue else None
    )
    with services.store.read() as session:
        under = services.rules.ruling(session)
        found, following = suspended.page(session, principal, wanted, under, after, limit)
    language = language_of(request.headers.get("accept-language"))
    return Page(items=[SuspendedShown.of(each, at, language) for each in found], next=following)
