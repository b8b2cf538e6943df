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

from geofence.grid import FloatArray
from geofence.judge import Bands, Presence, bands, between_heights
from geofence.looking import ASKED, INSIDE
from geofence.snapshot import WARMING_CALLS
from geofence.strips import NO_ROOMS, NO_STRIPS, Rooms, Strips, hold, replaced, strips_of
from geofence.zone import HeightBand

BoolArray = NDArray[np.bool_]
Outline = Polygon | MultiPolygon
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
            own = self.outlines[number[asked]]
            held[asked] = shapely.intersects_xy(own, x[asked], y[asked])
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
        own = self.outlines.take(number)
        end = lonlat_deg + velocity_deg * horizon_s
        ways = np.asarray(shapely.linestrings(np.stack((lonlat_deg, end), axis=1)), np.object_)
        found = np.full(len(number), np.inf)
        out = (~shapely.covers(own, ways)).nonzero()[0]
        outside = shapely.difference(ways[out], own[out])
        places, of = shapely.get_coordinates(outside, return_index=True)
        way = end[out[of]] - lonlat_deg[out[of]]
        along = np.sum((places - lonlat_deg[out[of]]) * way, axis=1)
        square = np.sum(way**2, axis=1)
        share = np.divide(along, square, out=np.zeros(len(of)), where=square > 0.0)
        np.minimum.at(found, out[of], np.clip(share, 0.0, 1.0) * horizon_s)
        return found


NO_FENCES: Final = PersonalFences(np.full(0, None, np.object_), bands([]))


def amended(
    fences: PersonalFences,
    outlines: Mapping[int, Outline | None],
    heights: Mapping[int, HeightBand] | None = None,
) -> PersonalFences:
    """Return fences of which some numbers have another outline, or none; the rest keep theirs.

    ``heights`` has the band of each such number that has one. The new outlines are warmed, so that
    no first question falls into a batch: some 30 µs each.
    """
    numbers = np.array(list(outlines), np.int64)
    count = max(len(fences.outlines), int(numbers.max(initial=-1)) + 1)
    held = np.full(count, None, np.object_)
    held[: len(fences.outlines)] = fences.outlines
    held[numbers] = drawn_anew = _warmed(list(outlines.values()))
    drawn = bands([(heights or {}).get(each, ANY_HEIGHT) for each in outlines])
    laid = replaced(fences.strips, fences.rooms, numbers, strips_of(drawn_anew))
    return PersonalFences(held, _put(fences.bands, drawn, numbers, count), *laid)


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
