"""Straight ways over the ground, which go over the antimeridian where that is shorter."""

from typing import Final, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiLineString

from geofence.motion import wrapped

FloatArray = NDArray[np.float64]
HALF_TURN_DEG: Final = 180.0
FULL_TURN_DEG: Final = 360.0


def straight(start: FloatArray, end: FloatArray) -> NDArray[np.object_]:
    """Return the ways between places, longitudes and latitudes (n, 2).

    One that goes over the antimeridian is a line in two pieces, since zones end there.
    """
    made = shapely.linestrings(np.stack((start, end), axis=1))
    lines = cast("NDArray[np.object_]", np.asarray(made, np.object_))
    for row in goes_over(start[:, 0], end[:, 0]).nonzero()[0].tolist():
        lines[row] = _in_two(start[row], end[row])
    return lines


def goes_over(start_deg: FloatArray, end_deg: FloatArray) -> NDArray[np.bool_]:
    """Tell which ways between longitudes are shorter over the antimeridian."""
    return np.asarray(np.abs(end_deg - start_deg) > HALF_TURN_DEG, np.bool_)


def _in_two(start: FloatArray, end: FloatArray) -> MultiLineString | LineString:
    edge_deg = float(np.copysign(HALF_TURN_DEG, start[0]))
    to_edge_deg, whole_deg = edge_deg - start[0], float(wrapped(end[:1] - start[:1])[0])
    latitude_deg = float(start[1] + (end[1] - start[1]) * to_edge_deg / whole_deg)
    pieces = ((start, (edge_deg, latitude_deg)), ((-edge_deg, latitude_deg), end))
    return MultiLineString([LineString(piece) for piece in pieces])
