"""The lines of the fence benchmark: one world, one batch size or pace, several repetitions.

Each line is held against the oracle in every repetition; what it finds wrong is in ``problems``.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.fence_loop import Cost, Loop, Personal, Registry, own_corridors, registry
from bench.fence_oracle import Event, compare, expected, in_corridor
from bench.fence_tracks import Tracks, frames, tracks
from bench.fence_world import World, corridors, to_metres
from bench.quantiles import quantile, rounded
from geofence.fixes import Fixes
from geofence.snapshot import Snapshot, build
from telemetry.report import Frame
from zone_service.collector import set_aside

Result = dict[str, Any]
TICK_S: Final = 0.002
PERSONAL: Callable[..., Personal] = own_corridors
"""What judges the corridors of single devices; made of their outlines, in their order."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A world with its devices and all that must happen there, made before any clock runs."""

    world: World
    snapshot: Snapshot
    tracks: Tracks
    must: list[Event]
    known: Registry
    messages: list[Frame] = field(default_factory=list)
    personal: Personal | None = None
    must_be_in: NDArray[np.bool_] | None = None
    build_s: float = 0.0

    @property
    def warm(self) -> int:
        """How many fixes pass until every device was heard once."""
        return int(self.tracks.numbers()[0].max()) + 1


def plain_stage(world: World, snapshot: Snapshot, devices: int, steps: int) -> Stage:
    """Set up devices without messages and without corridors of their own."""
    made = tracks(world, devices, steps)
    stage = Stage(world, snapshot, made, expected(world, made), registry(made))
    set_aside()
    return stage


def full_stage(world: World, devices: int, steps: int) -> Stage:
    """Set up all of it: the zones, the messages, a corridor for each device."""
    begin = time.perf_counter()
    snapshot = build(world.zones, 1)
    build_s = time.perf_counter() - begin
    made = tracks(world, devices, steps)
    starts = np.column_stack((made.longitude_deg[0], made.latitude_deg[0]))
    outlines = list(corridors(to_metres(starts)))
    stage = Stage(
        world,
        snapshot,
        made,
        expected(world, made),
        registry(made),
        list(frames(made)),
        PERSONAL(outlines),
        in_corridor(outlines, made),
        build_s,
    )
    set_aside()
    return stage


def cuts(count: int, batch: int) -> list[tuple[int, int]]:
    """Return from where to where each batch goes."""
    return list(pairwise([*range(0, count, batch), count]))


def line(stage: Stage, batch: int, repetitions: int) -> Result:
    """Run messages through the whole path."""

    def once(loop: Loop, begin: int, end: int) -> Cost:
        return loop.take(stage.messages[begin:end])

    return _repeated(stage, batch, repetitions, stage.personal, once)


def step_line(stage: Stage, batch: int, repetitions: int) -> Result:
    """Run fixes that are arrays already through the fences alone."""
    made: dict[int, Fixes] = {
        begin: stage.tracks.fixes(begin, end) for begin, end in cuts(len(stage.tracks), batch)
    }

    def once(loop: Loop, begin: int, _end: int) -> Cost:
        return loop.take_fixes(made[begin])

    return _repeated(stage, batch, repetitions, None, once)


