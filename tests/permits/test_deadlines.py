"""What is due of a permit: by whom and until when."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.deadlines import (
    Case,
    flight_cut_off,
    latest_renewal,
    next_due,
    open_deadlines,
    was_extended,
)
from permits.issuing import legal_day
from permits.permit import PermitKind
from permits.ruleset import RuleSet
from permits.time_limits import FlightLimits, TimeLimits, time_limits
from permits.transition import Actor, Deadline
from permits.working_calendar import Known
from tests.permits.calendars import YEAR_2026
from tests.permits.lives import ROAD_TO_JOINT, A, due, lasting, lived, local, with_limits

D = Deadline
MICROSECOND = timedelta(microseconds=1)
YEAR = lasting("2026-07-01", "2027-01-01")


@pytest.fixture(scope="module")
def limits(rules: RuleSet) -> TimeLimits:
    return time_limits(rules.sheet)


def submitted(limits: TimeLimits, at: str) -> Case:
    return lived(limits, PermitKind.ROAD_TEST, YEAR, (A.SUBMIT, at))


@pytest.mark.requirement("D4b-5", "D4b-23")
@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("2026-05-06 10:00", "2026-05-13 00:00"),  # Saturday the 9th is worked
        ("2026-05-06 23:59", "2026-05-13 00:00"),
        ("2026-05-07 00:00", "2026-05-14 00:00"),
        ("2026-02-12 10:00", "2026-02-27 00:00"),  # over the Spring Festival
        ("2026-05-09 10:00", "2026-05-16 00:00"),
        ("2026-05-10 10:00", "2026-05-16 00:00"),  # a Sunday
    ],
)
def test_the_intake_office_has_five_working_days_after_the_day_of_receipt(
    limits: TimeLimits, at: str, ends: str
) -> None:
    found = due(submitted(limits, at), D.INTAKE)

    assert found.limit.at == local(ends)
    assert found.limit.known is Known.PUBLISHED
    assert (set(found.actors), found.by_law) == ({Actor.REVIEWER}, A.DEEM_ACCEPTED)
    assert set(found.actions) == {A.ACCEPT, A.RETURN_FOR_CORRECTION}


@pytest.mark.requirement("D4b-5")
def test_a_time_is_over_after_the_end_of_its_last_day_and_not_before(limits: TimeLimits) -> None:
    found, midnight = (
        due(submitted(limits, "2026-05-06 10:00"), D.INTAKE),
        local("2026-05-13 00:00"),
    )

    assert not found.is_overdue(midnight - MICROSECOND)
    assert not found.is_overdue(midnight)
    assert found.is_overdue(midnight + MICROSECOND)


@pytest.mark.requirement("D4b-42")
def test_a_time_that_runs_into_an_unknown_year_says_that_it_is_assumed(limits: TimeLimits) -> None:
    found = due(submitted(limits, "2026-12-28 10:00"), D.INTAKE)

    assert found.limit.at == local("2027-01-05 00:00")
    assert found.limit.known is Known.ASSUMED


REVIEWED = (
    (A.SUBMIT, "2026-06-01 09:00"),
    (A.ACCEPT, "2026-06-01 10:00"),
    (A.START_THIRD_PARTY_REVIEW, "2026-06-03 10:00"),
    (A.START_EXPERT_REVIEW, "2026-06-10 10:00"),
    (A.OPEN_JOINT_REVIEW, "2026-06-22 10:00"),
)


def reviewed(limits: TimeLimits, count: int) -> Case:
    return lived(limits, PermitKind.ROAD_TEST, YEAR, *REVIEWED[:count])


@pytest.mark.requirement("D4b-5")
def test_the_clock_of_a_decision_stands_still_during_the_reviews(limits: TimeLimits) -> None:
    """Two days are gone on the 3rd: the 2nd, and the 3rd itself. It goes on after the 22nd."""
    running, paused, still, on = (reviewed(limits, count) for count in (2, 3, 4, 5))

    # 45 working days after the 1st of June, but for the 19th, a holiday.
    assert due(running, D.DECISION).limit.at == local("2026-08-05 00:00")
    for case in (paused, still):
        assert due(case, D.DECISION).is_paused
        assert due(case, D.DECISION).limit.left_wd == 43
        assert not due(case, D.DECISION).is_overdue(local("2027-12-31 00:00"))
    # Of the reviews' time twelve working days fell out: the 4th to the 22nd, but for the 19th.
    assert due(on, D.DECISION).limit.at == local("2026-08-21 00:00")


@pytest.mark.requirement("D4b-6")
def test_a_kind_that_one_department_reviews_has_its_time_and_not_that_of_several(
    limits: TimeLimits,
) -> None:
    """Commercial operation is reviewed by transport alone: 20 working days and 10 more, not 45 and 15."""
    alone = lived(limits, PermitKind.COMMERCIAL_OPERATION, YEAR, *REVIEWED[:2])
    longer = lived(
        limits,
        PermitKind.COMMERCIAL_OPERATION,
        YEAR,
        *REVIEWED[:2],
        (A.EXTEND_TIME, "2026-06-02 10:00"),
    )
    several = lived(limits, PermitKind.ROAD_TEST, YEAR, *REVIEWED[:2])

    assert due(alone, D.DECISION).limit.at == local("2026-07-01 00:00")
    assert due(longer, D.DECISION).limit.at == local("2026-07-15 00:00")
    assert due(several, D.DECISION).limit.at == local("2026-08-05 00:00")


def test_where_the_rule_set_does_not_let_it_stand_still_it_runs_on(limits: TimeLimits) -> None:
    running = with_limits(reviewed(limits, 4), reviews_pause=False)

    assert due(running, D.DECISION).limit.at == local("2026-08-05 00:00")


def test_a_time_that_is_over_before_a_review_begins_does_not_come_back(limits: TimeLimits) -> None:
    late = with_limits(reviewed(limits, 3), joint_wd=1)

    assert due(late, D.DECISION).limit.at == local("2026-06-03 00:00")
    assert due(late, D.DECISION).is_overdue(local("2026-06-03 10:00"))


def test_a_review_that_begins_on_the_last_day_moves_it_to_the_day_on_which_it_ends(
    limits: TimeLimits,
) -> None:
    """Two days after the 1st is the 3rd, on which the third party begins; Saturday is not worked."""
    paused, still, on = (with_limits(reviewed(limits, n), joint_wd=2) for n in (3, 4, 5))
    ends = lived(
        limits, PermitKind.ROAD_TEST, YEAR, *REVIEWED[:4], (A.OPEN_JOINT_REVIEW, "2026-06-20 10:00")
    )

    for case in (paused, still):
        assert due(case, D.DECISION).limit.left_wd == 0
        assert not due(case, D.DECISION).is_overdue(local("2026-06-30 00:00"))
    assert due(on, D.DECISION).limit.at == local("2026-06-23 00:00")
    assert due(with_limits(ends, joint_wd=2), D.DECISION).limit.at == local("2026-06-23 00:00")


def test_a_review_that_ends_on_its_first_day_takes_no_day_away(limits: TimeLimits) -> None:
    at_once = tuple(
        (action, "2026-06-03 10:00") for action in (*ROAD_TO_JOINT, A.OPEN_JOINT_REVIEW)
    )
    case = lived(limits, PermitKind.ROAD_TEST, YEAR, *at_once)
    without = lived(limits, PermitKind.ROAD_TEST, YEAR, *at_once[:2])

    assert due(case, D.DECISION).limit.at == due(without, D.DECISION).limit.at


@pytest.mark.requirement("D4b-5")
def test_the_third_party_has_its_own_time_meanwhile(limits: TimeLimits) -> None:
    assert due(reviewed(limits, 3), D.THIRD_PARTY).limit.at == local("2026-06-11 00:00")


@pytest.mark.requirement("D4b-38")
def test_more_time_is_added_once_and_a_new_acceptance_forgets_it(limits: TimeLimits) -> None:
    more = (*REVIEWED, (A.EXTEND_TIME, "2026-07-01 10:00"))
    case = lived(limits, PermitKind.ROAD_TEST, YEAR, *more)
    anew = (
        *more,
        (A.RETURN_FOR_CORRECTION, "2026-07-02 10:00"),
        (A.SUBMIT, "2026-07-03 10:00"),
        (A.ACCEPT, "2026-07-03 11:00"),
    )

    # Fifteen working days after the 20th of August.
    assert due(case, D.DECISION).limit.at == local("2026-09-11 00:00")
    assert was_extended(case)
    assert not was_extended(lived(limits, PermitKind.ROAD_TEST, YEAR, *anew))


@given(spans=st.lists(st.integers(0, 20), min_size=4, max_size=4), start=st.integers(0, 150))
def test_so_many_working_days_are_never_paused_ones(spans: list[int], start: int) -> None:
    limits = LIMITS
    days = [date(2026, 1, 5) + timedelta(days=start + sum(spans[:count])) for count in range(5)]
    steps = zip((*ROAD_TO_JOINT, A.OPEN_JOINT_REVIEW), days, strict=True)
    case = lived(
        limits, PermitKind.ROAD_TEST, YEAR, *((action, f"{day} 12:00") for action, day in steps)
    )
    ends = due(case, D.DECISION).limit.at
    assert ends is not None
    last = legal_day(ends - MICROSECOND)
    counted = [
        day
        for day in (days[1] + timedelta(days=n) for n in range(1, (last - days[1]).days + 1))
        if YEAR_2026.is_working(day) and not days[2] < day <= days[4]
    ]

    assert len(counted) == limits.joint_wd
    assert counted[-1] == last


LIMITS = TimeLimits(
    intake_wd=5,
    intake_accepts=True,
    third_party_wd=5,
    reviews_pause=True,
    decision_wd=20,
    decision_extension_wd=10,
    joint_wd=45,
    joint_extension_wd=15,
    joint=frozenset(PermitKind),
    delivery_wd=10,
    renewal_before_days=30,
    renewal_extends=True,
    renewal_cap_months=6,
    renewal_opens_months=None,
    rectification_days=30,
    hearing_request_wd=5,
    hearing_held_wd=20,
    strike_off_after=timedelta(days=30),
    flight=FlightLimits(
        days_before=1,
        apply_by=datetime.fromisoformat("2026-01-01T12:00").time(),
        decide_by=datetime.fromisoformat("2026-01-01T21:00").time(),
        report_before=timedelta(hours=1),
        emergency_apply_before=timedelta(minutes=30),
        emergency_answer_before=timedelta(minutes=10),
        emergency_any_time=True,
        plan_by=datetime.fromisoformat("2026-01-01T12:00").time(),
        confirmation_max=timedelta(hours=24),
    ),
    vessel_notice_wd=10,
    vessel_decision_days=30,
)

GRANTED = (*REVIEWED, (A.APPROVE, "2026-06-25 10:00"))
ACTIVE = (
    *GRANTED,
    (A.REQUEST_PLATE, "2026-06-26 10:00"),
    (A.ISSUE, "2026-06-29 10:00"),
    (A.ACTIVATE, "2026-07-01 00:00"),
)


@pytest.mark.requirement("D4b-22")
def test_a_trial_on_inland_waters_is_decided_thirty_days_after_its_notice_and_a_correction_begins_them_anew(
    rules: RuleSet,
) -> None:
    at_sea, told = time_limits(rules.sheet), dict(rules.sheet.parameters)
    told["vessel.waters_are_inland"] = replace(told["deadlines.reviews_pause"], value=True)
    limits = time_limits(replace(rules.sheet, parameters=told))
    notified = (A.NOTIFY, "2026-05-04 10:00")
    case = lived(limits, PermitKind.VESSEL_TRIAL, YEAR, notified)
    found = due(case, D.VESSEL_DECISION)
    assert found.limit.at == local("2026-06-04 00:00")
    assert A.PUBLISH_WARNING in found.actions
    assert not found.is_window
    returned = (A.RETURN_FOR_CORRECTION, "2026-05-06 10:00"), (A.NOTIFY, "2026-05-08 10:00")
    again = lived(limits, PermitKind.VESSEL_TRIAL, YEAR, notified, *returned)
    # Its thirtieth day is a Sunday.
    assert due(again, D.VESSEL_DECISION).limit.at == local("2026-06-09 00:00")
    silent = replace(case, limits=at_sea)
    assert D.VESSEL_DECISION not in {each.deadline for each in open_deadlines(silent)}


@pytest.mark.requirement("D4b-31")
def test_plate_and_certificate_are_delivered_ten_working_days_after_the_decision(
    limits: TimeLimits,
) -> None:
    case = lived(limits, PermitKind.ROAD_TEST, YEAR, *ACTIVE[:7])

    assert due(case, D.DELIVERY).limit.at == local("2026-07-10 00:00")
    assert due(case, D.DELIVERY).actors == {Actor.REVIEWER, Actor.POLICE}


@pytest.mark.requirement("D4b-13")
def test_the_last_day_of_a_rectification_moves_to_one_that_is_worked(limits: TimeLimits) -> None:
    stopped = ((A.SUSPEND, "2026-08-20 10:00"), (A.START_RECTIFICATION, "2026-08-26 10:00"))
    case = lived(limits, PermitKind.ROAD_TEST, YEAR, *ACTIVE, *stopped)

    # Thirty days after the 26th of August is a holiday, and a weekend follows.
    assert due(case, D.RECTIFICATION).limit.at == local("2026-09-29 00:00")
    assert due(case, D.RECTIFICATION).actors == {Actor.APPLICANT}


@pytest.mark.requirement("D4b-17")
def test_a_renewal_is_asked_for_thirty_whole_days_before_the_end(limits: TimeLimits) -> None:
    found = due(lived(limits, PermitKind.ROAD_TEST, YEAR, *ACTIVE), D.RENEWAL_REQUEST)

    assert found.limit.at == local("2026-12-02 00:00")
    assert found.is_window
    assert found.has_passed(local("2026-12-02 00:00") + MICROSECOND)
    assert not found.is_overdue(local("2026-12-31 00:00"))


def test_a_renewal_lasts_no_longer_than_it_may_from_the_end_on(limits: TimeLimits) -> None:
    at_month_end = lived(limits, PermitKind.ROAD_TEST, lasting("2026-07-01", "2026-08-31 08:00"))

    assert latest_renewal(at_month_end) == local("2027-02-28 08:00")
    assert latest_renewal(lived(limits, PermitKind.ROAD_TEST, YEAR)) == local("2027-07-01")


FLIGHT = lasting("2026-05-05 10:00", "2026-05-05 12:00")


@pytest.mark.requirement("D4b-21")
@pytest.mark.parametrize(
    ("kind", "apply_by", "decide_by", "report_by"),
    [
        (PermitKind.FLIGHT_ACTIVITY, "2026-05-04 12:00", "2026-05-04 21:00", "2026-05-05 09:00"),
        (PermitKind.EMERGENCY_FLIGHT, "2026-05-05 09:30", "2026-05-05 09:50", "2026-05-05 10:00"),
    ],
)
def test_flights_are_applied_for_decided_and_reported_by_the_clock(
    limits: TimeLimits, kind: PermitKind, apply_by: str, decide_by: str, report_by: str
) -> None:
    """The day before is one of Shanghai, be it a holiday."""
    early = "2026-05-01 10:00"
    approved = lived(limits, kind, FLIGHT, (A.SUBMIT, early), (A.APPROVE, early))

    application = due(lived(limits, kind, FLIGHT), D.FLIGHT_APPLICATION)
    decision = due(lived(limits, kind, FLIGHT, (A.SUBMIT, early)), D.FLIGHT_DECISION)
    assert (application.limit.at, application.is_window) == (local(apply_by), True)
    assert (decision.limit.at, decision.is_window) == (local(decide_by), False)
    assert due(approved, D.FLIGHT_REPORT).limit.at == local(report_by)


def test_a_booking_of_a_test_base_has_no_day_before_but_its_flights_are_reported(
    limits: TimeLimits,
) -> None:
    base, early = PermitKind.TEST_BASE_USE, "2026-05-05 08:00"
    approved = lived(limits, base, FLIGHT, (A.SUBMIT, early), (A.APPROVE, early))

    assert open_deadlines(lived(limits, base, FLIGHT)) == ()
    assert open_deadlines(lived(limits, base, FLIGHT, (A.SUBMIT, early))) == ()
    assert due(approved, D.FLIGHT_REPORT).limit.at == local("2026-05-05 09:00")


@pytest.mark.requirement("D4a-24", "D4b-21")
def test_what_nobody_applies_for_has_no_day_before_but_its_flights_are_reported(
    limits: TimeLimits,
) -> None:
    exempt = PermitKind.EXEMPT_FLIGHT
    recorded = lived(limits, exempt, FLIGHT, (A.RECORD, "2026-05-05 08:00"))

    assert open_deadlines(lived(limits, exempt, FLIGHT)) == ()
    assert flight_cut_off(recorded) is None
    assert due(recorded, D.FLIGHT_REPORT).limit.at == local("2026-05-05 09:00")


def test_the_next_flight_is_reported_an_hour_before_what_it_says_itself(limits: TimeLimits) -> None:
    steps = (A.SUBMIT, A.APPROVE, A.REPORT_PRE_TAKEOFF, A.CONFIRM, A.TAKE_OFF, A.LAND)
    flown = lived(
        limits, PermitKind.FLIGHT_ACTIVITY, FLIGHT, *((each, "2026-05-01 10:00") for each in steps)
    )

    assert [each.deadline for each in open_deadlines(flown)] == [D.VALIDITY_ENDS]


@pytest.mark.requirement("D4b-37")
@pytest.mark.parametrize(
    ("begins", "by"),
    [
        ("2026-06-15 08:00", "2026-06-01 00:00"),
        ("2026-03-02 08:00", "2026-02-10 00:00"),  # over the Spring Festival
        ("2026-10-12 08:00", "2026-09-21 00:00"),
    ],
)
def test_ten_whole_working_days_lie_between_the_notice_of_a_trial_and_its_day(
    limits: TimeLimits, begins: str, by: str
) -> None:
    terms = lasting(begins, "2026-12-01")
    found = due(lived(limits, PermitKind.VESSEL_TRIAL, terms), D.VESSEL_NOTICE)

    assert found.limit.at == local(by)


def test_the_next_that_somebody_owes_is_told_and_not_what_merely_may_be_done(
    limits: TimeLimits,
) -> None:
    active = next_due(lived(limits, PermitKind.ROAD_TEST, YEAR, *ACTIVE))
    paused = next_due(reviewed(limits, 4))

    assert active is not None
    assert (active.deadline, active.by_law) == (D.VALIDITY_ENDS, A.EXPIRE)
    assert paused is None
    assert next_due(lived(limits, PermitKind.ROAD_TEST, YEAR)) is None


@pytest.mark.requirement("D4b-17")
def test_while_a_renewal_is_pending_the_end_is_that_of_its_decision_alone(
    limits: TimeLimits,
) -> None:
    pending = lived(
        limits, PermitKind.ROAD_TEST, YEAR, *ACTIVE, (A.REQUEST_RENEWAL, "2026-11-01 10:00")
    )
    ended = with_limits(pending, renewal_extends=False)

    assert [(each.deadline, each.by_law) for each in open_deadlines(pending)] == [
        (D.RENEWAL_DECISION, A.DEEM_RENEWED)
    ]
    assert {each.by_law for each in open_deadlines(ended)} == {None, A.EXPIRE}


def test_what_stands_still_comes_last(limits: TimeLimits) -> None:
    found = open_deadlines(reviewed(limits, 3))

    assert [each.deadline for each in found] == [D.THIRD_PARTY, D.DECISION]
