"""A permit that takes the place of another lets go on nothing that is suspended of that."""

from datetime import datetime

import pytest

from permits.matter import Suspension
from permits.matter_states import MatterAction
from permits.permit import Permit, PermitAction, PermitKind, PermitState
from permits.replacing import Hold
from permits.rule_words import Language
from permits.step_checks import ReplacedHalted, StillHalted
from tests.permits.lives import local
from tests.store.city import MSA, POLICE, REVIEWER, SWIFT
from tests.store.stepping import RULED, STEPS, do, draft, history, issued, now, rectified
from tests.store.test_accidents import tell
from tests.store.test_hearings import act as drop
from tests.store.test_hearings import announce
from tests.store.test_matters import CAR, suspend
from zone_service.schemas.permits import HeldBackShown
from zone_service.store import permit_lapses
from zone_service.store.engine import Store
from zone_service.store.permit_taking import case_of, let_law
from zone_service.store.records import PLATFORM
from zone_service.store.replaced import held_back

A, S = PermitAction, PermitState
BEGINS, LATER = "2026-09-01 00:00", "2026-09-03 12:00"


def pair(store: Store) -> tuple[Permit, Permit]:
    """A permit in force, and one that begins in September in its place."""
    old = do(store, PLATFORM, issued(store), A.ACTIVATE, "2026-07-01 00:00")
    new = draft(store, valid_from=local(BEGINS), valid_to=local("2027-02-01"))
    do(store, SWIFT, new, A.SUBMIT, "2026-07-06 10:00", replaces=old.number)
    for who, action, _ in STEPS[1:]:
        do(store, who, new, action, "2026-07-07 10:00")
    return old, new


def by_law(store: Store, old: Permit, new: Permit, at: str) -> tuple[PermitState, PermitState]:
    with store.write() as session:
        let_law(session, case_of(session, new.number, RULED), local(at), RULED)
    return now(store, old).state, now(store, new).state


def waiting(store: Store, new: Permit, at: datetime) -> list[str]:
    with store.read() as session:
        return [each.number for each in permit_lapses.waiting(session, [new.number], at, RULED)]


@pytest.mark.requirement("D4b-34", "D4b-62")
def test_a_permit_that_is_suspended_is_replaced_by_nobody_before_it_is_resumed(
    store: Store,
) -> None:
    old, new = pair(store)
    do(store, POLICE, old, A.SUSPEND, "2026-08-20 10:00")
    assert by_law(store, old, new, BEGINS) == (S.SUSPENDED, S.ISSUED)
    with pytest.raises(ReplacedHalted, match=f"in the place of {old.number}: that is suspended"):
        do(store, REVIEWER, new, A.ACTIVATE, BEGINS)
    assert waiting(store, new, local(BEGINS)) == [new.number], "the timer looks again, and later"

    do(store, SWIFT, old, A.START_RECTIFICATION, "2026-09-02 10:00")
    rectified(store, old, "2026-09-02 11:00")
    do(store, SWIFT, old, A.REQUEST_RESUME, "2026-09-02 12:00")
    assert by_law(store, old, new, "2026-09-02 13:00") == (S.RESUME_REQUESTED, S.ISSUED)
    do(store, POLICE, old, A.RESUME, LATER)
    assert by_law(store, old, new, LATER) == (S.EXPIRED, S.ACTIVE)
    assert history(store, new)[-1].counts_from == local(LATER), "until then the other went on"


@pytest.mark.requirement("D4b-34", "D4b-62")
@pytest.mark.parametrize("parts", [CAR, Suspension(zone_ids=frozenset({"road-1"}))])
def test_a_vehicle_or_segment_that_is_suspended_goes_on_under_no_other_permit(
    store: Store, parts: Suspension
) -> None:
    old, new = pair(store)
    suspend(store, old, parts, at="2026-08-20 10:00")
    assert by_law(store, old, new, BEGINS) == (S.ACTIVE, S.ISSUED)
    with pytest.raises(ReplacedHalted):
        do(store, REVIEWER, new, A.ACTIVATE, BEGINS)
    assert now(store, old).state is S.ACTIVE, "what refuses the one takes nothing from the other"


def ended(store: Store, old: Permit, new: Permit, at: str) -> tuple[PermitState, PermitState]:
    """What the law has made of both, the one that is replaced first."""
    with store.write() as session:
        let_law(session, case_of(session, old.number, RULED), local(at), RULED)
    return by_law(store, old, new, at)


