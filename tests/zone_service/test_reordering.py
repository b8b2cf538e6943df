"""Within the reorder window the order and the batches in which messages come change nothing."""

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import msgpack, structs

from telemetry.device_days import DeviceDays
from telemetry.report import Frame
from telemetry.waiting import MAX_HOLE, MAX_IN_VAIN, MAX_WAITING
from tests.zone_service.pretended import PretendedBroker
from zone_service import guarded
from zone_service.clock_frames import due_frame, set_frame
from zone_service.decisions import Outcome
from zone_service.guarded import judge
from zone_service.memory import Memory, from_bytes, packed, to_bytes
from zone_service.recovery import recover
from zone_service.settings import BrokerKind, Settings
from zone_service.store import journal
from zone_service.store.engine import Store
from zone_service.store.records import ViolationChange
from zone_service.worker import Worker
from zone_service.world import World

Say = Callable[..., Frame]
ON_ROAD, OFF_ROAD, FAR = (121.92, 30.90), (121.92, 30.9006), (121.9201, 30.90)
OVER_AIRPORT, BESIDE_AIRPORT = (121.81, 31.11), (121.7990, 31.11)
NOON_S = 1795406400.0
WINDOW_S = 0.3
FLIGHT = {"height_agl_m": 30.0, "operational_status": "AIRBORNE"}


def told(changes: dict[str, ViolationChange]) -> list[tuple[object, ...]]:
    """What was found, but for when we found it."""
    return sorted(
        (
            each.id,
            each.severity,
            str(each.opened_at),
            str(each.closed_at),
            str(each.measured),
            str(each.limit),
            str((each.longitude_deg, each.latitude_deg, each.trigger_event_time_s)),
        )
        for each in changes.values()
    )


def plain(memory: Memory) -> object:
    return [msgpack.decode(each) for each in packed(to_bytes(memory))]


def run(
    memory: Memory, world: World, frames: Sequence[Frame], cuts: Sequence[int] = ()
) -> tuple[dict[str, ViolationChange], list[list[Frame]]]:
    """Judge frames as the worker does; return what was found, and the batches of the journal.

    Without ``cuts`` each frame is a batch of its own.
    """
    bounds = sorted({*cuts, len(frames)}) if cuts else range(1, len(frames) + 1)
    found: dict[str, ViolationChange] = {}
    kept: list[list[Frame]] = []
    begin = 0
    for end in (*(bound for bound in bounds if 0 < bound <= len(frames)), len(frames) + 1):
        batch = list(frames[begin:end])
        now_s = batch[-1].received_s if batch else frames[-1].received_s + 1.0
        if memory.next_due_s() <= now_s:
            batch.append(due_frame(now_s))
        outcome = judge(memory, world, batch)
        found |= outcome.changes
        kept.append(outcome.journal)
        begin = end
    return found, kept


PLACES = st.sampled_from([ON_ROAD, OFF_ROAD, FAR])
SKY = st.sampled_from([OVER_AIRPORT, BESIDE_AIRPORT])
DELAY_S = st.floats(0, 0.29)
LAW = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def arriving(
    in_order: Sequence[Frame],
    delays_s: Sequence[float],
    lost: frozenset[int] = frozenset(),
    again_s: dict[int, float] | None = None,
) -> list[Frame]:
    """Delay each message by its own way; the first of a device comes first and is not lost.

    Those in ``again_s`` come a second time, so much later.
    """
    seen: set[str] = set()
    delayed = []
    for number, (frame, delay_s) in enumerate(zip(in_order, delays_s, strict=True)):
        if frame.topic in seen and number in lost:
            continue
        delay_s = delay_s if frame.topic in seen else 0.0
        seen.add(frame.topic)
        delayed.append(structs.replace(frame, received_s=frame.received_s + delay_s))
        if again_s is not None and number in again_s:
            after_s = delay_s + again_s[number]
            delayed.append(structs.replace(frame, received_s=frame.received_s + after_s))
    return sorted(delayed, key=lambda frame: frame.received_s)


