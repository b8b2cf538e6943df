"""Permits of several jurisdictions before one worker: each is judged by the rules of its own."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.cause import Cause
from permits.compliance import Grant
from permits.permit import Permit, PermitKind, PermitState
from permits.ruleset import RuleSet, judged_by
from permits.sheet import read_sheet
from permits.violation import ViolationCode
from telemetry.report import Domain, Frame, Unit
from tests.zone_service.conftest import NOON, grant
from zone_service import grants_compared
from zone_service.adoption import adopt, take_over
from zone_service.clock_frames import tick_frame
from zone_service.decisions import Outcome
from zone_service.grants_compared import ByOthers, compared
from zone_service.memory import Memory, from_bytes, to_bytes
from zone_service.pipeline import step
from zone_service.rejudging import go_on
from zone_service.rule_files import text_of
from zone_service.world import Revisions, Subject, World
from zone_service.world_loader import grants_by_device, regranted

Say = Callable[..., Frame]
OFF_ROAD = (121.92, 30.95)
NEXT_DOOR = """
id = "next-door"
version = "{version}"
jurisdiction = "next door"
title = "Next door"
extends = "shanghai-default@2026.12"
basis = {{ status = "own proposal" }}

[violations.AUTO_OUTSIDE_AUTHORISED]
opens_after_s = {opens_after_s}
samples = 2

[violations.TELEMETRY_SILENCE]
opens_after_s = 20
"""


def next_door(version: str = "1", opens_after_s: int = 1) -> RuleSet:
    said = NEXT_DOOR.format(version=version, opens_after_s=opens_after_s)
    return judged_by(read_sheet(said, text_of))


def permit(number: str, device_id: str, jurisdiction: str = "") -> Permit:
    terms = grant(device_id).terms
    kind, state = PermitKind.ROAD_TEST, PermitState.ACTIVE
    return Permit(number, kind, state, "acme", terms, jurisdiction=jurisdiction)


@pytest.fixture
def neighbours(world: World) -> World:
    """``car-1`` is the city's, ``car-2`` of next door."""
    cars, beside = ("car-1", "car-2"), {"next-door": next_door()}
    granted = {"P-1": permit("P-1", "car-1"), "P-2": permit("P-2", "car-2", "next-door")}
    return replace(
        world,
        units={each: Unit(device_id=each) for each in cars},
        subjects={each: Subject(each, "acme", Domain.ROAD, each) for each in cars},
        granted=granted,
        grants=grants_by_device(granted, beside),
        beside=beside,
    )


def off_road(memory: Memory, world: World, say: Say, seconds: range) -> dict[str, tuple[int, str]]:
    """Let both cars drive by themselves where neither may; when each is told of, and by which rules."""
    told: dict[str, tuple[int, str]] = {}
    for second in seconds:
        frames = [
            say(car, *OFF_ROAD, second, seq=second + 1, control_mode="AUTONOMOUS")
            for car in ("car-1", "car-2")
        ]
        for each in step(memory, world, frames).changes.values():
            told.setdefault(each.device_id, (second, each.rule_version))
    return told


@pytest.mark.requirement("D0-15", "D4d-40")
def test_one_deed_is_held_off_as_the_jurisdiction_of_each_permit_says(
    neighbours: World, say: Say
) -> None:
    assert off_road(Memory(), neighbours, say, range(20)) == {
        "car-1": (10, "shanghai-default@2026.12"),
        "car-2": (1, "next-door@1"),
    }


@pytest.mark.requirement("D0-15")
def test_who_falls_silent_is_missed_as_soon_as_its_jurisdiction_says(
    neighbours: World, say: Say
) -> None:
    memory = Memory(listening_s=NOON.timestamp() - 600.0)
    inside = (121.92, 30.90)
    step(memory, neighbours, [say(car, *inside, 0, seq=1) for car in ("car-1", "car-2")])
    missed: dict[str, int] = {}
    for second in range(5, 90, 5):
        told = step(memory, neighbours, [tick_frame(NOON.timestamp() + second)]).changes
        for each in told.values():
            missed.setdefault(each.device_id, second)
    assert missed == {"car-1": 60, "car-2": 20}


SLOW_ROAD = (121.94, 30.90)
"""Where 8 m/s are allowed."""
NO_MARGIN = """
id = "{name}"
version = "strict"
jurisdiction = "anywhere"
title = "Without a margin"
extends = "shanghai-default@2026.12"
basis = {{ status = "own proposal" }}

[overspeed]
margin_kmh = 0
margin_ratio = 0
"""


def strict(name: str) -> RuleSet:
    return judged_by(read_sheet(NO_MARGIN.format(name=name), text_of))


def with_strict(world: World, name: str) -> World:
    """The same with other rules of the city or of next door, and what else follows from them."""
    later = Revisions(1, 1, world.revisions.permits + 1)
    if name == "city":
        return replace(world, revisions=later, rules=strict(name), like=world)
    beside = {name: strict(name)}
    grants, _ = regranted(world.granted, world, beside)
    return replace(world, revisions=later, grants=grants, beside=beside, like=world)


def why_too_fast(memory: Memory) -> dict[str, Cause | None]:
    watches = {name: each.watch for name, each in memory.devices.items() if each.watch}
    return {
        name: each.cause
        for name, watch in watches.items()
        for each in watch.excursions
        if each.code is ViolationCode.OVERSPEED
    }


def slightly_too_fast(world: World, say: Say) -> Memory:
    memory = Memory()
    adopt(memory, world, None, NOON.timestamp())
    cars = ("car-1", "car-2")
    step(memory, world, [say(car, *SLOW_ROAD, 0, seq=1, ground_speed_mps=8.1) for car in cars])
    assert why_too_fast(memory) == {}
    return memory


