"""kill -9 of the worker, again and again under load: nothing acknowledged is lost or doubled.

``python -m bench.crash [--json] [--crashes 60] [--broker nats|mosquitto|both]
[--store sqlite|postgresql|both]``. The worker dies
at each of its named steps in turn, at random moments, and at random moments of its start; it is
started again at once. Exit status 1 when anything was lost or doubled, when a scripted violation
is missing or another one is there, or when a recovery took more than ten seconds.
"""

import argparse
import asyncio
import itertools
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import uvloop

from bench import crash_oracle, machine
from bench.crash_load import Fleet
from bench.crash_oracle import Findings
from bench.crash_site import EDGE, Site
from bench.quantiles import quantile, rounded
from bench.stores import StoreKind, databases, is_installed
from zone_service.broker import BrokerKind
from zone_service.crash_points import STEPS

RECOVERY_S = 10.0
"""What a recovery may take at most: from the kill to the next commit of messages."""
BOTH: Final = "both"
RANDOM, STARTING = "random", "starting"
SEED = 20261124
CRASHES: Final = 60
_POLL_S = 0.02


@dataclass(slots=True)
class Crashes:
    """What was done to the worker of one broker and one store, and what came of it."""

    broker: str
    store: str
    by_step: Counter[str] = field(default_factory=Counter)
    recoveries: list[tuple[float, str]] = field(default_factory=list)
    """Seconds, and the step at which the worker had died."""
    findings: Findings = field(default_factory=Findings)

    def summary(self) -> dict[str, Any]:
        found = self.findings
        slowest = sorted(self.recoveries, reverse=True)[:3]
        took_s = [each for each, _ in self.recoveries]
        return {
            "broker": self.broker,
            "store": self.store,
            "crashes": self.by_step.total(),
            "sent": found.sent,
            "acked": found.acked,
            "lost": found.lost,
            "duplicated": found.duplicated,
            "violations_expected": found.violations_expected,
            "violations_seen": found.violations_seen,
            "recovery_s_max": rounded(quantile(took_s, 1.0)),
            "recovery_s_median": rounded(quantile(took_s, 0.5)),
            "slowest": [f"{took_s:.1f} s after {step}" for took_s, step in slowest],
            "steps": dict(self.by_step),
            "wrong": found.wrong,
        }

    @property
    def good(self) -> bool:
        recovered = bool(self.recoveries) and max(self.recoveries)[0] <= RECOVERY_S
        return self.findings.good and recovered


KILLED_AT: Final = (*STEPS, RANDOM, STARTING)
"""One after another, on each broker."""
EACH_TURN: Final = frozenset(STEPS) - {"after_swap", "after_piece", "after_days"}


class Killer:
    """Kills and starts again, and keeps the time that it takes to recover."""

    def __init__(self, site: Site, done: Crashes, seed: int) -> None:
        self._site = site
        self._done = done
        self._random = random.Random(seed)
        self._killed_s, self._step = 0.0, ""
        self._last_commit = 0

    async def run(self, crashes: int) -> None:
        """End with a worker in full swing."""
        await self._site.kill_worker()
        for step in itertools.islice(itertools.cycle(KILLED_AT), crashes):
            await self._crash(step)
            self._done.by_step[step] += 1
        await self._start()
        await self._recovered()

    async def _crash(self, step: str) -> None:
        if step == STARTING:
            await self._start()
            await asyncio.sleep(self._random.uniform(0.1, 3.0))
            await self._site.kill_worker()
        elif step == RANDOM:
            await self._start()
            await self._recovered()
            await asyncio.sleep(self._random.uniform(0.0, 2.0))
            await self._site.kill_worker()
        else:
            await self._die_at(step)
        self._killed_s, self._step = time.monotonic(), step
        self._last_commit = self._site.last_commit()

    async def _die_at(self, step: str) -> None:
        """Half of the times soon after the start, else in full swing."""
        nth = self._random.choice((1, 2, 3, 20, 100)) if step in EACH_TURN else 1
        await self._start(f"{step}:{nth}")
        if step == "after_swap":
            await self._recovered()
            await asyncio.to_thread(self._site.change_the_registry)
        dying = asyncio.create_task(self._site.wait_for_death())
        await self._recovered()
        await dying

    async def _start(self, crash_at: str = "") -> None:
        # Now a replay of little, now of much; but where it is to die of a checkpoint, of one soon.
        is_of_one = crash_at.startswith("after_piece")
        checkpoint_every_s = 0.3 if is_of_one else self._random.choice((0.3, 5.0, 60.0))
        await self._site.start_worker(crash_at, checkpoint_every_s)

    async def _recovered(self) -> None:
        """Wait for the first commit after a kill; no longer than the worker lives."""
        while self._site.worker_runs:
            if await asyncio.to_thread(self._site.has_committed_messages_after, self._last_commit):
                break
            await asyncio.sleep(_POLL_S)
        else:
            return
        if self._killed_s:
            took_s = time.monotonic() - self._killed_s
            self._done.recoveries.append((took_s, self._step))
            self._killed_s = 0.0


