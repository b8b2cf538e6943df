"""What is attached to a step in a matter: documents about its permit, kept with the hashes of their files."""

from collections.abc import Sequence

from sqlmodel import Session, col

from permits.document_kinds import CoveredKind
from permits.matter import Matter, Paper
from permits.matter_refusals import MatterRefused
from permits.matter_step import MatterStep
from zone_service.store.records import Principal
from zone_service.store.scoping import scoped_rows
from zone_service.store.tables import DocumentRow


def attached(
    session: Session,
    principal: Principal,
    matter: Matter,
    row: MatterStep,
    document_ids: Sequence[str],
) -> tuple[Paper, ...]:
    """Return what is attached to a step, in the order in which it was named.

    Raises:
        MatterRefused: names each that is not about the permit, has no file or was withdrawn; or
            what must be attached and is not.
    """
    wanted = tuple(dict.fromkeys(document_ids))
    asked = scoped_rows(DocumentRow, principal).where(
        col(DocumentRow.document_id).in_(wanted),
        DocumentRow.covers_kind == CoveredKind.PERMIT.value,
        DocumentRow.covers_key == matter.number,
        col(DocumentRow.sha256).is_not(None),
        col(DocumentRow.withdrawn_at).is_(None),
    )
    found = {each.document_id: each for each in session.exec(asked)} if wanted else {}
    if unfit := [each for each in wanted if each not in found]:
        raise _refusal(matter, row, *unfit, why="paper unfit")
    if row.paper is not None and row.paper.value not in {each.kind for each in found.values()}:
        raise _refusal(matter, row, row.paper, why="paper missing")
    return tuple(Paper(each, found[each].sha256 or "") for each in wanted)


def _refusal(matter: Matter, row: MatterStep, *named: str, why: str) -> MatterRefused:
    return MatterRefused(matter.matter_id, row.action, *named, why=why, number=matter.number)
