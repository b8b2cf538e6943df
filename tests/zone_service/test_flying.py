"""Who flies and where is known without asking each device, and is what each would say."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from telemetry.codecs.codec import Outcome as Said
from telemetry.report import Domain, Frame, OperationalStatus, Unit
from tests.zone_service.conftest import NOON
from zone_service.clock_frames import due_frame, set_frame, tick_frame
from zone_service.decisions import Outcome
from zone_service.flying import flying
from zone_service.guarded import judge
from zone_service.memory import Memory, from_bytes, to_bytes
from zone_service.pipeline import step
from zone_service.separating import separate
from zone_service.world import Revisions, Subject, World

Say = Callable[..., Frame]
NOON_S = NOON.timestamp()
HERE = (121.90, 31.0)
Motions = tuple[float | None, float | None, float | None]
"""Speed, track and climb."""
DEVICES = ("uav-1", "uav-2", "car-1")
FLIGHT: dict[str, Any] = {"operational_status": "AIRBORNE", "height_agl_m": 60.0, "boot_id": "b"}


class Failing:
    """A codec that takes a word for a longitude: nothing notices until the fences are asked."""

    def __init__(self, honest: Any) -> None:
        self._honest = honest

    def decode(self, frame: Frame, unit: Unit) -> tuple[Said, ...]:
        (said,) = self._honest.decode(frame, unit)
        east: Any = "east"
        return (structs.replace(said, longitude_deg=east) if b"poison" in frame.payload else said,)


@pytest.fixture
def worlds(world: World) -> tuple[World, ...]:
    """Two drones and a car; then one of the drones is a car, and then it is not registered."""
    drones = {each: Subject(each, "sky", Domain.AIR) for each in ("uav-1", "uav-2")}
    car = {"car-1": world.subjects["car-1"]}
    codecs: Any = {**world.codecs, "canonical": Failing(world.codecs["canonical"])}
    registers = (
        drones | car,
        drones | car | {"uav-2": Subject("uav-2", "sky", Domain.ROAD)},
        {"uav-1": drones["uav-1"]} | car,
        drones | {"car-1": Subject("car-1", "acme", Domain.AIR)},
    )
    return tuple(
        replace(
            world,
            subjects=subjects,
            units={each: Unit(device_id=each) for each in DEVICES},
            codecs=codecs,
            revisions=Revisions(1, number, 1),
        )
        for number, subjects in enumerate(registers, 1)
    )


def each_asked(memory: Memory, world: World, now_s: float) -> dict[int, Motions]:
    """The aircraft at work of which it is known where they are, one by one."""
    found = {}
    for device_id, device in memory.devices.items():
        subject, report, track = world.subjects.get(device_id), device.report, device.track
        if subject is None or subject.domain is not Domain.AIR or report is None or track is None:
            continue
        age_s = max(0.0, now_s - track.received_s)
        lands = report.operational_status is OperationalStatus.GROUND
        unknown = report.longitude_deg is None or track.doubted is not None
        if not lands and not unknown and age_s <= world.rules.foresight[Domain.AIR].max_age_s:
            said = report.ground_speed_mps, report.track_deg, report.vertical_speed_mps
            found[device.number] = said
    return found


def all_asked(memory: Memory, world: World, now_s: float) -> dict[int, Motions]:
    there = flying(memory, world, now_s)
    motion = there.traffic.motion
    columns = (motion.ground_mps, motion.track_deg, motion.climb_mps)
    speed, track, climb = (
        [None if np.isnan(each) else float(each) for each in column] for column in columns
    )
    said = zip(speed, track, climb, strict=True)
    return dict(zip(there.number.tolist(), said, strict=True))


WAYS: dict[str, dict[str, Any]] = {
    "flies": {"ground_speed_mps": 5.0, "track_deg": 90.0, "vertical_speed_mps": 1.0},
    "hovers": {"ground_speed_mps": 0.0},
    "lands": {"operational_status": "GROUND"},
    "does not say": {"operational_status": "UNKNOWN"},
    "jumps": {"east_deg": 0.5},
    "is nowhere": {"east_deg": None},
    "is late": {"before_s": 30},
    "leaves a hole": {"seq_more": 3},
    "poisons": {"note": "poison"},
}
MOMENTS = st.one_of(
    st.tuples(st.sampled_from(DEVICES), st.sampled_from(sorted(WAYS))),
    st.tuples(st.just("clock"), st.sampled_from([-3600.0, 3600.0, -1.0])),
    st.tuples(st.just("world"), st.integers(0, 3)),
    st.tuples(st.just("start"), st.none()),
    st.none(),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments=st.lists(MOMENTS, max_size=40))
def test_the_flights_are_those_that_each_device_would_be_asked_for(
    worlds: tuple[World, ...], say: Say, moments: list[Any]
) -> None:
    memory, world, now_s = Memory(), worlds[0], 0.0
    seq = dict.fromkeys(DEVICES, 0)
    for moment in moments:
        now_s += 0.7
        frames: list[Frame] = [due_frame(NOON_S + now_s)]
        match moment:
            case ("clock", by_s):
                now_s += by_s
                frames = [set_frame(by_s, NOON_S + now_s)]
            case ("world", number):
                world = worlds[number]
            case ("start", _) if not any(each.waiting for each in memory.devices.values()):
                # What waits may be what we fail on, and no checkpoint can be read that has it.
                memory = from_bytes(to_bytes(memory))
            case (name, way) if way in WAYS:
                told = FLIGHT | WAYS[way]
                seq[name] += 1 + told.pop("seq_more", 0)
                east_deg, before_s = told.pop("east_deg", 0.0), told.pop("before_s", 0)
                place = (None, None) if east_deg is None else (HERE[0] + east_deg, HERE[1])
                number = max(0, seq[name] - before_s)
                at_s = now_s - before_s
                frames += [say(name, *place, at_s, late_s=before_s, seq=number, **told)]
        judge(memory, world, [*frames, tick_frame(NOON_S + now_s)])
        asked = memory, world, NOON_S + now_s
        assert all_asked(*asked) == each_asked(*asked)


def test_what_was_tried_and_put_back_was_never_flown(worlds: tuple[World, ...], say: Say) -> None:
    memory, world = Memory(), worlds[0]
    fast = FLIGHT | {"ground_speed_mps": 25.0}
    judge(memory, world, [say("uav-1", *HERE, 0.0, seq=1, **FLIGHT), tick_frame(NOON_S + 0.1)])
    waits = say("uav-1", *HERE, 0.2, seq=3, **fast)
    fills = say("uav-1", *HERE, 0.3, seq=2, note="poison", **fast)
    outcome = judge(memory, world, [waits, fills])
    assert len(outcome.failures) == 1
    assert [each.seq for each in memory.devices["uav-1"].waiting] == [3]
    assert all_asked(memory, world, NOON_S + 0.4) == {0: (5.0, None, None)}


def test_a_tick_does_not_walk_through_all_devices_to_know_who_flies(
    worlds: tuple[World, ...], say: Say
) -> None:
    class Counted(dict[str, Any]):
        walks = 0

        def items(self) -> Any:
            self.walks += 1
            return super().items()

    memory = Memory()
    memory.devices = counted = Counted()
    step(memory, worlds[0], [say("uav-1", *HERE, 0.0, seq=1, **FLIGHT)])
    for second in range(1, 4):
        step(memory, worlds[0], [say("uav-1", *HERE, second, seq=second + 1, **FLIGHT)])
        walked = counted.walks
        separate(memory, worlds[0], NOON_S + second + 0.2, Outcome())
        assert counted.walks - walked == (1 if second == 1 else 0)
    assert len(flying(memory, worlds[0], NOON_S + 3.2).number) == 1
