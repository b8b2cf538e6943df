"""What a device passed through between two fixes, though both lie outside.

A fix every second at 20 m/s steps over a fence of 15 m: looking at points alone misses it.
"""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from geofence.exactly import meet, on_the_way
from geofence.holding import DROPPED
from geofence.judge import Presence
from geofence.looking import ASKED, INSIDE, Ways, passing
from geofence.lookup import Found
from geofence.motion import wrapped
from geofence.places import AT, HEIGHTS, LATITUDE, LONGITUDE, Places
from geofence.snapshot import Volumes
from geofence.straight import FULL_TURN_DEG, HALF_TURN_DEG, straight

Span = tuple[float, float]
"""A stretch of the way, as shares of it from 0 (last fix) to 1 (this fix)."""


def touched(volumes: Volumes, way: Ways, found: Found) -> list[tuple[int, int]]:
    """Return rows and volumes of which the row is outside now, but which it met on its way.

    Over the ground but too high, or before opening time, it meets the ground without a question.
    What was dropped is not among them.
    """
    lists = found.lists
    there = (lists.passed_volume[: found.passes] != DROPPED).nonzero()[0]
    if not there.size:
        return []
    row, volume = lists.passed_row[there], lists.passed_volume[there]
    _, counts, _ = _crossings(volumes, way, row, volume)
    # Around a circle or a corridor the outline is but a sketch.
    counts[volumes.is_round[volume]] = -1
    met = (counts > 0) | lists.passed_above[there]
    asked = ((counts < 0) & ~met).nonzero()[0]
    if asked.size:
        which, pair = volume[asked], row[asked]
        start, end = way.start[pair, :AT], way.end[pair, :AT]
        met[asked] = meet(volumes.ground[which], volumes.rims[which], start, end)
    return list(zip(row[met].tolist(), volume[met].tolist(), strict=True))


MOST_CROSSINGS = 64
"""Of one way and one outline; where there are more the geometry library is asked."""


def _crossings(
    volumes: Volumes, way: Ways, row: NDArray[np.int32], volume: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int8]]:
    """Return for pairs what ``passing`` tells: at which shares of the way, how often, and its ends."""
    count = len(row)
    shares, counts = np.empty((count, MOST_CROSSINGS)), np.empty(count, np.int64)
    ends = np.empty((count, 2), np.int8)
    passing(volumes.grid, way, row, volume, shares, counts, ends)
    return shares, counts, ends


@dataclass(frozen=True, slots=True)
class Passage:
    """How a way meets one volume."""

    share: float
    """Where the way first is in the volume, from 0 (last fix) to 1 (this fix)."""
    presence: Presence
    """INSIDE, or UNKNOWN when a height that decides is not known."""


def passage(
    volumes: Volumes, volume: int, way: Ways, row: int, since_s: float = -math.inf
) -> Passage | None:
    """Look closely at one way and one volume that it touches, from a moment of it on.

    Heights and times run evenly from one fix to the other, so the way is clipped to the
    height band and to the hours, not only to the ground.
    """
    found = None
    start, end = way.start[row], way.end[row]
    for whole in _over_ground(volumes, volume, way, row):
        span = _from(since_s, start, end, whole)
        passed = None if span is None else _between_limits(volumes, volume, start, end, span)
        if passed is not None and passed.presence is Presence.INSIDE:
            return passed
        found = found or passed
    return found


def _from(since_s: float, start: Places, end: Places, span: Span) -> Span | None:
    """Return the part of a stretch that is passed from a moment on."""
    if since_s <= start[AT]:
        return span
    lasts_s = float(end[AT] - start[AT])
    low = max(span[0], (since_s - float(start[AT])) / lasts_s) if lasts_s > 0.0 else math.inf
    return (low, span[1]) if low <= span[1] else None


def place_on_the_way(start: Places, end: Places, share: float) -> tuple[float, float, float]:
    """Return longitude, latitude and time at a share of the way."""
    longitude, latitude, at_s = (start[:3] + share * _move(start, end)).tolist()
    if abs(longitude) > HALF_TURN_DEG:
        longitude -= math.copysign(FULL_TURN_DEG, longitude)
    return longitude, latitude, at_s


def _move(start: Places, end: Places) -> NDArray[np.float64]:
    """How longitude, latitude and time change, the longitude the short way round."""
    move: NDArray[np.float64] = end[:3] - start[:3]
    if abs(move[LONGITUDE]) > HALF_TURN_DEG:
        move[LONGITUDE] -= math.copysign(FULL_TURN_DEG, move[LONGITUDE])
    return move


def _over_ground(volumes: Volumes, volume: int, way: Ways, row: int) -> list[Span]:
    """The stretches of the way over the ground of a volume that it touches, in order."""
    rim = volumes.rims[volume]
    if rim is not None:
        return on_the_way(rim, way.start[row, :AT], way.end[row, :AT])
    pair = np.array([row], np.int32), np.array([volume], np.int32)
    (shares,), (count,), (ends,) = _crossings(volumes, way, *pair)
    ground = volumes.ground[volume]
    if count > 0:
        begins, comes_to = ends.tolist()
        lies_in = _lies_in(ground, begins, way.start[row])
        turns = [*([0.0] if lies_in else []), *shares[:count].tolist()]
        ends_in = _lies_in(ground, comes_to, way.end[row])
        if len(turns) % 2 == ends_in:
            turns += [1.0] if ends_in else []
            return list(zip(turns[::2], turns[1::2], strict=True))
    return _over_outline(ground, way.start[row], way.end[row])


def _lies_in(ground: Polygon | MultiPolygon, side: int, place: Places) -> bool:
    """Tell whether a place is over a ground, by the side of the outline that it is on if that is known."""
    if side == ASKED:
        return bool(shapely.intersects_xy(ground, place[LONGITUDE], place[LATITUDE]))
    return side == INSIDE


def _over_outline(ground: Polygon | MultiPolygon, start: Places, end: Places) -> list[Span]:
    move = _move(start, end)
    axis = LONGITUDE if abs(move[LONGITUDE]) >= abs(move[LATITUDE]) else LATITUDE
    if move[axis] == 0.0:
        return [(0.0, 1.0)]
    (line,) = straight(start[None, :2], end[None, :2])
    spans = [
        _span(_along(shapely.get_coordinates(part), start, axis) / move[axis])
        for part in shapely.get_parts(line.intersection(ground))
    ]
    # Rounding may leave nothing of a bare touch: then the whole way counts.
    return sorted(spans) or [(0.0, 1.0)]


def _along(places: NDArray[np.float64], start: Places, axis: int) -> NDArray[np.float64]:
    """How far along an axis places are from the start; a piece beyond the antimeridian is near it."""
    far = places[:, axis] - start[axis]
    return wrapped(far) if axis == LONGITUDE else far


def _span(shares: NDArray[np.float64]) -> Span:
    within = np.clip(shares, 0.0, 1.0)
    return float(within.min()), float(within.max())


def _between_limits(
    volumes: Volumes, volume: int, start: Places, end: Places, span: Span
) -> Passage | None:
    clipped: Span | None = span
    known = True
    if volumes.bands.bounded[volume]:
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
