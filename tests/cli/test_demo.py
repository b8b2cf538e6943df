"""The demonstration: from nothing to the five breaches of its script, and a clean end."""

import json
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Shell

pytestmark = [pytest.mark.journey, pytest.mark.timeout("180")]


@pytest.mark.requirement("A43-2", "A44-3")
def test_it_reports_what_was_scripted_and_nothing_else(shell: Shell) -> None:
    report = shell.folder / "report.json"
    shown = shell.zone("demo", "--seconds", "42", "--headless", "--report", str(report))
    assert shown.returncode == 0, shown.stdout + shown.stderr
    summary = json.loads(report.read_text())
    assert {each["code"] for each in summary["violations"]} == {
        "OUTSIDE_TIME_WINDOW",
        "KEEP_OUT_BREACH",
        "ALTITUDE_OVER_LIMIT",
        "AUTO_OUTSIDE_AUTHORISED",
        "TELEMETRY_SILENCE",
    }
    assert "JT/T 808 x" in summary["recordings"]
    messages = summary["messages"]
    assert messages["published"] > 1000
    assert messages["committed"] == messages["published"]
    assert messages["refused"] == {}
    assert summary["latency_ms"]["p50"] is not None
    assert (summary["missing"], summary["unscripted"]) == ([], [])


def test_the_environments_database_is_left_alone(shell: Shell) -> None:
    url = f"sqlite:///{shell.folder / 'theirs.sqlite'}"
    assert shell.zone("db", "upgrade", ZONE_STORE_URL=url).returncode == 0
    before = rows(shell.folder / "theirs.sqlite")
    words = ("--seconds", "1", "--headless", "--data-dir", str(shell.folder / "own"))
    shown = shell.zone("demo", *words, ZONE_STORE_URL=url, ZONE_MQTT_HOST="192.0.2.1")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert rows(shell.folder / "theirs.sqlite") == before
    own = rows(shell.folder / "own" / "zone.sqlite")
    assert own["account"] > before["account"] == 0
    assert own["zone"] > before["zone"] == 0


def rows(file: Path) -> dict[str, int]:
    """How many rows each table of a database has."""
    with closing(sqlite3.connect(file)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for (name,) in tables
        }


def test_data_that_is_there_already_is_refused_with_one_line_of_advice(shell: Shell) -> None:
    theirs = shell.folder / "theirs"
    theirs.mkdir()
    (theirs / "zone.sqlite").write_bytes(b"somebody's")
    refused = shell.zone("demo", "--headless", "--data-dir", str(theirs))
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert line.startswith(f"error: {theirs} is not empty: ")
    assert "choose a new directory with --data-dir" in line
    assert {each.name: each.read_bytes() for each in theirs.iterdir()} == {
        "zone.sqlite": b"somebody's"
    }


def test_it_ends_cleanly_when_it_is_interrupted(shell: Shell) -> None:
    running = shell.start("demo", "--headless")
    wait_for(shell.folder / "log", "Ctrl-C ends it")
    time.sleep(2)
    running.send_signal(signal.SIGINT)
    assert running.wait(30) == 0
    assert "messages published" in (shell.folder / "log").read_text()
    assert "Traceback" not in (shell.folder / "log").read_text()


def wait_for(log: Path, words: str) -> None:
    deadline = time.monotonic() + 60
    while not (log.exists() and words in log.read_text()):
        assert time.monotonic() < deadline, f"{words!r} was not said"
        time.sleep(0.1)
