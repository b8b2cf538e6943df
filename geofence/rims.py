"""The edges of circles and corridors as they are: so far from a place or a line, and not a chord of it.

An outline of corners is as true as it has corners: a circle of 10 km needs 7 000 to be true to a
millimetre. So outlines only say where to look, and near them the distance over the ground decides. It is
worked out in the frame of the circle's middle, and in one for each stretch of a line that is so short
that nothing within the corridor is off by more than ``OFF_M``.
"""

import math
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.cells import seen
from geofence.compiled import compiled, inlined
from geofence.frame import ECCENTRICITY_2, LONG_EDGE_M, SEMI_MAJOR_M, Frame, dense_line
from geofence.zone import Area, Circle, Corridor, Shape

FloatArray = NDArray[np.float64]
Span = tuple[float, float]
"""A stretch of a way, as shares of it from 0 to 1, both ends included."""

OFF_M: Final = 2e-4
"""What two places near the edge of a frame may be farther apart than they are in it."""
SHORTEST_M: Final = 1_000.0
"""No stretch of a line is cut shorter, however wide its corridor is."""
BOW_M: Final = 1e-4
"""So much may a way, which is straight in degrees, bend in metres before it is looked at in parts."""
MOST_PARTS: Final = 4_096
HALF_TURN_M: Final = math.pi * SEMI_MAJOR_M
FAR_M: Final = 0.6 * HALF_TURN_M
"""No way between two places that are both farther off than this leads over the middle of a frame."""


class Rim(NamedTuple):
    """All places within a reach of some pieces of a line; a piece without length is a place.

    Lengths over the ground are those of the WGS 84 ellipsoid. Read-only arrays.
    """

    frames: FloatArray
    """Shape (f, 11): see ``Frame.figures``."""
    pieces: FloatArray
    """Shape (k, 5): the number of the frame, ascending, and both ends in its metres."""
    reach_m: float


def rim_of(shape: Shape) -> Rim | None:
    """Return the edge of a circle or a corridor; an area has none but its outline."""
    match shape:
        case Area():
            return None
        case Circle() as circle:
            frame = Frame(circle.longitude_deg, circle.latitude_deg)
            return Rim(seen(frame.figures()[None]), seen(np.zeros((1, 5))), circle.radius_m)
        case Corridor() as corridor:
            return _around(corridor)


def _around(corridor: Corridor) -> Rim:
    line = dense_line(shapely.get_coordinates(corridor.line))
    ends = _stretches_of(line, furthest_m(corridor.half_width_m))
    frames, pieces = [], []
    for number, (first, last) in enumerate(pairwise(ends)):
        places = line[first : last + 1]
        frame = Frame(*((places.min(axis=0) + places.max(axis=0)) / 2.0).tolist())
        metres = frame.to_metres(places)
        frames.append(frame.figures())
        numbers = np.full((last - first, 1), float(number))
        pieces.append(np.hstack((numbers, metres[:-1], metres[1:])))
    return Rim(seen(np.array(frames)), seen(np.concatenate(pieces)), corridor.half_width_m)


def furthest_m(half_width_m: float) -> float:
    """Return how far from the middle of its frame the line of a corridor may lie.

    Two places that are ``d`` apart at ``r`` from the middle are shown up to ``d r²/6R²`` too far apart.
    """
    at_most = SEMI_MAJOR_M * math.sqrt(6.0 * OFF_M / half_width_m)
    return max(at_most - half_width_m, SHORTEST_M)


def _stretches_of(line: FloatArray, reach_m: float) -> list[int]:
    """Return at which corners a line is cut so that no stretch is longer than twice the reach."""
    west, south = line.min(axis=0)
    east, north = line.max(axis=0)
    metres = Frame((west + east) / 2.0, (south + north) / 2.0).to_metres(line)
    if float(np.hypot(*metres.T).max()) <= reach_m:
        return [0, len(line) - 1]
    along_m = np.cumsum(np.hypot(*np.diff(metres, axis=0).T))
    stretch = (along_m / (2.0 * reach_m - LONG_EDGE_M)).astype(np.int64)
    cuts = (stretch[1:] != stretch[:-1]).nonzero()[0] + 1
    return [0, *cuts.tolist(), len(line) - 1]


def beyond_m(rim: Rim, longitude_deg: float, latitude_deg: float) -> float:
    """Return how far a place is beyond the edge, negative within; NaN of one that is not known."""
    return float(away_m(rim.frames, rim.pieces, longitude_deg, latitude_deg)) - rim.reach_m


def all_beyond_m(rim: Rim, lonlat_deg: FloatArray) -> FloatArray:
    """Return the same for known places (n, 2)."""
    found = np.empty(len(lonlat_deg))
    away_each_m(rim.frames, rim.pieces, np.ascontiguousarray(lonlat_deg), found)
    return found - rim.reach_m


