"""Who goes on as before is not asked whole again, and nothing is found later for it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geofence.amend import changed_zones
from geofence.snapshot import Snapshot
from geofence.zone import ZoneKind
from permits.permit import PermitKind, PermitState
from permits.terms import DailyHours
from telemetry.report import Frame
from tests.zone_service.conftest import NOON, grant
from zone_service.adoption import adopt
from zone_service.clock_frames import tick_frame
from zone_service.decisions import Outcome
from zone_service.memory import Memory, to_bytes
from zone_service.pipeline import step
from zone_service.world import Revisions, World

Say = Callable[..., Frame]
NOON_S = NOON.timestamp()
ON_ROAD, BESIDE_ROAD, OVER_AIRPORT, IN_AIRSPACE = (
    (121.92, 30.90),
    (121.92, 30.9006),
    (121.80, 31.14),
    (121.76, 31.06),
)
DEVICES = ("car-1", "uav-1", "usv-1")


@pytest.fixture
def permits(sky: World) -> tuple[World, ...]:
    """The same city with permits that end soon, have hours, limits and modes, are suspended or are gone."""
    car, (flight,) = grant("car-1"), sky.grants["uav-1"]
    until = datetime.fromtimestamp(NOON_S + 15.0, UTC)
    hours = (DailyHours(time(12, 0), time(12, 0, 20)),)

    def with_terms(of: Any, **changed: Any) -> Any:
        return replace(of, terms=replace(of.terms, **changed))

    found: list[dict[str, Any]] = [
        {"car-1": (car,), "uav-1": (flight,)},
        {"car-1": (with_terms(car, valid_to=until),), "uav-1": (flight,)},
        {"car-1": (with_terms(car, hours=hours),), "uav-1": (with_terms(flight, hours=hours),)},
        {"car-1": (with_terms(car, max_speed_mps=5.5),)},
        {"uav-1": (with_terms(flight, max_height_agl_m=60.0, max_speed_mps=5.5),)},
        {"car-1": (grant("car-1", state=PermitState.SUSPENDED), with_terms(car, valid_to=until))},
        {"car-1": (with_terms(car, control_modes=frozenset({"AUTONOMOUS"})),)},
        {"car-1": (replace(car, kind=PermitKind.LOW_SPEED_OPERATION, plated_to_s=NOON_S + 12.0),)},
    ]
    return tuple(
        replace(sky, grants=each, revisions=Revisions(2, 1, number))
        for number, each in enumerate(found, 1)
    )


def told(outcome: Outcome) -> tuple[object, ...]:
    assert outcome.failures == []
    return (
        outcome.changes,
        outcome.journal,
        outcome.stirred,
        outcome.counts,
        outcome.moved,
        outcome.acknowledge,
    )


SAID = st.fixed_dictionaries(
    {
        "device": st.sampled_from(DEVICES),
        "place": st.sampled_from([ON_ROAD, BESIDE_ROAD, OVER_AIRPORT, IN_AIRSPACE, (None, None)]),
        "ground_speed_mps": st.sampled_from([None, 0.0, 5.0, 5.4, 6.5, 30.0]),
        "height_agl_m": st.sampled_from([None, 50.0, 70.0, 119.0, 130.0]),
        "control_mode": st.sampled_from(["AUTONOMOUS", "MANUAL", "UNKNOWN"]),
        "operational_status": st.sampled_from(["AIRBORNE", "GROUND", "UNKNOWN"]),
        "late_s": st.sampled_from([0.0, 0.0, 0.0, 7.0]),
        "times": st.integers(1, 4),
    }
)


def redrawn(world: World) -> tuple[Snapshot, ...]:
    """The same map, one with a slower road, and one without the airport."""
    road = next(each for each in world.zones.zones if each.zone_id == "road")
    narrow = replace(road, kind=ZoneKind.SPEED_LIMIT, speed_limit_mps=5.2)
    return (
        world.zones,
        changed_zones(world.zones, [narrow], (), 7),
        changed_zones(world.zones, (), ["airport"], 8),
    )


@given(
    st.lists(SAID, min_size=5, max_size=40), st.dictionaries(st.integers(1, 60), st.integers(0, 7))
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_it_finds_what_is_found_by_asking_each_fix_whole(
    permits: tuple[World, ...], say: Say, turns: list[dict[str, Any]], changes: dict[int, int]
) -> None:
    one, other, world, second = Memory(), Memory(), permits[0], 0
    maps = redrawn(world)
    for said in turns:
        for _ in range(said["times"]):
            second += 1
            if second in changes:
                before = world
                world = replace(permits[changes[second]], zones=maps[second % 3], like=before)
                for memory in (one, other):
                    adopt(memory, world, before, NOON_S + second)
            facts = {key: said[key] for key in said if key not in {"device", "place", "times"}}
            batch = [
                say(said["device"], *said["place"], second, **facts),
                tick_frame(NOON_S + second + 0.5),
            ]
            found = step(one, world, batch)
            kept = dict(world.untroubled)
            world.untroubled.clear()
            expected = step(other, world, batch)
            world.untroubled.clear()
            world.untroubled.update(kept)
            assert told(found) == told(expected)
            assert to_bytes(one) == to_bytes(other)


def asked_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    from zone_service import pipeline

    asked: list[float] = []
    whole = pipeline._judge_whole

    def counted(memory: Any, world: Any, fresh: Any, *rest: Any, is_plain: bool) -> None:
        asked.append(fresh.seen.at_s - NOON_S)
        whole(memory, world, fresh, *rest, is_plain=is_plain)

    monkeypatch.setattr(pipeline, "_judge_whole", counted)
    return asked


def test_a_car_that_drives_on_is_asked_whole_until_it_broke_nothing_and_then_no_more(
    world: World, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, memory = asked_whole(world, monkeypatch), Memory()
    for second in range(1, 10):
        speed_mps = 5.0 + second / 10
        step(memory, world, [say("car-1", *ON_ROAD, second, ground_speed_mps=speed_mps)])
    assert asked == [1.0, 2.0]


@pytest.mark.parametrize(
    "changed",
    [{"control_mode": "AUTONOMOUS"}, {"ground_speed_mps": 0.0}, {"ground_speed_mps": None}],
)
def test_who_moves_otherwise_is_asked_whole(
    world: World, say: Say, monkeypatch: pytest.MonkeyPatch, changed: dict[str, object]
) -> None:
    asked, memory = asked_whole(world, monkeypatch), Memory()
    for second in range(1, 6):
        step(memory, world, [say("car-1", *ON_ROAD, second)])
    step(memory, world, [say("car-1", *ON_ROAD, 6, **changed)])
    assert asked == [1.0, 2.0, 6.0]


def asked_in_another(
    world: World, other: World, say: Say, monkeypatch: pytest.MonkeyPatch
) -> list[float]:
    asked, memory = asked_whole(world, monkeypatch), Memory()
    for second in range(1, 4):
        step(memory, world, [say("car-1", *ON_ROAD, second)])
    adopt(memory, other, world, NOON_S + 3.5)
    for second in range(4, 6):
        step(memory, other, [say("car-1", *ON_ROAD, second)])
    return asked


def test_by_a_world_that_was_made_of_nothing_everybody_is_asked_whole(
    world: World, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked_in_another(world, replace(world), say, monkeypatch) == [1.0, 2.0, 4.0]


def elsewhere(world: World) -> World:
    """The zone over the airport is gone."""
    gone = changed_zones(world.zones, (), ["airport"], 99)
    return replace(world, zones=gone, like=world)


def drawn_again(world: World) -> World:
    """The road has another name, and lies where it lay."""
    road = next(each for each in world.zones.zones if each.zone_id == "road")
    renamed = changed_zones(world.zones, [replace(road, name="other")], (), 99)
    return replace(world, zones=renamed, like=world)


def for_another(world: World) -> World:
    """Another device has no permit any more."""
    others = {each: grants for each, grants in world.grants.items() if each != "uav-1"}
    return replace(world, grants=others, like=world)


def for_it(world: World) -> World:
    """Its permit is another one, of the same terms."""
    return replace(world, grants={**world.grants, "car-1": (grant("car-1"),)}, like=world)


def by_other_rules(world: World) -> World:
    """Other rules are in force, which ask the same of it."""
    return replace(world, rules=replace(world.rules), like=world)


def of_another_owner(world: World) -> World:
    """It is registered anew."""
    again = replace(world.subjects["car-1"], organisation_id="other")
    return replace(world, subjects={**world.subjects, "car-1": again}, like=world)


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        (elsewhere, [1.0, 2.0]),
        (for_another, [1.0, 2.0]),
        (drawn_again, [1.0, 2.0, 4.0]),
        (for_it, [1.0, 2.0, 4.0]),
        (by_other_rules, [1.0, 2.0, 4.0]),
        (of_another_owner, [1.0, 2.0, 4.0]),
    ],
)
def test_a_change_has_those_asked_whole_once_whom_it_concerns_and_no_others(
    world: World,
    say: Say,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[World], World],
    asked: list[float],
) -> None:
    assert asked_in_another(world, change(world), say, monkeypatch) == asked


@pytest.mark.parametrize(
    ("place", "said", "code"),
    [
        pytest.param(BESIDE_ROAD, {}, "KEEP_IN_EXIT", id="it leaves its road"),
        pytest.param((121.60, 31.30), {}, "IMPOSSIBLE_JUMP", id="it jumps"),
        pytest.param(ON_ROAD, {"late_s": 20.0}, "CLOCK_SKEW", id="its clock is slow"),
        pytest.param((None, None), {}, "MISSING_MANDATORY_FIELD", id="it does not say where it is"),
    ],
)
def test_what_is_wrong_with_one_fix_after_many_good_ones_is_found(
    world: World, say: Say, place: tuple[Any, Any], said: dict[str, float], code: str
) -> None:
    memory = Memory()
    for second in range(1, 40):
        step(memory, world, [say("car-1", *ON_ROAD, second)])
    step(memory, world, [say("car-1", *place, 42, **said)])
    watch = memory.devices["car-1"].watch
    assert watch is not None
    assert [each.key[0] for each in watch.excursions] == [code]
