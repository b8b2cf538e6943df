"""What devices sent and the platform did not take."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AwareDatetime

from zone_service.auth import Anybody
from zone_service.problems import errors
from zone_service.refusal_json import refusal_json
from zone_service.routes.paging import Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.fields import Page
from zone_service.schemas.refusals import RefusalShown
from zone_service.services import Services, services_of
from zone_service.store import refusals
from zone_service.store.records import RefusalFilter
from zone_service.store.refusals import RefusalKey

router = Router(prefix="/api/refusals", tags=["refusals"])
Served = Annotated[Services, Depends(services_of)]
After = Annotated[
    str | None,
    Query(
        max_length=200,
        pattern=r"(?s)^[0-9]{1,12}/[a-z_]{1,32}/.*$",
        description="`next` of the answer before; absent to begin.",
    ),
]


@router.get("", responses=errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN))
def list_refusals(
    principal: Anybody,
    services: Served,
    device_id: Annotated[str | None, Query(max_length=128)] = None,
    from_: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    to: AwareDatetime | None = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[RefusalShown]:
    """Return what was refused, by subject, reason and minute, the newest first.

    Operators see what was refused of their own devices. From and to are counted in whole minutes,
    both included.
    """
    asked = RefusalFilter(device_id, _seconds(from_), _seconds(to))
    with services.store.read() as session:
        found = refusals.page(session, principal, asked, _key(after), limit)
    return Page(
        items=[RefusalShown.model_validate(refusal_json(each)) for each in found],
        next=following([_written(refusals.key_of(each)) for each in found], limit),
    )


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def _written(key: RefusalKey) -> str:
    return f"{key.minute_s}/{key.reason}/{key.subject}"


def _key(after: str | None) -> RefusalKey | None:
    if after is None:
        return None
    minute, reason, subject = after.split("/", 2)
    return RefusalKey(int(minute), subject, reason)
