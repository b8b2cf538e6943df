"""Further applications in the store: one of a kind, decided together, and what becomes of the permit."""

import json
from collections.abc import Sequence
from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import insert

from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Vehicle
from permits.further import Addition, Change, Renewal
from permits.issue_words import NotIssued
from permits.issuing import Ruling
from permits.life import fold
from permits.matter import About
from permits.matter_deadlines import MatterCase
from permits.matter_refusals import MatterRefused
from permits.matter_states import MatterAction, MatterKind, MatterState
from permits.paper_words import PapersRefused
from permits.permit import ActionNotAllowed, Permit, PermitAction, PermitState
from permits.plating import PlateWanted
from permits.step_checks import SummaryMissing
from telemetry.report import Domain
from tests.permits.lives import local
from tests.permits.test_further import LIKE, TESTED
from tests.store.city import INDUSTRY, POLICE, REVIEWER, SWIFT
from tests.store.stepping import RULED, do, history, now
from tests.store.test_matters import SHA, active, begun, paper
from zone_service.store import documents, matters, permit_taking, register, registry
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM, Device, Principal, RegisterEntry
from zone_service.store.tables import MatterRow

A, K, S = MatterAction, MatterKind, MatterState
SLOWER = Change({"max_speed_mps": 5.0})
AT = "2026-08-03 10:00"


def apply(
    store: Store, permit: Permit, kind: MatterKind = K.CHANGE, about: About = SLOWER,
    at: str = AT, under: Ruling = RULED,
) -> MatterCase:  # fmt: skip
    with store.write() as session:
        return matters.begin(
            session, SWIFT, permit.number, kind, A.APPLY, about, local(at), under=under
        )


def act(
    store: Store, who: Principal, case: MatterCase, action: MatterAction, at: str = AT,
    plates: Sequence[PlateWanted] = (), under: Ruling = RULED,
) -> MatterCase:  # fmt: skip
    with store.write() as session:
        return matters.act(
            session, who, case.matter.matter_id, action, local(at), "because", under=under,
            plates=plates,
        )  # fmt: skip


def consented(store: Store, case: MatterCase, under: Ruling = RULED) -> MatterCase:
    for who in (INDUSTRY, REVIEWER, POLICE):
        case = act(store, who, case, A.CONSENT, under=under)
    return case


@pytest.mark.requirement("D4b-19", "D4b-67", "D4b-43")
def test_terms_become_others_once_the_last_department_consents(store: Store) -> None:
    permit = active(store)
    case = apply(store, permit)
    with pytest.raises(MatterRefused, match="is open under permit"):
        apply(store, permit)
    case = act(store, INDUSTRY, case, A.CONSENT)
    with pytest.raises(MatterRefused, match="expected one of transport, police that has not"):
        act(store, INDUSTRY, case, A.CONSENT)
    case = act(store, REVIEWER, case, A.RETURN)
    case = act(store, SWIFT, case, A.RESUBMIT)
    with pytest.raises(MatterRefused, match="expected departments"):
        act(store, POLICE, case, A.GRANT)
    case = act(store, POLICE, act(store, REVIEWER, case, A.CONSENT), A.CONSENT)
    assert (case.matter.state, now(store, permit)) == (S.SUBMITTED, permit)
    case = act(store, INDUSTRY, case, A.CONSENT)

    assert case.matter.state is S.GRANTED
    after = now(store, permit)
    assert after.terms == replace(permit.terms, max_speed_mps=5.0)
    assert after.revision == permit.revision + 1
    step = history(store, permit)[-1]
    assert (step.action, step.by, step.reason) == (
        PermitAction.CHANGE_TERMS,
        "system",
        case.matter.matter_id,
    )
    assert fold(begun(store, permit), history(store, permit)) == after
    assert apply(store, after, about=Change({"max_speed_mps": 6.0})).matter.is_open


