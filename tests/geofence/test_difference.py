"""Whom a change of the zones concerns, and that nobody else need be judged again."""

import math
from datetime import UTC, datetime, time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from geofence.amend import amended
from geofence.difference import difference, turned
from geofence.events import WITHDRAWN, Cause, EventKind, Judged
from geofence.fixes import Fixes
from geofence.fleet import Fleet
from geofence.rejudge import rejudge
from geofence.snapshot import Snapshot, build
from geofence.step import step
from geofence.zone import Area, Schedule, Volume, Window, Zone, ZoneKind

NINE_S = datetime(2026, 3, 2, 1, 0, tzinfo=UTC).timestamp()
"""9:00 in Shanghai on a Monday."""
NINE_TO_TEN = Schedule((Window(frozenset(range(7)), time(9), time(10)),))


def square(
    zone_id: str,
    column: int,
    width: int = 1,
    schedule: Schedule | None = None,
    exit_margin_m: float = 0.0,
) -> Zone:
    """A zone over some of a row of places."""
    area = box(121.5 + 0.01 * column, 31.2, 121.5 + 0.01 * (column + width), 31.21)
    volume = Volume(Area(area), schedule=schedule)
    return Zone(zone_id, ZoneKind.KEEP_OUT, zone_id, (volume,), exit_margin_m=exit_margin_m)


def seen(snapshot: Snapshot, devices: int, at_s: float = NINE_S - 60.0) -> Fleet:
    """Devices in the middle of each of the places."""
    unknown = np.full(devices, math.nan)
    fixes = Fixes(
        np.arange(devices, dtype=np.int32),
        np.linspace(121.505, 121.505 + 0.01 * (devices - 1), devices),
        np.full(devices, 31.205),
        np.full(devices, at_s),
        unknown,
        unknown,
        unknown,
        np.ones(devices, np.int8),
        np.ones(devices, np.bool_),
    )
    fleet, _ = step(Fleet(), snapshot, fixes)
    return fleet


def told(judged: Judged) -> list[tuple[int, EventKind, str, int, Cause]]:
    return [(e.device, e.kind, e.zone_id, e.slot, e.cause) for e in judged.events]


def test_only_those_within_what_changed_are_judged() -> None:
    before = build([square("a", 0), square("b", 2), square("c", 5)], 1)
    fleet = seen(before, 8)
    after = amended(before, [square("b", 3), square("d", 7)], ["a"], 2)
    since = difference(before, after)
    assert since is not None
    assert since.slots == {0, 1, 3}
    fleet, judged = rejudge(fleet, after, NINE_S - 30.0, since)
    assert judged.devices == [0, 2, 3, 7]
    assert told(judged) == [
        (0, EventKind.EXIT, "a", WITHDRAWN, Cause.ZONE_CHANGED),
        (2, EventKind.EXIT, "b", 1, Cause.ZONE_CHANGED),
        (3, EventKind.ENTER, "b", 1, Cause.ZONE_CHANGED),
        (7, EventKind.ENTER, "d", 3, Cause.ZONE_CHANGED),
    ]
    assert fleet.held == [(), (), (), (1,), (), (2,), (), (3,)]
    fleet.expect(after)


def test_zones_that_are_built_anew_speak_of_other_slots() -> None:
    before = build([square("a", 0), square("b", 2)], 1)
    assert difference(before, build([square("b", 2), square("a", 0)], 2)) is None


def test_of_very_many_changes_everybody_is_judged() -> None:
    before = build([], 1)
    after = amended(before, [square(f"zone-{number}", number) for number in range(300)], [], 2)
    since = difference(before, after)
    assert since is not None
    assert since.slots == frozenset(range(300))
    assert since.devices(seen(before, 3)).tolist() == [0, 1, 2]


@pytest.mark.requirement("A44-3")
def test_hours_that_turn_concern_those_in_the_zones_whose_hours_they_are() -> None:
    snapshot = build([square("a", 0), square("b", 2, schedule=NINE_TO_TEN)], 1)
    fleet = seen(snapshot, 4)
    nothing = turned(snapshot, NINE_S - 10.0, NINE_S - 1.0)
    assert nothing.slots == frozenset()
    assert nothing.devices(fleet).tolist() == []
    since = turned(snapshot, NINE_S - 10.0, NINE_S + 1.0)
    fleet, judged = rejudge(fleet, snapshot, NINE_S + 1.0, since)
    assert judged.devices == [2]
    assert told(judged) == [(2, EventKind.ENTER, "b", 1, Cause.TIME_PASSED)]


spans = st.tuples(st.sampled_from("abcd"), st.integers(0, 9), st.integers(0, 4))


@settings(max_examples=60, deadline=None)
@given(st.lists(spans, min_size=1, max_size=6))
def test_whoever_is_not_judged_again_would_have_been_judged_as_before(
    edits: list[tuple[str, int, int]],
) -> None:
    snapshot = build([square("a", 0, 2), square("b", 3, 4)], 1)
    some, everybody = seen(snapshot, 10), seen(snapshot, 10)
    for revision, (zone_id, column, width) in enumerate(edits, start=2):
        before = snapshot
        if width:
            snapshot = amended(snapshot, [square(zone_id, column, width)], [], revision)
        elif zone_id in snapshot.zone_ids:
            snapshot = amended(snapshot, [], [zone_id], revision)
        else:
            continue
        since = difference(before, snapshot)
        assert since is not None
        some, judged = rejudge(some, snapshot, NINE_S, since)
        everybody, of_all = rejudge(everybody, snapshot, NINE_S)
        assert told(judged) == told(of_all)
        assert some.held == everybody.held


@pytest.mark.parametrize("exit_margin_m", [0.0, 700.0])
def test_who_stands_beside_a_zone_that_holds_it_by_its_margin_is_judged_too(
    exit_margin_m: float,
) -> None:
    snapshot = build([square("a", 0, exit_margin_m=exit_margin_m)], 1)
    fleet = seen(snapshot, 1)
    beside = seen(snapshot, 1).last[:1].copy()
    beside[:, 0] += 0.01
    unknown = np.full(1, math.nan)
    fixes = Fixes(
        np.zeros(1, np.int32), beside[:, 0], beside[:, 1], np.array([NINE_S - 30.0]),
        unknown, unknown, unknown, np.ones(1, np.int8), np.ones(1, np.bool_),
    )  # fmt: skip
    fleet, _ = step(fleet, snapshot, fixes)
    assert fleet.held == [(0,) if exit_margin_m else ()]
    after = amended(snapshot, [], ["a"], 2)
    since = difference(snapshot, after)
    assert since is not None
    fleet, judged = rejudge(fleet, after, NINE_S, since)
    assert judged.devices == ([0] if exit_margin_m else [])
    assert fleet.held == [()]
