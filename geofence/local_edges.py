"""The few edges that pass the cells of places, laid out one behind the other."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.cells import Borders, Cells
from geofence.grid import FloatArray, IntArray, spread


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
        self.count = borders.edge_count[pairs.border].astype(np.int64)
        found = spread(borders.first_edge[pairs.border].astype(np.int64), self.count)
        self.first = np.cumsum(self.count) - self.count
        """Where the edges of each pair begin; none is without."""
        self.edges = borders.edges.take(found.item, axis=0)
        self.known = borders.known[pairs.border]

    def from_known(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return where each pair's place (n, 2) is, seen from its known place, at each edge."""
        move = at.take(self.pairs.at, axis=0) - self.known
        return np.repeat(move[:, 0], self.count), np.repeat(move[:, 1], self.count)
