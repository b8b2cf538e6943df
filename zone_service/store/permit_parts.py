"""Which devices and zones a permit names, beside its terms, so that permits are found by them."""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Final

from sqlmodel import Session, col, delete, insert, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from permits.permit import Permit
from permits.report_periods import start_of
from permits.states import PermitState
from permits.terms import Terms
from zone_service.store import plan_answers
from zone_service.store.granted import ENDED, NEVER_GRANTED
from zone_service.store.history import permit_of
from zone_service.store.records import PermitFilter
from zone_service.store.tables import OrganisationRow, PermitPartRow, PermitRow, PlateRow

Asked = SelectOfScalar[PermitRow]

DEVICE: Final = "device"
ZONE: Final = "zone"
_IDS_AT_ONCE: Final = 500


def keep(session: Session, permit: Permit) -> None:
    """Write down what the terms of a permit name now, in place of what they named."""
    session.exec(delete(PermitPartRow).where(col(PermitPartRow.number) == permit.number))
    rows = [
        {"kind": kind, "key": key, "number": permit.number} for kind, key in _parts(permit.terms)
    ]
    session.exec(insert(PermitPartRow), params=rows)


def standing_with(session: Session, device_id: str) -> tuple[Permit, ...]:
    """Return the permits that were granted, are not over and name a device, by their numbers."""
    over = [each.value for each in (*NEVER_GRANTED, *ENDED)]
    named = select(PermitPartRow.number).where(
        PermitPartRow.kind == DEVICE, PermitPartRow.key == device_id
    )
    asked = select(PermitRow).where(
        col(PermitRow.number).in_(named), col(PermitRow.state).not_in(over)
    )
    return tuple(map(permit_of, session.exec(asked.order_by(col(PermitRow.number)))))


def standing_in(session: Session, zone_ids: Collection[str]) -> tuple[str, ...]:
    """Return the numbers of the permits that were granted, are not over and name one of some zones."""
    over = [each.value for each in (*NEVER_GRANTED, *ENDED)]
    found, wanted = set[str](), sorted(zone_ids)
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        named = select(PermitPartRow.number).where(
            PermitPartRow.kind == ZONE,
            col(PermitPartRow.key).in_(wanted[start : start + _IDS_AT_ONCE]),
        )
        asked = select(PermitRow.number).where(
            col(PermitRow.number).in_(named), col(PermitRow.state).not_in(over)
        )
        found |= set(session.exec(asked))
    return tuple(sorted(found))


def naming(session: Session, device_id: str | None) -> tuple[Permit, ...]:
    """Return the permits that name a device and are not over, those too that are applied for."""
    named = select(PermitPartRow.number).where(
        PermitPartRow.kind == DEVICE, PermitPartRow.key == device_id
    )
    over = [*ENDED, PermitState.REJECTED, PermitState.WITHDRAWN]
    asked = select(PermitRow).where(
        col(PermitRow.number).in_(named), col(PermitRow.state).not_in([e.value for e in over])
    )
    return tuple(map(permit_of, session.exec(asked.order_by(col(PermitRow.number)))))


def _parts(terms: Terms) -> Iterator[tuple[str, str]]:
    yield from ((DEVICE, each) for each in sorted(terms.device_ids))
    named = terms.zone_ids | terms.transfer_zone_ids | terms.exempt_zone_ids
    yield from ((ZONE, each) for each in sorted(named))


def filtered(asked: Asked, wanted: PermitFilter) -> Asked:
    """Return a statement about permits with all that is asked for."""
    for column, value in (
        (PermitRow.state, wanted.state),
        (PermitRow.kind, wanted.kind),
        (PermitRow.holder_id, wanted.holder_id),
        (PermitRow.jurisdiction, wanted.jurisdiction),
    ):
        if value is not None:
            asked = asked.where(col(column) == str(value))
    if wanted.overdue_at is not None:
        asked = _overdue(asked, wanted.overdue_at)
    if wanted.valid_on is not None:
        asked = _valid_on(asked, wanted.valid_on)
    if wanted.text:
        asked = _with_text(asked, wanted.text)
    return _naming(asked, wanted)


def _overdue(asked: Asked, at: datetime) -> Asked:
    """Those of which somebody owes a step, or the answer to a plan of a day, and is late.

    What is due of a permit is kept with each of its steps, and that a plan is filed or answered is none.
    """
    is_planned_late = col(PermitRow.number).in_(plan_answers.late_numbers(at))
    return asked.where(or_(col(PermitRow.due_at) < at, is_planned_late))


def _valid_on(asked: Asked, day: date) -> Asked:
    """Those whose validity has a moment in a day of Shanghai."""
    begins, ends = start_of(day), start_of(date.fromordinal(day.toordinal() + 1))
    return asked.where(col(PermitRow.valid_from) < ends, col(PermitRow.valid_to) > begins)


def _with_text(asked: Asked, text: str) -> Asked:
    """Those whose number or holder has a text in it, in whatever letters."""
    organisation, holder_id = OrganisationRow, col(PermitRow.holder_id)
    named = select(organisation.organisation_id).where(
        col(organisation.name).icontains(text, autoescape=True)
    )
    words = (col(PermitRow.number), holder_id)
    return asked.where(
        or_(*(each.icontains(text, autoescape=True) for each in words), holder_id.in_(named))
    )


def _naming(asked: Asked, wanted: PermitFilter) -> Asked:
    part, plate, number = PermitPartRow, PlateRow, col(PermitRow.number)
    for kind, key in ((DEVICE, wanted.device_id), (ZONE, wanted.zone_id)):
        if key is not None:
            found = select(part.number).where(part.kind == kind, part.key == key)
            asked = asked.where(number.in_(found))
    for column, value in ((plate.plate, wanted.plate), (plate.vin, wanted.vin)):
        if value is not None:
            asked = asked.where(number.in_(select(plate.number).where(col(column) == value)))
    return asked
