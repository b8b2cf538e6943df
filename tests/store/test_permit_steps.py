"""What a step is made to depend on, what it brings about, and what the law does by itself."""

import threading
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from permits.competence import NotCompetent
from permits.condition import Verdict
from permits.deadlines import Case
from permits.issuing import Ruling
from permits.lapse import lapse
from permits.life import fold
from permits.permit import (
    ActionNotAllowed,
    DetailsRefused,
    Permit,
    PermitAction,
    PermitKind,
    PermitState,
)
from permits.precondition_codes import Gate, PreconditionCode
from permits.preconditions import finding
from permits.reported_flight import ReportedFlight
from permits.rule_words import Language
from permits.step_checks import (
    CannotReplace,
    DetailInvalid,
    NotDue,
    NotExtendable,
    NotSimplified,
    RectificationMissing,
    RenewalTooEarly,
    RenewalTooLong,
    TermsAmiss,
    TooEarly,
    TooLate,
)
from permits.terms import DailyHours, Terms
from permits.transition import Detail, Effect, Guard
from tests.permits.lives import local
from tests.store.city import ATM, KITE, MSA, POLICE, REVIEWER, SWIFT
from tests.store.stepping import RULED, STEPS, YEAR, do, draft, history, issued, now, rectified
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import audit, certificates, permit_taking, permits
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, InvalidValue, NotAllowed
from zone_service.store.known_facts import known
from zone_service.store.permit_effects import EFFECTS
from zone_service.store.permit_guards import GUARDS
from zone_service.store.records import PLATFORM, PermitFilter, Principal

A, S = PermitAction, PermitState
MICROSECOND = timedelta(microseconds=1)


def test_each_guard_and_each_effect_that_a_table_may_name_is_there() -> None:
    assert set(GUARDS) == set(Guard)
    assert set(EFFECTS) == set(Effect)


# -- roads


def renewing(store: Store, **said: str) -> Permit:
    return do(store, SWIFT, issued(store), A.REQUEST_RENEWAL, "2026-11-01 10:00", **said)


def let_law(session: Session, permit: Permit, at: datetime, under: Ruling) -> Case:
    case = permit_taking.case_of(session, permit.number, under)
    return permit_taking.let_law(session, case, at, under)


@pytest.mark.requirement("D4b-4")
def test_whoever_comes_after_the_silence_of_the_office_finds_it_accepted(store: Store) -> None:
    permit = do(store, SWIFT, draft(store, **YEAR), A.SUBMIT, "2026-05-06 10:00")
    with pytest.raises(ActionNotAllowed, match="it is ACCEPTED"):
        do(store, REVIEWER, permit, A.RETURN_FOR_CORRECTION, local("2026-05-13") + MICROSECOND)
    # Nothing was written by the step that was refused.
    assert now(store, permit).state is S.SUBMITTED
    after = do(store, REVIEWER, permit, A.START_THIRD_PARTY_REVIEW, "2026-05-20 10:00")
    steps = history(store, permit)

    assert after.state is S.THIRD_PARTY_REVIEW
    assert [each.action for each in steps] == [
        A.SUBMIT,
        A.DEEM_ACCEPTED,
        A.START_THIRD_PARTY_REVIEW,
    ]
    deemed = steps[1]
    assert (deemed.at, deemed.effective_at) == (
        local("2026-05-20 10:00"),
        local("2026-05-06 10:00"),
    )
    assert deemed.by == PLATFORM.username
    assert "licensing-law 32" in deemed.reason
    assert deemed.rules == RULED.label
    with store.read() as session:
        told = [each for each in audit.entries(session, PLATFORM) if each.subject == permit.number]
    assert "permit.deem_accepted" in {each.action for each in told}


