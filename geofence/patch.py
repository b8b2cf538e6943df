"""The grid with a few volumes more and without a few others, at the price of the blocks they touch.

The blocks that a change touches are laid anew behind the old ones, which stay as they are for
whoever still looks into them. What is not touched is shared: ten thousand zones are not copied
for one that was edited. What nobody can reach any more goes when all is built anew.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from geofence.cells import (
    LAYERS,
    NOWHERE,
    BorderRows,
    Borders,
    Cells,
    border_rows,
    frozen,
)
from geofence.cover import Cover
from geofence.grid import (
    BLOCK_CELLS,
    BLOCK_COLUMN_BITS,
    BLOCK_KEY_BITS,
    CELL_DEG,
    CELLS_IN_BLOCK,
    COLUMN_MASK,
    FloatArray,
    IntArray,
    spread,
)

BoolArray = NDArray[np.bool_]
Scalar = TypeVar("Scalar", bound=np.generic)
Slots = tuple[int, ...]


class Patch(NamedTuple):
    """What changes. The new volumes have the numbers behind those that the cells know."""

    covers: Sequence[Cover]
    domains: Sequence[int]
    """Of each new volume, a bit for each layer that it is in."""
    gone: IntArray
    """The numbers of the volumes that are there no more."""
    gone_boxes: FloatArray
    """Shape (gone, 4): their bounds, west, south, east and north."""


def patched(cells: Cells, patch: Patch) -> Cells:
    """Return cells that answer as if they had been laid with these volumes and without the others.

    The old ones go on answering as they did.
    """
    touched = _touched(cells, patch)
    old = _old_cells(cells, touched)
    filling, sets = _filling(cells, patch, touched, old)
    rows, at = _rows(cells, patch, touched, old)
    laid = _laid(len(cells.filled_by), touched, filling, at)
    first_border = laid.first_border + len(cells.borders.volume)
    rooms = cells.rooms.with_more(cells, laid.filled_by, first_border, rows)
    laid_blocks = _Merged(cells.blocks, touched, laid.live)
    return replace(
        cells,
        blocks=frozen(laid_blocks.merged(cells.blocks, touched)),
        first_cell=frozen(laid_blocks.merged(cells.first_cell, laid.first_cell)),
        divided=frozen(laid_blocks.merged(cells.divided, laid.divided)),
        filled_by=rooms.filled_by.rows(),
        sets=sets,
        first_border=rooms.first_border.rows(),
        borders=rooms.all_borders(),
        domains=frozen(np.concatenate((cells.domains, np.array(patch.domains, np.uint8)))),
        wide=_wide(cells, patch),
        rooms=rooms,
    )


class _Merged:
    """Where the touched blocks that are live come among the others; nothing is sorted anew."""

    def __init__(self, blocks: IntArray, touched: IntArray, live: BoolArray) -> None:
        at = np.searchsorted(blocks, touched)
        known = at < len(blocks)
        known[known] = blocks[at[known]] == touched[known]
        self._others = np.ones(len(blocks), np.bool_)
        self._others[at[known]] = False
        # As many as are known do not come before it any more.
        self._at = (at - (np.cumsum(known) - known))[live]
        self._live = live

    def merged(self, old: NDArray[Scalar], new: NDArray[Scalar]) -> NDArray[Scalar]:
        """Return what is told of each block: ``new`` of the touched ones, ``old`` of all others."""
        return np.insert(old[self._others], self._at, new[self._live])


def _wide(cells: Cells, patch: Patch) -> tuple[Slots, ...]:
    gone, first = set(patch.gone.tolist()), len(cells.domains)
    return tuple(
        (
            *(volume for volume in cells.wide[layer] if volume not in gone),
            *(
                first + number
                for number, cover in enumerate(patch.covers)
                if cover.is_wide and patch.domains[number] >> layer & 1
            ),
        )
        for layer in LAYERS
    )


def _touched(cells: Cells, patch: Patch) -> IntArray:
    """Return the blocks that may look otherwise, ascending, each once, the layer in the upper bits.

    Around what is gone those that there are, around what is new those that it lies in.
    """
    found = [_blocks_in(cells, box) for box in patch.gone_boxes]
    for cover, domains in zip(patch.covers, patch.domains, strict=True):
        keys = (cover.full_blocks, cover.full // CELLS_IN_BLOCK, cover.border // CELLS_IN_BLOCK)
        block = np.unique(np.concatenate(keys))
        found.extend((layer << BLOCK_KEY_BITS) | block for layer in LAYERS if domains >> layer & 1)
    return np.unique(np.concatenate((*found, np.zeros(0, np.int64))))


def _blocks_in(cells: Cells, box: FloatArray) -> IntArray:
    """Return the blocks of all layers that lie in a box or at its edge."""
    size = BLOCK_CELLS * CELL_DEG
    west, south, east, north = box.tolist()
    first = max(0, math.ceil((west + 180.0) / size - 2.0))
    last = min(COLUMN_MASK, math.floor((east + 180.0) / size + 1.0))
    low, high = math.ceil((south + 90.0) / size - 2.0), math.floor((north + 90.0) / size + 1.0)
    row = np.arange(max(0, low), high + 1) << BLOCK_COLUMN_BITS
    # They are ordered by layer, row and column, so each row of the box is a run of them.
    row = (np.array(LAYERS)[:, None] << BLOCK_KEY_BITS | row).reshape(-1)
    begin = np.searchsorted(cells.blocks, row | first)
    end = np.searchsorted(cells.blocks, row | last, side="right")
    return np.asarray(cells.blocks[spread(begin, end - begin).item], np.int64)


def _old_cells(cells: Cells, touched: IntArray) -> IntArray:
    """Return the numbers of the cells of each touched block, shape (t · 256,)."""
    if not len(cells.blocks):
        return np.full(len(touched) * CELLS_IN_BLOCK, NOWHERE)
    at = np.minimum(np.searchsorted(cells.blocks, touched), len(cells.blocks) - 1)
    place = np.arange(CELLS_IN_BLOCK)
    number = cells.first_cell[at, None] + place * cells.divided[at, None]
    there = cells.blocks[at, None] == touched[:, None]
    return np.asarray(np.where(there, number, NOWHERE).reshape(-1), np.int64)


def _places(touched: IntArray, layer: int, key: IntArray) -> IntArray:
    """Return where cells, given as block · 256 + place, come among those of the touched blocks."""
    block, place = np.divmod(key, CELLS_IN_BLOCK)
    at = np.searchsorted(touched, (layer << BLOCK_KEY_BITS) | block).astype(np.int64)
    return np.asarray(at * CELLS_IN_BLOCK + place, np.int64)


def _filling(
    cells: Cells, patch: Patch, touched: IntArray, old: IntArray
) -> tuple[NDArray[np.int32], tuple[Slots, ...]]:
    """Return the number of the set that fills each touched cell, and all sets."""
    number = cells.filled_by[old].astype(np.int64)
    sets = [*cells.sets]
    gone = set(patch.gone.tolist())
    if gone:
        _exchange(number, slice(None), sets, lambda held: _without(held, gone))
    first = len(cells.domains)
    for new, (cover, domains) in enumerate(zip(patch.covers, patch.domains, strict=True)):
        volume = first + new
        whole = spread(cover.full_blocks * CELLS_IN_BLOCK, np.full(len(cover.full_blocks), 256))
        full = np.concatenate((whole.item, cover.full))
        for layer in LAYERS:
            if domains >> layer & 1 and len(full):
                at = _places(touched, layer, full)
                _exchange(number, at, sets, _with(volume))
    return number.astype(np.int32), tuple(sets)


def _with(volume: int) -> Callable[[Slots], Slots]:
    return lambda held: (*held, volume)


def _without(held: Slots, gone: set[int]) -> Slots:
    return held if gone.isdisjoint(held) else tuple(each for each in held if each not in gone)


def _exchange(
    number: IntArray, at: slice | IntArray, sets: list[Slots], change: Callable[[Slots], Slots]
) -> None:
    """Put changed sets in the place of those that some cells have; what is new comes behind."""
    had = np.unique(number[at])
    known: dict[Slots, int] = {}
    exchanged = []
    for each in had.tolist():
        wanted = change(sets[each])
        if wanted == sets[each]:
            known[wanted] = each
        elif not wanted:
            known[wanted] = 0
        elif wanted not in known:
            known[wanted] = len(sets)
            sets.append(wanted)
        exchanged.append(known[wanted])
    if exchanged != had.tolist():
        number[at] = np.array(exchanged, np.int64)[np.searchsorted(had, number[at])]


def _rows(
    cells: Cells, patch: Patch, touched: IntArray, old: IntArray
) -> tuple[BorderRows, IntArray]:
    """Return the border rows of the touched cells in their order, and which cell each is of.

    Only the edges of new volumes are among them: those of others lie where they lay.
    """
    first = cells.first_border[old]
    had = spread(first, cells.first_border[old + 1] - first)
    stays = ~np.isin(cells.borders.volume[had.item], patch.gone)
    owner, row = had.owner[stays], had.item[stays]
    new = border_rows(patch.covers)
    added, at = _added(patch, touched)
    new = new._replace(
        volume=new.volume + len(cells.domains),
        first_edge=new.first_edge + len(cells.borders.edges),
    )
    at = np.concatenate((owner, at))
    order = np.argsort(at, kind="stable")
    both = _behind(cells.borders, row, new.taken(added))
    return both.taken(order), at[order]


def _behind(old: Borders, row: IntArray, new: BorderRows) -> BorderRows:
    """Return some old rows and the new ones behind them, with the new edges."""
    return BorderRows(
        np.concatenate((old.volume[row], new.volume)),
        np.concatenate((old.known[row], new.known)),
        np.concatenate((old.known_inside[row], new.known_inside)),
        np.concatenate((old.doubtful[row], new.doubtful)),
        np.concatenate((old.first_edge[row], new.first_edge)),
        np.concatenate((old.edge_count[row], new.edge_count)),
        new.edges,
    )


def _added(patch: Patch, touched: IntArray) -> tuple[IntArray, IntArray]:
    """Return which rows of the new covers come in, and into which touched cells."""
    ends = np.cumsum([len(cover.border) for cover in patch.covers])
    rows, places = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for cover, domains, end in zip(patch.covers, patch.domains, ends, strict=True):
        for layer in LAYERS:
            if domains >> layer & 1:
                rows.append(np.arange(end - len(cover.border), end))
                places.append(_places(touched, layer, cover.border))
    return np.concatenate(rows), np.concatenate(places)


class _Laid(NamedTuple):
    """How the touched blocks are numbered; arrays of shape (t,) but for the last two."""

    live: BoolArray
    """Whether there is anything in it."""
    divided: BoolArray
    first_cell: IntArray
    filled_by: NDArray[np.int32]
    """Of each new cell, in order."""
    first_border: IntArray
    """Of each new cell, how many rows come before its end."""


def _laid(first: int, touched: IntArray, filling: NDArray[np.int32], at: IntArray) -> _Laid:
    """Number the cells of the touched blocks from ``first``; ``at`` has the cells of rows."""
    filled = filling.reshape(len(touched), CELLS_IN_BLOCK)
    divided = np.asarray((filled != filled[:, :1]).any(axis=1), np.bool_)
    divided[at // CELLS_IN_BLOCK] = True
    live = divided | (filled[:, 0] != 0)
    sizes = np.where(divided, CELLS_IN_BLOCK, 1) * live
    first_cell = first + np.cumsum(sizes) - sizes
    written = np.broadcast_to(divided[:, None], filled.shape).copy()
    written[:, 0] = live
    number = first_cell[at // CELLS_IN_BLOCK] + at % CELLS_IN_BLOCK
    ends = np.searchsorted(number, np.arange(first + 1, first + 1 + int(sizes.sum())))
    return _Laid(live, divided, first_cell, filled[written], ends)
