"""The first thing a newcomer reads is short and true: its commands are run as they stand."""

import re
import subprocess

import pytest

from tests.project.conftest import ROOT, Newcomer, blocks

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


def test_its_dates_are_made_by_the_shell_and_never_lie_in_the_past() -> None:
    """But for what the platform printed once, which is shown as it was."""
    assert not [block for block in BLOCKS if re.search(r"\b20[0-9]{2}-[0-9]{2}-", block)]
