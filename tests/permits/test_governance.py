"""The sandbox and the ladder of dispositions: the whole table, and what guards let through."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product

import pytest

from permits.governance import (
    Admission,
    Breach,
    File,
    FileCase,
    GovernanceRefused,
    Opinion,
    act_on,
    admission_faults,
    is_over,
    may_be_spared,
)
from permits.governance_rules import GovernanceRules, governance_rules
from permits.governance_states import LADDER, FileKind, RiskItem
from permits.governance_states import FileAction as A
from permits.governance_states import FileState as S
from permits.governance_step import FIRST, STEPS, FileGuard, actors_of, allowed, step_of
from permits.governance_words import ACTIONS, ITEMS, STATES
from permits.rule_words import Language
from permits.violation import Severity
from tests.permits.lives import local
from zone_service.shipped_rules import shipped_sheet

RULES = governance_rules(shipped_sheet("shanghai-default"))
NOON = local("2026-05-04 12:00")
TRIAL = Admission(
    "Sweeper", "at night", frozenset({RiskItem.LOW_SPEED_GOODS}), "10 km/h",
    date(2026, 6, 1), date(2026, 8, 31),
)  # fmt: skip
RISKY = replace(TRIAL, items=frozenset({RiskItem.EXPRESSWAY, RiskItem.MANUAL_DRIVING}))
MINOR = Breach("OUTSIDE_TIME_WINDOW", Severity.MINOR, NOON)
Did = tuple[A, str]


def case(about: Admission | Breach, earlier: tuple[datetime, ...] = ()) -> FileCase:
    kind = FileKind.SANDBOX if isinstance(about, Admission) else FileKind.BREACH
    return FileCase(File("F-1", "acme", FIRST[kind], about), (), RULES, earlier)


def do(
    found: FileCase, action: A, *, at: datetime = NOON, department: str = "",
    opinion: Opinion | None = None, reason: str = "because",
) -> FileCase:  # fmt: skip
    file, changed = act_on(
        found, action, at=at, by="li", reason=reason, department=department, opinion=opinion
    )
    return replace(found, file=file, changes=(*found.changes, changed))


def why(found: FileCase, action: A, **said: object) -> str:
    with pytest.raises(GovernanceRefused) as refused:
        do(found, action, **said)  # type: ignore[arg-type]
    for language in Language:
        assert "F-1" in refused.value.said(language)
    return refused.value.why


@pytest.mark.requirement("D0-14")
@pytest.mark.parametrize("kind", FileKind)
def test_what_is_not_in_the_table_is_refused_by_name_and_changes_nothing(kind: FileKind) -> None:
    about = TRIAL if kind is FileKind.SANDBOX else MINOR
    states = {each.before for each in STEPS[kind]} | {each.after for each in STEPS[kind]}
    for state, action in product(states, A):
        if step_of(kind, state, action) is None:
            found = case(about)
            found = replace(found, file=replace(found.file, state=state))
            assert why(found, action) == "not allowed"
        else:
            assert action in allowed(kind, state)
            assert actors_of(kind, action)


@pytest.mark.requirement("D0-14")
def test_every_row_guard_state_and_item_has_its_words() -> None:
    rows = [each for table in STEPS.values() for each in table]
    assert {guard for each in rows for guard in each.guards} == set(FileGuard)
    assert {each.action for each in rows} == set(A) == set(ACTIONS)
    assert set(S) == set(STATES)
    assert set(RiskItem) == set(ITEMS)


@pytest.mark.requirement("D0-13")
def test_what_is_on_the_high_risk_list_is_reviewed_by_the_departments_before() -> None:
    assert why(case(RISKY), A.DISCLOSE) == "not high risk"
    found = do(case(RISKY), A.START_REVIEW)
    assert why(found, A.ADMIT) == "all approve"
    for department in ("industry", "transport"):
        found = do(found, A.GIVE_OPINION, department=department, opinion=Opinion.APPROVE)
    assert why(found, A.GIVE_OPINION, department="industry", opinion=Opinion.REJECT) == "named department"  # fmt: skip
    assert why(found, A.GIVE_OPINION, department="maritime", opinion=Opinion.APPROVE) == "named department"  # fmt: skip
    assert why(found, A.GIVE_OPINION, department="police") == "opinion"
    assert why(found, A.ADMIT) == "all approve"
    both = [
        do(found, A.GIVE_OPINION, department="police", opinion=each)
        for each in (Opinion.APPROVE, Opinion.REJECT)
    ]
    assert do(both[0], A.ADMIT).file.state is S.ADMITTED
    assert why(both[0], A.REJECT) == "one rejects"
    assert why(both[1], A.ADMIT) == "all approve"
    assert do(both[1], A.REJECT).file.state is S.REJECTED
    assert why(do(both[0], A.ADMIT), A.CONTROL) == "was disclosed"


@pytest.mark.requirement("D0-13")
def test_all_else_is_disclosed_before_and_controlled_later() -> None:
    assert why(case(TRIAL), A.START_REVIEW) == "high risk"
    found = do(case(TRIAL), A.DISCLOSE, reason="what it is, its risks, what is done about them")
    assert found.file.state is S.ADMITTED
    assert do(found, A.CONTROL).file.state is S.ADMITTED
    assert do(found, A.EXIT).file.state is S.EXITED
    assert why(found, A.EXIT, reason="  ") == "no reason"


@pytest.mark.requirement("D0-13")
def test_a_period_in_the_sandbox_is_over_when_its_last_day_is() -> None:
    assert not is_over(TRIAL, local("2026-08-31 23:59"))
    assert is_over(TRIAL, local("2026-09-01 00:00"))
    found = do(case(TRIAL), A.DISCLOSE)
    assert why(found, A.EXPIRE, at=local("2026-08-31 23:59")) == "period over"
    assert do(found, A.EXPIRE, at=local("2026-09-01 00:00")).file.state is S.EXPIRED


@pytest.mark.requirement("D0-13")
@pytest.mark.parametrize(
    ("changed", "paths"),
    [
        ({}, []),
        ({"ends": date(2027, 5, 31)}, []),
        ({"ends": date(2027, 6, 1)}, ["ends"]),
        ({"ends": date(2026, 5, 31)}, ["ends"]),
        ({"begins": date(2026, 5, 3)}, ["begins"]),
        ({"title": " ", "scenario": "", "terms": "", "items": frozenset()}, ["title", "scenario", "terms", "items"]),
    ],
)  # fmt: skip
def test_all_that_is_wrong_with_an_application_is_said_at_once(
    changed: dict[str, object], paths: list[str]
) -> None:
    found = admission_faults(replace(TRIAL, **changed), RULES, date(2026, 5, 4))  # type: ignore[arg-type]
    assert [each.path for each in found] == paths


@pytest.mark.requirement("D4d-43")
@pytest.mark.parametrize(
    ("severity", "reachable"),
    [
        (Severity.MINOR, [A.REMIND]),
        (Severity.MAJOR, [A.REMIND, A.INTERVIEW]),
        (Severity.HIGH, [A.REMIND, A.INTERVIEW, A.ORDER_RECTIFICATION]),
        (Severity.CRITICAL, [A.REMIND, A.INTERVIEW, A.ORDER_RECTIFICATION, A.SUSPEND]),
    ],
)
def test_the_first_step_is_no_graver_than_the_severity_has_it(
    severity: Severity, reachable: list[A]
) -> None:
    breach = Breach("OVERSPEED", severity, NOON)
    for action in LADDER:
        if action in reachable:
            do(case(breach), action)
        else:
            assert why(case(breach), action) == "on the ladder"


@pytest.mark.requirement("D4d-43")
def test_each_step_needs_the_one_before_and_none_leads_back() -> None:
    found = case(replace(MINOR, code="OVERSPEED"))
    for at, action in enumerate(LADDER):
        for further in LADDER[at + 1 :]:
            assert why(found, further) == "on the ladder"
        found = do(found, action)
    assert found.file.state is S.ENDED
    assert allowed(FileKind.BREACH, S.ENDED) == frozenset()
    interviewed = do(do(case(replace(MINOR, code="OVERSPEED")), A.REMIND), A.INTERVIEW)
    assert why(interviewed, A.REMIND) == "not allowed"


@pytest.mark.requirement("D4d-43")
def test_a_first_minor_breach_of_the_list_that_is_put_right_in_time_ends_at_a_reminder() -> None:
    found = do(case(MINOR), A.REMIND)
    assert why(found, A.SPARE) == "is spared"  # not put right yet
    assert why(found, A.INTERVIEW) == "not spared"  # there is still time to
    right = do(found, A.REPORT_CORRECTED, at=NOON + timedelta(days=15))
    assert why(right, A.INTERVIEW, at=NOON + timedelta(days=60)) == "not spared"
    assert do(right, A.SPARE, at=NOON + timedelta(days=60)).file.state is S.SPARED


@pytest.mark.requirement("D4d-43")
def test_who_puts_it_right_too_late_or_does_it_again_or_worse_is_not_spared() -> None:
    late = do(
        do(case(MINOR), A.REMIND), A.REPORT_CORRECTED, at=NOON + timedelta(days=15, seconds=1)
    )
    later = NOON + timedelta(days=16)
    assert why(late, A.SPARE, at=later) == "is spared"
    assert do(late, A.INTERVIEW, at=later).file.state is S.INTERVIEWED
    assert do(late, A.CLOSE, at=later).file.state is S.CLOSED
    never = do(case(MINOR), A.REMIND)
    assert do(never, A.INTERVIEW, at=later).file.state is S.INTERVIEWED
    assert why(never, A.CLOSE, at=later) == "was corrected"
    for about, earlier in (
        (MINOR, (local("2025-05-04 12:00"),)),
        (replace(MINOR, severity=Severity.MAJOR), ()),
        (replace(MINOR, code="KEEP_OUT_BREACH"), ()),
    ):
        assert not may_be_spared(case(about, earlier), NOON)
    assert may_be_spared(case(MINOR, (local("2025-05-03 12:00"),)), NOON)


@pytest.mark.requirement("D0-13")
def test_lists_and_times_are_the_rule_sets() -> None:
    assert RULES.departments == ("industry", "transport", "police")
    assert RULES.begins_at[Severity.CRITICAL] is A.SUSPEND
    other = replace(RULES, high_risk=frozenset({RiskItem.LOW_SPEED_GOODS}))
    assert why(replace(case(TRIAL), rules=other), A.DISCLOSE) == "not high risk"
    assert isinstance(governance_rules(shipped_sheet("lingang")), GovernanceRules)
