"""The clockwork around the hub: time, the bus, the store and the threads of the API."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import msgspec
import structlog

from zone_service import bus
from zone_service.clock import steady_unix_s, unix_s
from zone_service.live import Hub
from zone_service.live_feed import Feed, FeedEvent
from zone_service.live_objects import Sighting
from zone_service.live_sources import Sources
from zone_service.live_viewer import UNAUTHORISED, Limits, Viewer
from zone_service.metrics import Metrics
from zone_service.store.records import Proof, Revisions, ViolationEvent

TICK_S = 0.05
BEAT_S = 1.0
LOOK_S = 2.0
"""How often the store is asked what the bus may have failed to say."""
RECHECK_S = 10.0
"""How often viewers are asked for anew; at once where this process itself ends what they stand on."""

_log = structlog.get_logger("zone.live")


class Delta(msgspec.Struct):
    """Where devices are, as the worker says it."""

    t: int
    objects: list[Sighting]


class Told(msgspec.Struct):
    """An event of the feed, as the worker says it."""

    seq: int
    event: str
    violation: dict[str, object]


class Foretold(msgspec.Struct):
    """What some devices are about to break, as the worker says it."""

    t: int
    devices: dict[str, list[dict[str, object]]]


class Beat(msgspec.Struct):
    """The worker's heartbeat."""

    t: int
    messages: int
    degraded: bool
    zones_revision: int
    lag_ms: float = 0.0
    committed: int = 0
    refused: dict[str, int] = {}
    seq: int = 0
    """Of the last event of the feed that the worker committed."""
    held_up: str = ""
    """Why the worker can store nothing; empty while it can."""


