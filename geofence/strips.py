"""Outlines cut into strips, so that of each a place is held against a few edges alone. Compiled.

A strip has the edges of its outline that reach into it, and a line across it from the place to the end
of the strip meets as many of them as tell whether the place is inside. The ends of edges are kept as
numbers of half the length, since waiting for memory is what takes time: that moves them by less than a
centimetre, and within two of an edge somebody else decides.
"""

from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.cells import seen
from geofence.compiled import compiled, fetch
from geofence.grid import FloatArray, IntArray, spread
from geofence.looking import ASKED, INSIDE, OUTSIDE
from geofence.room import Room, lines

BoolArray = NDArray[np.bool_]

NEAR_DEG: Final = 2e-7
"""2 cm."""
WIDEST_DEG: Final = 0.7
"""Half-length numbers are true to 0.5 cm so far from where they are counted from."""
EDGES_A_STRIP: Final = 3
MOST_STRIPS: Final = 512
WASTE_ALLOWED: Final = 10_000
"""Strips of outlines that are no more, beside as many as are in use."""
NOWHERE: Final = -1
"""The first strip of a number without an outline: it may be anywhere."""
WHOLE: Final = -2
"""And of one whose whole outline is to be asked."""
WEST, SOUTH, EAST, NORTH, PER_DEGREE, FIRST, COUNT, NEAR = range(8)
WIDTH: Final = 8
"""Numbers in a row of heads: a line of the processor's memory."""


class Strips(NamedTuple):
    """The outlines of numbers."""

    head: FloatArray
    """Shape (n, 8): the box of each, which places are counted from, and how many of its strips a degree has;
    its first strip, or ``NOWHERE`` or ``WHOLE``; how many it has: they lie side by side from south to
    north, or, if it is negative, from west to east; how near to its edges somebody else decides. One row, for
    each is somewhere else in memory."""
    first_edge: IntArray
    """Of each strip, and one more behind the last of each outline."""
    edges: NDArray[np.float32]
    """Shape (m, 4): both ends, seen from the corner of the box; first along the strips, then across."""


def strips_of(outlines: NDArray[np.object_], near_deg: FloatArray | None = None) -> Strips:
    """Cut outlines that are valid, ``None`` where there is none, into strips.

    ``near_deg`` (n,) is how near to each outline somebody else decides, if that is farther than usual;
    infinite of one that is asked as a whole.
    """
    there = np.flatnonzero(outlines != None)  # noqa: E711 -- of each element
    head = lines(len(outlines), WIDTH, np.float64)
    head[:, FIRST] = NOWHERE
    head[:, NEAR] = NEAR_DEG if near_deg is None else np.maximum(near_deg, NEAR_DEG)
    head[there, :PER_DEGREE] = shapely.bounds(outlines[there]).reshape(-1, 4)
    size = head[:, [EAST, NORTH]] - head[:, [WEST, SOUTH]]
    head[there, FIRST] = WHOLE
    is_cut = (size.max(axis=1, initial=0.0) <= WIDEST_DEG) & np.isfinite(head[:, NEAR])
    cut = there[is_cut[there]]
    owner, ends = _edges(outlines[cut])
    number = cut[owner]
    is_wide = size[:, 0] > size[:, 1]
    ends = (ends - head[number][:, [WEST, SOUTH, WEST, SOUTH]]).astype(np.float32)
    ends = np.where(is_wide[number, None], ends, ends[:, [1, 0, 3, 2]])
    longest = np.maximum(size.max(axis=1), NEAR_DEG)
    wanted = np.bincount(number, minlength=len(outlines)) // EDGES_A_STRIP
    strips = np.clip(wanted, 1, MOST_STRIPS)
    head[:, PER_DEGREE] = strips / longest
    first = np.zeros(len(outlines), np.int64)
    head[cut, FIRST] = first[cut] = np.cumsum(strips[cut] + 1) - strips[cut] - 1
    head[cut, COUNT] = np.where(is_wide[cut], -strips[cut], strips[cut])
    low = np.minimum(ends[:, 0], ends[:, 2]).astype(np.float64) - head[number, NEAR]
    high = np.maximum(ends[:, 0], ends[:, 2]).astype(np.float64) + head[number, NEAR]
    last = strips[number] - 1
    begin = np.clip((low * head[number, PER_DEGREE]).astype(np.int64), 0, last)
    until = np.clip((high * head[number, PER_DEGREE]).astype(np.int64), 0, last)
    laid = spread(first[number] + begin, until - begin + 1)
    order = np.argsort(laid.item, kind="stable")
    first_edge = np.searchsorted(laid.item[order], np.arange(int((strips[cut] + 1).sum())))
    edges = ends[laid.owner[order]]
    return Strips(seen(head), seen(first_edge.astype(np.int64)), seen(edges))


