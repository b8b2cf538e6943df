"""Serials of messages: 16 bits that wrap, count other messages too and begin anew at will."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import counter
from telemetry.counter import Serials
from telemetry.limits import Limits
from telemetry.report import Report, TimeSource
from telemetry.track import (
    RECENT_KEYS,
    Order,
    Seen,
    Track,
    begins_anew,
    number_of,
    step,
    with_serial,
)

LIMITS = Limits()
T = 1_777_622_400.0
FRESH, LATE, DUPLICATE = Order.FRESH, Order.LATE, Order.DUPLICATE


def fix(serial: int | None, at_s: float | None = None, *, speed_mps: float = 0.0) -> Report:
    return Report(
        device_id="bus-1",
        event_time_s=T + (float(serial or 0) if at_s is None else at_s),
        longitude_deg=121.9,
        latitude_deg=30.9,
        ground_speed_mps=speed_mps,
        serial=serial,
    )


def followed(*reports: Report) -> tuple[Track, list[Seen]]:
    track, seen = None, []
    for report in reports:
        track, one = step(track, report, report.event_time_s + 0.1, LIMITS)
        seen.append(one)
    assert track is not None
    return track, seen


def gaps(*reports: Report) -> list[int]:
    return [each.gap for each in followed(*reports)[1]]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=40), st.integers(0, 2**16 - 1))
def test_whatever_it_starts_at_a_counter_that_wraps_counts_on(steps: list[int], first: int) -> None:
    number = counter.number_of(None, first)
    serials = counter.with_report(None, number)
    for each in steps:
        number += each
        assert counter.number_of(serials, number % counter.MODULUS) == number
        serials = counter.with_report(serials, number)
        assert serials.upto == number


@given(
    st.lists(st.tuples(st.integers(0, 2**16 - 1) | st.integers(0, 40), st.booleans()), max_size=80)
)
def test_whatever_is_counted_runs_stay_few_and_apart_and_what_is_missing_is_what_was_not_heard(
    said: list[tuple[int, bool]],
) -> None:
    serials = counter.with_report(None, counter.MODULUS)
    for serial, is_report in said:
        number = counter.number_of(serials, serial)
        assert number % counter.MODULUS == serial
        missing = counter.missing_before(serials, number)
        if number - serials.upto < 100:
            heard = {
                n for low, high in serials.runs for n in range(low, high + 1) if high - low < 200
            }
            assert missing == len(set(range(serials.upto + 1, number)) - heard)
        upto = serials.upto
        serials = (
            counter.with_report(serials, number)
            if is_report
            else counter.with_other(serials, number)
        )
        assert upto <= serials.upto
        assert not is_report or number <= serials.upto
        assert len(serials.runs) <= counter.MOST_RUNS
        assert all(
            one[0] <= one[1] and one[1] + 1 < other[0] for one, other in pairwise(serials.runs)
        )


def test_a_serial_that_is_not_the_next_says_how_many_are_missing() -> None:
    assert gaps(fix(7), fix(8), fix(11), fix(12)) == [0, 0, 2, 0]


def test_over_the_wrap_nothing_is_missing() -> None:
    assert gaps(fix(65_534, 1), fix(65_535, 2), fix(0, 3), fix(1, 4)) == [0, 0, 0, 0]


def test_the_time_decides_what_is_live_and_the_serial_does_not() -> None:
    """A buffer that is emptied has newer serials and older times."""
    track, seen = followed(fix(1, 10), fix(2, 5), fix(3, 11))
    assert [each.order for each in seen] == [FRESH, LATE, FRESH]
    assert track.at_s == T + 11


def test_a_hole_is_no_loss_and_nothing_is_acknowledged_by_number() -> None:
    track, seen = followed(fix(1, 1), *(fix(n, 1_000.0 * n) for n in range(3, 100)))
    assert sum(each.lost for each in seen) == 0
    assert track.boots == ()


@pytest.mark.requirement("D4d-64")
@pytest.mark.parametrize("source", [TimeSource.SERVER, TimeSource.DEVICE])
def test_where_the_time_is_ours_who_has_waited_for_another_is_newer_than_it_by_its_serial(
    source: TimeSource,
) -> None:
    """Of a terminal without a clock, and of one whose clock is ten seconds ahead."""
    ahead_s = 10.0 if source is TimeSource.DEVICE else 0.0
    track: Track | None = None
    seen: list[Seen] = []
    for serial, received_s in ((10, 1.0), (11, 3.1), (12, 3.0), (12, 3.0), (13, 4.0)):
        report = msgspec.structs.replace(
            fix(serial, received_s + ahead_s, speed_mps=len(seen)), time_source=source
        )
        track, one = step(track, report, T + received_s, LIMITS)
        seen.append(one)
    assert [each.order for each in seen] == [FRESH] * 5
    assert [each.at_s - T for each in seen] == pytest.approx([1.0, 3.1, 3.1, 3.1, 4.0])


def test_what_a_terminal_without_a_clock_said_long_before_is_late_all_the_same() -> None:
    ours = [
        msgspec.structs.replace(fix(serial, serial), time_source=TimeSource.SERVER)
        for serial in (10, 12, 11)
    ]
    track, _ = followed(*ours[:2])
    assert step(track, ours[2], T + 11.0, LIMITS)[1].order is LATE


def test_what_is_said_again_is_a_duplicate_and_what_is_said_alike_under_a_new_serial_is_none() -> (
    None
):
    track, _ = followed(fix(1, 7), fix(2, 8), fix(3, 9))
    after, seen = step(track, fix(2, 8), T + 9, LIMITS)
    assert seen.order is DUPLICATE
    assert after is track
    assert step(track, fix(4, 9), T + 9, LIMITS)[1].order is FRESH


def test_what_was_heard_before_serials_were_kept_is_a_duplicate_when_it_is_said_again() -> None:
    track, _ = followed(fix(None, 8), fix(None, 9))
    after, seen = step(track, fix(9, 9), T + 10, LIMITS)
    assert seen.order is DUPLICATE
    assert after is track
    assert step(track, fix(10, 10), T + 10, LIMITS)[1].order is FRESH


def test_several_positions_of_one_message_have_its_serial() -> None:
    assert gaps(fix(1, 1), fix(2, 2), fix(2, 3), fix(2, 4), fix(3, 5)) == [0, 0, 0, 0, 0]


def test_a_counter_that_was_set_back_counts_anew() -> None:
    track, _ = followed(fix(500, 1), fix(501, 2))
    assert begins_anew(track, fix(0, 3))
    assert not begins_anew(track, fix(0, 1.5))
    assert gaps(fix(500, 1), fix(501, 2), fix(0, 3), fix(1, 4), fix(3, 6)) == [0, 0, 0, 0, 1]


def test_what_fills_a_hole_does_not_begin_anew() -> None:
    track, _ = followed(fix(500, 1), fix(502, 3))
    assert not begins_anew(track, fix(501, 4))
    assert not begins_anew(None, fix(501, 4))
    assert not begins_anew(track, fix(None, 4))


def test_a_message_that_is_no_report_counts_and_hides_none_that_is_missing_before_it() -> None:
    track, _ = followed(fix(500, 1))
    base = counter.MODULUS
    assert with_serial(track, 501).serials == Serials(base + 501, ((base + 500, base + 501),))
    ahead = with_serial(track, 502)
    assert ahead.serials == Serials(
        base + 500, ((base + 500, base + 500), (base + 502, base + 502))
    )
    assert step(ahead, fix(503, 4), T + 4, LIMITS)[1].gap == 1
    filled, seen = step(ahead, fix(501, 2), T + 2, LIMITS)
    assert (seen.gap, filled.serials) == (0, Serials(base + 502, ((base + 500, base + 502),)))
    silent, _ = followed(fix(None, 1))
    assert with_serial(silent, 1) is silent


def test_its_number_is_that_of_the_sequence_or_what_the_serial_stands_for() -> None:
    track, _ = followed(fix(65_535, 1))
    assert number_of(track, fix(0, 2)) == 2 * counter.MODULUS
    assert number_of(track, msgspec.structs.replace(fix(0, 2), seq=7)) == 7
    assert number_of(track, fix(None, 2)) is None
    assert number_of(None, fix(3, 2)) == counter.MODULUS + 3


@pytest.mark.requirement("D4d-12")
def test_an_old_message_of_a_new_serial_is_no_replay_and_one_of_an_old_serial_is_called_one() -> (
    None
):
    """Of a buffer that is emptied after more messages than are remembered."""
    live = [fix(n, 100.0 + n) for n in range(1, RECENT_KEYS + 10)]
    track, _ = followed(*live)
    _, new = step(track, fix(RECENT_KEYS + 10, 5), T + 300, LIMITS)
    _, old = step(track, fix(3, 5, speed_mps=9.0), T + 300, LIMITS)
    assert (new.order, new.replayed) == (LATE, False)
    assert (old.order, old.replayed) == (LATE, True)


def test_who_always_says_the_same_serial_misses_nothing() -> None:
    assert gaps(*(fix(0, float(n)) for n in range(9))) == [0] * 9
