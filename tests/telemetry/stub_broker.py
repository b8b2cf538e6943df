"""A broker of one connection that does what the test says, byte by byte, in the test's thread."""

import select
import socket
import struct
from collections.abc import Iterator

CONNECT, PUBLISH, PUBACK, SUBSCRIBE, PINGREQ, DISCONNECT = 1, 3, 4, 8, 12, 14


class StubBroker:
    """Listens on a free port; ``accept`` before talking to a client that has connected."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(5)
        self.port: int = self.listener.getsockname()[1]
        self.peer: socket.socket | None = None
        self.heard = bytearray()

    def accept(self) -> None:
        if self.peer is not None:
            self.peer.close()
        self.peer, _ = self.listener.accept()
        self.peer.settimeout(5)
        self.heard.clear()

    def welcome(self, *, session: bool = False, code: int = 0) -> None:
        """Accept a connection, read its CONNECT and answer it."""
        self.accept()
        assert self.packet()[0] >> 4 == CONNECT
        self.send(bytes((0x20, 2, session, code)))

    def grant(self, *codes: int) -> None:
        """Read the SUBSCRIBE and answer it."""
        kind, body = self.packet()
        assert kind >> 4 == SUBSCRIBE
        self.send(bytes((0x90, 2 + len(codes))) + body[:2] + bytes(codes))

    def publish(self, topic: bytes, payload: bytes, *, qos: int = 0, mid: int = 0) -> None:
        self.send(publish(topic, payload, qos=qos, mid=mid))

    def send(self, data: bytes) -> None:
        assert self.peer is not None
        self.peer.sendall(data)

    def packet(self) -> tuple[int, bytes]:
        """Read one whole packet: its first byte, and what follows the length."""
        kind = self._take(1)[0]
        length, shift = 0, 0
        while True:
            byte = self._take(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return kind, self._take(length)

    def packets(self) -> Iterator[tuple[int, bytes]]:
        """Yield whole packets until nothing comes for a moment."""
        assert self.peer is not None
        self.peer.settimeout(0.2)
        while True:
            try:
                yield self.packet()
            except TimeoutError:
                assert not self.heard, "a packet was cut"
                return

    def _take(self, count: int) -> bytes:
        assert self.peer is not None
        while len(self.heard) < count:
            data = self.peer.recv(65_536)
            assert data, "the client hung up"
            self.heard += data
        taken = bytes(self.heard[:count])
        del self.heard[:count]
        return taken

    def is_called(self) -> bool:
        """Whether a client is waiting to be accepted."""
        return bool(select.select([self.listener], [], [], 0)[0])

    def drop(self) -> None:
        """Close the connection without a word."""
        if self.peer is not None:
            self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.peer.close()
            self.peer = None

    def close(self) -> None:
        self.drop()
        self.listener.close()


def publish(topic: bytes, payload: bytes, *, qos: int = 0, mid: int = 0) -> bytes:
    """Return a PUBLISH packet."""
    body = len(topic).to_bytes(2, "big") + topic
    body += mid.to_bytes(2, "big") + payload if qos else payload
    length, packed = len(body), b""
    while True:
        length, digit = divmod(length, 128)
        packed += bytes((digit | (128 if length else 0),))
        if not length:
            return bytes((0x30 | qos << 1,)) + packed + body
