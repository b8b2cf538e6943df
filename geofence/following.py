"""Each device from one row to the next: where it was before, and what of it is sane. Compiled."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geofence.compiled import compiled, fetch
from geofence.places import LATEST_S

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
Numbers = NDArray[np.int32]
NO_ROW: Final = -1

NUMBERS_OF_DEVICE: Final = 8
"""A line of the processor's memory: the place, when it was judged, and two numbers of half the length."""
JUDGED: Final = 6
LATEST_ROW, DOMAIN = 14, 15
"""The columns of the numbers of half the length: the row of its last fix while a batch is judged, -1
between two, and its domain."""
DOMAIN_BYTE: Final = 60
AHEAD: Final = 16
"""Rows before a device's turn its memory is asked for."""


@compiled
def sane(here: FloatArray, device: Numbers, on_earth: BoolArray) -> tuple[int, int, int]:
    """Count the rows with a position on the earth and a time, and tell which; (n, 6) and (n,).

    Returns the lowest and the highest number of their devices as well. A height that is not finite
    becomes unknown (NaN).
    """
    count, lowest, highest = 0, 0, -1
    for row in range(len(here)):
        # Comparisons with NaN are false: what is unknown never reaches the geometry library.
        on_earth[row] = (
            abs(here[row, 0]) <= 180.0
            and abs(here[row, 1]) <= 90.0
            and abs(here[row, 2]) <= LATEST_S
        )
        if on_earth[row]:
            count += 1
            lowest, highest = min(lowest, device[row]), max(highest, device[row])
        for column in range(3, 6):
            if np.isinf(here[row, column]):
                here[row, column] = np.nan
    return count, lowest, highest


@compiled
def follow(
    device: Numbers,
    here: FloatArray,
    domain: NDArray[np.int8],
    devices: FloatArray,
    halves: Numbers,
    held: Numbers,
    start: FloatArray,
    previous: Numbers,
    stood_until_s: FloatArray,
    is_way: BoolArray,
) -> None:
    """Take devices on to the places of their rows, in order; tell what there was before each row.

    ``devices`` are of each device, ``halves`` the same as numbers of half the length; they become those
    of its last row. Written by row are ``start``: the place before; ``previous``: the device's row before,
    or -1; ``stood_until_s``: until when the device was judged at that place after its fix there, NaN where
    it was judged last with that fix, and minus infinity where that was in another domain; ``is_way``,
    which says from which rows there may be one, becomes where there is one. ``held`` is not read, but fetched,
    for it is asked next.
    """
    rows = len(device)
    for row in range(min(AHEAD, rows)):
        fetch(devices, device[row])
    for row in range(rows):
        number = device[row]
        if row + AHEAD < rows:
            fetch(devices, device[row + AHEAD])
        fetch(held, number)
        previous[row] = halves[number, LATEST_ROW]
        halves[number, LATEST_ROW] = row
        if halves[number, DOMAIN] != domain[row]:
            stood_until_s[row] = -np.inf
        elif devices[number, JUDGED] == devices[number, 2]:
            stood_until_s[row] = np.nan
        else:
            stood_until_s[row] = devices[number, JUDGED]
        for column in range(6):
            start[row, column] = devices[number, column]
            devices[number, column] = here[row, column]
        devices[number, JUDGED] = here[row, 2]
        halves[number, DOMAIN] = domain[row]
        is_way[row] = is_way[row] and not np.isnan(start[row, 0])
    for row in range(len(device)):
        halves[device[row], LATEST_ROW] = NO_ROW
