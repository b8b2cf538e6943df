"""The demonstration: the whole platform, a simulated city, and each breach as it opens.

Nothing is staged behind the platform's back: the units are MQTT clients with credentials, and the
breaches that are printed are those which the live feed told a police account.
"""

import asyncio
import json
import os
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
from rich.console import Console

from simulators.demo_scenario import demo_scenario
from simulators.player import ScenarioPlayer
from simulators.replay import BadRecording, Recordings, load_recordings
from simulators.scenario import GEOID_HAE_M, GROUND_AMSL_M, Scenario
from zone_service import bus, logs
from zone_service.broker import BrokerError, free_port, service_access
from zone_service.clock import now
from zone_service.demo_accounts import ACCOUNTS
from zone_service.demo_city import build_city
from zone_service.demo_counts import Kept, Received, refused_by_reason
from zone_service.demo_report import Demonstration, Told
from zone_service.demo_watch import RETRY_EVERY_S, Follower
from zone_service.interrupts import EXIT_INTERRUPTED, asked_to_stop, interrupted_at_once
from zone_service.settings import BrokerKind, Settings, load
from zone_service.store.engine import open_store
from zone_service.supervisor import Supervisor

READY_WITHIN_S = 60.0
TEND_EVERY_S = 0.2
LAST_WORDS_S = 2.0
"""At the end, for what is still on its way."""
ACCOUNTED_WITHIN_S = 10.0
"""A worker that was just started again holds for three seconds what came before it."""
COUNT_EVERY_S = 10.0
FROM_ENVIRONMENT = frozenset({"environment", "web_host", "web_port"})
"""Settings that the demonstration takes over; ``environment`` lets production refuse it."""
SHARED_RECORDINGS = Path(__file__).parents[2] / "shared" / "data" / "onboard-units"

console = Console(soft_wrap=True, highlight=False)


def run_demo(
    seconds: float,
    headless: bool,  # noqa: FBT001 - the command line's own flag
    report: Path | None,
    broker: BrokerKind,
    data_dir: Path | None,
) -> int:
    """Run the demonstration; return 0 if it showed what was scripted and nothing else.

    Interrupted before anything was played it has shown nothing, and returns EXIT_INTERRUPTED.

    Raises:
        KeyboardInterrupt: it was interrupted before anything ran.
        FileExistsError: there is something in ``data_dir`` already.
        OSError: the report could not be written.
        BrokerError: the broker is not one that it can run itself.
        UnsafeSettings: this is production.
    """
    asked = threading.Event()
    if report is not None:
        _require_place(report)
    with _directory(data_dir) as directory:
        settings = _settings(directory, broker)
        logs.configure(settings.log_level)
        scenario = demo_scenario()
        # Nothing runs yet: what is half made is thrown away, or left in a directory of its own.
        with interrupted_at_once():
            secrets = _prepare(settings, scenario)
        with asked_to_stop(lambda: _stop(asked)), Supervisor(settings) as supervisor:
            demo = _Demo(settings, supervisor, scenario, secrets, asked, headless=headless)
            demonstration = asyncio.run(demo.run(seconds))
    if demonstration is None:
        return EXIT_INTERRUPTED
    _conclude(demonstration)
    if report is not None:
        report.write_text(demonstration.as_json(), "utf-8")
    return 0 if demonstration.passed else 1


def _stop(asked: threading.Event) -> None:
    """Say at once that the end was asked for: what has begun ends in order, which takes some seconds."""
    if not asked.is_set():
        asked.set()
        os.write(1, b"\nStopping ...\n")


def _require_place(report: Path) -> None:
    """Find out before the play, which may be long, that its report cannot be written after it."""
    place = report if report.exists() else report.parent
    if not place.exists():
        msg = f"{report} cannot be written: there is no folder {place}"
        raise FileNotFoundError(msg)
    if not report.parent.is_dir() or not os.access(place, os.W_OK):
        msg = f"{report} cannot be written: expected a file, or a folder to make it in, of ours"
        raise PermissionError(msg)


@contextmanager
def _directory(data_dir: Path | None) -> Iterator[Path]:
    if data_dir is not None:
        _require_empty(data_dir)
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield data_dir
        return
    with tempfile.TemporaryDirectory(prefix="zone-demo-") as made:
        yield Path(made)


def _require_empty(data_dir: Path) -> None:
    """Refuse somebody's data: accounts whose passwords everybody knows must never get into it."""
    if data_dir.is_dir() and any(data_dir.iterdir()):
        msg = (
            f"{data_dir} is not empty: the demonstration begins with a database of its own; "
            "choose a new directory with --data-dir, or leave it out"
        )
        raise FileExistsError(msg)


