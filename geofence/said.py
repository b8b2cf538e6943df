"""A sentence about what somebody drew, with the things in it: so that it can be said in other languages too."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence: in English as it stands, and by that found in other languages."""

    why: str
    """With names in braces, which ``filled`` has."""
    filled: Mapping[str, object] = field(default_factory=dict, hash=False)
    """A value may be a sentence itself."""

    def __str__(self) -> str:
        """Return it in English."""
        return self.why.format(**self.filled)