def _repeated(
    stage: Stage,
    batch: int,
    repetitions: int,
    personal: Personal | None,
    once: Callable[[Loop, int, int], Cost],
) -> Result:
    runs: list[list[Cost]] = []
    problems: list[str] = []
    batches = cuts(len(stage.tracks), batch)
    first = min(len(batches) - 1, -(-stage.warm // batch))
    seen: Result = {}
    for _ in range(repetitions):
        loop = Loop(stage.snapshot, stage.known, personal)
        costs = [once(loop, begin, end) for begin, end in batches]
        runs.append(costs[first:])
        seen = checked(stage, loop)
        problems.extend(seen["problems"])
    fixes = batches[-1][1] - batches[first][0]
    return (
        seen
        | _figures(runs, fixes)
        | {
            "zones": len(stage.world.zones),
            "devices": stage.tracks.devices,
            "batch": batch,
            "repetitions": repetitions,
            "fixes_timed": fixes,
            "build_s": rounded(stage.build_s),
            "problems": sorted(set(problems)),
        }
    )


def _figures(runs: list[list[Cost]], fixes: int) -> Result:
    """Return rates and times of several runs: medians over the runs, quantiles over all batches."""

    def per_fix_us(of: Callable[[Cost], float]) -> float:
        return round(median(sum(map(of, costs)) for costs in runs) / fixes * 1e6, 3)

    whole_us = per_fix_us(lambda cost: cost.all_s)
    batches_ms = [cost.all_s * 1000 for costs in runs for cost in costs]
    return {
        "fixes_per_second": round(1e6 / whole_us),
        "us_per_fix": whole_us,
        "decode_us": per_fix_us(lambda cost: cost.decode_s),
        "rows_us": per_fix_us(lambda cost: cost.rows_s),
        "step_us": per_fix_us(lambda cost: cost.step_s),
        "personal_us": per_fix_us(lambda cost: cost.personal_s),
        "batch_ms_p50": rounded(quantile(batches_ms, 0.50), 3),
        "batch_ms_p99": rounded(quantile(batches_ms, 0.99), 3),
    }


def checked(stage: Stage, loop: Loop) -> Result:
    """Hold what a loop said of the fixes that it took against what had to happen."""
    found = compare([event for event in stage.must if event.fix < loop.done], loop.seen.events)
    problems = found.problems()
    held = np.concatenate(loop.seen.in_corridor)
    if loop.seen.late:
        problems.append(f"{loop.seen.late} fixes were late")
    if loop.seen.refused:
        problems.append(f"{loop.seen.refused} messages were refused")
    if loop.seen.left:
        problems.append(f"{loop.seen.left} messages were left to the plain decoder")
    if len(held) != loop.done:
        problems.append(f"{len(held)} of {loop.done} fixes were looked up in corridors")
    elif loop.personal is stage.personal and stage.must_be_in is not None:
        wrong = int((held != stage.must_be_in[: loop.done]).sum())
        if wrong:
            problems.append(f"{wrong} fixes are wrong about their own corridor")
    return {
        "fixes": loop.done,
        "events": len(loop.seen.events),
        "events_by_kind": _by_kind(loop.seen.events),
        "events_expected": found.expected,
        "oracle_share": 1.0,
        "late": loop.seen.late,
        "refused": loop.seen.refused,
        "in_own_corridor": int(held.sum()),
        "problems": problems,
    }


def _by_kind(events: Sequence[Event]) -> dict[str, int]:
    kinds = [event.kind.value for event in events]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def paced(stage: Stage, rate: float, seconds: float) -> Result:
    """Take messages as they fall due, every tick; a latency begins when its message is due.

    Who falls behind takes more at once, and every message that waited counts its waiting.
    """
    count = min(len(stage.messages), stage.warm + int(rate * seconds))
    loop = Loop(stage.snapshot, stage.known, stage.personal)
    late_s = np.empty(count)
    done = tick = ticks = 0
    cpu_s, start = time.thread_time(), time.perf_counter()
    while done < count:
        time.sleep(max(0.0, start + tick * TICK_S - time.perf_counter()))
        due = min(count, int((time.perf_counter() - start) * rate) + 1)
        if due > done:
            loop.take(stage.messages[done:due])
            late_s[done:due] = time.perf_counter() - start - np.arange(done, due) / rate
            done, ticks = due, ticks + 1
        tick = int((time.perf_counter() - start) / TICK_S) + 1
    lasted_s = time.perf_counter() - start
    measured_ms = (late_s[stage.warm :] * 1000).tolist()
    return checked(stage, loop) | {
        "rate": rate,
        "tick_ms": TICK_S * 1000,
        "check_ms_p50": rounded(quantile(measured_ms, 0.50), 3),
        "check_ms_p99": rounded(quantile(measured_ms, 0.99), 3),
        "check_ms_max": rounded(max(measured_ms), 3),
        "share_of_a_core": rounded((time.thread_time() - cpu_s) / lasted_s, 3),
        "messages_a_batch": rounded(count / ticks, 1),
        "seconds": rounded(lasted_s),
    }


def exponent(sizes: Sequence[float], times: Sequence[float]) -> float:
    """Return p of the power law time = c · size^p that fits best."""
    return round(float(np.polyfit(np.log(sizes), np.log(times), 1)[0]), 3)