@pytest.mark.requirement("D4b-4")
def test_at_the_last_moment_the_office_may_still_return_it(store: Store) -> None:
    permit = do(store, SWIFT, draft(store, **YEAR), A.SUBMIT, "2026-05-06 10:00")

    after = do(
        store, REVIEWER, permit, A.RETURN_FOR_CORRECTION, local("2026-05-13"), missing="a map"
    )
    assert after.state is S.RETURNED_FOR_CORRECTION


def amend(
    store: Store, permit: Permit, asked: Terms | None, action: PermitAction = A.AMEND_TERMS
) -> Permit:
    at = local("2026-05-07 10:00")
    with store.write() as session:
        return permits.apply_action(
            session, SWIFT, permit.number, action, at, under=RULED, terms=asked
        )


@pytest.mark.requirement("D4b-3", "D4b-1")
def test_an_applicant_asks_for_other_terms_while_the_application_is_with_them(
    store: Store,
) -> None:
    first = draft(store, **YEAR)
    narrower = replace(first.terms, max_speed_mps=8.0)
    assert amend(store, first, narrower).terms == narrower
    sent = do(store, SWIFT, first, A.SUBMIT, "2026-05-07 11:00")
    with pytest.raises(ActionNotAllowed):
        amend(store, sent, first.terms)
    back = do(store, REVIEWER, sent, A.RETURN_FOR_CORRECTION, "2026-05-08 10:00", missing="hours")
    corrected = replace(first.terms, hours=(DailyHours(time(9), time(17)),))
    after = amend(store, back, corrected)
    assert (after.state, after.terms) == (S.RETURNED_FOR_CORRECTION, corrected)
    assert fold(first, history(store, first)) == after


@pytest.mark.requirement("D4b-3")
def test_terms_that_are_amiss_are_refused_and_named(store: Store) -> None:
    first = draft(store, **YEAR)
    with pytest.raises(TermsAmiss, match="without the terms that are asked for"):
        amend(store, first, None)
    with pytest.raises(TermsAmiss, match="expected them with AMEND_TERMS alone"):
        amend(store, first, first.terms, A.SUBMIT)
    with pytest.raises(InvalidValue, match="drone-1"):
        amend(store, first, replace(first.terms, device_ids=frozenset({"drone-1"})))
    with pytest.raises(NotAllowed):
        do(store, REVIEWER, first, A.AMEND_TERMS, "2026-05-07 10:00")
    assert now(store, first).terms == first.terms


def test_nobody_brings_about_by_hand_what_the_law_does_later(store: Store) -> None:
    permit = do(store, SWIFT, draft(store, **YEAR), A.SUBMIT, "2026-05-06 10:00")
    with pytest.raises(NotDue) as refused:
        do(store, PLATFORM, permit, A.DEEM_ACCEPTED, "2026-05-12 10:00")
    assert refused.value.due_at == local("2026-05-13 00:00")
    assert refused.value.said(Language.CHINESE).endswith("自 2026-05-13 00:00（北京时间）起")
    with pytest.raises(NotDue):
        do(store, REVIEWER, issued(store), A.ACTIVATE, "2026-06-30 23:59")


@pytest.mark.requirement("D4b-17")
def test_a_renewal_that_nobody_decides_moves_the_end_to_what_was_asked_for(store: Store) -> None:
    until = "2027-03-01T00:00:00+08:00"
    permit = renewing(store, asked_until=until)
    with store.write() as session:
        case = let_law(session, permit, local("2027-01-04 09:00"), RULED)

    assert case.permit.state is S.ACTIVE
    assert case.permit.terms.valid_to == local("2027-03-01")
    deemed = history(store, permit)[-1]
    assert (deemed.action, deemed.effective_at) == (A.DEEM_RENEWED, local("2027-01-01"))
    assert datetime.fromisoformat(deemed.details[Detail.VALID_TO]) == local("2027-03-01")
    assert fold(replace(permit, state=S.DRAFT, revision=0), history(store, permit)) == case.permit


