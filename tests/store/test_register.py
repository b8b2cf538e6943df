"""The register in the store: whose things are, what they are linked to, and what is amended."""

from dataclasses import replace
from datetime import date

import pytest

from permits.document import Covered, Document
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import (
    Aircraft,
    Consortium,
    Member,
    MemberRole,
    Particulars,
    Person,
    PersonRole,
    Vehicle,
    VehicleCategory,
)
from permits.paper_words import PapersRefused
from tests.store.city import ADMINISTRATOR, KITE, NOON, POLICE, SWIFT, later
from zone_service.store import audit, documents, register, registry
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, InvalidValue, NotAllowed, NotFound
from zone_service.store.records import PLATFORM, Principal, RegisterEntry

CAR = Vehicle(
    vin="1M8GDM9AXKP042788",
    brand="Swift",
    model="S1",
    configuration="L4-lidar-5",
    category=VehicleCategory.PASSENGER,
    automation_level=4,
    software_version="2.1",
    hardware_version="B",
    mass_kg=1850.0,
)
DRONE = Aircraft(upic="1581F5FH7K3LM0000001", model="K1", empty_mass_kg=1.0, takeoff_mass_kg=1.5)
ANNA = Person(name="An", id_number="11010519491231002X", roles=(PersonRole.SAFETY_OFFICER,))
TOGETHER = Consortium(
    name="Swift and Kite",
    members=(Member("swift", MemberRole.LEAD), Member("kite", MemberRole.OPERATING)),
)


def entry(
    particulars: Particulars = CAR, entry_id: str = "S-1", owner: str = "swift"
) -> RegisterEntry:
    return RegisterEntry(entry_id, owner, particulars)


def add(store: Store, given: RegisterEntry, principal: Principal = SWIFT) -> RegisterEntry:
    with store.write() as session:
        return register.add(session, principal, given, NOON)


def link(
    store: Store, entry_id: str, device_id: str | None, who: Principal = SWIFT
) -> RegisterEntry:
    with store.write() as session:
        return register.link(session, who, entry_id, device_id, later(1))


@pytest.mark.requirement("D1-5")
@pytest.mark.parametrize("particulars", [CAR, ANNA, TOGETHER])
def test_what_is_registered_is_read_as_it_was(store: Store, particulars: Particulars) -> None:
    made = add(store, entry(particulars))
    with store.read() as session:
        assert register.get(session, SWIFT, "S-1") == made == entry(particulars)
        assert register.page(session, POLICE) == (made,)
        assert register.page(session, KITE) == ()


@pytest.mark.requirement("D1-5")
def test_one_vehicle_is_registered_once_while_it_is_in_service(store: Store) -> None:
    add(store, entry())
    again = entry(entry_id="K-1", owner="kite")
    with pytest.raises(Conflict, match="a vehicle of 1M8GDM9AXKP042788 is registered already"):
        add(store, again, KITE)
    with pytest.raises(Conflict, match="'S-1' is taken"):
        add(store, entry(replace(CAR, vin="11111111111111111")))
    with store.write() as session:
        register.retire(session, SWIFT, "S-1", later(1))
    assert add(store, again, KITE).organisation_id == "kite"


def test_somebody_may_work_for_two_organisations_and_their_number_is_in_no_refusal(
    store: Store,
) -> None:
    add(store, entry(ANNA, "anna"))
    add(store, entry(ANNA, "anna-too", "kite"), KITE)
    with pytest.raises(Conflict, match="a person of that number") as refused:
        add(store, entry(ANNA, "anna-3"))
    assert ANNA.id_number not in str(refused.value)


@pytest.mark.requirement("D1-5")
def test_a_vehicle_is_seen_to_move_by_a_device_of_its_own(store: Store) -> None:
    add(store, entry())
    assert link(store, "S-1", "car-1").device_id == "car-1"
    with store.read() as session:
        (found,) = register.of_devices(session, SWIFT, ["car-1", "car-9"])
    assert found.entry_id == "S-1"
    add(store, entry(replace(CAR, vin="11111111111111111"), "S-2"))
    with pytest.raises(Conflict, match="belongs to 'S-1'"):
        link(store, "S-2", "car-1")
    with pytest.raises(NotFound, match="no device 'drone-1'"):
        link(store, "S-2", "drone-1")
    with pytest.raises(
        InvalidValue, match="'drone-1' of kite moves in air: expected one of swift in road"
    ):
        link(store, "S-2", "drone-1", ADMINISTRATOR)
    assert link(store, "S-1", None).device_id is None
    assert link(store, "S-2", "car-1").device_id == "car-1"


