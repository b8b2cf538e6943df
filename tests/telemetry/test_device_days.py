"""What was heard of a device on a day."""

from dataclasses import replace
from math import nan

import numpy as np
import pytest

from telemetry.day_loop import AUTOMATED, BY_HAND, OTHERWISE, RECORD
from telemetry.device_day import DeviceDay
from telemetry.device_days import Checked, DeviceDays, Heard, Late, Measure, Told
from telemetry.self_check import SelfCheck, read

NOON_S = 1_777_608_000.0
"""2026-05-01 12:00 in Shanghai."""
MIDNIGHT_S = NOON_S + 12 * 3600.0
MAY_1 = 20_574
BY = Measure(
    np.array([60.0, 5.0, 30.0]), 0.5, 8 * 3600.0, late_after_s=2.0, accuracy_max_m=np.full(3, 10.0)
)
ROAD, AIR = 0, 1
METRE_DEG = 1 / 111_320.0


def said(
    *fixes: tuple[float, int, float], domain: int = ROAD, from_s: float = NOON_S, number: int = 0
) -> Heard:
    """Reports of one device: seconds after ``from_s``, mode, metres to the north (NaN: nowhere)."""
    second, mode, north_m = (np.array(column, np.float64) for column in zip(*fixes, strict=True))
    count = len(second)
    return Heard(
        np.full(count, number, np.int32), from_s + second, from_s + second,
        np.where(np.isnan(north_m), nan, 121.5), 31.0 + north_m * METRE_DEG,
        np.full(count, domain, np.int8), mode.astype(np.int8), np.zeros(count, np.int32),
        np.zeros(count), np.full(count, nan), np.zeros(count, np.int32),
    )  # fmt: skip


def days(*told: Told) -> DeviceDays:
    found = DeviceDays()
    found.grow(("a", "b"))
    found.take(told, BY)
    return found


def day(*told: Told) -> DeviceDay:
    found = days(*told).day_of(0)
    assert found is not None
    return found


def test_time_and_way_are_of_the_mode_that_was_held_and_a_takeover_is_from_it_to_the_hand() -> None:
    found = day(
        said((0, BY_HAND, 0), (10, AUTOMATED, 100), (20, AUTOMATED, 300)),
        said((30, BY_HAND, 500), (40, OTHERWISE, 600), (50, OTHERWISE, 700)),
    )
    assert (found.day, found.reports, found.takeovers) == (MAY_1, 6, 1)
    assert (found.first_s, found.last_s, found.online_s) == (NOON_S, NOON_S + 50, 50.0)
    assert (found.automated_s, found.by_hand_s) == (20.0, 20.0)
    assert (round(found.automated_m), round(found.by_hand_m)) == (400, 200)


@pytest.mark.parametrize(
    ("domain", "apart_s", "counts"), [(ROAD, 60, True), (ROAD, 61, False), (AIR, 6, False)]
)
def test_between_reports_further_apart_than_silence_allows_nothing_is_known(
    domain: int, apart_s: int, *, counts: bool
) -> None:
    found = day(said((0, AUTOMATED, 0), (apart_s, BY_HAND, 500), domain=domain))
    assert (found.online_s, found.automated_s) == ((apart_s, apart_s) if counts else (0.0, 0.0))
    assert (found.takeovers, found.automated_m > 0) == ((1, True) if counts else (0, False))


def test_what_a_standing_receiver_wanders_is_no_way_and_a_fix_without_a_place_breaks_none() -> None:
    wandered = day(said(*((float(s), AUTOMATED, 0.3 * (s % 2)) for s in range(100))))
    assert (wandered.automated_m, wandered.automated_s) == (0.0, 99.0)
    found = day(said((0, AUTOMATED, 0), (10, AUTOMATED, nan), (20, AUTOMATED, 200)))
    assert found.automated_m == pytest.approx(200)


def test_a_day_is_that_of_shanghai_and_the_one_before_is_told_once_more() -> None:
    found = days(
        said((-2, AUTOMATED, 0), (-1, AUTOMATED, 20), (1, AUTOMATED, 60), from_s=MIDNIGHT_S)
    )
    yesterday, today = (each for _, each in found.unstored(0, 2))
    assert (yesterday.day, yesterday.reports, round(yesterday.automated_m)) == (MAY_1, 2, 20)
    assert (today.day, today.reports, round(today.automated_m)) == (MAY_1 + 1, 1, 40)
    found.stored(0, 2)
    assert list(found.unstored(0, 2)) == []
    back = Heard._make(each[:1] for each in said((-60, BY_HAND, 0), from_s=MIDNIGHT_S))
    found.take((back,), BY)
    assert [each.day for _, each in found.unstored(0, 2)] == [MAY_1 + 1]


DAY_S = 86_400.0


