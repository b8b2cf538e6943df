"""A tick asks thousands of devices some at a time, and comes to what it would have at once."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from telemetry.report import Frame, Unit
from tests.zone_service.conftest import NOON, Say, grant
from zone_service.clock_frames import IN_PARTS, listening_frame, part_frame, tick_frame
from zone_service.decisions import Outcome
from zone_service.memory import Memory, to_bytes
from zone_service.pipeline import step
from zone_service.ticking import CHANGED, HEARD
from zone_service.world import Subject, World

NOON_S = NOON.timestamp()
COUNT = 12
CARS = tuple(f"car-{number:03d}" for number in range(COUNT))
ON_ROAD = (121.92, 30.90)
SILENT_S = NOON_S + 61.0


@pytest.fixture
def city(world: World) -> World:
    """The city, with many cars that may drive."""
    car = world.subjects["car-1"]
    subjects = {name: Subject(name, car.organisation_id, car.domain) for name in CARS}
    units = {name: Unit(device_id=name) for name in CARS}
    grants = {name: (grant(name),) for name in CARS}
    return replace(world, subjects=subjects, units=units, grants=grants, like=None)


def heard(world: World, say: Say, speaks: tuple[str, ...] = ()) -> Memory:
    """All drive at noon, and some of them again when the others fall silent."""
    memory = Memory()
    said = [say(name, *ON_ROAD, 0, control_mode="AUTONOMOUS") for name in CARS]
    more = [say(name, *ON_ROAD, 60, control_mode="AUTONOMOUS") for name in speaks]
    step(memory, world, [listening_frame(NOON_S), *said, *more])
    return memory


def parts(memory: Memory, world: World, work: float, at_s: float = SILENT_S) -> Iterator[Outcome]:
    """Tick, and ask the devices turn by turn, until nobody is left."""
    first: int = 0
    while first < len(memory.names):
        outcome = step(memory, world, [part_frame(first, work, at_s)])
        assert outcome.ticked is not None
        assert outcome.ticked > first
        first = outcome.ticked
        yield outcome


def silent(*outcomes: Outcome) -> list[str]:
    """Whose silence was found, in the order in which it was."""
    return [change.device_id for outcome in outcomes for change in outcome.changes.values()]


@pytest.mark.parametrize("work", [0.1, 3 * CHANGED, 1e9])
def test_however_a_tick_is_cut_it_finds_the_same(city: World, say: Say, work: float) -> None:
    at_once, cut = (heard(city, say, CARS[3:5]) for _ in range(2))
    whole = step(at_once, city, [tick_frame(SILENT_S)])
    assert not step(cut, city, [tick_frame(SILENT_S, IN_PARTS)]).changes
    found = list(parts(cut, city, work))
    assert silent(*found) == silent(whole) == [*CARS[:3], *CARS[5:]]
    assert to_bytes(cut) == to_bytes(at_once)
    assert len(found) == {0.1: COUNT, 3 * CHANGED: 4, 1e9: 1}[work]


def test_a_part_that_changed_nothing_is_not_kept_and_one_that_did_is(city: World, say: Say) -> None:
    memory = heard(city, say, CARS[:6])
    found = list(parts(memory, city, 5.5 * HEARD))
    kept = [[frame.topic for frame in outcome.journal] for outcome in found]
    assert kept[0] == []
    assert kept[1:] == [["$part"]] * 6


def test_what_is_kept_of_a_tick_makes_the_same_of_the_same(city: World, say: Say) -> None:
    memory, again = heard(city, say, CARS[3:5]), heard(city, say, CARS[3:5])
    kept: list[Frame] = []
    for second in range(3):
        at_s = SILENT_S + second
        kept += step(memory, city, [tick_frame(at_s, IN_PARTS)]).journal
        for outcome in parts(memory, city, 2 * CHANGED, at_s):
            kept += outcome.journal
    for frame in kept:
        step(again, city, [frame])
    assert to_bytes(again) == to_bytes(memory)
