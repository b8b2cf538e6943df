"""Judging again where devices were last, though none of them moved.

After a swap of zones, or when a schedule opens or closes: no telemetry arrives to tell of it.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geofence.change import Change, Slots, change
from geofence.difference import Difference
from geofence.events import WITHDRAWN, Cause, EventKind, Judged, ZoneEvent
from geofence.fleet import Fleet
from geofence.following import NO_ROW
from geofence.holding import Rows
from geofence.looking import Ways
from geofence.lookup import look_up
from geofence.places import AT, Places
from geofence.snapshot import Snapshot
from geofence.verdicts import Verdicts, verdicts

IntArray = NDArray[np.intp]
NOTHING_GONE: Final[Mapping[int, list[str]]] = MappingProxyType({})


def rejudge(
    fleet: Fleet, snapshot: Snapshot, at_s: float, since: Difference | None = None
) -> tuple[Fleet, Judged]:
    """Judge every device ever seen at its last place, at a time; the fleet is updated in place.

    ``since``: what is different now; only devices within it are judged, and the fleet must have
    been judged under the zones that it was told from.

    The rows are the devices known, ascending (``Judged.devices``). A change has the cause
    ``zone_changed`` when the new zones explain it at the time when the device was last
    judged, else ``time_passed``. A zone that is gone is left with the slot ``WITHDRAWN``.
    For a device whose own time is ahead, its own time counts: time never runs backwards.
    """
    swapped = not fleet.follows(snapshot)
    if since is None:
        devices = fleet.devices()
        gone = _move_slots(fleet, snapshot) if swapped else {}
    else:
        devices = since.devices(fleet)
        gone = _empty_slots(fleet, snapshot, devices.tolist()) if swapped else {}
    return fleet, rejudge_those(fleet, snapshot, at_s, devices, gone, swapped=swapped)


def follow(fleet: Fleet, snapshot: Snapshot, since: Difference) -> dict[int, list[str]]:
    """Have the fleet follow a snapshot that differs; whom that concerns is not judged yet.

    Who is judged meanwhile, by a fix of its own, is judged by the new zones. Returns the zones that
    are gone by the device that they held.
    """
    ids = snapshot.zone_ids
    if all(slot < len(ids) and ids[slot] for slot in since.slots):
        fleet.revision, fleet.zone_ids = snapshot.revision, snapshot.zone_ids
        return {}
    return _empty_slots(fleet, snapshot, since.devices(fleet).tolist())


def rejudge_those(
    fleet: Fleet,
    snapshot: Snapshot,
    at_s: float,
    devices: IntArray,
    gone: Mapping[int, list[str]] = NOTHING_GONE,
    *,
    swapped: bool,
    with_events: bool = True,
) -> Judged:
    """Judge some devices at their last places, at a time, with a fleet that follows the snapshot.

    ``swapped``: whether the zones may be others than when these devices were judged last.
    ``with_events``: else only who is where is told, in half of the time.
    """
    then, domain = fleet.last[devices], fleet.domain[devices]
    then[:, AT] = fleet.judged_s[devices]
    now = then.copy()
    now[:, AT] = np.maximum(then[:, AT], at_s)
    told, numbers = _verdicts(fleet, snapshot, devices, domain, now), devices.tolist()
    judged = Judged(numbers, [True] * len(numbers), told.inside(), told.unknown(), [])
    rows = _worth_telling(told, numbers, gone)
    if swapped and fleet.let_in:
        # Of zones that are others now it was told nothing.
        for device in numbers:
            fleet.let_in.pop(device, None)
    if told.unsure:
        for device, slots in zip(numbers, judged.unknown, strict=True):
            if slots:
                fleet.note_let_in(device, slots)
    if not with_events:
        for row in rows:
            _hold(fleet, judged, row)
        fleet.judged_s[devices] = now[:, AT]
        return judged
    before = _before(fleet, snapshot, devices, domain, then, rows) if swapped else {}
    events = [
        event
        for row in rows
        for event in _told(fleet, snapshot, row, now[row], gone, before.get(row), judged)
    ]
    fleet.judged_s[devices] = now[:, AT]
    return replace(judged, events=events)


def look(
    fleet: Fleet, snapshot: Snapshot, at_s: float, devices: IntArray
) -> tuple[list[Slots], list[Slots]]:
    """Return which zones hold some devices at their last places, at a time, and which may.

    Nothing comes of it: they are held by what held them, and judged as of when they were.
    """
    here = fleet.last[devices]
    here[:, AT] = np.maximum(fleet.judged_s[devices], at_s)
    told = _verdicts(fleet, snapshot, devices, fleet.domain[devices], here)
    return told.inside(), told.unknown()


def _before(
    fleet: Fleet,
    snapshot: Snapshot,
    devices: IntArray,
    domain: NDArray[np.int8],
    then: Places,
    rows: list[int],
) -> dict[int, Slots]:
    """Return in which of the zones of now some rows were when they were last judged."""
    if not rows:
        return {}
    told = _verdicts(fleet, snapshot, devices[rows], domain[rows], then[rows])
    return dict(zip(rows, told.inside(), strict=True))


def _move_slots(fleet: Fleet, snapshot: Snapshot) -> dict[int, list[str]]:
    """Give every zone its new slot; return the zones that are gone by the device they held."""
    slots = {zone_id: slot for slot, zone_id in enumerate(snapshot.zone_ids)}
    moved = [slots.get(zone_id, WITHDRAWN) for zone_id in fleet.zone_ids]
    gone: dict[int, list[str]] = {}
    for device, held in enumerate(fleet.held):
        if held:
            gone[device] = [fleet.zone_ids[slot] for slot in held if moved[slot] == WITHDRAWN]
            fleet.held[device] = tuple(
                sorted(moved[slot] for slot in held if moved[slot] != WITHDRAWN)
            )
    fleet.revision, fleet.zone_ids = snapshot.revision, snapshot.zone_ids
    return gone


def _empty_slots(fleet: Fleet, snapshot: Snapshot, devices: list[int]) -> dict[int, list[str]]:
    """Take devices out of the slots that are empty now; return the zones that held them there."""
    ids, gone = snapshot.zone_ids, dict[int, list[str]]()
    for device in devices:
        left = [slot for slot in fleet.held[device] if not ids[slot]]
        if left:
            gone[device] = [fleet.zone_ids[slot] for slot in left]
            fleet.held[device] = tuple(slot for slot in fleet.held[device] if ids[slot])
    fleet.revision, fleet.zone_ids = snapshot.revision, ids
    return gone


def _worth_telling(told: Verdicts, devices: list[int], gone: Mapping[int, list[str]]) -> list[int]:
    """Return the rows at which something has changed: of most nothing has."""
    moved = {*told.moves.row.tolist()}
    if gone:
        moved.update(row for row, device in enumerate(devices) if device in gone)
    return sorted(moved)


def _verdicts(
    fleet: Fleet,
    snapshot: Snapshot,
    devices: IntArray,
    domain: NDArray[np.int8],
    at: Places,
) -> Verdicts:
    """Judge places of devices, and leave what holds these as it is."""
    count = len(devices)
    found = look_up(snapshot.volumes, Ways(at, at, np.zeros(count, np.bool_), domain))
    rows = Rows(devices.astype(np.int32), np.full(count, NO_ROW, np.int32))
    return verdicts(fleet, snapshot, found, rows, at, domain, stays=True)


def _hold(fleet: Fleet, judged: Judged, row: int) -> Change:
    """Have a row's device held by what holds it now; return how that changes."""
    device = judged.devices[row]
    changed = change(fleet.held[device], judged.inside[row], judged.unknown[row])
    fleet.held[device] = changed.held
    if changed.entered:
        fleet.note_let_in(device, changed.entered)
    return changed


