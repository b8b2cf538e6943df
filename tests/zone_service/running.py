"""A worker as a process of its own beside a real broker, and devices that speak to it."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from maps.demo_map import demo_zones
from telemetry.report import Domain
from tests.servers import RunningBroker
from tests.warm import Place, Warm
from zone_service.clock import now
from zone_service.store import device_days, journal, registry, violations, zones
from zone_service.store.engine import Store
from zone_service.store.records import (
    PLATFORM,
    Device,
    Organisation,
    OrganisationKind,
    ViolationFilter,
)

AIRPORT = (121.805, 31.150)
AWAY = (121.930, 30.900)


@dataclass
class Client:
    """A paho client in its own thread, that remembers what it heard."""

    host: str
    port: int
    username: str
    password: str
    topics: tuple[str, ...] = ()
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    lost_at_s: list[float] = field(default_factory=list)
    _answered: int = 0

    def __enter__(self) -> "Client":
        self.mqtt = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=self.username + "-test")
        self.mqtt.username_pw_set(self.username, self.password)
        self.mqtt.on_connect = self._subscribe
        self.mqtt.on_subscribe = self._count_answer
        self.mqtt.on_disconnect = self._begin_anew
        self.mqtt.on_message = lambda _c, _u, m: self.heard.append((m.topic, json.loads(m.payload)))
        self.mqtt.connect(self.host, self.port)
        self.mqtt.loop_start()
        until(self.listens)
        self.lost_at_s.clear()  # a broker that does not know it yet sends it away at first
        return self

    def __exit__(self, *_: object) -> None:
        self.mqtt.disconnect()
        # Its thread may end by itself between paho's look at it and the wait for it.
        with suppress(AttributeError):
            self.mqtt.loop_stop()

    def listens(self) -> bool:
        """Whether it is connected and all it asked for was answered: what is said before is not heard."""
        return self.mqtt.is_connected() and self._answered == len(self.topics)

    def _subscribe(self, *_: Any) -> None:
        for topic in self.topics:
            self.mqtt.subscribe(topic, 1)

    def _count_answer(self, *_: Any) -> None:
        self._answered += 1

    def _begin_anew(self, *_: Any) -> None:
        self._answered = 0
        self.lost_at_s.append(time.monotonic())

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
        sent.wait_for_publish(20)


def until(found: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for something to become true; a machine that is busy with something else takes its time."""
    deadline, pause_s = time.monotonic() + seconds, 0.02
    while not found():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(pause_s)
        pause_s = min(1.2 * pause_s, 0.1)  # to ask costs the time of those who are asked


@dataclass
class Site:
    """A platform without its web process: broker, store, and a worker that can be killed."""

    broker: RunningBroker
    store: Store
    url: str
    data_dir: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: Warm | None = None

    def start(self, **environment: str) -> None:
        access = self.broker.service
        told = {
            **os.environ,
            "ZONE_DATA_DIR": str(self.data_dir),
            "ZONE_STORE_URL": self.url,
            "ZONE_BROKER": self.broker.kind.value,
            "ZONE_MQTT_HOST": access.host,
            "ZONE_MQTT_PORT": str(access.port),
            "ZONE_MQTT_USERNAME": access.username,
            "ZONE_MQTT_PASSWORD": access.password,
            **environment,
        }
        said = Path(os.devnull), self.data_dir / "worker.log"
        self.process = Warm(["worker"], Place(Path.cwd(), told, *said))

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)

    def end_of_start(self) -> bool:
        """Whether the worker has said that it is connected and listening."""
        return self.times_listening() > 0

    def times_listening(self) -> int:
        """How often the worker has said that it is connected and listening."""
        log = self.data_dir / "worker.log"
        return log.read_text().count('"event": "listening"') if log.exists() else 0

    def stored(self) -> list[int]:
        """The sequence numbers in the history, in the order in which they came in."""
        frames = journal.history(self.store, "uav-1")
        return [json.loads(frame.payload)["seq"] for frame in frames]

    def counted(self) -> int:
        """How many reports the days of the device have, as they are stored."""
        with self.store.read() as session:
            found = device_days.between(session, ["uav-1"], date.min, date.max)
        return sum(each.day.reports for each in found)

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


def heard(client: Client, topic: str) -> list[dict[str, Any]]:
    return [said for on, said in client.heard if on == topic]


def settle(store: Store, *device_ids: str) -> None:
    """Give an empty store its tables, the demonstration's map, and drones of one operator."""
    store.upgrade()
    with store.write() as session:
        zones.publish(session, PLATFORM, demo_zones(), now())
        sky = Organisation("sky", "Sky", OrganisationKind.OPERATOR)
        registry.add_organisation(session, PLATFORM, sky, now())
        for device_id in device_ids:
            drone = Device(device_id, "sky", Domain.AIR, "Drone")
            registry.add_device(session, PLATFORM, drone, now())
