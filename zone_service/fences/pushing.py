"""The process that tells units of the zones that concern them, until it is told to stop.

It looks at the counts of the map, the register and the permits each second and whenever the bus says
that one has moved, makes what units are to know anew, and hears what they say that they hold. What
cannot be sent at once is sent when the broker is there again; who was not there asks when it is.
"""

import asyncio
import signal
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from math import inf
from typing import Final, TypeVar
from urllib.parse import urlsplit

import aiomqtt
import structlog
from sqlalchemy.exc import SQLAlchemyError

from zone_service import bus, logs
from zone_service.background import Rests
from zone_service.broker import BrokerAccess, private_client_id, service_access
from zone_service.broker_link import client_of, listen_while, stay_connected
from zone_service.clock import monotonic_s, now, unix_s
from zone_service.data_lock import FENCES_NAME, DataLock
from zone_service.fences import tokens
from zone_service.fences.exchange import Exchange, Outgoing
from zone_service.fences.renewing import Renewing
from zone_service.fences.tokens import Claim
from zone_service.provision import opened
from zone_service.settings import Settings
from zone_service.store import fences
from zone_service.store.engine import Store
from zone_service.store.errors import StoreError

LISTENS_TO: Final = (
    bus.CHANGED,
    "zone/up/+/ack",
    "thing/product/+/requests",
    "thing/product/+/events",
    "sys/product/+/status",
)
LOOK_EVERY_S: Final = 1.0
AT_A_TIME_S: Final = 0.5
"""For so long what is to be told is made before it is told."""
RETRY_AFTER_S: Final = 5.0
"""The database was away."""
NOTED_AT_ONCE: Final = 2
"""In one transaction, for which the worker waits: with what is noted of one its body is written anew."""
AT_ONCE: Final = 100
"""Messages on their way to the broker at a time."""
MOST_HEARD: Final = 10_000
"""Of what is said and was not looked at yet; beyond that the oldest is let go, and is asked again."""
MOST_BYTES: Final = 32 * 1024
"""Of one of them; what a gateway says of sixty aircraft has less."""
THIS_MACHINE: Final = frozenset({"127.0.0.1", "localhost", "0.0.0.0", "::1", "::"})  # noqa: S104
"""As somebody else is told it, that is somebody else's."""
NOTE_EVERY_S: Final = 10.0
"""Between two notes that every fence is that of now."""

Given = TypeVar("Given")
_log = structlog.get_logger("zone.fences")


def run(settings: Settings) -> None:
    """Tell units until SIGINT or SIGTERM.

    Raises:
        BrokerError: nobody says how it gets into the broker.
        SchemaMismatch: there is no store, or one of another age.
        AlreadyRunning: another process tells them.
    """
    logs.configure(settings.log_level)
    store = opened(settings)
    try:
        with DataLock(settings.data_dir, FENCES_NAME):
            asyncio.run(_until_told(settings, store))
    finally:
        store.close()


async def _until_told(settings: Settings, store: Store) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    access = service_access(settings)
    async with pushing(store, lambda: service_access(settings), settings, access.password) as ended:
        waiting = asyncio.create_task(told.wait())
        await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if ended.done():
            ended.result()


