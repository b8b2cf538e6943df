"""What lies ahead: in how many seconds, where, and how sure that is."""

import math
from dataclasses import replace
from datetime import UTC, datetime, time

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString, MultiPolygon, Point, Polygon

from geofence.events import EventKind
from geofence.fixes import DOMAIN_CODES, Fixes
from geofence.fleet import Fleet
from geofence.foresight import NO_ZONE, Breaches, BreachKind, breaches, departures, foresee
from geofence.frame import footprint
from geofence.judge import REFERENCES
from geofence.motion import Motion
from geofence.places import Places
from geofence.schedule import calendar
from geofence.snapshot import Snapshot, build
from geofence.stays import Held, stays
from geofence.step import step
from geofence.zone import (
    Area,
    Circle,
    Corridor,
    HeightBand,
    HeightLimit,
    HeightReference,
    Schedule,
    Shape,
    Volume,
    Window,
    Zone,
    ZoneKind,
)

GEOD = Geod(ellps="WGS84")
NAN = math.nan
AGL, AMSL = HeightReference.AGL, HeightReference.AMSL
ENTER, LEAVE = BreachKind.ENTER, BreachKind.LEAVE
HOME = (121.5, 31.2)
NORTH, EAST, SOUTH, WEST = 0.0, 90.0, 180.0, 270.0
# 8:00 in Shanghai on a Monday.
EIGHT_S = datetime(2026, 3, 2, 0, 0, tzinfo=UTC).timestamp()
HOUR_S = 3600.0


def at(
    east_m: float, north_m: float = 0.0, home: tuple[float, float] = HOME
) -> tuple[float, float]:
    longitude, latitude, _ = GEOD.fwd(*home, EAST, east_m)
    longitude, latitude, _ = GEOD.fwd(longitude, latitude, NORTH, north_m)
    return longitude, latitude


def block(west_m: float, east_m: float, south_m: float = -50.0, north_m: float = 50.0) -> Area:
    """A block in metres east and north of home."""
    return Area(
        Polygon(
            [
                at(west_m, south_m),
                at(east_m, south_m),
                at(east_m, north_m),
                at(west_m, north_m),
            ]
        )
    )


def zone(
    zone_id: str,
    *volumes: Volume | Shape,
    kind: ZoneKind = ZoneKind.KEEP_OUT,
    domains: str = "road air water",
) -> Zone:
    solid = tuple(one if isinstance(one, Volume) else Volume(one) for one in volumes)
    return Zone(zone_id, kind, zone_id, solid, frozenset(domains.split()))


def keep_in(zone_id: str, *volumes: Volume | Shape) -> Zone:
    return zone(zone_id, *volumes, kind=ZoneKind.KEEP_IN)


def band(
    lower_m: float | None, upper_m: float | None, reference: HeightReference = AGL
) -> HeightBand:
    lower, upper = (None if m is None else HeightLimit(m, reference) for m in (lower_m, upper_m))
    return HeightBand(lower, upper)


def place(
    lonlat: tuple[float, float] = HOME,
    *,
    agl: float = NAN,
    amsl: float = NAN,
    at_s: float = EIGHT_S,
) -> Places:
    return np.array([[*lonlat, at_s, agl, amsl, NAN]])


def moving(speed: float, track: float = EAST, climb: float = 0.0) -> Motion:
    return Motion(*(np.array([one]) for one in (speed, track, climb)))


Told = list[tuple[str, BreachKind, float, bool]]


def told(snapshot: Snapshot, found: Breaches) -> Told:
    return [
        (snapshot.zone_ids[slot], BreachKind(kind), round(in_s, 2), certain)
        for slot, kind, in_s, certain in zip(
            found.slot.tolist(),
            found.kind.tolist(),
            found.in_s.tolist(),
            found.certain.tolist(),
            strict=True,
        )
    ]


def ahead(
    zones: list[Zone],
    here: Places,
    motion: Motion,
    *,
    horizon_s: float = 30.0,
    domain: str = "air",
) -> Told:
    snapshot = build(zones, 1)
    code = np.array([DOMAIN_CODES[domain]], np.int8)
    found, known = foresee(snapshot, here, code, motion, horizon_s)
    assert known.all()
    return told(snapshot, found)