@pytest.mark.parametrize(
    ("wrong_s", "right_s", "reports"),
    [(1000 * DAY_S, 0.0, [2]), (1000 * DAY_S, 5 * DAY_S, [1, 1]), (DAY_S, 0.0, [2])],
)
def test_a_day_that_a_wrong_clock_began_gives_way_when_the_clock_is_set_right(
    wrong_s: float, right_s: float, reports: list[int]
) -> None:
    found = days(said((0, AUTOMATED, 0)))
    found.after_setting(wrong_s, NOON_S + wrong_s, BY.offset_s)
    found.take((said((10, AUTOMATED, 100), from_s=NOON_S + wrong_s),), BY)
    found.after_setting(right_s - wrong_s, NOON_S + right_s + 10, BY.offset_s)
    found.take((said((20, AUTOMATED, 200), from_s=NOON_S + right_s),), BY)
    today = found.day_of(0)
    assert today is not None
    assert today.day == MAY_1 + right_s // DAY_S
    assert [each.day for _, each in found.unstored(0, 2)][-1] == today.day
    assert today.reports == reports[-1]


def test_what_comes_late_counts_as_a_report_and_as_no_way() -> None:
    found = day(said((0, AUTOMATED, 0)), Late(0, NOON_S + 5.0), said((10, AUTOMATED, 100)))
    assert (found.reports, found.late, found.last_s) == (3, 1, NOON_S + 10)
    assert found.automated_m == pytest.approx(100)


def test_what_a_unit_says_of_itself_stays_until_it_says_otherwise() -> None:
    first = read(b'{"schema_version":1,"event":"self_check","passed":true,"fence_version":7,"x":1}')
    then = read(b'{"schema_version":1,"event":"self_check","passed":false,"ais_on":true}')
    assert first is not None
    assert then is not None
    found = day(Checked(0, NOON_S, first), Checked(0, NOON_S + 1, then))
    assert found.said == SelfCheck(passed=False, ais_on=True, fence_version=7)
    assert (found.reports, found.last_s) == (0, NOON_S + 1)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"[" * 70_000,
        b'{"event":"door"}',
        b'{"schema_version":1,"event":"self_check","link_percent":101}',
    ],
    ids=["empty", "no text", "deep", "another event", "out of range"],
)
def test_another_event_is_no_self_check(payload: bytes) -> None:
    assert read(payload) is None


def test_days_go_through_a_checkpoint_and_what_is_told_again_there_is_the_same() -> None:
    found = days(
        said((-5, AUTOMATED, 0), (1, BY_HAND, 50), from_s=MIDNIGHT_S),
        said((3, OTHERWISE, 0), from_s=MIDNIGHT_S, number=1),
        Checked(1, MIDNIGHT_S + 4, SelfCheck(link_percent=80)),
    )
    told = list(found.unstored(0, 2))
    found.stored(0, 2)
    again = DeviceDays.from_bytes(found.to_bytes())
    assert (list(again.unstored(0, 2)), again.to_bytes()) == (told, found.to_bytes())
    assert len(DeviceDays.from_bytes(b"")) == 0
    with pytest.raises(ValueError, match="days of 2 devices"):
        DeviceDays.from_bytes(found.to_bytes()[:-1])


def test_a_report_that_was_stored_to_the_microsecond_is_not_counted_again() -> None:
    reports = said((0.0, AUTOMATED, 0), (1.000_000_4, AUTOMATED, 20))
    whole = day(reports)
    resumed = DeviceDays({"a": replace(whole, last_s=NOON_S + 1.0)})
    resumed.grow(("a",))
    resumed.take((reports,), BY)
    found = resumed.day_of(0)
    assert found is not None
    assert found.reports == whole.reports


def test_who_goes_on_from_what_is_stored_counts_nothing_twice() -> None:
    reports = said(*((float(s), AUTOMATED, 20.0 * s) for s in range(20)))
    whole, half = day(reports), day(Heard._make(each[:11] for each in reports))
    resumed = DeviceDays({"a": half})
    resumed.grow(("a",))
    resumed.take((Heard._make(each[5:] for each in reports), Late(0, NOON_S + 3)), BY)
    found = resumed.day_of(0)
    assert found is not None
    assert found == replace(whole, automated_m=found.automated_m)
    assert found.automated_m == pytest.approx(whole.automated_m)


def test_who_is_first_heard_after_the_next_checkpoint_goes_on_from_what_is_stored_too() -> None:
    half = day(said(*((float(s), AUTOMATED, 20.0 * s) for s in range(10))))
    lost = DeviceDays({"b": replace(half, said=SelfCheck(passed=True))})
    lost.grow(("a",))
    for again in (lost.copied(), DeviceDays.from_bytes(lost.to_bytes())):
        again.grow(("a", "b"))
        again.take((said((10.0, AUTOMATED, 200.0), number=1),), BY)
        found = again.day_of(1)
        assert found is not None
        assert (found.day, found.reports, found.first_s) == (MAY_1, 11, NOON_S)
        assert found.said.passed is True
        assert len(again.to_bytes()) < len(lost.to_bytes()) + RECORD.itemsize, "and once only"
