"""What is due in a matter: by whom, and until when. Pure.

Days are counted as those of permits are (``permits.deadlines``). Nobody is refused for being late:
what is owed is shown as overdue, and still taken.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from math import ceil
from types import MappingProxyType

from permits.accident import Accident, is_grave
from permits.issuing import SHANGHAI, legal_day
from permits.matter import Matter, MatterChanged
from permits.matter_cycle import MATTER_MOVES
from permits.matter_states import MatterAction, MatterKind, MatterState
from permits.matter_step import MatterDeadline
from permits.permit import Family, Permit
from permits.remedies import NO_REMEDIES, RemedyRules
from permits.sheet import Sheet
from permits.time_limits import TimeLimits
from permits.transition import OWNER, Actor
from permits.working_calendar import Counted, Known, WorkingCalendar


@dataclass(frozen=True, slots=True)
class AccidentLimits:
    """How long the times of accidents are; what a rule set does not say is not counted."""

    grave: timedelta | None = None
    """To report a grave accident on a road, from when it happened."""
    flight: timedelta | None = None
    """To report an incident of a flight, from its landing."""
    vessel: timedelta | None = None
    report_wd: int | None = None
    """Working days for the full report, from the day of the accident."""
    analysis_wd: int | None = None
    """Working days for the analysis, from the day on which liability was decided."""
    stops: bool = False
    """Whether a vehicle stops until its reports are accepted."""


def accident_limits(sheet: Sheet) -> AccidentLimits:
    """Return the limits of a rule set."""
    hours, minutes = _number(sheet, "accident.grave_within_h"), "vessel.accident_within_min"
    flight_h, vessel_min = _number(sheet, "flight.incident_within_h"), _number(sheet, minutes)
    report_wd = _number(sheet, "accident.report_within_wd")
    analysis_wd = _number(sheet, "accident.analysis_within_wd")
    stops = sheet.parameters.get("accident.stops_at_once")
    return AccidentLimits(
        grave=None if hours is None else timedelta(hours=hours),
        flight=None if flight_h is None else timedelta(hours=flight_h),
        vessel=None if vessel_min is None else timedelta(minutes=vessel_min),
        report_wd=None if report_wd is None else ceil(report_wd),
        analysis_wd=None if analysis_wd is None else ceil(analysis_wd),
        stops=stops is not None and stops.value is True,
    )


def _number(sheet: Sheet, key: str) -> float | None:
    found = sheet.parameters.get(key)
    return float(found.value) if found and isinstance(found.value, float | int) else None


@dataclass(frozen=True, slots=True)
class MatterCase:
    """One matter with its permit, all that was done in it, and what its time is counted by."""

    matter: Matter
    permit: Permit
    changes: tuple[MatterChanged, ...]
    limits: TimeLimits
    calendar: WorkingCalendar
    accidents: AccidentLimits = AccidentLimits()
    remedies: RemedyRules = NO_REMEDIES
    """What can be done against which steps."""
    owners: tuple[str, ...] = ()
    """The organisations whose vehicles it is about, sorted; nobody where it names no vehicles."""


@dataclass(frozen=True, slots=True)
class MatterDue:
    """One time limit of a matter as it is now."""

    deadline: MatterDeadline
    at: datetime
    """UTC; this moment is still in time."""
    known: Known
    actors: frozenset[Actor]
    actions: tuple[MatterAction, ...]

    def is_overdue(self, at: datetime) -> bool:
        """Tell whether somebody owes it and is late."""
        return self.at < at


Limit = tuple[datetime, Known]


def matter_dues(case: MatterCase) -> tuple[MatterDue, ...]:
    """Return what is due in a matter in its state, the earliest first."""
    moves = MATTER_MOVES[case.matter.family].get(case.matter.state, {}).values()
    names = dict.fromkeys(name for step in moves for name in step.deadlines)
    found = []
    for name in names:
        limit = _COUNTS[name](case)
        if limit is not None:
            its = [step for step in moves if name in step.deadlines]
            actors = frozenset(actor for step in its for actor in step.actors)
            found.append(
                MatterDue(name, *limit, actors - _absent(case), tuple(step.action for step in its))
            )
    return tuple(sorted(found, key=lambda due: due.at))


def _absent(case: MatterCase) -> frozenset[Actor]:
    """Return whose part nobody has: but for a consortium who applied is the owner, and of several none is alone."""
    one_elses = len(case.owners) == 1 and case.owners != (case.matter.holder_id,)
    return frozenset() if one_elses else OWNER


def last_of(case: MatterCase, *states: MatterState) -> MatterChanged | None:
    """Return the step that last brought a matter into one of some states from another."""
    moves = (each for each in reversed(case.changes) if each.before is not each.after)
    return next((each for each in moves if each.after in states), None)


def _rectification(case: MatterCase) -> Limit | None:
    begun = last_of(case, MatterState.RECTIFICATION)
    if begun is None:
        return None
    last = legal_day(begun.at) + timedelta(days=case.limits.rectification_days)
    return _end_of(case.calendar.from_on(last))


def _further_decision(case: MatterCase) -> Limit | None:
    came_in = last_of(case, MatterState.SUBMITTED)
    if case.matter.kind is MatterKind.RENEWAL:
        return case.permit.terms.valid_to, Known.PUBLISHED
    return (
        None
        if came_in is None
        else _working(case, came_in.at, case.limits.decision(case.permit.kind))
    )


def _accident_first(case: MatterCase) -> Limit | None:
    accident, limits = case.matter.about, case.accidents
    if not isinstance(accident, Accident):
        return None
    grave = limits.grave if is_grave(accident) else None
    length = {
        Family.ROAD: grave,
        Family.FLIGHT: limits.flight,
        Family.RECORD: limits.flight,
        Family.EXEMPT: limits.flight,
        Family.VESSEL: limits.vessel,
    }[case.permit.family]
    if length is None:
        return None
    begins = accident.landed_at or accident.occurred_at
    return (begins + length).astimezone(UTC), Known.PUBLISHED


def _accident_report(case: MatterCase) -> Limit | None:
    accident, length = case.matter.about, case.accidents.report_wd
    if not isinstance(accident, Accident) or length is None or not _on_road(case):
        return None
    return _working(case, accident.occurred_at, length)


def _accident_analysis(case: MatterCase) -> Limit | None:
    decided, length = liability_decided(case), case.accidents.analysis_wd
    if decided is None or length is None or not _on_road(case):
        return None
    return _working(case, decided.at, length)


def liability_decided(case: MatterCase) -> MatterChanged | None:
    """Return the step by which the police decided who is liable; ``None`` before that."""
    its = (each for each in case.changes if each.action is MatterAction.DETERMINE_LIABILITY)
    return next(its, None)


def reported_late(case: MatterCase) -> bool:
    """Tell whether an accident was first reported after its time, whenever it came on record."""
    limit = _accident_first(case)
    its = (each for each in case.changes if each.action is MatterAction.REPORT)
    first = next(its, None)
    return limit is not None and first is not None and limit[0] < first.at


def hearing_asked_until(case: MatterCase) -> datetime | None:
    """Return until when a hearing may be asked for; ``None`` where the rule set names no time."""
    found = _hearing_request(case)
    return None if found is None else found[0]


def _hearing_request(case: MatterCase) -> Limit | None:
    said, length = last_of(case, MatterState.ANNOUNCED), case.limits.hearing_request_wd
    return None if said is None or length is None else _working(case, said.at, length)


def _hearing_held(case: MatterCase) -> Limit | None:
    asked, length = last_of(case, MatterState.ASKED_FOR), case.limits.hearing_held_wd
    return None if asked is None or length is None else _working(case, asked.at, length)


def _on_road(case: MatterCase) -> bool:
    """The instruments that ask for reports and analyses are those for vehicles."""
    return case.permit.family is Family.ROAD


def _working(case: MatterCase, since: datetime, length: int) -> Limit:
    return _end_of(case.calendar.after(legal_day(since), length, lambda _: False))


def _end_of(counted: Counted) -> Limit:
    end = datetime.combine(counted.day + timedelta(days=1), time(), SHANGHAI)
    return end.astimezone(UTC), counted.known


_COUNTS: Mapping[MatterDeadline, Callable[[MatterCase], Limit | None]] = MappingProxyType(
    {
        MatterDeadline.RECTIFICATION: _rectification,
        MatterDeadline.FURTHER_DECISION: _further_decision,
        MatterDeadline.ACCIDENT_FIRST: _accident_first,
        MatterDeadline.ACCIDENT_REPORT: _accident_report,
        MatterDeadline.ACCIDENT_ANALYSIS: _accident_analysis,
        MatterDeadline.HEARING_REQUEST: _hearing_request,
        MatterDeadline.HEARING_HELD: _hearing_held,
    }
)
