"""The bounding boxes of volumes, to be asked which of them a way meets.

A tree takes milliseconds to be made of ten thousand boxes. So few that are new lie beside it, and of those
that are gone it is only known that they are; when these are many, it is made anew.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from geofence.grid import FloatArray, IntArray

BoolArray = NDArray[np.bool_]
MOST_BESIDE: Final = 1_000
"""Boxes beside the tree: the few ways that ask are held against each of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """Geometry of its own: it can be asked while another thread asks the outlines."""

    tree: STRtree
    in_tree: int
    """The boxes of the first rows lie in the tree, those of the others beside it."""
    bounds: FloatArray
    """Shape (n, 4): west, south, east, north."""
    there: BoolArray
    """Whether a volume is still there; arrays of shape (n,)."""

    @classmethod
    def of(cls, bounds: FloatArray, there: BoolArray) -> "Boxes":
        """Lay the boxes of volumes into a tree, which is built and not by the first question."""
        boxes = np.full(len(bounds), None, np.object_)
        boxes[there] = shapely.box(*bounds[there].T)
        tree = STRtree(boxes)
        tree.query(shapely.Point(0.0, 0.0))
        return cls(tree, len(bounds), bounds, there)

    def with_more(self, bounds: FloatArray, gone: IntArray) -> "Boxes":
        """Return the boxes with others behind them, of which some are there no more."""
        everything = np.concatenate((self.bounds, bounds))
        there = np.concatenate((self.there, np.ones(len(bounds), np.bool_)))
        there[gone] = False
        if len(there) - self.in_tree > MOST_BESIDE:
            return Boxes.of(everything, there)
        return Boxes(self.tree, self.in_tree, everything, there)

    def query(self, lines: NDArray[np.object_]) -> tuple[IntArray, IntArray]:
        """Return pairs of a line and a volume whose boxes meet."""
        line, volume = self.tree.query(lines)
        kept = self.there[volume]
        beside = self.in_tree + np.flatnonzero(self.there[self.in_tree :])
        if not beside.size:
            return line[kept], volume[kept]
        west, south, east, north = shapely.bounds(lines).reshape(-1, 4).T[:, :, None]
        box = self.bounds[beside].T
        meets = (west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1])
        more, which = meets.nonzero()
        return np.concatenate((line[kept], more)), np.concatenate((volume[kept], beside[which]))
