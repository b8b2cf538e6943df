"""How sure it is that a place is over the ground of a zone, by the accuracy its receiver claims.

The error is taken to be round and normal around the place, and the accuracy to be the radius of the
circle that holds 95 % of it. Across an edge that is straight as far as the error reaches, the
probability of being inside is that of one axis: the normal distribution of the signed distance to the
edge. In a zone narrower than the error it is too high. Heights and hours have no part in it.
"""

import math
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geofence.frame import middle
from geofence.motion import metres_per_degree

SIGMAS_95 = math.sqrt(-2.0 * math.log(0.05))
"""The radius that holds 95 % of a round normal error, in standard deviations of one axis."""
WORST_SIGMA_M = 100_000.0


class _Edge(NamedTuple):
    """The edge of an outline in metres from its middle: true to some parts in a thousand."""

    origin_deg: NDArray[np.float64]
    metres_per_degree: NDArray[np.float64]
    line: BaseGeometry


class Sureness:
    """The edges of volumes, made when they are first asked about.

    Belongs to the one thread that asks a snapshot; what it remembers changes no answer.
    """

    __slots__ = ("_edges", "_ground", "_volumes_of")

    def __init__(
        self, ground: NDArray[np.object_], volumes_of: tuple[tuple[int, ...], ...]
    ) -> None:
        self._ground, self._volumes_of = ground, volumes_of
        self._edges: dict[int, _Edge] = {}

    def inside_m(self, slot: int, longitude_deg: float, latitude_deg: float) -> float:
        """Return how far inside a zone a place is, negative outside; of its volumes the most."""
        place = np.array([longitude_deg, latitude_deg])
        found = (self._inside_m(volume, place) for volume in self._volumes_of[slot])
        return max(found, default=-math.inf)

    def probability(
        self, slot: int, longitude_deg: float, latitude_deg: float, accuracy_m: float
    ) -> float:
        """Return how probable it is to be over a zone; NaN where place or accuracy are unknown."""
        if not math.isfinite(longitude_deg + latitude_deg) or math.isnan(accuracy_m):
            return math.nan
        metres = self.inside_m(slot, longitude_deg, latitude_deg)
        return of_distance(metres, accuracy_m)

    def _inside_m(self, volume: int, place: NDArray[np.float64]) -> float:
        edge = self._edge(volume)
        here = shapely.Point((place - edge.origin_deg) * edge.metres_per_degree)
        distance_m = float(shapely.distance(edge.line, here))
        held = shapely.intersects_xy(self._ground[volume], place[0], place[1])
        return distance_m if held else -distance_m

    def _edge(self, volume: int) -> _Edge:
        known = self._edges.get(volume)
        if known is None:
            ground = self._ground[volume]
            origin = np.array(middle([ground]))
            scale = metres_per_degree(origin[1:])[0]
            line = shapely.transform(
                shapely.boundary(ground), lambda lonlat: (lonlat - origin) * scale
            )
            known = self._edges[volume] = _Edge(origin, scale, line)
        return known


def of_distance(inside_m: float, accuracy_m: float) -> float:
    """Return the probability of being inside, so far from the edge, by an accuracy (95 %)."""
    sigma_m = min(accuracy_m / SIGMAS_95, WORST_SIGMA_M)
    if sigma_m <= 0.0:
        return 1.0 if inside_m >= 0.0 else 0.0
    return 0.5 * math.erfc(-inside_m / (sigma_m * math.sqrt(2.0)))
