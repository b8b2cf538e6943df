"""What the members of a consortium bring to a permit, each by its own consent."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Path

from zone_service.auth import Anybody, Applicant
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.routes.conditions import ENDED_ONCE, NO_CONDITION
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.applications import BroughtShown
from zone_service.schemas.fields import Page
from zone_service.services import Services, services_of
from zone_service.store import bringing

router = Router(prefix="/api/permits/{number}/brought", tags=["permits"])
Served = Annotated[Services, Depends(services_of)]
Number = Annotated[str, Path(max_length=64)]
EntryKey = Annotated[str, Path(max_length=64)]

FOUND = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
CHANGES = FOUND | errors(HTTPStatus.CONFLICT)
GIVEN_ONCE: Final = {NO_CONDITION: "it is given or it is not: the same again changes nothing"}


@router.get("", responses=FOUND)
def list_brought(
    number: Number,
    principal: Anybody,
    services: Served,
    after: After = "",
    limit: Limit = 100,
) -> Page[BroughtShown]:
    """Return what is named under a permit, or may be by the consent of its owner, and who brings it."""
    with services.store.read() as session:
        found = bringing.of_permit(session, principal, number, after=after, limit=limit)
    return Page(
        items=[BroughtShown.of(each) for each in found],
        next=following([each.entry_id for each in found], limit),
    )


@router.put("/{entry_id}", responses=CHANGES, openapi_extra=GIVEN_ONCE)
def bring_entry(
    number: Number, entry_id: EntryKey, principal: Applicant, services: Served
) -> BroughtShown:
    """Consent, as a member of the consortium, that something of one's own is named under the permit."""
    with services.store.write() as session:
        return BroughtShown.of(bringing.bring(session, principal, number, entry_id, now()))


@router.delete("/{entry_id}", responses=CHANGES, openapi_extra=ENDED_ONCE)
def take_entry_back(
    number: Number, entry_id: EntryKey, principal: Applicant, services: Served
) -> BroughtShown:
    """Take the consent back, as long as nothing that was handed in rests on it."""
    with services.store.write() as session:
        return BroughtShown.of(bringing.take_back(session, principal, number, entry_id, now()))
