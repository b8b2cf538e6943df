"""Devices whom the passing of time does nothing to: a tick asks ten thousand of them very little.

Of a device with nothing going on a tick can find three things: a silence, a permit that runs out, hours
that end. Who is not at work has none of them. For the others it is remembered until when there
is none, as long as all that it follows from is the same; nothing of it need be kept, since to forget it
costs only the time to find it again. Pure.
"""

from operator import is_
from typing import NamedTuple

from permits.compliance import Breach, Grant, edges_of, goes_by_peaks
from permits.ruleset import RuleSet
from permits.watch import BY_THE_CLOCK
from telemetry.report import Report
from zone_service.own_corridors import Strayed


class Basis(NamedTuple):
    """What a tick judges a device by, but for the time."""

    report: Report
    inside: tuple[int, ...]
    unknown: tuple[int, ...]
    strayed: Strayed
    grants: tuple[Grant, ...]
    rules: RuleSet


class Calm(NamedTuple):
    """Until when time alone does nothing to a device, and what that follows from."""

    basis: Basis
    until_s: float
    """The first moment of ours at which it must be asked about again."""

    def holds(self, basis: Basis, now_s: float) -> bool:
        """Tell whether it still says something: all is the very same, and it is not over."""
        return now_s < self.until_s and all(map(is_, self.basis, basis))


NEVER = -1.0


def calm_until_s(
    grants: tuple[Grant, ...],
    rules: RuleSet,
    found: tuple[Breach, ...],
    silent_s: float,
    now_s: float,
) -> float:
    """Return until when a device at work is left alone by time, ``NEVER`` if it is not now.

    ``found``: what it breaks now; ``silent_s``: from when on it is silent unless it is heard.
    Hours, of a permit or of a rule set, are not looked into: they end and begin every day.
    """
    is_by_time = any(breach.code in BY_THE_CLOCK for breach in found)
    if is_by_time or silent_s <= now_s or any(_goes_by_hours(grant, rules) for grant in grants):
        return NEVER
    edges = [edge for grant in grants for edge in edges_of(grant)]
    return min(edge for edge in (silent_s, *edges) if edge > now_s)


def _goes_by_hours(grant: Grant, rules: RuleSet) -> bool:
    return bool(grant.terms.hours) or goes_by_peaks(grant, grant.rules or rules)
