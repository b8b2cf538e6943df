"""Taking a step: asked, brought about and written in one transaction; and the steps of the law.

A step of the law is taken when its time is over and somebody looks: the timer, or whoever wants to do
something with the permit. It counts from when the law has it, however late it is written.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select, update

from permits.deadlines import Case, next_due, open_deadlines
from permits.issuing import Ruling, legal_day
from permits.lapse import fallen_due, ground, lapse
from permits.permit import (
    ACTORS,
    TRANSITIONS,
    ActionNotAllowed,
    Permit,
    PermitAction,
    act,
    transition,
)
from permits.plate import as_plate
from permits.plating import PlateWanted
from permits.subject_reports import report_rules
from permits.terms import Terms, terms_to_json
from permits.time_limits import time_limits
from permits.transition import Detail
from zone_service.store import audit, filed_reports, history, permit_events
from zone_service.store.errors import Conflict, NotAllowed, NotFound
from zone_service.store.permit_effects import EFFECTS
from zone_service.store.permit_guards import GUARDS
from zone_service.store.permit_step import Step
from zone_service.store.records import PLATFORM, Principal, Role
from zone_service.store.revisions import bump
from zone_service.store.tables import PermitRow
from zone_service.store.vehicle_papers import completed

_AUTHORITIES = frozenset({Role.REVIEWER, Role.POLICE})
_COUNTED_SINCE = "reports"
"""What code began to count last: with another word here the timer counts all deadlines anew."""
MOST_LAPSES = 8
"""No life cycle has so many steps of the law in a row."""


def case_of(session: Session, number: str, under: Ruling) -> Case:
    """Return a permit with what was done to it and what its time is counted by.

    Raises:
        NotFound: there is none.
    """
    row = session.exec(select(PermitRow).where(PermitRow.number == number)).one_or_none()
    if row is None:
        raise NotFound(what="permit", key=number)
    return cases_of(session, (history.permit_of(row),), under)[0]


def cases_of(session: Session, found: Sequence[Permit], under: Ruling) -> tuple[Case, ...]:
    """Return permits that were read with what was done to each, as ``case_of``."""
    changes = permit_events.of_permits(session, [each.number for each in found])
    filed = filed_reports.of_permits(session, [each.number for each in found])
    limits, reporting = time_limits(under.sheet), report_rules(under.sheet)
    return tuple(
        Case(
            each,
            changes.get(each.number, ()),
            limits,
            under.calendar,
            reporting=reporting,
            filed=filed.get(each.number, frozenset()),
        )
        for each in found
    )


def let_law(
    session: Session, case: Case, at: datetime, under: Ruling, unless: PermitAction | None = None
) -> Case:
    """Take the steps that the law has taken of a permit by now, but for one that is being taken.

    Raises:
        Conflict: somebody else was first.
    """
    for _ in range(MOST_LAPSES):
        found = lapse(case, at)
        if found is None or found.action is unless:
            break
        why = ground(found, under.sheet)
        case = take(session, PLATFORM, case, found.action, at, why, under=under)
    return case


def take(
    session: Session,
    principal: Principal,
    case: Case,
    action: PermitAction,
    at: datetime,
    reason: str = "",
    *,
    under: Ruling,
    details: Mapping[Detail, str] | None = None,
    plates: Sequence[PlateWanted] = (),
    ended_plates: Sequence[str] = (),
    terms: Terms | None = None,
) -> Case:
    """Do one step and return the permit after it, the step among what was done.

    Raises:
        ActionNotAllowed, ReasonRequired, DetailsRefused: the life cycle refuses it.
        PermitError, StoreError: a guard of the step refuses it.
        Conflict: somebody else was first.
    """
    # First of all: who takes a step at the same time waits here, and then finds that it was taken.
    new = bump(session, "permits")
    before, said = case.permit, dict(details or {})
    try:
        after, changed = act(
            before, action, at=at, by=principal.username, reason=reason, details=said
        )
    except ActionNotAllowed:
        raise ActionNotAllowed(before, action, _actions_of(principal, before)) from None
    row = TRANSITIONS[before.family][before.state][action]
    given = completed(session, [each.tidy for each in plates], legal_day(at))
    ended = tuple(map(as_plate, ended_plates))
    step = Step(session, principal, case, row, at, reason, under, said, given, ended, terms)
    for guard in row.guards:
        GUARDS[guard](step)
    for effect in row.effects:
        after = EFFECTS[effect](step, after)
    found = fallen_due(case, row, at) if row.by_law else None
    if after.terms.valid_to != before.terms.valid_to:
        said[Detail.VALID_TO] = after.terms.valid_to.isoformat()
    if principal.role in _AUTHORITIES and principal.organisation_id:
        said[Detail.AUTHORITY] = principal.organisation_id
    changed = replace(
        changed,
        terms="" if after.terms == before.terms else json.dumps(terms_to_json(after.terms)),
        rules=under.label,
        effective_at=found.effective_at if found else None,
        details=said,
    )
    made = replace(case, permit=after, changes=(*case.changes, changed))
    _write(session, principal, made, under, new)
    return made


def _write(session: Session, principal: Principal, case: Case, under: Ruling, new: int) -> None:
    after, changed = case.permit, case.changes[-1]
    moved = session.exec(
        update(PermitRow)
        .where(
            col(PermitRow.number) == after.number,
            col(PermitRow.revision) == changed.revision - 1,
        )
        .values(values_of(after) | {"changed_at": changed.at} | due_values(case, under))
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:
        raise moved_on(after)
    # The row that this session has read is old now.
    session.expire_all()
    history.keep_permit(session, after.number, new)
    session.add(permit_events.event_row(changed))
    action = f"permit.{changed.action.value.lower()}"
    audit.record(session, principal, action, after.number, changed.at, changed.reason)


def values_of(permit: Permit) -> dict[str, object]:
    """Return the columns that say what a permit is."""
    return {
        "number": permit.number,
        "kind": permit.kind.value,
        "state": permit.state.value,
        "holder_id": permit.holder_id,
        "terms": json.dumps(terms_to_json(permit.terms)),
        "valid_from": permit.terms.valid_from,
        "valid_to": permit.terms.valid_to,
        "revision": permit.revision,
    }


def due_values(case: Case, under: Ruling) -> dict[str, object]:
    """Return the columns that say until when somebody, or the law, is to act."""
    owed = next_due(case)
    by_law = (due for due in open_deadlines(case) if due.by_law)
    first = next(by_law, None)
    return {
        "due_at": owed.limit.at if owed else None,
        "law_at": first.limit.at if first else None,
        "due_under": due_label(under),
    }


def due_label(under: Ruling) -> str:
    """Return what deadlines are counted by: the version of the rule set, and the calendar."""
    return f"{under.sheet.label} {under.calendar.label} {_COUNTED_SINCE}"


def moved_on(permit: Permit) -> Conflict:
    """Return that somebody else was first."""
    return Conflict(f"permit {permit.number} has moved on: look at it again")


def require_actor(principal: Principal, permit: Permit, action: PermitAction) -> None:
    """Refuse a step to who has no part in it.

    Raises:
        NotAllowed: says whose it is.
    """
    row = transition(permit.family, permit.state, action)
    may = ACTORS[action] if row is None else row.actors
    if may.isdisjoint(_parts_of(principal, permit)):
        msg = f"{principal.username} may not {action} permit {permit.number}: expected " + (
            " or ".join(sorted(may))
        )
        raise NotAllowed(msg)


def _actions_of(principal: Principal, permit: Permit) -> frozenset[PermitAction]:
    """Return what a principal may ever do to this permit, whatever its state."""
    parts = _parts_of(principal, permit)
    return frozenset(action for action, may in ACTORS.items() if not may.isdisjoint(parts))


def _parts_of(principal: Principal, permit: Permit) -> frozenset[str]:
    """Return the parts that a principal can play in the life of this permit."""
    if principal == PLATFORM:
        return frozenset({"system", "departments", "administrator"})
    if principal.role is Role.OPERATOR:
        own = principal.organisation_id == permit.holder_id
        return frozenset({"applicant"} if own else ())
    return frozenset({principal.role.value})
