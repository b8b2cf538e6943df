"""What the look ahead costs: CPU a second in the worker's thread, and the longest turn.

``python -m bench.ahead`` lets a thousand aircraft fly among the thousand zones of ``bench.path``: along
a fence at 1.5 m, and anywhere at 15 m/s, where a third of them heads for something. No figure
counts unless each device alone is told the same. See ``bench/README.md``.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench import machine
from bench.city import EAST, HEIGHT_AGL_M, HEIGHT_MSL_M, NORTH, SOUTH, WEST, build
from telemetry.report import Frame
from zone_service import collector, logs
from zone_service.courses import Courses
from zone_service.foretelling import foretell
from zone_service.lookout import EVERY_S, Lookout
from zone_service.memory import Memory
from zone_service.pipeline import step
from zone_service.settings import Settings
from zone_service.store.engine import open_store
from zone_service.world import World
from zone_service.world_loader import load_world

WARM_S: Final = 3
"""Two looks make a course, and what was told of before is withdrawn in the third."""
TURNS_A_SECOND: Final = 20
SEED: Final = 5

Flight = tuple[float, float, float, float]
"""Longitude, latitude, metres a second and course."""
Result = dict[str, Any]


@dataclass(slots=True)
class Nobody:
    """An ingest at whose other end nobody listens."""

    told: int = 0

    def publish_all(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Count what devices would be told."""
        self.told += len(messages)

    def publish(self, topic: str, payload: bytes, qos: int = 0) -> int | None:
        """Tell no screen."""


@dataclass(slots=True)
class Sky:
    """A fleet that says each second that it goes on as before, from the same place."""

    world: World
    flights: dict[str, Flight]
    begin_s: float
    memory: Memory = field(default_factory=Memory)
    nobody: Nobody = field(default_factory=Nobody)

    def frames(self, second: int) -> Iterator[Frame]:
        """Yield what everybody says in a second."""
        at_s = self.begin_s + second
        for name, (longitude, latitude, speed_mps, track_deg) in self.flights.items():
            said = {
                "schema_version": 1, "device_id": name, "boot_id": "b", "seq": second,
                "event_time": datetime.fromtimestamp(at_s, UTC).isoformat(),
                "longitude": longitude, "latitude": latitude, "source_crs": "WGS84",
                "altitude_msl_m": HEIGHT_MSL_M, "height_agl_m": HEIGHT_AGL_M,
                "ground_speed_mps": speed_mps, "track_deg": track_deg,
                "control_mode": "AUTONOMOUS", "operational_status": "AIRBORNE",
            }  # fmt: skip
            yield Frame(f"zone/up/{name}/tele", json.dumps(said).encode(), at_s)

    def fly(self, seconds: int) -> Result:
        """Look ahead for some seconds and return what that cost."""
        lookout = Lookout(self.nobody, lambda _: None)  # type: ignore[arg-type]
        turns: list[float] = []
        for second in range(WARM_S + seconds):
            stirred = step(self.memory, self.world, list(self.frames(second))).stirred
            if second == WARM_S:
                turns.clear()
            for turn in range(TURNS_A_SECOND):
                began_s = time.thread_time()
                now_s = self.begin_s + second + turn * EVERY_S / TURNS_A_SECOND
                lookout.look(self.memory, self.world, stirred if turn == 0 else (), now_s)
                turns.append(time.thread_time() - began_s)
        return {
            "cpu_ms_a_second": round(sum(turns) / seconds * 1000.0, 2),
            "longest_turn_ms": round(max(turns) * 1000.0, 2),
            "alarms_told": self.nobody.told,
        }

    def disagreements(self) -> int:
        """Count the devices that are told something else when nobody else is asked about."""
        courses, names = Courses(), self.memory.names
        numbers = range(len(names))
        now_s = max(device.heard_s for device in self.memory.devices.values())
        together = foretell(courses, self.memory, self.world, numbers, now_s)
        alone = (foretell(courses, self.memory, self.world, [each], now_s) for each in numbers)
        return sum(
            told[names[number]] != together[names[number]] for number, told in enumerate(alone)
        )


def cities(devices: int, zones: int) -> Iterator[tuple[str, Sky]]:
    """Yield both fleets over the same zones."""
    at = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="zone-bench-") as made:
        city = build(Path(made), devices, zones, 0, at)
        store = open_store(f"sqlite:///{city.database}")
        world = load_world(store, Settings(data_dir=Path(made)))
        store.close()
    collector.set_aside()
    beside = {name: (*place, 5.0, 90.0) for name, place in city.places.items()}
    chance = random.Random(SEED)
    anywhere = {
        name: (
            chance.uniform(WEST, EAST),
            chance.uniform(SOUTH, NORTH),
            15.0,
            chance.uniform(0, 360),
        )
        for name in city.places
    }
    for line, flights in (("beside_a_fence", beside), ("anywhere", anywhere)):
        yield line, Sky(world, flights, at.timestamp())


def measure(devices: int, zones: int, seconds: int) -> Result:
    """Run both lines."""
    lines: dict[str, Result] = {}
    for line, sky in cities(devices, zones):
        lines[line] = sky.fly(seconds) | {"disagreements": sky.disagreements()}
    size = {"devices": devices, "zones": zones, "seconds": seconds}
    return {"lines": lines, "size": size, "machine": machine.describe()}


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.ahead", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--zones", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=10)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    given = _arguments().parse_args(argv)
    logs.configure("WARNING")
    measured = measure(given.devices, given.zones, given.seconds)
    if given.json:
        print(json.dumps(measured))
    else:
        for line, result in measured["lines"].items():
            print(line, *(f"{name} {value}" for name, value in result.items()), sep="  ")
        print(f"on {measured['machine']['cores']} × {measured['machine']['cpu']}")
    return 1 if any(each["disagreements"] for each in measured["lines"].values()) else 0


if __name__ == "__main__":
    sys.exit(main())
