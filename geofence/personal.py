"""Fences of single devices: the corridor or area that one device must stay in, each its own.

Ten thousand of them are not looked for in a grid: whose fix it is says which outline to ask.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from geofence.grid import FloatArray
from geofence.judge import Presence
from geofence.snapshot import WARMING_CALLS

BoolArray = NDArray[np.bool_]
LEAST_ROOM: Final = 64


class PersonalFences:
    """An outline for each device that has one, by its number.

    Belongs to the one thread that asks it, and so does adding: the outlines are prepared copies
    of its own. A device without one is nowhere asked to stay, and so it is inside.
    """

    __slots__ = ("_count", "_outlines")

    def __init__(self, outlines: Mapping[int, Polygon | MultiPolygon] | None = None) -> None:
        self._outlines: NDArray[np.object_] = np.full(0, None, np.object_)
        self._count = 0
        self.put(outlines or {})

    def __len__(self) -> int:
        """Return how many devices have one."""
        return self._count

    def put(self, outlines: Mapping[int, Polygon | MultiPolygon]) -> None:
        """Give devices an outline (longitude and latitude), or another one; the rest keep theirs.

        They are warmed, so that no first question falls into a batch: some 30 µs each.
        """
        devices = np.array(list(outlines), np.int64)
        if not devices.size:
            return
        self._make_room(int(devices.max()) + 1)
        own = np.array(shapely.from_wkb(shapely.to_wkb(list(outlines.values()))), np.object_)
        shapely.prepare(own)
        x, y = shapely.get_coordinates(shapely.centroid(own)).T
        for _ in range(WARMING_CALLS):
            shapely.intersects_xy(own, x, y)
        self._outlines[devices] = own
        self._count = int((self._outlines != None).sum())  # noqa: E711 -- of each element

    def remove(self, device: int) -> None:
        """Let a device go where it likes; one that has no outline may be named too."""
        if device < len(self._outlines) and self._outlines[device] is not None:
            self._outlines[device] = None
            self._count -= 1

    def inside(
        self, device: NDArray[np.int32], longitude_deg: FloatArray, latitude_deg: FloatArray
    ) -> BoolArray:
        """Tell for each fix whether it is known to be where its device must stay; arrays (n,).

        The boundary belongs to the outline. A place that is not known (NaN) is not inside.
        """
        own, has = self._of(device)
        held = shapely.intersects_xy(own, longitude_deg, latitude_deg)
        return np.asarray(held | ~has & ~np.isnan(longitude_deg + latitude_deg), np.bool_)

    def presence(
        self, device: NDArray[np.int32], longitude_deg: FloatArray, latitude_deg: FloatArray
    ) -> NDArray[np.int8]:
        """Return for each fix a ``Presence``: a place that is not known is neither in nor out."""
        held = self.inside(device, longitude_deg, latitude_deg)
        unknown = np.isnan(longitude_deg + latitude_deg)
        found = np.where(held, np.int8(Presence.INSIDE), np.int8(Presence.OUTSIDE))
        return np.where(unknown, np.int8(Presence.UNKNOWN), found)

    def _of(self, device: NDArray[np.int32]) -> tuple[NDArray[np.object_], BoolArray]:
        if not len(self._outlines):
            return np.full(len(device), None, np.object_), np.zeros(len(device), np.bool_)
        known = device < len(self._outlines)
        own = self._outlines.take(np.where(known, device, 0))
        if not known.all():
            own[~known] = None
        return own, np.asarray(own != None, np.bool_)  # noqa: E711 -- of each element

    def _make_room(self, count: int) -> None:
        if count > len(self._outlines):
            room = np.full(max(count, 2 * len(self._outlines), LEAST_ROOM), None, np.object_)
            room[: len(self._outlines)] = self._outlines
            self._outlines = room
