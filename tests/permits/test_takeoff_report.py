"""What a confirmation is for: the flight that was reported, with its plan, and not the next one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from permits.compliance import Grant, edges_of
from permits.corridor import OwnCorridor
from permits.daily_plan import DailyPlan, NotPlanned, OutsidePlan
from permits.deadlines import Case, earliest_takeoff
from permits.flights_granted import confirmed
from permits.lapse import lapse
from permits.permit import DetailsRefused, PermitAction, PermitKind, PermitState
from permits.reported_flight import ReportedFlight
from permits.review import Choice
from permits.rule_words import Language
from permits.sheet import read_sheet
from permits.step_checks import DetailInvalid
from permits.takeoff_report import reported_flight
from permits.time_limits import TimeLimits, time_limits
from permits.transition import Deadline, Detail
from tests.permits.lives import due, lasting, lived, local
from tests.permits.plans import filed

A, K, S = PermitAction, PermitKind, PermitState
REPORT = A.REPORT_PRE_TAKEOFF
WEEK = replace(lasting("2026-05-05 10:00", "2026-05-12 00:00"), max_height_agl_m=100.0)
APPROVED = ((A.SUBMIT, "2026-05-01 10:00"), (A.APPROVE, "2026-05-01 11:00"))
REPORTED = (*APPROVED, (REPORT, "2026-05-05 08:00"))
PLAN = DailyPlan(
    day=date(2026, 5, 6),
    begins=time(9),
    ends=time(17),
    device_ids=frozenset({"device-1"}),
    max_height_agl_m=80.0,
)


@pytest.fixture(scope="module")
def limits(load: Callable[[str], str]) -> TimeLimits:
    return time_limits(read_sheet(load("shanghai-default"), load))


def of(
    limits: TimeLimits,
    plan: DailyPlan | None = None,
    kind: PermitKind = K.FLIGHT_ACTIVITY,
    **said: str,
) -> ReportedFlight:
    case = lived(limits, kind, WEEK, *APPROVED)
    given = {Detail(name): f"{local(at).isoformat()}" for name, at in said.items()}
    approved = None if plan is None else filed(plan, WEEK, Choice.APPROVE)
    return reported_flight(case, REPORT, given, approved, local("2026-05-06 07:00"))


def after(limits: TimeLimits, flight: ReportedFlight, *steps: tuple[PermitAction, str]) -> Case:
    case = lived(limits, K.FLIGHT_ACTIVITY, WEEK, *REPORTED, *steps)
    permit = replace(case.permit, terms=replace(case.permit.terms, flight=flight))
    return replace(case, permit=permit)


@pytest.mark.requirement("D4b-20", "D4b-21")
def test_a_reported_flight_is_over_with_its_day_or_when_its_report_says(limits: TimeLimits) -> None:
    first = ReportedFlight(local("2026-05-05 10:00"), local("2026-05-06 00:00"))
    assert of(limits) == first
    late = ReportedFlight(local("2026-05-11 22:00"), local("2026-05-12 00:00"))
    assert of(limits, takeoff_at="2026-05-11 22:00") == late
    night = of(limits, takeoff_at="2026-05-06 22:00", landing_at="2026-05-07 03:00")
    assert night.ends == local("2026-05-07 03:00")


@pytest.mark.requirement("D4b-20")
@pytest.mark.parametrize("landing_at", ["2026-05-06 22:00", "2026-05-07 22:01", "2026-05-06 21:00"])
def test_a_flight_lasts_no_longer_than_one_that_is_confirmed_may(
    limits: TimeLimits, landing_at: str
) -> None:
    with pytest.raises(DetailInvalid) as refused:
        of(limits, takeoff_at="2026-05-06 22:00", landing_at=landing_at)
    assert "2026-05-06 22:00 to 2026-05-07 22:00" in refused.value.said(Language.ENGLISH)
    assert of(limits, takeoff_at="2026-05-06 22:00", landing_at="2026-05-07 22:00").ends == local(
        "2026-05-07 22:00"
    )


@pytest.mark.requirement("D4b-20")
def test_a_report_without_an_end_is_confirmed_no_longer_than_a_flight_may_be(
    limits: TimeLimits,
) -> None:
    short = replace(limits, flight=replace(limits.flight, confirmation_max=timedelta(hours=2)))
    for plan in (None, PLAN):
        assert of(short, plan, takeoff_at="2026-05-06 10:00").ends == local("2026-05-06 12:00")


def test_a_further_flight_says_when_it_takes_off(limits: TimeLimits) -> None:
    steps = (*REPORTED, (A.CONFIRM, "2026-05-05 09:00"), (A.TAKE_OFF, "2026-05-05 10:00"))
    case = lived(limits, K.FLIGHT_ACTIVITY, WEEK, *steps, (A.LAND, "2026-05-05 11:00"))
    with pytest.raises(DetailsRefused, match="takeoff_at"):
        reported_flight(case, REPORT, {}, None, local("2026-05-05 12:00"))


@pytest.mark.requirement("D4a-8", "D4b-20")
def test_a_standing_flight_is_that_of_its_plan_in_hours_devices_and_height(
    limits: TimeLimits,
) -> None:
    kind = K.STANDING_FLIGHT
    found = of(limits, PLAN, kind, takeoff_at="2026-05-06 10:00")
    assert found == ReportedFlight(
        local("2026-05-06 10:00"), local("2026-05-06 17:00"), PLAN.device_ids, 80.0
    )
    with pytest.raises(NotPlanned, match="2026-05-07"):
        of(limits, PLAN, kind, takeoff_at="2026-05-07 10:00")
    for hours in (
        {"takeoff_at": "2026-05-06 08:59"},
        {"takeoff_at": "2026-05-06 17:00"},
        {"takeoff_at": "2026-05-06 10:00", "landing_at": "2026-05-06 17:01"},
    ):
        with pytest.raises(OutsidePlan, match="the plan of the day, 2026-05-06 09:00–17:00"):
            of(limits, PLAN, kind, **hours)
    assert of(limits, PLAN, takeoff_at="2026-05-06 08:00").device_ids == frozenset()


@pytest.mark.requirement("D4b-20")
@pytest.mark.parametrize("steps", [(), ((A.CONFIRM, "2026-05-05 09:00"),)])
def test_what_was_reported_or_confirmed_lapses_when_that_flight_is_over(
    limits: TimeLimits, steps: tuple[tuple[PermitAction, str], ...]
) -> None:
    case = after(limits, of(limits), *steps)
    assert due(case, Deadline.CONFIRMATION_ENDS).by_law is A.LAPSE_CONFIRMATION
    end = local("2026-05-06 00:00")
    assert lapse(case, end - timedelta(microseconds=1)) is None
    found = lapse(case, end)
    assert found is not None
    assert (found.action, found.effective_at) == (A.LAPSE_CONFIRMATION, end)


@pytest.mark.requirement("D4b-20")
def test_nobody_takes_off_before_the_hour_that_was_reported(limits: TimeLimits) -> None:
    case = after(limits, of(limits, takeoff_at="2026-05-05 14:00"))
    assert earliest_takeoff(case) == local("2026-05-05 14:00")


@pytest.mark.requirement("D4a-8", "D4b-20")
def test_a_device_that_was_planned_is_granted_its_flight_and_another_no_take_off() -> None:
    begins, ends = local("2026-05-05 10:00"), local("2026-05-06 00:00")
    flight = ReportedFlight(begins, ends, frozenset({"device-1"}), 80.0)
    terms = replace(WEEK, flight=flight)
    alike = Grant("F-1", K.STANDING_FLIGHT, S.CONFIRMED, terms)

    own = confirmed(alike, "device-1")
    assert own.terms.max_height_agl_m == 80.0
    assert {begins.timestamp(), ends.timestamp()} <= set(edges_of(own))
    assert confirmed(alike, "device-2").state is S.APPROVED
    before = replace(alike, state=S.PRE_TAKEOFF_REPORTED)
    assert confirmed(before, "device-1") is before
    unplanned = replace(alike, terms=replace(terms, flight=ReportedFlight(begins, ends)))
    assert confirmed(unplanned, "device-2").terms.max_height_agl_m == 100.0


@pytest.mark.requirement("D4b-76", "D4b-19")
def test_a_flight_that_terms_of_now_leave_nothing_of_is_granted_no_take_off() -> None:
    begins, ends = local("2026-05-05 10:00"), local("2026-05-06 00:00")
    flight = ReportedFlight(
        begins, ends, control_modes=frozenset({"REMOTE"}), excluded_zone_ids=frozenset({"west"})
    )
    route = OwnCorridor(((121.90, 30.90), (121.92, 30.90)), 30.0)
    own = replace(
        WEEK,
        zone_ids=frozenset({"east", "west"}),
        control_modes=frozenset({"REMOTE", "AUTONOMOUS"}),
        corridor=route,
        flight=flight,
    )

    def granted(**changed: frozenset[str]) -> Grant:
        terms = replace(own, **changed)  # type: ignore[arg-type]
        alike = Grant("F-1", K.STANDING_FLIGHT, S.CONFIRMED, terms)
        return confirmed(alike, "device-1")

    as_approved = granted()
    assert as_approved.state is S.CONFIRMED
    assert as_approved.terms.control_modes == {"REMOTE"}
    assert as_approved.terms.zone_ids == {"east"}
    other_mode = granted(control_modes=frozenset({"AUTONOMOUS"}))
    assert other_mode.state is S.APPROVED
    assert other_mode.terms.control_modes == {"AUTONOMOUS"}
    other_zone = granted(zone_ids=frozenset({"west"}))
    assert other_zone.state is S.APPROVED
    assert other_zone.terms.zone_ids == {"west"}
    # What names no mode leaves those of the plan.
    assert granted(control_modes=frozenset()).terms.control_modes == {"REMOTE"}
