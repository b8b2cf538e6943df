"""Where the zones of two snapshots differ, so that only those whom it may concern are judged again."""

from itertools import zip_longest
from typing import Final, NamedTuple

import numpy as np

from geofence.fleet import Fleet
from geofence.grid import MARGIN_DEG, FloatArray, IntArray
from geofence.places import LATITUDE, LONGITUDE
from geofence.snapshot import NO_ZONE, Snapshot

MOST_BOXES: Final = 256
"""With more of them it is no dearer to judge everybody."""


class Difference(NamedTuple):
    """The zones that are not the same, or whose hours have turned."""

    slots: frozenset[int]
    boxes: FloatArray
    """Shape (n, 4): west, south, east and north of what changed, as it was and as it is."""

    def devices(self, fleet: Fleet) -> IntArray:
        """Return the numbers of the devices last seen within it or held by it, ascending.

        A zone with an exit margin holds some that stand beside it.
        """
        longitude, latitude = fleet.last[: len(fleet), [LONGITUDE, LATITUDE]].T
        within = np.zeros(len(fleet), np.bool_)
        for west, south, east, north in self.boxes.tolist():
            within |= (
                (longitude >= west - MARGIN_DEG)
                & (longitude <= east + MARGIN_DEG)
                & (latitude >= south - MARGIN_DEG)
                & (latitude <= north + MARGIN_DEG)
            )
        held = [device for device, by in enumerate(fleet.held) if not self.slots.isdisjoint(by)]
        within[held] = True
        return np.flatnonzero(within & ~np.isnan(longitude))


def difference(before: Snapshot, after: Snapshot) -> Difference | None:
    """Return where they differ; ``None`` where slots do not speak of the same zones, or in much."""
    slots = set()
    both = zip_longest(before.zones, after.zones, fillvalue=NO_ZONE)
    for slot, (old, new) in enumerate(both):
        if old is not new:
            if old is not NO_ZONE and new is not NO_ZONE and old.zone_id != new.zone_id:
                return None
            slots.add(slot)
    boxes = [_boxes(snapshot, slot) for snapshot in (before, after) for slot in slots]
    found = np.concatenate((*boxes, np.zeros((0, 4))))
    return Difference(frozenset(slots), found) if len(found) <= MOST_BOXES else None


def turned(snapshot: Snapshot, from_s: float, to_s: float) -> Difference | None:
    """Return the zones whose hours begin or end between two moments; ``None`` for very many."""
    rows = snapshot.volumes.openings.turning(from_s, to_s)
    if len(rows) > MOST_BOXES:
        return None
    slots = snapshot.volumes.slot[rows].tolist()
    return Difference(frozenset(slots), snapshot.volumes.bounds[rows])


def _boxes(snapshot: Snapshot, slot: int) -> FloatArray:
    rows = snapshot.volumes_of[slot] if slot < len(snapshot.volumes_of) else ()
    return snapshot.volumes.bounds[list(rows)].reshape(-1, 4)
