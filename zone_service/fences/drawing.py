"""Zones and permits turned into what units are told of them. Pure."""

import math
from collections.abc import Mapping, Sequence
from typing import Final, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from geofence import zone as ground
from geofence.frame import Frame, footprint, middle
from permits.compliance import Grant
from permits.terms import DailyHours, by_route_alone
from telemetry.fences import plan as told
from zone_service.drawn_corridors import volume_of

SIMPLER_M: Final = 1.0
SIMPLER_SHARE: Final = 1.0 / 2000.0
"""Of the size of what is drawn round, if that is more: so far from its edge corners are left out. A circle
of a kilometre has some two thousand, to the millimetre."""
SPARE: Final = 1.5
"""What is grown before by so much more, for all that is rounded after."""
EDGE_M: Final = 5_000.0
"""Longer ones of those that are left would leave the ground's own shortest way by decimetres."""
DEGREE_M: Final = 110_500.0
"""No degree of latitude is shorter."""
DECIMALS: Final = 7
"""Of degrees: a centimetre."""


def zone_told(zone: ground.Zone, *, is_flat: bool, is_lifted: bool) -> told.Zone:
    """Return a zone as a unit is told of it; ``is_flat``: its format has areas alone."""
    return told.Zone(
        zone_id=zone.zone_id,
        rule=told.Rule(zone.kind.value),
        name=zone.name,
        volumes=tuple(_volume(each, is_flat=is_flat) for each in zone.volumes),
        name_zh=zone.name_zh,
        speed_limit_mps=zone.speed_limit_mps,
        is_lifted=is_lifted,
    )


def allowed_told(grant: Grant, *, is_flat: bool) -> told.Allowed:
    """Return what a permit allows as a unit is told of it."""
    terms = grant.terms
    corridor = None
    if terms.corridor is not None:
        corridor = _volume(volume_of(terms.corridor), is_flat=is_flat)
    return told.Allowed(
        permit_number=grant.permit_number,
        valid_from=terms.valid_from.isoformat(),
        valid_to=terms.valid_to.isoformat(),
        zone_ids=tuple(sorted(terms.zone_ids)),
        transfer_zone_ids=tuple(sorted(terms.transfer_zone_ids)),
        corridor=corridor,
        hours=tuple(map(_daily, terms.hours)),
        max_speed_mps=terms.max_speed_mps,
        max_height_agl_m=terms.max_height_agl_m,
        control_modes=tuple(sorted(terms.control_modes)),
    )


def permitted_ground(grant: Grant, outlines: Mapping[str, NDArray[np.object_]]) -> BaseGeometry:
    """Return where a permit lets a device be, whatever the height.

    ``outlines`` has the ground of the volumes of its zones that are on the map, by the zones' ids.
    """
    terms = grant.terms
    route = None if terms.corridor is None else footprint(volume_of(terms.corridor))
    if route is not None and by_route_alone(terms):
        return route
    wanted = sorted(outlines.keys() & (terms.zone_ids | terms.transfer_zone_ids))
    area = shapely.union_all([part for each in wanted for part in outlines[each]])
    return area if route is None else shapely.intersection(area, route)


def area_told(area: BaseGeometry) -> tuple[told.Polygon, ...]:
    """Return an area in few corners, never smaller than it is."""
    if area.is_empty:
        return ()
    larger = _simpler(area, math.inf, grows=True)
    return tuple(_polygon(part) for part in shapely.get_parts(larger) if isinstance(part, Polygon))


