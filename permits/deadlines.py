"""What is due of a permit: by whom, until when, and what the law does when nobody acts.

A day that a time begins on is not counted; the last one is over at 24:00 in Asia/Shanghai, which is
still in time. Time before something is counted back from the beginning of its day, so that as many
whole days lie in between. Time of an authority is working days; where it is days, a last day that is
not worked moves to the next that is. While experts and the third party review, the clock of a
decision stands still: the day on which that begins still counts, the day on which it ends does not. What
begins on the last day moves that day to the one on which it ends.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

from permits.issuing import SHANGHAI, legal_day
from permits.life import Stay, stays
from permits.permit import (
    TRANSITIONS,
    Family,
    Permit,
    PermitAction,
    PermitChanged,
    PermitKind,
    PermitState,
)
from permits.remedies import NO_REMEDIES, RemedyRules
from permits.subject_reports import Owed, ReportOf, ReportRules, SubjectReportKind, owed
from permits.time_limits import TimeLimits
from permits.transition import APPLICANT, DEPARTMENTS, Actor, Deadline, Detail, Transition
from permits.validity import months_later
from permits.working_calendar import Counted, Known, WorkingCalendar

REVIEWS = frozenset({PermitState.THIRD_PARTY_REVIEW, PermitState.EXPERT_REVIEW})
"""Their time does not count for a decision."""
FROM_THE_EDGE = frozenset(
    {
        Deadline.VALIDITY_BEGINS,
        Deadline.VALIDITY_ENDS,
        Deadline.RENEWAL_DECISION,
        Deadline.STRIKE_OFF,
        Deadline.CONFIRMATION_ENDS,
    }
)
"""These are over at their moment, the others after it: ``valid_to`` is no longer valid."""
_OF_RENEWALS = frozenset(
    {
        PermitAction.REQUEST_RENEWAL,
        PermitAction.RENEW,
        PermitAction.REFUSE_RENEWAL,
        PermitAction.DEEM_RENEWED,
        PermitAction.SUSPEND,
        PermitAction.CLOSE,
    }
)
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """One permit with all that was done to it, and what its time is counted by."""

    permit: Permit
    changes: tuple[PermitChanged, ...]
    limits: TimeLimits
    calendar: WorkingCalendar
    takeoff_at: datetime | None = None
    """When the flight that is being reported takes off; the first does when the validity begins."""
    urgent: bool = False
    """Whether the application that is being handed in states why its emergency is extreme."""
    reporting: ReportRules | None = None
    """``None`` where no reports are asked for."""
    filed: frozenset[ReportOf] = frozenset()
    """The reports that the holder has filed."""
    plan_answer_due: datetime | None = None
    """Until when the first plan of a day is to be answered that waits for it; ``None`` where none does."""
    remedies: RemedyRules = NO_REMEDIES
    """What can be done against which steps."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The end of a time, or what is left of it while its clock stands still."""

    at: datetime | None
    """UTC; ``None`` while the clock stands still."""
    known: Known
    """How well the days are known that it was counted by."""
    left_wd: int | None = None
    """Working days that are left while the clock stands still."""


@dataclass(frozen=True, slots=True)
class Due:
    """One time limit of a permit as it is now."""

    deadline: Deadline
    limit: Limit
    actors: frozenset[Actor]
    """Who may do what is due."""
    actions: tuple[PermitAction, ...]
    is_window: bool
    """Whether it is something that may be done until then, and that nobody owes."""
    by_law: PermitAction | None
    """What comes about by itself once it has passed."""

    @property
    def is_paused(self) -> bool:
        """Whether its clock stands still."""
        return self.limit.at is None

    def has_passed(self, at: datetime) -> bool:
        """Tell whether its moment is over."""
        end = self.limit.at
        if end is None:
            return False
        return end <= at if self.deadline in FROM_THE_EDGE else end < at

    def is_overdue(self, at: datetime) -> bool:
        """Tell whether somebody owes it and is late."""
        return not self.is_window and self.has_passed(at)


def open_deadlines(case: Case) -> tuple[Due, ...]:
    """Return what is due of a permit in its state, the earliest first, those that stand still last."""
    moves = TRANSITIONS[case.permit.family].get(case.permit.state, {})
    names = dict.fromkeys(name for step in moves.values() for name in step.deadlines)
    found = [due for name in names if (due := due_of(case, name, tuple(moves.values())))]
    found += [*reports_due(case), *plans_due(case)]
    return tuple(sorted(found, key=lambda due: (due.is_paused, due.limit.at or _LAST)))