def _told(
    fleet: Fleet,
    snapshot: Snapshot,
    row: int,
    place: Places,
    gone: Mapping[int, list[str]],
    before: Slots | None,
    judged: Judged,
) -> list[ZoneEvent]:
    """Have a row's device held by what holds it now; return what that changes."""
    device = judged.devices[row]
    changed = _hold(fleet, judged, row)

    def event(kind: EventKind, slot: int, zone_id: str, cause: Cause) -> ZoneEvent:
        longitude, latitude, at_s = place[:3].tolist()
        return ZoneEvent(kind, row, device, slot, zone_id, at_s, longitude, latitude, cause)

    def cause(slot: int, *, entered: bool) -> Cause:
        explained = before is not None and (slot in before) is entered
        return Cause.ZONE_CHANGED if explained else Cause.TIME_PASSED

    ids = snapshot.zone_ids
    return [
        *(
            event(EventKind.EXIT, WITHDRAWN, zone_id, Cause.ZONE_CHANGED)
            for zone_id in gone.get(device, ())
        ),
        *(
            event(EventKind.EXIT, slot, ids[slot], cause(slot, entered=False))
            for slot in changed.left
        ),
        *(
            event(EventKind.ENTER, slot, ids[slot], cause(slot, entered=True))
            for slot in changed.entered
        ),
    ]
