"""A rule set's text, read with all it takes over into one flat sheet of values with origins.

A rule set rests on another, which it extends, and may name a comparator: another city whose value
stands, and is labelled so, wherever neither says anything.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from permits.checking import problems_of
from permits.condition import as_number, is_condition, read_condition
from permits.life_cycle import Family
from permits.parameters import (
    Extension,
    Instrument,
    Load,
    Parameter,
    Purpose,
    Status,
    Value,
)
from permits.rule_words import Problem, RuleSetError, problem

_OF_OUR_OWN = frozenset({Status.OWN_PROPOSAL, Status.DEMONSTRATION})
_HEADER = frozenset(
    {
        "id", "version", "jurisdiction", "title", "title_zh", "purpose", "extends", "comparator",
        "valid_from", "valid_to", "basis", "instruments", "extensions",
    }
)  # fmt: skip
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,31}")


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a rule set's text says, and what it takes over from those it rests on."""

    rule_set_id: str
    version: str
    jurisdiction: str
    title: str
    title_zh: str
    purpose: Purpose
    valid_from: date | None
    """First day and last day of the rule set itself, in Asia/Shanghai."""
    valid_to: date | None
    layers: tuple[str, ...]
    """Labels of the rule sets that it rests on, the nearest first."""
    instruments: Mapping[str, Instrument]
    extensions: Mapping[str, Extension]
    parameters: Mapping[str, Parameter]

    @property
    def label(self) -> str:
        """Identity and version, as decisions store it."""
        return label_of(self.rule_set_id, self.version)

    def below(self, key: str) -> tuple[str, ...]:
        """Return the names directly under a key, each once and sorted."""
        start = f"{key}."
        names = (found[len(start) :] for found in self.parameters if found.startswith(start))
        return tuple(sorted({name.partition(".")[0] for name in names}))


NOTHING = Sheet("", "", "", "", "", Purpose.SUPERVISION, None, None, (), {}, {}, {})


def label_of(rule_set_id: str, version: str) -> str:
    """Return how a version of a rule set is named."""
    return f"{rule_set_id}@{version}"


Known = Callable[[str], Sheet | None]
"""Returns a rule set that was read before, by its name and version; ``None``: it is to be read."""


def read_sheet(text: str, load: Load | None = None, known: Known = lambda _: None) -> Sheet:
    """Read a text, and first the rule sets that it rests on, but for those that are known.

    Raises:
        RuleSetError: every key at fault, what was found and what was expected.
    """
    return _read(text, load, known, ())


def _read(text: str, load: Load | None, known: Known, resting: tuple[str, ...]) -> Sheet:
    """``resting``: the ids of the rule sets on the way here; none may come again."""
    reading = _Reading(_toml(text))
    rule_set_id = reading.named("id", _ID)
    base = reading.base("extends", load, known, (*resting, rule_set_id))
    comparator = reading.base("comparator", load, known, (*resting, rule_set_id))
    sheet = reading.sheet(rule_set_id, base, comparator)
    found = (*reading.problems, *problems_of(sheet.parameters))
    if found:
        raise RuleSetError(*found)
    return sheet


