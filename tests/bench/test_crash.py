"""The crash benchmark really kills, and does not call good what never recovered."""

import json
from pathlib import Path

import pytest

from bench import crash
from bench.crash import CRASHES, KILLED_AT, RANDOM, STARTING, Crashes, main, total
from bench.stores import StoreKind, is_installed
from tests.servers import RunningBroker, absent
from zone_service.crash_points import STEPS

README = Path(__file__).parents[2] / "bench" / "README.md"


def test_each_step_at_which_a_worker_is_killed_is_described() -> None:
    told = README.read_text().partition("## bench.crash")[2].partition("\n## ")[0]
    described = [row.split("`")[1] for row in told.splitlines() if row.startswith("| `")]
    assert described == [*KILLED_AT]


def test_without_a_postgresql_both_brokers_are_left_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(crash.pairs("both", "both")) == 2 * sum(map(is_installed, StoreKind))
    monkeypatch.setattr(crash, "is_installed", lambda kind: kind is StoreKind.SQLITE)
    assert [tuple(each) for each in crash.pairs("both", "both")] == [
        ("nats", "sqlite"),
        ("mosquitto", "sqlite"),
    ]
    assert capsys.readouterr().err == "not crashed on postgresql: run `make servers`\n"


def test_a_worker_that_never_recovered_is_not_good() -> None:
    done = Crashes("nats", "sqlite")
    assert done.summary()["recovery_s_max"] is None
    assert total([done])["recovery_s_max"] is None
    assert not done.good


def test_it_kills_at_each_named_step_at_random_and_while_starting_on_each_broker() -> None:
    assert CRASHES >= 50
    assert {*STEPS, RANDOM, STARTING} == {*KILLED_AT}
    assert 2 * len(KILLED_AT) <= CRASHES // 2


@pytest.mark.journey
@pytest.mark.timeout(180)
@pytest.mark.parametrize("store", StoreKind)
def test_two_crashes_lose_nothing_and_are_told_as_json(
    mosquitto_broker: RunningBroker, store: StoreKind, capsys: pytest.CaptureFixture[str]
) -> None:
    del mosquitto_broker  # asked for so that its absence is said
    if not is_installed(store):
        absent("PostgreSQL 15", "run `make servers`")
    few = ["--crashes", "2", "--devices", "5"]
    status = main(["--json", *few, "--broker", "mosquitto", "--store", store])
    told = json.loads(capsys.readouterr().out)
    assert [each["store"] for each in told["cases"]] == [store]
    assert (told["crashes"], told["lost"], told["duplicated"]) == (2, 0, 0)
    assert told["violations_seen"] == told["violations_expected"]
    assert told["acked"] > 0
    assert told["recovery_s_max"] is not None
    assert status == (0 if told["recovery_s_max"] <= 10.0 else 1)