class LiveLoop:
    """Owns the hub. All but the ``…_soon`` methods belong to the event loop's thread."""

    def __init__(
        self,
        sources: Sources,
        metrics: Metrics,
        limits: Limits | None = None,
        clock: Callable[[], float] = steady_unix_s,
    ) -> None:
        self.hub = Hub(uuid4().hex, Feed(0, ()), limits)
        self.last_beat: Beat | None = None
        self.sources = sources
        self._metrics = metrics
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._known = Revisions(-1, -1, -1)
        self._flushing = False
        self._look = asyncio.Event()
        self._doubt = asyncio.Event()
        self._decode: dict[str, Callable[[bytes], Delta | Told | Foretold | Beat]] = {
            bus.DELTA: msgspec.json.Decoder(Delta).decode,
            bus.VIOLATION: msgspec.json.Decoder(Told).decode,
            bus.FORECAST: msgspec.json.Decoder(Foretold).decode,
            bus.HEARTBEAT: msgspec.json.Decoder(Beat).decode,
        }

    async def begin(self) -> None:
        """Take over what the store knows; before anybody is let in."""
        self._loop = asyncio.get_running_loop()
        await self._describe(await asyncio.to_thread(self.sources.revisions))
        beginning = await asyncio.to_thread(self.sources.beginning)
        ongoing = await asyncio.to_thread(self.sources.violations, beginning.ongoing)
        self.hub.feed = Feed(beginning.seq, ongoing)
        self.hub.zones_revision = beginning.revisions.zones
        self.hub.start()

    async def run(self) -> None:
        """Keep time until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._every(TICK_S, self.hub.tick))
            tasks.create_task(self._every(BEAT_S, self.hub.heartbeat))
            tasks.create_task(self._looking())
            tasks.create_task(self._rechecking())

    async def _every(self, period_s: float, act: Callable[[float], None]) -> None:
        due_s = asyncio.get_running_loop().time()
        while True:
            now_s = asyncio.get_running_loop().time()
            due_s = max(due_s + period_s, now_s)
            await asyncio.sleep(due_s - now_s)
            try:
                act(self._clock())
            except Exception:
                # One frame that cannot be made must not end the feed for all.
                _log.exception("live_step_failed")

    # -- from the bus

    def linked(self, connected: bool) -> None:  # noqa: FBT001 -- what it is called with
        """Note whether the bus is there; after a break something may have been missed."""
        self.hub.bus_connected = connected
        if connected:
            self._look.set()

    def take(self, topic: str, payload: bytes) -> None:
        """Take one message of the worker."""
        try:
            said = self._decode[topic](payload)
        except (KeyError, msgspec.DecodeError, ValueError) as error:
            _log.error("bus_message_refused", topic=topic, reason=str(error))
            return
        now_s = self._clock()
        match said:
            case Delta():
                self.hub.see(said.objects, now_s)
            case Told():
                self._tell((FeedEvent(said.seq, said.event, said.violation),))
            case Foretold():
                self.hub.foresee(said.devices, now_s)
            case Beat():
                self.last_beat = said
                self.hub.beat(msgspec.structs.asdict(said), now_s)
                if said.seq > self.hub.feed.seq:
                    self._look.set()

    def _tell(self, events: tuple[FeedEvent, ...]) -> None:
        """Take events, and send them before the loop waits again."""
        now_s = self._clock()
        if self.hub.take(events, now_s):
            self._look.set()
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        self._metrics.sent(self.hub.unsent(), unix_s())
        self.hub.flush()

    # -- from the store

    async def _looking(self) -> None:
        while True:
            try:
                await self._catch_up()
                found = await asyncio.to_thread(self.sources.revisions)
                if found != self._known:
                    await self._describe(found)
            except Exception:
                # The store may be away for a while; viewers are told by ``degraded``.
                _log.exception("store_not_read")
            await _wait_for(self._look, LOOK_S)

    async def _catch_up(self) -> None:
        while True:
            seq = self.hub.feed.seq
            events = await asyncio.to_thread(self.sources.events_since, seq)
            self._tell(events)
            if len(events) < 1000:
                return

    async def _describe(self, found: Revisions) -> None:
        if (found.registry, found.permits) != (self._known.registry, self._known.permits):
            self.hub.describe(await asyncio.to_thread(self.sources.read_directory))
        self._known = found
        self.hub.zones(found.zones)

    async def _rechecking(self) -> None:
        while True:
            await _wait_for(self._doubt, RECHECK_S)
            await self.recheck()

    async def recheck(self) -> None:
        """Ask anew who may look on, and end the feed of those who may not."""
        asked = frozenset(viewer.proof for viewer in self.hub.viewers)
        if not asked:
            return
        try:
            sights = await asyncio.to_thread(self.sources.standing, asked)
        except Exception:
            # A store that is away must not darken the screens of the police: asked again soon.
            _log.exception("viewers_not_rechecked")
            return
        for viewer in self._of(asked):
            if viewer.proof not in sights or viewer.sight != sights[viewer.proof]:
                self.hub.drop(viewer, UNAUTHORISED, "revoked")

    def _of(self, asked: frozenset[Proof]) -> list[Viewer]:
        """Return the viewers that were asked about: others may have come meanwhile."""
        return [viewer for viewer in self.hub.viewers if viewer.proof in asked]

    # -- from the threads of the API

    def _soon(self, act: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(act)

    def tell_soon(self, event: ViolationEvent) -> None:
        """Send an event that was just committed."""
        told = self.sources.event(event)
        self._soon(lambda: self._tell((told,)))

    def registry_changed_soon(self) -> None:
        """Read the registry anew."""
        self._soon(self._look.set)

    def zones_changed_soon(self, revision: int) -> None:
        """Tell everybody of a new map."""
        self._soon(lambda: self.hub.zones(revision))

    def recheck_soon(self) -> None:
        """End the feeds whose session or token is over, now that one has been ended."""
        self._soon(self._doubt.set)


async def _wait_for(reason: asyncio.Event, at_most_s: float) -> None:
    try:
        async with asyncio.timeout(at_most_s):
            await reason.wait()
    except TimeoutError:
        return
    reason.clear()
