"""Daily plans in the store: one a day, answered by departments, and no take-off without their approval."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from permits.daily_plan import DailyPlan, NotPlanned, OutsidePlan
from permits.department import Department
from permits.paper_words import PapersRefused
from permits.permit import Permit, PermitAction, PermitKind, PermitState
from permits.plan_answers import PlanAnswer, PlanFile, state_of
from permits.plan_checks import PlanFlown, PlanNotApproved
from permits.plan_states import PlanState
from permits.provisos import Provisos
from permits.review import (
    AlreadyVoted,
    NotYourBallot,
    OwnFile,
    ReviewClosed,
    VoteIncomplete,
)
from tests.permits.lives import local
from tests.store.city import (
    ADMINISTRATOR,
    ATM,
    KITE,
    NOON,
    POLICE,
    REVIEWER,
    SWIFT,
    UNDER,
    later,
    terms,
)
from zone_service.demo_votes import approved_by_all
from zone_service.store import audit, daily_plans, permits, plan_answers
from zone_service.store.engine import Store
from zone_service.store.errors import InvalidValue, NotAllowed, NotFound, Stale
from zone_service.store.records import PermitFilter, Principal

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


def filed(store: Store, permit: Permit, plan: DailyPlan, who: Principal = KITE) -> PlanFile:
    with store.write() as session:
        return daily_plans.file(session, who, permit.number, plan, later(120), under=UNDER)


def answered(
    store: Store,
    permit: Permit,
    who: Principal,
    said: PlanAnswer = PlanAnswer.APPROVE,
    at: datetime = later(180),  # noqa: B008 -- a moment of the city's clock
    **more: Any,
) -> PlanFile:
    if said is not PlanAnswer.APPROVE:
        more = {"reason": "an air show"} | more
    with store.write() as session:
        return plan_answers.answer(session, who, permit.number, PLAN.day, said, at, **more)


def approved_plan(store: Store, permit: Permit) -> None:
    for who in (ATM, POLICE):
        answered(store, permit, who)


def awaited(store: Store, who: Principal, at: datetime, **asked: Any) -> list[tuple[str, date]]:
    with store.read() as session:
        found = plan_answers.awaiting(session, who, at, **asked)
    return [(each.number, each.plan.day) for each in found]


@pytest.mark.requirement("D4a-8")
def test_a_plan_is_filed_read_and_filed_anew(store: Store) -> None:
    permit = approved(store)
    filed(store, permit, replace(PLAN, day=date(2026, 5, 11)))
    filed(store, permit, PLAN)
    changed = filed(store, permit, replace(PLAN, ends=time(12)))
    with store.read() as session:
        found = daily_plans.plans(session, REVIEWER, permit.number)
        assert [each.plan for each in found] == [changed.plan, replace(PLAN, day=date(2026, 5, 11))]
        assert (changed.plan.ends, changed.review.round) == (time(12), 2)
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
    filed(store, permit, replace(PLAN, day=begins, begins=time(21), ends=time(23)))
    for who in (ATM, POLICE):
        with store.write() as session:
            plan_answers.answer(session, who, permit.number, begins, PlanAnswer.APPROVE, later(125))
    with pytest.raises(OutsidePlan, match="2026-05-09 20:00 to 2026-05-10 00:00"):
        step(store, KITE, permit, PermitAction.REPORT_PRE_TAKEOFF)
    within = replace(PLAN, day=begins, begins=time(20), ends=time(23))
    filed(store, permit, within)
    for who in (ATM, POLICE):
        with pytest.raises(PlanNotApproved):
            step(store, KITE, permit, PermitAction.REPORT_PRE_TAKEOFF)
        with store.write() as session:
            plan_answers.answer(session, who, permit.number, begins, PlanAnswer.APPROVE, later(130))
    reported = step(store, KITE, permit, PermitAction.REPORT_PRE_TAKEOFF)
    assert reported.state is PermitState.PRE_TAKEOFF_REPORTED
    flight = reported.terms.flight
    assert flight is not None
    assert (flight.device_ids, flight.max_height_agl_m) == (PLAN.device_ids, 80.0)


@pytest.mark.requirement("D4b-76", "D4b-53")
def test_each_department_answers_once_and_every_answer_is_in_the_audit(store: Store) -> None:
    permit = approved(store)
    filed(store, permit, PLAN)
    first = answered(store, permit, ATM)
    assert state_of(first, later(180)) is PlanState.FILED, "the opinion of the police is awaited"
    with pytest.raises(AlreadyVoted):
        answered(store, permit, replace(ATM, user_id="u-2", username="another"))
    low = Provisos(max_height_agl_m=60.0)
    last = answered(store, permit, POLICE, PlanAnswer.APPROVE_WITH_CONDITIONS, conditions=low)
    assert state_of(last, later(180)) is PlanState.APPROVED
    with pytest.raises(AlreadyVoted):
        answered(store, permit, POLICE)
    with store.read() as session:
        (found,) = daily_plans.plans(session, KITE, permit.number)
        said = [each for each in audit.entries(session, ADMINISTRATOR) if "plan" in each.action]
    assert found == last
    assert [(each.actor, each.action, each.reason) for each in said] == [
        ("kim", "daily-plan.file", ""),
        ("tao", "daily-plan.answer", "plan 1, atm: – → APPROVE, FILED → FILED"),
        (
            "pan",
            "daily-plan.answer",
            "plan 1, police: – → APPROVE_WITH_CONDITIONS, FILED → APPROVED: an air show",
        ),
    ]


@pytest.mark.requirement("D4b-76", "D4b-27")
def test_nobody_answers_for_another_nor_on_the_file_of_their_own_organisation(store: Store) -> None:
    permit = approved(store)
    filed(store, permit, PLAN)
    with pytest.raises(NotYourBallot):
        answered(store, permit, REVIEWER)
    with pytest.raises(NotYourBallot):
        answered(store, permit, POLICE, department=Department.ATM)
    with pytest.raises(NotYourBallot):
        answered(store, permit, ADMINISTRATOR)
    with pytest.raises(OwnFile):
        answered(store, permit, replace(ATM, organisation_id="kite"))
    with pytest.raises(VoteIncomplete):
        answered(store, permit, ATM, PlanAnswer.REJECT, reason="")
    with pytest.raises(VoteIncomplete):
        answered(store, permit, ATM, PlanAnswer.APPROVE_WITH_CONDITIONS)
    with store.read() as session:
        (found,) = daily_plans.plans(session, KITE, permit.number)
    assert found.review.votes == ()


@pytest.mark.requirement("D4b-76")
def test_another_plan_for_the_day_is_answered_anew_and_what_was_answered_stays(
    store: Store,
) -> None:
    permit = approved(store)
    before = filed(store, permit, PLAN)
    approved_plan(store, permit)
    after = filed(store, permit, replace(PLAN, max_height_agl_m=90.0))
    assert (state_of(after, later(200)), after.review.votes) == (PlanState.FILED, ())
    with pytest.raises(Stale):
        answered(store, permit, ATM, expected={before.tag})
    answered(store, permit, ATM, PlanAnswer.REJECT, expected={after.tag})
    with store.read() as session:
        kept = session.connection().execute(
            text("SELECT filing, department, choice FROM plan_answer ORDER BY 1, 2")
        )
        assert [tuple(row) for row in kept] == [
            (1, "atm", "APPROVE"), (1, "police", "APPROVE"), (2, "atm", "REJECT"), (2, "police", None),
        ]  # fmt: skip


@pytest.mark.requirement("D4b-76")
@pytest.mark.parametrize(
    "change", ["UPDATE plan_answer SET choice = 'REJECT'", "DELETE FROM plan_answer"]
)
def test_what_was_answered_is_never_changed(store: Store, change: str) -> None:
    permit = approved(store)
    filed(store, permit, PLAN)
    answered(store, permit, ATM)
    with pytest.raises(DBAPIError), store.write() as session:
        session.connection().execute(text(f"{change} WHERE department = 'atm'"))


@pytest.mark.requirement("D4b-76")
def test_no_take_off_is_reported_under_a_plan_that_was_refused(store: Store) -> None:
    permit = approved(store)
    begins = date(2026, 5, 9)
    filed(store, permit, replace(PLAN, day=begins, begins=time(20), ends=time(23)))
    for who in (ATM, POLICE):
        said = PlanAnswer.REJECT if who is ATM else PlanAnswer.APPROVE
        with store.write() as session:
            plan_answers.answer(
                session, who, permit.number, begins, said, later(125),
                reason="an air show" if who is ATM else "",
            )  # fmt: skip
    with pytest.raises(PlanNotApproved, match="refused: air traffic management: an air show"):
        step(store, KITE, permit, PermitAction.REPORT_PRE_TAKEOFF)
    with pytest.raises(AlreadyVoted), store.write() as session:
        plan_answers.answer(session, ATM, permit.number, begins, PlanAnswer.APPROVE, later(130))


@pytest.mark.requirement("D4b-54", "D4b-77")
def test_what_waits_for_a_department_is_listed_by_day_in_parts(store: Store) -> None:
    permit = approved(store)
    days = [date(2026, 5, 10 + number) for number in range(3)]
    for day in reversed(days):
        filed(store, permit, replace(PLAN, day=day))
    own = [(permit.number, day) for day in days]
    assert awaited(store, ATM, later(200)) == own == awaited(store, POLICE, later(200))
    assert awaited(store, REVIEWER, later(200)) == awaited(store, KITE, later(200)) == []
    place = f"{days[0]}/{permit.number}"
    assert awaited(store, ATM, later(200), limit=1) == own[:1]
    assert awaited(store, ATM, later(200), after=place, limit=1) == own[1:2]
    assert awaited(store, ATM, later(200), day=days[2]) == own[2:]
    assert awaited(store, ATM, later(200), number="SF-1") == []
    until = local("2026-05-09 21:00")
    assert awaited(store, ATM, later(200), due_before=until) == []
    assert awaited(store, ATM, later(200), due_before=until + timedelta(seconds=1)) == own[:1]
    answered(store, permit, ATM)
    assert awaited(store, ATM, later(200)) == own[1:]
    with pytest.raises(InvalidValue):
        awaited(store, ATM, later(200), after="yesterday")


@pytest.mark.requirement("D4b-46", "D4b-77")
def test_a_plan_is_late_after_nine_and_over_with_its_day(store: Store) -> None:
    permit = approved(store)
    filed(store, permit, PLAN)
    own, nine = [(permit.number, PLAN.day)], local("2026-05-09 21:00")
    late = nine + timedelta(seconds=1)
    assert awaited(store, ATM, nine, overdue=True) == []
    assert awaited(store, ATM, late, overdue=True) == own
    assert awaited(store, POLICE, nine) == own
    assert awaited(store, POLICE, late) == [], "an opinion is waited for no longer"
    assert awaited(store, ATM, local("2026-05-10 23:59")) == own
    assert awaited(store, ATM, local("2026-05-11 00:00")) == []
    with store.read() as session:
        case = permits.case(session, KITE, permit.number, UNDER)
        for at, due in ((late, nine), (local("2026-05-11 00:00"), None)):
            (shown,) = plan_answers.with_plans(session, (case,), at)
            assert shown.plan_answer_due == due
    with pytest.raises(ReviewClosed):
        answered(store, permit, ATM, at=local("2026-05-10 17:00"))
    found = answered(store, permit, ATM, at=local("2026-05-10 16:59"))
    assert state_of(found, local("2026-05-10 16:59")) is PlanState.APPROVED


def overdue(store: Store, at: datetime, who: Principal = ATM) -> list[str]:
    with store.read() as session:
        found = permits.page(session, who, wanted=PermitFilter(overdue_at=at))
    return [each.number for each in found]


@pytest.mark.requirement("D4b-46", "D4b-77")
def test_a_permit_is_overdue_by_a_plan_that_who_must_answer_it_has_not(store: Store) -> None:
    permit = approved(store)
    filed(store, permit, PLAN)
    nine = local("2026-05-09 21:00")
    late = nine + timedelta(seconds=1)
    assert overdue(store, nine) == []
    assert overdue(store, late) == [permit.number] == overdue(store, late, KITE)
    assert overdue(store, late, SWIFT) == [], "it is none of theirs"
    assert overdue(store, local("2026-05-11 00:00")) == [], "the day is over"
    answered(store, permit, ATM)
    assert overdue(store, late) == [], "the opinion that is left is waited for no longer"


@pytest.mark.requirement("D4b-76")
def test_the_plan_of_a_flight_that_is_reported_is_not_changed_under_it(store: Store) -> None:
    permit = approved(store)
    begins = date(2026, 5, 9)
    within = replace(PLAN, day=begins, begins=time(20), ends=time(23))
    filed(store, permit, within)
    for who in (ATM, POLICE):
        with store.write() as session:
            plan_answers.answer(session, who, permit.number, begins, PlanAnswer.APPROVE, later(125))
    step(store, KITE, permit, PermitAction.REPORT_PRE_TAKEOFF)
    with pytest.raises(PlanFlown):
        filed(store, permit, within)
    filed(store, permit, PLAN)
    refused = step(store, ATM, permit, PermitAction.REFUSE_CONFIRMATION)
    assert refused.state is PermitState.APPROVED
    assert filed(store, permit, within).review.round == 2


@pytest.mark.requirement("D4b-53", "D4b-76")
def test_who_looked_before_another_has_answered_is_told_so(store: Store) -> None:
    permit = approved(store)
    seen = filed(store, permit, PLAN)
    answered(store, permit, POLICE, expected={seen.tag})
    with pytest.raises(Stale):
        answered(store, permit, ATM, expected={seen.tag})
    with pytest.raises(NotFound), store.write() as session:
        plan_answers.answer(
            session, ATM, permit.number, date(2026, 5, 20), PlanAnswer.APPROVE, later(200)
        )
