from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.faults import (
    Delay,
    Drift,
    Duplicate,
    Fault,
    Faulty,
    Moment,
    Noise,
    Outage,
    Reorder,
    Timed,
    clock_drift,
    delay,
    duplicate,
    gnss_noise,
    is_in_order,
    outage,
    reorder,
    through,
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


def told(faulty: Faulty) -> list[Timed]:
    """Return what comes out and says something."""
    return [item for item in faulty if isinstance(item, Timed)]


def sequence(found: list[Timed]) -> list[int | None]:
    return [timed.report.seq for timed in found]


def chance(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(st.integers(0, 30), seeds, st.floats(0.01, 20.0))
def test_delay_loses_nothing_doubles_nothing_and_is_never_early(
    count: int, seed: int, mean_s: float
) -> None:
    found = told(delay(stream(count), chance(seed), mean_s))
    assert sorted(timed.report.event_time_s for timed in found) == [
        timed.sent_s for timed in stream(count)
    ]
    assert all(timed.sent_s >= timed.report.event_time_s for timed in found)
    assert is_in_order(found)


def test_delay_lets_reports_overtake_each_other() -> None:
    assert sequence(told(delay(stream(50), chance(), 5.0))) != list(range(50))


@given(st.integers(0, 30), seeds, probabilities)
def test_reordering_changes_the_order_of_reports_and_not_when_something_is_sent(
    count: int, seed: int, probability: float
) -> None:
    found = told(reorder(stream(count), chance(seed), probability))
    assert sorted(map(str, sequence(found))) == sorted(map(str, range(count)))
    assert [timed.sent_s for timed in found] == [timed.sent_s for timed in stream(count)]


def test_a_certain_reordering_swaps_every_pair() -> None:
    assert sequence(told(reorder(stream(5), chance(), 1.0))) == [1, 0, 3, 2, 4]


@given(st.integers(0, 30), seeds, probabilities)
def test_duplication_only_adds(count: int, seed: int, probability: float) -> None:
    found = sequence(told(duplicate(stream(count), chance(seed), probability)))
    assert list(dict.fromkeys(found)) == list(range(count))


def test_a_certain_duplication_doubles_everything() -> None:
    assert sequence(told(duplicate(stream(2), chance(), 1.0))) == [0, 0, 1, 1]


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20), st.booleans())
def test_nothing_passes_during_an_outage(
    count: int, start: int, length: int, buffered: bool
) -> None:
    start_s, end_s = 1000.0 + start, 1000.0 + start + length
    found = told(outage(stream(count), start_s, end_s, buffered=buffered))
    assert not any(start_s <= timed.sent_s < end_s for timed in found)
    assert is_in_order(found)
    outside = [n for n in range(count) if not start <= n < start + length]
    assert sequence(found) == (list(range(count)) if buffered else outside)


def test_a_unit_that_buffers_sends_all_of_it_when_the_outage_ends() -> None:
    found = told(outage(stream(5), 1001.0, 1003.5, buffered=True))
    assert [timed.sent_s for timed in found] == [1000.0, 1003.5, 1003.5, 1003.5, 1004.0]


def test_noise_moves_positions_by_what_it_says() -> None:
    found = told(gnss_noise(stream(2000), chance(), 2.0))
    east_m = np.array([(t.report.longitude_deg or 0) - 121.5 for t in found]) * 95_300
    north_m = np.array([(t.report.latitude_deg or 0) - 31.2 for t in found]) * 110_870
    assert np.std(east_m) == pytest.approx(2.0, rel=0.1)
    assert np.std(north_m) == pytest.approx(2.0, rel=0.1)
    within = np.hypot(east_m, north_m) <= (found[0].report.horizontal_accuracy_m or 0.0)
    assert np.mean(within) == pytest.approx(0.95, abs=0.02)


def test_noise_leaves_an_unknown_position_unknown() -> None:
    blind = Timed(1.0, Report(device_id="d", event_time_s=1.0))
    assert told(gnss_noise([blind], chance(), 5.0)) == [blind]


@given(st.floats(-100, 100), st.floats(-1e4, 1e4))
def test_a_drifting_clock_is_off_by_its_offset_and_its_rate(
    offset_s: float, parts_per_million: float
) -> None:
    found = told(clock_drift(stream(11), offset_s, parts_per_million))
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


ALL = (
    Noise(0.3),
    Drift(0.5, 100.0),
    Outage(3.0, 6.0, buffered=True),
    Reorder(0.5),
    Duplicate(0.5),
    Delay(2.0),
)


def test_a_chain_of_faults_is_one_after_the_other() -> None:
    chain = (Drift(5.0), Outage(1.0, 3.0), Duplicate(1.0))
    found = told(through(stream(5), chain, 1000.0, chance()))
    assert sequence(found) == [0, 0, 3, 3, 4, 4]
    assert [timed.report.event_time_s - 1000.0 for timed in found] == [5, 5, 8, 8, 9, 9]


@given(seeds, st.lists(st.sampled_from(ALL), max_size=8))
def test_every_moment_comes_through_a_chain_once_and_in_its_order(
    seed: int, faults: list[Fault]
) -> None:
    with_moments = [each for timed in stream(12) for each in (timed, Moment(timed.sent_s))]
    found = list(through(with_moments, faults, 1000.0, chance(seed)))
    moments = [item for item in found if isinstance(item, Moment)]
    assert moments == [Moment(1000.0 + n) for n in range(12)]


def test_what_waits_comes_out_at_a_moment_and_not_with_the_next_report() -> None:
    held = outage([*stream(2), Moment(1010.0)], 1001.0, 1005.0, buffered=True)
    assert [type(item) for item in held] == [Timed, Timed, Moment]
    delayed = delay([*stream(1), Moment(1100.0), *stream(1)], chance(), 1.0)
    assert [type(item) for item in delayed] == [Timed, Moment, Timed]


def test_noise_moves_all_heights_of_a_report_by_the_same() -> None:
    high = Report(
        device_id="d", event_time_s=1.0, longitude_deg=121.5, latitude_deg=31.2,
        altitude_hae_m=75.0, altitude_msl_m=64.0, height_agl_m=60.0,
    )  # fmt: skip
    found = [t.report for t in told(gnss_noise([Timed(1.0, high)] * 2000, chance(), 2.0))]
    up_m = np.array([(each.height_agl_m or 0) - 60.0 for each in found])
    assert np.std(up_m) == pytest.approx(2.0, rel=0.1)
    assert np.allclose([(each.altitude_hae_m or 0) - 75.0 for each in found], up_m)
    assert np.allclose([(each.altitude_msl_m or 0) - 64.0 for each in found], up_m)
    assert {each.height_ato_m for each in found} == {None}
    within = np.abs(up_m) <= (found[0].vertical_accuracy_m or 0.0)
    assert np.mean(within) == pytest.approx(0.95, abs=0.02)
