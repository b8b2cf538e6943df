"""New zones are made beside the work: as long as that takes turns go on, and the one that takes them over makes none."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from shapely import box

from geofence.zone import Area, Volume, Zone, ZoneKind
from telemetry.report import Frame
from tests.zone_service.conftest import NOON, Say
from tests.zone_service.test_turns import Clock, Silent, clock, worker
from zone_service import world_loader
from zone_service.clock import now
from zone_service.store import journal, zones
from zone_service.store.records import PLATFORM
from zone_service.worker import Worker

__all__ = ["clock", "worker"]

LOADER = "world-loader"
COUNT, TURNS = 1000, 50
GRACE_S = 60.0


class Speaking(Silent):
    """A car that says where it is each time that the broker is listened to."""

    def __init__(self, say: Say, clock: Clock) -> None:
        super().__init__()
        self.is_there = True
        self._say, self._clock, self._seq = say, clock, 0

    def read(self, max_messages: int, max_wait_s: float) -> list[Frame]:
        self._seq += 1
        self._clock.go_on(0.02)
        after_s = self._clock.now_s - NOON.timestamp()
        return [self._say("car-1", 121.91, 30.90, after_s, seq=self._seq)]


class Beside:
    """What makes worlds: held up until it may go on, and noted in which thread it ran."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.threads: set[str] = set()
        self.begun, self.may_go_on = threading.Event(), threading.Event()
        for name in ("load_world", "build", "changed_zones"):
            monkeypatch.setattr(world_loader, name, self._noted(getattr(world_loader, name)))

    def _noted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*given: Any, **named: Any) -> Any:
            self.threads.add(threading.current_thread().name)
            self.begun.set()
            assert self.may_go_on.wait(GRACE_S)
            return real(*given, **named)

        return noted


def cell(number: int) -> Zone:
    west, south = 121.0 + 0.002 * (number % 40), 31.5 + 0.002 * (number // 40)
    area = Area(box(west, south, west + 0.001, south + 0.001))
    return Zone(f"cell-{number}", ZoneKind.KEEP_OUT, "Cell", (Volume(area),))


def test_turns_store_what_comes_as_long_as_a_thousand_zones_are_made_and_none_of_them_makes_any(
    worker: Worker, clock: Clock, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside, in_use = Beside(monkeypatch), worker.world
    worker.ingest = Speaking(say, clock)
    worker.turn()
    with worker.store.write() as session:
        revision = zones.publish(session, PLATFORM, [cell(each) for each in range(COUNT)], now())
    clock.go_on(1.1)
    worker.turn()
    assert beside.begun.wait(GRACE_S)
    stored = journal.last_journal_id(worker.store)
    for _ in range(TURNS):
        worker.turn()
    assert journal.last_journal_id(worker.store) == stored + TURNS
    assert worker.world is in_use
    beside.may_go_on.set()
    deadline_s = time.monotonic() + GRACE_S
    while worker.world is in_use and time.monotonic() < deadline_s:
        worker.turn()
        time.sleep(0.002)
    assert worker.world.revisions.zones == revision
    assert len(worker.world.slots) >= COUNT
    assert beside.threads == {LOADER}
