"""What a change may be made to depend on: the thing as its client last saw it."""

from collections.abc import Container
from typing import Annotated, Final, Literal

from fastapi import Header

IfMatch = Annotated[str | None, Header(max_length=1000, description="Only if it is still this.")]
IfNoneMatch = Annotated[Literal["*"] | None, Header(description="Only if there is none yet.")]

ANY_REVISION: Final = range(1, 2**63)
NONE_YET: Final = range(1)


def expected_revisions(
    if_match: str | None, if_none_match: str | None = None
) -> Container[int] | None:
    """Return the revisions that a change is meant for, 0 for a thing that is not there yet.

    ``None`` is a change that depends on nothing. A tag that we never gave matches nothing.
    """
    if if_none_match is not None:
        return NONE_YET
    if if_match is None:
        return None
    if if_match.strip() == "*":
        return ANY_REVISION
    return frozenset(_revision(tag) for tag in if_match.split(","))


def _revision(tag: str) -> int:
    text = tag.strip()
    quoted = len(text) > 2 and text[0] == text[-1] == '"'
    digits = text[1:-1] if quoted else ""
    return int(digits) if digits.isascii() and digits.isdigit() else -1
