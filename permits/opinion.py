"""What third parties and experts think of a file: it informs those who vote and binds nobody."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OpinionKind(StrEnum):
    """Whose opinion it is."""

    THIRD_PARTY = "third_party"
    """第三方评审"""
    EXPERT = "expert"
    """专家评审"""


class Verdict(StrEnum):
    """What it comes to."""

    FAVOURABLE = "favourable"
    """同意"""
    WITH_RESERVATIONS = "with_reservations"
    """有保留意见"""
    UNFAVOURABLE = "unfavourable"
    """不同意"""


@dataclass(frozen=True, slots=True)
class Opinion:
    """One opinion on one permit."""

    number: str
    """Of the permit."""
    kind: OpinionKind
    organisation_id: str
    author: str
    verdict: Verdict
    text: str
    at: datetime
    document_id: str | None = None
    """Of the report that it rests on, if it was handed in."""
