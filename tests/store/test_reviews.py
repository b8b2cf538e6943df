"""Joint review in the store: ballots, votes at the same time, opinions, and what is on record."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from permits.competence import NotCompetent
from permits.course import StepBarred
from permits.department import Department
from permits.life_cycle import PermitKind
from permits.opinion import OpinionKind, Verdict
from permits.permit import Permit, PermitAction, PermitState
from permits.provisos import Provisos
from permits.review import (
    AlreadyVoted,
    Choice,
    NoReviewers,
    NotDecided,
    NotYourBallot,
    OwnFile,
    ReviewClosed,
)
from permits.transition import Detail
from tests.store.city import (
    ADMINISTRATOR,
    ATM,
    INDUSTRY,
    KITE,
    MSA,
    NOON,
    POLICE,
    REVIEWER,
    SWIFT,
    UNDER,
    later,
    terms,
    voted,
)
from tests.store.test_permits import do, draft
from zone_service.store import audit, ballots, permits, registry, reviews
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, InvalidValue, NotAllowed, NotFound
from zone_service.store.numbers import numbers_of
from zone_service.store.records import (
    PLATFORM,
    Organisation,
    OrganisationKind,
    Outcome,
    Principal,
    ReviewFile,
    Role,
)

A, C = PermitAction, Choice
TO_REVIEW = (
    (SWIFT, A.SUBMIT),
    (REVIEWER, A.ACCEPT),
    (REVIEWER, A.START_THIRD_PARTY_REVIEW),
    (REVIEWER, A.START_EXPERT_REVIEW),
    (REVIEWER, A.OPEN_JOINT_REVIEW),
)
EXPERT = Principal("u-lab", "lin", Role.ASSESSOR, "lab")
LAB = Organisation("lab", "Vehicle laboratory", OrganisationKind.THIRD_PARTY)


def in_review(store: Store, permit: Permit | None = None) -> Permit:
    permit = permit or draft(store, terms("car-1", max_speed_mps=16.0))
    for who, action in TO_REVIEW:
        permit = do(store, who, permit, action)
    return permit


def flight(store: Store, valid_from: datetime) -> Permit:
    with store.write() as session:
        made = permits.create(
            session, KITE, kind=PermitKind.FLIGHT_ACTIVITY, holder_id="kite", at=NOON,
            terms=replace(terms("drone-1"), valid_from=valid_from),
        )  # fmt: skip
    return do(store, KITE, made, A.SUBMIT)


def vote(
    store: Store, who: Principal, permit: Permit, choice: Choice = C.APPROVE, **more: Any
) -> ReviewFile:
    at = more.pop("at", later(60))
    reason = more.pop("reason", "" if choice is C.APPROVE else f"{who.username} says so")
    with store.write() as session:
        return reviews.vote(
            session, who, permit.number, choice, at, under=UNDER, reason=reason, **more
        )


def state(store: Store, permit: Permit) -> PermitState:
    with store.read() as session:
        return permits.get(session, PLATFORM, permit.number).state


@pytest.mark.requirement("D4b-7")
def test_the_last_of_the_three_votes_approves_and_the_conditions_are_in_the_terms(
    store: Store,
) -> None:
    permit = in_review(store)
    slower = Provisos(max_speed_mps=8.0, others=frozenset({"a lead car"}))
    vote(store, INDUSTRY, permit)
    vote(store, POLICE, permit, C.APPROVE_WITH_CONDITIONS, conditions=slower)
    assert state(store, permit) is PermitState.JOINT_REVIEW

    found = vote(store, REVIEWER, permit)

    assert found.permit.state is PermitState.APPROVED
    assert found.permit.terms.max_speed_mps == 8.0
    assert found.permit.terms.other_conditions == {"a lead car"}
    assert [each.outcome for each in found.rounds] == [Outcome.APPROVED]
    with store.read() as session:
        assert permits.get(session, SWIFT, permit.number).terms.max_speed_mps == 8.0
        assert permits.grants(session, later(90))[-1].terms.max_speed_mps == 8.0


@pytest.mark.requirement("D4b-7", "D4b-8")
def test_one_refusal_refuses_once_all_have_voted_and_says_why(store: Store) -> None:
    permit = in_review(store)
    vote(store, POLICE, permit, C.REJECT, reason="the brakes")
    vote(store, INDUSTRY, permit)
    assert state(store, permit) is PermitState.JOINT_REVIEW
    assert vote(store, REVIEWER, permit).permit.state is PermitState.REJECTED
    with store.read() as session:
        step = permits.changes(session, SWIFT, permit.number)[-1]
    assert (step.by, step.before, step.after, step.reason) == (
        "system", PermitState.JOINT_REVIEW, PermitState.REJECTED, "police: the brakes"
    )  # fmt: skip


@pytest.mark.requirement("D4b-47")
def test_what_is_sent_back_comes_in_one_list_and_comes_again_in_a_new_round(store: Store) -> None:
    permit = in_review(store)
    vote(store, POLICE, permit, C.RETURN, missing=("the route", "the hours"))
    vote(store, INDUSTRY, permit, C.RETURN, missing=("the report",))
    permit = vote(store, REVIEWER, permit).permit
    assert permit.state is PermitState.RETURNED_FOR_CORRECTION
    with store.read() as session:
        step = permits.changes(session, SWIFT, permit.number)[-1]
    assert step.reason == "industry: the report; police: the route; police: the hours"

    permit = in_review(store, permit)
    with store.read() as session:
        found = reviews.get(session, SWIFT, permit.number)
    assert [each.outcome for each in found.rounds] == [Outcome.RETURNED, None]
    assert found.rounds[-1].review.votes == ()
    assert voted(store, permit).state is PermitState.APPROVED


@pytest.mark.requirement("D4b-50")
def test_conditions_that_leave_nothing_send_it_back_in_both_languages(store: Store) -> None:
    permit = in_review(store)
    nowhere = Provisos(excluded_zone_ids=frozenset({"road-1"}))
    vote(store, INDUSTRY, permit, C.APPROVE_WITH_CONDITIONS, conditions=nowhere)
    vote(store, REVIEWER, permit)
    assert vote(store, POLICE, permit).permit.state is PermitState.RETURNED_FOR_CORRECTION
    with store.read() as session:
        reason = permits.changes(session, SWIFT, permit.number)[-1].reason
    assert "leave no zone" in reason
    assert "不余任何一处" in reason


@pytest.mark.requirement("D4b-27")
def test_no_reviewer_approves_alone_and_nobody_votes_out_of_turn(store: Store) -> None:
    permit = in_review(store)
    for action in (A.APPROVE, A.REJECT, A.RETURN_FOR_CORRECTION):
        for who in (REVIEWER, POLICE, ADMINISTRATOR):
            with pytest.raises(NotAllowed, match="expected departments"):
                _act(store, who, permit, action)
        with pytest.raises(NotDecided, match="industry, transport, police have not voted"):
            _act(store, PLATFORM, permit, action)
    vote(store, REVIEWER, permit)
    with pytest.raises(AlreadyVoted):
        vote(store, REVIEWER, permit, C.REJECT)
    with pytest.raises(NotYourBallot, match="cannot vote for police"):
        vote(store, INDUSTRY, permit, department=Department.POLICE)
    for nobody in (ADMINISTRATOR, SWIFT, PLATFORM):
        with pytest.raises(NotYourBallot, match="belongs to no department"):
            vote(store, nobody, permit)
    with pytest.raises(NotFound):
        vote(store, KITE, permit)
    with pytest.raises(OwnFile, match="swift, whose application it is"):
        vote(store, replace(POLICE, organisation_id="swift"), permit)
    assert state(store, permit) is PermitState.JOINT_REVIEW


def _act(store: Store, who: Principal, permit: Permit, action: PermitAction) -> None:
    with store.write() as session:
        permits.apply_action(session, who, permit.number, action, later(60), "?", under=UNDER)


def test_nobody_votes_before_a_round_or_after_it(store: Store) -> None:
    with pytest.raises(ReviewClosed):
        vote(store, REVIEWER, draft(store))
    permit = in_review(store)
    do(store, SWIFT, permit, A.WITHDRAW)
    with pytest.raises(ReviewClosed):
        vote(store, POLICE, permit)
    with store.read() as session:
        assert reviews.awaiting(session, POLICE) == ()


@pytest.mark.requirement("D4b-27")
def test_what_a_department_has_voted_on_is_not_taken_back(store: Store) -> None:
    permit = in_review(store)
    vote(store, REVIEWER, permit)
    with pytest.raises(StepBarred, match="voted already: transport"):
        do(store, SWIFT, permit, A.WITHDRAW)
    assert state(store, permit) is PermitState.JOINT_REVIEW
    vote(store, POLICE, permit)
    vote(store, INDUSTRY, permit, C.RETURN, reason="brakes", missing=("brakes",))

    # Sent back, it is the applicant's again.
    assert do(store, SWIFT, permit, A.WITHDRAW).state is PermitState.WITHDRAWN


@pytest.mark.requirement("D4b-53")
@pytest.mark.parametrize("same", [True, False], ids=["one department", "the last two"])
def test_of_votes_at_the_same_time_each_counts_once_and_one_decision_is_taken(
    store: Store, *, same: bool
) -> None:
    """Two of one department: one wins. The last two departments: both count, one of them decides."""
    permit = in_review(store)
    vote(store, INDUSTRY, permit)
    rival = replace(POLICE, user_id="u-2", username="pia")
    pair = (POLICE, rival) if same else (POLICE, REVIEWER)
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def decide(who: Principal) -> None:
        ready.wait()
        try:
            outcomes.append(str(vote(store, who, permit).permit.state))
        except (AlreadyVoted, Conflict):
            outcomes.append("lost")

    threads = [threading.Thread(target=decide, args=(each,)) for each in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as session:
        found = reviews.get(session, PLATFORM, permit.number)
        steps = permits.changes(session, PLATFORM, permit.number)
    assert sorted(outcomes) == sorted(["lost" if same else "APPROVED", "JOINT_REVIEW"])
    assert len(found.rounds[-1].review.votes) == (2 if same else 3)
    assert len(steps) == len(TO_REVIEW) + (0 if same else 1)


@pytest.mark.requirement("D4b-53")
def test_a_vote_that_was_cast_is_never_changed_in_the_database(store: Store) -> None:
    permit = in_review(store)
    vote(store, REVIEWER, permit)
    for change in (
        "UPDATE ballot SET choice = 'REJECT' WHERE department = 'transport'",
        "UPDATE ballot SET choice = NULL WHERE department = 'transport'",
        "DELETE FROM ballot WHERE department = 'transport'",
    ):
        with pytest.raises(DBAPIError, match=r"append-only|refuse"), store.begin() as connection:
            connection.execute(sql(change))


@pytest.mark.requirement("D4b-53")
def test_every_vote_and_opinion_is_on_record_with_who_when_why_and_what(store: Store) -> None:
    permit = asked(store, in_review(store))
    vote(store, POLICE, permit, C.REJECT, reason="the brakes", at=later(70))
    with store.write() as session:
        reviews.give_opinion(session, EXPERT, permit.number, Verdict.FAVOURABLE, "fine", later(80))
    with store.read() as session:
        acts = [e for e in audit.entries(session, ADMINISTRATOR) if e.action.startswith("review.")]
    assert [(each.actor, each.action, each.subject, each.at, each.reason) for each in acts] == [
        ("rui", "review.ask", permit.number, later(65), "expert: lab"),
        (
            "pan", "review.vote", permit.number, later(70),
            "round 1, police: – → REJECT: the brakes",
        ),
        ("lin", "review.opinion", permit.number, later(80), "expert: – → favourable: fine"),
    ]  # fmt: skip


def test_a_vote_on_a_review_that_has_moved_on_is_refused(store: Store) -> None:
    permit = in_review(store)
    with store.read() as session:
        tag = reviews.get(session, POLICE, permit.number).tag
    vote(store, INDUSTRY, permit, expected_tag=tag)
    with pytest.raises(Conflict, match="moved on"):
        vote(store, POLICE, permit, expected_tag=tag)


@pytest.mark.requirement("D4b-54")
def test_each_department_finds_the_files_that_wait_for_its_vote(store: Store) -> None:
    first, second = in_review(store), in_review(store)
    flight(store, later(9 * 24 * 3600))

    def waiting(who: Principal, **given: Any) -> list[str]:
        with store.read() as session:
            return [each.permit.number for each in reviews.awaiting(session, who, **given)]

    both = [first.number, second.number]
    assert waiting(INDUSTRY) == both
    assert [each for each in waiting(REVIEWER) if each in both] == both
    assert waiting(INDUSTRY, limit=1) == both[:1]
    assert waiting(INDUSTRY, after=both[0]) == both[1:]
    assert len(waiting(POLICE)) == 3
    vote(store, POLICE, first)
    assert first.number not in waiting(POLICE)
    assert len(waiting(ATM)) == 1
    assert waiting(ADMINISTRATOR) == waiting(SWIFT) == []


@pytest.mark.requirement("D4b-51", "D4a-20")
def test_a_flight_is_decided_by_air_traffic_management_with_the_opinion_of_the_police(
    store: Store,
) -> None:
    permit = flight(store, later(9 * 24 * 3600))
    assert vote(store, ATM, permit).permit.state is PermitState.SUBMITTED
    found = vote(store, POLICE, permit, C.REJECT, reason="a parade")
    assert found.permit.state is PermitState.SUBMITTED, "the transport department coordinates"
    found = vote(store, REVIEWER, permit)
    assert found.permit.state is PermitState.APPROVED
    assert "a parade" in [each.reason for each in found.rounds[-1].review.votes]
    with store.read() as session:
        granted = permits.changes(session, KITE, permit.number)[-1]
        numbers = numbers_of(session, permit.number)
    assert numbers is not None
    assert granted.details[Detail.APPROVAL_NUMBER] == numbers.confirmation == "沪飞2026年第001号"


@pytest.mark.requirement("D4b-51")
def test_an_opinion_that_does_not_come_is_waited_for_until_nine_in_the_evening_before(
    store: Store,
) -> None:
    permit = flight(store, NOON + timedelta(days=2))
    due = NOON + timedelta(days=1, hours=1)  # 21:00 in Shanghai
    vote(store, ATM, permit)

    def decided(at: datetime) -> tuple[str, ...]:
        with store.write() as session:
            return tuple(
                number
                for number in ballots.overdue(session, at)
                if reviews.decide_without_opinion(session, number, at, UNDER)
            )

    assert decided(due - timedelta(seconds=1)) == ()
    assert decided(due) == (permit.number,)
    assert state(store, permit) is PermitState.APPROVED
    assert decided(due) == ()


@pytest.mark.requirement("D4b-51")
def test_without_the_decision_of_air_traffic_management_nothing_is_decided(store: Store) -> None:
    permit = flight(store, NOON + timedelta(days=2))
    vote(store, POLICE, permit)
    with store.write() as session:
        due = NOON + timedelta(days=2)
        assert ballots.overdue(session, due) == ()
        assert not reviews.decide_without_opinion(session, permit.number, due, UNDER)
    assert state(store, permit) is PermitState.SUBMITTED


def test_a_vessels_warning_is_published_once_the_maritime_authority_approves(store: Store) -> None:
    with store.write() as session:
        made = permits.create(
            session, SWIFT, kind=PermitKind.VESSEL_TRIAL, holder_id="swift",
            terms=terms("car-1", valid_from=NOON + timedelta(days=25)), at=NOON,
        )  # fmt: skip
    permit = do(store, SWIFT, made, A.NOTIFY)
    with pytest.raises(NotDecided, match="maritime safety have not voted"):
        published(store, MSA, permit)
    slow = Provisos(max_speed_mps=3.0)
    vote(store, MSA, permit, C.APPROVE_WITH_CONDITIONS, conditions=slow)
    assert state(store, permit) is PermitState.NOTIFIED
    with pytest.raises(NotCompetent, match="competent are maritime safety"):
        published(store, REVIEWER, permit)
    warned = published(store, MSA, permit)
    assert (warned.state, warned.terms.max_speed_mps) == (PermitState.WARNING_PUBLISHED, 3.0)


def published(store: Store, who: Principal, permit: Permit) -> Permit:
    with store.write() as session:
        return permits.apply_action(
            session, who, permit.number, A.PUBLISH_WARNING, later(60),
            under=UNDER, details={Detail.WARNING_ID: "HH-7"},
        )  # fmt: skip


def test_where_the_rule_set_names_nobody_no_round_begins(store: Store) -> None:
    known = UNDER.sheet.parameters
    without = {key: each for key, each in known.items() if not key.startswith("review.flight")}
    nobody = replace(UNDER, sheet=replace(UNDER.sheet, parameters=without))
    with store.write() as session:
        made = permits.create(
            session, KITE, kind=PermitKind.FLIGHT_ACTIVITY, holder_id="kite", at=NOON,
            terms=terms("drone-1", valid_from=later(9 * 24 * 3600)),
        )  # fmt: skip
    with pytest.raises(NoReviewers, match="names no department for FLIGHT"), store.write() as s:
        permits.apply_action(s, KITE, made.number, A.SUBMIT, later(60), under=nobody)
    assert state(store, made) is PermitState.DRAFT


# --- third parties and experts ----------------------------------------------------------------------


def asked(store: Store, permit: Permit) -> Permit:
    with store.write() as session:
        registry.add_organisation(session, PLATFORM, LAB, NOON)
        reviews.ask(
            session, REVIEWER, permit.number, "lab", OpinionKind.EXPERT, later(65), under=UNDER
        )
    return permit


@pytest.mark.requirement("D4b-52")
def test_a_third_party_sees_the_files_it_is_asked_about_and_nothing_else(store: Store) -> None:
    other = in_review(store)
    permit = asked(store, in_review(store))
    with store.read() as session:
        assert [each.number for each in permits.page(session, EXPERT)] == [permit.number]
        assert permits.get(session, EXPERT, permit.number) == permit
        assert registry.devices(session, EXPERT) == ()
        assert [e.organisation_id for e in registry.organisations(session, EXPERT)] == ["lab"]
        with pytest.raises(NotFound):
            permits.get(session, EXPERT, other.number)


@pytest.mark.requirement("D4b-52")
def test_opinions_attach_to_a_file_under_review_by_those_who_are_asked(store: Store) -> None:
    permit = asked(store, in_review(store))

    def opinion(who: Principal, number: str) -> ReviewFile:
        with store.write() as session:
            return reviews.give_opinion(
                session, who, number, Verdict.UNFAVOURABLE, "the brakes", later(80)
            )

    (found,) = opinion(EXPERT, permit.number).opinions
    assert (found.kind, found.organisation_id, found.author, found.verdict, found.text) == (
        OpinionKind.EXPERT, "lab", "lin", Verdict.UNFAVOURABLE, "the brakes"
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="expected assessor"):
        opinion(REVIEWER, permit.number)
    stranger = replace(EXPERT, organisation_id="another-lab")
    with pytest.raises(NotFound):
        opinion(stranger, permit.number)
    assert voted(store, permit).state is PermitState.APPROVED, "an opinion binds nobody"
    with pytest.raises(ReviewClosed, match="no opinion is asked for"):
        opinion(EXPERT, permit.number)


@pytest.mark.requirement("D4b-52")
@pytest.mark.parametrize(
    ("who", "organisation_id", "refusal", "said"),
    [
        (REVIEWER, "lab", Conflict, "asked about permit"),
        (REVIEWER, "transport", InvalidValue, "expected third_party"),
        (REVIEWER, "nobody", NotFound, "nobody"),
        (MSA, "lab", NotCompetent, "maritime safety department may not START_EXPERT_REVIEW"),
        (SWIFT, "lab", NotAllowed, "expected reviewer, administrator"),
        (EXPERT, "lab", NotAllowed, "expected reviewer, administrator"),
    ],
)
def test_who_is_asked_is_a_third_party_and_asked_once_by_a_reviewer(
    store: Store,
    who: Principal,
    organisation_id: str,
    refusal: type[Exception],
    said: str,
) -> None:
    permit = asked(store, in_review(store))
    with pytest.raises(refusal, match=said), store.write() as session:
        reviews.ask(
            session, who, permit.number, organisation_id, OpinionKind.EXPERT, NOON, under=UNDER
        )
