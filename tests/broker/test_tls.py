"""A broker elsewhere is talked to over TLS, or not at all: a real Mosquitto with a certificate."""

import asyncio
import getpass
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from telemetry.ingest import Ingest
from telemetry.ingest.packets import publishes
from telemetry.report import Frame
from tests.broker.authority import Authority
from tests.servers import absent
from zone_service import bus, child
from zone_service.broker import (
    AccessRefused,
    BrokerAccess,
    BrokerKind,
    ServerNotFound,
    Unreachable,
    account,
    find_server,
    free_port,
    probe,
)
from zone_service.broker_tls import Tls
from zone_service.bus_client import BusClient
from zone_service.send import send_report
from zone_service.store.records import Revisions

pytestmark = pytest.mark.real_broker

SECRET = "the-service-secret-of-the-tests"
MESSAGES = 2000
LARGE = 400

leaves_sockets = pytest.mark.filterwarnings(
    # paho does not close a socket whose handshake failed: that is left to the collector.
    "ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
)


@dataclass(frozen=True)
class Elsewhere:
    """A broker that listens with TLS: on one port for anybody, on another for who shows a card."""

    ours: Authority
    theirs: Authority
    access: BrokerAccess
    strict: BrokerAccess
    process_id: int

    def believing(self, authority: Authority) -> BrokerAccess:
        return replace(self.access, tls=Tls(authority.file("ca.crt")))


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    try:
        program = find_server(BrokerKind.MOSQUITTO)
    except ServerNotFound:
        absent("mosquitto", "run `make servers`")
    directory = tmp_path_factory.mktemp("elsewhere")
    ours, theirs = (Authority.founded(directory / name) for name in ("ours", "theirs"))
    ports = free_port(), free_port()
    (directory / "mosquitto.conf").write_text(configuration(directory, ours, *ports))
    (directory / "passwords").write_text(f"service:{account('service', SECRET).pbkdf2}\n")
    access, strict = (
        BrokerAccess("127.0.0.1", port, "service", SECRET, Tls(ours.file("ca.crt")))
        for port in ports
    )
    process = child.start([str(program), "-c", str(directory / "mosquitto.conf")])
    try:
        until_it_lets_in(process, access)
        yield Elsewhere(ours, theirs, access, strict, process.pid)
    finally:
        child.end(process, 4.0)


def configuration(directory: Path, ours: Authority, port: int, strict_port: int) -> str:
    server = ours.vouches_for("broker")
    tls = f"cafile {server.authority}\ncertfile {server.certificate}\nkeyfile {server.key}\n"
    return f"""\
user {getpass.getuser()}
allow_anonymous false
password_file {directory}/passwords
max_queued_messages 0
log_dest none
listener {port} 127.0.0.1
{tls}
listener {strict_port} 127.0.0.1
{tls}
require_certificate true
"""


def until_it_lets_in(process: "subprocess.Popen[bytes]", access: BrokerAccess) -> None:
    deadline = time.monotonic() + 15
    while True:
        try:
            probe(access)
        except Unreachable:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        else:
            return


def ingest(access: BrokerAccess, client_id: str, *topics: str) -> Ingest:
    return Ingest(
        access.host,
        access.port,
        access.username,
        access.password,
        client_id,
        topics,
        tls=access.tls_context(),
    )


def served(client: Ingest, done: Callable[[], object], within_s: float = 10.0) -> bool:
    """Keep a client going until something holds."""
    until_s = time.monotonic() + within_s
    while not done() and time.monotonic() < until_s:
        assert client.read(1, 0.02) == []
    return bool(done())


def connect(client: Ingest) -> None:
    client.connect()
    assert served(client, lambda: client.connected), client.problem