@pytest.mark.requirement("D4b-17")
def test_a_renewal_that_is_granted_lasts_as_long_as_it_may_where_no_end_was_asked_for(
    store: Store,
) -> None:
    asked = renewing(store)
    with pytest.raises(NotAllowed, match="departments"):
        do(store, REVIEWER, asked, A.RENEW, "2026-12-01 09:00")
    renewed = do(store, PLATFORM, asked, A.RENEW, "2026-12-01 10:00")

    assert (renewed.state, renewed.terms.valid_to) == (S.ACTIVE, local("2027-07-01"))


@pytest.mark.requirement("D4b-53")
def test_of_two_who_grant_a_renewal_at_once_the_second_is_told_that_it_has_moved_on(
    store: Store,
) -> None:
    permit, refused = renewing(store), list[BaseException]()

    def grant_too() -> None:
        with pytest.raises((Conflict, ActionNotAllowed)) as said:
            do(store, PLATFORM, permit, A.RENEW, "2026-12-01 10:00")
        refused.append(said.value)

    second = threading.Thread(target=grant_too)
    with store.write() as session:
        permits.apply_action(
            session, PLATFORM, permit.number, A.RENEW, local("2026-12-01"), under=RULED
        )
        second.start()
        # Either it waits by now, or it comes too late: both must come to the same.
        second.join(0.3)
    second.join(20.0)
    assert len(refused) == 1
    with store.read() as session:
        assert certificates.latest(session, SWIFT, permit.number).certificate.edition == 2


@pytest.mark.requirement("D4b-17")
def test_a_renewal_that_is_refused_leaves_the_end_where_it_was(store: Store) -> None:
    permit = do(store, REVIEWER, renewing(store), A.REFUSE_RENEWAL, "2026-12-01 10:00")
    with store.write() as session:
        case = let_law(session, permit, local("2027-01-01"), RULED)

    assert case.permit.state is S.EXPIRED


@pytest.mark.requirement("D4b-35")
def test_where_the_rules_open_the_time_for_a_renewal_none_is_asked_for_before(store: Store) -> None:
    opening = {
        "renewal.opens_before_months": shipped_sheet("xiangyang").parameters[
            "renewal.opens_before_months"
        ]
    }
    strict = replace(
        RULED, sheet=replace(RULED.sheet, parameters={**RULED.sheet.parameters, **opening})
    )
    permit = issued(store)
    assert now(store, permit).terms.valid_to == local("2027-01-01")

    def ask(at: datetime) -> Permit:
        with store.write() as session:
            return permits.apply_action(
                session, SWIFT, permit.number, A.REQUEST_RENEWAL, at, under=strict
            )

    with pytest.raises(RenewalTooEarly) as refused:
        ask(local("2026-10-01") - MICROSECOND)
    assert refused.value.opens == local("2026-10-01")
    assert "自 2026-10-01 00:00（北京时间）起" in refused.value.said(Language.CHINESE)
    assert ask(local("2026-10-01")).state is S.RENEWAL_PENDING


@pytest.mark.requirement("D4b-17")
def test_a_renewal_is_asked_for_thirty_days_before_the_end_and_not_later(store: Store) -> None:
    permit = issued(store)
    with pytest.raises(TooLate) as refused:
        do(store, SWIFT, permit, A.REQUEST_RENEWAL, local("2026-12-02") + MICROSECOND)
    assert refused.value.latest == local("2026-12-02")
    assert "ended at 2026-12-02 00:00 (Asia/Shanghai)" in str(refused.value)

    assert do(store, SWIFT, permit, A.REQUEST_RENEWAL, local("2026-12-02")).state is (
        S.RENEWAL_PENDING
    )


@pytest.mark.parametrize(
    ("until", "refused"),
    [
        ("2027-01-01T00:00:00+08:00", RenewalTooLong),
        ("2027-07-01T00:00:01+08:00", RenewalTooLong),
        ("2027-03-01T00:00:00", DetailInvalid),
        ("in spring", DetailInvalid),
    ],
)
def test_a_renewal_asks_for_an_end_that_may_be(
    store: Store, until: str, refused: type[Exception]
) -> None:
    permit = issued(store)
    with pytest.raises(refused):
        do(store, SWIFT, permit, A.REQUEST_RENEWAL, "2026-11-01 10:00", asked_until=until)
    assert now(store, permit).state is S.ISSUED


