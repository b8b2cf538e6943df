"""The worker over real servers: what is acknowledged is stored, and what is stored is told."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from maps.demo_map import demo_zones
from telemetry.report import Domain
from tests.servers import RunningBroker
from zone_service.broker import BrokerAccess
from zone_service.clock import now
from zone_service.store import journal, registry, violations, zones
from zone_service.store.engine import Store, open_store
from zone_service.store.records import (
    PLATFORM,
    Device,
    Organisation,
    OrganisationKind,
    ViolationFilter,
)

AIRPORT = (121.805, 31.150)
AWAY = (121.930, 30.900)

pytestmark = [pytest.mark.journey, pytest.mark.real_broker]


@dataclass
class Client:
    """A paho client in its own thread, that remembers what it heard."""

    host: str
    port: int
    username: str
    password: str
    topics: tuple[str, ...] = ()
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __enter__(self) -> "Client":
        self.mqtt = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=self.username + "-test")
        self.mqtt.username_pw_set(self.username, self.password)
        self.mqtt.on_connect = self._subscribe
        self.mqtt.on_message = lambda _c, _u, m: self.heard.append((m.topic, json.loads(m.payload)))
        self.mqtt.connect(self.host, self.port)
        self.mqtt.loop_start()
        until(self.mqtt.is_connected)
        time.sleep(0.2)
        return self

    def __exit__(self, *_: object) -> None:
        self.mqtt.disconnect()
        self.mqtt.loop_stop()

    def _subscribe(self, *_: Any) -> None:
        for topic in self.topics:
            self.mqtt.subscribe(topic, 1)

    def say(self, device_id: str, place: tuple[float, float], seq: int, **said: object) -> None:
        body = {
            "schema_version": 1,
            "boot_id": "test",
            "seq": seq,
            "event_time": now().isoformat(),
            "longitude": place[0],
            "latitude": place[1],
            "height_agl_m": 30.0,
            "ground_speed_mps": 3.0,
            "operational_status": "AIRBORNE",
            **said,
        }
        sent = self.mqtt.publish(f"zone/up/{device_id}/tele", json.dumps(body), qos=1)
        sent.wait_for_publish(5)


def until(found: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@dataclass
class Site:
    """A platform without its web process: broker, store, and a worker that can be killed."""

    broker: RunningBroker
    store: Store
    url: str
    data_dir: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self, **environment: str) -> None:
        access = self.broker.service
        with (self.data_dir / "worker.log").open("ab") as log:
            self._launch(access, log, environment)

    def _launch(self, access: BrokerAccess, log: BinaryIO, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "zone_service", "worker"],
            env={
                **os.environ,
                "ZONE_DATA_DIR": str(self.data_dir),
                "ZONE_STORE_URL": self.url,
                "ZONE_BROKER": self.broker.kind.value,
                "ZONE_MQTT_HOST": access.host,
                "ZONE_MQTT_PORT": str(access.port),
                "ZONE_MQTT_USERNAME": access.username,
                "ZONE_MQTT_PASSWORD": access.password,
                **environment,
            },
            stderr=log,
        )

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(15)

    def end_of_start(self) -> bool:
        """Whether the worker has said that it is connected and listening."""
        log = self.data_dir / "worker.log"
        return log.exists() and '"event": "listening"' in log.read_text()

    def stored(self) -> list[int]:
        """The sequence numbers in the history, in the order in which they came in."""
        frames = journal.history(self.store, "uav-1")
        return [json.loads(frame.payload)["seq"] for frame in frames]

    def violations(self) -> list[str]:
        with self.store.read() as session:
            return sorted(
                each.code for each in violations.page(session, PLATFORM, ViolationFilter())
            )

    @contextmanager
    def device(self, device_id: str = "uav-1") -> Iterator[Client]:
        access = self.broker.access(device_id)
        told = (f"zone/down/{device_id}/ack", f"zone/down/{device_id}/alert")
        with Client(access.host, access.port, device_id, access.password, told) as client:
            yield client

    @contextmanager
    def listener(self) -> Iterator[Client]:
        access = self.broker.service
        told = ("zone/live/violation", "zone/live/heartbeat", "zone/live/delta")
        with Client(access.host, access.port, access.username, access.password, told) as client:
            yield client


PAIRS = [("nats_broker", "sqlite"), ("mosquitto_broker", "postgresql")]
"""Each broker and each store: what either does to the worker does not depend on the other."""


@pytest.fixture(params=PAIRS, ids=["nats-sqlite", "mosquitto-postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    broker_fixture, kind = request.param
    broker: RunningBroker = request.getfixturevalue(broker_fixture)
    store_url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    if kind == "postgresql":
        store_url = request.getfixturevalue("postgres_url")
    store = open_store(store_url)
    store.upgrade()
    with store.write() as session:
        zones.publish(session, PLATFORM, demo_zones(), now())
        sky = Organisation("sky", "Sky", OrganisationKind.OPERATOR)
        registry.add_organisation(session, PLATFORM, sky, now())
        registry.add_device(session, PLATFORM, Device("uav-1", "sky", Domain.AIR, "Drone"), now())
    broker.add("uav-1")
    found = Site(broker, store, store_url, tmp_path)
    yield found
    if found.process is not None and found.process.poll() is None:
        found.end(signal.SIGKILL)
    broker.remove("uav-1")
    store.close()


@pytest.mark.requirement("A44-3", "A44-4")
def test_a_breach_goes_from_the_unit_to_the_store_the_screens_and_back_to_the_unit(
    site: Site,
) -> None:
    with site.listener() as listener, site.device() as unit:
        site.start()
        until(lambda: heard(listener, "zone/live/heartbeat"))
        unit.say("uav-1", AWAY, 1)
        unit.say("uav-1", AIRPORT, 2)
        until(lambda: "KEEP_OUT_BREACH" in site.violations())
        until(lambda: heard(unit, "zone/down/uav-1/ack"))
        until(lambda: heard(unit, "zone/down/uav-1/alert"))
        told = [each["violation"] for each in heard(listener, "zone/live/violation")]
        breach = next(each for each in told if each["code"] == "KEEP_OUT_BREACH")
        assert breach["device_label"] == "Drone"
        assert breach["zone_id"].startswith("apt-zspd")
        assert breach["zone_name"]
        until(lambda: heard(unit, "zone/down/uav-1/ack")[-1] == {"boot_id": "test", "seq": 2})
        assert site.stored() == [1, 2]
        assert site.end() == 0


def heard(client: Client, topic: str) -> list[dict[str, Any]]:
    return [said for on, said in client.heard if on == topic]


STEPS = [
    "after_read",
    "after_judgement",
    "before_commit:3",
    "after_commit:3",
    "after_announcement",
    "after_acknowledgement",
]


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_dies_at_any_step_loses_nothing_and_doubles_nothing(
    site: Site, step: str
) -> None:
    with site.device() as unit:
        site.start()
        unit_speaks_until_dead(site, unit, step)
        site.start()
        unit.say("uav-1", AIRPORT, 90)
        unit.say("uav-1", AIRPORT, 91)
        until(lambda: {*range(1, 21), 91} <= set(site.stored()))
    stored = site.stored()
    assert len(stored) == len(set(stored))
    assert stored == sorted(stored)
    assert site.violations().count("KEEP_OUT_BREACH") == 1


def unit_speaks_until_dead(site: Site, unit: Client, step: str) -> None:
    """First let the session exist, then let the worker die while it is spoken to."""
    until(lambda: site.end_of_start())
    site.end(signal.SIGTERM)
    site.start(ZONE_CRASH_AT=step)
    for seq in range(1, 21):
        unit.say("uav-1", AIRPORT, seq)
        time.sleep(0.02)
    assert site.process is not None
    assert site.process.wait(15) == -signal.SIGKILL


def test_a_second_worker_on_the_same_data_is_refused_by_name(site: Site) -> None:
    site.start()
    until(lambda: (site.data_dir / "worker.lock").exists() and site.end_of_start())
    first = site.process
    site.start()
    assert site.process is not None
    assert site.process.wait(15) == 1
    site.process = first
    assert "another worker" in (site.data_dir / "worker.log").read_text()


def test_a_worker_recovers_by_checkpoint_and_replay(site: Site) -> None:
    with site.device() as unit:
        site.start(ZONE_CHECKPOINT_EVERY_S="1000")
        until(lambda: site.end_of_start())
        for seq in range(1, 11):
            unit.say("uav-1", AIRPORT, seq)
        until(lambda: len(site.stored()) == 10)
        site.end(signal.SIGKILL)
        site.start()
        unit.say("uav-1", AIRPORT, 11)
        until(lambda: 11 in site.stored())
    assert site.stored() == list(range(1, 12))
    assert site.violations().count("KEEP_OUT_BREACH") == 1


def test_a_broker_that_goes_away_and_comes_back_costs_nothing_that_was_acknowledged(
    site: Site,
) -> None:
    site.start()
    until(lambda: site.end_of_start())
    with site.device() as unit:
        unit.say("uav-1", AWAY, 1)
        until(lambda: site.stored() == [1])
    site.broker.stop()
    time.sleep(0.5)
    site.broker.start()
    with site.device() as unit:
        time.sleep(0.5)
        for seq in range(2, 6):
            unit.say("uav-1", AWAY, seq)
        until(lambda: len(site.stored()) >= 5)
    assert site.stored() == [1, 2, 3, 4, 5]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small file system, which takes root")
def test_a_full_disk_stops_acknowledgements_and_loses_nothing(
    nats_broker: RunningBroker, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    url = f"sqlite:///{disk / 'store.sqlite'}"
    store = open_store(url)
    try:
        store.upgrade()
        with store.write() as session:
            sky = Organisation("sky", "Sky", OrganisationKind.OPERATOR)
            registry.add_organisation(session, PLATFORM, sky, now())
            device = Device("uav-1", "sky", Domain.AIR, "Drone")
            registry.add_device(session, PLATFORM, device, now())
        nats_broker.add("uav-1")
        site = Site(nats_broker, store, url, tmp_path)
        fill_and_free(site, disk)
        site.end()
    finally:
        nats_broker.remove("uav-1")
        store.close()
        subprocess.run(["umount", "-l", str(disk)], check=True)


def fill_and_free(site: Site, disk: Path) -> None:
    with site.listener() as listener, site.device() as unit:
        site.start(ZONE_CHECKPOINT_EVERY_S="1000")
        until(lambda: heard(listener, "zone/live/heartbeat"))
        unit.say("uav-1", AWAY, 1)
        until(lambda: site.stored() == [1])
        ballast = disk / "ballast"
        ballast.write_bytes(b"\0" * max(0, shutil.disk_usage(disk).free - 20_000))
        for seq in range(2, 40):
            unit.say("uav-1", AWAY, seq, note="x" * 4000)
        until(lambda: heard(listener, "zone/live/heartbeat")[-1]["degraded"])
        acknowledged = heard(unit, "zone/down/uav-1/ack")[-1]["seq"]
        assert acknowledged < 39
        ballast.unlink()
        until(lambda: len(site.stored()) == 39)
    assert site.stored() == list(range(1, 40))
