"""What a device may go on doing: how far a conduct that breaks nothing may change and break nothing still.

Nearly every fix says what the one before said, a little further on. Of who broke nothing then, and
is in the same zones by the same permit, in the same mode, nothing but the time, the speed and the height can
have come to break anything; so that is all there is to look at.
"""

from math import inf
from typing import NamedTuple

from permits.ceilings import height_limit_agl_m, speed_limit
from permits.compliance import Conduct, Grant, edges_of, is_on_task
from permits.ruleset import RuleSet
from permits.terms import DailyHours, within_hours
from permits.weekly_hours import NEVER, Week, holds


class Allowance(NamedTuple):
    """Of one conduct that broke nothing: what breaks nothing either, if all else is the same."""

    from_s: float
    until_s: float
    """Between these moments (Unix seconds) no permit begins or ends; the last of them excluded."""
    hours: tuple[DailyHours, ...]
    forbidden: Week
    ceiling_mps: float
    """As fast it may be; its speed must be known."""
    ceiling_agl_m: float | None
    """As high; then its height must be known. ``None`` for what does not fly."""

    def covers(self, at_s: float, speed_mps: float | None, height_agl_m: float | None) -> bool:
        """Tell whether a conduct that differs in nothing but these breaks nothing.

        False says nothing: then it must be looked at whole.
        """
        from_s, until_s, hours, forbidden, ceiling_mps, ceiling_agl_m = self  # asked of every fix
        if height_agl_m is None:
            is_low_enough = ceiling_agl_m is None
        else:
            is_low_enough = ceiling_agl_m is None or height_agl_m <= ceiling_agl_m
        return (
            from_s <= at_s < until_s
            and speed_mps is not None
            and speed_mps <= ceiling_mps
            and is_low_enough
            and (not hours or within_hours(hours, at_s))
            and (not forbidden or not holds(forbidden, at_s))
        )


def allowance(grant: Grant | None, conduct: Conduct, rules: RuleSet) -> Allowance:
    """Return what follows from a conduct that breaks nothing by ``grant`` and these rules.

    Whether it is clean the caller has asked already (``breaches``); nothing is wrong with its message.
    """
    if grant is None:
        return Allowance(-inf, inf, (), NEVER, *_ceilings(None, conduct, rules))
    at_s, edges = conduct.at_s, edges_of(grant)
    return Allowance(
        max((edge for edge in edges if edge <= at_s), default=-inf),
        min((edge for edge in edges if edge > at_s), default=inf),
        grant.terms.hours,
        rules.forbidden_hours if grant.low_speed else NEVER,
        *_ceilings(grant, conduct, rules),
    )


def _ceilings(grant: Grant | None, conduct: Conduct, rules: RuleSet) -> tuple[float, float | None]:
    """Return how fast and how high; who is not at work is asked neither."""
    flies = conduct.domain == "air"
    if not is_on_task(conduct):
        return inf, None
    binds = (
        grant is not None and grant.binds and grant.starts_at_s <= conduct.at_s < grant.ends_at_s
    )
    terms = grant.terms if grant is not None and binds else None
    limit = speed_limit(terms, conduct.speed_limits, rules)
    is_record = grant is not None and grant.is_record
    height_m = height_limit_agl_m(terms, rules, is_record=is_record) if flies else None
    return (inf if limit is None else limit.ceiling_mps), height_m
