"""AIS: what a vessel says of itself, in lines of NMEA text as receivers pass them on.

Six-bit fields are read by pyais, which is imported when the first line is: the web process knows
this codec by its name alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Any, Final

from telemetry.codecs.codec import Outcome, is_time, printable, refused
from telemetry.codecs.f3411 import nearest
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

MAX_LINES: Final = 128
"""In one payload; a vessel under way says where it is every two seconds at most."""

_TAGGED: Final = re.compile(rb"\\([^\\*]*)\*([0-9A-Fa-f]{2})\\")
_SENTENCE: Final = re.compile(
    rb"!([A-Z]{2}VD[MO],([1-9]),([1-9]),([0-9]?),([AB12]?),([0-W`-w]{1,82}),([0-5]))\*([0-9A-Fa-f]{2})"
)
_RECEIVED: Final = re.compile(rb"(?:^|,)c:([0-9]{9,14})(?:,|$)")
_MILLISECONDS_FROM: Final = 10**11
"""A receiver's time of so many seconds is in the year 5138: it counts milliseconds."""

_REPORTS: Final = {1: 168, 2: 168, 3: 168, 18: 168, 19: 312}
_NAMES: Final = {5: 420, 24: 160}
_BITS: Final[Mapping[int, int]] = _REPORTS | _NAMES
"""The message types that are read, with the bits that each has at least."""

TYPES: Final = frozenset(_BITS)
"""The same without their lengths."""

_MINUTE_S: Final = 60
_MANUAL: Final = 61
_ESTIMATED: Final = 62
_INOPERATIVE: Final = 63
_NO_SPEED_KN: Final = 102.3
_NO_COURSE_DEG: Final = 360.0
_NO_HEADING: Final = 511
_NO_LONGITUDE_DEG: Final = 181.0
_NO_LATITUDE_DEG: Final = 91.0
_ACCURATE_M: Final = 10.0
_MPS_PER_KN: Final = 1_852 / 3_600
_DISTRESS: Final = 14
"""The navigational status of a beacon of distress."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence whose check sum is right."""

    raw: bytes
    parts: int
    part: int
    group: bytes
    """What the parts of one message have in common: how many, their sequence, their channel."""
    sixes: bytes
    """The payload, six bits a character."""
    fill: int
    received_s: float | None
    """When the receiver heard it, by its own clock, if it says so."""

    @property
    def message_type(self) -> int:
        """The first six bits of a message; of its first part alone."""
        number = self.sixes[0] - 48
        return number - 8 if number > 40 else number


