"""The worker's look ahead: each device once a second, a part of them a turn, and who is told.

It stands beside what is judged: nothing of it is in the journal, in the checkpoint or in what a
replay finds (ADR 0022). A failure here is said and logged, and costs nobody their verdict.
"""

from collections.abc import Callable, Iterable

import numpy as np
import structlog
from numpy.typing import NDArray

from telemetry import topics
from telemetry.ingest import Ingest
from zone_service import bus
from zone_service.clock import is_due
from zone_service.courses import Courses
from zone_service.forecasts import Forecast
from zone_service.foretelling import foretell
from zone_service.memory import Memory
from zone_service.prealarms import Prealarms, of_device
from zone_service.spoken import Spoken
from zone_service.world import World

EVERY_S = 1.0
FEWEST_PARTS = 10
MOST_AT_ONCE = 200
"""Devices a turn: more would make messages wait, and each turn has a price whoever is looked at."""
FAILED = "what lies ahead of some devices is not foretold: the log says why"
FAILURE_AGAIN_S = 60.0

log = structlog.get_logger("lookout")


class Lookout:
    """Looks, remembers what was told, and tells; in the worker's one thread."""

    def __init__(self, ingest: Ingest, warn: Callable[[str], None]) -> None:
        self._ingest = ingest
        self._warn = warn
        self._courses = Courses()
        self._foretold: dict[str, tuple[Forecast, ...] | None] = {}
        self._alarms = Prealarms()
        self._part = 0
        self._due_s = 0.0
        self._failures = Spoken(FAILURE_AGAIN_S)

    def next_due_s(self, memory: Memory) -> float:
        """Return the time of the next look; infinite while there is nobody to look at."""
        return self._due_s if memory.names else float("inf")

    def is_due(self, memory: Memory, now_s: float) -> bool:
        """Tell whether it is the turn of a part of the devices."""
        return bool(memory.names) and is_due(now_s, self._due_s, EVERY_S / _parts(memory))

    def look(
        self,
        memory: Memory,
        world: World,
        stirred: Iterable[str],
        now_s: float,
        *,
        at_a_part: bool = True,
    ) -> None:
        """Look ahead of the devices whose turn it is, and tell what has changed of others too.

        ``at_a_part``: may be put off, and then comes the sooner.
        """
        concerned = set(stirred)
        if at_a_part and self.is_due(memory, now_s):
            # What was put off by a long turn is made up for one part a turn.
            late, every_s = now_s - self._due_s, EVERY_S / _parts(memory)
            self._due_s = (self._due_s if 0.0 <= late < EVERY_S else now_s) + every_s
            concerned |= self._look_at_a_part(memory, world, now_s)
        if concerned:
            self._tell(memory, world, concerned, now_s)

    def _look_at_a_part(self, memory: Memory, world: World, now_s: float) -> set[str]:
        parts = _parts(memory)
        self._part = (self._part + 1) % parts
        order, size = _by_domain(memory), -(-len(memory.names) // parts)
        numbers = order[self._part * size : (self._part + 1) * size].tolist()
        names = [memory.names[number] for number in numbers]
        try:
            found = foretell(self._courses, memory, world, numbers, now_s)
        except Exception:
            found = dict.fromkeys(names)
            self._warn(FAILED)
            if self._failures.is_new("foretell", now_s):
                log.exception("not_foretold", advice="report this as a defect")
        self._foretold |= found
        standing = self._alarms.standing()
        return {
            each for each in names if found[each] or each in standing or _has_begun(memory, each)
        }

    def _tell(self, memory: Memory, world: World, device_ids: set[str], now_s: float) -> None:
        down: list[tuple[str, bytes]] = []
        for device_id in device_ids:
            foretold = self._foretold.get(device_id, ())
            found, opened = of_device(memory.devices[device_id].watch, foretold or ())
            told = self._alarms.update(device_id, found, opened, now_s, unknown=foretold is None)
            topic = topics.alert(device_id)
            down += [(topic, bus.prealarm(each, world, now_s)) for each in told]
        if down:
            self._ingest.publish_all(down)
        standing = {each: self._alarms.of(each) for each in device_ids}
        for part in bus.forecasts(world, standing, now_s):
            self._ingest.publish(bus.FORECAST, part)


def _parts(memory: Memory) -> int:
    return max(FEWEST_PARTS, -(-len(memory.names) // MOST_AT_ONCE))


def _by_domain(memory: Memory) -> NDArray[np.intp]:
    """Each domain has a horizon of its own: a part of one alone is asked for in one go."""
    domain = np.zeros(len(memory.names), np.int8)
    known = min(len(memory.fleet), len(domain))
    domain[:known] = memory.fleet.domain[:known]
    return np.argsort(domain, kind="stable")


def _has_begun(memory: Memory, device_id: str) -> bool:
    watch = memory.devices[device_id].watch
    if watch is None or not watch.excursions:
        return False
    return any(not each.is_open for each in watch.excursions)
