"""What the report before a take-off is about: the flight of one day, within the plan of it if one is asked for."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from permits.daily_plan import DailyPlan, require_within_plan
from permits.deadlines import Case, planned_takeoff
from permits.issuing import SHANGHAI, legal_day
from permits.permit import DetailsRefused, PermitAction
from permits.reported_flight import ReportedFlight
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
    case: Case, action: PermitAction, said: Said, plan: DailyPlan | None
) -> ReportedFlight:
    """Return the flight that a report is about; its confirmation lasts as long, and no longer.

    It is over when the report says so, else with the plan, else with the day in Asia/Shanghai;
    with the validity, and after the longest time of a confirmation, at the latest.

    Raises:
        DetailsRefused, DetailInvalid: what is said of it is missing, or cannot be.
        NotPlanned, OutsidePlan: it needs the plan of its day, and has none or leaves it.
    """
    begins = takeoff_of(case, action, said)
    ends = _landing(case, action, said, begins) or _end_of(plan, begins)
    ends = min(ends, _latest_end(case, begins)).astimezone(UTC)
    flight = ReportedFlight(begins.astimezone(UTC), ends)
    planned = require_within_plan(case.permit, action, flight, plan)
    if planned is None:
        return flight
    return replace(flight, device_ids=planned.device_ids, max_height_agl_m=planned.max_height_agl_m)


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


def _end_of(plan: DailyPlan | None, begins: datetime) -> datetime:
    """Return the end of the plan, else of the day on which a flight takes off."""
    day = legal_day(begins)
    if plan is not None and plan.day == day:
        return datetime.combine(day, plan.ends, SHANGHAI)
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)
