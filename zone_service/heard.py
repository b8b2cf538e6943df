"""What a batch adds to the days of its devices, by the rules that they are judged by. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from geofence.fixes import DOMAIN_CODES, Fixes
from permits.ruleset import RuleSet
from permits.violation import ViolationCode
from telemetry.day_loop import AUTOMATED, BY_HAND, OTHERWISE
from telemetry.device_days import Heard, Measure, Told
from telemetry.report import ControlMode
from zone_service.memory import Memory
from zone_service.rows import Fresh
from zone_service.world import World

SHANGHAI_AHEAD_S: Final = 8 * 3600.0
"""Of UTC: a day is one in law, as for all that is counted in days. Shanghai has no summer time since 1991."""


class Counting:
    """By what days are counted under one rule set: made once, and asked for with every batch."""

    __slots__ = ("by", "modes", "rules")

    def __init__(self, rules: RuleSet, moving_mps: float) -> None:
        self.rules = rules
        self.by = Measure(_silence_s(rules), moving_mps, SHANGHAI_AHEAD_S)
        self.modes: Mapping[ControlMode, int] = {mode: _code(mode, rules) for mode in ControlMode}


_LATEST: Final[list[Counting]] = []
"""The one that was asked for last. What it holds follows from the rule set alone."""


def counting_of(world: World) -> Counting:
    """Return by what days are counted in a world."""
    if not _LATEST or _LATEST[0].rules is not world.rules:
        _LATEST[:] = [Counting(world.rules, world.moving_mps)]
    return _LATEST[0]


def heard(world: World, gathered: Iterable[Fresh], fixes: Fixes) -> Heard:
    """Return new reports, which are the rows of ``fixes``, as what their days are counted from."""
    modes = counting_of(world).modes
    return Heard(
        fixes.device,
        np.array([each.received_s for each in gathered], np.float64),
        fixes.at_s,
        fixes.longitude_deg,
        fixes.latitude_deg,
        fixes.domain,
        np.array([modes[each.report.control_mode] for each in gathered], np.int8),
    )


def count(memory: Memory, world: World, told: Sequence[Told]) -> None:
    """Add to the days of devices what they told in a batch.

    Done once all of it is judged: a batch that we fail on is put back and judged in halves, and must
    not count twice.
    """
    if told:
        memory.days.grow(memory.names)
        memory.days.take(told, counting_of(world).by)


def _silence_s(rules: RuleSet) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    ordered = sorted(DOMAIN_CODES, key=DOMAIN_CODES.__getitem__)
    silence = ViolationCode.TELEMETRY_SILENCE
    return np.array([rules.rule(silence, domain).opens_after_s for domain in ordered], np.float64)


def _code(mode: ControlMode, rules: RuleSet) -> int:
    if mode in rules.automated_modes:
        return AUTOMATED
    return BY_HAND if mode in rules.by_hand_modes else OTHERWISE
