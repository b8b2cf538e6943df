"""Twenty thousand steps of people, departments and time, and the laws of permits hold after each."""

import os

import pytest

from permits.life_cycle import STEPS, Family
from permits.matter_states import MatterAction
from tests.store.permit_model import KINDS, NEVER, run
from tests.store.permit_papers_model import PaperMachine
from zone_service.store.engine import Store

SEED = int(os.environ.get("PERMIT_MODEL_SEED", "4"))
"""The same steps in every run: what a benchmark finds with others becomes a test of its own."""
STEPS_IN_ALL = int(os.environ.get("PERMIT_MODEL_STEPS", "20100"))
PARTS = (Family.ROAD, Family.ROAD, Family.FLIGHT, Family.VESSEL)
MOVES = frozenset(
    {MatterAction.FILE_REPORT, MatterAction.ACCEPT_REPORT, MatterAction.FILE_ANALYSIS}
)
"""What must come about in matters in every run; that parts are halted and go on, and terms are changed, is
among what is done to permits.
"""


@pytest.mark.timeout(900)
@pytest.mark.requirement("D4b-1", "D4b-10", "D4b-43", "D4b-53")
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("part", range(len(PARTS)), ids=lambda part: f"{PARTS[part]}-{part}")
def test_whatever_is_done_in_whatever_order_the_laws_of_permits_hold(
    store: Store, part: int
) -> None:
    family = PARTS[part]
    done = run(store, PaperMachine, family, STEPS_IN_ALL // len(PARTS), seed=1_000 * (SEED + part))
    assert done.steps >= STEPS_IN_ALL // len(PARTS)
    possible = {step.action for step in STEPS[family]} - NEVER[family]
    assert possible == done.permits, "whatever can be done was done, and nothing else"
    assert done.kinds == set(KINDS[family]), "each kind was in force"
    assert min(done.papers["handed in"], done.papers["withdrawn"]) > 0
    assert done.matters >= MOVES, f"no matter ever came to {sorted(MOVES - done.matters)}"
