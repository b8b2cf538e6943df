"""ASTM F3411 broadcasts: what an unmanned aircraft says of itself, in messages of 25 bytes.

From public implementations, to be verified with the aircraft's maker. The messages come bare,
one behind the other or in packs, or in the Wi-Fi beacon that a receiver heard.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import Final

from telemetry.codecs.codec import Outcome, printable, refused
from telemetry.codecs.remote_id import (
    HORIZONTAL_ACCURACY_M,
    ID_ABSENT,
    IDENTIFICATION_FAILED,
    VERTICAL_ACCURACY_M,
    accuracy_m,
    text,
    unwrap,
)
from telemetry.report import (
    Frame,
    Notice,
    OperationalStatus,
    RefusalReason,
    Refused,
    Report,
    TimeSource,
    Unit,
)

MAX_MESSAGES: Final = 256
"""In one payload; an aircraft has nine at most in a pack."""

SIZE: Final = 25


class Kind(IntEnum):
    """What a message is about: the high half of its first byte."""

    BASIC_ID = 0
    LOCATION = 1
    AUTHENTICATION = 2
    SELF_ID = 3
    SYSTEM = 4
    OPERATOR_ID = 5
    PACK = 15


HOUR_S: Final = 3_600
_VERSIONS: Final = frozenset({0, 1, 2})
_LOCATION: Final = struct.Struct("<xBBBbiiHHHBBHBx")
_BASIC_ID: Final = struct.Struct("<xB20s3x")
_FASTER: Final = 0x01
_WEST: Final = 0x02
_ABOVE_GROUND: Final = 0x04
_SLOW_STEP_MPS: Final = 0.25
_FAST_STEP_MPS: Final = 0.75
_FAST_FROM_MPS: Final = 255 * _SLOW_STEP_MPS
_NO_SPEED: Final = 255
_NO_CLIMB: Final = 126
_NO_DIRECTION: Final = 361
_NO_TIME: Final = 0xFFFF
FAILED: Final = 4
"""The status of an aircraft whose identification does not work."""
STATUSES: Final = {
    1: OperationalStatus.GROUND,
    2: OperationalStatus.AIRBORNE,
    3: OperationalStatus.EMERGENCY,
}


@dataclass(frozen=True, slots=True)
class BadMessage:
    """What cannot be read as a message."""

    found: str


@dataclass(frozen=True, slots=True)
class Location:
    """A location message in the units of a report; None is unknown."""

    status: int
    longitude_deg: float | None
    latitude_deg: float | None
    altitude_baro_m: float | None
    altitude_hae_m: float | None
    height_m: float | None
    above_ground: bool
    """Whether the height is above the ground; else it is above the take-off point."""
    ground_speed_mps: float | None
    vertical_speed_mps: float | None
    track_deg: float | None
    horizontal_accuracy_m: float | None
    vertical_accuracy_m: float | None
    second_of_hour: float | None


class F3411Codec:
    """``zone/up/<device>/tele`` with messages or packs, or a beacon that holds a pack."""

    name = "f3411"

    def decode(self, frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
        """Return a report for each location, or one notice of what else there is."""
        found = list(islice(messages(unwrap(frame.payload)), MAX_MESSAGES + 1))
        if len(found) > MAX_MESSAGES:
            expected = f"at most {MAX_MESSAGES} in a payload"
            what = f"more than {MAX_MESSAGES} messages"
            return (refused(unit, RefusalReason.TOO_LARGE, what, expected),)
        good = [message for message in found if isinstance(message, bytes)]
        stranger = other_device(good, unit)
        if stranger is not None:
            return (stranger,)
        return (*outcomes(good, frame.received_s, unit), *_refusals(found, unit))


def messages(data: bytes) -> Iterator[bytes | BadMessage]:
    """Yield the messages, those of packs too; what cannot be read ends them."""
    at = 0
    while at < len(data) or at == 0:
        head = data[at] if at < len(data) else 0
        size = SIZE if head >> 4 != Kind.PACK else _pack_size(data, at)
        if size is None or at + size > len(data) or head & 0x0F not in _VERSIONS:
            yield BadMessage(data[at : at + 4].hex() + f" and {len(data) - at} bytes in all")
            return
        start = at + (3 if head >> 4 == Kind.PACK else 0)
        for place in range(start, at + size, SIZE):
            yield data[place : place + SIZE]
        at += size


def _pack_size(data: bytes, at: int) -> int | None:
    """Return the bytes of a pack, or None where its head is cut off or wrong."""
    if at + 3 > len(data) or data[at + 1] != SIZE or data[at + 2] == 0:
        return None
    return 3 + SIZE * data[at + 2]


def kind(message: bytes) -> int:
    """Return the number of a message's kind; those above 5 are not defined."""
    return message[0] >> 4


