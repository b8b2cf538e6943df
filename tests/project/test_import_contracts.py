"""The walls between the rooms stand: a planted violation is caught, and the real code passes."""

import re
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


def copied(folder: Path) -> Path:
    """Put a copy of every room's Python files beside the project's configuration."""
    for room in ROOMS:
        shutil.copytree(
            ROOT / room, folder / room, ignore=shutil.ignore_patterns("web", "__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture
def copy_of_the_rooms(tmp_path: Path) -> Path:
    return copied(tmp_path)


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


CIRCLES = "siblings do not depend on each other in a circle"
PLANTED = (
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
    ("simulators/fleet.py", "import geofence.zone", "the wire and the map alone"),
    ("simulators/wire.py", "import telemetry.track", "the wire and the map alone"),
    ("telemetry/codecs/dji.py", "import pyais", "read with libraries"),
    ("zone_service/worker.py", "import pyarrow", "reads and writes columns"),
    ("zone_service/parts.py", "import typer", "loads no command"),
)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is said of each contract once all of them stand in one copy, by the contract's name."""
    folder = copied(tmp_path_factory.mktemp("planted"))
    for file, planted, _ in (*PLANTED, ("geofence/zone.py", "import geofence.step", CIRCLES)):
        with (folder / file).open("a") as module:
            module.write(f"\n\ndef planted() -> None:\n    {planted}\n")
    linted = lint_imports(folder)
    assert linted.returncode == 1
    _, _, told = linted.stdout.partition("Broken contracts")
    # Each name stands in a line of its own, underlined.
    _, *parts = re.split(r"^(\w.+)\n-+\n", told, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize(("file", "planted", "contract"), PLANTED)
def test_a_planted_import_breaks_its_contract(
    broken: dict[str, str], file: str, planted: str, contract: str
) -> None:
    (told,) = (text for name, text in broken.items() if contract in name)
    importer = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    library, _, _ = planted.removeprefix("import ").partition(".")
    assert re.search(rf"^- +{importer} -> {library}\b", told, re.MULTILINE), told


def test_a_planted_circle_breaks_its_contract(broken: dict[str, str]) -> None:
    assert "No cycles are allowed in geofence." in broken[CIRCLES]


def test_of_each_contract_it_is_known_that_it_can_be_broken() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    names = {each["name"] for each in project["tool"]["importlinter"]["contracts"]}
    tried = {name for name in names for _, _, words in PLANTED if words in name}
    assert names - tried == {CIRCLES}


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


PURE = (
    "geofence/planted.py",
    "permits/planted.py",
    "telemetry/planted.py",
    "zone_service/pipeline.py",
    "zone_service/conduct.py",
)
CLOCKS_AND_CHANCE = (
    "from datetime import datetime, timezone; NOW = datetime.now(timezone.utc)",
    "import time as t; NOW = t.time()",
    "import time; NOW = time.time_ns()",
    "from time import monotonic",
    "from time import perf_counter",
    "import random",
    "import numpy as np; CHANCE = np.random.default_rng()",
    "from numpy.random import default_rng",
    "import secrets",
    "import os; CHANCE = os.urandom(8)",
    "from uuid import uuid4",
    "from importlib import import_module",
)
"""Each stands in a line of its own."""


@pytest.fixture(scope="module")
def caught(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What ruff says of files that hold all of them."""
    folder = tmp_path_factory.mktemp("planted")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for file in PURE:
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text("\n".join(CLOCKS_AND_CHANCE) + "\n")
    linted = subprocess.run(
        [
            str(BIN / "ruff"),
            "check",
            "--no-cache",
            "--select",
            "TID251",
            "--output-format",
            "concise",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return linted.stdout


@pytest.mark.parametrize("line", range(1, len(CLOCKS_AND_CHANCE) + 1))
@pytest.mark.parametrize("file", PURE)
def test_a_clock_or_chance_in_what_is_pure_is_caught(caught: str, file: str, line: int) -> None:
    assert any(
        said.startswith(f"{file}:{line}:") and "TID251" in said for said in caught.splitlines()
    ), CLOCKS_AND_CHANCE[line - 1]


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
