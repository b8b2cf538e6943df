"""JT/T 808 location reports as raw frames, as road supervision terminals send them.

From public implementations, to be verified with the terminal's maker. The terminals speak TCP;
over MQTT their frames come through a gateway, one or more of them in a payload.
"""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from telemetry.codecs.codec import MAX_MESSAGES, Outcome, bounded, numbered, printable, refused
from telemetry.codecs.jt808_frame import (
    BadFrame,
    Edition,
    Message,
    encode_frame,
    read,
    split,
    without_zeros,
)
from telemetry.codecs.jt808_session import (
    AUTHENTICATION,
    BATCH,
    HEARTBEAT,
    REGISTRATION,
    read_authentication,
    read_registration,
)
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

_EMERGENCY: Final = 1 << 0
_GNSS_FAULTS: Final = 1 << 4 | 1 << 5 | 1 << 6
"""The receiver is broken, its antenna is off, or its antenna is shorted."""

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


class Jt808Codec:
    """``zone/up/<device>/tele`` with one or more raw JT/T 808 frames."""

    name = "jt808"

    def decode(self, frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
        """Return what each of the frames in the payload says, in their order."""
        return bounded(_outcomes(frame, unit), MAX_MESSAGES, unit, "messages")


def _outcomes(frame: Frame, unit: Unit) -> Iterator[Outcome]:
    for raw in split(frame.payload):
        message = read(raw)
        if isinstance(message, BadFrame):
            yield refused(unit, message.reason, message.found, message.expected)
        else:
            yield from _said(message, frame, unit)


def _said(message: Message, frame: Frame, unit: Unit) -> Iterator[Outcome]:
    registered = unit.wire_id or unit.device_id
    if message.phone != without_zeros(registered):
        expected = f"phone number {registered} as registered"
        yield refused(unit, RefusalReason.WRONG_DEVICE, repr(message.phone), expected)
    else:
        for said in _its_own(message, frame, unit):
            yield numbered(said, message.serial)


def _its_own(message: Message, frame: Frame, unit: Unit) -> Iterator[Outcome]:
    if message.part is not None or message.encrypted:
        yield _unsupported(message, unit)
    elif message.message_id == LOCATION:
        yield location(message.body, frame, unit, message.serial)
    elif message.message_id == BATCH:
        yield from _batch(message, frame, unit)
    else:
        yield _notice(message, unit)


def _unsupported(message: Message, unit: Unit) -> Refused:
    found = f"message 0x{message.message_id:04x}"
    if message.part is not None:
        found += f" in parts ({message.part[0]} of {message.part[1]})"
    if message.encrypted:
        found += ", encrypted"
    known = (LOCATION, BATCH, HEARTBEAT, REGISTRATION, AUTHENTICATION)
    names = ", ".join(f"0x{number:04x}" for number in known)
    return refused(unit, RefusalReason.UNSUPPORTED, found, f"{names}, whole and not encrypted")


def _notice(message: Message, unit: Unit) -> Notice | Refused:
    if message.message_id == HEARTBEAT:
        return Notice(device_id=unit.device_id, kind="heartbeat", serial=message.serial)
    if message.message_id == REGISTRATION:
        return _told(unit, message, "registration", _registration(message))
    if message.message_id == AUTHENTICATION:
        return _told(unit, message, "authentication", _authentication(message))
    return _unsupported(message, unit)


def _told(unit: Unit, message: Message, kind: str, detail: str | None) -> Notice | Refused:
    if detail is None:
        expected = "the body of its edition"
        return refused(unit, RefusalReason.MALFORMED, f"{kind} cut short", expected)
    said = printable(detail)
    return Notice(device_id=unit.device_id, kind=kind, detail=said, serial=message.serial)


def _registration(message: Message) -> str | None:
    said = read_registration(message)
    if said is None:
        return None
    return (
        f"plate {said.plate} (colour {said.plate_colour}), division {said.province:02d}"
        f"{said.city:04d}, maker {said.maker}, model {said.model}, terminal {said.terminal}"
    )


def _authentication(message: Message) -> str | None:
    """The code is a secret and stays out."""
    said = read_authentication(message)
    if said is None:
        return None
    return f"IMEI {said.imei}, software {said.software}" if said.imei else "by its code"


def _batch(message: Message, frame: Frame, unit: Unit) -> Iterator[Outcome]:
    """Yield what was kept while there was no network, each location by itself; all have one serial."""
    body = message.body
    count = int.from_bytes(body[:2], "big")
    at, read_so_far = 3, 0
    while at + 2 <= len(body) and read_so_far < count:
        end = at + 2 + int.from_bytes(body[at : at + 2], "big")
        if end > len(body):
            break
        yield location(body[at + 2 : end], frame, unit, message.serial)
        at, read_so_far = end, read_so_far + 1
    if read_so_far < count or count == 0:
        found, expected = f"{read_so_far} whole locations", f"{count} as the batch says, 1 or more"
        yield refused(unit, RefusalReason.MALFORMED, found, expected)


def location(body: bytes, frame: Frame, unit: Unit, serial: int | None = None) -> Report | Refused:
    """Return the report of a location's body, or why it is none; ``serial`` is that of its message."""
    if len(body) < _LOCATION.size:
        found, expected = f"a location of {len(body)} bytes", f"{_LOCATION.size} or more"
        return refused(unit, RefusalReason.MALFORMED, found, expected)
    alarms, status, lat, lon, altitude_m, speed, direction_deg, bcd = _LOCATION.unpack_from(body)
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
        quality_flags=tuple(_flags(alarms, status, when[1], placed=placed)),
        serial=serial,
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


def _flags(alarms: int, status: int, source: TimeSource, *, placed: bool) -> Iterator[str]:
    if not placed:
        yield "no_fix"
    if alarms & _EMERGENCY:
        yield "emergency_alarm"
    if alarms & _GNSS_FAULTS:
        yield "gnss_fault"
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
    alarms: int = 0,
    edition: Edition = Edition.OF_2013,
) -> bytes:
    """Return the raw frame that a terminal would send.

    Positions keep 1e-6 degrees, heights whole metres, speeds 0.1 km/h, times whole seconds.
    Raises ValueError for what the format cannot hold.
    """
    body = location_body(
        event_time_s,
        longitude_deg,
        latitude_deg,
        altitude_msl_m=altitude_msl_m,
        ground_speed_mps=ground_speed_mps,
        track_deg=track_deg,
        satellites=satellites,
        fixed=fixed,
        alarms=alarms,
    )
    return encode_frame(LOCATION, phone, body, serial=serial, edition=edition)


def location_body(
    event_time_s: float,
    longitude_deg: float,
    latitude_deg: float,
    *,
    altitude_msl_m: float = 0.0,
    ground_speed_mps: float = 0.0,
    track_deg: float = 0.0,
    satellites: int | None = None,
    fixed: bool = True,
    alarms: int = 0,
) -> bytes:
    """Return what stands in message 0x0200, and once for each location in 0x0704."""
    status = (
        _ACC_ON
        | (_FIXED if fixed else 0)
        | (_SOUTH if latitude_deg < 0 else 0)
        | (_WEST if longitude_deg < 0 else 0)
    )
    try:
        body = _LOCATION.pack(
            alarms,
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
    return body if satellites is None else body + bytes((_SATELLITES, 1, satellites))


def _bcd(event_time_s: float) -> bytes:
    local = datetime.fromtimestamp(event_time_s, UTC).astimezone(_CHINA)
    return bytes.fromhex(local.strftime("%y%m%d%H%M%S"))


CODEC = Jt808Codec()
