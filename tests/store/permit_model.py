"""Permits as a machine that Hypothesis drives: whatever people do in whatever order, these laws hold.

No state is skipped, a permit is what its steps come to, of two decisions at once one wins, what is refused
changes nothing, and no permit is valid beyond what it rests on. The store is the real one; each example
is a transaction that is taken back.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count
from math import ceil
from typing import Any, ClassVar, Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Row
from sqlmodel import Session

from permits.deadlines import Case, open_deadlines
from permits.department import Department
from permits.document_kinds import DocumentKind
from permits.entries import Vehicle, VehicleCategory
from permits.issuing import Ruling, legal_day
from permits.lapse import lapse
from permits.life import fold
from permits.life_cycle import STEPS
from permits.matter_states import MatterAction
from permits.permit import (
    FAMILY_OF,
    TRANSITIONS,
    Family,
    Permit,
    PermitAction,
    PermitChanged,
    PermitError,
    PermitKind,
    PermitState,
    in_force,
    way,
)
from permits.plating import PlateWanted
from permits.provisos import NONE, Provisos
from permits.review import Ballot, Choice, Review
from permits.terms import Terms
from permits.transition import Detail, Effect, Guard, Transition
from permits.validity import Papers, after
from tests.store.city import CAR, NOON, UNDER
from tests.store.stepping import hand_in
from zone_service.demo_city import actor
from zone_service.demo_votes import reviewer_of
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import (
    ballots,
    history,
    permit_events,
    permit_taking,
    permits,
    register,
    registry,
    reviews,
)
from zone_service.store.engine import Store
from zone_service.store.errors import StoreError
from zone_service.store.records import (
    PLATFORM,
    Device,
    Organisation,
    OrganisationKind,
    Principal,
    RegisterEntry,
)
from zone_service.store.recount import SHORTEST
from zone_service.working_days import working_days

_KINDS: Final = shipped_sheet("shanghai-default").parameters["plate.kinds"]
RULES: Final = Ruling(
    replace(UNDER.sheet, parameters={**UNDER.sheet.parameters, "plate.kinds": _KINDS}),
    calendar=working_days(None),
)
"""Nothing that they rest on runs out, and each vehicle on a road must bear a plate."""
KINDS: Final = {
    Family.ROAD: (
        *(PermitKind.ROAD_TEST, PermitKind.LOW_SPEED_TEST, PermitKind.LOW_SPEED_OPERATION),
        *(PermitKind.DEMO_APPLICATION, PermitKind.DEMO_OPERATION, PermitKind.COMMERCIAL_OPERATION),
    ),
    Family.FLIGHT: (
        *(PermitKind.FLIGHT_ACTIVITY, PermitKind.EMERGENCY_FLIGHT),
        *(PermitKind.STANDING_FLIGHT, PermitKind.TEST_BASE_USE),
    ),
    Family.VESSEL: (PermitKind.VESSEL_TRIAL, PermitKind.CHANNEL_SURVEY),
}
VINS: Final = {
    "model-0": "LSVNV2187E2100001",
    "model-1": "LSVNV2189E2100002",
    "model-2": "LSVNV2180E2100003",
    "model-3": "LSVNV2182E2100004",
}
MOST_PERMITS: Final = len(VINS)
MOST_AT_ONCE: Final = 2
STEPS_AN_EXAMPLE: Final = 100
FEWEST_STEPS_TAKEN: Final = 50
"""Of those of an example, but for the first of a run, which Hypothesis makes as simple as can be."""
MOST_EXAMPLES: Final = 10
_SOON: Final = (timedelta(days=50), timedelta(days=60))
"""After how long a permit begins, and how long it lasts."""
_SOME_DAYS: Final = st.none() | st.integers(-3, 200)
_LEAD: Final = timedelta(hours=1)
"""So long before its take-off a flight is reported."""
LONGEST_WAY: Final = 14
"""Steps in a row: from a draft to what is over."""
_STORED: Final = (
    "SELECT permit.*, (SELECT max(event_id) FROM permit_event WHERE number = ?) FROM permit"
    " WHERE number = ?"
)
HOLDER: Final = "swift"
_REASONED: Final = frozenset({Choice.REJECT, Choice.RETURN, Choice.APPROVE_WITH_CONDITIONS})
_OUTCOME: Final = {
    Choice.REJECT: PermitState.REJECTED,
    Choice.RETURN: PermitState.RETURNED_FOR_CORRECTION,
}
_LEADS_TO: Final = {state: choice for choice, state in _OUTCOME.items()}
_WAITS: Final = {
    Family.ROAD: PermitState.JOINT_REVIEW,
    Family.FLIGHT: PermitState.SUBMITTED,
    Family.VESSEL: PermitState.NOTIFIED,
}
"""Where the votes of departments are waited for."""

LONGEST_RENEWAL: Final = {
    Family.ROAD: timedelta(days=184),
    Family.FLIGHT: timedelta(days=366),
    Family.VESSEL: timedelta(days=184),
}
"""The six or twelve months of the rule set, where nobody asks for less."""
_TAKEN_AWAY: Final = frozenset({Effect.RECALL_PLATES, Effect.ANNOUNCE_PLATES})
_RENEWALS: Final = frozenset({PermitAction.RENEW, PermitAction.DEEM_RENEWED})
NEVER: Final[dict[Family, frozenset[PermitAction]]] = {
    Family.ROAD: frozenset(),
    Family.FLIGHT: frozenset(),
    # By the rule set silence on the renewal of a trial ends it: nobody is out there without a warning.
    Family.VESSEL: frozenset({PermitAction.DEEM_RENEWED}),
}
"""What the tables have and the rule set leaves no room for."""
_FIRST: Final = {
    PermitAction.RENEW: (PermitAction.REQUEST_RENEWAL, PermitAction.PUBLISH_WARNING),
    PermitAction.REFUSE_RENEWAL: (PermitAction.REQUEST_RENEWAL,),
    PermitAction.DEEM_RENEWED: (PermitAction.REQUEST_RENEWAL, PermitAction.PUBLISH_WARNING),
}
_S = PermitState
GOALS: Final = {
    Family.ROAD: (
        *(_S.JOINT_REVIEW, _S.ISSUED, _S.ACTIVE, _S.SUSPENDED, _S.RESUME_REQUESTED),
        *(_S.RENEWAL_PENDING, _S.ACTIVE, _S.RESUME_REQUESTED, _S.RENEWAL_PENDING),
        *(_S.EXPIRED, _S.DEREGISTERED),
    ),
    Family.FLIGHT: (_S.APPROVED, _S.CONFIRMED, _S.AIRBORNE, _S.LANDED, _S.SUSPENDED, _S.CLOSED),
    Family.VESSEL: (_S.WARNING_PUBLISHED, _S.ACTIVE, _S.RESUME_REQUESTED, _S.CLOSED, _S.EXPIRED),
}
"""Where people mostly want to get, or have to."""

spans = st.sampled_from(
    (
        timedelta(minutes=20),
        timedelta(hours=1),
        timedelta(hours=9),
        timedelta(days=1),
        timedelta(days=6),
        timedelta(days=25),
        timedelta(days=100),
    )
)


@dataclass
class Life:
    """What the model knows of one permit."""

    case: Case
    """As it was last seen: nobody else writes, so it is that still."""
    drafted: Permit
    """As it began."""
    told: Permit
    """What its steps alone come to, since it was drafted."""
    stored: Row[Any]
    """Its row and its last step as the database has them."""
    car: str
    ends: list[datetime] = field(default_factory=list)
    """What was declared, and what renewals asked for: nothing of it is valid longer."""
    papers_end: datetime | None = None
    """When the first of the papers that its plate rests on is over."""

    recalled: bool = False
    """Whether its plate was taken away, and the vehicle stays where it is."""

    @property
    def number(self) -> str:
        return self.case.permit.number

    def __repr__(self) -> str:
        return f"{self.number} ({self.case.permit.state})"


@dataclass
class Done:
    """What was done at least once, and how much in all: a model that does nothing shows nothing."""

    steps: int = 0
    permits: set[PermitAction] = field(default_factory=set)
    kinds: set[PermitKind] = field(default_factory=set)
    """Of those that came as far as being granted."""
    matters: set[MatterAction] = field(default_factory=set)
    papers: Counter[str] = field(default_factory=Counter)


class PermitMachine(RuleBasedStateMachine):
    """Applicants, departments, the police and the clock, of one family of permits."""

    store: ClassVar[Store]
    family: ClassVar[Family]
    done: ClassVar[Done]
    kinds: ClassVar[tuple[PermitKind, ...]]
    """What is applied for: what was not in force yet in the runs before this one; else all."""
    wanted: ClassVar[tuple[Transition, ...]]
    """What has not been done yet in the runs before this one; else all."""

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self.session: Session = self._open.enter_context(Session(self.store.writer))
        self.at = NOON
        self.lives: list[Life] = []
        self.plates = self.tried = 0

    def teardown(self) -> None:
        """Look at all once more, and take everything back."""
        try:
            for life in self.lives:
                self._is_what_was_seen(life)
        finally:
            self.session.rollback()
            self._open.close()

    def _is_what_was_seen(self, life: Life) -> None:
        assert self._now(life.number) == life.stored, "nobody else has touched it"
        done = permit_events.of_permit(self.session, life.number)
        assert [each.action for each in done] == [each.action for each in life.case.changes]
        assert fold(life.drafted, done) == life.case.permit

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        self._apply(data.draw(st.sampled_from(self.kinds)), *_SOON)

    def _now(self, number: str) -> Row[Any]:
        """Return a permit as the database has it, and its last step; nothing of it is interpreted."""
        return self.session.connection().exec_driver_sql(_STORED, (number, number)).one()

    # -- what people do

    @precondition(lambda self: self._may_apply())
    @rule(data=st.data(), begins=spans, lasts=spans)
    def applies(self, data: st.DataObject, begins: timedelta, lasts: timedelta) -> None:
        self._apply(data.draw(st.sampled_from(self.kinds)), begins, lasts)

    @rule(data=st.data())
    def goes_on(self, data: st.DataObject) -> None:
        """A step that the table has, by somebody who may take it."""
        life, case = self._some(data)
        steps = TRANSITIONS[self.family].get(case.permit.state, {})
        wanted = [each for each in steps.values() if not each.by_law]
        if wanted:
            self._take(data, life, case, data.draw(st.sampled_from(wanted)))

    @rule(data=st.data(), steps=st.integers(1, LONGEST_WAY))
    def hastens(self, data: st.DataObject, steps: int) -> None:
        """Several steps on the shortest way to a state: chance alone seldom leads far."""
        life, _ = self._some(data)
        self._goes(data, life, data.draw(st.sampled_from(GOALS[self.family])), steps)

    @rule(data=st.data())
    def does(self, data: st.DataObject) -> None:
        """A step that was not done yet, from wherever a permit is: what can be done is done, however seldom."""
        step = data.draw(st.sampled_from(self.wanted))
        if self._may_apply() and not any(self._leads(each, step.before) for each in self.lives):
            self._apply(data.draw(st.sampled_from(self.kinds)), *_SOON)
        able = [each for each in self.lives if self._leads(each, step.before)]
        life = data.draw(st.sampled_from(able or self.lives))
        self._goes(data, life, step.before, LONGEST_WAY)
        if life.case.permit.state is step.before:
            self._one_step_on(data, life, step)

    def _leads(self, life: Life, goal: PermitState) -> bool:
        """Tell whether a permit may still come to a state."""
        try:
            return way(self.family, life.case.permit.state, goal) is not None
        except ValueError:
            return False

    def _may_apply(self) -> bool:
        open_ones = [each for each in self.lives if self._leads(each, PermitState.EXPIRED)]
        return len(self.lives) < MOST_PERMITS and len(open_ones) < MOST_AT_ONCE

    def _goes(self, data: st.DataObject, life: Life, goal: PermitState, steps: int) -> None:
        for _ in range(steps):
            before = life.case.permit
            try:
                action = next(iter(way(self.family, before.state, goal)), None)
            except ValueError:
                return
            if action is None:
                return
            self._one_step_on(data, life, TRANSITIONS[self.family][before.state][action])
            if life.case.permit == before:
                return

    def _one_step_on(self, data: st.DataObject, life: Life, step: Transition) -> None:
        self._what_comes_first(data, life, step)
        if step.by_law:
            self._until_law(life)
            self._law(life)
            return
        if Guard.LEAD_KEPT in step.guards and data.draw(st.booleans()):
            self.at += _LEAD
        if step.before is _WAITS[self.family]:
            self._all_vote(life, _LEADS_TO.get(step.after, Choice.APPROVE))
        if life.case.permit.state is step.before:
            self._take(data, life, life.case, step)

    def _what_comes_first(self, data: st.DataObject, life: Life, step: Transition) -> None:
        """Ask for the renewal that is to be decided, and warn of the time that it adds: no state tells of it."""
        moves = TRANSITIONS[self.family][step.before]
        first = _FIRST.get(step.action, ()) if life.case.permit.state is step.before else ()
        for action in first:
            move = moves.get(action)
            if move is not None and move.after is step.before:
                self._take(data, life, life.case, move)

    def _until_law(self, life: Life) -> None:
        dues = (due.limit.at for due in open_deadlines(life.case) if due.by_law)
        self.at = max(self.at, next((at for at in dues if at is not None), self.at))

    def _all_vote(self, life: Life, first: Choice) -> None:
        """Have all vote who have not: the first of them as is said, the others approve."""
        review, choice = self._review(life), first
        for ballot in review.ballots if review else ():
            if ballot.vote is None and life.case.permit.state is _WAITS[self.family]:
                self._vote(life, choice, ballot.department, None)
                choice = Choice.APPROVE if ballot.mandatory else choice

    @rule(data=st.data(), action=st.sampled_from(PermitAction))
    def tries_anything(self, data: st.DataObject, action: PermitAction) -> None:
        """A step that the table may have or not, by somebody who may take it somewhere."""
        life, case = self._some(data)
        step = TRANSITIONS[self.family].get(case.permit.state, {}).get(action)
        if step is not None:
            self._take(data, life, case, step)
            return
        who = actor(action, HOLDER, case.permit.kind)
        error = self._attempt(lambda: self._apply_action(who, life.number, action))
        if error is None:
            new = self._follows(life, case).changes[len(case.changes) :]
            assert new[-1].action is action
            assert all(each.effective_at for each in new[:-1]), "only the law came in between"
            assert len(new) > 1, f"the table has no {action} in {case.permit.state}"
            return
        assert isinstance(error, (PermitError, StoreError)), error
        self._unchanged(case)

    @rule(data=st.data())
    def two_decide_at_once(self, data: st.DataObject) -> None:
        """Both have looked at the same revision: one wins."""
        life, case = self._some(data)
        steps = TRANSITIONS[self.family].get(case.permit.state, {})
        wanted = [each for each in steps.values() if not each.by_law]
        if not wanted:
            return
        first, second = (data.draw(st.sampled_from(wanted)) for _ in range(2))
        if self._take(data, life, case, first, expected=case.permit.revision):
            self._take(data, life, life.case, second, expected=case.permit.revision, lost=True)

    @precondition(lambda self: self._somebody_waits() or not self.tried % 20)
    @rule(
        data=st.data(),
        choice=st.sampled_from((*Choice, Choice.APPROVE, Choice.APPROVE)),
        own=st.sampled_from(Department),
        whose=st.none() | st.sampled_from(Department),
    )
    def votes(
        self, data: st.DataObject, choice: Choice, own: Department, whose: Department | None
    ) -> None:
        waiting = [e for e in self.lives if e.case.permit.state is _WAITS[self.family]]
        life = data.draw(st.sampled_from(waiting or self.lives))
        self._vote(life, choice, own, whose)

    def _somebody_waits(self) -> bool:
        return any(each.case.permit.state is _WAITS[self.family] for each in self.lives)

    def _vote(self, life: Life, choice: Choice, own: Department, whose: Department | None) -> None:
        case, before, who = life.case, self._review(life), reviewer_of(own)
        asked = Provisos(max_speed_mps=9.0) if choice is Choice.APPROVE_WITH_CONDITIONS else NONE
        error = self._attempt(
            lambda: reviews.vote(
                self.session, who, life.number, choice, self.at, under=RULES,
                reason="why" if choice in _REASONED else "", conditions=asked,
                missing=("a page",) if choice is Choice.RETURN else (), department=whose,
            )
        )  # fmt: skip
        if error is not None:
            self._unchanged(case)
            return
        assert whose in {None, own}, "nobody votes for another department"
        assert case.permit.state is _WAITS[self.family]
        has_one = [each for each in before.ballots if each.department is own] if before else []
        assert all(each.vote is None for each in has_one), "nobody votes twice"
        self._decided(life, case)

    @rule(span=spans)
    def time_passes(self, span: timedelta) -> None:
        self.at += span

    @rule(data=st.data())
    def law_takes_its_course(self, data: st.DataObject) -> None:
        life, _ = self._some(data)
        self._law(life)

    def _law(self, life: Life) -> None:
        case = life.case
        error = self._attempt(lambda: permit_taking.let_law(self.session, case, self.at, RULES))
        assert error is None, error
        now = self._follows(life, case)
        assert lapse(now, self.at) is None, "the law has nothing left to do"
        self._outlives_nothing(life, now.permit)

    # -- what is done with it

    def _apply(self, kind: PermitKind, begins: timedelta, lasts: timedelta) -> None:
        car = f"model-{len(self.lives)}"
        terms = Terms(
            frozenset({car}), frozenset({"road-1"}), self.at + begins, self.at + begins + lasts
        )
        made = permits.create(
            self.session, PLATFORM, kind=kind, holder_id=HOLDER, terms=terms, at=self.at
        )
        assert (made.state, made.revision) == (PermitState.DRAFT, 0)
        case = permit_taking.case_of(self.session, made.number, RULES)
        self.lives.append(Life(case, made, made, self._now(made.number), car, [terms.valid_to]))

    def _take(
        self,
        data: st.DataObject,
        life: Life,
        case: Case,
        step: Transition,
        expected: int | None = None,
        *,
        lost: bool = False,
    ) -> bool:
        """Try a step; tell whether it was taken."""
        details = self._details(data, step, case.permit)
        given = self._plates(data, life, step)
        brought = None
        if Guard.TERMS_BROUGHT in step.guards and data.draw(st.integers(0, 3)) < 3:
            brought = replace(case.permit.terms, max_speed_mps=data.draw(st.floats(1.0, 9.0)))
        if Guard.RECTIFICATION_REPORT in step.guards and data.draw(st.integers(0, 3)) < 3:
            hand_in(self.session, case.permit, DocumentKind.RECTIFICATION_REPORT, self.at)
        who = actor(step.action, HOLDER, case.permit.kind)
        if Effect.TAKE_CONDITIONS in step.effects:
            who = reviewer_of(Department.MARITIME)
        error = self._attempt(
            lambda: self._apply_action(
                who, life.number, step.action, details=details, plates=given,
                expected_revision=expected, terms=brought,
            )
        )  # fmt: skip
        if error is not None:
            self._unchanged(case)
            return False
        assert not lost, f"{step.action} won too"
        if Detail.ASKED_UNTIL in details:
            life.ends.append(datetime.fromisoformat(details[Detail.ASKED_UNTIL]))
        if given:
            life.recalled = False
            ends = [each for each in _ends(given[0].papers) if each is not None]
            life.papers_end = min(ends, default=None)
        life.recalled |= not _TAKEN_AWAY.isdisjoint(step.effects)
        now = self._follows(life, case)
        assert now.changes[-1].action is step.action
        return True

    def _lapsed(self, life: Life) -> None:
        """What else a step of a permit may have moved: nothing here."""

    def _apply_action(
        self, who: Principal, number: str, action: PermitAction, **said: Any
    ) -> Permit:
        return permits.apply_action(
            self.session, who, number, action, self.at, "because", under=RULES, **said
        )

    def _details(self, data: st.DataObject, step: Transition, permit: Permit) -> dict[Detail, str]:
        said = dict.fromkeys(step.needs, "W 1")
        if Detail.GROUND in said:
            said[Detail.GROUND] = "SAFETY_RISK"
        if Detail.ASKED_UNTIL in step.takes and data.draw(st.booleans()):
            until = permit.terms.valid_to + timedelta(days=data.draw(st.integers(-5, 200)))
            said[Detail.ASKED_UNTIL] = until.isoformat()
        if Detail.TAKEOFF_AT in (*step.takes, *step.needs) and data.draw(st.booleans()):
            takeoff_at = self.at + timedelta(minutes=data.draw(st.integers(-10, 200)))
            said[Detail.TAKEOFF_AT] = takeoff_at.isoformat()
        return said

    def _plates(self, data: st.DataObject, life: Life, step: Transition) -> tuple[PlateWanted, ...]:
        if Effect.PLATE not in step.effects or data.draw(st.integers(0, 5)) == 5:
            return ()
        self.plates += 1
        papers = Papers(self._in_some_days(data), self._in_some_days(data))
        return (PlateWanted(life.car, f"沪A{self.plates:04d}试", VINS[life.car], papers),)

    def _in_some_days(self, data: st.DataObject) -> date | None:
        days = data.draw(_SOME_DAYS)
        return None if days is None else legal_day(self.at) + timedelta(days)

    def _attempt(self, act: Callable[[], object], *refusals: type[Exception]) -> Exception | None:
        """Do something whole or not at all, as a request does."""
        refused_by: tuple[type[Exception], ...] = (PermitError, StoreError, *refusals)
        self.done.steps += 1
        self.tried += 1
        try:
            with self.session.begin_nested():
                act()
        except refused_by as refused:
            self.session.expire_all()
            return refused
        return None

    # -- what must hold

    def _some(self, data: st.DataObject) -> tuple[Life, Case]:
        life = data.draw(st.sampled_from(self.lives))
        return life, life.case

    def _unchanged(self, before: Case) -> None:
        life = next(each for each in self.lives if each.case is before)
        assert self._now(life.number) == life.stored

    def _follows(self, life: Life, before: Case) -> Case:
        """Check that what was done since follows from what was there, step by step.

        The whole permit is what its steps come to: state, terms, vehicles, plates, numbers of them.
        """
        stored = self._now(life.number)
        if stored == life.stored:
            return life.case
        done = permit_events.of_permit(self.session, life.number)
        assert [(each.at, each.action) for each in done[: len(before.changes)]] == [
            (each.at, each.action) for each in before.changes
        ], "what was done stays done"
        new = done[len(before.changes) :]
        state = before.permit.state
        for change in new:
            state = self._one_step(state, change)
        life.stored = stored
        now = replace(before, permit=history.permit_of(life.stored), changes=done)
        life.told = fold(life.told, new)
        assert life.told == now.permit
        self.done.permits.update(change.action for change in new)
        if in_force(now.permit.state):
            self.done.kinds.add(now.permit.kind)
        if not _RENEWALS.isdisjoint(change.action for change in new):
            life.ends.append(before.permit.terms.valid_to + LONGEST_RENEWAL[self.family])
        life.case = now
        if new:
            self._lapsed(life)
        return now

    def _one_step(self, state: PermitState, change: PermitChanged) -> PermitState:
        assert change.before is state, "a step begins where the one before ended"
        step = TRANSITIONS[self.family][state][change.action]
        assert change.after is step.after
        assert step.by_law == (change.effective_at is not None)
        return change.after

    def _review(self, life: Life) -> Review | None:
        return ballots.current(self.session, life.case.permit)

    def _decided(self, life: Life, before: Case) -> None:
        """Check that the permit is where all votes together lead, told without the review's own words."""
        now = self._follows(life, before)
        review = self._review(life)
        assert review is not None
        expected = _expected(self.family, review.ballots, waits=_waits(review, self.at))
        assert now.permit.state is (expected or before.permit.state)

    def _outlives_nothing(self, life: Life, permit: Permit) -> None:
        terms = permit.terms
        assert terms.valid_to <= max(life.ends)
        steps = TRANSITIONS[self.family].get(permit.state, {}).values()
        ends = any(each.by_law and each.action is PermitAction.EXPIRE for each in steps)
        if not ends or not in_force(permit.state) or permit.state is PermitState.RENEWAL_PENDING:
            return  # what flies when its time is over has to land, and is in violation until then
        assert self.at < terms.valid_to, "what is over is not in force"
        for plate in terms.plates:
            assert life.papers_end is None or plate.valid_to <= life.papers_end
            if not life.recalled:
                # Papers that are gone before it begins leave it the least that there is, and no plate.
                most = max(plate.valid_to, terms.valid_from + SHORTEST)
                assert terms.valid_to <= most, "with one vehicle no longer than its plate"


