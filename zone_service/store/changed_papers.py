"""What follows for permits when a document on which they rest comes, or is withdrawn: at once, by itself."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlmodel import Session, col, or_, select

from permits.cover import COVERING
from permits.document import Covered, StoredFile
from permits.document_kinds import CoveredKind
from permits.issuing import Ruling
from permits.permit import TRANSITIONS, PermitAction, PermitState, transition
from zone_service.store import documents, history
from zone_service.store.permit_step import Step
from zone_service.store.permit_taking import case_of, let_law, take
from zone_service.store.records import PLATFORM, KeptDocument, Principal
from zone_service.store.recount import recounted
from zone_service.store.tables import PermitRow, RegisterRow

_RECOUNT = PermitAction.RECOUNT_VALIDITY
_STANDS = sorted(
    {
        state.value
        for states in TRANSITIONS.values()
        for state, moves in states.items()
        if _RECOUNT in moves
    }
)


def withdraw(
    session: Session, principal: Principal, document_id: str, at: datetime, under: Ruling
) -> KeptDocument:
    """Withdraw a document; what rests on it alone ends at once, plates and permits.

    Raises:
        NotFound, NotAllowed, Conflict: as ``documents.withdraw``.
    """
    kept = documents.withdraw(session, principal, document_id, at)
    recount(session, kept, at, under)
    return kept


def put_file(
    session: Session,
    principal: Principal,
    document_id: str,
    file: StoredFile,
    at: datetime,
    under: Ruling,
) -> KeptDocument:
    """Give a document its file: what bears no plate lasts to its end again, within what was granted.

    Raises:
        NotFound, NotAllowed, Conflict: as ``documents.put_file``.
    """
    kept = documents.put_file(session, principal, document_id, file, at)
    recount(session, kept, at, under)
    return kept


def recount(session: Session, kept: KeptDocument, at: datetime, under: Ruling) -> tuple[str, ...]:
    """Let every permit that a document says something of last as its papers; return which have changed."""
    document = kept.document
    if document.kind not in COVERING:
        return ()
    devices = set(_moved(session, document.covers))
    word = "handed in" if kept.withdrawn_at is None else "withdrawn"
    why = f"{document.kind} {kept.document_id} {word}"
    return tuple(
        number
        for number in _permits_of(session, devices, at)
        if _recounted(session, number, at, why, under)
    )


def _recounted(session: Session, number: str, at: datetime, why: str, under: Ruling) -> bool:
    case = let_law(session, case_of(session, number, under), at, under)
    permit = case.permit
    row = transition(permit.family, permit.state, _RECOUNT)
    if row is None:
        return False
    step = Step(session, PLATFORM, case, row, at, why, under.of(permit))
    if recounted(step, permit) == permit.terms:
        return False
    take(session, PLATFORM, case, _RECOUNT, at, why, under=under)
    return True


def _moved(session: Session, covers: Covered) -> Iterator[str]:
    """Yield the devices of what a document is about; of a firm, all of its."""
    asked = select(RegisterRow.device_id).where(
        col(RegisterRow.active),
        RegisterRow.organisation_id == covers.key
        if covers.kind is CoveredKind.ORGANISATION
        else RegisterRow.entry_id == covers.key,
    )
    yield from (each for each in session.exec(asked) if each is not None)


def _permits_of(session: Session, devices: set[str], at: datetime) -> Iterable[str]:
    """Return the permits that stand and name one of some devices."""
    if not devices:
        return ()
    # A renewal that silence has granted meanwhile is written only when somebody looks.
    lasts = or_(col(PermitRow.valid_to) > at, PermitRow.state == PermitState.RENEWAL_PENDING.value)
    asked = select(PermitRow).where(col(PermitRow.state).in_(_STANDS), lasts)
    if len(devices) == 1:
        asked = asked.where(col(PermitRow.terms).contains(*devices, autoescape=True))
    found = [history.permit_of(row) for row in session.exec(asked.order_by(col(PermitRow.number)))]
    return [each.number for each in found if each.terms.device_ids & devices]
