"""Fences of single devices, against the geometry library asked one by one."""

import math

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon, box

from geofence.judge import Presence
from geofence.personal import PersonalFences

SQUARE = box(121.50, 31.20, 121.51, 31.21)
ELSEWHERE = box(121.60, 31.20, 121.61, 31.21)
IN, OUT, UNKNOWN = Presence.INSIDE, Presence.OUTSIDE, Presence.UNKNOWN


def presence(fences: PersonalFences, *fixes: tuple[int, float, float]) -> list[Presence]:
    device, longitude, latitude = zip(*fixes, strict=True)
    found = fences.presence(np.array(device, np.int32), np.array(longitude), np.array(latitude))
    return [Presence(each) for each in found.tolist()]


@pytest.mark.requirement("A44-3")
def test_each_device_is_held_against_its_own_outline() -> None:
    fences = PersonalFences({0: SQUARE, 2: ELSEWHERE})
    here = (121.505, 31.205)
    assert presence(fences, (0, *here), (2, *here), (2, 121.605, 31.205)) == [IN, OUT, IN]


def test_the_boundary_belongs_to_it() -> None:
    assert presence(PersonalFences({0: SQUARE}), (0, 121.50, 31.205), (0, 121.51, 31.21)) == [
        IN,
        IN,
    ]


def test_a_place_that_is_not_known_is_neither_inside_nor_outside() -> None:
    fences = PersonalFences({0: SQUARE})
    fixes = ((0, math.nan, 31.205), (0, 121.505, math.nan), (1, math.nan, math.nan))
    assert presence(fences, *fixes) == [UNKNOWN, UNKNOWN, UNKNOWN]
    device, longitude, latitude = zip(*fixes, strict=True)
    held = fences.inside(np.array(device, np.int32), np.array(longitude), np.array(latitude))
    assert held.tolist() == [False, False, False]


@pytest.mark.parametrize("device", [1, 5000])
def test_a_device_without_one_may_be_anywhere(device: int) -> None:
    assert presence(PersonalFences({0: SQUARE}), (device, 0.0, 0.0)) == [IN]
    assert presence(PersonalFences(), (device, 0.0, 0.0)) == [IN]


def test_one_is_added_moved_and_taken_away_and_the_others_stay() -> None:
    fences = PersonalFences({0: SQUARE})
    fences.put({700: SQUARE, 3: SQUARE})
    fences.put({3: ELSEWHERE})
    fixes = tuple((device, 121.505, 31.205) for device in (0, 3, 700))
    assert presence(fences, *fixes) == [IN, OUT, IN]
    assert len(fences) == 3
    for device in (3, 3, 4, 10_000):
        fences.remove(device)
    assert presence(fences, *fixes) == [IN, IN, IN]
    assert len(fences) == 2


def test_the_outlines_are_its_own() -> None:
    drawn = shapely.affinity.translate(SQUARE, 0.0, 0.0)
    PersonalFences({0: drawn})
    assert not bool(shapely.is_prepared(drawn))


def corridor(chance: np.random.Generator) -> Polygon:
    walk = np.cumsum(chance.normal(0.0, 1e-3, (20, 2)), axis=0) + np.array((121.5, 31.2))
    return LineString(walk).buffer(3e-4)


def test_two_thousand_corridors_answer_as_the_geometry_library_does() -> None:
    chance = np.random.default_rng(5)
    outlines = [corridor(chance) for _ in range(2_000)]
    fences = PersonalFences(dict(enumerate(outlines)))
    device = chance.integers(0, 2_000, 10_000).astype(np.int32)
    own: NDArray[np.object_] = np.array(outlines, np.object_)[device]
    at = np.array([each.centroid.coords[0] for each in own]) + chance.normal(0.0, 1e-3, (10_000, 2))
    held = fences.inside(device, at[:, 0], at[:, 1])
    assert held.tolist() == shapely.intersects(own, shapely.points(at)).tolist()
    assert 500 < held.sum() < 9_500
