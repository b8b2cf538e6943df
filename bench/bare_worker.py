"""The least that a worker does: it reads, looks at the fences, commits and acknowledges. Nothing else.

No permits, no tracks, no violations, no screens: what all of that costs is seen by holding the platform's own
worker against this one, on the same machine in the same hour. ``python -m bench.bare_worker FILE`` writes the
same notes as ``bench.timed_worker``.
"""

import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from bench.timed_worker import Notes
from geofence.fixes import Fixes
from geofence.fleet import Fleet
from geofence.snapshot import Snapshot
from geofence.step import step
from telemetry import topics
from telemetry.ingest import Ingest
from telemetry.report import Frame
from zone_service import bus
from zone_service.broker import private_client_id, service_access
from zone_service.clock import monotonic_s
from zone_service.compiling import compile_loops
from zone_service.settings import Settings, load
from zone_service.store import journal
from zone_service.store.engine import Store, open_store
from zone_service.store.records import Batch, Commit
from zone_service.world_loader import load_world

MOST: Final = 1_000
WAIT_S: Final = 0.05
BEAT_EVERY_S: Final = 0.5


class _Said(msgspec.Struct):
    longitude: float
    latitude: float
    height_agl_m: float


class BareWorker:
    """One connection, one table."""

    def __init__(self, store: Store, snapshot: Snapshot, ingest: Ingest, notes: Notes) -> None:
        self._store = store
        self._snapshot = snapshot
        self._ingest = ingest
        self._notes = notes
        self._fleet = Fleet()
        self._numbers: dict[str, int] = {}
        self._decode = msgspec.json.Decoder(_Said).decode
        self._count = 0
        self._beat_s = 0.0
        self.stopping = False

    def run(self) -> None:
        """Go on until told to stop."""
        while not self.stopping:
            if frames := self._ingest.read(MOST, WAIT_S):
                self._turn(frames)
            if monotonic_s() >= self._beat_s and self._ingest.connected:
                self._say_how_many()
        self._ingest.close()

    def _turn(self, frames: Sequence[Frame]) -> None:
        self._look(frames)
        batch = Batch(
            f"bare-{self._count}",
            frames[0].received_s,
            frames[-1].received_s,
            len(frames),
            journal.pack(frames),
        )
        self._notes.commit_batch(self._store, Commit(batch=batch))
        self._ingest.acknowledge(frames)
        self._count += len(frames)

    def _look(self, frames: Sequence[Frame]) -> None:
        said = [self._decode(each.payload) for each in frames]
        count = len(said)
        agl_m = np.array([each.height_agl_m for each in said])
        device = [self._numbers.setdefault(each.topic, len(self._numbers)) for each in frames]
        fixes = Fixes(
            device=np.array(device, np.int32),
            longitude_deg=np.array([each.longitude for each in said]),
            latitude_deg=np.array([each.latitude for each in said]),
            at_s=np.array([each.received_s for each in frames]),
            agl_m=agl_m,
            amsl_m=agl_m,
            hae_m=agl_m,
            domain=np.ones(count, np.int8),
            crossing=np.ones(count, np.bool_),
        )
        self._fleet, _ = step(self._fleet, self._snapshot, fixes)

    def _say_how_many(self) -> None:
        self._beat_s = monotonic_s() + BEAT_EVERY_S
        said = {"committed": self._count, "lag_ms": 0.0}
        self._ingest.publish(bus.HEARTBEAT, json.dumps(said).encode())


def _client(settings: Settings) -> Ingest:
    access = service_access(settings)
    name = private_client_id("worker", access.password)
    return Ingest(
        access.host, access.port, access.username, access.password, name, topics.SUBSCRIPTIONS
    )


def main(arguments: Sequence[str]) -> None:
    """Run until SIGTERM."""
    (path,) = arguments
    settings = load()
    compile_loops()
    store, notes = open_store(settings.database), Notes()
    snapshot = load_world(store, settings).zones
    ingest = _client(settings)
    worker = BareWorker(store, snapshot, ingest, notes)

    def stop(_number: int, _frame: object) -> None:
        worker.stopping = True

    signal.signal(signal.SIGTERM, stop)
    ingest.connect()
    worker.run()
    store.close()
    notes.write(Path(path))


if __name__ == "__main__":
    main(sys.argv[1:])
