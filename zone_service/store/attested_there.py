"""What others are told that a vehicle has driven here: what departments have attested, and nothing else."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from permits.driven_days import DaysDriven
from permits.issuing import legal_day
from permits.recognition import DrivenThere
from zone_service.store.documents import counts_on
from zone_service.store.tables import DocumentRow, DrivenFigureRow


def attested_there(
    session: Session, entry_ids: Collection[str], at: datetime
) -> Mapping[str, DrivenThere]:
    """Return what each vehicle drove by the figures that are attested and whose documents count today."""
    asked = (
        select(DrivenFigureRow)
        .join(DocumentRow, col(DocumentRow.document_id) == col(DrivenFigureRow.document_id))
        .where(
            col(DrivenFigureRow.entry_id).in_(sorted(entry_ids)),
            col(DrivenFigureRow.attested_at).is_not(None),
            *counts_on(legal_day(at)),
        )
        .order_by(col(DrivenFigureRow.figure_id))
    )
    found: dict[str, list[DrivenFigureRow]] = defaultdict(list)
    for row in session.exec(asked):
        found[row.entry_id].append(row)
    return {entry_id: _told(rows) for entry_id, rows in found.items()}


def _told(rows: list[DrivenFigureRow]) -> DrivenThere:
    begins, ends = min(each.begins for each in rows), max(each.ends for each in rows)
    documents = len({each.document_id for each in rows})
    return DrivenThere(
        automated_km=_known(each.automated_km for each in rows),
        automated_h=_known(each.automated_h for each in rows),
        takeovers=_all(each.takeovers for each in rows),
        at_fault_accidents=_all(each.at_fault_accidents for each in rows),
        traffic_violations=_all(each.traffic_violations for each in rows),
        source=f"attested by departments, {begins} to {ends}, from {documents} documents",
        days=days_of(rows),
    )


def days_of(rows: Iterable[DrivenFigureRow]) -> tuple[DaysDriven, ...]:
    """Return what figures tell of kilometres and hours, each of its days."""
    return tuple(
        DaysDriven(
            begins=each.begins,
            ends=each.ends,
            automated_km=each.automated_km,
            automated_h=each.automated_h,
        )
        for each in rows
        if each.automated_km is not None or each.automated_h is not None
    )


def _known(figures: Iterable[float | None]) -> float | None:
    """What is known of it was driven, whatever else is not."""
    known = [each for each in figures if each is not None]
    return sum(known) if known else None


def _all(figures: Iterable[int | None]) -> int | None:
    """Of what speaks against a vehicle nothing is told as long as a part of it is not known."""
    found = list(figures)
    known = [each for each in found if each is not None]
    return sum(known) if len(known) == len(found) else None
