"""The edges of circles and corridors are where the distance over the ellipsoid ends, to a millimetre.

The oracle is a geodesic library: the distance to a place, and the least distance to the geodesics
between the places of a line.
"""

import math
import os
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString

from geofence.events import EventKind
from geofence.exactly import holds, meet
from geofence.fixes import Fixes
from geofence.fleet import Fleet
from geofence.frame import Frame
from geofence.personal import NO_FENCES, amended
from geofence.rims import beyond_m, furthest_m, rim_of, stretches
from geofence.sketch import DEGREE_M, sketch
from geofence.snapshot import build
from geofence.step import step
from geofence.zone import Circle, Corridor, Volume, Zone, ZoneKind

in_each_way = pytest.mark.usefixtures("way_of_looking")
WGS84 = Geod(ellps="WGS84")
AS_PYTHON = os.environ.get("NUMBA_DISABLE_JIT") == "1"
UNHURRIED = settings(
    deadline=None,
    max_examples=5 if AS_PYTHON else 25,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)
MILLIMETRE = 0.001
NAN = math.nan
BEYOND_M = (-1.0, -0.1, -0.01, -0.003, -0.0012, 0.0012, 0.003, 0.01, 0.1, 1.0)

Pair = tuple[float, float]
Array = Any

longitudes = st.floats(-170.0, 170.0)
latitudes = st.floats(-80.0, 80.0)
radii = st.floats(0.0, 1.0).map(lambda share: 50_000.0**share)
"""From 1 m to 50 km, the small ones as often as the large."""
half_widths = st.floats(0.0, 1.0).map(lambda share: 2_000.0**share)
bends = st.sampled_from([0.02, 0.3, 2.0, 15.0, 60.0, 90.0, 150.0, -0.1, -1.0, -7.0, -40.0, -120.0])
steps = st.floats(0.0, 1.0).map(lambda share: 2.0 * 1_500.0**share)


@st.composite
def circles(draw: st.DrawFn) -> Circle:
    return Circle(draw(longitudes), draw(latitudes), draw(radii))


@st.composite
def corridors(draw: st.DrawFn) -> Corridor:
    """From piece to piece they bend a little or much, to either side."""
    place, azimuth = (draw(longitudes), draw(latitudes)), draw(st.floats(0.0, 360.0))
    places = [place]
    for length_m, bend in draw(st.lists(st.tuples(steps, bends), min_size=1, max_size=8)):
        azimuth += bend
        place = WGS84.fwd(*place, azimuth, length_m)[:2]
        places.append(place)
    return Corridor(LineString(places), draw(half_widths))


def line_of(start: Pair, *legs: tuple[float, float]) -> LineString:
    """From a place on: each leg by its azimuth and its length in metres."""
    places = [start]
    for azimuth, length_m in legs:
        places.append(WGS84.fwd(*places[-1], azimuth, length_m)[:2])
    return LineString(places)


def along(places: Array, azimuth: Array, reach_m: Array) -> Array:
    """Places so far from places (n, 2), in a direction."""
    many = np.ones(len(places))
    east, north, _ = WGS84.fwd(places[:, 0], places[:, 1], azimuth * many, reach_m * many)
    return np.column_stack((east, north))


def apart_m(one: Array, other: Array) -> Array:
    return np.asarray(WGS84.inv(*one.T, *other.T)[2], np.float64)


def least(of: Any, low: Array, high: Array) -> Array:
    """The least value of functions that fall and then rise, by thirds."""
    for _ in range(60):
        one, other = low + (high - low) / 3.0, high - (high - low) / 3.0
        falls = of(one) > of(other)
        low, high = np.where(falls, one, low), np.where(falls, high, other)
    return of((low + high) / 2.0)


def pieces(line: LineString) -> list[tuple[Pair, Pair]]:
    return list(pairwise([(x, y) for x, y in line.coords]))


def from_line_m(line: LineString, places: Array) -> Array:
    """How far places (n, 2) are from the geodesics between the places of a line."""
    return np.min([from_piece_m(a, b, places) for a, b in pieces(line)], axis=0)