def _edges(outlines: NDArray[np.object_]) -> tuple[IntArray, FloatArray]:
    """Return all edges (m, 4) of outlines, and which each is of."""
    parts, of_part = shapely.get_parts(outlines, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    places, of_place = shapely.get_coordinates(rings, return_index=True)
    joined = of_place[1:] == of_place[:-1]
    ends = np.concatenate((places[:-1], places[1:]), axis=1)[joined]
    return of_part[of_ring[of_place[:-1][joined]]], ends


class Rooms(NamedTuple):
    """Where the long arrays of strips lie, with room for more behind them."""

    first_edge: Room[np.int64]
    edges: Room[np.float32]


def with_room(of: Strips) -> tuple[Strips, Rooms]:
    """Return the same strips, and where more may be written behind them."""
    rooms = Rooms(Room(of.first_edge), Room(of.edges))
    return of._replace(first_edge=rooms.first_edge.rows(), edges=rooms.edges.rows()), rooms


def replaced(before: Strips, rooms: Rooms, number: IntArray, some: Strips) -> tuple[Strips, Rooms]:
    """Return strips of which those of numbers, one for each of ``some``, are others.

    What stays is not copied, and those before go on answering as they did.
    """
    known, total = len(before.head), max(len(before.head), int(number.max(initial=-1)) + 1)
    head = lines(total, WIDTH, np.float64)
    head[known:, FIRST] = NOWHERE
    head[:known] = before.head
    head[number] = some.head
    cut = number[some.head[:, FIRST] >= 0]
    head[cut, FIRST] += len(before.first_edge)
    rooms = Rooms(
        rooms.first_edge.added(before.first_edge, some.first_edge + len(before.edges)),
        rooms.edges.added(before.edges, some.edges),
    )
    laid = Strips(seen(head), rooms.first_edge.rows(), rooms.edges.rows())
    in_use = int((np.abs(head[:, COUNT]) + 1)[head[:, FIRST] >= 0].sum())
    if len(laid.first_edge) > 2 * in_use + WASTE_ALLOWED:
        return with_room(_gathered(laid))
    return laid, rooms


def _gathered(of: Strips) -> Strips:
    """Return the same strips without those of outlines that are no more."""
    live = np.flatnonzero(of.head[:, FIRST] >= 0)
    sizes = np.abs(of.head[live, COUNT]).astype(np.int64) + 1
    old = spread(of.head[live, FIRST].astype(np.int64), sizes).item
    ends = np.cumsum(sizes) - 1
    edge_counts = of.first_edge[np.minimum(old + 1, len(of.first_edge) - 1)] - of.first_edge[old]
    edge_counts[ends] = 0
    head = lines(len(of.head), WIDTH, np.float64)
    head[:] = of.head
    head[live, FIRST] = ends - sizes + 1
    item = spread(of.first_edge[old], edge_counts).item
    return Strips(seen(head), first_edge=np.cumsum(edge_counts) - edge_counts, edges=of.edges[item])


@compiled
def hold(
    strips: Strips,
    number: NDArray[np.int32],
    longitude_deg: FloatArray,
    latitude_deg: FloatArray,
    strip: IntArray,
    how: NDArray[np.int8],
) -> None:
    """Write into ``how`` whether the outlines of numbers hold places: ``Presence``, or ``ASKED``.

    All arrays are (n,). A place that is not known is outside, any other is inside a number without an
    outline. ``strip`` is at work.
    """
    known = len(strips.head)
    # In rounds, so that many rows wait for memory together and not each for itself.
    for row in range(len(number)):
        fetch(strips.head, number[row])
    for row in range(len(number)):
        which, x, y = number[row], longitude_deg[row], latitude_deg[row]
        strip[row], how[row] = NOWHERE, OUTSIDE
        if np.isnan(x + y):
            continue
        first = int(strips.head[which, FIRST]) if which < known else NOWHERE
        if first < 0:
            how[row] = ASKED if first == WHOLE else INSIDE
            continue
        west, south = strips.head[which, WEST], strips.head[which, SOUTH]
        if (
            x < west - NEAR_DEG
            or x > strips.head[which, EAST] + NEAR_DEG
            or y < south - NEAR_DEG
            or y > strips.head[which, NORTH] + NEAR_DEG
        ):
            continue
        count = int(strips.head[which, COUNT])
        along = x - west if count < 0 else y - south
        at = int(along * strips.head[which, PER_DEGREE])
        strip[row] = first + min(max(at, 0), abs(count) - 1)
        how[row] = ASKED
        fetch(strips.first_edge, strip[row])
    for row in range(len(number)):
        if strip[row] != NOWHERE:
            fetch(strips.edges, strips.first_edge[strip[row]])
            fetch(strips.edges, strips.first_edge[strip[row] + 1])
    for row in range(len(number)):
        if strip[row] == NOWHERE:
            continue
        which = number[row]
        x = longitude_deg[row] - strips.head[which, WEST]
        y = latitude_deg[row] - strips.head[which, SOUTH]
        along, across = (x, y) if strips.head[which, COUNT] < 0 else (y, x)
        inside, is_near, near = False, False, strips.head[which, NEAR]
        near_2 = near * near
        for edge in range(strips.first_edge[strip[row]], strips.first_edge[strip[row] + 1]):
            a, b = np.float64(strips.edges[edge, 0]), np.float64(strips.edges[edge, 2])
            c, d = np.float64(strips.edges[edge, 1]), np.float64(strips.edges[edge, 3])
            side = (b - a) * (across - c) - (d - c) * (along - a)
            if (a > along) != (b > along) and (side < 0.0) == (b > a):
                inside = not inside
            square = (b - a) * (b - a) + (d - c) * (d - c)
            if (
                side * side <= near_2 * square
                and min(a, b) - near <= along <= max(a, b) + near
                and min(c, d) - near <= across <= max(c, d) + near
            ):
                is_near = True
                break
        if not is_near:
            how[row] = INSIDE if inside else OUTSIDE


NO_STRIPS, NO_ROOMS = with_room(strips_of(np.full(0, None, np.object_)))
