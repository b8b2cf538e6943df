"""Bundles that were recognised: kept as they were written, and counting as long as they may."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from permits.application import Application, DriverMode
from permits.condition import Verdict
from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.driven_days import DaysDriven
from permits.issuing import Ruling
from permits.precondition_codes import PreconditionCode
from permits.precondition_facts import Origin, Source
from permits.preconditions import Finding
from permits.recognition import RecognisedFacts, VehicleThere
from permits.states import PermitKind
from tests.recognition.bundles import CAR, JIANGSU, NOON, bundle, told, trusted
from tests.store.city import ADMINISTRATOR, INDUSTRY, KITE, REVIEWER, SWIFT, terms
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import (
    applications,
    audit,
    documents,
    driven,
    permits,
    preconditions,
    recognitions,
    register,
    trust_lists,
)
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, NotAllowed, NotFound, Stale
from zone_service.store.records import DrivenFigure, Principal, Recognition, RegisterEntry

pytestmark = pytest.mark.requirement("D6-3")
DAY = timedelta(days=1)
REVOKED = "revoked_at = 2026-12-02T00:00:00Z\n"


def list_of(more: str = "") -> str:
    key = trusted()
    return (
        f'[[keys]]\nkey_id = "{key.key_id}"\npublic = "{key.public}"\njurisdiction = "jiangsu"\n'
        f'issuer = "{key.issuer}"\nissuer_zh = "{key.issuer_zh}"\n'
        f"valid_from = {key.valid_from}\nvalid_to = {key.valid_to}\n{more}"
    )


def trust(store: Store, more: str = "", **expected: Any) -> int:
    with store.write() as session:
        return trust_lists.publish(
            session, ADMINISTRATOR, list_of(more), "key of Jiangsu", NOON, **expected
        ).number


def keep(store: Store, who: Principal = REVIEWER, digest: str = "0" * 64, **said: Any) -> Recognition:  # fmt: skip
    with store.write() as session:
        return recognitions.keep(session, who, bundle(**said), digest, JIANGSU.key_id, NOON)


@pytest.fixture
def city(store: Store) -> Store:
    """A city that trusts Jiangsu and has the car on its register."""
    trust(store)
    with store.write() as session:
        entry = RegisterEntry("swift-1", "swift", CAR, "car-1")
        register.add(session, ADMINISTRATOR, entry, NOON)
    return store


def facts(store: Store, at: Any = NOON) -> RecognisedFacts | None:
    with store.read() as session:
        return recognitions.recognised_facts(session, "car-1", at)


def test_what_was_told_is_recognised_of_the_vehicle_that_moves_with_a_device(city: Store) -> None:
    assert facts(city) is None
    kept = keep(city)

    found = facts(city)
    assert found is not None
    assert (found.automated_km, found.takeovers) == (1620.5, 3)
    assert found.stages == {PermitKind.ROAD_TEST}
    assert found.issuers == ("jiangsu",)
    with city.read() as session:
        assert recognitions.get(session, REVIEWER, kept.recognition_id) == kept
        assert recognitions.recognised_facts(session, "drone-1", NOON) is None
        last = audit.entries(session, ADMINISTRATOR, limit=1000)[-1]
    assert (last.action, last.actor, last.subject) == (
        "recognition.import",
        REVIEWER.username,
        "jiangsu-000012",
    )


def test_it_counts_until_its_end_and_not_at_it(city: Store) -> None:
    keep(city)
    end = bundle().valid_to

    assert facts(city, end - timedelta(microseconds=1)) is not None
    assert facts(city, end) is None


def test_the_newest_of_an_issuer_counts_and_an_older_one_is_not_taken(city: Store) -> None:
    keep(city)
    with pytest.raises(Conflict, match="no newer"):
        keep(city, digest="1" * 64, issued_at=bundle().issued_at - DAY)
    with pytest.raises(Conflict, match="no newer"):
        keep(city, digest="1" * 64)
    more = told(driven=replace(told().driven, automated_km=1700.0))
    keep(city, digest="2" * 64, bundle_id="b", issued_at=NOON - DAY / 2, vehicles=(more,))

    found = facts(city)
    assert found is not None
    assert (found.automated_km, found.bundles) == (1700.0, ("b",))


@pytest.mark.requirement("D6-5")
def test_what_another_issuer_tells_of_other_days_adds_up_and_of_the_same_counts_once(
    city: Store,
) -> None:
    def in_month(month: int) -> tuple[VehicleThere, ...]:
        days = DaysDriven(
            begins=date(2026, month, 1), ends=date(2026, month, 28), automated_km=1620.5,
            automated_h=211.0,
        )  # fmt: skip
        return (told(driven=replace(told().driven, days=(days,))),)

    keep(city, vehicles=in_month(5))
    keep(city, digest="2" * 64, bundle_id="zhejiang-1", issuer="zhejiang", vehicles=in_month(5))
    same = facts(city)
    assert same is not None
    assert (same.automated_km, same.issuers) == (1620.5, ("jiangsu", "zhejiang"))
    keep(city, digest="1" * 64, bundle_id="anhui-1", issuer="anhui", vehicles=in_month(6))

    found = facts(city)
    assert found is not None
    assert found.automated_km == 2 * 1620.5


def test_a_vehicle_with_other_software_is_not_the_one_that_was_tested(city: Store) -> None:
    keep(city)
    with city.write() as session:
        other = replace(CAR, software_version="3.2.0")
        register.amend(session, SWIFT, "swift-1", other, NOON)

    assert facts(city) is None


def test_what_a_key_has_signed_counts_no_more_once_it_is_revoked(city: Store) -> None:
    keep(city)
    trust(city, REVOKED)

    assert facts(city, NOON) is not None
    assert facts(city, NOON + DAY) is None


def test_who_was_told_of_what_is_seen_by_departments_and_by_its_operator(city: Store) -> None:
    keep(city)
    with city.read() as session:
        seen = {
            who.username: len(recognitions.page(session, who)) for who in (REVIEWER, SWIFT, KITE)
        }
        with pytest.raises(NotFound):
            recognitions.get(session, KITE, 1)
        by_vin = recognitions.page(session, REVIEWER, vin=CAR.vin, issuer="jiangsu")
        nobody = recognitions.page(session, REVIEWER, vin="X" * 17)
        after = recognitions.page(session, REVIEWER, after=by_vin[0].recognition_id)
        files = list(recognitions.kept_files(session))
    assert seen == {REVIEWER.username: 1, SWIFT.username: 1, KITE.username: 0}
    assert (len(by_vin), nobody, after) == (1, (), ())
    assert files == [each.file for each in told().papers]


def test_of_a_bundle_about_vehicles_of_several_each_operator_sees_its_own(city: Store) -> None:
    other = replace(CAR, vin="1" * 17)
    with city.write() as session:
        register.add(session, ADMINISTRATOR, RegisterEntry("kite-1", "kite", other), NOON)
    theirs = told(vehicle=other, holder="Kite Robotics", papers=())
    kept = keep(city, vehicles=(told(), theirs))
    with city.read() as session:
        for who, seen in ((SWIFT, (told(),)), (KITE, (theirs,)), (REVIEWER, (told(), theirs))):
            for found in (recognitions.get(session, who, 1), *recognitions.page(session, who)):
                assert found == replace(kept, bundle=replace(kept.bundle, vehicles=seen))


def test_how_many_vehicles_were_recognised_in_a_time_is_counted_once_each(city: Store) -> None:
    keep(city)
    keep(city, digest="1" * 64, bundle_id="anhui-1", issuer="anhui")
    with city.read() as session:
        counted = [
            recognitions.vehicles_between(session, *times)
            for times in ((NOON, NOON + DAY), (NOON - DAY, NOON), (NOON + DAY, NOON + 2 * DAY))
        ]
    assert counted == [1, 0, 0]


def test_reviewers_and_administrators_recognise_and_nobody_else(city: Store) -> None:
    with pytest.raises(NotAllowed):
        keep(city, SWIFT)


def test_versions_of_the_trust_list_follow_each_other(store: Store) -> None:
    with store.read() as session:
        assert trust_lists.in_force(session) == trust_lists.BEFORE_THE_FIRST
    assert trust(store, expected=range(1)) == 1
    with pytest.raises(Stale, match="moved on"):
        trust(store, expected=range(1))
    assert trust(store, REVOKED, expected={1}) == 2
    with store.read() as session:
        assert trust_lists.in_force(session).number == 2
        before = trust_lists.version(session, 1)
        assert trust_lists.version(session, 3) is None
    assert before is not None
    assert before.text == list_of()
    with pytest.raises(NotAllowed), store.write() as session:
        trust_lists.publish(session, INDUSTRY, list_of(), "why", NOON)


def sides(found: Finding) -> list[tuple[Origin, float | None, float | None]]:
    (answer,) = found.answers
    return [(each.source.origin, each.automated_km, each.counted_km) for each in answer.told]


@pytest.mark.requirement("D6-5")
def test_what_was_driven_elsewhere_counts_for_the_next_stage_here_and_says_from_where(
    city: Store,
) -> None:
    under = Ruling(shipped_sheet("shanghai-default"))
    with city.write() as session:
        begins = NOON + 30 * DAY
        asked = terms("car-1", valid_from=begins, valid_to=begins + 90 * DAY)
        number = permits.create(
            session, SWIFT, kind=PermitKind.DEMO_APPLICATION, holder_id="swift", terms=asked, at=NOON
        ).number  # fmt: skip
        given = Application(DriverMode.DRIVER_SEATED, None, ("swift-1",))
        applications.put(session, SWIFT, number, given, NOON)

    def came(code: PreconditionCode, at: Any = NOON) -> Finding:
        with city.read() as session:
            file = preconditions.get(session, SWIFT, number, at, under)
        return next(each for each in file.findings if each.code is code)

    hours, order = PreconditionCode.TEST_HOURS_GE_240_OR_KM_GE_1000, PreconditionCode.STAGE_ORDER
    assert (came(hours).result, came(order).result) == (Verdict.UNKNOWN, Verdict.NOT_MET)
    keep(city)
    source = Source(Origin.RECOGNISED, "jiangsu jiangsu-000012")
    assert (came(hours).result, came(hours).answers[0].sources) == (Verdict.MET, (source,))
    assert [each.found for each in came(hours).figures][1] == 1620.5
    assert sides(came(hours)) == [
        (Origin.ATTESTED, None, None),
        (Origin.RECOGNISED, 1620.5, 1620.5),
    ]
    with city.write() as session:
        covers = Covered(CoveredKind.VEHICLE, "swift-1")
        log = Document(
            kind=DocumentKind.TEST_EVIDENCE, covers=covers, number="1", issued_by="a laboratory",
            valid_from=NOON.date(),
        )  # fmt: skip
        paper = documents.add(session, SWIFT, log, NOON).document_id
        file = StoredFile("ab" * 32, "application/pdf", 7)
        documents.put_file(session, SWIFT, paper, file, NOON)
        figure = DrivenFigure(
            zone_id="road-1", begins=date(2026, 5, 1), ends=date(2026, 5, 31), document_id=paper,
            automated_km=500.0,
        )  # fmt: skip
        for each in (figure, replace(figure, zone_id="road-9", automated_km=5000.0)):
            declared = driven.declare(session, SWIFT, "swift-1", each, NOON)
            driven.attest(session, REVIEWER, "swift-1", declared.figure_id, NOON, under=under)
    # Jiangsu does not say on which days: the 500 kilometres may be among its own. Those on a road that
    # is not applied for count neither for the precondition nor against it.
    assert [each.found for each in came(hours).figures][1] == 1620.5
    assert sides(came(hours)) == [
        (Origin.ATTESTED, 500.0, 500.0),
        (Origin.RECOGNISED, 1620.5, 1120.5),
    ]
    assert came(hours).answers[0].told[0].source.key == paper
    assert (came(order).result, came(order).answers[0].sources) == (Verdict.MET, (source,))
    untested = came(PreconditionCode.SEGMENTS_SUBSET_TESTED)
    assert untested.result is Verdict.UNKNOWN, "its roads are not those of Jiangsu"
    with city.write() as session:
        other = RegisterEntry("swift-2", "swift", replace(CAR, vin="1M8GDM9AXKP042788"), None)
        register.add(session, ADMINISTRATOR, other, NOON)
        given = Application(DriverMode.DRIVER_SEATED, None, ("swift-1", "swift-2"))
        applications.put(session, SWIFT, number, given, NOON)
    assert came(order).result is Verdict.NOT_MET, "nobody has told of the other vehicle"
    assert came(hours).result is Verdict.UNKNOWN
    trust(city, REVOKED)
    assert came(hours, NOON + 2 * DAY).result is Verdict.UNKNOWN, (
        "who signed it is not believed any more"
    )
