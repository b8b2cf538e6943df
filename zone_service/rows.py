"""Reports as the rows of a batch that the fences judge."""

from dataclasses import dataclass
from math import nan

import numpy as np

from geofence.fixes import DOMAIN_CODES, Fixes
from telemetry.report import Report
from telemetry.track import Seen
from zone_service.memory import DeviceState
from zone_service.world import Heights, Subject


@dataclass(frozen=True, slots=True)
class Fresh:
    """A report that moved its device's track, with all that its judgement needs."""

    subject: Subject
    device: DeviceState
    report: Report
    seen: Seen
    received_s: float


def fixes_of(fresh: list[Fresh], heights: Heights) -> Fixes:
    """Return the batch as arrays; a report without a position is a row of NaN."""
    reports = [each.report for each in fresh]
    return Fixes(
        device=np.array([each.device.number for each in fresh], np.int32),
        longitude_deg=_column([report.longitude_deg for report in reports]),
        latitude_deg=_column([report.latitude_deg for report in reports]),
        at_s=_column([report.event_time_s for report in reports]),
        agl_m=_column([heights.agl_m(report) for report in reports]),
        amsl_m=_column([heights.amsl_m(report) for report in reports]),
        hae_m=_column([report.altitude_hae_m for report in reports]),
        domain=np.array([DOMAIN_CODES[each.subject.domain] for each in fresh], np.int8),
        crossing=np.array([each.seen.previous is not None for each in fresh], np.bool_),
    )


def _column(values: list[float | None]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([nan if value is None else value for value in values], np.float64)
