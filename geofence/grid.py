"""The grid that fences are looked up in: cells of a thousandth of a degree, in blocks of 16 × 16.

A cell is some 100 m across, the width at which lookup is fastest: in smaller ones a way crosses
too many, in larger ones too many edges lie. Both corners of a cell belong to it as far as the
arithmetic goes: whoever lists what lies in a cell adds ``MARGIN_DEG`` around it.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

CELLS_PER_DEGREE: Final = 1000
CELL_DEG: Final = 1.0 / CELLS_PER_DEGREE
MARGIN_DEG: Final = 1e-7
"""1 cm: far more than rounding, far less than a cell."""
BLOCK_BITS: Final = 4
BLOCK_CELLS: Final = 1 << BLOCK_BITS
BLOCK_MASK: Final = BLOCK_CELLS - 1
CELLS_IN_BLOCK: Final = BLOCK_CELLS * BLOCK_CELLS
BLOCK_COLUMN_BITS: Final = 15
"""360 000 columns of cells make 22 500 of blocks, which 15 bits hold."""
BLOCK_KEY_BITS: Final = 29
COLUMN_MASK: Final = (1 << BLOCK_COLUMN_BITS) - 1


class Cell(NamedTuple):
    """Columns and rows of cells, counted from 180° W and 90° S; arrays of one shape."""

    column: IntArray
    row: IntArray


def block_of(cell: Cell) -> IntArray:
    """Return the key of the block that each cell lies in."""
    column, row = _on_earth(cell)
    return ((row >> BLOCK_BITS) << BLOCK_COLUMN_BITS) | (column >> BLOCK_BITS)


def place_in_block(cell: Cell) -> IntArray:
    """Return each cell's place within its block, from 0 to 255, row by row."""
    column, row = _on_earth(cell)
    return ((row & BLOCK_MASK) << BLOCK_BITS) | (column & BLOCK_MASK)


def _on_earth(cell: Cell) -> Cell:
    """Return the cells, those before the first column or row as the first.

    What lies along 180° W or 90° S reaches beyond it by ``MARGIN_DEG``. A key below nought would be that
    of no block, and not in the order of the others: cells would then count as filled that are not.
    """
    return Cell(np.maximum(cell.column, 0), np.maximum(cell.row, 0))


def block_centre(block: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return longitude and latitude of the centre of each block."""
    corner = cell_in_block(block, np.zeros_like(block))
    return place_in_cell(corner, BLOCK_CELLS / 2, BLOCK_CELLS / 2)


def cell_in_block(block: IntArray, place: IntArray) -> Cell:
    """Return the cell at a place of a block; the other way round than the two above."""
    column = ((block & COLUMN_MASK) << BLOCK_BITS) | (place & BLOCK_MASK)
    row = ((block >> BLOCK_COLUMN_BITS) << BLOCK_BITS) | (place >> BLOCK_BITS)
    return Cell(column, row)


def place_in_cell(cell: Cell, across: float, up: float) -> tuple[FloatArray, FloatArray]:
    """Return longitude and latitude of a place in each cell, given as shares of its sides."""
    x = (cell.column + across) * CELL_DEG - 180.0
    y = (cell.row + up) * CELL_DEG - 90.0
    return x.astype(np.float64), y.astype(np.float64)


class Spread(NamedTuple):
    """Runs of different lengths laid out one behind the other; arrays of shape (total,)."""

    owner: NDArray[np.intp]
    """Which run each item belongs to."""
    item: IntArray


def spread(first: IntArray, count: IntArray) -> Spread:
    """Return the whole numbers of runs that begin at ``first``, each (n,), and their runs."""
    owner = np.repeat(np.arange(len(count)), count)
    begins = np.cumsum(count) - count
    item = np.repeat(first - begins, count) + np.arange(len(owner))
    return Spread(owner, item)
