"""Daily plans under standing flights, and what departments answer to them."""

from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Query, Response
from pydantic import AwareDatetime

from permits.plan_answers import PlanFile
from zone_service.auth import Anybody, Applicant, Voter
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.routes.conditions import EDITS, SeenTag, SeenTagOrNone
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.reviews import provisos_of
from zone_service.routes.submitting import Router
from zone_service.schemas.daily_plans import (
    AwaitedPlanShown,
    DailyPlanGiven,
    DailyPlanShown,
    PlanAnswerGiven,
)
from zone_service.schemas.fields import Page
from zone_service.services import Services, services_of
from zone_service.store import daily_plans, plan_answers
from zone_service.store.errors import InvalidValue, NotFound
from zone_service.store.records import Principal

router = Router(prefix="/api", tags=["permits"])
Served = Annotated[Services, Depends(services_of)]
Number = Annotated[str, Path(max_length=64)]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
FOUND = REFUSED | errors(HTTPStatus.NOT_FOUND)
CHANGES = FOUND | errors(HTTPStatus.CONFLICT) | EDITS


@router.get("/daily-plans", responses=REFUSED)
def list_plans_to_answer(
    principal: Voter,
    services: Served,
    number: Annotated[str | None, Query(max_length=64, description="Of this permit.")] = None,
    day: Annotated[date | None, Query(description="Of this day in Shanghai.")] = None,
    due_before: Annotated[
        AwareDatetime | None, Query(description="Only what is to be answered before.")
    ] = None,
    after: After = "",
    limit: Limit = 100,
    *,
    overdue: Annotated[bool, Query(description="Only what is late by now.")] = False,
) -> Page[AwaitedPlanShown]:
    """Return the plans that wait for the answer of one's department, by day and permit."""
    at = now()
    with services.store.read() as session:
        found = plan_answers.awaiting(
            session, principal, at, after, limit,
            number=number, day=day, due_before=due_before, overdue=overdue,
        )  # fmt: skip
    return Page(
        items=[AwaitedPlanShown.of(each, at) for each in found],
        next=following([each.place for each in found], limit),
    )


@router.get("/permits/{number}/daily-plans", responses=FOUND)
def list_daily_plans(
    number: Number,
    principal: Anybody,
    services: Served,
    since: date | None = None,
    after: After = "",
    limit: Limit = 100,
) -> Page[DailyPlanShown]:
    """Return the plans of a standing flight by their days, with what was answered to each."""
    at = now()
    with services.store.read() as session:
        found = daily_plans.plans(session, principal, number, since, after=_day(after), limit=limit)
    return Page(
        items=[DailyPlanShown.of(each, principal, at) for each in found],
        next=following([str(each.plan.day) for each in found], limit),
    )


@router.get("/permits/{number}/daily-plans/{day}", responses=FOUND)
def get_daily_plan(
    number: Number, day: date, principal: Anybody, services: Served, response: Response
) -> DailyPlanShown:
    """Return the plan of a day; another one in its place, and an answer to it, depend on its ETag."""
    with services.store.read() as session:
        found = daily_plans.plans(session, principal, number, day, limit=1)
    if not found or found[0].plan.day != day:
        raise NotFound(what="daily plan", key=f"{number} {day}")
    return _shown(found[0], principal, response)


@router.put("/permits/{number}/daily-plans/{day}", responses=CHANGES)
def file_daily_plan(
    number: Number,
    day: date,
    given: DailyPlanGiven,
    principal: Applicant,
    services: Served,
    seen: SeenTagOrNone,
    response: Response,
) -> DailyPlanShown:
    """File the plan of a day, or another in its place, by the cut-off of a day before it.

    Whoever has answered the one before is to answer this one anew.
    """
    plan = given.plan(day)
    with services.store.write() as session:
        under = services.rules.ruling(session)
        made = daily_plans.file(session, principal, number, plan, now(), under=under, expected=seen)
    return _shown(made, principal, response)


@router.post("/permits/{number}/daily-plans/{day}/answers", responses=CHANGES)
def answer_daily_plan(
    number: Number,
    day: date,
    given: PlanAnswerGiven,
    principal: Voter,
    services: Served,
    seen: SeenTag,
    response: Response,
) -> DailyPlanShown:
    """Answer the plan of a day for one's department, once; it is meant for the plan that was seen."""
    conditions = provisos_of(given.conditions)
    with services.store.write() as session:
        found = plan_answers.answer(
            session,
            principal,
            number,
            day,
            given.choice,
            now(),
            reason=given.reason,
            conditions=conditions,
            department=given.department,
            expected=seen,
        )
    return _shown(found, principal, response)


def _shown(found: PlanFile, principal: Principal, response: Response) -> DailyPlanShown:
    response.headers["ETag"] = f'"{found.tag}"'
    return DailyPlanShown.of(found, principal, now())


def _day(after: str) -> date | None:
    try:
        return date.fromisoformat(after) if after else None
    except ValueError:
        raise InvalidValue(why="no such page", found=after) from None
