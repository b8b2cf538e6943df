"""The order of one device's messages."""

import math
from collections.abc import Iterable, Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry import track as tracks
from telemetry.limits import Limits
from telemetry.report import Report, TimeSource
from telemetry.sequence import MAX_RUNS
from telemetry.track import (
    MAX_BOOTS,
    RECENT_KEYS,
    Order,
    Seen,
    Track,
    contiguous_of,
    fingerprint,
    step,
)

FRESH, LATE, DUPLICATE = Order.FRESH, Order.LATE, Order.DUPLICATE
LIMITS = Limits(max_speed_mps=50.0, max_skew_s=5.0, default_accuracy_m=10.0, max_gap_s=60.0)
T = 1_777_622_400.0
METRE = 1 / 111_320.0
"""Degrees of latitude."""


def fix(
    seq: int | None = None,
    at_s: float | None = None,
    *,
    boot: str | None = "b1",
    north_m: float = 0.0,
    speed: float = 0.0,
    accuracy_m: float | None = None,
    placed: bool = True,
) -> Report:
    return Report(
        device_id="veh-001",
        event_time_s=T + (float(seq or 0) if at_s is None else at_s),
        boot_id=boot if seq is not None else None,
        seq=seq,
        longitude_deg=121.9 if placed else None,
        latitude_deg=30.9 + north_m * METRE if placed else None,
        ground_speed_mps=speed,
        horizontal_accuracy_m=accuracy_m,
    )


def follow(
    reports: Iterable[Report], track: Track | None = None, *, delay_s: float = 0.1
) -> tuple[Track, list[Seen]]:
    """Step through reports that are received ``delay_s`` after their own time."""
    seen = []
    for report in reports:
        track, one = step(track, report, report.event_time_s + delay_s, LIMITS)
        seen.append(one)
    assert track is not None
    return track, seen


def orders(reports: Iterable[Report]) -> list[Order]:
    return [seen.order for seen in follow(reports)[1]]


# -- order by sequence number --------------------------------------------------------------


def test_reports_in_their_order_are_fresh() -> None:
    assert orders([fix(1), fix(2), fix(3)]) == [FRESH, FRESH, FRESH]


def test_a_report_heard_before_is_a_duplicate_and_changes_nothing() -> None:
    before, _ = follow([fix(1), fix(2)])
    after, seen = step(before, fix(1), T + 99, LIMITS)
    assert after is before
    assert (seen.order, seen.replayed) == (DUPLICATE, False)


def test_a_report_that_was_overtaken_is_late_and_leaves_the_live_state() -> None:
    track, seen = follow([fix(1), fix(3, north_m=30), fix(2, north_m=20)])
    assert [one.order for one in seen] == [FRESH, FRESH, LATE]
    assert track.latitude_deg == 30.9 + 30 * METRE
    assert track.at_s == T + 3


def test_what_is_missing_is_counted_at_the_report_after_it() -> None:
    _, seen = follow([fix(1), fix(5)])
    assert [one.gap for one in seen] == [0, 3]


def test_a_buffer_replayed_behind_the_live_reports_loses_and_repeats_nothing() -> None:
    live = [fix(1), fix(2), fix(500)]
    backlog = [fix(n) for n in range(3, 500)]
    track, seen = follow(live + backlog + backlog)
    assert [one.order for one in seen] == (
        [FRESH] * 3 + [LATE] * len(backlog) + [DUPLICATE] * len(backlog)
    )
    assert contiguous_of(track, "b1") == ("b1", 500)


# -- what a device is told -----------------------------------------------------------------


def test_the_acknowledgement_is_the_highest_number_without_a_hole_below() -> None:
    told = []
    track: Track | None = None
    for seq in (1, 2, 4, 5, 3, 7):
        track, _ = step(track, fix(seq), T + seq, LIMITS)
        told.append(contiguous_of(track, "b1"))
    assert told == [("b1", 1), ("b1", 2), ("b1", 2), ("b1", 2), ("b1", 5), ("b1", 5)]


def test_numbers_may_start_at_nought() -> None:
    track, seen = follow([fix(0), fix(1)])
    assert [one.order for one in seen] == [FRESH, FRESH]
    assert contiguous_of(track, "b1") == ("b1", 1)


def test_nought_that_comes_after_one_is_not_lost() -> None:
    track, seen = follow([fix(1), fix(0)])
    assert [one.order for one in seen] == [FRESH, LATE]
    assert contiguous_of(track, "b1") == ("b1", 1)


def test_nothing_is_acknowledged_while_the_beginning_is_missing() -> None:
    track, _ = follow([fix(500), fix(501)])
    assert contiguous_of(track, "b1") is None


