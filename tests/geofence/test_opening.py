"""What is remembered of schedules gives the answers that asking each of them gives."""

import math
from datetime import UTC, date, datetime, time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.judge import bands
from geofence.looking import Ways, meeting
from geofence.opening import TOGETHER_S, Openings
from geofence.places import AT, WIDTH
from geofence.schedule import Calendar, calendar
from geofence.snapshot import limits_of
from geofence.zone import HeightBand, Schedule, Window

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


@given(
    CALENDARS, st.lists(MOMENTS, min_size=1, max_size=8), st.lists(MOMENTS, min_size=1, max_size=4)
)
def test_edges_are_those_of_the_schedules_whatever_was_asked_before(
    calendars: tuple[Calendar | None, ...], asked: list[float], moments: list[float]
) -> None:
    openings = Openings(calendars)
    for at_s in asked:
        openings.at(np.arange(len(calendars)), np.full(len(calendars), at_s))
        for after_s in (at_s - 200.0, at_s, *moments):
            edges = [math.inf if of is None else of.next_edge_s(after_s) for of in calendars]
            assert openings.next_edge_s(after_s) == min(edges)
            until_s = after_s + 3000.0
            turning = [number for number, edge_s in enumerate(edges) if edge_s <= until_s]
            assert openings.turning(after_s, until_s).tolist() == turning


@pytest.mark.parametrize("step_s", [300.0, 700.0, 3000.0])
def test_as_time_goes_on_a_schedule_is_asked_at_its_own_edges_alone(step_s: float) -> None:
    """A thousand that are all asked again at each edge would hold up a batch."""
    asked: list[float] = []

    class Counted(Calendar):
        def holds(self, at_s: float) -> bool:
            asked.append(at_s)
            return super().holds(at_s)

    def daily(opens: time, closes: time) -> Calendar:
        made = calendar(Schedule((Window(frozenset(range(7)), opens, closes),), utc_offset_s=0))
        return Counted(made.hours, made.first_day, made.last_day, made.utc_offset_s)

    one, other = daily(time(1), time(2)), daily(time(5), time(7, 30))
    openings = Openings((one, other))
    openings.warm(MONDAY_S)
    at_first = len(asked)
    for number in range(int(6 * 3600.0 / step_s)):
        openings.at(np.array([0, 1]), np.full(2, MONDAY_S + step_s * number))
    assert at_first == 2
    # An edge itself, and the time after it, of each of three edges.
    assert at_first + 3 <= len(asked) <= at_first + 6


def lasting(first_s: list[float], last_s: list[float]) -> Ways:
    """Ways of which nothing but the times of their ends matters."""
    start, end = np.full((2, len(first_s), WIDTH), np.nan)
    start[:, AT], end[:, AT] = first_s, last_s
    return Ways(start, end, np.ones(len(first_s), np.bool_), np.zeros(len(first_s), np.int8))


def never_open(openings: Openings, ways: list[tuple[float, float]]) -> set[tuple[int, int]]:
    """Pairs of a way and a volume that is known to be shut all along it."""
    way = lasting(*map(list, zip(*ways, strict=True)))
    hours = openings.hours(way)
    count = len(openings.of_volume)
    row, volume = np.divmod(np.arange(len(ways) * count), count)
    unbounded = bands([HeightBand()] * count)
    meets = np.empty(len(row), np.bool_)
    meeting(limits_of(volume, unbounded, openings), hours, way, row, volume, meets)
    return set(zip(row[~meets].tolist(), volume[~meets].tolist(), strict=True))


@given(CALENDARS, st.lists(st.tuples(MOMENTS, st.floats(0.0, 90.0)), min_size=1, max_size=8))
def test_what_is_never_open_on_the_way_is_open_at_no_moment_of_it(
    calendars: tuple[Calendar | None, ...], begun: list[tuple[float, float]]
) -> None:
    ways = [(first_s, first_s + lasts_s) for first_s, lasts_s in begun]
    for way, number in never_open(Openings(calendars), ways):
        of = calendars[number]
        assert of is not None
        assert of.first_holding(*ways[way]) is None


@given(CALENDARS, BATCHES)
def test_the_hours_of_a_batch_are_those_of_each_of_its_moments(
    calendars: tuple[Calendar | None, ...], batches: list[list[float]]
) -> None:
    openings = Openings(calendars)
    for batch in batches:
        hours = openings.hours(lasting(batch, batch))
        assert hours.at_start.tolist() == hours.at_end.tolist()
        for moment, stretch in zip(batch, hours.at_end.tolist(), strict=True):
            if stretch < 0:
                assert max(batch) - min(batch) > TOGETHER_S
                continue
            told = hours.is_open[stretch][openings.of_volume]
            assert told.tolist() == [is_open(each, moment) for each in calendars]


def test_a_row_far_from_the_others_in_time_is_left_to_be_asked_about() -> None:
    nine_to_five = calendar(Schedule((Window(frozenset(range(7)), time(9), time(17)),)))
    noon_s = MONDAY_S + 12 * 3600.0 - nine_to_five.utc_offset_s
    at_s = [noon_s, noon_s + 1.0, 0.0, noon_s + 2.0]
    hours = Openings((nine_to_five,)).hours(lasting(at_s, at_s))
    assert (hours.at_end >= 0).tolist() == [True, True, False, True]
    assert hours.is_open[hours.at_end[0]].tolist() == [True, True]


def test_fixes_far_from_an_edge_ask_each_schedule_once() -> None:
    nine_to_five = calendar(Schedule((Window(frozenset(range(7)), time(9), time(17)),)))
    openings = Openings((nine_to_five, None))
    noon_s = MONDAY_S + 12 * 3600.0 - nine_to_five.utc_offset_s
    volume = np.array([0, 1])
    assert openings.at(volume, np.full(2, noon_s)).tolist() == [True, True]
    assert never_open(openings, [(noon_s, noon_s + 60.0)]) == set()
    night_s = noon_s + 8 * 3600.0
    assert never_open(openings, [(night_s, night_s + 1.0)]) == {(0, 0)}


def test_nothing_asked_is_nothing_answered() -> None:
    none, openings = np.zeros(0, np.int64), Openings(())
    assert openings.at(none, np.zeros(0)).size == 0
    assert openings.hours(lasting([], [])).at_end.size == 0
