"""Daily plans under standing flights: one a day, filed anew until the cut-off."""

import json
from collections.abc import Container
from datetime import date, datetime, time
from hashlib import sha256

from sqlmodel import Session, col, select

from permits.daily_plan import DailyPlan, faults
from permits.issuing import Ruling
from permits.paper_words import PapersRefused
from permits.time_limits import time_limits
from zone_service.store import audit, history
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
) -> DailyPlan:
    """File the plan of a day, or another in its place, before its cut-off.

    Raises:
        NotFound: there is no permit that the principal may see.
        NotAllowed: it may be seen but not flown under.
        PapersRefused: all that is wrong with the plan, or it comes too late.
        Stale: the tag of the plan before it is none of those ``expected``; empty, there is none.
    """
    bump(session, "documents")
    permit = history.permit_of(one(session, PermitRow, principal, number))
    require_own(principal, "file a plan", permit.holder_id)
    row = session.get(DailyPlanRow, (number, plan.day))
    if expected is not None and ("" if row is None else tag_of(_plan(row))) not in expected:
        raise Stale(why="plan moved on", number=number, day=plan.day)
    found = faults(plan, permit, at, time_limits(under.of(permit).sheet))
    if found:
        raise PapersRefused(*found)
    row = row or DailyPlanRow(number=number, day=plan.day)
    row.body, row.filed_at, row.filed_by = _body(plan), at, principal.username
    session.add(row)
    session.flush()
    audit.record(session, principal, "daily-plan.file", f"{number} {plan.day}", at)
    return plan


def tag_of(plan: DailyPlan) -> str:
    """Return by what a plan is told from another of its day."""
    return sha256(_body(plan).encode()).hexdigest()[:16]


def plans(
    session: Session,
    principal: Principal,
    number: str,
    since: date | None = None,
    *,
    after: date | None = None,
    limit: int = 100,
) -> tuple[DailyPlan, ...]:
    """Return the plans of a permit by their days, from ``since`` or from after a day.

    Raises:
        NotFound: there is no permit that the principal may see.
    """
    one(session, PermitRow, principal, number)
    asked = select(DailyPlanRow).where(DailyPlanRow.number == number)
    if since is not None:
        asked = asked.where(col(DailyPlanRow.day) >= since)
    if after is not None:
        asked = asked.where(col(DailyPlanRow.day) > after)
    ordered = asked.order_by(col(DailyPlanRow.day)).limit(page_size(limit))
    return tuple(_plan(row) for row in session.exec(ordered))


def plan_of(session: Session, number: str, day: date) -> DailyPlan | None:
    """Return the plan of a day; ``None`` where none was filed."""
    row = session.get(DailyPlanRow, (number, day))
    return None if row is None else _plan(row)


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


def _plan(row: DailyPlanRow) -> DailyPlan:
    found = json.loads(row.body)
    return DailyPlan(
        day=row.day,
        begins=time.fromisoformat(found["begins"]),
        ends=time.fromisoformat(found["ends"]),
        device_ids=frozenset(found["device_ids"]),
        max_height_agl_m=found["max_height_agl_m"],
        note=found["note"],
    )
