"""The chain of the audit: the hash of an entry, and whether all entries are as they were written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from hashlib import sha256

import msgspec
from sqlmodel import Session, col, select

from zone_service.store.records import Principal, Role
from zone_service.store.revisions import revision
from zone_service.store.scoping import require_role
from zone_service.store.tables import AuditRow

GENESIS = "0" * 64
"""What the first entry carries."""
AT_ONCE = 1000


class Broken(StrEnum):
    """What is wrong at a place of the chain."""

    CHANGED = "changed"
    """The entry before it is not the one whose hash it carries."""
    MISSING = "missing"
    ADDED = "added"
    """It stands among the chained entries and is in no chain."""
    CUT_SHORT = "cut short"
    """There were more entries than there are."""


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold."""

    what: Broken
    seq: int
    """The place; of an entry that has none, its id."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of looking at the whole audit."""

    entries: int
    """In the chain."""
    before: int
    """Written before there was one, of which nothing is told."""
    head: str
    """The hash of the last entry: whoever keeps it elsewhere can tell later that nothing before it is other."""
    breaks: tuple[Break, ...]
    holds: bool = True
    """Whether there is an entry with the hash that was asked for, if one was."""


def digest(row: AuditRow) -> str:
    """Return the hash of an entry, with that of the one before among what is hashed."""
    told = (
        row.seq,
        row.previous,
        row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        row.actor,
        row.action,
        row.subject,
        row.reason,
    )
    return sha256(msgspec.json.encode(told)).hexdigest()


def verify(session: Session, principal: Principal, holds: str = "") -> Verified:
    """Look at every entry from the first one on, and at what lies between them.

    ``holds``: the hash of some entry as it was told before.

    Raises:
        NotAllowed: the principal is not an administrator.
    """
    require_role(principal, "verify the audit", Role.ADMINISTRATOR)
    entries, head, breaks = 0, GENESIS, list[Break]()
    first_id: int | None = None
    is_held = not holds
    for row in _rows(session):
        first_id = row.audit_id if first_id is None else first_id
        place = (row.seq or 0) - 1
        if place > entries:
            breaks.append(Break(Broken.MISSING, entries + 1))
        elif row.previous != head:
            breaks.append(Break(Broken.CHANGED, place))
        entries, head = place + 1, digest(row)
        is_held = is_held or head == holds
    loose = session.exec(select(AuditRow.audit_id).where(col(AuditRow.seq).is_(None))).all()
    added = [each for each in loose if each and first_id is not None and each > first_id]
    breaks += [Break(Broken.ADDED, each) for each in sorted(added)]
    if entries < (told := revision(session, "audit")):
        breaks.append(Break(Broken.CUT_SHORT, told))
    return Verified(entries, len(loose) - len(added), head, tuple(breaks), is_held)


def _rows(session: Session) -> Iterator[AuditRow]:
    """Yield the chained entries in their order, a part of them at once."""
    after = 0
    while True:
        asked = select(AuditRow).where(col(AuditRow.seq) > after).order_by(col(AuditRow.seq))
        found = session.exec(asked.limit(AT_ONCE)).all()
        yield from found
        if len(found) < AT_ONCE:
            return
        after = found[-1].seq or 0
        session.expunge_all()
