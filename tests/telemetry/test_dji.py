"""DJI Cloud API."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.codecs.codec import DETAIL_CHARS, Outcome
from telemetry.codecs.dji import CODEC, MODES
from telemetry.codecs.dji_time import event_time
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

Say = Callable[..., tuple[Outcome, ...]]
AIRCRAFT = Unit(device_id="uav-lingang-1", codec="dji")
DOCK = Unit(device_id="dock-lingang-1", codec="dji")
OSD = "thing/product/uav-lingang-1/osd"
STATE = "thing/product/uav-lingang-1/state"
STATUS = "sys/product/dock-lingang-1/status"
PLACED: dict[str, Any] = {"longitude": 121.9, "latitude": 30.9, "mode_code": 3}


def osd(timestamp: int = 1_777_622_400_250, /, **data: object) -> dict[str, object]:
    return {"timestamp": timestamp, "data": PLACED | data}


def test_an_aircrafts_osd_is_read_field_by_field(said: Say, own: Callable[[str], bytes]) -> None:
    assert said(own("dji_aircraft_osd.json"), AIRCRAFT, OSD) == (
        Report(
            device_id="uav-lingang-1",
            event_time_s=1_777_622_400.25,
            longitude_deg=121.9287654321,
            latitude_deg=30.9001234567,
            altitude_hae_m=134.25,
            height_ato_m=119.5,
            satellites=30,
            ground_speed_mps=12.25,
            vertical_speed_mps=-0.5,
            heading_deg=271.5,
            control_mode=ControlMode.AUTONOMOUS,
            operational_status=OperationalStatus.AIRBORNE,
            battery_percent=64.0,
            codec="dji",
        ),
    )


def test_a_real_aircrafts_osd_is_read(said: Say, shared: Callable[[str], bytes]) -> None:
    real = json.loads(shared("dji_aircraft_osd_real.json"))
    unit = Unit(device_id=real["sn"], codec="dji")
    bare = {"sn": real["sn"], "host": real["host"]}
    (report,) = said(bare, unit, f"thing/product/{real['sn']}/osd")
    assert isinstance(report, Report)
    assert (report.longitude_deg, report.latitude_deg) == (114.35788532514945, 22.793217667699324)
    assert (report.altitude_hae_m, report.height_ato_m) == (128.22119750976563, 78.9)
    assert (report.control_mode, report.heading_deg) == (ControlMode.MANUAL, 121.0)
    assert report.time_source is TimeSource.SERVER


def test_the_data_object_alone_is_taken_at_the_time_of_receipt(said: Say) -> None:
    (report,) = said(PLACED, AIRCRAFT, OSD)
    assert isinstance(report, Report)
    assert (report.longitude_deg, report.time_source) == (121.9, TimeSource.SERVER)
    assert report.event_time_s == 1_777_622_400.5


@pytest.mark.parametrize(
    ("timestamp", "expected_s"),
    [
        (1_654_070_968_655, 1_654_070_968.655),
        (16_540_709_686_556, 1_654_070_968.6556),
    ],
)
def test_a_timestamp_of_fourteen_digits_has_its_last_after_the_point(
    timestamp: int, expected_s: float
) -> None:
    assert event_time(timestamp, 0.0) == (expected_s, TimeSource.DEVICE)


@pytest.mark.parametrize("timestamp", [0, -1, 1_654_070_968, 10**14, 10**30])
def test_what_is_no_time_in_milliseconds_is_refused(said: Say, timestamp: int) -> None:
    (refusal,) = said(osd(timestamp), AIRCRAFT, OSD)
    assert isinstance(refusal, Refused)
    assert refusal.reason in {RefusalReason.OUT_OF_RANGE, RefusalReason.MALFORMED}
    assert str(timestamp) in refusal.detail


@pytest.mark.requirement("D4d-39")
@pytest.mark.parametrize(
    "data",
    [
        {"longitude": 0, "latitude": 0},
        {"longitude": None, "latitude": None},
        {"longitude": None},
        {"position_state": {"quality": 0, "gps_number": 0, "rtk_number": 0}},
    ],
)
def test_without_a_fix_the_position_and_its_height_are_unknown(
    said: Say, data: dict[str, object]
) -> None:
    (report,) = said(osd(height=20.0, elevation=5.0, **data), AIRCRAFT, OSD)
    assert isinstance(report, Report)
    assert (report.longitude_deg, report.latitude_deg, report.altitude_hae_m) == (None, None, None)
    assert report.height_ato_m == 5.0
    assert report.quality_flags == ("no_fix",)


def test_a_fix_without_rtk_is_a_position_and_says_so(said: Say) -> None:
    (report,) = said(osd(position_state={"is_fixed": 0, "gps_number": 14}), AIRCRAFT, OSD)
    assert isinstance(report, Report)
    assert report.longitude_deg == 121.9
    assert report.quality_flags == ("rtk_not_fixed",)


def test_longitude_and_latitude_the_wrong_way_round_are_refused(said: Say) -> None:
    (refusal,) = said(osd(longitude=30.9, latitude=121.9), AIRCRAFT, OSD)
    assert isinstance(refusal, Refused)
    assert refusal.reason is RefusalReason.OUT_OF_RANGE
    assert "121.9" in refusal.detail


@pytest.mark.parametrize(
    ("mode_code", "mode", "status"),
    [
        (0, ControlMode.UNKNOWN, OperationalStatus.GROUND),
        (3, ControlMode.MANUAL, OperationalStatus.AIRBORNE),
        (5, ControlMode.AUTONOMOUS, OperationalStatus.AIRBORNE),
        (9, ControlMode.RETURN_HOME, OperationalStatus.AIRBORNE),
        (10, ControlMode.LANDING, OperationalStatus.AIRBORNE),
        (11, ControlMode.LANDING, OperationalStatus.EMERGENCY),
        (17, ControlMode.REMOTE, OperationalStatus.AIRBORNE),
    ],
)
def test_a_mode_code_says_who_flies_and_whether_it_flies(
    said: Say, mode_code: int, mode: ControlMode, status: OperationalStatus
) -> None:
    (report,) = said(osd(mode_code=mode_code), AIRCRAFT, OSD)
    assert isinstance(report, Report)
    assert (report.control_mode, report.operational_status) == (mode, status)


@pytest.mark.requirement("D4d-39")
@pytest.mark.parametrize("mode_code", [14, 20, 99, -1, None])
def test_an_unknown_mode_is_never_taken_for_standing_on_the_ground(
    said: Say, mode_code: int | None
) -> None:
    (report,) = said(osd(mode_code=mode_code), AIRCRAFT, OSD)
    assert isinstance(report, Report)
    assert report.operational_status is OperationalStatus.UNKNOWN


def test_each_mode_of_the_makers_table_is_known() -> None:
    assert set(MODES) == set(range(20))


def test_the_datum_is_the_registered_one(said: Say) -> None:
    (report,) = said(osd(), Unit(device_id="uav-lingang-1", codec="dji", datum=Datum.GCJ02), OSD)
    assert isinstance(report, Report)
    assert report.source_datum is Datum.GCJ02


def test_a_payload_of_another_aircraft_is_refused(said: Say) -> None:
    (refusal,) = said(osd() | {"sn": "uav-lingang-2"}, AIRCRAFT, OSD)
    assert isinstance(refusal, Refused)
    assert refusal.reason is RefusalReason.WRONG_DEVICE
    assert "'uav-lingang-2'" in refusal.detail


def test_a_dock_is_no_aircraft(said: Say, shared: Callable[[str], bytes]) -> None:
    dock = shared("dji_dock_osd_environment.json")
    (notice,) = said(dock, DOCK, "thing/product/dock-lingang-1/osd")
    assert isinstance(notice, Notice)
    assert notice.kind == "state"


def test_a_part_that_says_nothing_of_flight_is_a_sign_of_life(said: Say) -> None:
    (notice,) = said({"data": {"storage": {"total": 1}}}, AIRCRAFT, OSD)
    assert isinstance(notice, Notice)
    assert notice.kind == "state"


def test_a_change_of_state_is_a_notice_that_names_what_changed(said: Say) -> None:
    change = {
        "timestamp": 1_777_622_400_000,
        "data": {"home_latitude": 30.9, "control_source": "A"},
    }
    assert said(change, AIRCRAFT, STATE) == (
        Notice(
            device_id="uav-lingang-1",
            kind="state",
            event_time_s=1_777_622_400.0,
            detail="changed: control_source, home_latitude",
        ),
    )


def test_a_gateway_says_which_aircraft_are_online(said: Say, own: Callable[[str], bytes]) -> None:
    (notice,) = said(own("dji_status_online.json"), DOCK, STATUS)
    assert isinstance(notice, Notice)
    assert (notice.kind, notice.detail) == ("online", "aircraft: uav-lingang-1")


def test_a_gateway_without_aircraft_is_offline(said: Say) -> None:
    topology = {"method": "update_topo", "data": {"sub_devices": []}}
    (notice,) = said(topology, DOCK, STATUS)
    assert isinstance(notice, Notice)
    assert notice.kind == "offline"


def test_both_topologies_of_the_makers_documentation_are_read(
    said: Say, shared: Callable[[str], bytes]
) -> None:
    text = shared("dji_sys_status_update_topo.txt").decode()
    examples = [part[part.index("{") :].encode() for part in text.split("##")[1:]]
    outcomes = [outcome for each in examples for outcome in said(each, DOCK, STATUS)]
    assert [each.kind for each in outcomes if isinstance(each, Notice)] == ["online", "offline"]


def test_another_method_on_the_status_topic_is_not_supported(said: Say) -> None:
    (refusal,) = said({"method": "reboot", "data": {"sub_devices": []}}, DOCK, STATUS)
    assert isinstance(refusal, Refused)
    assert refusal.reason is RefusalReason.UNSUPPORTED


@pytest.mark.parametrize("topic", [OSD, STATE, STATUS])
@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"null",
        b'{"data":1}',
        b'{"data":{"latitude":"x"}}',
        b'{"data":' * 9_000,
        b"\xff",
    ],
)
def test_what_is_no_message_is_refused(topic: str, payload: bytes) -> None:
    unit = DOCK if topic == STATUS else AIRCRAFT
    (refusal,) = CODEC.decode(Frame(topic, payload, 0.0), unit)
    assert isinstance(refusal, Refused) or (isinstance(refusal, Notice) and topic == STATE)


def test_a_topic_of_another_plan_is_refused() -> None:
    (refusal,) = CODEC.decode(Frame("zone/up/uav-lingang-1/tele", b"{}", 0.0), AIRCRAFT)
    assert isinstance(refusal, Refused)
    assert refusal.reason is RefusalReason.UNKNOWN_TOPIC


SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
DATA = st.dictionaries(
    st.sampled_from(["longitude", "latitude", "height", "mode_code", "attitude_head", "battery",
                     "position_state", "cover_state", "sub_devices", "horizontal_speed"]),
    SCALAR | st.dictionaries(st.sampled_from(["quality", "gps_number", "sn"]), SCALAR),
)  # fmt: skip


@given(
    st.fixed_dictionaries({}, optional={"timestamp": SCALAR, "data": DATA, "method": SCALAR}),
    st.sampled_from([OSD, STATE, STATUS]),
)
def test_no_json_raises(message: object, topic: str) -> None:
    for outcome in CODEC.decode(Frame(topic, json.dumps(message).encode(), 5.0), AIRCRAFT):
        match outcome:
            case Report():
                assert (outcome.longitude_deg is None) == (outcome.latitude_deg is None)
                assert outcome.heading_deg is None or 0 <= outcome.heading_deg < 360
            case Refused() | Notice():
                assert len(outcome.detail) <= DETAIL_CHARS


@given(st.binary(max_size=1_000), st.sampled_from([OSD, STATE, STATUS]))
def test_no_bytes_raise(payload: bytes, topic: str) -> None:
    assert CODEC.decode(Frame(topic, payload, 5.0), AIRCRAFT)
