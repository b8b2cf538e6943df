"""When a schedule holds: weekly windows between two dates, in local time or by the sun."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from geofence.daylight import sun_on
from geofence.zone import Moment, Schedule, SunTime, Window

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
class Place:
    """Where the sun is looked at."""

    longitude_deg: float
    latitude_deg: float


@dataclass(frozen=True, slots=True)
class SunHours:
    """One window of which the sun makes an end or both.

    A day on which the sun does not do it has no window: ``validity`` refuses such zones.
    """

    days: frozenset[int]
    start: Moment
    end: Moment
    place: Place
    utc_offset_s: float

    def span_s(self, day: int) -> tuple[float, float] | None:
        """Return start and end of the window of a day, in seconds since 1970, UTC."""
        start_s, end_s = self._at_s(self.start, day), self._at_s(self.end, day)
        if start_s is not None and end_s is not None and end_s < start_s:
            end_s = self._at_s(self.end, day + 1)
        return None if start_s is None or end_s is None else (start_s, end_s)

    def _at_s(self, moment: Moment, day: int) -> float | None:
        if not isinstance(moment, SunTime):
            return day * DAY_S - self.utc_offset_s + since_midnight_s(moment)
        place = self.place
        at_s = sun_on(moment.event, day, self.utc_offset_s, place.longitude_deg, place.latitude_deg)
        return None if at_s is None else at_s + moment.offset_min * 60.0


SUN_DAYS = range(-2, 2)
"""Where the clock and the sun disagree, a window may begin the day before its day, and one
that begins late runs into the day after the next."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A schedule made ready to be asked; days count from 1970-01-01 in local time."""

    hours: tuple[Hours, ...]
    first_day: float
    last_day: float
    utc_offset_s: float
    by_the_sun: tuple[SunHours, ...] = ()

    def holds(self, at_s: float) -> bool:
        """Tell whether the schedule holds at a moment (seconds since 1970, UTC)."""
        if self.by_the_sun and self._sun_holds(at_s):
            return True
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

    def _sun_holds(self, at_s: float) -> bool:
        today = math.floor((at_s + self.utc_offset_s) / DAY_S)
        spans = (span for day in SUN_DAYS for span in self._sun_spans(today + day))
        return any(start_s <= at_s <= end_s for start_s, end_s in spans)

    def _sun_spans(self, day: int) -> Iterator[tuple[float, float]]:
        """The windows by the sun that start on a day."""
        if self.first_day <= day <= self.last_day:
            weekday = (day + EPOCH_WEEKDAY) % 7
            spans = (each.span_s(day) for each in self.by_the_sun if weekday in each.days)
            yield from (span for span in spans if span is not None)

    def _windows_near(self, at_s: float) -> Iterator[tuple[float, float]]:
        """The windows that may be the next to start or end after a moment, as UTC seconds."""
        today = math.floor((at_s + self.utc_offset_s) / DAY_S)
        before = SUN_DAYS.start if self.by_the_sun else -1
        first = int(max(today + before, self.first_day))
        for day in range(first, first + DAYS_TO_SEE_ALL - before):
            if self.by_the_sun:
                yield from self._sun_spans(day)
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


def calendar(schedule: Schedule, place: Place | None = None) -> Calendar:
    """Make a schedule ready to be asked.

    A calendar without windows by the sun is the same at every place; with them ``ValueError``
    is raised where no place is given.
    """
    offset_s = float(schedule.utc_offset_s)
    sunny = [window for window in schedule.windows if window.by_the_sun]
    return Calendar(
        tuple(_hours(window) for window in schedule.windows if not window.by_the_sun)
        or (() if sunny else (WHOLE_DAY,)),
        -math.inf if schedule.valid_from is None else _day(schedule.valid_from),
        math.inf if schedule.valid_to is None else _day(schedule.valid_to),
        offset_s,
        tuple(_sun_hours(each, place, offset_s) for each in sunny),
    )


def _sun_hours(window: Window, place: Place | None, utc_offset_s: float) -> SunHours:
    if place is None:
        msg = f"a window from {window.start} to {window.end} needs a place: expected one"
        raise ValueError(msg)
    return SunHours(window.days, window.start, window.end, place, utc_offset_s)


def _hours(window: Window) -> Hours:
    start_s, end_s = (since_midnight_s(end) for end in (window.start, window.end))
    return Hours(window.days, start_s, end_s if end_s >= start_s else end_s + DAY_S)


def since_midnight_s(moment: Moment) -> float:
    """Return how long after midnight a time of the clock is."""
    if isinstance(moment, SunTime):
        msg = f"{moment} is not a time of the clock"
        raise TypeError(msg)
    return moment.hour * 3600.0 + moment.minute * 60.0 + moment.second + moment.microsecond / 1e6


def _day(day: date) -> int:
    return day.toordinal() - EPOCH_ORDINAL
