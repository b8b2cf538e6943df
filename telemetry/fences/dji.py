"""Flight areas for DJI aircraft: the file, and the messages around it. Pure.

From the maker's public documentation, to be verified with an aircraft: the template of the file is
not public as text. Two kinds of areas, ``dfence`` to stay inside and ``nfz`` to stay outside, polygons
of one ring or circles, on the ground alone.
"""

import hashlib
import uuid
from typing import Any, Final

import msgspec

from telemetry.fences.flat import Bounds, Flat, flattened, without_room
from telemetry.fences.plan import Circle, Encoded, Plan, Polygon

BOUNDS: Final = Bounds(most_vertices=254, least_radius_m=10.0)
"""A closed ring has 255 places at the most."""
MOST_BYTES: Final = 1024 * 1024
"""The maker says nothing of it; this bounds what a dock is made to fetch."""
UPDATE: Final = "flight_areas_update"
GET: Final = "flight_areas_get"
PROGRESS: Final = "flight_areas_sync_progress"

_IDS: Final = uuid.UUID("6f1d4f0a-3c0b-5c39-9d37-5a0e0cf3e3d1")
"""Under which the ids of areas are made of those of zones."""

_encode = msgspec.json.Encoder().encode


def encoded(plan: Plan, most_bytes: int = MOST_BYTES) -> Encoded:
    """Return the file of a plan."""
    areas, left_out = flattened(plan, BOUNDS)
    features = [_encode(_feature(area)) for area in areas]
    kept = _that_fit(features, most_bytes)
    left_out += without_room(plan, areas[kept:])
    body = b'{"type":"FeatureCollection","features":[' + b",".join(features[:kept]) + b"]}"
    zones = {area.of for area in areas[:kept]} - {""}
    return Encoded(body, tuple(sorted(set(left_out))), len(zones))


def _that_fit(features: list[bytes], most_bytes: int) -> int:
    length = 100
    for at, each in enumerate(features):
        length += len(each) + 1
        if length > most_bytes:
            return at
    return len(features)


def _feature(area: Flat) -> dict[str, Any]:
    geometry, properties = _drawn(area.shape)
    return {
        "id": str(uuid.uuid5(_IDS, f"{area.of}/{area.part}")),
        "type": "Feature",
        "geofence_type": "dfence" if area.is_inside else "nfz",
        "geometry": geometry,
        "properties": properties,
    }


def _drawn(shape: Polygon | Circle) -> tuple[dict[str, Any], dict[str, Any]]:
    match shape:
        case Circle(longitude=longitude, latitude=latitude, radius_m=radius_m):
            return (
                {"type": "Point", "coordinates": [longitude, latitude]},
                {"subType": "Circle", "radius": radius_m, "enable": True},
            )
        case Polygon(outer=outer):
            return (
                {"type": "Polygon", "coordinates": [[*outer, outer[0]]]},
                {"radius": 0, "enable": True},
            )


def checksum(body: bytes) -> str:
    """Return what tells a file from others: the SHA-256 of its bytes."""
    return hashlib.sha256(body).hexdigest()


def file_name(body: bytes) -> str:
    """Return what the maker wants a file to be called."""
    return f"geofence_{hashlib.md5(body, usedforsecurity=False).hexdigest()}.json"


def update(tid: str, bid: str, now_ms: int) -> bytes:
    """Return what tells a gateway that there is another file."""
    return _message(UPDATE, tid, bid, now_ms, None)


def files(body: bytes, url: str, tid: str, bid: str, now_ms: int) -> bytes:
    """Return the answer to a gateway that asks for its files."""
    file = {
        "name": file_name(body),
        "url": url,
        "checksum": checksum(body),
        "size": len(body),
    }
    return _message(GET, tid, bid, now_ms, {"result": 0, "output": {"files": [file]}})


def no_files(tid: str, bid: str, now_ms: int) -> bytes:
    """Return the same answer where there is no file for it."""
    return _message(GET, tid, bid, now_ms, {"result": 0, "output": {"files": []}})


def noted(method: str, tid: str, bid: str, now_ms: int) -> bytes:
    """Return the answer to an event that asks for one."""
    return _message(method, tid, bid, now_ms, {"result": 0})


def _message(method: str, tid: str, bid: str, now_ms: int, data: object) -> bytes:
    return _encode({"tid": tid, "bid": bid, "timestamp": now_ms, "method": method, "data": data})