class AisCodec:
    """``zone/up/<device>/tele`` with AIVDM or AIVDO lines, with or without TAG blocks."""

    name = "ais"

    def decode(self, frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
        """Return what each message says, in the order in which they were complete."""
        return tuple(_outcomes(frame, unit))


def _outcomes(frame: Frame, unit: Unit) -> Iterator[Outcome]:
    lines = [line for line in map(bytes.strip, frame.payload.splitlines()) if line]
    waiting: dict[bytes, dict[int, Line]] = {}
    for raw in lines[:MAX_LINES]:
        line = read(raw)
        if isinstance(line, Refused):
            yield _of(unit, line)
            continue
        parts = waiting.setdefault(line.group, {})
        parts[line.part] = line
        if len(parts) == line.parts:
            del waiting[line.group]
            yield _outcome(tuple(parts[number] for number in sorted(parts)), frame, unit)
    for parts in waiting.values():
        yield _incomplete(parts, unit)
    if len(lines) > MAX_LINES:
        expected = f"at most {MAX_LINES} in a payload"
        yield refused(unit, RefusalReason.TOO_LARGE, f"{len(lines)} lines", expected)


def read(raw: bytes) -> Line | Refused:
    """Read one line: its TAG block if it has one, its form, its check sums."""
    tag = _TAGGED.match(raw)
    found = _SENTENCE.fullmatch(raw, tag.end() if tag else 0)
    if found is None:
        return _bad(RefusalReason.MALFORMED, repr(raw[:60]), "an AIVDM or AIVDO line")
    whole, parts, part, sequence, channel, sixes, fill, check = found.groups()
    if part > parts:
        return _bad(RefusalReason.MALFORMED, f"part {int(part)} of {int(parts)}", "one of them")
    if reduce(xor, whole) != int(check, 16) or not _tag_is_whole(tag):
        expected = f"0x{reduce(xor, whole):02x}, and a TAG block with its own"
        return _bad(RefusalReason.BAD_CHECKSUM, f"check sum 0x{check.decode()}", expected)
    received_s = _received_s(tag)
    if received_s is not None and not is_time(received_s):
        expected = "between the years 2000 and 2100"
        return _bad(RefusalReason.OUT_OF_RANGE, f"a receiver's time of {received_s} s", expected)
    return Line(
        raw=b"!" + whole + b"*" + check,
        parts=int(parts),
        part=int(part),
        group=b"%b,%b,%b" % (parts, sequence, channel),
        sixes=sixes,
        fill=int(fill),
        received_s=received_s,
    )


def _bad(reason: RefusalReason, found: str, expected: str) -> Refused:
    return Refused(reason=reason, detail=printable(f"found {found}, expected {expected}"))


def _of(unit: Unit, refusal: Refused) -> Refused:
    return Refused(reason=refusal.reason, detail=refusal.detail, device_id=unit.device_id)


def _tag_is_whole(tag: re.Match[bytes] | None) -> bool:
    return tag is None or reduce(xor, tag[1], 0) == int(tag[2], 16)


def _received_s(tag: re.Match[bytes] | None) -> float | None:
    """Return the time in a TAG block; seconds by the standard, milliseconds by many receivers."""
    found = None if tag is None else _RECEIVED.search(tag[1])
    if found is None:
        return None
    number = int(found[1])
    return number / 1e3 if number >= _MILLISECONDS_FROM else float(number)


def _incomplete(parts: Mapping[int, Line], unit: Unit) -> Refused:
    there = ", ".join(str(number) for number in sorted(parts))
    total = next(iter(parts.values())).parts
    expected = "all parts of a message in one payload"
    return refused(unit, RefusalReason.MALFORMED, f"part {there} of {total}", expected)


def _outcome(lines: tuple[Line, ...], frame: Frame, unit: Unit) -> Outcome:
    message_type = lines[0].message_type
    least = _BITS.get(message_type)
    if least is None:
        known = ", ".join(str(number) for number in sorted(_BITS))
        expected = f"one of {known}"
        return refused(unit, RefusalReason.UNSUPPORTED, f"message type {message_type}", expected)
    bits = 6 * sum(len(line.sixes) for line in lines) - lines[-1].fill
    if bits < least:
        found = f"a message of type {message_type} with {bits} bits"
        return refused(unit, RefusalReason.MALFORMED, found, f"{least} or more")
    message = _decoded(lines)
    if message is None:
        found = f"a message of type {message_type} with reserved values"
        return refused(unit, RefusalReason.MALFORMED, found, "a part that the standard knows")
    registered = unit.wire_id or unit.device_id
    mmsi = f"{message.mmsi:09d}"
    if mmsi != registered:
        expected = f"MMSI {registered} as registered"
        return refused(unit, RefusalReason.WRONG_DEVICE, repr(mmsi), expected)
    if message_type in _NAMES:
        return _notice(message, unit)
    received_s = next((at for line in lines if (at := line.received_s) is not None), None)
    return _report(message, frame.received_s if received_s is None else received_s, unit)


def _decoded(lines: tuple[Line, ...]) -> Any:
    """Return pyais's object of a message, or None for one that has no meaning to it."""
    from pyais import decode
    from pyais.exceptions import AISBaseException

    try:
        return decode(*(line.raw for line in lines))
    except AISBaseException:
        return None


def _notice(message: Any, unit: Unit) -> Notice:
    """Tell what a message of type 5 or 24 says; a half of type 24 has a name or the rest."""
    said = (
        ("name", getattr(message, "shipname", None)),
        ("call sign", getattr(message, "callsign", None)),
        ("ship type", getattr(message, "ship_type", None)),
    )
    detail = ", ".join(f"{what} {value}" for what, value in said if value not in {None, ""})
    return Notice(device_id=unit.device_id, kind="state", detail=printable(detail))


def _report(message: Any, received_s: float, unit: Unit) -> Report | Refused:
    longitude, latitude, second = message.lon, message.lat, message.second
    placed = (
        second != _INOPERATIVE and longitude != _NO_LONGITUDE_DEG and latitude != _NO_LATITUDE_DEG
    )
    if placed and not (abs(longitude) <= 180 and abs(latitude) <= 90):
        found = f"longitude {longitude}, latitude {latitude}"
        return refused(unit, RefusalReason.OUT_OF_RANGE, found, "at most 180 and 90")
    timed = second < _MINUTE_S
    course, heading, speed = message.course, message.heading, message.speed
    if course > _NO_COURSE_DEG or _NO_COURSE_DEG < heading < _NO_HEADING:
        expected = "at most 360 and 360, or 511"
        return refused(
            unit, RefusalReason.OUT_OF_RANGE, f"course {course}, heading {heading}", expected
        )
    flags = (
        ("no_fix", not placed),
        ("time_unknown", not timed),
        ("position_manual", second == _MANUAL),
        ("position_estimated", second == _ESTIMATED),
    )
    distress = getattr(message, "status", None) == _DISTRESS
    return Report(
        device_id=unit.device_id,
        event_time_s=nearest(second, _MINUTE_S, received_s) if timed else received_s,
        time_source=TimeSource.GNSS if timed else TimeSource.SERVER,
        longitude_deg=longitude if placed else None,
        latitude_deg=latitude if placed else None,
        horizontal_accuracy_m=_ACCURATE_M if placed and message.accuracy else None,
        ground_speed_mps=None if speed >= _NO_SPEED_KN else speed * _MPS_PER_KN,
        track_deg=None if course == _NO_COURSE_DEG else course,
        heading_deg=None if heading == _NO_HEADING else float(heading),
        operational_status=(OperationalStatus.EMERGENCY if distress else OperationalStatus.UNKNOWN),
        codec="ais",
        quality_flags=tuple(flag for flag, holds in flags if holds),
    )


CODEC = AisCodec()
