"""Over which volumes' ground straight ways of many cells run, and on which shares of them.

A way is cut at the lines of the grid. In each cell that it passes it meets the few edges of the
volumes there, and every edge met turns inside to outside or back. Where an edge ends within a
millimetre of the way, or is met within a millimetre of a cell's border, the whole outline is asked.
"""

from typing import NamedTuple, cast

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.cells import Cells
from geofence.cover import ORIGIN
from geofence.grid import CELLS_PER_DEGREE, Cell, FloatArray, IntArray, spread
from geofence.local_edges import Beside, Pairs, at_borders
from geofence.lookup import Lines
from geofence.snapshot import Volumes

BoolArray = NDArray[np.bool_]

TOUCH_DEG = 1e-8
"""1 mm: a tenth of what the cells list around themselves, 10 000 times the rounding."""
MOST_VISITS = 1_000_000
"""Cells looked at together: some 300 MB at work."""


class Rays(NamedTuple):
    """Straight ways in degrees; arrays of shape (n, 2) and (n,)."""

    start: FloatArray
    move: FloatArray
    """From the start to the end."""
    layer: NDArray[np.int8]


class OverGround(NamedTuple):
    """Shares of rays, from 0 to 1 and ends included, over a volume's ground; arrays (m,)."""

    ray: IntArray
    volume: IntArray
    begin: FloatArray
    end: FloatArray


def over_ground(volumes: Volumes, rays: Rays) -> OverGround:
    """Return where the rays are over the ground of a volume of their layer.

    A boundary belongs to its volume: a ray that only touches it is over it at that share. All
    places must be known.
    """
    ray, volume = _at_start(volumes, rays)
    met, doubtful = _edges_met(volumes.cells, rays)
    asked = np.unique(np.concatenate((doubtful, _wide(volumes.cells, rays))))
    count = len(volumes.ground)
    key = ray * count + volume
    sure = ~np.isin(key, asked)
    clean = ~np.isin(met.key, asked)
    found = _turned(key[sure], _Met(met.key[clean], met.share[clean]))
    begin, end, exact = _exactly(volumes, rays, asked)
    every = np.concatenate((found.key, exact))
    return OverGround(
        *np.divmod(every, max(1, count)),
        np.concatenate((found.begin, begin)),
        np.concatenate((found.end, end)),
    )


def _at_start(volumes: Volumes, rays: Rays) -> tuple[IntArray, IntArray]:
    """Pairs of a ray and a volume whose ground holds its start."""
    standing = Lines(rays.start, rays.start, np.zeros(len(rays.start), np.bool_), rays.layer)
    found = volumes.look_up(standing)
    number, of = np.unique(found.filled_by, return_inverse=True)
    sets = [np.array(volumes.cells.sets[each], np.int64) for each in number.tolist()]
    sizes = np.array([len(each) for each in sets], np.int64)
    filling = np.concatenate((*sets, np.zeros(0, np.int64)))
    filled = spread((np.cumsum(sizes) - sizes)[of], sizes[of])
    return (
        np.concatenate((found.row, filled.owner)),
        np.concatenate((found.volume, filling[filled.item])),
    )


class _Met(NamedTuple):
    """Where rays meet edges; the key is ray · number of volumes + volume."""

    key: IntArray
    share: FloatArray


class _Visits(NamedTuple):
    """The parts of rays in one cell each; arrays of shape (k,)."""

    ray: IntArray
    cell: Cell
    begin: FloatArray
    end: FloatArray


