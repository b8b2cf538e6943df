"""Names that somebody may have meant for others: a slip of the keys, another unit, one word more."""

import re
from collections.abc import Collection
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_UNITS: Final = frozenset(
    {"m", "km", "ft", "nm", "fl", "mps", "kmh", "kph", "mph", "kt", "kn", "s"}
)
_SHORT: Final = 5
"""So many letters leave room for one slip; longer names for two."""


def meant(name: str, limits: Collection[str]) -> str | None:
    """Return which of some names this one was probably meant for, ``None`` where it is another.

    Meant for ``upper`` are ``Upper``, ``upper_m``, ``upperLimit``, ``uper`` and ``uppre``; not
    ``super``, for people seldom miss the first letter.
    """
    words = _words(name)
    return next((limit for limit in limits if _is_meant(words, _words(limit))), None)


def _words(name: str) -> tuple[str, ...]:
    """Take a name apart, in whatever way its words are joined."""
    return tuple(word.lower() for word in _WORD.findall(name))


def _is_meant(words: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    bare, bare_wanted = _without_unit(words), _without_unit(wanted)
    return (
        words[: len(bare_wanted)] == bare_wanted
        or _is_near(words, wanted)
        or _is_near(bare, bare_wanted)
    )


def _without_unit(words: tuple[str, ...]) -> tuple[str, ...]:
    return words[:-1] if len(words) > 1 and words[-1] in _UNITS else words


def _is_near(words: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    name, limit = "".join(words), "".join(wanted)
    if sorted(name) == sorted(limit):
        return True
    begins_alike = name[:1] == limit[:1] or name == limit[1:]
    return begins_alike and _slips(name, limit) <= (1 if len(limit) <= _SHORT else 2)


def _slips(name: str, other: str) -> int:
    """Return how many letters were left out, put in, changed or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(name, 1):
        older, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and (letter, name[i - 2]) == (other[j - 2], wanted):
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
