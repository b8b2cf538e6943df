"""Areas drawn on a grid of binary fractions of a degree, so that edges and vertices are hit exactly."""

import math

import numpy as np
import shapely
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon

from geofence.zone import Area

STEP_DEG = 2.0**-13
"""About 12 m."""
WEST_DEG, SOUTH_DEG = 121.5, 31.25

grid = st.integers(0, 30)
grid_place = st.tuples(grid, grid)


def drawn(places: list[tuple[int, int]]) -> Polygon:
    """A polygon around the middle of some places of the grid."""
    middle_x = sum(x for x, _ in places) / len(places)
    middle_y = sum(y for _, y in places) / len(places)
    turned = sorted(places, key=lambda one: math.atan2(one[1] - middle_y, one[0] - middle_x))
    return Polygon([(WEST_DEG + x * STEP_DEG, SOUTH_DEG + y * STEP_DEG) for x, y in turned])


def with_a_hole(polygon: Polygon, hole: Polygon) -> Polygon:
    holed = Polygon(polygon.exterior.coords, [hole.exterior.coords])
    return holed if holed.is_valid else polygon


polygons = st.lists(grid_place, min_size=3, max_size=8, unique=True).map(drawn)
several = st.lists(polygons, min_size=2, max_size=3).map(MultiPolygon)
"""Their parts may lie over each other: made one, an edge that another crosses moves by a rounding."""


def on_the_grid(area: MultiPolygon) -> bool:
    """Whether no edge of a part crosses another's beside the grid, so that the union is exact."""
    parts = shapely.get_parts(area)
    if not shapely.is_valid(parts).all():
        # Such a zone is refused anyway, and of some the union cannot be made.
        return False
    corners = shapely.get_coordinates(shapely.union_all(parts))
    steps = (corners - (WEST_DEG, SOUTH_DEG)) / STEP_DEG
    return bool((steps == np.round(steps)).all())


def exactly(area: MultiPolygon) -> MultiPolygon | Polygon:
    """The parts where their union is exact, else one of them: sieving would throw most away."""
    return area if on_the_grid(area) else area.geoms[0]


exact_areas = st.one_of(
    polygons, st.builds(with_a_hole, polygons, polygons), several.map(exactly)
).map(Area)
areas = exact_areas | several.map(Area)
domains = st.sampled_from([frozenset({"road", "air", "water"}), frozenset({"air"})])
