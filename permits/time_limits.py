"""How long each time limit is: the values of a rule set that deadlines are counted by."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from types import MappingProxyType

from permits.checking import absent
from permits.renewal_limits import RenewalLimits, elsewhere
from permits.reviewers import reviewers
from permits.rule_words import Problem, RuleSetError
from permits.sheet import Sheet
from permits.states import FAMILY_OF, Family, PermitKind
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
        Deadline.RENEWAL_REQUEST: (
            "deadlines.renewal_before_days",
            "renewal.cap_months",
            "renewal.kinds",
            "renewal.flight.before_days",
            "renewal.flight.cap_months",
            "renewal.vessel.before_wd",
            "renewal.vessel.cap_months",
        ),
        Deadline.RENEWAL_DECISION: (
            "deadlines.renewal_silence",
            "renewal.flight.silence",
            "renewal.vessel.silence",
        ),
        Deadline.VALIDITY_BEGINS: (),
        Deadline.VALIDITY_ENDS: (),
        Deadline.STRIKE_OFF: ("deregistration.after_days",),
        Deadline.FLIGHT_APPLICATION: (
            "flight.apply_days_before",
            "flight.apply_by",
            "flight.emergency_apply_before_min",
            "flight.emergency_any_time",
        ),
        Deadline.FLIGHT_DECISION: (
            "flight.apply_days_before",
            "flight.decide_by",
            "flight.emergency_answer_before_min",
        ),
        Deadline.PLAN_ANSWER: (
            "flight.apply_days_before",
            "flight.decide_by",
            "flight.plan_silence",
        ),
        Deadline.FLIGHT_REPORT: ("flight.report_before_h",),
        Deadline.CONFIRMATION_ENDS: ("flight.confirmation_max_h",),
        Deadline.VESSEL_NOTICE: ("vessel.notice_min_wd",),
        Deadline.VESSEL_DECISION: ("vessel.inland_decision_days", "vessel.waters_are_inland"),
        Deadline.STAGE_REPORT: ("reports.stage_every_months", "reports.stage_within_months"),
        Deadline.FINAL_REPORT: ("reports.final_within_months",),
    }
)
"""By which values of a rule set each time is counted; a validity is the permit's own."""


@dataclass(frozen=True, slots=True)
class FlightLimits:
    """When a flight is applied for, planned, decided and reported."""

    days_before: int
    """Of which day the times of day are, counted back from the flight."""
    apply_by: time
    plan_by: time
    """Until when on that day the plan of a day is filed."""
    decide_by: time
    report_before: timedelta
    confirmation_max: timedelta | None
    """How long a flight may last that was confirmed; ``None`` where the rule set says nothing."""
    emergency_apply_before: timedelta
    emergency_answer_before: timedelta
    emergency_any_time: bool
    """Whether an extreme emergency has no such times, on the ground that is stated."""


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
    """Of one department."""
    decision_extension_wd: int
    joint_wd: int
    """Of several together."""
    joint_extension_wd: int
    joint: frozenset[PermitKind]
    """The kinds that more than one department reviews."""
    delivery_wd: int
    renewal_before_days: int
    renewal_extends: bool
    """Whether no decision by the end extends (逾期未作决定的，视为准予延续)."""
    renewal_cap_months: int
    renewal_opens_months: int | None
    """How long before the end a renewal may be asked for; ``None`` is at any time."""
    rectification_days: int
    hearing_request_wd: int | None
    """To ask for a hearing; ``None``, here and below, where the rule set names no time."""
    hearing_held_wd: int | None
    """To hold it, from when it was asked for."""
    strike_off_after: timedelta
    """From when a permit is over until it is struck off; none where the rule set names none."""
    flight: FlightLimits
    vessel_notice_wd: int
    vessel_decision_days: int | None
    """``None`` where the rule set says nothing."""
    renewed_elsewhere: Mapping[PermitKind, RenewalLimits] = field(default_factory=dict, hash=False)
    """What may be renewed beside the roads, of which the limits are above."""

    def renewal(self, kind: PermitKind) -> RenewalLimits | None:
        """Return how a kind of permit is renewed; ``None`` where it is not."""
        if FAMILY_OF[kind] is not Family.ROAD:
            return self.renewed_elsewhere.get(kind)
        return RenewalLimits(
            before_days=self.renewal_before_days,
            before_wd=0,
            extends=self.renewal_extends,
            cap_months=self.renewal_cap_months,
            opens_months=self.renewal_opens_months,
        )

    def decision(self, kind: PermitKind, *, extended: bool = False) -> int:
        """Return the working days for a decision on a kind of permit."""
        if kind in self.joint:
            return self.joint_wd + (self.joint_extension_wd if extended else 0)
        return self.decision_wd + (self.decision_extension_wd if extended else 0)


