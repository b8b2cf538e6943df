"""The numbers of what is granted: each series without a gap, and none given twice.

The count moves in the transaction of the step that takes a number: who is refused afterwards gives
it back, and whoever else wants one waits until that is decided.
"""

from datetime import datetime

from sqlalchemy import text as sql
from sqlmodel import Session

from permits.issuing import legal_day
from permits.permit import Permit
from permits.series import Numbered, Series, numbered, series_of
from zone_service.store.errors import Conflict
from zone_service.store.permit_step import Step
from zone_service.store.tables import PermitNumberRow

# Words that both databases know.
_TAKE = sql(
    "INSERT INTO number_series (series, value) VALUES (:series, 1) "
    "ON CONFLICT (series) DO UPDATE SET value = number_series.value + 1 RETURNING value"
)


def number(step: Step, after: Permit) -> Permit:
    """Give a permit the next numbers of its series, unless it has some.

    Raises:
        Conflict: the rule set does not say how they are written.
    """
    if step.session.get(PermitNumberRow, after.number) is not None:
        return after
    try:
        series = series_of(step.under.sheet, after.kind, legal_day(step.at))
    except LookupError as error:
        raise Conflict(why="no series", found=error.args[0]) from None
    found = _take(step.session, series)
    step.session.add(
        PermitNumberRow(
            number=after.number,
            series=found.series,
            serial=found.serial,
            confirmation=found.confirmation,
            machine=found.machine,
            given_at=step.at,
        )
    )
    step.session.flush()
    return after


def numbers_of(session: Session, permit_number: str) -> Numbered | None:
    """Return the numbers of a permit; ``None`` before it was granted."""
    row = session.get(PermitNumberRow, permit_number)
    if row is None:
        return None
    return Numbered(row.series, row.serial, row.confirmation, row.machine)


def declared_to(session: Session, permit: Permit) -> datetime | None:
    """Return until when a permit was declared that was cut; ``None`` where its end was moved since.

    A renewal, a change or a condition that moved its end is what counts then.
    """
    row, ends = session.get(PermitNumberRow, permit.number), permit.terms.valid_to
    if row is None or row.declared_to is None:
        return ends
    return row.declared_to if row.cut_to == ends else None


def keep_cut(session: Session, permit: Permit, cut_to: datetime) -> None:
    """Remember until when a permit was declared, before its validity is cut."""
    row = session.get(PermitNumberRow, permit.number)
    if row is not None:
        row.declared_to = declared_to(session, permit) or permit.terms.valid_to
        row.cut_to = cut_to
        session.add(row)


def _take(session: Session, series: Series) -> Numbered:
    serial = session.connection().execute(_TAKE, {"series": series.key}).scalar_one()
    return numbered(series, int(serial))