# --- over the ground ----------------------------------------------------------------------------


@pytest.mark.requirement("A44-3")
def test_a_keep_out_zone_300_m_ahead_is_entered_in_15_s_at_20_mps() -> None:
    found, known = foresee(
        build([zone("airport", block(300.0, 500.0))], 1),
        place(),
        np.zeros(1, np.int8),
        moving(20.0),
        30.0,
    )
    assert known.tolist() == [True]
    assert found.in_s.tolist() == pytest.approx([15.0], abs=0.001)
    assert found.earliest_s.tolist() == found.in_s.tolist()
    where = (found.longitude_deg[0], found.latitude_deg[0])
    assert GEOD.inv(*where, *at(300.0))[2] < 0.02


@pytest.mark.parametrize("track", [WEST, NORTH, SOUTH])
def test_a_zone_that_the_course_misses_is_not_told(track: float) -> None:
    assert ahead([zone("airport", block(300.0, 500.0))], place(), moving(20.0, track)) == []


def test_a_zone_beyond_the_horizon_is_not_told() -> None:
    airport = zone("airport", block(300.0, 500.0))
    assert ahead([airport], place(), moving(20.0), horizon_s=14.0) == []
    assert ahead([airport], place(), moving(9.0)) == []


def test_the_earliest_breach_comes_first() -> None:
    far, near = zone("far", block(300.0, 500.0)), zone("near", block(200.0, 600.0))
    assert ahead([far, near], place(), moving(20.0)) == [
        ("near", ENTER, 10.0, True),
        ("far", ENTER, 15.0, True),
    ]


def test_a_keep_in_zone_is_left_at_its_edge_and_another_zone_may_be_left_unsaid() -> None:
    both = [keep_in("test road", block(-100.0, 100.0)), zone("school", block(-200.0, 60.0))]
    assert ahead(both, place(), moving(10.0)) == [("test road", LEAVE, 10.0, True)]


def test_volumes_of_a_zone_that_meet_leave_no_gap_between_them() -> None:
    road = keep_in("road", block(-100.0, 100.0), block(100.0, 200.0))
    assert ahead([road], place(), moving(10.0)) == [("road", LEAVE, 20.0, True)]


def test_a_hole_is_left_into_and_entered_from() -> None:
    outer, inner = block(-300.0, 300.0, -300.0, 300.0), block(-100.0, 100.0)
    ring = Area(
        Polygon(shapely.get_coordinates(outer.geometry), [shapely.get_coordinates(inner.geometry)])
    )
    assert ahead([zone("ring", ring)], place(), moving(10.0)) == [("ring", ENTER, 10.0, True)]
    assert ahead([keep_in("ring", ring)], place(at(-200.0)), moving(10.0)) == [
        ("ring", LEAVE, 10.0, True)
    ]


def test_a_zone_of_another_domain_is_not_told() -> None:
    river = zone("river", block(300.0, 500.0), domains="water")
    assert ahead([river], place(), moving(20.0), domain="air") == []
    assert ahead([river], place(), moving(20.0), domain="water") == [("river", ENTER, 15.0, True)]


def test_the_way_goes_on_beyond_the_antimeridian() -> None:
    east = zone(
        "east",
        Area(Polygon([(-179.999, -0.01), (-179.99, -0.01), (-179.99, 0.01), (-179.999, 0.01)])),
    )
    # 0.002° of the equator.
    assert ahead([east], place((179.999, 0.0)), moving(20.0)) == [
        ("east", ENTER, round(222.639 / 20.0, 2), True)
    ]


def test_each_device_has_its_own_answers() -> None:
    snapshot = build([zone("a", block(300.0, 500.0)), keep_in("b", block(-20.0, 120.0))], 1)
    here = np.concatenate((place(at(200.0)), place(), place()))
    motion = Motion(np.array([20.0, 12.0, 0.0]), np.array([EAST, EAST, NAN]), np.zeros(3))
    found, known = foresee(snapshot, here, np.zeros(3, np.int8), motion, 30.0)
    assert known.all()
    assert found.row.tolist() == [0, 1, 1]
    assert told(snapshot, found) == [
        ("a", ENTER, 5.0, True),
        ("b", LEAVE, 10.0, True),
        ("a", ENTER, 25.0, True),
    ]