@pytest.mark.requirement("D4b-38")
def test_more_time_is_taken_once_and_only_while_there_is_some(store: Store) -> None:
    permit = draft(store, **YEAR)
    for who, action, at in STEPS[:2]:
        permit = do(store, who, permit, action, at)
    extended = do(store, REVIEWER, permit, A.EXTEND_TIME, "2026-05-20 10:00")
    assert (extended.state, extended.revision) == (S.ACCEPTED, 3)
    with pytest.raises(NotExtendable):
        do(store, REVIEWER, permit, A.EXTEND_TIME, "2026-05-21 10:00")
    late = draft(store, **YEAR)
    for who, action, at in STEPS[:2]:
        late = do(store, who, late, action, at)
    with pytest.raises(NotExtendable):
        do(store, REVIEWER, late, A.EXTEND_TIME, "2026-12-01 10:00")


@pytest.mark.requirement("D4b-11", "D4b-16")
def test_after_a_long_absence_all_that_has_come_about_is_caught_up_with_its_moments(
    store: Store,
) -> None:
    permit = issued(store)
    with store.write() as session:
        let_law(session, permit, local("2027-05-01"), RULED)
    with store.write() as session:
        let_law(session, permit, local("2027-05-02"), RULED)

    assert [(each.action, each.effective_at) for each in history(store, permit)[-3:]] == [
        (A.ACTIVATE, local("2026-07-01")),
        (A.EXPIRE, local("2027-01-01")),
        (A.DEREGISTER, local("2027-01-31")),
    ]
    assert len(history(store, permit)) == len(STEPS) + 3


def test_of_two_who_let_the_law_take_its_course_one_writes_it(store: Store) -> None:
    permit = issued(store)
    at = local("2026-07-01")
    with store.read() as session:
        stale = permit_taking.case_of(session, permit.number, RULED)
    with store.write() as session:
        let_law(session, permit, at, RULED)
    found = lapse(stale, at)
    assert found is not None
    with pytest.raises(Conflict), store.write() as session:
        permit_taking.take(session, PLATFORM, stale, found.action, at, under=RULED)
    assert [each.action for each in history(store, permit)][-1:] == [A.ACTIVATE]
    assert len(history(store, permit)) == len(STEPS) + 1


@pytest.mark.requirement("D4b-13", "D4b-64")
def test_what_an_authority_has_suspended_that_authority_lets_go_on(store: Store) -> None:
    permit = issued(store)
    rectified(store, permit, "2026-08-02 10:00")
    for who, action in ((POLICE, A.SUSPEND), (REVIEWER, A.START_RECTIFICATION)):
        permit = do(store, who, permit, action, "2026-08-03 10:00")
    with pytest.raises(RectificationMissing) as missing:
        do(store, SWIFT, permit, A.REQUEST_RESUME, "2026-08-03 10:00")
    assert "整改报告" in missing.value.said(Language.CHINESE)
    rectified(store, permit, "2026-08-03 10:00")
    do(store, SWIFT, permit, A.REQUEST_RESUME, "2026-08-03 10:00")
    do(store, POLICE, permit, A.REFUSE_RESUME, "2026-08-03 11:00")
    with pytest.raises(RectificationMissing):
        do(store, SWIFT, permit, A.REQUEST_RESUME, "2026-08-03 12:00")
    rectified(store, permit, "2026-08-03 12:00")
    permit = do(store, SWIFT, permit, A.REQUEST_RESUME, "2026-08-03 12:00")
    for action in (A.RESUME, A.REFUSE_RESUME):
        with pytest.raises(NotAllowed, match="somebody of 'traffic-police', which suspended it"):
            do(store, REVIEWER, permit, action, "2026-08-04 10:00")

    assert do(store, POLICE, permit, A.RESUME, "2026-08-04 10:00").state is S.ACTIVE


