"""What holds has changed, or time has: devices are judged anew where they were last seen. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from geofence import rejudge as fences_again
from geofence.difference import Difference, difference
from permits import watch as episodes
from zone_service.accompanying import look_around
from zone_service.decisions import Outcome
from zone_service.episode_record import Scene, record
from zone_service.memory import Memory
from zone_service.outstanding import Changed
from zone_service.rejudging import go_on, look_for_the_strayed, put_off, reconsider
from zone_service.world import World

NOWHERE: Final = Difference(frozenset(), np.zeros((0, 4)))
"""Of the same zones."""


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
    if before is None or before.revisions.registry != world.revisions.registry:
        _forget_withdrawn(memory, world, now_s, outcome)
    told = [] if before is None else _regranted(memory, world, before)
    since = _since(memory, world, before)
    _note_what_changed(memory, world, before, told, now_s)
    if since is None:
        _judge_everybody(memory, world, before, told, now_s, outcome)
        return outcome
    if since is not NOWHERE:
        fences_again.follow(memory.fleet, world.zones, since)
    if since is not NOWHERE or told:
        numbers = [memory.devices[each].number for each in told]
        swapped = since is not NOWHERE
        put_off(memory, since, numbers, Changed(now_s, since.slots, since.moving, swapped=swapped))
    return outcome


def _judge_everybody(
    memory: Memory,
    world: World,
    before: World | None,
    told: Sequence[str],
    now_s: float,
    outcome: Outcome,
) -> None:
    """Judge all at once: at a start, or where the zones are in other slots."""
    judged = rejudge(memory, world, now_s)
    memory.judged_s = now_s
    asked = list(dict.fromkeys((*judged, *told)))
    look_for_the_strayed(memory, world, asked)
    # What changed before a worker died is wrong from then on, of those too whose turn had not come.
    outstanding, devices = memory.outstanding, memory.devices
    waited = [each for each in asked if devices[each].number in outstanding.waiting]
    others = [each for each in asked if devices[each].number not in outstanding.waiting]
    reconsider(memory, world, waited, outstanding.at_s, outcome, told_s=now_s)
    reconsider(memory, world, others, now_s, outcome, at_start=before is None)
    outstanding.forget()


def _note_what_changed(
    memory: Memory, world: World, before: World | None, told: Iterable[str], now_s: float
) -> None:
    """Note since when it is as it is: a late report of before must not be judged by it.

    At a start by nothing of before: what changed while no worker ran, nobody noted here.
    """
    if before is None or before.zones is not world.zones:
        memory.law_s = now_s
    for device_id in told:
        memory.devices[device_id].granted_s = now_s
    if before is None or before.grants is not world.grants:
        memory.permits_s = now_s


def _since(memory: Memory, world: World, before: World | None) -> Difference | None:
    """Return where the zones differ; ``None`` where everybody is to be judged."""
    if before is None:
        return None
    if before.zones is world.zones:
        return NOWHERE
    return difference(before.zones, world.zones) if memory.fleet.follows(before.zones) else None


def _regranted(memory: Memory, world: World, before: World) -> list[str]:
    """Return the devices whose permits are not as they were, in the order of their numbers."""
    if before.grants is world.grants:
        return []
    old, new = before.grants, world.grants
    concerned: Iterable[str] = memory.devices
    if world.regranted.before is old:
        concerned = memory.devices.keys() & world.regranted.device_ids
    found = (each for each in concerned if old.get(each) != new.get(each))
    return sorted(found, key=lambda each: memory.devices[each].number)


def rejudge(memory: Memory, world: World, now_s: float) -> list[str]:
    """Find out which zones hold each device where it was last seen; return those who were ever seen."""
    memory.fleet, judged = fences_again.rejudge(memory.fleet, world.zones, now_s)
    asked = [memory.names[number] for number in judged.devices]
    for device_id, inside, unknown in zip(asked, judged.inside, judged.unknown, strict=True):
        device = memory.devices[device_id]
        device.inside, device.unknown = inside, unknown
    look_around(memory, world, asked, now_s)
    return asked


def _forget_withdrawn(memory: Memory, world: World, now_s: float, outcome: Outcome) -> None:
    """Close what is open about devices that left the register."""
    for device_id, device in memory.devices.items():
        if device.watch is not None and device_id not in world.subjects:
            device.watch, closed = episodes.end(device.watch, now_s)
            scene = Scene(device_id, None, None, device.position, None, now_s)
            record(memory.open, world, scene, closed, outcome)
