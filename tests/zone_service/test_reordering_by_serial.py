"""JT/T 808 in the reorder window: the serial of each message tells who has overtaken whom."""

from collections.abc import Callable
from dataclasses import replace
from math import inf

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import msgpack

from telemetry.codecs.jt808 import LOCATION, encode_location, location_body
from telemetry.codecs.jt808_frame import encode_frame
from telemetry.codecs.jt808_session import (
    Authentication,
    encode_authentication,
    encode_batch,
    encode_heartbeat,
)
from telemetry.report import Frame, Unit
from telemetry.topics import tele
from telemetry.waiting import MAX_HOLE, MAX_IN_VAIN
from tests.zone_service.test_reordering import arriving, plain, run, told
from zone_service.clock_frames import due_frame
from zone_service.guarded import judge
from zone_service.memory import Memory, from_bytes, to_bytes
from zone_service.store import journal
from zone_service.world import World

PHONE = "13912345678"
NOON_S = 1795406400.0
WINDOW_S = 0.3
ON_ROAD, OFF_ROAD, FAR = (121.92, 30.90), (121.92, 30.9006), (121.9201, 30.90)
ASIDE = (121.92, 30.9001)
"""So near to both on the road that it is no jump at any moment."""


@pytest.fixture
def roads(world: World) -> World:
    """The city whose car has a terminal of JT/T 808."""
    unit = Unit(device_id="car-1", codec="jt808", wire_id=PHONE)
    return replace(world, units={**world.units, "car-1": unit})


def at(payload: bytes, after_s: float) -> Frame:
    return Frame(tele("car-1"), payload, NOON_S + after_s)


def place(
    serial: int, after_s: float, where: tuple[float, float] = ON_ROAD, speed_mps: float = 5.0
) -> Frame:
    """A position that is received as soon as it is said."""
    payload = encode_location(
        PHONE, NOON_S + after_s, *where, ground_speed_mps=speed_mps, serial=serial & 0xFFFF
    )
    return at(payload, after_s)


def alive(serial: int, after_s: float) -> Frame:
    return at(encode_heartbeat(PHONE, serial=serial & 0xFFFF), after_s)


def batch(serial: int, after_s: float, where: tuple[float, float] = ON_ROAD) -> Frame:
    """Two positions, of the second before and of this one."""
    bodies = [location_body(NOON_S + after_s - back, *where) for back in (1.0, 0.0)]
    return at(encode_batch(PHONE, bodies, serial=serial & 0xFFFF), after_s)


def numbers(memory: Memory) -> list[int]:
    return [each.seq & 0xFFFF for each in memory.devices["car-1"].waiting]


SAID = st.tuples(
    st.sampled_from(["place", "place", "place", "alive", "batch"]),
    st.sampled_from([ON_ROAD, OFF_ROAD, FAR]),
    st.floats(0, 30),
    st.floats(0, 0.29),
)
LAW = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.requirement("D4d-64", "F-12")
@LAW
@given(
    drive=st.lists(SAID, min_size=1, max_size=40),
    first=st.sampled_from([0, 7, 65_500, 65_520, 65_535]),
    every_s=st.sampled_from([0.1, 0.5, 1.0]),
    cuts=st.lists(st.integers(1, 60), max_size=8),
    lost=st.frozensets(st.integers(0, 60), max_size=2),
    again_s=st.dictionaries(st.integers(0, 54), st.floats(0, 2), max_size=12),
)
def test_any_permutation_within_the_window_repetition_and_batching_gives_the_same_events(
    roads: World,
    drive: list[tuple[str, tuple[float, float], float, float]],
    first: int,
    every_s: float,
    cuts: list[int],
    lost: frozenset[int],
    again_s: dict[int, float],
) -> None:
    """Positions, batches and heartbeats of one counter, that wraps and is not kept when it is lost."""
    frames = [place(first, 0.0)]
    for n, (what, where, speed_mps, _) in enumerate(drive, 1):
        serial, after_s = first + n, n * every_s
        if what == "alive":
            frames.append(alive(serial, after_s))
        elif what == "batch":
            frames.append(batch(serial, after_s, where))
        else:
            frames.append(place(serial, after_s, where, speed_mps))
    delays_s = [0.0, *(each[3] for each in drive)]
    whole, memory = Memory(), Memory()
    expected, _ = run(whole, roads, arriving(frames, [0.0] * len(frames), lost))
    found, kept = run(memory, roads, arriving(frames, delays_s, lost, again_s), cuts)
    assert told(found) == told(expected)
    assert memory.open.keys() == whole.open.keys()
    assert memory.fleet.held == whole.fleet.held
    assert memory.next_due_s() == inf
    again = Memory()
    for each in kept:
        judge(again, roads, journal.unpack(journal.pack(each)))
    assert plain(again) == plain(memory)