@leaves_sockets
def test_the_worker_gets_in_where_the_right_authority_vouches_for_the_broker_and_nowhere_else(
    elsewhere: Elsewhere,
) -> None:
    believed = ingest(elsewhere.access, "right")
    connect(believed)
    believed.close()
    stranger = ingest(elsewhere.believing(elsewhere.theirs), "wrong")
    stranger.connect()
    assert not served(stranger, lambda: stranger.connected, within_s=0.5)
    assert f"cannot connect to 127.0.0.1:{elsewhere.access.port}" in stranger.problem
    assert "certificate verify failed" in stranger.problem
    stranger.close()


def test_a_certificate_for_another_host_opens_nothing(elsewhere: Elsewhere) -> None:
    with pytest.raises(Unreachable, match="is not believed: Hostname mismatch"):
        probe(replace(elsewhere.access, host="localhost"))


def test_who_does_not_speak_tls_gets_nowhere(elsewhere: Elsewhere) -> None:
    with pytest.raises((Unreachable, AccessRefused)):
        probe(replace(elsewhere.access, tls=None))


def test_a_look_at_the_broker_says_that_it_is_not_believed(elsewhere: Elsewhere) -> None:
    probe(elsewhere.access)
    with pytest.raises(Unreachable, match=r"is not believed: .*(issuer|self-signed)"):
        probe(elsewhere.believing(elsewhere.theirs))


def test_a_broker_that_asks_for_a_certificate_gets_ours(elsewhere: Elsewhere) -> None:
    probe(replace(elsewhere.strict, tls=elsewhere.ours.vouches_for("platform")))
    with pytest.raises((Unreachable, AccessRefused)):
        probe(elsewhere.strict)


def test_a_flood_over_tls_is_read_in_its_order(elsewhere: Elsewhere) -> None:
    reader = ingest(elsewhere.access, "reader", "zone/up/+/tele")
    speaker = ingest(elsewhere.access, "speaker")
    for client in (reader, speaker):
        connect(client)
    found: list[int] = []
    speaker.publish_all(
        (f"zone/up/car-{number % 7}/tele", str(number).encode()) for number in range(MESSAGES)
    )
    until_s = time.monotonic() + 20
    while len(found) < MESSAGES and time.monotonic() < until_s:
        speaker.read(1, 0.0)
        found += [int(frame.payload) for frame in reader.read(13, 0.5)]
    assert found == list(range(MESSAGES))
    for client in (reader, speaker):
        client.close()


def a_broker_of_few_words(listener: socket.socket, tls: ssl.SSLContext, last_words: bytes) -> None:
    """Let one client in, take one subscription, and say everything in one breath."""
    plain, _ = listener.accept()
    with tls.wrap_socket(plain, server_side=True) as connection:
        connection.recv(4096)
        connection.sendall(b"\x20\x02\x00\x00")
        packet_id = connection.recv(4096)[2:4]
        connection.sendall(b"\x90\x03" + packet_id + b"\x00")
        connection.sendall(last_words)
        connection.recv(4096)


def test_what_tls_has_taken_off_the_socket_is_read_without_more_to_push_it(
    tmp_path: Path,
) -> None:
    authority = Authority.founded(tmp_path / "ours")
    server = authority.vouches_for("broker")
    assert server.certificate is not None
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(server.certificate, server.key)
    said = [str(number).encode() for number in range(20)]
    breath = publishes([("zone/up/car-1/tele", each) for each in said])
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as broker:
        serving = broker.submit(a_broker_of_few_words, listener, tls, breath)
        port = listener.getsockname()[1]
        access = BrokerAccess("127.0.0.1", port, "service", SECRET, Tls(authority.file("ca.crt")))
        reader = ingest(access, "reader", "zone/up/+/tele")
        reader.connect()
        found: list[bytes] = []
        until_s = time.monotonic() + 10
        while len(found) < len(said) and time.monotonic() < until_s:
            found += [frame.payload for frame in reader.read(3, 0.05)]
        reader.close()
        serving.result()
    assert found == said


