"""Test bases, and which slots of each are free (试验基地时段): what is granted takes its hours out. Pure.

A slot is had once. A zone of stated capacity is shared up to it, and is taken while that is used up. What is free
is what would be granted now, as far as it depends on others: what is only applied for holds nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from permits.precondition_facts import GrantedFlight, number_in, texts_in
from permits.sheet import Sheet
from permits.weekly_hours import stretches, week_of


@dataclass(frozen=True, slots=True)
class FlightBase:
    """A test base as a rule set has it."""

    name: str
    """Of the rule set: ``airspace.base.{name}``."""
    zone_ids: tuple[str, ...]
    height_max_agl_m: float | None
    """``None`` where the rule set does not say."""
    capacity: tuple[tuple[str, float], ...] = ()
    """How many aircraft a zone has room for at once, where it is shared; in the order of the zones."""


class Slot(NamedTuple):
    """A stretch of time; its end does not belong to it."""

    begins: datetime
    ends: datetime


class ZoneSlots(NamedTuple):
    """When a zone of a test base is free."""

    zone_id: str
    free: tuple[Slot, ...]


def bases_of(sheet: Sheet) -> tuple[FlightBase, ...]:
    """Return the test bases of a rule set that have a zone, by their names."""
    found = (_base(sheet, each) for each in sorted(sheet.below("airspace.base")))
    return tuple(each for each in found if each.zone_ids)


def _base(sheet: Sheet, name: str) -> FlightBase:
    zones = tuple(sorted(texts_in(sheet, f"airspace.base.{name}.zones") or ()))
    told = ((each, number_in(sheet, f"airspace.capacity.{each}")) for each in zones)
    return FlightBase(
        name,
        zones,
        number_in(sheet, f"airspace.base.{name}.height_max_agl_m"),
        tuple((each, most) for each, most in told if most is not None),
    )


def slots_of(
    base: FlightBase, flights: Iterable[GrantedFlight], window: Slot, aircraft: int = 1
) -> tuple[ZoneSlots, ...]:
    """Return when each zone of a base is free within a window for so many aircraft at once.

    ``flights``: all that were granted for some of it.
    """
    its, most = tuple(flights), dict(base.capacity)
    return tuple(
        ZoneSlots(each, tuple(_free(each, its, window, most.get(each), aircraft)))
        for each in base.zone_ids
    )


def _free(
    zone_id: str,
    flights: tuple[GrantedFlight, ...],
    window: Slot,
    most: float | None,
    aircraft: int,
) -> Iterator[Slot]:
    """Yield what is free, as long as it lasts: two stretches that touch are one."""
    there = [
        (slot, each.devices)
        for each in flights
        if zone_id in each.zone_ids
        for slot in _taken(each, window)
    ]
    edges = sorted({*window, *(moment for slot, _ in there for moment in slot)})
    since: datetime | None = None
    for begins, ends in pairwise(edges):
        used = sum(count for slot, count in there if slot.begins <= begins < slot.ends)
        if _has_room(used, most, aircraft):
            since = begins if since is None else since
            if ends == window.ends:
                yield Slot(since, ends)
        elif since is not None:
            yield Slot(since, begins)
            since = None


def _has_room(used: int, most: float | None, aircraft: int) -> bool:
    return used == 0 if most is None else used + aircraft <= most


def _taken(flight: GrantedFlight, window: Slot) -> Iterator[Slot]:
    begins, ends = max(flight.valid_from, window.begins), min(flight.valid_to, window.ends)
    return (Slot(*each) for each in stretches(week_of(flight.hours), begins, ends))