def unclocked(serial: int, after_s: float, where: tuple[float, float]) -> Frame:
    """A position of a terminal that has no time yet: its stamp is all zeros."""
    body = location_body(NOON_S, *where, ground_speed_mps=5.0)[:-6] + bytes(6)
    return at(encode_frame(LOCATION, PHONE, body, serial=serial & 0xFFFF), after_s)


def ahead(serial: int, after_s: float, where: tuple[float, float]) -> Frame:
    """A position of a terminal whose clock is ten seconds ahead."""
    payload = encode_location(
        PHONE, NOON_S + after_s + 10.0, *where, ground_speed_mps=5.0, serial=serial & 0xFFFF
    )
    return at(payload, after_s)


@pytest.mark.requirement("D4d-64")
@LAW
@given(
    drive=st.lists(
        st.tuples(st.booleans(), st.sampled_from([ON_ROAD, FAR, ASIDE]), st.floats(0, 0.29)),
        min_size=1,
        max_size=40,
    ),
    said=st.sampled_from([unclocked, ahead]),
    first=st.sampled_from([7, 65_520]),
    every_s=st.sampled_from([0.1, 0.5, 1.0]),
    cuts=st.lists(st.integers(1, 60), max_size=8),
)
def test_of_a_terminal_that_is_ordered_by_our_time_nothing_is_late_in_any_order_within_the_window(
    roads: World,
    drive: list[tuple[bool, tuple[float, float], float]],
    said: Callable[[int, float, tuple[float, float]], Frame],
    first: int,
    every_s: float,
    cuts: list[int],
) -> None:
    """When something came is another time then; what is live, and what is told of it, is the same."""
    frames = [said(first, 0.0, ON_ROAD)] + [
        alive(first + n, n * every_s) if is_alive else said(first + n, n * every_s, where)
        for n, (is_alive, where, _) in enumerate(drive, 1)
    ]
    whole, memory = Memory(), Memory()
    run(whole, roads, arriving(frames, [0.0] * len(frames)))
    _, kept = run(memory, roads, arriving(frames, [0.0, *(each[2] for each in drive)]), cuts)
    device, expected = memory.devices["car-1"], whole.devices["car-1"]
    assert device.late is None
    assert device.position == expected.position
    assert device.track is not None
    assert expected.track is not None
    assert device.track.serials == expected.track.serials
    again = Memory()
    for each in kept:
        judge(again, roads, journal.unpack(journal.pack(each)))
    assert plain(again) == plain(memory)


@LAW
@given(order=st.permutations(range(65_534, 65_540)), cut=st.integers(0, 6))
def test_a_restart_while_something_waits_changes_nothing(
    roads: World, order: list[int], cut: int
) -> None:
    frames = [place(65_533, 0.0)] + [
        replace_received(place(serial, 0.0, speed_mps=serial % 30), at_s=n / 50)
        for n, serial in enumerate(order)
    ]
    whole, memory = Memory(), Memory()
    judge(whole, roads, frames)
    judge(memory, roads, frames[:cut])
    memory = from_bytes(to_bytes(memory))
    judge(memory, roads, frames[cut:])
    assert to_bytes(memory) == to_bytes(whole)


