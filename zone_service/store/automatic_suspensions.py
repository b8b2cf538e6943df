"""What suspends by itself: permits whose papers, plates or places are gone are found in parts, and suspended."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, select

from permits.issuing import Ruling, legal_day
from permits.lapsed_grounds import (
    Halt,
    is_whole,
    said_of,
    together,
    without,
)
from permits.life_cycle import STEPS, transition
from permits.matter import Suspension
from permits.matter_states import MatterAction, MatterKind
from permits.matter_step import MatterDetail
from permits.permit import Permit, PermitAction
from permits.transition import Detail
from zone_service.store import history, matters, permit_events, permit_taking, rule_sets
from zone_service.store.lapsed import halts_of, not_held
from zone_service.store.permit_events import Moved
from zone_service.store.records import PLATFORM
from zone_service.store.revisions import bump, revision
from zone_service.store.tables import PermitRow

_STANDS = sorted(
    {
        step.before.value
        for steps in STEPS.values()
        for step in steps
        if step.action is PermitAction.SUSPEND or step.before.value == "AIRBORNE"
    }
)
"""The states of what can be suspended, and of what is in the air: parts of that can."""


class Found(NamedTuple):
    """What was found in a part of the permits."""

    numbers: tuple[str, ...]
    """Of those of which something is to be suspended."""
    last: str
    """From where the next part begins; empty after the last one."""


def rests_on(session: Session, at: datetime, under: Ruling) -> str:
    """Return what moves with whatever a permit could rest on: while it is the same nothing can be found."""
    counts = [str(revision(session, part)) for part in ("zones", "documents", "plates", "registry")]
    labels = rule_sets.labels_in_force(session).values()
    return " ".join((legal_day(at).isoformat(), *counts, under.label, *labels))


def found(session: Session, at: datetime, under: Ruling, after: str, limit: int) -> Found:
    """Return the permits in force, from after one of them, of which something stands no longer."""
    key = col(PermitRow.number)
    asked = select(PermitRow).where(
        col(PermitRow.state).in_(_STANDS), key > after, col(PermitRow.valid_to) > at
    )
    rows = session.exec(asked.order_by(key).limit(limit)).all()
    permits = [history.permit_of(row) for row in rows]
    numbers = _to_suspend(session, permits, at, under)
    return Found(numbers, permits[-1].number if len(permits) == limit else "")


def begun(session: Session, at: datetime, under: Ruling, after: int | None, limit: int) -> Moved:
    """Return the permits that came into force since a step, and of which something stands no longer.

    What a permit rests on may be gone before it is in force, and nothing of it changes then. ``after``:
    ``None`` before the first look, which finds none.
    """
    came = permit_events.into(session, _STANDS, after, limit)
    asked = select(PermitRow).where(
        col(PermitRow.number).in_(came.numbers), col(PermitRow.state).in_(_STANDS)
    )
    rows = session.exec(asked.order_by(col(PermitRow.number))).all() if came.numbers else ()
    permits = [history.permit_of(row) for row in rows if row.valid_to > at]
    return Moved(_to_suspend(session, permits, at, under), came.last)


def _to_suspend(
    session: Session, permits: Sequence[Permit], at: datetime, under: Ruling
) -> tuple[str, ...]:
    wrong = halts_of(session, permits, at, under)
    return tuple(number for number, some in wrong.items() if not_held(session, number, some))


def suspend(session: Session, number: str, at: datetime, under: Ruling) -> bool:
    """Suspend what of a permit stands no longer; tell whether anything was.

    A vehicle or a segment by a matter of its own, by which it is put right and goes on; the whole
    permit where nothing of it could go on.

    Raises:
        Conflict: somebody else was first.
    """
    bump(session, "matters")
    case = permit_taking.let_law(session, permit_taking.case_of(session, number, under), at, under)
    permit = case.permit
    if permit.state.value not in _STANDS:
        return False
    wrong = halts_of(session, [permit], at, under)[number]
    left = not_held(session, number, wrong)
    whole = is_whole(permit.terms, together(wrong))
    if left and whole and transition(permit.family, permit.state, PermitAction.SUSPEND):
        permit_taking.take(
            session, PLATFORM, case, PermitAction.SUSPEND, at, said_of(left[0]),
            under=under, details={Detail.GROUND: left[0].ground.value},
        )  # fmt: skip
        return True
    done = Suspension()
    for each in left:
        done = _suspend_parts(session, permit, without(each, done), done, at, under)
    return done != Suspension()


def _suspend_parts(
    session: Session, permit: Permit, halt: Halt, done: Suspension, at: datetime, under: Ruling
) -> Suspension:
    if halt.parts == Suspension():
        return done
    matters.begin(
        session, PLATFORM, permit.number, MatterKind.SUSPENSION, MatterAction.SUSPEND,
        halt.parts, at, said_of(halt), under=under,
        details={MatterDetail.GROUND: halt.ground.value},
    )  # fmt: skip
    return Suspension(done.device_ids | halt.parts.device_ids, done.zone_ids | halt.parts.zone_ids)