def from_piece_m(a: Pair, b: Pair, places: Array) -> Array:
    """Go along a geodesic to where each place lies straight beside it, or to its nearer end."""
    azimuth, _, length_m = WGS84.inv(*a, *b)
    many = np.ones(len(places))
    reach_m, away_m = 0.0 * many, many
    for _ in range(5):
        x, y, back = WGS84.fwd(a[0] * many, a[1] * many, azimuth * many, reach_m)
        towards, _, away_m = WGS84.inv(x, y, places[:, 0], places[:, 1])
        ahead_m = away_m * np.cos(np.radians(towards - np.asarray(back) - 180.0))
        reach_m = np.clip(reach_m + ahead_m, 0.0, length_m)
    return np.asarray(away_m, np.float64)


def beside(corridor: Corridor) -> Array:
    """Places near the edge: beside each piece, and around each place of the line."""
    found = []
    for a, b in pieces(corridor.line):
        azimuth, _, length_m = WGS84.inv(*a, *b)
        for share in (0.0, 0.1, 0.8, 1.0):
            at = np.array([WGS84.fwd(*a, azimuth, share * length_m)[:2]])
            for turn in (-90.0, 90.0, 160.0):
                for beyond in (-0.1, -0.0012, 0.0012, 0.01):
                    found.append(along(at, azimuth + turn, corridor.half_width_m + beyond))
    return np.concatenate(found)


def fixes(places: Array, at_s: float = 0.0) -> Fixes:
    count = len(places)
    unknown = np.full(count, NAN)
    return Fixes(
        np.arange(count, dtype=np.int32),
        np.ascontiguousarray(places[:, 0]),
        np.ascontiguousarray(places[:, 1]),
        np.full(count, at_s),
        unknown,
        unknown,
        unknown,
        np.zeros(count, np.int8),
        np.ones(count, np.bool_),
    )


def keep_out(*shapes: Circle | Corridor, margin_m: float = 0.0) -> Zone:
    volumes = tuple(Volume(shape) for shape in shapes)
    return Zone("z", ZoneKind.KEEP_OUT, "", volumes, exit_margin_m=margin_m)


def is_inside(shape: Circle | Corridor, places: Array) -> list[bool]:
    _, judged = step(Fleet(), build([keep_out(shape)], 1), fixes(places))
    return [bool(each) for each in judged.inside]


# --- places -------------------------------------------------------------------------------------


@in_each_way
@pytest.mark.requirement("A44-3", "F-23")
@UNHURRIED
@given(circles())
def test_a_circle_ends_a_radius_from_its_middle_on_the_ellipsoid(circle: Circle) -> None:
    middle = np.array([(circle.longitude_deg, circle.latitude_deg)])
    around = np.linspace(0.0, 360.0, 25) + 0.7
    near = [each for each in BEYOND_M if each > -circle.radius_m]
    beyond, azimuth = (each.ravel() for each in np.meshgrid(near, around))
    places = along(np.repeat(middle, len(beyond), 0), azimuth, circle.radius_m + beyond)
    assert is_inside(circle, places) == (beyond < 0.0).tolist()


@in_each_way
@pytest.mark.requirement("A44-3", "F-23")
@UNHURRIED
@given(corridors())
def test_a_corridor_ends_half_its_width_from_the_geodesics_of_its_line(corridor: Corridor) -> None:
    told_near_its_edge(corridor)


@in_each_way
@pytest.mark.requirement("A44-3", "F-23")
def test_many_places_within_three_millimetres_of_a_corridor_are_told_right() -> None:
    """Which corridors the law above finds is luck; these have 300 places so near on both sides."""
    lines = [
        line_of((121.5, latitude), (20.0, 700.0), (20.0 + bend, 1_600.0), (20.0 - bend, 400.0))
        for latitude in (-64.0, 0.3, 31.2)
        for bend in (0.3, 20.0, 60.0)
    ]
    near = Counter[bool]()
    for line in lines:
        for half_width_m in (4.0, 60.0, 300.0):
            near.update(told_near_its_edge(Corridor(line, half_width_m)))
    assert min(near[True], near[False]) > 300


def told_near_its_edge(corridor: Corridor) -> list[bool]:
    """Which places within three millimetres of the edge are inside, all told as by the geodesics."""
    places = beside(corridor)
    beyond = from_line_m(corridor.line, places) - corridor.half_width_m
    clear = np.abs(beyond) > MILLIMETRE
    told = np.array(is_inside(corridor, places))
    assert (told[clear] == (beyond[clear] < 0.0)).all(), beyond[clear & (told != (beyond < 0))]
    return [bool(each) for each in told[clear & (np.abs(beyond) < 3.0 * MILLIMETRE)]]


