"""Working days of mainland China, and what is known of them."""

from dataclasses import replace
from datetime import date

import pytest

from permits.working_calendar import Known, WorkingCalendar
from tests.permits.calendars import YEAR_2026


def nothing(_: date) -> bool:
    return False


def after(start: str, count: int, calendar: WorkingCalendar = YEAR_2026) -> tuple[str, Known]:
    found = calendar.after(date.fromisoformat(start), count, nothing)
    return found.day.isoformat(), found.known


@pytest.mark.requirement("D4b-5")
@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2026-06-01", 0, "2026-06-01"),
        ("2026-06-01", 5, "2026-06-08"),
        ("2026-02-12", 1, "2026-02-13"),
        # Saturday the 14th is worked for the Spring Festival, which lasts to Monday the 23rd.
        ("2026-02-12", 2, "2026-02-14"),
        ("2026-02-12", 3, "2026-02-24"),
        ("2026-02-12", 7, "2026-02-28"),
        ("2026-02-15", 1, "2026-02-24"),
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-09-30", 3, "2026-10-10"),
    ],
)
def test_days_are_counted_over_holidays_and_weekends_that_are_worked(
    start: str, count: int, expected: str
) -> None:
    assert after(start, count) == (expected, Known.PUBLISHED)


@pytest.mark.requirement("D4b-5")
def test_days_are_counted_back_over_them_too() -> None:
    found = YEAR_2026.before(date(2026, 3, 2), 10)

    assert found.day == date(2026, 2, 10)


def test_a_day_that_is_not_worked_moves_to_the_next_that_is() -> None:
    assert YEAR_2026.from_on(date(2026, 2, 15)).day == date(2026, 2, 24)
    assert YEAR_2026.from_on(date(2026, 2, 14)).day == date(2026, 2, 14)


@pytest.mark.requirement("D4b-42")
def test_beyond_its_last_year_days_are_assumed_by_their_weekday_and_it_says_so() -> None:
    assert after("2026-12-28", 3) == ("2026-12-31", Known.PUBLISHED)
    assert after("2026-12-28", 4) == ("2027-01-01", Known.ASSUMED)
    assert after("2027-02-01", 5) == ("2027-02-08", Known.ASSUMED)
    # The days before the first year that is known are as little known as those after the last.
    assert after("2025-12-31", 1) == ("2026-01-04", Known.ASSUMED)


@pytest.mark.requirement("D4b-42")
def test_a_year_that_the_installation_has_said_is_known_from_it() -> None:
    said = replace(YEAR_2026, off=YEAR_2026.off | {date(2027, 1, 1)}, configured=frozenset({2027}))

    assert after("2026-12-28", 4, said) == ("2027-01-04", Known.CONFIGURED)
    assert after("2026-12-28", 3, said) == ("2026-12-31", Known.PUBLISHED)
    assert said.label != YEAR_2026.label


def test_a_label_tells_calendars_apart_that_count_otherwise() -> None:
    assert replace(YEAR_2026).label == YEAR_2026.label
    assert replace(YEAR_2026, worked=frozenset()).label != YEAR_2026.label
    assert replace(YEAR_2026, published=frozenset()).label != YEAR_2026.label
