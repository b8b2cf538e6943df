"""What a batch brought about, row by row: who entered, left or crossed a zone, and why."""

import math
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.change import Slots, held_after
from geofence.crossing import passage, place_on_the_way
from geofence.events import Cause, EventKind, Judged, ZoneEvent
from geofence.held import Held
from geofence.holding import Moves
from geofence.judge import Presence
from geofence.looking import Hours, Ways
from geofence.places import AT, LATITUDE, LONGITUDE, Places
from geofence.presence import within_limits
from geofence.snapshot import Snapshot
from geofence.verdicts import Verdicts


class Batch(NamedTuple):
    """The rows of a batch whose positions are known."""

    snapshot: Snapshot
    numbers: list[int]
    """Their rows in ``judged``."""
    way: Ways
    hours: Hours
    settled: NDArray[np.bool_]
    """Whether the device was judged last at the beginning of its way, and then."""
    accuracy_m: NDArray[np.float64] | None
    judged: Judged


def tell(held: Held, batch: Batch, told: Verdicts, passed: Mapping[int, Sequence[int]]) -> None:
    """Write down what holds each row, and what changed: a device's second fix follows its first.

    ``passed`` has the volumes that the ways of rows met without holding them at either end.
    """
    judged, tuples = batch.judged, held.tuples
    _as_before(judged, batch.numbers, tuples)
    crossed: list[ZoneEvent] = []
    for index, now, unknown in zip(told.row, told.inside, told.unknown, strict=True):
        number = batch.numbers[index]
        device = judged.devices[number]
        before, judged.inside[number] = tuples[device], now
        if unknown:
            judged.unknown[number] = unknown
        if index in passed:
            crossed.extend(_pass_through(batch, index, passed[index], before))
        tuples[device] = held_after(before, now, unknown)
    moved = _moved(batch, told.moves)
    # Of one row the crossings come first: sorting keeps the order of those of one row.
    judged.events.extend(sorted((*crossed, *moved), key=_row) if crossed else moved)


_row = attrgetter("row")


def _as_before(judged: Judged, numbers: list[int], held: list[Slots]) -> None:
    if len(numbers) == len(judged.devices):
        judged.inside[:] = map(held.__getitem__, judged.devices)
        return
    for number in numbers:
        judged.inside[number] = held[judged.devices[number]]


# --- passing through ----------------------------------------------------------------------------


def _pass_through(
    batch: Batch, index: int, parts: Sequence[int], before: Slots
) -> Iterator[ZoneEvent]:
    """Write down the zones that a way may have passed through; yield those that it did."""
    judged, number, volumes = batch.judged, batch.numbers[index], batch.snapshot.volumes
    shares: dict[int, float] = {}
    unsure: set[int] = set()
    for part in parts:
        slot = int(volumes.slot[part])
        if slot in before or slot in judged.inside[number]:
            continue
        found = passage(volumes, part, batch.way, index)
        if found is None:
            continue
        if found.presence is Presence.INSIDE:
            shares[slot] = min(found.share, shares.get(slot, 1.0))
        else:
            unsure.add(slot)
    judged.unknown[number] = tuple(sorted({*judged.unknown[number], *(unsure - shares.keys())}))
    return (_cross(batch, index, slot, shares[slot]) for slot in sorted(shares))


def _cross(batch: Batch, index: int, slot: int, share: float) -> ZoneEvent:
    start, snapshot = batch.way.start[index], batch.snapshot
    longitude, latitude, at_s = place_on_the_way(start, batch.way.end[index], share)
    number, cause = batch.numbers[index], Cause.DEVICE_MOVED
    if snapshot.volumes.timed[slot]:
        then = start.copy()
        then[AT] = at_s
        cause = _causes_of(snapshot, [slot], then[None, :], left=False)[0]
    return ZoneEvent(
        EventKind.CROSS,
        number,
        batch.judged.devices[number],
        slot,
        snapshot.zone_ids[slot],
        at_s,
        longitude,
        latitude,
        cause,
    )


# --- entering and leaving -----------------------------------------------------------------------


