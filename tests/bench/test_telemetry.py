"""The benchmark of telemetry, in a small size, and that it would notice what is wrong."""

import json
from typing import Any

import pytest

from bench import telemetry
from bench.telemetry_decoding import SAMPLES, is_right
from telemetry.codecs.discover import load_codecs
from telemetry.decode import decode
from zone_service import logs


def test_every_part_is_measured_with_its_oracle(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The loggers of this process are those of other tests, too.
    monkeypatch.setattr(logs, "configure", lambda _level: None)
    status = telemetry.main(["--json", "--quick"])
    told = json.loads(capsys.readouterr().out)
    assert (status, told["wrong"], told["rows"]) == (0, 0, 900)
    assert sorted(told["codecs"]) == sorted(load_codecs())
    assert all(each["median_us"] > 0 and each["messages_s"] > 0 for each in told["codecs"].values())
    assert told["compaction_rows_s"] > 0
    assert told["evidence_at_once"]["clips"] == 2
    assert set(told["met"]) == telemetry.AT_MOST.keys() | telemetry.AT_LEAST.keys()
    # What was not measured is not met.
    assert not told["met"]["sustained_msg_s"]
    assert not told["met"]["rows"]


def test_a_message_that_is_read_elsewhere_is_wrong() -> None:
    sample = SAMPLES[0]
    units = {sample.unit.device_id: sample.unit}
    said = decode(sample.frame(), units, load_codecs())
    assert is_right(sample, said)
    assert not is_right(sample._replace(place=(121.9, 30.9)), said)
    assert not is_right(sample, (*said, *said))


def a_case(**changes: Any) -> dict[str, Any]:
    return {"problems": [], "reconnects": 0} | changes


@pytest.mark.parametrize(
    ("case", "devices"),
    [(a_case(), 10_000), (a_case(reconnects=1), 0), (a_case(problems=["lost is 1"]), 0)],
)
def test_devices_that_came_again_were_not_held(case: dict[str, Any], devices: int) -> None:
    crowd = {"cases": {"mosquitto-qos1": case}, "size": {"devices": 10_000}}
    assert telemetry.held(crowd) == devices


def test_a_rate_at_which_something_was_lost_was_not_sustained() -> None:
    found = {
        "best_case": "nats-qos1",
        "cases": {"nats-qos1": a_case()},
        "messages_per_second": 10_001.0,
        "highest_rate": 15_153.0,
        "lost": 0,
    }
    assert telemetry.of_path(found)["sustained_msg_s"] == 10_001.0
    lossy = found | {"cases": {"nats-qos1": a_case(problems=["lost is 1"])}, "lost": 1}
    assert telemetry.of_path(lossy)["sustained_msg_s"] is None
    assert not telemetry.met(telemetry.of_path(lossy))["lost"]
