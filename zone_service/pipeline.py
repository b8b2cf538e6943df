"""One batch of messages and ticks, judged: frames in, decisions out. No I/O, no clock.

This is the one place where zones, permits and telemetry meet. The memory belongs to the caller,
is changed in place and must not be used by two at once; the same memory, world and frames always
give the same outcome, which is what makes a journal replayable. A tick of the clock is a frame
too (``clock_frames``), so that the journal holds every input in its order.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from geofence import step as fences
from geofence.events import EventKind, Judged
from geofence.fixes import Fixes
from geofence.places import places
from maps import datum as datums
from permits.allowance import allowance
from permits.cause import Cause
from permits.compliance import of_refusal
from permits.episode import Key, always
from telemetry import columns
from telemetry import track as tracks
from telemetry.decode import decode
from telemetry.device_days import Checked, Late, Replayed
from telemetry.report import Datum, Frame, Notice, RefusalReason, Refused, Report
from telemetry.track import DUPLICATE, FRESH
from telemetry.waiting import MAX_IN_VAIN, Waiting
from zone_service.accompanying import Company, Met, joined, meet
from zone_service.adoption import rejudge
from zone_service.causes import NO_TURN, Turned, stood, turned_by_hours, why_of_a_fix
from zone_service.clock_frames import (
    ANEW_TOPIC,
    DUE_TOPIC,
    HOURS_TOPIC,
    LAW_TOPIC,
    LISTENING_TOPIC,
    PART_TOPIC,
    SET_TOPIC,
    TICK_TOPIC,
    set_by_s,
    work_of,
)
from zone_service.clock_setting import follow
from zone_service.conduct import NO_FLAGS, conduct_of, flags_of, judged_by_its_permits, moving
from zone_service.decisions import Moved, Outcome, Refusal
from zone_service.doubts import NO_DOUBT, believed_m
from zone_service.episode_record import Scene
from zone_service.evidence import NOT_SURE
from zone_service.flying import note_flights
from zone_service.heard import count, heard
from zone_service.late import gather, look_at_row, look_at_rows_by
from zone_service.late_laws import NO_LAWS, Laws, law_of
from zone_service.late_places import note_hole
from zone_service.memory import DeviceState, Memory
from zone_service.outstanding import Held
from zone_service.own_corridors import ON_ROUTE, Strayed
from zone_service.passages import sure_of
from zone_service.rejudging import go_on, judge_now, look_first, reconsider
from zone_service.reordering import (
    hold,
    is_ahead,
    is_waiting,
    let_go_before,
    let_go_first,
    let_go_following,
    let_go_overdue,
    wait_too,
)
from zone_service.rows import AIR, Fresh, fixes_of, is_catching_up
from zone_service.strangers import watch_stranger
from zone_service.ticking import tick, tick_part, turn_of_hours
from zone_service.untroubled import Basis, Law, Untroubled
from zone_service.watching import conclude, watch_device
from zone_service.world import World


def step(memory: Memory, world: World, frames: Sequence[Frame], laws: Laws = NO_LAWS) -> Outcome:
    """Judge frames in their order; ``laws`` are the worlds of then that some of them bring.

    Fixes are gathered and judged together; a tick ends a gathering, so that nothing is judged
    out of order.
    """
    outcome = Outcome()
    gathered: list[Fresh] = []
    for frame, report in zip(frames, columns.reports(frames, world.speakers), strict=True):
        if report is not None:
            if _take_report(memory, world, frame, report, gathered, outcome, alone=True):
                outcome.journal.append(frame)
        elif frame.topic == TICK_TOPIC:
            _judge(memory, world, gathered, outcome)
            gathered = []
            tick(memory, world, frame, outcome)
        elif frame.topic == PART_TOPIC:
            _judge(memory, world, gathered, outcome)
            gathered = []
            tick_part(memory, world, frame, outcome)
        elif frame.topic == LISTENING_TOPIC:
            memory.listening_s = frame.received_s
            outcome.journal.append(frame)
        elif frame.topic == DUE_TOPIC:
            _let_go(memory, world, frame, gathered, outcome)
        elif frame.topic == SET_TOPIC:
            _judge(memory, world, gathered, outcome)
            gathered = []
            _set_clock(memory, world, frame, outcome)
        elif frame.topic == LAW_TOPIC:
            _judge(memory, world, gathered, outcome)
            gathered = []
            _look_by_law(memory, world, frame, laws, outcome)
        elif frame.topic == HOURS_TOPIC:
            _judge(memory, world, gathered, outcome)
            gathered = []
            if turn_of_hours(memory, world, frame.received_s):
                outcome.journal.append(frame)
        elif frame.topic == ANEW_TOPIC:
            _judge(memory, world, gathered, outcome)
            gathered = []
            _go_on(memory, world, frame, outcome)
        else:
            _take(memory, world, frame, gathered, outcome)
    _judge(memory, world, gathered, outcome)
    count(memory, world, outcome.told)
    return outcome


def _go_on(memory: Memory, world: World, frame: Frame, outcome: Outcome) -> None:
    if memory.outstanding.waiting:
        go_on(memory, world, frame.received_s, outcome, work_of(frame))
        outcome.journal.append(frame)


def _set_clock(memory: Memory, world: World, frame: Frame, outcome: Outcome) -> None:
    """The time of day was set: what was heard goes with it, and the hours of zones are others."""
    now_s = frame.received_s
    follow(memory, set_by_s(frame), now_s)
    memory.judged_s = now_s
    memory.outstanding.keep_those_who_wait()
    reconsider(memory, world, rejudge(memory, world, now_s), now_s, outcome)
    memory.outstanding.forget()
    outcome.journal.append(frame)


def _look_by_law(memory: Memory, world: World, frame: Frame, laws: Laws, outcome: Outcome) -> None:
    """Late reports are judged by the law for which they have waited."""
    then = laws.get(frame.payload, world)
    if look_at_rows_by(memory, world, law_of(frame), then, frame.received_s, outcome):
        outcome.journal.append(frame)


def _take(
    memory: Memory,
    world: World,
    frame: Frame,
    gathered: list[Fresh],
    outcome: Outcome,
) -> None:
    """Decode one message, and put what it says where it belongs."""
    keep = has_refused = False
    all_said = decode(frame, world.units, world.codecs)
    alone = len(all_said) == 1
    for said in all_said:
        match said:
            case Report():
                keep |= _take_report(memory, world, frame, said, gathered, outcome, alone=alone)
            case Notice(device_id=device_id, self_check=check, serial=serial):
                device = memory.device(device_id)
                device.heard_s = frame.received_s
                if serial is not None:
                    _take_serial(
                        memory, world, device_id, serial, frame.received_s, gathered, outcome
                    )
                if check is not None:
                    outcome.told.append(Checked(device.number, frame.received_s, check))
                outcome.counts["notice"] += 1
                keep = True
            case Refused():
                _take_refusal(memory, world, frame, said, outcome)
                keep = has_refused = True
    if not alone:
        _put_behind(memory, world, all_said, frame.received_s, gathered, outcome)
    if has_refused:
        _count_refused(memory, world, all_said, frame.received_s, gathered, outcome)
    if keep:
        outcome.journal.append(frame)


def _put_behind(
    memory: Memory,
    world: World,
    all_said: Sequence[Report | Notice | Refused],
    now_s: float,
    gathered: list[Fresh],
    outcome: Outcome,
) -> None:
    """Take those that waited for a message of several reports, which may all have one serial."""
    for device_id in dict.fromkeys(e.device_id for e in all_said if isinstance(e, Report)):
        device = memory.devices.get(device_id)
        if device is not None:
            _put_following(memory, world, device_id, device, now_s, gathered, outcome)


def _count_refused(
    memory: Memory,
    world: World,
    all_said: Sequence[Report | Notice | Refused],
    now_s: float,
    gathered: list[Fresh],
    outcome: Outcome,
) -> None:
    """Count what was not taken among the messages of its device, behind all that was said with it."""
    for said in all_said:
        if not isinstance(said, Refused) or said.serial is None or said.device_id is None:
            continue
        if said.device_id in memory.devices:
            _take_serial(memory, world, said.device_id, said.serial, now_s, gathered, outcome)


def _take_serial(
    memory: Memory,
    world: World,
    device_id: str,
    serial: int,
    now_s: float,
    gathered: list[Fresh],
    outcome: Outcome,
) -> None:
    """Count a message that is no report; reports that waited for it wait no longer."""
    device = memory.device(device_id)
    if device.track is None or device_id not in world.subjects:
        return
    device.track = tracks.with_serial(device.track, serial)
    _put_following(memory, world, device_id, device, now_s, gathered, outcome)


def _take_report(
    memory: Memory,
    world: World,
    frame: Frame,
    said: Report,
    gathered: list[Fresh],
    outcome: Outcome,
    *,
    alone: bool,
) -> bool:
    """Put a report where it belongs among those of its device; tell whether it is worth keeping.

    ``alone``: nothing else is said in its message.
    """
    datum = said.source_datum
    report = said if datum is _WGS84 or datum is _CGCS2000 else to_wgs84(said)
    if world.service_area is not None and (refused := world.service_area.refusal(report)):
        _take_refusal(memory, world, frame, refused, outcome)
        return True
    device, now_s = memory.device(report.device_id), frame.received_s
    if device.waiting and not _is_repetition(world, device, report, now_s):
        return _take_among_waiting(
            memory, world, device, report, now_s, gathered, outcome, alone=alone
        )
    if device.waiting and is_waiting(device, report):
        outcome.counts[DUPLICATE] += 1
        return False
    return _follow(memory, world, device, report, now_s, gathered, outcome, may_wait=True)


def _is_repetition(world: World, device: DeviceState, report: Report, now_s: float) -> bool:
    """Tell whether a report says nothing new: then nobody is let go by it.

    It would have to be kept for a replay to let them go as well, and the history have it twice.
    """
    limits = world.limits[world.subjects[report.device_id].domain]
    _, seen = tracks.step(device.track, report, now_s, limits)
    return is_waiting(device, report) or (seen.order is DUPLICATE and not seen.replayed)


def _take_among_waiting(
    memory: Memory,
    world: World,
    device: DeviceState,
    report: Report,
    now_s: float,
    gathered: list[Fresh],
    outcome: Outcome,
    *,
    alone: bool,
) -> bool:
    """Take a report of which others wait: for it, or with it, or no longer."""
    let_go = let_go_before(memory, device, report, now_s)
    _put(memory, world, device, let_go, now_s, gathered, outcome)
    if not device.waiting:
        kept = _follow(memory, world, device, report, now_s, gathered, outcome, may_wait=True)
    elif is_ahead(device, report):
        window_s = world.limits[world.subjects[report.device_id].domain].reorder_window_s
        wait_too(memory, device, report, now_s, window_s)
        kept = True
    else:
        kept = _follow(memory, world, device, report, now_s, gathered, outcome, may_wait=False)
        if alone:
            _put_following(memory, world, report.device_id, device, now_s, gathered, outcome)
    # What lets others go is kept, or a replay would let them go later.
    return kept or bool(let_go)


def _let_go(
    memory: Memory, world: World, frame: Frame, gathered: list[Fresh], outcome: Outcome
) -> None:
    """Take what has waited long enough, by the clock."""
    now_s, count = frame.received_s, 0
    while memory.next_due_s() <= now_s:
        device_id = memory.due[0][1]
        device = memory.device(device_id)
        ready = let_go_overdue(memory, device_id, device, now_s)
        if device_id in world.subjects:
            _put(memory, world, device, ready, now_s, gathered, outcome)
            _put_following(memory, world, device_id, device, now_s, gathered, outcome)
        count += len(ready)
    if count:
        outcome.journal.append(frame)


def judge_first_waiting(memory: Memory, world: World, device_id: str, now_s: float) -> Outcome:
    """Judge the first report of a device that waits, alone."""
    outcome, gathered = Outcome(), list[Fresh]()
    device = memory.device(device_id)
    ready = let_go_first(memory, device_id, device)
    if device_id in world.subjects:
        _put(memory, world, device, ready, now_s, gathered, outcome)
    _judge(memory, world, gathered, outcome)
    return outcome


def _put_following(
    memory: Memory,
    world: World,
    device_id: str,
    device: DeviceState,
    now_s: float,
    gathered: list[Fresh],
    outcome: Outcome,
) -> None:
    """Take the reports before which nothing is missing any more.

    Behind one of them may be what was heard already, and then the next.
    """
    while filled := let_go_following(memory, device_id, device):
        _put(memory, world, device, filled, now_s, gathered, outcome)


def _put(
    memory: Memory,
    world: World,
    device: DeviceState,
    ready: tuple[Waiting, ...],
    now_s: float,
    gathered: list[Fresh],
    outcome: Outcome,
) -> None:
    """Take reports that have waited, in their order; what comes of them is found now."""
    for each in ready:
        _follow(
            memory, world, device, each.report, each.received_s, gathered, outcome,
            may_wait=False, found_s=now_s, digest=each.digest,
        )  # fmt: skip


def _follow(
    memory: Memory,
    world: World,
    device: DeviceState,
    report: Report,
    received_s: float,
    gathered: list[Fresh],
    outcome: Outcome,
    *,
    may_wait: bool,
    found_s: float | None = None,
    digest: int | None = None,
) -> bool:
    """Put a report on its device's track, or have it wait; tell whether it is worth keeping."""
    subject = world.subjects[report.device_id]
    limits = world.limits[subject.domain]
    before = device.track
    track, seen = tracks.step(before, report, received_s, limits, digest)
    if seen.gap:
        window_s = limits.reorder_window_s
        if may_wait and hold(memory, device, report, seen, received_s, window_s):
            return True
        device.in_vain = min(device.in_vain + 1, MAX_IN_VAIN)
    elif device.in_vain and seen.order is not DUPLICATE:
        device.in_vain = 0
    device.track = track
    counts, order = outcome.counts, seen.order
    counts[order] += 1
    outcome.acknowledge[report.device_id] = report.boot_id
    if order is DUPLICATE and not seen.replayed:
        return False
    late = seen.skew_s is not None and seen.skew_s < 0
    catching_up = late and is_catching_up(before, device.heard_s, report, received_s)
    if received_s > device.heard_s:
        device.heard_s = received_s
    found_s = received_s if found_s is None else found_s
    fresh = Fresh(subject, device, report, seen, found_s, catching_up)
    if order is FRESH:
        gathered.append(fresh)
    elif seen.replayed:
        outcome.told.append(Replayed(device.number, received_s))
        _accuse_of_replay(memory, world, fresh, outcome)
    else:
        outcome.told.append(Late(device.number, received_s))
        if gather(device, report, seen.at_s, received_s):
            # What came before must be judged before, or a row would depend on the batches.
            _judge(memory, world, gathered, outcome)
            gathered.clear()
            look_at_row(memory, world, report.device_id, found_s, outcome)
    return True


