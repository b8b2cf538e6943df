"""Daily plans and the answers to them as requests and answers."""

from datetime import date, datetime, time
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field

from permits.daily_plan import DailyPlan
from permits.department import Department, department_name
from permits.plan_answers import PlanAnswer, PlanFile, outcome_of, state_of, windows
from permits.plan_states import PlanState
from permits.provisos import provisos_to_json
from permits.review import Approved, Ballot, Pending, conditions_of
from permits.rule_words import Language
from permits.terms import Terms
from zone_service.schemas.fields import DeviceId, Given, Note, Positive
from zone_service.schemas.reviews import ConditionsGiven
from zone_service.store.records import AwaitedPlan, Principal
from zone_service.store.roles import SEES_ALL


class DailyPlanGiven(Given):
    """What is to be flown on one day; times are those of Asia/Shanghai."""

    begins: time
    ends: time
    device_ids: Annotated[list[DeviceId], Field(max_length=1000)]
    max_height_agl_m: Positive
    note: Note = ""

    def plan(self, day: date) -> DailyPlan:
        """Return the plan of a day."""
        return DailyPlan(
            day=day,
            begins=self.begins.replace(tzinfo=None),
            ends=self.ends.replace(tzinfo=None),
            device_ids=frozenset(self.device_ids),
            max_height_agl_m=self.max_height_agl_m,
            note=self.note,
        )


class PlanAnswerGiven(Given):
    """What one's department says to a plan; which one may be said, and is refused if it is another."""

    choice: PlanAnswer
    reason: Note = ""
    conditions: ConditionsGiven = ConditionsGiven()
    department: Department | None = None


class PlanAnswerShown(BaseModel):
    """The answer of a department."""

    department: Department
    name: str
    name_zh: str
    mandatory: bool
    choice: PlanAnswer | None
    """Null while it has not answered."""
    reason: str
    conditions: dict[str, Any]
    at: datetime | None
    by: str | None
    """Told to departments alone."""

    @classmethod
    def of(cls, ballot: Ballot, *, named: bool) -> Self:
        """Return what a client sees, by whether it is told who has answered."""
        vote, department = ballot.vote, ballot.department
        return cls(
            department=department,
            name=department_name(department, Language.ENGLISH),
            name_zh=department_name(department, Language.CHINESE),
            mandatory=ballot.mandatory,
            choice=None if vote is None else PlanAnswer(vote.choice),
            reason="" if vote is None else vote.reason,
            conditions={} if vote is None else provisos_to_json(vote.conditions),
            at=None if vote is None else vote.at,
            by=vote.voter.name if vote is not None and named else None,
        )


class WindowShown(BaseModel):
    """From when to when may be flown."""

    begins: datetime
    ends: datetime


class FlownShown(BaseModel):
    """What may be flown on the day, by the plan as it was answered."""

    windows: list[WindowShown]
    max_height_agl_m: float | None
    max_speed_mps: float | None
    zone_ids: list[str]
    control_modes: list[str]
    """Empty are any."""

    @classmethod
    def of(cls, day: Terms) -> Self:
        """Return what a client sees."""
        return cls(
            windows=[WindowShown(begins=begins, ends=ends) for begins, ends in windows(day)],
            max_height_agl_m=day.max_height_agl_m,
            max_speed_mps=day.max_speed_mps,
            zone_ids=sorted(day.zone_ids),
            control_modes=sorted(day.control_modes),
        )


class DailyPlanShown(BaseModel):
    """The plan of a day, and what was answered to it."""

    day: date
    begins: time
    ends: time
    device_ids: list[str]
    max_height_agl_m: float
    note: str
    state: PlanState
    filing: int
    """How often one was filed for the day; what was answered to the one before counts no more."""
    answer_until: datetime
    overdue: bool
    """Whether a department that must answer has not, and its time is over."""
    waits_for: list[Department]
    answers: list[PlanAnswerShown]
    conditions: dict[str, Any]
    """The strictest of all that were made so far."""
    flown: FlownShown | None
    """Null while it is not approved: no take-off is reported then."""
    rules: str
    """The rule set that named who answers, and until when."""

    @classmethod
    def of(cls, found: PlanFile, principal: Principal, at: datetime) -> Self:
        """Return what somebody sees at a moment."""
        plan, review, outcome = found.plan, found.review, outcome_of(found, at)
        pending = outcome if isinstance(outcome, Pending) else Pending((), ())
        named = principal.role in SEES_ALL
        return cls(
            day=plan.day,
            begins=plan.begins,
            ends=plan.ends,
            device_ids=sorted(plan.device_ids),
            max_height_agl_m=plan.max_height_agl_m,
            note=plan.note,
            state=state_of(found, at),
            filing=review.round,
            answer_until=found.answer_until,
            overdue=bool(pending.missing) and found.answer_until < at,
            waits_for=[*pending.missing, *pending.awaited],
            answers=[PlanAnswerShown.of(each, named=named) for each in review.ballots],
            conditions=provisos_to_json(conditions_of(review)),
            flown=FlownShown.of(outcome.terms) if isinstance(outcome, Approved) else None,
            rules=found.rules,
        )


class AwaitedPlanShown(BaseModel):
    """A plan that waits for the answer of one's department."""

    number: str
    holder_id: str
    day: date
    begins: time
    ends: time
    device_ids: list[str]
    max_height_agl_m: float
    note: str
    department: Department
    mandatory: bool
    filed_at: datetime
    answer_until: datetime
    overdue: bool

    @classmethod
    def of(cls, found: AwaitedPlan, at: datetime) -> Self:
        """Return what a client sees at a moment."""
        plan = found.plan
        return cls(
            number=found.number,
            holder_id=found.holder_id,
            day=plan.day,
            begins=plan.begins,
            ends=plan.ends,
            device_ids=sorted(plan.device_ids),
            max_height_agl_m=plan.max_height_agl_m,
            note=plan.note,
            department=found.department,
            mandatory=found.mandatory,
            filed_at=found.filed_at,
            answer_until=found.answer_until,
            overdue=found.mandatory and found.answer_until < at,
        )
