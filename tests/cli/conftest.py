"""A platform that runs for the commands, and a shell to type them in."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests import warm
from zone_service.broker import free_port

Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Shell:
    """Somebody who types ``zone …`` in a directory of their own."""

    folder: Path
    environment: dict[str, str]

    def zone(self, *words: str, **environment: str) -> Done:
        return warm.run(words, self.folder, {**self.environment, **environment}, 100.0)

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(Path(sys.executable).parent / "zone"), *words],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


@pytest.fixture(scope="module")
def bare_shells(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Shell]:
    """Make shells, each with a directory and ports of its own, where nothing ever ran."""

    def opened() -> Shell:
        folder = tmp_path_factory.mktemp("shell")
        known = {key: value for key, value in os.environ.items() if not key.startswith("ZONE_")}
        ports = {"ZONE_MQTT_PORT": str(free_port()), "ZONE_WEB_PORT": str(free_port())}
        return Shell(folder, {**known, **ports, "ZONE_DATA_DIR": str(folder / "data")})

    return opened


@pytest.fixture(scope="module")
def open_shell(bare_shells: Callable[[], Shell], sqlite_template: Path) -> Callable[[], Shell]:
    """Make shells whose database has its tables, and nothing in them: to migrate takes a second."""

    def opened() -> Shell:
        shell = bare_shells()
        (shell.folder / "data").mkdir(mode=0o700)
        shutil.copy(sqlite_template, shell.folder / "data" / "zone.sqlite")
        return shell

    return opened


@pytest.fixture
def shell(open_shell: Callable[[], Shell]) -> Shell:
    """A shell on a machine where nothing runs yet."""
    return open_shell()


@pytest.fixture
def bare_shell(bare_shells: Callable[[], Shell]) -> Shell:
    """A shell on a machine where nothing ever ran."""
    return bare_shells()


@pytest.fixture(scope="module")
def platform(open_shell: Callable[[], Shell]) -> Iterator[Shell]:
    """A shell on a machine where ``zone up`` runs."""
    shell = open_shell()
    running = shell.start("up")
    deadline = time.monotonic() + 60
    while not is_ready(shell.environment["ZONE_WEB_PORT"]):
        assert time.monotonic() < deadline, (shell.folder / "log").read_text()
        time.sleep(0.2)
    shutil.copy(shell.folder / "log", shell.folder / "start.log")
    yield shell
    running.send_signal(signal.SIGINT)
    assert running.wait(20) == 0


def is_ready(port: str) -> bool:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/readyz")
    except httpx.TransportError:
        return False
    return answer.status_code == httpx.codes.OK
