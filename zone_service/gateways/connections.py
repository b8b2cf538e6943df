"""The one shell of all gateways: connections and datagrams, their limits, and the pure core between.

Whatever comes goes through the wire's ``step``, and what that gives is done here: answered, passed on,
counted. Nothing is read from a connection while its messages wait for the store, or while too many of
all wait: then the network makes its sender wait.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

import structlog

from telemetry.gateways.outbox import Outbox
from telemetry.gateways.wire import (
    Answer,
    Close,
    Drop,
    Dropped,
    Ended,
    Event,
    Forward,
    Input,
    Joined,
    Passed,
    Received,
    Registers,
    Say,
    Taken,
    Told,
    Wire,
)
from telemetry.receipts import Receipt
from zone_service.clock import monotonic_s, unix_s
from zone_service.gateways.counts import Counts
from zone_service.gateways.register import Registered
from zone_service.spoken import Spoken

JOIN_WITHIN_S: Final = 30.0
"""For who has to say who it is: a port scanner holds a connection no longer."""
UNREAD_BYTES: Final = 64 * 1024
"""Answers that a connection has not taken; they have some twenty bytes each."""
SPOKEN_AGAIN_S: Final = 60.0
_NOISE: Final = frozenset({Dropped.MALFORMED, Dropped.BAD_CHECKSUM, Dropped.TOO_LARGE})

_log = structlog.get_logger("zone.gateway")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a gateway lets itself be asked for."""

    connections: int = 2000
    """And addresses from which datagrams come."""
    idle_s: float = 300.0
    """After which a connection on which nothing whole was said is closed."""


class Talk:
    """One connection, or the datagrams of one address: what the core knows of it."""

    def __init__(
        self,
        state: Any,
        transport: asyncio.Transport | None,
        reply: Callable[[bytes], None] | None = None,
    ) -> None:
        """``reply`` sends to an address, where there is no connection."""
        self.state = state
        self.transport = transport
        self.reply = reply
        self.device_id: str | None = None
        self.is_paused = False
        self.opened_s = self.heard_s = monotonic_s()