def replace_received(frame: Frame, at_s: float) -> Frame:
    return Frame(frame.topic, frame.payload, NOON_S + at_s)


@pytest.mark.requirement("D4d-64")
def test_positions_that_overtook_each_other_are_judged_in_the_order_of_their_serials(
    roads: World,
) -> None:
    memory = Memory()
    judge(memory, roads, [place(9, 0), place(12, 3)])
    assert numbers(memory) == [12]
    judge(memory, roads, [replace_received(place(11, 2), 3.1)])
    assert numbers(memory) == [11, 12]
    outcome = judge(memory, roads, [replace_received(place(10, 1), 3.2)])
    assert (outcome.counts["fresh"], outcome.counts["late"]) == (3, 0)
    assert memory.next_due_s() == inf


def test_a_terminal_in_order_waits_for_nobody_whatever_else_it_says(roads: World) -> None:
    memory = Memory()
    said = [
        place(65_534, 0),
        alive(65_535, 1),
        place(65_536, 2),
        batch(65_537, 4),
        place(65_538, 5),
    ]
    for frame in said:
        judge(memory, roads, [frame])
        assert memory.next_due_s() == inf


def test_a_heartbeat_that_was_waited_for_lets_those_behind_it_go_at_once(roads: World) -> None:
    memory = Memory()
    judge(memory, roads, [place(1, 0), place(3, 2)])
    assert numbers(memory) == [3]
    outcome = judge(memory, roads, [replace_received(alive(2, 1), 2.1)])
    assert (outcome.counts["fresh"], numbers(memory)) == (1, [])


def test_a_heartbeat_that_has_overtaken_a_position_does_not_hide_that_it_is_missing(
    roads: World,
) -> None:
    memory = Memory()
    judge(memory, roads, [place(1, 0), replace_received(alive(3, 2), 1.0), place(4, 3)])
    assert numbers(memory) == [4]
    outcome = judge(memory, roads, [replace_received(place(2, 1), 3.1)])
    assert (outcome.counts["fresh"], outcome.counts["late"], numbers(memory)) == (2, 0, [])


def test_who_waits_behind_a_heartbeat_that_was_heard_is_let_go_with_the_others(
    roads: World,
) -> None:
    memory = Memory()
    judge(memory, roads, [place(1, 0), place(3, 2), replace_received(alive(4, 3), 2.1)])
    judge(memory, roads, [replace_received(place(5, 2), 2.2)])
    assert numbers(memory) == [3, 5]
    outcome = judge(memory, roads, [replace_received(place(2, 1), 2.25)])
    assert (outcome.counts["fresh"], numbers(memory)) == (3, [])


def passed_through(serial: int, after_s: float) -> Frame:
    """Data of a maker's own, which the platform does not read."""
    return at(encode_frame(0x0900, PHONE, b"\xf0data", serial=serial), after_s)


@pytest.mark.requirement("D4d-64")
def test_nobody_waits_for_what_was_refused(roads: World) -> None:
    memory = Memory()
    judge(memory, roads, [place(1, 0), passed_through(2, 1), place(3, 2)])
    assert numbers(memory) == []
    judge(memory, roads, [place(5, 4)])
    assert numbers(memory) == [5]
    outcome = judge(memory, roads, [replace_received(passed_through(4, 3), 4.1)])
    assert (outcome.counts["fresh"], outcome.counts["refused"], numbers(memory)) == (1, 1, [])


