"""The first thing a newcomer reads is short and true: its commands are run as they stand."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from simulators.demo_scenario import demo_scenario
from tests.project.conftest import ROOT, Newcomer, blocks
from zone_service.broker import free_port

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = blocks("README.md")


def test_it_is_shorter_than_600_words_and_begins_with_the_two_commands() -> None:
    assert len(README.split()) < 600
    assert BLOCKS[0].split("\n")[:2] == ["make demo", "make test"]


@pytest.mark.parametrize("target", ["demo", "test", "check", "bench", "setup", "help"])
def test_make_knows_its_commands(target: str) -> None:
    done = subprocess.run(
        ["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def recipe(target: str) -> list[str]:
    """What make would run for a target."""
    command = ["make", "--no-print-directory", "--dry-run", target]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return told.stdout.splitlines()


def test_the_check_runs_all_that_the_tests_run_and_more() -> None:
    tests, check = recipe("test"), recipe("check")
    assert "pytest" in tests[-1]
    assert set(check) > set(tests)
    for tool in ("ruff format --check", "ruff check", "mypy", "lint-imports", "vendor.py --check"):
        assert any(tool in line for line in check), tool


@pytest.mark.parametrize("target", ["demo", "test"])
def test_on_a_bare_machine_a_command_sets_everything_up_itself(tmp_path: Path, target: str) -> None:
    needed = ["Makefile", "requirements.txt", "pyproject.toml", "zone_service/compiling.py"]
    page = ["zone_service/web/package-lock.json", "zone_service/web/vendor.py"]
    for name in [*needed, *page, "geofence/compiled.py", "telemetry/compiled.py"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    command = ["make", "--no-print-directory", "--dry-run", target]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    steps = [
        "-m venv .venv",
        "--require-hashes -r requirements.txt",
        "--no-deps --no-build-isolation -e .",
        "zone_service/web/vendor.py",
        "-m zone_service.compiling",
        "zone demo" if target == "demo" else "-m pytest",
    ]
    assert [told.stdout.find(step) >= 0 for step in steps] == [True] * len(steps)
    assert [told.stdout.find(step) for step in steps] == sorted(map(told.stdout.find, steps))


MAKE = """#!/bin/sh
echo "CI=$CI make $*" >>"{said}"
[ "$*" != "{fails}" ]
"""


@pytest.mark.parametrize(
    ("fails", "runs"),
    [("nothing", ["servers", "check"]), ("servers", ["servers"]), ("check", ["servers", "check"])],
)
def test_a_change_is_checked_with_all_servers_or_fails(
    tmp_path: Path, fails: str, runs: list[str]
) -> None:
    said, make = tmp_path / "said", tmp_path / "make"
    make.write_text(MAKE.format(said=said, fails=fails))
    make.chmod(0o755)
    known = {key: value for key, value in os.environ.items() if key != "CI"}
    environment = {**known, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run([ROOT / ".ci" / "run"], cwd=tmp_path, env=environment, check=False)
    assert (done.returncode == 0) is (fails == "nothing")
    assert said.read_text().splitlines() == [f"CI=true make {target}" for target in runs]


@pytest.mark.journey
@pytest.mark.timeout("180")
def test_its_commands_do_what_it_says(newcomer: Newcomer) -> None:
    up, *rest = BLOCKS[1:]
    assert up == "zone up &\n"
    said = newcomer.types(*rest)
    assert "PERMIT_EXPIRED (no permit)" in said
    assert '"state":"SUBMITTED"' in said
    left = {each.name for each in newcomer.folder.iterdir()}
    assert left == {"data", "up.log"}


def test_what_it_shows_of_the_demonstration_is_what_the_demonstration_does() -> None:
    play = demo_scenario()
    breaches = {(each.code, each.device_id): each.zone_id for each in play.expected}
    shown = re.findall(r"^([A-Z_]{8,}) (.+?) \(([a-z0-9-]+)\)", README, re.MULTILINE)
    assert len(shown) == 3
    for code, label, device_id in shown:
        assert (code, device_id) in breaches
        assert play.device(device_id).label == label
    told = dict(re.findall(r'"(code|device_id|permit_number|zone_id)":"([^"]+)"', README))
    assert breaches[told["code"], told["device_id"]] == told["zone_id"]
    (number,) = (each.number for each in play.permits if told["device_id"] in each.device_ids)
    assert number == told["permit_number"]
    assert f"a simulated city of {len(play.devices)} units" in " ".join(README.split())


@pytest.mark.journey
@pytest.mark.timeout("120")
def test_its_first_command_makes_a_city_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("ZONE_")},
        "TMPDIR": str(tmp_path),
        "ZONE_MQTT_PORT": str(free_port()),
        "ZONE_WEB_PORT": str(free_port()),
    }
    done = subprocess.run(
        ["make", "--no-print-directory", "demo", "DEMO_SECONDS=1"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"http://127.0.0.1:{environment['ZONE_WEB_PORT']}/" in done.stdout
    assert re.search(r"^[0-9]+ messages published, [0-9]+ committed", done.stdout, re.MULTILINE)


def test_its_dates_are_made_by_the_shell_and_never_lie_in_the_past() -> None:
    """But for what the platform printed once, which is shown as it was."""
    assert not [block for block in BLOCKS if re.search(r"\b20[0-9]{2}-[0-9]{2}-", block)]
