"""Preconditions over the store: what it knows, who attests the rest, and that nothing is granted without."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import box
from sqlmodel import Session

from geofence.zone import Area, Volume, Zone, ZoneKind
from maps.demo_map import drawn_zones
from permits.application import Application, DriverMode
from permits.condition import Verdict
from permits.corridor import OwnCorridor
from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Person, Vehicle, VehicleCategory
from permits.issuing import Ruling
from permits.mileage import Driven
from permits.paper_words import PapersRefused
from permits.permit import Permit, PermitAction, PermitKind, PermitState
from permits.precondition_codes import PreconditionCode
from permits.precondition_words import PreconditionsNotMet
from permits.preconditions import Finding
from permits.review import Choice, OwnFile
from tests.store.city import (
    ADMINISTRATOR,
    INDUSTRY,
    KITE,
    NOON,
    POLICE,
    REVIEWER,
    SWIFT,
    later,
    terms,
)
from zone_service.demo_city import lead_to
from zone_service.sample_papers import hand_in_samples
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import (
    applications,
    audit,
    documents,
    driven,
    known_facts,
    permit_taking,
    permits,
    preconditions,
    register,
    reviews,
    zones,
)
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, NotAllowed, NotFound
from zone_service.store.files import Files
from zone_service.store.records import (
    PLATFORM,
    DrivenFigure,
    KeptDocument,
    Principal,
    RegisterEntry,
    Role,
)

A, C, D, K = PermitAction, PreconditionCode, DocumentKind, PermitKind
UNDER = Ruling(shipped_sheet("shanghai-default"))
SHOWN = Ruling(shipped_sheet("demonstration"))
FILE = StoredFile("ab" * 32, "application/pdf", 100)
MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN


def draft(
    store: Store, kind: PermitKind = K.ROAD_TEST, who: Principal = SWIFT, **said: Any
) -> Permit:
    given = {"valid_from": NOON + timedelta(days=30), "valid_to": NOON + timedelta(days=60)} | said
    device = "car-1" if who is SWIFT else "drone-1"
    with store.write() as session:
        return permits.create(
            session, who, kind=kind, holder_id=who.organisation_id, terms=terms(device, **given),
            at=NOON,
        )  # fmt: skip


def sampled(store: Store, directory: Path, permit: Permit, who: Principal = SWIFT) -> None:
    hand_in_samples(store, Files(directory / "files"), who, permit.number, later(1), UNDER)


def found(store: Store, permit: Permit, code: PreconditionCode, rules: Ruling = UNDER) -> Finding:
    with store.read() as session:
        file = preconditions.get(session, SWIFT if permit.holder_id == "swift" else KITE, permit.number, later(2), rules)  # fmt: skip
    return next(each for each in file.findings if each.code is code)


def do(store: Store, who: Principal, permit: Permit, action: PermitAction) -> Permit:
    with store.write() as session:
        return permits.apply_action(
            session, who, permit.number, action, later(2), "because", under=UNDER
        )


def to_the_last_vote(store: Store, permit: Permit) -> None:
    do(store, SWIFT, permit, A.SUBMIT)
    for action in (A.ACCEPT, A.START_THIRD_PARTY_REVIEW, A.START_EXPERT_REVIEW, A.OPEN_JOINT_REVIEW):  # fmt: skip
        do(store, REVIEWER, permit, action)
    for who in (INDUSTRY, REVIEWER):
        with store.write() as session:
            reviews.vote(session, who, permit.number, Choice.APPROVE, later(3), under=UNDER)


def paper(
    session: Session, kind: DocumentKind, about: Covered, who: Principal = SWIFT, **said: Any
) -> KeptDocument:
    facts: dict[str, Any] = {
        "number": "1",
        "issued_by": "somebody",
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2027, 1, 1),
        "grade": "1",
    }
    made = documents.add(session, who, Document(kind=kind, covers=about, **facts | said), NOON)
    return documents.put_file(session, who, made.document_id, FILE, NOON)


CAR = Covered(CoveredKind.VEHICLE, "sample-car-1")
KINDS = (
    D.LIABILITY_INSURANCE,
    D.COMPULSORY_INSURANCE,
    D.SAFETY_INSPECTION,
    D.THIRD_PARTY_REPORT,
    D.TRAINING_RECORD,
    D.DATA_LINK_TEST,
    D.DRIVING_RECORD,
    D.DATA_PROMISE,
)
"""What a road test rests on; without one of them something is not known any more."""


class Undone(Exception):
    """The end of a trial: nothing of it is kept."""


@pytest.mark.requirement("D4b-69")
def test_no_permit_is_granted_with_a_precondition_not_met(store: Store, tmp_path: Path) -> None:
    permit = draft(store)
    sampled(store, tmp_path, permit)
    to_the_last_vote(store, permit)
    with store.read() as session:
        kept = documents.page(session, SWIFT, limit=1000)

    @settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
    @given(st.sets(st.sampled_from(KINDS), max_size=3), st.sampled_from([2015, 2015, 2024]))
    def the_last_vote_grants_what_is_met_and_nothing_else(
        gone: set[DocumentKind], licensed_since: int
    ) -> None:
        with suppress(Undone), store.write() as session:
            for each in kept:
                if each.document.kind in gone:
                    documents.withdraw(session, SWIFT, each.document_id, later(3))
            _license(session, permit, licensed_since)
            file = preconditions.get(session, SWIFT, permit.number, later(4), UNDER)
            wrong = {each.code for each in file.findings if each.result is not MET}
            try:
                reviews.vote(session, POLICE, permit.number, Choice.APPROVE, later(4), under=UNDER)
                refused = set[PreconditionCode]()
            except PreconditionsNotMet as error:
                refused = {each.code for each in error.found}
            assert refused == wrong
            assert bool(wrong) == bool(gone or licensed_since == 2024)
            granted = permits.get(session, SWIFT, permit.number).state is PermitState.APPROVED
            assert granted == (not wrong)
            raise Undone

    the_last_vote_grants_what_is_met_and_nothing_else()
    with store.write() as session:
        reviews.vote(session, POLICE, permit.number, Choice.APPROVE, later(5), under=UNDER)
    do(store, SWIFT, permit, A.REQUEST_PLATE)
    (policy,) = (each for each in kept if each.document.kind is D.LIABILITY_INSURANCE)
    with store.write() as session:
        documents.withdraw(session, SWIFT, policy.document_id, later(6))
    with pytest.raises(PreconditionsNotMet, match=r"cannot ISSUE .*INS_COVER_GE_5M"):
        do(store, POLICE, permit, A.ISSUE)


def _license(session: Session, permit: Permit, since: int) -> None:
    entry_id = f"sample-safety-officer-{permit.number}"
    entry = register.get(session, SWIFT, entry_id)
    assert isinstance(entry.particulars, Person)
    older = replace(entry.particulars, licensed_since=date(since, 6, 4))
    register.amend(session, SWIFT, entry_id, older, later(3))


def test_the_vote_that_is_refused_for_it_is_not_cast_and_the_demonstration_refuses_nothing(
    store: Store, tmp_path: Path
) -> None:
    permit = draft(store)
    sampled(store, tmp_path, permit)
    to_the_last_vote(store, permit)
    with store.write() as session:
        _license(session, permit, 2024)
    with pytest.raises(PreconditionsNotMet, match="OFFICER_LICENCE_3Y"), store.write() as session:
        reviews.vote(session, POLICE, permit.number, Choice.APPROVE, later(4), under=UNDER)
    with store.read() as session:
        file = reviews.get(session, SWIFT, permit.number)
    assert (file.permit.state, len(file.rounds[-1].review.votes)) == (PermitState.JOINT_REVIEW, 2)
    with store.write() as session:
        reviews.vote(session, POLICE, permit.number, Choice.APPROVE, later(5), under=SHOWN)
    assert found(store, permit, C.OFFICER_LICENCE_3Y, SHOWN).result is NOT_MET
    with store.read() as session:
        assert permits.get(session, SWIFT, permit.number).state is PermitState.APPROVED


@pytest.mark.requirement("D4c-17", "D4c-16")
def test_a_later_stage_is_not_accepted_before_the_earlier_ones_and_where_its_roads_are_not_open(
    store: Store, tmp_path: Path
) -> None:
    runway = Zone(
        "road-1", ZoneKind.KEEP_IN, "Runway", (Volume(Area(box(121.9, 30.9, 121.91, 30.91))),),
        domains=frozenset({"road"}), category="runway",
    )  # fmt: skip
    with store.write() as session:
        zones.publish(session, PLATFORM, (runway,), NOON)
    permit = draft(store, K.DEMO_APPLICATION)
    sampled(store, tmp_path, permit)
    do(store, SWIFT, permit, A.SUBMIT)
    with pytest.raises(PreconditionsNotMet) as refused:
        do(store, REVIEWER, permit, A.ACCEPT)
    assert [each.code for each in refused.value.found] == [
        C.STAGE_ORDER, C.SEGMENTS_SUBSET_TESTED, C.SEGMENT_CLASS_ALLOWED_FOR_STAGE,
    ]  # fmt: skip
    tested = draft(store, valid_from=NOON - timedelta(days=1))
    with store.write() as session:
        lead_to(session, tested, PermitState.ACTIVE, NOON, SHOWN)
    assert found(store, permit, C.STAGE_ORDER).result is MET
    assert found(store, permit, C.SEGMENTS_SUBSET_TESTED).result is MET
    assert found(store, permit, C.SEGMENT_CLASS_ALLOWED_FOR_STAGE).result is NOT_MET


@pytest.mark.requirement("D4b-70")
def test_a_department_attests_by_a_document_what_nobody_knows_and_it_is_on_record(
    store: Store, tmp_path: Path
) -> None:
    permit = draft(store)
    with store.write() as session:
        _register(session, permit)
        test = paper(session, D.DATA_LINK_TEST, CAR)
    code = C.DATA_LINK_TEST_PASSED
    assert found(store, permit, code).result is UNKNOWN
    with store.write() as session:
        preconditions.attest(
            session, REVIEWER, permit.number, code, test.document_id, later(1), under=UNDER,
            note="looked at it",
        )  # fmt: skip
    finding = found(store, permit, code)
    (answer,) = finding.answers
    assert (finding.result, answer.about) == (MET, CAR)
    assert answer.attested is not None
    assert (answer.attested.by, answer.attested.organisation_id, answer.attested.sha256) == (
        "rui", "transport", FILE.sha256,
    )  # fmt: skip
    with store.read() as session:
        entries = audit.entries(session, ADMINISTRATOR, limit=1000)
    (entry,) = (each for each in entries if each.action == "precondition.attest")
    assert (entry.actor, entry.subject) == ("rui", permit.number)
    assert f"DATA_LINK_TEST_PASSED: met by {test.document_id} sha256:abab" in entry.reason
    with store.write() as session:
        preconditions.attest(
            session, POLICE, permit.number, code, test.document_id, later(2), under=UNDER,
            met=False,
        )  # fmt: skip
    assert found(store, permit, code).result is NOT_MET, "the latest counts"
    with store.write() as session:
        documents.withdraw(session, SWIFT, test.document_id, later(3))
    assert found(store, permit, code).result is UNKNOWN, "it stands on nothing any more"


def _register(session: Session, permit: Permit, entry_id: str = "sample-car-1") -> None:
    car = Vehicle(
        vin="1M8GDM9AXKP042788", brand="Swift", model="S1", configuration="L4",
        category=VehicleCategory.PASSENGER, automation_level=4, software_version="1",
        hardware_version="A", mass_kg=1500.0,
    )  # fmt: skip
    register.add(session, SWIFT, RegisterEntry(entry_id, "swift", car, "car-1"), NOON)
    given = Application(DriverMode.DRIVER_SEATED, None, (entry_id,))
    applications.put(session, SWIFT, permit.number, given, NOON)


@pytest.mark.requirement("D4b-70")
def test_what_is_no_evidence_attests_nothing(store: Store) -> None:
    permit, others = draft(store), draft(store, K.FLIGHT_ACTIVITY, KITE)
    with store.write() as session:
        _register(session, permit)
        good = paper(session, D.DATA_LINK_TEST, CAR)
        other_kind = paper(session, D.THIRD_PARTY_REPORT, CAR)
        foreign = paper(
            session, D.DATA_PROMISE, Covered(CoveredKind.PERMIT, others.number), who=KITE
        )
        old = paper(session, D.DATA_LINK_TEST, CAR, valid_to=later(1).date())
        policy = paper(session, D.LIABILITY_INSURANCE, CAR, amount_cny=1e6)
        no_file = documents.add(
            session,
            SWIFT,
            Document(
                kind=D.DATA_LINK_TEST, covers=CAR, issued_by="lab", valid_from=date(2026, 1, 1)
            ),
            NOON,
        )
    own_reviewer = Principal("u-x", "xu", Role.REVIEWER, "swift", "transport")
    link, stored = C.DATA_LINK_TEST_PASSED, C.DATA_STORED_IN_CHINA

    def refused(
        code: PreconditionCode,
        document: KeptDocument,
        error: type[Exception],
        said: str,
        who: Principal = REVIEWER,
        days: int = 0,
    ) -> None:
        at = later(5) + timedelta(days=days)
        with pytest.raises(error, match=said), store.write() as session:
            preconditions.attest(
                session, who, permit.number, code, document.document_id, at, under=UNDER
            )

    refused(link, other_kind, PapersRefused, "a document of one of DATA_LINK_TEST")
    refused(stored, foreign, PapersRefused, "a document about the permit, its holder")
    refused(link, no_file, PapersRefused, "with its file")
    refused(link, old, PapersRefused, "still valid on 2026-05-05", days=1)
    refused(C.INS_COVER_GE_5M, policy, PapersRefused, "figures are not attested away")
    refused(C.AIS_ON, good, PapersRefused, "code is AIS_ON: expected one of STAGE_ORDER")
    refused(link, good, NotAllowed, "may not attest", SWIFT)
    refused(link, good, NotFound, "no permit", KITE)
    refused(link, good, OwnFile, "swift", own_reviewer)
    do(store, SWIFT, permit, A.WITHDRAW)
    refused(link, good, Conflict, "WITHDRAWN: expected one that is still to be granted")


# --- kilometres ---------------------------------------------------------------------------------------


def figure(document: KeptDocument, zone_id: str | None = "road-1", **said: Any) -> DrivenFigure:
    given: dict[str, Any] = {"begins": date(2026, 3, 1), "ends": date(2026, 3, 31)} | said
    return DrivenFigure(zone_id=zone_id, document_id=document.document_id, **given)


@pytest.mark.requirement("D4b-71")
def test_kilometres_count_once_they_are_attested_and_as_long_as_their_document_does(
    store: Store,
) -> None:
    permit = draft(store, K.DEMO_APPLICATION)
    code = C.TEST_HOURS_GE_240_OR_KM_GE_1000
    with store.write() as session:
        _register(session, permit)
        log = paper(session, D.TEST_EVIDENCE, CAR)
        here = figure(log, automated_h=100.0, automated_km=999.0, traffic_violations=0)
        first = driven.declare(session, SWIFT, CAR.key, here, later(1))
        elsewhere = figure(log, "road-9", automated_km=5000.0)
        other = driven.declare(session, SWIFT, CAR.key, elsewhere, later(1))
    assert found(store, permit, code).result is UNKNOWN, "declared is not attested"
    with store.write() as session:
        for each in (first, other):
            driven.attest(session, REVIEWER, CAR.key, each.figure_id, later(2))
    finding = found(store, permit, code)
    assert finding.result is NOT_MET
    assert [each.found for each in finding.figures] == [100.0, 999.0], "on its segments alone"
    assert finding.answers[0].documents == (log.document_id,)
    assert found(store, permit, C.NO_TRAFFIC_VIOLATION).result is MET
    with store.write() as session:
        more = figure(log, automated_km=1.0, begins=date(2026, 4, 1), ends=date(2026, 4, 2))
        last = driven.declare(session, SWIFT, CAR.key, more, later(3))
        driven.attest(session, POLICE, CAR.key, last.figure_id, later(3))
    assert found(store, permit, code).result is MET
    with store.read() as session:
        source = driven.AttestedFigures(session, later(4))
        known = source.driven([CAR.key, "nobody"], frozenset({"road-1"}))
    assert known == {
        CAR.key: Driven(
            automated_h=100.0,
            automated_km=1000.0,
            total_km=6000.0,
            zone_ids=frozenset({"road-1"}),
            traffic_violations=0,
            documents=(log.document_id,),
        )
    }
    with store.write() as session:
        documents.withdraw(session, SWIFT, log.document_id, later(5))
    assert found(store, permit, code).result is UNKNOWN


@pytest.mark.requirement("D4b-71")
def test_figures_that_cannot_be_are_refused_and_nobody_attests_their_own(store: Store) -> None:
    permit = draft(store)
    with store.write() as session:
        _register(session, permit)
        log = paper(session, D.TEST_EVIDENCE, CAR)
        kept = driven.declare(session, SWIFT, CAR.key, figure(log, automated_km=1.0), later(1))

    def refused(said: str, given: DrivenFigure, error: type[Exception] = PapersRefused) -> None:
        with pytest.raises(error, match=said), store.write() as session:
            driven.declare(session, SWIFT, CAR.key, given, later(1))

    refused("a figure: hours, kilometres or a count", figure(log, None))
    refused("automated_km is -1.0: expected 0 or more", figure(log, None, automated_km=-1.0))
    refused("takeovers is -1", figure(log, None, takeovers=-1))
    refused("a day that is over", figure(log, None, takeovers=0, ends=date(2026, 5, 5)))
    refused("not before valid_from", figure(log, None, takeovers=0, ends=date(2026, 2, 1)))
    refused("no figures yet", figure(log, automated_h=1.0, begins=date(2026, 3, 31)))
    own = Principal("u-x", "xu", Role.REVIEWER, "swift", "transport")
    for who, error in ((SWIFT, NotAllowed), (own, NotAllowed)):
        with pytest.raises(error), store.write() as session:
            driven.attest(session, who, CAR.key, kept.figure_id, later(2))
    with pytest.raises(NotFound), store.write() as session:
        driven.attest(session, REVIEWER, CAR.key, 999, later(2))
    with store.write() as session:
        driven.attest(session, REVIEWER, CAR.key, kept.figure_id, later(2))
    with pytest.raises(Conflict, match="attested by rui already"), store.write() as session:
        driven.attest(session, POLICE, CAR.key, kept.figure_id, later(3))
    with pytest.raises(NotFound), store.read() as session:
        driven.of_entry(session, KITE, CAR.key)
    with store.write() as session:
        documents.withdraw(session, SWIFT, log.document_id, later(4))
        again = paper(session, D.TEST_EVIDENCE, CAR)
        driven.declare(session, SWIFT, CAR.key, figure(again, automated_km=2.0), later(5))
    with store.read() as session:
        told = driven.of_entry(session, SWIFT, CAR.key)
    assert [(each.figure.automated_km, each.attested_by) for each in told] == [
        (1.0, "rui"), (2.0, None),
    ]  # fmt: skip


# --- flights ------------------------------------------------------------------------------------------


def line(latitude: float) -> OwnCorridor:
    return OwnCorridor(((121.5, latitude), (121.52, latitude)), 10.0)


@pytest.mark.requirement("D4c-41", "D4c-40")
def test_flights_that_were_granted_for_the_same_days_are_known_with_where_they_are(
    store: Store,
) -> None:
    def flight(begins: int, **said: Any) -> Permit:
        days = {"valid_from": NOON + timedelta(days=begins), "valid_to": NOON + timedelta(days=begins + 5)}  # fmt: skip
        return draft(store, K.FLIGHT_ACTIVITY, KITE, **days | said)

    garden = Zone(
        "garden", ZoneKind.KEEP_IN, "Garden", (Volume(Area(box(121.5, 31.0, 121.51, 31.01))),),
        domains=frozenset({"air"}),
    )  # fmt: skip
    with store.write() as session:
        zones.publish(session, PLATFORM, (garden,), NOON)
    own = flight(40, zone_ids=frozenset(), corridor=line(31.0))
    for granted in (
        flight(42, zone_ids=frozenset(), corridor=line(31.0005)),
        flight(43, zone_ids=frozenset({"garden"})),
        flight(44, zone_ids=frozenset(), corridor=line(32.0)),
        flight(50, zone_ids=frozenset(), corridor=line(31.0)),
    ):
        with store.write() as session:
            lead_to(session, granted, PermitState.APPROVED, NOON, SHOWN)
    flight(40, zone_ids=frozenset(), corridor=line(31.0))  # a draft is in nobody's way
    with store.read() as session:
        case = permit_taking.case_of(session, own.number, UNDER)
        facts = known_facts.known(session, case, later(1), UNDER)
    assert facts.flights is not None
    assert [(each.devices, each.near) for each in facts.flights] == [
        (1, True), (1, True), (1, False),
    ]  # fmt: skip
    finding = found(store, own, C.NO_4D_CONFLICT)
    assert (finding.result, finding.figures[0].found) == (NOT_MET, 1.0)
    assert found(store, own, C.AIRSPACE_CAPACITY).result is MET


@pytest.mark.requirement("D4c-42")
def test_the_cut_off_is_measured_when_it_is_handed_in(store: Store) -> None:
    permit = draft(store, K.FLIGHT_ACTIVITY, KITE, valid_from=NOON + timedelta(days=1))
    # Noon in London is eight in the evening in Shanghai, and too late for the day after.
    finding = found(store, permit, C.CUTOFF_12H)
    assert finding.result is NOT_MET
    early = draft(store, K.FLIGHT_ACTIVITY, KITE)
    assert found(store, early, C.CUTOFF_12H).result is MET


@pytest.mark.requirement("D4c-16", "D4c-18")
def test_every_road_and_area_of_the_demonstration_map_is_of_a_class_that_the_rules_know() -> None:
    lingang = shipped_sheet("lingang").parameters
    open_to = lingang["segments.open_to.ROAD_TEST"].value
    drivable = [
        each
        for each in drawn_zones()
        if "road" in each.domains and each.category.startswith("test_")
    ]
    assert len(drivable) > 10
    for each in drivable:
        assert isinstance(open_to, tuple)
        assert each.category in open_to, each.zone_id
        assert f"segments.risk.{each.category}" in lingang, each.zone_id
