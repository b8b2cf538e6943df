"""When devices are told how far their reports are stored."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import msgspec
import pytest
from msgspec import structs

from telemetry.ingest import Ingest
from telemetry.report import Frame
from zone_service import bus
from zone_service.announcer import ACK_TURNS, Announcer
from zone_service.broker import MAX_PAYLOAD_BYTES
from zone_service.decisions import Moved, Outcome
from zone_service.memory import Memory
from zone_service.pipeline import step
from zone_service.world import World

DEVICES = [f"uav-{number:03}" for number in range(200)]
START_S = 1795406400.0


class Heard(Ingest):
    """A client that keeps what it is told to send."""

    connected = True

    def __init__(self) -> None:
        self.acks: list[tuple[str, dict[str, object]]] = []
        self.beats: list[dict[str, object]] = []
        self.deltas: list[bytes] = []

    def publish(self, topic: str, payload: bytes, qos: int = 0) -> int | None:
        """Keep the heartbeats and what moved."""
        if topic == bus.HEARTBEAT:
            self.beats.append(msgspec.json.decode(payload))
        elif topic == bus.DELTA:
            self.deltas.append(payload)
        return 1

    def publish_all(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Keep the acknowledgements."""
        self.acks += [(topic, msgspec.json.decode(payload)) for topic, payload in messages]


def reported() -> Outcome:
    outcome = Outcome()
    outcome.acknowledge = dict.fromkeys(DEVICES, "b")
    return outcome


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def memory(world: World) -> Memory:
    """What a worker remembers of devices that have each said one thing."""
    found = Memory()
    subject, unit = world.subjects["car-1"], world.units["car-1"]
    crowd = replace(
        world,
        units={name: structs.replace(unit, device_id=name) for name in DEVICES},
        subjects=dict.fromkeys(DEVICES, subject),
    )
    body = b'{"schema_version":1,"seq":1,"boot_id":"b","event_time":"2026-11-23T04:00:00Z"}'
    step(found, crowd, [Frame(f"zone/up/{name}/tele", body, START_S) for name in DEVICES])
    return found


def test_each_device_is_told_at_most_once_a_second_and_not_all_at_once(
    heard: Heard, memory: Memory, world: World
) -> None:
    announcer = Announcer(heard, 10.0)
    announcer.speak(memory, world, START_S)
    told_at: list[Counter[str]] = []
    for turn in range(3 * ACK_TURNS):
        announcer.judged(reported())
        announcer.speak(memory, world, START_S + 0.01 + (turn + 1) / ACK_TURNS)
        told_at.append(Counter(topic for topic, _ in heard.acks))
        heard.acks.clear()
    assert max(told.total() for told in told_at) < len(DEVICES) / 4
    for second in range(3):
        within = sum(told_at[second * ACK_TURNS : (second + 1) * ACK_TURNS], Counter())
        assert within == dict.fromkeys((f"zone/down/{name}/ack" for name in DEVICES), 1)


def test_what_is_told_is_the_highest_number_up_to_which_all_is_stored(
    heard: Heard, memory: Memory, world: World
) -> None:
    announcer = Announcer(heard, 10.0)
    announcer.judged(reported())
    announcer.speak(memory, world, START_S)
    assert dict(heard.acks)["zone/down/uav-007/ack"] == {"boot_id": "b", "seq": 1}


def test_a_clock_that_is_set_back_or_far_ahead_leaves_nobody_without_an_answer(
    heard: Heard, memory: Memory, world: World
) -> None:
    announcer = Announcer(heard, 10.0)
    for now_s in (START_S, START_S - 86_400, START_S + 86_400):
        announcer.judged(reported())
        announcer.speak(memory, world, now_s)
        assert len(heard.acks) == len(DEVICES)
        heard.acks.clear()


def test_who_reported_before_the_connection_stood_is_told_once_it_does(
    heard: Heard, memory: Memory, world: World
) -> None:
    announcer = Announcer(heard, 10.0)
    heard.connected = False
    announcer.judged(reported())
    announcer.speak(memory, world, START_S)
    assert heard.acks == []
    assert announcer.next_due_s() > START_S + 0.5  # nothing that would keep it awake
    heard.connected = True
    announcer.speak(memory, world, START_S + 0.5)
    assert sorted(topic for topic, _ in heard.acks) == [f"zone/down/{n}/ack" for n in DEVICES]


def test_the_next_turn_is_something_to_wake_up_for(
    heard: Heard, memory: Memory, world: World
) -> None:
    announcer = Announcer(heard, 10.0)
    announcer.speak(memory, world, START_S)
    assert announcer.next_due_s() == pytest.approx(START_S + 1.0, abs=0.001)
    announcer.judged(reported())
    assert announcer.next_due_s() <= START_S + 1 / ACK_TURNS + 0.001


def test_a_fleet_that_moves_at_once_is_told_in_messages_that_every_broker_takes(
    heard: Heard, memory: Memory, world: World
) -> None:
    long_number = -1.2345678901234567e-100
    fleet = {f"{number:064}" for number in range(20_000)}
    outcome = Outcome()
    outcome.moved = {
        name: Moved(long_number, long_number, long_number, long_number, long_number, violating=True)
        for name in fleet
    }
    announcer = Announcer(heard, 10.0)
    announcer.judged(outcome)
    announcer.speak(memory, world, START_S)
    told = [msgspec.json.decode(payload) for payload in heard.deltas]
    assert max(len(payload) for payload in heard.deltas) <= MAX_PAYLOAD_BYTES
    assert {each[0] for delta in told for each in delta["objects"]} == fleet
    assert {delta["t"] for delta in told} == {START_S * 1000}


@pytest.mark.parametrize("trouble", ["settling", "held_up", "outdated"])
def test_while_nothing_is_judged_as_it_should_be_the_heartbeat_says_so(
    heard: Heard, memory: Memory, world: World, trouble: str
) -> None:
    announcer = Announcer(heard, 10.0)
    announcer.speak(memory, world, START_S)
    setattr(announcer, trouble, True if trouble == "settling" else "why")
    announcer.speak(memory, world, START_S + 1.5)
    assert [beat["degraded"] for beat in heard.beats] == [False, True]
    assert heard.beats[-1]["problem"]
