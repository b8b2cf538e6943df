"""How much a turn does of what is done in parts: little, and by turns."""

import pytest

from zone_service.pacing import (
    LEAST_US,
    MOST_US,
    PART_US,
    SLICE_US,
    TAKING_OVER_S,
    TICK_HURRIES_S,
    TICK_LATE_S,
    TICK_WAITS_S,
    Pacing,
)


def after_a_turn(took_s: float, given_us: float = 0.0) -> Pacing:
    pacing = Pacing()
    pacing.begin()
    if given_us:
        pacing.slice_us(-given_us / 1e6 + SLICE_US / 1e6, swapped=False)
    pacing.end(took_s)
    pacing.begin()
    return pacing


def test_a_turn_that_has_spent_its_time_judges_fewer_anew_but_one_in_any() -> None:
    assert Pacing().slice_us(0.0, swapped=False) == SLICE_US
    assert Pacing().slice_us(0.0003, swapped=False) == pytest.approx(SLICE_US - 300.0)
    assert Pacing().slice_us(0.1, swapped=False) == LEAST_US


def test_where_turns_are_long_a_fair_part_is_judged_anew_but_never_so_many_as_to_be_felt() -> None:
    assert after_a_turn(0.02).slice_us(0.0, swapped=False) == pytest.approx(2_000.0)
    assert after_a_turn(0.1).slice_us(0.0, swapped=False) == MOST_US


def test_what_a_turn_was_given_does_not_lengthen_the_next_one() -> None:
    assert after_a_turn(0.1, given_us=90_000.0).slice_us(0.0, swapped=False) == pytest.approx(
        SLICE_US
    )


def test_a_tick_asks_a_fair_part_where_turns_are_long_when_it_must_end() -> None:
    assert after_a_turn(0.02).part_us(TICK_HURRIES_S - 0.1) == PART_US
    assert after_a_turn(0.02).part_us(TICK_HURRIES_S) == pytest.approx(2_000.0)
    assert after_a_turn(0.01).part_us(2.0) == pytest.approx(2_000.0)
    assert after_a_turn(0.02).part_us(20.0) == pytest.approx(6_000.0)
    assert after_a_turn(0.001).part_us(TICK_HURRIES_S + 0.1) == PART_US


def test_where_turns_are_very_long_a_tick_asks_the_more_the_later_it_is() -> None:
    assert after_a_turn(0.1).part_us(TICK_HURRIES_S) == MOST_US
    assert after_a_turn(0.1).part_us(TICK_LATE_S) == MOST_US
    assert after_a_turn(0.1).part_us(3 * TICK_LATE_S) == 3 * MOST_US


def test_where_the_clock_was_put_back_nobody_knows_how_late_a_tick_is_and_it_hurries() -> None:
    assert after_a_turn(0.008).part_us(-5.0) == pytest.approx(2_400.0)


def test_a_tick_that_is_alone_asks_in_each_turn() -> None:
    pacing = Pacing()
    for _ in range(3):
        assert pacing.is_the_ticks(0.0, somebody_waits=False, swapped=False)
        pacing.part_us(0.0)


def test_a_tick_waits_a_moment_for_those_who_wait_and_then_has_every_other_turn() -> None:
    pacing = Pacing()
    pacing.slice_us(0.0, swapped=False)
    assert not pacing.is_the_ticks(TICK_WAITS_S - 0.01, somebody_waits=True, swapped=False)
    assert pacing.is_the_ticks(TICK_WAITS_S, somebody_waits=True, swapped=False)
    pacing.part_us(TICK_WAITS_S)
    assert not pacing.is_the_ticks(TICK_WAITS_S, somebody_waits=True, swapped=False)


def test_a_turn_tells_whether_it_does_any_of_it() -> None:
    pacing = after_a_turn(0.001, given_us=500.0)
    assert not pacing.does_some
    pacing.part_us(0.0)
    assert pacing.does_some


def test_in_the_turn_of_a_change_nobody_is_judged_anew_when_it_took_long_to_take_it_over() -> None:
    assert Pacing().slice_us(TAKING_OVER_S / 2, swapped=True) == pytest.approx(LEAST_US, rel=1.0)
    assert Pacing().slice_us(TAKING_OVER_S * 2, swapped=True) == 0.0
    assert Pacing().slice_us(TAKING_OVER_S * 2, swapped=False) == LEAST_US


def test_the_turn_of_a_change_is_never_the_ticks() -> None:
    pacing = Pacing()
    pacing.slice_us(0.0, swapped=False)
    assert not pacing.is_the_ticks(TICK_WAITS_S, somebody_waits=True, swapped=True)
