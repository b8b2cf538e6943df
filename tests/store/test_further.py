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
from permits.entries import Vehicle, VehicleCategory
from permits.further import Addition, Change, Renewal
from permits.issue_words import NotIssued
from permits.issuing import Ruling
from permits.life import fold
from permits.matter import About, Suspension
from permits.matter_deadlines import MatterCase
from permits.matter_refusals import MatterReasonRequired, MatterRefused
from permits.matter_states import MatterAction, MatterKind, MatterState
from permits.paper_words import PapersRefused
from permits.permit import ActionNotAllowed, Permit, PermitAction, PermitKind, PermitState
from permits.plating import PlateWanted
from permits.provisos import Provisos
from permits.rule_words import Language
from permits.step_checks import RenewalAmiss, SummaryMissing
from permits.terms import Terms, standing
from telemetry.report import Domain
from tests.permits.lives import local
from tests.permits.test_further import LIKE, TESTED
from tests.store.city import ATM, INDUSTRY, KITE, MSA, POLICE, REVIEWER, SWIFT
from tests.store.stepping import RULED, STEPS, YEAR, do, draft, history, now
from tests.store.test_matters import SHA, active, begun, paper, suspend
from zone_service.store import (
    changed_papers,
    documents,
    matters,
    permit_taking,
    register,
    registry,
)
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


@pytest.mark.requirement("D4b-62", "D4b-19")
def test_what_is_suspended_and_leaves_by_a_change_comes_back_suspended_by_another(
    store: Store,
) -> None:
    def change(*zone_ids: str) -> Terms:
        about = Change({"zone_ids": list(zone_ids)})
        assert consented(store, apply(store, permit, about=about)).matter.state is S.GRANTED
        return now(store, permit).terms

    permit = active(store)
    change("road-1", "road-2", "road-7")
    suspend(store, permit, Suspension(zone_ids=frozenset({"road-2", "road-7"})), at=AT)
    assert change("road-1", "road-2").suspended_zone_ids == {"road-2"}
    terms = change("road-1", "road-2", "road-7")
    assert terms.suspended_zone_ids == {"road-2", "road-7"}
    assert standing(terms).zone_ids == {"road-1"}, "the suspension is open as it was"
    assert fold(begun(store, permit), history(store, permit)).terms == terms


# -- on conditions


def consent(
    store: Store, who: Principal, case: MatterCase, asked: Provisos, reason: str = "a school",
    action: MatterAction = A.CONSENT, at: str = AT,
) -> MatterCase:  # fmt: skip
    with store.write() as session:
        return matters.act(
            session, who, case.matter.matter_id, action, local(at), reason, under=RULED,
            conditions=asked,
        )  # fmt: skip


@pytest.mark.requirement("D4b-49", "D4b-50", "D4b-19")
def test_on_what_departments_consent_binds_by_the_strictest_as_in_the_first_review(
    store: Store,
) -> None:
    permit = active(store)
    asked = {"max_speed_mps": 9.0, "exempt_zone_ids": ["school", "market"]}
    case = apply(store, permit, about=Change(asked))
    slow = Provisos(
        max_speed_mps=7.0,
        excluded_zone_ids=frozenset({"school"}),
        others=frozenset({"warn the school"}),
    )
    with pytest.raises(MatterRefused, match="with CONSENT alone"):
        consent(store, INDUSTRY, case, slow, action=A.RETURN)
    with pytest.raises(MatterReasonRequired):
        consent(store, INDUSTRY, case, slow, reason="")
    with pytest.raises(MatterRefused, match="road-9"):
        consent(store, INDUSTRY, case, Provisos(excluded_zone_ids=frozenset({"road-9"})))
    with pytest.raises(MatterRefused, match="nothing is left") as nothing:
        consent(store, INDUSTRY, case, Provisos(excluded_zone_ids=frozenset({"road-1"})))
    assert "合并后" in nothing.value.said(Language.CHINESE)
    with pytest.raises(MatterRefused, match=r"end the permit on 2026-08-03T10:00.*which is past"):
        consent(store, INDUSTRY, case, Provisos(valid_to=local(AT)))
    # What was said before it was sent back counts no more.
    consent(store, INDUSTRY, case, Provisos(max_speed_mps=1.0))
    act(store, SWIFT, act(store, REVIEWER, case, A.RETURN), A.RESUBMIT)
    consent(store, INDUSTRY, case, slow)
    consent(store, REVIEWER, case, Provisos(max_speed_mps=8.0, max_wind_mps=12.0))
    case = act(store, POLICE, case, A.CONSENT)

    terms = now(store, permit).terms
    assert (terms.max_speed_mps, terms.max_wind_mps) == (7.0, 12.0)
    assert terms.other_conditions == {"warn the school"}
    assert terms.exempt_zone_ids == {"market"}
    assert [each.conditions for each in case.changes if each.action is A.CONSENT][1] == slow
    assert fold(begun(store, permit), history(store, permit)) == now(store, permit)