@UNHURRIED
@given(corridors())
def test_a_corridor_of_its_own_ends_there_too(corridor: Corridor) -> None:
    places = beside(corridor)
    beyond = from_line_m(corridor.line, places) - corridor.half_width_m
    clear = np.abs(beyond) > MILLIMETRE
    fences = amended(NO_FENCES, {0: sketch(Volume(corridor))})
    told = fences.inside(np.zeros(len(places), np.int32), places[:, 0], places[:, 1])
    assert (told[clear] == (beyond[clear] < 0.0)).all()


@pytest.mark.requirement("F-23")
@UNHURRIED
@given(circles().filter(lambda circle: circle.radius_m >= 10.0), st.floats(0.5, 60.0))
def test_whoever_was_inside_is_so_until_the_margin_ends_to_the_millimetre(
    circle: Circle, margin_m: float
) -> None:
    middle = np.repeat([(circle.longitude_deg, circle.latitude_deg)], 2, 0)
    fleet, snapshot = Fleet(), build([keep_out(circle, margin_m=margin_m)], 1)
    fleet, judged = step(fleet, snapshot, fixes(along(middle, 33.0, circle.radius_m - 5.0)))
    assert judged.inside == [(0,), (0,)]
    beyond = np.array([-0.0012, 0.0012])
    there = along(middle, 33.0, circle.radius_m + margin_m + beyond)
    _, judged = step(fleet, snapshot, fixes(there, 1.0))
    assert judged.inside == [(0,), ()]


@UNHURRIED
@given(longitudes, latitudes, st.floats(0.0, 360.0), st.floats(0.0, 500_000.0))
def test_how_far_off_a_larger_circle_is_grows_with_the_fourth_power_of_its_radius(
    longitude: float, latitude: float, azimuth: float, radius_m: float
) -> None:
    """Half a millimetre at 100 km, 8 mm at 200 km, 0.3 m at 500 km, which is the largest there may be."""
    rim = rim_of(Circle(longitude, latitude, radius_m))
    assert rim is not None
    there = along(np.array([(longitude, latitude)]), azimuth, radius_m)
    off_m = abs(beyond_m(rim, *there[0].tolist()))
    assert off_m <= 0.0006 * (radius_m / 100_000.0) ** 4 + 1e-6


@UNHURRIED
@given(corridors(), st.floats(2_000.0, 50_000.0))
def test_how_far_off_a_wider_corridor_is_grows_with_the_third_power_of_its_width(
    narrow: Corridor, half_width_m: float
) -> None:
    """At most 5 mm at 10 km to each side, half a metre at 50 km."""
    corridor = Corridor(narrow.line, half_width_m)
    places, rim = beside(corridor)[::7], rim_of(corridor)
    assert rim is not None
    told = np.array([beyond_m(rim, *place) for place in places.tolist()])
    off_m = np.abs(told - from_line_m(corridor.line, places) + half_width_m)
    assert off_m.max() <= most_off_m(half_width_m)


def most_off_m(half_width_m: float) -> float:
    """What a frame shows two places too far apart that lie at its edge, and a little for its corners."""
    reach_m = half_width_m + furthest_m(half_width_m)
    return half_width_m * reach_m**2 / (6.0 * 6_371_000.0**2) + 0.0005


@UNHURRIED
@given(circles(), st.floats(0.0, 360.0), st.floats(0.0, 1.0).map(lambda share: 15e6**share))
def test_nobody_on_the_other_side_of_the_earth_is_within_it(
    small: Circle, azimuth: float, from_antipode_m: float
) -> None:
    circle = Circle(small.longitude_deg, small.latitude_deg, 10.0 * small.radius_m)
    antipode = np.array([(circle.longitude_deg + 180.0, -circle.latitude_deg)])
    there = along(antipode, azimuth, from_antipode_m)
    away_m = apart_m(np.array([(circle.longitude_deg, circle.latitude_deg)]), there)[0]
    rim = rim_of(circle)
    assert rim is not None
    # Where the horizon is, the plane is off by most; here nothing but far or near matters.
    assert beyond_m(rim, *there[0].tolist()) > 0.8 * away_m - circle.radius_m


