"""What we fail on costs itself alone: no other message, no device, and never the worker."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import msgpack, structs

from telemetry.codecs.codec import Outcome as Said
from telemetry.report import Frame, RefusalReason, Report, TimeSource, Unit
from tests.store.city import refused
from tests.zone_service.pretended import PretendedBroker
from zone_service.adoption import adopt
from zone_service.clock_frames import due_frame, tick_frame
from zone_service.conduct import conduct_of
from zone_service.guarded import judge
from zone_service.memory import Memory, packed, to_bytes
from zone_service.pipeline import step
from zone_service.recovery import recover
from zone_service.settings import BrokerKind, Settings
from zone_service.store import checkpoints, journal
from zone_service.store.engine import Store
from zone_service.worker import Worker
from zone_service.world import World

Say = Callable[..., Frame]
ON_ROAD = (121.92, 30.90)
OVER_AIRPORT = (121.81, 31.11)
NOON_S = 1795406400.0


class Careless:
    """A codec that takes a word for a longitude: nothing notices until the fences are asked.

    Or for a speed, by our time, by which no way is measured: nothing notices until the permit is asked.
    """

    def __init__(self, honest: Any) -> None:
        self._honest = honest

    def decode(self, frame: Frame, unit: Unit) -> tuple[Said, ...]:
        if b"poison" not in frame.payload:
            found: tuple[Said, ...] = self._honest.decode(frame, unit)
            return found
        if b"slow poison" in frame.payload:
            (said,) = self._honest.decode(frame, unit)
            fast: Any = "fast"
            by_ours = TimeSource.SERVER
            return (structs.replace(said, ground_speed_mps=fast, time_source=by_ours),)
        east: Any = "east"
        seq = json.loads(frame.payload)["seq"]
        return (
            Report(
                device_id=unit.device_id, event_time_s=frame.received_s, seq=seq, boot_id="b",
                longitude_deg=east, latitude_deg=30.0,
            ),
        )  # fmt: skip


@pytest.fixture
def careless(world: World) -> World:
    careless: Any = Careless(world.codecs["canonical"])
    return replace(world, codecs={**world.codecs, "canonical": careless})


def fly(say: Say, second: float) -> Frame:
    flight = {"height_agl_m": 30.0, "operational_status": "AIRBORNE", "boot_id": "b"}
    return say("uav-1", *OVER_AIRPORT, second, seq=int(second), **flight)


def poison(say: Say, second: float, device_id: str = "car-1") -> Frame:
    return say(device_id, *ON_ROAD, second, seq=int(second), boot_id="b", note="poison")


def plain(memory: Memory) -> Any:
    return [msgpack.decode(each) for each in packed(to_bytes(memory))]


def test_one_message_that_we_fail_on_is_kept_counted_and_costs_no_other(
    careless: World, say: Say
) -> None:
    good = [fly(say, second) for second in range(1, 8)]
    bad = poison(say, 4)
    outcome = judge(Memory(), careless, [*good[:4], bad, *good[4:]])
    assert [each.refused.reason for each in outcome.refusals] == [RefusalReason.INTERNAL_ERROR]
    assert [each.frame for each in outcome.refusals] == [bad]
    assert outcome.journal == [*good[:4], bad, *good[4:]]
    assert outcome.counts["fresh"] == 7
    assert "KEEP_OUT_BREACH" in {each.code for each in outcome.changes.values()}
    (failure,) = outcome.failures
    assert failure.device_id == "car-1"
    assert "could not convert string to float" in failure.traceback


def test_it_accuses_nobody_and_leaves_the_memory_as_it_was(careless: World, say: Say) -> None:
    memory = Memory()
    judge(memory, careless, [fly(say, 1)])
    before = plain(memory)
    outcome = judge(memory, careless, [poison(say, 2), poison(say, 3, "usv-1")])
    assert outcome.changes == {}
    assert plain(memory) == before


KINDS = st.sampled_from(["car-1", "uav-1", "usv-1", "ghost", "tick"])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(st.tuples(KINDS, st.booleans()), max_size=30), cut=st.integers(0, 30))
def test_whatever_fails_the_rest_is_judged_as_if_it_had_never_come(
    careless: World, say: Say, said: list[tuple[str, bool]], cut: int
) -> None:
    good: list[Frame] = []
    frames: list[Frame] = []
    for second, (kind, is_bad) in enumerate(said, 1):
        # Who waits behind a hole is let go by the clock, as in the worker, before the next comes.
        due = due_frame(NOON_S + second - 0.5)
        good.append(due)
        frames.append(due)
        if kind == "tick":
            frame = tick_frame(NOON_S + second)
        elif is_bad and kind != "ghost":
            frames.append(poison(say, second, kind))
            continue
        else:
            frame = say(kind, *OVER_AIRPORT, second, seq=second, boot_id="b")
        good.append(frame)
        frames.append(frame)
    memory, without = Memory(), Memory()
    outcome = judge(memory, careless, frames[:cut])
    outcome.add(judge(memory, careless, frames[cut:]))
    expected = step(without, careless, good)
    assert plain(memory) == plain(without)
    assert outcome.changes == expected.changes
    assert outcome.moved == expected.moved


def drive(say: Say, seq: int) -> Frame:
    return say("car-1", *ON_ROAD, seq / 10, seq=seq, boot_id="b")


def bad(say: Say, seq: int) -> Frame:
    return say("car-1", *ON_ROAD, seq / 10, seq=seq, boot_id="b", note="slow poison")


@pytest.mark.parametrize("by", ["the next", "the clock", "another boot"])
def test_one_that_waits_and_that_we_fail_on_costs_neither_what_lets_it_go_nor_the_others(
    careless: World, say: Say, by: str
) -> None:
    memory = Memory()
    judge(memory, careless, [drive(say, 1), bad(say, 3), drive(say, 4)])
    assert [each.seq for each in memory.devices["car-1"].waiting] == [3, 4]
    last = {
        "the next": drive(say, 2),
        "the clock": due_frame(NOON_S + 9),
        "another boot": say("car-1", *ON_ROAD, 0.5, seq=1, boot_id="c"),
    }[by]
    outcome = judge(memory, careless, [fly(say, 1), last])
    # The fourth goes on waiting for the third where the second fills the hole before that.
    assert outcome.counts["fresh"] == {"the next": 2, "the clock": 2, "another boot": 3}[by]
    assert [each.refused.device_id for each in outcome.refusals] == ["car-1"]
    assert [each.topic for each in outcome.failures] == ["zone/up/car-1/tele"]
    assert outcome.journal == [fly(say, 1), last]
    judge(memory, careless, [due_frame(NOON_S + 10)])
    assert memory.devices["car-1"].waiting == ()
    assert memory.next_due_s() == inf


def test_a_tick_that_fails_on_one_device_still_finds_the_silence_of_the_others(
    world: World, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(world: World, domain: Any, report: Report, *rest: Any, **more: Any) -> Any:
        if report.device_id == "car-1":
            raise ZeroDivisionError
        return conduct_of(world, domain, report, *rest, **more)

    monkeypatch.setattr("zone_service.ticking.conduct_of", fails)
    memory = Memory()
    judge(memory, world, [say("car-1", *ON_ROAD), fly(say, 1)])
    outcome = judge(memory, world, [tick_frame(NOON_S + 100)])
    silent = {each.device_id for each in outcome.changes.values()}
    assert (silent, [each.device_id for each in outcome.failures]) == ({"uav-1"}, ["car-1"])


def test_new_zones_that_fail_on_one_device_are_in_force_for_the_others(
    world: World, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory()
    judge(memory, world, [say("car-1", *ON_ROAD), fly(say, 1)])
    memory.devices["car-1"].report = None
    memory.devices["car-1"].track = None
    memory.devices["uav-1"].inside = (99,)
    bare = replace(world, grants={})
    other = replace(world, grants={"uav-1": world.grants["car-1"]})
    outcome = adopt(memory, bare, other, NOON_S + 2)
    assert [each.device_id for each in outcome.failures] == ["uav-1"]


# -- the worker


class Told(PretendedBroker):
    """A broker that delivers what the test gives it, again and again until it is acknowledged."""

    def read(self, max_messages: int, max_wait_s: float) -> list[Frame]:
        return self.waiting[:max_messages]

    def acknowledge(self, frames: Sequence[Frame]) -> None:  # type: ignore[override]
        self.waiting = [frame for frame in self.waiting if frame not in frames]


def test_the_worker_goes_on_and_says_so_and_a_restart_fails_on_nothing_new(
    store: Store, careless: World, say: Say, tmp_path: Path
) -> None:
    told = Told()
    options = Settings(data_dir=tmp_path, broker=BrokerKind.MOSQUITTO)
    worker = Worker(options, store, told, careless, Memory(), is_first=True)
    bad = poison(say, 2)
    told.waiting = [fly(say, 1), bad, fly(say, 3)]
    worker.turn()
    worker.announcer.speak(worker.memory, careless, 2e9)
    worker.close_beside()
    assert told.waiting == []
    assert told.beats[-1]["refused"] == {"internal_error": 1}
    assert told.beats[-1]["degraded"]
    assert "could not be judged" in told.beats[-1]["problem"]
    (counted,) = refused(store)
    assert (counted.subject, counted.reason, counted.sample) == (
        "car-1", "internal_error", bad.payload,
    )  # fmt: skip
    found = recover(store, careless)
    assert plain(found.memory) == plain(worker.memory)
    assert bad in list(journal.history(store, "car-1"))


def test_what_cannot_be_packed_ends_no_worker_and_is_said(
    store: Store, world: World, say: Say, tmp_path: Path
) -> None:
    told = Told()
    options = Settings(data_dir=tmp_path, broker=BrokerKind.MOSQUITTO)
    worker = Worker(options, store, told, world, Memory(), is_first=True)
    told.waiting = [fly(say, 1)]
    worker.turn()
    device = worker.memory.devices["uav-1"]
    assert device.report is not None
    strange: Any = object()
    device.report = structs.replace(device.report, heading_deg=strange)
    worker.stopping = True
    worker.run()
    worker.announcer.speak(worker.memory, world, 2e9)
    assert "cannot be kept" in told.beats[-1]["problem"]
    assert checkpoints.newest(store) is None
    assert [each.code for each in recover(store, world).memory.open.values()]
