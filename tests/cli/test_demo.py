"""The demonstration: from nothing to the five breaches of its script, and a clean end."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.conftest import Shell
from tests.cli.test_whole_platform import is_called

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.journey, pytest.mark.timeout("180")]


BREACHES = {
    # code, device, zone
    ("OUTSIDE_TIME_WINDOW", "car-jinqiao-9", None),
    ("KEEP_OUT_BREACH", "uav-pudong-9", "apt-zspd-inner"),
    ("ALTITUDE_OVER_LIMIT", "uav-lingang-9", None),
    ("AUTO_OUTSIDE_AUTHORISED", "car-lingang-9", "seg-lingang-shengang"),
    ("TELEMETRY_SILENCE", "uav-lingang-8", None),
}
SILENCE = "TELEMETRY_SILENCE"


@pytest.mark.requirement("A43-2", "A44-3")
def test_it_reports_what_was_scripted_and_nothing_else_and_leaves_what_is_there_alone(
    shell: Shell,
) -> None:
    report, theirs, own = (shell.folder / name for name in ("report.json", "theirs.sqlite", "own"))
    elsewhere = {"ZONE_STORE_URL": f"sqlite:///{theirs}", "ZONE_MQTT_HOST": "192.0.2.1"}
    assert shell.zone("db", "upgrade", **elsewhere).returncode == 0
    before = rows(theirs)
    words = ("--seconds", "46", "--headless", "--report", str(report), "--data-dir", str(own))
    shown = shell.zone("demo", *words, **elsewhere)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert rows(theirs) == before
    for table in ("account", "zone"):
        assert rows(own / "zone.sqlite")[table] > before[table] == 0
    summary = json.loads(report.read_text())
    counts(summary["messages"])
    found = summary["violations"]
    assert len(found) == len(BREACHES)
    assert {(each["code"], each["device"], each["zone"]) for each in found} == BREACHES
    for each in found:
        violation(each)
        assert re.search(rf"^{each['code']} .*\({each['device']}\)", shown.stdout, re.MULTILINE)
    latencies = sorted(each["latency_ms"] for each in found if each["code"] != SILENCE)
    assert summary["latency_ms"]["p50"] in latencies
    assert summary["latency_ms"]["p99"] == latencies[-1]
    assert "JT/T 808 x" in summary["recordings"]
    assert summary["seconds"] >= 46
    assert (summary["missing"], summary["unscripted"], summary["passed"]) == ([], [], True)
    assert "live map" not in shown.stdout
    assert "sign in as police with demo-police-1 (police)" in shown.stdout


def counts(messages: dict[str, Any]) -> None:
    """Everything that was published came in and was committed, and nothing was refused."""
    assert set(messages) == {"published", "received", "committed", "refused", "unaccounted"}
    assert messages["unaccounted"] == 0
    assert messages["published"] > 1000
    # What a broker sends again, for want of an acknowledgement, is received once more.
    assert messages["received"] >= messages["committed"] == messages["published"]
    assert messages["refused"] == {}


def violation(found: dict[str, Any]) -> None:
    """It says when it opened, when it closed, and how soon the message that showed it was told."""
    assert 0 < found["after_ready_s"] <= 60
    opened = datetime.fromisoformat(found["opened"])
    if found["code"] == SILENCE:
        assert found["latency_ms"] is None
        assert datetime.fromisoformat(found["closed"]) > opened
    else:
        assert found["latency_ms"] > 0
        assert found["closed"] is None


OTHERWISE = """
from dataclasses import replace
from simulators.scenario import ExpectedBreach
from zone_service import demo

scenario, build_city = demo.demo_scenario(), demo.build_city
NEVER = ExpectedBreach("OVERSPEED", "usv-dishui-2", None, 0.5)

def as_jt808(device):
    boat = device.device_id == "usv-dishui-1"
    return replace(device, codec="jt808", wire_id="13900000777") if boat else device

def build(store, scenario, at):
    devices = tuple(as_jt808(device) for device in scenario.devices)
    return build_city(store, replace(scenario, devices=devices), at)

def play(*, expected):
    demo.demo_scenario = lambda: replace(scenario, expected=expected)
    demo.build_city = build

