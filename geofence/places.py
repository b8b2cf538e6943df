"""Where devices are or were, in one block of numbers."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from geofence.fixes import Fixes

Places: TypeAlias = NDArray[np.float64]
"""Shape (n, 6): longitude and latitude in degrees, seconds since 1970, then the heights AGL,
AMSL and HAE in metres (NaN unknown). One block, because a batch gathers and scatters whole
rows. A row of NaN is a device that was never seen."""

LATEST_S = 253_402_300_800.0
"""The end of the year 9999: a time beyond it is no time."""
LIMITS = np.array([180.0, 90.0, LATEST_S])

LONGITUDE, LATITUDE, AT, HEIGHTS = 0, 1, 2, slice(3, 6)
WIDTH = 6


def places(fixes: Fixes) -> Places:
    """Return the places of a batch; a height that is not finite is unknown."""
    block = filled(fixes)
    heights = block[:, HEIGHTS]
    heights[np.isinf(heights)] = np.nan
    return block


def filled(fixes: Fixes) -> Places:
    """Return the places of a batch as they were said."""
    block = np.empty((len(fixes), WIDTH))
    block[:, LONGITUDE] = fixes.longitude_deg
    block[:, LATITUDE] = fixes.latitude_deg
    block[:, AT] = fixes.at_s
    block[:, 3] = fixes.agl_m
    block[:, 4] = fixes.amsl_m
    block[:, 5] = fixes.hae_m
    return block


def known(block: Places) -> NDArray[np.bool_]:
    """Tell which rows have a position on the earth and a time; NaN and infinity have none."""
    # Comparisons with NaN are false, so what is unknown never reaches the geometry library:
    # there a segment from NaN "intersects" every polygon.
    return np.asarray(np.all(np.abs(block[:, : HEIGHTS.start]) <= LIMITS, axis=1), np.bool_)
