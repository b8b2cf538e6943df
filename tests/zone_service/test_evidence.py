"""What a violation tells of the fix that opened it: how sure its place was, how high it flew."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from shapely import box

from geofence.snapshot import build
from geofence.sureness import of_distance
from geofence.zone import Area, Around, Volume, Zone, ZoneKind
from permits.compliance import Grant
from permits.corridor import OwnCorridor
from permits.permit import Permit, PermitKind, PermitState
from permits.terms import Terms
from telemetry.report import Frame
from tests.zone_service.conftest import AIRPORT, ROAD, grant
from zone_service.adoption import adopt
from zone_service.memory import Memory
from zone_service.own_corridors import corridors_of
from zone_service.pipeline import step
from zone_service.store.records import ViolationChange
from zone_service.world import World

Say = Callable[..., Frame]
METRE_NORTH = 1 / 110_870.0
METRE_EAST = 1 / 95_340.0
AIRPORT_WEST, AIRPORT_MIDDLE = 121.80, 31.11


def opened(memory: Memory, world: World, *frames: Frame) -> dict[str, ViolationChange]:
    """Let one fix after the other be judged; the violations at the end, by code."""
    found: dict[str, ViolationChange] = {}
    for frame in frames:
        found |= {each.code: each for each in step(memory, world, [frame]).changes.values()}
    return found


def flying(say: Say, inside_m: float, second: float, **said: object) -> Frame:
    """So many metres east of the western edge of the airport."""
    place = (AIRPORT_WEST + inside_m * METRE_EAST, AIRPORT_MIDDLE)
    told = {"height_agl_m": 30.0, "operational_status": "AIRBORNE", "horizontal_accuracy_m": 10.0}
    return say("uav-1", *place, second, seq=int(second), **told | said)


@pytest.mark.requirement("D4d-55")
def test_a_breach_of_a_keep_out_zone_tells_how_sure_it_is_and_how_high_it_was(
    world: World, say: Say
) -> None:
    found = opened(Memory(), world, flying(say, -40, 1), flying(say, 3, 2), flying(say, 40, 3))
    breach = found["KEEP_OUT_BREACH"]
    # That of the fix which opened it, whatever came behind: aircraft have no hold-off.
    assert breach.inside_probability == pytest.approx(of_distance(3.0, 10.0), abs=0.002)
    assert breach.height_agl_m == 30.0


@pytest.mark.requirement("D4d-55")
def test_leaving_the_zones_of_a_permit_tells_how_probable_it_is_to_be_in_one_of_them(
    world: World, say: Say
) -> None:
    # The road is 30 m wide to each side; it opens at the eleventh second outside of it.
    places = [0, *[35] * 10, 33]
    frames = [
        say("car-1", 121.92, 30.90 + metres * METRE_NORTH, second, seq=second,
            horizontal_accuracy_m=15.0)
        for second, metres in enumerate(places)
    ]  # fmt: skip
    exit_ = opened(Memory(), world, *frames)["KEEP_IN_EXIT"]
    assert exit_.trigger_event_time_s == frames[-1].received_s
    # The straight line that the road is bends some decimetres off its parallel.
    assert exit_.inside_probability == pytest.approx(of_distance(-3.0, 15.0), abs=0.03)
    assert exit_.height_agl_m is None


@pytest.mark.requirement("D4d-61")
def test_of_a_zone_that_was_only_crossed_the_deepest_place_of_the_way_tells(
    world: World, say: Say
) -> None:
    wall = Area(box(AIRPORT_WEST, 31.10, AIRPORT_WEST + 10 * METRE_EAST, 31.12))
    thin = replace(AIRPORT, volumes=(Volume(wall),))
    walled = replace(world, zones=build((ROAD, thin), 1))
    before, behind = flying(say, -10, 1), flying(say, 20, 2, height_agl_m=31.0)
    breach = opened(Memory(), walled, before, behind)["KEEP_OUT_BREACH"]
    # Ten metres wide: five from either edge, half-way.
    assert breach.inside_probability == pytest.approx(of_distance(5.0, 10.0), abs=0.003)
    assert breach.height_agl_m == 31.0


def test_where_no_outline_decided_there_is_no_such_probability(world: World, say: Say) -> None:
    fast = [
        say("car-1", 121.94 + second * 1e-4, 30.90, second, seq=second, ground_speed_mps=14.0)
        for second in range(20)
    ]
    found = opened(Memory(), world, *fast)
    assert found["OVERSPEED"].inside_probability is None


def test_of_who_does_not_say_it_the_accuracy_is_that_of_the_rules(world: World, say: Say) -> None:
    silent = flying(say, 3, 2, horizontal_accuracy_m=None)
    breach = opened(Memory(), world, flying(say, -40, 1), silent)["KEEP_OUT_BREACH"]
    expected = of_distance(3.0, world.rules.default_accuracy_m["air"])
    assert breach.inside_probability == pytest.approx(expected, abs=0.002)


def test_a_zone_that_is_drawn_around_a_device_tells_it_too(world: World, say: Say) -> None:
    before = replace(world, zones=build((ROAD,), 1))
    permit = grant("uav-1", PermitKind.FLIGHT_ACTIVITY, PermitState.AIRBORNE, ("airport",))
    before = replace(before, grants={"uav-1": (permit,)})
    memory = Memory()
    step(memory, before, [flying(say, 40, 1)])
    after = replace(
        before, zones=build((ROAD, AIRPORT), 2), revisions=replace(before.revisions, zones=2)
    )
    found = adopt(memory, after, before, memory.devices["uav-1"].heard_s + 1.0).changes.values()
    (breach,) = (each for each in found if each.code == "KEEP_OUT_BREACH")
    assert breach.inside_probability == 1.0


@pytest.mark.requirement("D4d-61")
@pytest.mark.parametrize(
    ("own_m", "its_m", "expected"),
    [(3.0, 4.0, of_distance(10.0, 5.0)), (None, 4.0, None), (3.0, None, None)],
)
def test_in_a_zone_that_follows_a_device_both_accuracies_tell_where_both_are_known(
    world: World, say: Say, own_m: float | None, its_m: float | None, expected: float | None
) -> None:
    around = Around("usv-1", 50.0)
    zone = Zone("near", ZoneKind.KEEP_OUT, "Near", (), frozenset({"air"}), around=around)
    sea = replace(world, zones=build((ROAD, zone), 1))
    carrier = say("usv-1", 121.8, 31.11, 1, seq=1, ground_speed_mps=0.0,
                  horizontal_accuracy_m=its_m)  # fmt: skip
    # The accuracy that nobody betters is smaller than these.
    assert sea.rules.least_accuracy_m["air"] <= 3.0
    assert sea.rules.least_accuracy_m["water"] <= 4.0
    fix = flying(say, 40.0, 1, horizontal_accuracy_m=own_m)
    breach = opened(Memory(), sea, carrier, fix)["KEEP_OUT_BREACH"]
    assert breach.inside_probability == (
        None if expected is None else pytest.approx(expected, abs=0.003)
    )


@pytest.mark.requirement("D4d-61")
def test_who_left_its_own_corridor_tells_how_probable_it_is_to_be_in_it(
    world: World, say: Say
) -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    route = OwnCorridor(((121.80, 31.11), (121.81, 31.11)), 30.0)
    terms = Terms(frozenset({"uav-1"}), frozenset(), at, at + timedelta(days=30), corridor=route)
    permit = Permit("R-1", PermitKind.FLIGHT_ACTIVITY, PermitState.AIRBORNE, "sky", terms, 1)
    there = replace(
        world,
        zones=build((ROAD,), 1),
        corridors=corridors_of([permit]),
        grants={"uav-1": (Grant(permit.number, permit.kind, permit.state, terms),)},
    )
    place = (121.805, 31.11 + 33 * METRE_NORTH)
    told = {"height_agl_m": 30.0, "operational_status": "AIRBORNE", "horizontal_accuracy_m": 10.0}
    frames = [say("uav-1", *place, second, seq=second, **told) for second in range(1, 30)]
    breach = opened(Memory(), there, *frames)["ROUTE_DEVIATION"]
    assert breach.inside_probability == pytest.approx(of_distance(-3.0, 10.0), abs=0.02)
