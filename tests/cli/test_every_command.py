"""What holds for every command, those of tomorrow too: it explains itself, and says what is missing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from tests.cli.conftest import Shell
from zone_service.commands import app
from zone_service.store.errors import SchemaMismatch

Words = tuple[str, ...]


def commands(at: Any, words: Words = ()) -> Iterator[tuple[Words, Any]]:
    """Yield every command by what is typed for it, groups too."""
    yield words, at
    if isinstance(at, TyperGroup):
        for name, each in at.commands.items():
            yield from commands(each, (*words, name))


EVERY = dict(commands(typer.main.get_command(app)))
LEAVES = [words for words, each in EVERY.items() if not isinstance(each, TyperGroup)]
PROMISED = {
    ("up",), ("worker",), ("web",), ("db", "upgrade"), ("map", "import"), ("device", "add"),
    ("send",), ("load",), ("watch",), ("doctor",), ("demo",),
}  # fmt: skip


def test_the_commands_that_were_promised_are_there() -> None:
    assert set(LEAVES) >= PROMISED


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_it_explains_itself_and_each_of_its_words(words: Words) -> None:
    told = CliRunner().invoke(app, [*words, "--help"], prog_name="zone")
    assert told.exit_code == 0
    assert " ".join(("Usage: zone", *words)) in told.stdout
    command = EVERY[words]
    assert command.help
    unsaid = [each.name for each in command.params if not getattr(each, "help", None)]
    assert unsaid == []


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_a_word_that_it_does_not_know_is_refused_by_name_and_nothing_is_made(
    words: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = CliRunner().invoke(app, [*words, "--no-such-thing"])
    assert refused.exit_code == 2
    assert "No such option: --no-such-thing" in refused.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("device", "list"),
        ("device", "add", "car-1", "--operator", "acme"),
        ("device", "credential", "car-1"),
        ("device", "revoke", "car-1"),
        ("document", "list"),
        ("map", "import", "--demo"),
        ("map", "list"),
        ("map", "withdraw", "a-zone"),
        ("refusals",),
        ("replay", "2026-01-01T00:00Z", "2026-01-02T00:00Z"),
        ("rules", "list"),
        ("user", "list"),
        ("user", "close", "zhao"),
    ],
    ids=" ".join,
)
def test_what_needs_tables_says_how_there_will_be_some(
    words: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZONE_DATA_DIR", str(tmp_path / "data"))
    refused = CliRunner().invoke(app, words)
    assert refused.exit_code == 1
    assert isinstance(refused.exception, SchemaMismatch)
    assert "run `zone db upgrade`, or start `zone up`" in str(refused.exception)
    assert list(tmp_path.iterdir()) == [], "nor is a folder made in which there is nothing"


@pytest.mark.parametrize(
    "words",
    [
        ("send", "car-1", "--longitude", "121", "--latitude", "31", "--password", "x"),
        ("watch", "--username", "police", "--password", "long enough 1"),
        ("load", "--devices", "1", "--seconds", "1"),
    ],
    ids=lambda words: words[0],
)
def test_what_needs_a_platform_that_runs_asks_in_one_line_whether_one_does(
    shell: Shell, words: Words
) -> None:
    refused = shell.zone(*words)
    assert refused.returncode == 1
    assert "Is `zone up` running" in refused.stderr
    assert refused.stderr.count("\n") == 1, refused.stderr
