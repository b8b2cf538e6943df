"""What a day of data is worth: parts between 0 and 1, and their weighted mean as a score up to 100.

A part of which nothing is known is unknown, and no part of the mean: that nothing is said of the
accuracy is told by the items, where the rule set asks for it. What counts how much is the rule set's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from telemetry.data_items import DataItem
from telemetry.device_day import DAY_S, DeviceDay


class Part(StrEnum):
    """A part of the score."""

    ITEMS = "items"
    """The mandatory items are said."""
    RATE = "rate"
    """Reports come as often as they must, while any come."""
    GAPS = "gaps"
    """Who is under way is heard, and no numbers are missing."""
    LATENESS = "lateness"
    """Reports come soon after their time."""
    CLOCK = "clock"
    """The unit's clock is right."""
    ACCURACY = "accuracy"
    """What the receiver claims is good enough."""
    JUMPS = "jumps"
    """Positions follow from those before them."""


@dataclass(frozen=True, slots=True)
class Scale:
    """By what a day of one domain is scored."""

    mandatory: tuple[DataItem, ...]
    rate_min_hz: float
    silence_s: float
    """From here on not being heard is an interruption."""
    weights: Mapping[Part, float]
    """A part that is absent does not count."""
    nothing_at: Mapping[Part, float]
    """By part: from which share of what is bad on it is worth nothing, more than 0; 1 where absent."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """Interruptions of a day, with the one that goes on at its end."""

    count: int
    total_s: float
    longest_s: float


@dataclass(frozen=True, slots=True)
class Score:
    """What a day is worth, and why."""

    total: float | None
    """0 to 100; ``None`` where nothing is known."""
    parts: Mapping[Part, float | None]
    """0 to 1 each, those that count alone; ``None`` is unknown."""
    items: Mapping[DataItem, float]
    """Of each item the share of reports that said it; none where nothing was judged."""
    missing: tuple[DataItem, ...]
    """The mandatory items that not every report said."""
    rate_hz: float | None
    """While it was heard."""
    gaps: Gaps


def gaps_of(day: DeviceDay, silence_s: float, until_s: float, offset_s: float) -> Gaps:
    """Return the interruptions of a day up to a moment, ``until_s``, by the service's clock.

    Who was under way when it was heard last, and is not heard any more, is interrupted until the moment or
    the end of the day. ``offset_s``: local time less UTC.
    """
    told = day.quality
    silent_s = min(until_s, (day.day + 1) * DAY_S - offset_s) - day.last_s
    if not told.left_under_way or silent_s <= silence_s:
        return Gaps(told.gaps, told.gap_total_s, told.gap_longest_s)
    longest_s = max(told.gap_longest_s, silent_s)
    return Gaps(told.gaps + 1, told.gap_total_s + silent_s, longest_s)


def scored(day: DeviceDay, scale: Scale, until_s: float, offset_s: float) -> Score:
    """Return what a day is worth up to a moment; the times are those of ``gaps_of``."""
    gaps = gaps_of(day, scale.silence_s, until_s, offset_s)
    items = _items(day)
    rate_hz = _rate_hz(day)
    found = _found(day, scale, items, rate_hz, gaps)
    parts = {
        part: _worth(part, found[part], scale) for part in Part if scale.weights.get(part, 0) > 0
    }
    missing = tuple(item for item in scale.mandatory if items.get(item, 1.0) < 1.0)
    return Score(_total(parts, scale), parts, items, missing, rate_hz, gaps)


def _items(day: DeviceDay) -> dict[DataItem, float]:
    told = day.quality
    if not told.judged:
        return {}
    return {item: 1.0 - told.lacking.get(item, 0) / told.judged for item in DataItem}


def _rate_hz(day: DeviceDay) -> float | None:
    """Return how often it reported while it was heard; of one report nobody knows."""
    on_time = day.reports - day.late
    return on_time / day.online_s if day.online_s > 0 and on_time > 1 else None


def _found(
    day: DeviceDay,
    scale: Scale,
    items: Mapping[DataItem, float],
    rate_hz: float | None,
    gaps: Gaps,
) -> dict[Part, float | None]:
    """Return of each part the share that is good."""
    told = day.quality
    if not told.judged:
        return dict.fromkeys(Part)
    heard = _share(day.online_s, gaps.total_s)
    numbered = _share(told.judged, told.lost)
    return {
        Part.ITEMS: _mean(items[item] for item in scale.mandatory),
        Part.RATE: None if rate_hz is None else min(1.0, rate_hz / scale.rate_min_hz),
        Part.GAPS: None if heard is None or numbered is None else heard * numbered,
        Part.LATENESS: _good(told.timed + day.late, told.delayed + day.late),
        Part.CLOCK: _good(told.timed, told.skewed),
        Part.ACCURACY: _good(told.accuracy_said, told.inaccurate),
        Part.JUMPS: _good(told.judged - told.lacking.get(DataItem.POSITION, 0), told.jumps),
    }


def _mean(shares: Iterable[float]) -> float | None:
    found = tuple(shares)
    return sum(found) / len(found) if found else None


def _share(good: float, bad: float) -> float | None:
    return good / (good + bad) if good + bad > 0 else None


def _good(count: int, bad: int) -> float | None:
    return None if count <= 0 else 1.0 - bad / count


_ALL: Final = 1.0


def _worth(part: Part, good: float | None, scale: Scale) -> float | None:
    """Return what a share of good is worth: 1 where all is, falling to 0 where too much is bad."""
    if good is None:
        return None
    return min(_ALL, max(0.0, _ALL - (_ALL - good) / scale.nothing_at.get(part, _ALL)))


def _total(parts: Mapping[Part, float | None], scale: Scale) -> float | None:
    known = {part: worth for part, worth in parts.items() if worth is not None}
    weight = sum(scale.weights[part] for part in known)
    if not weight:
        return None
    return 100.0 * sum(scale.weights[part] * worth for part, worth in known.items()) / weight