class Gateway:
    """One wire: who is connected, who they are, what waits. Belongs to one event loop."""

    def __init__(self, wire: Wire[Any], limits: Limits, outbox: Outbox, counts: Counts) -> None:
        self.wire = wire
        self.limits = limits
        self.outbox = outbox
        self.counts = counts
        self.registered = Registered()
        self.wake: Callable[[], None] = lambda: None
        self.say: Callable[[str, bytes], None] = lambda _device_id, _payload: None
        self._talks: set[Talk] = set()
        self._speakers: dict[str, Talk] = {}
        self._is_held = False
        self._spoken = Spoken(SPOKEN_AGAIN_S)

    def open(
        self,
        transport: asyncio.Transport | None,
        reply: Callable[[bytes], None] | None = None,
    ) -> Talk | None:
        """Begin with a new connection or address; ``None`` where there is no room for one."""
        if len(self._talks) >= self.limits.connections:
            self._drop(Drop(Dropped.TOO_MANY_CONNECTIONS))
            return None
        talk = Talk(self.wire.begin, transport, reply)
        self._talks.add(talk)
        self.counts.said["connections"] += 1
        self.counts.connections = len(self._talks)
        self._pause_or_resume(talk)
        return talk

    def knows(self, talk: Talk) -> bool:
        """Tell whether it is one of ours still."""
        return talk in self._talks

    def take(self, talk: Talk, said: Input) -> None:
        """Have the core take what came, and do what it says."""
        talk.state, events = self.wire.step(talk.state, said, self.registered.units)
        for each in events:
            self._do(talk, each)
        if self.outbox.is_full and not self._is_held:
            self._hold()
        self._pause_or_resume(talk)

    def taken(self, device_id: str, receipt: Receipt) -> None:
        """Let go what the platform has stored, and tell who said it."""
        self.counts.said["stored"] += self.outbox.taken(device_id, receipt)
        self.counts.waiting = len(self.outbox)
        talk = self._speakers.get(device_id)
        if talk is not None:
            self.take(talk, Taken(device_id, receipt))
        if self._is_held and self.outbox.has_room:
            self._go_on()

    def told(self, device_id: str, payload: bytes) -> None:
        """Have whoever hears a unit tell it which fence it is to have."""
        for talk in list(self._talks):
            self.take(talk, Told(device_id, payload, unix_s()))

    def ended(self, talk: Talk) -> None:
        """Forget a connection; what it has said waits on for the store."""
        if talk not in self._talks:
            return
        self._talks.discard(talk)
        self.counts.connections = len(self._talks)
        if talk.device_id is not None and self._speakers.get(talk.device_id) is talk:
            del self._speakers[talk.device_id]
        talk.transport = None
        self.take(talk, Ended())

    def follow(self, registered: Registered) -> None:
        """Go by another register: who is not in it any more is let go."""
        if registered.twice and registered.twice != self.registered.twice:
            _log.warning(
                "called_alike", wire=self.wire.name, names=registered.twice[:20],
                advice="more than one device has this wire id: that which had it first is taken for it",
            )  # fmt: skip
        self.registered = registered
        for drop in self.outbox.forget_all_but(registered.device_ids):
            self._drop(drop)
        for talk in list(self._talks):
            self.take(talk, Passed(unix_s()))

    def tick(self) -> None:
        """Close who has been quiet for too long, and send again what has waited for too long."""
        now_s, unix = monotonic_s(), unix_s()
        for drop in self.outbox.overdue(now_s):
            self._give_up(drop)
        self.wake()
        for talk in list(self._talks):
            if talk.is_paused:
                talk.heard_s = talk.opened_s = now_s
            self.take(talk, Passed(unix))
            if (why := self._overstayed(talk, now_s)) is not None:
                self._drop(Drop(Dropped.IDLE, talk.device_id or ""))
                self._close(talk, why)
        self.counts.waiting = len(self.outbox)

    def too_slow(self, talk: Talk) -> None:
        """Let go of a connection that does not take what it is answered."""
        self._drop(Drop(Dropped.SLOW_READER, talk.device_id or ""))
        if talk.transport is not None:
            talk.transport.abort()
        self._close(talk, "does not take its answers")

    def close(self) -> None:
        """Close every connection."""
        for talk in list(self._talks):
            self._close(talk, "the gateway stops")

    def _give_up(self, drop: Drop) -> None:
        """Count what is never stored; who waits for it would wait for ever, and is to begin anew."""
        self._drop(drop)
        if (talk := self._speakers.get(drop.subject)) is not None:
            self._close(talk, "what it said was never stored")

    def _overstayed(self, talk: Talk, now_s: float) -> str | None:
        if talk.is_paused:
            return None
        if (
            self.wire.has_to_join
            and talk.device_id is None
            and now_s - talk.opened_s > JOIN_WITHIN_S
        ):
            return "did not say who it is"
        return "nothing was heard of it" if now_s - talk.heard_s > self.limits.idle_s else None

    def _do(self, talk: Talk, event: Event) -> None:
        if not isinstance(event, Drop) or event.reason not in _NOISE:
            # Bytes alone do not keep a connection: who sends one now and then would hold it for ever.
            talk.heard_s = monotonic_s()
        match event:
            case Forward(device_id=device_id, payload=payload):
                self._forward(device_id, payload, is_read=talk.transport is not None)
            case Registers(device_id=device_id, answer=answer, while_joined=instead):
                is_joined = device_id in self._speakers
                for each in instead if is_joined else (answer,):
                    self._do(talk, each)
            case Answer(data=data):
                if talk.transport is not None and not talk.transport.is_closing():
                    talk.transport.write(data)
                elif talk.reply is not None:
                    talk.reply(data)
            case Say(device_id=device_id, payload=payload):
                self.say(device_id, payload)
            case Joined(device_id=device_id):
                self._join(talk, device_id)
            case Drop():
                self._drop(event)
            case Close(why=why):
                self._close(talk, why)

    def _forward(self, device_id: str, payload: bytes, *, is_read: bool) -> None:
        self.counts.said["received"] += 1
        if self.outbox.add(device_id, payload, is_read=is_read):
            self.wake()
        else:
            self._drop(Drop(Dropped.BACKLOG_FULL, device_id))

    def _join(self, talk: Talk, device_id: str) -> None:
        """Take a connection for a device's: one that it had before is one that it has lost."""
        before = self._speakers.get(device_id)
        if before is not None and before is not talk:
            self._close(before, "the device has connected anew")
        talk.device_id, self._speakers[device_id] = device_id, talk

    def _close(self, talk: Talk, why: str) -> None:
        _log.info("closed", wire=self.wire.name, device_id=talk.device_id, why=why)
        transport = talk.transport
        self.ended(talk)
        if transport is not None:
            transport.close()

    def _drop(self, drop: Drop) -> None:
        """Count it; the first of a kind and subject in a minute is said too."""
        now_s = unix_s()
        self.counts.drop(drop, now_s)
        is_named = drop.reason is not Dropped.UNKNOWN_UNIT or not self.wire.hears_strangers
        subject = drop.subject if is_named else ""
        if drop.count and self._spoken.is_new(f"{drop.reason} {subject}", monotonic_s()):
            _log.warning(
                "dropped", wire=self.wire.name, reason=drop.reason.value, subject=subject,
                so_far=self.counts.dropped[drop.reason],
            )  # fmt: skip

    def _pause_or_resume(self, talk: Talk) -> None:
        wanted = self._is_held or self.wire.is_full(talk.state)
        transport = talk.transport
        if transport is None or transport.is_closing() or wanted == talk.is_paused:
            return
        talk.is_paused = wanted
        if wanted:
            transport.pause_reading()
        else:
            transport.resume_reading()

    def _hold(self) -> None:
        """Read nothing more from anybody: the store or the broker is away, or too slow."""
        self._is_held = True
        _log.warning("held", wire=self.wire.name, waiting=len(self.outbox))
        self._each_anew(self._talks)

    def _go_on(self) -> None:
        self._is_held = False
        _log.info("going_on", wire=self.wire.name, waiting=len(self.outbox))
        self._each_anew(self._talks)

    def _each_anew(self, talks: Iterable[Talk]) -> None:
        for talk in list(talks):
            self._pause_or_resume(talk)