def _settings(directory: Path, broker: BrokerKind) -> Settings:
    """Return the demonstration's own settings: the environment says only where its page is.

    A variable that points to somebody's database or broker is not followed.
    """
    of_its_own = {
        name: field.default
        for name, field in Settings.model_fields.items()
        if name not in FROM_ENVIRONMENT
    }
    settings = load(
        **of_its_own
        | {
            "data_dir": directory.resolve(),
            "broker": _own(broker),
            "mqtt_port": free_port(),
            "rule_set": "demonstration",
            "terrain_amsl_m": GROUND_AMSL_M,
            "geoid_hae_m": GEOID_HAE_M,
            "demo": True,
            "log_level": "WARNING",
        }
    )
    if _is_free(settings.web_port):
        return settings
    other = settings.model_copy(update={"web_port": free_port()})
    console.print(
        f"Port {settings.web_port} (ZONE_WEB_PORT) is in use: the page is on {other.web_port}."
    )
    return other


def _own(broker: BrokerKind) -> BrokerKind:
    """Refuse a broker of somebody else, who would have to let the demonstration's devices in."""
    if broker is BrokerKind.EXTERNAL:
        msg = "the demonstration runs a broker of its own: expected --broker nats or mosquitto"
        raise BrokerError(msg)
    return broker


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _prepare(settings: Settings, scenario: Scenario) -> dict[str, str]:
    """Make the city in an empty database."""
    console.print("Making the demonstration's map, accounts, devices and permits …")
    store = open_store(settings.database)
    store.upgrade()
    secrets = build_city(store, scenario, now())
    store.close()
    return secrets


class _Demo:
    """One run, from a started platform to the last words of its units."""

    def __init__(
        self,
        settings: Settings,
        supervisor: Supervisor,
        scenario: Scenario,
        secrets: dict[str, str],
        asked: threading.Event,
        *,
        headless: bool,
    ) -> None:
        """``asked``: set by whoever wants it to end."""
        self._asked = asked
        self._settings = settings
        self._supervisor = supervisor
        self._address = f"http://{settings.web_host}:{settings.web_port}"
        self._headless = headless
        played = recordings()
        self._player = ScenarioPlayer(
            scenario,
            settings.mqtt_host,
            settings.mqtt_port,
            secrets,
            recordings=played,
        )
        self._demonstration = Demonstration(scenario.expected, recordings=played.described())
        self._received = Received()
        self._stopping = asyncio.Event()
        self._ready_s = 0.0
        self._follower = Follower(self._address, self._tell, _say_interrupted)

    async def run(self, seconds: float) -> Demonstration | None:
        """Play for some seconds, or until it is interrupted; ``None`` if that was before it began."""
        tending = asyncio.create_task(self._tend())
        try:
            if not await self._is_ready():
                return None
            self._ready_s = time.time()
            self._welcome()
            await self._play(seconds)
        finally:
            tending.cancel()
            with suppress(asyncio.CancelledError):
                await tending
        return self._demonstration

    async def _tend(self) -> None:
        while True:
            self._supervisor.tend()
            if self._asked.is_set():
                self._stopping.set()
            await asyncio.sleep(TEND_EVERY_S)

    async def _is_ready(self) -> bool:
        """Wait until the platform is ready; False if somebody says stop before."""
        deadline = time.monotonic() + READY_WITHIN_S
        async with httpx.AsyncClient(base_url=self._address) as client:
            while time.monotonic() < deadline and not self._stopping.is_set():
                with suppress(httpx.TransportError):
                    if (await client.get("/readyz")).status_code == httpx.codes.OK:
                        return True
                await asyncio.sleep(0.1)
        if self._stopping.is_set():
            return False
        msg = f"the platform was not ready within {READY_WITHIN_S:.0f} s"
        raise ConnectionError(msg)

    def _welcome(self) -> None:
        if not self._headless:
            console.print(f"\nThe live map: [bold]{self._address}/[/]")
        for account in ACCOUNTS:
            console.print(
                f"  sign in as {account.username} with {account.password} ({account.role})"
            )
        console.print(f"Recorded payloads: {self._demonstration.recordings}.")
        console.print("These accounts are the demonstration's own. Ctrl-C ends it.\n")

    async def _play(self, seconds: float) -> None:
        with closing(open_store(self._settings.database)) as store:
            await self._play_counted(seconds, Kept(store))

    async def _play_counted(self, seconds: float, kept: Kept) -> None:
        watching = asyncio.create_task(self._follower.follow())
        counting = asyncio.create_task(self._count(kept))
        await self._until_followed(watching)
        await self._player.connect()
        playing = asyncio.create_task(self._player.play(seconds or None))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait(
                {watching, counting, playing, stopping}, return_when=asyncio.FIRST_COMPLETED
            )
            self._player.stop()
            await playing
            await self._player.drain()
            started_s = self._player.started_s or time.time()
            self._demonstration.seconds = time.time() - started_s
            self._demonstration.begun_after_ready_s = started_s - self._ready_s
            self._demonstration.published = sum(self._player.published.values())
            await asyncio.sleep(LAST_WORDS_S)
            await self._account(kept)
        finally:
            self._player.close()
            stopping.cancel()
            await self._end(watching, counting)

    async def _account(self, kept: Kept) -> None:
        """Wait until everything that was published is committed, or will not be any more."""
        until_s = time.monotonic() + ACCOUNTED_WITHIN_S
        demonstration = self._demonstration
        while True:
            demonstration.committed = await asyncio.to_thread(kept.look)
            if not demonstration.unaccounted or time.monotonic() > until_s:
                break
            await asyncio.sleep(TEND_EVERY_S)
        demonstration.refused = await asyncio.to_thread(refused_by_reason, self._settings)

    async def _until_followed(self, watching: "asyncio.Task[None]") -> None:
        """Wait for the feed's first word, so that no breach is missed; or for its failure."""
        following = asyncio.create_task(self._follower.following.wait())
        await asyncio.wait({following, watching}, return_when=asyncio.FIRST_COMPLETED)
        following.cancel()

    async def _end(self, *tasks: "asyncio.Task[None]") -> None:
        """End what runs for as long as the play; an error that ended it early is ours."""
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def _tell(self, violation: dict[str, Any]) -> None:
        """Print a breach that is new; note what became of one that is known."""
        at_s = time.time()
        known = self._demonstration.told.get(violation["id"])
        if known is None:
            # Nobody has flown before the start: what is open already was not scripted, and is seen.
            opened_s = at_s - (self._player.started_s or at_s)
            known = Told(violation, opened_s, self._latency(violation, at_s))
            self._demonstration.told[violation["id"]] = known
            _print_breach(known)
        elif violation["revision"] >= known.violation["revision"]:
            known.violation = violation
        known.closed = known.closed or violation["closed_at"] is not None

    def _latency(self, violation: dict[str, Any], at_s: float) -> float | None:
        if violation["trigger_event_time"] is None:
            return None
        event_time_s = datetime.fromisoformat(violation["trigger_event_time"]).timestamp()
        published_s = self._player.published_at(violation["device_id"], event_time_s)
        return None if published_s is None else (at_s - published_s) * 1000

    async def _count(self, kept: Kept) -> None:
        await asyncio.gather(self._count_received(), self._count_kept(kept))

    async def _count_kept(self, kept: Kept) -> None:
        while True:
            await asyncio.to_thread(kept.look)
            await asyncio.sleep(COUNT_EVERY_S)

    async def _count_received(self) -> None:
        """Read the worker's count off the bus; a broker that died comes back."""
        while True:
            with suppress(aiomqtt.MqttError):
                await self._count_beats()
            await asyncio.sleep(RETRY_EVERY_S)

    async def _count_beats(self) -> None:
        access = service_access(self._settings)
        async with aiomqtt.Client(
            access.host,
            access.port,
            username=access.username,
            password=access.password,
            identifier=f"demo-{os.getpid()}-{access.password[:8]}",
        ) as client:
            await client.subscribe(bus.HEARTBEAT)
            async for message in client.messages:
                if isinstance(message.payload, bytes | bytearray):
                    told = json.loads(message.payload)["messages"]
                    self._demonstration.received = self._received.take(told)


