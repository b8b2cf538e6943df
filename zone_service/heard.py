"""What a batch adds to the days of its devices, by the rules that they are judged by. Pure."""

from collections.abc import Mapping, Sequence
from math import inf, nan
from typing import Final

import numpy as np

from geofence.fixes import DOMAIN_CODES, Fixes
from permits import quality_rules
from permits.ruleset import RuleSet
from telemetry.data_items import lacking
from telemetry.day_loop import AUTOMATED, BY_HAND, JUMPED, OTHERWISE, SKEWED, STANDING
from telemetry.device_days import Heard, Measure, Told
from telemetry.report import ControlMode, Domain, Report, TimeSource
from zone_service.conduct import at_work
from zone_service.day_scores import SHANGHAI_AHEAD_S
from zone_service.memory import Memory
from zone_service.rows import Fresh
from zone_service.world import World


class Counting:
    """By what days are counted under one rule set: made once, and asked for with every batch."""

    __slots__ = ("by", "modes", "rules")

    def __init__(self, rules: RuleSet, moving_mps: float) -> None:
        self.rules = rules
        late_after_s = quality_rules.late_after_s(rules.sheet)
        self.by = Measure(
            _silence_s(rules), moving_mps, SHANGHAI_AHEAD_S,
            inf if late_after_s is None else late_after_s, _accuracy_max_m(rules),
        )  # fmt: skip
        self.modes: Mapping[ControlMode, int] = {mode: _code(mode, rules) for mode in ControlMode}


_LATEST: Final[list[Counting]] = []
"""The one that was asked for last. What it holds follows from the rule set alone."""


def counting_of(world: World) -> Counting:
    """Return by what days are counted in a world."""
    if not _LATEST or _LATEST[0].rules is not world.rules:
        _LATEST[:] = [Counting(world.rules, world.moving_mps)]
    return _LATEST[0]


def heard(world: World, gathered: Sequence[Fresh], fixes: Fixes) -> Heard:
    """Return new reports, which are the rows of ``fixes``, as what their days are counted from."""
    modes, moving_mps = counting_of(world).modes, world.moving_mps
    return Heard(
        fixes.device,
        np.array([each.received_s for each in gathered], np.float64),
        fixes.at_s,
        fixes.longitude_deg,
        fixes.latitude_deg,
        fixes.domain,
        np.array([modes[each.report.control_mode] for each in gathered], np.int8),
        np.array([_marks(each, moving_mps) for each in gathered], np.int32),
        np.array([delay_s(each.report, each.received_s) for each in gathered], np.float64),
        # Of what does not say it numpy makes NaN.
        np.array([each.report.horizontal_accuracy_m for each in gathered], np.float64),
        np.array([each.seen.lost for each in gathered], np.int32),
    )


_SERVER: Final = TimeSource.SERVER


def delay_s(report: Report, received_s: float) -> float:
    """Return how long after its own time a report was received; NaN where it has none."""
    return nan if report.time_source is _SERVER else received_s - report.event_time_s


def _marks(fresh: Fresh, moving_mps: float) -> int:
    """Return what a report lacks, and what is wrong with it."""
    seen = fresh.seen
    skewed = seen.skew_s is not None and not fresh.catching_up
    return marks_of(fresh.report, fresh.subject.domain, moving_mps, jumped=seen.jump, skewed=skewed)


def marks_of(
    report: Report, domain: Domain, moving_mps: float, *, jumped: bool, skewed: bool
) -> int:
    """Return the marks of a report that days are counted by."""
    marks = lacking(report)
    if jumped:
        marks |= JUMPED
    if skewed:
        marks |= SKEWED
    return marks if at_work(domain, report, moving_mps) else marks | STANDING


def count(memory: Memory, world: World, told: Sequence[Told]) -> None:
    """Add to the days of devices what they told in a batch.

    Done once all of it is judged: a batch that we fail on is put back and judged in halves, and must
    not count twice.
    """
    if told:
        # Gathered reports are told when a tick or the end of the batch has them judged, all else at once; and
        # ticks that did nothing are in no journal. So the order must not be theirs.
        told = sorted(told, key=_is_beside)
        memory.days.grow(memory.names)
        by = counting_of(world).by._replace(listening_s=memory.listening_s)
        memory.days.take(told, by)


def _is_beside(told: Told) -> bool:
    return not isinstance(told, Heard)


def _silence_s(rules: RuleSet) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    ordered = sorted(DOMAIN_CODES, key=DOMAIN_CODES.__getitem__)
    return np.array([rules.silence_s(domain) for domain in ordered], np.float64)


def _accuracy_max_m(rules: RuleSet) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    ordered = sorted(DOMAIN_CODES, key=DOMAIN_CODES.__getitem__)
    found = (quality_rules.accuracy_max_m(rules.sheet, domain) for domain in ordered)
    return np.array([inf if each is None else each for each in found], np.float64)


def _code(mode: ControlMode, rules: RuleSet) -> int:
    if mode in rules.automated_modes:
        return AUTOMATED
    return BY_HAND if mode in rules.by_hand_modes else OTHERWISE
