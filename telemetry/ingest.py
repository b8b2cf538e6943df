"""The one MQTT client of the worker: read what is there, acknowledge after the commit, publish.

paho's loop is driven from outside, under ``poll()``, by the thread that owns the hot path. No
thread is started, nothing is handed over, and ``select()`` is never called, which fails
silently once a process has 1 024 open files.
"""

import random
import select
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from paho.mqtt.client import (
    Client,
    ConnectFlags,
    DisconnectFlags,
    MQTTMessage,
    MQTTMessageInfo,
)
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from telemetry.report import Frame

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

KEEPALIVE_S: Final = 15
"""A broker that vanished without a word is noticed within twice this."""

CONNECT_TIMEOUT_S: Final = 1.0
"""paho connects by a blocking call; the worker's tick must not wait longer for it."""

SUBSCRIBE_TIMEOUT_S: Final = 10.0
"""Without an answer to the subscriptions in this time the connection is given up."""

READING_S: Final = 0.02
"""How long a call goes on reading while messages keep coming: a flood must not starve the
tick, and a longer batch would only add to the time until an alert."""

BACK_OFF_S: Final = (0.1, 10.0)
"""Shortest and longest wait before a new attempt; doubled at each, times a random half to one."""

STEADY_S: Final = 5.0
"""A connection that lasted this long was a good one: the next wait is short again."""

CLOSING_S: Final = 0.5

_MID_BITS: Final = 16
_MID_MASK: Final = (1 << _MID_BITS) - 1
_PUBACK: Final = b"\x40\x02"
_DISCONNECT: Final = b"\xe0\x00"
_SEVEN_BITS: Final = 0x7F


