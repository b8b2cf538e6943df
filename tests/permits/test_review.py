"""Joint review: who may vote, and what comes of all votes together."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.department import Department, department_name
from permits.life_cycle import PermitKind
from permits.provisos import NONE, Provisos, merged, narrowed
from permits.review import (
    AlreadyVoted,
    Approved,
    Ballot,
    Choice,
    NotYourBallot,
    OwnFile,
    Pending,
    Rejected,
    Returned,
    Review,
    ReviewClosed,
    ReviewError,
    Vote,
    VoteIncomplete,
    Voter,
    cast,
    tally,
    warnings,
)
from permits.reviewers import Reviewers, opinions_due, reviewers
from permits.rule_words import Language
from permits.sheet import read_sheet
from permits.terms import DailyHours, Terms
from permits.weekly_hours import week_of

Load = Callable[[str], str]
D, C = Department, Choice
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TERMS = Terms(
    device_ids=frozenset({"car-1"}),
    zone_ids=frozenset({"road-1", "road-2"}),
    valid_from=NOON,
    valid_to=NOON + timedelta(days=90),
)
THREE = (D.INDUSTRY, D.TRANSPORT, D.POLICE)
LINGANG = (
    D.HIGH_TECHNOLOGY,
    D.CONSTRUCTION_TRANSPORT,
    D.DEVELOPMENT_REFORM,
    D.INSTITUTIONS,
    D.PLANNING_RESOURCES,
    D.MARKET_SUPERVISION,
    D.TRAFFIC_POLICE,
    D.DATA,
)
ROAD = Review(
    "RT-1", 1, TERMS, frozenset({"swift", "partner"}), tuple(Ballot(d, mandatory=True) for d in THREE)
)  # fmt: skip
FLIGHT = Review(
    "FA-1", 1, TERMS, frozenset({"kite"}),
    (Ballot(D.ATM, mandatory=True), Ballot(D.POLICE, mandatory=False)),
    opinions_due=NOON + timedelta(hours=9),
)  # fmt: skip
SLOW = Provisos(max_speed_mps=8.0)
MORNING = Provisos(hours=week_of([DailyHours(time(8), time(10))]))
EVENING = Provisos(hours=week_of([DailyHours(time(18), time(20))]))


def vote(department: Department, choice: Choice = C.APPROVE, **more: Any) -> Vote:
    """A vote that is whole, by somebody of that department."""
    voter = Voter(f"of-{department}", f"org-{department}", department)
    told: dict[str, Any] = {"reason": "" if choice is C.APPROVE else "because"}
    if choice is C.RETURN:
        told["missing"] = ("the insurance",)
    if choice is C.APPROVE_WITH_CONDITIONS:
        told["conditions"] = SLOW
    return Vote(department, choice, voter, NOON, **(told | more))


def after(review: Review, *votes: Vote) -> Review:
    for each in votes:
        review = cast(review, each)
    return review


def outcome(*votes: Vote, review: Review = ROAD, at: datetime = NOON) -> object:
    return tally(after(review, *votes), at)


@pytest.mark.requirement("D4b-7")
def test_all_departments_must_vote_before_anything_is_decided() -> None:
    assert outcome() == Pending(THREE, ())
    assert outcome(vote(D.POLICE, C.REJECT)) == Pending((D.INDUSTRY, D.TRANSPORT), ())
    assert outcome(vote(D.POLICE), vote(D.INDUSTRY)) == Pending((D.TRANSPORT,), ())
    assert outcome(*map(vote, THREE)) == Approved(NONE, TERMS)


@pytest.mark.requirement("D4b-7")
def test_one_refusal_refuses_whatever_the_others_say() -> None:
    found = outcome(
        vote(D.INDUSTRY, C.REJECT, reason="no insurance"),
        vote(D.TRANSPORT, C.RETURN),
        vote(D.POLICE, C.APPROVE_WITH_CONDITIONS),
    )
    assert found == Rejected(((D.INDUSTRY, "no insurance"),))


@pytest.mark.requirement("D4b-47")
def test_what_departments_miss_goes_back_in_one_list() -> None:
    found = outcome(
        vote(D.POLICE, C.RETURN, missing=("the route", "the hours")),
        vote(D.INDUSTRY, C.RETURN, missing=("the test report",)),
        vote(D.TRANSPORT),
    )
    assert found == Returned(
        ((D.INDUSTRY, "the test report"), (D.POLICE, "the route"), (D.POLICE, "the hours"))
    )


@pytest.mark.requirement("D4b-7", "D4b-49")
def test_conditions_of_all_are_in_the_terms_of_what_is_approved() -> None:
    other = Provisos(max_speed_mps=10.0, excluded_zone_ids=frozenset({"road-2"}))
    found = outcome(
        vote(D.INDUSTRY, C.APPROVE_WITH_CONDITIONS),
        vote(D.TRANSPORT, C.APPROVE_WITH_CONDITIONS, conditions=other),
        vote(D.POLICE),
    )
    both = merged((SLOW, other))
    assert found == Approved(both, narrowed(TERMS, both))


@pytest.mark.requirement("D4b-7")
def test_a_condition_takes_away_leave_to_enter_what_keeps_others_out_and_limits_nobody_to_it() -> (
    None
):
    open_to = frozenset({"fair", "expo"})
    review = replace(ROAD, terms=replace(TERMS, exempt_zone_ids=open_to))
    without = Provisos(excluded_zone_ids=frozenset({"fair"}))
    conditioned = vote(D.INDUSTRY, C.APPROVE_WITH_CONDITIONS, conditions=without)
    found = outcome(conditioned, vote(D.TRANSPORT), vote(D.POLICE), review=review)
    assert isinstance(found, Approved)
    assert found.terms.exempt_zone_ids == {"expo"}
    assert found.terms.zone_ids == TERMS.zone_ids
    only = replace(conditioned, conditions=Provisos(only_zone_ids=frozenset({"fair"})))
    with pytest.raises(VoteIncomplete, match="zones fair are not in the application"):
        cast(review, only)


@pytest.mark.requirement("D4b-50")
def test_conditions_that_leave_nothing_are_said_at_once_and_approve_nothing() -> None:
    first = after(ROAD, vote(D.INDUSTRY, C.APPROVE_WITH_CONDITIONS, conditions=MORNING))
    assert warnings(first) == ()
    second = after(first, vote(D.POLICE, C.APPROVE_WITH_CONDITIONS, conditions=EVENING))
    assert [each.key for each in warnings(second)] == ["no hours"]
    assert tally(after(second, vote(D.TRANSPORT)), NOON) == Returned((), warnings(second))


votes = st.fixed_dictionaries(
    {
        each: st.builds(
            lambda choice, asked, department=each: vote(
                department, choice,
                **({"conditions": asked} if choice is C.APPROVE_WITH_CONDITIONS else {}),
            ),
            st.sampled_from(Choice),
            st.sampled_from([SLOW, MORNING, EVENING, Provisos(max_speed_mps=5.0)]),
        )
        for each in THREE
    }
)  # fmt: skip


@given(votes, st.permutations(THREE))
def test_the_outcome_does_not_depend_on_who_votes_first(
    found: dict[Department, Vote], order: list[Department]
) -> None:
    assert outcome(*(found[each] for each in order)) == outcome(*found.values())


@pytest.mark.requirement("D4b-51")
def test_an_opinion_is_waited_for_until_the_decision_is_due_and_binds_nobody() -> None:
    assert outcome(review=FLIGHT) == Pending((D.ATM,), (D.POLICE,))
    assert outcome(vote(D.ATM), review=FLIGHT) == Pending((), (D.POLICE,))
    against = vote(D.POLICE, C.REJECT)
    assert outcome(vote(D.ATM), against, review=FLIGHT) == Approved(NONE, TERMS)
    slower = vote(D.POLICE, C.APPROVE_WITH_CONDITIONS)
    assert outcome(slower, vote(D.ATM), review=FLIGHT) == Approved(NONE, TERMS)
    due = NOON + timedelta(hours=9)
    assert outcome(vote(D.ATM), review=FLIGHT, at=due) == Approved(NONE, TERMS)
    assert outcome(review=FLIGHT, at=due) == Pending((D.ATM,), ())
    assert outcome(against, review=FLIGHT, at=due) == Pending((D.ATM,), ())


@pytest.mark.requirement("D4b-27")
@pytest.mark.parametrize(
    ("refused", "kind", "english", "chinese"),
    [
        (vote(D.INDUSTRY, C.REJECT), AlreadyVoted, "industry has voted", "经信 已在第 1 轮"),
        (
            replace(vote(D.POLICE), voter=Voter("of-industry", "org", D.POLICE)),
            AlreadyVoted, "of-industry has voted on permit RT-1 in round 1, for industry", "代表 经信 ",
        ),
        (
            replace(vote(D.POLICE), voter=Voter("tina", "org", D.TRANSPORT)),
            NotYourBallot, "tina is of transport and cannot vote for police", "不能代表 公安 表决",
        ),
        (vote(D.ATM), NotYourBallot, "expected industry, transport, police", "应为 经信, 交通, 公安"),
        (
            replace(vote(D.POLICE), voter=Voter("ada", "platform", None)),
            NotYourBallot, "ada belongs to no department", "不属于任何部门",
        ),
        (
            replace(vote(D.POLICE), voter=Voter("pan", "partner", D.POLICE)),
            OwnFile, "partner, whose application it is", "应回避",
        ),
    ],
)  # fmt: skip
def test_nobody_votes_twice_or_for_another_or_on_their_own_file(
    refused: Vote, kind: type[ReviewError], english: str, chinese: str
) -> None:
    with pytest.raises(kind) as found:
        cast(after(ROAD, vote(D.INDUSTRY)), refused)
    assert english in found.value.said(Language.ENGLISH)
    assert chinese in found.value.said(Language.CHINESE)


def test_nobody_votes_when_the_round_is_over() -> None:
    with pytest.raises(ReviewClosed, match="RT-1 is not under review"):
        cast(replace(ROAD, open=False), vote(D.INDUSTRY))


@pytest.mark.requirement("D4b-8", "D4b-41")
@pytest.mark.parametrize(
    ("whole", "without", "said"),
    [
        (vote(D.POLICE, C.REJECT), {"reason": " "}, "REJECT needs its reason"),
        (vote(D.POLICE, C.APPROVE_WITH_CONDITIONS), {"reason": ""}, "needs its reason"),
        (vote(D.POLICE, C.RETURN), {"missing": ()}, "one list of all that is missing"),
        (vote(D.POLICE, C.RETURN), {"missing": ("the route", " ")}, "at least one item"),
        (vote(D.POLICE), {"missing": ("the route",)}, "expected none, or RETURN"),
        (vote(D.POLICE, C.APPROVE_WITH_CONDITIONS), {"conditions": NONE}, "needs conditions"),
        (vote(D.POLICE), {"conditions": SLOW}, "or APPROVE_WITH_CONDITIONS"),
        (
            vote(D.POLICE, C.APPROVE_WITH_CONDITIONS),
            {"conditions": Provisos(excluded_zone_ids=frozenset({"road-9"}))},
            "zones road-9 are not in the application: expected some of road-1, road-2",
        ),
    ],
)
def test_a_vote_says_all_that_its_choice_needs_and_no_more(
    whole: Vote, without: dict[str, Any], said: str
) -> None:
    cast(ROAD, whole)
    with pytest.raises(VoteIncomplete, match=said):
        cast(ROAD, replace(whole, **without))


@pytest.mark.requirement("A43-5", "D4b-48", "D4a-18")
@pytest.mark.parametrize(
    ("rule_set", "kind", "expected"),
    [
        ("shanghai-default", PermitKind.ROAD_TEST, Reviewers(THREE)),
        ("shanghai-default", PermitKind.DEMO_OPERATION, Reviewers(THREE)),
        ("shanghai-default", PermitKind.FLIGHT_ACTIVITY, Reviewers((D.ATM,), (D.POLICE, D.TRANSPORT))),
        ("shanghai-default", PermitKind.VESSEL_TRIAL, Reviewers((D.MARITIME,))),
        ("shanghai-default", PermitKind.COMMERCIAL_OPERATION, Reviewers((D.TRANSPORT,))),
        ("shanghai-default", PermitKind.EMERGENCY_FLIGHT, Reviewers((D.ATM,))),
        ("shanghai-default", PermitKind.TEST_BASE_USE, Reviewers((D.BASE_OPERATOR, D.ATM))),
        ("shanghai-default", PermitKind.CHANNEL_SURVEY, Reviewers((D.TRANSPORT, D.MARITIME))),
        ("shanghai-default", PermitKind.SUITABLE_AIRSPACE_FLIGHT, Reviewers(())),
        ("shanghai-default", PermitKind.EXEMPT_FLIGHT, Reviewers(())),
        (
            "pudong", PermitKind.ROAD_TEST,
            Reviewers((D.SCIENCE_ECONOMY, D.CONSTRUCTION_TRANSPORT, D.POLICE)),
        ),
        (
            "pudong", PermitKind.DEMO_OPERATION,
            Reviewers((D.SCIENCE_ECONOMY, D.CONSTRUCTION_TRANSPORT, D.POLICE, D.TRANSPORT)),
        ),
        ("lingang", PermitKind.ROAD_TEST, Reviewers(LINGANG)),
        ("lingang", PermitKind.DEMO_OPERATION, Reviewers((*LINGANG, D.TRANSPORT))),
        ("lingang", PermitKind.COMMERCIAL_OPERATION, Reviewers((D.TRANSPORT,))),
        ("national", PermitKind.FLIGHT_ACTIVITY, Reviewers((D.ATM,))),
    ],
)  # fmt: skip
def test_who_decides_is_the_rule_sets_by_kind_and_place(
    load: Load, rule_set: str, kind: PermitKind, expected: Reviewers
) -> None:
    assert reviewers(read_sheet(load(rule_set), load), kind) == expected


def test_a_kind_may_have_reviewers_of_its_own_and_nobody_is_both(load: Load) -> None:
    own = (
        '\n[review.DEMO_OPERATION]\nmandatory = ["transport"]\nadvisory = ["police", "transport"]\n'
    )
    sheet = read_sheet(load("shanghai-default") + own, load)
    assert reviewers(sheet, PermitKind.DEMO_OPERATION) == Reviewers((D.TRANSPORT,), (D.POLICE,))
    assert reviewers(sheet, PermitKind.ROAD_TEST) == Reviewers(THREE)
    nobody = replace(sheet, parameters={})
    assert reviewers(nobody, PermitKind.ROAD_TEST) == Reviewers(())


@pytest.mark.requirement("D4b-51")
def test_opinions_on_a_flight_are_due_on_the_evening_before_in_shanghai(load: Load) -> None:
    sheet = read_sheet(load("shanghai-default"), load)
    shortly_after_midnight = datetime(2026, 5, 4, 16, 30, tzinfo=UTC)  # 00:30 on the fifth
    due = opinions_due(sheet, PermitKind.FLIGHT_ACTIVITY, shortly_after_midnight)
    assert due == datetime(2026, 5, 4, 13, tzinfo=UTC)
    assert opinions_due(sheet, PermitKind.ROAD_TEST, NOON) is None


def test_every_department_has_two_names() -> None:
    for each in Department:
        assert len({department_name(each, language) for language in Language}) == 2
