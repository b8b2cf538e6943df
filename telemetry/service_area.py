"""The part of the world that an installation serves: who says latitude for longitude shows there.

Shanghai's longitude is no latitude, so that an exchange is out of range by itself. Where both lie
between 0 and 90 an exchanged fix is a place like any other, far away, and in no zone.
"""

from dataclasses import dataclass

from telemetry.report import RefusalReason, Refused, Report


@dataclass(frozen=True, slots=True)
class ServiceArea:
    """A box in WGS 84, degrees, its edges within; it does not reach over the 180th meridian."""

    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float

    def holds(self, longitude_deg: float, latitude_deg: float) -> bool:
        """Tell whether a place lies within."""
        return (
            self.west_deg <= longitude_deg <= self.east_deg
            and self.south_deg <= latitude_deg <= self.north_deg
        )

    def refusal(self, report: Report) -> Refused | None:
        """Refuse a fix that lies within only when its axes are exchanged.

        One that lies elsewhere either way is a fact: who has left the city is to be seen.
        """
        longitude_deg, latitude_deg = report.longitude_deg, report.latitude_deg
        if longitude_deg is None or latitude_deg is None:
            return None
        if self.holds(longitude_deg, latitude_deg) or not self.holds(latitude_deg, longitude_deg):
            return None
        return Refused(
            reason=RefusalReason.AXES_SWAPPED,
            detail=(
                f"longitude {longitude_deg} and latitude {latitude_deg}: expected a place in the "
                f"service area, which it is with the two exchanged"
            ),
            device_id=report.device_id,
        )


def service_area_of(given: str) -> ServiceArea | None:
    """Read ``west,south,east,north`` in degrees; empty is none.

    Raises:
        ValueError: it is no such box.
    """
    if not given.strip():
        return None
    expected = f"{given!r}: expected west,south,east,north in degrees, 120.8,30.6,122.3,31.9"
    try:
        west_deg, south_deg, east_deg, north_deg = (float(each) for each in given.split(","))
    except ValueError:
        raise ValueError(expected) from None
    if not (-180 <= west_deg < east_deg <= 180 and -90 <= south_deg < north_deg <= 90):
        raise ValueError(expected)
    return ServiceArea(west_deg, south_deg, east_deg, north_deg)
