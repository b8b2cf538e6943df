"""What a vehicle drove along a road: its fixes matched to the road's line, with the way they go.

A fix is on a road, off it, or does not tell. Only what is on it is joined: two fixes that are on it and no further
apart than somebody may be silent, whatever lies between and does not tell. So a fix that errs beside the
road breaks nothing; and who drives on the road beside it, where receivers err by its distance, is never on it.

What comes out depends on the fixes alone, and neither on their order nor on how often each is given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from geofence.road_lines import ROAD_M, BoolArray, FloatArray, IntArray, Placed, RoadLine

MIXED: Final = -1
"""The mode of a way in which it changed: of that nobody knows where."""
UNSAID_M: Final = 10.0
"""What a receiver that does not say so may be off by, among buildings."""
LEFT_AFTER_S: Final = 3.0
"""Who is off the road for longer has left it; a fix or two that jumped away have no such time."""
NEARER_M: Final = 5.0
"""Of two roads the one that is nearer by more is the one that a vehicle is on; else it is on both, which are
one road that two zones have."""
FASTEST_MPS: Final = 70.0
"""What is faster than 252 km/h is no way of a road vehicle."""
DETOUR: Final = 2.0
"""A bend makes the way along a road so much longer than the straight one, between two reports."""
COURSE_FROM_MPS: Final = 1.5
"""Slower, and the course that a receiver tells is noise."""
STEP_M: Final = 5.0
"""Two fixes that are further apart tell which way one goes, where the unit does not."""
CAME_FROM: Final = (1, 2, 4, 8)
"""Which fix before is asked in turn, until one is so far: at 10 Hz the one before is never."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The fixes of one vehicle, arrays (n,); NaN is what one does not say."""

    at_s: FloatArray
    longitude_deg: FloatArray
    latitude_deg: FloatArray
    accuracy_m: FloatArray
    course_deg: FloatArray
    """Over ground, clockwise from north."""
    speed_mps: FloatArray
    mode: IntArray
    """Who drives, by numbers of the caller; none is ``MIXED``."""

    def of(self, rows: IntArray) -> "Trace":
        """Return some of its fixes."""
        return Trace(
            self.at_s[rows], self.longitude_deg[rows], self.latitude_deg[rows],
            self.accuracy_m[rows], self.course_deg[rows], self.speed_mps[rows], self.mode[rows],
        )  # fmt: skip


class Tolerance(NamedTuple):
    """By what fixes are matched."""

    gap_s: float
    """Between fixes further apart nothing is known."""
    moving_mps: float
    """From here on a vehicle is under way: what a standing receiver wanders is no way."""


class Ways(NamedTuple):
    """Ways along one road, arrays (n,), in the order of time."""

    from_m: FloatArray
    """From the road's beginning, and never beyond its ends; more than ``to_m`` on the way back."""
    to_m: FloatArray
    seconds: FloatArray
    """In which it was gone, or stood."""
    mode: IntArray

    def of(self, rows: IntArray | BoolArray) -> "Ways":
        """Return some of them."""
        return Ways(self.from_m[rows], self.to_m[rows], self.seconds[rows], self.mode[rows])


NO_WAYS: Final = Ways(np.empty(0), np.empty(0), np.empty(0), np.empty(0, np.int64))


def in_order(trace: Trace) -> Trace:
    """Return the fixes in the order of their time, one of each moment, those that tell no place left out."""
    order = np.lexsort(
        (
            trace.mode, trace.speed_mps, trace.course_deg, trace.accuracy_m, trace.latitude_deg,
            trace.longitude_deg, trace.at_s,
        )
    )  # fmt: skip
    order = order[~np.isnan((trace.longitude_deg + trace.latitude_deg)[order])]
    is_next = np.diff(trace.at_s[order], prepend=-np.inf) > 0.0
    return trace.of(order[is_next])


