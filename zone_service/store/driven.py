"""What vehicles have driven, as their operators declare it and departments attest it by a document.

Until the history of telemetry tells it, these are the only kilometres that there are. A figure counts once
it is attested, and as long as its document counts: never before.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from sqlmodel import Session, col, select

from permits.document_kinds import CoveredKind
from permits.driven_days import Account
from permits.issuing import Ruling, legal_day
from permits.mileage import Driven
from permits.paper_words import Fault, PapersRefused, fault
from permits.precondition_facts import total
from zone_service.store import audit
from zone_service.store.attested_there import days_of
from zone_service.store.competence import unfit_for_figures
from zone_service.store.documents import counts_on
from zone_service.store.errors import Conflict, NotAllowed, NotFound
from zone_service.store.records import DrivenFigure, KeptFigure, Principal, Role
from zone_service.store.revisions import bump
from zone_service.store.scoping import MAX_PAGE, one, page_size, require_own, require_role
from zone_service.store.tables import DocumentRow, DrivenFigureRow, RegisterRow

COUNTS = (
    "supervised_rides",
    "loaded_rides",
    "takeovers",
    "at_fault_accidents",
    "traffic_violations",
)
AMOUNTS = ("automated_h", "automated_km")


@dataclass(frozen=True, slots=True)
class AttestedFigures:
    """The mileage that departments have attested; a ``permits.mileage.Mileage``."""

    session: Session
    at: datetime

    def driven(self, entry_ids: Collection[str], zone_ids: frozenset[str]) -> Mapping[str, Driven]:
        """Return what vehicles have driven by the figures whose documents count today."""
        found: dict[str, list[DrivenFigureRow]] = defaultdict(list)
        asked = (
            select(DrivenFigureRow)
            .join(DocumentRow, col(DocumentRow.document_id) == col(DrivenFigureRow.document_id))
            .where(
                col(DrivenFigureRow.entry_id).in_(sorted(entry_ids)),
                col(DrivenFigureRow.attested_at).is_not(None),
                *counts_on(legal_day(self.at)),
            )
            .order_by(col(DrivenFigureRow.figure_id))
        )
        for row in self.session.exec(asked):
            found[row.entry_id].append(row)
        return {entry_id: _together(rows, zone_ids) for entry_id, rows in found.items()}


def declare(
    session: Session, principal: Principal, entry_id: str, figure: DrivenFigure, at: datetime
) -> KeptFigure:
    """Take in what an operator says that a vehicle has driven; it counts once it is attested.

    Raises:
        NotFound: there is no such vehicle or document that the principal may see.
        NotAllowed: it is not the principal's to say.
        PapersRefused: all that is wrong with it.
    """
    bump(session, "documents")
    entry = one(session, RegisterRow, principal, entry_id)
    if entry.kind != CoveredKind.VEHICLE.value:
        raise NotFound(what=CoveredKind.VEHICLE, key=entry_id)
    require_own(principal, "declare what a vehicle has driven", entry.organisation_id)
    document = one(session, DocumentRow, principal, figure.document_id)
    wrong = [*_faults(figure, at), *_overlaps(session, entry_id, figure)]
    if document.organisation_id != entry.organisation_id or document.sha256 is None:
        wrong.append(fault("document_id", figure.document_id, "of application"))
    if wrong:
        raise PapersRefused(*wrong)
    row = DrivenFigureRow(
        entry_id=entry_id,
        device_id=entry.device_id,
        zone_id=figure.zone_id,
        begins=figure.begins,
        ends=figure.ends,
        document_id=figure.document_id,
        declared_by=principal.username,
        declared_at=at,
        **{name: getattr(figure, name) for name in (*AMOUNTS, *COUNTS)},
    )
    session.add(row)
    session.flush()
    audit.record(session, principal, "driven.declare", f"{entry_id} #{row.figure_id}", at)
    return _kept(row)


def attest(
    session: Session,
    principal: Principal,
    entry_id: str,
    figure_id: int,
    at: datetime,
    *,
    under: Ruling,
) -> KeptFigure:
    """Confirm by its document that a figure is right; from then on it counts.

    Raises:
        NotFound: there is no such figure that the principal may see.
        NotAllowed: the principal is of no department that the rule set names, or it is their own vehicle.
        Conflict: it was attested before, or its document does not count any more.
    """
    bump(session, "documents")
    entry = one(session, RegisterRow, principal, entry_id)
    require_role(principal, "attest figures", Role.REVIEWER, Role.POLICE)
    row = session.get(DrivenFigureRow, figure_id)
    if row is None or row.entry_id != entry_id:
        raise NotFound(what="figure", key=str(figure_id))
    _require_fit(session, principal, entry, under)
    if row.attested_at is not None:
        raise Conflict(why="attested already", figure=figure_id, by=row.attested_by)
    counts = select(DocumentRow).where(
        DocumentRow.document_id == row.document_id, *counts_on(legal_day(at))
    )
    if session.exec(counts).first() is None:
        raise Conflict(why="document gone", figure=figure_id, document=row.document_id)
    row.attested_by, row.attested_at = principal.username, at
    row.device_id = row.device_id or entry.device_id
    session.add(row)
    session.flush()
    said = f"by {row.document_id}"
    audit.record(session, principal, "driven.attest", f"{row.entry_id} #{figure_id}", at, said)
    return _kept(row)


def _require_fit(session: Session, principal: Principal, entry: RegisterRow, under: Ruling) -> None:
    why = unfit_for_figures(session, principal, entry, under)
    if why is not None and why.organisation:
        raise NotAllowed(why="not own figures", who=principal.username)
    if why is not None:
        expected = ", ".join(why.expected) or "–"
        raise NotAllowed(why="not their figures", who=principal.username, expected=expected)


def of_entry(
    session: Session, principal: Principal, entry_id: str, *, after: int = 0, limit: int = MAX_PAGE
) -> tuple[KeptFigure, ...]:
    """Return the figures of a vehicle, attested or not, in the order in which they were declared.

    Raises:
        NotFound: there is no such vehicle that the principal may see.
    """
    one(session, RegisterRow, principal, entry_id)
    key = col(DrivenFigureRow.figure_id)
    asked = select(DrivenFigureRow).where(DrivenFigureRow.entry_id == entry_id, key > after)
    found = session.exec(asked.order_by(key).limit(page_size(limit)))
    return tuple(map(_kept, found))


def _together(rows: list[DrivenFigureRow], zone_ids: frozenset[str]) -> Driven:
    there = [each for each in rows if each.zone_id in zone_ids]
    driven = {each.zone_id for each in there if each.automated_km or each.automated_h}
    zone_km: dict[str, float] = defaultdict(float)
    for each in there:
        if each.zone_id is not None and each.automated_km is not None:
            zone_km[each.zone_id] += each.automated_km
    somewhere = any(each.zone_id is not None for each in rows)
    counts: dict[str, Any] = {name: _whole(_sum(rows, name)) for name in COUNTS}
    return Driven(
        automated_h=_sum(there, "automated_h"),
        automated_km=_sum(there, "automated_km"),
        total_km=_sum(rows, "automated_km"),
        zone_ids=frozenset(str(each) for each in driven) if somewhere else None,
        zone_km=zone_km,
        documents=tuple(dict.fromkeys(each.document_id for each in rows)),
        account=_account(rows),
        account_of_segments=_account(there),
        **counts,
    )


def _account(rows: list[DrivenFigureRow]) -> Account:
    return Account(
        automated_km=_sum(rows, "automated_km"),
        automated_h=_sum(rows, "automated_h"),
        days=days_of(rows),
    )


def _sum(rows: Iterable[DrivenFigureRow], name: str) -> float | None:
    """Return the sum of what was stated; ``None`` where no figure states it."""
    told = [each for row in rows if (each := getattr(row, name)) is not None]
    return total(told)


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _faults(figure: DrivenFigure, at: datetime) -> Iterable[Fault]:
    if figure.ends < figure.begins:
        yield fault("ends", figure.ends, "order", day=figure.begins)
    if figure.ends > legal_day(at):
        yield fault("ends", figure.ends, "past", day=legal_day(at))
    told = {name: getattr(figure, name) for name in (*AMOUNTS, *COUNTS)}
    if all(each is None for each in told.values()):
        yield fault("automated_km", None, "some figure")
    for name, each in told.items():
        if each is not None and not (isfinite(each) and each >= 0):
            yield fault(name, each, "not below", least=0)


def _overlaps(session: Session, entry_id: str, figure: DrivenFigure) -> Iterable[Fault]:
    """The same kilometres are not declared twice; those whose document was withdrawn may be anew."""
    zone = col(DrivenFigureRow.zone_id)
    its = col(DocumentRow.document_id) == col(DrivenFigureRow.document_id)
    asked = (
        select(DrivenFigureRow.figure_id)
        .join(DocumentRow, its)
        .where(
            col(DocumentRow.withdrawn_at).is_(None),
            DrivenFigureRow.entry_id == entry_id,
            zone.is_(None) if figure.zone_id is None else zone == figure.zone_id,
            col(DrivenFigureRow.begins) <= figure.ends,
            col(DrivenFigureRow.ends) >= figure.begins,
        )
    )
    if session.exec(asked).first() is not None:
        yield fault("begins", figure.begins, "free days")


def _kept(row: DrivenFigureRow) -> KeptFigure:
    figure = DrivenFigure(
        zone_id=row.zone_id,
        begins=row.begins,
        ends=row.ends,
        document_id=row.document_id,
        **{name: getattr(row, name) for name in (*AMOUNTS, *COUNTS)},
    )
    return KeptFigure(
        row.figure_id or 0,
        row.entry_id,
        figure,
        row.declared_by,
        row.declared_at,
        row.attested_by,
        row.attested_at,
    )
