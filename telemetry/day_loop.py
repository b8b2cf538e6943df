"""What a batch of reports adds to the days of their devices. Compiled.

A day is a record: what is told of it (``DAY``), and where the device was left. Reports are gone
through in their order, so that several of one device in a batch are each held against the one before.
"""

from math import cos, hypot, isnan, radians
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from telemetry.compiled import compiled, inlined
from telemetry.data_items import ITEMS
from telemetry.device_day import DAY_S
from telemetry.ways import METRES_PER_DEGREE

IntArray = NDArray[np.int32]
CodeArray = NDArray[np.int8]
FloatArray = NDArray[np.float64]

OTHERWISE, AUTOMATED, BY_HAND = range(3)
"""Who drives, as far as the rule set tells its modes apart; all else, and unknown, is otherwise."""
TODAY: Final = 1
BEFORE: Final = 2
"""Which days of a device have changed since they were stored: bits."""
ITEM_COUNT: Final = len(ITEMS)
SKEWED: Final = 1 << 16
JUMPED: Final = 1 << 17
STANDING: Final = 1 << 18
"""Marks of a report, above the bits of the items that it lacks."""

_OF_OLD: Final = (
    ("first_s", "<f8"),
    ("last_s", "<f8"),
    ("online_s", "<f8"),
    ("automated_s", "<f8"),
    ("automated_m", "<f8"),
    ("by_hand_s", "<f8"),
    ("by_hand_m", "<f8"),
    ("at_s", "<f8"),
    ("received_s", "<f8"),
    ("fix_s", "<f8"),
    ("longitude_deg", "<f8"),
    ("latitude_deg", "<f8"),
    ("through_s", "<f8"),
    ("day", "<i4"),
    ("reports", "<i4"),
    ("late", "<i4"),
    ("takeovers", "<i4"),
    ("mode", "<i4"),
    ("passed", "<i4"),
    ("remote_id_status", "<i4"),
    ("ais_on", "<i4"),
    ("link_percent", "<i4"),
    ("fence_version", "<i4"),
)
_OF_QUALITY: Final = (
    ("delay_total_s", "<f8"),
    ("accuracy_total_m", "<f8"),
    ("gap_total_s", "<f8"),
    ("delay_worst_s", "<f8"),
    ("ahead_worst_s", "<f8"),
    ("accuracy_worst_m", "<f8"),
    ("gap_longest_s", "<f8"),
    ("judged", "<i4"),
    ("timed", "<i4"),
    ("delayed", "<i4"),
    ("skewed", "<i4"),
    ("accuracy_said", "<i4"),
    ("inaccurate", "<i4"),
    ("jumps", "<i4"),
    ("gaps", "<i4"),
    ("lost", "<i4"),
    ("replayed", "<i4"),
    ("standing", "<i4"),
    ("lacking", "<i4", (ITEM_COUNT,)),
)
BEFORE_QUALITY: Final = np.dtype(list(_OF_OLD))
"""As it is in a checkpoint of an earlier version."""
RECORD: Final = np.dtype([*_OF_OLD, *_OF_QUALITY])
"""Of one device. Seconds and metres of the way; times by the service's clock, but for ``at_s`` and
``fix_s``, which are the device's own. ``through_s``: what was received by then is counted already. What is of
``telemetry.day_quality`` has its names."""


