"""GB 46750-2025: what a civil unmanned aircraft says of itself while it flies.

From public implementations, to be verified with the aircraft's maker: the standard's full text
was not at hand. A packet comes bare, or in the Wi-Fi beacon that a receiver heard.
"""

import struct
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Final

from telemetry.codecs.codec import Outcome, bounded, is_time, refused
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
    Datum,
    Frame,
    OperationalStatus,
    RefusalReason,
    Refused,
    Report,
    TimeSource,
    Unit,
)

MAX_PACKETS: Final = 128
"""In one payload; a whole packet has some 80 bytes."""


class Item(IntEnum):
    """What a packet may hold, by the standard's numbers, in the order in which it stands there."""

    UAS_ID = 1
    """The product's own number, of 20 characters."""
    REGISTRATION = 2
    """The last 8 of the number that its owner registered it under."""
    CATEGORY = 3
    CLASS = 4
    STATION_KIND = 5
    STATION_POSITION = 6
    STATION_ALTITUDE = 7
    POSITION = 8
    TRACK = 9
    GROUND_SPEED = 10
    RELATIVE_HEIGHT = 11
    VERTICAL_SPEED = 12
    GEODETIC_ALTITUDE = 13
    PRESSURE_ALTITUDE = 14
    STATUS = 15
    DATUM = 16
    HORIZONTAL_ACCURACY = 17
    VERTICAL_ACCURACY = 18
    SPEED_ACCURACY = 19
    TIME = 20
    TIME_ACCURACY = 21


Items = Mapping[int, bytes]

_LENGTHS: Final[Mapping[int, int]] = dict(
    zip(Item, (20, 8, 1, 1, 1, 8, 2, 8, 2, 2, 2, 1, 2, 2, 1, 1, 1, 1, 1, 6, 1), strict=True)
)
_HEAD: Final = 0xFF
_MAJOR_VERSION: Final = 1
_LEAST_FLAGS: Final = 3
_MOST_FLAGS: Final = 8
"""The last bit of a byte of flags says that another follows: a chain must end somewhere."""

_POSITION: Final = struct.Struct("<ii")
_NO_COORDINATES: Final = frozenset({-1, 2**31 - 1, -(2**31)})
_NO_U16: Final = 0xFFFF
_NO_CLIMB: Final = 0xFF
_DOWN: Final = 0x80
_ABOVE_START_FROM_M: Final = 9_000
_ALTITUDE_FROM_M: Final = 1_000
_DATUMS: Final = {0: Datum.WGS84, 1: Datum.CGCS2000}
_STATUSES: Final = {
    1: OperationalStatus.GROUND,
    2: OperationalStatus.AIRBORNE,
    3: OperationalStatus.EMERGENCY,
    5: OperationalStatus.EMERGENCY,  # and its identification failed
}
_FAILED: Final = frozenset({4, 5})


