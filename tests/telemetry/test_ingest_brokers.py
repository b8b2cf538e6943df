"""The worker's MQTT client, against real brokers."""

import itertools
import os
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from telemetry import topics
from telemetry.ingest import Ingest
from telemetry.report import Frame
from tests.servers import RunningBroker
from zone_service.broker import BrokerAccess, BrokerKind

pytestmark = pytest.mark.real_broker

Open = Callable[..., Ingest]
_numbers = itertools.count()


@pytest.fixture
def device(broker: RunningBroker) -> BrokerAccess:
    """The account of a device of this test's own."""
    (access,) = broker.add(f"ingest-{next(_numbers)}-{broker.kind.value}")
    return access


@pytest.fixture
def opened() -> Iterator[Open]:
    """Open clients, closed in the end."""
    clients: list[Ingest] = []

    def build(
        access: BrokerAccess, client_id: str, *filters: str, qos: int = 1, resumed: bool = False
    ) -> Ingest:
        client = Ingest(
            access.host, access.port, access.username, access.password, client_id, filters, qos
        )
        clients.append(client)
        client.connect()
        if not resumed:
            wait_for(client, lambda: client.connected)
        return client

    yield build
    for client in clients:
        client.close()


def wait_for(client: Ingest, done: Callable[[], bool], within_s: float = 15.0) -> None:
    until_s = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < until_s, client.problem
        assert client.read(1, 0.02) == []


def read_all(client: Ingest, count: int, within_s: float = 10.0) -> list[Frame]:
    frames: list[Frame] = []
    until_s = time.monotonic() + within_s
    while len(frames) < count and time.monotonic() < until_s:
        frames += client.read(100, 0.05)
    return frames


def send(device: Ingest, access: BrokerAccess, payloads: list[bytes], qos: int) -> None:
    for payload in payloads:
        assert device.publish(topics.tele(access.username), payload, qos) is not None
    wait_for(device, lambda: not (device.confirmed() or device.unconfirmed))


@pytest.mark.parametrize("qos", [0, 1])
def test_what_a_device_says_is_read_whole_and_in_order(
    broker: RunningBroker, device: BrokerAccess, opened: Open, qos: int
) -> None:
    filters = [wanted.replace("+", device.username, 1) for wanted in topics.SUBSCRIPTIONS]
    worker = opened(broker.service, f"worker-{device.username}", *filters, qos=qos)
    unit = opened(device, device.username)
    payloads = [b"%d" % n for n in range(300)]
    send(unit, device, payloads, qos)
    frames = read_all(worker, 300)
    worker.acknowledge(frames)
    assert [frame.payload for frame in frames] == payloads
    assert {(frame.topic, frame.qos) for frame in frames} == {(topics.tele(device.username), qos)}


def test_what_an_earlier_version_listened_to_is_given_up_and_nothing_comes_twice(
    broker: RunningBroker, device: BrokerAccess, opened: Open
) -> None:
    name = f"worker-{device.username}"
    opened(broker.service, name, topics.tele(device.username)).close()
    unit = opened(device, device.username)
    later = Ingest(
        broker.service.host, broker.service.port, broker.service.username,
        broker.service.password, name, [f"zone/up/{device.username}/+"],
        formerly=[topics.tele(device.username), "zone/up/never/heard"],
    )  # fmt: skip
    later.connect()
    wait_for(later, lambda: later.connected)
    send(unit, device, [b"1", b"2"], 1)
    frames = read_all(later, 3, within_s=1.5)
    later.acknowledge(frames)
    later.close()
    assert [frame.payload for frame in frames] == [b"1", b"2"]


def test_what_was_not_acknowledged_comes_again_and_what_was_does_not(
    broker: RunningBroker, device: BrokerAccess, opened: Open
) -> None:
    def worker(*, resumed: bool) -> Ingest:
        wanted = topics.tele(device.username)
        return opened(broker.service, f"worker-{device.username}", wanted, resumed=resumed)

    first = worker(resumed=False)
    unit = opened(device, device.username)
    send(unit, device, [b"1", b"2", b"3"], 1)
    frames = read_all(first, 3)
    first.acknowledge(frames[:2])
    first.close()
    send(unit, device, [b"4"], 1)  # while nobody is there
    second = worker(resumed=True)  # what waits may come before the answer to SUBSCRIBE
    again = read_all(second, 2)
    second.acknowledge(again)
    assert sorted(frame.payload for frame in again) == [b"3", b"4"]
    second.close()
    third = worker(resumed=True)
    wait_for(third, lambda: third.connected)
    assert third.read(10, 0.3) == []


def test_a_wrong_password_is_a_problem_that_is_named(broker: RunningBroker) -> None:
    access = broker.service
    client = Ingest(access.host, access.port, access.username, "wrong", "worker-wrong", ())
    client.connect()
    until_s = time.monotonic() + 5
    while "refused" not in client.problem and time.monotonic() < until_s:
        assert client.read(1, 0.02) == []
    assert client.problem.startswith("the broker refused us: ")
    client.close()


def test_more_than_1_024_open_files_do_not_matter(
    broker: RunningBroker, device: BrokerAccess, opened: Open
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4_096)), hard))
    descriptors = [os.open(os.devnull, os.O_RDONLY) for _ in range(1_100)]
    try:
        worker = opened(broker.service, f"worker-{device.username}", topics.tele(device.username))
        unit = opened(device, device.username)
        assert worker.fileno() > 1_024
        send(unit, device, [b"x"], 1)
        frames = read_all(worker, 1)
        worker.acknowledge(frames)
        assert [frame.payload for frame in frames] == [b"x"]
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("kind", [BrokerKind.NATS, BrokerKind.MOSQUITTO])
def test_a_broker_that_goes_away_and_comes_back_is_found_again(
    kind: BrokerKind, tmp_path: Path, opened: Open, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(f"{kind.value}_broker")  # skips where it is not installed
    broker = RunningBroker(kind, tmp_path)
    broker.start()
    try:
        (access,) = broker.add("ingest-back")
        worker = opened(broker.service, "worker-back", topics.tele("ingest-back"))
        broker.kill()
        wait_for(worker, lambda: not worker.connected)
        assert worker.publish("zone/live/delta", b"x") is None
        assert worker.problem
        broker.start()
        wait_for(worker, lambda: worker.connected)
        assert (worker.connections, worker.problem) == (2, "")
        unit = opened(access, "ingest-back")
        send(unit, access, [b"after"], 1)
        frames = read_all(worker, 1)
        worker.acknowledge(frames)
        assert [frame.payload for frame in frames] == [b"after"]
    finally:
        broker.stop()
