"""One step in the life of a permit while it is being taken: what guards and effects are given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from permits.deadlines import Case
from permits.issuing import Ruling
from permits.permit import Permit, PermitAction
from permits.plating import PlateWanted
from permits.terms import Terms
from permits.transition import Detail, Transition
from zone_service.store.records import Principal


@dataclass(frozen=True, slots=True)
class Step:
    """Who does what to which permit, when, why and under which rules; nothing is written yet."""

    session: Session
    """The transaction that the whole step is in."""
    principal: Principal
    case: Case
    """The permit as it is before the step, what was done to it, and what its time is counted by."""
    row: Transition
    """Of the table."""
    at: datetime
    reason: str
    under: Ruling
    details: Mapping[Detail, str] = field(default_factory=dict)
    plates: tuple[PlateWanted, ...] = ()
    """Those that the police give with it, in the form in which they are kept."""
    ended_plates: tuple[str, ...] = ()
    """The numbers of those that are recalled or announced; empty is all of the permit."""

    terms: Terms | None = None
    """Those that it brings, where it does."""

    @property
    def permit(self) -> Permit:
        """As it is before the step."""
        return self.case.permit

    @property
    def action(self) -> PermitAction:
        """What is done."""
        return self.row.action
