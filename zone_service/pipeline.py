"""One batch of messages and ticks, judged: frames in, decisions out. No I/O, no clock.

This is the one place where zones, permits and telemetry meet. The memory belongs to the caller,
is changed in place and must not be used by two at once; the same memory, world and frames always
give the same outcome, which is what makes a journal replayable. A tick of the clock is a frame
too (``tick_frame``), so that the journal holds every input in its order.
"""

from collections.abc import Iterable, Sequence

import msgspec

from geofence import rejudge as fences_again
from geofence import step as fences
from geofence.events import EventKind, Judged
from maps import datum as datums
from permits import watch as episodes
from permits.compliance import Breach, Conduct, is_on_task, of_refusal
from permits.violation import ViolationCode
from permits.watch import Watch
from telemetry import track as tracks
from telemetry.decode import decode
from telemetry.report import Datum, Frame, Notice, Refused, Report
from telemetry.track import Order
from zone_service.conduct import NO_FLAGS, conduct_of, flags_of, judged_by_its_permits
from zone_service.decisions import Moved, Outcome, Refusal
from zone_service.episode_record import Scene, record
from zone_service.memory import DeviceState, Memory
from zone_service.rows import Fresh, fixes_of, is_catching_up
from zone_service.world import Subject, World

TICK_TOPIC = "$tick"
"""Of a frame that no broker carries: the clock's."""
LISTENING_TOPIC = "$listening"
"""Of a frame that says that we listen again after a break."""
CLOCK_TOPICS = frozenset({TICK_TOPIC, LISTENING_TOPIC})
QUIET_S = 1.5
"""Devices that spoke since are judged by what they said, not by ticks."""
MAX_STRANGERS = 1000
"""Unregistered identities watched at once: a flood of invented ids must not fill the memory."""
STRANGER_GONE_S = 60.0


def tick_frame(at_s: float) -> Frame:
    """Return the frame of one tick of the server's clock."""
    return Frame(TICK_TOPIC, b"", at_s)


def listening_frame(at_s: float) -> Frame:
    """Return the frame that says since when devices can be heard again."""
    return Frame(LISTENING_TOPIC, b"", at_s)


def step(memory: Memory, world: World, frames: Sequence[Frame]) -> Outcome:
    """Judge frames in their order.

    Fixes are gathered and judged together; a tick ends a gathering, so that nothing is judged
    out of order.
    """
    outcome = Outcome()
    gathered: list[Fresh] = []
    for frame in frames:
        if frame.topic == TICK_TOPIC:
            _judge(memory, world, gathered, outcome)
            gathered = []
            _tick(memory, world, frame, outcome)
        elif frame.topic == LISTENING_TOPIC:
            memory.listening_s = frame.received_s
            outcome.journal.append(frame)
        else:
            _take(memory, world, frame, gathered, outcome)
    _judge(memory, world, gathered, outcome)
    return outcome


def adopt(memory: Memory, world: World, before: World | None, now_s: float) -> Outcome:
    """Judge anew, by their last fix, the devices whose zones or permits have changed."""
    outcome = Outcome()
    _forget_withdrawn(memory, world, now_s, outcome)
    if before is not None and before.revisions.zones == world.revisions.zones:
        changed = [
            device_id
            for device_id in memory.devices
            if before.grants.get(device_id) != world.grants.get(device_id)
        ]
    else:
        changed = rejudge(memory, world, now_s)
        memory.judged_s = now_s
    for device_id in changed:
        _reconsider(memory, world, device_id, now_s, outcome)
    return outcome


def rejudge(memory: Memory, world: World, now_s: float) -> list[str]:
    """Find out which zones of the new set hold each device where it was last seen."""
    memory.fleet, judged = fences_again.rejudge(memory.fleet, world.zones, now_s)
    for row, number in enumerate(judged.devices):
        device = memory.devices[memory.names[number]]
        device.inside, device.unknown = judged.inside[row], judged.unknown[row]
    return [memory.names[number] for number in judged.devices]