_WGS84, _CGCS2000 = Datum.WGS84, Datum.CGCS2000


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
    judge_now(memory, world, fresh.report.device_id, fresh.received_s, outcome)
    conduct = conduct_of(
        world,
        fresh.subject.domain,
        last,
        at_s,
        device.inside,
        device.unknown,
        flags=flags_of(fresh.seen, fresh.skew_s),
        skew_s=fresh.skew_s,
        strayed=device.strayed,
    )
    grants = world.grants.get(fresh.report.device_id, ())
    grant, found = judged_by_its_permits(grants, conduct, world.rules)
    conclude(memory, world, fresh, conduct, grant, found, at_s, outcome, _BY_ITSELF)


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
        watch_stranger(memory, world, refused.device_id, breach, frame.received_s, outcome)
        return
    device = memory.device(refused.device_id)
    at_s = _its_time_s(device, refused, frame.received_s)
    scene = Scene(
        refused.device_id, subject.organisation_id, None, device.position, None, frame.received_s
    )
    domain = subject.domain.value
    watch_device(memory, world, device, scene, (breach,), at_s, outcome, _BY_ITSELF, domain)


def _its_time_s(device: DeviceState, refused: Refused, received_s: float) -> float:
    """Return when something was refused, in the device's own time."""
    if device.track is None:
        return received_s
    if refused.reason is not RefusalReason.REVOKED_DEVICE:
        return device.track.at_s
    # Of one that is refused whole no fix brings its time on: a parked one would be cleared by the
    # ticks, and what it goes on to say would lie before them.
    return device.track.at_s + max(0.0, received_s - device.heard_s)


