"""Whether one volume holds a place: over its ground, between its heights, in its hours.

The three are judged together for each volume: a device over one volume of a zone and between
the heights of another is in neither. A height that is not known makes the answer unknown,
never inside and never outside, unless something else rules the volume out.
"""

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from geofence.zone import HeightBand, HeightLimit, HeightReference

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

REFERENCES = (HeightReference.AGL, HeightReference.AMSL, HeightReference.HAE)
"""The order of the columns of heights."""


class Presence(IntEnum):
    """Whether a place is in a volume; of several volumes the greatest counts."""

    OUTSIDE = 0
    UNKNOWN = 1
    """Over its ground, but a height that decides is not known."""
    INSIDE = 2


@dataclass(frozen=True, slots=True)
class Bands:
    """The height bands of volumes as arrays, one row a volume.

    A missing limit is infinite and its column is 0, which nothing reads.
    """

    bounded: BoolArray
    lower_m: FloatArray
    lower_column: IntArray
    upper_m: FloatArray
    upper_column: IntArray


def bands(of: list[HeightBand]) -> Bands:
    """Lay the bands out as arrays."""
    lower, upper = [band.lower for band in of], [band.upper for band in of]
    return Bands(
        np.array([band.lower is not None or band.upper is not None for band in of], np.bool_),
        np.array([-math.inf if limit is None else limit.value_m for limit in lower], np.float64),
        np.array([_column(limit) for limit in lower], np.intp),
        np.array([math.inf if limit is None else limit.value_m for limit in upper], np.float64),
        np.array([_column(limit) for limit in upper], np.intp),
    )


def joined(some: Bands, others: Bands) -> Bands:
    """Return the bands of some volumes and of others behind them."""
    return Bands(
        np.concatenate((some.bounded, others.bounded)),
        np.concatenate((some.lower_m, others.lower_m)),
        np.concatenate((some.lower_column, others.lower_column)),
        np.concatenate((some.upper_m, others.upper_m)),
        np.concatenate((some.upper_column, others.upper_column)),
    )


def _column(limit: HeightLimit | None) -> int:
    return 0 if limit is None else REFERENCES.index(limit.reference)


def between_heights(of: Bands, volume: IntArray, heights_m: FloatArray) -> NDArray[np.int8]:
    """Return the presence by height alone of each pair, shape (m,).

    ``volume`` (m,) are rows of ``of``; ``heights_m`` (m, 3) are AGL, AMSL and HAE, NaN unknown.
    Each limit looks at the height of its own reference; both limits are included.
    """
    pair = np.arange(len(volume))
    lower_m, upper_m = of.lower_m[volume], of.upper_m[volume]
    above_m = heights_m[pair, of.lower_column[volume]]
    below_m = heights_m[pair, of.upper_column[volume]]
    outside = (above_m < lower_m) | (below_m > upper_m)
    known = ((above_m >= lower_m) | np.isinf(lower_m)) & ((below_m <= upper_m) | np.isinf(upper_m))
    judged: NDArray[np.int8] = np.where(
        outside, Presence.OUTSIDE, np.where(known, Presence.INSIDE, Presence.UNKNOWN)
    ).astype(np.int8)
    return judged
