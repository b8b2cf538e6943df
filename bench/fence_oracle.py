"""What must happen on the benchmark's tracks, found out the long way.

Zone by zone, every device that comes by, by plain shapely: no grid, no index, nothing of
``geofence`` but the zones' own description and what outline a margin makes of theirs. The one short
cut is the zone's bounding box, outside of which no shape can be met.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon

from bench.fence_tracks import Tracks
from bench.fence_world import FloatArray, World, outline
from geofence.events import EventKind
from geofence.fixes import DOMAIN_CODES
from geofence.frame import grown
from geofence.zone import HeightBand, HeightReference, Schedule, SunTime, Zone

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]
DAY_S: Final = 86_400.0


class Event(NamedTuple):
    """What happened between a device and a zone, at the fix with this number."""

    kind: EventKind
    device: int
    zone: int
    fix: int


def expected(world: World, tracks: Tracks) -> list[Event]:
    """Return every event of the tracks, by the number of the fix."""
    numbers, reach = tracks.numbers(), _boxes(tracks)
    found: list[Event] = []
    for number, zone in enumerate(world.zones):
        found.extend(_of_a_zone(zone, number, tracks, numbers, reach))
    return sorted(found, key=lambda event: event.fix)


def containment(world: World, tracks: Tracks, end: int) -> set[tuple[int, int]]:
    """Return pairs of a fix, numbered below ``end``, and a zone on whose ground it is."""
    place = tracks.arrival[:end]
    x, y = tracks.longitude_deg.ravel()[place], tracks.latitude_deg.ravel()[place]
    pairs: set[tuple[int, int]] = set()
    for number, polygon in enumerate(world.outlines):
        west, south, east, north = polygon.bounds
        near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
        held = near[shapely.intersects_xy(polygon, x[near], y[near])]
        pairs.update((fix, number) for fix in held.tolist())
    return pairs


def in_corridor(corridors: Sequence[Polygon], tracks: Tracks) -> BoolArray:
    """Tell for each fix, by its number, whether it lies in its device's own corridor."""
    device = tracks.arrival % tracks.devices
    own = np.array(corridors, np.object_)[device]
    x = tracks.longitude_deg.ravel()[tracks.arrival]
    y = tracks.latitude_deg.ravel()[tracks.arrival]
    return np.asarray(shapely.intersects(own, shapely.points(x, y)), np.bool_)


class _Boxes(NamedTuple):
    """The box of the way to each fix from the one before; arrays (steps, devices)."""

    west: FloatArray
    south: FloatArray
    east: FloatArray
    north: FloatArray

    def meet(self, bounds: tuple[float, float, float, float]) -> BoolArray:
        west, south, east, north = bounds
        across = (self.west <= east) & (self.east >= west)
        return np.asarray(across & (self.south <= north) & (self.north >= south), np.bool_)