@pytest.mark.requirement("D4b-34", "D4b-62")
@pytest.mark.parametrize("is_found_over", [False, True])
def test_time_accepts_nothing_as_put_right_so_what_waits_for_it_waits_for_a_department(
    store: Store, *, is_found_over: bool
) -> None:
    old, new = pair(store)
    do(store, POLICE, old, A.SUSPEND, "2026-08-20 10:00")
    assert by_law(store, old, new, "2026-12-31 23:59") == (S.SUSPENDED, S.ISSUED)
    over = "2027-01-01 00:00"
    if is_found_over:
        assert ended(store, old, new, over) == (S.EXPIRED, S.ISSUED)
    assert by_law(store, old, new, over)[1] is S.ISSUED
    with pytest.raises(ReplacedHalted, match="with something halted; a department decides"):
        do(store, PLATFORM, new, A.ACTIVATE, over)
    assert waiting(store, new, local(over)) == [new.number]
    assert do(store, REVIEWER, new, A.ACTIVATE, "2027-01-01 09:00").state is S.ACTIVE
    assert now(store, old).state is S.EXPIRED


@pytest.mark.requirement("D4b-34", "D4b-62")
def test_a_vehicle_that_was_suspended_to_the_end_goes_on_by_a_department_alone(
    store: Store,
) -> None:
    old, new = pair(store)
    suspend(store, old, at="2026-08-20 10:00")
    assert ended(store, old, new, "2027-01-01 00:00") == (S.EXPIRED, S.ISSUED)
    assert do(store, REVIEWER, new, A.ACTIVATE, "2027-01-01 09:00").state is S.ACTIVE


@pytest.mark.requirement("D4b-34")
def test_what_waits_for_the_end_of_a_suspension_says_so_in_both_languages(store: Store) -> None:
    old, new = pair(store)

    def told(permit: Permit, at: str) -> list[HeldBackShown]:
        with store.read() as session:
            found = held_back(session, case_of(session, permit.number, RULED), local(at))
        return [HeldBackShown.of(permit, found, each) for each in Language] if found else []

    assert told(new, BEGINS) == []
    do(store, POLICE, old, A.SUSPEND, "2026-08-20 10:00")
    english, chinese = told(new, BEGINS)
    assert (english.permit, english.want) == (old.number, Hold.SUSPENDED)
    assert f"in the place of {old.number}: that is suspended" in english.said
    assert "后者处于暂停状态" in chinese.said
    assert told(new, "2027-01-01 00:00")[0].want is Hold.TAKEN
    assert told(old, BEGINS) == [], "what is in force waits for nothing"


@pytest.mark.requirement("D4b-34")
def test_what_runs_out_with_nothing_halted_frees_what_waits_for_it(store: Store) -> None:
    old, new = pair(store)
    assert ended(store, old, new, "2027-01-01 00:00") == (S.EXPIRED, S.ACTIVE)


@pytest.mark.requirement("D4b-34", "D4b-62")
def test_what_replaces_a_permit_that_an_authority_ended_waits_for_a_department(
    store: Store,
) -> None:
    old, new = pair(store)
    suspend(store, old, at="2026-08-20 10:00")
    do(store, POLICE, old, A.REVOKE, "2026-08-25 10:00")
    assert by_law(store, old, new, BEGINS) == (S.REVOKED, S.ISSUED)
    assert waiting(store, new, local(BEGINS)) == [new.number]
    assert do(store, REVIEWER, new, A.ACTIVATE, LATER).state is S.ACTIVE


@pytest.mark.requirement("D4b-34", "D4b-65")
def test_a_vehicle_of_an_open_accident_is_halted_whatever_became_of_its_permit(
    store: Store,
) -> None:
    old, new = pair(store)
    tell(store, old)
    assert by_law(store, old, new, "2027-01-01 00:00") == (S.ACTIVE, S.ISSUED)
    with store.write() as session:
        let_law(session, case_of(session, old.number, RULED), local("2027-01-01 00:00"), RULED)
    assert by_law(store, old, new, "2027-01-01 00:01") == (S.EXPIRED, S.ISSUED)
    with pytest.raises(ReplacedHalted, match=f"of {old.number}: an accident under that stops"):
        do(store, REVIEWER, new, A.ACTIVATE, "2027-01-01 00:02")


