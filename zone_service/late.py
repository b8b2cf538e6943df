"""Late reports, judged in their own time beside the live state: when that is done. Pure.

A report that is older than the live state never changes it. It goes to the history, and into a row of
its device: reports that come within a moment are put into the order in which they were said and judged
like any others (``late_places``, ``late_judging``), by the zones and permits of their own time
(``late_laws``). Ticks do it, the rows of all devices together, so that many devices that come back at
once cost no more than their reports.
"""

from collections.abc import Iterator, Sequence
from math import inf
from typing import Final, NamedTuple

import msgspec

from permits.watch import Watch
from telemetry.report import Report
from zone_service.decisions import Failure, Outcome
from zone_service.late_joining import unsettled
from zone_service.late_judging import Case, end, follow
from zone_service.late_laws import Law, asking, by_law, by_now, held_since_s, waits
from zone_service.late_places import Piece, Sight, next_s, pieces_of, sights_of
from zone_service.late_row import MAX_GATHERED, MAX_WAITING, Kept, LateRow
from zone_service.memory import DeviceState, Memory
from zone_service.world import World

GATHER_S: Final = 2.0
"""A buffer comes in whatever order the unit likes: its reports are gathered before they are judged."""
QUIET_S: Final = 5.0
"""Nothing late for so long: the row is over."""
LONGEST_S: Final = 60.0
"""A row that goes on for longer is told in parts."""
AT_ONCE: Final = 2_000
"""Late reports that one tick judges, so that the live ones behind it wait for some hundredths of a
second; of more than five times as many it judges a fifth."""


_Ready = tuple[float, str, LateRow]
"""When a row is to be judged, whose it is, and the row."""


class _Due(NamedTuple):
    """A row of which a part can be judged."""

    case: Case
    row: LateRow
    is_quiet: bool
    is_long: bool


def gather(device: DeviceState, report: Report, at_s: float, received_s: float) -> bool:
    """Put a late report into the device's row; tell whether no more fit in."""
    row = device.late or LateRow()
    reports = (*row.reports, Kept(report, at_s, received_s))
    device.late = msgspec.structs.replace(
        row,
        reports=reports,
        due_s=min(row.due_s, received_s + GATHER_S),
        began_s=min(row.began_s, received_s),
        heard_s=max(row.heard_s, received_s),
    )
    return len(reports) >= (MAX_WAITING if waits(row, received_s) else MAX_GATHERED)


def look_at_row(
    memory: Memory, world: World, device_id: str, now_s: float, outcome: Outcome
) -> None:
    """Judge what is gathered of one device, though its time has not come."""
    row = memory.devices[device_id].late
    if row is not None:
        _judge(outcome, list(_due(memory, world, device_id, row, now_s)))


def look_at_rows(memory: Memory, world: World, now_s: float, outcome: Outcome) -> bool:
    """Judge the rows whose time has come; tell whether there were any.

    Of those that wait for a law the outcome has the earliest moment that one asks for.
    """
    rows = _rows(memory)
    ready = [
        (_ready_s(row), name, row)
        for name, row in rows
        if not waits(row, now_s) and _ready_s(row) <= now_s
    ]
    due: list[_Due] = []
    for _, device_id, row in _as_many_as_fit(ready):
        due += _due(memory, world, device_id, row, now_s)
    _judge(outcome, due)
    left = (memory.devices[name].late for name, _ in rows)
    outcome.law_asked_s = min((row.asks_s for row in left if row is not None), default=inf)
    return bool(ready)


def look_at_rows_by(
    memory: Memory, world: World, law: Law, then: World, now_s: float, outcome: Outcome
) -> bool:
    """Judge the rows that wait for a law, which has come; tell whether there were any.

    ``world`` is in use, ``then`` is what the law says.
    """
    asking = [
        (row.asks_s, name, row)
        for name, row in _rows(memory)
        if law.from_s <= row.asks_s < law.until_s
    ]
    due: list[_Due] = []
    for _, device_id, row in _as_many_as_fit(asking):
        due += _due(memory, world, device_id, row, now_s, (law, then))
    _judge(outcome, due)
    return bool(asking)


def _rows(memory: Memory) -> list[tuple[str, LateRow]]:
    devices = memory.devices.items()
    return [(name, device.late) for name, device in devices if device.late is not None]


