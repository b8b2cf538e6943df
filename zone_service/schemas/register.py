"""The register as requests and answers."""

from dataclasses import fields
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, FiniteFloat

from permits.aircraft_class import CLASS_NAMES, Classed
from permits.document_kinds import CoveredKind
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
    Vessel,
    entry_to_json,
    kind_of,
)
from permits.identities import masked
from permits.rule_words import Language
from zone_service.schemas.fields import DeviceId, Given, Id, LongName, Name
from zone_service.store.records import RegisterEntry
from zone_service.store.roles import Role

Mass = Annotated[FiniteFloat, Field(le=1e6)]
DECIDE = frozenset({Role.REVIEWER, Role.POLICE})
"""Who is shown the number of a person: those who must know whether it is that person."""


class VehicleGiven(Given):
    """A vehicle; a low-speed device has a code instead of a VIN."""

    kind: Literal[CoveredKind.VEHICLE]
    vin: Name | None = None
    code: Name | None = None
    brand: Name
    model: Name
    configuration: Name
    category: VehicleCategory
    automation_level: int
    software_version: Name
    hardware_version: Name
    mass_kg: Mass
    seats: Annotated[int, Field(ge=0, le=200)] = 0


class AircraftGiven(Given):
    """An unmanned aircraft; its class follows from its masses, speed and abilities."""

    kind: Literal[CoveredKind.AIRCRAFT]
    upic: Name
    model: Name
    realname_id: Name | None = None
    empty_mass_kg: Mass
    takeoff_mass_kg: Mass
    max_speed_kmh: FiniteFloat | None = None
    max_height_agl_m: FiniteFloat | None = None
    radius_m: FiniteFloat | None = None
    keeps_airspace: bool | None = None
    can_be_watched: bool | None = None
    log_interval_s: FiniteFloat | None = None
    """Between two entries of its log on board."""
    log_h: FiniteFloat | None = None
    """Flight hours that its log on board holds."""
    agricultural: bool = False


class VesselGiven(Given):
    """An unmanned vessel."""

    kind: Literal[CoveredKind.VESSEL]
    name: Name
    length_m: FiniteFloat
    mmsi: Name | None = None
    registration: Name | None = None
    mass_degree: int


class PersonGiven(Given):
    """A safety officer, remote operator or pilot."""

    kind: Literal[CoveredKind.PERSON]
    name: Name
    id_number: Name
    roles: Annotated[list[PersonRole], Field(max_length=10)]
    licence_class: Name | None = None
    licensed_since: date | None = None


class MemberGiven(Given):
    """An organisation of a consortium."""

    organisation_id: Id
    role: MemberRole


class ConsortiumGiven(Given):
    """Several organisations that apply as one."""

    kind: Literal[CoveredKind.CONSORTIUM]
    name: LongName
    members: Annotated[list[MemberGiven], Field(max_length=50)]


ParticularsGiven = Annotated[
    VehicleGiven | AircraftGiven | VesselGiven | PersonGiven | ConsortiumGiven,
    Field(discriminator="kind"),
]


class EntryGiven(Given):
    """Something to be registered; without an organisation it is the caller's own."""

    entry_id: DeviceId
    organisation_id: Id | None = None
    device_id: DeviceId | None = None
    particulars: ParticularsGiven

    def entry(self, own_organisation: str) -> RegisterEntry:
        """Return the entry."""
        owner = self.organisation_id or own_organisation
        return RegisterEntry(self.entry_id, owner, particulars_of(self.particulars), self.device_id)


class AmendmentGiven(Given):
    """What something is now, whole."""

    particulars: ParticularsGiven


class LinkGiven(Given):
    """The device by which something is seen to move; null is none."""

    device_id: DeviceId | None


class ClassTried(BaseModel):
    """A class that was held against an aircraft, and what came of it."""

    aircraft_class: str
    verdict: str
    condition: str
    condition_zh: str


class ClassShown(BaseModel):
    """The class of an aircraft and the reason; null where what is known meets none."""

    aircraft_class: str | None
    name_zh: str | None
    rules: str
    tried: list[ClassTried]

    @classmethod
    def of(cls, found: Classed) -> Self:
        """Return what a client sees."""
        return cls(
            aircraft_class=found.name,
            name_zh=None if found.name is None else CLASS_NAMES[found.name],
            rules=found.rules,
            tried=[
                ClassTried(
                    aircraft_class=each.name,
                    verdict=each.verdict,
                    condition=each.said(Language.ENGLISH),
                    condition_zh=each.said(Language.CHINESE),
                )
                for each in found.tried
            ],
        )


class EntryShown(BaseModel):
    """What is registered. The number of a person is masked to those who do not decide by it."""

    entry_id: str
    organisation_id: str
    kind: CoveredKind
    particulars: dict[str, Any]
    device_id: str | None
    active: bool
    revision: int

    @classmethod
    def of(cls, entry: RegisterEntry, asks: Role) -> Self:
        """Return what a client of a role sees."""
        shown = entry_to_json(entry.particulars)
        if isinstance(entry.particulars, Person) and asks not in DECIDE:
            shown["id_number"] = masked(entry.particulars.id_number)
        return cls(
            entry_id=entry.entry_id,
            organisation_id=entry.organisation_id,
            kind=kind_of(entry.particulars),
            particulars=shown,
            device_id=entry.device_id,
            active=entry.active,
            revision=entry.revision,
        )


class EntryWithClass(EntryShown):
    """What is registered, and of an aircraft its class."""

    classed: ClassShown | None = None


_TYPES: dict[CoveredKind, type[Vehicle | Aircraft | Vessel]] = {
    CoveredKind.VEHICLE: Vehicle,
    CoveredKind.AIRCRAFT: Aircraft,
    CoveredKind.VESSEL: Vessel,
}


def particulars_of(
    given: VehicleGiven | AircraftGiven | VesselGiven | PersonGiven | ConsortiumGiven,
) -> Particulars:
    """Return the particulars that a client gave."""
    match given:
        case PersonGiven():
            return Person(
                name=given.name,
                id_number=given.id_number,
                roles=tuple(given.roles),
                licence_class=given.licence_class,
                licensed_since=given.licensed_since,
            )
        case ConsortiumGiven():
            members = tuple(Member(each.organisation_id, each.role) for each in given.members)
            return Consortium(name=given.name, members=members)
        case VehicleGiven() | AircraftGiven() | VesselGiven():
            made = _TYPES[given.kind]
            return made(**{each.name: getattr(given, each.name) for each in fields(made)})
