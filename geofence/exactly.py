"""What is asked about volumes near their edges, where the grid leaves it open.

Of an area its outline tells, which is asked of the geometry library; of a circle or a corridor the
distance, since its outline is but a sketch. Boundaries belong to their volumes.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.grid import FloatArray
from geofence.motion import wrapped
from geofence.rims import Rim, Span, beyond_m, stretches
from geofence.straight import straight

BoolArray = NDArray[np.bool_]
Objects = NDArray[np.object_]


def holds(
    outlines: Objects, rims: Objects, lonlat_deg: FloatArray, margin_m: FloatArray | None = None
) -> BoolArray:
    """Tell which outlines hold places, and which rims, ``None`` where there is none, do.

    Arrays (m,) and (m, 2); a rim holds as well what is so little beyond it. Nothing holds a place
    that is not known.
    """
    # contains_xy would leave the boundary out.
    held: BoolArray = np.asarray(
        shapely.intersects_xy(outlines, lonlat_deg[:, 0], lonlat_deg[:, 1]), np.bool_
    )
    for at in _round(rims):
        away_m = beyond_m(rims[at], *lonlat_deg[at].tolist())
        held[at] = away_m <= (0.0 if margin_m is None else margin_m[at])
    return held


def meet(outlines: Objects, rims: Objects, start: FloatArray, end: FloatArray) -> BoolArray:
    """Tell which straight ways between places (m, 2) meet the outline or the rim of their pair."""
    met: BoolArray = np.asarray(shapely.intersects(outlines, straight(start, end)), np.bool_)
    for at in _round(rims):
        move = wrapped_way(start[at], end[at])
        met[at] = bool(stretches(rims[at], start[at], move))
    return met


def on_the_way(rim: Rim, start: FloatArray, end: FloatArray) -> list[Span]:
    """Return on which shares of a straight way it is within a rim, in order."""
    return stretches(rim, start, wrapped_way(start, end))


def wrapped_way(start: FloatArray, end: FloatArray) -> FloatArray:
    """Return how a way leads from start to end (2,), over the antimeridian where that is shorter."""
    move: FloatArray = end - start
    move[:1] = wrapped(move[:1])
    return move


def _round(rims: Objects) -> list[int]:
    """Return which rows have a rim."""
    found: list[int] = (rims != None).nonzero()[0].tolist()  # noqa: E711 -- of each element
    return found
