"""How fast and how high a device may be: the limit that counts, and what is allowed above it."""

from collections.abc import Iterable
from typing import NamedTuple

from permits.ruleset import RuleSet
from permits.terms import Terms


class SpeedLimit(NamedTuple):
    """The strictest of the limits that bind a device. Metres a second."""

    zone_id: str | None
    """Whose it is; ``None`` for the permit's own."""
    limit_mps: float
    ceiling_mps: float
    """The limit and the margin of the rule set: nobody breaks it up to here."""


def speed_limit(
    terms: Terms | None, zones: Iterable[tuple[str, float]], rules: RuleSet
) -> SpeedLimit | None:
    """Return the strictest limit of a permit and of the speed zones around; ``None`` without any.

    Of two that are alike the first zone's counts.
    """
    permitted_mps = terms.max_speed_mps if terms is not None else None
    limits: list[tuple[str | None, float]] = [*zones]
    if permitted_mps is not None:
        limits.append((None, permitted_mps))
    if not limits:
        return None
    zone_id, limit_mps = min(limits, key=_second)
    margin_mps = max(rules.overspeed_margin_mps, limit_mps * rules.overspeed_margin_ratio)
    return SpeedLimit(zone_id, limit_mps, limit_mps + margin_mps)


def height_limit_agl_m(terms: Terms | None, rules: RuleSet, *, is_record: bool) -> float:
    """Return how high an aircraft may fly; a record of the holder's alone lifts no limit."""
    approved_m = terms.max_height_agl_m if terms is not None else None
    limit_m = rules.max_height_agl_m if approved_m is None else approved_m
    return min(limit_m, rules.max_height_agl_m) if is_record else limit_m


def _second(limit: tuple[str | None, float]) -> float:
    return limit[1]
