"""From what rows are over to the zones that hold them, compared with what held their devices. Compiled.

Rows are gone through in their order, so the second row of a device is compared with what its first
one left.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.compiled import compiled, inlined
from geofence.following import NO_ROW
from geofence.held import SIZE
from geofence.looking import INSIDE, UNKNOWN, IntArray, Limits, Lists, Numbers, Sets

BoolArray = NDArray[np.bool_]
ROW, UNSURE, USED, MOVES, CLOSE, PASSED = range(6)
"""What ``compare`` counts: rows that are done, slots that may hold one, slots and moves written, and what
was read."""
LEFT: Final = 1
"""In the place of what is unsure, for ``survey``: what it has found."""
DONE, MORE_ROOM, MORE_HELD = range(3)
"""What it came to: all rows done, no room for more of rows, or for more slots of devices."""
ALONE, FOLLOWED = -1, -2
"""In the place of where something ends, before it is known: whether a later row is of the same device."""
DROPPED: Final = -1
"""In the place of a volume that was not passed."""


class Rows(NamedTuple):
    """Of which devices the rows are; arrays (n,)."""

    device: Numbers
    previous: Numbers
    """The row before of the same device, or -1."""


class Close(NamedTuple):
    """Zones that hold on to a row's device where they held it; by row, ascending."""

    row: Numbers
    slot: Numbers
    how: NDArray[np.int8]


class Moves(NamedTuple):
    """Zones left and entered: by row, first those left, each ascending."""

    row: Numbers
    slot: Numbers
    entered: BoolArray


class Told(NamedTuple):
    """What ``compare`` writes."""

    inside: Numbers
    """How many slots hold each row."""
    unknown: Numbers
    """And how many may."""
    slots: Numbers
    """Both, row by row, each ascending."""


@inlined
def _has(slots: Numbers, first: int, end: int, slot: int) -> bool:
    at = first
    while at < end and slots[at] != slot:
        at += 1
    return bool(at < end)


@inlined
def _put(slots: Numbers, first: int, end: int, slot: int) -> int:
    """Put a slot into its place unless it is there; return the new end."""
    at = end
    while at > first and slots[at - 1] > slot:
        at -= 1
    if at > first and slots[at - 1] == slot:
        return end
    for later in range(end, at, -1):
        slots[later] = slots[later - 1]
    slots[at] = slot
    return end + 1


@inlined
def _put_inside(
    limits: Limits, sets: Sets, lists: Lists, row: int, slots: Numbers, first: int
) -> int:
    """Write the slots that hold a row from ``first`` on; return their end."""
    filled, end = lists.filled_by[row], first
    begin = sets.first_slot[filled]
    for at in range(begin, begin + sets.slot_count[filled]):
        slots[end] = sets.slots[at]
        end += 1
    for pair in range(lists.first_pair[row], lists.first_pair[row + 1]):
        if lists.pair_how[pair] == INSIDE:
            end = _put(slots, first, end, limits.slot[lists.pair_volume[pair]])
    return end


@inlined
def _most_slots(sets: Sets, lists: Lists, row: int) -> int:
    pairs = lists.first_pair[row + 1] - lists.first_pair[row]
    return int(sets.slot_count[lists.filled_by[row]] + pairs)


@inlined
def _is_held(held: Numbers, device: int, slot: int) -> bool:
    at, end = 1, 1 + held[device, SIZE]
    while at < end and held[device, at] != slot:
        at += 1
    return bool(at < end)


@inlined
def _is_same(held: Numbers, device: int, slots: Numbers, first: int, end: int) -> bool:
    at, count = 0, end - first
    if held[device, SIZE] != count:
        return False
    while at < count and held[device, 1 + at] == slots[first + at]:
        at += 1
    return bool(at == count)


