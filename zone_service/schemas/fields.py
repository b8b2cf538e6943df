"""What the members of every request and answer are made of."""

from typing import Annotated, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from zone_service.field_words import PLAIN


def wrong_field(kind: str, **filled: str) -> PydanticCustomError:
    """Return what a check of our own raises; its kind is a key of the words of fields."""
    english, _ = PLAIN[kind]
    return PydanticCustomError(kind, "{said}", {"said": english.format(**filled), **filled})


def _plain(text: str) -> str:
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in text):
        raise wrong_field(kind="control_character")
    return text


def whole_code_points(text: str) -> str:
    """Refuse what cannot be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise wrong_field(kind="surrogate") from None
    return text


def _said(text: object) -> object:
    """Refuse what is nothing but blanks: that it is too short would not tell why."""
    if isinstance(text, str) and text and not text.strip():
        raise wrong_field(kind="blank")
    return text


_PLAIN = AfterValidator(_plain)
_WHOLE = AfterValidator(whole_code_points)
Text = Annotated[str, _PLAIN, _WHOLE]

# The constraints come before all validators: behind them a text would be measured with its blanks
# still around it, and what is nothing but blanks would pass.
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, strip_whitespace=True),
    BeforeValidator(_said),
    _PLAIN,
    _WHOLE,
]
LongName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    BeforeValidator(_said),
    _PLAIN,
    _WHOLE,
]
Note = Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True), _PLAIN, _WHOLE]
Reason = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000, strip_whitespace=True),
    BeforeValidator(_said),
    _PLAIN,
    _WHOLE,
]
LongText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4000, strip_whitespace=True),
    BeforeValidator(_said),
    _PLAIN,
    _WHOLE,
]
ShortNote = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True), _PLAIN, _WHOLE]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{1,63}$")]
DeviceId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{2,63}$")]
ZoneId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$")]
Positive = Annotated[FiniteFloat, Field(gt=0, le=1e6)]


class Given(BaseModel):
    """What a client sends: unknown members are refused, so nobody sets what is not theirs."""

    model_config = ConfigDict(extra="forbid")


Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """Part of a list; ``next`` is the ``after`` of the following part, null at the end."""

    items: list[Item]
    next: str | None = None