def along(trace: Trace, lines: Sequence[RoadLine], by: Tolerance) -> list[Ways]:
    """Return what a vehicle drove along each of some lines.

    ``lines`` are all roads that may be meant: of two beside each other the nearer one is.
    """
    found = in_order(trace)
    courses = courses_of(found, by)
    # Of all roads of a city most are far from all that one vehicle drove in a day.
    placed = {
        row: _place(found, line, near, courses)
        for row, line in enumerate(lines)
        if len(near := line.near(found.longitude_deg, found.latitude_deg))
    }
    nearest_m = _nearest_m(placed, lines, len(found.at_s))
    return [
        _ways(found, placed[row], line, nearest_m, by) if row in placed else NO_WAYS
        for row, line in enumerate(lines)
    ]


def inside(trace: Trace, ground: Polygon | MultiPolygon, by: Tolerance) -> Ways:
    """Return what a vehicle drove on some ground that has no line; ``to_m`` is how far each way went.

    Of a place there is neither along nor beside: whoever crosses it or drives next to its road is in it.
    """
    found = in_order(trace)
    is_told = ~(found.accuracy_m > ROAD_M)
    is_in = shapely.contains_xy(ground, found.longitude_deg, found.latitude_deg) & is_told
    rows = np.flatnonzero(is_told)
    first, second = rows[:-1], rows[1:]
    seconds = found.at_s[second] - found.at_s[first]
    far_m = _apart_m(found, first, second)
    joined = is_in[first] & is_in[second] & (seconds <= by.gap_s) & (far_m <= FASTEST_MPS * seconds)
    gone_m = np.where(far_m >= by.moving_mps * seconds, far_m, 0.0)[joined]
    mode = _modes(found, first[joined], second[joined])
    return Ways(np.zeros(len(gone_m)), gone_m, seconds[joined], mode)


def courses_of(trace: Trace, by: Tolerance) -> FloatArray:
    """Return which way each fix goes: as it says, else as it came; who stands points where it came from."""
    courses = np.where(trace.speed_mps < COURSE_FROM_MPS, np.nan, trace.course_deg)
    for back in CAME_FROM:
        unknown = np.flatnonzero(np.isnan(courses[back:])) + back
        came = _bearings_deg(trace, unknown - back, unknown, by)
        courses[unknown] = came
    known = np.where(np.isnan(courses), 0, np.arange(len(courses)))
    # What is known of nobody before stays unknown: the first fix is asked for it, and does not know.
    found: FloatArray = courses[np.maximum.accumulate(known)]
    return found


def _place(trace: Trace, line: RoadLine, near: IntArray, courses: FloatArray) -> Placed:
    """Return where all fixes are on a line; of those that are far off it, that they are."""
    found = Placed.nowhere(len(trace.at_s))
    lonlat_deg = np.column_stack((trace.longitude_deg[near], trace.latitude_deg[near]))
    for whole, part in zip(found, line.place(lonlat_deg, courses[near]), strict=True):
        whole[near] = part
    return found


def _nearest_m(placed: Mapping[int, Placed], lines: Sequence[RoadLine], count: int) -> FloatArray:
    """Return how far each fix is from the road that it is nearest to, of those that lead its way."""
    nearest_m = np.full(count, np.inf)
    for row, each in placed.items():
        within = (each.along_m >= 0.0) & (each.along_m <= lines[row].length_m) & each.fits
        np.minimum(nearest_m, np.where(within, each.beside_m, np.inf), out=nearest_m)
    return nearest_m


def _ways(
    trace: Trace, placed: Placed, line: RoadLine, nearest_m: FloatArray, by: Tolerance
) -> Ways:
    is_on, is_off = _told(trace, placed, line, nearest_m)
    on = np.flatnonzero(is_on)
    if len(on) < 2:
        return NO_WAYS
    first, second = on[:-1], on[1:]
    seconds = trace.at_s[second] - trace.at_s[first]
    along_m = placed.along_m
    gone_m = np.abs(along_m[second] - along_m[first])
    straight_m = _apart_m(trace, first, second)
    joined = (
        (seconds <= by.gap_s)
        & (_off_s(trace, np.flatnonzero(is_off), first, second) <= LEFT_AFTER_S)
        & (gone_m <= DETOUR * straight_m + 2.0 * line.within_m)
        & (gone_m <= FASTEST_MPS * seconds + ROAD_M)
    )
    return _counted(trace, along_m, line, first[joined], second[joined], by)


