"""One step in the life of a permit while it is being taken: what guards and effects are given."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from permits.issuing import Ruling
from permits.permit import Permit, PermitAction
from zone_service.store.records import Principal


@dataclass(frozen=True, slots=True)
class Step:
    """Who does what to which permit, when, why and under which rules; nothing is written yet."""

    session: Session
    """The transaction that the whole step is in."""
    principal: Principal
    permit: Permit
    """As it is before the step."""
    action: PermitAction
    at: datetime
    reason: str
    under: Ruling
