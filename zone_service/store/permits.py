"""Permits and every step of their lives."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, insert, or_, select, update

from permits.issuing import Ruling
from permits.permit import (
    ACTORS,
    TRANSITIONS,
    ActionNotAllowed,
    Permit,
    PermitAction,
    PermitChanged,
    PermitKind,
    PermitState,
    act,
    transition,
)
from permits.terms import Terms, terms_to_json
from zone_service.drawn_corridors import problems_of
from zone_service.store import audit, history
from zone_service.store.errors import Conflict, InvalidValue, NotAllowed
from zone_service.store.permit_effects import EFFECTS
from zone_service.store.permit_guards import GUARDS
from zone_service.store.permit_step import Step
from zone_service.store.records import PLATFORM, Principal, Role
from zone_service.store.revisions import bump
from zone_service.store.scoping import one, page_size, require_own, scoped_rows
from zone_service.store.tables import DeviceRow, OrganisationRow, PermitEventRow, PermitRow

ENDED_RECENTLY = timedelta(days=30)
"""A device that goes on after its permit is reported as expired, not as never permitted."""

_PREFIX = {
    PermitKind.ROAD_TEST: "RT",
    PermitKind.DEMO_APPLICATION: "DA",
    PermitKind.DEMO_OPERATION: "DO",
    PermitKind.FLIGHT_ACTIVITY: "FA",
    PermitKind.COMMERCIAL_OPERATION: "CO",
    PermitKind.LOW_SPEED_TEST: "LT",
    PermitKind.LOW_SPEED_OPERATION: "LO",
    PermitKind.STANDING_FLIGHT: "SF",
    PermitKind.EMERGENCY_FLIGHT: "EF",
    PermitKind.TEST_BASE_USE: "TB",
    PermitKind.SUITABLE_AIRSPACE_FLIGHT: "SA",
    PermitKind.VESSEL_TRIAL: "VT",
    PermitKind.CHANNEL_SURVEY: "CS",
}
_NEVER_GRANTED = (
    PermitState.DRAFT,
    PermitState.SUBMITTED,
    PermitState.RETURNED_FOR_CORRECTION,
    PermitState.ACCEPTED,
    PermitState.THIRD_PARTY_REVIEW,
    PermitState.EXPERT_REVIEW,
    PermitState.JOINT_REVIEW,
    PermitState.NOTIFIED,
    PermitState.REJECTED,
    PermitState.WITHDRAWN,
)
_ENDED = (
    PermitState.EXPIRED,
    PermitState.TERMINATED,
    PermitState.ANNULLED,
    PermitState.WITHDRAWN_BY_AUTHORITY,
    PermitState.REVOKED,
    PermitState.DEREGISTERED,
    PermitState.CLOSED,
)
_IDS_AT_ONCE = 500


def create(
    session: Session,
    principal: Principal,
    *,
    kind: PermitKind,
    holder_id: str,
    terms: Terms,
    at: datetime,
    number: str | None = None,
) -> Permit:
    """Begin an application and return it as a draft; without a number it gets the next one.

    Raises:
        NotAllowed: it is for another organisation.
        NotFound: there is no such organisation.
        InvalidValue: a device is unknown or somebody else's, or a corridor cannot be judged by.
        Conflict: the number is taken.
    """
    require_own(principal, "apply for a permit", holder_id)
    _require_drawable(terms)
    count = bump(session, "permits")
    one(session, OrganisationRow, principal, holder_id)
    _require_devices(session, holder_id, terms)
    number = number or f"{_PREFIX[kind]}-{at.year}-{count:06d}"
    if session.get(PermitRow, number) is not None:
        msg = f"permit {number!r} is taken"
        raise Conflict(msg)
    permit = Permit(number, kind, PermitState.DRAFT, holder_id, terms)
    session.exec(insert(PermitRow).values(_values(permit, at)))
    history.keep_permit(session, number, count)
    audit.record(session, principal, "permit.create", number, at)
    return permit


def get(session: Session, principal: Principal, number: str) -> Permit:
    """Return one permit.

    Raises:
        NotFound: there is none that the principal may see.
    """
    return history.permit_of(one(session, PermitRow, principal, number))


def page(
    session: Session,
    principal: Principal,
    *,
    state: PermitState | None = None,
    holder_id: str | None = None,
    after: str = "",
    limit: int = 100,
) -> tuple[Permit, ...]:
    """Return permits in the order of their numbers, from after one of them."""
    key = col(PermitRow.number)
    asked = scoped_rows(PermitRow, principal).where(key > after)
    if state is not None:
        asked = asked.where(PermitRow.state == state.value)
    if holder_id is not None:
        asked = asked.where(PermitRow.holder_id == holder_id)
    found = session.exec(asked.order_by(key).limit(page_size(limit)))
    return tuple(history.permit_of(row) for row in found)


def apply_action(
    session: Session,
    principal: Principal,
    number: str,
    action: PermitAction,
    at: datetime,
    reason: str = "",
    *,
    under: Ruling,
    expected_revision: int | None = None,
) -> Permit:
    """Do one step in the life of a permit and return the permit after it.

    Of two who decide at once the first wins; the other gets a ``Conflict`` and looks again. The
    step keeps the rule set and version that it was done ``under``.

    Raises:
        NotFound: there is none that the principal may see.
        NotAllowed: the step is not this principal's to take.
        ActionNotAllowed, ReasonRequired: the life cycle refuses it.
        PermitError, StoreError: a guard of the step refuses it.
        Conflict: the permit has moved on from ``expected_revision``.
    """
    before = get(session, principal, number)
    _require_actor(principal, before, action)
    if expected_revision is not None and expected_revision != before.revision:
        raise _moved_on(before)
    try:
        after, changed = act(before, action, at=at, by=principal.username, reason=reason)
    except ActionNotAllowed:
        raise ActionNotAllowed(before, action, _actions_of(principal, before)) from None
    after = _guarded(Step(session, principal, before, action, at, reason, under), after)
    new = bump(session, "permits")
    moved = session.exec(
        update(PermitRow)
        .where(col(PermitRow.number) == number, col(PermitRow.revision) == before.revision)
        .values(_values(after, at, created=False))
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:
        raise _moved_on(before)
    # The row that this session has read is old now.
    session.expire_all()
    history.keep_permit(session, number, new)
    session.add(_event_row(replace(changed, rules=under.label)))
    audit.record(session, principal, f"permit.{action.value.lower()}", number, at, reason)
    return after


def _guarded(step: Step, after: Permit) -> Permit:
    """Ask the guards of a step and let its effects do theirs; return the permit as they leave it."""
    row = TRANSITIONS[step.permit.family][step.permit.state][step.action]
    for guard in row.guards:
        GUARDS[guard](step)
    for effect in row.effects:
        after = EFFECTS[effect](step, after)
    return after


def changes(session: Session, principal: Principal, number: str) -> tuple[PermitChanged, ...]:
    """Return what was done to a permit, in order.

    Raises:
        NotFound: there is none that the principal may see.
    """
    one(session, PermitRow, principal, number)
    found = session.exec(
        select(PermitEventRow)
        .where(PermitEventRow.number == number)
        .order_by(col(PermitEventRow.event_id))
    )
    return tuple(_changed(row, revision) for revision, row in enumerate(found, 1))


def grants(
    session: Session, at: datetime, known: Mapping[str, Permit] | None = None
) -> tuple[Permit, ...]:
    """Return the permits that were granted and have not ended long before ``at``: for the worker.

    Suspended ones and those not yet confirmed are among them: their devices are known, and
    what they do now is a breach of its own kind. Those ``known`` by their number are read again
    only where they have changed, and are else the same objects.
    """
    known = known or {}
    standing = _standing(at)
    counts = session.exec(
        select(PermitRow.number, PermitRow.revision).where(*standing).order_by(PermitRow.number)
    ).all()
    new = [
        number for number, count in counts if number not in known or known[number].revision != count
    ]
    read = {permit.number: permit for permit in _read(session, new, standing)}
    found = (read.get(number) or known.get(number) for number, _ in counts)
    return tuple(permit for permit in found if permit is not None)


def _standing(at: datetime) -> tuple[ColumnElement[bool], ...]:
    recent = at - ENDED_RECENTLY
    return (
        col(PermitRow.state).not_in([state.value for state in _NEVER_GRANTED]),
        or_(
            col(PermitRow.state).not_in([state.value for state in _ENDED]),
            col(PermitRow.valid_to) >= recent,
            col(PermitRow.changed_at) >= recent,
        ),
    )


def _read(
    session: Session, numbers: Sequence[str], standing: tuple[ColumnElement[bool], ...]
) -> Iterator[Permit]:
    """Read permits by their numbers; a great many are all read, whatever their numbers."""
    few = len(numbers) <= _IDS_AT_ONCE
    chosen = (col(PermitRow.number).in_(numbers),) if few else ()
    if numbers:
        yield from map(history.permit_of, session.exec(select(PermitRow).where(*standing, *chosen)))


def grants_at(session: Session, revision: int, at: datetime) -> tuple[Permit, ...]:
    """Return what ``grants`` returned ``at`` a moment, when the permits were at a revision."""
    recent = at - ENDED_RECENTLY
    return history.permits_at(session, revision, _NEVER_GRANTED, _ENDED, recent)


def _require_actor(principal: Principal, permit: Permit, action: PermitAction) -> None:
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
        return frozenset({"system", "administrator"})
    if principal.role is Role.OPERATOR:
        own = principal.organisation_id == permit.holder_id
        return frozenset({"applicant"} if own else ())
    return frozenset({principal.role.value})


def _require_drawable(terms: Terms) -> None:
    """The last gate, whoever asked before: a corridor that cannot be drawn would stop the worker."""
    found = () if terms.corridor is None else problems_of(terms.corridor)
    if found:
        msg = "; ".join(f"corridor.{each.path}: {each.message}" for each in found)
        raise InvalidValue(msg)


def _require_devices(session: Session, holder_id: str, terms: Terms) -> None:
    wanted = sorted(terms.device_ids)
    own: set[str] = set()
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        own.update(
            session.exec(
                select(DeviceRow.device_id).where(
                    col(DeviceRow.device_id).in_(wanted[start : start + _IDS_AT_ONCE]),
                    DeviceRow.organisation_id == holder_id,
                )
            )
        )
    if missing := [device_id for device_id in wanted if device_id not in own]:
        msg = f"devices {missing[:5]}: expected devices of {holder_id!r}"
        raise InvalidValue(msg)


def _values(permit: Permit, at: datetime, *, created: bool = True) -> dict[str, object]:
    values: dict[str, object] = {
        "number": permit.number,
        "kind": permit.kind.value,
        "state": permit.state.value,
        "holder_id": permit.holder_id,
        "terms": json.dumps(terms_to_json(permit.terms)),
        "valid_from": permit.terms.valid_from,
        "valid_to": permit.terms.valid_to,
        "revision": permit.revision,
        "changed_at": at,
    }
    return values | {"created_at": at} if created else values


def _event_row(changed: PermitChanged) -> PermitEventRow:
    return PermitEventRow(
        number=changed.number,
        action=changed.action.value,
        before=changed.before.value,
        after=changed.after.value,
        at=changed.at,
        by=changed.by,
        reason=changed.reason,
        rules=changed.rules or None,
    )


def _changed(row: PermitEventRow, revision: int) -> PermitChanged:
    return PermitChanged(
        row.number,
        PermitAction(row.action),
        PermitState(row.before),
        PermitState(row.after),
        row.at,
        row.by,
        row.reason,
        revision,
        row.rules or "",
    )


def _moved_on(permit: Permit) -> Conflict:
    return Conflict(f"permit {permit.number} has moved on: look at it again")
