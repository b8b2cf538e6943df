"""What is missed and what is false when units tell of themselves more seldom.

``python -m bench.tracks --json`` lays fences on recorded tracks, finds by plain shapely when each dense track
truly was in each, and sends the tracks to the platform's own steps: as dense as they are, at 0.5 Hz and
every 30 s. ``--folder`` says where the recordings are, ``--plot FILE`` draws the result. It ends with status
1 when the platform and shapely disagree about a dense track. See ``docs/thinned-tracks.md``.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np

from bench import machine
from bench.quantiles import quantile, rounded
from bench.tracks_fences import WIDTHS_M, Fence, Visit, laid, no_gap, visits
from bench.tracks_played import (
    Told,
    fence_visits,
    frames,
    max_gap_s,
    thinned,
    violations,
    world_of,
)
from bench.tracks_recorded import FOLDER_NAME, Recorded, folder_of, made, recorded
from zone_service.world import World

RATES: Final[dict[str, float]] = {"dense": 0.0, "0.5 Hz": 2.0, "30 s": 30.0}
"""How often a unit sends, in seconds; 0 is whenever it was recorded."""
FENCES: Final = 100
"""Of each width and source, shared among its tracks."""
SEED: Final = 44
WHOLE_S: Final = 1e-3
"""A message tells its time in milliseconds."""
Result = dict[str, Any]


class Found(NamedTuple):
    """What came of the visits to one fence width at one rate."""

    true: int
    missed: int
    false: int
    late_s: tuple[float, ...]
    """For each visit that was told: how long after it had begun."""


def matched(true: Sequence[Visit], told: Sequence[Told]) -> Found:
    """Pair each true visit with at most one that was told, where their times meet.

    What was told began somewhere behind the last fix outside, so its time begins there. Both are of one fence.
    """
    free = sorted(told, key=lambda each: (each.until_s, each.after_s))
    late_s: list[float] = []
    for visit in sorted(true, key=lambda each: (each.until_s, each.from_s)):
        mine = next((each for each in free if _meet(visit, each)), None)
        if mine is not None:
            free.remove(mine)
            late_s.append(max(0.0, mine.from_s - visit.from_s))
    return Found(len(true), len(true) - len(late_s), len(free), tuple(late_s))


def _meet(visit: Visit, told: Told) -> bool:
    return visit.from_s <= told.until_s + WHOLE_S and told.after_s <= visit.until_s + WHOLE_S


_Some = TypeVar("_Some", Visit, Told)


def by_fence(some: Iterable[_Some]) -> dict[int, list[_Some]]:
    """Return them by the number of their fence."""
    found: dict[int, list[_Some]] = defaultdict(list)
    for each in some:
        found[each.fence].append(each)
    return found


def by_width(fences: Sequence[Fence], true: list[Visit], told: list[Told]) -> dict[float, Found]:
    """Match fence by fence, and add up by width."""
    trues, tolds = by_fence(true), by_fence(told)
    found = {width_m: Found(0, 0, 0, ()) for width_m in WIDTHS_M}
    for number, fence in enumerate(fences):
        of_fence = matched(trues.get(number, []), tolds.get(number, []))
        found[fence.width_m] = _sum(found[fence.width_m], of_fence)
    return found


def _sum(one: Found, other: Found) -> Found:
    return Found(
        one.true + other.true,
        one.missed + other.missed,
        one.false + other.false,
        one.late_s + other.late_s,
    )


class Played(NamedTuple):
    """What came of one track."""

    found: dict[tuple[str, str, float], Found]
    """By who told (fences, violations), rate and width."""
    wrong: int
    """Visits of which the fences and shapely say different things, on the ways that are judged."""
    doubted: int
    """Fixes of the dense track that the platform believes to be jumps."""


def play(track: Recorded, fences: Sequence[Fence]) -> Played:
    """Send a track at each rate, and hold what is told against where it was."""
    world = world_of(fences, track.domain)
    true = visits(track.fixes, fences, no_gap(track.fixes, max_gap_s(world)))
    found: dict[tuple[str, str, float], Found] = {}
    for rate, interval_s in RATES.items():
        sent = frames(thinned(track.fixes, interval_s) if interval_s else track.fixes)
        for by, told in (
            ("fences", fence_visits(world, sent)[0]),
            ("violations", violations(world, sent)),
        ):
            of_rate = by_width(fences, true, told).items()
            found.update({(by, rate, width_m): each for width_m, each in of_rate})
    doubted, wrong = _disagreeing(world, track, fences)
    return Played(found, wrong, doubted)


def _disagreeing(world: World, track: Recorded, fences: Sequence[Fence]) -> tuple[int, int]:
    """Return how many fixes are doubted, and of how many visits by the others shapely says otherwise.

    Which fixes are believed and which ways between them are judged is the track's word; what they meet
    is shapely's.
    """
    told, seen = fence_visits(world, frames(track.fixes))
    believed = [(fix, each) for fix, each in zip(track.fixes, seen, strict=True) if not each.jump]
    is_way = [each.previous is not None for _, each in believed[1:]]
    true = visits([fix for fix, _ in believed], fences, is_way)
    same = by_width(fences, true, told).values()
    return len(seen) - len(believed), sum(each.missed + each.false for each in same)


def run(tracks: Sequence[Recorded], fences: int) -> Result:
    """Return lines for each source, rate, width and way of telling, and what the sources are."""
    random = np.random.default_rng(SEED)
    of_source: dict[str, list[Recorded]] = defaultdict(list)
    for track in tracks:
        of_source[track.source].append(track)
    sources, lines, wrong = [], list[Result](), 0
    for source, mine in of_source.items():
        played = [play(each, laid(each, max(1, fences // len(mine)), random)) for each in mine]
        wrong += sum(each.wrong for each in played)
        sources.append(_source(source, mine, played))
        for key in played[0].found:
            lines.append(_line(source, *key, _all(each.found[key] for each in played)))
    return {"sources": sources, "wrong": wrong, "lines": lines}


def _all(found: Iterable[Found]) -> Found:
    return reduce(_sum, found)


def _source(source: str, mine: Sequence[Recorded], played: Sequence[Played]) -> Result:
    intervals_s = sorted(each.interval_s for each in mine)
    return {
        "source": source, "tracks": len(mine), "fixes": sum(len(each.fixes) for each in mine),
        "interval_s": rounded(quantile(intervals_s, 0.5), 1),
        "doubted": sum(each.doubted for each in played),
    }  # fmt: skip


def _line(source: str, by: str, rate: str, width_m: float, found: Found) -> Result:
    late_s = sorted(found.late_s)
    return {
        "source": source, "by": by, "rate": rate, "width_m": width_m,
        "true": found.true, "missed": found.missed, "false": found.false,
        "late_s_p50": rounded(quantile(late_s, 0.5)) if late_s else None,
        "late_s_p99": rounded(quantile(late_s, 0.99)) if late_s else None,
    }  # fmt: skip


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.tracks", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--folder", type=Path, default=None, help=f"else {FOLDER_NAME}")
    parser.add_argument("--fences", type=int, default=FENCES, help="of each width and source")
    parser.add_argument("--plot", type=Path, default=None)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it, print it, and tell whether the dense tracks agree with shapely."""
    asked = _arguments(arguments)
    folder = asked.folder or folder_of()
    tracks = made() if folder is None else recorded(folder)
    draw = _plotter() if asked.plot is not None else None
    result = run(tracks, asked.fences)
    if draw is not None:
        draw(result, asked.plot)
    if asked.json:
        print(json.dumps({"machine": machine.describe(), **result}))
    else:
        print("\n".join([*map(str, result["sources"]), *map(_row, result["lines"])]))
    return 1 if result["wrong"] else 0


def _plotter() -> Callable[[Result, Path], None]:
    try:
        from bench.tracks_plot import draw
    except ImportError as error:
        sys.exit(f"--plot needs matplotlib, the extra `bench`: {error}")
    return draw


def _row(line: Result) -> str:
    return (
        f"{line['source']:10} {line['by']:10} {line['rate']:>7} {line['width_m']:4.0f} m"
        f" {line['true']:5} true {line['missed']:5} missed {line['false']:5} false"
        f"   told {line['late_s_p50']} s late, p99 {line['late_s_p99']}"
    )


if __name__ == "__main__":
    sys.exit(main())
