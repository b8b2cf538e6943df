"""What is due of a permit: by whom, until when, and what the law does when nobody acts.

A day that a time begins on is not counted; the last one is over at 24:00 in Asia/Shanghai, which is
still in time. Time before something is counted back from the beginning of its day, so that as many
whole days lie in between. Time of an authority is working days; where it is days, a last day that is
not worked moves to the next that is. While experts and the third party review, the clock of a
decision stands still: the day on which that begins still counts, the day on which it ends does not. What
begins on the last day moves that day to the one on which it ends.
"""

from calendar import monthrange
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
from permits.subject_reports import Owed, ReportOf, ReportRules, SubjectReportKind, owed
from permits.time_limits import TimeLimits
from permits.transition import APPLICANT, Actor, Deadline, Detail, Transition
from permits.working_calendar import Counted, Known, WorkingCalendar

REVIEWS = frozenset({PermitState.THIRD_PARTY_REVIEW, PermitState.EXPERT_REVIEW})
"""Their time does not count for a decision."""
FROM_THE_EDGE = frozenset(
    {Deadline.VALIDITY_BEGINS, Deadline.VALIDITY_ENDS, Deadline.RENEWAL_DECISION}
)
"""These are over at their moment, the others after it: ``valid_to`` is no longer valid."""
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
    reporting: ReportRules | None = None
    """``None`` where no reports are asked for."""
    filed: frozenset[ReportOf] = frozenset()
    """The reports that the holder has filed."""


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
    found += reports_due(case)
    return tuple(sorted(found, key=lambda due: (due.is_paused, due.limit.at or _LAST)))


def next_due(case: Case) -> Due | None:
    """Return the first that somebody owes, be it the law itself; ``None`` if nothing is counted."""
    owed = (due for due in open_deadlines(case) if not (due.is_window or due.is_paused))
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


def _deadline_of(each: Owed) -> Deadline:
    stage = each.which.kind is SubjectReportKind.STAGE
    return Deadline.STAGE_REPORT if stage else Deadline.FINAL_REPORT


def speaks(case: Case, step: Transition) -> bool:
    """Tell whether what comes about by itself does so under this rule set."""
    pending = step.before is PermitState.RENEWAL_PENDING
    match step.action:
        case PermitAction.DEEM_ACCEPTED:
            return case.limits.intake_accepts
        case PermitAction.DEEM_RENEWED:
            return case.limits.renewal_extends
        case PermitAction.EXPIRE if pending:
            return not case.limits.renewal_extends
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
    for change in reversed(case.changes):
        if change.action is PermitAction.REPORT_PRE_TAKEOFF:
            lead = timedelta(0) if _is_emergency(case) else case.limits.flight_report_before
            return change.at + lead
    return None


def latest_renewal(case: Case) -> datetime:
    """Return the latest end that a renewal may ask for: so many months after the present one."""
    ends = case.permit.terms.valid_to.astimezone(SHANGHAI)
    months = ends.month - 1 + case.limits.renewal_cap_months
    year, month = ends.year + months // 12, months % 12 + 1
    day = min(ends.day, monthrange(year, month)[1])
    return ends.replace(year=year, month=month, day=day).astimezone(UTC)


def asked_until(case: Case) -> datetime:
    """Return the end that the latest request for a renewal asks for; else the latest possible."""
    for change in reversed(case.changes):
        if change.action is PermitAction.REQUEST_RENEWAL and Detail.ASKED_UNTIL in change.details:
            return datetime.fromisoformat(change.details[Detail.ASKED_UNTIL])
    return latest_renewal(case)


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
    length = case.limits.decision_wd
    if was_extended(case):
        length += case.limits.decision_extension_wd
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


def _rectification(case: Case) -> Limit | None:
    stay = latest_stay(case, PermitState.RECTIFICATION)
    if stay is None:
        return None
    last = legal_day(stay.since) + timedelta(days=case.limits.rectification_days)
    return _end_of(case.calendar.from_on(last))


def _renewal_request(case: Case) -> Limit:
    # Art. 50 asks it of the applicant: Art. 82 makes working days of the authorities' time alone.
    ends = legal_day(case.permit.terms.valid_to)
    return _at(_start_of(ends - timedelta(days=case.limits.renewal_before_days)))


def _flight_application(case: Case) -> Limit | None:
    if _is_booked(case):
        return None
    if _is_emergency(case):
        return _at(case.permit.terms.valid_from - case.limits.emergency_apply_before)
    return _at(_day_before(case, case.limits.flight_apply_by))


def _flight_decision(case: Case) -> Limit | None:
    if _is_booked(case):
        return None
    if _is_emergency(case):
        return _at(case.permit.terms.valid_from - case.limits.emergency_answer_before)
    return _at(_day_before(case, case.limits.flight_decide_by))


def _flight_report(case: Case) -> Limit | None:
    """An emergency flight is answered minutes before: no hour can be asked of it (Art. 29)."""
    takeoff = planned_takeoff(case)
    if takeoff is None:
        return None
    return _at(takeoff if _is_emergency(case) else takeoff - case.limits.flight_report_before)


def _is_emergency(case: Case) -> bool:
    return case.permit.kind is PermitKind.EMERGENCY_FLIGHT


def _is_booked(case: Case) -> bool:
    """The airspace of a test base is booked: no text names a time for that."""
    return case.permit.kind is PermitKind.TEST_BASE_USE


def _day_before(case: Case, by: time) -> datetime:
    day = legal_day(case.permit.terms.valid_from) - timedelta(days=case.limits.flight_days_before)
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
        Deadline.RECTIFICATION: _rectification,
        Deadline.RENEWAL_REQUEST: _renewal_request,
        Deadline.RENEWAL_DECISION: lambda case: _at(case.permit.terms.valid_to),
        Deadline.VALIDITY_BEGINS: lambda case: _at(case.permit.terms.valid_from),
        Deadline.VALIDITY_ENDS: lambda case: _at(case.permit.terms.valid_to),
        Deadline.FLIGHT_APPLICATION: _flight_application,
        Deadline.FLIGHT_DECISION: _flight_decision,
        Deadline.FLIGHT_REPORT: _flight_report,
        Deadline.VESSEL_NOTICE: _vessel_notice,
    }
)
