"""The life cycles of matters under permits: one table a family, and what follows from it.

What is in a table may happen; what is not is refused by name.
"""

from collections.abc import Mapping
from types import MappingProxyType

from permits.accident_steps import ACCIDENT_STEPS
from permits.further_steps import FURTHER_STEPS
from permits.hearing_steps import HEARING_STEPS
from permits.matter_states import MatterAction, MatterFamily, MatterState
from permits.matter_step import MatterStep
from permits.suspension_steps import SUSPENSION_STEPS

MATTER_STEPS: Mapping[MatterFamily, tuple[MatterStep, ...]] = MappingProxyType(
    {
        MatterFamily.SUSPENSION: SUSPENSION_STEPS,
        MatterFamily.ACCIDENT: ACCIDENT_STEPS,
        MatterFamily.FURTHER: FURTHER_STEPS,
        MatterFamily.HEARING: HEARING_STEPS,
    }
)
"""The tables."""


def _by_state(
    table: tuple[MatterStep, ...],
) -> Mapping[MatterState, Mapping[MatterAction, MatterStep]]:
    found: dict[MatterState, dict[MatterAction, MatterStep]] = {}
    for state in MatterState:
        if any(state in (each.before, each.after) for each in table):
            found[state] = {each.action: each for each in table if each.before is state}
    return MappingProxyType({state: MappingProxyType(moves) for state, moves in found.items()})


MATTER_MOVES: Mapping[MatterFamily, Mapping[MatterState, Mapping[MatterAction, MatterStep]]] = (
    MappingProxyType({family: _by_state(table) for family, table in MATTER_STEPS.items()})
)
"""What may happen in each state of each family; every state of a family has its row."""


def matter_step(
    family: MatterFamily, state: MatterState, action: MatterAction
) -> MatterStep | None:
    """Return the row of the table; ``None`` for what may not happen."""
    return MATTER_MOVES[family].get(state, {}).get(action)


def allowed_in(family: MatterFamily, state: MatterState) -> frozenset[MatterAction]:
    """Return what may be done in a state; nothing for a state the family does not have."""
    return frozenset(MATTER_MOVES[family].get(state, ()))


def is_open(family: MatterFamily, state: MatterState) -> bool:
    """Tell whether anything more can happen in a matter."""
    return bool(allowed_in(family, state))
