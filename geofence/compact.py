"""The grid without what nobody can reach any more, gathered out piece by piece.

Changes lay blocks anew behind those that they replace. To gather out what is in use takes a second with ten
thousand zones, and one step over all of it would hold Python's lock for half of that: whoever does it
beside others goes on in small steps, and takes breath between them.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from geofence.breath import Breathe, at_once
from geofence.cells import NOWHERE, BorderRows, Cells, Rooms, frozen
from geofence.grid import CELLS_IN_BLOCK, IntArray, spread
from geofence.room import Room

BLOCKS_AT_ONCE: Final = 32
"""Of 256 cells each: half a millisecond."""


def live_cells(cells: Cells) -> int:
    """Count the cells that can be reached."""
    return int(_sizes(cells).sum())


def compacted(cells: Cells, breathe: Breathe = at_once) -> Cells:
    """Return the same cells without what nobody can reach any more.

    ``breathe`` is called between two pieces of the work.
    """
    gathered = _Gathered(cells)
    sizes = _sizes(cells)
    for begin in range(0, len(sizes), BLOCKS_AT_ONCE):
        some = slice(begin, begin + BLOCKS_AT_ONCE)
        gathered.add(spread(cells.first_cell[some], sizes[some]).item)
        breathe()
    return replace(
        cells,
        first_cell=frozen(NOWHERE + 1 + np.cumsum(sizes) - sizes),
        filled_by=gathered.rooms.filled_by.rows(),
        sets=tuple(gathered.sets),
        first_border=gathered.rooms.first_border.rows(),
        borders=gathered.rooms.all_borders(),
        rooms=gathered.rooms,
    )


def _sizes(cells: Cells) -> IntArray:
    return np.where(cells.divided, CELLS_IN_BLOCK, 1).astype(np.int64)


class _Gathered:
    """What was gathered so far."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self.rooms = _empty_rooms(cells)
        self.sets: list[tuple[int, ...]] = [()]
        self._number = np.zeros(len(cells.sets), np.int32)
        """Of each set, where it has come to lie; 0 as long as nobody has it, but for the empty one."""
        self._edge = np.zeros(len(cells.borders.edges) + 1, np.int64)
        """Of the first of each row's edges, one more than where it has come to lie."""

    def add(self, old: IntArray) -> None:
        """Take over cells by their numbers, behind those that are here."""
        cells, rooms = self._cells, self.rooms
        first = cells.first_border[old]
        counts = cells.first_border[old + 1] - first
        rows = self._rows(spread(first, counts).item)
        held = rooms.all_borders()
        self.rooms = Rooms(
            rooms.filled_by.added(rooms.filled_by.rows(), self._filled_by(cells.filled_by[old])),
            rooms.first_border.added(
                rooms.first_border.rows(), len(held.volume) + np.cumsum(counts)
            ),
            rooms.borders.added(held.rows, rows.packed()),
            rooms.edges.added(held.edges, rows.edges),
        )

    def _filled_by(self, had: np.typing.NDArray[np.int32]) -> np.typing.NDArray[np.int32]:
        for number in np.unique(had).tolist():
            if number and not self._number[number]:
                self._number[number] = len(self.sets)
                self.sets.append(self._cells.sets[number])
        return self._number[had]

    def _rows(self, row: IntArray) -> BorderRows:
        """Return border rows with those of their edges that no row before has brought along."""
        borders, already = self._cells.borders, len(self.rooms.edges.rows())
        begin, one = np.unique(borders.first_edge[row], return_index=True)
        is_new = self._edge[begin] == 0
        begin, counts = begin[is_new], borders.edge_count[row[one[is_new]]]
        self._edge[begin] = already + np.cumsum(counts) - counts + 1
        return BorderRows(
            borders.volume[row].astype(np.int64),
            borders.known[row],
            borders.known_inside[row],
            borders.doubtful[row],
            self._edge[borders.first_edge[row]] - 1,
            borders.edge_count[row].astype(np.int64),
            borders.edges[spread(begin, counts).item],
        )


def _empty_rooms(cells: Cells) -> Rooms:
    """Return rooms with the cell that is nowhere, and place for all that may come."""
    of, count = cells.borders, len(cells.borders.volume)
    filled_by = Room.for_rows(cells.filled_by, live_cells(cells) + 1)
    first_border = Room.for_rows(cells.first_border, live_cells(cells) + 2)
    return Rooms(
        filled_by.added(filled_by.rows(), np.zeros(1, np.int32)),
        first_border.added(first_border.rows(), np.zeros(2, np.int64)),
        Room.for_rows(of.rows, count),
        Room.for_rows(of.edges, len(of.edges)),
    )
