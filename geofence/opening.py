"""Which volumes are open, for all fixes of a while at once.

Nearly all fixes of a batch come between two edges of all schedules. So what each schedule says is
found out once for that stretch of time, and again only when time has passed its end.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geofence.grid import FloatArray, IntArray
from geofence.schedule import Calendar

BoolArray = NDArray[np.bool_]
SLACK_S: Final = 30.0
"""Clocks of devices differ: the stretch begins so long before the earliest fix if it may."""


class Openings:
    """The schedules of volumes, with the stretch of time last asked about.

    Belongs to the one thread that asks a snapshot; what it remembers changes no answer.
    """

    __slots__ = ("_calendars", "_from_s", "_of_volume", "_open", "_to_s")

    def __init__(self, calendars: tuple[Calendar | None, ...]) -> None:
        """``calendars`` are of each volume; without one it is always open."""
        known: dict[Calendar | None, int] = {None: 0}
        numbers = [known.setdefault(each, len(known)) for each in calendars]
        self._calendars = [each for each in known if each is not None]
        self._of_volume = np.array(numbers, np.int64)
        self._open: BoolArray = np.ones(len(known), np.bool_)
        self._from_s, self._to_s = math.inf, -math.inf

    def at(self, volume: IntArray, at_s: FloatArray) -> BoolArray:
        """Tell which volumes are open at their moments; arrays (m,)."""
        if not volume.size:
            return np.zeros(0, np.bool_)
        self._look_at(float(at_s.min()), float(at_s.max()))
        number = self._of_volume.take(volume)
        found = self._open.take(number)
        outside = ((at_s <= self._from_s) | (at_s >= self._to_s)) & (number > 0)
        for row in outside.nonzero()[0].tolist():
            found[row] = self._calendars[number[row] - 1].holds(float(at_s[row]))
        return found

    def never(self, volume: IntArray, from_s: FloatArray, to_s: FloatArray) -> BoolArray:
        """Tell which volumes are known to be shut all the time; arrays (m,), both ends included.

        One that is not told of may be shut as well: an edge lies near, and it must be asked.
        """
        if not volume.size:
            return np.zeros(0, np.bool_)
        low, high = np.minimum(from_s, to_s), np.maximum(from_s, to_s)
        self._look_at(float(low.min()), float(high.max()))
        shut = ~self._open.take(self._of_volume.take(volume))
        return np.asarray(shut & (low > self._from_s) & (high < self._to_s), np.bool_)

    def _look_at(self, first_s: float, last_s: float) -> None:
        """Have a stretch without edges that reaches as far as may be over a batch's moments."""
        if self._from_s < first_s and last_s < self._to_s:
            return
        self._begin(first_s - SLACK_S)
        if last_s >= self._to_s:
            self._begin(math.nextafter(first_s, -math.inf))

    def _begin(self, from_s: float) -> None:
        """Take the stretch behind a moment, up to the next edge; neither belongs to it.

        An end belongs to its window and the moment after it does not: so no stretch holds an edge.
        """
        if self._from_s == from_s:
            return
        self._from_s = from_s
        self._to_s = min((each.next_edge_s(from_s) for each in self._calendars), default=math.inf)
        just_after_s = math.nextafter(from_s, math.inf)
        self._open[1:] = [each.holds(just_after_s) for each in self._calendars]
