"""What a batch brought about, row by row: who entered, left or crossed a zone, and why."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.change import Slots
from geofence.crossing import Passage, passage, place_on_the_way
from geofence.events import Cause, EventKind, Judged, ZoneEvent
from geofence.exactly import holds
from geofence.fixes import Fixes
from geofence.fleet import LetIn
from geofence.holding import Moves
from geofence.judge import Presence
from geofence.later import Later
from geofence.looking import Hours, Ways
from geofence.places import AT, LONGITUDE, Places
from geofence.presence import within_limits
from geofence.snapshot import Snapshot
from geofence.verdicts import Verdicts


class Batch(NamedTuple):
    """The rows of a batch whose positions are known."""

    snapshot: Snapshot
    fixes: Fixes
    on_earth: NDArray[np.bool_]
    """Of all rows, whether their position is known."""
    rows: NDArray[np.intp]
    """The number of each among all."""
    device: NDArray[np.int32]
    way: Ways
    hours: Hours
    stood_until_s: NDArray[np.float64]
    """Until when the device was judged at the beginning of its way after its fix there, as ``follow`` has
    it: NaN where it was judged last with that fix."""
    let_in: Mapping[int, LetIn]
    """By device, which zones took it in there meanwhile."""


def tell(batch: Batch, told: Verdicts, passed: Mapping[int, Sequence[int]]) -> Judged:
    """Return what holds each row, and what changed: a device's second fix follows its first.

    ``passed`` has the volumes that the ways of rows met without holding them at either end.
    """
    crossed: list[ZoneEvent] = []
    unsure: dict[int, set[int]] = {}
    for index, parts in passed.items():
        shares, perhaps = _pass_through(batch, index, parts)
        crossed.extend(_cross(batch, index, slot, shares[slot]) for slot in sorted(shares))
        if perhaps:
            unsure[index] = perhaps
    return Judged(
        Later(batch.fixes.device.tolist),
        Later(batch.on_earth.tolist),
        Later(lambda: _of_all(batch, told.inside())),
        Later(lambda: _of_all(batch, _with_more(told.unknown(), unsure))),
        Later(lambda: _events(batch, told.moves, crossed)),
    )


def _of_all(batch: Batch, known: list[Slots]) -> list[Slots]:
    """Return the slots of all rows: none of one whose position is not known."""
    if len(known) == len(batch.on_earth):
        return known
    each = iter(known)
    return [next(each) if there else () for there in batch.on_earth.tolist()]


def _with_more(unknown: list[Slots], unsure: Mapping[int, set[int]]) -> list[Slots]:
    for index, slots in unsure.items():
        unknown[index] = tuple(sorted({*unknown[index], *slots}))
    return unknown


def _events(batch: Batch, moves: Moves, crossed: list[ZoneEvent]) -> list[ZoneEvent]:
    moved = _moved(batch, moves)
    # Of one row the crossings come first: sorting keeps the order of those of one row.
    return sorted((*crossed, *moved), key=_row) if crossed else moved


_row = attrgetter("row")


# --- passing through ----------------------------------------------------------------------------


def _pass_through(
    batch: Batch, index: int, parts: Sequence[int]
) -> tuple[dict[int, float], set[int]]:
    """Return the zones that a way passed through, and those that it may have passed through.

    The former with the share of the way at which it begins to be in them.
    """
    found = _passages(batch, index, parts)
    until_s = float(batch.stood_until_s[index])
    if math.isfinite(until_s) and (known := _told_of(batch, index, found)):
        # That it was in these, and then no longer, was told when it was judged where it stood.
        slot = batch.snapshot.volumes.slot
        again = [part for part in parts if int(slot[part]) in known]
        others = {slot: passed for slot, passed in found.items() if slot not in known}
        found = others | _passages(batch, index, again, until_s)
    inside = {each: passed for each, passed in found.items() if passed.presence is Presence.INSIDE}
    return {each: passed.share for each, passed in inside.items()}, found.keys() - inside.keys()


def _passages(
    batch: Batch, index: int, parts: Sequence[int], since_s: float = -math.inf
) -> dict[int, Passage]:
    """Return how a way meets zones, by slot: where it first is in one, or may be if it never surely is."""
    volumes, found = batch.snapshot.volumes, dict[int, Passage]()
    for part in parts:
        slot, passed = int(volumes.slot[part]), passage(volumes, part, batch.way, index, since_s)
        if passed is not None:
            found[slot] = min(passed, found.get(slot, passed), key=_surely_and_first)
    return found


def _surely_and_first(passed: Passage) -> tuple[bool, float]:
    return passed.presence is not Presence.INSIDE, passed.share


def _told_of(batch: Batch, index: int, found: Mapping[int, Passage]) -> set[int]:
    """Return the zones that have hours and that held a device where it stood: at its fix, or later."""
    timed, let_in = batch.snapshot.volumes.timed, batch.let_in.get(int(batch.device[index]))
    later = () if let_in is None else let_in.since(float(batch.way.start[index, AT]))
    return {
        slot
        for slot, passed in found.items()
        if timed[slot] and (passed.share == 0.0 or slot in later)
    }


def _cross(batch: Batch, index: int, slot: int, share: float) -> ZoneEvent:
    start, snapshot = batch.way.start[index], batch.snapshot
    longitude, latitude, at_s = place_on_the_way(start, batch.way.end[index], share)
    cause = Cause.DEVICE_MOVED
    # Who is outside at the beginning of a stretch of hours is so throughout it, but where it passes.
    if snapshot.volumes.timed[slot] and not _in_one_stretch(batch, np.array([index]))[0]:
        then = start.copy()
        then[AT] = at_s
        cause = _causes_of(snapshot, [slot], then[None, :], left=False)[0]
    return ZoneEvent(
        EventKind.CROSS,
        int(batch.rows[index]),
        int(batch.device[index]),
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
    numbers, end = batch.rows[moves.row], way.end[moves.row]
    is_first = np.isnan(way.start[moves.row, LONGITUDE])
    kinds = _KINDS[moves.entered.astype(np.int8) + (moves.entered & is_first)].tolist()
    longitudes, latitudes, at_s = end[:, : AT + 1].T.tolist()
    columns = zip(
        kinds,
        numbers.tolist(),
        batch.device[moves.row].tolist(),
        slots,
        map(ids.__getitem__, slots),
        at_s,
        longitudes,
        latitudes,
        _causes(batch, moves, is_first),
        _sure(batch, numbers, slots, longitudes, latitudes),
        strict=True,
    )
    return list(map(_made, columns))


_made: Callable[[Iterable[Any]], ZoneEvent] = partial(tuple.__new__, ZoneEvent)
"""What ``ZoneEvent._make`` does, without Python between: an event in twenty fixes is a lot of events."""


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


def _in_one_stretch(batch: Batch, row: NDArray[np.signedinteger[Any]]) -> NDArray[np.bool_]:
    """Tell which ways it is known of that no hours begin or end on them, nor were looked at since."""
    start, end = batch.hours.at_start[row], batch.hours.at_end[row]
    return np.asarray((start >= 0) & (start == end) & np.isnan(batch.stood_until_s[row]), np.bool_)


def _causes_of(
    snapshot: Snapshot, slots: Sequence[int], then: Places, *, left: bool
) -> list[Cause]:
    """Return the cause of moves by whether a place at another time is in the zone of the move.

    A zone that is ``left`` holds on to who was in it within its exit margin.
    """
    volumes = snapshot.volumes
    asked = [(pair, each) for pair, slot in enumerate(slots) for each in snapshot.volumes_of[slot]]
    pair, volume = np.array(asked, np.int64).reshape(-1, 2).T
    outlines, margins_m = volumes.ground[volume], np.zeros(len(volume))
    if left and snapshot.margined:
        grown = volumes.outgrown[volume]
        outlines = np.where(grown == None, outlines, grown)  # noqa: E711 -- of each element
        margins_m = volumes.margin_m[volume]
    held = holds(outlines, volumes.rims[volume], then[pair, :AT], margins_m)
    pair, volume = pair[held], volume[held]
    how = within_limits(volumes, pair, volume, then)
    stayed = np.zeros(len(slots), np.bool_)
    stayed[pair[how == Presence.INSIDE]] = True
    return [Cause.TIME_PASSED if each else Cause.DEVICE_MOVED for each in stayed.tolist()]


def _sure(
    batch: Batch,
    numbers: NDArray[np.intp],
    slots: list[int],
    longitudes: list[float],
    latitudes: list[float],
) -> list[float]:
    """How probable it is that rows are over the ground of zones; NaN where that is not known."""
    if batch.fixes.accuracy_m is None:
        return [math.nan] * len(slots)
    accuracies_m = batch.fixes.accuracy_m[numbers].tolist()
    probability = batch.snapshot.sureness.probability
    return list(map(probability, slots, longitudes, latitudes, accuracies_m))
