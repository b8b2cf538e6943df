"""MAVLink between a bridge's datagrams and the broker: whose frame it is, and what explains a position."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import common

from telemetry.codecs.mavlink import CODEC
from telemetry.codecs.mavlink_frame import Kind
from telemetry.gateways.mavlink import FRESH_S, MOST_SAID, WIRE, Bridge
from telemetry.gateways.wire import Drop, Dropped, Event, Forward, Known, Received, Register
from telemetry.report import ControlMode, Frame, Notice, Report, TimeSource, Unit

pytestmark = pytest.mark.requirement("D7-3", "D7-6")

NOON_S = 1_795_406_400.0
BOOT_S = NOON_S - 2400
UNITS: Register = {"sys:1": Known("uav-1"), "sys:2": Known("uav-2")}
ARDUPILOT, QUADROTOR, GUIDED = 3, 2, 4


CAMERA, STATION = 100, 190
NO_AUTOPILOT, OF_A_STATION = 8, 6


def frame(name: str, *fields: Any, system: int = 1, old: bool = False, component: int = 1) -> bytes:
    by = common.MAVLink(None, srcSystem=system, srcComponent=component)
    return bytes(getattr(by, f"{name}_encode")(*fields).pack(by, force_mavlink1=old))


def position(since_start_s: float = 2400.0, system: int = 1, *, old: bool = False) -> bytes:
    fields = round(since_start_s * 1000), 309_000_000, 1_219_000_000, 64_500, 60_000, 100, 0, 0, 0
    return frame("global_position_int", *fields, system=system, old=old)


def clock(
    since_start_s: float = 2399.0, system: int = 1, *, old: bool = False, component: int = 1
) -> bytes:
    unix_us = round((BOOT_S + since_start_s) * 1e6)
    fields = unix_us, round(since_start_s * 1000)
    return frame("system_time", *fields, system=system, old=old, component=component)


def clock_of_a_station(*, old: bool = False) -> bytes:
    """The time, by one whose own start was another."""
    return frame("system_time", round((NOON_S - 1) * 1e6), 5000, component=STATION, old=old)


def beat(system: int = 1, component: int = 1) -> bytes:
    fields = QUADROTOR, ARDUPILOT, 209, GUIDED, 4, 3
    return frame("heartbeat", *fields, system=system, component=component)


def beat_of_none(component: int, *, old: bool = False) -> bytes:
    """The heartbeat of what no autopilot is in."""
    fields = OF_A_STATION, NO_AUTOPILOT, 0, 0, 4, 3
    return frame("heartbeat", *fields, component=component, old=old)


def receiver(system: int = 1) -> bytes:
    fields = 0, 3, 309_000_000, 1_219_000_000, 64_500, 100, 100, 100, 9000, 14
    return frame("gps_raw_int", *fields, system=system)


def heard(*said: bytes, at_s: float = NOON_S, every_s: float = 0.0) -> list[Event]:
    bridge, events = WIRE.begin, []
    for number, data in enumerate(said):
        received = Received(data, at_s + number * every_s, is_whole=True)
        bridge, more = WIRE.step(bridge, received, UNITS)
        events += more
    assert isinstance(bridge, Bridge)
    return events


def passed_on(events: Sequence[Event]) -> list[tuple[str, bytes]]:
    return [(each.device_id, each.payload) for each in events if isinstance(each, Forward)]


def dropped(events: Sequence[Event]) -> list[tuple[Dropped, str]]:
    return [(each.reason, each.subject) for each in events if isinstance(each, Drop)]


def decoded(payload: bytes, device_id: str = "uav-1", wire_id: str = "sys:1") -> Any:
    unit = Unit(device_id=device_id, codec="mavlink", wire_id=wire_id)
    (said,) = CODEC.decode(Frame(f"zone/up/{device_id}/tele", payload, NOON_S + 600), unit)
    return said


@pytest.mark.parametrize("old", [False, True])
def test_a_position_goes_with_the_clock_that_was_told_before_it(old: bool) -> None:
    ((device, payload),) = passed_on(heard(clock(old=old), beat(), position(old=old)))[-1:]
    report = decoded(payload)
    assert isinstance(report, Report)
    assert (device, report.event_time_s, report.time_source) == ("uav-1", NOON_S, TimeSource.DEVICE)
    assert report.control_mode is ControlMode.AUTONOMOUS


def test_each_system_has_its_own_device_and_its_own_clock() -> None:
    events = heard(clock(2399.0, 1) + clock(2300.0, 2), position(2400.0, 2) + position(2400.0, 1))
    found = dict(passed_on(events))
    assert decoded(found["uav-1"]).event_time_s == NOON_S
    assert decoded(found["uav-2"], "uav-2", "sys:2").event_time_s == NOON_S


def test_a_system_that_nobody_registered_is_counted_by_name() -> None:
    events = heard(position(system=9) + position(system=1))
    assert [device for device, _ in passed_on(events)] == ["uav-1"]
    assert dropped(events) == [(Dropped.UNKNOWN_UNIT, "sys:9")]


def test_a_clock_of_long_ago_or_of_before_a_restart_explains_nothing() -> None:
    (_, late), *_ = passed_on(heard(clock(), position(), every_s=FRESH_S + 1))  # fmt: skip
    assert "time_unknown" in decoded(late).quality_flags
    (_, restarted), *_ = passed_on(heard(clock(2399.0), position(3.0)))  # fmt: skip
    assert "time_unknown" in decoded(restarted).quality_flags


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("together", [False, True])
def test_what_a_camera_and_a_ground_station_say_is_not_the_autopilots(
    old: bool, together: bool
) -> None:
    others = beat_of_none(CAMERA, old=old), clock_of_a_station(old=old)
    later = (b"".join((*others, position())),) if together else (*others, position())
    (_, payload) = passed_on(heard(clock(), beat(), *later))[-1]
    report = decoded(payload)
    assert (report.event_time_s, report.time_source) == (NOON_S, TimeSource.DEVICE)
    assert report.control_mode is ControlMode.AUTONOMOUS


def test_a_clock_of_another_part_alone_dates_nothing() -> None:
    ((_, payload),) = passed_on(heard(clock_of_a_station(), position()))
    assert "time_unknown" in decoded(payload).quality_flags


def test_what_has_no_clock_of_its_own_explains_a_place_of_another_part() -> None:
    of_another = frame(
        "global_position_int", 2_400_000, 309_000_000, 1_219_000_000, 64_500, 60_000, 0, 0, 0, 0,
        component=2,
    )  # fmt: skip
    (_, payload) = passed_on(heard(beat(), of_another))[-1]
    assert decoded(payload).control_mode is ControlMode.AUTONOMOUS


def test_a_camera_alone_is_no_aircraft() -> None:
    assert passed_on(heard(beat_of_none(CAMERA))) == []


def test_no_more_is_kept_of_a_system_than_a_few_parts_say() -> None:
    bridge = WIRE.begin
    for component in range(1, 256):
        said = Received(
            beat(component=component) + clock(component=component), NOON_S, is_whole=True
        )
        bridge, _ = WIRE.step(bridge, said, UNITS)
    (system,) = bridge.systems.values()
    assert len(system.latest) == MOST_SAID
    assert (Kind.SYSTEM_TIME, 255) in system.latest


def test_a_receivers_place_is_passed_on_where_the_autopilot_tells_none_that_is_better() -> None:
    assert len(passed_on(heard(receiver()))) == 1
    assert len(passed_on(heard(position(), receiver()))) == 1
    assert len(passed_on(heard(position(), receiver(), every_s=FRESH_S + 1))) == 2


def test_one_that_tells_no_place_is_there_all_the_same() -> None:
    ((device, payload),) = passed_on(heard(beat(), beat(), beat(), every_s=1.0))
    said = decoded(payload)
    assert isinstance(said, Notice)
    assert (device, said.kind) == ("uav-1", "heartbeat")


def test_what_the_codec_does_not_read_and_what_is_broken_is_counted_and_costs_nothing_else() -> (
    None
):
    attitude = frame("attitude", 1, 0, 0, 0, 0, 0, 0)
    broken = bytearray(position())
    broken[15] ^= 0xFF
    events = heard(attitude + bytes(broken) + b"rubbish" + position()[:9], position())
    assert len(passed_on(events)) == 1
    assert dropped(events) == [
        (Dropped.UNSUPPORTED, ""), (Dropped.BAD_CHECKSUM, "uav-1"), (Dropped.MALFORMED, ""),
        (Dropped.MALFORMED, ""),
    ]  # fmt: skip


SAID = st.lists(
    st.one_of(st.sampled_from([position(), clock(), beat(), receiver(), position(system=2)]),
              st.binary(max_size=30)),
    max_size=8,
)  # fmt: skip


@given(said=SAID)
def test_no_datagram_raises_and_every_whole_position_is_passed_on_once(said: list[bytes]) -> None:
    own = {position(): "uav-1", position(system=2): "uav-2"}
    events = passed_on(heard(*said))
    for each, device in own.items():
        times = sum(payload.count(each) for name, payload in events if name == device)
        assert times == said.count(each)


@given(st.binary(max_size=300))
def test_what_is_no_frame_is_not_passed_on(said: bytes) -> None:
    assert passed_on(heard(said)) == []
