"""The machine of permits with what people hand in and withdraw, and with the matters that they open under them.

Papers about a vehicle end its plate. A matter stops a part of a permit, tells of an accident or asks for
other terms. What a permit then is must still be what its steps come to, and so must each matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from permits.accident import Accident, Liability
from permits.acts import MATTER_ACT_OF
from permits.competence import competent
from permits.daily_plan import DailyPlan
from permits.deadlines import Case
from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.further import Change
from permits.issuing import SHANGHAI, legal_day
from permits.matter import About, Matter, Suspension, fold_matter
from permits.matter_cycle import MATTER_MOVES
from permits.matter_refusals import MatterError
from permits.matter_states import MatterAction, MatterKind, MatterState
from permits.matter_step import MatterStep
from permits.paper_law import asked_of
from permits.paper_words import PapersRefused
from permits.permit import Permit, PermitAction, in_force
from permits.plan_answers import PlanAnswer, answering
from permits.reviewers import reviewers
from permits.states import PermitKind
from permits.transition import Actor, Detail, Transition
from permits.validity import Papers, after
from tests.store.permit_model import HOLDER, RULES, Life, PermitMachine, entry_of
from zone_service.demo_votes import reviewer_of
from zone_service.store import changed_papers, daily_plans, documents, matters, plan_answers
from zone_service.store.granted import NEVER_GRANTED
from zone_service.store.records import PLATFORM, Principal, Role
from zone_service.store.recount import SHORTEST

OWNER: Final = Principal("demo-applicant", "demo-applicant", Role.OPERATOR, HOLDER)
WHO: Final[Mapping[Actor, Principal]] = MappingProxyType(
    {
        Actor.APPLICANT: OWNER,
        Actor.POLICE: Principal("demo-police", "demo-police", Role.POLICE, "demo-police"),
        Actor.SYSTEM: PLATFORM,
        Actor.DEPARTMENTS: PLATFORM,
        Actor.ADMINISTRATOR: PLATFORM,
    }
)
FILE: Final = StoredFile("ab" * 32, "application/pdf", 7)
OF_VEHICLE: Final = (
    DocumentKind.COMPULSORY_INSURANCE,
    DocumentKind.LIABILITY_INSURANCE,
    DocumentKind.SAFETY_INSPECTION,
)
_ASKED: Final = Papers(date.max, date.max)
_MOSTLY: Final = st.sampled_from((True, True, True, False))
MOST_MATTERS: Final = 4
MOST_PAPERS: Final = 4
"""In one story: enough to be ended by one and then by another."""
_K, _A = MatterKind, MatterAction
BEGUN_BY: Final = {
    _K.SUSPENSION: (_A.SUSPEND, Actor.POLICE),
    _K.ACCIDENT: (_A.REPORT, Actor.APPLICANT),
    _K.CHANGE: (_A.APPLY, Actor.APPLICANT),
}


@dataclass
class Handed:
    """A paper about a vehicle, as the model remembers it."""

    kind: DocumentKind
    ends: date
    gone_at: datetime | None = None
    """When it was withdrawn."""


@dataclass
class Opened:
    """A matter under a permit, and what it was before its first step."""

    life: Life
    matter: Matter
    new: Matter


class PaperMachine(PermitMachine):
    """All that the machine of permits does; and papers and matters."""

    def __init__(self) -> None:
        super().__init__()
        self.handed: dict[str, dict[str, Handed]] = {}
        self.matters: list[Opened] = []

    # -- papers

    @precondition(lambda self: sum(map(len, self.handed.values())) < MOST_PAPERS)
    @rule(data=st.data(), kind=st.sampled_from(OF_VEHICLE), days=st.integers(1, 400))
    def hands_in(self, data: st.DataObject, kind: DocumentKind, days: int) -> None:
        """The paper of a vehicle counts from its file on, for as long as it says."""
        life, _ = self._some(data)
        ends = legal_day(self.at) + timedelta(days=days)
        covers = Covered(CoveredKind.VEHICLE, entry_of(life.car))
        made: list[str] = []
        error = self._attempt(lambda: made.append(self._paper(kind, covers, ends)))
        assert error is None, error
        self.handed.setdefault(life.car, {})[made[0]] = Handed(kind, ends)
        self.done.papers["handed in"] += 1
        self._follows(life, life.case)
        self._law(life)

    @precondition(lambda self: self._withdrawable())
    @rule(data=st.data())
    def withdraws(self, data: st.DataObject) -> None:
        """What rests on a paper alone ends with it, at once."""
        life, document_id = data.draw(st.sampled_from(self._withdrawable()))
        error = self._attempt(
            lambda: changed_papers.withdraw(self.session, OWNER, document_id, self.at, RULES)
        )
        assert error is None, error
        self.handed[life.car][document_id].gone_at = self.at
        self.done.papers["withdrawn"] += 1
        self._follows(life, life.case)
        self._law(life)

    def _withdrawable(self) -> list[tuple[Life, str]]:
        return [
            (life, key)
            for life in self.lives
            for key, each in sorted(self.handed.get(life.car, {}).items())
            if each.gone_at is None
        ]

    def _outlives_nothing(self, life: Life, permit: Permit) -> None:
        super()._outlives_nothing(life, permit)
        asked = asked_of(RULES.sheet, permit.kind, _ASKED)
        for kind in OF_VEHICLE:
            last = self._last(life, kind)
            inspects = kind is DocumentKind.SAFETY_INSPECTION
            if last is None or not in_force(permit.state):
                continue
            # What is over by now outlives nothing any more.
            most = max(last, self.at, permit.terms.valid_from + SHORTEST)
            for plate in permit.terms.plates:
                assert plate.valid_to <= most, kind
            rests = asked.inspected_to if inspects else asked.insured_to
            moves = life.car not in permit.terms.suspended_device_ids
            if rests is not None and moves and not permit.terms.plates:
                assert permit.terms.valid_to <= most, kind

    def _last(self, life: Life, kind: DocumentKind) -> datetime | None:
        """Return until when papers of a kind can last at most; where all were withdrawn, since when not."""
        its = [each for each in self.handed.get(life.car, {}).values() if each.kind is kind]
        there = [after(each.ends) for each in its if each.gone_at is None]
        gone = [each.gone_at for each in its if each.gone_at is not None]
        return max(there or gone, default=None)

    def _take(
        self, data: st.DataObject, life: Life, case: Case, step: Transition,
        expected: int | None = None, *, lost: bool = False,
    ) -> bool:  # fmt: skip
        """What flies again and again files the plan of the day before it reports a take-off; mostly."""
        if _is_reported_again(step, case.permit) and data.draw(_MOSTLY):
            plan = DailyPlan(
                day=legal_day(case.permit.terms.valid_from), begins=time(23, 40), ends=time(23, 50),
                max_height_agl_m=100.0, device_ids=frozenset({life.car}),
            )  # fmt: skip
            self._attempt(lambda: self._planned(life, plan), PapersRefused)
        return super()._take(data, life, case, step, expected, lost=lost)

    def _planned(self, life: Life, plan: DailyPlan) -> None:
        """File a plan, and have all answer it whose answer is waited for."""
        daily_plans.file(self.session, OWNER, life.number, plan, self.at, under=RULES)
        named = answering(RULES.sheet, PermitKind.STANDING_FLIGHT)
        for department in (*named.mandatory, *named.advisory):
            plan_answers.answer(
                self.session,
                reviewer_of(department),
                life.number,
                plan.day,
                PlanAnswer.APPROVE,
                self.at,
            )

    def _details(self, data: st.DataObject, step: Transition, permit: Permit) -> dict[Detail, str]:
        """It flies within that plan; mostly."""
        said = super()._details(data, step, permit)
        if _is_reported_again(step, permit) and data.draw(_MOSTLY):
            day = legal_day(permit.terms.valid_from)
            for detail, minute in ((Detail.TAKEOFF_AT, 42), (Detail.LANDING_AT, 48)):
                at = datetime.combine(day, time(23, minute), SHANGHAI)
                said |= {detail: at.isoformat()} if detail in (*step.takes, *step.needs) else {}
        return said

    # -- matters

    @precondition(lambda self: len(self.matters) < MOST_MATTERS and self._granted())
    @rule(data=st.data(), kind=st.sampled_from(tuple(BEGUN_BY)))
    def opens_a_matter(self, data: st.DataObject, kind: MatterKind) -> None:
        life = data.draw(st.sampled_from(self._granted()))
        case = life.case
        action, actor = BEGUN_BY[kind]
        about = self._about(data, kind, life)
        made: list[Matter] = []

        def begin() -> None:
            found = matters.begin(
                self.session, WHO[actor], life.number, kind, action, about, self.at, "because",
                under=RULES,
            )  # fmt: skip
            made.append(found.matter)

        if self._attempt(begin, MatterError, PapersRefused) is not None:
            self._unchanged(case)
            return
        (matter,) = made
        same = [each for each in self.matters if (each.life, each.matter.kind) == (life, kind)]
        assert kind is not _K.CHANGE or not any(each.matter.is_open for each in same)
        new = Matter(matter.matter_id, life.number, kind, MatterState.NEW, HOLDER, matter.about)
        self.matters.append(Opened(life, matter, new))
        self._after(self.matters[-1])

    @precondition(lambda self: any(each.matter.is_open for each in self.matters))
    @rule(data=st.data())
    def goes_on_in_a_matter(self, data: st.DataObject) -> None:
        """Some steps that its table has, by somebody who may take them, with the papers that they need."""
        opened = data.draw(st.sampled_from([each for each in self.matters if each.matter.is_open]))
        for _ in range(data.draw(st.integers(1, 4))):
            moves = MATTER_MOVES[opened.matter.family].get(opened.matter.state, {})
            wanted = [step for step in moves.values() if step.actors != {Actor.SYSTEM}]
            if wanted:
                self._takes(data, opened, data.draw(st.sampled_from(wanted)))

    def _takes(self, data: st.DataObject, opened: Opened, step: MatterStep) -> None:
        if step.action is not _A.CONSENT:
            # The one holder here owns all its vehicles itself.
            part = data.draw(st.sampled_from(sorted(step.actors - {Actor.OWNER})))
            self._act(opened, step, self._who(part, opened, step.action))
            return
        for department in reviewers(RULES.sheet, opened.life.case.permit.kind).mandatory:
            if opened.matter.state is step.before:
                self._act(opened, step, reviewer_of(department))

    def _who(self, part: Actor, opened: Opened, action: MatterAction) -> Principal:
        """Return somebody who may take a step in a part: of the departments the first that is competent."""
        if part is not Actor.REVIEWER:
            return WHO[part]
        offices = competent(RULES.sheet, MATTER_ACT_OF[action], opened.life.case.permit.kind)
        return reviewer_of(offices[0])

    def _act(self, opened: Opened, step: MatterStep, who: Principal) -> None:
        matter, before = opened.matter, opened.life.case
        details = dict.fromkeys(step.needs, Liability.FULL.value)
        papers = self._attached(opened, step)
        error = self._attempt(
            lambda: matters.act(
                self.session, who, matter.matter_id, step.action, self.at, "because", under=RULES,
                details=details, document_ids=papers,
            ),
            MatterError,
            PapersRefused,
        )  # fmt: skip
        if error is not None:
            self._unchanged(before)
            assert matters.get(self.session, PLATFORM, matter.matter_id, RULES).matter == matter
            return
        self.done.matters.add(step.action)
        self._after(opened)

    def _granted(self) -> list[Life]:
        """Return what stands, where a part of it can be halted; and what is over, where none can."""
        return [each for each in self.lives if each.case.permit.state not in NEVER_GRANTED]

    def _after(self, opened: Opened) -> None:
        """Check that the permit and the matter are what their steps come to."""
        self._follows(opened.life, opened.life.case)
        now = matters.get(self.session, PLATFORM, opened.matter.matter_id, RULES)
        assert fold_matter(opened.new, now.changes) == now.matter
        opened.matter = now.matter

    def _lapsed(self, life: Life) -> None:
        """A step of the permit may have left a matter without object."""
        for each in self.matters:
            if each.life is life and each.matter.is_open:
                self._after(each)

    def _about(self, data: st.DataObject, kind: MatterKind, life: Life) -> About:
        car = frozenset({life.car})
        match kind:
            case MatterKind.SUSPENSION:
                part = data.draw(st.sampled_from((car, car, frozenset({"another"}))))
                return Suspension(part)
            case MatterKind.ACCIDENT:
                return Accident(
                    occurred_at=self.at - timedelta(hours=1), device_ids=car, place="a road",
                    account="it hit a bin",
                )  # fmt: skip
            case _:
                return Change({"max_speed_mps": data.draw(st.integers(3, 20)) / 1.0})

    def _attached(self, opened: Opened, step: MatterStep) -> tuple[str, ...]:
        if step.paper is None:
            return ()
        return (self._paper(step.paper, Covered(CoveredKind.PERMIT, opened.life.number), None),)

    def _paper(self, kind: DocumentKind, covers: Covered, ends: date | None) -> str:
        document = Document(
            kind=kind, covers=covers, number="1", issued_by="somebody", amount_cny=5e6,
            valid_from=legal_day(self.at), valid_to=ends,
        )  # fmt: skip
        made = documents.add(self.session, OWNER, document, self.at).document_id
        changed_papers.put_file(self.session, OWNER, made, FILE, self.at, RULES)
        return made


def _is_reported_again(step: Transition, permit: Permit) -> bool:
    """Tell whether a step reports one of the many flights under a permit."""
    standing = permit.kind is PermitKind.STANDING_FLIGHT
    return standing and step.action is PermitAction.REPORT_PRE_TAKEOFF
