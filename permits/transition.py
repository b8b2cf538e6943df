"""One row of a life cycle: what is done, from where to where, by whom, and on what conditions."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from permits.states import PermitAction, PermitState


class Actor(StrEnum):
    """The part that somebody plays in the life of a permit."""

    APPLICANT = "applicant"
    REVIEWER = "reviewer"
    """Somebody of a department, or of air traffic management, or of the maritime authority."""
    POLICE = "police"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class Guard(StrEnum):
    """What must hold for a step, beside its place in the table; who looks is the shell."""

    RULES_IN_FORCE = "rules in force"
    """Each instrument that the permit rests on is in force or extended on the day."""


class Effect(StrEnum):
    """What a step does beside moving the permit on, in the same transaction; the shell does it."""


class Deadline(StrEnum):
    """The name of a time limit that a step has; its length is the rule set's."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow of a life cycle."""

    action: PermitAction
    before: PermitState
    after: PermitState
    actors: frozenset[Actor]
    needs_reason: bool = False
    """Whether it is a decision against the applicant, who must learn why (说明理由)."""
    guards: tuple[Guard, ...] = ()
    """Asked in this order; the first that refuses is told."""
    effects: tuple[Effect, ...] = ()
    deadline: Deadline | None = None
    """By when it is to be done, counted from when the permit came into ``before``."""


def rows(
    action: PermitAction,
    before: PermitState | Iterable[PermitState],
    after: PermitState,
    actors: frozenset[Actor],
    *guards: Guard,
    reason: bool = False,
    effects: tuple[Effect, ...] = (),
    deadline: Deadline | None = None,
) -> tuple[Transition, ...]:
    """Return the same step from each of some states."""
    starts = (before,) if isinstance(before, PermitState) else tuple(before)
    return tuple(
        Transition(action, start, after, actors, reason, guards, effects, deadline)
        for start in starts
    )


APPLICANT = frozenset({Actor.APPLICANT})
REVIEWER = frozenset({Actor.REVIEWER})
POLICE = frozenset({Actor.POLICE})
SYSTEM = frozenset({Actor.SYSTEM})
REGISTRAR = frozenset({Actor.ADMINISTRATOR, Actor.SYSTEM})
