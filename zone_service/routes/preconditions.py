"""Preconditions of permits: what came of each, what departments attest, what vehicles have driven."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path

from zone_service.auth import Anybody, Applicant, Voter
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.fields import Page
from zone_service.schemas.preconditions import (
    AttestationGiven,
    DrivenFigureGiven,
    DrivenFigureShown,
    PreconditionsShown,
)
from zone_service.services import Services, services_of
from zone_service.store import driven, matters, preconditions

router = Router(prefix="/api", tags=["preconditions"])
Served = Annotated[Services, Depends(services_of)]
Number = Annotated[str, Path(max_length=64, examples=["RT-2026-000001"])]
MatterId = Annotated[str, Path(max_length=64, examples=["CH-2026-000001"])]
EntryKey = Annotated[str, Path(max_length=64)]
FigureKey = Annotated[int, Path(ge=1, le=2**53)]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
FOUND = REFUSED | errors(HTTPStatus.NOT_FOUND)
CHANGES = FOUND | errors(HTTPStatus.CONFLICT)


@router.get("/permits/{number}/preconditions", responses=FOUND)
def get_preconditions(number: Number, principal: Anybody, services: Served) -> PreconditionsShown:
    """Return every precondition of a permit as it is now, with its figures, its source and its result."""
    with services.store.read() as session:
        under = services.rules.ruling(session)
        found = preconditions.get(session, principal, number, now(), under)
    return PreconditionsShown.of(found, under.sheet)


@router.post("/permits/{number}/preconditions/attestations", responses=CHANGES)
def attest_precondition(
    number: Number, given: AttestationGiven, principal: Voter, services: Served
) -> PreconditionsShown:
    """Answer by a document what the figures leave open, as somebody of a department."""
    with services.store.write() as session:
        under = services.rules.ruling(session)
        found = preconditions.attest(
            session,
            principal,
            number,
            given.code,
            given.document_id,
            now(),
            under=under,
            met=given.met,
            note=given.note,
        )
    return PreconditionsShown.of(found, under.sheet)


@router.get("/matters/{matter_id}/preconditions", responses=CHANGES)
def get_preconditions_of_matter(
    matter_id: MatterId, principal: Anybody, services: Served
) -> PreconditionsShown:
    """Return every precondition of a permit as it would be, were what is asked for granted."""
    with services.store.read() as session:
        under = services.rules.ruling(session)
        found = preconditions.of_matter(session, principal, matter_id, now(), under)
    return PreconditionsShown.of(found, under.sheet)


@router.post("/matters/{matter_id}/preconditions/attestations", responses=CHANGES)
def attest_precondition_of_matter(
    matter_id: MatterId, given: AttestationGiven, principal: Voter, services: Served
) -> PreconditionsShown:
    """Answer by a document, as somebody of a department, what the figures leave open of what is asked for."""
    with services.store.write() as session:
        under = services.rules.ruling(session)
        number = matters.get(session, principal, matter_id, under).matter.number
        found = preconditions.attest(
            session,
            principal,
            number,
            given.code,
            given.document_id,
            now(),
            under=under,
            met=given.met,
            note=given.note,
            matter_id=matter_id,
        )
    return PreconditionsShown.of(found, under.sheet)


@router.get("/register/{entry_id}/driven", responses=FOUND)
def list_driven(
    entry_id: EntryKey, principal: Anybody, services: Served, after: After = "", limit: Limit = 100
) -> Page[DrivenFigureShown]:
    """Return what a vehicle has driven, as it was declared, and who has attested it."""
    last = int(after) if after.isascii() and after.isdigit() else 0
    with services.store.read() as session:
        found = driven.of_entry(session, principal, entry_id, after=last, limit=limit)
    return Page(
        items=[DrivenFigureShown.of(each) for each in found],
        next=following([str(each.figure_id) for each in found], limit),
    )


@router.post("/register/{entry_id}/driven", status_code=HTTPStatus.CREATED, responses=CHANGES)
def declare_driven(
    entry_id: EntryKey, given: DrivenFigureGiven, principal: Applicant, services: Served
) -> DrivenFigureShown:
    """Declare what a vehicle has driven in automated mode; it counts once it is attested."""
    with services.store.write() as session:
        made = driven.declare(session, principal, entry_id, given.figure(), now())
    return DrivenFigureShown.of(made)


@router.post("/register/{entry_id}/driven/{figure_id}/attestation", responses=CHANGES)
def attest_driven(
    entry_id: EntryKey, figure_id: FigureKey, principal: Voter, services: Served
) -> DrivenFigureShown:
    """Confirm a figure by its document, as somebody of a department that the rule set names for it."""
    with services.store.write() as session:
        under = services.rules.ruling(session)
        made = driven.attest(session, principal, entry_id, figure_id, now(), under=under)
    return DrivenFigureShown.of(made)