def _moved(batch: Batch, moves: Moves) -> list[ZoneEvent]:
    if not len(moves.row):
        return []
    way, slots, ids = batch.way, moves.slot.tolist(), batch.snapshot.zone_ids
    numbers = [batch.numbers[index] for index in moves.row.tolist()]
    devices = [batch.judged.devices[number] for number in numbers]
    end = way.end[moves.row]
    is_first = np.isnan(way.start[moves.row, LONGITUDE])
    kinds = _KINDS[moves.entered.astype(np.int8) + (moves.entered & is_first)].tolist()
    longitudes, latitudes = end[:, LONGITUDE].tolist(), end[:, LATITUDE].tolist()
    return [
        ZoneEvent(*each)
        for each in zip(
            kinds,
            numbers,
            devices,
            slots,
            [ids[slot] for slot in slots],
            end[:, AT].tolist(),
            longitudes,
            latitudes,
            _causes(batch, moves, is_first),
            _sure(batch, numbers, slots, longitudes, latitudes),
            strict=True,
        )
    ]


_KINDS: Final = np.array([EventKind.EXIT, EventKind.ENTER, EventKind.FIRST_INSIDE], np.object_)


def _causes(batch: Batch, moves: Moves, is_first: NDArray[np.bool_]) -> list[Cause]:
    """Tell whether the hours alone explain moves: is one end inside at the other's time?

    Of most zones not, since they have no hours, or since at both ends the same hours hold.
    """
    snapshot, way, row = batch.snapshot, batch.way, moves.row
    causes = [Cause.DEVICE_MOVED] * len(row)
    asked = snapshot.volumes.timed[moves.slot] & ~_in_one_stretch(batch, row) & ~is_first
    if not asked.any():
        return causes
    entered, left = asked & moves.entered, asked & ~moves.entered
    for which, place, at_s in (
        (entered, way.start, way.end[row, AT]),
        (left, way.end, way.start[row, AT]),
    ):
        pairs = which.nonzero()[0]
        then = place[row[pairs]]
        then[:, AT] = at_s[pairs]
        told = _causes_of(snapshot, moves.slot[pairs].tolist(), then, left=which is left)
        for pair, cause in zip(pairs.tolist(), told, strict=True):
            causes[pair] = cause
    return causes


def _in_one_stretch(batch: Batch, row: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell which ways it is known of that no hours begin or end on them, nor were looked at since."""
    start, end = batch.hours.at_start[row], batch.hours.at_end[row]
    return np.asarray((start >= 0) & (start == end) & batch.settled[row], np.bool_)


def _causes_of(
    snapshot: Snapshot, slots: Sequence[int], then: Places, *, left: bool
) -> list[Cause]:
    """Return the cause of moves by whether a place at another time is in the zone of the move.

    A zone that is ``left`` holds on to who was in it within its exit margin.
    """
    volumes = snapshot.volumes
    asked = [(pair, each) for pair, slot in enumerate(slots) for each in snapshot.volumes_of[slot]]
    pair, volume = np.array(asked, np.int64).reshape(-1, 2).T
    outlines = volumes.ground[volume]
    if left and snapshot.margined:
        grown = volumes.outgrown[volume]
        outlines = np.where(grown == None, outlines, grown)  # noqa: E711 -- of each element
    held = shapely.intersects_xy(outlines, then[pair, LONGITUDE], then[pair, LATITUDE])
    pair, volume = pair[held], volume[held]
    how = within_limits(volumes, pair, volume, then)
    stayed = np.zeros(len(slots), np.bool_)
    stayed[pair[how == Presence.INSIDE]] = True
    return [Cause.TIME_PASSED if each else Cause.DEVICE_MOVED for each in stayed.tolist()]


def _sure(
    batch: Batch,
    numbers: list[int],
    slots: list[int],
    longitudes: list[float],
    latitudes: list[float],
) -> list[float]:
    """How probable it is that rows are over the ground of zones; NaN where that is not known."""
    if batch.accuracy_m is None:
        return [math.nan] * len(slots)
    accuracies_m = batch.accuracy_m[numbers].tolist()
    probability = batch.snapshot.sureness.probability
    return list(map(probability, slots, longitudes, latitudes, accuracies_m))
