"""Daily plans in the store: one a day, and no take-off without one."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from permits.daily_plan import DailyPlan, NotPlanned, OutsidePlan
from permits.paper_words import PapersRefused
from permits.permit import Permit, PermitAction, PermitKind, PermitState
from tests.store.city import ADMINISTRATOR, KITE, NOON, REVIEWER, UNDER, later, terms
from zone_service.demo_votes import approved_by_all
from zone_service.store import audit, daily_plans, permits
from zone_service.store.engine import Store
from zone_service.store.errors import NotAllowed
from zone_service.store.records import Principal

PLAN = DailyPlan(
    day=date(2026, 5, 10),
    begins=time(9),
    ends=time(17),
    device_ids=frozenset({"drone-1"}),
    max_height_agl_m=80.0,
    note="roofs",
)


def step(store: Store, who: Principal, permit: Permit, action: PermitAction) -> Permit:
    with store.write() as session:
        return permits.apply_action(
            session, who, permit.number, action, later(60), "why", under=UNDER
        )


def approved(store: Store) -> Permit:
    begins = NOON + timedelta(days=5)
    given = terms("drone-1", max_height_agl_m=100.0, valid_from=begins)
    with store.write() as session:
        permit = permits.create(
            session, KITE, kind=PermitKind.STANDING_FLIGHT, holder_id="kite", terms=given, at=NOON
        )
    step(store, KITE, permit, PermitAction.SUBMIT)
    with store.write() as session:
        after, _ = approved_by_all(session, permit.number, later(60), UNDER)
    assert after.state is PermitState.APPROVED
    return after


def filed(store: Store, permit: Permit, plan: DailyPlan, who: Principal = KITE) -> DailyPlan:
    with store.write() as session:
        return daily_plans.file(session, who, permit.number, plan, later(120), under=UNDER)


@pytest.mark.requirement("D4a-8")
def test_a_plan_is_filed_read_and_filed_anew(store: Store) -> None:
    permit = approved(store)
    filed(store, permit, replace(PLAN, day=date(2026, 5, 11)))
    filed(store, permit, PLAN)
    changed = filed(store, permit, replace(PLAN, ends=time(12)))
    with store.read() as session:
        found = daily_plans.plans(session, REVIEWER, permit.number)
        assert found == (changed, replace(PLAN, day=date(2026, 5, 11)))
        assert daily_plans.plans(session, KITE, permit.number, date(2026, 5, 11)) == found[1:]
        acts = [each.subject for each in audit.entries(session, ADMINISTRATOR)]
    assert acts[-1] == f"{permit.number} 2026-05-10"


@pytest.mark.requirement("D4a-8")
def test_a_plan_that_is_late_or_beyond_the_terms_is_refused_and_not_kept(store: Store) -> None:
    permit = approved(store)
    with pytest.raises(PapersRefused, match="expected a plan that is filed by"):
        filed(store, permit, replace(PLAN, day=date(2026, 5, 4)))
    with pytest.raises(PapersRefused, match="no more than the permit's 100"):
        filed(store, permit, replace(PLAN, max_height_agl_m=120.0))
    with pytest.raises(NotAllowed):
        filed(store, permit, PLAN, REVIEWER)
    with store.read() as session:
        assert daily_plans.plans(session, KITE, permit.number) == ()


@pytest.mark.requirement("D4a-8")
def test_a_standing_flight_is_not_reported_on_a_day_without_a_plan(store: Store) -> None:
    permit = approved(store)
    with pytest.raises(NotPlanned, match="2026-05-09"):
        step(store, KITE, permit, PermitAction.REPORT_PRE_TAKEOFF)
    begins = date(2026, 5, 9)
    filed(store, permit, replace(PLAN, day=begins, begins=time(21), ends=time(23)), who=KITE)
    with pytest.raises(OutsidePlan, match="2026-05-09 20:00 to 2026-05-09 23:00"):
        step(store, KITE, permit, PermitAction.REPORT_PRE_TAKEOFF)
    filed(store, permit, replace(PLAN, day=begins, begins=time(20), ends=time(23)), who=KITE)
    reported = step(store, KITE, permit, PermitAction.REPORT_PRE_TAKEOFF)
    assert reported.state is PermitState.PRE_TAKEOFF_REPORTED
    flight = reported.terms.flight
    assert flight is not None
    assert (flight.device_ids, flight.max_height_agl_m) == (PLAN.device_ids, 80.0)
