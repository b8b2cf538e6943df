"""Somebody who follows what is written, beside a platform that runs."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from tests.project.typed import typed_zone
from tests.servers import EMBEDDED, Pair
from zone_service.broker import free_port

ROOT = Path(__file__).resolve().parents[2]


def blocks(page: str) -> list[str]:
    """What a page of the project tells people to run, block by block, as commands."""
    text = (ROOT / page).read_text("utf-8")
    found = re.findall(r"^```(bash|python)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [
        f"python - <<'PYTHON'\n{block}PYTHON\n" if language == "python" else block
        for language, block in found
    ]


EXTENDED = "sh-icv-procedure=2099-12-31"
"""So that vehicles get permits: the procedure for them has run out."""


@dataclass(frozen=True)
class Newcomer:
    """Types what is written, in a folder of their own, on ports that are free."""

    folder: Path
    environment: dict[str, str]

    @contextmanager
    def hurried(self) -> Iterator["Newcomer"]:
        """Somebody for whom each command starts with its modules loaded."""
        with tempfile.TemporaryDirectory() as folder, typed_zone(Path(folder)) as first:
            path = f"{first}:{self.environment['PATH']}"
            yield replace(self, environment={**self.environment, "PATH": path})

    def types(self, *commands: str) -> str:
        """Type commands one after another, give up at the first that fails; return what is said."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join(commands)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(params=[EMBEDDED], ids=str)
def newcomer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Newcomer]:
    """A newcomer who has typed ``zone up``, with what it brings; some pages ask for another pair."""
    yield from _newcomer(request, tmp_path, {})


@pytest.fixture(params=[EMBEDDED], ids=str)
def pupil(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Newcomer]:
    """A newcomer who has typed the first command of the tutorial, which extends what ran out."""
    for each in _newcomer(request, tmp_path, {"ZONE_RULE_EXTENSIONS": EXTENDED}):
        with each.hurried() as hurried:
            yield hurried


def _newcomer(
    request: pytest.FixtureRequest, folder: Path, of_the_platform: dict[str, str]
) -> Iterator[Newcomer]:
    pair: Pair = request.param
    pair.require_broker(request)  # found, so the platform's own will start too
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("ZONE_")},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "ZONE_MQTT_PORT": str(free_port()),
        "ZONE_WEB_PORT": str(free_port()),
        "HOME": str(folder),
    }
    if pair == EMBEDDED:  # chosen by saying nothing, as whoever reads the page does
        yield from _beside_a_platform(folder, environment, of_the_platform)
        return
    with pair.database(request, folder) as url:
        environment |= {"ZONE_BROKER": pair.broker, "ZONE_STORE_URL": url}
        yield from _beside_a_platform(folder, environment, of_the_platform)


def _beside_a_platform(
    folder: Path, environment: dict[str, str], of_the_platform: dict[str, str]
) -> Iterator[Newcomer]:
    with (folder / "up.log").open("wb") as log:
        platform = subprocess.Popen(
            ["zone", "up"], cwd=folder, env=environment | of_the_platform, stdout=log, stderr=log
        )
    try:
        wait_until_ready(environment["ZONE_WEB_PORT"])
        yield Newcomer(folder, environment)
    finally:
        platform.send_signal(signal.SIGINT)
        status = platform.wait(30)
    assert status == 0, (folder / "up.log").read_text()


def wait_until_ready(port: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail("the platform was not ready within a minute")
