"""Where the zones of two snapshots differ, so that only those whom it may concern are judged again."""

from collections.abc import Sequence
from operator import is_
from typing import Final, NamedTuple

import numpy as np
import shapely

from geofence.fleet import Fleet
from geofence.grid import MARGIN_DEG, FloatArray, IntArray
from geofence.places import LATITUDE, LONGITUDE
from geofence.snapshot import NO_ZONE, Snapshot
from geofence.zone import Zone

MOST_BOXES: Final = 256
"""With more of them it is no dearer to ask where everybody is."""


class Difference(NamedTuple):
    """The zones that are not the same, or whose hours have turned."""

    slots: frozenset[int]
    boxes: FloatArray | None
    """Shape (n, 4): west, south, east and north of what changed, as it was and as it is; those whom
    a zone holds that has an exit margin may stand beside it, and are within. ``None`` where there
    are so many that everybody may be within."""
    moving: frozenset[int] = frozenset()
    """Those of the slots whose zone follows a device, as it was or as it is, and so has no box."""

    def devices(self, fleet: Fleet) -> IntArray:
        """Return the numbers of the devices last seen within it, ascending."""
        if self.boxes is None:
            return fleet.devices()
        longitude, latitude = fleet.last[: len(fleet), [LONGITUDE, LATITUDE]].T
        within = np.zeros(len(fleet), np.bool_)
        for west, south, east, north in self.boxes.tolist():
            within |= (
                (longitude >= west - MARGIN_DEG)
                & (longitude <= east + MARGIN_DEG)
                & (latitude >= south - MARGIN_DEG)
                & (latitude <= north + MARGIN_DEG)
            )
        return np.flatnonzero(within)


def difference(before: Snapshot, after: Snapshot) -> Difference | None:
    """Return where they differ; ``None`` where slots do not speak of the same zones."""
    slots = other_slots(before, after)
    for slot in slots:
        old, new = _zone(before, slot), _zone(after, slot)
        if old is not NO_ZONE and new is not NO_ZONE and old.zone_id != new.zone_id:
            return None
    boxes = _all_boxes((before, after), slots)
    return Difference(frozenset(slots), boxes, _moving(before, after, slots))


def turned(snapshot: Snapshot, from_s: float, to_s: float) -> Difference:
    """Return the zones whose hours begin or end between two moments."""
    rows = snapshot.volumes.openings.turning(from_s, to_s)
    slots = sorted(set(snapshot.volumes.slot[rows].tolist()))
    return Difference(frozenset(slots), _all_boxes((snapshot,), slots))


def _all_boxes(snapshots: Sequence[Snapshot], slots: Sequence[int]) -> FloatArray | None:
    if len(slots) > MOST_BOXES:
        return None
    boxes = [_boxes(snapshot, slot) for snapshot in snapshots for slot in slots]
    found = np.concatenate((*boxes, np.zeros((0, 4))))
    return found if len(found) <= MOST_BOXES else None


def other_slots(before: Snapshot, after: Snapshot) -> list[int]:
    """Return the slots whose zones are not the same object: of ten thousand nearly none."""
    old, new = before.zones, after.zones
    if after.since is not None and after.since.zones is old:
        return sorted(s for s in after.since.slots if s >= len(old) or old[s] is not new[s])
    same = bytes(map(is_, old, new))
    found, at = [], same.find(0)
    while at >= 0:
        found.append(at)
        at = same.find(0, at + 1)
    return [*found, *range(len(same), max(len(old), len(new)))]


def moving_slots(before: Snapshot, after: Snapshot) -> frozenset[int]:
    """Return those whose zones are others and follow a device, as they were or as they are."""
    return _moving(before, after, other_slots(before, after))


def _moving(before: Snapshot, after: Snapshot, slots: Sequence[int]) -> frozenset[int]:
    return frozenset(
        slot
        for slot in slots
        if _zone(before, slot).around is not None or _zone(after, slot).around is not None
    )


def _zone(snapshot: Snapshot, slot: int) -> Zone:
    return snapshot.zones[slot] if slot < len(snapshot.zones) else NO_ZONE


def _boxes(snapshot: Snapshot, slot: int) -> FloatArray:
    rows = list(snapshot.volumes_of[slot]) if slot < len(snapshot.volumes_of) else []
    if slot not in snapshot.margined:
        return snapshot.volumes.bounds[rows].reshape(-1, 4)
    return np.asarray(shapely.bounds(snapshot.volumes.outgrown[rows])).reshape(-1, 4)
