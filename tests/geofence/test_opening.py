"""What is remembered of schedules gives the answers that asking each of them gives."""

from datetime import UTC, date, datetime, time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geofence.opening import Openings
from geofence.schedule import Calendar, calendar
from geofence.zone import Schedule, Window

MONDAY_S = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
DAYS = st.frozensets(st.integers(0, 6), min_size=1)
TIMES = st.sampled_from([time(0), time(1), time(7, 30), time(8), time(12), time(23, 59, 59)])
WINDOWS = st.builds(Window, DAYS, TIMES, TIMES)
SCHEDULES = st.builds(
    Schedule,
    st.lists(WINDOWS, max_size=2).map(tuple),
    valid_to=st.sampled_from([None, date(2026, 3, 4)]),
    utc_offset_s=st.sampled_from([0, 28_800]),
)
CALENDARS = st.lists(st.none() | SCHEDULES.map(calendar), min_size=1, max_size=4).map(tuple)
# Quarters of hours hit the edges, and often; seconds lie beside them.
MOMENTS = st.builds(
    lambda quarter, more: MONDAY_S + 900.0 * quarter + more,
    st.integers(0, 500),
    st.sampled_from([-1.0, 0.0, 0.001, 1.0, 20.0]),
)
BATCHES = st.lists(st.lists(MOMENTS, min_size=1, max_size=6), min_size=1, max_size=6)


def is_open(of: Calendar | None, at_s: float) -> bool:
    return of is None or of.holds(at_s)


@given(CALENDARS, BATCHES)
def test_all_volumes_are_open_when_their_schedules_hold(
    calendars: tuple[Calendar | None, ...], batches: list[list[float]]
) -> None:
    openings = Openings(calendars)
    for batch in batches:
        volume = np.tile(np.arange(len(calendars)), len(batch))
        at_s = np.repeat(np.array(batch), len(calendars))
        want = [is_open(calendars[row], moment) for row, moment in zip(volume, at_s, strict=True)]
        assert openings.at(volume, at_s).tolist() == want


@given(CALENDARS, st.lists(st.tuples(MOMENTS, st.floats(0.0, 90.0)), min_size=1, max_size=8))
def test_what_is_never_open_on_the_way_is_open_at_no_moment_of_it(
    calendars: tuple[Calendar | None, ...], ways: list[tuple[float, float]]
) -> None:
    openings = Openings(calendars)
    for first_s, lasts_s in ways:
        volume = np.arange(len(calendars))
        start, end = np.full(len(volume), first_s), np.full(len(volume), first_s + lasts_s)
        for number in openings.never(volume, start, end).nonzero()[0]:
            of = calendars[number]
            assert of is not None
            assert of.first_holding(first_s, first_s + lasts_s) is None


def test_fixes_far_from_an_edge_ask_each_schedule_once() -> None:
    nine_to_five = calendar(Schedule((Window(frozenset(range(7)), time(9), time(17)),)))
    openings = Openings((nine_to_five, None))
    noon_s = MONDAY_S + 12 * 3600.0 - nine_to_five.utc_offset_s
    volume = np.array([0, 1])
    assert openings.at(volume, np.full(2, noon_s)).tolist() == [True, True]
    assert not openings.never(volume, np.full(2, noon_s), np.full(2, noon_s + 60.0)).any()
    night_s = noon_s + 8 * 3600.0
    assert openings.never(volume, np.full(2, night_s), np.full(2, night_s + 1.0)).tolist() == [
        True,
        False,
    ]


def test_nothing_asked_is_nothing_answered() -> None:
    none = np.zeros(0, np.int64)
    openings = Openings(())
    assert openings.at(none, np.zeros(0)).size == 0
    assert openings.never(none, np.zeros(0), np.zeros(0)).size == 0
