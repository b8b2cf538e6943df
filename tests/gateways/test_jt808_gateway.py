"""JT/T 808 terminals by TCP, a gateway, and a broker that is there or not."""

import asyncio
import shutil
import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.jt808_terminal import Terminal, Wired
from telemetry.codecs.jt808_session import RegistrationResult, Result
from telemetry.gateways.jt808 import MOST_WAITING
from telemetry.gateways.wire import Dropped
from telemetry.receipts import digest_of
from telemetry.report import RefusalReason
from tests.broker.clients import Connections
from tests.gateways.playing import (
    WITHIN_S,
    acknowledge,
    bus,
    crowd_of,
    gateway,
    let_speak,
    phone,
    register,
    terminals,
    until,
)
from tests.servers import RunningBroker
from zone_service.broker import BrokerKind
from zone_service.clock import now
from zone_service.gateways.process import Serving
from zone_service.store import credentials, refusals
from zone_service.store.engine import Store, open_store
from zone_service.store.records import PLATFORM

pytestmark = [pytest.mark.real_broker, pytest.mark.requirement("D7-1", "D7-2", "D7-3")]

CROWD = 1000
PLACE = (121.5, 31.2)


@pytest.fixture(scope="module")
def store(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A register of some terminals."""
    copied = shutil.copy(sqlite_template, tmp_path_factory.mktemp("gateway") / "zone.sqlite")
    opened = open_store(f"sqlite:///{copied}")
    register(opened, 7)
    yield opened
    opened.close()


@pytest.fixture
def speaking(nats_broker: RunningBroker) -> RunningBroker:
    """A broker that lets the gateway speak for all of them."""
    let_speak(nats_broker, CROWD)
    return nats_broker


async def join(serving: Serving, *those: Terminal) -> list[Wired]:
    wired = [Wired(each) for each in those]
    await asyncio.gather(*(each.connect("127.0.0.1", serving.tcp_port) for each in wired))
    await asyncio.gather(*(each.until_joined(WITHIN_S) for each in wired))
    return wired


async def hang_up(wired: list[Wired]) -> None:
    for each in wired:
        await each.close()


def test_what_a_thousand_terminals_say_at_once_arrives_once_each_and_is_answered_once(
    speaking: RunningBroker, store: Store, tmp_path: Path, connect: Connections
) -> None:
    platform = connect(speaking.service).subscribe("zone/up/+/tele")

    async def story() -> list[Terminal]:
        async with gateway(speaking, store, tmp_path) as serving:
            serving.gateway.follow(crowd_of(CROWD))
            crowd = terminals(serving, CROWD)
            wired = await join(serving, *crowd)
            said_s = time.time()
            for each in wired:
                each.say(each.terminal.report(said_s, *PLACE))
            await until(lambda: len(platform.heard) >= CROWD, "all is at the broker")
            acknowledge(platform)
            await asyncio.gather(*(each.until_answered(WITHIN_S, WITHIN_S) for each in wired))
            assert serving.gateway.counts.connections == CROWD
            assert serving.gateway.counts.dropped == Counter()
            await hang_up(wired)
        return crowd

    crowd = asyncio.run(story())
    assert [each.joined for each in crowd] == [Result.DONE] * CROWD
    assert [[result for _, result in each.answers] for each in crowd] == [[Result.DONE]] * CROWD
    heard = Counter(topic for topic, _ in platform.heard)
    assert heard == {f"zone/up/{bus(each)}/tele": 1 for each in range(CROWD)}


def test_while_the_broker_is_away_nothing_is_answered_and_all_is_when_it_is_back(
    store: Store, tmp_path: Path, connect: Connections
) -> None:
    with RunningBroker(BrokerKind.NATS, tmp_path / "broker") as mortal:
        let_speak(mortal, 2)

        async def story() -> tuple[list[Terminal], list[int]]:
            async with gateway(mortal, store, tmp_path) as serving:
                both = terminals(serving, 2)
                wired = await join(serving, *both)
                mortal.kill()
                await until(lambda: not serving.carrier.connected, "the gateway noticed")
                for _ in range(3):
                    for each in wired:
                        each.say(each.terminal.report(time.time(), *PLACE))
                        each.say(each.terminal.again())
                received = serving.gateway.counts.said
                await until(lambda: received["received"] >= 6, "the gateway has them")
                unanswered = [len(each.answers) for each in both]
                await asyncio.to_thread(mortal.start)
                platform = connect(mortal.service).subscribe("zone/up/+/tele")
                await until(lambda: serving.carrier.connected, "the gateway is back")
                for each in wired:
                    each.say(each.terminal.again())
                waiting = {digest_of(f) for each in both for f in each.unanswered.values()}
                await until(
                    lambda: {digest_of(said) for _, said in platform.heard} == waiting,
                    "the broker has them",
                )
                acknowledge(platform)
                await asyncio.gather(*(each.until_answered(WITHIN_S, WITHIN_S) for each in wired))
                await hang_up(wired)
            return both, unanswered

        both, unanswered = asyncio.run(story())
    assert unanswered == [0, 0]
    assert [Counter(each.answers) for each in both] == [
        {(serial, Result.DONE): 1 for serial in (2, 3, 4)}
    ] * 2


def test_garbage_half_frames_and_slow_senders_cost_nobody_else_anything(
    speaking: RunningBroker, store: Store, tmp_path: Path, connect: Connections
) -> None:
    platform = connect(speaking.service).subscribe("zone/up/+/tele")

    async def story() -> tuple[Serving, list[Terminal]]:
        async with gateway(speaking, store, tmp_path) as serving:
            noisy, slow, calm = (Wired(each) for each in terminals(serving, 3))
            for each in (noisy, slow, calm):
                await each.connect("127.0.0.1", serving.tcp_port)
                await each.until_joined(WITHIN_S)
            stranger = socket.create_connection(("127.0.0.1", serving.tcp_port))
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n" * 300 + b"~" + bytes(range(256)) * 4)
            noisy.say(b"~\x00\xff~~" + noisy.terminal.report(time.time(), *PLACE) + b"rubbish")
            frame = slow.terminal.report(time.time(), *PLACE)
            calm.say(calm.terminal.report(time.time(), *PLACE))
            for at in range(len(frame)):
                slow.say(frame[at : at + 1])
                await asyncio.sleep(0)
            await until(lambda: len(platform.heard) >= 3, "the broker has all three")
            stranger.close()
            acknowledge(platform)
            for each in (noisy, slow, calm):
                await each.until_answered(WITHIN_S, WITHIN_S)
                await each.close()
            return serving, [each.terminal for each in (noisy, slow, calm)]

    serving, those = asyncio.run(story())
    assert [[result for _, result in each.answers] for each in those] == [[Result.DONE]] * 3
    assert set(serving.gateway.counts.dropped) <= {
        Dropped.MALFORMED, Dropped.BAD_CHECKSUM, Dropped.TOO_LARGE,
    }  # fmt: skip
    assert serving.gateway.counts.dropped[Dropped.TOO_LARGE] >= 1


def test_who_is_not_registered_is_refused_counted_and_shown_and_a_new_device_is_let_in(
    speaking: RunningBroker, store: Store, tmp_path: Path
) -> None:
    async def story() -> tuple[Terminal, Terminal, Terminal]:
        async with gateway(speaking, store, tmp_path, gateway_connections=3) as serving:
            stranger, revoked = Terminal("18800000000"), terminals(serving, 6)[5]
            with store.write() as session:
                credentials.revoke(session, PLATFORM, bus(5), now())
                secret = credentials.issue(session, PLATFORM, bus(6), now())
            renewed = Terminal(phone(6), code=secret)
            await until(lambda: phone(5) not in serving.gateway.registered.units, "it is gone")
            for each in (stranger, revoked, renewed):
                wired = Wired(each)
                await wired.connect("127.0.0.1", serving.tcp_port)
                await until(each.has_been_answered, "it is answered")
                await wired.close()
            await until(lambda: serving.gateway.counts.connections == 0, "all have gone")
            assert serving.gateway.counts.dropped == {Dropped.UNKNOWN_UNIT: 2}
        return stranger, revoked, renewed

    stranger, revoked, renewed = asyncio.run(story())
    assert stranger.registered is RegistrationResult.NO_SUCH_TERMINAL
    assert (revoked.joined, renewed.joined) == (Result.FAILED, Result.DONE)
    with store.read() as session:
        found = refusals.page(session, PLATFORM)
    shown = {each.subject: each.reason for each in found if each.subject.startswith("jt808 ")}
    unknown = RefusalReason.UNKNOWN_DEVICE.value
    assert shown == {"jt808 18800000000": unknown, f"jt808 {phone(5)}": unknown}


def test_no_more_is_read_from_one_whose_messages_wait_and_no_more_connect_than_may(
    speaking: RunningBroker, store: Store, tmp_path: Path, connect: Connections
) -> None:
    platform = connect(speaking.service).subscribe("zone/up/+/tele")

    async def story() -> Serving:
        async with gateway(speaking, store, tmp_path, gateway_connections=2) as serving:
            wired = await join(serving, *terminals(serving, 2))
            too_many = socket.create_connection(("127.0.0.1", serving.tcp_port))
            for number in range(MOST_WAITING + 20):
                wired[0].say(wired[0].terminal.report(time.time() + number, *PLACE))
            await until(lambda: len(platform.heard) >= MOST_WAITING, "as many as may wait")
            await asyncio.sleep(0.05)
            assert len(platform.heard) == MOST_WAITING
            acknowledge(platform)
            await until(lambda: len(platform.heard) == MOST_WAITING + 20, "the others too")
            assert await asyncio.to_thread(too_many.recv, 1) == b""
            too_many.close()
            acknowledge(platform)
            await wired[0].until_answered(WITHIN_S, WITHIN_S)
            await hang_up(wired)
            return serving

    dropped = asyncio.run(story()).gateway.counts.dropped
    assert dropped == {Dropped.TOO_MANY_CONNECTIONS: 1}


def test_a_terminal_that_connects_anew_ends_the_connection_that_it_has_lost(
    speaking: RunningBroker, store: Store, tmp_path: Path
) -> None:
    async def story() -> int:
        async with gateway(speaking, store, tmp_path) as serving:
            (lost,) = await join(serving, *terminals(serving, 1))
            (found,) = await join(serving, *terminals(serving, 1))
            await until(lambda: serving.gateway.counts.connections == 1, "the first is closed")
            await hang_up([lost, found])
            return serving.gateway.counts.said["connections"]

    assert asyncio.run(story()) == 2
