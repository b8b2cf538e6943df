"""What a vehicle drove on each road of the map in a day, along its line or on its ground. Pure."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from geofence.frame import footprint
from geofence.matching import Tolerance, Trace, Ways, along, inside
from geofence.road_lines import RoadLine, length_m, lines_of
from geofence.zone import Corridor, Zone, ZoneKind
from permits.coverage import together
from permits.ruleset import RuleSet

OTHERWISE, AUTOMATED, BY_HAND = range(3)
"""Who drives, as far as the rule set tells its modes apart."""
MOVING_MPS: Final = 0.5
ROAD: Final = "road"
_TOUCHING_M: Final = 0.05


@dataclass(frozen=True, slots=True)
class RoadDriven:
    """What a device drove on one road of the map on a day."""

    zone_id: str
    automated_m: float
    by_hand_m: float
    automated_s: float
    by_hand_s: float
    length_m: float | None = None
    """Of the road's line; ``None`` where it has none, and what was driven is counted on its ground."""
    drawn: str = ""
    """How its line was drawn, as a digest: what was driven of another drawing is of another line."""
    stretches: tuple[tuple[float, float], ...] = ()
    """What of the line was driven in automated mode, in metres from its beginning."""


@dataclass(frozen=True, slots=True)
class LinedRoad:
    """A road with its line, which may be several."""

    zone_id: str
    drawn: str
    lines: tuple[RoadLine, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """A road of which only the ground is drawn."""

    zone_id: str
    outline: Polygon | MultiPolygon


@dataclass(frozen=True, slots=True)
class Roads:
    """The roads of one map that permits may name."""

    lined: tuple[LinedRoad, ...]
    grounds: tuple[Ground, ...]


def roads_of(zones: Iterable[Zone]) -> Roads:
    """Return the roads of a map: by their lines those that have one, and by their ground all others."""
    roads = [each for each in zones if is_road(each)]
    lined = [LinedRoad(each.zone_id, drawn(each), lines_of(each)) for each in roads]
    has_none = {each.zone_id for each in lined if not each.lines}
    return Roads(
        tuple(each for each in lined if each.lines),
        tuple(Ground(each.zone_id, _outline(each)) for each in roads if each.zone_id in has_none),
    )


def is_road(zone: Zone) -> bool:
    """Tell whether it is what permits of vehicles may name."""
    return zone.kind is ZoneKind.KEEP_IN and ROAD in zone.domains and zone.around is None


def line_m(zone: Zone) -> float | None:
    """Return how long the line of a road is; ``None`` where it has none."""
    return length_m(lines_of(zone)) or None


def drawn(zone: Zone) -> str:
    """Return a digest of how the line of a road is drawn; empty where it has none."""
    shapes = dict.fromkeys(each.shape for each in zone.volumes)
    lines = [each.line for each in shapes if isinstance(each, Corridor)]
    if not lines or len(lines) < len(shapes):
        return ""
    return hashlib.sha256(b"".join(shapely.to_wkb(lines))).hexdigest()[:16]


def mode_of(rules: RuleSet) -> Callable[[str | None], int]:
    """Return what tells who drives by the name of a mode."""
    codes = dict.fromkeys(rules.automated_modes, AUTOMATED) | dict.fromkeys(
        rules.by_hand_modes, BY_HAND
    )
    return lambda name: codes.get(name or "", OTHERWISE)


def tolerance_of(rules: RuleSet) -> Tolerance:
    """Return by what ways are matched under a rule set: where it calls it silence nothing is known."""
    return Tolerance(rules.silence_s(ROAD), MOVING_MPS)


def driven_on(trace: Trace, roads: Roads, by: Tolerance) -> tuple[RoadDriven, ...]:
    """Return what was driven on each road, in the order of their ids; nothing of those it was not on."""
    found = [*_along_lines(trace, roads.lined, by), *_on_grounds(trace, roads.grounds, by)]
    return tuple(sorted(found, key=lambda each: each.zone_id))


def _along_lines(trace: Trace, roads: Sequence[LinedRoad], by: Tolerance) -> Iterator[RoadDriven]:
    matched = iter(along(trace, [line for each in roads for line in each.lines], by))
    for each in roads:
        parts = [next(matched) for _ in each.lines]
        ways = Ways(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        if len(ways.mode):
            lengthy_m = round(length_m(each.lines), 1)
            yield _driven(each.zone_id, ways, lengthy_m, each.drawn, _stretches(ways))


def _on_grounds(trace: Trace, grounds: Sequence[Ground], by: Tolerance) -> Iterator[RoadDriven]:
    for each in grounds:
        if _may_meet(trace, each.outline):
            ways = inside(trace, each.outline, by)
            if len(ways.mode):
                yield _driven(each.zone_id, ways)


def _may_meet(trace: Trace, outline: Polygon | MultiPolygon) -> bool:
    west, south, east, north = outline.bounds
    x, y = trace.longitude_deg, trace.latitude_deg
    return bool(((x >= west) & (x <= east) & (y >= south) & (y <= north)).any())


def _driven(
    zone_id: str,
    ways: Ways,
    length: float | None = None,
    how_drawn: str = "",
    stretches: tuple[tuple[float, float], ...] = (),
) -> RoadDriven:
    automated, by_hand = (ways.of(ways.mode == mode) for mode in (AUTOMATED, BY_HAND))
    return RoadDriven(
        zone_id=zone_id,
        automated_m=_gone_m(automated),
        by_hand_m=_gone_m(by_hand),
        automated_s=round(float(automated.seconds.sum()), 1),
        by_hand_s=round(float(by_hand.seconds.sum()), 1),
        length_m=length,
        drawn=how_drawn,
        stretches=stretches,
    )


def _gone_m(ways: Ways) -> float:
    return round(float(np.abs(ways.to_m - ways.from_m).sum()), 1)


def _stretches(ways: Ways) -> tuple[tuple[float, float], ...]:
    own = ways.of((ways.mode == AUTOMATED) & (ways.from_m != ways.to_m))
    low, high = np.minimum(own.from_m, own.to_m), np.maximum(own.from_m, own.to_m)
    found = together(zip(low.tolist(), high.tolist(), strict=True), _TOUCHING_M)
    return tuple((round(begins_m, 1), round(ends_m, 1)) for begins_m, ends_m in found)


def _outline(zone: Zone) -> Polygon | MultiPolygon:
    parts = [footprint(each) for each in zone.volumes]
    return cast("Polygon | MultiPolygon", shapely.union_all(parts))
