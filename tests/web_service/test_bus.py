"""The web process on the bus, against real brokers."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

import aiomqtt
import pytest
from sqlalchemy.exc import OperationalError

from tests.servers import RunningBroker
from zone_service import bus, bus_client
from zone_service.broker import BrokerAccess, BrokerKind
from zone_service.broker_link import listen_while
from zone_service.bus_client import BusClient
from zone_service.store.records import Revisions

pytestmark = pytest.mark.real_broker


class Listener:
    """A client of the bus, and what it was given."""

    def __init__(self, access: Callable[[], BrokerAccess]) -> None:
        self.client = BusClient(access, lambda: Revisions(3, 4, 5))
        self.taken: list[tuple[str, bytes]] = []
        self.links: list[bool] = []
        self.client.take = lambda topic, payload: self.taken.append((topic, payload))
        self.client.on_link = self.links.append

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.client.run())
        try:
            await until(lambda: self.client.connected)
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])


async def until(holds: Callable[[], object], within_s: float = 15.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.01)


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


def worker(access: BrokerAccess) -> aiomqtt.Client:
    return aiomqtt.Client(
        access.host, access.port, username=access.username, password=access.password
    )


async def heard(hears: aiomqtt.Client, say: Callable[[], None]) -> object:
    """Return what is said next; ``say`` is called from another thread, and again each second.

    A broker may lose a message at any quality: seen once in some ten thousand, in the midst of much
    else. The bus owes no more, since the worker also looks at the revisions itself.
    """
    async with asyncio.timeout(15.0):
        coming = asyncio.ensure_future(anext(aiter(hears.messages)))
        while not coming.done():
            await asyncio.to_thread(say)
            await asyncio.wait([coming], timeout=1.0)
        payload = (await coming).payload
    assert isinstance(payload, bytes)
    return json.loads(payload)


def test_what_the_worker_publishes_is_taken_in_order(broker: RunningBroker) -> None:
    async def story() -> None:
        listener = Listener(lambda: broker.service)
        async with listener.running(), worker(broker.service) as speaker:
            for number in range(100):
                # Of one quality, as the worker's: brokers keep no order between two.
                await speaker.publish(bus.VIOLATION, str(number), qos=0)
            await speaker.publish("zone/up/car-1/tele", "not for us")
            await until(lambda: len(listener.taken) >= 100)
            await asyncio.sleep(0.05)
        assert listener.taken == [(bus.VIOLATION, str(number).encode()) for number in range(100)]

    run(story())


def test_a_change_is_said_on_the_bus(broker: RunningBroker) -> None:
    async def story() -> None:
        listener = Listener(lambda: broker.service)
        async with worker(broker.service) as hears:
            await hears.subscribe(bus.CHANGED, qos=1)
            async with listener.running():
                said = [await heard(hears, listener.client.changed_soon) for _ in range(2)]
        assert said == 2 * [{"zones": 3, "registry": 4, "permits": 5}]

    run(story())


def test_a_change_while_the_broker_is_away_is_said_when_it_is_back(tmp_path: Path) -> None:
    broker = RunningBroker(BrokerKind.NATS, tmp_path)
    broker.start()

    async def story() -> None:
        listener = Listener(lambda: broker.service)
        async with listener.running():
            await asyncio.to_thread(broker.stop)
            await until(lambda: not listener.client.connected)
            listener.client.changed_soon()
            await asyncio.to_thread(broker.start)
            async with worker(broker.service) as hears:
                await hears.subscribe(bus.CHANGED, qos=1)
                message = await asyncio.wait_for(anext(aiter(hears.messages)), 15)
            assert message.topic.value == bus.CHANGED
            await until(lambda: listener.client.connected)
        # Two endings: the broker's, and our own when the test is over.
        assert listener.links[0] is True
        assert listener.links.count(True) == 2

    try:
        run(story())
    finally:
        broker.stop()


def test_a_client_that_cannot_speak_any_more_is_made_again(
    broker: RunningBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, publish = [bus.CHANGED], aiomqtt.Client.publish

    async def loses_one(client: aiomqtt.Client, topic: str, *said: Any, **kept: Any) -> None:
        if topic in lost:
            lost.remove(topic)
            raise aiomqtt.MqttError("the broker never said that it has it")
        await publish(client, topic, *said, **kept)

    async def story() -> None:
        listener = Listener(lambda: broker.service)
        async with worker(broker.service) as hears:
            await hears.subscribe(bus.CHANGED, qos=1)
            monkeypatch.setattr(aiomqtt.Client, "publish", loses_one)
            async with listener.running(), asyncio.timeout(20.0):
                await anext(aiter(hears.messages))
                await until(lambda: listener.client.connected)
        assert listener.links.count(True) == 2

    run(story())
    assert lost == []


def test_a_store_that_is_away_for_a_moment_does_not_silence_it(
    broker: RunningBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_client, "STORE_RETRY_S", 0.05)
    away = [OperationalError("SELECT", None, Exception("the database is starting up"))]

    def revisions() -> Revisions:
        if away:
            raise away.pop()
        return Revisions(3, 4, 6)

    async def story() -> None:
        listener = Listener(lambda: broker.service)
        listener.client = BusClient(lambda: broker.service, revisions)
        async with worker(broker.service) as hears:
            await hears.subscribe(bus.CHANGED, qos=1)
            async with listener.running(), asyncio.timeout(20.0):
                said = await anext(aiter(hears.messages))
        assert isinstance(said.payload, bytes)
        assert json.loads(said.payload)["permits"] == 6

    run(story())


def test_who_is_told_to_end_at_the_moment_when_what_it_waits_for_comes_ends_all_the_same() -> None:
    begun, ended = asyncio.Event(), list[str]()

    class Ends:
        """A client whose connection ends once the work beside it has begun."""

        @property
        async def messages(self) -> AsyncIterator[aiomqtt.Message]:
            await begun.wait()
            for none in list[aiomqtt.Message]():
                yield none

    async def goes_on_once() -> None:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600.0)
        try:
            await asyncio.sleep(3600.0)
        finally:
            ended.append("it")

    async def story() -> None:
        async with asyncio.timeout(20.0):
            await listen_while(cast("aiomqtt.Client", Ends()), goes_on_once())

    run(story())
    assert ended == ["it"]
