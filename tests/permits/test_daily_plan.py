"""The plan of a day under a standing flight: in time, and within its terms."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from permits.daily_plan import DailyPlan, NotPlanned, cut_off, faults, require_planned
from permits.permit import Permit, PermitAction, PermitKind, PermitState
from permits.rule_words import Language
from permits.sheet import read_sheet
from permits.terms import Terms
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


@pytest.mark.requirement("D4a-8")
def test_a_standing_flight_takes_off_on_a_day_of_which_there_is_a_plan() -> None:
    late_evening = datetime(2026, 5, 3, 16, 0, tzinfo=UTC)  # 00:00 of the 4th in Shanghai
    action = PermitAction.REPORT_PRE_TAKEOFF
    require_planned(PERMIT, action, late_evening, frozenset({PLAN.day}))
    with pytest.raises(NotPlanned, match="no plan was filed for 2026-05-04") as refused:
        require_planned(PERMIT, action, late_evening, frozenset({date(2026, 5, 3)}))
    assert "未提交 2026-05-04" in refused.value.said(Language.CHINESE)
    single = replace(PERMIT, kind=PermitKind.FLIGHT_ACTIVITY)
    require_planned(single, action, late_evening, frozenset())
