"""What holds has changed, or time has: devices are judged anew where they were last seen. Pure."""

from collections.abc import Iterable, Sequence

from geofence import rejudge as fences_again
from geofence.difference import Difference, difference
from permits import watch as episodes
from zone_service.accompanying import look_around
from zone_service.conduct import conduct_of, judged_by_its_permits
from zone_service.decisions import Failure, Outcome
from zone_service.doubts import doubtful
from zone_service.episode_record import Scene, record
from zone_service.memory import Memory
from zone_service.own_corridors import ON_ROUTE
from zone_service.watching import watch_device
from zone_service.world import World


def adopt(memory: Memory, world: World, before: World | None, now_s: float) -> Outcome:
    """Judge anew, by their last fix, the devices whom it concerns that zones or permits changed.

    Who that is follows from the two worlds and the memory alone, whichever way they were made: a
    replay must ask the same devices at the same moments as the worker did.
    """
    outcome = Outcome()
    if before is None or before.revisions.registry != world.revisions.registry:
        _forget_withdrawn(memory, world, now_s, outcome)
    _note_what_changed(memory, world, before, now_s)
    concerned = _concerned(memory, world, before, now_s)
    _look_for_the_strayed(memory, world, concerned)
    reconsider(memory, world, concerned, now_s, outcome, at_start=before is None)
    return outcome


def _concerned(memory: Memory, world: World, before: World | None, now_s: float) -> list[str]:
    """Judge by the zones who may be held otherwise now; return them, and who has other permits."""
    if before is not None and before.zones is world.zones:
        return _regranted(memory, world, before)
    since = _since(memory, world, before)
    found = rejudge(memory, world, now_s, since)
    if since is None:
        memory.judged_s = now_s
    known = set(found)
    others = [] if before is None else _regranted(memory, world, before)
    return [*found, *(device_id for device_id in others if device_id not in known)]


def _note_what_changed(memory: Memory, world: World, before: World | None, now_s: float) -> None:
    """Note since when it is as it is: a late report of before must not be judged by it.

    At a start by nothing of before: what changed while no worker ran, nobody noted here.
    """
    if before is None or before.zones is not world.zones:
        memory.law_s = now_s
    if before is not None:
        for device_id in _regranted(memory, world, before):
            memory.devices[device_id].granted_s = now_s
    if before is None or before.grants is not world.grants:
        memory.permits_s = now_s


def _look_for_the_strayed(memory: Memory, world: World, device_ids: Sequence[str]) -> None:
    """Find out which devices are in the corridors that their permits have now."""
    devices = [memory.devices[device_id] for device_id in device_ids]
    memory.fleet.grow(len(memory.names))
    here = memory.fleet.last[[device.number for device in devices]]
    found = world.corridors.strayed(device_ids, here)
    for row, device in enumerate(devices):
        device.strayed = found.get(row, ON_ROUTE)


def _since(memory: Memory, world: World, before: World | None) -> Difference | None:
    """Return where the zones differ; ``None`` where everybody is to be judged."""
    if before is None or not memory.fleet.follows(before.zones):
        return None
    return difference(before.zones, world.zones)


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


def rejudge(
    memory: Memory, world: World, now_s: float, since: Difference | None = None
) -> list[str]:
    """Find out which zones hold each device where it was last seen, by those of the world.

    ``since``: what is different now; only whom that may concern is judged. Returns those of whom the
    zones that are different say anything, or said it before.
    """
    memory.fleet, judged = fences_again.rejudge(memory.fleet, world.zones, now_s, since)
    asked, found = [memory.names[number] for number in judged.devices], []
    for row, device_id in enumerate(asked):
        device = memory.devices[device_id]
        held = {*device.inside, *device.unknown, *judged.inside[row], *judged.unknown[row]}
        device.inside, device.unknown = judged.inside[row], judged.unknown[row]
        if since is None or not since.slots.isdisjoint(held):
            found.append(device_id)
    if since is None or not since.moving:
        look_around(memory, world, asked, now_s)
        return found
    return [*found, *_in_other_company(memory, world, since, found, now_s)]


def _in_other_company(
    memory: Memory, world: World, since: Difference, judged: list[str], now_s: float
) -> list[str]:
    """Return whom zones that follow a device hold otherwise now, beside those who are judged anyway.

    Such a zone has no box within which it could concern somebody, and the fences know nothing of whom
    it holds: where one has changed, all are asked.
    """
    before = {name: (each.inside, each.unknown) for name, each in memory.devices.items()}
    for device in memory.devices.values():
        device.inside = _without(device.inside, since.moving)
        device.unknown = _without(device.unknown, since.moving)
    look_around(memory, world, memory.devices, now_s)
    known = set(judged)
    return [
        each
        for each, held in before.items()
        if each not in known and held != (memory.devices[each].inside, memory.devices[each].unknown)
    ]


def _without(held: tuple[int, ...], slots: frozenset[int]) -> tuple[int, ...]:
    return held if slots.isdisjoint(held) else tuple(slot for slot in held if slot not in slots)


def reconsider(
    memory: Memory,
    world: World,
    device_ids: Iterable[str],
    now_s: float,
    outcome: Outcome,
    *,
    at_start: bool = False,
) -> None:
    """Judge devices by their last fixes; one that we fail on does not keep the others waiting.

    ``at_start``: what was said while no worker listened is still to come.
    """
    for device_id in device_ids:
        try:
            _reconsider(memory, world, device_id, now_s, outcome, at_start=at_start)
        except Exception as error:
            outcome.failures.append(Failure.of(error, "", device_id))


def _reconsider(
    memory: Memory,
    world: World,
    device_id: str,
    now_s: float,
    outcome: Outcome,
    *,
    at_start: bool,
) -> None:
    device = memory.devices[device_id]
    subject = world.subjects.get(device_id)
    if subject is None or device.report is None or device.track is None:
        return
    # What a change makes wrong is wrong from the change on, not since the last fix: then it was
    # allowed. Told in the device's own time, which its next fix goes on with. A start is no such
    # moment: fixes that waited at the broker lie between the last one and now.
    passed_s = 0.0 if at_start else max(0.0, now_s - device.heard_s)
    at_s = device.track.at_s + passed_s
    conduct = conduct_of(
        world,
        subject.domain,
        device.report,
        at_s,
        device.inside,
        device.unknown,
        strayed=device.strayed,
    )
    grant, found = judged_by_its_permits(world.grants.get(device_id, ()), conduct, world.rules)
    who = device_id, subject.organisation_id
    scene = Scene(*who, grant, device.position, None, now_s, report=device.report)
    unsure = doubtful(world, subject.domain, device, grant, conduct, found)
    watch_device(memory, world, device, scene, found, at_s, outcome, unsure=unsure)


def _forget_withdrawn(memory: Memory, world: World, now_s: float, outcome: Outcome) -> None:
    """Close what is open about devices that left the register."""
    for device_id, device in memory.devices.items():
        if device.watch is not None and device_id not in world.subjects:
            device.watch, closed = episodes.end(device.watch, now_s)
            scene = Scene(device_id, None, None, device.position, None, now_s)
            record(memory.open, world, scene, closed, outcome)
