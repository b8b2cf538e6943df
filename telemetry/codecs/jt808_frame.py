"""The frame of JT/T 808: marks, escapes, check sum, and the header of either edition."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from telemetry.report import RefusalReason

_FLAG: Final = b"\x7e"
_BODY_LENGTH: Final = 0x03FF
_ENCRYPTION: Final = 0x1C00
_SPLIT: Final = 0x2000
_VERSIONED: Final = 0x4000
_LEAST: Final = 13
"""Header and check sum of an empty message in the shorter header."""


class Edition(IntEnum):
    """The standard's edition that a header follows, told by a bit of it."""

    OF_2013 = 2013
    """A phone number of 12 digits."""
    OF_2019 = 2019
    """A version byte, and a phone number of 20 digits."""


_PHONE_BYTES: Final = {Edition.OF_2013: 6, Edition.OF_2019: 10}


@dataclass(frozen=True, slots=True)
class Message:
    """One frame without its escapes, header read."""

    message_id: int
    phone: str
    """The terminal's number as its header has it, leading zeros removed."""
    serial: int
    edition: Edition
    body: bytes
    part: tuple[int, int] | None = None
    """Which part of how many, where the message is split."""
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class BadFrame:
    """What cannot be read as a frame, and why."""

    reason: RefusalReason
    found: str
    expected: str


def split(payload: bytes) -> Iterator[bytes]:
    """Yield what stands between the 0x7E marks, still escaped; marks may be shared or doubled."""
    return (raw for raw in payload.split(_FLAG) if raw)


def read(raw: bytes) -> Message | BadFrame:
    """Read the inside of one frame: escapes, check sum, header of either edition."""
    data = raw.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")
    if len(data) < _LEAST:
        return BadFrame(RefusalReason.MALFORMED, f"{len(data)} bytes", "a frame of 13 or more")
    check = checksum(data[:-1])
    if check != data[-1]:
        found = f"check sum 0x{data[-1]:02x}"
        return BadFrame(RefusalReason.BAD_CHECKSUM, found, f"0x{check:02x}")
    message_id, attributes = struct.unpack_from(">HH", data)
    edition = Edition.OF_2019 if attributes & _VERSIONED else Edition.OF_2013
    phone_at = 5 if edition is Edition.OF_2019 else 4
    serial_at = phone_at + _PHONE_BYTES[edition]
    body_at = serial_at + 2 + (4 if attributes & _SPLIT else 0)
    body = data[body_at:-1]
    if len(body) != attributes & _BODY_LENGTH or body_at >= len(data):
        expected = f"{attributes & _BODY_LENGTH} as the header says"
        return BadFrame(RefusalReason.MALFORMED, f"a body of {len(body)} bytes", expected)
    return Message(
        message_id=message_id,
        phone=without_zeros(data[phone_at:serial_at].hex()),
        serial=int.from_bytes(data[serial_at : serial_at + 2], "big"),
        edition=edition,
        body=body,
        part=_part(data, serial_at + 2) if attributes & _SPLIT else None,
        encrypted=bool(attributes & _ENCRYPTION),
    )


def _part(data: bytes, at: int) -> tuple[int, int]:
    parts, number = struct.unpack_from(">HH", data, at)
    return number, parts


def checksum(data: bytes) -> int:
    """Return the exclusive or of all bytes.

    The number that the bytes make is folded in half until one byte is left: a loop over the
    bytes takes longer than all the rest of the decoding.
    """
    bits = 8 << max(0, len(data) - 1).bit_length()
    folded = int.from_bytes(data, "big")
    while bits > 8:
        bits //= 2
        folded = (folded >> bits) ^ (folded & ((1 << bits) - 1))
    return folded


def without_zeros(phone: str) -> str:
    """Return a phone number without the zeros that fill it up."""
    return phone.lstrip("0")


def encode_frame(
    message_id: int,
    phone: str,
    body: bytes,
    *,
    serial: int = 0,
    edition: Edition = Edition.OF_2013,
) -> bytes:
    """Return one frame with header, check sum, escapes and marks.

    Raises ValueError for a phone number or a body that the header cannot hold.
    """
    digits = 2 * _PHONE_BYTES[edition]
    if not (phone.isascii() and phone.isdigit() and len(phone) <= digits):
        msg = f"found phone number {phone!r}, expected up to {digits} digits"
        raise ValueError(msg)
    if len(body) > _BODY_LENGTH:
        msg = f"found a body of {len(body)} bytes, expected at most {_BODY_LENGTH}"
        raise ValueError(msg)
    versioned = edition is Edition.OF_2019
    data = struct.pack(">HH", message_id, len(body) | (_VERSIONED if versioned else 0))
    data += (b"\x01" if versioned else b"") + bytes.fromhex(phone.zfill(digits))
    data += struct.pack(">H", serial & 0xFFFF) + body
    data += bytes((checksum(data),))
    return _FLAG + data.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02") + _FLAG
