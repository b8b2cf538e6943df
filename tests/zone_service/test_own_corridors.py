"""Devices that each keep to a corridor of their own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from permits.compliance import Grant
from permits.corridor import Height, OwnCorridor
from permits.permit import Permit, PermitKind, PermitState
from permits.terms import Terms
from permits.violation import ViolationCode
from telemetry.report import Domain, Frame, Unit
from tests.zone_service.conftest import NOON
from zone_service.adoption import adopt
from zone_service.courses import Courses
from zone_service.decisions import Outcome
from zone_service.drawn_corridors import problems_of
from zone_service.forecasts import Forecast
from zone_service.foretelling import foretell
from zone_service.memory import Memory, from_bytes, to_bytes
from zone_service.own_corridors import (
    NO_CORRIDORS,
    ON_ROUTE,
    OwnCorridors,
    Strayed,
    corridors_of,
)
from zone_service.pipeline import step
from zone_service.store.records import ViolationChange
from zone_service.world import Revisions, Subject, World

Say = Callable[..., Frame]
OFF = ViolationCode.ROUTE_DEVIATION
NOON_S = NOON.timestamp()
SOUTH = OwnCorridor(((121.90, 30.9000), (121.95, 30.9000)), 30.0)
NORTH = OwnCorridor(((121.90, 30.9008), (121.95, 30.9008)), 30.0)
"""89 m apart: who goes from one to the other between two reports does not jump."""
IN_SOUTH, IN_NORTH, IN_NEITHER = (121.92, 30.9000), (121.92, 30.9008), (121.92, 30.9016)
EVERY_S = 3


def permit(
    number: str,
    device_id: str,
    corridor: OwnCorridor | None,
    kind: PermitKind = PermitKind.ROAD_TEST,
    state: PermitState = PermitState.ACTIVE,
) -> Permit:
    terms = Terms(
        device_ids=frozenset({device_id}),
        zone_ids=frozenset(),
        valid_from=datetime(2026, 11, 1, tzinfo=UTC),
        valid_to=datetime(2026, 12, 1, tzinfo=UTC),
        corridor=corridor,
    )
    return Permit(number, kind, state, "acme", terms)


def flight(number: str, corridor: OwnCorridor | None) -> Permit:
    return permit(number, "uav-1", corridor, PermitKind.FLIGHT_ACTIVITY, PermitState.AIRBORNE)


def with_permits(world: World, *permits: Permit) -> World:
    grants: dict[str, tuple[Grant, ...]] = {}
    for each in permits:
        grant = Grant(each.number, each.kind, each.state, each.terms)
        for device_id in each.terms.device_ids:
            grants[device_id] = (*grants.get(device_id, ()), grant)
    revisions = replace(world.revisions, permits=world.revisions.permits + 1)
    corridors = corridors_of(permits, world.corridors)
    return replace(world, grants=grants, corridors=corridors, revisions=revisions)


@pytest.fixture
def town(world: World) -> World:
    """Two cars and a drone, each with a route of its own and no zone."""
    subjects = dict(world.subjects) | {"car-2": Subject("car-2", "acme", Domain.ROAD)}
    units = dict(world.units) | {"car-2": Unit(device_id="car-2")}
    bare = replace(world, subjects=subjects, units=units, revisions=Revisions(1, 1, 1))
    return with_permits(
        bare,
        permit("P-1", "car-1", SOUTH),
        permit("P-2", "car-2", NORTH),
        flight("F-1", replace(SOUTH, upper=Height(60.0, "AGL"))),
    )


class Drive:
    """Reports of devices, one in three seconds."""

    def __init__(self, world: World, say: Say) -> None:
        self.world, self.say, self.memory = world, say, Memory()
        self.journal: list[Frame] = []

    def fix(
        self, number: int, place: tuple[float | None, float | None], *device_ids: str, **said: Any
    ) -> list[tuple[str, str, str | None]]:
        frames = [
            self.say(each, *place, float(EVERY_S * number), seq=number, **said)
            for each in device_ids or ("car-1",)
        ]
        outcome = step(self.memory, self.world, frames)
        assert outcome.failures == []
        self.journal += outcome.journal
        return told(outcome)


def told(outcome: Outcome) -> list[tuple[str, str, str | None]]:
    return [(each.device_id, each.code, each.permit_number) for each in outcome.changes.values()]


@pytest.fixture
def drive(town: World, say: Say) -> Drive:
    return Drive(town, say)


@pytest.mark.requirement("D4d-52", "A44-3")
def test_each_device_keeps_to_the_route_of_its_own_permit(drive: Drive) -> None:
    found = []
    for number in range(5):
        found += drive.fix(number, IN_SOUTH, "car-1", "car-2")
    assert found == [("car-2", OFF, "P-2")]
    (opened,) = drive.memory.open.values()
    assert opened.opened_at == NOON, "dated from where it began"
    assert opened.severity == "major"
    assert opened.zone_id is None
    for number in range(5, 10):
        found = drive.fix(number, IN_NORTH, "car-2")
    assert drive.memory.open == {}
    assert found == [("car-2", OFF, "P-2")]


@pytest.mark.requirement("D4d-38", "D4d-52")
def test_an_aircraft_off_its_route_or_above_it_is_a_violation_at_its_first_fix(
    drive: Drive,
) -> None:
    flying = {"operational_status": "AIRBORNE", "control_mode": "AUTONOMOUS"}
    assert drive.fix(0, IN_SOUTH, "uav-1", **flying, height_agl_m=60.0) == []
    assert drive.fix(1, IN_SOUTH, "uav-1", **flying, height_agl_m=61.0) == [("uav-1", OFF, "F-1")]


@pytest.mark.requirement("D4d-39", "D4d-52")
def test_a_place_that_is_not_known_neither_begins_a_deviation_nor_ends_one(drive: Drive) -> None:
    for number in range(5):
        drive.fix(number, IN_NORTH)
    (opened,) = drive.memory.open.values()
    for number in range(5, 20):
        drive.fix(number, (None, None))
    assert drive.memory.devices["car-1"].strayed == Strayed((), ("P-1",))
    codes = {each.code for each in drive.memory.open.values()}
    assert codes == {OFF, ViolationCode.MISSING_MANDATORY_FIELD}
    assert opened.id in {each.id for each in drive.memory.open.values()}


def test_of_several_permits_one_that_has_this_route_is_enough(town: World, say: Say) -> None:
    both = with_permits(town, permit("P-1", "car-1", SOUTH), permit("P-3", "car-1", NORTH))
    drive = Drive(both, say)
    for number in range(8):
        assert drive.fix(number, IN_NORTH) == []
    assert drive.memory.devices["car-1"].strayed == Strayed(("P-1",))
    found = []
    for number in range(8, 16):
        found += drive.fix(number, IN_NEITHER)
    assert found == [("car-1", OFF, "P-1")]


@pytest.mark.requirement("D4d-52")
def test_a_route_that_changes_is_judged_by_at_once_where_the_device_was_last_seen(
    town: World, say: Say
) -> None:
    drive = Drive(town, say)
    flying = {"operational_status": "AIRBORNE", "control_mode": "AUTONOMOUS", "height_agl_m": 50.0}
    assert drive.fix(0, IN_SOUTH, "uav-1", **flying) == []
    later = with_permits(town, flight("F-1", NORTH))
    outcome = adopt(drive.memory, later, town, NOON_S + 0.5)
    assert told(outcome) == [("uav-1", OFF, "F-1")]
    back = with_permits(later, flight("F-1", None))
    adopt(drive.memory, back, later, NOON_S + 1.0)
    assert drive.memory.devices["uav-1"].strayed == ON_ROUTE


def test_a_jump_is_no_deviation(drive: Drive) -> None:
    flying = {"operational_status": "AIRBORNE", "control_mode": "AUTONOMOUS", "height_agl_m": 50.0}
    drive.fix(0, IN_SOUTH, "uav-1", **flying)
    found = drive.fix(1, (122.5, 31.5), "uav-1", **flying)
    assert found == [("uav-1", ViolationCode.IMPOSSIBLE_JUMP, "F-1")]
    assert drive.memory.devices["uav-1"].strayed == ON_ROUTE


def test_the_same_frames_find_the_same_however_they_are_cut(drive: Drive) -> None:
    for number in range(30):
        place = IN_NORTH if number < 14 else IN_SOUTH
        drive.fix(number, place, "car-1", "car-2")
    again = Memory()
    found: dict[str, ViolationChange] = {}
    found |= step(again, drive.world, drive.journal).changes
    assert again.open == drive.memory.open
    assert again.devices == drive.memory.devices
    assert from_bytes(to_bytes(again)).devices == drive.memory.devices
    assert {each.code for each in found.values()} == {OFF}


def outlines(corridors: OwnCorridors) -> dict[str, int]:
    return {
        each: id(corridors.fences.outlines[drawn.number]) for each, drawn in corridors.drawn.items()
    }


def test_only_the_corridors_of_permits_that_changed_are_drawn_again(town: World) -> None:
    first = outlines(town.corridors)
    changed = corridors_of(
        (
            permit("P-1", "car-1", SOUTH),
            permit("P-2", "car-2", replace(NORTH, half_width_m=40.0)),
            permit("P-4", "car-3", NORTH),
        ),
        town.corridors,
    )
    after = outlines(changed)
    assert after["P-1"] == first["P-1"]
    assert after["P-2"] != first["P-2"]
    assert set(after) == {"P-1", "P-2", "P-4"}
    assert len(changed.fences) == 3, "what is gone leaves its number to another"
    assert len(changed.fences.outlines) == 3
    assert len(town.corridors.fences) == 3, "the world before is as it was"
    same = corridors_of((permit("P-1", "car-1", SOUTH),), corridors_of((), NO_CORRIDORS))
    again = corridors_of((permit("P-1", "car-1", SOUTH),), same)
    assert again.fences is same.fences


@pytest.mark.parametrize(
    ("corridor", "paths"),
    [
        (SOUTH, []),
        (replace(SOUTH, half_width_m=6e5), ["half_width_m"]),
        (OwnCorridor(((-179.9, 0.0), (179.9, 0.0)), 30.0), ["line"]),
        (replace(SOUTH, lower=Height(9.0, "AGL"), upper=Height(8.0, "AGL")), ["lower"]),
    ],
)
def test_what_cannot_be_drawn_is_told_with_its_member(
    corridor: OwnCorridor, paths: list[str]
) -> None:
    assert [each.path for each in problems_of(corridor)] == paths


# --- what lies ahead ----------------------------------------------------------------------------

TOWARDS_EAST = {"ground_speed_mps": 15.0, "track_deg": 90.0}
FLYING = {
    "operational_status": "AIRBORNE", "control_mode": "AUTONOMOUS", "vertical_speed_mps": 0.0
}  # fmt: skip


def ahead(world: World, say: Say, place: tuple[float, float], **said: Any) -> list[Forecast]:
    memory = Memory()
    step(memory, world, [say("uav-1", *place, 0.0, **FLYING | said)])
    found = foretell(Courses(), memory, world, range(1), NOON_S + 0.5)["uav-1"]
    assert found is not None
    return list(found)


@pytest.mark.requirement("D4d-42", "D4d-52")
def test_leaving_the_route_ahead_is_told_with_its_moment_and_place(town: World, say: Say) -> None:
    assert ahead(town, say, IN_SOUTH, height_agl_m=50.0, **TOWARDS_EAST) == []
    north = {"ground_speed_mps": 15.0, "track_deg": 0.0}
    (told_ahead,) = ahead(town, say, IN_SOUTH, height_agl_m=50.0, **north)
    assert (told_ahead.code, told_ahead.zone_id, told_ahead.certain) == (OFF, None, True)
    assert told_ahead.at_s == pytest.approx(NOON_S + 2.0, abs=0.02)  # thirty metres at 15 m/s
    assert told_ahead.latitude_deg == pytest.approx(30.9 + 30.0 / 110_860, abs=5e-6)
    (uncertain,) = ahead(town, say, IN_SOUTH, **north)
    assert not uncertain.certain, "its height is not known"
    assert ahead(town, say, IN_NORTH, height_agl_m=50.0, **north) == [], "it has left already"


def test_who_may_go_on_by_another_permit_does_not_leave_the_last(town: World, say: Say) -> None:
    north = {"ground_speed_mps": 15.0, "track_deg": 0.0, "height_agl_m": 50.0}
    wide = replace(SOUTH, half_width_m=200.0)
    two = with_permits(town, flight("F-1", SOUTH), flight("F-2", wide))
    (last,) = ahead(two, say, IN_SOUTH, **north)
    assert last.at_s == pytest.approx(NOON_S + 200.0 / 15.0, abs=0.1)
    anywhere = flight("F-2", None)
    in_the_road = replace(anywhere, terms=replace(anywhere.terms, zone_ids=frozenset({"road"})))
    free = with_permits(town, flight("F-1", SOUTH), in_the_road)
    assert OFF not in [each.code for each in ahead(free, say, IN_SOUTH, **north)]


def test_on_a_route_alone_no_zone_is_left(town: World, say: Say) -> None:
    route = flight("F-1", SOUTH)
    with_transfer = replace(route.terms, transfer_zone_ids=frozenset({"road"}))
    world = with_permits(town, replace(route, terms=with_transfer))
    assert ahead(world, say, IN_SOUTH, height_agl_m=50.0, **TOWARDS_EAST) == []
