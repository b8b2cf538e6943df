"""Whether volumes hold places over whose ground they are."""

import numpy as np
from numpy.typing import NDArray

from geofence.grid import IntArray
from geofence.judge import Presence, between_heights
from geofence.places import AT, HEIGHTS, Places
from geofence.snapshot import Volumes

INSIDE, OUTSIDE = np.int8(Presence.INSIDE), np.int8(Presence.OUTSIDE)


def within_limits(
    volumes: Volumes, row: IntArray, volume: IntArray, at: Places
) -> NDArray[np.int8]:
    """Judge places by height and hour against volumes whose ground they are over."""
    judged = np.full(len(row), INSIDE, np.int8)
    pairs = volumes.bands.bounded.take(volume).nonzero()[0]
    if pairs.size:
        heights = at[row[pairs], HEIGHTS]
        judged[pairs] = between_heights(volumes.bands, volume[pairs], heights)
    timed = (volumes.scheduled.take(volume) & (judged != OUTSIDE)).nonzero()[0]
    if timed.size:
        shut = ~volumes.openings.at(volume[timed], at[row[timed], AT])
        judged[timed[shut]] = OUTSIDE
    return judged
