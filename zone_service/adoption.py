"""What holds has changed, or time has: devices are judged anew where they were last seen. Pure."""

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from geofence import rejudge as fences_again
from geofence.difference import Difference, difference
from geofence.events import WITHDRAWN, EventKind, Judged
from geofence.events import Cause as CauseOfMove
from permits import watch as episodes
from permits.cause import Cause
from zone_service import rules_of_devices
from zone_service.accompanying import look_around
from zone_service.decisions import Outcome
from zone_service.episode_record import Scene, record
from zone_service.grants_compared import compared
from zone_service.memory import Memory
from zone_service.outstanding import Changed, Held, Told, Was
from zone_service.rejudging import go_on, look_for_the_strayed, put_off, reconsider
from zone_service.world import World

NOWHERE: Final = Difference(frozenset(), np.zeros((0, 4)))
"""Of the same zones."""
SOME: Final = 4
"""Where this part of all devices is looked for, or more, all are gone through once."""


def adopt(memory: Memory, world: World, before: World | None, now_s: float) -> Outcome:
    """Judge by another world from here on, and at once, by their last fix, whom that concerns.

    Who that is follows from the two worlds and the memory alone, whichever way they were made: a
    replay must ask the same devices at the same moments as the worker did. Without a world before
    it is everybody.
    """
    outcome = take_over(memory, world, before, now_s)
    go_on(memory, world, now_s, outcome)
    return outcome


def take_over(memory: Memory, world: World, before: World | None, now_s: float) -> Outcome:
    """Judge by another world from here on; whom that concerns is outstanding, but for a start."""
    outcome = Outcome()
    memory.outstanding.keep_those_who_wait()
    if before is None or before.revisions.registry != world.revisions.registry:
        _forget_withdrawn(memory, world, now_s, outcome)
    told, others = _told(memory, world, before)
    since = _since(memory, world, before)
    _note_what_changed(memory, world, before, told, others, now_s)
    if since is None:
        _judge_everybody(memory, world, told, now_s, outcome, at_start=before is None)
        return outcome
    swapped = since is not NOWHERE
    if swapped:
        fences_again.follow(memory.fleet, world.zones, since)
    if swapped or any(told):
        put_off(memory, since, told, Changed(now_s, since.slots, since.moving, swapped=swapped))
    return outcome


def _judge_everybody(
    memory: Memory,
    world: World,
    told: Told,
    now_s: float,
    outcome: Outcome,
    *,
    at_start: bool,
) -> None:
    """Judge all at once: at a start, or where the zones are in other slots."""
    judged, names = rejudge(memory, world, now_s), memory.names
    memory.judged_s = now_s
    told_of = (names[each] for each in (*told.regranted, *told.ruled))
    asked = list(dict.fromkeys((*judged, *told_of)))
    look_for_the_strayed(memory, world, asked)
    # What changed before a worker died is wrong from then on, of those too whose turn had not come.
    outstanding, devices = memory.outstanding, memory.devices
    waited = [each for each in asked if devices[each].number in outstanding.waiting]
    others = [each for each in asked if devices[each].number not in outstanding.waiting]
    outstanding.swapped = True
    outstanding.ruled.update(told.ruled)
    outstanding.regranted.update(told.regranted)
    if at_start:
        # Nobody noted whose permits have changed meanwhile.
        outstanding.regranted.update(
            {devices[each].number for each in asked}.difference(told.ruled)
        )
    reconsider(memory, world, waited, outstanding.at_s, outcome, told_s=now_s)
    reconsider(memory, world, others, now_s, outcome, at_start=at_start)
    outstanding.forget()


def _told(memory: Memory, world: World, before: World | None) -> tuple[Told, frozenset[str]]:
    """Return whom their permits are asked about in any case, and which rules are others.

    At a start by all that was noted: by which rules was judged.
    """
    was = _rules_noted(memory) if before is None else rules_of_devices.digests_of(before)
    others = rules_of_devices.changed(was, world)
    ruled = rules_of_devices.judged_by_any(world, memory.names, others)
    if before is None or before.grants is world.grants:
        return Told(ruled=ruled), others
    found = world.regranted
    if found.before is not before.grants:
        found = compared(before.grants, world.grants, memory.names)
    if before.told_beside == world.told_beside:
        return Told(_numbers(memory, found.device_ids), ruled), others
    more = _numbers(memory, found.ruled_alone - rules_of_devices.of_others(world, others))
    return Told(_numbers(memory, found.otherwise), [*ruled, *more]), others


