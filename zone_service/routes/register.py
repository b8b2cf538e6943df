"""The register: vehicles, aircraft, vessels, people and consortia that permits are about."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Response

from permits.aircraft_class import classify
from permits.document_kinds import CoveredKind
from permits.entries import Aircraft
from zone_service.auth import Anybody, Applicant
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.routes.conditions import EDITS, SeenRevision
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.fields import Page
from zone_service.schemas.register import (
    AmendmentGiven,
    ClassShown,
    EntryGiven,
    EntryShown,
    EntryWithClass,
    LinkGiven,
    particulars_of,
)
from zone_service.services import Services, services_of
from zone_service.store import register
from zone_service.store.records import Principal, RegisterEntry

router = Router(prefix="/api/register", tags=["register"])
Served = Annotated[Services, Depends(services_of)]
EntryKey = Annotated[str, Path(max_length=64)]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
FOUND = REFUSED | errors(HTTPStatus.NOT_FOUND)
CHANGES = FOUND | errors(HTTPStatus.CONFLICT)


@router.get("", responses=REFUSED)
def list_entries(
    principal: Anybody,
    services: Served,
    kind: CoveredKind | None = None,
    after: After = "",
    limit: Limit = 100,
) -> Page[EntryShown]:
    """Return what is registered; operators see their own."""
    with services.store.read() as session:
        found = register.page(session, principal, kind=kind, after=after, limit=limit)
    return Page(
        items=[EntryShown.of(each, principal.role) for each in found],
        next=following([each.entry_id for each in found], limit),
    )


@router.post("", status_code=HTTPStatus.CREATED, responses=CHANGES)
def add_entry(
    given: EntryGiven, principal: Applicant, services: Served, response: Response
) -> EntryShown:
    """Register a vehicle, an aircraft, a vessel, a person or a consortium."""
    wanted = given.entry(principal.organisation_id)
    with services.store.write() as session:
        made = register.add(session, principal, wanted, now())
    return _changed(made, principal, response)


@router.get("/{entry_id}", responses=FOUND)
def get_entry(
    entry_id: EntryKey, principal: Anybody, services: Served, response: Response
) -> EntryWithClass:
    """Return one entry; of an aircraft its class by the rule set in force, and why it is that."""
    with services.store.read() as session:
        found = register.get(session, principal, entry_id)
        sheet = services.rules.ruling(session).sheet
    response.headers["ETag"] = f'"{found.revision}"'
    classed = None
    if isinstance(found.particulars, Aircraft):
        classed = ClassShown.of(classify(found.particulars, sheet))
    shown = EntryShown.of(found, principal.role)
    return EntryWithClass(**shown.model_dump(), classed=classed)


@router.put("/{entry_id}", responses=CHANGES | EDITS)
def amend_entry(
    entry_id: EntryKey,
    given: AmendmentGiven,
    principal: Applicant,
    services: Served,
    seen: SeenRevision,
    response: Response,
) -> EntryShown:
    """File what has changed, if nobody was faster."""
    particulars = particulars_of(given.particulars)
    with services.store.write() as session:
        made = register.amend(session, principal, entry_id, particulars, now(), expected=seen)
    return _changed(made, principal, response)


@router.put("/{entry_id}/device", responses=CHANGES | EDITS)
def link_entry(
    entry_id: EntryKey,
    given: LinkGiven,
    principal: Applicant,
    services: Served,
    seen: SeenRevision,
    response: Response,
) -> EntryShown:
    """Say by which device it is seen to move."""
    with services.store.write() as session:
        made = register.link(session, principal, entry_id, given.device_id, now(), expected=seen)
    return _changed(made, principal, response)


@router.delete("/{entry_id}", responses=CHANGES | EDITS)
def retire_entry(
    entry_id: EntryKey,
    principal: Applicant,
    services: Served,
    seen: SeenRevision,
    response: Response,
) -> EntryShown:
    """Take it out of service, and off its device."""
    with services.store.write() as session:
        made = register.retire(session, principal, entry_id, now(), expected=seen)
    return _changed(made, principal, response)


def _changed(made: RegisterEntry, principal: Principal, response: Response) -> EntryShown:
    response.headers["ETag"] = f'"{made.revision}"'
    return EntryShown.of(made, principal.role)
