"""JT/T 808 as the JSON of a gateway."""

import json
import struct
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.codecs import jt808, jt808_frame
from telemetry.codecs.codec import MAX_MESSAGES, Outcome
from telemetry.codecs.jt808_json import CODEC
from telemetry.report import Frame, Notice, RefusalReason, Refused, Report, TimeSource, Unit

BUS = Unit(device_id="bus-001", codec="jt808_json", wire_id="13800138000")
PLACED: dict[str, Any] = {
    "alarm": 0, "status": 3, "latitude": 30_900_000, "longitude": 121_900_000, "altitude": 4,
    "speed": 450, "direction": 92, "time": "260501160000",
}  # fmt: skip


def said(payload: bytes, unit: Unit = BUS) -> tuple[Outcome, ...]:
    return CODEC.decode(Frame("zone/up/bus-001/tele", payload, 1_777_622_400.5), unit)


def message(msg_id: int, body: object, **header: object) -> bytes:
    head = {"msg_id": msg_id, "encrypt": 0, "phone": "013800138000", "msg_sn": 1} | header
    return json.dumps({"header": head, "body": body}).encode()


def refusal(payload: bytes) -> Refused:
    (found,) = said(payload)
    assert isinstance(found, Refused), found
    return found


def test_a_location_is_read_field_by_field(own: Callable[[str], bytes]) -> None:
    assert said(own("jt808_location.json")) == (
        Report(
            device_id="bus-001",
            event_time_s=1_777_622_400.0,
            longitude_deg=121.928765,
            latitude_deg=30.900123,
            altitude_msl_m=4.0,
            satellites=17,
            ground_speed_mps=12.5,
            track_deg=92.0,
            codec="jt808_json",
            serial=126,
        ),
    )


@given(
    st.integers(0, 0xFFFF_FFFF),
    st.integers(0, 0xFFFF_FFFF),
    st.integers(0, 180_000_000),
    st.integers(0, 90_000_000),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
    st.integers(0, 360),
)
def test_it_says_what_the_frame_says_that_it_was_made_of(
    alarm: int,
    status: int,
    longitude: int,
    latitude: int,
    altitude: int,
    speed: int,
    direction: int,
) -> None:
    time = "260501160000"
    body = struct.pack(
        ">IIIIHHH6s",
        alarm, status, latitude, longitude, altitude, speed, direction, bytes.fromhex(time),
    )  # fmt: skip
    raw = jt808_frame.encode_frame(0x0200, "13800138000", body, serial=1)
    (by_frame,) = jt808.CODEC.decode(Frame("zone/up/bus-001/tele", raw, 5.0), BUS)
    told = PLACED | {
        "alarm": alarm, "status": status, "longitude": longitude, "latitude": latitude, "altitude": altitude,
        "speed": speed, "direction": direction,
    }  # fmt: skip
    (by_json,) = CODEC.decode(Frame("zone/up/bus-001/tele", message(512, told), 5.0), BUS)
    assert isinstance(by_frame, Report)
    assert by_json == msgspec.structs.replace(by_frame, codec="jt808_json")


def test_of_a_batch_each_location_is_read_and_a_bad_one_is_refused_alone() -> None:
    locations = [PLACED, PLACED | {"direction": 361}, PLACED | {"speed": "fast"}, PLACED]
    found = said(message(1796, {"type": 1, "length": 4, "location": locations}))
    assert [type(each) for each in found] == [Report, Refused, Refused, Report]
    assert "fast" in str(found[2])


def test_a_batch_of_too_many_is_refused_whole() -> None:
    refused = refusal(message(1796, {"location": [0] * (MAX_MESSAGES + 1)}))
    assert refused.reason is RefusalReason.OUT_OF_RANGE


def test_a_time_of_zeros_is_that_of_receipt() -> None:
    (report,) = said(message(512, PLACED | {"time": "000000000000"}))
    assert isinstance(report, Report)
    assert (report.time_source, report.event_time_s) == (TimeSource.SERVER, 1_777_622_400.5)


def test_a_gateway_that_passes_no_serial_on_is_read_as_well() -> None:
    (report,) = said(message(512, PLACED, msg_sn=None))
    assert isinstance(report, Report)
    assert report.serial is None


@pytest.mark.parametrize("phone", ["13800138000", "013800138000", 13_800_138_000], ids=repr)
def test_a_phone_number_may_be_text_or_a_number(phone: object) -> None:
    assert isinstance(said(message(512, PLACED, phone=phone))[0], Report)


@pytest.mark.parametrize(
    ("msg_id", "kind"), [(2, "heartbeat"), (256, "registration"), (258, "authentication")]
)
def test_a_heartbeat_and_a_registration_are_notices(msg_id: int, kind: str) -> None:
    assert said(message(msg_id, {})) == (Notice(device_id="bus-001", kind=kind, serial=1),)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (message(512, PLACED, phone="13900139000"), RefusalReason.WRONG_DEVICE),
        (message(512, PLACED, encrypt=1), RefusalReason.UNSUPPORTED),
        (message(2049, {}), RefusalReason.UNSUPPORTED),
        (message(512, PLACED | {"latitude": 90_000_001}), RefusalReason.OUT_OF_RANGE),
        (message(512, PLACED | {"altitude": 65_536}), RefusalReason.OUT_OF_RANGE),
        (message(512, PLACED | {"time": "261301080000"}), RefusalReason.OUT_OF_RANGE),
        (message(512, PLACED | {"time": "26-05-01 16:"}), RefusalReason.MALFORMED),
        (message(512, PLACED | {"time": "26130100000\n"}), RefusalReason.MALFORMED),
        (message(512, {}), RefusalReason.MALFORMED),
        (message(1796, {}), RefusalReason.MALFORMED),
        (b"\x7e\x02\x00\x7e", RefusalReason.MALFORMED),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(payload: bytes, reason: RefusalReason) -> None:
    assert refusal(payload).reason is reason
