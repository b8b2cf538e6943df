"""How sure it is that a way between two fixes led over the zones that it seems to have crossed. Pure."""

from collections.abc import Iterable

import numpy as np

from geofence.sureness import of_distance
from zone_service.world import World

LonLat = tuple[float, float]


def sure_of(
    world: World, zone_ids: Iterable[str], start: LonLat, end: LonLat, accuracy_m: float
) -> dict[str, float]:
    """Return how probable it is that a straight way was over each zone, at its deepest place.

    ``accuracy_m`` (95 %) is taken for all of the way. Left out are zones without a place of their own.
    """
    sureness = world.zones.sureness
    found = {}
    for zone_id in zone_ids:
        slot = world.slots.get(zone_id)
        if slot is not None and zone_id not in world.index_of_following:
            inside_m = sureness.deepest_m(slot, np.array(start), np.array(end))
            found[zone_id] = of_distance(inside_m, accuracy_m)
    return found
