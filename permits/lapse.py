"""What comes about by law when time has passed and nobody has acted."""

from dataclasses import dataclass
from datetime import datetime

from permits.deadlines import Case, Due, due_of, latest_stay, open_deadlines
from permits.issuing import SHANGHAI
from permits.permit import TRANSITIONS, PermitAction
from permits.renewal_limits import silence_key
from permits.rule_words import Language
from permits.sheet import Sheet
from permits.states import Family
from permits.step_words import deadline_name, step_words
from permits.time_limits import PARAMETERS
from permits.transition import Deadline, Transition


@dataclass(frozen=True, slots=True)
class Lapse:
    """A step that the law takes."""

    action: PermitAction
    deadline: Deadline
    passed_at: datetime
    """When the time was over."""
    effective_at: datetime
    """From when it counts in law."""


def lapse(case: Case, at: datetime, without: PermitAction | None = None) -> Lapse | None:
    """Return the first step that the law has taken by a moment; ``None`` if there is none.

    ``without``: a step that waits for something else than its time.
    """
    passed = (
        due
        for due in open_deadlines(case)
        if due.by_law and due.by_law is not without and due.has_passed(at)
    )
    return next((_of(case, due) for due in passed), None)


def fallen_due(case: Case, step: Transition, at: datetime) -> Lapse | None:
    """Return one step as the law takes it; ``None`` while its time is not over."""
    steps = tuple(TRANSITIONS[case.permit.family].get(case.permit.state, {}).values())
    dues = (due_of(case, name, steps) for name in step.deadlines)
    passed = (due for due in dues if due and due.by_law is step.action and due.has_passed(at))
    return next((_of(case, due) for due in passed), None)


def _of(case: Case, due: Due) -> Lapse | None:
    if due.by_law is None or due.limit.at is None:
        return None
    stay = latest_stay(case, case.permit.state)
    since = due.limit.at if stay is None else stay.since
    # Art. 32: an application that nobody answered in time is accepted from when it was received.
    received = due.by_law is PermitAction.DEEM_ACCEPTED
    effective_at = since if received else max(due.limit.at, since)
    return Lapse(due.by_law, due.deadline, due.limit.at, effective_at)


def ground(found: Lapse, sheet: Sheet, family: Family) -> str:
    """Return why the law takes a step, in both languages, for the record."""
    # The last of its values says what silence means; the ends of a validity are the permit's own.
    named = PARAMETERS[found.deadline][-1:]
    if found.deadline is Deadline.RENEWAL_DECISION:
        named = (silence_key(family),)
    parameter = sheet.parameters.get(named[0]) if named else None
    moment = found.passed_at.astimezone(SHANGHAI).isoformat(timespec="seconds")
    said = (
        step_words(
            "ground",
            language,
            deadline=deadline_name(found.deadline, language),
            moment=moment,
            instrument=parameter.instrument if parameter else "",
            article=parameter.article if parameter else "",
        )
        for language in Language
    )
    return " / ".join(each.strip(" ;；") for each in said)