class Gb46750Codec:
    """``zone/up/<device>/tele`` with one or more packets, or a beacon that holds one."""

    name = "gb46750"

    def decode(self, frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
        """Return what each packet says, in their order."""
        return bounded(_outcomes(frame, unit), MAX_PACKETS, unit, "packets")


def _outcomes(frame: Frame, unit: Unit) -> Iterator[Outcome]:
    """What cannot be read ends the payload: nothing tells where the next packet begins."""
    data, at = unwrap(frame.payload), 0
    while True:
        found = read(data, at)
        if isinstance(found, str):
            expected = "a packet: FF, version 1, length, flags and the items that they name"
            yield refused(unit, RefusalReason.MALFORMED, found, expected)
            return
        items, at = found
        yield _outcome(items, frame, unit)
        if at == len(data):
            return


def read(data: bytes, at: int = 0) -> tuple[Items, int] | str:
    """Return the items of the packet at ``at`` and where it ends, or what is wrong with it."""
    if len(data) - at < 3 + _LEAST_FLAGS:
        return f"{len(data) - at} bytes"
    if data[at] != _HEAD or data[at + 1] >> 5 != _MAJOR_VERSION:
        return f"0x{data[at]:02x}, 0x{data[at + 1]:02x}"
    flags = _flag_bytes(data[at + 3 :])
    if flags is None:
        return "flags without an end"
    numbers = list(_numbers(flags))
    items, end = _take(numbers, data, at + 3 + len(flags))
    content = end - at - 3 - len(flags)
    if end <= len(data) and numbers and numbers[-1] not in _LENGTHS:
        # An item of a later edition: its length is known only if the packet is the last.
        end, content = len(data), len(data) - at - 3 - len(flags)
    if end > len(data) or data[at + 2] not in {content, content + len(flags)} or not items:
        # The one recording counts the items alone, a public description the flags as well.
        return f"length {data[at + 2]} with items of {content} bytes, {len(data) - at} in all"
    return items, end


def _flag_bytes(data: bytes) -> bytes | None:
    """Return the bytes of flags, three or more, or None if they never end."""
    for count in range(_LEAST_FLAGS, _MOST_FLAGS + 1):
        flags = data[:count]
        if len(flags) == count and not flags[-1] & 1:
            return flags
    return None


def _numbers(flags: bytes) -> Iterator[int]:
    """Yield the numbers of the items that are there: seven a byte, the highest bit first."""
    for place, flag in enumerate(flags):
        for bit in range(7):
            if flag & (0x80 >> bit):
                yield place * 7 + bit + 1


def _take(numbers: list[int], data: bytes, at: int) -> tuple[Items, int]:
    items: dict[int, bytes] = {}
    for number in numbers:
        length = _LENGTHS.get(number, 0)
        items[number] = data[at : at + length]
        at += length
    return items, at


def _outcome(items: Items, frame: Frame, unit: Unit) -> Report | Refused:
    uas_id = text(items.get(Item.UAS_ID, b""))
    registered = unit.wire_id or unit.device_id
    if uas_id and uas_id != registered:
        expected = f"product number {registered} as registered"
        return refused(unit, RefusalReason.WRONG_DEVICE, repr(uas_id), expected)
    wrong = _out_of_range(items)
    if wrong is not None:
        return refused(unit, RefusalReason.OUT_OF_RANGE, *wrong)
    return _report(items, frame, unit, identified=bool(uas_id))


def _out_of_range(items: Items) -> tuple[str, str] | None:
    """Return what was found and what was expected where a value cannot be."""
    position, track, when = _position(items), _u16(items, Item.TRACK), _time_s(items)
    if position is not None and not (abs(position[0]) <= 180 and abs(position[1]) <= 90):
        return f"longitude {position[0]}, latitude {position[1]}", "at most 180 and 90"
    if track is not None and track > 3_600:
        return f"track {track} (0.1 deg)", "at most 3600"
    if _byte(items, Item.DATUM) not in {None, *_DATUMS}:
        return f"coordinate system {_byte(items, Item.DATUM)}", "0 (WGS 84) or 1 (CGCS2000)"
    if when is not None and not is_time(when):
        return f"time {when} s", "between the years 2000 and 2100"
    return None


def _report(items: Items, frame: Frame, unit: Unit, *, identified: bool) -> Report:
    position, when = _position(items), _time_s(items)
    status, datum = _byte(items, Item.STATUS) or 0, _byte(items, Item.DATUM)
    speed, track = _u16(items, Item.GROUND_SPEED), _u16(items, Item.TRACK)
    flags = (
        ("no_fix", position is None),
        ("time_unknown", when is None),
        (ID_ABSENT, not identified),
        (IDENTIFICATION_FAILED, status in _FAILED),
    )
    return Report(
        device_id=unit.device_id,
        event_time_s=frame.received_s if when is None else when,
        time_source=TimeSource.SERVER if when is None else TimeSource.DEVICE,
        longitude_deg=None if position is None else position[0],
        latitude_deg=None if position is None else position[1],
        source_datum=unit.datum if datum is None else _DATUMS[datum],
        altitude_hae_m=_height_m(items, Item.GEODETIC_ALTITUDE, _ALTITUDE_FROM_M),
        height_ato_m=_height_m(items, Item.RELATIVE_HEIGHT, _ABOVE_START_FROM_M),
        altitude_baro_m=_height_m(items, Item.PRESSURE_ALTITUDE, _ALTITUDE_FROM_M),
        horizontal_accuracy_m=_accuracy_m(items, Item.HORIZONTAL_ACCURACY, HORIZONTAL_ACCURACY_M),
        vertical_accuracy_m=_accuracy_m(items, Item.VERTICAL_ACCURACY, VERTICAL_ACCURACY_M),
        ground_speed_mps=None if speed is None else speed / 10,
        vertical_speed_mps=_climb_mps(items),
        track_deg=None if track is None else track / 10,
        operational_status=_STATUSES.get(status, OperationalStatus.UNKNOWN),
        codec="gb46750",
        quality_flags=tuple(flag for flag, holds in flags if holds),
    )


def _position(items: Items) -> tuple[float, float] | None:
    """Return longitude and latitude: in this order here, unlike in most other formats."""
    if Item.POSITION not in items:
        return None
    longitude, latitude = _POSITION.unpack(items[Item.POSITION])
    if (longitude, latitude) == (0, 0) or _NO_COORDINATES & {longitude, latitude}:
        return None
    return longitude / 1e7, latitude / 1e7


def _byte(items: Items, item: Item) -> int | None:
    return items[item][0] if item in items else None


def _u16(items: Items, item: Item) -> int | None:
    value = int.from_bytes(items.get(item, b"\xff\xff"), "little")
    return None if value == _NO_U16 else value


def _height_m(items: Items, item: Item, from_m: int) -> float | None:
    """Return a height that counts half metres from below; zero is the mark of an unknown one."""
    value = int.from_bytes(items.get(item, b""), "little")
    return value / 2 - from_m if value else None


def _climb_mps(items: Items) -> float | None:
    value = _byte(items, Item.VERTICAL_SPEED)
    if value is None or value == _NO_CLIMB:
        return None
    climb_mps = (value & ~_DOWN) / 2
    return -climb_mps if value & _DOWN else climb_mps


def _accuracy_m(items: Items, item: Item, classes: tuple[float | None, ...]) -> float | None:
    return accuracy_m(classes, _byte(items, item) or 0)


def _time_s(items: Items) -> float | None:
    milliseconds = int.from_bytes(items.get(Item.TIME, b""), "little")
    return milliseconds / 1e3 if milliseconds else None


def encode_packet(
    uas_id: str,
    event_time_s: float | None,
    longitude_deg: float | None,
    latitude_deg: float | None,
    *,
    registration: str = "",
    track_deg: float | None = None,
    ground_speed_mps: float | None = None,
    height_ato_m: float | None = None,
    vertical_speed_mps: float | None = None,
    altitude_hae_m: float | None = None,
    altitude_baro_m: float | None = None,
    status: int = 2,
    datum: Datum = Datum.WGS84,
    horizontal_accuracy_class: int = 0,
    vertical_accuracy_class: int = 0,
) -> bytes:
    """Return the packet that an aircraft would send, with all 21 items.

    None becomes the mark of an unknown value, and the control station is unknown. Positions keep
    1e-7 degrees, heights and climb halves, speeds and angles tenths, times milliseconds. Raises
    ValueError for what the format cannot hold.
    """
    try:
        content = b"".join(
            (
                _padded(uas_id, 20),
                _padded(registration, 8),
                bytes((0, 0, 0)),
                _POSITION.pack(-1, -1),
                bytes(2),
                _packed_position(longitude_deg, latitude_deg),
                _packed(track_deg, 10, 0, _NO_U16),
                _packed(ground_speed_mps, 10, 0, _NO_U16),
                _packed(height_ato_m, 2, _ABOVE_START_FROM_M, 0),
                bytes((_packed_climb(vertical_speed_mps),)),
                _packed(altitude_hae_m, 2, _ALTITUDE_FROM_M, 0),
                _packed(altitude_baro_m, 2, _ALTITUDE_FROM_M, 0),
                bytes((status, list(_DATUMS.values()).index(datum))),
                bytes((horizontal_accuracy_class, vertical_accuracy_class, 0)),
                round((event_time_s or 0) * 1e3).to_bytes(6, "little"),
                bytes(1),
            )
        )
    except (struct.error, OverflowError) as error:
        raise ValueError(str(error)) from error
    return bytes((_HEAD, _MAJOR_VERSION << 5, len(content), 0xFF, 0xFF, 0xFE)) + content


def _padded(identifier: str, length: int) -> bytes:
    if not identifier.isascii() or len(identifier) > length:
        msg = f"found {identifier!r}, expected up to {length} ASCII characters"
        raise ValueError(msg)
    return identifier.encode().ljust(length, b"\x00")


def _packed_position(longitude_deg: float | None, latitude_deg: float | None) -> bytes:
    if longitude_deg is None or latitude_deg is None:
        return _POSITION.pack(-1, -1)
    return _POSITION.pack(round(longitude_deg * 1e7), round(latitude_deg * 1e7))


def _packed(value: float | None, steps: int, start: int, unknown: int) -> bytes:
    """Return a value in steps of 1 / ``steps`` from ``-start`` on; the mark's own value is none."""
    number = unknown if value is None else round((value + start) * steps)
    if value is not None and number == unknown:
        msg = f"found {value}, which is the mark of an unknown value"
        raise ValueError(msg)
    return struct.pack("<H", number)


def _packed_climb(value_mps: float | None) -> int:
    if value_mps is None:
        return _NO_CLIMB
    half_mps = round(abs(value_mps) * 2)
    number = half_mps | (_DOWN if value_mps < 0 else 0)
    if half_mps >= _DOWN or number == _NO_CLIMB:
        msg = f"found a climb of {value_mps} m/s, expected -63 to 63.5"
        raise ValueError(msg)
    return number


CODEC = Gb46750Codec()
