"""What the members of a consortium bring: by their own consent, seen by them, and theirs to leave with."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from permits.application import Application
from permits.completeness import Incomplete
from permits.document_kinds import CoveredKind
from permits.entries import Consortium, Member, MemberRole, Vehicle, VehicleCategory
from permits.further import Change
from permits.matter import Suspension
from permits.matter_states import MatterState
from permits.paper_words import PapersRefused
from permits.permit import Permit, PermitAction, PermitState
from permits.plating import PlateWanted
from telemetry.report import Domain
from tests.permits.lives import local
from tests.store.city import ADMINISTRATOR, KITE, POLICE, REVIEWER, SWIFT, later
from tests.store.stepping import RULED, STEPS, YEAR, do, draft, now
from tests.store.test_further import apply, consented
from tests.store.test_matters import CAR, revision_of, suspend
from zone_service.store import (
    applications,
    bringing,
    certificates,
    permits,
    plates,
    register,
    registry,
)
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, InvalidValue, NotAllowed, NotFound
from zone_service.store.records import (
    PLATFORM,
    Device,
    Organisation,
    OrganisationKind,
    PlateState,
    Principal,
    RegisterEntry,
)

A = PermitAction
BOTH = Consortium(
    name="All",
    members=(
        Member("swift", MemberRole.LEAD),
        Member("swift", MemberRole.OPERATING),
        Member("kite", MemberRole.TECHNOLOGY),
        Member("volt", MemberRole.TECHNOLOGY),
    ),
)
A_CAR = Vehicle(
    vin="11111111111111111",
    brand="Swift",
    model="S1",
    configuration="L4",
    category=VehicleCategory.PASSENGER,
    automation_level=4,
    software_version="1",
    hardware_version="A",
    mass_kg=1500.0,
)
A_VAN = replace(A_CAR, vin="1M8GDM9AXKP042788", brand="Kite")
NAMED = Application(consortium_id="all", entry_ids=("S-1", "K-1"))


def together(store: Store) -> Permit:
    """A draft of Swift's that is to be one of a consortium, in which Kite has a van."""
    with store.write() as session:
        volt = Organisation("volt", "Volt", OrganisationKind.OPERATOR)
        registry.add_organisation(session, PLATFORM, volt, later(0))
        van = Device("van-1", "kite", Domain.ROAD, "Van")
        registry.add_device(session, PLATFORM, van, later(0))
        register.add(session, SWIFT, RegisterEntry("all", "swift", BOTH), later(0))
        register.add(session, SWIFT, RegisterEntry("S-1", "swift", A_CAR, "car-1"), later(0))
        register.add(session, KITE, RegisterEntry("K-1", "kite", A_VAN, "van-1"), later(0))
    permit = draft(store, **YEAR)
    put(store, permit, Application(consortium_id="all", entry_ids=("S-1",)))
    return permit


def put(store: Store, permit: Permit, given: Application, who: Principal = SWIFT) -> None:
    with store.write() as session:
        applications.put(session, who, permit.number, given, later(1))


def bring(store: Store, permit: Permit, entry_id: str = "K-1", who: Principal = KITE) -> None:
    with store.write() as session:
        bringing.bring(session, who, permit.number, entry_id, later(2))


def take_back(store: Store, permit: Permit, who: Principal = KITE) -> None:
    with store.write() as session:
        bringing.take_back(session, who, permit.number, "K-1", later(3))


def with_the_van(store: Store, permit: Permit) -> Permit:
    with store.write() as session:
        wider = replace(permit.terms, device_ids=frozenset({"car-1", "van-1"}))
        return permits.apply_action(
            session, SWIFT, permit.number, A.AMEND_TERMS, later(4), under=RULED, terms=wider
        )


def do_without_waiting(store: Store, act: Callable[[Session], object]) -> None:
    with store.write() as session:
        session.connection().execute(text("SET LOCAL lock_timeout = '20ms'"))
        act(session)


