"""What a load test leaves behind: nothing, however it ends."""

import signal
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

from tests.cli.conftest import Shell

pytestmark = [pytest.mark.journey, pytest.mark.timeout("120")]

INTERRUPTED = 130
QUICK = ("--devices", "3", "--rate", "2", "--seconds", "1")


def registered(shell: Shell) -> list[str]:
    """The devices of that name in the register, each with how many credentials let it in."""
    return [
        f"{device} {active}"
        for device, active in asked(
            shell,
            "SELECT device_id, (SELECT count(*) FROM credential WHERE active AND "
            "credential.device_id = device.device_id) FROM device "
            "WHERE device_id LIKE 'load-%' ORDER BY 1",
        )
    ]


def asked(shell: Shell, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(shell.folder / "data" / "zone.sqlite")) as database:
        return database.execute(query).fetchall()


def test_its_devices_leave_the_register_unless_they_are_to_stay_and_nobody_elses(
    platform: Shell,
) -> None:
    assert platform.zone("device", "add", "load-00002", "--operator", "acme").returncode == 0
    kept = platform.zone("load", *QUICK, "--keep")
    assert kept.returncode == 0, kept.stderr
    assert registered(platform) == ["load-00001 0", "load-00002 0", "load-00003 0"]
    taken = platform.zone("load", *QUICK)
    assert taken.returncode == 0, taken.stderr
    assert "3 devices known, 0 to register" in taken.stdout
    assert "2 devices taken out of the register again" in taken.stdout
    assert registered(platform) == ["load-00002 0"]


@pytest.mark.parametrize("after_s", [0.0, 0.4])
def test_ctrl_c_while_it_registers_ends_it_soon_and_leaves_nothing(
    platform: Shell, after_s: float
) -> None:
    before = registered(platform)
    log = platform.folder / "log"
    mark = len(log.read_text())
    running = platform.start("load", "--devices", "3000")
    wait_for_words(platform, mark, "to register")
    time.sleep(after_s)
    running.send_signal(signal.SIGINT)
    began_s = time.monotonic()
    assert running.wait(30) == INTERRUPTED, log.read_text()[mark:]
    assert time.monotonic() - began_s < 9, "sooner than a database that is locked gives up"
    said = log.read_text()[mark:]
    assert "interrupted" in said.splitlines(), said
    assert "error: " not in said
    assert registered(platform) == before


def wait_for_words(platform: Shell, mark: int, words: str) -> None:
    deadline = time.monotonic() + 30
    while words not in (platform.folder / "log").read_text()[mark:]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_ctrl_c_while_it_publishes_ends_its_generator_too(platform: Shell) -> None:
    mark = len((platform.folder / "log").read_text())
    running = platform.start("load", "--devices", "5", "--seconds", "600")
    wait_for_words(platform, mark, "publishing")
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    assert running.wait(30) == INTERRUPTED
    assert generators(platform) == 0


def generators(platform: Shell) -> int:
    port = platform.environment["ZONE_MQTT_PORT"]
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return sum(
        "simulators.load" in line and f"--port {port}" in line for line in listed.stdout.split("\n")
    )
