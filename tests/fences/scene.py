"""A city with zones, in which a car and some aircraft have permits."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from shapely import box
from sqlmodel import update

from geofence.zone import (
    Area,
    Around,
    Circle,
    HeightBand,
    HeightLimit,
    HeightReference,
    Restriction,
    Volume,
    Zone,
    ZoneKind,
)
from permits.permit import PermitKind, PermitState
from telemetry.report import Domain
from tests.store import city
from zone_service.store import permits, registry, zones
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM, Device
from zone_service.store.revisions import bump
from zone_service.store.tables import PermitRow

FIELD: Final = Zone(
    "field-1", ZoneKind.KEEP_IN, "Field", (Volume(Area(box(121.90, 30.90, 121.92, 30.92))),),
    domains=frozenset({"air"}), name_zh="试飞场",
)  # fmt: skip
NEAR: Final = Zone(
    "mast-1", ZoneKind.KEEP_OUT, "Mast", (Volume(Circle(121.915, 30.915, 50.0)),),
    domains=frozenset({"air"}),
)  # fmt: skip
BESIDE: Final = Zone(
    "airway-1", ZoneKind.KEEP_OUT, "Airway",
    (
        Volume(
            Area(box(121.93, 30.90, 121.94, 30.92)),
            HeightBand(HeightLimit(300.0, HeightReference.AMSL)),
        ),
    ),
    domains=frozenset({"air"}),
)  # fmt: skip
"""Some 950 m east of the field."""
CONVOY: Final = Zone(
    "convoy-1", ZoneKind.KEEP_OUT, "Convoy", (), domains=frozenset({"air"}),
    around=Around("car-1", 200.0),
)  # fmt: skip
FOR_CARS: Final = replace(NEAR, zone_id="works-1", domains=frozenset({"road"}))
INFORMS: Final = replace(NEAR, zone_id="notice-1", restriction=Restriction.NO_RESTRICTION)
OTHERS_FIELD: Final = replace(FIELD, zone_id="field-2")
UAVS: Final = (
    Device("drone-1", "kite", Domain.AIR, "Kite 1", codec="dji"),
    Device("uav-1", "kite", Domain.AIR, "Kite 2"),
    Device("px-1", "kite", Domain.AIR, "Kite 3", "mavlink", "sys:1"),
    Device("dock-1", "kite", Domain.AIR, "Dock 1", codec="dji"),
    Device("dock-2", "swift", Domain.AIR, "Dock 2", codec="dji"),
    Device("ais-1", "kite", Domain.WATER, "Boat", "ais", "413000001"),
)


def settle(store: Store) -> None:
    """Draw the zones, and register the aircraft that the city has not."""
    with store.write() as session:
        drawn = (city.road(), FIELD, NEAR, BESIDE, CONVOY, FOR_CARS, INFORMS, OTHERS_FIELD)
        zones.publish(session, PLATFORM, drawn, city.NOON, keep_others=True)
        for each in UAVS[1:]:
            registry.add_device(session, PLATFORM, each, city.NOON)


def grant(store: Store, number: str, at: datetime, *device_ids: str, **changes: Any) -> None:
    """Have a flight over the field that may go on from a day before a moment until ten after."""
    given: dict[str, Any] = {
        "zone_ids": frozenset({"field-1"}),
        "valid_from": at - timedelta(days=1),
        "valid_to": at + timedelta(days=10),
        "max_height_agl_m": 120.0,
    }
    with store.write() as session:
        permits.create(
            session,
            PLATFORM,
            kind=PermitKind.FLIGHT_ACTIVITY,
            holder_id="kite",
            terms=city.terms(*device_ids, **given | changes),
            at=at,
            number=number,
        )
    stand(store, number, PermitState.APPROVED)


def stand(store: Store, number: str, state: PermitState) -> None:
    """Have a permit be in a state, whatever way leads there."""
    with store.write() as session:
        count = bump(session, "permits")
        session.exec(
            update(PermitRow)
            .where(PermitRow.number == number)  # type: ignore[arg-type]
            .values(state=state.value, revision=count)
        )


def moved(zone: Zone, by_deg: float) -> Zone:
    """The same circle, farther east."""
    shape = zone.volumes[0].shape
    assert isinstance(shape, Circle)
    there = replace(shape, longitude_deg=shape.longitude_deg + by_deg)
    return replace(zone, volumes=(Volume(there),))


def put(store: Store, zone: Zone) -> None:
    """Put a zone on the map."""
    with store.write() as session:
        zones.put(session, PLATFORM, zone, city.NOON)
