"""Metres around a place, and the outline on the ground of a volume.

A length in metres is never made in degrees: at 31° N a buffer of 30 m made as 30/111 320°
is 14 % too narrow from east to west. Each shape gets a frame of its own, and its outline is
stored as longitude and latitude.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon, box
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from geofence.zone import Area, Circle, Corridor, Volume

FloatArray = NDArray[np.float64]

SEMI_MAJOR_M = 6_378_137.0
FLATTENING = 1.0 / 298.257223563
ECCENTRICITY_2 = FLATTENING * (2.0 - FLATTENING)
SEMI_MINOR_M = SEMI_MAJOR_M * (1.0 - FLATTENING)

LONG_EDGE_M = 1_000.0
"""A longer edge follows the geodesic: a straight one in degrees is 4.7 m off at 20 km."""
DENSE_EDGE_M = 500.0
ARC_TOLERANCE_M = 0.02
"""How far the chords of a corridor's round ends may lie inside the true arc."""
CIRCLE_TOLERANCE_M = 0.1
MOST_CIRCLE_POINTS = 720
EARTH = box(-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True, slots=True)
class Frame:
    """A plane in metres, east and north of an origin, on the WGS 84 ellipsoid.

    Distances from the origin are true along the ground: within 1 mm to 100 km.
    """

    longitude_deg: float
    latitude_deg: float

    def to_metres(self, lonlat_deg: FloatArray) -> FloatArray:
        """Return east and north in metres, shape (n, 2), of longitudes and latitudes (n, 2)."""
        offset = _geocentric(lonlat_deg) - self._origin()
        plane = offset @ self._axes()[:2].T
        reach = np.hypot(plane[:, 0], plane[:, 1])
        radius = self._radius(plane)
        flat = np.minimum(reach / radius, 1.0)
        metres: FloatArray = plane * _ratio(np.arcsin(flat), flat)[:, None]
        return metres

    def to_degrees(self, metres: FloatArray) -> FloatArray:
        """Return longitudes and latitudes, shape (n, 2), of east and north in metres (n, 2)."""
        reach = np.hypot(metres[:, 0], metres[:, 1])
        angle = reach / self._radius(metres)
        plane = metres * _ratio(np.sin(angle), angle)[:, None]
        axes = self._axes()
        return _geographic(_down_to_the_ellipsoid(self._origin() + plane @ axes[:2], axes[2]))

    def figures(self) -> FloatArray:
        """Return all that places are turned into metres by, shape (11,).

        Where the origin is from the middle of the earth, which way east and north point there, and how
        much the ellipsoid is curved along and across the meridian.
        """
        axes, (along, across) = self._axes(), self._radii()
        curved = np.array([1.0 / along, 1.0 / across])
        return np.concatenate((self._origin(), axes[0], axes[1], curved))

    def _origin(self) -> FloatArray:
        return _geocentric(np.array([[self.longitude_deg, self.latitude_deg]])).reshape(3)

    def _axes(self) -> FloatArray:
        """East, north and up as rows."""
        lon, lat = math.radians(self.longitude_deg), math.radians(self.latitude_deg)
        east = (-math.sin(lon), math.cos(lon), 0.0)
        up = (math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat))
        north = (-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat))
        return np.array([east, north, up])

    def _radius(self, plane: FloatArray) -> FloatArray:
        """The ellipsoid's radius of curvature at the origin, toward each point (Euler)."""
        along, across = self._radii()
        reach_2 = plane[:, 0] ** 2 + plane[:, 1] ** 2
        north_share = np.divide(
            plane[:, 1] ** 2, reach_2, out=np.zeros_like(reach_2), where=reach_2 > 0.0
        )
        curvature: FloatArray = north_share / along + (1.0 - north_share) / across
        return 1.0 / curvature

    def _radii(self) -> tuple[float, float]:
        """The radii of curvature at the origin, along and across the meridian."""
        sine_2 = math.sin(math.radians(self.latitude_deg)) ** 2
        across = SEMI_MAJOR_M / math.sqrt(1.0 - ECCENTRICITY_2 * sine_2)
        return across * (1.0 - ECCENTRICITY_2) / (1.0 - ECCENTRICITY_2 * sine_2), across


