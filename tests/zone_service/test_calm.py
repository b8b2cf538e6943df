"""What a tick remembers of devices that it need not look at changes nothing but its cost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from permits.permit import PermitKind, PermitState
from permits.terms import DailyHours
from permits.weekly_hours import week_of
from telemetry.report import Frame, Report
from tests.zone_service.conftest import NOON, grant
from zone_service.clock_frames import listening_frame, set_frame, tick_frame
from zone_service.conduct import conduct_of
from zone_service.decisions import Outcome
from zone_service.memory import Memory, to_bytes
from zone_service.pipeline import step
from zone_service.world import Revisions, World

Say = Callable[..., Frame]
NOON_S = NOON.timestamp()
ON_ROAD, BESIDE_ROAD = (121.92, 30.90), (121.92, 30.9006)
ENDS_S = 45.0
DEVICES = ("car-1", "uav-1", "usv-1")


def until(seconds: float) -> datetime:
    return datetime.fromtimestamp(NOON_S + seconds, UTC)


@pytest.fixture
def permits(world: World) -> tuple[World, ...]:
    """The same city with a permit that ends soon, one for some hours, one that is suspended."""
    mine = grant("car-1")
    ending = replace(mine, terms=replace(mine.terms, valid_to=until(ENDS_S)))
    for_half_a_minute = DailyHours(time(12, 0), time(12, 0, 30))
    hours = replace(mine, terms=replace(mine.terms, hours=(for_half_a_minute,)))
    held = grant("car-1", state=PermitState.SUSPENDED)
    peak = replace(world.rules, forbidden_hours=week_of([DailyHours(time(12, 0, 30), time(13))]))
    slow = replace(mine, kind=PermitKind.LOW_SPEED_OPERATION, rules=peak)
    found = [(mine,), (ending,), (hours,), (held,), (held, ending), (), (slow,)]
    return tuple(
        replace(world, grants={"car-1": each} if each else {}, revisions=Revisions(1, 1, number))
        for number, each in enumerate(found, 1)
    )


def both(worlds: dict[int, World], frames: dict[int, Frame], until_s: int) -> list[int]:
    """Tick each second with and without a memory for it; return the seconds that changed anything."""
    one, other, changed, world = Memory(), Memory(), [], worlds[0]
    for second in range(until_s):
        world = worlds.get(second, world)
        said = [frames[second]] if second in frames else []
        begins = [listening_frame(NOON_S)] if second == 0 else []
        batch = [*begins, *said, tick_frame(NOON_S + second + 0.5)]
        other.calm.clear()
        found, expected = step(one, world, batch), step(other, world, batch)
        assert told(found) == told(expected)
        assert to_bytes(one) == to_bytes(other)
        if found.stirred:
            changed.append(second)
    return changed


DRIVES = {"control_mode": "AUTONOMOUS"}


@pytest.mark.parametrize(
    ("numbers", "said_at", "seen_at"),
    [
        pytest.param({0: 0}, [0], [60], id="it falls silent"),
        pytest.param({0: 0}, [0, 50], [110], id="it is heard and falls silent"),
        pytest.param({0: 1}, [0, 30], [45, 90], id="its permit ends"),
        pytest.param({0: 2}, [0, 30], [32, 90], id="its hours end"),
        pytest.param({0: 6}, [0, 20], [30, 50], id="its peak hours begin"),
        pytest.param({0: 0, 20: 3}, [0, 30], [20], id="its permit is suspended"),
        pytest.param({0: 0, 20: 5}, [0, 30], [20], id="its permit is gone"),
    ],
)
def test_nothing_that_time_brings_about_is_noticed_later(
    permits: tuple[World, ...],
    say: Say,
    numbers: dict[int, int],
    said_at: list[int],
    seen_at: list[int],
) -> None:
    worlds = {second: permits[number] for second, number in numbers.items()}
    frames = {second: say("car-1", *ON_ROAD, second, **DRIVES) for second in said_at}
    changed = both(worlds, frames, 120)
    assert {*seen_at} <= {*changed}


def test_a_clock_that_is_put_back_leaves_nobody_alone_until_a_moment_of_the_old_one(
    world: World, say: Say
) -> None:
    memory = Memory()
    driving(memory, world, say)
    step(memory, world, [tick_frame(NOON_S + 2)])
    step(memory, world, [set_frame(-1000.0, NOON_S - 998)])
    outcome = step(memory, world, [tick_frame(NOON_S - 998 + 60)])
    assert [each.code for each in outcome.changes.values()] == ["TELEMETRY_SILENCE"]


SAID = st.tuples(
    st.sampled_from(DEVICES),
    st.sampled_from([ON_ROAD, BESIDE_ROAD]),
    st.sampled_from([0.0, 6.0, None]),
    st.sampled_from(["AUTONOMOUS", "MANUAL"]),
)
TURNS = st.lists(st.none() | SAID, min_size=20, max_size=100)


@given(TURNS, st.dictionaries(st.integers(1, 99), st.integers(0, 6), max_size=4))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_finds_what_a_tick_finds_that_remembers_nothing(
    permits: tuple[World, ...], say: Say, turns: list[Any], changes: dict[int, int]
) -> None:
    worlds = {second: permits[number] for second, number in ({0: 0} | changes).items()}
    frames = {
        second: say(said[0], *said[1], second, ground_speed_mps=said[2], control_mode=said[3])
        for second, said in enumerate(turns)
        if said is not None
    }
    both(worlds, frames, len(turns))


def told(outcome: Outcome) -> tuple[object, ...]:
    assert outcome.failures == []
    return outcome.changes, outcome.journal, outcome.stirred


def driving(memory: Memory, world: World, say: Say) -> None:
    step(memory, world, [say("car-1", *ON_ROAD, control_mode="AUTONOMOUS")])
    memory.listening_s = NOON_S - 5000


def test_a_device_at_work_that_nothing_happens_to_is_looked_at_once(
    world: World, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[float] = []

    def looks(
        world: World, domain: Any, report: Report, at_s: float, *rest: Any, **more: Any
    ) -> Any:
        looked.append(at_s - NOON_S)
        return conduct_of(world, domain, report, at_s, *rest, **more)

    monkeypatch.setattr("zone_service.ticking.conduct_of", looks)
    memory = Memory()
    driving(memory, world, say)
    for second in range(2, 12):
        step(memory, world, [tick_frame(NOON_S + second)])
    assert looked == [2.0]


def test_a_permit_that_ends_is_noticed_in_its_second_though_nobody_looked_before(
    permits: tuple[World, ...], say: Say
) -> None:
    memory, ending = Memory(), permits[1]
    driving(memory, ending, say)
    opened: dict[int, list[str]] = {}
    for second in range(2, 60):
        outcome = step(memory, ending, [tick_frame(NOON_S + second)])
        if outcome.stirred:
            opened[second] = [each.code for each in memory.open.values()]
    assert min(opened) == ENDS_S