@pytest.mark.requirement("D4d-53")
@LAW
@given(
    drive=st.lists(st.tuples(PLACES, st.floats(0, 30), DELAY_S), min_size=1, max_size=40),
    flight=st.lists(st.tuples(SKY, DELAY_S), min_size=1, max_size=15),
    cuts=st.lists(st.integers(1, 60), max_size=8),
    lost=st.frozensets(st.integers(0, 60), max_size=2),
    again_s=st.dictionaries(st.integers(0, 54), st.floats(0, 3), max_size=12),
)
@pytest.mark.requirement("F-12")
def test_any_permutation_within_the_window_repetition_and_batching_gives_the_same_events(
    world: World,
    say: Say,
    drive: list[tuple[tuple[float, float], float, float]],
    flight: list[tuple[tuple[float, float], float]],
    cuts: list[int],
    lost: frozenset[int],
    again_s: dict[int, float],
) -> None:
    car = [
        say("car-1", *place, number * 0.1, seq=number + 1, ground_speed_mps=speed)
        for number, (place, speed, _) in enumerate(drive)
    ]
    drone = [
        say("uav-1", *place, number * 5.0, seq=number + 1, **FLIGHT)
        for number, (place, _) in enumerate(flight)
    ]
    in_order, delays_s = (
        [*car, *drone],
        [*(each[2] for each in drive), *(each[1] for each in flight)],
    )
    whole, memory = Memory(), Memory()
    punctual = arriving(in_order, [0.0] * len(in_order), lost)
    expected, _ = run(whole, world, punctual)
    found, kept = run(memory, world, arriving(in_order, delays_s, lost, again_s), cuts)
    assert told(found) == told(expected)
    assert memory.open.keys() == whole.open.keys()
    assert memory.fleet.held == whole.fleet.held
    assert memory.next_due_s() == inf
    again = Memory()
    for batch in kept:
        judge(again, world, journal.unpack(journal.pack(batch)))
    assert plain(again) == plain(memory)


@LAW
@given(order=st.permutations(range(2, 7)), cut=st.integers(0, 6))
def test_a_restart_while_something_waits_changes_nothing(
    world: World, say: Say, order: list[int], cut: int
) -> None:
    frames = [say("car-1", *OFF_ROAD, 0.0, seq=1)] + [
        structs.replace(say("car-1", *OFF_ROAD, seq / 50, seq=seq), received_s=NOON_S + at / 50)
        for at, seq in enumerate(order, 2)
    ]
    whole, memory = Memory(), Memory()
    judge(whole, world, frames)
    judge(memory, world, frames[:cut])
    memory = from_bytes(to_bytes(memory))
    judge(memory, world, frames[cut:])
    assert to_bytes(memory) == to_bytes(whole)


def drone(say: Say, seq: int, after_s: float, **said: object) -> Frame:
    return say("uav-1", *OVER_AIRPORT, after_s, seq=seq, **{**FLIGHT, **said})


def numbers(memory: Memory, device_id: str = "uav-1") -> list[int]:
    return [each.seq for each in memory.devices[device_id].waiting]


def test_a_device_in_order_waits_for_nobody(world: World, say: Say) -> None:
    memory = Memory()
    for seq in range(1, 6):
        outcome = judge(memory, world, [drone(say, seq, seq)])
        assert outcome.counts["fresh"] == 1
        assert memory.next_due_s() == inf


