"""A zone with an exit margin, seen by permits: a device that wavers at its edge is one violation."""

from collections.abc import Callable
from dataclasses import replace
from math import cos, radians

import pytest

from geofence.snapshot import build
from telemetry.report import Frame
from zone_service.memory import Memory, from_bytes, to_bytes
from zone_service.pipeline import step
from zone_service.world import World

Say = Callable[..., Frame]
METRE_EAST = 1 / (111_320.0 * cos(radians(31.11)))
FLYING = {"height_agl_m": 30.0, "operational_status": "AIRBORNE"}
# Metres into the airport: for some seconds at a time on this and on that side of its edge.
WAVERING = [
    -60,
    -30,
    5,
    4,
    -6,
    -8,
    -9,
    -7,
    3,
    6,
    -10,
    -12,
    -9,
    -8,
    2,
    -3,
    -8,
    -5,
    -9,
    -40,
    -70,
    -99,
]


def with_margin(world: World, margin_m: float) -> World:
    zones = [replace(each, exit_margin_m=margin_m) for each in world.zones.zones]
    return replace(world, zones=build(zones, 1))


def frames(say: Say) -> list[Frame]:
    return [
        say("uav-1", 121.80 + metres * METRE_EAST, 31.11, second, seq=second, **FLYING)
        for second, metres in enumerate(WAVERING, start=1)
    ]


def breaches(world: World, batches: list[list[Frame]]) -> list[tuple[float, float | None]]:
    """When each violation of the airport opened and closed, in seconds after the first fix."""
    memory, found = Memory(), dict[str, tuple[float, float | None]]()
    begin_s = batches[0][0].received_s
    for batch in batches:
        for each in step(memory, world, batch).changes.values():
            if each.code == "KEEP_OUT_BREACH":
                closed = each.closed_at
                found[each.id] = (
                    each.opened_at.timestamp() - begin_s,
                    None if closed is None else closed.timestamp() - begin_s,
                )
        memory = from_bytes(to_bytes(memory))
    return sorted(found.values(), key=lambda one: one[0])


@pytest.mark.requirement("D4d-49")
def test_a_drone_that_wavers_at_the_edge_of_an_airport_is_one_violation_with_a_margin(
    world: World, say: Say
) -> None:
    one_by_one = [[frame] for frame in frames(say)]
    assert breaches(with_margin(world, 0.0), one_by_one) == [(2, 4), (8, 10), (14, 15)]
    assert breaches(with_margin(world, 20.0), one_by_one) == [(2, 19)]


@pytest.mark.requirement("D4d-38", "D4d-49")
def test_the_margin_delays_no_violation(world: World, say: Say) -> None:
    first_inside = [[frame] for frame in frames(say)[:3]]
    assert breaches(with_margin(world, 20.0), first_inside) == [(2, None)]


def test_within_the_margin_batches_do_not_matter(world: World, say: Say) -> None:
    said, city = frames(say), with_margin(world, 20.0)
    assert breaches(city, [said]) == breaches(city, [said[:5], said[5:17], said[17:]])
