"""A zone that follows a device, as a GeoJSON feature without a geometry."""

import re
from collections.abc import Mapping
from typing import Final

from geofence.zone import Around
from maps.findings import Findings, Json, found_or_missing
from maps.geojson_limits import read_band, read_schedule

AROUND: Final = "around"
"""The ``shape`` of such a feature."""
DEVICE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,63}")


def read_around(
    geometry: Json, properties: Mapping[str, Json], path: str, findings: Findings
) -> Around | None:
    """Read what a feature says of the device that it follows; ``path`` is the feature's."""
    where = f"{path}.properties"
    if geometry is not None:
        findings.error(f"{path}.geometry", "expected null: the zone is where its device is")
    device_id = _device_id(properties.get("follows"), f"{where}.follows", findings)
    radius_m = findings.required_number(properties, "radius_m", where, above=0.0)
    exempt = _devices(properties.get("exempt_devices"), f"{where}.exempt_devices", findings)
    band = read_band(properties, where, findings)
    schedule = read_schedule(properties.get("schedule"), f"{where}.schedule", findings)
    if device_id is None or radius_m is None:
        return None
    return Around(device_id, radius_m, band, exempt, schedule)


def _devices(value: Json, path: str, findings: Findings) -> frozenset[str]:
    found = None if value is None else findings.array(value, path)
    named = (_device_id(each, f"{path}[{at}]", findings) for at, each in enumerate(found or ()))
    return frozenset(each for each in named if each is not None)


def _device_id(value: Json, path: str, findings: Findings) -> str | None:
    if isinstance(value, str) and DEVICE_ID.fullmatch(value):
        return value
    found = found_or_missing(value)
    findings.error(path, "{found}, expected the id of a device", found=found)
    return None
