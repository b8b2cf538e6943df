"""Devices that come too close to each other, now or soon.

All go straight on over the ground and climb evenly. Separation is lost where a pair is closer than
both minima at once, over the ground and in height. A height that is not known separates nobody:
such a pair is told as unknown.
"""

from dataclasses import dataclass
from enum import IntEnum
from itertools import combinations_with_replacement
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.grid import IntArray, spread
from geofence.judge import REFERENCES
from geofence.motion import Motion, apart_m, moved
from geofence.nearby import near, near_each_other
from geofence.places import HEIGHTS, LATITUDE, Places, known
from geofence.zone import HeightReference

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

MOST_REACH_M = 50_000.0
"""Of a device that would go farther, only its present place is looked at."""
HIGHEST_LATITUDE_DEG = 89.0
FULL_TURN_DEG = 360.0
HALF_WAY_SLACK = 1.001
"""A degree is not as long in the middle of a way as at its ends."""
SOON_S = float(np.nextafter(0.0, 1.0))
"""Any moment after now."""


class Separation(IntEnum):
    """How a pair is separated; whoever is not told is separated."""

    UNKNOWN = 1
    """Too close over the ground, and nobody knows the difference in height."""
    LOST = 2
    """Closer than both minima."""


@dataclass(frozen=True, slots=True)
class Minima:
    """How far devices must stay apart, by the codes of their domains.

    Both have shape (3, 3) and are symmetric: ``horizontal_m[1, 1]`` holds between two aircraft.
    Pairs of domains whose ``horizontal_m`` is not above zero (or NaN) are not compared. A
    ``vertical_m`` of infinity means that heights separate nobody, known or not.
    """

    horizontal_m: FloatArray
    vertical_m: FloatArray
    references: tuple[HeightReference, ...] = (
        HeightReference.HAE,
        HeightReference.AMSL,
        HeightReference.AGL,
    )
    """The first that both devices have a height of is compared. Heights above the ground count
    only as far as it is level: leave ``AGL`` out where it is not."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Devices at one moment; the arrays belong together."""

    here: Places
    """Shape (n, 6). A place that is not known is near nobody: see ``followed``."""
    domain: NDArray[np.int8]
    motion: Motion

    def followed(self, look_ahead_s: float) -> BoolArray:
        """Tell of which devices the motion is known too, (n,).

        Of the others only the present distances count: silence about them is not "separated".
        """
        return _followed(self.here, self.motion.velocity_mps(), look_ahead_s)


