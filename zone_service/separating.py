"""Aircraft that come too close to each other: a violation of two, seen by ticks. Pure.

Places are as old as the last message of each: where a unit says how it moves it is followed to this
moment. A pair of which one is not heard or says no place is left as it is: nobody can tell.
"""

from collections.abc import Iterator
from math import nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.fixes import DOMAIN_CODES
from geofence.motion import Motion, moved
from geofence.places import HEIGHTS
from geofence.separation import (
    Conflicts,
    Corridors,
    Minima,
    Separation,
    Traffic,
    conflicts,
    head_on,
)
from geofence.zone import Corridor
from permits import watch as episodes
from permits.compliance import Breach, too_close
from permits.ruleset import RuleSet
from permits.watch import Event, Watch
from telemetry.report import Domain, Report
from zone_service.conduct import airborne
from zone_service.decisions import Outcome
from zone_service.episode_record import Scene, record
from zone_service.memory import Memory, pair_of
from zone_service.world import World

AIR = DOMAIN_CODES["air"]


def separate(memory: Memory, world: World, now_s: float, outcome: Outcome) -> bool:
    """Judge all pairs of aircraft at this moment; tell whether anything has changed."""
    flights = list(_flights(memory, world, now_s))
    found = _too_close(memory, world, flights) if len(flights) > 1 else {}
    placed = {each.device_id for each in flights}
    changed = False
    for pair in sorted(found.keys() | memory.pairs.keys()):
        if pair in found or not _nobody_can_tell(memory, world, pair, placed):
            seen = (found[pair],) if pair in found else ()
            changed |= _watch(memory, world, pair, seen, now_s, outcome)
    return changed


# --- who flies where ----------------------------------------------------------------------------


class _Flight(NamedTuple):
    device_id: str
    number: int
    report: Report
    age_s: float


def _flights(memory: Memory, world: World, now_s: float) -> Iterator[_Flight]:
    """The aircraft at work of which it is known where they are."""
    longest_s = world.rules.foresight[Domain.AIR].max_age_s
    for device_id in _at_work(memory, world):
        device = memory.devices[device_id]
        report, track = device.report, device.track
        if report is None or track is None or report.longitude_deg is None:
            continue
        age_s = max(0.0, now_s - track.received_s)
        if age_s <= longest_s and track.doubted is None:
            yield _Flight(device_id, device.number, report, age_s)


def _at_work(memory: Memory, world: World) -> Iterator[str]:
    for device_id, device in memory.devices.items():
        subject, report = world.subjects.get(device_id), device.report
        flies = report is not None and airborne(report) is not False
        if flies and subject is not None and subject.domain is Domain.AIR:
            yield device_id


def _nobody_can_tell(memory: Memory, world: World, pair: str, placed: set[str]) -> bool:
    """Whether one of a pair is at work and it is not known where."""
    for device_id in pair.split("|"):
        device, subject = memory.devices.get(device_id), world.subjects.get(device_id)
        if device is None or subject is None or device.report is None:
            continue
        if device_id not in placed and airborne(device.report) is not False:
            return True
    return False


# --- who is too close ---------------------------------------------------------------------------


def _too_close(memory: Memory, world: World, flights: list[_Flight]) -> dict[str, Breach]:
    """The pairs that are too close or head-on, by name."""
    traffic, rules = _traffic(memory, flights), world.rules.separation
    minima = _minima(world.rules)
    opposed = head_on(
        traffic,
        conflicts(traffic, minima, rules.head_on_s),
        _corridors(memory, world, flights),
        rules.opposite_within_deg,
    )
    found: dict[str, Breach] = {}
    for pair, state, distance_m in _pairs(opposed, flights):
        if state == Separation.LOST:
            found[pair] = too_close(distance_m, rules.horizontal_m, "head-on")
    for pair, state, distance_m in _pairs(conflicts(traffic, minima, 0.0), flights):
        detail = "" if state == Separation.LOST else "height unknown"
        found[pair] = too_close(distance_m, rules.horizontal_m, detail)
    return found


def _pairs(found: Conflicts, flights: list[_Flight]) -> Iterator[tuple[str, int, float]]:
    columns = (found.first, found.second, found.state, found.distance_m)
    for first, second, state, distance_m in zip(*(each.tolist() for each in columns), strict=True):
        yield pair_of(flights[first].device_id, flights[second].device_id), state, distance_m


def _traffic(memory: Memory, flights: list[_Flight]) -> Traffic:
    reports = [each.report for each in flights]
    speed, track, climb = (
        _column([getattr(each, name) for each in reports])
        for name in ("ground_speed_mps", "track_deg", "vertical_speed_mps")
    )
    motion = Motion(speed, track, climb)
    here = memory.fleet.last[np.array([each.number for each in flights], np.int64)]
    age_s = _column([each.age_s for each in flights])
    way_m = np.nan_to_num(motion.velocity_mps() * age_s[:, None])
    here[:, :2] = moved(here[:, :2], way_m)
    here[:, HEIGHTS] += np.nan_to_num(climb * age_s)[:, None]
    return Traffic(here, np.full(len(flights), AIR, np.int8), motion)


def _column(values: list[float | None]) -> NDArray[np.float64]:
    return np.array([nan if value is None else value for value in values], np.float64)


def _minima(rules: RuleSet) -> Minima:
    horizontal_m, vertical_m = np.zeros((2, 3, 3))
    horizontal_m[AIR, AIR] = rules.separation.horizontal_m
    vertical_m[AIR, AIR] = rules.separation.vertical_m
    return Minima(horizontal_m, vertical_m)


def _corridors(memory: Memory, world: World, flights: list[_Flight]) -> Corridors:
    pairs = [
        (row, slot)
        for row, each in enumerate(flights)
        for slot in memory.devices[each.device_id].inside
        if any(isinstance(one.shape, Corridor) for one in world.zones.zones[slot].volumes)
    ]
    rows, slots = np.array(pairs, np.int64).reshape(-1, 2).T
    return Corridors(rows, slots)


# --- over time ----------------------------------------------------------------------------------


def _watch(
    memory: Memory,
    world: World,
    pair: str,
    seen: tuple[Breach, ...],
    now_s: float,
    outcome: Outcome,
) -> bool:
    """Let the pair's watch see what there is, and write down what comes of it."""
    first, second = pair.split("|")
    before = memory.pairs.get(pair, Watch(Domain.AIR.value))
    device = memory.devices.get(first)
    position = None if device is None else device.position
    events: tuple[Event, ...]
    if first not in world.subjects or second not in world.subjects:
        after, events = episodes.end(before, now_s)
    else:
        after, events = episodes.step(before, seen, now_s, world.rules, position)
    if after.excursions:
        memory.pairs[pair] = after
    else:
        memory.pairs.pop(pair, None)
    mine, others = _owner(world, first), _owner(world, second)
    scene = Scene(first, mine, None, position, None, now_s, second, others)
    record(memory.open, world, scene, events, outcome)
    return after != before


def _owner(world: World, device_id: str) -> str | None:
    subject = world.subjects.get(device_id)
    return None if subject is None else subject.organisation_id