@compiled
def compare(
    limits: Limits,
    sets: Sets,
    lists: Lists,
    passes: int,
    rows: Rows,
    close: Close,
    held: Numbers,
    told: Told,
    moves: Moves,
    counts: IntArray,
    stays: bool,  # noqa: FBT001 -- compiled loops take no keywords
) -> int:
    """Compare rows from ``counts[ROW]`` on with what held their devices, which becomes what holds them.

    ``held`` are the rows of ``Held``. A zone that held a device and is unknown now goes on holding
    it. Of what a way may have passed (the first ``passes`` of the lists) all that holds the row or held
    its device is dropped. With ``stays`` nothing of the devices changes. Unless it is ``DONE``, the array
    that is too short must be made longer, and the rows that are left be compared.
    """
    slots = told.slots
    for row in range(counts[ROW], len(rows.device)):
        counts[ROW] = row
        device, first = rows.device[row], counts[USED]
        first_close = counts[CLOSE]
        end_close = first_close
        while end_close < len(close.row) and close.row[end_close] == row:
            end_close += 1
        most = _most_slots(sets, lists, row) + end_close - first_close
        size = held[device, SIZE]
        if first + 2 * most + size > len(slots) or counts[MOVES] + most + size > len(moves.row):
            return MORE_ROOM
        inside = _put_inside(limits, sets, lists, row, slots, first)
        for at in range(first_close, end_close):
            if close.how[at] == INSIDE and _is_held(held, device, close.slot[at]):
                inside = _put(slots, first, inside, close.slot[at])
        unknown = inside
        for pair in range(lists.first_pair[row], lists.first_pair[row + 1]):
            if lists.pair_how[pair] == UNKNOWN:
                slot = limits.slot[lists.pair_volume[pair]]
                if not _has(slots, first, inside, slot):
                    unknown = _put(slots, inside, unknown, slot)
        for at in range(first_close, end_close):
            slot = close.slot[at]
            if (
                close.how[at] == UNKNOWN
                and _is_held(held, device, slot)
                and not _has(slots, first, inside, slot)
            ):
                unknown = _put(slots, inside, unknown, slot)
        is_same = _is_same(held, device, slots, first, inside)
        end = unknown
        if not is_same:
            for at in range(first, inside):
                slots[end] = slots[at]
                end += 1
            for at in range(1, 1 + size):
                if _has(slots, inside, unknown, held[device, at]):
                    end = _put(slots, unknown, end, held[device, at])
            if 1 + end - unknown > held.shape[1]:
                return MORE_HELD
        counts[CLOSE] = end_close
        while counts[PASSED] < passes and lists.passed_row[counts[PASSED]] == row:
            at = counts[PASSED]
            counts[PASSED] = at + 1
            if lists.passed_volume[at] == DROPPED:
                continue
            slot = limits.slot[lists.passed_volume[at]]
            if _is_held(held, device, slot) or _has(slots, first, inside, slot):
                lists.passed_volume[at] = DROPPED
        if not is_same:
            move = counts[MOVES]
            for at in range(1, 1 + size):
                if not _has(slots, unknown, end, held[device, at]):
                    moves.row[move], moves.slot[move] = row, held[device, at]
                    moves.entered[move] = False
                    move += 1
            for at in range(first, inside):
                if not _is_held(held, device, slots[at]):
                    moves.row[move], moves.slot[move] = row, slots[at]
                    moves.entered[move] = True
                    move += 1
            counts[MOVES] = move
        if not is_same and not stays:
            for at in range(end - unknown):
                held[device, 1 + at] = slots[unknown + at]
            held[device, SIZE] = end - unknown
        told.inside[row], told.unknown[row] = inside - first, unknown - inside
        counts[USED] = unknown
        counts[UNSURE] += unknown - inside
    counts[ROW] = len(rows.device)
    return DONE


class Left(NamedTuple):
    """What ``survey`` writes: zones with a margin that may have held a row's device, and do not now."""

    row: Numbers
    slot: Numbers
    slots: Numbers
    """At work: of each row those with a margin that hold it, and those that may have held it."""
    first: IntArray
    """By row where these begin and end."""
    end: IntArray


@inlined
def _may_hold(held: Numbers, device: int, has_margin: BoolArray) -> bool:
    """Tell whether a zone with a margin holds a device."""
    may = False
    for at in range(1, 1 + held[device, SIZE]):
        may = may or has_margin[held[device, at]]
    return may


@compiled
def survey(
    limits: Limits,
    sets: Sets,
    lists: Lists,
    rows: Rows,
    has_margin: BoolArray,
    held: Numbers,
    left: Left,
    counts: IntArray,
) -> bool:
    """Find what may hold on to the rows from ``counts[ROW]`` on; False where an array is too short.

    An earlier row of the same device may have been held by what it is in, too. Of a device that no zone
    with a margin holds, a single row is nothing to this.
    """
    if counts[ROW] == 0:
        left.end[:] = ALONE
        for before in rows.previous:
            if before != NO_ROW:
                left.end[before] = FOLLOWED
    for row in range(counts[ROW], len(rows.device)):
        device, before, first = rows.device[row], rows.previous[row], counts[USED]
        counts[ROW] = row
        if before == NO_ROW and left.end[row] == ALONE and not _may_hold(held, device, has_margin):
            left.first[row] = left.end[row] = first
            continue
        known = held[device, SIZE]
        if before != NO_ROW:
            known = left.end[before] - left.first[before]
        if first + 2 * (_most_slots(sets, lists, row) + known) > len(left.slots):
            return False
        if counts[LEFT] + known > len(left.row):
            return False
        end = _put_inside(limits, sets, lists, row, left.slots, first)
        # All that hold the row lie behind those with a margin until they have been looked at.
        perhaps = end
        if before == NO_ROW:
            for at in range(1, 1 + held[device, SIZE]):
                if has_margin[held[device, at]]:
                    perhaps = _put(left.slots, end, perhaps, held[device, at])
        else:
            for at in range(left.first[before], left.end[before]):
                perhaps = _put(left.slots, end, perhaps, left.slots[at])
        for at in range(end, perhaps):
            if not _has(left.slots, first, end, left.slots[at]):
                found = counts[LEFT]
                left.row[found], left.slot[found] = row, left.slots[at]
                counts[LEFT] = found + 1
        middle = first
        for at in range(first, end):
            if has_margin[left.slots[at]]:
                left.slots[middle] = left.slots[at]
                middle += 1
        for at in range(end, perhaps):
            left.slots[middle] = left.slots[at]
            middle += 1
        left.first[row], left.end[row], counts[USED] = first, middle, middle
    counts[ROW] = len(rows.device)
    return True
