"""The plan of a day under a standing flight: filed by the cut-off of a day before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from permits.issuing import SHANGHAI
from permits.paper_words import Fault, fault
from permits.permit import Permit, PermitAction, StepRefused
from permits.reported_flight import ReportedFlight
from permits.rule_words import Language
from permits.states import PermitKind, PermitState
from permits.terms import DailyHours, Terms
from permits.time_limits import TimeLimits
from permits.weekly_hours import both, week_of

MAY_PLAN = frozenset(
    {
        PermitState.APPROVED,
        PermitState.PRE_TAKEOFF_REPORTED,
        PermitState.CONFIRMED,
        PermitState.AIRBORNE,
        PermitState.LANDED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyPlan:
    """What is to be flown on one day, in Asia/Shanghai, within the terms of the permit."""

    day: date
    begins: time
    ends: time
    device_ids: frozenset[str]
    max_height_agl_m: float
    note: str = ""


def cut_off(day: date, limits: TimeLimits) -> datetime:
    """Return the latest moment at which the plan of a day may be filed."""
    before = day - timedelta(days=limits.flight.days_before)
    return datetime.combine(before, limits.flight.plan_by, SHANGHAI)


def answer_by(day: date, limits: TimeLimits) -> datetime:
    """Return the latest moment at which an answer to the plan of a day is in time."""
    before = day - timedelta(days=limits.flight.days_before)
    return datetime.combine(before, limits.flight.decide_by, SHANGHAI)


def faults(plan: DailyPlan, permit: Permit, at: datetime, limits: TimeLimits) -> tuple[Fault, ...]:
    """Return all that is wrong with a plan that is filed at a moment; empty if it may be."""
    if permit.kind is not PermitKind.STANDING_FLIGHT or permit.state not in MAY_PLAN:
        return (fault("permit", f"{permit.kind}, {permit.state}", "standing flight"),)
    return (*_in_time(plan, at, limits), *_within(plan, permit.terms))


class NotPlanned(StepRefused):
    """A flight under a standing permit on a day of which no plan was filed."""

    slug = "not-planned"

    def __init__(self, permit: Permit, action: PermitAction, day: date) -> None:
        self.day = day
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        if language is Language.CHINESE:
            return f"不能对许可 {self.number} 执行 {self.action}：未提交 {self.day} 的次日飞行计划"
        return f"cannot {self.action} under permit {self.number}: no plan was filed for {self.day}"


class OutsidePlan(StepRefused):
    """A flight under a standing permit at an hour that the plan of its day does not have."""

    slug = "outside-plan"

    def __init__(
        self,
        permit: Permit,
        action: PermitAction,
        flight: ReportedFlight,
        hours: tuple[tuple[datetime, datetime], ...],
    ) -> None:
        self.flight = flight
        self.hours = hours
        """Of the plan, as it was answered."""
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        begins, ends = (_local(each) for each in (self.flight.begins, self.flight.ends))
        plan = ", ".join(f"{_local(each[0])}–{_local(each[1])[-5:]}" for each in self.hours)
        if language is Language.CHINESE:
            return (
                f"不能对许可 {self.number} 执行 {self.action}："
                f"{begins} 至 {ends} 超出当日飞行计划（{plan}）"
            )
        return (
            f"cannot {self.action} under permit {self.number}: {begins} to {ends} "
            f"is outside the plan of the day, {plan}"
        )


def hours_of(plan: DailyPlan) -> tuple[datetime, datetime]:
    """Return when a plan begins and ends."""
    begins = datetime.combine(plan.day, plan.begins, SHANGHAI)
    return begins, datetime.combine(plan.day, plan.ends, SHANGHAI)


def _local(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _in_time(plan: DailyPlan, at: datetime, limits: TimeLimits) -> Iterator[Fault]:
    latest = cut_off(plan.day, limits)
    if at > latest:
        yield fault("day", f"{plan.day}, {_local(at)}", "cut-off", latest=_local(latest))


def _within(plan: DailyPlan, terms: Terms) -> Iterator[Fault]:
    begins, ends = hours_of(plan)
    if not begins < ends:
        yield fault("ends", plan.ends, "after", begins=plan.begins)
    elif not _is_open(plan, terms):
        yield fault("begins", f"{plan.begins}–{plan.ends}", "hours of terms")
    if begins < terms.valid_from or terms.valid_to < ends:
        yield fault("day", plan.day, "validity")
    strangers = sorted(plan.device_ids - terms.device_ids)
    if strangers or not plan.device_ids:
        yield fault("device_ids", ", ".join(strangers) or None, "devices of terms")
    top = terms.max_height_agl_m
    if top is not None and not 0 < plan.max_height_agl_m <= top:
        yield fault("max_height_agl_m", plan.max_height_agl_m, "top", top=top)


def _is_open(plan: DailyPlan, terms: Terms) -> bool:
    """Tell whether all hours of a plan are hours of the permit."""
    hours = week_of((DailyHours(plan.begins, plan.ends, frozenset({plan.day.weekday()})),))
    return both(hours, week_of(terms.hours)) == hours
