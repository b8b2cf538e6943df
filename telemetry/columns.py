"""A batch of messages as columns: canonical JSON read by a compiled loop, all else left to ``decode``.

What is taken here means just what ``decode`` makes of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from telemetry import canonical_loop as loop
from telemetry.canonical_members import MODES, STATUSES, TABLES
from telemetry.report import ControlMode, Frame, OperationalStatus, Report
from telemetry.speakers import Speakers

LONGEST: Final = 4_096
"""Bytes; a report of all members has some 700. What is longer is an array, or none of ours."""

FEW: Final = 6
"""Messages; fewer cost as much in columns, to which the worker comes with cold caches, as one by one."""

_UNSAID: Final = np.array(
    [-1, -1, -1, -1, 0, MODES.index(ControlMode.UNKNOWN), STATUSES.index(OperationalStatus.UNKNOWN)]
)
"""By column of ``integers``."""

_BEHIND: Final = bytes(16)
"""Behind all payloads, so that there are eight bytes from each of theirs on, and an array of them is
of one type however short it is: of one element numpy says that it is aligned."""

_FOLLOWER: Final = np.roll(np.arange(len(TABLES.members) + 1), -1)

_NO_DAY: Final = np.array([-1, 0])

_REPORTS: Final = msgspec.msgpack.Decoder(list[Report])


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What n messages say; valid where ``taken``, and anything elsewhere."""

    text: loop.Bytes
    """All payloads, each with a NUL behind it."""
    rows: loop.Ints
    """Shape (n,): whose they are, by the rows of ``speakers``."""
    taken: loop.Bools
    """Shape (n,): a single report, and valid. The others are for ``decode`` to judge."""
    numbers: loop.Floats
    """Shape (n, 15): the columns are named in ``canonical_loop``; NaN is unknown."""
    integers: loop.Ints
    """Shape (n, 7), likewise; below 0 is unknown. Boot ids are from and up to a place of ``text``."""
    speakers: Speakers

    def __len__(self) -> int:
        return len(self.taken)

    def reports(self) -> Sequence[Report | None]:
        """Return the report of each message that was taken, ``None`` for the others."""
        count = int(np.count_nonzero(self.taken))
        if count == 0:
            return [None] * len(self)
        packed = np.empty(5 + loop.MOST_PACKED * count, np.uint8)
        size = loop.pack_all(
            self.text, self.rows, self.speakers.ids, TABLES.words, TABLES.word_at, TABLES.choices,
            self.numbers.view(np.int64), self.integers, self.taken, count, packed,
        )  # fmt: skip
        made = _REPORTS.decode(packed[:size].data)
        if count == len(self):
            return made
        each = iter(made)
        return [next(each) if taken else None for taken in self.taken.tolist()]


def reports(frames: Sequence[Frame], speakers: Speakers) -> Sequence[Report | None]:
    """Return the report of each message that is a plain one, ``None`` for what ``decode`` judges.

    Of a few messages it takes none: their columns would cost more than they save.
    """
    if len(frames) < FEW:
        return [None] * len(frames)
    return read(frames, speakers).reports()


def read(frames: Sequence[Frame], speakers: Speakers) -> Columns:
    """Return messages as columns, in their order; never raises for anything that a device can send."""
    payloads = [frame.payload for frame in frames]
    count = len(payloads)
    joined = b"\0".join((*payloads, _BEHIND))
    eights = np.ndarray((len(joined) - 7,), np.uint64, joined, strides=(1,))
    columns = Columns(
        np.frombuffer(joined, np.uint8),
        speakers.rows(frames),
        np.empty(count, np.bool_),
        np.empty((count, loop.NUMBERS)),
        np.empty((count, loop.INTEGERS), np.int64),
        speakers,
    )
    lengths = np.fromiter(map(len, payloads), np.int64, count)
    loop.read_all(
        columns.text, eights, lengths, columns.rows, LONGEST, speakers.ids,
        speakers.ids.view(np.uint64), TABLES.quoted, TABLES.masks, TABLES.widths, TABLES.keys,
        TABLES.key_masks, TABLES.key_widths, TABLES.members, TABLES.bounds, _UNSAID, _FOLLOWER.copy(),
        _NO_DAY.copy(), columns.numbers, columns.integers, columns.taken,
    )  # fmt: skip
    return columns
