"""What comes with the issue of a permit: numbers, plates, a validity that is cut, a certificate."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from permits.application import Application, DriverMode
from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import (
    Aircraft,
    Consortium,
    Member,
    MemberRole,
    Vehicle,
    VehicleCategory,
)
from permits.issue_words import NotIssued
from permits.issuing import Ruling
from permits.permit import Permit, PermitAction, PermitKind, PermitState
from permits.plating import NO_PAPERS, PlateWanted
from permits.public_notice import NoticeKind
from permits.rule_words import Language
from permits.terms import Terms
from permits.transition import Detail
from permits.validity import Papers, after
from telemetry.report import Domain
from tests.store.city import (
    KITE,
    NOON,
    POLICE,
    SWIFT,
    UNDER,
    cars,
    later,
    terms,
)
from zone_service.demo_city import actor
from zone_service.demo_votes import approved_by_all
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import (
    applications,
    certificates,
    changed_papers,
    documents,
    lapsed,
    notices,
    numbers,
    permits,
    plates,
    register,
    registry,
)
from zone_service.store.engine import Store
from zone_service.store.errors import NotFound
from zone_service.store.known_facts import known
from zone_service.store.records import (
    PLATFORM,
    Device,
    PermitFilter,
    PlateState,
    Principal,
    RegisterEntry,
)
from zone_service.store.tables import PermitRow

A = PermitAction
DANGER = {Detail.GROUND: "SAFETY_RISK"}
DECLARED_TO = NOON + timedelta(days=300)
_KINDS = shipped_sheet("shanghai-default").parameters["plate.kinds"]
STRICT = Ruling(replace(UNDER.sheet, parameters={**UNDER.sheet.parameters, "plate.kinds": _KINDS}))
"""The rules of Shanghai, which ask for a plate on each vehicle; nothing that it rests on has run out."""
_CODED = shipped_sheet("shanghai-default").parameters["plate.code_kinds"]
CODED = Ruling(
    replace(UNDER.sheet, parameters={**UNDER.sheet.parameters, "plate.code_kinds": _CODED})
)
VINS = ("LSVNV2182E2100001", "LSVNV2182E2100002", "LSVNV2182E2100003")
TO_PLATE = (
    A.SUBMIT, A.ACCEPT, A.START_THIRD_PARTY_REVIEW, A.START_EXPERT_REVIEW, A.OPEN_JOINT_REVIEW,
    A.APPROVE, A.REQUEST_PLATE,
)  # fmt: skip


def wanted(at: int = 1, device_id: str = "car-1", papers: Papers = NO_PAPERS) -> PlateWanted:
    return PlateWanted(device_id, f"沪A000{at}试", VINS[at - 1], papers)


def step(
    store: Store, number: str, action: A, who: Principal | None = None, at: datetime = NOON, **said: Any
) -> Permit:  # fmt: skip
    with store.write() as session:
        return permits.apply_action(
            session,
            who or actor(action, "swift"),
            number,
            action,
            at,
            said.pop("reason", "because"),
            under=said.pop("under", UNDER),
            **said,
        )


def awaiting(
    store: Store,
    given: Terms | None = None,
    kind: PermitKind = PermitKind.ROAD_TEST,
    *steps: A,
    approved_at: datetime = NOON,
    applied: Application | None = None,
    replaces: str | None = None,
) -> str:
    """A permit that waits for its plate, or has come as far as the steps."""
    asked = given or terms("car-1", valid_to=DECLARED_TO)
    with store.write() as session:
        made = permits.create(session, SWIFT, kind=kind, holder_id="swift", terms=asked, at=NOON)
        if applied is not None:
            applications.put(session, SWIFT, made.number, applied, NOON)
        for action in steps or TO_PLATE:
            if action is A.APPROVE:
                approved_by_all(session, made.number, approved_at, UNDER)
                continue
            said = {Detail.REPLACES: replaces} if replaces and action is A.SUBMIT else {}
            permits.apply_action(
                session, actor(action, "swift"), made.number, action, approved_at, under=UNDER,
                details=said,
            )  # fmt: skip
    return made.number


def issued(store: Store, *asked: PlateWanted, **said: Any) -> Permit:
    return step(store, awaiting(store), A.ISSUE, plates=asked, **said)


def active(store: Store, *asked: PlateWanted) -> Permit:
    return step(store, issued(store, *asked).number, A.ACTIVATE)


def plates_of(store: Store, number: str) -> list[tuple[str, PlateState]]:
    with store.read() as session:
        return [(each.number, each.state) for each in plates.of_permit(session, POLICE, number)]


def refusal(store: Store, *asked: PlateWanted, number: str | None = None, **said: Any) -> NotIssued:
    with pytest.raises(NotIssued) as refused:
        step(store, number or awaiting(store), A.ISSUE, plates=asked, **said)
    return refused.value


# --- numbers


@pytest.mark.requirement("D4b-29")
def test_an_approved_declaration_gets_the_next_number_of_its_kind_and_year(store: Store) -> None:
    given = [awaiting(store) for _ in range(2)] + [awaiting(store, kind=PermitKind.DEMO_OPERATION)]
    with store.read() as session:
        found = [numbers.numbers_of(session, each) for each in given]
    assert [(each.confirmation, each.machine) for each in found if each] == [
        ("2026年第001号", "SH-RT-2026-000001"),
        ("2026年第002号", "SH-RT-2026-000002"),
        ("2026年第001号", "SH-DO-2026-000001"),
    ]
    assert found[0] is not None
    assert found[0].series == "ROAD_TEST/shanghai/2026"


@pytest.mark.requirement("D4b-29")
def test_a_series_begins_anew_with_the_year_of_shanghai(store: Store) -> None:
    awaiting(store)
    other = awaiting(store, approved_at=datetime(2026, 12, 31, 16, 30, tzinfo=UTC))
    with store.read() as session:
        found = numbers.numbers_of(session, other)
    assert found is not None
    assert found.machine == "SH-RT-2027-000001"


@pytest.mark.requirement("D4b-29")
def test_of_many_who_are_approved_at_once_each_gets_a_number_and_none_is_left_out(
    store: Store,
) -> None:
    """Half of them are refused after they took a number: it is the next one's."""
    given = [awaiting(store, None, PermitKind.ROAD_TEST, *TO_PLATE[:-2]) for _ in range(12)]
    start, failed = threading.Barrier(6), []

    def approve(some: list[str]) -> None:
        start.wait()
        for at, number in enumerate(some):
            try:
                with store.write() as session:
                    approved_by_all(session, number, NOON, UNDER)
                    if at % 2:
                        raise InterruptedError
            except InterruptedError:
                failed.append(number)

    threads = [threading.Thread(target=approve, args=(given[at::6],)) for at in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    with store.read() as session:
        found = [numbers.numbers_of(session, each) for each in given]
    assert len(failed) == 6
    assert sorted(each.serial for each in found if each) == [1, 2, 3, 4, 5, 6]
    for number in failed:
        with store.write() as session:
            approved_by_all(session, number, NOON, UNDER)
    with store.read() as session:
        found = [numbers.numbers_of(session, each) for each in given]
    assert sorted(each.serial for each in found if each) == list(range(1, 13))


# --- plates


@pytest.mark.requirement("D4b-30", "D4a-17")
def test_the_police_give_a_vehicle_its_plate_with_the_issue(store: Store) -> None:
    permit = issued(store, PlateWanted("car-1", " 沪a·0001 试", "lsvnv2182e2100001"))
    (plate,) = permit.terms.plates
    assert (plate.number, plate.vin) == ("沪A0001试", "LSVNV2182E2100001")
    assert (plate.valid_from, plate.valid_to) == (NOON, DECLARED_TO)
    with store.read() as session:
        (kept,) = plates.of_permit(session, SWIFT, permit.number)
        with pytest.raises(NotFound):
            plates.of_permit(session, KITE, permit.number)
        assert permits.get(session, SWIFT, permit.number) == permit
    assert (kept.device_id, kept.state, kept.cut_by) == ("car-1", PlateState.VALID, "declaration")


@pytest.mark.requirement("D4b-30")
def test_under_the_rules_of_the_city_no_vehicle_is_issued_without_a_plate(store: Store) -> None:
    refused = refusal(store, under=STRICT)
    assert [each.key for each in refused.remarks] == ["no plate"]
    assert "no plate for car-1" in str(refused)
    assert "car-1 没有号牌" in refused.said(Language.CHINESE)
    assert issued(store, wanted(), under=STRICT).state is PermitState.ISSUED


@pytest.mark.requirement("D4b-30")
def test_all_that_is_wrong_with_plates_is_told_at_once(store: Store) -> None:
    refused = refusal(
        store,
        PlateWanted("car-1", "沪A*1", "LSVNV2182E210000I"),
        PlateWanted("car-9", "沪A0001试", "SHORT"),
        PlateWanted("car-9", "沪A0001试", VINS[0]),
    )
    assert {(each.path, each.key) for each in refused.remarks} == {
        ("plates[0].vin", "form of vin"),
        ("plates[0].number", "form of plate"),
        ("plates[1].device_id", "no device of it"),
        ("plates[1].vin", "form of vin"),
        ("plates[2].device_id", "no device of it"),
        ("plates", "named twice"),
    }


@pytest.mark.requirement("D4b-30")
def test_a_plate_is_on_one_vehicle_and_a_vehicle_bears_one_plate(store: Store) -> None:
    first = issued(store, wanted(1))
    both = refusal(store, wanted(1))
    assert [each.key for each in both.remarks] == ["plate taken", "vin taken"]
    assert first.number in str(both)
    other_plate = refusal(store, PlateWanted("car-1", "沪A0009试", VINS[0]))
    assert [each.key for each in other_plate.remarks] == ["vin taken"]
    other_vin = refusal(store, PlateWanted("car-1", "沪A0001试", VINS[1]))
    assert [each.key for each in other_vin.remarks] == ["plate taken"]
    assert issued(store, wanted(2)).terms.plates[0].number == "沪A0002试"
    for asked in (PermitFilter(plate="沪A0001试"), PermitFilter(vin=VINS[0])):
        with store.read() as session:
            (found,) = permits.page(session, POLICE, wanted=asked)
        assert found.number == first.number


@pytest.mark.requirement("D4b-30")
def test_of_two_who_give_the_same_plate_at_once_one_is_refused_by_name(store: Store) -> None:
    given, start = [awaiting(store), awaiting(store)], threading.Barrier(2)
    ended: list[object] = []

    def issue(number: str) -> None:
        start.wait()
        try:
            ended.append(step(store, number, A.ISSUE, plates=(wanted(),)).state)
        except NotIssued as refused:
            ended.append([each.key for each in refused.remarks])

    threads = [threading.Thread(target=issue, args=(each,)) for each in given]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert len(ended) == 2
    assert PermitState.ISSUED in ended
    assert ["plate taken", "vin taken"] in ended


@pytest.mark.requirement("D4a-19")
def test_low_speed_devices_bear_code_plates_of_the_city_without_a_vin(store: Store) -> None:
    kind = PermitKind.LOW_SPEED_TEST
    first, second = awaiting(store, kind=kind), awaiting(store, kind=kind)
    refused = refusal(store, number=first, under=CODED)
    assert [each.key for each in refused.remarks] == ["no plate"]
    code = PlateWanted("car-1", "SH-C 0001")
    made = step(store, first, A.ISSUE, plates=(code,), under=CODED)
    assert [(each.number, each.vin) for each in made.terms.plates] == [("SHC0001", "")]
    again = refusal(store, PlateWanted("car-1", "SHC0002"), number=second, under=CODED)
    assert [each.key for each in again.remarks] == ["device plated"]
    assert "device car-1 bears plate SHC0001 already" in str(again)
    with store.write() as session:
        registry.add_device(session, PLATFORM, Device("car-2", "swift", Domain.ROAD, "Two"), NOON)
    third = awaiting(store, terms("car-2", valid_to=DECLARED_TO), kind)
    beside = step(store, third, A.ISSUE, plates=(PlateWanted("car-2", "SHC0003"),), under=CODED)
    assert beside.state is PermitState.ISSUED, "many may be valid without a VIN"


@pytest.mark.requirement("D4b-30")
def test_a_plate_that_has_run_out_is_free_again(store: Store) -> None:
    first = issued(store, wanted(papers=Papers(limited_to=date(2026, 6, 30))))
    assert first.terms.plates[0].valid_to == datetime(2026, 6, 30, 16, tzinfo=UTC)
    second = issued(store, wanted(), at=datetime(2026, 6, 30, 16, tzinfo=UTC))
    assert plates_of(store, first.number) == [("沪A0001试", PlateState.EXPIRED)]
    assert plates_of(store, second.number) == [("沪A0001试", PlateState.VALID)]


@pytest.mark.requirement("D4b-33")
def test_the_plates_of_a_terminated_permit_are_void_and_recalled_or_announced(store: Store) -> None:
    permit = active(store, wanted(1))
    step(store, permit.number, A.TERMINATE, POLICE, details=DANGER)
    assert plates_of(store, permit.number) == [("沪A0001试", PlateState.TO_RECALL)]
    # The vehicle may be plated anew; the plate is still out there.
    taken = refusal(store, PlateWanted("car-1", "沪A0001试", VINS[0]))
    assert [each.key for each in taken.remarks] == ["plate taken"]
    after = step(store, permit.number, A.RECALL_PLATES, POLICE)
    assert after.state is PermitState.TERMINATED
    assert plates_of(store, permit.number) == [("沪A0001试", PlateState.RECALLED)]
    assert issued(store, wanted(1)).state is PermitState.ISSUED


@pytest.mark.requirement("D4b-30", "D4b-34")
def test_the_plates_of_a_permit_that_takes_anothers_place_wait_until_it_is_in_force(
    store: Store,
) -> None:
    old, begins = active(store, wanted(1)), later(30 * 86_400)
    other = PlateWanted("car-1", "沪A0007试", VINS[0])
    given = terms("car-1", valid_from=begins, valid_to=DECLARED_TO)
    new = awaiting(store, given, replaces=old.number)
    taken = refusal(store, wanted(1), number=new)
    assert "plate taken" in [each.key for each in taken.remarks], "it is on the vehicle until then"

    step(store, new, A.ISSUE, plates=(other,))
    assert plates_of(store, old.number) == [("沪A0001试", PlateState.VALID)]
    strange = refusal(store, PlateWanted("car-1", "沪A0008试", VINS[0]))
    assert [each.key for each in strange.remarks] == ["vin taken", "vin taken"]
    # The vehicle still bears the plate of the old one, which may get another meanwhile.
    step(
        store,
        old.number,
        A.ISSUE_PLATES,
        POLICE,
        plates=(PlateWanted("car-1", "沪A0009试", VINS[0]),),
    )
    step(store, new, A.ACTIVATE, at=begins)

    assert plates_of(store, old.number) == [
        ("沪A0001试", PlateState.REPLACED),
        ("沪A0009试", PlateState.TO_RECALL),
    ]
    assert plates_of(store, new) == [("沪A0007试", PlateState.VALID)]
    again = PlateWanted("car-1", "沪A0010试", VINS[0])
    step(store, new, A.ISSUE_PLATES, POLICE, at=begins, plates=(again,))
    assert plates_of(store, new)[-1] == ("沪A0010试", PlateState.VALID)


@pytest.mark.requirement("D4b-33")
def test_a_plate_that_nobody_hands_back_is_announced_void_with_the_notice(store: Store) -> None:
    permit = active(store, wanted(1))
    step(store, permit.number, A.REVOKE, POLICE)
    step(store, permit.number, A.ANNOUNCE_PLATES_VOID, POLICE, reason="公告 2026-17")
    with store.read() as session:
        (plate,) = plates.of_permit(session, POLICE, permit.number)
    assert (plate.state, plate.notice) == (PlateState.ANNOUNCED_VOID, "公告 2026-17")
    with store.read() as session:
        (told,) = notices.published(session)
    assert (told.notice.kind, told.organisation_id) == (NoticeKind.PLATE_VOID, "traffic-police")
    assert "沪A0001试" in told.notice.title
    assert "公告 2026-17" not in repr(told.notice), "what was written beside the act stays with it"
    with pytest.raises(NotIssued, match="has no plate that could be ended"):
        step(store, permit.number, A.RECALL_PLATES, POLICE)


def test_one_plate_is_recalled_while_the_permit_goes_on(store: Store) -> None:
    with store.write() as session:
        registry.add_device(session, PLATFORM, cars(1)[0], NOON)
    number = awaiting(store, terms("car-1", "fleet-00000", valid_to=DECLARED_TO))
    step(store, number, A.ISSUE, plates=(wanted(1), wanted(2, "fleet-00000")))
    after = step(store, number, A.RECALL_PLATES, POLICE, at=later(60), ended_plates=["沪A·0002试"])
    ends = {each.device_id: each.valid_to for each in after.terms.plates}
    assert ends == {"car-1": DECLARED_TO, "fleet-00000": later(60)}
    assert [state for _, state in plates_of(store, number)] == [
        PlateState.VALID,
        PlateState.RECALLED,
    ]
    with pytest.raises(NotIssued, match="沪A0002试"):
        step(store, number, A.RECALL_PLATES, POLICE, ended_plates=["沪A0002试"])


# --- validity


@pytest.mark.requirement("D4b-10")
@pytest.mark.parametrize(
    ("papers", "ends", "cause"),
    [
        (NO_PAPERS, DECLARED_TO, "declaration"),
        (Papers(date(2026, 9, 30)), datetime(2026, 9, 30, 16, tzinfo=UTC), "insurance"),
        (
            Papers(date(2026, 9, 30), date(2026, 8, 31)),
            datetime(2026, 8, 31, 16, tzinfo=UTC),
            "inspection",
        ),
    ],
)
def test_a_permit_is_cut_to_what_ends_first_and_its_certificate_says_to_what(
    store: Store, papers: Papers, ends: datetime, cause: str
) -> None:
    permit = issued(store, wanted(papers=papers))
    assert permit.terms.valid_to == permit.terms.plates[0].valid_to == ends
    with store.read() as session:
        certificate = certificates.latest(session, SWIFT, permit.number).certificate
    assert (certificate.valid_to, certificate.cut_by) == (ends, cause)


@pytest.mark.requirement("D4a-13")
def test_no_permit_lasts_longer_than_its_kind_may(store: Store) -> None:
    asked = terms("car-1", valid_to=NOON + timedelta(days=900))
    permit = step(store, awaiting(store, asked), A.ISSUE, plates=(wanted(),))
    assert permit.terms.valid_to == datetime(2027, 11, 4, 12, tzinfo=UTC)  # 18 months
    with store.read() as session:
        assert certificates.latest(session, SWIFT, permit.number).certificate.cut_by == "cap"


@pytest.mark.requirement("D4b-10")
def test_of_several_vehicles_each_ends_with_its_own_papers_and_the_permit_with_the_last(
    store: Store,
) -> None:
    with store.write() as session:
        registry.add_device(session, PLATFORM, cars(1)[0], NOON)
    number = awaiting(store, terms("car-1", "fleet-00000", valid_to=DECLARED_TO))
    one, other = date(2026, 8, 31), date(2026, 9, 30)
    permit = step(
        store, number, A.ISSUE,
        plates=(wanted(1, papers=Papers(insured_to=one)), wanted(2, "fleet-00000", Papers(inspected_to=other))),
    )  # fmt: skip
    assert [each.valid_to for each in permit.terms.plates] == [
        datetime(2026, 8, 31, 16, tzinfo=UTC),
        datetime(2026, 9, 30, 16, tzinfo=UTC),
    ]
    assert permit.terms.valid_to == datetime(2026, 9, 30, 16, tzinfo=UTC)
    with store.read() as session:
        assert certificates.latest(session, SWIFT, number).certificate.cut_by == "vehicles"


@pytest.mark.requirement("D4b-10")
def test_where_nothing_is_left_of_its_validity_a_plate_is_not_given(store: Store) -> None:
    refused = refusal(store, wanted(papers=Papers(insured_to=date(2026, 5, 3))))
    assert [each.key for each in refused.remarks] == ["nothing left"]
    assert "ended with its insurance on 2026-05-03T16:00+00:00" in str(refused)
    assert "保险于" in refused.said(Language.CHINESE)
    over = refusal(store, wanted(), at=DECLARED_TO)
    assert [each.key for each in over.remarks] == ["permit over"]


def test_a_new_plate_brings_a_permit_back_to_its_declared_end(store: Store) -> None:
    """A plate that runs out within the declared period needs no other review."""
    permit = active(store, wanted(papers=Papers(insured_to=date(2026, 9, 30))))
    renewed = step(
        store, permit.number, A.ISSUE_PLATES, POLICE, at=later(86_400),
        plates=(PlateWanted("car-1", "沪A0007试", VINS[0], Papers(insured_to=date(2027, 9, 30))),),
    )  # fmt: skip
    assert renewed.state is PermitState.ACTIVE
    assert renewed.terms.valid_to == DECLARED_TO
    assert plates_of(store, permit.number) == [
        ("沪A0001试", PlateState.REPLACED),
        ("沪A0007试", PlateState.VALID),
    ]
    with store.read() as session:
        found = certificates.latest(session, SWIFT, permit.number)
        first = certificates.edition(session, permit.number, 1)
    assert (found.certificate.edition, found.is_latest, first.is_latest) == (2, True, False)
    assert [each.plate for each in found.certificate.vehicles] == ["沪A0007试"]
    assert found.certificate.number == first.certificate.number


# --- certificates


@pytest.mark.requirement("D4a-14", "D4a-5")
def test_a_consortium_is_on_the_certificate_and_what_its_members_passed_counts(
    store: Store,
) -> None:
    members = (
        ("swift", MemberRole.LEAD),
        ("swift", MemberRole.OPERATING),
        ("kite", MemberRole.TECHNOLOGY),
    )
    both = Consortium(name="Both", members=tuple(Member(*each) for each in members))
    with store.write() as session:
        register.add(session, SWIFT, RegisterEntry("both", "swift", both), NOON)
        registry.add_device(session, PLATFORM, Device("car-k", "kite", Domain.ROAD, "K"), NOON)
        its = terms("car-k", valid_to=DECLARED_TO)
        test = permits.create(
            session, KITE, kind=PermitKind.ROAD_TEST, holder_id="kite", terms=its, at=NOON
        )
        row = session.get_one(PermitRow, test.number)
        row.state = PermitState.ACTIVE.value
        session.add(row)
    applied = Application(DriverMode.DRIVER_SEATED, "both")
    number = awaiting(store, kind=PermitKind.DEMO_OPERATION, applied=applied)
    with store.read() as session:
        facts = known(session, permits.case(session, SWIFT, number, UNDER), NOON, UNDER)
        assert [each.number for each in facts.earlier or ()] == [test.number]
    issued = step(store, number, A.ISSUE, plates=(wanted(),))
    # Nobody has named a mode: that of the driver binds from the approval on.
    assert "AUTONOMOUS" in issued.terms.control_modes
    assert "REMOTE" not in issued.terms.control_modes
    with store.read() as session:
        certificate = certificates.latest(session, SWIFT, number).certificate
    assert [(each.name, each.role) for each in certificate.members] == [
        ("Swift Cars", MemberRole.LEAD),
        ("Swift Cars", MemberRole.OPERATING),
        ("Kite Drones", MemberRole.TECHNOLOGY),
    ]  # fmt: skip


@pytest.mark.requirement("D4a-15")
def test_what_is_issued_has_a_certificate_of_what_was_then(store: Store) -> None:
    number = awaiting(store, kind=PermitKind.DEMO_OPERATION)
    with store.read() as session, pytest.raises(NotFound):
        certificates.latest(session, SWIFT, number)
    step(store, number, A.ISSUE, plates=(wanted(),))
    with store.read() as session:
        kept = certificates.latest(session, SWIFT, number)
        with pytest.raises(NotFound):
            certificates.latest(session, KITE, number)
    found = kept.certificate
    assert (found.number, found.application, found.holder) == (
        "SH-DO-2026-000001",
        number,
        "Swift Cars",
    )
    assert [(each.device_id, each.label, each.plate) for each in found.vehicles] == [
        ("car-1", "Swift 1", "沪A0001试")
    ]
    assert [each.zone_id for each in found.places] == ["road-1"]
    assert found.departments[0] == ("industry", "经信")
    assert (found.rules, found.issued_by) == (UNDER.label, "demo-police")
    assert kept.pdf is None  # nobody has asked for the paper


def test_flights_and_trials_are_certified_when_they_are_granted(store: Store) -> None:
    with store.write() as session:
        flight = permits.create(
            session, KITE, kind=PermitKind.FLIGHT_ACTIVITY, holder_id="kite",
            terms=terms("drone-1", valid_from=later(5 * 86_400)), at=NOON,
        ).number  # fmt: skip
    step(store, flight, A.SUBMIT, KITE)
    with store.write() as session:
        approved_by_all(session, flight, NOON, UNDER)
    with store.read() as session:
        found = certificates.latest(session, KITE, flight).certificate
    assert (found.confirmation, found.vehicles[0].plate) == ("沪飞2026年第001号", "")


# --- what the register and the documents say


def registered(store: Store, **ends: date) -> None:
    """File the car as a vehicle, with papers that end on these days."""
    vehicle = Vehicle(
        vin="LSVNV2187E2100001", brand="Swift", model="S1", configuration="A",
        category=VehicleCategory.PASSENGER, automation_level=4, software_version="1",
        hardware_version="1", mass_kg=1800.0, seats=5,
    )  # fmt: skip
    with store.write() as session:
        entry = register.add(
            session, PLATFORM, RegisterEntry("v-1", "swift", vehicle, "car-1"), NOON
        )
        for name, day in ends.items():
            kept = documents.add(
                session, PLATFORM,
                Document(
                    kind=DocumentKind(name.upper()), covers=Covered(CoveredKind.VEHICLE, entry.entry_id),
                    number="7", issued_by="an office", valid_from=date(2026, 1, 1), valid_to=day,
                    amount_cny=5e6,
                ),
                NOON,
            )  # fmt: skip
            file = StoredFile("0" * 64, "application/pdf", 10)
            documents.put_file(session, PLATFORM, kept.document_id, file, NOON)


@pytest.mark.requirement("D4b-10", "D4b-30")
def test_the_register_gives_the_vin_and_the_documents_the_days(store: Store) -> None:
    registered(
        store, compulsory_insurance=date(2026, 12, 31), liability_insurance=date(2026, 10, 31),
        guarantee_letter=date(2026, 11, 30), safety_inspection=date(2027, 1, 31),
    )  # fmt: skip
    other = refusal(store, PlateWanted("car-1", "沪A0001试", VINS[1]))
    assert [each.key for each in other.remarks] == ["other vin"]
    permit = issued(store, PlateWanted("car-1", "沪A0001试"))
    (plate,) = permit.terms.plates
    assert plate.vin == "LSVNV2187E2100001"
    # A letter of guarantee serves where the liability insurance ends before.
    assert plate.valid_to == datetime(2026, 11, 30, 16, tzinfo=UTC)
    with store.read() as session:
        assert plates.of_permit(session, POLICE, permit.number)[0].cut_by == "insurance"


def test_days_that_the_police_give_stand_where_they_are_earlier(store: Store) -> None:
    registered(store, safety_inspection=date(2026, 9, 30))
    early, late = Papers(inspected_to=date(2026, 8, 31)), Papers(inspected_to=date(2027, 1, 1))
    for papers, ends in ((early, date(2026, 8, 31)), (late, date(2026, 9, 30))):
        permit = issued(store, PlateWanted("car-1", "沪A0001试", "", papers))
        assert permit.terms.valid_to == after(ends)
        step(store, permit.number, A.TERMINATE, POLICE, details=DANGER)
        step(store, permit.number, A.RECALL_PLATES, POLICE)


@pytest.mark.requirement("D4b-10", "D4b-17")
def test_a_renewal_does_not_carry_a_plate_beyond_the_papers_that_it_ends_with(
    store: Store,
) -> None:
    insured = after(date(2026, 9, 30))
    permit = active(store, wanted(papers=Papers(insured_to=date(2026, 9, 30))))
    assert permit.terms.valid_to == insured
    in_time = insured - timedelta(days=40)
    step(store, permit.number, A.REQUEST_RENEWAL, at=in_time)
    renewed = step(store, permit.number, A.RENEW, PLATFORM, at=in_time + timedelta(days=1))
    assert (renewed.state, renewed.terms.valid_to) == (PermitState.ACTIVE, insured)
    assert [each.valid_to for each in renewed.terms.plates] == [insured]

    newer = PlateWanted("car-1", "沪A0009试", VINS[0], Papers(insured_to=date(2028, 9, 30)))
    plated = step(
        store, permit.number, A.ISSUE_PLATES, POLICE, at=in_time + timedelta(days=2), plates=(newer,)
    )  # fmt: skip
    assert plated.terms.valid_to == datetime(2027, 3, 31, 16, tzinfo=UTC), "six months after it"
    assert [each.valid_to for each in plated.terms.plates] == [plated.terms.valid_to]


@pytest.mark.requirement("D4b-10", "D4b-17")
def test_a_renewal_ends_with_papers_that_are_over_after_what_was_declared(store: Store) -> None:
    some = DECLARED_TO.date() + timedelta(days=20)
    permit = active(store, wanted(papers=Papers(insured_to=some)))
    assert permit.terms.valid_to == DECLARED_TO
    in_time = DECLARED_TO - timedelta(days=40)
    step(store, permit.number, A.REQUEST_RENEWAL, at=in_time)
    renewed = step(store, permit.number, A.RENEW, PLATFORM, at=in_time + timedelta(days=1))
    assert renewed.terms.valid_to == after(some)
    assert [each.valid_to for each in renewed.terms.plates] == [after(some)]


@pytest.mark.requirement("D4b-33")
def test_no_plates_are_given_to_a_permit_whose_only_plate_was_taken_away(store: Store) -> None:
    begins = NOON + timedelta(days=30)
    asked = terms("car-1", valid_from=begins, valid_to=DECLARED_TO)
    number = step(store, awaiting(store, asked), A.ISSUE, plates=(wanted(),)).number
    step(store, number, A.RECALL_PLATES, POLICE, ended_plates=("沪A0001试",))
    with pytest.raises(NotIssued) as refused:
        step(store, number, A.ISSUE_PLATES, POLICE, at=later(60))
    assert [each.key for each in refused.value.remarks] == ["nothing to give"]


# --- no permit outlives its documents


def filed(
    store: Store, kind: DocumentKind, about: Covered, last: date, first: date = date(2026, 1, 1)
) -> str:
    """Hand in a document with its file, and return its id."""
    file = StoredFile("0" * 64, "application/pdf", 10)
    with store.write() as session:
        kept = documents.add(
            session, PLATFORM,
            Document(
                kind=kind, covers=about, number="7", issued_by="an office", valid_from=first,
                valid_to=last, amount_cny=5e6,
            ),
            NOON,
        )  # fmt: skip
        return changed_papers.put_file(session, PLATFORM, kept.document_id, file, NOON, UNDER).document_id  # fmt: skip


def taken_back(store: Store, document_id: str, at: datetime = NOON) -> None:
    with store.write() as session:
        changed_papers.withdraw(session, PLATFORM, document_id, at, UNDER)


def now_of(store: Store, number: str) -> Permit:
    with store.read() as session:
        return permits.get(session, PLATFORM, number)


def a_drone(store: Store) -> Covered:
    particulars = Aircraft(upic="1581F5FH7K3LM0000001", model="K1", empty_mass_kg=3.0, takeoff_mass_kg=5.0)  # fmt: skip
    with store.write() as session:
        register.add(session, PLATFORM, RegisterEntry("k-1", "kite", particulars, "drone-1"), NOON)
    return Covered(CoveredKind.AIRCRAFT, "k-1")


def flying(store: Store, at: datetime = NOON, applied: Application | None = None) -> str:
    begins = NOON + timedelta(days=5)
    with store.write() as session:
        made = permits.create(
            session, KITE, kind=PermitKind.STANDING_FLIGHT, holder_id="kite",
            terms=terms("drone-1", valid_from=begins, valid_to=DECLARED_TO), at=NOON,
        )  # fmt: skip
        if applied is not None:
            applications.put(session, KITE, made.number, applied, NOON)
        permits.apply_action(session, KITE, made.number, A.SUBMIT, NOON, under=UNDER)
        approved_by_all(session, made.number, at, UNDER)
    return made.number


@pytest.mark.requirement("D4b-10")
def test_a_standing_flight_lasts_as_its_insurance_shorter_and_longer_again(store: Store) -> None:
    kite = a_drone(store)
    policy = filed(store, DocumentKind.LIABILITY_INSURANCE, kite, date(2026, 9, 30))
    number = flying(store)
    with store.read() as session:
        first = certificates.latest(session, KITE, number).certificate
    assert first.valid_to == now_of(store, number).terms.valid_to == after(date(2026, 9, 30))
    assert first.cut_by == "insurance"
    # The next policy follows without a gap: it goes on, and not beyond what was granted.
    filed(store, DocumentKind.LIABILITY_INSURANCE, kite, date(2028, 1, 1), date(2026, 10, 1))
    assert now_of(store, number).terms.valid_to == DECLARED_TO
    letter = filed(store, DocumentKind.GUARANTEE_LETTER, kite, date(2026, 8, 31))
    taken_back(store, policy, later(1))
    assert now_of(store, number).terms.valid_to == after(date(2026, 8, 31)), (
        "the letter alone is left"
    )
    taken_back(store, letter, NOON + timedelta(days=20))
    assert now_of(store, number).terms.valid_to == NOON + timedelta(days=20)
    with store.read() as session:
        steps = [each for each in permits.changes(session, KITE, number) if each.action is A.RECOUNT_VALIDITY]  # fmt: skip
        found = certificates.latest(session, KITE, number).certificate
    assert [each.reason.split(" ")[::2] for each in steps] == [
        ["LIABILITY_INSURANCE", "handed"],
        ["LIABILITY_INSURANCE", "withdrawn"],
        ["GUARANTEE_LETTER", "withdrawn"],
    ]
    assert (found.edition, found.cut_by) == (4, "insurance")
    assert step(store, number, A.EXPIRE, PLATFORM, NOON + timedelta(days=20)).state is PermitState.EXPIRED  # fmt: skip


@pytest.mark.requirement("D4b-10")
def test_papers_that_are_gone_before_it_begins_leave_nothing_to_fly_in_and_new_ones_mend_it(
    store: Store,
) -> None:
    kite, begins = a_drone(store), NOON + timedelta(days=5)
    policy = filed(store, DocumentKind.LIABILITY_INSURANCE, kite, date(2027, 12, 31))
    number = flying(store)
    taken_back(store, policy, later(1))
    assert now_of(store, number).terms.valid_to == begins + timedelta(microseconds=1)
    again = filed(store, DocumentKind.LIABILITY_INSURANCE, kite, date(2026, 9, 30))
    assert now_of(store, number).terms.valid_to == after(date(2026, 9, 30))
    taken_back(store, again, later(2))
    over = step(store, number, A.EXPIRE, PLATFORM, begins + timedelta(microseconds=1))
    assert over.state is PermitState.EXPIRED


TINY = Aircraft(
    upic="1581F5FH7K3LM0000001", model="K1", empty_mass_kg=0.2, takeoff_mass_kg=0.24, max_speed_kmh=30.0,
    keeps_airspace=True, can_be_watched=True,
)  # fmt: skip


@pytest.mark.requirement("D4b-10", "D4b-26", "D4c-37")
@pytest.mark.parametrize(
    ("commercial", "particulars", "ended"),
    [(False, TINY, False), (True, TINY, True), (None, TINY, True), (False, None, True)],
    ids=["private and tiny", "commercial", "nobody has said", "private and larger"],
)
def test_a_policy_ends_no_flight_that_need_not_be_insured(
    store: Store, commercial: bool | None, particulars: Aircraft | None, *, ended: bool
) -> None:
    kite = a_drone(store)
    filed(store, DocumentKind.LIABILITY_INSURANCE, kite, date(2026, 9, 30))
    if particulars is not None:
        with store.write() as session:
            register.amend(session, PLATFORM, "k-1", particulars, NOON)
    number = flying(store, applied=Application(entry_ids=("k-1",), commercial=commercial))
    permit = now_of(store, number)
    assert permit.terms.valid_to == (after(date(2026, 9, 30)) if ended else DECLARED_TO)
    with store.read() as session:
        found = lapsed.halts_of(session, [permit], after(date(2026, 9, 30)), UNDER)[number]
    assert [each.ground for each in found] == (["INSURANCE_ENDED"] if ended else [])


def test_where_nothing_insures_on_the_first_day_no_flight_is_granted(store: Store) -> None:
    filed(store, DocumentKind.LIABILITY_INSURANCE, a_drone(store), NOON.date())
    with pytest.raises(NotIssued, match="ended with its insurance"):
        flying(store)


@pytest.mark.requirement("D4b-10", "D4b-33")
def test_a_plate_ends_at_once_with_the_paper_that_is_withdrawn(store: Store) -> None:
    car = Covered(CoveredKind.VEHICLE, "v-1")
    registered(store, compulsory_insurance=date(2027, 12, 31), safety_inspection=date(2027, 12, 31))
    policy = filed(store, DocumentKind.LIABILITY_INSURANCE, car, date(2027, 12, 31))
    permit = step(store, issued(store, PlateWanted("car-1", "沪A0001试")).number, A.ACTIVATE)
    assert permit.terms.valid_to == DECLARED_TO
    shorter = filed(store, DocumentKind.GUARANTEE_LETTER, Covered(CoveredKind.ORGANISATION, "swift"), date(2026, 9, 30))  # fmt: skip
    assert now_of(store, permit.number).revision == permit.revision, (
        "what does not matter is no step"
    )
    taken_back(store, policy, later(60))
    found = now_of(store, permit.number).terms
    assert (
        [each.valid_to for each in found.plates] == [found.valid_to] == [after(date(2026, 9, 30))]
    )
    # A longer plate is another plate, which the police give; a paper alone lengthens none.
    filed(store, DocumentKind.LIABILITY_INSURANCE, car, date(2027, 12, 31))
    assert now_of(store, permit.number).terms.valid_to == after(date(2026, 9, 30))
    newer = step(
        store, permit.number, A.ISSUE_PLATES, POLICE, at=later(90), plates=(PlateWanted("car-1", "沪A0002试"),)
    )  # fmt: skip
    assert newer.terms.valid_to == DECLARED_TO
    with store.read() as session:
        left = documents.page(session, PLATFORM, covers=car, kind=DocumentKind.LIABILITY_INSURANCE, valid_on=NOON.date())  # fmt: skip
    taken_back(store, shorter, later(100))
    assert now_of(store, permit.number).terms.valid_to == DECLARED_TO
    taken_back(store, left[0].document_id, later(120))
    over = now_of(store, permit.number).terms
    assert [each.valid_to for each in over.plates] == [over.valid_to] == [later(120)]
    with store.read() as session:
        assert [each.cut_by for each in plates.of_permit(session, POLICE, permit.number)][-1] == "insurance"  # fmt: skip


@pytest.mark.requirement("D4b-10", "D4b-30")
def test_no_plate_is_given_of_which_no_paper_says_until_when(store: Store) -> None:
    permit = active(store, wanted())
    refuse = UNDER.sheet.parameters["preconditions.refuse_at"]
    sheet = replace(UNDER.sheet, parameters={**UNDER.sheet.parameters, refuse.key: replace(refuse, value=("grant",))})  # fmt: skip
    with pytest.raises(NotIssued) as refused:
        step(store, permit.number, A.ISSUE_PLATES, POLICE, under=Ruling(sheet), plates=(wanted(2),))
    assert [each.key for each in refused.value.remarks] == ["no insurance", "no inspection"]
    told = Papers(date(2026, 12, 31), date(2026, 11, 30))
    given = step(
        store, permit.number, A.ISSUE_PLATES, POLICE, under=Ruling(sheet), plates=(wanted(2, papers=told),)
    )  # fmt: skip
    assert given.terms.plates[0].valid_to == after(date(2026, 11, 30))
