"""How fast fixes are judged by electronic fences: the figures, each held against an oracle.

``python -m bench.fence`` makes its world from a seed, runs it through the hot path in one thread,
and asks plain shapely, zone by zone, what had to happen. It ends with status 1 when an event is
missing, invented or doubled, when a fix came late, or when nothing happened. See
``bench/README.md``.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from bench import fence_postgis, machine
from bench.fence_lines import (
    Result,
    Stage,
    cuts,
    exponent,
    full_stage,
    line,
    paced,
    plain_stage,
    step_line,
)
from bench.fence_oracle import compare, containment
from bench.fence_peers import TreePeer
from bench.fence_world import side_m, world
from bench.quantiles import rounded
from geofence.fixes import Fixes


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    few: int = 100
    zones: int = 1_000
    many: int = 10_000
    devices: int = 10_000
    steps: int = 21
    alone_steps: int = 6
    """Of a tenth of the devices, whose messages are taken one by one."""
    batch: int = 1_024
    small_batch: int = 256
    repetitions: int = 5
    growth_devices: tuple[int, ...] = (1_000, 10_000, 100_000)
    growth_fixes: int = 200_000
    rate: float = 20_000.0
    rates: tuple[float, ...] = (5_000.0, 10_000.0, 20_000.0, 40_000.0)
    seconds: float = 5.0
    peer_batches: int = 40


QUICK: Final = Size(
    few=40,
    zones=120,
    many=360,
    devices=400,
    steps=6,
    batch=128,
    small_batch=64,
    repetitions=2,
    growth_devices=(100, 400, 1_600),
    growth_fixes=3_200,
    rate=2_000.0,
    rates=(1_000.0, 2_000.0),
    seconds=0.5,
    peer_batches=6,
)
"""For the tests: it shows that all of it works, not how fast."""


def measure(size: Size) -> Result:
    """Run every line; the stages are let go one by one, since they are large."""
    lines: Result = {}
    _tell(f"{size.zones} zones: making the world and what must happen there")
    stage = full_stage(world(size.zones, side_m(size.zones)), size.devices, size.steps)
    for name, batch in (("1k", size.batch), ("1k_b256", size.small_batch)):
        lines[name] = _told(name, line(stage, batch, size.repetitions))
    pace = {
        f"{rate:.0f}": _told(f"paced {rate:.0f}/s", paced(stage, rate, size.seconds))
        for rate in sorted({*size.rates, size.rate})
    }
    few = full_stage(stage.world, max(100, size.devices // 10), size.alone_steps)
    lines["alone"] = _told("alone", line(few, 1, 2))
    peers = _peers(stage, size)
    growth = _growth_by_devices(stage, size)
    del stage, few
    for name, zones, side in (
        ("few", size.few, side_m(size.few)),
        ("10k_spread", size.many, side_m(size.many)),
        ("10k_dense", size.many, side_m(size.zones)),
    ):
        _tell(f"{name}, {zones} zones: making the world and what must happen there")
        stage = full_stage(world(zones, side), size.devices, size.steps)
        lines[name] = _told(name, line(stage, size.batch, size.repetitions))
        if name == "10k_spread":
            small = line(stage, size.small_batch, size.repetitions)
            lines["10k_spread_b256"] = _told("10k_spread_b256", small)
        del stage
    found = {"lines": lines, "paced": pace, "peers": peers, "growth_by_devices": growth}
    return _top(found, size) | found | {"size": asdict(size), "machine": machine.describe()}


def _top(found: Result, size: Size) -> Result:
    """Return the figures that are spoken of."""
    lines, at_rate = found["lines"], found["paced"][f"{size.rate:.0f}"]
    equally_dense = [lines[name] for name in ("few", "1k", "10k_spread")]
    by_devices = found["growth_by_devices"]
    return {
        "fixes_per_second_1k": lines["1k"]["fixes_per_second"],
        "fixes_per_second_1k_b256": lines["1k_b256"]["fixes_per_second"],
        # The worse of the two batch sizes.
        "ratio_10k_spread": rounded(
            max(
                lines[f"10k_spread{batch}"]["us_per_fix"] / lines[f"1k{batch}"]["us_per_fix"]
                for batch in ("", "_b256")
            )
        ),
        "fixes_per_second_10k_dense": lines["10k_dense"]["fixes_per_second"],
        "one_message_ms_p50": lines["alone"]["batch_ms_p50"],
        "one_message_ms_p99": lines["alone"]["batch_ms_p99"],
        "check_ms_p99_20k": at_rate["check_ms_p99"],
        "share_of_a_core_20k": at_rate["share_of_a_core"],
        "ratio_postgis": found["peers"]["postgis"].get("ratio"),
        "ratio_strtree": found["peers"]["strtree"]["ratio"],
        "growth_exponent_zones": exponent(
            [each["zones"] for each in equally_dense], [each["step_us"] for each in equally_dense]
        ),
        "growth_exponent_devices": exponent(
            [each["devices"] for each in by_devices], [each["step_us"] for each in by_devices]
        ),
        "problems": problems(found),
    }


def problems(found: Result) -> list[str]:
    """Return everything that any line found wrong, by the line's name."""
    named = [
        *found["lines"].items(),
        *((f"paced {rate}", each) for rate, each in found["paced"].items()),
        *found["peers"].items(),
        *((f"{each['devices']} devices", each) for each in found["growth_by_devices"]),
    ]
    return [f"{name}: {problem}" for name, each in named for problem in each["problems"]]


