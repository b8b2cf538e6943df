"""Arrays with room behind them: what is added later does not copy what is there.

The rows that somebody can see never change, so those who hold an older part of the array go on
reading it while more is written behind their end.
"""

from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)

SPARE_SHARE: Final = 1.0
"""Of the rows, kept free behind them. Pages that nobody writes take no memory, and what changes leave behind is
gathered out (``amend.TIDY_SHARE``) before the room is full: to move all of it into a larger one made a change of
10 ms one of 50."""
SPARE_ROWS: Final = 4096
NEARLY: Final = 0.75
"""Of the room: what was there first is half of it."""
LINE_BYTES: Final = 64
"""Of the processor's memory: what is read together lies in as few of them as may be."""


class Room(Generic[Scalar]):
    """One array and what may still be written behind it. For the one thread that adds."""

    __slots__ = ("_all", "_used")

    def __init__(self, rows: NDArray[Scalar]) -> None:
        self._all = _with_spare(rows)
        self._used = len(rows)

    @classmethod
    def unwritten(cls, rows: NDArray[Scalar]) -> "tuple[Room[Scalar], NDArray[Scalar]]":
        """Return a room of the size and type of rows, and its rows to be written once."""
        room = cls(rows[:0])
        room._all = np.empty((_size(len(rows)), *rows.shape[1:]), rows.dtype)
        room._used = len(rows)
        return room, room._all[: len(rows)]

    @classmethod
    def for_rows(cls, like: NDArray[Scalar], count: int) -> "Room[Scalar]":
        """Return an empty room for so many rows of a type, with more behind them."""
        room = cls(like[:0])
        room._all = np.empty((_size(count), *like.shape[1:]), like.dtype)
        return room

    def of_kind(self, kind: np.dtype[np.void]) -> "Room[np.void]":
        """Return the same room for rows that are of a kind instead of so many bytes."""
        found: Room[np.void] = Room(np.empty(0, kind))
        found._all, found._used = self._all.view(kind).reshape(-1), self._used
        return found

    @property
    def is_nearly_full(self) -> bool:
        """Whether what comes soon may move all that is there into a larger one."""
        return self._used > NEARLY * len(self._all)

    def rows(self) -> NDArray[Scalar]:
        """Return all that is there, read-only."""
        return _seen(self._all, self._used)

    def added(self, held: NDArray[Scalar], more: NDArray[Scalar]) -> "Room[Scalar]":
        """Return a room whose rows are those held, once returned by this one, and more.

        It is this one while nobody else has added behind the same rows.
        """
        count = len(held) + len(more)
        if self._used != len(held) or count > len(self._all):
            return Room(np.concatenate((held, more)))
        self._all[len(held) : count] = more
        self._used = count
        return self


def numbers(count: int) -> NDArray[np.int32]:
    """Return room for so many numbers."""
    return np.empty(count, np.int32)


def longer(rows: NDArray[Scalar]) -> NDArray[Scalar]:
    """Return an array with the same rows, and room for as many behind them."""
    return np.concatenate((rows, np.empty_like(rows)))


def lines(count: int, wide: int, kind: type[Scalar]) -> NDArray[Scalar]:
    """Return rows of zeros that begin where a line of the processor's memory does."""
    size = count * wide * np.dtype(kind).itemsize
    block = np.zeros(size + LINE_BYTES, np.uint8)
    first = -block.ctypes.data % LINE_BYTES
    return block[first : first + size].view(kind).reshape(count, wide)


def _with_spare(rows: NDArray[Scalar]) -> NDArray[Scalar]:
    found = np.empty((_size(len(rows)), *rows.shape[1:]), rows.dtype)
    found[: len(rows)] = rows
    return found


def _size(count: int) -> int:
    return count + int(count * SPARE_SHARE) + SPARE_ROWS


def _seen(of: NDArray[Scalar], count: int) -> NDArray[Scalar]:
    rows = of[:count]
    rows.flags.writeable = False
    return rows
