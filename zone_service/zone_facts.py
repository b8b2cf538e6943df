"""What is asked of all zones at once: their names, their categories, and which of them restrict."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from geofence.difference import other_slots
from geofence.snapshot import NO_ZONE, Snapshot
from geofence.zone import Corridor, Restriction, Zone, ZoneKind


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
            {zone.zone_id: zone.category for zone in zones},
            {zone.zone_id: (zone.name, zone.name_zh) for zone in zones},
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
        categories, names = dict(self.categories), dict(self.names)
        for zone_id in gone:
            categories.pop(zone_id, None)
            names.pop(zone_id, None)
        for zone in new:
            categories[zone.zone_id] = zone.category
            names[zone.zone_id] = (zone.name, zone.name_zh)
        is_keep_out = np.zeros(len(after.zones), np.bool_)
        is_keep_out[: len(before.zones)] = self.is_keep_out
        for slot in slots:
            is_keep_out[slot] = keeps_out(after.zones[slot])
        return ZoneFacts(
            categories,
            names,
            self.keep_out - gone | {zone.zone_id for zone in new if keeps_out(zone)},
            self.authorisable - gone | {zone.zone_id for zone in new if may_be_lifted(zone)},
            is_keep_out,
            self.corridors.difference(slots) | _with_a_corridor(slots, after),
        )


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
