"""Opinions of third parties and experts, as rows; and whether what was suspended waits for one."""

from sqlmodel import Session, col, select

from permits.matter_states import MatterKind, MatterState
from permits.opinion import Opinion, OpinionKind, Verdict
from zone_service.store.tables import MatterRow, OpinionRow


def given_on(session: Session, number: str) -> tuple[Opinion, ...]:
    """Return the opinions on a permit in the order in which they came."""
    key = col(OpinionRow.opinion_id)
    asked = select(OpinionRow).where(OpinionRow.number == number).order_by(key)
    return tuple(map(_opinion, session.exec(asked)))


def parts_await(session: Session, number: str) -> bool:
    """Tell whether vehicles or segments of a permit are asked to go on and that is not decided."""
    asked = select(MatterRow.matter_id).where(
        MatterRow.number == number,
        MatterRow.kind == MatterKind.SUSPENSION.value,
        MatterRow.state == MatterState.RESUME_REQUESTED.value,
    )
    return session.exec(asked.limit(1)).one_or_none() is not None


def _opinion(row: OpinionRow) -> Opinion:
    return Opinion(
        row.number,
        OpinionKind(row.kind),
        row.organisation_id,
        row.author,
        Verdict(row.verdict),
        row.said,
        row.at,
        row.document_id,
    )
