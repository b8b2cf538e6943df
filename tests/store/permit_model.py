"""Permits as a machine that Hypothesis drives: whatever people do in whatever order, these laws hold.

No state is skipped, a permit is what its steps come to, of two decisions at once one wins, what is refused
changes nothing, and no permit is valid beyond what it rests on. The store is the real one; each example
is a transaction that is taken back.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count
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
from sqlmodel import Session

from permits.deadlines import Case, open_deadlines
from permits.department import Department
from permits.issuing import Ruling, legal_day
from permits.lapse import lapse
from permits.life import fold
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
from permits.transition import Detail, Effect, Transition
from permits.validity import Papers, after
from tests.store.city import CAR, NOON, UNDER
from zone_service.demo_city import actor
from zone_service.demo_votes import reviewer_of
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import permit_taking, permits, registry, reviews
from zone_service.store.engine import Store
from zone_service.store.errors import StoreError
from zone_service.store.records import PLATFORM, Device, Principal
from zone_service.working_days import working_days

_KINDS: Final = shipped_sheet("shanghai-default").parameters["plate.kinds"]
RULES: Final = Ruling(
    replace(UNDER.sheet, parameters={**UNDER.sheet.parameters, "plate.kinds": _KINDS}),
    calendar=working_days(None),
)
"""Nothing that they rest on runs out, and each vehicle on a road must bear a plate."""
KINDS: Final = {
    Family.ROAD: (PermitKind.ROAD_TEST, PermitKind.LOW_SPEED_TEST),
    Family.FLIGHT: (PermitKind.FLIGHT_ACTIVITY, PermitKind.EMERGENCY_FLIGHT),
    Family.VESSEL: (PermitKind.VESSEL_TRIAL,),
}
MOST_PERMITS: Final = 2
STEPS_AN_EXAMPLE: Final = 100
_HOLDER: Final = "swift"
_REASONED: Final = frozenset({Choice.REJECT, Choice.RETURN, Choice.APPROVE_WITH_CONDITIONS})
_OUTCOME: Final = {
    Choice.REJECT: PermitState.REJECTED,
    Choice.RETURN: PermitState.RETURNED_FOR_CORRECTION,
}
_WAITS: Final = {
    Family.ROAD: PermitState.JOINT_REVIEW,
    Family.FLIGHT: PermitState.SUBMITTED,
    Family.VESSEL: PermitState.NOTIFIED,
}
"""Where the votes of departments are waited for."""

LONGEST_RENEWAL: Final = timedelta(days=184)
"""The six months of the rule set, where nobody asks for less."""
_TAKEN_AWAY: Final = frozenset({Effect.RECALL_PLATES, Effect.ANNOUNCE_PLATES})
_RENEWALS: Final = frozenset({PermitAction.RENEW, PermitAction.DEEM_RENEWED})
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


class PermitMachine(RuleBasedStateMachine):
    """Applicants, departments, the police and the clock, of one family of permits."""

    store: ClassVar[Store]
    family: ClassVar[Family]
    steps: ClassVar[int] = 0
    done: ClassVar[set[PermitAction]] = set()
    """What was done at least once: a model that does nothing shows nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self.session: Session = self._open.enter_context(Session(self.store.writer))
        self.at = NOON
        self.lives: list[Life] = []
        self.plates = self.tried = 0

    def teardown(self) -> None:
        """Take everything back."""
        self.session.rollback()
        self._open.close()

    @initialize()
    def begin(self) -> None:
        self._apply(KINDS[self.family][0], timedelta(days=50), timedelta(days=60))

    # -- what people do

    @precondition(lambda self: len(self.lives) < MOST_PERMITS)
    @rule(data=st.data(), begins=spans, lasts=spans)
    def applies(self, data: st.DataObject, begins: timedelta, lasts: timedelta) -> None:
        self._apply(data.draw(st.sampled_from(KINDS[self.family])), begins, lasts)

    @rule(data=st.data())
    def goes_on(self, data: st.DataObject) -> None:
        """A step that the table has, by somebody who may take it."""
        life, case = self._some(data)
        steps = TRANSITIONS[self.family].get(case.permit.state, {})
        wanted = [each for each in steps.values() if not each.by_law]
        if wanted:
            self._take(data, life, case, data.draw(st.sampled_from(wanted)))

    @rule(data=st.data(), steps=st.integers(1, 14))
    def hastens(self, data: st.DataObject, steps: int) -> None:
        """Several steps on the shortest way to a state: chance alone seldom leads far."""
        life, _ = self._some(data)
        goal = data.draw(st.sampled_from(GOALS[self.family]))
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
        if step.by_law:
            self._until_law(life)
            self._law(life)
            return
        if step.before is _WAITS[self.family]:
            self._all_approve(life)
        if life.case.permit.state is step.before:
            self._take(data, life, life.case, step)

    def _until_law(self, life: Life) -> None:
        dues = (due.limit.at for due in open_deadlines(life.case) if due.by_law)
        self.at = max(self.at, next((at for at in dues if at is not None), self.at))

    def _all_approve(self, life: Life) -> None:
        review = self._review(life)
        for ballot in review.ballots if review else ():
            if ballot.vote is None and life.case.permit.state is _WAITS[self.family]:
                self._vote(life, Choice.APPROVE, ballot.department, None)

    @rule(data=st.data(), action=st.sampled_from(PermitAction))
    def tries_anything(self, data: st.DataObject, action: PermitAction) -> None:
        """A step that the table may have or not, by somebody who may take it somewhere."""
        life, case = self._some(data)
        step = TRANSITIONS[self.family].get(case.permit.state, {}).get(action)
        if step is not None:
            self._take(data, life, case, step)
            return
        who = actor(action, _HOLDER)
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
            self.session, PLATFORM, kind=kind, holder_id=_HOLDER, terms=terms, at=self.at
        )
        assert (made.state, made.revision) == (PermitState.DRAFT, 0)
        case = permit_taking.case_of(self.session, made.number, RULES)
        self.lives.append(Life(case, car, [terms.valid_to]))

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
        who = actor(step.action, _HOLDER)
        if Effect.TAKE_CONDITIONS in step.effects:
            who = reviewer_of(Department.MARITIME)
        error = self._attempt(
            lambda: self._apply_action(
                who, life.number, step.action, details=details, plates=given,
                expected_revision=expected,
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

    def _apply_action(
        self, who: Principal, number: str, action: PermitAction, **said: Any
    ) -> Permit:
        return permits.apply_action(
            self.session, who, number, action, self.at, "because", under=RULES, **said
        )

    def _details(self, data: st.DataObject, step: Transition, permit: Permit) -> dict[Detail, str]:
        said = dict.fromkeys(step.needs, "W 1")
        if Detail.ASKED_UNTIL in step.takes and data.draw(st.booleans()):
            until = permit.terms.valid_to + timedelta(days=data.draw(st.integers(-5, 200)))
            said[Detail.ASKED_UNTIL] = until.isoformat()
        if Detail.TAKEOFF_AT in (*step.takes, *step.needs) and data.draw(st.booleans()):
            takeoff_at = self.at + timedelta(minutes=data.draw(st.integers(-10, 200)))
            said[Detail.TAKEOFF_AT] = takeoff_at.isoformat()
        return said

    def _plates(self, data: st.DataObject, life: Life, step: Transition) -> tuple[PlateWanted, ...]:
        if Effect.PLATE not in step.effects or not data.draw(st.integers(0, 5)):
            return ()
        self.plates += 1
        days = st.none() | st.integers(-3, 200).map(lambda n: legal_day(self.at) + timedelta(n))
        papers = Papers(data.draw(days), data.draw(days))
        vin = f"LSVNV2182E2{int(life.car[-1]):06d}"
        return (PlateWanted(life.car, f"沪A{self.plates:04d}试", vin, papers),)

    def _attempt(self, act: Callable[[], object]) -> Exception | None:
        """Do something whole or not at all, as a request does."""
        type(self).steps += 1
        self.tried += 1
        try:
            with self.session.begin_nested():
                act()
        except (PermitError, StoreError) as refused:
            self.session.expire_all()
            return refused
        return None

    # -- what must hold

    def _some(self, data: st.DataObject) -> tuple[Life, Case]:
        life = data.draw(st.sampled_from(self.lives))
        return life, life.case

    def _unchanged(self, before: Case) -> None:
        now = permit_taking.case_of(self.session, before.permit.number, RULES)
        assert (now.permit, now.changes) == (before.permit, before.changes)

    def _follows(self, life: Life, before: Case) -> Case:
        """Check that what was done since follows from what was there, step by step."""
        now = permit_taking.case_of(self.session, life.number, RULES)
        assert now.changes[: len(before.changes)] == before.changes
        new = now.changes[len(before.changes) :]
        state = before.permit.state
        for change in new:
            state = self._one_step(state, change)
        assert now.permit.state is state
        draft = replace(now.permit, state=PermitState.DRAFT, revision=0)
        folded = fold(draft, now.changes)
        assert (folded.state, folded.revision) == (state, now.permit.revision)
        assert folded.terms.valid_to == now.permit.terms.valid_to
        self.done.update(change.action for change in new)
        if not _RENEWALS.isdisjoint(change.action for change in new):
            life.ends.append(before.permit.terms.valid_to + LONGEST_RENEWAL)
        life.case = now
        return now

    def _one_step(self, state: PermitState, change: PermitChanged) -> PermitState:
        assert change.before is state, "a step begins where the one before ended"
        step = TRANSITIONS[self.family][state][change.action]
        assert change.after is step.after
        assert step.by_law == (change.effective_at is not None)
        return change.after

    def _review(self, life: Life) -> Review | None:
        found = reviews.get(self.session, PLATFORM, life.number).rounds
        return found[-1].review if found else None

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
                assert terms.valid_to <= plate.valid_to, "with one vehicle no longer than its plate"


def _waits(review: Review, at: datetime) -> bool:
    """Whether an advisory opinion is still waited for."""
    missing = any(not each.mandatory and each.vote is None for each in review.ballots)
    return missing and (review.opinions_due is None or at < review.opinions_due)


def _expected(family: Family, ballots: tuple[Ballot, ...], *, waits: bool) -> PermitState | None:
    must = [each.vote for each in ballots if each.mandatory]
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


def run(store: Store, family: Family, steps: int, seed: int) -> set[PermitAction]:
    """Let the machine take at least so many steps, the same for a seed; return what was done at least once."""
    assert FAMILY_OF[KINDS[family][0]] is family

    class Machine(PermitMachine):
        pass

    Machine.store, Machine.family, Machine.steps, Machine.done = store, family, 0, set()
    with store.write() as session:
        for number in range(MOST_PERMITS):
            device = Device(f"model-{number}", _HOLDER, CAR.domain, "Model")
            registry.add_device(session, PLATFORM, device, NOON)
    given = settings(
        max_examples=20,
        stateful_step_count=STEPS_AN_EXAMPLE,
        deadline=None,
        database=None,
        phases=(Phase.generate,),  # to shrink a story takes minutes, and tells little more
        suppress_health_check=list(HealthCheck),
    )
    for turn in count():
        if Machine.steps >= steps:
            break
        run_state_machine_as_test(seeded(seed + turn)(Machine), settings=given)
    return Machine.done
