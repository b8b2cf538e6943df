"""Zones: where, how high and when a rule of space holds."""

import re
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from shapely import LineString, MultiPolygon, Polygon


class ZoneKind(StrEnum):
    """What a zone asks for."""

    KEEP_IN = "keep_in"
    """A place that permits name: a test road, an airspace, a water area."""
    KEEP_OUT = "keep_out"
    """The zone's domains may not be inside, as far as its ``Restriction`` goes."""
    SPEED_LIMIT = "speed_limit"
    """A limit holds inside."""


class Restriction(StrEnum):
    """How far a keep-out zone keeps out: the types of ED-318, which ED-269 spells with an S."""

    PROHIBITED = "PROHIBITED"
    """Nobody may be inside, whatever their permit says."""
    REQ_AUTHORIZATION = "REQ_AUTHORIZATION"
    """Only those whose permit names the zone."""
    CONDITIONAL = "CONDITIONAL"
    """Only under conditions, which are words for people: a permit that names the zone says that
    they are met."""
    NO_RESTRICTION = "NO_RESTRICTION"
    """Anybody: the zone tells of something and keeps nobody out."""


class HeightReference(StrEnum):
    """What a height is measured from."""

    AGL = "AGL"
    """True height: the ground below."""
    AMSL = "AMSL"
    """Mean sea level."""
    HAE = "HAE"
    """The WGS 84 ellipsoid."""


@dataclass(frozen=True, slots=True)
class HeightLimit:
    """A height with its reference."""

    value_m: float
    reference: HeightReference


@dataclass(frozen=True, slots=True)
class HeightBand:
    """From ``lower`` to ``upper``, both included; ``None`` is unbounded, never zero."""

    lower: HeightLimit | None = None
    upper: HeightLimit | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A polygon with holes, or several: longitude and latitude, WGS 84."""

    geometry: Polygon | MultiPolygon


@dataclass(frozen=True, slots=True)
class Circle:
    """All points within ``radius_m`` of a centre."""

    longitude_deg: float
    latitude_deg: float
    radius_m: float


@dataclass(frozen=True, slots=True)
class Corridor:
    """All points within ``half_width_m`` of a line (longitude and latitude, WGS 84)."""

    line: LineString
    half_width_m: float


Shape = Area | Circle | Corridor


class SunEvent(StrEnum):
    """What the sun does in a day."""

    DAWN = "dawn"
    """Beginning of morning civil twilight (BMCT): the sun is 6° below the horizon."""
    SUNRISE = "sunrise"
    SUNSET = "sunset"
    DUSK = "dusk"
    """End of evening civil twilight (EECT)."""


@dataclass(frozen=True, slots=True)
class SunTime:
    """So many minutes after what the sun does; before, where ``offset_min`` is negative."""

    event: SunEvent
    offset_min: int = 0

    def __str__(self) -> str:
        """Return it as files and the store hold it: ``sunset-30min``."""
        return self.event.value + (f"{self.offset_min:+}min" if self.offset_min else "")


Moment = time | SunTime
"""A time of day: by the clock or by the sun."""
SUN_TIME = re.compile(rf"({'|'.join(SunEvent)})(?:([+-]\d{{1,4}})min)?", re.ASCII)


def moment(text: str) -> Moment:
    """Return the moment that ``str`` or ``isoformat`` wrote.

    Raises:
        ValueError: it is neither a time of day nor one of the sun's.
    """
    if found := SUN_TIME.fullmatch(text):
        return SunTime(SunEvent(found[1]), int(found[2] or 0))
    return time.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class Window:
    """A weekly window; both ends belong to it.

    ``days`` counts Monday as 0. A window that ends before it starts runs over midnight and
    belongs to the day on which it starts.
    """

    days: frozenset[int]
    start: Moment
    end: Moment

    @property
    def by_the_sun(self) -> bool:
        """Whether the sun has to do with it."""
        return isinstance(self.start, SunTime) or isinstance(self.end, SunTime)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a volume holds: between two dates (both included) and in its weekly windows.

    No windows means all day. Local times count at ``utc_offset_s`` seconds east of UTC.
    """

    windows: tuple[Window, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    utc_offset_s: int = 8 * 3600


@dataclass(frozen=True, slots=True)
class Volume:
    """A shape between two heights at certain times. Judged as one: never each limit alone."""

    shape: Shape
    band: HeightBand = field(default_factory=HeightBand)
    schedule: Schedule | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """All places within ``radius_m`` of a device, wherever it is; the device itself left out."""

    device_id: str
    radius_m: float
    band: HeightBand = field(default_factory=HeightBand)
    exempt_device_ids: frozenset[str] = frozenset()
    """Who may be in it whatever the rule, such as those who escort it."""
    schedule: Schedule | None = None
    """When it holds; not by the sun, which rises where one is."""


@dataclass(frozen=True, slots=True)
class Zone:
    """One or more volumes under one rule, or the surroundings of a device."""

    zone_id: str
    kind: ZoneKind
    name: str
    volumes: tuple[Volume, ...]
    domains: frozenset[str] = frozenset({"road", "air", "water"})
    """Whom it concerns: ``road``, ``air``, ``water``."""
    speed_limit_mps: float | None = None
    name_zh: str | None = None
    category: str = ""
    """What it is on the ground: ``airport``, ``test_road``, ``airspace``, ``landing_site``, …"""
    source: str = ""
    legal_effect: bool = False
    restriction: Restriction = Restriction.PROHIBITED
    """Of a keep-out zone; zones of the other kinds have this one and nothing reads it."""
    accuracy: str = ""
    """How well its edge is known, in words: ``about 200 m``, ``surveyed``."""
    exit_margin_m: float = 0.0
    """How far beyond its outline a device must be to have left it, once it was inside: noise at
    the edge is no coming and going. Entering counts at the outline; heights and hours have none."""
    around: Around | None = None
    """Of a zone that follows a device: it has no volumes, and nothing is drawn of it."""
