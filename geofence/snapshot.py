"""The zones in force, ready to be asked: built and warmed aside, then swapped in whole."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Final, NamedTuple, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from geofence.boxes import Boxes
from geofence.breath import Breathe, at_once
from geofence.cells import Cells, assemble, frozen, seen
from geofence.cover import Cover, covers
from geofence.fillings import fillings
from geofence.fixes import DOMAIN_CODES
from geofence.frame import grown, middle
from geofence.grid import FloatArray, IntArray
from geofence.judge import Bands, bands, joined
from geofence.looking import Grid, Limits, Sets
from geofence.opening import Openings
from geofence.rims import rim_of
from geofence.schedule import Calendar, Place, calendar
from geofence.sketch import Sketch, sketch
from geofence.sureness import Sureness
from geofence.validity import InvalidZone, Problem, problems, wrong
from geofence.zone import Volume, Zone, ZoneKind

WARMING_CALLS = 3
"""The second call builds a lazy index: 40 times slower at 5 000 vertices than the third."""
LOOKED_AT_ONCE: Final = 4
"""Zones whose problems are looked for: about two milliseconds."""
READY_AT_ONCE: Final = 4
"""Volumes: about two milliseconds."""
READY_TOGETHER: Final = 200
"""Volumes, where nobody waits: to cut the edges of a thousand at once takes 75 MB for a moment."""

NO_ZONE = Zone("", ZoneKind.KEEP_IN, "", ())
"""In the slot of a zone that was withdrawn: the others keep theirs."""


@dataclass(frozen=True, slots=True, eq=False)
class Volumes:
    """The volumes of all zones as arrays, one row a volume; read-only."""

    boxes: Boxes
    """The bounding box of each outline."""
    cells: Cells
    """Over the volumes of each domain, in the layer of its code."""
    sets: Sets
    """Of the sets in ``cells``."""
    wkb: NDArray[np.object_]
    """Of each outline, so that it can be kept without asking it; ``None`` where it is gone."""
    ground: NDArray[np.object_]
    """Prepared outlines. Prepared geometry is not safe to share between threads: these are
    copies of the builder's own, and the snapshot belongs to the one thread that asks it."""
    rims: NDArray[np.object_]
    """The edges of circles and corridors, whose outlines are but sketches; ``None`` of the others."""
    margin_m: FloatArray
    """The exit margin of the zone of each."""
    outgrown: NDArray[np.object_]
    """Prepared as well: the outlines grown by the exit margin of their zone, ``None`` where it has
    none."""
    slot: IntArray
    bands: Bands
    scheduled: NDArray[np.bool_]
    calendars: tuple[Calendar | None, ...]
    openings: Openings
    """The calendars, asked for many fixes at once."""
    grid: Grid = field(init=False)
    """The cells, and what there is to volumes beside their ground, as compiled loops see them."""
    limits: Limits = field(init=False)
    is_round: NDArray[np.bool_] = field(init=False)
    """Which have a rim."""
    timed: NDArray[np.bool_] = field(init=False)
    """By slot, whether the zone has hours, or perhaps had them."""

    @property
    def bounds(self) -> FloatArray:
        """Return the bounds of each volume, shape (n, 4): west, south, east, north."""
        return self.boxes.bounds

    def __post_init__(self) -> None:
        timed = np.zeros(int(self.slot.max(initial=-1)) + 1, np.bool_)
        timed[self.slot[self.scheduled]] = True
        object.__setattr__(self, "timed", frozen(timed))
        is_round = np.asarray(self.rims != None, np.bool_)  # noqa: E711 -- of each element
        object.__setattr__(self, "is_round", frozen(is_round))
        object.__setattr__(self, "grid", self.cells.as_grid())
        object.__setattr__(self, "limits", limits_of(self.slot, self.bands, self.openings))


def limits_of(slot: IntArray, of: Bands, openings: Openings) -> Limits:
    """Return what there is to volumes beside their ground, as compiled loops see it."""
    return Limits(
        seen(slot),
        seen(of.bounded),
        seen(of.lower_m),
        seen(of.lower_column),
        seen(of.upper_m),
        seen(of.upper_column),
        seen(openings.of_volume),
    )


