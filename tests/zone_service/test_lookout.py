"""The worker's look ahead: who is told what, and that the journal knows nothing of it."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from telemetry.report import Frame
from tests.zone_service.conftest import NOON
from tests.zone_service.pretended import PretendedBroker
from zone_service import bus
from zone_service import lookout as lookouts
from zone_service.clock_frames import CLOCK_TOPICS
from zone_service.lookout import FAILED, Lookout
from zone_service.memory import Memory, to_bytes
from zone_service.pipeline import step
from zone_service.recovery import recover
from zone_service.settings import BrokerKind, Settings
from zone_service.store import journal
from zone_service.store.engine import Store
from zone_service.worker import Worker
from zone_service.world import World

Say = Callable[..., Frame]
NOON_S = NOON.timestamp()
ON_ROAD, OFF_ROAD = (121.92, 30.90), (121.92, 30.91)


class Ears(PretendedBroker):
    """A broker that keeps what devices and screens are told."""

    def __init__(self) -> None:
        super().__init__()
        self.down: list[tuple[str, dict[str, Any]]] = []
        self.live: list[dict[str, Any]] = []

    def read(self, max_messages: int, max_wait_s: float) -> list[Frame]:
        read, self.waiting = self.waiting[:max_messages], self.waiting[max_messages:]
        return read

    def acknowledge(self, frames: Iterable[Frame]) -> None:
        pass

    def publish(self, topic: str, payload: bytes, qos: int = 0) -> int | None:
        if topic == bus.FORECAST:
            self.live.append(json.loads(payload))
        return super().publish(topic, payload, qos)

    def publish_all(self, messages: Iterable[tuple[str, bytes]]) -> None:
        self.down += [(topic, json.loads(payload)) for topic, payload in messages]

    def told(self, device_id: str) -> list[tuple[str, str]]:
        topic = f"zone/down/{device_id}/alert"
        return [(each["code"], each["state"]) for to, each in self.down if to == topic]


class Scene:
    def __init__(self, world: World) -> None:
        self.world, self.memory, self.ears = world, Memory(), Ears()
        self.warned: list[str] = []
        self.lookout = Lookout(self.ears, self.warned.append)

    def hear(self, *frames: Frame, after_s: float) -> None:
        outcome = step(self.memory, self.world, frames)
        self.lookout.look(self.memory, self.world, outcome.stirred, NOON_S + after_s)

    def second(self, from_s: float) -> None:
        """Let everybody's turn come once."""
        for turn in range(10):
            self.lookout.look(self.memory, self.world, (), NOON_S + from_s + turn / 10)


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


def end_of_the_road(say: Say, after_s: float = 0.0, **said: object) -> Frame:
    told = {"ground_speed_mps": 8.0, "track_deg": 90.0}
    return say("car-1", 121.95, 30.90, after_s, **told | said)


@pytest.mark.requirement("D4d-42")
def test_the_operator_hears_of_a_breach_at_its_first_fix_before_the_hold_off_has_passed(
    scene: Scene, say: Say
) -> None:
    scene.hear(say("car-1", *ON_ROAD, 1, seq=1), after_s=1.0)
    assert scene.ears.told("car-1") == []
    scene.hear(say("car-1", *OFF_ROAD, 80, seq=80), after_s=80.0)
    ((topic, told),) = scene.ears.down
    assert topic == "zone/down/car-1/alert"
    assert (told["kind"], told["code"], told["state"]) == ("pre-alarm", "KEEP_IN_EXIT", "begun")
    assert (told["zone_id"], told["zone_name"], told["in_s"]) == ("road", "Test road", 0.0)
    assert (told["longitude_deg"], told["latitude_deg"]) == OFF_ROAD
    assert scene.memory.open == {}
    assert [each["state"] for each in scene.ears.live[-1]["devices"]["car-1"]] == ["begun"]


@pytest.mark.requirement("D4d-42")
def test_a_pre_alarm_ends_as_a_violation_or_is_taken_back(scene: Scene, say: Say) -> None:
    for second in range(11):
        scene.hear(say("car-1", *OFF_ROAD, second, seq=second), after_s=second)
    assert scene.ears.told("car-1") == [("KEEP_IN_EXIT", "begun"), ("KEEP_IN_EXIT", "opened")]
    assert len(scene.memory.open) == 1
    assert scene.ears.live[-1]["devices"] == {"car-1": []}


def test_what_was_off_the_road_for_a_moment_is_taken_back(scene: Scene, say: Say) -> None:
    scene.hear(say("car-1", *OFF_ROAD, 1, seq=1), after_s=1.0)
    scene.hear(say("car-1", *ON_ROAD, 90, seq=90), after_s=90.0)
    assert scene.ears.told("car-1") == [("KEEP_IN_EXIT", "begun"), ("KEEP_IN_EXIT", "averted")]


def test_what_lies_ahead_is_told_to_the_device_and_to_the_screens_within_a_second(
    scene: Scene, say: Say
) -> None:
    scene.hear(end_of_the_road(say), after_s=0.0)
    scene.second(0.1)
    ((_, told),) = scene.ears.down
    assert (told["code"], told["state"], told["certain"]) == ("KEEP_IN_EXIT", "ahead", True)
    assert 2.5 < told["in_s"] < 3.8
    assert told["at"].startswith("2026-11-23T04:00:03.7")
    (shown,) = scene.ears.live[-1]["devices"]["car-1"]
    assert shown == {name: told[name] for name in shown}
    scene.hear(end_of_the_road(say, 1.0, ground_speed_mps=0.0), after_s=1.0)
    scene.second(1.3)
    assert scene.ears.told("car-1")[1:] == [("KEEP_IN_EXIT", "averted")]


