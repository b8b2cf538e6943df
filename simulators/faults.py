"""What goes wrong between a unit and the service, as pure transforms of a stream of reports.

A stream is the reports in the order and at the times at which they leave for the service, and
moments at which nothing is said: what waits for a time comes out when a moment shows that the time
has come. Each transform keeps all it does not promise to change, passes moments on behind what is
due by then, takes chance as an argument, and works on streams without end.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from math import inf
from typing import NamedTuple, assert_never

import msgspec
import numpy as np

from simulators.routes import frame_at
from telemetry.report import Report


class Timed(NamedTuple):
    """A report and when it is sent, Unix seconds."""

    sent_s: float
    report: Report


class Moment(NamedTuple):
    """Time has passed and nobody has said anything since, Unix seconds."""

    sent_s: float


Stream = Iterable[Timed | Moment]
Faulty = Iterator[Timed | Moment]


@dataclass(frozen=True, slots=True)
class Noise:
    """The receiver errs; see ``gnss_noise``."""

    sigma_m: float


@dataclass(frozen=True, slots=True)
class Outage:
    """Nothing gets through from ``start_s`` to ``end_s`` after the start; see ``outage``."""

    start_s: float
    end_s: float
    buffered: bool = False


@dataclass(frozen=True, slots=True)
class Delay:
    """The network holds reports back; see ``delay``."""

    mean_s: float


@dataclass(frozen=True, slots=True)
class Reorder:
    """Neighbours change places; see ``reorder``."""

    probability: float


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Reports are sent twice; see ``duplicate``."""

    probability: float


@dataclass(frozen=True, slots=True)
class Drift:
    """The unit's clock is wrong; see ``clock_drift``."""

    offset_s: float
    parts_per_million: float = 0.0


Fault = Noise | Outage | Delay | Reorder | Duplicate | Drift


def through(
    stream: Stream, faults: Sequence[Fault], start_s: float, chance: np.random.Generator
) -> Faulty:
    """Send a stream through one fault after the other; ``start_s`` is where outages count from."""
    faulty = iter(stream)
    for fault in faults:
        faulty = _through_one(faulty, fault, start_s, chance)
    return faulty


def _through_one(
    stream: Stream, fault: Fault, start_s: float, chance: np.random.Generator
) -> Faulty:
    match fault:
        case Noise(sigma_m):
            return gnss_noise(stream, chance, sigma_m)
        case Outage(from_s, to_s, buffered):
            return outage(stream, start_s + from_s, start_s + to_s, buffered=buffered)
        case Delay(mean_s):
            return delay(stream, chance, mean_s)
        case Reorder(probability):
            return reorder(stream, chance, probability)
        case Duplicate(probability):
            return duplicate(stream, chance, probability)
        case Drift(offset_s, parts_per_million):
            return clock_drift(stream, offset_s, parts_per_million)
        case _:
            assert_never(fault)


def gnss_noise(stream: Stream, chance: np.random.Generator, sigma_m: float) -> Faulty:
    """Move each position by a normal error of ``sigma_m`` east, north and up, and say so.

    All heights of a report are off by the same, for they are one measurement. The accuracy said
    is that of 95 %: 2.45 times the error of one axis in the plane, and 1.96 times it in height.
    Reports without a position pass unchanged.
    """
    for item in stream:
        if isinstance(item, Moment):
            yield item
        else:
            yield Timed(item.sent_s, _noisy(item.report, chance, sigma_m))


def _noisy(report: Report, chance: np.random.Generator, sigma_m: float) -> Report:
    if report.longitude_deg is None or report.latitude_deg is None:
        return report
    frame = frame_at(report.longitude_deg, report.latitude_deg)
    error_m = chance.normal(0.0, sigma_m, (1, 3))
    place = frame.degrees(error_m[:, :2])[0]
    up_m = float(error_m[0, 2])
    return msgspec.structs.replace(
        report,
        longitude_deg=float(place[0]),
        latitude_deg=float(place[1]),
        altitude_hae_m=_plus(report.altitude_hae_m, up_m),
        altitude_msl_m=_plus(report.altitude_msl_m, up_m),
        height_ato_m=_plus(report.height_ato_m, up_m),
        height_agl_m=_plus(report.height_agl_m, up_m),
        horizontal_accuracy_m=round(2.45 * sigma_m, 2),
        vertical_accuracy_m=round(1.96 * sigma_m, 2),
    )


def _plus(height_m: float | None, up_m: float) -> float | None:
    return None if height_m is None else height_m + up_m


def outage(stream: Stream, start_s: float, end_s: float, *, buffered: bool) -> Faulty:
    """Let nothing through from ``start_s`` to before ``end_s``.

    A unit that buffers sends all of it at ``end_s``, oldest first; another one has lost it.
    """
    held: list[Report] = []
    for item in stream:
        if isinstance(item, Timed) and start_s <= item.sent_s < end_s:
            if buffered:
                held.append(item.report)
            continue
        if item.sent_s >= end_s and held:
            yield from (Timed(end_s, report) for report in held)
            held.clear()
        yield item
    yield from (Timed(end_s, report) for report in held)


def delay(stream: Stream, chance: np.random.Generator, mean_s: float) -> Faulty:
    """Hold each report back by an exponential time, so that some overtake others.

    What comes out is in the order of its new times.
    """
    waiting: list[tuple[float, int, Report]] = []
    for number, item in enumerate(stream):
        yield from _due(waiting, item.sent_s)
        if isinstance(item, Moment):
            yield item
        else:
            arrives_s = item.sent_s + float(chance.exponential(mean_s))
            heappush(waiting, (arrives_s, number, item.report))
    yield from _due(waiting, inf)


def _due(waiting: list[tuple[float, int, Report]], by_s: float) -> Iterator[Timed]:
    while waiting and waiting[0][0] <= by_s:
        at_s, _, held = heappop(waiting)
        yield Timed(at_s, held)


def reorder(stream: Stream, chance: np.random.Generator, probability: float) -> Faulty:
    """Let neighbours change places: each report with this probability comes after the next."""
    held: Timed | None = None
    for item in stream:
        if isinstance(item, Moment):
            yield item
        elif held is not None:
            yield Timed(held.sent_s, item.report)
            yield Timed(item.sent_s, held.report)
            held = None
        elif chance.random() < probability:
            held = item
        else:
            yield item
    if held is not None:
        yield held


def duplicate(stream: Stream, chance: np.random.Generator, probability: float) -> Faulty:
    """Send each report twice with this probability."""
    for item in stream:
        yield item
        if isinstance(item, Timed) and chance.random() < probability:
            yield item


def clock_drift(stream: Stream, offset_s: float, parts_per_million: float) -> Faulty:
    """Have the unit's clock wrong from the start and ever more so.

    Event times are moved; the times of sending are the world's and stay.
    """
    start_s: float | None = None
    for item in stream:
        if isinstance(item, Moment):
            yield item
            continue
        sent_s, report = item
        start_s = report.event_time_s if start_s is None else start_s
        drift_s = (report.event_time_s - start_s) * parts_per_million * 1e-6
        wrong_s = report.event_time_s + offset_s + drift_s
        yield Timed(sent_s, msgspec.structs.replace(report, event_time_s=wrong_s))


def is_in_order(stream: Stream) -> bool:
    """Tell whether a finite stream is sent in the order of its times."""
    return all(before.sent_s <= after.sent_s for before, after in pairwise(stream))
