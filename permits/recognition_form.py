"""The one way to write a bundle down: JSON with sorted members and no space, in UTF-8.

What is read is written again and compared, so that nothing is there which is not understood.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, cast, get_args, get_origin, get_type_hints

from permits.recognition import Bundle


class NotCanonical(ValueError):
    """A text that is no bundle, or not written as one is."""


def to_bytes(bundle: Bundle) -> bytes:
    """Return a bundle in its canonical form."""
    return canonical(_plain(bundle))


def from_bytes(content: bytes) -> Bundle:
    """Return the bundle that ``to_bytes`` wrote.

    Raises:
        NotCanonical: it is something else, or the same written in another way.
    """
    try:
        found: Bundle = _read(Bundle, json.loads(content))
        again = to_bytes(found)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise NotCanonical(str(error)[:200]) from None
    if again != content:
        msg = "not written in the canonical form"
        raise NotCanonical(msg)
    return found


def canonical(plain: object) -> bytes:
    """Return plain JSON values in the one form in which they are signed."""
    return json.dumps(
        plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(each) for each in value]
        case _ if is_dataclass(value):
            members = {each: getattr(value, each.name) for each in fields(value)}
            return {
                each.name: _plain(its)
                for each, its in members.items()
                if its or not each.metadata.get("optional")
            }
        case _:
            return value


def _read(hint: Any, found: Any) -> Any:
    if isinstance(hint, UnionType):
        return None if found is None else _read(_other_than_none(hint), found)
    if get_origin(hint) is tuple:
        return tuple(_read(get_args(hint)[0], each) for each in _of(list, found))
    if is_dataclass(hint):
        members, made = _of(dict, found), cast("Any", hint)
        left_out = _optional(made) - members.keys()
        wanted = {name: its for name, its in _hints(made).items() if name not in left_out}
        return made(**{name: _read(its, members[name]) for name, its in wanted.items()})
    return _read_one(hint, found)


def _read_one(hint: Any, found: Any) -> Any:
    if issubclass(hint, StrEnum):
        return hint(_of(str, found))
    if hint is datetime:
        return _aware(datetime.fromisoformat(_of(str, found)))
    if hint is date:
        return date.fromisoformat(_of(str, found))
    if hint is float and isfinite(number := _of(float, found)):
        return number
    return _of(hint, found)


def _of(kind: type, found: Any) -> Any:
    # Not ``isinstance``: true is an int, and 1 would do for 1.0.
    if type(found) is not kind:
        msg = f"{str(found)[:60]!r}: expected {kind.__name__}"
        raise ValueError(msg)
    return found


def _aware(at: datetime) -> datetime:
    if at.utcoffset() is None:
        msg = f"{at}: expected a time with its offset"
        raise ValueError(msg)
    return at


def _other_than_none(hint: UnionType) -> Any:
    return next(each for each in get_args(hint) if each is not NoneType)


@cache
def _optional(kind: Any) -> frozenset[str]:
    return frozenset(each.name for each in fields(kind) if each.metadata.get("optional"))


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)
