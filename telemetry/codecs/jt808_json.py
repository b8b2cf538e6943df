"""JT/T 808 as the JSON of a gateway: the members of a message by name, in place of its bytes.

From the public guide of one gateway, to be verified with it. A location is put back into the bytes
that the members are from, and read by the one decoder of those.
"""

import struct
from collections.abc import Iterator
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from telemetry.codecs.codec import MAX_MESSAGES, Outcome, numbered, refused
from telemetry.codecs.json_errors import NOT_DECODED, json_refusal
from telemetry.codecs.jt808 import location
from telemetry.report import Frame, Notice, RefusalReason, Refused, Report, Unit

LOCATION: Final = 0x0200
BATCH: Final = 0x0704
"""Locations that were kept, or are sent together."""
NOTICES: Final = {0x0002: "heartbeat", 0x0100: "registration", 0x0102: "authentication"}

_BODY: Final = struct.Struct(">IIIIHHH6s")
"""Alarms, status, latitude, longitude, altitude, speed, direction, time."""
_SATELLITES: Final = 0x31
_BCD: Final = r"^[0-9]{12}\Z"
"""Not ``$``: before that a line may end."""

_Double = Annotated[int, Meta(ge=0, le=0xFFFF_FFFF)]
_Word = Annotated[int, Meta(ge=0, le=0xFFFF)]
_Phone = Annotated[int, Meta(ge=0, lt=10**18)]


class Extra(msgspec.Struct, gc=False):
    """The items behind a location; of them this one."""

    gnss_sat_num: Annotated[int, Meta(ge=0, le=255)] | None = None


class Location(msgspec.Struct, gc=False, kw_only=True):
    """1e-6 degrees, metres, 0.1 km/h, degrees, and ``YYMMDDhhmmss`` in Beijing."""

    alarm: _Double = 0
    status: _Double
    latitude: _Double
    longitude: _Double
    altitude: _Word
    speed: _Word
    direction: _Word
    time: Annotated[str, Meta(pattern=_BCD)]
    extra: Extra | None = None


class Batch(msgspec.Struct, gc=False):
    """Several locations, each read alone: a bad one must not cost what was kept for hours."""

    location: Annotated[list[msgspec.Raw], Meta(max_length=MAX_MESSAGES)]


class Header(msgspec.Struct, gc=False, kw_only=True):
    """Of every message; the phone number is text by the guide's table and a number in its example."""

    msg_id: Annotated[int, Meta(ge=0, le=0xFFFF)]
    phone: Annotated[str, Meta(max_length=20)] | _Phone
    encrypt: int = 0
    msg_sn: _Word | None = None
    """The terminal's own count of its messages."""


class Message(msgspec.Struct, gc=False):
    """Header and body."""

    header: Header
    body: msgspec.Raw = msgspec.Raw(b"{}")


_MESSAGE = msgspec.json.Decoder(Message)
_LOCATION = msgspec.json.Decoder(Location)
_BATCH = msgspec.json.Decoder(Batch)


class Jt808JsonCodec:
    """``zone/up/<device>/tele`` with one message of the gateway."""

    name = "jt808_json"

    def decode(self, frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
        """Return what the message says: of a batch, each location in its order."""
        try:
            message = _MESSAGE.decode(frame.payload)
        except NOT_DECODED as error:
            return (json_refusal(unit, frame.payload, error),)
        return tuple(_outcomes(message, frame, unit))


def _outcomes(message: Message, frame: Frame, unit: Unit) -> Iterator[Outcome]:
    header, body = message.header, bytes(message.body)
    registered = unit.wire_id or unit.device_id
    if str(header.phone).lstrip("0") != registered.lstrip("0"):
        expected = f"phone number {registered} as registered"
        yield refused(unit, RefusalReason.WRONG_DEVICE, repr(header.phone), expected)
    else:
        for said in _its_own(header, body, frame, unit):
            yield numbered(said, header.msg_sn)


def _its_own(header: Header, body: bytes, frame: Frame, unit: Unit) -> Iterator[Outcome]:
    if header.encrypt:
        expected = "encrypt 0: the platform holds no key"
        yield refused(unit, RefusalReason.UNSUPPORTED, f"encrypt {header.encrypt}", expected)
    elif header.msg_id in NOTICES:
        kind = NOTICES[header.msg_id]
        yield Notice(device_id=unit.device_id, kind=kind, serial=header.msg_sn)
    elif header.msg_id == LOCATION:
        yield _location(body, frame, unit, header.msg_sn)
    elif header.msg_id == BATCH:
        yield from _batch(body, frame, unit, header.msg_sn)
    else:
        expected = "512, 1796, 2, 256 or 258"
        yield refused(unit, RefusalReason.UNSUPPORTED, f"msg_id {header.msg_id}", expected)


def _batch(body: bytes, frame: Frame, unit: Unit, serial: int | None) -> Iterator[Outcome]:
    try:
        each = _BATCH.decode(body).location
    except NOT_DECODED as error:
        yield json_refusal(unit, body, error)
        return
    for raw in each:
        yield _location(bytes(raw), frame, unit, serial)


def _location(body: bytes, frame: Frame, unit: Unit, serial: int | None) -> Report | Refused:
    try:
        return _report(_LOCATION.decode(body), frame, unit, serial)
    except NOT_DECODED as error:
        return json_refusal(unit, body, error)


def _report(said: Location, frame: Frame, unit: Unit, serial: int | None) -> Report | Refused:
    body = _BODY.pack(
        said.alarm, said.status, said.latitude, said.longitude, said.altitude, said.speed,
        said.direction, bytes.fromhex(said.time),
    )  # fmt: skip
    satellites = None if said.extra is None else said.extra.gnss_sat_num
    if satellites is not None:
        body += bytes((_SATELLITES, 1, satellites))
    found = location(body, frame, unit, serial)
    if isinstance(found, Refused):
        return found
    return msgspec.structs.replace(found, codec="jt808_json")


CODEC = Jt808JsonCodec()