@pytest.mark.requirement("D4a-23", "D4e-6")
def test_what_a_member_owns_is_named_by_its_own_consent_and_not_by_the_applicants_word(
    store: Store,
) -> None:
    permit = together(store)
    with pytest.raises(NotFound):
        put(store, permit, NAMED)
    with pytest.raises(InvalidValue, match="what a member of its consortium brings"):
        put(store, permit, NAMED, ADMINISTRATOR)
    with pytest.raises(InvalidValue, match="van-1"):
        with_the_van(store, permit)
    for who in (SWIFT, ADMINISTRATOR, REVIEWER):
        with pytest.raises(NotAllowed):
            bring(store, permit, who=who)
    with pytest.raises(NotFound):
        bring(store, permit, "S-1")

    before = revision_of(store)
    for _ in range(2):
        bring(store, permit)
    assert revision_of(store) == before + 2, "who hands it in at the same time waits"
    put(store, permit, NAMED)
    with_the_van(store, permit)
    with pytest.raises(NotFound):
        take_back(store, permit, Principal("u-v", "vic", KITE.role, "volt"))
    take_back(store, permit)
    with pytest.raises(
        Incomplete, match=r"entry_ids\.K-1 is missing: expected the consent of kite"
    ):
        do(store, SWIFT, permit, A.SUBMIT, "2026-05-06 10:00")
    put(store, permit, Application(consortium_id="all", entry_ids=("S-1",)))
    with pytest.raises(InvalidValue, match="van-1"):
        do(store, SWIFT, permit, A.SUBMIT, "2026-05-06 10:00")
    bring(store, permit)
    put(store, permit, NAMED)
    with pytest.raises(NotAllowed):
        do(store, KITE, permit, A.SUBMIT, "2026-05-06 10:00")
    do(store, SWIFT, permit, A.SUBMIT, "2026-05-06 10:00")

    with pytest.raises(Conflict, match="a change by which its member leaves"):
        take_back(store, permit)
    with store.read() as session:
        told = bringing.of_permit(session, REVIEWER, permit.number)
    assert [
        (e.entry_id, e.kind, e.organisation_id, e.is_holders, e.consented_by) for e in told
    ] == [
        ("K-1", CoveredKind.VEHICLE, "kite", False, "kim"),
        ("S-1", CoveredKind.VEHICLE, "swift", True, None),
    ]
    assert all(each.is_named for each in told)


@pytest.mark.requirement("D4a-23")
def test_what_is_being_handed_in_is_brought_taken_back_and_filled_in_only_afterwards(
    open_city: Callable[[str], AbstractContextManager[Store]],
) -> None:
    with open_city("postgresql") as store:  # on SQLite one alone writes at a time
        permit = together(store)
        bring(store, permit)
        put(store, permit, NAMED)
        with_the_van(store, permit)
        acts: tuple[Callable[[Session], object], ...] = (
            lambda other: bringing.take_back(other, KITE, permit.number, "K-1", later(3)),
            lambda other: bringing.bring(other, KITE, permit.number, "K-1", later(3)),
            lambda other: applications.put(other, SWIFT, permit.number, Application(), later(3)),
        )
        with store.write() as session:
            at = local("2026-05-06 10:00")
            permits.apply_action(session, SWIFT, permit.number, A.SUBMIT, at, under=RULED)
            for act in acts:
                with pytest.raises(OperationalError, match="lock timeout"):
                    do_without_waiting(store, act)
        with pytest.raises(Conflict, match="a change by which its member leaves"):
            take_back(store, permit)


@pytest.mark.requirement("D4a-23", "D4b-19")
def test_a_member_leaves_what_was_granted_by_a_change_with_all_that_it_brings(
    store: Store,
) -> None:
    permit = together(store)
    bring(store, permit)
    put(store, permit, NAMED)
    with_the_van(store, permit)
    for who, action, at in STEPS[:-1]:
        do(store, who, permit, action, at)
    fewer = replace(BOTH, members=BOTH.members[:3])
    with pytest.raises(Conflict, match="consortium all holds permit"), store.write() as session:
        register.amend(session, SWIFT, "all", fewer, later(5))
    with store.write() as session:
        wanted = (
            PlateWanted("car-1", "沪A0001试", "11111111111111111"),
            PlateWanted("van-1", "沪A0002试", "1M8GDM9AXKP042788"),
        )
        permits.apply_action(
            session, POLICE, permit.number, A.ISSUE, local("2026-05-15 10:00"), under=RULED,
            plates=wanted,
        )  # fmt: skip
    do(store, PLATFORM, permit, A.ACTIVATE, "2026-07-01 00:00")
    suspend(store, permit, Suspension(frozenset({"van-1"})))
    for leaving in (("swift",), ("nobody",), ("kite", "volt")):
        with pytest.raises(PapersRefused, match="leaving"):
            apply(store, permit, about=Change({}, leaving=leaving))

    case = consented(store, apply(store, permit, about=Change({}, leaving=("kite",))))

    assert case.matter.state is MatterState.GRANTED
    after = now(store, permit)
    assert (after.state, after.terms.device_ids) == (PermitState.ACTIVE, frozenset({"car-1"}))
    assert [each.device_id for each in after.terms.plates] == ["car-1"]
    suspend(store, permit, CAR, at="2026-08-03 11:00")
    halted = now(store, permit).terms.suspended_device_ids
    assert halted == {"car-1"}, "what is held of the van is nothing of the permit any more"
    with store.read() as session:
        kept = plates.of_permit(session, SWIFT, permit.number)
        members = certificates.latest(session, SWIFT, permit.number).certificate.members
        told = bringing.of_permit(session, SWIFT, permit.number)
        with pytest.raises(NotFound):
            permits.get(session, KITE, permit.number)
    assert [(each.number, each.state) for each in kept] == [
        ("沪A0001试", PlateState.VALID),
        ("沪A0002试", PlateState.TO_RECALL),
    ]
    assert {each.name for each in members} == {"Swift Cars", "Volt"}
    assert [each.entry_id for each in told] == ["S-1"]
    with pytest.raises(PapersRefused, match="two organisations or more"):
        apply(store, permit, about=Change({}, leaving=("volt",)))
