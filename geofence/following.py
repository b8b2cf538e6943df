"""Each device from one row to the next: where it was before, and what of it is sane. Compiled."""

import numpy as np
from numpy.typing import NDArray

from geofence.compiled import compiled
from geofence.places import LATEST_S

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
Numbers = NDArray[np.int32]
NO_ROW = -1


@compiled
def sane(here: FloatArray, on_earth: BoolArray) -> int:
    """Count the rows with a position on the earth and a time, and tell which; (n, 6) and (n,).

    A height that is not finite becomes unknown (NaN).
    """
    count = 0
    for row in range(len(here)):
        # Comparisons with NaN are false: what is unknown never reaches the geometry library.
        on_earth[row] = (
            abs(here[row, 0]) <= 180.0
            and abs(here[row, 1]) <= 90.0
            and abs(here[row, 2]) <= LATEST_S
        )
        count += on_earth[row]
        for column in range(3, 6):
            if np.isinf(here[row, column]):
                here[row, column] = np.nan
    return count


@compiled
def follow(
    device: Numbers,
    here: FloatArray,
    domain: NDArray[np.int8],
    last: FloatArray,
    judged_s: FloatArray,
    domains: NDArray[np.int8],
    latest_row: Numbers,
    start: FloatArray,
    previous: Numbers,
    settled: BoolArray,
) -> None:
    """Take devices on to the places of their rows, in order; tell what there was before each row.

    ``last``, ``judged_s`` and ``domains`` are of each device and become those of its last row. Written by row
    are ``start``: the place before; ``previous``: the device's row before, or -1; ``settled``:
    whether the device was judged last at that place and time, in the same domain. ``latest_row`` is -1
    for each device, before and after.
    """
    for row in range(len(device)):
        number = device[row]
        previous[row] = latest_row[number]
        latest_row[number] = row
        settled[row] = judged_s[number] == last[number, 2] and domains[number] == domain[row]
        for column in range(6):
            start[row, column] = last[number, column]
            last[number, column] = here[row, column]
        judged_s[number] = here[row, 2]
        domains[number] = domain[row]
    for row in range(len(device)):
        latest_row[device[row]] = NO_ROW
