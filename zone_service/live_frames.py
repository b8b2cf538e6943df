"""What a viewer's socket carries: JSON messages, binary frames of positions, WebSocket framing.

Frames are made once and written to everybody who may see them: a server's WebSocket frames are
not masked, so the same bytes serve every viewer.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from websockets.frames import Frame, Opcode

VERSION: Final = 2
FULL: Final = 1
DELTA: Final = 2

HEADER: Final = np.dtype(
    [
        ("version", "u1"),
        ("type", "u1"),
        ("flags", "<u2"),
        ("count", "<u4"),
        ("seq", "<u8"),
        ("t_ms", "<u8"),
    ]
)
OBJECT: Final = np.dtype(
    [
        ("slot", "<u4"),
        ("longitude_e7", "<i4"),
        ("latitude_e7", "<i4"),
        ("heading_e2", "<u2"),
        ("flags", "<u2"),
        ("height_quarter_m", "<i2"),
        ("speed_cmps", "<u2"),
    ]
)
"""Twenty bytes an object. The height is above the ground, in quarters of a metre."""
HEADING_UNKNOWN: Final = 65535
HEIGHT_UNKNOWN: Final = -32768
SPEED_UNKNOWN: Final = 65535

DOMAIN_MASK: Final = 0b11
VIOLATING: Final = 1 << 2
STALE: Final = 1 << 3
POSITION_UNKNOWN: Final = 1 << 4

ObjectRow = tuple[int, str, str, str, str | None]
"""Slot, device id, label, domain, permit number."""

_json = msgspec.json.Encoder().encode


E7_DECIMALS: Final = 7


def as_exact_as(rows: NDArray[np.void], decimals: int | None) -> NDArray[np.void]:
    """Return rows of ``OBJECT`` with their places to so many decimals of a degree; ``None`` as they are."""
    if decimals is None or decimals >= E7_DECIMALS:
        return rows
    told, unit = rows.copy(), 10 ** (E7_DECIMALS - decimals)
    for name in ("longitude_e7", "latitude_e7"):
        told[name] = np.rint(rows[name] / unit) * unit
    return told


def positions(kind: int, seq: int, t_ms: int, rows: NDArray[np.void]) -> bytes:
    """Return the frame of some rows of ``OBJECT``: ``FULL`` for all that is in view."""
    header = np.array((VERSION, kind, 0, len(rows), seq, t_ms), HEADER)
    return framed(header.tobytes() + rows.tobytes(), Opcode.BINARY)


def message(said: Mapping[str, Any]) -> bytes:
    """Return the frame of a JSON message."""
    return framed(_json(said), Opcode.TEXT)


def objects(add: Iterable[ObjectRow], gone: Iterable[int]) -> bytes:
    """Return the frame that announces objects and takes others away."""
    return message({"op": "objects", "add": list(add), "del": list(gone)})


def violation(seq: int, event: str, told: Mapping[str, Any]) -> bytes:
    """Return the frame of one event of the feed."""
    return message({"op": "violation", "seq": seq, "event": event, "violation": told})


def forecast(told: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the frame of what devices are about to break; nothing of a device takes it back."""
    return message({"op": "forecast", "devices": list(told)})


def framed(payload: bytes, opcode: Opcode) -> bytes:
    """Return one whole WebSocket message as a server sends it."""
    return Frame(opcode, payload).serialize(mask=False)
