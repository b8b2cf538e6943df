"""Violations as people see and handle them; the worker's own writing is ``journal``."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import false, text
from sqlmodel import Session, col, func, or_, select

from zone_service.store import audit, feed
from zone_service.store.errors import Conflict, InvalidValue
from zone_service.store.records import (
    Handling,
    Principal,
    Role,
    ViolationEvent,
    ViolationEventKind,
    ViolationFilter,
    ViolationRecord,
)
from zone_service.store.revisions import revision as count
from zone_service.store.roles import SEES_ALL
from zone_service.store.scoping import (
    one,
    page_size,
    require_role,
    scoped,
    scoped_apart,
    scoped_rows,
)
from zone_service.store.tables import UNRESOLVED, ViolationEventRow, ViolationRow

ALL = ViolationFilter()
_IDS_AT_ONCE = 10_000


def get(session: Session, principal: Principal, violation_id: str) -> ViolationRecord:
    """Return one violation.

    Raises:
        NotFound: there is none that the principal may see.
    """
    return feed.record(one(session, ViolationRow, principal, violation_id))


def page(
    session: Session,
    principal: Principal,
    asked: ViolationFilter = ALL,
    after: int | None = None,
    limit: int = 100,
) -> tuple[ViolationRecord, ...]:
    """Return violations, newest first, from after the ``opened_seq`` of one of them."""
    order, most = col(ViolationRow.opened_seq), page_size(limit)
    conditions = _conditions(asked, principal) + ([] if after is None else [order < after])
    found: dict[int, ViolationRow] = {}
    for query in scoped_apart(ViolationRow, principal):
        newest = query.where(*conditions).order_by(order.desc()).limit(most)
        found |= {row.opened_seq: row for row in session.exec(newest)}
    return tuple(feed.record(found[seq]) for seq in sorted(found, reverse=True)[:most])


def number(session: Session, principal: Principal, asked: ViolationFilter = ALL) -> int:
    """Return how many violations there are that the principal may see."""
    query = scoped(select(func.count()), principal, ViolationRow)
    query = query.select_from(ViolationRow)
    for condition in _conditions(asked, principal):
        query = query.where(condition)
    return int(session.exec(query).one())


def open_violations(session: Session, principal: Principal) -> tuple[ViolationRecord, ...]:
    """Return every violation that is going on, oldest first. Never cut short."""
    found = session.exec(
        scoped_rows(ViolationRow, principal)
        .where(col(ViolationRow.closed_at).is_(None))
        .order_by(col(ViolationRow.opened_seq))
    )
    return tuple(feed.record(row) for row in found)


def by_id(
    session: Session, principal: Principal, violation_ids: Collection[str]
) -> dict[str, ViolationRecord]:
    """Return those of the named violations that there are, in few queries however many are asked."""
    asked, found = sorted(violation_ids), dict[str, ViolationRecord]()
    for start in range(0, len(asked), _IDS_AT_ONCE):
        wanted = col(ViolationRow.id).in_(asked[start : start + _IDS_AT_ONCE])
        rows = session.exec(scoped_rows(ViolationRow, principal).where(wanted))
        found |= {row.id: feed.record(row) for row in rows}
    return found


def last_seq(session: Session) -> int:
    """Return the number of the newest event of the feed; 0 before the first."""
    return count(session, "feed")


def events_since(
    session: Session, principal: Principal, seq: int, limit: int = 1000
) -> tuple[ViolationEvent, ...]:
    """Return the feed from after ``seq``, as far as the principal may see it.

    Numbers are without gaps for those who see all.
    """
    number = col(ViolationEventRow.seq)
    query = scoped_rows(ViolationEventRow, principal)
    found = session.exec(query.where(number > seq).order_by(number).limit(page_size(limit)))
    return tuple(feed.event(row.seq, row.event, row.snapshot) for row in found)


def events_of(
    session: Session, principal: Principal, violation_id: str
) -> tuple[ViolationEvent, ...]:
    """Return what happened to one violation, in order.

    Raises:
        NotFound: there is none that the principal may see.
    """
    one(session, ViolationRow, principal, violation_id)
    found = session.exec(
        select(ViolationEventRow)
        .where(ViolationEventRow.violation_id == violation_id)
        .order_by(col(ViolationEventRow.seq))
    )
    return tuple(feed.event(row.seq, row.event, row.snapshot) for row in found)


def acknowledge(
    session: Session,
    principal: Principal,
    violation_id: str,
    revision: int,
    note: str,
    at: datetime,
) -> ViolationEvent:
    """Take a violation into hand and return the event for the feed.

    Raises:
        NotFound: there is none that the principal may see.
        NotAllowed: the principal is neither the police nor an administrator.
        Conflict: it has moved on from ``revision``, or is in hand already.
    """
    return _handle(
        session, principal, violation_id, revision, note, at, ViolationEventKind.ACKNOWLEDGED
    )


def resolve(
    session: Session,
    principal: Principal,
    violation_id: str,
    revision: int,
    note: str,
    at: datetime,
    *,
    unfounded: bool = False,
) -> ViolationEvent:
    """Say that people are done with a violation and return the event for the feed.

    One that still goes on stays among the open ones until it closes. ``unfounded``: it was none, such as
    a leap of the receiver; it is kept, and counts against nobody.

    Raises:
        NotFound, NotAllowed, Conflict: as ``acknowledge``.
        InvalidValue: nothing says how it was dealt with.
    """
    if not note.strip():
        raise InvalidValue(why="no note")
    resolved = ViolationEventKind.RESOLVED
    return _handle(
        session, principal, violation_id, revision, note, at, resolved, unfounded=unfounded
    )


_AFTER = {
    ViolationEventKind.ACKNOWLEDGED: Handling.ACKNOWLEDGED,
    ViolationEventKind.RESOLVED: Handling.RESOLVED,
}
_FROM = {
    ViolationEventKind.ACKNOWLEDGED: (Handling.NEW,),
    ViolationEventKind.RESOLVED: (Handling.NEW, Handling.ACKNOWLEDGED),
}


def _handle(
    session: Session,
    principal: Principal,
    violation_id: str,
    revision: int,
    note: str,
    at: datetime,
    kind: ViolationEventKind,
    *,
    unfounded: bool = False,
) -> ViolationEvent:
    connection = session.connection()
    # The feed first, as the worker does: two that wait for each other never do so crosswise.
    seq = feed.hold(connection) + 1
    before = get(session, principal, violation_id)
    require_role(principal, "handle a violation", Role.POLICE, Role.ADMINISTRATOR)
    _require_current(before, revision, kind)
    after = replace(
        before,
        handling=_AFTER[kind],
        handled_by=principal.username,
        note=note or before.note,
        updated_at=at,
        revision=before.revision + 1,
        unfounded=unfounded,
    )
    happened = ViolationEvent(seq, kind, after)
    feed.write(connection, (happened,), None, known=frozenset({violation_id}))
    session.expire_all()
    said = f"unfounded: {note}" if unfounded else note
    audit.record(session, principal, f"violation.{kind.value}", violation_id, at, said[:2000])
    return happened


def _require_current(found: ViolationRecord, revision: int, kind: ViolationEventKind) -> None:
    if found.revision != revision:
        raise Conflict(why="violation at", violation=found.id, found=found.revision, asked=revision)
    if found.handling not in _FROM[kind]:
        raise Conflict(
            why="violation handled",
            violation=found.id,
            handling=found.handling,
            by=found.handled_by,
        )


def _conditions(asked: ViolationFilter, principal: Principal) -> list[object]:
    equal = {
        ViolationRow.permit_number: asked.permit_number,
        ViolationRow.zone_id: asked.zone_id,
        ViolationRow.code: asked.code,
        ViolationRow.handling: asked.handling and asked.handling.value,
    }
    found: list[object] = [column == value for column, value in equal.items() if value is not None]
    if (device_id := asked.device_id) is not None:
        found.append(
            or_(ViolationRow.device_id == device_id, ViolationRow.other_device_id == device_id)
        )
    if asked.organisation_id is not None:
        found.append(_is_of(asked.organisation_id, principal))
    if asked.is_open is not None:
        closed_at = col(ViolationRow.closed_at)
        found.append(closed_at.is_(None) if asked.is_open else closed_at.is_not(None))
    if asked.is_late is not None:
        found.append(col(ViolationRow.late) == asked.is_late)
    if asked.is_resolved is not None:
        resolved = col(ViolationRow.handling) == Handling.RESOLVED.value
        found.append(resolved if asked.is_resolved else text(UNRESOLVED))
    if asked.opened_from is not None:
        found.append(col(ViolationRow.opened_at) >= asked.opened_from)
    if asked.opened_to is not None:
        found.append(col(ViolationRow.opened_at) < asked.opened_to)
    return found


def _is_of(organisation_id: str, principal: Principal) -> object:
    """Of either device. An operator may not find out so whose the other device is."""
    if principal.role not in SEES_ALL and organisation_id != principal.organisation_id:
        return false()
    return or_(
        ViolationRow.organisation_id == organisation_id,
        ViolationRow.other_organisation_id == organisation_id,
    )
