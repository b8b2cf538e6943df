"""In which of our languages a command speaks."""

import os
from typing import Annotated

import typer

InChinese = Annotated[
    bool | None,
    typer.Option("--chinese/--english", help="In which language; else as LANG has it."),
]


def is_chinese(given: bool | None) -> bool:  # noqa: FBT001 - the option's own three states
    """Tell whether Chinese is asked for."""
    if given is not None:
        return given
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next((name for name in names if name), "").startswith("zh")
