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

from permits.cause import Cause
from permits.rule_words import Language
from permits.violation import ViolationCode
from zone_service.live_words import live_words

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
OPENED = "opened"
"""In legal time, as on the page; it has kept its offset since 1991."""
COLUMNS = (OPENED, "severity", "code", "device", "zone", "handling")
"""By their keys in the words."""
GRAVITY = "gravity"
"""In a row: its severity, by which it has its style, whatever it is called."""
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

    def __init__(self, language: Language = Language.ENGLISH) -> None:
        self._language = language
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
        takes several lines, and where that is not enough it is left out, then others, which a line
        below the table says. Nothing is ever cut, and who did what is always there.
        """
        newest_first = sorted(self.open.values(), key=lambda each: each["opened_at"], reverse=True)
        rows = [self._row(each) for each in newest_first] or [self._nothing()]
        rows += self._rows_ahead()
        rows += [self._row(each) for each in reversed(self.late.values())]
        headings = {name: self._say(name) for name in COLUMNS}
        widths = _widths(rows, headings, width)
        table = Table(
            title=self._title(),
            title_justify="left",
            caption=self._left_out(widths),
            caption_justify="left",
            box=None,
            padding=(0, GAP, 0, 0),
            pad_edge=False,
        )
        for name, column_width in widths.items():
            table.add_column(headings[name], width=column_width, overflow="fold")
        for row in rows:
            shown = [row[name] for name in widths]
            table.add_row(*shown, style=SEVERITY_STYLE.get(row[GRAVITY], ""))
        return table

    def _rows_ahead(self) -> list[dict[str, str]]:
        told = [(each, alarm) for each, alarms in self.ahead.items() for alarm in alarms]
        now_ms = self.heartbeat.get("t")
        return [
            self._row_ahead(self.labels.get(device_id) or device_id, alarm, now_ms)
            for device_id, alarm in sorted(told, key=lambda each: str(each[1]["at"]))
        ]

    def _say(self, key: str, **filled: object) -> str:
        return live_words(key, self._language, **filled)

    def _title(self) -> str:
        if not self.heartbeat:
            return self._say("waiting")
        age = self.heartbeat.get("feed_age_ms")
        count, rate = self.heartbeat.get("objects", 0), self.heartbeat.get("messages_per_second")
        told = (
            self._say("degraded" if self.heartbeat.get("degraded") else "live"),
            self._say("one object" if count == 1 else "objects", count=count),
            self._say("rate", rate="–" if rate is None else f"{rate:.0f}"),
            self._say("age", age=self._say("unknown") if age is None else f"{age} ms"),
        )
        return " · ".join(told)

    def _left_out(self, shown: Iterable[str]) -> str | None:
        """Say what there is no room for: else it would look as if nobody knew it."""
        known = set(shown)
        missing = ", ".join(self._say(name) for name in COLUMNS if name not in known)
        return self._say("no room", names=missing) if missing else None

    def _nothing(self) -> dict[str, str]:
        return dict.fromkeys((*COLUMNS, GRAVITY), "–") | {"code": self._say("no violations")}

    def _row(self, violation: dict[str, Any]) -> dict[str, str]:
        return {
            OPENED: f"{datetime.fromisoformat(violation['opened_at']).astimezone(LEGAL_TIME):%H:%M:%S}",
            "severity": self._say(violation["severity"]),
            "code": self._code(violation),
            "device": _device(violation),
            "zone": violation["zone_name"] or "–",
            "handling": self._say(violation["handling"]),
            GRAVITY: violation["severity"],
        }

    def _row_ahead(
        self, device: str, alarm: dict[str, Any], now_ms: float | None
    ) -> dict[str, str]:
        """A breach that is not one yet. That it is not, stands with the code, which is always shown."""
        unsure = [] if alarm["certain"] else [self._say("height unknown")]
        said = [self._when(alarm, now_ms), *unsure]
        return {
            OPENED: f"{datetime.fromisoformat(alarm['at']).astimezone(LEGAL_TIME):%H:%M:%S}",
            "severity": self._say(PRE_ALARM),
            "code": f"{alarm['code']} ({', '.join(said)})",
            "device": device,
            "zone": alarm["zone_name"] or "–",
            "handling": "–",
            GRAVITY: PRE_ALARM,
        }

    def _when(self, alarm: dict[str, Any], now_ms: float | None) -> str:
        if alarm["state"] != "ahead":
            return self._say("has begun")
        if now_ms is None:
            return self._say("ahead")
        left_s = datetime.fromisoformat(alarm["at"]).timestamp() - now_ms / 1000.0
        return self._say("in seconds", seconds=max(0, ceil(left_s)))

    def _code(self, violation: dict[str, Any]) -> str:
        late = self._say("found late") if violation.get("late") else ""
        joins = self._say("goes on") if violation.get("joins") else ""
        cause = violation.get("opening_cause")
        why = self._say(cause) if cause not in {None, Cause.DEVICE_MOVED} else ""
        law, sure = self._other_law(violation), self._sureness(violation)
        said = [each for each in (violation.get("detail"), why, late, joins, law, sure) if each]
        return f"{violation['code']} ({', '.join(said)})" if said else str(violation["code"])

    def _other_law(self, violation: dict[str, Any]) -> str:
        """By what it was judged, where nobody knows any more what held at its own time."""
        since = violation.get("law_of")
        if since is None:
            return ""
        moment = datetime.fromisoformat(since).astimezone(LEGAL_TIME)
        return self._say("by the law of", moment=f"{moment:%Y-%m-%d %H:%M}")

    def _sureness(self, violation: dict[str, Any]) -> str:
        """How sure it is that the device was where it may not be; nothing where nobody can tell."""
        inside = violation.get("inside_probability")
        if inside is None:
            return ""
        is_entered = violation["code"] == ViolationCode.KEEP_OUT_BREACH
        sure = inside if is_entered else 1.0 - inside
        told = f"{sure:.0%}" if sure <= SUREST else f">{SUREST:.0%}"
        return self._say("inside" if is_entered else "outside", sure=told)


def _device(violation: dict[str, Any]) -> str:
    name = str(violation["device_label"] or violation["device_id"])
    if (other_id := violation.get("other_device_id")) is None:
        return name
    return f"{name} / {violation.get('other_device_label') or other_id}"


def _widths(rows: list[dict[str, str]], headings: dict[str, str], width: int) -> dict[str, int]:
    """Return the columns that there is room for, each with its characters.

    Who did what comes first: the code takes two lines before anything else is left out, and the
    name of the device as many as it needs once the code stands alone beside it.
    """
    # A heading of two words may stand in two lines.
    found = {
        name: max(*map(cell_len, heading.split()), *(cell_len(row[name]) for row in rows))
        for name, heading in headings.items()
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


async def ticket(
    address: str, username: str, password: str, language: Language = Language.ENGLISH
) -> str:
    """Sign in and return a one-time ticket for the feed.

    Raises:
        ConnectionError: the platform is not there, or refuses the account.
    """
    try:
        headers = {"Origin": address, "Accept-Language": language.value}
        async with httpx.AsyncClient(base_url=address, headers=headers) as client:
            signed_in = await client.post(
                "/api/session", json={"username": username, "password": password}
            )
            if signed_in.is_error:
                raise ConnectionError(_detail(signed_in, language))
            given = await client.post("/api/ws-tickets")
            return str(given.json()["ticket"])
    except (httpx.TransportError, httpx.InvalidURL) as error:
        msg = live_words("no answer", language, address=address, error=error)
        raise ConnectionError(msg) from None


def _detail(response: httpx.Response, language: Language) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError):
        return live_words("answered", language, status=response.status_code)


async def show_feed(
    address: str, username: str, password: str, seconds: float, language: Language
) -> None:
    """Follow the feed until it is interrupted or ``seconds`` have passed (0: never)."""
    one_time = await ticket(address, username, password, language)
    url = address.replace("http", "ws", 1) + f"/ws/live?ticket={one_time}"
    screen = Screen(language)
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
        msg = live_words("ended", language, error=error)
        raise ConnectionError(msg) from None
