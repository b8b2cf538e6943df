"""Which zones hold each place."""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.events import Judged
from geofence.grid import IntArray, spread
from geofence.judge import Presence, between_heights
from geofence.lookup import Found
from geofence.places import AT, HEIGHTS, LATITUDE, LONGITUDE, Places
from geofence.snapshot import Volumes

INSIDE, OUTSIDE = np.int8(Presence.INSIDE), np.int8(Presence.OUTSIDE)
FIRST = np.zeros(1, np.intp)


class Over(NamedTuple):
    """Pairs of a place and a volume over whose ground it is; arrays of shape (m,)."""

    row: IntArray
    volume: IntArray
    presence: NDArray[np.int8]


def over(volumes: Volumes, found: Found, at: Places) -> Over:
    """Judge the pairs that need it; volumes without limits that fill a cell are not among them.

    The boundary of a volume belongs to it, and so does the edge of a hole.
    """
    count = volumes.sets.limited_count.take(found.filled_by)
    if count.any():
        limited = spread(volumes.sets.first_limited.take(found.filled_by), count)
        row = np.concatenate((found.row, limited.owner))
        volume = np.concatenate((found.volume, volumes.sets.limited.take(limited.item)))
    else:
        row, volume = found.row, found.volume
    return Over(row, volume, within_limits(volumes, row, volume, at))


def within_limits(
    volumes: Volumes, row: IntArray, volume: IntArray, at: Places
) -> NDArray[np.int8]:
    """Judge places by height and hour against volumes whose ground they are over."""
    judged = np.full(len(row), INSIDE, np.int8)
    pairs = volumes.bands.bounded.take(volume).nonzero()[0]
    if pairs.size:
        heights = at[row[pairs], HEIGHTS]
        judged[pairs] = between_heights(volumes.bands, volume[pairs], heights)
    timed = (volumes.scheduled.take(volume) & (judged != OUTSIDE)).nonzero()[0]
    if timed.size:
        shut = ~volumes.openings.at(volume[timed], at[row[timed], AT])
        judged[timed[shut]] = OUTSIDE
    return judged


def presence_in(
    volumes: Volumes, rows: tuple[int, ...], place: Places, ground: NDArray[np.object_]
) -> Presence:
    """Judge one place (6,) against the volumes of one zone: the greatest presence counts.

    ``ground`` are their outlines, or those grown by the zone's exit margin.
    """
    volume = np.array(rows, np.int64)
    held = shapely.intersects_xy(ground[volume], place[LONGITUDE], place[LATITUDE])
    volume = volume[held]
    judged = within_limits(volumes, np.zeros(len(volume), np.int64), volume, place[None, :])
    return Presence(int(judged.max(initial=Presence.OUTSIDE)))


def write_slots(
    volumes: Volumes, found: Found, pairs: Over, rows: list[int], judged: Judged
) -> None:
    """Write the zones that hold each row of a batch, and those that may, into ``judged``.

    ``rows`` are the batch's rows in ``judged``.
    """
    plain, filled_by = volumes.sets.slots, found.filled_by.tolist()
    filled = [plain[number] for number in filled_by]
    if len(rows) == len(judged.inside):
        judged.inside[:] = filled
    else:
        for row, slots in zip(rows, filled, strict=True):
            judged.inside[row] = slots
    counted = pairs.presence.nonzero()[0]
    if not counted.size:
        return
    at, how = pairs.row[counted], pairs.presence[counted]
    slot = volumes.slot.take(pairs.volume[counted])
    order = np.lexsort((slot, at))
    at, slots = at[order], slot[order].tolist()
    hows = [] if (all_inside := bool((how == INSIDE).all())) else how[order].tolist()
    begins = np.concatenate((FIRST, (at[1:] != at[:-1]).nonzero()[0] + 1))
    ends = [*begins[1:].tolist(), len(slots)]
    for begin, end, row in zip(begins.tolist(), ends, at[begins].tolist(), strict=True):
        base = filled_by[row]
        if all_inside or min(hows[begin:end]) == Presence.INSIDE:
            judged.inside[rows[row]] = volumes.sets.joined(base, tuple(slots[begin:end]))
        else:
            _write_apart(volumes, base, slots[begin:end], hows[begin:end], rows[row], judged)


def _write_apart(
    volumes: Volumes, base: int, slots: list[int], hows: list[int], row: int, judged: Judged
) -> None:
    """Write a row of which some zones hold it and others may; of a zone the greatest counts."""
    pairs = list(zip(slots, hows, strict=True))
    held = tuple(slot for slot, how in pairs if how == Presence.INSIDE)
    judged.inside[row] = inside = volumes.sets.joined(base, held)
    may = {slot for slot, how in pairs if how != Presence.INSIDE}
    judged.unknown[row] = tuple(sorted(may.difference(inside)))
