"""Other flights that were granted for some of the time of one, and whether they are anywhere near it."""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain

from sqlmodel import Session, col, select

from permits.ending_steps import HALTED
from permits.permit import FAMILY_OF, Permit, PermitState
from permits.precondition_facts import GrantedFlight
from permits.states import FLIGHTS
from permits.terms import Terms
from zone_service.store import history
from zone_service.store.tables import PermitRow, VolumeRow, ZoneRow

_IN_THE_AIR = [kind.value for kind, family in FAMILY_OF.items() if family in FLIGHTS]
_GRANTED = (
    PermitState.APPROVED,
    PermitState.PRE_TAKEOFF_REPORTED,
    PermitState.CONFIRMED,
    PermitState.AIRBORNE,
    PermitState.LANDED,
    PermitState.ACTIVE,
    # What is suspended comes back into its airspace: nobody else is granted it meanwhile.
    *HALTED,
)
_MARGIN_DEG = 0.02
"""Two kilometres: more than any corridor is wide, and far more than aircraft must stay apart."""
_IDS_AT_ONCE = 500
Box = tuple[float, float, float, float]


def flights_at_once(session: Session, permit: Permit) -> tuple[GrantedFlight, ...]:
    """Return the flights that were granted for some of the same days."""
    terms = permit.terms
    there = _granted_between(session, terms.valid_from, terms.valid_to)
    found = [each for each in there if each.number != permit.number]
    zones = set(chain(terms.zone_ids, *(each.terms.zone_ids for each in found)))
    boxes = _boxes(session, zones) if found else {}
    own = _box_of(terms, boxes)
    return tuple(_granted(each, near=_meet(own, _box_of(each.terms, boxes))) for each in found)


def granted_between(
    session: Session, begins: datetime, ends: datetime
) -> tuple[GrantedFlight, ...]:
    """Return the flights that were granted for some time between two moments, wherever they are."""
    return tuple(_granted(each, near=True) for each in _granted_between(session, begins, ends))


def _granted_between(session: Session, begins: datetime, ends: datetime) -> list[Permit]:
    asked = select(PermitRow).where(
        col(PermitRow.kind).in_(_IN_THE_AIR),
        col(PermitRow.state).in_([each.value for each in _GRANTED]),
        col(PermitRow.valid_to) > begins,
        col(PermitRow.valid_from) < ends,
    )
    return [history.permit_of(row) for row in session.exec(asked.order_by(PermitRow.number))]


def _granted(permit: Permit, *, near: bool) -> GrantedFlight:
    terms = permit.terms
    return GrantedFlight(
        number=permit.number,
        devices=len(terms.device_ids),
        valid_from=terms.valid_from,
        valid_to=terms.valid_to,
        zone_ids=terms.zone_ids,
        hours=terms.hours,
        corridor=terms.corridor,
        near=near,
    )


def _boxes(session: Session, zone_ids: Iterable[str]) -> dict[str, Box]:
    """Return the box around each zone that is on the map."""
    found: dict[str, Box] = {}
    wanted = sorted(zone_ids)
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        asked = (
            select(ZoneRow.zone_id, VolumeRow)
            .join(VolumeRow, col(VolumeRow.zone_row_id) == col(ZoneRow.row_id))
            .where(
                col(ZoneRow.zone_id).in_(wanted[start : start + _IDS_AT_ONCE]),
                col(ZoneRow.until_revision).is_(None),
            )
        )
        for zone_id, volume in session.exec(asked):
            box = (volume.west_deg, volume.south_deg, volume.east_deg, volume.north_deg)
            found[zone_id] = _around(box, found.get(zone_id))
    return found


def _box_of(terms: Terms, boxes: dict[str, Box]) -> Box | None:
    """Return the box around all of a flight; ``None`` where a part of it is not on the map.

    A flight with a corridor of its own keeps to it, whatever zones hold it.
    """
    if terms.corridor is not None:
        lon, lat = zip(*terms.corridor.line, strict=True)
        return min(lon), min(lat), max(lon), max(lat)
    around: Box | None = None
    for zone_id in terms.zone_ids:
        if zone_id not in boxes:
            return None
        around = _around(boxes[zone_id], around)
    return around


def _around(one: Box, other: Box | None) -> Box:
    if other is None:
        return one
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def _meet(one: Box | None, other: Box | None) -> bool:
    """What is not on the map may be anywhere."""
    if one is None or other is None:
        return True
    apart_east = max(one[0], other[0]) - min(one[2], other[2])
    apart_north = max(one[1], other[1]) - min(one[3], other[3])
    return max(apart_east, apart_north) <= _MARGIN_DEG
