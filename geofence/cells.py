"""Where to look when a device is somewhere: what fills its cell, and what has an edge in it.

Most cells lie wholly inside or outside of everything, and there the answer stands ready. Volumes
of different domains lie in layers of their own, so nothing is found that does not concern the
device.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from geofence.cover import Cover
from geofence.fixes import DOMAIN_CODES
from geofence.grid import (
    BLOCK_KEY_BITS,
    CELLS_IN_BLOCK,
    Cell,
    FloatArray,
    IntArray,
    block_of,
    place_in_block,
    spread,
)
from geofence.looking import EMPTY, Grid, lay
from geofence.room import Room

BoolArray = NDArray[np.bool_]
Scalar = TypeVar("Scalar", bound=np.generic)
LAYERS = tuple(sorted(DOMAIN_CODES.values()))
NOWHERE = 0
"""The number of a cell in which there is nothing."""


BORDER: Final = np.dtype(
    [
        ("known_x", np.float64),
        ("known_y", np.float64),
        ("volume", np.int32),
        ("first_edge", np.int32),
        ("edge_count", np.int32),
        ("known_inside", np.bool_),
        ("doubtful", np.bool_),
        ("spare", np.int16),
    ]
)
"""One row of ``Borders``: half a line of the processor's memory, so that all of it comes at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Borders:
    """The edges in border cells. One row is one volume in one cell."""

    rows: NDArray[np.void]
    """Shape (m,), of ``BORDER``; the next six are parts of it."""
    volume: NDArray[np.int32]
    known: FloatArray
    """Shape (m, 2): a place whose side is known."""
    known_inside: BoolArray
    doubtful: BoolArray
    """Where only the whole outline can tell."""
    first_edge: NDArray[np.int32]
    edge_count: NDArray[np.int32]
    edges: FloatArray
    """Shape (k, 6), seen from the known place, in degrees: both ends, twice the area of edge and
    known place with its sign changed (positive: it lies on the right), and how small that of
    another place may be before it must be asked about exactly. One block, since a row is
    fetched as a whole: five times faster than six columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Rooms:
    """Where the long arrays of cells and borders lie, with room for more behind them."""

    filled_by: Room[np.int32]
    first_border: Room[np.int64]
    borders: Room[np.void]
    edges: Room[np.float64]

    @property
    def is_any_nearly_full(self) -> bool:
        """Whether a change may soon move one of them."""
        every = (self.filled_by, self.first_border, self.borders, self.edges)
        return any(room.is_nearly_full for room in every)

    def with_more(
        self,
        cells: "Cells",
        filled_by: NDArray[np.int32],
        first_border: IntArray,
        more: "BorderRows",
    ) -> "Rooms":
        """Write new cells and rows behind those of ``cells``."""
        held = cells.borders
        return Rooms(
            self.filled_by.added(cells.filled_by, filled_by),
            self.first_border.added(cells.first_border, first_border),
            self.borders.added(held.rows, more.packed()),
            self.edges.added(held.edges, more.edges),
        )

    def all_borders(self) -> Borders:
        """Return all rows and edges that are there."""
        rows = self.borders.rows()
        return Borders(
            rows,
            rows["volume"],
            rows.view(np.float64).reshape(-1, BORDER.itemsize // 8)[:, :2],
            rows["known_inside"],
            rows["doubtful"],
            rows["first_edge"],
            rows["edge_count"],
            self.edges.rows(),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The grid over all volumes, read-only. Cells have dense numbers; 0 is nowhere."""

    blocks: IntArray
    """Keys of blocks in which there is something, ascending, the layer in the upper bits."""
    first_cell: IntArray
    """The number of each block's first cell."""
    divided: BoolArray
    """Whether a block has a number for each of its cells, or one for all."""
    filled_by: NDArray[np.int32]
    """For each cell the number of the set of volumes that fill it."""
    sets: tuple[tuple[int, ...], ...]
    """Sets of volumes, ascending; the first is empty."""
    first_border: IntArray
    """For each cell where its rows of ``borders`` begin, and one more at the end."""
    borders: Borders
    domains: NDArray[np.uint8]
    """Of each volume, a bit for each layer that it is in."""
    wide: tuple[tuple[int, ...], ...]
    """By layer, the volumes too large for the grid: they have no cells."""
    rooms: Rooms
    """For whoever makes cells of these with a few volumes more."""

    def at(self, cell: Cell, layer: NDArray[np.int8]) -> IntArray:
        """Return the number of each cell, in the layer of a domain's code; arrays (n,)."""
        if not len(self.blocks):
            return np.zeros(len(layer), np.int64)
        key = (layer.astype(np.int64) << BLOCK_KEY_BITS) | block_of(cell)
        found = np.minimum(np.searchsorted(self.blocks, key), len(self.blocks) - 1)
        number = self.first_cell[found] + place_in_block(cell) * self.divided[found]
        return np.where(self.blocks[found] == key, number, NOWHERE)

    def as_grid(self) -> Grid:
        """Return the cells as compiled loops see them."""
        return Grid(
            seen(_table(self.blocks, self.first_cell, self.divided)),
            seen(self.filled_by),
            seen(self.first_border),
            seen(self.borders.rows),
            seen(self.borders.edges),
            seen(np.cumsum([0, *map(len, self.wide)])),
            seen(np.array([volume for layer in self.wide for volume in layer], np.int64)),
        )

    def concerns(self, volume: IntArray, layer: NDArray[np.int8]) -> BoolArray:
        """Tell which volumes are in a layer; arrays (n,)."""
        return np.asarray((self.domains[volume] >> layer) & 1 == 1, np.bool_)


