"""What a device passed through between two fixes, though both lie outside.

A fix every second at 20 m/s steps over a fence of 15 m: looking at points alone misses it.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

from geofence.grid import IntArray
from geofence.judge import Presence
from geofence.lookup import Found, Lines
from geofence.places import AT, HEIGHTS, LATITUDE, LONGITUDE, Places
from geofence.presence import OUTSIDE, Over
from geofence.snapshot import Volumes

Span = tuple[float, float]
"""A stretch of the way, as shares of it from 0 (last fix) to 1 (this fix)."""


@dataclass(frozen=True, slots=True)
class Ways:
    """The straight ways from each device's last fix to this one."""

    start: Places
    end: Places
    judged: NDArray[np.bool_]
    """Whether there is a way: a last fix, and neither gap nor jump since."""

    def lines(self, domain: NDArray[np.int8]) -> Lines:
        """Return them over the ground; a row without a way has its place as both ends."""
        # A segment from NaN "intersects" every polygon: it must not reach the geometry library.
        start = np.where(self.judged[:, None], self.start[:, :2], self.end[:, :2])
        return Lines(start, self.end[:, :2], self.judged, domain)


def ways(start: Places, end: Places, wanted: NDArray[np.bool_]) -> Ways:
    """Lay ways between known places; a start that is not known makes none."""
    return Ways(start, end, wanted & ~np.isnan(start[:, LONGITUDE]))


def touched(volumes: Volumes, way: Ways, found: Found, pairs: Over) -> list[tuple[int, int]]:
    """Return rows and volumes of which the row is outside now, but which it met on its way.

    Over the ground but too high, or before opening time, it meets the ground without a question.
    """
    outside = (pairs.presence == OUTSIDE) & way.judged.take(pairs.row)
    above = _may_meet(volumes, pairs.row[outside], pairs.volume[outside], way)
    met = _listed(pairs.row[outside][above], pairs.volume[outside][above])
    beside = _may_meet(volumes, found.passed_row, found.passed_volume, way)
    row, volume = found.passed_row[beside], found.passed_volume[beside]
    if row.size:
        ends = np.stack((way.start[row, :2], way.end[row, :2]), axis=1)
        crossed = shapely.intersects(volumes.ground[volume], shapely.linestrings(ends))
        met.extend(_listed(row[crossed], volume[crossed]))
    return met


def _listed(row: IntArray, volume: IntArray) -> list[tuple[int, int]]:
    return list(zip(row.tolist(), volume.tolist(), strict=True))


def _may_meet(volumes: Volumes, row: IntArray, volume: IntArray, way: Ways) -> NDArray[np.bool_]:
    """Drop pairs that heights or hours rule out, before anything is asked about the ground."""
    meet = _heights_meet(volumes, row, volume, way)
    timed = (meet & volumes.scheduled.take(volume)).nonzero()[0]
    if timed.size:
        at = row[timed]
        meet[timed] = ~volumes.openings.never(volume[timed], way.start[at, AT], way.end[at, AT])
    return meet


def _heights_meet(
    volumes: Volumes, row: IntArray, volume: IntArray, way: Ways
) -> NDArray[np.bool_]:
    """Drop pairs whose heights at both ends are on the same side of the band.

    A drone that flies above a surface of the size of a city would else be looked at closely
    at every fix.
    """
    meet = np.ones(len(row), np.bool_)
    pairs = volumes.bands.bounded[volume].nonzero()[0]
    if not pairs.size:
        return meet
    of, part, at = volumes.bands, volume[pairs], row[pairs]
    lower, upper = of.lower_column[part] + HEIGHTS.start, of.upper_column[part] + HEIGHTS.start
    # maximum and minimum keep a NaN, and a comparison with it is false: unknown is kept.
    under = np.maximum(way.start[at, lower], way.end[at, lower]) < of.lower_m[part]
    above = np.minimum(way.start[at, upper], way.end[at, upper]) > of.upper_m[part]
    meet[pairs] = ~(under | above)
    return meet