@inlined
def begin(
    today: NDArray[Any],
    before: NDArray[Any],
    changed: CodeArray,
    device: int,
    received_s: float,
    offset_s: float,
) -> None:
    """Have a device's day be that of a moment, and the moment in it.

    A clock that was put back over midnight does not go back to the day before.
    """
    one = today[device]
    day = np.int32((received_s + offset_s) // DAY_S)
    if day > one.day:
        if one.day > 0:
            before[device] = one
            changed[device] |= BEFORE
        one.day = day
        one.first_s = received_s
        one.last_s = received_s
        one.reports = one.late = one.takeovers = 0
        one.online_s = one.automated_s = one.automated_m = one.by_hand_s = one.by_hand_m = 0.0
        one.delay_total_s = one.accuracy_total_m = one.gap_total_s = 0.0
        one.delay_worst_s = one.ahead_worst_s = one.accuracy_worst_m = one.gap_longest_s = 0.0
        one.judged = one.timed = one.delayed = one.skewed = one.accuracy_said = one.inaccurate = 0
        one.jumps = one.gaps = one.lost = one.replayed = 0
        for item in range(ITEM_COUNT):
            one.lacking[item] = 0
    one.last_s = max(one.last_s, received_s)
    changed[device] |= TODAY


@inlined
def distance_m(lon1_deg: float, lat1_deg: float, lon2_deg: float, lat2_deg: float) -> float:
    """Return the length of the short way round, on a sphere taken flat at the second place."""
    east_deg = abs(lon2_deg - lon1_deg)
    if east_deg > 180.0:
        east_deg = 360.0 - east_deg
    east_deg *= cos(radians(lat2_deg))
    return METRES_PER_DEGREE * hypot(east_deg, lat2_deg - lat1_deg)


@inlined
def judge(
    one: Any,
    marks: int,
    delay_s: float,
    accuracy_m: float,
    lost: int,
    late_after_s: float,
    accuracy_max_m: float,
) -> None:
    """Count how good one report is; a NaN is what it does not say."""
    one.judged += 1
    for item in range(ITEM_COUNT):
        one.lacking[item] += (marks >> item) & 1
    one.skewed += (marks & SKEWED) != 0
    one.jumps += (marks & JUMPED) != 0
    one.lost += lost
    if not isnan(delay_s):
        one.timed += 1
        one.delay_total_s += delay_s
        one.delay_worst_s = max(one.delay_worst_s, delay_s)
        one.ahead_worst_s = max(one.ahead_worst_s, -delay_s)
        one.delayed += delay_s > late_after_s
    if not isnan(accuracy_m):
        one.accuracy_said += 1
        one.accuracy_total_m += accuracy_m
        one.accuracy_worst_m = max(one.accuracy_worst_m, accuracy_m)
        one.inaccurate += accuracy_m > accuracy_max_m


@inlined
def interrupted(
    one: Any, now_s: float, limit_s: float, listening_s: float, offset_s: float
) -> None:
    """Count the time up to a report as an interruption, where it is one; of a day only its part.

    Who stood when it was heard last may be switched off. When we did not listen nobody was heard.
    """
    since_s = max(one.received_s, one.day * DAY_S - offset_s)
    was_heard = one.received_s > 0.0 and one.received_s >= listening_s
    if was_heard and now_s - one.received_s > limit_s and one.standing == 0:
        one.gaps += 1
        one.gap_total_s += now_s - since_s
        one.gap_longest_s = max(one.gap_longest_s, now_s - since_s)


@compiled
def follow(
    today: NDArray[Any],
    before: NDArray[Any],
    changed: CodeArray,
    number: IntArray,
    received_s: FloatArray,
    at_s: FloatArray,
    longitude_deg: FloatArray,
    latitude_deg: FloatArray,
    domain: CodeArray,
    mode: CodeArray,
    marks: IntArray,
    delay_s: FloatArray,
    accuracy_m: FloatArray,
    lost: IntArray,
    silence_s: FloatArray,
    moving_mps: float,
    offset_s: float,
    late_after_s: float,
    accuracy_max_m: FloatArray,
    listening_s: float,
) -> None:
    """Add reports, each new and later than those of its device before it, to the days of their devices.

    ``today``, ``before`` and ``changed`` are by device number, ``silence_s`` and ``accuracy_max_m`` by
    domain, all others by report. A NaN is no place, and anything else that is not said. ``offset_s`` is
    the local time of the days, east of Greenwich; since ``listening_s`` we hear what is said.
    """
    for row in range(len(number)):
        device, now_s = number[row], received_s[row]
        one = today[device]
        is_placed = not isnan(longitude_deg[row])
        if now_s > one.through_s:
            begin(today, before, changed, device, now_s, offset_s)
            one.reports += 1
            limit_s = silence_s[domain[row]]
            interrupted(one, now_s, limit_s, listening_s, offset_s)
            judge(
                one, marks[row], delay_s[row], accuracy_m[row], lost[row], late_after_s,
                accuracy_max_m[domain[row]],
            )  # fmt: skip
            heard_s, passed_s = now_s - one.received_s, at_s[row] - one.at_s
            if 0.0 <= heard_s <= limit_s:
                one.online_s += heard_s
            if 0.0 <= passed_s <= limit_s:
                if one.mode == AUTOMATED:
                    one.automated_s += passed_s
                    one.takeovers += mode[row] == BY_HAND
                elif one.mode == BY_HAND:
                    one.by_hand_s += passed_s
            since_s = at_s[row] - one.fix_s
            if is_placed and 0.0 < since_s <= limit_s:
                way_m = distance_m(
                    one.longitude_deg, one.latitude_deg, longitude_deg[row], latitude_deg[row]
                )
                # What a standing receiver wanders is no way: in a day it would come to kilometres.
                if way_m >= moving_mps * since_s:
                    if one.mode == AUTOMATED:
                        one.automated_m += way_m
                    elif one.mode == BY_HAND:
                        one.by_hand_m += way_m
        if is_placed:
            one.fix_s = at_s[row]
            one.longitude_deg, one.latitude_deg = longitude_deg[row], latitude_deg[row]
        one.at_s, one.received_s, one.mode = at_s[row], now_s, mode[row]
        one.standing = (marks[row] & STANDING) != 0
