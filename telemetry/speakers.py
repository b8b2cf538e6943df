"""Who speaks the platform's own JSON, by the topic on which it reports."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telemetry import topic_loop, topics
from telemetry.canonical_loop import ID_BYTES, ID_DATUM, ID_LENGTH
from telemetry.codecs import canonical
from telemetry.codecs.codec import Codec
from telemetry.report import Datum, Frame, Unit

NOBODY: Final = -1
"""Not known yet, or not registered."""
OTHERS: Final = -2
"""Registered, and for the plain decoder: another format, another channel, out of service."""

MANY: Final = 64
"""Messages; of fewer each topic is looked up by itself: to call a compiled loop costs as much as that."""

_DATUMS: Final = tuple(Datum)
_BEHIND: Final = 16 * "\0"
"""Behind all topics, so that there are eight bytes from each of theirs on."""


class Speakers:
    """The devices of one registration that report in canonical JSON, each with a row of its own.

    Rows are given as devices are first heard, so that a registration of a hundred thousand costs
    nothing to take over. Belongs to one thread.
    """

    def __init__(self, units: Mapping[str, Unit], codecs: Mapping[str, Codec]) -> None:
        self.units = units
        self.codecs = codecs
        self.device_ids: list[str] = []
        """By row."""
        self.ids: NDArray[np.uint8] = np.zeros((64, ID_BYTES), np.uint8)
        """The same in bytes, as ``canonical_loop`` reads them; rows beyond the last are not used."""
        self._rows: dict[str, int] = {}
        self._table: NDArray[np.int64] = np.zeros(256, np.int64)
        """The rows by their topics, for ``topic_loop``."""

    def rows(self, frames: Sequence[Frame]) -> NDArray[np.int64]:
        """Return the row of each frame's sender, (n,); below 0 it is for the plain decoder."""
        if len(frames) < MANY:
            find = self._rows.get
            rows = np.array([find(frame.topic, NOBODY) for frame in frames], np.int64)
        else:
            rows = self._found([frame.topic for frame in frames])
        if True in [frame.retained for frame in frames]:
            rows[[frame.retained for frame in frames]] = OTHERS
        for place in (rows == NOBODY).nonzero()[0].tolist():
            rows[place] = self._learn(frames[place].topic)
        return rows

    def _found(self, said: list[str]) -> NDArray[np.int64]:
        """Look topics up in the table; below 0 are those that are not there."""
        text = "\0".join((*said, _BEHIND)).encode(errors="surrogatepass")
        eights = np.ndarray((len(text) - 7,), np.uint64, text, strides=(1,))
        rows, where = np.empty(len(said), np.int64), np.empty((len(said), 3), np.int64)
        end = topic_loop.find(
            np.frombuffer(text, np.uint8), eights, self._table, self.ids, self.ids.view(np.uint64),
            where, rows,
        )  # fmt: skip
        if end != len(text) - len(_BEHIND):
            rows[:] = NOBODY
        return rows

    def _learn(self, topic: str) -> int:
        """Look a topic up; those of nobody are forgotten again, for there is no end of them."""
        known = self._rows.get(topic)
        if known is not None:
            return known
        parts = topics.parse(topic)
        unit = None if parts is None else self.units.get(parts.device_id)
        if parts is None or unit is None:
            return NOBODY
        row = self._rows[topic] = self._new(unit) if self._speaks(unit, parts) else OTHERS
        return row

    def _speaks(self, unit: Unit, topic: topics.Topic) -> bool:
        return (
            unit.active
            and topic.family is topics.Family.ZONE
            and topic.channel is topics.Channel.TELE
            and unit.device_id == topic.device_id
            and self.codecs.get(unit.codec) is canonical.CODEC
        )

    def _new(self, unit: Unit) -> int:
        row = len(self.device_ids)
        if row == len(self.ids):
            self.ids = np.concatenate((self.ids, np.zeros_like(self.ids)))
        self.device_ids.append(unit.device_id)
        name = unit.device_id.encode()
        self.ids[row, : len(name)] = np.frombuffer(name, np.uint8)
        self.ids[row, ID_DATUM], self.ids[row, ID_LENGTH] = _DATUMS.index(unit.datum), len(name)
        first = row
        if 2 * len(self.device_ids) > len(self._table):
            first, self._table = 0, np.zeros(2 * len(self._table), np.int64)
        topic_loop.enter(self._table, self.ids, self.ids.view(np.uint64), first, row + 1)
        return row
