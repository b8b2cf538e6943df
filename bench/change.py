"""How soon a change of the map or of a permit is judged by, and how long messages wait for it.

``python -m bench.change [--json] [--zones 1000 10000] [--devices 10000] [--changes 40]``. Exit
status 1 when a change was not judged as plain geometry says, or a replay finds a difference.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import numpy as np
from shapely import Polygon

from bench import machine
from bench.change_site import DEVICES_PER_PERMIT, Site, Turn, keep_out
from bench.quantiles import quantile, rounded
from permits.life_cycle import PermitAction
from zone_service import logs
from zone_service.replay import Replay

NEW: Final = "new"
"""The zone that comes, changes and goes."""
SETTLES_S: Final = 0.2
PILE_S: Final = 0.03
"""So long messages pile up, to see what many of them cost."""
LONGEST_S: Final = 20.0
LONGEST_MANY_S: Final = 120.0
"""Of very many zones all are laid anew, which takes a while with ten thousand."""
FEW: Final = 6
MANY: Final = 1000
"""Zones that are put in force together, and that open together."""
AT_LEISURE: Final = frozenset({"map", "rules"})
"""Of the one a thousand zones are laid first, and the other opens nothing: it ends when all devices were asked."""
LEAD_S: Final = 4.0
"""Times as long as they took to be in force before, until zones open that are published with their hours."""
REACH: Final = {
    "visible_ms_p99": 50.0,
    "pause_ms_max": 5.0,
    "added_core_ms_max": 5.0,
    "start_s_10k_from_cache": 3.0,
}
"""What is to be reached, at the most."""


@dataclass(slots=True)
class Seen:
    """What the changes of one kind came to."""

    visible_ms: list[float] = field(default_factory=list)
    """From the committed change to the first verdict by it that is committed and told."""
    longest_turn_ms: list[float] = field(default_factory=list)
    """Of the turns meanwhile, for each change."""
    core_ms: list[float] = field(default_factory=list)
    """The same turns, on a core."""
    commit_ms: list[float] = field(default_factory=list)
    """Of the longest turn, how long it waited for its commits."""
    added_ms: list[float] = field(default_factory=list)
    """On a core, of the turn that took the most beyond what its messages cost."""
    last_ms: list[float] = field(default_factory=list)
    """From the change to the last verdict by it."""

    def note(
        self,
        began_s: float,
        told_s: Sequence[float],
        turns: Sequence[Turn],
        ordinary: Callable[[Turn], float],
    ) -> None:
        """Note what a change came to; ``told_s`` are the moments of its verdicts.

        ``ordinary``: what a turn with so many messages takes on a core, in ms.
        """
        self.visible_ms.append((min(told_s) - began_s) * 1000)
        self.last_ms.append((max(told_s) - began_s) * 1000)
        turns = [turn for turn in turns if not turn.ticked] or turns
        longest = max(turns, key=lambda turn: turn.took_ms)
        self.longest_turn_ms.append(longest.took_ms)
        self.commit_ms.append(longest.commit_ms)
        self.core_ms.append(max(turn.core_ms for turn in turns))
        self.added_ms.append(max(turn.core_ms - ordinary(turn) for turn in turns))

    def summary(self) -> dict[str, float | None]:
        """Return the figures of this kind."""
        return {
            "visible_ms_p50": rounded(quantile(self.visible_ms, 0.5)),
            "visible_ms_p99": rounded(quantile(self.visible_ms, 0.99)),
            "pause_ms_p50": rounded(quantile(self.longest_turn_ms, 0.5)),
            "pause_ms_max": rounded(max(self.longest_turn_ms)),
            "pause_commit_ms_p50": rounded(quantile(self.commit_ms, 0.5)),
            "pause_core_ms_max": rounded(max(self.core_ms)),
            "added_core_ms_p50": rounded(median(self.added_ms)),
            "added_core_ms_p99": rounded(quantile(self.added_ms, 0.99)),
            "added_core_ms_max": rounded(max(self.added_ms)),
            "last_visible_ms_max": rounded(max(self.last_ms)),
        }


class Measured:
    """Changes of a site, one after another, each of them checked."""

    def __init__(self, site: Site, ordinary: Callable[[Turn], float] = lambda _: 0.0) -> None:
        self.site = site
        self.ordinary = ordinary
        self.seen: dict[str, Seen] = {}
        self.problems: list[str] = []
        self.verdicts = 0

    def change(
        self,
        kind: str,
        commit: Callable[[], object],
        opens: Iterable[tuple[str, str]],
        longest_s: float = LONGEST_S,
    ) -> None:
        """Commit a change and turn until it is judged by; ``opens``: device and zone of each violation."""
        site = self.site
        site.turn_for(SETTLES_S)
        commit()
        site.broker.restart()
        began_s = time.monotonic()
        site.say_changed()
        known = site.worker.world.revisions
        while site.worker.world.revisions == known and time.monotonic() - began_s < longest_s:
            site.worker.turn()
        self.through(kind, began_s, opens, is_judged=site.worker.world.revisions != known)

    def through(
        self, kind: str, began_s: float, opens: Iterable[tuple[str, str]], *, is_judged: bool
    ) -> None:
        """Turn until whom a change concerns is judged by it, and note what it came to."""
        site, expected = self.site, set(opens)
        ended_s = time.monotonic()
        while site.worker.memory.outstanding.waiting:
            site.worker.turn()
            ended_s = time.monotonic()
        site.worker.turn()
        opened = site.broker.opened
        found = [(device, zone_id) for _, device, zone_id in opened]
        if set(found) != expected or len(found) != len(expected) or not is_judged:
            self.problems.append(f"{kind}: opened {in_short(found)}, expected {in_short(expected)}")
        self.verdicts += len(found)
        seen = self.seen.setdefault(kind, Seen())
        seen.note(
            began_s, [at_s for at_s, *_ in opened] or [ended_s], site.broker.turns, self.ordinary
        )

    def holds(self, kind: str, device_ids: Iterable[str], *, inside: bool) -> None:
        """Check whom the zone that changes holds now, as the worker remembers it."""
        worker = self.site.worker
        slot = worker.world.slots.get(NEW)
        devices = worker.memory.devices
        held = {name for name, each in devices.items() if slot is not None and slot in each.inside}
        if held != (set(device_ids) if inside else set()):
            self.problems.append(f"{kind}: {sorted(held)} are inside")


def measure(
    site: Site, changes: int, ordinary: Callable[[Turn], float] = lambda _: 0.0
) -> Measured:
    """Publish, edit and withdraw a zone, suspend a permit, again and again; then publish rules, a few times."""
    done = Measured(site, ordinary)
    permits = iter(range(len(site.permits)))
    for number in range(changes):
        first, second = (step * 7 % len(site.names) for step in (2 * number, 2 * number + 1))
        for kind, device in (("publish", first), ("edit", second)):
            area = site.around(device)
            inside = site.within(area)
            done.change(kind, partial(site.put, keep_out(NEW, area)), pairs(inside))
            done.holds(kind, inside, inside=True)
        done.change("withdraw", partial(site.withdraw, NEW), ())
        done.holds("withdraw", (), inside=False)
        permit = next(permits, None)
        if permit is not None:
            suspend(done, permit)
    for number in range(min(changes, FEW)):
        done.change("rules", partial(site.put_rules, number), (), LONGEST_MANY_S)
    return done


def in_short(found: Iterable[tuple[str, str | None]]) -> str:
    """Return some of many pairs, for a line."""
    first = sorted(found, key=str)
    return f"{first}" if len(first) <= FEW else f"{len(first)}, {first[:FEW]} and so on"


def many(done: Measured, ordinary: str = "map", hours: str = "hours") -> None:
    """Put many zones in force at once, and then others that open at one moment."""
    site = done.site
    first, second = (strips(site, kind, offset) for kind, offset in ((ordinary, 0), (hours, 1)))
    began_s = time.monotonic()
    done.change(ordinary, partial(site.put_many, first), stands(site, first), LONGEST_MANY_S)
    lead_s = 5.0 + LEAD_S * (time.monotonic() - began_s)
    opens = datetime.fromtimestamp(int(time.time() + lead_s), UTC)
    done.change(f"{hours} to come", partial(site.put_many, second, opens), (), LONGEST_MANY_S)
    # Before they open: between two turns it would be the worker's time.
    must_open = stands(site, second)
    edge_s = opens.timestamp()
    is_judged = time.time() < edge_s - 0.5
    site.turn_until(edge_s - 0.05)
    site.broker.restart()
    began_s = time.monotonic() + edge_s - time.time()
    site.turn_until(edge_s + 0.005)
    while not site.worker.memory.outstanding.waiting and time.monotonic() < began_s + 1.0:
        site.worker.turn()
    done.through(hours, began_s, must_open, is_judged=is_judged)


def strips(site: Site, kind: str, offset: int) -> dict[str, Polygon]:
    """Return strips of road around devices that lie apart in their order."""
    step = max(2, len(site.names) // MANY)
    devices = range(offset, len(site.names), step)
    return {f"{kind}-{device:05d}": site.around(device) for device in devices}


def stands(site: Site, areas: Mapping[str, Polygon]) -> list[tuple[str, str]]:
    """Return who stands in which of some areas, by plain geometry."""
    return [pair for zone_id, area in areas.items() for pair in pairs(site.within(area), zone_id)]


def pairs(device_ids: Iterable[str], zone_id: str = NEW) -> list[tuple[str, str]]:
    """Return each device with a zone."""
    return [(device_id, zone_id) for device_id in device_ids]


def suspend(done: Measured, permit: int) -> None:
    """Suspend a permit that lifts the zone in which its first device stands."""
    site, number = done.site, done.site.permits[permit]
    first = permit * DEVICES_PER_PERMIT
    theirs = site.names[first : first + DEVICES_PER_PERMIT]
    opens = [
        (device_id, zone_id)
        for zone_id, area in site.lifted.items()
        for device_id in site.within(area) & set(theirs)
    ]
    done.change("permit", partial(site.act, number, PermitAction.SUSPEND), opens)


class Quiet(NamedTuple):
    """What turns take while nothing changes."""

    wall_ms: list[float]
    """The longest turn of each stretch."""
    core_ms: list[float]
    """The same, on a core."""
    turns: list[Turn]

    def ordinary_ms(self, turn: Turn) -> float:
        """Return what a turn with as many messages takes on a core."""
        messages, core_ms = zip(
            *((each.messages, each.core_ms) for each in self.turns), strict=True
        )
        each_ms, any_ms = np.polyfit(messages, core_ms, 1)
        return float(any_ms + each_ms * turn.messages)


def quiet(site: Site, times: int) -> Quiet:
    """Turn for as many stretches without a change; some of the turns have many messages."""
    found = Quiet([], [], [])
    for _ in range(times):
        site.turn_for(SETTLES_S)
        site.broker.restart()
        end_s = time.monotonic() + 0.05
        # Beside much other work a stretch may have no turn in it.
        while time.monotonic() < end_s or not calm(site):
            site.worker.turn()
        turns = calm(site)
        found.wall_ms.append(max(turn.took_ms for turn in turns))
        found.core_ms.append(max(turn.core_ms for turn in turns))
        time.sleep(PILE_S)
        site.worker.turn()
        site.worker.turn()
        found.turns.extend(calm(site))
    return found


def calm(site: Site) -> list[Turn]:
    """Return the turns in which the clock did not tick."""
    return [turn for turn in site.broker.turns if not turn.ticked]


def figures(count: int, devices: int, changes: int, *, with_many: bool = True) -> dict[str, Any]:
    """Return the figures of a map of so many zones."""
    with TemporaryDirectory() as directory:
        site = Site(Path(directory), count, devices)
        try:
            calm = quiet(site, changes)
            done = measure(site, changes, calm.ordinary_ms)
            if with_many:
                many(done)
            site.end()
            site.index.write(site.worker.world.zones)
            from_cache_s = site.start_again_s()
            # By the clock that a replay is asked with.
            replay = Replay(site.store, site.settings, 0.0, time.time())
            differences = sum(1 for _ in replay.differences())
            is_exact = replay.plan.begin.is_exact
            cache_bytes = site.cache_bytes
        finally:
            site.close()
    if differences or not is_exact:
        done.problems.append(f"a replay finds {differences} differences")
    if not done.verdicts:
        done.problems.append("nothing was violated, which shows nothing")
    # What opens later is in force when it opens: that is no change yet.
    seen = {kind: each for kind, each in done.seen.items() if not kind.endswith("to come")}
    every = [ms for kind, each in seen.items() if kind not in AT_LEISURE for ms in each.visible_ms]
    return {
        "visible_ms_p50": rounded(quantile(every, 0.5)),
        "visible_ms_p99": rounded(quantile(every, 0.99)),
        "pause_ms_max": rounded(max(ms for each in seen.values() for ms in each.longest_turn_ms)),
        "pause_core_ms_max": rounded(max(ms for each in seen.values() for ms in each.core_ms)),
        "added_core_ms_max": rounded(max(ms for each in seen.values() for ms in each.added_ms)),
        "quiet_turn_ms_p50": rounded(quantile(calm.wall_ms, 0.5)),
        "quiet_turn_ms_max": rounded(max(calm.wall_ms)),
        "quiet_turn_core_ms_p50": rounded(quantile(calm.core_ms, 0.5)),
        "quiet_turn_core_ms_max": rounded(max(calm.core_ms)),
        "start_s_from_store": rounded(site.cold_s),
        "start_s_from_cache": rounded(from_cache_s),
        "cache_mb": rounded(cache_bytes / 1e6),
        "changes": len(every),
        "verdicts": done.verdicts,
        "kinds": {kind: each.summary() for kind, each in done.seen.items()},
        "problems": done.problems,
    }


def told(found: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Return the figures that count, over all maps, and those of each."""
    worst = ("visible_ms_p50", "visible_ms_p99", "pause_ms_max", "added_core_ms_max")
    counted = {name: max(each[name] for each in found.values()) for name in worst}
    counted["start_s_10k_from_cache"] = found.get(10_000, {}).get("start_s_from_cache")
    reached = {
        name: counted[name] is not None and counted[name] <= most for name, most in REACH.items()
    }
    return counted | {"met": reached, "zones": {str(count): each for count, each in found.items()}}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.change", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object, for machines")
    parser.add_argument("--zones", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--changes", type=int, default=40, help="of each kind")
    parser.add_argument("--few", action="store_true", help="leave out the thousand zones at once")
    asked = parser.parse_args(arguments)
    found = {
        count: figures(count, asked.devices, asked.changes, with_many=not asked.few)
        for count in asked.zones
    }
    if asked.json:
        of_all = {"machine": machine.describe(), "devices": asked.devices, **told(found)}
        sys.stdout.write(json.dumps(of_all) + "\n")
    else:
        _write(found)
    return 1 if any(each["problems"] for each in found.values()) else 0


def _write(found: dict[int, dict[str, Any]]) -> None:
    for count, each in found.items():
        sys.stdout.write(f"{count} zones\n")
        for name, value in each.items():
            sys.stdout.write(f"  {name:24} {value}\n")


if __name__ == "__main__":
    logs.configure("WARNING")
    sys.exit(main())
