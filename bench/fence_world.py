"""The zones of the fence benchmark: road corridors and airports, from a seed.

85 of 100 are strips of road (a random walk, 15 to 40 m to each side), the rest are as large and
jagged as airports; each has 51 to 300 vertices, half of them more than some 143. On the side of
60 km lie 1 000 of them; a world of more of them at equal density is larger by that much.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from typing import Final, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon

from geofence.zone import (
    Area,
    HeightBand,
    HeightLimit,
    HeightReference,
    Schedule,
    Volume,
    Window,
    Zone,
    ZoneKind,
)

FloatArray: TypeAlias = NDArray[np.float64]

WEST_DEG, SOUTH_DEG = 120.5, 30.3
METRES_PER_DEGREE: Final = 111_320.0
EAST_M_PER_DEGREE: Final = METRES_PER_DEGREE * math.cos(math.radians(31.2))
SIDE_OF_THOUSAND_M: Final = 60_000.0
FEWEST_VERTICES, MOST_VERTICES = 51, 300
LOPSIDED: Final = 1.5
"""How many corners: an even share to this power, so that the median lies below the middle."""
ROADS_OF_HUNDRED: Final = 85
EVERY_DAY = frozenset(range(7))
MARGINS_M: Final = (0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 15.0, 0.0, 0.0, 0.0)
"""By a zone's number: how far outside of it who was in it must be to have left it."""


def side_m(zones: int) -> float:
    """Return the side of a square in which zones lie as densely as 1 000 in 60 km."""
    return SIDE_OF_THOUSAND_M * math.sqrt(zones / 1000)


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """The zones, and the square that they lie in."""

    zones: tuple[Zone, ...]
    side_m: float

    @property
    def outlines(self) -> list[Polygon]:
        """The ground of each zone as it was drawn, longitude and latitude."""
        return [outline(zone) for zone in self.zones]


def outline(zone: Zone) -> Polygon:
    """Return the ground of a zone of this benchmark: one volume, one polygon."""
    shape = zone.volumes[0].shape
    if not isinstance(shape, Area) or not isinstance(shape.geometry, Polygon):
        msg = f"expected a zone of one polygon, got {shape}"
        raise TypeError(msg)
    return shape.geometry


def world(count: int, side: float, seed: int = 1) -> World:
    """Make the zones in a square of so many metres."""
    chance = np.random.default_rng(seed)
    return World(tuple(_zone(chance, number, side) for number in range(count)), side)


def to_degrees(metres: FloatArray) -> FloatArray:
    """Return longitudes and latitudes (n, 2) of metres east and north of the world's corner."""
    scale = np.array([1.0 / EAST_M_PER_DEGREE, 1.0 / METRES_PER_DEGREE])
    return np.asarray(metres * scale + np.array([WEST_DEG, SOUTH_DEG]), np.float64)


def to_metres(lonlat_deg: FloatArray) -> FloatArray:
    """Return metres east and north of the world's corner (n, 2)."""
    scale = np.array([EAST_M_PER_DEGREE, METRES_PER_DEGREE])
    return np.asarray((lonlat_deg - np.array([WEST_DEG, SOUTH_DEG])) * scale, np.float64)


def _zone(chance: np.random.Generator, number: int, side: float) -> Zone:
    is_road = number % 100 < ROADS_OF_HUNDRED
    middle = chance.uniform(0.0, side, 2)
    ring = road(chance, middle) if is_road else _airport(chance, middle)
    kind = (ZoneKind.KEEP_OUT, ZoneKind.KEEP_IN, ZoneKind.KEEP_OUT, ZoneKind.SPEED_LIMIT)[
        number % 4
    ]
    return Zone(
        f"zone-{number:05d}",
        kind,
        "Road" if is_road else "Airport",
        (Volume(Area(ring), _band(chance), _schedule(chance)),),
        _domains(chance),
        float(chance.integers(8, 23)) if kind is ZoneKind.SPEED_LIMIT else None,
        exit_margin_m=MARGINS_M[number % len(MARGINS_M)],
    )


def road(chance: np.random.Generator, start_m: FloatArray) -> Polygon:
    """Return a corridor around a walk from a place, in degrees; 51 to 300 vertices."""
    while True:
        points = 16 + int(92 * chance.random() ** LOPSIDED)
        heading = chance.uniform(0.0, 2.0 * math.pi) + np.cumsum(chance.normal(0.0, 0.12, points))
        stride_m = chance.uniform(40.0, 110.0, points)
        walk = np.cumsum(stride_m[:, None] * np.column_stack((np.cos(heading), np.sin(heading))), 0)
        line = LineString(np.vstack((start_m, start_m + walk)))
        found = line.buffer(chance.uniform(15.0, 40.0), quad_segs=3)
        if FEWEST_VERTICES <= vertices_of(found) <= MOST_VERTICES:
            return shapely.transform(found, to_degrees)


def _airport(chance: np.random.Generator, middle_m: FloatArray) -> Polygon:
    """Return a jagged ring around a middle: seen from there it never turns back."""
    span = MOST_VERTICES + 1 - FEWEST_VERTICES
    vertices = FEWEST_VERTICES + int(span * chance.random() ** LOPSIDED)
    turn = np.arange(vertices) * 2.0 * math.pi / vertices
    reach_m = chance.uniform(400.0, 2200.0) * chance.uniform(0.75, 1.25, vertices)
    around = np.column_stack((np.cos(turn), np.sin(turn))) * reach_m[:, None]
    return shapely.transform(Polygon(middle_m + around), to_degrees)


def vertices_of(polygon: Polygon) -> int:
    """Count the corners, those of holes included."""
    rings = 1 + len(polygon.interiors)
    return int(shapely.get_num_coordinates(polygon)) - rings


def _band(chance: np.random.Generator) -> HeightBand:
    """Return no band for three of four; else from below, from above, or both."""
    if chance.random() >= 0.25:
        return HeightBand()
    reference = tuple(HeightReference)[int(chance.integers(3))]
    lower = HeightLimit(float(chance.integers(1, 60)), reference)
    upper = HeightLimit(float(chance.integers(80, 160)), reference)
    return ((HeightBand(lower, upper), HeightBand(upper=upper), HeightBand(lower=lower)))[
        int(chance.integers(3))
    ]


SCHEDULES: Final = (
    Schedule((Window(EVERY_DAY, time(5, 30), time(23, 0)),)),
    Schedule((Window(EVERY_DAY, time(8, 0), time(20, 0)),)),
    Schedule((Window(EVERY_DAY, time(6, 0), time(8, 0, 2)),)),
    Schedule((Window(EVERY_DAY, time(22, 0), time(6, 0)),)),
)
"""Of the tracks, which begin shortly before eight: holds always, begins to, ceases to, never."""


def _schedule(chance: np.random.Generator) -> Schedule | None:
    return None if chance.random() >= 0.2 else SCHEDULES[int(chance.integers(len(SCHEDULES)))]


def _domains(chance: np.random.Generator) -> frozenset[str]:
    if chance.random() < 0.9:
        return frozenset({"road", "air", "water"})
    return frozenset({("road", "air", "water")[int(chance.integers(3))]})


def corridors(starts_m: FloatArray, seed: int = 2) -> Iterator[Polygon]:
    """Yield for each device, by where it starts (n, 2), the outline that it must stay in."""
    chance = np.random.default_rng(seed)
    return (road(chance, start) for start in starts_m)
