"""What ``zone doctor`` has to say of each thing that it looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class State(StrEnum):
    """How a thing is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    """It could not be found out."""


class Words(str):
    """A sentence in English with its places filled, which is found in other languages by what it was before.

    It is the text that it says, to whoever does not ask for another language.
    """

    why: str
    """With names in braces, which ``filled`` has."""
    filled: Mapping[str, object]
    """A value may be a sentence itself."""

    def __new__(cls, why: str, /, **filled: object) -> Self:
        """Return it filled."""
        made = super().__new__(cls, why.format(**filled))
        made.why, made.filled = why, filled
        return made


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was found and, unless it is well, what to do."""

    name: str
    state: State
    found: str
    advice: str = ""