@pytest.mark.requirement("D4b-49", "D4b-19")
def test_a_renewal_is_granted_on_the_conditions_of_its_consents(store: Store) -> None:
    permit = active(store)
    ends, until, at = permit.terms.valid_to, local("2027-05-01"), "2026-11-02 10:00"
    case = apply(store, permit, K.RENEWAL, Renewal(until), at)
    with pytest.raises(MatterRefused, match="a renewal ends after 2027-01-01 00:00"):
        consent(store, INDUSTRY, case, Provisos(valid_to=ends), at=at)
    asked = Provisos(valid_to=local("2027-04-01"), max_speed_mps=6.0)
    consent(store, INDUSTRY, case, asked, at=at)
    for who in (REVIEWER, POLICE):
        case = act(store, who, case, A.CONSENT, at)

    after = now(store, permit)
    assert (case.matter.state, after.state) == (S.GRANTED, PermitState.ACTIVE)
    assert (after.terms.valid_to, after.terms.max_speed_mps) == (local("2027-04-01"), 6.0)


@pytest.mark.requirement("D4b-19", "D4b-20")
def test_an_approved_flight_is_changed_by_who_decides_on_it_but_not_once_it_is_reported(
    store: Store,
) -> None:
    day = {"valid_from": local("2026-08-05 10:00"), "valid_to": local("2026-08-05 18:00")}
    permit = draft(store, PermitKind.FLIGHT_ACTIVITY, KITE, max_height_agl_m=100.0, **day)
    do(store, KITE, permit, PermitAction.SUBMIT, "2026-08-02 10:00")
    do(store, REVIEWER, permit, PermitAction.APPROVE, "2026-08-02 11:00")

    def asked(top_m: float, at: str) -> MatterCase:
        with store.write() as session:
            about = Change({"max_height_agl_m": top_m})
            return matters.begin(
                session, KITE, permit.number, K.CHANGE, A.APPLY, about, local(at), under=RULED
            )

    case = act(store, ATM, asked(60.0, AT), A.CONSENT)
    changed = now(store, permit)
    assert (case.matter.state, changed.state) == (S.GRANTED, PermitState.APPROVED)
    assert changed.terms.max_height_agl_m == 60.0
    do(store, KITE, permit, PermitAction.REPORT_PRE_TAKEOFF, "2026-08-05 08:00")
    with pytest.raises(MatterRefused):
        asked(50.0, "2026-08-05 08:10")


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
        "state": "SUBMITTED", "is_open": True, "only_one": True, "about": json.dumps({}), "of_all": True,
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
    with pytest.raises(MatterRefused, match="is SUSPENDED"):
        consented(store, open_one)
    assert now(store, permit).terms == permit.terms
    do(store, REVIEWER, permit, PermitAction.TERMINATE, AT, ground="SAFETY_RISK")
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


