"""Graded keep-out surfaces around an airport, from its runways and its elevation.

The surfaces slope; a zone is made of volumes with level floors. So each slope is cut into
steps, and each step has the height of its lowest edge as its floor: never less strict than the
slope, and by less than one step. Floors are above mean sea level; there is no ceiling.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon, union_all
from shapely.geometry.base import BaseGeometry

from geofence.zone import Area, HeightBand, HeightLimit, HeightReference, Volume, Zone, ZoneKind
from maps.plane import Plane

Place = tuple[float, float]
"""Longitude and latitude, degrees, WGS 84."""
Cap = Literal["flat", "round"]
Ground = Polygon | MultiPolygon
"""An area in metres of the airport's plane."""


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of an approach surface: how long and how steep (rise over run)."""

    length_m: float
    slope: float


@dataclass(frozen=True, slots=True)
class SurfaceFigures:
    """The figures that shape the surfaces of one class of runway; slopes are rise over run."""

    source: str
    """For people: where the figures are from."""
    strip_half_width_m: float
    strip_beyond_end_m: float
    transitional_slope: float
    inner_height_m: float
    inner_radius_m: float
    conical_slope: float
    conical_rise_m: float
    approach_inner_edge_m: float
    approach_divergence: float
    approach: tuple[Section, ...]
    step_m: float
    """The most that a floor may lie under its slope on approach and transitional surfaces."""
    conical_step_m: float


@dataclass(frozen=True, slots=True)
class Runway:
    """A runway between its two ends."""

    name: str
    ends: tuple[Place, Place]


@dataclass(frozen=True, slots=True)
class Airport:
    """What the surfaces are drawn from."""

    icao: str
    name: str
    name_zh: str
    reference_point: Place
    elevation_m: float
    """Above mean sea level."""
    runways: tuple[Runway, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Step:
    """One level piece of a surface; ``floor_m`` is above the airport, ``None`` the ground."""

    ground: Ground
    floor_m: float | None


def airport_zones(airport: Airport, figures: SurfaceFigures) -> tuple[Zone, ...]:
    """Return the keep-out zones of an airport: strip, inner horizontal, conical, approach."""
    plane = Plane(*airport.reference_point)
    axes = [plane.metres(runway.ends) for runway in airport.runways]
    surfaces = (
        ("strip", "runways and transitional surface", "跑道与过渡面", _strip(axes, figures)),
        ("inner", "inner horizontal surface", "内水平面", _inner(axes, figures)),
        ("conical", "conical surface", "锥形面", _conical(axes, figures)),
        ("approach", "approach surfaces", "进近面", _approach(axes, figures)),
    )
    return tuple(
        Zone(
            zone_id=f"apt-{airport.icao.lower()}-{suffix}",
            kind=ZoneKind.KEEP_OUT,
            name=f"{airport.name}: {name}",
            name_zh=f"{airport.name_zh}{name_zh}",
            volumes=tuple(_volume(step, plane, airport.elevation_m) for step in steps),
            domains=frozenset({"air"}),
            category="airport",
            source=f"{airport.source}; {figures.source}",
            accuracy="about 100 m",
        )
        for suffix, name, name_zh, steps in surfaces
    )


def _volume(step: Step, plane: Plane, elevation_m: float) -> Volume:
    shape = Area(plane.degrees(step.ground))
    if step.floor_m is None:
        return Volume(shape)
    floor = HeightLimit(round(elevation_m + step.floor_m, 2), HeightReference.AMSL)
    return Volume(shape, HeightBand(lower=floor))


def _centre_lines(axes: Sequence[NDArray[np.float64]], beyond_m: float) -> list[LineString]:
    """Return the runways' axes, each longer by ``beyond_m`` at both ends."""
    lines = []
    for first, last in axes:
        along = (last - first) / np.hypot(*(last - first)) * beyond_m
        lines.append(LineString([first - along, last + along]))
    return lines


