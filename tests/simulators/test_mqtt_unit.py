import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.mqtt_unit import ConnectionRefusedByBroker, MqttUnit, packet
from tests.servers import RunningBroker

TELE = b"zone/up/unit-1/tele"


async def until(condition: Callable[[], bool], patience_s: float = 10.0) -> None:
    """Wait for something that the broker is about to cause."""
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.01)


def service(broker: RunningBroker) -> aiomqtt.Client:
    """The platform's side, on an independent client."""
    access = broker.service
    return aiomqtt.Client(
        access.host, access.port, username=access.username, password=access.password
    )


async def heard(client: aiomqtt.Client, count: int) -> list[bytes]:
    """The next payloads."""
    found = []
    async for message in client.messages:
        if message.retain:
            continue  # left on the shared broker by another test
        assert isinstance(message.payload, bytes)
        found.append(message.payload)
        if len(found) == count:
            break
    return found


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 30))


@pytest.mark.real_broker
def test_what_a_unit_publishes_arrives_with_either_quality(broker: RunningBroker) -> None:
    (access,) = broker.add("unit-1")
    large = b"one" * 7_000  # its length takes three bytes

    async def story() -> None:
        unit = MqttUnit("unit-1", access.password)
        async with service(broker) as client:
            await client.subscribe("zone/up/unit-1/#", qos=1)
            await unit.connect(access.host, access.port)
            assert unit.publish(TELE, b"zero", qos=0) == 0
            assert unit.publish(TELE, large, qos=1) == 1
            assert await heard(client, 2) == [b"zero", large]
        await until(lambda: unit.acknowledged == 1)
        assert unit.unacknowledged == {}
        unit.close()

    run(story())


@pytest.mark.real_broker
def test_a_unit_hears_what_is_sent_to_it(broker: RunningBroker) -> None:
    (access,) = broker.add("unit-1")
    found: list[tuple[str, bytes]] = []

    async def story() -> None:
        unit = MqttUnit(
            "unit-1",
            access.password,
            subscriptions=("zone/down/unit-1/#",),
            on_message=lambda topic, payload: found.append((topic, payload)),
        )
        await unit.connect(access.host, access.port)
        async with service(broker) as client:
            while not found:
                await client.publish("zone/down/unit-1/ack", b'{"seq":1}', qos=1)
                await asyncio.sleep(0.05)
        unit.close()

    run(story())
    assert found[0] == ("zone/down/unit-1/ack", b'{"seq":1}')


@pytest.mark.real_broker
def test_a_wrong_secret_is_refused_in_words(broker: RunningBroker) -> None:
    access = broker.access("unit-nobody")

    async def story() -> None:
        with pytest.raises(ConnectionRefusedByBroker, match="unit-nobody: the broker refused"):
            await MqttUnit("unit-nobody", "wrong").connect(access.host, access.port)

    run(story())


def test_nobody_there_is_a_connection_error(free_port: int) -> None:
    async def story() -> None:
        with pytest.raises(OSError, match=r"refused|Connect"):
            await MqttUnit("unit-1", "s").connect("127.0.0.1", free_port)

    run(story())


@pytest.mark.real_broker
def test_a_unit_comes_back_and_sends_again_what_was_not_acknowledged(
    broker: RunningBroker,
) -> None:
    (access,) = broker.add("unit-1")

    async def story() -> None:
        unit = MqttUnit("unit-1", access.password)
        async with service(broker) as client:
            await client.subscribe("zone/up/unit-1/#", qos=1)
            await unit.connect(access.host, access.port)
            unit.abort()
            await until(lambda: not unit.connected)
            unit.publish(TELE, b"lost", qos=0)
            unit.publish(TELE, b"kept", qos=1)
            assert await heard(client, 1) == [b"kept"]
        await until(lambda: unit.acknowledged == 1)
        assert unit.connections == 2
        unit.close()

    run(story())


@pytest.mark.real_broker
def test_a_quiet_unit_stays_connected(broker: RunningBroker) -> None:
    (access,) = broker.add("unit-1")

    async def story() -> None:
        unit = MqttUnit("unit-1", access.password, keep_alive_s=1)
        await unit.connect(access.host, access.port)
        await asyncio.sleep(2.5)  # a broker drops a client after one and a half keep-alives
        assert unit.connected
        assert unit.connections == 1
        unit.close()

    run(story())


@pytest.mark.real_broker
def test_a_unit_whose_credential_is_withdrawn_is_dropped_and_not_let_in_again(
    broker: RunningBroker,
) -> None:
    (access,) = broker.add("unit-2")

    async def story() -> None:
        unit = MqttUnit("unit-2", access.password)
        await unit.connect(access.host, access.port)
        await asyncio.to_thread(broker.remove, "unit-2")
        await until(lambda: not unit.connected)
        await asyncio.sleep(1.0)
        assert not unit.connected
        unit.close()

    run(story())


class Wire(asyncio.Transport):
    """A transport that remembers what was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        pass


CONNACK = b"\x20\x02\x00\x00"


@given(
    st.lists(st.tuples(st.sampled_from([0, 1]), st.binary(max_size=300)), max_size=6),
    st.lists(st.integers(1, 50), min_size=1, max_size=40),
)
def test_packets_are_the_same_however_the_network_cuts_them(
    messages: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    sent = CONNACK + b"".join(
        packet(0x30 | qos << 1, b"\x00\x03t/x" + (b"\x00\x09" if qos else b"") + payload)
        for qos, payload in messages
    )
    found: list[bytes] = []

    async def story() -> None:
        unit = MqttUnit("unit-1", "s", on_message=lambda _, payload: found.append(payload))
        unit.connection_made(Wire())
        at = 0
        for size in cuts:
            unit.data_received(sent[at : at + size])
            at += size
        unit.data_received(sent[at:])
        unit.close()

    asyncio.run(story())
    assert found == [payload for _, payload in messages]


@given(st.integers(0, 2_100_000))
def test_a_packet_says_its_length_in_as_few_bytes_as_there_are(length: int) -> None:
    whole = packet(0x30, bytes(length))
    assert len(whole) == length + 2 + (length > 127) + (length > 16_383) + (length > 2_097_151)


def test_a_message_of_either_quality_is_acknowledged_as_the_protocol_asks() -> None:
    async def story() -> None:
        unit = MqttUnit("unit-1", "s")
        wire = Wire()
        unit.connection_made(wire)
        unit.data_received(CONNACK)
        unit.data_received(packet(0x32, b"\x00\x01t\x12\x34hello"))
        assert wire.written[-1] == b"\x40\x02\x12\x34"
        unit.close()

    asyncio.run(story())
