from typing import Any

import msgspec
import pytest

from simulators.wire import Message, canonical, dji_osd, jt808, message
from telemetry.codecs import canonical as canonical_codec
from telemetry.codecs import dji as dji_codec
from telemetry.codecs import jt808 as jt808_codec
from telemetry.codecs.codec import Codec
from telemetry.report import ControlMode, Frame, OperationalStatus, Report, Unit

AT_S = 1_780_000_000.123


def report(**changes: Any) -> Report:
    said = Report(
        device_id="uav-1",
        event_time_s=AT_S,
        seq=7,
        boot_id="b",
        longitude_deg=121.5,
        latitude_deg=31.2,
        altitude_hae_m=95.0,
        altitude_msl_m=84.0,
        height_ato_m=80.0,
        height_agl_m=80.0,
        satellites=20,
        ground_speed_mps=10.0,
        track_deg=270.0,
        heading_deg=270.0,
        control_mode=ControlMode.AUTONOMOUS,
        operational_status=OperationalStatus.AIRBORNE,
        battery_percent=80.0,
    )
    return msgspec.structs.replace(said, **changes)


def decoded(codec: Codec, sent: Message, wire_id: str | None = None) -> Report:
    frame = Frame(sent.topic, sent.payload, received_s=AT_S + 0.05)
    (found,) = codec.decode(frame, Unit(device_id="uav-1", wire_id=wire_id))
    assert isinstance(found, Report), found
    assert found.event_time_s == pytest.approx(sent.event_time_s, abs=1e-6)
    return found


def test_the_platform_reads_the_canonical_json_as_it_was_meant() -> None:
    found = decoded(canonical_codec.CODEC, canonical(report()))
    assert msgspec.structs.replace(found, event_time_s=AT_S) == report()


def test_what_is_unknown_is_left_out() -> None:
    said = msgspec.json.decode(canonical(Report(device_id="car-1", event_time_s=AT_S)).payload)
    assert said.keys() == {
        *("schema_version", "event_time", "source_crs", "control_mode", "operational_status"),
    }


def test_the_platform_reads_the_osd_of_an_aircraft() -> None:
    found = decoded(dji_codec.CODEC, dji_osd(report()))
    assert (found.longitude_deg, found.latitude_deg) == (121.5, 31.2)
    assert (found.altitude_hae_m, found.height_ato_m) == (95.0, 80.0)
    assert found.heading_deg == 270.0
    assert found.control_mode is ControlMode.AUTONOMOUS
    assert found.operational_status is OperationalStatus.AIRBORNE


def test_an_aircraft_on_the_ground_says_so() -> None:
    landed = dji_osd(report(operational_status=OperationalStatus.GROUND))
    assert decoded(dji_codec.CODEC, landed).operational_status is OperationalStatus.GROUND


def test_the_platform_reads_the_frame_of_a_terminal() -> None:
    found = decoded(jt808_codec.CODEC, jt808(report(), "013912345678"), "013912345678")
    assert found.event_time_s == int(AT_S)
    assert (found.longitude_deg, found.latitude_deg) == (121.5, 31.2)
    assert found.ground_speed_mps == pytest.approx(10.0)
    assert found.track_deg == 270.0


def test_a_terminal_without_a_fix_has_no_position() -> None:
    blind = jt808(report(longitude_deg=None, latitude_deg=None), "013912345678")
    assert decoded(jt808_codec.CODEC, blind, "013912345678").longitude_deg is None


@pytest.mark.parametrize("changes", [{"longitude_deg": None}, {"altitude_hae_m": None}])
def test_an_osd_without_a_position_is_not_made_up(changes: dict[str, None]) -> None:
    with pytest.raises(ValueError, match="an OSD needs"):
        dji_osd(report(**changes))


def test_each_unit_speaks_what_it_is_registered_with() -> None:
    assert message(report(), "canonical", None).topic == "zone/up/uav-1/tele"
    assert message(report(), "dji", None).topic == "thing/product/uav-1/osd"
    assert message(report(), "jt808", "13912345678").payload.startswith(b"\x7e\x02\x00")
    with pytest.raises(ValueError, match="expected canonical, dji or jt808"):
        message(report(), "smoke signals", None)
