"""By which law a late report is judged: by what held in its own time. Pure.

Of the time since nothing that concerns a device has changed, that is the world in use. What held
before must be fetched from the store, which the judgement cannot do: a row of late reports says of
which moment it asks, and waits. The law comes with a frame of its own, in which the journal has since
when and until when it held, and by what it can be made again; so a replay judges by the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import inf
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from telemetry.report import Frame
from zone_service.clock_frames import LAW_TOPIC
from zone_service.late_row import MAX_WAITING, LateRow
from zone_service.memory import DeviceState, Memory
from zone_service.store.records import JudgedBy
from zone_service.world import World

LONGEST_WAIT_S: Final = 300.0
"""A row that has waited for so long is judged by what holds now, and says so."""


Laws = Mapping[bytes, World]
"""The worlds of then that some frames bring, by their payloads."""
NO_LAWS: Final[Laws] = MappingProxyType({})


class Law(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What was judged by from one moment until another, which is outside."""

    from_s: float
    until_s: float
    by: JudgedBy | None
    """``None`` where nothing of then can be made: what holds now serves."""
    instead_s: float | None = None
    """Where it is the law of another time: since when that one held."""

    def in_words(self) -> dict[str, object]:
        """Return it for the log."""
        return {
            "from_s": self.from_s,
            "until_s": self.until_s,
            "instead_s": self.instead_s,
            "zones_revision": None if self.by is None else self.by.zone_revision,
        }


class Judging(NamedTuple):
    """By what a stretch of a row is judged: reports from one moment until another."""

    world: World
    from_s: float = -inf
    until_s: float = inf
    instead_s: float | None = None
    """As of the law."""

    def covers(self, at_s: float) -> bool:
        """Whether what was said then is judged by it."""
        return self.from_s <= at_s < self.until_s


def law_frame(law: Law, at_s: float) -> Frame:
    """Return the frame that brings a law."""
    return Frame(LAW_TOPIC, msgspec.msgpack.encode(law), at_s)


def law_of(frame: Frame) -> Law:
    """Return the law that a frame brings."""
    return _LAW.decode(frame.payload)


def laws_of(frames: Iterable[Frame]) -> Iterator[tuple[bytes, JudgedBy]]:
    """Yield what some frames bring that a world is to be made of, and the payload that names it."""
    for frame in frames:
        if frame.topic == LAW_TOPIC and (by := law_of(frame).by) is not None:
            yield frame.payload, by


def held_since_s(memory: Memory, device: DeviceState) -> float:
    """Return since when a device is judged by what it is judged by now. Server time."""
    return max(memory.law_s, device.granted_s)


def by_law(law: Law, then: World, first_s: float | None, held_s: float) -> Judging | None:
    """Return how a law judges a row from a moment on, if it does; ``then`` is what it says.

    What holds now judges all that it has held for, which is from ``held_s`` on.
    """
    judging = Judging(then, law.from_s, min(law.until_s, held_s), law.instead_s)
    return judging if first_s is not None and judging.covers(first_s) else None


def by_now(
    world: World, row: LateRow, first_s: float | None, held_s: float, now_s: float
) -> Judging | None:
    """Return how what holds now judges a row from a moment on; ``None``: it must wait for a law."""
    if first_s is None:
        return Judging(world)
    if first_s >= held_s:
        return Judging(world, held_s)
    if has_waited_long(row, now_s) or len(row.reports) >= MAX_WAITING:
        return Judging(world, until_s=held_s, instead_s=held_s)
    return None


def waits(row: LateRow, now_s: float) -> bool:
    """Whether a row waits for the law of its time."""
    return row.asks_s < inf and not has_waited_long(row, now_s)


def has_waited_long(row: LateRow, now_s: float) -> bool:
    """Whether a row has waited for longer than any does."""
    return now_s - row.asked_s >= LONGEST_WAIT_S


def asking(row: LateRow, first_s: float | None, held_s: float, now_s: float) -> LateRow:
    """Return a row that waits for the law of a moment, unless that is what holds now."""
    if first_s is None or first_s >= held_s:
        return msgspec.structs.replace(row, asks_s=inf, asked_s=inf)
    return msgspec.structs.replace(row, asks_s=first_s, asked_s=min(row.asked_s, now_s))


_LAW = msgspec.msgpack.Decoder(Law)
