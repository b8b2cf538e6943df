"""How a JT/T 808 terminal makes itself known, and what a platform answers.

From public implementations, to be verified with the terminal's maker. A gateway that holds the
terminal's connection reads and answers these; to the platform behind it they are notices.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from telemetry.codecs.jt808_frame import Edition, Message, encode_frame

HEARTBEAT: Final = 0x0002
REGISTRATION: Final = 0x0100
AUTHENTICATION: Final = 0x0102
BATCH: Final = 0x0704
PLATFORM_ANSWER: Final = 0x8001
REGISTRATION_ANSWER: Final = 0x8100

_TEXT: Final = "gbk"
_REGISTRATIONS: Final = {
    Edition.OF_2013: struct.Struct(">HH5s20s7sB"),
    Edition.OF_2019: struct.Struct(">HH11s30s30sB"),
}
_IMEI_AND_SOFTWARE: Final = struct.Struct(">15s20s")
_MISSED: Final = 1
"""The kind of a batch that was kept where there was no network."""


class Result(IntEnum):
    """What a platform says of a message, by 0x8001."""

    DONE = 0
    FAILED = 1
    WRONG = 2
    UNSUPPORTED = 3


class RegistrationResult(IntEnum):
    """What a platform says of a registration, by 0x8100."""

    DONE = 0
    VEHICLE_REGISTERED_BEFORE = 1
    NO_SUCH_VEHICLE = 2
    TERMINAL_REGISTERED_BEFORE = 3
    NO_SUCH_TERMINAL = 4


@dataclass(frozen=True, slots=True)
class Registration:
    """What a terminal says of itself and its vehicle when it is first switched on."""

    province: int
    """The first two digits of the division's code."""
    city: int
    """The four digits behind them."""
    maker: str
    model: str
    terminal: str
    """The maker's own number of it."""
    plate_colour: int
    """0 is a vehicle without a plate."""
    plate: str
    """With colour 0 the vehicle's identification number."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """What a terminal says each time that it connects."""

    code: str = field(repr=False)
    """The secret that the registration was answered with: never logged, never in a notice."""
    imei: str | None = None
    software: str | None = None
    """Both from the edition of 2019 on."""


def read_registration(message: Message) -> Registration | None:
    """Return what message 0x0100 says, or None where its body is too short."""
    layout = _REGISTRATIONS[message.edition]
    if len(message.body) < layout.size:
        return None
    province, city, maker, model, terminal, colour = layout.unpack_from(message.body)
    return Registration(
        province=province,
        city=city,
        maker=_text(maker),
        model=_text(model),
        terminal=_text(terminal),
        plate_colour=colour,
        plate=_text(message.body[layout.size :]),
    )


def read_authentication(message: Message) -> Authentication | None:
    """Return what message 0x0102 says, or None where its body is too short."""
    body = message.body
    if message.edition is Edition.OF_2013:
        return Authentication(_text(body)) if body else None
    end = 1 + body[0] if body else 1
    if len(body) < end + _IMEI_AND_SOFTWARE.size:
        return None
    imei, software = _IMEI_AND_SOFTWARE.unpack_from(body, end)
    return Authentication(_text(body[1:end]), _text(imei), _text(software))


def _text(raw: bytes) -> str:
    """Return text that zeros or blanks fill up, in front in one edition and behind in the other."""
    return raw.strip(b"\x00 ").decode(_TEXT, "replace")


def encode_registration(
    phone: str,
    registration: Registration,
    *,
    serial: int = 0,
    edition: Edition = Edition.OF_2013,
) -> bytes:
    """Return the frame of message 0x0100; raises ValueError for what it cannot hold."""
    layout = _REGISTRATIONS[edition]
    texts = [_encoded(t) for t in (registration.maker, registration.model, registration.terminal)]
    widths = (5, 20, 7) if edition is Edition.OF_2013 else (11, 30, 30)
    for raw, width in zip(texts, widths, strict=True):
        if len(raw) > width:
            msg = f"found {raw!r}, expected at most {width} bytes"
            raise ValueError(msg)
    try:
        body = layout.pack(
            registration.province, registration.city, *texts, registration.plate_colour
        )
    except struct.error as error:
        raise ValueError(str(error)) from error
    body += _encoded(registration.plate)
    return encode_frame(REGISTRATION, phone, body, serial=serial, edition=edition)


def encode_authentication(
    phone: str,
    authentication: Authentication,
    *,
    serial: int = 0,
    edition: Edition = Edition.OF_2013,
) -> bytes:
    """Return the frame of message 0x0102; raises ValueError for what it cannot hold."""
    body = _encoded(authentication.code)
    if edition is Edition.OF_2019:
        imei, software = (_encoded(t or "") for t in (authentication.imei, authentication.software))
        if len(body) > 0xFF or len(imei) > 15 or len(software) > 20:
            msg = "found a code, IMEI or software too long, expected at most 255, 15, 20 bytes"
            raise ValueError(msg)
        body = bytes((len(body),)) + body + _IMEI_AND_SOFTWARE.pack(imei, software)
    return encode_frame(AUTHENTICATION, phone, body, serial=serial, edition=edition)


def encode_heartbeat(phone: str, *, serial: int = 0, edition: Edition = Edition.OF_2013) -> bytes:
    """Return the frame of message 0x0002, which says only that the terminal is there."""
    return encode_frame(HEARTBEAT, phone, b"", serial=serial, edition=edition)


def encode_batch(
    phone: str,
    locations: Iterable[bytes],
    *,
    missed: bool = True,
    serial: int = 0,
    edition: Edition = Edition.OF_2013,
) -> bytes:
    """Return the frame of message 0x0704 around the bodies of locations, oldest first.

    ``missed`` says that they were kept where there was no network. Raises ValueError where they
    are more than one frame holds.
    """
    bodies = list(locations)
    body = struct.pack(">HB", len(bodies), _MISSED if missed else 0)
    body += b"".join(struct.pack(">H", len(each)) + each for each in bodies)
    return encode_frame(BATCH, phone, body, serial=serial, edition=edition)


def encode_answer(to: Message, result: Result = Result.DONE, *, serial: int = 0) -> bytes:
    """Return the platform's answer 0x8001 to a terminal's message, in the terminal's edition."""
    body = struct.pack(">HHB", to.serial, to.message_id, result)
    return _answer(PLATFORM_ANSWER, to, body, serial)


def encode_registration_answer(
    to: Message, result: RegistrationResult, code: str = "", *, serial: int = 0
) -> bytes:
    """Return the platform's answer 0x8100; only one that was registered is told its ``code``."""
    body = struct.pack(">HB", to.serial, result)
    if result is RegistrationResult.DONE:
        body += _encoded(code)
    return _answer(REGISTRATION_ANSWER, to, body, serial)


def _answer(message_id: int, to: Message, body: bytes, serial: int) -> bytes:
    return encode_frame(message_id, to.phone or "0", body, serial=serial, edition=to.edition)


def _encoded(text: str) -> bytes:
    """Return the bytes of a text; raises ValueError (as all encoding errors are) where none are."""
    return text.encode(_TEXT)