@pytest.mark.requirement("D4d-38")
def test_a_report_behind_a_hole_waits_for_the_window_and_no_longer(world: World, say: Say) -> None:
    memory = Memory()
    judge(memory, world, [say("uav-1", 121.70, 31.11, 1, seq=1, **FLIGHT)])
    first_inside = say("uav-1", 121.7005, 31.11, 3, seq=3, **FLIGHT)
    assert judge(memory, world, [first_inside]).counts["fresh"] == 0
    due_s = first_inside.received_s + WINDOW_S
    assert memory.next_due_s() == due_s
    assert judge(memory, world, [due_frame(due_s - 0.1)]).journal == []
    outcome = judge(memory, world, [due_frame(due_s)])
    assert outcome.counts["fresh"] == 1
    assert [frame.topic for frame in outcome.journal] == ["$due"]
    assert memory.next_due_s() == inf


def test_what_is_found_by_one_that_has_waited_is_dated_by_the_device_and_found_when_it_is_judged(
    world: World, say: Say
) -> None:
    memory = Memory()
    judge(memory, world, [say("uav-1", 121.7999, 31.11, 1, seq=1, **FLIGHT)])
    inside = say("uav-1", 121.8001, 31.11, 3, seq=3, **FLIGHT)
    judge(memory, world, [inside])
    found = judge(memory, world, [due_frame(inside.received_s + WINDOW_S)]).changes.values()
    (breach,) = [each for each in found if each.code == "KEEP_OUT_BREACH"]
    assert breach.opened_at.timestamp() == NOON_S + 3
    assert breach.detected_at.timestamp() == pytest.approx(NOON_S + 3 + WINDOW_S)


def test_the_next_report_of_a_device_lets_go_what_has_waited_for_long_enough(
    world: World, say: Say
) -> None:
    memory = Memory()
    judge(memory, world, [drone(say, 1, 1), drone(say, 3, 3)])
    outcome = judge(memory, world, [drone(say, 4, 4)])
    assert outcome.counts == {"fresh": 2} | dict.fromkeys(outcome.counts.keys() - {"fresh"}, 1)
    assert memory.next_due_s() == inf


@pytest.mark.requirement("D4e-1")
@pytest.mark.parametrize("repeated", [1, 3])
def test_a_repetition_lets_nobody_go_and_is_not_kept_a_second_time(
    world: World, say: Say, repeated: int
) -> None:
    """Not even when their time is up: the clock does, within the same turn of the worker."""
    memory = Memory()
    judge(memory, world, [drone(say, 1, 1), drone(say, 3, 3)])
    outcome = judge(memory, world, [drone(say, repeated, repeated, late_s=6.0 - repeated)])
    assert outcome.counts == {"duplicate": 1}
    assert outcome.journal == []
    assert numbers(memory) == [3]
    assert memory.next_due_s() == NOON_S + 3 + WINDOW_S


def test_what_fills_the_hole_lets_those_behind_it_go_at_once(world: World, say: Say) -> None:
    memory = Memory()
    judge(memory, world, [drone(say, 1, 1), drone(say, 4, 1.2), drone(say, 3, 1.1)])
    assert numbers(memory) == [3, 4]
    outcome = judge(memory, world, [drone(say, 2, 1.3)])
    assert (outcome.counts["fresh"], outcome.counts["late"]) == (3, 0)


def test_a_report_that_waits_and_comes_again_is_dropped(world: World, say: Say) -> None:
    memory = Memory()
    judge(memory, world, [drone(say, 1, 1)])
    judge(memory, world, [drone(say, 3, 3)])
    outcome = judge(memory, world, [drone(say, 3, 3)])
    assert (outcome.counts["duplicate"], outcome.journal) == (1, [])


@pytest.mark.requirement("D4d-12")
def test_a_number_used_for_something_else_while_it_waits_is_a_replay(
    world: World, say: Say
) -> None:
    memory = Memory()
    judge(memory, world, [drone(say, 1, 1), drone(say, 3, 3)])
    judge(memory, world, [drone(say, 3, 3.1, ground_speed_mps=9.0)])
    assert numbers(memory) == [3, 3]
    outcome = judge(memory, world, [due_frame(NOON_S + 9)])
    assert "REPLAYED_SEQUENCE" in {each.code for each in outcome.changes.values()}


