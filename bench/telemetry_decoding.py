"""How long each codec takes for one message of its own, each held against where it says that it is."""

import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench.quantiles import quantile, rounded
from telemetry.codecs.discover import load_codecs
from telemetry.decode import decode
from telemetry.report import Frame, Report, Unit

RECORDINGS: Final = Path(__file__).parents[1] / "tests" / "telemetry" / "data"
RECEIVED_S: Final = 1_777_622_400.5
Result = dict[str, Any]


class Sample(NamedTuple):
    """A message of a format, and where its device is."""

    recording: str
    unit: Unit
    place: tuple[float, float]
    """Longitude and latitude in degrees, as the message says them."""
    topic: str = ""

    def frame(self) -> Frame:
        """Return it as it comes from the broker."""
        content = (RECORDINGS / self.recording).read_bytes()
        payload = bytes.fromhex(content.decode()) if self.recording.endswith(".hex") else content
        return Frame(self.topic or f"zone/up/{self.unit.device_id}/tele", payload, RECEIVED_S)


def _unit(codec: str, wire_id: str | None, device_id: str = "unit-7") -> Unit:
    return Unit(device_id=device_id, codec=codec, wire_id=wire_id)


ROAD: Final = (121.9287654, 30.9001234)
COARSE: Final = (121.928765, 30.900123)
SEA: Final = (121.9, 30.9)
SAMPLES: Final = (
    Sample(
        "canonical_vehicle.json", _unit("canonical", None, "veh-001"), (121.9123456, 30.8912345)
    ),
    Sample("ais_position.nmea", _unit("ais", "412345678"), SEA),
    Sample("cam_2_4.json", _unit("cam", "7007"), ROAD),
    Sample("csae295_state_v3.json", _unit("csae295", "LSVLG000000000007"), ROAD),
    Sample(
        "dji_aircraft_osd.json",
        _unit("dji", None, "uav-lingang-1"),
        (121.9287654321, 30.9001234567),
        "thing/product/uav-lingang-1/osd",
    ),
    Sample("f3411_pack.hex", _unit("f3411", "1581F8DBW25B800B3417"), SEA),
    Sample("gb46750_packet.hex", _unit("gb46750", "1581FANLC258U029RTN6"), SEA),
    Sample("gbt32960_info.json", _unit("gbt32960", "LSVLG000000000007"), COARSE),
    Sample("jt808_location.hex", _unit("jt808", "13800138000"), COARSE),
    Sample("jt808_location.json", _unit("jt808_json", "13800138000"), COARSE),
    Sample("mavlink_frames.hex", _unit("mavlink", "sys:1"), SEA),
    Sample("owntracks_location.json", _unit("owntracks", "phone-7"), ROAD),
)


def decode_times(count: int) -> dict[str, Result]:
    """Decode a message of each installed format so often; return the times by codec, and what was wrong."""
    samples = {each.unit.codec: each for each in SAMPLES}
    return {name: _timed(samples[name], count) for name in sorted(load_codecs())}


def _timed(sample: Sample, count: int) -> Result:
    frame, units, codecs = sample.frame(), {sample.unit.device_id: sample.unit}, load_codecs()
    wrong = int(not is_right(sample, decode(frame, units, codecs)))
    took_us = []
    began_s = time.thread_time()
    for _ in range(count):
        began_ns = time.perf_counter_ns()
        decode(frame, units, codecs)
        took_us.append((time.perf_counter_ns() - began_ns) / 1000)
    core_s = time.thread_time() - began_s
    return {
        "median_us": rounded(quantile(took_us, 0.5)),
        "messages_s": round(count / core_s),
        "payload_bytes": len(frame.payload),
        "wrong": wrong,
    }


def is_right(sample: Sample, said: tuple[object, ...]) -> bool:
    """Tell whether a message was read as one report of where its device is."""
    reports = [each for each in said if isinstance(each, Report)]
    return [(each.longitude_deg, each.latitude_deg) for each in reports] == [sample.place]
