"""What a replay reads: what the journal covers, what was judged by, what was told."""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, or_, select

from zone_service.store import feed
from zone_service.store.engine import Store
from zone_service.store.records import (
    JudgedBy,
    JudgedFrom,
    ViolationEvent,
    ViolationEventKind,
    ViolationRecord,
)
from zone_service.store.tables import (
    JournalRow,
    JudgedByRow,
    ViolationEventRow,
    ViolationRow,
    table,
)

_JOURNAL, _JUDGED_BY = table(JournalRow), table(JudgedByRow)
_EVENTS, _VIOLATIONS = table(ViolationEventRow), table(ViolationRow)
_ROWS_AT_ONCE = 500
_BY_THE_WORKER = tuple(
    kind.value
    for kind in (
        ViolationEventKind.OPENED,
        ViolationEventKind.UPDATED,
        ViolationEventKind.CLOSED,
        ViolationEventKind.LATE,
    )
)


def first_from(store: Store, at_s: float) -> int | None:
    """Return the first batch of which something was received from a time on."""
    asked = select(func.min(_JOURNAL.c.journal_id)).where(_JOURNAL.c.last_received_s >= at_s)
    found: int | None = _one(store, asked)
    return found


def last_until(store: Store, at_s: float) -> int | None:
    """Return the last batch of which something was received until a time."""
    asked = select(_JOURNAL.c.journal_id).where(_JOURNAL.c.first_received_s <= at_s)
    # From the end: no index is of the first time, and what is asked for is mostly recent.
    found: int | None = _one(store, asked.order_by(_JOURNAL.c.journal_id.desc()).limit(1))
    return found


def oldest(store: Store) -> tuple[int, float] | None:
    """Return the number and the time of the oldest batch that is kept, if there is one."""
    asked = select(_JOURNAL.c.journal_id, _JOURNAL.c.first_received_s)
    with store.reader.begin() as connection:
        row = connection.execute(asked.order_by(_JOURNAL.c.journal_id).limit(1)).one_or_none()
    return None if row is None else (row.journal_id, row.first_received_s)


def judged_by(store: Store, until: int) -> tuple[JudgedFrom, ...]:
    """Return what was judged by until a batch, one after another."""
    asked = select(_JUDGED_BY).where(_JUDGED_BY.c.journal_id <= until)
    with store.reader.begin() as connection:
        rows = connection.execute(asked.order_by(_JUDGED_BY.c.journal_id))
        return tuple(_judged_from(row) for row in rows)


def judged_since(store: Store, journal_id: int) -> tuple[JudgedFrom, ...]:
    """Return what a batch was judged by, and what those behind it were, one after another."""
    with store.reader.begin() as connection:
        rows = connection.execute(_SINCE, {"batch": journal_id})
        return tuple(_judged_from(row) for row in rows)


def judged_around(store: Store, at_s: float) -> tuple[JudgedFrom | None, JudgedFrom | None]:
    """Return what was judged by at a moment, and what was taken over next.

    The former is ``None`` where it is not kept any more; both are where nothing is.
    """
    taken_s, batch = _JUDGED_BY.c.at_s, _JUDGED_BY.c.journal_id
    before = select(_JUDGED_BY).where(taken_s <= at_s).order_by(batch.desc()).limit(1)
    with store.reader.begin() as connection:
        then = connection.execute(before).one_or_none()
        after = select(_JUDGED_BY).order_by(batch).limit(1)
        if then is not None:
            after = after.where(batch > then.journal_id)
        behind = connection.execute(after).one_or_none()
    return (
        None if then is None else _judged_from(then),
        None if behind is None else _judged_from(behind),
    )


def last_before_s(store: Store, journal_id: int) -> float | None:
    """Return when the last was received of what is in the journal before a batch."""
    asked = select(_JOURNAL.c.last_received_s).where(_JOURNAL.c.journal_id < journal_id)
    found: float | None = _one(store, asked.order_by(_JOURNAL.c.journal_id.desc()).limit(1))
    return found


