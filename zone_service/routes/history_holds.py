"""Legal holds on times of the history."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path

from zone_service.auth import Police
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.evidence import HoldGiven
from zone_service.schemas.fields import Page
from zone_service.schemas.history_holds import HistoryHeld, HistoryHoldGiven, HistoryHoldShown
from zone_service.services import Services, services_of
from zone_service.store import history_holds

router = Router(prefix="/api/history/holds", tags=["history"])
Served = Annotated[Services, Depends(services_of)]
HoldKey = Annotated[str, Path(max_length=32)]
REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY)
CHANGES = REFUSED | errors(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


@router.get("", responses=REFUSED)
def list_history_holds(
    principal: Police, services: Served, after: After = "", limit: Limit = 100
) -> Page[HistoryHoldShown]:
    """Return the legal holds on the history by their ids, those too that are lifted; to the police."""
    with services.store.read() as session:
        found = history_holds.page(session, principal, after, limit)
    return Page(
        items=[HistoryHoldShown.of(each) for each in found],
        next=following([each.hold_id for each in found], limit),
    )


@router.post("", status_code=HTTPStatus.CREATED, responses=REFUSED)
def hold_history(given: HistoryHoldGiven, principal: Police, services: Served) -> HistoryHeld:
    """Put a legal hold on what all devices told in a time: its files are kept until that is lifted.

    What of it is removed already is told with it.
    """
    with services.store.write() as session:
        found = history_holds.put(session, principal, given.from_, given.to, given.reason, now())
        removed = history_holds.removed_of(session.connection(), found)
    return HistoryHeld.too_late_for(found, removed)


@router.post("/{hold_id}/release", responses=CHANGES)
def release_history(
    hold_id: HoldKey, given: HoldGiven, principal: Police, services: Served
) -> HistoryHoldShown:
    """Lift a legal hold on the history."""
    with services.store.write() as session:
        found = history_holds.release(session, principal, hold_id, given.reason, now())
    return HistoryHoldShown.of(found)