def test_nothing_is_acknowledged_without_sequence_numbers() -> None:
    track, _ = follow([fix(at_s=1)])
    assert contiguous_of(track, "b1") is None


def lively(first: int, last: int) -> list[Report]:
    """Reports ten seconds apart."""
    return [fix(seq, 10.0 * seq) for seq in range(first, last + 1)]


def test_a_hole_that_nobody_fills_is_given_up_after_a_while_and_said_so() -> None:
    track, seen = follow(lively(1, 1) + lively(4, 64))
    assert [one.lost for one in seen] == [0] * 62
    assert contiguous_of(track, "b1") == ("b1", 1)
    track, seen = follow(lively(65, 65), track)
    assert seen[0].lost == 2
    assert contiguous_of(track, "b1") == ("b1", 65)
    assert follow(lively(3, 3), track)[1][0].order is DUPLICATE


def test_a_missing_beginning_is_given_up_after_a_while() -> None:
    track, _ = follow(lively(500, 560))
    assert contiguous_of(track, "b1") is None
    track, seen = follow(lively(561, 561), track)
    assert seen[0].lost == 499
    assert contiguous_of(track, "b1") == ("b1", 561)


def test_a_device_that_was_silent_has_time_to_replay_what_it_kept() -> None:
    track, seen = follow(lively(1, 2) + lively(4, 5) + lively(1_000, 1_001))
    assert [one.lost for one in seen] == [0] * 6
    _, seen = follow(lively(3, 3) + lively(6, 999), track)
    assert {one.order for one in seen} == {LATE}


@pytest.mark.parametrize("backlog", [range(2, 1_000), range(999, 1, -1)])
def test_a_hole_is_not_given_up_while_it_is_being_filled(backlog: range) -> None:
    track, _ = follow([fix(1), fix(1_000)])
    for place, seq in enumerate(backlog):
        track, seen = step(track, fix(seq), T + 1_000 + 60.0 * place, LIMITS)
        assert (seen.order, seen.lost) == (LATE, 0)
    assert contiguous_of(track, "b1") == ("b1", 1_000)


# -- restarts ------------------------------------------------------------------------------


def test_numbers_count_anew_after_a_restart() -> None:
    track, seen = follow([fix(1), fix(2), fix(1, 3, boot="b2"), fix(2, 4, boot="b2")])
    assert [one.order for one in seen] == [FRESH] * 4
    assert contiguous_of(track, "b2") == ("b2", 2)


def test_the_buffer_of_the_boot_before_is_history_and_acknowledged_for_itself() -> None:
    track, seen = follow([fix(1), fix(1, 9, boot="b2"), fix(2, 2), fix(2, 2)])
    assert [one.order for one in seen] == [FRESH, FRESH, LATE, DUPLICATE]
    assert contiguous_of(track, "b2") == ("b2", 1)
    assert contiguous_of(track, "b1") == ("b1", 2)


def test_the_buffer_of_a_boot_never_heard_of_is_history_too() -> None:
    track, seen = follow([fix(1, 100, boot="b2"), fix(1, 10, boot="b1"), fix(2, 101, boot="b2")])
    assert [one.order for one in seen] == [FRESH, LATE, FRESH]
    assert contiguous_of(track, "b2") == ("b2", 2)


def test_a_restart_with_a_clock_that_was_never_right_is_not_taken_for_history() -> None:
    early = -86_400.0 * 365
    track, _ = step(None, fix(1, early + 600), T, LIMITS)
    track, seen = step(track, fix(1, early, boot="b2"), T + 1, LIMITS)
    assert seen.order is FRESH
    assert contiguous_of(track, "b2") == ("b2", 1)


def test_boot_ids_made_up_without_end_take_no_more_room() -> None:
    track, _ = follow(fix(1, float(n), boot=f"b{n}") for n in range(1_000))
    assert len(track.boots) == MAX_BOOTS


# -- order by time, without sequence numbers -----------------------------------------------


def test_without_numbers_time_and_content_tell_repetition() -> None:
    one, two = fix(at_s=1), fix(at_s=2)
    assert orders([one, two, one, two]) == [FRESH, FRESH, DUPLICATE, DUPLICATE]


def test_without_numbers_an_older_report_is_late_once() -> None:
    assert orders([fix(at_s=1), fix(at_s=3), fix(at_s=2), fix(at_s=2)]) == [
        FRESH,
        FRESH,
        LATE,
        DUPLICATE,
    ]