def events_between(store: Store, first: int, last: int) -> Iterator[tuple[int, ViolationEvent]]:
    """Yield what the worker told with the batches from one to another, with their numbers."""
    seq = 0
    batch = _EVENTS.c.journal_id
    while True:
        page = (
            select(_EVENTS)
            .where(batch >= first, batch <= last, _EVENTS.c.event.in_(_BY_THE_WORKER))
            .where(_EVENTS.c.seq > seq)
            .order_by(_EVENTS.c.seq)
            .limit(_ROWS_AT_ONCE)
        )
        with store.reader.begin() as connection:
            rows = connection.execute(page).all()
        for row in rows:
            seq = row.seq
            yield row.journal_id, feed.event(row.seq, row.event, row.snapshot)
        if len(rows) < _ROWS_AT_ONCE:
            return


def causes_since(store: Store) -> JudgedFrom | None:
    """Return the start of the worker that was the first to tell why, where another told before it.

    Of starts between which nothing was told it is the last. The feed is looked through from its end.
    """
    by_worker = _EVENTS.c.event.in_(_BY_THE_WORKER)
    # What people write is escaped there, so the name of a field is never found in it.
    untold = _EVENTS.c.snapshot.not_like(f"%{feed.NAME_OF_CAUSE}%")
    last = select(_EVENTS.c.seq).where(by_worker, untold).order_by(_EVENTS.c.seq.desc()).limit(1)
    seq = _one(store, last)
    if seq is None:
        return None
    first = _one(
        store, select(func.min(_EVENTS.c.journal_id)).where(by_worker, _EVENTS.c.seq > seq)
    )
    starts = select(_JUDGED_BY).where(
        _JUDGED_BY.c.is_start, _JUDGED_BY.c.journal_id <= (first or 0)
    )
    with store.reader.begin() as connection:
        newest = starts.order_by(_JUDGED_BY.c.journal_id.desc()).limit(1)
        row = connection.execute(newest).one_or_none()
    return None if row is None else _judged_from(row)


def open_after(store: Store, journal_id: int) -> tuple[ViolationRecord, ...]:
    """Return the violations that were going on after a batch, oldest first."""
    batch = _EVENTS.c.journal_id
    last = _one(store, select(func.max(_EVENTS.c.seq)).where(batch <= journal_id)) or 0
    newest = (
        select(_EVENTS.c.violation_id, func.max(_EVENTS.c.seq).label("seq"))
        .join(_VIOLATIONS, _VIOLATIONS.c.id == _EVENTS.c.violation_id)
        .where(_EVENTS.c.seq <= last, or_(*_not_over(journal_id)))
        .group_by(_EVENTS.c.violation_id)
        .subquery()
    )
    asked = select(_EVENTS).join(newest, newest.c.seq == _EVENTS.c.seq).order_by(_EVENTS.c.seq)
    with store.reader.begin() as connection:
        rows = connection.execute(asked).all()
    found = (feed.event(row.seq, row.event, row.snapshot).violation for row in rows)
    return tuple(sorted((v for v in found if v.closed_at is None), key=lambda v: v.opened_seq))


def _not_over(journal_id: int) -> tuple[Any, ...]:
    """Leave out what was over before: the feed of years is long, and the journal is of days."""
    later = select(_EVENTS.c.violation_id).where(_EVENTS.c.journal_id > journal_id)
    return _VIOLATIONS.c.closed_at.is_(None), _VIOLATIONS.c.id.in_(later)


_IN_FORCE = select(func.max(_JUDGED_BY.c.journal_id)).where(
    _JUDGED_BY.c.journal_id <= bindparam("batch")
)
_SINCE = (
    select(_JUDGED_BY)
    .where(_JUDGED_BY.c.journal_id >= func.coalesce(_IN_FORCE.scalar_subquery(), 0))
    .order_by(_JUDGED_BY.c.journal_id)
)
"""Made once: who asks for the last seconds would spend much of the time on making it."""


def _one(store: Store, asked: Any) -> Any:
    with store.reader.begin() as connection:
        return connection.execute(asked).scalar_one_or_none()


_BESIDE = msgspec.json.Decoder(tuple[tuple[str, str, str], ...])


def _judged_from(row: Any) -> JudgedFrom:
    return JudgedFrom(
        row.journal_id,
        JudgedBy(
            at_s=row.at_s,
            as_of_s=row.as_of_s,
            zone_revision=row.zone_revision,
            registry_revision=row.registry_revision,
            permit_revision=row.permit_revision,
            rule_set=row.rule_set,
            rules=row.rules,
            rules_digest=row.rules_digest,
            is_start=row.is_start,
            is_cut=row.is_cut,
            beside=_BESIDE.decode(row.beside),
        ),
    )