def _table(blocks: IntArray, first_cell: IntArray, divided: BoolArray) -> IntArray:
    """Return where compiled loops look blocks up; half of it stays empty."""
    table = np.full((1 << (2 * len(blocks)).bit_length(), 2), EMPTY, np.int64)
    lay(table, seen(blocks), seen(first_cell), seen(divided))
    return table


def assemble(covers: Sequence[Cover], domains: Sequence[int]) -> Cells:
    """Lay the covers of volumes into one grid; ``domains`` has a bit for each layer of each."""
    layers = [
        (layer, volume)
        for layer in LAYERS
        for volume, bits in enumerate(domains)
        if bits >> layer & 1
    ]
    block = _laid(layers, [cover.full_blocks for cover in covers], 1)
    full = _laid(layers, [cover.full for cover in covers], CELLS_IN_BLOCK)
    border = _laid(layers, [cover.border for cover in covers], CELLS_IN_BLOCK)
    numbers = _numbered(block, full, border)
    filled_by, sets = _filled(numbers, block, full)
    at_border = numbers.of(border)
    order = np.argsort(at_border, kind="stable")
    first_border = np.searchsorted(at_border[order], np.arange(numbers.count + 1))
    rows = _borders(covers, [volume for _, volume in layers], order)
    rooms = rooms_of(filled_by, first_border, rows)
    wide = [[v for which, v in layers if which == layer and covers[v].is_wide] for layer in LAYERS]
    return Cells(
        frozen(numbers.blocks),
        frozen(numbers.first_cell),
        frozen(numbers.divided),
        rooms.filled_by.rows(),
        sets,
        rooms.first_border.rows(),
        rooms.all_borders(),
        frozen(np.array(domains, np.uint8)),
        tuple(map(tuple, wide)),
        rooms,
    )


class _Laid(NamedTuple):
    """Cells or blocks of volumes in their layers; arrays of shape (n,)."""

    block: IntArray
    """With the layer in the upper bits."""
    place: IntArray
    volume: IntArray


def _laid(layers: list[tuple[int, int]], keys: list[IntArray], cells_in_key: int) -> _Laid:
    found = [keys[volume] for _, volume in layers]
    sizes = [len(each) for each in found]
    block, place = np.divmod(_joined(found), cells_in_key)
    layer = np.repeat(np.array([layer for layer, _ in layers], np.int64), sizes)
    volume = np.repeat(np.array([volume for _, volume in layers], np.int64), sizes)
    return _Laid((layer << BLOCK_KEY_BITS) | block, place, volume)


def _joined(arrays: list[IntArray]) -> IntArray:
    return np.concatenate([*arrays, np.zeros(0, np.int64)])


@dataclass(frozen=True, slots=True, eq=False)
class _Numbers:
    """How the cells of all layers are numbered."""

    blocks: IntArray
    first_cell: IntArray
    divided: BoolArray
    count: int

    def of(self, laid: _Laid) -> IntArray:
        """Return the number of each cell, or of the first cell of each block."""
        return self.first_cell[np.searchsorted(self.blocks, laid.block)] + laid.place


def _numbered(block: _Laid, full: _Laid, border: _Laid) -> _Numbers:
    blocks = np.unique(np.concatenate((block.block, full.block, border.block)))
    divided = np.isin(blocks, np.concatenate((full.block, border.block)))
    sizes = np.where(divided, CELLS_IN_BLOCK, 1)
    ends = NOWHERE + 1 + np.cumsum(sizes)
    return _Numbers(blocks, ends - sizes, divided, NOWHERE + 1 + int(sizes.sum()))


