"""English sentences whose places are filled: ``a`` before a vowel is ``an``."""

import re
from typing import Final

_BEFORE_A_PLACE: Final = re.compile(r"\ba \{(\w+)\}")
_SOUNDS_AS_A_CONSONANT: Final = ("eu", "one", "uni", "use", "usu")


def in_english(template: str, /, **filled: object) -> str:
    """Return a sentence with its places filled; ``a {kind}`` is ``an authorisation``."""

    def with_article(found: re.Match[str]) -> str:
        is_vowel = _sounds_as_a_vowel(str(filled[found[1]]))
        return f"an {{{found[1]}}}" if is_vowel else found[0]

    return _BEFORE_A_PLACE.sub(with_article, template).format(**filled)


def _sounds_as_a_vowel(text: str) -> bool:
    word = text.lower()
    return word.startswith(tuple("aeiou")) and not word.startswith(_SOUNDS_AS_A_CONSONANT)
