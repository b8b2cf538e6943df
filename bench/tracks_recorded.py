"""Recorded tracks, read from the files that people keep them in; nothing is smoothed or left out.

The files are not part of the project (``folder_of``). Where they are absent a small track made here takes
their place, so that everything that follows can be run and tested.
"""

import csv
import math
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyais
from pyais.exceptions import AISBaseException

from telemetry.report import Domain

FOLDER: Final = Path(__file__).parents[2] / "shared" / "data" / "tracks"
FOLDER_NAME: Final = "TRACKS_FOLDER"
AIS_LEAST_FIXES: Final = 7
"""Of a vessel: fewer have no way."""
AIS_BEGINS_S: Final = 1_400_000_040.0
"""A whole minute, of no meaning: the lines do not say which."""


class Fix(NamedTuple):
    """Where a device was."""

    at_s: float
    """UTC, seconds since 1970."""
    longitude_deg: float
    latitude_deg: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """The way of one device, as densely as it was recorded."""

    source: str
    """Tracks of one source are reported together."""
    domain: Domain
    fixes: tuple[Fix, ...]
    """At least two; times ascend strictly, all in WGS 84."""

    @property
    def interval_s(self) -> float:
        """The median time between two fixes."""
        between = sorted(later.at_s - fix.at_s for fix, later in pairwise(self.fixes))
        return between[len(between) // 2]


def folder_of() -> Path | None:
    """Return where recordings are: what TRACKS_FOLDER names, or beside the project; None if nowhere."""
    folder = Path(os.environ.get(FOLDER_NAME, FOLDER))
    return folder if folder.is_dir() else None


def recorded(folder: Path) -> list[Recorded]:
    """Return all tracks of a folder, by the names of its files."""
    found: list[Recorded] = []
    for path in sorted(folder.iterdir()):
        if path.suffix == ".plt":
            found.append(_track("Geolife", Domain.ROAD, geolife(path.read_text("utf-8"))))
        elif path.suffix == ".csv":
            found.extend(
                _track("Bus", Domain.ROAD, each) for each in buses(path.read_text("utf-8"))
            )
        elif path.suffix == ".ulg":
            found.append(_track("PX4", Domain.AIR, ulog(path.read_bytes())))
        elif path.name.startswith("ais_"):
            found.extend(
                _track("AIS", Domain.WATER, each) for each in vessels(path.read_text("utf-8"))
            )
    return [each for each in found if len(each.fixes) > 1]


def made() -> list[Recorded]:
    """Return a track that was never driven: 20 minutes at 1 Hz on a winding road, 3 to 21 m/s."""
    fixes, east_m, north_m, course = [], 0.0, 0.0, 0.0
    for second in range(1200):
        speed_mps = 12.0 + 9.0 * math.sin(second / 47.0)
        course += 0.12 * math.sin(second / 13.0) + 0.05 * math.sin(second / 3.1)
        east_m += speed_mps * math.sin(course)
        north_m += speed_mps * math.cos(course)
        place = (121.9 + east_m / 95_600.0, 30.9 + north_m / 111_000.0)
        fixes.append(Fix(1_795_406_400.0 + second, *place))
    return [Recorded("Made here", Domain.ROAD, tuple(fixes))]


def _track(source: str, domain: Domain, fixes: Iterator[Fix]) -> Recorded:
    """Take the first fix of each moment; messages tell milliseconds."""
    kept: dict[float, Fix] = {}
    for fix in fixes:
        kept.setdefault(round(fix.at_s, 3), fix._replace(at_s=round(fix.at_s, 3)))
    return Recorded(source, domain, tuple(kept[at_s] for at_s in sorted(kept)))


def geolife(text: str) -> Iterator[Fix]:
    """Read a PLT file: six lines of head, then latitude, longitude, 0, feet, days, date, time (GMT)."""
    for line in text.splitlines()[6:]:
        latitude, longitude, _, _, _, date, time = line.split(",")
        at = datetime.fromisoformat(f"{date}T{time}").replace(tzinfo=UTC)
        yield Fix(at.timestamp(), float(longitude), float(latitude))


def buses(text: str) -> Iterator[Iterator[Fix]]:
    """Read what buses told of themselves; one track for each vehicle, with all of its trips."""
    of_vehicle: dict[str, list[Fix]] = {}
    for row in csv.DictReader(text.splitlines()):
        at = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC)
        fix = Fix(at.timestamp(), float(row["longitude"]), float(row["latitude"]))
        of_vehicle.setdefault(row["vehicle_id"], []).append(fix)
    yield from (iter(each) for each in of_vehicle.values())