def footprint(
    volume: Volume, spare_m: float = 0.0, *, by_pieces: bool = False
) -> Polygon | MultiPolygon:
    """Return the ground a volume stands on, as it is drawn: longitude and latitude, WGS 84.

    ``spare_m``: as if a circle or a corridor reached so much farther. ``by_pieces``: a corridor is put
    together of its pieces, which takes ten times as long and is true in every bend.

    Long edges follow the geodesic. The parts of a multipolygon that touch along an edge or overlap
    become one, so that a point on their seam is inside. A circle lies within its outline to a
    millimetre; the corners stand outside it by at most 0.1 m up to a radius of 10 km, beyond that by
    a hundred-thousandth of it. The round ends of a corridor are cut by at most 0.02 m up to half a
    width of 2 km, its bends by 0.05 m. Where bends lie close together for its width the geometry
    library makes it up to a hundredth too wide or too narrow.
    """
    match volume.shape:
        case Area(geometry=geometry):
            return _area(geometry)
        case Circle() as circle:
            return _circle(circle, circle.radius_m + spare_m)
        case Corridor() as corridor:
            return _corridor(corridor.line, corridor.half_width_m + spare_m, by_pieces=by_pieces)


def grown(outline: Polygon | MultiPolygon, margin_m: float) -> Polygon | MultiPolygon:
    """Return an outline with all that lies within ``margin_m`` of it; WGS 84.

    Its round corners are cut by at most 0.05 m. What reaches over the antimeridian goes on at the
    other side.
    """
    parts = [_grown_part(part, margin_m) for part in shapely.get_parts(outline)]
    return cast("Polygon | MultiPolygon", shapely.union_all(parts))


def _grown_part(part: Polygon, margin_m: float) -> BaseGeometry:
    origin = middle([part])
    frame = Frame(*origin)
    around = shapely.transform(part, frame.to_metres).buffer(
        margin_m, quad_segs=quarter_points(margin_m)
    )
    there = shapely.transform(shapely.segmentize(around, DENSE_EDGE_M), frame.to_degrees)
    beside = shapely.transform(there, lambda lonlat: _beside(lonlat, origin[0]))
    if shapely.within(beside, EARTH):
        return beside
    around_the_earth = [translate(beside, turn * 360.0) for turn in (-1, 0, 1)]
    pieces = shapely.get_parts(shapely.intersection(around_the_earth, EARTH))
    return shapely.union_all([piece for piece in pieces if isinstance(piece, Polygon)])


def _beside(lonlat_deg: FloatArray, longitude_deg: float) -> FloatArray:
    """The places with the longitudes nearest to one, which may lie beyond 180°."""
    turns = np.round((lonlat_deg[:, 0] - longitude_deg) / 360.0)
    return np.column_stack((lonlat_deg[:, 0] - 360.0 * turns, lonlat_deg[:, 1]))


def _area(geometry: Polygon | MultiPolygon) -> Polygon | MultiPolygon:
    dense = shapely.force_2d(geometry)
    polygons = [_dense_polygon(polygon) for polygon in shapely.get_parts(dense)]
    if len(polygons) == 1:
        return polygons[0]
    several = MultiPolygon(polygons)
    if several.is_valid:
        return several
    return cast("Polygon | MultiPolygon", shapely.union_all(polygons))


def _dense_polygon(polygon: Polygon) -> Polygon:
    return Polygon(
        dense_line(shapely.get_coordinates(polygon.exterior)),
        [dense_line(shapely.get_coordinates(ring)) for ring in polygon.interiors],
    )


def _circle(circle: Circle, radius_m: float) -> Polygon:
    points = points_around(circle.radius_m)
    angles = np.linspace(0.0, 2.0 * math.pi, points, endpoint=False)
    # The polygon stands outside the circle: no point within the radius may be missed.
    reach_m = radius_m / math.cos(math.pi / points)
    around = np.column_stack((np.sin(angles), np.cos(angles))) * reach_m
    return Polygon(Frame(circle.longitude_deg, circle.latitude_deg).to_degrees(around))


def points_around(radius_m: float) -> int:
    """Return how many corners a circle is drawn with."""
    wanted = math.pi / math.acos(max(0.0, 1.0 - CIRCLE_TOLERANCE_M / radius_m))
    return int(min(max(64.0, math.ceil(wanted)), MOST_CIRCLE_POINTS))