# --- heights ------------------------------------------------------------------------------------


def test_a_hover_that_climbs_enters_what_lies_above() -> None:
    sky = zone("sky", Volume(block(-100.0, 100.0), band(120.0, None)))
    assert ahead([sky], place(agl=100.0), moving(0.0, NAN, 2.0)) == [("sky", ENTER, 10.0, True)]
    assert ahead([sky], place(agl=100.0), moving(0.0, NAN, -2.0)) == []


def test_a_climb_leaves_an_airspace_by_its_ceiling_and_a_descent_by_its_floor() -> None:
    airspace = keep_in("airspace", Volume(block(-500.0, 500.0), band(50.0, 120.0)))
    assert ahead([airspace], place(agl=80.0), moving(5.0, EAST, 4.0)) == [
        ("airspace", LEAVE, 10.0, True)
    ]
    assert ahead([airspace], place(agl=80.0), moving(5.0, EAST, -3.0)) == [
        ("airspace", LEAVE, 10.0, True)
    ]


def test_a_zone_flown_over_is_entered_where_the_descent_meets_its_ceiling() -> None:
    low = zone("low", Volume(block(100.0, 500.0), band(None, 60.0)))
    assert ahead([low], place(agl=100.0), moving(20.0)) == []
    assert ahead([low], place(agl=100.0), moving(20.0, EAST, -2.0)) == [("low", ENTER, 20.0, True)]
    assert ahead([low], place(agl=100.0), moving(20.0, EAST, -20.0)) == [("low", ENTER, 5.0, True)]


def test_a_limit_is_compared_with_the_height_of_its_own_reference() -> None:
    sky = zone("sky", Volume(block(-100.0, 100.0), band(120.0, None, AMSL)))
    here = place(agl=500.0, amsl=110.0)
    assert ahead([sky], here, moving(0.0, NAN, 1.0)) == [("sky", ENTER, 10.0, True)]


def test_without_a_height_the_breach_is_uncertain_and_not_silent() -> None:
    low = zone("low", Volume(block(300.0, 500.0), band(None, 60.0)))
    assert ahead([low], place(), moving(20.0)) == [("low", ENTER, 15.0, False)]


def test_without_a_climb_the_height_is_known_for_this_moment_alone() -> None:
    low = zone("low", Volume(block(300.0, 500.0), band(None, 60.0)))
    airspace = keep_in("airspace", Volume(block(-100.0, 900.0), band(None, 60.0)))
    assert ahead([low], place(agl=20.0), moving(20.0, EAST, NAN)) == [("low", ENTER, 15.0, False)]
    assert ahead([airspace], place(agl=20.0), moving(20.0, EAST, NAN)) == [
        ("airspace", LEAVE, 0.0, False)
    ]
    assert ahead([airspace], place(agl=80.0), moving(20.0, EAST, NAN)) == [
        ("airspace", ENTER, 0.0, False)
    ]


def test_a_zone_that_a_device_may_be_in_may_be_entered_and_left_at_once() -> None:
    airspace = keep_in("airspace", Volume(block(-100.0, 900.0), band(None, 60.0)))
    assert ahead([airspace], place(), moving(20.0)) == [
        ("airspace", ENTER, 0.0, False),
        ("airspace", LEAVE, 0.0, False),
    ]


def test_where_the_ground_is_left_for_certain_the_unknown_height_does_not_matter() -> None:
    here, motion = place(agl=20.0), moving(20.0, EAST, NAN)
    snapshot = build([keep_in("airspace", Volume(block(-100.0, 200.0), band(None, 60.0)))], 1)
    found, _ = foresee(snapshot, here, np.ones(1, np.int8), motion, 30.0)
    assert told(snapshot, found) == [("airspace", LEAVE, 10.0, True)]
    assert found.earliest_s.tolist() == [0.0]


def test_a_volume_that_is_surely_entered_counts_before_one_that_may_be() -> None:
    zones = [zone("port", Volume(block(100.0, 500.0), band(None, 60.0)), block(300.0, 400.0))]
    snapshot = build(zones, 1)
    found, _ = foresee(snapshot, place(), np.ones(1, np.int8), moving(20.0), 30.0)
    assert told(snapshot, found) == [("port", ENTER, 15.0, True)]
    assert found.earliest_s.tolist() == pytest.approx([5.0], abs=0.001)


