"""In which of our languages a command speaks."""

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

CHOSEN = "ZONE_LANG"
"""The variable that says it for every command."""


class Spoken(StrEnum):
    """A language, as it is typed."""

    ENGLISH = "en"
    CHINESE = "zh"


InChinese = Annotated[
    bool | None,
    typer.Option(
        "--chinese/--english", help="In which language; else as ZONE_LANG or LANG has it."
    ),
]


def is_chinese_asked(typed: Sequence[str]) -> bool:
    """Tell whether Chinese is asked for by what was typed, whichever command it was."""
    chosen = [each for each in typed if each in _CHOICE]
    before = _lang(typed)
    given = _CHOICE[chosen[-1]] if chosen else None if before is None else before == Spoken.CHINESE
    return is_chinese(given)


def _lang(typed: Sequence[str]) -> str | None:
    """Return what ``--lang`` says, which a help text comes before."""
    for at, each in enumerate(typed):
        if each == "--lang":
            return typed[at + 1] if at + 1 < len(typed) else None
        if each.startswith("--lang="):
            return each.partition("=")[2]
    return None


def spoken(english: str, chinese: str) -> str:
    """Return a sentence in the language that was asked for."""
    return chinese if is_chinese_asked(sys.argv[1:]) else english


def heads(*pairs: tuple[str, str]) -> tuple[str, ...]:
    """Return the heads of a table in the language that was asked for, of English and Chinese."""
    return tuple(spoken(*pair) for pair in pairs)


_CHOICE = {"--chinese": True, "--english": False}


def is_chinese(given: bool | None = None) -> bool:  # noqa: FBT001 - the option's own three states
    """Tell whether Chinese is asked for."""
    if given is not None:
        return given
    names = (os.environ.get(name, "") for name in (CHOSEN, "LC_ALL", "LC_MESSAGES", "LANG"))
    return next((name for name in names if name), "").startswith("zh")
