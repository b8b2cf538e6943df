"""Values of a rule set with their origins, read from TOML into one flat sheet."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from permits.life_cycle import Family

Value = float | str | tuple[str, ...]
Load = Callable[[str], str]
_V = TypeVar("_V")


class RuleSetError(ValueError):
    """A rule set that cannot be read: names the key, what was found and what was expected."""

    def __init__(self, found: object, key: str, expected: str) -> None:
        self.key = key
        super().__init__(f"{key} is {found!r}: expected {expected}")


class Status(StrEnum):
    """How far a value can be trusted to be the law's."""

    SEEN = "seen"
    """Read in a public source."""
    TO_BE_VERIFIED = "to be verified"
    """Known in the field, not checked against the text."""
    COMPARATOR = "comparator"
    """Another city's, where Shanghai's is not known."""
    OWN_PROPOSAL = "own proposal"
    DEMONSTRATION = "demonstration"
    """Shortened to show something; never for supervision."""


_OF_OUR_OWN = frozenset({Status.OWN_PROPOSAL, Status.DEMONSTRATION})
_UNITS = {
    "_kmh": "km/h",
    "_mps": "m/s",
    "_months": "months",
    "_ratio": "1",
    "_m": "m",
    "_s": "s",
    "_deg": "°",
}
_HEADER = frozenset(
    {"id", "version", "jurisdiction", "extends", "basis", "instruments", "extensions"}
)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A legal text, standard or other city's rule that values are taken from."""

    key: str
    title: str
    title_zh: str
    source: str
    families: frozenset[Family]
    """The permits that are issued under it; none for a text that is only quoted."""
    valid_from: date | None
    valid_to: date | None
    """The last day on which it holds."""


@dataclass(frozen=True, slots=True)
class Extension:
    """An administrator's statement that an instrument goes on, by extension or successor."""

    instrument: str
    valid_to: date
    decided_by: str
    note: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value with its origin."""

    key: str
    """The path in the rule set: ``height.max_agl_m``."""
    value: Value
    status: Status
    instrument: str
    """Key of an ``Instrument``; empty for a proposal of our own."""
    article: str
    rule_set: str
    """The rule set whose text gave the value."""

    @property
    def unit(self) -> str:
        """The unit by the end of the key; empty for texts and counts."""
        return next((unit for end, unit in _UNITS.items() if self.key.endswith(end)), "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a rule set's text says, and what it takes over from those it extends."""

    rule_set_id: str
    version: str
    jurisdiction: str
    instruments: Mapping[str, Instrument]
    extensions: Mapping[str, Extension]
    parameters: Mapping[str, Parameter]

    def number(self, key: str, low: float, high: float) -> float:
        """Return a number within bounds, both included."""
        found = self._value(key, f"a number from {low:g} to {high:g}")
        if isinstance(found, float) and low <= found <= high:
            return found
        raise RuleSetError(found, key, f"a number from {low:g} to {high:g}")

    def count(self, key: str, low: int, high: int) -> int:
        """Return a whole number within bounds, both included."""
        found = self.number(key, low, high)
        if found == int(found):
            return int(found)
        raise RuleSetError(found, key, "a whole number")

    def text(self, key: str, choice: frozenset[str]) -> str:
        """Return one of a choice of texts."""
        found = self._value(key, f"one of {sorted(choice)}")
        if isinstance(found, str) and found in choice:
            return found
        raise RuleSetError(found, key, f"one of {sorted(choice)}")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        found = self._value(key, "a list of texts")
        if isinstance(found, tuple):
            return found
        raise RuleSetError(found, key, "a list of texts")

    def below(self, key: str) -> tuple[str, ...]:
        """Return the names directly under a key, each once and sorted."""
        start = f"{key}."
        names = (found[len(start) :] for found in self.parameters if found.startswith(start))
        return tuple(sorted({name.partition(".")[0] for name in names}))

    def _value(self, key: str, expected: str) -> Value:
        found = self.parameters.get(key)
        if found is None:
            raise RuleSetError(None, key, expected)
        return found.value


_NOTHING = Sheet("", "", "", {}, {}, {})


def read_sheet(text: str, load: Load | None, extending: tuple[str, ...] = ()) -> Sheet:
    """Read a text, and first the rule sets that it extends.

    ``extending`` holds the ids of the rule sets on the way here: none may come again.

    Raises:
        RuleSetError: names the key, what was found and what was expected.
    """
    found = _toml(text)
    rule_set_id = _text(found, "id", "")
    base = _base(found, load, (*extending, rule_set_id))
    instruments = _merged(base.instruments, _instruments(found))
    extensions = _merged(base.extensions, _extensions(found, instruments))
    own = {each.key: each for each in _parameters(found, rule_set_id, instruments)}
    return Sheet(
        rule_set_id=rule_set_id,
        version=_text(found, "version", ""),
        jurisdiction=_text(found, "jurisdiction", "", base.jurisdiction or None),
        instruments=instruments,
        extensions=extensions,
        parameters=_merged(base.parameters, own),
    )


