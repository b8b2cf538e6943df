"""What a unit is to know of zones: plain values, whoever draws them. Pure.

Longitude and latitude are in degrees of WGS 84, in this order; a ring does not repeat its first place.
"""

from enum import StrEnum

import msgspec

Ring = tuple[tuple[float, float], ...]


class Rule(StrEnum):
    """What a zone asks of who is in it."""

    KEEP_IN = "keep_in"
    """A place that a permit names."""
    KEEP_OUT = "keep_out"
    SPEED_LIMIT = "speed_limit"


class What(StrEnum):
    """What a unit was not told, so that the platform alone goes on checking it."""

    HEIGHTS = "heights"
    HOURS = "hours"
    SHAPE = "shape"
    """A corridor, in a format without any."""
    HOLE = "hole"
    """A zone with a hole in it, in a format without any."""
    SPEED = "speed"
    CONTROL_MODES = "control_modes"
    SEVERAL_AREAS = "several_areas"
    """Places apart from each other, in a format whose units may keep to all of them at once."""
    VERTICES = "vertices"
    """More corners than the format has room for."""
    RADIUS = "radius"
    """A smaller circle than the format has."""
    FOLLOWS = "follows_a_device"
    """It is nowhere until its device is heard."""
    SIZE = "size"
    """What is nearer took all the room of a message."""


class LeftOut(msgspec.Struct, frozen=True, order=True):
    """Something that a unit was not told."""

    of: str
    """A zone's id, or a permit's number."""
    what: What


class Polygon(msgspec.Struct, frozen=True, tag="polygon", omit_defaults=True):
    """An area with its holes; its edge belongs to it."""

    outer: Ring
    holes: tuple[Ring, ...] = ()


class Circle(msgspec.Struct, frozen=True, tag="circle"):
    """All places within a distance of a centre."""

    longitude: float
    latitude: float
    radius_m: float


class Corridor(msgspec.Struct, frozen=True, tag="corridor"):
    """All places within a distance of a line."""

    line: Ring
    half_width_m: float


Shape = Polygon | Circle | Corridor


class Limit(msgspec.Struct, frozen=True):
    """A height with what it is measured from: ``AGL``, ``AMSL`` or ``HAE``."""

    value_m: float
    reference: str


class Hours(msgspec.Struct, frozen=True, omit_defaults=True):
    """A weekly window; Monday is 0, and one that ends before it starts runs over midnight.

    A time is one of the day (``08:00:00``) or of the sun (``sunset-30min``).
    """

    days: tuple[int, ...]
    start: str
    end: str


class Times(msgspec.Struct, frozen=True, omit_defaults=True):
    """When something holds: between two days, in its hours; without any, all day."""

    utc_offset_s: int
    hours: tuple[Hours, ...] = ()
    valid_from: str | None = None
    valid_to: str | None = None


class Volume(msgspec.Struct, frozen=True, omit_defaults=True):
    """Shapes between two heights at certain times; what is not there is unbounded."""

    shapes: tuple[Shape, ...]
    lower: Limit | None = None
    upper: Limit | None = None
    times: Times | None = None


class Zone(msgspec.Struct, frozen=True, omit_defaults=True):
    """One zone of the map."""

    zone_id: str
    rule: Rule
    name: str
    volumes: tuple[Volume, ...]
    name_zh: str | None = None
    speed_limit_mps: float | None = None
    is_lifted: bool = False
    """Whether a permit of the device may enter it, though it keeps others out."""


class Allowed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one permit allows; a list that is not there sets no bounds, but for the zones."""

    permit_number: str
    valid_from: str
    valid_to: str
    zone_ids: tuple[str, ...]
    """Where it may be: inside one of them at least."""
    transfer_zone_ids: tuple[str, ...] = ()
    corridor: Volume | None = None
    """The route that it keeps to, within the zones if there are any."""
    hours: tuple[Hours, ...] = ()
    """In the time of Shanghai."""
    max_speed_mps: float | None = None
    max_height_agl_m: float | None = None
    control_modes: tuple[str, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    """All that one device is to know at one moment."""

    permits: tuple[Allowed, ...] = ()
    """None allow nothing."""
    zones: tuple[Zone, ...] = ()
    """The nearest to where it may be come first; those that a permit names before all others."""
    area: tuple[Polygon, ...] = ()
    """Where the permits let it be, all of them together and whatever the height and the hour."""
    left_out: tuple[LeftOut, ...] = ()
    """What no format can carry."""


class Encoded(msgspec.Struct, frozen=True):
    """A plan in a unit's own format."""

    body: bytes
    left_out: tuple[LeftOut, ...]
    """In the order of what it is of."""
    zone_count: int
    """The zones that are in it, wholly or in part."""
