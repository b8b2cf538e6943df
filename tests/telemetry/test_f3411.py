"""ASTM F3411 broadcasts: messages of 25 bytes, in packs, in beacons."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from telemetry.codecs.codec import DETAIL_CHARS, Outcome
from telemetry.codecs.f3411 import (
    CODEC,
    MAX_MESSAGES,
    SIZE,
    encode_basic_id,
    encode_location,
    encode_pack,
)
from telemetry.codecs.remote_id import vendor_element
from telemetry.report import (
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

SERIAL = "1581F8DBW25B800B3417"
AIRCRAFT = Unit(device_id="uav-001", codec="f3411", wire_id=SERIAL)
AT_S = 1_777_622_400.0
NAMED = encode_basic_id(SERIAL)


def said(payload: bytes, unit: Unit = AIRCRAFT, received_s: float = AT_S) -> tuple[Outcome, ...]:
    return CODEC.decode(Frame("zone/up/uav-001/tele", payload, received_s), unit)


def only(outcomes: tuple[Outcome, ...]) -> Report:
    (report,) = outcomes
    assert isinstance(report, Report), report
    return report


def refusal(outcomes: tuple[Outcome, ...]) -> Refused:
    (refused,) = outcomes
    assert isinstance(refused, Refused), refused
    return refused


def located(**said_of: Any) -> bytes:
    return NAMED + encode_location(AT_S, 121.9, 30.9, **said_of)


def with_bytes(offset: int, raw: str) -> bytes:
    message = bytearray(encode_location(AT_S, 121.9, 30.9))
    message[offset : offset + len(raw) // 2] = bytes.fromhex(raw)
    return NAMED + bytes(message)


def test_a_real_beacon_is_read(shared: Callable[[str], bytes]) -> None:
    beacon = shared("rid_wifi_beacon_astm_f3411_dji_real_hex.txt").decode().strip()
    system_time_s = 1_546_300_800 + 0x0DDA74D7  # what its system message says, from 2019 on
    received_s = system_time_s + 27.0
    assert only(said(bytes.fromhex(beacon), received_s=received_s)) == Report(
        device_id="uav-001",
        event_time_s=system_time_s,  # 16:07 after the hour
        longitude_deg=121.1956939,
        latitude_deg=30.0602531,
        altitude_hae_m=103.0,
        height_ato_m=84.5,
        altitude_baro_m=137.0,
        horizontal_accuracy_m=1.0,
        vertical_accuracy_m=45.0,
        ground_speed_mps=5.5,
        vertical_speed_mps=0.0,
        track_deg=172.0,
        operational_status=OperationalStatus.AIRBORNE,
        codec="f3411",
    )


def test_the_recording_is_what_our_own_aircraft_would_send(own: Callable[[str], bytes]) -> None:
    recorded = bytes.fromhex(own("f3411_pack.hex").decode())
    fix = encode_location(
        AT_S + 12.3, 121.9, 30.9, ground_speed_mps=100.5, vertical_speed_mps=-1.5, track_deg=272,
        altitude_hae_m=71.5, height_ato_m=60, horizontal_accuracy_class=11,
        vertical_accuracy_class=4,
    )  # fmt: skip
    assert recorded == vendor_element(encode_pack([NAMED, fix]), counter=3)
    report = only(said(recorded))
    assert (report.event_time_s, report.track_deg) == (AT_S + 12.3, 272.0)
    assert (report.ground_speed_mps, report.vertical_speed_mps) == (100.5, -1.5)
    assert (report.altitude_hae_m, report.height_ato_m, report.altitude_baro_m) == (71.5, 60, None)
    assert (report.horizontal_accuracy_m, report.vertical_accuracy_m) == (3.0, 10.0)


@given(
    st.integers(-1_800_000_000, 1_800_000_000),
    st.integers(-900_000_000, 900_000_000),
    st.integers(0, 35_999),
    st.integers(-1_799, 1_799),
    st.integers(0, 359),
    st.integers(-124, 125),
    st.integers(-1_999, 60_000),
    st.integers(0, 2),
)
def test_what_an_aircraft_encodes_is_what_is_read(
    lon: int, lat: int, tenths: int, late_s: int, track: int, climb: int, halves: int, version: int
) -> None:
    at_s = AT_S + tenths / 10
    message = encode_location(
        at_s, lon / 1e7, lat / 1e7, track_deg=track, vertical_speed_mps=climb / 2,
        altitude_hae_m=halves / 2, altitude_baro_m=halves / 2, version=version,
    )  # fmt: skip
    report = only(said(NAMED + message, received_s=at_s + late_s))
    assert report.event_time_s == pytest.approx(at_s, abs=1e-6)
    if (lon, lat) != (0, 0):
        assert (report.longitude_deg, report.latitude_deg) == (lon / 1e7, lat / 1e7)
    assert (report.track_deg, report.vertical_speed_mps) == (track, climb / 2)
    assert (report.altitude_hae_m, report.altitude_baro_m) == (halves / 2, halves / 2)


@pytest.mark.parametrize(
    ("sent_mps", "read_mps"),
    [
        (0, 0),
        (5.5, 5.5),
        (63.75, 63.75),
        (64.5, 64.5),
        (254.25, 254.25),
        (300, 254.25),
        (None, None),
    ],
)
def test_a_speed_is_in_steps_of_two_sizes(sent_mps: float | None, read_mps: float | None) -> None:
    assert only(said(located(ground_speed_mps=sent_mps))).ground_speed_mps == read_mps


def test_a_time_within_the_hour_is_of_the_hour_nearest_to_its_receipt() -> None:
    message = NAMED + encode_location(AT_S + 3_599.5, 121.9, 30.9)
    just_after, long_before = AT_S + 3_600.2, AT_S + 3_500
    for received_s in (just_after, long_before):
        assert only(said(message, received_s=received_s)).event_time_s == AT_S + 3_599.5
    early = NAMED + encode_location(AT_S + 3_600.1, 121.9, 30.9)
    assert only(said(early, received_s=AT_S + 3_599)).event_time_s == AT_S + 3_600.1


def test_the_datum_is_that_of_the_standard_whatever_is_registered() -> None:
    declared = structs.replace(AIRCRAFT, datum=Datum.GCJ02)
    assert only(said(located(), declared)).source_datum is Datum.WGS84


def test_marks_of_unknown_values_are_unknown() -> None:
    report = only(said(NAMED + encode_location(None, None, None, status=0)))
    assert report == Report(
        device_id="uav-001",
        event_time_s=AT_S,
        time_source=TimeSource.SERVER,
        codec="f3411",
        quality_flags=("no_fix", "time_unknown"),
    )


def test_a_height_keeps_its_reference() -> None:
    start = only(said(located(height_ato_m=60)))
    assert (start.height_ato_m, start.height_agl_m) == (60, None)
    above_ground = bytearray(located(height_ato_m=60))
    above_ground[SIZE + 1] |= 0x04
    ground = only(said(bytes(above_ground)))
    assert (ground.height_ato_m, ground.height_agl_m) == (None, 60)


@pytest.mark.parametrize(
    ("status", "means", "flags"),
    [
        (1, OperationalStatus.GROUND, ()),
        (3, OperationalStatus.EMERGENCY, ()),
        (4, OperationalStatus.UNKNOWN, ("remote_id_failed",)),
        (15, OperationalStatus.UNKNOWN, ()),
    ],
)
def test_an_aircraft_says_whether_its_identification_failed(
    status: int, means: OperationalStatus, flags: tuple[str, ...]
) -> None:
    report = only(said(located(status=status)))
    assert (report.operational_status, report.quality_flags) == (means, flags)


@pytest.mark.parametrize(
    ("offset", "raw", "found"),
    [
        (5, "01e9a435", "900000001"),
        (9, "01d2496b", "1800000001"),
        (1, "22b6", "direction 362"),
        (21, "a18c", "36001 tenths"),
    ],
)
def test_what_cannot_be_is_out_of_range(offset: int, raw: str, found: str) -> None:
    refused = refusal(said(with_bytes(offset, raw)))
    assert refused.reason is RefusalReason.OUT_OF_RANGE
    assert found in refused.detail


def test_an_aircraft_of_another_number_is_refused_with_all_that_it_says() -> None:
    refused = refusal(said(located(), Unit(device_id="uav-002", codec="f3411")))
    assert (refused.reason, SERIAL in refused.detail) == (RefusalReason.WRONG_DEVICE, True)


def test_one_of_several_numbers_is_enough_and_none_is_told() -> None:
    registered = encode_basic_id("UAS12345678", id_kind=2)
    fix = encode_location(AT_S, 121.9, 30.9)
    assert only(said(encode_pack([registered, NAMED, fix]))).quality_flags == ()
    for nameless in (fix, encode_basic_id("", id_kind=0) + fix):
        assert only(said(nameless)).quality_flags == ("id_absent",)


def test_what_is_said_besides_positions_is_one_notice() -> None:
    system = b"\x42" + bytes(24)
    (notice,) = said(NAMED + system + b"\x92" + bytes(24))
    detail = f"basic id, kind 9, system, {SERIAL}"
    assert notice == Notice(device_id="uav-001", kind="state", detail=detail)


def test_a_broken_end_costs_itself_alone() -> None:
    report, refused = said(located() + b"\x12\x00")
    assert isinstance(report, Report)
    assert refusal((refused,)).reason is RefusalReason.MALFORMED


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x12", b"text", b"{}" * 30, b"\xf2\x19\x00", b"\xf2\x18\x01" + bytes(25), b"\xf2\x19",
     encode_pack([NAMED])[:-1], b"\x13" + bytes(24), b"\x80\x00" + bytes(60)],
)  # fmt: skip
def test_what_is_no_message_is_refused(payload: bytes) -> None:
    assert refusal(said(payload)).reason is RefusalReason.MALFORMED


def test_a_payload_of_64_kib_is_refused_before_it_is_read() -> None:
    refused = refusal(said(encode_location(AT_S, 121.9, 30.9) * 2_621))
    assert (refused.reason, f"{MAX_MESSAGES}" in refused.detail) == (RefusalReason.TOO_LARGE, True)


@pytest.mark.parametrize(
    "encode",
    [
        lambda: encode_basic_id("x" * 21),
        lambda: encode_location(AT_S, 1_000, 0),
        lambda: encode_location(AT_S, 0, 0, vertical_speed_mps=100),
        lambda: encode_location(AT_S, 0, 0, altitude_hae_m=40_000),
        lambda: encode_pack([]),
        lambda: encode_pack([NAMED] * 10),
    ],
    ids=["id", "longitude", "climb", "altitude", "empty", "ten"],
)
def test_what_the_format_cannot_hold_is_our_own_mistake(encode: Callable[[], bytes]) -> None:
    with pytest.raises(ValueError, match=r"."):
        encode()


@given(
    st.binary(max_size=120),
    st.sampled_from((b"", b"\x12", b"\xf2\x19\x02", b"\xfa\x0b\xbc\x0d\x01")),
)
def test_no_bytes_raise_and_positions_are_whole(tail: bytes, head: bytes) -> None:
    for outcome in said(head + tail, Unit(device_id="uav-001", codec="f3411")):
        if isinstance(outcome, Refused | Notice):
            assert len(outcome.detail) <= DETAIL_CHARS
        if isinstance(outcome, Report):
            assert (outcome.longitude_deg is None) is (outcome.latitude_deg is None)
