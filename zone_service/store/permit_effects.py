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
from permits.permit import Permit, PermitState
from permits.provisos import NONE, narrowed
from permits.review import conditions_of
from permits.transition import Effect
from zone_service.store import ballots, certificates, matter_rows, numbers, plates
from zone_service.store.permit_step import Step
from zone_service.store.records import Outcome


def extend_validity(step: Step, after: Permit) -> Permit:
    """Let the permit end when the request for its renewal asked for."""
    return replace(after, terms=replace(after.terms, valid_to=asked_until(step.case)))


def open_ballots(step: Step, after: Permit) -> Permit:
    """Begin a round of the joint review.

    Raises:
        NoReviewers: the rule set names nobody who could decide.
    """
    ballots.open_round(step.session, after, step.under, step.at)
    return after


def take_conditions(step: Step, after: Permit) -> Permit:
    """Put what the departments made a condition into the terms, by which the worker judges."""
    review = ballots.current(step.session, step.permit)
    conditions = NONE if review is None else conditions_of(review)
    return replace(after, terms=narrowed(after.terms, conditions))


def close_ballots(step: Step, after: Permit) -> Permit:
    """Write down how the round ended."""
    ballots.close_round(step.session, after, _OUTCOMES[after.state], step.at)
    return after


def take_terms(step: Step, after: Permit) -> Permit:
    """Let the permit have the terms that the step brings."""
    return after if step.terms is None else replace(after, terms=step.terms)


_OUTCOMES = {
    PermitState.APPROVED: Outcome.APPROVED,
    PermitState.WARNING_PUBLISHED: Outcome.APPROVED,
    PermitState.RETURNED_FOR_CORRECTION: Outcome.RETURNED,
    PermitState.REJECTED: Outcome.REJECTED,
}

EFFECTS: Mapping[Effect, Callable[[Step, Permit], Permit]] = MappingProxyType(
    {
        Effect.EXTEND_VALIDITY: extend_validity,
        Effect.OPEN_BALLOTS: open_ballots,
        Effect.TAKE_CONDITIONS: take_conditions,
        Effect.CLOSE_BALLOTS: close_ballots,
        Effect.NUMBER: numbers.number,
        Effect.PLATE: plates.plate,
        Effect.EXTEND_PLATES: plates.extend,
        Effect.CERTIFY: certificates.certify,
        Effect.VOID_PLATES: plates.void,
        Effect.RECALL_PLATES: plates.recall,
        Effect.ANNOUNCE_PLATES: plates.announce,
        Effect.TAKE_TERMS: take_terms,
        Effect.OPEN_RENEWAL: matter_rows.open_renewal,
        Effect.GRANT_RENEWAL: matter_rows.grant_renewal,
        Effect.REFUSE_RENEWAL: matter_rows.refuse_renewal,
        Effect.LAPSE_RENEWAL: matter_rows.lapse_renewal,
        Effect.LAPSE_MATTERS: matter_rows.lapse,
    }
)
