"""One batch of fixes: who is in which zone, who entered, left or crossed one."""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.change import Change, Slots, change
from geofence.crossing import Ways, passage, place_on_the_way, touched, ways
from geofence.events import Cause, EventKind, Judged, ZoneEvent
from geofence.fixes import Fixes
from geofence.fleet import Fleet
from geofence.hysteresis import Standing, hold_on, near
from geofence.judge import Presence
from geofence.places import AT, LONGITUDE, Places, known, places
from geofence.presence import over, presence_in, write_slots
from geofence.snapshot import Snapshot

IntArray = NDArray[np.intp]


def step(fleet: Fleet, snapshot: Snapshot, fixes: Fixes) -> tuple[Fleet, Judged]:
    """Judge a batch in its order; the fleet is updated in place and returned.

    Every fix is judged at its own time. A row whose position is not known is judged in
    nothing, and changes nothing of its device. Raises ``OtherSnapshot`` when the fleet was
    last judged under other zones, ``ValueError`` for a negative device number.
    """
    fleet.expect(snapshot)
    here = places(fixes)
    on_earth = known(here)
    nothing: list[Slots] = [()] * len(fixes)
    judged = Judged(fixes.device.tolist(), on_earth.tolist(), nothing, nothing.copy(), [])
    rows = on_earth.nonzero()[0]
    if rows.size:
        _judge_known(fleet, snapshot, fixes, rows, here[rows], judged)
    return fleet, judged


class _Batch(NamedTuple):
    """The rows of a batch whose positions are known, under judgement."""

    snapshot: Snapshot
    rows: list[int]
    """Their rows in ``judged``."""
    way: Ways
    domain: NDArray[np.int8]
    accuracy_m: NDArray[np.float64] | None
    judged: Judged


def _judge_known(
    fleet: Fleet, snapshot: Snapshot, fixes: Fixes, rows: IntArray, here: Places, judged: Judged
) -> None:
    device, domain = fixes.device[rows], fixes.domain[rows]
    if device.min() < 0:
        msg = f"expected device numbers from 0, got {device.min()}"
        raise ValueError(msg)
    fleet.grow(int(device.max()) + 1)
    way = ways(_last_places(fleet, device, here), here, fixes.crossing[rows])
    numbers = rows.tolist()
    passed = _verdicts(snapshot, domain, way, numbers, judged)
    _compare(fleet, _Batch(snapshot, numbers, way, domain, fixes.accuracy_m, judged), passed)
    # Of a device that comes several times the last row stays.
    fleet.last[device] = here
    fleet.judged_s[device] = here[:, AT]
    fleet.domain[device] = domain


def _last_places(fleet: Fleet, device: NDArray[np.int32], here: Places) -> Places:
    """Where each row's device was before: in an earlier row, else at its last fix."""
    last = fleet.last[device]
    if len(device) == 1:
        return last
    order = np.argsort(device, kind="stable")
    again = device[order[1:]] == device[order[:-1]]
    if again.any():
        last[order[1:][again]] = here[order[:-1][again]]
    return last


def _verdicts(
    snapshot: Snapshot, domain: NDArray[np.int8], way: Ways, rows: list[int], judged: Judged
) -> dict[int, list[int]]:
    """Write down each row's slots; return the volumes that each way touches, by its index."""
    volumes = snapshot.volumes
    found = volumes.look_up(way.lines(domain))
    pairs = over(volumes, found, way.end)
    write_slots(volumes, found, pairs, rows, judged)
    passed: dict[int, list[int]] = {}
    for at, part in touched(volumes, way, found, pairs):
        passed.setdefault(at, []).append(part)
    return passed


def _compare(fleet: Fleet, batch: _Batch, passed: dict[int, list[int]]) -> None:
    """Tell what changed, row by row: the second fix of a device follows its first."""
    judged = batch.judged
    worth = _worth_comparing(fleet, batch, passed)
    standing = Standing(batch.rows, batch.way.end, batch.domain)
    close = near(fleet.held, batch.snapshot, worth, standing, judged)
    for index in worth:
        row = batch.rows[index]
        device = judged.devices[row]
        before = fleet.held[device]
        if index in close:
            hold_on(before, close[index], row, judged)
        inside = judged.inside[row]
        if index in passed:
            _pass_through(batch, index, passed[index], before)
        if inside != before:
            changed = change(before, inside, judged.unknown[row])
            fleet.held[device] = changed.held
            judged.events.extend(_moves(batch, index, changed))


