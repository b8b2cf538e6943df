"""Where everything is: the latest state of each device, in arrays that are the wire format.

A slot is a device of one organisation, for the life of this process: it is never given to
another, so a number that a viewer remembers cannot come to mean something else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zone_service.live_frames import (
    DOMAIN_MASK,
    HEADING_UNKNOWN,
    HEIGHT_UNKNOWN,
    OBJECT,
    POSITION_UNKNOWN,
    SPEED_UNKNOWN,
    STALE,
    VIOLATING,
    ObjectRow,
)

DOMAINS = ("road", "air", "water")


class Sighting(NamedTuple):
    """Where a device is, as the worker says it; ``None`` is unknown."""

    device_id: str
    longitude_deg: float | None
    latitude_deg: float | None
    heading_deg: float | None
    flags: int
    height_agl_m: float | None = None
    speed_mps: float | None = None


Mask = NDArray[np.bool_]
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees; west beyond east crosses the 180th meridian."""


@dataclass(frozen=True, slots=True)
class Described:
    """What the registry says of a device; ``organisation_id`` is ``None`` for an unknown one."""

    organisation_id: str | None
    label: str
    domain: str
    permit_number: str | None


@dataclass(frozen=True, slots=True)
class Filter:
    """What a viewer looks at: within its rights (``scope``, ``decimals``), by its own choice (the others)."""

    scope: str | None
    """An organisation, ``None`` for all."""
    box: Box | None = None
    kinds: frozenset[str] | None = None
    decimals: int | None = None
    """Of a degree: as exactly as it may be told; ``None`` as it came."""


MAX_STRANGERS = 1000
"""Slots given to devices that nobody registered, for the life of this process: anybody may
invent identities, and a slot is never taken back."""