def _reconsider(
    memory: Memory, world: World, device_id: str, now_s: float, outcome: Outcome
) -> None:
    device = memory.devices[device_id]
    subject = world.subjects.get(device_id)
    if subject is None or device.report is None or device.track is None:
        return
    conduct = conduct_of(
        world, subject.domain, device.report, device.track.at_s, device.inside, device.unknown
    )
    grant, found = judged_by_its_permits(world.grants.get(device_id, ()), conduct, world.rules)
    scene = Scene(device_id, subject.organisation_id, grant, device.position, None, now_s)
    _watch(memory, world, device, scene, found, device.track.at_s, outcome)


def _forget_withdrawn(memory: Memory, world: World, now_s: float, outcome: Outcome) -> None:
    """Close what is open about devices that left the register."""
    for device_id, device in memory.devices.items():
        if device.watch is not None and device_id not in world.subjects:
            device.watch, closed = episodes.end(device.watch, now_s)
            scene = Scene(device_id, None, None, device.position, None, now_s)
            record(memory.open, world, scene, closed, outcome)


def _take(
    memory: Memory, world: World, frame: Frame, gathered: list[Fresh], outcome: Outcome
) -> None:
    """Decode one message and put what it says where it belongs."""
    keep = False
    for said in decode(frame, world.units, world.codecs):
        match said:
            case Report():
                keep |= _take_report(memory, world, frame, said, gathered, outcome)
            case Notice(device_id=device_id):
                memory.device(device_id).heard_s = frame.received_s
                outcome.counts["notice"] += 1
                keep = True
            case Refused():
                _take_refusal(memory, world, frame, said, outcome)
                keep = True
    if keep:
        outcome.journal.append(frame)


def _take_report(
    memory: Memory,
    world: World,
    frame: Frame,
    said: Report,
    gathered: list[Fresh],
    outcome: Outcome,
) -> bool:
    """Put a report on its device's track; tell whether it is worth keeping."""
    report = said if said.source_datum in _AS_STORED else to_wgs84(said)
    subject = world.subjects[report.device_id]
    device = memory.device(report.device_id)
    limits = world.limits[subject.domain]
    device.track, seen = tracks.step(device.track, report, frame.received_s, limits)
    outcome.counts[seen.order.value] += 1
    outcome.acknowledge[report.device_id] = report.boot_id
    if seen.order is Order.DUPLICATE and not seen.replayed:
        return False
    late = seen.skew_s is not None and seen.skew_s < 0
    catching_up = late and is_catching_up(device, report, frame.received_s)
    device.heard_s = max(device.heard_s, frame.received_s)
    fresh = Fresh(subject, device, report, seen, frame.received_s, catching_up)
    if seen.order is Order.FRESH:
        gathered.append(fresh)
    elif seen.replayed:
        _accuse_of_replay(memory, world, fresh, outcome)
    return True


_AS_STORED = frozenset({Datum.WGS84, Datum.CGCS2000})


def to_wgs84(report: Report) -> Report:
    """Return the report with its position in the one datum that is stored."""
    if report.longitude_deg is None or report.latitude_deg is None:
        return report
    longitude_deg, latitude_deg = datums.point_to_wgs84(
        report.longitude_deg, report.latitude_deg, report.source_datum
    )
    return msgspec.structs.replace(report, longitude_deg=longitude_deg, latitude_deg=latitude_deg)


def _accuse_of_replay(memory: Memory, world: World, fresh: Fresh, outcome: Outcome) -> None:
    """A sequence number used twice is judged without moving the device."""
    last = fresh.device.report or fresh.report
    device = fresh.device
    at_s = fresh.received_s if device.track is None else device.track.at_s
    conduct = conduct_of(
        world,
        fresh.subject.domain,
        last,
        at_s,
        device.inside,
        device.unknown,
        flags=flags_of(fresh.seen, fresh.skew_s),
        skew_s=fresh.skew_s,
    )
    _conclude(memory, world, fresh, conduct, at_s, outcome)