@pytest.mark.requirement("D4b-19")
def test_of_two_who_apply_at_once_one_is_open(store: Store) -> None:
    permit = active(store)
    came, start = list[str](), Barrier(2)

    def try_it() -> None:
        start.wait()
        try:
            apply(store, permit)
        except MatterRefused as error:
            came.append(error.why)
        else:
            came.append("open")

    both = [Thread(target=try_it) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(came) == ["another open", "open"]


@pytest.mark.requirement("D4b-19")
def test_the_database_itself_has_one_of_a_kind_open(store: Store) -> None:
    permit = active(store)
    case = apply(store, permit)
    at = local(AT)
    row = {
        "matter_id": "CH-other", "number": permit.number, "holder_id": "swift", "kind": "CHANGE",
        "state": "SUBMITTED", "is_open": True, "only_one": True, "about": json.dumps({}),
        "revision": 1, "created_at": at, "changed_at": at,
    }  # fmt: skip
    with pytest.raises(IntegrityError), store.write() as session:
        session.exec(insert(MatterRow).values(**row))
    act(store, SWIFT, case, A.WITHDRAW)
    with store.write() as session:
        session.exec(insert(MatterRow).values(**row))


def test_what_is_refused_taken_back_or_cannot_be_changes_nothing(store: Store) -> None:
    permit = active(store)
    with pytest.raises(PapersRefused, match="valid_to"):
        apply(store, permit, about=Change({"valid_to": "2099-01-01T00:00:00+00:00"}))
    assert act(store, POLICE, apply(store, permit), A.REFUSE).matter.state is S.REFUSED
    assert act(store, SWIFT, apply(store, permit), A.WITHDRAW).matter.state is S.WITHDRAWN
    open_one = apply(store, permit)
    assert now(store, permit) == permit
    do(store, REVIEWER, permit, PermitAction.SUSPEND, AT)
    with pytest.raises(MatterRefused, match="is SUSPENDED"):
        apply(store, permit, K.ADD_VEHICLES, Addition(("V-2",)))
    do(store, REVIEWER, permit, PermitAction.TERMINATE, AT)
    with store.read() as session:
        found = matters.get(session, SWIFT, open_one.matter.matter_id, RULED)
    assert found.matter.state is S.LAPSED


def vehicle(store: Store, entry_id: str, device_id: str, particulars: Vehicle) -> None:
    at = local("2026-01-05 10:00")
    with store.write() as session:
        if device_id != "car-1":
            device = Device(device_id, "swift", Domain.ROAD, device_id)
            registry.add_device(session, PLATFORM, device, at)
        entry = RegisterEntry(entry_id, "swift", particulars, device_id)
        register.add(session, SWIFT, entry, at)


def confirm(store: Store, entry_id: str) -> None:
    at = local("2026-08-01 10:00")
    with store.write() as session:
        document = Document(
            kind=DocumentKind.SAME_CONFIGURATION, covers=Covered(CoveredKind.VEHICLE, entry_id),
            issued_by="lab", valid_from=at.date(),
        )  # fmt: skip
        made = documents.add(session, SWIFT, document, at)
        file = StoredFile(SHA, "application/pdf", 7)
        documents.put_file(session, SWIFT, made.document_id, file, at)


@pytest.mark.requirement("D4b-68")
def test_a_vehicle_like_one_that_was_tested_is_added_and_no_other(store: Store) -> None:
    permit = active(store)
    vehicle(store, "V-1", "car-1", TESTED)
    vehicle(store, "V-2", "car-2", LIKE)
    vehicle(store, "V-3", "car-3", replace(LIKE, vin="LSVNV2180E2100003", software_version="3"))
    with pytest.raises(PapersRefused) as refused:
        apply(store, permit, K.ADD_VEHICLES, Addition(("V-2", "V-3", "V-9")))
    assert [each.path for each in refused.value.faults] == [
        "entry_ids.V-2",
        "entry_ids.V-3",
        "entry_ids.V-3",
        "entry_ids.V-9",
    ]
    confirm(store, "V-2")
    case = consented(store, apply(store, permit, K.ADD_VEHICLES, Addition(("V-2",))))
    assert case.matter.state is S.GRANTED
    assert now(store, permit).terms.device_ids == {"car-1", "car-2"}


@pytest.mark.requirement("D4b-68", "D4b-30")
def test_where_vehicles_bear_plates_they_are_added_with_theirs(store: Store) -> None:
    parameters = dict(RULED.sheet.parameters)
    parameters["plate.kinds"] = replace(parameters["plate.kinds"], value=("ROAD_TEST",))
    plated = replace(RULED, sheet=replace(RULED.sheet, parameters=parameters))
    permit = active(store)
    vehicle(store, "V-1", "car-1", TESTED)
    vehicle(store, "V-2", "car-2", LIKE)
    confirm(store, "V-2")
    case = apply(store, permit, K.ADD_VEHICLES, Addition(("V-2",)), under=plated)
    case = consented(store, case, plated)
    assert (case.matter.state, now(store, permit)) == (S.AWAITING_PLATE, permit)
    wanted = [PlateWanted("car-1", "A1", ""), PlateWanted("car-2", "A2", "")]
    with pytest.raises(NotIssued):
        act(store, POLICE, case, A.PLATE, plates=wanted[:1], under=plated)
    assert now(store, permit) == permit
    case = act(store, POLICE, case, A.PLATE, plates=wanted, under=plated)
    after = now(store, permit)
    assert case.matter.state is S.GRANTED
    assert {each.device_id for each in after.terms.plates} == after.terms.device_ids


# -- renewal

UNTIL = local("2027-03-01 00:00")


def renew(store: Store, permit: Permit, under: Ruling = RULED) -> MatterCase:
    return apply(store, permit, K.RENEWAL, Renewal(UNTIL), "2026-11-02 10:00", under)


@pytest.mark.requirement("D4b-19", "D4b-17")
def test_a_renewal_is_granted_by_all_departments_or_by_their_silence(store: Store) -> None:
    permit = active(store)
    case = renew(store, permit)
    assert now(store, permit).state is PermitState.RENEWAL_PENDING
    with pytest.raises(ActionNotAllowed):
        renew(store, permit)
    with pytest.raises(MatterRefused, match="a renewal that was asked for is decided"):
        act(store, SWIFT, case, A.WITHDRAW, "2026-11-03 10:00")
    for who in (INDUSTRY, REVIEWER, POLICE):
        case = act(store, who, case, A.CONSENT, "2026-11-03 10:00")
    assert case.matter.state is S.GRANTED
    after = now(store, permit)
    assert (after.state, after.terms.valid_to) == (PermitState.ACTIVE, UNTIL)

    other = active(store)
    renew(store, other)
    with store.write() as session:
        found = permit_taking.case_of(session, other.number, RULED)
        permit_taking.let_law(session, found, local("2027-01-04 09:00"), RULED)
    with store.read() as session:
        (silent,) = matters.page(session, PLATFORM, under=RULED, number=other.number)
    assert (silent.matter.state, silent.changes[-1].action) == (S.GRANTED, A.GRANT_BY_LAW)
    assert now(store, other).terms.valid_to == UNTIL


@pytest.mark.requirement("D4b-19")
def test_a_renewal_by_the_steps_of_the_permit_is_the_same_matter(store: Store) -> None:
    permit = active(store)
    do(store, SWIFT, permit, PermitAction.REQUEST_RENEWAL, "2026-11-02 10:00")
    do(store, REVIEWER, permit, PermitAction.REFUSE_RENEWAL, "2026-11-03 10:00")
    do(store, SWIFT, permit, PermitAction.REQUEST_RENEWAL, "2026-11-04 10:00")
    do(store, REVIEWER, permit, PermitAction.SUSPEND, "2026-11-05 10:00")
    with store.read() as session:
        found = matters.page(session, PLATFORM, under=RULED, number=permit.number)
    assert [each.matter.state for each in found] == [S.REFUSED, S.LAPSED]
    assert [each.action for each in found[0].changes] == [A.APPLY, A.REFUSE]


@pytest.mark.requirement("D4b-35")
def test_where_the_rules_ask_for_it_a_renewal_comes_with_a_summary_report(store: Store) -> None:
    parameters = dict(RULED.sheet.parameters)
    asked = replace(parameters["renewal.summary_report"], value=True)
    parameters["renewal.summary_report"] = asked
    strict = replace(RULED, sheet=replace(RULED.sheet, parameters=parameters))
    permit = active(store)
    with pytest.raises(SummaryMissing, match="without a SUMMARY_REPORT"):
        renew(store, permit, strict)
    paper(store, permit, DocumentKind.SUMMARY_REPORT)
    assert renew(store, permit, strict).matter.is_open