def next_due(case: Case) -> Due | None:
    """Return the first that somebody owes, be it the law itself; ``None`` if nothing is counted.

    That it is struck off once it is over is nothing that anybody waits for.
    """
    found = (due for due in open_deadlines(case) if due.deadline is not Deadline.STRIKE_OFF)
    owed = (due for due in found if not (due.is_window or due.is_paused))
    return next(owed, None)


def due_of(case: Case, name: Deadline, steps: tuple[Transition, ...]) -> Due | None:
    """Return one time limit of the steps that have it; ``None`` where it is not counted."""
    limit = _COUNTS[name](case)
    if limit is None:
        return None
    its = [step for step in steps if name in step.deadlines]
    ours = [step for step in its if not step.by_law]
    by_law = next((step.action for step in its if step.by_law and speaks(case, step)), None)
    if not ours and by_law is None:
        return None
    return Due(
        name,
        limit,
        frozenset(actor for step in (ours or its) for actor in step.actors),
        tuple(step.action for step in (ours or its)),
        all(step.is_window for step in its),
        by_law,
    )


def reports_due(case: Case) -> Iterator[Due]:
    """Yield until when the holder owes reports, whatever state the permit is in."""
    if case.reporting is None:
        return
    for each in owed(case.permit, case.changes, case.reporting, case.filed):
        limit = _end_of(case.calendar.from_on(each.last_day))
        yield Due(_deadline_of(each), limit, APPLICANT, (), is_window=False, by_law=None)


def plans_due(case: Case) -> Iterator[Due]:
    """Yield until when departments owe their answer to a plan, whatever state the permit is in."""
    if case.plan_answer_due is not None:
        limit = _at(case.plan_answer_due)
        yield Due(Deadline.PLAN_ANSWER, limit, DEPARTMENTS, (), is_window=False, by_law=None)


def _deadline_of(each: Owed) -> Deadline:
    stage = each.which.kind is SubjectReportKind.STAGE
    return Deadline.STAGE_REPORT if stage else Deadline.FINAL_REPORT


def speaks(case: Case, step: Transition) -> bool:
    """Tell whether what comes about by itself does so under this rule set."""
    match step.action:
        case PermitAction.DEEM_ACCEPTED:
            return case.limits.intake_accepts
        case PermitAction.DEEM_RENEWED:
            return _silence_extends(case)
        case PermitAction.EXPIRE if renewal_pending(case):
            return not _silence_extends(case)
        case _:
            return True


def planned_takeoff(case: Case) -> datetime | None:
    """Return when the next flight takes off; ``None`` after the first where nobody has said."""
    if case.takeoff_at is not None:
        return case.takeoff_at
    flown = any(change.action is PermitAction.LAND for change in case.changes)
    return None if flown else case.permit.terms.valid_from


def flight_cut_off(case: Case) -> datetime | None:
    """Return until when a flight could be applied for; ``None`` for what has no such moment."""
    limit = _flight_application(case) if case.permit.family is Family.FLIGHT else None
    return None if limit is None else limit.at


def whole_working_days(case: Case, given: datetime) -> int:
    """Return how many whole working days lie between a moment and the day on which a validity begins."""
    day, begins = legal_day(given), legal_day(case.permit.terms.valid_from)
    if given != _start_of(day):
        day += timedelta(days=1)
    days = (day + timedelta(days=number) for number in range((begins - day).days))
    return sum(map(case.calendar.is_working, days))


def earliest_takeoff(case: Case) -> datetime | None:
    """Return from when a reported flight may take off; ``None`` where nothing was reported."""
    flight = case.permit.terms.flight
    for change in reversed(case.changes):
        if change.action is PermitAction.REPORT_PRE_TAKEOFF:
            lead = timedelta(0) if _is_emergency(case) else case.limits.flight.report_before
            least = change.at + lead
            return least if flight is None else max(least, flight.begins)
    return None


def renewal_pending(case: Case) -> bool:
    """Tell whether a renewal was asked for that nobody has decided.

    A flight goes on in its states meanwhile; what is suspended or closed waits for none any more.
    """
    if case.permit.state is PermitState.RENEWAL_PENDING:
        return True
    its = (each.action for each in reversed(case.changes) if each.action in _OF_RENEWALS)
    return next(its, None) is PermitAction.REQUEST_RENEWAL


def latest_renewal(case: Case) -> datetime:
    """Return the latest end that a renewal may ask for: so many months after the present one."""
    limits = case.limits.renewal(case.permit.kind)
    months = case.limits.renewal_cap_months if limits is None else limits.cap_months
    return months_later(case.permit.terms.valid_to, months)


def renewal_opens(case: Case) -> datetime | None:
    """Return from when a renewal may be asked for; ``None`` where it may be at any time."""
    limits = case.limits.renewal(case.permit.kind)
    months = None if limits is None else limits.opens_months
    return None if months is None else months_later(case.permit.terms.valid_to, -months)