def _followed(here: Places, velocity_mps: FloatArray, look_ahead_s: float) -> BoolArray:
    with np.errstate(invalid="ignore", over="ignore"):
        reach_m = np.hypot(velocity_mps[:, 0], velocity_mps[:, 1]) * look_ahead_s
        level = np.abs(here[:, LATITUDE]) <= HIGHEST_LATITUDE_DEG
    return np.asarray(known(here) & level & (reach_m <= MOST_REACH_M), np.bool_)


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Pairs of devices, earliest first; arrays of shape (m,)."""

    first: IntArray
    second: IntArray
    """Rows of the traffic; the first is the lower."""
    state: NDArray[np.int8]
    """Of ``Separation``."""
    in_s: FloatArray
    """Until separation is lost, or until it is no longer known; 0 is now."""
    distance_m: FloatArray
    """Over the ground, now."""
    height_m: FloatArray
    """Between the heights now, never negative; NaN where it is not known."""
    closest_s: FloatArray
    """Until they are closest over the ground, within the look-ahead; 0 if they part."""
    closest_m: FloatArray
    """How close that is."""

    def __len__(self) -> int:
        return len(self.first)


_NO_ROWS, _NO_FIGURES = np.zeros(0, np.int64), np.zeros(0)
NONE = Conflicts(_NO_ROWS, _NO_ROWS, np.zeros(0, np.int8), *(_NO_FIGURES for _ in range(5)))
"""Everybody is separated."""


def conflicts(traffic: Traffic, minima: Minima, look_ahead_s: float) -> Conflicts:
    """Return the pairs that are closer than both minima, or will be within ``look_ahead_s``.

    A look-ahead of 0 tells the present ones alone. A distance of just the minimum is enough.
    Where a climb is not known, the heights are known now and at no later moment. Raises
    ``ValueError`` for a look-ahead that is negative or not finite.
    """
    ways = _ways(traffic, minima, look_ahead_s)
    return _found(ways, minima, look_ahead_s, *_candidates(ways, minima, look_ahead_s))


def _found(
    ways: "_Ways", minima: Minima, look_ahead_s: float, first: IntArray, second: IntArray
) -> Conflicts:
    """Those of some pairs of rows that are in conflict."""
    if not len(first):
        return NONE
    pairs = _approaches(ways, minima, first, second)
    close = _while_within(pairs, minima.horizontal_m[pairs.domains])
    surely, perhaps = _while_level(pairs, minima.vertical_m[pairs.domains])
    lost_s = _first_common(close, surely, look_ahead_s)
    lost = np.isfinite(lost_s)
    in_s = np.where(lost, lost_s, _first_common(close, perhaps, look_ahead_s))
    state = np.where(lost, Separation.LOST, Separation.UNKNOWN).astype(np.int8)
    return _told(pairs, state, in_s, look_ahead_s)


@dataclass(frozen=True, slots=True)
class Corridors:
    """Which devices are in which corridors: pairs of a row of the traffic and a slot, (k,)."""

    row: IntArray
    slot: IntArray


def head_on(
    traffic: Traffic,
    minima: Minima,
    look_ahead_s: float,
    corridors: Corridors,
    opposite_within_deg: float,
) -> Conflicts:
    """Return those conflicts in which two approach on opposite courses in one corridor.

    Their tracks differ by 180°, give or take ``opposite_within_deg``, both move, and they have
    not yet passed. Devices whose motion is not known have no course. Else as ``conflicts``, and
    cheaper than to pick them from those: most pairs are left out before they are followed.
    """
    ways = _ways(_only(traffic, corridors.row), minima, look_ahead_s)
    first, second = _candidates(ways, minima, look_ahead_s)
    opposed = _opposite(traffic.motion, first, second, opposite_within_deg)
    first, second = first[opposed], second[opposed]
    together = _share_a_corridor(corridors, first, second)
    found = _found(ways, minima, look_ahead_s, first[together], second[together])
    return _picked(found, (found.closest_s > 0.0).nonzero()[0])


def _only(traffic: Traffic, row: IntArray) -> Traffic:
    """The same rows, of which only these are somewhere."""
    here = np.full_like(traffic.here, np.nan)
    here[row] = traffic.here[row]
    return Traffic(here, traffic.domain, traffic.motion)


def _opposite(motion: Motion, first: IntArray, second: IntArray, within_deg: float) -> BoolArray:
    track_deg, moves = motion.track_deg, motion.ground_mps > 0.0
    with np.errstate(invalid="ignore"):
        turn_deg = np.abs(track_deg[first] - track_deg[second]) % FULL_TURN_DEG
        opposite = np.abs(turn_deg - FULL_TURN_DEG / 2.0) <= within_deg
    return np.asarray(opposite & moves[first] & moves[second], np.bool_)


# --- who comes near whom ------------------------------------------------------------------------


class _Pairs(NamedTuple):
    """Pairs that may come within their minimum; arrays of shape (m,) and (m, 2)."""

    first: IntArray
    second: IntArray
    domains: tuple[NDArray[np.int8], NDArray[np.int8]]
    apart_m: FloatArray
    """From the first to the second, now."""
    apart_mps: FloatArray
    """How that changes; zero where the motion of either is not known."""
    height_m: FloatArray
    """Of the second above the first, now; NaN where it is not known."""
    height_mps: FloatArray
    """How that changes; NaN where it is not known."""


class _Ways(NamedTuple):
    """Where devices go; arrays of shape (n,) or (n, 2)."""

    here: Places
    domain: NDArray[np.int8]
    located: FloatArray
    """Longitude and latitude; NaN where they are not known."""
    followed: BoolArray
    velocity_mps: FloatArray
    """Zero for those that are not followed."""
    climb_mps: FloatArray
    """NaN where it is not known."""


def _ways(traffic: Traffic, minima: Minima, look_ahead_s: float) -> _Ways:
    if not 0.0 <= look_ahead_s < np.inf:
        msg = f"expected a look-ahead in seconds, got {look_ahead_s}"
        raise ValueError(msg)
    if np.isnan(minima.vertical_m[minima.horizontal_m > 0.0]).any():
        msg = "expected a vertical minimum wherever there is a horizontal one; infinity is none"
        raise ValueError(msg)
    here, velocity_mps = traffic.here, traffic.motion.velocity_mps()
    followed = _followed(here, velocity_mps, look_ahead_s)
    climb_mps = traffic.motion.climb_mps
    return _Ways(
        here,
        traffic.domain,
        np.where(known(here)[:, None], here[:, :2], np.nan),
        followed,
        np.where(followed[:, None], velocity_mps, 0.0),
        np.where(followed & np.isfinite(climb_mps), climb_mps, np.nan),
    )


def _candidates(ways: _Ways, minima: Minima, look_ahead_s: float) -> tuple[IntArray, IntArray]:
    """Pairs of rows, the first the lower, whose ways come within their minimum of each other."""
    middle, half_m = _halfway(ways, look_ahead_s)
    found = [np.zeros((2, 0), np.int64)]
    for one, other in combinations_with_replacement(range(len(minima.horizontal_m)), 2):
        if minima.horizontal_m[one, other] > 0.0:
            reach_m = half_m + minima.horizontal_m[one, other] / 2.0 * HALF_WAY_SLACK
            of, to = (ways.domain == one).nonzero()[0], (ways.domain == other).nonzero()[0]
            pairs = (
                near_each_other(middle[of], reach_m[of])
                if one == other
                else near(middle[of], reach_m[of], middle[to], reach_m[to])
            )
            found.append(np.sort((of[pairs.first], to[pairs.second]), axis=0))
    first, second = np.concatenate(found, axis=1)
    return first, second


def _halfway(ways: _Ways, look_ahead_s: float) -> tuple[FloatArray, FloatArray]:
    """The middles of the ways (n, 2), and how far a device is from it at most (n,)."""
    # Whatever a device does meanwhile, it does within half its way of the middle of it.
    half = ways.velocity_mps * (look_ahead_s / 2.0)
    moves = half.any(axis=1)
    if not moves.any():
        return ways.located, np.zeros(len(half))
    middle = ways.located.copy()
    middle[moves] = moved(ways.located[moves], half[moves])
    return middle, np.hypot(half[:, 0], half[:, 1]) * HALF_WAY_SLACK


def _approaches(ways: _Ways, minima: Minima, first: IntArray, second: IntArray) -> _Pairs:
    both = ways.followed[first] & ways.followed[second]
    velocity_mps, climb_mps = ways.velocity_mps, ways.climb_mps
    return _Pairs(
        first,
        second,
        (ways.domain[first], ways.domain[second]),
        apart_m(ways.located[first], ways.located[second]),
        np.where(both[:, None], velocity_mps[second] - velocity_mps[first], 0.0),
        _height_between(ways.here, minima.references, first, second),
        climb_mps[second] - climb_mps[first],
    )


def _height_between(
    here: Places, references: tuple[HeightReference, ...], first: IntArray, second: IntArray
) -> FloatArray:
    between = np.full(len(first), np.nan)
    for column in (HEIGHTS.start + REFERENCES.index(each) for each in references):
        height_m = here[second, column] - here[first, column]
        between = np.where(np.isfinite(between), between, height_m)
    return np.where(np.isfinite(between), between, np.nan)


# --- when ---------------------------------------------------------------------------------------


class _While(NamedTuple):
    """From when until when something holds, ends not included; nothing where begin >= end."""

    begin_s: FloatArray
    end_s: FloatArray


def _holding(where: BoolArray, begin_s: FloatArray | float, end_s: FloatArray | float) -> _While:
    return _While(np.where(where, begin_s, np.inf), np.where(where, end_s, -np.inf))


def _while_within(pairs: _Pairs, limit_m: FloatArray) -> _While:
    """While the pairs are closer over the ground than a limit: between the roots of a quadratic."""
    square = np.sum(pairs.apart_mps**2, axis=1)
    half = np.sum(pairs.apart_m * pairs.apart_mps, axis=1)
    rest = np.sum(pairs.apart_m**2, axis=1) - limit_m**2
    root = half**2 - square * rest
    with np.errstate(all="ignore"):
        wide = np.sqrt(np.maximum(root, 0.0))
        moving = _holding(root > 0.0, (-half - wide) / square, (-half + wide) / square)
    still = _holding(rest < 0.0, -np.inf, np.inf)
    return _While(
        np.where(square > 0.0, moving.begin_s, still.begin_s),
        np.where(square > 0.0, moving.end_s, still.end_s),
    )


def _while_level(pairs: _Pairs, limit_m: FloatArray) -> tuple[_While, _While]:
    """While the pairs are closer in height than a limit: surely, and for all that is known."""
    height_m, rate = pairs.height_m, pairs.height_mps
    free, now = np.isinf(limit_m), np.abs(height_m) < limit_m
    with np.errstate(all="ignore"):
        one, other = (-limit_m - height_m) / rate, (limit_m - height_m) / rate
    moving = (rate != 0.0) & ~np.isnan(rate) & (limit_m > 0.0)
    begin_s = np.where(moving, np.minimum(one, other), -np.inf)
    # Without a climb the heights are known now and at no later moment.
    end_s = np.where(moving, np.maximum(one, other), np.where(np.isnan(rate), SOON_S, np.inf))
    held = free | now | (moving & ~np.isnan(height_m))
    surely = _holding(held, np.where(free, -np.inf, begin_s), np.where(free, np.inf, end_s))
    unknown = ~free & (np.isnan(height_m) | np.isnan(rate))
    later = np.where(np.isnan(height_m) | now, -np.inf, SOON_S)
    perhaps = _While(
        np.where(unknown, later, surely.begin_s), np.where(unknown, np.inf, surely.end_s)
    )
    return surely, perhaps


def _first_common(one: _While, other: _While, look_ahead_s: float) -> FloatArray:
    """The first moment from now on at which both hold; infinity where there is none in time."""
    begin_s = np.maximum(np.maximum(one.begin_s, other.begin_s), 0.0)
    common = (begin_s < np.minimum(one.end_s, other.end_s)) & (begin_s <= look_ahead_s)
    return np.where(common, begin_s, np.inf)


# --- what is told -------------------------------------------------------------------------------


def _told(
    pairs: _Pairs, state: NDArray[np.int8], in_s: FloatArray, look_ahead_s: float
) -> Conflicts:
    square = np.sum(pairs.apart_mps**2, axis=1)
    half = -np.sum(pairs.apart_m * pairs.apart_mps, axis=1)
    closest_s = np.divide(half, square, out=np.zeros(len(half)), where=square > 0.0)
    closest_s = np.clip(closest_s, 0.0, look_ahead_s)
    closest = pairs.apart_m + pairs.apart_mps * closest_s[:, None]
    every = Conflicts(
        pairs.first,
        pairs.second,
        state,
        in_s,
        np.hypot(pairs.apart_m[:, 0], pairs.apart_m[:, 1]),
        np.abs(pairs.height_m),
        closest_s,
        np.hypot(closest[:, 0], closest[:, 1]),
    )
    order = np.lexsort((pairs.second, pairs.first, in_s))
    return _picked(every, order[: int(np.isfinite(in_s).sum())])


def _picked(found: Conflicts, which: IntArray) -> Conflicts:
    return Conflicts(*(getattr(found, name)[which] for name in found.__slots__))


def _share_a_corridor(corridors: Corridors, first: IntArray, second: IntArray) -> BoolArray:
    slots = int(corridors.slot.max(initial=0)) + 1
    order = np.argsort(corridors.row, kind="stable")
    row, slot = corridors.row[order], corridors.slot[order]
    begin = np.searchsorted(row, first)
    pair, item = spread(begin, np.searchsorted(row, first, side="right") - begin)
    common = np.isin(second[pair] * slots + slot[item], row * slots + slot)
    return np.bincount(pair[common], minlength=len(first)) > 0