def _as_many_as_fit(rows: list[_Ready]) -> Iterator[_Ready]:
    """Yield the first of some rows, so that what is live need not wait for all."""
    left = max(AT_ONCE, sum(len(row.reports) for *_, row in rows) // 5)
    for each in sorted(rows, key=lambda each: each[:2]):
        if left <= 0:
            return
        left -= len(each[2].reports) + 1
        yield each


def _ready_s(row: LateRow) -> float:
    return min(row.due_s, row.heard_s + QUIET_S, row.began_s + LONGEST_S)


def _due(
    memory: Memory,
    world: World,
    device_id: str,
    row: LateRow,
    now_s: float,
    by: tuple[Law, World] | None = None,
) -> Iterator[_Due]:
    """Yield what is judged of a row, by a law or by what holds now; else it waits for its law."""
    device, subject = memory.devices[device_id], world.subjects.get(device_id)
    if subject is None:
        device.late = None  # it left the register
        return
    is_quiet = now_s - row.heard_s >= QUIET_S
    if by is None and is_quiet and now_s - row.heard_s < LONGEST_S:
        live = unsettled(memory, device, row)
        if live:
            device.late = msgspec.structs.replace(row, live=live)
            return
    first_s = next_s(device, row, is_over=is_quiet)
    held_s = held_since_s(memory, device)
    if by is None:
        judging = by_now(world, row, first_s, held_s, now_s)
    else:
        judging = by_law(*by, first_s, held_s)
    if judging is None:
        device.late = asking(row, first_s, held_s, now_s)
        return
    copy, is_long = msgspec.structs.replace(device), now_s - row.began_s >= LONGEST_S
    case = Case(memory, judging, subject, copy, now_s, Outcome())
    yield _Due(case, row, is_quiet, is_long)


def _judge(outcome: Outcome, due: Sequence[_Due]) -> None:
    """Judge rows together; where we fail on one, each alone."""
    if not due:
        return
    try:
        parts = [_pieces(each) for each in due]
        pieces = [piece for of_row, _ in parts for piece in of_row]
        seen = sights_of(due[0].case.world, pieces)
    except Exception as error:
        if len(due) == 1:
            _failed(due[0], outcome, error)
        else:
            for each in due:
                _judge(outcome, [each])
        return
    behind = 0
    for each, (of_row, rest) in zip(due, parts, strict=True):
        sights = seen[behind : behind + len(of_row)]
        behind += len(of_row)
        try:
            _follow(each, of_row, rest, sights, outcome)
        except Exception as error:
            _failed(each, outcome, error)


def _pieces(due: _Due) -> tuple[list[Piece], tuple[Kept, ...]]:
    case = due.case
    return pieces_of(case.judging, case.subject, case.device, due.row, is_over=due.is_quiet)


def _follow(
    due: _Due,
    pieces: Sequence[Piece],
    rest: tuple[Kept, ...],
    sights: Sequence[Sequence[Sight]],
    outcome: Outcome,
) -> None:
    """Judge a part of one row; the device is changed once nothing can go wrong any more."""
    case = due.case
    goes_on = bool(rest) or (due.is_quiet and any(not each.is_left for each in pieces[-1:]))
    row = msgspec.structs.replace(
        due.row, reports=rest, due_s=case.now_s if goes_on else inf, asks_s=inf, asked_s=inf
    )
    late: LateRow | None = follow(case, row, pieces, sights)
    if due.is_quiet and not goes_on:
        late = None
    elif due.is_long and late is not None and not goes_on:
        late = _told_in_parts(case, late)
    device = case.memory.devices[case.subject.device_id]
    device.late, device.holes, device.past = late, case.device.holes, case.device.past
    outcome.add(case.outcome)


def _told_in_parts(case: Case, row: LateRow) -> LateRow:
    end(case, row, reached=False)
    anew = Watch(case.subject.domain.value)
    return msgspec.structs.replace(row, watch=anew, open={}, began_s=case.now_s)


def _failed(due: _Due, outcome: Outcome, error: Exception) -> None:
    """Leave out the reports that we fail on, and judge the row again; the journal has them."""
    case, row = due.case, due.row
    device_id = case.subject.device_id
    outcome.failures.append(Failure.of(error, "", device_id))
    kept = tuple(each for each in row.reports if _can_be_judged(due, each))
    again: LateRow | None = None
    if 0 < len(kept) < len(row.reports):
        again = msgspec.structs.replace(
            row, reports=kept, due_s=case.now_s, asks_s=inf, asked_s=inf
        )
    # Else whatever is the matter must not come again and again.
    case.memory.devices[device_id].late = again


def _can_be_judged(due: _Due, kept: Kept) -> bool:
    device = msgspec.structs.replace(due.case.device)
    alone = due._replace(
        case=due.case._replace(device=device, outcome=Outcome()), row=LateRow(reports=(kept,))
    )
    try:
        pieces, _ = _pieces(alone)
        follow(alone.case, alone.row, pieces, sights_of(alone.case.world, pieces))
    except Exception:
        return False
    return True
