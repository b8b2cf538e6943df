"""JT/T 808 location reports (message 0x0200) as raw frames, as road supervision terminals send them.

From public implementations, to be verified with the terminal's maker. The terminals speak TCP;
over MQTT their frames come through a gateway, one or more of them in a payload.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from telemetry.codecs.codec import Outcome, refused
from telemetry.report import (
    Frame,
    Notice,
    RefusalReason,
    Refused,
    Report,
    TimeSource,
    Unit,
)

LOCATION: Final = 0x0200
NOTICES: Final = {0x0002: "heartbeat", 0x0100: "registration"}

_FLAG: Final = b"\x7e"
_PHONE_2013: Final = 6
_PHONE_2019: Final = 10
_BODY_LENGTH: Final = 0x03FF
_ENCRYPTION: Final = 0x1C00
_SPLIT: Final = 0x2000
_VERSIONED: Final = 0x4000

_ACC_ON: Final = 1 << 0
_FIXED: Final = 1 << 1
_SOUTH: Final = 1 << 2
_WEST: Final = 1 << 3
_SHIFTED: Final = 1 << 5

_LOCATION: Final = struct.Struct(">IIIIHHH6s")
_SATELLITES: Final = 0x31
_NO_ALTITUDE: Final = 0xFFFF
_CHINA: Final = timezone(timedelta(hours=8))
"""Times on the wire are Beijing time, whatever the terminal's place."""


@dataclass(frozen=True, slots=True)
class Message:
    """One frame without its escapes, header read."""

    message_id: int
    phone: str
    """The terminal's number as its header has it, leading zeros removed."""
    body: bytes
    whole: bool
    """False for a part of a split message, or an encrypted one."""


@dataclass(frozen=True, slots=True)
class BadFrame:
    """What cannot be read as a frame, and why."""

    reason: RefusalReason
    found: str
    expected: str


