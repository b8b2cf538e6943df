"""Who comes too close to whom: all pairs by the geodesic, and looks along the way."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geofence.motion import Motion
from geofence.separation import (
    Conflicts,
    Corridors,
    Minima,
    Separation,
    Traffic,
    conflicts,
    head_on,
)
from geofence.zone import HeightReference

GEOD = Geod(ellps="WGS84")
NAN, INF = math.nan, math.inf
HOME = (121.5, 31.2)
ROAD, AIR = 0, 1
LOST, UNKNOWN = Separation.LOST, Separation.UNKNOWN
NONE = np.full((3, 3), NAN)


def minima(air_m: float = 50.0, air_up_m: float = 15.0, road_m: float = NAN) -> Minima:
    horizontal, vertical = NONE.copy(), NONE.copy()
    horizontal[AIR, AIR], vertical[AIR, AIR] = air_m, air_up_m
    horizontal[ROAD, ROAD], vertical[ROAD, ROAD] = road_m, INF
    return Minima(horizontal, vertical)


Row = tuple[float, float, float, float, float, float, int]
"""Metres east and north of home, height, speed, track, climb, domain."""


def device(
    east_m: float,
    north_m: float = 0.0,
    *,
    up_m: float = 100.0,
    speed: float = 0.0,
    track: float = NAN,
    climb: float = 0.0,
    domain: int = AIR,
) -> Row:
    return east_m, north_m, up_m, speed, track, climb, domain


def lonlat(east_m: float, north_m: float) -> tuple[float, float]:
    if math.isnan(east_m):
        return NAN, NAN
    way = math.degrees(math.atan2(east_m, north_m)), math.hypot(east_m, north_m)
    longitude, latitude, _ = GEOD.fwd(*HOME, *way)
    return longitude, latitude


def traffic(*rows: Row, column: int = 4) -> Traffic:
    here = np.full((len(rows), 6), NAN)
    here[:, :2] = np.array([lonlat(row[0], row[1]) for row in rows]).reshape(-1, 2)
    here[:, 2] = 0.0
    here[:, column] = [row[2] for row in rows]
    speed, track, climb = (np.array([row[at] for row in rows]) for at in (3, 4, 5))
    return Traffic(here, np.array([row[6] for row in rows], np.int8), Motion(speed, track, climb))


def told(found: Conflicts) -> list[tuple[int, int, Separation, float]]:
    return [
        (first, second, Separation(state), round(in_s, 2))
        for first, second, state, in_s in zip(
            found.first.tolist(),
            found.second.tolist(),
            found.state.tolist(),
            found.in_s.tolist(),
            strict=True,
        )
    ]


def test_closer_than_both_minima_is_a_loss_and_farther_in_either_is_none() -> None:
    near, level, above = device(49.0), device(51.0, up_m=100.0), device(0.0, up_m=116.0)
    assert told(conflicts(traffic(device(0.0), near), minima(), 0.0)) == [(0, 1, LOST, 0.0)]
    assert told(conflicts(traffic(device(0.0), level), minima(), 0.0)) == []
    assert told(conflicts(traffic(device(0.0), above), minima(), 0.0)) == []


def test_the_distance_now_and_the_closest_are_told() -> None:
    found = conflicts(
        traffic(device(0.0, speed=10.0, track=90.0), device(200.0, 30.0, up_m=110.0)),
        minima(),
        30.0,
    )
    # Closer than 50 m when 40 m short of abeam: 160 m at 10 m/s.
    assert told(found) == [(0, 1, LOST, 16.0)]
    assert found.closest_s.tolist() == pytest.approx([20.0], abs=0.01)
    assert found.closest_m.tolist() == pytest.approx([30.0], abs=0.01)
    assert found.distance_m.tolist() == pytest.approx([202.24], abs=0.01)
    assert found.height_m.tolist() == [10.0]


def test_beyond_the_look_ahead_nothing_is_told() -> None:
    pair = device(0.0, speed=10.0, track=90.0), device(200.0)
    assert told(conflicts(traffic(*pair), minima(), 14.0)) == []
    assert told(conflicts(traffic(*pair), minima(), 16.0)) == [(0, 1, LOST, 15.0)]


def test_a_climb_brings_one_up_to_the_level_of_the_other() -> None:
    pair = device(0.0, climb=2.0), device(20.0, up_m=135.0)
    assert told(conflicts(traffic(*pair), minima(), 30.0)) == [(0, 1, LOST, 10.0)]
    gone_by = device(-40.0, speed=10.0, track=270.0, climb=2.0), device(0.0, up_m=135.0)
    assert told(conflicts(traffic(*gone_by), minima(), 30.0)) == []


def test_an_unknown_height_separates_nobody_and_is_not_silent() -> None:
    pair = device(0.0, up_m=NAN), device(40.0)
    assert told(conflicts(traffic(*pair), minima(), 0.0)) == [(0, 1, UNKNOWN, 0.0)]
    coming = device(0.0, up_m=NAN, speed=10.0, track=90.0), device(150.0)
    assert told(conflicts(traffic(*coming), minima(), 20.0)) == [(0, 1, UNKNOWN, 10.0)]


def test_heights_of_different_references_are_not_compared() -> None:
    one, other = traffic(device(0.0)), traffic(device(20.0), column=3)
    both = Traffic(
        np.concatenate((one.here, other.here)),
        np.ones(2, np.int8),
        Motion(np.zeros(2), np.zeros(2), np.zeros(2)),
    )
    assert told(conflicts(both, minima(), 0.0)) == [(0, 1, UNKNOWN, 0.0)]


def test_heights_above_the_ground_may_be_left_out() -> None:
    pair = traffic(device(0.0), device(20.0, up_m=200.0), column=3)
    assert told(conflicts(pair, minima(), 0.0)) == []
    limits = minima()
    without = Minima(limits.horizontal_m, limits.vertical_m, (HeightReference.HAE,))
    assert told(conflicts(pair, without, 0.0)) == [(0, 1, UNKNOWN, 0.0)]


def test_without_a_climb_the_height_is_known_now_and_not_later() -> None:
    apart = device(0.0, climb=NAN), device(20.0, up_m=200.0)
    assert told(conflicts(traffic(*apart), minima(), 0.0)) == []
    assert told(conflicts(traffic(*apart), minima(), 10.0)) == [(0, 1, UNKNOWN, 0.0)]
    level = device(0.0, climb=NAN), device(20.0)
    assert told(conflicts(traffic(*level), minima(), 10.0)) == [(0, 1, LOST, 0.0)]


def test_where_no_height_separates_an_unknown_one_does_not_matter() -> None:
    pair = device(0.0, up_m=NAN, domain=ROAD), device(4.0, up_m=NAN, domain=ROAD)
    assert told(conflicts(traffic(*pair), minima(road_m=5.0), 0.0)) == [(0, 1, LOST, 0.0)]


def test_domains_without_a_minimum_are_not_compared() -> None:
    pair = traffic(device(0.0, domain=ROAD), device(1.0))
    assert told(conflicts(pair, minima(road_m=5.0), 10.0)) == []
    limits = minima()
    limits.horizontal_m[ROAD, AIR] = limits.horizontal_m[AIR, ROAD] = 20.0
    limits.vertical_m[ROAD, AIR] = limits.vertical_m[AIR, ROAD] = 20.0
    assert told(conflicts(pair, limits, 10.0)) == [(0, 1, LOST, 0.0)]


def test_an_unknown_motion_leaves_the_present_distance_and_is_marked() -> None:
    rows = device(0.0, speed=NAN), device(40.0), device(150.0, speed=10.0, track=270.0)
    found = traffic(*rows)
    assert told(conflicts(found, minima(), 0.0)) == [(0, 1, LOST, 0.0)]
    assert found.followed(10.0).tolist() == [False, True, True]


def test_an_unknown_place_is_near_nobody_and_is_marked() -> None:
    found = traffic(device(NAN), device(0.0))
    assert told(conflicts(found, minima(), 10.0)) == []
    assert found.followed(10.0).tolist() == [False, True]


@pytest.mark.parametrize("look_ahead_s", [-1.0, NAN, INF])
def test_a_look_ahead_is_a_number_of_seconds(look_ahead_s: float) -> None:
    with pytest.raises(ValueError, match="look-ahead in seconds"):
        conflicts(traffic(), minima(), look_ahead_s)


def test_a_vertical_minimum_is_asked_for() -> None:
    with pytest.raises(ValueError, match="vertical minimum"):
        conflicts(traffic(), minima(air_up_m=NAN), 1.0)


def test_nobody_is_close_to_nobody() -> None:
    assert len(conflicts(traffic(), minima(), 10.0)) == 0
    assert len(conflicts(traffic(device(0.0)), minima(), 10.0)) == 0


# --- head-on ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("track", "start_m", "corridor", "is_told"),
    [
        (270.0, 200.0, 7, True),
        (285.0, 200.0, 7, True),
        (300.0, 200.0, 7, False),
        (90.0, 200.0, 7, False),
        (270.0, -40.0, 7, False),
        (270.0, 200.0, 8, False),
    ],
    ids=["opposite", "nearly", "crossing", "the same way", "gone by", "another corridor"],
)
def test_opposite_courses_in_one_corridor(
    track: float, start_m: float, corridor: int, is_told: bool
) -> None:
    pair = traffic(
        device(0.0, speed=20.0, track=90.0), device(start_m, 5.0, speed=10.0, track=track)
    )
    corridors = Corridors(np.array([1, 0, 0]), np.array([corridor, 3, 7]))
    found = head_on(pair, minima(80.0), 30.0, corridors, 20.0)
    assert (len(found) == 1) == is_told


# --- against all pairs --------------------------------------------------------------------------

offsets = st.integers(-400, 400).map(float)
speeds = st.integers(0, 25).map(float)
rows = st.builds(
    device,
    offsets,
    offsets,
    up_m=st.one_of(st.just(NAN), st.integers(50, 150).map(float)),
    speed=speeds,
    track=st.integers(0, 359).map(float),
    climb=st.one_of(st.just(NAN), st.integers(-3, 3).map(float)),
    domain=st.sampled_from([ROAD, AIR]),
)
LOOKS = np.linspace(0.0, 20.0, 401)
TIE_M = 0.1


FloatArray = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def apart(one: Row, other: Row, moments: FloatArray) -> FloatArray:
    spots = []
    for east_m, north_m, _, speed, track, _, _ in (one, other):
        longitude, latitude = lonlat(east_m, north_m)
        start = np.full((3, len(moments)), [[longitude], [latitude], [track]])
        spots.append(GEOD.fwd(start[0], start[1], start[2], speed * moments)[:2])
    return np.asarray(GEOD.inv(*spots[0], *spots[1])[2], np.float64)


def seen(one: Row, other: Row) -> tuple[float, float]:
    """When the pair is first seen lost, and when perhaps, by looks along both ways."""
    apart_m = apart(one, other, LOOKS)
    air = one[6] == AIR
    close = apart_m < (50.0 if air else 5.0)
    climb = (other[5] - one[5]) * LOOKS
    climb[0] = 0.0
    height_m = np.abs(other[2] - one[2] + climb)
    level = (height_m < 15.0) if air else np.ones(401, np.bool_)
    unknown = np.isnan(height_m) if air else np.zeros(401, np.bool_)
    lost, perhaps = close & level, close & (level | unknown)
    first = [float(LOOKS[each.argmax()]) if each.any() else INF for each in (lost, perhaps)]
    return first[0], first[1]


@given(st.lists(rows, max_size=8))
def test_what_is_told_is_what_looks_along_the_way_see(of: list[Row]) -> None:
    limits = minima(road_m=5.0)
    found = conflicts(traffic(*of), limits, 20.0)
    by_pair = {(first, second): (state, in_s) for first, second, state, in_s in told(found)}
    wider = {pair[:2] for pair in told(conflicts(traffic(*of), minima(50.3, 15.1, 5.3), 20.2))}
    for one in range(len(of)):
        for other in range(one + 1, len(of)):
            if of[one][6] != of[other][6]:
                assert (one, other) not in by_pair
                continue
            lost_s, perhaps_s = seen(of[one], of[other])
            state, in_s = by_pair.get((one, other), (None, INF))
            if math.isfinite(perhaps_s):
                assert state is not None or (one, other) in wider
            if math.isfinite(lost_s) and state is not None:
                assert state is LOST or (one, other) in wider
                assert in_s <= lost_s + 0.1
            if state is LOST and in_s < 19.0:
                # Seen within a short while, or so short a loss that the looks fall beside it.
                assert lost_s <= in_s + 0.1 or seen_wider(of[one], of[other])


def seen_wider(one: Row, other: Row) -> bool:
    """Whether the pair comes within a hand's breadth of being lost."""
    fine = np.linspace(0.0, 20.0, 20_001)
    close = apart(one, other, fine) < (50.0 if one[6] == AIR else 5.0) + TIE_M
    level = np.abs(other[2] - one[2] + (other[5] - one[5]) * fine) < 15.0 + TIE_M
    return bool((close & (level | (one[6] != AIR))).any())
