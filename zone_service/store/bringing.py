"""What each member of a consortium brings to a permit: by its own consent, not by the applicant's word.

A consent is given for one thing of the register under one permit. It is taken back as long as nothing
rests on it: before the application is handed in, and afterwards of what is not named there. Who leaves
what was granted does so by a change under it.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from permits.document_kinds import CoveredKind
from permits.permit import Permit
from zone_service.store import audit, consortium_members, history
from zone_service.store.errors import Conflict, InvalidValue, NotAllowed, NotFound
from zone_service.store.granted import ENDED, NEVER_GRANTED
from zone_service.store.known_facts import named_of
from zone_service.store.records import Brought, Principal, Role
from zone_service.store.revisions import bump
from zone_service.store.scoping import one, page_size, require_role
from zone_service.store.tables import BroughtEntryRow, ConsortiumMemberRow, PermitRow, RegisterRow

_IDS_AT_ONCE = 500


def of_permit(
    session: Session, principal: Principal, number: str, *, after: str = "", limit: int = 1000
) -> tuple[Brought, ...]:
    """Return what is named under a permit, or may be, and who brings it, by the ids of the entries.

    Raises:
        NotFound: there is no permit that the principal may see.
    """
    permit = history.permit_of(one(session, PermitRow, principal, number))
    named, known = named_of(session, number), consortium_members.consents(session, number)
    wanted = sorted(each for each in named | known.keys() if each > after)[: page_size(limit)]
    found: list[Brought] = []
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        some = col(RegisterRow.entry_id).in_(wanted[start : start + _IDS_AT_ONCE])
        rows = session.exec(select(RegisterRow).where(some).order_by(col(RegisterRow.entry_id)))
        found += (_brought(row, known.get(row.entry_id), named, permit) for row in rows)
    return tuple(found)


def bring(
    session: Session, principal: Principal, number: str, entry_id: str, at: datetime
) -> Brought:
    """Consent that something of one's own is named under the permit of a consortium that one is in.

    Raises:
        NotFound: there is no such permit, or no such entry, that the principal may see.
        NotAllowed: the principal is of no member that is in its consortium.
        InvalidValue: it is a consortium itself.
        Conflict: it is out of service, or nothing is named under the permit as it stands.
    """
    permit = _theirs(session, principal, number, "bring something to a permit")
    entry = one(session, RegisterRow, principal, entry_id)
    if entry.kind == CoveredKind.CONSORTIUM.value:
        raise InvalidValue(why="nothing to bring", entry=entry_id)
    if not entry.active:
        raise Conflict(why="out of service", what="entry", key=entry_id)
    if permit.state not in consortium_members.WITH_APPLICANT and not _stands(permit):
        _refuse_state(permit)
    row = session.get(BroughtEntryRow, (number, entry_id))
    if row is None:
        row = BroughtEntryRow(
            number=number,
            entry_id=entry_id,
            organisation_id=entry.organisation_id,
            at=at,
            by=principal.username,
        )
        session.add(row)
        session.flush()
        audit.record(session, principal, "permit.bring", number, at, entry_id)
    return _brought(entry, row, named_of(session, number), permit)


def take_back(
    session: Session, principal: Principal, number: str, entry_id: str, at: datetime
) -> Brought:
    """Take back the consent that something of one's own is named under a permit.

    What is handed in with it named is not complete any more until the applicant leaves it out.

    Raises:
        NotFound: there is no such permit that the principal may see, or no such consent of theirs.
        NotAllowed: the principal is of no member that is in its consortium.
        Conflict: it is named in what was handed in: to leave that is a change.
    """
    permit = _theirs(session, principal, number, "take back what is brought to a permit")
    row = session.get(BroughtEntryRow, (number, entry_id))
    if row is None or row.organisation_id != principal.organisation_id:
        raise NotFound(what="consent", key=f"{number} {entry_id}")
    named = named_of(session, number)
    if permit.state not in consortium_members.WITH_APPLICANT and entry_id in named:
        raise Conflict(why="consent stays", entry=entry_id, number=number, state=permit.state)
    session.delete(row)
    session.flush()
    audit.record(session, principal, "permit.take-back", number, at, entry_id)
    return _brought(session.get_one(RegisterRow, entry_id), None, named, permit)


def _theirs(session: Session, principal: Principal, number: str, act: str) -> Permit:
    """Return a permit in whose consortium the principal's organisation is; first of all it waits here."""
    bump(session, "documents")
    # Whoever hands it in, or changes it, at the same time reads the consents: one of the two waits for the other.
    bump(session, "permits")
    permit = history.permit_of(one(session, PermitRow, principal, number))
    require_role(principal, act, Role.OPERATOR)
    member = session.get(ConsortiumMemberRow, (number, principal.organisation_id))
    if member is None or member.left_at is not None:
        raise NotAllowed(why="no member", who=principal.username, act=act, number=number)
    return permit


def _stands(permit: Permit) -> bool:
    return permit.state not in NEVER_GRANTED and permit.state not in ENDED


def _refuse_state(permit: Permit) -> None:
    expected = ", ".join(consortium_members.WITH_APPLICANT)
    raise Conflict(
        why="application state", number=permit.number, state=permit.state, expected=expected
    )


def _brought(
    entry: RegisterRow, consent: BroughtEntryRow | None, named: frozenset[str], permit: Permit
) -> Brought:
    return Brought(
        entry_id=entry.entry_id,
        kind=CoveredKind(entry.kind),
        organisation_id=entry.organisation_id,
        device_id=entry.device_id,
        is_holders=entry.organisation_id == permit.holder_id,
        is_named=entry.entry_id in named,
        consented_at=None if consent is None else consent.at,
        consented_by=None if consent is None else consent.by,
    )
