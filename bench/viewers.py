"""Many viewers of the live feed in one process: what each of them saw, and how late.

``python -m bench.viewers ADDRESS USERNAME PASSWORD COUNT SECONDS`` prints one JSON object when
every viewer is connected and another when it ends.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import uvloop
import websockets


@dataclass(slots=True)
class Seen:
    """What one viewer received."""

    opened_at: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)
    """Violation id → when it came (Unix seconds), and the violation."""
    doubled: int = 0
    frames: int = 0
    last_seq: int = 0
    gaps: int = 0

    def take(self, message: str | bytes, at_s: float) -> None:
        """Count one message."""
        self.frames += 1
        if isinstance(message, bytes):
            return
        said = json.loads(message)
        if said["op"] == "snap":
            self.last_seq = said["seq"]
        elif said["op"] == "violation":
            self._violation(said, at_s)

    def _violation(self, said: dict[str, Any], at_s: float) -> None:
        self.gaps += said["seq"] != self.last_seq + 1
        self.last_seq = said["seq"]
        if said["event"] == "opened":
            identity = said["violation"]["id"]
            self.doubled += identity in self.opened_at
            self.opened_at.setdefault(identity, (at_s, said["violation"]))


async def tickets(address: str, username: str, password: str, count: int) -> list[str]:
    """Sign in once and return one ticket for each viewer."""
    async with httpx.AsyncClient(base_url=address, headers={"Origin": address}) as client:
        signed_in = await client.post(
            "/api/session", json={"username": username, "password": password}
        )
        signed_in.raise_for_status()
        return [(await client.post("/api/ws-tickets")).json()["ticket"] for _ in range(count)]


async def view(address: str, ticket: str, seen: Seen, until_s: float) -> None:
    """Follow the feed as one viewer of the whole city at 5 Hz."""
    url = address.replace("http", "ws", 1) + f"/ws/live?ticket={ticket}"
    async with websockets.connect(
        url,
        subprotocols=[websockets.Subprotocol("zone.v1")],
        origin=websockets.Origin(address),
        compression=None,
        max_size=None,
    ) as socket:
        await socket.send(json.dumps({"op": "sub", "bbox": None, "kinds": None, "max_hz": 5}))
        try:
            async with asyncio.timeout(until_s - time.time()):
                async for message in socket:
                    seen.take(message, time.time())
        except TimeoutError:
            return


async def watch(address: str, username: str, password: str, count: int, seconds: float) -> Any:
    """Run all viewers for some seconds and return what they saw."""
    seen = [Seen() for _ in range(count)]
    given = await tickets(address, username, password, count)
    until_s = time.time() + seconds
    tasks = [
        asyncio.create_task(view(address, ticket, each, until_s))
        for ticket, each in zip(given, seen, strict=True)
    ]
    while not all(each.last_seq or each.frames for each in seen):
        await asyncio.sleep(0.05)
    print(json.dumps({"viewers": count}), flush=True)
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    return summary(seen, sum(isinstance(each, BaseException) for each in ended))


def summary(seen: list[Seen], kicked: int) -> dict[str, Any]:
    """Return latencies of every delivery and how often a violation went missing or came twice."""
    everything: dict[str, dict[str, Any]] = {}
    for each in seen:
        everything.update({key: told for key, (_, told) in each.opened_at.items()})
    latencies = [
        (at_s - instant_s(told["trigger_event_time"])) * 1000
        for each in seen
        for at_s, told in each.opened_at.values()
    ]
    return {
        "violations": list(everything.values()),
        "latencies_ms": latencies,
        "missed": sum(len(everything) - len(each.opened_at) for each in seen),
        "doubled": sum(each.doubled for each in seen),
        "gaps": sum(each.gaps for each in seen),
        "frames": sum(each.frames for each in seen),
        "kicked": kicked,
    }


def instant_s(text: str) -> float:
    """Return the Unix seconds of an RFC 3339 time."""
    return datetime.fromisoformat(text).timestamp()


def main() -> None:
    """Run from the command line."""
    address, username, password, count, seconds = sys.argv[1:]
    print(
        json.dumps(uvloop.run(watch(address, username, password, int(count), float(seconds)))),
        flush=True,
    )


if __name__ == "__main__":
    main()
