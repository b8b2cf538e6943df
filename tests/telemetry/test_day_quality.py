"""How good the data of a day is: what is counted of it, and what it is worth."""

from dataclasses import replace
from math import nan

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.data_items import ITEMS, DataItem
from telemetry.day_loop import BEFORE_QUALITY, JUMPED, OTHERWISE, RECORD, SKEWED, STANDING
from telemetry.day_quality import NOTHING_JUDGED, DayQuality
from telemetry.device_day import DeviceDay
from telemetry.device_days import DeviceDays, Heard, Late, Measure, Replayed, Told
from telemetry.quality_score import Gaps, Part, Scale, Score, gaps_of, scored

NOON_S = 1_777_608_000.0
"""2026-05-01 12:00 in Shanghai."""
OFFSET_S = 8 * 3600.0
MIDNIGHT_S = NOON_S + 12 * 3600.0
BY = Measure(
    np.array([60.0, 5.0, 30.0]), 0.5, OFFSET_S, late_after_s=2.0, accuracy_max_m=np.full(3, 10.0)
)
NO_SPEED = 1 << ITEMS.index(DataItem.SPEED)
NO_POSITION = 1 << ITEMS.index(DataItem.POSITION)
ROAD = 0


def said(
    *seconds: float,
    marks: int = 0,
    delay_s: float = 0.0,
    accuracy_m: float = nan,
    lost: int = 0,
    from_s: float = NOON_S,
) -> Heard:
    """Reports of the first device, which all are alike."""
    count, at_s = len(seconds), from_s + np.array(seconds, np.float64)
    where, code = np.zeros(count), np.zeros(count, np.int8)
    return Heard(
        np.zeros(count, np.int32), at_s, at_s, where, where, code, code + np.int8(OTHERWISE),
        np.full(count, marks, np.int32), np.full(count, delay_s), np.full(count, accuracy_m),
        np.full(count, lost, np.int32),
    )  # fmt: skip


def days(*told: Told, by: Measure = BY) -> DeviceDays:
    found = DeviceDays()
    found.grow(("a",))
    found.take(told, by)
    return found


def day(*told: Told, by: Measure = BY) -> DeviceDay:
    found = days(*told, by=by).day_of(0)
    assert found is not None
    return found


def quality(*told: Told, by: Measure = BY) -> DayQuality:
    return day(*told, by=by).quality


@pytest.mark.requirement("D4d-67")
def test_each_report_is_counted_by_what_it_lacks_and_by_what_is_wrong_with_it() -> None:
    found = quality(
        said(0, 1),
        said(2, marks=NO_SPEED | SKEWED),
        said(3, marks=NO_SPEED | JUMPED, lost=2),
    )
    assert found == DayQuality(
        judged=4, lacking={"speed": 2}, timed=4, skewed=1, jumps=1, lost=2, left_under_way=True
    )


@pytest.mark.requirement("D4d-67")
def test_a_delay_is_late_beyond_what_is_let_pass_and_a_clock_ahead_is_told_apart_from_it() -> None:
    found = quality(said(0, delay_s=2.0), said(10, delay_s=2.5), said(20, delay_s=-4.0))
    assert (found.timed, found.delayed, found.delay_worst_s) == (3, 1, 2.5)
    assert (found.delay_total_s, found.ahead_worst_s) == (0.5, 4.0)
    assert quality(said(0, delay_s=nan)).timed == 0, "what has no time of its own has no delay"


@pytest.mark.requirement("D4d-67")
def test_accuracy_is_that_of_those_who_say_it() -> None:
    found = quality(said(0, accuracy_m=10.0), said(1, accuracy_m=11.0), said(2))
    assert (found.accuracy_said, found.inaccurate) == (2, 1)
    assert (found.accuracy_total_m, found.accuracy_worst_m) == (21.0, 11.0)


@pytest.mark.requirement("D4d-67")
def test_who_is_under_way_and_silent_for_too_long_is_interrupted_and_who_stands_is_not() -> None:
    assert quality(said(0, 60)).gaps == 0
    found = quality(said(0, 61, 100))
    assert (found.gaps, found.gap_total_s, found.gap_longest_s) == (1, 61.0, 61.0)
    assert quality(said(0, marks=STANDING), said(61)).gaps == 0