@pytest.mark.requirement("D4b-34", "D4b-62")
def test_what_waits_is_not_freed_while_silence_may_renew_what_is_suspended(store: Store) -> None:
    old, new = pair(store)
    suspend(store, old, at="2026-08-20 10:00")
    until = local("2027-03-01")
    do(store, SWIFT, old, A.REQUEST_RENEWAL, "2026-11-01 10:00", asked_until=until.isoformat())
    assert by_law(store, old, new, "2027-01-01 00:00") == (S.RENEWAL_PENDING, S.ISSUED)
    with store.write() as session:
        let_law(session, case_of(session, old.number, RULED), local("2027-01-01 00:00"), RULED)
    assert by_law(store, old, new, "2027-01-01 00:01") == (S.ACTIVE, S.ISSUED)
    assert now(store, old).terms.valid_to == until


@pytest.mark.requirement("D4b-34", "D4b-15")
def test_nobody_takes_the_place_of_a_permit_whose_revocation_is_announced(store: Store) -> None:
    old, new = pair(store)
    hearing = announce(store, old, at="2026-08-20 10:00")
    assert by_law(store, old, new, BEGINS) == (S.ACTIVE, S.ISSUED)
    with pytest.raises(ReplacedHalted, match=f"of {old.number}: an act to end that is announced"):
        do(store, REVIEWER, new, A.ACTIVATE, BEGINS)
    drop(store, POLICE, hearing, MatterAction.DROP, "2026-09-02 10:00")
    assert by_law(store, old, new, LATER) == (S.EXPIRED, S.ACTIVE)


@pytest.mark.requirement("D4b-34", "D4b-62")
def test_what_waits_for_what_waits_is_held_by_what_is_suspended_beneath_both(store: Store) -> None:
    old, new = pair(store)
    third = draft(store, valid_from=local(BEGINS), valid_to=local("2027-02-01"))
    do(store, SWIFT, third, A.SUBMIT, "2026-07-08 10:00", replaces=new.number)
    for who, action, _ in STEPS[1:]:
        do(store, who, third, action, "2026-07-09 10:00")
    suspend(store, old, at="2026-08-20 10:00")
    with pytest.raises(ReplacedHalted, match=f"in the place of {old.number}"):
        do(store, REVIEWER, third, A.ACTIVATE, BEGINS)


def trials(store: Store) -> tuple[Permit, Permit]:
    """A trial of a vessel in force, and the one that begins in September in its place."""
    made = [
        draft(
            store, PermitKind.VESSEL_TRIAL, valid_from=local(begins), valid_to=local("2027-01-01")
        )
        for begins in ("2026-07-01", BEGINS)
    ]
    old, new = made
    do(store, SWIFT, old, A.NOTIFY, "2026-05-06 10:00")
    do(store, REVIEWER, old, A.PUBLISH_WARNING, "2026-05-07 10:00", warning_id="W1")
    do(store, PLATFORM, old, A.ACTIVATE, "2026-07-01 00:00")
    do(store, SWIFT, new, A.NOTIFY, "2026-07-06 10:00", replaces=old.number)
    do(store, REVIEWER, new, A.PUBLISH_WARNING, "2026-07-07 10:00", warning_id="W2")
    return old, new


@pytest.mark.requirement("D4b-34", "D4b-62")
def test_a_holder_closes_no_trial_of_which_something_is_halted_or_that_is_to_be_taken(
    store: Store,
) -> None:
    old, new = trials(store)
    suspend(store, old, who=MSA, at="2026-08-20 10:00")
    with pytest.raises(StillHalted, match="a suspension, an accident that stops"):
        do(store, SWIFT, old, A.CLOSE, "2026-08-21 10:00")
    do(store, MSA, old, A.CLOSE, "2026-08-22 10:00")
    assert by_law(store, old, new, BEGINS) == (S.CLOSED, S.WARNING_PUBLISHED), "a department looks"
    assert do(store, MSA, new, A.ACTIVATE, LATER).state is S.ACTIVE


@pytest.mark.requirement("D4b-34")
def test_a_trial_that_its_holder_closes_with_nothing_halted_makes_room(store: Store) -> None:
    old, new = trials(store)
    do(store, SWIFT, old, A.CLOSE, "2026-08-21 10:00")
    assert by_law(store, old, new, BEGINS) == (S.CLOSED, S.ACTIVE)