def _waits(review: Review, at: datetime) -> bool:
    """Whether an advisory opinion is still waited for."""
    missing = any(not each.mandatory and each.vote is None for each in review.ballots)
    return missing and (review.opinions_due is None or at < review.opinions_due)


def _expected(family: Family, cast: tuple[Ballot, ...], *, waits: bool) -> PermitState | None:
    must = [each.vote for each in cast if each.mandatory]
    if waits or None in must:
        return None
    choices = {vote.choice for vote in must if vote is not None}
    for choice in (Choice.REJECT, Choice.RETURN):
        if choice in choices:
            return _OUTCOME[choice]
    return None if family is Family.VESSEL else PermitState.APPROVED


def _ends(papers: Papers) -> tuple[datetime | None, ...]:
    days: tuple[date | None, ...] = (papers.insured_to, papers.inspected_to)
    return tuple(None if day is None else after(day) for day in days)


def entry_of(car: str) -> str:
    """Return by which id a vehicle is in the register."""
    return f"{car}-entry"


def _register(session: Session) -> None:
    for car, vin in VINS.items():
        registry.add_device(session, PLATFORM, Device(car, HOLDER, CAR.domain, "Model"), NOON)
        vehicle = Vehicle(
            vin=vin, brand="Swift", model="S1", configuration="L4", mass_kg=1500.0,
            category=VehicleCategory.PASSENGER, automation_level=4, software_version="1",
            hardware_version="A",
        )  # fmt: skip
        register.add(session, PLATFORM, RegisterEntry(entry_of(car), HOLDER, vehicle, car), NOON)


