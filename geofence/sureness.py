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

from geofence.motion import metres_per_degree
from geofence.rims import Rim, beyond_m
from geofence.straight import straight

SIGMAS_95 = math.sqrt(-2.0 * math.log(0.05))
"""The radius that holds 95 % of a round normal error, in standard deviations of one axis."""
WORST_SIGMA_M = 100_000.0
LOOKED_AT = 33
"""Places along a way, to find where it is deepest in a zone."""
FloatArray = NDArray[np.float64]


class _Edge(NamedTuple):
    """The edge of an outline in metres from its middle: true to some parts in a thousand."""

    origin_deg: NDArray[np.float64]
    metres_per_degree: NDArray[np.float64]
    line: BaseGeometry

    def in_metres(self, lonlat_deg: FloatArray) -> FloatArray:
        """Return places in metres from the middle."""
        metres: FloatArray = (lonlat_deg - self.origin_deg) * self.metres_per_degree
        return metres


class Sureness:
    """The edges of volumes, made when they are first asked about.

    Belongs to the one thread that asks a snapshot; what it remembers changes no answer.
    """

    __slots__ = ("_edges", "_ground", "_rims", "_volumes_of")

    def __init__(
        self,
        ground: NDArray[np.object_],
        rims: NDArray[np.object_],
        volumes_of: tuple[tuple[int, ...], ...],
    ) -> None:
        self._ground, self._rims, self._volumes_of = ground, rims, volumes_of
        self._edges: dict[int, _Edge] = {}

    def know(self, slot: int) -> None:
        """Make the edges of a zone before anybody asks: it is done where nobody waits for a verdict."""
        for volume in self._volumes_of[slot]:
            self._edge(volume)

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

    def deepest_m(self, slot: int, start_deg: FloatArray, end_deg: FloatArray) -> float:
        """Return how far inside a zone a straight way comes, where it is deepest; of its volumes the most.

        The way is two places (2,); minus infinity of one that does not lead over the zone.
        """
        (way,) = straight(start_deg[None], end_deg[None])
        found = (self._deepest_m(volume, way) for volume in self._volumes_of[slot])
        return max(found, default=-math.inf)

    def _deepest_m(self, volume: int, way: BaseGeometry) -> float:
        inside = shapely.intersection(way, self._ground[volume])
        if inside.is_empty:
            return -math.inf
        edge, parts = self._edge(volume), shapely.get_parts(inside)
        along = shapely.line_interpolate_point(
            parts[:, None], np.linspace(0.0, 1.0, LOOKED_AT), normalized=True
        )
        places = shapely.transform(along, edge.in_metres)
        return float(shapely.distance(edge.line, places).max())

    def _inside_m(self, volume: int, place: FloatArray) -> float:
        rim = self._rims[volume]
        if rim is not None:
            return -beyond_m(rim, *place.tolist())
        return _signed_m(self._edge(volume), self._ground[volume], place)

    def _edge(self, volume: int) -> _Edge:
        known = self._edges.get(volume)
        if known is None:
            known = self._edges[volume] = _edge_of(self._ground[volume])
        return known


def of_rim(rim: Rim, longitude_deg: float, latitude_deg: float, accuracy_m: float) -> float:
    """Return how probable it is to be within a rim; see ``probability``."""
    return of_distance(-beyond_m(rim, longitude_deg, latitude_deg), accuracy_m)


def _edge_of(ground: BaseGeometry) -> _Edge:
    # What NumPy asks first to find the bounds of many takes longer than all the rest.
    west, south, east, north = ground.bounds
    origin = np.array([(west + east) / 2.0, (south + north) / 2.0])
    scale = metres_per_degree(origin[1:])[0]
    line = shapely.transform(shapely.boundary(ground), lambda lonlat: (lonlat - origin) * scale)
    return _Edge(origin, scale, line)


def _signed_m(edge: _Edge, ground: BaseGeometry, place: FloatArray) -> float:
    """How far inside of the ground a place is; negative outside."""
    distance_m = float(shapely.distance(edge.line, shapely.Point(edge.in_metres(place))))
    held = shapely.intersects_xy(ground, place[0], place[1])
    return distance_m if held else -distance_m


def of_distance(inside_m: float, accuracy_m: float) -> float:
    """Return the probability of being inside, so far from the edge, by an accuracy (95 %)."""
    sigma_m = min(accuracy_m / SIGMAS_95, WORST_SIGMA_M)
    if sigma_m <= 0.0:
        return 1.0 if inside_m >= 0.0 else 0.0
    return 0.5 * math.erfc(-inside_m / (sigma_m * math.sqrt(2.0)))
