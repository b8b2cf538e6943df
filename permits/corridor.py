"""The own corridor of a permit: the route that its devices keep to, as wide and as high as it says.

In JSON the line is a GeoJSON ``LineString`` of WGS 84. Whether it can be drawn on the ground is for
those to tell who judge by it; here each number is one that makes sense.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

from permits.value_words import ValueRefused

Place = tuple[float, float]
"""Longitude and latitude in degrees, WGS 84."""

REFERENCES = ("AGL", "AMSL", "HAE")
"""What a height is measured from: the ground below, mean sea level, the WGS 84 ellipsoid."""
MOST_PLACES = 5_000
_LIMITS_DEG = (180.0, 90.0)


@dataclass(frozen=True, slots=True)
class Height:
    """A height with what it is measured from, one of ``REFERENCES``."""

    value_m: float
    reference: str

    def __post_init__(self) -> None:
        if not isfinite(self.value_m) or self.reference not in REFERENCES:
            raise ValueRefused(
                why="height",
                found=self.value_m,
                reference=self.reference,
                choice=", ".join(REFERENCES),
            )


@dataclass(frozen=True, slots=True)
class OwnCorridor:
    """All that lies within ``half_width_m`` of a line, between two heights, both included."""

    line: tuple[Place, ...]
    half_width_m: float
    lower: Height | None = None
    """``None`` is unbounded, never zero."""
    upper: Height | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.half_width_m < float("inf"):
            raise ValueRefused(why="half width", found=self.half_width_m)
        if not 2 <= len(self.line) <= MOST_PLACES:
            raise ValueRefused(why="places", found=len(self.line), most=MOST_PLACES)
        for index, place in enumerate(self.line):
            if not all(abs(each) <= limit for each, limit in zip(place, _LIMITS_DEG, strict=True)):
                raise ValueRefused(why="place", index=index, found=list(place))
        if all(one == other for one, other in pairwise(self.line)):
            raise ValueRefused(why="one place", found=list(self.line[0]))


def corridor_to_json(corridor: OwnCorridor) -> dict[str, object]:
    """Return the corridor as plain JSON values."""
    return {
        "line": {"type": "LineString", "coordinates": [list(place) for place in corridor.line]},
        "half_width_m": corridor.half_width_m,
        "lower": _height_to_json(corridor.lower),
        "upper": _height_to_json(corridor.upper),
    }


def corridor_from_json(found: object) -> OwnCorridor:
    """Return the corridor that ``corridor_to_json`` wrote.

    Raises:
        ValueError: a member is absent, unknown or of another type; it is named.
    """
    members = _members(found, "corridor", {"line", "half_width_m", "lower", "upper"})
    line = _members(members.get("line"), "corridor.line", {"type", "coordinates"})
    places = line.get("coordinates")
    if line.get("type") != "LineString" or not isinstance(places, list):
        raise _unexpected(members.get("line"), "corridor.line", "a GeoJSON LineString")
    return OwnCorridor(
        line=tuple(_place(each, index) for index, each in enumerate(places)),
        half_width_m=_number(members.get("half_width_m"), "corridor.half_width_m"),
        lower=_height(members.get("lower"), "corridor.lower"),
        upper=_height(members.get("upper"), "corridor.upper"),
    )


def _height_to_json(height: Height | None) -> dict[str, object] | None:
    return None if height is None else {"value_m": height.value_m, "reference": height.reference}


def _height(found: object, name: str) -> Height | None:
    if found is None:
        return None
    members = _members(found, name, {"value_m", "reference"})
    return Height(_number(members.get("value_m"), f"{name}.value_m"), str(members.get("reference")))


def _place(found: object, index: int) -> Place:
    match found:
        case [int() | float() as longitude, int() | float() as latitude]:
            return float(longitude), float(latitude)
        case _:
            raise _unexpected(found, f"corridor.line[{index}]", "[longitude, latitude]")


def _number(found: object, name: str) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise _unexpected(found, name, "a number")
    return float(found)


def _members(found: object, name: str, known: set[str]) -> Mapping[str, object]:
    if not isinstance(found, Mapping) or not set(found) <= known:
        raise _unexpected(found, name, f"an object with {', '.join(sorted(known))}")
    return found


def _unexpected(found: object, name: str, expected: str) -> ValueError:
    return ValueError(f"terms: {name} is {found!r}: expected {expected}")
