"""The middle of a road: how far along it and how far beside it a vehicle is, and which way it leads.

A road is matched by its line, never by the ground of its fence: that is drawn as wide as its city wants it,
and may well hold the road beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, STRtree

from geofence.frame import Frame, dense_line, middle
from geofence.zone import Corridor, Zone

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

ROAD_M: Final = 20.0
"""From its middle to the edge of the widest road with its verge: four lanes each way."""
BEYOND_M: Final = 300.0
"""So far the line goes on straight at both ends: who comes along it from outside has driven its first metres
between two reports. An expressway's vehicle goes as far in ten seconds at 30 m/s."""
ALONG: Final = float(np.cos(np.radians(35.0)))
"""Who goes another way than the line leads by more is on a road that crosses it, or on its way off."""


SHORTEST_DEGREE_M: Final = 110_500.0
"""Of latitude at the equator, rounded down; of longitude there it is longer."""


class Placed(NamedTuple):
    """Where fixes are on a line, arrays (n,)."""

    along_m: FloatArray
    """From its beginning; less than 0 or more than its length beyond its ends."""
    beside_m: FloatArray
    """From the nearest piece that leads the way they go, of all where none does."""
    fits: BoolArray
    """Whether one does; who does not say which way it goes may go any."""

    @classmethod
    def nowhere(cls, count: int) -> Self:
        """Return that fixes are far off it."""
        return cls(np.zeros(count), np.full(count, np.inf), np.zeros(count, np.bool_))


@dataclass(frozen=True, slots=True)
class RoadLine:
    """One line of a road, in metres of a frame of its own."""

    frame: Frame
    corners_m: FloatArray
    """East and north, shape (m, 2), with a piece that goes on beyond each end."""
    along_m: FloatArray
    """From the line's own beginning to each corner, shape (m,): it starts with ``-BEYOND_M``."""
    within_m: float
    """Who is as near is on the road."""
    begins_m: float
    """Where it begins on the road, after the lines before it."""
    reach_deg: tuple[float, float]
    """How far it reaches from the frame's origin, with all that is near it: longitude and latitude."""
    pieces: STRtree
    """Its pieces, to be searched."""

    @property
    def length_m(self) -> float:
        """Its own, without what goes on."""
        return float(self.along_m[-2])

    def near(self, longitude_deg: FloatArray, latitude_deg: FloatArray) -> IntArray:
        """Return the rows of those places that may be near it."""
        east_deg, north_deg = self.reach_deg
        # Few lines are near where a vehicle drove in a day: one comparison tells of most.
        rows = np.flatnonzero(np.abs(latitude_deg - self.frame.latitude_deg) <= north_deg)
        turned = (longitude_deg[rows] - self.frame.longitude_deg + 180.0) % 360.0 - 180.0
        found: IntArray = rows[np.abs(turned) <= east_deg]
        return found

    def place(self, lonlat_deg: FloatArray, course_deg: FloatArray) -> Placed:
        """Return where fixes are; ``lonlat_deg`` (n, 2), ``course_deg`` (n,) where NaN is not known."""
        found = Placed.nowhere(len(course_deg))
        places = self.frame.to_metres(lonlat_deg)
        row, piece = self.pieces.query(
            shapely.points(places), predicate="dwithin", distance=self.within_m + ROAD_M
        )
        start, way = self.corners_m[piece], np.diff(self.corners_m, axis=0)[piece]
        length_m = np.hypot(way[:, 0], way[:, 1])
        ahead = way / length_m[:, None]
        offset = places[row] - start
        on_piece_m = (offset * ahead).sum(axis=1)
        near_m = np.clip(on_piece_m, 0.0, length_m)
        beside = offset - near_m[:, None] * ahead
        beside_m = np.hypot(beside[:, 0], beside[:, 1])
        turned = np.radians(course_deg[row])
        leads = np.abs(np.sin(turned) * ahead[:, 0] + np.cos(turned) * ahead[:, 1])
        fits = np.isnan(leads) | (leads >= ALONG)
        is_on = self._is_beside(piece, on_piece_m, length_m) & (beside_m <= self.within_m)
        best = _best(row, piece, beside_m, fits, is_on)
        for whole, part in zip(found, (self.along_m[piece] + near_m, beside_m, fits), strict=True):
            whole[row[best]] = part[best]
        return found

    def _is_beside(
        self, piece: IntArray, on_piece_m: FloatArray, length_m: FloatArray
    ) -> BoolArray:
        """Tell which places are beside what is drawn of the line, and not beyond its ends."""
        last = len(self.corners_m) - 3
        begins = (piece > 1) | (on_piece_m >= 0.0)
        ends = (piece < last) | (on_piece_m <= length_m)
        return (piece > 0) & (piece <= last) & begins & ends