def _refusals(found: Sequence[bytes | BadMessage], unit: Unit) -> Iterator[Refused]:
    for message in found:
        if isinstance(message, BadMessage):
            expected = f"messages of {SIZE} bytes of version 0, 1 or 2, or a pack of them"
            yield refused(unit, RefusalReason.MALFORMED, message.found, expected)


def ids(found: Sequence[bytes]) -> tuple[str, ...]:
    """Return the identifiers that the basic messages give: a serial number, a registration."""
    basic = (_BASIC_ID.unpack(message) for message in found if kind(message) == Kind.BASIC_ID)
    return tuple(text(raw) for kinds, raw in basic if kinds >> 4 and text(raw))


def other_device(found: Sequence[bytes], unit: Unit) -> Refused | None:
    """Return a refusal where the messages name an aircraft, and not this one."""
    named, registered = ids(found), unit.wire_id or unit.device_id
    if not named or registered in named:
        return None
    expected = f"{registered} as registered"
    return refused(unit, RefusalReason.WRONG_DEVICE, repr(named[0]), expected)


def outcomes(found: Sequence[bytes], received_s: float, unit: Unit) -> Iterator[Outcome]:
    """Yield what the messages say, whose sender has been compared."""
    identified = bool(ids(found))
    located = [message for message in found if kind(message) == Kind.LOCATION]
    for message in located:
        location = read_location(message)
        if isinstance(location, BadMessage):
            expected = "a position on earth, a direction up to 360 and a time within the hour"
            yield refused(unit, RefusalReason.OUT_OF_RANGE, location.found, expected)
        else:
            yield report(location, received_s, unit, identified=identified)
    if found and not located:
        yield _notice(found, unit)


def _notice(found: Sequence[bytes], unit: Unit) -> Notice:
    """Tell what was said besides positions; where the pilot stands is nobody's business here."""
    names = {each.value: each.name.lower().replace("_", " ") for each in Kind}
    said = sorted({names.get(kind(message), f"kind {kind(message)}") for message in found})
    detail = ", ".join((*said, *ids(found)))
    return Notice(device_id=unit.device_id, kind="state", detail=printable(detail))


def read_location(message: bytes) -> Location | BadMessage:
    """Read a location message of 25 bytes, whatever its version: 1 and 2 have it alike."""
    (bits, direction, speed, climb, latitude, longitude, baro, geodetic, height, accuracies, _,
     tenths, _) = _LOCATION.unpack(message)  # fmt: skip
    track = direction + (180 if bits & _WEST else 0)
    if abs(latitude) > 900_000_000 or abs(longitude) > 1_800_000_000:
        return BadMessage(f"latitude {latitude}, longitude {longitude} (1e-7 deg)")
    if track > _NO_DIRECTION or (tenths > HOUR_S * 10 and tenths != _NO_TIME):
        return BadMessage(f"direction {track}, {tenths} tenths of a second into the hour")
    placed = (latitude, longitude) != (0, 0)
    return Location(
        status=bits >> 4,
        longitude_deg=longitude / 1e7 if placed else None,
        latitude_deg=latitude / 1e7 if placed else None,
        altitude_baro_m=_altitude_m(baro),
        altitude_hae_m=_altitude_m(geodetic),
        height_m=_altitude_m(height),
        above_ground=bool(bits & _ABOVE_GROUND),
        ground_speed_mps=_speed_mps(speed, faster=bool(bits & _FASTER)),
        vertical_speed_mps=None if climb == _NO_CLIMB else climb / 2,
        track_deg=None if track == _NO_DIRECTION else float(track),
        horizontal_accuracy_m=accuracy_m(HORIZONTAL_ACCURACY_M, accuracies & 0x0F),
        vertical_accuracy_m=accuracy_m(VERTICAL_ACCURACY_M, accuracies >> 4),
        second_of_hour=None if tenths == _NO_TIME else tenths / 10,
    )


def _altitude_m(number: int) -> float | None:
    """Return half metres from -1000 on; -1000 itself is the mark of an unknown altitude."""
    return number / 2 - 1_000 if number else None


def _speed_mps(number: int, *, faster: bool) -> float | None:
    if not faster:
        return number * _SLOW_STEP_MPS
    return None if number == _NO_SPEED else number * _FAST_STEP_MPS + _FAST_FROM_MPS


