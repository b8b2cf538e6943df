"""What stands on the certificate of a permit. Plain values throughout: it is kept as it was issued."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time

from permits.entries import MemberRole
from permits.life_cycle import PermitKind
from permits.terms import Terms
from permits.validity import CutBy


@dataclass(frozen=True, slots=True)
class CertifiedMember:
    """An organisation of a consortium, and what it does there."""

    name: str
    role: MemberRole


@dataclass(frozen=True, slots=True)
class CertifiedVehicle:
    """One device of a permit, with its plate where it bears one."""

    device_id: str
    label: str
    """What people call it."""
    plate: str = ""
    vin: str = ""
    valid_to: datetime | None = None
    """Of its plate: the first moment at which it is not valid."""


@dataclass(frozen=True, slots=True)
class CertifiedPlace:
    """A segment or an area by its names."""

    zone_id: str
    name: str
    name_zh: str


@dataclass(frozen=True, slots=True)
class CertifiedHours:
    """A weekly window in Shanghai time, Monday is 0."""

    days: tuple[int, ...]
    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One edition of the certificate of a permit."""

    number: str
    """For programs and tokens."""
    edition: int
    """Counts from 1; each change of what stands on it makes another."""
    confirmation: str
    application: str
    """The number under which it was applied for and is found."""
    kind: PermitKind
    holder: str
    vehicles: tuple[CertifiedVehicle, ...]
    places: tuple[CertifiedPlace, ...]
    transfers: tuple[CertifiedPlace, ...]
    """转场路段."""
    exempt: tuple[CertifiedPlace, ...]
    """The keep-out zones that it lifts."""
    hours: tuple[CertifiedHours, ...]
    """Empty is any."""
    max_speed_mps: float | None
    max_height_agl_m: float | None
    control_modes: tuple[str, ...]
    """Empty is any."""
    corridor_half_width_m: float | None
    """Of a route of its own, where it has one."""
    conditions: tuple[tuple[str, str], ...]
    """What the departments asked for besides, in English and in Chinese."""
    valid_from: datetime
    valid_to: datetime
    """The first moment that is not valid."""
    cut_by: CutBy
    rules: str
    """Label of what it was issued under."""
    rules_title: str
    rules_title_zh: str
    jurisdiction: str
    departments: tuple[tuple[str, str], ...]
    """Who decided together, in English and in Chinese."""
    issued_by: str
    issued_at: datetime
    members: tuple[CertifiedMember, ...] = ()
    """Of the consortium that it was granted to; none where one organisation applied alone."""


def hours_of(terms: Terms) -> tuple[CertifiedHours, ...]:
    """Return the hours of terms as they are printed."""
    return tuple(
        CertifiedHours(tuple(sorted(each.days)), each.start, each.end) for each in terms.hours
    )


def vehicles_of(terms: Terms, labels: Iterable[tuple[str, str]]) -> tuple[CertifiedVehicle, ...]:
    """Return the devices of terms in the order of their ids; ``labels`` are their ids and names."""
    plates = {each.device_id: each for each in terms.plates}
    found = []
    for device_id, label in sorted(labels):
        plate = plates.get(device_id)
        found.append(
            CertifiedVehicle(device_id, label)
            if plate is None
            else CertifiedVehicle(device_id, label, plate.number, plate.vin, plate.valid_to)
        )
    return tuple(found)
