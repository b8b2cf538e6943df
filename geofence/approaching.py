"""When devices will be in the zones that move with others, if both go on as they do now.

Seen from its carrier such a zone stands and the device goes straight on: it is in it while the way
between the two is no longer than the radius. Heights are those of the device, as in ``stays``.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.grid import IntArray
from geofence.motion import Motion, apart_m, moved
from geofence.moving import REACH_SLACK, MovingZones, Sightings
from geofence.nearby import near
from geofence.places import AT
from geofence.stays import Ahead, BoolArray, Course, FloatArray, Stays, in_bands, in_hours


class Approach(NamedTuple):
    """Stays in moving zones; arrays of shape (m,), ordered by nothing."""

    row: IntArray
    zone: IntArray
    from_s: FloatArray
    """Seconds from the fix of the device; both ends belong to the stay."""
    until_s: FloatArray
    sure: NDArray[np.bool_]
    """False where a height that decides is not known."""


def approach(
    zones: MovingZones,
    seen: Sightings,
    ahead: Stays,
    domain: NDArray[np.int8],
    motion: Motion,
    held: Sequence[tuple[int, int]] = (),
) -> Approach:
    """Return when the devices of ``ahead`` will be in which moving zones, within its horizon.

    ``domain`` and ``motion`` are theirs; ``held`` are the pairs of a row and a zone that holds it
    now, and goes on to as far as its margin reaches. Of a carrier that was seen too long before or after a
    device's fix nobody can tell, and of its zone nothing is told. A carrier is not told from the
    others: leave it out of its own zone.
    """
    velocity_mps = motion.velocity_mps()
    sighting, row = _candidates(zones, seen, ahead, domain, velocity_mps)
    zone, here = seen.zone[sighting], ahead.here[row]
    lag_s = here[:, AT] - seen.at_s[sighting]
    there = moved(seen.lonlat_deg[sighting], seen.velocity_mps[sighting] * lag_s[:, None])
    way_mps = velocity_mps[row] - seen.velocity_mps[sighting]
    start_m = apart_m(there, here[:, :2])
    from_s, until_s = _within(start_m, way_mps, zones.radius_m[zone])
    if held:
        holds = _are_among(row, zone, held)
        grown = _within(start_m, way_mps, (zones.radius_m + zones.margin_m)[zone])
        holds &= (grown[0] <= 0.0) & (grown[1] >= 0.0)
        from_s, until_s = np.where(holds, grown[0], from_s), np.where(holds, grown[1], until_s)
    from_s, until_s = np.maximum(from_s, 0.0), np.minimum(until_s, ahead.horizon_s)
    told = (from_s <= until_s).nonzero()[0]
    sure = np.ones(len(told), np.bool_)
    over = Ahead(row[told], zone[told], from_s[told], until_s[told], sure)
    climb_mps = np.where(np.isfinite(motion.climb_mps), motion.climb_mps, np.nan)
    course = Course(ahead.here, ahead.velocity_deg, climb_mps, ahead.horizon_s)
    banded = in_bands(zones.limits, course, over)
    return Approach(*in_hours(zones.scheduled, zones.calendars, course, banded))


def _are_among(row: IntArray, zone: IntArray, pairs: Sequence[tuple[int, int]]) -> BoolArray:
    held = frozenset(pairs)
    each = zip(row.tolist(), zone.tolist(), strict=True)
    return np.array([pair in held for pair in each], np.bool_)


def _candidates(
    zones: MovingZones,
    seen: Sightings,
    ahead: Stays,
    domain: NDArray[np.int8],
    velocity_mps: FloatArray,
) -> tuple[IntArray, IntArray]:
    """Pairs of a sighting and a device that can meet within the horizon."""
    row = ahead.known.nonzero()[0]
    theirs_s = zones.max_age_s[seen.zone] + ahead.horizon_s
    reach_m = (zones.radius_m + zones.margin_m)[seen.zone] + np.hypot(
        *seen.velocity_mps.T
    ) * theirs_s
    own_m = np.hypot(*velocity_mps[row].T) * ahead.horizon_s
    found = near(
        seen.lonlat_deg,
        np.maximum(reach_m, 0.0) * REACH_SLACK,
        ahead.here[row, :2],
        own_m * REACH_SLACK,
    )
    sighting, row = found.first, row[found.second]
    zone = seen.zone[sighting]
    counts = (zones.concerns[zone] >> domain[row]) & 1 == 1
    counts &= np.abs(ahead.here[row, AT] - seen.at_s[sighting]) <= zones.max_age_s[zone]
    return sighting[counts], row[counts]


def _within(
    start_m: FloatArray, way_mps: FloatArray, radius_m: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """From when until when straight ways (m, 2) are within a radius of the origin, (m,).

    Never is from infinity until minus infinity.
    """
    square, along = np.sum(way_mps**2, axis=1), np.sum(start_m * way_mps, axis=1)
    beyond = np.sum(start_m**2, axis=1) - radius_m**2
    with np.errstate(divide="ignore", invalid="ignore"):
        half_s = np.sqrt(along**2 - square * beyond) / square
        middle_s = -along / square
    from_s, until_s = middle_s - half_s, middle_s + half_s
    # Who stands beside the carrier stays in its zone, or out of it.
    stands = square == 0.0
    from_s[stands], until_s[stands] = -np.inf, np.inf
    never = np.where(stands, beyond > 0.0, np.isnan(half_s))
    from_s[never], until_s[never] = np.inf, -np.inf
    return from_s, until_s
