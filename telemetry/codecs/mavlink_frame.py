"""Where the frames of MAVLink 1 and 2 begin and end in a payload."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

_MARK_1: Final = 0xFE
_MARK_2: Final = 0xFD
_SIGNED: Final = 1
_SIGNATURE_BYTES: Final = 13


class Kind(IntEnum):
    """The kinds of message that are read, by their numbers."""

    HEARTBEAT = 0
    SYSTEM_TIME = 2
    GPS_RAW = 24
    POSITION = 33
    """GLOBAL_POSITION_INT."""
    LANDED = 245
    """EXTENDED_SYS_STATE."""
    BASIC_ID = 12900
    ID_LOCATION = 12901
    PACK = 12915


@dataclass(frozen=True, slots=True)
class Raw:
    """One frame, cut out of a payload, its check sum not yet looked at."""

    data: bytes
    message_id: int
    system: int
    component: int
    """Which part of the system speaks: its autopilot is 1, others are cameras, gimbals, radios."""
    unknown_flags: bool
    """Whether the sender demands something of its readers that came after this was written."""


def cut(payload: bytes) -> Iterator[Raw | bytes]:
    """Yield the frames of a payload, and what stands between them as it is."""
    at = 0
    while at < len(payload):
        raw = _frame_at(payload, at)
        if raw is not None:
            yield raw
            at += len(raw.data)
            continue
        end = _next_mark(payload, at + 1)
        yield payload[at:end]
        at = end


def _next_mark(payload: bytes, start: int) -> int:
    places = (payload.find(bytes((mark,)), start) for mark in (_MARK_1, _MARK_2))
    return min((place for place in places if place >= 0), default=len(payload))


def _frame_at(payload: bytes, at: int) -> Raw | None:
    """Return the frame whose mark is at ``at``, or None where none or not a whole one is."""
    mark, head = payload[at], payload[at : at + 10]
    flags = 0
    if mark == _MARK_2 and len(head) == 10:
        flags = head[2]
        size = 12 + head[1] + (_SIGNATURE_BYTES if flags & _SIGNED else 0)
        message_id = int.from_bytes(head[7:10], "little")
        system, component = head[5], head[6]
    elif mark == _MARK_1 and len(head) >= 8:
        size, message_id = 8 + head[1], head[5]
        system, component = head[3], head[4]
    else:
        return None
    data = payload[at : at + size]
    if len(data) < size:
        return None
    return Raw(data, message_id, system, component, unknown_flags=bool(flags & ~_SIGNED))
