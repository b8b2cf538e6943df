"""The preconditions of a permit as the store answers them, and what is attested where it cannot."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from permits.acts import Act
from permits.competence import NotCompetent
from permits.condition import Verdict
from permits.document import Covered
from permits.document_kinds import CoveredKind
from permits.issuing import Ruling
from permits.matter_states import FURTHER
from permits.paper_words import PapersRefused, fault
from permits.permit import Permit, PermitState
from permits.precondition_codes import PreconditionCode
from permits.precondition_facts import Known
from permits.preconditions import Finding, findings, law_of
from zone_service.store import attestations, matter_rows, permit_taking
from zone_service.store.competence import unfit_for
from zone_service.store.errors import Conflict, NotFound
from zone_service.store.further_vehicles import proposal_of
from zone_service.store.known_facts import known
from zone_service.store.records import PreconditionFile, Principal, Role
from zone_service.store.revisions import bump
from zone_service.store.scoping import one, require_role
from zone_service.store.tables import DocumentRow, MatterRow, PermitRow

OPEN = frozenset(
    {
        PermitState.DRAFT,
        PermitState.SUBMITTED,
        PermitState.RETURNED_FOR_CORRECTION,
        PermitState.ACCEPTED,
        PermitState.THIRD_PARTY_REVIEW,
        PermitState.EXPERT_REVIEW,
        PermitState.JOINT_REVIEW,
        PermitState.NOTIFIED,
        PermitState.APPROVED,
        PermitState.AWAITING_PLATE,
    }
)
"""The states in which something is still to be granted."""


def get(
    session: Session, principal: Principal, number: str, at: datetime, under: Ruling
) -> PreconditionFile:
    """Return every precondition of a permit, and what came of it today.

    Raises:
        NotFound: there is no permit that the principal may see.
    """
    one(session, PermitRow, principal, number)
    return _file(session, number, at, under)


def of_matter(
    session: Session, principal: Principal, matter_id: str, at: datetime, under: Ruling
) -> PreconditionFile:
    """Return what would come of every precondition, were what is asked for in a matter granted.

    Raises:
        NotFound: there is no such matter that the principal may see.
        Conflict: nothing is asked for in it, or it is over.
        PapersRefused: what is asked for cannot be.
    """
    row = one(session, MatterRow, principal, matter_id)
    matter = matter_rows.matter_of(row)
    if matter.kind not in FURTHER or not matter.is_open:
        raise Conflict(
            why="no open application", kind=matter.kind, matter=matter_id, state=matter.state
        )
    case = permit_taking.case_of(session, matter.number, under)
    proposed = proposal_of(session, case, matter, row.created_at, at)
    facts = known(session, case, at, under, proposed=proposed)
    return replace(_file_of(facts, under), matter_id=matter_id)


def attest(
    session: Session,
    principal: Principal,
    number: str,
    code: PreconditionCode,
    document_id: str,
    at: datetime,
    *,
    under: Ruling,
    met: bool = True,
    note: str = "",
    matter_id: str | None = None,
) -> PreconditionFile:
    """Answer by a document what the figures leave open; ``matter_id``: of what is asked for under it.

    Raises:
        NotFound: there is no such permit or document that the principal may see.
        NotAllowed: the principal is of no department.
        NotCompetent: another department reviews such applications, or it is their own.
        Conflict: nothing is granted on this permit any more.
        PapersRefused: the precondition is not asked, its figures settle it, or the document is not
            one by which it may be attested.
    """
    # First of all: whoever decides at the same time waits here.
    bump(session, "permits")
    one(session, PermitRow, principal, number)
    require_role(principal, "attest a precondition", Role.REVIEWER, Role.POLICE)
    document = one(session, DocumentRow, principal, document_id)
    before = _asked(session, principal, number, matter_id, at, under)
    permit = before.permit
    if matter_id is None and permit.state not in OPEN:
        raise Conflict(why="granted already", number=number, state=permit.state)
    if why := unfit_for(session, principal, permit, Act.ATTEST, under.of(permit)):
        raise NotCompetent(permit, Act.ATTEST, why)
    found = _open_finding(before, code)
    attestations.require_evidence(document, found.attested_by, before.about, at)
    attestations.write(session, principal, permit, code, document, at, met=met, note=note)
    return _asked(session, principal, number, matter_id, at, under)


def _asked(
    session: Session,
    principal: Principal,
    number: str,
    matter_id: str | None,
    at: datetime,
    under: Ruling,
) -> PreconditionFile:
    if matter_id is None:
        return _file(session, number, at, under)
    found = of_matter(session, principal, matter_id, at, under)
    if found.permit.number != number:
        raise NotFound(what="matter", key=matter_id)
    return found


def _open_finding(file: PreconditionFile, code: PreconditionCode) -> Finding:
    """Return what came of a precondition, if a person may answer it."""
    found = next((each for each in file.findings if each.code is code), None)
    if found is None:
        asked = ", ".join(each.code for each in file.findings)
        raise PapersRefused(fault("code", code, "one of", choice=asked))
    open_to = (each.result is Verdict.UNKNOWN or each.attested for each in found.answers)
    if found.answers and not any(open_to):
        raise PapersRefused(fault("code", f"{code}: {found.result}", "unknown"))
    return found


def _file(session: Session, number: str, at: datetime, under: Ruling) -> PreconditionFile:
    case = permit_taking.case_of(session, number, under)
    return _file_of(known(session, case, at, under), under)


def _file_of(facts: Known, under: Ruling) -> PreconditionFile:
    under = under.of(facts.permit)
    return PreconditionFile(
        permit=facts.permit,
        rules=under.label,
        findings=findings(facts, under.sheet),
        law=law_of(facts, under.sheet),
        about=_about(facts),
    )


def _about(facts: Known) -> frozenset[Covered]:
    """Return all that a document of this application may be about."""
    permit: Permit = facts.permit
    named = {each.covered for each in facts.subjects}
    named |= {each.document.covers for each in facts.firm_proofs}
    named |= {
        Covered(CoveredKind.PERMIT, permit.number),
        Covered(CoveredKind.ORGANISATION, permit.holder_id),
    }
    if facts.application.consortium_id is not None:
        named.add(Covered(CoveredKind.CONSORTIUM, facts.application.consortium_id))
    return frozenset(named)
