"""Where the permits of a device let it be, and from when until when they say so. Pure."""

from collections.abc import Iterable, Mapping
from math import inf
from typing import NamedTuple

from permits.compliance import Grant
from permits.terms import Terms, by_route_alone


class Permitted(NamedTuple):
    """What holds until the next of the permits begins or ends to bind."""

    terms: tuple[Terms, ...]
    """Of the permits that bind."""
    first: Grant | None
    """Whose the first of the terms are."""
    slots: frozenset[int]
    """Of the zones in which one of them lets the device be; none where one asks for no zone."""
    routes: frozenset[str]
    """The permits by their numbers, where each keeps the device to a corridor of its own."""
    from_s: float
    until_s: float
    """Unix time; the first moment at which something else holds."""


def permitted(grants: Iterable[Grant], slots: Mapping[str, int], now_s: float) -> Permitted:
    """Return what permits allow at a moment; ``slots`` are those of the zones by their ids."""
    binding = [grant for grant in grants if grant.binds]
    edges = [edge for grant in binding for edge in (grant.starts_at_s, grant.ends_at_s)]
    now = [grant for grant in binding if grant.starts_at_s <= now_s < grant.ends_at_s]
    terms = tuple(grant.terms for grant in now)
    on_routes = all(each.corridor is not None for each in terms)
    anywhere_on_route = any(map(by_route_alone, terms))
    return Permitted(
        terms,
        now[0] if now else None,
        frozenset(
            slots[zone_id]
            for each in terms
            for zone_id in each.zone_ids | each.transfer_zone_ids
            if zone_id in slots and not anywhere_on_route
        ),
        frozenset(grant.permit_number for grant in now) if on_routes else frozenset(),
        max((edge for edge in edges if edge <= now_s), default=-inf),
        min((edge for edge in edges if edge > now_s), default=inf),
    )
