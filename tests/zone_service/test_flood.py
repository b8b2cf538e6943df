"""A unit that floods the platform with all that a message may hold, beside others who speak."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from simulators.wire import rfc3339
from telemetry.ingest import Ingest
from telemetry.report import Frame
from tests.telemetry.stub_broker import StubBroker, publish
from tests.zone_service.running import AIRPORT, AWAY, settle
from zone_service import worker as workers
from zone_service.clock_frames import TICK_TOPIC
from zone_service.decisions import Outcome
from zone_service.late_laws import Laws
from zone_service.memory import Memory
from zone_service.pipeline import step
from zone_service.settings import BrokerKind, Settings
from zone_service.store.engine import Store
from zone_service.worker import TICK_EVERY_S, Worker
from zone_service.world import World
from zone_service.world_loader import load_world

REPORTS = 1_000
ARRAYS = 30
BEFORE_THE_BREACH = 4


class Told(Ingest):
    """The worker's client; ``topics`` are those of what it published."""

    def __init__(self, port: int) -> None:
        super().__init__("127.0.0.1", port, None, None, "worker", ("zone/up/#",))
        self.topics: list[str] = []

    def publish(self, topic: str, payload: bytes, qos: int = 0) -> int | None:
        self.topics.append(topic)
        return super().publish(topic, payload, qos)


@pytest.fixture
def stub() -> Iterator[StubBroker]:
    broker = StubBroker()
    yield broker
    broker.close()


@pytest.fixture
def worker(stub: StubBroker, store: Store, tmp_path: Path) -> Iterator[Worker]:
    """A worker that is connected and waits for what the test sends."""
    settle(store, "uav-1", "uav-2")
    settings = Settings(data_dir=tmp_path, broker=BrokerKind.MOSQUITTO)
    world = load_world(store, settings)
    made = Worker(settings, store, Told(stub.port), world, Memory(), is_first=True)
    made.start()
    stub.welcome()
    made.turn()
    stub.grant(1)
    made.turn()
    assert made.ingest.connected
    yield made
    made.close_beside()
    stub.drop()
    made.ingest.close()


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Of each turn how many reports were judged, and how many ticks."""
    seen: list[tuple[int, int]] = []

    def noted(memory: Memory, world: World, frames: Sequence[Frame], laws: Laws) -> Outcome:
        outcome = step(memory, world, frames)
        ticks = sum(frame.topic == TICK_TOPIC for frame in frames)
        seen.append((outcome.counts["fresh"], ticks))
        return outcome

    monkeypatch.setattr(workers, "judge", noted)
    return seen


def report(at_s: float, **said: object) -> dict[str, object]:
    return {"schema_version": 1, "event_time": rfc3339(at_s), **said}


def message(device_id: str, said: object) -> bytes:
    payload = json.dumps(said, separators=(",", ":")).encode()
    assert len(payload) <= 64 * 1024
    return publish(f"zone/up/{device_id}/tele".encode(), payload)


def flood() -> bytes:
    """Arrays of a thousand reports, as short as they can be; early among them a drone's breach."""
    began_s = time.time() - ARRAYS
    arrays = [
        message("uav-1", [report(began_s + array + at * 1e-3) for at in range(REPORTS)])
        for array in range(ARRAYS)
    ]
    there = {"height_agl_m": 30.0, "operational_status": "AIRBORNE"}
    breach = [
        message("uav-2", report(time.time() + at_s, longitude=lon, latitude=lat, **there))
        for at_s, (lon, lat) in ((-300.0, AWAY), (-1.0, AIRPORT), (-0.5, AIRPORT))
    ]
    return b"".join((*arrays[:BEFORE_THE_BREACH], *breach, *arrays[BEFORE_THE_BREACH:]))


def test_who_floods_with_arrays_of_reports_holds_up_neither_the_tick_nor_the_alert_of_another(
    stub: StubBroker, worker: Worker, judged: list[tuple[int, int]]
) -> None:
    assert isinstance(worker.ingest, Told)
    judged.clear()
    sending = threading.Thread(target=stub.send, args=(flood(),))
    sending.start()
    began_s = time.monotonic()
    slowest_s, alert_after = 0.0, None
    while sum(reports for reports, _ in judged) < ARRAYS * REPORTS + 3:
        turn_s = time.monotonic()
        worker.turn()
        slowest_s = max(slowest_s, time.monotonic() - turn_s)
        if alert_after is None and "zone/down/uav-2/alert" in worker.ingest.topics:
            alert_after = sum(reports for reports, _ in judged)
        assert time.monotonic() < began_s + 60
    sending.join()
    whole_s = time.monotonic() - began_s

    most_in_a_turn = 6_003
    """What holds 256 KiB, and what came with the last of it; perhaps the breach in the midst."""
    assert max(reports for reports, _ in judged) <= most_in_a_turn
    assert alert_after is not None
    assert alert_after <= BEFORE_THE_BREACH * REPORTS + most_in_a_turn
    assert sum(ticks for _, ticks in judged) >= whole_s // (TICK_EVERY_S + slowest_s)
