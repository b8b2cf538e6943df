"""How long people wait for lists and decisions among 10 000 permits, and the worker for new terms.

``python -m bench.permits`` asks a real platform over HTTP: every page of all permits, each permit's
history, the vote that decides, and the suspension of a vehicle that is speaking. No figure counts
unless the pages hold every permit once, each decision is the one that the votes come to, and each
vehicle whose permit was suspended is reported. On SQLite and on PostgreSQL, or on one of them
(``--store``). See ``bench/README.md``.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from bench import machine
from bench.permits_city import PLACE, UNDER, Archive, build
from bench.quantiles import quantile, rounded
from bench.running import Platform
from bench.stores import StoreKind, databases, is_installed
from permits.life import fold
from permits.permit import PermitAction, PermitState
from zone_service import logs
from zone_service.settings import DEMONSTRATION, BrokerKind, Settings
from zone_service.store import permits
from zone_service.store.engine import Store, open_store
from zone_service.store.records import PLATFORM
from zone_service.world import World
from zone_service.world_loader import load_world

REPORT_EVERY_S: Final = 0.02
"""What is measured is how soon a change is enforced on the next fix: so that one is always near."""
SPEAKS_FIRST_S: Final = 0.2
DEGREES_A_REPORT: Final = 1e-6
"""About as far as 5 m/s come in that time."""
CODE: Final = "PERMIT_EXPIRED"
PAGE: Final = 100
TOLD_WITHIN_S: Final = 10.0

ARCHIVE: Final = "archive"
BOTH: Final = "both"
KEYS: Final = ("list_page_ms_p95", "decision_ms_p95", "reload_ms_max", "enforced_ms_max")
REACH: Final = {"reload_ms_max": 1000.0}
"""At most: what was granted, changed or ended binds the next fix within a second."""

Result = dict[str, Any]


@dataclass(slots=True)
class Times:
    """How long each answer took, in milliseconds."""

    client: httpx.Client
    took_ms: dict[str, list[float]] = field(default_factory=dict)

    def ask(self, what: str, method: str, path: str, **given: Any) -> Any:
        """Ask once and return what was answered.

        Raises:
            httpx.HTTPStatusError: it was refused.
        """
        began_s = time.perf_counter()
        answer = self.client.request(method, path, **given)
        took_s = time.perf_counter() - began_s
        answer.raise_for_status()
        self.took_ms.setdefault(what, []).append(took_s * 1000.0)
        return answer.json()

    def figures(self) -> Result:
        """Return median, 95th percentile and the longest of each."""
        return {name: spread(found) for name, found in self.took_ms.items()}


def spread(found_ms: Sequence[float]) -> Result:
    """Return how latencies lie."""
    return {
        "count": len(found_ms),
        "ms_p50": rounded(quantile(found_ms, 0.5)),
        "ms_p95": rounded(quantile(found_ms, 0.95)),
        "ms_max": rounded(max(found_ms, default=None)),
    }


def read_all(times: Times, archive: Archive, rounds: int) -> Iterator[str]:
    """Go through every page of all permits; yield what is wrong."""
    expected = sorted((*archive.active, *archive.to_decide))
    for _ in range(rounds):
        seen: list[str] = []
        after: str | None = ""
        while after is not None:
            asked = {"after": after, "limit": PAGE}
            page = times.ask("list_page", "GET", "/api/permits", params=asked)
            seen += [each["number"] for each in page["items"]]
            after = page["next"]
        if seen != expected:
            yield f"the pages hold {len(seen)} permits: expected {len(expected)}, each once"


def read_histories(times: Times, numbers: Sequence[str], steps: int) -> Iterator[str]:
    """Look at permits one by one; yield what is wrong."""
    for number in numbers:
        found = times.ask("history", "GET", f"/api/permits/{number}")
        if len(found["history"]) != steps:
            yield f"{number} has {len(found['history'])} steps behind it: expected {steps}"


def decide(times: Times, numbers: Sequence[str]) -> Iterator[str]:
    """Cast the last vote on permits; yield what is wrong."""
    for number in numbers:
        vote = {"choice": "APPROVE"}
        times.ask("decision", "POST", f"/api/permits/{number}/review/votes", json=vote)
        state = times.ask("shown", "GET", f"/api/permits/{number}")["state"]
        if state != PermitState.APPROVED:
            yield f"{number} is {state} after the last vote: expected APPROVED"


@contextmanager
def speaking(platform: Platform, car: str, secret: str) -> Iterator[None]:
    """Let a vehicle report where it stands, fifty times a second, as long as this lasts."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=car)
    client.username_pw_set(car, secret)
    client.connect("127.0.0.1", platform.settings.mqtt_port)
    client.loop_start()
    over = threading.Event()

    def speak() -> None:
        for seq in count(1):
            if over.wait(REPORT_EVERY_S):
                return
            client.publish(f"zone/up/{car}/tele", _report(car, seq), qos=0)

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        client.loop_stop()
        client.disconnect()