def _judge(memory: Memory, world: World, gathered: list[Fresh], outcome: Outcome) -> None:
    """Ask the fences about all gathered fixes at once, then the permits one by one."""
    if not gathered:
        return
    fixes = fixes_of(gathered, world.heights)
    outcome.told.append(heard(world, gathered, fixes))
    if memory.undo is not None:
        memory.undo.note_fleet(fixes.device)
    if memory.outstanding.waiting:
        look_first(memory, world, fixes.device.tolist())
    company = meet(memory, world, gathered, fixes)
    memory.fleet, judged = fences.step(memory.fleet, world.zones, fixes)
    looked = _Looked(
        judged,
        _crossed_keep_outs(world, judged),
        _strayed(world, gathered, fixes),
        company,
        turned_by_hours(judged),
    )
    _judge_each(memory, world, gathered, looked, outcome)
    note_flights(memory, gathered)


class _Looked(NamedTuple):
    """What a look at all fixes of a batch has found, by their rows."""

    judged: Judged
    crossed: Mapping[int, frozenset[str]]
    strayed: Mapping[int, Strayed]
    company: Company
    hours: Mapping[int, Turned]

    def sight(
        self, row: int, inside: tuple[int, ...], unknown: tuple[int, ...], crossed: frozenset[str]
    ) -> "_Sight":
        """Return all that was found of one fix."""
        return _Sight(
            inside,
            unknown,
            crossed,
            self.strayed.get(row, ON_ROUTE),
            self.company.untold.get(row, NO_DOUBT),
            self.company.sure.get(row, NOT_SURE),
            self.hours.get(row, NO_TURN),
        )


