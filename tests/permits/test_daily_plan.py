"""The plan of a day under a standing flight: in time, and within its terms."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from permits.daily_plan import DailyPlan, cut_off, faults
from permits.permit import Permit, PermitKind, PermitState
from permits.rule_words import Language
from permits.sheet import read_sheet
from permits.terms import DailyHours, Terms
from permits.time_limits import TimeLimits, time_limits

PERMIT = Permit(
    "SF-1",
    PermitKind.STANDING_FLIGHT,
    PermitState.APPROVED,
    "kite",
    Terms(
        device_ids=frozenset({"uav-1", "uav-2"}),
        zone_ids=frozenset({"air-1"}),
        valid_from=datetime(2026, 5, 1, tzinfo=UTC),
        valid_to=datetime(2026, 8, 1, tzinfo=UTC),
        max_height_agl_m=100.0,
    ),
)
PLAN = DailyPlan(
    day=date(2026, 5, 4),
    begins=time(9),
    ends=time(17),
    device_ids=frozenset({"uav-1"}),
    max_height_agl_m=80.0,
)
AT_NOON = datetime(2026, 5, 3, 4, 0, tzinfo=UTC)
"""12:00 in Shanghai on the day before."""


@pytest.fixture(scope="module")
def limits(load: Callable[[str], str]) -> TimeLimits:
    return time_limits(read_sheet(load("shanghai-default"), load))


@pytest.mark.requirement("D4a-8", "D4b-21")
def test_a_plan_is_filed_by_noon_of_the_day_before(limits: TimeLimits) -> None:
    assert cut_off(PLAN.day, limits) == AT_NOON
    sooner = replace(limits, flight=replace(limits.flight, plan_by=time(9)))
    assert cut_off(PLAN.day, sooner) == AT_NOON - timedelta(hours=3)
    assert faults(PLAN, PERMIT, AT_NOON, limits) == ()
    (late,) = faults(PLAN, PERMIT, AT_NOON.replace(second=1), limits)
    assert late.said(Language.ENGLISH) == (
        "day is 2026-05-04, 2026-05-03 12:00: expected a plan that is filed by 2026-05-03 12:00"
    )
    assert "不晚于 2026-05-03 12:00 提交的计划" in late.said(Language.CHINESE)


@pytest.mark.requirement("D4a-8")
@pytest.mark.parametrize(
    ("plan", "path"),
    [
        (replace(PLAN, ends=time(9)), "ends"),
        (replace(PLAN, day=date(2026, 8, 1)), "day"),
        (replace(PLAN, device_ids=frozenset({"uav-3"})), "device_ids"),
        (replace(PLAN, device_ids=frozenset()), "device_ids"),
        (replace(PLAN, max_height_agl_m=100.5), "max_height_agl_m"),
    ],
)
def test_a_plan_keeps_to_the_terms_of_its_permit(
    limits: TimeLimits, plan: DailyPlan, path: str
) -> None:
    assert [each.path for each in faults(plan, PERMIT, AT_NOON, limits)] == [path]


@pytest.mark.requirement("D4a-8")
@pytest.mark.parametrize(
    ("hours", "paths"),
    [
        ((DailyHours(time(8), time(17)),), []),
        ((DailyHours(time(9), time(12)), DailyHours(time(12), time(17))), []),
        ((DailyHours(time(9), time(12)), DailyHours(time(13), time(17))), ["begins"]),
        ((DailyHours(time(9), time(16, 59)),), ["begins"]),
        ((DailyHours(time(8), time(18), frozenset({1})),), ["begins"]),  # 2026-05-04 is a Monday
    ],
)
def test_the_hours_of_a_plan_are_hours_of_its_permit(
    limits: TimeLimits, hours: tuple[DailyHours, ...], paths: list[str]
) -> None:
    permit = replace(PERMIT, terms=replace(PERMIT.terms, hours=hours))
    assert [each.path for each in faults(PLAN, permit, AT_NOON, limits)] == paths


@pytest.mark.parametrize(
    "permit",
    [
        replace(PERMIT, kind=PermitKind.FLIGHT_ACTIVITY),
        replace(PERMIT, state=PermitState.SUBMITTED),
        replace(PERMIT, state=PermitState.EXPIRED),
    ],
)
def test_only_a_standing_flight_that_is_approved_has_plans(
    limits: TimeLimits, permit: Permit
) -> None:
    assert [each.path for each in faults(PLAN, permit, AT_NOON, limits)] == ["permit"]
