"""The places that the tests' permits name, on a map: what is not on one is granted to nobody.

They are open to whatever moves, of no class, and lie where no test lets anything drive, fly or sail.
"""

from datetime import datetime
from typing import Final

from shapely import box
from sqlmodel import Session, delete

from geofence.zone import Area, Restriction, Volume, Zone, ZoneKind
from zone_service.store import zones
from zone_service.store.tables import VolumeRow, ZoneRevisionRow, ZoneRow

_SOMEWHERE: Final = Area(box(121.30, 30.71, 121.31, 30.72))


BEFORE: Final = -1
"""A revision that no change has: 0 is of what is not there."""


def place(zone_id: str, kind: ZoneKind = ZoneKind.KEEP_IN) -> Zone:
    """A zone that permits name: a place, or with another kind what a permit lifts."""
    kept_out = Restriction.REQ_AUTHORIZATION
    lifted = kept_out if kind is ZoneKind.KEEP_OUT else Restriction.PROHIBITED
    return Zone(zone_id, kind, zone_id, (Volume(_SOMEWHERE),), restriction=lifted)


PLACES: Final = (
    *map(place, ("road", "road-1", "road-2", "road-7", "road-9", "seg-1", "z")),
    *map(place, ("air-1", "air-pudong-west", "air-qingpu", "garden", "park-1", "water-1")),
    *(place(each, ZoneKind.KEEP_OUT) for each in ("keep-out", "market", "school")),
)


def lay(session: Session, at: datetime) -> None:
    """Let the map have been so from the first: no revision counts it, and nobody has signed it."""
    zones._begin(session, list(zones.prepare(PLACES).written.values()), BEFORE)
    session.add(ZoneRevisionRow(revision=BEFORE, at=at, by="system"))


def clear(session: Session) -> None:
    """Let there never have been any."""
    for row in (VolumeRow, ZoneRow, ZoneRevisionRow):
        session.exec(delete(row))


IDS: Final = frozenset(each.zone_id for each in PLACES)
