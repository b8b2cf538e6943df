"""Telling a unit's maker what was wrong with their JSON: the value found, and what was expected."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from telemetry.codecs.codec import refused
from telemetry.report import RefusalReason, Refused, Unit

NOT_DECODED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""All that decoding hostile JSON raises: wrong syntax or type, wrong UTF-8, nested too deep."""

_AT: Final = re.compile(r"^(?P<what>.*) - at `(?P<path>\$[^`]*)`$", re.DOTALL)
_STEP: Final = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")
_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_RANGE: Final = re.compile(r"out of range|Expected `\w+` (?:[<>]=?|of length)")


def json_refusal(
    unit: Unit, payload: bytes, error: Exception, choices: Mapping[str, str] = _NONE
) -> Refused:
    """Return the refusal for a payload that msgspec did not take.

    ``choices`` says in words what a member may be, where msgspec says only that it is not.
    """
    if isinstance(error, RecursionError):
        return refused(unit, RefusalReason.MALFORMED, "JSON nested too deep", "a flat object")
    if isinstance(error, UnicodeDecodeError):
        found = repr(error.object[error.start : error.start + 8])
        return refused(unit, RefusalReason.MALFORMED, found, f"UTF-8 text ({error.reason})")
    match = _AT.match(str(error))
    if match is None:
        return refused(unit, RefusalReason.MALFORMED, repr(payload[:60]), f"JSON ({error})")
    what, path = match["what"], match["path"]
    reason = RefusalReason.OUT_OF_RANGE if _RANGE.search(what) else RefusalReason.MALFORMED
    member = path[1:].lstrip(".")
    wanted = choices.get(member, what.removeprefix("Expected ").replace("`", ""))
    return refused(unit, reason, _value_at(payload, path), f"{member}: {wanted}")


def _value_at(payload: bytes, path: str) -> str:
    """Return the value at a path such as ``$[1].latitude`` as it was written, or ``nothing``."""
    raw = payload
    try:
        for step in _steps(path):
            raw = bytes(_member(raw, step))
        return raw[:60].decode("ascii", "replace")
    except (*NOT_DECODED, LookupError, TypeError):
        return "nothing readable"


def _steps(path: str) -> Iterator[str | int]:
    for name, index in _STEP.findall(path):
        yield name or int(index)


def _member(raw: bytes, step: str | int) -> msgspec.Raw:
    if isinstance(step, int):
        return msgspec.json.decode(raw, type=list[msgspec.Raw])[step]
    return msgspec.json.decode(raw, type=dict[str, msgspec.Raw])[step]
