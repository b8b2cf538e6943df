"""Inside or not, crossed or not, by the few edges that pass a cell.

A place is on the same side of an outline as the known place of its cell when an even number of
edges lies between them. A vertex on the line between counts once, since both edges that meet in
it find it on the same side. Within a centimetre of an edge the whole outline is asked: there
rounding could decide.
"""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.cells import Borders, Cells
from geofence.grid import FloatArray, IntArray, spread

BoolArray = NDArray[np.bool_]
TOUCH_DEG2 = 1e-18
"""Twice the area between a way and the end of an edge below which they may touch. Rounding is a
ten-thousandth of it; what is let through is asked about exactly."""


class Pairs(NamedTuple):
    """Places and the volumes that have an edge in their cell; arrays of shape (m,)."""

    at: NDArray[np.intp]
    """The index of the place."""
    border: IntArray
    """The row of ``Borders``."""


def at_borders(cells: Cells, number: IntArray) -> Pairs:
    """Return each place's volumes with an edge in its cell; ``number`` are cells, (n,)."""
    first = cells.first_border.take(number)
    found = spread(first, cells.first_border.take(number + 1) - first)
    return Pairs(found.owner, found.item)


class Beside:
    """The edges that pass the cells of pairs, one pair's behind the other's."""

    __slots__ = ("borders", "count", "edges", "first", "known", "pairs")

    def __init__(self, borders: Borders, pairs: Pairs) -> None:
        self.borders = borders
        self.pairs = pairs
        self.count = borders.edge_count.take(pairs.border)
        found = spread(borders.first_edge.take(pairs.border), self.count)
        self.first = np.cumsum(self.count) - self.count
        """Where the edges of each pair begin; none is without."""
        self.edges = borders.edges.take(found.item, axis=0)
        self.known = borders.known.take(pairs.border, axis=0)

    def from_known(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return where each pair's place (n, 2) is, seen from its known place, at each edge."""
        move = at.take(self.pairs.at, axis=0) - self.known
        return np.repeat(move[:, 0], self.count), np.repeat(move[:, 1], self.count)

    def inside(self, ground: NDArray[np.object_], end: FloatArray) -> BoolArray:
        """Tell which pairs' places lie in their volume's outline, its boundary included.

        ``end`` (n, 2) are longitudes and latitudes.
        """
        x, y = self.from_known(end)
        ax, ay, bx, by, of_known, reach = self.edges.T
        one, other = x * ay - y * ax, x * by - y * bx
        side = one - other - of_known
        between = ((one > 0.0) != (other > 0.0)) & ((side > 0.0) != (of_known < 0.0))
        held = self.borders.known_inside.take(self.pairs.border)
        held ^= np.bitwise_xor.reduceat(between, self.first)
        unsure = np.logical_or.reduceat(np.abs(side) <= reach, self.first)
        unsure |= self.borders.doubtful.take(self.pairs.border)
        asked = unsure.nonzero()[0]
        if asked.size:
            volume = self.borders.volume[self.pairs.border[asked]]
            at = end[self.pairs.at[asked]]
            held[asked] = shapely.intersects_xy(ground[volume], at[:, 0], at[:, 1])
        return np.asarray(held, np.bool_)

    def may_cross(self, start: FloatArray, end: FloatArray) -> BoolArray:
        """Tell which pairs' ways may meet an edge in the cell; none that does is missing.

        ``start`` and ``end`` (n, 2) are the ends of the ways.
        """
        from_x, from_y = self.from_known(start)
        to_x, to_y = self.from_known(end)
        ax, ay, bx, by, of_known, _ = self.edges.T
        dx, dy = bx - ax, by - ay
        apart = _same_side(dx * from_y - dy * from_x - of_known, dx * to_y - dy * to_x - of_known)
        move_x, move_y = to_x - from_x, to_y - from_y
        turn = move_x * from_y - move_y * from_x
        apart |= _same_side(move_x * ay - move_y * ax - turn, move_x * by - move_y * bx - turn)
        return np.asarray(~np.logical_and.reduceat(apart, self.first), np.bool_)


def _same_side(one: FloatArray, other: FloatArray) -> BoolArray:
    both_left = np.minimum(one, other) > TOUCH_DEG2
    return np.asarray(both_left | (np.maximum(one, other) < -TOUCH_DEG2), np.bool_)
