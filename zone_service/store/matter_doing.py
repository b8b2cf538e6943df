"""One step in a matter while it is being taken: what guards and effects are given."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from permits.deadlines import Case
from permits.issuing import Ruling
from permits.matter import Matter, MatterChanged, Paper
from permits.matter_refusals import MatterRefused
from permits.matter_step import MatterStep
from permits.permit import Permit
from permits.plating import PlateWanted
from permits.provisos import NONE, Provisos
from zone_service.store.records import Principal


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does what in which matter, when, why and under which rules; nothing is written yet."""

    session: Session
    """The transaction that the whole step is in."""
    principal: Principal
    matter: Matter
    """As it is before the step."""
    changes: tuple[MatterChanged, ...]
    """What was done in it before."""
    case: Case
    """Its permit, after what the law has done with it, and what its time is counted by."""
    row: MatterStep
    """Of the table."""
    at: datetime
    reason: str
    under: Ruling
    papers: tuple[Paper, ...] = ()
    """What is attached to it."""
    plates: tuple[PlateWanted, ...] = ()
    """Those that the police give with it."""
    conditions: Provisos = NONE
    """On which a department consents."""

    @property
    def permit(self) -> Permit:
        """As it is before the step."""
        return self.case.permit

    def refusal(self, *named: str, why: str, **filled: object) -> MatterRefused:
        """Return why it is refused."""
        permit = {"number": self.permit.number, "state": self.permit.state}
        given = permit | filled
        return MatterRefused(self.matter.matter_id, self.row.action, *named, why=why, **given)

    def on(self, case: Case) -> "Doing":
        """Return the same step after its permit has moved on."""
        return replace(self, case=case)
