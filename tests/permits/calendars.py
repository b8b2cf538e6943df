"""The working days of 2026 as the State Council has set them, written out by hand."""

from datetime import date

from permits.working_calendar import WorkingCalendar

_OFF = """
2026-01-01 2026-01-02
2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20 2026-02-23
2026-04-06
2026-05-01 2026-05-04 2026-05-05
2026-06-19
2026-09-25
2026-10-01 2026-10-02 2026-10-05 2026-10-06 2026-10-07
"""
_WORKED = """
2026-01-04
2026-02-14 2026-02-28
2026-05-09
2026-09-20 2026-10-10
"""


def _days(text: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(each) for each in text.split())


YEAR_2026 = WorkingCalendar(_days(_OFF), _days(_WORKED), published=frozenset({2026}))
