"""Zones as GeoJSON: what ``read_zones`` reads back to the same zones."""

from collections.abc import Iterable, Iterator
from typing import Any

from shapely.geometry import mapping

from geofence.zone import (
    Area,
    Around,
    Circle,
    Corridor,
    HeightLimit,
    Schedule,
    Shape,
    Volume,
    Window,
    Zone,
    ZoneKind,
)


def write_zones(zones: Iterable[Zone]) -> dict[str, Any]:
    """Return a ``FeatureCollection`` in WGS 84, one feature a volume, in the zones' order.

    Members that say nothing (no band, no schedule, no limit) are left out.
    """
    features = [feature for zone in zones for feature in _features(zone)]
    return {"type": "FeatureCollection", "datum": "WGS84", "features": features}


def _features(zone: Zone) -> Iterator[dict[str, Any]]:
    for number, volume in enumerate(zone.volumes):
        yield _feature(zone, number, volume)
    if zone.around is not None:
        yield {
            "type": "Feature",
            "id": f"{zone.zone_id}/around",
            "geometry": None,
            "properties": _said(_described(zone)) | _said(_around(zone.around)),
        }


def _around(around: Around) -> dict[str, Any]:
    return {
        "shape": "around",
        "follows": around.device_id,
        "radius_m": around.radius_m,
        "exempt_devices": sorted(around.exempt_device_ids) or None,
        "lower": _height(around.band.lower),
        "upper": _height(around.band.upper),
        "schedule": None if around.schedule is None else _schedule(around.schedule),
    }


def _feature(zone: Zone, number: int, volume: Volume) -> dict[str, Any]:
    geometry, shape = _shape(volume.shape)
    return {
        "type": "Feature",
        "id": f"{zone.zone_id}/{number}",
        "geometry": geometry,
        "properties": _said(_described(zone)) | shape | _said(_limits(volume)),
    }


def _said(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _described(zone: Zone) -> dict[str, Any]:
    return {
        "zone_id": zone.zone_id,
        "name": zone.name,
        "name_zh": zone.name_zh,
        "kind": zone.kind.value,
        "domains": sorted(zone.domains),
        "category": zone.category,
        "source": zone.source,
        "accuracy": zone.accuracy,
        "legal_effect": zone.legal_effect,
        "speed_limit_mps": zone.speed_limit_mps,
        "exit_margin_m": zone.exit_margin_m or None,
        "restriction": zone.restriction.value if zone.kind is ZoneKind.KEEP_OUT else None,
    }


def _shape(shape: Shape) -> tuple[dict[str, Any], dict[str, Any]]:
    match shape:
        case Area(geometry=geometry):
            return dict(mapping(geometry)), {"shape": "area"}
        case Circle(longitude_deg=longitude, latitude_deg=latitude, radius_m=radius_m):
            point = {"type": "Point", "coordinates": (longitude, latitude)}
            return point, {"shape": "circle", "radius_m": radius_m}
        case Corridor(line=line, half_width_m=half_width_m):
            return dict(mapping(line)), {"shape": "corridor", "half_width_m": half_width_m}


def _limits(volume: Volume) -> dict[str, Any]:
    return {
        "lower": _height(volume.band.lower),
        "upper": _height(volume.band.upper),
        "schedule": None if volume.schedule is None else _schedule(volume.schedule),
    }


def _height(limit: HeightLimit | None) -> dict[str, Any] | None:
    if limit is None:
        return None
    return {"value_m": limit.value_m, "reference": limit.reference.value}


def _schedule(schedule: Schedule) -> dict[str, Any]:
    return _said(
        {
            "windows": [_window(window) for window in schedule.windows],
            "valid_from": schedule.valid_from and schedule.valid_from.isoformat(),
            "valid_to": schedule.valid_to and schedule.valid_to.isoformat(),
            "utc_offset_s": schedule.utc_offset_s,
        }
    )


def _window(window: Window) -> dict[str, Any]:
    return {
        "days": sorted(window.days),
        "start": str(window.start),
        "end": str(window.end),
    }
