"""A snapshot with a few zones changed, made of the one before at the price of what changed.

It answers exactly as one that is built from all zones. The zones that stay keep their slots, so
nobody who remembers slots has to learn them again; a withdrawn zone leaves its slot empty, and a
new one comes behind. The prepared outlines of what stays are taken over as they are and not
touched: they belong to the thread that asks the snapshot before, and goes on to ask this one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from geofence.breath import Breathe, at_once
from geofence.cells import Cells, frozen
from geofence.compact import compacted, live_cells
from geofence.difference import other_slots
from geofence.fillings import fillings, with_more
from geofence.grid import IntArray
from geofence.judge import joined
from geofence.patch import Patch, patched
from geofence.snapshot import (
    NO_ZONE,
    Part,
    Since,
    Snapshot,
    Volumes,
    build,
    parts_of,
    ready,
    refuse_problems,
)
from geofence.sureness import Sureness
from geofence.zone import Zone

MOST_WASTE: Final = 1.0
"""Of the cells in use, so many more may lie there that nobody can reach any more; then they are
gathered out at once, which takes a second with ten thousand zones."""
WASTE_ALLOWED: Final = 1_000_000
"""And so many in any case: that is ten megabytes."""
TIDY_SHARE: Final = 0.4
TIDY_FROM: Final = 100_000
"""The same, from where on it is worth to gather them out when nobody waits."""


MOST_AMENDED: Final = 200
AMENDED_SHARE: Final = 0.5
"""So many changed zones, or this part of all if it is more: beyond them all are laid anew. A thousand among
ten thousand take half a second, and all of these ten."""
ROWS_ALLOWED: Final = 10_000
"""Volumes, beside four for each that is there, of which most are there no more."""


def changed_zones(
    before: Snapshot,
    changed: Iterable[Zone],
    withdrawn: Iterable[str],
    revision: int,
    breathe: Breathe = at_once,
) -> Snapshot:
    """Return what ``amended`` does, with all laid anew where that is less work.

    Either way the zones that stay are the same objects in the same slots. ``breathe`` is called between
    two pieces of the work.
    """
    changed, withdrawn = tuple(changed), tuple(withdrawn)
    rows = len(before.volumes.ground)
    outdated = rows > ROWS_ALLOWED and rows > ROWS_ALLOWED + 4 * sum(map(len, before.volumes_of))
    most = max(MOST_AMENDED, AMENDED_SHARE * len(before.slots))
    if len(changed) <= most and not outdated:
        return amended(before, changed, withdrawn, revision, breathe)
    return build(_placed(before, changed, withdrawn).zones, revision, breathe)


class _Placed(NamedTuple):
    """Zones in their slots, of which some are others than before."""

    zones: list[Zone]
    slots: dict[str, int]
    touched: set[int]


def _placed(before: Snapshot, changed: Iterable[Zone], withdrawn: Iterable[str]) -> _Placed:
    """Return the zones with some added or replaced, and others withdrawn, each in its slot.

    Raises ``KeyError`` when a zone that is not there is withdrawn.
    """
    # Ten thousand are copied as they lie, and none of them is asked anything.
    zones, slots, touched = list(before.zones), dict(before.slots), set[int]()
    for zone_id in withdrawn:
        slot = slots.pop(zone_id)
        zones[slot] = NO_ZONE
        touched.add(slot)
    for zone in changed:
        slot = slots.setdefault(zone.zone_id, len(zones))
        zones[slot : slot + 1] = [zone]
        touched.add(slot)
    return _Placed(zones, slots, touched)


def amended(
    before: Snapshot,
    changed: Iterable[Zone],
    withdrawn: Iterable[str],
    revision: int,
    breathe: Breathe = at_once,
) -> Snapshot:
    """Return the snapshot with zones added or replaced, and others, by their ids, withdrawn.

    Raises ``InvalidZone`` as ``build`` does, ``KeyError`` when a zone that is not there is
    withdrawn.
    """
    changed = tuple(changed)
    refuse_problems(changed, breathe=breathe)
    return _made_of(before, _placed(before, changed, withdrawn), revision, breathe)


def caught_up(laid: Snapshot, to: Snapshot) -> Snapshot:
    """Return the zones of a snapshot in their slots, upon the grid of one that was made of an earlier.

    So what was laid out anew beside the changes is of use after them.
    """
    placed = _Placed(list(to.zones), dict(to.slots), set(other_slots(laid, to)))
    return _made_of(laid, placed, to.revision)


def _made_of(
    before: Snapshot, placed: "_Placed", revision: int, breathe: Breathe = at_once
) -> Snapshot:
    zones, slots, touched = placed
    parts = parts_of((slot, zones[slot]) for slot in sorted(touched))
    known = [slot for slot in touched if slot < len(before.zones)]
    gone = sorted(row for slot in known for row in before.volumes_of[slot])
    stay = list(before.volumes_of)
    for slot in known:
        stay[slot] = ()
    zone_ids = [*before.zone_ids, *[""] * (len(zones) - len(before.zones))]
    for slot in touched:
        zone_ids[slot] = zones[slot].zone_id
    volumes = patched_volumes(before.volumes, parts, np.array(gone, np.int64), breathe)
    rows = rows_with(stay, parts, len(before.volumes.ground), len(zones))
    margined = {slot for slot in touched if zones[slot].exit_margin_m}
    return Snapshot(
        revision,
        tuple(zones),
        tuple(zone_ids),
        volumes,
        rows,
        before.margined - touched | margined,
        slots,
        Sureness(volumes.ground, volumes.rims, rows),
        Since(before.zones, frozenset(touched)),
    )


def tidied(snapshot: Snapshot, breathe: Breathe = at_once) -> Snapshot | None:
    """Return the same snapshot without the cells that nobody can reach, and with room for more.

    ``None`` where these are few, and there is room. ``breathe`` is called between two pieces of the work.
    """
    volumes = snapshot.volumes
    if not (_has_much_waste(volumes.cells) or volumes.cells.rooms.is_any_nearly_full):
        return None
    cells = compacted(volumes.cells, breathe)
    sets = fillings(cells.sets, volumes.slot, volumes.bands.bounded | volumes.scheduled)
    return replace(snapshot, volumes=replace(volumes, cells=cells, sets=sets))


def _has_much_waste(cells: Cells) -> bool:
    return len(cells.filled_by) > (1.0 + TIDY_SHARE) * live_cells(cells) + TIDY_FROM


def rows_with(
    rows: Sequence[tuple[int, ...]], parts: list[Part], first: int, count: int
) -> tuple[tuple[int, ...], ...]:
    """Return the rows of each of ``count`` slots, with those of new volumes from ``first`` on."""
    found = [*rows, *[()] * (count - len(rows))]
    for row, part in enumerate(parts, start=first):
        found[part.slot] = (*found[part.slot], row)
    return tuple(found)


def patched_volumes(
    before: Volumes, parts: list[Part], gone: IntArray, breathe: Breathe = at_once
) -> Volumes:
    """Return volumes with some more and without those in some rows."""
    new = ready(parts, breathe)
    patch = Patch(new.covers, new.domains, gone, before.bounds[gone])
    slot = np.concatenate((before.slot, new.slot))
    of = joined(before.bands, new.bands)
    scheduled = np.concatenate((before.scheduled, new.scheduled))
    cells = patched(before.cells, patch)
    if len(cells.filled_by) > (1.0 + MOST_WASTE) * live_cells(cells) + WASTE_ALLOWED:
        cells = compacted(cells)
        sets = fillings(cells.sets, slot, of.bounded | scheduled)
    else:
        more = cells.sets[len(before.cells.sets) :]
        sets = with_more(before.sets, more, slot, of.bounded | scheduled)
    ground = np.concatenate((before.ground, new.ground))
    wkb = np.concatenate((before.wkb, new.wkb))
    rims = np.concatenate((before.rims, new.rims))
    outgrown = np.concatenate((before.outgrown, new.outgrown))
    ground[gone] = rims[gone] = outgrown[gone] = wkb[gone] = None
    calendars = [*before.calendars, *new.calendars]
    for row in gone.tolist():
        calendars[row] = None
    return Volumes(
        before.boxes.with_more(new.bounds, gone),
        cells,
        sets,
        frozen(wkb),
        frozen(ground),
        frozen(rims),
        frozen(np.concatenate((before.margin_m, new.margin_m))),
        frozen(outgrown),
        frozen(slot),
        of,
        frozen(scheduled),
        tuple(calendars),
        before.openings.with_more(new.calendars, gone),
    )
