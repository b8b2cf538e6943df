"""Fences laid on recorded tracks, and what truly happened at them: by plain shapely, on the dense track.

Nothing of ``geofence`` is asked: the truth is which stretches of the line from fix to fix, as densely as
it was recorded, lie in each fence.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import shapely
from shapely import LineString, Polygon, STRtree

from bench.tracks_recorded import Fix, Recorded

WIDTHS_M: Final = (15.0, 50.0, 150.0, 500.0)
"""A lane and its kerb, a junction, a block, a quarter."""
BESIDE: Final = 0.75
"""Centres lie up to so many widths off the track: a third of the fences is grazed or passed by."""
METRES_PER_DEGREE: Final = 111_320.0
TOGETHER_S: Final = 1e-3
"""Between the end of one stretch and the beginning of the next where they are one."""


class Fence(NamedTuple):
    """A square that stands anyhow."""

    width_m: float
    outline: Polygon
    """Longitude and latitude."""


class Visit(NamedTuple):
    """A stretch of time for which a device was in a fence."""

    fence: int
    from_s: float
    until_s: float


def laid(track: Recorded, count: int, random: np.random.Generator) -> list[Fence]:
    """Lay so many fences of each width on a track or right beside it."""
    return [
        _square(width_m, track.fixes[int(random.integers(len(track.fixes)))], random)
        for width_m in WIDTHS_M
        for _ in range(count)
    ]


def _square(width_m: float, at: Fix, random: np.random.Generator) -> Fence:
    east_m, north_m = random.uniform(-BESIDE, BESIDE, 2) * width_m
    turned = random.uniform(0.0, math.pi / 2.0) + np.arange(4) * math.pi / 2.0
    corner_m = width_m / math.sqrt(2.0)
    north_deg = (north_m + corner_m * np.cos(turned)) / METRES_PER_DEGREE
    east_deg = (east_m + corner_m * np.sin(turned)) / METRES_PER_DEGREE
    east_deg /= math.cos(math.radians(at.latitude_deg))
    corners = np.column_stack((at.longitude_deg + east_deg, at.latitude_deg + north_deg))
    return Fence(width_m, Polygon(corners))


def no_gap(fixes: Sequence[Fix], max_gap_s: float) -> list[bool]:
    """Return for each fix but the first whether the line to it from the one before says anything."""
    return [later.at_s - fix.at_s <= max_gap_s for fix, later in pairwise(fixes)]


def visits(fixes: Sequence[Fix], fences: Sequence[Fence], is_way: Sequence[bool]) -> list[Visit]:
    """Return who was where from when to when, by the straight lines between fixes.

    Where ``is_way`` is false, nobody says where a device was in between: who is in a fence at both ends is
    taken to have stayed, as the platform takes it, and nobody to have crossed anything.
    """
    ways = [LineString([fix[1:], later[1:]]) for fix, later in pairwise(fixes)]
    outlines = [fence.outline for fence in fences]
    which, way = STRtree(ways).query(outlines, predicate="intersects")
    found: list[Visit] = []
    for fence, outline in enumerate(outlines):
        mine = np.sort(way[which == fence]).tolist()
        stretches = (_stretch(fixes, ways, is_way, number, outline) for number in mine)
        found.extend(_joined(fence, (each for each in stretches if each is not None)))
    return found


def _stretch(
    fixes: Sequence[Fix],
    ways: Sequence[LineString],
    is_way: Sequence[bool],
    number: int,
    outline: Polygon,
) -> tuple[float, float] | None:
    start, end = fixes[number], fixes[number + 1]
    if is_way[number]:
        return _within(ways[number], start.at_s, end.at_s, outline)
    return _over_a_gap(start, end, outline)


def _over_a_gap(start: Fix, end: Fix, outline: Polygon) -> tuple[float, float] | None:
    before, after = (shapely.intersects_xy(outline, *fix[1:]) for fix in (start, end))
    if not (before or after):
        return None
    return start.at_s if before else end.at_s, end.at_s if after else start.at_s


def _within(
    way: LineString, from_s: float, until_s: float, outline: Polygon
) -> tuple[float, float]:
    """Return when a device is in a convex outline that its way meets."""
    length = way.length
    if length == 0.0:
        return from_s, until_s
    ends = shapely.get_coordinates(way.intersection(outline))
    share = [math.dist(end, way.coords[0]) / length for end in ends] or [0.0]
    return from_s + min(share) * (until_s - from_s), from_s + max(share) * (until_s - from_s)


def _joined(fence: int, stretches: Iterator[tuple[float, float]]) -> Iterator[Visit]:
    """Make one visit of stretches that follow each other."""
    now: Visit | None = None
    for from_s, until_s in stretches:
        if now is not None and from_s <= now.until_s + TOGETHER_S:
            now = now._replace(until_s=max(now.until_s, until_s))
            continue
        if now is not None:
            yield now
        now = Visit(fence, from_s, until_s)
    if now is not None:
        yield now