def test_a_device_that_counts_by_twos_is_soon_waited_for_no_more(world: World, say: Say) -> None:
    memory = Memory()
    for count in range(MAX_IN_VAIN + 1):
        frame = drone(say, 1 + 2 * count, 1 + 2 * count)
        judge(memory, world, [frame, due_frame(frame.received_s + 1.0)])
    assert judge(memory, world, [drone(say, 9, 9)]).counts["fresh"] == 1
    judge(memory, world, [drone(say, 10, 10)])  # two in a row
    assert judge(memory, world, [drone(say, 12, 12)]).counts["fresh"] == 0


def test_one_that_was_away_is_not_waited_for(world: World, say: Say) -> None:
    memory = Memory()
    judge(memory, world, [drone(say, 1, 1)])
    assert judge(memory, world, [drone(say, 3 + MAX_HOLE, 60)]).counts["fresh"] == 1


@pytest.mark.parametrize("said", [{}, {"seq": None}])
def test_a_device_that_sends_no_numbers_is_never_waited_for(
    world: World, say: Say, said: dict[str, None]
) -> None:
    memory = Memory()
    for after_s in (1.0, 2.0, 9.0):
        frame = say("uav-1", *OVER_AIRPORT, after_s, **FLIGHT, **said)
        assert judge(memory, world, [frame]).counts["fresh"] == 1


def test_a_buffer_that_is_emptied_from_its_beginning_is_not_waited_for(
    world: World, say: Say
) -> None:
    memory = Memory()
    judge(memory, world, [drone(say, 1, 1)])
    kept = [drone(say, seq, seq, late_s=100.0 - seq) for seq in range(2, 60)]
    assert judge(memory, world, kept).counts["fresh"] == 58


def test_so_many_wait_and_no_more(world: World, say: Say) -> None:
    memory = Memory()
    judge(memory, world, [drone(say, 1, 1)])
    waiting = [drone(say, seq, 3 + seq / 1000) for seq in range(3, 4 + MAX_WAITING)]
    assert judge(memory, world, waiting[:-1]).counts["fresh"] == 0
    assert judge(memory, world, waiting[-1:]).counts["fresh"] == MAX_WAITING + 1


def test_a_restarted_unit_ends_what_waits_of_its_former_boot(world: World, say: Say) -> None:
    memory = Memory()
    judge(memory, world, [drone(say, 1, 1, boot_id="a")])
    judge(memory, world, [drone(say, 3, 3, boot_id="a")])
    outcome = judge(memory, world, [drone(say, 1, 3.1, boot_id="b")])
    assert outcome.counts["fresh"] == 2
    assert memory.next_due_s() == inf


def test_what_waits_of_a_device_that_left_the_register_is_let_go_unjudged(
    world: World, say: Say
) -> None:
    memory = Memory()
    judge(memory, world, [drone(say, 1, 1)])
    judge(memory, world, [drone(say, 3, 3)])
    gone = {name: each for name, each in world.subjects.items() if name != "uav-1"}
    outcome = judge(memory, replace(world, subjects=gone), [due_frame(NOON_S + 9)])
    assert outcome.counts["fresh"] == 0
    assert memory.next_due_s() == inf


def test_who_waits_while_the_clock_is_set_waits_no_longer_for_it(world: World, say: Say) -> None:
    memory = Memory()
    judge(memory, world, [drone(say, 1, 1), drone(say, 3, 3)])
    judge(memory, world, [set_frame(-3600.0, NOON_S + 3.1 - 3600.0)])
    assert memory.next_due_s() == pytest.approx(NOON_S + 3 + WINDOW_S - 3600.0)


def test_the_window_is_a_value_of_the_rule_set_and_zero_is_never(world: World, say: Say) -> None:
    memory = Memory()
    never = replace(world, rules=replace(world.rules, reorder_window_s=0.0))
    outcome = judge(memory, never, [drone(say, 1, 1), drone(say, 3, 3), drone(say, 2, 2)])
    assert (outcome.counts["fresh"], outcome.counts["late"]) == (2, 1)


