"""Matters under permits, and what was done in them, as rows."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from types import MappingProxyType

import msgspec
from sqlmodel import Session, col, insert, select, update

from permits.accident import Accident
from permits.deadlines import Case
from permits.further import Addition, Change, Renewal
from permits.hearing import EXERCISED, Hearing
from permits.hearing_checks import time_to_ask_is_over
from permits.matter import (
    About,
    Matter,
    MatterChanged,
    Paper,
    Suspension,
    act_in,
    concerns_all,
    conditions_of_consents,
    has_left,
)
from permits.matter_cycle import matter_step
from permits.matter_deadlines import MatterCase
from permits.matter_states import FURTHER, MatterAction, MatterKind, MatterState
from permits.matter_step import MatterDetail, MatterObject
from permits.matter_words import matter_words
from permits.permit import Permit
from permits.provisos import NONE, Provisos, merged, provisos_from_json, provisos_to_json
from permits.rule_words import Language
from permits.transition import Detail
from zone_service.store import audit, matter_parties
from zone_service.store.errors import Conflict
from zone_service.store.permit_step import Step
from zone_service.store.records import PLATFORM, Principal
from zone_service.store.tables import MatterEventRow, MatterRow

_ABOUT_OF: MappingProxyType[MatterKind, type[About]] = MappingProxyType(
    {
        MatterKind.SUSPENSION: Suspension,
        MatterKind.ACCIDENT: Accident,
        MatterKind.CHANGE: Change,
        MatterKind.ADD_VEHICLES: Addition,
        MatterKind.RENEWAL: Renewal,
        MatterKind.HEARING: Hearing,
    }
)


def matter_of(row: MatterRow) -> Matter:
    """Return the matter that a row describes."""
    kind = MatterKind(row.kind)
    return Matter(
        matter_id=row.matter_id,
        number=row.number,
        kind=kind,
        state=MatterState(row.state),
        holder_id=row.holder_id,
        about=msgspec.json.decode(row.about, type=_ABOUT_OF[kind]),
        revision=row.revision,
    )


def by_id(session: Session, matter_id: str) -> Matter | None:
    """Return a matter, for the platform itself."""
    row = session.get(MatterRow, matter_id)
    return None if row is None else matter_of(row)


def open_of(session: Session, number: str) -> tuple[Matter, ...]:
    """Return the matters of a permit in which something can still happen, by their ids."""
    asked = select(MatterRow).where(MatterRow.number == number, col(MatterRow.is_open))
    return tuple(matter_of(row) for row in session.exec(asked.order_by(col(MatterRow.matter_id))))


def hearings_of(session: Session, case: Case) -> tuple[MatterCase, ...]:
    """Return the hearings that are open under a permit, with what was done in each."""
    found = [
        each for each in open_of(session, case.permit.number) if each.kind is MatterKind.HEARING
    ]
    changes = changes_of(session, [each.matter_id for each in found])
    return tuple(
        MatterCase(each, case.permit, changes[each.matter_id], case.limits, case.calendar)
        for each in found
    )


def changes_of(session: Session, ids: Sequence[str]) -> dict[str, tuple[MatterChanged, ...]]:
    """Return what was done in each of some matters, in order."""
    asked = select(MatterEventRow).where(col(MatterEventRow.matter_id).in_(ids))
    found = session.exec(
        asked.order_by(col(MatterEventRow.matter_id), col(MatterEventRow.event_id))
    )
    return {
        matter_id: tuple(_changed(row, revision) for revision, row in enumerate(rows, 1))
        for matter_id, rows in groupby(found, lambda row: row.matter_id)
    }


def write(
    session: Session,
    principal: Principal,
    after: Matter,
    changed: MatterChanged,
    due_at: datetime | None,
    due_under: str,
) -> None:
    """Write a step in a matter; the first one writes the matter too.

    Raises:
        Conflict: somebody else was first.
    """
    values = {
        "state": after.state.value,
        "is_open": after.is_open,
        "revision": after.revision,
        "changed_at": changed.at,
        "due_at": due_at,
        "due_under": due_under,
        "raised_at": None,
    }
    if changed.before is MatterState.NEW:
        session.exec(insert(MatterRow).values(**_first_values(after, changed.at), **values))
        matter_parties.keep(session, after)
    else:
        moved = session.exec(
            update(MatterRow)
            .where(
                col(MatterRow.matter_id) == after.matter_id,
                col(MatterRow.revision) == after.revision - 1,
            )
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        if moved.rowcount != 1:
            raise moved_on(after)
    # The row that this session has read is old now.
    session.expire_all()
    session.add(_event_row(changed))
    action = f"{after.family}.{changed.action.value.lower()}"
    subject = f"{after.matter_id} {after.number}: {changed.before} → {changed.after}"
    audit.record(session, principal, action, subject, changed.at, changed.reason)
    session.flush()


def moved_on(matter: Matter) -> Conflict:
    """Return that somebody else was first."""
    return Conflict(why="moved on", what="matter", key=matter.matter_id)


def lapse(step: Step, after: Permit) -> Permit:
    """End what is without object once its permit is over; what was to be reported stays to be."""
    for matter in open_of(step.session, after.number):
        _lapse(step.session, matter, MatterObject.PERMIT, step.at, step.reason)
    return after


def lapse_left(session: Session, permit: Permit, at: datetime, by: str) -> None:
    """End what is without object once all the vehicles that it is about have left, by another matter."""
    why = " / ".join(matter_words("vehicles left", each, matter=by) for each in Language)
    for matter in open_of(session, permit.number):
        if has_left(matter.about, permit.terms):
            _lapse(session, matter, MatterObject.VEHICLES, at, why)


def _lapse(session: Session, matter: Matter, gone: MatterObject, at: datetime, reason: str) -> None:
    row = matter_step(matter.family, matter.state, MatterAction.LAPSE)
    if row is None or gone not in row.gone:
        return
    ended, changed = act_in(
        matter, row.action, at=at, by=PLATFORM.username, reason=reason,
        details={MatterDetail.GONE: gone.value},
    )  # fmt: skip
    write(session, PLATFORM, ended, changed, None, "")


def renewal_conditions(session: Session, number: str) -> Provisos:
    """Return on what departments have consented to the renewal that is open under a permit."""
    its = [each for each in open_of(session, number) if each.kind is MatterKind.RENEWAL]
    changes = changes_of(session, [each.matter_id for each in its])
    return merged(conditions_of_consents(each) for each in changes.values())


def open_renewal(step: Step, after: Permit) -> Permit:
    """Open the matter of a renewal that was asked for: there the departments decide on it."""
    said = step.details.get(Detail.ASKED_UNTIL)
    about = Renewal(datetime.fromisoformat(said) if said else None)
    # Its id follows from the step: the count of matters is taken before that of permits, or not at all.
    matter_id = f"RN-{after.number[-44:]}-{after.revision}"
    new = Matter(
        matter_id, after.number, MatterKind.RENEWAL, MatterState.NEW, after.holder_id, about
    )
    _follow(step, new, MatterAction.APPLY, due_at=after.terms.valid_to)
    return after


def grant_renewal(step: Step, after: Permit) -> Permit:
    """Close the matter of a renewal that is granted, by the departments or by law."""
    by_law = step.row.by_law
    return _close_renewal(step, after, MatterAction.GRANT_BY_LAW if by_law else MatterAction.GRANT)


def refuse_renewal(step: Step, after: Permit) -> Permit:
    """Close the matter of a renewal that is refused."""
    return _close_renewal(step, after, MatterAction.REFUSE)


def lapse_renewal(step: Step, after: Permit) -> Permit:
    """Close the matter of a renewal whose permit is suspended before it was decided."""
    return _close_renewal(step, after, MatterAction.LAPSE)


def _close_renewal(step: Step, after: Permit, action: MatterAction) -> Permit:
    for matter in open_of(step.session, after.number):
        if matter.kind is MatterKind.RENEWAL:
            # One that was sent back is decided all the same: its permit waits for nobody.
            known = matter_step(matter.family, matter.state, action) is not None
            _follow(step, matter, action if known else MatterAction.LAPSE)
    return after


def decide_hearing(step: Step, after: Permit) -> Permit:
    """Decide the matter in which the step was announced; one that nobody asked for in time has passed.

    One in which the holder may still be heard is not decided by a step that asked for no hearing: it
    is without object once the permit is over.
    """
    for each in hearings_of(step.session, step.case):
        matter = each.matter
        if not isinstance(matter.about, Hearing) or matter.about.action is not step.action:
            continue
        if matter.state is MatterState.ANNOUNCED and time_to_ask_is_over(each, step.at):
            matter = _by_platform(step, matter, MatterAction.RUN_OUT)
        if matter.state in EXERCISED:
            _by_platform(step, matter, MatterAction.DECIDE)
    return after


def _by_platform(step: Step, matter: Matter, action: MatterAction) -> Matter:
    after, changed = act_in(matter, action, at=step.at, by=PLATFORM.username, reason=step.reason)
    write(step.session, PLATFORM, after, replace(changed, rules=step.under.label), None, "")
    return after


def _follow(
    step: Step, matter: Matter, action: MatterAction, *, due_at: datetime | None = None
) -> None:
    who = step.principal
    after, changed = act_in(matter, action, at=step.at, by=who.username, reason=step.reason)
    changed = replace(changed, rules=step.under.label)
    under = f"{step.under.sheet.label} {step.under.calendar.label}"
    write(step.session, who, after, changed, due_at, under)


def _first_values(matter: Matter, at: datetime) -> dict[str, object]:
    return {
        "matter_id": matter.matter_id,
        "number": matter.number,
        "holder_id": matter.holder_id,
        "kind": matter.kind.value,
        "only_one": matter.kind in FURTHER,
        "about": msgspec.json.encode(matter.about).decode(),
        "of_all": concerns_all(matter.about),
        "created_at": at,
    }


def _event_row(changed: MatterChanged) -> MatterEventRow:
    return MatterEventRow(
        matter_id=changed.matter_id,
        action=changed.action.value,
        before=changed.before.value,
        after=changed.after.value,
        at=changed.at,
        by=changed.by,
        reason=changed.reason,
        rules=changed.rules,
        authority=changed.authority,
        department=changed.department,
        papers=msgspec.json.encode(changed.papers).decode(),
        details=msgspec.json.encode(dict(changed.details)).decode() if changed.details else None,
        conditions=_conditions_text(changed.conditions),
    )


def _changed(row: MatterEventRow, revision: int) -> MatterChanged:
    papers: Iterable[Paper] = msgspec.json.decode(row.papers, type=tuple[Paper, ...])
    return MatterChanged(
        row.matter_id,
        MatterAction(row.action),
        MatterState(row.before),
        MatterState(row.after),
        row.at,
        row.by,
        row.reason,
        revision,
        row.rules,
        row.authority,
        row.department,
        tuple(papers),
        msgspec.json.decode(row.details or "{}", type=dict[MatterDetail, str]),
        provisos_from_json(json.loads(row.conditions)) if row.conditions else NONE,
    )


def _conditions_text(asked: Provisos) -> str | None:
    return None if asked == NONE else json.dumps(provisos_to_json(asked))
