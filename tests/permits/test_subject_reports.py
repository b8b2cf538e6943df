"""What the holder of a permit reports, and until when."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from permits.deadlines import Case, next_due, open_deadlines
from permits.permit import Permit, PermitChanged, PermitKind, PermitState
from permits.permit import PermitAction as A
from permits.report_periods import Period
from permits.rule_words import Language
from permits.subject_reports import (
    PARTS,
    Owed,
    ReportOf,
    ReportPart,
    ReportRules,
    SubjectReport,
    SubjectReportKind,
    faults,
    owed,
    report_rules,
)
from permits.terms import Terms
from permits.time_limits import time_limits
from permits.transition import Deadline
from tests.permits.calendars import YEAR_2026
from tests.permits.lives import local
from zone_service.shipped_rules import shipped_sheet

S = PermitState
STAGE, FINAL = SubjectReportKind.STAGE, SubjectReportKind.FINAL
RULES = ReportRules(stage_months=6, stage_within_months=1, final_within_months=1)
TERMS = Terms(frozenset({"car-1"}), frozenset(), local("2026-03-01"), local("2027-12-01"))
PERMIT = Permit("RT-1", PermitKind.ROAD_TEST, S.ACTIVE, "acme", TERMS)


def step(after: PermitState, at: str) -> PermitChanged:
    return PermitChanged("RT-1", A.ACTIVATE, S.ISSUED, after, local(at), "x", "", 1)


BEGUN = step(S.ACTIVE, "2026-03-01 00:00")


def reports(*changes: PermitChanged, filed: frozenset[ReportOf] = frozenset()) -> list[Owed]:
    return list(owed(PERMIT, changes, RULES, filed))


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.requirement("D4f-1", "D4f-6")
def test_how_often_and_by_when_is_said_by_the_rule_set() -> None:
    assert report_rules(shipped_sheet("shanghai-default")) == RULES
    sheet = shipped_sheet("shanghai-default")
    without = {key: value for key, value in sheet.parameters.items() if "stage_every" not in key}
    assert report_rules(replace(sheet, parameters=without)) is None


@pytest.mark.requirement("D4f-1")
def test_a_stage_is_owed_when_it_is_over_and_the_next_when_that_is_filed() -> None:
    first = Owed(
        ReportOf(STAGE, 1), Period(day("2026-03-01"), day("2026-09-01")), day("2026-09-30")
    )
    assert reports(BEGUN) == [first]
    (second,) = reports(BEGUN, filed=frozenset({first.which}))
    assert (second.period, second.last_day) == (
        Period(day("2026-09-01"), day("2027-03-01")),
        day("2027-03-28"),
    )


@pytest.mark.requirement("D4f-6")
@pytest.mark.parametrize(
    ("ended", "wanted"),
    [
        ("2026-04-10 12:00", [(FINAL, "2026-04-11", "2026-05-10")]),
        ("2026-09-01 00:00", [(STAGE, "2026-09-01", "2026-09-30"), (FINAL, "2026-09-01", "2026-09-30")]),
        ("2026-08-31 23:59", [(STAGE, "2026-09-01", "2026-09-30"), (FINAL, "2026-09-01", "2026-09-30")]),
        ("2026-08-30 23:59", [(FINAL, "2026-08-31", "2026-09-30")]),
    ],
)  # fmt: skip
def test_in_the_end_the_final_report_is_owed_and_each_stage_that_was_whole(
    ended: str, wanted: list[tuple[SubjectReportKind, str, str]]
) -> None:
    found = reports(BEGUN, step(S.TERMINATED, ended), step(S.DEREGISTERED, "2027-01-01 10:00"))
    assert [
        (each.which.kind, f"{each.period.ends}", f"{each.last_day}") for each in found
    ] == wanted


def test_who_never_came_into_force_or_needs_no_plate_reports_nothing() -> None:
    assert reports(step(S.REJECTED, "2026-03-01 10:00")) == []
    flight = replace(PERMIT, kind=PermitKind.FLIGHT_ACTIVITY)
    assert list(owed(flight, (BEGUN,), RULES)) == []


@pytest.mark.requirement("D4f-6")
def test_a_permit_that_is_valid_again_goes_on_with_its_stages() -> None:
    found = reports(BEGUN, step(S.EXPIRED, "2026-04-01 10:00"), step(S.ACTIVE, "2026-04-02 10:00"))
    assert [each.which for each in found] == [ReportOf(STAGE, 1)]


def case(*changes: PermitChanged, state: PermitState = S.ACTIVE, **given: object) -> Case:
    limits = time_limits(shipped_sheet("shanghai-default"))
    permit = replace(PERMIT, state=state)
    return Case(permit, changes, limits, YEAR_2026, reporting=RULES, **given)  # type: ignore[arg-type]


@pytest.mark.requirement("D4f-1")
def test_a_report_is_a_deadline_among_the_others_and_no_step_is_behind_it() -> None:
    due = next(
        each for each in open_deadlines(case(BEGUN)) if each.deadline is Deadline.STAGE_REPORT
    )
    # 30 September 2026 is a Wednesday; the first moment after it is too late.
    assert due.limit.at == datetime(2026, 9, 30, 16, tzinfo=UTC)
    assert (due.actions, due.is_window, due.by_law, set(due.actors)) == ((), False, None, {"applicant"})  # fmt: skip
    assert not due.is_overdue(local("2026-09-30 23:59"))
    assert due.is_overdue(local("2026-10-01 00:01"))


@pytest.mark.requirement("D4f-6")
def test_what_is_owed_after_the_end_is_owed_whatever_the_state() -> None:
    found = next_due(case(BEGUN, step(S.REVOKED, "2026-04-10 12:00"), state=S.REVOKED))
    assert found is not None
    assert found.deadline is Deadline.FINAL_REPORT
    filed = frozenset({ReportOf(FINAL)})
    assert next_due(case(BEGUN, step(S.REVOKED, "2026-04-10 12:00"), state=S.REVOKED, filed=filed)) is None  # fmt: skip


@pytest.mark.requirement("D4f-1", "D4f-6")
@pytest.mark.parametrize("kind", SubjectReportKind)
def test_all_that_is_missing_is_said_at_once_in_both_languages(kind: SubjectReportKind) -> None:
    first = reports(BEGUN)[0]
    found = faults(SubjectReport(kind, {}), first, day("2026-09-01"))
    assert [each.path for each in found] == [f"said.{part}" for part in PARTS[kind]]
    for language in Language:
        assert len({each.said(language) for each in found}) == len(PARTS[kind])


@pytest.mark.requirement("D4f-1")
def test_a_report_before_its_period_is_over_or_that_nobody_owes_is_refused() -> None:
    whole = SubjectReport(STAGE, dict.fromkeys(PARTS[STAGE], "said"))
    first = reports(BEGUN)[0]
    assert faults(whole, first, day("2026-09-01")) == ()
    (early,) = faults(whole, first, day("2026-08-31"))
    assert "2026-09-01" in early.said(Language.ENGLISH)
    (nothing,) = faults(whole, None, day("2026-09-01"))
    assert "尚未提交" in nothing.said(Language.CHINESE)
    other = SubjectReport(STAGE, {**whole.said, ReportPart.CONCLUSION: "done"})
    (too_much,) = faults(other, first, day("2026-09-01"))
    assert too_much.path == "said.conclusion"
