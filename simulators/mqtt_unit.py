"""An onboard unit's MQTT 3.1.1 connection: one asyncio protocol a device, no thread, no queue.

Written for simulation: thousands of connections in one process, for which the usual clients
are too heavy. It knows what a unit needs: connect with a credential, publish with QoS 0 or 1,
listen to its own topics with QoS 0, keep the connection alive, come back after a loss and
publish again what was not acknowledged.
"""

import asyncio
import struct
from collections.abc import Callable
from typing import cast

CONNECT_TIMEOUT_S = 10.0
FIRST_RETRY_S = 0.5
LAST_RETRY_S = 15.0
MAX_PACKET_ID = 65_535

_CONNACK, _PUBLISH, _PUBACK, _SUBACK = 0x20, 0x30, 0x40, 0x90
_PINGREQ = b"\xc0\x00"
_DISCONNECT = b"\xe0\x00"
REFUSALS = {
    1: "protocol version",
    2: "client id",
    3: "server unavailable",
    4: "bad user name or password",
    5: "not authorised",
}


class ConnectionRefusedByBroker(ConnectionError):
    """The broker answered and said no."""

    def __init__(self, device_id: str, code: int) -> None:
        self.code = code
        super().__init__(f"{device_id}: the broker refused: {REFUSALS.get(code, code)}")


def _text(value: bytes) -> bytes:
    return struct.pack(">H", len(value)) + value


def packet(kind: int, body: bytes) -> bytes:
    """Return one MQTT packet: type and flags, the length in sevens of bits, the body."""
    length, size = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        size.append(digit | (0x80 if length else 0))
        if not length:
            return bytes((kind,)) + bytes(size) + body