def _growth_by_devices(stage: Stage, size: Size) -> list[Result]:
    """Run as many fixes of more and more devices through the fences alone."""
    found = []
    for devices in size.growth_devices:
        # The first step of each device is not timed, and what arrives among it neither.
        steps = 2 + -(-size.growth_fixes // devices)
        plain = plain_stage(stage.world, stage.snapshot, devices, steps)
        result = step_line(plain, size.batch, max(2, size.repetitions - 2))
        found.append(_told(f"{devices} devices", result))
    return found


class Peer(Protocol):
    """What takes batches of fixes that are arrays already."""

    def take(self, fixes: Fixes, first: int) -> None:
        """Judge a batch; ``first`` is the number of its first fix."""
        ...


def _peers(stage: Stage, size: Size) -> Result:
    """Measure the peers; a ratio is that of our fence step alone, without decoding, to theirs.

    Ours is measured here once more, between them: on a machine that others use as well, what
    was measured minutes ago was measured on another machine.
    """
    warm = -(-stage.warm // size.batch)
    tree = TreePeer(stage.world, stage.tracks.devices)
    end, rate = _rate(tree, stage, size.batch, warm, size.peer_batches)
    difference = compare([event for event in stage.must if event.fix < end], tree.events)
    ours = step_line(stage, size.batch, size.repetitions)
    found = {"fences": ours, "strtree": _peer(rate, ours, end, difference.problems())}
    if not fence_postgis.is_installed():
        _tell("PostGIS 15 is not installed (make servers): its ratio is not measured")
        found["postgis"] = {"ratio": None, "absent": "PostGIS 15 is not installed", "problems": []}
        return found
    with fence_postgis.server() as address:
        peer = fence_postgis.PostgisPeer(address, stage.world)
        end, rate = _rate(peer, stage, size.batch, 2, size.peer_batches)
        version, pairs = peer.version(), peer.pairs
        peer.close()
    differ = len(pairs ^ containment(stage.world, stage.tracks, end))
    wrong = [f"{differ} pairs of a fix and a zone differ"] if differ else []
    wrong += [] if pairs else ["no zone held anything: that shows nothing"]
    found["postgis"] = _peer(rate, ours, end, wrong) | {"version": version}
    return {name: _told(name, each) for name, each in found.items()}


def _rate(peer: Peer, stage: Stage, batch: int, warm: int, batches: int) -> tuple[int, float]:
    """Run a peer; return how many fixes it took, and how many a second once it was warm."""
    taken_s, timed, end = 0.0, 0, 0
    for number, (begin, end) in enumerate(cuts(len(stage.tracks), batch)[: warm + batches]):
        fixes = stage.tracks.fixes(begin, end)
        started_s = time.perf_counter()
        peer.take(fixes, begin)
        if number >= warm:
            taken_s += time.perf_counter() - started_s
            timed += end - begin
    return end, timed / taken_s


def _peer(rate: float, ours: Result, fixes: int, wrong: list[str]) -> Result:
    return {
        "fixes_per_second": round(rate),
        "ratio": rounded(1e6 / ours["step_us"] / rate),
        "fixes": fixes,
        "problems": wrong,
    }


def _told(name: str, result: Result) -> Result:
    _tell(f"{name}: {json.dumps(result)}")
    return result


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


COLUMNS: Final = (
    ("zones", "zones"),
    ("batch", "batch"),
    ("fixes_per_second", "fixes/s"),
    ("decode_us", "decode µs"),
    ("rows_us", "rows µs"),
    ("step_us", "step µs"),
    ("personal_us", "corridor µs"),
    ("batch_ms_p50", "p50 ms"),
    ("batch_ms_p99", "p99 ms"),
    ("events", "events"),
)


def table(found: Result) -> str:
    """Return the figures for people."""
    rows = [["line", *(title for _, title in COLUMNS)]]
    rows += [
        [name, *(str(each[key]) for key, _ in COLUMNS)] for name, each in found["lines"].items()
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = [
        "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))
        for row in rows
    ]
    lines += [
        f"{rate} messages/s: p50 {each['check_ms_p50']}, p99 {each['check_ms_p99']} ms,"
        f" {each['share_of_a_core']:.0%} of a core"
        for rate, each in found["paced"].items()
    ]
    single = [key for key in found if key.startswith(("one_message", "ratio", "growth_exponent"))]
    lines += [f"{key}: {found[key]}" for key in single]
    lines.append(f"on {found['machine']['cores']} × {found['machine']['cpu']}")
    return "\n".join([*lines, *found["problems"]])


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.fence", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="small: shows that it works, no more")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="write two PNG files there")
    parser.add_argument("--repetitions", type=int, help="of each line")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    given = _arguments().parse_args(argv)
    draw = _plotter() if given.plots else None
    size = QUICK if given.quick else Size()
    if given.repetitions:
        size = replace(size, repetitions=given.repetitions)
    found = measure(size)
    if draw is not None:
        draw(found, given.plots)
    print(json.dumps(found) if given.json else table(found))
    return 1 if found["problems"] else 0


def _plotter() -> Callable[[Result, Path], list[Path]]:
    """Return what draws; say so before an hour of measuring when it is not installed."""
    try:
        from bench.fence_plots import draw
    except ImportError as error:
        sys.exit(f"--plots needs matplotlib, the extra `bench`: {error}")
    return draw


if __name__ == "__main__":
    sys.exit(main())
