"""How much of a disk is free."""

import shutil
from pathlib import Path
from typing import NamedTuple


class Room(NamedTuple):
    """A disk, as it is now."""

    free_bytes: int
    total_bytes: int

    @property
    def free(self) -> float:
        """Which part of it is free."""
        return self.free_bytes / self.total_bytes

    def missing(self, wanted: float) -> int:
        """Return how many bytes less are free than a part of it."""
        return max(0, round(wanted * self.total_bytes) - self.free_bytes)


def room_of(folder: Path) -> Room:
    """Return how much of the disk is free that a folder is or will be on."""
    place = folder.resolve()
    while not place.exists():
        place = place.parent
    usage = shutil.disk_usage(place)
    return Room(usage.free, usage.total)
