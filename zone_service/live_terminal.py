"""The live feed as a table in a terminal."""

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import websockets
from rich.cells import cell_len
from rich.live import Live
from rich.table import Table

from permits.violation import ViolationCode

PRE_ALARM = "pre-alarm"
SEVERITY_STYLE = {
    PRE_ALARM: "italic",
    "critical": "bold red",
    "high": "red",
    "major": "yellow",
    "minor": "cyan",
    "warning": "dim",
    "–": "dim",
}
LEGAL_TIME = ZoneInfo("Asia/Shanghai")
OPENED = "opened (UTC+8)"
"""Legal time, as on the page; it has kept this offset since 1991."""
COLUMNS = (OPENED, "severity", "code", "device", "zone", "handling")
NOTHING = dict.fromkeys(COLUMNS, "–") | {"code": "no open violations"}
FOUND_LATE = "found late"
GOES_ON = "seen to go on"
GAP = 1
LEAST_DEVICE = 24
SUREST = 0.99
"""More than this no receiver can promise."""
LEFT_OUT_FIRST = ("severity", "handling", OPENED)
"""After the zone. How severe it is, the colour says too."""
LATE_SHOWN = 5
"""Findings that came late and that nobody has resolved: the latest."""
LEAST_ZONE = 8
"""Characters a line below which the name of a zone tells nobody anything."""


class Screen:
    """What the terminal shows: the open violations, what lies ahead, what was found late."""

    def __init__(self) -> None:
        self.open: dict[str, dict[str, Any]] = {}
        self.ahead: dict[str, list[dict[str, Any]]] = {}
        """What is about to be broken, by device."""
        self.labels: dict[str, str] = {}
        self.late: dict[str, dict[str, Any]] = {}
        self.heartbeat: dict[str, Any] = {}

    def take(self, message: dict[str, Any]) -> None:
        """Apply one message of the feed."""
        match message.get("op"):
            case "snap":
                self.open = {each["id"]: each for each in message["violations"]}
                self.ahead.clear()
                self._name(message.get("objects", ()))
            case "resumed":
                self.ahead.clear()
            case "objects":
                self._name(message.get("add") or ())
            case "forecast":
                self.ahead |= {each["device_id"]: each["alarms"] for each in message["devices"]}
            case "violation":
                self._violation(message["violation"])
            case "hb":
                self.heartbeat = message
            case _:
                pass

    def _name(self, objects: Iterable[Sequence[Any]]) -> None:
        self.labels |= {device_id: label for _, device_id, label, *_ in objects}

    def _violation(self, violation: dict[str, Any]) -> None:
        # Whatever people did about it: what still goes on is shown, and what was over before anybody
        # could see it, until somebody is done with it.
        key = violation["id"]
        if violation["closed_at"] is None:
            self.open[key] = violation
            return
        self.open.pop(key, None)
        self.late.pop(key, None)
        if violation.get("late") and violation["handling"] != "resolved":
            self.late[key] = violation
            for oldest in list(self.late)[:-LATE_SHOWN]:
                del self.late[oldest]

    def table(self, width: int) -> Table:
        """Return the open violations, the newest first, under the state of the feed.

        Behind them stands what devices are about to break, the soonest first.

        ``width`` is the terminal's, in characters. What is short of room is the zone: its name
        takes several lines, and where that is not enough it is left out, then others. Nothing is
        ever cut, and who did what is always there.
        """
        newest_first = sorted(self.open.values(), key=lambda each: each["opened_at"], reverse=True)
        rows = [_row(each) for each in newest_first] or [NOTHING]
        rows += self._rows_ahead()
        rows += [_row(each) for each in reversed(self.late.values())]
        widths = _widths(rows, width)
        table = Table(
            title=self._title(),
            title_justify="left",
            box=None,
            padding=(0, GAP, 0, 0),
            pad_edge=False,
        )
        for name, column_width in widths.items():
            table.add_column(name, width=column_width, overflow="fold")
        for row in rows:
            shown = [row[name] for name in widths]
            table.add_row(*shown, style=SEVERITY_STYLE.get(row["severity"], ""))
        return table

    def _rows_ahead(self) -> list[dict[str, str]]:
        told = [(each, alarm) for each, alarms in self.ahead.items() for alarm in alarms]
        now_ms = self.heartbeat.get("t")
        return [
            _row_ahead(self.labels.get(device_id) or device_id, alarm, now_ms)
            for device_id, alarm in sorted(told, key=lambda each: str(each[1]["at"]))
        ]

    def _title(self) -> str:
        if not self.heartbeat:
            return "waiting for the feed"
        state = "MONITORING DEGRADED" if self.heartbeat.get("degraded") else "live"
        age = self.heartbeat.get("feed_age_ms")
        objects, rate = self.heartbeat.get("objects", 0), self.heartbeat.get("messages_per_second")
        return (
            f"{state} · {objects} object{'' if objects == 1 else 's'} · "
            f"{'–' if rate is None else f'{rate:.0f}'} messages/s · "
            f"feed age {'unknown' if age is None else f'{age} ms'}"
        )