def asked_until(case: Case) -> datetime:
    """Return the end that the latest request for a renewal asks for; else the latest possible."""
    return _said_until(case) or latest_renewal(case)


def _said_until(case: Case) -> datetime | None:
    """Return the end that the latest request for a renewal names, if it names one."""
    asked = renewal_asked(case)
    said = asked.details.get(Detail.ASKED_UNTIL) if asked else None
    return datetime.fromisoformat(said) if said else None


def renewal_asked(case: Case) -> PermitChanged | None:
    """Return the latest request for a renewal; ``None`` where there was none."""
    its = (each for each in reversed(case.changes) if each.action is PermitAction.REQUEST_RENEWAL)
    return next(its, None)


def renewed_at_least(case: Case) -> datetime:
    """Return the end that a renewal must be able to bring: that asked for, else a day more than now.

    Where nobody has named an end it lasts as long as it may, and no longer than its papers.
    """
    until = _said_until(case)
    return until or case.permit.terms.valid_to + timedelta(days=1)


def was_extended(case: Case) -> bool:
    """Tell whether the time for the decision was extended since the application was accepted."""
    for change in reversed(case.changes):
        if change.action is PermitAction.EXTEND_TIME:
            return True
        if change.after is PermitState.ACCEPTED and change.before is not PermitState.ACCEPTED:
            return False
    return False


def _decision(case: Case) -> Limit | None:
    accepted = latest_stay(case, PermitState.ACCEPTED)
    if accepted is None:
        return None
    length = case.limits.decision(case.permit.kind, extended=was_extended(case))
    start = legal_day(accepted.since)
    pauses = [each for each in stays(case.changes) if _pauses(case, each, accepted)]
    over = [(legal_day(each.since), legal_day(each.until)) for each in pauses if each.until]

    def skipped(day: date) -> bool:
        return any(begins < day <= ends for begins, ends in over)

    counted = case.calendar.after(start, length, skipped)
    last = _after_the_reviews(case, counted, over)
    halted = next((legal_day(each.since) for each in pauses if each.until is None), None)
    if halted is None or last.day < halted:
        return _end_of(last)
    gone = sum(
        case.calendar.is_working(day) and not skipped(day) for day in _days_between(start, halted)
    )
    return Limit(None, case.calendar.known(halted), length - gone)


def _after_the_reviews(case: Case, last: Counted, over: list[tuple[date, date]]) -> Counted:
    """A review that begins on the last day takes none away: that day comes again when it ends."""
    for begins, ends in over:
        if begins == last.day < ends:
            worked = case.calendar.from_on(ends)
            last = Counted(worked.day, min(worked.known, last.known))
    return last


def _pauses(case: Case, stay: Stay, accepted: Stay) -> bool:
    return case.limits.reviews_pause and stay.state in REVIEWS and stay.since >= accepted.since


def _days_between(start: date, end: date) -> Iterator[date]:
    """Yield the days after one, to the other."""
    for number in range(1, (end - start).days + 1):
        yield start + timedelta(days=number)


def _since(
    state: PermitState, length: Callable[[TimeLimits], int]
) -> Callable[[Case], Limit | None]:
    """Count working days from when a permit came into a state."""

    def counted(case: Case) -> Limit | None:
        stay = latest_stay(case, state)
        if stay is None:
            return None
        day = legal_day(stay.since)
        return _end_of(case.calendar.after(day, length(case.limits), lambda _: False))

    return counted


def _days_since(
    state: PermitState, length: Callable[[TimeLimits], int | None]
) -> Callable[[Case], Limit | None]:
    """Count days from when a permit came into a state."""

    def counted(case: Case) -> Limit | None:
        stay, days = latest_stay(case, state), length(case.limits)
        if stay is None or days is None:
            return None
        return _end_of(case.calendar.from_on(legal_day(stay.since) + timedelta(days=days)))

    return counted


def _strike_off(case: Case) -> Limit | None:
    ended = latest_stay(case, case.permit.state)
    return None if ended is None else _at(ended.since + case.limits.strike_off_after)


def _renewal_request(case: Case) -> Limit | None:
    limits = case.limits.renewal(case.permit.kind)
    if limits is None or renewal_pending(case):
        return None
    # Art. 50 asks it of the applicant: Art. 82 makes working days of the authorities' time alone.
    ends = legal_day(case.permit.terms.valid_to) - timedelta(days=limits.before_days)
    if not limits.before_wd:
        return _at(_start_of(ends))
    counted = case.calendar.before(ends, limits.before_wd)
    return _at(_start_of(counted.day), counted.known)


