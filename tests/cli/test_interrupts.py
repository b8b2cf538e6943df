"""Ctrl-C at any moment ends a command with a line, and never with a traceback."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Shell
from zone_service.interrupts import held

pytestmark = [pytest.mark.journey, pytest.mark.timeout("120")]

INTERRUPTED = 130
MOMENTS_S = (0.0, 0.05, 0.15, 0.3, 0.4, 0.6, 0.8, 1.0)
COMMANDS = {
    "up": [],
    "demo": ["--headless"],
    "watch": ["--username", "zhao", "--password", "not the right one"],
    "load": ["--devices", "5"],
}
# Moments count from where Python has started and the first thing that we do is done.
BEGIN = """
from zone_service.interrupts import leave_at_once
leave_at_once()
print("begun", flush=True)
from zone_service.cli import main
main()
"""


def interrupted(shell: Shell, command: str, after_s: float) -> tuple[int, str]:
    """Type Ctrl-C so long after a command began; return its status and what it said."""
    typed = [sys.executable, "-P", "-c", BEGIN, command, *COMMANDS[command]]
    with subprocess.Popen(
        typed,
        cwd=shell.folder,
        env=shell.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "begun\n"
        time.sleep(after_s)
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=60)
        return running.returncode, said


@pytest.mark.parametrize("command", COMMANDS)
def test_it_ends_quietly_however_early_it_is_interrupted(shell: Shell, command: str) -> None:
    for moment_s in MOMENTS_S:
        status, said = interrupted(shell, command, moment_s)
        assert "Traceback" not in said, (moment_s, said)
        if status == INTERRUPTED:
            assert said.splitlines()[-1] == "interrupted", (moment_s, said)
        elif command == "up":
            # Once it has begun to start, Ctrl-C is how it is stopped.
            assert (status, "platform_stopped" in said) == (0, True), (moment_s, said)
        else:
            # It was over before: there is no platform for it to speak with.
            assert "error: " in said, (moment_s, said)
    assert interrupted(shell, command, 0.05) == (INTERRUPTED, "interrupted\n")


@pytest.mark.parametrize("moment_s", [1.5, 2.0, 2.5, 3.0, 4.0])
def test_a_demonstration_that_is_still_starting_ends_quietly_too(
    shell: Shell, moment_s: float
) -> None:
    status, said = interrupted(shell, "demo", moment_s)
    assert "Traceback" not in said, said
    assert "error: " not in said, said
    if status == INTERRUPTED:
        assert said.splitlines()[-1] == "interrupted"
    else:
        assert (status, "messages published" in said) == (0, True), said


LOADING = """
import signal
import sys
from types import ModuleType
from zone_service.cli import main

class Loading(ModuleType):
    def __getattr__(self, name):
        signal.raise_signal(signal.SIGINT)

sys.modules["zone_service.commands"] = Loading("zone_service.commands")
main()
"""
LOST = """
import signal
import time
from collections.abc import Iterator
from zone_service import interrupts

class Ending:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)
        time.sleep(1)

with interrupts.nothing_begun():
    pass
try:
    Ending()
    time.sleep(30)
except KeyboardInterrupt:
    interrupts.leave()
"""


def run(program: str) -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, "-P", "-c", program],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return ended.returncode, ended.stderr


def test_while_the_commands_are_loaded_there_is_nothing_to_tidy_up() -> None:
    assert run(LOADING) == (INTERRUPTED, "interrupted\n")


def test_an_interrupt_inside_a_finaliser_is_not_lost() -> None:
    assert run(LOST) == (INTERRUPTED, "interrupted\n")


def test_what_was_interrupted_leaves_the_data_free_for_the_next(shell: Shell) -> None:
    interrupted(shell, "up", 0.6)
    interrupted(shell, "demo", 0.8)
    upgraded = shell.zone("db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr


@pytest.fixture
def _heard() -> Iterator[None]:
    """Hear interrupts, which whoever started the tests in the background has switched off."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_heard")
def test_what_must_be_done_whole_is_done_before_an_interrupt_is_heard() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the interrupt comes at the end
        with held():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            done.append("whole")
        done.append("never")
    assert done == ["whole"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
