"""Zones that change or hours that pass around devices that do not move."""

import math
from dataclasses import replace
from datetime import UTC, datetime, time

import numpy as np
import pytest
from shapely import box

from geofence.events import WITHDRAWN, Cause, EventKind, Judged
from geofence.fixes import Fixes
from geofence.fleet import Fleet
from geofence.rejudge import rejudge, rejudge_those
from geofence.snapshot import build
from geofence.step import step
from geofence.zone import (
    Area,
    HeightBand,
    HeightLimit,
    HeightReference,
    Schedule,
    Volume,
    Window,
    Zone,
    ZoneKind,
)

EIGHT_S = datetime(2026, 3, 2, 0, 0, tzinfo=UTC).timestamp()
"""8:00 in Shanghai on a Monday."""
NINE_S, TEN_S = EIGHT_S + 3600.0, EIGHT_S + 7200.0
HERE = (121.502, 31.202)
AROUND_HERE = Area(box(121.500, 31.200, 121.504, 31.204))
ELSEWHERE = Area(box(121.600, 31.200, 121.604, 31.204))
NINE_TO_TEN = Schedule((Window(frozenset(range(7)), time(9), time(10)),))
UP_TO_120_M = HeightBand(upper=HeightLimit(120.0, HeightReference.AGL))
ENTER, EXIT = EventKind.ENTER, EventKind.EXIT
ZONE_CHANGED, TIME_PASSED = Cause.ZONE_CHANGED, Cause.TIME_PASSED


def zone(zone_id: str, area: Area = AROUND_HERE, schedule: Schedule | None = None) -> Zone:
    volume = Volume(area, schedule=schedule)
    return Zone(zone_id, ZoneKind.KEEP_OUT, zone_id, (volume,))


def here(
    device: int = 0,
    at_s: float = EIGHT_S,
    agl: float = math.nan,
    place: tuple[float, float] = HERE,
) -> Fixes:
    unknown = np.array([math.nan])
    return Fixes(
        np.array([device], np.int32),
        np.array([place[0]]),
        np.array([place[1]]),
        np.array([at_s]),
        np.array([agl]),
        unknown,
        unknown,
        np.array([1], np.int8),
        np.array([True]),
    )


def fleet_under(*zones: Zone, fix: Fixes | None = None) -> Fleet:
    fleet, _ = step(Fleet(), build(zones, 1), here() if fix is None else fix)
    return fleet


def told(judged: Judged) -> list[tuple[EventKind, str, int, Cause]]:
    return [(event.kind, event.zone_id, event.slot, event.cause) for event in judged.events]


@pytest.mark.requirement("A44-3")
@pytest.mark.requirement("F-14")
def test_a_zone_withdrawn_around_a_device_is_left_because_the_zone_changed() -> None:
    _, judged = rejudge(fleet_under(zone("a")), build([], 2), EIGHT_S + 1.0)
    assert told(judged) == [(EXIT, "a", WITHDRAWN, ZONE_CHANGED)]
    assert judged.inside == [()]
    (event,) = judged.events
    assert (event.longitude_deg, event.latitude_deg) == HERE
    assert event.at_s == EIGHT_S + 1.0


@pytest.mark.requirement("F-14")
def test_a_zone_drawn_around_a_device_is_entered_because_the_zone_changed() -> None:
    _, judged = rejudge(fleet_under(), build([zone("a")], 2), EIGHT_S + 1.0)
    assert told(judged) == [(ENTER, "a", 0, ZONE_CHANGED)]


def test_a_zone_moved_away_keeps_its_slot_and_is_left() -> None:
    _, judged = rejudge(fleet_under(zone("a")), build([zone("a", ELSEWHERE)], 2), EIGHT_S)
    assert told(judged) == [(EXIT, "a", 0, ZONE_CHANGED)]


def test_zones_that_change_their_slots_go_on_holding_in_silence() -> None:
    before = (zone("a"), zone("b"), zone("c", ELSEWHERE))
    after = (zone("new", ELSEWHERE), zone("c", ELSEWHERE), zone("b"), zone("a"))
    fleet, judged = rejudge(fleet_under(*before), build(after, 2), EIGHT_S)
    assert judged.events == []
    assert judged.inside == [(2, 3)]
    assert fleet.held == [(2, 3)]


