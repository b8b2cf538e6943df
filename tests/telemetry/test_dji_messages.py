"""What a DJI gateway says: events, requests, answers, and fast positions."""

import json
from collections.abc import Callable

import pytest

from telemetry.codecs.codec import Outcome
from telemetry.codecs.dji import CODEC
from telemetry.report import Datum, Frame, Notice, RefusalReason, Refused, Report, TimeSource, Unit

Own = Callable[[str], bytes]
DOCK = Unit(device_id="dock-1", codec="dji")
CHANNELS = ["events", "requests", "services_reply", "drc/up"]


def said(payload: bytes | object, channel: str, unit: Unit = DOCK) -> Outcome:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    topic = f"thing/product/{unit.device_id}/{channel}"
    (outcome,) = CODEC.decode(Frame(topic, raw, 1_777_622_400.5), unit)
    return outcome


def notice(kind: str, detail: str) -> Notice:
    return Notice(device_id="dock-1", kind=kind, event_time_s=1_777_622_400.25, detail=detail)


def fast(**data: object) -> Report:
    placed = {"longitude": 121.9, "latitude": 30.9, "height": 50}
    report = said({"method": "osd_info_push", "data": placed | data}, "drc/up")
    assert isinstance(report, Report), report
    return report


def test_a_fast_position_is_a_report(own: Own) -> None:
    assert said(own("dji_drc_osd.json"), "drc/up") == Report(
        device_id="dock-1",
        event_time_s=1_777_622_400.25,
        longitude_deg=121.9287654321,
        latitude_deg=30.9001234567,
        altitude_hae_m=134.25,
        ground_speed_mps=5.0,
        heading_deg=271.5,
        codec="dji",
    )


def test_the_makers_own_fast_position_is_read(shared: Own) -> None:
    report = said(shared("dji_drc_osd_info_push.json"), "drc/up")
    assert isinstance(report, Report)
    assert (report.longitude_deg, report.latitude_deg, report.altitude_hae_m) == (10, 10, 10)
    assert report.ground_speed_mps == pytest.approx(200**0.5)
    assert report.heading_deg == 60
    assert (report.event_time_s, report.vertical_speed_mps) == (1_670_415_891.013, None)


def test_what_a_fast_position_does_not_say_is_unknown() -> None:
    lost = fast(longitude=0, latitude=0)
    assert (lost.longitude_deg, lost.altitude_hae_m, lost.quality_flags) == (
        None,
        None,
        ("no_fix",),
    )
    assert (fast(speed_x=1).ground_speed_mps, fast().heading_deg) == (None, None)
    assert fast().time_source is TimeSource.SERVER
    assert fast(longitude=None).latitude_deg is None


def test_the_datum_of_a_fast_position_is_the_registered_one(own: Own) -> None:
    unit = Unit(device_id="dock-1", codec="dji", datum=Datum.GCJ02)
    report = said(own("dji_drc_osd.json"), "drc/up", unit)
    assert isinstance(report, Report)
    assert report.source_datum is Datum.GCJ02


def test_a_request_for_flight_areas_says_what_its_answer_must_name(own: Own) -> None:
    assert said(own("dji_flight_areas_get.json"), "requests") == notice(
        "flight_areas_get", "tid t-1, bid b-1"
    )


def test_the_progress_of_a_synchronization_names_the_file(own: Own) -> None:
    assert said(own("dji_flight_areas_sync.json"), "events") == notice(
        "flight_areas_sync_progress",
        "synchronized, reason 0, file geofence_0c1f.json, checksum 9f2c",
    )


def test_where_an_aircraft_is_to_its_areas_is_told(own: Own) -> None:
    assert said(own("dji_drone_location.json"), "events") == Notice(
        device_id="dock-1",
        kind="flight_areas_drone_location",
        event_time_s=1_777_622_400.2501,
        detail="inside a-1, 100.5 m; outside a-2, 12.0 m",
    )


@pytest.mark.parametrize(
    ("name", "channel", "kind"),
    [
        ("dji_event_flight_areas_drone_location.json", "events", "flight_areas_drone_location"),
        ("dji_event_flight_areas_sync_progress.json", "events", "flight_areas_sync_progress"),
        ("dji_request_flight_areas_get.json", "requests", "flight_areas_get"),
        ("dji_service_reply_flight_areas_update.json", "services_reply", "ack"),
    ],
)
def test_the_makers_own_messages_are_read(shared: Own, name: str, channel: str, kind: str) -> None:
    found = said(shared(name), channel)
    assert isinstance(found, Notice), found
    assert (found.kind, round(found.event_time_s or 0)) == (kind, 1_654_070_969)


@pytest.mark.parametrize(
    ("channel", "method", "kind", "detail"),
    [
        ("events", "hms", "event", "hms"),
        ("requests", "config", "request", "config"),
        ("services_reply", "flight_areas_update", "ack", "flight_areas_update: result 3, tid t"),
        ("drc/up", "heart_beat", "heartbeat", "heart_beat"),
        ("drc/up", "hsi_info_push", "state", "hsi_info_push"),
    ],
)
def test_other_messages_are_told_by_their_method(
    channel: str, method: str, kind: str, detail: str
) -> None:
    message = {"method": method, "tid": "t", "timestamp": 1_777_622_400_250, "data": {"result": 3}}
    assert said(message, channel) == notice(kind, detail)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gateway": "dock-2"}, RefusalReason.WRONG_DEVICE),
        ({"timestamp": 5}, RefusalReason.OUT_OF_RANGE),
        ({"timestamp": 4_102_444_800_000}, RefusalReason.OUT_OF_RANGE),
        ({"method": None}, RefusalReason.MALFORMED),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(
    channel: str, change: dict[str, object], reason: RefusalReason
) -> None:
    found = said({"method": "m", "data": {}, "gateway": "dock-1"} | change, channel)
    assert isinstance(found, Refused), found
    assert found.reason is reason
