"""What a zone says of a place and of a way, worked out by hand.

Nothing here is asked of the code under test: not its outlines, its frames nor its calendars. Circles
and corridors are distances in a plane of its own, whose straight lines are those of longitude and
latitude; hours are intervals between dates. Where rounding or that plane may decide,
both answers are allowed, and it is told how often that was.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import shapely
from shapely import Polygon

from geofence.zone import (
    Area,
    Circle,
    HeightLimit,
    HeightReference,
    Schedule,
    Shape,
    Volume,
    Zone,
)

PLANE_M = 0.01
"""How far the plane below and the ellipsoid may differ over half a kilometre."""
SLACK = 1e-6
"""Of a way: less than a millimetre here, and more than what times since 1970 are rounded to."""

Pair = tuple[float, float]
Span = tuple[float, float]
"""A stretch of a way, as shares of it from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One fix: where, how high in each reference (``None`` is unknown), and when."""

    device: int
    place: Pair
    heights_m: dict[HeightReference, float | None]
    at_s: float
    domain: str
    crossing: bool

    @property
    def known(self) -> bool:
        return not math.isnan(self.place[0])


class Plane:
    """Metres east and north of a place, evenly stretched: true to a centimetre for 500 m."""

    def __init__(self, longitude_deg: float, latitude_deg: float) -> None:
        self.origin = longitude_deg, latitude_deg
        sine, flat = math.sin(math.radians(latitude_deg)), 0.0066943799901413165
        across_m = 6_378_137.0 / math.sqrt(1.0 - flat * sine * sine)
        along_m = across_m * (1.0 - flat) / (1.0 - flat * sine * sine)
        degree = math.pi / 180.0
        self.scale = (across_m * math.cos(math.radians(latitude_deg)) * degree, along_m * degree)

    def metres(self, place: Pair) -> Pair:
        east, north = (
            (at - origin) * scale
            for at, origin, scale in zip(place, self.origin, self.scale, strict=True)
        )
        return east, north

    def place(self, metres: Pair) -> Pair:
        longitude_deg, latitude_deg = (
            origin + at_m / scale
            for at_m, origin, scale in zip(metres, self.origin, self.scale, strict=True)
        )
        return longitude_deg, latitude_deg


@dataclass(frozen=True, slots=True)
class Stretches:
    """Where a way is in something: surely, and at most."""

    sure: tuple[Span, ...]
    may: tuple[Span, ...]


EVERYWHERE = Stretches(((0.0, 1.0),), ((0.0, 1.0),))
NOWHERE = Stretches((), ())


def between(a: Pair, b: Pair, share: float) -> Pair:
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])


# --- the ground ---------------------------------------------------------------------------------


def distance_m(place: Pair, a: Pair, b: Pair) -> float:
    """How far a place is from a straight piece, all in metres."""
    run = (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2
    along = ((place[0] - a[0]) * (b[0] - a[0]) + (place[1] - a[1]) * (b[1] - a[1])) / run
    return math.dist(place, between(a, b, min(1.0, max(0.0, along))))


def on_ground(plane: Plane, shape: Shape, place: Pair) -> frozenset[bool]:
    """Whether a place is over the ground of a shape; both, where the edge is too near to tell."""
    if isinstance(shape, Area):
        parts = shapely.get_parts(shape.geometry).tolist()
        found = {turns_around(part, place) for part in parts}
        if "in" in found or found == {"out"}:
            return frozenset({"in" in found})
        return frozenset({True} if len(parts) == 1 else {True, False})
    here = plane.metres(place)
    if isinstance(shape, Circle):
        beyond_m = math.dist(here, plane.metres((shape.longitude_deg, shape.latitude_deg)))
        beyond_m -= shape.radius_m
    else:
        pieces = pairwise([plane.metres((x, y)) for x, y in shape.line.coords])
        beyond_m = min(distance_m(here, *piece) for piece in pieces) - shape.half_width_m
    near = abs(beyond_m) < PLANE_M
    return frozenset({True, False} if near else {beyond_m <= 0.0})


def edges(polygon: Polygon) -> Iterator[tuple[Pair, Pair]]:
    for ring in (polygon.exterior, *polygon.interiors):
        yield from pairwise([(x, y) for x, y in ring.coords])


def side(a: Pair, b: Pair, c: Pair) -> float:
    """Exact for places of the grid: their differences are few bits long."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def turns_around(polygon: Polygon, place: Pair) -> str:
    """``in``, ``out`` or ``edge``: an odd number of edges lies to the east of a place inside."""
    odd = False
    for a, b in edges(polygon):
        turn = side(a, b, place)
        if turn == 0.0 and all(
            min(one, other) <= at <= max(one, other)
            for at, one, other in zip(place, a, b, strict=True)
        ):
            return "edge"
        if (a[1] <= place[1]) is not (b[1] <= place[1]):
            odd ^= (turn > 0.0) is (a[1] <= place[1])
    return "in" if odd else "out"