def _judge_each(
    memory: Memory, world: World, gathered: list[Fresh], looked: _Looked, outcome: Outcome
) -> None:
    """Ask the permits of one device after the other; most go on as they did, and are not asked."""
    judged, crossings, strays, company, _ = looked
    each = zip(gathered, judged.inside, judged.unknown, strict=True)
    for row, (fresh, inside, unknown) in enumerate(each):
        crossed, strayed = crossings.get(row, NO_FLAGS), strays.get(row, ON_ROUTE)
        if row in company.met:
            inside, unknown, crossed = _with_company(
                world, company.met[row], inside, unknown, crossed
            )
        height_agl_m = world.heights.agl_m(fresh.report) if fresh.subject.domain is AIR else None
        is_plain = not crossed and _is_plain(fresh)
        if is_plain and _goes_on(world, fresh, inside, unknown, strayed, height_agl_m):
            _move(memory, world, fresh, inside, unknown, strayed)
        else:
            sight = looked.sight(row, inside, unknown, crossed)
            _judge_whole(memory, world, fresh, sight, outcome, is_plain=is_plain)
        outcome.moved[fresh.report.device_id] = _moved(fresh, height_agl_m)


def _is_plain(fresh: Fresh) -> bool:
    """Tell whether nothing is wrong with a fix."""
    seen, report = fresh.seen, fresh.report
    return (
        not seen.jump
        and not seen.replayed
        and (seen.skew_s is None or fresh.catching_up)
        and report.longitude_deg is not None
        and report.latitude_deg is not None
    )


