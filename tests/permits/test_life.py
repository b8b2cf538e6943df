"""A permit is what was done to it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.life import BrokenLife, fold, halts, stays, told_as
from permits.permit import (
    TRANSITIONS,
    ActionNotAllowed,
    DetailsRefused,
    PermitAction,
    PermitChanged,
    PermitKind,
    PermitState,
    act,
)
from permits.rule_words import Language
from permits.terms import Terms
from permits.transition import Detail
from tests.permits.lives import draft, lasting, local, needed

YEAR = lasting("2026-07-01", "2027-01-01")
A, S = PermitAction, PermitState
BEGINS = local("2026-05-04 10:00")


def live(
    kind: PermitKind, terms: Terms, *actions: PermitAction, **details: str
) -> list[PermitChanged]:
    permit, changes = draft(kind, terms), []
    said = {Detail(name): each for name, each in details.items()}
    for day, action in enumerate(actions):
        at = BEGINS + timedelta(days=day)
        permit, changed = act(
            permit, action, at=at, by="li", reason="r", details=said or needed(action, permit)
        )
        changes.append(changed)
    return changes


@pytest.mark.requirement("D4b-1", "D4b-43")
@given(
    kind=st.sampled_from(PermitKind),
    picks=st.lists(st.tuples(st.sampled_from(PermitAction), st.integers(0, 9)), max_size=40),
)
def test_whatever_is_tried_no_state_is_skipped_and_the_state_is_what_was_done(
    kind: PermitKind, picks: list[tuple[PermitAction, int]]
) -> None:
    """Any action is tried in any state; nine times out of ten one that the table has."""
    permit, changes = draft(kind, YEAR), list[PermitChanged]()
    for any_action, pick in picks:
        moves = TRANSITIONS[permit.family][permit.state]
        choice = sorted(moves)
        action = choice[pick % len(choice)] if pick and choice else any_action
        said = (
            dict.fromkeys(moves[action].needs, "2026-07-02T10:00:00+08:00")
            if action in moves
            else {}
        )
        before = permit
        try:
            permit, changed = act(permit, action, at=BEGINS, by="li", reason="r", details=said)
        except ActionNotAllowed:
            assert action not in moves
            assert permit is before
            continue
        assert (changed.before, changed.after) == (before.state, moves[action].after)
        changes.append(changed)

    assert fold(draft(kind, YEAR), changes) == permit
    assert permit.revision == len(changes)


@pytest.mark.requirement("D4b-43")
def test_a_life_with_a_step_missing_or_in_another_order_is_none() -> None:
    changes = live(PermitKind.ROAD_TEST, YEAR, A.SUBMIT, A.ACCEPT, A.START_THIRD_PARTY_REVIEW)
    broken = (
        changes[1:],
        [changes[0], changes[2]],
        [changes[1], changes[0]],
        [*changes, changes[0]],
    )
    never = replace(changes[0], action=A.ISSUE)

    assert fold(draft(PermitKind.ROAD_TEST, YEAR), changes).state is S.THIRD_PARTY_REVIEW
    twice = replace(changes[0], revision=2)
    for each in (*broken, [never], [twice], [replace(changes[0], after=S.ACCEPTED)]):
        with pytest.raises(BrokenLife, match="permit P-7 is "):
            fold(draft(PermitKind.ROAD_TEST, YEAR), each)


@pytest.mark.requirement("D4b-17")
def test_a_renewal_moves_the_end_of_the_terms() -> None:
    ends = "2027-05-01T00:00:00+08:00"
    steps = live(PermitKind.FLIGHT_ACTIVITY, YEAR, A.SUBMIT)
    renewed = replace(steps[0], details={Detail.VALID_TO: ends})

    found = fold(draft(PermitKind.FLIGHT_ACTIVITY, YEAR), [renewed])
    assert found.terms.valid_to == datetime.fromisoformat(ends)


def test_stays_follow_each_other_from_when_the_law_has_them() -> None:
    changes = live(PermitKind.ROAD_TEST, YEAR, A.SUBMIT, A.ACCEPT, A.EXTEND_TIME, A.WITHDRAW)
    changes[1] = replace(changes[1], effective_at=BEGINS)
    days = [BEGINS + timedelta(days=day) for day in range(4)]

    assert [(each.state, each.since, each.until) for each in stays(changes)] == [
        (S.SUBMITTED, days[0], days[0]),
        (S.ACCEPTED, days[0], days[3]),
        (S.WITHDRAWN, days[3], None),
    ]
    assert stays([]) == ()


@pytest.mark.requirement("D4b-44")
@pytest.mark.parametrize("given_id", [{}, {Detail.WARNING_ID: "  "}])
def test_a_warning_is_published_with_its_id(given_id: dict[Detail, str]) -> None:
    notified = fold(
        draft(PermitKind.VESSEL_TRIAL, YEAR), live(PermitKind.VESSEL_TRIAL, YEAR, A.NOTIFY)
    )

    with pytest.raises(DetailsRefused) as refused:
        act(notified, A.PUBLISH_WARNING, at=BEGINS, by="wu", details=given_id)
    assert str(refused.value) == "cannot PUBLISH_WARNING permit P-7 without warning_id"
    assert (
        refused.value.said(Language.CHINESE)
        == "不能对许可 P-7 执行 PUBLISH_WARNING：缺少 warning_id"
    )


def test_what_has_no_place_in_a_step_is_refused() -> None:
    said = {Detail.WARNING_ID: "12/26"}

    with pytest.raises(DetailsRefused, match="with warning_id: expected nothing of the kind"):
        act(draft(PermitKind.ROAD_TEST, YEAR), A.SUBMIT, at=BEGINS, by="sam", details=said)


@pytest.mark.requirement("D4b-52")
def test_others_are_told_of_what_ran_out_while_it_was_suspended_that_it_was() -> None:
    begun = (A.NOTIFY, A.PUBLISH_WARNING, A.ACTIVATE)
    ran_out = live(PermitKind.VESSEL_TRIAL, YEAR, *begun, A.EXPIRE)
    halted = live(PermitKind.VESSEL_TRIAL, YEAR, *begun, A.SUSPEND, A.EXPIRE)
    struck = live(PermitKind.VESSEL_TRIAL, YEAR, *begun, A.SUSPEND, A.EXPIRE, A.DEREGISTER)
    assert told_as(S.EXPIRED, ran_out) is S.EXPIRED
    assert told_as(S.EXPIRED, halted) is S.SUSPENDED
    assert told_as(S.DEREGISTERED, struck) is S.SUSPENDED


@pytest.mark.requirement("D4b-25", "D4b-52")
def test_others_are_told_of_what_ran_out_before_it_was_in_force_that_it_never_was() -> None:
    waited = live(PermitKind.VESSEL_TRIAL, YEAR, A.NOTIFY, A.PUBLISH_WARNING, A.EXPIRE)
    assert told_as(S.EXPIRED, waited) is S.WARNING_PUBLISHED


@pytest.mark.requirement("D4b-34", "D4b-62")
def test_what_is_suspended_of_a_permit_is_held_where_another_names_it_too() -> None:
    permit = draft(PermitKind.ROAD_TEST, YEAR)
    other = replace(YEAR, device_ids=frozenset({"van-1"}), transfer_zone_ids=frozenset({"way"}))
    assert not halts(permit, other)
    for held, is_held in (
        ({"suspended_device_ids": frozenset({"device-1"})}, False),
        ({"suspended_device_ids": frozenset({"van-1"})}, True),
        ({"suspended_zone_ids": frozenset({"elsewhere"})}, False),
        ({"suspended_zone_ids": frozenset({"way"})}, True),
    ):
        assert halts(replace(permit, terms=replace(YEAR, **held)), other) is is_held  # type: ignore[arg-type]
    assert halts(replace(permit, state=S.RESUME_REQUESTED), other), "the whole of it"