def _take_refusal(
    memory: Memory, world: World, frame: Frame, refused: Refused, outcome: Outcome
) -> None:
    """Count and keep what was not taken; some of it accuses somebody."""
    outcome.refusals.append(Refusal(frame, refused))
    outcome.counts["refused"] += 1
    breach = of_refusal(refused.reason)
    if breach is None or refused.device_id is None:
        return
    subject = world.subjects.get(refused.device_id)
    if subject is None:
        _stranger(memory, world, refused.device_id, breach, frame.received_s, outcome)
        return
    device = memory.device(refused.device_id)
    at_s = frame.received_s if device.track is None else device.track.at_s
    scene = Scene(
        refused.device_id, subject.organisation_id, None, device.position, None, frame.received_s
    )
    _watch(memory, world, device, scene, (breach,), at_s, outcome, subject.domain.value)


def _stranger(
    memory: Memory,
    world: World,
    device_id: str,
    breach: Breach,
    received_s: float,
    outcome: Outcome,
) -> None:
    watch = memory.strangers.get(device_id)
    if watch is None:
        if len(memory.strangers) >= MAX_STRANGERS:
            outcome.counts["strangers_not_watched"] += 1
            return
        watch = Watch("road")
    memory.strangers[device_id], events = episodes.step(watch, (breach,), received_s, world.rules)
    record(
        memory.open, world, Scene(device_id, None, None, None, None, received_s), events, outcome
    )


def _judge(memory: Memory, world: World, gathered: list[Fresh], outcome: Outcome) -> None:
    """Ask the fences about all gathered fixes at once, then the permits one by one."""
    if not gathered:
        return
    memory.fleet, judged = fences.step(memory.fleet, world.zones, fixes_of(gathered, world.heights))
    crossed = _crossed_keep_outs(world, judged)
    for row, fresh in enumerate(gathered):
        _judge_one(
            memory,
            world,
            fresh,
            judged.inside[row],
            judged.unknown[row],
            crossed.get(row, NO_FLAGS),
            outcome,
        )


def _crossed_keep_outs(world: World, judged: Judged) -> dict[int, frozenset[str]]:
    crossed: dict[int, frozenset[str]] = {}
    for event in judged.events:
        if event.kind is EventKind.CROSS:
            places = world.places((event.slot,))
            crossed[event.row] = crossed.get(event.row, NO_FLAGS) | places.keep_out
    return crossed


def _judge_one(
    memory: Memory,
    world: World,
    fresh: Fresh,
    inside: tuple[int, ...],
    unknown: tuple[int, ...],
    crossed: frozenset[str],
    outcome: Outcome,
) -> None:
    device, report, seen = fresh.device, fresh.report, fresh.seen
    device.report, device.inside, device.unknown = report, inside, unknown
    if report.longitude_deg is not None and report.latitude_deg is not None:
        device.position = (report.longitude_deg, report.latitude_deg)
    conduct = conduct_of(
        world,
        fresh.subject.domain,
        report,
        seen.at_s,
        inside,
        unknown,
        crossed,
        flags_of(seen, fresh.skew_s),
        fresh.skew_s,
    )
    _conclude(memory, world, fresh, conduct, seen.at_s, outcome)
    outcome.moved[report.device_id] = Moved(
        report.longitude_deg,
        report.latitude_deg,
        report.heading_deg if report.heading_deg is not None else report.track_deg,
        device.watch is not None and any(each.is_open for each in device.watch.excursions),
    )


def _conclude(
    memory: Memory,
    world: World,
    fresh: Fresh,
    conduct: Conduct,
    at_s: float,
    outcome: Outcome,
) -> None:
    device_id = fresh.report.device_id
    grant, found = judged_by_its_permits(world.grants.get(device_id, ()), conduct, world.rules)
    device = fresh.device
    if not found and device.watch is not None and not device.watch.excursions:
        return  # the case that is nearly every message
    scene = Scene(
        device_id,
        fresh.subject.organisation_id,
        grant,
        device.position,
        fresh.report.event_time_s,
        fresh.received_s,
    )
    _watch(memory, world, device, scene, found, at_s, outcome, fresh.subject.domain.value)


