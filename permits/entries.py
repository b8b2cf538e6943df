"""What permits are about: vehicles, aircraft, vessels, people and consortia, as they are registered."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from enum import StrEnum
from math import isfinite
from types import MappingProxyType
from typing import Any

from permits.document_kinds import CoveredKind
from permits.identities import is_mmsi, is_resident_id, is_upic, is_vin, vin_check
from permits.paper_words import Fault, fault


class VehicleCategory(StrEnum):
    """What a vehicle is."""

    PASSENGER = "passenger"
    """乘用车"""
    BUS = "bus"
    """客车"""
    GOODS = "goods"
    """货车"""
    SPECIAL = "special"
    """专用作业车"""
    LOW_SPEED = "low_speed"
    """功能型无人车: no cabin, no motor plate and no VIN."""


class PersonRole(StrEnum):
    """What somebody does for a permit."""

    SAFETY_OFFICER = "safety_officer"
    """安全员"""
    REMOTE_OPERATOR = "remote_operator"
    """后台紧急接管人员"""
    PILOT = "pilot"
    """操控员"""


class MemberRole(StrEnum):
    """What an organisation does in a consortium."""

    LEAD = "lead"
    """牵头单位"""
    OPERATING = "operating"
    """运营单位: it has the ability to run a service."""
    TECHNOLOGY = "technology"
    """技术单位"""
    VEHICLE_MAKER = "vehicle_maker"
    """整车企业"""


MEMBER_ROLE_NAMES: Mapping[MemberRole, tuple[str, str]] = MappingProxyType(
    {
        MemberRole.LEAD: ("lead", "牵头单位"),
        MemberRole.OPERATING: ("operating unit", "运营单位"),
        MemberRole.TECHNOLOGY: ("technology", "技术单位"),
        MemberRole.VEHICLE_MAKER: ("vehicle maker", "整车企业"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A vehicle as it was filed; what runs in it may not differ from that."""

    vin: str | None = None
    """Empty for a low-speed device, which has ``code``."""
    code: str | None = None
    brand: str
    model: str
    configuration: str
    category: VehicleCategory
    automation_level: int
    """3 to 5."""
    software_version: str
    hardware_version: str
    mass_kg: float
    seats: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Aircraft:
    """An unmanned aircraft. What nobody filed is ``None``, and never counts as met."""

    upic: str
    model: str
    realname_id: str | None = None
    empty_mass_kg: float
    takeoff_mass_kg: float
    max_speed_kmh: float | None = None
    max_height_agl_m: float | None = None
    radius_m: float | None = None
    keeps_airspace: bool | None = None
    can_be_watched: bool | None = None
    log_interval_s: float | None = None
    """Between two entries of its log on board."""
    log_h: float | None = None
    """Flight hours that its log on board holds."""
    agricultural: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Vessel:
    """An unmanned vessel: it has an MMSI, or a registration."""

    name: str
    length_m: float
    mmsi: str | None = None
    registration: str | None = None
    mass_degree: int
    """Degree of autonomy, 1 to 4, as IMO counts it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A safety officer, remote operator or pilot; what they have learnt is in documents."""

    name: str
    id_number: str
    """Of the resident identity card, or of a passport."""
    roles: tuple[PersonRole, ...]
    licence_class: str | None = None
    licensed_since: date | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """An organisation of a consortium."""

    organisation_id: str
    role: MemberRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Consortium:
    """联合体: several organisations that apply as one; who is liable for what is a document."""

    name: str
    members: tuple[Member, ...]


Particulars = Vehicle | Aircraft | Vessel | Person | Consortium

KIND_OF: Mapping[type[Particulars], CoveredKind] = MappingProxyType(
    {
        Vehicle: CoveredKind.VEHICLE,
        Aircraft: CoveredKind.AIRCRAFT,
        Vessel: CoveredKind.VESSEL,
        Person: CoveredKind.PERSON,
        Consortium: CoveredKind.CONSORTIUM,
    }
)
_TYPE_OF = {kind: each for each, kind in KIND_OF.items()}


def kind_of(particulars: Particulars) -> CoveredKind:
    """Return what kind of entry it is."""
    return KIND_OF[type(particulars)]


def identity_of(particulars: Particulars) -> str:
    """Return by what it is the same one wherever it is registered; a person, within a firm."""
    match particulars:
        case Vehicle():
            return particulars.vin or particulars.code or ""
        case Aircraft():
            return particulars.upic
        case Vessel():
            return particulars.mmsi or particulars.registration or ""
        case Person():
            return particulars.id_number
        case Consortium():
            return particulars.name


def faults(particulars: Particulars) -> tuple[Fault, ...]:
    """Return all that is wrong with what is to be registered; empty if it may be."""
    match particulars:
        case Vehicle():
            return tuple(_of_vehicle(particulars))
        case Aircraft():
            return tuple(_of_aircraft(particulars))
        case Vessel():
            return tuple(_of_vessel(particulars))
        case Person():
            return tuple(_of_person(particulars))
        case Consortium():
            return tuple(_of_consortium(particulars))