def test_who_waits_behind_a_message_of_which_a_part_is_refused_waits_for_all_of_it(
    roads: World,
) -> None:
    memory = Memory()
    judge(memory, roads, [place(1, 0), place(3, 4)])
    bodies = [b"cut short", location_body(NOON_S + 2, *ON_ROAD)]
    payload = encode_batch(PHONE, bodies, serial=2)
    outcome = judge(memory, roads, [Frame(tele("car-1"), payload, NOON_S + 4.1)])
    counts = outcome.counts
    assert (counts["fresh"], counts["late"], counts["refused"]) == (2, 0, 1)
    assert numbers(memory) == []


def test_a_hole_costs_the_window_and_is_no_loss(roads: World) -> None:
    memory = Memory()
    judge(memory, roads, [place(1, 0), place(3, 2)])
    outcome = judge(memory, roads, [due_frame(NOON_S + 2 + WINDOW_S)])
    assert outcome.counts["fresh"] == 1
    assert not {each.code for each in outcome.changes.values()} - {"KEEP_IN_EXIT"}


def test_a_terminal_that_counts_otherwise_is_soon_waited_for_no_more(roads: World) -> None:
    memory = Memory()
    for n in range(MAX_IN_VAIN + 1):
        judge(memory, roads, [place(2 * n, 2.0 * n), due_frame(NOON_S + 2.0 * n + 1)])
    judge(memory, roads, [place(2 * MAX_IN_VAIN + 2, 20)])
    assert numbers(memory) == []


def test_one_that_was_away_is_not_waited_for(roads: World) -> None:
    memory = Memory()
    judge(memory, roads, [place(1, 0), place(MAX_HOLE + 3, 60)])
    assert numbers(memory) == []


@pytest.mark.requirement("D4d-64")
def test_a_terminal_that_started_again_counts_anew_and_ends_what_waits(roads: World) -> None:
    memory = Memory()
    judge(memory, roads, [place(500, 0), place(502, 2)])
    assert numbers(memory) == [502]
    hello = encode_authentication(PHONE, Authentication("secret"), serial=0)
    outcome = judge(memory, roads, [at(hello, 9), place(1, 10)])
    assert outcome.counts["fresh"] == 2
    assert memory.next_due_s() == inf
    judge(memory, roads, [place(2, 11), place(4, 13)])
    assert numbers(memory) == [4]


@pytest.mark.requirement("D4d-64", "D4e-1")
def test_a_message_that_waits_and_is_said_again_is_dropped(roads: World) -> None:
    memory = Memory()
    judge(memory, roads, [place(1, 0), place(3, 2)])
    outcome = judge(memory, roads, [replace_received(place(3, 2), 2.1)])
    assert (outcome.counts["duplicate"], outcome.journal) == (1, [])


def test_who_waits_is_in_the_checkpoint(roads: World) -> None:
    memory = Memory()
    judge(memory, roads, [place(65_535, 0), place(65_537, 2)])
    again = from_bytes(to_bytes(memory))
    assert numbers(again) == [1]
    assert msgpack.encode(again.devices["car-1"]) == msgpack.encode(memory.devices["car-1"])


def test_positions_of_one_message_are_judged_one_after_the_other(roads: World) -> None:
    memory = Memory()
    judge(memory, roads, [place(1, 0), batch(3, 4)])
    assert numbers(memory) == [3, 3]
    outcome = judge(memory, roads, [replace_received(place(2, 2), 4.1)])
    assert (outcome.counts["fresh"], outcome.counts["late"]) == (3, 0)


def test_a_heartbeat_that_lets_one_go_that_we_fail_on_costs_that_one_alone(
    roads: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory()
    judge(memory, roads, [place(1, 0), place(3, 2, OFF_ROAD)])

    def fails(*_: object, **__: object) -> None:
        msg = "a fault of our own"
        raise RuntimeError(msg)

    monkeypatch.setattr("zone_service.pipeline.conclude", fails)
    outcome = judge(memory, roads, [replace_received(alive(2, 1), 2.1)])
    assert len(outcome.failures) == 1
    assert outcome.counts["notice"] == 1
    assert numbers(memory) == []
