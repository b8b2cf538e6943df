"""The crash benchmark really kills, and does not call good what never recovered."""

import json

import pytest

from bench.crash import CRASHES, KILLED_AT, RANDOM, STARTING, Crashes, main, total
from tests.servers import RunningBroker
from zone_service.crash_points import STEPS


def test_a_worker_that_never_recovered_is_not_good() -> None:
    done = Crashes("nats")
    assert done.summary()["recovery_s_max"] is None
    assert total([done])["recovery_s_max"] is None
    assert not done.good


def test_it_kills_at_each_named_step_at_random_and_while_starting_on_each_broker() -> None:
    assert CRASHES >= 50
    assert {*STEPS, RANDOM, STARTING} == {*KILLED_AT}
    assert 2 * len(KILLED_AT) <= CRASHES // 2


@pytest.mark.journey
@pytest.mark.timeout(180)
def test_two_crashes_lose_nothing_and_are_told_as_json(
    mosquitto_broker: RunningBroker, capsys: pytest.CaptureFixture[str]
) -> None:
    del mosquitto_broker  # asked for so that its absence is said
    status = main(["--json", "--crashes", "2", "--broker", "mosquitto", "--devices", "5"])
    told = json.loads(capsys.readouterr().out)
    assert (told["crashes"], told["lost"], told["duplicated"]) == (2, 0, 0)
    assert told["violations_seen"] == told["violations_expected"]
    assert told["acked"] > 0
    assert told["recovery_s_max"] is not None
    assert status == (0 if told["recovery_s_max"] <= 10.0 else 1)
