"""What can be said in a language: apart from the refusals themselves, which load the store."""

from typing import Protocol, runtime_checkable

from permits.rule_words import Language


@runtime_checkable
class Sayable(Protocol):
    """What can be said in a language."""

    def said(self, language: Language) -> str:
        """Return it for a person to read."""


def said_of(error: object, language: Language) -> str:
    """Return an error for a person to read; what has no words of ours is as it is."""
    return error.said(language) if isinstance(error, Sayable) else str(error)
