"""Fences that are put on board of autopilots: item by item, on the ground, and until they have it or will not."""

import json
from typing import Any

import msgspec
import pytest
from pymavlink.dialects.v20 import common

from telemetry.codecs.mavlink_mission import FENCE, OUR_COMPONENT, OUR_SYSTEM
from telemetry.fences.canonical import message
from telemetry.fences.mavlink import Body, Item
from telemetry.gateways.mavlink import TELLING, WIRE, Bridge
from telemetry.gateways.mavlink_fence import AGAIN_S, ASK_EVERY_S, TRIES
from telemetry.gateways.wire import Answer, Drop, Dropped, Event, Passed, Received, Say, Told
from tests.telemetry.test_gateway_mavlink import NOON_S, UNITS, frame

pytestmark = pytest.mark.requirement("D7-11")
ITEMS = (
    Item(5001, 3.0, 309_000_000, 1_219_000_000),
    Item(5001, 3.0, 309_200_000, 1_219_000_000),
    Item(5001, 3.0, 309_200_000, 1_219_200_000),
    Item(5004, 50.0, 309_150_000, 1_219_150_000),
)
ARDUPILOT, QUADROTOR, ARMED, DISARMED = 3, 2, 209, 81


def fence(version: int = 7, items: tuple[Item, ...] = ITEMS) -> bytes:
    return message(msgspec.json.encode(Body(items)), version)


def beat(mode: int = DISARMED, system: int = 1) -> bytes:
    return frame("heartbeat", QUADROTOR, ARDUPILOT, mode, 4, 3, 3, system=system)


def asks(number: int, **more: Any) -> bytes:
    return frame("mission_request_int", *to_us(**more)[:2], number, to_us(**more)[2])


def ends(result: int, **more: Any) -> bytes:
    system, component, kind = to_us(**more)
    return frame("mission_ack", system, component, result, kind)


def to_us(system: int = OUR_SYSTEM, kind: int = FENCE) -> tuple[int, int, int]:
    return system, OUR_COMPONENT, kind


class Bench:
    """A gateway's core, and what it did."""

    def __init__(self) -> None:
        self.bridge: Bridge = TELLING.begin
        self.at_s = NOON_S

    def hear(self, *frames: bytes) -> list[Event]:
        return self._step(Received(b"".join(frames), self.at_s, is_whole=True))

    def told(self, payload: bytes, device_id: str = "uav-1") -> list[Event]:
        return self._step(Told(device_id, payload, self.at_s))

    def wait(self, seconds: float) -> list[Event]:
        self.at_s += seconds
        return self._step(Passed(self.at_s))

    def _step(self, said: Any) -> list[Event]:
        self.bridge, events = TELLING.step(self.bridge, said, UNITS)
        return events


def answers(events: list[Event]) -> list[Any]:
    parser = common.MAVLink(None)
    return [parser.decode(bytearray(each.data)) for each in events if isinstance(each, Answer)]


def says(events: list[Event]) -> list[Any]:
    return [json.loads(each.payload)["fence"] for each in events if isinstance(each, Say)]


def test_an_autopilot_that_is_heard_is_asked_for_once_in_a_while() -> None:
    bench = Bench()
    assert says(bench.hear(beat())) == [{"version": None}]
    assert says(bench.hear(beat())) == []
    bench.wait(ASK_EVERY_S)
    assert says(bench.hear(beat())) == [{"version": None}]


def test_a_fence_goes_on_board_as_the_autopilot_asks_for_it_and_is_acknowledged() -> None:
    bench = Bench()
    bench.hear(beat())
    assert bench.told(fence()) == []
    (count,) = answers(bench.hear(beat()))
    assert (count.get_type(), count.count, count.mission_type) == ("MISSION_COUNT", 4, FENCE)
    assert (count.target_system, count.target_component) == (1, 1)
    for number, item in enumerate(ITEMS):
        (said,) = answers(bench.hear(asks(number)))
        assert (said.get_type(), said.seq, said.mission_type) == ("MISSION_ITEM_INT", number, FENCE)
        assert Item(said.command, said.param1, said.x, said.y) == item
    assert says(bench.hear(ends(0))) == [{"version": 7, "status": "taken"}]
    assert says(bench.hear(ends(0))) == []