def _examples_for(steps_left: int) -> int:
    """Return how many examples a run has: what was not done yet is looked for anew in the next one.

    The last has no more than are still asked for; where those are done, it looks for what was never done.
    """
    if steps_left <= 0:
        return MOST_EXAMPLES
    return min(MOST_EXAMPLES, 1 + ceil(steps_left / FEWEST_STEPS_TAKEN))


def run(store: Store, machine: type[PermitMachine], family: Family, steps: int, seed: int) -> Done:
    """Let a machine take at least so many steps, the same for a seed; return what was done at least once."""
    assert {FAMILY_OF[kind] for kind in KINDS[family]} == {family}
    done = Done()
    with store.write() as session:
        # In whose name plates are announced void.
        office = Organisation("demo-police", "Traffic police", OrganisationKind.POLICE)
        registry.add_organisation(session, PLATFORM, office, NOON)
        _register(session)
    given = settings(
        stateful_step_count=STEPS_AN_EXAMPLE,
        deadline=None,
        database=None,
        phases=(Phase.generate,),  # to shrink a story takes minutes, and tells little more
        suppress_health_check=list(HealthCheck),
    )
    for turn in count():
        possible = tuple(each for each in STEPS[family] if each.action not in NEVER[family])
        steps_left = tuple(each for each in possible if each.action not in done.permits)
        kinds_left = tuple(each for each in KINDS[family] if each not in done.kinds)
        is_whole = not steps_left and not kinds_left
        if done.steps >= steps and (is_whole or done.steps >= 2 * steps):
            break
        told = {
            "store": store, "family": family, "done": done,
            "kinds": kinds_left or KINDS[family], "wanted": steps_left or possible,
        }  # fmt: skip
        chosen = type("Machine", (machine,), told)
        examples = _examples_for(steps - done.steps)
        of_this_run = settings(given, max_examples=examples)
        run_state_machine_as_test(seeded(seed + turn)(chosen), settings=of_this_run)
    return done