# --- hours --------------------------------------------------------------------------------------


def from_nine_to_ten(shape: Shape) -> Volume:
    return Volume(shape, schedule=Schedule((Window(frozenset(range(7)), time(9), time(10)),)))


def test_a_zone_that_opens_around_a_device_is_entered_when_it_opens() -> None:
    school = zone("school", from_nine_to_ten(block(-100.0, 100.0)))
    here = place(at_s=EIGHT_S + HOUR_S - 10.0)
    assert ahead([school], here, moving(0.0, NAN)) == [("school", ENTER, 10.0, True)]
    assert ahead([school], place(at_s=EIGHT_S), moving(0.0, NAN)) == []


def test_a_zone_is_entered_by_the_hour_of_the_breach_and_not_of_the_forecast() -> None:
    school = zone("school", from_nine_to_ten(block(100.0, 300.0)))
    before, late = EIGHT_S + HOUR_S - 10.0, EIGHT_S + 2.0 * HOUR_S - 4.0
    assert ahead([school], place(at_s=before), moving(20.0)) == [("school", ENTER, 10.0, True)]
    assert ahead([school], place(at_s=before - 10.0), moving(20.0)) == []
    assert ahead([school], place(at_s=late), moving(20.0)) == []


def test_a_keep_in_zone_that_closes_is_left_when_it_closes() -> None:
    base = keep_in("base", from_nine_to_ten(block(-100.0, 100.0)))
    here = place(at_s=EIGHT_S + 2.0 * HOUR_S - 7.0)
    assert ahead([base], here, moving(0.0, NAN)) == [("base", LEAVE, 7.0, True)]


# --- what is not known --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("here", "motion"),
    [
        (place((NAN, NAN)), moving(20.0)),
        (place((121.5, math.inf)), moving(20.0)),
        (place(), moving(NAN)),
        (place(), moving(20.0, NAN)),
        (place(), moving(math.inf)),
        (place(), moving(5_000.0)),
        (place((121.5, 89.9)), moving(20.0)),
        (place(at_s=NAN), moving(20.0)),
    ],
    ids=["place", "infinite place", "speed", "track", "infinite", "too fast", "pole", "time"],
)
def test_a_device_of_which_nothing_is_foretold_is_marked(here: Places, motion: Motion) -> None:
    snapshot = build([zone("airport", block(-300.0, 500.0))], 1)
    found, known = foresee(snapshot, here, np.zeros(1, np.int8), motion, 30.0)
    assert len(found) == 0
    assert known.tolist() == [False]


@pytest.mark.parametrize("horizon_s", [-1.0, NAN, math.inf])
def test_a_horizon_is_a_number_of_seconds(horizon_s: float) -> None:
    with pytest.raises(ValueError, match="expected a horizon in seconds"):
        foresee(build([], 1), place(), np.zeros(1, np.int8), moving(20.0), horizon_s)


def test_no_devices_and_no_zones_have_nothing_ahead() -> None:
    nobody = np.zeros((0, 6)), np.zeros(0, np.int8), Motion(*np.zeros((3, 0)))
    found, known = foresee(build([zone("a", block(1.0, 2.0))], 1), *nobody, 30.0)
    assert (len(found), len(known)) == (0, 0)
    assert ahead([], place(), moving(20.0)) == []


# --- several zones that a permit names ----------------------------------------------------------


def leaves(
    zones: list[Zone], slots: list[int], here: Places, motion: Motion
) -> list[tuple[float, bool]]:
    ahead = stays(build(zones, 1), here, np.zeros(1, np.int8), motion, 30.0)
    found = departures(ahead, np.zeros(len(slots), np.int64), np.array(slots, np.int64))
    assert set(found.slot.tolist()) <= {NO_ZONE}
    return [
        (round(in_s, 2), sure)
        for in_s, sure in zip(found.in_s.tolist(), found.certain.tolist(), strict=True)
    ]


