"""Daily plans under standing flights: one a day, filed anew until the cut-off, and answered each."""

import json
from collections.abc import Container, Sequence
from datetime import date, datetime, time

from sqlmodel import Session, col, select

from permits.daily_plan import MAY_PLAN, DailyPlan, answer_by, faults
from permits.issuing import Ruling
from permits.paper_words import PapersRefused
from permits.permit import Permit
from permits.plan_answers import PlanFile, Silence, answering, silence_of, terms_of_day
from permits.plan_checks import require_not_reported
from permits.review import NoReviewers, Review
from permits.time_limits import time_limits
from zone_service.store import audit, ballots, history, places, plan_ballots
from zone_service.store.errors import Stale
from zone_service.store.records import Principal
from zone_service.store.revisions import bump
from zone_service.store.scoping import one, page_size, require_own
from zone_service.store.tables import DailyPlanRow, PermitRow


def file(
    session: Session,
    principal: Principal,
    number: str,
    plan: DailyPlan,
    at: datetime,
    *,
    under: Ruling,
    expected: Container[str] | None = None,
) -> PlanFile:
    """File the plan of a day, or another in its place, before its cut-off.

    Each department that the rule set names is to answer it then; what was answered to the plan before
    it stays on record and counts no more.

    Raises:
        NotFound: there is no permit that the principal may see.
        NotAllowed: it may be seen but not flown under.
        PapersRefused: all that is wrong with the plan, it comes too late, or its permit names a zone that
            is not on the map any more.
        Stale: the tag of the plan before it is none of those ``expected``; empty, there is none.
        PlanFlown: a flight of the day is reported, confirmed or in the air.
        NoReviewers: the rule set names nobody who could answer it.
    """
    # The count that every step moves first: no flight is reported between this look and this change.
    bump(session, "permits")
    permit = history.permit_of(one(session, PermitRow, principal, number))
    require_own(principal, "file a plan", permit.holder_id)
    row = session.get(DailyPlanRow, (number, plan.day))
    before = None if row is None else _files(session, permit, (row,))[0]
    if expected is not None and ("" if before is None else before.tag) not in expected:
        raise Stale(why="plan moved on", number=number, day=plan.day)
    its = under.of(permit)
    found = faults(plan, permit, at, time_limits(its.sheet))
    found += places.faults_of_grant(session, permit.family, permit.terms)
    if found:
        raise PapersRefused(*found)
    require_not_reported(permit, plan)
    named = answering(its.sheet, permit.kind)
    if not named.mandatory:
        raise NoReviewers(why="nobody", label=its.label, kind=permit.kind)
    row = row or DailyPlanRow(number=number, day=plan.day, filing=0)
    row.body, row.filed_at, row.filed_by = _body(plan), at, principal.username
    row.filing += 1
    row.rules, row.silence = its.label, silence_of(its.sheet).value
    row.answer_until = answer_by(plan.day, time_limits(its.sheet))
    session.add(row)
    session.flush()
    plan_ballots.open_for(session, row, named)
    audit.record(session, principal, "daily-plan.file", f"{number} {plan.day}", at)
    return _files(session, permit, (row,))[0]


def plans(
    session: Session,
    principal: Principal,
    number: str,
    since: date | None = None,
    *,
    after: date | None = None,
    limit: int = 100,
) -> tuple[PlanFile, ...]:
    """Return the plans of a permit by their days, from ``since`` or from after a day.

    Raises:
        NotFound: there is no permit that the principal may see.
    """
    permit = history.permit_of(one(session, PermitRow, principal, number))
    asked = select(DailyPlanRow).where(DailyPlanRow.number == number)
    if since is not None:
        asked = asked.where(col(DailyPlanRow.day) >= since)
    if after is not None:
        asked = asked.where(col(DailyPlanRow.day) > after)
    ordered = asked.order_by(col(DailyPlanRow.day)).limit(page_size(limit))
    return _files(session, permit, session.exec(ordered).all())


def of_day(session: Session, permit: Permit, day: date) -> PlanFile | None:
    """Return the plan of a day; ``None`` where none was filed."""
    row = session.get(DailyPlanRow, (permit.number, day))
    return None if row is None else _files(session, permit, (row,))[0]


def plan_of(row: DailyPlanRow) -> DailyPlan:
    """Return the plan that a row keeps."""
    found = json.loads(row.body)
    return DailyPlan(
        day=row.day,
        begins=time.fromisoformat(found["begins"]),
        ends=time.fromisoformat(found["ends"]),
        device_ids=frozenset(found["device_ids"]),
        max_height_agl_m=found["max_height_agl_m"],
        note=found["note"],
    )


def _files(session: Session, permit: Permit, rows: Sequence[DailyPlanRow]) -> tuple[PlanFile, ...]:
    """Return plans of a permit with their answers."""
    answers = plan_ballots.of_plans(session, permit.number, rows)
    own = ballots.parties(session, permit) if rows else frozenset()
    return tuple(
        PlanFile(
            plan=plan_of(row),
            review=Review(
                number=f"{permit.number}/{row.day}",
                round=row.filing,
                terms=terms_of_day(plan_of(row), permit.terms),
                parties=own,
                ballots=answers.get(row.day, ()),
                opinions_due=row.answer_until,
                open=permit.state in MAY_PLAN,
            ),
            silence=Silence(row.silence),
            rules=row.rules,
        )
        for row in rows
    )


def _body(plan: DailyPlan) -> str:
    return json.dumps(
        {
            "begins": plan.begins.isoformat(),
            "ends": plan.ends.isoformat(),
            "device_ids": sorted(plan.device_ids),
            "max_height_agl_m": plan.max_height_agl_m,
            "note": plan.note,
        },
        ensure_ascii=False,
    )