def test_two_different_reports_of_one_second_are_both_fresh() -> None:
    assert orders([fix(at_s=1), fix(at_s=1, speed=2.0)]) == [FRESH, FRESH]


@pytest.mark.requirement("D4d-12")
def test_without_numbers_what_is_too_old_to_be_told_apart_is_kept_and_called_a_replay() -> None:
    old = fix(at_s=1)
    track, _ = follow([old] + [fix(at_s=2.0 + n) for n in range(RECENT_KEYS)])
    after, seen = step(track, old, T + 100, LIMITS)
    assert (seen.order, seen.replayed) == (LATE, True)
    assert after is track


# -- replay --------------------------------------------------------------------------------


@pytest.mark.requirement("D4d-12")
def test_a_number_used_twice_for_different_things_is_a_replay() -> None:
    track, _ = follow([fix(1), fix(2)])
    _, seen = step(track, fix(2, north_m=5_000), T + 3, LIMITS)
    assert (seen.order, seen.replayed) == (DUPLICATE, True)


@pytest.mark.requirement("D4d-12")
def test_a_number_from_long_ago_is_a_replay_and_a_redelivery_is_not() -> None:
    track, _ = follow(fix(n) for n in range(1, 2_001))
    assert step(track, fix(1), T + 2_001, LIMITS)[1].replayed
    assert not step(track, fix(1_900), T + 2_001, LIMITS)[1].replayed


def test_a_leap_in_the_numbers_does_not_freeze_the_device() -> None:
    track, seen = follow([fix(1), fix(2**62, 2), fix(3), fix(4)])
    assert [one.order for one in seen] == [FRESH] * 4
    assert track.at_s == T + 4


# -- clocks --------------------------------------------------------------------------------


@pytest.mark.requirement("D4d-10")
@pytest.mark.parametrize(
    ("ahead_s", "expected_s"), [(4.9, None), (-4.9, None), (5.5, 5.5), (-86_400.0, -86_400.0)]
)
def test_a_clock_that_is_wrong_by_more_than_allowed_is_told(
    ahead_s: float, expected_s: float | None
) -> None:
    _, seen = step(None, fix(1, ahead_s), T, LIMITS)
    assert seen.skew_s == expected_s


def test_time_by_our_own_clock_is_never_skewed() -> None:
    report = msgspec.structs.replace(fix(1, 60), time_source=TimeSource.SERVER)
    assert step(None, report, T, LIMITS)[1].skew_s is None


@pytest.mark.requirement("D4d-10")
@pytest.mark.parametrize("numbered", [True, False])
@pytest.mark.requirement("F-13")
def test_a_clock_in_the_future_never_freezes_the_device(numbered: bool) -> None:
    track, seen = step(None, fix(1 if numbered else None, 86_400), T, LIMITS)
    assert seen.at_s == T
    for n in range(2, 5):
        track, seen = step(track, fix(n if numbered else None, n), T + n + 0.1, LIMITS)
        assert (seen.order, seen.at_s) == (FRESH, T + n)


CLOCK_ERRORS_S = st.lists(
    st.one_of(st.floats(-1e9, 1e9), st.floats(-6.0, 6.0), st.just(0.0)), min_size=1, max_size=12
)


@pytest.mark.requirement("D4d-10")
@given(errors_s=CLOCK_ERRORS_S)
def test_whatever_its_clock_says_each_report_of_a_device_that_counts_is_live(
    errors_s: list[float],
) -> None:
    track, before_s = None, -math.inf
    for n, error_s in enumerate(errors_s, 1):
        track, seen = step(track, fix(n, n + error_s), T + n, LIMITS)
        assert seen.order is FRESH
        assert before_s <= seen.at_s <= T + n + LIMITS.max_skew_s
        before_s = seen.at_s


@pytest.mark.requirement("D4d-10")
@given(errors_s=CLOCK_ERRORS_S)
def test_without_numbers_a_clock_that_was_wrong_costs_no_more_than_what_is_allowed_of_it(
    errors_s: list[float],
) -> None:
    track = None
    for n, error_s in enumerate(errors_s, 1):
        track, _ = step(track, fix(None, n + error_s), T + n, LIMITS)
    right_again = len(errors_s) + LIMITS.max_skew_s + 0.1
    assert step(track, fix(None, right_again), T + right_again, LIMITS)[1].order is FRESH


@pytest.mark.requirement("D4d-10")
def test_when_a_clock_is_set_back_time_goes_on_at_our_pace() -> None:
    track, _ = step(None, fix(1, 0), T, LIMITS)
    times = []
    for n in range(2, 5):
        track, seen = step(track, fix(n, n - 3_600), T + n, LIMITS)
        assert (seen.order, seen.skew_s) == (FRESH, -3_600)
        times.append(seen.at_s - T)
    assert times == [2.0, 3.0, 4.0]


