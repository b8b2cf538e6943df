"""What time has to say about a step: whether it comes too late, too early, or asks for too much."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from permits.deadlines import (
    Case,
    due_of,
    earliest_takeoff,
    latest_renewal,
    open_deadlines,
    planned_takeoff,
    renewal_opens,
    renewal_pending,
    was_extended,
)
from permits.issuing import SHANGHAI
from permits.lapse import fallen_due
from permits.permit import TRANSITIONS, Permit, PermitAction, StepRefused
from permits.provisos import Clash
from permits.replacing import Hold
from permits.rule_words import Language
from permits.sheet import Sheet
from permits.step_words import deadline_name, step_words
from permits.suspension_grounds import SuspensionGround, ground_name
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
        takeoff_at: datetime | None = None,
    ) -> None:
        self.deadline = deadline
        self.latest = latest
        """The latest moment that would have been in time."""
        self.at = at
        self.takeoff_at = takeoff_at
        """Of a report: the take-off that it is of; ``None`` of everything else."""
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        takeoff = self.takeoff_at
        return step_words(
            "too late" if takeoff is None else "reported too late",
            language,
            takeoff="" if takeoff is None else local_text(takeoff),
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


class RectificationMissing(StepRefused):
    """It is asked to go on without a report on what was put right."""

    slug = "rectification-report-missing"

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words("rectification", language, action=self.action, number=self.number)


class CannotReplace(StepRefused):
    """A permit would take the place of one that is none of the holder's, was not granted or is over."""

    slug = "not-replaceable"

    def __init__(self, permit: Permit, action: PermitAction, other: str) -> None:
        self.other = other
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words(
            "replaces", language, action=self.action, number=self.number, other=self.other
        )


class ReplacedHalted(StepRefused):
    """A permit would come into force in the place of one that is halted, and so let it go on."""

    slug = "replaced-suspended"

    def __init__(self, permit: Permit, action: PermitAction, other: str, why: Hold) -> None:
        self.other = other
        self.why = why
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words(
            self.why.value, language, action=self.action, number=self.number, other=self.other
        )


class StillHalted(StepRefused):
    """Its holder would end a permit of which something is halted, or that is to be taken."""

    slug = "still-halted"

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words("still halted", language, action=self.action, number=self.number)


class HolderStands(StepRefused):
    """A permit would be struck off because its holder is no more, and that is there still."""

    slug = "holder-stands"

    def __init__(self, permit: Permit, action: PermitAction) -> None:
        self.holder = permit.holder_id
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words(
            "holder stands", language, action=self.action, number=self.number, holder=self.holder
        )


class ConditionsClash(StepRefused):
    """On the conditions on which departments have consented to a renewal nothing is left."""

    slug = "conditions-leave-nothing"

    def __init__(self, permit: Permit, action: PermitAction, found: Iterable[Clash]) -> None:
        self.clashes = tuple(found)
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        named = "; ".join(each.said(language) for each in self.clashes)
        return step_words(
            "conditions leave nothing",
            language,
            action=self.action,
            number=self.number,
            clashes=named,
        )


class GroundStands(StepRefused):
    """What was suspended would go on while something is not put right that suspends by itself."""

    slug = "ground-stands"

    def __init__(
        self, permit: Permit, action: PermitAction, grounds: Iterable[SuspensionGround]
    ) -> None:
        self.grounds = tuple(grounds)
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        named = "; ".join(ground_name(each, language) for each in self.grounds)
        return step_words(
            "ground stands", language, action=self.action, number=self.number, named=named
        )


class GroundUnknown(StepRefused):
    """The ground that is named for a suspension or a termination is none; ``expected`` are those that are."""

    slug = "details-refused"

    def __init__(
        self, permit: Permit, action: PermitAction, given: str, expected: Iterable[str]
    ) -> None:
        self.given = given
        self.expected = tuple(expected)
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words(
            "no moment", language, action=self.action, number=self.number, name=Detail.GROUND,
            given=self.given, expected=", ".join(self.expected) or "–",
        )  # fmt: skip


class RenewalTooEarly(StepRefused):
    """A renewal is asked for longer before the end than it may be."""

    slug = "renewal-too-early"

    def __init__(self, permit: Permit, action: PermitAction, opens: datetime) -> None:
        self.opens = opens
        """The first moment at which it may be."""
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words(
            "renewal opens", language, number=self.number, opens=local_text(self.opens)
        )


