"""A viewer as a browser is one: it knows what the frames told it and nothing else."""

import json
import struct
from dataclasses import dataclass, field
from typing import Any

from zone_service.live_frames import FULL


@dataclass
class Screen:
    """What a viewer has been shown."""

    epoch: str = ""
    seq: int = 0
    objects: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    places: dict[int, tuple[float, float, int, int]] = field(default_factory=dict)
    figures: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Of the height and the speed."""
    ongoing: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: list[tuple[int, str]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    heartbeat: dict[str, Any] = field(default_factory=dict)
    zones_revision: int = 0
    ahead: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def take(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self._frame(message)
            return
        said = json.loads(message)
        self.heard.append(said["op"])
        getattr(self, f"_{said['op']}")(said)

    def _frame(self, data: bytes) -> None:
        version, kind, _, count, _, _ = struct.unpack_from("<BBHIQQ", data)
        assert version == 2
        assert len(data) == 24 + 20 * count
        self.heard.append("full" if kind == FULL else "delta")
        if kind == FULL:
            self.places.clear()
        for row in struct.iter_unpack("<IiiHHhH", data[24:]):
            slot, longitude, latitude, heading, flags, *figures = row
            assert slot in self.objects, "a position of something that was not announced"
            self.places[slot] = (longitude / 1e7, latitude / 1e7, heading, flags)
            self.figures[slot] = tuple(figures)

    def _snap(self, said: dict[str, Any]) -> None:
        self.epoch, self.seq = said["epoch"], said["seq"]
        self.ahead.clear()
        self.objects = {row[0]: tuple(row[1:]) for row in said["objects"]}
        self.places.clear()
        self.ongoing = {each["id"]: each for each in said["violations"]}
        self.zones_revision = said["zones_revision"]

    def _resumed(self, said: dict[str, Any]) -> None:
        self.ahead.clear()

    def _forecast(self, said: dict[str, Any]) -> None:
        for each in said["devices"]:
            self.ahead.pop(each["device_id"], None)
            if each["alarms"]:
                self.ahead[each["device_id"]] = each["alarms"]

    def _objects(self, said: dict[str, Any]) -> None:
        for slot in said["del"]:
            self.objects.pop(slot, None)
            self.places.pop(slot, None)
        for row in said["add"]:
            self.objects[row[0]] = tuple(row[1:])

    def _violation(self, said: dict[str, Any]) -> None:
        assert said["seq"] > self.seq, "told twice, or out of order"
        self.seq = said["seq"]
        self.told.append((said["seq"], said["event"]))
        if said["violation"]["closed_at"] is None:
            self.ongoing[said["violation"]["id"]] = said["violation"]
        else:
            self.ongoing.pop(said["violation"]["id"], None)

    def _hb(self, said: dict[str, Any]) -> None:
        self.heartbeat = said

    def _zones(self, said: dict[str, Any]) -> None:
        self.zones_revision = said["revision"]

    def by_device(self) -> dict[str, tuple[Any, ...]]:
        """Return what is shown of each device, without the slots."""
        return {said[0]: (*said[1:], self.places.get(slot)) for slot, said in self.objects.items()}


class Paper:
    """A wire that keeps what is written, and is as slow as a test wants."""

    def __init__(self, screen: Screen | None = None) -> None:
        self.screen = screen or Screen()
        self.waiting = b""
        self.reads = True
        self.writes = 0
        self.closed: tuple[int, str] | None = None

    def write(self, data: bytes) -> None:
        self.writes += 1
        self.waiting += data
        if self.reads:
            self.read()

    def read(self) -> None:
        """Take all that waits."""
        data, self.waiting = self.waiting, b""
        for message in messages(data):
            self.screen.take(message)

    def buffered_bytes(self) -> int:
        return len(self.waiting)

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


def messages(data: bytes) -> list[str | bytes]:
    """Split what a server sends into WebSocket messages."""
    found: list[str | bytes] = []
    at = 0
    while at < len(data):
        first, length = data[at], data[at + 1]
        at += 2
        assert first & 0x80, "a message in parts"
        if length == 126:
            length = int.from_bytes(data[at : at + 2])
            at += 2
        elif length == 127:
            length = int.from_bytes(data[at : at + 8])
            at += 8
        payload = data[at : at + length]
        assert len(payload) == length
        found.append(payload.decode() if first & 0x0F == 1 else payload)
        at += length
    return found
