"""Matters under permits: their life cycles, what is due in them, and what they hold of a permit."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from permits import diagrams
from permits.hearing import Hearing
from permits.matter import (
    MATTER_DETAILS,
    BrokenMatter,
    Matter,
    MatterChanged,
    Suspension,
    act_in,
    fold_matter,
    held,
    strangers,
)
from permits.matter_cycle import MATTER_MOVES, MATTER_STEPS
from permits.matter_deadlines import MatterCase, matter_dues
from permits.matter_refusals import MatterNotAllowed, MatterReasonRequired, MatterRefused
from permits.matter_states import (
    MATTER_FAMILY_OF,
    MatterAction,
    MatterFamily,
    MatterKind,
    MatterState,
)
from permits.matter_step import MatterDeadline
from permits.matter_words import matter_deadline_name, matter_kind_name
from permits.permit import PermitAction, PermitKind
from permits.rule_words import Language
from permits.ruleset import RuleSet
from permits.time_limits import TimeLimits, time_limits
from tests.permits.calendars import YEAR_2026
from tests.permits.lives import draft, lasting, local

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
A, S = MatterAction, MatterState
PARTS = Suspension(frozenset({"car-1"}), frozenset({"road-2"}))
CAR_1 = Suspension(frozenset({"car-1"}))


@pytest.fixture(scope="module")
def limits(rules: RuleSet) -> TimeLimits:
    return time_limits(rules.sheet)


def matter(kind: MatterKind, state: MatterState, number: int = 1, about: object = CAR_1) -> Matter:
    return Matter(f"M-{number}", "P-7", kind, state, "org-1", about, revision=3)  # type: ignore[arg-type]


@pytest.mark.requirement("D4b-63")
@pytest.mark.parametrize("kind", MatterKind)
def test_every_state_and_action_of_a_matter_does_what_the_table_says_or_is_refused(
    kind: MatterKind,
) -> None:
    table = MATTER_MOVES[MATTER_FAMILY_OF[kind]]
    for state in MatterState:
        before, moves = matter(kind, state), table.get(state, {})
        for action in MatterAction:
            if action in moves:
                said = {each: MATTER_DETAILS[each][0] for each in moves[action].needs}
                after, changed = act_in(
                    before, action, at=NOON, by="li", reason="because", details=said
                )
                assert (after.state, after.revision) == (moves[action].after, 4)
                assert changed == MatterChanged(
                    "M-1", action, state, moves[action].after, NOON, "li", "because", 4,
                    details=said,
                )  # fmt: skip
            else:
                with pytest.raises(MatterNotAllowed) as refused:
                    act_in(before, action, at=NOON, by="li", reason="because")
                assert refused.value.allowed == frozenset(moves)
            assert before == matter(kind, state)


@pytest.mark.parametrize("family", MatterFamily)
def test_every_matter_begins_new_can_end_and_has_a_row_for_each_state(
    family: MatterFamily,
) -> None:
    table = MATTER_MOVES[family]
    reached, ends = {S.NEW}, {state for state, moves in table.items() if not moves}
    for _ in table:
        reached |= {step.after for state in reached for step in table[state].values()}
    assert reached == set(table)
    assert ends
    ending = set(ends)
    for _ in table:
        ending |= {s for s, moves in table.items() if {m.after for m in moves.values()} & ending}
    assert ending == set(table)
    named = [(step.before, step.action) for step in MATTER_STEPS[family]]
    assert len(set(named)) == len(named)


def test_a_refusal_names_what_may_be_done_in_both_languages() -> None:
    suspended = matter(MatterKind.SUSPENSION, S.SUSPENDED)
    with pytest.raises(MatterNotAllowed) as refused:
        act_in(suspended, A.RESUME, at=NOON, by="li")
    assert str(refused.value) == (
        "cannot RESUME in matter M-1: it is SUSPENDED; allowed: LAPSE, START_RECTIFICATION"
    )
    assert refused.value.said(Language.CHINESE) == (
        "不能对事项 M-1 执行 RESUME：当前状态为 SUSPENDED；可执行：LAPSE, START_RECTIFICATION"
    )
    with pytest.raises(MatterNotAllowed, match="allowed: nothing: it is final"):
        act_in(matter(MatterKind.SUSPENSION, S.RESUMED), A.RESUME, at=NOON, by="li")


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_whoever_suspends_says_why(reason: str) -> None:
    new = matter(MatterKind.SUSPENSION, S.NEW)
    with pytest.raises(MatterReasonRequired, match="cannot SUSPEND in matter M-1 without a reason"):
        act_in(new, A.SUSPEND, at=NOON, by="li", reason=reason)
    with pytest.raises(ValueError, match="has no time zone"):
        act_in(new, A.SUSPEND, at=datetime(2026, 6, 1), by="li", reason="x")  # noqa: DTZ001


def test_every_deadline_and_kind_has_its_name_in_both_languages_and_a_step() -> None:
    named = {name for steps in MATTER_STEPS.values() for step in steps for name in step.deadlines}
    assert named == set(MatterDeadline)
    for each in MatterDeadline:
        assert len({matter_deadline_name(each, language) for language in Language}) == 2
    for kind in MatterKind:
        assert len({matter_kind_name(kind, language) for language in Language}) == 2


@pytest.mark.parametrize("family", MatterFamily)
def test_a_diagram_of_a_matter_has_every_arrow_of_its_table(family: MatterFamily) -> None:
    drawn = diagrams.matter_diagram(family)
    for step in MATTER_STEPS[family]:
        here = "[*]" if step.before is S.NEW else step.before
        arrow = next(
            line for line in drawn.splitlines() if line.startswith(f"    {here} --> {step.after}:")
        )
        assert step.action in arrow


# -- suspension of parts


def suspended(*steps: tuple[MatterAction, str], limits: TimeLimits) -> MatterCase:
    new = Matter("M-1", "P-7", MatterKind.SUSPENSION, S.NEW, "org-1", PARTS)
    found, changes = new, list[MatterChanged]()
    for action, at in ((A.SUSPEND, "2026-12-01 09:00"), *steps):
        found, changed = act_in(found, action, at=local(at), by="li", reason="because")
        changes.append(changed)
    permit = draft(PermitKind.ROAD_TEST, lasting("2026-06-01", "2027-06-01"))
    assert fold_matter(new, changes) == found
    return MatterCase(found, permit, tuple(changes), limits, YEAR_2026)


@pytest.mark.requirement("D4b-64")
def test_a_rectification_is_reported_by_the_end_of_its_last_day_that_is_worked(
    limits: TimeLimits,
) -> None:
    assert limits.rectification_days == 30
    assert matter_dues(suspended(limits=limits)) == ()
    begun = suspended((A.START_RECTIFICATION, "2026-04-03 17:00"), limits=limits)
    (due,) = matter_dues(begun)
    # The thirtieth day is Sunday 3 May, within the holiday: the next that is worked is 6 May.
    assert due.at == local("2026-05-07 00:00")
    assert (due.is_overdue(local("2026-05-07")), due.is_overdue(local("2026-05-07 00:00:01"))) == (
        False,
        True,
    )
    assert due.actors == {"applicant"}


@pytest.mark.requirement("D4b-64")
def test_after_a_refusal_the_time_for_rectification_begins_anew(limits: TimeLimits) -> None:
    case = suspended(
        (A.START_RECTIFICATION, "2026-06-01 10:00"),
        (A.REQUEST_RESUME, "2026-06-10 10:00"),
        (A.REFUSE_RESUME, "2026-06-15 10:00"),
        limits=limits,
    )
    (due,) = matter_dues(case)
    assert due.at == local("2026-07-16 00:00")


def test_a_matter_is_what_was_done_in_it_and_nothing_else(limits: TimeLimits) -> None:
    case = suspended((A.START_RECTIFICATION, "2026-06-01 10:00"), limits=limits)
    new = Matter("M-1", "P-7", MatterKind.SUSPENSION, S.NEW, "org-1", PARTS)
    with pytest.raises(BrokenMatter):
        fold_matter(new, case.changes[1:])


@pytest.mark.requirement("D4b-62")
def test_what_two_matters_hold_goes_on_when_neither_does() -> None:
    one = matter(MatterKind.SUSPENSION, S.SUSPENDED, 1, CAR_1)
    other = matter(MatterKind.SUSPENSION, S.RECTIFICATION, 2, PARTS)
    over = matter(MatterKind.SUSPENSION, S.RESUMED, 3, Suspension(frozenset({"car-9"})))

    assert held((one, other, over)) == PARTS
    assert held((one, over)) == CAR_1
    assert held((over,)) == Suspension()


def test_what_is_not_of_a_permit_is_named() -> None:
    permit = draft(PermitKind.ROAD_TEST, lasting("2026-06-01", "2027-06-01"))
    parts = Suspension(frozenset({"device-1", "car-9"}), frozenset({"segment", "elsewhere"}))
    assert strangers(permit, parts) == ("car-9", "elsewhere")
    refused = MatterRefused("M-1", A.SUSPEND, *"abcdefghijkl", why="parts not its", number="P-7")
    assert str(refused) == "cannot SUSPEND: not of permit P-7: a, b, c, d, e, f, g, h, i, j …"


@pytest.mark.requirement("D4b-15")
def test_a_hearing_is_asked_for_and_held_within_working_days(limits: TimeLimits) -> None:
    about = Hearing(PermitAction.REVOKE, "facts")
    new = Matter("HE-1", "P-7", MatterKind.HEARING, S.NEW, "org-1", about)
    permit = draft(PermitKind.ROAD_TEST, lasting("2026-01-01", "2027-06-01"))
    said, one = act_in(new, A.ANNOUNCE, at=local("2026-04-29 17:00"), by="li", reason="x")
    (due,) = matter_dues(MatterCase(said, permit, (one,), limits, YEAR_2026))
    # The holiday is 1 to 5 May, and Saturday 9 May is worked.
    assert (due.deadline, due.at) == (MatterDeadline.HEARING_REQUEST, local("2026-05-10 00:00"))
    asked, two = act_in(said, A.ASK, at=local("2026-05-08 17:00"), by="sam")
    (held,) = matter_dues(MatterCase(asked, permit, (one, two), limits, YEAR_2026))
    assert (held.deadline, held.at) == (MatterDeadline.HEARING_HELD, local("2026-06-05 00:00"))
    assert held.actors == {"reviewer", "police"}
    unsaid = replace(limits, hearing_request_wd=None)
    assert matter_dues(MatterCase(said, permit, (one,), unsaid, YEAR_2026)) == ()
