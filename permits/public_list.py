"""What of a permit everybody may read: what it is for and where, and nothing of a person."""

from dataclasses import dataclass
from datetime import datetime

from permits.life_cycle import Family
from permits.permit import Permit, PermitKind, in_force

HOLDER_IS_A_LEGAL_PERSON = frozenset({Family.ROAD, Family.VESSEL})
"""Flights are also people's own, whose name is theirs: only these say who holds the permit."""


@dataclass(frozen=True, slots=True)
class PublicPermit:
    """A permit in force as everybody may read it: no device, no plate, no VIN, no name of a person."""

    number: str
    kind: PermitKind
    holder: str | None
    """The organisation; ``None`` where the kind may be held by a person."""
    devices: int
    """How many vehicles, aircraft or vessels it is for."""
    zone_ids: tuple[str, ...]
    valid_from: datetime
    valid_to: datetime
    """The first moment that is not valid."""


def public_permit(permit: Permit, holder: str) -> PublicPermit | None:
    """Return what everybody may read of a permit; ``None`` where it is not in force."""
    if not in_force(permit.state):
        return None
    terms = permit.terms
    return PublicPermit(
        number=permit.number,
        kind=permit.kind,
        holder=holder if permit.family in HOLDER_IS_A_LEGAL_PERSON else None,
        devices=len(terms.device_ids),
        zone_ids=tuple(sorted(terms.zone_ids)),
        valid_from=terms.valid_from,
        valid_to=terms.valid_to,
    )
