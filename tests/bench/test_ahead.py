"""The benchmark of the look ahead: its fleets have something ahead, and its oracle is heard."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from bench import ahead
from zone_service.foretelling import foretell

SMALL = ("--devices", "60", "--zones", "80", "--seconds", "1", "--json")


def test_both_fleets_are_looked_at_and_told_something(capsys: pytest.CaptureFixture[str]) -> None:
    assert ahead.main(SMALL) == 0
    lines = json.loads(capsys.readouterr().out)["lines"]
    assert set(lines) == {"beside_a_fence", "anywhere"}
    for result in lines.values():
        assert result["disagreements"] == 0
        assert result["alarms_told"] > 0
        assert 0.0 < result["longest_turn_ms"] < result["cpu_ms_a_second"]


def test_who_is_told_something_else_alone_is_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def forgetful(*given: Any) -> Any:
        numbers: Sequence[int] = given[3]
        found = dict(foretell(*given))
        return found if len(numbers) > 1 else dict.fromkeys(found, ())

    monkeypatch.setattr(ahead, "foretell", forgetful)
    assert ahead.main(SMALL) == 1
    lines = json.loads(capsys.readouterr().out)["lines"]
    assert sum(each["disagreements"] for each in lines.values()) > 0