def _edges_met(cells: Cells, rays: Rays) -> tuple[_Met, IntArray]:
    """Return where rays meet edges, and the keys of pairs in which rounding could decide."""
    moving = (rays.move != 0.0).any(axis=1).nonzero()[0]
    near = np.abs(rays.move[moving] * CELLS_PER_DEGREE).sum(axis=1) + 3.0
    part = (np.cumsum(near) // MOST_VISITS).astype(np.int64)
    parts = np.split(moving, (part[1:] != part[:-1]).nonzero()[0] + 1)
    found = [_met_in_cells(cells, rays, each) for each in parts]
    return (
        _Met(
            np.concatenate([met.key for met, _ in found]),
            np.concatenate([met.share for met, _ in found]),
        ),
        np.concatenate([doubtful for _, doubtful in found]),
    )


def _met_in_cells(cells: Cells, rays: Rays, ray: IntArray) -> tuple[_Met, IntArray]:
    visits = _visits(rays, ray)
    at = at_borders(cells, cells.at(visits.cell, rays.layer.take(visits.ray)))
    of_ray = visits.ray.take(at.at)
    beside = Beside(cells.borders, Pairs(of_ray, at.border))
    pair = np.repeat(np.arange(len(of_ray)), beside.count)
    key = of_ray * len(cells.domains) + cells.borders.volume.take(at.border)
    x, y = beside.from_known(rays.start)
    move = rays.move.take(of_ray, axis=0)
    length = np.hypot(move[:, 0], move[:, 1]).take(pair)
    dx, dy = move[:, 0].take(pair), move[:, 1].take(pair)
    ax, ay, bx, by = (beside.edges[:, column] - at for column, at in enumerate((x, y, x, y)))
    one, other = dx * ay - dy * ax, dx * by - dy * bx
    touching = np.minimum(np.abs(one), np.abs(other)) <= TOUCH_DEG * length
    met = ((one > 0.0) != (other > 0.0)).nonzero()[0]
    ax, ay, bx, by = ax[met], ay[met], bx[met], by[met]
    share = (ax * (by - ay) - ay * (bx - ax)) / (other - one)[met]
    visit, slack = at.at.take(pair[met]), TOUCH_DEG / length[met]
    after, before = share - visits.begin.take(visit), visits.end.take(visit) - share
    margin = np.minimum(after, before)
    here = margin >= -slack
    doubtful = np.concatenate((key[pair[touching]], key[pair[met[here & (margin <= slack)]]]))
    return _Met(key[pair[met[here]]], share[here]), doubtful


def _visits(rays: Rays, ray: IntArray) -> _Visits:
    start = (rays.start[ray] - ORIGIN) * CELLS_PER_DEGREE
    move = rays.move[ray] * CELLS_PER_DEGREE
    whole = _Cut(np.arange(len(ray)), np.zeros(0, np.int64), np.zeros(len(ray)), np.ones(len(ray)))
    columns = _cut(whole, start[:, 0], move[:, 0])
    rows = _cut(columns, start[columns.of, 1], move[columns.of, 1])
    cell = Cell(columns.number[rows.of], rows.number)
    return _Visits(ray[columns.of[rows.of]], cell, rows.begin, rows.end)


class _Cut(NamedTuple):
    """Pieces between the lines of the grid in one direction."""

    of: IntArray
    """What each was cut from."""
    number: IntArray
    """Of the column or row."""
    begin: FloatArray
    end: FloatArray


def _cut(pieces: _Cut, start: FloatArray, move: FloatArray) -> _Cut:
    """Cut pieces again; ``start`` and ``move`` (n,) are counted in cells."""
    first = np.floor(start + move * pieces.begin).astype(np.int64)
    last = np.floor(start + move * pieces.end).astype(np.int64)
    count = np.abs(last - first) + 1
    of, item = spread(np.zeros(len(first), np.int64), count)
    up = (last >= first)[of]
    number = first[of] + np.where(up, item, -item)
    low, high = pieces.begin[of], pieces.end[of]
    begin, end = low.copy(), high.copy()
    later, earlier = item > 0, item < count[of] - 1
    line = number + np.where(up, 0, 1)
    begin[later] = (line[later] - start[of[later]]) / move[of[later]]
    line = number + np.where(up, 1, 0)
    end[earlier] = (line[earlier] - start[of[earlier]]) / move[of[earlier]]
    return _Cut(of, number, np.clip(begin, low, high), np.clip(end, low, high))


class _Turned(NamedTuple):
    key: IntArray
    begin: FloatArray
    end: FloatArray


def _turned(inside: IntArray, met: _Met) -> _Turned:
    """Make shares of where pairs turn; ``inside`` are the keys of those that begin inside."""
    turns = np.concatenate((inside, met.key))
    last, odd = np.unique(turns, return_counts=True)
    last = last[odd % 2 == 1]
    key = np.concatenate((turns, last))
    share = np.concatenate((np.zeros(len(inside)), met.share, np.ones(len(last))))
    order = np.lexsort((share, key))
    share = share[order].reshape(-1, 2)
    return _Turned(key[order][::2], share[:, 0], share[:, 1])


def _wide(cells: Cells, rays: Rays) -> IntArray:
    """Keys of the pairs with volumes that are too large for the grid."""
    found = [np.zeros(0, np.int64)]
    for layer, volumes in enumerate(cells.wide):
        ray = (rays.layer == layer).nonzero()[0]
        found.extend(ray * len(cells.domains) + volume for volume in volumes)
    return np.concatenate(found)


def _exactly(
    volumes: Volumes, rays: Rays, key: IntArray
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Ask the whole outlines: shares, and the key of each."""
    ray, volume = np.divmod(key, max(1, len(volumes.ground)))
    start, move = rays.start[ray], rays.move[ray]
    standing = (move == 0.0).all(axis=1)
    ends = np.stack((start, start + move), axis=1)
    lines = cast("NDArray[np.object_]", shapely.linestrings(ends))
    ground = volumes.ground[volume]
    met = shapely.intersects(ground, lines)
    throughout = met & (standing | shapely.covers(ground, lines))
    part = (met & ~throughout).nonzero()[0]
    pieces, of = shapely.get_parts(
        shapely.intersection(ground[part], lines[part]), return_index=True
    )
    at, piece = shapely.get_coordinates(pieces, return_index=True)
    of = part[of]
    # Rounding may leave nothing of a bare touch: then the whole way counts.
    nothing = part[~np.isin(part, of)]
    whole = np.concatenate((throughout.nonzero()[0], nothing))
    longer = np.abs(move).argmax(axis=1)[of[piece]]
    row = np.arange(len(piece))
    share = (at[row, longer] - start[of[piece], longer]) / move[of[piece], longer]
    share = np.clip(share, 0.0, 1.0)
    first = np.flatnonzero(np.append(True, piece[1:] != piece[:-1])) if len(piece) else piece
    begin = np.minimum.reduceat(share, first) if len(piece) else share
    end = np.maximum.reduceat(share, first) if len(piece) else share
    return (
        np.concatenate((np.zeros(len(whole)), begin)),
        np.concatenate((np.ones(len(whole)), end)),
        key[np.concatenate((whole, of))],
    )