def test_after_the_swap_a_step_goes_on_under_the_new_zones() -> None:
    swapped = build([zone("b"), zone("a")], 2)
    fleet, _ = rejudge(fleet_under(zone("a")), swapped, EIGHT_S)
    fleet, judged = step(fleet, swapped, here(at_s=EIGHT_S + 1.0))
    assert judged.events == []
    assert judged.inside == [(0, 1)]


@pytest.mark.requirement("F-16")
def test_a_schedule_that_opens_and_closes_is_time_that_passed() -> None:
    snapshot = build([zone("a", schedule=NINE_TO_TEN)], 1)
    fleet, _ = step(Fleet(), snapshot, here())
    fleet, early = rejudge(fleet, snapshot, NINE_S - 1.0)
    fleet, opened = rejudge(fleet, snapshot, NINE_S)
    fleet, again = rejudge(fleet, snapshot, TEN_S)
    fleet, closed = rejudge(fleet, snapshot, TEN_S + 1.0)
    assert (early.events, again.events) == ([], [])
    assert told(opened) == [(ENTER, "a", 0, TIME_PASSED)]
    assert told(closed) == [(EXIT, "a", 0, TIME_PASSED)]


AWAY = (121.512, 31.202)
"""East of the square; a sixth of the way from here lies in it."""


def after_ten(*zones: Zone, agl: float = math.nan, until_s: float = TEN_S + 2.0) -> Judged:
    """It was here a second before ten, is judged here at ten, and is away when it speaks again."""
    snapshot = build(zones, 1)
    fleet, _ = step(Fleet(), snapshot, here(at_s=TEN_S - 1.0, agl=agl))
    rejudge(fleet, snapshot, TEN_S + 0.001)
    return step(fleet, snapshot, here(at_s=until_s, agl=agl, place=AWAY))[1]


@pytest.mark.requirement("F-24")
def test_hours_whose_end_was_told_are_not_crossed_by_the_next_fix() -> None:
    assert told(after_ten(zone("a", schedule=NINE_TO_TEN))) == []


@pytest.mark.requirement("F-24")
def test_a_zone_that_may_have_held_it_until_its_hours_ended_may_not_by_the_next_fix() -> None:
    high = Zone("a", ZoneKind.KEEP_OUT, "a", (Volume(AROUND_HERE, UP_TO_120_M, NINE_TO_TEN),))
    judged = after_ten(high)
    assert told(judged) == []
    assert judged.unknown == [()]


@pytest.mark.requirement("F-24")
def test_a_zone_that_it_passed_before_its_hours_ended_is_crossed_though_it_was_judged_since() -> (
    None
):
    thin = Area(box(121.5045, 31.200, 121.5046, 31.204))
    judged = after_ten(zone("a", schedule=NINE_TO_TEN), zone("b", thin, NINE_TO_TEN))
    assert [each[:2] for each in told(judged)] == [(EventKind.CROSS, "b")]
    (event,) = judged.events
    assert event.at_s == pytest.approx(TEN_S - 0.25)


@pytest.mark.requirement("F-24")
def test_hours_that_begin_again_before_it_is_out_are_crossed_from_then_on() -> None:
    every_day = frozenset(range(7))
    windows = (Window(every_day, time(9), time(10)), Window(every_day, time(10, 0, 1), time(11)))
    judged = after_ten(zone("a", schedule=Schedule(windows)), until_s=TEN_S + 59.0)
    assert [each[:2] for each in told(judged)] == [(EventKind.CROSS, "a")]
    (event,) = judged.events
    assert event.at_s == pytest.approx(TEN_S + 1.0)


ELEVEN_S = TEN_S + 3600.0
HALF_PAST = (EIGHT_S + 1800.0, TEN_S + 1800.0)
WIDE = Area(box(121.500, 31.200, 121.508, 31.204))
"""Whoever takes from eight to eleven is still over it at nine."""
THIN = Area(box(121.5069, 31.200, 121.5070, 31.204))
"""On the way from here to away: passed between nine and ten by whoever takes from eight to eleven."""


