"""How long each time limit is: the values of a rule set that deadlines are counted by."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from types import MappingProxyType

from permits.checking import absent
from permits.rule_words import Problem, RuleSetError
from permits.sheet import Sheet
from permits.transition import Deadline

PARAMETERS: Mapping[Deadline, tuple[str, ...]] = MappingProxyType(
    {
        Deadline.INTAKE: ("deadlines.intake_wd", "deadlines.intake_silence"),
        Deadline.THIRD_PARTY: ("deadlines.third_party_wd",),
        Deadline.DECISION: (
            "deadlines.joint_wd",
            "deadlines.joint_extension_wd",
            "deadlines.decision_wd",
            "deadlines.decision_extension_wd",
            "deadlines.reviews_pause",
            "review.road.mandatory",
        ),
        Deadline.DELIVERY: ("deadlines.delivery_wd",),
        Deadline.RECTIFICATION: ("deadlines.rectification_days",),
        Deadline.RENEWAL_REQUEST: ("deadlines.renewal_before_days", "renewal.cap_months"),
        Deadline.RENEWAL_DECISION: ("deadlines.renewal_silence",),
        Deadline.VALIDITY_BEGINS: (),
        Deadline.VALIDITY_ENDS: (),
        Deadline.FLIGHT_APPLICATION: (
            "flight.apply_days_before",
            "flight.apply_by",
            "flight.emergency_apply_before_min",
        ),
        Deadline.FLIGHT_DECISION: (
            "flight.apply_days_before",
            "flight.decide_by",
            "flight.emergency_answer_before_min",
        ),
        Deadline.FLIGHT_REPORT: ("flight.report_before_h",),
        Deadline.VESSEL_NOTICE: ("vessel.notice_min_wd",),
        Deadline.STAGE_REPORT: ("reports.stage_every_months", "reports.stage_within_months"),
        Deadline.FINAL_REPORT: ("reports.final_within_months",),
    }
)
"""By which values of a rule set each time is counted; a validity is the permit's own."""


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Working days end in ``_wd``; other days are those of the calendar."""

    intake_wd: int
    intake_accepts: bool
    """Whether the silence of the intake office accepts (逾期不告知的，即为受理)."""
    third_party_wd: int
    reviews_pause: bool
    """Whether the clock of a decision stands still during third-party and expert review."""
    decision_wd: int
    """Of one department, or of several together where more than one reviews."""
    decision_extension_wd: int
    delivery_wd: int
    renewal_before_days: int
    renewal_extends: bool
    """Whether no decision by the end extends (逾期未作决定的，视为准予延续)."""
    renewal_cap_months: int
    rectification_days: int
    flight_days_before: int
    flight_apply_by: time
    flight_decide_by: time
    flight_report_before: timedelta
    emergency_apply_before: timedelta
    emergency_answer_before: timedelta
    vessel_notice_wd: int


def time_limits(sheet: Sheet) -> TimeLimits:
    """Return the limits of a rule set.

    Raises:
        RuleSetError: every value that is needed for it and missing.
    """
    values = Values(sheet)
    joint = len(values.texts("review.road.mandatory")) > 1
    both = ("deadlines.decision", "deadlines.joint")
    # Both are read: which of them counts hangs on how many departments a rule set names.
    length = [values.days(f"{each}_wd") for each in both][joint]
    extension = [values.days(f"{each}_extension_wd") for each in both][joint]
    found = TimeLimits(
        intake_wd=values.days("deadlines.intake_wd"),
        intake_accepts=values.text("deadlines.intake_silence") == "accepted",
        third_party_wd=values.days("deadlines.third_party_wd"),
        reviews_pause=values.flag("deadlines.reviews_pause"),
        decision_wd=length,
        decision_extension_wd=extension,
        delivery_wd=values.days("deadlines.delivery_wd"),
        renewal_before_days=values.days("deadlines.renewal_before_days"),
        renewal_extends=values.text("deadlines.renewal_silence") == "extended",
        renewal_cap_months=values.days("renewal.cap_months"),
        rectification_days=values.days("deadlines.rectification_days"),
        flight_days_before=values.days("flight.apply_days_before"),
        flight_apply_by=values.time("flight.apply_by"),
        flight_decide_by=values.time("flight.decide_by"),
        flight_report_before=timedelta(hours=values.number("flight.report_before_h")),
        emergency_apply_before=timedelta(
            minutes=values.number("flight.emergency_apply_before_min")
        ),
        emergency_answer_before=timedelta(
            minutes=values.number("flight.emergency_answer_before_min")
        ),
        vessel_notice_wd=values.days("vessel.notice_min_wd"),
    )
    if values.problems:
        raise RuleSetError(*values.problems)
    return found


class Values:
    """The values of a sheet, which was checked; what is missing is gathered, to be told at once."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self.problems: list[Problem] = []

    def number(self, key: str) -> float:
        """Return a number; 0 of what is missing."""
        value = self._value(key)
        return float(value) if isinstance(value, float | int) else 0.0

    def days(self, key: str) -> int:
        """Return whole days or months; a begun one counts."""
        return math.ceil(self.number(key))

    def flag(self, key: str) -> bool:
        """Return what is true or false; false of what is missing."""
        return self._value(key) is True

    def text(self, key: str) -> str:
        """Return a text; an empty one of what is missing."""
        value = self._value(key)
        return value if isinstance(value, str) else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; none of what is missing."""
        value = self._value(key)
        return value if isinstance(value, tuple) else ()

    def time(self, key: str) -> time:
        """Return a time of day; midnight of what is missing."""
        return time.fromisoformat(self.text(key) or "00:00")

    def _value(self, key: str) -> object:
        found = self._sheet.parameters.get(key)
        if found is None:
            self.problems.append(absent(key))
            return None
        return found.value