def test_what_we_did_not_hear_ourselves_is_no_gap_of_theirs() -> None:
    away = BY._replace(listening_s=NOON_S + 90.0)
    found = days(said(0, 10))
    found.take((said(100, 110),), away)
    after = found.day_of(0)
    assert after is not None
    assert (after.quality.judged, after.quality.gaps) == (4, 0)


def test_of_a_gap_over_midnight_each_day_has_its_part() -> None:
    found = days(said(-100, 200, from_s=MIDNIGHT_S))
    yesterday, today = (each for _, each in found.unstored(0, 1))
    assert yesterday.quality.gaps == 0
    assert gaps_of(yesterday, 60.0, MIDNIGHT_S + 9.0, OFFSET_S) == Gaps(1, 100.0, 100.0)
    assert (today.quality.gaps, today.quality.gap_total_s) == (1, 200.0)


def test_a_gap_that_goes_on_counts_up_to_now_while_it_is_one() -> None:
    moving, standing = day(said(0, 10)), day(said(0, 10, marks=STANDING))
    assert gaps_of(moving, 60.0, NOON_S + 70.0, OFFSET_S).count == 0
    assert gaps_of(moving, 60.0, NOON_S + 80.0, OFFSET_S) == Gaps(1, 70.0, 70.0)
    assert gaps_of(standing, 60.0, NOON_S + 8000.0, OFFSET_S).count == 0


def test_a_replayed_number_counts_on_a_day_that_goes_on_and_is_no_sign_of_life() -> None:
    found = day(said(0), Replayed(0, NOON_S + 50.0))
    assert (found.quality.replayed, found.last_s, found.reports) == (1, NOON_S, 1)
    assert days(Replayed(0, NOON_S)).day_of(0) is None


@pytest.mark.requirement("D4d-67")
def test_quality_goes_through_a_checkpoint_and_a_report_that_comes_again_counts_once() -> None:
    reports = said(*map(float, range(20)), marks=NO_SPEED, accuracy_m=3.25, delay_s=0.125)
    found = days(reports, said(100, marks=JUMPED), Replayed(0, NOON_S + 101))
    again = DeviceDays.from_bytes(found.to_bytes())
    assert again.day_of(0) == found.day_of(0)
    half = day(Heard._make(each[:11] for each in reports))
    resumed = DeviceDays({"a": half})
    resumed.grow(("a",))
    resumed.take((Heard._make(each[5:] for each in reports),), BY)
    whole = resumed.day_of(0)
    assert whole is not None
    assert whole.quality == day(reports).quality


def test_a_checkpoint_of_before_goes_on_without_what_it_did_not_count() -> None:
    found = days(said(0, 1, marks=NO_SPEED))
    old = found.to_bytes().replace(found._today[:1].tobytes(), _without_quality(found))
    again = DeviceDays.from_bytes(old, with_quality=False)
    kept = again.day_of(0)
    assert kept == replace(day(said(0, 1)), quality=NOTHING_JUDGED)
    again.take((said(2, marks=NO_SPEED),), BY)
    goes_on = again.day_of(0)
    assert goes_on is not None
    assert (goes_on.reports, goes_on.quality.judged) == (3, 1)


def _without_quality(found: DeviceDays) -> bytes:
    old = np.zeros(1, BEFORE_QUALITY)
    for name in BEFORE_QUALITY.names or ():
        old[name] = found._today[:1][name]
    assert BEFORE_QUALITY.itemsize < RECORD.itemsize
    return old.tobytes()


def test_quality_goes_through_json_as_it_is() -> None:
    found = quality(said(0, 1, marks=NO_SPEED, delay_s=0.1, accuracy_m=1 / 3))
    assert msgspec.json.decode(msgspec.json.encode(found), type=DayQuality) == found
    assert len(msgspec.json.encode(found)) < 2000


SCALE = Scale(
    mandatory=(DataItem.POSITION, DataItem.SPEED),
    rate_min_hz=1.0,
    silence_s=60.0,
    weights={**dict.fromkeys(Part, 1.0), Part.ITEMS: 3.0},
    nothing_at={Part.LATENESS: 0.2, Part.JUMPS: 0.5},
)


