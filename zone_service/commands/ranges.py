"""What is typed wrong is named, with what was expected instead."""

from collections.abc import Callable
from math import isfinite
from typing import Any

import msgspec
import typer
from typer.core import TyperGroup

Checked = Callable[[float | None], float | None]
A_WEEK_S = 7 * 86_400


def within(least: float, most: float) -> Checked:
    """Return a check that lets an option through that was left out or lies between the two.

    Typer's own bounds let NaN through: it is neither below nor above anything.
    """

    def checked(value: float | None) -> float | None:
        if value is None or least <= value <= most:
            return value
        fault = "is out of range" if isfinite(value) else "is no finite number"
        msg = f"{value:.9g} {fault}: expected {least:,g} to {most:,g}".replace(",", " ")
        raise typer.BadParameter(msg)

    return checked


def as_codec(bounds: msgspec.Meta) -> Checked:
    """Return the check for a member of a report: what the canonical codec would refuse."""
    least, most = bounds.ge, bounds.le
    if least is None or most is None:
        msg = f"{bounds}: expected both ends of the range"
        raise ValueError(msg)
    return within(least, most)


class InWords(TyperGroup):
    """Commands whose refusals name the value, where Typer passes on a bare sentence of its parser."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as refused:
            refused.message = _in_words(refused)
            raise


def _in_words(refused: typer.BadParameter) -> str:
    from pydantic import ValidationError

    if not isinstance(refused.__cause__, ValidationError):
        return refused.message
    found = refused.__cause__.errors(include_url=False)[0]
    if found["type"] == "value_error":
        return found["msg"].removeprefix("Value error, ")
    return f"{found['input']}: {found['msg'][:1].lower()}{found['msg'][1:]}"
