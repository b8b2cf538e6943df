"""Which volumes hold each place."""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.events import Judged
from geofence.judge import Presence, between_heights
from geofence.places import AT, HEIGHTS, LATITUDE, LONGITUDE, Places
from geofence.snapshot import Volumes

IntArray = NDArray[np.intp]


class Standing(NamedTuple):
    """How each pair of a place and a volume stands; arrays of shape (m,)."""

    over: NDArray[np.bool_]
    """Over its ground; the boundary belongs to it, and so does the edge of a hole."""
    presence: NDArray[np.int8]


def presence(volumes: Volumes, row: IntArray, volume: IntArray, at: Places) -> Standing:
    """Judge pairs of a row of ``at`` and a volume, each (m,). Rows must be known places."""
    # contains_xy would leave the boundary out; a tree query with a predicate would test the
    # unprepared polygons.
    over = shapely.intersects_xy(volumes.ground[volume], at[row, LONGITUDE], at[row, LATITUDE])
    judged = over.view(np.int8) * np.int8(Presence.INSIDE)
    _by_height(volumes, row, volume, at, judged)
    _by_hour(volumes, row, volume, at, judged)
    return Standing(over, judged)


def _by_height(
    volumes: Volumes, row: IntArray, volume: IntArray, at: Places, judged: NDArray[np.int8]
) -> None:
    pairs = (judged.astype(np.bool_) & volumes.bands.bounded[volume]).nonzero()[0]
    if pairs.size:
        heights = at[row[pairs], HEIGHTS]
        judged[pairs] = between_heights(volumes.bands, volume[pairs], heights)


def _by_hour(
    volumes: Volumes, row: IntArray, volume: IntArray, at: Places, judged: NDArray[np.int8]
) -> None:
    for pair in (judged.astype(np.bool_) & volumes.scheduled[volume]).nonzero()[0].tolist():
        calendar = volumes.calendars[volume[pair]]
        if calendar is not None and not calendar.holds(float(at[row[pair], AT])):
            judged[pair] = Presence.OUTSIDE


def presence_in(volumes: Volumes, rows: tuple[int, ...], place: Places) -> Presence:
    """Judge one place (6,) against the volumes of one zone: the greatest presence counts."""
    volume = np.array(rows, np.intp)
    pairs = presence(volumes, np.zeros(len(rows), np.intp), volume, place[None, :])
    return Presence(int(pairs.presence.max()))


def write_slots(
    volumes: Volumes, verdict: NDArray[np.int8], row: IntArray, volume: IntArray, judged: Judged
) -> None:
    """Write the zones of pairs, each (m,), into the rows of ``judged`` as ascending slots."""
    pairs = verdict.nonzero()[0]
    at, slot, how = row[pairs], volumes.slot[volume[pairs]], verdict[pairs]
    # The volumes of a zone come to lie side by side, its greatest presence first.
    order = np.lexsort((-how, slot, at))
    seen = (-1, -1)
    for one, zone, best in zip(
        at[order].tolist(), slot[order].tolist(), how[order].tolist(), strict=True
    ):
        if (one, zone) != seen:
            slots = judged.inside if best == Presence.INSIDE else judged.unknown
            slots[one] = (*slots[one], zone)
            seen = (one, zone)