def _report(car: str, seq: int) -> bytes:
    longitude, latitude = PLACE
    said = {
        "schema_version": 1, "device_id": car, "boot_id": "b", "seq": seq,
        "event_time": datetime.now(UTC).isoformat(),
        "longitude": longitude + seq * DEGREES_A_REPORT, "latitude": latitude,
        "source_crs": "WGS84", "altitude_msl_m": 4.0, "ground_speed_mps": 5.0, "track_deg": 90.0,
        "control_mode": "AUTONOMOUS",
    }  # fmt: skip
    return json.dumps(said).encode()


def suspend_speaking(times: Times, platform: Platform, archive: Archive, several: int) -> Result:
    """Suspend the permits of vehicles that are speaking; tell how soon each was reported."""
    took_ms: list[float] = []
    problems: list[str] = []
    for car, number in list(zip(archive.cars, archive.active, strict=False))[:several]:
        with speaking(platform, car, archive.secrets[car]):
            time.sleep(SPEAKS_FIRST_S)
            order = {"action": PermitAction.SUSPEND, "reason": "bench"}
            times.ask("suspension", "POST", f"/api/permits/{number}/actions", json=order)
            decided_s = time.time()
            told = first_told(platform, car)
        problems += wrong_report(times, car, told)
        if told is not None:
            took_ms.append((platform.told_at[told] - decided_s) * 1000.0)
    return {**spread(took_ms), "problems": problems}


def first_told(platform: Platform, car: str) -> str | None:
    """Return the violation of a vehicle that was told first; of others there may be others meanwhile."""
    deadline_s = time.monotonic() + TOLD_WITHIN_S
    while time.monotonic() < deadline_s:
        for identity in list(platform.told_at):
            if platform.of_device[identity] == car:
                return identity
        time.sleep(0.005)
    return None


def wrong_report(times: Times, car: str, told: str | None) -> Iterator[str]:
    if told is None:
        yield f"{car} was not reported within {TOLD_WITHIN_S} s"
        return
    found = times.ask("violations", "GET", "/api/violations", params={"device_id": car})
    codes = {each["id"]: each["code"] for each in found["items"]}
    if codes != {told: CODE}:
        yield f"{car} was reported for {codes}: expected one {CODE}"


def reload(store: Store, archive: Archive, several: int) -> Result:
    """Load what the worker judges by after one permit of all has changed."""
    settings = Settings(rule_set=DEMONSTRATION)
    began_s = time.perf_counter()
    world = load_world(store, settings)
    first_ms = (time.perf_counter() - began_s) * 1000.0
    took_ms: list[float] = []
    problems: list[str] = []
    for number in archive.active[-several:]:
        with store.write() as session:
            permits.apply_action(
                session, PLATFORM, number, PermitAction.SUSPEND, datetime.now(UTC), "bench",
                under=UNDER,
            )  # fmt: skip
        began_s = time.perf_counter()
        made = load_world(store, settings, world)
        took_ms.append((time.perf_counter() - began_s) * 1000.0)
        problems += _wrong_terms(world, made, number)
        world = made
    return {"first_ms": rounded(first_ms), **spread(took_ms), "problems": problems}


def _wrong_terms(before: World, after: World, number: str) -> Iterator[str]:
    if after.granted[number].state is not PermitState.SUSPENDED:
        yield f"{number} is {after.granted[number].state}: expected SUSPENDED"
    (car,) = after.granted[number].terms.device_ids
    if after.regranted.device_ids != {car}:
        yield f"{number}: the terms of {after.regranted.device_ids} changed: expected {car}"
    if len(before.granted) != len(after.granted):
        yield f"{number}: {len(after.granted)} permits: expected {len(before.granted)}"


