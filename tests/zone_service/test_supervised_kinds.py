"""Every kind of permit is supervised by its own terms: on its place nothing, off it a violation."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import time

import pytest
from shapely import box

from geofence.snapshot import build
from geofence.zone import Area, Volume, Zone, ZoneKind
from permits.permit import PermitKind, PermitState
from permits.terms import DailyHours
from telemetry.report import Frame
from tests.zone_service.conftest import ROAD, grant
from zone_service.memory import Memory
from zone_service.pipeline import step
from zone_service.world import World

Say = Callable[..., Frame]
WATER = Zone("water", ZoneKind.KEEP_IN, "Lake", (Volume(Area(box(121.94, 30.91, 121.96, 30.93))),))
SKY = Zone("sky", ZoneKind.KEEP_IN, "Test sky", (Volume(Area(box(121.90, 30.95, 121.92, 30.97))),))


@dataclass(frozen=True, slots=True)
class Trial:
    """A device with a permit for one place, and another place that is none of it."""

    kind: PermitKind
    device_id: str
    zone_id: str
    inside: tuple[float, float]
    outside: tuple[float, float]
    state: PermitState = PermitState.ACTIVE


TEST = Trial(PermitKind.ROAD_TEST, "car-1", "road", (121.92, 30.90), (121.92, 30.91))
APPLICATION = replace(TEST, kind=PermitKind.DEMO_APPLICATION)
OPERATION = replace(TEST, kind=PermitKind.DEMO_OPERATION)
FLIGHT = Trial(
    PermitKind.FLIGHT_ACTIVITY,
    "uav-1",
    "sky",
    (121.91, 30.96),
    (121.93, 30.96),
    PermitState.AIRBORNE,
)
VESSEL = Trial(PermitKind.VESSEL_TRIAL, "usv-1", "water", (121.95, 30.92), (121.97, 30.92))
FLYING = {"height_agl_m": 40.0, "operational_status": "AIRBORNE"}


def permitted(world: World, trial: Trial, *hours: DailyHours) -> World:
    """Return the world with the trial's places and its permit, for these hours of the day."""
    given = grant(trial.device_id, trial.kind, trial.state, (trial.zone_id,))
    given = replace(given, terms=replace(given.terms, hours=hours))
    zones = build((ROAD, WATER, SKY), 1)
    return replace(world, zones=zones, grants={trial.device_id: (given,)})


def goes(world: World, say: Say, trial: Trial, place: tuple[float, float]) -> set[str]:
    """Return the codes of what is open after a minute in one place."""
    memory = Memory()
    more = FLYING if trial.kind is PermitKind.FLIGHT_ACTIVITY else {}
    for second in range(60):
        step(memory, world, [say(trial.device_id, *place, second, seq=second, **more)])
    return {change.code for change in memory.open.values()}


@pytest.mark.parametrize(
    "trial",
    [
        pytest.param(TEST, marks=pytest.mark.requirement("A43-1")),
        pytest.param(APPLICATION, marks=pytest.mark.requirement("A43-2")),
        pytest.param(OPERATION, marks=pytest.mark.requirement("A43-3", "D4a-3")),
        pytest.param(FLIGHT, marks=pytest.mark.requirement("A44-3")),
        pytest.param(VESSEL, marks=pytest.mark.requirement("A44-7", "D4a-11")),
    ],
    ids=lambda trial: trial.kind.value,
)
def test_each_kind_of_permit_allows_its_place_and_no_other(
    world: World, say: Say, trial: Trial
) -> None:
    judging = permitted(world, trial)
    assert goes(judging, say, trial, trial.inside) == set()
    assert goes(judging, say, trial, trial.outside) == {"KEEP_IN_EXIT"}


@pytest.mark.requirement("A43-3", "D4a-3")
def test_a_demonstration_operation_that_runs_after_its_hours_is_a_violation(
    world: World, say: Say
) -> None:
    morning = DailyHours(time(8), time(11))
    day = DailyHours(time(8), time(20))
    assert goes(permitted(world, OPERATION, day), say, OPERATION, OPERATION.inside) == set()
    assert goes(permitted(world, OPERATION, morning), say, OPERATION, OPERATION.inside) == {
        "OUTSIDE_TIME_WINDOW"
    }
