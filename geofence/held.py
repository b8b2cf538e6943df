"""The slots that hold each device, twice: as arrays for compiled loops, and as tuples to be read.

Both say the same: whoever changes the arrays of devices puts the tuples right.
"""

from collections.abc import Iterable, Iterator
from typing import Final, Self, overload

import numpy as np
from numpy.typing import NDArray

from geofence.change import Slots

FEWEST_SLOTS: Final = 8
"""Room for so many at each device; more where one is held by more."""


class Held:
    """For each device the slots that hold it, ascending. Reads like a list of tuples."""

    __slots__ = ("count", "slots", "tuples")

    def __init__(self) -> None:
        self.tuples: list[Slots] = []
        self.slots: NDArray[np.int32] = np.zeros((0, FEWEST_SLOTS), np.int32)
        """Shape (devices with room for more, most); of each row as many as ``count`` says."""
        self.count: NDArray[np.int32] = np.zeros(0, np.int32)

    @classmethod
    def of(cls, held: Iterable[Slots]) -> Self:
        """Make it of the slots of each device, in order."""
        found, every = cls(), list(held)
        found.widen(max(map(len, every), default=0))
        found.grow(len(every))
        for device, slots in enumerate(every):
            if slots:
                found[device] = slots
        return found

    def __len__(self) -> int:
        return len(self.tuples)

    def __iter__(self) -> Iterator[Slots]:
        return iter(self.tuples)

    @overload
    def __getitem__(self, device: int) -> Slots: ...
    @overload
    def __getitem__(self, device: slice) -> list[Slots]: ...
    def __getitem__(self, device: int | slice) -> Slots | list[Slots]:
        return self.tuples[device]

    def __setitem__(self, device: int, slots: Slots) -> None:
        self.widen(len(slots))
        self.tuples[device] = slots
        self.slots[device, : len(slots)] = slots
        self.count[device] = len(slots)

    def __eq__(self, other: object) -> bool:
        return self.tuples == (other.tuples if isinstance(other, Held) else other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Held.of({self.tuples!r})"

    def grow(self, count: int) -> None:
        """Make room for so many devices; those that are new are held by nothing."""
        more = count - len(self.tuples)
        if count > len(self.count):
            room = max(count, 2 * len(self.count), 64) - len(self.count)
            self.slots = np.concatenate(
                (self.slots, np.zeros((room, self.slots.shape[1]), np.int32))
            )
            self.count = np.concatenate((self.count, np.zeros(room, np.int32)))
        self.tuples.extend([()] * more)

    def widen(self, most: int) -> None:
        """Make room for so many slots at each device."""
        wide = self.slots.shape[1]
        if most > wide:
            more = np.zeros((len(self.slots), max(most, 2 * wide) - wide), np.int32)
            self.slots = np.concatenate((self.slots, more), axis=1)

    def cut(self, count: int) -> None:
        """Forget the devices from this number on."""
        self.count[count:] = 0
        del self.tuples[count:]

    def copied(self) -> "Held":
        """Return it as it is now, whatever becomes of this one."""
        other = Held()
        other.tuples = self.tuples.copy()
        other.slots, other.count = self.slots.copy(), self.count.copy()
        return other

    def counts(self) -> NDArray[np.int32]:
        """Return how many slots hold each device."""
        return self.count[: len(self)]

    def flat(self) -> NDArray[np.int32]:
        """Return the slots of all devices, one behind the other."""
        there = np.arange(self.slots.shape[1]) < self.counts()[:, None]
        return self.slots[: len(self)][there]
