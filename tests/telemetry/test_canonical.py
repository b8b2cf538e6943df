"""The platform's own JSON."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.codecs.canonical import CODEC, MAX_REPORTS
from telemetry.codecs.codec import DETAIL_CHARS, Outcome
from telemetry.report import (
    ControlMode,
    Datum,
    Frame,
    OperationalStatus,
    RefusalReason,
    Refused,
    Report,
    TimeSource,
    Unit,
)

Say = Callable[..., tuple[Outcome, ...]]
VEHICLE = Unit(device_id="veh-001")
LEAST: dict[str, object] = {"schema_version": 1, "event_time": "2026-05-01T08:00:00Z"}
AT_S = datetime(2026, 5, 1, 8, tzinfo=UTC).timestamp()


def test_a_whole_report_is_read_field_by_field(said: Say, own: Callable[[str], bytes]) -> None:
    assert said(own("canonical_vehicle.json"), VEHICLE) == (
        Report(
            device_id="veh-001",
            event_time_s=AT_S + 0.25,
            time_source=TimeSource.DEVICE,
            boot_id="b7f3a1",
            seq=1234,
            longitude_deg=121.9123456,
            latitude_deg=30.8912345,
            source_datum=Datum.CGCS2000,
            altitude_hae_m=15.5,
            altitude_msl_m=4.2,
            height_ato_m=-0.5,
            height_agl_m=0.0,
            altitude_baro_m=5.0,
            horizontal_accuracy_m=1.5,
            vertical_accuracy_m=2.5,
            satellites=17,
            ground_speed_mps=11.9,
            vertical_speed_mps=-0.1,
            track_deg=92.1,
            heading_deg=91.5,
            control_mode=ControlMode.AUTONOMOUS,
            operational_status=OperationalStatus.GROUND,
            battery_percent=81.0,
        ),
    )


def test_what_is_absent_or_null_is_unknown_and_never_zero(said: Say) -> None:
    (report,) = said(LEAST | {"ground_speed_mps": None, "seq": None}, VEHICLE)
    assert report == Report(device_id="veh-001", event_time_s=AT_S)


def test_a_datum_that_is_not_said_is_the_registered_one(said: Say) -> None:
    shifted = Unit(device_id="veh-001", datum=Datum.GCJ02)
    (silent,) = said(LEAST | {"longitude": 121.9, "latitude": 30.9}, shifted)
    (saying,) = said(LEAST | {"source_crs": "WGS84"}, shifted)
    assert isinstance(silent, Report)
    assert isinstance(saying, Report)
    assert (silent.source_datum, saying.source_datum) == (Datum.GCJ02, Datum.WGS84)


def test_a_time_is_the_same_moment_in_any_offset(said: Say) -> None:
    (report,) = said(LEAST | {"event_time": "2026-05-01T16:00:00+08:00"}, VEHICLE)
    assert isinstance(report, Report)
    assert report.event_time_s == AT_S


def test_an_array_gives_its_reports_in_order(said: Say) -> None:
    reports = said([LEAST | {"seq": n} for n in (3, 1, 2)], VEHICLE)
    assert [report.seq for report in reports if isinstance(report, Report)] == [3, 1, 2]


def test_one_bad_report_does_not_cost_the_others_of_its_array(said: Say) -> None:
    first, second, third = said([LEAST, LEAST | {"latitude": 91}, LEAST], VEHICLE)
    assert isinstance(first, Report)
    assert isinstance(third, Report)
    assert isinstance(second, Refused)
    assert second.reason is RefusalReason.OUT_OF_RANGE


def test_makers_may_add_members_of_their_own(said: Say) -> None:
    (report,) = said(LEAST | {"vendor": {"firmware": "1.2"}}, VEHICLE)
    assert isinstance(report, Report)


def test_of_a_member_said_twice_the_last_holds_and_the_topic_stands_above_both(said: Say) -> None:
    twice = b'{"schema_version":1,"event_time":"2026-05-01T08:00:00Z","device_id":"%s","seq":1,"seq":2,"device_id":"%s"}'
    (report,) = said(twice % (b"veh-002", b"veh-001"), VEHICLE)
    assert isinstance(report, Report)
    assert report.seq == 2
    (refusal,) = said(twice % (b"veh-001", b"veh-002"), VEHICLE)
    assert isinstance(refusal, Refused)
    assert refusal.reason is RefusalReason.WRONG_DEVICE


MALFORMED = RefusalReason.MALFORMED
OUT_OF_RANGE = RefusalReason.OUT_OF_RANGE


@pytest.mark.parametrize(
    ("member", "reason", "found", "expected"),
    [
        ({"latitude": 91, "longitude": 0}, OUT_OF_RANGE, "91", "latitude: float <= 90.0"),
        ({"latitude": 30, "longitude": 181}, OUT_OF_RANGE, "181", "longitude: float <= 180.0"),
        ({"altitude_hae_m": 1e308}, OUT_OF_RANGE, "1e+308", "altitude_hae_m"),
        ({"ground_speed_mps": -1}, OUT_OF_RANGE, "-1", "ground_speed_mps: float >= 0.0"),
        ({"track_deg": 361}, OUT_OF_RANGE, "361", "track_deg"),
        ({"battery_percent": 101}, OUT_OF_RANGE, "101", "battery_percent"),
        ({"seq": -1}, OUT_OF_RANGE, "-1", "seq"),
        ({"seq": 2**63}, OUT_OF_RANGE, "9223372036854775808", "seq"),
        ({"seq": 1.5}, MALFORMED, "1.5", "seq"),
        ({"boot_id": ""}, OUT_OF_RANGE, '""', "boot_id"),
        ({"boot_id": "b" * 65}, OUT_OF_RANGE, "bbb", "boot_id"),
        ({"boot_id": "b\x00"}, MALFORMED, "b\\x00", "printable ASCII"),
        ({"boot_id": "b\r\nforged"}, MALFORMED, "b\\r\\nforged", "printable ASCII"),
        ({"latitude": 30.9}, MALFORMED, "longitude None, latitude 30.9", "both or neither"),
        ({"longitude": "121.9"}, MALFORMED, '"121.9"', "longitude"),
        ({"control_mode": "DRIVING"}, MALFORMED, '"DRIVING"', "one of MANUAL, ASSISTED"),
        ({"source_crs": "EPSG:4326"}, MALFORMED, "EPSG:4326", "one of WGS84, CGCS2000"),
        ({"schema_version": 2}, MALFORMED, "2", "schema_version: 1"),
        ({"event_time": "2026-05-01T08:00:00"}, MALFORMED, "08:00:00", "timezone"),
        ({"event_time": 1777622400}, MALFORMED, "1777622400", "event_time"),
        ({"event_time": "1999-12-31T23:59:59Z"}, OUT_OF_RANGE, "1999-12-31", "2000"),
        ({"event_time": "0001-01-01T00:00:00+23:59"}, OUT_OF_RANGE, "0001-01-01", "2000"),
        ({"device_id": "veh-002"}, RefusalReason.WRONG_DEVICE, "'veh-002'", "'veh-001'"),
    ],
)
def test_a_refusal_names_what_was_found_and_what_was_expected(
    said: Say, member: dict[str, object], reason: RefusalReason, found: str, expected: str
) -> None:
    (refusal,) = said(LEAST | member, VEHICLE)
    assert isinstance(refusal, Refused)
    assert refusal.reason is reason
    assert refusal.device_id == "veh-001"
    assert found in refusal.detail.partition(", expected ")[0]
    assert expected in refusal.detail.partition(", expected ")[2]


def with_member(raw: str) -> bytes:
    return f'{{"schema_version":1,"event_time":"2026-05-01T08:00:00Z",{raw}}}'.encode()


@pytest.mark.parametrize(
    "payload",
    [
        with_member('"latitude":NaN,"longitude":1'),
        with_member('"altitude_hae_m":Infinity'),
        with_member('"altitude_hae_m":-Infinity'),
        with_member('"altitude_hae_m":1e999'),
        with_member('"altitude_hae_m":' + "9" * 5_000),
        with_member('"seq":' + "9" * 5_000),
        with_member('"seq":1e999'),
        with_member('"boot_id":"\\ud800"'),
        with_member('"vendor":"\\ud800"'),
        with_member('"boot_id":"').replace(b'"}', b'\xff"}'),
        with_member('"vendor":' + "[" * 60_000 + "]" * 60_000)[:65_000],
        with_member('"vendor":' + '{"a":' * 10_000 + "1" + "}" * 10_000),
        b"",
        b"null",
        b"5",
        b'"text"',
        b"{}",
        b"[]",
        b"[[]]",
        b"[null]",
        b"\xef\xbb\xbf{}",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
        b"\x00" * 100,
        b"[" * 65_536,
    ],
)
def test_what_is_no_report_is_refused_and_nothing_is_raised(said: Say, payload: bytes) -> None:
    outcomes = said(payload, VEHICLE)
    assert outcomes
    for refusal in outcomes:
        assert isinstance(refusal, Refused)
        assert refusal.reason in {MALFORMED, OUT_OF_RANGE}
        assert 0 < len(refusal.detail) <= DETAIL_CHARS
        assert refusal.detail.isprintable()


def test_an_array_of_too_many_reports_is_refused_whole(said: Say) -> None:
    payload = b"[" + b",".join([b"0"] * (MAX_REPORTS + 1)) + b"]"
    (refusal,) = said(payload, VEHICLE)
    assert isinstance(refusal, Refused)


@given(st.binary(max_size=2_000))
def test_no_bytes_raise(payload: bytes) -> None:
    assert isinstance(CODEC.decode(Frame("zone/up/veh-001/tele", payload, AT_S), VEHICLE), tuple)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=10,
)
MEMBERS = st.dictionaries(
    st.sampled_from(["latitude", "longitude", "seq", "boot_id", "event_time", "device_id",
                     "control_mode", "schema_version", "heading_deg", "satellites"]),
    JSON,
)  # fmt: skip


@given(st.lists(MEMBERS, max_size=3) | MEMBERS)
def test_no_json_raises_and_only_whole_finite_reports_pass(value: object) -> None:
    payload = json.dumps(value).encode()
    for outcome in CODEC.decode(Frame("zone/up/veh-001/tele", payload, AT_S), VEHICLE):
        if isinstance(outcome, Refused):
            assert len(outcome.detail) <= DETAIL_CHARS
            continue
        assert isinstance(outcome, Report)
        assert (outcome.longitude_deg is None) == (outcome.latitude_deg is None)
        assert outcome.latitude_deg is None or -90 <= outcome.latitude_deg <= 90


@given(st.binary(min_size=1, max_size=8), st.integers(0, 360))
def test_no_damage_to_a_good_payload_raises(damage: bytes, at: int) -> None:
    good = json.dumps(LEAST | {"longitude": 121.9, "latitude": 30.9, "boot_id": "b", "seq": 1})
    payload = good.encode()[:at] + damage + good.encode()[at + len(damage) :]
    assert CODEC.decode(Frame("zone/up/veh-001/tele", payload, AT_S), VEHICLE)
