"""A new world while devices are watched: whom it concerns is judged anew, and nobody else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time

import pytest
from shapely import Point, Polygon

from geofence.amend import amended
from geofence.snapshot import build
from geofence.zone import Area, Schedule, Volume, Window, Zone, ZoneKind
from tests.zone_service.conftest import AIRPORT, NOON, ROAD, SLOW, Say, grant
from zone_service.adoption import adopt
from zone_service.clock_frames import tick_frame
from zone_service.course import in_slots_of
from zone_service.decisions import Outcome
from zone_service.memory import Memory
from zone_service.pipeline import step
from zone_service.world import Revisions, World

NOON_S = NOON.timestamp()
SHAPE = AIRPORT.volumes[0].shape
assert isinstance(SHAPE, Area)
FOR_ALL = Zone("all", ZoneKind.KEEP_OUT, "All", (Volume(SHAPE),))
PLACE, ELSEWHERE = (121.81, 31.11), (121.0, 30.0)
"""In the airport, and far from everything."""


def heard(world: World, say: Say, elsewhere: str = "usv-1") -> Memory:
    """A car and a drone at one place, a boat at another."""
    memory = Memory()
    adopt(memory, world, None, NOON_S)
    for name in ("car-1", "uav-1", "usv-1"):
        place = ELSEWHERE if name == elsewhere else PLACE
        step(memory, world, [say(name, *place, height_agl_m=90.0)])
    return memory


def changed(world: World, *zones: Zone, withdrawn: tuple[str, ...] = ()) -> World:
    revision = world.revisions.zones + 1
    snapshot = amended(world.zones, zones, withdrawn, revision)
    return replace(world, revisions=Revisions(revision, 1, 1), zones=snapshot)


def opened(outcome: Outcome) -> set[tuple[str, str | None]]:
    return {(each.device_id, each.zone_id) for each in outcome.changes.values()}


def judged_s(memory: Memory) -> dict[str, float]:
    return {
        name: float(memory.fleet.judged_s[each.number]) for name, each in memory.devices.items()
    }


def zones_of(memory: Memory, world: World, device_id: str) -> set[str]:
    """The zones that hold a device, or may."""
    device = memory.devices[device_id]
    return {world.zones.zone_ids[slot] for slot in (*device.inside, *device.unknown)}


@pytest.mark.requirement("A44-3")
def test_who_is_in_a_new_zone_is_judged_by_it_and_who_is_elsewhere_is_left_alone(
    world: World, say: Say
) -> None:
    memory = heard(world, say)
    boat = memory.devices["usv-1"].watch
    outcome = adopt(memory, changed(world, FOR_ALL), world, NOON_S + 20.0)
    assert ("uav-1", "all") in opened(outcome)
    assert judged_s(memory) == {
        "car-1": NOON_S + 20.0,
        "uav-1": NOON_S + 20.0,
        "usv-1": NOON_S,
    }
    assert memory.devices["usv-1"].watch is boat


def test_who_is_near_a_new_zone_and_not_in_it_is_not_asked_about(world: World, say: Say) -> None:
    memory = heard(world, say)
    watches = {name: device.watch for name, device in memory.devices.items()}
    beside = Polygon([(121.80, 31.10), (121.82, 31.10), (121.82, 31.11), (121.811, 31.105)])
    assert beside.envelope.covers(Point(*PLACE))
    near = replace(FOR_ALL, volumes=(Volume(Area(beside)),))
    adopt(memory, changed(world, near), world, NOON_S + 20.0)
    assert all(device.watch is watches[name] for name, device in memory.devices.items())
    assert judged_s(memory)["uav-1"] == NOON_S + 20.0


def test_who_was_in_a_withdrawn_zone_is_in_it_no_longer(world: World, say: Say) -> None:
    with_all = changed(world, FOR_ALL)
    memory = heard(with_all, say)
    assert zones_of(memory, with_all, "uav-1") == {"all"}
    without = changed(with_all, withdrawn=("all",))
    adopt(memory, without, with_all, NOON_S + 20.0)
    assert zones_of(memory, without, "uav-1") == set()
    step(memory, without, [say("uav-1", *PLACE, 21.0, height_agl_m=90.0)])


def test_of_very_many_changes_everybody_is_judged(world: World, say: Say) -> None:
    memory = heard(world, say)
    many = [replace(SLOW, zone_id=f"slow-{number}") for number in range(300)]
    adopt(memory, changed(world, *many), world, NOON_S + 20.0)
    assert set(judged_s(memory).values()) == {NOON_S + 20.0}


def test_a_permit_that_changed_concerns_the_devices_that_it_names(
    world: World, say: Say, without_permits: Callable[[World], World]
) -> None:
    memory = heard(world, say)
    watches = {name: device.watch for name, device in memory.devices.items()}
    adopt(memory, without_permits(world), world, NOON_S + 20.0)
    assert memory.devices["car-1"].watch != watches["car-1"]
    assert memory.devices["uav-1"].watch is watches["uav-1"]
    assert set(judged_s(memory).values()) == {NOON_S}


def test_a_permit_of_one_that_never_said_where_it_is_may_change_too(
    world: World, without_permits: Callable[[World], World]
) -> None:
    memory = Memory()
    adopt(memory, world, None, NOON_S)
    memory.device("car-1")
    adopt(memory, without_permits(world), world, NOON_S + 20.0)
    assert memory.devices["car-1"].watch is None


def test_zones_and_permits_that_change_at_once_are_both_judged_by(world: World, say: Say) -> None:
    memory = heard(world, say, elsewhere="car-1")
    watch = memory.devices["car-1"].watch
    after = replace(changed(world, FOR_ALL), grants={"car-1": (grant("car-1", number="P-2"),)})
    outcome = adopt(memory, after, world, NOON_S + 20.0)
    assert memory.devices["car-1"].watch != watch
    assert ("uav-1", "all") in opened(outcome)


def test_a_zone_that_was_passed_nobody_knows_how_high_accuses_nobody_when_it_is_gone(
    world: World, say: Say
) -> None:
    memory = Memory()
    adopt(memory, world, None, NOON_S)
    for after_s, place in ((0.0, (121.7995, 31.102)), (20.0, (121.802, 31.0995))):
        step(memory, world, [say("uav-1", *place, after_s)])
    unknown = memory.devices["uav-1"].unknown
    assert world.places(unknown).keep_out == {"airport"}
    without = changed(world, withdrawn=("airport",))
    adopt(memory, without, world, NOON_S + 21.0)
    assert without.places(unknown) == without.places(())


@pytest.mark.requirement("A44-3")
def test_hours_that_begin_concern_those_in_the_zones_whose_hours_they_are(
    world: World, say: Say
) -> None:
    from_one = Schedule((Window(frozenset(range(7)), time(12, 1), time(13)),))
    timed = replace(FOR_ALL, volumes=(replace(FOR_ALL.volumes[0], schedule=from_one),))
    with_hours = changed(world, timed)
    memory = heard(with_hours, say)
    outcome = step(memory, with_hours, [tick_frame(NOON_S + 60.5)])
    assert ("uav-1", "all") in opened(outcome)
    assert judged_s(memory)["usv-1"] == NOON_S
    assert memory.judged_s == NOON_S + 60.5


def test_a_memory_speaks_of_the_same_zones_in_other_slots(world: World, say: Say) -> None:
    memory = Memory()
    adopt(memory, world, None, NOON_S)
    step(memory, world, [say("car-1", 121.94, 30.90), say("uav-1", *PLACE)])
    assert world.zones.zone_ids == ("road", "airport", "slow")
    assert memory.devices["car-1"].inside == (0, 2)
    assert memory.devices["uav-1"].unknown == (1,)
    others = build((SLOW, AIRPORT, ROAD), 1)
    in_slots_of(others, memory)
    assert memory.devices["car-1"].inside == (0, 2)
    assert memory.fleet.held[memory.devices["car-1"].number] == (0, 2)
    in_slots_of(build((AIRPORT, SLOW, ROAD), 1), memory)
    assert memory.devices["car-1"].inside == (1, 2)
    assert memory.devices["uav-1"].unknown == (0,)
    step(memory, replace(world, zones=build((AIRPORT, SLOW, ROAD), 1)), [])


def test_of_two_limits_that_are_alike_it_is_not_the_order_of_drawing_that_decides(
    world: World,
) -> None:
    twin = replace(SLOW, zone_id="another")
    drawn_last = changed(world, twin)
    slots = tuple(sorted(drawn_last.slots[name] for name in ("slow", "another")))
    assert drawn_last.places(slots).speed_limits == (("another", 8.0), ("slow", 8.0))
