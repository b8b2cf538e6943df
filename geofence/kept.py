"""A snapshot's grid as plain arrays, so that it can be kept and a start need not make it again.

Only what comes of the outlines is in it. Heights, hours, names and rules are taken from the zones
that are in force when it is restored, and a zone whose outline is another is laid anew.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence import grid
from geofence.amend import patched_volumes, rows_with
from geofence.boxes import Boxes
from geofence.cells import BORDER, LAYERS, Cells, Rooms, frozen
from geofence.compact import compacted, live_cells
from geofence.fillings import fillings
from geofence.grid import IntArray
from geofence.judge import bands
from geofence.opening import Openings
from geofence.room import Room
from geofence.snapshot import (
    NO_ZONE,
    Snapshot,
    Volumes,
    calendars_of,
    margins_m,
    outgrown,
    parts_of,
    refuse_problems,
    rims_of,
    snapshot_of,
    warm,
)
from geofence.zone import Area, Circle, Corridor, Volume, Zone

Array = NDArray[Any]
MADE_BY: Final = (
    "zones-6",
    grid.CELLS_PER_DEGREE,
    grid.BLOCK_BITS,
    grid.MARGIN_DEG,
    shapely.__version__,
    shapely.geos_version_string,
    np.__version__,
)
"""What is kept is used only by the same: a library may find other corners of a corridor."""
NOTHING: Final = Volume(Circle(0.0, 0.0, 1.0))
"""In the place of a volume that is not there any more."""


class Kept(NamedTuple):
    """The grid, and of which zones."""

    zones: tuple[tuple[str, str], ...]
    """Id and key of the zone of each slot."""
    arrays: Mapping[str, Array]
    rooms: Mapping[str, Room[Any]] = MappingProxyType({})
    """Where arrays lie already with room behind them: the long ones are not copied again."""


class OtherZones(ValueError):
    """So few of the zones are as they were that all are better made anew."""


def keys_of(zones: Iterable[Zone]) -> list[str]:
    """Return what tells the ground of each zone, and whom it concerns, from any other."""
    found = list(zones)
    shapes = [volume.shape for zone in found for volume in zone.volumes]
    told = iter(list(shapely.to_wkb([_drawn(shape) for shape in shapes])))
    return [_key(zone, told) for zone in found]


def _drawn(shape: Area | Circle | Corridor) -> shapely.Geometry:
    match shape:
        case Area(geometry=geometry):
            return geometry
        case Circle(longitude_deg=longitude_deg, latitude_deg=latitude_deg):
            return shapely.Point(longitude_deg, latitude_deg)
        case Corridor(line=line):
            return line


def _key(zone: Zone, told: Iterator[bytes]) -> str:
    digest = hashlib.sha256(",".join(sorted(zone.domains)).encode())
    for volume in zone.volumes:
        shape = volume.shape
        reach = getattr(shape, "radius_m", getattr(shape, "half_width_m", None))
        digest.update(f"{type(shape).__name__} {reach!r} ".encode())
        digest.update(next(told))
    return digest.hexdigest()


def keep(snapshot: Snapshot) -> Kept:
    """Return what is to be kept of a snapshot; its outlines are not asked anything.

    Slots that are empty and volumes that are there no more are left out, the others move up.
    """
    volumes, cells = snapshot.volumes, snapshot.volumes.cells
    row = np.flatnonzero(volumes.wkb != None)  # noqa: E711 -- of each element
    if len(row) < len(volumes.wkb) or len(cells.filled_by) > live_cells(cells) + 1:
        cells = compacted(cells)
    number = np.full(len(volumes.wkb), -1)
    number[row] = np.arange(len(row))
    in_use = [slot for slot, zone in enumerate(snapshot.zones) if zone is not NO_ZONE]
    place = np.full(len(snapshot.zones), -1)
    place[in_use] = np.arange(len(in_use))
    outlines = volumes.wkb[row].tolist()
    grown, by_m = _grown(snapshot, row)
    held = [(place[slot], number[each]) for slot in in_use for each in snapshot.volumes_of[slot]]
    wide = [(layer, number[volume]) for layer in LAYERS for volume in cells.wide[layer]]
    borders, zones = cells.borders.rows.copy(), snapshot.in_force()
    borders["volume"] = number[borders["volume"]]
    return Kept(
        tuple(zip((zone.zone_id for zone in zones), keys_of(zones), strict=True)),
        {
            "blocks": cells.blocks,
            "first_cell": cells.first_cell,
            "divided": cells.divided,
            "filled_by": cells.filled_by,
            "first_border": cells.first_border,
            "borders": borders.view(np.uint8).reshape(-1, BORDER.itemsize),
            "edges": cells.borders.edges,
            "domains": cells.domains[row],
            "wide": np.array(wide, np.int64).reshape(-1, 2),
            "set_sizes": np.array([len(each) for each in cells.sets], np.int64),
            "sets": number[[volume for each in cells.sets for volume in each]],
            "wkb_sizes": np.array([len(each) for each in outlines], np.int64),
            "wkb": np.frombuffer(b"".join(outlines), np.uint8),
            "grown_sizes": np.array([len(each) for each in grown], np.int64),
            "grown": np.frombuffer(b"".join(grown), np.uint8),
            "grown_by_m": by_m,
            "slot": place[volumes.slot[row]],
            "held": np.array(held, np.int64).reshape(-1, 2),
            "bounds": volumes.bounds[row],
        },
    )


def _grown(snapshot: Snapshot, rows: IntArray) -> tuple[list[bytes], NDArray[np.float64]]:
    """Return the outlines that were grown, as WKB, and by how much; empty and 0 where none was.

    Their corners are read, which a thread may do while another asks them something.
    """
    outgrown = snapshot.volumes.outgrown[rows]
    told = [each or b"" for each in shapely.to_wkb(outgrown).tolist()]
    zones = (snapshot.zones[slot] for slot in snapshot.volumes.slot[rows].tolist())
    return told, np.array([zone.exit_margin_m for zone in zones], np.float64)


class Outlines(NamedTuple):
    """The outlines that were kept, prepared and warmed; arrays by volume."""

    wkb: NDArray[np.object_]
    ground: NDArray[np.object_]
    grown: NDArray[np.object_]
    """Grown by the exit margins of then; ``None`` where there was none."""


def outlines_of(kept: Kept) -> Outlines:
    """Return the outlines of what was kept: it takes a while, and may be done beside other work."""
    arrays = kept.arrays
    found = _outlines(arrays)
    for ground in (found.ground, found.grown):
        warm(ground, arrays["bounds"])
    return found


def restored(
    kept: Kept, zones: Iterable[Zone], revision: int, outlines: Outlines | None = None
) -> Snapshot:
    """Return a snapshot of zones, with the grid of those whose ground is as it was.

    ``outlines`` are those of the same, if they were made before; nobody else must have them.

    Raises ``OtherZones`` when more than half of them are not, ``InvalidZone`` as ``build`` does.
    """
    wanted = list(zones)
    keys = dict(zip((zone.zone_id for zone in wanted), keys_of(wanted), strict=True))
    by_id = {zone.zone_id: zone for zone in wanted}
    known = [by_id[each] if keys.get(each) == key else NO_ZONE for each, key in kept.zones]
    same = {zone.zone_id for zone in known}
    new = [zone for zone in wanted if zone.zone_id not in same]
    if 2 * (len(new) + known.count(NO_ZONE)) > len(wanted):
        msg = f"of {len(wanted)} zones {len(new)} are others than those kept"
        raise OtherZones(msg)
    refuse_problems([*known, *new], drawn=False)
    refuse_problems(new)
    held: list[list[int]] = [[] for _ in known]
    for slot, row in kept.arrays["held"].tolist():
        held[slot].append(row)
    gone = sorted(row for slot, rows in enumerate(held) if known[slot] is NO_ZONE for row in rows)
    rows_of = [() if known[slot] is NO_ZONE else tuple(rows) for slot, rows in enumerate(held)]
    base = _volumes(kept, known, rows_of, outlines or outlines_of(kept))
    parts = parts_of(enumerate(new, start=len(known)))
    everything = (*known, *new)
    return snapshot_of(
        revision,
        everything,
        patched_volumes(base, parts, np.array(gone, np.int64)) if parts or gone else base,
        rows_with(rows_of, parts, len(base.ground), len(everything)),
    )


def _volumes(
    kept: Kept, zones: list[Zone], rows_of: list[tuple[int, ...]], outlines: Outlines
) -> Volumes:
    arrays, (wkb, ground, grown) = kept.arrays, outlines
    rows, of_row = [NOTHING] * len(ground), [NO_ZONE] * len(ground)
    for zone, held in zip(zones, rows_of, strict=True):
        for row, volume in zip(held, zone.volumes, strict=True):
            rows[row], of_row[row] = volume, zone
    _grow_anew(grown, arrays["grown_by_m"], of_row, ground, arrays["bounds"])
    slot, bounds = arrays["slot"], arrays["bounds"]
    of = bands([volume.band for volume in rows])
    calendars = tuple(calendars_of(slot.tolist(), rows, ground))
    scheduled = np.array([calendar is not None for calendar in calendars], np.bool_)
    cells = _cells(kept)
    there = [None if each is NOTHING else each for each in rows]
    return Volumes(
        Boxes.of(frozen(bounds), arrays["wkb_sizes"] > 0),
        cells,
        fillings(cells.sets, slot, of.bounded | scheduled),
        frozen(wkb),
        frozen(ground),
        frozen(rims_of(there)),
        frozen(margins_m(of_row)),
        frozen(grown),
        frozen(slot),
        of,
        frozen(scheduled),
        calendars,
        Openings(calendars),
    )


def _grow_anew(
    grown: NDArray[np.object_],
    grown_by_m: NDArray[np.float64],
    zones: list[Zone],
    ground: NDArray[np.object_],
    bounds: NDArray[np.float64],
) -> None:
    """Grow the outlines of zones whose margin is another now."""
    margins_m = np.array([zone.exit_margin_m for zone in zones], np.float64)
    others = np.flatnonzero(margins_m != grown_by_m)
    if others.size:
        grown[others] = outgrown([zones[row] for row in others.tolist()], ground[others])
        warm(grown[others], bounds[others])


def _outlines(arrays: Mapping[str, Array]) -> Outlines:
    wkb = _pieces(arrays["wkb"], arrays["wkb_sizes"])
    grown = _pieces(arrays["grown"], arrays["grown_sizes"])
    return Outlines(wkb, _prepared(wkb), _prepared(grown))


def _pieces(flat: Array, sizes: Array) -> NDArray[np.object_]:
    """Return what lies one behind another; ``None`` for what has no size."""
    body, begin = flat.tobytes(), 0
    found = np.full(len(sizes), None, np.object_)
    for row, end in enumerate(np.cumsum(sizes).tolist()):
        if end > begin:
            found[row] = body[begin:end]
        begin = end
    return found


def _prepared(wkb: NDArray[np.object_]) -> NDArray[np.object_]:
    ground = np.full(len(wkb), None, np.object_)
    ground[:] = shapely.from_wkb(wkb)
    shapely.prepare(ground)
    return ground


def _cells(kept: Kept) -> Cells:
    arrays = kept.arrays
    filled_by, first_border, borders, edges = (
        kept.rooms.get(name) or Room(arrays[name])
        for name in ("filled_by", "first_border", "borders", "edges")
    )
    rooms = Rooms(filled_by, first_border, borders.of_kind(BORDER), edges)
    wide = arrays["wide"]
    return Cells(
        frozen(arrays["blocks"]),
        frozen(arrays["first_cell"]),
        frozen(arrays["divided"]),
        rooms.filled_by.rows(),
        tuple(_split(arrays["sets"], arrays["set_sizes"])),
        rooms.first_border.rows(),
        rooms.all_borders(),
        frozen(arrays["domains"]),
        tuple(tuple(wide[wide[:, 0] == layer, 1].tolist()) for layer in LAYERS),
        rooms,
    )


def _split(flat: IntArray, sizes: IntArray) -> Iterator[tuple[int, ...]]:
    every, begin = flat.tolist(), 0
    for end in np.cumsum(sizes).tolist():
        yield tuple(every[begin:end])
        begin = end
