"""Volumes that are drawn over the antimeridian, parted there: zones end at 180°."""

from dataclasses import replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon
from shapely.affinity import translate

from geofence.frame import EARTH, dense_line, footprint
from geofence.validity import FURTHEST_REACH_M
from geofence.zone import Area, Circle, Corridor, Volume

Positions = NDArray[np.float64]
"""Shape (n, 2): longitude and latitude, degrees."""

FULL_TURN_DEG: Final = 360.0
HALF_TURN_DEG: Final = 180.0
FAR_DEG: Final = 150.0
"""Nothing that lies nearer to Greenwich reaches 180°, but for what lies at a pole."""


def parted(volume: Volume) -> tuple[Volume, ...]:
    """Return the volume, or where it goes over the antimeridian its part on each side.

    A step of more than half a turn is meant the short way round. The parts are areas with the
    heights and hours of the volume. What goes round a pole or is no outline is returned as it
    is, for ``geofence.validity`` to refuse.
    """
    outline = _outline(volume)
    if outline is None or not _goes_over(outline):
        return (volume,)
    laid = [_laid_out(part) for part in shapely.get_parts(outline)]
    if not all(part.is_valid for part in laid):
        return (volume,)
    pieces = [piece for part in laid for piece in _cut(part)]
    sides = [
        [piece for piece in pieces if (piece.bounds[0] < 0.0) is west] for west in (False, True)
    ]
    return tuple(replace(volume, shape=Area(_joined(side))) for side in sides if side)


def _outline(volume: Volume) -> Polygon | MultiPolygon | None:
    """Return an area as drawn, and the ground of another shape that may reach 180°."""
    match volume.shape:
        case Area(geometry=geometry):
            return geometry
        case Circle(longitude_deg=longitude_deg, radius_m=reach_m):
            return footprint(volume) if _may_reach(abs(longitude_deg), reach_m) else None
        case Corridor(line=line, half_width_m=reach_m):
            far_deg = float(np.abs(shapely.get_coordinates(line)[:, 0]).max())
            along = Volume(Corridor(_short_way(line), reach_m))
            return footprint(along) if _may_reach(far_deg, reach_m) else None


def _may_reach(far_deg: float, reach_m: float) -> bool:
    """Leave alone what is no zone anyway."""
    return far_deg > FAR_DEG and reach_m <= FURTHEST_REACH_M


def _short_way(line: LineString) -> LineString:
    return LineString(_unwrapped(shapely.get_coordinates(line)))


def _unwrapped(lonlat_deg: Positions) -> Positions:
    """Return places whose longitudes go on beyond 180° where the line goes over it.

    Whole turns are added to each as it is: with steps added up, as ``np.unwrap`` does, a ring would end
    beside where it began.
    """
    turns = np.cumsum(np.round(np.diff(lonlat_deg[:, 0], prepend=lonlat_deg[0, 0]) / FULL_TURN_DEG))
    return np.column_stack((lonlat_deg[:, 0] - turns * FULL_TURN_DEG, lonlat_deg[:, 1]))


def _goes_over(outline: Polygon | MultiPolygon) -> bool:
    rings = shapely.get_rings(shapely.get_parts(outline))
    steps = (np.abs(np.diff(shapely.get_coordinates(ring)[:, 0])) for ring in rings)
    return any((step > HALF_TURN_DEG).any() for step in steps)


def _laid_out(polygon: Polygon) -> Polygon:
    """Return a polygon without a gap at 180°, its long edges along the geodesic."""
    around = _ring(polygon.exterior)
    middle_deg = (around[:, 0].min() + around[:, 0].max()) / 2.0
    holes = [_beside(_ring(hole), middle_deg) for hole in polygon.interiors]
    return Polygon(around, holes)


def _ring(ring: LineString) -> Positions:
    return _unwrapped(dense_line(_unwrapped(shapely.get_coordinates(ring))))


def _beside(ring: Positions, middle_deg: float) -> Positions:
    turns = np.round((ring[0, 0] - middle_deg) / FULL_TURN_DEG)
    return np.column_stack((ring[:, 0] - turns * FULL_TURN_DEG, ring[:, 1]))


def _cut(polygon: Polygon) -> list[Polygon]:
    around_the_earth = [translate(polygon, turn * FULL_TURN_DEG) for turn in (-1, 0, 1)]
    pieces = shapely.get_parts(shapely.intersection(around_the_earth, EARTH))
    # What it does not meet leaves an empty polygon, and what it only touches a line.
    return [piece for piece in pieces if isinstance(piece, Polygon) and not piece.is_empty]


def _joined(pieces: list[Polygon]) -> Polygon | MultiPolygon:
    return pieces[0] if len(pieces) == 1 else MultiPolygon(pieces)
