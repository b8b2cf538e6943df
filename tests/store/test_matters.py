"""Matters under permits in the store: what follows for the permit, who may, and who was first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from threading import Barrier, Thread

import pytest

from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.issuing import Ruling
from permits.life import fold
from permits.matter import Matter, Suspension, fold_matter
from permits.matter_deadlines import MatterCase
from permits.matter_refusals import MatterNotAllowed, MatterRefused
from permits.matter_states import MatterAction, MatterKind, MatterState
from permits.matter_step import MatterEffect, MatterGuard
from permits.opinion import OpinionKind, Verdict
from permits.permit import Permit, PermitAction, PermitState
from permits.review import ReviewClosed
from permits.rule_words import Language
from permits.step_checks import NotAccepted
from tests.permits.lives import local
from tests.store.city import KITE, POLICE, REVIEWER, SWIFT
from tests.store.stepping import RULED, YEAR, do, draft, history, issued, now
from zone_service.store import audit, documents, matters, permits, registry, reviews
from zone_service.store import history as permit_history
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, NotFound
from zone_service.store.matter_effects import MATTER_EFFECTS
from zone_service.store.matter_guards import MATTER_GUARDS
from zone_service.store.records import (
    PLATFORM,
    Organisation,
    OrganisationKind,
    Principal,
    Role,
)
from zone_service.store.revisions import revision

A, K, S = MatterAction, MatterKind, MatterState
CAR = Suspension(frozenset({"car-1"}))
ROAD = Suspension(frozenset(), frozenset({"road-1"}))
SHA = "ab" * 32


def active(store: Store) -> Permit:
    return do(store, PLATFORM, issued(store), PermitAction.ACTIVATE, "2026-07-01 00:00")


def suspend(
    store: Store, permit: Permit, parts: Suspension = CAR, who: Principal = POLICE,
    at: str = "2026-07-02 10:00",
) -> MatterCase:  # fmt: skip
    with store.write() as session:
        return matters.begin(
            session, who, permit.number, K.SUSPENSION, A.SUSPEND, parts, local(at),
            "ran a red light", under=RULED,
        )  # fmt: skip


def act(
    store: Store, who: Principal, case: MatterCase, action: MatterAction,
    at: str = "2026-07-03 10:00", papers: Sequence[str] = (), revision_: int | None = None,
) -> MatterCase:  # fmt: skip
    with store.write() as session:
        return matters.act(
            session, who, case.matter.matter_id, action, local(at), "because", under=RULED,
            document_ids=papers, expected_revision=revision_,
        )  # fmt: skip


def paper(
    store: Store, permit: Permit, kind: DocumentKind = DocumentKind.RECTIFICATION_REPORT,
    *, filed: bool = True,
) -> str:  # fmt: skip
    at = local("2026-07-02 12:00")
    covers = Covered(CoveredKind.PERMIT, permit.number)
    document = Document(kind=kind, covers=covers, issued_by="lab", valid_from=at.date())
    with store.write() as session:
        made = documents.add(session, SWIFT, document, at)
        if filed:
            file = StoredFile(SHA, "application/pdf", 7)
            documents.put_file(session, SWIFT, made.document_id, file, at)
    return made.document_id


def resumed(store: Store, case: MatterCase, report: str) -> MatterCase:
    case = act(store, SWIFT, case, A.START_RECTIFICATION)
    case = act(store, SWIFT, case, A.REQUEST_RESUME, papers=(report,))
    return act(store, POLICE, case, A.RESUME, "2026-07-06 10:00")


def test_each_guard_and_each_effect_that_a_table_may_name_is_there() -> None:
    assert set(MATTER_GUARDS) == set(MatterGuard)
    assert set(MATTER_EFFECTS) == set(MatterEffect)


@pytest.mark.requirement("D4b-62", "D4b-64", "D4b-43", "D4b-26")
def test_a_vehicle_is_suspended_at_once_and_goes_on_once_its_report_is_accepted(
    store: Store,
) -> None:
    permit = active(store)
    before = revision_of(store)
    case = suspend(store, permit)

    halted = now(store, permit)
    assert (halted.state, halted.terms.suspended_device_ids) == (
        PermitState.ACTIVE,
        frozenset({"car-1"}),
    )
    # The worker asks for this count, and reads the terms again.
    assert revision_of(store) > before
    with store.read() as session:
        then = permit_history.permits_at(session, revision_of(store), (), (), local("2026-01-01"))
    assert [each.terms for each in then if each.number == permit.number] == [halted.terms]
    report = paper(store, permit)
    with pytest.raises(MatterRefused, match="without a document of kind RECTIFICATION_REPORT"):
        act(store, SWIFT, act(store, POLICE, case, A.START_RECTIFICATION), A.REQUEST_RESUME)
    case = act(store, SWIFT, case, A.REQUEST_RESUME, papers=(report,))
    with pytest.raises(MatterRefused, match="expected somebody of traffic-police"):
        act(store, REVIEWER, case, A.RESUME)
    assert now(store, permit).terms == halted.terms
    case = act(store, POLICE, case, A.RESUME)

    assert (case.matter.state, case.matter.is_open) == (S.RESUMED, False)
    assert now(store, permit).terms == permit.terms
    assert [each.papers[0].sha256 for each in case.changes if each.papers] == [SHA]
    steps = history(store, permit)
    assert [each.action for each in steps[-2:]] == [
        PermitAction.SUSPEND_PARTS,
        PermitAction.RESUME_PARTS,
    ]
    assert steps[-2].reason == f"{case.matter.matter_id}: ran a red light"
    assert fold(begun(store, permit), steps) == now(store, permit)
    new = Matter(case.matter.matter_id, permit.number, K.SUSPENSION, S.NEW, "swift", CAR)
    assert fold_matter(new, case.changes) == case.matter
    with store.read() as session:
        told = [e for e in audit.entries(session, PLATFORM, limit=1000) if "SU-" in e.subject]
    assert [each.action for each in told] == [
        "suspension.suspend",
        "suspension.start_rectification",
        "suspension.request_resume",
        "suspension.resume",
    ]


def begun(store: Store, permit: Permit) -> Permit:
    """The draft that a permit once was."""
    drafted = replace(permit, state=PermitState.DRAFT, revision=0)
    return replace(drafted, terms=replace(permit.terms, valid_to=YEAR["valid_to"]))


def revision_of(store: Store) -> int:
    with store.read() as session:
        return revision(session, "permits")


@pytest.mark.requirement("D4b-62")
def test_what_two_have_suspended_goes_on_when_both_let_it(store: Store) -> None:
    permit = active(store)
    first, second = suspend(store, permit), suspend(store, permit, ROAD, REVIEWER)
    third = suspend(store, permit, Suspension(CAR.device_ids, ROAD.zone_ids))
    assert now(store, permit).terms.suspended_zone_ids == {"road-1"}

    report = paper(store, permit)
    resumed(store, first, report)
    assert now(store, permit).terms.suspended_device_ids == {"car-1"}
    resumed(store, third, report)
    terms = now(store, permit).terms
    assert (terms.suspended_device_ids, terms.suspended_zone_ids) == (frozenset(), ROAD.zone_ids)
    with store.read() as session:
        left = matters.page(session, PLATFORM, under=RULED, number=permit.number, is_open=True)
    assert [each.matter.matter_id for each in left] == [second.matter.matter_id]


@pytest.mark.requirement("D4b-62")
def test_what_is_none_of_the_permits_or_nothing_at_all_is_not_suspended(store: Store) -> None:
    permit = active(store)
    with pytest.raises(MatterRefused, match="drone-1, road-9"):
        suspend(store, permit, Suspension(frozenset({"drone-1"}), frozenset({"road-9"})))
    with pytest.raises(MatterRefused, match="expected a vehicle or a segment"):
        suspend(store, permit, Suspension())
    with pytest.raises(MatterRefused, match="is DRAFT"):
        suspend(store, draft(store, **YEAR))
    with pytest.raises(MatterRefused, match="expected police, reviewer, system"):
        suspend(store, permit, who=SWIFT)
    with pytest.raises(NotFound):
        suspend(store, permit, who=KITE)
    assert now(store, permit) == permit
    with store.read() as session:
        assert matters.page(session, PLATFORM, under=RULED) == ()


def test_papers_are_about_the_permit_filed_and_not_withdrawn(store: Store) -> None:
    permit = active(store)
    case = act(store, POLICE, suspend(store, permit), A.START_RECTIFICATION)
    bare, gone, other = (
        paper(store, permit, filed=False),
        paper(store, permit),
        paper(store, draft(store, **YEAR)),
    )
    with store.write() as session:
        documents.withdraw(session, SWIFT, gone, local("2026-07-03 09:00"))
    for unfit in (bare, gone, other, "D-9999999"):
        with pytest.raises(MatterRefused, match=f"with {unfit}: expected documents about"):
            act(store, SWIFT, case, A.REQUEST_RESUME, papers=(paper(store, permit), unfit))
    wrong = paper(store, permit, DocumentKind.FACT_EVIDENCE)
    with pytest.raises(MatterRefused, match="without a document of kind RECTIFICATION_REPORT"):
        act(store, SWIFT, case, A.REQUEST_RESUME, papers=(wrong,))


def test_a_suspension_is_without_object_once_its_permit_is_over(store: Store) -> None:
    permit = active(store)
    case = suspend(store, permit)
    do(store, REVIEWER, permit, PermitAction.TERMINATE, "2026-07-05 10:00", ground="SAFETY_RISK")

    with store.read() as session:
        found = matters.get(session, SWIFT, case.matter.matter_id, RULED)
    assert (found.matter.state, found.changes[-1].by) == (S.LAPSED, "system")
    with pytest.raises(MatterNotAllowed, match="it is final"):
        act(store, SWIFT, found, A.START_RECTIFICATION)


@pytest.mark.requirement("D4b-63")
def test_of_two_who_act_at_once_one_is_told_that_it_has_moved_on(store: Store) -> None:
    permit = active(store)
    case = act(store, POLICE, suspend(store, permit), A.START_RECTIFICATION)
    case = act(store, SWIFT, case, A.REQUEST_RESUME, papers=(paper(store, permit),))
    came, start = list[str](), Barrier(2)

    def decide(action: MatterAction) -> None:
        start.wait()
        try:
            act(store, POLICE, case, action, revision_=case.matter.revision)
        except Conflict:
            came.append("conflict")
        else:
            came.append(action)

    both = [Thread(target=decide, args=(each,)) for each in (A.RESUME, A.REFUSE_RESUME)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    with store.read() as session:
        found = matters.get(session, PLATFORM, case.matter.matter_id, RULED)
    assert sorted(came) == sorted(["conflict", found.changes[-1].action])
    assert len(found.changes) == 4
    is_halted = found.matter.state is S.RECTIFICATION
    assert bool(now(store, permit).terms.suspended_device_ids) is is_halted


def at(text: str) -> datetime:
    return local(text)


@pytest.mark.requirement("D4b-63")
def test_matters_are_listed_by_permit_state_and_lateness_and_to_their_own(store: Store) -> None:
    permit = active(store)
    first, second = suspend(store, permit), suspend(store, permit, ROAD)
    second = act(store, POLICE, second, A.START_RECTIFICATION)
    ids = [first.matter.matter_id, second.matter.matter_id]

    def listed(who: Principal, **asked: object) -> list[str]:
        with store.read() as session:
            found = matters.page(session, who, under=RULED, **asked)  # type: ignore[arg-type]
        return [each.matter.matter_id for each in found]

    assert (listed(SWIFT), listed(KITE), listed(POLICE)) == (ids, [], ids)
    assert (listed(PLATFORM, limit=1), listed(PLATFORM, after=ids[0])) == (ids[:1], ids[1:])
    assert listed(PLATFORM, state=S.RECTIFICATION) == ids[1:]
    assert listed(PLATFORM, number="RT-0") == []
    assert listed(PLATFORM, kinds=(K.SUSPENSION,), is_open=False) == []
    # Thirty days after 3 July is a Sunday: until the end of Monday, 3 August.
    assert listed(PLATFORM, overdue_at=at("2026-08-04 00:00")) == []
    assert listed(PLATFORM, overdue_at=at("2026-08-04 00:01")) == ids[1:]
    with pytest.raises(NotFound), store.read() as session:
        matters.get(session, KITE, ids[0], RULED)


# -- the third party

LAB = Organisation("lab", "Laboratory", OrganisationKind.THIRD_PARTY)
LENA = Principal("u-lena", "lena", Role.ASSESSOR, "lab")


def strictly() -> Ruling:
    """The rules of the demonstration, but that a third party must accept before anything goes on."""
    key = "resume.third_party_accepts"
    strict = replace(RULED.sheet.parameters[key], value=True)
    parameters = {**RULED.sheet.parameters, key: strict}
    return replace(RULED, sheet=replace(RULED.sheet, parameters=parameters))


def opine(store: Store, permit: Permit, verdict: Verdict, when: str) -> None:
    with store.write() as session:
        reviews.give_opinion(session, LENA, permit.number, verdict, "we drove it", local(when))


@pytest.mark.requirement("D4b-32")
def test_vehicles_go_on_when_the_third_party_accepts_what_was_put_right(store: Store) -> None:
    permit, strict = active(store), strictly()
    case = suspend(store, permit)
    with store.write() as session:
        registry.add_organisation(session, PLATFORM, LAB, local("2026-07-01"))
    with pytest.raises(ReviewClosed):
        ask_lab(store, permit)
    case = act(store, SWIFT, case, A.START_RECTIFICATION)
    case = act(store, SWIFT, case, A.REQUEST_RESUME, papers=(paper(store, permit),))
    ask_lab(store, permit)
    with store.read() as session:
        (seen,) = matters.page(session, LENA, under=strict)
    assert seen.matter == case.matter

    def resume(when: str) -> MatterCase:
        with store.write() as session:
            return matters.act(
                session, POLICE, case.matter.matter_id, A.RESUME, local(when), under=strict
            )

    with pytest.raises(MatterRefused, match="no favourable opinion"):
        resume("2026-07-06 10:00")
    opine(store, permit, Verdict.FAVOURABLE, "2026-07-06 11:00")
    opine(store, permit, Verdict.UNFAVOURABLE, "2026-07-06 12:00")
    with pytest.raises(MatterRefused, match="no favourable opinion"):
        resume("2026-07-06 13:00")
    opine(store, permit, Verdict.FAVOURABLE, "2026-07-06 14:00")
    assert resume("2026-07-06 15:00").matter.state is S.RESUMED


@pytest.mark.requirement("D4b-32")
def test_a_whole_permit_goes_on_when_the_third_party_accepts_it(store: Store) -> None:
    permit, strict = active(store), strictly()
    with store.write() as session:
        registry.add_organisation(session, PLATFORM, LAB, local("2026-07-01"))
    permit = do(store, POLICE, permit, PermitAction.SUSPEND, "2026-07-02 10:00")
    permit = do(store, SWIFT, permit, PermitAction.START_RECTIFICATION, "2026-07-03 10:00")
    paper(store, permit)
    do(store, SWIFT, permit, PermitAction.REQUEST_RESUME, "2026-07-04 10:00")
    ask_lab(store, permit)

    def resume(when: str) -> Permit:
        with store.write() as session:
            return permits.apply_action(
                session, POLICE, permit.number, PermitAction.RESUME, local(when), under=strict
            )

    with pytest.raises(NotAccepted) as refused:
        resume("2026-07-05 10:00")
    assert "第三方" in refused.value.said(Language.CHINESE)
    opine(store, permit, Verdict.WITH_RESERVATIONS, "2026-07-05 11:00")
    with pytest.raises(NotAccepted):
        resume("2026-07-05 12:00")
    opine(store, permit, Verdict.FAVOURABLE, "2026-07-05 13:00")
    assert resume("2026-07-05 14:00").state is PermitState.ACTIVE


def ask_lab(store: Store, permit: Permit) -> None:
    with store.write() as session:
        reviews.ask(
            session,
            REVIEWER,
            permit.number,
            "lab",
            OpinionKind.THIRD_PARTY,
            local("2026-07-04"),
            under=RULED,
        )
