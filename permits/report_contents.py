"""What a report of each kind must contain: one table."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from permits.report_periods import ReportKind


class Section(StrEnum):
    """A part of a report that the platform computes."""

    SUMMARY = "SUMMARY"
    OPENED = "OPENED"
    PERMITS = "PERMITS"
    """By kind, stage, state and district."""
    ACTS = "ACTS"
    """What was decided in the period."""
    OPERATORS = "OPERATORS"
    DRIVEN = "DRIVEN"
    VIOLATIONS = "VIOLATIONS"
    SAFETY = "SAFETY"
    """Accidents, suspensions, recognised vehicles."""


CONTENTS: Mapping[ReportKind, tuple[Section, ...]] = MappingProxyType(
    {
        ReportKind.HALF_YEARLY: (
            Section.SUMMARY,
            Section.PERMITS,
            Section.ACTS,
            Section.OPERATORS,
            Section.DRIVEN,
            Section.VIOLATIONS,
            Section.SAFETY,
            Section.OPENED,
        ),
        ReportKind.ANNUAL: (
            Section.SUMMARY,
            Section.OPENED,
            Section.PERMITS,
            Section.DRIVEN,
            Section.VIOLATIONS,
            Section.SAFETY,
        ),
    }
)
"""In the order in which they stand."""
