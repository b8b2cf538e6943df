"""Whom a keep-out zone keeps out: each restriction, with a permit that names the zone and without."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from geofence.snapshot import build
from geofence.zone import Restriction, Zone
from permits.compliance import Grant
from permits.permit import PermitKind, PermitState
from telemetry.report import Frame
from tests.zone_service.conftest import AIRPORT, ROAD, SLOW, grant
from zone_service.memory import Memory
from zone_service.pipeline import step
from zone_service.world import World

Say = Callable[..., Frame]

R = Restriction
LIFTED_BY_NAME = {R.REQ_AUTHORIZATION, R.CONDITIONAL}
OVER = (121.81, 31.11)
WEST, SOUTH = (121.7995, 31.101), (121.801, 31.0995)
FLIGHTS = {
    "inside": ((OVER, 30.0), (OVER, 30.0)),
    "unknown": ((OVER, None), (OVER, None)),
    "crossed": ((WEST, 30.0), (SOUTH, 30.0)),
}
"""Where it is at two moments, and how high above the ground; the last cuts a corner."""


def flight(*exempt: str) -> Grant:
    given = grant("uav-1", PermitKind.FLIGHT_ACTIVITY, PermitState.AIRBORNE)
    return replace(given, terms=replace(given.terms, exempt_zone_ids=frozenset(exempt)))


def under(world: World, restriction: Restriction, permit: Grant) -> World:
    zones: tuple[Zone, ...] = (ROAD, replace(AIRPORT, restriction=restriction), SLOW)
    return replace(world, zones=build(zones, 1), grants={"uav-1": (permit,)})


def broken(world: World, say: Say, flown: str) -> set[str]:
    """Fly, and return the codes that name the zone."""
    frames = [
        say(
            "uav-1",
            *place,
            10.0 * seq,
            seq=seq,
            height_agl_m=height_m,
            operational_status="AIRBORNE",
        )
        for seq, (place, height_m) in enumerate(FLIGHTS[flown], start=1)
    ]
    memory = Memory()
    found = [step(memory, world, [frame]) for frame in frames]
    return {
        each.code for out in found for each in out.changes.values() if each.zone_id == "airport"
    }


@pytest.mark.requirement("A44-3", "D4d-1", "D4d-39", "D4d-47")
@pytest.mark.parametrize("flown", FLIGHTS)
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("restriction", Restriction)
def test_a_permit_lifts_an_authorisation_or_a_condition_and_never_a_prohibition(
    world: World, say: Say, restriction: Restriction, named: bool, flown: str
) -> None:
    permit = flight("airport") if named else flight()
    free = restriction is R.NO_RESTRICTION or (named and restriction in LIFTED_BY_NAME)
    expected: set[str] = set() if free else {"KEEP_OUT_BREACH"}
    assert broken(under(world, restriction, permit), say, flown) == expected


def test_a_permit_of_the_past_lifts_nothing(world: World, say: Say) -> None:
    over = replace(flight("airport"), state=PermitState.EXPIRED)
    there = under(world, Restriction.REQ_AUTHORIZATION, over)
    assert broken(there, say, "inside") == {"KEEP_OUT_BREACH"}
