"""What has become of a permit since its certificate was issued: for those who ask the platform."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlmodel import Session

from permits.life_cycle import PermitState, in_force
from permits.permit import Permit, PermitChanged
from zone_service.certificate_token import Claims
from zone_service.store import certificates, permits
from zone_service.store.records import PLATFORM

_HALTED = frozenset(
    {PermitState.SUSPENDED, PermitState.RECTIFICATION, PermitState.RESUME_REQUESTED}
)
_OVER = frozenset(
    {
        PermitState.EXPIRED,
        PermitState.TERMINATED,
        PermitState.ANNULLED,
        PermitState.WITHDRAWN_BY_AUTHORITY,
        PermitState.REVOKED,
        PermitState.DEREGISTERED,
        PermitState.CLOSED,
    }
)


class Standing(StrEnum):
    """How a permit stands whose certificate somebody holds."""

    IN_FORCE = "in force"
    SUSPENDED = "suspended"
    ENDED = "ended"
    REPLACED = "replaced"
    """Another edition of the certificate counts."""
    NOT_IN_FORCE = "not in force"
    """Issued, and not begun; a flight that is not confirmed."""
    UNKNOWN = "unknown"
    """No permit of this number was issued here."""


class Status(NamedTuple):
    """How it stands, since when, and the edition that counts."""

    standing: Standing
    since: datetime | None = None
    edition: int | None = None


def status_of(session: Session, claims: Claims) -> Status:
    """Return how the permit stands that a genuine token speaks of."""
    number = certificates.permit_behind(session, claims.sub)
    if number is None:
        return Status(Standing.UNKNOWN)
    permit = permits.get(session, PLATFORM, number)
    newest = certificates.latest(session, PLATFORM, number).certificate.edition
    standing = _standing(permit, claims.ed, newest)
    changes = permits.changes(session, PLATFORM, number)
    return Status(standing, _since(changes, permit.state), newest)


def _standing(permit: Permit, edition: int, newest: int) -> Standing:
    if permit.state in _OVER:
        return Standing.ENDED
    if permit.state in _HALTED:
        return Standing.SUSPENDED
    if edition != newest:
        return Standing.REPLACED
    return Standing.IN_FORCE if in_force(permit.state) else Standing.NOT_IN_FORCE


def _since(changes: tuple[PermitChanged, ...], state: PermitState) -> datetime | None:
    """Return when a permit came into the group of states that it is in."""
    group = next((each for each in (_HALTED, _OVER) if state in each), frozenset({state}))
    came = [each.at for each in changes if each.after in group and each.before not in group]
    return came[-1] if came else None
