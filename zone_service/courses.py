"""How devices were seen to move, for those whose units do not say it. Pure."""

import numpy as np
from numpy.typing import NDArray

from geofence.motion import Motion, apart_m
from geofence.places import AT, HEIGHTS, WIDTH, Places

FloatArray = NDArray[np.float64]


class Courses:
    """The places of devices when they were last looked at, and how they had come there.

    It forgets with the process: two looks later it knows as much again.
    """

    def __init__(self) -> None:
        self._last: Places = np.zeros((0, WIDTH))
        self._velocity_mps: FloatArray = np.zeros((0, 3))
        """East, north and up; NaN where it is not known."""

    def see(self, fleet: Places, numbers: NDArray[np.int64], longest_s: float) -> None:
        """Take the latest places of devices; ``fleet`` has all, by number.

        From places that are further apart in time than ``longest_s`` no motion is derived.
        """
        self._grow(len(fleet))
        before, now = self._last[numbers], fleet[numbers]
        lasted_s = now[:, AT] - before[:, AT]
        moved = lasted_s != 0.0  # NaN, of one that was never seen, is another time too
        way = np.column_stack((apart_m(before[:, :2], now[:, :2]), _climbed(before, now)))
        usable = (lasted_s > 0.0) & (lasted_s <= longest_s)
        velocity = np.full((len(numbers), 3), np.nan)
        velocity[usable] = way[usable] / lasted_s[usable, None]
        self._velocity_mps[numbers[moved]] = velocity[moved]
        self._last[numbers[moved]] = now[moved]

    def _grow(self, count: int) -> None:
        more = count - len(self._last)
        if more > 0:
            self._last = np.concatenate((self._last, np.full((more, WIDTH), np.nan)))
            self._velocity_mps = np.concatenate((self._velocity_mps, np.full((more, 3), np.nan)))

    def of(self, numbers: NDArray[np.int64]) -> Motion:
        """Return how devices were seen to move."""
        east, north, up = self._velocity_mps[numbers].T
        return Motion(np.hypot(east, north), np.degrees(np.arctan2(east, north)) % 360.0, up)


def _climbed(before: Places, now: Places) -> FloatArray:
    """By the first of the three heights that both places have."""
    heights = now[:, HEIGHTS] - before[:, HEIGHTS]
    climbed: FloatArray = np.where(np.isnan(heights[:, 0]), heights[:, 1], heights[:, 0])
    return np.where(np.isnan(climbed), heights[:, 2], climbed)