def _goes_on(
    world: World,
    fresh: Fresh,
    inside: tuple[int, ...],
    unknown: tuple[int, ...],
    strayed: Strayed,
    height_agl_m: float | None,
) -> bool:
    """Tell whether a device goes on as it did when it broke nothing; nothing is wrong with its fix."""
    device, report = fresh.device, fresh.report
    known = world.untroubled.get(device.number)
    if known is None or device.watch is None or device.watch.excursions:
        return False
    return (
        known.basis.is_that_of(device, inside, unknown, strayed, report, world.moving_mps)
        and known.allowance.covers(fresh.seen.at_s, report.ground_speed_mps, height_agl_m)
        and (known.world is world.itself or _is_by_this_law(world, fresh, known))
    )


def _moved(fresh: Fresh, height_agl_m: float | None) -> Moved:
    """Return where a device is, for screens; the height is that of an aircraft."""
    report, watch = fresh.report, fresh.device.watch
    return Moved(
        report.longitude_deg,
        report.latitude_deg,
        report.heading_deg if report.heading_deg is not None else report.track_deg,
        height_agl_m,
        report.ground_speed_mps,
        watch is not None and bool(watch.excursions) and any(e.is_open for e in watch.excursions),
    )


class _Sight(NamedTuple):
    """Where one fix is seen."""

    inside: tuple[int, ...]
    unknown: tuple[int, ...]
    crossed: frozenset[str]
    strayed: Strayed
    untold: frozenset[Key]
    sure: Mapping[str, float]
    """How probable it is that it is in the zones that follow a device."""
    hours: Turned


