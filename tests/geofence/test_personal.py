"""Fences of single devices, against the geometry library asked one by one."""

import math
import os

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon, box

from geofence import strips
from geofence.judge import Presence
from geofence.personal import NO_FENCES, PersonalFences, amended
from geofence.zone import HeightBand, HeightLimit, HeightReference

BESIDE = int(os.environ.get("PLACES_BESIDE", "8"))
"""How many places beside each edge are asked for: uncompiled it is slow."""
SQUARE = box(121.50, 31.20, 121.51, 31.21)
ELSEWHERE = box(121.60, 31.20, 121.61, 31.21)
HERE = (121.505, 31.205)
IN, OUT, UNKNOWN = Presence.INSIDE, Presence.OUTSIDE, Presence.UNKNOWN
UP_TO_60 = HeightBand(upper=HeightLimit(60.0, HeightReference.AGL))


def presence(
    fences: PersonalFences, *fixes: tuple[int, float, float], agl_m: float = math.nan
) -> list[Presence]:
    number, longitude, latitude = zip(*fixes, strict=True)
    heights = np.full((len(fixes), 3), math.nan)
    heights[:, 0] = agl_m
    found = fences.presence(
        np.array(number, np.int32), np.array(longitude), np.array(latitude), heights
    )
    return [Presence(each) for each in found.tolist()]


@pytest.mark.requirement("A44-3")
def test_each_device_is_held_against_its_own_outline() -> None:
    fences = amended(NO_FENCES, {0: SQUARE, 2: ELSEWHERE})
    assert presence(fences, (0, *HERE), (2, *HERE), (2, 121.605, 31.205)) == [IN, OUT, IN]


def test_the_boundary_belongs_to_it() -> None:
    fences = amended(NO_FENCES, {0: SQUARE})
    assert presence(fences, (0, 121.50, 31.205), (0, 121.51, 31.21)) == [IN, IN]


@pytest.mark.parametrize(
    ("agl_m", "found"), [(60.0, IN), (60.1, OUT), (math.nan, UNKNOWN)], ids=str
)
def test_a_height_that_decides_is_compared_and_unknown_where_it_is(
    agl_m: float, found: Presence
) -> None:
    fences = amended(NO_FENCES, {0: SQUARE, 1: SQUARE}, {1: UP_TO_60})
    assert presence(fences, (0, *HERE), (1, *HERE), agl_m=agl_m) == [IN, found]
    assert presence(fences, (1, 121.4, 31.205), agl_m=agl_m) == [OUT]


def test_a_place_that_is_not_known_is_neither_inside_nor_outside() -> None:
    fences = amended(NO_FENCES, {0: SQUARE, 2: SQUARE})
    fixes = ((0, math.nan, 31.205), (0, 121.505, math.nan), (1, math.nan, math.nan))
    assert presence(fences, *fixes) == [UNKNOWN, UNKNOWN, UNKNOWN]
    number, longitude, latitude = zip(*fixes, strict=True)
    held = fences.inside(np.array(number, np.int32), np.array(longitude), np.array(latitude))
    assert held.tolist() == [False, False, False]


def test_a_number_without_one_may_be_anywhere() -> None:
    fences = amended(NO_FENCES, {0: SQUARE, 2: SQUARE})
    assert presence(fences, (1, 0.0, 0.0)) == [IN]
    one, anywhere = np.array([5000], np.int32), np.zeros(1)
    assert fences.inside(one, anywhere, anywhere).tolist() == [True]
    assert NO_FENCES.inside(one, anywhere, anywhere).tolist() == [True]


def test_one_is_added_moved_and_taken_away_and_the_others_stay() -> None:
    first = amended(NO_FENCES, {0: SQUARE, 700: SQUARE, 3: SQUARE}, {0: UP_TO_60})
    moved = amended(first, {3: ELSEWHERE, 700: None})
    fixes = tuple((number, *HERE) for number in (0, 3, 700))
    assert presence(first, *fixes, agl_m=50.0) == [IN, IN, IN]
    assert presence(moved, *fixes, agl_m=50.0) == [IN, OUT, IN]
    assert presence(moved, *fixes, agl_m=70.0) == [OUT, OUT, IN]
    assert (len(first), len(moved)) == (3, 2)
    assert moved.outlines[0] is first.outlines[0], "drawn again without need"


def test_the_outlines_are_its_own() -> None:
    drawn = shapely.affinity.translate(SQUARE, 0.0, 0.0)
    amended(NO_FENCES, {0: drawn})
    assert not bool(shapely.is_prepared(drawn))


def corridor(chance: np.random.Generator) -> Polygon:
    walk = np.cumsum(chance.normal(0.0, 1e-3, (20, 2)), axis=0) + np.array((121.5, 31.2))
    return LineString(walk).buffer(3e-4)


def test_two_thousand_corridors_answer_as_the_geometry_library_does() -> None:
    chance = np.random.default_rng(5)
    outlines = [corridor(chance) for _ in range(2_000)]
    fences = amended(NO_FENCES, dict(enumerate(outlines)))
    device = chance.integers(0, 2_000, 10_000).astype(np.int32)
    own: NDArray[np.object_] = np.array(outlines, np.object_)[device]
    at = np.array([each.centroid.coords[0] for each in own]) + chance.normal(0.0, 1e-3, (10_000, 2))
    held = fences.inside(device, at[:, 0], at[:, 1])
    assert held.tolist() == shapely.intersects(own, shapely.points(at)).tolist()
    assert 500 < held.sum() < 9_500


