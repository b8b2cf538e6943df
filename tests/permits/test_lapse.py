"""What comes about by law when nobody acts."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from permits.deadlines import Case, latest_renewal, open_deadlines
from permits.lapse import fallen_due, ground, lapse
from permits.permit import PermitKind, transition
from permits.ruleset import RuleSet
from permits.states import Family
from permits.step_checks import (
    RenewalAmiss,
    require_renewable,
    require_renewal_asked,
    require_warned,
)
from permits.time_limits import TimeLimits, time_limits
from permits.transition import Deadline
from tests.permits.lives import A, due, lasting, lived, local, with_limits

MICROSECOND = timedelta(microseconds=1)
YEAR = lasting("2026-07-01", "2027-01-01")
ROAD, FLIGHT, VESSEL = PermitKind.ROAD_TEST, PermitKind.FLIGHT_ACTIVITY, PermitKind.VESSEL_TRIAL
RECEIVED = "2026-05-06 10:00"
ISSUED = (
    (A.SUBMIT, RECEIVED),
    (A.ACCEPT, "2026-05-07 10:00"),
    (A.START_THIRD_PARTY_REVIEW, "2026-05-08 10:00"),
    (A.START_EXPERT_REVIEW, "2026-05-11 10:00"),
    (A.OPEN_JOINT_REVIEW, "2026-05-12 10:00"),
    (A.APPROVE, "2026-05-13 10:00"),
    (A.REQUEST_PLATE, "2026-05-14 10:00"),
    (A.ISSUE, "2026-05-15 10:00"),
)
ACTIVE = (*ISSUED, (A.ACTIVATE, "2026-07-01 00:00"))
PENDING = (*ACTIVE, (A.REQUEST_RENEWAL, "2026-11-01 10:00"))


@pytest.fixture(scope="module")
def limits(rules: RuleSet) -> TimeLimits:
    return time_limits(rules.sheet)


def first(case: Case, moment: datetime) -> None:
    """Assert that nothing comes about before a moment, and something at or right after it."""
    before, after = lapse(case, moment - MICROSECOND), lapse(case, moment + MICROSECOND)
    assert before is None
    assert after is not None


@pytest.mark.requirement("D4b-4")
def test_an_office_that_is_silent_has_accepted_from_when_it_received(limits: TimeLimits) -> None:
    case = lived(limits, ROAD, YEAR, (A.SUBMIT, RECEIVED))
    over = local("2026-05-13 00:00")

    first(case, over)
    assert lapse(case, over) is None
    found = lapse(case, over + timedelta(days=90))
    assert found is not None
    assert found.action is A.DEEM_ACCEPTED
    assert (found.passed_at, found.effective_at) == (over, local(RECEIVED))


def test_where_the_rule_set_leaves_silence_open_nothing_comes_about(limits: TimeLimits) -> None:
    case = with_limits(lived(limits, ROAD, YEAR, (A.SUBMIT, RECEIVED)), intake_accepts=False)

    assert lapse(case, local("2026-12-31 00:00")) is None


@pytest.mark.requirement("D4b-4")
def test_silence_after_a_correction_counts_from_the_second_receipt(limits: TimeLimits) -> None:
    again = (
        (A.SUBMIT, RECEIVED),
        (A.RETURN_FOR_CORRECTION, "2026-05-08 10:00"),
        (A.SUBMIT, "2026-05-20 10:00"),
    )

    first(lived(limits, ROAD, YEAR, *again), local("2026-05-28 00:00"))
    assert lapse(lived(limits, ROAD, YEAR, *again[:2]), local("2026-12-31 00:00")) is None


@pytest.mark.requirement("D4b-17")
def test_a_renewal_that_nobody_decided_counts_as_granted_at_the_end_and_from_it(
    limits: TimeLimits,
) -> None:
    case = lived(limits, ROAD, YEAR, *PENDING)
    ends = local("2027-01-01 00:00")

    first(case, ends)
    found = lapse(case, ends)
    assert found is not None
    assert (found.action, found.effective_at) == (A.DEEM_RENEWED, ends)


STANDING = PermitKind.STANDING_FLIGHT
FLOWN = ((A.SUBMIT, RECEIVED), (A.APPROVE, RECEIVED))
TRIAL = (
    (A.NOTIFY, RECEIVED),
    (A.PUBLISH_WARNING, RECEIVED),
    (A.ACTIVATE, "2026-07-01 00:00"),
)
ASKED = (A.REQUEST_RENEWAL, "2026-11-01 10:00")


@pytest.mark.requirement("D4b-75")
def test_silence_renews_a_standing_flight_and_ends_a_trial_and_nothing_is_asked_for_twice(
    limits: TimeLimits, rules: RuleSet
) -> None:
    ends = local("2027-01-01 00:00")
    flight = lived(limits, STANDING, YEAR, *FLOWN, ASKED)
    reported = lived(limits, STANDING, YEAR, *FLOWN, ASKED, (A.REPORT_PRE_TAKEOFF, "2026-12-31 09:00"))  # fmt: skip
    for case in (flight, reported):
        first(case, ends)
        found = lapse(case, ends)
        assert found is not None
        assert (found.action, found.effective_at) == (A.DEEM_RENEWED, ends)
        assert "50" in ground(found, rules.sheet, Family.FLIGHT)
        with pytest.raises(RenewalAmiss, match="nobody has decided"):
            require_renewable(case, A.REQUEST_RENEWAL)
    others = (
        lived(limits, STANDING, YEAR, *FLOWN),
        lived(limits, STANDING, YEAR, *FLOWN, ASKED, (A.SUSPEND, "2026-11-02 10:00")),
        lived(limits, STANDING, YEAR, *FLOWN, ASKED, (A.REFUSE_RENEWAL, "2026-11-02 10:00")),
        lived(limits, VESSEL, YEAR, *TRIAL, ASKED),
    )
    for case in others:
        found = lapse(case, ends)
        assert found is not None
        assert found.action is A.EXPIRE
    for case in others[:3]:
        with pytest.raises(RenewalAmiss, match="no renewal was asked for"):
            require_renewal_asked(case, A.RENEW)


@pytest.mark.requirement("D4b-75")
def test_a_renewal_is_asked_for_in_its_time_and_of_what_the_rule_set_renews(
    limits: TimeLimits,
) -> None:
    flight, trial = lived(limits, STANDING, YEAR, *FLOWN), lived(limits, VESSEL, YEAR, *TRIAL)
    # Thirty whole days; ten that are worked, as a notice is given.
    assert due(flight, Deadline.RENEWAL_REQUEST).limit.at == local("2026-12-02")
    assert due(trial, Deadline.RENEWAL_REQUEST).limit.at == local("2026-12-18")
    assert (latest_renewal(flight), latest_renewal(trial)) == (local("2028-01-01"), local("2027-07-01"))  # fmt: skip
    single = lived(limits, FLIGHT, YEAR, *FLOWN)
    assert Deadline.RENEWAL_REQUEST not in {each.deadline for each in open_deadlines(single)}
    with pytest.raises(RenewalAmiss, match="no renewal of FLIGHT_ACTIVITY"):
        require_renewable(single, A.REQUEST_RENEWAL)
    pending = lived(limits, VESSEL, YEAR, *TRIAL, ASKED)
    with pytest.raises(RenewalAmiss, match="expected PUBLISH_WARNING since"):
        require_warned(pending, A.RENEW)
    warned = lived(limits, VESSEL, YEAR, *TRIAL, ASKED, (A.PUBLISH_WARNING, "2026-12-01 10:00"))
    require_warned(warned, A.RENEW)


def test_where_the_rule_set_lets_silence_end_it_ends(limits: TimeLimits) -> None:
    case = with_limits(lived(limits, ROAD, YEAR, *PENDING), renewal_extends=False)
    found = lapse(case, local("2027-01-01 00:00"))

    assert found is not None
    assert found.action is A.EXPIRE


@pytest.mark.requirement("D4b-11", "D4b-16")
@pytest.mark.parametrize(
    ("kind", "steps", "action", "moment"),
    [
        (ROAD, ISSUED, A.ACTIVATE, "2026-07-01 00:00"),
        (ROAD, ACTIVE, A.EXPIRE, "2027-01-01 00:00"),
        (ROAD, (*ACTIVE, (A.SUSPEND, "2026-08-01 00:00")), A.EXPIRE, "2027-01-01 00:00"),
        (FLIGHT, ((A.SUBMIT, RECEIVED), (A.APPROVE, RECEIVED)), A.EXPIRE, "2027-01-01 00:00"),
        (VESSEL, ((A.NOTIFY, RECEIVED), (A.PUBLISH_WARNING, RECEIVED)), A.ACTIVATE, "2026-07-01 00:00"),
    ],
)  # fmt: skip
def test_a_permit_begins_and_ends_with_its_validity(
    limits: TimeLimits, kind: PermitKind, steps: tuple[tuple[A, str], ...], action: A, moment: str
) -> None:
    case = lived(limits, kind, YEAR, *steps)

    assert lapse(case, local(moment) - MICROSECOND) is None
    found = lapse(case, local(moment))
    assert found is not None
    assert (found.action, found.effective_at) == (action, local(moment))


def test_what_was_issued_late_begins_when_it_was_issued(limits: TimeLimits) -> None:
    late = (*ISSUED[:-1], (A.ISSUE, "2026-07-09 10:00"))
    found = lapse(lived(limits, ROAD, YEAR, *late), local("2026-07-20 00:00"))

    assert found is not None
    assert found.effective_at == local("2026-07-09 10:00")


def test_a_flight_in_the_air_does_not_expire(limits: TimeLimits) -> None:
    steps = (A.SUBMIT, A.APPROVE, A.REPORT_PRE_TAKEOFF, A.CONFIRM, A.TAKE_OFF)
    case = lived(limits, FLIGHT, YEAR, *((each, RECEIVED) for each in steps))

    assert lapse(case, local("2027-06-01 00:00")) is None


def test_a_step_of_the_law_is_not_there_before_its_time(limits: TimeLimits) -> None:
    case = lived(limits, ROAD, YEAR, (A.SUBMIT, RECEIVED))
    step = transition(case.permit.family, case.permit.state, A.DEEM_ACCEPTED)
    accept = transition(case.permit.family, case.permit.state, A.ACCEPT)
    assert step is not None
    assert accept is not None

    assert fallen_due(case, step, local("2026-05-13 00:00")) is None
    assert fallen_due(case, step, local("2026-05-13 00:01")) == lapse(
        case, local("2026-05-13 00:01")
    )
    assert fallen_due(case, accept, local("2026-05-14 00:00")) is None


@pytest.mark.requirement("D4b-4")
def test_the_ground_names_the_moment_and_the_article_in_both_languages(
    limits: TimeLimits, rules: RuleSet
) -> None:
    case = lived(limits, ROAD, YEAR, (A.SUBMIT, RECEIVED))
    found = lapse(case, local("2026-06-01 00:00"))
    assert found is not None

    assert ground(found, rules.sheet, Family.ROAD) == (
        "the time for intake ended at 2026-05-13T00:00:00+08:00 (Asia/Shanghai); licensing-law 32 / "
        "受理期限于 2026-05-13T00:00:00+08:00（北京时间）届满；licensing-law 32"
    )
    ended = replace(found, deadline=Deadline.VALIDITY_ENDS)
    assert ground(ended, rules.sheet, Family.ROAD).startswith("the validity ended at ")
