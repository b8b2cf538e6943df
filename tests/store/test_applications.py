"""Applications in the store: filled in while they are the applicant's, and complete or not submitted."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from permits.application import Application, ContentItem, DriverMode
from permits.completeness import Incomplete
from permits.issuing import Ruling
from permits.permit import Permit, PermitAction, PermitKind, PermitState
from permits.transition import Detail
from telemetry.report import Domain
from tests.store.city import ADMINISTRATOR, KITE, NOON, REVIEWER, SWIFT, UNDER, later, road, terms
from zone_service.sample_papers import hand_in_samples
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import applications, documents, permits, register, registry, zones
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, InvalidValue, NotAllowed, NotFound
from zone_service.store.files import Files
from zone_service.store.records import Device, Principal
from zone_service.store.tables import DeviceRow

SHANGHAI = Ruling(shipped_sheet("shanghai-default"))


def draft(
    store: Store,
    kind: PermitKind = PermitKind.ROAD_TEST,
    who: Principal = SWIFT,
    device: str = "car-1",
) -> Permit:
    given = terms(
        device,
        max_height_agl_m=100.0,
        max_speed_mps=15.0,
        valid_from=NOON + timedelta(days=30),
        valid_to=NOON + timedelta(days=60),
    )
    with store.write() as session:
        return permits.create(
            session, who, kind=kind, holder_id=who.organisation_id, terms=given, at=NOON
        )


def put(store: Store, number: str, given: Application, who: Principal = SWIFT) -> Application:
    with store.write() as session:
        return applications.put(session, who, number, given, later(1))


def submit(
    store: Store, permit: Permit, under: Ruling = SHANGHAI, who: Principal = SWIFT
) -> Permit:
    first = {
        PermitKind.VESSEL_TRIAL: PermitAction.NOTIFY,
        PermitKind.CHANNEL_SURVEY: PermitAction.NOTIFY,
        PermitKind.SUITABLE_AIRSPACE_FLIGHT: PermitAction.RECORD,
        PermitKind.EXEMPT_FLIGHT: PermitAction.RECORD,
    }
    action = first.get(permit.kind, PermitAction.SUBMIT)
    with store.write() as session:
        return permits.apply_action(session, who, permit.number, action, later(2), under=under)


def lacks(store: Store, number: str) -> list[str]:
    with store.read() as session:
        found = applications.missing_of(session, SWIFT, number, later(2), under=SHANGHAI)
    return [each.path for each in found]


@pytest.mark.requirement("D4b-2")
def test_what_is_not_complete_is_not_submitted_and_all_that_is_missing_is_named(
    store: Store,
) -> None:
    permit = draft(store)
    with pytest.raises(Incomplete) as refused:
        submit(store, permit)
    told = [each.path for each in refused.value.faults]
    assert told[:3] == ["driver_mode", "entry_ids", "terms.device_ids.car-1"]
    assert told == lacks(store, permit.number)
    with store.write() as session:  # now it is a terminal whose format does not say who drives
        session.get_one(DeviceRow, "car-1").codec = "jt808"
    assert lacks(store, permit.number).count("terms.device_ids.car-1") == 2
    with store.read() as session:
        assert permits.get(session, SWIFT, permit.number).state is PermitState.DRAFT
    assert submit(store, permit, UNDER).state is PermitState.SUBMITTED


@pytest.mark.requirement("D4b-2", "D4a-6", "D4a-12", "D4a-16", "D4a-22")
@pytest.mark.parametrize(
    ("kind", "who", "device"),
    [
        (PermitKind.ROAD_TEST, SWIFT, "car-1"),
        (PermitKind.DEMO_OPERATION, SWIFT, "car-1"),
        (PermitKind.COMMERCIAL_OPERATION, SWIFT, "car-1"),
        (PermitKind.LOW_SPEED_OPERATION, SWIFT, "car-1"),
        (PermitKind.STANDING_FLIGHT, KITE, "drone-1"),
        (PermitKind.EMERGENCY_FLIGHT, KITE, "drone-1"),
        (PermitKind.SUITABLE_AIRSPACE_FLIGHT, KITE, "drone-1"),
        (PermitKind.EXEMPT_FLIGHT, KITE, "drone-1"),
        (PermitKind.CHANNEL_SURVEY, SWIFT, "boat-1"),
    ],
)
def test_an_application_with_all_its_papers_is_submitted(
    store: Store, tmp_path: Path, kind: PermitKind, who: Principal, device: str
) -> None:
    if device == "boat-1":
        with store.write() as session:
            boat = Device("boat-1", "swift", Domain.WATER, "Boat")
            registry.add_device(session, SWIFT, boat, NOON)
    if kind is PermitKind.SUITABLE_AIRSPACE_FLIGHT:
        with store.write() as session:
            park = replace(road(), category="experience_zone", domains=frozenset({"air"}))
            zones.publish(session, ADMINISTRATOR, (park,), NOON)
    permit = draft(store, kind, who, device)
    files = Files(tmp_path / "files")
    made = hand_in_samples(store, files, who, permit.number, later(1), SHANGHAI)
    assert made > 0
    assert submit(store, permit, who=who).state is not PermitState.DRAFT
    with store.read() as session:
        kept = documents.page(session, who)
    assert len(kept) == made
    assert all(files.is_intact(each.document.file) for each in kept if each.document.file)


@pytest.mark.requirement("D4b-2")
def test_a_paper_that_has_run_out_or_was_withdrawn_is_missing_again(
    store: Store, tmp_path: Path
) -> None:
    permit = draft(store)
    hand_in_samples(store, Files(tmp_path / "files"), SWIFT, permit.number, later(1), SHANGHAI)
    assert lacks(store, permit.number) == []
    with store.write() as session:
        (inspection,) = (
            each
            for each in documents.page(session, SWIFT)
            if each.document.kind == "SAFETY_INSPECTION"
        )
        documents.withdraw(session, SWIFT, inspection.document_id, later(1))
    assert lacks(store, permit.number) == ["vehicle.sample-car-1.SAFETY_INSPECTION"]
    with store.read() as session:
        much_later = NOON + timedelta(days=1000)
        late = applications.missing_of(session, SWIFT, permit.number, much_later, under=SHANGHAI)
    assert "vehicle.sample-car-1.COMPULSORY_INSURANCE" in [each.path for each in late]
    assert "vehicle.sample-car-1.FACTORY_CERTIFICATE" not in [each.path for each in late]


def test_samples_complete_what_was_begun_and_leave_it(store: Store, tmp_path: Path) -> None:
    permit = draft(store, PermitKind.FLIGHT_ACTIVITY, KITE, "drone-1")
    put(store, permit.number, Application(content={ContentItem.TASK: "survey"}), KITE)
    files = Files(tmp_path / "files")
    assert hand_in_samples(store, files, KITE, permit.number, later(1), SHANGHAI) > 0
    assert hand_in_samples(store, files, KITE, permit.number, later(1), SHANGHAI) == 0
    with store.read() as session:
        found = applications.get(session, KITE, permit.number)
    assert found.content[ContentItem.TASK] == "survey"
    assert found.content[ContentItem.C2_LINK] == "SAMPLE c2_link"


def test_an_application_is_changed_while_it_is_with_its_applicant(store: Store) -> None:
    permit = draft(store)
    remote = Application(DriverMode.REMOTE_DRIVERLESS)
    assert put(store, permit.number, remote) == remote
    assert put(store, permit.number, replace(remote, driver_mode=None)).driver_mode is None
    submit(store, permit, UNDER)
    with pytest.raises(Conflict, match="is SUBMITTED: expected DRAFT, RETURNED"):
        put(store, permit.number, remote)
    with store.write() as session:
        permits.apply_action(
            session, REVIEWER, permit.number, PermitAction.RETURN_FOR_CORRECTION, later(3),
            "the plan", under=UNDER, details={Detail.MISSING: "the plan"},
        )  # fmt: skip
    assert put(store, permit.number, remote) == remote


@pytest.mark.requirement("D4e-6")
def test_another_organisations_entries_are_not_applied_with(store: Store, tmp_path: Path) -> None:
    flight = draft(store, PermitKind.FLIGHT_ACTIVITY, KITE, "drone-1")
    hand_in_samples(store, Files(tmp_path / "f"), KITE, flight.number, later(1), SHANGHAI)
    with store.read() as session:
        (aircraft,) = register.of_devices(session, KITE, ["drone-1"])
    permit = draft(store)
    foreign = Application(entry_ids=(aircraft.entry_id,))
    with pytest.raises(NotFound):
        put(store, permit.number, foreign)
    with pytest.raises(InvalidValue, match="expected one of swift"):
        put(store, permit.number, foreign, ADMINISTRATOR)
    with pytest.raises(InvalidValue, match="expected a consortium"):
        put(store, flight.number, Application(consortium_id=aircraft.entry_id), KITE)
    with pytest.raises(NotAllowed):
        put(store, permit.number, Application(), REVIEWER)


def test_an_application_has_bounds(store: Store) -> None:
    permit = draft(store)
    with pytest.raises(InvalidValue, match="4001 letters"):
        put(store, permit.number, Application(content={ContentItem.TASK: "x" * 4001}))
    with pytest.raises(InvalidValue, match="1001 entries"):
        put(store, permit.number, Application(entry_ids=tuple(str(n) for n in range(1001))))
