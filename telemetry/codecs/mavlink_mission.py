"""What is said between a station and an autopilot to put a fence on board: frames both ways.

Fields are read and written by pymavlink, imported with the first frame.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from telemetry.codecs.mavlink_frame import Raw

OUR_SYSTEM: Final = 250
"""Beside 255, which other stations call themselves."""
OUR_COMPONENT: Final = 190
FENCE: Final = 1
"""MAV_MISSION_TYPE_FENCE: neither the flight plan nor rally points."""
GLOBAL: Final = 0
"""MAV_FRAME_GLOBAL: latitude and longitude; a fence has no heights."""
ACCEPTED: Final = 0


class Said(IntEnum):
    """What an autopilot says of a mission, by the number of its message."""

    REQUEST = 40
    ACK = 47
    REQUEST_INT = 51


READ: Final = frozenset(Said)


@dataclass(frozen=True, slots=True)
class Asks:
    """The autopilot wants an item."""

    number: int


@dataclass(frozen=True, slots=True)
class Ends:
    """The autopilot has taken it all, or will not."""

    result: int
    why: str
    """As MAVLink calls the result; empty where it has taken it."""


def read(raw: Raw) -> Asks | Ends | None:
    """Return what a frame says to us of a fence; ``None`` where it is not of one, not to us, or broken."""
    common, made = _common()
    try:
        said = made.decode(bytearray(raw.data))
    except common.MAVError:
        return None
    is_ours = said.target_system == OUR_SYSTEM and said.mission_type == FENCE
    if not is_ours:
        return None
    if raw.message_id != Said.ACK:
        return Asks(int(said.seq))
    result = int(said.type)
    named = common.enums["MAV_MISSION_RESULT"].get(result)
    why = "" if result == ACCEPTED else str(named.name if named is not None else result)
    return Ends(result, why)


def announced(system: int, component: int, count: int) -> bytes:
    """Return what says that a fence of so many items comes; of none, that there is to be no fence."""
    if count == 0:
        return _packed(lambda by: by.mission_clear_all_encode(system, component, FENCE))
    return _packed(lambda by: by.mission_count_encode(system, component, count, FENCE))


def item(
    system: int, component: int, number: int, command: int, param1: float, x: int, y: int
) -> bytes:
    """Return one item of a fence; ``x`` and ``y`` are latitude and longitude in 1e-7 degrees."""
    return _packed(
        lambda by: by.mission_item_int_encode(
            system, component, number, GLOBAL, command, 0, 1, param1, 0, 0, 0, x, y, 0, FENCE
        )
    )


def _packed(encode: Callable[[Any], Any]) -> bytes:
    _, by = _common()
    return bytes(encode(by).pack(by))


def _common() -> tuple[Any, Any]:
    from pymavlink.dialects.v20 import common

    return common, common.MAVLink(None, srcSystem=OUR_SYSTEM, srcComponent=OUR_COMPONENT)