def _boxes(tracks: Tracks) -> _Boxes:
    x, y = tracks.longitude_deg, tracks.latitude_deg
    before_x, before_y = np.vstack((x[:1], x[:-1])), np.vstack((y[:1], y[:-1]))
    return _Boxes(
        np.minimum(x, before_x),
        np.minimum(y, before_y),
        np.maximum(x, before_x),
        np.maximum(y, before_y),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Passers:
    """The devices that come by a zone; arrays (steps, devices that come by)."""

    x: FloatArray
    y: FloatArray
    at_s: FloatArray
    up_m: dict[HeightReference, FloatArray]
    near: BoolArray
    """Whether the box of the way to a fix meets the zone's."""


def _of_a_zone(
    zone: Zone, number: int, tracks: Tracks, numbers: IntArray, reach: _Boxes
) -> Iterator[Event]:
    polygon = outline(zone)
    near = reach.meet(polygon.bounds)
    concerned = np.isin(tracks.domain, [DOMAIN_CODES[domain] for domain in zone.domains])
    devices = np.flatnonzero(near.any(axis=0) & concerned)
    if not devices.size:
        return
    at = _passers(tracks, devices, near)
    inside = _inside(zone, polygon, at)
    first, before, after = inside[0], inside[:-1], inside[1:]
    crossed = _crossed(zone, polygon, at, inside)
    for kind, step, where in (
        (EventKind.FIRST_INSIDE, 0, first[None, :]),
        (EventKind.ENTER, 1, after & ~before),
        (EventKind.EXIT, 1, before & ~after),
        (EventKind.CROSS, 1, crossed),
    ):
        steps, columns = np.nonzero(where)
        whose = devices[columns]
        fixes = numbers[steps + step, whose]
        for device, fix in zip(whose.tolist(), fixes.tolist(), strict=True):
            yield Event(kind, device, number, fix)


def _passers(tracks: Tracks, devices: IntArray, near: BoolArray) -> _Passers:
    return _Passers(
        tracks.longitude_deg[:, devices],
        tracks.latitude_deg[:, devices],
        tracks.at_s[:, devices],
        {
            HeightReference.AGL: tracks.agl_m[:, devices],
            HeightReference.AMSL: tracks.amsl_m[:, devices],
            HeightReference.HAE: tracks.hae_m[:, devices],
        },
        near[:, devices],
    )


def _inside(zone: Zone, polygon: Polygon, at: _Passers) -> BoolArray:
    """Tell where a passer is in the zone, or has not left it; without a height that decides it is not."""
    ground = np.asarray(shapely.intersects_xy(polygon, at.x, at.y), np.bool_)
    allowed = _allowed(zone, at)
    inside = ground & allowed
    if zone.exit_margin_m:
        outgrown = shapely.intersects_xy(grown(polygon, zone.exit_margin_m), at.x, at.y) & allowed
        for step in range(1, len(inside)):
            inside[step] |= inside[step - 1] & outgrown[step]
    return inside


def _allowed(zone: Zone, at: _Passers) -> BoolArray:
    """Tell where a passer is within the heights and hours of the zone."""
    allowed = np.ones(at.x.shape, np.bool_)
    for reference, low_m, high_m in limits(zone.volumes[0].band):
        # A comparison with an unknown height is false.
        allowed &= (at.up_m[reference] >= low_m) & (at.up_m[reference] <= high_m)
    hours = zone.volumes[0].schedule
    return allowed if hours is None else allowed & holding(hours, at.at_s)


def _crossed(zone: Zone, polygon: Polygon, at: _Passers, inside: BoolArray) -> BoolArray:
    """Tell which steps lead through the zone, from outside to outside."""
    asked = at.near[1:] & ~inside[1:] & ~inside[:-1]
    crossed = np.zeros_like(asked)
    step, column = np.nonzero(asked)
    if not step.size:
        return crossed
    starts = np.column_stack((at.x[step, column], at.y[step, column]))
    ends = np.column_stack((at.x[step + 1, column], at.y[step + 1, column]))
    shapely.prepare(polygon)
    lines = shapely.linestrings(np.stack((starts, ends), axis=1))
    met = np.flatnonzero(shapely.intersects(polygon, lines))
    volume = zone.volumes[0]
    if volume.schedule is not None or limits(volume.band):
        met = np.array(
            [
                index
                for index in met.tolist()
                if _passes(zone, polygon, at, int(step[index]), int(column[index]))
            ],
            np.intp,
        )
    crossed[step[met], column[met]] = True
    return crossed


def _passes(zone: Zone, polygon: Polygon, at: _Passers, step: int, column: int) -> bool:
    """Tell whether a way over the zone's ground is somewhere in its band and hours at once."""
    here, there = (step, column), (step + 1, column)
    start, end = (float(at.x[here]), float(at.y[here])), (float(at.x[there]), float(at.y[there]))
    up_m = {
        reference: (float(heights[here]), float(heights[there]))
        for reference, heights in at.up_m.items()
    }
    return passes(zone, polygon, start, end, up_m, (float(at.at_s[here]), float(at.at_s[there])))


def passes(
    zone: Zone,
    polygon: Polygon,
    start: tuple[float, float],
    end: tuple[float, float],
    up_m: dict[HeightReference, tuple[float, float]],
    at_s: tuple[float, float],
) -> bool:
    """Tell whether a way that meets a zone's ground is somewhere in its band and hours at once.

    Heights and times run evenly from the start of the way to its end.
    """
    volume = zone.volumes[0]
    spans = over_ground(polygon, start, end)
    for reference, low_m, high_m in limits(volume.band):
        spans = _both(spans, between(*up_m[reference], low_m, high_m))
    if volume.schedule is not None:
        first_s, last_s = at_s
        spans = [
            each
            for opens_s, closes_s in windows(volume.schedule, first_s)
            for each in _both(spans, between(first_s, last_s, opens_s, closes_s))
        ]
    return bool(spans)


Span = tuple[float, float]
"""A stretch of a way, as shares of it from 0 to 1."""


def over_ground(
    polygon: Polygon, start: tuple[float, float], end: tuple[float, float]
) -> list[Span]:
    """Return the stretches of a way over a polygon that it meets.

    Where rounding leaves nothing of a bare touch, the whole way counts.
    """
    line = LineString((start, end))
    if line.length == 0.0:
        return [(0.0, 1.0)]
    axis = 0 if abs(end[0] - start[0]) >= abs(end[1] - start[1]) else 1
    spans = []
    for part in shapely.get_parts(line.intersection(polygon)):
        along = (shapely.get_coordinates(part)[:, axis] - start[axis]) / (end[axis] - start[axis])
        if len(along):
            spans.append((max(0.0, float(along.min())), min(1.0, float(along.max()))))
    return spans or [(0.0, 1.0)]


def between(first: float, last: float, low: float, high: float) -> Span | None:
    """Return the stretch on which a number that runs evenly lies within limits."""
    if np.isnan(first) or np.isnan(last):
        return None
    if first == last:
        return (0.0, 1.0) if low <= first <= high else None
    one, other = (low - first) / (last - first), (high - first) / (last - first)
    begin, end = max(0.0, min(one, other)), min(1.0, max(one, other))
    return (begin, end) if begin <= end else None


def _both(spans: list[Span], other: Span | None) -> list[Span]:
    if other is None:
        return []
    cut = [(max(begin, other[0]), min(end, other[1])) for begin, end in spans]
    return [(begin, end) for begin, end in cut if begin <= end]


def limits(band: HeightBand) -> list[tuple[HeightReference, float, float]]:
    """Return the limits of a band, each with what it is measured from."""
    found = []
    if band.lower is not None:
        found.append((band.lower.reference, band.lower.value_m, np.inf))
    if band.upper is not None:
        found.append((band.upper.reference, -np.inf, band.upper.value_m))
    return found


def windows(hours: Schedule, near_s: float) -> list[Span]:
    """Return when a schedule holds on the day of a moment, and what is left of the day before.

    In seconds since 1970. For schedules that hold every day in windows of less than a day.
    """
    local_s = near_s + hours.utc_offset_s
    midnight_s = local_s - local_s % DAY_S - hours.utc_offset_s
    found: list[Span] = []
    for window in hours.windows:
        opens_s, closes_s = _seconds(window.start), _seconds(window.end)
        closes_s += DAY_S if closes_s < opens_s else 0.0
        days_s = (midnight_s - DAY_S, midnight_s)
        found.extend((day_s + opens_s, day_s + closes_s) for day_s in days_s)
    return found


def holding(hours: Schedule, at_s: FloatArray) -> BoolArray:
    """Tell at which moments, all of one day, a schedule holds."""
    held = np.zeros(at_s.shape, np.bool_)
    for opens_s, closes_s in windows(hours, float(at_s.min())):
        held |= (at_s >= opens_s) & (at_s <= closes_s)
    return held


def _seconds(moment: time | SunTime) -> float:
    if isinstance(moment, SunTime):
        msg = f"the oracle reckons no {moment}: the world has clock times alone"
        raise TypeError(msg)
    since = datetime.combine(datetime(1970, 1, 1, tzinfo=UTC), moment, UTC)
    return since.timestamp()


@dataclass(frozen=True, slots=True)
class Difference:
    """How what was seen differs from what must happen."""

    expected: int
    missing: tuple[Event, ...]
    invented: tuple[Event, ...]
    doubled: int
    """Said again, each time beyond the first."""

    def problems(self) -> list[str]:
        """Return what is wrong, with an example of each; nothing when nothing is."""
        found = []
        for what, events in (("missing", self.missing), ("invented", self.invented)):
            if events:
                found.append(f"{len(events)} events {what}, the first is {events[0]}")
        if self.doubled:
            found.append(f"{self.doubled} events were said twice")
        if not self.expected:
            found.append("nothing was to happen: that shows nothing")
        return found


def compare(must: Sequence[Event], seen: Sequence[Event]) -> Difference:
    """Hold what was seen against what must happen."""
    wanted, told = set(must), set(seen)
    return Difference(
        len(wanted),
        tuple(sorted(wanted - told, key=_by_fix)),
        tuple(sorted(told - wanted, key=_by_fix)),
        len(seen) - len(told),
    )


def _by_fix(event: Event) -> tuple[int, int, int, str]:
    return event.fix, event.device, event.zone, event.kind
