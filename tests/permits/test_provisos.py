"""The conditions of several departments, merged by the strictest."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.compliance import Conduct, Grant, breaches
from permits.life_cycle import PermitKind, PermitState
from permits.provisos import (
    NONE,
    Provisos,
    clashes,
    merged,
    narrowed,
    provisos_from_json,
    provisos_to_json,
)
from permits.rule_words import Language
from permits.ruleset import RuleSet
from permits.terms import DailyHours, Terms, terms_from_json, terms_to_json, within_hours
from permits.weekly_hours import ALWAYS, NEVER, both, daily, week_of

MONDAY = datetime(2026, 6, 1, tzinfo=UTC) - timedelta(hours=8)
"""Midnight in Shanghai."""
APPLIED_FOR = Terms(
    device_ids=frozenset({"car-1", "car-2"}),
    zone_ids=frozenset({"road-1", "road-2"}),
    transfer_zone_ids=frozenset({"depot"}),
    valid_from=datetime(2026, 1, 1, tzinfo=UTC),
    valid_to=datetime(2027, 1, 1, tzinfo=UTC),
    max_speed_mps=16.0,
)


def hours(start: int, end: int, *days: int) -> DailyHours:
    return DailyHours(time(start), time(end), frozenset(days or range(7)))


windows = st.builds(
    lambda start, length, days: DailyHours(time(start), time((start + length) % 24), days),
    st.integers(0, 23),
    st.integers(1, 23),
    st.frozensets(st.integers(0, 6), min_size=1),
)
weeks = st.lists(windows, min_size=1, max_size=3).map(week_of)
some_of = st.frozensets(st.sampled_from(["road-1", "road-2", "depot"]))
a_limit = st.none() | st.floats(0.1, 100)
provisos = st.builds(
    Provisos,
    max_speed_mps=a_limit,
    max_height_agl_m=a_limit,
    hours=st.none() | weeks,
    only_zone_ids=st.none() | some_of,
    excluded_zone_ids=some_of,
    control_modes=st.none() | st.frozensets(st.sampled_from(["AUTONOMOUS", "REMOTE", "MANUAL"])),
    min_visibility_m=a_limit,
    max_wind_mps=a_limit,
    valid_to=st.none() | st.sampled_from([MONDAY, MONDAY + timedelta(days=9)]),
    max_vehicles=st.none() | st.integers(1, 4),
    others=st.frozensets(st.sampled_from(["a lead car", "cones"])),
)


@pytest.mark.requirement("D4b-7")
def test_of_each_condition_the_strictest_holds() -> None:
    industry = Provisos(
        max_speed_mps=12.0,
        hours=week_of([hours(8, 18)]),
        min_visibility_m=200.0,
        valid_to=datetime(2026, 9, 1, tzinfo=UTC),
        others=frozenset({"a lead car"}),
    )
    police = Provisos(
        max_speed_mps=10.0,
        hours=week_of([hours(10, 22, 0, 1, 2, 3, 4)]),
        excluded_zone_ids=frozenset({"road-2"}),
        min_visibility_m=500.0,
        max_wind_mps=8.0,
        max_vehicles=2,
        others=frozenset({"cones"}),
    )
    assert merged((industry, police)) == Provisos(
        max_speed_mps=10.0,
        hours=week_of([hours(10, 18, 0, 1, 2, 3, 4)]),
        excluded_zone_ids=frozenset({"road-2"}),
        min_visibility_m=500.0,
        max_wind_mps=8.0,
        valid_to=datetime(2026, 9, 1, tzinfo=UTC),
        max_vehicles=2,
        others=frozenset({"a lead car", "cones"}),
    )


@given(provisos, provisos, provisos)
def test_neither_order_nor_repetition_changes_what_is_merged(
    one: Provisos, two: Provisos, three: Provisos
) -> None:
    whole = merged((one, two, three))
    assert merged((three, one, two, one)) == whole
    assert merged((one, merged((two, three)))) == merged((merged((one, two)), three)) == whole
    assert merged((one, NONE)) == merged((one, one)) == one


@given(provisos, provisos, st.integers(0, 7 * 24 * 60))
def test_what_is_merged_permits_nothing_that_a_part_does_not(
    one: Provisos, two: Provisos, minute: int
) -> None:
    """Whatever conduct breaks the terms narrowed by one part breaks those narrowed by both."""
    whole = merged((one, two))
    if clashes(APPLIED_FOR, whole):
        return
    assert not clashes(APPLIED_FOR, one)
    strict, loose = narrowed(APPLIED_FOR, whole), narrowed(APPLIED_FOR, one)
    at_s = MONDAY.timestamp() + minute * 60
    for terms in (loose, APPLIED_FOR):
        assert strict.zone_ids <= terms.zone_ids
        assert strict.transfer_zone_ids <= terms.transfer_zone_ids
        assert strict.valid_to <= terms.valid_to
        assert (strict.max_speed_mps or 999) <= (terms.max_speed_mps or 999)
        assert (strict.max_height_agl_m or 999) <= (terms.max_height_agl_m or 999)
        assert not terms.control_modes or strict.control_modes <= terms.control_modes
        assert within_hours(terms.hours, at_s) or not within_hours(strict.hours, at_s)


@pytest.mark.requirement("D4b-49")
def test_what_was_made_a_condition_is_a_breach_once_it_is_in_the_terms(rules: RuleSet) -> None:
    asked = Provisos(
        max_speed_mps=8.0,
        hours=week_of([hours(8, 18)]),
        excluded_zone_ids=frozenset({"road-2"}),
        control_modes=frozenset({"REMOTE"}),
    )
    conduct = Conduct(
        at_s=(MONDAY + timedelta(hours=20)).timestamp(),
        domain="road",
        allowed_inside=frozenset({"road-2"}),
        speed_mps=12.0,
        control_mode="AUTONOMOUS",
        moving=True,
    )
    before, after = (
        [str(each.code) for each in breaches(_granted(terms), conduct, rules)]
        for terms in (APPLIED_FOR, narrowed(APPLIED_FOR, asked))
    )
    assert before == []
    assert after == [
        "AUTO_OUTSIDE_AUTHORISED",
        "CONTROL_MODE_NOT_PERMITTED",
        "OUTSIDE_TIME_WINDOW",
        "OVERSPEED",
    ]


def _granted(terms: Terms) -> Grant:
    return Grant("RT-1", PermitKind.ROAD_TEST, PermitState.ACTIVE, terms)


@pytest.mark.requirement("D4b-50")
@pytest.mark.parametrize(
    ("asked", "english", "chinese"),
    [
        (Provisos(hours=NEVER), "leave no hours", "不余任何时间"),
        (Provisos(excluded_zone_ids=APPLIED_FOR.zone_ids), "leave no zone", "不余任何一处"),
        (Provisos(only_zone_ids=frozenset()), "leave no zone", "不余任何一处"),
        (Provisos(control_modes=frozenset()), "no control mode", "不余任何一种"),
        (Provisos(valid_to=APPLIED_FOR.valid_from), "before it begins", "早于其起始时间"),
        (Provisos(max_vehicles=1), "allow 1 vehicles and the application names 2", "最多允许 1"),
    ],
)
def test_conditions_that_leave_nothing_are_said_in_both_languages(
    asked: Provisos, english: str, chinese: str
) -> None:
    (clash,) = clashes(APPLIED_FOR, asked)
    assert english in clash.said(Language.ENGLISH)
    assert chinese in clash.said(Language.CHINESE)
    with pytest.raises(ValueError, match=english):
        narrowed(APPLIED_FOR, asked)


def test_a_permit_that_is_narrowed_to_no_zone_never_becomes_one_for_anywhere() -> None:
    """Without zones a corridor of its own would allow all of its length."""
    with pytest.raises(ValueError, match="leave no zone"):
        narrowed(APPLIED_FOR, Provisos(only_zone_ids=frozenset({"elsewhere"})))


@given(provisos)
def test_conditions_come_back_as_they_were_written(asked: Provisos) -> None:
    assert provisos_from_json(provisos_to_json(asked)) == asked


def test_terms_with_conditions_come_back_as_they_were_written() -> None:
    asked = Provisos(
        min_visibility_m=200.0, max_wind_mps=8.0, max_vehicles=3, others=frozenset({"cones"})
    )
    terms = narrowed(APPLIED_FOR, asked)
    assert terms.other_conditions == {"cones"}
    assert terms_from_json(terms_to_json(terms)) == terms
    with pytest.raises(ValueError, match="max_vehicles"):
        terms_from_json({**terms_to_json(terms), "max_vehicles": 2.5})


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_speed_mps": 0.0},
        {"min_visibility_m": float("inf")},
        {"max_wind_mps": float("nan")},
        {"valid_to": datetime(2026, 1, 1)},  # noqa: DTZ001 -- without its zone on purpose
        {"others": frozenset({" "})},
    ],
)
def test_a_condition_that_says_nothing_is_none(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        replace(NONE, **wrong)  # type: ignore[arg-type]


@given(st.lists(windows, min_size=1, max_size=4), st.integers(0, 7 * 24 * 60))
def test_hours_written_again_hold_the_same_moments(found: list[DailyHours], minute: int) -> None:
    week = week_of(found)
    again = daily(week)
    at_s = MONDAY.timestamp() + minute * 60 + 30.0
    assert within_hours(tuple(found), at_s) == within_hours(again, at_s)
    assert week_of(again) == week


@given(weeks, weeks, st.integers(0, 7 * 24 * 60))
def test_in_both_is_what_is_in_one_and_in_the_other(
    one: tuple[tuple[int, int], ...], other: tuple[tuple[int, int], ...], minute: int
) -> None:
    met = both(one, other)
    at_s = MONDAY.timestamp() + minute * 60 + 30.0
    in_both = within_hours(daily(one), at_s) and within_hours(daily(other), at_s)
    assert in_both == (met != NEVER and within_hours(daily(met), at_s))


def test_hours_that_only_touch_have_nothing_in_common() -> None:
    assert both(week_of([hours(8, 10)]), week_of([hours(10, 12)])) == NEVER
    with pytest.raises(ValueError, match="no hours are left"):
        daily(NEVER)


def test_a_night_over_the_end_of_the_week_is_one_window() -> None:
    night = (hours(22, 6, 6),)
    assert daily(week_of(night)) == night


def test_all_hours_are_no_condition() -> None:
    halves = week_of([hours(0, 12), hours(12, 0)])
    assert halves == ALWAYS == week_of([])
    assert daily(halves) == ()
    assert Provisos(hours=halves) == NONE


def test_days_on_end_are_written_in_halves() -> None:
    busy = week_of([hours(0, 12, 0, 1, 2), hours(12, 0, 0, 1)])
    assert daily(busy) == (hours(0, 12, 0, 1, 2), hours(12, 0, 0, 1))