def _around(
    axes: Sequence[NDArray[np.float64]], figures: SurfaceFigures, radius_m: float, cap: Cap
) -> Ground:
    """Return all ground within ``radius_m`` of the runway strips' centre lines."""
    lines = _centre_lines(axes, figures.strip_beyond_end_m)
    return _ground(
        union_all([line.buffer(radius_m, quad_segs=16, cap_style=cap) for line in lines])
    )


def _ground(geometry: BaseGeometry) -> Ground:
    """Narrow what shapely's set operations return; of areas they are areas."""
    if isinstance(geometry, Polygon | MultiPolygon):
        return geometry
    message = f"a surface became a {geometry.geom_type}, expected an area"
    raise TypeError(message)


def _strip(axes: Sequence[NDArray[np.float64]], figures: SurfaceFigures) -> Iterator[Step]:
    """Yield the strips from the ground up and the transitional surface beside them."""
    width_m = figures.strip_half_width_m
    yield Step(_around(axes, figures, width_m, "flat"), None)
    floors = np.arange(0.0, figures.inner_height_m, figures.step_m)
    for floor_m in floors:
        rise_m = min(floor_m + figures.step_m, figures.inner_height_m)
        radius_m = width_m + rise_m / figures.transitional_slope
        yield Step(_around(axes, figures, radius_m, "flat"), float(floor_m))


def _inner(axes: Sequence[NDArray[np.float64]], figures: SurfaceFigures) -> Iterator[Step]:
    yield Step(_around(axes, figures, figures.inner_radius_m, "round"), figures.inner_height_m)


def _conical(axes: Sequence[NDArray[np.float64]], figures: SurfaceFigures) -> Iterator[Step]:
    """Yield rings, from the inner horizontal surface outwards."""
    step_m = figures.conical_step_m
    rises = np.arange(0.0, figures.conical_rise_m + step_m / 2, step_m)
    radii = figures.inner_radius_m + rises / figures.conical_slope
    discs = [_around(axes, figures, float(radius_m), "round") for radius_m in radii]
    for rise_m, (inner, outer) in zip(rises[:-1], pairwise(discs), strict=True):
        yield Step(_ground(outer.difference(inner)), figures.inner_height_m + float(rise_m))


def _approach(axes: Sequence[NDArray[np.float64]], figures: SurfaceFigures) -> Iterator[Step]:
    """Yield the fans before all thresholds, one step of equal height at a time."""
    thresholds = [pair for first, last in axes for pair in ((first, last), (last, first))]
    for near_m, far_m, floor_m in _approach_steps(figures):
        fans = [_fan(end, other, near_m, far_m, figures) for end, other in thresholds]
        yield Step(_ground(union_all(fans)), floor_m)


def _approach_steps(figures: SurfaceFigures) -> Iterator[tuple[float, float, float]]:
    """Yield (near, far, floor): distances from the start of the surface and height there."""
    start_m = height_m = 0.0
    for section in figures.approach:
        pieces = max(1, round(section.length_m * section.slope / figures.step_m))
        length_m = section.length_m / pieces
        for _ in range(pieces):
            yield start_m, start_m + length_m, height_m
            start_m, height_m = start_m + length_m, height_m + length_m * section.slope


def _fan(
    threshold: NDArray[np.float64],
    other: NDArray[np.float64],
    near_m: float,
    far_m: float,
    figures: SurfaceFigures,
) -> Polygon:
    """Return the trapezoid of an approach surface between two distances from its start."""
    out = (threshold - other) / np.hypot(*(threshold - other))
    across = np.array([-out[1], out[0]])
    corners = []
    for distance_m, side in ((near_m, 1.0), (far_m, 1.0), (far_m, -1.0), (near_m, -1.0)):
        width_m = figures.approach_inner_edge_m / 2 + figures.approach_divergence * distance_m
        along = out * (figures.strip_beyond_end_m + distance_m)
        corners.append(threshold + along + across * side * width_m)
    return Polygon(corners)
