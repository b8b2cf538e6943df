"""OwnTracks on telephones."""

import json
from collections.abc import Callable
from math import log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.codecs.codec import Outcome
from telemetry.codecs.owntracks import CODEC
from telemetry.report import Datum, Frame, Notice, RefusalReason, Refused, Report, TimeSource, Unit

PHONE = Unit(device_id="driver-7", codec="owntracks", wire_id="phone-7")
ANYONE = Unit(device_id="driver-7", codec="owntracks")
AT_S = 1_777_622_400.0


def said(payload: bytes, unit: Unit = ANYONE) -> Outcome:
    (outcome,) = CODEC.decode(Frame("zone/up/driver-7/tele", payload, AT_S + 0.5), unit)
    return outcome


def fix(unit: Unit = ANYONE, /, **members: object) -> Report:
    message = {"_type": "location", "lon": 121.9, "lat": 30.9, "tst": AT_S} | members
    report = said(json.dumps(message).encode(), unit)
    assert isinstance(report, Report), report
    return report


def refusal(unit: Unit = ANYONE, /, **members: object) -> Refused:
    message = {"_type": "location", "lon": 121.9, "lat": 30.9, "tst": AT_S} | members
    refused = said(json.dumps(message).encode(), unit)
    assert isinstance(refused, Refused), refused
    return refused


def test_a_location_is_read_field_by_field(own: Callable[[str], bytes]) -> None:
    assert said(own("owntracks_location.json"), PHONE) == Report(
        device_id="driver-7",
        event_time_s=AT_S,
        longitude_deg=121.9287654,
        latitude_deg=30.9001234,
        altitude_msl_m=6.0,
        horizontal_accuracy_m=pytest.approx(16.2147, abs=1e-4),  # type: ignore[arg-type]
        vertical_accuracy_m=pytest.approx(7.8835, abs=1e-4),  # type: ignore[arg-type]
        ground_speed_mps=10.0,
        track_deg=92.0,
        battery_percent=64.0,
        codec="owntracks",
    )


def test_real_locations_are_read(shared: Callable[[str], bytes]) -> None:
    reports = []
    for line in shared("owntracks_location.jsonl").splitlines():
        topic = json.loads(line).get("topic", "owntracks/a/driver-7")
        unit = Unit(device_id="driver-7", codec="owntracks", wire_id=topic.split("/")[2])
        report = said(line, unit)
        assert isinstance(report, Report), report
        reports.append(report)
    assert [each.longitude_deg for each in reports] == [
        11.1512805, 2.29513, 2.29513, 2.295, -122.0, 13.654704,
    ]  # fmt: skip
    assert [each.ground_speed_mps for each in reports] == [
        0.0, None, pytest.approx(61 / 3.6), None, None, 0.0,
    ]  # fmt: skip
    assert [each.track_deg for each in reports] == [None, None, 271.0, None, None, 113.0]
    assert [each.altitude_msl_m for each in reports] == [440.0, None, 167.0, None, 0.0, 1113.0]
    assert reports[5].event_time_s == 1_736_519_167.0


@given(st.floats(0.01, 10_000))
def test_a_radius_of_68_percent_becomes_the_one_that_holds_95(acc: float) -> None:
    """Of a Rayleigh distribution of distances: sigma from the one, the quantile from sigma."""
    sigma = acc / sqrt(-2 * log(1 - 0.68))
    report = fix(acc=acc)
    assert report.horizontal_accuracy_m == pytest.approx(sigma * sqrt(-2 * log(1 - 0.95)))


@pytest.mark.parametrize(
    ("member", "unknown"),
    [
        ("acc", "horizontal_accuracy_m"),
        ("vac", "vertical_accuracy_m"),
        ("vel", "ground_speed_mps"),
        ("cog", "track_deg"),
        ("batt", "battery_percent"),
    ],
)
def test_what_is_negative_is_unknown(member: str, unknown: str) -> None:
    assert getattr(fix(**{member: 5}), unknown) is not None
    assert getattr(fix(**{member: -1}), unknown) is None
    assert getattr(fix(), unknown) is None


def test_a_height_whose_accuracy_is_negative_is_unknown() -> None:
    assert fix(alt=12, vac=3).altitude_msl_m == 12.0
    assert fix(alt=12, vac=-1).altitude_msl_m is None


def test_without_a_position_there_is_no_fix() -> None:
    for report in (fix(lon=0, lat=0, acc=5, alt=1), fix(lon=None, lat=None, acc=5, alt=1)):
        assert (report.longitude_deg, report.latitude_deg) == (None, None)
        assert (report.altitude_msl_m, report.horizontal_accuracy_m) == (None, None)
        assert report.quality_flags == ("no_fix",)
    assert refusal(lat=None).reason is RefusalReason.MALFORMED


def test_without_a_time_it_is_that_of_receipt() -> None:
    report = fix(tst=None)
    assert (report.event_time_s, report.time_source) == (AT_S + 0.5, TimeSource.SERVER)
    assert report.quality_flags == ("time_unknown",)


@pytest.mark.parametrize("tst", [946_684_799, 4_102_444_800, -5])
def test_what_is_no_time_is_out_of_range(tst: int) -> None:
    assert refusal(tst=tst).reason is RefusalReason.OUT_OF_RANGE


def test_the_datum_is_the_registered_one() -> None:
    unit = Unit(device_id="driver-7", codec="owntracks", datum=Datum.GCJ02)
    assert fix(unit).source_datum is Datum.GCJ02


@pytest.mark.parametrize(
    "topic", ["owntracks/test/phone-7", "owntracks/test/phone-7/event", "zone/up/driver-7/tele"]
)
def test_a_topic_in_the_message_is_the_telephones_own(topic: str) -> None:
    assert fix(PHONE, topic=topic).device_id == "driver-7"
    whole = Unit(device_id="driver-7", codec="owntracks", wire_id="test/phone-7")
    assert fix(whole, topic=topic).device_id == "driver-7"


@pytest.mark.parametrize("topic", ["owntracks/test/phone-8", "phone-7", "", "zone/up/x/tele"])
def test_a_message_of_another_telephone_is_refused(topic: str) -> None:
    refused = refusal(PHONE, topic=topic)
    assert refused.reason is RefusalReason.WRONG_DEVICE
    assert "'phone-7'" in refused.detail


@pytest.mark.parametrize(
    ("message", "kind", "detail"),
    [
        ({"_type": "transition", "event": "leave", "desc": "Yard"}, "event", "transition leave: Yard"),
        ({"_type": "lwt", "tst": 1_777_622_400}, "offline", "lwt"),
        ({"_type": "card", "name": "x"}, "state", "card"),
    ],
)  # fmt: skip
def test_other_messages_are_notices(message: object, kind: str, detail: str) -> None:
    notice = said(json.dumps(message).encode())
    assert isinstance(notice, Notice)
    assert (notice.kind, notice.detail) == (kind, detail)


def test_an_encrypted_message_is_not_supported() -> None:
    refused = said(b'{"_type":"encrypted","data":"c2VjcmV0"}')
    assert isinstance(refused, Refused)
    assert refused.reason is RefusalReason.UNSUPPORTED
