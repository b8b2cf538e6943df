"""Whether a unit sends its positions in another datum than it declares, told by where its first fixes lie. Pure.

Around Shanghai GCJ-02 lies 457 to 501 m off WGS 84 and BD-09 some 1.1 km, each in its own direction: a track that
is nowhere on the ground where its device may be, and all on it when read in another datum, was mislabelled.
It is said with its evidence. Nothing is ever put right by it: what was declared is what is judged by.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from geofence.frame import footprint, grown
from geofence.zone import Area, Circle, Volume, Zone
from maps import datum as datums
from telemetry.report import Datum, Report

FIRST: Final = 60
"""Fixes that are looked at."""
LEAST: Final = 10
"""Fewer tell nothing."""
LEAST_SPREAD_M: Final = 50.0
"""Who stands may stand anywhere: so far its fixes must lie apart."""
NEAR_M: Final = 20.0
"""Receivers err, and lanes have an edge."""
AT_MOST, AT_LEAST = 0.1, 0.9
"""Of the fixes: on the ground as they are declared, and read in the other datum."""
REACH_DEG: Final = 0.03
"""Ground further off than any datum moves a place is not looked at."""
METRES_PER_DEGREE: Final = 111_320.0
OTHERS: Final = (Datum.WGS84, Datum.GCJ02, Datum.BD09)
"""CGCS2000 is WGS 84, as far as anybody can see."""

Places = NDArray[np.float64]
"""Longitude and latitude in WGS 84; shape (n, 2)."""


@dataclass(frozen=True, slots=True)
class DatumDoubt:
    """That a unit's fixes lie where they would in another datum, and what says so."""

    declared: Datum
    likely: Datum
    fixes: int
    on_ground: int
    """Of these, as declared."""
    on_ground_if_likely: int
    apart_m: float
    """The median distance between the two readings."""
    zone_ids: tuple[str, ...]
    """On whose ground they are, read in the other datum."""


def first_fixes(reports: Iterable[Report]) -> list[Report]:
    """Return the first reports that tell a place."""
    placed = (each for each in reports if each.longitude_deg is not None)
    return list(islice(placed, FIRST))


def doubt(reports: Sequence[Report], zones: Iterable[Zone]) -> DatumDoubt | None:
    """Return what speaks against the datum that a unit declares; ``None`` where nothing does.

    ``reports``: with their places in WGS 84, as they were converted from the ``source_datum`` of the last.
    ``zones``: where its device may be.
    """
    if len(reports) < LEAST:
        return None
    declared = reports[-1].source_datum
    places = np.array([(each.longitude_deg, each.latitude_deg) for each in reports], np.float64)
    if _spread_m(places) < LEAST_SPREAD_M:
        return None
    ground = dict(_ground(zones, places))
    if not ground or _on(ground, places).mean() > AT_MOST:
        return None
    found = [_read_in(each, declared, ground, places) for each in OTHERS if each is not declared]
    # Of two that explain as much, the one that is less far off.
    best = max(found, key=lambda each: each.on_ground_if_likely)
    return best if best.on_ground_if_likely >= AT_LEAST * len(reports) else None


def _read_in(
    likely: Datum, declared: Datum, ground: Mapping[str, Polygon | MultiPolygon], places: Places
) -> DatumDoubt:
    sent = datums.from_wgs84(places[:, 0], places[:, 1], declared)
    moved = np.column_stack(datums.to_wgs84(sent[0], sent[1], likely))
    on = _on(ground, moved)
    there = tuple(sorted(name for name, each in ground.items() if _on({name: each}, moved).any()))
    apart_m = float(np.median(np.hypot(*_in_metres(moved - places, places).T)))
    on_ground = int(_on(ground, places).sum())
    return DatumDoubt(declared, likely, len(places), on_ground, int(on.sum()), apart_m, there)


def _on(ground: Mapping[str, Polygon | MultiPolygon], places: Places) -> NDArray[np.bool_]:
    on = [shapely.intersects_xy(each, places[:, 0], places[:, 1]) for each in ground.values()]
    return np.asarray(np.any(on, axis=0), np.bool_)


def _ground(zones: Iterable[Zone], places: Places) -> Iterator[tuple[str, Polygon | MultiPolygon]]:
    """Yield the ground of zones that any reading of the places may be on."""
    near = shapely.box(*(places.min(axis=0) - REACH_DEG), *(places.max(axis=0) + REACH_DEG))
    for zone in zones:
        those = [each for each in zone.volumes if near.intersects(shapely.box(*_bounds(each)))]
        if those:
            whole = shapely.union_all([grown(footprint(each), NEAR_M) for each in those])
            yield zone.zone_id, cast("Polygon | MultiPolygon", whole)


def _bounds(volume: Volume) -> tuple[float, float, float, float]:
    """Return about where a volume is: the line of a corridor, the middle of a circle."""
    match volume.shape:
        case Area(geometry=geometry):
            return geometry.bounds
        case Circle(longitude_deg=longitude, latitude_deg=latitude):
            return longitude, latitude, longitude, latitude
        case corridor:
            return corridor.line.bounds


def _spread_m(places: Places) -> float:
    return float(np.hypot(*_in_metres(np.ptp(places, axis=0), places)))


def _in_metres(degrees: NDArray[np.float64], places: Places) -> NDArray[np.float64]:
    along = np.cos(np.radians(places[:, 1].mean()))
    return np.asarray(degrees * (along * METRES_PER_DEGREE, METRES_PER_DEGREE), np.float64)
