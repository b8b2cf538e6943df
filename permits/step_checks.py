"""What time has to say about a step: whether it comes too late, too early, or asks for too much."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from permits.deadlines import (
    Case,
    due_of,
    earliest_takeoff,
    latest_renewal,
    open_deadlines,
    was_extended,
)
from permits.issuing import SHANGHAI
from permits.lapse import fallen_due
from permits.permit import TRANSITIONS, Permit, PermitAction, StepRefused
from permits.rule_words import Language
from permits.sheet import Sheet
from permits.step_words import deadline_name, step_words
from permits.transition import Deadline, Detail, Transition


class TooLate(StepRefused):
    """The time in which it could be done is over; says until when that was."""

    slug = "too-late"

    def __init__(
        self,
        permit: Permit,
        action: PermitAction,
        deadline: Deadline,
        latest: datetime,
        at: datetime,
    ) -> None:
        self.deadline = deadline
        self.latest = latest
        """The latest moment that would have been in time."""
        self.at = at
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words(
            "too late",
            language,
            action=self.action,
            number=self.number,
            deadline=deadline_name(self.deadline, language),
            latest=local_text(self.latest),
            at=local_text(self.at),
        )


class NotDue(StepRefused):
    """What comes about by law has not come about: its time is not over, or silence has no effect."""

    slug = "not-due"

    def __init__(
        self, permit: Permit, action: PermitAction, due_at: datetime | None, at: datetime
    ) -> None:
        self.due_at = due_at
        self.at = at
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        when = (
            step_words("never", language)
            if self.due_at is None
            else step_words("from", language, moment=local_text(self.due_at))
        )
        return step_words(
            "not due",
            language,
            action=self.action,
            number=self.number,
            at=local_text(self.at),
            when=when,
        )


class TooEarly(StepRefused):
    """A flight would take off sooner after its report than it may."""

    slug = "too-early"

    def __init__(
        self, permit: Permit, action: PermitAction, earliest: datetime, at: datetime
    ) -> None:
        self.earliest = earliest
        self.at = at
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words(
            "too early",
            language,
            action=self.action,
            number=self.number,
            earliest=local_text(self.earliest),
            at=local_text(self.at),
        )


class NotExtendable(StepRefused):
    """The time for a decision was extended before, or is over."""

    slug = "not-extendable"

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words("extended", language, number=self.number)


class RenewalTooLong(StepRefused):
    """A renewal asks for an end that is no later than the present one, or later than may be."""

    slug = "renewal-too-long"

    def __init__(self, case: Case, action: PermitAction, until: datetime) -> None:
        self.until = until
        self.after = case.permit.terms.valid_to
        self.latest = latest_renewal(case)
        super().__init__(case.permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words(
            "renewal",
            language,
            number=self.number,
            until=local_text(self.until),
            after=local_text(self.after),
            latest=local_text(self.latest),
        )


class SummaryMissing(StepRefused):
    """A renewal is asked for without the report that sums up what was done so far."""

    slug = "summary-missing"

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words("summary", language, action=self.action, number=self.number)


class NotAccepted(StepRefused):
    """What was suspended would go on without the third party that has to accept it."""

    slug = "third-party-awaited"

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words("third party", language, action=self.action, number=self.number)


class DetailInvalid(StepRefused):
    """What was said with a step cannot be read, or cannot be."""

    slug = "details-refused"

    def __init__(
        self, permit: Permit, action: PermitAction, name: Detail, given: str, *, moment: bool
    ) -> None:
        self.name = name
        self.given = given
        self.expected = "within" if moment else "a moment"
        """A key of the sentences."""
        self.begins = permit.terms.valid_from
        self.ends = permit.terms.valid_to
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        expected = step_words(
            self.expected, language, begins=local_text(self.begins), ends=local_text(self.ends)
        )
        return step_words(
            "no moment",
            language,
            action=self.action,
            number=self.number,
            name=self.name,
            given=self.given,
            expected=expected,
        )


def asks_summary(sheet: Sheet) -> bool:
    """Tell whether a renewal is asked for with a summary report, by a rule set."""
    found = sheet.parameters.get("renewal.summary_report")
    return found is not None and found.value is True


Said = Mapping[Detail, str]


def require_in_time(case: Case, step: Transition, said: Said, at: datetime) -> None:
    """Refuse a step whose time is over.

    Raises:
        TooLate: names the time, and the latest moment that would have been in it.
        DetailInvalid: the take-off that is reported is no moment of the validity.
    """
    case = replace(case, takeoff_at=_takeoff(case, step, said))
    for name in step.deadlines:
        due = due_of(case, name, (step,))
        if due is not None and due.limit.at is not None and due.has_passed(at):
            raise TooLate(case.permit, step.action, name, due.limit.at, at)


def _takeoff(case: Case, step: Transition, said: Said) -> datetime | None:
    if Detail.TAKEOFF_AT not in said:
        return None
    given, terms = moment_of(case.permit, step.action, Detail.TAKEOFF_AT, said), case.permit.terms
    if not terms.valid_from <= given < terms.valid_to:
        raise DetailInvalid(
            case.permit, step.action, Detail.TAKEOFF_AT, said[Detail.TAKEOFF_AT], moment=True
        )
    return given


def require_fallen_due(case: Case, step: Transition, at: datetime) -> None:
    """Refuse what comes about by law while its time is not over.

    Raises:
        NotDue: says from when it does, if ever.
    """
    if fallen_due(case, step, at) is None:
        dues = (due for due in open_deadlines(case) if due.by_law is step.action)
        raise NotDue(case.permit, step.action, next((due.limit.at for due in dues), None), at)


def require_lead(case: Case, action: PermitAction, at: datetime) -> None:
    """Refuse a take-off that comes sooner after its report than the time that must lie in between.

    Raises:
        TooEarly: says from when it may.
    """
    earliest = earliest_takeoff(case)
    if earliest is not None and at < earliest:
        raise TooEarly(case.permit, action, earliest, at)


def require_extendable(case: Case, action: PermitAction, at: datetime) -> None:
    """Refuse to extend the time for a decision again, or after it is over.

    Raises:
        NotExtendable: it was, or it is.
    """
    steps = tuple(TRANSITIONS[case.permit.family][case.permit.state].values())
    due = due_of(case, Deadline.DECISION, steps)
    if was_extended(case) or due is None or due.has_passed(at):
        raise NotExtendable(case.permit, action)


def require_renewal_period(case: Case, action: PermitAction, said: Said) -> None:
    """Refuse a renewal that asks for another end than it may.

    Raises:
        RenewalTooLong: says after what and until when.
        DetailInvalid: it is no moment.
    """
    if Detail.ASKED_UNTIL not in said:
        return
    until = moment_of(case.permit, action, Detail.ASKED_UNTIL, said)
    if not case.permit.terms.valid_to < until <= latest_renewal(case):
        raise RenewalTooLong(case, action, until)


def moment_of(permit: Permit, action: PermitAction, name: Detail, said: Said) -> datetime:
    """Return a moment that was said with a step.

    Raises:
        DetailInvalid: it is none, or has no offset.
    """
    try:
        found = datetime.fromisoformat(said[name])
    except ValueError:
        found = None
    if found is None or found.utcoffset() is None:
        raise DetailInvalid(permit, action, name, said[name], moment=False)
    return found


def local_text(moment: datetime) -> str:
    """Return a moment as people in Shanghai write it."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")
