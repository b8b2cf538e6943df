"""Zones with an exit margin go on holding a device just outside their outline.

A zone that held a device holds it until it is outside the outline grown by the margin; to be
entered again it must be inside the true one. So noise at an edge makes one entry and one exit.
Only zones that held a device and do not now are asked about: of a thousand fixes a few.
Heights and hours have no margin.
"""

import numpy as np
from numpy.typing import NDArray

from geofence.exactly import holds
from geofence.held import Held
from geofence.holding import LEFT, Close, Left, Rows, survey
from geofence.looking import ASKED, Hours, Ways, within
from geofence.lookup import Found
from geofence.places import AT, Places
from geofence.presence import within_limits
from geofence.room import longer, numbers
from geofence.snapshot import Snapshot

IntArray = NDArray[np.int64]
ROOM_EACH, ROOM_MORE = 8, 64
"""For the slots of a row, before there is more."""


def near(
    held: Held,
    snapshot: Snapshot,
    found: Found,
    rows: Rows,
    at: Places,
    domain: NDArray[np.int8],
) -> Close:
    """Return which zones that held a row's device, or may have, have it within their margin.

    A zone that an earlier row of the same device enters may have held it as well: whether it did
    shows when the rows are compared. ``at`` (n, 6) and ``domain`` (n,) are of the rows.
    """
    row, slot = _left(held, snapshot, found, rows)
    pairs = zip(row.tolist(), slot.tolist(), strict=True)
    asked = [
        (number, index, volume)
        for number, (index, zone) in enumerate(pairs)
        for volume in snapshot.volumes_of[zone]
    ]
    if not asked:
        return Close(row[:0], slot[:0], np.zeros(0, np.int8))
    # In one piece, as the compiled loop takes them.
    number, index, volume = np.ascontiguousarray(np.array(asked, np.int64).T)
    way = Ways(at, at, np.zeros(len(at), np.bool_), domain)
    how = np.zeros(len(row), np.int8)
    np.maximum.at(how, number, _presence(snapshot, index, volume, way, found.hours))
    close = how.nonzero()[0]
    return Close(row[close], slot[close], how[close])


def _left(
    held: Held, snapshot: Snapshot, found: Found, rows: Rows
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Pairs of a row and a zone that may have held its device and does not now."""
    count, volumes = len(rows.device), snapshot.volumes
    room = ROOM_EACH * count + ROOM_MORE
    begins, ends = np.empty((2, count), np.int64)
    left = Left(numbers(room), numbers(room), numbers(room), begins, ends)
    counts = np.zeros(6, np.int64)
    while not survey(
        volumes.limits,
        volumes.sets,
        found.lists,
        rows,
        snapshot.has_margin,
        held.rows,
        left,
        counts,
    ):
        left = left._replace(row=longer(left.row), slot=longer(left.slot), slots=longer(left.slots))
    return left.row[: counts[LEFT]], left.slot[: counts[LEFT]]


def _presence(
    snapshot: Snapshot, index: IntArray, volume: IntArray, way: Ways, hours: Hours
) -> NDArray[np.int8]:
    """Judge pairs of the end of a way and a volume by the grown outlines: ``Presence`` of each."""
    volumes, at = snapshot.volumes, way.end
    close = holds(
        volumes.outgrown[volume], volumes.rims[volume], at[index, :AT], volumes.margin_m[volume]
    )
    close &= volumes.cells.concerns(volume, way.domain[index])
    pairs = close.nonzero()[0]
    index, volume = index[pairs], volume[pairs]
    judged = np.empty(len(pairs), np.int8)
    within(volumes.limits, hours, way, index, volume, judged)
    asked = (judged == ASKED).nonzero()[0]
    if asked.size:
        judged[asked] = within_limits(volumes, index[asked], volume[asked], at)
    found = np.zeros(len(close), np.int8)
    found[pairs] = judged
    return found
