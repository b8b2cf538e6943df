"""A tick of the clock: silence, lapses and hours need no message to be seen. Pure.

Thousands of devices are asked some at a time. How much is done at once is told in microseconds that it
takes, as a measure of ours, by what is kept alone: a replay must stop where the worker did.
"""

from collections.abc import Iterable
from math import inf
from typing import Final

from geofence.difference import turned
from permits import watch as episodes
from permits.cause import Cause
from permits.compliance import Breach, Conduct, Grant, is_on_task
from permits.episode import always
from permits.states import LOW_SPEED
from permits.watch import Event, Watch
from telemetry.report import Frame
from zone_service.accompanying import look_again
from zone_service.calm import Basis, Calm, calm_until_s
from zone_service.clock_frames import BY_AND_BY, IN_PARTS, part_of
from zone_service.conduct import at_work, conduct_of, judged_by_its_permits
from zone_service.decisions import Failure, Outcome
from zone_service.episode_record import Scene, record
from zone_service.late import look_at_rows
from zone_service.late_row import with_closed
from zone_service.memory import DeviceState, Memory
from zone_service.outstanding import NOBODY, Changed
from zone_service.rejudging import go_on, put_off
from zone_service.separating import separate
from zone_service.strangers import forget_those_gone
from zone_service.watching import going_on
from zone_service.world import Subject, World

QUIET_S = 1.5
"""Devices that spoke since are judged by what they said, not by ticks."""
NO_GRANTS: tuple[Grant, ...] = ()
HEARD: Final = 0.2
QUIET: Final = 4.0
OPEN: Final = 40.0
CHANGED: Final = 500.0
"""What it takes to pass over a device that speaks, to ask one that is quiet, one that has something
open, and to change a violation with all that is stored and said of it."""
BEHIND_S = 60.0
"""Whoever told of an earlier moment shortly after an edge was judged as of before it: hours that
turned this long ago are looked at again when others turn."""


def tick(memory: Memory, world: World, frame: Frame, outcome: Outcome) -> None:
    """Judge the passing of time for the devices that are quiet or have something going on."""
    now_s = frame.received_s
    effect = turn_of_hours(memory, world, now_s)
    if frame.payload not in {BY_AND_BY, IN_PARTS}:
        go_on(memory, world, now_s, outcome)
    effect |= look_again(memory, world, now_s, QUIET_S)
    if frame.payload != IN_PARTS:
        effect |= _tick_devices(memory, world, memory.devices, frame, outcome)
    try:
        effect |= separate(memory, world, now_s, outcome)
    except Exception as error:
        outcome.failures.append(Failure.of(error, frame.topic, None))
    effect |= look_at_rows(memory, world, now_s, outcome)
    effect |= forget_those_gone(memory, world, now_s, outcome)
    if effect:
        # Only ticks that changed something are worth a place in the journal.
        outcome.journal.append(frame)


def tick_part(memory: Memory, world: World, frame: Frame, outcome: Outcome) -> None:
    """Have a tick ask the devices from a number on, until so much work is done as the frame says."""
    first, work = part_of(frame)
    outcome.ticked = first
    names = memory.names[first:] if first else memory.names
    if _tick_devices(memory, world, names, frame, outcome, work):
        outcome.journal.append(frame)


def _tick_devices(
    memory: Memory,
    world: World,
    device_ids: Iterable[str],
    frame: Frame,
    outcome: Outcome,
    work: float = inf,
) -> bool:
    """Ask devices; tell whether that has changed anything. ``work`` is done by then, or nobody is left."""
    now_s, effect = frame.received_s, False
    # By the zones of before time accuses nobody: whoever is still to be judged anew has the next tick.
    devices, waiting = memory.devices, memory.outstanding.waiting
    asked = 0
    for device_id in device_ids:
        if work <= 0.0:
            break
        asked += 1
        device = devices[device_id]
        is_open = device.watch is not None and bool(device.watch.excursions)
        if not is_open and now_s - device.heard_s <= QUIET_S:
            work -= HEARD
            continue
        if device.number in waiting:
            continue
        before = len(outcome.changes)
        try:
            effect |= _tick_device(memory, world, device_id, device, now_s, outcome)
        except Exception as error:
            # Nobody else's silence may go unnoticed for it.
            outcome.failures.append(Failure.of(error, frame.topic, device_id))
        work -= (OPEN if is_open else QUIET) + CHANGED * (len(outcome.changes) - before)
    if outcome.ticked is not None:
        outcome.ticked += asked
    return effect


