"""Whether two flights may be in each other's way: at the same time, at the same height, on the same ground.

Corridors are compared in a plane of their own middle, which is exact to some metres over a city: far less
than the minima between aircraft. What cannot be told is ``None``, never apart.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import cos, hypot, inf, radians

from permits.corridor import Height, OwnCorridor, Place
from permits.precondition_facts import GrantedFlight
from permits.terms import Terms
from permits.weekly_hours import both, week_between, week_of

_M_PER_DEG = 111_195.0
"""Of latitude, on the mean sphere."""
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Minima:
    """How far aircraft must stay apart: closer than both at once is too close."""

    horizontal_m: float
    vertical_m: float


def at_once(own: Terms, flight: GrantedFlight) -> bool:
    """Tell whether two flights have some time in common: of the hours of both, on a day that both have."""
    begins = max(own.valid_from, flight.valid_from)
    ends = min(own.valid_to, flight.valid_to)
    if begins >= ends:
        return False
    hours = both(week_of(own.hours), week_of(flight.hours))
    return bool(both(hours, week_between(begins, ends)))


def most_at_once(own: Terms, flights: Iterable[GrantedFlight]) -> int:
    """Return how many aircraft of other flights there are at most at one moment of a validity."""
    changes: list[tuple[datetime, int]] = []
    for each in flights:
        if at_once(own, each):
            changes.append((max(own.valid_from, each.valid_from), each.devices))
            changes.append((min(own.valid_to, each.valid_to), -each.devices))
    most = now = 0
    # Who leaves at a moment makes room for who comes.
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


def in_the_way(
    own: Terms, flight: GrantedFlight, limited: Mapping[str, float], minima: Minima | None
) -> bool | None:
    """Tell whether a granted flight is in the way of another; ``None`` where that cannot be told.

    ``limited``: the areas whose capacity is stated, which are shared up to it.
    """
    if not (flight.near and at_once(own, flight)):
        return False
    if own.corridor is not None and flight.corridor is not None:
        return None if minima is None else _meet(own.corridor, flight.corridor, minima)
    areas = own.zone_ids | flight.zone_ids
    shared = own.zone_ids & flight.zone_ids
    if areas and shared == areas and areas <= limited.keys():
        return False
    return None


def _meet(one: OwnCorridor, other: OwnCorridor, minima: Minima) -> bool:
    reach_m = one.half_width_m + other.half_width_m + minima.horizontal_m
    return _heights_meet(one, other, minima.vertical_m) and _distance_m(one, other) < reach_m


def _heights_meet(one: OwnCorridor, other: OwnCorridor, apart_m: float) -> bool:
    return not (_is_above(one, other, apart_m) or _is_above(other, one, apart_m))


def _is_above(one: OwnCorridor, other: OwnCorridor, apart_m: float) -> bool:
    """Heights of different references are not compared: nobody knows the ground between them."""
    lower, upper = one.lower, other.upper
    return _comparable(lower, upper) and _value(lower) - _value(upper) >= apart_m


def _comparable(lower: Height | None, upper: Height | None) -> bool:
    return lower is not None and upper is not None and lower.reference == upper.reference


def _value(height: Height | None) -> float:
    return inf if height is None else height.value_m


def _distance_m(one: OwnCorridor, other: OwnCorridor) -> float:
    origin = one.line[0]
    ours, theirs = (tuple(_plane(each.line, origin)) for each in (one, other))
    return min(_apart(a, b) for a in pairwise(ours) for b in pairwise(theirs))


def _plane(line: Iterable[Place], origin: Place) -> Iterator[Point]:
    east_m = _M_PER_DEG * cos(radians(origin[1]))
    for longitude, latitude in line:
        yield (longitude - origin[0]) * east_m, (latitude - origin[1]) * _M_PER_DEG


def _apart(one: tuple[Point, Point], other: tuple[Point, Point]) -> float:
    """Return the distance between two stretches; those that cross have none."""
    if _cross(one, other):
        return 0.0
    return min(
        *(_from_stretch(point, other) for point in one),
        *(_from_stretch(point, one) for point in other),
    )


def _cross(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    (a, b), (c, d) = one, other
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, point: Point) -> float:
    return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])


def _from_stretch(point: Point, stretch: tuple[Point, Point]) -> float:
    (ax, ay), (bx, by) = stretch
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else ((point[0] - ax) * dx + (point[1] - ay) * dy) / length
    along = min(1.0, max(0.0, along))
    return hypot(point[0] - ax - along * dx, point[1] - ay - along * dy)
