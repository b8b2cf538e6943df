"""A gateway's process: the register, the broker, the sockets, until it is told to stop."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog
from prometheus_client import start_http_server
from sqlalchemy.exc import SQLAlchemyError

from telemetry.gateways.outbox import Outbox
from telemetry.gateways.wire import Wire
from zone_service import logs
from zone_service.broker import gateway_access, private_client_id
from zone_service.gateways.carrier import Carrier
from zone_service.gateways.connections import Connection, Datagrams, Gateway, Limits
from zone_service.gateways.counts import Counts, collected
from zone_service.gateways.register import registered
from zone_service.listening import Listening
from zone_service.settings import Settings
from zone_service.store import journal
from zone_service.store.engine import Store, open_store
from zone_service.store.revisions import revisions

LOOK_EVERY_S: Final = 1.0
"""At the register, which says who may speak; and at the connections."""
TELL_EVERY_S: Final = 60.0
NOTE_EVERY_S: Final = 5.0
"""Between two notes of what was refused: a small transaction beside the worker's."""
LEAVE_WITHIN_S: Final = 2.0
METRICS_BEHIND: Final = {"jt808": 0, "ais": 1, "mavlink": 2}
"""So many ports behind the one that is set, so that all of them can run beside each other."""
BACKLOG: Final = 1024
"""Connections that are not accepted yet: a city's terminals come back all at once."""

_log = structlog.get_logger("zone.gateway")


@dataclass(frozen=True, slots=True)
class Sockets:
    """Where a gateway is spoken to."""

    tcp: Listening | None = None
    udp: Listening | None = None


def run(settings: Settings, wire: Wire[Any], sockets: Sockets) -> None:
    """Run a gateway until SIGTERM or SIGINT.

    Raises:
        BrokerError: nobody says how it gets into the broker.
        SchemaMismatch: the tables are missing or of another age.
        OSError: somebody else listens where it should.
    """
    logs.configure(settings.log_level)
    store = open_store(settings.database)
    try:
        store.require_schema()
        asyncio.run(_until_told(settings, store, wire, sockets))
    finally:
        store.close()


async def _until_told(settings: Settings, store: Store, wire: Wire[Any], sockets: Sockets) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with running(settings, store, wire, sockets) as serving:
        if settings.gateway_metrics_port:
            server, _ = start_http_server(
                settings.gateway_metrics_port + METRICS_BEHIND[wire.name],
                addr="127.0.0.1",
                registry=collected(serving.gateway.counts),
            )
            try:
                await serving.goes_on(told)
            finally:
                server.shutdown()
        else:
            await serving.goes_on(told)


@asynccontextmanager
async def running(
    settings: Settings, store: Store, wire: Wire[Any], sockets: Sockets
) -> AsyncIterator["Serving"]:
    """Run a gateway within this; what is not stored at its end is said."""
    serving = Serving(settings, store, wire)
    await serving.look_at_register()
    serving.begin()
    try:
        await serving.listen(sockets)
        yield serving
    finally:
        await serving.leave()
        await serving.end()
        await serving.note_refusals()
        _log.info("gateway_stopped", wire=wire.name, **serving.gateway.counts.in_numbers())