@in_each_way
@pytest.mark.parametrize(("longitude", "latitude"), [(121.5, 31.2), (10.0, 0.0), (-60.0, -75.0)])
def test_a_circle_that_is_too_large_for_cells_does_not_hold_its_antipode(
    longitude: float, latitude: float
) -> None:
    circle = Circle(longitude, latitude, 500_000.0)
    line = LineString([(longitude, latitude), (longitude + 0.01, latitude + 0.01)])
    opposite = longitude - math.copysign(180.0, longitude)
    beside = np.array([(-0.1, -0.1), (0.0, 0.0), (0.0, 0.1), (1.0, 0.0)])
    places = np.array([(opposite, -latitude)]) + beside
    assert is_inside(circle, places) == [False] * 4
    assert is_inside(Corridor(line, 50_000.0), places) == [False] * 4


@pytest.mark.parametrize(("longitude", "latitude"), [(121.5, 31.2), (10.0, 0.0), (-60.0, -75.0)])
def test_no_way_on_the_other_side_of_the_earth_leads_over_it(
    longitude: float, latitude: float
) -> None:
    rim = rim_of(Circle(longitude, latitude, 500_000.0))
    assert rim is not None
    antipode = np.array((longitude - math.copysign(180.0, longitude), -latitude))
    for move in ((0.002, 0.0), (0.0, 0.002), (0.4, 0.4), (-3.0, 1.0)):
        assert stretches(rim, antipode - np.array(move) / 2.0, np.array(move)) == []


# --- gaps ---------------------------------------------------------------------------------------


def there_and_back(half_width_m: float, gap_m: float, opening: float = 0.0) -> Corridor:
    """Two legs side by side; the gap between them is so wide at its end and opens by degrees."""
    length_m = 4.0 * half_width_m + 100.0
    back = (180.0 - opening, length_m)
    line = line_of((121.5, 0.5), (0.0, length_m), (90.0, 2.0 * half_width_m + gap_m), back)
    return Corridor(line, half_width_m)


def in_the_gap(corridor: Corridor, beyond_m: float, shares: Array) -> Array:
    """Places beside the first leg, so far beyond its edge on the side of the other."""
    start, end = pieces(corridor.line)[0]
    azimuth, _, length_m = WGS84.inv(*start, *end)
    leg = along(np.repeat([start], len(shares), 0), azimuth, shares * length_m)
    return along(leg, azimuth + 90.0, corridor.half_width_m + beyond_m)


def ring(radius_m: float, hole_m: float) -> tuple[Corridor, Pair]:
    """A line around a place that all but comes back to its beginning, and the hole in its middle."""
    middle = (121.5, 31.2)
    around = along(np.repeat([middle], 72, 0), np.arange(72) * 5.0, radius_m)
    half_width_m = radius_m * math.cos(math.pi / 72.0) - hole_m
    return Corridor(LineString(around), half_width_m), middle


def hairpin(turn: float, half_width_m: float, beyond_m: float) -> tuple[Corridor, Pair]:
    """A line that turns sharply, and a place between its legs."""
    line = line_of((121.5, 31.2), (30.0, 3_000.0), (30.0 + turn, 3_000.0))
    away_m = (half_width_m + beyond_m) / math.sin(math.radians(180.0 - turn) / 2.0)
    between = 30.0 + 180.0 - (180.0 - turn) / 2.0
    x, y = line.coords[1]
    return Corridor(line, half_width_m), WGS84.fwd(x, y, between, away_m)[:2]


def between_legs(half_width_m: float) -> tuple[Corridor, Pair]:
    corridor = there_and_back(half_width_m, 0.04)
    (place,) = in_the_gap(corridor, 0.02, np.array([0.4])).tolist()
    return corridor, place


GAPS = {
    "two legs of 5 m": between_legs(5.0),
    "two legs of 100 m": between_legs(100.0),
    "two legs of 500 m": between_legs(500.0),
    "a ring": ring(100.0, 0.03),
    "a hairpin": hairpin(175.0, 20.0, 0.02),
    "a sharp bend": hairpin(150.0, 20.0, 0.003),
}


