"""What third parties and experts think of a file: it informs those who vote and binds nobody."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from permits.opinion_kinds import OpinionKind
from permits.sheet import Sheet

__all__ = ["Opinion", "OpinionKind", "Verdict", "accepts", "third_party_resumes"]


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


def accepts(given: Iterable[Opinion], since: datetime) -> bool:
    """Tell whether the last opinion of a third party since a moment is favourable; without one, no."""
    its = [each for each in given if each.kind is OpinionKind.THIRD_PARTY and each.at >= since]
    return bool(its) and its[-1].verdict is Verdict.FAVOURABLE


def third_party_resumes(sheet: Sheet) -> bool:
    """Tell whether a third party must accept before what was suspended goes on, by a rule set."""
    found = sheet.parameters.get("resume.third_party_accepts")
    return found is not None and found.value is True
