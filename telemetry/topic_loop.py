"""Whose messages are, by the topics on which they came: compiled.

To look each topic up by itself takes four places of memory that nobody has looked at lately. Here the
rows of a table are asked for of all of them first, and then those of the ids that it names.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from telemetry.compiled import compiled, fetch, inlined

Bytes = NDArray[np.uint8]
Eights = NDArray[np.uint64]
Ints = NDArray[np.int64]

PREFIX: Final = np.frombuffer(b"zone/up/", np.uint64)[0]
_SUFFIX: Final = np.frombuffer(b"/tele\0\0\0", np.uint64)[0]
_PREFIX_BYTES, _SUFFIX_BYTES = 8, 5
ID_LENGTH: Final = 71
"""Where a row of ids says how long its own is; the longest has 64 bytes."""
LONGEST_ID: Final = 64
NOBODY: Final = -1
BEGIN, LENGTH, TAG = 0, 1, 2
"""The columns of where ids stand, and of what."""

_FIRST_BYTES: Final = np.array([256**count - 1 for count in range(8)], np.uint64)
_ONE, _HALF, _LOW = np.uint64(1), np.uint64(32), np.uint64(2**32 - 1)
_MIXED: Final = np.uint64(0x45D9F3B)
"""An odd number of 27 bits: with one of 32 it makes one that fits."""
_SEVEN_BITS: Final = np.uint64(0x7F7F7F7F7F7F7F7F)
_ALL: Final = np.uint64(2**64 - 1)
_TAG_BITS: Final = 32
_ROW_MASK: Final = 2**32 - 1


@inlined
def _mixed(tag: np.uint64, eight: np.uint64) -> np.uint64:
    """Return a number of 32 bits that depends on all before and on eight bytes more."""
    tag = (tag ^ (eight & _LOW)) * _MIXED
    tag = (tag ^ (tag >> _HALF)) & _LOW
    tag = (tag ^ (eight >> _HALF)) * _MIXED
    return (tag ^ (tag >> _HALF)) & _LOW


@inlined
def _tag(eights: Eights, at: int, length: int, step: int) -> int:
    """Return the tag of an id: eights are ``step`` apart from each other."""
    tag = np.uint64(_MIXED)
    for place in range(length >> 3):
        tag = _mixed(tag, eights[at + place * step])
    tag = _mixed(tag, eights[at + (length >> 3) * step] & _FIRST_BYTES[length & 7])
    return int(np.int64(tag >> _ONE))


@compiled
def enter(table: Ints, ids: Bytes, id_eights: Eights, first: int, end: int) -> None:
    """Enter rows of ids, from the first up to the end, into a table that is larger than all of them.

    ``ids`` are as ``canonical_loop`` has them, ``id_eights`` the same bytes; a table's size is a power of two.

    A row of the table is 0, or has the tag of an id and behind it one more than its row.
    """
    for row in range(first, end):
        tag = _tag(id_eights[row], 0, int(ids[row, ID_LENGTH]), 1)
        at = tag & (len(table) - 1)
        while table[at] != 0:
            at = (at + 1) & (len(table) - 1)
        table[at] = tag << _TAG_BITS | (row + 1)


@compiled
def find(
    text: Bytes,
    eights: Eights,
    table: Ints,
    ids: Bytes,
    id_eights: Eights,
    where: Ints,
    rows: Ints,
) -> int:
    """Write into ``rows`` (n,) whose topics are, below 0 where it is none of these; return their end.

    ``text`` are the topics, each with a NUL behind it and 16 more at the end; ``eights[k]`` are the
    eight bytes from ``text[k]`` on. If what is returned is not the end of the last, one had a NUL
    itself, and the rows say nothing. ``where`` (n, 3) is at work.
    """
    at = 0
    for row in range(len(rows)):
        begin = at
        # Eight at once while none of them is a NUL.
        while ((eights[at] & _SEVEN_BITS) + _SEVEN_BITS) | eights[at] | _SEVEN_BITS == _ALL:
            at += 8
        while text[at] != 0:
            at += 1
        length = at - begin - _PREFIX_BYTES - _SUFFIX_BYTES
        rows[row], where[row, BEGIN], where[row, LENGTH] = NOBODY, begin + _PREFIX_BYTES, length
        at += 1
        if (
            1 <= length <= LONGEST_ID
            and eights[begin] == PREFIX
            and (eights[begin + _PREFIX_BYTES + length] & _FIRST_BYTES[_SUFFIX_BYTES]) == _SUFFIX
        ):
            tag = _tag(eights, begin + _PREFIX_BYTES, length, 8)
            rows[row], where[row, TAG] = tag & (len(table) - 1), tag
            fetch(table, rows[row])
    for row in range(len(rows)):
        if rows[row] >= 0:
            place, tag = rows[row], where[row, TAG]
            while table[place] != 0 and table[place] >> _TAG_BITS != tag:
                place = (place + 1) & (len(table) - 1)
            rows[row] = (table[place] & _ROW_MASK) - 1
            # A row of ids lies in two lines of the processor's memory.
            fetch(ids, rows[row])
            fetch(ids, rows[row] + 1)
    for row in range(len(rows)):
        who = rows[row]
        if who >= 0 and (
            where[row, LENGTH] != ids[who, ID_LENGTH]
            or not _is(eights, where[row, BEGIN], id_eights[who], where[row, LENGTH])
        ):
            rows[row] = NOBODY
    return at


@inlined
def _is(eights: Eights, at: int, id_eights: Eights, length: int) -> bool:
    """Whether an id of that length stands at a place."""
    whole = length >> 3
    for place in range(whole):
        if eights[at + place * 8] != id_eights[place]:
            return False
    return bool((eights[at + whole * 8] ^ id_eights[whole]) & _FIRST_BYTES[length & 7] == 0)