def test_what_the_system_has_suspended_any_authority_lets_go_on(store: Store) -> None:
    permit = do(store, PLATFORM, issued(store), A.SUSPEND, "2026-08-03 10:00")
    rectified(store, permit, "2026-08-03 10:30")
    for action in (A.START_RECTIFICATION, A.REQUEST_RESUME):
        permit = do(store, SWIFT, permit, action, "2026-08-03 11:00")

    assert do(store, REVIEWER, permit, A.RESUME, "2026-08-04 10:00").state is S.ACTIVE


# -- flights

FLIGHT: dict[str, Any] = {
    "valid_from": local("2026-05-05 10:00"),
    "valid_to": local("2026-05-05 18:00"),
}


@pytest.mark.requirement("D4b-21")
@pytest.mark.parametrize(
    ("kind", "latest", "said"),
    [
        (PermitKind.FLIGHT_ACTIVITY, "2026-05-04 12:00", "2026-05-04 12:00 (Asia/Shanghai)"),
        (PermitKind.EMERGENCY_FLIGHT, "2026-05-05 09:30", "2026-05-05 09:30 (Asia/Shanghai)"),
    ],
)
def test_a_flight_is_applied_for_in_time_and_the_refusal_says_until_when(
    store: Store, kind: PermitKind, latest: str, said: str
) -> None:
    permit = draft(store, kind, KITE, **FLIGHT)
    with pytest.raises(TooLate, match="the time to apply for the flight") as refused:
        do(store, KITE, permit, A.SUBMIT, local(latest) + MICROSECOND)
    assert refused.value.latest == local(latest)
    assert said in str(refused.value)
    assert "（北京时间）" in refused.value.said(Language.CHINESE)
    assert now(store, permit) == permit

    assert do(store, KITE, permit, A.SUBMIT, local(latest)).state is S.SUBMITTED


@pytest.mark.requirement("D4b-74")
def test_an_extreme_emergency_is_applied_for_at_any_time_on_the_ground_that_is_stated(
    store: Store,
) -> None:
    permit = draft(store, PermitKind.EMERGENCY_FLIGHT, KITE, **FLIGHT)
    ordinary = draft(store, PermitKind.FLIGHT_ACTIVITY, KITE, **FLIGHT)
    late, ground = "2026-05-05 09:58", {"urgent_ground": "people are trapped in the flood"}
    for who, said in ((permit, {}), (ordinary, ground)):
        with pytest.raises(TooLate):
            do(store, KITE, who, A.SUBMIT, late, **said)
    permit = do(store, KITE, permit, A.SUBMIT, late, **ground)

    assert permit.state is S.SUBMITTED
    assert history(store, permit)[-1].details[Detail.URGENT_GROUND] == ground["urgent_ground"]
    with store.read() as session:
        case = permit_taking.case_of(session, permit.number, RULED)
        silent = replace(
            case,
            limits=replace(
                case.limits, flight=replace(case.limits.flight, emergency_any_time=False)
            ),
        )
        facts = known(session, case, local(late), RULED)
        unallowed = known(session, silent, local(late), RULED)
    code = PreconditionCode.CUTOFF_12H
    assert finding(code, Gate.SUBMIT, facts, RULED.sheet).result is Verdict.MET
    assert finding(code, Gate.SUBMIT, unallowed, RULED.sheet).result is Verdict.NOT_MET


