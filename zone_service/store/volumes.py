"""Zones and volumes as columns and back: WKB, the box around, heights with their reference."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from math import cos, radians
from typing import Any

import shapely
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Row

from geofence.zone import (
    Area,
    Around,
    Circle,
    Corridor,
    HeightBand,
    HeightLimit,
    HeightReference,
    Restriction,
    Schedule,
    Shape,
    Volume,
    Window,
    Zone,
    ZoneKind,
    moment,
)
from zone_service.store.tables import VolumeRow, ZoneRow

_METRES_PER_DEGREE = 110_500.0
"""Less than any degree of latitude really has, so a box made with it is never too small."""

Values = dict[str, Any]


def zone_values(zone: Zone) -> Values:
    """Return a zone's own columns."""
    return {
        "zone_id": zone.zone_id,
        "kind": zone.kind.value,
        "name": zone.name,
        "name_zh": zone.name_zh,
        "domains": ",".join(sorted(zone.domains)),
        "category": zone.category,
        "source": zone.source,
        "accuracy": zone.accuracy,
        "legal_effect": zone.legal_effect,
        "speed_limit_mps": zone.speed_limit_mps,
        "restriction": zone.restriction.value,
        "exit_margin_m": zone.exit_margin_m,
        "around": zone.around and _around_to_text(zone.around),
    }


def volume_values(volume: Volume) -> Values:
    """Return a volume's columns, apart from whose it is."""
    kind, geometry, reach_m = _parts(volume.shape)
    west, south, east, north = _box(geometry, reach_m or 0.0)
    lower, upper = volume.band.lower, volume.band.upper
    return {
        "shape": kind,
        "geometry": shapely.to_wkb(geometry),
        "west_deg": west,
        "south_deg": south,
        "east_deg": east,
        "north_deg": north,
        "radius_m": reach_m if kind == "circle" else None,
        "half_width_m": reach_m if kind == "corridor" else None,
        "lower_m": lower and lower.value_m,
        "lower_reference": lower and lower.reference.value,
        "upper_m": upper and upper.value_m,
        "upper_reference": upper and upper.reference.value,
        "schedule": volume.schedule and _schedule_to_text(volume.schedule),
    }


def digest(zone: Values, volumes: list[Values]) -> str:
    """Return what tells whether a zone has changed: SHA-256 over all its columns.

    Of a zone that follows nothing it is what it was before there were any that do.
    """
    columns = sorted(item for item in zone.items() if item != ("around", None))
    told = repr((columns, [sorted(volume.items()) for volume in volumes]))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


def zones(
    rows: Sequence[ZoneRow | Row[Any]], volumes: Mapping[int, Sequence[VolumeRow | Row[Any]]]
) -> list[Zone]:
    """Return the zones of rows; ``volumes`` has those of each, by its number, in their order."""
    parts = [volumes.get(row.row_id or 0, ()) for row in rows]
    # At once: one by one they take five times as long.
    drawn = iter(list(shapely.from_wkb([each.geometry for part in parts for each in part])))
    return [_zone(row, part, drawn) for row, part in zip(rows, parts, strict=True)]


def _zone(
    row: ZoneRow | Row[Any],
    volumes: Iterable[VolumeRow | Row[Any]],
    drawn: Iterator[BaseGeometry],
) -> Zone:
    return Zone(
        zone_id=row.zone_id,
        kind=ZoneKind(row.kind),
        name=row.name,
        volumes=tuple(_volume(each, next(drawn)) for each in volumes),
        domains=frozenset(filter(None, row.domains.split(","))),
        speed_limit_mps=row.speed_limit_mps,
        name_zh=row.name_zh,
        category=row.category,
        source=row.source,
        legal_effect=row.legal_effect,
        restriction=Restriction(row.restriction),
        accuracy=row.accuracy,
        exit_margin_m=row.exit_margin_m,
        around=None if row.around is None else _around_from_text(row.around),
    )


def _parts(shape: Shape) -> tuple[str, BaseGeometry, float | None]:
    match shape:
        case Area(geometry):
            return "area", geometry, None
        case Circle(longitude_deg, latitude_deg, radius_m):
            return "circle", Point(longitude_deg, latitude_deg), radius_m
        case Corridor(line, half_width_m):
            return "corridor", line, half_width_m


def _box(geometry: BaseGeometry, reach_m: float) -> tuple[float, float, float, float]:
    west, south, east, north = geometry.bounds
    high = reach_m / _METRES_PER_DEGREE
    nearest_pole = min(max(abs(south), abs(north)) + high, 89.0)
    wide = high / cos(radians(nearest_pole))
    return west - wide, south - high, east + wide, north + high


def _volume(row: VolumeRow | Row[Any], drawn: BaseGeometry) -> Volume:
    return Volume(
        shape=_shape(row, drawn),
        band=HeightBand(
            _limit(row.lower_m, row.lower_reference), _limit(row.upper_m, row.upper_reference)
        ),
        schedule=None if row.schedule is None else _schedule_from_text(row.schedule),
    )


def _shape(row: VolumeRow | Row[Any], drawn: BaseGeometry) -> Shape:
    match drawn, row.radius_m, row.half_width_m:
        case Point() as centre, float() as radius_m, None:
            return Circle(centre.x, centre.y, radius_m)
        case LineString() as line, None, float() as half_width_m:
            return Corridor(line, half_width_m)
        case (Polygon() | MultiPolygon()) as area, None, None:
            return Area(area)
        case _:
            msg = f"volume {row.position} of zone row {row.zone_row_id} is no {row.shape}"
            raise ValueError(msg)


def _limit(value_m: float | None, reference: str | None) -> HeightLimit | None:
    if value_m is None or reference is None:
        return None
    return HeightLimit(value_m, HeightReference(reference))


def _around_to_text(around: Around) -> str:
    said = {
        "device_id": around.device_id,
        "radius_m": around.radius_m,
        "lower": _limit_to_json(around.band.lower),
        "upper": _limit_to_json(around.band.upper),
        "exempt_device_ids": sorted(around.exempt_device_ids),
    }
    # What has no hours is written as ever, so that the same zone is told to be the same.
    if around.schedule is not None:
        said["schedule"] = _schedule_to_text(around.schedule)
    return json.dumps(said)


def _around_from_text(text: str) -> Around:
    found = json.loads(text)
    lower, upper = (_limit(*(found[name] or (None, None))) for name in ("lower", "upper"))
    return Around(
        found["device_id"],
        found["radius_m"],
        HeightBand(lower, upper),
        frozenset(found["exempt_device_ids"]),
        _schedule_from_text(found["schedule"]) if "schedule" in found else None,
    )


def _limit_to_json(limit: HeightLimit | None) -> tuple[float, str] | None:
    return None if limit is None else (limit.value_m, limit.reference.value)


def _schedule_to_text(schedule: Schedule) -> str:
    return json.dumps(
        {
            "windows": [
                [sorted(window.days), str(window.start), str(window.end)]
                for window in schedule.windows
            ],
            "valid_from": schedule.valid_from and schedule.valid_from.isoformat(),
            "valid_to": schedule.valid_to and schedule.valid_to.isoformat(),
            "utc_offset_s": schedule.utc_offset_s,
        }
    )


def _schedule_from_text(text: str) -> Schedule:
    found = json.loads(text)
    return Schedule(
        windows=tuple(
            Window(frozenset(days), moment(start), moment(end))
            for days, start, end in found["windows"]
        ),
        valid_from=_date(found["valid_from"]),
        valid_to=_date(found["valid_to"]),
        utc_offset_s=found["utc_offset_s"],
    )


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
