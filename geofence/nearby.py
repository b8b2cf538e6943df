"""Which places lie near each other: by cells, each compared with its neighbours only.

Places that reach far are looked up in large cells and all others in small ones, so that one fast
device does not make every pair of the city a candidate.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.frame import ECCENTRICITY_2, SEMI_MAJOR_M
from geofence.grid import IntArray, spread
from geofence.motion import apart_m, metres_per_degree

FloatArray = NDArray[np.float64]

SMALLEST_REACH_M = 1.0
LEAST_DEGREE_M = float(np.radians(SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2)))
"""A degree of latitude at the equator, where it is shortest."""
SLACK = 1.0 + 1e-6
"""Cells are this much larger than they must be, for rounding."""
FEWEST_COLUMNS = 3
"""With fewer around the earth a neighbour on both sides would be the same."""


class Near(NamedTuple):
    """Pairs that lie within both reaches together; arrays of shape (m,) and (m, 2)."""

    first: IntArray
    second: IntArray
    apart_m: FloatArray
    """East and north from the first to the second."""


def near(
    first: FloatArray, first_reach_m: FloatArray, second: FloatArray, second_reach_m: FloatArray
) -> Near:
    """Return the pairs of a first and a second place no farther apart than both reach together.

    Places are longitudes and latitudes (n, 2) and (k, 2); a row that is NaN is near nothing.
    Reaches (n,) and (k,) are finite and not negative. Distances are true to a millimetre within
    2 km, and to a thousandth over some tens of kilometres. Pairs come in no particular order.
    """
    least_m = _common_reach_m(first_reach_m, second_reach_m)
    level, other = _levels(first, first_reach_m, least_m), _levels(second, second_reach_m, least_m)
    present = np.unique(np.concatenate((level[level >= 0], other[other >= 0])))
    pairs = [np.zeros((2, 0), np.int64)]
    for each in present.tolist():
        both_m = 2.0 * 2.0**each
        alike, up_to = (level == each).nonzero()[0], ((other >= 0) & (other <= each)).nonzero()[0]
        pairs.append(_beside(first, alike, second, up_to, both_m))
        below, alike = ((level >= 0) & (level < each)).nonzero()[0], (other == each).nonzero()[0]
        pairs.append(_beside(second, alike, first, below, both_m)[::-1])
    one, two = np.concatenate(pairs, axis=1)
    way_m = apart_m(first[one], second[two])
    close = np.hypot(way_m[:, 0], way_m[:, 1]) <= first_reach_m[one] + second_reach_m[two]
    return Near(one[close], two[close], way_m[close])


def near_each_other(places: FloatArray, reach_m: FloatArray) -> Near:
    """Return the pairs among places (n, 2) no farther apart than both reach together, each once.

    As ``near`` does, in a third of its time; the first of a pair is the lower row.
    """
    level = _levels(places, reach_m, _common_reach_m(reach_m, reach_m))
    pairs = [np.zeros((2, 0), np.int64)]
    for each in np.unique(level[level >= 0]).tolist():
        alike, below = (level == each).nonzero()[0], ((level >= 0) & (level < each)).nonzero()[0]
        both_m = 2.0 * max(SMALLEST_REACH_M, float(reach_m[alike].max()))
        pairs += [_among(places, alike, both_m), _beside(places, alike, places, below, both_m)]
    one, two = np.sort(np.concatenate(pairs, axis=1), axis=0)
    way_m = apart_m(places[one], places[two])
    close = np.hypot(way_m[:, 0], way_m[:, 1]) <= reach_m[one] + reach_m[two]
    return Near(one[close], two[close], way_m[close])


def _common_reach_m(one: FloatArray, other: FloatArray) -> float:
    """A reach that half of the places have: to look for less one by one costs more than it saves."""
    every = np.concatenate((one, other))
    every = every[np.isfinite(every)]
    return max(SMALLEST_REACH_M, float(np.median(every))) if len(every) else SMALLEST_REACH_M


def _levels(places: FloatArray, reach_m: FloatArray, least_m: float) -> IntArray:
    """The power of two that each reach lies within; -1 of a place that is not known."""
    level = np.ceil(np.log2(np.maximum(reach_m, least_m)))
    known = ~np.isnan(places).any(axis=1) & ~np.isnan(level)
    return np.where(known, level, -1.0).astype(np.int64)


def _beside(
    asking: FloatArray, ask: IntArray, asked: FloatArray, among: IntArray, within_m: float
) -> IntArray:
    """Pairs (2, m) of which one may lie within so many metres of the other."""
    if not len(ask) or not len(among):
        return np.zeros((2, 0), np.int64)
    here, there = asking[ask], asked[among]
    highest = max(np.abs(here[:, 1]).max(), np.abs(there[:, 1]).max())
    columns, row_deg = _columns(highest, within_m), SLACK * within_m / LEAST_DEGREE_M
    keys = _row(there, row_deg) * columns + _column(there, columns)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    row, column = _row(here, row_deg), _column(here, columns)
    found = []
    for up in (-1, 0, 1):
        for along in (-1, 0, 1) if columns > 1 else (0,):
            key = (row + up) * columns + (column + along) % columns
            begin = np.searchsorted(keys, key)
            of, item = spread(begin, np.searchsorted(keys, key, side="right") - begin)
            found.append(np.stack((ask[of], among[order[item]])))
    return np.concatenate(found, axis=1)


def _among(places: FloatArray, among: IntArray, within_m: float) -> IntArray:
    """Pairs (2, m) of the same places that may lie within so many metres, each once."""
    if len(among) < 2:
        return np.zeros((2, 0), np.int64)
    here = places[among]
    columns = _columns(np.abs(here[:, 1]).max(), within_m)
    column = _column(here, columns)
    if column.min() == 0 or column.max() == columns - 1:
        # The next column may be on the other side of the map, and not the next key.
        pairs = _beside(places, among, places, among, within_m)
        return pairs[:, pairs[0] < pairs[1]]
    keys = _row(here, SLACK * within_m / LEAST_DEGREE_M) * columns + column
    order = np.argsort(keys)
    keys, among = keys[order], among[order]
    # Behind it in its own cell and to the east, then in the three to the north: so each pair once.
    begin, end = np.arange(1, len(keys) + 1), keys.searchsorted(keys + 1, side="right")
    north, north_end = keys + columns - 1, keys + columns + 1
    begin = np.concatenate((begin, keys.searchsorted(north)))
    end = np.concatenate((end, keys.searchsorted(north_end, side="right")))
    of, item = spread(begin, end - begin)
    return np.stack((among[of % len(keys)], among[item]))


def _columns(highest_deg: float, within_m: float) -> int:
    """How many columns of cells there are around the earth, so far from the equator and nearer."""
    # At the poles a degree of longitude has no length: all around them is one column.
    degree_m = float(metres_per_degree(np.array([highest_deg]))[0, 0])
    columns = int(360.0 * degree_m / (SLACK * within_m))
    return columns if columns >= FEWEST_COLUMNS else 1


def _row(places: FloatArray, row_deg: float) -> IntArray:
    return np.floor((places[:, 1] + 90.0) / row_deg).astype(np.int64)


def _column(places: FloatArray, columns: int) -> IntArray:
    share = (places[:, 0] + 180.0) / 360.0
    return np.floor(share * columns).astype(np.int64) % columns
