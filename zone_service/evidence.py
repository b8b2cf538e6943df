"""What a violation tells of the fix that opened it: how sure its place was, how high it flew. Pure."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from permits.compliance import Grant
from permits.episode import Key
from permits.ruleset import BY_OUTLINE
from telemetry.report import Domain, Report
from zone_service.doubts import inside_probability
from zone_service.world import World


class Evidence(NamedTuple):
    """``None`` where it is not known, or has no part in what was broken."""

    inside_probability: float | None = None
    """Of being over the ground of a zone whose edge decided."""
    height_agl_m: float | None = None


NONE: Final = Evidence()
NOT_SURE: Final[Mapping[str, float]] = MappingProxyType({})
DIGITS: Final = 4
"""Of a probability: whatever the last bits of a distance are, a replay finds the same."""


def evidence(
    world: World,
    device_id: str,
    report: Report | None,
    key: Key,
    grant: Grant | None,
    crossed: frozenset[str],
    sure: Mapping[str, float] = NOT_SURE,
) -> Evidence:
    """Return what a fix tells of a breach; ``crossed`` are the zones that it only went through.

    Of those, and of zones that follow a device, two fixes tell together: ``sure`` is how probable it
    is by both, where that is known.
    """
    subject = world.subjects.get(device_id)
    if report is None or subject is None:
        return NONE
    height_m = world.heights.agl_m(report) if subject.domain is Domain.AIR else None
    if key[0] not in BY_OUTLINE:
        return Evidence(None, height_m)
    if key[1] in crossed or key[1] in world.index_of_following:
        inside = sure.get(key[1] or "", math.nan)
    else:
        inside = inside_probability(world, subject.domain, report, key, grant)
    return Evidence(None if math.isnan(inside) else round(inside, DIGITS), height_m)
