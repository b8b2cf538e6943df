"""The zones that terms name, and whether the map lets each be what it is named as.

What the map says of a zone comes in as a value: nothing here knows what a zone is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from permits.states import Family
from permits.terms import Terms, standing


class Use(StrEnum):
    """As what terms name a zone; each is the name of the term."""

    PERMITTED = "zone_ids"
    TRANSFER = "transfer_zone_ids"
    EXEMPT = "exempt_zone_ids"
    """As one that keeps others out and may be entered."""


class Amiss(StrEnum):
    """Why a zone cannot be what it is named as."""

    UNKNOWN = "unknown"
    """It never was on the map."""
    WITHDRAWN = "withdrawn"
    """It was, and is not any more."""
    NO_PLACE = "no place"
    """It is none that permits let something be in."""
    NOT_LIFTED = "not lifted"
    """No permit lifts it: it is prohibited to all, or keeps nobody out."""
    OTHER_DOMAIN = "other domain"
    """It does not concern what moves under the permit."""


class Standing(StrEnum):
    """How a zone that a permit names stands on the map."""

    IN_FORCE = "in force"
    SUSPENDED = "suspended"
    """It is on the map, and closed to this permit."""
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"
    UNFIT = "unfit"
    """It is there, and none that the permit could be in, or enter."""


DOMAIN_OF: Mapping[Family, str] = MappingProxyType(
    {
        Family.ROAD: "road",
        Family.FLIGHT: "air",
        Family.RECORD: "air",
        Family.EXEMPT: "air",
        Family.VESSEL: "water",
    }
)
"""Whom the zones of a permit concern."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """What the map says of a zone, in the words of permits."""

    in_force: bool
    is_place: bool
    """Whether a permit may let something be in it."""
    is_lifted: bool
    """Whether it keeps out, and a permit that names it lifts it."""
    domains: frozenset[str]
    name: str = ""
    name_zh: str = ""


class Named(NamedTuple):
    """A zone as terms name it."""

    use: Use
    zone_id: str


class Misplaced(NamedTuple):
    """A zone that cannot be what it is named as."""

    named: Named
    why: Amiss


def named_in(terms: Terms) -> Iterator[Named]:
    """Yield each zone that terms name, use by use."""
    for use in Use:
        for zone_id in sorted(getattr(terms, use)):
            yield Named(use, zone_id)


def amiss(use: Use, domain: str, found: Mapped | None) -> Amiss | None:
    """Return why a zone cannot be what it is named as; ``None`` if it can. ``found``: the map says nothing."""
    match found:
        case None:
            return Amiss.UNKNOWN
        case Mapped(in_force=False):
            return Amiss.WITHDRAWN
        case Mapped(is_lifted=False) if use is Use.EXEMPT:
            return Amiss.NOT_LIFTED
        case Mapped(is_place=False) if use is not Use.EXEMPT:
            return Amiss.NO_PLACE
        case Mapped(domains=domains) if domain not in domains:
            return Amiss.OTHER_DOMAIN
        case _:
            return None


def misplaced(terms: Terms, family: Family, on_map: Mapping[str, Mapped]) -> tuple[Misplaced, ...]:
    """Return what the map does not let terms name; of what is suspended nothing is asked."""
    domain = DOMAIN_OF[family]
    told = (
        (each, amiss(each.use, domain, on_map.get(each.zone_id)))
        for each in named_in(standing(terms))
    )
    return tuple(Misplaced(each, why) for each, why in told if why is not None)


def closed(domain: str, on_map: Mapping[str, Mapped]) -> frozenset[str]:
    """Return the zones in which nothing of a domain may be any more, whatever permit lets it be there.

    They are gone from the map, or were drawn anew as what no such permit can be in; of what the map never
    had nothing is known.
    """
    return frozenset(
        zone_id
        for zone_id, found in on_map.items()
        if amiss(Use.PERMITTED, domain, found) is not None
    )


def in_the_way(found: Iterable[Misplaced]) -> tuple[Misplaced, ...]:
    """Return of what is misplaced what no grant may name.

    A keep-out zone that was withdrawn keeps nobody out: who may enter it is granted nothing by that, and
    a temporary one that is over is in nobody's way.
    """
    over = (Use.EXEMPT, Amiss.WITHDRAWN)
    return tuple(each for each in found if (each.named.use, each.why) != over)


def standing_of(named: Named, terms: Terms, domain: str, found: Mapped | None) -> Standing:
    """Return how a zone that terms name stands; that it is gone comes before that it is suspended."""
    match amiss(named.use, domain, found):
        case None if named.zone_id in terms.suspended_zone_ids and named.use is not Use.EXEMPT:
            return Standing.SUSPENDED
        case None:
            return Standing.IN_FORCE
        case Amiss.UNKNOWN:
            return Standing.UNKNOWN
        case Amiss.WITHDRAWN:
            return Standing.WITHDRAWN
        case Amiss.NO_PLACE | Amiss.NOT_LIFTED | Amiss.OTHER_DOMAIN:
            return Standing.UNFIT