class Objects:
    """Every device heard of, by slot."""

    def __init__(self, stale_after_s: float, kept_s: float) -> None:
        self.stale_after_s = stale_after_s
        self.kept_s = kept_s
        self.version = 0
        """Counts changes: what changed after a version is what its holder does not know."""
        self.count = 0
        self._strangers = 0
        self._slots: dict[str, int] = {}
        self._described: list[tuple[str, Described]] = []
        self._scopes: dict[str | None, int] = {None: 0}
        self.rows: NDArray[np.void] = np.zeros(0, OBJECT)
        self.heard_s, self.longitude_deg, self.latitude_deg = np.zeros((3, 0))
        self.changed, self.described, self.owner = np.zeros((3, 0), np.int64)
        self.alive, self.placed = np.zeros((2, 0), np.bool_)
        self._grow(256)

    def __contains__(self, device_id: str) -> bool:
        return device_id in self._slots

    def devices(self) -> list[str]:
        """Return every device that has a slot."""
        return list(self._slots)

    def _grow(self, size: int) -> None:
        added = size - len(self.rows)
        rows = np.zeros(added, OBJECT)
        rows["slot"] = np.arange(len(self.rows), size)
        rows["heading_e2"] = HEADING_UNKNOWN
        rows["height_quarter_m"], rows["speed_cmps"] = HEIGHT_UNKNOWN, SPEED_UNKNOWN
        self.rows = np.concatenate((self.rows, rows))
        self.heard_s, self.longitude_deg, self.latitude_deg = (
            np.concatenate((column, np.zeros(added)))
            for column in (self.heard_s, self.longitude_deg, self.latitude_deg)
        )
        self.changed, self.described, self.owner = (
            np.concatenate((column, np.zeros(added, np.int64)))
            for column in (self.changed, self.described, self.owner)
        )
        self.alive, self.placed = (
            np.concatenate((column, np.zeros(added, np.bool_)))
            for column in (self.alive, self.placed)
        )

    # -- who there is

    def describe(self, device_id: str, said: Described) -> None:
        """Take what the registry says; a device that changes hands gets another slot."""
        slot = self._slots.get(device_id)
        if slot is None or self._described[slot][1] == said:
            return
        self.version += 1
        if self._described[slot][1].organisation_id == said.organisation_id:
            self._described[slot] = (device_id, said)
            self.described[slot] = self.version
            self._set_flags(np.array([slot]), DOMAIN_MASK, DOMAINS.index(said.domain))
            return
        new = self._new(device_id, said)
        columns = (self.heard_s, self.longitude_deg, self.latitude_deg, self.alive, self.placed)
        for column in columns:
            column[new] = column[slot]
        self.rows[new] = self.rows[slot]
        self.rows["slot"][new] = new
        self._set_flags(np.array([new]), DOMAIN_MASK, DOMAINS.index(said.domain))
        self._take_away(np.array([slot]))

    def leave_register(self, device_id: str) -> None:
        """Take away a device that was registered and is not any more; a stranger stays."""
        slot = self._slots[device_id]
        if self._described[slot][1].organisation_id is None:
            return
        self.version += 1
        del self._slots[device_id]  # should it be heard again, then as a stranger
        self._take_away(np.array([slot]))

    def _new(self, device_id: str, said: Described) -> int:
        slot = self.count
        if slot == len(self.rows):
            self._grow(2 * slot)
        self.count += 1
        self._strangers += said.organisation_id is None
        self._slots[device_id] = slot
        self._described.append((device_id, said))
        self.owner[slot] = self._scopes.setdefault(said.organisation_id, len(self._scopes))
        self.described[slot] = self.changed[slot] = self.version
        self.rows["flags"][slot] = POSITION_UNKNOWN | DOMAINS.index(said.domain)
        return slot

    def _take_away(self, slots: NDArray[np.intp]) -> None:
        self.alive[slots] = False
        self.placed[slots] = False

    # -- where they are

    def see(
        self, sightings: Sequence[Sighting], now_s: float, said: Mapping[str, Described]
    ) -> None:
        """Take the latest places; a place that is unknown leaves the last one, marked."""
        sightings = [each for each in sightings if self._has_room(each[0], said)]
        if not sightings:
            return
        self.version += 1
        slots = np.array([self._slot(each, said) for each in sightings], np.intp)
        longitude, latitude, heading, flags = (
            np.array([each[index] for each in sightings], kind)
            for index, kind in ((1, float), (2, float), (3, float), (4, np.int64))
        )
        known = np.isfinite(longitude) & np.isfinite(latitude)
        known &= (np.abs(longitude) <= 180) & (np.abs(latitude) <= 90)
        self._place(slots[known], longitude[known], latitude[known])
        turned = np.where(np.isfinite(heading), heading, 0.0) % 360 * 100
        self.rows["heading_e2"][slots] = np.where(
            np.isfinite(heading), np.rint(turned) % 36_000, HEADING_UNKNOWN
        ).astype(np.uint16)
        height, speed = (np.array([each[index] for each in sightings], float) for index in (5, 6))
        self.rows["height_quarter_m"][slots] = _whole(height * 4, -32767, 32767, HEIGHT_UNKNOWN)
        self.rows["speed_cmps"][slots] = _whole(speed * 100, 0, 65534, SPEED_UNKNOWN)
        unknown = ~known | ((flags & POSITION_UNKNOWN) > 0)
        kept = self.rows["flags"][slots] & (DOMAIN_MASK | VIOLATING)
        self.rows["flags"][slots] = kept | np.where(unknown, POSITION_UNKNOWN, 0)
        self.heard_s[slots] = now_s
        self.alive[slots] = True
        self.changed[slots] = self.version

    def _has_room(self, device_id: str, said: Mapping[str, Described]) -> bool:
        return device_id in self._slots or device_id in said or self._strangers < MAX_STRANGERS

    def _slot(self, sighting: Sighting, said: Mapping[str, Described]) -> int:
        device_id, flags = sighting[0], sighting[4]
        slot = self._slots.get(device_id)
        if slot is not None:
            return slot
        domain = DOMAINS[min(flags & DOMAIN_MASK, 2)]
        return self._new(device_id, said.get(device_id, Described(None, device_id, domain, None)))

    def _place(
        self,
        slots: NDArray[np.intp],
        longitude_deg: NDArray[np.float64],
        latitude_deg: NDArray[np.float64],
    ) -> None:
        self.longitude_deg[slots] = longitude_deg
        self.latitude_deg[slots] = latitude_deg
        self.rows["longitude_e7"][slots] = np.rint(longitude_deg * 1e7)
        self.rows["latitude_e7"][slots] = np.rint(latitude_deg * 1e7)
        self.placed[slots] = True

    def violate(
        self,
        device_id: str,
        *,
        violating: bool,
        place: tuple[float, float] | None,
        said: Mapping[str, Described],
    ) -> None:
        """Mark a device as breaking a rule, or not any more.

        One that was not heard since this process began is shown where it broke the rule, as
        stale: a device that fell silent must not be missing from the map.
        """
        self.version += 1
        if device_id not in self._slots:
            if not violating or not self._has_room(device_id, said):
                return
            self._slot(Sighting(device_id, None, None, None, 0), said)
        slots = np.array([self._slots[device_id]], np.intp)
        if violating and not self.alive[slots[0]]:
            self._return_silent(slots, place)
        self._set_flags(slots, VIOLATING, VIOLATING if violating else 0)

    def _return_silent(self, slots: NDArray[np.intp], place: tuple[float, float] | None) -> None:
        self.alive[slots] = True
        self.described[slots] = self.version
        if place is not None:
            self._place(slots, np.array([place[0]]), np.array([place[1]]))
        self._set_flags(slots, STALE | POSITION_UNKNOWN, STALE | (place is None) * POSITION_UNKNOWN)

    def _set_flags(self, slots: NDArray[np.intp], mask: int, value: int) -> None:
        self.rows["flags"][slots] = (self.rows["flags"][slots] & (0xFFFF ^ mask)) | value
        self.changed[slots] = self.version

    def age(self, now_s: float) -> None:
        """Mark as stale what was not heard lately, and take away what is long gone.

        A device with an open violation stays, however long it is silent.
        """
        silent_s = now_s - self.heard_s[: self.count]
        flags = self.rows["flags"][: self.count]
        alive = self.alive[: self.count]
        stale = np.flatnonzero(alive & (silent_s > self.stale_after_s) & ((flags & STALE) == 0))
        gone = np.flatnonzero(alive & (silent_s > self.kept_s) & ((flags & VIOLATING) == 0))
        if stale.size or gone.size:
            self.version += 1
            self._set_flags(stale, STALE, STALE)
            self._take_away(gone)

    # -- who may see what

    def owned(self, scope: str | None) -> Mask:
        """Return the slots that somebody of this scope may ever see."""
        if scope is None:
            return np.ones(self.count, np.bool_)
        mine: Mask = self.owner[: self.count] == self._scopes.get(scope, -1)
        return mine

    def visible(self, wanted: Filter) -> Mask:
        """Return the slots in view. What has no place yet is in everybody's view."""
        count = self.count
        seen = self.alive[:count] & self.owned(wanted.scope)
        if wanted.kinds is not None:
            codes = [DOMAINS.index(kind) for kind in wanted.kinds]
            seen &= np.isin(self.rows["flags"][:count] & DOMAIN_MASK, codes)
        if wanted.box is not None:
            seen &= self._inside(wanted.box, wanted.decimals) | ~self.placed[:count]
        return seen

    def _inside(self, box: Box, decimals: int | None) -> Mask:
        """Choose by what is told: else boxes that grow would find out the rest."""
        west, south, east, north = box
        longitude, latitude = self.longitude_deg[: self.count], self.latitude_deg[: self.count]
        if decimals is not None:
            longitude, latitude = longitude.round(decimals), latitude.round(decimals)
        level: Mask = (latitude >= south) & (latitude <= north)
        if west <= east:
            between: Mask = (longitude >= west) & (longitude <= east)
            return level & between
        across: Mask = (longitude >= west) | (longitude <= east)
        return level & across

    def announced(self, slots: Iterable[int]) -> Iterator[ObjectRow]:
        """Yield what viewers are told of each slot."""
        for slot in slots:
            device_id, said = self._described[slot]
            yield int(slot), device_id, said.label, said.domain, said.permit_number


def _whole(
    figures: NDArray[np.float64], least: int, most: int, unknown: int
) -> NDArray[np.float64]:
    """Return whole figures; what is not known, or out of what can be told, is unknown."""
    rounded = np.rint(figures)
    return np.where((rounded >= least) & (rounded <= most), rounded, unknown)
