"""What a step does beside moving the permit on: a function for each effect that the tables name.

An effect is given the step and the permit after it, and returns that permit, with what it has
changed of it. It runs in the transaction of the step, before the permit is written: what it
writes itself is undone when somebody else was first. To add one, name it in
``permits.transition.Effect`` and in the rows of the tables, and register its function here.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from permits.applied_for import bound, modes_of
from permits.deadlines import asked_until
from permits.permit import Permit, PermitState
from permits.provisos import NONE, clashes, narrowed
from permits.review import conditions_of
from permits.step_checks import ConditionsClash
from permits.terms import Terms
from permits.transition import Effect
from zone_service.store import (
    applications,
    ballots,
    certificates,
    matter_rows,
    numbers,
    plates,
    recount,
    stopped,
)
from zone_service.store.permit_step import Step
from zone_service.store.records import PLATFORM, Outcome
from zone_service.store.reported_flights import reported_of


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
    """Put what the departments made a condition into the terms, by which the worker judges.

    So is what the driver mode lets the vehicles do, or terms that name no mode would allow any.
    """
    review = ballots.current(step.session, step.permit)
    conditions = NONE if review is None else conditions_of(review)
    return _with_its_modes(step, after, narrowed(after.terms, conditions))


def _with_its_modes(step: Step, after: Permit, terms: Terms) -> Permit:
    mode = applications.get(step.session, PLATFORM, after.number).driver_mode
    return replace(after, terms=bound(terms, modes_of(step.under.sheet, mode)))


def take_consents(step: Step, after: Permit) -> Permit:
    """Put into the terms on what departments have consented to the renewal.

    Raises:
        ConditionsClash: they leave nothing of it.
    """
    asked = matter_rows.renewal_conditions(step.session, after.number)
    if found := clashes(after.terms, asked):
        raise ConditionsClash(step.permit, step.action, found)
    return replace(after, terms=narrowed(after.terms, asked))


def close_ballots(step: Step, after: Permit) -> Permit:
    """Write down how the round ended."""
    ballots.close_round(step.session, after, _OUTCOMES[after.state], step.at)
    return after


def take_report(step: Step, after: Permit) -> Permit:
    """Let the flight that is reported be the one that its confirmation is for."""
    return replace(after, terms=replace(after.terms, flight=reported_of(step)))


def take_terms(step: Step, after: Permit) -> Permit:
    """Let the permit have the terms that the step brings, as far as its driver mode allows."""
    return after if step.terms is None else _with_its_modes(step, after, step.terms)


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
        Effect.RECOUNT: recount.recount,
        Effect.CERTIFY: certificates.certify,
        Effect.BEGIN_PLATES: plates.begin,
        Effect.STOP_VEHICLES: stopped.stop,
        Effect.VOID_PLATES: plates.void,
        Effect.RECALL_PLATES: plates.recall,
        Effect.ANNOUNCE_PLATES: plates.announce,
        Effect.ANNOUNCE_PLATES_LEFT: plates.announce_left,
        Effect.DECIDE_HEARING: matter_rows.decide_hearing,
        Effect.TAKE_CONSENTS: take_consents,
        Effect.TAKE_REPORT: take_report,
        Effect.TAKE_TERMS: take_terms,
        Effect.OPEN_RENEWAL: matter_rows.open_renewal,
        Effect.GRANT_RENEWAL: matter_rows.grant_renewal,
        Effect.REFUSE_RENEWAL: matter_rows.refuse_renewal,
        Effect.LAPSE_RENEWAL: matter_rows.lapse_renewal,
        Effect.LAPSE_MATTERS: matter_rows.lapse,
    }
)
