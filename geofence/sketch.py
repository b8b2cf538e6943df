"""Outlines that say where to look: around all that a volume holds, and hardly more.

The grid is laid with them. An area is its outline. A circle or a corridor lies within its own, whose
corners and chords stand outside by at most what is told with it: so near to it the edge itself decides
(``geofence/rims.py``).
"""

import math
from typing import Final, NamedTuple

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from geofence.frame import (
    DENSE_EDGE_M,
    SEMI_MAJOR_M,
    Frame,
    footprint,
    middle,
    points_around,
    quarter_points,
)
from geofence.gaps import near_with_gaps_m
from geofence.grid import MARGIN_DEG
from geofence.rims import Rim, all_beyond_m, rim_of
from geofence.zone import Area, Circle, Corridor, Volume

DEGREE_M: Final = 110_500.0
"""No degree of latitude is shorter."""
SPARE_M: Final = 0.01
LONGEST_CHORD: Final = 1.5
"""A bend that is this much wider than one chord still has no corner between."""
NEAREST_POLE_DEG: Final = 89.0
MOST_BENT: Final = 1.1
"""An edge bends most that goes 55° off north: by so much more than one to the east."""


class Sketch(NamedTuple):
    """What the grid is laid with, and what decides near it."""

    outline: Polygon | MultiPolygon
    near_deg: float
    """So near to the outline, in degrees of either sort, it does not say what is inside; infinite where
    it says so nowhere."""
    rim: Rim | None
    """``None`` where the outline is the edge."""


def sketch(volume: Volume) -> Sketch:
    """Return the sketch of a volume."""
    rim = rim_of(volume.shape)
    if rim is None:
        return Sketch(footprint(volume), MARGIN_DEG, None)
    outline = sketched(volume)
    nearest_m, furthest_m = _beyond(rim, outline)
    # Where bends lie close together a buffer may be too narrow, which shows on its edge.
    if nearest_m < SPARE_M / 2.0:
        outline = footprint(volume, _spare_m(volume), by_pieces=True)
        nearest_m, furthest_m = _beyond(rim, outline)
    near_m = 2.0 * furthest_m + SPARE_M
    if isinstance(volume.shape, Corridor):
        near_m = near_with_gaps_m(volume.shape, outline, near_m)
    return Sketch(outline, _in_degrees(near_m, outline), rim)


def sketched(volume: Volume) -> Polygon | MultiPolygon:
    """Return the outline alone of a sketch, as long as no bends lie too close together."""
    return footprint(volume, _spare_m(volume))


def _beyond(rim: Rim, outline: Polygon | MultiPolygon) -> tuple[float, float]:
    """Return how far beyond the edge corners and middles of an outline's edges are, least and most.

    Between a corner and a middle no place is farther beyond it than twice as far as they are.
    """
    rings = shapely.get_rings(shapely.get_parts(outline))
    corners = [shapely.get_coordinates(ring) for ring in rings]
    middles = [(each[1:] + each[:-1]) / 2.0 for each in corners]
    beyond_m = all_beyond_m(rim, np.concatenate((*corners, *middles)))
    return float(beyond_m.min()), float(beyond_m.max())


def _spare_m(volume: Volume) -> float:
    """Return how much larger a volume is drawn so that all of it lies within."""
    match volume.shape:
        case Area():
            return 0.0
        case Circle(latitude_deg=latitude_deg, radius_m=radius_m):
            half = math.pi / points_around(radius_m)
            furthest_deg = abs(latitude_deg) + math.degrees(radius_m / SEMI_MAJOR_M)
            return SPARE_M + _bent_m(2.0 * radius_m * math.tan(half), furthest_deg)
        case Corridor() as corridor:
            return _spare_of(corridor)


def _spare_of(corridor: Corridor) -> float:
    origin, half_m = middle([corridor.line]), corridor.half_width_m
    cut = LONGEST_CHORD * math.pi / (4.0 * quarter_points(half_m))
    corners = Frame(*origin).to_metres(shapely.get_coordinates(shapely.box(*corridor.line.bounds)))
    far_m = math.sqrt(float((corners**2).sum(axis=1).max())) + half_m
    # In one frame for all of a long line widths far from its middle are too large.
    stretched_m = 2.0 * half_m * (far_m / SEMI_MAJOR_M) ** 2 / 6.0
    latitude_deg = abs(origin[1]) + math.degrees(far_m / SEMI_MAJOR_M)
    spare_m = SPARE_M + half_m * (1.0 - math.cos(cut)) + stretched_m
    return spare_m + _bent_m(DENSE_EDGE_M, latitude_deg)


def _bent_m(length_m: float, latitude_deg: float) -> float:
    """Return how far an edge that is straight in degrees is from one that is straight over the ground."""
    slope = math.tan(math.radians(min(latitude_deg, NEAREST_POLE_DEG)))
    return MOST_BENT * length_m**2 / 8.0 * slope / SEMI_MAJOR_M


def _in_degrees(near_m: float, outline: Polygon | MultiPolygon) -> float:
    _, south, _, north = outline.bounds
    furthest_deg = min(max(abs(south), abs(north)), NEAREST_POLE_DEG)
    return near_m / (DEGREE_M * math.cos(math.radians(furthest_deg)))