class RenewalAmiss(StepRefused):
    """A renewal of what is not renewed, or asked for twice; or decided where none was asked for, or unwarned."""

    slug = "renewal-amiss"

    def __init__(self, permit: Permit, action: PermitAction, why: str) -> None:
        self.why = why
        """A key of the sentences of steps."""
        self.kind = permit.kind
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words(
            self.why, language, action=self.action, number=self.number, kind=self.kind
        )


class TermsAmiss(StepRefused):
    """Other terms are asked for without saying which, or are brought by a step that takes none."""

    slug = "details-refused"

    def __init__(self, permit: Permit, action: PermitAction, *, is_given: bool) -> None:
        self.is_given = is_given
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        key = "takes no terms" if self.is_given else "no terms"
        return step_words(key, language, action=self.action, number=self.number)


class NotAccepted(StepRefused):
    """What was suspended would go on without the third party that has to accept it."""

    slug = "third-party-awaited"

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words("third party", language, action=self.action, number=self.number)


class NotSimplified(StepRefused):
    """A permit would skip its reviews whose vehicles are not all recognised, or none of whose kind may."""

    slug = "not-recognised"

    def __init__(self, permit: Permit, action: PermitAction, vehicles: Sequence[str]) -> None:
        self.kind = permit.kind
        self.vehicles = tuple(vehicles)
        """The entries that are not recognised; empty where the rule set spares the kind nothing."""
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        key = "not recognised" if self.vehicles else "not simplified"
        names = ", ".join(self.vehicles) or self.kind
        return step_words(key, language, action=self.action, number=self.number, names=names)


class DetailInvalid(StepRefused):
    """What was said with a step cannot be read, or cannot be."""

    slug = "details-refused"

    def __init__(
        self,
        permit: Permit,
        action: PermitAction,
        name: Detail,
        given: str,
        *,
        moment: bool,
        begins: datetime | None = None,
        ends: datetime | None = None,
    ) -> None:
        self.name = name
        self.given = given
        self.expected = "within" if moment else "a moment"
        """A key of the sentences."""
        self.begins = begins or permit.terms.valid_from
        """Of the validity, where nothing narrower is expected."""
        self.ends = ends or permit.terms.valid_to
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
    case = said_to(replace(case, takeoff_at=_takeoff(case, step, said)), said)
    for name in step.deadlines:
        due = due_of(case, name, (step,))
        if due is not None and due.limit.at is not None and due.has_passed(at):
            takeoff = planned_takeoff(case) if name is Deadline.FLIGHT_REPORT else None
            raise TooLate(case.permit, step.action, name, due.limit.at, at, takeoff)


def said_to(case: Case, said: Said) -> Case:
    """Return a case with its time counted by what is said now."""
    return replace(case, urgent=bool(said.get(Detail.URGENT_GROUND, "").strip()))


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


def require_ground(permit: Permit, action: PermitAction, said: Said) -> None:
    """Refuse a ground of a suspension that is none.

    Raises:
        GroundUnknown: says which there are.
    """
    given = said.get(Detail.GROUND)
    if given is not None and given not in set(SuspensionGround):
        raise GroundUnknown(permit, action, given, SuspensionGround)


def require_renewable(case: Case, action: PermitAction) -> None:
    """Refuse a renewal of a kind that is not renewed, or that is asked for while one is.

    Raises:
        RenewalAmiss: says which.
    """
    if case.limits.renewal(case.permit.kind) is None:
        raise RenewalAmiss(case.permit, action, "not renewed")
    if renewal_pending(case):
        raise RenewalAmiss(case.permit, action, "renewal asked already")


def require_renewal_asked(case: Case, action: PermitAction) -> None:
    """Refuse to decide on a renewal that nobody has asked for, or that is decided.

    Raises:
        RenewalAmiss: says so.
    """
    if not renewal_pending(case):
        raise RenewalAmiss(case.permit, action, "no renewal asked")


def require_warned(case: Case, action: PermitAction) -> None:
    """Refuse to add time of which nobody has warned since it was asked for.

    Raises:
        RenewalAmiss: says so.
    """
    its = (PermitAction.REQUEST_RENEWAL, PermitAction.PUBLISH_WARNING)
    latest = next((each.action for each in reversed(case.changes) if each.action in its), None)
    if latest is not PermitAction.PUBLISH_WARNING:
        raise RenewalAmiss(case.permit, action, "not warned")


def require_renewal_open(case: Case, action: PermitAction, at: datetime) -> None:
    """Refuse a renewal that is asked for before the time for it opens, where the rule set has one.

    Raises:
        RenewalTooEarly: says from when it may be.
    """
    opens = renewal_opens(case)
    if opens is not None and at < opens:
        raise RenewalTooEarly(case.permit, action, opens)


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
