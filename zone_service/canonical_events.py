"""What happened to a violation, in the one form in which two tellings of it are compared. Pure.

Keys in the order of the alphabet, times in UTC with six decimals, numbers as short as they can be
read back: the same event is the same bytes. What people did about it is not in it, nor its number in
the feed: neither is a matter of what was judged.
"""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Final

import msgspec

from zone_service.store.records import ViolationChange, ViolationEvent

_NAMES = tuple(sorted(each.name for each in fields(ViolationChange)))
OPENING: Final = "opening_cause"
CLOSING: Final = "closing_cause"
_CAUSES: Final = frozenset({OPENING, CLOSING})
_encode = msgspec.json.Encoder(order="sorted").encode

Value = str | int | float | None


def values(event: ViolationEvent) -> dict[str, Value]:
    """Return what an event says of the violation, by name."""
    said = {name: _plain(getattr(event.violation, name)) for name in _NAMES}
    return {"event": event.event.value, **said}


def line(event: ViolationEvent) -> bytes:
    """Return the event as one line of JSON."""
    return _encode(values(event))


def difference_line(
    journal_id: int, recorded: ViolationEvent | None, replayed: ViolationEvent | None
) -> bytes:
    """Return two tellings of an event as one line of JSON; null is who does not tell it."""
    both = {"recorded": recorded, "replayed": replayed}
    told = {name: None if each is None else values(each) for name, each in both.items()}
    return _encode({"journal_id": journal_id, **told})


def differing(one: ViolationEvent, other: ViolationEvent) -> tuple[str, ...]:
    """Return the names of the values that differ between what was told of an event and what is now.

    Of an event from before causes were kept nobody noted them: that is no difference to whoever tells
    them now. Elsewhere null says that nobody knows, and a cause in its place is one.
    """
    passed_over = frozenset[str]() if one.keeps_causes else _CAUSES
    first, second = values(one), values(other)
    asked = (name for name in first if first[name] is not None or name not in passed_over)
    return tuple(name for name in asked if _encode(first[name]) != _encode(second[name]))


def _plain(value: Value | datetime) -> Value:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value
