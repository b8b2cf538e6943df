"""The demonstration: from nothing to the five breaches of its script, and a clean end."""

import json
import signal
import time
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
