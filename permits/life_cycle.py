"""The life cycles of permits: one table a family, and what follows from it.

What is in a table may happen; what is not is refused by name.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from permits.exempt_steps import EXEMPT_STEPS
from permits.flight_steps import FLIGHT_STEPS
from permits.record_steps import RECORD_STEPS
from permits.road_steps import ROAD_STEPS
from permits.states import FAMILY_OF, Family, PermitAction, PermitKind, PermitState
from permits.transition import Actor, Deadline, Effect, Guard, Transition
from permits.vessel_steps import VESSEL_STEPS

__all__ = [
    "ACTORS",
    "FAMILY_OF",
    "NEEDS_REASON",
    "STEPS",
    "TRANSITIONS",
    "Actor",
    "Deadline",
    "Effect",
    "Family",
    "Guard",
    "PermitAction",
    "PermitKind",
    "PermitState",
    "Transition",
    "allowed",
    "in_force",
    "may_take_off",
    "transition",
    "way",
]

STEPS: Mapping[Family, tuple[Transition, ...]] = MappingProxyType(
    {
        Family.ROAD: ROAD_STEPS,
        Family.FLIGHT: FLIGHT_STEPS,
        Family.VESSEL: VESSEL_STEPS,
        Family.RECORD: RECORD_STEPS,
        Family.EXEMPT: EXEMPT_STEPS,
    }
)
"""The tables."""


def _by_state(
    steps: tuple[Transition, ...],
) -> Mapping[PermitState, Mapping[PermitAction, Transition]]:
    found: dict[PermitState, dict[PermitAction, Transition]] = {}
    for state in PermitState:
        if any(state in (step.before, step.after) for step in steps):
            found[state] = {step.action: step for step in steps if step.before is state}
    return MappingProxyType({state: MappingProxyType(moves) for state, moves in found.items()})


TRANSITIONS: Mapping[Family, Mapping[PermitState, Mapping[PermitAction, Transition]]] = (
    MappingProxyType({family: _by_state(steps) for family, steps in STEPS.items()})
)
"""What may happen in each state of each family; every state of a family has its row."""


def _every_step() -> Iterator[Transition]:
    for steps in STEPS.values():
        yield from steps


ACTORS: Mapping[PermitAction, frozenset[Actor]] = MappingProxyType(
    {
        action: frozenset(
            actor for step in _every_step() if step.action is action for actor in step.actors
        )
        for action in PermitAction
    }
)
"""Who may ever do what, in any family and state."""

NEEDS_REASON = frozenset(step.action for step in _every_step() if step.needs_reason)
"""Decisions against the applicant, who must learn why (说明理由)."""

IN_FORCE = frozenset(
    {
        PermitState.ACTIVE,
        PermitState.RENEWAL_PENDING,
        PermitState.CONFIRMED,
        PermitState.AIRBORNE,
    }
)
TAKE_OFF_CONFIRMED = frozenset({PermitState.CONFIRMED, PermitState.AIRBORNE})


def in_force(state: PermitState) -> bool:
    """Tell whether the permitted activity may go on in this state."""
    return state in IN_FORCE


def may_take_off(state: PermitState) -> bool:
    """Tell whether a take-off is confirmed; an airborne message in another state is a breach."""
    return state in TAKE_OFF_CONFIRMED


def transition(family: Family, state: PermitState, action: PermitAction) -> Transition | None:
    """Return the row of the table; ``None`` for what may not happen."""
    return TRANSITIONS[family].get(state, {}).get(action)


def allowed(family: Family, state: PermitState) -> frozenset[PermitAction]:
    """Return what may be done in a state; nothing for a state the family does not have."""
    return frozenset(TRANSITIONS[family].get(state, ()))


def way(family: Family, start: PermitState, goal: PermitState) -> tuple[PermitAction, ...]:
    """Return the fewest actions from one state to another, on the way that is open to all.

    Raises:
        ValueError: there is no way.
    """
    ways: dict[PermitState, tuple[PermitAction, ...]] = {start: ()}
    queue = deque([start])
    while queue and goal not in ways:
        here = queue.popleft()
        for action, step in TRANSITIONS[family].get(here, {}).items():
            if step.after not in ways and not step.is_shortcut:
                ways[step.after] = (*ways[here], action)
                queue.append(step.after)
    if goal not in ways:
        msg = f"a {family} permit never comes from {start} to {goal}"
        raise ValueError(msg)
    return ways[goal]
