"""What devices will break if they go on as they do now, in the words of their permits. Pure.

Each is followed straight on from its last fix, as far as the rules say for its domain. Told are the
keep-out zones ahead that bind it, those that follow others among them, and leaving the last zone of its permits, or the last corridor. What
it is breaking already is told by its watch and not here.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.fixes import DOMAIN_CODES
from geofence.foresight import Breaches, BreachKind, breaches, departures
from geofence.motion import Motion
from geofence.stays import Held, Stays, stays
from permits.compliance import Breach, leaving
from permits.violation import ViolationCode
from telemetry.report import Domain, Report
from zone_service.accompanying import with_company
from zone_service.conduct import at_work
from zone_service.courses import Courses
from zone_service.forecasts import Forecast, Foretold
from zone_service.memory import DeviceState, Memory
from zone_service.permitted import Permitted
from zone_service.world import Subject, World

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


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
    permitted: Permitted


def _followed(
    memory: Memory, world: World, device_id: str, now_s: float
) -> "_Followed | tuple[Forecast, ...] | None":
    """Return a device to be followed, nothing for one that is not at work, or that nobody can tell."""
    device, subject = memory.devices[device_id], world.subjects.get(device_id)
    report, track = device.report, device.track
    if subject is None or report is None or track is None:
        return ()
    if not at_work(subject.domain, report, world.moving_mps):
        return ()
    rules, received_s = world.rules, track.received_s
    age_s = max(0.0, now_s - received_s)
    # A unit that delivers what it kept, or whose clock is wrong, does not say where it is now.
    behind_s = abs(received_s - track.at_s)
    old = age_s > rules.foresight[subject.domain].max_age_s or behind_s > rules.max_skew_s
    if old or report.longitude_deg is None or track.doubted is not None:
        return None
    permitted = world.permitted(device_id, now_s)
    return _Followed(device_id, device, subject, report, received_s, age_s, permitted)


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
    code = np.full(len(group), DOMAIN_CODES[domain], np.int8)
    motion = _motion(courses, group, number, domain)
    ahead = stays(
        world.zones,
        memory.fleet.last[number],
        code,
        motion,
        rules.horizon_s + max(each.age_s for each in group),
        _concerned(world, group),
        _held(memory, world, group),
    )
    names = [each.device_id for each in group]
    ahead = with_company(memory, world, names, ahead, code, motion)
    found: dict[int, list[Forecast]] = {}
    for row, breach, told in (
        *_entered(world, group, ahead),
        *_left(world, group, ahead),
        *_off_route(world, group, ahead),
    ):
        each = group[row]
        running = () if each.device.watch is None else each.device.watch.excursions
        soon = told.in_s - each.age_s <= rules.horizon_s
        if soon and all(one.key != breach[:2] for one in running):
            found.setdefault(row, []).append(_forecast(each, breach, told))
    known = ahead.known.tolist()
    return {
        each.device_id: tuple(found.get(row, ())) if known[row] else None
        for row, each in enumerate(group)
    }


def _held(memory: Memory, world: World, group: Sequence[_Followed]) -> Held | None:
    """The zones that go on holding devices beside their outlines, until those leave the margin."""
    margined, held, out = world.zones.margined, memory.fleet.held, world.is_keep_out
    if not margined:
        return None
    pairs = [
        (row, slot)
        for row, each in enumerate(group)
        for slot in margined.intersection(held[each.device.number])
        if out[slot] or slot in each.permitted.slots
    ]
    return Held(*np.array(pairs, np.int64).reshape(-1, 2).T)


def _concerned(world: World, group: Sequence[_Followed]) -> BoolArray:
    """Whether a zone can bring about a breach of these devices, by slot. Most zones cannot."""
    concerned = world.is_keep_out.copy()
    concerned[list(frozenset().union(*(each.permitted.slots for each in group)))] = True
    return concerned


def _motion(
    courses: Courses, group: Sequence[_Followed], number: IntArray, domain: Domain
) -> Motion:
    """What units say of their motion, and where they say nothing, what their last places do."""
    seen, reports = courses.of(number), [each.report for each in group]
    # What is not said is None there, and becomes a NaN.
    said = np.array(
        [(one.ground_speed_mps, one.track_deg, one.vertical_speed_mps) for one in reports],
        np.float64,
    )
    derived = np.column_stack((seen.ground_mps, seen.track_deg, seen.climb_mps))
    ground_mps, track_deg, climb_mps = np.where(np.isnan(said), derived, said).T
    climbs = domain is Domain.AIR
    return Motion(ground_mps, track_deg, climb_mps if climbs else np.zeros(len(group)))


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


def _entered(world: World, group: Sequence[_Followed], ahead: Stays) -> Iterator[_Row]:
    """Keep-out zones that restrict, but for those that a permit lifts."""
    is_out = world.is_keep_out.take(ahead.slot)
    coming = is_out & ~_at_once(ahead)
    if not coming.any():
        return  # the case of most parts: who is in a zone already does not enter it
    has_some = np.zeros(len(group), np.bool_)
    has_some[ahead.row[coming]] = True
    found = breaches(ahead.picked(is_out & has_some.take(ahead.row)))
    for row, slot, kind, told in _rows(found):
        zone_id = world.zones.zone_ids[slot]
        if kind == BreachKind.ENTER:
            terms = group[row].permitted.terms
            exempt = any(zone_id in each.exempt_zone_ids for each in terms)
            if not (exempt and zone_id in world.authorisable):
                yield row, Breach(ViolationCode.KEEP_OUT_BREACH, zone_id), told


def _left(world: World, group: Sequence[_Followed], ahead: Stays) -> Iterator[_Row]:
    """The last zone in which one of its permits lets a device be."""
    throughout = _at_once(ahead) & (ahead.until_s >= ahead.horizon_s)
    pairs = zip(ahead.row[throughout].tolist(), ahead.slot[throughout].tolist(), strict=True)
    staying = {row for row, slot in pairs if slot in group[row].permitted.slots}
    perhaps = [
        (row, slot)
        for row, each in enumerate(group)
        if row not in staying
        for slot in each.permitted.slots
    ]
    if not perhaps:
        return
    for row, _, _, told in _rows(departures(ahead, *np.array(perhaps, np.int64).T)):
        each = group[row]
        mode = each.report.control_mode
        yield (
            row,
            leaving(
                each.permitted.terms[0],
                each.subject.domain,
                mode,
                world.rules_of(each.permitted.first),
            ),
            told,
        )


def _off_route(world: World, group: Sequence[_Followed], ahead: Stays) -> Iterator[_Row]:
    """The last corridor of its permits, over the ground: heights are taken to stay as they are."""
    asked = [
        (row, number)
        for row, each in enumerate(group)
        if each.permitted.routes and ahead.known[row]
        for permit, number in world.corridors.of_device.get(each.device_id, ())
        if permit in each.permitted.routes and permit not in each.device.strayed.off
    ]
    if not asked:
        return
    row, number = np.array(asked, np.int64).T
    here, velocity = ahead.here[row, :2], ahead.velocity_deg[row]
    fences = world.corridors.fences
    leaves_s = fences.leaves_s(number.astype(np.int32), here, velocity, ahead.horizon_s)
    last_s = np.full(len(group), -np.inf)
    np.maximum.at(last_s, row, leaves_s)
    for each in np.unique(row[np.isfinite(last_s[row])]).tolist():
        in_s = float(last_s[each])
        longitude, latitude = (ahead.here[each, :2] + ahead.velocity_deg[each] * in_s).tolist()
        told = _Told(in_s, not group[each].device.strayed.unknown, longitude, latitude)
        yield each, Breach(ViolationCode.ROUTE_DEVIATION), told


def _at_once(ahead: Stays) -> BoolArray:
    """Which stays have surely begun now."""
    now: BoolArray = ahead.sure & (ahead.from_s == 0.0)
    return now


def _forecast(each: _Followed, breach: Breach, told: _Told) -> Forecast:
    return Forecast(
        breach.code,
        breach.zone_id,
        each.received_s + told.in_s,
        told.certain,
        told.longitude_deg,
        told.latitude_deg,
    )