class Jt808Codec:
    """``zone/up/<device>/tele`` with one or more raw JT/T 808 frames."""

    name = "jt808"

    def decode(self, frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
        """Return what each of the frames in the payload says, in their order."""
        return tuple(_outcome(raw, frame, unit) for raw in split(frame.payload))


def split(payload: bytes) -> Iterator[bytes]:
    """Yield what stands between the 0x7E marks, still escaped; marks may be shared or doubled."""
    return (raw for raw in payload.split(_FLAG) if raw)


def read(raw: bytes) -> Message | BadFrame:
    """Read the inside of one frame: escapes, check sum, header of either edition."""
    data = raw.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")
    if len(data) < 13:
        return BadFrame(RefusalReason.MALFORMED, f"{len(data)} bytes", "a frame of 13 or more")
    check = checksum(data[:-1])
    if check != data[-1]:
        found = f"check sum 0x{data[-1]:02x}"
        return BadFrame(RefusalReason.BAD_CHECKSUM, found, f"0x{check:02x}")
    message_id, attributes = struct.unpack_from(">HH", data)
    start, length = (5, _PHONE_2019) if attributes & _VERSIONED else (4, _PHONE_2013)
    body_at = start + length + 2 + (4 if attributes & _SPLIT else 0)
    body = data[body_at:-1]
    if len(body) != attributes & _BODY_LENGTH:
        expected = f"{attributes & _BODY_LENGTH} as the header says"
        return BadFrame(RefusalReason.MALFORMED, f"a body of {len(body)} bytes", expected)
    return Message(
        message_id=message_id,
        phone=_without_zeros(data[start : start + length].hex()),
        body=body,
        whole=not attributes & (_SPLIT | _ENCRYPTION),
    )


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


def _without_zeros(phone: str) -> str:
    return phone.lstrip("0")


def _outcome(raw: bytes, frame: Frame, unit: Unit) -> Outcome:
    message = read(raw)
    if isinstance(message, BadFrame):
        return refused(unit, message.reason, message.found, message.expected)
    registered = unit.wire_id or unit.device_id
    if message.phone != _without_zeros(registered):
        expected = f"phone number {registered} as registered"
        return refused(unit, RefusalReason.WRONG_DEVICE, repr(message.phone), expected)
    if message.message_id in NOTICES:
        return Notice(device_id=unit.device_id, kind=NOTICES[message.message_id])
    if message.message_id != LOCATION or not message.whole:
        found = f"message 0x{message.message_id:04x}" + ("" if message.whole else " in parts")
        expected = "0x0200, 0x0002 or 0x0100, whole and not encrypted"
        return refused(unit, RefusalReason.UNSUPPORTED, found, expected)
    return _location(message.body, frame, unit)


def _location(body: bytes, frame: Frame, unit: Unit) -> Report | Refused:
    if len(body) < _LOCATION.size:
        found, expected = f"a location of {len(body)} bytes", f"{_LOCATION.size} or more"
        return refused(unit, RefusalReason.MALFORMED, found, expected)
    _, status, lat, lon, altitude_m, speed, direction_deg, bcd = _LOCATION.unpack_from(body)
    when = event_time(bcd, frame.received_s)
    if when is None:
        expected = "a time as BCD YYMMDDhhmmss"
        return refused(unit, RefusalReason.OUT_OF_RANGE, bcd.hex(), expected)
    if lat > 90_000_000 or lon > 180_000_000 or direction_deg > 360:
        found = f"latitude {lat}, longitude {lon} (1e-6 deg), direction {direction_deg}"
        expected = "at most 90000000, 180000000 and 360"
        return refused(unit, RefusalReason.OUT_OF_RANGE, found, expected)
    placed = bool(status & _FIXED) and (lat != 0 or lon != 0)
    return Report(
        device_id=unit.device_id,
        event_time_s=when[0],
        time_source=when[1],
        longitude_deg=(-lon if status & _WEST else lon) / 1e6 if placed else None,
        latitude_deg=(-lat if status & _SOUTH else lat) / 1e6 if placed else None,
        source_datum=unit.datum,
        altitude_msl_m=float(altitude_m) if placed and altitude_m != _NO_ALTITUDE else None,
        satellites=_satellites(body),
        ground_speed_mps=speed / 36.0,
        track_deg=float(direction_deg) if placed else None,
        codec="jt808",
        quality_flags=tuple(_flags(status, when[1], placed=placed)),
    )


def event_time(bcd: bytes, received_s: float) -> tuple[float, TimeSource] | None:
    """Return Unix seconds from six BCD bytes of Beijing time, or None where they are no time.

    All zeros is a terminal that has had no fix since it started: the time of receipt then.
    """
    if not any(bcd):
        return received_s, TimeSource.SERVER
    digits = bcd.hex()
    try:
        local = datetime(
            2000 + int(digits[0:2]),
            int(digits[2:4]),
            int(digits[4:6]),
            int(digits[6:8]),
            int(digits[8:10]),
            int(digits[10:12]),
            tzinfo=_CHINA,
        )
    except ValueError:
        return None
    return local.timestamp(), TimeSource.DEVICE


def _flags(status: int, source: TimeSource, *, placed: bool) -> Iterator[str]:
    if not placed:
        yield "no_fix"
    if status & _SHIFTED:
        # The position went through the state's encryption plug-in, or the terminal says so:
        # terminals abroad set the bit too, so it is told and not acted upon.
        yield "position_encrypted"
    if source is TimeSource.SERVER:
        yield "time_unknown"


def _satellites(body: bytes) -> int | None:
    """Return the satellites in use from the additional items; makers leave odd bytes there."""
    at = _LOCATION.size
    while at + 2 <= len(body):
        item, length = body[at], body[at + 1]
        if item == _SATELLITES and length == 1 and at + 2 < len(body):
            return body[at + 2]
        at += 2 + length
    return None


def encode_location(
    phone: str,
    event_time_s: float,
    longitude_deg: float,
    latitude_deg: float,
    *,
    altitude_msl_m: float = 0.0,
    ground_speed_mps: float = 0.0,
    track_deg: float = 0.0,
    satellites: int | None = None,
    serial: int = 0,
    fixed: bool = True,
) -> bytes:
    """Return the raw frame that a terminal would send, in the header of 2013.

    ``phone`` is up to 12 digits. Positions keep 1e-6 degrees, heights whole metres, speeds
    0.1 km/h, times whole seconds. Raises ValueError for what the format cannot hold.
    """
    if not (phone.isascii() and phone.isdigit() and len(phone) <= 2 * _PHONE_2013):
        msg = f"found phone number {phone!r}, expected up to 12 digits"
        raise ValueError(msg)
    status = (
        _ACC_ON
        | (_FIXED if fixed else 0)
        | (_SOUTH if latitude_deg < 0 else 0)
        | (_WEST if longitude_deg < 0 else 0)
    )
    try:
        body = _LOCATION.pack(
            0,
            status,
            round(abs(latitude_deg) * 1e6),
            round(abs(longitude_deg) * 1e6),
            max(0, round(altitude_msl_m)),
            round(ground_speed_mps * 36.0),
            round(track_deg) % 360,
            _bcd(event_time_s),
        )
    except struct.error as error:
        raise ValueError(str(error)) from error
    if satellites is not None:
        body += bytes((_SATELLITES, 1, satellites))
    return encode_frame(LOCATION, phone, body, serial=serial)


def encode_frame(message_id: int, phone: str, body: bytes, *, serial: int = 0) -> bytes:
    """Return one frame with header of 2013, check sum, escapes and marks."""
    header = struct.pack(">HH", message_id, len(body))
    header += bytes.fromhex(phone.zfill(2 * _PHONE_2013)) + struct.pack(">H", serial & 0xFFFF)
    data = header + body
    data += bytes((checksum(data),))
    return _FLAG + data.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02") + _FLAG


def _bcd(event_time_s: float) -> bytes:
    local = datetime.fromtimestamp(event_time_s, UTC).astimezone(_CHINA)
    return bytes.fromhex(local.strftime("%y%m%d%H%M%S"))


CODEC = Jt808Codec()
