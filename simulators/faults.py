"""What goes wrong between a unit and the service, as pure transforms of a stream of reports.

A stream is the reports in the order and at the times at which they leave for the service. Each
transform keeps all it does not promise to change, takes chance as an argument, and works on
streams without end.
"""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

import msgspec
import numpy as np

from simulators.routes import frame_at
from telemetry.report import Report


class Timed(NamedTuple):
    """A report and when it is sent, Unix seconds."""

    sent_s: float
    report: Report


Stream = Iterable[Timed]


def gnss_noise(stream: Stream, chance: np.random.Generator, sigma_m: float) -> Iterator[Timed]:
    """Move each position by a normal error of ``sigma_m`` east and north, and say so.

    The accuracy said is that of 95 %: 2.45 times the error of one axis. Reports without a
    position pass unchanged.
    """
    for sent_s, report in stream:
        if report.longitude_deg is None or report.latitude_deg is None:
            yield Timed(sent_s, report)
            continue
        frame = frame_at(report.longitude_deg, report.latitude_deg)
        place = frame.degrees(chance.normal(0.0, sigma_m, (1, 2)))[0]
        noisy = msgspec.structs.replace(
            report,
            longitude_deg=float(place[0]),
            latitude_deg=float(place[1]),
            horizontal_accuracy_m=round(2.45 * sigma_m, 2),
        )
        yield Timed(sent_s, noisy)


def outage(stream: Stream, start_s: float, end_s: float, *, buffered: bool) -> Iterator[Timed]:
    """Let nothing through from ``start_s`` to before ``end_s``.

    A unit that buffers sends all of it at ``end_s``, oldest first; another one has lost it.
    """
    held: list[Report] = []
    for timed in stream:
        if start_s <= timed.sent_s < end_s:
            if buffered:
                held.append(timed.report)
            continue
        if timed.sent_s >= end_s and held:
            yield from (Timed(end_s, report) for report in held)
            held.clear()
        yield timed
    yield from (Timed(end_s, report) for report in held)


def delay(stream: Stream, chance: np.random.Generator, mean_s: float) -> Iterator[Timed]:
    """Hold each report back by an exponential time, so that some overtake others.

    What comes out is in the order of its new times.
    """
    waiting: list[tuple[float, int, Report]] = []
    for number, (sent_s, report) in enumerate(stream):
        while waiting and waiting[0][0] <= sent_s:
            at_s, _, held = heappop(waiting)
            yield Timed(at_s, held)
        heappush(waiting, (sent_s + float(chance.exponential(mean_s)), number, report))
    while waiting:
        at_s, _, held = heappop(waiting)
        yield Timed(at_s, held)


def reorder(stream: Stream, chance: np.random.Generator, probability: float) -> Iterator[Timed]:
    """Let neighbours change places: each report with this probability comes after the next."""
    held: Timed | None = None
    for timed in stream:
        if held is not None:
            yield Timed(held.sent_s, timed.report)
            yield Timed(timed.sent_s, held.report)
            held = None
        elif chance.random() < probability:
            held = timed
        else:
            yield timed
    if held is not None:
        yield held


def duplicate(stream: Stream, chance: np.random.Generator, probability: float) -> Iterator[Timed]:
    """Send each report twice with this probability."""
    for timed in stream:
        yield timed
        if chance.random() < probability:
            yield timed


def clock_drift(stream: Stream, offset_s: float, parts_per_million: float) -> Iterator[Timed]:
    """Have the unit's clock wrong from the start and ever more so.

    Event times are moved; the times of sending are the world's and stay.
    """
    start_s: float | None = None
    for sent_s, report in stream:
        start_s = report.event_time_s if start_s is None else start_s
        drift_s = (report.event_time_s - start_s) * parts_per_million * 1e-6
        wrong_s = report.event_time_s + offset_s + drift_s
        yield Timed(sent_s, msgspec.structs.replace(report, event_time_s=wrong_s))


def is_in_order(stream: Stream) -> bool:
    """Tell whether a finite stream is sent in the order of its times."""
    return all(before.sent_s <= after.sent_s for before, after in pairwise(stream))