# -- movement ------------------------------------------------------------------------------


def test_the_fix_before_is_given_for_the_line_between() -> None:
    _, seen = follow([fix(1), fix(2, north_m=20)])
    assert [one.previous for one in seen] == [None, (121.9, 30.9, T + 1)]


@pytest.mark.requirement("D4d-11")
def test_a_jump_is_told_and_gives_no_line_to_cross_by() -> None:
    # One second at one and a half times 50 m/s, and twice an accuracy of 10 m: 95 m.
    _, near = follow([fix(1), fix(2, north_m=94)])
    _, far = follow([fix(1), fix(2, north_m=96)])
    assert [one.jump for one in near] == [False, False]
    assert [one.jump for one in far] == [False, True]
    assert far[1].previous is None


@pytest.mark.requirement("D4d-11")
def test_a_bad_accuracy_is_no_jump() -> None:
    _, seen = follow([fix(1, accuracy_m=500), fix(2, north_m=500)])
    assert not seen[1].jump


def test_a_second_fix_where_it_jumped_to_says_that_it_is_there() -> None:
    track, seen = follow([fix(1), fix(2, north_m=5_000), fix(3, north_m=5_010)])
    assert [one.jump for one in seen] == [False, True, False]
    assert seen[2].previous is None
    assert (track.latitude_deg, track.doubted) == (30.9 + 5_010 * METRE, None)


@pytest.mark.requirement("D4d-11")
def test_one_fix_that_is_far_off_is_one_jump_and_the_way_back_is_none() -> None:
    glitch = fix(2, north_m=200, accuracy_m=1.9)
    track, seen = follow([fix(1), glitch])
    assert [one.jump for one in seen] == [False, True]
    assert (track.latitude_deg, track.fix_at_s) == (30.9, T + 1)
    track, back = follow([fix(3, north_m=10)], track)
    assert [one.jump for one in back] == [False]
    assert back[0].previous == (121.9, 30.9, T + 1)
    assert track.doubted is None


def test_jumps_to_different_places_are_none_of_them_believed() -> None:
    far = [fix(2, north_m=1_000), fix(3, north_m=-1_000), fix(4, north_m=3_000)]
    track, seen = follow([fix(1), *far])
    assert [one.jump for one in seen] == [False, True, True, True]
    assert track.latitude_deg == 30.9


def test_whoever_keeps_jumping_is_believed_when_it_may_have_come_so_far() -> None:
    # 75 m a second and 20 m: 300 m off is too far for three seconds, and not for four.
    here_and_there = [fix(n, north_m=300 if n % 2 else -300) for n in range(2, 7)]
    _, seen = follow([fix(1), *here_and_there])
    assert [one.jump for one in seen] == [False, True, True, True, False, True]


def test_a_report_without_a_position_between_two_leaves_the_doubt() -> None:
    _, seen = follow([fix(1), fix(2, north_m=5_000), fix(3, placed=False), fix(4, north_m=5_000)])
    assert [one.jump for one in seen] == [False, True, False, False]


def test_a_doubt_comes_back_from_a_checkpoint_and_follows_a_clock_that_is_set() -> None:
    track, _ = follow([fix(1), fix(2, north_m=5_000)])
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(track), type=Track)
    assert again == track
    assert again.doubted is not None
    earlier = tracks.after_setting(again, -3_600.0, T - 3_598.0).doubted
    assert earlier is not None
    assert earlier.at_s == T - 3_598.0


def test_after_a_long_gap_the_straight_line_says_nothing() -> None:
    _, seen = follow([fix(1), fix(2, 62, north_m=10)])
    assert (seen[1].jump, seen[1].previous) == (False, None)


@pytest.mark.requirement("D4d-39")
def test_a_report_without_a_position_leaves_the_last_one_for_the_next() -> None:
    track, seen = follow([fix(1), fix(2, placed=False), fix(3, north_m=10)])
    assert [one.previous for one in seen] == [None, None, (121.9, 30.9, T + 1)]
    assert track.fix_at_s == T + 3


def test_fixes_of_the_same_whole_second_are_no_jump_when_they_are_near() -> None:
    _, seen = follow([fix(at_s=1), fix(at_s=1, north_m=50)])
    assert not seen[1].jump


