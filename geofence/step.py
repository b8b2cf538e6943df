"""One batch of fixes: who is in which zone, who entered, left or crossed one."""

import numpy as np
from numpy.typing import NDArray

from geofence.change import Slots
from geofence.crossing import touched
from geofence.events import Judged
from geofence.fixes import Fixes
from geofence.fleet import Fleet
from geofence.following import follow, sane
from geofence.holding import Rows
from geofence.looking import Ways
from geofence.lookup import look_up
from geofence.places import WIDTH, Places, filled
from geofence.room import numbers
from geofence.snapshot import Snapshot
from geofence.telling import Batch, tell
from geofence.verdicts import verdicts


def step(fleet: Fleet, snapshot: Snapshot, fixes: Fixes) -> tuple[Fleet, Judged]:
    """Judge a batch in its order; the fleet is updated in place and returned.

    Every fix is judged at its own time. A row whose position is not known is judged in
    nothing, and changes nothing of its device. Raises ``OtherSnapshot`` when the fleet was
    last judged under other zones, ``ValueError`` for a negative device number.
    """
    fleet.expect(snapshot)
    count = len(fixes)
    # Compiled loops are made for arrays of one kind: copies, and what is fetched, are always of it.
    here, device, on_earth = filled(fixes), fixes.device.astype(np.int32), np.empty(count, np.bool_)
    known, lowest, highest = sane(here, device, on_earth)
    if lowest < 0:
        msg = f"expected device numbers from 0, got {lowest}"
        raise ValueError(msg)
    if not known:
        nothing: list[Slots] = [()] * count
        return fleet, Judged(device.tolist(), on_earth.tolist(), nothing, nothing, [])
    fleet.grow(highest + 1)
    rows, domain, is_way = np.arange(count), fixes.domain.astype(np.int8), fixes.crossing.copy()
    if known < count:
        rows = on_earth.nonzero()[0]
        here, device, domain, is_way = here[rows], device[rows], domain[rows], is_way[rows]
    start, previous, stood_until_s = _followed(fleet, device, here, domain, is_way)
    way = Ways(start, here, is_way, domain)
    found = look_up(snapshot.volumes, way)
    told = verdicts(fleet, snapshot, found, Rows(device, previous), here, domain)
    passed: dict[int, list[int]] = {}
    for index, part in touched(snapshot.volumes, way, found):
        passed.setdefault(index, []).append(part)
    batch = Batch(
        snapshot, fixes, on_earth, rows, device, way, found.hours, stood_until_s, fleet.let_in
    )
    return fleet, tell(batch, told, passed)


def _followed(
    fleet: Fleet,
    device: NDArray[np.int32],
    here: Places,
    domain: NDArray[np.int8],
    is_way: NDArray[np.bool_],
) -> tuple[Places, NDArray[np.int32], NDArray[np.float64]]:
    """Take the fleet on to known places: see ``follow`` for what is told of before."""
    count = len(device)
    start, previous, stood_until_s = np.empty((count, WIDTH)), numbers(count), np.empty(count)
    halves = fleet.rows.view(np.int32)
    follow(
        device,
        here,
        domain,
        fleet.rows,
        halves,
        fleet.held.rows,
        start,
        previous,
        stood_until_s,
        is_way,
    )
    return start, previous, stood_until_s
