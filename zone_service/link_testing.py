"""A test of a data link, made of what the journal says that a device sent in some minutes up to now.

Counted as a day is, by the same rules: a test and the day that it is a part of say the same of a report.
Nothing is kept while it runs, and a platform that was restarted meanwhile has what was committed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from geofence.fixes import DOMAIN_CODES
from geofence.zone import Zone
from permits.condition import Verdict
from permits.link_test import Fault, LinkSeen, faults_of, result_of
from permits.quality_rules import LinkTestRules
from permits.ruleset import RuleSet
from telemetry import track as tracks
from telemetry.device_day import DAY_S, DeviceDay
from telemetry.device_days import DeviceDays, Heard, Late, Replayed, Told
from telemetry.quality_score import scored
from telemetry.report import Domain
from telemetry.self_check import NOTHING_SAID
from telemetry.track import FRESH, LATE, Seen
from zone_service.datum_doubt import DatumDoubt, doubt, first_fixes
from zone_service.day_scores import ScoredDay, scale_of
from zone_service.heard import Counting, delay_s, marks_of
from zone_service.history import told as history
from zone_service.world import limits_of

MOVING_MPS = 0.5


class Where(NamedTuple):
    """Where a device may be."""

    zones: tuple[Zone, ...]
    by_permit: bool
    """Those that its permits name; else all of the map where devices of its domain may have one for."""


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of a test."""

    begins: datetime
    ends: datetime
    result: Verdict
    faults: tuple[Fault, ...]
    found: ScoredDay
    """The minutes of the test, counted as a day that begins with them."""
    datum: DatumDoubt | None = None
    """What speaks against the datum that it declares."""


def tested(
    device_id: str,
    domain: Domain,
    told: Iterable[history.Told],
    ends: datetime,
    rules: RuleSet,
    asked: LinkTestRules,
    where: Where,
) -> Tested:
    """Return what came of the minutes up to a moment.

    ``told``: what the device told in the order in which it was received; what is outside of the minutes
    counts for nothing. ``where``: the device may be, by which the datum of its first fixes is told.
    """
    begins = ends - timedelta(minutes=asked.minutes)
    begins_s, ends_s = begins.timestamp(), ends.timestamp()
    within = [each for each in told if begins_s <= each.received_s < ends_s]
    day = _counted(within, domain, rules, begins_s)
    offset_s = -begins_s % DAY_S
    scale = scale_of(rules, domain)
    score = None if scale is None else scored(day, scale, ends_s, offset_s)
    silence_s = rules.silence_s(domain)
    seen = LinkSeen(
        reports=day.reports,
        longest_silence_s=_longest_silence_s(within, begins_s, ends_s),
        score=None if score is None else score.total,
        missing=() if score is None else score.missing,
    )
    datum = doubt(first_fixes(each.report for each in within), where.zones)
    if datum is not None and where.by_permit:
        seen = replace(seen, other_datum=True)
    faults = tuple(faults_of(seen, asked.score_min, silence_s))
    mandatory = () if scale is None else scale.mandatory
    result = result_of(seen, faults)
    return Tested(begins, ends, result, faults, ScoredDay(device_id, day, score, mandatory), datum)


def _longest_silence_s(told: Iterable[history.Told], begins_s: float, ends_s: float) -> float:
    heard_s = np.array([begins_s, *(each.received_s for each in told), ends_s])
    return float(np.diff(np.sort(heard_s)).max())


def _counted(
    told: Iterable[history.Told], domain: Domain, rules: RuleSet, begins_s: float
) -> DeviceDay:
    """Return the minutes as a day, of a calendar in which it begins with them."""
    counting = Counting(rules, MOVING_MPS)
    offset_s = -begins_s % DAY_S
    days = DeviceDays()
    days.grow(("tested",))
    days.take(_followed(told, domain, rules, counting), counting.by._replace(offset_s=offset_s))
    day = days.day_of(0)
    return day if day is not None else _nothing(int((begins_s + offset_s) // DAY_S), begins_s)


def _nothing(day: int, begins_s: float) -> DeviceDay:
    return DeviceDay(day, begins_s, begins_s, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, NOTHING_SAID)


def _followed(
    told: Iterable[history.Told], domain: Domain, rules: RuleSet, counting: Counting
) -> Iterator[Told]:
    """Yield what each report is, given those before it, as the worker finds it."""
    limits, track = limits_of(rules, domain), None
    for each in told:
        track, seen = tracks.step(track, each.report, each.received_s, limits)
        if seen.order is FRESH:
            yield _heard(each, seen, domain, counting)
        elif seen.replayed:
            yield Replayed(0, each.received_s)
        elif seen.order is LATE:
            yield Late(0, each.received_s)


def _heard(told: history.Told, seen: Seen, domain: Domain, counting: Counting) -> Heard:
    report = told.report
    marks = marks_of(report, domain, MOVING_MPS, jumped=seen.jump, skewed=seen.skew_s is not None)
    return Heard(
        np.zeros(1, np.int32),
        np.array([told.received_s]),
        np.array([seen.at_s]),
        np.array([None if seen.jump else report.longitude_deg], np.float64),
        np.array([report.latitude_deg], np.float64),
        np.array([DOMAIN_CODES[domain]], np.int8),
        np.array([counting.modes[report.control_mode]], np.int8),
        np.array([marks], np.int32),
        np.array([delay_s(report, told.received_s)]),
        np.array([report.horizontal_accuracy_m], np.float64),
        np.array([seen.lost], np.int32),
    )