def drawn_at_random(chance: np.random.Generator) -> Polygon | MultiPolygon:
    """Something tall or wide, small or large, with or without a hole and a second part."""
    size = 10 ** chance.uniform(-4.5, -0.8, 2)
    angle = np.sort(chance.uniform(0.0, 2.0 * math.pi, int(chance.integers(3, 200))))
    reach = chance.uniform(0.5, 1.0, (len(angle), 1)) * size
    around = np.column_stack((np.cos(angle), np.sin(angle))) * reach
    shape = Polygon(np.array((121.5, 31.2)) + around)
    if not shape.is_valid:
        return box(121.5, 31.2, 121.5 + size[0], 31.2 + size[1])
    hole = shapely.affinity.scale(shape, 0.4, 0.4)
    if chance.random() < 0.4 and shapely.contains_properly(shape, hole):
        shape = Polygon(shape.exterior, [hole.exterior])
    if chance.random() < 0.3:
        west, _, east, _ = shape.bounds
        return MultiPolygon([shape, shapely.affinity.translate(shape, 1.5 * (east - west))])
    return shape


@pytest.mark.parametrize("waste_allowed", [10_000, -1_000_000])
def test_a_hundred_thousand_places_at_edges_and_corners_are_told_as_by_the_geometry_library(
    monkeypatch: pytest.MonkeyPatch, waste_allowed: int
) -> None:
    """Of outlines that came one after the other, some in the place of others."""
    monkeypatch.setattr(strips, "WASTE_ALLOWED", waste_allowed)
    chance, drawn, fences = np.random.default_rng(6), dict[int, Polygon | MultiPolygon](), NO_FENCES
    for _ in range(12):
        some = {int(each): drawn_at_random(chance) for each in chance.integers(0, 60, 12)}
        drawn |= some
        fences = amended(fences, some)
    asked = 0
    for number, outline in drawn.items():
        corners = shapely.get_coordinates(outline)
        start, end = corners[:-1], corners[1:]
        share = chance.uniform(0.0, 1.0, (len(start), 1))
        on_edges = start + share * (end - start)
        beside = np.repeat(on_edges, BESIDE, axis=0)
        beside += 10 ** chance.uniform(-9.0, -3.0, (len(beside), 1)) * chance.normal(
            size=beside.shape
        )
        level = np.column_stack((chance.permutation(corners[:, 0]), corners[:, 1]))
        at = np.concatenate((corners, on_edges, beside, level, chance.permutation(level)))
        held = fences.inside(np.full(len(at), number), at[:, 0], at[:, 1])
        want = shapely.intersects_xy(outline, at[:, 0], at[:, 1])
        assert held.tolist() == want.tolist(), (number, outline)
        asked += len(at)
    assert asked > 4_000 * (4 + BESIDE)


def test_an_outline_of_the_size_of_a_country_is_asked_as_a_whole() -> None:
    fences = amended(NO_FENCES, {0: box(100.0, 20.0, 122.0, 45.0), 1: SQUARE})
    number = np.array([0, 0, 0, 1])
    longitude = np.array([110.0, 122.0, 122.0000001, 121.505])
    held = fences.inside(number, longitude, np.full(4, 31.205))
    assert held.tolist() == [True, True, False, True]


def test_when_a_straight_way_leaves_its_outline() -> None:
    fences = amended(NO_FENCES, {0: SQUARE, 1: ELSEWHERE})
    number = np.array([0, 0, 0, 1, 0], np.int32)
    here = np.array([HERE, HERE, HERE, HERE, (121.515, 31.205)])
    velocity = np.array([(1e-3, 0.0), (1e-4, 0.0), (0.0, 0.0), (1e-3, 0.0), (-1e-3, 0.0)])
    found = fences.leaves_s(number, here, velocity, 20.0)
    assert found.tolist() == [pytest.approx(5.0), math.inf, math.inf, 0.0, 0.0]


@given(st.integers(0, 2**32 - 1))
def test_a_way_leaves_its_corridor_where_looks_along_it_see_it_leave(seed: int) -> None:
    chance = np.random.default_rng(seed)
    outline = corridor(chance)
    fences = amended(NO_FENCES, {0: outline})
    here = np.array(outline.representative_point().coords[0])
    velocity = chance.normal(0.0, 1e-4, 2)
    (found,) = fences.leaves_s(np.zeros(1, np.int32), here[None], velocity[None], 60.0).tolist()
    at_s = np.linspace(0.0, 60.0, 6_001)
    held = shapely.intersects_xy(outline, *(here[:, None] + velocity[:, None] * at_s))
    first = math.inf if held.all() else float(at_s[np.argmin(held)])
    if found < first - 0.011:
        # Between two looks it may be out and in again: then one that looks much more often sees it.
        near_s = found + np.linspace(0.0, 0.01, 20_001)
        near = shapely.intersects_xy(outline, *(here[:, None] + velocity[:, None] * near_s))
        assert not near.all()
    else:
        assert found == first or found == pytest.approx(first, abs=0.011)