play(expected={expected})
from zone_service.cli import main
main()
"""
"""The demonstration with another script, and a boat whose format is not the registered one."""


def played(shell: Shell, expected: str, broker: str) -> tuple[int, dict[str, Any]]:
    report = shell.folder / "report.json"
    program = OTHERWISE.replace("{expected}", expected)
    words = ("demo", "--broker", broker, "--seconds", "4", "--headless", "--report", str(report))
    ended = subprocess.run(
        [sys.executable, "-P", "-c", program, *words],
        cwd=shell.folder,
        env=shell.environment,
        timeout=100,
        check=False,
        capture_output=True,
        text=True,
    )
    assert report.exists(), ended.stderr
    return ended.returncode, json.loads(report.read_text())


def test_a_scripted_breach_that_is_not_reported_is_status_1_and_refusals_are_counted_by_reason(
    shell: Shell,
) -> None:
    status, summary = played(shell, "(*scenario.expected, NEVER)", "nats")
    assert status == 1
    assert summary["missing"] == ["OVERSPEED of usv-dishui-2"]
    assert summary["unscripted"] == []
    messages = summary["messages"]
    # One in 256 has the right sum by chance, and is malformed then.
    assert set(messages["refused"]) - {"malformed"} == {"bad_checksum"}
    assert messages["received"] == messages["published"] > messages["refused"]["bad_checksum"] > 0


def test_a_breach_that_nobody_scripted_is_status_1_on_mosquitto_too(
    shell: Shell, mosquitto_broker: object
) -> None:
    assert mosquitto_broker, "found, so the demonstration's own will start too"
    status, summary = played(shell, "()", "mosquitto")
    assert status == 1
    assert summary["missing"] == []
    assert summary["unscripted"] == ["OUTSIDE_TIME_WINDOW of car-jinqiao-9"]


ELSEWHERE = """
from dataclasses import replace
from simulators import player
from zone_service.cli import main

told = player.message

def misled(report, codec, wire_id):
    said = told(report, codec, wire_id)
    boat = report.device_id == "usv-dishui-1"
    return replace(said, topic="zone/up/usv-dishui-2/tele") if boat else said

player.message = misled
main()
"""
"""A boat that speaks as another: nats-server lets nothing of it through, and says PUBACK."""


def test_messages_that_never_arrived_are_named_and_status_1(shell: Shell) -> None:
    report = shell.folder / "report.json"
    words = ("demo", "--seconds", "4", "--headless", "--report", str(report))
    ended = subprocess.run(
        [sys.executable, "-P", "-c", ELSEWHERE, *words],
        cwd=shell.folder,
        env=shell.environment,
        timeout=100,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1, ended.stderr
    summary = json.loads(report.read_text())
    lost = summary["messages"]["unaccounted"]
    assert lost == summary["messages"]["refused"]["forbidden_topic"] >= 4
    assert f"published and not committed: {lost} messages" in ended.stdout
    assert (summary["missing"], summary["unscripted"], summary["passed"]) == ([], [], False)


def test_a_worker_that_dies_in_the_midst_costs_no_message_and_no_count(shell: Shell) -> None:
    report, log = shell.folder / "report.json", shell.folder / "log"
    running = shell.start("demo", "--headless", "--seconds", "14", "--report", str(report))
    wait_for(log, "\nOUTSIDE_TIME_WINDOW Car outside its hours (car-jinqiao-9)")
    killed = child_of(running, "worker")
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert running.wait(60) == 0, log.read_text() + report.read_text()
    messages = json.loads(report.read_text())["messages"]
    assert messages["published"] > 500
    assert (messages["committed"], messages["unaccounted"]) == (messages["published"], 0)
    assert messages["received"] > messages["committed"] / 2


def child_of(running: "subprocess.Popen[bytes]", name: str) -> int | None:
    """One of a demonstration's processes, ``None`` while there is none."""
    for children in Path(f"/proc/{running.pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            for pid in map(int, children.read_text().split()):
                if is_called(pid, name):
                    return pid
    return None


@pytest.mark.parametrize(("given", "asked"), [({}, "0"), ({"DEMO_SECONDS": "7"}, "7")])
def test_make_demo_ends_after_demo_seconds_or_never(given: dict[str, str], asked: str) -> None:
    known = {key: value for key, value in os.environ.items() if key != "DEMO_SECONDS"}
    would = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "demo"],
        cwd=ROOT,
        env=known | given,
        check=True,
        capture_output=True,
        text=True,
    )
    assert would.stdout.splitlines()[-1].endswith(f"bin/zone demo --seconds {asked}")


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


def test_it_shows_the_page_and_each_breach_and_ends_cleanly_when_it_is_interrupted(
    shell: Shell,
) -> None:
    log = shell.folder / "log"
    running = shell.start("demo")
    wait_for(log, "Ctrl-C ends it")
    port = shell.environment["ZONE_WEB_PORT"]
    assert f"The live map: http://127.0.0.1:{port}/\n" in log.read_text()
    assert httpx.get(f"http://127.0.0.1:{port}/").status_code == httpx.codes.OK
    assert "sign in as police with demo-police-1 (police)" in log.read_text()
    assert "These accounts are the demonstration's own." in log.read_text()
    wait_for(log, "\nOUTSIDE_TIME_WINDOW Car outside its hours (car-jinqiao-9)")
    assert running.poll() is None
    # As a terminal does: to the command and to all that it has started.
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(30) == 0
    assert "messages published" in log.read_text()
    assert "Traceback" not in log.read_text()
    assert '"level": "error"' not in log.read_text()


def wait_for(log: Path, words: str) -> None:
    deadline = time.monotonic() + 60
    while not (log.exists() and words in log.read_text()):
        assert time.monotonic() < deadline, f"{words!r} was not said"
        time.sleep(0.1)
