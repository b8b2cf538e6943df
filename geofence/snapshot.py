"""The zones in force, ready to be asked: built and warmed aside, then swapped in whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, STRtree

from geofence.cells import Cells, assemble
from geofence.cover import covers
from geofence.fillings import Fillings, fillings
from geofence.fixes import DOMAIN_CODES
from geofence.frame import footprint, grown, middle
from geofence.grid import IntArray
from geofence.judge import Bands, bands
from geofence.lookup import Found, Lines, look_up
from geofence.opening import Openings
from geofence.schedule import Calendar, Place, calendar
from geofence.sureness import Sureness
from geofence.validity import InvalidZone, Problem, problems
from geofence.zone import Volume, Zone

WARMING_CALLS = 3
"""The second call builds a lazy index: 40 times slower at 5 000 vertices than the third."""

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class Volumes:
    """The volumes of all zones as arrays, one row a volume; read-only."""

    tree: STRtree
    """Over the bounding boxes of ``ground``."""
    cells: Cells
    """Over the volumes of each domain, in the layer of its code."""
    sets: Fillings
    """Of the sets in ``cells``."""
    ground: NDArray[np.object_]
    """Prepared outlines. Prepared geometry is not safe to share between threads: these are
    copies of the builder's own, and the snapshot belongs to the one thread that asks it."""
    outgrown: NDArray[np.object_]
    """Prepared as well: the outlines grown by the exit margin of their zone, ``None`` where it has
    none."""
    slot: IntArray
    bands: Bands
    scheduled: NDArray[np.bool_]
    calendars: tuple[Calendar | None, ...]
    openings: Openings
    """The calendars, asked for many fixes at once."""

    def look_up(self, lines: Lines) -> Found:
        """Return the volumes that ways have to do with; see ``geofence.lookup``."""
        return look_up(self.cells, self.tree, self.ground, lines)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The zones in force at one revision. Nothing in it changes."""

    revision: int
    zones: tuple[Zone, ...]
    """In the order of their slots."""
    zone_ids: tuple[str, ...]
    volumes: Volumes
    volumes_of: tuple[tuple[int, ...], ...]
    """The rows of ``volumes`` that make up each slot's zone."""
    margined: frozenset[int]
    """The slots of the zones with an exit margin."""
    sureness: Sureness
    """How sure it is to be over the ground of a zone."""

    def slot_of(self, zone_id: str) -> int:
        """Return the slot of a zone; raises ``KeyError`` when it is not in the snapshot."""
        try:
            return self.zone_ids.index(zone_id)
        except ValueError:
            raise KeyError(zone_id) from None

    def next_edge_s(self, after_s: float) -> float:
        """Return the next moment after ``after_s`` when some schedule changes, or infinity.

        The change shows at any later moment: rejudge the fleet then.
        """
        calendars = {calendar for calendar in self.volumes.calendars if calendar is not None}
        return min((calendar.next_edge_s(after_s) for calendar in calendars), default=np.inf)


def build(zones: Iterable[Zone], revision: int) -> Snapshot:
    """Build a snapshot and warm it; the slots are the zones' order.

    Raises ``InvalidZone`` with every problem of every zone when any of them has one.
    """
    zones = tuple(zones)
    _refuse_problems(zones)
    parts = [(slot, zone, volume) for slot, zone in enumerate(zones) for volume in zone.volumes]
    slots = [slot for slot, _, _ in parts]
    volumes = _volumes(slots, [zone for _, zone, _ in parts], [volume for _, _, volume in parts])
    volumes_of = _rows_of_slots(slots, len(zones))
    snapshot = Snapshot(
        revision,
        zones,
        tuple(zone.zone_id for zone in zones),
        volumes,
        volumes_of,
        frozenset(slot for slot, zone in enumerate(zones) if zone.exit_margin_m),
        Sureness(volumes.ground, volumes_of),
    )
    _warm(volumes)
    return snapshot


