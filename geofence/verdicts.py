"""What holds each row of a batch, told row by row where there is something to tell."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.change import Slots
from geofence.fleet import Fleet
from geofence.holding import (
    DONE,
    MORE_ROOM,
    MOVES,
    TOLD,
    Close,
    Holding,
    Moves,
    Rows,
    Told,
    compare,
)
from geofence.hysteresis import near
from geofence.lookup import Found
from geofence.places import Places
from geofence.room import longer, numbers
from geofence.snapshot import Snapshot

ROOM_EACH, ROOM_MORE = 4, 256
"""For the slots and the moves of a row, before there is more."""
NOBODY = Close(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int8))


class Verdicts(NamedTuple):
    """What is to be told of some rows, in order; the first three belong together."""

    row: list[int]
    inside: list[Slots]
    """The slots that hold each, ascending."""
    unknown: list[Slots]
    """Those that may, ascending."""
    moves: Moves
    """What was left and entered."""


def verdicts(
    fleet: Fleet,
    snapshot: Snapshot,
    found: Found,
    rows: Rows,
    at: Places,
    domain: NDArray[np.int8],
    *,
    every: bool = False,
) -> Verdicts:
    """Return the rows of which there is something to tell; the others are as before.

    That is: a zone may hold it, or its way may have passed one, or its device is held by others than
    before the batch. The arrays of ``fleet.held`` are then those after the last row: whoever
    reads the verdicts puts its tuples right. With ``every`` all rows are told, and nothing changes.
    """
    close = NOBODY
    if snapshot.margined:
        close = near(fleet.held, snapshot, found, rows, at, domain)
    told, moves, counts = _compared(fleet, snapshot, found, rows, close, every=every)
    end = counts[MOVES]
    moved = Moves(moves.row[:end], moves.slot[:end], moves.entered[:end])
    return Verdicts(*_read(told, int(counts[TOLD])), moved)


def _compared(
    fleet: Fleet, snapshot: Snapshot, found: Found, rows: Rows, close: Close, *, every: bool
) -> tuple[Told, Moves, NDArray[np.int64]]:
    count, volumes, held = len(rows.device), snapshot.volumes, fleet.held
    room = ROOM_EACH * count + ROOM_MORE
    told = Told(
        numbers(count), numbers(count), numbers(count), numbers(room), np.empty(count, np.bool_)
    )
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
            Holding(held.slots, held.count),
            told,
            moves,
            counts,
            every,
        )
        if came_to == MORE_ROOM:
            told = told._replace(slots=longer(told.slots))
            moves = Moves(longer(moves.row), longer(moves.slot), longer(moves.entered))
        elif came_to != DONE:
            held.widen(2 * held.slots.shape[1])
    return told, moves, counts


def _read(told: Told, count: int) -> tuple[list[int], list[Slots], list[Slots]]:
    """Read the rows told, the slots that hold each and those that may."""
    insides, unknowns = told.inside[:count].tolist(), told.unknown[:count].tolist()
    slots, at = told.slots[: sum(insides) + sum(unknowns)].tolist(), 0
    held, perhaps = list[Slots](), list[Slots]()
    for inside, unknown in zip(insides, unknowns, strict=True):
        middle = at + inside
        held.append(tuple(slots[at:middle]))
        at = middle + unknown
        perhaps.append(tuple(slots[middle:at]) if unknown else ())
    return told.row[:count].tolist(), held, perhaps