def changes(before: Particulars, after: Particulars) -> tuple[str, ...]:
    """Return what an amendment changes, in words for a record; a person's number is not in them."""
    old, new = asdict(before), asdict(after)
    return tuple(
        f"{name}: {old.get(name)} → {new[name]}"
        for name in new
        if old.get(name) != new[name] and name != "id_number"
    )


def entry_to_json(particulars: Particulars) -> dict[str, Any]:
    """Return particulars as plain JSON values."""
    found = asdict(particulars)
    since = found.get("licensed_since")
    return found | ({"licensed_since": since.isoformat()} if since else {})


def entry_from_json(kind: CoveredKind, found: Mapping[str, Any]) -> Particulars:
    """Return the particulars that ``entry_to_json`` wrote.

    Raises:
        ValueError: a member is of another type; TypeError: one is absent or unknown.
    """
    given = {str(name): value for name, value in found.items()}
    if kind is CoveredKind.VEHICLE:
        given["category"] = VehicleCategory(given["category"])
    if kind is CoveredKind.PERSON:
        since = given.get("licensed_since")
        given["licensed_since"] = None if since is None else date.fromisoformat(since)
        given["roles"] = tuple(PersonRole(each) for each in given["roles"])
    if kind is CoveredKind.CONSORTIUM:
        given["members"] = tuple(
            Member(each["organisation_id"], MemberRole(each["role"])) for each in given["members"]
        )
    return _TYPE_OF[kind](**given)


def names_of(kind: CoveredKind) -> tuple[str, ...]:
    """Return the members of the particulars of a kind."""
    return tuple(each.name for each in fields(_TYPE_OF[kind]))


def _of_vehicle(vehicle: Vehicle) -> Iterator[Fault]:
    low_speed = vehicle.category is VehicleCategory.LOW_SPEED
    if low_speed and not vehicle.code:
        yield fault("code", None, "code")
    if not low_speed and not is_vin(vehicle.vin or ""):
        digit = vin_check(vehicle.vin or "")
        if digit is None:
            yield fault("vin", vehicle.vin, "vin")
        else:
            yield fault("vin", vehicle.vin, "vin digit", digit=digit)
    if not 3 <= vehicle.automation_level <= 5:
        yield fault("automation_level", vehicle.automation_level, "range", low=3, high=5)
    yield from _positive(mass_kg=vehicle.mass_kg)


def _of_aircraft(aircraft: Aircraft) -> Iterator[Fault]:
    if not is_upic(aircraft.upic):
        yield fault("upic", aircraft.upic, "upic")
    yield from _positive(
        empty_mass_kg=aircraft.empty_mass_kg,
        takeoff_mass_kg=aircraft.takeoff_mass_kg,
        max_speed_kmh=aircraft.max_speed_kmh,
        max_height_agl_m=aircraft.max_height_agl_m,
        radius_m=aircraft.radius_m,
        log_interval_s=aircraft.log_interval_s,
        log_h=aircraft.log_h,
    )
    if aircraft.takeoff_mass_kg < aircraft.empty_mass_kg:
        yield fault(
            "takeoff_mass_kg", aircraft.takeoff_mass_kg, "no less", least=aircraft.empty_mass_kg
        )


def _of_vessel(vessel: Vessel) -> Iterator[Fault]:
    if vessel.mmsi is not None and not is_mmsi(vessel.mmsi):
        yield fault("mmsi", vessel.mmsi, "mmsi")
    if not (vessel.mmsi or vessel.registration):
        yield fault("mmsi", None, "mmsi or registration")
    if not 1 <= vessel.mass_degree <= 4:
        yield fault("mass_degree", vessel.mass_degree, "range", low=1, high=4)
    yield from _positive(length_m=vessel.length_m)


def _of_person(person: Person) -> Iterator[Fault]:
    digits = len(person.id_number) == 18
    if (digits and not is_resident_id(person.id_number)) or not 5 <= len(person.id_number) <= 20:
        # Not told back: what was meant for one field is often somebody's number all the same.
        yield fault("id_number", f"{len(person.id_number)} characters", "id number")
    if not person.roles:
        yield fault("roles", None, "roles", choice=", ".join(PersonRole))


def _of_consortium(consortium: Consortium) -> Iterator[Fault]:
    members = [each.organisation_id for each in consortium.members]
    leads = [each for each in consortium.members if each.role is MemberRole.LEAD]
    if len(leads) != 1:
        yield fault("members", f"{len(leads)} of role lead", "one lead")
    if len(set(members)) < 2:
        yield fault("members", ", ".join(members) or None, "two members")
    if not any(each.role is MemberRole.OPERATING for each in consortium.members):
        yield fault("members", ", ".join(members) or None, "operating")


def _positive(**numbers: float | None) -> Iterator[Fault]:
    for name, found in numbers.items():
        if found is not None and not (isfinite(found) and found > 0):
            yield fault(name, found, "above 0")
