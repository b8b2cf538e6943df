"""A viewer on a real socket."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.web_service.site import Site
from tests.web_service.viewer import Screen

OWN = "the site's own"
SUBSCRIBE: dict[str, Any] = {"op": "sub", "bbox": None, "kinds": None, "max_hz": 10}


def socket_to(site: Site, ticket: str, origin: str | None = OWN) -> ClientConnection:
    sent = site.origin if origin == OWN else origin
    return connect(
        f"ws://127.0.0.1:{site.port}/ws/live?ticket={ticket}",
        origin=None if sent is None else Origin(sent),
        subprotocols=[Subprotocol("zone.v1")],
        compression=None,
        max_size=None,
    )


left_open = ExitStack()
"""The sockets of the test that runs; closed behind it."""


class Watcher:
    """A viewer on a socket."""

    def __init__(
        self,
        site: Site,
        name: str,
        screen: Screen | None = None,
        *,
        ticket: str | None = None,
        **said: Any,
    ) -> None:
        self.screen = screen or Screen()
        self.socket = left_open.enter_context(socket_to(site, ticket or site.ticket(name)))
        with suppress(ConnectionClosed):  # whoever is sent away at once
            self.say(SUBSCRIBE | said)

    def say(self, said: object) -> None:
        self.socket.send(json.dumps(said))

    def until(self, shown: Callable[[Screen], Any], within_s: float = 5.0) -> None:
        """Read until the screen shows it."""
        deadline = time.monotonic() + within_s
        while not shown(self.screen):
            self.screen.take(self.socket.recv(deadline - time.monotonic()))

    def is_served(self) -> bool:
        """Ask for something and get it."""
        self.screen.heard.clear()
        self.say(SUBSCRIBE)
        self.until(lambda screen: "full" in screen.heard)
        return True

    def closed(self, within_s: float = 5.0) -> int | None:
        """Read until the end, and return its code."""
        with suppress(ConnectionClosed):
            while True:
                self.screen.take(self.socket.recv(within_s))
        return self.socket.close_code


def watching(site: Site, client: httpx.Client) -> Watcher:
    """Open the feed with a ticket that this browser or program has got."""
    watcher = Watcher(site, "", ticket=client.post("/api/ws-tickets").json()["ticket"])
    watcher.until(lambda screen: "full" in screen.heard)
    return watcher
