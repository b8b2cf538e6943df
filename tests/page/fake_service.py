"""A service that speaks the page's protocol and fails on demand.

It keeps no rules and no store: a test says what the page is told, and reads what it asked for.
"""

import asyncio
import json
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

WEB = Path(__file__).parents[2] / "zone_service" / "web"
DEMO_MAP = Path(__file__).parents[2] / "maps" / "demo"
DEMO_ZONES = DEMO_MAP / "zones.geojson"
DEMO_BACKDROP = DEMO_MAP / "backdrop.geojson"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
ACCOUNTS = {"police-1": ("police", "demo-police"), "operator-1": ("operator", "demo-operator")}
VIOLATING, STALE, UNKNOWN = 1 << 2, 1 << 3, 1 << 4
HEADING_UNKNOWN = 65535
DOMAINS = ("road", "air", "water")
NOW_MS = 1_790_000_000_000
"""The fake's clock: the page takes its ages from the server, never from its own clock."""


@dataclass
class Thing:
    """A moving object as the test places it."""

    slot: int
    device_id: str
    longitude_deg: float
    latitude_deg: float
    domain: str = "road"
    heading_deg: float | None = 0.0
    flags: int = 0
    label: str = ""
    permit: str | None = "P-2026-0001"
    height_m: float | None = None
    speed_mps: float | None = None

    def _figures(self) -> tuple[int, int]:
        height = -32768 if self.height_m is None else round(self.height_m * 4)
        return height, 65535 if self.speed_mps is None else round(self.speed_mps * 100)

    def row(self) -> list[Any]:
        return [self.slot, self.device_id, self.label or self.device_id, self.domain, self.permit]

    def packed(self) -> bytes:
        heading = HEADING_UNKNOWN if self.heading_deg is None else round(self.heading_deg * 100)
        longitude, latitude = round(self.longitude_deg * 1e7), round(self.latitude_deg * 1e7)
        flags = DOMAINS.index(self.domain) | self.flags
        return struct.pack(
            "<IiiHHhH", self.slot, longitude, latitude, heading, flags, *self._figures()
        )


def violation(number: int, **said: Any) -> dict[str, Any]:
    """Return a violation with every member that the feed has."""
    return {
        "id": f"v{number}",
        "code": "OVERSPEED",
        "severity": "major",
        "device_id": f"car-{number}",
        "device_label": f"Car {number}",
        "organisation_id": "org-1",
        "permit_number": "P-2026-0001",
        "detail": None,
        "zone_id": "speed-huanhu1",
        "zone_name": "Huanhu 1st Road",
        "zone_name_zh": "环湖一路",
        "opened_at": "2026-09-21T13:45:00.000Z",
        "detected_at": "2026-09-21T13:45:00.050Z",
        "closed_at": None,
        "handling": "new",
        "handled_by": None,
        "note": None,
        "revision": 1,
        "longitude_deg": 121.93,
        "latitude_deg": 30.91,
        "measured": 22.5,
        "limit": 16.667,
        "rule_version": "shanghai-default-1",
        "trigger_event_time": "2026-09-21T13:45:00.000Z",
    } | said


