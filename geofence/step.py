"""One batch of fixes: who is in which zone, who entered, left or crossed one."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from geofence.change import Change, Slots, change
from geofence.crossing import Ways, passage, place_on_the_way, touched, ways
from geofence.events import Cause, EventKind, Judged, ZoneEvent
from geofence.fixes import Fixes
from geofence.fleet import Fleet
from geofence.judge import Presence
from geofence.places import AT, LONGITUDE, Places, known, places
from geofence.presence import presence, presence_in, write_slots
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


def _judge_known(
    fleet: Fleet,
    snapshot: Snapshot,
    fixes: Fixes,
    rows: IntArray,
    here: Places,
    judged: Judged,
) -> None:
    device, domain = fixes.device[rows], fixes.domain[rows]
    if device.min() < 0:
        msg = f"expected device numbers from 0, got {device.min()}"
        raise ValueError(msg)
    fleet.grow(int(device.max()) + 1)
    way = ways(_last_places(fleet, device, here), here, fixes.crossing[rows])
    passed = _verdicts(snapshot, domain, way, rows, judged)
    _compare(fleet, snapshot, way, rows, passed, judged)
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
    snapshot: Snapshot, domain: NDArray[np.int8], way: Ways, rows: IntArray, judged: Judged
) -> dict[int, list[int]]:
    """Write down each row's slots; return the volumes that each row's way touches."""
    volumes = snapshot.volumes
    row, volume = volumes.near(way.lines, domain)
    if not row.size:
        return {}
    standing = presence(volumes, row, volume, way.end)
    write_slots(volumes, standing.presence, rows[row], volume, judged)
    met = touched(volumes, row, volume, way, standing)
    passed: dict[int, list[int]] = {}
    for at, part in zip(row[met].tolist(), volume[met].tolist(), strict=True):
        passed.setdefault(at, []).append(part)
    return passed


def _compare(
    fleet: Fleet,
    snapshot: Snapshot,
    way: Ways,
    rows: IntArray,
    passed: dict[int, list[int]],
    judged: Judged,
) -> None:
    """Tell what changed, row by row: of a device that comes twice, the second follows the first."""
    for index, row in enumerate(rows.tolist()):
        device = judged.devices[row]
        before, inside = fleet.held[device], judged.inside[row]
        if index in passed:
            _cross(snapshot, way, index, row, passed[index], before, judged)
        if inside == before:
            continue
        changed = change(before, inside, judged.unknown[row])
        fleet.held[device] = changed.held
        judged.events.extend(_moves(snapshot, way, index, row, changed, judged))


def _cross(
    snapshot: Snapshot,
    way: Ways,
    index: int,
    row: int,
    parts: list[int],
    before: Slots,
    judged: Judged,
) -> None:
    start, end = way.start[index], way.end[index]
    first: dict[int, float] = {}
    unsure: set[int] = set()
    for part in parts:
        slot = int(snapshot.volumes.slot[part])
        if slot in before or slot in judged.inside[row]:
            continue
        found = passage(snapshot.volumes, part, start, end)
        if found is None:
            continue
        if found.presence is Presence.INSIDE:
            first[slot] = min(found.share, first.get(slot, 1.0))
        else:
            unsure.add(slot)
    judged.unknown[row] = tuple(sorted({*judged.unknown[row], *(unsure - first.keys())}))
    for slot, share in sorted(first.items()):
        where = place_on_the_way(start, end, share)
        judged.events.append(
            _event(EventKind.CROSS, row, judged, snapshot, slot, where, Cause.DEVICE_MOVED)
        )


def _moves(
    snapshot: Snapshot, way: Ways, index: int, row: int, changed: Change, judged: Judged
) -> Iterator[ZoneEvent]:
    start, end = way.start[index], way.end[index]
    first = bool(np.isnan(start[LONGITUDE]))
    where = place_on_the_way(end, end, 0.0)
    for slot in changed.left:
        cause = _cause(snapshot, slot, end, start)
        yield _event(EventKind.EXIT, row, judged, snapshot, slot, where, cause)
    for slot in changed.entered:
        kind = EventKind.FIRST_INSIDE if first else EventKind.ENTER
        cause = Cause.DEVICE_MOVED if first else _cause(snapshot, slot, start, end)
        yield _event(kind, row, judged, snapshot, slot, where, cause)


def _cause(snapshot: Snapshot, slot: int, place: Places, time: Places) -> Cause:
    """Tell whether the hours alone explain a change: one place, at the other one's time."""
    rows = snapshot.volumes_of[slot]
    if not snapshot.volumes.scheduled[list(rows)].any():
        return Cause.DEVICE_MOVED
    then = place.copy()
    then[AT] = time[AT]
    stayed = presence_in(snapshot.volumes, rows, then) is Presence.INSIDE
    return Cause.TIME_PASSED if stayed else Cause.DEVICE_MOVED


def _event(
    kind: EventKind,
    row: int,
    judged: Judged,
    snapshot: Snapshot,
    slot: int,
    where: tuple[float, float, float],
    cause: Cause,
) -> ZoneEvent:
    longitude, latitude, at_s = where
    zone_id = snapshot.zone_ids[slot]
    return ZoneEvent(
        kind, row, judged.devices[row], slot, zone_id, at_s, longitude, latitude, cause
    )
