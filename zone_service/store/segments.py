"""How long the roads of an application are, by the map."""

from collections import defaultdict

import shapely
from sqlmodel import Session, col, select

from maps.lengths import length_km
from permits.permit import Family, Permit
from zone_service.store.tables import VolumeRow, ZoneRow

_IDS_AT_ONCE = 500


def segment_lengths_km(session: Session, permit: Permit) -> dict[str, float]:
    """Return the length of each segment in kilometres, along its line; of an area there is none."""
    if permit.family is not Family.ROAD:
        return {}
    found: dict[str, float] = defaultdict(float)
    wanted = sorted(permit.terms.zone_ids)
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        asked = (
            select(ZoneRow.zone_id, VolumeRow.geometry)
            .join(VolumeRow, col(VolumeRow.zone_row_id) == col(ZoneRow.row_id))
            .where(
                col(ZoneRow.zone_id).in_(wanted[start : start + _IDS_AT_ONCE]),
                col(ZoneRow.until_revision).is_(None),
                VolumeRow.shape == "corridor",
            )
        )
        for zone_id, line in session.exec(asked):
            found[zone_id] += length_km(shapely.from_wkb(line))
    return dict(found)