def _counted(
    trace: Trace,
    along_m: FloatArray,
    line: RoadLine,
    first: IntArray,
    second: IntArray,
    by: Tolerance,
) -> Ways:
    """Return the ways from fixes to others: of what is gone beyond the road's ends nothing."""
    seconds = trace.at_s[second] - trace.at_s[first]
    gone_m = np.abs(along_m[second] - along_m[first])
    from_m = np.clip(along_m[first], 0.0, line.length_m)
    to_m = np.clip(along_m[second], 0.0, line.length_m)
    # Who has not moved is on the road or beyond its end, for all of the time.
    share = (along_m[first] == from_m).astype(np.float64)
    np.divide(np.abs(to_m - from_m), gone_m, out=share, where=gone_m > 0.0)
    reached_m = np.where(gone_m >= by.moving_mps * seconds, to_m, from_m)
    modes = _modes(trace, first, second)
    ways = Ways(from_m + line.begins_m, reached_m + line.begins_m, seconds * share, modes)
    return ways.of(share > 0.0)


def _told(
    trace: Trace, placed: Placed, line: RoadLine, nearest_m: FloatArray
) -> tuple[BoolArray, BoolArray]:
    """Return which fixes are on the road and which are off it; the others do not tell."""
    said_m = np.where(np.isnan(trace.accuracy_m), UNSAID_M, trace.accuracy_m)
    # Who claims to be off by more than a road is wide tells neither.
    is_told = ~(trace.accuracy_m > ROAD_M)
    is_its = placed.fits & (placed.beside_m <= nearest_m + NEARER_M)
    is_far = placed.beside_m > line.within_m + said_m
    return is_told & is_its & (placed.beside_m <= line.within_m), is_told & (is_far | ~is_its)


def _off_s(trace: Trace, off: IntArray, first: IntArray, second: IntArray) -> FloatArray:
    """Return how long a vehicle was off the road between fixes, from the first such fix to the last."""
    begins, ends = np.searchsorted(off, first), np.searchsorted(off, second)
    left = np.zeros(len(first))
    some = ends > begins
    left[some] = trace.at_s[off[ends[some] - 1]] - trace.at_s[off[begins[some]]]
    return left


def _modes(trace: Trace, first: IntArray, second: IntArray) -> IntArray:
    """Return who drove from fixes up to others; ``MIXED`` where that changed before the last."""
    changes = np.concatenate(([0], np.cumsum(np.diff(trace.mode) != 0)))[: len(trace.mode)]
    same = changes[second - 1] == changes[first] if len(first) else np.empty(0, np.bool_)
    modes: IntArray = np.where(same, trace.mode[first], MIXED)
    return modes


def _offsets_m(trace: Trace, first: IntArray, second: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return how far east and north second fixes are of first ones, on WGS 84 where they are."""
    east_deg = (trace.longitude_deg[second] - trace.longitude_deg[first] + 180.0) % 360.0 - 180.0
    north_deg = trace.latitude_deg[second] - trace.latitude_deg[first]
    middle = np.radians((trace.latitude_deg[second] + trace.latitude_deg[first]) / 2.0)
    # A degree of each by its series in the latitude: to a centimetre.
    of_longitude = 111_412.84 * np.cos(middle) - 93.5 * np.cos(3.0 * middle)
    of_latitude = 111_132.954 - 559.822 * np.cos(2.0 * middle) + 1.175 * np.cos(4.0 * middle)
    return east_deg * (of_longitude + 0.118 * np.cos(5.0 * middle)), north_deg * of_latitude


def _apart_m(trace: Trace, first: IntArray, second: IntArray) -> FloatArray:
    apart: FloatArray = np.hypot(*_offsets_m(trace, first, second))
    return apart


def _bearings_deg(trace: Trace, first: IntArray, second: IntArray, by: Tolerance) -> FloatArray:
    """Return which way second fixes are from first ones; NaN where they are too near or long ago."""
    east_m, north_m = _offsets_m(trace, first, second)
    is_clear = np.hypot(east_m, north_m) >= STEP_M
    is_clear &= trace.at_s[second] - trace.at_s[first] <= by.gap_s
    bearings: FloatArray = np.where(is_clear, np.degrees(np.arctan2(east_m, north_m)), np.nan)
    return bearings
