"""Gaps in corridors that turn back beside themselves, where their sketch has no edge.

A sketch is drawn some centimetres wider than what it is of. Between two legs, within a ring or in the
mouth of a hairpin it closes what is narrower than that on both sides, and the library that draws it may
close more. What is so near to the sketch is asked of the rim anyway; what lies deeper would be taken for
the inside.
"""

import math
from typing import Final

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from geofence.frame import Frame, dense_line, footprint, middle
from geofence.grid import FloatArray
from geofence.zone import Corridor, Volume

MOST_TURNED: Final = math.radians(110.0)
"""A line whose pieces all go within so much lets no gap be deeper than twice what its sketch is wider."""
MOST_PIECES: Final = 1_000
"""Of a line whose pieces are compared, each with each."""
FARTHER: Final = (1.0, 4.0, 16.0, 64.0, 256.0)
FARTHEST_M: Final = 50.0
"""Half a cell of the grid: where the rim is asked farther than this it is better asked everywhere."""
STRETCHED: Final = 1.01
"""By more a frame for a whole line does not show places too far apart."""


def near_with_gaps_m(corridor: Corridor, outline: Polygon | MultiPolygon, near_m: float) -> float:
    """Return how near to its outline a corridor must be asked, so that all gaps in it are.

    At least ``near_m``; infinity where no distance is enough that is worth it.
    """
    if not may_have_gaps(corridor, near_m):
        return near_m
    frame = Frame(*middle([outline]))
    drawn = shapely.transform(outline, frame.to_metres)
    held = shapely.transform(footprint(Volume(corridor), by_pieces=True), frame.to_metres)
    shapely.prepare(held)
    for tried_m in (near_m * each for each in FARTHER):
        if tried_m > max(near_m, FARTHEST_M):
            break
        deep = shapely.buffer(drawn, -tried_m)
        if deep.is_empty or shapely.covers(held, deep):
            return tried_m
    return math.inf


def may_have_gaps(corridor: Corridor, near_m: float) -> bool:
    """Tell whether pieces of a line that reach the same place turn so far that a gap may lie between.

    Beside a line that goes on in one direction, if by zigzags, there is none. So the pieces from one to
    another that is near enough are looked at, and whether they do.
    """
    line = dense_line(shapely.get_coordinates(corridor.line))
    metres = Frame(*middle([corridor.line])).to_metres(line)
    move = np.diff(metres, axis=0)
    length = np.hypot(*move.T)
    there = length > 0.0
    heading = np.unwrap(np.arctan2(move[there, 0], move[there, 1]))
    if not heading.size or np.ptp(heading) <= MOST_TURNED:
        return False
    if len(heading) > MOST_PIECES:
        return True
    centre = (metres[:-1] + metres[1:])[there] / 2.0
    reach_m = STRETCHED * (corridor.half_width_m + 2.0 * near_m) + length[there] / 2.0
    apart_m = np.hypot(*(centre[:, None] - centre).T)
    return bool((_turned(heading)[apart_m <= reach_m[:, None] + reach_m] > MOST_TURNED).any())


def _turned(heading: FloatArray) -> FloatArray:
    """Return within what the headings from one piece to a later one lie, shape (n, n)."""
    from_here = np.triu(np.ones((len(heading), len(heading)), np.bool_))
    high = np.maximum.accumulate(np.where(from_here, heading, -np.inf), axis=1)
    low = np.minimum.accumulate(np.where(from_here, heading, np.inf), axis=1)
    turned: FloatArray = high - low
    return turned