def _worth_comparing(fleet: Fleet, batch: _Batch, passed: dict[int, list[int]]) -> Iterable[int]:
    """Return the rows at which something may have happened: of most nothing has.

    Where a device comes twice, an earlier row may change what a later one is compared with.
    """
    devices, inside, held = batch.judged.devices, batch.judged.inside, fleet.held
    if len(set(devices)) < len(devices):
        return range(len(batch.rows))
    # The same zones are the same tuple nearly always, so most comparisons look at no slot.
    changed = [index for index, row in enumerate(batch.rows) if inside[row] != held[devices[row]]]
    return sorted({*changed, *passed}) if passed else changed


def _pass_through(batch: _Batch, index: int, parts: list[int], before: Slots) -> None:
    """Write down the zones that a way passes through, and those that it may have."""
    judged, row = batch.judged, batch.rows[index]
    shares: dict[int, float] = {}
    unsure: set[int] = set()
    for part in parts:
        slot = int(batch.snapshot.volumes.slot[part])
        if slot in before or slot in judged.inside[row]:
            continue
        found = passage(batch.snapshot.volumes, part, batch.way.start[index], batch.way.end[index])
        if found is None:
            continue
        if found.presence is Presence.INSIDE:
            shares[slot] = min(found.share, shares.get(slot, 1.0))
        else:
            unsure.add(slot)
    judged.unknown[row] = tuple(sorted({*judged.unknown[row], *(unsure - shares.keys())}))
    judged.events.extend(_cross(batch, index, slot, shares[slot]) for slot in sorted(shares))


def _cross(batch: _Batch, index: int, slot: int, share: float) -> ZoneEvent:
    start = batch.way.start[index]
    where = place_on_the_way(start, batch.way.end[index], share)
    cause = _cause(batch.snapshot, slot, start, where[AT], batch.snapshot.volumes.ground)
    return _event(batch, index, EventKind.CROSS, slot, where, cause)


def _moves(batch: _Batch, index: int, changed: Change) -> Iterator[ZoneEvent]:
    volumes = batch.snapshot.volumes
    start, end = batch.way.start[index], batch.way.end[index]
    first = bool(np.isnan(start[LONGITUDE]))
    where = place_on_the_way(end, end, 0.0)
    for slot in changed.left:
        ground = volumes.outgrown if slot in batch.snapshot.margined else volumes.ground
        cause = _cause(batch.snapshot, slot, end, start[AT], ground)
        yield _event(batch, index, EventKind.EXIT, slot, where, cause)
    for slot in changed.entered:
        kind = EventKind.FIRST_INSIDE if first else EventKind.ENTER
        cause = (
            Cause.DEVICE_MOVED
            if first
            else _cause(batch.snapshot, slot, start, where[AT], volumes.ground)
        )
        yield _event(batch, index, kind, slot, where, cause)


def _cause(
    snapshot: Snapshot, slot: int, place: Places, at_s: float, ground: NDArray[np.object_]
) -> Cause:
    """Tell whether the hours alone explain a change: is one end inside at the other's time?"""
    rows = snapshot.volumes_of[slot]
    if not snapshot.volumes.scheduled[list(rows)].any():
        return Cause.DEVICE_MOVED
    then = place.copy()
    then[AT] = at_s
    stayed = presence_in(snapshot.volumes, rows, then, ground) is Presence.INSIDE
    return Cause.TIME_PASSED if stayed else Cause.DEVICE_MOVED


def _event(
    batch: _Batch,
    index: int,
    kind: EventKind,
    slot: int,
    where: tuple[float, float, float],
    cause: Cause,
) -> ZoneEvent:
    row, (longitude, latitude, at_s) = batch.rows[index], where
    device, zone_id = batch.judged.devices[row], batch.snapshot.zone_ids[slot]
    sure = math.nan
    if batch.accuracy_m is not None and kind is not EventKind.CROSS:
        sure = batch.snapshot.sureness.probability(
            slot, longitude, latitude, float(batch.accuracy_m[row])
        )
    return ZoneEvent(kind, row, device, slot, zone_id, at_s, longitude, latitude, cause, sure)
