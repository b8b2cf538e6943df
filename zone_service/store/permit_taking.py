"""Taking a step: asked, brought about and written in one transaction; and the steps of the law.

A step of the law is taken when its time is over and somebody looks: the timer, or whoever wants to do
something with the permit. It counts from when the law has it, however late it is written.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlmodel import Session

from permits.acts import ACT_OF
from permits.deadlines import Case, next_due, open_deadlines
from permits.issuing import Ruling, legal_day
from permits.lapse import fallen_due, ground
from permits.life import may_replace, replaces
from permits.permit import (
    ACTORS,
    TRANSITIONS,
    ActionNotAllowed,
    Family,
    Permit,
    PermitAction,
    PermitChanged,
    act,
    transition,
)
from permits.plate import as_plate
from permits.plating import PlateWanted
from permits.rule_words import Language
from permits.step_words import step_words
from permits.terms import Terms, terms_to_json
from permits.transition import Detail, Effect
from zone_service.store import (
    audit,
    filed_reports,
    first_checks,
    history,
    permit_events,
    permit_parts,
)
from zone_service.store.competence import unfit_for
from zone_service.store.counted_by import counted_by
from zone_service.store.craft_papers import completed
from zone_service.store.errors import Conflict, NotAllowed
from zone_service.store.lacking import told_at_once
from zone_service.store.numbers import numbers_of
from zone_service.store.permit_effects import EFFECTS
from zone_service.store.permit_guards import GUARDS
from zone_service.store.permit_step import Step
from zone_service.store.records import PLATFORM, Principal, Role
from zone_service.store.revisions import bump
from zone_service.store.scoping import fields
from zone_service.store.tables import PermitRow, table

_AUTHORITIES = frozenset({Role.REVIEWER, Role.POLICE})
_COUNTED_SINCE = "renewals of flights and vessels"
"""What code began to count last: with another word here the timer counts all deadlines anew."""
_PERMITS = table(PermitRow)
_MOVED = update(_PERMITS).where(
    _PERMITS.c.number == bindparam("its_number"), _PERMITS.c.revision == bindparam("its_revision")
)
"""Made once: every step of a permit ends with it."""
MOST_LAPSES = 8
"""No life cycle has so many steps of the law in a row."""


def case_of(session: Session, number: str, under: Ruling) -> Case:
    """Return a permit with what was done to it and what its time is counted by.

    Raises:
        NotFound: there is none.
    """
    row = fields(session, PermitRow, PLATFORM, number)
    return cases_of(session, (history.permit_of(row),), under)[0]


def cases_of(session: Session, found: Sequence[Permit], under: Ruling) -> tuple[Case, ...]:
    """Return permits that were read with what was done to each, as ``case_of``."""
    changes = permit_events.of_permits(session, [each.number for each in found])
    filed = filed_reports.of_permits(session, [each.number for each in found])
    of = {each.jurisdiction: under.of(each) for each in found}
    counted = {name: counted_by(its.sheet) for name, its in of.items()}
    return tuple(
        Case(
            each,
            changes.get(each.number, ()),
            counted[each.jurisdiction].limits,
            of[each.jurisdiction].calendar,
            reporting=counted[each.jurisdiction].reporting,
            remedies=counted[each.jurisdiction].remedies,
            filed=filed.get(each.number, frozenset()),
        )
        for each in found
    )


def let_law(
    session: Session, case: Case, at: datetime, under: Ruling, unless: PermitAction | None = None
) -> Case:
    """Take the steps that the law has taken of a permit by now, but for one that is being taken.

    What waits for its devices is left as it is, unless its validity is over meanwhile.

    Raises:
        Conflict: somebody else was first.
    """
    for _ in range(MOST_LAPSES):
        found = first_checks.next_of_law(session, case, at, under)
        if found is None or found.action is unless:
            break
        why = ground(found, under.of(case.permit).sheet, case.permit.family)
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
    before, its, said = case.permit, under.of(case.permit), dict(details or {})
    after, changed = _acted(principal, before, action, at, reason, said)
    first_day = legal_day(max(at, before.terms.valid_from))
    step = Step(
        session, principal, case, TRANSITIONS[before.family][before.state][action], at, reason, its,
        said, completed(session, [each.tidy for each in plates], first_day, its.sheet),
        tuple(map(as_plate, ended_plates)), terms,
    )  # fmt: skip
    step = _guarded(step)
    if action is PermitAction.ACTIVATE:
        _end_replaced(session, case, at, under)
    for effect in step.row.effects:
        after = EFFECTS[effect](step, after)
    made = replace(case, permit=after, changes=(*case.changes, _told(step, after, changed)))
    _write(session, principal, made, its, new)
    return made


def _acted(
    principal: Principal,
    before: Permit,
    action: PermitAction,
    at: datetime,
    reason: str,
    said: Mapping[Detail, str],
) -> tuple[Permit, PermitChanged]:
    """Move a permit by its life cycle.

    Raises:
        ActionNotAllowed: names what the principal may do instead.
        ReasonRequired, DetailsRefused: something has to be said with it, or is said too much.
    """
    try:
        return act(before, action, at=at, by=principal.username, reason=reason, details=said)
    except ActionNotAllowed:
        raise ActionNotAllowed(before, action, _actions_of(principal, before)) from None


def _guarded(step: Step) -> Step:
    """Return a step once all its guards let it, with the one list of what is missing where it needs one."""
    for guard in step.row.guards:
        GUARDS[guard](step)
    if Detail.MISSING not in step.row.needs:
        return step
    return replace(step, details={**step.details, Detail.MISSING: told_at_once(step)})


def _told(step: Step, after: Permit, changed: PermitChanged) -> PermitChanged:
    """Return what was done as it is kept: by which rules, since when, and with what came of it."""
    before = step.permit
    # Since when all its devices were there nobody knows, and what it replaces went on until now: what waits
    # counts from when it is found.
    waits = step.action is PermitAction.ACTIVATE and (
        first_checks.asks(before, step.under) or replaces(step.case.changes) is not None
    )
    found = None if waits or not step.row.by_law else fallen_due(step.case, step.row, step.at)
    return replace(
        changed,
        terms="" if after.terms == before.terms else json.dumps(terms_to_json(after.terms)),
        rules=step.under.label,
        effective_at=found.effective_at if found else None,
        details={**step.details, **_came_of(step, after)},
    )


def _came_of(step: Step, after: Permit) -> dict[Detail, str]:
    """Return what is written down of a step besides what was said with it."""
    found: dict[Detail, str] = {}
    if after.terms.valid_to != step.permit.terms.valid_to:
        found[Detail.VALID_TO] = after.terms.valid_to.isoformat()
    if Effect.NUMBER in step.row.effects and step.permit.family is Family.FLIGHT:
        numbers = numbers_of(step.session, step.permit.number)
        found |= {Detail.APPROVAL_NUMBER: numbers.confirmation} if numbers else {}
    if step.principal.role in _AUTHORITIES and step.principal.organisation_id:
        found[Detail.AUTHORITY] = step.principal.organisation_id
    return found


def _end_replaced(session: Session, case: Case, at: datetime, under: Ruling) -> None:
    """End the permit whose place another takes as that comes into force: until then it goes on.

    One that is over by now is left as it is. Whatever refuses the other takes this back, too.
    """
    number = replaces(case.changes)
    if number is None:
        return
    other = let_law(session, case_of(session, number, under), at, under)
    if may_replace(case.permit, other.permit):
        own = case.permit.number
        why = " / ".join(step_words("replaced", each, other=own) for each in Language)
        take(
            session, PLATFORM, other, PermitAction.EXPIRE, at, why,
            under=under, details={Detail.REPLACED_BY: own},
        )  # fmt: skip


def _write(session: Session, principal: Principal, case: Case, under: Ruling, new: int) -> None:
    after, changed = case.permit, case.changes[-1]
    values = values_of(after) | {"changed_at": changed.at} | due_values(case, under)
    session.flush()
    moved = session.connection().execute(
        _MOVED, values | {"its_number": after.number, "its_revision": changed.revision - 1}
    )
    if moved.rowcount != 1:
        raise moved_on(after)
    # The row that this session has read is old now.
    session.expire_all()
    if changed.terms:
        permit_parts.keep(session, after)
    history.keep_permit(session, after.number, new)
    permit_events.write(session, changed)
    action = f"permit.{changed.action.value.lower()}"
    said = f"{changed.before} -> {changed.after}" + (
        f": {changed.reason}" if changed.reason else ""
    )
    audit.record(session, principal, action, after.number, changed.at, said)


def values_of(permit: Permit) -> dict[str, object]:
    """Return the columns that say what a permit is."""
    return {
        "number": permit.number,
        "kind": permit.kind.value,
        "state": permit.state.value,
        "holder_id": permit.holder_id,
        "jurisdiction": permit.jurisdiction,
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
        "due_under": due_label(under.of(case.permit)),
    }


def due_label(under: Ruling) -> str:
    """Return what deadlines are counted by: the version of the rule set, and the calendar."""
    return f"{under.sheet.label} {under.calendar.label} {_COUNTED_SINCE}"


def moved_on(permit: Permit) -> Conflict:
    """Return that somebody else was first."""
    return Conflict(why="moved on", what="permit", key=permit.number)


def require_actor(principal: Principal, permit: Permit, action: PermitAction) -> None:
    """Refuse a step to who has no part in it.

    Raises:
        NotAllowed: says whose it is.
    """
    row = transition(permit.family, permit.state, action)
    may = ACTORS[action] if row is None else row.actors
    if may.isdisjoint(_parts_of(principal, permit)):
        raise NotAllowed(
            why="no step of theirs",
            who=principal.username,
            action=action,
            number=permit.number,
            expected=", ".join(sorted(may)),
        )


def takes(
    session: Session, principal: Principal, permit: Permit, under: Ruling
) -> frozenset[PermitAction]:
    """Return the steps from where a permit is that are a principal's to take, by role and department.

    What else guards each is looked at when it is taken.
    """
    parts, its = _parts_of(principal, permit), under.of(permit)
    steps = TRANSITIONS[permit.family].get(permit.state, {})
    own = (action for action, row in steps.items() if not row.actors.isdisjoint(parts))
    return frozenset(
        action
        for action in own
        if action not in ACT_OF
        or unfit_for(session, principal, permit, ACT_OF[action], its) is None
    )


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