def _with_company(
    world: World,
    met: Met,
    inside: tuple[int, ...],
    unknown: tuple[int, ...],
    crossed: frozenset[str],
) -> tuple[tuple[int, ...], tuple[int, ...], frozenset[str]]:
    """Add the zones that follow a device to those that hold one, may hold it, and were crossed."""
    return (
        joined(inside, met.inside),
        joined(unknown, met.unknown),
        crossed | world.places(met.crossed).keep_out,
    )


def _strayed(world: World, gathered: list[Fresh], fixes: Fixes) -> dict[int, Strayed]:
    if not world.corridors.of_device:
        return {}
    return world.corridors.strayed([fresh.subject.device_id for fresh in gathered], places(fixes))


def _crossed_keep_outs(world: World, judged: Judged) -> dict[int, frozenset[str]]:
    crossed: dict[int, frozenset[str]] = {}
    for event in judged.events:
        if event.kind is EventKind.CROSS:
            places = world.places((event.slot,))
            crossed[event.row] = crossed.get(event.row, NO_FLAGS) | places.keep_out
    return crossed


def _sure_of_the_way(world: World, fresh: Fresh, sight: _Sight) -> Mapping[str, float]:
    """Add how sure it is that the way to a fix led over the zones that it crossed."""
    start, end = fresh.seen.previous, fresh.device.position
    if start is None or end is None:
        return sight.sure
    accuracy_m = believed_m(world, fresh.subject.domain, fresh.report)
    return {**sight.sure, **sure_of(world, sight.crossed, start[:2], end, accuracy_m)}


