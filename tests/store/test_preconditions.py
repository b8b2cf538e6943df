"""Preconditions over the store: what it knows, who attests the rest, and that nothing is granted without."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import box
from sqlmodel import Session

from geofence.zone import Area, Volume, Zone, ZoneKind
from maps.demo_map import drawn_zones
from permits.application import Application, DriverMode
from permits.competence import NotCompetent
from permits.condition import Compared, Comparison, Verdict
from permits.corridor import OwnCorridor
from permits.department import Department
from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Person, Vehicle, VehicleCategory
from permits.further import Addition, Change, Renewal
from permits.governance_file import Breach
from permits.issuing import SHANGHAI, Ruling, legal_day
from permits.link_test import Fault, LinkTest
from permits.matter import About
from permits.matter_deadlines import MatterCase
from permits.matter_states import MatterAction, MatterKind, MatterState
from permits.mileage import Driven
from permits.paper_words import PapersRefused
from permits.permit import Permit, PermitAction, PermitKind, PermitState
from permits.precondition_codes import PreconditionCode
from permits.precondition_facts import Origin, Source
from permits.precondition_words import NotGrantable, PreconditionsNotMet
from permits.preconditions import Finding
from permits.provisos import Provisos
from permits.report_periods import Period
from permits.review import Choice
from permits.rule_words import Language
from permits.transition import Detail
from permits.violation import Severity
from telemetry.device_day import DeviceDay
from telemetry.report import Domain
from tests.store.city import (
    ADMINISTRATOR,
    INDUSTRY,
    KITE,
    NOON,
    POLICE,
    REVIEWER,
    SWIFT,
    change,
    commit,
    later,
    road,
    terms,
)
from tests.store.stepping import hand_in
from zone_service.demo_city import lead_to
from zone_service.demo_votes import approved_by_all, reviewer_of
from zone_service.sample_papers import hand_in_samples
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import (
    applications,
    audit,
    device_days,
    documents,
    driven,
    journal,
    known_facts,
    link_tests,
    matters,
    permit_taking,
    permits,
    preconditions,
    register,
    registry,
    report_facts,
    reviews,
    segments,
    violations,
    zones,
)
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, NotAllowed, NotFound
from zone_service.store.files import Files
from zone_service.store.on_record import on_record
from zone_service.store.records import (
    PLATFORM,
    Device,
    DrivenFigure,
    HeardDay,
    KeptDocument,
    Principal,
    RegisterEntry,
    Role,
)
from zone_service.store.tables import GovernanceFileRow

A, C, D, K = PermitAction, PreconditionCode, DocumentKind, PermitKind
_SHEET = shipped_sheet("shanghai-default")
UNDER = Ruling(
    replace(
        _SHEET,
        parameters={
            k: each
            for k, each in _SHEET.parameters.items()
            if k not in {"review.road.opinions", "resume.third_party_accepts"}
        },
    )
)
"""Without the opinions that a file waits for, which are asked for beside what is shown here."""
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


def do(
    store: Store, who: Principal, permit: Permit, action: PermitAction, under: Ruling = UNDER
) -> Permit:
    with store.write() as session:
        return permits.apply_action(
            session, who, permit.number, action, later(2), "because", under=under
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


@pytest.mark.requirement("D4b-3")
def test_what_is_returned_goes_back_with_all_that_the_platform_knows_to_be_lacking(
    store: Store, tmp_path: Path
) -> None:
    permit = draft(store)
    sampled(store, tmp_path, permit)
    do(store, SWIFT, permit, A.SUBMIT)
    with store.write() as session:
        for each in documents.page(session, SWIFT, limit=1000):
            if each.document.kind is D.LIABILITY_INSURANCE:
                documents.withdraw(session, SWIFT, each.document_id, later(2))
    with store.write() as session:
        permits.apply_action(
            session, REVIEWER, permit.number, A.RETURN_FOR_CORRECTION, later(3), "incomplete",
            under=UNDER, details={Detail.MISSING: "a map of the route\n\na second key"},
        )  # fmt: skip
    with store.read() as session:
        told = permits.changes(session, SWIFT, permit.number)[-1].details[Detail.MISSING]
    said, key, *known = told.splitlines()

    assert (said, key) == ("a map of the route", "a second key")
    assert any("insurance" in each and "保险" in each for each in known)


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

    # One that was suspended when its time ran out was not passed; one that was in force was.
    other = draft(store, valid_from=NOON - timedelta(days=1))
    do(store, REVIEWER, tested, A.SUSPEND)
    ran_out(store, tested)
    assert found(store, permit, C.STAGE_ORDER).result is NOT_MET

    # Nor was one that waited for its devices until its end.
    never = draft(store, valid_from=NOON - timedelta(days=1))
    with store.write() as session:
        lead_to(session, never, PermitState.ISSUED, NOON, SHOWN)
    ran_out(store, never, UNDER)
    assert found(store, permit, C.STAGE_ORDER).result is NOT_MET
    with store.write() as session:
        lead_to(session, other, PermitState.ACTIVE, NOON, SHOWN)
    ran_out(store, other)
    assert found(store, permit, C.STAGE_ORDER).result is MET


def ran_out(store: Store, permit: Permit, under: Ruling = SHOWN) -> None:
    over = permit.terms.valid_to + timedelta(seconds=1)
    with store.write() as session:
        after = permits.apply_action(session, PLATFORM, permit.number, A.EXPIRE, over, under=under)
    assert after.state is PermitState.EXPIRED
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


@pytest.mark.requirement("D4c-28")
def test_a_device_that_was_heard_for_long_enough_shows_that_its_data_link_works(
    store: Store,
) -> None:
    permit = draft(store)
    with store.write() as session:
        _register(session, permit)
    today = (legal_day(later(2)) - device_days.EPOCH).days

    def hear(days_ago: int, hours: float) -> Verdict:
        heard = DeviceDay(
            today - days_ago, 0.0, 1.0, round(hours * 3600), 0, hours * 3600,
            0.0, 0.0, 0.0, 0.0, 0,
        )  # fmt: skip
        device_days.keep(store, [HeardDay("car-1", heard)])
        return found(store, permit, C.DATA_LINK_TEST_PASSED).result

    assert hear(30, 20.0) is UNKNOWN, "before the days that count"
    assert hear(29, 4.0) is UNKNOWN
    assert hear(0, 4.0) is MET
    (answer,) = found(store, permit, C.DATA_LINK_TEST_PASSED).answers
    assert [each.found for each in answer.figures] == [8.0, 60.0, None, False]


@pytest.mark.requirement("D4b-80")
def test_the_latest_test_of_a_data_link_answers_for_as_long_as_the_rules_say(store: Store) -> None:
    permit, code = draft(store), C.DATA_LINK_TEST_PASSED
    with store.write() as session:
        _register(session, permit)

    def tested(seconds: float, result: Verdict) -> LinkTest:
        test = LinkTest(
            test_id=0, device_id="car-1", begins=later(seconds - 600), ends=later(seconds), result=result,
            faults=(Fault.ITEMS_MISSING, Fault.SCORE_TOO_LOW), score=70.0, figures="{}",
            rule_set="r@1", by="", organisation_id="",
        )  # fmt: skip
        with store.write() as session:
            return link_tests.put_on_record(session, SWIFT, test)

    tested(-31 * 86_400, MET)
    assert found(store, permit, code).result is UNKNOWN, "too long ago"
    first = tested(1, MET)
    assert found(store, permit, code).result is MET
    last = tested(1.5, NOT_MET)
    assert found(store, permit, code).result is NOT_MET
    silent = tested(1.6, UNKNOWN)
    assert found(store, permit, code).result is NOT_MET, "who is switched off hides nothing"
    with store.read() as session:
        assert link_tests.page(session, SWIFT, "car-1", None, 3) == (silent, last, first)
        assert (last.by, last.organisation_id) == (SWIFT.username, "swift")
    with store.write() as session, pytest.raises(NotFound, match="car-1"):
        link_tests.put_on_record(session, KITE, last)
    with store.write() as session, pytest.raises(NotAllowed, match="may not test"):
        link_tests.put_on_record(session, REVIEWER, last)


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
    refused(link, good, NotCompetent, "swift", own_reviewer)
    refused(link, good, NotCompetent, "maritime", reviewer_of(Department.MARITIME))
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
            driven.attest(session, REVIEWER, CAR.key, each.figure_id, later(2), under=UNDER)
    finding = found(store, permit, code)
    assert finding.result is NOT_MET
    assert [each.found for each in finding.figures] == [100.0, 999.0], "on its segments alone"
    assert finding.answers[0].documents == (log.document_id,)
    assert found(store, permit, C.NO_TRAFFIC_VIOLATION).result is MET
    with store.write() as session:
        more = figure(log, automated_km=1.0, begins=date(2026, 4, 1), ends=date(2026, 4, 2))
        last = driven.declare(session, SWIFT, CAR.key, more, later(3))
        driven.attest(session, POLICE, CAR.key, last.figure_id, later(3), under=UNDER)
    assert found(store, permit, code).result is MET
    with store.read() as session:
        source = driven.AttestedFigures(session, later(4))
        known = source.driven([CAR.key, "nobody"], frozenset({"road-1"}))
    told = [(each.begins, each.automated_km) for each in known[CAR.key].account.days]
    march, april = date(2026, 3, 1), date(2026, 4, 1)
    assert told == [(march, 999.0), (march, 5000.0), (april, 1.0)], "wherever it was"
    its = known[CAR.key].account_of_segments
    assert [(each.begins, each.automated_km) for each in its.days] == [told[0], told[2]]
    assert known == {
        CAR.key: Driven(
            automated_h=100.0,
            automated_km=1000.0,
            total_km=6000.0,
            zone_ids=frozenset({"road-1"}),
            zone_km={"road-1": 1000.0},
            traffic_violations=0,
            documents=(log.document_id,),
            account=known[CAR.key].account,
            account_of_segments=known[CAR.key].account_of_segments,
        )
    }
    with store.write() as session:
        documents.withdraw(session, SWIFT, log.document_id, later(5))
    assert found(store, permit, code).result is UNKNOWN
    # A report as of before it was withdrawn has them still, one of now no more.
    whole = Period(date(2026, 1, 1), date(2026, 7, 1))
    with store.read() as session:
        then, now = (
            report_facts.facts(session, whole, at, lambda _: "").attested
            for at in (later(4), later(6))
        )
    assert [(each.device_id, each.automated_km) for each in then] == [
        ("car-1", 999.0), ("car-1", 5000.0), ("car-1", 1.0),
    ]  # fmt: skip
    assert now == ()


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
            driven.attest(session, who, CAR.key, kept.figure_id, later(2), under=UNDER)
    named = replace(_SHEET.parameters["review.road.mandatory"], value=("industry",))
    by_industry = Ruling(
        replace(_SHEET, parameters={**_SHEET.parameters, "competent.attest.road": named})
    )

    def not_theirs(who: Principal, said: str, under: Ruling = UNDER) -> None:
        with pytest.raises(NotAllowed, match=f"somebody of {said}$"), store.write() as session:
            driven.attest(session, who, CAR.key, kept.figure_id, later(2), under=under)

    sea = reviewer_of(Department.MARITIME)
    not_theirs(sea, "industry, transport, police")
    not_theirs(REVIEWER, "industry", by_industry)
    # So of a vehicle that no permit names.
    do(store, SWIFT, permit, A.WITHDRAW)
    not_theirs(sea, "industry, transport, police")
    not_theirs(REVIEWER, "industry", by_industry)
    with pytest.raises(NotFound), store.write() as session:
        driven.attest(session, REVIEWER, CAR.key, 999, later(2), under=UNDER)
    with store.write() as session:
        driven.attest(session, REVIEWER, CAR.key, kept.figure_id, later(2), under=UNDER)
    with pytest.raises(Conflict, match="attested by rui already"), store.write() as session:
        driven.attest(session, POLICE, CAR.key, kept.figure_id, later(3), under=UNDER)
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


# -- what was granted becomes other


def standing(store: Store, directory: Path) -> Permit:
    permit = draft(store, valid_from=NOON - timedelta(days=1), valid_to=NOON + timedelta(days=60))
    sampled(store, directory, permit)
    with store.write() as session:
        return lead_to(session, permit, PermitState.ACTIVE, NOON, SHOWN)


def applied(store: Store, permit: Permit, kind: MatterKind, about: About) -> MatterCase:
    with store.write() as session:
        return matters.begin(
            session, SWIFT, permit.number, kind, MatterAction.APPLY, about, later(10), under=UNDER
        )


def consent(store: Store, who: Principal, case: MatterCase, under: Ruling = UNDER) -> MatterState:
    with store.write() as session:
        return matters.act(
            session, who, case.matter.matter_id, MatterAction.CONSENT, later(20), under=under
        ).matter.state  # fmt: skip


def refused_for(store: Store, case: MatterCase, under: Ruling = UNDER) -> set[PreconditionCode]:
    """The consent of the last department, and what it is refused for."""
    with pytest.raises(NotGrantable) as refused:
        consent(store, POLICE, case, under)
    assert f"事项 {case.matter.matter_id} 执行" in refused.value.said(Language.CHINESE)
    return {each.code for each in refused.value.found}


def would_be(store: Store, case: MatterCase, under: Ruling = UNDER) -> dict[str, Finding]:
    with store.read() as session:
        file = preconditions.of_matter(session, SWIFT, case.matter.matter_id, later(15), under)
    assert file.matter_id == case.matter.matter_id
    return {each.code: each for each in file.findings}


@pytest.mark.requirement("D4b-69", "D4b-19", "D4c-16")
def test_a_change_is_refused_for_what_would_have_refused_the_grant(
    store: Store, tmp_path: Path
) -> None:
    runway = Zone(
        "runway", ZoneKind.KEEP_IN, "Runway", (Volume(Area(box(121.9, 30.9, 121.91, 30.91))),),
        domains=frozenset({"road"}), category="runway",
    )  # fmt: skip
    with store.write() as session:
        zones.publish(session, PLATFORM, (runway,), NOON, keep_others=True)
    permit = standing(store, tmp_path)
    code = C.SEGMENT_CLASS_ALLOWED_FOR_STAGE
    case = applied(store, permit, MatterKind.CHANGE, Change({"zone_ids": ["road-1", "runway"]}))
    assert {consent(store, who, case) for who in (INDUSTRY, REVIEWER)} == {MatterState.SUBMITTED}
    assert refused_for(store, case) == {code}
    assert would_be(store, case)[code].result is NOT_MET
    assert found(store, permit, code).result is MET
    with store.write() as session:
        matters.act(
            session, SWIFT, case.matter.matter_id, MatterAction.WITHDRAW, later(21), under=UNDER
        )
    with pytest.raises(Conflict, match="expected an application that is open"):
        would_be(store, case)
    with store.read() as session:
        assert permits.get(session, SWIFT, permit.number) == permit

    # What was attested of the roads that it has says nothing of another.
    case = applied(store, permit, MatterKind.CHANGE, Change({"zone_ids": ["road-1", "road-2"]}))
    assert {consent(store, who, case) for who in (INDUSTRY, REVIEWER)} == {MatterState.SUBMITTED}
    assert refused_for(store, case) == {code}
    about = Covered(CoveredKind.PERMIT, permit.number)
    with store.write() as session:
        shown = paper(session, D.FACT_EVIDENCE, about)
        preconditions.attest(
            session, REVIEWER, permit.number, code, shown.document_id, later(20), under=UNDER,
            matter_id=case.matter.matter_id,
        )  # fmt: skip
    assert consent(store, POLICE, case) is MatterState.GRANTED


@pytest.mark.requirement("D4b-69", "D4b-68", "D4c-26")
def test_an_added_vehicle_is_asked_for_what_the_first_were_and_counts_with_them(
    store: Store, tmp_path: Path
) -> None:
    parameters = dict(UNDER.sheet.parameters)
    grant = parameters["preconditions.ROAD_TEST.grant"]
    assert isinstance(grant.value, tuple)
    parameters["preconditions.ROAD_TEST.grant"] = replace(
        grant, value=(*grant.value, "VEHICLE_CAP")
    )
    most = Compared("vehicles", Comparison.AT_MOST, value=1.0)
    parameters["requires.VEHICLE_CAP"] = replace(grant, key="requires.VEHICLE_CAP", value=most)
    capped = replace(UNDER, sheet=replace(UNDER.sheet, parameters=parameters))
    permit = standing(store, tmp_path)
    with store.write() as session:
        own = register.get(session, SWIFT, "sample-car-1").particulars
        assert isinstance(own, Vehicle)
        device = Device("car-2", "swift", Domain.ROAD, "Swift 2")
        registry.add_device(session, PLATFORM, device, NOON)
        like = replace(own, vin="LSVNV2189E2100002", code="")
        register.add(session, SWIFT, RegisterEntry("V-2", "swift", like, "car-2"), NOON)
        paper(session, D.SAME_CONFIGURATION, Covered(CoveredKind.VEHICLE, "V-2"))
    case = applied(store, permit, MatterKind.ADD_VEHICLES, Addition(("V-2",)))
    assert {consent(store, who, case) for who in (INDUSTRY, REVIEWER)} == {MatterState.SUBMITTED}
    bare = refused_for(store, case, capped)
    assert bare >= {C.INS_COVER_GE_5M, C.COMPULSORY_INS, C.INSPECTION_VALID, C.VEHICLE_CAP}
    cap = would_be(store, case, capped)[C.VEHICLE_CAP]
    assert (cap.result, [each.found for each in cap.figures]) == (NOT_MET, [2.0])
    with store.write() as session:
        for kept in documents.page(session, SWIFT, covers=CAR, limit=100):
            said = replace(kept.document, covers=Covered(CoveredKind.VEHICLE, "V-2"))
            made = documents.add(session, SWIFT, said, NOON)
            documents.put_file(session, SWIFT, made.document_id, FILE, NOON)
    # The link of the first was attested for all vehicles that there were.
    assert refused_for(store, case) == {C.DATA_LINK_TEST_PASSED, C.NETSEC_ASSESSED}
    with store.write() as session:
        for code in (C.DATA_LINK_TEST_PASSED, C.NETSEC_ASSESSED):
            kind = would_be(store, case)[code].attested_by[0]
            shown = paper(session, kind, Covered(CoveredKind.VEHICLE, "V-2"))
            preconditions.attest(
                session, REVIEWER, permit.number, code, shown.document_id, later(20),
                under=UNDER, matter_id=case.matter.matter_id,
            )  # fmt: skip
    assert consent(store, POLICE, case) is MatterState.AWAITING_PLATE


@pytest.mark.requirement("D4b-69", "D4c-19")
def test_who_sits_in_the_car_may_change_and_is_asked_for_what_those_before_were(
    store: Store, tmp_path: Path
) -> None:
    permit = standing(store, tmp_path)
    with store.write() as session:
        first = known_facts.known(
            session, permit_taking.case_of(session, permit.number, UNDER), later(15), UNDER
        )
        (officer,) = (e for e in first.subjects if isinstance(e.particulars, Person))
        assert isinstance(officer.particulars, Person)
        other = replace(officer.particulars, id_number="E7654321")
        register.add(session, SWIFT, RegisterEntry("P-2", "swift", other), NOON)
        foreign = replace(officer.particulars, id_number="E1111111")
        register.add(session, KITE, RegisterEntry("K-2", "kite", foreign), NOON)
    for people, said in (
        (("K-2", officer.entry_id), "K-2"),
        (("nobody",), "a person with the role"),
    ):
        with pytest.raises(PapersRefused, match=said):
            applied(store, permit, MatterKind.CHANGE, Change({}, people))

    case = applied(store, permit, MatterKind.CHANGE, Change({}, ("P-2",)))
    assert {consent(store, who, case) for who in (INDUSTRY, REVIEWER)} == {MatterState.SUBMITTED}
    assert C.OFFICER_TRAINING_40H in refused_for(store, case)
    with store.write() as session:
        about = Covered(CoveredKind.PERSON, officer.entry_id)
        for kept in documents.page(session, SWIFT, covers=about, limit=100):
            theirs = replace(kept.document, covers=Covered(CoveredKind.PERSON, "P-2"))
            made = documents.add(session, SWIFT, theirs, NOON)
            documents.put_file(session, SWIFT, made.document_id, FILE, NOON)
    assert consent(store, POLICE, case) is MatterState.GRANTED
    with store.read() as session:
        after = known_facts.known(
            session, permit_taking.case_of(session, permit.number, UNDER), later(21), UNDER
        )
    assert [e.entry_id for e in after.subjects if isinstance(e.particulars, Person)] == ["P-2"]


@pytest.mark.requirement("D4b-69", "D1-5")
def test_what_a_permit_was_granted_for_stays_what_it_was_until_an_authority_has_halted_it(
    store: Store, tmp_path: Path
) -> None:
    permit, car = standing(store, tmp_path), "sample-car-1"
    with store.read() as session:
        filed = register.get(session, SWIFT, car).particulars
    assert isinstance(filed, Vehicle)
    other = replace(filed, software_version="9.9")
    said = f"at work under permit {permit.number}"
    with pytest.raises(Conflict, match=said), store.write() as session:
        register.amend(session, SWIFT, car, other, later(5))
    with pytest.raises(Conflict, match=said), store.write() as session:
        register.link(session, SWIFT, car, None, later(5))
    with pytest.raises(Conflict, match=said), store.write() as session:
        register.retire(session, SWIFT, car, later(5))
    with store.write() as session:
        same = register.amend(session, SWIFT, car, filed, later(5))
    do(store, REVIEWER, permit, A.SUSPEND)
    with store.write() as session:
        assert register.amend(session, SWIFT, car, other, later(6)).revision == same.revision + 1


@pytest.mark.requirement("D4b-69", "D4b-35", "D4c-2")
def test_a_renewal_is_refused_while_the_papers_end_before_it_would(
    store: Store, tmp_path: Path
) -> None:
    permit = standing(store, tmp_path)
    with store.write() as session:
        papers = documents.page(session, SWIFT, covers=CAR, limit=100)
        insuring = [each for each in papers if "INSURANCE" in each.document.kind]
        for each in insuring:
            documents.withdraw(session, SWIFT, each.document_id, later(1))
            insured(session, each.document, date(2026, 9, 1))
        paper(session, D.SUMMARY_REPORT, Covered(CoveredKind.PERMIT, permit.number))
    until = datetime(2026, 9, 3, tzinfo=SHANGHAI)
    case = applied(store, permit, MatterKind.RENEWAL, Renewal(until))
    assert {consent(store, who, case) for who in (INDUSTRY, REVIEWER)} == {MatterState.SUBMITTED}
    assert refused_for(store, case) == {C.INS_END_GE_PERMIT_END}
    with pytest.raises(PreconditionsNotMet, match=r"cannot RENEW permit .* INS_END_GE_PERMIT_END"):
        do(store, PLATFORM, permit, A.RENEW)
    short = would_be(store, case)[C.INS_END_GE_PERMIT_END]
    assert [each.found for each in short.figures] == [-1.0]
    assert found(store, permit, C.INS_END_GE_PERMIT_END).result is MET
    with store.write() as session:
        for each in insuring:
            insured(session, each.document, date(2026, 9, 2))
    assert consent(store, POLICE, case) is MatterState.GRANTED
    with store.read() as session:
        assert permits.get(session, SWIFT, permit.number).terms.valid_to == until


def insured(session: Session, like: Document, until: date) -> None:
    made = documents.add(session, SWIFT, replace(like, valid_to=until), NOON)
    documents.put_file(session, SWIFT, made.document_id, FILE, NOON)


# --- what the platform knows itself -------------------------------------------------------------------


@pytest.mark.requirement("D4c-14")
def test_what_the_platform_saw_counts_beside_what_the_operator_tells(store: Store) -> None:
    permit = draft(store, K.DEMO_APPLICATION)
    code = C.NO_TRAFFIC_VIOLATION
    with store.write() as session:
        _register(session, permit)
        log = paper(session, D.TEST_EVIDENCE, CAR)
        kept = driven.declare(session, SWIFT, CAR.key, figure(log, traffic_violations=0), later(1))
        driven.attest(session, REVIEWER, CAR.key, kept.figure_id, later(2), under=UNDER)
    seen = change(code="OVERSPEED", opened_at=NOON - timedelta(days=3))
    journal.commit_batch(
        store,
        commit(
            change(code="CLOCK_SKEW"),
            change(code="OVERSPEED", opened_at=NOON - timedelta(days=400)),
            change(code="OVERSPEED", joins="v-1", opened_at=NOON - timedelta(days=2)),
            change("drone-1", code="OVERSPEED"),
            change(code="OVERSPEED", organisation_id="kite", opened_at=NOON - timedelta(days=4)),
        ),
    )
    assert found(store, permit, code).result is MET, "none of these is its traffic violation today"
    journal.commit_batch(store, commit(seen))
    finding = found(store, permit, code)
    assert (finding.result, finding.figures[0].found) == (NOT_MET, 1.0)
    assert finding.answers[0].sources == (Source(Origin.VIOLATION, seen.id),)

    with store.write() as session:
        violations.resolve(session, POLICE, seen.id, 1, "a leap", NOON, unfounded=True)
        told = violations.get(session, SWIFT, seen.id)
    assert (told.unfounded, found(store, permit, code).result) == (True, MET)


@pytest.mark.requirement("D4c-14", "D4d-43")
def test_what_was_left_unpunished_is_not_held_against_who_put_it_right(store: Store) -> None:
    seen = change(code="OVERSPEED", opened_at=NOON - timedelta(days=3))
    journal.commit_batch(store, commit(seen))
    about = Breach("OVERSPEED", Severity.MAJOR, NOON, violation_id=seen.id)
    row = GovernanceFileRow(
        file_id="BR-1", kind="BREACH", organisation_id="swift", state="SPARED",
        about=msgspec.json.encode(about).decode(), revision=2, created_at=NOON, changed_at=NOON,
    )  # fmt: skip
    sheet = UNDER.sheet
    with store.write() as session:
        before = on_record(session, {"car-1"}, {"swift"}, later(1), sheet)
        session.add(row)
        session.flush()
        after = on_record(session, {"car-1"}, {"swift"}, later(1), sheet)
    assert (before["car-1"].traffic_violations, after) == (1, {})


@pytest.mark.requirement("D4c-10")
def test_a_segment_is_covered_by_its_length_on_the_map(store: Store) -> None:
    permit = draft(store, K.DEMO_OPERATION)
    with store.write() as session:
        zones.publish(session, PLATFORM, (road(),), NOON)
        _register(session, permit)
        log = paper(session, D.TEST_EVIDENCE, CAR)
        # From 121.90, 30.90 to 121.92, 30.91 on the ellipsoid of WGS 84.
        assert segments.segment_lengths_km(session, permit) == {"road-1": pytest.approx(2.2104, abs=1e-3)}  # fmt: skip
        one, other = (
            driven.declare(
                session, SWIFT, CAR.key,
                figure(log, automated_km=km, begins=date(2026, 3, day), ends=date(2026, 3, day)),
                later(1),
            )
            for km, day in ((2.0, 1), (0.3, 2))
        )  # fmt: skip
        driven.attest(session, REVIEWER, CAR.key, one.figure_id, later(2), under=UNDER)
    part = found(store, permit, C.ROUTE_COVERAGE_100)
    assert part.result is NOT_MET
    assert part.figures[0].found == pytest.approx(2.0 / 2.2104, abs=1e-3)
    with store.write() as session:
        driven.attest(session, REVIEWER, CAR.key, other.figure_id, later(2), under=UNDER)
    assert found(store, permit, C.ROUTE_COVERAGE_100).result is MET


@pytest.mark.requirement("D4c-43")
def test_the_vote_of_air_traffic_management_approves_the_height(store: Store) -> None:
    permit = draft(store, K.FLIGHT_ACTIVITY, KITE, max_height_agl_m=200.0)
    code, atm = C.ALT_LE_120_OR_APPROVED, reviewer_of(Department.ATM)
    do(store, KITE, permit, A.SUBMIT, SHOWN)
    assert found(store, permit, code).result is UNKNOWN
    with store.write() as session:
        reviews.vote(
            session, atm, permit.number, Choice.APPROVE_WITH_CONDITIONS, later(3), under=SHOWN,
            reason="a crane", conditions=Provisos(max_height_agl_m=150.0),
        )  # fmt: skip
    finding = found(store, permit, code)
    assert (finding.result, finding.figures[0].found) == (MET, 150.0)
    assert finding.answers[0].sources == (Source(Origin.VOTE, f"atm: {atm.username}"),)


@pytest.mark.requirement("D4a-9")
def test_a_slot_of_a_test_base_is_booked_flown_and_closed(store: Store, tmp_path: Path) -> None:
    """From the booking over the base and air traffic management to the landing, by the rules of Shanghai."""
    begins, ends = NOON + timedelta(days=3), NOON + timedelta(days=3, hours=4)
    slot = {"zone_ids": frozenset({"air-qingpu"}), "valid_from": begins, "valid_to": ends}
    limits = {"max_height_agl_m": 150.0, "max_speed_mps": 15.0, "max_wind_mps": 8.0}

    def booking(**said: Any) -> Permit:
        permit = draft(store, K.TEST_BASE_USE, KITE, **{**slot, **limits, **said})
        sampled(store, tmp_path, permit, KITE)
        return do(store, KITE, permit, A.SUBMIT)

    def decided(permit: Permit) -> PermitState:
        with store.write() as session:
            return approved_by_all(session, permit.number, later(3), UNDER)[0].state

    def refused(permit: Permit) -> set[PreconditionCode]:
        with pytest.raises(PreconditionsNotMet) as error:
            decided(permit)
        return {each.code for each in error.value.found}

    permit = booking()
    with store.read() as session:
        ballots = reviews.get(session, KITE, permit.number).rounds[-1].review.ballots
    assert {each.department for each in ballots if each.mandatory} == {Department.BASE_OPERATOR, Department.ATM}  # fmt: skip
    assert refused(booking(max_height_agl_m=150.5)) == {C.IN_TEST_BASE}
    assert refused(booking(zone_ids=frozenset({"air-pudong-west"}))) == {C.IN_TEST_BASE}
    assert decided(permit) is PermitState.APPROVED
    assert refused(booking(valid_from=begins + timedelta(hours=3), valid_to=ends + timedelta(hours=3))) == {C.NO_4D_CONFLICT}  # fmt: skip
    assert (
        decided(booking(valid_from=ends, valid_to=ends + timedelta(hours=3)))
        is PermitState.APPROVED
    )

    def step(who: Principal, action: PermitAction, minutes: float) -> PermitState:
        with store.write() as session:
            at = begins + timedelta(minutes=minutes)
            return permits.apply_action(
                session, who, permit.number, action, at, "a lost link", under=UNDER
            ).state

    atm = reviewer_of(Department.ATM)
    assert step(atm, A.SUSPEND, -2000) is PermitState.SUSPENDED
    assert refused(booking()) == {C.NO_4D_CONFLICT}, "its slot is still its own"
    rescue = draft(store, K.EMERGENCY_FLIGHT, KITE, **slot)
    with store.write() as session:
        lead_to(session, rescue, PermitState.APPROVED, NOON, SHOWN)
        put_right = begins - timedelta(minutes=1995)
        hand_in(session, permit, DocumentKind.RECTIFICATION_REPORT, put_right)
    step(KITE, A.START_RECTIFICATION, -1990)
    step(KITE, A.REQUEST_RESUME, -1980)
    with pytest.raises(PreconditionsNotMet) as error:
        step(atm, A.RESUME, -1970)
    assert {each.code for each in error.value.found} == {C.NO_4D_CONFLICT}
    do(store, KITE, rescue, A.CLOSE)
    assert step(atm, A.RESUME, -1960) is PermitState.APPROVED

    assert step(KITE, A.REPORT_PRE_TAKEOFF, -61) is PermitState.PRE_TAKEOFF_REPORTED
    assert step(atm, A.CONFIRM, -30) is PermitState.CONFIRMED
    assert step(KITE, A.TAKE_OFF, 0) is PermitState.AIRBORNE
    assert step(KITE, A.LAND, 40) is PermitState.LANDED
    assert step(KITE, A.CLOSE, 50) is PermitState.CLOSED