def test_going_from_one_permitted_zone_over_to_the_next_is_no_breach() -> None:
    zones = [
        keep_in("a", block(-100.0, 100.0)),
        keep_in("b", block(80.0, 200.0)),
        keep_in("c", block(150.0, 900.0)),
    ]
    assert leaves(zones, [0, 1], place(), moving(10.0)) == [(20.0, True)]
    assert leaves(zones, [0], place(), moving(10.0)) == [(10.0, True)]
    assert leaves(zones, [0, 1, 2], place(), moving(10.0)) == []


def test_who_is_in_none_of_the_permitted_zones_has_left_them() -> None:
    zones = [keep_in("a", block(100.0, 200.0)), keep_in("b", block(-50.0, 50.0))]
    assert leaves(zones, [0], place(), moving(10.0)) == [(0.0, True)]


def test_a_permitted_airspace_without_a_height_may_have_been_left() -> None:
    airspace = keep_in("a", Volume(block(-100.0, 100.0), band(None, 60.0)))
    assert leaves([airspace], [0], place(), moving(5.0)) == [(20.0, True)]
    assert leaves([airspace], [0], place(), moving(1.0)) == [(0.0, False)]


# --- margins to leave by ------------------------------------------------------------------------


def margined(zone_id: str, *shapes: Shape, kind: ZoneKind = ZoneKind.KEEP_IN) -> Zone:
    return replace(zone(zone_id, *shapes, kind=kind), exit_margin_m=20.0)


def leaves_held(
    zones: list[Zone], here: Places, motion: Motion, held: tuple[int, ...], slots: list[int]
) -> list[float]:
    by = Held(np.zeros(len(held), np.int64), np.array(held, np.int64))
    ahead = stays(build(zones, 1), here, np.zeros(1, np.int8), motion, 30.0, held=by)
    found = departures(ahead, np.zeros(len(slots), np.int64), np.array(slots, np.int64))
    assert found.certain.all()
    return [round(in_s, 1) for in_s in found.in_s.tolist()]


@pytest.mark.parametrize(
    ("from_m", "track", "held", "leaves_in_s"),
    [
        (60.0, EAST, (0,), [6.0]),
        (60.0, EAST, (), [4.0]),
        (110.0, EAST, (0,), [1.0]),
        (110.0, NORTH, (0,), [6.7]),
        (110.0, WEST, (0,), [23.0]),
        (110.0, WEST, (), [0.0]),
    ],
    ids=[
        "from inside, where it holds",
        "from inside, where nobody was judged yet",
        "from the margin, further out",
        "along in the margin, as far as it goes around the corner",
        "back in, through, and out on the other side",
        "beside a zone that does not hold it",
    ],
)
def test_a_zone_that_holds_a_device_is_left_where_its_margin_ends(
    from_m: float, track: float, held: tuple[int, ...], leaves_in_s: list[float]
) -> None:
    # 100 m to each side, and 50 m to the north, where the margin is 120 and 70.
    area = margined("road", block(-100.0, 100.0))
    found = leaves_held([area], place(at(from_m)), moving(10.0, track), held, [0])
    assert found == pytest.approx(leaves_in_s, abs=0.11)


def test_whoever_left_a_margin_comes_back_only_into_the_outline() -> None:
    ring = Polygon(
        shapely.get_coordinates(block(-100.0, 300.0).geometry),
        [shapely.get_coordinates(block(50.0, 150.0, -40.0, 40.0).geometry)],
    )
    # From 50 m on 20 are the margin, 60 are outside, and 20 are a margin that holds nobody.
    away = margined("ring", Area(ring), kind=ZoneKind.KEEP_OUT)
    by = Held(np.zeros(1, np.int64), np.zeros(1, np.int64))
    ahead = stays(build([away], 1), place(), np.zeros(1, np.int8), moving(10.0), 20.0, held=by)
    spans = sorted(
        zip(ahead.from_s.round(1).tolist(), ahead.until_s.round(1).tolist(), strict=True)
    )
    assert spans == [(0.0, 5.0), (0.0, 7.0), (15.0, 20.0)]


def test_a_keep_out_zone_that_still_holds_a_device_is_not_told_as_entered_again() -> None:
    airport = margined("airport", block(-100.0, 100.0), kind=ZoneKind.KEEP_OUT)
    snapshot, here = build([airport], 1), place(at(110.0))
    by = Held(np.zeros(1, np.int64), np.zeros(1, np.int64))
    for held, kinds in ((by, []), (None, [ENTER])):
        ahead = stays(snapshot, here, np.zeros(1, np.int8), moving(10.0, WEST), 15.0, held=held)
        assert breaches(ahead).kind.tolist() == kinds


