"""The calendar of this installation."""

from datetime import date
from pathlib import Path

import pytest

from permits.working_calendar import Known
from tests.permits.calendars import YEAR_2026
from zone_service.settings import UnsafeSettings, load
from zone_service.working_days import CalendarUnusable, working_days


def test_what_is_published_of_2026_is_what_the_state_council_has_announced() -> None:
    published = working_days(None)

    for day in (
        date.fromordinal(n)
        for n in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal())
    ):
        assert published.is_working(day) is YEAR_2026.is_working(day), day
        assert published.known(day) is Known.PUBLISHED


@pytest.mark.requirement("D4b-42")
def test_a_year_that_the_installation_says_stands_before_what_is_published(tmp_path: Path) -> None:
    file = tmp_path / "calendar.toml"
    file.write_text("[2026]\noff = [2026-05-04]\n[2030]\nworked = [2030-01-05]\n", encoding="utf-8")
    said = working_days(file)

    assert said.known(date(2026, 5, 5)) is said.known(date(2030, 1, 5)) is Known.CONFIGURED
    assert not said.is_working(date(2026, 5, 4))
    assert said.is_working(date(2026, 5, 5)), "a holiday as published, but this year was said anew"
    assert said.is_working(date(2030, 1, 5))
    assert not said.is_working(date(2025, 10, 1))
    assert said.known(date(2031, 1, 1)) is Known.ASSUMED


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[2027", "Expected"),
        ("off = [2027-01-01]", r"\[off\]: expected a year such as \[2027\]"),
        ("2027 = 1", "expected off and worked, and nothing else"),
        ("[2027]\nholidays = []", "expected off and worked, and nothing else"),
        ("[2027]\noff = 2027-01-01", "expected a list of days from Monday to Friday"),
        ("[2027]\noff = [2027-01-02]", "expected a list of days from Monday to Friday"),
        ("[2027]\noff = [2026-01-01]", "of that year"),
        ("[2027]\noff = [2027-01-01T00:00:00]", "of that year"),
        ("[2027]\nworked = [2027-01-01]", "expected a list of Saturdays and Sundays"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "calendar.toml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(CalendarUnusable, match=why):
        working_days(file)
    with pytest.raises(UnsafeSettings, match=f"ZONE_CALENDAR_FILE: .*{why}"):
        load(calendar_file=file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsafeSettings, match=r"ZONE_CALENDAR_FILE: .*no\.toml"):
        load(calendar_file=tmp_path / "no.toml")
