"""What is asked about volumes near their edges, where the grid leaves it open.

Of an area its outline tells, which is asked of the geometry library; of a circle or a corridor the
distance, since its outline is but a sketch. Boundaries belong to their volumes.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.grid import FloatArray, IntArray
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
    at_rim = _round(rims)
    if not at_rim:
        return _lie_in(outlines, lonlat_deg)
    held, drawn = _drawn(rims)
    if drawn.size:
        held[drawn] = _lie_in(outlines[drawn], lonlat_deg[drawn])
    for at in at_rim:
        away_m = beyond_m(rims[at], *lonlat_deg[at].tolist())
        held[at] = away_m <= (0.0 if margin_m is None else margin_m[at])
    return held


def _lie_in(outlines: Objects, lonlat_deg: FloatArray) -> BoolArray:
    # contains_xy would leave the boundary out.
    held = shapely.intersects_xy(outlines, lonlat_deg[:, 0], lonlat_deg[:, 1])
    return np.asarray(held, np.bool_)


def meet(outlines: Objects, rims: Objects, start: FloatArray, end: FloatArray) -> BoolArray:
    """Tell which straight ways between places (m, 2) meet the outline or the rim of their pair."""
    at_rim = _round(rims)
    if not at_rim:
        return _cross(outlines, start, end)
    met, drawn = _drawn(rims)
    if drawn.size:
        met[drawn] = _cross(outlines[drawn], start[drawn], end[drawn])
    for at in at_rim:
        met[at] = bool(on_the_way(rims[at], start[at], end[at]))
    return met


def _cross(outlines: Objects, start: FloatArray, end: FloatArray) -> BoolArray:
    return np.asarray(shapely.intersects(outlines, straight(start, end)), np.bool_)


def on_the_way(rim: Rim, start: FloatArray, end: FloatArray) -> list[Span]:
    """Return on which shares of a straight way it is within a rim, in order."""
    return stretches(rim, start, wrapped_way(start, end))


def wrapped_way(start: FloatArray, end: FloatArray) -> FloatArray:
    """Return how a way leads from start to end (2,), over the antimeridian where that is shorter."""
    move: FloatArray = end - start
    move[:1] = wrapped(move[:1])
    return move


def _drawn(rims: Objects) -> tuple[BoolArray, IntArray]:
    """Return nothing yet for all rows, and which have no rim."""
    return np.zeros(len(rims), np.bool_), (rims == None).nonzero()[0]  # noqa: E711 -- of each element


def _round(rims: Objects) -> list[int]:
    """Return which rows have a rim."""
    found: list[int] = (rims != None).nonzero()[0].tolist()  # noqa: E711 -- of each element
    return found
