"""When a schedule holds: weekly windows between two dates, in local time."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time

from geofence.zone import Schedule, Window

DAY_S = 86_400.0
EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday; Monday is 0."""
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
DAYS_TO_SEE_ALL = 9
"""A week, the window that began the day before it, and the day on which it repeats."""


@dataclass(frozen=True, slots=True)
class Hours:
    """One window: from ``start_s`` to ``end_s`` after midnight of its start day, both included.

    ``end_s`` is past 86 400 when the window runs over midnight.
    """

    days: frozenset[int]
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Calendar:
    """A schedule made ready to be asked; days count from 1970-01-01 in local time."""

    hours: tuple[Hours, ...]
    first_day: float
    last_day: float
    utc_offset_s: float

    def holds(self, at_s: float) -> bool:
        """Tell whether the schedule holds at a moment (seconds since 1970, UTC)."""
        local_s = at_s + self.utc_offset_s
        today = math.floor(local_s / DAY_S)
        since_midnight_s = local_s - today * DAY_S
        return any(
            hours.start_s <= since_midnight_s <= hours.end_s for hours in self._hours_of(today)
        ) or any(since_midnight_s <= hours.end_s - DAY_S for hours in self._hours_of(today - 1))

    def first_holding(self, from_s: float, to_s: float) -> float | None:
        """Return the first moment from ``from_s`` to ``to_s``, both included, when it holds."""
        if self.holds(from_s):
            return from_s
        starts = (start_s for start_s, _ in self._windows_near(from_s) if start_s >= from_s)
        first_s = min(starts, default=math.inf)
        return first_s if first_s <= to_s else None

    def next_edge_s(self, after_s: float) -> float:
        """Return the next moment after ``after_s`` when a window starts or ends, or infinity.

        A window's end still belongs to it: the change shows at any later moment.
        """
        edges = (edge_s for window in self._windows_near(after_s) for edge_s in window)
        return min((edge_s for edge_s in edges if edge_s > after_s), default=math.inf)

    def _windows_near(self, at_s: float) -> Iterator[tuple[float, float]]:
        """The windows that may be the next to start or end after a moment, as UTC seconds."""
        today = math.floor((at_s + self.utc_offset_s) / DAY_S)
        first = int(max(today - 1, self.first_day))
        for day in range(first, first + DAYS_TO_SEE_ALL + 1):
            midnight_s = day * DAY_S - self.utc_offset_s
            for hours in self._hours_of(day):
                yield midnight_s + hours.start_s, midnight_s + hours.end_s

    def _hours_of(self, day: float) -> Iterator[Hours]:
        """The windows that start on a day."""
        if self.first_day <= day <= self.last_day:
            weekday = (day + EPOCH_WEEKDAY) % 7
            yield from (hours for hours in self.hours if weekday in hours.days)


ALL_DAYS = frozenset(range(7))
WHOLE_DAY = Hours(ALL_DAYS, 0.0, math.nextafter(DAY_S, 0.0))


def calendar(schedule: Schedule) -> Calendar:
    """Make a schedule ready to be asked."""
    return Calendar(
        tuple(_hours(window) for window in schedule.windows) or (WHOLE_DAY,),
        -math.inf if schedule.valid_from is None else _day(schedule.valid_from),
        math.inf if schedule.valid_to is None else _day(schedule.valid_to),
        float(schedule.utc_offset_s),
    )


def _hours(window: Window) -> Hours:
    start_s, end_s = _since_midnight_s(window.start), _since_midnight_s(window.end)
    return Hours(window.days, start_s, end_s if end_s >= start_s else end_s + DAY_S)


def _since_midnight_s(moment: time) -> float:
    return moment.hour * 3600.0 + moment.minute * 60.0 + moment.second + moment.microsecond / 1e6


def _day(day: date) -> int:
    return day.toordinal() - EPOCH_ORDINAL
