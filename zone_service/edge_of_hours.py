"""When the next zone opens or closes: remembered, since it is asked at every turn."""

from math import inf

from geofence.snapshot import Snapshot
from zone_service.memory import Memory
from zone_service.world import World

AFTER_S = 0.001
"""The last moment of a window belongs to it: what comes of its end shows only after it."""


class EdgeOfHours:
    """The next edge of the zones' hours after everybody was last judged by them."""

    def __init__(self) -> None:
        self._zones: Snapshot | None = None
        self._judged_s = 0.0
        self._edge_s = inf

    def after_s(self, memory: Memory, world: World) -> float:
        """Return the time from which on it shows; infinity before anybody was judged."""
        if self._zones is not world.zones or self._judged_s != memory.judged_s:
            self._zones, self._judged_s = world.zones, memory.judged_s
            next_s = world.zones.next_edge_s(memory.judged_s) if memory.judged_s else inf
            self._edge_s = next_s + AFTER_S
        return self._edge_s

    def is_past(self, memory: Memory, world: World, now_s: float) -> bool:
        """Tell once of each edge that it is past: one that cannot be judged by waits for a tick."""
        if now_s <= self.after_s(memory, world):
            return False
        self._edge_s = inf
        return True
