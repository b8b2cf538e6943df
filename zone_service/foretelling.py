"""What devices will break if they go on as they do now, in the words of their permits. Pure.

Each is followed straight on from its last fix, as far as the rules say for its domain. Told are the
keep-out zones ahead that bind it, and leaving the last zone of its permits. What it is breaking
already is told by its watch and not here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.fixes import DOMAIN_CODES
from geofence.foresight import Breaches, BreachKind, breaches, departures
from geofence.motion import Motion
from geofence.stays import stays
from permits.compliance import Breach, Conduct, is_on_task, leaving
from permits.terms import Terms
from permits.violation import ViolationCode
from telemetry.report import Domain, Report
from zone_service.conduct import airborne, moving
from zone_service.courses import Courses
from zone_service.memory import DeviceState, Memory
from zone_service.world import Subject, World

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Forecast:
    """One breach that lies ahead of a device."""

    code: ViolationCode
    zone_id: str | None
    at_s: float
    """When, by our clock."""
    certain: bool
    """False where a height that decides is not known."""
    longitude_deg: float
    latitude_deg: float


Foretold = Mapping[str, tuple[Forecast, ...] | None]
"""By device id. ``None``: nobody can tell, which is not "nothing"."""


def foretell(
    courses: Courses, memory: Memory, world: World, numbers: Iterable[int], now_s: float
) -> Foretold:
    """Return what lies ahead of devices, by their numbers in the memory."""
    found: dict[str, tuple[Forecast, ...] | None] = {}
    followed: dict[Domain, list[_Followed]] = {}
    for number in numbers:
        device_id = memory.names[number]
        each = _followed(memory, world, device_id, now_s)
        if isinstance(each, _Followed):
            followed.setdefault(each.subject.domain, []).append(each)
        else:
            found[device_id] = each
    for domain, group in followed.items():
        found |= _of_one_domain(courses, memory, world, domain, group)
    return found


class _Followed(NamedTuple):
    device_id: str
    device: DeviceState
    subject: Subject
    report: Report
    received_s: float
    age_s: float
    """Of the fix, now."""
    terms: tuple[Terms, ...]
    """Of the permits that bind it now."""


def _followed(
    memory: Memory, world: World, device_id: str, now_s: float
) -> "_Followed | tuple[Forecast, ...] | None":
    """Return a device to be followed, nothing for one that is not at work, or that nobody can tell."""
    device, subject = memory.devices[device_id], world.subjects.get(device_id)
    report, track = device.report, device.track
    if subject is None or report is None or track is None or not _at_work(world, subject, report):
        return ()
    rules = world.rules
    age_s = max(0.0, now_s - track.received_s)
    # A unit that delivers what it kept, or whose clock is wrong, does not say where it is now.
    behind_s = abs(track.received_s - track.at_s)
    old = age_s > rules.foresight[subject.domain].max_age_s or behind_s > rules.max_skew_s
    if old or report.longitude_deg is None or track.doubted is not None:
        return None
    terms = tuple(
        grant.terms
        for grant in world.grants.get(device_id, ())
        if grant.binds and grant.starts_at_s <= now_s < grant.ends_at_s
    )
    return _Followed(device_id, device, subject, report, track.received_s, age_s, terms)


def _at_work(world: World, subject: Subject, report: Report) -> bool:
    in_the_air = subject.domain is Domain.AIR
    return is_on_task(
        Conduct(
            at_s=report.event_time_s,
            domain=subject.domain.value,
            airborne=airborne(report) if in_the_air else None,
            moving=None if in_the_air else moving(report, world.moving_mps),
        )
    )


def _of_one_domain(
    courses: Courses,
    memory: Memory,
    world: World,
    domain: Domain,
    group: Sequence[_Followed],
) -> Foretold:
    rules = world.rules.foresight[domain]
    number = np.array([each.device.number for each in group], np.int64)
    courses.see(memory.fleet.last, number, rules.max_age_s)
    here = memory.fleet.last[number]
    ahead = stays(
        world.zones,
        here,
        np.full(len(group), DOMAIN_CODES[domain], np.int8),
        _motion(courses, group, number, domain),
        rules.horizon_s + max(each.age_s for each in group),
    )
    found: dict[str, list[Forecast]] = {each.device_id: [] for each in group}
    for row, breach, told in (
        *_entered(world, group, breaches(ahead)),
        *_left(world, group, departures(ahead, *_permitted(world, group))),
    ):
        each = group[row]
        running = () if each.device.watch is None else each.device.watch.excursions
        soon = told.in_s - each.age_s <= rules.horizon_s
        if soon and all(one.key != breach[:2] for one in running):
            found[each.device_id].append(_forecast(each, breach, told))
    known = ahead.known.tolist()
    return {
        each.device_id: tuple(found[each.device_id]) if known[row] else None
        for row, each in enumerate(group)
    }


def _motion(
    courses: Courses, group: Sequence[_Followed], number: IntArray, domain: Domain
) -> Motion:
    """What units say of their motion, and where they say nothing, what their last places do."""
    seen = courses.of(number)
    said = [each.report for each in group]
    climb = _or(said, "vertical_speed_mps", seen.climb_mps)
    return Motion(
        _or(said, "ground_speed_mps", seen.ground_mps),
        _or(said, "track_deg", seen.track_deg),
        climb if domain is Domain.AIR else np.zeros(len(group)),
    )


def _or(said: Sequence[Report], name: str, otherwise: NDArray[np.float64]) -> NDArray[np.float64]:
    values = [getattr(report, name) for report in said]
    told = np.array([nan if value is None else value for value in values], np.float64)
    return np.where(np.isnan(told), otherwise, told)


class _Told(NamedTuple):
    in_s: float
    """Seconds from the fix."""
    certain: bool
    longitude_deg: float
    latitude_deg: float


_Row = tuple[int, Breach, _Told]


def _rows(found: Breaches) -> Iterator[tuple[int, int, int, _Told]]:
    columns = (
        found.row, found.slot, found.kind, found.in_s, found.certain,
        found.longitude_deg, found.latitude_deg,
    )  # fmt: skip
    for row, slot, kind, *told in zip(*(each.tolist() for each in columns), strict=True):
        yield row, slot, kind, _Told(*told)


def _entered(world: World, group: Sequence[_Followed], found: Breaches) -> Iterator[_Row]:
    """Keep-out zones that restrict, but for those that a permit lifts."""
    for row, slot, kind, told in _rows(found):
        zone_id = world.zones.zone_ids[slot]
        if kind == BreachKind.ENTER and zone_id in world.keep_out:
            exempt = any(zone_id in terms.exempt_zone_ids for terms in group[row].terms)
            if not (exempt and zone_id in world.authorisable):
                yield row, Breach(ViolationCode.KEEP_OUT_BREACH, zone_id), told


def _permitted(world: World, group: Sequence[_Followed]) -> tuple[IntArray, IntArray]:
    """Pairs of a row and the slot of a zone in which one of its permits lets it be."""
    pairs = [
        (row, slot)
        for row, each in enumerate(group)
        for slot in sorted(_allowed(world, each.terms))
    ]
    rows, slots = np.array(pairs, np.int64).reshape(-1, 2).T
    return rows, slots


def _allowed(world: World, terms: tuple[Terms, ...]) -> set[int]:
    return {
        world.slots[zone_id]
        for each in terms
        for zone_id in each.zone_ids | each.transfer_zone_ids
        if zone_id in world.slots
    }


def _left(world: World, group: Sequence[_Followed], found: Breaches) -> Iterator[_Row]:
    for row, _, _, told in _rows(found):
        each = group[row]
        mode = each.report.control_mode
        yield row, leaving(each.terms[0], each.subject.domain, mode, world.rules), told


def _forecast(each: _Followed, breach: Breach, told: _Told) -> Forecast:
    return Forecast(
        breach.code,
        breach.zone_id,
        each.received_s + told.in_s,
        told.certain,
        told.longitude_deg,
        told.latitude_deg,
    )
