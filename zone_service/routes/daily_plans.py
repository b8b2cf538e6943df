"""Daily plans under standing flights."""

from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path

from zone_service.auth import Anybody, Applicant
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.routes.submitting import Router
from zone_service.schemas.daily_plans import DailyPlanGiven, DailyPlanShown
from zone_service.services import Services, services_of
from zone_service.store import daily_plans

router = Router(prefix="/api/permits/{number}/daily-plans", tags=["permits"])
Served = Annotated[Services, Depends(services_of)]
Number = Annotated[str, Path(max_length=64)]

FOUND = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


@router.get("", responses=FOUND)
def list_daily_plans(
    number: Number, principal: Anybody, services: Served, since: date | None = None
) -> list[DailyPlanShown]:
    """Return the plans of a standing flight by their days."""
    with services.store.read() as session:
        found = daily_plans.plans(session, principal, number, since)
    return [DailyPlanShown.of(each) for each in found]


@router.put("/{day}", responses=FOUND)
def file_daily_plan(
    number: Number, day: date, given: DailyPlanGiven, principal: Applicant, services: Served
) -> DailyPlanShown:
    """File the plan of a day, or another in its place, by the cut-off of a day before it."""
    with services.store.write() as session:
        under = services.rules.ruling(session)
        made = daily_plans.file(session, principal, number, given.plan(day), now(), under=under)
    return DailyPlanShown.of(made)