def score(*told: Told, scale: Scale = SCALE) -> Score:
    found = day(*told)
    return scored(found, scale, found.last_s, OFFSET_S)


@pytest.mark.requirement("D4d-68")
def test_all_that_is_good_is_worth_a_hundred_and_what_nobody_knows_is_no_part_of_it() -> None:
    found = score(said(*map(float, range(100))))
    assert found.total == 100.0
    assert found.parts[Part.ACCURACY] is None, "no report said it"
    assert (found.missing, found.rate_hz) == ((), 100 / 99)


@pytest.mark.requirement("D4d-68")
def test_a_part_falls_with_what_is_bad_to_nothing_at_the_share_that_the_rules_name() -> None:
    good, late = said(*map(float, range(90))), said(*map(float, range(90, 100)), delay_s=9.0)
    found = score(good, late)
    assert found.parts[Part.LATENESS] == pytest.approx(0.5)
    assert found.total == pytest.approx(100 * (8 - 0.5) / 8)
    assert score(said(0, 1, 2, 3, marks=JUMPED)).parts[Part.JUMPS] == 0.0


@pytest.mark.requirement("D4d-68")
def test_the_items_are_worth_their_mean_and_each_that_is_missing_is_named() -> None:
    found = score(said(*map(float, range(50))), said(*map(float, range(50, 100)), marks=NO_SPEED))
    assert (found.items[DataItem.SPEED], found.parts[Part.ITEMS]) == (0.5, 0.75)
    assert found.missing == (DataItem.SPEED,)


def test_the_rate_is_that_while_it_was_heard_and_gaps_are_the_time_that_it_was_not() -> None:
    found = score(
        said(*(2.0 * each for each in range(51)), *(200 + 2.0 * each for each in range(51)))
    )
    assert found.rate_hz == pytest.approx(0.51)
    assert found.parts[Part.GAPS] == pytest.approx(200 / 300)
    assert score(said(0, 1), said(2, lost=3)).parts[Part.GAPS] == pytest.approx(0.5)


def test_what_comes_out_of_order_is_late() -> None:
    assert score(said(0, 1, 2), Late(0, NOON_S + 3)).parts[Part.LATENESS] == 0.0


def test_of_a_day_that_nobody_judged_nothing_is_known() -> None:
    found = scored(replace(day(said(0)), quality=NOTHING_JUDGED), SCALE, NOON_S, OFFSET_S)
    assert (found.total, found.items, found.missing) == (None, {}, ())
    assert set(found.parts.values()) == {None}


marks = st.sampled_from((0, NO_SPEED, NO_POSITION, SKEWED, JUMPED, STANDING, NO_SPEED | JUMPED))
told = st.lists(
    st.tuples(
        marks, st.floats(-10, 100), st.one_of(st.just(nan), st.floats(0, 50)), st.integers(0, 3)
    ),
    min_size=1,
    max_size=20,
)


@given(told)
def test_a_score_lies_between_nothing_and_a_hundred_and_so_does_each_of_its_parts(
    reports: list[tuple[int, float, float, int]],
) -> None:
    heard = [
        said(9.0 * at, marks=marks, delay_s=delay_s, accuracy_m=accuracy_m, lost=lost)
        for at, (marks, delay_s, accuracy_m, lost) in enumerate(reports)
    ]
    found = score(*heard)
    assert found.total is not None
    assert 0.0 <= found.total <= 100.0
    assert all(each is None or 0.0 <= each <= 1.0 for each in found.parts.values())


@given(told, st.integers(0, 20))
def test_a_day_in_two_batches_is_that_in_one(
    reports: list[tuple[int, float, float, int]], cut: int
) -> None:
    heard = [
        said(9.0 * at, marks=marks, delay_s=delay_s, accuracy_m=accuracy_m, lost=lost)
        for at, (marks, delay_s, accuracy_m, lost) in enumerate(reports)
    ]
    at_once = Heard._make(map(np.concatenate, zip(*heard, strict=True)))
    first, then = (
        Heard._make(each[part] for each in at_once) for part in (slice(cut), slice(cut, None))
    )
    assert quality(first, then) == quality(at_once) == quality(*heard)
