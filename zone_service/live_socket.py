"""The live feed's way to a browser: frames go to the transport in the turn they are made.

ASGI's ``send`` is awaited for each viewer, frames each time anew and hides how much is unsent;
for a hundred viewers of one frame that is most of the cost. So uvicorn's protocol offers, as an
extension of the scope, the few things that the hub needs.
"""

import asyncio
import socket
from typing import Any, Final, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

EXTENSION: Final = "zone.wire"
SEND_BUFFER_BYTES: Final = 128 * 1024
"""The kernel would keep megabytes of old positions for a slow viewer, unseen by us."""
MAX_MESSAGE_BYTES: Final = 4096
CLOSES_WITHIN_S: Final = 5.0
"""What a viewer that does not read gets to read its last words."""


class DirectProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol, with a ``SocketWire`` in the scope."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the kernel's buffer small, so that ours tells the truth."""
        super().connection_made(transport)
        found = transport.get_extra_info("socket")
        if found is not None:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    async def run_asgi(self) -> None:
        """Serve the connection."""
        scope = cast("dict[str, Any]", self.scope)
        scope["extensions"][EXTENSION] = SocketWire(self)
        await super().run_asgi()


class SocketWire:
    """One viewer's connection."""

    def __init__(self, protocol: DirectProtocol) -> None:
        self._protocol = protocol

    def write(self, data: bytes) -> None:
        """Send whole WebSocket frames; after the end they go nowhere."""
        protocol = self._protocol
        if not (protocol.close_sent or protocol.disconnected or protocol.transport.is_closing()):
            protocol.transport.write(data)

    def buffered_bytes(self) -> int:
        """Return how much waits for the network."""
        return self._protocol.transport.get_write_buffer_size()

    def close(self, code: int, reason: str) -> None:
        """Say goodbye, and hang up on whoever does not listen."""
        protocol = self._protocol
        if protocol.close_sent or protocol.disconnected:
            return
        try:
            protocol.conn.send_close(code, reason)
        except InvalidState:
            protocol.transport.abort()
            return
        protocol.transport.write(b"".join(protocol.conn.data_to_send()))
        protocol.close_sent = True
        if protocol.read_paused:
            protocol.read_paused = False
            protocol.transport.resume_reading()
        protocol.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        protocol.close_timer = protocol.loop.call_later(CLOSES_WITHIN_S, self._hang_up)

    def _hang_up(self) -> None:
        self._protocol.transport.abort()
