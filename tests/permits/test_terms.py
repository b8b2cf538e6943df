"""The terms of a permit, and its hours."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.corridor import OwnCorridor
from permits.reported_flight import ReportedFlight
from permits.terms import DailyHours, Terms, terms_from_json, terms_to_json, within_hours

SHANGHAI = timezone(timedelta(hours=8))
DAYTIME = (DailyHours(time(8), time(20)),)
NIGHT = (DailyHours(time(22), time(5), days=frozenset({4})),)  # from Friday evening


def shanghai(day: int, hour: int, minute: int = 0, second: int = 0) -> float:
    """A moment in June 2026; the first is a Monday."""
    return datetime(2026, 6, day, hour, minute, second, tzinfo=SHANGHAI).timestamp()


def some_terms(**changes: object) -> Terms:
    return terms_from_json({**terms_to_json(TERMS), **changes})


TERMS = Terms(
    device_ids=frozenset({"car-2", "car-1"}),
    zone_ids=frozenset({"segment"}),
    transfer_zone_ids=frozenset({"transfer"}),
    exempt_zone_ids=frozenset({"fair-2026"}),
    valid_from=datetime(2026, 1, 1, tzinfo=UTC),
    valid_to=datetime(2027, 1, 1, tzinfo=UTC),
    hours=(*DAYTIME, *NIGHT),
    max_speed_mps=16.7,
    max_height_agl_m=None,
    control_modes=frozenset({"AUTONOMOUS"}),
    corridor=OwnCorridor(((121.9, 30.9), (121.95, 30.9)), 25.0),
)


@pytest.mark.requirement("D4b-23")
@pytest.mark.parametrize(
    ("at_s", "expected"),
    [
        (shanghai(1, 7, 59, 59), False),
        (shanghai(1, 8), True),
        (shanghai(1, 20), True),
        (shanghai(1, 20, 0, 1), False),
    ],
)
def test_hours_are_shanghai_time_and_both_ends_belong_to_them(
    at_s: float, *, expected: bool
) -> None:
    assert within_hours(DAYTIME, at_s) is expected


def test_no_hours_mean_all_day() -> None:
    assert within_hours((), shanghai(1, 3))


@pytest.mark.parametrize(
    ("at_s", "expected"),
    [
        (shanghai(5, 21, 59), False),
        (shanghai(5, 22), True),
        (shanghai(6, 5), True),
        (shanghai(6, 5, 1), False),
        (shanghai(5, 4), False),  # the small hours of Friday belong to Thursday
        (shanghai(6, 22), False),
    ],
)
def test_hours_over_midnight_belong_to_the_day_on_which_they_start(
    at_s: float, *, expected: bool
) -> None:
    assert within_hours(NIGHT, at_s) is expected


@given(st.integers(0, 2_000_000_000))
def test_hours_agree_with_the_calendar(at_s: int) -> None:
    local = datetime.fromtimestamp(at_s, SHANGHAI)
    friday_evening = local.weekday() == 4 and local.time() >= time(22)
    saturday_morning = local.weekday() == 5 and local.time() <= time(5)

    assert within_hours(NIGHT, at_s) is (friday_evening or saturday_morning)


def test_hours_that_start_when_they_end_are_refused() -> None:
    with pytest.raises(ValueError, match="expected two different times"):
        DailyHours(time(8), time(8))


@pytest.mark.parametrize("days", [frozenset[int](), frozenset({7}), frozenset({-1, 2})])
def test_days_are_monday_0_to_sunday_6(days: frozenset[int]) -> None:
    with pytest.raises(ValueError, match="expected one or more of 0"):
        DailyHours(time(8), time(9), days)


def test_terms_come_back_from_json_as_they_were() -> None:
    flight = ReportedFlight(TERMS.valid_from, TERMS.valid_to, frozenset({"car-2"}), 80.0)
    for terms in (TERMS, replace(TERMS, flight=flight)):
        assert terms_from_json(json.loads(json.dumps(terms_to_json(terms)))) == terms
    with pytest.raises(ValueError, match="expected begins, ends, device_ids and its height"):
        some_terms(flight={"begins": "now"})


def test_terms_of_before_flights_were_kept_with_them_have_none() -> None:
    kept = terms_to_json(TERMS)
    del kept["flight"]
    assert terms_from_json(kept) == TERMS


def test_sets_are_written_sorted_so_that_the_same_terms_read_the_same() -> None:
    assert terms_to_json(TERMS)["device_ids"] == ["car-1", "car-2"]


def test_what_may_be_empty_may_be_absent() -> None:
    terms = terms_from_json(
        {
            "device_ids": ["car-1"],
            "zone_ids": ["segment"],
            "valid_from": "2026-01-01T00:00:00+08:00",
            "valid_to": "2026-02-01T00:00:00Z",
        }
    )

    assert (terms.hours, terms.control_modes, terms.max_speed_mps) == ((), frozenset(), None)
    assert terms.valid_from_s == datetime(2025, 12, 31, 16, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": "red"}, r"unknown \['colour'\]: expected \['control_modes', "),
        ({"device_ids": "car-1"}, "device_ids is 'car-1': expected a list"),
        ({"zone_ids": [7]}, r"zone_ids is \[7\]: expected a list of texts"),
        ({"valid_from": "soon"}, "valid_from is 'soon': expected a date and time"),
        ({"valid_from": "2026-01-01T00:00:00"}, "has no time zone"),
        ({"valid_to": "2026-01-01T00:00:00Z"}, "is not after valid_from"),
        ({"max_speed_mps": "fast"}, "max_speed_mps is 'fast': expected a number or null"),
        ({"max_speed_mps": True}, "max_speed_mps is True: expected a number or null"),
        ({"max_speed_mps": 0}, "expected a finite number above 0"),
        ({"max_height_agl_m": float("nan")}, "expected a finite number above 0"),
        ({"hours": [1]}, "hours is 1: expected an object"),
        ({"hours": [{"start": "8", "end": "noon"}]}, "hours.start is '8'|hours.end is 'noon'"),
        (
            {"hours": [{"start": "08:00", "end": "09:00", "days": ["Mon"]}]},
            r"hours.days is \['Mon'\]: expected a list of whole numbers",
        ),
    ],
)
def test_terms_that_cannot_be_read_say_what_was_found_and_expected(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        some_terms(**changes)


def test_terms_from_before_there_were_corridors_have_none() -> None:
    kept = terms_to_json(TERMS)
    del kept["corridor"]
    assert terms_from_json(kept).corridor is None
