"""What ``zone up`` runs, on either broker and either store: from a unit to the store and back."""

import json
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Shell, is_ready
from tests.servers import PAIRS, Pair
from tests.store import city
from tests.zone_service.running import Client, until
from zone_service.broker import MAX_PAYLOAD_BYTES
from zone_service.clock import now
from zone_service.store import journal
from zone_service.store.engine import open_store

pytestmark = [pytest.mark.journey, pytest.mark.real_broker, pytest.mark.timeout("120")]

PROGRAMS = {"nats": "nats-server", "mosquitto": "mosquitto"}


@dataclass(frozen=True)
class Platform:
    """A platform that runs, as whoever started it sees it."""

    shell: Shell
    pid: int
    broker: str
    """The program of its broker."""
    database: str

    def child(self, name: str) -> int | None:
        """The process of one of its children, ``None`` while there is none."""
        for children in Path(f"/proc/{self.pid}/task").glob("*/children"):
            for pid in children.read_text().split():
                if is_called(int(pid), name):
                    return int(pid)
        return None

    def sequences(self, device_id: str) -> list[int]:
        """The sequence numbers of a device in the history."""
        with closing(open_store(self.database)) as store:
            frames = list(journal.history(store, device_id))
        return [json.loads(frame.payload)["seq"] for frame in frames]

    def refused(self) -> Counter[tuple[str, str]]:
        """How often something was refused, by what it was about and why."""
        with closing(open_store(self.database)) as store:
            kept = city.refused(store)
        return Counter({(each.subject, each.reason): each.count for each in kept})

    def unit(self, device_id: str) -> Client:
        """A registered unit that has not connected yet."""
        port = int(self.shell.environment["ZONE_MQTT_PORT"])
        told = (f"zone/down/{device_id}/ack",)
        return Client("127.0.0.1", port, device_id, secret_of(self.shell, device_id), told)


def is_called(pid: int, name: str) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return words[-2:-1] == [name] or Path(words[0]).name == name


def secret_of(shell: Shell, device_id: str) -> str:
    added = shell.zone("device", "add", device_id, "--operator", "acme")
    assert added.returncode == 0, added.stderr
    return dict(line.rsplit(maxsplit=1) for line in added.stdout.splitlines())["password"]


@pytest.fixture(scope="module", params=PAIRS, ids=str)
def platform(request: pytest.FixtureRequest, open_shell: Callable[[], Shell]) -> Iterator[Platform]:
    """What ``zone up`` starts, on each pair of a broker and a store in turn."""
    pair: Pair = request.param
    pair.require_broker(request)  # found, so the platform's own will start too
    shell = open_shell()
    with pair.database(request, shell.folder) as url:
        shell.environment.update(ZONE_BROKER=pair.broker, ZONE_STORE_URL=url)
        running = shell.start("up")
        try:
            until(lambda: is_ready(shell.environment["ZONE_WEB_PORT"]), 60)
            yield Platform(shell, running.pid, PROGRAMS[pair.broker], url)
        finally:
            running.send_signal(signal.SIGINT)
            assert running.wait(20) == 0


def test_a_load_is_stored_whole_and_the_doctor_finds_nothing_wrong(platform: Platform) -> None:
    words = ("--devices", "20", "--rate", "5", "--seconds", "2", "--qos", "1")
    loaded = platform.shell.zone("load", *words)
    assert loaded.returncode == 0, loaded.stderr
    for figure in ("reports published", "acknowledged by the broker", "stored"):
        assert re.search(rf"^ *200  .*{figure}", loaded.stdout, re.MULTILINE), loaded.stdout
    healthy = platform.shell.zone("doctor")
    assert healthy.returncode == 0, healthy.stdout
    assert "lets us in" in healthy.stdout


def test_a_credential_opens_the_broker_and_closes_it_when_it_is_withdrawn(
    platform: Platform,
) -> None:
    said = ("send", "car-7", "--longitude", "121.9", "--latitude", "30.9", "--password")
    words = (*said, secret_of(platform.shell, "car-7"))
    until(lambda: platform.shell.zone(*words).returncode == 0)
    assert platform.shell.zone("device", "revoke", "car-7").returncode == 0
    until(lambda: "refuses 'car-7'" in platform.shell.zone(*words).stderr)


def test_the_live_session_of_a_unit_drops_when_its_credential_is_withdrawn_and_no_other(
    platform: Platform,
) -> None:
    with platform.unit("car-10") as unit, platform.unit("car-11") as bystander:
        send(unit, range(1, 11))
        until(lambda: acknowledged(unit) == 10)
        drops = unit.lost_at_s, bystander.lost_at_s
        assert platform.shell.zone("device", "revoke", "car-10").returncode == 0
        until(lambda: drops[0])
        send(bystander, range(1, 11))
        until(lambda: acknowledged(bystander) == 10)
        assert not unit.mqtt.is_connected()
        assert drops[1] == []
    assert platform.sequences("car-10") == list(range(1, 11))