class Serving:
    """One gateway with all that goes on in it."""

    def __init__(self, settings: Settings, store: Store, wire: Wire[Any]) -> None:
        self._store = store
        self._wire = wire
        self._registers = settings.gateway_jt808_registers
        self._outbox = Outbox()
        access = gateway_access(settings, wire.codec)
        self._key = access.password.encode()
        limits = Limits(settings.gateway_connections, settings.gateway_idle_s)
        self.gateway = Gateway(
            wire, limits, self._outbox, Counts(wire.name, hears_strangers=wire.hears_strangers)
        )
        self.carrier = Carrier(
            lambda: gateway_access(settings, wire.codec),
            # With the process, as a second gateway of the account must not end the first one's session.
            f"{private_client_id(f'gateway-{wire.name}', access.password)}-{os.getpid()}",
            self._outbox,
            self.gateway.taken,
            self.gateway.told if wire.hears_fences else None,
        )
        self.gateway.wake = self.carrier.wake
        self.gateway.say = self.carrier.say
        self._revision = -1
        self._tasks: list[asyncio.Task[None]] = []
        self._servers: list[asyncio.Server] = []
        self._datagrams: list[asyncio.DatagramTransport] = []

    def begin(self) -> None:
        """Begin with what goes on beside the sockets."""
        going_on = (self.carrier.run(), self._look(), self._note(), self._tell())
        self._tasks = [asyncio.create_task(each) for each in going_on]

    async def goes_on(self, told: asyncio.Event) -> None:
        """Wait until told to stop, or until something beside the sockets has ended.

        Without it the sockets would go on taking what nobody passes on. Whoever runs the process
        starts it anew.

        Raises:
            Exception: whatever ended it.
        """
        waiting = asyncio.create_task(told.wait())
        try:
            ended, _ = await asyncio.wait(
                {waiting, *self._tasks}, return_when=asyncio.FIRST_COMPLETED
            )
            for each in ended:
                each.result()
        finally:
            waiting.cancel()

    async def end(self) -> None:
        """End what goes on beside the sockets."""
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def listen(self, sockets: Sockets) -> None:
        """Open the sockets.

        Raises:
            OSError: somebody else has one.
        """
        loop = asyncio.get_running_loop()
        if (tcp := sockets.tcp) is not None:
            made = await loop.create_server(
                lambda: Connection(self.gateway), tcp.host, tcp.port, backlog=BACKLOG
            )
            self._servers.append(made)
            _log.info("gateway_listens", wire=self._wire.name, tcp=_bound(made.sockets))
        if (udp := sockets.udp) is not None:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: Datagrams(self.gateway), local_addr=(udp.host, udp.port)
            )
            self._datagrams.append(transport)
            bound = [transport.get_extra_info("socket")]
            _log.info("gateway_listens", wire=self._wire.name, udp=_bound(bound))

    @property
    def tcp_port(self) -> int:
        """Where the first TCP socket was bound."""
        return int(self._servers[0].sockets[0].getsockname()[1])

    @property
    def udp_port(self) -> int:
        """Where the first UDP socket was bound."""
        return int(self._datagrams[0].get_extra_info("sockname")[1])

    async def leave(self) -> None:
        """Take nothing more, and give what was taken a moment to be stored."""
        for server in self._servers:
            server.close()
        for transport in self._datagrams:
            transport.close()
        deadline_s = asyncio.get_running_loop().time() + LEAVE_WITHIN_S
        while self.carrier.connected and len(self._outbox):
            if asyncio.get_running_loop().time() > deadline_s:
                break
            await asyncio.sleep(0.05)
        self.gateway.close()
        self.gateway.counts.waiting = len(self._outbox)

    async def look_at_register(self) -> None:
        """Go by the register of now, if it has changed; with the database away by that of before."""
        try:
            found = await asyncio.to_thread(self._registered)
        except SQLAlchemyError as error:
            if self._revision < 0:
                raise
            _log.warning("register_not_read", problem=str(error).splitlines()[0])
            return
        if found is not None:
            self._revision, units = found
            self.gateway.follow(units)
            _log.info("register_followed", wire=self._wire.name, units=len(units.units))

    def _registered(self) -> Any:
        with self._store.read() as session:
            revision = revisions(session).registry
            if revision == self._revision:
                return None
            return revision, registered(session, self._wire, self._key, registers=self._registers)

    async def note_refusals(self) -> None:
        """Put what was refused where people look for it; kept for later where that fails."""
        found = self.gateway.counts.refusals()
        try:
            await asyncio.to_thread(journal.add_refusals, self._store, found)
        except SQLAlchemyError as error:
            self.gateway.counts.put_back(found)
            _log.warning("refusals_not_noted", problem=str(error).splitlines()[0])

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look_at_register()
            self.gateway.tick()

    async def _note(self) -> None:
        while True:
            await asyncio.sleep(NOTE_EVERY_S)
            await self.note_refusals()

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            _log.info("gateway", wire=self._wire.name, **self.gateway.counts.in_numbers())


def _bound(sockets: Sequence[Any]) -> list[str]:
    return ["{}:{}".format(*each.getsockname()[:2]) for each in sockets]
