"""Zones that move with a device: around an emergency vehicle, or a load that is escorted.

A device is held against the zone where that is at the device's own moments, the one of its fix and
the one of the fix before: the carrier is followed there from where it was seen, ahead or back.
Between the two both move evenly, so that two who pass each other between two fixes meet on the way.
Longer than ``max_age_s`` no carrier is followed: then nobody can tell where its zone is.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.grid import IntArray
from geofence.judge import Bands, Presence, between_heights
from geofence.motion import apart_m, moved, wrapped
from geofence.nearby import near
from geofence.places import AT, HEIGHTS, LONGITUDE, Places
from geofence.schedule import Calendar

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

REACH_SLACK = 1.001
"""A degree is not as long in the middle of a way as at its ends."""


@dataclass(frozen=True, slots=True, eq=False)
class MovingZones:
    """All places within a radius of a device; arrays of shape (z,)."""

    radius_m: FloatArray
    limits: Bands
    concerns: IntArray
    """A bit for the code of each domain."""
    max_age_s: FloatArray
    margin_m: FloatArray
    """How far beyond the radius a zone goes on holding whom it held."""
    calendars: tuple[Calendar | None, ...]
    """When each holds; ``None`` is always."""

    @property
    def scheduled(self) -> BoolArray:
        """Which have hours."""
        return np.array([each is not None for each in self.calendars], np.bool_)

    def holds(self, zone: int, at_s: float) -> bool:
        """Tell whether a zone holds at a moment, by its hours."""
        calendar = self.calendars[zone]
        return calendar is None or calendar.holds(at_s)


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """Where the carriers of zones were seen; arrays of shape (q,) or (q, 2)."""

    zone: IntArray
    lonlat_deg: FloatArray
    at_s: FloatArray
    velocity_mps: FloatArray
    """East and north; zero where it is not known."""
    after_row: IntArray
    """It counts for the rows behind this one; -1 for all."""
    until_row: IntArray
    """The last one that it counts for."""


@dataclass(frozen=True, slots=True, eq=False)
class Passers:
    """Devices that may be in a zone or have passed through one; (n,) rows."""

    here: Places
    """A place that is not known is in nothing."""
    before: FloatArray
    """Shape (n, 3): longitude, latitude and time of the fix before; NaN where the way from it is
    not to be judged."""
    domain: NDArray[np.int8]


class Encounters(NamedTuple):
    """Who is in a zone, or was on the way; arrays of shape (m,), pairs in no particular order."""

    row: IntArray
    zone: IntArray
    presence: NDArray[np.int8]
    """Of ``Presence``: at the fix. A distance of just the radius is inside, and so is each limit of
    height."""
    margin: NDArray[np.int8]
    """Of ``Presence``: at the fix, of the zone grown by its margin."""
    passage: NDArray[np.int8]
    """Of ``Presence``: on the way between two fixes outside. Heights are those of the fix."""
    inside_m: FloatArray
    """How far inside of the radius it was: at the fix, or where the two were nearest on the way."""
    sighting: IntArray
    """Of the carrier, by which it was found."""


def encounters(zones: MovingZones, seen: Sightings, passers: Passers) -> Encounters:
    """Return the devices that are in a zone or its margin, that may be, or that went through one.

    A carrier is not told from the others: leave it out of its own zone.
    """
    sighting, row = _candidates(zones, seen, passers)
    zone, lag_s = seen.zone[sighting], passers.here[row, AT] - seen.at_s[sighting]
    way_s = passers.here[row, AT] - passers.before[row, AT]
    there, velocity = seen.lonlat_deg[sighting], seen.velocity_mps[sighting]
    end_m = apart_m(moved(there, velocity * lag_s[:, None]), passers.here[row, :2])
    way_known = ~np.isnan(way_s)
    back_s = np.where(way_known, lag_s - way_s, lag_s)
    before = np.where(way_known[:, None], passers.before[row, :2], passers.here[row, :2])
    start_m = apart_m(moved(there, velocity * back_s[:, None]), before)
    radius_m = zones.radius_m[zone]
    level = between_heights(zones.limits, zone, passers.here[row, HEIGHTS])
    away_m, nowhere = _length(end_m), np.int8(Presence.OUTSIDE)
    now = _in_hours(zones, zone, passers.here[row, AT])
    presence = np.where(now & (away_m <= radius_m), level, nowhere)
    margin = np.where(now & (away_m <= radius_m + zones.margin_m[zone]), level, nowhere)
    closest_m, share = _closest(start_m, end_m)
    went_by = (presence == Presence.OUTSIDE) & (_length(start_m) > radius_m)
    went_by &= closest_m <= radius_m
    # Where the way is not to be judged, both its ends are the fix.
    then_s = passers.here[row, AT] - (1.0 - share) * np.nan_to_num(way_s)
    passage = np.where(went_by & _in_hours(zones, zone, then_s), level, nowhere)
    told = (np.maximum(margin, passage) != Presence.OUTSIDE).nonzero()[0]
    inside_m = radius_m - np.where(passage != Presence.OUTSIDE, closest_m, away_m)
    columns = (row, zone, presence, margin, passage, inside_m, sighting)
    return Encounters(*(each[told] for each in columns))


def _in_hours(zones: MovingZones, zone: IntArray, at_s: FloatArray) -> BoolArray:
    found = np.ones(len(zone), np.bool_)
    for pair in zones.scheduled.take(zone).nonzero()[0].tolist():
        found[pair] = zones.holds(int(zone[pair]), float(at_s[pair]))
    return found


def placed(zones: MovingZones, seen: Sightings, zone: int, row: int, at_s: float) -> bool:
    """Tell whether it is known where a zone was, for a row of the passers, at a time."""
    counts = (seen.zone == zone) & (seen.after_row < row) & (row <= seen.until_row)
    return bool((counts & (np.abs(at_s - seen.at_s) <= zones.max_age_s[zone])).any())


def _candidates(zones: MovingZones, seen: Sightings, passers: Passers) -> tuple[IntArray, IntArray]:
    """Pairs of a sighting and a row that it counts for: whatever two do, they do within reach."""
    way_s = passers.here[:, AT] - passers.before[:, AT]
    longest_s = float(np.max(way_s[~np.isnan(way_s)], initial=0.0))
    reach_m = (zones.radius_m + zones.margin_m)[seen.zone] + _length(seen.velocity_mps) * (
        zones.max_age_s[seen.zone] + longest_s
    )
    middle, half_m = passers.here[:, :2].copy(), np.zeros(len(passers.here))
    went = ~np.isnan(way_s) & ~np.isnan(middle[:, LONGITUDE])
    start, end = passers.before[went, :2], middle[went]
    half_m[went] = _length(apart_m(start, end)) / 2.0 * REACH_SLACK
    middle[went] = _halfway(start, end)
    found = near(seen.lonlat_deg, np.maximum(reach_m, 0.0) * REACH_SLACK, middle, half_m)
    sighting, row = found.first, found.second
    zone = seen.zone[sighting]
    counts = (seen.after_row[sighting] < row) & (row <= seen.until_row[sighting])
    counts &= (zones.concerns[zone] >> passers.domain[row]) & 1 == 1
    counts &= np.abs(passers.here[row, AT] - seen.at_s[sighting]) <= zones.max_age_s[zone]
    return sighting[counts], row[counts]


def _halfway(start: FloatArray, end: FloatArray) -> FloatArray:
    """The middles (m, 2) of the shorter ways from start to end."""
    way = end - start
    way[:, LONGITUDE] = wrapped(way[:, LONGITUDE])
    there: FloatArray = start + way / 2.0
    there[:, LONGITUDE] = wrapped(there[:, LONGITUDE])
    return there


def _closest(start_m: FloatArray, end_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How close to the middle a straight way comes, and on which share of it, (m,)."""
    way_m = end_m - start_m
    square = np.sum(way_m**2, axis=1)
    along = -np.sum(start_m * way_m, axis=1)
    share = np.divide(along, square, out=np.zeros(len(square)), where=square > 0.0)
    share = np.clip(share, 0.0, 1.0)
    return _length(start_m + share[:, None] * way_m), share


def _length(way_m: FloatArray) -> FloatArray:
    return np.asarray(np.hypot(way_m[:, 0], way_m[:, 1]), np.float64)
