"""A receiver that is wrong and sure of it: 200 m off, 1.9 m claimed. No supervisor is called."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import cos, radians, sin

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from shapely import box

from geofence.snapshot import build
from geofence.zone import Area, Volume, Zone, ZoneKind
from telemetry.report import Frame
from zone_service.adoption import adopt
from zone_service.memory import Memory, from_bytes, to_bytes
from zone_service.pipeline import step
from zone_service.store.records import ViolationChange
from zone_service.world import World

Say = Callable[..., Frame]
NOON_S = 1795406400.0
METRE_NORTH = 1 / 111_320.0
METRE_EAST = METRE_NORTH / cos(radians(31.11))
ON_ROAD, OFF_ROAD = (121.92, 30.90), (121.92, 30.90 + 200 * METRE_NORTH)
WEST_OF_AIRPORT = (121.80 - 100 * METRE_EAST, 31.11)
IN_AIRPORT = (121.80 + 100 * METRE_EAST, 31.11)
FLYING = {"height_agl_m": 30.0, "operational_status": "AIRBORNE"}


@dataclass
class Ride:
    """One device under one world, a batch a fix."""

    world: World
    say: Say
    device_id: str
    said: dict[str, object] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    second: float = 0
    number: int = 0
    every_s: float = 1
    changes: list[ViolationChange] = field(default_factory=list)

    def go(self, *places: tuple[float, float], accuracy_m: float = 1.9) -> list[str]:
        """Report a place a second; return the codes of what opened meanwhile."""
        opened: list[str] = []
        for place in places:
            self.number += 1
            self.second = self.number * self.every_s
            frame = self.say(
                self.device_id,
                *place,
                self.second,
                seq=self.number,
                horizontal_accuracy_m=accuracy_m,
                **self.said,
            )
            found = step(self.memory, self.world, [frame]).changes.values()
            opened += [each.code for each in found if each.detected_at == each.updated_at]
            self.changes += found
        return opened


@pytest.mark.requirement("D4d-11", "D4d-1")
def test_a_drone_thrown_into_an_airport_for_one_fix_is_a_matter_of_its_data(
    sky: World, say: Say
) -> None:
    drone = Ride(sky, say, "uav-1", FLYING)
    assert drone.go(WEST_OF_AIRPORT, WEST_OF_AIRPORT) == []
    assert drone.go(IN_AIRPORT) == ["IMPOSSIBLE_JUMP"]
    assert drone.go(*[WEST_OF_AIRPORT] * 5) == []
    assert {each.code for each in drone.changes} == {"IMPOSSIBLE_JUMP"}


@pytest.mark.requirement("D4d-11", "D4d-3")
def test_a_vehicle_thrown_off_its_road_and_back_breaks_no_term_of_its_permit(
    world: World, say: Say
) -> None:
    car = Ride(world, say, "car-1")
    car.go(ON_ROAD, ON_ROAD)
    assert car.go(OFF_ROAD) == ["IMPOSSIBLE_JUMP"]
    assert car.go(*[ON_ROAD] * 30) == []


@pytest.mark.requirement("D4d-1")
def test_a_drone_that_flies_into_an_airport_is_a_violation_at_its_first_fix_inside(
    sky: World, say: Say
) -> None:
    drone = Ride(sky, say, "uav-1", FLYING)
    at_the_edge = [(121.80 + metres * METRE_EAST, 31.11) for metres in (-45, -25, -5)]
    assert drone.go(*at_the_edge) == []
    assert drone.go((121.80 + 15 * METRE_EAST, 31.11)) == ["KEEP_OUT_BREACH"]
    assert drone.changes[-1].opened_at.timestamp() == NOON_S + 4


@pytest.mark.requirement("D4d-1")
def test_a_drone_first_heard_in_an_airport_is_a_violation_at_once(sky: World, say: Say) -> None:
    assert Ride(sky, say, "uav-1", FLYING).go(IN_AIRPORT) == ["KEEP_OUT_BREACH"]


@pytest.mark.requirement("D4d-11", "D4d-1")
def test_a_drone_that_really_was_displaced_is_a_violation_one_fix_later(
    sky: World, say: Say
) -> None:
    drone = Ride(sky, say, "uav-1", FLYING)
    drone.go(WEST_OF_AIRPORT, WEST_OF_AIRPORT)
    assert drone.go(IN_AIRPORT) == ["IMPOSSIBLE_JUMP"]
    assert drone.go(IN_AIRPORT) == ["KEEP_OUT_BREACH"]
    assert drone.changes[-1].opened_at.timestamp() == NOON_S + 4


@pytest.mark.requirement("D4d-11")
def test_two_glitches_in_a_row_at_different_places_are_both_disbelieved(
    sky: World, say: Say
) -> None:
    drone = Ride(sky, say, "uav-1", FLYING)
    drone.go(WEST_OF_AIRPORT, WEST_OF_AIRPORT)
    further = (121.80 + 900 * METRE_EAST, 31.11)
    assert drone.go(IN_AIRPORT, further) == ["IMPOSSIBLE_JUMP"]
    assert drone.go(WEST_OF_AIRPORT) == []


@pytest.mark.requirement("D4d-11", "D4d-39")
def test_a_violation_that_lasts_neither_ends_nor_grows_by_a_glitch(sky: World, say: Say) -> None:
    drone = Ride(sky, say, "uav-1", FLYING)
    assert drone.go(IN_AIRPORT) == ["KEEP_OUT_BREACH"]
    # It would close after two seconds outside.
    drone.go(WEST_OF_AIRPORT, (121.70, 31.11), (121.60, 31.11), IN_AIRPORT)
    assert [each.code for each in drone.memory.open.values()] == [
        "KEEP_OUT_BREACH",
        "IMPOSSIBLE_JUMP",
    ]


def test_a_change_of_the_zones_judges_a_device_where_it_was_believed_to_be(
    sky: World, say: Say
) -> None:
    drone = Ride(sky, say, "uav-1", FLYING)
    drone.go(WEST_OF_AIRPORT, WEST_OF_AIRPORT, IN_AIRPORT)
    later = replace(sky, zones=build(sky.zones.zones, 3), revisions=replace(sky.revisions, zones=3))
    assert not adopt(drone.memory, later, sky, NOON_S + 3.5).changes
    assert drone.memory.devices["uav-1"].position == WEST_OF_AIRPORT


def test_a_fence_between_the_places_around_a_glitch_is_crossed_all_the_same(
    sky: World, say: Say
) -> None:
    wall = Zone(
        "wall",
        ZoneKind.KEEP_OUT,
        "Wall",
        (Volume(Area(box(121.76, 31.10, 121.76 + 5 * METRE_EAST, 31.12))),),
        frozenset({"air"}),
    )
    walled = replace(sky, zones=build((*sky.zones.zones, wall), 2))
    drone = Ride(walled, say, "uav-1", FLYING)
    before, after = (121.76 - 10 * METRE_EAST, 31.11), (121.76 + 15 * METRE_EAST, 31.11)
    assert drone.go(before, (121.70, 31.11)) == ["IMPOSSIBLE_JUMP"]
    assert drone.go(after) == ["KEEP_OUT_BREACH"]


@pytest.mark.parametrize("restart", [2, 3, 4])
def test_glitches_are_judged_alike_in_one_batch_or_singly_and_after_a_restart(
    sky: World, say: Say, restart: int
) -> None:
    places: Sequence[tuple[float, float]] = [
        *[WEST_OF_AIRPORT] * 2,
        IN_AIRPORT,
        (121.70, 31.11),
        *[WEST_OF_AIRPORT] * 2,
        *[IN_AIRPORT] * 3,
    ]
    frames = [
        say("uav-1", *place, second, seq=second, **FLYING)
        for second, place in enumerate(places, start=1)
    ]
    whole, singly = Memory(), Memory()
    expected = dict(step(whole, sky, frames).changes)
    found: dict[str, ViolationChange] = {}
    for number, frame in enumerate(frames):
        if number == restart:
            singly = from_bytes(to_bytes(singly))
        found |= step(singly, sky, [frame]).changes
    assert {each.code for each in expected.values()} == {"IMPOSSIBLE_JUMP", "KEEP_OUT_BREACH"}
    assert found.keys() == expected.keys()
    assert singly.fleet.held == whole.fleet.held
    assert singly.devices["uav-1"].track == whole.devices["uav-1"].track


# --- at the rates at which devices report ---------------------------------------------------------


def along_the_road(rate_hz: float, seconds: float) -> list[tuple[float, float]]:
    """Eastward on the test road at 15 m/s, 12.5 m south of the middle of its 60 m."""
    count = int(seconds * rate_hz)
    return [
        (121.92 + 15.0 * at / rate_hz * METRE_EAST, 30.90 - 12.5 * METRE_NORTH)
        for at in range(count)
    ]


def toward_the_airport(rate_hz: float, seconds: float, from_m: float) -> list[tuple[float, float]]:
    """Eastward at 20 m/s, from so far west of the airport."""
    count = int(seconds * rate_hz)
    return [(121.80 + (20.0 * at / rate_hz - from_m) * METRE_EAST, 31.11) for at in range(count)]


def thrown(place: tuple[float, float], bearing_deg: float) -> tuple[float, float]:
    """The place 200 m away."""
    east, north = 200.0 * sin(radians(bearing_deg)), 200.0 * cos(radians(bearing_deg))
    return place[0] + east * METRE_EAST, place[1] + north * METRE_NORTH


@pytest.mark.requirement("D4d-11", "D4d-3")
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rate_hz=st.sampled_from([1, 10]), at=st.integers(1, 25), bearing_deg=st.integers(0, 359))
@pytest.mark.requirement("F-11")
def test_a_car_thrown_200_m_by_one_fix_that_claims_1_9_m_is_a_matter_of_its_data(
    world: World, say: Say, rate_hz: int, at: int, bearing_deg: int
) -> None:
    car = Ride(world, say, "car-1", {"control_mode": "AUTONOMOUS"}, every_s=1 / rate_hz)
    places = along_the_road(rate_hz, 26)
    places[at] = thrown(places[at], bearing_deg)
    assert car.go(*places) == ["IMPOSSIBLE_JUMP"]


@pytest.mark.requirement("D4d-11", "D4d-1")
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(1, 10), bearing_deg=st.integers(0, 359))
@pytest.mark.requirement("F-11")
def test_a_drone_at_half_a_fix_a_second_thrown_200_m_is_a_matter_of_its_data(
    sky: World, say: Say, at: int, bearing_deg: int
) -> None:
    drone = Ride(sky, say, "uav-1", FLYING, every_s=2)
    # It turns away 20 m before the airport, where a throw in half of all directions is into it.
    there = toward_the_airport(0.5, 12, from_m=240.0)
    places = [*there, *reversed(there)]
    places[at] = thrown(places[at], bearing_deg)
    assert drone.go(*places) == ["IMPOSSIBLE_JUMP"]


@pytest.mark.requirement("D4d-3", "D4d-37")
@pytest.mark.parametrize("rate_hz", [1, 10])
@pytest.mark.parametrize("glitch", [None, 3, 8])
def test_a_car_that_really_leaves_its_road_is_one_violation_whatever_glitches_there_are(
    world: World, say: Say, rate_hz: int, glitch: int | None
) -> None:
    """It leaves at 15 m/s, stays out for 30 s and comes back; a glitch lies within the hold-off."""
    car = Ride(world, say, "car-1", {"control_mode": "AUTONOMOUS"}, every_s=1 / rate_hz)
    on_road = along_the_road(rate_hz, 10)
    longitude, latitude = on_road[-1]
    count = 30 * rate_hz
    # 90 m away after six seconds, and back in the last six.
    metres = [15.0 * min(at, 6 * rate_hz, count - at) / rate_hz for at in range(1, count)]
    if glitch is not None:
        metres[glitch * rate_hz] += 200.0
    out = [(longitude, latitude - south * METRE_NORTH) for south in metres]
    opened = car.go(*on_road, *out, *[on_road[-1]] * 15 * rate_hz)
    jumps = [] if glitch is None else ["IMPOSSIBLE_JUMP"]
    assert sorted(opened) == ["AUTO_OUTSIDE_AUTHORISED", *jumps]
    # 17.5 m from the edge.
    first_out_s = 12.0 if rate_hz == 1 else 11.2
    (since_s,) = {
        each.opened_at.timestamp() - NOON_S
        for each in car.changes
        if each.code == "AUTO_OUTSIDE_AUTHORISED"
    }
    assert since_s == pytest.approx(first_out_s)


@pytest.mark.requirement("D4d-1", "D4d-38")
def test_a_drone_at_half_a_fix_a_second_that_flies_into_an_airport_is_one_violation_at_once(
    sky: World, say: Say
) -> None:
    drone = Ride(sky, say, "uav-1", FLYING, every_s=2)
    places = toward_the_airport(0.5, 40, from_m=150.0)
    assert drone.go(*places[:4]) == []
    assert drone.go(places[4]) == ["KEEP_OUT_BREACH"]
    assert drone.go(*places[5:]) == []


# --- held against the speeds that a device says itself --------------------------------------------

HOVERING = {**FLYING, "ground_speed_mps": 0.0}
PARKED = {"control_mode": "AUTONOMOUS", "ground_speed_mps": 0.0}
THROWN = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.requirement("D4d-63", "D4d-11", "F-11")
@THROWN
@given(every_s=st.floats(0.1, 9.0), at=st.integers(1, 6), bearing_deg=st.integers(0, 359))
def test_a_drone_that_says_that_it_hovers_and_is_200_m_off_once_is_a_matter_of_its_data(
    sky: World, say: Say, every_s: float, at: int, bearing_deg: int
) -> None:
    drone = Ride(sky, say, "uav-1", HOVERING, every_s=every_s)
    places = [WEST_OF_AIRPORT] * 8
    places[at] = thrown(WEST_OF_AIRPORT, bearing_deg)
    assert drone.go(*places) == ["IMPOSSIBLE_JUMP"]


@pytest.mark.requirement("D4d-63", "D4d-3")
@THROWN
@given(tenths=st.integers(1, 300), at=st.integers(1, 6), bearing_deg=st.integers(0, 359))
@example(tenths=110, at=1, bearing_deg=0)
@example(tenths=120, at=1, bearing_deg=0)
@example(tenths=125, at=1, bearing_deg=90)
@example(tenths=126, at=1, bearing_deg=90)
def test_a_car_that_says_that_it_stands_and_is_200_m_off_once_calls_no_supervisor_at_any_rate(
    world: World, say: Say, tenths: int, at: int, bearing_deg: int
) -> None:
    """Beyond 12.5 s it may have driven there and back, and its rules ask for more than one fix then.

    By stamps of whole seconds it may have beyond 11 s.
    """
    every_s = tenths / 10.0
    longest_s = 11.0 if tenths % 10 == 0 else 12.5
    car = Ride(world, say, "car-1", PARKED, every_s=every_s)
    places = [ON_ROAD] * 8
    places[at] = thrown(ON_ROAD, bearing_deg)
    assert car.go(*places) == (["IMPOSSIBLE_JUMP"] if every_s <= longest_s else [])


@pytest.mark.requirement("D4d-63", "D4d-38")
def test_of_a_drone_in_an_airport_against_its_own_word_the_data_are_told_at_once_and_the_breach_next(
    sky: World, say: Say
) -> None:
    drone = Ride(sky, say, "uav-1", HOVERING, every_s=5)
    drone.go(WEST_OF_AIRPORT, WEST_OF_AIRPORT)
    assert drone.go(IN_AIRPORT) == ["IMPOSSIBLE_JUMP"]
    assert drone.go(IN_AIRPORT) == ["KEEP_OUT_BREACH"]
    assert drone.changes[-1].opened_at.timestamp() == NOON_S + 20


@pytest.mark.requirement("D4d-38")
@pytest.mark.parametrize("said", [{"ground_speed_mps": None}, {"ground_speed_mps": 30.0}])
def test_of_a_drone_that_does_not_contradict_itself_the_first_fix_in_an_airport_counts(
    sky: World, say: Say, said: dict[str, float | None]
) -> None:
    drone = Ride(sky, say, "uav-1", {**FLYING, **said}, every_s=5)
    drone.go(WEST_OF_AIRPORT, WEST_OF_AIRPORT)
    assert drone.go(IN_AIRPORT) == ["KEEP_OUT_BREACH"]


@pytest.mark.requirement("D4d-38")
def test_of_a_drone_that_may_have_flown_there_between_two_reports_the_first_fix_counts(
    sky: World, say: Say
) -> None:
    """200 m in 15 s from rest to rest needs 3.6 m/s²: nobody can tell it from a glitch, so it is a breach."""
    drone = Ride(sky, say, "uav-1", HOVERING, every_s=15)
    drone.go(WEST_OF_AIRPORT, WEST_OF_AIRPORT)
    assert drone.go(IN_AIRPORT) == ["KEEP_OUT_BREACH"]


def test_under_a_rule_set_that_names_no_accelerations_speeds_contradict_nothing(
    sky: World, say: Say
) -> None:
    former = replace(sky, rules=replace(sky.rules, max_acceleration_mps2={}))
    drone = Ride(former, say, "uav-1", HOVERING, every_s=5)
    drone.go(WEST_OF_AIRPORT, WEST_OF_AIRPORT)
    assert drone.go(IN_AIRPORT) == ["KEEP_OUT_BREACH"]


@pytest.mark.requirement("F-10", "D4d-63")
def test_a_fence_on_the_way_to_a_place_that_its_device_contradicts_is_not_crossed(
    sky: World, say: Say
) -> None:
    between = box(121.7993, 31.10, 121.7993 + 5 * METRE_EAST, 31.12)
    wall = Zone("wall", ZoneKind.KEEP_OUT, "Wall", (Volume(Area(between)),), frozenset({"air"}))
    walled = replace(sky, zones=build((*sky.zones.zones, wall), 2))
    drone = Ride(walled, say, "uav-1", HOVERING, every_s=5)
    beyond = (WEST_OF_AIRPORT[0] + 95 * METRE_EAST, 31.11)
    assert drone.go(WEST_OF_AIRPORT, beyond, WEST_OF_AIRPORT) == ["IMPOSSIBLE_JUMP"]
    speaking = Ride(walled, say, "uav-1", {**FLYING, "ground_speed_mps": 19.0}, every_s=5)
    assert speaking.go(WEST_OF_AIRPORT, beyond) == ["KEEP_OUT_BREACH"]


def west_of_the_wall(metres: float) -> tuple[float, float]:
    """So many metres west of where a drone starts; nothing else is there."""
    return 121.76 - metres * METRE_EAST, 31.11


def walled(sky: World, near_m: float, far_m: float) -> World:
    """With a keep-out strip from the one to the other distance west of the start."""
    strip = box(west_of_the_wall(far_m)[0], 31.10, west_of_the_wall(near_m)[0], 31.12)
    wall = Zone("wall", ZoneKind.KEEP_OUT, "Wall", (Volume(Area(strip)),), frozenset({"air"}))
    return replace(sky, zones=build((*sky.zones.zones, wall), 2))


@pytest.mark.requirement("D4d-1", "D4d-63", "F-10")
def test_a_strip_that_holds_each_fix_that_was_doubted_is_a_breach_by_the_fix_that_is_believed(
    sky: World, say: Say
) -> None:
    """25 m/s, a fix each two seconds, and at each it says that it hovers."""
    drone = Ride(walled(sky, 40.0, 110.0), say, "uav-1", HOVERING, every_s=2)
    assert drone.go(west_of_the_wall(0), west_of_the_wall(50)) == ["IMPOSSIBLE_JUMP"]
    assert drone.go(west_of_the_wall(100)) == []
    assert drone.go(west_of_the_wall(150)) == ["KEEP_OUT_BREACH"]


@pytest.mark.requirement("D4d-1", "D4d-63", "F-10")
def test_a_wall_before_the_place_where_a_drone_stays_against_its_word_is_a_breach(
    sky: World, say: Say
) -> None:
    drone = Ride(walled(sky, 80.0, 85.0), say, "uav-1", HOVERING, every_s=4)
    assert drone.go(west_of_the_wall(0), west_of_the_wall(160)) == ["IMPOSSIBLE_JUMP"]
    assert drone.go(west_of_the_wall(160)) == ["KEEP_OUT_BREACH"]


@pytest.mark.requirement("D4d-1", "D4d-63", "F-10")
@THROWN
@given(every_s=st.floats(0.5, 16.0), speed_mps=st.floats(5.0, 27.0), part=st.floats(0.05, 0.7))
@example(every_s=2.0, speed_mps=25.0, part=0.11)
@example(every_s=5.1, speed_mps=25.0, part=0.4)
def test_a_thin_wall_on_the_way_of_a_drone_that_always_says_that_it_hovers_is_one_breach_at_any_rate(
    sky: World, say: Say, every_s: float, speed_mps: float, part: float
) -> None:
    places_m = [n * every_s * speed_mps for n in range(12)]
    wall_m = part * places_m[-1]
    drone = Ride(walled(sky, wall_m, wall_m + 5.0), say, "uav-1", HOVERING, every_s=every_s)
    told = drone.go(*[west_of_the_wall(metres) for metres in places_m])
    assert told.count("KEEP_OUT_BREACH") == 1