def over_ground(plane: Plane, shape: Shape, start: Pair, end: Pair) -> Stretches:
    if start == end:
        held = on_ground(plane, shape, end)
        whole = EVERYWHERE.sure
        return Stretches(whole if held == {True} else (), whole if True in held else ())
    if isinstance(shape, Area):
        polygons = shapely.get_parts(shape.geometry).tolist()
        parts = [over_polygon(each, start, end, alone=len(polygons) == 1) for each in polygons]
        return Stretches(
            tuple(span for part in parts for span in part.sure),
            tuple(span for part in parts for span in part.may),
        )
    a, b = plane.metres(start), plane.metres(end)
    if isinstance(shape, Circle):
        centre = plane.metres((shape.longitude_deg, shape.latitude_deg))
        sure = near_place(centre, shape.radius_m - PLANE_M, a, b)
        may = near_place(centre, shape.radius_m + PLANE_M, a, b)
        return Stretches(tuple(sure), tuple(may))
    pieces = list(pairwise([plane.metres((x, y)) for x, y in shape.line.coords]))
    within = [
        tuple(span for piece in pieces for span in near_piece(*piece, width_m, a, b))
        for width_m in (shape.half_width_m - PLANE_M, shape.half_width_m + PLANE_M)
    ]
    return Stretches(*within)


def over_polygon(polygon: Polygon, start: Pair, end: Pair, *, alone: bool) -> Stretches:
    """Cut the way at every edge and look at the middle of each cut.

    Edges of parts that are made one with others may have moved by a rounding.
    """
    met, along = set[float](), list[Span]()
    move = (end[0] - start[0], end[1] - start[1])
    for c, d in edges(polygon):
        turn = move[0] * (d[1] - c[1]) - move[1] * (d[0] - c[0])
        if turn != 0.0:
            share, across = side(c, d, start) / turn, -side(start, end, c) / turn
            if -SLACK <= share <= 1.0 + SLACK and -SLACK <= across <= 1.0 + SLACK:
                met.add(min(1.0, max(0.0, share)))
        elif side(start, end, c) == 0.0:
            axis = 0 if move[0] else 1
            ends = sorted((place[axis] - start[axis]) / move[axis] for place in (c, d))
            if ends[0] <= 1.0 and ends[1] >= 0.0:
                along.append((max(0.0, ends[0]), min(1.0, ends[1])))
                met |= set(along[-1])
    sure, may = list[Span](), list[Span]()
    for low, high in pairwise(sorted({0.0, *met, 1.0})):
        middle = turns_around(polygon, between(start, end, (low + high) / 2.0))
        on_edge = any(a <= low and high <= b for a, b in along)
        if (on_edge and alone) or (not on_edge and high - low > SLACK and middle == "in"):
            sure.append((low, high))
        elif on_edge or middle != "out":
            may.append((low, high))
    # Where on the way a bare touch is may be lost in rounding: then all of the way counts.
    touches = [(share, share) for share in met] if sure or not met else [(0.0, 1.0)]
    return Stretches(tuple(sure), widened([*sure, *may, *touches]))


def widened(spans: list[Span]) -> tuple[Span, ...]:
    return tuple((low - SLACK, high + SLACK) for low, high in spans)


def near_place(place: Pair, reach_m: float, a: Pair, b: Pair) -> list[Span]:
    """Where a way is within reach of a place: between the roots of a quadratic."""
    if reach_m < 0.0:
        return []
    run = math.dist(a, b)
    middle = ((place[0] - a[0]) * (b[0] - a[0]) + (place[1] - a[1]) * (b[1] - a[1])) / run
    beside = abs((place[0] - a[0]) * (b[1] - a[1]) - (place[1] - a[1]) * (b[0] - a[0])) / run
    if beside > reach_m:
        return []
    half = math.sqrt(reach_m * reach_m - beside * beside)
    return cut((middle - half) / run, (middle + half) / run)


def near_piece(c: Pair, d: Pair, reach_m: float, a: Pair, b: Pair) -> list[Span]:
    """Where a way is within reach of a straight piece: near its ends, or beside it."""
    long = math.dist(c, d)
    unit = (d[0] - c[0]) / long, (d[1] - c[1]) / long
    low, high = 0.0, 1.0
    for axis, least, most in ((unit, 0.0, long), ((-unit[1], unit[0]), -reach_m, reach_m)):
        first, last = ((at[0] - c[0]) * axis[0] + (at[1] - c[1]) * axis[1] for at in (a, b))
        begin, finish = while_between(first, last, least, most)
        low, high = max(low, begin), min(high, finish)
    spans = [*near_place(c, reach_m, a, b), *near_place(d, reach_m, a, b), *cut(low, high)]
    # A piece with round ends has no dents: the way is in it once.
    return cut(min(low for low, _ in spans), max(high for _, high in spans)) if spans else []


