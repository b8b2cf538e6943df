"""What a change may be made to depend on: the thing as its client last saw it.

What people edit is changed on this condition alone: who says nothing of what they saw would undo what
somebody else has just done. ``NO_CONDITION`` says why an operation asks for none.
"""

from collections.abc import Container
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final, Literal

from fastapi import Depends, Header

from permits.rule_words import Language
from zone_service.languages import language_of
from zone_service.problems import ProblemError, Responses, errors

IfMatch = Annotated[str | None, Header(max_length=1000, description="Only if it is still this.")]
IfNoneMatch = Annotated[Literal["*"] | None, Header(description="Only if there is none yet.")]
AcceptLanguage = Annotated[str | None, Header(max_length=200, include_in_schema=False)]

NO_CONDITION: Final = "x-no-condition"
"""In ``openapi_extra``: why an operation that changes something asks for no ``If-Match``."""
ENDED_ONCE: Final = {NO_CONDITION: "it is never edited: it is ended, once"}
EDITS: Final[Responses] = errors(HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED)
ANY_REVISION: Final = range(1, 2**63)
NONE_YET: Final = range(1)

_ASKED = {
    Language.ENGLISH: (
        "expected If-Match with the ETag that you have seen",
        "expected If-Match with the ETag that you have seen, or If-None-Match: * for a new one",
    ),
    Language.CHINESE: (
        "须以 If-Match 给出您所见版本的 ETag",
        "须以 If-Match 给出您所见版本的 ETag；新建时用 If-None-Match: *",
    ),
}


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


def _revision(tag: str) -> int:
    digits = _plain(tag)
    return int(digits) if digits.isascii() and digits.isdigit() else -1


def _plain(tag: str) -> str:
    text = tag.strip()
    quoted = len(text) > 2 and text[0] == text[-1] == '"'
    return text[1:-1] if quoted else "\x00"


def _match(if_match: IfMatch = None, accept_language: AcceptLanguage = None) -> str:
    if if_match is None:
        raise _required(accept_language, new=False)
    return if_match


def _revisions(if_match: Annotated[str, Depends(_match)]) -> Container[int]:
    # What is registered counts from 0: any is from there.
    return range(2**63) if if_match.strip() == "*" else _known(expected_revisions(if_match))


def _revisions_or_none(
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
    accept_language: AcceptLanguage = None,
) -> Container[int]:
    if if_match is None and if_none_match is None:
        raise _required(accept_language, new=True)
    return _known(expected_revisions(if_match, if_none_match))


def _tags(if_match: Annotated[str, Depends(_match)]) -> Tags:
    some = None if if_match.strip() == "*" else frozenset(map(_plain, if_match.split(",")))
    return Tags(some)


def _tags_or_none(
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
    accept_language: AcceptLanguage = None,
) -> Tags:
    if if_none_match is not None:
        return NO_TAG_YET
    if if_match is None:
        raise _required(accept_language, new=True)
    return _tags(if_match)


def _required(accept_language: str | None, *, new: bool) -> ProblemError:
    said = _ASKED[language_of(accept_language)][new]
    return ProblemError(HTTPStatus.PRECONDITION_REQUIRED, said)


def _known(expected: Container[int] | None) -> Container[int]:
    assert expected is not None  # noqa: S101 -- there was a header
    return expected


SeenRevision = Annotated[Container[int], Depends(_revisions)]
"""``If-Match``, demanded: 428 without. In a route it comes after who asks, who is asked first."""
SeenRevisionOrNone = Annotated[Container[int], Depends(_revisions_or_none)]
"""``If-Match``, or ``If-None-Match: *`` for what is not there yet."""
SeenTag = Annotated[Tags, Depends(_tags)]
SeenTagOrNone = Annotated[Tags, Depends(_tags_or_none)]