def _row(violation: dict[str, Any]) -> dict[str, str]:
    return {
        OPENED: f"{datetime.fromisoformat(violation['opened_at']).astimezone(LEGAL_TIME):%H:%M:%S}",
        "severity": violation["severity"],
        "code": _code(violation),
        "device": _device(violation),
        "zone": violation["zone_name"] or "–",
        "handling": violation["handling"],
    }


def _row_ahead(device: str, alarm: dict[str, Any], now_ms: float | None) -> dict[str, str]:
    """A breach that is not one yet. That it is not, stands with the code, which is always shown."""
    said = [_when(alarm, now_ms), *([] if alarm["certain"] else ["height unknown"])]
    return {
        OPENED: f"{datetime.fromisoformat(alarm['at']).astimezone(LEGAL_TIME):%H:%M:%S}",
        "severity": PRE_ALARM,
        "code": f"{alarm['code']} ({', '.join(said)})",
        "device": device,
        "zone": alarm["zone_name"] or "–",
        "handling": "–",
    }


def _when(alarm: dict[str, Any], now_ms: float | None) -> str:
    if alarm["state"] != "ahead":
        return "has begun"
    if now_ms is None:
        return "ahead"
    left_s = datetime.fromisoformat(alarm["at"]).timestamp() - now_ms / 1000.0
    return f"in {max(0, ceil(left_s))} s"


def _device(violation: dict[str, Any]) -> str:
    name = str(violation["device_label"] or violation["device_id"])
    if (other_id := violation.get("other_device_id")) is None:
        return name
    return f"{name} / {violation.get('other_device_label') or other_id}"


def _code(violation: dict[str, Any]) -> str:
    late = FOUND_LATE if violation.get("late") else ""
    joins = GOES_ON if violation.get("joins") else ""
    told = (violation.get("detail"), late, joins, _other_law(violation), _sureness(violation))
    said = [each for each in told if each]
    return f"{violation['code']} ({', '.join(said)})" if said else str(violation["code"])


def _other_law(violation: dict[str, Any]) -> str:
    """By what it was judged, where nobody knows any more what held at its own time."""
    since = violation.get("law_of")
    if since is None:
        return ""
    return f"by the law of {datetime.fromisoformat(since).astimezone(LEGAL_TIME):%Y-%m-%d %H:%M}"


def _sureness(violation: dict[str, Any]) -> str:
    """How sure it is that the device was where it may not be; nothing where nobody can tell."""
    inside = violation.get("inside_probability")
    if inside is None:
        return ""
    is_entered = violation["code"] == ViolationCode.KEEP_OUT_BREACH
    sure = inside if is_entered else 1.0 - inside
    told = f"{sure:.0%}" if sure <= SUREST else f">{SUREST:.0%}"
    return f"{told} {'inside' if is_entered else 'outside'}"


def _widths(rows: list[dict[str, str]], width: int) -> dict[str, int]:
    """Return the columns that there is room for, each with its characters.

    Who did what comes first: the code takes two lines before anything else is left out, and the
    name of the device as many as it needs once the code stands alone beside it.
    """
    # A heading of two words may stand in two lines.
    found = {
        name: max(*map(cell_len, name.split()), *(cell_len(row[name]) for row in rows))
        for name in COLUMNS
    }
    left = width - sum(found.values()) + found["zone"] - GAP * len(COLUMNS)
    if left >= min(LEAST_ZONE, found["zone"]):
        return found | {"zone": min(left, found["zone"])}
    del found["zone"]
    code = max(cell_len(word) for row in rows for word in row["code"].split())
    device = min(found["device"], LEAST_DEVICE)
    for name in LEFT_OUT_FIRST:
        others = sum(wide for each, wide in found.items() if each not in {"code", "device"})
        if others + code + device + GAP * len(found) <= width:
            break
        del found[name]
    return _who_and_what(found, min(code, max(1, width - device - 2 * GAP)), width)


def _who_and_what(found: dict[str, int], least_code: int, width: int) -> dict[str, int]:
    """Share between code and device what the other columns leave."""
    left = width - sum(found.values()) + found["code"] + found["device"] - GAP * len(found)
    code = max(least_code, min(found["code"], left - found["device"]))
    return found | {"code": code, "device": max(1, min(found["device"], left - code))}


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
                with Live(refresh_per_second=4) as live:
                    live.update(screen.table(live.console.width))
                    async for message in socket:
                        if isinstance(message, str):
                            screen.take(json.loads(message))
                            live.update(screen.table(live.console.width))
    except TimeoutError:
        sys.stdout.write("\n")  # the table ends without one where it is not a terminal
    except websockets.WebSocketException as error:
        msg = f"the feed ended: {error}"
        raise ConnectionError(msg) from None
