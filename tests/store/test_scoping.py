"""Who sees what: every reading function, asked by everybody."""

import ast
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, time, timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from sqlmodel import Session

import zone_service.store
from permits.application import Application
from permits.certificate import Certificate
from permits.condition import Verdict as Found
from permits.daily_plan import DailyPlan
from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Consortium, Member, MemberRole, Vehicle, VehicleCategory
from permits.governance_file import Admission, Sighting
from permits.governance_states import FileAction, RiskItem
from permits.link_test import LinkTest
from permits.matter import Matter, MatterChanged, Suspension
from permits.matter_states import MatterAction, MatterKind, MatterState
from permits.opinion import OpinionKind, Verdict
from permits.permit import PermitAction, PermitKind
from permits.plan_answers import PlanAnswer
from permits.precondition_codes import PreconditionCode
from permits.recognition import Bundle, VehicleThere
from permits.review import Choice
from permits.subject_reports import SubjectReport, SubjectReportKind
from permits.validity import CutBy
from telemetry.device_day import DeviceDay
from tests.store.city import (
    ADMINISTRATOR,
    CAR,
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
from zone_service import routes
from zone_service.store import (
    applications,
    bringing,
    certificates,
    changed_papers,
    clips,
    clips_beside,
    credentials,
    daily_plans,
    device_days,
    device_quality,
    dispositions,
    documents,
    driven,
    fences,
    governance,
    journal,
    link_tests,
    matter_rows,
    matters,
    mileage_seen,
    permits,
    plan_answers,
    plates,
    preconditions,
    recognitions,
    refusals,
    register,
    registry,
    reviews,
    subject_reports,
    suspended,
    trust_lists,
    violations,
)
from zone_service.store.clips_beside import Asked
from zone_service.store.engine import Store
from zone_service.store.errors import NotAllowed, NotFound
from zone_service.store.records import (
    PLATFORM,
    DrivenFigure,
    EvidenceClip,
    EvidenceKind,
    EvidencePart,
    HeardDay,
    Organisation,
    OrganisationKind,
    Principal,
    Refusal,
    RegisterEntry,
    Role,
)
from zone_service.store.suspended import SuspendedFilter
from zone_service.store.tables import CertificateRow

NUMBER = "RT-SWIFT"
EPISODE = change("car-1")
CLIP = EvidenceClip(
    kind=EvidenceKind.VIOLATION, key=EPISODE.id, part=EvidencePart.OPENING, organisation_id="swift",
    device_ids=("car-1",), moments_s=(0.0,), rule_set="r", before_s=90.0, after_s=90.0, kept_years=1,
    noted_at=NOON,
)  # fmt: skip
PAPER = "D-0000002"
MATTER = "SU-2026-000001"
FILE = "SB-2026-000006"
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
OF_A_CAR = Application(entry_ids=("swift-car",))
TOGETHER = Consortium(
    name="Together",
    members=(Member("swift", MemberRole.LEAD), Member("partner", MemberRole.OPERATING)),
)
A_DAY = DailyPlan(
    day=date(2026, 5, 10),
    begins=time(9),
    ends=time(17),
    device_ids=frozenset({"car-1"}),
    max_height_agl_m=80.0,
)
HEARD = DeviceDay((A_DAY.day - device_days.EPOCH).days, 0.0, 1.0, 1, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0)
LINK_TEST = LinkTest(
    test_id=0, device_id="car-1", begins=NOON, ends=NOON, result=Found.MET, faults=(), score=100.0,
    figures="{}", rule_set="r@1", by="", organisation_id="",
)  # fmt: skip
SCAN = StoredFile("a" * 64, "application/pdf", 1000)
A_WEEK = DrivenFigure(
    zone_id=None,
    begins=date(2026, 4, 20),
    ends=date(2026, 4, 26),
    document_id=PAPER,
    automated_km=100.0,
)
TRIAL = Admission(
    title="Sweeping",
    scenario="at night",
    items=frozenset({RiskItem.LOW_SPEED_GOODS}),
    terms="10 km/h",
    begins=date(2026, 6, 1),
    ends=date(2026, 8, 31),
)
REPORT = SubjectReport(SubjectReportKind.STAGE, {})
A_CAR_ALONE = Suspension(device_ids=frozenset({"car-1"}))
ELSEWHERE = Bundle(
    bundle_id="jiangsu-1",
    issuer="jiangsu",
    issuer_name="Jiangsu",
    addressed=("shanghai",),
    issued_at=NOON,
    valid_to=NOON + timedelta(days=90),
    vehicles=(VehicleThere(vehicle=A_CAR, holder="Swift Cars"),),
)
CERTIFICATE = Certificate(
    number="C-1", edition=1, confirmation="c", application=NUMBER, kind=PermitKind.ROAD_TEST, holder="Swift Cars",
    vehicles=(), places=(), transfers=(), exempt=(), hours=(), max_speed_mps=None, max_height_agl_m=None,
    control_modes=(), corridor_half_width_m=None, conditions=(), valid_from=NOON, valid_to=NOON, cut_by=CutBy.CAP,
    rules="r", rules_title="R", rules_title_zh="R", jurisdiction="demonstration", departments=(), issued_by="d",
    issued_at=NOON,
)  # fmt: skip

SINGLE: dict[str, Callable[[Session, Principal], Any]] = {
    "registry.organisation": lambda s, p: registry.organisation(s, p, "swift"),
    "registry.device": lambda s, p: registry.device(s, p, "car-1"),
    "permits.get": lambda s, p: permits.get(s, p, NUMBER),
    "permits.changes": lambda s, p: permits.changes(s, p, NUMBER),
    "permits.case": lambda s, p: permits.case(s, p, NUMBER, UNDER),
    "clips.get": lambda s, p: clips.get(s, p, CLIP.clip_id),
    "device_quality.days_of": lambda s, p: device_quality.days_of(
        s, p, "car-1", A_DAY.day, A_DAY.day
    ),
    "mileage_seen.days_of": lambda s, p: mileage_seen.days_of(s, p, "car-1", A_DAY.day, A_DAY.day),
    "mileage_seen.of_permit": lambda s, p: mileage_seen.of_permit(
        s, p, NUMBER, A_DAY.day, A_DAY.day
    ),
    "link_tests.page": lambda s, p: link_tests.page(s, p, "car-1", None, 10),
    "fences.of_device": lambda s, p: fences.of_device(s, p, "car-1"),
    "applications.get": lambda s, p: applications.get(s, p, NUMBER),
    "applications.missing_of": lambda s, p: applications.missing_of(
        s, p, NUMBER, NOON, under=UNDER
    ),
    "bringing.of_permit": lambda s, p: bringing.of_permit(s, p, NUMBER),
    "certificates.latest": lambda s, p: certificates.latest(s, p, NUMBER),
    "driven.of_entry": lambda s, p: driven.of_entry(s, p, "swift-car"),
    "governance.get": lambda s, p: governance.get(s, p, FILE, UNDER),
    "matters.get": lambda s, p: matters.get(s, p, MATTER, UNDER),
    "plates.of_permit": lambda s, p: plates.of_permit(s, p, NUMBER),
    "preconditions.get": lambda s, p: preconditions.get(s, p, NUMBER, NOON, UNDER),
    "recognitions.get": lambda s, p: recognitions.get(s, p, 1),
    "subject_reports.of_permit": lambda s, p: subject_reports.of_permit(s, p, NUMBER),
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
    "clips.page": clips.page,
    "device_quality.on_day": lambda s, p: device_quality.on_day(s, p, A_DAY.day),
    "permits.page": permits.page,
    "register.page": register.page,
    "register.of_devices": lambda s, p: register.of_devices(s, p, ["car-1"]),
    "documents.page": documents.page,
    "governance.page": lambda s, p: governance.page(s, p, UNDER),
    "matters.page": lambda s, p: matters.page(s, p, under=UNDER),
    "recognitions.page": recognitions.page,
    "suspended.page": lambda s, p: suspended.page(s, p, SuspendedFilter(), UNDER)[0],
    "refusals.page": refusals.page,
    "violations.page": violations.page,
    "violations.open_violations": violations.open_violations,
    "violations.by_id": lambda s, p: violations.by_id(s, p, [EPISODE.id]),
    "violations.events_since": lambda s, p: violations.events_since(s, p, 0),
}
"""Each returns things among which are Swift's."""

ACTS: dict[str, Callable[[Session, Principal], Any]] = {
    "registry.amend": lambda s, p: registry.amend(s, p, CAR, NOON),
    "registry.deactivate": lambda s, p: registry.deactivate(s, p, "car-1", NOON),
    "link_tests.put_on_record": lambda s, p: link_tests.put_on_record(s, p, LINK_TEST),
    "clips_beside.ask_further": lambda s, p: clips_beside.ask_further(
        s, p, CLIP.clip_id, Asked(NOON - timedelta(minutes=1), NOON, "why"), NOON
    ),
    "clips.locked": lambda s, p: clips.locked(s, p, CLIP.clip_id),
    "clips.read": lambda s, p: clips.read(s, p, CLIP.clip_id, "why", NOON),
    "clips.hold": lambda s, p: clips.hold(s, p, CLIP.clip_id, "why", NOON),
    "clips.release": lambda s, p: clips.release(s, p, CLIP.clip_id, "why", NOON),
    "credentials.issue": lambda s, p: credentials.issue(s, p, "car-1", NOON),
    "credentials.revoke": lambda s, p: credentials.revoke(s, p, "car-1", NOON),
    "permits.apply_action": lambda s, p: permits.apply_action(
        s, p, NUMBER, PermitAction.SUBMIT, NOON, under=UNDER
    ),
    "applications.put": lambda s, p: applications.put(s, p, NUMBER, Application(), NOON),
    "bringing.bring": lambda s, p: bringing.bring(s, p, NUMBER, "swift-car", NOON),
    "bringing.take_back": lambda s, p: bringing.take_back(s, p, NUMBER, "swift-car", NOON),
    "plan_answers.answer": lambda s, p: plan_answers.answer(
        s, p, NUMBER, A_DAY.day, PlanAnswer.APPROVE, NOON
    ),
    "daily_plans.file": lambda s, p: daily_plans.file(s, p, NUMBER, A_DAY, NOON, under=UNDER),
    "register.amend": lambda s, p: register.amend(s, p, "swift-car", A_CAR, NOON),
    "register.link": lambda s, p: register.link(s, p, "swift-car", None, NOON),
    "register.retire": lambda s, p: register.retire(s, p, "swift-car", NOON),
    "reviews.vote": lambda s, p: reviews.vote(s, p, NUMBER, Choice.APPROVE, NOON, under=UNDER),
    "reviews.ask": lambda s, p: reviews.ask(
        s, p, NUMBER, "lab", OpinionKind.EXPERT, NOON, under=UNDER
    ),
    "reviews.give_opinion": lambda s, p: reviews.give_opinion(
        s, p, NUMBER, Verdict.FAVOURABLE, "fine", NOON
    ),
    "documents.add": lambda s, p: documents.add(s, p, LICENCE, NOON),
    "documents.require_may_hand_in": lambda s, p: documents.require_may_hand_in(
        s, p, LICENCE.covers, LICENCE.kind
    ),
    "documents.require_may_file": lambda s, p: documents.require_may_file(s, p, PAPER),
    "documents.put_file": lambda s, p: documents.put_file(s, p, PAPER, SCAN, NOON),
    "documents.withdraw": lambda s, p: documents.withdraw(s, p, PAPER, NOON),
    "changed_papers.withdraw": lambda s, p: changed_papers.withdraw(s, p, PAPER, NOON, UNDER),
    "changed_papers.put_file": lambda s, p: changed_papers.put_file(s, p, PAPER, SCAN, NOON, UNDER),
    "dispositions.on_record": lambda s, p: dispositions.on_record(
        s, p, "swift", Sighting("OVERSPEED", NOON, violation_id=EPISODE.id)
    ),
    "dispositions.require_its_permit": lambda s, p: dispositions.require_its_permit(
        s, p, "swift", NUMBER
    ),
    "driven.declare": lambda s, p: driven.declare(s, p, "swift-car", A_WEEK, NOON),
    "driven.attest": lambda s, p: driven.attest(s, p, "swift-car", 1, NOON, under=UNDER),
    "governance.apply": lambda s, p: governance.apply(
        s, p, replace(TRIAL, permit_number=NUMBER), NOON, under=UNDER
    ),
    "governance.act": lambda s, p: governance.act(
        s, p, FILE, FileAction.WITHDRAW, NOON, "", under=UNDER
    ),
    "matters.begin": lambda s, p: matters.begin(
        s, p, NUMBER, MatterKind.SUSPENSION, MatterAction.SUSPEND, A_CAR_ALONE, NOON, under=UNDER
    ),
    "matters.act": lambda s, p: matters.act(
        s, p, MATTER, MatterAction.START_RECTIFICATION, NOON, under=UNDER
    ),
    "preconditions.of_matter": lambda s, p: preconditions.of_matter(s, p, MATTER, NOON, UNDER),
    "preconditions.attest": lambda s, p: preconditions.attest(
        s, p, NUMBER, PreconditionCode.COMPULSORY_INS, PAPER, NOON, under=UNDER
    ),
    "subject_reports.file": lambda s, p: subject_reports.file(
        s, p, NUMBER, REPORT, NOON, under=UNDER
    ),
    "violations.acknowledge": lambda s, p: violations.acknowledge(s, p, EPISODE.id, 1, "", NOON),
    "violations.resolve": lambda s, p: violations.resolve(s, p, EPISODE.id, 1, "?", NOON),
}
"""Each changes something of Swift's, or asks what there is nothing to tell of in this city."""

_SCOPING = ("scoped", "scoped_rows", "scoped_apart", "of_own_devices", "one", "fields", "require_role", "require_authority", "require_own")  # fmt: skip
NOT_SCOPED = {
    **dict.fromkeys((f"scoping.{name}" for name in _SCOPING), "is what scopes the others"),
    "accounts.users": "tested with the accounts: one's own, or all for administrators",
    "accounts.add_user": "for administrators alone",
    "accounts.set_password": "one's own, or any for administrators",
    "accounts.close_account": "for administrators alone",
    "accounts.open_account": "for administrators alone",
    "registry.add_organisation": "for administrators alone",
    "registry.end_organisation": "for administrators alone",
    "register.add": "names its organisation itself",
    "registry.add_device": "names its organisation itself",
    "registry.add_devices": "names its organisation itself",
    "registry.own_ids": "of the devices that registry.devices lists, tested with the history",
    "registry.remove_devices": "for administrators alone",
    "credentials.issue_many": "tested with the registry: one by one as issue",
    "credentials.revoke_many": "for administrators alone",
    "permits.create": "names its organisation itself",
    "plan_answers.awaiting": "the principal's own department's, tested with the daily plans",
    "reviews.awaiting": "the principal's own department's, tested with the reviews",
    "violations.number": "tested with the violations: operators count their own",
    "tokens.create_token": "one's own",
    "tokens.tokens_of": "one's own",
    "tokens.revoke_token": "one's own",
    "tokens.issue_ticket": "one's own",
    "attestations.write": "writes down what preconditions.attest has allowed",
    "audit_chain.verify": "for administrators alone",
    "authority_reports.require_maker": "says whose the reports of the authority are",
    "authority_reports.keep": "for the authority alone",
    "authority_reports.get": "the authority's, or for the public: tested with the reports",
    "authority_reports.file": "the authority's, or for the public: tested with the reports",
    "authority_reports.page": "the authority's, or for the public: tested with the reports",
    "clips.remove": "for administrators alone",
    "history_files.remove": "writes down what its time, or the disk, has settled",
    "history_holds.page": "for the police and administrators, who see all",
    "history_holds.put": "for the police and administrators, who see all",
    "history_holds.release": "for the police and administrators, who see all",
    "competence.unfit_for": "about a permit that its caller was shown",
    "competence.unfit_for_figures": "about a vehicle that its caller was shown",
    "dispositions.act_on_permit": "takes permits.apply_action",
    "governance.open_breach": "for reviewers and the police, who see all",
    "matter_papers.attached": "refuses another's document as one unfit, in matters.begin and act",
    "matter_rows.write": "writes down what matters.begin and act have allowed",
    "permit_taking.take": "about a permit that its caller was shown",
    "permit_taking.require_actor": "about a permit that its caller was shown",
    "permit_taking.takes": "about a permit that its caller was shown",
    "recognition_export.told": "for reviewers and administrators, who see all",
    "recognitions.keep": "for reviewers and administrators, who see all",
    "records.department_of": "the principal's own",
    "trust_lists.publish": "for administrators alone; everybody reads trust lists",
    "notices.publish": "in the name of one's own department; everybody reads notices",
    "notices.announce": "writes down what its caller was allowed to do",
    "notices.withdraw": "of one's own department; everybody reads notices",
    "feedback.page": "for departments alone",
    "feedback.answer": "for departments alone",
    "audit.record": "writes down what its caller was allowed to do",
    "audit.entries": "for administrators alone",
    "rule_sets.publish": "for administrators alone; everybody reads rule sets",
    "zones.publish": "for administrators and the police; everybody reads the map",
    "zones.put": "for administrators and the police; everybody reads the map",
    "zones.withdraw": "for administrators and the police; everybody reads the map",
}


Cities = Callable[[str], AbstractContextManager[Store]]
KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="module", params=KINDS)
def settled(request: pytest.FixtureRequest, open_city: Cities) -> Iterator[Store]:
    """A city in which Swift has one of everything, and Kite a device; nobody changes it."""
    with open_city(request.param) as store:
        yield settle(store)