@dataclass(frozen=True, slots=True)
class Passage:
    """How a way meets one volume."""

    share: float
    """Where the way first is in the volume, from 0 (last fix) to 1 (this fix)."""
    presence: Presence
    """INSIDE, or UNKNOWN when a height that decides is not known."""


def passage(volumes: Volumes, volume: int, start: Places, end: Places) -> Passage | None:
    """Look closely at one way (two places, (6,) each) and one volume that it touches.

    Heights and times run evenly from one fix to the other, so the way is clipped to the
    height band and to the hours, not only to the ground.
    """
    found = None
    for span in _over_ground(volumes, volume, start, end):
        passed = _between_limits(volumes, volume, start, end, span)
        if passed is not None and passed.presence is Presence.INSIDE:
            return passed
        found = found or passed
    return found


def place_on_the_way(start: Places, end: Places, share: float) -> tuple[float, float, float]:
    """Return longitude, latitude and time at a share of the way."""
    longitude, latitude, at_s = (start[:3] + share * (end[:3] - start[:3])).tolist()
    return longitude, latitude, at_s


def _over_ground(volumes: Volumes, volume: int, start: Places, end: Places) -> list[Span]:
    """The stretches of the way over the ground of a volume that it touches, in order."""
    move = end[:2] - start[:2]
    axis = LONGITUDE if abs(move[LONGITUDE]) >= abs(move[LATITUDE]) else LATITUDE
    if move[axis] == 0.0:
        return [(0.0, 1.0)]
    inside = LineString((start[:2], end[:2])).intersection(volumes.ground[volume])
    spans = [
        _span((shapely.get_coordinates(part)[:, axis] - start[axis]) / move[axis])
        for part in shapely.get_parts(inside)
    ]
    # Rounding may leave nothing of a bare touch: then the whole way counts.
    return sorted(spans) or [(0.0, 1.0)]


def _span(shares: NDArray[np.float64]) -> Span:
    within = np.clip(shares, 0.0, 1.0)
    return float(within.min()), float(within.max())


def _between_limits(
    volumes: Volumes, volume: int, start: Places, end: Places, span: Span
) -> Passage | None:
    clipped, known = _clip_to_band(volumes, volume, start, end, span)
    share = None if clipped is None else _first_in_hours(volumes, volume, start, end, clipped)
    if share is None:
        return None
    return Passage(share, Presence.INSIDE if known else Presence.UNKNOWN)


def _clip_to_band(
    volumes: Volumes, volume: int, start: Places, end: Places, span: Span
) -> tuple[Span | None, bool]:
    """The stretch within the limits whose heights are known, and whether all are."""
    of, known = volumes.bands, True
    clipped: Span | None = span
    for limit_m, column, sign in (
        (of.lower_m[volume], of.lower_column[volume], 1.0),
        (of.upper_m[volume], of.upper_column[volume], -1.0),
    ):
        if np.isinf(limit_m) or clipped is None:
            continue
        first, last = start[HEIGHTS][column], end[HEIGHTS][column]
        if np.isnan(first) or np.isnan(last):
            known = False
            continue
        clipped = _not_negative(sign * (first - limit_m), sign * (last - limit_m), clipped)
    return clipped, known


def _not_negative(first: float, last: float, span: Span) -> Span | None:
    """The part of a stretch on which a value that runs from first to last is not negative."""
    low, high = span
    if first < 0.0 and last < 0.0:
        return None
    if first < 0.0:
        low = max(low, first / (first - last))
    elif last < 0.0:
        high = min(high, first / (first - last))
    return (float(low), float(high)) if low <= high else None


def _first_in_hours(
    volumes: Volumes, volume: int, start: Places, end: Places, span: Span
) -> float | None:
    """The first share of a stretch at which the volume's schedule holds."""
    calendar = volumes.calendars[volume]
    if calendar is None:
        return span[0]
    lasts_s = float(end[AT] - start[AT])
    from_s, to_s = (float(start[AT]) + share * lasts_s for share in span)
    first_s = calendar.first_holding(min(from_s, to_s), max(from_s, to_s))
    if first_s is None or lasts_s <= 0.0:
        return None if first_s is None else span[0]
    return max(span[0], min(span[1], (first_s - float(start[AT])) / lasts_s))
