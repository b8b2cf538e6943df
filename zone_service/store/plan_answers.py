"""Plans of days as departments answer them: what waits for whom, and until when."""

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import tuple_
from sqlmodel import Session, and_, col, func, or_, select

from permits.daily_plan import MAY_PLAN, hours_of
from permits.deadlines import Case
from permits.department import Department
from permits.issuing import legal_day
from permits.plan_answers import PlanAnswer, PlanFile, Silence, state_of
from permits.plan_checks import require_step
from permits.plan_states import PlanAction, PlanState
from permits.provisos import NONE, Provisos
from permits.review import Choice, NotYourBallot, ReviewClosed, Vote, Voter, cast
from permits.states import PermitKind
from zone_service.store import audit, daily_plans, history, plan_ballots
from zone_service.store.errors import InvalidValue, NotFound, Stale
from zone_service.store.records import AwaitedPlan, Principal, department_of
from zone_service.store.revisions import bump
from zone_service.store.scoping import one, page_size
from zone_service.store.tables import DailyPlanRow, PermitRow, PlanAnswerRow

_MOST = 2000
"""Characters on record: a longer reason stands with the answer in full."""


def answer(
    session: Session,
    principal: Principal,
    number: str,
    day: date,
    said: PlanAnswer,
    at: datetime,
    *,
    reason: str = "",
    conditions: Provisos = NONE,
    department: Department | None = None,
    expected: Container[str] | None = None,
) -> PlanFile:
    """Answer the plan of a day for the principal's department: once, and not on its own file.

    ``department`` is whose answer is meant, where that is said; nobody answers for another.

    Raises:
        NotFound: there is no permit that the principal may see, or no plan of the day.
        Stale: the tag of the plan is none of those ``expected``: another was filed, or answered.
        ReviewError: the answer does not count; its kind says why, and what was expected.
        PlanNotAllowed: the plan is decided.
    """
    # First of all: who answers, files or reports at the same time waits here, and then sees this.
    bump(session, "permits")
    permit = history.permit_of(one(session, PermitRow, principal, number))
    found = daily_plans.of_day(session, permit, day)
    if found is None:
        raise NotFound(what="daily plan", key=f"{number} {day}")
    if expected is not None and found.tag not in expected:
        raise Stale(why="plan moved on", number=number, day=day)
    vote = Vote(
        _meant(principal, found, department),
        Choice(said),
        Voter(principal.username, principal.organisation_id, department_of(principal)),
        at,
        reason,
        conditions,
    )
    after = replace(found, review=cast(found.review, vote))
    if hours_of(found.plan)[1] <= at:
        raise ReviewClosed(why="closed", number=found.review.number)
    require_step(permit, found, PlanAction.ANSWER, at)
    plan_ballots.write(session, session.get_one(DailyPlanRow, (number, day)), vote)
    told = f"plan {found.review.round}, {vote.department}: – → {said}, "
    told += f"{PlanState.FILED} → {state_of(after, at)}" + (f": {reason}" if reason else "")
    audit.record(session, principal, "daily-plan.answer", f"{number} {day}", at, told[:_MOST])
    return after


def awaiting(
    session: Session,
    principal: Principal,
    at: datetime,
    after: str = "",
    limit: int = 100,
    *,
    number: str | None = None,
    day: date | None = None,
    due_before: datetime | None = None,
    overdue: bool = False,
) -> tuple[AwaitedPlan, ...]:
    """Return the plans that wait for the answer of the principal's department, by day and permit.

    Whoever is of no department has none. Plans of days that are over wait for nobody. ``due_before``
    and ``overdue``: only those to be answered before a moment, or late by now.

    Raises:
        InvalidValue: ``after`` is no place of a plan.
    """
    own = department_of(principal)
    if own is None:
        return ()
    row = DailyPlanRow
    asked = _waiting(at).where(PlanAnswerRow.department == own.value)
    if after:
        asked = asked.where(tuple_(col(row.day), col(row.number)) > _place(after))
    if number is not None:
        asked = asked.where(row.number == number)
    if day is not None:
        asked = asked.where(row.day == day)
    if due_before is not None:
        asked = asked.where(col(row.answer_until) < due_before)
    if overdue:
        asked = asked.where(col(row.answer_until) < at)
    ordered = asked.order_by(col(row.day), col(row.number)).limit(page_size(limit))
    return tuple(
        AwaitedPlan(
            number=plan.number,
            holder_id=holder_id,
            plan=daily_plans.plan_of(plan),
            department=own,
            mandatory=mandatory,
            filed_at=plan.filed_at,
            answer_until=plan.answer_until,
        )
        for plan, holder_id, mandatory in session.exec(ordered)
    )


def with_plans(session: Session, cases: Sequence[Case], at: datetime) -> tuple[Case, ...]:
    """Return cases with until when the first plan is to be answered that waits under each."""
    standing = PermitKind.STANDING_FLIGHT
    numbers = [each.permit.number for each in cases if each.permit.kind is standing]
    if not numbers:
        return tuple(cases)
    row = DailyPlanRow
    found = session.exec(
        _waiting(at, col(row.number), func.min(col(row.answer_until)))
        .where(col(row.number).in_(numbers), col(PlanAnswerRow.mandatory))
        .group_by(col(row.number))
    )
    due: dict[str, datetime] = dict(found.all())
    return tuple(replace(e, plan_answer_due=due.get(e.permit.number)) for e in cases)


def late_numbers(at: datetime) -> Any:
    """Ask for the permits under which a department that must answer a plan is late at a moment."""
    asked = _waiting(at, col(DailyPlanRow.number))
    late = col(DailyPlanRow.answer_until) < at
    # Permits are asked for inside of it, and those of whoever asks for permits by it are others.
    return asked.where(col(PlanAnswerRow.mandatory), late).correlate(None)


def _waiting(at: datetime, *fields: Any) -> Any:
    """Ask for the plans that wait for an answer at a moment.

    Not those whose day is over, nor those that silence has refused; of an opinion, only until the time
    to answer is over, for nobody waits for it longer.
    """
    row, its = DailyPlanRow, PlanAnswerRow
    in_time = col(row.answer_until) >= at
    waits_on = and_(col(its.mandatory), row.silence == Silence.NO_TAKE_OFF.value)
    chosen = fields or (row, col(PermitRow.holder_id), col(its.mandatory))
    return (
        select(*chosen)
        .select_from(row)
        .join(
            its,
            and_(
                col(its.number) == col(row.number),
                col(its.day) == col(row.day),
                col(its.filing) == col(row.filing),
            ),
        )
        .join(PermitRow, col(PermitRow.number) == col(row.number))
        .where(
            col(its.choice).is_(None),
            col(row.day) >= legal_day(at),
            or_(in_time, waits_on),
            col(PermitRow.state).in_({state.value for state in MAY_PLAN}),
        )
    )


def _meant(principal: Principal, found: PlanFile, department: Department | None) -> Department:
    meant = department or department_of(principal)
    if meant is None:
        have_one = tuple(each.department for each in found.review.ballots)
        raise NotYourBallot(why="no department", voter=principal.username, expected=have_one)
    return meant


def _place(after: str) -> tuple[date, str]:
    day, _, number = after.partition("/")
    try:
        return date.fromisoformat(day), number
    except ValueError:
        raise InvalidValue(why="no such page", found=after) from None