def report(location: Location, received_s: float, unit: Unit, *, identified: bool) -> Report:
    """Return the report of a location that was received at Unix time ``received_s``."""
    second, height_m = location.second_of_hour, location.height_m
    flags = (
        ("no_fix", location.longitude_deg is None),
        ("time_unknown", second is None),
        (ID_ABSENT, not identified),
        (IDENTIFICATION_FAILED, location.status == FAILED),
    )
    return Report(
        device_id=unit.device_id,
        event_time_s=received_s if second is None else nearest(second, HOUR_S, received_s),
        time_source=TimeSource.SERVER if second is None else TimeSource.DEVICE,
        longitude_deg=location.longitude_deg,
        latitude_deg=location.latitude_deg,
        altitude_hae_m=location.altitude_hae_m,
        height_ato_m=None if location.above_ground else height_m,
        height_agl_m=height_m if location.above_ground else None,
        altitude_baro_m=location.altitude_baro_m,
        horizontal_accuracy_m=location.horizontal_accuracy_m,
        vertical_accuracy_m=location.vertical_accuracy_m,
        ground_speed_mps=location.ground_speed_mps,
        vertical_speed_mps=location.vertical_speed_mps,
        track_deg=location.track_deg,
        operational_status=STATUSES.get(location.status, OperationalStatus.UNKNOWN),
        codec=unit.codec,
        quality_flags=tuple(flag for flag, holds in flags if holds),
    )


def nearest(second: float, period_s: int, received_s: float) -> float:
    """Return the moment nearest to ``received_s`` that is ``second`` into a period of UTC."""
    periods = round((received_s - second) / period_s)
    return float(periods * period_s + second)


def encode_basic_id(
    uas_id: str, *, id_kind: int = 1, aircraft_kind: int = 2, version: int = 2
) -> bytes:
    """Return a basic message; kind 1 is a serial number, aircraft 2 has several rotors."""
    if not uas_id.isascii() or len(uas_id) > 20:
        msg = f"found {uas_id!r}, expected up to 20 ASCII characters"
        raise ValueError(msg)
    kinds = (id_kind << 4) | aircraft_kind
    message = _BASIC_ID.pack(kinds, uas_id.encode())
    return _headed(Kind.BASIC_ID, version, message)


def encode_location(
    event_time_s: float | None,
    longitude_deg: float | None,
    latitude_deg: float | None,
    *,
    ground_speed_mps: float | None = None,
    vertical_speed_mps: float | None = None,
    track_deg: float | None = None,
    altitude_hae_m: float | None = None,
    altitude_baro_m: float | None = None,
    height_ato_m: float | None = None,
    status: int = 2,
    horizontal_accuracy_class: int = 0,
    vertical_accuracy_class: int = 0,
    version: int = 2,
) -> bytes:
    """Return a location message; None becomes the mark of an unknown value.

    Positions keep 1e-7 degrees, heights and climb halves, directions whole degrees, times tenths
    of a second within the hour. Raises ValueError for what the format cannot hold.
    """
    direction = _NO_DIRECTION if track_deg is None else round(track_deg) % 360
    speed, faster = _packed_speed(ground_speed_mps)
    placed = longitude_deg is not None and latitude_deg is not None
    bits = (status << 4) | (_FASTER if faster else 0) | (_WEST if direction >= 180 else 0)
    try:
        message = _LOCATION.pack(
            bits,
            direction % 180 if direction < 360 else _NO_DIRECTION - 180,
            speed,
            _NO_CLIMB if vertical_speed_mps is None else round(vertical_speed_mps * 2),
            round((latitude_deg or 0) * 1e7) if placed else 0,
            round((longitude_deg or 0) * 1e7) if placed else 0,
            *(_packed_altitude(m) for m in (altitude_baro_m, altitude_hae_m, height_ato_m)),
            (vertical_accuracy_class << 4) | horizontal_accuracy_class,
            0,
            _NO_TIME if event_time_s is None else round(event_time_s * 10) % (HOUR_S * 10),
            0,
        )
    except struct.error as error:
        raise ValueError(str(error)) from error
    return _headed(Kind.LOCATION, version, message)


def _packed_speed(value_mps: float | None) -> tuple[int, bool]:
    """Return the number of steps and whether they are the larger ones."""
    if value_mps is None:
        return _NO_SPEED, True
    if value_mps <= _FAST_FROM_MPS:
        return round(value_mps / _SLOW_STEP_MPS), False
    return min(round((value_mps - _FAST_FROM_MPS) / _FAST_STEP_MPS), _NO_SPEED - 1), True


def _packed_altitude(value_m: float | None) -> int:
    return 0 if value_m is None else round((value_m + 1_000) * 2)


def encode_pack(found: Sequence[bytes], *, version: int = 2) -> bytes:
    """Return the pack of up to nine messages."""
    if not 1 <= len(found) <= 9:
        msg = f"found {len(found)} messages, expected 1 to 9"
        raise ValueError(msg)
    return bytes(((Kind.PACK << 4) | version, SIZE, len(found))) + b"".join(found)


def _headed(message_kind: Kind, version: int, message: bytes) -> bytes:
    return bytes(((message_kind << 4) | version,)) + message[1:]


CODEC = F3411Codec()
