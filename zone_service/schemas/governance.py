"""Files of graded governance as requests and answers."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from permits.governance import (
    Admission,
    Breach,
    FileCase,
    FileChanged,
    Opinion,
    high_risk_of,
    may_be_spared,
)
from permits.governance_states import FileAction, FileKind, FileState, RiskItem
from permits.governance_step import allowed
from permits.governance_words import ACTIONS, ITEMS, STATES
from permits.rule_words import Language
from permits.violation import Severity, ViolationCode
from zone_service.schemas.fields import Given, Id, Text

Long = Annotated[Text, StringConstraints(max_length=10_000, strip_whitespace=True)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class AdmissionGiven(Given):
    """A product or scenario to be tried in the sandbox."""

    organisation_id: Id | None = None
    """The caller's own where it is not given."""
    title: Annotated[Text, StringConstraints(max_length=200, strip_whitespace=True)]
    scenario: Long
    items: Annotated[frozenset[RiskItem], Field(max_length=len(RiskItem))]
    """What of it may be of risk; the rule set says which is of high risk."""
    terms: Long
    """Within which limits."""
    begins: date
    ends: date
    """The last day."""

    def admission(self) -> Admission:
        """Return what is applied for."""
        return Admission(self.title, self.scenario, self.items, self.terms, self.begins, self.ends)


class BreachGiven(Given):
    """A breach whose file is opened."""

    organisation_id: Id
    """Who did it."""
    code: ViolationCode
    severity: Severity
    seen_at: AwareDatetime
    permit_number: Key | None = None
    violation_id: Key | None = None
    sandbox_id: Key | None = None
    """The file of the product that it was done with."""

    def breach(self) -> Breach:
        """Return what was done."""
        return Breach(
            self.code,
            self.severity,
            self.seen_at,
            self.permit_number,
            self.violation_id,
            self.sandbox_id,
        )


class FileActionGiven(Given):
    """A step with a file; every step says why."""

    action: FileAction
    reason: Annotated[Text, StringConstraints(max_length=20_000, strip_whitespace=True)]
    opinion: Opinion | None = None
    """With GIVE_OPINION alone."""
    revision: Annotated[int | None, Field(ge=0)] = None
    """Only if the file is still at this revision."""


class FileChangedShown(BaseModel):
    """What was done with a file."""

    action: FileAction
    action_name: str
    before: FileState
    after: FileState
    at: datetime
    by: str
    reason: str
    department: str | None
    opinion: Opinion | None

    @classmethod
    def of(cls, changed: FileChanged, language: Language) -> Self:
        """Return what a client sees."""
        return cls(
            action=changed.action,
            action_name=ACTIONS[changed.action][language is Language.CHINESE],
            before=changed.before,
            after=changed.after,
            at=changed.at,
            by=changed.by,
            reason=changed.reason,
            department=changed.department or None,
            opinion=changed.opinion,
        )


class FileShown(BaseModel):
    """A file of the sandbox or of a breach."""

    file_id: str
    kind: FileKind
    organisation_id: str
    state: FileState
    state_name: str
    revision: int
    about: dict[str, Any]
    high_risk: list[RiskItem]
    """What of a product is on the high-risk list."""
    high_risk_names: list[str]
    may_be_spared: bool
    """Whether a breach is on the no-penalty list, minor, the first, and put right in time or with time left."""
    allowed: list[FileAction]
    """What the table has in this state, whoever asks."""
    history: list[FileChangedShown]

    @classmethod
    def of(cls, case: FileCase, at: datetime, language: Language) -> Self:
        """Return what a client sees."""
        file, zh = case.file, language is Language.CHINESE
        risky = sorted(high_risk_of(case))
        return cls(
            file_id=file.file_id,
            kind=file.kind,
            organisation_id=file.organisation_id,
            state=file.state,
            state_name=STATES[file.state][zh],
            revision=file.revision,
            about=_about(file.about),
            high_risk=risky,
            high_risk_names=[ITEMS[each][zh] for each in risky],
            may_be_spared=may_be_spared(case, at),
            allowed=sorted(allowed(file.kind, file.state)),
            history=[FileChangedShown.of(each, language) for each in case.changes],
        )


def _about(about: Admission | Breach) -> dict[str, Any]:
    if isinstance(about, Admission):
        return {
            "title": about.title,
            "scenario": about.scenario,
            "items": sorted(about.items),
            "terms": about.terms,
            "begins": about.begins,
            "ends": about.ends,
        }
    return {
        "code": about.code,
        "severity": about.severity,
        "seen_at": about.seen_at,
        "permit_number": about.permit_number,
        "violation_id": about.violation_id,
        "sandbox_id": about.sandbox_id,
    }
