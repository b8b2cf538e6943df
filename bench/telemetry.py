"""What telemetry costs: decoded, taken in, kept, asked for, sealed.

``python -m bench.telemetry`` decodes a message of each format, takes a journal into the history, asks it in
several sizes, seals evidence, and runs the path from units to supervisors with 10 000 messages a second
and with 10 000 devices connected. Each figure counts only with its oracle. See ``bench/README.md``.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench import history, history_asking, machine, path
from bench.history_fleet import BEGINS_MS, drive
from bench.quantiles import rounded
from bench.telemetry_decoding import decode_times
from bench.telemetry_evidence import sealing_times
from zone_service import logs
from zone_service.history.asked import Window
from zone_service.history.compaction import Compaction
from zone_service.history.query import History
from zone_service.store.engine import open_store

CARS: Final = 115
CLIPS: Final = 100
DAY_S: Final = 86_400
CONNECTED: Final = 10_000
Result = dict[str, Any]


class Size(NamedTuple):
    """How much of everything but the path."""

    decodes: int
    cars: int
    seconds: Sequence[int]
    """That they drive, in each size of the history."""
    asks: int
    taken_in_s: int
    """Of the journal that is compacted."""
    clips: int


USUAL: Final = Size(5_000, CARS, (3_900, 8_700), 500, 600, CLIPS)
NIGHTLY: Final = USUAL._replace(seconds=(8_700, DAY_S))
"""Ten million reports in the larger."""
QUICK: Final = Size(20, 3, (300,), 5, 130, 2)
"""For tests: every part once, and nothing that starts a platform."""


def compaction_rate(cars: int, seconds: int) -> Result:
    """Take a journal into segments and files; return reports a second, and whether all is there."""
    fleet = drive(cars, seconds)
    with tempfile.TemporaryDirectory(prefix="zone-bench-") as made:
        folder = Path(made) / "history"
        with closing(open_store(f"sqlite:///{Path(made) / 'zone.sqlite'}")) as store:
            store.upgrade()
            history.register(store, fleet)
            for second in range(seconds):
                history.commit(store, fleet, second)
            began_s, began_core_s = time.perf_counter(), time.thread_time()
            Compaction(store, folder).run(history.AT + timedelta(days=2), everything=True)
            took_s, core_s = time.perf_counter() - began_s, time.thread_time() - began_core_s
            ever = Window(BEGINS_MS, BEGINS_MS + seconds * 1000)
            is_same = history_asking.is_same(
                History(store, folder).rows(ever), fleet.table(0, seconds)
            )
    rows = cars * seconds
    return {
        "compaction_rows_s": round(rows / took_s),
        "compaction_core_us_a_row": rounded(core_s / rows * 1e6),
        "wrong": int(not is_same),
    }


def sustained() -> Result:
    """Run the path with 10 000 messages a second on both brokers at QoS 1, climb, and connect 10 000 devices."""
    durable = [case for case in path.CASES if case.durable]
    found = path.measure(path.Size(60.0, 1000, 10.0, 1000, 100), durable, climbing=True)
    crowd = path.measure(
        path.Size(60.0, CONNECTED, 0.5, 1000, 10), [path.CASES[-1]], climbing=False
    )
    return of_path(found) | {
        "connected_devices": held(crowd),
        "cases": found["cases"],
        "crowd": crowd["cases"],
    }


def of_path(found: Result) -> Result:
    """Return the figures of the better broker; a rate with anything wrong is none that was sustained."""
    best = found["cases"].get(found["best_case"], {})
    is_sound = not best.get("problems", True)
    return {
        "broker": found["best_case"],
        "sustained_msg_s": found.get("messages_per_second") if is_sound else None,
        "highest_rate_msg_s": found["highest_rate"],
        **{
            name: found.get(name)
            for name in ("commit_ms_p99", "alert_ms_p99", "lost", "duplicated")
        },
    }


def held(crowd: Result) -> int:
    """Return how many devices stayed connected and were all heard; none where anything was wrong."""
    cases = list(crowd["cases"].values())
    is_held = cases and not any(each["problems"] or each["reconnects"] for each in cases)
    return int(crowd["size"]["devices"]) if is_held else 0


def measure(size: Size, *, on_the_path: bool) -> Result:
    """Measure everything; ``on_the_path`` starts platforms."""
    codecs = decode_times(size.decodes)
    sizes = [history.measure(size.cars, seconds, size.asks) for seconds in size.seconds]
    largest = sizes[-1]
    compaction = compaction_rate(size.cars, size.taken_in_s)
    evidence = sealing_times(size.clips)
    parts = [*codecs.values(), *sizes, compaction, evidence]
    found = {
        "codecs": codecs,
        "rows": largest["rows"],
        "last_90_s_ms_p99": largest["last_90_s"]["ms_p99"],
        "device_day_ms_p99": largest["device_day"]["ms_p99"],
        "bytes_a_row": largest["bytes_a_row"],
        "sizes": sizes,
        **compaction,
        **evidence,
        **(sustained() if on_the_path else {}),
        "wrong": sum(each["wrong"] for each in parts),
        "machine": machine.describe(),
    }
    return found | {"met": met(found)}


AT_MOST: Final = {
    "last_90_s_ms_p99": 5.0,
    "device_day_ms_p99": 100.0,
    "bytes_a_row": 30.0,
    "evidence_sealed_s": 2.0,
    "commit_ms_p99": 100.0,
    "alert_ms_p99": 25.0,
    "lost": 0,
    "duplicated": 0,
}
AT_LEAST: Final = {
    "rows": 9_900_000,
    "sustained_msg_s": 9_990,
    "highest_rate_msg_s": 15_000,
    "connected_devices": CONNECTED,
}


def met(found: Result) -> dict[str, bool]:
    """Tell which figures are as good as they are to be; one that was not measured is not."""
    low = {name: _is_within(found.get(name), limit, -1) for name, limit in AT_MOST.items()}
    return low | {name: _is_within(found.get(name), limit, 1) for name, limit in AT_LEAST.items()}


def _is_within(value: float | None, limit: float, sign: int) -> bool:
    return value is not None and sign * value >= sign * limit


def table(measured: Result) -> str:
    """Return the figures for people."""
    lines = [f"{'codec':<12}{'µs':>10}{'messages/s':>14}"]
    for name, each in measured["codecs"].items():
        lines.append(f"{name:<12}{each['median_us']:>10}{each['messages_s']:>14}")
    lines += [f"{name}  {measured.get(name)}" for name in ("compaction_rows_s", *measured["met"])]
    missed = [name for name, is_met in measured["met"].items() if not is_met]
    return "\n".join([*lines, f"not as good as it is to be: {', '.join(missed) or 'nothing'}"])


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.telemetry", description=__doc__)
    parser.add_argument("--json", action="store_true")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", action="store_true", help="every part once, without a platform")
    sizes.add_argument("--nightly", action="store_true", help="ten million reports in the history")
    parser.add_argument("--no-path", action="store_true", help="start no platform")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    given = _arguments().parse_args(argv)
    logs.configure("WARNING")
    size = QUICK if given.quick else NIGHTLY if given.nightly else USUAL
    measured = measure(size, on_the_path=not (given.quick or given.no_path))
    print(json.dumps(measured) if given.json else table(measured))
    broken = [each for each in (measured.get("cases") or {}).values() if each["problems"]]
    return 1 if measured["wrong"] or broken else 0


if __name__ == "__main__":
    sys.exit(main())
