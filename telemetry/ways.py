"""How a way from one fix of a device to another looks: possible, impossible, or not as it says itself.

Who tells a velocity at two moments has said how far it has come in between, but for what an acceleration
can do meanwhile. So a fix that is far off is told from a true way also where a class could have gone it.
"""

import math
from enum import IntEnum
from typing import Final

import msgspec

from telemetry.limits import Limits
from telemetry.report import Report, TimeSource

WHOLE_SECOND_S: Final = 1.0
"""Between two fixes of the same stamp, and what a stamp may be off by: some formats count whole seconds."""

METRES_PER_DEGREE: Final = 111_320.0
"""Along a meridian; good to 0.6 %, and a jump is told with a margin of half."""

SPEED_MARGIN: Final = 1.5

NEAR_M: Final = 30.0
"""Receivers among buildings err by so much and call themselves exact: that is no contradiction yet."""

FAR: Final = 2.0
"""By so many times what both fixes claim to be off. They are radii of 95 %: twice their sum is seven
times the error of one axis."""

SPEED_ERROR_MPS: Final = 1.0
SPEED_ERROR: Final = 0.12
"""What a speed that is told may be off by, and beside it so large a part of itself."""

COURSE_ERROR: Final = 0.3
"""A course that is off by 17 degrees moves the end of a way by so large a part of its length."""

SURELY: Final = 1.0 - 1e-9
"""Of a bound on what is off: so much less that rounding cannot make it more."""

STANDING_MPS: Final = 0.5
"""Below this receivers tell no course, and need none."""

SpeedMps = float
CourseDeg = float
Velocity = tuple[SpeedMps, CourseDeg | None]
"""Over ground; the course where that is told. Plain, since one is made of every message."""


class Fix(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Where a device was, by its own word."""

    longitude_deg: float
    latitude_deg: float
    at_s: float
    accuracy_m: float
    velocity: Velocity | None = None


class Way(IntEnum):
    """What a way from one fix to another is."""

    POSSIBLE = 0
    CONTRADICTED = 1
    """A device of its class can go it, but this one says that it did not."""
    IMPOSSIBLE = 2


# A member of an enumeration is looked up at each use; these are used for every message.
POSSIBLE: Final = Way.POSSIBLE
CONTRADICTED: Final = Way.CONTRADICTED
IMPOSSIBLE: Final = Way.IMPOSSIBLE
SERVER_TIME: Final = TimeSource.SERVER


def velocity_of(report: Report, at_s: float) -> Velocity | None:
    """Return what a report says of its device's motion, if it is ordered by the device's own time.

    By a time that is ours a way is as long as the network makes it.
    """
    speed_mps = report.ground_speed_mps
    if speed_mps is None or at_s != report.event_time_s or report.time_source is SERVER_TIME:
        return None
    return speed_mps, report.track_deg


def way_between(start: Fix, end: Fix, limits: Limits) -> Way:
    """Return how the way from one fix to a later one looks."""
    passed_s = end.at_s - start.at_s
    if passed_s <= 0.0:
        passed_s = WHOLE_SECOND_S
    way_m = _offset_m(start.longitude_deg, start.latitude_deg, end.longitude_deg, end.latitude_deg)
    gone_m, accuracy_m = math.hypot(*way_m), start.accuracy_m + end.accuracy_m
    if gone_m > SPEED_MARGIN * limits.max_speed_mps * passed_s + accuracy_m:
        return IMPOSSIBLE
    one, other = start.velocity, end.velocity
    if one is None or other is None or passed_s > limits.max_gap_s:
        return POSSIBLE
    mean_mps = (one[0] + other[0]) / 2.0
    if gone_m + mean_mps * passed_s <= NEAR_M:
        return POSSIBLE  # whatever the directions: most ways end here
    most_mps2, told_m = limits.max_acceleration_mps2, mean_mps * passed_s
    if most_mps2 == math.inf:
        return POSSIBLE
    # Between known velocities a place is off by no more than this: full acceleration for half of the
    # time, full braking for the other half.
    slack_m = most_mps2 * passed_s * passed_s / 4.0
    slack_m += max(NEAR_M, FAR * accuracy_m)
    slack_m += passed_s * (SPEED_ERROR_MPS + SPEED_ERROR * mean_mps)
    if start.at_s.is_integer() and end.at_s.is_integer():
        slack_m += WHOLE_SECOND_S * (mean_mps + most_mps2 * passed_s / 2.0)
    most_m = slack_m + COURSE_ERROR * mean_mps * passed_s
    if gone_m + told_m <= SURELY * most_m:
        return POSSIBLE  # nor these: four angles less
    if _is_off(way_m, passed_s, one, other, told_m + slack_m, most_m):
        return CONTRADICTED
    return POSSIBLE


def _is_off(
    way_m: tuple[float, float],
    passed_s: float,
    start: Velocity,
    end: Velocity,
    longest_m: float,
    most_m: float,
) -> bool:
    """Tell whether a way ends further from where the velocities at both ends lead than it may be off.

    Without a course at both ends only a way that is longer than the longest is.
    """
    one, other = _velocity(start), _velocity(end)
    if one is None or other is None:
        return math.hypot(*way_m) > longest_m
    off_m = math.hypot(
        way_m[0] - (one[0] + other[0]) / 2.0 * passed_s,
        way_m[1] - (one[1] + other[1]) / 2.0 * passed_s,
    )
    return off_m > most_m


def _velocity(said: Velocity) -> tuple[float, float] | None:
    """Return metres a second east and north, None where the direction is not known."""
    speed_mps, course_deg = said
    if speed_mps < STANDING_MPS:
        return 0.0, 0.0
    if course_deg is None:
        return None
    course = math.radians(course_deg)
    return speed_mps * math.sin(course), speed_mps * math.cos(course)


def length_m(start: Fix, end: Fix) -> float:
    """Return how far apart two fixes are."""
    return math.hypot(
        *_offset_m(start.longitude_deg, start.latitude_deg, end.longitude_deg, end.latitude_deg)
    )


def _offset_m(
    lon1_deg: float, lat1_deg: float, lon2_deg: float, lat2_deg: float
) -> tuple[float, float]:
    """Return the short way round east and north, on a sphere taken flat at the second place."""
    east_deg = lon2_deg - lon1_deg
    if east_deg > 180.0:
        east_deg -= 360.0
    elif east_deg < -180.0:
        east_deg += 360.0
    east_deg *= math.cos(math.radians(lat2_deg))
    return METRES_PER_DEGREE * east_deg, METRES_PER_DEGREE * (lat2_deg - lat1_deg)
