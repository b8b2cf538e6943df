"""Aircraft that come too close to each other: a violation of two, seen by ticks. Pure.

A pair of which one is not heard or says no place is left as it is: nobody can tell.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from geofence.separation import (
    NONE,
    Conflicts,
    Corridors,
    Minima,
    Separation,
    conflicts,
    head_on,
)
from permits import watch as episodes
from permits.cause import Cause
from permits.compliance import Breach, too_close
from permits.episode import always
from permits.ruleset import RuleSet
from permits.watch import Event, Watch
from telemetry.report import Domain
from zone_service.conduct import airborne
from zone_service.decisions import Outcome
from zone_service.episode_record import Scene, record
from zone_service.flying import AIR, Flying, flying
from zone_service.memory import Memory, pair_of
from zone_service.world import World


def separate(memory: Memory, world: World, now_s: float, outcome: Outcome) -> bool:
    """Judge all pairs of aircraft at this moment; tell whether anything has changed."""
    there = flying(memory, world, now_s)
    found = _too_close(memory, world, there) if len(there.number) > 1 else {}
    placed = np.zeros(len(memory.names), np.bool_)
    placed[there.number] = True
    changed = False
    for pair in sorted(found.keys() | memory.pairs.keys()):
        if pair in found or not _nobody_can_tell(memory, world, pair, placed):
            seen = (found[pair],) if pair in found else ()
            changed |= _watch(memory, world, pair, seen, now_s, outcome)
    return changed


def _nobody_can_tell(memory: Memory, world: World, pair: str, placed: NDArray[np.bool_]) -> bool:
    """Whether one of a pair is at work and it is not known where."""
    for device_id in pair.split("|"):
        device, subject = memory.devices.get(device_id), world.subjects.get(device_id)
        if device is None or subject is None or device.report is None:
            continue
        if not placed[device.number] and airborne(device.report) is not False:
            return True
    return False


# --- who is too close ---------------------------------------------------------------------------


def _too_close(memory: Memory, world: World, there: Flying) -> dict[str, Breach]:
    """The pairs that are too close or head-on, by name."""
    rules, minima = world.rules.separation, _minima(world.rules)
    found: dict[str, Breach] = {}
    for pair, state, distance_m in _pairs(memory, there, _head_on(memory, world, there, minima)):
        if state == Separation.LOST:
            found[pair] = too_close(distance_m, rules.horizontal_m, "head-on")
    for pair, state, distance_m in _pairs(memory, there, conflicts(there.traffic, minima, 0.0)):
        detail = "" if state == Separation.LOST else "height unknown"
        found[pair] = too_close(distance_m, rules.horizontal_m, detail)
    return found


def _head_on(memory: Memory, world: World, there: Flying, minima: Minima) -> Conflicts:
    corridors = _in_corridors(memory, world, there)
    if not len(corridors.row):
        return NONE
    rules = world.rules.separation
    return head_on(there.traffic, minima, rules.head_on_s, corridors, rules.opposite_within_deg)


def _pairs(memory: Memory, there: Flying, found: Conflicts) -> Iterator[tuple[str, int, float]]:
    names, number = memory.names, there.number
    columns = (number[found.first], number[found.second], found.state, found.distance_m)
    for first, second, state, distance_m in zip(*(each.tolist() for each in columns), strict=True):
        yield pair_of(names[first], names[second]), state, distance_m


def _minima(rules: RuleSet) -> Minima:
    horizontal_m, vertical_m = np.zeros((2, 3, 3))
    horizontal_m[AIR, AIR] = rules.separation.horizontal_m
    vertical_m[AIR, AIR] = rules.separation.vertical_m
    return Minima(horizontal_m, vertical_m)


def _in_corridors(memory: Memory, world: World, there: Flying) -> Corridors:
    """Which aircraft are in which zones that are corridors."""
    slots = world.zone_facts.corridors
    devices, names = memory.devices, memory.names
    pairs = [
        (row, slot)
        for row, number in enumerate(there.number.tolist() if slots else ())
        if not slots.isdisjoint(inside := devices[names[number]].inside)
        for slot in slots.intersection(inside)
    ]
    return Corridors(*np.array(pairs, np.int64).reshape(-1, 2).T)


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
        after, events = episodes.end(before, now_s, Cause.REGISTER_CHANGED)
    else:
        moved = always(Cause.DEVICE_MOVED)
        after, events = episodes.step(before, seen, now_s, world.rules, position, why=moved)
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
