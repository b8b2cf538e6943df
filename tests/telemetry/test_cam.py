"""ETSI CAM as JSON."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from telemetry.codecs.cam import CODEC
from telemetry.codecs.codec import Outcome
from telemetry.report import Datum, Frame, RefusalReason, Refused, Report, TimeSource, Unit

CAR = Unit(device_id="car-7", codec="cam", wire_id="car_lingang_7")
OLD, NEW = "cam_1_1.json", "cam_2_4.json"
BOTH = pytest.mark.parametrize("name", [OLD, NEW])
Own = Callable[[str], bytes]


def said(payload: bytes, unit: Unit = CAR) -> Outcome:
    (outcome,) = CODEC.decode(Frame("zone/up/car-7/tele", payload, 1_777_622_400.5), unit)
    return outcome


def report(payload: bytes, unit: Unit = CAR) -> Report:
    found = said(payload, unit)
    assert isinstance(found, Report), found
    return found


def refusal(payload: bytes, unit: Unit = CAR) -> Refused:
    found = said(payload, unit)
    assert isinstance(found, Refused), found
    return found


def with_value(payload: bytes, name: str, value: object) -> bytes:
    """Return the message with the members of that name, wherever they stand, set to a value."""

    def changed(node: Any) -> Any:
        if not isinstance(node, dict):
            return node
        return {
            key: (value if not isinstance(inner, dict) else inner | {"value": value})
            if key == name
            else changed(inner)
            for key, inner in node.items()
        }

    return json.dumps(changed(json.loads(payload))).encode()


@BOTH
def test_a_message_of_either_version_is_read_field_by_field(own: Own, name: str) -> None:
    assert report(own(name)) == Report(
        device_id="car-7",
        event_time_s=1_777_622_400.25,
        longitude_deg=121.9287654,
        latitude_deg=30.9001234,
        altitude_hae_m=14.25,
        horizontal_accuracy_m=1.5,
        vertical_accuracy_m=2.0,
        ground_speed_mps=12.5,
        track_deg=92.1,
        codec="cam",
    )


def test_the_schemas_own_examples_are_read(shared: Own) -> None:
    old = report(
        shared("its_cam_1.1.3.json"), Unit(device_id="car-7", codec="cam", wire_id="v2x_12345678")
    )
    assert (old.longitude_deg, old.latitude_deg) == (-0.6528173, 44.7758076)
    assert (old.altitude_hae_m, old.vertical_accuracy_m) == (81.44, 0.02)
    assert (old.horizontal_accuracy_m, old.track_deg, old.ground_speed_mps) == (0.5, 303.7, 0.21)
    new = report(
        shared("its_cam_2.4.0.json"), Unit(device_id="car-7", codec="cam", wire_id="com_car_555")
    )
    assert (new.longitude_deg, new.latitude_deg) == (-0.6518623, 44.7753167)
    assert (new.altitude_hae_m, new.vertical_accuracy_m) == (147.5, 0.02)
    assert (new.horizontal_accuracy_m, new.track_deg, new.ground_speed_mps) == (0.5, 180.0, 0.0)
    assert new.event_time_s == 1_742_227_617.044


@BOTH
@pytest.mark.parametrize(
    ("member", "value", "unknown"),
    [
        ("heading", 3_601, "track_deg"),
        ("speed", 16_383, "ground_speed_mps"),
        ("altitude", 800_001, "altitude_hae_m"),
        ("altitude", 800_000, "altitude_hae_m"),
        ("altitude", -100_000, "altitude_hae_m"),
        ("latitude", 900_000_001, "longitude_deg"),
        ("longitude", 1_800_000_001, "latitude_deg"),
    ],
)
def test_a_sentinel_is_unknown(own: Own, name: str, member: str, value: int, unknown: str) -> None:
    assert getattr(report(own(name)), unknown) is not None
    found = report(with_value(own(name), member, value))
    assert getattr(found, unknown) is None
    assert (found.longitude_deg is None) == (found.latitude_deg is None)
    assert ("no_fix" in found.quality_flags) == (found.longitude_deg is None)


@BOTH
def test_accuracies_that_are_unknown_or_out_of_range_are_no_numbers(own: Own, name: str) -> None:
    major = "semi_major_confidence" if name == OLD else "semi_major"
    beyond = report(with_value(own(name), major, 4_094))
    assert (beyond.horizontal_accuracy_m, beyond.quality_flags) == (
        None,
        ("accuracy_out_of_range",),
    )
    unknown = report(with_value(own(name), major, 4_095))
    assert (unknown.horizontal_accuracy_m, unknown.quality_flags) == (None, ())
    fast = report(with_value(own(name), "speed", 16_382))
    assert (fast.ground_speed_mps, fast.quality_flags) == (None, ("speed_out_of_range",))


@pytest.mark.parametrize(
    ("number", "metres"), [(0, 0.01), (4, 0.2), (13, 200.0), (14, None), (15, None), (-1, None)]
)
def test_the_class_of_a_height_says_how_sure_it_is(
    own: Own, number: int, metres: float | None
) -> None:
    message = json.loads(own(OLD))
    message["message"]["basic_container"]["confidence"]["altitude"] = number
    assert report(json.dumps(message).encode()).vertical_accuracy_m == metres
    newer = own(NEW).replace(
        b'"value":1425,"confidence":7', b'"value":1425,"confidence":%d' % number
    )
    assert report(newer).vertical_accuracy_m == metres


def test_north_has_two_numbers_and_is_one_course(own: Own) -> None:
    assert report(with_value(own(OLD), "heading", 3_600)).track_deg == 0.0
    assert report(own(OLD)).heading_deg is None


def test_the_datum_is_wgs84_whatever_is_registered(own: Own) -> None:
    unit = Unit(device_id="car-7", codec="cam", wire_id="car_lingang_7", datum=Datum.GCJ02)
    assert report(own(NEW), unit).source_datum is Datum.WGS84


def test_a_roadside_unit_is_where_it_is(own: Own) -> None:
    message = json.loads(own(NEW))
    message["message"]["high_frequency_container"] = {"rsu_container_high_frequency": {}}
    found = report(json.dumps(message).encode())
    assert (found.longitude_deg, found.ground_speed_mps, found.track_deg) == (
        121.9287654,
        None,
        None,
    )


def test_without_a_timestamp_it_is_the_time_of_receipt(own: Own) -> None:
    found = report(with_value(own(NEW), "timestamp", None))
    assert (found.event_time_s, found.time_source) == (1_777_622_400.5, TimeSource.SERVER)
    assert found.quality_flags == ("time_unknown",)
    assert refusal(with_value(own(NEW), "timestamp", 5)).reason is RefusalReason.OUT_OF_RANGE


def test_a_station_is_known_by_its_number_too_and_another_is_refused(own: Own) -> None:
    numbered = Unit(device_id="car-7", codec="cam", wire_id="7007")
    assert report(own(OLD), numbered).device_id == "car-7"
    other = refusal(own(OLD), Unit(device_id="car-7", codec="cam"))
    assert other.reason is RefusalReason.WRONG_DEVICE
    assert "car_lingang_7" in other.detail


@pytest.mark.parametrize(
    ("member", "value"), [("message_type", "denm"), ("version", "2.0.0"), ("version", "3.1.0")]
)
def test_other_messages_and_versions_are_not_supported(own: Own, member: str, value: str) -> None:
    refused = refusal(with_value(own(NEW), member, value))
    assert refused.reason is RefusalReason.UNSUPPORTED
    assert value in refused.detail
