"""How devices move, and metres between places that lie near each other.

Over some kilometres a degree has one length: exact radii of the ellipsoid at the latitude in
question, no projection. The error grows with the third power of the distance: 0.2 m at 3 km.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geofence.frame import ECCENTRICITY_2, SEMI_MAJOR_M

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Motion:
    """How devices move: arrays of shape (n,), NaN where it is not known."""

    ground_mps: FloatArray
    track_deg: FloatArray
    """Clockwise from true north. Of a device that stands it does not matter."""
    climb_mps: FloatArray
    """Up is positive."""

    def velocity_mps(self) -> FloatArray:
        """Return east and north, shape (n, 2); NaN where speed or track is not finite."""
        speed = np.where(np.isinf(self.ground_mps), np.nan, self.ground_mps)
        track = np.radians(np.where(np.isinf(self.track_deg), np.nan, self.track_deg))
        over_ground = np.column_stack((speed * np.sin(track), speed * np.cos(track)))
        over_ground[speed == 0.0] = 0.0
        return over_ground


def metres_per_degree(latitude_deg: FloatArray) -> FloatArray:
    """Return how long a degree is to the east and to the north, shape (n, 2), at latitudes (n,)."""
    latitude = np.radians(latitude_deg)
    flattened = 1.0 - ECCENTRICITY_2 * np.sin(latitude) ** 2
    across_m = SEMI_MAJOR_M / np.sqrt(flattened)
    east_m = across_m * np.maximum(np.cos(latitude), 0.0)
    north_m = across_m * (1.0 - ECCENTRICITY_2) / flattened
    return np.radians(np.column_stack((east_m, north_m)))


def apart_m(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the way from each first place to its second, east and north in metres, (n, 2).

    Both are longitudes and latitudes (n, 2) that lie near each other. The way is the shorter one
    around the earth; the scale is that of the latitude half-way.
    """
    way_deg = second - first
    way_deg[:, 0] = wrapped(way_deg[:, 0])
    metres: FloatArray = way_deg * metres_per_degree((first[:, 1] + second[:, 1]) / 2.0)
    return metres


def moved(lonlat_deg: FloatArray, way_m: FloatArray) -> FloatArray:
    """Return the places (n, 2) that ways to the east and north in metres (n, 2) lead to."""
    there: FloatArray = lonlat_deg + way_m / metres_per_degree(lonlat_deg[:, 1])
    there[:, 0] = wrapped(there[:, 0])
    return there


def wrapped(longitude_deg: FloatArray) -> FloatArray:
    """Return longitudes, or differences of two, as from -180 to 180; untouched inside of it."""
    turned: FloatArray = np.where(
        np.abs(longitude_deg) > 180.0, (longitude_deg + 180.0) % 360.0 - 180.0, longitude_deg
    )
    return turned