def _best(
    row: IntArray, piece: IntArray, beside_m: FloatArray, fits: BoolArray, is_on: BoolArray
) -> IntArray:
    """Choose for each place the nearest piece that leads its way: what goes on after what is drawn."""
    order = np.lexsort((piece, beside_m, ~is_on, ~fits, row))
    _, first = np.unique(row[order], return_index=True)
    best: IntArray = order[first]
    return best


def lines_of(zone: Zone) -> tuple[RoadLine, ...]:
    """Return the lines of a zone, one behind the other; none where any of it is an area."""
    if not zone.volumes or not all(isinstance(each.shape, Corridor) for each in zone.volumes):
        return ()
    return tuple(_lines(zone))


def length_m(lines: tuple[RoadLine, ...]) -> float:
    """Return how long lines are together."""
    return lines[-1].begins_m + lines[-1].length_m if lines else 0.0


def _lines(zone: Zone) -> Iterator[RoadLine]:
    begins_m = 0.0
    for corridor in dict.fromkeys(each.shape for each in zone.volumes):
        if isinstance(corridor, Corridor):
            made = _line(corridor, begins_m)
            begins_m += made.length_m
            yield made


def _line(corridor: Corridor, begins_m: float) -> RoadLine:
    frame = Frame(*middle([corridor.line]))
    lonlat_deg = np.asarray(corridor.line.coords, np.float64)[:, :2]
    corners = frame.to_metres(dense_line(lonlat_deg))
    moved = np.hypot(*np.diff(corners, axis=0).T) > 0.0
    corners = corners[np.concatenate(([True], moved))]
    first, last = _ahead(corners[1] - corners[0]), _ahead(corners[-1] - corners[-2])
    drawn = np.vstack((corners[0] - BEYOND_M * first, corners, corners[-1] + BEYOND_M * last))
    lengths_m = np.hypot(*np.diff(drawn, axis=0).T)
    along_m = np.concatenate(([0.0], np.cumsum(lengths_m))) - BEYOND_M
    pieces = STRtree([LineString(each) for each in np.stack((drawn[:-1], drawn[1:]), axis=1)])
    within_m = min(corridor.half_width_m, ROAD_M)
    return RoadLine(frame, drawn, along_m, within_m, begins_m, _reach_deg(frame, drawn), pieces)


def _reach_deg(frame: Frame, corners_m: FloatArray) -> tuple[float, float]:
    """Return the furthest that anything near a line is from the origin, each way."""
    # What is near lies less far beside it than what goes on beyond its ends.
    far_m = float(np.abs(corners_m).max()) + BEYOND_M
    edge_deg = min(89.0, abs(frame.latitude_deg) + far_m / SHORTEST_DEGREE_M)
    return far_m / (SHORTEST_DEGREE_M * np.cos(np.radians(edge_deg))), far_m / SHORTEST_DEGREE_M


def _ahead(piece_m: FloatArray) -> FloatArray:
    direction: FloatArray = piece_m / np.hypot(*piece_m)
    return direction