class Since(NamedTuple):
    """What zones in their slots were made of."""

    zones: tuple[Zone, ...]
    """Those of the snapshot before."""
    slots: frozenset[int]
    """The slots in which the zones may be others."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The zones in force at one revision. Nothing in it changes."""

    revision: int
    zones: tuple[Zone, ...]
    """In the order of their slots; ``NO_ZONE`` in one whose zone was withdrawn."""
    zone_ids: tuple[str, ...]
    """In the order of the slots; empty where a zone was withdrawn."""
    volumes: Volumes
    volumes_of: tuple[tuple[int, ...], ...]
    """The rows of ``volumes`` that make up each slot's zone."""
    margined: frozenset[int]
    """The slots of the zones with an exit margin."""
    slots: Mapping[str, int]
    """The slot of each zone by its id."""
    sureness: Sureness
    """How sure it is to be over the ground of a zone."""
    since: "Since | None" = field(default=None, repr=False)
    """Of which zones it was made, where few are others."""
    has_margin: NDArray[np.bool_] = field(init=False, repr=False)
    """By slot, whether it is one of ``margined``; as compiled loops see it."""

    def __post_init__(self) -> None:
        has_margin = np.zeros(len(self.zones), np.bool_)
        has_margin[list(self.margined)] = True
        object.__setattr__(self, "has_margin", seen(has_margin))

    def next_edge_s(self, after_s: float) -> float:
        """Return the next moment after ``after_s`` when some schedule changes, or infinity.

        The change shows at any later moment: rejudge the fleet then.
        """
        return self.volumes.openings.next_edge_s(after_s)

    def in_force(self) -> tuple[Zone, ...]:
        """Return the zones, without the empty slots."""
        return tuple(zone for zone in self.zones if zone is not NO_ZONE)


def build(zones: Iterable[Zone], revision: int, breathe: Breathe = at_once) -> Snapshot:
    """Build a snapshot and warm it; the slots are the zones' order.

    ``breathe`` is called between two pieces of the work on the zones; their grid is laid in one.

    Raises ``InvalidZone`` with every problem of every zone when any of them has one.
    """
    zones = tuple(zones)
    refuse_problems(zones, breathe=breathe)
    parts = parts_of(enumerate(zones))
    rows = rows_of_slots([part.slot for part in parts], len(zones))
    return snapshot_of(revision, zones, _volumes(parts, breathe), rows)


def snapshot_of(
    revision: int, zones: Sequence[Zone], volumes: Volumes, volumes_of: tuple[tuple[int, ...], ...]
) -> Snapshot:
    """Return a snapshot of zones in their slots."""
    return Snapshot(
        revision,
        tuple(zones),
        tuple(zone.zone_id for zone in zones),
        volumes,
        volumes_of,
        frozenset(slot for slot, zone in enumerate(zones) if zone.exit_margin_m),
        {zone.zone_id: slot for slot, zone in enumerate(zones) if zone is not NO_ZONE},
        Sureness(volumes.ground, volumes.rims, volumes_of),
    )


def refuse_problems(
    zones: Iterable[Zone], *, drawn: bool = True, breathe: Breathe = at_once
) -> None:
    """Raise ``InvalidZone`` with every problem of every zone when any of them has one.

    ``drawn``: look at what is drawn, too; that takes nearly all the time.
    """
    zones = [zone for zone in zones if zone is not NO_ZONE]
    found: list[tuple[str, Problem]] = []
    seen: set[str] = set()
    for number, zone in enumerate(zones):
        if number and not number % LOOKED_AT_ONCE:
            breathe()
        found += ((zone.zone_id, problem) for problem in problems(zone, drawn=drawn))
    for zone in zones:
        if zone.zone_id in seen:
            found.append((zone.zone_id, wrong("zone_id", "is there twice")))
        seen.add(zone.zone_id)
    if found:
        raise InvalidZone(tuple(found))


class Part(NamedTuple):
    """One volume on its way into a snapshot."""

    slot: int
    zone: Zone
    volume: Volume

    @property
    def domain_bits(self) -> int:
        """Return a bit for each domain that the zone concerns."""
        return sum(1 << DOMAIN_CODES[domain] for domain in self.zone.domains)


def parts_of(zones: Iterable[tuple[int, Zone]]) -> list[Part]:
    """Return the volumes of zones in their slots."""
    return [Part(slot, zone, volume) for slot, zone in zones for volume in zone.volumes]


class Ready(NamedTuple):
    """Volumes as arrays, warmed, before they have a place in the grid."""

    wkb: NDArray[np.object_]
    ground: NDArray[np.object_]
    rims: NDArray[np.object_]
    margin_m: FloatArray
    outgrown: NDArray[np.object_]
    bounds: FloatArray
    """Shape (n, 4): west, south, east, north."""
    slot: IntArray
    bands: Bands
    calendars: tuple[Calendar | None, ...]
    covers: list[Cover]
    domains: list[int]

    @property
    def scheduled(self) -> NDArray[np.bool_]:
        """Return which have hours."""
        return np.array([calendar is not None for calendar in self.calendars], np.bool_)


def ready(parts: list[Part], breathe: Breathe = at_once) -> Ready:
    """Make outlines of one's own, prepare and warm them, and cover the grid with them."""
    made: list[Ready] = []
    for some in _pieces(parts, READY_TOGETHER if breathe is at_once else READY_AT_ONCE):
        if made:
            breathe()
        made.append(_ready(some))
    return made[0] if len(made) == 1 else _together(made)


def _pieces(parts: list[Part], most: int) -> Iterator[list[Part]]:
    """Yield some volumes at a time, at least once; those of a zone, which open together, stay together."""
    piece: list[Part] = []
    for part in parts:
        if len(piece) >= most and part.slot != piece[-1].slot:
            yield piece
            piece = []
        piece.append(part)
    yield piece


