"""A violation tells why it began and why it was over, whoever told of it and when."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta

import pytest

from geofence.snapshot import build
from geofence.zone import Restriction, Schedule, Window, ZoneKind
from permits.cause import Cause
from permits.compliance import Grant
from permits.permit import PermitState
from permits.terms import DailyHours
from telemetry.report import Frame
from tests.zone_service.conftest import AIRPORT, NOON, Say, grant
from tests.zone_service.test_late import OFF_ROAD as OFF_ROAD_LATE
from tests.zone_service.test_late import Scene, again, drive, flight, live_ends
from tests.zone_service.test_rejudging import (
    ALL_OF_THEM,
    CHANGED_S,
    COUNT,
    DRONES,
    ONE,
    city,
    flights,
    heard,
    over,
    says,
    slices,
    with_zones,
)
from zone_service.adoption import adopt, take_over
from zone_service.clock_frames import anew_frame, hours_frame, set_frame, tick_frame
from zone_service.decisions import Outcome
from zone_service.guarded import judge
from zone_service.memory import Memory, from_bytes, to_bytes
from zone_service.world import Subject, World

__all__ = ["city"]
NOON_S = NOON.timestamp()
DEVICE, ZONE, PERMIT = Cause.DEVICE_MOVED, Cause.ZONE_CHANGED, Cause.PERMIT_CHANGED
RULES, REGISTER, TIME = Cause.RULES_CHANGED, Cause.REGISTER_CHANGED, Cause.TIME_PASSED
OUTSIDE = -4
"""The number of a place west of all zones."""
EVERY_DAY = frozenset(range(7))
ON_ROAD, OFF_ROAD = (121.92, 30.90), (121.92, 30.91)

pytestmark = pytest.mark.requirement("D4d-65")


def why(
    *outcomes: Outcome, code: str = "KEEP_OUT_BREACH"
) -> list[tuple[str, str | None, str | None]]:
    """Of the violations of one kind that are told of: whose, why they began, why they are over."""
    changes = [change for outcome in outcomes for change in outcome.changes.values()]
    return [
        (each.device_id, each.opening_cause, each.closing_cause)
        for each in changes
        if each.code == code
    ]


def car(say: Say, after_s: float, place: tuple[float, float] = ON_ROAD, **said: object) -> Frame:
    told = {"control_mode": "AUTONOMOUS", **said}
    return say("car-1", *place, after_s, **told)


def from_to(start: time, end: time) -> Schedule:
    return Schedule((Window(EVERY_DAY, start, end),))


def hears(memory: Memory, world: World, *frames: Frame) -> Outcome:
    outcome = judge(memory, world, frames)
    assert outcome.failures == []
    return outcome


# -- the device


def test_who_flies_into_a_zone_and_out_of_it_did_both(city: World, say: Say) -> None:
    world = with_zones(city, over("half", 0, 5))
    memory = Memory()
    hears(memory, world, says(say, 0, 0.0, to=OUTSIDE))
    assert why(hears(memory, world, says(say, 0, 60.0))) == [(DRONES[0], DEVICE, None)]
    hears(memory, world, says(say, 0, 120.0, to=OUTSIDE))
    left = hears(memory, world, says(say, 0, 123.0, to=OUTSIDE))
    assert why(left) == [(DRONES[0], DEVICE, DEVICE)]


def test_a_first_fix_inside_is_the_devices_own(city: World, say: Say) -> None:
    world = with_zones(city, ALL_OF_THEM)
    assert why(hears(Memory(), world, says(say, 3, 0.0))) == [(DRONES[3], DEVICE, None)]


def test_who_goes_faster_or_changes_its_mode_did_it_itself(world: World, say: Say) -> None:
    memory = Memory()
    hears(memory, world, car(say, 0.0))
    off = [hears(memory, world, car(say, float(at), OFF_ROAD)) for at in range(60, 75)]
    assert why(*off, code="AUTO_OUTSIDE_AUTHORISED") == [("car-1", DEVICE, None)]


# -- the zones


def test_who_stands_where_a_zone_is_published_did_not_move(city: World, say: Say) -> None:
    after = with_zones(city, ALL_OF_THEM)
    memory = heard(city, say)
    assert why(adopt(memory, after, city, CHANGED_S)) == [(name, ZONE, None) for name in DRONES]


def test_who_speaks_before_its_turn_is_told_apart_by_where_it_stood(city: World, say: Say) -> None:
    """One stood there, one was crossed on its way out of it, and one flew in: all by their own messages."""
    after = with_zones(city, over("east", 4, COUNT - 1))
    memory = heard(city, say)
    take_over(memory, after, city, CHANGED_S)
    told = hears(
        memory,
        after,
        says(say, 5, 21.0),
        says(say, COUNT - 1, 21.0, to=COUNT),
        says(say, 3, 61.0, to=4),
    )
    assert why(told) == [
        (DRONES[5], ZONE, None),
        (DRONES[COUNT - 1], ZONE, None),
        (DRONES[3], DEVICE, None),
    ]
    rest = [name for name in DRONES[4:-1] if name != DRONES[5]]
    assert why(*slices(memory, after, ONE)) == [(name, ZONE, None) for name in rest]


@pytest.mark.parametrize("speaks_first", [False, True])
@pytest.mark.parametrize("kind", ["withdrawn", "moved away", "made harmless"])
def test_a_zone_that_is_gone_ends_it_by_itself(
    city: World, say: Say, kind: str, *, speaks_first: bool
) -> None:
    before = with_zones(city, ALL_OF_THEM)
    harmless = replace(ALL_OF_THEM, kind=ZoneKind.KEEP_IN, restriction=Restriction.PROHIBITED)
    after = {
        "withdrawn": with_zones(before, withdrawn=("all",)),
        "moved away": with_zones(before, over("all", 50, 52)),
        "made harmless": with_zones(before, harmless),
    }[kind]
    memory = heard(before, say)
    take_over(memory, after, before, CHANGED_S)
    if not speaks_first:
        list(slices(memory, after, ONE))
    hears(memory, after, says(say, 2, 20.5))
    over_ = hears(memory, after, says(say, 2, 30.0))
    assert why(over_) == [(DRONES[2], DEVICE, ZONE)]


def test_who_leaves_a_zone_before_it_is_withdrawn_has_left_it(city: World, say: Say) -> None:
    before = with_zones(city, ALL_OF_THEM)
    memory = heard(before, say)
    hears(memory, before, says(say, 2, 60.0, to=OUTSIDE))
    after = with_zones(before, withdrawn=("all",))
    adopt(memory, after, before, NOON_S + 61.0)
    assert why(hears(memory, after, says(say, 2, 70.0, to=OUTSIDE))) == [
        (DRONES[2], DEVICE, DEVICE)
    ]


def test_a_zone_that_came_while_no_worker_ran_is_told_at_the_start(city: World, say: Say) -> None:
    after = with_zones(city, ALL_OF_THEM)
    memory = from_bytes(to_bytes(heard(city, say)))
    assert why(adopt(memory, after, None, CHANGED_S)) == [(name, ZONE, None) for name in DRONES]


def test_zones_in_other_slots_are_told_apart_by_their_names(city: World, say: Say) -> None:
    before = with_zones(city, over("half", 0, 5))
    memory = heard(before, say)
    zones = build((over("new", 6, 7), over("half", 0, 5), *city.zones.zones), 7)
    after = replace(before, zones=zones, like=None)
    assert why(adopt(memory, after, before, CHANGED_S)) == [
        (DRONES[6], ZONE, None),
        (DRONES[7], ZONE, None),
    ]


def test_who_waits_while_zones_come_into_other_slots_is_told_what_the_first_change_did(
    city: World, say: Say
) -> None:
    many = with_zones(city, *(over(f"far-{n}", 60 + n, 60 + n) for n in range(9)))
    first = with_zones(many, over("new", 6, 7))
    memory = heard(many, say)
    take_over(memory, first, many, CHANGED_S)
    judge(memory, first, [anew_frame(ONE, CHANGED_S)])
    assert memory.outstanding.waiting
    zones = build((over("new", 6, 7), *city.zones.zones), 9)
    after = replace(first, zones=zones, like=None)
    told = adopt(memory, after, first, CHANGED_S + 1.0)
    assert told.failures == []
    assert why(told) == [(DRONES[6], ZONE, None), (DRONES[7], ZONE, None)]


# -- permits and rules


@pytest.mark.parametrize("speaks_first", [False, True])
def test_a_permit_that_is_suspended_and_resumed_is_why(
    city: World, say: Say, *, speaks_first: bool
) -> None:
    zoned = with_zones(city, over("half", 0, 5))
    allowed = replace(zoned, grants=flights(PermitState.AIRBORNE))
    suspended = replace(zoned, grants=flights(PermitState.SUSPENDED))
    memory = heard(allowed, say)
    take_over(memory, suspended, allowed, CHANGED_S)
    first = [says(say, 1, 20.5)] if speaks_first else []
    told = [hears(memory, suspended, *first), *slices(memory, suspended, ONE)]
    assert set(why(*told)) == {(name, PERMIT, None) for name in DRONES[:4]}
    take_over(memory, allowed, suspended, CHANGED_S + 10.0)
    if not speaks_first:
        list(slices(memory, allowed, ONE))
    hears(memory, allowed, says(say, 1, 31.0))
    assert why(hears(memory, allowed, says(say, 1, 40.0))) == [(DRONES[1], PERMIT, PERMIT)]


def test_a_permit_that_changed_while_no_worker_ran_is_why(city: World, say: Say) -> None:
    zoned = with_zones(city, over("half", 0, 5))
    allowed = replace(zoned, grants=flights(PermitState.AIRBORNE))
    memory = from_bytes(to_bytes(heard(allowed, say)))
    suspended = replace(zoned, grants=flights(PermitState.SUSPENDED))
    found = adopt(memory, suspended, None, CHANGED_S)
    assert set(why(found)) == {(name, PERMIT, None) for name in DRONES[:4]}


def stricter(world: World, max_height_agl_m: float = 20.0) -> World:
    rules = replace(world.rules, max_height_agl_m=max_height_agl_m)
    after = replace(world, rules=rules, like=None)
    object.__setattr__(after, "rules_digest", f"up to {max_height_agl_m} m")
    return after


def test_other_rules_are_why_both_in_a_run_and_at_a_start(city: World, say: Say) -> None:
    """Who stays where it was is judged anew by them, a few at a time, as with a zone."""
    code, before = "ALTITUDE_OVER_LIMIT", city
    after = stricter(before)
    memory = heard(before, say)
    kept = to_bytes(memory)
    take_over(memory, after, before, CHANGED_S)
    first = hears(memory, after, says(say, 1, 21.0))
    assert why(first, code=code) == [(DRONES[1], RULES, None)]
    rest = [name for name in DRONES if name != DRONES[1]]
    assert why(*slices(memory, after, ONE), code=code) == [(name, RULES, None) for name in rest]
    opened_at = [each.opened_at.timestamp() for each in memory.open.values() if each.code == code]
    assert sorted(opened_at) == [CHANGED_S] * len(rest) + [NOON_S + 21.0]
    started = adopt(from_bytes(kept), after, None, CHANGED_S)
    later = [*why(started, code=code)]
    assert later == [(name, RULES, None) for name in DRONES]


def test_rules_that_changed_by_a_clock_that_is_slow_are_no_cause_later(
    city: World, say: Say
) -> None:
    """By its own time it is before the change for ten minutes; it leaves the register and comes back."""
    before = with_zones(city, over("half", 0, 5))
    after = stricter(before, 100.0)
    memory = Memory()

    def slowly(after_s: float) -> Frame:
        its = NOON + timedelta(seconds=after_s - 600.0)
        return says(say, 1, after_s, event_time=its.isoformat())

    assert why(hears(memory, before, slowly(0.0))) == [(DRONES[1], DEVICE, None)]
    adopt(memory, after, before, CHANGED_S)
    others = {name: each for name, each in after.subjects.items() if name != DRONES[1]}
    gone = registered(after, others)
    adopt(memory, gone, after, NOON_S + 30.0)
    back = registered(gone, after.subjects)
    adopt(memory, back, gone, NOON_S + 40.0)
    assert why(hears(memory, back, slowly(50.0))) == [(DRONES[1], DEVICE, None)]


def registered(world: World, subjects: Mapping[str, Subject]) -> World:
    revisions = replace(world.revisions, registry=world.revisions.registry + 1)
    after = replace(world, subjects=subjects, revisions=revisions, like=world)
    object.__setattr__(after, "rules_digest", world.rules_digest)
    return after


# -- time


@pytest.mark.parametrize("told_by", ["tick", "hours", "fix"])
def test_hours_of_a_zone_that_begin_and_end_are_why(city: World, say: Say, told_by: str) -> None:
    world = with_zones(city, over("fair", 0, 5, from_to(time(12, 0, 20), time(12, 1))))
    memory = heard(world, say)
    hears(memory, world, tick_frame(NOON_S + 1.0))
    hears(memory, world, says(say, 1, 19.0))

    def turn(at_s: float) -> Outcome:
        if told_by == "fix":
            return hears(memory, world, says(say, 1, at_s + 0.5))
        clock = tick_frame if told_by == "tick" else hours_frame
        outcome = hears(memory, world, clock(NOON_S + at_s + 0.001))
        outcome.add(hears(memory, world, says(say, 1, at_s + 0.5)))
        for each in slices(memory, world, ONE):
            outcome.add(each)
        return outcome

    assert (DRONES[1], TIME, None) in why(turn(20.0))
    turn(60.0)
    told = [hears(memory, world, says(say, 1, at)) for at in (61.5, 70.0)]
    assert why(*told) == [(DRONES[1], TIME, TIME)]


def test_who_flies_in_after_the_hours_have_begun_did_it_itself(city: World, say: Say) -> None:
    world = with_zones(city, over("fair", 0, 5, from_to(time(12, 0, 20), time(13))))
    memory = Memory()
    hears(memory, world, says(say, 1, 0.0, to=OUTSIDE))
    assert why(hears(memory, world, says(say, 1, 60.0))) == [(DRONES[1], DEVICE, None)]


def in_hours(until: time) -> Grant:
    permit = grant("car-1")
    return replace(permit, terms=replace(permit.terms, hours=(DailyHours(time(8), until),)))


@pytest.mark.parametrize("speaks", [True, False])
def test_hours_of_a_permit_that_ran_out_are_why(world: World, say: Say, *, speaks: bool) -> None:
    world = replace(world, grants={"car-1": (in_hours(time(12, 0, 30)),)})
    memory = Memory()
    hears(memory, world, car(say, 0.0), car(say, 29.0))
    told = [
        hears(memory, world, car(say, 31.0 + at) if speaks else tick_frame(NOON_S + 31.0 + at))
        for at in range(5)
    ]
    assert why(*told, code="OUTSIDE_TIME_WINDOW") == [("car-1", TIME, None)]


@pytest.mark.parametrize("ahead_s", [0.0, 3600.0])
def test_a_clock_that_is_ahead_does_not_choose_the_cause_after_a_gap(
    world: World, say: Say, ahead_s: float
) -> None:
    """By its own word its hours were over before they were; it says nothing for longer than a minute."""
    world = replace(world, grants={"car-1": (in_hours(time(12, 0, 30)),)})
    memory = Memory()

    def told(after_s: float) -> Outcome:
        its = NOON + timedelta(seconds=after_s + ahead_s)
        return hears(memory, world, car(say, after_s, event_time=its.isoformat()))

    outcomes = [told(at) for at in (0.0, 100.0, 101.0, 102.0, 103.0, 104.0)]
    assert why(*outcomes, code="OUTSIDE_TIME_WINDOW") == [("car-1", TIME, None)]


def test_who_sets_out_after_its_hours_did_it_itself(world: World, say: Say) -> None:
    world = replace(world, grants={"car-1": (in_hours(time(12, 0, 30)),)})
    memory = Memory()
    hears(memory, world, car(say, 0.0, ground_speed_mps=0.0), car(say, 60.0, ground_speed_mps=0.0))
    told = [hears(memory, world, car(say, 90.0 + at)) for at in range(5)]
    assert why(*told, code="OUTSIDE_TIME_WINDOW") == [("car-1", DEVICE, None)]


def test_a_permit_that_runs_out_under_a_moving_vehicle_is_time(world: World, say: Say) -> None:
    permit = grant("car-1")
    ends = replace(permit, terms=replace(permit.terms, valid_to=NOON + timedelta(seconds=30)))
    world = replace(world, grants={"car-1": (ends,)})
    memory = Memory()
    told = [hears(memory, world, car(say, 28.0 + at)) for at in range(6)]
    assert why(*told, code="PERMIT_EXPIRED") == [("car-1", TIME, None)]


def test_a_silence_begins_by_time_and_ends_by_a_word(world: World, say: Say) -> None:
    memory = Memory()
    hears(memory, world, car(say, 0.0))
    silent = [hears(memory, world, tick_frame(NOON_S + at)) for at in (100.0, 200.0, 300.0)]
    assert why(*silent, code="TELEMETRY_SILENCE") == [("car-1", TIME, None)]
    hears(memory, world, car(say, 301.0))
    heard_again = hears(memory, world, tick_frame(NOON_S + 301.5))
    assert why(heard_again, code="TELEMETRY_SILENCE") == [("car-1", TIME, DEVICE)]


def test_a_clock_that_is_set_past_an_edge_is_time(city: World, say: Say) -> None:
    world = with_zones(city, over("fair", 0, 5, from_to(time(12, 30), time(13))))
    memory = heard(world, say)
    told = hears(memory, world, set_frame(2000.0, NOON_S + 2010.0))
    assert why(told) == [(name, TIME, None) for name in DRONES[:6]]


# -- what else there is


def test_a_device_that_leaves_the_register_ends_what_is_open(city: World, say: Say) -> None:
    before = with_zones(city, over("half", 0, 0))
    memory = heard(before, say)
    subjects = {name: each for name, each in before.subjects.items() if name != DRONES[0]}
    revisions = replace(before.revisions, registry=before.revisions.registry + 1)
    after = replace(before, subjects=subjects, revisions=revisions, like=None)
    assert why(adopt(memory, after, before, CHANGED_S)) == [(DRONES[0], DEVICE, REGISTER)]


def test_a_stranger_speaks_by_itself_and_is_gone_by_time(world: World, say: Say) -> None:
    memory, code = Memory(), "UNREGISTERED_DEVICE"
    spoke = [hears(memory, world, say("ghost", *ON_ROAD, float(at))) for at in range(20)]
    assert why(*spoke, code=code)[0] == ("ghost", DEVICE, None)
    gone = hears(memory, world, tick_frame(NOON_S + 200.0))
    assert why(gone, code=code) == [("ghost", DEVICE, TIME)]


def test_what_opens_after_its_hold_off_tells_why_it_began(world: World, say: Say) -> None:
    """The zone is withdrawn from under the car; the fixes that follow confirm it."""
    before, memory = world, Memory()
    hears(memory, before, car(say, 0.0))
    after = with_zones(before, withdrawn=("road",))
    told = [adopt(memory, after, before, NOON_S + 1.0)]
    told += [hears(memory, after, car(say, 2.0 + at)) for at in range(15)]
    found = why(*told, code="AUTO_OUTSIDE_AUTHORISED")
    assert found == [("car-1", ZONE, None)]


def test_what_runs_in_a_checkpoint_goes_on_with_its_cause(city: World, say: Say) -> None:
    after = with_zones(city, ALL_OF_THEM)
    memory = heard(city, say)
    adopt(memory, after, city, CHANGED_S)
    hears(memory, after, says(say, 1, 60.0, to=OUTSIDE))
    again = from_bytes(to_bytes(memory))
    told = hears(again, after, says(say, 1, 70.0, to=OUTSIDE))
    assert why(told) == [(DRONES[1], ZONE, DEVICE)]
    assert why(told) == why(hears(memory, after, says(say, 1, 70.0, to=OUTSIDE)))


# -- late reports


@pytest.mark.parametrize("opens", [time(12, 0, 4), None])
def test_a_late_finding_tells_whether_the_device_or_the_hours_brought_it_about(
    sky: World, say: Say, opens: time | None
) -> None:
    """It hovers over a fair that opens meanwhile, or it flies into the airport and out of it."""
    hours = None if opens is None else from_to(opens, time(12, 0, 6))
    volume = replace(AIRPORT.volumes[0], schedule=hours)
    zone = replace(AIRPORT, volumes=(volume,), category="")
    others = tuple(each for each in sky.zones.zones if each.zone_id != AIRPORT.zone_id)
    world = replace(sky, zones=build((*others, zone), 2), like=None)
    metres = (-30, -10, 10, 20, 10, -10, -30) if opens is None else (20,) * 9
    frames = flight(say, metres)
    scene = Scene(world)
    live_ends(scene, frames)
    scene.hear(*again(frames[1:-1], 20.0))
    scene.ticks(21, 23, 30)
    expected = DEVICE if opens is None else TIME
    assert [(each.opening_cause, each.closing_cause) for each in scene.late] == [
        (expected, expected)
    ]


def test_the_late_beginning_of_what_goes_on_is_not_over(world: World, say: Say) -> None:
    scene = Scene(world)
    places = [ON_ROAD, *[OFF_ROAD_LATE] * 40]
    drive(scene, say, places, 14)
    joined = [each for each in scene.late if each.joins is not None]
    assert [(each.opening_cause, each.closing_cause) for each in joined] == [(DEVICE, None)]
