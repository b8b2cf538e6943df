"""Long straight ways through the grid against the geometry library, unprepared, pair by pair.

Places lie on binary fractions of a degree, so that vertices, edges and the lines along them are
hit exactly, and often.
"""

import math
from collections.abc import Iterator

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, reject
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from geofence import cover, rays
from geofence.grid import IntArray
from geofence.rays import BoolArray, OverGround, Rays, over_ground
from geofence.snapshot import Snapshot, build
from geofence.validity import problems
from geofence.zone import Area, Volume, Zone, ZoneKind

STEP_DEG = 2.0**-12
"""About 24 m: a cell is four steps."""
WEST_DEG, SOUTH_DEG = 121.5, 31.25


@pytest.fixture(scope="module", params=["cells", "wide"], autouse=True)
def way_of_looking(request: pytest.FixtureRequest) -> Iterator[None]:
    """Ask cells, or whole outlines ("wide": too large for cells)."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "wide":
            patch.setattr(cover, "MOST_BLOCKS", 0.0)
        patch.setattr(rays, "MOST_VISITS", 50)
        yield


Step = tuple[int, int]
steps = st.tuples(st.integers(0, 40), st.integers(0, 40))


def degrees(step: Step) -> tuple[float, float]:
    return WEST_DEG + step[0] * STEP_DEG, SOUTH_DEG + step[1] * STEP_DEG


@st.composite
def grounds(draw: st.DrawFn) -> Polygon | MultiPolygon:
    corners = draw(st.lists(steps, min_size=3, max_size=7, unique=True))
    around: BaseGeometry = Polygon([degrees(corner) for corner in corners])
    assume(around.is_valid and around.area > 0.0)
    if draw(st.booleans()):
        left, low = draw(steps)
        width = draw(st.integers(1, 12))
        hole = box(*degrees((left, low)), *degrees((left + width, low + width)))
        around = shapely.difference(around, hole)
    if not isinstance(around, Polygon | MultiPolygon):
        reject()
    assume(not around.is_empty)
    assume(not problems(Zone("z", ZoneKind.KEEP_OUT, "z", (Volume(Area(around)),))))
    return around


def snapshot(of: list[Polygon | MultiPolygon]) -> Snapshot:
    zones = [
        Zone(f"z{number}", ZoneKind.KEEP_OUT, "z", (Volume(Area(ground)),))
        for number, ground in enumerate(of)
    ]
    return build(zones, 1)


def found(under: Snapshot, ways: list[tuple[Step, Step]]) -> dict[tuple[int, int], list[float]]:
    start = np.array([degrees(start) for start, _ in ways])
    end = np.array([degrees(end) for _, end in ways])
    told = over_ground(under.volumes, Rays(start, end - start, np.zeros(len(ways), np.int8)))
    shares: dict[tuple[int, int], list[float]] = {}
    for ray, volume, begin, until in zip(*(each.tolist() for each in told), strict=True):
        shares.setdefault((ray, volume), []).extend((begin, until))
    return shares


def union(shares: list[float]) -> list[float]:
    """Begin and end of each stretch, those that touch made one."""
    joined: list[float] = []
    for begin, end in sorted(zip(shares[::2], shares[1::2], strict=True)):
        if joined and begin <= joined[-1] + 1e-9:
            joined[-1] = max(joined[-1], end)
        else:
            joined.extend((begin, end))
    return joined


def by_hand(ground: Polygon | MultiPolygon, way: tuple[Step, Step]) -> list[float]:
    (x, y), (to_x, to_y) = degrees(way[0]), degrees(way[1])
    if (x, y) == (to_x, to_y):
        return [0.0, 1.0] if ground.intersects(shapely.Point(x, y)) else []
    line = LineString([(x, y), (to_x, to_y)])
    shares: list[float] = []
    for part in shapely.get_parts(line.intersection(ground)):
        at = shapely.get_coordinates(part)
        if not len(at):
            continue
        of = np.hypot(at[:, 0] - x, at[:, 1] - y) / math.hypot(to_x - x, to_y - y)
        shares.extend((float(of.min()), float(of.max())))
    return union(shares)


@given(st.lists(grounds(), min_size=1, max_size=4), st.lists(st.tuples(steps, steps), min_size=1))
def test_rays_are_over_the_ground_where_the_geometry_library_says(
    of: list[Polygon | MultiPolygon], ways: list[tuple[Step, Step]]
) -> None:
    under = snapshot(of)
    told = found(under, ways)
    for ray, way in enumerate(ways):
        for volume, ground in enumerate(under.volumes.ground.tolist()):
            assert union(told.get((ray, volume), [])) == pytest.approx(
                by_hand(shapely.from_wkb(ground.wkb), way), abs=1e-7
            )


SQUARE = box(*degrees((10, 10)), *degrees((20, 20)))


@pytest.mark.parametrize(
    ("way", "shares"),
    [
        (((0, 15), (40, 15)), [0.25, 0.5]),
        (((15, 15), (35, 15)), [0.0, 0.25]),
        (((12, 12), (18, 18)), [0.0, 1.0]),
        (((0, 0), (40, 40)), [0.25, 0.5]),
        (((0, 10), (40, 10)), [0.25, 0.5]),
        (((0, 20), (20, 0)), [0.5, 0.5]),
        (((20, 15), (30, 15)), [0.0, 0.0]),
        (((0, 15), (10, 15)), [1.0, 1.0]),
        (((15, 15), (15, 15)), [0.0, 1.0]),
        (((0, 9), (40, 9)), []),
    ],
    ids=[
        "through",
        "out of it",
        "inside",
        "through two corners",
        "along an edge",
        "by a corner",
        "away from an edge",
        "up to an edge",
        "standing",
        "past it",
    ],
)
def test_a_ray_and_a_square(way: tuple[Step, Step], shares: list[float]) -> None:
    told = found(snapshot([SQUARE]), [way])
    assert union(told.get((0, 0), [])) == pytest.approx(shares, abs=1e-9)


@given(st.lists(grounds(), min_size=1, max_size=4), st.lists(st.tuples(steps, steps), min_size=1))
def test_pairs_that_are_not_worth_it_are_left_out_and_the_others_told_the_same(
    of: list[Polygon | MultiPolygon], ways: list[tuple[Step, Step]]
) -> None:
    under = snapshot(of)
    start = np.array([degrees(start) for start, _ in ways])
    along = Rays(
        start, np.array([degrees(end) for _, end in ways]) - start, np.zeros(len(ways), np.int8)
    )

    def worth(ray: IntArray, volume: IntArray) -> BoolArray:
        return np.asarray((ray + volume) % 2 == 0, np.bool_)

    def told(found: OverGround) -> set[tuple[float, ...]]:
        return set(zip(*(each.tolist() for each in found), strict=True))

    every, some = over_ground(under.volumes, along), over_ground(under.volumes, along, worth)
    assert told(some) == {each for each in told(every) if sum(each[:2]) % 2 == 0}


def test_a_layer_without_zones_has_no_ground() -> None:
    zone = Zone("z", ZoneKind.KEEP_OUT, "z", (Volume(Area(SQUARE)),), frozenset({"air"}))
    start = np.array([degrees((0, 15))] * 2)
    way = Rays(start, np.full((2, 2), 0.001), np.array((0, 1), np.int8))
    assert not set(over_ground(build([zone], 1).volumes, way).ray.tolist()) & {0}
    assert not len(over_ground(build([], 1).volumes, way).ray)