@pytest.mark.requirement("D4b-21")
def test_a_decision_about_a_flight_that_comes_late_is_still_one(store: Store) -> None:
    permit = draft(store, PermitKind.FLIGHT_ACTIVITY, KITE, **FLIGHT)
    permit = do(store, KITE, permit, A.SUBMIT, "2026-05-04 10:00")
    on_time, late = local("2026-05-04 21:00"), local("2026-05-04 21:00") + MICROSECOND
    with store.read() as session:
        assert permits.page(session, PLATFORM, wanted=PermitFilter(overdue_at=on_time)) == ()
        assert permits.page(session, PLATFORM, wanted=PermitFilter(overdue_at=late)) == (permit,)

    assert do(store, REVIEWER, permit, A.APPROVE, late).state is S.APPROVED
    with store.read() as session:
        assert permits.page(session, PLATFORM, wanted=PermitFilter(overdue_at=late)) == ()


def approved(store: Store, kind: PermitKind = PermitKind.FLIGHT_ACTIVITY, **given: Any) -> Permit:
    permit = draft(store, kind, KITE, **FLIGHT | given)
    permit = do(store, KITE, permit, A.SUBMIT, "2026-05-04 10:00")
    return do(store, REVIEWER, permit, A.APPROVE, "2026-05-04 20:00")


@pytest.mark.requirement("D4b-21")
def test_a_take_off_is_reported_an_hour_before_and_not_later(store: Store) -> None:
    permit = approved(store)
    with pytest.raises(TooLate, match="the time to report the take-off"):
        do(store, KITE, permit, A.REPORT_PRE_TAKEOFF, local("2026-05-05 09:00") + MICROSECOND)
    later = "2026-05-05T12:00:00+08:00"
    with pytest.raises(TooLate) as late:
        do(store, KITE, permit, A.REPORT_PRE_TAKEOFF, "2026-05-05 11:10", takeoff_at=later)
    assert str(late.value).endswith(
        "at 2026-05-05 11:10, of a take-off at 2026-05-05 12:00: the time to report the take-off ended at"
        " 2026-05-05 11:00 (Asia/Shanghai); expected a later takeoff_at"
    )
    assert "（起飞时刻 2026-05-05 12:00）" in late.value.said(Language.CHINESE)
    reported = do(store, KITE, permit, A.REPORT_PRE_TAKEOFF, "2026-05-05 11:00", takeoff_at=later)

    assert reported.state is S.PRE_TAKEOFF_REPORTED
    assert history(store, permit)[-1].details == {Detail.TAKEOFF_AT: later}
    ends = local("2026-05-05 18:00")
    assert reported.terms.flight == ReportedFlight(local("2026-05-05 12:00"), ends)


@pytest.mark.requirement("D4b-20")
def test_a_confirmation_is_over_with_the_day_of_its_flight(store: Store) -> None:
    permit = approved(store, valid_to=local("2026-05-08 18:00"))
    do(store, KITE, permit, A.REPORT_PRE_TAKEOFF, "2026-05-05 08:00")
    permit = do(store, ATM, permit, A.CONFIRM, "2026-05-05 09:00")
    with pytest.raises(ActionNotAllowed) as refused:
        do(store, KITE, permit, A.TAKE_OFF, "2026-05-06 00:00")
    assert refused.value.state is S.APPROVED
    again = "2026-05-06T12:00:00+08:00"
    do(store, KITE, permit, A.REPORT_PRE_TAKEOFF, "2026-05-06 09:00", takeoff_at=again)
    law, _ = history(store, permit)[-2:]
    assert (law.action, law.counts_from) == (A.LAPSE_CONFIRMATION, local("2026-05-06 00:00"))


@pytest.mark.requirement("D4b-21")
def test_an_emergency_flight_reports_until_it_takes_off(store: Store) -> None:
    permit = approved(store, PermitKind.EMERGENCY_FLIGHT)

    assert do(store, KITE, permit, A.REPORT_PRE_TAKEOFF, "2026-05-05 09:55").state is (
        S.PRE_TAKEOFF_REPORTED
    )