@pytest.mark.requirement("D4b-17", "D4b-10")
def renewal_pending(store: Store, insured_until: str) -> tuple[Permit, str]:
    """A permit of a low-speed vehicle whose renewal nobody decides, and its insurance."""
    slow = replace(TESTED, vin=None, code="DS-1", category=VehicleCategory.LOW_SPEED)
    vehicle(store, "V-1", "car-1", slow)
    permit = draft(store, PermitKind.LOW_SPEED_TEST, **YEAR)
    for who, action, at in STEPS:
        permit = do(store, who, permit, action, at)
    do(store, PLATFORM, permit, PermitAction.ACTIVATE, "2026-07-01 00:00")
    with store.write() as session:
        insured = Document(
            kind=DocumentKind.LIABILITY_INSURANCE, covers=Covered(CoveredKind.VEHICLE, "V-1"),
            number="1", issued_by="PICC", amount_cny=6e6, valid_from=local("2026-01-01").date(),
            valid_to=local(insured_until).date(),
        )  # fmt: skip
        made = documents.add(session, SWIFT, insured, local("2026-08-01"))
        file = StoredFile(SHA, "application/pdf", 7)
        documents.put_file(session, SWIFT, made.document_id, file, local("2026-08-01"))
    renew(store, permit)
    return permit, made.document_id


def test_silence_extends_no_permit_beyond_its_papers_where_no_plate_is_borne_either(
    store: Store,
) -> None:
    permit, _ = renewal_pending(store, insured_until="2027-02-14")
    with store.write() as session:
        found = permit_taking.case_of(session, permit.number, RULED)
        permit_taking.let_law(session, found, local("2027-01-04 09:00"), RULED)
    after = now(store, permit)
    assert history(store, permit)[-1].action is PermitAction.DEEM_RENEWED
    assert (after.state, after.terms.valid_to) == (PermitState.ACTIVE, local("2027-02-15"))


def test_a_paper_withdrawn_before_anybody_saw_that_silence_extended_a_permit_ends_it(
    store: Store,
) -> None:
    permit, insurance = renewal_pending(store, insured_until="2027-12-31")
    at = local("2027-01-04 09:00")
    with store.write() as session:
        changed_papers.withdraw(session, SWIFT, insurance, at, RULED)
    actions = [each.action for each in history(store, permit)[-2:]]
    assert actions == [PermitAction.DEEM_RENEWED, PermitAction.EXPIRE]
    assert now(store, permit).terms.valid_to <= at


@pytest.mark.requirement("D4b-75")
def test_a_standing_flight_and_a_trial_are_renewed_by_who_granted_them(store: Store) -> None:
    flight = draft(store, PermitKind.STANDING_FLIGHT, KITE, max_height_agl_m=100.0, **YEAR)
    do(store, KITE, flight, PermitAction.SUBMIT, "2026-05-06 10:00")
    do(store, KITE, flight, PermitAction.APPROVE, "2026-05-06 11:00")
    trial = draft(store, PermitKind.VESSEL_TRIAL, **YEAR)
    do(store, SWIFT, trial, PermitAction.NOTIFY, "2026-05-06 10:00")
    do(
        store,
        MSA,
        trial,
        PermitAction.PUBLISH_WARNING,
        "2026-05-06 11:00",
        warning_id="沪航警 12/26",
    )
    do(store, PLATFORM, trial, PermitAction.ACTIVATE, "2026-07-01 00:00")
    until, at = local("2027-03-01"), "2026-11-02 10:00"
    for permit, who, decides in ((flight, KITE, ATM), (trial, SWIFT, MSA)):
        with store.write() as session:
            case = matters.begin(
                session, who, permit.number, K.RENEWAL, A.APPLY, Renewal(until), local(at),
                under=RULED,
            )  # fmt: skip
        if permit is trial:
            with pytest.raises(RenewalAmiss, match="PUBLISH_WARNING since"):
                act(store, decides, case, A.CONSENT, at)
            do(store, MSA, trial, PermitAction.PUBLISH_WARNING, at, warning_id="沪航警 90/26")
        assert now(store, permit).terms.valid_to == YEAR["valid_to"]
        case = act(store, decides, case, A.CONSENT, at)
        assert case.matter.state is S.GRANTED
        after = now(store, permit)
        assert (after.terms.valid_to, after.state) == (
            until,
            PermitState.APPROVED if permit is flight else PermitState.ACTIVE,
        )
        assert fold(begun(store, permit), history(store, permit)) == after