class Connection(asyncio.Protocol):
    """One TCP connection."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._talk: Talk | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, if there is room."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a stream's protocol
        transport.set_write_buffer_limits(high=UNREAD_BYTES)
        self._talk = self._gateway.open(transport)
        if self._talk is None:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        if self._talk is not None:
            self._gateway.take(self._talk, Received(data, unix_s()))

    def pause_writing(self) -> None:
        """Let go of who does not take its answers: they would fill the memory."""
        if self._talk is not None:
            self._gateway.too_slow(self._talk)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        if self._talk is not None:
            self._gateway.ended(self._talk)


class Datagrams(asyncio.DatagramProtocol):
    """What comes by UDP, by the address that it comes from; of too many the one heard longest ago goes."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._talks: OrderedDict[Any, Talk] = OrderedDict()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember by what an address is answered."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Take what came."""
        talk = self._talks.pop(addr, None)
        if talk is None or not self._gateway.knows(talk):
            talk = self._opened(addr)
        if talk is not None:
            self._talks[addr] = talk
            self._gateway.take(talk, Received(data, unix_s(), is_whole=True))

    def _opened(self, addr: Any) -> Talk | None:
        if len(self._talks) >= self._gateway.limits.connections:
            _, oldest = self._talks.popitem(last=False)
            self._gateway.ended(oldest)
        return self._gateway.open(None, lambda data: self._reply(data, addr))

    def _reply(self, data: bytes, addr: Any) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, addr)
