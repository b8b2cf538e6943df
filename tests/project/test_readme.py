"""The first thing a newcomer reads is short and true: its commands are run as they stand."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from zone_service.broker import free_port

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```bash\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_it_is_shorter_than_600_words_and_begins_with_the_two_commands() -> None:
    assert len(README.split()) < 600
    assert BLOCKS[0].split("\n")[:2] == ["make demo", "make test"]


def test_every_file_it_points_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(links) > 5
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("target", ["demo", "test", "check", "bench", "setup", "help"])
def test_make_knows_its_commands(target: str) -> None:
    done = subprocess.run(
        ["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def newcomer(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who follows the README, on ports that are free."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "ZONE_DATA_DIR": str(tmp_path / "data"),
        "ZONE_MQTT_PORT": str(free_port()),
        "ZONE_WEB_PORT": str(free_port()),
        "HOME": str(tmp_path),
    }
    (tmp_path / "maps").symlink_to(ROOT / "maps")
    return environment


@pytest.mark.journey
@pytest.mark.timeout("180")
def test_its_commands_do_what_it_says(newcomer: dict[str, str], tmp_path: Path) -> None:
    up, *rest = BLOCKS[1:]
    assert up == "zone up &\n"
    with (tmp_path / "up.log").open("wb") as log:
        platform = subprocess.Popen(
            ["zone", "up"], cwd=tmp_path, env=newcomer, stdout=log, stderr=log
        )
    try:
        wait_until_ready(newcomer["ZONE_WEB_PORT"])
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join(rest)],
            cwd=tmp_path,
            env=newcomer,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        platform.send_signal(signal.SIGINT)
        assert platform.wait(20) == 0
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PERMIT_EXPIRED" in done.stdout
    assert '"state":"SUBMITTED"' in done.stdout


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
