"""The web process on the bus: it listens to the worker and says what has changed."""

import asyncio
import os
import socket
from collections.abc import Callable
from random import SystemRandom

import aiomqtt
import msgspec
import structlog
from sqlalchemy.exc import DBAPIError

from zone_service import bus
from zone_service.broker import BrokerAccess, BrokerError, private_client_id
from zone_service.store.records import Revisions

LISTENS_TO = (bus.DELTA, bus.VIOLATION, bus.FORECAST, bus.HEARTBEAT)
FIRST_RETRY_S, LONGEST_RETRY_S = 0.2, 5.0
JITTER = SystemRandom()
"""Of its own: the state of ``random`` belongs to the process, and who draws from a seed would find it changed."""
STORE_RETRY_S = 1.0

Take = Callable[[str, bytes], None]
_log = structlog.get_logger("zone.bus")


class BusClient:
    """One connection to the broker, made again whenever it breaks."""

    def __init__(
        self, access: Callable[[], BrokerAccess], revisions: Callable[[], Revisions]
    ) -> None:
        self._access = access
        self._revisions = revisions
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.connected = False
        self.take: Take = lambda _topic, _payload: None
        self.on_link: Callable[[bool], None] = lambda _connected: None

    def changed_soon(self) -> None:
        """Say on the bus what the revisions are now; from any thread.

        It is said again after a broken connection. The worker also looks at the revisions itself,
        so what is lost here costs it a second and no more.
        """
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._changed.set)

    async def run(self) -> None:
        """Stay connected until cancelled."""
        self._loop = asyncio.get_running_loop()
        retry_s = FIRST_RETRY_S
        while True:
            try:
                async with self._client() as client:
                    retry_s = FIRST_RETRY_S
                    await self._serve(client)
            except (aiomqtt.MqttError, BrokerError, OSError) as error:
                _log.warning("bus_lost", reason=str(error), retry_s=round(retry_s, 1))
            finally:
                self._link(connected=False)
            await asyncio.sleep(retry_s * JITTER.uniform(0.5, 1))
            retry_s = min(2 * retry_s, LONGEST_RETRY_S)

    def _client(self) -> aiomqtt.Client:
        access = self._access()
        return aiomqtt.Client(
            access.host,
            access.port,
            username=access.username,
            password=access.password,
            tls_context=access.tls_context(),
            identifier=f"{private_client_id('web', access.password)}-{os.getpid()}",
            queue_type=inbox(self.take),
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)],
            timeout=5,
            keepalive=15,
        )

    async def _serve(self, client: aiomqtt.Client) -> None:
        for topic in LISTENS_TO:
            await client.subscribe(topic, qos=1)
        self._link(connected=True)
        self._changed.set()
        both = {asyncio.create_task(each(client)) for each in (_listen, self._say_changes)}
        try:
            # A client that can only listen, or only speak, is one to be made again.
            ended, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for each in ended:
                each.result()
        finally:
            for each in both:
                each.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _say_changes(self, client: aiomqtt.Client) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                found = await asyncio.to_thread(self._revisions)
                await client.publish(bus.CHANGED, msgspec.json.encode(found), qos=1)
            except DBAPIError as error:
                _log.warning("revisions_not_read", reason=str(error), retry_s=STORE_RETRY_S)
                await asyncio.sleep(STORE_RETRY_S)
                self._changed.set()
            except BaseException:
                self._changed.set()
                raise

    def _link(self, *, connected: bool) -> None:
        if connected != self.connected:
            _log.info("bus_connected" if connected else "bus_disconnected")
        self.connected = connected
        self.on_link(connected)


async def _listen(client: aiomqtt.Client) -> None:
    """Return when the connection ends; what comes is handed over by the inbox."""
    async for _ in client.messages:
        pass


def inbox(take: Take) -> type[asyncio.Queue[aiomqtt.Message]]:
    """Return a queue that hands messages over in the turn in which they were read.

    A queue that is awaited costs a task and a turn of the loop for each message.
    """

    class Inbox(asyncio.Queue[aiomqtt.Message]):
        def put_nowait(self, item: aiomqtt.Message) -> None:
            if isinstance(item.payload, bytes):
                take(item.topic.value, item.payload)

    return Inbox
