"""Documents in the store: whose they are, what they must state, and that their files stay."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from permits.document import Covered, Document, StoredFile
from permits.document_kinds import KINDS, MADE_BY_AUTHORITIES, CoveredKind, DocumentKind
from permits.entries import (
    Aircraft,
    Consortium,
    Member,
    MemberRole,
    Person,
    PersonRole,
    Vehicle,
    VehicleCategory,
    Vessel,
)
from permits.paper_words import PapersRefused
from permits.permit import PermitKind
from tests.permits.test_documents import good
from tests.store.city import ADMINISTRATOR, KITE, NOON, POLICE, REVIEWER, SWIFT, later, terms
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import (
    accounts,
    audit,
    documents,
    feedback,
    history,
    kept_answers,
    permits,
    register,
)
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, FileRefused, NotAllowed, NotFound
from zone_service.store.files import Files
from zone_service.store.records import KeptDocument, Principal, RegisterEntry

FIRM = Covered(CoveredKind.ORGANISATION, "swift")
LICENCE = Document(
    kind=DocumentKind.TRANSPORT_LICENCE,
    covers=FIRM,
    number="T-1",
    issued_by="Transport Commission",
    valid_from=date(2026, 1, 1),
    valid_to=date(2026, 12, 31),
)
SCAN = StoredFile("a" * 64, "application/pdf", 1000)


def add(store: Store, principal: Principal = SWIFT, document: Document = LICENCE) -> KeptDocument:
    with store.write() as session:
        return documents.add(session, principal, document, NOON)


def put(
    store: Store, kept: KeptDocument, file: StoredFile = SCAN, principal: Principal = SWIFT
) -> KeptDocument:
    with store.write() as session:
        return documents.put_file(session, principal, kept.document_id, file, later(1))


def listed(store: Store, principal: Principal = SWIFT, **asked: Any) -> list[str]:
    with store.read() as session:
        return [each.document_id for each in documents.page(session, principal, **asked)]


@pytest.mark.requirement("D4e-11")
def test_an_assessment_of_personal_information_outlasts_its_term_with_its_file(
    store: Store, tmp_path: Path
) -> None:
    years = shipped_sheet("national").parameters["evidence.personal_assessment_years"].value
    assert years == 3.0
    files = Files(tmp_path / "files")
    with files.incoming(1000) as incoming:
        incoming.write(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
        filed = incoming.keep()
    assessed = Document(
        kind=DocumentKind.PERSONAL_INFORMATION_ASSESSMENT, covers=FIRM, issued_by="lab",
        valid_from=date(2026, 5, 4),
    )  # fmt: skip
    kept = put(store, add(store, document=assessed), filed)
    with store.write() as session:
        documents.withdraw(session, SWIFT, kept.document_id, later(2))
    then = NOON + timedelta(days=366 * 3)
    # All that ever removes anything.
    accounts.prune(store, then)
    kept_answers.prune(store, then)
    feedback.forget(store, then)
    history.prune(store)
    files.clear_incoming(then.timestamp())
    with store.read() as session:
        assert documents.get(session, SWIFT, kept.document_id).document.file == filed
        assert list(documents.kept_files(session)) == [filed]
    assert files.is_intact(filed)


@pytest.mark.requirement("D1-1")
def test_a_document_is_kept_as_it_was_handed_in_and_then_has_its_file(store: Store) -> None:
    kept = add(store)
    assert (kept.organisation_id, kept.created_by, kept.document) == ("swift", "sam", LICENCE)
    filed = put(store, kept)
    assert filed.document.file == SCAN
    with store.read() as session:
        assert documents.get(session, SWIFT, kept.document_id) == filed
        assert list(documents.kept_files(session)) == [SCAN]
        acts = [each.action for each in audit.entries(session, ADMINISTRATOR)]
    assert acts[-2:] == ["document.add", "document.file"]


@pytest.mark.requirement("D1-1")
def test_only_what_is_filed_valid_and_not_withdrawn_counts_on_a_day(store: Store) -> None:
    first, second = add(store), add(store)
    assert listed(store, valid_on=date(2026, 5, 4)) == []
    put(store, first)
    put(store, second)
    assert listed(store, valid_on=date(2026, 12, 31)) == [first.document_id, second.document_id]
    assert listed(store, valid_on=date(2027, 1, 1)) == []
    assert listed(store, valid_on=date(2025, 12, 31)) == []
    with store.write() as session:
        documents.withdraw(session, SWIFT, first.document_id, later(2))
    assert listed(store, valid_on=date(2026, 5, 4)) == [second.document_id]
    assert listed(store) == [first.document_id, second.document_id]
    assert listed(store, kind=DocumentKind.CHART) == []
    assert listed(store, covers=FIRM) == [first.document_id, second.document_id]
    assert listed(store, covers=Covered(CoveredKind.PERMIT, "swift")) == []


def test_a_document_has_one_file_for_ever(store: Store) -> None:
    kept = add(store)
    assert put(store, put(store, kept)).document.file == SCAN
    with pytest.raises(Conflict, match=r"has file aaaa.*expected no other"):
        put(store, kept, StoredFile("b" * 64, "image/png", 7))
    with store.write() as session:
        documents.withdraw(session, SWIFT, kept.document_id, later(2))
    with pytest.raises(Conflict, match="has been withdrawn"):
        put(store, kept)


@pytest.mark.requirement("D4e-6")
def test_what_is_about_another_organisation_cannot_be_handed_in(store: Store) -> None:
    with pytest.raises(NotFound, match="no organisation 'swift'"):
        add(store, KITE)
    with pytest.raises(NotAllowed):
        add(store, POLICE)
    with pytest.raises(NotAllowed):
        add(store, REVIEWER)
    assert add(store, ADMINISTRATOR).organisation_id == "swift"


def test_a_reviewer_hands_in_the_notice_of_a_permit_and_its_holder_sees_it(store: Store) -> None:
    with store.write() as session:
        permit = permits.create(
            session, SWIFT, kind=PermitKind.VESSEL_TRIAL, holder_id="swift",
            terms=terms("car-1"), at=NOON,
        )  # fmt: skip
    notice = Document(
        kind=DocumentKind.MSA_NOTICE,
        covers=Covered(CoveredKind.PERMIT, permit.number),
        number="HH-26-17",
        issued_by="MSA",
        valid_from=date(2026, 5, 20),
        valid_to=date(2026, 6, 20),
    )
    kept = add(store, REVIEWER, notice)
    assert put(store, kept, principal=REVIEWER).document.file == SCAN
    assert listed(store, SWIFT) == [kept.document_id]
    assert listed(store, KITE) == []
    scan = put(store, add(store, SWIFT), principal=SWIFT)
    with pytest.raises(NotAllowed), store.write() as session:
        documents.withdraw(session, REVIEWER, scan.document_id, later(2))


def test_a_document_that_states_too_little_is_refused_with_all_that_is_missing(
    store: Store,
) -> None:
    with pytest.raises(PapersRefused) as refused:
        add(store, document=Document(kind=DocumentKind.TRANSPORT_LICENCE, covers=FIRM))
    assert [each.path for each in refused.value.faults] == [
        "number", "issued_by", "valid_from", "valid_to",
    ]  # fmt: skip
    assert listed(store) == []


@pytest.mark.requirement("D4b-23")
def test_a_document_runs_out_with_its_last_day_in_shanghai(store: Store, tmp_path: Path) -> None:
    ends = Document(
        kind=DocumentKind.TRANSPORT_LICENCE,
        covers=FIRM,
        number="T-2",
        issued_by="Transport Commission",
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 5, 4),
    )
    assert add(store, document=ends).document.valid_to == date(2026, 5, 4)
    with pytest.raises(PapersRefused, match="still valid on 2026-05-05"), store.write() as session:
        documents.add(session, SWIFT, ends, later(4 * 3600))


BOAT = Vessel(name="Boat", length_m=6.0, mmsi="413000001", mass_degree=3)
KITES = Aircraft(upic="1581F5FH7K3LM0000001", model="K1", empty_mass_kg=1.0, takeoff_mass_kg=1.5)
CARS = Vehicle(
    vin="1M8GDM9AXKP042788", brand="Swift", model="S1", configuration="L4",
    category=VehicleCategory.PASSENGER, automation_level=4, software_version="1",
    hardware_version="A", mass_kg=1500.0,
)  # fmt: skip
ANN = Person(name="Ann", id_number="E1234567", roles=(PersonRole.SAFETY_OFFICER,))
BOTH = Consortium(
    name="Both", members=(Member("swift", MemberRole.LEAD), Member("kite", MemberRole.OPERATING))
)


@pytest.mark.requirement("D1-1", "D1-2", "D4e-6")
def test_no_kind_of_document_is_taken_that_is_foreign_over_too_long_or_about_nothing(
    store: Store, tmp_path: Path
) -> None:
    files = Files(tmp_path / "files")
    with store.write() as session:
        number = permits.create(
            session, SWIFT, kind=PermitKind.ROAD_TEST, holder_id="swift", terms=terms("car-1"), at=NOON
        ).number  # fmt: skip
        for key, each in (("car", CARS), ("kite", KITES), ("boat", BOAT), ("ann", ANN), ("both", BOTH)):  # fmt: skip
            register.add(session, SWIFT, RegisterEntry(key, "swift", each), NOON)
    keys = {
        CoveredKind.ORGANISATION: "swift", CoveredKind.PERMIT: number, CoveredKind.VEHICLE: "car",
        CoveredKind.AIRCRAFT: "kite", CoveredKind.VESSEL: "boat", CoveredKind.PERSON: "ann",
        CoveredKind.CONSORTIUM: "both",
    }  # fmt: skip
    with store.write() as session:
        for kind in DocumentKind:
            who = REVIEWER if kind in MADE_BY_AUTHORITIES else SWIFT
            for about in KINDS[kind].about:
                document = good(kind, covers=Covered(about, keys[about]))
                kept = documents.add(session, who, document, NOON)
                assert kept.document == document
                with pytest.raises(NotFound):
                    documents.add(session, KITE, document, NOON)
                with pytest.raises(NotFound):
                    documents.add(session, who, replace(document, covers=Covered(about, "nothing")), NOON)  # fmt: skip
                over = replace(document, valid_from=date(2026, 1, 1), valid_to=date(2026, 5, 3))
                with pytest.raises(PapersRefused, match="valid_to"):
                    documents.add(session, who, over, NOON)
                with pytest.raises(NotFound):
                    documents.require_may_file(session, KITE, kept.document_id)
    with pytest.raises(FileRefused, match="at most 10 bytes"), files.incoming(10) as incoming:
        incoming.write(bytes(11))
