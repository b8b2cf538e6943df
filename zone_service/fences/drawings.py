"""What was drawn of zones, kept for the next device that is told of them. Pure.

To draw a zone takes longer than all else that is done for a device, and devices fly near the same ones.
"""

from collections.abc import Callable
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geofence.frame import footprint
from geofence.zone import Zone
from telemetry.fences import plan as told
from zone_service.fences.drawing import zone_told

MOST: Final = 2_000
"""Of a kind: some ten kilobytes each."""

Drawn = TypeVar("Drawn")
Geometries = NDArray[np.object_]


class Drawings:
    """Drawn once for each zone as it is; one that was edited is another."""

    def __init__(self) -> None:
        self._outlines: dict[str, tuple[Zone, Geometries]] = {}
        self._told: dict[tuple[str, bool, bool], tuple[Zone, told.Zone]] = {}

    def outlines(self, zone: Zone) -> Geometries:
        """Return the ground of each volume of a zone: longitude and latitude, WGS 84."""
        return _kept(self._outlines, zone.zone_id, zone, _outlines)

    def told(self, zone: Zone, *, is_flat: bool, is_lifted: bool) -> told.Zone:
        """Return a zone as a unit is told of it; ``is_flat``: its format has areas alone."""

        def drawn(zone: Zone) -> told.Zone:
            return zone_told(zone, is_flat=is_flat, is_lifted=is_lifted)

        return _kept(self._told, (zone.zone_id, is_flat, is_lifted), zone, drawn)


Key = TypeVar("Key")


def _kept(
    kept: dict[Key, tuple[Zone, Drawn]], key: Key, zone: Zone, drawn: Callable[[Zone], Drawn]
) -> Drawn:
    before = kept.get(key)
    if before is not None and before[0] is zone:
        return before[1]
    if len(kept) >= MOST:
        kept.clear()
    found = drawn(zone)
    kept[key] = zone, found
    return found


def _outlines(zone: Zone) -> Geometries:
    found: list[BaseGeometry] = [footprint(volume) for volume in zone.volumes]
    return np.array(found, dtype=object)