def box_of(zone: ground.Zone, margin_m: float = 0.0) -> tuple[float, float, float, float]:
    """Return west, south, east and north of a box around a zone; infinite the wrong way where it has no volumes."""
    boxes = [_box(volume.shape, margin_m) for volume in zone.volumes]
    found = np.array(boxes).reshape(-1, 4)
    if not len(found):
        return math.inf, math.inf, -math.inf, -math.inf
    west, south = found[:, :2].min(axis=0)
    east, north = found[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def widened(
    box: tuple[float, float, float, float], margin_m: float
) -> tuple[float, float, float, float]:
    """Return a box with all that lies within a margin of it, and hardly more."""
    west, south, east, north = box
    up = margin_m / DEGREE_M
    furthest = min(max(abs(south), abs(north)) + up, 89.0)
    along = up / math.cos(math.radians(furthest))
    return west - along, south - up, east + along, north + up


def distances_m(area: BaseGeometry, outlines: Sequence[NDArray[np.object_]]) -> NDArray[np.float64]:
    """Return how far zones are from an area, in metres of a local frame; 0 where they meet.

    ``outlines`` has the ground of the volumes of each zone; one without any is infinitely far away.
    """
    found = np.full(len(outlines), math.inf)
    of = np.repeat(np.arange(len(outlines)), list(map(len, outlines)))
    if len(of):
        np.minimum.at(found, of, _apart_m(area, np.concatenate(outlines)))
    return found


def _apart_m(area: BaseGeometry, parts: NDArray[np.object_]) -> NDArray[np.float64]:
    shapely.prepare(area)
    apart = ~shapely.intersects(area, parts)
    # Most of those asked for meet it, and are not drawn in metres for that.
    frame = Frame(*middle([area]))
    here, there = (shapely.transform(each, frame.to_metres) for each in (area, parts[apart]))
    found = np.zeros(len(parts))
    found[apart] = shapely.distance(here, there)
    return found


def _box(shape: ground.Shape, margin_m: float) -> tuple[float, float, float, float]:
    match shape:
        case ground.Area(geometry=geometry):
            return widened(_bounds(geometry), margin_m)
        case ground.Circle(longitude_deg=longitude, latitude_deg=latitude, radius_m=radius_m):
            return widened((longitude, latitude, longitude, latitude), 1.01 * radius_m + margin_m)
        case ground.Corridor(line=line, half_width_m=half_width_m):
            return widened(_bounds(line), 1.01 * half_width_m + margin_m)


def _bounds(geometry: BaseGeometry) -> tuple[float, float, float, float]:
    west, south, east, north = geometry.bounds
    return float(west), float(south), float(east), float(north)


def _volume(volume: ground.Volume, *, is_flat: bool) -> told.Volume:
    return told.Volume(
        shapes=_shapes(volume, is_flat=is_flat),
        lower=_limit(volume.band.lower),
        upper=_limit(volume.band.upper),
        times=None if volume.schedule is None else _times(volume.schedule),
    )


def _shapes(volume: ground.Volume, *, is_flat: bool) -> tuple[told.Shape, ...]:
    match volume.shape:
        case ground.Area(geometry=geometry):
            return tuple(map(_polygon, cast("list[Polygon]", shapely.get_parts(geometry).tolist())))
        case ground.Circle(longitude_deg=longitude, latitude_deg=latitude, radius_m=radius_m):
            return (told.Circle(_short(longitude), _short(latitude), radius_m),)
        case ground.Corridor(line=line, half_width_m=half_width_m) if not is_flat:
            return (told.Corridor(_ring(shapely.get_coordinates(line)), half_width_m),)
        case ground.Corridor(half_width_m=half_width_m):
            # Never larger than it is: it may be something to keep out of.
            smaller = _simpler(footprint(volume), half_width_m / 4.0, grows=False)
            parts = shapely.get_parts(smaller)
            return tuple(_polygon(part) for part in parts if isinstance(part, Polygon))


def _simpler(area: BaseGeometry, most_m: float, *, grows: bool) -> BaseGeometry:
    """Return an area with fewer corners: it keeps all of it, or none besides; off by ``most_m`` at the most."""
    frame = Frame(*middle([area]))
    metres = shapely.transform(area, frame.to_metres)
    west, south, east, north = metres.bounds
    size_m = math.hypot(east - west, north - south)
    by_m = min(max(SIMPLER_M, size_m * SIMPLER_SHARE), most_m)
    moved = shapely.buffer(metres, SPARE * by_m * (1 if grows else -1), join_style="mitre")
    simple = shapely.simplify(moved, by_m, preserve_topology=True)
    return shapely.transform(shapely.segmentize(simple, EDGE_M), frame.to_degrees)


def _polygon(polygon: Polygon) -> told.Polygon:
    outer, *holes = (
        _ring(shapely.get_coordinates(ring)[:-1]) for ring in (polygon.exterior, *polygon.interiors)
    )
    return told.Polygon(outer, tuple(holes))


def _ring(places: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> told.Ring:
    return tuple((_short(longitude), _short(latitude)) for longitude, latitude in places.tolist())


def _short(degrees: float) -> float:
    return round(degrees, DECIMALS)


def _limit(limit: ground.HeightLimit | None) -> told.Limit | None:
    return None if limit is None else told.Limit(limit.value_m, limit.reference.value)


def _times(schedule: ground.Schedule) -> told.Times:
    first, last = schedule.valid_from, schedule.valid_to
    return told.Times(
        utc_offset_s=schedule.utc_offset_s,
        hours=tuple(
            told.Hours(tuple(sorted(each.days)), str(each.start), str(each.end))
            for each in schedule.windows
        ),
        valid_from=None if first is None else first.isoformat(),
        valid_to=None if last is None else last.isoformat(),
    )


def _daily(hours: DailyHours) -> told.Hours:
    return told.Hours(tuple(sorted(hours.days)), str(hours.start), str(hours.end))
