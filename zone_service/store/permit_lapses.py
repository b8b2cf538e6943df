"""Which permits the law has moved on, and until when somebody is to act of each."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, or_, select, update

from permits.issuing import Ruling
from permits.life_cycle import STEPS
from zone_service.store.permit_taking import case_of, due_label, due_values
from zone_service.store.tables import PermitRow

_COUNTED = sorted(
    {step.before.value for steps in STEPS.values() for step in steps if step.deadlines}
)
"""The states in which any time is counted."""


def fallen_due(session: Session, at: datetime, limit: int) -> tuple[str, ...]:
    """Return the permits whose next step is the law's by a moment, those first that wait longest."""
    due = col(PermitRow.law_at)
    asked = select(PermitRow.number).where(due <= at).order_by(due, col(PermitRow.number))
    return tuple(session.exec(asked.limit(limit)))


def otherwise_counted(session: Session, under: Ruling, limit: int) -> tuple[str, ...]:
    """Return permits whose deadlines were counted by another rule set or calendar, or never."""
    counted = col(PermitRow.due_under)
    other = or_(counted.is_(None), counted != due_label(under))
    asked = select(PermitRow.number).where(col(PermitRow.state).in_(_COUNTED), other)
    return tuple(session.exec(asked.order_by(col(PermitRow.number)).limit(limit)))


def count_anew(session: Session, numbers: Sequence[str], under: Ruling) -> None:
    """Count the deadlines of some permits by what is in force now; nothing else of them changes."""
    for number in numbers:
        case = case_of(session, number, under)
        same = (
            col(PermitRow.number) == number,
            col(PermitRow.revision) == case.permit.revision,
        )
        session.exec(
            update(PermitRow)
            .where(*same)
            .values(**due_values(case, under))
            .execution_options(synchronize_session=False)
        )
