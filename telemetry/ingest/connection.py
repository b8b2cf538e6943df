"""One MQTT session over one connection after the other, each made when it is time to.

paho's loop is driven from outside, under ``poll()``. No thread is started, nothing is handed
over, and ``select()`` is never called, which fails silently once a process has 1 024 open files.
"""

import select
import socket
import ssl
import struct
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from telemetry.ingest.back_off import BackOff
from telemetry.ingest.outlet import Outlet
from telemetry.ingest.packets import DISCONNECT
from telemetry.ingest.reading import AheadClient
from telemetry.report import Frame

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

KEEPALIVE_S: Final = 15
"""A broker that vanished without a word is noticed within twice this."""

CONNECT_TIMEOUT_S: Final = 1.0
"""paho connects by a blocking call; the worker's tick must not wait longer for it."""

SUBSCRIBE_TIMEOUT_S: Final = 10.0
"""Without an answer to the subscriptions in this time the connection is given up."""

STEADY_S: Final = 5.0
"""A connection that lasted this long was a good one: the next wait is short again."""

CLOSING_S: Final = 0.5

PACKET_ID_BITS: Final = 16


def make_client(
    client_id: str, username: str | None, password: str | None, tls: ssl.SSLContext | None
) -> AheadClient:
    """Return a client of paho's whose session outlives its connections."""
    client = AheadClient(
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
    if tls is not None:
        client.tls_set_context(tls)
    return client


class Connection:
    """What stands between us and the broker at the moment, if anything."""

    def __init__(
        self,
        client: AheadClient,
        host: str,
        port: int,
        subscriptions: Sequence[tuple[str, int]],
        back_off: BackOff,
        formerly: Sequence[str] = (),
    ) -> None:
        self.client = client
        self.frames: deque[Frame] = deque()
        """What was read and not handed out yet."""
        self.outlet = Outlet(client)
        self.back_off = back_off
        self.number = 0
        """Told apart by this: a packet id means another message on another connection."""
        self.linked = False
        """Whether the broker has accepted us."""
        self.closed = False
        self.problem = "not connected yet"
        """Why it is not connected, for people; empty while it is."""
        self.established = 0
        """How often a connection was established."""
        self._address = (host, port)
        self._subscriptions = list(subscriptions)
        self._formerly = list(formerly)
        self._subscribed = not subscriptions
        self._poller = select.poll()
        self._polled = -1
        self._cause = ""
        self._since_s = 0.0
        self._misc_s = 0.0
        self._listen_to(client)

    def _listen_to(self, client: Client) -> None:
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close
        # While this is set paho only queues what is to be sent, and the outlet does the writing:
        # so acknowledgements can go out joined, in between whole packets.
        client.on_socket_register_write = _leave_the_writing_to_us

    # -- state ------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and every subscription."""
        return self.linked and self._subscribed

    @property
    def has_socket(self) -> bool:
        """Whether there is something to read from, be it only the answer to our greeting."""
        return self._polled >= 0

    def fileno(self) -> int:
        """Return the descriptor to poll for reading, -1 without a connection."""
        sock = self.client.socket()
        return -1 if sock is None else sock.fileno()

    # -- coming and going -------------------------------------------------------------------

    def attempt(self) -> None:
        """Try to connect now; blocks for at most CONNECT_TIMEOUT_S and the look-up of the host."""
        self.linked = False
        self._subscribed = not self._subscriptions
        self.outlet.drop()
        self._cause = ""
        host, port = self._address
        try:
            self.client.connect(host, port, keepalive=KEEPALIVE_S)
        except OSError as error:
            self._fail(f"cannot connect to {host}:{port}: {error}")
            return
        self.number += 1
        self._since_s = time.monotonic()
        self.problem = "the broker has not answered yet"
        self.outlet.write()

    def serve(self) -> None:
        """Do what is due: a new attempt, keep-alive, writing."""
        now_s = time.monotonic()
        if self.fileno() < 0:
            if not self.closed and now_s >= self.back_off.due_s:
                self.attempt()
            return
        if now_s - self._misc_s >= 1.0:
            self._misc_s = now_s
            self.client.loop_misc()
            if not self.connected and now_s - self._since_s > SUBSCRIBE_TIMEOUT_S:
                self._hang_up("the broker did not answer in time")
        self.outlet.write()

    def close(self) -> None:
        """Say goodbye and close; the session stays at the broker.

        Waits up to CLOSING_S for the broker to hang up: a socket closed with something unread
        in it is reset, and what was just acknowledged would be lost with it.
        """
        if self.closed:
            return
        self.closed = True
        self.outlet.write()
        sock = self.client.socket()
        if sock is not None and not self.outlet.congested:
            with suppress(OSError):
                sock.send(DISCONNECT)
            self._read_out()
        self.client.disconnect()
        self.outlet.write()

    def _read_out(self) -> None:
        until_s = time.monotonic() + CLOSING_S
        while self.has_socket and (left_s := until_s - time.monotonic()) > 0:
            if self._poller.poll(left_s * 1e3):
                self.read_packet()

    def _hang_up(self, problem: str) -> None:
        self._cause = problem
        self.client.disconnect()
        self.outlet.write()

    def _fail(self, problem: str) -> None:
        """Note why there is no connection, and when to try again."""
        now_s = time.monotonic()
        if self.connected and now_s - self._since_s > STEADY_S:
            self.back_off.forget()
        self.problem = problem
        self.linked = False
        self.back_off.failed(now_s)

    # -- reading ----------------------------------------------------------------------------

    def has_more(self) -> bool:
        """Whether something can be read at this moment."""
        return self.has_socket and (self._has_taken() or bool(self._poller.poll(0)))

    def _has_taken(self) -> bool:
        """Whether something is off the socket already, here or in TLS: no poll tells of that."""
        if self.client.has_ahead:
            return True
        sock = self.client.socket()
        return isinstance(sock, ssl.SSLSocket) and sock.pending() > 0

    def wait_readable(self, left_s: float) -> bool:
        """Poll the socket once, writing on if it has room for what was held up."""
        if self._has_taken():
            return True
        congested = self.outlet.congested
        if congested:
            self._poller.modify(self._polled, select.POLLIN | select.POLLOUT)
        ready = self._poller.poll(left_s * 1e3)
        if congested:
            self._poller.modify(self._polled, select.POLLIN)
            self.outlet.write()
        return any(events & ~select.POLLOUT for _, events in ready)

    def take_messages(self, most: int) -> bool:
        """Take at most so many messages that have come whole; False where none is next."""
        messages = self.client.messages_ahead(most)
        if not messages:
            return False
        now_s, number = time.time(), self.number << PACKET_ID_BITS
        self.frames.extend(
            Frame(
                _text(each.topic),
                each.payload,
                now_s,
                each.qos,
                number | each.packet_id,
                each.retain,
            )
            for each in messages
        )
        return True

    def read_packet(self) -> bool:
        """Read one packet; False when the connection was lost over it.

        paho reads one in a call, and more only while messages of ours await confirmation.
        """
        try:
            return self.client.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS
        except struct.error:
            # A PUBLISH too short for its own header gets past paho's checks.
            self._hang_up("the broker sent a malformed packet")
            return False

    # -- what paho calls --------------------------------------------------------------------

    def _on_socket_open(self, _client: Client, _userdata: object, sock: "SocketLike") -> None:
        # Nagle's algorithm and a delayed acknowledgement at the other end would hold an alert
        # that follows another for 40 ms.
        cast("socket.socket", sock).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._polled = sock.fileno()
        self._poller.register(self._polled, select.POLLIN)

    def _on_socket_close(self, _client: Client, _userdata: object, _sock: "SocketLike") -> None:
        self._poller.unregister(self._polled)
        self._polled = -1
        self.client.forget_ahead()

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
        self.linked = True
        self.established += 1
        if self._formerly:
            client.unsubscribe(self._formerly)
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
        if not self.closed:
            self._fail(self._cause or f"the connection was lost: {reason}")

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        self.frames.append(
            Frame(
                topic,
                bytes(message.payload),
                time.time(),
                message.qos,
                (self.number << PACKET_ID_BITS) | message.mid,
                message.retain,
            )
        )


def _text(topic: bytes) -> str:
    """Return a topic as text, and nothing for one that is none.

    Brokers do not pass such a topic on; if one did, decoding refuses it by name.
    """
    try:
        return topic.decode()
    except UnicodeDecodeError:
        return ""


def _leave_the_writing_to_us(_client: Client, _userdata: object, _sock: "SocketLike") -> None:
    """Exist: paho writes at once where this is not set."""