def stretches(rim: Rim, start: FloatArray, move: FloatArray, margin_m: float = 0.0) -> list[Span]:
    """Return on which shares of a way it is within the edge, or so little beyond it; in order.

    ``start`` and ``move`` (2,) are in degrees, longitude and latitude; the way is straight in them.
    """
    spans = np.empty((len(rim.pieces) + 1, 2))
    begin_x, begin_y, move_x, move_y = (float(each) for each in (*start, *move))
    reach_m = rim.reach_m + margin_m
    count = within(rim.frames, rim.pieces, reach_m, begin_x, begin_y, move_x, move_y, spans)
    return [(low, high) for low, high in spans[:count].tolist()]


@inlined
def _metres(
    frames: FloatArray, frame: int, longitude_deg: float, latitude_deg: float
) -> tuple[float, float]:
    """Return what ``Frame.to_metres`` does, of one place, and of one beyond the horizon how far it is.

    There a place lies over the plane as its antipode does, but is half a turn less that away.
    """
    lon, lat = longitude_deg * (np.pi / 180.0), latitude_deg * (np.pi / 180.0)
    sine = np.sin(lat)
    across = SEMI_MAJOR_M / np.sqrt(1.0 - ECCENTRICITY_2 * sine * sine)
    level = across * np.cos(lat)
    x, y = level * np.cos(lon), level * np.sin(lon)
    z = across * (1.0 - ECCENTRICITY_2) * sine
    up = x * frames[frame, 0] + y * frames[frame, 1] + z * frames[frame, 2]
    x, y, z = x - frames[frame, 0], y - frames[frame, 1], z - frames[frame, 2]
    east = x * frames[frame, 3] + y * frames[frame, 4] + z * frames[frame, 5]
    north = x * frames[frame, 6] + y * frames[frame, 7] + z * frames[frame, 8]
    square, ratio = east * east + north * north, 1.0
    # Nearer than a millimetre to the middle the plane is the ellipsoid.
    if square > 1e-6:
        curvature = north * north * frames[frame, 9] + east * east * frames[frame, 10]
        flat = min(curvature / np.sqrt(square), 1.0)
        ratio = (np.arcsin(flat) if up >= 0.0 else np.pi - np.arcsin(flat)) / flat
    elif up < 0.0:
        east, north = 0.0, HALF_TURN_M
    return east * ratio, north * ratio


@inlined
def _square_m2(pieces: FloatArray, piece: int, x: float, y: float) -> float:
    """Return the square of how far a place is from a piece."""
    ax, ay = x - pieces[piece, 1], y - pieces[piece, 2]
    dx, dy = pieces[piece, 3] - pieces[piece, 1], pieces[piece, 4] - pieces[piece, 2]
    square, share = dx * dx + dy * dy, 0.0
    if square > 0.0:
        share = min(max((ax * dx + ay * dy) / square, 0.0), 1.0)
    bx, by = ax - share * dx, ay - share * dy
    return float(bx * bx + by * by)


@compiled
def away_m(
    frames: FloatArray, pieces: FloatArray, longitude_deg: float, latitude_deg: float
) -> float:
    """Return how far a place is from the nearest of pieces; NaN of one that is not known."""
    least, known, x, y = np.inf, -1, 0.0, 0.0
    for piece in range(len(pieces)):
        frame = int(pieces[piece, 0])
        if frame != known:
            known = frame
            x, y = _metres(frames, frame, longitude_deg, latitude_deg)
        square = _square_m2(pieces, piece, x, y)
        if not square >= least:
            least = square
    return float(np.sqrt(least))


@compiled
def away_each_m(
    frames: FloatArray, pieces: FloatArray, lonlat_deg: FloatArray, found: FloatArray
) -> None:
    """Write into ``found`` (n,) how far places (n, 2) are from the nearest of pieces."""
    found[:] = np.inf
    first = 0
    while first < len(pieces):
        frame, last = int(pieces[first, 0]), first + 1
        while last < len(pieces) and int(pieces[last, 0]) == frame:
            last += 1
        for place in range(len(found)):
            x, y = _metres(frames, frame, lonlat_deg[place, 0], lonlat_deg[place, 1])
            for piece in range(first, last):
                found[place] = min(found[place], np.sqrt(_square_m2(pieces, piece, x, y)))
        first = last


@inlined
def _near_place(
    cx: float, cy: float, reach_m: float, ax: float, ay: float, bx: float, by: float
) -> tuple[float, float]:
    """Return from where to where a way of metres is within reach of a place; (1, 0) where it is not."""
    low, high, dx, dy = 1.0, 0.0, bx - ax, by - ay
    square = dx * dx + dy * dy
    if square == 0.0:
        if (cx - ax) * (cx - ax) + (cy - ay) * (cy - ay) <= reach_m * reach_m:
            low, high = 0.0, 1.0
    else:
        along = ((cx - ax) * dx + (cy - ay) * dy) / square
        beside = ((cx - ax) * dy - (cy - ay) * dx) / square
        half = reach_m * reach_m / square - beside * beside
        if half >= 0.0:
            half = np.sqrt(half)
            low, high = max(0.0, along - half), min(1.0, along + half)
    return low, high