def _together(made: list[Ready]) -> Ready:
    return Ready(
        np.concatenate([each.wkb for each in made]),
        np.concatenate([each.ground for each in made]),
        np.concatenate([each.rims for each in made]),
        np.concatenate([each.margin_m for each in made]),
        np.concatenate([each.outgrown for each in made]),
        np.concatenate([each.bounds for each in made]),
        np.concatenate([each.slot for each in made]),
        reduce(joined, (each.bands for each in made)),
        tuple(calendar for each in made for calendar in each.calendars),
        [cover for each in made for cover in each.covers],
        [domains for each in made for domains in each.domains],
    )


def _ready(parts: list[Part]) -> Ready:
    volumes = [part.volume for part in parts]
    sketches = [sketch(volume) for volume in volumes]
    wkb, ground = _own_ground(sketches)
    shapely.prepare(ground)
    bounds = shapely.bounds(ground).reshape(-1, 4)
    slots = [part.slot for part in parts]
    grown_ground = outgrown([part.zone for part in parts], ground)
    warm(ground, bounds)
    warm(grown_ground, bounds)
    return Ready(
        wkb,
        ground,
        _objects([each.rim for each in sketches]),
        margins_m([part.zone for part in parts]),
        grown_ground,
        bounds,
        np.array(slots, np.int64),
        bands([volume.band for volume in volumes]),
        tuple(calendars_of(slots, volumes, ground)),
        covers(ground.tolist(), np.array([each.near_deg for each in sketches], np.float64)),
        [part.domain_bits for part in parts],
    )


def _volumes(parts: list[Part], breathe: Breathe) -> Volumes:
    made = ready(parts, breathe)
    cells = assemble(made.covers, made.domains)
    scheduled = made.scheduled
    return Volumes(
        Boxes.of(frozen(made.bounds), np.ones(len(made.bounds), np.bool_)),
        cells,
        fillings(cells.sets, made.slot, made.bands.bounded | scheduled),
        frozen(made.wkb),
        frozen(made.ground),
        frozen(made.rims),
        frozen(made.margin_m),
        frozen(made.outgrown),
        frozen(made.slot),
        made.bands,
        frozen(scheduled),
        made.calendars,
        Openings(made.calendars),
    )


def calendars_of(
    slots: list[int], volumes: list[Volume], ground: NDArray[np.object_]
) -> list[Calendar | None]:
    """Return the hours of volumes by their outlines and slots.

    The sun is looked at from the middle of the zone, so that all its volumes open together.
    """
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


def _own_ground(sketches: list[Sketch]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """The outlines as new objects: preparing one that another thread holds would race."""
    outlines: list[Polygon | MultiPolygon] = [each.outline for each in sketches]
    wkb = _objects(list(shapely.to_wkb(outlines)))
    return wkb, _objects(list(shapely.from_wkb(wkb)))


def _objects(some: Sequence[object]) -> NDArray[np.object_]:
    """Return them as an array of objects, whatever they are."""
    found = np.empty(len(some), np.object_)
    # One by one: an array would be made of tuples.
    for row, each in enumerate(some):
        found[row] = each
    return found


def rims_of(volumes: Sequence[Volume | None]) -> NDArray[np.object_]:
    """Return the edges of circles and corridors; ``None`` of what is another or not there."""
    return _objects([None if each is None else rim_of(each.shape) for each in volumes])


def margins_m(zones: Sequence[Zone]) -> FloatArray:
    """Return the exit margins of zones."""
    return np.array([zone.exit_margin_m for zone in zones], np.float64)


def outgrown(zones: Sequence[Zone], ground: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the outlines of zones grown by their exit margins, prepared; else ``None``."""
    found = np.full(len(ground), None, np.object_)
    for row, zone in enumerate(zones):
        if zone.exit_margin_m:
            found[row] = grown(ground[row], zone.exit_margin_m)
    shapely.prepare(found)
    return found


def rows_of_slots(slots: list[int], count: int) -> tuple[tuple[int, ...], ...]:
    """Return the rows of each slot."""
    rows: list[list[int]] = [[] for _ in range(count)]
    for row, slot in enumerate(slots):
        rows[slot].append(row)
    return tuple(map(tuple, rows))


def warm(ground: NDArray[np.object_], bounds: FloatArray) -> None:
    """Ask each prepared outline, so that no first question falls into a live batch."""
    there = ground != None  # noqa: E711 -- of each element
    ground, bounds = ground[there], bounds[there]
    if not len(ground):
        return
    west, south, east, north = bounds.T
    diagonals = cast("NDArray[np.object_]", shapely.linestrings(bounds.reshape(-1, 2, 2)))
    for _ in range(WARMING_CALLS):
        shapely.intersects_xy(ground, (west + east) / 2.0, (south + north) / 2.0)
        shapely.intersects(ground, diagonals)
