"""What is asked of all zones at once: their names, their categories, and which of them restrict."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from geofence.difference import other_slots
from geofence.snapshot import NO_ZONE, Snapshot
from geofence.zone import Corridor, Restriction, Zone, ZoneKind

Key = TypeVar("Key", int, str)
Told = TypeVar("Told")


class ByZone(Mapping[str, Told]):
    """What is told of each zone of a snapshot, by its id: asked of the zone, so that no change copies it."""

    __slots__ = ("_slots", "_tell", "_zones")

    def __init__(self, snapshot: Snapshot, tell: Callable[[Zone], Told]) -> None:
        self._slots, self._zones, self._tell = snapshot.slots, snapshot.zones, tell

    def __getitem__(self, zone_id: str) -> Told:
        return self._tell(self._zones[self._slots[zone_id]])

    def __iter__(self) -> Iterator[str]:
        return iter(self._slots)

    def __len__(self) -> int:
        return len(self._slots)


def _category(zone: Zone) -> str:
    return zone.category


def _names(zone: Zone) -> tuple[str | None, str | None]:
    return zone.name, zone.name_zh


@dataclass(frozen=True, slots=True)
class ZoneFacts:
    """Of the zones in force."""

    categories: Mapping[str, str]
    """Category by zone id."""
    names: Mapping[str, tuple[str | None, str | None]]
    """Names in English and Chinese by zone id."""
    keep_out: frozenset[str]
    """The zones that restrict, whether or not a permit lifts them."""
    authorisable: frozenset[str]
    """The keep-out zones that a permit lifts by naming them."""
    is_keep_out: NDArray[np.bool_] = field(compare=False)
    """By slot, whether the zone is one of ``keep_out``."""
    corridors: frozenset[int] = field(compare=False)
    """The slots of the zones that have a corridor among their volumes."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self:
        """Return the facts of all zones."""
        zones = snapshot.in_force()
        return cls(
            ByZone(snapshot, _category),
            ByZone(snapshot, _names),
            frozenset(zone.zone_id for zone in zones if keeps_out(zone)),
            frozenset(zone.zone_id for zone in zones if may_be_lifted(zone)),
            np.array([keeps_out(zone) for zone in snapshot.zones], np.bool_),
            _with_a_corridor(range(len(snapshot.zones)), snapshot),
        )

    def amended(self, before: Snapshot, after: Snapshot) -> "ZoneFacts":
        """Return those of another snapshot; these are of the one before. Few zones are asked."""
        if before is after:
            return self
        slots = other_slots(before, after)
        gone = {before.zone_ids[slot] for slot in slots if slot < len(before.zones)}
        new = [after.zones[slot] for slot in slots if slot < len(after.zones)]
        new = [zone for zone in new if zone is not NO_ZONE]
        is_keep_out = np.zeros(len(after.zones), np.bool_)
        is_keep_out[: len(before.zones)] = self.is_keep_out
        for slot in slots:
            is_keep_out[slot] = keeps_out(after.zones[slot])
        return ZoneFacts(
            ByZone(after, _category),
            ByZone(after, _names),
            _put_right(self.keep_out, gone, {zone.zone_id for zone in new if keeps_out(zone)}),
            _put_right(
                self.authorisable, gone, {zone.zone_id for zone in new if may_be_lifted(zone)}
            ),
            is_keep_out,
            _put_right(self.corridors, slots, _with_a_corridor(slots, after)),
        )


def _put_right(
    held: frozenset[Key], changed: Collection[Key], now: AbstractSet[Key]
) -> frozenset[Key]:
    """Return those held, of which those changed are in it only now; mostly they are the same."""
    had = held.intersection(changed)
    return held if had == now else held - had | now


def _with_a_corridor(slots: Iterable[int], snapshot: Snapshot) -> frozenset[int]:
    """Those of some slots whose zones there are corridors, at least in part."""
    zones = snapshot.zones
    return frozenset(
        slot
        for slot in slots
        if slot < len(zones)
        and any(isinstance(each.shape, Corridor) for each in zones[slot].volumes)
    )


def keeps_out(zone: Zone) -> bool:
    """Tell whether a zone restricts: one without a restriction keeps nobody out."""
    return zone.kind is ZoneKind.KEEP_OUT and zone.restriction is not Restriction.NO_RESTRICTION


def may_be_lifted(zone: Zone) -> bool:
    """Tell whether a permit that names the zone lifts it."""
    match zone.restriction:
        case Restriction.REQ_AUTHORIZATION | Restriction.CONDITIONAL:
            return zone.kind is ZoneKind.KEEP_OUT
        case Restriction.PROHIBITED | Restriction.NO_RESTRICTION:
            return False
