"""The own corridors of permits, made ready to be asked of whoever is in them. Pure.

A device may hold several permits, each with a corridor: each is judged by itself, so every answer
names the permits it is about.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from math import nan
from typing import Final, NamedTuple

import numpy as np

from geofence.judge import Presence
from geofence.personal import NO_FENCES, Fence, PersonalFences, amended
from geofence.places import HEIGHTS, LATITUDE, LONGITUDE, Places
from geofence.sketch import sketch
from geofence.sureness import of_rim
from permits.corridor import OwnCorridor
from permits.permit import Permit
from zone_service.drawn_corridors import volume_of


class Strayed(NamedTuple):
    """Of the permits of a device that have a corridor of their own, by their numbers."""

    off: tuple[str, ...] = ()
    """Those whose corridor it is outside of."""
    unknown: tuple[str, ...] = ()
    """Those of which nobody can tell: its place is not known, or a height that decides."""


ON_ROUTE: Final = Strayed()


class Drawn(NamedTuple):
    """The corridor of a permit, and under which number it is in the fences."""

    number: int
    corridor: OwnCorridor


@dataclass(frozen=True, slots=True, eq=False)
class OwnCorridors:
    """The corridors of the permits that are granted. Never changed: see ``corridors_of``."""

    fences: PersonalFences = NO_FENCES
    drawn: Mapping[str, Drawn] = field(default_factory=dict)
    """By permit."""
    of_device: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    """The permits that keep a device to a corridor, each with the number of that."""

    def probability(
        self, permit: str, longitude_deg: float, latitude_deg: float, accuracy_m: float
    ) -> float:
        """Return how probable it is to be over the corridor of a permit; NaN where it has none."""
        drawn = self.drawn.get(permit)
        if drawn is None:
            return nan
        rim = self.fences.rims[drawn.number]
        return of_rim(rim, longitude_deg, latitude_deg, accuracy_m)

    def strayed(self, device_ids: Sequence[str], here: Places) -> dict[int, Strayed]:
        """Return the rows that are not known to be in all their corridors; places are (n, 6)."""
        asked = [
            (row, permit, number)
            for row, device_id in enumerate(device_ids)
            for permit, number in self.of_device.get(device_id, ())
        ]
        if not asked:
            return {}
        there = here[[row for row, *_ in asked]]
        presence = self.fences.presence(
            np.array([number for *_, number in asked], np.int32),
            there[:, LONGITUDE],
            there[:, LATITUDE],
            there[:, HEIGHTS],
        )
        found: dict[int, Strayed] = {}
        for at in (presence != Presence.INSIDE).nonzero()[0].tolist():
            row, permit, _ = asked[at]
            off, unknown = found.get(row, ON_ROUTE)
            is_off = presence[at] == Presence.OUTSIDE
            found[row] = (
                Strayed((*off, permit), unknown) if is_off else Strayed(off, (*unknown, permit))
            )
        return found


NO_CORRIDORS: Final = OwnCorridors()


def corridors_of(granted: Iterable[Permit], before: OwnCorridors = NO_CORRIDORS) -> OwnCorridors:
    """Return the corridors of permits; drawn are those alone that were not there before."""
    with_one = [permit for permit in granted if permit.terms.corridor is not None]
    if not with_one and not before.drawn:
        return before
    drawn = _numbered(with_one, before.drawn)
    of_device: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for permit in with_one:
        for device_id in permit.terms.device_ids:
            of_device[device_id].append((permit.number, drawn[permit.number].number))
    by_device = {each: tuple(found) for each, found in of_device.items()}
    return OwnCorridors(_fences(before, drawn), drawn, by_device)


def _numbered(granted: Iterable[Permit], before: Mapping[str, Drawn]) -> dict[str, Drawn]:
    """Keep the numbers of the corridors that stay as they are, and give the others free ones."""
    wanted = {each.number: each.terms.corridor for each in granted}
    kept = {each: drawn for each, drawn in before.items() if wanted.get(each) == drawn.corridor}
    taken = {drawn.number for drawn in kept.values()}
    free = (number for number in count() if number not in taken)
    return kept | {
        permit: Drawn(next(free), corridor)
        for permit, corridor in wanted.items()
        if corridor is not None and permit not in kept
    }


def _fences(before: OwnCorridors, drawn: Mapping[str, Drawn]) -> PersonalFences:
    new = [each for permit, each in drawn.items() if before.drawn.get(permit) is not each]
    gone = {each.number for each in before.drawn.values()} - {
        each.number for each in drawn.values()
    }
    if not new and not gone:
        return before.fences
    volumes = {each.number: volume_of(each.corridor) for each in new}
    outlines: dict[int, Fence | None] = dict.fromkeys(sorted(gone))
    outlines |= {number: sketch(volume) for number, volume in volumes.items()}
    return amended(before.fences, outlines, {each: of.band for each, of in volumes.items()})
