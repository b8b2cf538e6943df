"""What an accident under one permit stops under every other: the vehicle itself, until it is accepted."""

from dataclasses import replace
from typing import Final

from sqlmodel import Session, col, select

from permits.matter import Matter, held, parts_of, within
from permits.matter_states import MatterKind
from permits.permit import Permit
from permits.terms import Terms
from zone_service.store import matter_rows
from zone_service.store.permit_step import Step
from zone_service.store.tables import DeviceRow, MatterPartyRow, MatterRow

_IDS_AT_ONCE: Final = 500


def matters_of(session: Session, number: str, terms: Terms) -> tuple[Matter, ...]:
    """Return the matters that may halt something of a permit: its own that are open, and accidents elsewhere."""
    return (*matter_rows.open_of(session, number), *_elsewhere(session, number, terms))


def halted(terms: Terms, its: tuple[Matter, ...]) -> Terms:
    """Return terms with what some matters hold of them suspended.

    What has left the permit meanwhile is nothing of it, and comes back as it went: suspended.
    """
    parts = within(terms, held(its))
    return replace(terms, suspended_device_ids=parts.device_ids, suspended_zone_ids=parts.zone_ids)


def stop(step: Step, after: Permit) -> Permit:
    """Halt from its grant what of a permit is stopped by an accident that is open under another."""
    found = _elsewhere(step.session, after.number, after.terms)
    devices = after.terms.suspended_device_ids | within(after.terms, held(found)).device_ids
    return replace(after, terms=replace(after.terms, suspended_device_ids=devices))


def _elsewhere(session: Session, number: str, terms: Terms) -> tuple[Matter, ...]:
    """Return the open accidents under other permits that stop a vehicle of these terms, by their ids.

    Found by whose the vehicles are: no index names the devices of a matter.
    """
    found: dict[str, Matter] = {}
    wanted = sorted(terms.device_ids)
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        some = col(DeviceRow.device_id).in_(wanted[start : start + _IDS_AT_ONCE])
        owners = select(DeviceRow.organisation_id).where(some)
        of_theirs = select(MatterPartyRow.matter_id).where(
            col(MatterPartyRow.organisation_id).in_(owners)
        )
        asked = select(MatterRow).where(
            MatterRow.kind == MatterKind.ACCIDENT.value,
            col(MatterRow.is_open),
            MatterRow.number != number,
            col(MatterRow.matter_id).in_(of_theirs),
        )
        found |= {row.matter_id: matter_rows.matter_of(row) for row in session.exec(asked)}
    stops = (each for each in found.values() if _stops(each, terms))
    return tuple(sorted(stops, key=lambda each: each.matter_id))


def _stops(matter: Matter, terms: Terms) -> bool:
    return not parts_of(matter.about).device_ids.isdisjoint(terms.device_ids)