def from_eight_to_eleven(
    *zones: Zone,
    judged_at_s: tuple[float, ...] = (NINE_S, TEN_S + 0.001),
    agl: float = math.nan,
    with_events: bool = True,
    kept: bool = False,
) -> tuple[list[tuple[EventKind, str, int, Cause]], Judged]:
    """It is here at eight, is judged where it stands, and is away at eleven.

    Returns what was told while it stood, and then. ``kept``: a checkpoint is written and read between.
    """
    snapshot = build(zones, 1)
    fleet, _ = step(Fleet(), snapshot, here(agl=agl))
    standing = []
    for at_s in judged_at_s:
        judged = rejudge_those(
            fleet, snapshot, at_s, fleet.devices(), swapped=False, with_events=with_events
        )
        standing += told(judged)
    if kept:
        fleet = Fleet.from_bytes(fleet.to_bytes())
    return standing, step(fleet, snapshot, here(at_s=ELEVEN_S, agl=agl, place=AWAY))[1]


@pytest.mark.requirement("F-24")
@pytest.mark.parametrize("kept", [False, True])
def test_hours_that_began_and_ended_around_it_are_told_once(*, kept: bool) -> None:
    standing, judged = from_eight_to_eleven(zone("a", WIDE, NINE_TO_TEN), kept=kept)
    assert [each[:2] for each in standing] == [(ENTER, "a"), (EXIT, "a")]
    assert told(judged) == []
    _, quietly = from_eight_to_eleven(zone("a", WIDE, NINE_TO_TEN), with_events=False, kept=kept)
    assert told(quietly) == []


@pytest.mark.requirement("F-24")
def test_hours_during_which_nobody_judged_it_are_crossed_by_the_next_fix() -> None:
    standing, judged = from_eight_to_eleven(zone("a", WIDE, NINE_TO_TEN), judged_at_s=HALF_PAST)
    assert standing == []
    assert [each[:2] for each in told(judged)] == [(EventKind.CROSS, "a")]


@pytest.mark.requirement("F-24")
def test_a_zone_that_may_have_held_it_in_hours_that_are_over_may_not_by_the_next_fix() -> None:
    high = Zone("a", ZoneKind.KEEP_OUT, "a", (Volume(WIDE, UP_TO_120_M, NINE_TO_TEN),))
    _, judged = from_eight_to_eleven(high)
    assert (told(judged), judged.unknown) == ([], [()])
    _, unseen = from_eight_to_eleven(high, judged_at_s=HALF_PAST)
    assert unseen.unknown == [(0,)]


@pytest.mark.requirement("F-24")
def test_what_it_passed_in_hours_that_began_and_ended_around_it_is_crossed() -> None:
    _, judged = from_eight_to_eleven(zone("a", WIDE, NINE_TO_TEN), zone("b", THIN, NINE_TO_TEN))
    assert [each[:2] for each in told(judged)] == [(EventKind.CROSS, "b")]


@pytest.mark.requirement("F-24")
def test_of_a_zone_that_is_another_since_it_was_told_nothing() -> None:
    """It stood in the one and passed through the other, in the same hours."""
    snapshot, after = (
        build([zone("a", area, NINE_TO_TEN)], revision)
        for revision, area in ((1, AROUND_HERE), (2, THIN))
    )
    fleet, _ = step(Fleet(), snapshot, here())
    rejudge(fleet, snapshot, NINE_S)
    rejudge(fleet, after, NINE_S + 1.0)
    _, judged = step(fleet, after, here(at_s=ELEVEN_S, place=AWAY))
    assert [each[:2] for each in told(judged)] == [(EventKind.CROSS, "a")]


@pytest.mark.requirement("F-24")
def test_a_device_of_another_class_than_it_was_judged_as_is_looked_at_for_its_whole_way() -> None:
    snapshot = build((zone("a", schedule=NINE_TO_TEN),), 1)
    fleet, _ = step(Fleet(), snapshot, here(at_s=TEN_S - 1.0))
    rejudge(fleet, snapshot, TEN_S + 0.001)
    fix = here(at_s=TEN_S + 2.0, place=AWAY)
    _, judged = step(fleet, snapshot, replace(fix, domain=np.array([2], np.int8)))
    assert [each[:2] for each in told(judged)] == [(EventKind.CROSS, "a")]


