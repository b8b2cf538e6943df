"""Where the permits of a device let it be, and from when until when they say so. Pure."""

from collections.abc import Iterable, Mapping
from math import inf
from typing import NamedTuple

from permits.compliance import Grant
from permits.terms import Terms


class Permitted(NamedTuple):
    """What holds until the next of the permits begins or ends to bind."""

    terms: tuple[Terms, ...]
    """Of the permits that bind."""
    slots: frozenset[int]
    """Of the zones in which one of them lets the device be."""
    from_s: float
    until_s: float
    """Unix time; the first moment at which something else holds."""


def permitted(grants: Iterable[Grant], slots: Mapping[str, int], now_s: float) -> Permitted:
    """Return what permits allow at a moment; ``slots`` are those of the zones by their ids."""
    binding = [grant for grant in grants if grant.binds]
    edges = [edge for grant in binding for edge in (grant.starts_at_s, grant.ends_at_s)]
    terms = tuple(grant.terms for grant in binding if grant.starts_at_s <= now_s < grant.ends_at_s)
    return Permitted(
        terms,
        frozenset(
            slots[zone_id]
            for each in terms
            for zone_id in each.zone_ids | each.transfer_zone_ids
            if zone_id in slots
        ),
        max((edge for edge in edges if edge <= now_s), default=-inf),
        min((edge for edge in edges if edge > now_s), default=inf),
    )
