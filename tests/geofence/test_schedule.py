"""When a schedule holds."""

import math
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.schedule import calendar
from geofence.zone import Schedule, Window

EVERY_DAY = frozenset(range(7))
MONDAY, FRIDAY, SATURDAY = frozenset({0}), frozenset({4}), frozenset({5})
SHANGHAI = timedelta(hours=8)


def local(text: str, offset: timedelta = SHANGHAI) -> float:
    """Seconds since 1970 of a local time; 2026-03-02 is a Monday."""
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - offset).timestamp()


def holds(schedule: Schedule, at: str) -> bool:
    return calendar(schedule).holds(local(at))


def window(start: str, end: str, days: frozenset[int] = EVERY_DAY) -> Window:
    return Window(days, time.fromisoformat(start), time.fromisoformat(end))


@pytest.mark.requirement("A44-3")
@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-02T08:59:59.999", False),
        ("2026-03-02T09:00:00", True),
        ("2026-03-02T12:00:00", True),
        ("2026-03-02T17:00:00", True),
        ("2026-03-02T17:00:00.001", False),
    ],
)
def test_both_ends_of_a_window_belong_to_it(at: str, expected: bool) -> None:
    assert holds(Schedule((window("09:00", "17:00"),)), at) is expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-06T21:59:59", False),  # Friday, before
        ("2026-03-06T22:00:00", True),
        ("2026-03-07T00:00:00", True),  # Saturday, but Friday's window
        ("2026-03-07T06:00:00", True),
        ("2026-03-07T06:00:01", False),
        ("2026-03-06T03:00:00", False),  # Friday morning would be Thursday's window
        ("2026-03-07T22:30:00", False),
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_on_which_it_starts(
    at: str, expected: bool
) -> None:
    assert holds(Schedule((window("22:00", "06:00", FRIDAY),)), at) is expected


def test_a_window_of_the_last_valid_day_runs_to_its_end_and_none_before_the_first() -> None:
    schedule = Schedule((window("22:00", "06:00"),), date(2026, 3, 3), date(2026, 3, 4))
    assert not holds(schedule, "2026-03-03T05:00:00")
    assert holds(schedule, "2026-03-03T22:00:00")
    assert holds(schedule, "2026-03-05T05:59:00")
    assert not holds(schedule, "2026-03-05T22:00:00")


def test_without_windows_it_holds_all_day_between_its_dates_both_included() -> None:
    schedule = Schedule((), date(2026, 3, 3), date(2026, 3, 4))
    assert not holds(schedule, "2026-03-02T23:59:59.999")
    assert holds(schedule, "2026-03-03T00:00:00")
    assert holds(schedule, "2026-03-04T23:59:59.999")
    assert not holds(schedule, "2026-03-05T00:00:00")


def test_an_empty_schedule_always_holds() -> None:
    assert calendar(Schedule()).holds(0.0)
    assert calendar(Schedule()).holds(-1e9)


def test_local_time_counts_at_the_schedule_s_offset() -> None:
    at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC).timestamp()
    nine = (window("09:00", "10:00", MONDAY),)
    assert calendar(Schedule(nine)).holds(at)
    assert not calendar(Schedule(nine, utc_offset_s=0)).holds(at)


def test_several_windows_hold_each_on_its_days() -> None:
    schedule = Schedule((window("07:00", "09:00", MONDAY), window("17:00", "19:00", SATURDAY)))
    assert holds(schedule, "2026-03-02T08:00:00")
    assert not holds(schedule, "2026-03-02T18:00:00")
    assert holds(schedule, "2026-03-07T18:00:00")


def test_the_first_moment_of_a_stretch_in_which_it_holds() -> None:
    ready = calendar(Schedule((window("09:00", "17:00"),)))
    inside, before, after = (local(f"2026-03-02T{hour}:00:00") for hour in ("10", "08", "18"))
    assert ready.first_holding(inside, after) == inside
    assert ready.first_holding(before, after) == local("2026-03-02T09:00:00")
    assert ready.first_holding(before, before + 60.0) is None
    assert ready.first_holding(after, after + 60.0) is None


