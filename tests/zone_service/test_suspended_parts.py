"""A vehicle or a segment that is suspended, by the steps of the worker: the rest goes on."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from shapely import LineString

from geofence.snapshot import build
from geofence.zone import Corridor, Volume
from permits.permit import Permit, PermitKind, PermitState
from permits.plate import Plate
from permits.terms import Terms
from telemetry.report import Domain, Frame, Unit
from tests.zone_service.conftest import ROAD, grant
from zone_service.memory import Memory
from zone_service.permitted import permitted
from zone_service.pipeline import step
from zone_service.world import Revisions, Subject, World
from zone_service.world_loader import grants_by_device, regranted

Say = Callable[..., Frame]
ON_ROAD = (121.92, 30.90)
ON_OTHER = (121.92, 30.92)
OTHER = replace(
    ROAD,
    zone_id="other",
    name="Other road",
    volumes=(Volume(Corridor(LineString([(121.90, 30.92), (121.95, 30.92)]), 30.0)),),
)
SHARED = replace(
    grant("car-1").terms,
    device_ids=frozenset({"car-1", "car-2"}),
    zone_ids=frozenset({"road", "other"}),
)


def permit(state: PermitState = PermitState.ACTIVE, **terms: object) -> Permit:
    given: Terms = replace(SHARED, **terms)  # type: ignore[arg-type]
    return Permit("P-1", PermitKind.ROAD_TEST, state, "acme", given)


@pytest.fixture
def two_cars(world: World) -> World:
    cars = ("car-1", "car-2")
    granted = {"P-1": permit()}
    return replace(
        world,
        zones=build((ROAD, OTHER), 1),
        units={each: Unit(device_id=each) for each in cars},
        subjects={each: Subject(each, "acme", Domain.ROAD, each) for each in cars},
        granted=granted,
        grants=grants_by_device(granted),
    )


def after(world: World, changed: Permit) -> World:
    """The world once the worker has learnt of a permit as it is now."""
    grants, _ = regranted({"P-1": changed}, world)
    return replace(world, revisions=Revisions(1, 1, 2), granted={"P-1": changed}, grants=grants)


def drives(
    memory: Memory, world: World, say: Say, car: str, place: tuple[float, float], begins: int
) -> set[tuple[str, str | None]]:
    """What a car opens that drives by itself for twenty seconds."""
    told = set[tuple[str, str | None]]()
    for second in range(begins, begins + 20):
        frame = say(car, *place, second, seq=second, control_mode="AUTONOMOUS")
        changes = step(memory, world, [frame]).changes.values()
        told |= {(each.code, each.zone_id) for each in changes if each.closed_at is None}
    return told


@pytest.mark.requirement("D4b-62", "D4b-12")
def test_a_suspended_vehicle_breaks_its_permit_while_the_others_go_on(
    two_cars: World, say: Say
) -> None:
    memory = Memory()
    assert drives(memory, two_cars, say, "car-1", ON_ROAD, 0) == set()
    halted = after(two_cars, permit(suspended_device_ids=frozenset({"car-1"})))

    assert drives(memory, halted, say, "car-1", ON_ROAD, 100) == {("PERMIT_EXPIRED", None)}
    assert drives(memory, halted, say, "car-2", ON_ROAD, 200) == set()
    assert drives(memory, after(halted, permit()), say, "car-1", ON_ROAD, 300) == set()


@pytest.mark.requirement("D4b-62")
def test_a_suspended_segment_is_left_while_the_other_goes_on(two_cars: World, say: Say) -> None:
    memory = Memory()
    closed = after(two_cars, permit(suspended_zone_ids=frozenset({"road"})))

    assert drives(memory, closed, say, "car-1", ON_ROAD, 0) == {("AUTO_OUTSIDE_AUTHORISED", "road")}
    assert drives(memory, closed, say, "car-2", ON_OTHER, 100) == set()


@pytest.mark.requirement("D4b-79", "D4d-39")
def test_whoever_is_where_a_zone_was_withdrawn_is_outside_and_in_the_other_one_is_not(
    two_cars: World, say: Say
) -> None:
    memory = Memory()
    without = replace(two_cars, revisions=Revisions(2, 1, 1), zones=build((OTHER,), 2))

    found = drives(memory, without, say, "car-1", ON_ROAD, 0)
    assert {code for code, _ in found} == {"AUTO_OUTSIDE_AUTHORISED"}
    assert drives(memory, without, say, "car-2", ON_OTHER, 100) == set()


def test_what_is_not_in_force_is_not_called_suspended_for_one_of_its_vehicles() -> None:
    for state in (PermitState.EXPIRED, PermitState.ISSUED, PermitState.RECTIFICATION):
        halted = permit(state, suspended_device_ids=frozenset({"car-1"}))
        states = {
            device_id: grants[0].state
            for device_id, grants in grants_by_device({"P-1": halted}).items()
        }
        assert states == {"car-1": state, "car-2": state}


def test_a_vehicle_with_a_plate_is_suspended_all_the_same() -> None:
    begins, ends = SHARED.valid_from, SHARED.valid_to
    plates = tuple(
        Plate(car, f"PLATE{car[-1]}", f"LSVNV2187E210000{car[-1]}", begins, ends)
        for car in ("car-1", "car-2")
    )
    halted = permit(suspended_device_ids=frozenset({"car-1"}), plates=plates)
    found = grants_by_device({"P-1": halted})
    assert [found[car][0].state for car in ("car-1", "car-2")] == [
        PermitState.SUSPENDED,
        PermitState.ACTIVE,
    ]


def test_where_a_device_may_be_is_without_what_is_suspended() -> None:
    closed = permit(suspended_zone_ids=frozenset({"road"}))
    its = grants_by_device({"P-1": closed})["car-1"]
    at_s = closed.terms.valid_from_s
    assert permitted(its, {"road": 0, "other": 1}, at_s).slots == {1}
    every = permit(suspended_zone_ids=frozenset({"road", "other"}))
    its = grants_by_device({"P-1": every})["car-1"]
    assert permitted(its, {"road": 0, "other": 1}, at_s).slots == frozenset()
