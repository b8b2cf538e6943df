"""The demonstration's verdict on itself: everything that was scripted, and nothing else."""

import json

from simulators.scenario import ExpectedBreach
from zone_service.demo_report import Demonstration, Told

SPEEDING = ExpectedBreach("OVERSPEED", "car-1", "slow", 20.0)
SILENT = ExpectedBreach("TELEMETRY_SILENCE", "uav-1", None, 40.0)


def told(code: str, device_id: str, opened_s: float, latency_ms: float | None = 5.0) -> Told:
    violation = {
        "code": code,
        "device_id": device_id,
        "zone_id": None,
        "opened_at": "2026-11-23T04:00:00.000Z",
        "closed_at": None,
    }
    return Told(violation, opened_s, latency_ms)


def shown(*violations: Told, seconds: float = 60.0) -> Demonstration:
    numbered = {str(number): each for number, each in enumerate(violations)}
    return Demonstration((SPEEDING, SILENT), told=numbered, seconds=seconds)


def test_it_passes_when_every_scripted_breach_came_in_time_and_no_other() -> None:
    assert shown(told("OVERSPEED", "car-1", 12), told("TELEMETRY_SILENCE", "uav-1", 30)).passed


def test_a_scripted_breach_that_was_not_reported_fails_it() -> None:
    found = shown(told("OVERSPEED", "car-1", 12))
    assert not found.passed
    assert found.summary()["missing"] == ["TELEMETRY_SILENCE of uav-1"]


def test_a_scripted_breach_that_came_too_late_fails_it() -> None:
    found = shown(told("OVERSPEED", "car-1", 21), told("TELEMETRY_SILENCE", "uav-1", 30))
    assert found.summary()["missing"] == ["OVERSPEED of car-1"]


def test_an_unscripted_violation_fails_it() -> None:
    found = shown(
        told("OVERSPEED", "car-1", 12),
        told("TELEMETRY_SILENCE", "uav-1", 30),
        told("KEEP_OUT_BREACH", "uav-2", 31),
    )
    assert not found.passed
    assert found.summary()["unscripted"] == ["KEEP_OUT_BREACH of uav-2"]


def test_what_was_not_due_before_the_end_is_not_missed() -> None:
    assert shown(told("OVERSPEED", "car-1", 12), seconds=25.0).passed


def test_its_summary_is_json_with_the_quantiles_of_what_was_measured() -> None:
    found = shown(told("OVERSPEED", "car-1", 12, 8.0), told("TELEMETRY_SILENCE", "uav-1", 30, None))
    summary = json.loads(found.as_json())
    assert summary["latency_ms"] == {"p50": 8.0, "p99": 8.0}
    assert [each["latency_ms"] for each in summary["violations"]] == [8.0, None]
    assert summary["passed"] is True


def test_a_demonstration_that_showed_nothing_has_no_latency_and_does_not_pass() -> None:
    summary = shown().summary()
    assert summary["latency_ms"] == {"p50": None, "p99": None}
    assert summary["passed"] is False