def _toml(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleSetError(str(error), "the text", "TOML") from error


def _base(found: Mapping[str, object], load: Load | None, extending: tuple[str, ...]) -> Sheet:
    if "extends" not in found:
        return _NOTHING
    base_id = _text(found, "extends", "")
    if base_id in extending or load is None:
        raise RuleSetError(base_id, "extends", "a rule set that can be loaded, no circle")
    return read_sheet(load(base_id), load, extending)


def _merged(base: Mapping[str, _V], own: Mapping[str, _V]) -> dict[str, _V]:
    return {**base, **own}


def _parameters(
    found: Mapping[str, object], rule_set_id: str, instruments: Mapping[str, Instrument]
) -> Iterator[Parameter]:
    sections = {key: value for key, value in found.items() if key not in _HEADER}
    for key, value, basis in _leaves("", sections, _table(found.get("basis", {}), "basis")):
        yield _parameter(key, value, basis, rule_set_id, instruments)


def _leaves(
    path: str, table: Mapping[str, object], basis: Mapping[str, object]
) -> Iterator[tuple[str, object, Mapping[str, object]]]:
    for name, value in table.items():
        key = f"{path}.{name}" if path else name
        if name == "basis":
            continue
        if not isinstance(value, dict):
            yield key, value, basis
        elif "value" in value:
            yield key, value["value"], value
        else:
            yield from _leaves(key, value, _table(value.get("basis", basis), f"{key}.basis"))


def _parameter(
    key: str,
    value: object,
    basis: Mapping[str, object],
    rule_set_id: str,
    instruments: Mapping[str, Instrument],
) -> Parameter:
    status = _status(basis, key)
    instrument = _text(basis, "instrument", key, "")
    if instrument not in instruments and (instrument or status not in _OF_OUR_OWN):
        raise RuleSetError(instrument, f"{key}: instrument", f"one of {sorted(instruments)}")
    article = _text(basis, "article", key, "")
    return Parameter(key, _plain(key, value), status, instrument, article, rule_set_id)


def _plain(key: str, value: object) -> Value:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise RuleSetError(value, key, "a number, a text or a list of texts")


def _status(basis: Mapping[str, object], key: str) -> Status:
    found = basis.get("status")
    if found in set(Status):
        return Status(str(found))
    raise RuleSetError(found, f"{key}: status", f"one of {sorted(Status)}")


def _instruments(found: Mapping[str, object]) -> dict[str, Instrument]:
    tables = _table(found.get("instruments", {}), "instruments")
    return {
        key: _instrument(key, _table(value, f"instruments.{key}")) for key, value in tables.items()
    }


def _instrument(key: str, found: Mapping[str, object]) -> Instrument:
    path = f"instruments.{key}"
    return Instrument(
        key=key,
        title=_text(found, "title", path),
        title_zh=_text(found, "title_zh", path),
        source=_text(found, "source", path, ""),
        families=frozenset(_families(found.get("families", []), f"{path}.families")),
        valid_from=_day(found, "valid_from", path),
        valid_to=_day(found, "valid_to", path),
    )


def _families(found: object, key: str) -> Iterator[Family]:
    expected = f"a list of {sorted(Family)}"
    if not isinstance(found, list):
        raise RuleSetError(found, key, expected)
    for each in found:
        if each not in set(Family):
            raise RuleSetError(each, key, expected)
        yield Family(each)


def _extensions(
    found: Mapping[str, object], instruments: Mapping[str, Instrument]
) -> dict[str, Extension]:
    tables = _table(found.get("extensions", {}), "extensions")
    for key in tables:
        if key not in instruments:
            raise RuleSetError(key, f"extensions.{key}", f"one of {sorted(instruments)}")
    return {
        key: _extension(key, _table(value, f"extensions.{key}")) for key, value in tables.items()
    }


def _extension(key: str, found: Mapping[str, object]) -> Extension:
    path = f"extensions.{key}"
    valid_to = _day(found, "valid_to", path)
    if valid_to is None:
        raise RuleSetError(None, f"{path}.valid_to", "a date")
    return Extension(key, valid_to, _text(found, "decided_by", path), _text(found, "note", path))


def _day(found: Mapping[str, object], name: str, path: str) -> date | None:
    value = found.get(name)
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise RuleSetError(value, f"{path}.{name}", "a date such as 2026-10-31")


def _table(found: object, key: str) -> Mapping[str, object]:
    if isinstance(found, dict):
        return found
    raise RuleSetError(found, key, "a table")


def _text(found: Mapping[str, object], name: str, path: str, absent: str | None = None) -> str:
    value = found.get(name, absent)
    if isinstance(value, str) and (value or absent == ""):
        return value
    raise RuleSetError(value, f"{path}.{name}".lstrip("."), "a text")
