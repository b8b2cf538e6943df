"""The live feed as a table in a terminal."""

import asyncio
import json
import sys
from typing import Any

import httpx
import websockets
from rich.live import Live
from rich.table import Table

SEVERITY_STYLE = {"critical": "bold red", "major": "yellow", "minor": "cyan", "warning": "dim"}


class Screen:
    """What the terminal shows: the open violations and the state of the feed."""

    def __init__(self) -> None:
        self.open: dict[str, dict[str, Any]] = {}
        self.heartbeat: dict[str, Any] = {}

    def take(self, message: dict[str, Any]) -> None:
        """Apply one message of the feed."""
        match message.get("op"):
            case "snap":
                self.open = {each["id"]: each for each in message["violations"]}
            case "violation":
                self._violation(message["event"], message["violation"])
            case "hb":
                self.heartbeat = message
            case _:
                pass

    def _violation(self, event: str, violation: dict[str, Any]) -> None:
        if event in {"closed", "resolved"}:
            self.open.pop(violation["id"], None)
        else:
            self.open[violation["id"]] = violation

    def table(self) -> Table:
        """Return the open violations, the newest first, under the state of the feed."""
        table = Table(title=self._title(), title_justify="left")
        for column in ("opened (UTC)", "severity", "code", "device", "zone", "handling"):
            # Names may take two lines on a narrow terminal; a code is never cut.
            table.add_column(column, no_wrap=column not in {"device", "zone"})
        newest_first = sorted(self.open.values(), key=lambda each: each["opened_at"], reverse=True)
        for each in newest_first:
            table.add_row(
                each["opened_at"][11:19],
                each["severity"],
                each["code"],
                each["device_label"] or each["device_id"],
                each["zone_name"] or "–",
                each["handling"],
                style=SEVERITY_STYLE.get(each["severity"], ""),
            )
        if not self.open:
            table.add_row("–", "–", "no open violations", "–", "–", "–", style="dim")
        return table

    def _title(self) -> str:
        if not self.heartbeat:
            return "waiting for the feed"
        state = "MONITORING DEGRADED" if self.heartbeat.get("degraded") else "live"
        age = self.heartbeat.get("feed_age_ms")
        return (
            f"{state} · {self.heartbeat.get('objects', 0)} objects · "
            f"{self.heartbeat.get('messages_per_second', 0):.0f} messages/s · "
            f"feed age {'unknown' if age is None else f'{age} ms'}"
        )


async def ticket(address: str, username: str, password: str) -> str:
    """Sign in and return a one-time ticket for the feed.

    Raises:
        ConnectionError: the platform is not there, or refuses the account.
    """
    try:
        async with httpx.AsyncClient(base_url=address, headers={"Origin": address}) as client:
            signed_in = await client.post(
                "/api/session", json={"username": username, "password": password}
            )
            if signed_in.is_error:
                raise ConnectionError(_detail(signed_in))
            given = await client.post("/api/ws-tickets")
            return str(given.json()["ticket"])
    except (httpx.TransportError, httpx.InvalidURL) as error:
        msg = (
            f"{address} does not answer ({error}). Is `zone up` running? Elsewhere: "
            "--url https://zone.example"
        )
        raise ConnectionError(msg) from None


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError):
        return f"the platform answered {response.status_code}"


async def show_feed(address: str, username: str, password: str, seconds: float) -> None:
    """Follow the feed until it is interrupted or ``seconds`` have passed (0: never)."""
    one_time = await ticket(address, username, password)
    url = address.replace("http", "ws", 1) + f"/ws/live?ticket={one_time}"
    screen = Screen()
    try:
        async with asyncio.timeout(seconds or None):
            async with websockets.connect(
                url,
                subprotocols=[websockets.Subprotocol("zone.v1")],
                origin=websockets.Origin(address),
            ) as socket:
                await socket.send(json.dumps({"op": "sub", "bbox": None, "max_hz": 1}))
                with Live(screen.table(), refresh_per_second=4) as live:
                    async for message in socket:
                        if isinstance(message, str):
                            screen.take(json.loads(message))
                            live.update(screen.table())
    except TimeoutError:
        sys.stdout.write("\n")  # the table ends without one where it is not a terminal
    except websockets.WebSocketException as error:
        msg = f"the feed ended: {error}"
        raise ConnectionError(msg) from None
