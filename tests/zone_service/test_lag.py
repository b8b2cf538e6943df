"""A worker that stood still for seconds finds everything in its order when it goes on."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.servers import PAIRS, Pair
from tests.zone_service.running import AIRPORT, AWAY, Client, Site, heard, settle, until
from zone_service.clock import now
from zone_service.store.engine import open_store

pytestmark = [pytest.mark.journey, pytest.mark.real_broker]

NAMES = tuple(f"lag-{number}" for number in range(8))
RATE_HZ = 60
PAUSE_S = 5.0
VISIT_S = 0.3
"""Each drone is over the airport for so long, while the worker stands still."""


@pytest.fixture(params=PAIRS, ids=str)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    pair: Pair = request.param
    broker = pair.require_broker(request)
    with pair.database(request, tmp_path) as url, closing(open_store(url)) as store:
        settle(store, *NAMES)
        broker.add(*NAMES)
        found = Site(broker, store, url, tmp_path)
        found.start()
        until(found.end_of_start)
        yield found
        found.end(signal.SIGKILL)
        broker.remove(*NAMES)


class Fleet:
    """Drones that report many times a second, and say as often that something happened."""

    def __init__(self, units: list[Client]) -> None:
        self.units = units
        self.seq = 0

    def fly(self, seconds: float, *, visiting: bool = False) -> None:
        """Report for so long; one after the other visits the airport, if they do.

        Who visits when goes by the number of the report: a busy machine skips none.
        """
        due_s = time.monotonic()
        for step in range(round(seconds * RATE_HZ)):
            self.seq += 1
            for number, unit in enumerate(self.units):
                passed_s, begins_s = step / RATE_HZ, 0.5 * (number + 1)
                inside = visiting and begins_s <= passed_s < begins_s + VISIT_S
                self._say(unit, AIRPORT if inside else AWAY)
            due_s += 1 / RATE_HZ
            time.sleep(max(0.0, due_s - time.monotonic()))

    def _say(self, unit: Client, place: tuple[float, float]) -> None:
        said = {
            "schema_version": 1, "boot_id": "lag", "seq": self.seq, "event_time": now().isoformat(),
            "longitude": place[0], "latitude": place[1], "height_agl_m": 30.0,
            "ground_speed_mps": 3.0, "operational_status": "AIRBORNE",
        }  # fmt: skip
        unit.mqtt.publish(f"zone/up/{unit.username}/tele", json.dumps(said), qos=1)
        unit.mqtt.publish(f"zone/up/{unit.username}/event", b"{}", qos=1)


def counts(listener: Client) -> dict[str, int]:
    beats = heard(listener, "zone/live/heartbeat")
    found: dict[str, int] = beats[-1]["counts"] if beats else {}
    return found


def test_what_came_while_the_worker_stood_still_is_judged_in_its_order(site: Site) -> None:
    assert site.process is not None
    with ExitStack() as stack:
        listener = stack.enter_context(site.listener())
        fleet = Fleet([stack.enter_context(site.device(name)) for name in NAMES])
        fleet.fly(1.0)
        os.kill(site.process.pid, signal.SIGSTOP)
        fleet.fly(PAUSE_S, visiting=True)
        os.kill(site.process.pid, signal.SIGCONT)
        fleet.fly(1.0)
        sent = len(NAMES) * fleet.seq
        until(lambda: counts(listener).get("fresh", 0) + counts(listener).get("late", 0) == sent)
    assert counts(listener).get("late", 0) == 0
    assert site.violations().count("KEEP_OUT_BREACH") == len(NAMES)
    assert "TELEMETRY_SILENCE" not in site.violations()
