"""The sandbox and the ladder of dispositions: the whole table, and what guards let through."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product

import pytest

from permits.governance import (
    GovernanceRefused,
    act_on,
    admission_faults,
    breach_of,
    is_over,
    is_overdue,
    is_uncontrolled,
    may_be_spared,
)
from permits.governance_file import (
    Admission,
    Breach,
    File,
    FileCase,
    OnRecord,
    Opinion,
    Sighting,
)
from permits.governance_rules import GovernanceRules, governance_rules
from permits.governance_said import (
    PAPER,
    Control,
    Disclosure,
    Finding,
    Interview,
    Said,
    Transfer,
)
from permits.governance_said import SAID as ASKED
from permits.governance_states import LADDER, FileKind, RiskItem
from permits.governance_states import FileAction as A
from permits.governance_states import FileState as S
from permits.governance_step import FIRST, STEPS, FileGuard, actors_of, allowed, step_of
from permits.governance_words import ACTIONS, ITEMS, STATES
from permits.paper_words import PapersRefused
from permits.rule_words import Language
from permits.transition import POLICE, REVIEWER
from permits.violation import Severity
from tests.permits.lives import local
from zone_service.shipped_rules import shipped_sheet
from zone_service.working_days import working_days

RULES = governance_rules(shipped_sheet("shanghai-default"))
NOON = local("2026-05-04 12:00")
TRIAL = Admission(
    "Sweeper", "at night", frozenset({RiskItem.LOW_SPEED_GOODS}), "10 km/h",
    date(2026, 6, 1), date(2026, 8, 31),
)  # fmt: skip
RISKY = replace(TRIAL, items=frozenset({RiskItem.EXPRESSWAY, RiskItem.MANUAL_DRIVING}))
MINOR = Breach("OUTSIDE_TIME_WINDOW", Severity.MINOR, NOON)
Did = tuple[A, str]
SAID: dict[A, Said] = {
    A.DISCLOSE: Disclosure("it may hit a bin", "a guard walks beside", "li, 021-1", "D-1"),
    A.CONTROL: Control(date(2026, 5, 4), ("pan", "li"), Finding.IN_ORDER, "D-2"),
    A.INTERVIEW: Interview(date(2026, 5, 4), ("pan", "li"), "D-3"),
    A.TRANSFER_TO_POLICE: Transfer("经济犯罪侦查支队", "D-4"),
}
"""What is said with the steps that ask for it."""


def case(about: Admission | Breach, earlier: tuple[datetime, ...] = ()) -> FileCase:
    kind = FileKind.SANDBOX if isinstance(about, Admission) else FileKind.BREACH
    return FileCase(File("F-1", "acme", FIRST[kind], about), (), RULES, earlier)


def do(
    found: FileCase, action: A, *, at: datetime = NOON, department: str = "",
    opinion: Opinion | None = None, reason: str = "because", said: Said | None = None,
) -> FileCase:  # fmt: skip
    file, changed = act_on(
        found, action, at=at, by="li", reason=reason, department=department, opinion=opinion,
        said=said or SAID.get(action),
    )  # fmt: skip
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


@pytest.mark.requirement("D0-14")
@pytest.mark.parametrize("action", ASKED)
def test_what_must_be_said_with_a_step_is_asked_for_and_what_is_wrong_with_it_is_told(
    action: A,
) -> None:
    held = Control(date(2026, 5, 5), (" ",), Finding.SHORTCOMINGS, "D-2")
    wrong: dict[A, tuple[Said, list[str]]] = {
        A.DISCLOSE: (Disclosure(" ", "", "", "D-1"), ["risks", "measures", "contact"]),
        A.CONTROL: (held, ["held_on", "people"]),
        A.INTERVIEW: (Interview(date(2026, 5, 5), (), "D-3"), ["held_on", "people"]),
        A.TRANSFER_TO_POLICE: (Transfer("", "D-4"), ["to"]),
    }
    about = TRIAL if action in {A.DISCLOSE, A.CONTROL} else replace(MINOR, severity=Severity.MAJOR)
    found = do(case(about), A.DISCLOSE) if action is A.CONTROL else case(about)
    other = SAID[A.INTERVIEW if action is A.DISCLOSE else A.DISCLOSE]
    assert why(found, action, said=other) == "said"
    with pytest.raises(GovernanceRefused, match=r"expected \w+ to be said with it"):
        act_on(found, action, at=NOON, by="li", reason="because")
    with pytest.raises(PapersRefused) as refused:
        do(found, action, said=wrong[action][0])
    assert [each.path for each in refused.value.faults] == wrong[action][1]
    done = do(found, action)
    assert done.changes[-1].said == SAID[action]
    assert type(SAID[action]) in PAPER
    assert why(case(MINOR), A.REMIND, said=other) == "said nothing"


@pytest.mark.requirement("D4d-43")
def test_what_is_ordered_is_put_right_in_working_days_or_the_ladder_goes_on() -> None:
    """Ordered on Friday 24 April 2026: fifteen working days, over the holidays of May."""
    grave = replace(MINOR, severity=Severity.HIGH)
    ordered = replace(case(grave), calendar=working_days(None))
    ordered = do(ordered, A.ORDER_RECTIFICATION, at=local("2026-04-24 12:00"))
    assert ordered.file.due_at == ordered.changes[-1].due_at == local("2026-05-20 00:00")
    assert why(ordered, A.MISS_RECTIFICATION, at=local("2026-05-20 00:00")) == "time over"
    late = local("2026-05-20 00:01")
    missed = do(ordered, A.MISS_RECTIFICATION, at=late)
    assert (missed.file.state, missed.file.due_at) == (S.NOT_RECTIFIED, None)
    assert allowed(FileKind.BREACH, S.NOT_RECTIFIED) == {
        A.REPORT_CORRECTED, A.SUSPEND, A.END, A.TRANSFER_TO_POLICE,
    }  # fmt: skip
    assert why(missed, A.END, at=late) == "on the ladder"
    right = do(missed, A.REPORT_CORRECTED, at=late)
    assert why(right, A.CLOSE, at=late) == "not allowed"
    assert do(do(right, A.SUSPEND, at=late), A.CLOSE, at=late).file.state is S.CLOSED


@pytest.mark.requirement("D4d-43")
def test_who_reports_in_time_owes_nothing_and_a_report_of_before_the_order_is_none() -> None:
    grave = replace(MINOR, severity=Severity.HIGH)
    early = do(do(case(grave), A.REPORT_CORRECTED), A.ORDER_RECTIFICATION)
    assert why(early, A.CLOSE) == "was corrected"
    told = do(early, A.REPORT_CORRECTED)
    assert told.file.due_at is None
    assert why(told, A.MISS_RECTIFICATION, at=NOON + timedelta(days=99)) == "time over"
    assert do(told, A.CLOSE).file.state is S.CLOSED
    timeless = replace(case(grave), rules=replace(RULES, rectification_wd=None))
    assert do(timeless, A.ORDER_RECTIFICATION).file.due_at is None


@pytest.mark.requirement("D0-13")
def test_what_was_disclosed_is_owed_a_control_until_somebody_has_looked_whatever_else_happens() -> (
    None
):
    found = do(case(TRIAL), A.DISCLOSE, at=NOON)
    due = local("2026-07-28 00:00")  # sixty working days, no holiday among them
    assert (is_uncontrolled(found), found.file.due_at) == (True, due)
    for action in (A.HALT, A.GO_ON, A.EXIT):
        found = do(found, action)
        assert (is_uncontrolled(found), found.file.due_at) == (True, due)
    assert (is_overdue(found, due), is_overdue(found, due + timedelta(seconds=1))) == (False, True)
    seen = do(found, A.CONTROL)
    assert (is_uncontrolled(seen), seen.file.due_at, seen.file.state) == (False, None, S.EXITED)


@pytest.mark.requirement("D4d-43")
def test_what_the_police_were_given_they_alone_go_on_with() -> None:
    grave = case(replace(MINOR, severity=Severity.CRITICAL))
    assert why(case(MINOR), A.TRANSFER_TO_POLICE) == "not spared"
    given = do(do(grave, A.SUSPEND), A.TRANSFER_TO_POLICE)
    assert given.file.state is S.TRANSFERRED
    for action, state in ((A.SUSPEND, S.SUSPENDED), (A.END, S.ENDED), (A.CLOSE, S.CLOSED)):
        row = step_of(FileKind.BREACH, S.TRANSFERRED, action)
        assert row is not None
        assert row.actors == POLICE
        assert do(given, action).file.state is state
    assert actors_of(FileKind.BREACH, A.TRANSFER_TO_POLICE) == REVIEWER


@pytest.mark.requirement("D4d-43")
@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({}, []),
        ({"severity": Severity.HIGH, "permit_number": "RT-1"}, []),
        ({"severity": Severity.MINOR}, ["severity"]),
        ({"code": "CLOCK_SKEW", "permit_number": "RT-2"}, ["code", "permit_number"]),
    ],
)
def test_the_severity_of_a_breach_on_record_is_that_of_its_violation(
    told: dict[str, object], wrong: list[str]
) -> None:
    violation = OnRecord("OVERSPEED", Severity.HIGH, "RT-1")
    seen = replace(Sighting("OVERSPEED", NOON, violation_id="V-1"), **told)  # type: ignore[arg-type]
    if wrong:
        with pytest.raises(PapersRefused) as refused:
            breach_of(seen, violation)
        assert [each.path for each in refused.value.faults] == wrong
        return
    assert breach_of(seen, violation) == Breach(
        "OVERSPEED", Severity.HIGH, NOON, permit_number="RT-1", violation_id="V-1"
    )


@pytest.mark.requirement("D4d-43")
def test_a_breach_that_is_not_on_record_says_how_grave_it_is() -> None:
    with pytest.raises(PapersRefused, match="severity is missing"):
        breach_of(Sighting("OVERSPEED", NOON), None)
    assert breach_of(Sighting("OVERSPEED", NOON, Severity.MAJOR), None).severity is Severity.MAJOR
