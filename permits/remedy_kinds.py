"""The ways to have a decision looked at again, and where a rule set says how long they are open."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from permits.life_cycle import NEEDS_REASON
from permits.matter_cycle import MATTER_STEPS
from permits.states import Family

AGAINST = "remedies.against"
AGAINST_OF_MATTERS = "remedies.against_of_matters"
"""The keys of the steps of permits, and of matters under them, against which something can be done."""
DECISIONS = tuple(sorted(NEEDS_REASON))
DECISIONS_OF_MATTERS = tuple(
    sorted({step.action for steps in MATTER_STEPS.values() for step in steps if step.needs_reason})
)


class RemedyKind(StrEnum):
    """A way to have a decision looked at again."""

    RECONSIDERATION = "RECONSIDERATION"
    """行政复议"""
    LITIGATION = "LITIGATION"
    """行政诉讼"""


NAMES: Mapping[RemedyKind, tuple[str, str]] = MappingProxyType(
    {
        RemedyKind.RECONSIDERATION: ("administrative reconsideration", "行政复议"),
        RemedyKind.LITIGATION: ("administrative litigation", "行政诉讼"),
    }
)
LENGTH: Mapping[RemedyKind, str] = MappingProxyType(
    {RemedyKind.RECONSIDERATION: "days", RemedyKind.LITIGATION: "months"}
)
"""In what the time for each is counted."""


def length_key(kind: RemedyKind) -> str:
    """Return where a rule set says how long there is."""
    return f"remedies.{kind.lower()}.{LENGTH[kind]}"


def body_key(kind: RemedyKind, family: Family) -> str:
    """Return where it says to whom one goes: a name in English and one in Chinese."""
    return f"remedies.{kind.lower()}.body.{family}"
