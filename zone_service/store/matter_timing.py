"""In which matters somebody is late, and deadlines that other rules or another calendar have moved."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select, update

from permits.issuing import Ruling
from permits.matter_deadlines import MatterCase, matter_dues
from permits.matter_states import MatterKind, MatterState
from zone_service.store import audit, matters
from zone_service.store.matter_rows import matter_of
from zone_service.store.permit_lapses import counted_otherwise
from zone_service.store.permit_taking import due_label
from zone_service.store.records import PLATFORM
from zone_service.store.tables import MatterRow, PermitRow


def otherwise_counted(session: Session, under: Ruling, limit: int) -> tuple[MatterCase, ...]:
    """Return open matters whose deadlines were counted by another rule set or calendar."""
    other = counted_otherwise(session, col(MatterRow.due_under), under)
    asked = (
        select(MatterRow)
        .join(PermitRow, col(PermitRow.number) == col(MatterRow.number))
        .where(col(MatterRow.is_open), other)
    )
    rows = session.exec(asked.order_by(col(MatterRow.matter_id)).limit(limit))
    return matters.cases_of(session, tuple(map(matter_of, rows)), under)


def count_anew(session: Session, found: Sequence[MatterCase], under: Ruling) -> None:
    """Write the deadlines of matters as they are now; not of one that has moved on meanwhile."""
    for each in found:
        dues = matter_dues(each)
        session.exec(
            update(MatterRow)
            .where(
                col(MatterRow.matter_id) == each.matter.matter_id,
                col(MatterRow.revision) == each.matter.revision,
            )
            .values(due_at=dues[0].at if dues else None, due_under=due_label(under.of(each.permit)))
            .execution_options(synchronize_session=False)
        )


def late(session: Session, at: datetime, limit: int) -> tuple[str, ...]:
    """Return the matters in which somebody is late and of which nothing was said yet."""
    asked = select(MatterRow.matter_id).where(
        col(MatterRow.due_at) < at, col(MatterRow.raised_at).is_(None), col(MatterRow.is_open),
        # Who does not ask for a hearing owes nothing.
        MatterRow.state != MatterState.ANNOUNCED.value,
    )  # fmt: skip
    return tuple(session.exec(asked.order_by(col(MatterRow.due_at)).limit(limit)))


def not_asked(session: Session, at: datetime, limit: int) -> tuple[str, ...]:
    """Return the hearings that could be asked for until before a moment, and were not."""
    asked = select(MatterRow.matter_id).where(
        MatterRow.kind == MatterKind.HEARING.value,
        MatterRow.state == MatterState.ANNOUNCED.value,
        col(MatterRow.due_at) < at,
    )
    return tuple(session.exec(asked.order_by(col(MatterRow.due_at)).limit(limit)))


def raise_late(session: Session, matter_ids: Sequence[str], at: datetime) -> int:
    """Say once of each that somebody is late, on record; return of how many it was said now."""
    said = 0
    for matter_id in matter_ids:
        raised = session.exec(
            update(MatterRow)
            .where(
                col(MatterRow.matter_id) == matter_id,
                col(MatterRow.raised_at).is_(None),
                col(MatterRow.due_at) < at,
            )
            .values(raised_at=at)
            .execution_options(synchronize_session=False)
        )
        if raised.rowcount == 1:
            said += 1
            row = session.get_one(MatterRow, matter_id, populate_existing=True)
            due = "" if row.due_at is None else row.due_at.isoformat(timespec="seconds")
            subject = f"{row.matter_id} {row.number}: {row.state}, due {due}"
            audit.record(session, PLATFORM, f"{matter_of(row).family}.overdue", subject, at)
    return said
