"""A small city: one test road, one airport, one speed zone, a car, a drone and a boat."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from shapely import LineString, box

from geofence.snapshot import build
from geofence.zone import (
    Area,
    Corridor,
    HeightBand,
    HeightLimit,
    HeightReference,
    Volume,
    Zone,
    ZoneKind,
)
from maps.surface import Level
from permits.compliance import Grant
from permits.permit import PermitKind, PermitState
from permits.terms import Terms
from telemetry.codecs.discover import load_codecs
from telemetry.report import Domain, Frame, Unit
from tests.kept_engines import kept_store
from zone_service.heights import Heights
from zone_service.shipped_rules import shipped_rules
from zone_service.store.engine import Store
from zone_service.world import Revisions, Subject, World

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""Twelve o'clock in Shanghai."""

ROAD = Zone(
    zone_id="road",
    kind=ZoneKind.KEEP_IN,
    name="Test road",
    name_zh="测试道路",
    volumes=(Volume(Corridor(LineString([(121.90, 30.90), (121.95, 30.90)]), 30.0)),),
    domains=frozenset({"road"}),
)
AIRPORT = Zone(
    zone_id="airport",
    kind=ZoneKind.KEEP_OUT,
    name="Airport",
    volumes=(
        Volume(
            Area(box(121.80, 31.10, 121.82, 31.12)),
            HeightBand(upper=HeightLimit(45.0, HeightReference.AGL)),
        ),
    ),
    domains=frozenset({"air"}),
    category="airport",
)
SLOW = Zone(
    zone_id="slow",
    kind=ZoneKind.SPEED_LIMIT,
    name="School",
    volumes=(Volume(Area(box(121.93, 30.89, 121.95, 30.91))),),
    domains=frozenset({"road"}),
    speed_limit_mps=8.0,
)

SUBJECTS = {
    "car-1": Subject("car-1", "acme", Domain.ROAD, "Car 1"),
    "uav-1": Subject("uav-1", "sky", Domain.AIR, "Drone 1"),
    "usv-1": Subject("usv-1", "sea", Domain.WATER, "Boat 1"),
}


def grant(
    device_id: str,
    kind: PermitKind = PermitKind.ROAD_TEST,
    state: PermitState = PermitState.ACTIVE,
    zone_ids: Iterable[str] = ("road",),
    number: str = "P-1",
) -> Grant:
    """A permit for the whole of November."""
    terms = Terms(
        device_ids=frozenset({device_id}),
        zone_ids=frozenset(zone_ids),
        valid_from=datetime(2026, 11, 1, tzinfo=UTC),
        valid_to=datetime(2026, 12, 1, tzinfo=UTC),
    )
    return Grant(number, kind, state, terms)


@pytest.fixture
def world() -> World:
    """The city with a permit for the car."""
    return World(
        revisions=Revisions(1, 1, 1),
        zones=build((ROAD, AIRPORT, SLOW), 1),
        units={device_id: Unit(device_id=device_id) for device_id in SUBJECTS},
        subjects=SUBJECTS,
        grants={"car-1": (grant("car-1"),)},
        rules=shipped_rules("shanghai-default"),
        codecs=load_codecs(),
        heights=Heights(terrain_amsl=Level(4.0), geoid_hae=Level(11.0)),
    )


@pytest.fixture
def sky(world: World) -> World:
    """The city with an approved flight over its airport and west of it."""
    airspace = Zone(
        "airspace",
        ZoneKind.KEEP_IN,
        "Airspace",
        (Volume(Area(box(121.75, 31.05, 121.90, 31.15))),),
        frozenset({"air"}),
    )
    flight = grant("uav-1", PermitKind.FLIGHT_ACTIVITY, PermitState.AIRBORNE, ["airspace"], "F-1")
    zones = build((*world.zones.zones, airspace), 2)
    return replace(world, zones=zones, grants={**world.grants, "uav-1": (flight,)})


Say = Callable[..., Frame]


@pytest.fixture
def say() -> Say:
    """Make the frame of one report, some seconds after noon."""

    def frame(
        device_id: str,
        longitude: float | None,
        latitude: float | None,
        after_s: float = 0.0,
        *,
        late_s: float = 0.0,
        topic_device: str | None = None,
        **said: object,
    ) -> Frame:
        at_s = NOON.timestamp() + after_s
        body = {
            "schema_version": 1,
            "device_id": device_id,
            "event_time": datetime.fromtimestamp(at_s, UTC).isoformat(),
            "longitude": longitude,
            "latitude": latitude,
            "ground_speed_mps": 5.0,
            "control_mode": "MANUAL",
            **said,
        }
        topic = f"zone/up/{topic_device or device_id}/tele"
        return Frame(topic, json.dumps(body).encode(), at_s + late_s)

    return frame


@pytest.fixture
def without_permits() -> Callable[[World], World]:
    """The same city a moment later, with every permit gone."""

    def changed(world: World) -> World:
        return replace(world, revisions=Revisions(1, 1, 2), grants={})

    return changed


@pytest.fixture
def store(migrated_store_url: str) -> Iterator[Store]:
    """An empty store of each kind in turn, open for this test."""
    with kept_store(migrated_store_url) as opened:
        yield opened
