"""What is said with a step of a file, beside its reason, and kept with it.

What was disclosed, looked at, talked about or handed over can be read later as what it was, and not as
a sentence in a reason; each rests on a document that is in the store.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from permits.document_kinds import DocumentKind
from permits.governance_states import FileAction
from permits.paper_words import Fault, fault


class Finding(StrEnum):
    """What came of looking at something that was disclosed."""

    IN_ORDER = "IN_ORDER"
    """It is as it was disclosed."""
    SHORTCOMINGS = "SHORTCOMINGS"
    """It is not, or something else is not as it should be; a breach has a file of its own."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """事前披露: what is tried, what may go wrong, and what is done about it."""

    risks: str
    measures: str
    """What is done about them."""
    contact: str
    """Who answers for it, and how they are reached."""
    document_id: str
    """Of the applicant's statement."""


@dataclass(frozen=True, slots=True)
class Control:
    """事后控制: who looked at it, when, and what they found."""

    held_on: date
    people: tuple[str, ...]
    finding: Finding
    document_id: str
    """Of the record of it."""


@dataclass(frozen=True, slots=True)
class Interview:
    """约谈: who was talked to, when, and where it is written down."""

    held_on: date
    people: tuple[str, ...]
    """All who were there, of both sides."""
    document_id: str
    """Of the minutes."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """移送公安: to whom, with which letter."""

    to: str
    document_id: str
    """Of the letter that goes with the file."""


Said = Disclosure | Control | Interview | Transfer
SAID: Mapping[FileAction, type[Said]] = MappingProxyType(
    {
        FileAction.DISCLOSE: Disclosure,
        FileAction.CONTROL: Control,
        FileAction.INTERVIEW: Interview,
        FileAction.TRANSFER_TO_POLICE: Transfer,
    }
)
"""What must be said with which step; with others there is no place for it."""
PAPER: Mapping[type[Said], DocumentKind] = MappingProxyType(
    {
        Disclosure: DocumentKind.DISCLOSURE,
        Control: DocumentKind.CONTROL_RECORD,
        Interview: DocumentKind.INTERVIEW_MINUTES,
        Transfer: DocumentKind.TRANSFER_LETTER,
    }
)
"""Of which kind its document is."""


def said_faults(said: Said, today: date) -> tuple[Fault, ...]:
    """Return all that is wrong with what is said; its document is the store's to find."""
    match said:
        case Disclosure():
            texts = {"risks": said.risks, "measures": said.measures, "contact": said.contact}
            return tuple(_absent(texts))
        case Control() | Interview():
            return tuple(_held(said, today))
        case Transfer():
            return tuple(_absent({"to": said.to}))


def _absent(texts: Mapping[str, str]) -> Iterator[Fault]:
    for path, text in texts.items():
        if not text.strip():
            yield fault(path, None, "text")


def _held(said: Control | Interview, today: date) -> Iterator[Fault]:
    if said.held_on > today:
        yield fault("held_on", said.held_on, "not later", at=today)
    if not any(each.strip() for each in said.people):
        yield fault("people", None, "some person")
