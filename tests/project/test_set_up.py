"""``make setup`` tells how far it is, and what fails leaves nothing behind that looks done."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.project.conftest import ROOT

PYTHON = """#!/bin/sh
case "$*" in
    "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    *requirements.txt*) while [ ! -e may-go-on ]; do sleep 0.05; done; [ ! -e fails ] ;;
esac
"""
"""Stands for Python and pip: the packages take until somebody lets them."""
STAGES = [
    "Making the environment in .venv …",
    "Installing the packages of requirements.txt: about half a minute …",
    "Installing the platform …",
    "Fetching the page's libraries: some ten seconds …",
    "Compiling the loops that have changed: up to half a minute …",
]


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A tree in which nothing is set up, with all that the set-up looks at."""
    web = "zone_service/web"
    page = (f"{web}/package-lock.json", f"{web}/vendor.py")
    for name in (
        "Makefile",
        "requirements.txt",
        "pyproject.toml",
        "zone_service/compiling.py",
        *page,
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / web / "vendor").mkdir()
    (tmp_path / "python").write_text(PYTHON)
    (tmp_path / "python").chmod(0o755)
    return tmp_path


@pytest.fixture
def setting_up(bare: Path) -> Iterator["subprocess.Popen[str]"]:
    words = ("make", "--no-print-directory", "setup", "PYTHON=./python", "TELL_EVERY_S=0.1")
    known = {key: each for key, each in os.environ.items() if not key.startswith("MAKE")}
    with subprocess.Popen(
        words, cwd=bare, env=known, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        yield process
        (bare / "may-go-on").touch()


def until(said: IO[str] | None, wanted: str) -> list[str]:
    """Return the lines up to the first that has the words."""
    assert said is not None
    lines: list[str] = []
    for line in said:
        lines.append(line.rstrip())
        if wanted in line:
            return lines
    pytest.fail(f"{wanted!r} was not said: {lines}")


def test_each_stage_is_named_and_one_that_takes_long_says_again_and_again_that_it_goes_on(
    bare: Path, setting_up: "subprocess.Popen[str]"
) -> None:
    # On a busy machine the stage before may say so as well.
    until(setting_up.stdout, STAGES[1])
    until(setting_up.stdout, "goes on, 0 s so far")
    until(setting_up.stdout, "goes on, 1 s so far")
    assert not (bare / ".venv" / ".ready").exists()
    (bare / "may-go-on").touch()
    rest, _ = setting_up.communicate()
    assert setting_up.returncode == 0, rest
    told = [line for line in rest.splitlines() if "goes on" not in line]
    assert [line for line in told if line.endswith("…")] == STAGES[2:]
    assert sum("done in" in line for line in told) == len(STAGES) - 1
    assert (bare / ".venv" / ".ready").exists()


def test_a_stage_that_fails_ends_the_set_up_and_is_done_anew_the_next_time(
    bare: Path, setting_up: "subprocess.Popen[str]"
) -> None:
    told = until(setting_up.stdout, STAGES[1])
    assert [line for line in told if line.endswith("…")] == STAGES[:2]
    until(setting_up.stdout, "goes on")
    (bare / "fails").touch()
    (bare / "may-go-on").touch()
    rest, _ = setting_up.communicate()
    assert setting_up.returncode != 0
    assert "done in" not in rest
    assert not (bare / ".venv" / ".ready").exists()
