"""What an importer found wrong in a document, and strict readers that say so.

Each reader returns ``None`` where a value is absent or wrong; a wrong one has been noted with
its JSON path and with what was expected, so that one pass reports every problem of a file.
"""

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn
from unicodedata import category

from geofence.said import Said
from maps.near_miss import meant

MAX_TEXT = 1_000

Json = object
"""Anything that JSON can say."""


class Weight(StrEnum):
    """Whether a problem keeps the document out."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: where, what was found and what was expected."""

    path: str
    """JSON path, as ``$.features[3].properties.radius_m``."""
    said: Said
    weight: Weight = Weight.ERROR

    @property
    def message(self) -> str:
        """What was found and what was expected, in English."""
        return str(self.said)


def shown(value: Json) -> str:
    """Return a value as a message can carry it: short, and never a flood."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= 60 else f"{text[:57]}…"


def found_or_missing(value: Json) -> Said:
    """Return how a sentence begins about a member that is wrong or not there."""
    return Said("missing") if value is None else Said("found {value}", {"value": shown(value)})


class BadDocument(ValueError):
    """The text is not JSON that may be read at all."""

    def __init__(self, said: Said) -> None:
        self.said = said
        super().__init__(str(said))


def _bad(why: str, **filled: object) -> BadDocument:
    return BadDocument(Said(why, filled))


def _refuse_constant(name: str) -> NoReturn:
    bad = _bad("{name} is not a JSON number", name=name)
    raise bad


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        bad = _bad("an object has the member {value} twice", value=shown(twice))
        raise bad
    return members


def parse(text: str | bytes, max_bytes: int) -> Json:
    """Parse strict JSON: no NaN, no Infinity, no member twice. Raises ``BadDocument``."""
    if len(text) > max_bytes:
        bad = _bad("{count} bytes; at most {most} are read", count=len(text), most=max_bytes)
        raise bad
    try:
        return json.loads(
            text, parse_constant=_refuse_constant, object_pairs_hook=_unique
        )  # json.loads detects UTF-8, -16 and -32 by itself
    except RecursionError:
        bad = _bad("nested too deeply to be map data")
        raise bad from None
    except UnicodeDecodeError as error:
        bad = _bad(
            "not UTF-8 text: {reason} at byte {start}", reason=error.reason, start=error.start
        )
        raise bad from None
    except json.JSONDecodeError as error:
        bad = _bad(
            "not JSON: {reason} at line {line} column {column}",
            reason=error.msg,
            line=error.lineno,
            column=error.colno,
        )
        raise bad from None
    except BadDocument:
        raise
    except ValueError as error:  # an integer of thousands of digits
        bad = _bad("not JSON that can be read: {reason}", reason=error)
        raise bad from None


def is_number(value: Json) -> bool:
    """Tell whether a value is a finite JSON number; ``true`` is not one, nor is ``1e999``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def is_plain(text: str, longest: int = MAX_TEXT) -> bool:
    """Tell whether a text is short and free of control characters and lone surrogates."""
    return len(text) <= longest and not any(category(c) in {"Cc", "Cs"} for c in text)


@dataclass(slots=True)
class Findings:
    """The problems met so far, in the order of the document."""

    problems: list[Problem] = field(default_factory=list)

    def error(self, path: str, why: str, /, **filled: object) -> None:
        """Note a problem that keeps its part out, by a sentence and what fills it."""
        self.problems.append(Problem(path, Said(why, filled)))

    def warning(self, path: str, why: str, /, **filled: object) -> None:
        """Note something that is read all the same."""
        self.problems.append(Problem(path, Said(why, filled), Weight.WARNING))

    def errors(self) -> int:
        """Return how many errors there are so far."""
        return sum(problem.weight is Weight.ERROR for problem in self.problems)

    def number(
        self, members: Mapping[str, Json], name: str, path: str, *, above: float | None = None
    ) -> float | None:
        """Read an optional finite number; ``above`` bounds it from below, exclusively."""
        value = members.get(name)
        if value is None:
            return None
        if not is_number(value):
            self.error(f"{path}.{name}", "found {value}, expected a number", value=shown(value))
            return None
        number = float(value)  # type: ignore[arg-type]  # is_number said so
        if above is not None and number <= above:
            self.error(
                f"{path}.{name}",
                "found {value}, expected more than {above:g}",
                value=shown(value),
                above=above,
            )
            return None
        return number

    def required_number(
        self, members: Mapping[str, Json], name: str, path: str, *, above: float | None = None
    ) -> float | None:
        """Read a number that must be there."""
        if members.get(name) is None:
            self.error(f"{path}.{name}", "missing, expected a number")
            return None
        return self.number(members, name, path, above=above)

    def text(
        self, members: Mapping[str, Json], name: str, path: str, longest: int = MAX_TEXT
    ) -> str | None:
        """Read an optional string that every database and terminal can hold."""
        value = members.get(name)
        if value is None or (isinstance(value, str) and is_plain(value, longest)):
            return value
        self.error(
            f"{path}.{name}",
            "found {value}, expected at most {longest} characters without controls",
            value=shown(value),
            longest=longest,
        )
        return None

    def flag(self, members: Mapping[str, Json], name: str, path: str) -> bool | None:
        """Read an optional true or false."""
        value = members.get(name)
        if value is None or isinstance(value, bool):
            return value
        self.error(f"{path}.{name}", "found {value}, expected true or false", value=shown(value))
        return None

    def choice(
        self, members: Mapping[str, Json], name: str, path: str, allowed: Collection[str]
    ) -> str | None:
        """Read a string that must be there and be one of ``allowed``."""
        value = members.get(name)
        if isinstance(value, str) and value in allowed:
            return value
        found = found_or_missing(value)
        self.error(
            f"{path}.{name}",
            "{found}, expected one of {choice}",
            found=found,
            choice=", ".join(sorted(allowed)),
        )
        return None

    def members(self, value: Json, path: str) -> dict[str, Json] | None:
        """Read an object."""
        if isinstance(value, dict):
            return value
        found = found_or_missing(value)
        self.error(path, "{found}, expected an object", found=found)
        return None

    def array(self, value: Json, path: str) -> list[Json] | None:
        """Read an array."""
        if isinstance(value, list):
            return value
        found = found_or_missing(value)
        self.error(path, "{found}, expected an array", found=found)
        return None

    def unknown(
        self,
        members: Mapping[str, Json],
        known: Collection[str],
        path: str,
        limits: Mapping[str, str],
    ) -> None:
        """Warn of members nobody reads; refuse what was probably meant for a limit.

        A misspelt limit must not pass as no limit. ``limits`` has what each is expected to be.
        One that is said under its own name too is not missing.
        """
        absent = [name for name in limits if members.get(name) is None]
        for name, value in members.items():
            if name in known:
                continue
            where = f"{path}.{shown(name)[1:-1]}"
            limit = meant(name, absent) if value is not None else None
            if limit is None:
                self.warning(where, "not known here, ignored")
            else:
                self.error(
                    where,
                    "not known here and too like {limit!r} to be ignored, "
                    "expected {limit!r}: {meaning}; or a name unlike it",
                    limit=limit,
                    meaning=limits[limit],
                )
