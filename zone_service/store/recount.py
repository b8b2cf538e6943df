"""How long a permit and its plates last by the papers that count now, when those have changed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import col, select

from permits.issuing import legal_day
from permits.permit import Permit
from permits.plating import NO_PAPERS, validity_of
from permits.terms import Terms
from permits.validity import CutBy, ends_with
from zone_service.store.craft_papers import of_devices
from zone_service.store.numbers import keep_cut
from zone_service.store.permit_step import Step
from zone_service.store.plates import period_now, unplated
from zone_service.store.records import PlateState
from zone_service.store.tables import PlateRow

SHORTEST = timedelta(microseconds=1)
"""What is left of a permit whose papers are gone before it begins: no validity is empty, and in this one
nobody drives. It is not ended on the spot: whoever hands in new papers before it begins loses nothing."""


@dataclass(frozen=True, slots=True)
class Shorter:
    """A plate that ends before it would have."""

    plate_id: int
    number: str
    valid_to: datetime
    cut_by: CutBy


def recount(step: Step, after: Permit) -> Permit:
    """Let a permit and its plates last as long as the papers that count now.

    A plate is only ever shortened: a longer one is another plate, which the police give. What bears
    none lasts to the end of newer papers, but not beyond what was granted.
    """
    terms = recounted(step, after)
    if terms == after.terms:
        return after
    for each in _shorter(step, after):
        row = step.session.get_one(PlateRow, each.plate_id)
        row.valid_to, row.cut_by = each.valid_to, each.cut_by.value
        row.papers_to, row.papers_end_by = each.valid_to, each.cut_by.value
        step.session.add(row)
    keep_cut(step.session, after, terms.valid_to)
    step.session.flush()
    return replace(after, terms=terms)


def recounted(step: Step, permit: Permit) -> Terms:
    """Return the terms that a permit has by the papers that count now; nothing is written."""
    terms, ends = permit.terms, {each.number: each.valid_to for each in _shorter(step, permit)}
    if terms.plates and not ends:
        return terms
    plates = tuple(
        replace(each, valid_to=ends.get(each.number, each.valid_to)) for each in terms.plates
    )
    terms = replace(terms, plates=plates)
    lasts = validity_of(period_now(step, permit), terms, (), unplated(step, terms)).valid_to
    most = terms.valid_to if terms.plates else max(lasts, terms.valid_to)
    # Nothing ends in the past: what was driven until now was driven under a permit.
    return replace(terms, valid_to=min(most, max(lasts, step.at, terms.valid_from + SHORTEST)))


def _shorter(step: Step, permit: Permit) -> Iterator[Shorter]:
    first_day = legal_day(max(step.at, permit.terms.valid_from))
    borne = {each.number: each for each in permit.terms.plates}
    rows = step.session.exec(
        select(PlateRow)
        .where(PlateRow.number == permit.number, col(PlateRow.state) == PlateState.VALID.value)
        .order_by(col(PlateRow.plate_id))
    ).all()
    papers = of_devices(step.session, [e.device_id for e in rows], first_day, step.under.sheet)
    for row in rows:
        ends = ends_with(papers.get(row.device_id, NO_PAPERS))
        if row.plate in borne and ends is not None and max(ends[0], step.at) < row.valid_to:
            yield Shorter(row.plate_id or 0, row.plate, max(ends[0], step.at), ends[1])
