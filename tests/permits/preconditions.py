"""An application of which everything is known, to take away from: a car of Swift's, a drone of Kite's."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from permits.application import Application, DriverMode
from permits.condition import Verdict
from permits.corridor import Height, OwnCorridor
from permits.document import Covered, Document
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Aircraft, Person, PersonRole, Vehicle, VehicleCategory, Vessel
from permits.mileage import Driven
from permits.permit import Permit, PermitKind, PermitState
from permits.precondition_codes import Gate, PreconditionCode
from permits.precondition_facts import (
    Attestation,
    EarlierPermit,
    GrantedFlight,
    Known,
    Proof,
    Subject,
)
from permits.preconditions import finding
from permits.sheet import Sheet
from permits.terms import Terms
from tests.permits.lives import local

K, D, P = PermitKind, DocumentKind, PermitKind
NOW = local("2026-05-04 10:00")
ENDS = date(2026, 12, 31)
"""The last day of the permits here."""


def paper(kind: DocumentKind, about: Covered, **said: Any) -> Proof:
    given: dict[str, Any] = {"valid_from": date(2026, 1, 1), "valid_to": ENDS} | said
    return Proof(f"D-{kind}", Document(kind=kind, covers=about, **given))


CAR = Covered(CoveredKind.VEHICLE, "S-1")
ANN = Covered(CoveredKind.PERSON, "ann")
KITE = Covered(CoveredKind.AIRCRAFT, "K-1")
BOAT = Covered(CoveredKind.VESSEL, "B-1")
FIRM = Covered(CoveredKind.ORGANISATION, "swift")
PERMIT = Covered(CoveredKind.PERMIT, "X-1")


def vehicle(
    *papers: Proof, entry_id: str = "S-1", driven: Driven | None = None, **said: Any
) -> Subject:
    filed: dict[str, Any] = {
        "vin": "1M8GDM9AXKP042788",
        "brand": "Swift",
        "model": "S1",
        "configuration": "L4",
        "category": VehicleCategory.PASSENGER,
        "automation_level": 4,
        "software_version": "1",
        "hardware_version": "A",
        "mass_kg": 1500.0,
    }
    return Subject(
        entry_id=entry_id,
        particulars=Vehicle(**filed | said),
        proofs=papers,
        driven=driven or Driven(),
    )


def person(*papers: Proof, role: PersonRole = PersonRole.SAFETY_OFFICER, **said: Any) -> Subject:
    filed: dict[str, Any] = {"name": "Ann", "id_number": "E1234567", "roles": (role,)}
    return Subject(entry_id="ann", particulars=Person(**filed | said), proofs=papers)


def drone(*papers: Proof, **said: Any) -> Subject:
    filed: dict[str, Any] = {
        "upic": "1581F5FH7K3LM0000001",
        "model": "K1",
        "empty_mass_kg": 10.0,
        "takeoff_mass_kg": 20.0,
        "max_speed_kmh": 60.0,
        "keeps_airspace": True,
        "can_be_watched": True,
    }
    return Subject(entry_id="K-1", particulars=Aircraft(**filed | said), proofs=papers)


def boat(length_m: float, *papers: Proof) -> Subject:
    found = Vessel(name="Boat", length_m=length_m, mmsi="413000001", mass_degree=3)
    return Subject(entry_id="B-1", particulars=found, proofs=papers)


def known(*subjects: Subject, kind: PermitKind = K.DEMO_APPLICATION, **given: Any) -> Known:
    terms: dict[str, Any] = {
        "device_ids": frozenset({"device-1"}),
        "zone_ids": frozenset({"z-1", "z-2"}),
        "valid_from": local("2026-07-01 00:00"),
        "valid_to": local("2027-01-01 00:00"),
    } | given.pop("terms", {})
    mode = given.pop("mode", None)
    permit = Permit("X-1", kind, PermitState.DRAFT, "swift", Terms(**terms))
    return Known(permit=permit, application=Application(mode), at=NOW, subjects=subjects, **given)


def earlier(kind: PermitKind = K.ROAD_TEST, **given: Any) -> EarlierPermit:
    said: dict[str, Any] = {
        "number": "E-1",
        "zone_ids": frozenset({"z-1", "z-2"}),
        "vehicle_ids": frozenset({"S-1"}),
        "driver_mode": DriverMode.DRIVER_SEATED,
    }
    return EarlierPermit(kind=kind, **said | given)


def flight(**given: Any) -> GrantedFlight:
    said: dict[str, Any] = {
        "number": "F-1",
        "devices": 1,
        "valid_from": local("2026-07-01 00:00"),
        "valid_to": local("2026-08-01 00:00"),
        "zone_ids": frozenset({"z-1"}),
    }
    return GrantedFlight(**said | given)


def corridor(latitude: float, lower_m: float = 50.0, upper_m: float = 100.0) -> OwnCorridor:
    """From west to east for two kilometres, 20 m wide."""
    line = ((121.5, latitude), (121.52, latitude))
    return OwnCorridor(line, 10.0, Height(lower_m, "AGL"), Height(upper_m, "AGL"))


def attested(code: PreconditionCode, about: Covered = PERMIT, *, met: bool = True) -> Attestation:
    return Attestation(
        attestation_id=1,
        code=code,
        covers=about,
        document_id="D-1",
        sha256="ab",
        met=met,
        by="rui",
        organisation_id="transport",
        at=NOW,
    )


def came_of(code: PreconditionCode, found: Known, sheet: Sheet) -> Verdict:
    return finding(code, Gate.GRANT, found, sheet).result


def days_on(day: date, days: int) -> date:
    return day + timedelta(days=days)


def with_attestation(found: Known, code: PreconditionCode, *, met: bool = True) -> Known:
    return replace(found, attestations=(attested(code, met=met),))


def everything(kind: PermitKind, mode: DriverMode | None) -> Known:
    """Return an application with a vehicle, an aircraft and a road of each class."""
    masses = ((0.1, 0.2), (3.0, 5.0), (10.0, 20.0), (50.0, 100.0), (200.0, 300.0))
    aircraft = [
        drone(empty_mass_kg=empty, takeoff_mass_kg=full, max_height_agl_m=30.0, max_speed_kmh=40.0)
        for empty, full in masses
    ]
    farm = drone(agricultural=True, max_height_agl_m=30.0, max_speed_kmh=40.0, radius_m=100.0)
    roads = ("urban", "arterial", "rural", "freight", "expressway", "bridge")
    classes = ("test_area", *(f"test_road_{each}" for each in roads))
    return known(
        *(vehicle(category=each) for each in VehicleCategory),
        *(person(role=each) for each in PersonRole),
        *aircraft,
        farm,
        boat(10.0),
        kind=kind,
        mode=mode,
        terms={"zone_ids": frozenset(classes)},
        segment_classes={each: each for each in classes},
        earlier=(),
        flights=(),
    )