def on_board(bench: Bench, version: int = 7) -> None:
    bench.told(fence(version))
    bench.hear(beat())
    for number in range(len(ITEMS)):
        bench.hear(asks(number))
    assert says(bench.hear(ends(0))) == [{"version": version, "status": "taken"}]


def test_what_it_has_taken_is_said_now_and_then_and_not_put_on_board_again() -> None:
    bench = Bench()
    bench.hear(beat())
    on_board(bench)
    bench.wait(ASK_EVERY_S)
    assert says(bench.hear(beat())) == [{"version": 7}]


def test_a_late_word_of_what_was_put_on_board_before_is_none_of_what_is_put_now() -> None:
    bench = Bench()
    bench.hear(beat())
    on_board(bench)
    bench.told(fence(8))
    bench.hear(beat())
    assert bench.hear(ends(0)) == [], "it has asked for nothing yet"
    for number in (*range(len(ITEMS) - 1), 0):
        bench.hear(asks(number))
    assert bench.hear(ends(0)) == [], "the last one is missing"
    bench.hear(asks(len(ITEMS) - 1))
    assert says(bench.hear(ends(0))) == [{"version": 8, "status": "taken"}]


def test_an_aircraft_whose_motors_may_run_is_told_when_they_may_not() -> None:
    bench = Bench()
    bench.hear(beat(ARMED))
    bench.told(fence())
    assert answers(bench.hear(beat(ARMED))) == []
    assert len(answers(bench.hear(beat(DISARMED)))) == 1


def test_an_autopilot_that_has_no_room_says_so() -> None:
    bench = Bench()
    bench.hear(beat())
    bench.told(fence())
    bench.hear(beat())
    refused = {"version": 7, "status": "refused", "detail": "MAV_MISSION_NO_SPACE"}
    assert says(bench.hear(ends(common.MAV_MISSION_NO_SPACE))) == [refused]


def test_a_fence_without_items_clears_what_is_on_board() -> None:
    bench = Bench()
    bench.hear(beat())
    bench.told(fence(8, ()))
    (cleared,) = answers(bench.hear(beat()))
    assert (cleared.get_type(), cleared.mission_type) == ("MISSION_CLEAR_ALL", FENCE)
    assert says(bench.hear(ends(0))) == [{"version": 8, "status": "taken"}]


def test_one_that_says_nothing_is_told_again_a_few_times_and_then_asked_for_later() -> None:
    bench = Bench()
    bench.hear(beat())
    bench.told(fence())
    told = len(answers(bench.hear(beat())))
    for _ in range(TRIES + 3):
        told += len(answers(bench.wait(AGAIN_S)))
    assert told == TRIES
    assert says(bench.hear(beat())) == []
    bench.wait(ASK_EVERY_S)
    assert says(bench.hear(beat())) == [{"version": None}]


def test_what_is_said_to_another_station_or_of_a_flight_plan_is_none_of_it() -> None:
    bench = Bench()
    bench.hear(beat())
    bench.told(fence())
    bench.hear(beat())
    assert bench.hear(asks(0, system=255), asks(0, kind=0), asks(99), ends(0, system=255)) == []
    broken = bytearray(asks(0))
    broken[-1] ^= 0xFF
    assert [type(each) for each in bench.hear(bytes(broken))] == [Drop]


def test_a_fence_of_another_or_none_at_all_changes_nothing() -> None:
    bench = Bench()
    bench.hear(beat())
    bench.told(fence(), "uav-2")
    bench.told(b"\xff")
    assert answers(bench.hear(beat())) == []


def test_a_gateway_that_listens_alone_says_nothing_to_anybody() -> None:
    bridge, events = WIRE.step(WIRE.begin, Received(beat() + asks(0), NOON_S, is_whole=True), UNITS)
    assert [each for each in events if isinstance(each, Answer | Say)] == []
    assert [each.reason for each in events if isinstance(each, Drop)] == [Dropped.UNSUPPORTED]
    assert bridge.boards == {}
