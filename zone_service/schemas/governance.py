"""Files of graded governance as requests and answers."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, model_validator

from permits.governance import (
    high_risk_of,
    is_overdue,
    is_uncontrolled,
    may_be_spared,
    undeclared,
)
from permits.governance_file import Admission, Breach, FileCase, FileChanged, Opinion, Sighting
from permits.governance_said import Control, Disclosure, Finding, Interview, Said, Transfer
from permits.governance_states import FileAction, FileKind, FileState, RiskItem
from permits.governance_step import allowed
from permits.governance_words import ACTIONS, ITEMS, STATES
from permits.rule_words import Language
from permits.violation import Severity, ViolationCode
from zone_service.schemas.fields import Given, Id, LongName, Name, Text, wrong_field

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
    permit_number: Key | None = None
    """The permit under which it is tried: what follows from it is of risk, whatever the items say."""

    def admission(self) -> Admission:
        """Return what is applied for."""
        return Admission(
            self.title,
            self.scenario,
            self.items,
            self.terms,
            self.begins,
            self.ends,
            self.permit_number,
        )


class BreachGiven(Given):
    """A breach whose file is opened."""

    organisation_id: Id
    """Who did it."""
    code: ViolationCode
    severity: Severity | None = None
    """Without it that of the violation, which must then be named."""
    seen_at: AwareDatetime
    permit_number: Key | None = None
    violation_id: Key | None = None
    """Of a violation on record of this organisation; the permit is then that of the violation."""
    sandbox_id: Key | None = None
    """The file of the product that it was done with."""

    def sighting(self) -> Sighting:
        """Return what is told of it."""
        return Sighting(
            self.code,
            self.seen_at,
            self.severity,
            self.permit_number,
            self.violation_id,
            self.sandbox_id,
        )


Names = Annotated[tuple[Name, ...], Field(min_length=1, max_length=100)]


class DisclosureGiven(Given):
    """What is disclosed beforehand (事前披露)."""

    risks: Long
    measures: Long
    """What is done about them."""
    contact: LongName
    document_id: Key
    """A DISCLOSURE document about the organisation, with its file."""

    def said(self) -> Disclosure:
        """Return what is said."""
        return Disclosure(self.risks, self.measures, self.contact, self.document_id)


class ControlGiven(Given):
    """What came of looking at it later (事后控制)."""

    held_on: date
    people: Names
    finding: Finding
    document_id: Key
    """A CONTROL_RECORD document about the organisation, with its file."""

    def said(self) -> Control:
        """Return what is said."""
        return Control(self.held_on, self.people, self.finding, self.document_id)


class InterviewGiven(Given):
    """An interview (约谈) that was held."""

    held_on: date
    people: Names
    """All who were there."""
    document_id: Key
    """An INTERVIEW_MINUTES document about the organisation, with its file."""

    def said(self) -> Interview:
        """Return what is said."""
        return Interview(self.held_on, self.people, self.document_id)


class TransferGiven(Given):
    """To whom a file is transferred (移送公安)."""

    to: LongName
    document_id: Key
    """A TRANSFER_LETTER document about the organisation, with its file."""

    def said(self) -> Transfer:
        """Return what is said."""
        return Transfer(self.to, self.document_id)


class SaidGiven(Given):
    """What is said with a step beside its reason: one of these, with the step that asks for it."""

    disclosure: DisclosureGiven | None = None
    """With DISCLOSE."""
    control: ControlGiven | None = None
    """With CONTROL."""
    interview: InterviewGiven | None = None
    """With INTERVIEW."""
    transfer: TransferGiven | None = None
    """With TRANSFER_TO_POLICE."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self._given()) > 1:
            raise wrong_field(kind="one_of_those_said")
        return self

    def said(self) -> Said | None:
        """Return what is said, if anything is."""
        return next((each.said() for each in self._given()), None)

    def _given(self) -> list[DisclosureGiven | ControlGiven | InterviewGiven | TransferGiven]:
        all_of_them = (self.disclosure, self.control, self.interview, self.transfer)
        return [each for each in all_of_them if each is not None]


class FileActionGiven(SaidGiven):
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
    said: Disclosure | Control | Interview | Transfer | None
    """What was said with it beside its reason."""
    due_at: datetime | None
    """The time that it set."""

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
            said=changed.said,
            due_at=changed.due_at,
        )


class DerivedShown(BaseModel):
    """An item of risk that follows from the permit."""

    item: RiskItem
    name: str
    because: str
    """The condition of the rule set that the permit meets."""
    declared: bool

    @classmethod
    def all_of(cls, case: FileCase, language: Language) -> list[Self]:
        """Return what a client sees."""
        missing = undeclared(case)
        return [
            cls(
                item=each.item,
                name=ITEMS[each.item][language is Language.CHINESE],
                because=each.because[language],
                declared=each not in missing,
            )
            for each in case.derived
        ]


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
    derived: list[DerivedShown]
    """What of a product is of risk by its permit, as that is now."""
    undeclared_names: list[str]
    """What of it the applicant has not declared."""
    may_be_spared: bool
    """Whether a breach is on the no-penalty list, minor, the first, and put right in time or with time left."""
    due_at: datetime | None
    """Until when it is to be put right, or what was disclosed is to be controlled."""
    overdue: bool
    uncontrolled: bool
    """Whether a product was disclosed and nobody has looked at it yet."""
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
            derived=DerivedShown.all_of(case, language),
            undeclared_names=[ITEMS[each.item][zh] for each in undeclared(case)],
            may_be_spared=may_be_spared(case, at),
            due_at=file.due_at,
            overdue=is_overdue(case, at),
            uncontrolled=is_uncontrolled(case),
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
            "permit_number": about.permit_number,
        }
    return {
        "code": about.code,
        "severity": about.severity,
        "seen_at": about.seen_at,
        "permit_number": about.permit_number,
        "violation_id": about.violation_id,
        "sandbox_id": about.sandbox_id,
    }
