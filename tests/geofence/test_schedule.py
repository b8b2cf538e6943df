"""When a schedule holds."""

import math
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.schedule import Place, calendar
from geofence.zone import Schedule, SunEvent, SunTime, Window, moment

EVERY_DAY = frozenset(range(7))
MONDAY, FRIDAY, SATURDAY = frozenset({0}), frozenset({4}), frozenset({5})
SHANGHAI = timedelta(hours=8)


def local(text: str, offset: timedelta = SHANGHAI) -> float:
    """Seconds since 1970 of a local time; 2026-03-02 is a Monday."""
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - offset).timestamp()


def holds(schedule: Schedule, at: str) -> bool:
    return calendar(schedule).holds(local(at))


def window(start: str, end: str, days: frozenset[int] = EVERY_DAY) -> Window:
    return Window(days, moment(start), moment(end))


PEOPLES_SQUARE = Place(121.4737, 31.2304)
SUNRISE, SUNSET = "06:48:42", "16:55:45"
"""Of Shanghai on 2026-12-21, to a minute."""


def by_the_sun(*windows: Window, at: str, place: Place = PEOPLES_SQUARE) -> bool:
    return calendar(Schedule(windows), place).holds(local(at))


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


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-06T23:59:59.999", True),
        ("2026-03-07T00:00:00", True),
        ("2026-03-07T00:00:00.001", False),
        ("2026-03-06T00:00:00", False),
    ],
)
def test_a_window_may_end_at_midnight_which_still_belongs_to_it(at: str, expected: bool) -> None:
    assert holds(Schedule((window("18:00", "00:00", FRIDAY),)), at) is expected


@pytest.mark.parametrize("day", ["2026-01-05", "2026-03-29", "2026-07-06", "2026-10-25"])
def test_shanghai_keeps_one_offset_all_the_year(day: str) -> None:
    """Nothing moves on the days on which clocks elsewhere are changed."""
    at_nine = Schedule((window("09:00", "10:00"),))
    nine_s = datetime.fromisoformat(f"{day}T01:00:00+00:00").timestamp()
    assert calendar(at_nine).holds(nine_s)
    assert not calendar(at_nine).holds(nine_s - 0.5)


@pytest.mark.requirement("A44-3")
@pytest.mark.parametrize(
    ("start", "end", "at", "expected"),
    [
        ("sunrise", "sunset", "2026-12-21T06:47:30", False),
        ("sunrise", "sunset", "2026-12-21T06:50:00", True),
        ("sunrise", "sunset", "2026-12-21T16:54:30", True),
        ("sunrise", "sunset", "2026-12-21T16:57:00", False),
        ("sunrise+30min", "sunset-30min", "2026-12-21T07:17:30", False),
        ("sunrise+30min", "sunset-30min", "2026-12-21T07:20:00", True),
        ("sunrise+30min", "sunset-30min", "2026-12-21T16:27:00", False),
        ("sunset", "sunrise", "2026-12-21T20:00:00", True),
        ("sunset", "sunrise", "2026-12-22T06:45:00", True),
        ("sunset", "sunrise", "2026-12-22T06:51:00", False),
        ("22:00", "dawn", "2026-12-22T06:20:00", True),
        ("22:00", "dawn", "2026-12-22T06:24:00", False),
    ],
)
def test_a_window_may_follow_the_sun(start: str, end: str, at: str, expected: bool) -> None:
    assert by_the_sun(window(start, end), at=at) is expected


def test_a_night_by_the_sun_belongs_to_the_day_on_which_it_starts() -> None:
    night = window("sunset", "sunrise", MONDAY)
    assert by_the_sun(night, at="2026-12-21T23:00:00")
    assert by_the_sun(night, at="2026-12-22T05:00:00")
    assert not by_the_sun(night, at="2026-12-21T05:00:00")
    assert not by_the_sun(night, at="2026-12-22T23:00:00")


def test_windows_by_the_sun_and_by_the_clock_stand_beside_each_other() -> None:
    both = (window("sunrise", "10:00"), window("20:00", "21:00"))
    assert by_the_sun(*both, at="2026-12-21T08:00:00")
    assert by_the_sun(*both, at="2026-12-21T20:30:00")
    assert not by_the_sun(*both, at="2026-12-21T15:00:00")


def test_the_sun_s_edges_are_edges() -> None:
    ready = calendar(Schedule((window("sunrise", "sunset"),)), PEOPLES_SQUARE)
    rises_s, sets_s = (local(f"2026-12-21T{at}") for at in (SUNRISE, SUNSET))
    night_s, day_s = (local(f"2026-12-21T{hour}:00:00") for hour in ("03", "12"))
    assert ready.next_edge_s(night_s) == pytest.approx(rises_s, abs=60.0)
    assert ready.next_edge_s(day_s) == pytest.approx(sets_s, abs=60.0)
    assert ready.first_holding(night_s, day_s) == ready.next_edge_s(night_s)


@pytest.mark.parametrize("offset_h", [-8, 0, 8, 13])
@pytest.mark.parametrize("ends", [("sunrise", "sunset"), ("sunset+90min", "dawn-10min")])
def test_by_the_sun_too_nothing_changes_between_edges(offset_h: int, ends: tuple[str, str]) -> None:
    """Whatever the clock says: an offset that is far from the sun's moves days, not edges."""
    ready = calendar(Schedule((window(*ends),), utc_offset_s=offset_h * 3600), PEOPLES_SQUARE)
    at_s = local("2026-12-18T00:00:00")
    for _ in range(12):
        edge_s = ready.next_edge_s(at_s)
        middle = [at_s + share * (edge_s - at_s) for share in (0.01, 0.5, 0.99)]
        assert len({ready.holds(each) for each in middle}) == 1
        assert edge_s - at_s < 86_400.0
        at_s = edge_s


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sunrise", SunTime(SunEvent.SUNRISE)),
        ("sunset-30min", SunTime(SunEvent.SUNSET, -30)),
        ("dusk+5min", SunTime(SunEvent.DUSK, 5)),
        ("07:30:00", time(7, 30)),
    ],
)
def test_a_moment_is_read_as_it_is_written(text: str, expected: time | SunTime) -> None:
    assert moment(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize("text", ["noon", "sunset+1h", "sunset 30min", "sunset-30min ", ""])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="isoformat"):
        moment(text)


def test_the_sun_is_not_looked_at_from_nowhere() -> None:
    with pytest.raises(ValueError, match="from sunrise to 10:00:00 needs a place"):
        calendar(Schedule((window("sunrise", "10:00"),)))


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
            assert isinstance(one.start, time)
            assert isinstance(one.end, time)
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
