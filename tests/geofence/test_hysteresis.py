"""Noise at an edge: a zone with an exit margin holds on to who is just outside it."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, box

from geofence.events import Cause, EventKind
from geofence.fleet import Fleet
from geofence.frame import Frame, footprint, grown
from geofence.rejudge import rejudge
from geofence.snapshot import build
from geofence.validity import problems
from geofence.zone import Area, Circle, Volume, Zone
from tests.geofence.drawing import areas, polygons
from tests.geofence.test_step import (
    EIGHT_S,
    ENTER,
    EXIT,
    FIRST_INSIDE,
    HOUR_S,
    NAN,
    RING,
    SQUARE,
    Course,
    below,
    causes,
    from_nine_to_ten,
    told,
    zone,
)

METRE_EAST = math.degrees(1.0 / (6_378_137.0 / math.sqrt(1 - 0.00669438 * 0.2684) * 0.85535))
"""At 31.202° N, east of the square."""
MARGIN_M = 20.0


def east(metres: float) -> tuple[float, float]:
    """So far east of the square's eastern edge."""
    return 121.504 + metres * METRE_EAST, 31.202


def holding(*volumes: Volume | Area | Circle, margin_m: float = MARGIN_M) -> Zone:
    return replace(zone("a", *volumes), exit_margin_m=margin_m)


@pytest.mark.requirement("A44-3", "D4d-49")
def test_a_zone_holds_on_until_its_margin_is_left_and_is_entered_at_its_outline() -> None:
    course = Course(holding(SQUARE))
    assert told(course.fix(east(5))) == []
    assert told(course.fix(east(-1))) == [(ENTER, "a")]
    held = course.fix(east(19.9))
    assert (told(held), held.inside) == ([], [(0,)])
    left = course.fix(east(20.1))
    assert (told(left), left.inside) == ([(EXIT, "a")], [()])
    assert told(course.fix(east(5))) == []
    assert told(course.fix(east(0))) == [(ENTER, "a")]


def test_without_a_margin_a_metre_outside_is_outside() -> None:
    course = Course(zone("a", SQUARE))
    assert told(course.fix(east(-1))) == [(FIRST_INSIDE, "a")]
    assert told(course.fix(east(1))) == [(EXIT, "a")]


def test_the_way_through_the_margin_of_a_zone_that_was_left_is_a_crossing() -> None:
    course = Course(holding(SQUARE))
    for metres in (-1, 30):
        course.fix(east(metres))
    assert told(course.fix((121.499, 31.202))) == [(EventKind.CROSS, "a")]


def test_a_device_first_seen_within_the_margin_is_outside() -> None:
    assert told(Course(holding(SQUARE)).fix(east(5))) == []


def test_heights_are_judged_truly_within_the_margin() -> None:
    course = Course(holding(below(50.0)))
    assert told(course.fix(east(-1), agl=40)) == [(FIRST_INSIDE, "a")]
    assert told(course.fix(east(5), agl=50)) == []
    assert told(course.fix(east(5), agl=51)) == [(EXIT, "a")]
    assert told(course.fix(east(5), agl=40)) == []


def test_a_height_that_becomes_unknown_within_the_margin_is_no_exit() -> None:
    course = Course(holding(below(50.0)))
    course.fix(east(-1), agl=40)
    unsure = course.fix(east(5), agl=NAN)
    assert (told(unsure), unsure.inside, unsure.unknown) == ([], [()], [(0,)])
    assert told(course.fix(east(5), agl=40)) == []
    assert told(course.fix(east(21), agl=NAN)) == [(EXIT, "a")]


def test_the_end_of_the_hours_ends_the_margin_too() -> None:
    course = Course(holding(from_nine_to_ten()))
    course.fix(east(-1), at_s=EIGHT_S + 1.5 * HOUR_S)
    assert told(course.fix(east(5), at_s=EIGHT_S + 1.6 * HOUR_S)) == []
    shut = course.fix(east(5), at_s=EIGHT_S + 2.1 * HOUR_S)
    assert causes(shut) == [(EXIT, Cause.TIME_PASSED)]


def test_who_is_another_kind_of_device_is_not_held_on_to() -> None:
    course = Course(replace(holding(SQUARE), domains=frozenset({"road"})))
    course.fix(east(-1), domain="road")
    assert told(course.fix(east(5), domain="air")) == [(EXIT, "a")]


def test_several_volumes_hold_on_as_one_zone() -> None:
    beside = Area(box(121.5043, 31.200, 121.508, 31.204))  # 28.6 m east of the square
    course = Course(holding(SQUARE, beside))
    course.fix(east(-1))
    assert told(course.fix(east(25))) == []
    assert told(course.fix((121.5043 + 10 * METRE_EAST, 31.202))) == []


