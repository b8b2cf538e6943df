"""What a step is made to depend on, and what it brings about."""

from permits.transition import Effect, Guard
from zone_service.store.permit_effects import EFFECTS
from zone_service.store.permit_guards import GUARDS


def test_each_guard_and_each_effect_that_a_table_may_name_is_there() -> None:
    assert set(GUARDS) == set(Guard)
    assert set(EFFECTS) == set(Effect)
