"""The flight that is being reported: as its report says, within the plan of its day."""

from permits.issuing import legal_day
from permits.reported_flight import ReportedFlight
from permits.takeoff_report import reported_flight, takeoff_of
from zone_service.store.daily_plans import of_day
from zone_service.store.permit_step import Step


def reported_of(step: Step) -> ReportedFlight:
    """Return what a report before a take-off is about.

    Raises:
        NotPlanned, PlanNotApproved, OutsidePlan: a standing flight keeps to the plan of its day, as answered.
        DetailsRefused, DetailInvalid: what is said of it is missing, or cannot be.
    """
    day = legal_day(takeoff_of(step.case, step.action, step.details))
    plan = of_day(step.session, step.permit, day)
    return reported_flight(step.case, step.action, step.details, plan, step.at)
