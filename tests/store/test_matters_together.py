"""Matters under the permit of a consortium: who of it sees and does what, and what goes with a vehicle."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlmodel import update

from permits.accident import Accident
from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.further import Change
from permits.matter import Suspension
from permits.matter_deadlines import MatterCase, matter_dues
from permits.matter_refusals import MatterRefused
from permits.matter_states import MatterAction, MatterKind, MatterState
from permits.matter_step import MatterDetail
from permits.permit import Permit, PermitAction, PermitState
from permits.plating import PlateWanted
from permits.precondition_facts import Origin, Source
from permits.step_checks import RectificationMissing
from permits.transition import Actor
from tests.permits.lives import local
from tests.store.city import KITE, POLICE, REVIEWER, SWIFT
from tests.store.stepping import RULED, STEPS, do, now
from tests.store.test_accidents import GRAVE
from tests.store.test_bringing import NAMED, bring, put, together, with_the_van
from tests.store.test_further import SLOWER, apply, consented
from tests.store.test_matters import CAR, ROAD, SHA, act, suspend
from zone_service.store import documents, matters, on_record, permits, suspended
from zone_service.store.engine import Store
from zone_service.store.errors import NotAllowed, NotFound
from zone_service.store.records import PLATFORM, Principal
from zone_service.store.suspended import SuspendedFilter
from zone_service.store.tables import DeviceRow

A, K, S, D = MatterAction, MatterKind, MatterState, DocumentKind
VOLT = Principal("u-v", "vic", KITE.role, "volt")
"""Of a member that brings nothing."""
VAN = Suspension(frozenset({"van-1"}))
OF_THE_VAN = replace(GRAVE, device_ids=VAN.device_ids)
PLATES = (
    PlateWanted("car-1", "沪A0001试", "11111111111111111"),
    PlateWanted("van-1", "沪A0002试", "1M8GDM9AXKP042788"),
)


def in_force(store: Store) -> Permit:
    """A permit of Swift's car and Kite's van, in whose consortium Volt is too."""
    permit = together(store)
    bring(store, permit)
    put(store, permit, NAMED)
    with_the_van(store, permit)
    for who, action, at in STEPS[:-1]:
        do(store, who, permit, action, at)
    with store.write() as session:
        permits.apply_action(
            session, POLICE, permit.number, PermitAction.ISSUE, local("2026-05-15 10:00"),
            under=RULED, plates=PLATES,
        )  # fmt: skip
    return do(store, PLATFORM, permit, PermitAction.ACTIVATE, "2026-07-01 00:00")


def tell(
    store: Store, who: Principal, permit: Permit, about: Accident = OF_THE_VAN,
    at: str = "2026-07-02 10:00",
) -> MatterCase:  # fmt: skip
    action = A.RECORD if who in (POLICE, REVIEWER) else A.REPORT
    with store.write() as session:
        return matters.begin(
            session, who, permit.number, K.ACCIDENT, action, about, local(at), under=RULED
        )


def leave(store: Store, permit: Permit) -> MatterCase:
    return consented(store, apply(store, permit, about=Change({}, leaving=("kite",))))


def hand_in(store: Store, who: Principal, permit: Permit, kind: DocumentKind) -> str:
    at = local("2026-07-02 12:00")
    about = Document(kind=kind, covers=Covered(CoveredKind.PERMIT, permit.number))
    with store.write() as session:
        made = documents.add(session, who, about, at)
        file = StoredFile(SHA, "application/pdf", 7)
        documents.put_file(session, who, made.document_id, file, at)
    return made.document_id


def seen(store: Store, who: Principal) -> set[str]:
    with store.read() as session:
        found = matters.page(session, who, under=RULED)
    return {each.matter.matter_id for each in found}


def ids(cases: Sequence[MatterCase]) -> set[str]:
    return {each.matter.matter_id for each in cases}


@pytest.mark.requirement("D4a-23", "D4e-6", "D4b-63")
def test_a_member_sees_what_concerns_the_permit_or_its_own_vehicles_and_nothing_else(
    store: Store,
) -> None:
    permit = in_force(store)
    of_all = (suspend(store, permit, ROAD), apply(store, permit, about=SLOWER))
    of_the_van = (suspend(store, permit, VAN), tell(store, KITE, permit))
    of_both = (suspend(store, permit, Suspension(VAN.device_ids | CAR.device_ids)),)
    of_the_car = (suspend(store, permit), tell(store, SWIFT, permit, GRAVE))

    everything = (*of_all, *of_the_van, *of_both, *of_the_car)
    assert seen(store, SWIFT) == seen(store, REVIEWER) == ids(everything)
    assert seen(store, KITE) == ids((*of_all, *of_the_van, *of_both))
    assert seen(store, VOLT) == ids(of_all)
    for who, unseen in ((KITE, of_the_car), (VOLT, (*of_the_van, *of_both, *of_the_car))):
        for case in unseen:
            with pytest.raises(NotFound), store.read() as session:
                matters.get(session, who, case.matter.matter_id, RULED)
            with pytest.raises(NotFound):
                act(store, who, case, A.START_RECTIFICATION)
    with store.read() as session:
        halted, _ = suspended.page(session, KITE, SuspendedFilter(), RULED)
    assert {each.suspended.parts for each in halted} == {
        ROAD, VAN, Suspension(VAN.device_ids | CAR.device_ids),
    }  # fmt: skip


@pytest.mark.requirement("D4a-23", "D4b-64", "D4b-65", "D4f-7")
def test_a_member_reports_and_puts_right_what_is_about_its_own_vehicles_alone(
    store: Store,
) -> None:
    permit = in_force(store)
    case = tell(store, KITE, permit)
    assert {actor for due in matter_dues(case) for actor in due.actors} == {
        Actor.APPLICANT, Actor.OWNER,
    }  # fmt: skip
    report = hand_in(store, KITE, permit, D.ACCIDENT_REPORT)
    assert act(store, KITE, case, A.FILE_REPORT, papers=(report,)).matter.state is S.REPORT_FILED
    with store.read() as session:
        assert documents.get(session, SWIFT, report).organisation_id == "kite"
        with pytest.raises(NotFound):
            documents.get(session, VOLT, report)
    halt = act(store, KITE, suspend(store, permit, VAN), A.START_RECTIFICATION)
    put_right = hand_in(store, KITE, permit, D.RECTIFICATION_REPORT)
    halt = act(store, KITE, halt, A.REQUEST_RESUME, papers=(put_right,))
    assert act(store, POLICE, halt, A.RESUME).matter.state is S.RESUMED

    both = VAN.device_ids | CAR.device_ids
    for about in (GRAVE, replace(GRAVE, device_ids=both)):
        with pytest.raises(MatterRefused, match="expected applicant, owner"):
            tell(store, KITE, permit, about)
    with pytest.raises(MatterRefused, match="expected applicant, owner"):
        tell(store, VOLT, permit)
    for parts in (ROAD, Suspension(both)):
        with pytest.raises(MatterRefused, match="expected applicant, owner"):
            act(store, KITE, suspend(store, permit, parts), A.START_RECTIFICATION)
    with pytest.raises(MatterRefused, match="expected applicant"), store.write() as session:
        matters.begin(
            session, KITE, permit.number, K.CHANGE, A.APPLY, SLOWER, local("2026-07-02 10:00"),
            under=RULED,
        )  # fmt: skip
    # Nothing is open of Volt's: it hands in nothing about a permit that it does not hold.
    with pytest.raises(NotAllowed):
        hand_in(store, VOLT, permit, D.ACCIDENT_REPORT)
    with pytest.raises(NotAllowed):
        hand_in(store, KITE, permit, D.SUMMARY_REPORT)
    applicants = tell(store, SWIFT, permit, replace(GRAVE, device_ids=both))
    assert {actor for due in matter_dues(applicants) for actor in due.actors} == {Actor.APPLICANT}


@pytest.mark.requirement("D4b-63", "D4b-65", "D4b-26")
def test_a_suspension_lapses_with_the_vehicles_that_leave_and_an_accident_stays_to_be_reported(
    store: Store,
) -> None:
    permit = in_force(store)
    both = Suspension(VAN.device_ids | CAR.device_ids)
    halt, wider, case = suspend(store, permit, VAN), suspend(store, permit, both), tell(
        store, KITE, permit
    )  # fmt: skip
    left = leave(store, permit)

    def again(which: MatterCase, who: Principal = SWIFT) -> MatterCase:
        with store.read() as session:
            return matters.get(session, who, which.matter.matter_id, RULED)

    lapsed = again(halt)
    assert lapsed.matter.state is S.LAPSED
    assert lapsed.changes[-1].details == {MatterDetail.GONE: "VEHICLES"}
    assert lapsed.changes[-1].reason.startswith(f"{left.matter.matter_id}: none of its vehicles is")
    assert "所涉车辆均已不属于本许可" in lapsed.changes[-1].reason
    assert again(wider).matter.is_open
    assert now(store, permit).terms.suspended_device_ids == {"car-1"}
    with store.read() as session:
        halted, _ = suspended.page(session, REVIEWER, SuspendedFilter(), RULED)
    assert [each.suspended.parts for each in halted] == [CAR]

    assert again(case, KITE).matter.state is S.REPORTED
    report = hand_in(store, KITE, permit, D.ACCIDENT_REPORT)
    filed = act(store, KITE, case, A.FILE_REPORT, papers=(report,))
    assert filed.matter.state is S.REPORT_FILED
    assert seen(store, KITE) == ids((halt, wider, case)), "and nothing of the permit any more"
    assert act(store, REVIEWER, case, A.ACCEPT_REPORT).permit == now(store, permit)


@pytest.mark.requirement("D4b-65", "D4c-13")
def test_an_accident_of_before_a_vehicle_left_is_told_afterwards_and_is_on_record_of_its_owner(
    store: Store,
) -> None:
    permit = in_force(store)
    leave(store, permit)
    with pytest.raises(MatterRefused, match="not of permit"):
        tell(
            store,
            POLICE,
            permit,
            replace(OF_THE_VAN, occurred_at=local("2026-08-04 09:00")),
            "2026-08-04 10:00",
        )
    case = tell(store, POLICE, permit, at="2026-08-04 10:00")
    assert seen(store, KITE) == ids((case,))
    with store.write() as session:
        matters.act(
            session, POLICE, case.matter.matter_id, A.DETERMINE_LIABILITY,
            local("2026-08-05 10:00"), "seen", under=RULED,
            details={MatterDetail.LIABILITY: "FULL"},
        )  # fmt: skip
    with store.read() as session:
        found = on_record.on_record(
            session, ["van-1"], ["kite"], local("2026-08-06 10:00"), RULED.sheet
        )
    assert found["van-1"].sources == (Source(Origin.ACCIDENT, case.matter.matter_id),)
    assert act(store, KITE, case, A.REPORT, "2026-08-06 10:00").matter.state is S.REPORTED


@pytest.mark.requirement("D4b-65")
def test_who_has_left_tells_what_happened_to_its_own_vehicle_before_and_nothing_else(
    store: Store,
) -> None:
    permit = in_force(store)
    leave(store, permit)
    after = replace(OF_THE_VAN, occurred_at=local("2026-08-04 09:00"))
    with pytest.raises(MatterRefused, match="not of permit"):
        tell(store, KITE, permit, after, "2026-08-04 10:00")
    for about in (GRAVE, replace(GRAVE, device_ids=VAN.device_ids | CAR.device_ids)):
        with pytest.raises(NotFound):
            tell(store, KITE, permit, about, "2026-08-04 10:00")
    with pytest.raises(NotFound), store.write() as session:
        matters.begin(
            session, KITE, permit.number, K.CHANGE, A.APPLY, SLOWER, local("2026-08-04 10:00"),
            under=RULED,
        )  # fmt: skip
    case = tell(store, KITE, permit, at="2026-08-04 10:00")
    assert (case.matter.state, case.owners) == (S.REPORTED, ("kite",))
    report = hand_in(store, KITE, permit, D.ACCIDENT_REPORT)
    filed = act(store, KITE, case, A.FILE_REPORT, "2026-08-04 11:00", papers=(report,))
    assert filed.matter.state is S.REPORT_FILED
    assert seen(store, KITE) == ids((case,)), "and of the permit nothing more"
    assert now(store, permit).terms.suspended_device_ids == frozenset(), "its vehicle is gone"


@pytest.mark.requirement("D4a-23", "D4b-64")
def test_what_a_member_says_of_its_own_vehicle_lets_nothing_go_on_that_is_the_holders_to_put_right(
    store: Store,
) -> None:
    permit = in_force(store)
    do(store, POLICE, permit, PermitAction.SUSPEND, "2026-07-02 09:00")
    do(store, SWIFT, permit, PermitAction.START_RECTIFICATION, "2026-07-02 09:30")
    suspend(store, permit, VAN)
    hand_in(store, KITE, permit, D.RECTIFICATION_REPORT)
    with pytest.raises(RectificationMissing):
        do(store, SWIFT, permit, PermitAction.REQUEST_RESUME, "2026-07-02 13:00")
    hand_in(store, SWIFT, permit, D.RECTIFICATION_REPORT)
    asked = do(store, SWIFT, permit, PermitAction.REQUEST_RESUME, "2026-07-02 13:00")
    assert asked.state is PermitState.RESUME_REQUESTED


@pytest.mark.requirement("D4a-23", "D4b-63")
def test_whose_vehicles_a_matter_is_about_stays_as_it_was_written_down(store: Store) -> None:
    permit = in_force(store)
    halt = suspend(store, permit, VAN)
    with store.write() as session:
        session.exec(update(DeviceRow).values(organisation_id="volt"))
    after = act(store, KITE, halt, A.START_RECTIFICATION)
    assert after.owners == halt.owners == ("kite",)
    with pytest.raises(NotFound):
        act(store, VOLT, after, A.REQUEST_RESUME)
