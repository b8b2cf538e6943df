"""Which cells of the grid an outline fills, which its edges pass, and which edges those are.

Of a cell that an edge passes the cover keeps these edges, and one place whose side is known. A
place in the cell is then inside or not by how many of the few edges lie between the two: what
the other hundred edges do does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from geofence.grid import (
    BLOCK_CELLS,
    CELL_DEG,
    CELLS_IN_BLOCK,
    CELLS_PER_DEGREE,
    MARGIN_DEG,
    Cell,
    FloatArray,
    IntArray,
    block_centre,
    block_of,
    cell_in_block,
    place_in_block,
    place_in_cell,
    spread,
)

BoolArray = NDArray[np.bool_]

MOST_BLOCKS: Final = 100_000.0
"""In the box of an outline, some 500 km square: larger ones are asked about one by one."""

ORIGIN: Final = np.array((-180.0, -90.0))
"""Where the columns and rows of cells are counted from."""

CLEAR_DEG: Final = 1e-6
"""A known place lies at least this far, 10 cm, from the lines of the edges of its cell."""

KNOWN_PLACES: Final = ((0.5, 0.5), (0.37, 0.61), (0.71, 0.29), (0.23, 0.17), (0.83, 0.79))
"""Tried one after the other, as shares of the cell's sides, until one is clear."""


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """The cells of one outline, by key of their block and place in it. Read-only."""

    is_wide: bool
    """Too large for the grid, or asked everywhere; then there is nothing else here."""
    full_blocks: IntArray
    """Blocks that lie inside as a whole."""
    full: IntArray
    """Cells of other blocks that lie inside as a whole: block · 256 + place."""
    border: IntArray
    """Cells that edges pass, ascending: block · 256 + place."""
    known: FloatArray
    """Shape (border, 2): longitude and latitude of the known place of each."""
    known_inside: BoolArray
    doubtful: BoolArray
    """Border cells without a clear place: there only the whole outline can tell."""
    edge_counts: IntArray
    """How many edges pass each border cell; at least one."""
    edges: FloatArray
    """Shape (sum of the counts, 4): longitude and latitude of both ends."""
    near_deg: float
    """So near to an edge somebody else decides."""


class _Edges(NamedTuple):
    """The edges of many outlines."""

    outline: IntArray
    ends: FloatArray
    """Shape (n, 4)."""
    near_deg: FloatArray
    """Shape (n,): how near to each somebody else decides."""


class _Passes(NamedTuple):
    """Which edge passes which cell of which outline: ascending, each once; arrays (n,)."""

    outline: IntArray
    cell: IntArray
    """Block · 256 + place."""
    edge: IntArray


def covers(
    grounds: Sequence[Polygon | MultiPolygon], near_deg: FloatArray | None = None
) -> list[Cover]:
    """Return the cover of each outline; prepared outlines are covered faster.

    ``near_deg`` (n,) is how near to each outline somebody else decides what is inside; infinite of
    one that is asked everywhere.
    """
    ground = np.empty(len(grounds), np.object_)
    ground[:] = list(grounds)
    if not len(ground):
        return []
    near = np.full(len(ground), MARGIN_DEG) if near_deg is None else near_deg
    wide = (_sizes(ground) > MOST_BLOCKS) | np.isinf(near)
    edges = _edges_of(ground, ~wide, near)
    passes = _passes(edges)
    border = _border(ground, edges, passes)
    blocks = _full_blocks(ground, ~wide, border)
    cells = _full_cells(ground, border)
    return [
        Cover(is_wide, full_blocks, full, *of_border, near_deg=each_near_deg)
        for is_wide, full_blocks, full, of_border, each_near_deg in zip(
            wide.tolist(),
            _split(blocks, len(ground)),
            _split(cells, len(ground)),
            border.split(len(ground)),
            near.tolist(),
            strict=True,
        )
    ]


def _sizes(ground: NDArray[np.object_]) -> FloatArray:
    """Return the size of the box of each outline in blocks."""
    west, south, east, north = shapely.bounds(ground).T
    block_deg = BLOCK_CELLS * CELL_DEG
    sizes: FloatArray = (east - west) / block_deg * ((north - south) / block_deg)
    return sizes


