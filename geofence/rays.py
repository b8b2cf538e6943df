"""Over which volumes' ground straight ways of many cells run, and on which shares of them.

A way is cut at the lines of the grid. In each cell that it passes it meets the few edges of the
volumes there, and every edge met turns inside to outside or back. Where an edge ends within a
millimetre of the way, or is met within a millimetre of a cell's border, the whole outline is asked.
"""

from collections.abc import Callable
from itertools import chain
from typing import NamedTuple, cast

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.cells import Cells
from geofence.cover import ORIGIN
from geofence.grid import CELLS_PER_DEGREE, Cell, FloatArray, IntArray, spread
from geofence.local_edges import Beside, Pairs, at_borders
from geofence.lookup import held
from geofence.rims import stretches
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


Worth = Callable[[IntArray, IntArray], BoolArray]
"""Tells which pairs of a ray and a volume, (m,) each, are worth looking at."""


def every_pair(ray: IntArray, _: IntArray) -> BoolArray:
    """Tell that all of them are."""
    return np.ones(len(ray), np.bool_)


def over_ground(volumes: Volumes, rays: Rays, worth: Worth = every_pair) -> OverGround:
    """Return where the rays are over the ground of a volume of their layer.

    A boundary belongs to its volume: a ray that only touches it is over it at that share. All
    places must be known. Pairs that are not ``worth`` it are left out, and cost next to nothing.
    """
    seen = _looked_along(volumes, rays, worth)
    wide = _wide(volumes.cells, rays, worth)
    if not (seen.doubtful.size or wide.size):
        found = _turned(seen.inside, seen.met)
        return OverGround(*np.divmod(found.key, _count(volumes)), found.begin, found.end)
    asked = np.unique(np.concatenate((seen.doubtful, wide)))
    sure, clean = ~np.isin(seen.inside, asked), ~np.isin(seen.met.key, asked)
    found = _turned(seen.inside[sure], _Met(seen.met.key[clean], seen.met.share[clean]))
    ray, volume = np.divmod(found.key, _count(volumes))
    exact = over_edges(volumes, volumes.ground, rays, *np.divmod(asked, _count(volumes)))
    return joined(OverGround(ray, volume, found.begin, found.end), exact)


def joined(some: OverGround, others: OverGround) -> OverGround:
    """Return what is in one of them."""
    return OverGround(*(np.concatenate(each) for each in zip(some, others, strict=True)))


def _count(volumes: Volumes) -> int:
    return max(1, len(volumes.ground))


class _Met(NamedTuple):
    """Where rays meet edges; the key is ray · number of volumes + volume."""

    key: IntArray
    share: FloatArray


class _Seen(NamedTuple):
    """What the cells along rays tell, by the same keys."""

    inside: IntArray
    """Pairs whose ray begins over the ground of the volume."""
    met: _Met
    doubtful: IntArray
    """Pairs in which rounding could decide."""


class _Visits(NamedTuple):
    """The parts of rays in one cell each, in the order of the rays; arrays of shape (k,)."""

    ray: IntArray
    cell: Cell
    begin: FloatArray
    end: FloatArray


