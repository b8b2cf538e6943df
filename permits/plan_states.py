"""The life of the plan of a day under a standing flight: one table.

What is in the table may happen; what is not is refused by name. A plan that nobody has answered is
filed and no more: no take-off is reported under it, however long the silence lasts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from permits.transition import APPLICANT, AUTHORITIES, DEPARTMENTS, SYSTEM, Actor, Deadline


class PlanState(StrEnum):
    """Where the plan of a day is in its life."""

    NEW = "NEW"
    """Nothing was filed for the day."""
    FILED = "FILED"
    """已提交: departments are to answer it."""
    APPROVED = "APPROVED"
    """同意: all that must answer approve, if on conditions."""
    REFUSED = "REFUSED"
    """不同意"""


class PlanAction(StrEnum):
    """What is done with the plan of a day."""

    FILE = "FILE"
    """提交计划: the first, or another in its place, of which nothing is answered yet."""
    ANSWER = "ANSWER"
    """答复: of one department."""
    APPROVE = "APPROVE"
    REFUSE = "REFUSE"
    REFUSE_BY_SILENCE = "REFUSE_BY_SILENCE"
    """逾期未答复，视为不同意"""
    REPORT_PRE_TAKEOFF = "REPORT_PRE_TAKEOFF"
    """起飞前报告: a flight of the day is reported."""


class PlanGuard(StrEnum):
    """What must hold for a step, beside its place in the table."""

    BY_CUT_OFF = "by the cut-off"
    """Of a day before, at an hour of the rule set."""
    WITHIN_TERMS = "within the terms"
    NOT_REPORTED = "not reported"
    """No flight of the day is reported, confirmed or in the air."""
    OWN_ANSWER = "own answer"
    """Of a department that is to answer and has not, and not on its own file."""
    ALL_APPROVE = "all approve"
    """Every department that must answer approves, and their conditions leave something."""
    ONE_REFUSES = "one refuses"
    """All that must answer have, and one refuses, or their conditions leave nothing."""
    SILENCE_REFUSES = "silence refuses"
    """The time to answer is over, and the rule set has it so."""
    WITHIN_PLAN = "within the plan"
    """As it was answered."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One arrow of the life of a plan."""

    action: PlanAction
    before: PlanState
    after: PlanState
    actors: frozenset[Actor]
    guards: tuple[PlanGuard, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    by_law: bool = False


_A, _S, _G = PlanAction, PlanState, PlanGuard
_FILING = (_G.BY_CUT_OFF, _G.WITHIN_TERMS, _G.NOT_REPORTED)
_ANSWER = (Deadline.PLAN_ANSWER,)
PLAN_STEPS: tuple[PlanStep, ...] = (
    # What is filed anew is another plan: whoever has answered the one before answers this one.
    *(PlanStep(_A.FILE, each, _S.FILED, APPLICANT, _FILING) for each in PlanState),
    PlanStep(_A.ANSWER, _S.FILED, _S.FILED, AUTHORITIES, (_G.OWN_ANSWER,), _ANSWER),
    PlanStep(_A.APPROVE, _S.FILED, _S.APPROVED, DEPARTMENTS, (_G.ALL_APPROVE,), _ANSWER),
    PlanStep(_A.REFUSE, _S.FILED, _S.REFUSED, DEPARTMENTS, (_G.ONE_REFUSES,), _ANSWER),
    PlanStep(
        _A.REFUSE_BY_SILENCE, _S.FILED, _S.REFUSED, SYSTEM, (_G.SILENCE_REFUSES,), _ANSWER,
        by_law=True,
    ),
    PlanStep(_A.REPORT_PRE_TAKEOFF, _S.APPROVED, _S.APPROVED, APPLICANT, (_G.WITHIN_PLAN,)),
)  # fmt: skip
PLAN_MOVES: Mapping[PlanState, Mapping[PlanAction, PlanStep]] = MappingProxyType(
    {
        state: MappingProxyType({each.action: each for each in PLAN_STEPS if each.before is state})
        for state in PlanState
    }
)
"""What may happen in each state."""
