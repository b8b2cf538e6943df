"""T/CSAE 295.2 vehicle to cloud."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.codecs.codec import MAX_MESSAGES, Outcome
from telemetry.codecs.csae295 import CODEC
from telemetry.codecs.csae295_frames import encode_frame, encode_registration, encode_state
from telemetry.report import (
    ControlMode,
    Datum,
    Frame,
    Notice,
    RefusalReason,
    Refused,
    Report,
    TimeSource,
    Unit,
)

Own = Callable[[str], bytes]
SHORT, LONG = "LG000007", "LSVLG000000000007"
AT_MS = 1_777_622_400_250


def car(wire_id: str, datum: Datum = Datum.GCJ02) -> Unit:
    return Unit(device_id="car-7", codec="csae295", wire_id=wire_id, datum=datum)


def said(payload: bytes, unit: Unit) -> tuple[Outcome, ...]:
    return CODEC.decode(Frame("zone/up/car-7/tele", payload, 1_777_622_400.5), unit)


def report(payload: bytes, unit: Unit) -> Report:
    (found,) = said(payload, unit)
    assert isinstance(found, Report), found
    return found


def refusal(payload: bytes, unit: Unit) -> Refused:
    (found,) = said(payload, unit)
    assert isinstance(found, Refused), found
    return found


def flat(**members: object) -> bytes:
    """A state in the shape in which all members are in one object."""
    placed: dict[str, Any] = {
        "type": 21, "version": 3, "timestamp": AT_MS + 50, "vehicleId": LONG,
        "timestampGNSS": AT_MS, "position": {"longitude": 121.9, "latitude": 30.9},
    }  # fmt: skip
    return json.dumps(placed | members).encode()


def test_a_state_with_header_and_body_is_read_field_by_field(own: Own) -> None:
    assert report(own("csae295_state_v1.json"), car(SHORT)) == Report(
        device_id="car-7",
        event_time_s=1_777_622_400.25,
        time_source=TimeSource.GNSS,
        longitude_deg=121.9287654,
        latitude_deg=30.9001234,
        source_datum=Datum.GCJ02,
        ground_speed_mps=12.5,
        heading_deg=92.125,
        control_mode=ControlMode.AUTONOMOUS,
        codec="csae295",
    )


def test_a_flat_state_falls_back_on_the_speed_of_the_bus(own: Own) -> None:
    found = report(own("csae295_state_v3.json"), car(LONG))
    assert (found.longitude_deg, found.latitude_deg) == (121.9287654, 30.9001234)
    assert (found.ground_speed_mps, found.control_mode) == (12.5, ControlMode.DISENGAGED)


def test_real_states_as_republished_are_read(shared: Own) -> None:
    chongqing = report(shared("csae295_2_v1_state_real_chongqing.json"), car("QD1EXXXX"))
    assert (chongqing.longitude_deg, chongqing.heading_deg) == (106.3447676, 277.9499)
    assert chongqing.ground_speed_mps == pytest.approx(66 / 3.6)
    assert chongqing.event_time_s == 1_723_588_671.557
    shandong = report(shared("csae295_2_v3_state_real_shandong.json"), car("XXHPT1D20221XXXXX"))
    assert (shandong.longitude_deg, shandong.latitude_deg) == (119.2741997, 36.6937529)
    assert shandong.ground_speed_mps == pytest.approx(0.29)
    assert shandong.control_mode is ControlMode.CLOUD_ASSISTED
    (flux,) = said(shared("fluxmq_v2c_state.json"), car("123456789"))
    assert isinstance(flux, Report)
    assert (flux.longitude_deg, flux.heading_deg) == (-122.987654, 90.0)
    assert flux.control_mode is ControlMode.MANUAL


@pytest.mark.parametrize(
    ("drive_mode", "mode", "flags"),
    [
        (1, ControlMode.MANUAL, ()),
        (2, ControlMode.AUTONOMOUS, ()),
        (3, ControlMode.ASSISTED, ()),
        (4, ControlMode.CLOUD_ASSISTED, ()),
        (5, ControlMode.MANUAL, ()),
        (6, ControlMode.DISENGAGED, ()),
        (7, ControlMode.UNKNOWN, ("drive_mode_disputed",)),
        (8, ControlMode.UNKNOWN, ("drive_mode_disputed",)),
        (9, ControlMode.UNKNOWN, ()),
        (255, ControlMode.UNKNOWN, ()),
        (None, ControlMode.UNKNOWN, ()),
    ],
)
def test_who_drives_is_read_and_what_sources_dispute_is_unknown(
    drive_mode: int | None, mode: ControlMode, flags: tuple[str, ...]
) -> None:
    found = report(flat(driveMode=drive_mode), car(LONG))
    assert (found.control_mode, found.quality_flags) == (mode, flags)
    if drive_mode is not None:
        frame = encode_state(LONG, AT_MS, 121.9, 30.9, drive_mode=drive_mode, version=3)
        assert report(frame, car(LONG)).control_mode is mode


@pytest.mark.parametrize(
    "position",
    [
        {"longitude": 249.4967295, "latitude": 339.4967295},
        {"longitude": 249.4967295, "latitude": 30.9},
        {"longitude": -180.0, "latitude": -90.0},
        {"longitude": 0, "latitude": 0},
        {"longitude": 121.9},
        {},
        None,
    ],
)
def test_a_position_that_is_absent_on_the_wire_is_unknown(position: object) -> None:
    found = report(flat(position=position), car(LONG))
    assert (found.longitude_deg, found.latitude_deg) == (None, None)
    assert found.quality_flags == ("no_fix",)


def test_absent_speed_and_heading_are_unknown() -> None:
    found = report(flat(velocityGNSS=65535, velocity=65535, heading=4_294_967_295), car(LONG))
    assert (found.ground_speed_mps, found.heading_deg) == (None, None)


@pytest.mark.parametrize("absent", [None, 0, 2**64 - 1])
def test_the_time_is_that_of_the_fix_or_of_the_message_or_of_receipt(absent: int | None) -> None:
    sent = report(flat(timestampGNSS=absent), car(LONG))
    assert (sent.event_time_s, sent.time_source) == (1_777_622_400.3, TimeSource.DEVICE)
    heard = report(flat(timestampGNSS=absent, timestamp=absent), car(LONG))
    assert (heard.event_time_s, heard.time_source) == (1_777_622_400.5, TimeSource.SERVER)
    assert heard.quality_flags == ("time_unknown",)


@pytest.mark.parametrize(
    "change",
    [
        {"timestampGNSS": 5},
        {"position": {"longitude": 181, "latitude": 30}},
        {"position": {"longitude": 121, "latitude": 91}},
        {"heading": 361},
        {"velocityGNSS": -1},
        {"velocityGNSS": 1e9},
    ],
)
def test_what_cannot_be_is_out_of_range(change: dict[str, object]) -> None:
    assert refusal(flat(**change), car(LONG)).reason is RefusalReason.OUT_OF_RANGE


@pytest.mark.parametrize(("kind"), [0x0C, 0x0D])
def test_a_heartbeat_is_a_notice(kind: int) -> None:
    beat = Notice(device_id="car-7", kind="heartbeat", event_time_s=1_777_622_400.25)
    header = {"header": {"dataCategory": kind, "timestamp": AT_MS}, "body": {}}
    assert said(json.dumps(header).encode(), car(SHORT)) == (beat,)
    assert said(encode_frame(kind, b"", AT_MS), car(SHORT)) == (beat,)


def registrations(coordinate_type: int) -> tuple[bytes, ...]:
    """A registration in every shape."""
    body = {"vehicleId": SHORT, "swVersion": "1", "gnssType": coordinate_type}
    return (
        json.dumps({"header": {"dataCategory": 52, "timestamp": AT_MS}, "body": body}).encode(),
        json.dumps({"type": 52, "timestamp": AT_MS} | body).encode(),
        json.dumps({"type": 52, "version": 1, "data": body}).encode(),
        encode_registration(SHORT, coordinate_type, AT_MS),
    )


@pytest.mark.parametrize(
    ("coordinate_type", "datum"),
    [(0, Datum.GCJ02), (1, Datum.WGS84), (1, Datum.CGCS2000), (2, Datum.WGS84), (2, Datum.GCJ02)],
)
def test_a_registration_that_agrees_with_ours_is_a_notice(
    coordinate_type: int, datum: Datum
) -> None:
    for payload in registrations(coordinate_type):
        (notice,) = said(payload, car(SHORT, datum))
        assert isinstance(notice, Notice), notice
        assert notice.kind == "registration"
        assert notice.detail == f"coordinate type {coordinate_type}, registered here as {datum}"


@pytest.mark.requirement("D4e-5")
@pytest.mark.parametrize(
    ("coordinate_type", "datum", "named"),
    [
        (0, Datum.WGS84, "GCJ02.*WGS84"),
        (0, Datum.CGCS2000, "GCJ02.*CGCS2000"),
        (0, Datum.BD09, "GCJ02.*BD09"),
        (1, Datum.GCJ02, "not GCJ02.*GCJ02"),
    ],
)
def test_a_registration_in_another_datum_than_ours_is_refused_and_both_are_named(
    coordinate_type: int, datum: Datum, named: str
) -> None:
    for payload in registrations(coordinate_type):
        refused = refusal(payload, car(SHORT, datum))
        assert refused.reason is RefusalReason.WRONG_DATUM
        assert re.search(named, refused.detail)


def test_a_message_of_another_vehicle_is_refused() -> None:
    for payload in (flat(vehicleId="X"), encode_state("X", AT_MS, 121.9, 30.9)):
        refused = refusal(payload, car(LONG))
        assert refused.reason is RefusalReason.WRONG_DEVICE
        assert "'X'" in refused.detail
        assert LONG in refused.detail
    assert refusal(registrations(0)[3], car(LONG)).reason is RefusalReason.WRONG_DEVICE


@pytest.mark.parametrize("kind", [0x1A, 0x35, None, -1])
def test_other_types_are_not_supported(kind: int | None) -> None:
    assert refusal(flat(type=kind), car(LONG)).reason is RefusalReason.UNSUPPORTED


# What a terminal of version 1 would send, byte by byte: mark, length, type, version, time, control,
# then id, number, time, speed, longitude, latitude, elevation, heading, gear, steering, speed.
FRAME_V1 = bytes.fromhex(
    "f2 00000052 15 01 0000019de28d3cfa 1c"
    "4c47303030303037 0000000000000001 0000019de28d3cfa 04e2"
    "b3f6ac66 480fe512 ffffffff 000e0ea2 1f 00989680 04e2"
    + "ffff" * 6 + "ffffffff" + "ff" + "ffff" * 3 + "02" + "00000000" * 2 + "00"
)  # fmt: skip


def test_a_frame_of_version_1_is_read_field_by_field() -> None:
    assert report(FRAME_V1, car(SHORT)) == Report(
        device_id="car-7",
        event_time_s=1_777_622_400.25,
        time_source=TimeSource.GNSS,
        longitude_deg=121.9287654,
        latitude_deg=30.9001234,
        source_datum=Datum.GCJ02,
        ground_speed_mps=12.5,
        heading_deg=92.125,
        control_mode=ControlMode.AUTONOMOUS,
        codec="csae295",
    )


@given(
    st.sampled_from([(SHORT, 1), (LONG, 2), (LONG, 3)]),
    st.integers(-1_800_000_000, 1_800_000_000),
    st.integers(-900_000_000, 900_000_000),
    st.integers(0, 0xFFFE),
    st.integers(0, 3_600_000),
    st.integers(946_684_800_000, 4_102_444_799_999),
)
def test_what_a_terminal_encodes_is_what_is_read(
    who: tuple[str, int], lon: int, lat: int, speed: int, heading: int, at_ms: int
) -> None:
    wire_id, version = who
    frame = encode_state(
        wire_id, at_ms, lon / 1e7, lat / 1e7,
        speed_mps=speed / 100, heading_deg=heading / 1e4, drive_mode=2, version=version,
    )  # fmt: skip
    found = report(frame, car(wire_id))
    assert found.event_time_s == at_ms / 1e3
    assert (found.ground_speed_mps, found.heading_deg) == (speed / 100, heading / 1e4 % 360)
    if (lon, lat) not in {(0, 0), (-1_800_000_000, -900_000_000)}:
        assert (found.longitude_deg, found.latitude_deg) == (lon / 1e7, lat / 1e7)


@pytest.mark.parametrize("place", [(None, None), (121.9, None), (None, 30.9)])
def test_an_absent_position_in_a_frame_is_unknown(place: tuple[float | None, float | None]) -> None:
    found = report(encode_state(SHORT, AT_MS, *place), car(SHORT))
    assert (found.longitude_deg, found.latitude_deg) == (None, None)
    assert (found.ground_speed_mps, found.heading_deg) == (None, None)
    assert found.quality_flags == ("no_fix",)


def test_frames_are_as_long_as_in_the_real_messages() -> None:
    assert int.from_bytes(encode_state(SHORT, AT_MS, 121.9, 30.9)[1:5], "big") == 82
    # The part of version 3 that is not read makes 180 of it in a real one.
    assert len(encode_state(LONG, AT_MS, None, None, version=3)) - 16 >= 92


def test_several_frames_in_a_payload_are_read_in_order() -> None:
    frames = [encode_state(SHORT, AT_MS, 121.9, 30.9, speed_mps=n) for n in (1, 2, 3)]
    found = said(b"".join(frames), car(SHORT))
    assert [each.ground_speed_mps for each in found if isinstance(each, Report)] == [1, 2, 3]


def test_what_does_not_go_on_as_a_frame_ends_the_payload() -> None:
    whole = encode_state(SHORT, AT_MS, 121.9, 30.9)
    for rest in (whole[:-1], b"\x00" * 30, whole[:10]):
        first, second = said(whole + rest, car(SHORT))
        assert isinstance(first, Report)
        assert isinstance(second, Refused)
        assert second.reason is RefusalReason.MALFORMED


def test_of_too_many_frames_the_rest_is_refused_at_once() -> None:
    found = said(encode_frame(0x0C, b"", AT_MS) * 4_000, car(SHORT))
    assert len(found) == MAX_MESSAGES + 1
    assert isinstance(found[-1], Refused)
    assert found[-1].reason is RefusalReason.TOO_LARGE


@pytest.mark.parametrize(("control", "taken"), [(0x1C, True), (0xFC, True), (0x3C, False)])
def test_an_encrypted_frame_is_not_supported(control: int, taken: bool) -> None:
    frame = FRAME_V1[:15] + bytes((control,)) + FRAME_V1[16:]
    assert isinstance(said(frame, car(SHORT))[0], Report if taken else Refused)


@pytest.mark.parametrize("change", [-1, 1, 8])
def test_a_state_that_is_not_as_long_as_it_says_is_refused(change: int) -> None:
    body = FRAME_V1[16:] + b"\0" * max(0, change)
    body = body[: len(body) + min(0, change)]
    refused = refusal(encode_frame(0x15, body, AT_MS), car(SHORT))
    assert refused.reason is RefusalReason.MALFORMED
    passing = FRAME_V1[16:-1] + b"\x01" + bytes(8)
    assert isinstance(said(encode_frame(0x15, passing, AT_MS), car(SHORT))[0], Report)


def test_a_registration_that_ends_too_early_and_an_unknown_version_are_refused() -> None:
    short = encode_frame(0x34, SHORT.encode() + b"\x02sw\x02", AT_MS)
    assert refusal(short, car(SHORT)).reason is RefusalReason.MALFORMED
    later = encode_frame(0x15, FRAME_V1[16:], AT_MS, version=4)
    assert refusal(later, car(SHORT)).reason is RefusalReason.UNSUPPORTED


@pytest.mark.parametrize(
    ("vehicle_id", "longitude_deg", "version"),
    [("a name too long", 0.0, 1), (SHORT, 500.0, 1), (SHORT, 0.0, 4), ("车", 0.0, 1)],
)
def test_what_the_format_cannot_hold_is_our_own_mistake(
    vehicle_id: str, longitude_deg: float, version: int
) -> None:
    with pytest.raises(ValueError, match=r"."):
        encode_state(vehicle_id, AT_MS, longitude_deg, 0.0, version=version)
    with pytest.raises(ValueError, match=r"."):
        encode_frame(0x0C, b"", -1)


@given(st.integers(0, 255), st.integers(0, 4), st.binary(max_size=200))
def test_no_well_formed_frame_raises(kind: int, version: int, body: bytes) -> None:
    said(encode_frame(kind, body, AT_MS, version=version), car(SHORT))


@given(st.sampled_from([(SHORT, 1), (LONG, 3)]), st.binary(min_size=130, max_size=130))
def test_no_state_raises_and_positions_are_whole(who: tuple[str, int], rest: bytes) -> None:
    wire_id, version = who
    length = 74 if version == 1 else 130
    body = wire_id.encode() + (rest[:length][:-1] + b"\0" if version == 1 else rest)
    for outcome in said(encode_frame(0x15, body, AT_MS, version=version), car(wire_id)):
        if isinstance(outcome, Report):
            assert (outcome.longitude_deg is None) == (outcome.latitude_deg is None)