def _numbers(memory: Memory, device_ids: Collection[str]) -> list[int]:
    """Return the numbers of those that were ever heard, ascending."""
    if len(device_ids) * SOME > len(memory.names):
        return [number for number, each in enumerate(memory.names) if each in device_ids]
    known = (memory.devices.get(each) for each in device_ids)
    return sorted(each.number for each in known if each is not None)


def _rules_noted(memory: Memory) -> rules_of_devices.Digests:
    """Return what tells the rules that were judged by; of a time when nobody noted it, nothing."""
    its = {rules_of_devices.INSTALLATION: memory.rules} if memory.rules else {}
    return its | memory.rules_beside


def _note_what_changed(
    memory: Memory,
    world: World,
    before: World | None,
    told: Told,
    others: frozenset[str],
    now_s: float,
) -> None:
    """Note since when it is as it is: a late report of before must not be judged by it.

    At a start by nothing of before: what changed while no worker ran, nobody noted here.
    """
    for_all = rules_of_devices.INSTALLATION in others
    if before is None or before.zones is not world.zones or for_all:
        memory.law_s = now_s
    for number in (*told.regranted, *(() if for_all else told.ruled)):
        memory.devices[memory.names[number]].granted_s = now_s
    if before is None or before.grants is not world.grants:
        memory.permits_s = now_s
    memory.rules, memory.rules_beside = world.rules_digest, rules_of_devices.digests_beside(world)


def _since(memory: Memory, world: World, before: World | None) -> Difference | None:
    """Return where the zones differ; ``None`` where everybody is to be judged."""
    if before is None:
        return None
    if before.zones is world.zones:
        return NOWHERE
    return difference(before.zones, world.zones) if memory.fleet.follows(before.zones) else None


def rejudge(memory: Memory, world: World, now_s: float) -> list[str]:
    """Find out which zones hold each device where it was last seen; return those who were ever seen."""
    ids = memory.fleet.zone_ids
    memory.fleet, judged = fences_again.rejudge(memory.fleet, world.zones, now_s)
    asked = [memory.names[number] for number in judged.devices]
    before = [(memory.devices[each].inside, memory.devices[each].unknown) for each in asked]
    for device_id, inside, unknown in zip(asked, judged.inside, judged.unknown, strict=True):
        device = memory.devices[device_id]
        device.inside, device.unknown = inside, unknown
    look_around(memory, world, asked, now_s)
    _note_what_held(memory, world, asked, before, ids, judged)
    return asked


def _note_what_held(
    memory: Memory,
    world: World,
    asked: Sequence[str],
    before: Sequence[Held],
    ids: Sequence[str],
    judged: Judged,
) -> None:
    """Note which zones held devices before, in the slots of now, and which of now did at that time."""
    by_zones, noted = _by_zones(judged), memory.outstanding.was
    for row, (name, held) in enumerate(zip(asked, before, strict=True)):
        device = memory.devices[name]
        same = held == (device.inside, device.unknown) and row not in by_zones
        if same and device.number not in noted:
            continue
        # Whoever waited was noted in the slots of before, too.
        was = noted.get(device.number, Was(held, held))
        old, (inside, _) = (_in_slots_of(world, ids, each) for each in was)
        entered, left = by_zones.get(row, (set[int](), set[int]()))
        now = tuple(sorted({*inside, *entered} - left))
        noted[device.number] = Was(old, (now, device.unknown))


def _by_zones(judged: Judged) -> dict[int, tuple[set[int], set[int]]]:
    """Return by row the slots that others brought about, and those that they took."""
    found: dict[int, tuple[set[int], set[int]]] = {}
    for event in judged.events:
        if event.cause is CauseOfMove.ZONE_CHANGED and event.slot != WITHDRAWN:
            entered, left = found.setdefault(event.row, (set(), set()))
            (left if event.kind is EventKind.EXIT else entered).add(event.slot)
    return found


def _in_slots_of(world: World, ids: Sequence[str], held: Held) -> Held:
    """Return the slots of now of zones that were in others; what is gone has none."""

    def those(slots: tuple[int, ...]) -> tuple[int, ...]:
        named = (ids[slot] for slot in slots if slot < len(ids))
        return tuple(sorted(world.slots[name] for name in named if name in world.slots))

    return those(held[0]), those(held[1])


def _forget_withdrawn(memory: Memory, world: World, now_s: float, outcome: Outcome) -> None:
    """Close what is open about devices that left the register."""
    for device_id, device in memory.devices.items():
        if device.watch is not None and device_id not in world.subjects:
            device.watch, closed = episodes.end(device.watch, now_s, Cause.REGISTER_CHANGED)
            scene = Scene(device_id, None, None, device.position, None, now_s)
            record(memory.open, world, scene, closed, outcome)
