"""The lists and times of graded governance: values of a rule set."""

from dataclasses import dataclass
from datetime import timedelta

from permits.governance_states import LADDER, FileAction, RiskItem
from permits.rule_words import RuleSetError
from permits.sheet import Sheet
from permits.time_limits import Values
from permits.violation import Severity


@dataclass(frozen=True, slots=True)
class GovernanceRules:
    """What is of high risk, who reviews it, where the ladder begins, and what is spared."""

    high_risk: frozenset[RiskItem]
    departments: tuple[str, ...]
    """That must say whether something may be admitted."""
    cap_months: int
    """Longest period in the sandbox."""
    begins_at: dict[Severity, FileAction]
    """The gravest step that may be taken at once, by severity; for others the first is the reminder."""
    spared_codes: frozenset[str]
    """The no-penalty list."""
    spared_severities: frozenset[Severity]
    corrected_within: timedelta
    first_within_months: int
    """How long an earlier breach of the same code counts against being spared."""
    rectification_wd: int | None = None
    """Working days to put right what was ordered; ``None`` where the rule set sets no time."""
    control_wd: int | None = None
    """Working days within which what was disclosed is to be controlled."""


def governance_rules(sheet: Sheet) -> GovernanceRules:
    """Return the rules of a rule set.

    Raises:
        RuleSetError: every value that is needed for it and missing.
    """
    values = Values(sheet)
    found = GovernanceRules(
        high_risk=frozenset(map(RiskItem, values.texts("sandbox.high_risk_items"))),
        departments=values.texts("sandbox.departments"),
        cap_months=values.days("sandbox.cap_months"),
        begins_at={
            each: FileAction(values.text(f"ladder.begins_at.{each}") or LADDER[0])
            for each in Severity
        },
        spared_codes=frozenset(values.texts("no_penalty.codes")),
        spared_severities=frozenset(map(Severity, values.texts("no_penalty.severities"))),
        corrected_within=timedelta(days=values.days("no_penalty.corrected_within_days")),
        first_within_months=values.days("no_penalty.first_within_months"),
        rectification_wd=_whole(sheet, "ladder.rectification_wd"),
        control_wd=_whole(sheet, "sandbox.control_within_wd"),
    )
    if values.problems:
        raise RuleSetError(*values.problems)
    return found


def _whole(sheet: Sheet, key: str) -> int | None:
    """Return a number of days that versions of before these times were counted do not state."""
    found = sheet.parameters.get(key)
    return int(found.value) if found and isinstance(found.value, float | int) else None
