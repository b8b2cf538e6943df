"""Routes: the way a mover goes, as waypoints in metres of a frame of its own.

The frame is linear in longitude and latitude, so that a straight leg in metres is the straight
line between the same two positions on the map. Lengths are true at its origin and off by less
than 0.3 % at 15 km from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely import LineString

Floats = NDArray[np.float64]

EQUATOR_M = 6_378_137.0
ECCENTRICITY_SQUARED = 0.00669437999014


@dataclass(frozen=True, slots=True)
class LocalFrame:
    """Metres east and north of an origin."""

    longitude_deg: float
    latitude_deg: float
    metres_per_deg_east: float
    metres_per_deg_north: float

    def metres(self, positions: Floats) -> Floats:
        """Return (n, 2) metres east and north of (n, 2) longitudes and latitudes, degrees."""
        return (positions - self._origin()) * self._scale()

    def degrees(self, metres: Floats) -> Floats:
        """Return (n, 2) longitudes and latitudes of (n, 2) metres east and north."""
        return metres / self._scale() + self._origin()

    def _origin(self) -> Floats:
        return np.array([self.longitude_deg, self.latitude_deg])

    def _scale(self) -> Floats:
        return np.array([self.metres_per_deg_east, self.metres_per_deg_north])


def frame_at(longitude_deg: float, latitude_deg: float) -> LocalFrame:
    """Return the frame whose origin is a WGS 84 position."""
    phi = np.radians(latitude_deg)
    root = np.sqrt(1.0 - ECCENTRICITY_SQUARED * np.sin(phi) ** 2)
    north = EQUATOR_M * (1.0 - ECCENTRICITY_SQUARED) / root**3
    east = EQUATOR_M / root * np.cos(phi)
    return LocalFrame(
        longitude_deg, latitude_deg, float(np.radians(east)), float(np.radians(north))
    )


@dataclass(frozen=True, slots=True)
class Route:
    """Waypoints that are gone through in turn, for ever: after the last comes the first.

    ``waypoints_m`` has shape (k, 3): metres east and north in ``frame``, and metres above
    ground. There are at least two, and no two in a row are the same.
    """

    frame: LocalFrame
    waypoints_m: Floats

    @property
    def length_m(self) -> float:
        """Return the length of one round."""
        return float(self.leg_lengths_m().sum())

    def leg_lengths_m(self) -> Floats:
        """Return (k,) lengths of the legs, the first from the first waypoint to the second."""
        legs = np.roll(self.waypoints_m, -1, axis=0) - self.waypoints_m
        return np.asarray(np.linalg.norm(legs, axis=1), dtype=np.float64)


Waypoint = tuple[float, float, float]
"""Longitude, latitude (degrees), height above ground (m)."""


def round_trip(waypoints: Sequence[Waypoint]) -> Route:
    """Return the route through waypoints and from the last straight back to the first.

    Raises:
        ValueError: fewer than two waypoints that differ.
    """
    places = np.asarray(waypoints, dtype=np.float64).reshape(-1, 3)
    frame = frame_at(float(places[0, 0]), float(places[0, 1]))
    points = np.column_stack((frame.metres(places[:, :2]), places[:, 2]))
    kept = np.any(points != np.roll(points, 1, axis=0), axis=1)
    if kept.sum() < 2:
        message = f"{len(waypoints)} waypoints in {kept.sum()} places, expected two or more"
        raise ValueError(message)
    return Route(frame, points[kept])


def to_and_fro(line: LineString, height_m: float = 0.0) -> Route:
    """Return the route along a line (longitude, latitude) and back; round it if it is closed."""
    there = [(x, y, height_m) for x, y in np.asarray(line.coords)[:, :2]]
    return round_trip(there if line.is_closed else there + there[-2:0:-1])


def circle(
    longitude_deg: float, latitude_deg: float, radius_m: float, height_m: float = 0.0
) -> Route:
    """Return the route round a circle, clockwise, in 24 legs."""
    frame = frame_at(longitude_deg, latitude_deg)
    angles = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)
    metres = radius_m * np.column_stack((np.sin(angles), np.cos(angles)))
    return round_trip([(x, y, height_m) for x, y in frame.degrees(metres)])