@in_each_way
@pytest.mark.requirement("A44-3", "F-23")
@pytest.mark.parametrize("gap", GAPS)
def test_a_gap_in_a_corridor_is_outside_of_it_however_narrow(gap: str) -> None:
    corridor, place = GAPS[gap]
    places = np.array([place])
    assert from_line_m(corridor.line, places)[0] - corridor.half_width_m > MILLIMETRE
    assert is_inside(corridor, places) == [False]
    own = amended(NO_FENCES, {0: sketch(Volume(corridor))})
    assert own.inside(np.zeros(1, np.int32), places[:, 0], places[:, 1]).tolist() == [False]


@UNHURRIED
@given(
    st.sampled_from([3.0, 30.0, 300.0]),
    st.floats(0.003, 0.3),
    st.sampled_from([0.0, 0.001, 0.01, 0.1, 3.0]),
)
def test_between_two_legs_the_distance_decides_too(
    half_width_m: float, gap_m: float, opening: float
) -> None:
    corridor = there_and_back(half_width_m, gap_m, opening)
    shares = np.linspace(0.05, 0.95, 19)
    beyond = (-0.05, -0.0012, 0.0012, gap_m / 2.0, gap_m - 0.0012, gap_m + 0.0012)
    places = np.concatenate([in_the_gap(corridor, each, shares) for each in beyond])
    away_m = from_line_m(corridor.line, places) - corridor.half_width_m
    clear = np.abs(away_m) > MILLIMETRE
    told = np.array(is_inside(corridor, places))
    assert (told[clear] == (away_m[clear] < 0.0)).all()


@pytest.mark.parametrize("turn", [10.0, -60.0, 100.0, 150.0, -175.0])
def test_where_nothing_closes_a_gap_a_sketch_says_what_is_inside(turn: float) -> None:
    line = line_of((121.5, 31.2), (30.0, 3_000.0), (30.0 + turn, 3_000.0))
    assert sketch(Volume(Corridor(line, 50.0))).near_deg * DEGREE_M < 10.0


# --- ways ---------------------------------------------------------------------------------------


def closest_m(circle: Circle, start: Array, end: Array) -> float:
    """How close a way that is straight in degrees comes to the middle of a circle."""
    middle = np.array([(circle.longitude_deg, circle.latitude_deg)])

    def away_m(share: Array) -> Array:
        return apart_m(middle, start + share[:, None] * (end - start))

    return float(least(away_m, np.zeros(1), np.ones(1))[0])


@in_each_way
@pytest.mark.requirement("F-23")
@UNHURRIED
@given(circles(), st.floats(0.0, 360.0), st.sampled_from(BEYOND_M), st.floats(3.0, 60.0))
def test_a_way_crosses_a_circle_where_it_comes_within_its_radius(
    circle: Circle, azimuth: float, beyond: float, half_m: float
) -> None:
    if circle.radius_m < 3.0:
        return
    middle = np.array([(circle.longitude_deg, circle.latitude_deg)])
    touching = along(middle, azimuth, circle.radius_m + beyond)
    half_m += math.sqrt(2.0 * circle.radius_m * max(0.0, -beyond))
    start, end = (along(touching, azimuth + turn, half_m) for turn in (90.0, -90.0))
    fleet, snapshot = Fleet(), build([keep_out(circle)], 1)
    fleet, first = step(fleet, snapshot, fixes(start))
    _, judged = step(fleet, snapshot, fixes(end, 1.0))
    if first.inside != [()] or judged.inside != [()]:
        return
    away_m = closest_m(circle, start, end) - circle.radius_m
    kinds = [event.kind for event in judged.events]
    if abs(away_m) > MILLIMETRE:
        assert kinds == ([EventKind.CROSS] if away_m < 0.0 else [])
    for event in judged.events:
        at = np.array([(event.longitude_deg, event.latitude_deg)])
        assert apart_m(middle, at)[0] == pytest.approx(circle.radius_m, abs=MILLIMETRE)


@UNHURRIED
@given(corridors(), st.data())
def test_a_way_is_within_a_corridor_where_each_place_of_it_is(
    corridor: Corridor, data: st.DataObject
) -> None:
    rim = rim_of(corridor)
    assert rim is not None
    west, south, east, north = corridor.line.buffer(corridor.half_width_m / 60_000.0).bounds
    of = st.tuples(st.floats(west, east), st.floats(south, north))
    start, end = np.array(data.draw(of)), np.array(data.draw(of))
    spans = stretches(rim, start, end - start)
    assert spans == sorted(spans)
    for share in np.linspace(0.0, 1.0, 101).tolist():
        place = start + share * (end - start)
        beyond = beyond_m(rim, *place.tolist())
        held = any(low <= share <= high for low, high in spans)
        if abs(beyond) > 0.0005:
            assert held is (beyond < 0.0)
    for share in (each for span in spans for each in span if 0.0 < each < 1.0):
        place = start + share * (end - start)
        assert beyond_m(rim, *place.tolist()) == pytest.approx(0.0, abs=0.0005)


