"""Which volumes are open, for all fixes of a while at once.

Between two edges of all schedules nothing opens and nothing shuts. So the edges of an hour are
found at once, and what each schedule says between two of them is found out when it is first asked.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geofence.grid import FloatArray, IntArray
from geofence.looking import AT, Hours, Ways, extent
from geofence.room import numbers
from geofence.schedule import Calendar

BoolArray = NDArray[np.bool_]
BEFORE_S: Final = 300.0
AFTER_S: Final = 3_600.0
"""How far the edges are looked for around the moments that are asked about. Clocks of devices
differ, and time goes on."""
TOGETHER_S: Final = 86_400.0
"""Rows farther apart in time than this are not looked up together: all edges between them would be."""
MOST_STRETCHES: Final = 16
"""So many between a batch's first moment and its last are looked at, whether or not a row is in them."""
NO_STRETCH: Final = np.zeros(1, np.int64)
ALWAYS: Final = np.ones((1, 1), np.bool_)


class Openings:
    """The schedules of volumes, with their edges around the moments last asked about.

    Belongs to the one thread that asks a snapshot; what it remembers changes no answer.

    Time is cut into stretches in which nothing changes: those between two edges have even numbers, and
    each edge is one of its own, with an odd number, since an end belongs to its window and the moment
    after it does not.
    """

    __slots__ = (
        "_calendars",
        "_edge_list",
        "_edges_s",
        "_from_s",
        "_next_s",
        "_of_volume",
        "_open",
        "_to_s",
        "_turning",
    )

    def __init__(self, calendars: tuple[Calendar | None, ...]) -> None:
        """``calendars`` are of each volume; without one it is always open."""
        self._calendars: list[Calendar] = []
        self._of_volume = self._numbers(calendars)
        self._edge_list: list[float] = []
        self._edges_s: FloatArray = np.zeros(0)
        """All edges after ``_from_s`` and up to ``_to_s``, ascending, each once."""
        self._from_s, self._to_s = math.inf, -math.inf
        self._turning: dict[float, list[int]] = {}
        """By edge, which schedules it is one of."""
        self._next_s: list[float] = []
        """Of each schedule, its first edge after ``_to_s``."""
        self._open: dict[int, BoolArray] = {}
        """What is open in a stretch, by its number."""

    def with_more(self, calendars: Sequence[Calendar | None], gone: IntArray) -> "Openings":
        """Return the openings of more volumes behind these, of which some are there no more."""
        found = Openings(())
        if not any(calendars) and not self._of_volume[gone].any():
            found._calendars = self._calendars
            found._of_volume = np.concatenate((self._of_volume, np.zeros(len(calendars), np.int64)))
            return found
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
        if self._from_s <= after_s <= self._to_s:
            at = bisect_right(self._edge_list, after_s)
            later = self._edge_list[at : at + 1] or self._next_s
            return min(later, default=math.inf)
        return min((each.next_edge_s(after_s) for each in self._calendars), default=math.inf)

    def turning(self, from_s: float, to_s: float) -> IntArray:
        """Return the volumes whose schedule may change between two moments."""
        turns = np.zeros(len(self._calendars) + 1, np.bool_)
        if self._from_s <= from_s and to_s <= self._to_s:
            first, last = (bisect_right(self._edge_list, each) for each in (from_s, to_s))
            for edge_s in self._edge_list[first:last]:
                turns[1:][self._turning[edge_s]] = True
        else:
            turns[1:] = [each.next_edge_s(from_s) <= to_s for each in self._calendars]
        return np.flatnonzero(turns[self._of_volume])

    def warm(self, at_s: float) -> None:
        """Find the edges around a moment now, so that no batch has to."""
        if self._calendars:
            self._find_edges(at_s, at_s)
            self._between(self._stretch(at_s))

    @property
    def of_volume(self) -> IntArray:
        """Return the number of each volume's schedule, 0 of none."""
        return self._of_volume

    def hours(self, way: Ways) -> Hours:
        """Return in which stretches ways begin and end, and which schedules are open then.

        Of a row without a way, and far from the others in time, it is not told.
        """
        count = len(way.domain)
        begins, nowhere = numbers(count), np.zeros(count, np.int32)
        first_s, last_s = extent(way, begins)
        if not self._calendars or not count:
            return Hours(begins, nowhere, ALWAYS, NO_STRETCH)
        if last_s - first_s > TOGETHER_S:
            return self._hours_apart(way)
        self._find_edges(first_s, last_s)
        first, last = self._stretch(first_s), self._stretch(last_s)
        if first == last:
            return Hours(begins, nowhere, self._between(first)[None, :], NO_STRETCH)
        return self._hours_across(way, first, last)

    def _hours_across(self, way: Ways, first: int, last: int) -> Hours:
        """Look up the hours of rows in several stretches, from the first to the last."""
        starts = self._stretches(np.where(way.is_way, way.start[:, AT], way.end[:, AT]))
        ends = self._stretches(way.end[:, AT])
        stretches = np.arange(first, last + 1)
        if last - first >= MOST_STRETCHES:
            stretches = np.union1d(starts, ends)
        starts, ends = np.searchsorted(stretches, starts), np.searchsorted(stretches, ends)
        return Hours(
            np.where(way.is_way, starts, -1).astype(np.int32),
            ends.astype(np.int32),
            np.stack([self._between(each) for each in stretches.tolist()]),
            stretches,
        )

    def _hours_apart(self, way: Ways) -> Hours:
        """Look up the hours of most rows, and leave out those that are far from them in time."""
        middle_s = float(np.median(way.end[:, AT]))
        near = np.abs(way.end[:, AT] - middle_s) < TOGETHER_S / 2
        near &= ~way.is_way | (np.abs(way.start[:, AT] - middle_s) < TOGETHER_S / 2)
        some = Ways(way.start[near], way.end[near], way.is_way[near], way.domain[near])
        found = self.hours(some)
        starts, ends = np.full((2, len(near)), -1, np.int32)
        starts[near], ends[near] = found.at_start, found.at_end
        return Hours(starts, ends, found.is_open, found.number)

    def at(self, volume: IntArray, at_s: FloatArray) -> BoolArray:
        """Tell which volumes are open at their moments; arrays (m,)."""
        number = self._of_volume.take(volume)
        found = np.ones(len(volume), np.bool_)
        if not volume.size:
            return found
        self._find_edges(float(at_s.min()), float(at_s.max()))
        stretches = self._stretches(at_s)
        for stretch in np.unique(stretches).tolist():
            rows = (stretches == stretch).nonzero()[0]
            found[rows] = self._between(stretch).take(number[rows])
        return found

    def _stretch(self, at_s: float) -> int:
        before = bisect_left(self._edge_list, at_s)
        on_edge = before < len(self._edge_list) and self._edge_list[before] == at_s
        return 2 * before + on_edge

    def _stretches(self, at_s: FloatArray) -> IntArray:
        """Return the number of the stretch in which each moment (n,) lies."""
        before = np.searchsorted(self._edges_s, at_s)
        if not self._edges_s.size:
            return before
        on_edge = self._edges_s.take(before, mode="clip") == at_s
        return np.asarray(2 * before + on_edge, np.int64)

    def _find_edges(self, first_s: float, last_s: float) -> None:
        if self._from_s < first_s and last_s < self._to_s:
            return
        from_s, to_s = first_s - BEFORE_S, last_s + AFTER_S
        goes_on = self._from_s <= from_s <= self._to_s + TOGETHER_S
        if not goes_on:
            self._turning, self._open, self._from_s = {}, {}, from_s
            self._next_s = [each.next_edge_s(from_s) for each in self._calendars]
        self._to_s = max(to_s, self._to_s) if goes_on else to_s
        for number, edge_s in enumerate(self._next_s):
            while edge_s <= self._to_s:
                self._turning.setdefault(edge_s, []).append(number)
                edge_s = self._calendars[number].next_edge_s(edge_s)
            self._next_s[number] = edge_s
        self._edge_list = sorted(self._turning)
        self._forget_edges(from_s)
        self._edges_s = np.array(self._edge_list, np.float64)

    def _forget_edges(self, until_s: float) -> None:
        """Forget the edges up to a moment: time has gone on, and what is known of later ones holds."""
        gone = bisect_right(self._edge_list, until_s)
        if self._open and gone:
            self._between(2 * gone)  # else nothing might be left of what is known
        for edge_s in self._edge_list[:gone]:
            del self._turning[edge_s]
        self._edge_list, self._from_s = self._edge_list[gone:], until_s
        known = ((stretch - 2 * gone, is_open) for stretch, is_open in self._open.items())
        self._open = {stretch: is_open for stretch, is_open in known if stretch >= 0}

    def _between(self, stretch: int) -> BoolArray:
        """Return what is open in a stretch, by number of the calendar."""
        known = self._open.get(stretch)
        if known is None:
            edge, is_edge = divmod(stretch, 2)
            ends = (self._from_s, *self._edge_list, self._to_s)
            at_s = ends[edge + 1] if is_edge else (ends[edge] + ends[edge + 1]) / 2.0
            known = self._open[stretch] = self._open_at(stretch, at_s)
        return known

    def _open_at(self, stretch: int, at_s: float) -> BoolArray:
        """Find out what is open at a moment of a stretch: of those that turn since one that is known."""
        if not self._open:
            return np.array([True, *(each.holds(at_s) for each in self._calendars)])
        nearest = min(self._open, key=lambda known: abs(known - stretch))
        found = self._open[nearest].copy()
        # Between a stretch and the next one lies the edge of half its number.
        for between in range(min(nearest, stretch), max(nearest, stretch)):
            for number in self._turning[self._edge_list[between // 2]]:
                found[number + 1] = self._calendars[number].holds(at_s)
        return found
