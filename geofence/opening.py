"""Which volumes are open, for all fixes of a while at once.

Between two edges of all schedules nothing opens and nothing shuts. So the edges of an hour are
found at once, and what each schedule says between two of them is found out when it is first asked.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geofence.grid import FloatArray, IntArray
from geofence.schedule import Calendar

BoolArray = NDArray[np.bool_]
BEFORE_S: Final = 300.0
AFTER_S: Final = 3_600.0
"""How far the edges are looked for around the moments that are asked about. Clocks of devices
differ, and time goes on."""


class Openings:
    """The schedules of volumes, with their edges around the moments last asked about.

    Belongs to the one thread that asks a snapshot; what it remembers changes no answer.
    """

    __slots__ = ("_calendars", "_edges_s", "_from_s", "_of_volume", "_open", "_to_s")

    def __init__(self, calendars: tuple[Calendar | None, ...]) -> None:
        """``calendars`` are of each volume; without one it is always open."""
        self._calendars: list[Calendar] = []
        self._of_volume = self._numbers(calendars)
        self._edges_s: FloatArray = np.zeros(0)
        """All edges after ``_from_s`` and up to ``_to_s``, ascending, each once."""
        self._from_s, self._to_s = math.inf, -math.inf
        self._open: dict[int, BoolArray] = {}
        """What is open between two edges, by the number of edges before."""

    def with_more(self, calendars: Sequence[Calendar | None], gone: IntArray) -> "Openings":
        """Return the openings of more volumes behind these, of which some are there no more."""
        found = Openings(())
        found._calendars = self._calendars.copy()
        numbers = np.concatenate((self._of_volume, found._numbers(calendars)))
        numbers[gone] = 0
        # Of a schedule that no volume has any more no edge is one.
        used = np.union1d(numbers, 0)
        found._calendars = [found._calendars[each - 1] for each in used[1:].tolist()]
        found._of_volume = np.searchsorted(used, numbers).astype(np.int64)
        return found

    def _numbers(self, calendars: Iterable[Calendar | None]) -> IntArray:
        """Return the number of each schedule, 0 of none; those that are new are taken up."""
        known: dict[Calendar | None, int] = {None: 0}
        known |= {each: number for number, each in enumerate(self._calendars, start=1)}
        numbers = [known.setdefault(each, len(known)) for each in calendars]
        self._calendars = [each for each in known if each is not None]
        return np.array(numbers, np.int64)

    def next_edge_s(self, after_s: float) -> float:
        """Return the next moment after ``after_s`` when some schedule changes, or infinity."""
        return min((each.next_edge_s(after_s) for each in self._calendars), default=math.inf)

    def turning(self, from_s: float, to_s: float) -> IntArray:
        """Return the volumes whose schedule may change between two moments."""
        turns = [False, *(each.next_edge_s(from_s) <= to_s for each in self._calendars)]
        return np.flatnonzero(np.array(turns)[self._of_volume])

    def warm(self, at_s: float) -> None:
        """Find the edges around a moment now, so that no batch has to."""
        if self._calendars:
            self._find_edges(at_s, at_s)
            self._between(int(np.searchsorted(self._edges_s, at_s)))

    def at(self, volume: IntArray, at_s: FloatArray) -> BoolArray:
        """Tell which volumes are open at their moments; arrays (m,)."""
        number = self._of_volume.take(volume)
        found = np.ones(len(volume), np.bool_)
        if not volume.size:
            return found
        self._find_edges(float(at_s.min()), float(at_s.max()))
        before = np.searchsorted(self._edges_s, at_s)
        for stretch in np.unique(before).tolist():
            rows = (before == stretch).nonzero()[0]
            found[rows] = self._between(stretch).take(number[rows])
        # An end belongs to its window and the moment after it does not: an edge is in no stretch.
        for row in self._on_edge(before, at_s).nonzero()[0].tolist():
            if number[row]:
                found[row] = self._calendars[number[row] - 1].holds(float(at_s[row]))
        return found

    def never(self, volume: IntArray, from_s: FloatArray, to_s: FloatArray) -> BoolArray:
        """Tell which volumes are known to be shut all the time; arrays (m,), both ends included.

        One that is not told of may be shut as well: an edge lies between, and it must be asked.
        """
        if not volume.size:
            return np.zeros(0, np.bool_)
        low, high = np.minimum(from_s, to_s), np.maximum(from_s, to_s)
        self._find_edges(float(low.min()), float(high.max()))
        before = np.searchsorted(self._edges_s, low)
        within = before == np.searchsorted(self._edges_s, high, side="right")
        return np.asarray(within & ~self.at(volume, low), np.bool_)

    def _on_edge(self, before: NDArray[np.intp], at_s: FloatArray) -> BoolArray:
        if not self._edges_s.size:
            return np.zeros(len(at_s), np.bool_)
        after = self._edges_s.take(before, mode="clip")
        return np.asarray(after == at_s, np.bool_)

    def _find_edges(self, first_s: float, last_s: float) -> None:
        if self._from_s < first_s and last_s < self._to_s:
            return
        self._from_s, self._to_s = first_s - BEFORE_S, last_s + AFTER_S
        found: set[float] = set()
        for each in self._calendars:
            edge_s = each.next_edge_s(self._from_s)
            while edge_s <= self._to_s:
                found.add(edge_s)
                edge_s = each.next_edge_s(edge_s)
        self._edges_s = np.array(sorted(found), np.float64)
        self._open = {}

    def _between(self, stretch: int) -> BoolArray:
        """Return what is open after so many edges, by number of the calendar."""
        known = self._open.get(stretch)
        if known is None:
            ends = (self._from_s, *self._edges_s.tolist(), self._to_s)
            inside_s = (ends[stretch] + ends[stretch + 1]) / 2.0
            known = np.array([True, *(each.holds(inside_s) for each in self._calendars)])
            self._open[stretch] = known
        return known