@asynccontextmanager
async def pushing(
    store: Store, access: Callable[[], BrokerAccess], settings: Settings, key: str
) -> AsyncIterator[asyncio.Task[None]]:
    """Tell units within this; gives what goes on, which ends only by an error."""
    pusher = Pusher(store, access, settings.fence_margin_m, origin_of(settings), key)
    task = asyncio.create_task(pusher.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        pusher.close()


def origin_of(settings: Settings) -> str:
    """Return where units fetch files: the address that people type, or else the one that is listened on."""
    return settings.public_origin or f"http://{settings.web_host}:{settings.web_port}"


def is_out_of_reach(origin: str) -> bool:
    """Tell whether an address leads nobody but this machine to the platform."""
    return urlsplit(origin).hostname in THIS_MACHINE


class Pusher:
    """One connection to the broker, made again whenever it breaks, and what is told by it."""

    def __init__(
        self,
        store: Store,
        access: Callable[[], BrokerAccess],
        margin_m: float,
        origin: str,
        key: str,
    ) -> None:
        # Rests, and no lower place: who is put off while it holds the database's one lock for writing would
        # have the worker wait with it.
        self._rests = Rests(monotonic_s, most_s=inf)
        self._store = store
        self._access = access
        self._origin = origin
        self._renewing = Renewing(store, margin_m, self._rests)
        self._exchange = Exchange(store, lambda claim, now_s: _address(origin, key, claim, now_s))
        self._heard: deque[tuple[str, bytes]] = deque(maxlen=MOST_HEARD)
        self._woken = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "fences")
        self._unsent: dict[str, int] = {}
        """Which versions units are to be told of when the broker is there."""
        self._is_first = True
        self._noted_s = -NOTE_EVERY_S

    async def run(self) -> None:
        """Stay connected until cancelled."""
        await stay_connected(self._client, self._serve, self._lost)

    def close(self) -> None:
        """Wait for what the store is asked, and ask nothing more."""
        self._thread.shutdown(cancel_futures=True)

    def _client(self) -> aiomqtt.Client:
        access = self._access()
        # Kept by the broker: what a unit says while nobody listens is heard later.
        kept = {"clean_session": False, "max_inflight_messages": AT_ONCE}
        return client_of(access, private_client_id("fences", access.password), self._take, **kept)

    def _lost(self, error: Exception, _retry_s: float) -> None:
        _log.warning("broker_away", problem=str(error), unsent=len(self._unsent))

    def _take(self, topic: str, payload: bytes) -> None:
        if topic != bus.CHANGED and len(payload) <= MOST_BYTES:
            self._heard.append((topic, payload))
        self._woken.set()

    async def _serve(self, client: aiomqtt.Client) -> None:
        for topic in LISTENS_TO:
            await client.subscribe(topic, qos=1)
        _log.info("broker_connected")
        await listen_while(client, self._tend(client))

    async def _tend(self, client: aiomqtt.Client) -> None:
        while True:
            try:
                await self._turn(client)
                # What was made is told before the rest is: all of a large city takes a while at first.
                pause_s = LOOK_EVERY_S if self._renewing.is_done else 0.0
            except (StoreError, SQLAlchemyError) as error:
                _log.warning("store_away", problem=str(error).splitlines()[0])
                # What was kept before that is told by what the store has of it.
                self._is_first = True
                pause_s = RETRY_AFTER_S
            try:
                await asyncio.wait_for(self._woken.wait(), pause_s)
            except TimeoutError:
                continue
            finally:
                self._woken.clear()

    async def _turn(self, client: aiomqtt.Client) -> None:
        """Make what has changed, tell it, and answer what was said."""
        await self._beside(self._renew)
        waiting = list(self._unsent.items())
        for start in range(0, len(waiting), AT_ONCE):
            some = waiting[start : start + AT_ONCE]
            await self._send(client, await self._beside(self._told, [each for each, _ in some]))
            for each, version in some:
                if self._unsent.get(each) == version:
                    del self._unsent[each]
        while self._heard:
            heard = [self._heard.popleft() for _ in range(min(AT_ONCE, len(self._heard)))]
            try:
                answers = await self._beside(self._answers, heard)
            except (StoreError, SQLAlchemyError):
                # While the store is away it waits.
                self._heard.extendleft(reversed(heard))
                raise
            await self._send(client, answers)

    async def _beside(self, work: Callable[..., Given], *what: object) -> Given:
        """Do something in the one thread that asks the store: a connection that breaks ends none of it."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *what)

    def _renew(self) -> None:
        at, begun_s = now(), monotonic_s()
        found = self._renewing.look(at, lambda: monotonic_s() >= begun_s + AT_A_TIME_S)
        self._exchange.devices = self._renewing.devices
        self._unsent |= {each.device_id: each.version for each in found}
        if self._is_first:
            # What was never given to the broker because this process had ended before.
            with self._store.read() as session:
                self._unsent |= fences.unsent(session)
            self._exchange.remember()
            self._is_first = False
            self._say_who_fetches_nothing()
        if self._renewing.is_done and begun_s - self._noted_s >= NOTE_EVERY_S:
            fences.note_look(self._store, at)
            self._noted_s = begun_s

    def _say_who_fetches_nothing(self) -> None:
        dji = sum(each.codec == "dji" for each in self._renewing.devices.values())
        if dji and is_out_of_reach(self._origin):
            _log.warning(
                "fence_files_out_of_reach", origin=self._origin, devices=dji,
                advice="set ZONE_PUBLIC_ORIGIN to where docks reach the platform",
            )  # fmt: skip

    def _told(self, device_ids: Sequence[str]) -> list[Outgoing]:
        with self._store.read() as session:
            found = fences.some(session, device_ids)
        return [self._exchange.told(each, unix_s()) for each in found]

    def _answers(self, heard: Sequence[tuple[str, bytes]]) -> list[Outgoing]:
        return [each for said in heard for each in self._exchange.heard(*said, now())]

    async def _send(self, client: aiomqtt.Client, messages: Sequence[Outgoing]) -> None:
        for start in range(0, len(messages), AT_ONCE):
            some = messages[start : start + AT_ONCE]
            await asyncio.gather(
                *(client.publish(each.topic, each.payload, qos=1) for each in some)
            )
            await self._beside(self._note_sent, [each.of for each in some if each.of])

    def _note_sent(self, versions: Sequence[tuple[str, int]]) -> None:
        for start in range(0, len(versions), NOTED_AT_ONCE):
            with self._store.write() as session:
                fences.sent(session, dict(versions[start : start + NOTED_AT_ONCE]), now())
            self._rests()


def _address(origin: str, key: str, claim: Claim, now_s: float) -> str:
    return f"{origin}/api/fence-files/{tokens.made(key, claim, now_s)}"
