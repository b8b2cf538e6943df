"""A plain second way of finding what was driven along a road: fix by fix, with the geometry library alone.

In a plane of its own making (``pyproj``), by loops, without arrays: slow, and read in a minute.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import shapely
from pyproj import Transformer
from shapely import LineString, Point

from geofence.matching import Trace
from geofence.zone import Corridor

ON, OFF, UNTOLD = "on", "off", "untold"


class Fix(NamedTuple):
    at_s: float
    place: Point
    accuracy_m: float
    course_deg: float
    speed_mps: float
    mode: int


class Driven(NamedTuple):
    metres: float
    seconds: float
    stretches: list[tuple[float, float]]


def driven(trace: Trace, corridor: Corridor, gap_s: float, moving_mps: float) -> Driven:
    """Return what was driven in a mode that did not change, whatever it was."""
    x, y = corridor.line.centroid.coords[0]
    plane = Transformer.from_crs(
        "EPSG:4326", f"+proj=aeqd +lon_0={x} +lat_0={y} +ellps=WGS84", always_xy=True
    )
    line = LineString([plane.transform(x, y) for x, y in corridor.line.coords])
    fixes = _with_courses(list(_fixes(trace, plane)), gap_s)
    within_m = min(corridor.half_width_m, 20.0)
    told = [(each, *_told(each, line, within_m)) for each in fixes]
    on = [index for index, (_, what, _) in enumerate(told) if what == ON]
    metres = seconds = 0.0
    stretches = []
    for first, second in pairwise(on):
        between = told[first + 1 : second]
        off = [each.at_s for each, what, _ in between if what == OFF]
        one, _, begins_m = told[first]
        other, _, ends_m = told[second]
        passed_s, gone_m = other.at_s - one.at_s, abs(ends_m - begins_m)
        if passed_s > gap_s or (off and off[-1] - off[0] > 3.0):
            continue
        if gone_m > 2.0 * one.place.distance(other.place) + 2.0 * within_m:
            continue
        if gone_m > 70.0 * passed_s + 20.0:
            continue
        low_m, high_m = sorted(min(max(each, 0.0), line.length) for each in (begins_m, ends_m))
        if gone_m == 0.0:
            seconds += passed_s if 0.0 <= begins_m <= line.length else 0.0
        else:
            seconds += passed_s * (high_m - low_m) / gone_m
        if gone_m >= moving_mps * passed_s and high_m > low_m:
            metres += high_m - low_m
            stretches.append((low_m, high_m))
    return Driven(metres, seconds, stretches)


def _fixes(trace: Trace, plane: Transformer) -> Iterator[Fix]:
    columns = (trace.at_s, trace.longitude_deg, trace.latitude_deg, trace.accuracy_m, trace.course_deg, trace.speed_mps, trace.mode)  # fmt: skip
    last_s = -math.inf
    for at_s, lon, lat, accuracy_m, course_deg, speed_mps, mode in sorted(
        zip(*columns, strict=True)
    ):
        if at_s > last_s:
            last_s = at_s
            place = Point(plane.transform(lon, lat))
            yield Fix(at_s, place, accuracy_m, course_deg, speed_mps, mode)


def _with_courses(fixes: Sequence[Fix], gap_s: float) -> list[Fix]:
    found: list[Fix] = []
    for index, each in enumerate(fixes):
        course_deg = math.nan if each.speed_mps < 1.5 else each.course_deg
        if math.isnan(course_deg) and index:
            course_deg = next(_came(fixes, index, gap_s), found[-1].course_deg)
        found.append(each._replace(course_deg=course_deg))
    return found


def _came(fixes: Sequence[Fix], index: int, gap_s: float) -> Iterator[float]:
    for back in (1, 2, 4, 8):
        if back <= index:
            each, before = fixes[index], fixes[index - back]
            east_m, north_m = each.place.x - before.place.x, each.place.y - before.place.y
            if math.hypot(east_m, north_m) >= 5.0 and each.at_s - before.at_s <= gap_s:
                yield math.degrees(math.atan2(east_m, north_m))


def _told(fix: Fix, line: LineString, within_m: float) -> tuple[str, float]:
    """Return what a fix tells, and how far along the line it is."""
    said_m = 10.0 if math.isnan(fix.accuracy_m) else fix.accuracy_m
    if said_m > 20.0:
        return UNTOLD, 0.0
    best = None
    for place, (piece, begins_m, is_drawn) in enumerate(_pieces(line)):
        beside_m = fix.place.distance(piece)
        if beside_m > within_m + 20.0:
            continue
        (x1, y1), (x2, y2) = piece.coords
        leads_deg = math.degrees(math.atan2(x2 - x1, y2 - y1))
        turned_deg = abs((fix.course_deg - leads_deg + 90.0) % 180.0 - 90.0)
        fits = math.isnan(fix.course_deg) or turned_deg <= 35.0
        is_on = is_drawn and beside_m <= within_m and not _is_beyond(fix.place, piece, line)
        rank = (not fits, not is_on, beside_m, place)
        if best is None or rank < best[0]:
            best = rank, begins_m + float(shapely.line_locate_point(piece, fix.place))
    if best is None:
        return OFF, 0.0
    (unfit, _, beside_m, _), along_m = best
    if unfit or beside_m > within_m + said_m:
        return OFF, along_m
    return (ON if beside_m <= within_m else UNTOLD), along_m


def _is_beyond(place: Point, piece: LineString, line: LineString) -> bool:
    """Tell whether a place is beyond an end of the line, along the piece that ends there."""
    start, end = piece.coords
    return (start == line.coords[0] and _is_ahead(place, end, start)) or (
        end == line.coords[-1] and _is_ahead(place, start, end)
    )


def _is_ahead(place: Point, from_: tuple[float, ...], to: tuple[float, ...]) -> bool:
    return (place.x - to[0]) * (to[0] - from_[0]) + (place.y - to[1]) * (to[1] - from_[1]) > 0.0


def _pieces(line: LineString) -> Iterator[tuple[LineString, float, bool]]:
    corners = list(line.coords)
    first, last = _beyond(corners[1], corners[0]), _beyond(corners[-2], corners[-1])
    begins_m = -300.0
    drawn = [first, *corners, last]
    for place, (start, end) in enumerate(pairwise(drawn)):
        piece = LineString([start, end])
        yield piece, begins_m, 0 < place < len(drawn) - 2
        begins_m += piece.length


def _beyond(from_: tuple[float, ...], to: tuple[float, ...]) -> tuple[float, float]:
    long_m = math.hypot(to[0] - from_[0], to[1] - from_[1])
    return (
        to[0] + 300.0 * (to[0] - from_[0]) / long_m,
        to[1] + 300.0 * (to[1] - from_[1]) / long_m,
    )
