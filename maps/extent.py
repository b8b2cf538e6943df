"""How long a road is and how large an area, on the ellipsoid: for lists and reports."""

from math import pi

from pyproj import Geod
from shapely import union_all

from geofence.zone import Area, Circle, Corridor, Zone

_WGS84 = Geod(ellps="WGS84")


def length_m(zone: Zone) -> float | None:
    """Return the length of the lines of a zone, what they share counted once.

    ``None`` where it is not all lines: a zone that is partly an area has no length.
    """
    lines = [each.shape.line for each in zone.volumes if isinstance(each.shape, Corridor)]
    if not lines or len(lines) < len(zone.volumes):
        return None
    return float(_WGS84.geometry_length(union_all(lines)))


def area_m2(zone: Zone) -> float | None:
    """Return the ground that a zone covers, what its volumes share counted once.

    ``None`` where there is none to be told: of lines, of nothing, and of a circle beside another shape.
    """
    shapes = {each.shape for each in zone.volumes}
    if len(shapes) == 1 and isinstance(circle := next(iter(shapes)), Circle):
        return pi * circle.radius_m**2
    grounds = [shape.geometry for shape in shapes if isinstance(shape, Area)]
    if not grounds or len(grounds) < len(shapes):
        return None
    area, _ = _WGS84.geometry_area_perimeter(union_all(grounds))
    return abs(float(area))
