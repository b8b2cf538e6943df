"""Which volumes a batch of ways has to do with: those it ends in, and those it may pass.

The grid answers for ways of a few cells. A longer one, after a gap or of something fast, is looked
up in the tree of the volumes' boxes, and so are batches so small that the fixed price of the grid
would be most of the time.
"""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.cells import Borders, Cells
from geofence.grid import Cell, FloatArray, IntArray, cells_at, spread
from geofence.local_edges import Beside, Pairs, at_borders

BoolArray = NDArray[np.bool_]

MOST_CELLS = 9
"""In the box of a way that the grid is asked about."""
FEW_CANDIDATES = 40.0
"""So many boxes around the places of a batch are asked about as fast as the grid. How many there
will be is told by how densely the boxes lie."""
FEW_PAIRS = 40
"""So many outlines are asked one by one as fast as their local edges all together: a microsecond
each against the fixed price of some thirty calls."""


class Lines(NamedTuple):
    """Straight ways, each from its start to its end; arrays of shape (n,) or (n, 2)."""

    start: FloatArray
    """Longitude and latitude; of a row without a way, anything known."""
    end: FloatArray
    is_way: BoolArray
    layer: NDArray[np.int8]


class Found(NamedTuple):
    """What a batch of ways has to do with."""

    filled_by: NDArray[np.int32]
    """For each row the number of the set of volumes that fill the cell of its end."""
    row: IntArray
    """Pairs of a row and a volume, not of that set, whose outline holds the row's end."""
    volume: IntArray
    passed_row: IntArray
    """Pairs whose way may meet the outline though it does not end in it. Some do not, and a pair
    may be here twice."""
    passed_volume: IntArray


def look_up(cells: Cells, tree: shapely.STRtree, ground: NDArray[np.object_], of: Lines) -> Found:
    """Return what the rows have to do with. All places must be known."""
    if len(of.end) * cells.density <= FEW_CANDIDATES:
        return _by_tree(cells, tree, ground, of)
    here = cells_at(of.end[:, 0], of.end[:, 1])
    number = cells.at(here, of.layer)
    pairs = at_borders(cells, number)
    held, met = _judged(cells, ground, pairs, of)
    volume = cells.borders.volume.take(pairs.border)
    ends = [(pairs.at[held], volume[held])]
    passed = [(pairs.at[met], volume[met])]
    way = of.is_way.nonzero()[0]
    if way.size:
        passed.extend(_passed_elsewhere(cells, tree, here, way, of))
    if any(cells.wide):
        _add_wide(cells, ground, of, ends, passed)
    row, volume = _joined(ends)
    return Found(cells.filled_by.take(number), row, volume, *_joined(passed))


def _by_tree(cells: Cells, tree: shapely.STRtree, ground: NDArray[np.object_], of: Lines) -> Found:
    every = np.arange(len(of.end))
    row, volume = _in_tree(cells, tree, of, every)
    end = of.end.take(row, axis=0)
    # contains_xy would leave the boundary out; a tree query with a predicate would test the
    # unprepared polygons.
    held = np.asarray(shapely.intersects_xy(ground.take(volume), end[:, 0], end[:, 1]), np.bool_)
    met = ~held & of.is_way.take(row)
    nothing = np.zeros(len(every), np.int32)
    return Found(nothing, row[held], volume[held], row[met], volume[met])


def _judged(
    cells: Cells, ground: NDArray[np.object_], pairs: Pairs, of: Lines
) -> tuple[BoolArray, BoolArray]:
    """Tell which pairs hold the end of their way, and which others it may pass in that cell."""
    if len(pairs.at) <= FEW_PAIRS:
        inside = held(cells.borders, ground, pairs, of.end)
        return inside, ~inside & of.is_way.take(pairs.at)
    beside = Beside(cells.borders, pairs)
    inside = beside.inside(ground, of.end)
    return inside, beside.may_cross(of.start, of.end) & ~inside & of.is_way.take(pairs.at)