def test_a_device_that_is_not_heard_keeps_its_pre_alarm_until_its_moment(
    scene: Scene, say: Say
) -> None:
    scene.hear(end_of_the_road(say), after_s=0.0)
    for second in range(3):
        scene.second(second)
    assert scene.ears.told("car-1") == [("KEEP_IN_EXIT", "ahead")]
    scene.second(4.0)
    assert scene.ears.told("car-1")[1:] == [("KEEP_IN_EXIT", "unknown")]


@pytest.mark.parametrize(("fleet", "most"), [(1000, 100), (2500, 200)])
def test_a_large_fleet_is_looked_at_in_more_and_smaller_parts(
    scene: Scene, fleet: int, most: int
) -> None:
    scene.memory.names = [f"car-{number}" for number in range(fleet)]
    seen: list[int] = []

    def noted(_courses: object, memory: Memory, _world: World, numbers: range, _s: float) -> Any:
        seen.extend(numbers)
        return dict.fromkeys((memory.names[number] for number in numbers), ())

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lookouts, "foretell", noted)
        patched.setattr(lookouts, "_has_begun", lambda _memory, _device_id: False)
        parts = -(-fleet // most)
        for turn in range(parts):
            before = len(seen)
            scene.lookout.look(scene.memory, scene.world, (), NOON_S + turn * 1.001 / parts)
            assert len(seen) - before <= most
    assert sorted(seen) == list(range(fleet))


def test_a_part_that_is_put_off_is_looked_at_later_and_makes_no_breach_wait(
    scene: Scene, say: Say
) -> None:
    scene.hear(say("car-1", *ON_ROAD, 1, seq=1), after_s=1.0)
    left = step(scene.memory, scene.world, [say("car-1", *OFF_ROAD, 80, seq=80)])
    look = scene.memory, scene.world, left.stirred, NOON_S + 80.0
    assert scene.lookout.is_due(scene.memory, NOON_S + 80.0)
    scene.lookout.look(*look, at_a_part=False)
    assert scene.ears.told("car-1") == [("KEEP_IN_EXIT", "begun")]
    assert scene.lookout.is_due(scene.memory, NOON_S + 80.0)
    scene.lookout.look(*look)
    assert not scene.lookout.is_due(scene.memory, NOON_S + 80.0)


def test_a_look_ahead_that_fails_is_said_and_costs_nothing_else(
    scene: Scene, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise ZeroDivisionError

    scene.hear(end_of_the_road(say), after_s=0.0)
    scene.second(0.1)
    monkeypatch.setattr(lookouts, "foretell", failing)
    scene.second(1.3)
    assert set(scene.warned) == {FAILED}
    assert scene.ears.told("car-1") == [("KEEP_IN_EXIT", "ahead")]


def test_looking_ahead_changes_nothing_that_is_kept(scene: Scene, say: Say) -> None:
    scene.hear(end_of_the_road(say), after_s=0.0)
    before = to_bytes(scene.memory)
    scene.second(0.1)
    assert scene.ears.live
    assert to_bytes(scene.memory) == before


@pytest.fixture
def worker(store: Store, world: World, tmp_path: Path) -> Iterator[Worker]:
    # A permit that is in force whenever this runs.
    settings = Settings(data_dir=tmp_path, broker=BrokerKind.MOSQUITTO)
    made = Worker(settings, store, Ears(), world, Memory(), is_first=True)
    yield made
    made.close_beside()


def test_forecasts_are_not_in_the_journal_and_a_replay_finds_the_same(
    worker: Worker, store: Store, world: World, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    ears, clock = worker.ingest, {"s": NOON_S}
    assert isinstance(ears, Ears)
    monkeypatch.setattr("zone_service.worker.unix_s", lambda: clock["s"])
    monkeypatch.setattr("zone_service.worker.monotonic_s", lambda: clock["s"])
    monkeypatch.setattr(worker, "world", replace(world, revisions=worker.world.revisions))
    monkeypatch.setattr(worker.renewal, "_ask_if_changed", lambda _: None)
    for turn in range(200):
        clock["s"] = NOON_S + turn / 10
        if turn % 10 == 0:
            # Out at the end of the road, as foretold, and not back.
            longitude = 121.9495 + turn / 10 * 1.05e-4
            told = say("car-1", longitude, 30.90, turn / 10, track_deg=90.0,
                       ground_speed_mps=10.0)  # fmt: skip
            ears.waiting = [told]
        worker.turn()
    states = [state for code, state in ears.told("car-1") if code == "KEEP_IN_EXIT"]
    assert states == ["ahead", "begun", "opened"]
    topics = {
        frame.topic
        for each in journal.batches_after(store, 0)
        for frame in journal.unpack(each.batch.body)
    }
    assert topics <= {"zone/up/car-1/tele", *CLOCK_TOPICS}
    recovered = recover(store, worker.world)
    assert recovered.changes == ()
    assert recovered.memory.open == worker.memory.open
    assert to_bytes(recovered.memory) == to_bytes(worker.memory)
