"""The demonstration when what it looks at goes away: it comes back to it, or says so in a line."""

import asyncio
import os
import signal
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Shell
from tests.cli.test_demo import child_of, wait_for
from tests.web_service.site import change, commit
from zone_service import demo_watch
from zone_service.broker import free_port
from zone_service.demo_watch import Follower
from zone_service.store.engine import open_store

pytestmark = [pytest.mark.journey, pytest.mark.timeout("120")]


def test_a_web_process_that_is_killed_costs_no_breach_though_one_comes_and_goes_meanwhile(
    shell: Shell,
) -> None:
    log, database = shell.folder / "log", shell.folder / "own" / "zone.sqlite"
    running = shell.start("demo", "--headless", "--data-dir", str(shell.folder / "own"))
    try:
        wait_for(log, "\nOUTSIDE_TIME_WINDOW Car outside its hours (car-jinqiao-9)")
        killed = child_of(running, "web")
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        come_and_gone(database)
        wait_for(log, "\nOVERSPEED ")
        assert child_of(running, "web") not in {None, killed}
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(30)
    said = log.read_text()
    assert "The live feed is interrupted and sought again: " in said
    assert "messages published" in said
    assert "Traceback" not in said
    assert said.count("\nOUTSIDE_TIME_WINDOW ") == 1, said
    assert said.count("\nOVERSPEED ") == 1, said


def come_and_gone(database: Path) -> None:
    """A breach that opens and closes at once, while nobody is told."""
    with closing(open_store(f"sqlite:///{database}")) as store:
        opened = change("car-lingang-9", code="OVERSPEED", zone_id=None)
        commit(store, opened)
        commit(store, replace(opened, closed_at=opened.updated_at))


def test_a_feed_that_stays_away_is_an_error_of_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_watch, "GIVE_UP_AFTER_S", 1.0)
    monkeypatch.setattr(demo_watch, "RETRY_EVERY_S", 0.05)
    told: list[Any] = []
    said: list[str] = []
    follower = Follower(f"http://127.0.0.1:{free_port()}", told.append, said.append)
    with pytest.raises(ConnectionError, match="the live feed is gone for") as gone:
        asyncio.run(follower.follow())
    assert "\n" not in str(gone.value)
    assert (told, len(said)) == ([], 1), "the interruption is said once"


def test_a_report_that_could_not_be_written_is_refused_before_the_play(shell: Shell) -> None:
    refused = shell.zone("demo", "--headless", "--seconds", "1", "--report", "/nonexistent/x.json")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr == (
        "error: /nonexistent/x.json cannot be written: there is no folder /nonexistent\n"
    )
