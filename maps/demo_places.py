"""Where zones of the demonstration map are, for those who play units there."""

from shapely import LineString

from geofence.zone import Circle, Corridor, Shape
from maps.demo_map import demo_zones


def line_of(zone_id: str) -> LineString:
    """Return the middle of a corridor: longitude and latitude, degrees.

    Raises:
        LookupError: there is no such zone, or it is no corridor.
    """
    match _shape(zone_id):
        case Corridor(line=line):
            return line
        case _:
            message = f"{zone_id} is no corridor"
            raise LookupError(message)


def circle_of(zone_id: str) -> tuple[float, float, float]:
    """Return the middle of a circle, longitude and latitude in degrees, and its radius in metres.

    Raises:
        LookupError: there is no such zone, or it is no circle.
    """
    match _shape(zone_id):
        case Circle(longitude_deg, latitude_deg, radius_m):
            return longitude_deg, latitude_deg, radius_m
        case _:
            message = f"{zone_id} is no circle"
            raise LookupError(message)


def _shape(zone_id: str) -> Shape:
    for zone in demo_zones():
        if zone.zone_id == zone_id:
            return zone.volumes[0].shape
    message = f"no zone {zone_id} on the demonstration map"
    raise LookupError(message)