def test_people_and_aircraft_do_not_move_with_a_road_unit(store: Store) -> None:
    add(store, entry(ANNA, "anna"))
    with pytest.raises(InvalidValue, match="it does not move"):
        link(store, "anna", "car-1")
    add(store, entry(DRONE, "air-1", "kite"), KITE)
    with pytest.raises(InvalidValue, match="expected one of kite in air"):
        link(store, "air-1", "car-1", ADMINISTRATOR)
    assert link(store, "air-1", "drone-1", KITE).device_id == "drone-1"


@pytest.mark.requirement("D1-5", "D4e-4")
def test_an_amendment_is_on_record_and_the_first_of_two_wins(store: Store) -> None:
    add(store, entry())
    newer = replace(CAR, software_version="2.2")
    with store.write() as session:
        amended = register.amend(session, SWIFT, "S-1", newer, later(1), expected={0})
    assert (amended.particulars, amended.revision) == (newer, 1)
    with pytest.raises(Conflict, match="has moved on"), store.write() as session:
        register.amend(session, SWIFT, "S-1", CAR, later(2), expected={0})
    with store.read() as session:
        acts = [(each.action, each.reason) for each in audit.entries(session, ADMINISTRATOR)]
    assert acts[-1] == ("register.amend", "software_version: 2.1 → 2.2")


def test_an_amendment_makes_no_other_thing_of_it(store: Store) -> None:
    add(store, entry())
    add(store, entry(ANNA, "anna"))
    for entry_id, wrong in (
        ("S-1", replace(CAR, vin="11111111111111111")),
        ("S-1", ANNA),
        ("S-1", replace(CAR, mass_kg=-1.0)),
        ("anna", replace(ANNA, id_number="E1234567")),
    ):
        with pytest.raises(PapersRefused) as refused, store.write() as session:
            register.amend(session, SWIFT, entry_id, wrong, later(1))
        assert "E1234567" not in str(refused.value)
    with pytest.raises(NotAllowed), store.write() as session:
        register.amend(session, POLICE, "S-1", CAR, later(1))


def test_what_is_out_of_service_is_not_changed_any_more(store: Store) -> None:
    add(store, entry())
    link(store, "S-1", "car-1")
    with store.write() as session:
        gone = register.retire(session, SWIFT, "S-1", later(2))
    assert (gone.active, gone.device_id) == (False, None)
    with pytest.raises(Conflict, match="out of service"):
        link(store, "S-1", "car-1")


@pytest.mark.requirement("D4a-14")
def test_a_consortium_has_a_lead_that_registers_it_and_members_that_there_are(store: Store) -> None:
    with pytest.raises(
        PapersRefused, match="members is nobody: expected an organisation that there is"
    ):
        add(
            store,
            entry(
                replace(
                    TOGETHER,
                    members=(*TOGETHER.members[:1], Member("nobody", MemberRole.OPERATING)),
                )
            ),
        )
    with pytest.raises(PapersRefused, match="expected kite, which registers it, as the lead"):
        add(store, entry(TOGETHER, "both", "kite"), KITE)
    add(store, entry(TOGETHER, "both"))
    split = Document(
        kind=DocumentKind.LIABILITY_SPLIT,
        covers=Covered(CoveredKind.CONSORTIUM, "both"),
        valid_from=date(2026, 5, 1),
    )
    with store.write() as session:
        assert documents.add(session, SWIFT, split, NOON).organisation_id == "swift"


@pytest.mark.requirement("D1-1")
def test_a_document_is_about_an_entry_of_its_kind(store: Store) -> None:
    add(store, entry())
    inspection = Document(
        kind=DocumentKind.SAFETY_INSPECTION,
        covers=Covered(CoveredKind.VEHICLE, "S-1"),
        number="I-1",
        issued_by="Station 7",
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
    )
    with store.write() as session:
        assert documents.add(session, SWIFT, inspection, NOON).organisation_id == "swift"
    for who, covers in (
        (KITE, inspection.covers),
        (SWIFT, Covered(CoveredKind.PERSON, "S-1")),
        (SWIFT, Covered(CoveredKind.VEHICLE, "S-9")),
    ):
        with pytest.raises(NotFound), store.write() as session:
            documents.add(session, who, replace(inspection, covers=covers), NOON)


def test_a_device_of_an_entry_is_not_deleted_under_it(store: Store) -> None:
    add(store, entry())
    link(store, "S-1", "car-1")
    assert registry.remove_devices(store, PLATFORM, ["car-1"], later(3)) == 0