def _filled(
    numbers: _Numbers, block: _Laid, full: _Laid
) -> tuple[NDArray[np.int32], tuple[tuple[int, ...], ...]]:
    """Find out by which set of volumes each cell is filled; return it, and the sets."""
    known: dict[tuple[int, ...], int] = {(): 0}
    of_block = np.zeros(len(numbers.blocks), np.int32)
    for key, volumes in _groups(block.block, block.volume):
        of_block[np.searchsorted(numbers.blocks, key)] = known.setdefault(volumes, len(known))
    sizes = np.where(numbers.divided, CELLS_IN_BLOCK, 1)
    filled_by = np.concatenate((np.zeros(1, np.int32), np.repeat(of_block, sizes)))
    sets = list(known)
    for cell, volumes in _groups(numbers.of(full), full.volume):
        of_all = sets[filled_by[cell]]
        both = tuple(sorted((*of_all, *volumes))) if of_all else volumes
        number = known.setdefault(both, len(known))
        if number == len(sets):
            sets.append(both)
        filled_by[cell] = number
    return filled_by, tuple(sets)


def _groups(key: IntArray, volume: IntArray) -> Iterable[tuple[int, tuple[int, ...]]]:
    """Yield each key with its volumes, ascending."""
    order = np.lexsort((volume, key))
    key, volumes = key[order], volume[order].tolist()
    first = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if len(key) else key
    ends = [*first[1:].tolist(), len(key)]
    for begin, end, each in zip(first.tolist(), ends, key[first].tolist(), strict=False):
        yield each, tuple(volumes[begin:end])


class BorderRows(NamedTuple):
    """What ``Borders`` has, before it finds its place."""

    volume: IntArray
    known: FloatArray
    known_inside: BoolArray
    doubtful: BoolArray
    first_edge: IntArray
    edge_count: IntArray
    edges: FloatArray

    def packed(self) -> NDArray[np.void]:
        """Return the rows in one piece."""
        rows = np.zeros(len(self.volume), BORDER)
        rows["known_x"], rows["known_y"] = self.known.T
        for name in ("volume", "known_inside", "doubtful", "first_edge", "edge_count"):
            rows[name] = getattr(self, name)
        return rows

    def taken(self, row: IntArray) -> "BorderRows":
        """Return some rows; the edges stay as they are."""
        return BorderRows(
            self.volume[row],
            self.known[row],
            self.known_inside[row],
            self.doubtful[row],
            self.first_edge[row],
            self.edge_count[row],
            self.edges,
        )


def rooms_of(filled_by: NDArray[np.int32], first_border: IntArray, rows: BorderRows) -> Rooms:
    """Lay long arrays where there is room behind them."""
    return Rooms(
        Room(filled_by),
        Room(first_border),
        Room(rows.packed()),
        Room(rows.edges),
    )


def _borders(covers: Sequence[Cover], laid: list[int], order: IntArray) -> BorderRows:
    """Return the border rows of the volumes laid, one after the other, in another order."""
    rows = border_rows(covers)
    sizes = np.array([len(cover.border) for cover in covers], np.int64)
    first_row, volumes = np.cumsum(sizes) - sizes, np.array(laid, np.int64)
    chosen = spread(first_row[volumes], sizes[volumes]).item[order]
    return rows.taken(chosen)


def border_rows(covers: Sequence[Cover]) -> BorderRows:
    """Return the border rows of covers, one after the other; the volumes are their numbers."""
    counts = _joined([cover.edge_counts for cover in covers])
    ends = np.concatenate([*(cover.edges for cover in covers), np.zeros((0, 4))])
    known = np.concatenate([*(cover.known for cover in covers), np.zeros((0, 2))])
    sizes = np.array([len(cover.border) for cover in covers], np.int64)
    none = np.zeros(0, np.bool_)
    return BorderRows(
        np.repeat(np.arange(len(covers)), sizes),
        known,
        np.concatenate([*(cover.known_inside for cover in covers), none]),
        np.concatenate([*(cover.doubtful for cover in covers), none]),
        np.cumsum(counts) - counts,
        counts,
        _seen_from(known[np.repeat(np.arange(len(counts)), counts)], ends, _near(covers)),
    )


def seen(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """Return the array as compiled loops see all arrays of a snapshot: in one piece, read-only.

    So that they are compiled once, and not again for arrays of another kind.
    """
    return frozen(np.ascontiguousarray(array).view())


def frozen(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """Return the array, which nobody can write to any more."""
    array.flags.writeable = False
    return array


def _near(covers: Sequence[Cover]) -> FloatArray:
    """How near to each edge somebody else decides."""
    counts = [len(cover.edges) for cover in covers]
    return np.repeat(np.array([cover.near_deg for cover in covers], np.float64), counts)


def _seen_from(known: FloatArray, ends: FloatArray, near_deg: FloatArray) -> FloatArray:
    edges = np.empty((len(ends), 6))
    edges[:, :2], edges[:, 2:4] = ends[:, :2] - known, ends[:, 2:] - known
    move = edges[:, 2:4] - edges[:, :2]
    edges[:, 4] = move[:, 0] * edges[:, 1] - move[:, 1] * edges[:, 0]
    edges[:, 5] = near_deg * np.hypot(move[:, 0], move[:, 1])
    return edges
