"""A file of graded governance as it is: what it is about, where it is, and what was done with it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from permits.governance_rules import GovernanceRules
from permits.governance_said import Said
from permits.governance_states import FileAction, FileKind, FileState, RiskItem
from permits.risk_items import Derived
from permits.violation import Severity
from permits.working_calendar import WEEKDAYS_ALONE, WorkingCalendar


class Opinion(StrEnum):
    """What a department says of an application."""

    APPROVE = "APPROVE"
    REJECT = "REJECT"


@dataclass(frozen=True, slots=True)
class Admission:
    """What is to be tried in the sandbox."""

    title: str
    scenario: str
    items: frozenset[RiskItem]
    """What of it may be of risk; at least one."""
    terms: str
    """Within which limits, as the applicant offers them."""
    begins: date
    ends: date
    """Its last day."""
    permit_number: str | None = None
    """The permit under which it is tried; ``None`` where it needs none, or has none yet."""


@dataclass(frozen=True, slots=True)
class Breach:
    """What somebody did."""

    code: str
    severity: Severity
    seen_at: datetime
    permit_number: str | None = None
    violation_id: str | None = None
    sandbox_id: str | None = None
    """The file of the product that it was done with, where it is in the sandbox."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A breach as somebody tells of it; what a violation on record says is not theirs to say."""

    code: str
    seen_at: datetime
    severity: Severity | None = None
    """``None`` where a violation says it."""
    permit_number: str | None = None
    violation_id: str | None = None
    sandbox_id: str | None = None


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What the violation that a breach is about says."""

    code: str
    severity: Severity
    permit_number: str | None


@dataclass(frozen=True, slots=True)
class File:
    """One file, at one revision."""

    file_id: str
    organisation_id: str
    """Whose product it is, or who did it."""
    state: FileState
    about: Admission | Breach
    revision: int = 0
    due_at: datetime | None = None
    """Until when what was ordered is to be put right, or what was disclosed is to be controlled, UTC;
    ``None`` where neither is owed."""

    @property
    def kind(self) -> FileKind:
        """What it is about."""
        return FileKind.SANDBOX if isinstance(self.about, Admission) else FileKind.BREACH


@dataclass(frozen=True, slots=True)
class FileChanged:
    """What was done with a file. Never changed, never removed."""

    action: FileAction
    before: FileState
    after: FileState
    at: datetime
    by: str
    reason: str
    department: str = ""
    """Of whoever did it, where they are of one."""
    opinion: Opinion | None = None
    said: Said | None = None
    due_at: datetime | None = None
    """The time that it set, where it set one."""


@dataclass(frozen=True, slots=True)
class FileCase:
    """A file with all that was done with it and what it is judged by."""

    file: File
    changes: tuple[FileChanged, ...]
    rules: GovernanceRules
    earlier: tuple[datetime, ...] = ()
    """When the same operator was seen at the same breach before."""
    calendar: WorkingCalendar = WEEKDAYS_ALONE
    """By which its times are counted."""
    derived: tuple[Derived, ...] = ()
    """What of a product is of risk by its permit, as that is now; nothing of one without."""
