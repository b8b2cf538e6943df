"""Which permits the law has moved on, and until when somebody is to act of each."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, or_, select, update

from permits.deadlines import Case, open_deadlines
from permits.ending_steps import ENDED as OVER
from permits.issuing import Ruling
from permits.life_cycle import FAMILY_OF, IN_FORCE, STEPS
from permits.permit import Permit, PermitAction, transition
from permits.rule_words import Language
from permits.step_words import step_words
from permits.subject_reports import ENDED, HALTED
from permits.transition import Guard
from zone_service.store import history
from zone_service.store.first_checks import next_of_law
from zone_service.store.permit_taking import (
    case_of,
    cases_of,
    due_label,
    due_values,
    let_law,
    take,
)
from zone_service.store.records import PLATFORM
from zone_service.store.tables import OrganisationRow, PermitRow

_COUNTED = sorted(
    {step.before.value for steps in STEPS.values() for step in steps if step.deadlines}
    # Reports are owed as soon as a permit was in force, and when it has ended.
    | {state.value for state in (*IN_FORCE, *HALTED, *ENDED)}
)
"""The states in which any time is counted."""


_OVER = sorted(state.value for state in OVER)
_LOSE_HOLDER = {
    family: sorted(step.before.value for step in steps if Guard.HOLDER_ENDED in step.guards)
    for family, steps in STEPS.items()
}
"""The states in which a permit of a family is struck off once its holder is no more."""


_COME_INTO_FORCE = sorted(
    {
        step.before.value
        for steps in STEPS.values()
        for step in steps
        if Guard.SELF_CHECKED in step.guards
    }
)
"""The states in which a permit may wait for its devices."""
LOOK_AGAIN_LEAST = timedelta(seconds=5)
LOOK_AGAIN_MOST = timedelta(minutes=1)
"""What waits for its devices is looked at again after a tenth of the time that it has waited, within
these: a row of what was heard of a device may itself be a minute old."""
_PART = 10


class Counts(NamedTuple):
    """The deadlines of a permit at a revision, as its columns have them."""

    number: str
    revision: int
    values: Mapping[str, object]


def fallen_due(session: Session, at: datetime, limit: int) -> tuple[str, ...]:
    """Return the permits whose next step is the law's by a moment, those first that wait longest.

    What is only to be struck off waits for nobody, and is not among them.
    """
    due, going = col(PermitRow.law_at), col(PermitRow.state).not_in(_OVER)
    asked = select(PermitRow.number).where(due <= at, going).order_by(due, col(PermitRow.number))
    return tuple(session.exec(asked.limit(limit)))


def to_be_struck_off(session: Session, at: datetime, limit: int) -> tuple[str, ...]:
    """Return the permits that are over and whose time to be struck off has come, the oldest first."""
    due, over = col(PermitRow.law_at), col(PermitRow.state).in_(_OVER)
    asked = select(PermitRow.number).where(due <= at, over).order_by(due, col(PermitRow.number))
    return tuple(session.exec(asked.limit(limit)))


def without_holder(session: Session, at: datetime, limit: int) -> tuple[str, ...]:
    """Return the permits that were granted, are not over, and whose holders are no more."""
    asked = (
        select(PermitRow.number)
        .join(OrganisationRow, col(OrganisationRow.organisation_id) == col(PermitRow.holder_id))
        .where(col(OrganisationRow.ended_at) <= at, _loses_holder())
    )
    return tuple(session.exec(asked.order_by(col(PermitRow.number)).limit(limit)))


def _loses_holder() -> ColumnElement[bool]:
    """Each in the states of its own family: one that has no such step would be found for ever."""
    return or_(
        *(
            and_(
                col(PermitRow.kind).in_(
                    each.value for each, its in FAMILY_OF.items() if its is family
                ),
                col(PermitRow.state).in_(states),
            )
            for family, states in _LOSE_HOLDER.items()
        )
    )


def waiting(
    session: Session, numbers: Sequence[str], at: datetime, under: Ruling
) -> tuple[Counts, ...]:
    """Return of permits that are due those that wait for their devices, with when to look at each again.

    Their time has come and nothing is to be done: left as they are, they would be found first each second,
    and keep others from their turn.
    """
    asked = select(PermitRow).where(
        col(PermitRow.number).in_(numbers), col(PermitRow.state).in_(_COME_INTO_FORCE)
    )
    found = [history.permit_of(row) for row in session.exec(asked)] if numbers else []
    known = [each for each in found if under.there(each.jurisdiction)]
    return tuple(
        Counts(case.permit.number, case.permit.revision, {"law_at": _look_again(case, at)})
        for case in cases_of(session, known, under)
        if next_of_law(session, case, at, under) is None
    )


def _look_again(case: Case, at: datetime) -> datetime:
    """Return when to look again at what waits; no later than at what the law does next of it."""
    waited = (at - case.permit.terms.valid_from) / _PART
    look = at + min(max(waited, LOOK_AGAIN_LEAST), LOOK_AGAIN_MOST)
    others = (due.limit.at for due in open_deadlines(case) if due.by_law)
    return min([look, *(each for each in others if each is not None and each > at)])


def strike_off(session: Session, number: str, at: datetime, under: Ruling) -> bool:
    """Strike off what is over, or has lost its holder; tell whether it was.

    Raises:
        Conflict: somebody else was first.
    """
    before = case_of(session, number, under)
    case = let_law(session, before, at, under)
    permit = case.permit
    row = transition(permit.family, permit.state, PermitAction.DEREGISTER)
    if row is not None and Guard.HOLDER_ENDED in row.guards:
        holder = permit.holder_id
        why = " / ".join(step_words("holder ended", each, holder=holder) for each in Language)
        case = take(session, PLATFORM, case, PermitAction.DEREGISTER, at, why, under=under)
    return case is not before


def otherwise_counted(session: Session, under: Ruling, limit: int) -> tuple[Permit, ...]:
    """Return permits whose deadlines were counted by another rule set or calendar, or never."""
    asked = select(PermitRow).where(
        col(PermitRow.state).in_(_COUNTED),
        counted_otherwise(session, col(PermitRow.due_under), under),
    )
    found = session.exec(asked.order_by(col(PermitRow.number)).limit(limit))
    return tuple(history.permit_of(row) for row in found)


def counted_otherwise(session: Session, counted: Any, under: Ruling) -> ColumnElement[bool]:
    """Return what holds of rows, joined to their permits, that were not counted by what is in force.

    Those of a jurisdiction whose rules nobody has here are left as they are.
    """
    jurisdiction = col(PermitRow.jurisdiction)
    known = {name: its for name in in_use(session) if (its := under.there(name))}
    return or_(
        *(
            and_(jurisdiction == name, or_(counted.is_(None), counted != due_label(its)))
            for name, its in known.items()
        )
    )


def in_use(session: Session) -> tuple[str, ...]:
    """Return the jurisdictions that permits are of, that of the installation among them."""
    found = session.exec(select(PermitRow.jurisdiction).distinct())
    return tuple(sorted({"", *found}))


def counted_anew(session: Session, found: Sequence[Permit], under: Ruling) -> tuple[Counts, ...]:
    """Return what the deadlines of permits are by what is in force now."""
    return tuple(
        Counts(case.permit.number, case.permit.revision, due_values(case, under))
        for case in cases_of(session, found, under)
    )


def keep_counts(session: Session, found: Sequence[Counts]) -> None:
    """Write deadlines; not of a permit that has moved on meanwhile, which has its own."""
    for each in found:
        session.exec(
            update(PermitRow)
            .where(col(PermitRow.number) == each.number, col(PermitRow.revision) == each.revision)
            .values(**each.values)
            .execution_options(synchronize_session=False)
        )
