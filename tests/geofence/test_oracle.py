"""The indexed, prepared, batched judgement against slow ones that cannot be wrong.

One oracle is the geometry library asked polygon by polygon, without an index and unprepared.
The other counts windings in fractions. Places lie on a grid of binary fractions of a degree,
so that edges, vertices and holes are hit exactly, and often.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon

from geofence.events import EventKind, Judged
from geofence.fixes import DOMAIN_CODES, Fixes
from geofence.fleet import Fleet
from geofence.frame import Frame, footprint, grown
from geofence.snapshot import Snapshot, build
from geofence.step import step
from geofence.validity import problems
from geofence.zone import (
    Area,
    HeightBand,
    HeightLimit,
    HeightReference,
    Volume,
    Zone,
    ZoneKind,
)
from tests.geofence.drawing import (
    SOUTH_DEG,
    STEP_DEG,
    WEST_DEG,
    domains,
    exact_areas,
    grid_place,
    polygons,
)

NAN = math.nan

pytestmark = pytest.mark.usefixtures("way_of_looking")


@dataclass(frozen=True, slots=True)
class Seen:
    """One fix of the law's own making: ``x`` and ``y`` in steps of the grid, ``None`` unknown."""

    device: int
    x: int | None
    y: int
    agl_m: float | None
    domain: str
    crossing: bool

    @property
    def place(self) -> tuple[float, float]:
        x = NAN if self.x is None else WEST_DEG + self.x * STEP_DEG
        return x, SOUTH_DEG + self.y * STEP_DEG


def fixes(rows: list[Seen]) -> Fixes:
    places = np.array([row.place for row in rows], np.float64).reshape(-1, 2)
    heights = [NAN if row.agl_m is None else row.agl_m for row in rows]
    unknown = np.full(len(rows), NAN)
    return Fixes(
        np.array([row.device for row in rows], np.int32),
        places[:, 0],
        places[:, 1],
        np.arange(len(rows), dtype=np.float64),
        np.array(heights, np.float64),
        unknown,
        unknown,
        np.array([DOMAIN_CODES[row.domain] for row in rows], np.int8),
        np.array([row.crossing for row in rows], np.bool_),
    )


# --- the exact oracle ---------------------------------------------------------------------------

Exact = tuple[Fraction, Fraction]


def exact(place: tuple[float, ...]) -> Exact:
    return Fraction(place[0]), Fraction(place[1])


def side(a: Exact, b: Exact, c: Exact) -> int:
    """On which side of the line from a to b the place c lies: 1 left, -1 right, 0 on it."""
    turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (turn > 0) - (turn < 0)


def on_edge(place: Exact, a: Exact, b: Exact) -> bool:
    return side(a, b, place) == 0 and all(
        min(one, other) <= at <= max(one, other) for at, one, other in zip(place, a, b, strict=True)
    )


def edges(polygon: Polygon) -> list[tuple[Exact, Exact]]:
    rings = [polygon.exterior, *polygon.interiors]
    return [pair for ring in rings for pair in pairwise([exact(one) for one in ring.coords])]


def holds_exactly(polygon: Polygon, place: Exact) -> bool:
    """By windings, holes included: their rings turn the other way round."""
    turns = 0
    for a, b in edges(shapely.geometry.polygon.orient(polygon)):
        if on_edge(place, a, b):
            return True
        if a[1] <= place[1] < b[1] and side(a, b, place) > 0:
            turns += 1
        if b[1] <= place[1] < a[1] and side(a, b, place) < 0:
            turns -= 1
    return turns != 0


def meet(a: Exact, b: Exact, c: Exact, d: Exact) -> bool:
    """Whether two segments have a place in common."""
    if on_edge(a, c, d) or on_edge(b, c, d) or on_edge(c, a, b) or on_edge(d, a, b):
        return True
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def passes_exactly(polygon: Polygon, a: Exact, b: Exact) -> bool:
    return holds_exactly(polygon, a) or any(meet(a, b, c, d) for c, d in edges(polygon))


def holds(ground: Polygon | MultiPolygon, place: tuple[float, float]) -> bool:
    found = bool(ground.intersects(Point(place)))
    parts = shapely.get_parts(ground)
    assert found is any(holds_exactly(part, exact(place)) for part in parts)
    return found


def passes(
    ground: Polygon | MultiPolygon, start: tuple[float, float], end: tuple[float, float]
) -> bool:
    if start == end:
        return holds(ground, end)
    found = bool(ground.intersects(LineString((start, end))))
    parts = shapely.get_parts(ground)
    assert found is any(passes_exactly(part, exact(start), exact(end)) for part in parts)
    return found


