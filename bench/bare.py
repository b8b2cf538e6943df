"""The path with nothing on it: messages off the broker, their fences, one row a batch, acknowledged.

What a platform does beside (permits, tracks, violations, a live feed) is left out, so this is what the
real path is compared with, in the same run and under the same load. ``python -m bench.bare`` is the
program in the worker's place; when it is told to end, it writes down when each message was
committed.
"""

import select
import signal
import sqlite3
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Final

import msgspec
import numpy as np
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from bench.fence_loop import Loop, Registry
from geofence.fixes import DOMAIN_CODES
from telemetry.report import Frame
from telemetry.topics import parse
from zone_service import huge_pages
from zone_service.broker import service_access
from zone_service.collector import set_aside
from zone_service.compiling import compile_loops
from zone_service.settings import load
from zone_service.store.engine import open_store
from zone_service.world_loader import load_world

MOST: Final = 512
"""Messages of a batch."""
READY: Final = "bare.ready"
COMMITTED: Final = "bare.npz"


class _Said(msgspec.Struct):
    seq: int


class Bare:
    """One thread: paho's packets under ``poll``, one transaction a batch."""

    def __init__(self, client: mqtt.Client, loop: Loop, database: Path) -> None:
        self.client = client
        self.loop = loop
        self.store = sqlite3.connect(database, isolation_level=None)
        self.store.execute("PRAGMA journal_mode=WAL")
        self.store.execute("PRAGMA synchronous=FULL")
        self.store.execute("CREATE TABLE batch (id INTEGER PRIMARY KEY, frames BLOB NOT NULL)")
        self.waiting: list[Frame] = []
        self.committed: list[tuple[Frame, float]] = []
        client.on_message = lambda _client, _data, message: self.waiting.append(
            Frame(message.topic, bytes(message.payload), time.time(), message.qos, message.mid)
        )

    def turn(self, poller: select.poll) -> None:
        """Read what is there, judge it, commit it, acknowledge it.

        Raises:
            ConnectionError: the broker is gone; then nothing is measured.
        """
        if poller.poll(100):
            self._read()
            while len(self.waiting) < MOST and poller.poll(0):
                self._read()
        if self.waiting:
            self._take(self.waiting)
            self.waiting = []
        while self.client.want_write():
            self.client.loop_write()
        self.client.loop_misc()

    def _read(self) -> None:
        came_to = self.client.loop_read()
        if came_to != mqtt.MQTT_ERR_SUCCESS:
            message = f"the broker is gone: {mqtt.error_string(came_to)}"
            raise ConnectionError(message)

    def _take(self, frames: Sequence[Frame]) -> None:
        self.loop.take(frames)
        self.store.execute("BEGIN IMMEDIATE")
        self.store.execute(
            "INSERT INTO batch (frames) VALUES (?)", (msgspec.msgpack.encode(frames),)
        )
        self.store.execute("COMMIT")
        at_s = time.time()
        for frame in frames:
            self.client.ack(frame.mid, frame.qos)
            self.committed.append((frame, at_s))

    def save(self, path: Path) -> None:
        """Write down the device, the sequence number and the time of commit of each message."""
        decode = msgspec.json.Decoder(_Said).decode
        topics = [parse(frame.topic) for frame, _ in self.committed]
        np.savez(
            path,
            device_id=np.array(["" if each is None else each.device_id for each in topics]),
            seq=np.array([decode(frame.payload).seq for frame, _ in self.committed], np.int64),
            at_s=np.array([at_s for _, at_s in self.committed]),
        )


def after_ms(times: Path, committed: Path) -> tuple[list[float], int]:
    """Return how long after it was sent each message was committed, and how many never were.

    ``times`` is the file in which the generator noted when it sent each message.
    """
    with np.load(times) as sent, np.load(committed) as kept:
        published_s = sent["published_s"]
        rows = {name: row for row, name in enumerate(sent["device_ids"].tolist())}
        row = np.array([rows[name] for name in kept["device_id"].tolist()], np.int64)
        passed_s = kept["at_s"] - published_s[row, kept["seq"]]
        known = {*zip(row.tolist(), kept["seq"].tolist(), strict=True)}
        missed = int(np.isfinite(published_s).sum()) - len(known)
    return (passed_s * 1000.0).tolist(), missed


def _loop() -> tuple[Loop, Path]:
    settings = load()
    store = open_store(settings.database)
    world = load_world(store, settings)
    store.close()
    numbers = {name: number for number, name in enumerate(world.units)}
    domain = np.array([DOMAIN_CODES[world.subjects[name].domain] for name in numbers], np.int8)
    set_aside()
    return Loop(
        world.zones, Registry(world.units, numbers, domain, world.codecs)
    ), settings.data_dir


def _connected() -> mqtt.Client:
    access = service_access(load())
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id="bench-bare", protocol=mqtt.MQTTv311, manual_ack=True
    )
    client.username_pw_set(access.username, access.password)
    subscribed: list[int] = []
    client.on_subscribe = lambda *_: subscribed.append(1)
    client.connect(access.host, access.port)
    client.subscribe("zone/up/+/tele", qos=1)
    while not subscribed:
        client.loop(0.1)
    return client


def main() -> int:
    """Run until SIGTERM."""
    stopping: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)

    signal.signal(signal.SIGTERM, stop)
    huge_pages.do_without()
    compile_loops()
    loop, directory = _loop()
    client = _connected()
    bare = Bare(client, loop, directory / "bare.sqlite")
    poller = select.poll()
    socket = client.socket()
    assert socket is not None
    poller.register(socket, select.POLLIN)
    (directory / READY).touch()
    while not stopping:
        bare.turn(poller)
    bare.save(directory / COMMITTED)
    return 0


if __name__ == "__main__":
    sys.exit(main())