def test_the_way_over_the_antimeridian_is_short() -> None:
    east = msgspec.structs.replace(fix(1), longitude_deg=179.9999)
    west = msgspec.structs.replace(fix(2), longitude_deg=-179.9999)
    assert not follow([east, west])[1][1].jump


# -- laws ----------------------------------------------------------------------------------

NUMBERED = st.lists(st.integers(0, 60), min_size=1, max_size=60, unique=True)


@given(NUMBERED, st.data())
def test_any_repetition_leaves_the_same_track(numbers: list[int], data: st.DataObject) -> None:
    reports = [fix(n) for n in numbers]
    once, _ = follow(reports)
    track, _ = follow(reports[:1])
    for index in range(1, len(reports)):
        again = data.draw(st.lists(st.integers(0, index - 1), max_size=3))
        for heard in again:
            same, seen = step(track, reports[heard], reports[heard].event_time_s + 0.1, LIMITS)
            assert same is track
            assert seen.order is DUPLICATE
        track, _ = step(track, reports[index], reports[index].event_time_s + 0.1, LIMITS)
    assert track == once


@given(st.lists(st.integers(0, 50), min_size=1, max_size=50, unique=True), st.booleans())
def test_in_any_order_each_report_is_taken_once(numbers: list[int], numbered: bool) -> None:
    reports = [fix(n) if numbered else fix(at_s=float(n)) for n in numbers]
    _, seen = follow(reports)
    assert all(one.order is not DUPLICATE for one in seen)
    track, again = follow(reports + reports)
    assert [one.order for one in again[len(reports) :]] == [DUPLICATE] * len(reports)
    assert track.at_s == max(report.event_time_s for report in reports)


@given(st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 40), min_size=1, max_size=150))
def test_what_is_acknowledged_was_seen_down_to_the_start(numbers: list[int]) -> None:
    track: Track | None = None
    told = -1
    for place, seq in enumerate(numbers):
        track, _ = step(track, fix(seq, float(place)), T + place, LIMITS)
        assert len(track.boots[0].runs) <= MAX_RUNS
        now = contiguous_of(track, "b1")
        if now is not None:
            assert told <= now[1] <= max(numbers[: place + 1])
            told = now[1]
            if track.boots[0].floor <= 1:
                assert set(range(1, min(told, 200) + 1)) <= set(numbers[: place + 1])


@given(NUMBERED)
def test_runs_hold_exactly_the_numbers_that_were_seen(numbers: list[int]) -> None:
    track, _ = follow(fix(n, float(place)) for place, n in enumerate(numbers))
    runs = track.boots[0].runs
    assert [n for low, high in runs for n in range(low, high + 1)] == sorted(numbers)
    assert all(runs[i][1] + 1 < runs[i + 1][0] for i in range(len(runs) - 1))


ANYTHING = st.builds(
    Report,
    device_id=st.just("veh-001"),
    event_time_s=st.floats(946_684_800.0, 4_102_444_800.0) | st.floats(T - 10, T + 10),
    boot_id=st.sampled_from([None, "b1", "b2", "b3", "b4", "b5"]),
    seq=st.none() | st.integers(0, 2**63 - 1) | st.integers(0, 20),
    longitude_deg=st.floats(-180, 180),
    latitude_deg=st.floats(-90, 90),
)


@settings(max_examples=200)
@given(st.lists(st.tuples(ANYTHING, st.floats(0, 5)), min_size=1, max_size=120))
def test_whatever_is_said_the_track_stays_small_and_survives_a_restart(
    steps: Sequence[tuple[Report, float]],
) -> None:
    track: Track | None = None
    received_s, at_s = T, -math.inf
    for report, pause_s in steps:
        received_s += pause_s
        track, seen = step(track, report, received_s, LIMITS)
        if seen.order is FRESH:
            assert seen.at_s >= at_s
            assert seen.at_s <= received_s + LIMITS.max_skew_s or seen.at_s == at_s
            at_s = seen.at_s
    assert track is not None
    stored = msgspec.msgpack.encode(track)
    assert len(stored) < 12_000
    assert msgspec.msgpack.decode(stored, type=Track) == track


def test_a_digest_tells_contents_apart_and_is_the_same_in_every_process() -> None:
    assert fingerprint(fix(1)) == 2_765_012_252
    assert fingerprint(fix(1)) != fingerprint(fix(1, north_m=1))


def test_a_digest_that_is_given_is_taken() -> None:
    track, _ = step(None, fix(at_s=1), T, LIMITS, digest=7)
    assert step(track, fix(at_s=1, speed=5), T, LIMITS, digest=7)[1].order is DUPLICATE
    assert tracks.fingerprint(fix(at_s=1)) != 7