# --- the whole judgement, one fix and one volume after the other -----------------------------------


class Slow:
    """The rules of a step, written out without arrays, index or preparation."""

    def __init__(self, zones: list[Zone]) -> None:
        self.zones = zones
        self.ground = [[footprint(volume) for volume in zone.volumes] for zone in zones]
        self.outgrown = [
            [grown(one, zone.exit_margin_m) for one in outlines if zone.exit_margin_m]
            for zone, outlines in zip(zones, self.ground, strict=True)
        ]
        self.last: dict[int, tuple[float, float]] = {}
        self.held: dict[int, set[int]] = {}

    def is_over(self, slot: int, volume: int, seen: Seen) -> bool:
        if holds(self.ground[slot][volume], seen.place):
            return True
        if slot not in self.held.get(seen.device, set()) or not self.outgrown[slot]:
            return False
        return bool(self.outgrown[slot][volume].intersects(Point(seen.place)))

    def presence(self, slot: int, seen: Seen) -> str:
        """``in``, ``out`` or ``unknown``: the best of the zone's volumes."""
        zone, answers = self.zones[slot], set()
        for number, volume in enumerate(zone.volumes):
            if seen.domain not in zone.domains or not self.is_over(slot, number, seen):
                continue
            limit = volume.band.upper
            if limit is None or (seen.agl_m is not None and seen.agl_m <= limit.value_m):
                return "in"
            if seen.agl_m is None:
                answers.add("unknown")
        return "unknown" if answers else "out"

    def crosses(self, slot: int, seen: Seen) -> bool:
        start = self.last.get(seen.device)
        if not seen.crossing or start is None or seen.domain not in self.zones[slot].domains:
            return False
        return any(
            volume.band.upper is None and passes(ground, start, seen.place)
            for volume, ground in zip(self.zones[slot].volumes, self.ground[slot], strict=True)
        )

    def step(self, seen: Seen) -> tuple[set[int], set[tuple[EventKind, int]]]:
        """The slots that hold a fix, and what happened."""
        if seen.x is None:
            return set(), set()
        answers = {slot: self.presence(slot, seen) for slot in range(len(self.zones))}
        inside = {slot for slot, answer in answers.items() if answer == "in"}
        before = self.held.get(seen.device, set())
        held = inside | {slot for slot in before if answers[slot] == "unknown"}
        first = seen.device not in self.last
        enter = EventKind.FIRST_INSIDE if first else EventKind.ENTER
        happened = {(enter, slot) for slot in inside - before}
        happened |= {(EventKind.EXIT, slot) for slot in before - held}
        happened |= {
            (EventKind.CROSS, slot)
            for slot in range(len(self.zones))
            if slot not in inside | before and self.crosses(slot, seen)
        }
        self.last[seen.device], self.held[seen.device] = seen.place, held
        return inside, happened


def happened(judged: Judged, row: int) -> set[tuple[EventKind, int]]:
    return {(event.kind, event.slot) for event in judged.events if event.row == row}


# --- zones and ways on the grid ---------------------------------------------------------------------

no_band = st.just(HeightBand())
up_to = st.sampled_from([50.0, 100.0]).map(
    lambda limit_m: HeightBand(upper=HeightLimit(limit_m, HeightReference.AGL))
)


def mended(area: Area) -> Area:
    """Half of what is drawn by chance crosses itself: most cities would have to be thrown away."""
    if all(part.is_valid for part in shapely.get_parts(area.geometry)):
        return area
    around = area.geometry.convex_hull
    return Area(around) if isinstance(around, Polygon) else area


no_margin = st.just(0.0)
margins = st.sampled_from([0.0, 5.0, 15.0, 60.0])


@st.composite
def cities(
    draw: st.DrawFn,
    band: st.SearchStrategy[HeightBand] = no_band,
    margin: st.SearchStrategy[float] = no_margin,
) -> list[Zone]:
    zones = []
    for number in range(draw(st.integers(1, 5))):
        volumes = tuple(
            draw(st.lists(st.builds(Volume, exact_areas.map(mended), band), min_size=1, max_size=2))
        )
        zone = Zone(
            f"z{number}",
            ZoneKind.KEEP_OUT,
            "",
            volumes,
            draw(domains),
            exit_margin_m=draw(margin),
        )
        assume(not problems(zone))
        zones.append(zone)
    return zones


fix = st.builds(
    Seen,
    device=st.integers(0, 3),
    x=st.integers(-2, 32) | st.just(15) | st.none(),
    y=st.integers(-2, 32),
    agl_m=st.none() | st.sampled_from([0.0, 50.0, 75.0, 150.0]),
    domain=st.sampled_from(["road", "air"]),
    crossing=st.booleans() | st.just(True),
)
streams = st.lists(fix, max_size=24)
cuts = st.lists(st.integers(0, 24), max_size=4)


