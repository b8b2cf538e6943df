"""Hearings (听证): what the holder of a permit may ask for before it is taken from them.

The authority announces what it means to do, why and on what facts; until so many working days after that
the holder may ask to be heard, and is heard within so many more. What the rule set names is not done
before the holder was heard, has waived it or let the time pass.
"""

from dataclasses import dataclass

from permits.life_cycle import STEPS
from permits.matter_states import MatterState
from permits.states import PermitAction
from permits.transition import Guard

BEFORE = "hearing.before"
"""The key of the acts that ask for it."""
GRAVE = tuple(
    dict.fromkeys(
        step.action for steps in STEPS.values() for step in steps if Guard.HEARD in step.guards
    )
)
"""The acts before which a rule set may ask for it."""
EXERCISED = frozenset({MatterState.HELD, MatterState.WAIVED, MatterState.NOT_ASKED})
"""In these the decision may be taken."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What is announced: the act that is to be taken, and the facts that it rests on."""

    action: PermitAction
    facts: str
