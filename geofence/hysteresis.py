"""Zones with an exit margin go on holding a device just outside their outline.

A zone that held a device holds it until it is outside the outline grown by the margin; to be
entered again it must be inside the true one. So noise at an edge makes one entry and one exit.
Only zones that held a device and do not now are asked about: of a thousand fixes a few.
Heights and hours have no margin.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.change import Slots
from geofence.events import Judged
from geofence.judge import Presence
from geofence.places import LATITUDE, LONGITUDE, Places
from geofence.presence import within_limits
from geofence.snapshot import Snapshot

Close = dict[int, dict[int, Presence]]
"""By index and slot, how a zone would hold a device that it held before: inside or unknown."""


class Standing(NamedTuple):
    """Where devices are; all of the same length."""

    rows: list[int]
    """Their rows in ``Judged``."""
    at: Places
    domain: NDArray[np.int8]


def near(
    held: list[Slots],
    snapshot: Snapshot,
    indexes: Iterable[int],
    standing: Standing,
    judged: Judged,
) -> Close:
    """Return which zones that held a device, or may have, have it within their margin.

    ``held`` is by device, before the first of the rows: a zone that an earlier row of the same
    device enters may have held it as well.
    """
    if not snapshot.margined:
        return {}
    pairs = list(_left(held, snapshot.margined, indexes, standing.rows, judged))
    if not pairs:
        return {}
    asked = [(index, slot, volume) for index, slot in pairs for volume in snapshot.volumes_of[slot]]
    index, _, volume = np.array(asked, np.int64).T
    close: Close = {}
    presence = _presence(snapshot, index, volume, standing).tolist()
    for (row, slot, _), how in zip(asked, presence, strict=True):
        if how:
            found = close.setdefault(row, {})
            found[slot] = Presence(max(how, found.get(slot, how)))
    return close


def hold_on(before: Slots, close: dict[int, Presence], row: int, judged: Judged) -> None:
    """Write into a row's verdict the zones that held its device and have it within their margin."""
    inside, unknown = {*judged.inside[row]}, {*judged.unknown[row]}
    for slot in close.keys() & {*before}:
        (inside if close[slot] is Presence.INSIDE else unknown).add(slot)
    judged.inside[row] = tuple(sorted(inside))
    judged.unknown[row] = tuple(sorted(unknown - inside))


def _left(
    held: list[Slots],
    margined: frozenset[int],
    indexes: Iterable[int],
    rows: list[int],
    judged: Judged,
) -> Iterable[tuple[int, int]]:
    """Pairs of an index and a zone that may have held its device and does not now."""
    perhaps: dict[int, frozenset[int]] = {}
    for index in indexes:
        row = rows[index]
        device, inside = judged.devices[row], judged.inside[row]
        before = perhaps.get(device)
        if before is None:
            before = margined.intersection(held[device])
        yield from ((index, slot) for slot in before.difference(inside))
        perhaps[device] = before | margined.intersection(inside)


def _presence(
    snapshot: Snapshot, index: NDArray[np.int64], volume: NDArray[np.int64], standing: Standing
) -> NDArray[np.int8]:
    """Judge pairs of a place and a volume by the grown outlines: ``Presence`` of each."""
    volumes, at = snapshot.volumes, standing.at
    close = shapely.intersects_xy(
        volumes.outgrown[volume], at[index, LONGITUDE], at[index, LATITUDE]
    )
    close &= volumes.cells.concerns(volume, standing.domain[index])
    pairs = close.nonzero()[0]
    found = np.zeros(len(index), np.int8)
    found[pairs] = within_limits(volumes, index[pairs], volume[pairs], at)
    return found
