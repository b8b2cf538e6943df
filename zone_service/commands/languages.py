"""In which of our languages a command speaks."""

import os
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
    return is_chinese(_CHOICE[chosen[-1]] if chosen else None)


_CHOICE = {"--chinese": True, "--english": False}


def is_chinese(given: bool | None = None) -> bool:  # noqa: FBT001 - the option's own three states
    """Tell whether Chinese is asked for."""
    if given is not None:
        return given
    names = (os.environ.get(name, "") for name in (CHOSEN, "LC_ALL", "LC_MESSAGES", "LANG"))
    return next((name for name in names if name), "").startswith("zh")