def batches(stream: list[Seen], cut: list[int]) -> list[list[Seen]]:
    marks = sorted({0, len(stream), *(one for one in cut if one <= len(stream))})
    return [stream[start:end] for start, end in pairwise(marks)]


@pytest.mark.requirement("A44-3")
@settings(max_examples=150, deadline=None)
@given(zones=cities(), stream=streams, cut=cuts)
def test_presence_crossings_and_events_are_those_of_the_slow_oracles(
    zones: list[Zone], stream: list[Seen], cut: list[int]
) -> None:
    slow, fleet, snapshot = Slow(zones), Fleet(), build(zones, 1)
    for batch in batches(stream, cut):
        fleet, judged = step(fleet, snapshot, fixes(batch))
        for row, seen in enumerate(batch):
            inside, events = slow.step(seen)
            assert set(judged.inside[row]) == inside
            assert happened(judged, row) == events


@pytest.mark.requirement("A44-3")
@settings(max_examples=40, deadline=None)
@given(zones=cities(margin=margins), stream=streams, cut=cuts)
def test_with_exit_margins_zones_hold_on_as_those_of_the_slow_oracle(
    zones: list[Zone], stream: list[Seen], cut: list[int]
) -> None:
    slow, fleet, snapshot = Slow(zones), Fleet(), build(zones, 1)
    for batch in batches(stream, cut):
        fleet, judged = step(fleet, snapshot, fixes(batch))
        for row, seen in enumerate(batch):
            inside, events = slow.step(seen)
            assert set(judged.inside[row]) == inside
            assert happened(judged, row) == events


@settings(max_examples=75, deadline=None)
@given(zones=cities(no_band | up_to, no_margin | margins), stream=streams, cut=cuts)
def test_with_height_bands_presence_entries_and_exits_are_those_of_the_slow_oracle(
    zones: list[Zone], stream: list[Seen], cut: list[int]
) -> None:
    slow, fleet, snapshot = Slow(zones), Fleet(), build(zones, 1)
    for batch in batches(stream, cut):
        fleet, judged = step(fleet, snapshot, fixes(batch))
        for row, seen in enumerate(batch):
            inside, events = slow.step(seen)
            assert set(judged.inside[row]) == inside
            assert not inside & set(judged.unknown[row])
            without_crossings = {one for one in events if one[0] is not EventKind.CROSS}
            found = {one for one in happened(judged, row) if one[0] is not EventKind.CROSS}
            assert found == without_crossings


def run(snapshot: Snapshot, parts: list[list[Seen]]) -> tuple[Fleet, list[tuple[object, ...]]]:
    fleet = Fleet()
    said: list[tuple[object, ...]] = []
    for part in parts:
        fleet, judged = step(fleet, snapshot, fixes(part))
        said += [
            (judged.devices[row], judged.inside[row], judged.unknown[row], happened(judged, row))
            for row in range(len(part))
        ]
    return fleet, said


@settings(max_examples=75, deadline=None)
@given(zones=cities(no_band | up_to, no_margin | margins), stream=streams, cut=cuts)
def test_however_a_stream_is_cut_into_batches_it_is_judged_the_same(
    zones: list[Zone], stream: list[Seen], cut: list[int]
) -> None:
    snapshot = build(zones, 1)
    whole, said_whole = run(snapshot, [stream])
    singly, said_singly = run(snapshot, [[seen] for seen in stream])
    cutted, said_cut = run(snapshot, batches(stream, cut))
    assert said_whole == said_singly == said_cut
    assert whole.held[: len(singly)] == singly.held == cutted.held[: len(singly)]


heights = st.none() | st.integers(-80, 2_400).map(lambda eighths: eighths / 8.0)
"""Exact: else a height a hair below a limit is rounded up to it by whoever looks along the way."""


