"""What a change may be made to depend on: the thing as its client last saw it.

What people edit is changed on this condition alone: who says nothing of what they saw would undo what
somebody else has just done. ``NO_CONDITION`` says why an operation asks for none.
"""

from collections.abc import Container
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final, Literal

from fastapi import Depends, Header

from zone_service.problems import ProblemError, Responses, errors, sentence
from zone_service.store.errors import Conflict, Stale

IfMatch = Annotated[str | None, Header(max_length=1000, description="Only if it is still this.")]
IfNoneMatch = Annotated[Literal["*"] | None, Header(description="Only if there is none yet.")]

NO_CONDITION: Final = "x-no-condition"
"""In ``openapi_extra``: why an operation that changes something asks for no ``If-Match``."""
ENDED_ONCE: Final = {NO_CONDITION: "it is never edited: it is ended, once"}
EDITS: Final[Responses] = errors(HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED)
ANY_REVISION: Final = range(1, 2**63)
NONE_YET: Final = range(1)


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags that a thing may have; ``None``: any, as long as it is there."""

    some: frozenset[str] | None

    def __contains__(self, tag: object) -> bool:
        return tag != "" if self.some is None else tag in self.some


NO_TAG_YET: Final = Tags(frozenset({""}))


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


def step_revision(revision: int | None, if_match: str | None) -> int | None:
    """Return the revision that a step is meant for, as ``If-Match`` says it or else the body.

    ``None`` is a step that depends on nothing. A tag that we never gave matches nothing.
    """
    if if_match is None or if_match.strip() == "*":
        return revision
    text = if_match.strip().strip('"')
    return int(text) if text.isascii() and text.isdigit() else -1


def as_asked(error: Exception, if_match: str | None) -> Exception:
    """Return a refusal of a step as who asked for it has to read it.

    Who said by ``If-Match`` what was seen is told that this does not hold (412); who said it in the body,
    or nothing, that somebody was faster (409).
    """
    is_told = if_match is not None and if_match.strip() != "*"
    if is_told and isinstance(error, Conflict) and error.why in _MOVED_ON:
        return Stale.of(error)
    return error


_MOVED_ON: Final = frozenset({"moved on", "violation at"})


def _revision(tag: str) -> int:
    digits = _plain(tag)
    return int(digits) if digits.isascii() and digits.isdigit() else -1


def _plain(tag: str) -> str:
    text = tag.strip()
    quoted = len(text) > 2 and text[0] == text[-1] == '"'
    return text[1:-1] if quoted else "\x00"


def _match(if_match: IfMatch = None) -> str:
    if if_match is None:
        raise _required(new=False)
    return if_match


def _revisions(if_match: Annotated[str, Depends(_match)]) -> Container[int]:
    # What is registered counts from 0: any is from there.
    return range(2**63) if if_match.strip() == "*" else _known(expected_revisions(if_match))


def _revisions_or_none(
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Container[int]:
    if if_match is None and if_none_match is None:
        raise _required(new=True)
    return _known(expected_revisions(if_match, if_none_match))


def _tags(if_match: Annotated[str, Depends(_match)]) -> Tags:
    some = None if if_match.strip() == "*" else frozenset(map(_plain, if_match.split(",")))
    return Tags(some)


def _tags_or_none(
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Tags:
    if if_none_match is not None:
        return NO_TAG_YET
    if if_match is None:
        raise _required(new=True)
    return _tags(if_match)


def _required(*, new: bool) -> ProblemError:
    asked = "condition or new" if new else "condition"
    return ProblemError(HTTPStatus.PRECONDITION_REQUIRED, sentence(asked))


def _known(expected: Container[int] | None) -> Container[int]:
    assert expected is not None  # noqa: S101 -- there was a header
    return expected


SeenRevision = Annotated[Container[int], Depends(_revisions)]
"""``If-Match``, demanded: 428 without. In a route it comes after who asks, who is asked first."""
SeenRevisionOrNone = Annotated[Container[int], Depends(_revisions_or_none)]
"""``If-Match``, or ``If-None-Match: *`` for what is not there yet."""
SeenTag = Annotated[Tags, Depends(_tags)]
SeenTagOrNone = Annotated[Tags, Depends(_tags_or_none)]
