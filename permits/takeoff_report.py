"""What the report before a take-off is about: the flight of one day, within the plan of it if one is asked for."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from permits.deadlines import Case, planned_takeoff
from permits.issuing import SHANGHAI, legal_day
from permits.permit import DetailsRefused, PermitAction
from permits.plan_answers import PlanFile, as_flown, outcome_of, windows
from permits.plan_checks import require_within_plan
from permits.reported_flight import ReportedFlight
from permits.review import Approved
from permits.step_checks import DetailInvalid, moment_of
from permits.transition import Detail

Said = Mapping[Detail, str]


def takeoff_of(case: Case, action: PermitAction, said: Said) -> datetime:
    """Return when the reported flight takes off; the first does when the validity begins.

    Raises:
        DetailsRefused: another one does not say when.
        DetailInvalid: what is said is no moment.
    """
    if Detail.TAKEOFF_AT in said:
        return moment_of(case.permit, action, Detail.TAKEOFF_AT, said)
    planned = planned_takeoff(case)
    if planned is None:
        raise DetailsRefused(case.permit, action, {Detail.TAKEOFF_AT}, set())
    return planned


def reported_flight(
    case: Case, action: PermitAction, said: Said, plan: PlanFile | None, at: datetime
) -> ReportedFlight:
    """Return the flight that a report is about; its confirmation lasts as long, and no longer.

    It is over when the report says so, else with the plan, else with the day in Asia/Shanghai;
    with the validity, and after the longest time of a confirmation, at the latest. ``plan`` is as it
    was answered ``at`` the moment of the report.

    Raises:
        DetailsRefused, DetailInvalid: what is said of it is missing, or cannot be.
        NotPlanned, PlanNotApproved, OutsidePlan: it needs the plan of its day, approved, and keeps to it.
    """
    begins = takeoff_of(case, action, said)
    ends = _landing(case, action, said, begins) or _end_of(plan, begins, at)
    ends = min(ends, _latest_end(case, begins)).astimezone(UTC)
    flight = ReportedFlight(begins.astimezone(UTC), ends)
    day = require_within_plan(case.permit, action, flight, plan, at)
    return flight if day is None else as_flown(flight, case.permit.terms, day)


def _landing(case: Case, action: PermitAction, said: Said, begins: datetime) -> datetime | None:
    if Detail.LANDING_AT not in said:
        return None
    given = moment_of(case.permit, action, Detail.LANDING_AT, said)
    latest = _latest_end(case, begins)
    if not begins < given <= latest:
        raise DetailInvalid(
            case.permit, action, Detail.LANDING_AT, said[Detail.LANDING_AT], moment=True,
            begins=begins, ends=latest,
        )  # fmt: skip
    return given


def _latest_end(case: Case, begins: datetime) -> datetime:
    """Return when what is confirmed is over, whatever is said of it."""
    ends, longest = case.permit.terms.valid_to, case.limits.flight.confirmation_max
    return ends if longest is None else min(ends, begins + longest)


def _end_of(plan: PlanFile | None, begins: datetime, at: datetime) -> datetime:
    """Return the end of the hours of the plan that it takes off in, else of the day of the take-off."""
    outcome = None if plan is None else outcome_of(plan, at)
    hours = windows(outcome.terms) if isinstance(outcome, Approved) else ()
    of_the_day = datetime.combine(legal_day(begins) + timedelta(days=1), time(), SHANGHAI)
    return next((ends for start, ends in hours if start <= begins < ends), of_the_day)