def _edges_of(ground: NDArray[np.object_], wanted: BoolArray, near_deg: FloatArray) -> _Edges:
    outline = np.flatnonzero(wanted)
    parts, of_part = shapely.get_parts(ground[outline], return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    places, of_place = shapely.get_coordinates(rings, return_index=True)
    # A vertex given twice makes no edge.
    joined = (of_place[1:] == of_place[:-1]) & (places[1:] != places[:-1]).any(axis=1)
    ends = np.concatenate((places[:-1], places[1:]), axis=1)[joined]
    of = outline[of_part[of_ring[of_place[:-1][joined]]]]
    return _Edges(of, ends, near_deg[of])


def _passes(edges: _Edges) -> _Passes:
    piece, start, end = _pieces(edges.ends)
    near = edges.near_deg[piece]
    low = np.minimum(start, end) - near[:, None]
    high = np.maximum(start, end) + near[:, None]
    first = np.floor((low - ORIGIN) * CELLS_PER_DEGREE).astype(np.int64)
    last = np.floor((high - ORIGIN) * CELLS_PER_DEGREE).astype(np.int64)
    across, up = (last - first + 1).T
    box = spread(np.zeros(len(piece), np.int64), across * up)
    row, column = np.divmod(box.item, across[box.owner])
    cell = Cell(first[box.owner, 0] + column, first[box.owner, 1] + row)
    met = _meets(start[box.owner], end[box.owner], cell, near[box.owner])
    edge = piece[box.owner][met]
    met_cell = Cell(cell.column[met], cell.row[met])
    key = block_of(met_cell) * CELLS_IN_BLOCK + place_in_block(met_cell)
    return _each_once(edges.outline[edge], key, edge)


def _pieces(ends: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Cut edges into pieces no longer than a cell; return edge, start and end of each piece."""
    move = ends[:, 2:] - ends[:, :2]
    count = np.ceil(np.abs(move).max(axis=1) / CELL_DEG).clip(min=1).astype(np.int64)
    cut = spread(np.zeros(len(ends), np.int64), count)
    step = move[cut.owner] / count[cut.owner, None]
    start = ends[cut.owner, :2] + step * cut.item[:, None]
    return cut.owner, start, start + step


def _meets(start: FloatArray, end: FloatArray, cell: Cell, near_deg: FloatArray) -> BoolArray:
    """Drop cells on one side of a piece's line. Their boxes are known to meet."""
    x, y = place_in_cell(cell, 0.5, 0.5)
    move = end - start
    away = np.abs(move[:, 0] * (y - start[:, 1]) - move[:, 1] * (x - start[:, 0]))
    reach = (CELL_DEG / 2 + near_deg) * np.abs(move).sum(axis=1)
    return np.asarray((away <= reach) | (reach == 0.0), np.bool_)


def _each_once(outline: IntArray, cell: IntArray, edge: IntArray) -> _Passes:
    order = np.lexsort((edge, cell, outline))
    outline, cell, edge = outline[order], cell[order], edge[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (edge[1:] != edge[:-1]) | (cell[1:] != cell[:-1]) | (outline[1:] != outline[:-1])
    return _Passes(outline[new], cell[new], edge[new])


@dataclass(frozen=True, slots=True)
class _Border:
    """The border cells of all outlines, ascending by outline and cell."""

    outline: IntArray
    cell: IntArray
    known: FloatArray
    known_inside: BoolArray
    doubtful: BoolArray
    edge_counts: IntArray
    edges: FloatArray

    def split(
        self, count: int
    ) -> list[tuple[IntArray, FloatArray, BoolArray, BoolArray, IntArray, FloatArray]]:
        """Return the parts of each outline, in the order of ``Cover``."""
        at = np.searchsorted(self.outline, np.arange(count + 1))
        first_edge = np.concatenate(([0], np.cumsum(self.edge_counts)))[at]
        return [
            (
                self.cell[begin:end],
                self.known[begin:end],
                self.known_inside[begin:end],
                self.doubtful[begin:end],
                self.edge_counts[begin:end],
                self.edges[first:last],
            )
            for begin, end, first, last in zip(
                at[:-1], at[1:], first_edge[:-1], first_edge[1:], strict=True
            )
        ]


def _border(ground: NDArray[np.object_], edges: _Edges, passes: _Passes) -> _Border:
    new = np.ones(len(passes.cell), np.bool_)
    new[1:] = (passes.cell[1:] != passes.cell[:-1]) | (passes.outline[1:] != passes.outline[:-1])
    first = np.flatnonzero(new)
    counts = np.diff(np.append(first, len(new)))
    outline, cell = passes.outline[first], passes.cell[first]
    ends = edges.ends[passes.edge]
    known, doubtful = _known_places(cell, counts, ends)
    inside = shapely.intersects_xy(ground[outline], known[:, 0], known[:, 1])
    return _Border(outline, cell, known, np.asarray(inside), doubtful, counts, ends)


def _known_places(
    cell: IntArray, counts: IntArray, ends: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Find a place in each border cell that is clear of the lines of its edges."""
    of_cell = cell_in_block(cell // CELLS_IN_BLOCK, cell % CELLS_IN_BLOCK)
    owner = np.repeat(np.arange(len(cell)), counts)
    known = np.empty((len(cell), 2))
    open_: BoolArray = np.ones(len(cell), np.bool_)
    for across, up in KNOWN_PLACES:
        x, y = place_in_cell(of_cell, across, up)
        known[open_, 0], known[open_, 1] = x[open_], y[open_]
        close = _is_close(known[owner], ends, CLEAR_DEG)
        open_ = np.bincount(owner[close], minlength=len(cell)) > 0
        if not open_.any():
            break
    return known, open_


def _is_close(at: FloatArray, ends: FloatArray, within_deg: float) -> BoolArray:
    """Tell whether places (n, 2) lie so close to the lines of edges (n, 4)."""
    move = ends[:, 2:] - ends[:, :2]
    away = move[:, 0] * (at[:, 1] - ends[:, 1]) - move[:, 1] * (at[:, 0] - ends[:, 0])
    return np.asarray(np.abs(away) <= within_deg * np.hypot(move[:, 0], move[:, 1]), np.bool_)


class _Owned(NamedTuple):
    """Keys of cells or blocks by outline, ascending by outline."""

    outline: IntArray
    key: IntArray


def _split(owned: _Owned, count: int) -> list[IntArray]:
    at = np.searchsorted(owned.outline, np.arange(1, count))
    return list(np.split(owned.key, at))


def _blocks_passed(border: _Border) -> _Owned:
    """Return the blocks that hold border cells, each once."""
    block = border.cell // CELLS_IN_BLOCK
    new = np.ones(len(block), np.bool_)
    new[1:] = (block[1:] != block[:-1]) | (border.outline[1:] != border.outline[:-1])
    return _Owned(border.outline[new], block[new])


def _full_blocks(ground: NDArray[np.object_], wanted: BoolArray, border: _Border) -> _Owned:
    """Ask about the centre of each block in the box of an outline that no edge passes."""
    outline = np.flatnonzero(wanted)
    west, south, east, north = shapely.bounds(ground[outline]).T
    size = BLOCK_CELLS * CELL_DEG
    left, right = _numbers(west + 180.0, size), _numbers(east + 180.0, size)
    low, high = _numbers(south + 90.0, size), _numbers(north + 90.0, size)
    across = right - left + 1
    box = spread(np.zeros(len(outline), np.int64), across * (high - low + 1))
    row, column = np.divmod(box.item, across[box.owner])
    cell = Cell((left[box.owner] + column) * BLOCK_CELLS, (low[box.owner] + row) * BLOCK_CELLS)
    of, block = outline[box.owner], block_of(cell)
    passed = _blocks_passed(border)
    free = ~np.isin(_joined(of, block), _joined(passed.outline, passed.key))
    of, block = of[free], block[free]
    x, y = block_centre(block)
    inside = shapely.intersects_xy(ground[of], x, y)
    return _Owned(of[inside], block[inside])


def _numbers(degrees: FloatArray, size_deg: float) -> IntArray:
    return np.floor(degrees / size_deg).astype(np.int64)


def _joined(outline: IntArray, block: IntArray) -> IntArray:
    return (outline << 32) | block


def _full_cells(ground: NDArray[np.object_], border: _Border) -> _Owned:
    """Ask once for each run of cells between two border cells: a run has but one side."""
    passed = _blocks_passed(border)
    of_block = np.searchsorted(
        _joined(passed.outline, passed.key),
        _joined(border.outline, border.cell // CELLS_IN_BLOCK),
    )
    free = np.ones((len(passed.key), BLOCK_CELLS, BLOCK_CELLS), np.bool_)
    free.reshape(-1, CELLS_IN_BLOCK)[of_block, border.cell % CELLS_IN_BLOCK] = False
    begins = free.copy()
    begins[:, :, 1:] &= ~free[:, :, :-1]
    number, row, column = begins.nonzero()
    cell = cell_in_block(passed.key[number], row * BLOCK_CELLS + column)
    x, y = place_in_cell(cell, 0.5, 0.5)
    inside = shapely.intersects_xy(ground[passed.outline[number]], x, y)
    # Number the runs; every cell of a run has the number of its begin.
    run = np.cumsum(begins.reshape(-1)) - 1
    full = free.reshape(-1).copy()
    full[full] = inside[run[full]]
    block_number, place = np.divmod(np.flatnonzero(full), CELLS_IN_BLOCK)
    return _Owned(passed.outline[block_number], passed.key[block_number] * CELLS_IN_BLOCK + place)
