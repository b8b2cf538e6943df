"""What the processes tell each other through the broker: topics and payloads.

Only the service's own credential may use these topics.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from zone_service.prealarms import Phase, Prealarm
from zone_service.store.records import ViolationEvent
from zone_service.violation_json import instant, violation_json

if TYPE_CHECKING:
    # The web process reads what the worker says, and loads nothing of what judges.
    from zone_service.decisions import Moved
    from zone_service.world import World

DELTA: Final = "zone/live/delta"
VIOLATION: Final = "zone/live/violation"
FORECAST: Final = "zone/live/forecast"
HEARTBEAT: Final = "zone/live/heartbeat"
CHANGED: Final = "zone/bus/changed"

OBJECTS_A_DELTA: Final = 400
"""Of 150 bytes at the most each: what is larger than a device's payload may be costs the worker its
connection. 20 000 devices that move between two deltas would take 1.2 MB."""

DEVICES_A_FORECAST: Final = 100
"""Of some hundred bytes each, a few kilobytes at the most."""

DOMAIN_FLAG: Final = {"road": 0, "air": 1, "water": 2}
VIOLATING_FLAG: Final = 4
POSITION_UNKNOWN_FLAG: Final = 16

_encode = msgspec.json.Encoder().encode


def deltas(world: "World", moved: "dict[str, Moved]", at_s: float) -> Iterator[bytes]:
    """Yield the latest places of the devices that moved, in as many messages as they need."""
    objects = (
        (device_id, each.longitude_deg, each.latitude_deg, each.heading_deg,
         _flags(world, device_id, each), _short(each.height_agl_m), _short(each.speed_mps))
        for device_id, each in moved.items()
    )  # fmt: skip
    while part := list(islice(objects, OBJECTS_A_DELTA)):
        yield _encode({"t": round(at_s * 1000), "objects": part})


def _short(figure: float | None) -> float | None:
    """Return a figure to the centimetre: screens show no more, and each digit is a byte."""
    return None if figure is None else round(figure, 2)


def _flags(world: "World", device_id: str, moved: "Moved") -> int:
    subject = world.subjects.get(device_id)
    flags = DOMAIN_FLAG[subject.domain] if subject is not None else 0
    flags |= VIOLATING_FLAG * moved.violating
    return flags | POSITION_UNKNOWN_FLAG * (moved.longitude_deg is None)


def violation(world: "World", event: ViolationEvent) -> bytes:
    """Return one event of the feed."""
    return _encode(
        {
            "seq": event.seq,
            "event": event.event.value,
            "violation": violation_json(event.violation, world.labels, world.zone_names),
        }
    )


def alert(change: Any, world: "World") -> bytes:
    """Return what the device itself is told, for its driver or pilot."""
    return _encode(
        {
            "kind": "violation",
            "violation_id": change.id,
            "code": change.code,
            "severity": change.severity,
            "device_id": change.device_id,
            "other_device_id": change.other_device_id,
            "zone_id": change.zone_id,
            "zone_name": world.zone_names.get(change.zone_id or "", (None, None))[0],
            "opened_at": change.opened_at,
        }
    )


def prealarm(alarm: Prealarm, world: "World", now_s: float) -> bytes:
    """Return what the device itself is told of a breach that is not a violation."""
    in_s = max(0.0, alarm.at_s - now_s) if alarm.phase is Phase.AHEAD else 0.0
    told = _prealarm_json(alarm, world)
    return _encode({"kind": "pre-alarm", **told, "in_s": round(in_s, 1)})


def forecasts(
    world: "World", standing: Mapping[str, Sequence[Prealarm]], now_s: float
) -> Iterator[bytes]:
    """Yield what stands of some devices, in as many messages as that needs; of some it is nothing."""
    devices = iter(standing.items())
    while part := list(islice(devices, DEVICES_A_FORECAST)):
        told = {
            device_id: [_prealarm_json(each, world) for each in alarms]
            for device_id, alarms in part
        }
        yield _encode({"t": round(now_s * 1000), "devices": told})


def _prealarm_json(alarm: Prealarm, world: "World") -> dict[str, Any]:
    name, name_zh = world.zone_names.get(alarm.zone_id or "", (None, None))
    return {
        "code": alarm.code.value,
        "state": alarm.phase.value,
        "zone_id": alarm.zone_id,
        "zone_name": name,
        "zone_name_zh": name_zh,
        "at": instant(datetime.fromtimestamp(alarm.at_s, UTC)),
        "certain": alarm.certain,
        "longitude_deg": alarm.longitude_deg,
        "latitude_deg": alarm.latitude_deg,
    }
