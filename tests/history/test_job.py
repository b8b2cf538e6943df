"""The compaction as a job of the platform, and as a command."""

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from permits.keeping_rules import KeptFor
from tests.history.journal import NOON_S, Place, told
from zone_service.clock import now
from zone_service.commands import app
from zone_service.kept_child import Program
from zone_service.kept_job import Job
from zone_service.room import Room
from zone_service.store import audit
from zone_service.store.records import PLATFORM


class Pretended(Program):
    """A program that ends when the test says so."""

    def __init__(self) -> None:
        super().__init__([], {})
        self.launched = 0
        self.runs = False

    def launch(self) -> None:
        self.launched += 1
        self.runs = True

    def alive(self) -> bool:
        return self.runs

    @property
    def status(self) -> int | None:
        return None if self.runs else 3


def test_a_job_is_begun_now_and_then_and_never_beside_itself() -> None:
    program = Pretended()
    job = Job("history", program, 60.0, 1000.0)
    for now_s, launched in ((1000.0, 0), (1059.9, 0), (1060.0, 1), (1200.0, 1)):
        job.tend(now_s)
        assert program.launched == launched, now_s
    program.runs = False
    for now_s, launched in ((1201.0, 2), (1250.0, 2)):
        job.tend(now_s)
        assert program.launched == launched, now_s
    program.runs = False
    job.tend(1251.0)
    assert program.launched == 2


def halves(*_: object) -> Iterator[bytes]:
    yield b"half"
    raise OSError(28, "No space left on device")


def test_it_is_typed_and_what_it_took_is_given_out(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.journal(told(seq=1), told("car-2", seq=2, after_s=1.0))
    monkeypatch.setenv("ZONE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ZONE_STORE_URL", place.store.url.render_as_string())
    monkeypatch.setattr("zone_service.commands.histories.stand_back", lambda: None)
    compacted = CliRunner().invoke(app, ["history", "compact", "--everything"])
    assert (
        compacted.stdout == "1 segments of 2 reports, 2 files; 0 removed; 0 days matched to roads\n"
    )
    assert CliRunner().invoke(app, ["history", "compact", "--quiet"]).stdout == ""
    whole = CliRunner().invoke(app, ["history", "verify"])
    assert whole.stdout == "2 files, each as it was written\n"
    (raw,) = (tmp_path / "history" / "raw").rglob("*.parquet")
    raw.write_bytes(raw.read_bytes()[::-1])
    other = CliRunner().invoke(app, ["history", "verify", "--chinese"])
    assert (other.exit_code, other.stdout) == (1, "raw/2026-05-04/12-1-1.parquet 缺失或已被改动\n")
    window = ["history", "export", "2026-05-04T12:00Z", "2026-05-04T13:00Z"]
    given = CliRunner().invoke(app, [*window, "--device", "car-2"])
    assert [each["seq"] for each in csv.DictReader(StringIO(given.stdout))] == ["2"]
    assert given.stderr == "1 reports\n"
    CliRunner().invoke(app, [*window, "--precision", "public", "--purpose", "a talk"])
    with place.store.read() as session:
        read = [each for each in audit.entries(session, PLATFORM) if each.action == "history.read"]
    assert [(each.actor, each.subject, each.reason) for each in read] == [
        (PLATFORM.username, "car-2", "exact"), (PLATFORM.username, "all devices", "public: a talk"),
    ]  # fmt: skip
    file = tmp_path / "told.gpx"
    put = CliRunner().invoke(app, [*window, "--format", "gpx", "--output", str(file)])
    assert put.exit_code == 0
    assert file.stat().st_mode & 0o077 == 0
    assert file.read_bytes().count(b"<trkpt") == 2
    again = CliRunner().invoke(app, [*window, "--output", str(file)])
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    monkeypatch.setattr("zone_service.history.formats.written", halves)
    assert CliRunner().invoke(app, [*window, "--output", str(tmp_path / "half")]).exit_code == 1
    assert not [each for each in tmp_path.iterdir() if "half" in each.name or each.name[0] == "."]


@pytest.mark.requirement("D4e-18")
def test_where_no_file_can_be_written_others_make_room_all_the_same(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.journal(told(seq=1))
    monkeypatch.setenv("ZONE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ZONE_STORE_URL", place.store.url.render_as_string())
    monkeypatch.setattr("zone_service.commands.histories.stand_back", lambda: None)
    monkeypatch.setattr("zone_service.history.removing.room_of", lambda _: Room(0, 10**9))
    days = str((now().timestamp() - NOON_S) / 86_400 - 1)
    assert CliRunner().invoke(app, ["history", "compact", "--everything"]).exit_code == 0
    monkeypatch.setattr("zone_service.history.removing.keeping_rules", lambda _: KeptFor(0, 0))
    monkeypatch.setenv("ZONE_HISTORY_RAW_DAYS", days)
    place.journal(told(seq=2, after_s=7200.0))
    monkeypatch.setattr("zone_service.history.compaction.write_reports", halves_of_a_file)
    full = CliRunner().invoke(app, ["history", "compact", "--everything"])
    assert isinstance(full.exception, OSError), full.output
    assert list((tmp_path / "history").rglob("12-*.parquet")) == []


def halves_of_a_file(*_: object) -> None:
    raise OSError(28, "No space left on device")