@pytest.mark.requirement("D0-15", "D4d-66")
@pytest.mark.parametrize("starts", [False, True])
@pytest.mark.parametrize(("name", "whose"), [("city", "car-1"), ("next-door", "car-2")])
def test_other_rules_are_at_once_a_cause_for_whom_they_judge_and_for_nobody_else(
    neighbours: World, say: Say, name: str, whose: str, *, starts: bool
) -> None:
    memory = from_bytes(to_bytes(slightly_too_fast(neighbours, say)))
    later = with_strict(neighbours, name)
    take_over(memory, later, None if starts else neighbours, NOON.timestamp() + 1.0)
    waiting = {memory.names[number] for number in memory.outstanding.waiting}
    assert waiting == (set() if starts else {whose})
    go_on(memory, later, NOON.timestamp() + 1.0, Outcome())
    assert why_too_fast(memory) == {whose: Cause.RULES_CHANGED}


@pytest.mark.requirement("D4d-65")
def test_a_permit_that_ends_while_the_rules_of_another_jurisdiction_change_is_the_cause(
    neighbours: World, say: Say
) -> None:
    memory = Memory()
    adopt(memory, neighbours, None, NOON.timestamp())
    off_road(memory, neighbours, say, range(1))
    ended = {
        **neighbours.grants,
        "car-1": (replace(neighbours.grants["car-1"][0], state=PermitState.REVOKED),),
    }
    later = with_strict(replace(neighbours, grants=ended, like=neighbours), "next-door")
    adopt(memory, later, neighbours, NOON.timestamp() + 1.0)
    watch = memory.devices["car-1"].watch
    assert watch is not None
    causes = {each.code: each.cause for each in watch.excursions}
    assert causes[ViolationCode.PERMIT_EXPIRED] is Cause.PERMIT_CHANGED


@pytest.mark.requirement("D0-15")
def test_other_rules_of_a_jurisdiction_concern_those_who_have_a_permit_of_it(
    neighbours: World, say: Say
) -> None:
    beside = {"next-door": next_door("2", opens_after_s=600)}
    grants, told = regranted(neighbours.granted, neighbours, beside)
    assert (told.device_ids, told.otherwise) == (frozenset({"car-2"}), frozenset())
    later = replace(
        neighbours,
        revisions=Revisions(1, 1, 2),
        grants=grants,
        beside=beside,
        regranted=told,
        like=neighbours,
    )
    assert [label for _, label, _ in later.told_beside] == ["next-door@2"]
    memory = Memory()
    off_road(memory, neighbours, say, range(1))
    adopt(memory, later, neighbours, NOON.timestamp() + 0.5)
    assert set(off_road(memory, later, say, range(1, 20))) == {"car-1"}


@pytest.mark.requirement("D0-15")
def test_whom_other_rules_concern_is_found_beside_the_worker_and_not_in_its_turn(
    neighbours: World, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of ten thousand devices that took a tenth of a second, and everybody's messages waited for it."""
    memory = Memory()
    adopt(memory, neighbours, None, NOON.timestamp())
    off_road(memory, neighbours, say, range(1))
    beside = {"next-door": next_door("2", opens_after_s=600)}
    grants, told = regranted(neighbours.granted, neighbours, beside)
    later = replace(neighbours, grants=grants, beside=beside, regranted=told, like=neighbours)
    monkeypatch.delattr(Grant, "__eq__")
    monkeypatch.delattr(grants_compared, "_are_alike")
    monkeypatch.delattr(grants_compared.ByOthers, "of")
    take_over(memory, later, neighbours, NOON.timestamp() + 0.5)
    outstanding, number = memory.outstanding, memory.devices["car-2"].number
    assert (outstanding.ruled, outstanding.regranted, outstanding.waiting) == (
        {number},
        set(),
        {number},
    )


RULES = (
    None,
    next_door(),
    next_door("2"),
    judged_by(read_sheet(text_of("shanghai-default@2026.12"), text_of)),
)
CARS = ("a", "b", "c", "d")


def grants_of(chosen: dict[str, list[tuple[bool, int]]]) -> dict[str, tuple[Grant, ...]]:
    states = (PermitState.ACTIVE, PermitState.SUSPENDED)
    return {
        car: tuple(
            replace(grant(car, state=states[halted]), rules=RULES[rules]) for halted, rules in those
        )
        for car, those in chosen.items()
        if those
    }


CHOICES = st.fixed_dictionaries(
    dict.fromkeys(CARS, st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=2))
).map(grants_of)


@given(CHOICES, CHOICES)
def test_who_has_other_permits_and_who_other_rules_alone_is_as_each_is_looked_at(
    before: dict[str, tuple[Grant, ...]], after: dict[str, tuple[Grant, ...]]
) -> None:
    found = compared(before, after, CARS)
    assert found.device_ids == {car for car in CARS if before.get(car) != after.get(car)}
    assert found.device_ids == found.ruled_alone | found.otherwise
    assert found.ruled_alone == {
        car
        for car in found.device_ids
        if [replace(each, rules=None) for each in before.get(car, ())]
        == [replace(each, rules=None) for each in after.get(car, ())]
    }
    theirs = ByOthers.of(before).amended(after, found.device_ids)
    whole = ByOthers.of(after)
    assert {name: cars for name, cars in theirs.devices.items() if cars} == whole.devices
    assert (
        theirs.alone
        == whole.alone
        == {car for car, those in after.items() if all(each.rules is not None for each in those)}
    )
