"""MAVLink frames: what an autopilot says of itself."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from pymavlink.dialects.v20 import common

from telemetry.codecs.codec import DETAIL_CHARS, Outcome
from telemetry.codecs.f3411 import encode_basic_id, encode_location
from telemetry.codecs.mavlink import CODEC, MAX_FRAMES
from telemetry.codecs.mavlink_modes import control_mode
from telemetry.report import (
    ControlMode,
    Datum,
    Frame,
    Notice,
    OperationalStatus,
    RefusalReason,
    Refused,
    Report,
    TimeSource,
    Unit,
)

COPTER = Unit(device_id="uav-001", codec="mavlink", wire_id="sys:1")
RECEIVED_S = 1_777_622_400.5
BOOT_S = 1_777_620_000
MAV = common.MAVLink(None, srcSystem=1, srcComponent=1)
ARDUPILOT, PX4 = 3, 12
QUADROTOR, FIXED_WING, BOAT, GROUND_STATION = 2, 1, 11, 6


def said(payload: bytes, unit: Unit = COPTER) -> tuple[Outcome, ...]:
    return CODEC.decode(Frame("zone/up/uav-001/tele", payload, RECEIVED_S), unit)


def only(outcomes: tuple[Outcome, ...]) -> Report:
    (report,) = outcomes
    assert isinstance(report, Report), report
    return report


def refusal(outcomes: tuple[Outcome, ...]) -> Refused:
    (refused,) = outcomes
    assert isinstance(refused, Refused), refused
    return refused


def frame(name: str, *fields: Any, old: bool = False, by: Any = MAV, **named: Any) -> bytes:
    message = getattr(by, f"{name}_encode")(*fields, **named)
    return bytes(message.pack(by, force_mavlink1=old))


def position(**changed: Any) -> bytes:
    fields: dict[str, Any] = {
        "time_boot_ms": 2_400_250, "lat": 309_000_000, "lon": 1_219_000_000, "alt": 64_500,
        "relative_alt": 60_000, "vx": 0, "vy": 1_250, "vz": -150, "hdg": 9_050,
    }  # fmt: skip
    return frame("global_position_int", **(fields | changed))


def gps(**changed: Any) -> bytes:
    fields: dict[str, Any] = {
        "time_usec": 2_400_000_000, "fix_type": 3, "lat": 309_000_000, "lon": 1_219_000_000,
        "alt": 64_500, "eph": 90, "epv": 120, "vel": 1_250, "cog": 9_000, "satellites_visible": 17,
        "alt_ellipsoid": 75_500, "h_acc": 600, "v_acc": 900,
    }  # fmt: skip
    return frame("gps_raw_int", **(fields | changed))


def clock(unix_us: int = (BOOT_S + 2_000) * 1_000_000, boot_ms: int = 2_000_000) -> bytes:
    return frame("system_time", unix_us, boot_ms)


def beat(
    vehicle: int = QUADROTOR, autopilot: int = ARDUPILOT, mode: int = 3, state: int = 4,
    flags: int = 209,
) -> bytes:  # fmt: skip
    return frame("heartbeat", vehicle, autopilot, flags, mode, state)


def landed(state: int) -> bytes:
    return frame("extended_sys_state", 0, state)


def broadcast(**changed: Any) -> bytes:
    fields: dict[str, Any] = {
        "target_system": 0, "target_component": 0, "id_or_mac": [0] * 20, "status": 2,
        "direction": 9_000, "speed_horizontal": 1_250, "speed_vertical": 150,
        "latitude": 309_000_000, "longitude": 1_219_000_000, "altitude_barometric": 62.5,
        "altitude_geodetic": 75.5, "height_reference": 0, "height": 60.0,
        "horizontal_accuracy": 11, "vertical_accuracy": 5, "barometer_accuracy": 0,
        "speed_accuracy": 0, "timestamp": 0.25, "timestamp_accuracy": 1,
    }  # fmt: skip
    return frame("open_drone_id_location", **(fields | changed))


def basic_id(name: str) -> bytes:
    raw = list(name.encode().ljust(20, b"\x00"))
    return frame("open_drone_id_basic_id", 0, 0, [0] * 20, 1, 2, raw)


def pack(*messages: bytes) -> bytes:
    raw = list(b"".join(messages).ljust(225, b"\x00"))
    return frame("open_drone_id_message_pack", 0, 0, [0] * 20, 25, len(messages), raw)


WHOLE = Report(
    device_id="uav-001",
    event_time_s=BOOT_S + 2_400.25,
    longitude_deg=121.9,
    latitude_deg=30.9,
    altitude_msl_m=64.5,
    height_ato_m=60.0,
    horizontal_accuracy_m=1.2,
    vertical_accuracy_m=1.8,
    satellites=17,
    ground_speed_mps=12.5,
    vertical_speed_mps=1.5,
    track_deg=90.0,
    heading_deg=90.5,
    control_mode=ControlMode.AUTONOMOUS,
    operational_status=OperationalStatus.AIRBORNE,
    codec="mavlink",
)


def test_a_recording_of_our_own_is_read_field_by_field(own: Callable[[str], bytes]) -> None:
    recorded = bytes.fromhex(own("mavlink_frames.hex").decode())
    assert only(said(recorded)) == WHOLE


def test_a_position_is_read_with_what_stands_around_it_in_whatever_order() -> None:
    around = [clock(), gps(), beat(), landed(2)]
    assert only(said(b"".join((*around, position())))) == WHOLE
    assert only(said(b"".join((position(), *around)))) == WHOLE


def test_what_was_said_last_before_a_position_holds_for_it() -> None:
    sent = beat(mode=3) + position() + beat(mode=6) + position()
    modes = [report.control_mode for report in said(sent) if isinstance(report, Report)]
    assert modes == [ControlMode.AUTONOMOUS, ControlMode.RETURN_HOME]


def test_real_frames_with_a_wrong_check_sum_are_refused(shared: Callable[[str], bytes]) -> None:
    frames = shared("mavlink2_global_position_int_hex.txt").decode().split()
    outcomes = said(b"".join(map(bytes.fromhex, frames)))
    assert [o.reason for o in outcomes if isinstance(o, Refused)] == [
        RefusalReason.BAD_CHECKSUM, RefusalReason.BAD_CHECKSUM,
    ]  # fmt: skip
    assert len(outcomes) == 2


def test_frames_of_the_first_version_are_read() -> None:
    sent = frame("global_position_int", 1, 309_000_000, 1_219_000_000, 1, 1, 0, 0, 0, 0, old=True)
    assert sent[0] == 0xFE
    assert only(said(sent)).longitude_deg == 121.9


def test_a_position_without_a_clock_is_of_the_time_of_its_receipt() -> None:
    for alone in (position(), clock(unix_us=0) + position()):
        report = only(said(alone))
        assert (report.event_time_s, report.time_source) == (RECEIVED_S, TimeSource.SERVER)
        assert report.quality_flags == ("time_unknown",)


def test_a_clock_that_is_wrong_by_decades_is_refused_and_not_used() -> None:
    report, refused = said(clock(unix_us=5_000_000) + position())[::-1]
    assert isinstance(report, Report)
    assert report.quality_flags == ("time_unknown",)
    assert refusal((refused,)).reason is RefusalReason.OUT_OF_RANGE


def test_milliseconds_since_the_start_may_run_over() -> None:
    late = clock(boot_ms=2**32 - 1_000) + position(time_boot_ms=500)
    assert only(said(late)).event_time_s == BOOT_S + 2_000 + 1.5


@pytest.mark.parametrize(
    "sent", [position(lat=0, lon=0), gps(fix_type=1) + position(), gps(fix_type=0), gps(lat=0, lon=0)],
    ids=["zeros", "no fix", "receiver", "receiver zeros"],
)  # fmt: skip
def test_without_a_fix_the_position_is_unknown(sent: bytes) -> None:
    report = only(said(clock() + sent))
    assert (report.longitude_deg, report.latitude_deg, report.altitude_msl_m) == (None, None, None)
    assert report.quality_flags == ("no_fix",)


def test_the_datum_is_that_of_the_standard_whatever_is_registered() -> None:
    declared = structs.replace(COPTER, datum=Datum.GCJ02)
    assert only(said(position(), declared)).source_datum is Datum.WGS84


def test_marks_of_unknown_values_are_unknown() -> None:
    report = only(said(gps(satellites_visible=255, h_acc=0, v_acc=2**32 - 1) + position(
        hdg=65_535, vx=0, vy=0,
    )))  # fmt: skip
    assert (report.heading_deg, report.track_deg, report.satellites) == (None, None, None)
    assert (report.horizontal_accuracy_m, report.vertical_accuracy_m) == (None, None)
    raw = only(said(gps(vel=65_535, cog=65_535, alt_ellipsoid=0)))
    assert (raw.ground_speed_mps, raw.track_deg, raw.altitude_hae_m) == (None, None, None)
    spoken = only(said(broadcast(
        direction=36_100, speed_horizontal=25_500, speed_vertical=6_300, altitude_barometric=-1_000,
        altitude_geodetic=float("nan"), height=-1_000, timestamp=65_535, latitude=0, longitude=0,
        horizontal_accuracy=0, vertical_accuracy=9, status=0,
    )))  # fmt: skip
    assert spoken == Report(
        device_id="uav-001", event_time_s=RECEIVED_S, time_source=TimeSource.SERVER,
        codec="mavlink", quality_flags=("no_fix", "time_unknown"),
    )  # fmt: skip


def test_the_receiver_alone_makes_a_report_where_nothing_better_is() -> None:
    report = only(said(gps(time_usec=1_777_622_399_500_000)))
    assert (report.event_time_s, report.time_source) == (1_777_622_399.5, TimeSource.GNSS)
    assert (report.altitude_msl_m, report.altitude_hae_m) == (64.5, 75.5)
    assert (report.ground_speed_mps, report.track_deg) == (12.5, 90.0)
    by_boot = only(said(gps() + clock()))
    assert (by_boot.event_time_s, by_boot.time_source) == (BOOT_S + 2_400, TimeSource.DEVICE)


def test_what_is_broadcast_of_an_aircraft_is_read_single_and_packed() -> None:
    single = only(said(broadcast() + beat()))
    packed = only(said(beat() + pack(
        encode_basic_id("1581F8DBW25B800B3417"),
        encode_location(
            1_777_622_400.2, 121.9, 30.9, ground_speed_mps=12.5, vertical_speed_mps=1.5,
            track_deg=90, altitude_hae_m=75.5, altitude_baro_m=62.5, height_ato_m=60,
            horizontal_accuracy_class=11, vertical_accuracy_class=5,
        ),
    )))  # fmt: skip
    assert single == Report(
        device_id="uav-001", event_time_s=1_777_622_400.25, longitude_deg=121.9, latitude_deg=30.9,
        altitude_hae_m=75.5, height_ato_m=60.0, altitude_baro_m=62.5, horizontal_accuracy_m=3.0,
        vertical_accuracy_m=3.0, ground_speed_mps=12.5, vertical_speed_mps=1.5, track_deg=90.0,
        control_mode=ControlMode.AUTONOMOUS, operational_status=OperationalStatus.AIRBORNE,
        codec="mavlink",
    )  # fmt: skip
    assert packed.longitude_deg == single.longitude_deg
    assert (packed.altitude_hae_m, packed.control_mode) == (75.5, ControlMode.AUTONOMOUS)
    assert packed.codec == "mavlink"


@pytest.mark.parametrize(
    ("sent", "status", "flags"),
    [
        (beat(state=4), OperationalStatus.UNKNOWN, ()),
        (beat(state=6), OperationalStatus.EMERGENCY, ()),
        (beat(state=6) + landed(1), OperationalStatus.EMERGENCY, ()),
        (landed(1), OperationalStatus.GROUND, ()),
        (landed(4), OperationalStatus.AIRBORNE, ()),
        (broadcast(status=2), OperationalStatus.AIRBORNE, ()),
        (broadcast(status=2) + landed(1), OperationalStatus.GROUND, ()),
        (broadcast(status=3) + landed(2), OperationalStatus.EMERGENCY, ()),
        (broadcast(status=4), OperationalStatus.UNKNOWN, ("remote_id_failed",)),
    ],
    ids=range(9),
)
def test_an_aircraft_flies_only_where_it_says_so(
    sent: bytes, status: OperationalStatus, flags: tuple[str, ...]
) -> None:
    report = only(said(clock() + sent + position()))
    assert (report.operational_status, report.quality_flags) == (status, flags)


@pytest.mark.parametrize(
    ("vehicle", "autopilot", "flags", "custom", "mode"),
    [
        (QUADROTOR, ARDUPILOT, 81, 0, ControlMode.MANUAL),
        (QUADROTOR, ARDUPILOT, 81, 5, ControlMode.ASSISTED),
        (QUADROTOR, ARDUPILOT, 89, 4, ControlMode.AUTONOMOUS),
        (QUADROTOR, ARDUPILOT, 89, 6, ControlMode.RETURN_HOME),
        (QUADROTOR, ARDUPILOT, 89, 9, ControlMode.LANDING),
        (QUADROTOR, ARDUPILOT, 89, 99, ControlMode.UNKNOWN),
        (FIXED_WING, ARDUPILOT, 89, 0, ControlMode.MANUAL),
        (FIXED_WING, ARDUPILOT, 89, 5, ControlMode.ASSISTED),
        (FIXED_WING, ARDUPILOT, 89, 20, ControlMode.LANDING),
        (BOAT, ARDUPILOT, 89, 10, ControlMode.AUTONOMOUS),
        (BOAT, ARDUPILOT, 89, 4, ControlMode.UNKNOWN),
        (GROUND_STATION, ARDUPILOT, 89, 4, ControlMode.UNKNOWN),
        (QUADROTOR, PX4, 81, 1 << 16, ControlMode.MANUAL),
        (QUADROTOR, PX4, 81, 3 << 16, ControlMode.ASSISTED),
        (QUADROTOR, PX4, 89, 4 << 16 | 4 << 24, ControlMode.AUTONOMOUS),
        (QUADROTOR, PX4, 89, 4 << 16 | 5 << 24, ControlMode.RETURN_HOME),
        (QUADROTOR, PX4, 89, 4 << 16 | 6 << 24, ControlMode.LANDING),
        (QUADROTOR, PX4, 89, 4 << 16 | 99 << 24, ControlMode.UNKNOWN),
        (QUADROTOR, PX4, 89, 6 << 16, ControlMode.AUTONOMOUS),
        (QUADROTOR, 0, 64, 0, ControlMode.MANUAL),
        (QUADROTOR, 0, 80, 0, ControlMode.ASSISTED),
        (QUADROTOR, 0, 92, 0, ControlMode.AUTONOMOUS),
        (QUADROTOR, 0, 128, 0, ControlMode.UNKNOWN),
        (QUADROTOR, 0, 93, 4, ControlMode.UNKNOWN),
    ],
)
def test_who_flies_is_told_by_the_modes_that_are_known(
    vehicle: int, autopilot: int, flags: int, custom: int, mode: ControlMode
) -> None:
    assert control_mode(vehicle, autopilot, flags, custom) is mode


def test_a_ground_station_says_nothing_of_who_flies() -> None:
    station = common.MAVLink(None, srcSystem=255, srcComponent=190)
    theirs = frame("heartbeat", GROUND_STATION, 8, 192, 0, 4, by=station)
    unit = Unit(device_id="uav-001", codec="mavlink")
    assert only(said(beat() + theirs + position(), unit)).control_mode is ControlMode.AUTONOMOUS


def test_a_heartbeat_alone_is_a_notice_of_who_flies() -> None:
    assert said(beat() + landed(1)) == (
        Notice(device_id="uav-001", kind="heartbeat", detail="armed, AUTONOMOUS, message 245"),
    )
    (still,) = said(beat(flags=81, mode=0))
    assert isinstance(still, Notice)
    assert still.detail == "not armed, MANUAL"
    assert said(clock() + basic_id("X1")) == (
        Notice(device_id="uav-001", kind="state", detail="message 2, message 12900, X1"),
    )


@pytest.mark.parametrize(
    ("sent", "wire_id", "found"),
    [
        (position(), "sys:2", "sys:1"),
        (basic_id("1581FAN"), "1581OTHER", "1581FAN"),
        (pack(encode_basic_id("1581FAN"), encode_location(None, 1, 1)), "1581OTHER", "1581FAN"),
    ],
    ids=["system", "basic", "pack"],
)
def test_another_system_or_aircraft_is_refused(sent: bytes, wire_id: str, found: str) -> None:
    refused = refusal(said(sent, Unit(device_id="uav-001", codec="mavlink", wire_id=wire_id)))
    assert (refused.reason, found in refused.detail) == (RefusalReason.WRONG_DEVICE, True)


def test_without_a_registered_system_any_may_speak_on_the_devices_topic() -> None:
    unit = Unit(device_id="uav-001", codec="mavlink")
    assert only(said(basic_id("1581FAN") + position(), unit)).longitude_deg == 121.9
    named = Unit(device_id="uav-001", codec="mavlink", wire_id="1581FAN")
    assert only(said(basic_id("1581FAN") + position(), named)).longitude_deg == 121.9


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        (position(lat=900_000_001), "900000001"),
        (position(alt=-1_000_001), "-1000.001"),
        (position(hdg=36_001), "36001"),
        (gps(lon=-1_800_000_001), "-1800000001"),
        (gps(cog=40_000), "40000"),
        (gps(time_usec=2**63), "9223372036854"),
        (broadcast(height=1e9), "1000000000"),
        (broadcast(timestamp=3_601), "3601"),
        (broadcast(direction=36_099), "36099"),
    ],
    ids=range(9),
)
def test_what_cannot_be_is_out_of_range(sent: bytes, found: str) -> None:
    refused = refusal(said(sent))
    assert (refused.reason, found in refused.detail) == (RefusalReason.OUT_OF_RANGE, True)


def test_other_frames_are_skipped_and_a_payload_of_them_alone_is_refused() -> None:
    attitude = frame("attitude", 1, 0, 0, 0, 0, 0, 0)
    assert only(said(attitude + position() + attitude)).longitude_deg == 121.9
    refused = refusal(said(attitude))
    assert (refused.reason, "messages 30" in refused.detail) == (RefusalReason.UNSUPPORTED, True)


def test_a_demand_that_nobody_here_knows_is_refused() -> None:
    demanding = bytearray(position())
    demanding[2] = 2
    assert refusal(said(bytes(demanding))).reason is RefusalReason.UNSUPPORTED


def test_a_signed_frame_is_read_by_its_check_sum() -> None:
    signer = common.MAVLink(None, srcSystem=1, srcComponent=1)
    signer.signing.secret_key = b"k" * 32
    signer.signing.sign_outgoing = True
    sent = frame("global_position_int", 1, 309_000_000, 1_219_000_000, 1, 1, 0, 0, 0, 0, by=signer)
    assert (sent[2], only(said(sent + position())[:1]).longitude_deg) == (1, 121.9)


def test_what_stands_between_frames_costs_itself_alone() -> None:
    report, first, last = said(b"junk" + position() + position()[:20])
    assert isinstance(report, Report)
    assert {refusal((o,)).reason for o in (first, last)} == {RefusalReason.MALFORMED}


def test_a_payload_of_64_kib_costs_no_more_than_its_first_frames() -> None:
    smallest = b"\xfd\x00\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00"
    for hostile in (smallest * 5_461, b"\xfe\x00" * 32_768, position() * 1_638, b"x\xfd" * 32_768):
        outcomes = said(hostile[:65_536])
        assert len(outcomes) <= MAX_FRAMES + 1
        assert refusal(outcomes[-1:]).reason is RefusalReason.TOO_LARGE


@given(st.integers(-900_000_000, 900_000_000), st.integers(-1_800_000_000, 1_800_000_000),
       st.integers(-999_999, 99_999_999), st.integers(0, 35_999))  # fmt: skip
def test_what_pymavlink_encodes_is_what_is_read(lat: int, lon: int, alt_mm: int, hdg: int) -> None:
    report = only(said(position(lat=lat, lon=lon, alt=alt_mm, relative_alt=alt_mm, hdg=hdg)))
    if (lat, lon) != (0, 0):
        assert (report.longitude_deg, report.latitude_deg) == (lon / 1e7, lat / 1e7)
        assert report.altitude_msl_m == alt_mm / 1e3
    assert (report.height_ato_m, report.heading_deg) == (alt_mm / 1e3, hdg / 1e2)


@given(
    st.binary(max_size=200), st.sampled_from((b"", b"\xfd\x10\x00", b"\xfe\x05", position()[:9]))
)
def test_no_bytes_raise(tail: bytes, head: bytes) -> None:
    for outcome in said(head + tail):
        assert isinstance(outcome, Refused)
        assert len(outcome.detail) <= DETAIL_CHARS


CRC_EXTRA = {0: 50, 2: 137, 24: 24, 33: 104, 245: 130, 12900: 114, 12901: 254, 12915: 94}


@given(st.sampled_from(sorted(CRC_EXTRA)), st.binary(max_size=255))
def test_no_well_formed_frame_raises_and_positions_are_whole(kind: int, body: bytes) -> None:
    head = bytes((len(body), 0, 0, 0, 1, 1)) + kind.to_bytes(3, "little")
    check = common.x25crc(head + body + bytes((CRC_EXTRA[kind],))).crc
    sent = b"\xfd" + head + body + check.to_bytes(2, "little")
    assert common.mavlink_map[kind].crc_extra == CRC_EXTRA[kind]
    outcomes = said(sent)
    assert outcomes
    for outcome in outcomes:
        if isinstance(outcome, Report):
            assert (outcome.longitude_deg is None) is (outcome.latitude_deg is None)
