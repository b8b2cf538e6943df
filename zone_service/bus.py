"""What the processes tell each other through the broker: topics and payloads.

Only the service's own credential may use these topics.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import msgspec

from zone_service.decisions import Moved
from zone_service.store.records import ViolationEvent
from zone_service.violation_json import violation_json
from zone_service.world import World

DELTA: Final = "zone/live/delta"
VIOLATION: Final = "zone/live/violation"
HEARTBEAT: Final = "zone/live/heartbeat"
CHANGED: Final = "zone/bus/changed"

OBJECTS_A_DELTA: Final = 400
"""Of 150 bytes at the most each: what is larger than a device's payload may be costs the worker its
connection. 20 000 devices that move between two deltas would take 1.2 MB."""

DOMAIN_FLAG: Final = {"road": 0, "air": 1, "water": 2}
VIOLATING_FLAG: Final = 4
POSITION_UNKNOWN_FLAG: Final = 16

_encode = msgspec.json.Encoder().encode


def deltas(world: World, moved: dict[str, Moved], at_s: float) -> Iterator[bytes]:
    """Yield the latest places of the devices that moved, in as many messages as they need."""
    objects = (
        (device_id, each.longitude_deg, each.latitude_deg, each.heading_deg,
         _flags(world, device_id, each))
        for device_id, each in moved.items()
    )  # fmt: skip
    while part := list(islice(objects, OBJECTS_A_DELTA)):
        yield _encode({"t": round(at_s * 1000), "objects": part})


def _flags(world: World, device_id: str, moved: Moved) -> int:
    subject = world.subjects.get(device_id)
    flags = DOMAIN_FLAG[subject.domain] if subject is not None else 0
    flags |= VIOLATING_FLAG * moved.violating
    return flags | POSITION_UNKNOWN_FLAG * (moved.longitude_deg is None)


def violation(world: World, event: ViolationEvent) -> bytes:
    """Return one event of the feed."""
    return _encode(
        {
            "seq": event.seq,
            "event": event.event.value,
            "violation": violation_json(event.violation, world.labels, world.zone_names),
        }
    )


def alert(change: Any, world: World) -> bytes:
    """Return what the device itself is told, for its driver or pilot."""
    return _encode(
        {
            "violation_id": change.id,
            "code": change.code,
            "severity": change.severity,
            "zone_id": change.zone_id,
            "zone_name": world.zone_names.get(change.zone_id or "", (None, None))[0],
            "opened_at": change.opened_at,
        }
    )
