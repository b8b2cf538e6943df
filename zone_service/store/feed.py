"""The feed of violations: each change gets the next number and is kept as it was.

Numbers have no gaps and come in the order of the commits, on both databases: whoever writes to
the feed holds the row of its count until the commit. So "all after 41" is never missing a 42
that commits late.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace

import msgspec
from sqlalchemy import bindparam, insert, select, update

from zone_service.store.direct import On
from zone_service.store.records import (
    Handling,
    ViolationChange,
    ViolationEvent,
    ViolationEventKind,
    ViolationRecord,
)
from zone_service.store.tables import RevisionRow, ViolationEventRow, ViolationRow, table

_COUNTS = table(RevisionRow)
_VIOLATIONS = table(ViolationRow)
_EVENTS = table(ViolationEventRow)

_CHANGED = tuple(field.name for field in fields(ViolationChange))
_FIRST_STAYS = frozenset(
    {
        "id",
        "opened_at",
        "detected_at",
        "updated_at",
        "trigger_received_s",
        "inside_probability",
        "height_agl_m",
        "joins",
        "law_of",
        "opening_cause",
    }
)
_GOES_ON: dict[str, None] = {"closed_at": None, "closing_cause": None}
_NEWS = tuple(set(_CHANGED) - _FIRST_STAYS - {"trigger_event_time_s", "device_id", "code"})
_COLUMNS = tuple(field.name for field in fields(ViolationRecord))

NAME_OF_CAUSE = '"opening_cause":'
_snapshot = msgspec.json.Encoder()
_from_snapshot = msgspec.json.Decoder(ViolationRecord)


def append(
    connection: On, changes: Sequence[ViolationChange], journal_id: int | None
) -> tuple[ViolationEvent, ...]:
    """Write what is new in the changes and return it, numbered."""
    if not changes:
        return ()
    seq = hold(connection)
    known = _known(connection, {change.id for change in changes})
    events = news(known, changes, seq)
    write(connection, events, journal_id, known=frozenset(known))
    return events


def hold(connection: On) -> int:
    """Make every other writer of the feed wait and return the last number."""
    return int(connection.execute(_HOLD).scalar_one())


def news(
    known: Mapping[str, ViolationRecord], changes: Iterable[ViolationChange], seq: int
) -> tuple[ViolationEvent, ...]:
    """Return what the changes say beyond what is known, numbered from after ``seq``.

    An episode told again says nothing new. One that is closed stays closed. One that opens and
    closes within the changes gives both events; one that was found late gives one, that says so.
    """
    now = dict(known)
    events: list[ViolationEvent] = []
    for change in changes:
        for kind, record in _steps(now.get(change.id), change, seq + len(events) + 1):
            now[change.id] = record
            events.append(ViolationEvent(seq + len(events) + 1, kind, record))
    return tuple(events)


def write(
    connection: On,
    events: Sequence[ViolationEvent],
    journal_id: int | None,
    known: frozenset[str],
) -> None:
    """Store events and the violations as they are after them; the feed is held."""
    if not events:
        return
    last = {each.violation.id: each.violation for each in events}
    opened = [_row(record) for key, record in last.items() if key not in known]
    changed = [_row(record) for key, record in last.items() if key in known]
    if opened:
        connection.execute(_OPEN, opened)
    if changed:
        connection.execute(_CHANGE, [row | {"changed_id": row["id"]} for row in changed])
    connection.execute(_TELL, [_event_row(event, journal_id) for event in events])
    connection.execute(_MOVE, [{"last": events[-1].seq}])


def event(seq: int, kind: str, snapshot: str) -> ViolationEvent:
    """Return the event of a stored line."""
    told = _from_snapshot.decode(snapshot)
    # What people write is escaped there, so the name of a field is never found in it.
    return ViolationEvent(seq, ViolationEventKind(kind), told, NAME_OF_CAUSE in snapshot)


def record(row: object) -> ViolationRecord:
    """Return the violation of a row; its columns are attributes."""
    values = {name: getattr(row, _STORED.get(name, name)) for name in _COLUMNS}
    return ViolationRecord(**values | {"handling": Handling(values["handling"])})


_STORED = {"limit": "allowed"}  # LIMIT is a word of SQL

# Made once: to make them anew takes half as long as to execute them, while an alert waits.
_HOLD = select(_COUNTS.c.value).where(_COUNTS.c.name == "feed").with_for_update()
_MOST_ASKED = 64
_ONE, _MANY = ("id_0",), tuple(f"id_{number}" for number in range(_MOST_ASKED))
_KNOWN = {
    len(names): select(_VIOLATIONS).where(_VIOLATIONS.c.id.in_([*map(bindparam, names)]))
    for names in (_ONE, _MANY)
}
_OPEN, _TELL = insert(_VIOLATIONS), insert(_EVENTS)
_MOVE = update(_COUNTS).where(_COUNTS.c.name == "feed").values(value=bindparam("last"))
_CHANGE = (
    update(_VIOLATIONS)
    .where(_VIOLATIONS.c.id == bindparam("changed_id"))
    .values({column.name: bindparam(column.name) for column in _VIOLATIONS.c})
)


def _steps(
    before: ViolationRecord | None, change: ViolationChange, seq: int
) -> Iterable[tuple[ViolationEventKind, ViolationRecord]]:
    if before is None and change.late:
        whole = {name: getattr(change, name) for name in _CHANGED}
        yield ViolationEventKind.LATE, ViolationRecord(**whole | {"opened_seq": seq})
        return
    if before is None:
        told = {name: getattr(change, name) for name in _CHANGED}
        first = ViolationRecord(**told | _GOES_ON | {"opened_seq": seq})
        yield ViolationEventKind.OPENED, first
        before = first
    if before.closed_at is not None:
        return
    told = {name: getattr(change, name) for name in _NEWS}
    if all(getattr(before, name) == value for name, value in told.items()):
        return
    after = replace(before, **told, updated_at=change.updated_at, revision=before.revision + 1)
    closes = after.closed_at is not None
    yield ViolationEventKind.CLOSED if closes else ViolationEventKind.UPDATED, after


def _known(connection: On, ids: set[str]) -> dict[str, ViolationRecord]:
    asked, known = sorted(ids), dict[str, ViolationRecord]()
    for first in range(0, len(asked), _MOST_ASKED):
        some = asked[first : first + _MOST_ASKED]
        names = _ONE if len(some) == 1 else _MANY
        # Who is asked about twice is found once: so there are two statements and not one for each count.
        given = dict(zip(names, [*some, *some[:1] * (len(names) - len(some))], strict=True))
        found = connection.execute(_KNOWN[len(names)], given)
        known |= {row.id: record(row) for row in found}
    return known


def _row(violation: ViolationRecord) -> dict[str, object]:
    return {_STORED.get(name, name): getattr(violation, name) for name in _COLUMNS}


def _event_row(event: ViolationEvent, journal_id: int | None) -> dict[str, object]:
    return {
        "seq": event.seq,
        "event": event.event.value,
        "violation_id": event.violation.id,
        "organisation_id": event.violation.organisation_id,
        "other_organisation_id": event.violation.other_organisation_id,
        "journal_id": journal_id,
        "snapshot": _snapshot.encode(event.violation).decode(),
    }
