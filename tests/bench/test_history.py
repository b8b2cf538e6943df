"""The benchmark of the history, in a small size, and that it would notice a wrong answer."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from bench import history
from bench.history_fleet import drive
from zone_service.history.query import History
from zone_service.store.engine import open_store


def test_every_answer_is_held_against_what_was_told(capsys: pytest.CaptureFixture[str]) -> None:
    status = history.main(
        ["--json", "--devices", "3", "--seconds", "400", "--asks", "5", "--end-devices", "4"]
    )
    told = json.loads(capsys.readouterr().out)
    assert (status, told["wrong"], told["rows"]) == (0, 0, 1200)
    assert told["last_90_s"]["ms_p99"] > 0
    assert told["journal_end"]["messages"] == 240
    assert told["journal_end"]["ms_p99"] > 0
    assert 0 < told["bytes_a_row"] < 100


def test_a_wrong_answer_is_noticed(sqlite_template: Path, tmp_path: Path) -> None:
    fleet = drive(2, 10)
    with closing(open_store(f"sqlite:///{sqlite_template}")) as store:
        asking = history.Asking(History(store, tmp_path), fleet)
        asking.times(2, 10)
    assert asking.wrong == 2