def recordings() -> Recordings:
    """Return real recordings where they lie beside the checkout, else the project's own."""
    try:
        return load_recordings(SHARED_RECORDINGS)
    except BadRecording as error:
        console.print(f"The recordings in {SHARED_RECORDINGS} cannot be played: {error}")
        return load_recordings()


def _say_interrupted(why: str) -> None:
    console.print(f"The live feed is interrupted and sought again: {why}", markup=False)


def _print_breach(told: Told) -> None:
    found = told.violation
    latency = "" if told.latency_ms is None else f"  {told.latency_ms:.1f} ms after the message"
    zone = f" at {found['zone_name']}" if found["zone_name"] else ""
    detail = f" ({found['detail']})" if found["detail"] else ""
    console.print(
        f"[bold red]{found['code']}[/]{detail} {found['device_label']} ({found['device_id']}){zone}{latency}"
    )


def _conclude(demonstration: Demonstration) -> None:
    summary = demonstration.summary()
    messages, latency = summary["messages"], summary["latency_ms"]
    took = (
        ""
        if latency["p50"] is None
        else (f", message to live feed p50 {latency['p50']} ms, p99 {latency['p99']} ms")
    )
    console.print(
        f"\n{messages['published']} messages published, {messages['committed']} committed, "
        f"{len(summary['violations'])} violations{took}"
    )
    if lost := demonstration.unaccounted:
        what = "published and not committed" if lost > 0 else "committed and not published"
        console.print(f"[bold red]{what}:[/] {abs(lost)} messages")
    for each in summary["missing"]:
        console.print(f"[bold red]not reported in time:[/] {each}")
    for each in summary["unscripted"]:
        console.print(f"[bold red]not in the script:[/] {each}")