def time_limits(sheet: Sheet) -> TimeLimits:
    """Return the limits of a rule set.

    Raises:
        RuleSetError: every value that is needed for it and missing.
    """
    values = Values(sheet)
    values.texts("review.road.mandatory")  # without any nobody could ever decide
    found = TimeLimits(
        intake_wd=values.days("deadlines.intake_wd"),
        intake_accepts=values.text("deadlines.intake_silence") == "accepted",
        third_party_wd=values.days("deadlines.third_party_wd"),
        reviews_pause=values.flag("deadlines.reviews_pause"),
        decision_wd=values.days("deadlines.decision_wd"),
        decision_extension_wd=values.days("deadlines.decision_extension_wd"),
        joint_wd=values.days("deadlines.joint_wd"),
        joint_extension_wd=values.days("deadlines.joint_extension_wd"),
        joint=frozenset(each for each in PermitKind if len(reviewers(sheet, each).mandatory) > 1),
        delivery_wd=values.days("deadlines.delivery_wd"),
        renewal_before_days=values.days("deadlines.renewal_before_days"),
        renewal_extends=values.text("deadlines.renewal_silence") == "extended",
        renewal_cap_months=values.days("renewal.cap_months"),
        # A begun month is not open: of two and a half the renewal opens two before the end.
        renewal_opens_months=_optional_days(sheet, "renewal.opens_before_months"),
        rectification_days=values.days("deadlines.rectification_days"),
        hearing_request_wd=_optional_days(sheet, "deadlines.hearing_request_wd"),
        hearing_held_wd=_optional_days(sheet, "deadlines.hearing_held_wd"),
        strike_off_after=timedelta(days=_optional_days(sheet, "deregistration.after_days") or 0),
        flight=_flight_limits(values, sheet),
        vessel_notice_wd=values.days("vessel.notice_min_wd"),
        vessel_decision_days=_inland_days(sheet),
        renewed_elsewhere=elsewhere(sheet),
    )
    if values.problems:
        raise RuleSetError(*values.problems)
    return found


def _flight_limits(values: "Values", sheet: Sheet) -> FlightLimits:
    return FlightLimits(
        days_before=values.days("flight.apply_days_before"),
        apply_by=values.time("flight.apply_by"),
        plan_by=values.time("flight.plan_by"),
        decide_by=values.time("flight.decide_by"),
        report_before=timedelta(hours=values.number("flight.report_before_h")),
        confirmation_max=_hours(sheet, "flight.confirmation_max_h"),
        emergency_apply_before=_minutes(values, "flight.emergency_apply_before_min"),
        emergency_answer_before=_minutes(values, "flight.emergency_answer_before_min"),
        # A set of before this was asked says nothing, and so does not allow it.
        emergency_any_time=_says_yes(sheet, "flight.emergency_any_time"),
    )


def _minutes(values: "Values", key: str) -> timedelta:
    return timedelta(minutes=values.number(key))


def _optional_days(sheet: Sheet, key: str) -> int | None:
    """Return whole days or months, without one that is begun; ``None`` of what nothing is said."""
    found = sheet.parameters.get(key)
    known = found is not None and isinstance(found.value, float | int)
    return math.floor(found.value) if known else None  # type: ignore[union-attr, arg-type]


def _hours(sheet: Sheet, key: str) -> timedelta | None:
    found = sheet.parameters.get(key)
    return timedelta(hours=found.value) if found and isinstance(found.value, float) else None


def _days(sheet: Sheet, key: str) -> int | None:
    found = sheet.parameters.get(key)
    return math.ceil(found.value) if found and isinstance(found.value, float) else None


def _inland_days(sheet: Sheet) -> int | None:
    """No category of a zone tells inland waters from the sea: a rule set that says so speaks for all its waters."""
    days = _days(sheet, "vessel.inland_decision_days")
    return days if _says_yes(sheet, "vessel.waters_are_inland") else None


def _says_yes(sheet: Sheet, key: str) -> bool:
    found = sheet.parameters.get(key)
    return found is not None and found.value is True


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