def unfounded(store: Store, numbers: Sequence[str]) -> Iterator[str]:
    """Yield the permits that are not what their steps come to."""
    with store.read() as session:
        for number in numbers:
            case = permits.case(session, PLATFORM, number, UNDER)
            draft = replace(case.permit, state=PermitState.DRAFT, revision=0)
            if fold(draft, case.changes) != case.permit:
                yield f"{number} is not what was done to it"


def measure(count_: int, several: int, broker: BrokerKind, kind: StoreKind) -> Result:
    """Build the archive, ask everything of it, and return figures and what is wrong."""
    with (
        tempfile.TemporaryDirectory(prefix="zone-bench-") as made,
        databases(kind, Path(made)) as places,
    ):
        archive = build(places.make(ARCHIVE), count_, datetime.now(UTC))
        site = places.copy(ARCHIVE, "site")
        store = open_store(places.url(ARCHIVE))
        problems = list(unfounded(store, (archive.active[-1], archive.to_decide[-1])))
        platform = Platform(Path(made) / "site", site, broker, rule_set=DEMONSTRATION)
        reloaded = reload(store, archive, several)
        store.close()
        with platform.running(), _client(platform, archive) as client:
            times = Times(client)
            problems += read_all(times, archive, rounds=2)
            steps = archive.steps_each
            problems += read_histories(times, archive.active[several : 2 * several], steps)
            problems += decide(times, archive.to_decide[: 2 * several])
            enforced = suspend_speaking(times, platform, archive, several)
    problems += reloaded.pop("problems") + enforced.pop("problems")
    return {
        "store": kind.value,
        **_keys(times, reloaded, enforced),
        "answers": times.figures(),
        "reload": reloaded,
        "enforced": enforced,
        "size": {"permits": count_, "events": archive.events, "rounds": several},
        "problems": problems,
    }


def total(cases: Sequence[Result]) -> Result:
    """Return the worst of each figure, whether that is good enough, and all cases."""
    worst = {key: max(case[key] for case in cases) for key in KEYS}
    return {
        **worst,
        "met": met(worst),
        "problems": [f"{case['store']}: {each}" for case in cases for each in case["problems"]],
        "cases": list(cases),
        "machine": machine.describe(),
    }


def _client(platform: Platform, archive: Archive) -> httpx.Client:
    bearer = {"Authorization": f"Bearer {archive.token}"}
    return httpx.Client(base_url=platform.address, headers=bearer, timeout=30.0)


def _keys(times: Times, reloaded: Result, enforced: Result) -> Result:
    answers = times.figures()
    return {
        "list_page_ms_p95": answers["list_page"]["ms_p95"],
        "decision_ms_p95": answers["decision"]["ms_p95"],
        "reload_ms_max": reloaded["ms_max"],
        "enforced_ms_max": enforced["ms_max"],
    }


def met(found: Result) -> dict[str, bool]:
    """Tell which figures are as good as they are to be."""
    return {name: found[name] <= limit for name, limit in REACH.items()}


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.permits", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--permits", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=50, help="changes of each sort")
    parser.add_argument("--broker", type=BrokerKind, default=BrokerKind.NATS)
    parser.add_argument("--store", choices=(*StoreKind, BOTH), default=BOTH)
    return parser


def wanted(store: str) -> list[StoreKind]:
    """Return on which stores to measure; of both only those that are here, and the others are named."""
    if store != BOTH:
        return [StoreKind(store)]
    found = [kind for kind in StoreKind if is_installed(kind)]
    for kind in (kind for kind in StoreKind if kind not in found):
        print(f"not measured on {kind.value}: run `make servers`", file=sys.stderr)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 if anything was wrong, or slower than it may be."""
    logs.configure("WARNING")
    given = _arguments().parse_args(arguments)
    cases = [
        measure(given.permits, given.rounds, given.broker, kind) for kind in wanted(given.store)
    ]
    result = total(cases)
    if given.json:
        print(json.dumps(result))
    else:
        for key in KEYS:
            print(f"{key:>18} " + ", ".join(f"{case['store']} {case[key]}" for case in cases))
    for problem in result["problems"]:
        print(problem, file=sys.stderr)
    for name in (name for name, is_met in result["met"].items() if not is_met):
        print(f"{name} is {result[name]}: expected at most {REACH[name]:g}", file=sys.stderr)
    return 1 if result["problems"] or not all(result["met"].values()) else 0


if __name__ == "__main__":
    sys.exit(main())
