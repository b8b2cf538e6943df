"""When devices will be in which zones if they go on as they do now.

A device goes straight on over the ground and climbs evenly; each limit of height is compared with
the height of its own reference, as if the ground below were level; hours count at their moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from geofence.grid import IntArray, spread
from geofence.judge import Bands, Presence, between_heights
from geofence.motion import Motion, metres_per_degree
from geofence.places import AT, HEIGHTS, LATITUDE, LONGITUDE, Places, known
from geofence.rays import (
    OverGround,
    Rays,
    Worth,
    every_pair,
    joined,
    over_edges,
    over_ground,
)
from geofence.schedule import Calendar
from geofence.snapshot import Snapshot, Volumes
from geofence.spans import while_not_negative

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

MOST_REACH_M = 50_000.0
"""Farther than this nothing is foretold: a degree has no one length over such a way."""
HIGHEST_LATITUDE_DEG = 89.0
LIMIT_DEG = 180.0
TOUCHING_M = 0.001
"""Volumes of a zone this close along the way leave no gap between them."""
HOURS_TOGETHER_S = 60.0
"""Devices whose clocks differ by less share one look at the calendar."""
SPARE_M = 1.0
"""So close to a limit of height the exact comparison decides."""
SOON = float(np.nextafter(0.0, 1.0))
"""Any moment after now."""


@dataclass(frozen=True, slots=True)
class Stays:
    """When the devices will be in which zones; the last arrays have shape (m,)."""

    known: BoolArray
    """Shape (n,): whether anything is foretold for a device. It is not where position, speed or
    track is unknown, and that is not "no breach"."""
    here: Places
    velocity_deg: FloatArray
    """Shape (n, 2): degrees of longitude and latitude a second."""
    gap_s: FloatArray
    """Shape (n,): how far apart in time two stays may lie and still touch."""
    horizon_s: float
    row: IntArray
    slot: IntArray
    from_s: FloatArray
    """Seconds from now; both ends belong to the stay."""
    until_s: FloatArray
    sure: BoolArray
    """False where a height that decides is not known."""

    def picked(self, which: BoolArray) -> Self:
        """Return the stays wanted, (m,), of the same devices."""
        return replace(
            self,
            row=self.row[which],
            slot=self.slot[which],
            from_s=self.from_s[which],
            until_s=self.until_s[which],
            sure=self.sure[which],
        )

    def joined(
        self,
        row: IntArray,
        slot: IntArray,
        from_s: FloatArray,
        until_s: FloatArray,
        sure: BoolArray,
    ) -> Self:
        """Return these stays and more of the same devices."""
        return replace(
            self,
            row=np.concatenate((self.row, row)),
            slot=np.concatenate((self.slot, slot)),
            from_s=np.concatenate((self.from_s, from_s)),
            until_s=np.concatenate((self.until_s, until_s)),
            sure=np.concatenate((self.sure, sure)),
        )


def stays(
    snapshot: Snapshot,
    here: Places,
    domain: NDArray[np.int8],
    motion: Motion,
    horizon_s: float,
    wanted: BoolArray | None = None,
    held: "Held | None" = None,
) -> Stays:
    """Return when the devices will be in which zones; see ``foresee``.

    ``wanted``, by slot, leaves the other zones out: they cost next to nothing then. The zones that
    ``held`` names go on holding their devices as far as their exit margins reach.
    """
    if not 0.0 <= horizon_s < np.inf:
        msg = f"expected a horizon in seconds, got {horizon_s}"
        raise ValueError(msg)
    volumes, velocity_mps = snapshot.volumes, motion.velocity_mps()
    foretold = _foretold(here, velocity_mps, horizon_s)
    velocity_deg = np.full((len(here), 2), np.nan)
    scale = metres_per_degree(here[foretold, LATITUDE])
    velocity_deg[foretold] = velocity_mps[foretold] / scale
    course = Course(here, velocity_deg, _finite(motion.climb_mps), horizon_s)
    ground = _on_ground(snapshot, course, domain, wanted, held)
    banded = in_bands(volumes.bands, course, ground)
    ahead = in_hours(volumes.scheduled, volumes.calendars, course, banded)
    fastest = np.fmax(np.hypot(*velocity_mps.T), np.abs(course.climb_mps))
    with np.errstate(over="ignore"):  # of next to no speed any gap is nothing
        gap_s = np.divide(TOUCHING_M, fastest, out=np.zeros(len(here)), where=fastest > 0.0)
    slot = volumes.slot.take(ahead.volume)
    return Stays(
        foretold,
        here,
        velocity_deg,
        gap_s,
        horizon_s,
        ahead.row,
        slot,
        ahead.from_s,
        ahead.until_s,
        ahead.sure,
    )


class Held(NamedTuple):
    """Pairs of a device and a zone with an exit margin that holds it; arrays of shape (k,)."""

    row: IntArray
    slot: IntArray


class Course(NamedTuple):
    """Where devices are and how they go on; arrays of n rows."""

    here: Places
    velocity_deg: FloatArray
    climb_mps: FloatArray
    horizon_s: float


class Ahead(NamedTuple):
    """Stays in volumes, or in what else has rows of bands and calendars; arrays of shape (m,)."""

    row: IntArray
    volume: IntArray
    from_s: FloatArray
    until_s: FloatArray
    sure: BoolArray

    def picked(self, which: IntArray) -> "Ahead":
        """Return some of them."""
        return Ahead(
            self.row[which],
            self.volume[which],
            self.from_s[which],
            self.until_s[which],
            self.sure[which],
        )


def _foretold(here: Places, velocity_mps: FloatArray, horizon_s: float) -> BoolArray:
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.hypot(*velocity_mps.T) * horizon_s <= MOST_REACH_M
        level = np.abs(here[:, LATITUDE]) <= HIGHEST_LATITUDE_DEG
    return np.asarray(known(here) & near & level, np.bool_)


def _finite(values: FloatArray) -> FloatArray:
    return np.where(np.isfinite(values), values, np.nan)


def _on_ground(
    snapshot: Snapshot,
    course: Course,
    domain: NDArray[np.int8],
    wanted: BoolArray | None,
    held: Held | None,
) -> Ahead:
    volumes = snapshot.volumes
    row = (~np.isnan(course.velocity_deg[:, 0])).nonzero()[0]
    start, move = course.here[row, :2], course.velocity_deg[row] * course.horizon_s
    # Zones end at 180°: what goes on beyond it is looked at once more from the other side.
    end = start[:, LONGITUDE] + move[:, LONGITUDE]
    over = (np.abs(end) > LIMIT_DEG).nonzero()[0]
    other = start[over]
    other[:, LONGITUDE] -= np.sign(end[over]) * 2.0 * LIMIT_DEG
    of = np.concatenate((np.arange(len(row)), over))
    rays = Rays(np.concatenate((start, other)), move[of], domain[row[of]])
    found = over_ground(volumes, rays, _worth(volumes, course, row[of], wanted))
    if held is not None:
        found = _held_on(snapshot, rays, row[of], found, held)
    begin, end = found.begin * course.horizon_s, found.end * course.horizon_s
    return Ahead(row[of[found.ray]], found.volume, begin, end, np.ones(len(begin), np.bool_))


def _held_on(
    snapshot: Snapshot, rays: Rays, row: IntArray, found: OverGround, held: Held
) -> OverGround:
    """Add how far the grown outlines of zones hold the devices that they hold now.

    Not asked where the true outline holds a device throughout. Whoever comes back into a zone
    comes into its true outline. ``row`` is the device of each ray.
    """
    volumes, count = snapshot.volumes, len(snapshot.zones)
    throughout = (found.begin == 0.0) & (found.end == 1.0)
    key = row[found.ray] * count + volumes.slot[found.volume]
    asked = np.setdiff1d(held.row * count + held.slot, key[throughout])
    pairs = [
        (ray, volume)
        for device, slot in zip(*(each.tolist() for each in np.divmod(asked, count)), strict=True)
        for ray in np.flatnonzero(row == device).tolist()
        for volume in snapshot.volumes_of[slot]
    ]
    if not pairs:
        return found
    ray, volume = np.array(pairs, np.int64).T
    concerned = volumes.cells.concerns(volume, rays.layer[ray])
    ray, volume = ray[concerned], volume[concerned]
    grown = over_edges(volumes, volumes.outgrown, rays, ray, volume, volumes.margin_m)
    first = grown.begin == 0.0
    return joined(found, OverGround(*(each[first] for each in grown)))


def _worth(volumes: Volumes, course: Course, row: IntArray, wanted: BoolArray | None) -> Worth:
    """Leave out the zones that are not wanted, and what lies far above or below the whole way."""
    of, heights = volumes.bands, course.here[row, HEIGHTS]
    climbed = course.climb_mps[row, None] * course.horizon_s
    # An unknown height or climb makes a NaN, and a comparison with it is false: not left out.
    highest = heights + np.maximum(climbed, 0.0) + SPARE_M
    lowest = heights + np.minimum(climbed, 0.0) - SPARE_M

    def is_worth(ray: IntArray, volume: IntArray) -> BoolArray:
        told = every_pair(ray, volume) if wanted is None else wanted.take(volumes.slot.take(volume))
        limited = (told & of.bounded.take(volume)).nonzero()[0]
        if limited.size:
            ray, volume = ray[limited], volume[limited]
            above = of.lower_m[volume] > highest[ray, of.lower_column[volume]]
            below = of.upper_m[volume] < lowest[ray, of.upper_column[volume]]
            told[limited] = ~(above | below)
        return told

    return is_worth


def in_bands(bands: Bands, course: Course, ahead: Ahead) -> Ahead:
    """Clip stays to the heights; where a height is not known they are no longer sure."""
    limited = bands.bounded.take(ahead.volume)
    if not limited.any():
        return ahead
    pairs = ahead.picked(limited.nonzero()[0])
    heights, climb = course.here[pairs.row, HEIGHTS], course.climb_mps[pairs.row]
    now = between_heights(bands, pairs.volume, heights)
    starts = pairs.from_s == 0.0
    from_s, until_s, sure = pairs.from_s, pairs.until_s, pairs.sure
    for value, sign in _limits(bands, pairs.volume, heights):
        from_s, until_s = while_not_negative(value, sign * climb, from_s, until_s)
        sure = sure & ~(np.isnan(value) | (np.isfinite(value) & np.isnan(climb)))
    # Without a climb the heights are known now and at no later moment.
    at_once = starts & (from_s == 0.0) & ~sure
    inside = pairs.picked((at_once & (now == Presence.INSIDE)).nonzero()[0])
    instant = inside._replace(until_s=np.zeros(len(inside.row)))
    from_s = np.where(at_once & (now == Presence.OUTSIDE), SOON, from_s)
    clipped = pairs._replace(from_s=from_s, until_s=until_s, sure=sure)
    clipped = clipped.picked((from_s <= until_s).nonzero()[0])
    return _all(ahead.picked((~limited).nonzero()[0]), clipped, instant)


def _limits(
    of: Bands, volume: IntArray, heights: FloatArray
) -> tuple[tuple[FloatArray, float], tuple[FloatArray, float]]:
    """Both limits as what must not be negative, and the sign of the climb in it."""
    pair = np.arange(len(volume))
    lower_m, upper_m = of.lower_m[volume], of.upper_m[volume]
    above = np.where(np.isinf(lower_m), np.inf, heights[pair, of.lower_column[volume]] - lower_m)
    below = np.where(np.isinf(upper_m), np.inf, upper_m - heights[pair, of.upper_column[volume]])
    return (above, 1.0), (below, -1.0)


def _all(*parts: Ahead) -> Ahead:
    return Ahead(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def in_hours(
    scheduled: BoolArray, calendars: Sequence[Calendar | None], course: Course, ahead: Ahead
) -> Ahead:
    """Clip stays to the hours of their volumes; ``scheduled`` are those that have a calendar."""
    timed = scheduled.take(ahead.volume)
    if not timed.any():
        return ahead
    pairs = ahead.picked(timed.nonzero()[0])
    at_s = course.here[pairs.row, AT]
    which = np.stack((pairs.volume, (at_s // HOURS_TOGETHER_S).astype(np.int64)), axis=1)
    groups, group = np.unique(which, axis=0, return_inverse=True)
    open_ = _open_hours_of(calendars, groups.tolist(), course.horizon_s)
    counts = np.array([len(each) for each in open_], np.int64)
    hours_s = np.array([span for each in open_ for span in each], np.float64).reshape(-1, 2)
    found = spread((np.cumsum(counts) - counts)[group.ravel()], counts[group.ravel()])
    of, hour_s = pairs.picked(found.owner), hours_s[found.item] - at_s[found.owner, None]
    clipped = of._replace(
        from_s=np.maximum(of.from_s, hour_s[:, 0]), until_s=np.minimum(of.until_s, hour_s[:, 1])
    )
    clipped = clipped.picked((clipped.from_s <= clipped.until_s).nonzero()[0])
    return _all(ahead.picked((~timed).nonzero()[0]), clipped)


def _open_hours_of(
    calendars: Sequence[Calendar | None], groups: list[list[int]], horizon_s: float
) -> list[list[tuple[float, float]]]:
    """The hours of pairs of a volume and a minute; thousands of zones share a few calendars."""
    asked: dict[tuple[Calendar | None, int], list[tuple[float, float]]] = {}
    found = []
    for volume, minute in groups:
        key = calendars[volume], minute
        if key not in asked:
            asked[key] = _open_hours(key[0], minute * HOURS_TOGETHER_S, horizon_s)
        found.append(asked[key])
    return found


def _open_hours(
    calendar: Calendar | None, from_s: float, horizon_s: float
) -> list[tuple[float, float]]:
    """When a calendar holds, as seconds since 1970, in the minute from a moment and beyond."""
    if calendar is None:
        return []
    to_s = from_s + HOURS_TOGETHER_S + horizon_s
    edges = [from_s]
    while (edge_s := calendar.next_edge_s(edges[-1])) < to_s:
        edges.append(edge_s)
    # A window may be a moment long; and its end belongs to it.
    found = [(edge, edge) for edge in edges[1:] if calendar.holds(edge)]
    edges.append(to_s)
    return found + [span for span in pairwise(edges) if calendar.holds(sum(span) / 2.0)]
