"""Which days are worked, and how far a calendar knows it.

The working week of mainland China is Monday to Friday, but for the public holidays and for the weekend
days that are worked in their stead (调休), which are decided anew for each year, late in the one before.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum
from hashlib import sha256

_DAY = timedelta(days=1)


class Known(IntEnum):
    """How well it is known which days of a year are worked; the least counts."""

    ASSUMED = 0
    """Nobody has said: Monday to Friday, as if there were no holidays."""
    CONFIGURED = 1
    """Said by this installation."""
    PUBLISHED = 2
    """Said by the calendar that ships."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A day that was counted to, and the least that is known of the days in between."""

    day: date
    known: Known


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The working days of some years."""

    off: frozenset[date]
    """Days from Monday to Friday that are not worked."""
    worked: frozenset[date]
    """Days of a weekend that are."""
    published: frozenset[int]
    """The years that the calendar which ships knows."""
    configured: frozenset[int] = frozenset()
    """The years that this installation has said; they stand before those."""
    label: str = field(init=False, compare=False)
    """Tells calendars apart that count otherwise."""

    def __post_init__(self) -> None:
        # Worked out once a calendar, and not once a step.
        days = ",".join(day.isoformat() for day in (*sorted(self.off), *sorted(self.worked)))
        years = f"{sorted(self.published)}{sorted(self.configured)}"
        digest = sha256(f"{days};{years}".encode()).hexdigest()[:12]
        object.__setattr__(self, "label", digest)

    def is_working(self, day: date) -> bool:
        """Tell whether a day is worked; in a year that nobody knows, by its weekday."""
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def known(self, day: date) -> Known:
        """Tell how well the year of a day is known."""
        if day.year in self.configured:
            return Known.CONFIGURED
        return Known.PUBLISHED if day.year in self.published else Known.ASSUMED

    def after(self, start: date, count: int, skipped: Callable[[date], bool]) -> Counted:
        """Return the ``count``-th working day after a day; days that are ``skipped`` do not count.

        The day itself is not counted. None at all is the day itself.
        """
        return self._counted(_days(start, _DAY), start, count, skipped)

    def before(self, end: date, count: int) -> Counted:
        """Return the ``count``-th working day before a day, which is not counted itself."""
        return self._counted(_days(end, -_DAY), end, count, lambda _: False)

    def from_on(self, day: date) -> Counted:
        """Return a day if it is worked, else the next that is."""
        return self.after(day - _DAY, 1, lambda _: False)

    def _counted(
        self, days: Iterable[date], at: date, count: int, skipped: Callable[[date], bool]
    ) -> Counted:
        known = self.known(at)
        for day in days:
            if count <= 0:
                break
            at, known = day, min(known, self.known(day))
            count -= self.is_working(day) and not skipped(day)
        return Counted(at, known)


WEEKDAYS_ALONE = WorkingCalendar(frozenset(), frozenset(), frozenset())
"""Of nobody's: every year of it is assumed."""


def _days(start: date, step: timedelta) -> Iterator[date]:
    while True:
        start += step
        yield start
