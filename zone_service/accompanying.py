"""Zones that follow a device: who is in them, who has passed through, and where nobody can tell. Pure.

A zone is where its device was last believed to be, followed by what its unit says of its motion to
the moment of the fix that is judged, in the time of the devices. Whoever stands before a row in a
batch counts for it, and nothing behind it: however messages are cut into batches, the verdict is
the same. From a fix that is too old no zone is placed, and a violation in it neither begins nor ends.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot, nan
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.approaching import approach
from geofence.fixes import DOMAIN_CODES, Fixes
from geofence.judge import Presence
from geofence.motion import Motion
from geofence.moving import Encounters, Passers, Sightings, encounters, placed
from geofence.places import AT, LATITUDE, LONGITUDE, WIDTH, Places, places
from geofence.stays import Stays
from geofence.sureness import of_distance
from permits.episode import Key
from permits.violation import ViolationCode
from telemetry.report import Report
from zone_service.doubts import believed_m
from zone_service.following import Following
from zone_service.memory import DeviceState, Memory
from zone_service.rows import Fresh
from zone_service.world import Subject, World

ALL_ROWS: Final = -1
LAST_ROW: Final = 2**31
NOTHING_UNTOLD: Final[frozenset[Key]] = frozenset()
CODES: Final = (ViolationCode.KEEP_OUT_BREACH, ViolationCode.OVERSPEED)
"""What may be broken in a zone that follows a device."""


class Met(NamedTuple):
    """Slots of the zones that a device is in, may be in, and went through."""

    inside: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()
    crossed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Company:
    """What came of the zones that follow a device, by the rows of a batch."""

    met: Mapping[int, Met] = field(default_factory=dict)
    untold: Mapping[int, frozenset[Key]] = field(default_factory=dict)
    """Running violations in a zone of which nobody can tell where it is."""
    sure: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    """How probable it is to be in a zone, or to have been on the way, where both say how exact they are."""


NO_COMPANY: Final = Company()
NOTHING_MET: Final = Met()
NO_ROWS: Final[frozenset[int]] = frozenset()
NOT_HELD: Final[frozenset[int]] = frozenset()


def meet(memory: Memory, world: World, gathered: Sequence[Fresh], fixes: Fixes) -> Company:
    """Hold a batch against the zones that follow a device; before the fences judge it."""
    if not world.following.slots:
        return NO_COMPANY
    here = places(fixes)
    carriers = _carriers(memory, world, gathered, here)
    seen = _as_arrays(carriers)
    before = np.array([fresh.seen.previous or (nan, nan, nan) for fresh in gathered], np.float64)
    names = [fresh.subject.device_id for fresh in gathered]
    passers = Passers(here, before.reshape(-1, 3), fixes.domain)
    devices = {each.subject.device_id: each.device for each in gathered}
    jumps = frozenset(row for row, fresh in enumerate(gathered) if fresh.seen.jump)
    found = encounters(world.following.zones, seen, passers)
    met = _met(world, found, names, _held(world, devices), jumps)
    untold = {
        row: keys
        for row, fresh in enumerate(gathered)
        if (keys := _untold(world, seen, fresh.device, row, float(here[row, AT])))
    }
    return Company(met, untold, _sure(world, found, carriers, gathered))


def look_around(memory: Memory, world: World, device_ids: Collection[str], now_s: float) -> None:
    """Find out which of the zones that follow a device hold devices where they were last seen.

    What a zone held that is nowhere to be found now is left as it is.
    """
    following, names = world.following, list(device_ids)
    if not following.slots or not names:
        return
    devices = [memory.devices[each] for each in names]
    here = _last_places(memory, devices)
    here[:, AT] = now_s
    domain = [DOMAIN_CODES[_domain(world, each)] for each in names]
    nowhere = np.full((len(names), 3), nan)
    seen = _sightings(memory, world, (), here)
    passers = Passers(here, nowhere, np.array(domain, np.int8))
    found_by = encounters(following.zones, seen, passers)
    met = _met(world, found_by, names, _held(world, dict(zip(names, devices, strict=True))))
    lost = {
        slot
        for index, slot in enumerate(following.slots)
        if not _is_told(world, seen, index, 0, now_s)
    }
    for row, device in enumerate(devices):
        found = met.get(row, Met())
        device.inside = _put(device.inside, found.inside, following.slots, lost)
        device.unknown = _put(device.unknown, found.unknown, following.slots, lost)


def look_again(memory: Memory, world: World, now_s: float, quiet_s: float) -> bool:
    """Do so for those in such a zone who say nothing; tell whether that has changed anything."""
    slots = frozenset(world.following.slots)
    if not slots:
        return False
    concerned = {
        device_id: (device.inside, device.unknown)
        for device_id, device in memory.devices.items()
        if now_s - device.heard_s > quiet_s
        and not (slots.isdisjoint(device.inside) and slots.isdisjoint(device.unknown))
    }
    if not concerned:
        return False
    look_around(memory, world, concerned, now_s)
    return any(
        (memory.devices[each].inside, memory.devices[each].unknown) != before
        for each, before in concerned.items()
    )


def with_company(
    memory: Memory,
    world: World,
    device_ids: Sequence[str],
    ahead: Stays,
    domain: NDArray[np.int8],
    motion: Motion,
) -> Stays:
    """Return what lies ahead of devices, with their stays in the zones that follow others."""
    following = world.following
    if not following.slots or not ahead.known.any():
        return ahead
    seen = _sightings(memory, world, (), ahead.here)
    held = _held(world, {each: memory.devices[each] for each in device_ids})
    holding = [(row, index) for row, name in enumerate(device_ids) for index in held.get(name, ())]
    found = approach(following.zones, seen, ahead, domain, motion, holding)
    pairs = zip(found.zone.tolist(), found.row.tolist(), strict=True)
    bound = np.array([not following.is_free_of(zone, device_ids[row]) for zone, row in pairs], bool)
    slots = np.array(following.slots, np.int64)
    return ahead.joined(
        found.row[bound],
        slots[found.zone[bound]],
        found.from_s[bound],
        found.until_s[bound],
        found.sure[bound],
    )


def joined(slots: tuple[int, ...], more: tuple[int, ...]) -> tuple[int, ...]:
    """Return the slots of zones that stand and of those that follow, ascending."""
    return tuple(sorted({*slots, *more})) if more else slots


def _put(
    held: tuple[int, ...], found: tuple[int, ...], follows: Collection[int], lost: Collection[int]
) -> tuple[int, ...]:
    stay = (slot for slot in held if slot not in follows or slot in lost)
    return tuple(sorted({*stay, *found}))


def _domain(world: World, device_id: str) -> str:
    subject = world.subjects.get(device_id)
    return "road" if subject is None else subject.domain.value


def _last_places(memory: Memory, devices: Sequence[DeviceState]) -> Places:
    here = np.full((len(devices), WIDTH), nan)
    for row, device in enumerate(devices):
        if device.number < len(memory.fleet):
            here[row] = memory.fleet.last[device.number]
    return here


# --- where the zones are ------------------------------------------------------------------------


class _Sighting(NamedTuple):
    after_row: int
    place: NDArray[np.float64]
    report: Report | None
    zone: int = 0
    until_row: int = LAST_ROW


def _sightings(memory: Memory, world: World, gathered: Sequence[Fresh], here: Places) -> Sightings:
    """Where the carriers were seen last, and where they are seen in the batch."""
    return _as_arrays(_carriers(memory, world, gathered, here))


def _carriers(
    memory: Memory, world: World, gathered: Sequence[Fresh], here: Places
) -> list[_Sighting]:
    rows: dict[str, list[int]] = {each.device_id: [] for each in world.following.around}
    for row, fresh in enumerate(gathered):
        believed = not fresh.seen.jump and not np.isnan(here[row, LONGITUDE])
        if believed and fresh.subject.device_id in rows:
            rows[fresh.subject.device_id].append(row)
    found = list[_Sighting]()
    for index, around in enumerate(world.following.around):
        seen = [each._replace(zone=index) for each in _remembered(memory, around.device_id)]
        seen += [
            _Sighting(at, here[at], gathered[at].report, index) for at in rows[around.device_id]
        ]
        until = [later.after_row for _, later in pairwise(seen)] + [LAST_ROW] * bool(seen)
        found += [each._replace(until_row=row) for each, row in zip(seen, until, strict=True)]
    return found


def _remembered(memory: Memory, device_id: str) -> Iterator[_Sighting]:
    device = memory.devices.get(device_id)
    if device is None or device.number >= len(memory.fleet):
        return
    place = memory.fleet.last[device.number].copy()
    if not np.isnan(place[LONGITUDE]):
        yield _Sighting(ALL_ROWS, place, device.report)


def _as_arrays(found: list[_Sighting]) -> Sightings:
    where = np.array([each.place for each in found], np.float64).reshape(-1, WIDTH)
    speed, track = (
        np.array([_said(each.report, name) for each in found], np.float64)
        for name in ("ground_speed_mps", "track_deg")
    )
    return Sightings(
        np.array([each.zone for each in found], np.int64),
        where[:, [LONGITUDE, LATITUDE]],
        where[:, AT],
        np.nan_to_num(Motion(speed, track, np.zeros(len(found))).velocity_mps()),
        np.array([each.after_row for each in found], np.int64),
        np.array([each.until_row for each in found], np.int64),
    )


def _said(report: Report | None, name: str) -> float:
    value = None if report is None else getattr(report, name)
    return nan if value is None else float(value)


# --- who is in them -----------------------------------------------------------------------------


def _held(world: World, devices: Mapping[str, DeviceState]) -> dict[str, frozenset[int]]:
    """By device, the zones with a margin that hold it: whoever was in one leaves it behind that."""
    following = world.following
    margined = [
        (index, slot)
        for index, slot in enumerate(following.slots)
        if following.zones.margin_m[index] > 0.0
    ]
    if not margined:
        return {}
    return {
        name: frozenset(index for index, slot in margined if slot in device.inside)
        for name, device in devices.items()
    }


def _met(
    world: World,
    found_by: Encounters,
    device_ids: Sequence[str],
    held: dict[str, frozenset[int]],
    jumps: frozenset[int] = NO_ROWS,
) -> dict[int, Met]:
    """Return by row what zones a device met; ``held`` is brought up to the last row.

    ``jumps`` are rows that say nothing of where their device is.
    """
    following = world.following
    by_row: dict[int, list[_How]] = {}
    for row, *how in zip(*(each.tolist() for each in found_by[:5]), strict=True):
        if not following.is_free_of(how[0], device_ids[row]):
            by_row.setdefault(row, []).append(_How(*how))
    rows = (row for row in range(len(device_ids)) if row not in jumps) if held else by_row
    found: dict[int, Met] = {}
    for row in rows:
        name = device_ids[row]
        met, inside = _sorted(following, by_row.get(row, ()), held.get(name, NOT_HELD))
        if held:
            held[name] = inside
        if met != NOTHING_MET:
            found[row] = met
    return found


def _sure(
    world: World, found: Encounters, carriers: Sequence[_Sighting], gathered: Sequence[Fresh]
) -> dict[int, dict[str, float]]:
    """Return by row how sure it is, by what both claim; what one does not say, nobody knows."""
    sure: dict[int, dict[str, float]] = {}
    columns = (found.row, found.zone, found.inside_m, found.sighting)
    for row, index, inside_m, at in zip(*(each.tolist() for each in columns), strict=True):
        fresh, carrier = gathered[row], world.subjects.get(world.following.around[index].device_id)
        own_m = _claimed_m(world, fresh.subject, fresh.report)
        its_m = None if carrier is None else _claimed_m(world, carrier, carriers[at].report)
        if own_m is not None and its_m is not None:
            zone_id = world.zones.zone_ids[world.following.slots[index]]
            sure.setdefault(row, {})[zone_id] = of_distance(inside_m, hypot(own_m, its_m))
    return sure


def _claimed_m(world: World, subject: Subject, report: Report | None) -> float | None:
    if report is None or report.horizontal_accuracy_m is None:
        return None
    return believed_m(world, subject.domain, report)


class _How(NamedTuple):
    """How a device met a zone, by its number; each of the others is a ``Presence``."""

    zone: int
    presence: int
    margin: int
    passage: int


def _sorted(
    following: Following, hows: Iterable[_How], holding: frozenset[int]
) -> tuple[Met, frozenset[int]]:
    """Return what a device met, and by which of the zones it is held then."""
    inside, unknown, crossed = list[int](), list[int](), list[int]()
    for how in hows:
        level = how.margin if how.zone in holding else how.presence
        if level == Presence.INSIDE:
            inside.append(how.zone)
        elif how.passage == Presence.INSIDE:
            crossed.append(how.zone)
        elif Presence.UNKNOWN in (level, how.passage):
            unknown.append(how.zone)
    slots = (
        tuple(sorted(following.slots[at] for at in each)) for each in (inside, unknown, crossed)
    )
    return Met(*slots), frozenset(inside)


def _untold(
    world: World, seen: Sightings, device: DeviceState, row: int, at_s: float
) -> frozenset[Key]:
    """Violations that run in a zone of which nobody can tell, at this row, where it is."""
    if device.watch is None or not device.watch.excursions:
        return NOTHING_UNTOLD
    keys = {each.key for each in device.watch.excursions if each.code in CODES}
    return frozenset(
        (code, zone_id)
        for code, zone_id in keys
        if (index := world.index_of_following.get(zone_id or "")) is not None
        and not _is_told(world, seen, index, row, at_s)
    )


def _is_told(world: World, seen: Sightings, index: int, row: int, at_s: float) -> bool:
    """Tell whether it is known where a zone is, or that it is nowhere: by its hours."""
    zones = world.following.zones
    return placed(zones, seen, index, row, at_s) or not zones.holds(index, at_s)
