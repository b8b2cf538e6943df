"""Which zones concern a device: those that its permits name, and those around where they let it be. Pure.

Whom no permit binds is told of none: it may be nowhere, and there is no place to look around.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geofence.zone import Restriction, Zone, ZoneKind
from permits.compliance import Grant
from telemetry.fences.plan import LeftOut, Plan, What
from zone_service.fences.drawing import (
    allowed_told,
    area_told,
    box_of,
    distances_m,
    permitted_ground,
    widened,
)
from zone_service.fences.drawings import Drawings

AUTHORISABLE: Final = frozenset({Restriction.REQ_AUTHORIZATION, Restriction.CONDITIONAL})
"""What a permit lifts by naming it."""


@dataclass(frozen=True, slots=True, eq=False)
class Concerned:
    """What of the map and of its permits concerns one device. Compared part by part."""

    grants: tuple[Grant, ...]
    named: tuple[Zone, ...]
    """The zones of its permits that are on the map, by their ids."""
    around: tuple[Zone, ...]
    """Those whose box lies within the margin, by their ids; the named ones are not among them."""
    following: tuple[Zone, ...]
    """Those of its domain that follow another device."""

    def is_told_like(self, other: "Concerned") -> bool:
        """Whether a unit of the same format is told the same: for most of those that share a permit."""
        mine = [(each.permit_number, each.terms) for each in self.grants]
        return (
            mine == [(each.permit_number, each.terms) for each in other.grants]
            and _same(self.named, other.named)
            and _same(self.around, other.around)
            and _same(self.following, other.following)
        )

    def is_like(self, other: "Concerned | None") -> bool:
        """Whether another has the same permits, and the very same zones."""
        return (
            other is not None
            and self.grants == other.grants
            and _same(self.named, other.named)
            and _same(self.around, other.around)
            and _same(self.following, other.following)
        )


def _same(some: Sequence[Zone], others: Sequence[Zone]) -> bool:
    return len(some) == len(others) and all(
        one is other for one, other in zip(some, others, strict=True)
    )


class Map:
    """The zones of a moment, ready to be asked which are near a place."""

    def __init__(self, zones: Mapping[str, Zone]) -> None:
        self.zones = zones
        self._placed = [each for each in zones.values() if each.volumes and _concerns(each)]
        self._moving = [each for each in zones.values() if each.around is not None]
        boxes = np.array([box_of(each) for each in self._placed]).reshape(-1, 4)
        self._tree = shapely.STRtree(shapely.box(*boxes.T))

    def concerned(
        self, device_id: str, domain: str, grants: Sequence[Grant], margin_m: float
    ) -> Concerned:
        """Return what concerns a device of a domain that has some permits which bind it."""
        ids = {each for grant in grants for each in _named_by(grant)}
        named = tuple(self.zones[each] for each in sorted(ids) if each in self.zones)
        where = [box for grant in grants for box in _boxes(grant, named)]
        around = [] if not grants or not where else self._near(where, margin_m)
        return Concerned(
            tuple(grants),
            named,
            tuple(each for each in around if domain in each.domains and each.zone_id not in ids),
            tuple(self._following(device_id, domain)) if grants else (),
        )

    def _near(self, boxes: list[tuple[float, float, float, float]], margin_m: float) -> list[Zone]:
        around = [shapely.box(*widened(each, margin_m)) for each in boxes]
        found = {int(at) for at in self._tree.query(around)[1]}
        return sorted((self._placed[at] for at in found), key=lambda each: each.zone_id)

    def _following(self, device_id: str, domain: str) -> Iterator[Zone]:
        for each in self._moving:
            followed = each.around is not None and each.around.device_id
            if domain in each.domains and followed != device_id and _concerns(each):
                yield each


def _concerns(zone: Zone) -> bool:
    """Whether it asks something of whoever comes by, and is no place that others have permits for."""
    keeps_out = (
        zone.kind is ZoneKind.KEEP_OUT and zone.restriction is not Restriction.NO_RESTRICTION
    )
    return keeps_out or zone.kind is ZoneKind.SPEED_LIMIT


def _named_by(grant: Grant) -> Iterator[str]:
    terms = grant.terms
    yield from (*terms.zone_ids, *terms.transfer_zone_ids, *terms.exempt_zone_ids)


def _boxes(grant: Grant, named: Iterable[Zone]) -> Iterator[tuple[float, float, float, float]]:
    """Yield boxes around where a permit lets a device be."""
    terms = grant.terms
    if terms.corridor is not None:
        places = np.array(terms.corridor.line)
        (west, south), (east, north) = places.min(axis=0), places.max(axis=0)
        yield widened((west, south, east, north), terms.corridor.half_width_m)
        return
    for each in named:
        if each.zone_id in terms.zone_ids | terms.transfer_zone_ids and each.volumes:
            yield box_of(each)


def planned(found: Concerned, margin_m: float, drawings: Drawings, *, is_flat: bool) -> Plan:
    """Return what a device is to know; ``is_flat``: its format has areas alone."""
    if not found.grants:
        return Plan()
    outlines = {each.zone_id: drawings.outlines(each) for each in found.named}
    ground = shapely.union_all([permitted_ground(each, outlines) for each in found.grants])
    lifted = {each for grant in found.grants for each in grant.terms.exempt_zone_ids}
    wanted = [*found.named, *_nearest(ground, found.around, margin_m, drawings)]
    return Plan(
        permits=tuple(allowed_told(each, is_flat=is_flat) for each in found.grants),
        zones=tuple(
            drawings.told(
                each,
                is_flat=is_flat,
                is_lifted=each.zone_id in lifted and each.restriction in AUTHORISABLE,
            )
            for each in wanted
            if each.volumes
        ),
        area=area_told(ground) if is_flat else (),
        left_out=tuple(LeftOut(each.zone_id, What.FOLLOWS) for each in found.following),
    )


def _nearest(
    ground: BaseGeometry, around: Sequence[Zone], margin_m: float, drawings: Drawings
) -> list[Zone]:
    """Return the zones within the margin, the nearest first."""
    if ground.is_empty or not around:
        return []
    far_m = distances_m(ground, [drawings.outlines(each) for each in around]).tolist()
    ordered = sorted(zip(far_m, around, strict=True), key=lambda each: (each[0], each[1].zone_id))
    return [
        zone for distance_m, zone in ordered if distance_m <= margin_m and math.isfinite(distance_m)
    ]
