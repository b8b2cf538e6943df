"""The heights of a device, each from what its unit measured and the surfaces that are known."""

from dataclasses import dataclass

from maps.surface import Surface
from telemetry.report import Report


@dataclass(frozen=True, slots=True)
class Heights:
    """The ground above mean sea level, and mean sea level above the ellipsoid.

    What a unit measured counts before what can be derived; without a surface, or where it knows
    nothing, a height that was not measured stays unknown. The height above take-off is none of
    the three.
    """

    terrain_amsl: Surface | None = None
    geoid_hae: Surface | None = None

    def amsl_m(self, report: Report) -> float | None:
        """Return the height above mean sea level."""
        measured_m = self._measured_amsl_m(report)
        if measured_m is not None or report.height_agl_m is None:
            return measured_m
        return _sum(report.height_agl_m, _at(self.terrain_amsl, report))

    def agl_m(self, report: Report) -> float | None:
        """Return the true height: above the ground below."""
        if report.height_agl_m is not None:
            return report.height_agl_m
        amsl_m = self._measured_amsl_m(report)
        if amsl_m is None:
            return None
        terrain_m = _at(self.terrain_amsl, report)
        return None if terrain_m is None else amsl_m - terrain_m

    def of(self, report: Report) -> tuple[float | None, float | None, float | None]:
        """Return the heights above the ground, mean sea level and the ellipsoid; asked of every fix."""
        if report.height_agl_m is None and report.altitude_msl_m is None:
            if report.altitude_hae_m is None:
                return None, None, None
            if self.geoid_hae is None:
                return None, None, report.altitude_hae_m
        return self.agl_m(report), self.amsl_m(report), self.hae_m(report)

    def hae_m(self, report: Report) -> float | None:
        """Return the height above the ellipsoid."""
        if report.altitude_hae_m is not None:
            return report.altitude_hae_m
        amsl_m = self.amsl_m(report)
        return None if amsl_m is None else _sum(amsl_m, _at(self.geoid_hae, report))

    def _measured_amsl_m(self, report: Report) -> float | None:
        if report.altitude_msl_m is not None:
            return report.altitude_msl_m
        if report.altitude_hae_m is None:
            return None
        geoid_m = _at(self.geoid_hae, report)
        return None if geoid_m is None else report.altitude_hae_m - geoid_m


def _at(surface: Surface | None, report: Report) -> float | None:
    if surface is None:
        return None
    return surface.height_m(report.longitude_deg, report.latitude_deg)


def _sum(height_m: float, surface_m: float | None) -> float | None:
    return None if surface_m is None else height_m + surface_m
