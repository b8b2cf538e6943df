"""Which recorded payloads the demonstration plays: real ones beside the checkout, else its own."""

import json
from pathlib import Path

import numpy as np
import pytest

from simulators.demo_scenario import demo_scenario
from simulators.player import Stage
from simulators.replay import DJI_FILE, JT808_FILE, Recordings, load_recordings, replay_jt808
from simulators.wire import message
from telemetry.codecs.discover import load_codecs
from telemetry.decode import decode
from telemetry.report import Frame, Report, Unit
from tests.servers import no_recordings
from zone_service import demo
from zone_service.demo import SHARED_RECORDINGS

NOW_S = 1_795_000_000.0
OWN = load_recordings()
TERMINAL, AIRCRAFT = "jt808-recorded-1", "1581FREC0000000000001"
OSD = {"longitude": 9.1, "latitude": 45.4, "elevation": 33.0, "height": 155.0, "mode_code": 5}


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder where the demonstration looks for recordings of real units."""
    monkeypatch.setattr(demo, "SHARED_RECORDINGS", tmp_path)
    return tmp_path


@pytest.fixture
def real() -> Path:
    """The recordings of real units, where they are there."""
    if not SHARED_RECORDINGS.is_dir():
        no_recordings()
    return SHARED_RECORDINGS


def record(folder: Path) -> None:
    """Two units as somebody might have recorded them: 61.2 km/h, and 33 m above take-off."""
    driving = Report(
        device_id="jt-1",
        event_time_s=1_700_000_000.0,
        longitude_deg=9.1,
        latitude_deg=45.4,
        altitude_msl_m=120.0,
        ground_speed_mps=17.0,
        track_deg=90.0,
    )
    frame = message(driving, "jt808", "13912345678").payload
    lost = frame[:-3] + bytes([frame[-3] ^ 1]) + frame[-2:]
    (folder / JT808_FILE).write_text(f"{frame.hex()}\n{lost.hex()}\n")
    (folder / DJI_FILE).write_text(json.dumps({"sn": "1581F0", "host": OSD}))


def said_by_recorded_units(played: Recordings) -> dict[str, list[Report]]:
    """What the two units say in three seconds of the demonstration, as the platform reads it."""
    scenario = demo_scenario()
    units = {
        each.device_id: Unit(device_id=each.device_id, codec=each.codec, wire_id=each.wire_id)
        for each in scenario.devices
    }
    stage = Stage(scenario, NOW_S, np.random.default_rng(1), played)
    said: dict[str, list[Report]] = {TERMINAL: [], AIRCRAFT: []}
    for tenth in range(30):
        for device_id, sent in stage.messages(NOW_S + tenth / 10):
            if device_id in said:
                frame = Frame(sent.topic, sent.payload, NOW_S)
                (report,) = decode(frame, units, load_codecs())
                assert isinstance(report, Report), report
                said[device_id].append(report)
    return said


def test_recordings_beside_the_checkout_are_played(beside: Path) -> None:
    record(beside)
    played = demo.recordings()
    assert played.source == "recorded units"
    said = said_by_recorded_units(played)
    assert [report.ground_speed_mps for report in said[TERMINAL]] == [17.0] * 3
    assert {report.height_ato_m for report in said[AIRCRAFT]} == {33.0}


def test_a_recorded_frame_that_cannot_be_played_is_left_out_and_counted(beside: Path) -> None:
    record(beside)
    played = demo.recordings()
    assert played.left_out == ("line 2: its check sum is wrong",)
    assert played.described() == "JT/T 808 x 1, DJI OSD x 1, from recorded units (1 left out)"


def test_without_them_the_projects_own_are_played(beside: Path) -> None:
    played = demo.recordings()
    assert played == OWN
    assert played.left_out == ()
    said = said_by_recorded_units(played)
    assert [len(reports) for reports in said.values()] == [3, 3]


def test_half_of_them_is_as_good_as_none(beside: Path) -> None:
    record(beside)
    (beside / DJI_FILE).unlink()
    assert demo.recordings() == OWN


@pytest.mark.parametrize(("file", "text"), [(DJI_FILE, "{"), (DJI_FILE, "[1]"), (JT808_FILE, "no")])
def test_recordings_that_are_none_are_named_and_the_projects_own_are_played(
    beside: Path, capsys: pytest.CaptureFixture[str], file: str, text: str
) -> None:
    record(beside)
    (beside / file).write_text(text)
    assert demo.recordings() == OWN
    assert f"cannot be played: {file}: no " in capsys.readouterr().out


def test_of_the_real_recordings_only_what_cannot_be_played_is_left_out(real: Path) -> None:
    found = load_recordings(real)
    lines = (real / JT808_FILE).read_text().split()
    assert found.source == "recorded units"
    assert len(found.jt808) + len(found.left_out) == len(lines)
    assert len(found.jt808) > len(found.left_out)
    assert {each.partition(": ")[2] for each in found.left_out} <= {
        "the terminal had no fix",
        "an escape was lost on its way into the recording",
    }
    said = said_by_recorded_units(found)
    assert [len(reports) for reports in said.values()] == [3, 3]


def test_every_real_frame_that_is_played_is_read_without_a_refusal(real: Path) -> None:
    unit = {TERMINAL: Unit(device_id=TERMINAL, codec="jt808", wire_id="13900000899")}
    for recorded in load_recordings(real).jt808:
        sent = replay_jt808(recorded, TERMINAL, "13900000899", NOW_S, 121.2, 31.32)
        (said,) = decode(Frame(sent.topic, sent.payload, NOW_S), unit, load_codecs())
        assert isinstance(said, Report), said
