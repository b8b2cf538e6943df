"""What keeps a zone from being published: where it is wrong, and why.

Nothing is repaired in silence: a repair changes what the zone forbids (``buffer(0)`` drops
one lobe of a bow-tie), so the one who drew it decides.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geofence.daylight import sun_s
from geofence.frame import footprint, grown, middle
from geofence.said import Said
from geofence.schedule import DAY_S, EPOCH_ORDINAL, since_midnight_s
from geofence.zone import (
    Area,
    Around,
    Circle,
    Corridor,
    HeightBand,
    HeightLimit,
    Moment,
    Restriction,
    Schedule,
    SunTime,
    Volume,
    Window,
    Zone,
    ZoneKind,
)

MOST_VERTICES = 5_000
FURTHEST_REACH_M = 500_000.0
"""A local frame is no longer true beyond it."""
FURTHEST_MARGIN_M = 1_000.0
"""Noise does not reach further, and whoever is further away has left."""
WIDEST_AROUND_M = 5_000.0
"""Around a device; beyond it metres between two places are not true to a metre."""
MOST_EXEMPT = 100
LEAST_AREA_DEG2 = 1e-12
"""About 0.01 m²: less is a line, left over by rounding."""
WIDEST_SUN_OFFSET_MIN = 6 * 60
POLEWARD_DEG = 0.1
"""The sun's path differs a little from year to year: a day with no margin is no sure day."""
WIDEST_UTC_OFFSET_S = 14 * 3600
DOMAINS = frozenset({"road", "air", "water"})

