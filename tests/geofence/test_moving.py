"""Zones around a device: who is in them, and who passes by."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geofence.judge import Presence, bands
from geofence.moving import MovingZones, Passers, Sightings, encounters, placed
from geofence.schedule import Calendar
from geofence.zone import HeightBand, HeightLimit, HeightReference

GEOD = Geod(ellps="WGS84")
NAN = math.nan
HOME = (121.5, 31.2)
IN, OUT, UNKNOWN = Presence.INSIDE, Presence.OUTSIDE, Presence.UNKNOWN
LAST_ROW = 10**6
Spot = tuple[float, float]


def at(east_m: float, north_m: float) -> tuple[float, float]:
    way = math.degrees(math.atan2(east_m, north_m)), math.hypot(east_m, north_m)
    longitude, latitude, _ = GEOD.fwd(*HOME, *way)
    return longitude, latitude


def zone(
    radius_m: float = 50.0,
    top_m: float | None = None,
    max_age_s: float = 3.0,
    margin_m: float = 0.0,
    hours: Calendar | None = None,
) -> MovingZones:
    limit = None if top_m is None else HeightLimit(top_m, HeightReference.AGL)
    return MovingZones(
        np.array([radius_m]),
        bands([HeightBand(upper=limit)]),
        np.array([0b001]),
        np.array([max_age_s]),
        np.array([margin_m]),
        (hours,),
    )


def carrier(
    *spots: Spot, at_s: float = 10.0, velocity: Spot = (0.0, 0.0), after: tuple[int, ...] = (-1,)
) -> Sightings:
    """Where it was seen: before the batch, and behind rows of it."""
    until = (*after[1:], LAST_ROW)
    count = len(spots)
    return Sightings(
        np.zeros(count, np.int64),
        np.array([at(*spot) for spot in spots]).reshape(-1, 2),
        np.full(count, at_s),
        np.tile(velocity, (count, 1)),
        np.array(after),
        np.array(until),
    )


def passers(
    *ways: tuple[Spot, Spot], seconds: float = 1.0, at_s: float = 10.0, agl: float = NAN
) -> Passers:
    """Devices that came from one spot to another."""
    here = np.full((len(ways), 6), NAN)
    before = np.full((len(ways), 3), NAN)
    for row, (start, end) in enumerate(ways):
        if not math.isnan(end[0]):
            here[row, :2] = at(*end)
        if not math.isnan(start[0]):
            before[row] = (*at(*start), at_s - seconds)
    here[:, 2], here[:, 3] = at_s, agl
    return Passers(here, before, np.zeros(len(ways), np.int8))


NEVER_SEEN = (NAN, NAN)


def stands(spot: Spot) -> tuple[Spot, Spot]:
    return NEVER_SEEN, spot


def told(zones: MovingZones, seen: Sightings, them: Passers) -> dict[int, tuple[int, int]]:
    found = encounters(zones, seen, them)
    columns = (each.tolist() for each in (found.row, found.presence, found.passage))
    return {row: (presence, passage) for row, presence, passage in zip(*columns, strict=True)}


@pytest.mark.requirement("D4d-54")
def test_who_is_within_the_radius_is_inside_and_the_radius_belongs_to_it() -> None:
    them = passers(stands((49.9, 0.0)), stands((50.1, 0.0)), stands((0.0, -49.9)))
    assert told(zone(), carrier((0.0, 0.0)), them) == {0: (IN, OUT), 2: (IN, OUT)}


@pytest.mark.parametrize(
    ("agl", "presence"), [(60.0, IN), (60.1, OUT), (NAN, UNKNOWN)], ids=["at", "above", "unknown"]
)
def test_a_height_that_is_not_known_is_neither_inside_nor_outside(
    agl: float, presence: Presence
) -> None:
    found = told(zone(top_m=60.0), carrier((0.0, 0.0)), passers(stands((10.0, 0.0)), agl=agl))
    assert found.get(0, (OUT, OUT)) == (presence, OUT)


def test_the_carrier_is_followed_to_the_moment_of_the_fix_ahead_or_back() -> None:
    seen = carrier((0.0, 0.0), velocity=(20.0, 0.0), at_s=10.0)
    for at_s, is_in in ((10.0, False), (12.0, True), (8.0, False)):
        found = told(zone(), seen, passers(stands((80.0, 0.0)), at_s=at_s))
        assert (0 in found) == is_in, at_s
    assert 0 in told(zone(), seen, passers(stands((-80.0, 0.0)), at_s=8.0))


def test_from_an_old_fix_no_zone_is_anywhere() -> None:
    seen = carrier((0.0, 0.0), at_s=10.0)
    for at_s, is_known in ((13.0, True), (13.1, False), (7.0, True), (6.9, False)):
        found = told(zone(), seen, passers(stands((10.0, 0.0)), at_s=at_s))
        assert (0 in found) == is_known
        assert placed(zone(), seen, 0, 0, at_s) == is_known


def test_a_fix_counts_for_the_rows_behind_it_until_the_next_one() -> None:
    seen = carrier((500.0, 0.0), (0.0, 0.0), (500.0, 0.0), after=(-1, 1, 3))
    them = passers(*(stands((10.0, 0.0)) for _ in range(6)))
    assert sorted(told(zone(), seen, them)) == [2, 3]
    assert not placed(zone(), carrier((0.0, 0.0), after=(1,)), 0, 1, 10.0)


def test_two_that_pass_each_other_between_two_fixes_meet_on_the_way() -> None:
    seen = carrier((200.0, 0.0), velocity=(200.0, 0.0))
    assert told(zone(), seen, passers(((200.0, 20.0), (0.0, 20.0)))) == {0: (OUT, IN)}
    assert told(zone(), seen, passers(((200.0, 80.0), (0.0, 80.0)))) == {}
    assert told(zone(), seen, passers(stands((0.0, 20.0)))) == {}, "no way, no passing by"


def test_two_whose_ways_cross_at_different_times_do_not_meet() -> None:
    seen = carrier((300.0, 0.0), velocity=(20.0, 0.0))
    later = passers(((0.0, -100.0), (0.0, 100.0)), seconds=10.0)
    assert told(zone(radius_m=20.0), seen, later) == {}
    at_once = passers(((0.0, -100.0), (0.0, 100.0)), seconds=10.0)
    assert told(zone(radius_m=20.0), carrier((0.0, 0.0)), at_once) == {0: (OUT, IN)}


def test_a_way_at_heights_that_are_not_known_may_have_met_it_and_one_above_has_not() -> None:
    way = ((-100.0, 0.0), (100.0, 0.0))
    assert told(zone(top_m=60.0), carrier((0.0, 0.0)), passers(way)) == {0: (OUT, UNKNOWN)}
    assert told(zone(top_m=60.0), carrier((0.0, 0.0)), passers(way, agl=100.0)) == {}


def test_leaving_is_no_passing_through() -> None:
    way = ((10.0, 0.0), (100.0, 0.0))
    assert told(zone(), carrier((0.0, 0.0)), passers(way)) == {}


def test_another_domain_and_a_place_that_is_not_known_are_nothing_to_it() -> None:
    them = passers(stands((10.0, 0.0)), stands(NEVER_SEEN))
    them.domain[0] = 1
    assert told(zone(), carrier((0.0, 0.0)), them) == {}


def test_without_a_sighting_nobody_is_anywhere() -> None:
    assert told(zone(), carrier(after=()), passers(stands((0.0, 0.0)))) == {}


metres = st.integers(-150, 150).map(float)
spots = st.tuples(metres, metres)


@given(st.lists(st.tuples(spots, spots), min_size=2, max_size=6), st.integers(5, 80))
def test_whoever_comes_within_the_radius_at_some_moment_is_told(
    ways: list[tuple[Spot, Spot]], radius: int
) -> None:
    """By looks along the ways, in the plane; ties within 20 cm count either way."""
    (start, end), *others = ways
    velocity = (end[0] - start[0], end[1] - start[1])
    found = told(zone(float(radius)), carrier(end, velocity=velocity), passers(*others))
    share = np.linspace(0.0, 1.0, 2_001)[:, None]
    for row, way in enumerate(others):
        apart = [np.subtract(way[side], ways[0][side]) for side in (0, 1)]
        away = np.hypot(*(apart[0] + share * (apart[1] - apart[0])).T) - radius
        if min(abs(away[0]), abs(away[-1]), abs(away.min())) < 0.2:
            continue
        if away[-1] < 0.0:
            assert found[row] == (IN, OUT)
        elif away[0] > 0.0 and away.min() < 0.0:
            assert found[row] == (OUT, IN)
        else:
            assert row not in found
