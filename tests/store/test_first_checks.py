"""A permit comes into force with its devices online, and not before."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from permits.deadlines import Case
from permits.first_check import NotSelfChecked
from permits.further import Addition
from permits.matter_states import MatterAction, MatterKind
from permits.permit import Permit, PermitAction, PermitState
from tests.permits.lives import local
from tests.permits.test_further import LIKE, TESTED
from tests.store import city
from tests.store.city import CAR, POLICE, REVIEWER, SWIFT
from tests.store.stepping import RULED, STEPS, YEAR, do, draft, heard, history, issued, now
from tests.store.test_further import AT, act, apply, confirm, consented, vehicle
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import permit_lapses, permits, registry
from zone_service.store.engine import Store
from zone_service.store.permit_taking import case_of, let_law
from zone_service.store.records import PLATFORM

A, S = PermitAction, PermitState
_ASKED = {
    key: value
    for key, value in shipped_sheet("shanghai-default").parameters.items()
    if key.startswith("activation.")
}
STRICT = replace(RULED, sheet=replace(RULED.sheet, parameters={**RULED.sheet.parameters, **_ASKED}))
BEGINS, ENDS = local("2026-07-01 00:00"), local("2027-01-01 00:00")


def by_law(store: Store, permit: Permit, at: datetime) -> Case:
    with store.write() as session:
        return let_law(session, case_of(session, permit.number, STRICT), at, STRICT)


def by_hand(store: Store, permit: Permit, at: datetime) -> Permit:
    with store.write() as session:
        return permits.apply_action(session, REVIEWER, permit.number, A.ACTIVATE, at, under=STRICT)


@pytest.mark.requirement("D4b-25", "D4b-11")
def test_neither_the_law_nor_a_department_puts_in_force_what_waits_for_its_device(
    store: Store,
) -> None:
    permit, later = issued(store), BEGINS + timedelta(hours=7)
    assert by_law(store, permit, BEGINS).permit.state is S.ISSUED
    with pytest.raises(NotSelfChecked, match="car-1 was never heard"):
        by_hand(store, permit, BEGINS)
    heard(store, later, "car-1", lacks={"control_mode"})
    with pytest.raises(NotSelfChecked, match="car-1 does not tell its control mode"):
        by_hand(store, permit, later)

    heard(store, later, "car-1")
    assert by_law(store, permit, BEGINS - timedelta(seconds=1)).permit.state is S.ISSUED
    assert by_law(store, permit, later).permit.state is S.ACTIVE
    assert history(store, permit)[-1].counts_from == later, "and not from when its validity began"


@pytest.mark.requirement("D4b-25")
def test_a_device_that_was_taken_out_of_service_is_waited_for_no_more(store: Store) -> None:
    with store.write() as session:
        registry.add_device(session, PLATFORM, replace(CAR, device_id="car-2"), city.later(0))
    permit = draft(store, device_ids=frozenset({"car-1", "car-2"}), **YEAR)
    for who, action, at in STEPS:
        permit = do(store, who, permit, action, at)
    heard(store, BEGINS, "car-1")
    with pytest.raises(NotSelfChecked, match="car-2 was never heard"):
        by_hand(store, permit, BEGINS)
    with store.write() as session:
        registry.deactivate(session, PLATFORM, "car-2", BEGINS)
    assert by_law(store, permit, BEGINS).permit.state is S.ACTIVE


@pytest.mark.requirement("D4b-25", "D4b-68")
def test_what_is_added_to_a_permit_in_force_is_there_first(store: Store) -> None:
    permit = do(store, PLATFORM, issued(store), A.ACTIVATE, BEGINS)
    vehicle(store, "V-1", "car-1", TESTED)
    vehicle(store, "V-2", "car-2", LIKE)
    confirm(store, "V-2")
    case = apply(store, permit, MatterKind.ADD_VEHICLES, Addition(("V-2",)), under=STRICT)
    heard(store, local(AT), "car-2", lacks={"speed"})
    with pytest.raises(
        NotSelfChecked, match=r"cannot CHANGE_TERMS .* car-2 does not tell its speed"
    ):
        consented(store, case, STRICT)
    assert now(store, permit).terms.device_ids == {"car-1"}
    heard(store, local(AT), "car-2")
    act(store, POLICE, case, MatterAction.CONSENT, under=STRICT)
    assert now(store, permit).terms.device_ids == {"car-1", "car-2"}


@pytest.mark.requirement("D4b-25", "D4b-34")
def test_a_permit_in_force_goes_on_until_the_devices_of_the_one_that_takes_its_place_are_there(
    store: Store,
) -> None:
    old, begins = do(store, PLATFORM, issued(store), A.ACTIVATE, BEGINS), local("2026-09-01 00:00")
    new = draft(store, valid_from=begins, valid_to=local("2027-02-01"))
    do(store, SWIFT, new, A.SUBMIT, "2026-07-06 10:00", replaces=old.number)
    for who, action, _ in STEPS[1:]:
        do(store, who, new, action, "2026-07-07 10:00")

    def states(at: datetime) -> tuple[PermitState, PermitState]:
        by_law(store, new, at)
        return now(store, old).state, now(store, new).state

    assert now(store, new).state is S.ISSUED, "months before its devices are online"
    heard(store, begins - timedelta(seconds=1), "car-1")
    assert states(begins - timedelta(seconds=1)) == (S.ACTIVE, S.ISSUED)
    later = begins + timedelta(hours=7)
    assert states(later) == (S.ACTIVE, S.ISSUED), (
        "it was silent for hours: nineteen of twenty go on"
    )
    with pytest.raises(NotSelfChecked):
        by_hand(store, new, later)
    assert now(store, old).state is S.ACTIVE
    heard(store, later, "car-1")
    assert states(later) == (S.EXPIRED, S.ACTIVE)
    assert history(store, old)[-1].at == history(store, new)[-1].at == later


@pytest.mark.requirement("D4b-25", "D4b-16")
def test_what_waited_until_its_end_expires_and_was_never_in_force(store: Store) -> None:
    permit = issued(store)
    heard(store, ENDS, "car-1")
    case = by_law(store, permit, ENDS)
    assert [(each.before, each.action) for each in case.changes[-1:]] == [(S.ISSUED, A.EXPIRE)]
    assert case.changes[-1].counts_from == ENDS


@pytest.mark.requirement("D4b-25")
def test_what_waits_is_looked_at_again_the_later_the_longer_and_never_after_its_end(
    store: Store,
) -> None:
    permit = issued(store)
    with store.read() as session:
        for waited, again in (
            (timedelta(0), timedelta(seconds=5)),
            (timedelta(minutes=2), timedelta(seconds=12)),
            (timedelta(days=9), timedelta(minutes=1)),
            (ENDS - BEGINS - timedelta(seconds=9), timedelta(seconds=9)),
        ):
            at = BEGINS + waited
            (found,) = permit_lapses.waiting(session, [permit.number], at, STRICT)
            assert found.values == {"law_at": at + again}
            assert permit_lapses.waiting(session, [permit.number], at, RULED) == ()
    heard(store, BEGINS, "car-1")
    with store.read() as session:
        assert permit_lapses.waiting(session, [permit.number], BEGINS, STRICT) == ()