def test_a_unit_that_speaks_as_another_is_counted_or_loses_its_connection_and_is_not_heard(
    platform: Platform,
) -> None:
    with platform.unit("car-14") as forger, platform.unit("car-15") as victim:
        drops, before = forger.lost_at_s, counted(platform)
        forger.say("car-15", (121.9, 30.9), 999, control_mode="MANUAL")
        if platform.broker == "mosquitto":
            until(lambda: drops)
        else:
            until(lambda: platform.refused()["zone/up/car-15/tele", "forbidden_topic"] == 1)
            until(lambda: (counted(platform) - before)["refused_forbidden_topic"] == 1)
            assert drops == []
        send(victim, range(1, 11))
        until(lambda: acknowledged(victim) == 10)
    assert platform.sequences("car-15") == list(range(1, 11))


def test_a_worker_that_is_killed_while_a_unit_sends_is_restarted_and_nothing_is_missing(
    platform: Platform,
) -> None:
    killed = platform.child("worker")
    assert killed is not None
    with platform.unit("car-8") as unit:
        send(unit, range(1, 101))
        until(lambda: acknowledged(unit) >= 50)
        os.kill(killed, signal.SIGKILL)
        send(unit, range(101, 201))
        until(lambda: platform.child("worker") not in {None, killed}, 20)
        send(unit, range(201, 301))
        until(lambda: acknowledged(unit) == 300, 30)
    assert platform.sequences("car-8") == list(range(1, 301))


@pytest.mark.requirement("D4e-1")
def test_a_broker_that_is_killed_comes_back_and_costs_nothing_that_was_acknowledged(
    platform: Platform,
) -> None:
    killed = platform.child(platform.broker)
    assert killed is not None
    with platform.unit("car-12") as unit:
        drops, times = unit.lost_at_s, dict[int, str]()
        send(unit, range(1, 101), times)
        until(lambda: acknowledged(unit) >= 50)
        os.kill(killed, signal.SIGKILL)
        until(lambda: drops)
        kept = acknowledged(unit)
        assert platform.sequences("car-12")[:kept] == list(range(1, kept + 1))
        until(lambda: platform.child(platform.broker) not in {None, killed}, 30)
        send_until_stored(unit, 200, times)
    assert sorted(platform.sequences("car-12")) == list(range(1, 201))


def test_a_web_process_that_is_killed_comes_back_and_no_unit_notices(platform: Platform) -> None:
    killed = platform.child("web")
    assert killed is not None
    with platform.unit("car-13") as unit:
        drops = unit.lost_at_s
        send(unit, range(1, 51))
        os.kill(killed, signal.SIGKILL)
        send(unit, range(51, 101))
        until(lambda: acknowledged(unit) == 100)
        until(lambda: platform.child("web") not in {None, killed}, 30)
        until(lambda: is_ready(platform.shell.environment["ZONE_WEB_PORT"]), 60)
        assert drops == []
    assert platform.sequences("car-13") == list(range(1, 101))


def test_what_is_refused_is_counted_by_its_reason_in_the_metrics(platform: Platform) -> None:
    """Where docs/how-to/onboard-unit.md sends who misses an acknowledgement."""
    before = counted(platform)
    with platform.unit("car-20") as unit:
        for payload in (b"rubbish", b"[", b"x" * (MAX_PAYLOAD_BYTES + 1)):
            unit.mqtt.publish("zone/up/car-20/tele", payload, qos=1).wait_for_publish(10)
        send(unit, range(1, 3))
        until(lambda: acknowledged(unit) == 2)
        until(lambda: (counted(platform) - before)["refused_too_large"] == 1)
    grown = counted(platform) - before
    assert {reason: count for reason, count in grown.items() if reason.startswith("refused_")} == {
        "refused_malformed": 2,
        "refused_too_large": 1,
    }
    assert grown["read"] >= 5


def counted(platform: Platform) -> Counter[str]:
    """The messages of the worker by what became of them, as Prometheus would read them."""
    port = platform.shell.environment["ZONE_WEB_PORT"]
    said = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    found = re.findall(r'^zone_mqtt_messages_total\{result="(\w+)"\} (\S+)$', said, re.MULTILINE)
    return Counter({result: int(float(count)) for result, count in found})


def send_until_stored(unit: Client, last: int, times: dict[int, str]) -> None:
    """Send again what is not acknowledged, as a unit does that keeps it; the same each time."""

    def one_round() -> bool:
        wanted = range(acknowledged(unit) + 1, last + 1)
        if wanted and unit.mqtt.is_connected():
            send(unit, wanted, times)
            deadline = time.monotonic() + 5
            while acknowledged(unit) < last and time.monotonic() < deadline:
                time.sleep(0.05)
        return acknowledged(unit) == last

    until(one_round, 60)


def send(unit: Client, numbers: range, times: dict[int, str] | None = None) -> None:
    """Send reports, two hundred a second, and wait until the broker has them.

    ``times`` keeps when each was first said, so that it may be said again.
    """
    times = {} if times is None else times
    for number in numbers:
        said = {"event_time": times.setdefault(number, now().isoformat()), "control_mode": "MANUAL"}
        with suppress(RuntimeError):  # not connected: what is not acknowledged is sent again
            unit.say(unit.username, (121.9, 30.9), number, **said)
        time.sleep(0.005)


def acknowledged(unit: Client) -> int:
    """How far the platform says that it has stored everything."""
    return max((said["seq"] for _, said in unit.heard), default=0)
