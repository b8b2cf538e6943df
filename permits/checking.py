"""Whether a value of a rule set is what its parameter asks for."""

import re
from collections.abc import Iterator, Mapping

from permits.catalogue import definition_of
from permits.condition import FACTS, Compared, Group, leaves
from permits.definition import Definition, Kind
from permits.number_pattern import is_pattern
from permits.parameters import Parameter, Value
from permits.rule_words import Problem, problem

_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_IS_TIME = re.compile(_TIME)
_IS_WINDOW = re.compile(f"{_TIME}-(?:{_TIME}|24:00)")


def problems_of(parameters: Mapping[str, Parameter]) -> Iterator[Problem]:
    """Yield what is wrong with values: a key that is none, a bound, a unit that does not fit."""
    for key, parameter in parameters.items():
        definition = definition_of(key)
        if definition is None:
            yield problem(key, parameter.value, "no key")
        else:
            yield from _of_value(definition, key, parameter.value, parameters)


def expected_number(path: str, found: object, low: float, high: float) -> Problem:
    """Return that something is no number within bounds."""
    return problem(path, found, "number", low=f"{low:g}", high=f"{high:g}")


def absent(key: str) -> Problem:
    """Return that a value is missing which must be there."""
    definition = definition_of(key)
    if definition is None:
        return problem(key, None, "no key")
    return next(_of_value(definition, key, None, {}))


def _of_value(
    definition: Definition, key: str, value: Value | None, parameters: Mapping[str, Parameter]
) -> Iterator[Problem]:
    match definition.kind:
        case Kind.NUMBER | Kind.COUNT:
            yield from _of_number(definition, key, value)
        case Kind.FLAG:
            if not isinstance(value, bool):
                yield problem(key, value, "flag")
        case Kind.CHOICE:
            if not isinstance(value, str) or value not in definition.choice:
                yield problem(key, value, "one of", choice=sorted(definition.choice))
        case Kind.TEXTS:
            yield from _of_texts(definition, key, value)
        case Kind.TIME:
            if not isinstance(value, str) or _IS_TIME.fullmatch(value) is None:
                yield problem(key, value, "time")
        case Kind.WINDOWS:
            if not isinstance(value, tuple) or not all(map(_IS_WINDOW.fullmatch, value)):
                yield problem(key, value, "windows")
        case Kind.PATTERN:
            if not isinstance(value, str) or not is_pattern(value):
                yield problem(key, value, "pattern")
        case Kind.CONDITION:
            yield from _of_condition(key, value, parameters)


def _of_number(definition: Definition, key: str, value: Value | None) -> Iterator[Problem]:
    low, high = definition.low, definition.high
    if not isinstance(value, float) or not low <= value <= high:
        yield expected_number(key, value, low, high)
    elif definition.kind is Kind.COUNT and value != int(value):
        yield problem(key, value, "whole")


def _of_texts(definition: Definition, key: str, value: Value | None) -> Iterator[Problem]:
    if not isinstance(value, tuple):
        yield problem(key, value, "texts")
    elif definition.choice and not definition.choice.issuperset(value):
        yield problem(key, value, "texts of", choice=sorted(definition.choice))


def _of_condition(
    key: str, value: Value | None, parameters: Mapping[str, Parameter]
) -> Iterator[Problem]:
    if not isinstance(value, Compared | Group):
        yield problem(key, value, "condition")
        return
    for leaf in leaves(value):
        if leaf.parameter:
            yield from _of_limit(key, leaf, parameters)


def _of_limit(key: str, leaf: Compared, parameters: Mapping[str, Parameter]) -> Iterator[Problem]:
    """A fact in hours must not be held against kilometres, nor against what is not there."""
    limit, unit = parameters.get(leaf.parameter), FACTS[leaf.fact][0]
    path = f"{key}: {leaf.fact}"
    if (
        limit is None
        or not isinstance(limit.value, float | bool)
        or limit.unit not in {unit, unit or "1"}
    ):
        yield problem(path, leaf.parameter, "unit", unit=unit or "1")
