"""What holds each row of a batch, and what it has left and entered."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.change import Slots
from geofence.fleet import Fleet
from geofence.holding import DONE, MORE_ROOM, MOVES, UNSURE, Close, Moves, Rows, Told, compare
from geofence.hysteresis import near
from geofence.lookup import Found
from geofence.places import Places
from geofence.room import longer, numbers
from geofence.snapshot import Snapshot

ROOM_EACH, ROOM_MORE = 4, 256
"""For the slots and the moves of a row, before there is more."""
NOBODY = Close(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int8))


class Verdicts(NamedTuple):
    """What is to be told of each row."""

    told: Told
    moves: Moves
    """What was left and entered."""
    unsure: int
    """How many of the slots told may hold their row, and may not."""

    def inside(self) -> list[Slots]:
        """Return the slots that hold each row, ascending."""
        return self._tuples(self._first(), self.told.inside)

    def unknown(self) -> list[Slots]:
        """Return the slots that may hold each row, ascending."""
        if not self.unsure:
            return [()] * len(self.told.unknown)
        return self._tuples(self._first() + self.told.inside, self.told.unknown)

    def _first(self) -> NDArray[np.int64]:
        each = self.told.inside + self.told.unknown
        return np.asarray(np.cumsum(each) - each, np.int64)

    def _tuples(self, first: NDArray[np.int64], count: NDArray[np.int32]) -> list[Slots]:
        found: list[Slots] = [()] * len(count)
        slots = self.told.slots
        # Most that are held at all are held by one zone.
        one, more = (count == 1).nonzero()[0], (count > 1).nonzero()[0]
        for row, slot in zip(one.tolist(), slots[first[one]].tolist(), strict=True):
            found[row] = (slot,)
        for row, begin, size in zip(
            more.tolist(), first[more].tolist(), count[more].tolist(), strict=True
        ):
            found[row] = tuple(slots[begin : begin + size].tolist())
        return found


def verdicts(
    fleet: Fleet,
    snapshot: Snapshot,
    found: Found,
    rows: Rows,
    at: Places,
    domain: NDArray[np.int8],
    *,
    stays: bool = False,
) -> Verdicts:
    """Return what holds the rows, and what it changes; ``fleet.held`` is then that after the last.

    With ``stays`` nothing of the fleet changes, and each row is compared with what is held now.
    """
    close = NOBODY
    if snapshot.margined:
        close = near(fleet.held, snapshot, found, rows, at, domain)
    told, moves, counts = _compared(fleet, snapshot, found, rows, close, stays=stays)
    end = counts[MOVES]
    moved = Moves(moves.row[:end], moves.slot[:end], moves.entered[:end])
    return Verdicts(told, moved, int(counts[UNSURE]))


def _compared(
    fleet: Fleet, snapshot: Snapshot, found: Found, rows: Rows, close: Close, *, stays: bool
) -> tuple[Told, Moves, NDArray[np.int64]]:
    count, volumes, held = len(rows.device), snapshot.volumes, fleet.held
    room = ROOM_EACH * count + ROOM_MORE
    told = Told(numbers(count), numbers(count), numbers(room))
    moves = Moves(numbers(room), numbers(room), np.empty(room, np.bool_))
    counts, came_to = np.zeros(6, np.int64), MORE_ROOM
    while came_to != DONE:
        came_to = compare(
            volumes.limits,
            volumes.sets,
            found.lists,
            found.passes,
            rows,
            close,
            held.rows,
            told,
            moves,
            counts,
            stays,
        )
        if came_to == MORE_ROOM:
            told = told._replace(slots=longer(told.slots))
            moves = Moves(longer(moves.row), longer(moves.slot), longer(moves.entered))
        elif came_to != DONE:
            held.widen(held.rows.shape[1])
    return told, moves, counts