def settle(store: Store) -> Store:
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
        applications.put(session, SWIFT, NUMBER, OF_A_CAR, NOON)
        documents.put_file(session, SWIFT, PAPER, SCAN, NOON)
        driven.declare(session, SWIFT, "swift-car", A_WEEK, NOON)
        filed = governance.apply(session, SWIFT, TRIAL, NOON, under=UNDER)
        assert filed.file.file_id == FILE
        trust_lists.publish(session, ADMINISTRATOR, "keys = []", "nobody yet", NOON)
        recognitions.keep(session, ADMINISTRATOR, ELSEWHERE, "a" * 64, "key-1", NOON)
        suspend(session)
        certify(session)
        clips.note(session, CLIP)
        link_tests.put_on_record(session, SWIFT, LINK_TEST)
    device_days.keep(store, [HeardDay("car-1", HEARD)])
    said = Refusal("car-1", "malformed", 960, 1, b"swift said")
    journal.commit_batch(store, commit(EPISODE, refusals=(said,)))
    return store


def suspend(session: Session) -> None:
    """Write a matter of Swift's down, as if its permit had been granted and a car been suspended."""
    matter = Matter(
        MATTER, NUMBER, MatterKind.SUSPENSION, MatterState.SUSPENDED, "swift", A_CAR_ALONE, 1
    )
    changed = MatterChanged(
        MATTER, MatterAction.SUSPEND, MatterState.NEW, MatterState.SUSPENDED, NOON, "rui", "?", 1
    )
    matter_rows.write(session, REVIEWER, matter, changed, None, "")