def test_a_schedule_that_is_over_never_holds_again() -> None:
    ready = calendar(Schedule((window("09:00", "17:00"),), valid_to=date(2026, 3, 2)))
    later = local("2026-03-02T18:00:00")
    assert ready.first_holding(later, later + 1e9) is None
    assert ready.next_edge_s(later) == math.inf


def test_the_next_edge_is_the_next_start_or_end() -> None:
    ready = calendar(Schedule((window("09:00", "17:00", MONDAY),)))
    assert ready.next_edge_s(local("2026-03-02T08:00:00")) == local("2026-03-02T09:00:00")
    assert ready.next_edge_s(local("2026-03-02T09:00:00")) == local("2026-03-02T17:00:00")
    assert ready.next_edge_s(local("2026-03-02T17:00:00")) == local("2026-03-09T09:00:00")


def test_an_edge_far_ahead_is_the_first_valid_day_s() -> None:
    ready = calendar(Schedule((window("09:00", "17:00", MONDAY),), date(2030, 1, 1)))
    assert ready.next_edge_s(local("2026-03-02T08:00:00")) == local("2030-01-07T09:00:00")


clock = st.times().map(lambda moment: moment.replace(microsecond=0, tzinfo=None))
windows = st.builds(Window, st.frozensets(st.integers(0, 6), min_size=1), clock, clock).filter(
    lambda one: one.start != one.end
)
near = st.dates(date(2026, 2, 20), date(2026, 3, 20))
schedules = st.builds(
    Schedule,
    st.lists(windows, max_size=3).map(tuple),
    st.none() | near,
    st.none() | near,
    st.integers(-14 * 4, 14 * 4).map(lambda quarter: quarter * 900),
)
moments = st.integers(int(local("2026-02-18T00:00:00")), int(local("2026-03-22T00:00:00")))


def oracle(schedule: Schedule, at_s: int) -> bool:
    """The rule written out with dates: is there a start day whose window holds the moment?"""
    now = datetime.fromtimestamp(at_s, UTC) + timedelta(seconds=schedule.utc_offset_s)
    for day in (now.date(), now.date() - timedelta(days=1)):
        if schedule.valid_from is not None and day < schedule.valid_from:
            continue
        if schedule.valid_to is not None and day > schedule.valid_to:
            continue
        if not schedule.windows and day == now.date():
            return True
        for one in schedule.windows:
            ends = day + timedelta(days=1) if one.end < one.start else day
            start = datetime.combine(day, one.start, UTC)
            if day.weekday() in one.days and start <= now <= datetime.combine(ends, one.end, UTC):
                return True
    return False


@given(schedule=schedules, at_s=moments)
def test_it_holds_exactly_when_some_start_day_has_a_window_around_the_moment(
    schedule: Schedule, at_s: int
) -> None:
    assert calendar(schedule).holds(at_s) is oracle(schedule, at_s)


@given(schedule=schedules, at_s=moments, share=st.floats(0.0, 1.0))
def test_nothing_changes_before_the_next_edge(schedule: Schedule, at_s: int, share: float) -> None:
    ready = calendar(schedule)
    edge_s = min(ready.next_edge_s(at_s), at_s + 1e6)
    # A moment just after the start: the start itself may be the end of a window.
    soon = at_s + 0.001
    between = soon + share * (edge_s - 0.001 - soon)
    if soon < between < edge_s:
        assert ready.holds(between) is ready.holds(soon)


@given(schedule=schedules, at_s=moments, lasts_s=st.integers(0, 20 * 86_400))
def test_before_the_first_moment_it_does_not_hold(
    schedule: Schedule, at_s: int, lasts_s: int
) -> None:
    ready = calendar(schedule)
    first_s = ready.first_holding(at_s, at_s + lasts_s)
    if first_s is None:
        assert not ready.holds(at_s)
        assert not ready.holds(at_s + lasts_s)
    else:
        assert at_s <= first_s <= at_s + lasts_s
        assert ready.holds(first_s)
        assert first_s == at_s or not ready.holds((at_s + first_s) / 2.0)