class Ingest:
    """A persistent MQTT 3.1.1 session of one thread.

    The session outlives the connection (``clean_session=False`` and a fixed client id), so what
    is published at QoS 1 while we are away is waiting, and what was not acknowledged comes again.
    Not safe to share between threads.
    """

    def __init__(
        self,
        host: str,
        port: int,
        username: str | None,
        password: str | None,
        client_id: str,
        subscriptions: Sequence[str],
        qos: int = 1,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        if qos not in (0, 1):
            msg = f"found QoS {qos}, expected 0 or 1: a second hand-shake would buy nothing here"
            raise ValueError(msg)
        self._host = host
        self._port = port
        self._subscriptions = [(topic, qos) for topic in subscriptions]
        self._jitter = jitter
        self._client = self._make_client(client_id, username, password)
        self._poller = select.poll()
        self._polled = -1
        self._frames: deque[Frame] = deque()
        self._joined = bytearray()
        self._cut = False
        self._confirming: deque[tuple[int, MQTTMessageInfo]] = deque()
        self._connection = 0
        self._subscribed = not subscriptions
        self._linked = False
        self._closed = False
        self._congested = False
        self._delay_s = BACK_OFF_S[0]
        self._next_attempt_s = 0.0
        self._linked_s = 0.0
        self._misc_s = 0.0
        self._tokens = 0
        self._cause = ""
        self.problem = "not connected yet"
        """Why it is not connected, for people; empty while it is."""
        self.connections = 0
        """How often a connection was established."""
        self.dropped = 0
        """Messages of QoS 0 that were not sent, for want of a connection or of room."""

    def _make_client(self, client_id: str, username: str | None, password: str | None) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
            # Else paho answers a refusal by connecting again, in an older protocol.
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(0)
        client.max_queued_messages_set(0)
        if username is not None:
            client.username_pw_set(username, password)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close
        # While this is set paho only queues what is to be sent, and this class does the writing:
        # so acknowledgements can go out joined, in between whole packets.
        client.on_socket_register_write = _leave_the_writing_to_us
        return client

    # -- state ------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and every subscription."""
        return self._linked and self._subscribed

    @property
    def unconfirmed(self) -> int:
        """How many messages of QoS 1 the broker has not confirmed yet."""
        return len(self._confirming)

    def fileno(self) -> int:
        """Return the descriptor to poll for reading, -1 without a connection."""
        sock = self._client.socket()
        return -1 if sock is None else sock.fileno()

    # -- connecting -------------------------------------------------------------------------

    def connect(self) -> None:
        """Try to connect now; on failure ``read`` goes on trying, with back-off.

        Blocks for at most CONNECT_TIMEOUT_S, and the look-up of the host's name.
        """
        self._delay_s = BACK_OFF_S[0]
        self._attempt()

    def _attempt(self) -> None:
        self._linked = False
        self._subscribed = not self._subscriptions
        self._drop_joined()
        self._cause = ""
        try:
            self._client.connect(self._host, self._port, keepalive=KEEPALIVE_S)
        except OSError as error:
            self._fail(f"cannot connect to {self._host}:{self._port}: {error}")
            return
        self._connection += 1
        self._linked_s = time.monotonic()
        self.problem = "the broker has not answered yet"
        self._write()

    def _fail(self, problem: str) -> None:
        """Note why there is no connection, and when to try again."""
        now_s = time.monotonic()
        if self.connected and now_s - self._linked_s > STEADY_S:
            self._delay_s = BACK_OFF_S[0]
        self.problem = problem
        self._linked = False
        self._next_attempt_s = now_s + self._delay_s * (0.5 + 0.5 * self._jitter())
        self._delay_s = min(2.0 * self._delay_s, BACK_OFF_S[1])

    # -- what paho calls --------------------------------------------------------------------

    def _on_socket_open(self, _client: Client, _userdata: object, sock: "SocketLike") -> None:
        self._polled = sock.fileno()
        self._poller.register(self._polled, select.POLLIN)

    def _on_socket_close(self, _client: Client, _userdata: object, _sock: "SocketLike") -> None:
        self._poller.unregister(self._polled)
        self._polled = -1

    def _on_connect(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._cause = f"the broker refused us: {reason}"
            return
        self._linked = True
        self.connections += 1
        if self._subscriptions:
            # Also into a session that the broker still has: it may have lost its disk.
            client.subscribe(self._subscriptions)
        else:
            self.problem = ""

    def _on_subscribe(
        self,
        client: Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        pairs = zip(self._subscriptions, reasons, strict=False)
        bad = [topic for (topic, _), reason in pairs if reason.is_failure]
        if bad:
            # Half of the subscriptions would be silence that looks like quiet roads.
            self._cause = f"the broker refused the subscription to {', '.join(bad)}"
            client.disconnect()
            return
        self._subscribed = True
        self.problem = ""

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if not self._closed:
            self._fail(self._cause or f"the connection was lost: {reason}")

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            # Brokers do not pass such a topic on; if one did, decoding refuses it by name.
            topic = ""
        self._frames.append(
            Frame(
                topic,
                bytes(message.payload),
                time.time(),
                message.qos,
                (self._connection << _MID_BITS) | message.mid,
                message.retain,
            )
        )

    # -- reading ----------------------------------------------------------------------------

    def read(self, max_messages: int, max_wait_s: float) -> list[Frame]:
        """Return the messages that have come, at most ``max_messages``, in their order.

        Waits up to ``max_wait_s`` for a first one; then reads on while there are more, for at
        most READING_S. Also sends what is waiting, keeps the connection alive and makes a new
        one when it is time to. Never raises for what the broker does.
        """
        if not self._frames:
            self._serve()
            if self._wait(max_wait_s):
                self._drain(max_messages)
        count = min(max_messages, len(self._frames))
        return [self._frames.popleft() for _ in range(count)]

    def _serve(self) -> None:
        """Do what is due: a new attempt, keep-alive, writing."""
        now_s = time.monotonic()
        if self.fileno() < 0:
            if not self._closed and now_s >= self._next_attempt_s:
                self._attempt()
            return
        if now_s - self._misc_s >= 1.0:
            self._misc_s = now_s
            self._client.loop_misc()
            if not self.connected and now_s - self._linked_s > SUBSCRIBE_TIMEOUT_S:
                self._hang_up("the broker did not answer in time")
        self._write()

    def _hang_up(self, problem: str) -> None:
        self._cause = problem
        self._client.disconnect()
        self._write()

    def _wait(self, max_wait_s: float) -> bool:
        """Wait for something to read; False when there was nothing in time."""
        until_s = time.monotonic() + max_wait_s
        while not self._closed:
            left_s = max(0.0, until_s - time.monotonic())
            if self._polled >= 0:
                if self._readable(left_s):
                    return True
            elif not self._wait_to_connect(left_s):
                return False
            if time.monotonic() >= until_s:
                return False
        return False

    def _readable(self, left_s: float) -> bool:
        """Poll the socket once, writing on if it has room for what was held up."""
        if self._congested:
            self._poller.modify(self._polled, select.POLLIN | select.POLLOUT)
        ready = self._poller.poll(left_s * 1e3)
        if self._congested:
            self._poller.modify(self._polled, select.POLLIN)
            self._write()
        return any(events & ~select.POLLOUT for _, events in ready)

    def _wait_to_connect(self, left_s: float) -> bool:
        """Sleep until the next attempt is due and make it; False if it is not due in time."""
        pause_s = max(0.0, self._next_attempt_s - time.monotonic())
        time.sleep(min(pause_s, left_s))
        if pause_s > left_s:
            return False
        self._attempt()
        return True

    def _drain(self, max_messages: int) -> None:
        """Read packets until nothing is left, or count or time is up; then send the answers."""
        frames, poller = self._frames, self._poller
        until_s = time.monotonic() + READING_S
        while len(frames) < max_messages and time.monotonic() < until_s:
            before = len(frames)
            if not self._read_packet():
                break
            if len(frames) == before and (self._polled < 0 or not poller.poll(0)):
                break
        self._write()

    def _read_packet(self) -> bool:
        """Read one packet; False when the connection was lost over it.

        paho reads one in a call, and more only while messages of ours await confirmation.
        """
        try:
            return self._client.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS
        except struct.error:
            # A PUBLISH too short for its own header gets past paho's checks.
            self._hang_up("the broker sent a malformed packet")
            return False

    # -- writing ----------------------------------------------------------------------------

    def acknowledge(self, frames: Iterable[Frame]) -> None:
        """Tell the broker that these are stored, in the order in which they were read.

        Those of an earlier connection are left out: their packet ids may mean others by now,
        and the broker delivers them again anyway.
        """
        if not self._linked:
            return
        connection = self._connection
        for frame in frames:
            if frame.qos and frame.mid >> _MID_BITS == connection:
                self._joined += _PUBACK + (frame.mid & _MID_MASK).to_bytes(2, "big")
        self._write()

    def publish(self, topic: str, payload: bytes, qos: int = 0) -> int | None:
        """Send a message; return a token that ``confirmed`` gives back, or None if not sent.

        Without a connection nothing is taken: what must arrive stays in the caller's outbox.
        At QoS 0 it is also dropped, and counted, while the broker does not keep up reading:
        what goes out so is repeated or overtaken soon. QoS 0 counts as confirmed at once.
        """
        if not self.connected or (qos == 0 and self._congested):
            self.dropped += 1
            return None
        info = self._client.publish(topic, payload, qos)
        self._write()
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self.dropped += 1
            return None
        self._tokens += 1
        if qos:
            self._confirming.append((self._tokens, info))
        return self._tokens

    def publish_all(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Send many messages of QoS 0, topic and payload, joined in one call of the system.

        paho takes 25 µs and a call of the system for each. Dropped and counted as ``publish``
        does where there is no connection or no room.
        """
        if not self.connected or self._congested:
            self.dropped += sum(1 for _ in messages)
            return
        for topic, payload in messages:
            self._joined += _published(topic.encode(), payload)
        self._write()

    def confirmed(self) -> list[int]:
        """Return the tokens of messages of QoS 1 that the broker has confirmed since last asked."""
        done: list[int] = []
        while self._confirming and self._confirming[0][1].is_published():
            done.append(self._confirming.popleft()[0])
        return done

    def _write(self) -> None:
        """Send what is waiting, as far as the socket takes it.

        Many small packets go out joined, in one call of the system for a whole batch: never
        inside a packet of paho's, so only when its queue is empty, and paho never inside one
        of ours, so not while one may be cut.
        """
        if self._cut:
            self._send_joined()
        if not self._cut:
            if self._client.want_write():
                self._client.loop_write()
            if self._joined and not self._client.want_write():
                self._send_joined()
        self._congested = bool(self._joined) or self._client.want_write()

    def _send_joined(self) -> None:
        sock = self._client.socket()
        if sock is None:
            self._drop_joined()
            return
        try:
            sent = sock.send(self._joined)
        except BlockingIOError:
            return
        except OSError:
            # The connection is gone; the next read finds it so, and all comes again.
            self._drop_joined()
            return
        del self._joined[:sent]
        self._cut = bool(self._joined)

    def _drop_joined(self) -> None:
        self._joined.clear()
        self._cut = False

    # -- the end ----------------------------------------------------------------------------

    def close(self) -> None:
        """Say goodbye and close; the session stays at the broker.

        Waits up to CLOSING_S for the broker to hang up: a socket closed with something unread
        in it is reset, and what was just acknowledged would be lost with it.
        """
        if self._closed:
            return
        self._closed = True
        self._write()
        sock = self._client.socket()
        if sock is not None and not self._congested:
            with suppress(OSError):
                sock.send(_DISCONNECT)
            self._read_out()
        self._client.disconnect()
        self._write()

    def _read_out(self) -> None:
        until_s = time.monotonic() + CLOSING_S
        while self._polled >= 0 and (left_s := until_s - time.monotonic()) > 0:
            if self._poller.poll(left_s * 1e3):
                self._read_packet()


def _published(topic: bytes, payload: bytes) -> bytes:
    """Return the packet of a message of QoS 0; the length stands in sevens of bits."""
    length = 2 + len(topic) + len(payload)
    size = bytearray()
    while length > _SEVEN_BITS:
        size.append(length & _SEVEN_BITS | 0x80)
        length >>= 7
    size.append(length)
    return b"\x30" + size + len(topic).to_bytes(2, "big") + topic + payload


def _leave_the_writing_to_us(_client: Client, _userdata: object, _sock: "SocketLike") -> None:
    """Exist: paho writes at once where this is not set."""
