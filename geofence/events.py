"""What a batch of fixes brought about."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

WITHDRAWN = -1
"""The slot of a zone that the snapshot no longer has."""


class EventKind(StrEnum):
    """What happened between a device and a zone."""

    ENTER = "enter"
    EXIT = "exit"
    CROSS = "cross"
    """Outside at both fixes, inside on the way between them."""
    FIRST_INSIDE = "first_inside"
    """Inside at the first fix ever seen: nobody saw it enter."""


class Cause(StrEnum):
    """Why it happened."""

    DEVICE_MOVED = "device_moved"
    ZONE_CHANGED = "zone_changed"
    TIME_PASSED = "time_passed"


class ZoneEvent(NamedTuple):
    """One device and one zone at one moment.

    ``row`` is the row of the batch; ``slot`` is the zone's in the snapshot, or ``WITHDRAWN``.
    Of a crossing, the place and time are where the way between the fixes first enters.
    """

    kind: EventKind
    row: int
    device: int
    slot: int
    zone_id: str
    at_s: float
    longitude_deg: float
    latitude_deg: float
    cause: Cause
    inside_probability: float = math.nan
    """How probable it is that the device was over the zone's ground at the fix that told of it, by
    the accuracy of that fix; NaN where that is not known, and of a crossing."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on each row of a batch, and what changed.

    After a step these are lists that are made when they are first read.
    """

    devices: Sequence[int]
    """The device number of each row."""
    known: Sequence[bool]
    """False where the position is unknown: such a row is neither inside nor outside anything."""
    inside: Sequence[tuple[int, ...]]
    """The slots that hold each row, ascending."""
    unknown: Sequence[tuple[int, ...]]
    """The slots that may hold the row, or may have held it on the way to it: over their ground,
    but a height that decides is not known. Ascending, and never those of ``inside``."""
    events: Sequence[ZoneEvent]
    """In the order of the rows."""
