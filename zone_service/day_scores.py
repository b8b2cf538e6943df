"""By what the days of a device are scored: the rules of the law, in the words of telemetry. Pure."""

from dataclasses import dataclass
from typing import Final

from permits.quality_rules import quality_rules
from permits.ruleset import RuleSet, judged_by
from permits.sheet import Sheet
from telemetry.data_items import DataItem
from telemetry.device_day import DeviceDay
from telemetry.quality_score import Part, Scale, Score, scored
from telemetry.report import Domain

SHANGHAI_AHEAD_S: Final = 8 * 3600.0
"""Of UTC: a day is one in law, as for all that is counted in days. Shanghai has no summer time since 1991."""


@dataclass(frozen=True, slots=True)
class ScoredDay:
    """A day of a device, and what its data is worth."""

    device_id: str
    day: DeviceDay
    score: Score | None
    """``None`` under rules that score no device of its domain."""
    mandatory: tuple[DataItem, ...] = ()


def scale_of(rules: RuleSet, domain: Domain) -> Scale | None:
    """Return by what a domain is scored; ``None`` under a rule set that does not score it."""
    found = quality_rules(rules.sheet, domain)
    if found is None:
        return None
    return Scale(
        tuple(map(DataItem, found.mandatory)),
        found.rate_min_hz,
        rules.silence_s(domain),
        {Part(part): weight for part, weight in found.weights.items()},
        {Part(part): share for part, share in found.nothing_at.items()},
    )


class Scoring:
    """Scores days under one rule set: its scales are made once."""

    def __init__(self, rules: RuleSet) -> None:
        self._scales = {domain: scale_of(rules, domain) for domain in Domain}

    def of(self, device_id: str, domain: Domain, day: DeviceDay, until_s: float) -> ScoredDay:
        """Return what a day is worth up to a moment, by the service's clock."""
        scale = self._scales[domain]
        if scale is None:
            return ScoredDay(device_id, day, None)
        score = scored(day, scale, until_s, SHANGHAI_AHEAD_S)
        return ScoredDay(device_id, day, score, scale.mandatory)


_LATEST: Final[dict[str, Scoring]] = {}
"""The one that was asked for last, by its label: of a version of a rule set nothing changes."""


def scoring(sheet: Sheet) -> Scoring:
    """Return what scores days under a rule set, which must be one that fixes are judged by."""
    found = _LATEST.get(sheet.label)
    if found is None:
        found = Scoring(judged_by(sheet))
        _LATEST.clear()
        _LATEST[sheet.label] = found
    return found