class Pair(NamedTuple):
    """What one worker is crashed with."""

    broker: BrokerKind
    store: StoreKind


async def crash(
    pair: Pair, url: str, crashes: int, devices: int, rate_hz: float, at: Path
) -> Crashes:
    """Crash one worker with one broker and an empty database, and check what is left."""
    done = Crashes(pair.broker.value, pair.store.value)
    task = asyncio.current_task()
    assert task is not None
    # Whoever ends the benchmark must not be left with its worker and its broker.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    site = Site(pair.broker, url, at, tuple(f"crash-{number:03}" for number in range(devices)))
    site.set_up()
    try:
        fleet = Fleet(site.secrets, rate_hz, EDGE, SEED)
        # A broker keeps messages for sessions that it knows; the first one has to be made.
        await site.start_worker("", 5.0)
        await site.wait_until_listening()
        await fleet.connect("127.0.0.1", site.broker.plan.port)
        finished = False
        talking = asyncio.create_task(fleet.talk(lambda: finished))
        killer = Killer(site, done, SEED)
        await killer.run(crashes)
        fleet.scripting = False
        while not fleet.everybody_is_back:
            await asyncio.sleep(0.1)
        await asyncio.sleep(4.0)  # what is over closes two seconds after its end
        finished = True
        await talking
        await fleet.drain()
        fleet.close()
        status = await site.end_worker()
        done.findings = crash_oracle.check(site, fleet)
        if status:
            done.findings.wrong.append(f"the worker ended with {status}")
    finally:
        if site.worker_runs:
            await site.kill_worker()
        site.tear_down()
    return done


def total(cases: Sequence[Crashes]) -> dict[str, Any]:
    """Return the sums over the pairs of a broker and a store, and the worst recovery."""
    told = [each.summary() for each in cases]
    sums: tuple[str, ...] = ("crashes", "sent", "acked", "lost", "duplicated")
    sums += ("violations_expected", "violations_seen")
    return {
        **{name: sum(each[name] for each in told) for name in sums},
        "recovery_s_max": max(
            (each["recovery_s_max"] for each in told if each["recovery_s_max"] is not None),
            default=None,
        ),
        "steps": dict(sum((each.by_step for each in cases), Counter[str]())),
        "cases": told,
        "machine": machine.describe(),
    }


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.crash", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--crashes", type=int, default=CRASHES, help="over all pairs")
    parser.add_argument("--broker", choices=("nats", "mosquitto", BOTH), default=BOTH)
    parser.add_argument("--store", choices=(*StoreKind, BOTH), default=BOTH)
    parser.add_argument("--devices", type=int, default=60)
    parser.add_argument("--rate", type=float, default=5.0, help="messages/s of each device")
    parser.add_argument("--keep", type=Path, help="work in this directory and leave it")
    return parser


def run(arguments: argparse.Namespace, directory: Path) -> list[Crashes]:
    wanted, cases = pairs(arguments.broker, arguments.store), []
    share = -(-arguments.crashes // len(wanted))
    for pair in wanted:
        place = directory / f"{pair.broker.value}-{pair.store.value}"
        place.mkdir(parents=True)
        with databases(pair.store, place) as made:
            url = made.make("store")
            made_of = crash(pair, url, share, arguments.devices, arguments.rate, place)
            cases.append(uvloop.run(made_of))
    return cases


def pairs(broker: str, store: str) -> list[Pair]:
    """Return what the worker is crashed with; of both stores only what is here, and the other is named."""
    brokers = [BrokerKind.NATS, BrokerKind.MOSQUITTO] if broker == BOTH else [BrokerKind(broker)]
    stores = list(StoreKind) if store == BOTH else [StoreKind(store)]
    here = [kind for kind in stores if is_installed(kind) or store != BOTH]
    for kind in (kind for kind in stores if kind not in here):
        print(f"not crashed on {kind.value}: run `make servers`", file=sys.stderr)
    return [Pair(*each) for each in itertools.product(brokers, here)]


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    arguments = _arguments().parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="zone-crash-") as made:
        cases = run(arguments, arguments.keep or Path(made))
    told = total(cases)
    if arguments.json:
        print(json.dumps(told, indent=2))
    else:
        for name, value in told.items():
            if name not in {"cases", "machine"}:
                print(f"{name:20} {value}")
        for case in told["cases"]:
            print(
                f"{case['broker']}, {case['store']}: "
                + ", ".join(f"{k} {v}" for k, v in case.items())
            )
    return 0 if all(each.good for each in cases) else 1


if __name__ == "__main__":
    sys.exit(main())