# --- two seconds between fixes ------------------------------------------------------------------


def fix(lonlat: tuple[float, float], at_s: float) -> Fixes:
    longitude, latitude, when, agl, unknown = (
        np.array([value]) for value in (*lonlat, at_s, 50.0, NAN)
    )
    return Fixes(
        np.zeros(1, np.int32),
        longitude,
        latitude,
        when,
        agl,
        unknown,
        unknown,
        np.ones(1, np.int8),
        np.ones(1, np.bool_),
    )


@given(
    speed=st.floats(5.0, 40.0),
    track=st.floats(0.0, 360.0),
    width=st.floats(0.5, 30.0),
    gap=st.floats(0.1, 1.9),
    lean=st.floats(-60.0, 60.0),
)
def test_a_thin_fence_flown_through_between_two_fixes_is_foretold_and_then_told(
    speed: float, track: float, width: float, gap: float, lean: float
) -> None:
    first_edge_m = gap * speed
    middle = GEOD.fwd(*HOME, track, first_edge_m + width / 2.0 / math.cos(math.radians(lean)))[:2]
    line = [GEOD.fwd(*middle, track + lean + side, 300.0)[:2] for side in (-90.0, 90.0)]
    fence = zone("fence", Corridor(LineString(line), width / 2.0))
    snapshot = build([fence], 1)
    found, _ = foresee(snapshot, place(agl=50.0), np.ones(1, np.int8), moving(speed, track), 2.0)
    assert found.slot.tolist() == [0]
    assert found.in_s[0] == pytest.approx(gap, abs=0.05 / speed + 0.001)
    fleet, _ = step(Fleet(), snapshot, fix(HOME, 0.0))
    _, judged = step(fleet, snapshot, fix(GEOD.fwd(*HOME, track, 2.0 * speed)[:2], 2.0))
    assert [event.kind for event in judged.events] in ([EventKind.CROSS], [EventKind.ENTER])
    if judged.events[0].kind is EventKind.CROSS:
        assert judged.events[0].at_s == pytest.approx(found.in_s[0], abs=0.001)


@given(
    course=st.lists(
        st.tuples(st.floats(5.0, 30.0), st.floats(-90.0, 90.0)), min_size=4, max_size=12
    )
)
def test_whatever_the_course_a_fence_between_here_and_there_is_told_before_or_at_it(
    course: list[tuple[float, float]],
) -> None:
    """Every two seconds the device turns: the forecast was for another way, the step sees it."""
    snapshot = build([zone("fence", block(60.0, 63.0, -5_000.0, 5_000.0))], 1)
    fleet, here, warned, seen = Fleet(), HOME, False, False
    for number, (speed, track) in enumerate(course):
        fleet, judged = step(fleet, snapshot, fix(here, 2.0 * number))
        seen |= bool(judged.events)
        east_m = GEOD.inv(*HOME, *here)[2] * (1.0 if here[0] >= HOME[0] else -1.0)
        assert (here[0] > at(63.0)[0]) <= seen, f"passed unseen, {east_m:.1f} m to the east"
        found, _ = foresee(
            snapshot, place(here), np.ones(1, np.int8), moving(speed, EAST + track), 2.0
        )
        warned |= bool(len(found))
        here = GEOD.fwd(*here, EAST + track, 2.0 * speed)[:2]
        assert (here[0] > at(63.1)[0]) <= (warned or seen)


# --- against a slow one -------------------------------------------------------------------------

offsets = st.integers(-250, 60).map(float)
sizes = st.integers(20, 400).map(float)


@st.composite
def volumes(draw: st.DrawFn) -> Volume:
    east, north = draw(offsets), draw(offsets)
    size, other = draw(sizes), draw(sizes)
    shape: Shape = block(east, east + size, north, north + other)
    if draw(st.booleans()):
        shape = Circle(*at(east, north), size)
    limits = draw(st.sampled_from([(None, None), (None, 60.0), (40.0, None), (30.0, 90.0)]))
    reference = draw(st.sampled_from([AGL, AMSL]))
    opens = draw(st.sampled_from([None, time(8, 0, 5), time(7, 0)]))
    hours = (
        None if opens is None else Schedule((Window(frozenset(range(7)), opens, time(8, 0, 20)),))
    )
    return Volume(shape, band(*limits, reference), hours)


