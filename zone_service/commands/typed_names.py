"""What a refusal of the API is about, by the word that was typed for it.

The API names members of a request, ``query.day``; whoever types knows ``DAY`` or ``--day``. What lies in a
file that was given is named by its place there.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from zone_service.commands.words import Word

_WHERE = ("path", "query", "body")


def in_typed_names(
    problem: Mapping[str, Any], words: Sequence[Word], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a problem that names what was typed, where it named members of the request."""
    faults = [
        {**each, "path": typed_name(each["path"], words, given)}
        for each in problem.get("errors", ())
    ]
    detail = problem["detail"]
    for each, fault in zip(problem.get("errors", ()), faults, strict=True):
        detail = _named_anew(detail, each["path"], fault["path"])
    return {**problem, "detail": detail, "errors": faults}


def typed_name(path: str, words: Sequence[Word], given: Mapping[str, Any]) -> str:
    """Return what somebody typed for a member of the request; empty for all of it at once.

    ``given`` is what was typed, by the names of the words: of two that go to the same member the one that was
    typed is meant.
    """
    if path.partition(".")[0] not in _WHERE:
        return path
    around = [each for each in words if _lies_in(path, _member(each))]
    if around:
        word = max(around, key=lambda each: (_was_typed(each, given), len(_member(each))))
        within = path.removeprefix(_member(word)).lstrip(".")
        return word.typed if within.isdigit() or not within else f"{word.typed} {within}"
    parts = [each.typed for each in words if _lies_in(_member(each), path)]
    if "." in path:
        return ", ".join(parts) or path
    return ""


def _member(word: Word) -> str:
    return word.into.replace(":", ".").rstrip(".")


def _lies_in(path: str, member: str) -> bool:
    return f"{path}.".startswith(f"{member}.")


def _was_typed(word: Word, given: Mapping[str, Any]) -> bool:
    value = given.get(word.name)
    return value is not None and (word.is_argument or value != word.default)


def _named_anew(detail: str, path: str, name: str) -> str:
    said = re.compile(rf"(^|; ){re.escape(path)}: ")
    return said.sub(lambda found: found[1] + (f"{name}: " if name else ""), detail)
