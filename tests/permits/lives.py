"""Permits that were taken some steps, each at a moment that a test writes down in Shanghai time."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from permits.deadlines import Case, Due, open_deadlines
from permits.permit import (
    Permit,
    PermitAction,
    PermitChanged,
    PermitKind,
    PermitState,
    act,
    transition,
)
from permits.terms import Terms
from permits.time_limits import TimeLimits
from permits.transition import Deadline, Detail
from permits.working_calendar import WorkingCalendar
from tests.permits.calendars import YEAR_2026

SHANGHAI = ZoneInfo("Asia/Shanghai")
A = PermitAction
ROAD_TO_JOINT = (A.SUBMIT, A.ACCEPT, A.START_THIRD_PARTY_REVIEW, A.START_EXPERT_REVIEW)


def local(text: str) -> datetime:
    """Return a moment of Shanghai: ``2026-05-06 10:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def lasting(begins: str, ends: str) -> Terms:
    return Terms(
        device_ids=frozenset({"device-1"}),
        zone_ids=frozenset({"segment"}),
        valid_from=local(begins),
        valid_to=local(ends),
    )


def lived(
    limits: TimeLimits,
    kind: PermitKind,
    terms: Terms,
    *steps: tuple[PermitAction, str],
    calendar: WorkingCalendar = YEAR_2026,
    **details: str,
) -> Case:
    """Return a permit after some steps, each with what it needs and what of ``details`` it takes."""
    permit, changes = draft(kind, terms), list[PermitChanged]()
    for action, at in steps:
        said = {Detail(name): each for name, each in details.items()}
        permit, changed = act(
            permit,
            action,
            at=local(at),
            by="li",
            reason="because",
            details=said
            if action in {A.REQUEST_RENEWAL, A.REPORT_PRE_TAKEOFF}
            else needed(action, permit),
        )
        changes.append(changed)
    return Case(permit, tuple(changes), limits, calendar)


def needed(action: PermitAction, permit: Permit) -> dict[Detail, str]:
    """Return what a step is not taken without, in words."""
    step = transition(permit.family, permit.state, action)
    return dict.fromkeys(step.needs if step else (), "沪航警 12/26")


def draft(kind: PermitKind, terms: Terms) -> Permit:
    return Permit("P-7", kind, PermitState.DRAFT, "org-1", terms)


def due(case: Case, deadline: Deadline) -> Due:
    return next(each for each in open_deadlines(case) if each.deadline is deadline)


def with_limits(case: Case, **changes: object) -> Case:
    return replace(case, limits=replace(case.limits, **changes))  # type: ignore[arg-type]
