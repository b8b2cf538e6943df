"""The frames of T/CSAE 295.2 themselves: a header of 16 bytes that begins with 0xF2, then a body.

From public implementations: of version 1 two agree with each other and with the length in a real
message, of version 3 one agrees with the length in another. Of a state only what all versions begin
with is read; then come driver assistance and automated driving, which have nothing that is asked for.
"""

import struct
from collections.abc import Iterator
from typing import Final

from telemetry.codecs.codec import MAX_MESSAGES, Outcome, bounded, refused
from telemetry.codecs.csae295_said import (
    HEARTBEATS,
    REGISTRATION,
    STATE,
    Registration,
    State,
    heartbeat,
    registered,
    reported,
)
from telemetry.report import Frame, RefusalReason, Unit

MARK: Final = b"\xf2"
HEADER: Final = struct.Struct(">cIBBQB")
"""Mark, length of the body, type, version, Unix milliseconds, control."""

ENCRYPTED: Final = frozenset(range(1, 7))
"""The three highest bits of the control byte. 0 is plain, and so is what has 7, which is reserved:
an example of a public implementation sends it."""

_ID_1, _ID_3 = 8, 17
_STATE: Final = struct.Struct(">8xQHIIIIB4xH")
"""Behind the vehicle's id: number of the message, milliseconds, speed 0.01 m/s, longitude and latitude
1e-7 degrees from -180 and -90, elevation, heading 1e-4 degrees, gear, steering, speed on the bus."""
_MODE_AT: Final = _STATE.size + 6 + 2 + 2 + 2 + 4 + 1 + 2 + 2 + 2
"""Of the drive mode, behind the vehicle's id: accelerations, yaw rate, pedal, engine and brakes before it."""
_POINTS_AT: Final = _MODE_AT + 1 + 8
"""Of the number of points that the vehicle passes, eight bytes each, behind its destination."""

_NO_WORD: Final = 0xFFFF
_NO_DOUBLE_WORD: Final = 0xFFFF_FFFF


