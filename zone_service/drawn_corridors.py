"""The own corridor of a permit as it is drawn: its volume, and what is wrong with it."""

from typing import Final

from shapely import LineString

from geofence.validity import Problem, problems
from geofence.zone import (
    Corridor,
    HeightBand,
    HeightLimit,
    HeightReference,
    Volume,
    Zone,
    ZoneKind,
)
from permits.corridor import Height, OwnCorridor


def problems_of(corridor: OwnCorridor) -> tuple[Problem, ...]:
    """Return what keeps a corridor from being judged by; the paths lead to its members."""
    zone = Zone("corridor", ZoneKind.KEEP_IN, "", (volume_of(corridor),))
    return tuple(
        Problem(_PATHS.get(each.path.removeprefix("volumes[0]."), each.path), each.said)
        for each in problems(zone)
    )


_PATHS: Final = {
    "shape": "line",
    "shape.line": "line",
    "shape.half_width_m": "half_width_m",
    "band": "lower",
    "band.lower": "lower",
    "band.upper": "upper",
}


def volume_of(corridor: OwnCorridor) -> Volume:
    """Return the volume in which whoever holds the permit must stay."""
    shape = Corridor(LineString(corridor.line), corridor.half_width_m)
    return Volume(shape, HeightBand(_limit(corridor.lower), _limit(corridor.upper)))


def _limit(height: Height | None) -> HeightLimit | None:
    return (
        None if height is None else HeightLimit(height.value_m, HeightReference(height.reference))
    )
