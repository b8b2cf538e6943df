"""Which permits the law has moved on, and until when somebody is to act of each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, or_, select, update

from permits.issuing import Ruling
from permits.life_cycle import IN_FORCE, STEPS
from permits.permit import Permit
from permits.subject_reports import ENDED, HALTED
from zone_service.store import history
from zone_service.store.permit_taking import cases_of, due_label, due_values
from zone_service.store.tables import PermitRow

_COUNTED = sorted(
    {step.before.value for steps in STEPS.values() for step in steps if step.deadlines}
    # Reports are owed as soon as a permit was in force, and when it has ended.
    | {state.value for state in (*IN_FORCE, *HALTED, *ENDED)}
)
"""The states in which any time is counted."""


class Counts(NamedTuple):
    """The deadlines of a permit at a revision, as its columns have them."""

    number: str
    revision: int
    values: Mapping[str, object]


def fallen_due(session: Session, at: datetime, limit: int) -> tuple[str, ...]:
    """Return the permits whose next step is the law's by a moment, those first that wait longest."""
    due = col(PermitRow.law_at)
    asked = select(PermitRow.number).where(due <= at).order_by(due, col(PermitRow.number))
    return tuple(session.exec(asked.limit(limit)))


def otherwise_counted(session: Session, under: Ruling, limit: int) -> tuple[Permit, ...]:
    """Return permits whose deadlines were counted by another rule set or calendar, or never."""
    counted = col(PermitRow.due_under)
    other = or_(counted.is_(None), counted != due_label(under))
    asked = select(PermitRow).where(col(PermitRow.state).in_(_COUNTED), other)
    found = session.exec(asked.order_by(col(PermitRow.number)).limit(limit))
    return tuple(history.permit_of(row) for row in found)


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
