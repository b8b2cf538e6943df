"""How the demonstration follows the live feed as the police do, and goes on where it was cut off.

A web process that dies is started again by the supervisor. Its feed knows nothing of who looked on
before, so whatever opened and closed meanwhile is read from the list of violations.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx
import websockets

from zone_service.clock import monotonic_s
from zone_service.demo_accounts import ACCOUNTS
from zone_service.live_terminal import ticket
from zone_service.store.records import Role

GIVE_UP_AFTER_S = 60.0
"""Without a word of the feed: the supervisor pauses half as long between two starts at most."""
RETRY_EVERY_S = 0.5

Violation = dict[str, Any]


class Follower:
    """Tells each violation as the feed has it: when it opens, when it changes, when it closes.

    One that was told may be told again as it was: whoever listens knows it by ``id`` and
    ``revision``.
    """

    def __init__(
        self,
        address: str,
        tell: Callable[[Violation], None],
        interrupted: Callable[[str], None],
    ) -> None:
        """``interrupted`` is told why, once for each time that the feed is gone."""
        self.following = asyncio.Event()
        """Set from the feed's first word on: nothing that opens after it is missed."""
        self._address = address
        self._tell = tell
        self._interrupted = interrupted
        self._police = next(each for each in ACCOUNTS if each.role is Role.POLICE)
        self._resume: dict[str, Any] | None = None
        self._heard_s = monotonic_s()
        self._is_gone = False

    async def follow(self) -> None:
        """Follow until it is cancelled.

        Raises:
            ConnectionError: the feed is gone for good.
        """
        while True:
            try:
                await self._follow_once()
                why = "it was closed"
            except (OSError, websockets.WebSocketException, httpx.HTTPError) as error:
                why = str(error) or type(error).__name__
            self._give_up_if_late(why)
            await asyncio.sleep(RETRY_EVERY_S)

    def _give_up_if_late(self, why: str) -> None:
        if monotonic_s() - self._heard_s > GIVE_UP_AFTER_S:
            msg = f"the live feed is gone for {GIVE_UP_AFTER_S:.0f} s: {why}"
            raise ConnectionError(msg)
        if not self._is_gone:
            self._is_gone = True
            self._interrupted(why)

    async def _follow_once(self) -> None:
        one_time = await ticket(self._address, self._police.username, self._police.password)
        url = self._address.replace("http", "ws", 1) + f"/ws/live?ticket={one_time}"
        async with websockets.connect(
            url,
            subprotocols=[websockets.Subprotocol("zone.v1")],
            origin=websockets.Origin(self._address),
            compression=None,
            max_size=None,
        ) as socket:
            asked: dict[str, Any] = {"op": "sub", "bbox": None, "kinds": None, "max_hz": 1}
            if self._resume is not None:
                asked["resume"] = self._resume
            await socket.send(json.dumps(asked))
            async for message in socket:
                if isinstance(message, str):
                    await self._take(json.loads(message))

    async def _take(self, message: Mapping[str, Any]) -> None:
        self._heard_s, self._is_gone = monotonic_s(), False
        match message.get("op"):
            case "snap":
                await self._begin(message)
            case "resumed":
                pass  # what was missed follows as if it came now
            case "violation":
                self._tell(message["violation"])
                if self._resume is not None:
                    self._resume["seq"] = message["seq"]
            case _:
                pass

    async def _begin(self, snap: Mapping[str, Any]) -> None:
        """Take what is open; after an interruption also what opened, or closed, meanwhile."""
        for violation in snap["violations"]:
            self._tell(violation)
        if self._resume is not None:
            async for violation in self._all():
                self._tell(violation)
        # Only now: cut off before this, the next beginning is to read the list again.
        self._resume = {"epoch": snap["epoch"], "seq": snap["seq"]}
        self.following.set()

    async def _all(self) -> AsyncIterator[Violation]:
        """Yield every violation that there ever was: the demonstration's are few."""
        account = {"username": self._police.username, "password": self._police.password}
        async with httpx.AsyncClient(
            base_url=self._address, headers={"Origin": self._address}
        ) as client:
            (await client.post("/api/session", json=account)).raise_for_status()
            after: dict[str, str] = {}
            while True:
                answer = await client.get("/api/violations", params={"limit": "1000"} | after)
                page = answer.raise_for_status().json()
                for violation in page["items"]:
                    yield violation
                if page["next"] is None:
                    return
                after = {"after": page["next"]}