def _corridor(drawn: LineString, half_width_m: float, *, by_pieces: bool) -> Polygon | MultiPolygon:
    line = dense_line(shapely.get_coordinates(drawn))
    frame = Frame(*middle([drawn]))
    metres, chords = frame.to_metres(line), quarter_points(half_width_m)
    parts = np.stack((metres[:-1], metres[1:]), axis=1) if by_pieces else metres[None]
    around = shapely.union_all(
        shapely.buffer(shapely.linestrings(parts), half_width_m, quad_segs=chords)
    )
    outline = shapely.transform(shapely.segmentize(around, DENSE_EDGE_M), frame.to_degrees)
    return cast("Polygon | MultiPolygon", outline)


def quarter_points(radius_m: float) -> int:
    """Return how many chords a quarter of a round end is drawn with."""
    step = math.acos(max(0.0, 1.0 - ARC_TOLERANCE_M / radius_m))
    return int(min(max(4.0, math.ceil(math.pi / (4.0 * step))), MOST_CIRCLE_POINTS / 4.0))


def dense_line(lonlat_deg: FloatArray) -> FloatArray:
    """Return the line with points put in on the geodesic wherever an edge is over 1 km."""
    place_m = _geocentric(lonlat_deg)
    chord_m = np.linalg.norm(place_m[1:] - place_m[:-1], axis=1)
    long = np.flatnonzero(chord_m > LONG_EDGE_M).tolist()
    between = [_between(lonlat_deg[edge], lonlat_deg[edge + 1]) for edge in long]
    at = np.repeat(np.array(long, np.intp) + 1, [len(points) for points in between])
    return np.insert(lonlat_deg, at, np.concatenate(between), axis=0) if long else lonlat_deg


def _between(start: FloatArray, end: FloatArray) -> FloatArray:
    """The points inside one edge; the same ones for both directions of a shared border."""
    if tuple(start) > tuple(end):
        return _between(end, start)[::-1]
    middle = (start + end) / 2.0
    frame = Frame(float(middle[0]), float(middle[1]))
    first, last = frame.to_metres(np.stack((start, end)))
    pieces = math.ceil(float(np.hypot(*(last - first))) / DENSE_EDGE_M)
    share = np.arange(1, pieces)[:, None] / pieces
    return frame.to_degrees(first + share * (last - first))


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """``above / below``, which tends to one where both vanish."""
    return np.divide(above, below, out=np.ones_like(below), where=below > 0.0)


def _geocentric(lonlat_deg: FloatArray) -> FloatArray:
    lon, lat = np.radians(lonlat_deg).T
    across = SEMI_MAJOR_M / np.sqrt(1.0 - ECCENTRICITY_2 * np.sin(lat) ** 2)
    level = across * np.cos(lat)
    return np.column_stack(
        (
            level * np.cos(lon),
            level * np.sin(lon),
            across * (1.0 - ECCENTRICITY_2) * np.sin(lat),
        )
    )


def _geographic(xyz_m: FloatArray) -> FloatArray:
    """Longitude and latitude of points on the ellipsoid."""
    level = (1.0 - ECCENTRICITY_2) * np.hypot(xyz_m[:, 0], xyz_m[:, 1])
    longitude = np.arctan2(xyz_m[:, 1], xyz_m[:, 0])
    degrees: FloatArray = np.degrees(np.column_stack((longitude, np.arctan2(xyz_m[:, 2], level))))
    return degrees


def _down_to_the_ellipsoid(xyz_m: FloatArray, up: FloatArray) -> FloatArray:
    """Move points along ``up`` until they lie on the ellipsoid: the near root of a quadratic."""
    scale = np.array([SEMI_MAJOR_M, SEMI_MAJOR_M, SEMI_MINOR_M])
    point, direction = xyz_m / scale, up / scale
    square = float(direction @ direction)
    half = point @ direction
    rest = np.sum(point * point, axis=1) - 1.0
    root = np.sqrt(np.maximum(half * half - square * rest, 0.0))
    rise: FloatArray = -rest / (half + root)
    lowered: FloatArray = xyz_m + rise[:, None] * up
    return lowered


def middle(outlines: Sequence[BaseGeometry]) -> tuple[float, float]:
    """Return longitude and latitude of the middle of the box around all outlines."""
    west, south, east, north = shapely.total_bounds(list(outlines)).tolist()
    return (west + east) / 2.0, (south + north) / 2.0