WHY = {
    "Self-intersection": "the outline crosses or touches itself",
    "Ring Self-intersection": "a ring touches itself",
    "Hole lies outside shell": "a hole lies outside the outline",
    "Holes are nested": "a hole lies within another hole",
    "Interior is disconnected": "holes cut the area into pieces: draw them as several parts",
    "Too few points in geometry component": "a ring has no area",
    "Duplicate Rings": "a ring is there twice",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; ``path`` leads to it within the zone."""

    path: str
    said: Said

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return str(self.said)


def wrong(path: str, why: str, /, **filled: object) -> Problem:
    """Return a problem by a sentence and what fills it."""
    return Problem(path, Said(why, filled))


class InvalidZone(ValueError):
    """Zones that cannot be published, with every problem found."""

    def __init__(self, found: tuple[tuple[str, Problem], ...]) -> None:
        self.found = found
        super().__init__("; ".join(f"{zone}: {p.path}: {p.message}" for zone, p in found))


def problems(zone: Zone, *, drawn: bool = True) -> tuple[Problem, ...]:
    """Return everything that keeps the zone from being published; nothing means it may be.

    ``drawn``: whether the shapes are looked at, too, which takes nearly all the time.
    """
    found = (*_of_the_zone(zone), *_of_volumes(zone, drawn=drawn))
    return found or (*_of_the_margin(zone), *_of_the_sun(zone))


def _of_the_zone(zone: Zone) -> Iterator[Problem]:
    if not zone.zone_id.strip():
        yield wrong("zone_id", "is empty")
    if zone.around is not None:
        yield from _of_around(zone, zone.around)
    elif not zone.volumes:
        yield wrong("volumes", "a zone needs at least one volume")
    if not zone.domains or not zone.domains <= DOMAINS:
        yield wrong(
            "domains",
            "expected some of {choice}, got {found}",
            choice=sorted(DOMAINS),
            found=sorted(zone.domains),
        )
    limit_mps = zone.speed_limit_mps
    if limit_mps is not None and not (math.isfinite(limit_mps) and limit_mps > 0.0):
        yield wrong("speed_limit_mps", "expected a speed above 0, got {found}", found=limit_mps)
    if limit_mps is None and zone.kind is ZoneKind.SPEED_LIMIT:
        yield wrong("speed_limit_mps", "a speed-limit zone needs its limit")
    if zone.restriction is not Restriction.PROHIBITED and zone.kind is not ZoneKind.KEEP_OUT:
        yield wrong("restriction", "only a keep-out zone has one, this is {kind}", kind=zone.kind)
    if not 0.0 <= zone.exit_margin_m <= FURTHEST_MARGIN_M:
        yield wrong(
            "exit_margin_m",
            "expected 0 to {most:g} m, got {found}",
            most=FURTHEST_MARGIN_M,
            found=zone.exit_margin_m,
        )


def _of_around(zone: Zone, around: Around) -> Iterator[Problem]:
    if zone.volumes:
        yield wrong("volumes", "a zone that follows a device has no volumes")
    if zone.kind is ZoneKind.KEEP_IN:
        yield wrong(
            "kind",
            "a zone that follows a device is no place to be kept in, got {kind}",
            kind=zone.kind,
        )
    if not around.device_id.strip():
        yield wrong("around.device_id", "is empty")
    if not 0.0 < around.radius_m <= WIDEST_AROUND_M:
        yield wrong(
            "around.radius_m",
            "expected more than 0 and at most {most:g} m, got {found}",
            most=WIDEST_AROUND_M,
            found=around.radius_m,
        )
    if len(around.exempt_device_ids) > MOST_EXEMPT:
        count = len(around.exempt_device_ids)
        yield wrong(
            "around.exempt_device_ids",
            "{count} devices: at most {most}",
            count=count,
            most=MOST_EXEMPT,
        )
    yield from _of_the_band("around.band", around.band)
    if around.schedule is not None:
        yield from _of_the_schedule("around.schedule", around.schedule)
        for number, window in enumerate(around.schedule.windows):
            if window.by_the_sun:
                path = f"around.schedule.windows[{number}]"
                yield wrong(path, "by the sun: a zone that follows a device is in no one place")


def _of_volumes(zone: Zone, *, drawn: bool) -> Iterator[Problem]:
    for number, volume in enumerate(zone.volumes):
        path = f"volumes[{number}]"
        if drawn:
            yield from _of_the_shape(f"{path}.shape", volume)
        yield from _of_the_band(f"{path}.band", volume.band)
        if volume.schedule is not None:
            yield from _of_the_schedule(f"{path}.schedule", volume.schedule)


def _of_the_shape(path: str, volume: Volume) -> Iterator[Problem]:
    found = tuple(_drawn_wrong(path, volume))
    yield from found or _outline_wrong(path, volume)


def _drawn_wrong(path: str, volume: Volume) -> Iterator[Problem]:
    match volume.shape:
        case Area(geometry=geometry):
            yield from _of_an_area(f"{path}.geometry", geometry)
        case Circle(longitude_deg=longitude, latitude_deg=latitude, radius_m=radius_m):
            yield from _of_positions(path, np.array([[longitude, latitude]]))
            yield from _of_a_length(f"{path}.radius_m", radius_m)
        case Corridor(line=line, half_width_m=half_width_m):
            yield from _of_a_line(f"{path}.line", line)
            yield from _of_a_length(f"{path}.half_width_m", half_width_m)


def _of_an_area(path: str, geometry: BaseGeometry) -> Iterator[Problem]:
    if not isinstance(geometry, (Polygon, MultiPolygon)):
        yield wrong(
            path, "expected a Polygon or a MultiPolygon, got {found}", found=type(geometry).__name__
        )
        return
    if geometry.is_empty:
        yield wrong(path, "is empty")
        return
    outside = tuple(_of_positions(path, shapely.get_coordinates(geometry)))
    yield from outside or _of_rings(path, geometry)


def _of_rings(path: str, geometry: Polygon | MultiPolygon) -> Iterator[Problem]:
    several = isinstance(geometry, MultiPolygon)
    for number, polygon in enumerate(shapely.get_parts(geometry)):
        place = f"{path}[{number}]" if several else path
        if not polygon.is_valid:
            yield Problem(place, _why(polygon))
        elif polygon.area < LEAST_AREA_DEG2:
            yield wrong(place, "a ring has no area")
        for ring in (polygon.exterior, *polygon.interiors):
            yield from _of_long_steps(place, shapely.get_coordinates(ring))


def _why(geometry: Polygon | MultiPolygon) -> Said:
    """Say why a geometry is invalid, and where: GEOS says ``Reason[longitude latitude]``."""
    reason, _, where = shapely.is_valid_reason(geometry).partition("[")
    place = ", ".join(where.rstrip("]").split())
    why = Said(WHY[reason]) if reason in WHY else Said("{reason}", {"reason": reason})
    return Said("{why}, at {place}", {"why": why, "place": place}) if place else why


def _of_a_line(path: str, line: LineString) -> Iterator[Problem]:
    positions = shapely.get_coordinates(line)
    outside = tuple(_of_positions(path, positions))
    yield from outside
    if outside:
        return
    if len(np.unique(positions, axis=0)) < 2:
        yield wrong(path, "a corridor needs two places that differ")
    yield from _of_long_steps(path, positions)


def _of_positions(path: str, lonlat_deg: NDArray[np.float64]) -> Iterator[Problem]:
    if len(lonlat_deg) > MOST_VERTICES:
        yield wrong(
            path, "{count} vertices: at most {most}", count=len(lonlat_deg), most=MOST_VERTICES
        )
    limits = np.array([180.0, 90.0])
    # Negated, so that a NaN is caught as well.
    outside = ~(np.abs(lonlat_deg) <= limits).all(axis=1)
    if outside.any():
        index = int(np.flatnonzero(outside)[0])
        longitude, latitude = lonlat_deg[index].tolist()
        yield wrong(
            path,
            "position {index} is not on the earth: longitude {longitude}, latitude {latitude}"
            " (longitude comes first)",
            index=index,
            longitude=longitude,
            latitude=latitude,
        )


def _of_long_steps(path: str, lonlat_deg: NDArray[np.float64]) -> Iterator[Problem]:
    """Refuse what crosses the antimeridian: read as drawn it would cover the rest of the world."""
    longitude = lonlat_deg[:, 0]
    steps = np.flatnonzero(np.abs(longitude[1:] - longitude[:-1]) > 180.0)
    if steps.size:
        start, end = longitude[steps[0]], longitude[steps[0] + 1]
        yield wrong(
            path,
            "crosses the antimeridian between longitudes {start} and {end}:"
            " split it there into two parts",
            start=start,
            end=end,
        )


def _of_a_length(path: str, length_m: float) -> Iterator[Problem]:
    if not 0.0 < length_m <= FURTHEST_REACH_M:
        yield wrong(
            path,
            "expected more than 0 and at most {most} m, got {found}",
            most=FURTHEST_REACH_M,
            found=length_m,
        )


def _sketched(volume: Volume) -> Polygon | MultiPolygon:
    # How far a sketch is off is told by compiled loops, and a web process in which nobody draws needs none.
    from geofence.sketch import sketched

    return sketched(volume)


def _outline_wrong(path: str, volume: Volume) -> Iterator[Problem]:
    outline = _sketched(volume)
    for polygon in shapely.get_parts(outline):
        yield from _of_long_steps(path, shapely.get_coordinates(polygon.exterior))
    if not outline.is_valid:
        yield wrong(path, "its outline on the ground is not valid: {why}", why=_why(outline))


def _of_the_margin(zone: Zone) -> Iterator[Problem]:
    if not zone.exit_margin_m:
        return
    for number, volume in enumerate(zone.volumes):
        outline = grown(_sketched(volume), zone.exit_margin_m)
        if not outline.is_valid:
            yield wrong(
                "exit_margin_m",
                "around volumes[{number}] it is not valid: {why}",
                number=number,
                why=_why(outline),
            )


def _of_the_band(path: str, band: HeightBand) -> Iterator[Problem]:
    for name, limit in (("lower", band.lower), ("upper", band.upper)):
        if limit is not None and not math.isfinite(limit.value_m):
            yield wrong(
                f"{path}.{name}", "expected a finite height, got {found}", found=limit.value_m
            )
    if band.lower is not None and band.upper is not None and _upside_down(band.lower, band.upper):
        yield wrong(
            path,
            "upside down: from {low} to {high} m {reference}",
            low=band.lower.value_m,
            high=band.upper.value_m,
            reference=band.lower.reference,
        )


def _upside_down(lower: HeightLimit, upper: HeightLimit) -> bool:
    """Heights of different references cannot be compared without the ground below."""
    return lower.reference is upper.reference and lower.value_m > upper.value_m


def _of_the_schedule(path: str, schedule: Schedule) -> Iterator[Problem]:
    for number, window in enumerate(schedule.windows):
        yield from _of_a_window(f"{path}.windows[{number}]", window)
    first, last = schedule.valid_from, schedule.valid_to
    if first is not None and last is not None and first > last:
        yield wrong(
            path, "ends before it starts: valid from {first} to {last}", first=first, last=last
        )
    if abs(schedule.utc_offset_s) > WIDEST_UTC_OFFSET_S:
        yield wrong(
            f"{path}.utc_offset_s",
            "expected at most 14 hours, got {found} s",
            found=schedule.utc_offset_s,
        )


def _of_a_window(path: str, window: Window) -> Iterator[Problem]:
    if not window.days or not window.days <= frozenset(range(7)):
        yield wrong(
            f"{path}.days", "expected some of 0 to 6, got {found}", found=sorted(window.days)
        )
    for name, moment in (("start", window.start), ("end", window.end)):
        if isinstance(moment, SunTime):
            if abs(moment.offset_min) > WIDEST_SUN_OFFSET_MIN:
                yield wrong(
                    f"{path}.{name}", "expected at most 6 hours from it, got {found}", found=moment
                )
        elif moment.tzinfo is not None:
            yield wrong(path, "a window's times are local: the schedule has the offset")
            return
    if window.start == window.end:
        yield wrong(
            path, "starts and ends at {start}: for all day, give no windows", start=window.start
        )


def _of_the_sun(zone: Zone) -> Iterator[Problem]:
    """Look at windows by the sun where the zone is: a day without one is told, not guessed."""
    place: tuple[float, float] | None = None
    for number, volume in enumerate(zone.volumes):
        schedule = volume.schedule or Schedule()
        for count, window in enumerate(schedule.windows):
            if window.by_the_sun:
                place = place or middle([footprint(each) for each in zone.volumes])
                path = f"volumes[{number}].schedule.windows[{count}]"
                yield from _of_a_sun_window(path, window, schedule, place)


def _of_a_sun_window(
    path: str, window: Window, schedule: Schedule, place: tuple[float, float]
) -> Iterator[Problem]:
    days = _days_of(schedule)
    start_s, end_s = (_on(days, each, schedule, place) for each in (window.start, window.end))
    missing = False
    for name, moment, at_s in (("start", window.start, start_s), ("end", window.end, end_s)):
        if (never := np.isnan(at_s)).any():
            missing = True
            yield wrong(
                f"{path}.{name}",
                "there is no {moment} on {day} at latitude {latitude:.4f}",
                moment=moment,
                day=_date_of(days[never][0]),
                latitude=place[1],
            )
    over_midnight = end_s < start_s
    if not missing and over_midnight.any() and not over_midnight.all():
        first = days[over_midnight != over_midnight[0]][0]
        yield wrong(
            path,
            "from {start} to {end} runs over midnight on some days and not on others, as from {day} on",
            start=window.start,
            end=window.end,
            day=_date_of(first),
        )


def _days_of(schedule: Schedule) -> NDArray[np.float64]:
    """The days of a schedule, a leap year of them at most: then they come again."""
    first = schedule.valid_from or date(2024, 1, 1)
    last = schedule.valid_to.toordinal() if schedule.valid_to else math.inf
    count = int(min(366, last - first.toordinal() + 1))
    return np.arange(count, dtype=np.float64) + (first.toordinal() - EPOCH_ORDINAL)


def _on(
    days: NDArray[np.float64], moment: Moment, schedule: Schedule, place: tuple[float, float]
) -> NDArray[np.float64]:
    """When a moment comes on each day, seen from a little nearer to the pole; NaN for never."""
    if not isinstance(moment, SunTime):
        return days * DAY_S - schedule.utc_offset_s + since_midnight_s(moment)
    longitude, latitude = place
    latitude += math.copysign(POLEWARD_DEG, latitude)
    found = sun_s(moment.event, days, schedule.utc_offset_s, longitude, latitude)
    return found + moment.offset_min * 60.0


def _date_of(day: float) -> date:
    return date.fromordinal(int(day) + EPOCH_ORDINAL)