def held(borders: Borders, ground: NDArray[np.object_], pairs: Pairs, at: FloatArray) -> BoolArray:
    """Tell which pairs' places lie in their volume's outline, its boundary included.

    ``at`` (n, 2) are longitudes and latitudes, each in the cell of its pairs.
    """
    if len(pairs.at) > FEW_PAIRS:
        return Beside(borders, pairs).inside(ground, at)
    place = at.take(pairs.at, axis=0)
    outlines = ground.take(borders.volume.take(pairs.border))
    return np.asarray(shapely.intersects_xy(outlines, place[:, 0], place[:, 1]), np.bool_)


def _passed_elsewhere(
    cells: Cells, tree: shapely.STRtree, here: Cell, way: IntArray, of: Lines
) -> list[tuple[IntArray, IntArray]]:
    """Ways that may meet something in other cells than that of their end."""
    start = of.start.take(way, axis=0)
    there = cells_at(start[:, 0], start[:, 1])
    column, row = here.column.take(way), here.row.take(way)
    across, up = np.abs(there.column - column) + 1, np.abs(there.row - row) + 1
    count = across * up
    found = []
    if (long := count > MOST_CELLS).any():
        found.append(_in_tree(cells, tree, of, way[long]))
    near = ((count > 1) & ~long).nonzero()[0]
    if near.size:
        low = Cell(np.minimum(column, there.column)[near], np.minimum(row, there.row)[near])
        box = spread(np.zeros(near.size, np.int64), count[near])
        over, along = np.divmod(box.item, across[near][box.owner])
        cell = Cell(low.column[box.owner] + along, low.row[box.owner] + over)
        of_way = way[near][box.owner]
        other = (cell.column != here.column[of_way]) | (cell.row != here.row[of_way])
        of_way, cell = of_way[other], Cell(cell.column[other], cell.row[other])
        found.append(_passed_in_cells(cells, cell, of_way, of))
    return found


def _passed_in_cells(
    cells: Cells, cell: Cell, row: IntArray, of: Lines
) -> tuple[IntArray, IntArray]:
    pairs = at_borders(cells, cells.at(cell, of.layer.take(row)))
    at, volume = row.take(pairs.at), cells.borders.volume.take(pairs.border)
    if len(at) <= FEW_PAIRS:
        return at, volume
    met = Beside(cells.borders, pairs).may_cross(
        of.start.take(row, axis=0), of.end.take(row, axis=0)
    )
    return at[met], volume[met]


def _in_tree(
    cells: Cells, tree: shapely.STRtree, of: Lines, row: IntArray
) -> tuple[IntArray, IntArray]:
    """Return pairs of a row and a volume whose box its way meets."""
    ends = np.stack((of.start[row], of.end[row]), axis=1)
    which, volume = tree.query(shapely.linestrings(ends))
    concerned = cells.concerns(volume, of.layer[row[which]])
    return row[which[concerned]], volume[concerned]


def _add_wide(
    cells: Cells,
    ground: NDArray[np.object_],
    of: Lines,
    ends: list[tuple[IntArray, IntArray]],
    passed: list[tuple[IntArray, IntArray]],
) -> None:
    """Ask about each volume that is too large for the grid, all rows of its layer at once."""
    for layer, volumes in enumerate(cells.wide):
        row = (of.layer == layer).nonzero()[0]
        for volume in volumes:
            held = shapely.intersects_xy(ground[volume], of.end[row, 0], of.end[row, 1])
            ends.append((row[held], np.full(int(held.sum()), volume)))
            way = row[~held & of.is_way[row]]
            passed.append((way, np.full(len(way), volume)))


def _joined(parts: list[tuple[IntArray, IntArray]]) -> tuple[IntArray, IntArray]:
    if len(parts) == 1:
        return parts[0]
    none = np.zeros(0, np.int64)
    rows, volumes = zip(*parts, strict=True) if parts else ((none,), (none,))
    return np.concatenate(rows), np.concatenate(volumes)
