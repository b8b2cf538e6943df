"""The benchmark of permits: its archive is what it says, and its oracle is heard."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from bench import permits
from bench.permits import Times
from bench.permits_city import Archive
from bench.running import Platform
from bench.stores import StoreKind, is_installed
from tests.servers import absent

ARCHIVE = Archive("", ("RT-1", "RT-2"), ("RT-3",), ("a", "b", "c"), {}, 40, 17)


def answering(answer: Callable[[httpx.Request], Any]) -> Times:
    def answered(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=answer(request))

    return Times(httpx.Client(transport=httpx.MockTransport(answered), base_url="http://site"))


@pytest.mark.parametrize("store", StoreKind)
def test_a_small_run_is_sound_and_ends_as_json(
    store: StoreKind, capsys: pytest.CaptureFixture[str]
) -> None:
    if not is_installed(store):
        absent("PostgreSQL 15", "run `make servers`")
    assert permits.main(["--permits", "40", "--rounds", "2", "--json", "--store", store]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["problems"] == []
    (case,) = said["cases"]
    assert case["store"] == store
    assert case["size"]["events"] > 10 * 36
    assert case["answers"]["decision"]["count"] == 4
    assert case["enforced"]["count"] == case["reload"]["count"] == 2
    assert 0.0 < said["enforced_ms_max"] < 10_000.0
    assert 0.0 < said["reload_ms_max"] < case["reload"]["first_ms"] * 100


def test_the_worst_of_both_stores_counts_and_problems_say_on_which() -> None:
    case: dict[str, Any] = {**dict.fromkeys(permits.KEYS, 9.0), "store": "sqlite", "problems": []}
    slow = case | {"store": "postgresql", "reload_ms_max": 1000.1, "problems": ["a is b"]}
    found = permits.total([case, slow])
    assert (found["reload_ms_max"], found["list_page_ms_p95"]) == (1000.1, 9.0)
    assert found["met"] == {"reload_ms_max": False}
    assert found["problems"] == ["postgresql: a is b"]


def test_without_a_postgresql_the_other_is_measured_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(permits, "is_installed", lambda kind: kind is StoreKind.SQLITE)
    assert permits.wanted("both") == [StoreKind.SQLITE]
    assert capsys.readouterr().err == "not measured on postgresql: run `make servers`\n"
    assert permits.wanted("postgresql") == [StoreKind.POSTGRESQL]


def test_the_violation_of_another_vehicle_is_not_taken_for_the_one_that_is_waited_for() -> None:
    told = {"silence-of-b": 1.0, "expired-a": 2.0}
    platform = SimpleNamespace(told_at=told, of_device={"silence-of-b": "b", "expired-a": "a"})
    assert permits.first_told(cast("Platform", platform), "a") == "expired-a"


def test_a_reload_of_more_than_a_second_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for reload_ms, status in ((1000.0, 0), (1000.1, 1)):
        figures = {"list_page_ms_p95": 9.0, "decision_ms_p95": 9.0, "enforced_ms_max": 9.0}
        found: dict[str, Any] = {**figures, "reload_ms_max": reload_ms, "problems": []}
        found["store"] = "sqlite"
        monkeypatch.setattr(permits, "measure", lambda *_, found=found: found)
        assert permits.main(["--store", "sqlite"]) == status
    assert capsys.readouterr().err == "reload_ms_max is 1000.1: expected at most 1000\n"


def test_a_permit_that_no_page_has_is_a_problem() -> None:
    pages: dict[str, Any] = {
        "": {"items": [{"number": "RT-1"}], "next": "RT-1"},
        "RT-1": {"items": [{"number": "RT-1"}, {"number": "RT-3"}], "next": None},
    }
    times = answering(lambda request: pages[request.url.params["after"]])
    assert list(permits.read_all(times, ARCHIVE, rounds=1)) == [
        "the pages hold 3 permits: expected 3, each once"
    ]


def test_a_vote_that_decides_nothing_is_a_problem() -> None:
    times = answering(lambda _: {"state": "JOINT_REVIEW"})
    assert list(permits.decide(times, ["RT-3"])) == [
        "RT-3 is JOINT_REVIEW after the last vote: expected APPROVED"
    ]


@pytest.mark.parametrize(
    ("told", "codes", "problem"),
    [
        (None, {}, "a was not reported within 10.0 s"),
        ("v-1", {"v-1": "OVERSPEED"}, "a was reported for {'v-1': 'OVERSPEED'}"),
        ("v-1", {"v-1": permits.CODE, "v-2": permits.CODE}, "a was reported for"),
    ],
)
def test_a_suspension_that_is_not_reported_for_what_it_is_is_a_problem(
    told: str | None, codes: dict[str, str], problem: str
) -> None:
    items = [{"id": each, "code": code} for each, code in codes.items()]
    times = answering(lambda _: {"items": items})
    (found,) = permits.wrong_report(times, "a", told)
    assert found.startswith(problem)


def test_a_history_that_lacks_a_step_is_a_problem() -> None:
    times = answering(lambda _: {"history": [{}] * 16})
    assert list(permits.read_histories(times, ["RT-1"], ARCHIVE.steps_each)) == [
        "RT-1 has 16 steps behind it: expected 17"
    ]
