import json
from pathlib import Path

import pytest

from simulators.replay import (
    BadRecording,
    Recordings,
    load_recordings,
    replay_dji,
    replay_jt808,
)
from telemetry.codecs import dji, jt808, jt808_frame
from telemetry.report import Frame, OperationalStatus, Report, Unit
from tests.servers import no_recordings

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data" / "onboard-units"
NOW_S = 1_795_000_000.7
OWN = load_recordings()


@pytest.fixture(params=["own", "shared"])
def recordings(request: pytest.FixtureRequest) -> Recordings:
    """The project's recordings, and those of real units where they are there."""
    if request.param == "own":
        return OWN
    if not SHARED.is_dir():
        no_recordings()
    return load_recordings(SHARED)


def test_a_recorded_terminal_says_the_same_under_another_number_now_and_here(
    recordings: Recordings,
) -> None:
    unit = Unit(device_id="jt-1", codec="jt808", wire_id="13812345678")
    for recorded in recordings.jt808:
        sent = replay_jt808(recorded, "jt-1", "13812345678", NOW_S, 121.25, 31.354)
        (found,) = jt808.CODEC.decode(Frame(sent.topic, sent.payload, NOW_S), unit)
        assert isinstance(found, Report), found
        assert (found.longitude_deg, found.latitude_deg) == (121.25, 31.354)
        assert found.event_time_s == sent.event_time_s == int(NOW_S)
        before = said_as_recorded(recorded)
        assert found.ground_speed_mps == before.ground_speed_mps
        assert found.satellites == before.satellites
        assert found.altitude_msl_m == before.altitude_msl_m


def said_as_recorded(frame: bytes) -> Report:
    (raw,) = jt808_frame.split(frame)
    read = jt808_frame.read(raw)
    assert isinstance(read, jt808_frame.Message)
    unit = Unit(device_id="jt-1", codec="jt808", wire_id=read.phone)
    (found,) = jt808.CODEC.decode(Frame("zone/up/jt-1/tele", frame, NOW_S), unit)
    assert isinstance(found, Report)
    return found


def test_a_recorded_aircraft_says_the_same_under_another_serial_now_and_here(
    recordings: Recordings,
) -> None:
    for recorded in recordings.dji_osd:
        sent = replay_dji(recorded, "1581FDEMO", NOW_S, 121.3, 30.8, 15.0)
        frame = Frame(sent.topic, sent.payload, NOW_S)
        (found,) = dji.CODEC.decode(frame, Unit(device_id="1581FDEMO", codec="dji"))
        assert isinstance(found, Report), found
        assert (found.longitude_deg, found.latitude_deg) == (121.3, 30.8)
        assert found.height_ato_m == recorded["elevation"]
        assert found.altitude_hae_m == pytest.approx(15.0 + (found.height_ato_m or 0.0))
        assert found.event_time_s == pytest.approx(NOW_S)
        assert found.operational_status is OperationalStatus.AIRBORNE


def test_a_played_unit_can_come_to_rest() -> None:
    sent = replay_jt808(OWN.jt808[0], "jt-1", "1", NOW_S, 121.25, 31.354, parked=True)
    frame = Frame(sent.topic, sent.payload, NOW_S)
    (stopped,) = jt808.CODEC.decode(frame, Unit(device_id="jt-1", wire_id="1"))
    assert isinstance(stopped, Report)
    assert stopped.ground_speed_mps == 0.0
    sent = replay_dji(OWN.dji_osd[0], "1581FDEMO", NOW_S, 121.3, 30.8, 15.0, parked=True)
    frame = Frame(sent.topic, sent.payload, NOW_S)
    (landed,) = dji.CODEC.decode(frame, Unit(device_id="1581FDEMO"))
    assert isinstance(landed, Report)
    assert landed.operational_status is OperationalStatus.GROUND


def test_a_folder_without_recordings_leaves_the_projects_own(tmp_path: Path) -> None:
    assert load_recordings(tmp_path) == OWN


@pytest.mark.parametrize(
    ("osd", "frames"),
    [([], OWN.jt808[0].hex()), ([{"height": 1}], OWN.jt808[0].hex()), (OWN.dji_osd, "7e00ff7e")],
)
def test_a_recording_that_cannot_be_played_is_named(
    tmp_path: Path, osd: object, frames: str
) -> None:
    (tmp_path / "dji_aircraft_osd_real.json").write_text(json.dumps(osd))
    (tmp_path / "jt808_0200_hex.txt").write_text(frames)
    with pytest.raises(BadRecording, match="no "):
        load_recordings(tmp_path)