def _toml(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (
        ValueError,
        RecursionError,
    ) as error:  # also a number of 5000 digits, or as many brackets
        raise RuleSetError(problem("the text", str(error), "toml")) from error


class _Reading:
    """One text while it is read: what is wrong is gathered, so that all of it can be told."""

    def __init__(self, found: Mapping[str, object]) -> None:
        self.found = found
        self.problems: list[Problem] = []

    def sheet(self, rule_set_id: str, base: Sheet, comparator: Sheet) -> Sheet:
        """Return all that the text says, on top of what it rests on."""
        instruments = {**comparator.instruments, **base.instruments, **self._instruments()}
        self._require_known_predecessors(instruments)
        jurisdiction = self._text(self.found, "jurisdiction", "", base.jurisdiction or None)
        own = {each.key: each for each in self._parameters(rule_set_id, instruments)}
        title = self._text(self.found, "title", "", rule_set_id)
        ends = self._day(self.found, "valid_to", "")
        return Sheet(
            rule_set_id=rule_set_id,
            version=self.named("version", _VERSION),
            jurisdiction=jurisdiction,
            title=title,
            title_zh=self._text(self.found, "title_zh", "", title),
            purpose=self._purpose(base),
            valid_from=self._day(self.found, "valid_from", ""),
            valid_to=base.valid_to if ends is None else ends,
            layers=_layers(base, comparator),
            instruments=instruments,
            extensions={**base.extensions, **self._extensions(instruments)},
            parameters=_filled({**base.parameters, **own}, comparator),
        )

    def named(self, name: str, pattern: re.Pattern[str]) -> str:
        """Return the id or the version, which go into labels and addresses."""
        text = self._text(self.found, name, "")
        if text and pattern.fullmatch(text) is None:
            self.problems.append(problem(name, text, "name", pattern=pattern.pattern))
        return text

    def base(self, name: str, load: Load | None, known: Known, resting: tuple[str, ...]) -> Sheet:
        """Return a rule set that the text rests on.

        Raises:
            RuleSetError: it cannot be loaded, rests on this one, or is itself at fault.
        """
        if name not in self.found:
            return NOTHING
        wanted = self._text(self.found, name, "")
        there = known(wanted)
        labels = (wanted, *(() if there is None else there.layers))
        if load is None or any(each.partition("@")[0] in resting for each in labels):
            raise RuleSetError(problem(name, wanted, "no circle"))
        if there is not None:
            return there
        try:
            text = load(wanted)
        except LookupError:
            raise RuleSetError(problem(name, wanted, "no circle")) from None
        return _read(text, load, known, resting)

    def _purpose(self, base: Sheet) -> Purpose:
        inherited = base.purpose if base.purpose is Purpose.DEMONSTRATION else Purpose.SUPERVISION
        found = self.found.get("purpose", inherited)
        if found in set(Purpose):
            return Purpose(str(found))
        self.problems.append(problem("purpose", found, "one of", choice=sorted(Purpose)))
        return inherited

    def _parameters(
        self, rule_set_id: str, instruments: Mapping[str, Instrument]
    ) -> Iterator[Parameter]:
        sections = {key: value for key, value in self.found.items() if key not in _HEADER}
        basis = self._table(self.found.get("basis", {}), "basis")
        for key, value, its in self._leaves("", sections, basis):
            yield from self._parameter(key, value, its, rule_set_id, instruments)

    def _leaves(
        self, path: str, table: Mapping[str, object], basis: Mapping[str, object]
    ) -> Iterator[tuple[str, object, Mapping[str, object]]]:
        for name, value in table.items():
            key = f"{path}.{name}" if path else name
            if name == "basis":
                continue
            if not isinstance(value, dict) or is_condition(value):
                yield key, value, basis
            elif "value" in value:
                yield key, value["value"], {**_inherited(basis, value), **value}
            else:
                its = self._table(value.get("basis", basis), f"{key}.basis")
                yield from self._leaves(key, value, its)

    def _parameter(
        self,
        key: str,
        value: object,
        basis: Mapping[str, object],
        rule_set_id: str,
        instruments: Mapping[str, Instrument],
    ) -> Iterator[Parameter]:
        before = len(self.problems)
        status = self._status(basis, key)
        if status is None:
            return
        instrument = self._text(basis, "instrument", key, "")
        if instrument not in instruments and (instrument or status not in _OF_OUR_OWN):
            known = sorted(instruments)
            self.problems.append(problem(f"{key}: instrument", instrument, "one of", choice=known))
        plain = self._plain(key, value)
        found = Parameter(
            key=key,
            value=plain,
            status=status,
            instrument=instrument,
            article=self._text(basis, "article", key, ""),
            rule_set=rule_set_id,
            source=self._text(basis, "source", key, ""),
            valid_from=self._day(basis, "valid_from", key),
            valid_to=self._day(basis, "valid_to", key),
        )
        self._require_order(found.valid_from, found.valid_to, key)
        if len(self.problems) == before:
            yield found

    def _plain(self, key: str, value: object) -> Value:
        if isinstance(value, bool | str):
            return value
        if isinstance(value, int | float):
            return as_number(value)
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        try:
            if is_condition(value):
                return read_condition(value, key)
        except RuleSetError as error:
            self.problems.extend(error.problems)
            return ""
        self.problems.append(problem(key, value, "value"))
        return ""

    def _status(self, basis: Mapping[str, object], key: str) -> Status | None:
        found = basis.get("status")
        if found in set(Status):
            return Status(str(found))
        self.problems.append(problem(f"{key}: status", found, "one of", choice=sorted(Status)))
        return None

    def _instruments(self) -> dict[str, Instrument]:
        tables = self._table(self.found.get("instruments", {}), "instruments")
        return {
            key: self._instrument(key, self._table(value, f"instruments.{key}"))
            for key, value in tables.items()
        }

    def _instrument(self, key: str, found: Mapping[str, object]) -> Instrument:
        path = f"instruments.{key}"
        begins = self._day(found, "valid_from", path)
        ends = self._day(found, "valid_to", path)
        self._require_order(begins, ends, path)
        return Instrument(
            key=key,
            title=self._text(found, "title", path),
            title_zh=self._text(found, "title_zh", path),
            source=self._text(found, "source", path, ""),
            families=frozenset(self._families(found.get("families", []), f"{path}.families")),
            valid_from=begins,
            valid_to=ends,
            replaces=self._text(found, "replaces", path, ""),
        )

    def _families(self, found: object, key: str) -> Iterator[Family]:
        known = set(Family)
        some = found if isinstance(found, list) else [found]
        wrong = [each for each in some if each not in known]
        if wrong or some is not found:
            shown = wrong[0] if wrong else found
            self.problems.append(problem(key, shown, "texts of", choice=sorted(Family)))
            return
        yield from map(Family, some)

    def _require_known_predecessors(self, instruments: Mapping[str, Instrument]) -> None:
        for key, each in instruments.items():
            if each.replaces and (each.replaces not in instruments or each.replaces == key):
                known = sorted(instruments.keys() - {key})
                path = f"instruments.{key}.replaces"
                self.problems.append(problem(path, each.replaces, "one of", choice=known))

    def _extensions(self, instruments: Mapping[str, Instrument]) -> dict[str, Extension]:
        tables = self._table(self.found.get("extensions", {}), "extensions")
        for key in tables:
            if key not in instruments:
                known = sorted(instruments)
                self.problems.append(problem(f"extensions.{key}", key, "one of", choice=known))
        return {
            key: self._extension(key, self._table(value, f"extensions.{key}"))
            for key, value in tables.items()
        }

    def _extension(self, key: str, found: Mapping[str, object]) -> Extension:
        path = f"extensions.{key}"
        valid_to = self._day(found, "valid_to", path)
        if valid_to is None:
            self.problems.append(problem(f"{path}.valid_to", found.get("valid_to"), "date"))
        return Extension(
            key,
            valid_to or date.min,
            self._text(found, "decided_by", path),
            self._text(found, "note", path),
        )

    def _require_order(self, begins: date | None, ends: date | None, path: str) -> None:
        if begins is not None and ends is not None and ends < begins:
            self.problems.append(problem(f"{path}.valid_to", str(ends), "order", day=begins))

    def _day(self, found: Mapping[str, object], name: str, path: str) -> date | None:
        value = found.get(name)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        self.problems.append(problem(f"{path}.{name}".lstrip("."), value, "date"))
        return None

    def _table(self, found: object, key: str) -> Mapping[str, object]:
        if isinstance(found, dict):
            return found
        self.problems.append(problem(key, found, "table"))
        return {}

    def _text(
        self, found: Mapping[str, object], name: str, path: str, absent: str | None = None
    ) -> str:
        value = found.get(name, absent)
        if isinstance(value, str) and (value or absent == ""):
            return value
        self.problems.append(problem(f"{path}.{name}".lstrip("."), value, "text"))
        return ""


def _inherited(basis: Mapping[str, object], value: Mapping[str, object]) -> Mapping[str, object]:
    """A value that gives an origin of its own has nothing from its table's; else all of it."""
    return {} if "status" in value else basis


def _layers(base: Sheet, comparator: Sheet) -> tuple[str, ...]:
    near = (each for each in (base, comparator) if each is not NOTHING)
    return tuple(
        dict.fromkeys(
            label for each in near for label in (each.label, *each.layers)
        )
    )  # fmt: skip


def _filled(known: dict[str, Parameter], comparator: Sheet) -> dict[str, Parameter]:
    """Take from the comparator what is not known, and label it as another city's."""
    others = {
        key: replace(each, status=Status.COMPARATOR)
        for key, each in comparator.parameters.items()
        if key not in known
    }
    return {**others, **known}
