"""A permit that takes the place of another lets go on nothing that is suspended of that."""

from datetime import datetime

import pytest

from permits.matter import Suspension
from permits.permit import Permit, PermitAction, PermitState
from permits.step_checks import ReplacedHalted
from tests.permits.lives import local
from tests.store.city import POLICE, REVIEWER, SWIFT
from tests.store.stepping import RULED, STEPS, do, draft, history, issued, now, rectified
from tests.store.test_matters import CAR, suspend
from zone_service.store import permit_lapses
from zone_service.store.engine import Store
from zone_service.store.permit_taking import case_of, let_law
from zone_service.store.records import PLATFORM

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


@pytest.mark.requirement("D4b-34")
def test_what_waits_for_one_that_is_suspended_comes_into_force_once_that_has_ended(
    store: Store,
) -> None:
    old, new = pair(store)
    do(store, POLICE, old, A.SUSPEND, "2026-08-20 10:00")
    assert by_law(store, old, new, "2026-12-31 23:59") == (S.SUSPENDED, S.ISSUED)
    assert by_law(store, old, new, "2027-01-01 00:00") == (S.EXPIRED, S.ACTIVE)
