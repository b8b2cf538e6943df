"""Surfaces that heights are measured from: the ground, and the sea as it would stand below it."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Surface(Protocol):
    """How high a surface is at a place."""

    def height_m(self, longitude_deg: float | None, latitude_deg: float | None) -> float | None:
        """Return the height at a place (WGS 84); ``None`` where it is not known."""


@dataclass(frozen=True, slots=True)
class Level:
    """One height for a city that is flat enough, also where the place is not known."""

    everywhere_m: float

    def height_m(self, longitude_deg: float | None, latitude_deg: float | None) -> float | None:
        """Return the one height."""
        return self.everywhere_m


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Heights of cells, rows from the north and columns from the west; NaN is not known.

    Between the middles of cells the height runs evenly; where one of the cells that it would run
    between is not known, nor is it. Beyond the edge nothing is known.
    """

    west_deg: float
    """Of the outer edge of the first column."""
    north_deg: float
    cell_deg: tuple[float, float]
    """Width and height of a cell, both above 0."""
    cells_m: NDArray[np.float32]

    def height_m(self, longitude_deg: float | None, latitude_deg: float | None) -> float | None:
        """Return the height at a place; ``None`` where the place or its height is not known."""
        if longitude_deg is None or latitude_deg is None:
            return None
        rows, columns = self.cells_m.shape
        column = (longitude_deg - self.west_deg) / self.cell_deg[0]
        row = (self.north_deg - latitude_deg) / self.cell_deg[1]
        # Comparisons with NaN are false: no such place.
        if not (0.0 <= column <= columns and 0.0 <= row <= rows):
            return None
        west, east, to_east = _between(column - 0.5, columns)
        north, south, to_south = _between(row - 0.5, rows)
        upper = self._along(north, west, east, to_east)
        lower = self._along(south, west, east, to_east)
        found_m = upper + to_south * (lower - upper)
        return None if math.isnan(found_m) else found_m

    def _along(self, row: int, west: int, east: int, share: float) -> float:
        first, last = float(self.cells_m[row, west]), float(self.cells_m[row, east])
        return first + share * (last - first)


def _between(at: float, count: int) -> tuple[int, int, float]:
    """The two cells whose middles are around, and how far it is from the first to the second."""
    # In the middle of a cell, but for rounding, its neighbour has no say, nor whether it is known.
    within = round(min(max(at, 0.0), count - 1.0), 6)
    first = math.floor(within)
    return first, math.ceil(within), within - first
