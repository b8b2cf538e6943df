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
ROOT = Path(__file__).parents[2]


def outcome(tmp_path: Path, *more: str, ci: bool) -> tuple[int, str]:
    (tmp_path / "test_browser.py").write_text(WANTS_A_BROWSER)
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