def while_between(first: float, last: float, least: float, most: float) -> Span:
    """The stretch on which what runs evenly from first to last lies between two values."""
    if first == last:
        return (0.0, 1.0) if least <= first <= most else (1.0, 0.0)
    ends = sorted((value - first) / (last - first) for value in (least, most))
    return ends[0], ends[1]


def cut(low: float, high: float) -> list[Span]:
    low, high = max(0.0, low), min(1.0, high)
    return [(low, high)] if low <= high else []


# --- heights and hours ----------------------------------------------------------------------------


def limits(volume: Volume) -> Iterator[tuple[HeightLimit, float]]:
    """The limits of a volume, each with the sign that makes its height not negative within it."""
    for limit, sign in ((volume.band.lower, 1.0), (volume.band.upper, -1.0)):
        if limit is not None:
            yield limit, sign


def between_heights(volume: Volume, seen: Seen) -> str:
    unknown = False
    for limit, sign in limits(volume):
        height_m = seen.heights_m[limit.reference]
        if height_m is None:
            unknown = True
        elif sign * (height_m - limit.value_m) < 0.0:
            return "out"
    return "unknown" if unknown else "in"


def open_hours(schedule: Schedule, from_s: float, to_s: float) -> Iterator[tuple[float, float]]:
    """The windows near two moments, as seconds since 1970."""
    shift = timedelta(seconds=schedule.utc_offset_s)
    first = (datetime.fromtimestamp(from_s, UTC) + shift).date() - timedelta(days=2)
    last = (datetime.fromtimestamp(to_s, UTC) + shift).date()
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if (schedule.valid_from or day) <= day <= (schedule.valid_to or day):
            midnight = datetime.combine(day, time(), UTC) - shift
            if not schedule.windows:
                yield midnight.timestamp(), midnight.timestamp() + 86_400.0 - 1e-5
            for window in schedule.windows:
                if day.weekday() in window.days:
                    assert isinstance(window.start, time)
                    assert isinstance(window.end, time)
                    opens = datetime.combine(day, window.start, UTC)
                    shuts = datetime.combine(day, window.end, UTC)
                    shuts += timedelta(days=shuts < opens)
                    yield (opens - shift).timestamp(), (shuts - shift).timestamp()


def in_hours(volume: Volume, at_s: float) -> bool:
    if volume.schedule is None:
        return True
    return any(opens <= at_s <= shuts for opens, shuts in open_hours(volume.schedule, at_s, at_s))


# --- volumes and zones ----------------------------------------------------------------------------

RANK = {"out": 0, "unknown": 1, "in": 2}


def presence(plane: Plane, zone: Zone, seen: Seen) -> frozenset[str]:
    """What may be said of a fix and a zone: of its volumes the best, of two grounds either."""
    answers = {"out"}
    if seen.domain in zone.domains:
        for volume in zone.volumes:
            limited = between_heights(volume, seen) if in_hours(volume, seen.at_s) else "out"
            said = {
                limited if held else "out" for held in on_ground(plane, volume.shape, seen.place)
            }
            answers = {max(one, other, key=RANK.__getitem__) for one in answers for other in said}
    return frozenset(answers)


@dataclass(frozen=True, slots=True)
class Passing:
    """What may be said of a way through a volume."""

    within: Stretches
    sure_of_heights: bool


def passing(plane: Plane, volume: Volume, start: Seen, end: Seen) -> Passing:
    ground = over_ground(plane, volume.shape, start.place, end.place)
    low, high, sure = 0.0, 1.0, True
    for limit, sign in limits(volume):
        first, last = start.heights_m[limit.reference], end.heights_m[limit.reference]
        if first is None or last is None:
            sure = False
            continue
        beyond = sign * (first - limit.value_m), sign * (last - limit.value_m)
        begin, finish = while_between(*beyond, 0.0, math.inf)
        low, high = max(low, begin), min(high, finish)
    hours = [(0.0, 1.0)]
    if volume.schedule is not None:
        hours = [
            while_between(start.at_s, end.at_s, opens, shuts)
            for opens, shuts in open_hours(volume.schedule, start.at_s, end.at_s)
        ]
    return Passing(
        Stretches(
            tuple(common(ground.sure, low, high, hours, -SLACK)),
            tuple(common(ground.may, low, high, hours, SLACK)),
        ),
        sure,
    )


def common(
    ground: tuple[Span, ...], low: float, high: float, hours: list[Span], slack: float
) -> Iterator[Span]:
    """The stretches over the ground, between the heights and in the hours at once."""
    for over in ground:
        for open_ in hours:
            begin, finish = max(over[0], low, open_[0]), min(over[1], high, open_[1])
            if begin - slack <= finish + slack:
                yield begin, finish
