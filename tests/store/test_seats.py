"""Which departments nobody here could vote for, of an application that waits for them."""

from collections.abc import Mapping

import pytest

from permits.department import Department
from permits.entries import Consortium, Member, MemberRole
from permits.permit import Permit, PermitKind
from permits.review import Choice
from tests.permits.lives import local
from tests.store.city import ADMINISTRATOR, INDUSTRY, KITE, SWIFT
from tests.store.stepping import RULED, STEPS, YEAR, A, do, draft, now
from zone_service.store import accounts, register, reviews, seats
from zone_service.store.engine import Store
from zone_service.store.records import RegisterEntry, Role

D = Department
EARLY = local("2026-01-05")
PASSWORD = "correct horse battery"


def account(store: Store, name: str, role: Role, home: str, of: D | None = None) -> None:
    accounts.add_user(
        store, ADMINISTRATOR, username=name, password=PASSWORD, role=role,
        organisation_id=home, department=of, at=EARLY,
    )  # fmt: skip


def vacant(store: Store, permit: Permit) -> Mapping[D, bool]:
    """Return each department of which nobody could vote, and whether it must."""
    with store.read() as session:
        found = seats.vacant(session, now(store, permit), RULED)
    return {each.department: each.mandatory for each in found}


@pytest.mark.requirement("D4b-7")
def test_an_application_names_the_departments_that_have_no_account_until_they_have_one(
    store: Store,
) -> None:
    permit = draft(store, **YEAR)
    assert vacant(store, permit) == {}, "nobody is asked before it is handed in"
    do(store, SWIFT, permit, A.SUBMIT, "2026-05-06 10:00")
    assert vacant(store, permit) == {D.INDUSTRY: True, D.TRANSPORT: True, D.POLICE: True}
    account(store, "pan", Role.POLICE, "traffic-police")
    account(store, "rui", Role.REVIEWER, "transport")
    assert vacant(store, permit) == {D.INDUSTRY: True}
    account(store, "ina", Role.REVIEWER, "transport", D.INDUSTRY)
    assert vacant(store, permit) == {}
    with store.write() as session:
        accounts.close_account(session, ADMINISTRATOR, "ina", EARLY)
    assert vacant(store, permit) == {D.INDUSTRY: True}, "an account that is closed votes no more"


@pytest.mark.requirement("D4b-7")
def test_who_has_voted_is_waited_for_no_more_and_what_is_decided_waits_for_nobody(
    store: Store,
) -> None:
    permit = draft(store, **YEAR)
    for who, action, at in STEPS[:5]:
        do(store, who, permit, action, at)
    with store.write() as session:
        eleven = local("2026-05-12 11:00")
        reviews.vote(session, INDUSTRY, permit.number, Choice.APPROVE, eleven, under=RULED)
    assert vacant(store, permit) == {D.TRANSPORT: True, D.POLICE: True}
    do(store, SWIFT, permit, A.APPROVE, "2026-05-13 10:00")
    assert vacant(store, permit) == {}


@pytest.mark.requirement("D4b-7")
def test_an_opinion_that_nobody_could_give_is_no_vote(store: Store) -> None:
    flight = draft(store, PermitKind.FLIGHT_ACTIVITY, KITE)
    do(store, KITE, flight, A.SUBMIT, "2026-05-03 10:00")
    assert vacant(store, flight) == {D.ATM: True, D.TRANSPORT: False, D.POLICE: False}


@pytest.mark.requirement("D4b-7")
def test_who_is_in_it_with_the_applicant_fills_no_seat(store: Store) -> None:
    permit = do(store, SWIFT, draft(store, **YEAR), A.SUBMIT, "2026-05-06 10:00")
    account(store, "rui", Role.REVIEWER, "transport")
    assert D.TRANSPORT not in vacant(store, permit)
    lead, runs = Member("swift", MemberRole.LEAD), Member("swift", MemberRole.OPERATING)
    members = (lead, runs, Member("transport", MemberRole.TECHNOLOGY))
    entry = RegisterEntry("all", "swift", Consortium(name="All", members=members))
    with store.write() as session:
        register.add(session, SWIFT, entry, EARLY)
    assert D.TRANSPORT in vacant(store, permit)
