"""By what a rule set holds the quality of what devices report, and what a test of a data link asks for."""

from collections.abc import Mapping
from dataclasses import dataclass

from permits.precondition_facts import number_in, texts_in
from permits.quality_items import PARTS
from permits.sheet import Sheet


@dataclass(frozen=True, slots=True)
class QualityRules:
    """By what the days of devices of one domain are scored."""

    mandatory: tuple[str, ...]
    """Items of data, by the names of ``quality_items``."""
    rate_min_hz: float
    """So often, at least, a device that is heard reports."""
    weights: Mapping[str, float]
    """By part of the score; what is absent does not count."""
    nothing_at: Mapping[str, float]
    """By part: the share of what is bad from which on it is worth nothing."""


@dataclass(frozen=True, slots=True)
class LinkTestRules:
    """What a test of a data link takes."""

    minutes: float
    """So long a device must send."""
    score_min: float
    """And what it sends must be worth so much, with no mandatory item missing."""
    valid_days: float
    """So long a test answers."""


def quality_rules(sheet: Sheet, domain: str) -> QualityRules | None:
    """Return by what a domain is scored; ``None`` under a rule set that does not score it."""
    mandatory = texts_in(sheet, f"quality.mandatory.{domain}")
    rate_min_hz = number_in(sheet, f"quality.rate_min_hz.{domain}")
    if mandatory is None or rate_min_hz is None:
        return None
    return QualityRules(
        mandatory,
        rate_min_hz,
        _by_part(sheet, "quality.weight"),
        _by_part(sheet, "quality.nothing_at"),
    )


def link_test_rules(sheet: Sheet) -> LinkTestRules | None:
    """Return what a test takes; ``None`` under a rule set that knows none."""
    minutes = number_in(sheet, "link_test.minutes")
    score_min = number_in(sheet, "link_test.score_min")
    valid_days = number_in(sheet, "link_test.valid_days")
    if minutes is None or score_min is None or valid_days is None:
        return None
    return LinkTestRules(minutes, score_min, valid_days)


def late_after_s(sheet: Sheet) -> float | None:
    """Return how long after its time a report is late; ``None`` where the rule set does not say."""
    return number_in(sheet, "quality.late_after_s")


def accuracy_max_m(sheet: Sheet, domain: str) -> float | None:
    """Return from which claimed error on a position is not good enough; ``None`` likewise."""
    return number_in(sheet, f"quality.accuracy_max_m.{domain}")


def _by_part(sheet: Sheet, key: str) -> Mapping[str, float]:
    found = ((part, number_in(sheet, f"{key}.{part}")) for part in PARTS)
    return {part: value for part, value in found if value is not None}