def certify(session: Session) -> None:
    """Write a certificate down, as if the permit had been granted."""
    content = msgspec.json.encode(CERTIFICATE).decode()
    row = CertificateRow(number=NUMBER, edition=1, machine="C-1", content=content, issued_at=NOON)
    session.add(row)


def modules_of_the_store() -> Iterator[ModuleType]:
    package = zone_service.store
    for each in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if not each.ispkg:
            yield import_module(each.name)


def test_every_function_that_a_principal_calls_is_in_the_matrix() -> None:
    found = {
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in modules_of_the_store()
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
    assert found or name in {*NOTHING_YET, "daily_plans.plans"}


ASKED = Principal("u-lab", "lin", Role.ASSESSOR, "lab")
"""Of a third party that is asked about Swift's permit."""
STRANGER = Principal("u-bureau", "bo", Role.ASSESSOR, "bureau")
"""Of one that is not."""
NOTHING_YET = frozenset({"permits.changes", "plates.of_permit", "subject_reports.of_permit"})
"""Those who may see the permit are told that there is none."""
OF_ITS_MATTERS = frozenset({"matters.get", "matters.page", "suspended.page"})
OF_THE_PERMIT = frozenset(
    {
        "permits.get",
        "permits.case",
        "permits.changes",
        "permits.page",
        "applications.get",
        "applications.missing_of",
        "bringing.of_permit",
        "certificates.latest",
        "plates.of_permit",
        "preconditions.get",
        "subject_reports.of_permit",
        "reviews.get",
        "documents.owner_of.permit",
    }
)


@pytest.fixture(scope="module", params=KINDS)
def assessed(request: pytest.FixtureRequest, open_city: Cities) -> Iterator[Store]:
    """Such a city in which a third party is asked about Swift's permit; nobody changes it either."""
    with open_city(request.param) as store:
        yield assess(settle(store))


def assess(settled: Store) -> Store:
    with settled.write() as session:
        lab = Organisation("lab", "Laboratory", OrganisationKind.THIRD_PARTY)
        registry.add_organisation(session, PLATFORM, lab, NOON)
        partner = Organisation("partner", "Partner", OrganisationKind.OPERATOR)
        registry.add_organisation(session, PLATFORM, partner, NOON)
        register.add(session, SWIFT, RegisterEntry("both", "swift", TOGETHER), NOON)
        wanted = replace(OF_A_CAR, consortium_id="both")
        applications.put(session, SWIFT, NUMBER, wanted, NOON)
        permits.apply_action(session, SWIFT, NUMBER, PermitAction.SUBMIT, NOON, under=UNDER)
        reviews.ask(session, REVIEWER, NUMBER, "lab", OpinionKind.EXPERT, NOON, under=UNDER)
    return settled


@pytest.mark.requirement("D4b-52")
@pytest.mark.parametrize("name", [*SINGLE, *MANY])
def test_a_third_party_sees_of_others_the_permit_that_it_is_asked_about_alone(
    assessed: Store, name: str
) -> None:
    assert not is_shown(assessed, name, STRANGER)
    assert is_shown(assessed, name, ASKED) is (name in OF_THE_PERMIT | OF_ITS_MATTERS)


def is_shown(store: Store, name: str, principal: Principal) -> bool:
    """Tell whether something of Swift's is, or where there is nothing yet, that there is nothing."""
    try:
        with store.read() as session:
            found = (SINGLE | MANY)[name](session, principal)
    except NotFound:
        return False
    return "swift" in repr(found).lower() or name in NOTHING_YET


MEMBER = Principal("u-part", "pia", Role.OPERATOR, "partner")
"""Of an organisation that is in a consortium with Swift."""


@pytest.mark.requirement("D4a-23", "D4e-6")
@pytest.mark.parametrize("name", [*SINGLE, *MANY])
def test_a_member_of_a_consortium_sees_the_permit_and_nothing_else_of_its_lead(
    assessed: Store, name: str
) -> None:
    assert is_shown(assessed, name, MEMBER) is (name in OF_THE_PERMIT)


@pytest.mark.requirement("D4a-23")
@pytest.mark.parametrize("name", ["permits.apply_action", "applications.put", "documents.add"])
def test_a_member_takes_no_step_of_its_leads(assessed: Store, name: str) -> None:
    with pytest.raises((NotAllowed, NotFound)), assessed.write() as session:
        ACTS[name](session, MEMBER)


@pytest.mark.requirement("D4b-52")
def test_a_third_party_sees_the_documents_of_the_permit_that_it_is_asked_about(
    store: Store,
) -> None:
    assessed = assess(settle(store))
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


WITHOUT_ASKER = {
    "accounts.log_in": "nobody is signed in yet",
    "accounts.log_out": "ends the session that is shown",
    "applications.tag_of": "of what was read for its reader",
    "feedback.give": "anybody may say something, and nobody is asked who they are",
    "feedback_limits.require_few": "counts what comes of one address, whoever that is",
    "feedback.of_receipt": "the receipt says whose it is",
    "fences.is_watched": "when fences were last looked at: of no device",
    "history_holds.removed_of": "of a hold that the police or an administrator has just put",
    "fences.get": "whose file it is stands in its address, which only its gateway is given",
    "first_checks.awaited": "of a permit that was read for its reader",
    "flights_at_once.granted_between": "hours of test bases: whose they are is not told",
    "issuer_keys.public_halves": "public, so that certificates can be proven",
    "kept_answers.claim": "by whom it was sent is in the submission",
    "kept_answers.keep": "by whom it was sent is in the submission",
    "kept_answers.release": "by whom it was sent is in the submission",
    "permit_parts.standing_in": "of a zone that who withdraws it may withdraw: they see every permit",
    "permit_taking.cases_of": "of permits that were read for their reader",
    "plan_answers.with_plans": "of permits that were read for their reader",
    "places.on_map": "the map is everybody's",
    "places.of_terms": "of a permit that was read for its reader; the map is everybody's",
    "recognitions.facts_of_vehicle": "of an entry that was read for its reader",
    "refusals.key_of": "of a row that was read for its reader",
    "replaced.held_back": "of a permit that was read for its reader",
    "rule_sets.prepare": "reads a text that its author sent",
    "seats.vacant": "of a permit that was read for its reader",
    "subject_reports.owed_of": "of a permit that was read for its reader",
    "subject_reports.place_of": "of a report that was read for its reader",
    "tokens.redeem_ticket": "the ticket says who asks",
    "trust_lists.in_force": "everybody may know whom the platform trusts",
    "zones.in_force": "the map is everybody's",
    "zones.one_in_force": "the map is everybody's",
    "registry.tag_of": "of what was read for its reader",
}
"""What a route may ask of the store without saying who asks, and why it may."""


def asked_by_routes() -> Iterator[str]:
    """Yield what the routes call of the store's modules that does not take who asks."""
    for file in sorted(Path(routes.__path__[0]).glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        known = {
            name.asname or name.name: import_module(f"zone_service.store.{name.name}")
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "zone_service.store"
            for name in node.names
        }
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
                continue
            asked = getattr(known.get(node.value.id), node.attr, None)
            if inspect.isfunction(asked) and "principal" not in inspect.signature(asked).parameters:
                yield f"{asked.__module__.rpartition('.')[2]}.{node.attr}"


def test_a_route_says_who_asks_or_asks_for_what_everybody_may_know() -> None:
    assert {*asked_by_routes()} == WITHOUT_ASKER.keys()