@settings(max_examples=200, deadline=None)
@given(
    polygon=polygons,
    lower_m=st.none() | st.floats(0.0, 100.0),
    upper_m=st.none() | st.floats(100.0, 200.0),
    start=grid_place,
    end=grid_place,
    rises=st.tuples(heights, heights),
)
def test_a_way_is_clipped_to_the_band_as_if_looked_at_in_a_thousand_places(
    polygon: Polygon,
    lower_m: float | None,
    upper_m: float | None,
    start: tuple[int, int],
    end: tuple[int, int],
    rises: tuple[float | None, float | None],
) -> None:
    lower = None if lower_m is None else HeightLimit(lower_m, HeightReference.AGL)
    upper = None if upper_m is None else HeightLimit(upper_m, HeightReference.AGL)
    zone = Zone("z", ZoneKind.KEEP_OUT, "", (Volume(Area(polygon), HeightBand(lower, upper)),))
    assume(not problems(zone))
    way = [
        Seen(0, *place, rise, "air", crossing=True)
        for place, rise in zip((start, end), rises, strict=True)
    ]
    _, judged = step(Fleet(), build([zone], 1), fixes(way))
    share = np.linspace(0.0, 1.0, 1_001)
    here, there = (np.array(seen.place) for seen in way)
    over = shapely.intersects_xy(polygon, *(here + share[:, None] * (there - here)).T)
    low = -math.inf if lower_m is None else lower_m
    high = math.inf if upper_m is None else upper_m
    first, last = (NAN if rise is None else rise for rise in rises)
    height = first + share * (last - first)
    known = not np.isnan(height).any() or (lower is None and upper is None)
    within = (height >= low) & (height <= high) if known else np.zeros(1_001, np.bool_)
    if (over & (within if lower or upper else True)).any() and known:
        assert judged.events
    for event in judged.events:
        if event.kind is EventKind.CROSS:
            assert known
            assert polygon.distance(Point(event.longitude_deg, event.latitude_deg)) < 1e-9
            assert low - 1e-6 <= first + event.at_s * (last - first) <= high + 1e-6 or not (
                lower or upper
            )
    if not known and not judged.events and over[-1] and rises[1] is None:
        assert judged.unknown[1] == (0,)


def test_a_thousand_fixes_among_many_dense_zones_are_those_of_the_plain_geometry_library() -> None:
    chance = np.random.default_rng(20260302)
    frame = Frame(121.5, 31.2)
    zones = [_jagged(frame, chance, number) for number in range(120)]
    snapshot = build(zones, 1)
    vertices = np.concatenate([shapely.get_coordinates(footprint(z.volumes[0])) for z in zones])
    start = vertices[chance.integers(0, len(vertices), 1_000)]
    start = start + chance.normal(0.0, 3e-4, start.shape) * (chance.random((1_000, 1)) < 0.8)
    end = start + chance.normal(0.0, 2e-4, start.shape)
    fleet, first = step(Fleet(), snapshot, _walk(start, 0.0))
    fleet, second = step(fleet, snapshot, _walk(end, 1.0))
    ground = np.array([footprint(zone.volumes[0]) for zone in zones], dtype=object)
    before = shapely.intersects_xy(ground, start[:, :1], start[:, 1:])
    after = shapely.intersects_xy(ground, end[:, :1], end[:, 1:])
    ways = [[LineString(ends)] for ends in np.stack((start, end), axis=1)]
    passed = shapely.intersects(ground, np.array(ways, dtype=object)) & ~before & ~after
    assert first.inside == [tuple(np.flatnonzero(row).tolist()) for row in before]
    assert second.inside == [tuple(np.flatnonzero(row).tolist()) for row in after]
    told = {(event.row, event.slot, event.kind) for event in second.events}
    assert told == {
        *((row, slot, EventKind.ENTER) for row, slot in np.argwhere(after & ~before).tolist()),
        *((row, slot, EventKind.EXIT) for row, slot in np.argwhere(before & ~after).tolist()),
        *((row, slot, EventKind.CROSS) for row, slot in np.argwhere(passed).tolist()),
    }
    assert passed.sum() > 10


def _jagged(frame: Frame, chance: np.random.Generator, number: int) -> Zone:
    """A zone with 51 to 300 vertices within 3 km of the frame's origin."""
    count = int(chance.integers(51, 300))
    angle = np.linspace(0.0, 2.0 * math.pi, count, endpoint=False)
    reach = chance.uniform(20.0, 600.0) * (1.0 + 0.3 * chance.random(count))
    around = np.column_stack((np.cos(angle), np.sin(angle))) * reach[:, None]
    outline = frame.to_degrees(chance.uniform(-3_000.0, 3_000.0, 2) + around)
    return Zone(f"z{number}", ZoneKind.KEEP_OUT, "", (Volume(Area(Polygon(outline))),))


def _walk(lonlat_deg: np.ndarray, at_s: float) -> Fixes:
    count = len(lonlat_deg)
    unknown = np.full(count, NAN)
    return Fixes(
        np.arange(count, dtype=np.int32),
        lonlat_deg[:, 0],
        lonlat_deg[:, 1],
        np.full(count, at_s),
        unknown,
        unknown,
        unknown,
        np.zeros(count, np.int8),
        np.ones(count, np.bool_),
    )
