"""The walls between the rooms stand: a planted violation is caught, and the real code passes."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("geofence", "permits", "telemetry", "maps", "simulators", "zone_service")
BIN = Path(sys.executable).parent


@pytest.fixture
def copy_of_the_rooms(tmp_path: Path) -> Path:
    """A copy of every room's Python files beside the project's configuration."""
    for room in ROOMS:
        shutil.copytree(
            ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("web", "__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / "lint-imports"), "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": str(BIN)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_rooms_keep_their_contracts(copy_of_the_rooms: Path) -> None:
    linted = lint_imports(copy_of_the_rooms)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize(
    ("file", "planted", "contract"),
    [
        ("geofence/zone.py", "import permits", "do not know each other"),
        ("permits/__init__.py", "import telemetry.report", "do not know each other"),
        ("telemetry/report.py", "import geofence.zone", "do not know each other"),
        ("geofence/zone.py", "import time", "geofence is pure"),
        ("permits/__init__.py", "import numpy", "standard library only"),
        ("telemetry/report.py", "import paho.mqtt.client", "decoding and tracking are pure"),
        ("zone_service/announcer.py", "import paho.mqtt.client", "speaks MQTT through paho"),
        ("maps/__init__.py", "import zone_service.settings", "never the other way round"),
        ("simulators/__init__.py", "import zone_service.store", "never the other way round"),
        ("zone_service/pipeline.py", "import sqlmodel", "without I/O"),
        ("zone_service/conduct.py", "import time", "without I/O"),
        ("zone_service/memory.py", "import asyncio", "without I/O"),
        ("zone_service/live.py", "import zone_service.store.tables", "tables stay in the store"),
        ("zone_service/worker.py", "import simulators.fleet", "only the demonstration"),
        ("geofence/zone.py", "import geofence.step", "in a circle"),
        ("simulators/fleet.py", "import geofence.zone", "the wire and the map alone"),
        ("simulators/wire.py", "import telemetry.track", "the wire and the map alone"),
    ],
)
def test_a_planted_import_breaks_its_contract(
    copy_of_the_rooms: Path, file: str, planted: str, contract: str
) -> None:
    with (copy_of_the_rooms / file).open("a") as module:
        module.write(f"\n\ndef planted() -> None:\n    {planted}\n")
    assert_broken(copy_of_the_rooms, contract)


def assert_broken(folder: Path, contract: str) -> None:
    linted = lint_imports(folder)
    assert linted.returncode == 1
    broken = [line for line in linted.stdout.splitlines() if " BROKEN" in line]
    assert any(contract in line for line in broken), linted.stdout


def test_an_import_for_type_checking_breaks_its_contract(copy_of_the_rooms: Path) -> None:
    with (copy_of_the_rooms / "permits" / "terms.py").open("a") as module:
        module.write(
            "\n\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import shapely\n"
        )
    assert_broken(copy_of_the_rooms, "standard library only")


def test_an_import_through_another_room_breaks_its_contract(copy_of_the_rooms: Path) -> None:
    """``permits`` does not say ``telemetry``, and what does is not ``permits``."""
    (copy_of_the_rooms / "maps" / "between.py").write_text('"""Between."""\n\nimport telemetry\n')
    with (copy_of_the_rooms / "permits" / "permit.py").open("a") as module:
        module.write("\n\ndef planted() -> None:\n    import maps.between\n")
    assert_broken(copy_of_the_rooms, "do not know each other")


@pytest.mark.parametrize(
    "planted",
    [
        "from datetime import datetime, timezone\nNOW = datetime.now(timezone.utc)\n",
        "import time as t\nNOW = t.time()\n",
        "import random\n",
        "from uuid import uuid4\n",
        "from importlib import import_module\n",
    ],
)
@pytest.mark.parametrize(
    "file",
    [
        "geofence/planted.py",
        "permits/planted.py",
        "telemetry/planted.py",
        "zone_service/pipeline.py",
        "zone_service/conduct.py",
    ],
)
def test_a_clock_or_chance_in_what_is_pure_is_caught(
    tmp_path: Path, file: str, planted: str
) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / file).parent.mkdir()
    (tmp_path / file).write_text('"""Planted."""\n\n' + planted)
    linted = subprocess.run(
        [str(BIN / "ruff"), "check", "--no-cache", "--select", "TID251", file],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "TID251" in linted.stdout


def test_whatever_the_judgement_of_a_batch_asks_is_held_to_do_no_io() -> None:
    """But for the values that the store is given: they are nobody's tables."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    (held,) = (each for each in contracts if each["name"] == "a batch is judged without I/O")
    graph = grimp.build_graph("zone_service", cache_dir=None)
    asked = {
        name
        for judging in ("zone_service.guarded", "zone_service.adoption", "zone_service.foretelling")
        for name in graph.find_upstream_modules(judging)
        if name.startswith("zone_service.") and not name.startswith("zone_service.store.")
    }
    assert sorted(asked - {*held["source_modules"]}) == []
    assert "zone_service.pipeline" in asked


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_imported_from_the_project_and_not_from_a_namesake(room: str) -> None:
    """The folder names are common words: another distribution might ship one of them."""
    where = subprocess.run(
        [sys.executable, "-P", "-c", f"import {room}; print({room}.__file__)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert Path(where).resolve().is_relative_to(ROOT)
