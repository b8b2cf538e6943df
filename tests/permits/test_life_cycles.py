"""The life cycles of permits."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from permits import diagrams
from permits.flying_steps import FLYING_STEPS
from permits.life_cycle import STEPS, Actor, Deadline, Guard
from permits.permit import (
    ACTORS,
    FAMILY_OF,
    NEEDS_REASON,
    TRANSITIONS,
    ActionNotAllowed,
    Family,
    Permit,
    PermitAction,
    PermitChanged,
    PermitError,
    PermitKind,
    PermitState,
    ReasonRequired,
    act,
    allowed,
    in_force,
    may_take_off,
    way,
)
from permits.rule_words import Language
from permits.states import CONFIRMED_FLIGHTS
from permits.step_words import actor_name, deadline_name
from permits.terms import Terms
from permits.time_limits import PARAMETERS
from permits.transition import Detail, Effect
from tests.permits.lives import needed

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
A, S = PermitAction, PermitState


def permit(terms: Terms, kind: PermitKind, state: PermitState) -> Permit:
    return Permit("P-7", kind, state, "org-1", terms, revision=3)


def walk(terms: Terms, kind: PermitKind, *actions: PermitAction) -> PermitState:
    current = permit(terms, kind, S.DRAFT)
    for action in actions:
        current, _ = act(
            current, action, at=NOON, by="li", reason="because", details=needed(action, current)
        )
    return current.state


@pytest.mark.requirement("D4b-1")
def test_every_state_and_action_does_what_the_table_says_or_is_refused(
    terms: Terms, kind: PermitKind, state: PermitState
) -> None:
    before = permit(terms, kind, state)
    moves = TRANSITIONS[FAMILY_OF[kind]].get(state, {})
    for action in PermitAction:
        if action in moves:
            said = dict.fromkeys(moves[action].needs, "something")
            after, changed = act(before, action, at=NOON, by="li", reason="because", details=said)
            assert (after.state, after.revision) == (moves[action].after, 4)
            assert changed == PermitChanged(
                "P-7", action, state, moves[action].after, NOON, "li", "because", 4, details=said
            )
        else:
            with pytest.raises(ActionNotAllowed) as refused:
                act(before, action, at=NOON, by="li", reason="because")
            assert refused.value.allowed == frozenset(moves)
        assert before == permit(terms, kind, state)


@pytest.mark.parametrize("family", Family)
def test_every_state_that_an_action_leads_to_has_its_row(family: Family) -> None:
    table = TRANSITIONS[family]

    assert {step.after for moves in table.values() for step in moves.values()} <= set(table)


@pytest.mark.parametrize("family", Family)
def test_no_table_says_of_one_action_in_one_state_two_things(family: Family) -> None:
    named = [(step.before, step.action) for step in STEPS[family]]

    assert len(set(named)) == len(named)


@pytest.mark.parametrize("family", Family)
def test_every_state_of_a_family_can_be_reached_from_a_draft(family: Family) -> None:
    for state in TRANSITIONS[family]:
        way(family, S.DRAFT, state)


@pytest.mark.parametrize("family", Family)
def test_every_permit_can_come_to_an_end(family: Family) -> None:
    final = {state for state, moves in TRANSITIONS[family].items() if not moves}

    decided = set() if family in {Family.RECORD, Family.EXEMPT} else {S.REJECTED}
    assert final == decided | {S.WITHDRAWN, S.DEREGISTERED}
    for state in set(TRANSITIONS[family]) - final:
        assert way(family, state, S.DEREGISTERED) or way(family, state, S.WITHDRAWN)


@pytest.mark.requirement("D4b-1")
def test_a_refusal_says_what_is_allowed(terms: Terms) -> None:
    with pytest.raises(ActionNotAllowed) as refused:
        act(permit(terms, PermitKind.ROAD_TEST, S.ISSUED), A.RESUME, at=NOON, by="li")

    assert str(refused.value) == (
        "cannot RESUME permit P-7: it is ISSUED; allowed: "
        "ACTIVATE, ANNOUNCE_PLATES_VOID, ANNUL, CHANGE_TERMS, DEREGISTER, EXPIRE, ISSUE_PLATES, "
        "RECALL_PLATES, RECOUNT_VALIDITY, RESUME_PARTS, REVOKE, SUSPEND_PARTS, TERMINATE, "
        "WITHDRAW_BY_AUTHORITY"
    )


def test_a_refusal_of_a_final_permit_says_that_it_is_final(terms: Terms) -> None:
    with pytest.raises(ActionNotAllowed, match="it is REJECTED; allowed: nothing: it is final"):
        act(permit(terms, PermitKind.ROAD_TEST, S.REJECTED), A.SUBMIT, at=NOON, by="li")


@pytest.mark.requirement("A43-1", "D4a-1", "D4b-6", "D4b-9")
@pytest.mark.parametrize(
    "kind", [PermitKind.ROAD_TEST, PermitKind.DEMO_APPLICATION, PermitKind.DEMO_OPERATION]
)
def test_a_road_permit_goes_through_three_reviews_and_the_police(
    terms: Terms, kind: PermitKind
) -> None:
    steps = (
        A.SUBMIT,
        A.ACCEPT,
        A.START_THIRD_PARTY_REVIEW,
        A.START_EXPERT_REVIEW,
        A.OPEN_JOINT_REVIEW,
        A.APPROVE,
        A.REQUEST_PLATE,
        A.ISSUE,
        A.ACTIVATE,
    )

    assert walk(terms, kind, *steps) is S.ACTIVE
    assert way(Family.ROAD, S.DRAFT, S.ACTIVE) == steps
    assert ACTORS[A.ISSUE] == {"police", "reviewer"}, "the rule set tells which (D4b-72)"


@pytest.mark.requirement("D4b-3")
def test_an_application_with_gaps_is_returned_and_may_come_again(terms: Terms) -> None:
    assert walk(terms, PermitKind.ROAD_TEST, A.SUBMIT, A.RETURN_FOR_CORRECTION, A.SUBMIT) is (
        S.SUBMITTED
    )


def test_the_silence_of_the_intake_office_accepts_and_only_time_may_say_so(terms: Terms) -> None:
    assert walk(terms, PermitKind.ROAD_TEST, A.SUBMIT, A.DEEM_ACCEPTED) is S.ACCEPTED
    assert ACTORS[A.DEEM_ACCEPTED] == {"system"}


@pytest.mark.requirement("D4b-17")
def test_a_permit_whose_renewal_is_not_decided_stays_in_force() -> None:
    assert in_force(S.RENEWAL_PENDING)
    assert ACTORS[A.DEEM_RENEWED] == {"system"}


def test_what_comes_about_by_law_is_the_systems_and_asked_whether_it_is_due() -> None:
    by_law = [step for steps in STEPS.values() for step in steps if step.by_law]

    assert {step.action for step in by_law} == {
        A.DEEM_ACCEPTED,
        A.DEEM_RENEWED,
        A.ACTIVATE,
        A.EXPIRE,
        A.DEREGISTER,
        A.LAPSE_CONFIRMATION,
    }
    for step in by_law:
        assert "system" in step.actors
        assert Guard.FALLEN_DUE in step.guards
        assert step.deadlines


def test_every_deadline_belongs_to_a_step_and_has_its_values_and_its_names() -> None:
    named = {name for steps in STEPS.values() for step in steps for name in step.deadlines}

    owed_beside_all_steps = {Deadline.STAGE_REPORT, Deadline.FINAL_REPORT, Deadline.PLAN_ANSWER}
    assert named | owed_beside_all_steps == set(Deadline) == set(PARAMETERS)
    for name in Deadline:
        assert len({deadline_name(name, language) for language in Language}) == 2


def test_every_actor_has_a_name_in_both_languages() -> None:
    names = {actor_name(actor, language) for actor in Actor for language in Language}

    assert len(names) == 2 * len(Actor)


@pytest.mark.requirement("D4b-8")
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_rejection_without_a_reason_is_refused(terms: Terms, reason: str) -> None:
    review = permit(terms, PermitKind.ROAD_TEST, S.JOINT_REVIEW)

    with pytest.raises(ReasonRequired, match="cannot REJECT permit P-7 without a reason"):
        act(review, A.REJECT, at=NOON, by="li", reason=reason)
    assert act(review, A.REJECT, at=NOON, by="li", reason="no insurance")[0].state is S.REJECTED


@pytest.mark.requirement("D4b-8")
def test_every_decision_against_the_applicant_needs_its_reason() -> None:
    assert {str(action) for action in NEEDS_REASON} == {
        "RETURN_FOR_CORRECTION",
        "REJECT",
        "SUSPEND",
        "REFUSE_RESUME",
        "REFUSE_RENEWAL",
        "EXTEND_TIME",
        "REFUSE_CONFIRMATION",
        "TERMINATE",
        "ANNUL",
        "WITHDRAW_BY_AUTHORITY",
        "REVOKE",
        "ANNOUNCE_PLATES_VOID",
        "SUSPEND_PARTS",
        "RECOUNT_VALIDITY",
        "DEREGISTER",
    }


@pytest.mark.requirement("D4b-12", "D4b-13")
def test_a_suspended_permit_is_not_in_force_until_the_authority_resumes_it(terms: Terms) -> None:
    suspended = permit(terms, PermitKind.ROAD_TEST, S.ACTIVE)
    states = []
    for action in (
        A.SUSPEND,
        A.START_RECTIFICATION,
        A.REQUEST_RESUME,
        A.REFUSE_RESUME,
        A.REQUEST_RESUME,
        A.RESUME,
    ):
        suspended, _ = act(suspended, action, at=NOON, by="li", reason="brakes")
        states.append(suspended.state)

    assert states == [
        S.SUSPENDED,
        S.RECTIFICATION,
        S.RESUME_REQUESTED,
        S.RECTIFICATION,
        S.RESUME_REQUESTED,
        S.ACTIVE,
    ]
    assert [in_force(state) for state in states] == [False, False, False, False, False, True]


@pytest.mark.requirement("D4b-12", "D4b-26")
@pytest.mark.parametrize("state", [S.APPROVED, S.PRE_TAKEOFF_REPORTED, S.CONFIRMED, S.LANDED])
def test_a_flight_is_suspended_whole_and_goes_on_as_it_was_approved(
    terms: Terms, state: PermitState
) -> None:
    flight = permit(terms, PermitKind.STANDING_FLIGHT, state)
    for action in (A.SUSPEND, A.START_RECTIFICATION, A.REQUEST_RESUME, A.RESUME):
        flight, _ = act(flight, action, at=NOON, by="li", reason="lost its link")
        assert not may_take_off(flight.state)
        assert allowed(Family.FLIGHT, flight.state) >= {A.EXPIRE, A.REVOKE, A.SUSPEND_PARTS}
    assert flight.state is S.APPROVED
    # What is in the air lands first.
    assert A.SUSPEND not in allowed(Family.FLIGHT, S.AIRBORNE)


@pytest.mark.requirement("D4b-14")
def test_the_five_ends_of_a_permit_are_five_states(terms: Terms) -> None:
    active = permit(terms, PermitKind.ROAD_TEST, S.ACTIVE)
    ends = (A.TERMINATE, A.ANNUL, A.WITHDRAW_BY_AUTHORITY, A.REVOKE)
    said = {A.TERMINATE: {Detail.GROUND: "SAFETY_RISK"}}
    states = [
        act(active, end, at=NOON, by="li", reason="grave", details=said.get(end))[0].state
        for end in ends
    ]

    assert states == [S.TERMINATED, S.ANNULLED, S.WITHDRAWN_BY_AUTHORITY, S.REVOKED]
    for state in states:
        plates = {A.RECALL_PLATES, A.ANNOUNCE_PLATES_VOID}
        assert allowed(Family.ROAD, state) == {A.DEREGISTER} | plates
    assert S.DEREGISTERED not in states


@pytest.mark.requirement("D4b-18")
def test_an_applicant_withdraws_before_the_decision_and_not_after() -> None:
    may = {state for state in PermitState if A.WITHDRAW in allowed(Family.ROAD, state)}

    assert may == {
        S.DRAFT,
        S.SUBMITTED,
        S.RETURNED_FOR_CORRECTION,
        S.ACCEPTED,
        S.THIRD_PARTY_REVIEW,
        S.EXPERT_REVIEW,
        S.JOINT_REVIEW,
    }
    assert allowed(Family.ROAD, S.WITHDRAWN) == frozenset()


@pytest.mark.requirement("D4b-20", "D4a-7")
def test_a_flight_may_take_off_only_once_it_is_confirmed(terms: Terms) -> None:
    steps = (A.SUBMIT, A.APPROVE, A.REPORT_PRE_TAKEOFF, A.CONFIRM, A.TAKE_OFF, A.LAND, A.CLOSE)
    states = [
        walk(terms, PermitKind.FLIGHT_ACTIVITY, *steps[:count]) for count in range(len(steps) + 1)
    ]

    assert states == [
        S.DRAFT,
        S.SUBMITTED,
        S.APPROVED,
        S.PRE_TAKEOFF_REPORTED,
        S.CONFIRMED,
        S.AIRBORNE,
        S.LANDED,
        S.CLOSED,
    ]
    assert [state for state in states if may_take_off(state)] == [S.CONFIRMED, S.AIRBORNE]


@pytest.mark.requirement("D4b-20")
def test_another_flight_needs_another_confirmation() -> None:
    assert way(Family.FLIGHT, S.LANDED, S.AIRBORNE) == (
        A.REPORT_PRE_TAKEOFF,
        A.CONFIRM,
        A.TAKE_OFF,
    )


@pytest.mark.requirement("D4b-22")
def test_a_vessel_trial_is_notified_warned_of_active_and_closed(terms: Terms) -> None:
    steps = (A.NOTIFY, A.PUBLISH_WARNING, A.ACTIVATE, A.CLOSE)

    assert walk(terms, PermitKind.VESSEL_TRIAL, *steps[:3]) is S.ACTIVE
    assert walk(terms, PermitKind.VESSEL_TRIAL, *steps) is S.CLOSED


@pytest.mark.requirement("D4b-24", "A44-4")
def test_each_action_has_those_who_may_do_it_and_no_one_is_a_stranger() -> None:
    roles = {"applicant", "reviewer", "departments", "police", "administrator", "system"}

    assert set(ACTORS) == set(PermitAction)
    assert all(who and who <= roles for who in ACTORS.values())


def test_no_applicant_decides_about_an_application() -> None:
    decisions = {A.ACCEPT, A.APPROVE, A.ISSUE, A.ACTIVATE, A.RESUME, A.RENEW, A.CONFIRM}

    assert all("applicant" not in ACTORS[action] for action in decisions | NEEDS_REASON)


def test_a_time_without_a_zone_is_refused(terms: Terms) -> None:
    with pytest.raises(ValueError, match="has no time zone: expected an aware time"):
        act(
            permit(terms, PermitKind.ROAD_TEST, S.DRAFT),
            A.SUBMIT,
            at=datetime(2026, 6, 1),  # noqa: DTZ001 - the mistake that is tested
            by="li",
        )


def test_there_is_no_way_back_from_a_rejection() -> None:
    with pytest.raises(ValueError, match="a road permit never comes from REJECTED to ACTIVE"):
        way(Family.ROAD, S.REJECTED, S.ACTIVE)


def test_both_refusals_are_permit_errors() -> None:
    assert issubclass(ActionNotAllowed, PermitError)
    assert issubclass(ReasonRequired, PermitError)


def test_the_drawn_life_cycles_are_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "permit-life-cycles.md"

    assert page.read_text(encoding="utf-8") == diagrams.page(), (
        "run `python -m permits.diagrams > docs/permit-life-cycles.md`"
    )


def test_a_diagram_has_every_arrow_of_its_table() -> None:
    drawn = diagrams.diagram(Family.VESSEL)

    assert (
        "    NOTIFIED --> WARNING_PUBLISHED: "
        "PUBLISH_WARNING (reviewer, if departments approve and rules in force and places stand "
        "and preconditions of granting and plates fit, with warning_id) by VESSEL_DECISION\n"
    ) in drawn
    assert (
        "DRAFT --> NOTIFIED: NOTIFY (applicant, if in time and replaces its own and complete and preconditions of handing in) by VESSEL_NOTICE\n"
        in drawn
    )
    assert "EXPIRE (system, if fallen due) by VALIDITY_ENDS by law\n" in drawn
    assert "    DEREGISTERED --> [*]" in drawn


@pytest.mark.requirement("D4a-10")
def test_what_needs_no_permit_is_put_on_record_by_whoever_flies_and_decided_by_nobody(
    terms: Terms,
) -> None:
    kind = PermitKind.SUITABLE_AIRSPACE_FLIGHT
    assert walk(terms, kind, A.RECORD) is S.ACTIVE
    assert walk(terms, kind, A.RECORD, A.CLOSE, A.DEREGISTER) is S.DEREGISTERED
    for decision in (A.SUBMIT, A.APPROVE, A.CONFIRM, A.ANNUL, A.REVOKE):
        for state in (S.DRAFT, S.ACTIVE):
            with pytest.raises(ActionNotAllowed):
                act(permit(terms, kind, state), decision, at=NOON, by="li", reason="because")


@pytest.mark.requirement("D4b-34")
def test_whatever_comes_into_force_may_take_the_place_of_another_with_its_plates() -> None:
    begins = [step for steps in STEPS.values() for step in steps if step.action is A.ACTIVATE]
    assert len(begins) == 2, "of roads and of vessels"
    for step in begins:
        assert Guard.REPLACED_GOES_ON in step.guards
        assert Effect.BEGIN_PLATES in step.effects


@pytest.mark.requirement("D4a-24")
def test_what_nobody_applies_for_is_put_on_record_and_takes_off_once_it_is_confirmed(
    terms: Terms,
) -> None:
    steps = (A.RECORD, A.REPORT_PRE_TAKEOFF, A.CONFIRM, A.TAKE_OFF, A.LAND)
    assert way(Family.EXEMPT, S.DRAFT, S.LANDED) == steps
    walked = [walk(terms, PermitKind.EXEMPT_FLIGHT, *steps[:count]) for count in range(1, 6)]
    assert [state for state in walked if may_take_off(state)] == [S.CONFIRMED, S.AIRBORNE]
    possible = {step.action for step in STEPS[Family.EXEMPT]}
    assert possible.isdisjoint({A.SUBMIT, A.APPROVE, A.SUSPEND, A.ANNUL, A.REVOKE, A.CHANGE_TERMS})
    assert [family for family in Family if A.RECORD in allowed(family, S.DRAFT)] == [
        Family.RECORD, Family.EXEMPT,
    ]  # fmt: skip


def test_every_flight_that_is_confirmed_is_reported_and_flown_by_the_same_rows() -> None:
    assert {each for each in Family if set(FLYING_STEPS) <= set(STEPS[each])} == CONFIRMED_FLIGHTS
    reporting = {each for each in Family for step in STEPS[each] if step.action is A.CONFIRM}
    assert reporting == CONFIRMED_FLIGHTS
