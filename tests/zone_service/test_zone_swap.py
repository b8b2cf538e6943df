"""A thousand new zones while messages flow: no turn pauses, and they judge at once."""

import json
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from shapely import box

from geofence.zone import Area, HeightBand, HeightLimit, HeightReference, Volume, Zone, ZoneKind
from tests.servers import RunningBroker
from tests.zone_service.running import AWAY, Client, Site, heard, settle, until
from zone_service.clock import now
from zone_service.store.engine import open_store
from zone_service.store.records import PLATFORM
from zone_service.zone_import import Checked, put_in_force

pytestmark = [pytest.mark.journey, pytest.mark.real_broker]

COUNT = 1000
CELL_DEG = 0.004
PAUSE_MS = 2000.0
"""What the heartbeat calls degraded: how long a turn takes beside all the tests' servers is a matter of luck.
That turns go on meanwhile and none of them makes a zone is shown without a clock, in
``test_swap_beside.py``; how long they take by ``python -m bench.change``."""
JUDGED_WITHIN_S = 10.0


def cell(number: int) -> Zone:
    """One of a grid of keep-outs, of which the first holds the place where the drone flies."""
    west = AWAY[0] - CELL_DEG / 2 + CELL_DEG * 1.5 * (number % 40)
    south = AWAY[1] - CELL_DEG / 2 + CELL_DEG * 1.5 * (number // 40)
    ceiling = HeightBand(upper=HeightLimit(200.0, HeightReference.AGL))
    area = Area(box(west, south, west + CELL_DEG, south + CELL_DEG))
    return Zone(
        zone_id=f"cell-{number}", kind=ZoneKind.KEEP_OUT, name=f"Cell {number}",
        volumes=(Volume(area, ceiling),), domains=frozenset({"air"}),
    )  # fmt: skip


PAIRS = ("nats-sqlite", "mosquitto-postgres")


@pytest.fixture(params=PAIRS)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    broker_kind, store_kind = request.param.split("-")
    broker: RunningBroker = request.getfixturevalue(f"{broker_kind}_broker")
    url: str = request.getfixturevalue(f"migrated_{store_kind}_url")
    store = open_store(url)
    settle(store, "uav-1")
    broker.add("uav-1")
    found = Site(broker, store, url, tmp_path)
    found.start()
    until(found.end_of_start)
    yield found
    found.end(signal.SIGKILL)
    broker.remove("uav-1")
    store.close()


@contextmanager
def speaking(unit: Client) -> Iterator[None]:
    """Let a drone report fifty times a second meanwhile."""
    done = threading.Event()

    def speak() -> None:
        seq = 0
        while not done.wait(0.02):
            seq += 1
            unit.say("uav-1", AWAY, seq)

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def beats(listener: Client) -> list[dict[str, Any]]:
    return heard(listener, "zone/live/heartbeat")


def breaches(listener: Client) -> list[str]:
    told = [each["violation"] for each in heard(listener, "zone/live/violation")]
    return [each["zone_id"] for each in told if each["code"] == "KEEP_OUT_BREACH"]


def test_a_thousand_zones_are_put_in_force_without_a_pause(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    with site.listener() as listener, site.device() as unit, speaking(unit):
        until(lambda: len(beats(listener)) >= 3)
        before = len(beats(listener))
        checked = Checked(tuple(cell(number) for number in range(COUNT)), ())
        revision, _ = put_in_force(site.store, PLATFORM, checked, now())
        published_s = time.monotonic()
        listener.mqtt.publish("zone/bus/changed", b"{}", qos=1)
        until(lambda: breaches(listener))
        judged_s = time.monotonic() - published_s
        until(lambda: beats(listener)[-1]["zones_revision"] == revision)
        after = len(beats(listener))
        until(lambda: len(beats(listener)) >= after + 2)
        longest_ms = max(each["lag_ms"] for each in beats(listener)[before:])
    with capsys.disabled():
        sys.stdout.write(f"\n{COUNT} zones: a turn took {longest_ms:.0f} ms at most, ")
        sys.stdout.write(f"and they judged after {judged_s:.2f} s\n")
    assert breaches(listener) == ["cell-0"]
    assert longest_ms < PAUSE_MS
    assert judged_s < JUDGED_WITHIN_S
    starts_with_what_is_kept(site)


def starts_with_what_is_kept(site: Site) -> None:
    """The next worker takes the grid over the thousand zones from the file that this one wrote."""
    until((site.data_dir / "zones.index").exists)
    assert site.end() == 0
    site.start()
    until(lambda: site.times_listening() == 2)
    (used,) = [line for line in logged(site) if line["event"] == "kept_zones_used"]
    assert used["zones"] >= COUNT
    assert used["laid_anew"] == 0


def logged(site: Site) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (site.data_dir / "worker.log").read_text().splitlines()]
