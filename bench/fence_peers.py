"""What the fences are measured against: the same work the obvious way, on shapely's own tree.

The work is the whole of it: who is in which zone by ground, height, hours and domain, who has not left
its margin, what each way passes, and what changed. The events are held against the same oracle as those of the fences.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

from bench.fence_oracle import Event, limits, passes, windows
from bench.fence_tracks import BEGINS_S
from bench.fence_world import World
from geofence.events import EventKind
from geofence.fixes import DOMAIN_CODES, Fixes
from geofence.frame import grown
from geofence.zone import HeightReference, Zone

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]
FloatArray = NDArray[np.float64]

REFERENCES = tuple(HeightReference)
MOST_WINDOWS = 2
"""That a schedule of this benchmark has on the day of the tracks: yesterday's and today's."""


class TreePeer:
    """``STRtree.query(predicate="intersects")`` for places and for ways, and sets of zones."""

    def __init__(self, world: World, devices: int) -> None:
        self.zones = world.zones
        self.outlines = world.outlines
        self.tree = shapely.STRtree(self.outlines)
        self.domains = np.array([_domain_bits(zone) for zone in self.zones])
        self.low_m, self.high_m = _bands(self.zones)
        bounded = np.isfinite(np.column_stack((self.low_m, self.high_m)))
        self.banded: BoolArray = np.asarray(bounded.any(axis=1), np.bool_)
        self.scheduled = np.array([z.volumes[0].schedule is not None for z in self.zones])
        self.opens_s, self.closes_s = _hours(self.zones)
        self.outgrown = [
            grown(outline, zone.exit_margin_m) if zone.exit_margin_m else None
            for zone, outline in zip(self.zones, self.outlines, strict=True)
        ]
        shapely.prepare([each for each in self.outgrown if each is not None])
        self.last = np.full((devices, 6), np.nan)
        self.held: list[frozenset[int]] = [frozenset()] * devices
        self.events: list[Event] = []

    def take(self, fixes: Fixes, first: int) -> None:
        """Judge a batch in which no device comes twice; ``first`` is its first fix's number."""
        here = np.column_stack(
            (
                fixes.longitude_deg,
                fixes.latitude_deg,
                fixes.at_s,
                fixes.agl_m,
                fixes.amsl_m,
                fixes.hae_m,
            )
        )
        before = self.last[fixes.device]
        inside = self._inside(here, fixes.domain)
        passed = self._passed(before, here, fixes.domain)
        for row, device in enumerate(fixes.device.tolist()):
            self._compare(
                row, device, frozenset(inside[row]), passed[row], before[row], here[row], first
            )
        self.last[fixes.device] = here

    def _inside(self, here: FloatArray, domain: NDArray[np.int8]) -> list[list[int]]:
        points = shapely.points(here[:, :2])
        row, zone = self.tree.query(points, predicate="intersects")
        held = (self.domains[zone] >> domain[row]) & 1 == 1
        row, zone = row[held], zone[held]
        held = self._allowed(here[row], zone)
        return _by_row(len(here), row[held], zone[held])

    def _allowed(self, here: FloatArray, zone: IntArray) -> BoolArray:
        """Tell which pairs of a place and a zone are within its heights and hours."""
        # A comparison with an unknown height is false: then only zones without a band hold.
        heights, low, high = here[:, 3:], self.low_m[zone], self.high_m[zone]
        held = (((heights >= low) | np.isinf(low)) & ((heights <= high) | np.isinf(high))).all(1)
        at_s = here[:, 2][:, None]
        held &= ((at_s >= self.opens_s[zone]) & (at_s <= self.closes_s[zone])).any(1)
        return np.asarray(held, np.bool_)

    def _stays(self, zone: int, here: FloatArray) -> bool:
        """Tell whether a device that was in a zone has not left its margin."""
        outline = self.outgrown[zone]
        if outline is None or not shapely.intersects_xy(outline, here[0], here[1]):
            return False
        return bool(self._allowed(here[None], np.array([zone]))[0])

    def _passed(
        self, before: FloatArray, here: FloatArray, domain: NDArray[np.int8]
    ) -> list[list[int]]:
        """Return the zones whose ground each way meets."""
        way = np.flatnonzero(~np.isnan(before[:, 0]))
        lines = shapely.linestrings(np.stack((before[way, :2], here[way, :2]), axis=1))
        which, zone = self.tree.query(lines, predicate="intersects")
        row = way[which]
        concerned = (self.domains[zone] >> domain[row]) & 1 == 1
        return _by_row(len(here), row[concerned], zone[concerned])

    def _compare(
        self,
        row: int,
        device: int,
        inside: frozenset[int],
        passed: list[int],
        start: FloatArray,
        end: FloatArray,
        first: int,
    ) -> None:
        before, fix = self.held[device], first + row
        inside |= {zone for zone in before - inside if self._stays(zone, end)}
        for zone in passed:
            if zone not in inside and zone not in before and self._passes(zone, start, end):
                self.events.append(Event(EventKind.CROSS, device, zone, fix))
        if inside == before:
            return
        is_first = bool(np.isnan(start[0]))
        came = EventKind.FIRST_INSIDE if is_first else EventKind.ENTER
        self.events.extend(Event(EventKind.EXIT, device, zone, fix) for zone in before - inside)
        self.events.extend(Event(came, device, zone, fix) for zone in inside - before)
        self.held[device] = inside

    def _passes(self, zone: int, start: FloatArray, end: FloatArray) -> bool:
        if not (self.banded[zone] or self.scheduled[zone]):
            return True
        one, other = start.tolist(), end.tolist()
        up_m = {
            reference: (one[3 + column], other[3 + column])
            for column, reference in enumerate(REFERENCES)
        }
        polygon = self.outlines[zone]
        return passes(
            self.zones[zone],
            polygon,
            (one[0], one[1]),
            (other[0], other[1]),
            up_m,
            (one[2], other[2]),
        )


def _domain_bits(zone: Zone) -> int:
    return sum(1 << DOMAIN_CODES[domain] for domain in zone.domains)


def _bands(zones: tuple[Zone, ...]) -> tuple[FloatArray, FloatArray]:
    """Return the limits by zone and reference, (zones, 3); infinite where there is none."""
    low_m, high_m = np.full((len(zones), 3), -np.inf), np.full((len(zones), 3), np.inf)
    for number, zone in enumerate(zones):
        for reference, low, high in limits(zone.volumes[0].band):
            column = REFERENCES.index(reference)
            low_m[number, column] = max(low_m[number, column], low)
            high_m[number, column] = min(high_m[number, column], high)
    return low_m, high_m


def _hours(zones: tuple[Zone, ...]) -> tuple[FloatArray, FloatArray]:
    """Return when zones hold on the day of the tracks, (zones, 2): always without a schedule."""
    opens_s = np.full((len(zones), MOST_WINDOWS), -np.inf)
    closes_s = np.full((len(zones), MOST_WINDOWS), np.inf)
    for number, zone in enumerate(zones):
        if zone.volumes[0].schedule is not None:
            for place, window in enumerate(windows(zone.volumes[0].schedule, BEGINS_S)):
                opens_s[number, place], closes_s[number, place] = window
    return opens_s, closes_s


def _by_row(rows: int, row: IntArray, zone: IntArray) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(rows)]
    for at, which in zip(row.tolist(), zone.tolist(), strict=True):
        found[at].append(which)
    return found
