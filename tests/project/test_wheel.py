"""What is installed is everything the platform needs, and nothing else."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {"zone_service", "telemetry", "geofence", "permits", "simulators", "maps"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a wheel built from the tree as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize(
    "name",
    [
        "permits/rulesets/shanghai-default.toml",
        "permits/rulesets/demonstration.toml",
        "permits/rulesets/past/shanghai-default@2026.11.toml",
        "maps/surfaces/obstacle-limitation.toml",
        "maps/demo/zones.geojson",
        "maps/demo/backdrop.geojson",
        "simulators/recordings/jt808_0200_hex.txt",
        "zone_service/store/migrations/env.py",
        "zone_service/web/index.html",
        "zone_service/web/i18n/zh-CN.json",
        "zone_service/web/vendor/maplibre-gl/maplibre-gl.mjs",
        "zone_service/web/vendor/maplibre-gl/LICENSE.txt",
    ],
)
def test_the_wheel_holds_what_the_platform_reads_at_run_time(wheel: set[str], name: str) -> None:
    assert name in wheel


def test_the_wheel_ships_the_rooms_and_neither_tests_nor_build_tools(wheel: set[str]) -> None:
    folders = {name.partition("/")[0] for name in wheel if ".dist-info/" not in name}
    assert folders == ROOMS
    assert not any("node_modules" in name for name in wheel)


def test_lock_files_name_no_address() -> None:
    """They carry names, versions and hashes; where from is each machine's own affair."""
    locked = (ROOT / "requirements.txt").read_text()
    assert not re.search(r"://|index-url|find-links", locked)
    page = json.loads((ROOT / "zone_service/web/package-lock.json").read_text())
    for name, package in page["packages"].items():
        assert "resolved" not in package, name
        # Whom to thank is an address of a person, not of where a package comes from.
        assert "://" not in json.dumps({**package, "funding": None}), name
    assert locked.count("--hash=sha256:") > locked.count("==")
