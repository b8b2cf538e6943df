"""The demonstration's verdict on itself: everything that was scripted, and nothing else."""

import json

import pytest

from simulators.scenario import ExpectedBreach
from zone_service.demo_report import Demonstration, Told

SPEEDING = ExpectedBreach("OVERSPEED", "car-1", "slow", 20.0, again_after_s=50.0)
SILENT = ExpectedBreach("TELEMETRY_SILENCE", "uav-1", None, 40.0)


def told(
    code: str,
    device_id: str,
    opened_s: float,
    latency_ms: float | None = 5.0,
    zone_id: str | None = None,
) -> Told:
    violation = {
        "code": code,
        "device_id": device_id,
        "zone_id": zone_id,
        "opened_at": "2026-11-23T04:00:00.000Z",
        "closed_at": None,
    }
    return Told(violation, opened_s, latency_ms)


def speeding(opened_s: float, latency_ms: float | None = 5.0) -> Told:
    return told("OVERSPEED", "car-1", opened_s, latency_ms, "slow")


def silent(opened_s: float = 30) -> Told:
    return told("TELEMETRY_SILENCE", "uav-1", opened_s, None)


def shown(*violations: Told, seconds: float = 60.0) -> Demonstration:
    numbered = {str(number): each for number, each in enumerate(violations)}
    return Demonstration((SPEEDING, SILENT), told=numbered, seconds=seconds)


def test_it_passes_when_every_scripted_breach_came_in_time_and_no_other() -> None:
    assert shown(speeding(12), silent()).passed


def test_a_scripted_breach_that_was_not_reported_fails_it() -> None:
    found = shown(speeding(12))
    assert not found.passed
    assert found.summary()["missing"] == ["TELEMETRY_SILENCE of uav-1"]


def test_a_scripted_breach_that_came_too_late_fails_it() -> None:
    summary = shown(speeding(21), silent()).summary()
    assert summary["passed"] is False
    assert (summary["missing"], summary["unscripted"]) == (["OVERSPEED of car-1 at slow"], [])


def test_an_unscripted_violation_fails_it() -> None:
    found = shown(speeding(12), silent(), told("KEEP_OUT_BREACH", "uav-2", 31))
    assert not found.passed
    assert found.summary()["unscripted"] == ["KEEP_OUT_BREACH of uav-2"]


@pytest.mark.parametrize("elsewhere", [None, "another"])
def test_a_breach_of_another_zone_is_not_the_scripted_one(elsewhere: str | None) -> None:
    summary = shown(told("OVERSPEED", "car-1", 12, zone_id=elsewhere), silent()).summary()
    assert summary["missing"] == ["OVERSPEED of car-1 at slow"]
    assert [each.split()[:3] for each in summary["unscripted"]] == [["OVERSPEED", "of", "car-1"]]
    assert summary["passed"] is False


def test_a_scripted_breach_that_is_reported_twice_fails_it() -> None:
    assert shown(speeding(12), speeding(13), silent()).summary()["unscripted"] == [
        "OVERSPEED of car-1 at slow"
    ]
    assert not shown(speeding(12), silent(), silent(39)).passed


def test_what_goes_round_may_be_reported_once_a_round() -> None:
    rounds = (speeding(12), speeding(70), speeding(125))
    assert shown(*rounds, silent(), seconds=130).passed
    assert not shown(*rounds, speeding(140), silent(), seconds=150).passed
    assert not shown(*rounds, silent(), silent(100), seconds=130).passed


def test_what_was_not_due_before_the_end_is_not_missed() -> None:
    assert shown(speeding(12), seconds=25.0).passed


@pytest.mark.parametrize(("committed", "unaccounted"), [(99, 1), (101, -1)])
def test_a_message_that_was_lost_or_doubled_fails_it(committed: int, unaccounted: int) -> None:
    found = shown(speeding(12), silent())
    found.published, found.committed = 100, committed
    assert not found.passed
    assert found.summary()["messages"]["unaccounted"] == unaccounted


def test_a_message_that_was_refused_and_kept_is_accounted_for() -> None:
    found = shown(speeding(12), silent())
    found.published = found.committed = 100
    found.refused = {"malformed": 3}
    assert found.passed


def test_its_summary_is_json_with_the_quantiles_of_what_was_measured() -> None:
    found = shown(speeding(12, 8.0), silent())
    summary = json.loads(found.as_json())
    assert summary["latency_ms"] == {"p50": 8.0, "p99": 8.0}
    assert [each["latency_ms"] for each in summary["violations"]] == [8.0, None]
    assert summary["passed"] is True


def test_a_demonstration_that_showed_nothing_has_no_latency_and_does_not_pass() -> None:
    summary = shown().summary()
    assert summary["latency_ms"] == {"p50": None, "p99": None}
    assert summary["passed"] is False
