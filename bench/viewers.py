"""Many viewers of the live feed in one process: what each of them saw, and when.

``python -m bench.viewers ADDRESS PASSWORD COUNT FILE ACCOUNT…`` prints one JSON object when all
viewers look on, and writes what they saw to the file once it gets SIGTERM.

A viewer is a bare asyncio protocol. A client library would take longer to hand a message to a
hundred viewers than the platform takes to send it, and the figure would be the library's.
"""

import asyncio
import json
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

import httpx
import uvloop

PER_ACCOUNT: Final = 8
"""As many connections as one account may have."""
_TEXT, _BINARY, _CLOSE, _PING, _PONG = 1, 2, 8, 9, 10
_VIOLATION: Final = b'{"op":"violation"'
_SNAP: Final = b'{"op":"snap"'
_SUBSCRIBE: Final = b'{"op":"sub","bbox":null,"kinds":null,"max_hz":5}'


@dataclass(slots=True)
class Seen:
    """What one viewer received."""

    opened_at: dict[str, float] = field(default_factory=dict)
    """Violation id → when it came (Unix seconds)."""
    doubled: int = 0
    frames: int = 0
    bytes: int = 0
    last_seq: int | None = None
    gaps: int = 0

    def note(self, said: dict[str, Any], at_s: float) -> None:
        """Note one event of the feed."""
        self.gaps += self.last_seq is None or said["seq"] != self.last_seq + 1
        self.last_seq = said["seq"]
        if said["event"] == "opened":
            identity = said["violation"]["id"]
            self.doubled += identity in self.opened_at
            self.opened_at.setdefault(identity, at_s)


class Violations:
    """Every violation that any viewer was told of; the same bytes are decoded once."""

    def __init__(self) -> None:
        self.opened: dict[str, dict[str, Any]] = {}
        self._decoded: dict[bytes, dict[str, Any]] = {}

    def read(self, message: bytes) -> dict[str, Any]:
        """Return a message as an object."""
        said = self._decoded.get(message)
        if said is None:
            said = self._decoded[message] = json.loads(message)
            if said["event"] == "opened":
                self.opened.setdefault(said["violation"]["id"], said["violation"])
        return said


class View(asyncio.Protocol):
    """One viewer of the whole city at 5 Hz."""

    def __init__(self, address: str, ticket: str, violations: Violations) -> None:
        self.seen = Seen()
        self.ended = False
        self._address = address
        self._ticket = ticket
        self._violations = violations
        self._received = bytearray()
        self._open = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(
            f"GET /ws/live?ticket={self._ticket} HTTP/1.1\r\n"
            f"Host: {self._address.removeprefix('http://')}\r\nOrigin: {self._address}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Protocol: zone.v1\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.ended = True

    def data_received(self, data: bytes) -> None:
        at_s = time.time()
        self.seen.bytes += len(data)
        self._received += data
        if not self._open and not self._upgrade():
            return
        while (frame := self._frame()) is not None:
            self._take(*frame, at_s)

    def _upgrade(self) -> bool:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return False
        if not self._received.startswith(b"HTTP/1.1 101"):
            message = f"no viewer: {bytes(self._received[:200])!r}"
            raise ConnectionError(message)
        del self._received[: end + 4]
        self._open = True
        self._send(_TEXT, _SUBSCRIBE)
        return True

    def _frame(self) -> tuple[int, bytes] | None:
        """Return the opcode and payload of the next whole frame. The server never fragments."""
        received = self._received
        if len(received) < 2:
            return None
        length, start = received[1] & 0x7F, 2
        if length == 126:
            length, start = int.from_bytes(received[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(received[2:10], "big"), 10
        if len(received) < start + length:
            return None
        opcode, payload = received[0] & 0x0F, bytes(received[start : start + length])
        del received[: start + length]
        return opcode, payload

    def _take(self, opcode: int, payload: bytes, at_s: float) -> None:
        self.seen.frames += 1
        if opcode == _TEXT and payload.startswith(_VIOLATION):
            self.seen.note(self._violations.read(payload), at_s)
        elif opcode == _TEXT and payload.startswith(_SNAP):
            self.seen.last_seq = json.loads(payload)["seq"]
        elif opcode == _PING:
            self._send(_PONG, payload)

    def _send(self, opcode: int, payload: bytes) -> None:
        """Send a short frame, masked as a client's must be."""
        mask = os.urandom(4)
        body = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        if self._transport is not None:
            self._transport.write(bytes((0x80 | opcode, 0x80 | len(payload))) + mask + body)


def _same(view: View) -> View:
    return view


async def tickets(address: str, username: str, password: str, count: int) -> list[str]:
    """Sign in once and return one ticket for each viewer."""
    async with httpx.AsyncClient(base_url=address, headers={"Origin": address}) as client:
        signed_in = await client.post(
            "/api/session", json={"username": username, "password": password}
        )
        signed_in.raise_for_status()
        return [(await client.post("/api/ws-tickets")).json()["ticket"] for _ in range(count)]


async def watch(address: str, password: str, count: int, accounts: list[str]) -> dict[str, Any]:
    """Look on until SIGTERM and return what was seen."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    violations = Violations()
    views = [
        View(address, ticket, violations)
        for number, account in enumerate(accounts)
        for ticket in await tickets(
            address, account, password, min(PER_ACCOUNT, count - number * PER_ACCOUNT)
        )
    ]
    host, port = address.removeprefix("http://").split(":")
    for view in views:
        await asyncio.get_running_loop().create_connection(partial(_same, view), host, int(port))
    async with asyncio.timeout(30):
        while not all(view.seen.last_seq is not None for view in views):
            await asyncio.sleep(0.05)
    print(json.dumps({"viewers": len(views)}), flush=True)
    await stop.wait()
    return summary(views, violations)


def summary(views: list[View], violations: Violations) -> dict[str, Any]:
    """Return every delivery, and how often a violation went missing or came twice."""
    seen = [view.seen for view in views]
    return {
        "violations": list(violations.opened.values()),
        "deliveries": {
            identity: [each.opened_at[identity] for each in seen if identity in each.opened_at]
            for identity in violations.opened
        },
        "missed": sum(len(violations.opened) - len(each.opened_at) for each in seen),
        "doubled": sum(each.doubled for each in seen),
        "gaps": sum(each.gaps for each in seen),
        "frames": sum(each.frames for each in seen),
        "megabytes": round(sum(each.bytes for each in seen) / 1e6, 1),
        "kicked": sum(view.ended for view in views),
    }


def main() -> None:
    """Run from the command line."""
    address, password, count, file, *accounts = sys.argv[1:]
    seen = uvloop.run(watch(address, password, int(count), accounts))
    Path(file).write_text(json.dumps(seen))


if __name__ == "__main__":
    main()
