"""How answers of the API are told to people: tables and lines, in English or in Chinese."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import typer

from zone_service.commands.root import listed, out

NOTHING = "–"
NONE_FOUND = ("there is none", "没有符合条件的记录")


class Shown(Protocol):
    """Tells an answer to people."""

    def __call__(self, item: Any, *, zh: bool) -> None:
        """Print it."""


class Told(Protocol):
    """Makes a word of an answer."""

    def __call__(self, item: Any, *, zh: bool) -> str:
        """Return it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, or a word of a line: what it is called, and what stands in it."""

    english: str
    chinese: str
    at: str | Told
    """Where the value lies in an item, with dots; or what makes it of an item."""
    at_chinese: str = ""
    """Where it lies in Chinese, if elsewhere."""

    def name(self, *, zh: bool) -> str:
        """What it is called."""
        return self.chinese if zh else self.english

    def of(self, item: Any, *, zh: bool) -> str:
        """What stands in it."""
        if callable(self.at):
            return self.at(item, zh=zh) or NOTHING
        return said(found_at(item, (zh and self.at_chinese) or self.at), zh=zh)


def as_json(item: Any, *, zh: bool) -> None:
    """Tell a thing as the API has it: it is for programs, whoever reads it."""
    typer.echo(json.dumps(item, ensure_ascii=False, indent=1))


def table(*columns: Column, none: tuple[str, str] = NONE_FOUND) -> Shown:
    """Return what tells a list as a table, a line an item."""

    def shown(item: Any, *, zh: bool) -> None:
        if item:
            lined(columns, item, zh=zh)
        else:
            out.print(none[zh])

    return shown


def line(*columns: Column, between: str = "  ") -> Shown:
    """Return what tells a thing in one line."""

    def shown(item: Any, *, zh: bool) -> None:
        _print(between.join(each.of(item, zh=zh) for each in columns))

    return shown


def within(at: str, *columns: Column) -> Shown:
    """Return what tells a list that lies within a thing, headed even where it is empty."""

    def shown(item: Any, *, zh: bool) -> None:
        lined(columns, found_at(item, at) or (), zh=zh)

    return shown


def members(at: str = "") -> Shown:
    """Return what tells the members of a thing that say something, each by its own name."""

    def shown(item: Any, *, zh: bool) -> None:
        for name, value in (found_at(item, at) or {}).items():
            if value not in (None, [], {}, ""):
                _print(f"{name}: {said(value, zh=zh)}")

    return shown


def named(column: Column) -> Shown:
    """Return what tells one member by its name, where it says something."""

    def shown(item: Any, *, zh: bool) -> None:
        told = column.of(item, zh=zh)
        if told != NOTHING:
            _print(f"{column.name(zh=zh)}: {told}")

    return shown


def lines(*columns: Column) -> Shown:
    """Return what tells a thing, a line for each of its members that are named."""

    def shown(item: Any, *, zh: bool) -> None:
        for each in columns:
            _print(f"{each.name(zh=zh)}  {each.of(item, zh=zh)}")

    return shown


def together(*parts: Shown) -> Shown:
    """Return what tells one after another."""

    def shown(item: Any, *, zh: bool) -> None:
        for each in parts:
            each(item, zh=zh)

    return shown


def lined(columns: Iterable[Column], items: Iterable[Any], *, zh: bool) -> None:
    """Print a table with its head."""
    known = tuple(columns)
    listed(
        [each.name(zh=zh) for each in known],
        ([each.of(item, zh=zh) for each in known] for item in items),
    )


def found_at(item: Any, at: str) -> Any:
    """Return what lies in an answer, with dots; nothing where there is no such thing."""
    for part in filter(None, at.split(".")):
        item = item.get(part) if isinstance(item, dict) else None
    return item


def said(value: Any, *, zh: bool) -> str:
    """Return a value for people: moments in Shanghai, lists in one line."""
    if value in (None, "", [], {}):
        return NOTHING
    match value:
        case bool():
            return ("是" if value else "否") if zh else ("yes" if value else "no")
        case str():
            return _moment(value)
        case float():
            return f"{value:,.10g}"
        case list():
            return ", ".join(said(each, zh=zh) for each in value)
        case dict():
            return "; ".join(f"{name} {said(each, zh=zh)}" for name, each in value.items())
        case _:
            return str(value)


def until(item: Any, *, zh: bool) -> str:
    """Return the end of a time limit in Shanghai, and what has become of it."""
    from permits.rule_words import Language
    from permits.step_words import step_words

    language = Language.CHINESE if zh else Language.ENGLISH
    if not item or not item.get("until_local"):
        left = item.get("left_working_days") if item else None
        return NOTHING if left is None else step_words("paused", language, left=left)
    is_closed = item.get("passed") and not item.get("owed")
    key = "overdue" if item["overdue"] else "closed" if is_closed else ""
    said_of_it = f" ({step_words(key, language)})" if key else ""
    return f"{item['until_local']}{said_of_it}"


def next_due(at: str) -> Told:
    """Return what tells a member of the first thing that is due."""

    def told(item: Any, *, zh: bool) -> str:
        due = next(iter(item["deadlines"]), None)
        if due is None:
            return NOTHING
        return until(due, zh=zh) if at == "until" else said(due[at], zh=zh)

    return told


def _moment(text: str) -> str:
    from permits.step_checks import local_text

    if "T" not in text:
        return text
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return local_text(found) if found.tzinfo else text


def _print(text: str) -> None:
    out.print(text, highlight=False, markup=False)
