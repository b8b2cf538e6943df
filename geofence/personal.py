"""Fences of single devices: the corridor or area that each must stay in, its own.

Ten thousand of them are not looked for in a grid: whose fix it is says which one to ask.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from geofence.exactly import holds
from geofence.grid import FloatArray
from geofence.judge import Bands, Presence, bands, between_heights
from geofence.looking import ASKED, INSIDE
from geofence.rims import Rim, stretches
from geofence.sketch import Sketch
from geofence.snapshot import WARMING_CALLS
from geofence.strips import NO_ROOMS, NO_STRIPS, Rooms, Strips, hold, replaced, strips_of
from geofence.zone import HeightBand

BoolArray = NDArray[np.bool_]
Outline = Polygon | MultiPolygon
Fence = Outline | Sketch
"""What a device keeps to: an outline, or a circle or corridor with a sketch of it."""
ANY_HEIGHT: Final = HeightBand()


@dataclass(frozen=True, slots=True, eq=False)
class PersonalFences:
    """An outline with its heights for each number that has one. Never changed: see ``amended``.

    Belongs to the one thread that asks it: the outlines are prepared copies of its own, and what
    is made of it takes over those that stay without asking them anything. A number without an
    outline is nowhere asked to stay, and so it is inside.
    """

    outlines: NDArray[np.object_]
    """By number: longitude and latitude; ``None`` where there is none."""
    bands: Bands
    rims: NDArray[np.object_]
    """By number: the edge of a circle or a corridor, ``None`` where the outline is the edge."""
    strips: Strips = NO_STRIPS
    """Of the outlines, as the compiled loop sees them."""
    rooms: Rooms = NO_ROOMS
    """For what is made of these."""

    def __len__(self) -> int:
        """Return how many there are."""
        return int((self.outlines != None).sum())  # noqa: E711 -- of each element

    def inside(
        self, number: NDArray[np.int32], longitude_deg: FloatArray, latitude_deg: FloatArray
    ) -> BoolArray:
        """Tell for each fix whether it is known to be over the ground it must keep to; arrays (n,).

        The boundary belongs to the outline. A place that is not known (NaN) is not inside.
        """
        count, places = len(number), (longitude_deg, latitude_deg)
        how = np.empty(count, np.int8)
        # Compiled loops are made for arrays of one kind: copies are always of it.
        x, y = (each.astype(np.float64) for each in places)
        hold(self.strips, number.astype(np.int32), x, y, np.empty(count, np.int64), how)
        asked = (how == ASKED).nonzero()[0]
        held: BoolArray = how == INSIDE
        if asked.size:
            own, place = number[asked], np.column_stack((x[asked], y[asked]))
            held[asked] = holds(self.outlines[own], self.rims[own], place)
        return held

    def presence(
        self,
        number: NDArray[np.int32],
        longitude_deg: FloatArray,
        latitude_deg: FloatArray,
        heights_m: FloatArray,
    ) -> NDArray[np.int8]:
        """Return for each fix a ``Presence``, by ground and height; arrays (n,), heights (n, 3).

        A place that is not known is neither in nor out, and nor is a height that decides.
        ``heights_m`` are AGL, AMSL and HAE, NaN unknown; numbers are of fences that were made.
        """
        held = self.inside(number, longitude_deg, latitude_deg)
        level = between_heights(self.bands, number.astype(np.intp), heights_m)
        found = np.where(held, level, np.int8(Presence.OUTSIDE))
        # Outside by its height alone is outside wherever it is.
        unknown = np.isnan(longitude_deg + latitude_deg) & (level != Presence.OUTSIDE)
        return np.where(unknown, np.int8(Presence.UNKNOWN), found)

    def leaves_s(
        self,
        number: NDArray[np.int32],
        lonlat_deg: FloatArray,
        velocity_deg: FloatArray,
        horizon_s: float,
    ) -> FloatArray:
        """Return after how many seconds each straight way is first outside; arrays (m,), (m, 2).

        0 of one that begins outside, infinity of one that is inside up to the horizon. Over the ground
        alone; ``velocity_deg`` is in degrees a second. Numbers are of fences that were made.
        """
        shares, rims, move = np.empty(len(number)), self.rims[number], velocity_deg * horizon_s
        is_round = np.asarray(rims != None, np.bool_)  # noqa: E711 -- of each element
        for at in is_round.nonzero()[0].tolist():
            shares[at] = _leaves(rims[at], lonlat_deg[at], move[at])
        drawn = ~is_round
        own = self.outlines[number[drawn]]
        shares[drawn] = _leaves_outlines(own, lonlat_deg[drawn], move[drawn])
        return np.where(shares <= 1.0, np.minimum(shares, 1.0) * horizon_s, np.inf)


def _leaves(rim: Rim, start: FloatArray, move: FloatArray) -> float:
    """Return the share of a way at which it is first outside of a rim; infinity where it never is."""
    first = next(iter(stretches(rim, start, move)), (1.0, 1.0))
    if first[0] > 0.0:
        return 0.0
    return first[1] if first[1] < 1.0 else np.inf


def _leaves_outlines(own: NDArray[np.object_], start: FloatArray, move: FloatArray) -> FloatArray:
    """Return the same of ways and the outlines of each; arrays (m,) and (m, 2)."""
    end = start + move
    ways = np.asarray(shapely.linestrings(np.stack((start, end), axis=1)), np.object_)
    found = np.full(len(own), np.inf)
    out = (~shapely.covers(own, ways)).nonzero()[0]
    outside = shapely.difference(ways[out], own[out])
    places, of = shapely.get_coordinates(outside, return_index=True)
    way = move[out[of]]
    along = np.sum((places - start[out[of]]) * way, axis=1)
    square = np.sum(way**2, axis=1)
    share = np.divide(along, square, out=np.zeros(len(of)), where=square > 0.0)
    np.minimum.at(found, out[of], np.clip(share, 0.0, 1.0))
    return found


NO_FENCES: Final = PersonalFences(
    np.full(0, None, np.object_), bands([]), np.full(0, None, np.object_)
)


def amended(
    fences: PersonalFences,
    outlines: Mapping[int, Fence | None],
    heights: Mapping[int, HeightBand] | None = None,
) -> PersonalFences:
    """Return fences of which some numbers have another outline, or none; the rest keep theirs.

    ``heights`` has the band of each such number that has one. The new outlines are warmed, so that
    no first question falls into a batch: some 30 µs each.
    """
    numbers = np.array(list(outlines), np.int64)
    count = max(len(fences.outlines), int(numbers.max(initial=-1)) + 1)
    held, rims = np.full((2, count), None, np.object_)
    held[: len(fences.outlines)], rims[: len(fences.rims)] = fences.outlines, fences.rims
    sketches = [_sketched(each) for each in outlines.values()]
    held[numbers] = drawn_anew = _warmed([each and each.outline for each in sketches])
    for number, each in zip(outlines, sketches, strict=True):
        rims[number] = each and each.rim
    near_deg = np.array([each.near_deg if each else 0.0 for each in sketches], np.float64)
    drawn = bands([(heights or {}).get(each, ANY_HEIGHT) for each in outlines])
    laid = replaced(fences.strips, fences.rooms, numbers, strips_of(drawn_anew, near_deg))
    return PersonalFences(held, _put(fences.bands, drawn, numbers, count), rims, *laid)


def _sketched(fence: Fence | None) -> Sketch | None:
    return fence if fence is None or isinstance(fence, Sketch) else Sketch(fence, 0.0, None)


def _warmed(outlines: list[Outline | None]) -> NDArray[np.object_]:
    """Prepared copies; geometry in use by one thread must not be prepared by another."""
    drawn = np.full(len(outlines), None, np.object_)
    drawn[:] = outlines
    own: NDArray[np.object_] = np.asarray(shapely.from_wkb(shapely.to_wkb(drawn)), np.object_)
    shapely.prepare(own)
    there = own[own != None]  # noqa: E711 -- of each element
    x, y = shapely.get_coordinates(shapely.centroid(there)).T
    for _ in range(WARMING_CALLS):
        shapely.intersects_xy(there, x, y)
    return own


def _put(before: Bands, some: Bands, numbers: NDArray[np.int64], count: int) -> Bands:
    """Return the bands with some of them put in, and room for as many as there are numbers."""
    columns = []
    for each in fields(Bands):
        column = np.resize(getattr(_UNBOUNDED, each.name), count)
        column[: len(getattr(before, each.name))] = getattr(before, each.name)
        column[numbers] = getattr(some, each.name)
        columns.append(column)
    return Bands(*columns)


_UNBOUNDED: Final = bands([ANY_HEIGHT])
