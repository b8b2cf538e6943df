"""A file of graded governance: what is done with it, and why something is refused.

Every step says who, when and why. What is not in the table, or what a guard does not let through, is
refused by name and changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from permits.governance_rules import GovernanceRules
from permits.governance_states import LADDER, FileAction, FileKind, FileState, RiskItem
from permits.governance_step import FileGuard, FileStep, allowed, step_of
from permits.governance_words import governance_words
from permits.issuing import legal_day
from permits.paper_words import Fault, fault
from permits.report_periods import months_after, start_of
from permits.rule_words import Language
from permits.violation import Severity


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
class File:
    """One file, at one revision."""

    file_id: str
    organisation_id: str
    """Whose product it is, or who did it."""
    state: FileState
    about: Admission | Breach
    revision: int = 0

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


@dataclass(frozen=True, slots=True)
class FileCase:
    """A file with all that was done with it and what it is judged by."""

    file: File
    changes: tuple[FileChanged, ...]
    rules: GovernanceRules
    earlier: tuple[datetime, ...] = ()
    """When the same operator was seen at the same breach before."""


class GovernanceRefused(Exception):
    """A step that is refused; ``why`` is a key of the words."""

    def __init__(self, file: File, action: FileAction, why: str, named: str = "") -> None:
        self.file, self.action, self.why, self.named = file, action, why, named
        super().__init__(self.said(Language.ENGLISH))

    @property
    def slug(self) -> str:
        """By which programs tell the kinds apart."""
        return f"governance-{self.why.replace(' ', '-')}"

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return governance_words(
            self.why,
            language,
            action=self.action,
            file=self.file.file_id,
            state=self.file.state,
            named=self.named,
        )


def act_on(
    case: FileCase,
    action: FileAction,
    *,
    at: datetime,
    by: str,
    reason: str,
    department: str = "",
    opinion: Opinion | None = None,
) -> tuple[File, FileChanged]:
    """Do one step and return the file after it and what changed; whose step it is, is the caller's.

    Raises:
        GovernanceRefused: the table does not have it, it says no reason, or a guard refuses it.
    """
    file = case.file
    row = step_of(file.kind, file.state, action)
    if row is None:
        choice = ", ".join(sorted(allowed(file.kind, file.state))) or "–"
        raise GovernanceRefused(file, action, "not allowed", choice)
    if not reason.strip():
        raise GovernanceRefused(file, action, "no reason")
    if (opinion is not None) != (action is FileAction.GIVE_OPINION):
        raise GovernanceRefused(file, action, "opinion", ", ".join(Opinion))
    _pass(case, row, at, department)
    after = replace(file, state=row.after, revision=file.revision + 1)
    said = reason.strip()
    return after, FileChanged(action, file.state, row.after, at, by, said, department, opinion)


def is_over(admission: Admission, at: datetime) -> bool:
    """Tell whether the last day of a period in the sandbox is over."""
    return at >= start_of(admission.ends + timedelta(days=1))


def high_risk_of(case: FileCase) -> frozenset[RiskItem]:
    """Return what of a product is on the high-risk list."""
    about = case.file.about
    return about.items & case.rules.high_risk if isinstance(about, Admission) else frozenset()


def opinions(case: FileCase) -> Mapping[str, Opinion]:
    """Return what each department has said."""
    return {each.department: each.opinion for each in case.changes if each.opinion is not None}


def corrected_at(case: FileCase) -> datetime | None:
    """Return when the operator first reported that it is put right."""
    reported = (each.at for each in case.changes if each.action is FileAction.REPORT_CORRECTED)
    return next(reported, None)


def may_be_spared(case: FileCase, at: datetime) -> bool:
    """Tell whether a breach is on the no-penalty list, minor and the first, and put right in time.

    As long as there is time to put it right it may be spared still.
    """
    about, rules = case.file.about, case.rules
    if not isinstance(about, Breach):
        return False
    since = months_after(legal_day(about.seen_at), -rules.first_within_months)
    is_first = all(legal_day(each) < since for each in case.earlier)
    right = corrected_at(case) or at
    return (
        about.code in rules.spared_codes
        and about.severity in rules.spared_severities
        and is_first
        and right - about.seen_at <= rules.corrected_within
    )


def admission_faults(
    admission: Admission, rules: GovernanceRules, today: date
) -> tuple[Fault, ...]:
    """Return all that is wrong with an application to the sandbox."""
    latest = months_after(admission.begins, rules.cap_months) - timedelta(days=1)
    texts = (
        ("title", admission.title),
        ("scenario", admission.scenario),
        ("terms", admission.terms),
    )
    found = [fault(name, None, "content", item=name) for name, text in texts if not text.strip()]
    if not admission.items:
        found.append(fault("items", None, "roles", choice=", ".join(RiskItem)))
    if admission.begins < today:
        found.append(fault("begins", admission.begins, "after", begins=today - timedelta(days=1)))
    if not admission.begins <= admission.ends <= latest:
        found.append(fault("ends", admission.ends, "range", low=admission.begins, high=latest))
    return tuple(found)


def _pass(case: FileCase, row: FileStep, at: datetime, department: str) -> None:
    for guard in row.guards:
        named = _GUARDS[guard](case, row, at, department)
        if named is not None:
            raise GovernanceRefused(case.file, row.action, guard.value, named)


Guarding = Callable[[FileCase, FileStep, datetime, str], str | None]
"""Return what is to be named of why it does not hold; ``None`` where it does."""


def _high_risk(case: FileCase, row: FileStep, at: datetime, department: str) -> str | None:
    return None if high_risk_of(case) else "–"


def _not_high_risk(case: FileCase, row: FileStep, at: datetime, department: str) -> str | None:
    return ", ".join(sorted(high_risk_of(case))) or None


def _all_approve(case: FileCase, row: FileStep, at: datetime, department: str) -> str | None:
    said = opinions(case)
    missing = [each for each in case.rules.departments if said.get(each) is not Opinion.APPROVE]
    return ", ".join(missing) or None


def _one_rejects(case: FileCase, row: FileStep, at: datetime, department: str) -> str | None:
    return None if Opinion.REJECT in opinions(case).values() else "–"


def _named(case: FileCase, row: FileStep, at: datetime, department: str) -> str | None:
    waits = [each for each in case.rules.departments if each not in opinions(case)]
    return None if department in waits else ", ".join(waits) or "–"


def _was_disclosed(case: FileCase, row: FileStep, at: datetime, department: str) -> str | None:
    disclosed = any(each.action is FileAction.DISCLOSE for each in case.changes)
    return None if disclosed else "–"


def _period_over(case: FileCase, row: FileStep, at: datetime, department: str) -> str | None:
    about = case.file.about
    if isinstance(about, Admission) and is_over(about, at):
        return None
    return f"{about.ends}" if isinstance(about, Admission) else "–"


def _on_the_ladder(case: FileCase, row: FileStep, at: datetime, department: str) -> str | None:
    taken = [LADDER.index(each.action) for each in case.changes if each.action in LADDER]
    reachable = max(taken, default=-1) + 1
    about = case.file.about
    if isinstance(about, Breach):
        reachable = max(reachable, LADDER.index(case.rules.begins_at[about.severity]))
    return None if LADDER.index(row.action) <= reachable else LADDER[reachable]


def _not_spared(case: FileCase, row: FileStep, at: datetime, department: str) -> str | None:
    return "–" if may_be_spared(case, at) else None


def _is_spared(case: FileCase, row: FileStep, at: datetime, department: str) -> str | None:
    return None if corrected_at(case) is not None and may_be_spared(case, at) else "–"


def _was_corrected(case: FileCase, row: FileStep, at: datetime, department: str) -> str | None:
    return None if corrected_at(case) is not None else "–"


_GUARDS: Mapping[FileGuard, Guarding] = MappingProxyType(
    {
        FileGuard.HIGH_RISK: _high_risk,
        FileGuard.NOT_HIGH_RISK: _not_high_risk,
        FileGuard.ALL_APPROVE: _all_approve,
        FileGuard.ONE_REJECTS: _one_rejects,
        FileGuard.NAMED_DEPARTMENT: _named,
        FileGuard.WAS_DISCLOSED: _was_disclosed,
        FileGuard.PERIOD_OVER: _period_over,
        FileGuard.ON_THE_LADDER: _on_the_ladder,
        FileGuard.NOT_SPARED: _not_spared,
        FileGuard.IS_SPARED: _is_spared,
        FileGuard.WAS_CORRECTED: _was_corrected,
    }
)
