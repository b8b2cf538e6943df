"""The city of the benchmark: many zones, many aircraft with permits, and a script of breaches.

Everything comes from a seed. The aircraft hover in rows; south of each row, a step away, lies a
strip of one keep-out zone. A scripted breach is a step into it and back, once for each aircraft:
who goes in twice within the recovery time would still be in the same violation.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from shapely import Polygon, box, segmentize

from geofence.zone import Area, HeightBand, HeightLimit, HeightReference, Volume, Zone, ZoneKind
from permits.issuing import Ruling
from permits.life_cycle import PermitKind, PermitState
from permits.terms import Terms
from simulators.load import ScriptedBreach
from telemetry.report import Domain
from zone_service.demo_city import lead_to
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import accounts, permits, registry, zones
from zone_service.store.engine import Store, open_store
from zone_service.store.records import (
    PLATFORM,
    Device,
    Organisation,
    OrganisationKind,
    Role,
)

WEST, SOUTH, EAST, NORTH = 121.80, 30.82, 122.00, 31.00
UNDER = Ruling(shipped_sheet("demonstration"))
"""Its instruments go on for good: in the others the procedure for vehicles has run out."""
METRES_PER_DEGREE = 111_320.0
ROWS = 25
STEP_M = 3.0
"""Into the strip: well below what an aircraft can fly between two messages, at any rate here."""
STRIP_M = 100.0
VERTEX_EVERY_DEG = 0.002
KEEP_IN, KEEP_OUT = "bench-keep-in", "bench-keep-out"
CODE = "KEEP_OUT_BREACH"
OPERATOR, POLICE = "bench-operator", "bench-police"
PASSWORD = "bench-police-1"
VIEWERS_PER_ACCOUNT = 8
"""As many connections as one account may have."""
DEVICES_PER_PERMIT = 10
HEIGHT_AGL_M = 60.0
HEIGHT_MSL_M = 64.0
CLEARANCE_M = 300.0
"""Keep-out zones of the crowd begin this far above ground: nobody is meant to be in them."""

LAST_SECONDS = 5.0
FIRST_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class City:
    """A database that is ready to be copied, and what the load generator must know."""

    database: Path
    secrets: dict[str, str]
    places: dict[str, tuple[float, float]]
    police: tuple[str, ...]


def build(directory: Path, devices: int, crowd: int, viewers: int, at: datetime) -> City:
    """Make the city in a new database; ``crowd`` is how many zones there are besides."""
    database = directory / "zone.sqlite"
    store = open_store(f"sqlite:///{database}")
    store.upgrade()
    names = [f"bench-{number:05d}" for number in range(devices)]
    with store.write() as session:
        zones.publish(session, PLATFORM, [*scene(), *crowd_of_zones(crowd)], at)
        for organisation_id, kind in (
            (OPERATOR, OrganisationKind.OPERATOR),
            (POLICE, OrganisationKind.POLICE),
        ):
            organisation = Organisation(organisation_id, organisation_id, kind)
            registry.add_organisation(session, PLATFORM, organisation, at)
    made = [Device(name, OPERATOR, Domain.AIR, name, "canonical", None) for name in names]
    secrets = dict(registry.add_devices(store, PLATFORM, made, at).secrets)
    _grant(store, names, at)
    police = _open_accounts(store, math.ceil(viewers / VIEWERS_PER_ACCOUNT), at)
    store.close()
    return City(database, secrets, dict(zip(names, places(devices), strict=True)), police)


def _open_accounts(store: Store, count: int, at: datetime) -> tuple[str, ...]:
    names = tuple(f"police-{number}" for number in range(count))
    for name in names:
        accounts.add_user(
            store,
            PLATFORM,
            username=name,
            password=PASSWORD,
            role=Role.POLICE,
            organisation_id=POLICE,
            department=None,
            at=at,
        )
    return names


def _grant(store: Store, names: list[str], at: datetime) -> None:
    """Take the permits of all to where their aircraft may fly."""
    with store.write() as session:
        for start in range(0, len(names), DEVICES_PER_PERMIT):
            terms = Terms(
                device_ids=frozenset(names[start : start + DEVICES_PER_PERMIT]),
                zone_ids=frozenset({KEEP_IN}),
                valid_from=at - timedelta(days=1),
                valid_to=at + timedelta(days=30),
            )
            permit = permits.create(
                session,
                PLATFORM,
                kind=PermitKind.FLIGHT_ACTIVITY,
                holder_id=OPERATOR,
                terms=terms,
                at=at,
            )
            lead_to(session, permit, PermitState.AIRBORNE, at, UNDER)


def places(devices: int) -> list[tuple[float, float]]:
    """Return where each aircraft hovers: in rows, each a step north of a strip."""
    columns = math.ceil(devices / ROWS)
    return [
        (
            WEST + (EAST - WEST) * (column + 0.5) / columns,
            _edge(row) + STEP_M / 2 / METRES_PER_DEGREE,
        )
        for column in range(columns)
        for row in range(ROWS)
    ][:devices]


def _edge(row: int) -> float:
    """Return the latitude at which the strip of a row ends."""
    return SOUTH + (NORTH - SOUTH) * (row + 0.5) / ROWS


def scene() -> Iterator[Zone]:
    """Yield the two zones that the script is about."""
    air = frozenset({Domain.AIR.value})
    everywhere = Area(box(WEST - 0.05, SOUTH - 0.05, EAST + 0.05, NORTH + 0.05))
    yield Zone(KEEP_IN, ZoneKind.KEEP_IN, "Where all permits hold", (Volume(everywhere),), air)
    deep = STRIP_M / METRES_PER_DEGREE
    strips = [box(WEST, _edge(row) - deep, EAST, _edge(row)) for row in range(ROWS)]
    # An edge is straight on the ground: over 20 km it would lie metres off its parallel.
    volumes = tuple(Volume(Area(segmentize(strip, VERTEX_EVERY_DEG))) for strip in strips)
    yield Zone(KEEP_OUT, ZoneKind.KEEP_OUT, "What the script breaks", volumes, air)


def crowd_of_zones(count: int, seed: int = 7) -> Iterator[Zone]:
    """Yield zones that hold most aircraft, overlap, and accuse nobody; 51 to 300 vertices each."""
    chance = random.Random(seed)
    for number in range(count):
        kind = (ZoneKind.KEEP_IN, ZoneKind.KEEP_IN, ZoneKind.SPEED_LIMIT, ZoneKind.KEEP_OUT)[
            number % 4
        ]
        lower = HeightLimit(CLEARANCE_M, HeightReference.AGL)
        band = HeightBand(lower=lower) if kind is ZoneKind.KEEP_OUT else HeightBand()
        limit_mps = 25.0 if kind is ZoneKind.SPEED_LIMIT else None
        name = f"crowd-{number:04d}"
        volume = Volume(Area(_shape(chance)), band)
        yield Zone(name, kind, name, (volume,), speed_limit_mps=limit_mps)


def _shape(chance: random.Random) -> Polygon:
    """Return a star-shaped ring: however ragged, it never crosses itself."""
    lon, lat = chance.uniform(WEST, EAST), chance.uniform(SOUTH, NORTH)
    radius_m, vertices = chance.uniform(100, 900), chance.randint(51, 300)
    waves = [(chance.randint(2, 9), chance.uniform(0, 0.2), chance.uniform(0, 6)) for _ in "abc"]
    east_deg = 1 / (METRES_PER_DEGREE * math.cos(math.radians(lat)))
    ring = []
    for number in range(vertices):
        turn = 2 * math.pi * number / vertices
        ripple = sum(size * math.sin(times * turn + shift) for times, size, shift in waves)
        out_m = radius_m * (1 + ripple)
        north_deg = math.sin(turn) / METRES_PER_DEGREE
        ring.append((lon + out_m * math.cos(turn) * east_deg, lat + out_m * north_deg))
    return Polygon(ring)


def script(
    city: City, seconds: float, rate_hz: float, per_second: float = 10.0, lasts_s: float = 1.2
) -> tuple[ScriptedBreach, ...]:
    """Return the breaches, spread evenly over devices and time; each device breaches once."""
    span_s = seconds - FIRST_SECONDS - LAST_SECONDS
    names = list(city.places)
    random.Random(11).shuffle(names)
    count = min(len(names), int(span_s * per_second))
    lasts = max(2, math.ceil(lasts_s * rate_hz))
    made = []
    for number, name in enumerate(names[:count]):
        first = int((FIRST_SECONDS + number * span_s / count) * rate_hz)
        lon, lat = city.places[name]
        inside = lat - STEP_M / METRES_PER_DEGREE
        made.append(ScriptedBreach(name, first, first + lasts - 1, lon, inside))
    return tuple(made)
