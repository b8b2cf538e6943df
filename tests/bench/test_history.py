"""The benchmark of the history, in a small size, and that it would notice a wrong answer."""

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from bench import history
from bench.history_asking import Asking
from bench.history_fleet import Drive
from zone_service import logs
from zone_service.history.query import History
from zone_service.store.engine import open_store


def test_every_answer_is_held_against_what_was_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The loggers of this process are those of other tests, too; and an hour of it is quickly over.
    monkeypatch.setattr(logs, "configure", lambda _level: None)
    for module in ("history", "history_fleet", "history_asking"):
        monkeypatch.setattr(f"bench.{module}.HOUR_S", 150)
    monkeypatch.setattr("bench.history.FILE_ROWS", 240)
    status = history.main(
        ["--json", "--devices", "3", "--rows", "1200", "--asks", "5", "--end-devices", "4"]
    )
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert (status, told["wrong"], told["rows"]) == (0, 0, 1200)
    assert told["files"] == 4
    assert "hour 3 of 3: 0.0 M rows" in said.err
    assert told["last_90_s"]["ms_p99"] > 0
    assert told["earlier_day"]["rows"] == 400
    assert told["area_ten_minutes"]["rows"] > 0
    assert told["journal_end"]["messages"] == 240
    assert told["journal_end"]["ms_p99"] > 0
    assert told["journal_end"]["area"]["rows"] > 0
    assert 0 < told["bytes_a_row"] < 100


def test_a_wrong_answer_is_noticed(sqlite_template: Path, tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{sqlite_template}")) as store:
        asking = Asking(History(store, tmp_path), Drive(2, 10))
        asking.last(2, 10)
        asking.areas(1, 10)
        assert asking.wrong() == 3
        assert asking.wrong() == 0


def test_more_than_the_disk_has_room_for_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(history.NoRoom, match=r"100000000 rows take up to 2\.0 GB"):
        history.require_room(tmp_path, 100_000_000)


def test_an_hour_of_a_drive_is_the_same_whenever_it_is_made() -> None:
    first, again = Drive(2, 7300).hour(2), Drive(2, 7300).hour(2)
    assert (first.seconds, first.table(0, 100).equals(again.table(0, 100))) == (100, True)
    assert not first.table(0, 100).equals(Drive(2, 7300).hour(1).table(0, 100))
