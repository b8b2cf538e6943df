"""What is refused about the plan of a day: what its state does not have, and flights that it does not cover."""

from datetime import datetime

from permits.daily_plan import DailyPlan, NotPlanned, OutsidePlan
from permits.department import Department, department_name, listed
from permits.issuing import legal_day
from permits.permit import Permit, PermitAction, PermitState, StepRefused
from permits.plan_answers import PlanFile, outcome_of, state_of, windows
from permits.plan_states import PLAN_MOVES, PlanAction, PlanState
from permits.reported_flight import ReportedFlight
from permits.review import Approved, Outcome, Pending, Rejected, Returned
from permits.rule_words import Language
from permits.states import PermitKind
from permits.terms import Terms

_FLOWN = frozenset({PermitState.PRE_TAKEOFF_REPORTED, PermitState.CONFIRMED, PermitState.AIRBORNE})
"""The states in which the flight that was reported stands."""


def require_step(permit: Permit, found: PlanFile, action: PlanAction, at: datetime) -> None:
    """Refuse what the table does not have in the state that a plan is in.

    Raises:
        PlanNotAllowed: names what there is instead.
    """
    state = state_of(found, at)
    if action not in PLAN_MOVES[state]:
        raise PlanNotAllowed(permit, action, found, state)


def require_not_reported(permit: Permit, plan: DailyPlan) -> None:
    """Refuse another plan for a day of which a flight stands: it was confirmed by the one before.

    Raises:
        PlanFlown: says in which state the permit is.
    """
    flight = permit.terms.flight
    if permit.state in _FLOWN and flight is not None and legal_day(flight.begins) == plan.day:
        raise PlanFlown(permit, plan)


def require_approved(permit: Permit, action: PermitAction, found: PlanFile, at: datetime) -> Terms:
    """Refuse a flight under a plan that is not approved; return the terms of the day as answered.

    Raises:
        PlanNotApproved: names who has not answered, or who refuses and why.
    """
    outcome, state = outcome_of(found, at), state_of(found, at)
    is_open = PlanAction.REPORT_PRE_TAKEOFF in PLAN_MOVES[state]
    if not (is_open and isinstance(outcome, Approved)):
        raise PlanNotApproved(permit, action, found, outcome, state)
    return outcome.terms


def require_within_plan(
    permit: Permit,
    action: PermitAction,
    flight: ReportedFlight,
    found: PlanFile | None,
    at: datetime,
) -> Terms | None:
    """Refuse a flight under a standing permit beside the plan of its day; return the terms of that day.

    They are those of the plan as it was answered. Of what is no standing flight no plan is asked, and
    none binds it.

    Raises:
        NotPlanned: there is none; names the day.
        PlanNotApproved: it is refused, or waits for an answer; names whose.
        OutsidePlan: the flight takes off outside its hours, or ends outside of those it takes off in.
    """
    if permit.kind is not PermitKind.STANDING_FLIGHT:
        return None
    day = legal_day(flight.begins)
    if found is None or found.plan.day != day:
        raise NotPlanned(permit, action, day)
    terms = require_approved(permit, action, found, at)
    hours = tuple(windows(terms))
    if not any(begins <= flight.begins < flight.ends <= ends for begins, ends in hours):
        raise OutsidePlan(permit, action, flight, hours)
    return terms


class PlanNotAllowed(StepRefused):
    """What is done with a plan that its state does not have."""

    slug = "plan-not-allowed"

    def __init__(
        self, permit: Permit, action: PlanAction, found: PlanFile, state: PlanState
    ) -> None:
        self.day = found.plan.day
        self.state = state
        self.expected = tuple(PLAN_MOVES[state])
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        expected = ", ".join(self.expected)
        if language is Language.CHINESE:
            return (
                f"不能对许可 {self.number} 的 {self.day} 飞行计划执行 {self.action}："
                f"其状态为 {self.state}，可执行 {expected}"
            )
        return (
            f"cannot {self.action} the plan of {self.day} under permit {self.number}: "
            f"it is {self.state}, expected {expected}"
        )


class PlanFlown(StepRefused):
    """A flight of the day is reported, confirmed or in the air: its plan is not changed under it."""

    slug = "plan-flown"

    def __init__(self, permit: Permit, plan: DailyPlan) -> None:
        self.day = plan.day
        self.state = permit.state
        super().__init__(permit, PlanAction.FILE)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        if language is Language.CHINESE:
            return (
                f"不能重新提交许可 {self.number} 的 {self.day} 飞行计划："
                f"当日飞行的状态为 {self.state}，须先拒绝确认或降落"
            )
        return (
            f"cannot file another plan of {self.day} under permit {self.number}: a flight of that day is "
            f"{self.state}, expected that it lands or that its confirmation is refused first"
        )


class PlanNotApproved(StepRefused):
    """A flight under a plan that was refused, or that not all have answered who must."""

    slug = "plan-not-approved"

    def __init__(
        self,
        permit: Permit,
        action: PermitAction,
        found: PlanFile,
        outcome: Outcome,
        state: PlanState,
    ) -> None:
        self.day = found.plan.day
        self.state = state
        self.awaited: tuple[Department, ...] = ()
        """Those that have not answered."""
        if isinstance(outcome, Pending):
            self.awaited = (*outcome.missing, *outcome.awaited)
        self._outcome = outcome
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        is_silent, names = isinstance(self._outcome, Pending), listed(self.awaited, language)
        if language is Language.CHINESE:
            refused = f"不同意：{_reasons(self._outcome, language)}"
            why = f"{names or '有关部门'}尚未答复" if is_silent else refused
            return (
                f"不能对许可 {self.number} 执行 {self.action}：{self.day} 的飞行计划未获同意，{why}"
            )
        refused = f"refused: {_reasons(self._outcome, language)}"
        why = f"not answered by {names or 'anybody'}" if is_silent else refused
        return (
            f"cannot {self.action} under permit {self.number}: "
            f"the plan of {self.day} is not approved, {why}"
        )


def _reasons(outcome: Outcome, language: Language) -> str:
    match outcome:
        case Rejected(reasons=reasons):
            said = (f"{department_name(each, language)}: {text}" for each, text in reasons)
        case Returned(clashes=clashes):
            said = (each.said(language) for each in clashes)
        case _:
            return ""
    return "; ".join(said)
