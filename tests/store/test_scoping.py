"""Who sees what: every reading function, asked by everybody."""

import inspect
from collections.abc import Callable
from datetime import date, time
from types import ModuleType
from typing import Any

import pytest
from sqlmodel import Session

from permits.application import Application
from permits.daily_plan import DailyPlan
from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Vehicle, VehicleCategory
from permits.opinion import OpinionKind, Verdict
from permits.permit import PermitAction, PermitKind
from permits.review import Choice
from tests.store.city import (
    ADMINISTRATOR,
    KITE,
    NOON,
    POLICE,
    REVIEWER,
    SWIFT,
    UNDER,
    change,
    commit,
    terms,
)
from zone_service.store import (
    accounts,
    applications,
    audit,
    credentials,
    daily_plans,
    documents,
    journal,
    permits,
    refusals,
    register,
    registry,
    reviews,
    rule_sets,
    tokens,
    violations,
    zones,
)
from zone_service.store.engine import Store
from zone_service.store.errors import NotFound
from zone_service.store.records import (
    PLATFORM,
    Organisation,
    OrganisationKind,
    Principal,
    Refusal,
    RegisterEntry,
    Role,
)

NUMBER = "RT-SWIFT"
EPISODE = change("car-1")
PAPER = "D-0000002"
LICENCE = Document(
    kind=DocumentKind.BUSINESS_LICENCE,
    covers=Covered(CoveredKind.ORGANISATION, "swift"),
    number="B-1",
    issued_by="SAMR",
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
A_DAY = DailyPlan(
    day=date(2026, 5, 10),
    begins=time(9),
    ends=time(17),
    device_ids=frozenset({"car-1"}),
    max_height_agl_m=80.0,
)
SCAN = StoredFile("a" * 64, "application/pdf", 1000)

SINGLE: dict[str, Callable[[Session, Principal], Any]] = {
    "registry.organisation": lambda s, p: registry.organisation(s, p, "swift"),
    "registry.device": lambda s, p: registry.device(s, p, "car-1"),
    "permits.get": lambda s, p: permits.get(s, p, NUMBER),
    "permits.changes": lambda s, p: permits.changes(s, p, NUMBER),
    "permits.case": lambda s, p: permits.case(s, p, NUMBER, UNDER),
    "applications.get": lambda s, p: applications.get(s, p, NUMBER),
    "applications.missing_of": lambda s, p: applications.missing_of(
        s, p, NUMBER, NOON, under=UNDER
    ),
    "daily_plans.plans": lambda s, p: daily_plans.plans(s, p, NUMBER),
    "register.get": lambda s, p: register.get(s, p, "swift-car"),
    "reviews.get": lambda s, p: reviews.get(s, p, NUMBER),
    "documents.get": lambda s, p: documents.get(s, p, PAPER),
    "documents.owner_of": lambda s, p: documents.owner_of(s, p, LICENCE.covers),
    "violations.get": lambda s, p: violations.get(s, p, EPISODE.id),
    "violations.events_of": lambda s, p: violations.events_of(s, p, EPISODE.id),
}
"""Each returns what is Swift's."""

MANY: dict[str, Callable[[Session, Principal], Any]] = {
    "registry.organisations": registry.organisations,
    "registry.devices": registry.devices,
    "registry.labels": lambda s, p: registry.labels(s, p, ["car-1"]),
    "permits.page": permits.page,
    "register.page": register.page,
    "register.of_devices": lambda s, p: register.of_devices(s, p, ["car-1"]),
    "documents.page": documents.page,
    "refusals.page": refusals.page,
    "violations.page": violations.page,
    "violations.open_violations": violations.open_violations,
    "violations.by_id": lambda s, p: violations.by_id(s, p, [EPISODE.id]),
    "violations.events_since": lambda s, p: violations.events_since(s, p, 0),
}
"""Each returns things among which are Swift's."""

ACTS: dict[str, Callable[[Session, Principal], Any]] = {
    "registry.deactivate": lambda s, p: registry.deactivate(s, p, "car-1", NOON),
    "credentials.issue": lambda s, p: credentials.issue(s, p, "car-1", NOON),
    "credentials.revoke": lambda s, p: credentials.revoke(s, p, "car-1", NOON),
    "permits.apply_action": lambda s, p: permits.apply_action(
        s, p, NUMBER, PermitAction.SUBMIT, NOON, under=UNDER
    ),
    "applications.put": lambda s, p: applications.put(s, p, NUMBER, Application(), NOON),
    "daily_plans.file": lambda s, p: daily_plans.file(s, p, NUMBER, A_DAY, NOON, under=UNDER),
    "register.amend": lambda s, p: register.amend(s, p, "swift-car", A_CAR, NOON),
    "register.link": lambda s, p: register.link(s, p, "swift-car", None, NOON),
    "register.retire": lambda s, p: register.retire(s, p, "swift-car", NOON),
    "reviews.vote": lambda s, p: reviews.vote(s, p, NUMBER, Choice.APPROVE, NOON, under=UNDER),
    "reviews.ask": lambda s, p: reviews.ask(s, p, NUMBER, "lab", OpinionKind.EXPERT, NOON),
    "reviews.give_opinion": lambda s, p: reviews.give_opinion(
        s, p, NUMBER, Verdict.FAVOURABLE, "fine", NOON
    ),
    "documents.add": lambda s, p: documents.add(s, p, LICENCE, NOON),
    "documents.require_may_hand_in": lambda s, p: documents.require_may_hand_in(
        s, p, LICENCE.covers
    ),
    "documents.require_may_file": lambda s, p: documents.require_may_file(s, p, PAPER),
    "documents.put_file": lambda s, p: documents.put_file(s, p, PAPER, SCAN, NOON),
    "documents.withdraw": lambda s, p: documents.withdraw(s, p, PAPER, NOON),
    "violations.acknowledge": lambda s, p: violations.acknowledge(s, p, EPISODE.id, 1, "", NOON),
    "violations.resolve": lambda s, p: violations.resolve(s, p, EPISODE.id, 1, "?", NOON),
}
"""Each changes something of Swift's."""

NOT_SCOPED = {
    "accounts.users": "tested with the accounts: one's own, or all for administrators",
    "accounts.add_user": "for administrators alone",
    "accounts.set_password": "one's own, or any for administrators",
    "accounts.close_account": "for administrators alone",
    "accounts.open_account": "for administrators alone",
    "registry.add_organisation": "for administrators alone",
    "register.add": "names its organisation itself",
    "registry.add_device": "names its organisation itself",
    "registry.add_devices": "names its organisation itself",
    "registry.remove_devices": "for administrators alone",
    "credentials.issue_many": "tested with the registry: one by one as issue",
    "credentials.revoke_many": "for administrators alone",
    "permits.create": "names its organisation itself",
    "reviews.awaiting": "the principal's own department's, tested with the reviews",
    "violations.number": "tested with the violations: operators count their own",
    "tokens.create_token": "one's own",
    "tokens.tokens_of": "one's own",
    "tokens.revoke_token": "one's own",
    "tokens.issue_ticket": "one's own",
    "audit.record": "writes down what its caller was allowed to do",
    "audit.entries": "for administrators alone",
    "rule_sets.publish": "for administrators alone; everybody reads rule sets",
    "zones.publish": "for administrators and the police; everybody reads the map",
    "zones.put": "for administrators and the police; everybody reads the map",
    "zones.withdraw": "for administrators and the police; everybody reads the map",
}


@pytest.fixture
def settled(store: Store) -> Store:
    """A city in which Swift has one of everything, and Kite a device."""
    with store.write() as session:
        permits.create(
            session,
            SWIFT,
            kind=PermitKind.ROAD_TEST,
            holder_id="swift",
            terms=terms("car-1"),
            at=NOON,
            number=NUMBER,
        )
        entry = RegisterEntry("swift-car", "swift", A_CAR, "car-1")
        register.add(session, SWIFT, entry, NOON)
        assert documents.add(session, SWIFT, LICENCE, NOON).document_id == PAPER
    said = Refusal("car-1", "malformed", 960, 1, b"swift said")
    journal.commit_batch(store, commit(EPISODE, refusals=(said,)))
    return store


def test_every_function_that_a_principal_calls_is_in_the_matrix() -> None:
    modules: tuple[ModuleType, ...] = (
        accounts, applications, audit, credentials, daily_plans, documents, permits, refusals, register, registry,
        reviews, rule_sets, tokens, violations, zones,
    )  # fmt: skip
    found = {
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in modules
        for name, value in vars(module).items()
        if inspect.isfunction(value)
        and value.__module__ == module.__name__
        and not name.startswith("_")
        and "principal" in inspect.signature(value).parameters
    }
    assert found == {*SINGLE, *MANY, *ACTS, *NOT_SCOPED}


@pytest.mark.requirement("D4e-6")
@pytest.mark.parametrize("name", [*SINGLE, *ACTS])
def test_what_is_anothers_is_not_found_as_if_it_were_not_there(settled: Store, name: str) -> None:
    call = (SINGLE | ACTS)[name]
    with pytest.raises(NotFound) as foreign, settled.write() as session:
        call(session, KITE)
    nobody = Principal("u-x", "xi", Role.OPERATOR, "unknown")
    with pytest.raises(NotFound) as unknown, settled.write() as session:
        call(session, nobody)
    assert str(foreign.value) == str(unknown.value)


@pytest.mark.requirement("D4e-6")
@pytest.mark.parametrize("name", MANY)
def test_what_is_anothers_is_in_no_list(settled: Store, name: str) -> None:
    with settled.read() as session:
        everything = MANY[name](session, POLICE)
        own = MANY[name](session, SWIFT)
        assert "swift" in repr(everything) or "Swift" in repr(everything)
        assert own
        assert "swift" not in repr(MANY[name](session, KITE)).lower()


@pytest.mark.requirement("A44-4")
@pytest.mark.parametrize("principal", [SWIFT, REVIEWER, POLICE, ADMINISTRATOR])
@pytest.mark.parametrize("name", [*SINGLE, *MANY])
def test_the_owner_and_those_who_supervise_see_it(
    settled: Store, principal: Principal, name: str
) -> None:
    with settled.read() as session:
        found = (SINGLE | MANY)[name](session, principal)
    assert found or name in {"permits.changes", "daily_plans.plans"}


ASKED = Principal("u-lab", "lin", Role.ASSESSOR, "lab")
"""Of a third party that is asked about Swift's permit."""
STRANGER = Principal("u-bureau", "bo", Role.ASSESSOR, "bureau")
"""Of one that is not."""
OF_THE_PERMIT = frozenset(
    {
        "permits.get",
        "permits.case",
        "permits.changes",
        "permits.page",
        "applications.missing_of",
        "reviews.get",
        "documents.owner_of.permit",
    }
)


@pytest.fixture
def assessed(settled: Store) -> Store:
    with settled.write() as session:
        lab = Organisation("lab", "Laboratory", OrganisationKind.THIRD_PARTY)
        registry.add_organisation(session, PLATFORM, lab, NOON)
        permits.apply_action(session, SWIFT, NUMBER, PermitAction.SUBMIT, NOON, under=UNDER)
        reviews.ask(session, REVIEWER, NUMBER, "lab", OpinionKind.EXPERT, NOON)
    return settled


@pytest.mark.requirement("D4b-52")
@pytest.mark.parametrize("name", [*SINGLE, *MANY])
def test_a_third_party_sees_of_others_the_permit_that_it_is_asked_about_alone(
    assessed: Store, name: str
) -> None:
    def seen(principal: Principal) -> str:
        try:
            with assessed.read() as session:
                return repr((SINGLE | MANY)[name](session, principal)).lower()
        except NotFound:
            return ""

    assert "swift" not in seen(STRANGER)
    assert ("swift" in seen(ASKED) or name == "permits.changes") is (name in OF_THE_PERMIT)


@pytest.mark.requirement("D4b-52")
def test_a_third_party_sees_the_documents_of_the_permit_that_it_is_asked_about(
    assessed: Store,
) -> None:
    report = Document(kind=DocumentKind.TEST_PLAN, covers=Covered(CoveredKind.PERMIT, NUMBER))
    with pytest.raises(NotFound), assessed.write() as session:
        documents.add(session, STRANGER, report, NOON)
    with assessed.write() as session:
        made = documents.add(session, ASKED, report, NOON)
    with assessed.read() as session:
        assert documents.page(session, ASKED) == (made,)
        assert documents.page(session, STRANGER) == ()
        with pytest.raises(NotFound):
            documents.get(session, ASKED, PAPER)
