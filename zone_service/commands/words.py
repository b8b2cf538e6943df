"""The words of a described command: how each is typed, and where in a request it goes."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import typer

from zone_service.commands.failures import failure_in_chinese
from zone_service.commands.languages import spoken
from zone_service.commands.times import time_typed

Read = Callable[[Any, str], Any]
"""Takes what was typed and the name of the word, and returns what the API is to be sent.

Raises ``typer.BadParameter`` for what cannot be meant.
"""
DEMANDED: Final[Any] = object()


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command."""

    name: str
    """Of the parameter: ``at_fault`` is typed ``--at-fault``."""
    help: str
    into: str
    """``path``, ``query`` or ``body``, a colon, and the name there; ``body:`` alone is all of it.

    Dots lead into what lies within: ``body:harm.killed``.
    """
    kind: Any = str
    """As it is typed: ``str``, ``int``, ``bool``, an enumeration, a list of such."""
    default: Any = DEMANDED
    """What stands for a word that is left out, and is not sent."""
    is_argument: bool = False
    option: str = ""
    """Where it is typed by another name."""
    metavar: str | None = None
    read: Read | None = None

    @property
    def typed(self) -> str:
        """How it is typed, or what stands for it in the help text where its place tells."""
        if self.is_argument:
            return self.metavar or self.name
        return self.option or f"--{self.name.replace('_', '-')}"


def argument(
    name: str,
    help: str,  # noqa: A002 -- Typer's own word
    into: str,
    kind: Any = str,
    *,
    metavar: str = "",
    default: Any = DEMANDED,
) -> Word:
    """Return a word that is known by its place."""
    return Word(name, help, into, kind, default, is_argument=True, metavar=metavar or None)


def option(
    name: str,
    help: str,  # noqa: A002 -- Typer's own word
    into: str,
    kind: Any = str,
    *,
    default: Any = None,
    typed: str = "",
    metavar: str = "",
    read: Read | None = None,
) -> Word:
    """Return a word that is known by its name; without a default it must be there."""
    return Word(name, help, into, kind, default, option=typed, metavar=metavar or None, read=read)


ON_RECORD: Final = option("reason", "Why; it is on record.", "body:reason", default=DEMANDED)
"""Why something is done, of an act that is asked for that."""


def file_of_json(help: str, *, part: str = "") -> Word:  # noqa: A002 -- Typer's own word
    """Return the word for a file of JSON; a dash is what is piped in.

    Where the file has a member of the name ``part``, that alone is meant.
    """

    def read(typed: str, name: str) -> Any:
        found = of_json(typed, name)
        inner = found.get(part)
        return inner if isinstance(inner, dict) else found

    return Word("file", help, "body:", str, is_argument=True, metavar="FILE", read=read)


def moment(typed: str, name: str) -> str:
    """Read a time with its offset."""
    return datetime.fromtimestamp(time_typed(typed, name), UTC).isoformat()


def pairs(typed: list[str], name: str) -> dict[str, str]:
    """Read words such as ``warning_id=沪航警 12``."""
    return dict(_pair(each, name) for each in typed)


def plates(typed: list[str], name: str) -> list[dict[str, str]]:
    """Read plates such as ``car-1=沪A0001试``."""
    found = (_pair(each, name) for each in typed)
    return [{"device_id": device_id, "number": number} for device_id, number in found]


def _pair(typed: str, name: str) -> tuple[str, str]:
    key, parted, value = typed.partition("=")
    if not (key and parted and value):
        msg = spoken(
            f"{typed!r}: expected a name, an equals sign and a value",
            f"{typed!r}：应为名称、等号与值",
        )
        raise typer.BadParameter(msg, param_hint=name)
    return key, value


def of_json(typed: str, name: str) -> Any:
    """Read a file of JSON, or what is piped in."""
    try:
        text = sys.stdin.read() if typed == "-" else Path(typed).read_text("utf-8")
        found = json.loads(text)
    except OSError as error:
        msg = spoken(f"{typed}: {error.strerror}", failure_in_chinese(error))
        raise typer.BadParameter(msg, param_hint=name) from None
    except ValueError:
        msg = spoken(f"{typed}: expected JSON in UTF-8", f"{typed}：应为 UTF-8 编码的 JSON")
        raise typer.BadParameter(msg, param_hint=name) from None
    if not isinstance(found, dict):
        msg = spoken(f"{typed}: expected an object of JSON", f"{typed}：应为 JSON 对象")
        raise typer.BadParameter(msg, param_hint=name)
    return found
