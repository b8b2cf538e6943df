"""How long a line on the map is."""

from pyproj import Geod
from shapely.geometry.base import BaseGeometry

_EARTH = Geod(ellps="WGS84")


def length_km(line: BaseGeometry) -> float:
    """Return the length of a line of longitudes and latitudes along the ellipsoid, in kilometres."""
    return float(_EARTH.geometry_length(line)) / 1000.0