@inlined
def _while_between(first: float, last: float, least: float, most: float) -> tuple[float, float]:
    """Return while what runs evenly from first to last lies between two values; (1, 0) for never."""
    low, high = 1.0, 0.0
    if first == last:
        if least <= first <= most:
            low, high = 0.0, 1.0
    else:
        one, other = (least - first) / (last - first), (most - first) / (last - first)
        low, high = max(0.0, min(one, other)), min(1.0, max(one, other))
    return low, high


@inlined
def _near_piece(
    pieces: FloatArray, piece: int, reach_m: float, ax: float, ay: float, bx: float, by: float
) -> tuple[float, float]:
    """Return from where to where a way is within reach of a piece: once, for that has no dents."""
    cx, cy, dx, dy = pieces[piece, 1], pieces[piece, 2], pieces[piece, 3], pieces[piece, 4]
    low, high = _near_place(cx, cy, reach_m, ax, ay, bx, by)
    length = np.hypot(dx - cx, dy - cy)
    if length > 0.0:
        one, other = _near_place(dx, dy, reach_m, ax, ay, bx, by)
        if one <= other:
            low, high = (min(low, one), max(high, other)) if low <= high else (one, other)
        ux, uy = (dx - cx) / length, (dy - cy) / length
        first, last = (ax - cx) * ux + (ay - cy) * uy, (bx - cx) * ux + (by - cy) * uy
        begin, finish = _while_between(first, last, 0.0, length)
        first, last = (ay - cy) * ux - (ax - cx) * uy, (by - cy) * ux - (bx - cx) * uy
        one, other = _while_between(first, last, -reach_m, reach_m)
        one, other = max(begin, one), min(finish, other)
        if one <= other:
            low, high = (min(low, one), max(high, other)) if low <= high else (one, other)
    return low, high


@inlined
def _put(spans: FloatArray, count: int, low: float, high: float) -> int:
    """Put a stretch among others, which are in order and apart; return how many there are then."""
    first = 0
    while first < count and spans[first, 1] < low:
        first += 1
    last = first
    while last < count and spans[last, 0] <= high:
        low, high = min(low, spans[last, 0]), max(high, spans[last, 1])
        last += 1
    if last == first:
        # There is room for one of each piece. If a way came to one twice, the gap would be lost.
        if count == len(spans):
            at = min(first, count - 1)
            spans[at, 0], spans[at, 1] = min(low, spans[at, 0]), max(high, spans[at, 1])
            return count
        for at in range(count, first, -1):
            spans[at, 0], spans[at, 1] = spans[at - 1, 0], spans[at - 1, 1]
        last, count = first + 1, count + 1
    gone = last - first - 1
    for at in range(first + 1, count - gone):
        spans[at, 0], spans[at, 1] = spans[at + gone, 0], spans[at + gone, 1]
    spans[first, 0], spans[first, 1] = low, high
    return count - gone


@inlined
def _parts(
    frames: FloatArray, frame: int, start_x: float, start_y: float, move_x: float, move_y: float
) -> int:
    """Return in how many parts a way is looked at, each of which is straight in metres."""
    ax, ay = _metres(frames, frame, start_x, start_y)
    bx, by = _metres(frames, frame, start_x + move_x, start_y + move_y)
    bow = 0.0
    for quarter in range(1, 4):
        share = quarter / 4.0
        x, y = _metres(frames, frame, start_x + share * move_x, start_y + share * move_y)
        off = np.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay))
        bow = max(bow, off / (4.0 * share * (1.0 - share)))
    return min(1 + int(np.sqrt(bow / BOW_M)), MOST_PARTS)


@compiled
def within(
    frames: FloatArray,
    pieces: FloatArray,
    reach_m: float,
    start_x: float,
    start_y: float,
    move_x: float,
    move_y: float,
    spans: FloatArray,
) -> int:
    """Write on which shares of a way it is within reach of pieces; return how many stretches.

    ``spans`` (m, 2) are in order and apart. All must be known places.
    """
    count, first = 0, 0
    while first < len(pieces):
        frame, last = int(pieces[first, 0]), first + 1
        while last < len(pieces) and int(pieces[last, 0]) == frame:
            last += 1
        parts = _parts(frames, frame, start_x, start_y, move_x, move_y)
        ax, ay = _metres(frames, frame, start_x, start_y)
        for part in range(parts):
            share = (part + 1) / parts
            bx, by = _metres(frames, frame, start_x + share * move_x, start_y + share * move_y)
            # About the antipode directions turn round: a way by it would lead through the middle.
            if min(ax * ax + ay * ay, bx * bx + by * by) <= FAR_M * FAR_M:
                for piece in range(first, last):
                    low, high = _near_piece(pieces, piece, reach_m, ax, ay, bx, by)
                    if low <= high:
                        count = _put(spans, count, (part + low) / parts, (part + high) / parts)
            ax, ay = bx, by
        first = last
    return count