def _is_by_this_law(world: World, fresh: Fresh, known: Untroubled) -> bool:
    """Tell whether what was found in an earlier world holds in this one, for as long as it is in use."""
    if not known.law.is_that_of(_law(world, fresh, known.basis)):
        return False
    world.untroubled[fresh.device.number] = msgspec.structs.replace(known, world=world.itself)
    return True


def _law(world: World, fresh: Fresh, basis: Basis) -> Law:
    zones = world.zones.zones
    return Law(
        fresh.subject,
        world.grants.get(fresh.report.device_id, ()),
        world.rules,
        tuple(zones[slot] for slot in (*basis.inside, *basis.unknown)),
    )


def _judge_whole(
    memory: Memory,
    world: World,
    fresh: Fresh,
    sight: _Sight,
    outcome: Outcome,
    *,
    is_plain: bool,
) -> None:
    """Ask the permits of a device about all that it was seen to do."""
    device, seen = fresh.device, fresh.seen
    conduct = conduct_of(
        world,
        fresh.subject.domain,
        fresh.report,
        seen.at_s,
        sight.inside,
        sight.unknown,
        sight.crossed,
        flags_of(seen, fresh.skew_s),
        fresh.skew_s,
        sight.strayed,
    )
    grants = world.grants.get(fresh.report.device_id, ())
    grant, found = judged_by_its_permits(grants, conduct, world.rules)
    if not found and device.watch is not None and not device.watch.excursions:
        # The case that is nearly every message, if it cannot be told by the one before.
        _move(memory, world, fresh, sight.inside, sight.unknown, sight.strayed)
        if is_plain:
            basis = _basis(world, fresh, sight)
            allowed = allowance(grant, conduct, world.rules_of(grant))
            law = _law(world, fresh, basis)
            world.untroubled[device.number] = Untroubled(basis, allowed, law, world.itself)
        return
    waits, held = _held(memory, device)
    before = stood(device, held)
    why = why_of_a_fix(memory, world, fresh, before, found, sight.hours, waits=waits)
    _move(memory, world, fresh, sight.inside, sight.unknown, sight.strayed)
    sure = _sure_of_the_way(world, fresh, sight) if sight.crossed else sight.sure
    conclude(
        memory, world, fresh, conduct, grant, found, seen.at_s, outcome, why, sight.untold, sure
    )


def _basis(world: World, fresh: Fresh, sight: _Sight) -> Basis:
    """Return what a fix is judged by with which, and with whose way, nothing is wrong."""
    return Basis(
        fresh.device,
        sight.inside,
        sight.unknown,
        sight.strayed,
        fresh.report.control_mode,
        fresh.report.operational_status,
        moving(fresh.report, world.moving_mps),
    )


def _held(memory: Memory, device: DeviceState) -> tuple[bool, Held]:
    """Tell whether a device waits to be judged anew, and which zones of now hold it where it was."""
    held, outstanding = (device.inside, device.unknown), memory.outstanding
    if device.number not in outstanding.waiting:
        return False, held
    return True, outstanding.stood.get(device.number, held)


def _move(
    memory: Memory,
    world: World,
    fresh: Fresh,
    inside: tuple[int, ...],
    unknown: tuple[int, ...],
    strayed: Strayed,
) -> None:
    """Have a device be where a fix saw it, and judged by what holds now."""
    device, report, seen = fresh.device, fresh.report, fresh.seen
    if seen.jump:
        return  # a tick or a change of the zones would judge it where it was not believed to be
    if seen.gap:
        note_hole(device, report, seen.at_s, world, fresh.subject.domain)
    device.report, device.reported_s, device.strayed = report, seen.at_s, strayed
    device.inside, device.unknown = inside, unknown
    if memory.outstanding.waiting:
        memory.outstanding.waiting.discard(device.number)
    if report.longitude_deg is not None and report.latitude_deg is not None:
        device.position = (report.longitude_deg, report.latitude_deg)


_BY_ITSELF = always(Cause.DEVICE_MOVED)
