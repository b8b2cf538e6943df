"""Fences for autopilots that speak MAVLink: items of a mission of the type fence. Pure.

A body is JSON on ``zone/down/<device>/fence``, which the gateway puts to the autopilot item by item.
Items have neither heights nor hours; the autopilot's own highest height is its own parameter.
"""

from enum import IntEnum
from typing import Final

import msgspec

from telemetry.fences.flat import Bounds, Flat, flattened, without_room
from telemetry.fences.plan import Circle, Encoded, Plan, Polygon

MOST_ITEMS: Final = 250
"""Autopilots have room for some hundred; one that has less refuses, and that is told."""
BOUNDS: Final = Bounds(most_vertices=150)
"""More of one ring is left out, so that something is left for other zones."""


class Command(IntEnum):
    """What an item says, by the number that MAVLink has for it."""

    STAY_INSIDE_POLYGON = 5001
    STAY_OUTSIDE_POLYGON = 5002
    STAY_INSIDE_CIRCLE = 5003
    STAY_OUTSIDE_CIRCLE = 5004


class Item(msgspec.Struct, frozen=True, array_like=True):
    """One item: a corner, or a circle."""

    command: int
    param1: float
    """The number of corners of the polygon that a corner is of; the radius of a circle in metres."""
    x: int
    """Latitude in 1e-7 degrees."""
    y: int
    """Longitude in 1e-7 degrees."""


class Body(msgspec.Struct, frozen=True):
    """The items of a fence, in the order in which they are numbered."""

    items: tuple[Item, ...]


class Message(msgspec.Struct, frozen=True):
    """A body with its version."""

    version: int
    items: tuple[Item, ...]


_encode = msgspec.json.Encoder().encode
_DECODER: Final = msgspec.json.Decoder(Message)


def encoded(plan: Plan, most_items: int = MOST_ITEMS) -> Encoded:
    """Return the items of a plan; areas that do not fit whole are left out."""
    areas, left_out = flattened(plan, BOUNDS)
    items, zones = list[Item](), set[str]()
    for area in areas:
        own = _items(area)
        if len(items) + len(own) > most_items:
            left_out += without_room(plan, [area])
            continue
        items += own
        zones.add(area.of)
    body = _encode(Body(tuple(items)))
    return Encoded(body, tuple(sorted(set(left_out))), len(zones - {""}))


def _items(area: Flat) -> list[Item]:
    match area.shape:
        case Circle(longitude=longitude, latitude=latitude, radius_m=radius_m):
            command = Command.STAY_INSIDE_CIRCLE if area.is_inside else Command.STAY_OUTSIDE_CIRCLE
            return [Item(command, radius_m, _e7(latitude), _e7(longitude))]
        case Polygon(outer=outer):
            command = (
                Command.STAY_INSIDE_POLYGON if area.is_inside else Command.STAY_OUTSIDE_POLYGON
            )
            return [Item(command, len(outer), _e7(lat), _e7(lon)) for lon, lat in outer]


def _e7(degrees: float) -> int:
    return round(degrees * 1e7)


def decoded(payload: bytes) -> Message | None:
    """Return the message of a fence, or ``None`` where it is none of this format."""
    try:
        return _DECODER.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