def test_several_fixes_of_a_device_in_a_batch_hold_on_one_after_the_other() -> None:
    course = Course(holding(SQUARE))
    metres = [5, -1, 10, 19, 30, 10, -1]
    judged = course.batch(
        [(0, *east(each), EIGHT_S + at, NAN, 0, True) for at, each in enumerate(metres)]
    )
    assert told(judged) == [(ENTER, "a"), (EXIT, "a"), (ENTER, "a")]
    assert judged.inside == [(), (0,), (0,), (0,), (), (), (0,)]


@pytest.mark.requirement("A44-3", "D4d-49")
@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(-199, 199).map(lambda tenths: tenths / 10.0), min_size=1, max_size=30),
    st.sampled_from([20.1, 25.0, 500.0, None]),
    st.lists(st.integers(0, 32), max_size=4),
)
def test_who_wavers_within_the_margin_comes_once_and_goes_at_most_once(
    metres: list[float], away: float | None, cuts: list[int]
) -> None:
    course = Course(holding(SQUARE))
    track = [*map(east, [100.0, *metres]), *([] if away is None else [east(away)])]
    rows = [(0, *place, EIGHT_S + at, NAN, 0, True) for at, place in enumerate(track)]
    kinds = []
    for start, end in pairwise(sorted({0, len(rows), *(c for c in cuts if c < len(rows))})):
        kinds += [kind for kind, _ in told(course.batch(rows[start:end]))]
    came = any(each <= 0.0 for each in metres)
    assert kinds == ([ENTER] if came else []) + ([EXIT] if came and away else [])


def test_judging_again_holds_on_and_a_narrower_margin_lets_go() -> None:
    fleet, wide = Fleet(), build([holding(SQUARE)], 1)
    course = Course(holding(SQUARE))
    course.snapshot, course.fleet = wide, fleet
    course.fix(east(-1))
    course.fix(east(15))
    fleet, judged = rejudge(fleet, build([holding(SQUARE)], 2), course.at_s + 60)
    assert (told(judged), judged.inside) == ([], [(0,)])
    fleet, judged = rejudge(fleet, build([holding(SQUARE, margin_m=10)], 3), course.at_s + 70)
    assert causes(judged) == [(EXIT, Cause.ZONE_CHANGED)]


# --- the outline grown --------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(polygons | areas.map(lambda area: footprint(Volume(area))), st.sampled_from([1.0, 30.0]))
def test_a_grown_outline_holds_what_is_within_the_margin_and_nothing_else(
    outline: Polygon | MultiPolygon, margin_m: float
) -> None:
    if not outline.is_valid or outline.area < 1e-9:
        return
    west, south, east_, north = outline.bounds
    frame = Frame((west + east_) / 2, (south + north) / 2)
    flat = shapely.transform(outline, frame.to_metres)
    found = grown(outline, margin_m)
    assert found.is_valid
    chance = np.random.default_rng(len(flat.wkb))
    vertices = shapely.get_coordinates(flat)
    places = vertices[chance.integers(0, len(vertices), 200)]
    places = places + chance.normal(0.0, margin_m, (200, 2))
    distance_m = shapely.distance(flat, shapely.points(places))
    holds = np.asarray(shapely.intersects_xy(found, *frame.to_degrees(places).T))
    # A corner is cut by 2 cm, and the frame of a part is not that of the whole.
    assert holds[distance_m < margin_m - 0.03].all()
    assert not holds[distance_m > margin_m + 0.01].any()


def test_a_margin_goes_on_beyond_the_antimeridian() -> None:
    found = grown(box(179.99, 10.0, 180.0, 10.01), 50.0)
    assert isinstance(found, MultiPolygon)
    metre = 1 / 109_640.0
    assert found.intersects(Point(180.0, 10.005))
    assert found.intersects(Point(-180.0 + 49 * metre, 10.005))
    assert not found.intersects(Point(-180.0 + 52 * metre, 10.005))
    assert not found.intersects(Point(0.0, 10.005))


def test_a_hole_is_narrower_by_the_margin_for_who_flew_in_from_the_ring() -> None:
    course = Course(holding(RING))
    course.fix((121.5005, 31.202))
    assert told(course.fix((121.501 + 15 * METRE_EAST, 31.202))) == []
    assert told(course.fix((121.501 + 25 * METRE_EAST, 31.202))) == [(EXIT, "a")]


@pytest.mark.parametrize("margin_m", [-0.5, 1_000.5, math.nan, math.inf])
def test_a_margin_out_of_bounds_is_refused(margin_m: float) -> None:
    (found,) = problems(holding(SQUARE, margin_m=margin_m))
    assert found.path == "exit_margin_m"
    assert found.message == f"expected 0 to 1000 m, got {margin_m}"
