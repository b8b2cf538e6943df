"""Plans of days with what was answered to them, as the tests write it down."""

from datetime import datetime

from permits.daily_plan import DailyPlan
from permits.department import Department
from permits.plan_answers import PlanFile, Silence, terms_of_day
from permits.provisos import NONE, Provisos
from permits.review import Ballot, Choice, Review, Vote, Voter
from permits.terms import Terms
from tests.permits.lives import local

ATM, POLICE = Department.ATM, Department.POLICE
Said = tuple[Choice, Provisos] | Choice | None


def filed(
    plan: DailyPlan,
    terms: Terms,
    atm: Said = None,
    *others: tuple[Department, Said],
    until: datetime | None = None,
    silence: Silence = Silence.NO_TAKE_OFF,
) -> PlanFile:
    """Return a plan with the answer of air traffic management, which must answer, and those of advisers."""
    ballots = (
        Ballot(ATM, mandatory=True, vote=_vote(ATM, atm)),
        *(Ballot(each, mandatory=False, vote=_vote(each, said)) for each, said in others),
    )
    review = Review(
        number=f"P-7/{plan.day}",
        round=1,
        terms=terms_of_day(plan, terms),
        parties=frozenset({"org-1"}),
        ballots=ballots,
        opinions_due=until or local("2026-05-05 21:00"),
    )
    return PlanFile(plan, review, silence, "rules@1")


def _vote(department: Department, said: Said) -> Vote | None:
    if said is None:
        return None
    choice, conditions = said if isinstance(said, tuple) else (said, NONE)
    voter = Voter(f"li of {department}", department, department)
    reason = "" if choice is Choice.APPROVE else "a crane"
    return Vote(department, choice, voter, local("2026-05-05 14:00"), reason, conditions)
