"""Devices judged anew where they were last seen, a few at a time. Pure.

How much is done at once is told in microseconds that it takes, as a measure of ours: it is no clock's,
so a replay stops where the worker did.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Final

import numpy as np

from geofence import rejudge as fences_again
from geofence.difference import Difference
from geofence.places import LONGITUDE
from zone_service.accompanying import joined, look_around
from zone_service.causes import stood, why_of_a_change
from zone_service.conduct import conduct_of, judged_by_its_permits
from zone_service.decisions import Failure, Outcome
from zone_service.doubts import doubtful
from zone_service.episode_record import Scene
from zone_service.memory import DeviceState, Memory
from zone_service.outstanding import Changed, Told
from zone_service.own_corridors import ON_ROUTE, Strayed
from zone_service.watching import watch_device
from zone_service.world import World

ALL: Final = inf
LOOKED_AT_ONCE: Final = 256
"""So many devices are held against the zones together: alone, each would take fifty times as long."""
A_LOOK: Final = 200.0
LOOKED: Final = 3.0
ASKED: Final = 10.0
CHANGED: Final = 500.0
"""What it takes to look where some are, for each of them, to ask about one by its permits, and to open
or close a violation with all that is stored and said of it."""


def put_off(memory: Memory, since: Difference, told: Told, changed: Changed) -> None:
    """Have those be judged anew whom a difference concerns, and some whom their permits are asked about."""
    fleet = memory.fleet
    unseen = fleet.devices() if since.moving else since.devices(fleet)
    memory.outstanding.add(unseen.tolist(), told, changed)


def go_on(memory: Memory, world: World, told_s: float, outcome: Outcome, work: float = ALL) -> None:
    """Judge anew who is next, until so much work is done or nobody is left.

    ``told_s`` is when what comes of it is told; it is judged as of the moment of the change.
    """
    outstanding = memory.outstanding
    while work > 0.0 and outstanding.waiting:
        number = outstanding.next_found()
        if number is not None:
            outstanding.waiting.discard(number)
            work -= _ask(memory, world, number, told_s, outcome)
        else:
            numbers = outstanding.next_unseen(LOOKED_AT_ONCE)
            concerned = _concerned(memory, world, numbers)
            outstanding.found.extend(concerned)
            outstanding.waiting.difference_update(set(numbers).difference(concerned))
            work -= A_LOOK + LOOKED * len(numbers)
    if not outstanding.waiting:
        outstanding.forget()


def judge_now(memory: Memory, world: World, device_id: str, now_s: float, outcome: Outcome) -> None:
    """Judge a device anew that waits for it, before anything else is said of it."""
    outstanding, number = memory.outstanding, memory.devices[device_id].number
    if number not in outstanding.waiting:
        return
    if memory.undo is not None:
        memory.undo.note_fleet(np.array([number], np.int32))
    outstanding.waiting.discard(number)
    if number not in outstanding.unseen or _concerned(memory, world, [number]):
        _ask(memory, world, number, now_s, outcome)


def look_first(memory: Memory, world: World, numbers: Iterable[int]) -> None:
    """Find out how devices stood that speak before their turn; where they are now judges them alone."""
    outstanding = memory.outstanding
    speaking = [each for each in dict.fromkeys(numbers) if each in outstanding.waiting]
    unseen = [each for each in speaking if each not in outstanding.looked]
    if unseen and outstanding.slots:
        _look(memory, world, unseen)
    regranted = [memory.names[each] for each in speaking if each in outstanding.regranted]
    look_for_the_strayed(memory, world, regranted)


def _look(memory: Memory, world: World, numbers: list[int]) -> None:
    outstanding, fleet = memory.outstanding, memory.fleet
    devices = np.array([each for each in numbers if each < len(fleet)], np.intp)
    devices = devices[~np.isnan(fleet.last[devices, LONGITUDE])]
    if not len(devices):
        return
    found = fences_again.look(fleet, world.zones, outstanding.at_s, devices)
    for number, inside, unknown in zip(devices.tolist(), *found, strict=True):
        device, moving = memory.devices[memory.names[number]], outstanding.moving
        now = (
            joined(inside, _followed(world, moving, device.inside)),
            joined(unknown, _followed(world, moving, device.unknown)),
        )
        outstanding.note(number, (device.inside, device.unknown), now)
        outstanding.stood[number] = now


def _concerned(memory: Memory, world: World, numbers: list[int]) -> list[int]:
    """Find out which zones hold devices; return those of whom what changed says anything."""
    outstanding = memory.outstanding
    devices = np.array(numbers, np.intp)
    judged = fences_again.rejudge_those(
        memory.fleet,
        world.zones,
        outstanding.at_s,
        devices,
        swapped=outstanding.swapped,
        with_events=False,
    )
    names = [memory.names[number] for number in numbers]
    before = [(memory.devices[name].inside, memory.devices[name].unknown) for name in names]
    held = {name: _held(memory.devices[name]) for name in names}
    for name, inside, unknown in zip(names, judged.inside, judged.unknown, strict=True):
        device = memory.devices[name]
        device.inside = joined(inside, _followed(world, outstanding.moving, device.inside))
        device.unknown = joined(unknown, _followed(world, outstanding.moving, device.unknown))
    look_around(memory, world, names, outstanding.at_s)
    for name, number, was in zip(names, numbers, before, strict=True):
        outstanding.note(number, was, (memory.devices[name].inside, memory.devices[name].unknown))
    told, slots = outstanding.told, outstanding.slots
    return [
        number
        for name, number in zip(names, numbers, strict=True)
        if number in told or not slots.isdisjoint((*held[name], *_held(memory.devices[name])))
    ]


def _held(device: DeviceState) -> tuple[int, ...]:
    return (*device.inside, *device.unknown) if device.unknown else device.inside


def _followed(world: World, changed: frozenset[int], slots: tuple[int, ...]) -> tuple[int, ...]:
    """Return those of some slots whose zone follows a device as it did: the fences do not know them."""
    follows = world.following.slots
    if not follows:
        return ()
    return tuple(slot for slot in slots if slot in follows and slot not in changed)


def _ask(memory: Memory, world: World, number: int, told_s: float, outcome: Outcome) -> float:
    """Ask about one device by its permits, where the zones hold it and its corridors lie."""
    name, before = memory.names[number], len(outcome.changes)
    look_for_the_strayed(memory, world, (name,))
    reconsider(memory, world, (name,), memory.outstanding.at_s, outcome, told_s=told_s)
    return ASKED + CHANGED * (len(outcome.changes) - before)


def look_for_the_strayed(memory: Memory, world: World, device_ids: Sequence[str]) -> None:
    """Find out which devices are in the corridors that their permits have now."""
    devices = [memory.devices[each] for each in device_ids]
    found: Mapping[int, Strayed] = {}
    if not world.corridors.of_device.keys().isdisjoint(device_ids):
        memory.fleet.grow(len(memory.names))
        here = memory.fleet.last[[device.number for device in devices]]
        found = world.corridors.strayed(device_ids, here)
    for row, device in enumerate(devices):
        device.strayed = found.get(row, ON_ROUTE)


def reconsider(
    memory: Memory,
    world: World,
    device_ids: Iterable[str],
    at_s: float,
    outcome: Outcome,
    *,
    told_s: float | None = None,
    at_start: bool = False,
) -> None:
    """Judge devices by their last fixes as of a time; one that we fail on does not keep the others waiting.

    ``told_s``: when that is, if it is later. ``at_start``: what was said while no worker listened is
    still to come.
    """
    found_s = at_s if told_s is None else told_s
    for device_id in device_ids:
        try:
            _reconsider(memory, world, device_id, at_s, found_s, outcome, at_start=at_start)
        except Exception as error:
            outcome.failures.append(Failure.of(error, "", device_id))


def _reconsider(
    memory: Memory,
    world: World,
    device_id: str,
    now_s: float,
    found_s: float,
    outcome: Outcome,
    *,
    at_start: bool,
) -> None:
    device = memory.devices[device_id]
    subject = world.subjects.get(device_id)
    if subject is None or device.track is None:
        return
    before = stood(device, (device.inside, device.unknown))
    if before is None:
        return
    # What a change makes wrong is wrong from the change on, not since the last fix: then it was
    # allowed. Told in the device's own time, which its next fix goes on with. A start is no such
    # moment: fixes that waited at the broker lie between the last one and now.
    passed_s = 0.0 if at_start else max(0.0, now_s - device.heard_s)
    at_s = device.track.at_s + passed_s
    conduct = conduct_of(
        world,
        subject.domain,
        before.report,
        at_s,
        device.inside,
        device.unknown,
        strayed=device.strayed,
    )
    grant, found = judged_by_its_permits(world.grants.get(device_id, ()), conduct, world.rules)
    who = device_id, subject.organisation_id
    scene = Scene(*who, grant, device.position, None, found_s, report=device.report)
    unsure = doubtful(world, subject.domain, device, grant, conduct, found)
    why = why_of_a_change(memory, world, subject, device, before, found)
    watch_device(memory, world, device, scene, found, at_s, outcome, why, unsure=unsure)
