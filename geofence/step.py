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
from geofence.places import WIDTH, Places, places
from geofence.snapshot import Snapshot
from geofence.telling import Batch, tell
from geofence.verdicts import verdicts

IntArray = NDArray[np.intp]


def step(fleet: Fleet, snapshot: Snapshot, fixes: Fixes) -> tuple[Fleet, Judged]:
    """Judge a batch in its order; the fleet is updated in place and returned.

    Every fix is judged at its own time. A row whose position is not known is judged in
    nothing, and changes nothing of its device. Raises ``OtherSnapshot`` when the fleet was
    last judged under other zones, ``ValueError`` for a negative device number.
    """
    fleet.expect(snapshot)
    count = len(fixes)
    here, on_earth = places(fixes), np.empty(count, np.bool_)
    known = sane(here, on_earth)
    nothing: list[Slots] = [()] * count
    judged = Judged(fixes.device.tolist(), on_earth.tolist(), nothing, nothing.copy(), [])
    if known:
        rows = np.arange(count) if known == count else on_earth.nonzero()[0]
        _judge_known(fleet, snapshot, fixes, rows, here[rows], judged)
    return fleet, judged


def _judge_known(
    fleet: Fleet, snapshot: Snapshot, fixes: Fixes, rows: IntArray, here: Places, judged: Judged
) -> None:
    # Compiled loops are made for arrays of one kind: fetched rows are always of it.
    device, domain = fixes.device[rows], fixes.domain[rows]
    if device.min() < 0:
        msg = f"expected device numbers from 0, got {device.min()}"
        raise ValueError(msg)
    fleet.grow(int(device.max()) + 1)
    start, settled = np.empty((len(rows), WIDTH)), np.empty(len(rows), np.bool_)
    previous = np.empty(len(rows), np.int32)
    follow(
        device,
        here,
        domain,
        fleet.last,
        fleet.judged_s,
        fleet.domain,
        fleet.latest_row,
        start,
        previous,
        settled,
    )
    way = Ways(start, here, fixes.crossing[rows] & ~np.isnan(start[:, 0]), domain)
    found = look_up(snapshot.volumes, way)
    told = verdicts(fleet, snapshot, found, Rows(device, previous), here, domain)
    passed: dict[int, list[int]] = {}
    for index, part in touched(snapshot.volumes, way, found):
        passed.setdefault(index, []).append(part)
    batch = Batch(snapshot, rows.tolist(), way, found.hours, settled, fixes.accuracy_m, judged)
    tell(fleet.held, batch, told, passed)