def test_a_swap_and_hours_that_pass_at_once_are_told_apart() -> None:
    fleet = fleet_under(zone("a"), zone("b"), zone("c", schedule=NINE_TO_TEN))
    after = build([zone("a", ELSEWHERE), zone("b"), zone("c", schedule=NINE_TO_TEN), zone("d")], 2)
    fleet, judged = rejudge(fleet, after, NINE_S)
    assert told(judged) == [
        (EXIT, "a", 0, ZONE_CHANGED),
        (ENTER, "c", 2, TIME_PASSED),
        (ENTER, "d", 3, ZONE_CHANGED),
    ]
    later = build([zone("c", schedule=NINE_TO_TEN)], 3)
    _, closed = rejudge(fleet, later, TEN_S + 1.0)
    assert told(closed) == [
        (EXIT, "b", WITHDRAWN, ZONE_CHANGED),
        (EXIT, "d", WITHDRAWN, ZONE_CHANGED),
        (EXIT, "c", 0, TIME_PASSED),
    ]


def test_for_a_device_whose_clock_is_ahead_time_does_not_run_backwards() -> None:
    snapshot = build([zone("a", schedule=NINE_TO_TEN)], 1)
    fleet, _ = step(Fleet(), snapshot, here(at_s=NINE_S))
    _, judged = rejudge(fleet, snapshot, NINE_S - 5.0)
    assert judged.events == []
    assert judged.inside == [(0,)]


def test_a_buffered_fix_after_a_tick_is_judged_at_its_own_time() -> None:
    snapshot = build([zone("a", schedule=NINE_TO_TEN)], 1)
    fleet, _ = step(Fleet(), snapshot, here())
    fleet, _ = rejudge(fleet, snapshot, NINE_S + 60.0)
    _, judged = step(fleet, snapshot, here(at_s=NINE_S - 60.0))
    assert judged.inside == [()]


def test_the_rows_are_the_devices_that_were_ever_seen() -> None:
    snapshot = build([zone("a")], 1)
    fleet, _ = step(Fleet(), snapshot, here(device=7))
    fleet, _ = step(fleet, snapshot, here(device=2))
    _, judged = rejudge(fleet, snapshot, EIGHT_S)
    assert judged.devices == [2, 7]
    assert judged.known == [True, True]
    assert judged.inside == [(0,), (0,)]


def test_a_fleet_that_knows_nobody_takes_on_the_zones() -> None:
    snapshot = build([zone("a")], 5)
    fleet, judged = rejudge(Fleet(), snapshot, EIGHT_S)
    assert judged.devices == []
    fleet.expect(snapshot)
    assert fleet.revision == 5


def test_a_zone_given_a_band_holds_a_device_of_unknown_height_no_less() -> None:
    banded = Zone("a", ZoneKind.KEEP_OUT, "a", (Volume(AROUND_HERE, UP_TO_120_M),))
    fleet, judged = rejudge(fleet_under(zone("a")), build([banded], 2), EIGHT_S)
    assert (judged.events, judged.inside, judged.unknown) == ([], [()], [(0,)])
    assert fleet.held == [(0,)]


def test_after_a_restart_the_fleet_goes_on_from_its_bytes() -> None:
    fleet = Fleet.from_bytes(fleet_under(zone("a"), zone("b")).to_bytes())
    _, judged = rejudge(fleet, build([zone("b")], 2), EIGHT_S)
    assert told(judged) == [(EXIT, "a", WITHDRAWN, ZONE_CHANGED)]
    assert judged.inside == [(0,)]


def test_without_events_the_same_devices_are_held_by_the_same_zones() -> None:
    after = build([zone("a", ELSEWHERE), zone("b")], 2)
    fleets = [fleet_under(zone("a")) for _ in range(2)]
    for fleet in fleets:
        fleet.revision, fleet.zone_ids = after.revision, after.zone_ids
    devices = fleets[0].devices()
    plain, told_too = (
        rejudge_those(fleet, after, EIGHT_S, devices, swapped=True, with_events=with_events)
        for fleet, with_events in zip(fleets, (False, True), strict=True)
    )
    assert (plain.inside, plain.unknown) == (told_too.inside, told_too.unknown) == ([(1,)], [()])
    assert [*fleets[0].held] == [*fleets[1].held] == [(1,)]
    assert (plain.events, len(told_too.events)) == ([], 2)
