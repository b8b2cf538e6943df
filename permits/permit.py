"""Permits, and what is done to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from permits.acts import Act
from permits.life_cycle import (
    ACTORS,
    FAMILY_OF,
    NEEDS_REASON,
    TRANSITIONS,
    Family,
    PermitAction,
    PermitKind,
    PermitState,
    allowed,
    in_force,
    may_take_off,
    transition,
    way,
)
from permits.plan_states import PlanAction
from permits.rule_words import Language
from permits.step_words import step_words
from permits.terms import Terms
from permits.transition import Detail

__all__ = [
    "ACTORS",
    "FAMILY_OF",
    "NEEDS_REASON",
    "TRANSITIONS",
    "ActionNotAllowed",
    "Detail",
    "DetailsRefused",
    "Family",
    "Permit",
    "PermitAction",
    "PermitChanged",
    "PermitError",
    "PermitKind",
    "PermitState",
    "ReasonRequired",
    "StepRefused",
    "act",
    "allowed",
    "in_force",
    "may_take_off",
    "transition",
    "way",
]


@dataclass(frozen=True, slots=True)
class Permit:
    """One permit, at one revision of its life."""

    number: str
    kind: PermitKind
    state: PermitState
    holder_id: str
    """The organisation that applied."""
    terms: Terms
    revision: int = 0
    """Counts the actions; a second writer finds that it has moved."""
    jurisdiction: str = ""
    """The rule set that it is decided under, by name; empty is that of the installation."""

    @property
    def family(self) -> Family:
        """The life cycle that it follows."""
        return FAMILY_OF[self.kind]


@dataclass(frozen=True, slots=True)
class PermitChanged:
    """What was done to a permit, by whom, when and why."""

    number: str
    action: PermitAction
    before: PermitState
    after: PermitState
    at: datetime
    by: str
    reason: str
    revision: int
    """Of the permit after the action."""
    rules: str = ""
    """The rule set and version that it was done under; empty where nobody wrote it down."""
    effective_at: datetime | None = None
    """From when it counts in law, where that is not when it was done."""
    details: Mapping[Detail, str] = field(default_factory=dict, hash=False)
    """What was said with it."""
    terms: str = ""
    """The terms since then, as JSON, where it changed them."""

    @property
    def counts_from(self) -> datetime:
        """From when it counts in law."""
        return self.effective_at or self.at


class PermitError(Exception):
    """An action that was refused.

    PermitError
    ├── ActionNotAllowed: the table does not have it
    ├── ReasonRequired: it was asked for without saying why
    └── StepRefused: the table has it, and what else must hold does not
        └── DetailsRefused: what is to be said with it is missing, or there is no place for it
    """


class ActionNotAllowed(PermitError):
    """The permit is in a state where this cannot be done; says what can.

    ``own`` is what whoever asked may do at all; nothing else is offered to them.
    """

    def __init__(
        self, permit: Permit, action: PermitAction, own: frozenset[PermitAction] | None = None
    ) -> None:
        self.number = permit.number
        self.state = permit.state
        self.action = action
        by_anybody = allowed(permit.family, permit.state)
        self.allowed = by_anybody if own is None else by_anybody & own
        none = "nothing of yours" if by_anybody else "final"
        self._none = none
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words(
            "not in this state",
            language,
            action=self.action,
            number=self.number,
            state=self.state,
            choice=", ".join(sorted(self.allowed)) or step_words(self._none, language),
        )


class ReasonRequired(PermitError):
    """A decision against the applicant came without its reason."""

    def __init__(self, permit: Permit, action: PermitAction) -> None:
        self.number = permit.number
        self.action = action
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words("no reason", language, action=self.action, number=self.number)


class StepRefused(PermitError):
    """What must hold for a step does not; those that guard steps raise their own kinds of it."""

    slug = "step-refused"
    """By which programs tell the kinds apart."""

    def __init__(self, permit: Permit, action: PermitAction | Act | PlanAction) -> None:
        self.number = permit.number
        self.action = action
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        raise NotImplementedError


class DetailsRefused(StepRefused):
    """A step came without what must be said with it, or with what has no place in it."""

    slug = "details-refused"

    def __init__(
        self, permit: Permit, action: PermitAction, missing: set[Detail], unknown: set[Detail]
    ) -> None:
        self.missing = missing
        self.unknown = unknown
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        key, names = ("needs", self.missing) if self.missing else ("takes no", self.unknown)
        return step_words(
            key, language, action=self.action, number=self.number, names=", ".join(sorted(names))
        )


def act(
    permit: Permit,
    action: PermitAction,
    *,
    at: datetime,
    by: str,
    reason: str = "",
    details: Mapping[Detail, str] | None = None,
) -> tuple[Permit, PermitChanged]:
    """Do one action and return the permit after it and what changed.

    Who may do it, and what else must hold, is the caller's to check: a name has no role here.

    Raises:
        ActionNotAllowed: the life cycle does not have it in this state.
        ReasonRequired: a decision against the applicant gives no reason.
        DetailsRefused: what is to be said with it is missing, or is too much.
        ValueError: ``at`` has no time zone.
    """
    if at.utcoffset() is None:
        msg = f"{at} has no time zone: expected an aware time"
        raise ValueError(msg)
    step = transition(permit.family, permit.state, action)
    if step is None:
        raise ActionNotAllowed(permit, action)
    if step.needs_reason and not reason.strip():
        raise ReasonRequired(permit, action)
    said = dict(details or {})
    missing = {each for each in step.needs if not said.get(each, "").strip()}
    unknown = set(said) - {*step.needs, *step.takes}
    if missing or unknown:
        raise DetailsRefused(permit, action, missing, unknown)
    changed = replace(permit, state=step.after, revision=permit.revision + 1)
    return changed, PermitChanged(
        permit.number,
        action,
        permit.state,
        step.after,
        at,
        by,
        reason,
        changed.revision,
        details=said,
    )
