"""A server that is not installed is never passed over in silence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

WANTS_A_BROWSER = """
import tests.servers
tests.servers.CHROMIUM_NAMES = ("no-such-browser",)

def test_that_wants_a_browser(chromium_path):
    assert False
"""
WANTS_RECORDINGS = """
from tests.servers import no_recordings

def test_that_wants_recordings():
    no_recordings()
"""
WANTS_A_SMALL_DISK = """
import os, subprocess
from tests.servers import small_disk

REFUSED = subprocess.CompletedProcess([], 32)

def test_that_wants_a_small_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_named: REFUSED)
    monkeypatch.setattr(os, "geteuid", lambda: {user})
    with small_disk(tmp_path, 1):
        assert False
"""
AS_ROOT, AS_SOMEBODY = (WANTS_A_SMALL_DISK.format(user=user) for user in (0, 1000))
ROOT = Path(__file__).parents[2]


def outcome(
    tmp_path: Path, *more: str, ci: bool, wants: tuple[str, ...] = (WANTS_A_BROWSER,)
) -> tuple[int, str]:
    for number, test in enumerate(wants):
        (tmp_path / f"test_{number}.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-p", "tests.servers", "-c", os.devnull]
    env = {**os.environ, "CI": "true" if ci else "", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [*command, *more, "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        env=env,
        cwd=tmp_path,
        check=False,
    )
    return ran.returncode, ran.stdout


@pytest.mark.parametrize("processes", [(), ("-n", "1")], ids=["one process", "as make test"])
def test_its_tests_are_skipped_and_one_line_at_the_end_says_so(
    tmp_path: Path, processes: tuple[str, ...]
) -> None:
    status, said = outcome(tmp_path, *processes, ci=False)
    assert status == 0
    assert said.count("NOT TESTED against Chromium: run `make servers`") == 1


def test_on_ci_it_is_a_failure(tmp_path: Path) -> None:
    status, said = outcome(tmp_path, ci=True)
    assert status == 1
    assert "Chromium is not installed and CI=true" in said


def test_recordings_are_told_in_the_same_line_and_are_no_failure_on_ci(tmp_path: Path) -> None:
    wants = (WANTS_A_BROWSER, WANTS_RECORDINGS)
    status, said = outcome(tmp_path, ci=False, wants=wants)
    assert status == 0
    assert said.count("NOT TESTED") == 1
    assert "NOT TESTED against Chromium, recordings of real units: run `make servers`; the" in said
    (tmp_path / "test_0.py").unlink()
    status, said = outcome(tmp_path, ci=True, wants=(WANTS_RECORDINGS,))
    assert status == 0
    assert said.count("NOT TESTED against recordings of real units: they are optional") == 1


def test_a_mount_that_root_is_refused_is_a_failure_on_ci_and_loud_elsewhere(
    tmp_path: Path,
) -> None:
    status, said = outcome(tmp_path, ci=False, wants=(AS_ROOT,))
    assert status == 0
    assert said.count("NOT TESTED against a full disk: let root mount") == 1
    status, said = outcome(tmp_path, ci=True, wants=(AS_ROOT,))
    assert status == 1
    assert "a full disk is not installed and CI=true: let root mount" in said


def test_who_is_not_root_skips_the_full_disk_loudly_on_ci_too(tmp_path: Path) -> None:
    status, said = outcome(tmp_path, ci=True, wants=(AS_SOMEBODY,))
    assert status == 0
    assert said.count("NOT TESTED against a full disk: run the tests as root") == 1
