from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from simulators.fleet import (
    MULTICOPTER,
    ROAD_VEHICLE,
    VESSEL,
    Fleet,
    Limits,
    Mover,
    make_fleet,
    step,
)
from simulators.routes import Route, Waypoint, circle, round_trip

CHANCE = 7
waypoints = st.lists(
    st.tuples(
        st.integers(-20, 20).map(lambda n: 121.5 + n / 1000),
        st.integers(-20, 20).map(lambda n: 31.2 + n / 1000),
        st.integers(2, 12).map(lambda n: n * 10.0),
    ),
    min_size=2,
    max_size=6,
    unique_by=lambda waypoint: waypoint[:2],
)
limits = st.sampled_from([ROAD_VEHICLE, MULTICOPTER, VESSEL])
steps_s = st.sampled_from([0.1, 0.2, 1.0])


def fleet_of(places: list[Waypoint], limit: Limits, start_m: float | None = None) -> Fleet:
    flat = limit.climb_mps == 0.0
    route = round_trip([(x, y, 0.0 if flat else z) for x, y, z in places])
    return make_fleet([Mover(route, limit, start_m)], np.random.default_rng(CHANCE))


def run(fleet: Fleet, dt_s: float, steps: int) -> list[Fleet]:
    states = [fleet]
    for _ in range(steps):
        states.append(step(states[-1], dt_s))
    return states


@given(waypoints, limits, steps_s)
def test_nothing_exceeds_its_limits(places: list[Waypoint], limit: Limits, dt_s: float) -> None:
    states = run(fleet_of(places, limit), dt_s, 100)
    for before, after in pairwise(states):
        assert abs(after.speed_mps - before.speed_mps) <= limit.acceleration_mps2 * dt_s + 1e-9
        assert 0.0 <= after.speed_mps <= limit.cruise_mps + 1e-9
        moved = after.position_m - before.position_m
        assert np.hypot(moved[0, 0], moved[0, 1]) <= after.speed_mps[0] * dt_s + 1e-9
        assert abs(moved[0, 2]) <= limit.climb_mps * dt_s + 1e-9
        turn = (after.heading_deg - before.heading_deg + 180.0) % 360.0 - 180.0
        assert abs(turn) <= limit.turn_dps * dt_s + 1e-9
        assert 0.0 <= after.heading_deg < 360.0


@given(waypoints, steps_s)
def test_a_road_vehicle_never_leaves_its_segments(places: list[Waypoint], dt_s: float) -> None:
    fleet = fleet_of(places, ROAD_VEHICLE)
    ring = fleet.waypoints_m[0, : fleet.waypoint_count[0], :2]
    line = shapely.LineString([*ring, ring[0]])
    for state in run(fleet, dt_s, 150):
        assert line.distance(shapely.Point(state.position_m[0, :2])) < 1e-6


@given(waypoints, limits)
def test_the_same_seed_gives_the_same_day(places: list[Waypoint], limit: Limits) -> None:
    once, again = (run(fleet_of(places, limit), 0.2, 20)[-1] for _ in range(2))
    np.testing.assert_array_equal(once.position_m, again.position_m)


def test_many_move_as_each_would_alone() -> None:
    movers = [
        Mover(circle(121.5, 31.2, 300.0), ROAD_VEHICLE, 10.0),
        Mover(circle(121.9, 30.9, 500.0, 80.0), MULTICOPTER, 20.0),
        Mover(circle(121.93, 30.9, 700.0), VESSEL, 30.0),
    ]
    together = run(make_fleet(movers, np.random.default_rng(1)), 0.2, 200)[-1]
    for row, mover in enumerate(movers):
        alone = run(make_fleet([mover], np.random.default_rng(1)), 0.2, 200)[-1]
        np.testing.assert_allclose(together.position_m[row], alone.position_m[0])


def test_a_mover_gets_up_to_its_cruise_speed() -> None:
    fleet = run(make_fleet([Mover(circle(121.5, 31.2, 2000.0), ROAD_VEHICLE)], chance()), 0.1, 80)
    assert fleet[-1].speed_mps == pytest.approx(10.0, abs=0.3)


def test_a_mover_goes_round_its_route_again_and_again() -> None:
    places = [(121.5, 31.2, 0.0), (121.501, 31.2, 0.0), (121.501, 31.201, 0.0)]
    states = run(fleet_of(places, ROAD_VEHICLE, 0.0), 0.5, 400)
    assert {int(state.target[0]) for state in states[200:]} == {0, 1, 2}


def test_a_hairpin_is_taken_slowly() -> None:
    places = [(121.5, 31.2, 0.0), (121.502, 31.2, 0.0)]
    states = run(fleet_of(places, ROAD_VEHICLE, 0.0), 0.1, 400)
    turning = next(i for i, state in enumerate(states) if state.target[0] == 0)
    assert states[turning].speed_mps < 2.0
    assert max(state.speed_mps[0] for state in states) > 9.0


def test_an_aircraft_climbs_straight_up_to_a_waypoint_above_it() -> None:
    places = [(121.5, 31.2, 40.0), (121.5, 31.2, 80.0), (121.51, 31.2, 80.0)]
    route = round_trip(places)
    fleet = make_fleet([Mover(route, MULTICOPTER, 0.0)], chance())
    states = run(fleet, 0.2, 60)
    assert max(state.position_m[0, 2] for state in states) == pytest.approx(80.0, abs=0.1)
    at_80_m = next(state for state in states if state.position_m[0, 2] > 79.9)
    assert np.hypot(*at_80_m.position_m[0, :2]) < 1.0


def test_a_vessel_gets_round_a_small_course_without_circling_a_buoy_for_ever() -> None:
    places = [(121.5, 31.2, 0.0), (121.5008, 31.2, 0.0), (121.5008, 31.2008, 0.0)]
    states = run(fleet_of(places, VESSEL, 0.0), 0.5, 2000)
    turns = sum(a.target[0] != b.target[0] for a, b in pairwise(states))
    assert turns >= 6


def test_chance_spreads_a_fleet_along_its_route() -> None:
    route = circle(121.5, 31.2, 1000.0)
    fleet = make_fleet([Mover(route, ROAD_VEHICLE)] * 50, chance())
    assert np.ptp(fleet.position_m[:, 0]) > 1500.0
    assert np.ptp(fleet.position_m[:, 1]) > 1500.0


def test_positions_lie_on_the_map_where_the_route_was_drawn() -> None:
    route: Route = circle(121.5, 31.2, 1000.0)
    fleet = make_fleet([Mover(route, ROAD_VEHICLE)], chance())
    away = (fleet.positions_deg()[0] - [121.5, 31.2]) * [95_300.0, 110_870.0]
    assert np.hypot(*away) == pytest.approx(1000.0, rel=0.01)


def chance() -> np.random.Generator:
    return np.random.default_rng(CHANCE)