def _refuse_problems(zones: tuple[Zone, ...]) -> None:
    found = [(zone.zone_id, problem) for zone in zones for problem in problems(zone)]
    seen: set[str] = set()
    for zone in zones:
        if zone.zone_id in seen:
            found.append((zone.zone_id, Problem("zone_id", "is there twice")))
        seen.add(zone.zone_id)
    if found:
        raise InvalidZone(tuple(found))


def _volumes(slots: list[int], zones: list[Zone], volumes: list[Volume]) -> Volumes:
    ground = _own_ground(volumes)
    shapely.prepare(ground)
    calendars = _calendars(slots, volumes, ground)
    scheduled = np.array([calendar is not None for calendar in calendars], np.bool_)
    slot, of = np.array(slots, np.int64), bands([volume.band for volume in volumes])
    cells = assemble(covers(ground.tolist()), [_domain_bits(zone) for zone in zones])
    return Volumes(
        STRtree(ground),
        cells,
        fillings(cells.sets, slot, of.bounded | scheduled),
        _frozen(ground),
        _frozen(_outgrown(zones, ground)),
        _frozen(slot),
        of,
        _frozen(scheduled),
        tuple(calendars),
        Openings(tuple(calendars)),
    )


def _calendars(
    slots: list[int], volumes: list[Volume], ground: NDArray[np.object_]
) -> list[Calendar | None]:
    """The sun is looked at from the middle of the zone, so that all its volumes open together."""
    slot, found = np.array(slots), list[Calendar | None]()
    for number, volume in enumerate(volumes):
        if volume.schedule is None:
            found.append(None)
        elif not any(window.by_the_sun for window in volume.schedule.windows):
            found.append(calendar(volume.schedule))
        else:
            place = Place(*middle(ground[slot == slots[number]].tolist()))
            found.append(calendar(volume.schedule, place))
    return found


def _own_ground(volumes: list[Volume]) -> NDArray[np.object_]:
    """The outlines as new objects: preparing one that another thread holds would race."""
    ground = np.empty(len(volumes), np.object_)
    outlines: list[Polygon | MultiPolygon] = [footprint(volume) for volume in volumes]
    ground[:] = list(shapely.from_wkb(shapely.to_wkb(outlines)))
    return ground


def _outgrown(zones: list[Zone], ground: NDArray[np.object_]) -> NDArray[np.object_]:
    found = np.full(len(ground), None, np.object_)
    for row, zone in enumerate(zones):
        if zone.exit_margin_m:
            found[row] = grown(ground[row], zone.exit_margin_m)
    shapely.prepare(found)
    return found


def _domain_bits(zone: Zone) -> int:
    return sum(1 << DOMAIN_CODES[domain] for domain in zone.domains)


def _rows_of_slots(slots: list[int], count: int) -> tuple[tuple[int, ...], ...]:
    rows: list[list[int]] = [[] for _ in range(count)]
    for row, slot in enumerate(slots):
        rows[slot].append(row)
    return tuple(map(tuple, rows))


def _frozen(array: NDArray[Scalar]) -> NDArray[Scalar]:
    array.flags.writeable = False
    return array


def _warm(volumes: Volumes) -> None:
    """Prepare each outline and ask it, so that no first question falls into a live batch."""
    if not len(volumes.ground):
        return
    west, south, east, north = shapely.bounds(volumes.ground).T
    ends = np.stack((west, south, east, north), axis=1).reshape(-1, 2, 2)
    diagonals = cast("NDArray[np.object_]", shapely.linestrings(ends))
    for _ in range(WARMING_CALLS):
        shapely.intersects_xy(volumes.ground, (west + east) / 2.0, (south + north) / 2.0)
        shapely.intersects_xy(volumes.outgrown, (west + east) / 2.0, (south + north) / 2.0)
        shapely.intersects(volumes.ground, diagonals)
        volumes.tree.query(diagonals[:1])