def _looked_along(volumes: Volumes, rays: Rays, worth: Worth) -> _Seen:
    near = np.abs(rays.move * CELLS_PER_DEGREE).sum(axis=1) + 3.0
    if near.sum() <= MOST_VISITS:
        return _looked_in_cells(volumes, rays, np.arange(len(near)), worth)
    part = (np.cumsum(near) // MOST_VISITS).astype(np.int64)
    parts = np.split(np.arange(len(near)), (part[1:] != part[:-1]).nonzero()[0] + 1)
    seen = [_looked_in_cells(volumes, rays, each, worth) for each in parts]
    met = _Met(*(np.concatenate(each) for each in zip(*(one.met for one in seen), strict=True)))
    return _Seen(
        np.concatenate([each.inside for each in seen]),
        met,
        np.concatenate([each.doubtful for each in seen]),
    )


def _looked_in_cells(volumes: Volumes, rays: Rays, ray: IntArray, worth: Worth) -> _Seen:
    cells, visits = volumes.cells, _visits(rays, ray)
    number = cells.at(visits.cell, rays.layer.take(visits.ray))
    every = at_borders(cells, number)
    volume = cells.borders.volume[every.border].astype(np.int64)
    told = worth(visits.ray.take(every.at), volume)
    is_round = volumes.is_round.take(volume)
    # What is near a circle or a corridor is asked of its rim, not of the sketch in the cells.
    at_rim = told & is_round
    asked = visits.ray.take(every.at[at_rim]) * _count(volumes) + volume[at_rim]
    pairs = _picked(every, told & ~is_round)
    is_first = np.ones(len(visits.ray), np.bool_)
    is_first[1:] = visits.ray[1:] != visits.ray[:-1]
    inside = np.concatenate((
        _filling(volumes, visits.ray[is_first], number[is_first], worth),
        _held(volumes, rays, visits, _picked(pairs, is_first.take(pairs.at))),
    ))  # fmt: skip
    if not pairs.at.size:
        return _Seen(inside, _Met(np.zeros(0, np.int64), np.zeros(0)), asked)
    met, doubtful = _met_in_cells(volumes, rays, visits, pairs)
    return _Seen(inside, met, np.concatenate((doubtful, asked)))


def _picked(pairs: Pairs, which: BoolArray) -> Pairs:
    at = which.nonzero()[0]
    return Pairs(pairs.at.take(at), pairs.border.take(at))


def _filling(volumes: Volumes, ray: IntArray, number: IntArray, worth: Worth) -> IntArray:
    """The keys of the volumes that fill the cells in which rays begin."""
    sets = [volumes.cells.sets[each] for each in volumes.cells.filled_by.take(number).tolist()]
    volume = np.fromiter(chain.from_iterable(sets), np.int64)
    of_ray = ray.repeat([len(each) for each in sets])
    told = worth(of_ray, volume)
    return of_ray[told] * _count(volumes) + volume[told]


def _held(volumes: Volumes, rays: Rays, visits: _Visits, pairs: Pairs) -> IntArray:
    """The keys of pairs in whose first cell an edge lies and whose ray begins inside."""
    ray, borders = visits.ray.take(pairs.at), volumes.cells.borders
    inside = held(volumes, Pairs(ray, pairs.border), rays.start)
    return ray[inside] * _count(volumes) + borders.volume[pairs.border[inside]]


def _met_in_cells(
    volumes: Volumes, rays: Rays, visits: _Visits, pairs: Pairs
) -> tuple[_Met, IntArray]:
    """Return where rays meet edges, and the keys of pairs in which rounding could decide."""
    borders, of_ray = volumes.cells.borders, visits.ray.take(pairs.at)
    key = of_ray * _count(volumes) + borders.volume[pairs.border]
    beside = Beside(borders, Pairs(of_ray, pairs.border))
    pair = np.repeat(np.arange(len(of_ray)), beside.count)
    x, y = beside.from_known(rays.start)
    move = rays.move.take(of_ray.take(pair), axis=0)
    dx, dy = move[:, 0], move[:, 1]
    length = np.hypot(dx, dy)
    ax, ay, bx, by = (beside.edges[:, column] - at for column, at in enumerate((x, y, x, y)))
    one, other = dx * ay - dy * ax, dx * by - dy * bx
    # A ray that stands meets nothing: where it is, is told by where it begins.
    touching = (np.minimum(np.abs(one), np.abs(other)) <= TOUCH_DEG * length) & (length > 0.0)
    met = ((one > 0.0) != (other > 0.0)).nonzero()[0]
    ax, ay, bx, by = ax[met], ay[met], bx[met], by[met]
    share = (ax * (by - ay) - ay * (bx - ax)) / (other - one)[met]
    visit, slack = pairs.at.take(pair[met]), TOUCH_DEG / length[met]
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
    if not met.key.size:
        return _Turned(inside, np.zeros(len(inside)), np.ones(len(inside)))
    turns = np.concatenate((inside, met.key))
    last, odd = np.unique(turns, return_counts=True)
    last = last[odd % 2 == 1]
    key = np.concatenate((turns, last))
    share = np.concatenate((np.zeros(len(inside)), met.share, np.ones(len(last))))
    order = np.lexsort((share, key))
    share = share[order].reshape(-1, 2)
    return _Turned(key[order][::2], share[:, 0], share[:, 1])


def _wide(cells: Cells, rays: Rays, worth: Worth) -> IntArray:
    """Keys of the pairs with volumes that are too large for the grid."""
    found = [np.zeros(0, np.int64)]
    for layer, volumes in enumerate(cells.wide):
        ray = (rays.layer == layer).nonzero()[0]
        for volume in volumes:
            told = ray[worth(ray, np.full(len(ray), volume))]
            found.append(told * len(cells.domains) + volume)
    return np.concatenate(found)


def over_edges(
    volumes: Volumes,
    outlines: NDArray[np.object_],
    rays: Rays,
    ray: IntArray,
    volume: IntArray,
    margin_m: FloatArray | None = None,
) -> OverGround:
    """Ask rims, and whole outlines where there is none, about pairs (m,) of a ray and a volume.

    ``margin_m``, by volume, is how much farther than a rim it reaches; the outlines are those that
    have grown by as much.
    """
    is_round = volumes.is_round.take(volume)
    found = over_outlines(outlines, rays, ray[~is_round], volume[~is_round])
    at_rim = is_round.nonzero()[0]
    if not at_rim.size:
        return found
    margins_m = np.zeros(len(outlines)) if margin_m is None else margin_m
    spans = [
        (ray[at], volume[at], *span)
        for at in at_rim.tolist()
        for span in stretches(
            volumes.rims[volume[at]],
            rays.start[ray[at]],
            rays.move[ray[at]],
            float(margins_m[volume[at]]),
        )
    ]
    which, of, begin, end = np.array(spans, np.float64).reshape(-1, 4).T
    return joined(found, OverGround(which.astype(np.int64), of.astype(np.int64), begin, end))


def over_outlines(
    outlines: NDArray[np.object_], rays: Rays, ray: IntArray, volume: IntArray
) -> OverGround:
    """Ask whole outlines, by volume, about pairs (m,) of a ray and a volume."""
    start, move = rays.start[ray], rays.move[ray]
    standing = (move == 0.0).all(axis=1)
    ends = np.stack((start, start + move), axis=1)
    lines = cast("NDArray[np.object_]", shapely.linestrings(ends))
    ground = outlines[volume]
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
    pair = np.concatenate((whole, of))
    return OverGround(
        ray[pair],
        volume[pair],
        np.concatenate((np.zeros(len(whole)), begin)),
        np.concatenate((np.ones(len(whole)), end)),
    )