def turn_of_hours(memory: Memory, world: World, now_s: float) -> bool:
    """When a zone's hours begin or end, have those judged anew whom that concerns; tell whether they do."""
    # Only what is kept in the journal may change the memory, or a replay would not find the edge.
    # The last moment of a window belongs to it: what comes of its end shows only after it.
    judged_s = memory.judged_s or now_s
    if now_s <= world.zones.next_edge_s(judged_s):
        return False
    memory.judged_s = now_s
    since = turned(world.zones, judged_s - BEHIND_S, now_s)
    put_off(memory, since, NOBODY, Changed(now_s, since.slots, swapped=False))
    return True


def _tick_device(
    memory: Memory,
    world: World,
    device_id: str,
    device: DeviceState,
    now_s: float,
    outcome: Outcome,
) -> bool:
    subject, report = world.subjects.get(device_id), device.report
    if subject is None or report is None:
        return False
    has_nothing_on = device.watch is None or not device.watch.excursions
    if has_nothing_on and not at_work(subject.domain, report, world.moving_mps):
        return False
    grants = world.grants.get(device_id, NO_GRANTS)
    basis = Basis(report, device.inside, device.unknown, device.strayed, grants, world.rules)
    if has_nothing_on and _is_calm(memory, device, basis, now_s):
        return False
    conduct = conduct_of(
        world,
        subject.domain,
        report,
        now_s,
        device.inside,
        device.unknown,
        strayed=device.strayed,
    )
    grant, found = judged_by_its_permits(grants, conduct, world.rules)
    if has_nothing_on:
        silent_s = device.heard_s + _silence_s(world, subject, grant)
        until_s = calm_until_s(grants, world.rules, found, silent_s, now_s)
        memory.calm[device.number] = Calm(basis, until_s)
    before = device.watch or Watch(subject.domain.value)
    watch, events = _after(memory, world, subject, device, before, conduct, grant, found)
    if watch == before:
        return False
    device.watch = watch
    device.past = with_closed(device.past, events)
    if going_on(before) != going_on(watch):
        outcome.stirred.add(device_id)
    scene = Scene(device_id, subject.organisation_id, grant, device.position, None, now_s)
    record(memory.open, world, scene, events, outcome)
    return True


def _after(
    memory: Memory,
    world: World,
    subject: Subject,
    device: DeviceState,
    before: Watch,
    conduct: Conduct,
    grant: Grant | None,
    found: tuple[Breach, ...],
) -> tuple[Watch, tuple[Event, ...]]:
    """Return a device's watch after the time that has passed until its conduct was set to."""
    now_s, on_task, rules = conduct.at_s, is_on_task(conduct), world.rules_of(grant)
    watch, events = episodes.tick(
        before,
        now_s,
        device.heard_s,
        rules,
        on_task=on_task and now_s - memory.listening_s >= _silence_s(world, subject, grant),
        low_speed=_is_low_speed(grant),
        seen=found,
    )
    if on_task or not watch.excursions or device.track is None:
        return watch, events
    # Parked or landed, it has nothing more to say: what it stopped doing ends by time.
    # In its own time, so that its clock may be behind ours when it sets out again.
    its_s = device.track.at_s + (now_s - device.heard_s)
    watch, over = episodes.step(watch, found, its_s, rules, why=always(Cause.TIME_PASSED))
    return watch, (*events, *over)


def _is_calm(memory: Memory, device: DeviceState, basis: Basis, now_s: float) -> bool:
    calm = memory.calm.get(device.number)
    return calm is not None and calm.holds(basis, now_s)


def _silence_s(world: World, subject: Subject, grant: Grant | None) -> float:
    """Return for how long a device may say nothing, and we must have listened to tell."""
    rules = world.rules_of(grant)
    return rules.silence_s(subject.domain.value, low_speed=_is_low_speed(grant))


def _is_low_speed(grant: Grant | None) -> bool:
    return grant is not None and grant.kind in LOW_SPEED
