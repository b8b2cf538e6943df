"""Recorded payloads, played again: the bytes of real units with a new time, name and place.

What is rewritten is what must be: the time of the fix (now), the device's identity (that of the
credential it plays under) and the position, which is moved to a place that its permit covers,
since recordings come from anywhere. All else stays as it was recorded. A JT/T 808 frame keeps
its header edition and its additional items, and gets a new check sum.
"""

import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from simulators.wire import Message, dji_message
from telemetry import topics
from telemetry.codecs.jt808 import LOCATION
from telemetry.codecs.jt808_frame import checksum

OWN_DJI_FILE = "dji_osd.json"
DJI_FILE = "dji_aircraft_osd_real.json"
JT808_FILE = "jt808_0200_hex.txt"
CHINA = timezone(timedelta(hours=8))
_VERSIONED, _SPLIT_OR_ENCRYPTED = 0x4000, 0x3C00
_FIXED, _SOUTH, _WEST = 0x02, 0x04, 0x08
_LOCATION_BYTES = 28


class BadRecording(ValueError):
    """A recording cannot be played again: says which, and why."""


@dataclass(frozen=True, slots=True)
class Recordings:
    """What there is to play."""

    source: str
    """For people: where the recordings are from."""
    dji_osd: tuple[dict[str, object], ...]
    """The data of aircraft's OSD messages."""
    jt808: tuple[bytes, ...]
    """Location frames that have a fix, with their marks."""
    left_out: tuple[str, ...] = ()
    """Why each other line of the JT/T 808 file cannot be played."""

    def described(self) -> str:
        """Return what is played, in a line."""
        played = f"JT/T 808 x {len(self.jt808)}, DJI OSD x {len(self.dji_osd)}"
        left_out = f" ({len(self.left_out)} left out)" if self.left_out else ""
        return f"{played}, from {self.source}{left_out}"


def load_recordings(folder: Path | None = None) -> Recordings:
    """Read recordings from a folder that has both files, else those that come with the package.

    Raises:
        BadRecording: a file is there and holds nothing that can be played.
    """
    here: Traversable = files("simulators").joinpath("recordings")
    found = (
        folder
        if folder is not None and (folder / DJI_FILE).is_file() and (folder / JT808_FILE).is_file()
        else None
    )
    osd = here.joinpath(OWN_DJI_FILE) if found is None else found / DJI_FILE
    lines = (here if found is None else found).joinpath(JT808_FILE)
    frames, left_out = _frames(lines.read_text(encoding="utf-8").split())
    return Recordings(
        source="the project's own recordings" if found is None else "recorded units",
        dji_osd=_dji_data(osd.read_text(encoding="utf-8")),
        jt808=frames,
        left_out=left_out,
    )


def _dji_data(text: str) -> tuple[dict[str, object], ...]:
    """Return the data members of one OSD message or of a list of them."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"{DJI_FILE}: no JSON: {error}"
        raise BadRecording(message) from error
    entries = document if isinstance(document, list) else [document]
    found = tuple(_osd(entry) for entry in entries if isinstance(entry, dict))
    if not found or not all("latitude" in data and "longitude" in data for data in found):
        message = f"{DJI_FILE}: no OSD with a position"
        raise BadRecording(message)
    return found


def _osd(entry: dict[str, Any]) -> dict[str, object]:
    """Return the OSD itself, which a recording may hold with or without its envelope."""
    inner = entry.get("data") or entry.get("host")
    return inner if isinstance(inner, dict) else entry


def _frames(lines: Iterable[str]) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    """Return what can be played, and why the rest cannot."""
    frames: list[bytes] = []
    left_out: list[str] = []
    for number, line in enumerate(lines, 1):
        if obstacle := _obstacle(line):
            left_out.append(f"line {number}: {obstacle}")
        else:
            frames.append(bytes.fromhex(line))
    if not frames:
        message = f"{JT808_FILE}: no whole 0x0200 frame with a fix; {'; '.join(left_out)}"
        raise BadRecording(message)
    return tuple(frames), tuple(left_out)


def _obstacle(line: str) -> str:
    """Return why a recorded line cannot be played; empty if it can."""
    try:
        frame = bytes.fromhex(line)
    except ValueError:
        return "it is not hexadecimal"
    if b"\x7e" in frame[1:-1]:
        return "an escape was lost on its way into the recording"
    data = _unescape(frame)
    if len(data) < 13 + _LOCATION_BYTES:
        return "it is cut short"
    if checksum(data[:-1]) != data[-1]:
        return "its check sum is wrong"
    message_id, attributes = struct.unpack_from(">HH", data)
    if message_id != LOCATION or attributes & _SPLIT_OR_ENCRYPTED:
        return "it is not one whole location report in clear"
    return _obstacle_in(data[_header_bytes(attributes) : -1])


def _obstacle_in(body: bytes) -> str:
    if len(body) < _LOCATION_BYTES:
        return "it is cut short"
    status, latitude = struct.unpack_from(">II", body, 4)
    return "" if status & _FIXED and latitude else "the terminal had no fix"


def _unescape(frame: bytes) -> bytes:
    inside = frame.strip(b"\x7e")
    return inside.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")


def _header_bytes(attributes: int) -> int:
    return 17 if attributes & _VERSIONED else 12


def replay_jt808(
    frame: bytes,
    device_id: str,
    phone: str,
    event_time_s: float,
    longitude_deg: float,
    latitude_deg: float,
    *,
    parked: bool = False,
) -> Message:
    """Return a recorded frame as the terminal ``phone`` would send it now and here.

    ``parked`` also sets its speed to nothing: the last word of a vehicle that stops.
    """
    data = bytearray(_unescape(frame))
    (attributes,) = struct.unpack_from(">H", data, 2)
    start = _header_bytes(attributes)
    first, length = (5, 10) if attributes & _VERSIONED else (4, 6)
    data[first : first + length] = bytes.fromhex(phone.zfill(2 * length))
    (status,) = struct.unpack_from(">I", data, start + 4)
    status &= ~(_SOUTH | _WEST)
    place = (status, round(latitude_deg * 1e6), round(longitude_deg * 1e6))
    struct.pack_into(">III", data, start + 4, *place)
    if parked:
        struct.pack_into(">H", data, start + 18, 0)
    at = datetime.fromtimestamp(int(event_time_s), UTC).astimezone(CHINA)
    data[start + 22 : start + 28] = bytes.fromhex(at.strftime("%y%m%d%H%M%S"))
    data[-1] = checksum(bytes(data[:-1]))
    escaped = bytes(data).replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")
    payload = b"\x7e" + escaped + b"\x7e"
    return Message(topics.tele(device_id), payload, float(int(event_time_s)))


def replay_dji(
    data: dict[str, object],
    serial: str,
    event_time_s: float,
    longitude_deg: float,
    latitude_deg: float,
    ground_hae_m: float,
    *,
    parked: bool = False,
) -> Message:
    """Return a recorded OSD as the aircraft ``serial`` would send it now and here.

    It flies as high above the ground here as it flew above its take-off point there.
    """
    elevation = data.get("elevation")
    above_m = float(elevation) if isinstance(elevation, int | float) else 0.0
    moved = data | {
        "longitude": longitude_deg,
        "latitude": latitude_deg,
        "height": ground_hae_m + above_m,
    }
    return dji_message(serial, moved | ({"mode_code": 0} if parked else {}), event_time_s)