@dataclass
class FakeService:
    """What the page is told, what it asked for, and the faults in between."""

    things: dict[int, Thing] = field(default_factory=dict)
    violations: dict[str, dict[str, Any]] = field(default_factory=dict)
    zones: dict[str, Any] = field(default_factory=lambda: json.loads(DEMO_ZONES.read_text()))
    quality: list[dict[str, Any]] = field(default_factory=list)
    """Of every device."""
    fence: dict[str, Any] = field(
        default_factory=lambda: {
            "state": "unknown", "version": 3, "held_version": None, "left_out": [],
        }
    )  # fmt: skip
    """Of every device."""
    corridor: dict[str, Any] | None = None
    """Of every permit."""
    has_backdrop: bool = True
    epoch: str = "epoch-1"
    seq: int = 10
    degraded: bool = False
    feed_age_ms: int | None = 120
    messages_per_second: float | None = 1234.4
    beating: bool = True
    """Whether heartbeats are sent."""
    taking: bool = True
    """Whether new connections are taken."""
    events: list[dict[str, Any]] = field(default_factory=list)
    """Events that a resuming client is told."""
    signed_in: str | None = None
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    _sockets: set[WebSocket] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop | None = None
    _frames: int = 0

    # -- what a test does

    def place(self, *things: Thing) -> None:
        """Put objects on the map and tell who listens."""
        new = [thing.row() for thing in things if thing.slot not in self.things]
        self.things |= {thing.slot: thing for thing in things}
        if new:
            self.tell({"op": "objects", "add": new, "del": []})
        self.tell_bytes(self.frame(2, list(things)))

    def take_away(self, slot: int) -> None:
        del self.things[slot]
        self.tell({"op": "objects", "add": [], "del": [slot]})

    def open(self, said: dict[str, Any], *, told: bool = True, event: str = "opened") -> None:
        """Open (or change) a violation; with ``told=False`` the event is lost on the way."""
        if self._loop is None:
            self._changed(said, event)
            return

        async def happens() -> None:
            message = self._changed(said, event)
            if told:
                await self._to_everybody(lambda socket: socket.send_json(message))

        # In the turn in which it is told: a page that subscribes meanwhile would learn of its number alone.
        asyncio.run_coroutine_threadsafe(happens(), self._loop).result(5)

    def _changed(self, said: dict[str, Any], event: str) -> dict[str, Any]:
        self.seq += 1
        self.violations[said["id"]] = said
        message = {"op": "violation", "seq": self.seq, "event": event, "violation": said}
        self.events.append(message)
        return message

    def tell(self, message: Mapping[str, Any]) -> None:
        text = json.dumps(message)
        self._everybody(lambda socket: socket.send_text(text))

    def tell_bytes(self, frame: bytes) -> None:
        self._everybody(lambda socket: socket.send_bytes(frame))

    def drop(self) -> None:
        """Close every connection."""
        self._everybody(lambda socket: socket.close(1013))

    def _everybody(self, send: Callable[[WebSocket], Coroutine[Any, Any, None]]) -> None:
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._to_everybody(send), self._loop).result(5)

    async def _to_everybody(self, send: Callable[[WebSocket], Coroutine[Any, Any, None]]) -> None:
        for socket in list(self._sockets):
            await send(socket)

    # -- what the page hears

    def frame(self, kind: int, things: list[Thing]) -> bytes:
        self._frames += 1
        header = struct.pack("<BBHIQQ", 2, kind, 0, len(things), self._frames, NOW_MS)
        return header + b"".join(thing.packed() for thing in things)

    def heartbeat(self) -> dict[str, Any]:
        return {
            "op": "hb",
            "t": NOW_MS,
            "seq": self.seq,
            "feed_age_ms": self.feed_age_ms,
            "degraded": self.degraded,
            "objects": len(self.things),
            "messages_per_second": self.messages_per_second,
        }

    async def subscribe(self, socket: WebSocket, asked: dict[str, Any]) -> None:
        self.subscriptions.append(asked)
        resume = asked.get("resume")
        if resume and resume["epoch"] == self.epoch:
            await socket.send_json({"op": "resumed", "seq": self.seq})
            # Also what was told: on a busy machine a page gives up a connection, and all that is on its way there.
            for message in self.events:
                if message["seq"] > resume["seq"]:
                    await socket.send_json(message)
        else:
            await socket.send_json(self.snapshot())
        await socket.send_bytes(self.frame(1, list(self.things.values())))

    def snapshot(self) -> dict[str, Any]:
        return {
            "op": "snap",
            "epoch": self.epoch,
            "seq": self.seq,
            "t": NOW_MS,
            "objects": [thing.row() for thing in self.things.values()],
            "violations": [each for each in self.violations.values() if not each["closed_at"]],
            "zones_revision": 1,
        }

    async def attend(self, socket: WebSocket) -> None:
        if not self.taking:
            await socket.close(1013)
            return
        await socket.accept(subprotocol="zone.v1")
        self._loop = asyncio.get_running_loop()
        self._sockets.add(socket)
        beat = asyncio.create_task(self._beat(socket))
        try:
            while True:
                await self.subscribe(socket, json.loads(await socket.receive_text()))
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            beat.cancel()
            self._sockets.discard(socket)

    async def _beat(self, socket: WebSocket) -> None:
        while True:
            if self.beating:
                await socket.send_json(self.heartbeat())
            await asyncio.sleep(0.25)

    def left(self) -> list[dict[str, Any]]:
        """Return what ended and is not resolved, the latest first."""
        ended = [each for each in self.violations.values() if each["closed_at"]]
        return [each for each in reversed(ended) if each["handling"] != "resolved"]

    def handle(self, violation_id: str, action: str, said: dict[str, Any]) -> dict[str, Any]:
        known = self.violations[violation_id]
        if action == "resolve" and not said["note"]:
            raise HTTPException(422, "body.note: Field required")
        if said["revision"] != known["revision"]:
            raise HTTPException(409, "someone else changed it")
        handling = {"acknowledge": "acknowledged", "resolve": "resolved"}[action]
        later = known | {
            "handling": handling,
            "handled_by": self.signed_in,
            "note": said["note"] or known["note"],
            "revision": known["revision"] + 1,
        }
        self.violations[violation_id] = later
        return later


