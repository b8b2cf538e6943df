"""A file of graded governance: what is done with it, and why something is refused.

Every step says who, when and why. What is not in the table, or what a guard does not let through, is
refused by name and changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import MappingProxyType

from permits.governance_file import (
    Admission,
    Breach,
    File,
    FileCase,
    FileChanged,
    OnRecord,
    Opinion,
    Sighting,
)
from permits.governance_rules import GovernanceRules
from permits.governance_said import SAID, Said, said_faults
from permits.governance_states import LADDER, FileAction, RiskItem
from permits.governance_step import FileGuard, FileStep, allowed, step_of
from permits.governance_words import governance_words
from permits.issuing import legal_day
from permits.paper_words import Fault, PapersRefused, fault
from permits.report_periods import months_after, start_of
from permits.risk_items import Derived
from permits.rule_words import Language


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
    said: Said | None = None,
) -> tuple[File, FileChanged]:
    """Do one step and return the file after it and what changed; whose step it is, is the caller's.

    Raises:
        GovernanceRefused: the table does not have it, it says no reason or not what must be said
            with it, or a guard refuses it.
        PapersRefused: all that is wrong with what is said.
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
    _require_said(file, action, said, legal_day(at))
    due_at = _due_after(case, action, at)
    after = replace(file, state=row.after, revision=file.revision + 1, due_at=due_at)
    set_now = due_at if action in _SETS else None
    return after, FileChanged(
        action, file.state, row.after, at, by, reason.strip(), department, opinion, said, set_now
    )


def breach_of(seen: Sighting, violation: OnRecord | None) -> Breach:
    """Return the breach that somebody tells of; of one on record the severity and the permit are its.

    Raises:
        PapersRefused: what is told is not what is on record, or says too little without one.
    """
    if violation is None:
        if seen.severity is None:
            raise PapersRefused(fault("severity", None, "severity"))
        severity, number = seen.severity, seen.permit_number
    else:
        pairs = (
            ("code", seen.code, violation.code),
            ("severity", seen.severity, violation.severity),
            ("permit_number", seen.permit_number, violation.permit_number),
        )
        wrong = [
            fault(path, told, "as violation", told=on_record)
            for path, told, on_record in pairs
            if None not in {told, on_record} and told != on_record
        ]
        if wrong:
            raise PapersRefused(*wrong)
        severity, number = violation.severity, violation.permit_number or seen.permit_number
    return Breach(seen.code, severity, seen.seen_at, number, seen.violation_id, seen.sandbox_id)


def is_over(admission: Admission, at: datetime) -> bool:
    """Tell whether the last day of a period in the sandbox is over."""
    return at >= start_of(admission.ends + timedelta(days=1))


def high_risk_of(case: FileCase) -> frozenset[RiskItem]:
    """Return what of a product is on the high-risk list, as it was declared or follows from its permit."""
    about = case.file.about
    if not isinstance(about, Admission):
        return frozenset()
    return (about.items | {each.item for each in case.derived}) & case.rules.high_risk


def undeclared(case: FileCase) -> tuple[Derived, ...]:
    """Return what follows from the permit of a product and was not declared."""
    about = case.file.about
    items = about.items if isinstance(about, Admission) else frozenset()
    return tuple(each for each in case.derived if each.item not in items)


def opinions(case: FileCase) -> Mapping[str, Opinion]:
    """Return what each department has said."""
    return {each.department: each.opinion for each in case.changes if each.opinion is not None}


def corrected_at(case: FileCase) -> datetime | None:
    """Return when the operator first reported that it is put right."""
    reported = (each.at for each in case.changes if each.action is FileAction.REPORT_CORRECTED)
    return next(reported, None)


def is_uncontrolled(case: FileCase) -> bool:
    """Tell whether a product was disclosed and nobody has looked at it yet."""
    done = {each.action for each in case.changes}
    return FileAction.DISCLOSE in done and FileAction.CONTROL not in done


def is_overdue(case: FileCase, at: datetime) -> bool:
    """Tell whether something was to be put right, or to be controlled, by now and was not."""
    return case.file.due_at is not None and case.file.due_at < at


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


_SETS = (FileAction.ORDER_RECTIFICATION, FileAction.DISCLOSE)
_KEEPS = (FileAction.HALT, FileAction.GO_ON, FileAction.EXIT, FileAction.EXPIRE)
"""What takes nothing off what is owed; any other step does."""


def _due_after(case: FileCase, action: FileAction, at: datetime) -> datetime | None:
    if action in _KEEPS:
        return case.file.due_at
    if action not in _SETS:
        return None
    ordered = action is FileAction.ORDER_RECTIFICATION
    length = case.rules.rectification_wd if ordered else case.rules.control_wd
    if length is None:
        return None
    last = case.calendar.after(legal_day(at), length, lambda _: False).day
    return start_of(last + timedelta(days=1))


def _require_said(file: File, action: FileAction, said: Said | None, today: date) -> None:
    wanted = SAID.get(action)
    if wanted is not (None if said is None else type(said)):
        named = wanted.__name__.lower() if wanted else ""
        raise GovernanceRefused(file, action, "said" if wanted else "said nothing", named)
    if said is not None and (found := said_faults(said, today)):
        raise PapersRefused(*found)


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
    """A report of before an order is what the order was not content with."""
    told = reversed([each.action for each in case.changes])
    orders = FileAction.ORDER_RECTIFICATION, FileAction.REPORT_CORRECTED
    last = next((each for each in told if each in orders), None)
    return None if last is FileAction.REPORT_CORRECTED else "–"


def _time_over(case: FileCase, row: FileStep, at: datetime, department: str) -> str | None:
    return None if is_overdue(case, at) else f"{case.file.due_at or '–'}"


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
        FileGuard.TIME_OVER: _time_over,
    }
)