def _renewal_decision(case: Case) -> Limit | None:
    return _at(case.permit.terms.valid_to) if renewal_pending(case) else None


def _silence_extends(case: Case) -> bool:
    limits = case.limits.renewal(case.permit.kind)
    return limits is not None and limits.extends


def _flight_application(case: Case) -> Limit | None:
    if _is_booked(case):
        return None
    if is_extreme(case):
        return None
    if _is_emergency(case):
        return _at(case.permit.terms.valid_from - case.limits.flight.emergency_apply_before)
    return _at(_day_before(case, case.limits.flight.apply_by))


def _flight_decision(case: Case) -> Limit | None:
    if _is_booked(case):
        return None
    if is_extreme(case):
        return None
    if _is_emergency(case):
        return _at(case.permit.terms.valid_from - case.limits.flight.emergency_answer_before)
    return _at(_day_before(case, case.limits.flight.decide_by))


def _flight_report(case: Case) -> Limit | None:
    """An emergency flight is answered minutes before: no hour can be asked of it (Art. 29)."""
    takeoff = planned_takeoff(case)
    if takeoff is None:
        return None
    return _at(takeoff if _is_emergency(case) else takeoff - case.limits.flight.report_before)


def _confirmation_ends(case: Case) -> Limit | None:
    """Reports of before flights were kept with the terms say no end, but that of the validity."""
    flight = case.permit.terms.flight
    return None if flight is None else _at(flight.ends)


def _is_emergency(case: Case) -> bool:
    return case.permit.kind is PermitKind.EMERGENCY_FLIGHT


def is_extreme(case: Case) -> bool:
    """Tell whether a flight is so urgent that no time is asked of it, by what was handed in last."""
    handed_in = (each for each in reversed(case.changes) if each.action is PermitAction.SUBMIT)
    last = next(handed_in, None)
    stated = case.urgent or (last is not None and Detail.URGENT_GROUND in last.details)
    return stated and _is_emergency(case) and case.limits.flight.emergency_any_time


def _is_booked(case: Case) -> bool:
    """The airspace of a test base is booked: no text names a time for that."""
    return case.permit.kind is PermitKind.TEST_BASE_USE


def _day_before(case: Case, by: time) -> datetime:
    day = legal_day(case.permit.terms.valid_from) - timedelta(days=case.limits.flight.days_before)
    return datetime.combine(day, by, SHANGHAI)


def _vessel_notice(case: Case) -> Limit:
    begins = legal_day(case.permit.terms.valid_from)
    counted = case.calendar.before(begins, case.limits.vessel_notice_wd)
    return _at(_start_of(counted.day), counted.known)


def latest_stay(case: Case, state: PermitState) -> Stay | None:
    """Return when a permit was last in a state; ``None`` if it never was."""
    return next((each for each in reversed(stays(case.changes)) if each.state is state), None)


def _end_of(counted: Counted) -> Limit:
    return _at(_start_of(counted.day + timedelta(days=1)), counted.known)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _at(moment: datetime, known: Known = Known.PUBLISHED) -> Limit:
    return Limit(moment.astimezone(UTC), known)


_COUNTS: Mapping[Deadline, Callable[[Case], Limit | None]] = MappingProxyType(
    {
        Deadline.INTAKE: _since(PermitState.SUBMITTED, lambda limits: limits.intake_wd),
        Deadline.THIRD_PARTY: _since(
            PermitState.THIRD_PARTY_REVIEW, lambda limits: limits.third_party_wd
        ),
        Deadline.DECISION: _decision,
        Deadline.DELIVERY: _since(PermitState.APPROVED, lambda limits: limits.delivery_wd),
        Deadline.RECTIFICATION: _days_since(
            PermitState.RECTIFICATION, lambda limits: limits.rectification_days
        ),
        Deadline.RENEWAL_REQUEST: _renewal_request,
        Deadline.RENEWAL_DECISION: _renewal_decision,
        Deadline.VALIDITY_BEGINS: lambda case: _at(case.permit.terms.valid_from),
        Deadline.VALIDITY_ENDS: lambda case: _at(case.permit.terms.valid_to),
        Deadline.STRIKE_OFF: _strike_off,
        Deadline.FLIGHT_APPLICATION: _flight_application,
        Deadline.FLIGHT_DECISION: _flight_decision,
        Deadline.FLIGHT_REPORT: _flight_report,
        Deadline.CONFIRMATION_ENDS: _confirmation_ends,
        Deadline.VESSEL_NOTICE: _vessel_notice,
        Deadline.VESSEL_DECISION: _days_since(
            PermitState.NOTIFIED, lambda limits: limits.vessel_decision_days
        ),
    }
)
