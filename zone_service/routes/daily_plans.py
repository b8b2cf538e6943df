"""Daily plans under standing flights."""

from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Response

from permits.daily_plan import DailyPlan
from zone_service.auth import Anybody, Applicant
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.routes.conditions import EDITS, SeenTagOrNone
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.daily_plans import DailyPlanGiven, DailyPlanShown
from zone_service.schemas.fields import Page
from zone_service.services import Services, services_of
from zone_service.store import daily_plans
from zone_service.store.errors import InvalidValue, NotFound

router = Router(prefix="/api/permits/{number}/daily-plans", tags=["permits"])
Served = Annotated[Services, Depends(services_of)]
Number = Annotated[str, Path(max_length=64)]

FOUND = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


@router.get("", responses=FOUND)
def list_daily_plans(
    number: Number,
    principal: Anybody,
    services: Served,
    since: date | None = None,
    after: After = "",
    limit: Limit = 100,
) -> Page[DailyPlanShown]:
    """Return the plans of a standing flight by their days."""
    with services.store.read() as session:
        found = daily_plans.plans(session, principal, number, since, after=_day(after), limit=limit)
    return Page(
        items=[DailyPlanShown.of(each) for each in found],
        next=following([str(each.day) for each in found], limit),
    )


@router.get("/{day}", responses=FOUND)
def get_daily_plan(
    number: Number, day: date, principal: Anybody, services: Served, response: Response
) -> DailyPlanShown:
    """Return the plan of a day; its ETag is what another one in its place depends on."""
    with services.store.read() as session:
        found = daily_plans.plans(session, principal, number, day, limit=1)
    if not found or found[0].day != day:
        raise NotFound(what="daily plan", key=f"{number} {day}")
    return _shown(found[0], response)


@router.put("/{day}", responses=FOUND | EDITS)
def file_daily_plan(
    number: Number,
    day: date,
    given: DailyPlanGiven,
    principal: Applicant,
    services: Served,
    seen: SeenTagOrNone,
    response: Response,
) -> DailyPlanShown:
    """File the plan of a day, or another in its place, by the cut-off of a day before it."""
    plan = given.plan(day)
    with services.store.write() as session:
        under = services.rules.ruling(session)
        made = daily_plans.file(session, principal, number, plan, now(), under=under, expected=seen)
    return _shown(made, response)


def _shown(plan: DailyPlan, response: Response) -> DailyPlanShown:
    response.headers["ETag"] = f'"{daily_plans.tag_of(plan)}"'
    return DailyPlanShown.of(plan)


def _day(after: str) -> date | None:
    try:
        return date.fromisoformat(after) if after else None
    except ValueError:
        raise InvalidValue(why="no such page", found=after) from None