class MqttUnit(asyncio.Protocol):
    """One device's connection.

    ``on_message(topic, payload)`` is called for what the broker sends, ``on_acknowledged(id)``
    for each PUBACK. Neither may block.
    """

    def __init__(
        self,
        device_id: str,
        secret: str,
        *,
        subscriptions: tuple[str, ...] = (),
        keep_alive_s: int = 60,
        on_message: Callable[[str, bytes], None] | None = None,
        on_acknowledged: Callable[[int], None] | None = None,
    ) -> None:
        self.device_id = device_id
        self.connected = False
        self.writable = False
        """Whether connected and not told by the transport to hold back."""
        self.connections = 0
        """How often the broker has accepted."""
        self.unacknowledged: dict[int, tuple[bytes, bytes]] = {}
        """Topic and payload by packet id, in the order of publishing."""
        self.acknowledged = 0
        self._secret = secret
        self._subscriptions = subscriptions
        self._keep_alive_s = keep_alive_s
        self._on_message = on_message
        self._on_acknowledged = on_acknowledged
        self._where: tuple[str, int] | None = None
        self._transport: asyncio.Transport | None = None
        self._accepted: asyncio.Future[None] | None = None
        self._received = b""
        self._packet_id = 0
        self._ping: asyncio.TimerHandle | None = None
        self._retry: asyncio.Task[None] | None = None
        self._closing = False

    async def connect(self, host: str, port: int) -> None:
        """Connect and wait until the broker has accepted.

        Raises:
            ConnectionRefusedByBroker: the credential is not good.
            OSError, TimeoutError: nobody answers there.
        """
        loop = asyncio.get_running_loop()
        self._where = (host, port)
        self._closing = False
        self._accepted = loop.create_future()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await loop.create_connection(lambda: self, host, port)
                await self._accepted
        except BaseException:
            self._drop()
            raise
        finally:
            self._accepted = None

    def publish(self, topic: bytes, payload: bytes, qos: int = 0, packet_id: int = 0) -> int:
        """Send one message; returns its packet id, 0 with QoS 0.

        Without a connection, QoS 0 is lost and QoS 1 is kept until there is one. ``packet_id``
        may be chosen by a caller who keeps the ids apart himself.
        """
        if qos == 0:
            if self._transport is not None and self.connected:
                self._transport.write(packet(_PUBLISH, _text(topic) + payload))
            return 0
        chosen = packet_id or self._next_packet_id()
        self.unacknowledged[chosen] = (topic, payload)
        self._send_again(chosen, 0)
        return chosen

    def close(self) -> None:
        """Say goodbye and stay away."""
        self._closing = True
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._transport is not None and self.connected:
            self._transport.write(_DISCONNECT)
        self._drop()

    def abort(self) -> None:
        """Lose the connection without a word, as in a tunnel; it is then sought again."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send CONNECT; called by the loop."""
        # No isinstance: uvloop's transports only behave like asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._received = b""
        body = _text(b"MQTT") + b"\x04\xc2" + struct.pack(">H", self._keep_alive_s)
        body += _text(self.device_id.encode()) * 2 + _text(self._secret.encode())
        self._transport.write(packet(0x10, body))

    def connection_lost(self, exc: Exception | None) -> None:
        """Seek the connection again, unless it was given up; called by the loop."""
        was_connected, self.connected, self.writable = self.connected, False, False
        self._transport = None
        if self._ping is not None:
            self._ping.cancel()
        if self._accepted is not None and not self._accepted.done():
            self._accepted.set_exception(exc or ConnectionError(f"{self.device_id}: closed"))
        if was_connected and not self._closing and self._retry is None:
            self._retry = asyncio.get_running_loop().create_task(self._reconnect())

    def pause_writing(self) -> None:
        """Note that the broker does not read fast enough; called by the loop."""
        self.writable = False

    def resume_writing(self) -> None:
        """Note that it reads again; called by the loop."""
        self.writable = self.connected

    def data_received(self, data: bytes) -> None:
        """Take packets apart, however the network has cut them; called by the loop."""
        data = self._received + data if self._received else data
        at = 0
        while (found := _packet_at(data, at)) is not None:
            kind, start, end = found
            self._take(kind, data, start, end)
            at = end
        self._received = data[at:]

    async def _reconnect(self) -> None:
        wait_s = FIRST_RETRY_S
        try:
            while not self._closing and self._where is not None:
                await asyncio.sleep(wait_s)
                try:
                    await self.connect(*self._where)
                except OSError:  # refusals and timeouts are such too
                    wait_s = min(LAST_RETRY_S, wait_s * 2)
                if self.connected:  # it may be lost again before this task gets its turn
                    return
        finally:
            self._retry = None

    def _take(self, kind: int, data: bytes, start: int, end: int) -> None:
        match kind & 0xF0:
            case 0x40:
                self._puback(data[start] << 8 | data[start + 1])
            case 0x30:
                self._publish_received(kind, data[start:end])
            case 0x20:
                self._connack(data[start + 1])
            case _:
                pass  # SUBACK and PINGRESP need no answer

    def _connack(self, code: int) -> None:
        if code:
            if self._accepted is not None and not self._accepted.done():
                self._accepted.set_exception(ConnectionRefusedByBroker(self.device_id, code))
            return
        self.connected = self.writable = True
        self.connections += 1
        self._subscribe()
        for packet_id in self.unacknowledged:
            self._send_again(packet_id, 0x08)
        self._schedule_ping()
        if self._accepted is not None and not self._accepted.done():
            self._accepted.set_result(None)

    def _subscribe(self) -> None:
        if self._subscriptions and self._transport is not None:
            filters = b"".join(_text(topic.encode()) + b"\x00" for topic in self._subscriptions)
            self._transport.write(packet(0x82, b"\x00\x01" + filters))

    def _send_again(self, packet_id: int, duplicate: int) -> None:
        if self._transport is None or not self.connected:
            return
        topic, payload = self.unacknowledged[packet_id]
        body = _text(topic) + struct.pack(">H", packet_id) + payload
        self._transport.write(packet(_PUBLISH | 0x02 | duplicate, body))

    def _puback(self, packet_id: int) -> None:
        if self.unacknowledged.pop(packet_id, None) is not None:
            self.acknowledged += 1
            if self._on_acknowledged is not None:
                self._on_acknowledged(packet_id)

    def _publish_received(self, kind: int, body: bytes) -> None:
        length = int.from_bytes(body[:2], "big")
        topic, rest = body[2 : 2 + length].decode(), body[2 + length :]
        if kind & 0x06:
            if self._transport is not None:
                self._transport.write(packet(_PUBACK, rest[:2]))
            rest = rest[2:]
        if self._on_message is not None:
            self._on_message(topic, rest)

    def _schedule_ping(self) -> None:
        loop = asyncio.get_running_loop()
        self._ping = loop.call_later(self._keep_alive_s / 2, self._send_ping)

    def _send_ping(self) -> None:
        if self._transport is not None and self.connected:
            self._transport.write(_PINGREQ)
            self._schedule_ping()

    def _next_packet_id(self) -> int:
        for _ in range(MAX_PACKET_ID):
            self._packet_id = self._packet_id % MAX_PACKET_ID + 1
            if self._packet_id not in self.unacknowledged:
                return self._packet_id
        message = f"{self.device_id}: {MAX_PACKET_ID} messages wait for their acknowledgement"
        raise BufferError(message)

    def _drop(self) -> None:
        self.connected = self.writable = False
        if self._ping is not None:
            self._ping.cancel()
        if self._transport is not None:
            self._transport.close()


def _packet_at(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Return (first byte, start, end of the body) of the whole packet at ``at``, if it is whole."""
    length = shift = 0
    for index in range(at + 1, min(at + 5, len(data))):
        length |= (data[index] & 0x7F) << shift
        shift += 7
        if not data[index] & 0x80:
            end = index + 1 + length
            return (data[at], index + 1, end) if end <= len(data) else None
    return None


def refusal(errors: ExceptionGroup[Exception]) -> Exception:
    """Return the first of the errors that ended many connections at once, as itself.

    Raised in an ``except*`` block it would come out wrapped in a group.
    """
    first: Exception = errors
    while isinstance(first, ExceptionGroup):
        first = first.exceptions[0]
    return first
