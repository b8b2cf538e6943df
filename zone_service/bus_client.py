"""The web process on the bus: it listens to the worker and says what has changed."""

import asyncio
import os
from collections.abc import Callable

import aiomqtt
import msgspec
import structlog
from sqlalchemy.exc import DBAPIError

from zone_service import bus
from zone_service.broker import BrokerAccess, private_client_id
from zone_service.broker_link import Take, client_of, listen_while, stay_connected
from zone_service.store.records import Revisions

LISTENS_TO = (bus.DELTA, bus.VIOLATION, bus.FORECAST, bus.HEARTBEAT)
STORE_RETRY_S = 1.0

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
        await stay_connected(self._client, self._serve, self._lost)

    def _client(self) -> aiomqtt.Client:
        access = self._access()
        client_id = f"{private_client_id('web', access.password)}-{os.getpid()}"
        return client_of(access, client_id, self.take)

    def _lost(self, error: Exception, retry_s: float) -> None:
        _log.warning("bus_lost", reason=str(error), retry_s=round(retry_s, 1))
        self._link(connected=False)

    async def _serve(self, client: aiomqtt.Client) -> None:
        for topic in LISTENS_TO:
            await client.subscribe(topic, qos=1)
        self._link(connected=True)
        self._changed.set()
        try:
            await listen_while(client, self._say_changes(client))
        finally:
            self._link(connected=False)

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
