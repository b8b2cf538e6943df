from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.faults import (
    Timed,
    clock_drift,
    delay,
    duplicate,
    gnss_noise,
    is_in_order,
    outage,
    reorder,
)
from telemetry.report import Report

seeds = st.integers(0, 2**32 - 1)
probabilities = st.floats(0.0, 1.0)


def stream(count: int) -> list[Timed]:
    """One report a second from one unit."""
    return [
        Timed(
            1000.0 + n,
            Report(
                device_id="d",
                event_time_s=1000.0 + n,
                seq=n,
                longitude_deg=121.5,
                latitude_deg=31.2,
            ),
        )
        for n in range(count)
    ]


def sequence(found: list[Timed]) -> list[int | None]:
    return [timed.report.seq for timed in found]


def chance(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(st.integers(0, 30), seeds, st.floats(0.01, 20.0))
def test_delay_loses_nothing_doubles_nothing_and_is_never_early(
    count: int, seed: int, mean_s: float
) -> None:
    found = list(delay(stream(count), chance(seed), mean_s))
    assert sorted(timed.report.event_time_s for timed in found) == [
        timed.sent_s for timed in stream(count)
    ]
    assert all(timed.sent_s >= timed.report.event_time_s for timed in found)
    assert is_in_order(found)


def test_delay_lets_reports_overtake_each_other() -> None:
    assert sequence(list(delay(stream(50), chance(), 5.0))) != list(range(50))


@given(st.integers(0, 30), seeds, probabilities)
def test_reordering_changes_the_order_of_reports_and_not_when_something_is_sent(
    count: int, seed: int, probability: float
) -> None:
    found = list(reorder(stream(count), chance(seed), probability))
    assert sorted(map(str, sequence(found))) == sorted(map(str, range(count)))
    assert [timed.sent_s for timed in found] == [timed.sent_s for timed in stream(count)]


def test_a_certain_reordering_swaps_every_pair() -> None:
    assert sequence(list(reorder(stream(5), chance(), 1.0))) == [1, 0, 3, 2, 4]


@given(st.integers(0, 30), seeds, probabilities)
def test_duplication_only_adds(count: int, seed: int, probability: float) -> None:
    found = sequence(list(duplicate(stream(count), chance(seed), probability)))
    assert list(dict.fromkeys(found)) == list(range(count))


def test_a_certain_duplication_doubles_everything() -> None:
    assert sequence(list(duplicate(stream(2), chance(), 1.0))) == [0, 0, 1, 1]


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20), st.booleans())
def test_nothing_passes_during_an_outage(
    count: int, start: int, length: int, buffered: bool
) -> None:
    start_s, end_s = 1000.0 + start, 1000.0 + start + length
    found = list(outage(stream(count), start_s, end_s, buffered=buffered))
    assert not any(start_s <= timed.sent_s < end_s for timed in found)
    assert is_in_order(found)
    outside = [n for n in range(count) if not start <= n < start + length]
    assert sequence(found) == (list(range(count)) if buffered else outside)


def test_a_unit_that_buffers_sends_all_of_it_when_the_outage_ends() -> None:
    found = list(outage(stream(5), 1001.0, 1003.5, buffered=True))
    assert [timed.sent_s for timed in found] == [1000.0, 1003.5, 1003.5, 1003.5, 1004.0]


def test_noise_moves_positions_by_what_it_says() -> None:
    found = list(gnss_noise(stream(2000), chance(), 2.0))
    east_m = np.array([(t.report.longitude_deg or 0) - 121.5 for t in found]) * 95_300
    north_m = np.array([(t.report.latitude_deg or 0) - 31.2 for t in found]) * 110_870
    assert np.std(east_m) == pytest.approx(2.0, rel=0.1)
    assert np.std(north_m) == pytest.approx(2.0, rel=0.1)
    within = np.hypot(east_m, north_m) <= (found[0].report.horizontal_accuracy_m or 0.0)
    assert np.mean(within) == pytest.approx(0.95, abs=0.02)


def test_noise_leaves_an_unknown_position_unknown() -> None:
    blind = Timed(1.0, Report(device_id="d", event_time_s=1.0))
    assert list(gnss_noise([blind], chance(), 5.0)) == [blind]


@given(st.floats(-100, 100), st.floats(-1e4, 1e4))
def test_a_drifting_clock_is_off_by_its_offset_and_its_rate(
    offset_s: float, parts_per_million: float
) -> None:
    found = list(clock_drift(stream(11), offset_s, parts_per_million))
    assert [timed.sent_s for timed in found] == [timed.sent_s for timed in stream(11)]
    last = found[-1].report.event_time_s - found[-1].sent_s
    assert last == pytest.approx(offset_s + 10 * parts_per_million * 1e-6, abs=1e-6)


def test_faults_work_on_streams_without_end() -> None:
    def endless() -> Iterator[Timed]:
        n = 0
        while True:
            yield Timed(float(n), Report(device_id="d", event_time_s=float(n), seq=n))
            n += 1

    faulty = delay(duplicate(endless(), chance(), 0.5), chance(), 1.0)
    assert len([next(faulty) for _ in range(100)]) == 100