@pytest.mark.requirement("D4b-20", "D4b-21")
@pytest.mark.parametrize(
    ("kind", "reported", "earliest"),
    [
        (PermitKind.FLIGHT_ACTIVITY, "2026-05-05 09:00", "2026-05-05 10:00"),
        (PermitKind.EMERGENCY_FLIGHT, "2026-05-05 09:50", "2026-05-05 10:00"),
    ],
)
def test_no_flight_takes_off_sooner_than_was_reported_an_hour_before_but_in_an_emergency(
    store: Store, kind: PermitKind, reported: str, earliest: str
) -> None:
    permit = do(store, KITE, approved(store, kind), A.REPORT_PRE_TAKEOFF, reported)
    with pytest.raises(NotCompetent, match="the transport department may not CONFIRM"):
        do(store, REVIEWER, permit, A.CONFIRM, reported)
    do(store, ATM, permit, A.CONFIRM, reported)
    with pytest.raises(TooEarly, match=f"before {earliest}"):
        do(store, KITE, permit, A.TAKE_OFF, local(earliest) - MICROSECOND)

    assert do(store, KITE, permit, A.TAKE_OFF, local(earliest)).state is S.AIRBORNE


@pytest.mark.requirement("D4b-20", "D4b-21")
def test_the_next_flight_says_when_it_takes_off_within_the_validity_and_is_confirmed_anew(
    store: Store,
) -> None:
    permit = do(store, KITE, approved(store), A.REPORT_PRE_TAKEOFF, "2026-05-05 08:00")
    with pytest.raises(ActionNotAllowed):
        do(store, KITE, permit, A.TAKE_OFF, "2026-05-05 10:00")
    for who, action, at in (
        (ATM, A.CONFIRM, "2026-05-05 09:00"),
        (KITE, A.TAKE_OFF, "2026-05-05 10:00"),
        (KITE, A.LAND, "2026-05-05 11:00"),
    ):
        permit = do(store, who, permit, action, at)
    with pytest.raises(DetailsRefused, match="without takeoff_at"):
        do(store, KITE, permit, A.REPORT_PRE_TAKEOFF, "2026-05-05 11:10")
    for outside in ("2026-05-05T09:00:00+08:00", "2026-05-05T18:00:00+08:00"):
        with pytest.raises(DetailInvalid, match="within the validity"):
            do(store, KITE, permit, A.REPORT_PRE_TAKEOFF, "2026-05-05 11:10", takeoff_at=outside)
    again = "2026-05-05T13:00:00+08:00"
    permit = do(store, KITE, permit, A.REPORT_PRE_TAKEOFF, "2026-05-05 11:10", takeoff_at=again)

    assert permit.state is S.PRE_TAKEOFF_REPORTED


# -- departments


@pytest.mark.requirement("D4b-72")
@pytest.mark.parametrize(
    ("who", "action", "refused"),
    [
        (ATM, A.SUSPEND, "the air traffic management department may not SUSPEND"),
        (MSA, A.ANNUL, "competent are industry, transport, police"),
        (replace(POLICE, department="maritime"), A.RECALL_PLATES, "are police, traffic police"),
        (replace(POLICE, organisation_id="swift"), A.REVOKE, "nobody of swift may REVOKE"),
        (replace(REVIEWER, organisation_id="swift"), A.TERMINATE, "it is the file of that"),
    ],
)
def test_another_department_or_the_holders_own_people_change_nothing(
    store: Store, who: Principal, action: PermitAction, refused: str
) -> None:
    before, said = issued(store), {"ground": "SAFETY_RISK"} if action is A.TERMINATE else {}
    with pytest.raises(NotCompetent, match=refused):
        do(store, who, before, action, "2026-07-02 10:00", **said)

    assert now(store, before) == before


# -- vessels

TRIAL: dict[str, Any] = {"valid_from": local("2026-06-15 08:00"), "valid_to": local("2026-06-20")}