def test_one_that_we_fail_on_does_not_wait_for_ever(
    world: World, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory()
    judge(memory, world, [drone(say, 1, 1)])
    judge(memory, world, [drone(say, 3, 3)])

    def broken(*_: object) -> Outcome:
        msg = "a fault of our own"
        raise RuntimeError(msg)

    monkeypatch.setattr(guarded, "step", broken)
    outcome = judge(memory, world, [due_frame(NOON_S + 9)])
    assert len(outcome.failures) == 1
    assert [frame.topic for frame in outcome.journal] == ["$due"]
    assert memory.next_due_s() == inf


def test_a_checkpoint_of_before_the_window_is_read_on(world: World, say: Say) -> None:
    memory = Memory()
    judge(memory, world, [drone(say, 1, 1)])
    memory.days = DeviceDays()  # they were not counted then
    first, devices = packed(to_bytes(memory))
    shorter = msgpack.encode([device[:9] for device in msgpack.decode(devices)])
    parts = [struct.pack("<H", 6)] + [struct.pack("<I", len(p)) + p for p in (first, shorter)]
    body = b"".join(parts)
    assert plain(from_bytes(body + struct.pack("<I", zlib.crc32(body)))) == plain(memory)


# -- the worker


class Broker(PretendedBroker):
    """It delivers what the test gives it, once."""

    waits_s: float = 0.0
    """For how long the worker would have waited for something to read."""

    def read(self, max_messages: int, max_wait_s: float) -> list[Frame]:
        self.waits_s = max_wait_s
        read, self.waiting = self.waiting, []
        return read

    def acknowledge(self, frames: Sequence[Frame]) -> None:  # type: ignore[override]
        pass


def test_a_worker_wakes_for_who_waits_and_a_start_after_a_crash_has_them_still(
    store: Store, world: World, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = {"s": NOON_S}
    monkeypatch.setattr("zone_service.worker.unix_s", lambda: clock["s"])
    monkeypatch.setattr("zone_service.worker.monotonic_s", lambda: clock["s"])
    broker = Broker()
    options = Settings(data_dir=tmp_path, broker=BrokerKind.MOSQUITTO)
    worker = Worker(options, store, broker, world, Memory(), is_first=True)
    monkeypatch.setattr(worker.renewal, "_ask_if_changed", lambda _: None)
    monkeypatch.setattr(worker, "_look_at_clocks", lambda read: None)
    monkeypatch.setattr(worker.announcer, "next_due_s", lambda: inf)
    monkeypatch.setattr(worker.lookout, "next_due_s", lambda memory: inf)
    outside = say("uav-1", 121.7995, 31.11, 0.1, seq=1, **FLIGHT)
    inside = say("uav-1", 121.8005, 31.11, 4.1, seq=3, **FLIGHT)
    broker.waiting, clock["s"] = [outside], NOON_S + 0.1
    worker.turn()
    broker.waiting, clock["s"] = [inside], NOON_S + 4.1
    worker.turn()
    assert numbers(worker.memory) == [3]
    recovered = recover(store, worker.world).memory
    assert numbers(recovered) == [3]
    assert recovered.next_due_s() == worker.memory.next_due_s()
    worker.turn()  # the second that was due is through
    clock["s"] = NOON_S + 4.2
    worker.turn()
    assert broker.waits_s == pytest.approx(WINDOW_S - 0.1)
    clock["s"] = NOON_S + 4.1 + WINDOW_S
    worker.turn()
    worker.close_beside()
    assert worker.memory.next_due_s() == inf
    assert "KEEP_OUT_BREACH" in {each.code for each in worker.memory.open.values()}
    assert plain(recover(store, worker.world).memory) == plain(worker.memory)
