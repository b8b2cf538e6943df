"""Reports as the rows of a batch that the fences judge."""

import msgspec
import numpy as np

from geofence.fixes import DOMAIN_CODES, Fixes
from telemetry.report import Domain, Report
from telemetry.track import Seen, Track
from zone_service.heights import Heights
from zone_service.memory import DeviceState
from zone_service.world import Subject

AIR = Domain.AIR


class Fresh(msgspec.Struct, frozen=True, gc=False):
    """A report that moved its device's track, with all that its judgement needs.

    Made for every fix and gone after its batch: a structure is made, and read, in a fraction of the time
    of a frozen dataclass, and the garbage collector need not look at it.
    """

    subject: Subject
    device: DeviceState
    report: Report
    seen: Seen
    received_s: float
    catching_up: bool = False
    """Whether the unit is delivering what it kept during an outage."""

    @property
    def skew_s(self) -> float | None:
        """Device clock minus ours, where that is the clock's fault and not the way's."""
        return None if self.catching_up else self.seen.skew_s


CATCHING_UP = 2.0
"""Device time that passes this many times faster than ours comes out of a buffer."""


def is_catching_up(before: Track | None, heard_s: float, report: Report, received_s: float) -> bool:
    """Tell whether a report that is older than it should be was kept by the unit.

    A clock that is slow by minutes goes at the pace of ours; a buffer that is emptied brings
    minutes in a second. ``before`` is the track without the report, ``heard_s`` the time at which
    the device was heard before it.
    """
    if before is None:
        return report.event_time_s < received_s
    return report.event_time_s - before.at_s > CATCHING_UP * (received_s - heard_s)


def fixes_of(fresh: list[Fresh], heights: Heights) -> Fixes:
    """Return the batch as arrays.

    A report without a position is a row of NaN, and so is a jump: a place that is not believed is
    not known, and moves nobody out of a zone or into one.
    """
    heights_m = [heights.of(each.report) for each in fresh]
    return Fixes(
        device=np.array([each.device.number for each in fresh], np.int32),
        longitude_deg=_column(
            [None if each.seen.jump else each.report.longitude_deg for each in fresh]
        ),
        latitude_deg=_column([each.report.latitude_deg for each in fresh]),
        # Not the device's own word: a clock that is ahead must not choose the hours of a zone.
        at_s=_column([each.seen.at_s for each in fresh]),
        # Vehicles and vessels are on the ground, whatever their receiver makes of the height.
        agl_m=_column(
            [
                agl_m if each.subject.domain is AIR else 0.0
                for each, (agl_m, _, _) in zip(fresh, heights_m, strict=True)
            ]
        ),
        amsl_m=_column([amsl_m for _, amsl_m, _ in heights_m]),
        hae_m=_column([hae_m for _, _, hae_m in heights_m]),
        domain=np.array([DOMAIN_CODES[each.subject.domain] for each in fresh], np.int8),
        crossing=np.array([each.seen.previous is not None for each in fresh], np.bool_),
    )


def _column(values: list[float | None]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(values, np.float64)  # of None numpy makes NaN
