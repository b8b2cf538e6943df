"""What is typed wrong is named, with what was expected instead."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

import msgspec
import typer
from typer.core import TyperGroup

from zone_service.commands.help_language import InChinese as HelpInChinese
from zone_service.commands.languages import is_chinese_asked
from zone_service.commands.usage import TypedAmiss, frame_in, usage_in_chinese

Checked = Callable[[float | None], float | None]
A_WEEK_S = 7 * 86_400
_OUT_OF_RANGE = ("is out of range", "超出范围")
_NOT_FINITE = ("is no finite number", "不是有限数")


def within(least: float, most: float) -> Checked:
    """Return a check that lets an option through that was left out or lies between the two.

    Typer's own bounds let NaN through: it is neither below nor above anything.
    """

    def checked(value: float | None) -> float | None:
        if value is None or least <= value <= most:
            return value
        zh = is_chinese_asked(sys.argv)
        fault = (_OUT_OF_RANGE if isfinite(value) else _NOT_FINITE)[zh]
        low, high = (f"{each:,g}".replace(",", " ") for each in (least, most))
        expected = f"：应为 {low} 至 {high}" if zh else f": expected {low} to {high}"
        msg = f"{value:.9g} {fault}{expected}"
        raise typer.BadParameter(msg)

    return checked


def web_address(value: str | None) -> str | None:
    """Let the address of a platform through, or nothing."""
    if not value:
        return value
    try:
        there = urlsplit(value)
        is_one = there.scheme in {"http", "https"} and bool(there.hostname)
        _ = there.port  # raises where it is none
    except ValueError:
        is_one = False
    if not is_one:
        zh = is_chinese_asked(sys.argv)
        expected = "：应为平台地址，如 https://zone.example"
        english = ": expected the address of a platform, such as https://zone.example"
        msg = f"{value!r}{expected if zh else english}"
        raise typer.BadParameter(msg)
    return value


def as_codec(bounds: msgspec.Meta) -> Checked:
    """Return the check for a member of a report: what the canonical codec would refuse."""
    least, most = bounds.ge, bounds.le
    if least is None or most is None:
        msg = f"{bounds}: expected both ends of the range"
        raise ValueError(msg)
    return within(least, most)


class InWords(TyperGroup):
    """Commands whose refusals name the value, and are in the language of who typed.

    Typer passes on a bare sentence of its parser, and knows English alone.
    """

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """Read what stands before a command."""
        typed = tuple(args)  # they are taken from the list as they are read
        chinese = is_chinese_asked(typed)
        frame_in(chinese=chinese)
        if chinese:
            self.context_class = HelpInChinese
        with _in_their_language(typed):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        lang = ctx.params.get("lang")
        before = () if lang is None else ("--lang", lang)
        with _in_their_language((*before, *sys.argv[1:])):
            try:
                return super().invoke(ctx)
            except typer.BadParameter as refused:
                refused.message = _in_words(refused)
                raise


@contextmanager
def _in_their_language(typed: Sequence[str]) -> Iterator[None]:
    """Say in Chinese what the library says in English of a mistake, where Chinese is asked for."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, _USAGE) or not is_chinese_asked(typed):
            raise
        english = error.format_message()
        if not english:  # a group alone: its help text is all there is to say
            raise
        said = usage_in_chinese(english)
        raise TypedAmiss(said, error.ctx) from error


_USAGE: Any = typer.BadParameter.__bases__[0]
"""Every mistake of whoever typed; Typer names only some of them."""


def _in_words(refused: typer.BadParameter) -> str:
    from pydantic import ValidationError

    from permits.rule_words import Language
    from zone_service.field_words import field_said

    if not isinstance(refused.__cause__, ValidationError):
        return refused.message
    found = refused.__cause__.errors(include_url=False)[0]
    if found["type"] == "value_error":
        return found["msg"].removeprefix("Value error, ")
    return field_said(found, Language.CHINESE if is_chinese_asked(sys.argv) else Language.ENGLISH)