heights = st.one_of(st.just(NAN), st.integers(20, 100).map(float))


def presence(
    volume: Volume,
    ground: Polygon | MultiPolygon,
    here: Places,
    climb: float,
    in_s: float,
    lonlat: tuple[float, float],
) -> int:
    """2 inside, 1 unknown, 0 outside, one moment and one volume at a time."""
    if not ground.intersects(Point(lonlat)):
        return 0
    if volume.schedule is not None and not calendar(volume.schedule).holds(EIGHT_S + in_s):
        return 0
    answer = 2
    for limit, sign in ((volume.band.lower, 1.0), (volume.band.upper, -1.0)):
        if limit is not None:
            height = here[0, 3 + REFERENCES.index(limit.reference)] + (
                climb * in_s if in_s else 0.0
            )
            if math.isnan(height):
                answer = min(answer, 1)
            elif sign * (height - limit.value_m) < 0.0:
                return 0
    return answer


SAMPLES = 300
HORIZON_S = 30.0


@given(
    parts=st.lists(volumes(), min_size=1, max_size=3),
    agl=heights,
    amsl=heights,
    speed=st.one_of(st.just(0.0), st.integers(1, 30).map(float)),
    track=st.integers(0, 359).map(float),
    climb=st.one_of(st.just(NAN), st.integers(-4, 4).map(float)),
)
def test_what_is_foretold_is_what_many_looks_along_the_way_see(
    parts: list[Volume], agl: float, amsl: float, speed: float, track: float, climb: float
) -> None:
    here = place(agl=agl, amsl=amsl)
    snapshot = build([keep_in("z", *parts)], 1)
    found, _ = foresee(snapshot, here, np.zeros(1, np.int8), moving(speed, track, climb), HORIZON_S)
    grounds = [footprint(part) for part in parts]

    def look(in_s: float) -> int:
        lonlat = GEOD.fwd(*HOME, track, speed * in_s)[:2]
        pairs = zip(parts, grounds, strict=True)
        return max(presence(part, ground, here, climb, in_s, lonlat) for part, ground in pairs)

    # Off the samples' own edges, so that none is an exact tie.
    moments = [0.0, *((np.arange(SAMPLES) + 0.4321) * (HORIZON_S / SAMPLES)).tolist()]
    seen = [look(moment) for moment in moments]
    by_kind = {BreachKind(kind): index for index, kind in enumerate(found.kind.tolist())}
    for kind, surely, perhaps in (
        (ENTER, seen[0] != 2 and 2 in seen, seen[0] != 2 and max(seen) >= 1),
        (LEAVE, seen[0] == 2 and 0 in seen, seen[0] >= 1 and min(seen) <= 1),
    ):
        index = by_kind.get(kind)
        if index is None:
            assert not perhaps
            continue
        sure_of, may_be = (2, 1) if kind is ENTER else (0, 1)
        in_s, earliest_s = float(found.in_s[index]), float(found.earliest_s[index])
        if perhaps:
            wanted = [now >= may_be if kind is ENTER else now <= may_be for now in seen]
            wanted[0] = seen[0] == 1
            first_s = moments[wanted.index(True)]
            # Between two looks it may have been in and out again.
            assert earliest_s <= first_s + 0.02
        if surely and seen[0] == (2 if kind is LEAVE else 0):
            assert bool(found.certain[index])
            assert in_s <= moments[seen.index(sure_of)] + 0.02
        # What is told for certain is true of that moment, or of one just after it.
        assert sure_of in [look(in_s + after) for after in (0.0, 0.005, 0.02)] or (
            not found.certain[index] or grazes(grounds, in_s, track, speed)
        )


def grazes(grounds: list[Polygon | MultiPolygon], in_s: float, track: float, speed: float) -> bool:
    """Whether the way then touches an outline so lightly that the looks fall beside it."""
    here = Point(GEOD.fwd(*HOME, track, speed * in_s)[:2])
    return any(0.0 < ground.distance(here) < 1e-6 for ground in grounds)