@pytest.mark.requirement("D4b-22", "D4b-37")
def test_a_trial_is_notified_ten_working_days_before_and_not_later(store: Store) -> None:
    permit = draft(store, PermitKind.VESSEL_TRIAL, **TRIAL)
    with pytest.raises(TooLate, match="the time to give notice of the trial"):
        do(store, SWIFT, permit, A.NOTIFY, local("2026-06-01") + MICROSECOND)

    assert do(store, SWIFT, permit, A.NOTIFY, local("2026-06-01")).state is S.NOTIFIED


@pytest.mark.requirement("D4b-44")
def test_the_id_of_the_warning_is_kept_with_its_publication(store: Store) -> None:
    permit = draft(store, PermitKind.VESSEL_TRIAL, **TRIAL)
    permit = do(store, SWIFT, permit, A.NOTIFY, "2026-05-20 10:00")
    with pytest.raises(DetailsRefused, match="without warning_id"):
        do(store, REVIEWER, permit, A.PUBLISH_WARNING, "2026-06-01 10:00")
    do(store, REVIEWER, permit, A.PUBLISH_WARNING, "2026-06-01 10:00", warning_id="沪航警 12/26")

    assert history(store, permit)[-1].details == {
        Detail.WARNING_ID: "沪航警 12/26",
        Detail.AUTHORITY: "demo-maritime",
    }


@pytest.mark.requirement("D6-3")
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (PermitKind.ROAD_TEST, "不能对许可 {} 免除评审直接执行 OPEN_JOINT_REVIEW：– 未获互认"),
        (PermitKind.DEMO_OPERATION, "规则集未对 DEMO_OPERATION 规定简化程序"),
    ],
)
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_whose_vehicles_nobody_recognises_skips_no_review(
    store: Store, kind: PermitKind, said: str
) -> None:
    permit = draft(store, kind, **YEAR)
    for who, action, at in STEPS[:2]:
        permit = do(store, who, permit, action, at)
    with pytest.raises(NotSimplified) as refused:
        do(store, REVIEWER, permit, A.OPEN_JOINT_REVIEW, "2026-05-08 10:00")
    assert said.format(permit.number) in refused.value.said(Language.CHINESE)
    assert now(store, permit).state is S.ACCEPTED


@pytest.mark.requirement("D4b-34")
def test_a_permit_ends_when_the_one_that_takes_its_place_comes_into_force(store: Store) -> None:
    old = do(store, PLATFORM, issued(store), A.ACTIVATE, "2026-07-01 00:00")
    new = draft(store, valid_from=local("2026-09-01"), valid_to=local("2027-02-01"))
    with pytest.raises(CannotReplace) as refused:
        do(store, SWIFT, new, A.SUBMIT, "2026-07-06 10:00", replaces=new.number)
    assert f"以替代 {new.number}" in refused.value.said(Language.CHINESE)
    strange = draft(store, PermitKind.FLIGHT_ACTIVITY, KITE, **FLIGHT)
    for other in (strange.number, "RT-9", draft(store, **YEAR).number):
        with pytest.raises(CannotReplace):
            do(store, SWIFT, new, A.SUBMIT, "2026-07-06 10:00", replaces=other)
    do(store, SWIFT, new, A.SUBMIT, "2026-07-06 10:00", replaces=old.number)
    for who, action, _ in STEPS[1:-1]:
        do(store, who, new, action, "2026-07-07 10:00")
    assert now(store, old).state is S.ACTIVE
    do(store, POLICE, new, A.ISSUE, "2026-07-08 10:00")
    assert (now(store, old).state, now(store, new).state) == (S.ACTIVE, S.ISSUED)
    do(store, PLATFORM, new, A.ACTIVATE, "2026-09-01 00:00")
    ended = history(store, old)[-1]
    assert (ended.action, ended.after, ended.details) == (
        A.EXPIRE,
        S.EXPIRED,
        {Detail.REPLACED_BY: new.number},
    )
    assert f"由许可 {new.number} 替代" in ended.reason
    assert now(store, new).state is S.ACTIVE