def outcomes(frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
    """Return what each frame in the payload says, up to where it cannot be followed any more."""
    return bounded(_each(frame, unit), MAX_MESSAGES, unit, "frames")


def _each(frame: Frame, unit: Unit) -> Iterator[Outcome]:
    payload, at = frame.payload, 0
    while at < len(payload):
        end = _end(payload, at)
        if end is None:
            found = (
                f"{len(payload) - at} bytes at {at} that begin with {payload[at : at + 8].hex()}"
            )
            expected = "a whole frame that begins with f2"
            yield refused(unit, RefusalReason.MALFORMED, found, expected)
            return
        yield _outcome(payload[at:end], frame, unit)
        at = end


def _end(payload: bytes, at: int) -> int | None:
    """Return where the frame that begins here ends, or None if it is none or not whole."""
    if len(payload) - at < HEADER.size or payload[at : at + 1] != MARK:
        return None
    _, length, *_ = HEADER.unpack_from(payload, at)
    end = at + HEADER.size + int(length)
    return end if end <= len(payload) else None


def _outcome(raw: bytes, frame: Frame, unit: Unit) -> Outcome:
    _, _, kind, version, sent_ms, control = HEADER.unpack_from(raw)
    body = raw[HEADER.size :]
    if control >> 5 in ENCRYPTED:
        found, expected = f"encryption {control >> 5}", "none: the platform holds no key"
        return refused(unit, RefusalReason.UNSUPPORTED, found, expected)
    if kind in HEARTBEATS:
        return heartbeat(None, sent_ms, unit)
    if kind == STATE and version in _READ:
        return _state(body, version, sent_ms, frame, unit)
    if kind == REGISTRATION and version in _READ:
        return _registration(body, version, sent_ms, unit)
    found = f"type 0x{kind:02x} in version {version}"
    expected = "type 0x15, 0x34, 0x0c or 0x0d in version 1, 2 or 3"
    return refused(unit, RefusalReason.UNSUPPORTED, found, expected)


_READ: Final = {1: _ID_1, 2: _ID_3, 3: _ID_3}
"""How long the vehicle's id is, by version."""


def _state(body: bytes, version: int, sent_ms: int, frame: Frame, unit: Unit) -> Outcome:
    id_length = _READ[version]
    said = body[id_length:]
    if not _has_its_length(said, version):
        found = f"a state of {len(body)} bytes in version {version}"
        return refused(unit, RefusalReason.MALFORMED, found, "as many as its points say")
    vehicle_id = _text(body[:id_length])
    fixed_ms, speed, lon, lat, _, heading, _, bus_speed = _STATE.unpack_from(said)
    known = _NO_DOUBLE_WORD not in (lon, lat)
    state = State(
        vehicle_id=vehicle_id,
        fixed_ms=fixed_ms,
        sent_ms=sent_ms,
        # Divided once: so that it is the number nearest to what the wire says.
        longitude_deg=(lon - 1_800_000_000) / 1e7 if known else None,
        latitude_deg=(lat - 900_000_000) / 1e7 if known else None,
        speed_mps=next((v / 100 for v in (speed, bus_speed) if v != _NO_WORD), None),
        heading_deg=None if heading == _NO_DOUBLE_WORD else heading / 1e4,
        drive_mode=said[_MODE_AT],
    )
    return reported(state, frame, unit)


def _has_its_length(said: bytes, version: int) -> bool:
    """Tell whether a state is as long as it says: version 1 to the byte, the others at least."""
    if len(said) <= _POINTS_AT:
        return False
    length = _POINTS_AT + 1 + 8 * said[_POINTS_AT]
    return len(said) == length if version == 1 else len(said) > length


def _registration(body: bytes, version: int, sent_ms: int, unit: Unit) -> Outcome:
    id_length = _READ[version]
    coordinate_type = _coordinate_type(body, id_length)
    if coordinate_type is None:
        found = f"a registration of {len(body)} bytes that ends too early"
        return refused(unit, RefusalReason.MALFORMED, found, "a coordinate type in it")
    return registered(Registration(_text(body[:id_length]), sent_ms, coordinate_type), unit)


def _coordinate_type(body: bytes, at: int) -> int | None:
    """Return the fourth byte behind three texts, each with its length before it."""
    for _ in range(3):
        if at >= len(body):
            return None
        length = body[at]
        at += 1 + (0 if length == 0xFF else length)
    return body[at + 3] if at + 3 < len(body) else None


def _text(raw: bytes) -> str:
    """Return an id as it is written; other bytes than ASCII are no registered one's."""
    return raw.rstrip(b"\0 ").decode("ascii", "replace")


def encode_frame(
    kind: int, body: bytes, sent_ms: int, *, version: int = 1, control: int = 0
) -> bytes:
    """Return a frame as a unit would send it. Raises ValueError for what the format cannot hold."""
    try:
        return HEADER.pack(MARK, len(body), kind, version, sent_ms, control) + body
    except struct.error as error:
        raise ValueError(str(error)) from error


def encode_state(
    vehicle_id: str,
    fixed_ms: int,
    longitude_deg: float | None,
    latitude_deg: float | None,
    *,
    speed_mps: float | None = None,
    heading_deg: float | None = None,
    drive_mode: int = 0xFF,
    version: int = 1,
) -> bytes:
    """Return the frame of a state, for simulators; what is None is sent as absent.

    ``vehicle_id`` has up to 8 characters in version 1 and 17 in the others. Raises ValueError for
    what the format cannot hold.
    """
    if version not in _READ or not vehicle_id.isascii() or len(vehicle_id) > _READ[version]:
        msg = (
            f"found vehicle id {vehicle_id!r} in version {version}, expected up to 8 or 17 letters"
        )
        raise ValueError(msg)
    lon = _NO_DOUBLE_WORD if longitude_deg is None else round(longitude_deg * 1e7) + 1_800_000_000
    lat = _NO_DOUBLE_WORD if latitude_deg is None else round(latitude_deg * 1e7) + 900_000_000
    speed = _NO_WORD if speed_mps is None else round(speed_mps * 100)
    heading = _NO_DOUBLE_WORD if heading_deg is None else round(heading_deg * 1e4)
    try:
        said = _STATE.pack(fixed_ms, speed, lon, lat, _NO_DOUBLE_WORD, heading, 0xFF, _NO_WORD)
    except struct.error as error:
        raise ValueError(str(error)) from error
    said += b"\xff" * (_MODE_AT - len(said)) + bytes((drive_mode,)) + b"\xff" * 8 + b"\0"
    if version > 1:
        said += b"\0" + b"\xff" * 40  # a text of the maker's own, and the part that follows
    body = vehicle_id.encode().ljust(_READ[version], b"\0") + said
    return encode_frame(STATE, body, fixed_ms, version=version)


def encode_registration(
    vehicle_id: str, coordinate_type: int, sent_ms: int, *, version: int = 1
) -> bytes:
    """Return the frame of a registration, for simulators."""
    texts = b"".join(bytes((len(text),)) + text for text in (b"sw", b"hw", b"ad"))
    body = vehicle_id.encode().ljust(_READ[version], b"\0") + texts
    body += bytes((0, 15, 2, coordinate_type, 0))
    return encode_frame(REGISTRATION, body, sent_ms, version=version)
