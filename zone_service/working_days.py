"""The working days that deadlines are counted by: as published, and as this installation says.

``chinesecalendar`` knows the years that the State Council has announced at its release. A year that
it does not know yet, or that was changed since, is said in a file that ``ZONE_CALENDAR_FILE`` names:

    [2027]
    off = [2027-01-01]      # Mondays to Fridays that are not worked
    worked = [2027-02-06]   # Saturdays and Sundays that are
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from chinese_calendar.constants import holidays, workdays

from permits.working_calendar import WorkingCalendar


class CalendarUnusable(ValueError):
    """A calendar file that cannot be used; says why."""


def working_days(file: Path | None) -> WorkingCalendar:
    """Return the calendar of this installation; ``file`` is what it says itself.

    Raises:
        CalendarUnusable: the file cannot be read, or says what cannot be.
    """
    return _published() if file is None else _with(_published(), _read(file))


@cache
def _published() -> WorkingCalendar:
    """Return what is announced, without asking day by day: a tenth of a second of every command."""
    years = range(min(holidays).year, max(holidays).year + 1)
    return WorkingCalendar(
        off=frozenset(day for day in holidays if day.weekday() < 5 and day not in workdays),
        worked=frozenset(day for day in workdays if day.weekday() >= 5),
        published=frozenset(years),
    )


def _read(file: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"{file}: {error}"
        raise CalendarUnusable(msg) from None


def _with(known: WorkingCalendar, said: Mapping[str, object]) -> WorkingCalendar:
    """Return a calendar in which the years that are said are as they are said, and no other way."""
    off, worked, years = set[date](), set[date](), set[int]()
    for name, table in said.items():
        years.add(_year(name))
        off |= _listed(name, table, "off", weekend=False)
        worked |= _listed(name, table, "worked", weekend=True)
    return WorkingCalendar(
        off=frozenset(off | {day for day in known.off if day.year not in years}),
        worked=frozenset(worked | {day for day in known.worked if day.year not in years}),
        published=known.published,
        configured=frozenset(years),
    )


def _year(name: str) -> int:
    if not (name.isascii() and name.isdigit() and len(name) == 4):
        msg = f"[{name}]: expected a year such as [2027]"
        raise CalendarUnusable(msg)
    return int(name)


def _listed(year: str, table: object, key: str, *, weekend: bool) -> set[date]:
    known = {"off", "worked"}
    if not isinstance(table, dict) or not table.keys() <= known:
        msg = f"[{year}] is {table!r}: expected off and worked, and nothing else"
        raise CalendarUnusable(msg)
    days = table.get(key, [])
    if not isinstance(days, list) or not all(_fits(day, year, weekend=weekend) for day in days):
        kind = "Saturdays and Sundays" if weekend else "days from Monday to Friday"
        msg = f"[{year}] {key} is {days!r}: expected a list of {kind} of that year"
        raise CalendarUnusable(msg)
    return set(days)


def _fits(day: object, year: str, *, weekend: bool) -> bool:
    # A time of TOML is a date to Python as well.
    return type(day) is date and day.year == int(year) and (day.weekday() >= 5) is weekend