def vessels(text: str) -> Iterator[Iterator[Fix]]:
    """Read AIVDM lines; those of class A and B that tell a place and a second.

    AIS tells the second of the minute alone. Lines come in the order in which they were received, so a
    second that is less than the one before is of the next minute; and where a vessel is further on than its
    speed over ground allows, a minute or more of the reception is not in the file.
    """
    of_vessel: dict[int, list[Fix]] = {}
    for line in text.splitlines():
        told = _vessel(line)
        if told is not None:
            before = of_vessel.setdefault(told.mmsi, [])
            before.append(told.fix if not before else _behind(before[-1], told))
    yield from (iter(each) for each in of_vessel.values() if len(each) >= AIS_LEAST_FIXES)


class _Vessel(NamedTuple):
    mmsi: int
    fix: Fix
    speed_mps: float


AIS_MARGIN, AIS_NEAR_M, AIS_MOST_MINUTES = 1.3, 60.0, 60
"""Speeds are rounded and change, and so do places: what a way may be longer by."""


def _behind(before: Fix, told: _Vessel) -> Fix:
    at_s = told.fix.at_s + 60.0 * math.ceil((before.at_s - told.fix.at_s) / 60.0)
    east_deg = (told.fix.longitude_deg - before.longitude_deg) * math.cos(
        math.radians(before.latitude_deg)
    )
    gone_m = 111_320.0 * math.hypot(east_deg, told.fix.latitude_deg - before.latitude_deg)
    slowest_mps = AIS_MARGIN * max(told.speed_mps, 0.5)
    for _ in range(AIS_MOST_MINUTES):
        if gone_m <= slowest_mps * (at_s - before.at_s) + AIS_NEAR_M:
            break
        at_s += 60.0
    return told.fix._replace(at_s=at_s)


def _vessel(line: str) -> _Vessel | None:
    try:
        said = pyais.decode(line.strip())
    except AISBaseException:
        return None
    if said.msg_type not in {1, 2, 3, 18, 19}:
        return None
    told: dict[str, Any] = dict(said.asdict())
    second, longitude, latitude, knots = (told[name] for name in ("second", "lon", "lat", "speed"))
    if second > 59 or abs(longitude) > 180 or abs(latitude) > 90 or knots > 102.2:
        return None
    fix = Fix(AIS_BEGINS_S + second, float(longitude), float(latitude))
    return _Vessel(told["mmsi"], fix, float(knots) * 0.514444)


_HEAD: Final = 16
_OF_GPS: Final = "vehicle_gps_position"
_WIDTH: Final = {"int8_t": "b", "uint8_t": "B", "int16_t": "h", "uint16_t": "H", "int32_t": "i",
                 "uint32_t": "I", "int64_t": "q", "uint64_t": "Q", "float": "f", "double": "d",
                 "bool": "?", "char": "c"}  # fmt: skip


def ulog(body: bytes) -> Iterator[Fix]:
    """Read what the GNSS receiver of an autopilot told (ULog: format, subscription, data messages)."""
    fields: list[tuple[str, str]] = []
    numbers: set[int] = set()
    for kind, message in _messages(body):
        if kind == b"F":
            name, _, rest = message.decode("utf-8").partition(":")
            if name == _OF_GPS:
                fields = [(t, n) for t, _, n in (e.partition(" ") for e in rest.split(";") if e)]
        elif kind == b"A" and message[3:].decode("utf-8") == _OF_GPS:
            numbers.add(struct.unpack_from("<H", message, 1)[0])
        elif kind == b"D" and struct.unpack_from("<H", message)[0] in numbers:
            told = _row(fields, message[2:])
            yield Fix(told["time_utc_usec"] / 1e6, told["lon"] / 1e7, told["lat"] / 1e7)


def _messages(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = _HEAD
    while at + 3 <= len(body):
        size, kind = struct.unpack_from("<Hc", body, at)
        yield kind, body[at + 3 : at + 3 + size]
        at += 3 + size


def _row(fields: list[tuple[str, str]], message: bytes) -> dict[str, float]:
    """Return the members that are single numbers and stand before the first that is none."""
    told: dict[str, float] = {}
    at = 0
    for kind, name in fields:
        letter = _WIDTH.get(kind)
        if letter is None or at + struct.calcsize(letter) > len(message):
            break
        (told[name],) = struct.unpack_from("<" + letter, message, at)
        at += struct.calcsize(letter)
    return told