def test_packets_that_tls_has_no_room_for_arrive_whole_and_in_order(elsewhere: Elsewhere) -> None:
    reader = ingest(elsewhere.access, "slow-reader", "zone/down/+/fence")
    speaker = ingest(elsewhere.access, "loud-speaker")
    for client in (reader, speaker):
        connect(client)
    large = b"x" * 60_000
    os.kill(elsewhere.process_id, signal.SIGSTOP)
    try:
        speaker.publish_all((f"zone/down/car-{n:03}/fence", large) for n in range(LARGE))
        speaker.publish_all([("zone/down/car-x/fence", b"no room")])
    finally:
        os.kill(elsewhere.process_id, signal.SIGCONT)
    assert speaker.dropped == 1
    found: list[Frame] = []
    until_s = time.monotonic() + 20
    while len(found) < LARGE and time.monotonic() < until_s:
        speaker.read(1, 0.0)
        found += reader.read(50, 0.05)
    assert [frame.topic[-9:-6] for frame in found] == [f"{n:03}" for n in range(LARGE)]
    assert {frame.payload for frame in found} == {large}
    assert speaker.connected
    for client in (reader, speaker):
        client.close()


def test_a_batch_larger_than_a_record_of_tls_leaves_room_for_the_next(
    elsewhere: Elsewhere,
) -> None:
    speaker = ingest(elsewhere.access, "brief-speaker")
    connect(speaker)
    for _ in range(3):
        speaker.publish_all(("zone/down/car-1/fence", b"x" * 1000) for _ in range(50))
    assert speaker.dropped == 0
    speaker.close()


def test_a_report_is_sent_from_the_shell_over_tls(elsewhere: Elsewhere) -> None:
    reader = ingest(elsewhere.access, "hears-the-shell", "zone/up/+/tele")
    connect(reader)
    asyncio.run(send_report(elsewhere.access, b"a report"))
    (frame,) = reader.read(1, 5.0)
    assert (frame.topic, frame.payload) == ("zone/up/service/tele", b"a report")
    reader.close()
    with pytest.raises(ConnectionError, match="is not believed"):
        asyncio.run(send_report(elsewhere.believing(elsewhere.theirs), b"a report"))


def test_the_web_process_joins_the_bus_over_tls(elsewhere: Elsewhere) -> None:
    async def story() -> None:
        taken: list[bytes] = []
        client = BusClient(lambda: elsewhere.access, lambda: Revisions(1, 2, 3))
        client.take = lambda _topic, payload: taken.append(payload)
        speaker = ingest(elsewhere.access, "worker")
        running = asyncio.create_task(client.run())
        async with asyncio.timeout(15):
            while not client.connected:
                await asyncio.sleep(0.02)
            await asyncio.to_thread(speaker.connect)
            await asyncio.to_thread(served, speaker, lambda: speaker.connected)
            speaker.publish(bus.VIOLATION, b"{}")
            while not taken:
                speaker.read(1, 0.0)
                await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.wait([running])
        speaker.close()

    asyncio.run(story())


@leaves_sockets
@pytest.mark.parametrize(
    ("file", "why"), [("theirs/ca.crt", "certificate verify failed"), ("gone", "No such file")]
)
def test_the_web_process_says_why_it_does_not_join_and_goes_on_trying(
    elsewhere: Elsewhere, file: str, why: str
) -> None:
    authority = elsewhere.ours.directory.parent / file

    async def story() -> None:
        access = replace(elsewhere.access, tls=Tls(authority))
        running = asyncio.create_task(BusClient(lambda: access, lambda: Revisions(1, 2, 3)).run())
        await asyncio.sleep(0.7)
        assert not running.done()
        running.cancel()
        await asyncio.wait([running])

    with capture_logs() as lines:
        asyncio.run(story())
    reasons = [str(each["reason"]) for each in lines if each["event"] == "bus_lost"]
    assert len(reasons) > 1
    assert all(why in reason for reason in reasons)
