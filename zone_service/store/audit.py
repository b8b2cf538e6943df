"""Who did what: written with the act itself, in one transaction, and never changed.

Each entry carries the hash of the one before, so that nobody changes, takes out or puts in one
unseen. An entry gets its place with the very last statement of its transaction: whoever commits at the
same time waits for that alone, and holds nothing that the other could want.
"""

from datetime import datetime

from sqlalchemy import event
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session, col, select

from zone_service.store.audit_chain import GENESIS, digest
from zone_service.store.records import AuditEntry, Principal, Role
from zone_service.store.revisions import take
from zone_service.store.scoping import page_size, require_role
from zone_service.store.tables import AuditRow

_SUBJECT_LENGTH = 200
_Written = tuple[AuditRow, SessionTransaction | None]
_WRITTEN = "audit"
"""In a session: the entries of its transaction, each with the part of it that it was written in."""


def record(
    session: Session,
    principal: Principal,
    action: str,
    subject: str,
    at: datetime,
    reason: str = "",
) -> None:
    """Write down an act, such as ``zone.publish``; it holds if and only if the act does."""
    row = AuditRow(
        at=at,
        actor=principal.username,
        action=action,
        subject=subject[:_SUBJECT_LENGTH],
        reason=reason,
    )
    within = session.get_nested_transaction() or session.get_transaction()
    session.info.setdefault(_WRITTEN, []).append((row, within))


@event.listens_for(AnySession, "after_soft_rollback")
def _forget(session: AnySession, ended: SessionTransaction) -> None:
    """Forget the entries of what was taken back, a part of a transaction or all of it."""
    written: list[_Written] = session.info.pop(_WRITTEN, [])
    session.info[_WRITTEN] = [each for each in written if not _is_within(each[1], ended)]


def _is_within(one: SessionTransaction | None, ended: SessionTransaction) -> bool:
    while one is not None and one is not ended:
        one = one.parent
    return one is ended


@event.listens_for(AnySession, "before_commit")
def _chain(session: AnySession) -> None:
    """Write the entries of a transaction, each at its place in the chain."""
    if session.in_nested_transaction() or not isinstance(session, Session):
        return
    written: list[_Written] = session.info.pop(_WRITTEN, [])
    if not written:
        return
    last = take(session, "audit", len(written))
    previous = _hash_of(session, last - len(written))
    for seq, (row, _) in enumerate(written, last - len(written) + 1):
        row.seq, row.previous = seq, previous
        previous = digest(row)
        session.add(row)
    session.flush()


def _hash_of(session: Session, seq: int) -> str:
    """Return the hash of the entry at a place; a fixed one before the first."""
    if seq == 0:
        return GENESIS
    row = session.exec(select(AuditRow).where(AuditRow.seq == seq)).one_or_none()
    # What was taken out is found by who verifies: nobody's act fails for it.
    return GENESIS if row is None else digest(row)


def first_hash(session: Session) -> str | None:
    """Return the hash of the first entry, which no two installations have in common; ``None`` before it."""
    row = session.exec(select(AuditRow).where(AuditRow.seq == 1)).one_or_none()
    return None if row is None else digest(row)


def entries(
    session: Session, principal: Principal, after: int = 0, limit: int = 100
) -> tuple[AuditEntry, ...]:
    """Return acts in the order in which they were done, from after ``audit_id``.

    Raises:
        NotAllowed: the principal is not an administrator.
    """
    require_role(principal, "read the audit", Role.ADMINISTRATOR)
    found = session.exec(
        select(AuditRow)
        .where(col(AuditRow.audit_id) > after)
        .order_by(col(AuditRow.audit_id))
        .limit(page_size(limit))
    )
    return tuple(_entry(row) for row in found)


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        audit_id=row.audit_id or 0,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        reason=row.reason,
    )