def _watch(
    memory: Memory,
    world: World,
    device: DeviceState,
    scene: Scene,
    found: Iterable[Breach],
    at_s: float,
    outcome: Outcome,
    domain: str = "",
) -> None:
    """Let the device's watch see what was broken, and write down what comes of it."""
    watch = device.watch or Watch(domain or world.subjects[scene.device_id].domain.value)
    device.watch, events = episodes.step(watch, found, at_s, world.rules, scene.position)
    if events:
        record(memory.open, world, scene, events, outcome)


def _tick(memory: Memory, world: World, frame: Frame, outcome: Outcome) -> None:
    """Judge the passing of time for the devices that are quiet or have something going on."""
    now_s = frame.received_s
    effect = _turn_of_schedules(memory, world, now_s, outcome)
    for device_id, device in memory.devices.items():
        quiet = now_s - device.heard_s > QUIET_S
        if quiet or (device.watch is not None and device.watch.excursions):
            effect |= _tick_device(memory, world, device_id, device, now_s, outcome)
    effect |= _tick_strangers(memory, world, now_s, outcome)
    if effect:
        # Only ticks that changed something are worth a place in the journal.
        outcome.journal.append(frame)


def _turn_of_schedules(memory: Memory, world: World, now_s: float, outcome: Outcome) -> bool:
    """When a zone's hours begin or end, judge everybody where they were last seen."""
    # Only what is kept in the journal may change the memory, or a replay would not find the edge.
    # The last moment of a window belongs to it: what comes of its end shows only after it.
    if now_s <= world.zones.next_edge_s(memory.judged_s or now_s):
        return False
    memory.judged_s = now_s
    for device_id in rejudge(memory, world, now_s):
        _reconsider(memory, world, device_id, now_s, outcome)
    return True


def _tick_device(
    memory: Memory,
    world: World,
    device_id: str,
    device: DeviceState,
    now_s: float,
    outcome: Outcome,
) -> bool:
    subject = world.subjects.get(device_id)
    if subject is None or device.report is None:
        return False
    conduct = conduct_of(world, subject.domain, device.report, now_s, device.inside, device.unknown)
    grant, found = judged_by_its_permits(world.grants.get(device_id, ()), conduct, world.rules)
    before = device.watch or Watch(subject.domain.value)
    watch, events = episodes.tick(
        before,
        now_s,
        device.heard_s,
        world.rules,
        on_task=(on_task := is_on_task(conduct)) and _could_be_heard(memory, world, subject, now_s),
        seen=found,
    )
    if watch.excursions and not on_task and device.track is not None:
        # Parked or landed, it has nothing more to say: what it stopped doing ends by time.
        # In its own time, so that its clock may be behind ours when it sets out again.
        its_s = device.track.at_s + (now_s - device.heard_s)
        watch, over = episodes.step(watch, found, its_s, world.rules)
        events = (*events, *over)
    if watch == before:
        return False
    device.watch = watch
    scene = Scene(device_id, subject.organisation_id, grant, device.position, None, now_s)
    record(memory.open, world, scene, events, outcome)
    return True


def _could_be_heard(memory: Memory, world: World, subject: Subject, now_s: float) -> bool:
    """Tell whether we have listened for long enough to call a device silent."""
    silence = world.rules.rule(ViolationCode.TELEMETRY_SILENCE, subject.domain.value)
    return now_s - memory.listening_s >= silence.opens_after_s


def _tick_strangers(memory: Memory, world: World, now_s: float, outcome: Outcome) -> bool:
    gone = [
        device_id
        for device_id, watch in memory.strangers.items()
        if watch.at_s is None or now_s - watch.at_s > STRANGER_GONE_S
    ]
    for device_id in gone:
        _, closed = episodes.end(memory.strangers.pop(device_id), now_s)
        record(memory.open, world, Scene(device_id, None, None, None, None, now_s), closed, outcome)
    return bool(gone)
