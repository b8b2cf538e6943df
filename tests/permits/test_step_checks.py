"""What a step is refused for by time is said in both languages."""

from datetime import datetime

import pytest

from permits.deadlines import Case
from permits.permit import PermitKind, StepRefused, transition
from permits.rule_words import Language
from permits.ruleset import RuleSet
from permits.step_checks import (
    require_extendable,
    require_fallen_due,
    require_in_time,
    require_lead,
    require_renewal_period,
)
from permits.time_limits import TimeLimits, time_limits
from permits.transition import Detail, Transition
from tests.permits.lives import A, lasting, lived, local, with_limits

YEAR = lasting("2026-07-01", "2027-01-01")
FLIGHT = lasting("2026-05-05 10:00", "2026-05-05 18:00")
RECEIVED = "2026-05-06 10:00"


@pytest.fixture(scope="module")
def limits(rules: RuleSet) -> TimeLimits:
    return time_limits(rules.sheet)


def row(case: Case, action: A) -> Transition:
    found = transition(case.permit.family, case.permit.state, action)
    assert found is not None
    return found


def said(refused: pytest.ExceptionInfo[StepRefused]) -> tuple[str, str, str]:
    error = refused.value
    return error.slug, str(error), error.said(Language.CHINESE)


@pytest.mark.requirement("D4b-21")
def test_what_comes_too_late_is_told_until_when_it_could(limits: TimeLimits) -> None:
    case = lived(limits, PermitKind.FLIGHT_ACTIVITY, FLIGHT)
    with pytest.raises(StepRefused) as refused:
        require_in_time(case, row(case, A.SUBMIT), {}, local("2026-05-04 12:01"))

    assert said(refused) == (
        "too-late",
        (
            "cannot SUBMIT permit P-7 at 2026-05-04 12:01: the time to apply for the flight ended at "
            "2026-05-04 12:00 (Asia/Shanghai)"
        ),
        (
            "不能于 2026-05-04 12:01 对许可 P-7 执行 SUBMIT：飞行活动申请期限已过，最迟应为 "
            "2026-05-04 12:00（北京时间）"
        ),
    )


@pytest.mark.requirement("D4b-4")
@pytest.mark.parametrize(
    ("accepts", "english", "chinese"),
    [
        (True, "from 2026-05-13 00:00 (Asia/Shanghai)", "自 2026-05-13 00:00（北京时间）起"),
        (False, "but not under this rule set", "但现行规则集无此效果"),
    ],
)
def test_what_the_law_does_not_do_yet_or_not_here_is_told(
    limits: TimeLimits, *, accepts: bool, english: str, chinese: str
) -> None:
    submitted = lived(limits, PermitKind.ROAD_TEST, YEAR, (A.SUBMIT, RECEIVED))
    case = with_limits(submitted, intake_accepts=accepts)
    with pytest.raises(StepRefused) as refused:
        require_fallen_due(case, row(case, A.DEEM_ACCEPTED), local("2026-05-12 10:00"))

    slug, in_english, in_chinese = said(refused)
    assert slug == "not-due"
    assert in_english.endswith(f"it comes about by law, {english}")
    assert in_chinese.endswith(f"依法自动生效，{chinese}")


@pytest.mark.requirement("D4b-20")
def test_a_take_off_too_soon_is_told_from_when_it_may(limits: TimeLimits) -> None:
    steps = ((A.SUBMIT, "2026-05-01 10:00"), (A.APPROVE, "2026-05-01 11:00"))
    reported = (*steps, (A.REPORT_PRE_TAKEOFF, "2026-05-05 08:30"))
    case = lived(limits, PermitKind.FLIGHT_ACTIVITY, FLIGHT, *reported)
    with pytest.raises(StepRefused) as refused:
        require_lead(case, A.TAKE_OFF, local("2026-05-05 09:00:30"))

    assert said(refused) == (
        "too-early",
        (
            "cannot TAKE_OFF permit P-7 at 2026-05-05 09:00:30: by its report not before "
            "2026-05-05 09:30 (Asia/Shanghai)"
        ),
        (
            "不能于 2026-05-05 09:00:30 对许可 P-7 执行 TAKE_OFF：按起飞前报告，最早为 "
            "2026-05-05 09:30（北京时间）"
        ),
    )


def test_a_renewal_that_asks_for_too_much_is_told_how_much_it_may(limits: TimeLimits) -> None:
    case = lived(limits, PermitKind.ROAD_TEST, YEAR)
    asked = {Detail.ASKED_UNTIL: "2028-01-01T00:00:00+08:00"}
    with pytest.raises(StepRefused) as refused:
        require_renewal_period(case, A.REQUEST_RENEWAL, asked)

    assert said(refused) == (
        "renewal-too-long",
        (
            "cannot REQUEST_RENEWAL of permit P-7 until 2028-01-01 00:00: expected after "
            "2027-01-01 00:00, by 2027-07-01 00:00"
        ),
        (
            "不能申请将许可 P-7 延续至 2028-01-01 00:00：应晚于 2027-01-01 00:00，且不晚于 "
            "2027-07-01 00:00"
        ),
    )


@pytest.mark.parametrize(
    ("given", "expected", "in_chinese"),
    [
        ("noon", "a moment with its offset, such as 2026-05-04T12:00:00+08:00", "带时区的时刻"),
        ("2026-05-05T12:00:00", "a moment with its offset", "带时区的时刻"),
        (
            "2026-05-06T12:00:00+08:00",
            "a moment within the validity, 2026-05-05 10:00 to 2026-05-05 18:00",
            "有效期 2026-05-05 10:00 至 2026-05-05 18:00 内的时刻",
        ),
    ],
)
def test_a_take_off_that_cannot_be_is_told_what_was_expected(
    limits: TimeLimits, given: str, expected: str, in_chinese: str
) -> None:
    steps = ((A.SUBMIT, "2026-05-01 10:00"), (A.APPROVE, "2026-05-01 11:00"))
    case = lived(limits, PermitKind.FLIGHT_ACTIVITY, FLIGHT, *steps)
    with pytest.raises(StepRefused) as refused:
        require_in_time(
            case,
            row(case, A.REPORT_PRE_TAKEOFF),
            {Detail.TAKEOFF_AT: given},
            local("2026-05-05 08:00"),
        )

    slug, english, chinese = said(refused)
    assert slug == "details-refused"
    assert f"with takeoff_at {given}: expected {expected}" in english
    assert in_chinese in chinese


@pytest.mark.requirement("D4b-38")
def test_more_time_is_refused_in_both_languages(limits: TimeLimits) -> None:
    case = lived(limits, PermitKind.ROAD_TEST, YEAR, (A.SUBMIT, RECEIVED), (A.ACCEPT, RECEIVED))
    require_extendable(case, A.EXTEND_TIME, local("2026-05-20 10:00"))
    late: datetime = local("2026-12-01 10:00")
    with pytest.raises(StepRefused) as refused:
        require_extendable(case, A.EXTEND_TIME, late)

    assert said(refused) == (
        "not-extendable",
        "cannot EXTEND_TIME of permit P-7: it was extended before, or its time is over",
        "不能延长许可 P-7 的期限：已延长过，或期限已过",
    )
