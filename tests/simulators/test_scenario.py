"""The demonstration, judged by the platform's own pipeline in a minute that takes no time."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import shapely

from geofence.snapshot import build
from geofence.zone import Area
from maps.demo_map import demo_zones
from maps.surface import Level
from permits.compliance import Grant
from permits.permit import PermitKind, PermitState
from permits.terms import DailyHours, Terms
from simulators.demo_scenario import demo_scenario
from simulators.faults import Delay, Drift, Duplicate, Fault, Outage, Reorder
from simulators.player import Stage
from simulators.replay import load_recordings
from simulators.scenario import (
    GEOID_HAE_M,
    GROUND_AMSL_M,
    PermitPlan,
    Scenario,
)
from simulators.wire import Message
from telemetry.codecs.discover import load_codecs
from telemetry.report import Domain, Frame, Unit
from telemetry.topics import is_device_id
from tests.servers import no_recordings
from zone_service.clock_frames import tick_frame
from zone_service.heights import Heights
from zone_service.memory import Memory
from zone_service.pipeline import step
from zone_service.shipped_rules import shipped_rules
from zone_service.store.records import ViolationChange
from zone_service.world import Revisions, Subject, World

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data" / "onboard-units"
START = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
SECONDS = 75.0
TICK_S = 0.1


def world_of(scenario: Scenario) -> World:
    """The platform with the demonstration loaded and every permit in force."""
    grants = {plan.device_ids[0]: (grant(plan),) for plan in scenario.permits}
    return World(
        revisions=Revisions(1, 1, 1),
        zones=build(demo_zones(), 1),
        units={
            device.device_id: Unit(
                device_id=device.device_id, codec=device.codec, wire_id=device.wire_id
            )
            for device in scenario.devices
        },
        subjects={
            device.device_id: Subject(
                device.device_id, device.organisation_id, device.domain, device.label
            )
            for device in scenario.devices
        },
        grants=grants,
        rules=shipped_rules("demonstration"),
        codecs=load_codecs(),
        heights=Heights(Level(GROUND_AMSL_M), Level(GEOID_HAE_M)),
    )


def grant(plan: PermitPlan) -> Grant:
    flight = plan.kind == PermitKind.FLIGHT_ACTIVITY
    terms = Terms(
        device_ids=frozenset(plan.device_ids),
        zone_ids=frozenset(plan.zone_ids),
        valid_from=START - timedelta(days=1),
        valid_to=START + timedelta(days=1),
        hours=tuple(DailyHours(opens, ends) for opens, ends in plan.hours),
        max_speed_mps=plan.max_speed_mps,
        max_height_agl_m=plan.max_height_agl_m,
        control_modes=frozenset(plan.control_modes),
    )
    state = PermitState.AIRBORNE if flight else PermitState.ACTIVE
    return Grant(plan.number, PermitKind(plan.kind), state, terms)


@dataclass
class Played:
    """What came of it."""

    opened: list[tuple[float, ViolationChange]]
    """Seconds after the start at which each first showed."""
    closed: list[ViolationChange]
    refused: list[str]
    messages: dict[str, int]
    orders: Counter[str] = field(default_factory=Counter)
    """How many reports were in their order, late or sent twice."""


POOR = (
    Drift(0.4, 200.0),
    Outage(10.0, 11.5, buffered=True),
    Outage(30.0, 31.0),
    Reorder(0.1),
    Duplicate(0.1),
    Delay(0.15),
)
"""A link by mobile network and a clock that is not set often. No outage is long enough to be a
silence."""


@cache
def perform(
    folder: Path | None, seed: int = 1, start: datetime = START, faults: tuple[Fault, ...] = ()
) -> Played:
    """Play the scenario against the pipeline, a step each tenth of a second.

    ``faults`` come over every unit, behind those that are in the scenario.
    """
    scenario, origin_s = demo_scenario(start), start.timestamp()
    parts = tuple(replace(part, faults=(*part.faults, *faults)) for part in scenario.parts)
    scenario = replace(scenario, parts=parts)
    stage = Stage(scenario, origin_s, np.random.default_rng(seed), load_recordings(folder))
    memory, world, played = Memory(), world_of(scenario), Played([], [], [], {})
    known: set[str] = set()
    for tick in range(int(SECONDS / TICK_S)):
        now_s = origin_s + tick * TICK_S
        frames = list(frames_of(stage.messages(now_s), now_s, played))
        if tick % 10 == 9:
            frames.append(tick_frame(now_s + 0.05))
        take(memory, world, frames, now_s - origin_s, known, played)
    end_s = origin_s + SECONDS
    take(
        memory, world, list(frames_of(stage.farewell(end_s), end_s, played)), SECONDS, known, played
    )
    for second in range(1, 90):
        take(memory, world, [tick_frame(end_s + second)], SECONDS + second, known, played)
    return played


def frames_of(said: Iterator[tuple[str, Message]], now_s: float, played: Played) -> Iterator[Frame]:
    for device_id, message in said:
        played.messages[device_id] = played.messages.get(device_id, 0) + 1
        yield Frame(message.topic, message.payload, now_s + 0.01)


def take(
    memory: Memory,
    world: World,
    frames: list[Frame],
    played_s: float,
    known: set[str],
    played: Played,
) -> None:
    outcome = step(memory, world, frames)
    played.orders.update({str(name): count for name, count in outcome.counts.items()})
    played.refused += [each.refused.detail for each in outcome.refusals]
    for change in outcome.changes.values():
        if change.id not in known:
            known.add(change.id)
            played.opened.append((played_s, change))
        if change.closed_at is not None:
            played.closed.append(change)


@pytest.fixture(scope="module", params=["own", "shared"])
def played(request: pytest.FixtureRequest) -> Played:
    if request.param == "shared" and not SHARED.is_dir():
        no_recordings()
    return perform(SHARED if request.param == "shared" else None)


@pytest.mark.requirement("A44-3")
def test_every_scripted_breach_is_reported_in_time_and_no_other(played: Played) -> None:
    scenario = demo_scenario(START)
    expected = {
        (each.code, each.device_id, each.zone_id): each.latest_s for each in scenario.expected
    }
    found = {
        (change.code, change.device_id, change.zone_id): at_s for at_s, change in played.opened
    }
    assert found.keys() == expected.keys()
    assert {key for key, at_s in found.items() if at_s > expected[key]} == set()
    assert len(played.opened) == len(expected)


def test_no_message_of_the_demonstration_is_refused(played: Played) -> None:
    assert played.refused == []


def test_every_device_speaks(played: Played) -> None:
    assert played.messages.keys() == {device.device_id for device in demo_scenario().devices}


def test_the_silence_ends_when_the_unit_speaks_again(played: Played) -> None:
    assert "TELEMETRY_SILENCE" in {change.code for change in played.closed}


def test_breaches_last_long_enough_to_be_seen(played: Played) -> None:
    lasted_s = [
        (change.closed_at - change.opened_at).total_seconds()
        for change in played.closed
        if change.closed_at is not None
    ]
    assert min(lasted_s) >= 15.0


@pytest.mark.parametrize("hour", [0, 7, 13, 21])
def test_the_car_outside_its_hours_is_outside_them_at_any_time_of_day(hour: int) -> None:
    start = datetime(2026, 11, 23, hour, 17, 31, tzinfo=UTC)
    found = [change.code for _, change in perform(None, start=start).opened]
    assert found.count("OUTSIDE_TIME_WINDOW") == 1
    assert len(found) == 5


@pytest.mark.parametrize("seed", [2, 3])
def test_chance_changes_nothing_about_who_is_caught(seed: int) -> None:
    assert len(perform(None, seed).opened) == 5


def caught(played: Played) -> Counter[tuple[str, str, str | None]]:
    """Count the excursions: what late reports tell of the beginning of a live one is the same."""
    changes = [change for _, change in played.opened if change.joins is None]
    return Counter((change.code, change.device_id, change.zone_id) for change in changes)


@pytest.mark.requirement("A44-3")
def test_what_goes_wrong_on_the_way_changes_nothing_about_who_is_caught() -> None:
    well, poorly = perform(None), perform(None, faults=POOR)
    assert caught(poorly) == caught(well)
    assert poorly.refused == []
    assert poorly.orders["late"] > 100 > 10 * well.orders["late"]
    assert poorly.orders["duplicate"] > 100
    assert well.orders["duplicate"] == 0


def test_the_cast_is_complete() -> None:
    scenario = demo_scenario()
    names = [device.device_id for device in scenario.devices]
    assert len(names) == len(set(names))
    assert all(is_device_id(name) for name in names)
    domains = [scenario.device(part.device_id).domain for part in scenario.parts]
    assert {domain: domains.count(domain) >= 2 for domain in Domain} == dict.fromkeys(Domain, True)
    assert len(scenario.parts) >= 20
    assert {scenario.device(part.device_id).codec for part in scenario.recorded} == {"dji", "jt808"}
    owners = {operator.organisation_id for operator in scenario.operators}
    assert {device.organisation_id for device in scenario.devices} == owners
    zones = {zone.zone_id for zone in demo_zones()}
    for plan in scenario.permits:
        assert set(plan.zone_ids) <= zones
        assert set(plan.device_ids) <= set(names)
    with pytest.raises(KeyError):
        scenario.device("nobody")


def test_permits_are_for_zones_of_the_device_s_domain() -> None:
    zones = {zone.zone_id: zone for zone in demo_zones()}
    scenario = demo_scenario()
    for plan in scenario.permits:
        for device_id in plan.device_ids:
            domain = scenario.device(device_id).domain
            assert all(domain in zones[zone_id].domains for zone_id in plan.zone_ids)


def test_the_recorded_units_stand_inside_their_zones() -> None:
    jiading = next(zone for zone in demo_zones() if zone.zone_id == "area-jiading")
    terminal = next(p for p in demo_scenario().recorded if p.device_id.startswith("jt808"))
    shape = jiading.volumes[0].shape
    assert isinstance(shape, Area)
    assert shapely.intersects_xy(shape.geometry, terminal.longitude_deg, terminal.latitude_deg)