def test_a_way_without_length_is_where_it_stands() -> None:
    rim = rim_of(Circle(121.5, 31.2, 100.0))
    assert rim is not None
    assert stretches(rim, np.array([121.5, 31.2]), np.zeros(2)) == [(0.0, 1.0)]
    assert stretches(rim, np.array([121.6, 31.2]), np.zeros(2)) == []


def test_over_the_antimeridian_a_way_meets_a_circle_beside_it() -> None:
    snapshot = build([keep_out(Circle(179.99, 10.0, 500.0))], 1)
    before, after = np.array([(179.98, 10.0)]), np.array([(-179.99, 10.0)])
    fleet, _ = step(Fleet(), snapshot, fixes(before))
    _, judged = step(fleet, snapshot, fixes(after, 1.0))
    (event,) = judged.events
    assert event.kind is EventKind.CROSS
    assert apart_m(np.array([(179.99, 10.0)]), np.array([event[6:8]]))[0] == pytest.approx(500.0)


# --- what it rests on -----------------------------------------------------------------------------


@UNHURRIED
@given(circles() | corridors())
def test_a_sketch_lies_around_what_it_is_of_and_no_farther_than_it_says(
    shape: Circle | Corridor,
) -> None:
    drawn, rim = sketch(Volume(shape)), rim_of(shape)
    assert rim is not None
    for ring in shapely.get_rings(shapely.get_parts(drawn.outline)):
        corners = shapely.get_coordinates(ring)
        places = np.concatenate((corners, (corners[1:] + corners[:-1]) / 2.0))
        beyond = [beyond_m(rim, *place) for place in places.tolist()]
        assert min(beyond) > 0.0
        assert max(beyond) < drawn.near_deg * DEGREE_M


@given(longitudes, latitudes, st.floats(0.0, 360.0), st.floats(0.0, 60_000.0))
def test_a_rim_measures_as_its_frame_does(
    longitude: float, latitude: float, azimuth: float, reach_m: float
) -> None:
    rim = rim_of(Circle(longitude, latitude, 1.0))
    assert rim is not None
    there = along(np.array([(longitude, latitude)]), azimuth, reach_m)
    metres = Frame(longitude, latitude).to_metres(there)
    assert beyond_m(rim, *there[0].tolist()) + 1.0 == pytest.approx(
        float(np.hypot(*metres[0])), abs=1e-6
    )


def test_of_what_has_a_rim_no_outline_is_asked() -> None:
    """It would answer, and nobody would listen."""
    rims, outlines = np.full((2, 2), None, np.object_)
    rims[0], outlines[0] = rim_of(Circle(121.5, 31.2, 100.0)), "no outline"
    outlines[1] = shapely.box(121.6, 31.2, 121.7, 31.3)
    here, there = np.array([(121.5, 31.2)] * 2), np.array([(121.5, 31.21)] * 2)
    assert holds(outlines, rims, here).tolist() == [True, False]
    assert holds(outlines[:1], rims[:1], here[:1]).tolist() == [True]
    assert meet(outlines, rims, here, there).tolist() == [True, False]
    assert meet(outlines[:1], rims[:1], here[:1], there[:1]).tolist() == [True]


def test_a_place_that_is_not_known_is_nowhere() -> None:
    rim = rim_of(Circle(121.5, 31.2, 100.0))
    assert rim is not None
    assert math.isnan(beyond_m(rim, NAN, 31.2))


def test_a_long_corridor_has_a_frame_for_each_stretch() -> None:
    line = LineString([(121.4, 31.1), (122.0, 31.1)])
    narrow, wide = (rim_of(Corridor(line, half_m)) for half_m in (5.0, 2_000.0))
    assert narrow is not None
    assert wide is not None
    assert (len(narrow.frames), len(wide.frames)) == (1, 12)
    assert furthest_m(2_000.0) == pytest.approx(2_940.0, abs=10.0)
