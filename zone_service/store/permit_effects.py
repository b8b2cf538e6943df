"""What a step does beside moving the permit on: a function for each effect that the tables name.

An effect is given the step and the permit after it, and returns that permit, with what it has
changed of it. It runs in the transaction of the step, before the permit is written: what it
writes itself is undone when somebody else was first. To add one, name it in
``permits.transition.Effect`` and in the rows of the tables, and register its function here.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from permits.deadlines import asked_until
from permits.permit import Permit
from permits.transition import Effect
from zone_service.store.permit_step import Step


def extend_validity(step: Step, after: Permit) -> Permit:
    """Let the permit end when the request for its renewal asked for."""
    return replace(after, terms=replace(after.terms, valid_to=asked_until(step.case)))


EFFECTS: Mapping[Effect, Callable[[Step, Permit], Permit]] = MappingProxyType(
    {
        Effect.EXTEND_VALIDITY: extend_validity,
    }
)
