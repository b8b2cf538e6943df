"""The disk under a whole platform is full: broker's files, database and logs; then there is room.

Whatever the platform acknowledged while there was room is kept, and what a unit still holds, since
nobody acknowledged it, is taken as soon as there is room again: nobody has to start anything.
"""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Shell, is_ready
from tests.servers import RunningBroker, fill, small_disk
from tests.zone_service.running import AIRPORT, AWAY, Client, settle, until
from zone_service.broker import free_port
from zone_service.clock import now
from zone_service.store import journal, violations
from zone_service.store.engine import open_store
from zone_service.store.records import PLATFORM, ViolationFilter, ViolationRecord

pytestmark = [pytest.mark.journey, pytest.mark.real_broker, pytest.mark.timeout("180")]

AGAIN_EVERY_S = 1.0


@dataclass
class Platform:
    """A platform whose every file lies on one small disk."""

    disk: Path
    shell: Shell

    @property
    def store_url(self) -> str:
        return f"sqlite:///{self.disk / 'data' / 'zone.sqlite'}"

    @property
    def port(self) -> str:
        return self.shell.environment["ZONE_WEB_PORT"]

    def troubles(self) -> dict[str, str]:
        """What ``/readyz`` says is not well."""
        answer = httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=20)
        wrong = {k: v["detail"] for k, v in answer.json()["checks"].items() if not v["ok"]}
        assert (answer.status_code == httpx.codes.OK) is not bool(wrong)
        return wrong

    def sequences(self) -> list[int]:
        with closing(open_store(self.store_url)) as store:
            return [json.loads(each.payload)["seq"] for each in journal.history(store, "uav-1")]

    def breaches(self) -> list[ViolationRecord]:
        with closing(open_store(self.store_url)) as store, store.read() as session:
            asked = ViolationFilter(device_id="uav-1", code="KEEP_OUT_BREACH")
            return list(violations.page(session, PLATFORM, asked))


@dataclass
class Keeper:
    """A unit that keeps each report until the platform has acknowledged it, as a unit should."""

    client: Client
    kept: dict[int, bytes] = field(default_factory=dict)
    sent_s: float = 0.0

    @property
    def acknowledged(self) -> int:
        return max((said["seq"] for _, said in self.client.heard), default=0)

    def report(self, place: tuple[float, float], **said: object) -> None:
        """Make one report, and send it."""
        seq = len(self.kept) + 1
        at = {"longitude": place[0], "latitude": place[1], "event_time": now().isoformat()}
        state = {"height_agl_m": 30.0, "operational_status": "AIRBORNE"}
        about = {"schema_version": 1, "boot_id": "test", "seq": seq}
        self.kept[seq] = json.dumps({**about, **at, **state, **said}).encode()
        self._send(seq)

    def all_acknowledged(self) -> bool:
        """Whether nothing is held any more; now and then sends again what is."""
        if time.monotonic() - self.sent_s > AGAIN_EVERY_S:
            for seq in range(self.acknowledged + 1, len(self.kept) + 1):
                self._send(seq)
        return self.acknowledged == len(self.kept)

    def repeat_next(self) -> None:
        """Say the next one past a broker that can store nothing: of this quality it need not."""
        self.client.mqtt.publish("zone/up/uav-1/tele", self.kept[self.acknowledged + 1], qos=0)

    def _send(self, seq: int) -> None:
        self.sent_s = time.monotonic()
        self.client.mqtt.publish("zone/up/uav-1/tele", self.kept[seq], qos=1)


def test_a_command_that_finds_the_disk_full_says_in_one_line_where_to_look(
    shell: Shell, tmp_path: Path
) -> None:
    with small_disk(tmp_path, 1) as disk:
        on_it = {"ZONE_DATA_DIR": str(disk / "data")}
        with closing(open_store(f"sqlite:///{disk / 'data' / 'zone.sqlite'}")) as store:
            store.upgrade()
        fill(disk)
        for words in (("up",), ("device", "add", "car-1", "--operator", "acme")):
            refused = shell.zone(*words, **on_it)
            assert refused.returncode == 1
            assert refused.stderr.count("\n") == 1, refused.stderr
            assert ": see to the disk of the data: `zone doctor` says where it is" in refused.stderr


@pytest.fixture(params=["nats", "mosquitto"])
def platform(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Platform]:
    """What ``zone up`` starts on a disk of 32 MiB, with the demonstration's map."""
    broker: RunningBroker = request.getfixturevalue(f"{request.param}_broker")
    known = {key: value for key, value in os.environ.items() if not key.startswith("ZONE_")}
    ports = {"ZONE_MQTT_PORT": str(free_port()), "ZONE_WEB_PORT": str(free_port())}
    with small_disk(tmp_path, 32) as disk:
        chosen = {"ZONE_BROKER": broker.kind.value, "ZONE_DATA_DIR": str(disk / "data")}
        running = Platform(disk, Shell(disk, {**known, **ports, **chosen}))
        with closing(open_store(running.store_url)) as store:
            settle(store)
        up = running.shell.start("up")
        try:
            until(partial(is_ready, running.port), 60)
            yield running
        finally:
            up.send_signal(signal.SIGINT)
            assert up.wait(20) == 0


@pytest.fixture
def unit(platform: Platform) -> Iterator[Keeper]:
    added = platform.shell.zone("device", "add", "uav-1", "--operator", "sky", "--domain", "air")
    assert added.returncode == 0, added.stderr
    secret = dict(line.rsplit(maxsplit=1) for line in added.stdout.splitlines())["password"]
    port = int(platform.shell.environment["ZONE_MQTT_PORT"])
    until(lambda: "accounts_followed" in (platform.disk / "log").read_text())
    client = Client("127.0.0.1", port, "uav-1", secret, ("zone/down/uav-1/ack",))
    with client:
        client.mqtt.reconnect_delay_set(1, 2)
        yield Keeper(client)


def test_a_disk_that_fills_under_the_platform_is_told_and_costs_nothing(
    platform: Platform, unit: Keeper
) -> None:
    for _ in range(3):
        unit.report(AWAY)
    until(unit.all_acknowledged)
    ballast = fill(platform.disk, but_bytes=16_384)
    for _ in range(20):
        unit.report(AIRPORT, note="x" * 4000)

    def is_told() -> bool:
        unit.repeat_next()
        return "full" in platform.troubles().get("intake", "")

    until(is_told)
    assert platform.troubles()["disk"] == "0% free"
    held = unit.acknowledged
    assert held < 23
    before_room = now()
    ballast.unlink()
    until(unit.all_acknowledged, 60)
    unit.report(AIRPORT)
    until(unit.all_acknowledged, 60)
    until(lambda: not platform.troubles())
    assert sorted(platform.sequences()) == list(range(1, 25))
    (breach,) = platform.breaches()
    assert breach.opened_at < before_room