def _problem(status: int, detail: str) -> JSONResponse:
    return JSONResponse({"title": detail, "status": status, "detail": detail}, status)


def make_app(fake: FakeService) -> FastAPI:
    """Return the fake's HTTP face."""
    app = FastAPI()

    @app.middleware("http")
    async def with_policy(request: Request, then: Any) -> Response:
        answer: Response = await then(request)
        answer.headers["Content-Security-Policy"] = POLICY
        return answer

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        return _problem(error.status_code, str(error.detail))

    def principal() -> dict[str, Any]:
        if fake.signed_in is None:
            raise HTTPException(401, "sign in first")
        return {"username": fake.signed_in, "role": ACCOUNTS[fake.signed_in][0]}

    @app.get("/api/about")
    def about() -> dict[str, Any]:
        accounts = [
            {"username": name, "role": role, "password": password}
            for name, (role, password) in ACCOUNTS.items()
        ]
        return {"version": "0.1.0", "demo_accounts": accounts}

    @app.get("/api/session")
    def session() -> dict[str, Any]:
        return principal()

    @app.post("/api/session")
    async def sign_in(request: Request) -> dict[str, Any]:
        said = await request.json()
        if ACCOUNTS.get(said["username"], ("", None))[1] != said["password"]:
            raise HTTPException(401, "wrong user name or password")
        fake.signed_in = said["username"]
        return principal()

    @app.delete("/api/session", status_code=204)
    def sign_out() -> None:
        fake.signed_in = None

    @app.post("/api/ws-tickets")
    def ticket() -> dict[str, str]:
        principal()
        return {"ticket": "once"}

    @app.get("/api/zones")
    def zones() -> dict[str, Any]:
        fake.asked.append(("GET", "/api/zones", None))
        return fake.zones

    @app.get("/api/permits/{number}")
    async def permit(number: str) -> dict[str, Any]:
        fake.asked.append(("GET", f"/api/permits/{number}", None))
        return {"number": number, "terms": {"corridor": fake.corridor}}

    @app.get("/api/backdrop")
    def backdrop() -> FileResponse:
        if not fake.has_backdrop:
            raise HTTPException(404, "there is none")
        return FileResponse(DEMO_BACKDROP, media_type="application/geo+json")

    @app.get("/api/violations")
    def listed(limit: int) -> dict[str, Any]:
        fake.asked.append(("GET", "/api/violations", limit))
        return {"items": fake.left()[:limit], "next": None}

    @app.get("/api/violations/count")
    def counted() -> dict[str, int]:
        return {"count": len(fake.left())}

    @app.get("/api/evidence")
    def evidence(key: str) -> dict[str, Any]:
        return {
            "items": [{"sealed": True, "first_id": None, "kept_until": "2027-11-28T04:00:00Z"}],
            "next": None,
        }

    @app.get("/api/devices/{device_id}/fence")
    def fence(device_id: str) -> dict[str, Any]:
        return fake.fence

    @app.get("/api/devices/{device_id}/quality")
    def quality(device_id: str) -> dict[str, Any]:
        fake.asked.append(("GET", f"/api/devices/{device_id}/quality", None))
        return {"items": fake.quality, "next": None}

    @app.get("/api/violations/{violation_id}")
    def one(violation_id: str) -> dict[str, Any]:
        return fake.violations[violation_id]

    @app.post("/api/violations/{violation_id}/{action}")
    async def handle(violation_id: str, action: str, request: Request) -> dict[str, Any]:
        said = await request.json()
        fake.asked.append(("POST", f"{violation_id}/{action}", said))
        return fake.handle(violation_id, action, said)

    @app.websocket("/ws/live")
    async def live(socket: WebSocket) -> None:
        await fake.attend(socket)

    @app.get("/")
    @app.get("/live")
    def page() -> FileResponse:
        return FileResponse(WEB / "index.html")

    app.mount("/assets", StaticFiles(directory=WEB))
    return app


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve an app on a free port of loopback; yields its address."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="error", ws="websockets-sansio", lifespan="off",
        timeout_graceful_shutdown=5,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{_port(server, thread)}"
    finally:
        # Not by force: a file that is being sent would be left open.
        server.should_exit = True
        thread.join(10)


def _port(server: uvicorn.Server, thread: threading.Thread) -> int:
    ready = threading.Event()
    while thread.is_alive() and not server.started:
        ready.wait(0.01)
    return int(server.servers[0].sockets[0].getsockname()[1])
