"""The slots that hold each device, as an array for compiled loops that reads like a list of tuples."""

from collections.abc import Iterable, Iterator
from typing import Final, Self, overload

import numpy as np
from numpy.typing import NDArray

from geofence.change import Slots
from geofence.room import lines

Rows = NDArray[np.int32]

SIZE: Final = 0
"""The column that says how many slots there are; they stand behind it."""
NARROWEST: Final = 16
"""Columns, which is one line of the processor's memory; more where a device is held by more."""


class Held:
    """For each device the slots that hold it, ascending. Reads like a list of tuples."""

    __slots__ = ("_known", "rows")

    def __init__(self) -> None:
        self._known = 0
        self.rows: Rows = lines(0, NARROWEST, np.int32)
        """Shape (devices with room for more, 1 + most): of each how many, and they, ascending."""

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
        return self._known

    def __iter__(self) -> Iterator[Slots]:
        counted = zip(self.rows[: self._known].tolist(), self.counts().tolist(), strict=True)
        return (tuple(row[1 : 1 + count]) for row, count in counted)

    @overload
    def __getitem__(self, device: int) -> Slots: ...
    @overload
    def __getitem__(self, device: slice) -> list[Slots]: ...
    def __getitem__(self, device: int | slice) -> Slots | list[Slots]:
        if isinstance(device, slice):
            return list(self)[device]
        _, *slots = self.rows[: self._known][device, : 1 + self.rows[device, SIZE]].tolist()
        return tuple(slots)

    def __setitem__(self, device: int, slots: Slots) -> None:
        self.widen(len(slots))
        self.rows[: self._known][device, : 1 + len(slots)] = len(slots), *slots

    def __eq__(self, other: object) -> bool:
        return list(self) == (list(other) if isinstance(other, Held) else other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Held.of({list(self)!r})"

    def grow(self, count: int) -> None:
        """Make room for so many devices; those that are new are held by nothing."""
        if count > len(self.rows):
            self._move(max(count, 2 * len(self.rows), 64), self.rows.shape[1])
        self._known = max(self._known, count)

    def widen(self, most: int) -> None:
        """Make room for so many slots at each device."""
        wide = self.rows.shape[1]
        if 1 + most > wide:
            self._move(len(self.rows), max(1 + most, 2 * wide))

    def _move(self, room: int, wide: int) -> None:
        before, self.rows = self.rows, lines(room, wide, np.int32)
        self.rows[: len(before), : before.shape[1]] = before

    def cut(self, count: int) -> None:
        """Forget the devices from this number on."""
        self.rows[count:, SIZE] = 0
        self._known = min(self._known, count)

    def put_back(self, device: NDArray[np.int32], rows: Rows) -> None:
        """Hold devices as they were when these rows of theirs were read."""
        self.rows[device, : rows.shape[1]] = rows

    def copied(self) -> "Held":
        """Return it as it is now, whatever becomes of this one."""
        other = Held()
        other.rows, other._known = lines(len(self.rows), self.rows.shape[1], np.int32), self._known
        other.rows[:] = self.rows
        return other

    def counts(self) -> Rows:
        """Return how many slots hold each device."""
        return self.rows[: self._known, SIZE]

    def flat(self) -> Rows:
        """Return the slots of all devices, one behind the other."""
        there = np.arange(self.rows.shape[1] - 1) < self.counts()[:, None]
        return self.rows[: self._known, 1:][there]
