"""Accidents in the store: the vehicle stops until all is accepted, and lateness is said."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from permits.accident import Accident, Harm
from permits.document_kinds import DocumentKind
from permits.matter import Matter
from permits.matter_deadlines import MatterCase, matter_dues, reported_late
from permits.matter_refusals import MatterNotAllowed, MatterRefused
from permits.matter_states import MatterAction, MatterKind, MatterState
from permits.matter_step import MatterDeadline, MatterDetail
from permits.paper_words import PapersRefused
from permits.permit import Permit, PermitAction, PermitKind
from permits.precondition_facts import OnRecord, Origin, Source
from tests.permits.lives import local
from tests.store.city import ATM, KITE, MSA, POLICE, REVIEWER, SWIFT
from tests.store.stepping import RULED, YEAR, do, draft, history, now
from tests.store.test_matters import active, paper, resumed, suspend
from zone_service.legal_time import LegalTime
from zone_service.rule_library import RuleLibrary
from zone_service.settings import Settings
from zone_service.store import accident_clips, audit, clips, matters, on_record
from zone_service.store.engine import Store
from zone_service.store.errors import NotFound
from zone_service.store.records import PLATFORM, EvidenceKind, Principal

A, S, P = MatterAction, MatterState, PermitAction
GRAVE = Accident(
    occurred_at=local("2026-07-02 09:00"), device_ids=frozenset({"car-1"}), place="km 3",
    account="touched a scooter", harm=Harm(seriously_injured=1),
)  # fmt: skip
REPORT, ANALYSIS = DocumentKind.ACCIDENT_REPORT, DocumentKind.ACCIDENT_ANALYSIS


def tell(
    store: Store, permit: Permit, who: Principal = SWIFT, about: Accident = GRAVE,
    at: str = "2026-07-02 10:00",
) -> MatterCase:  # fmt: skip
    action = A.REPORT if who is SWIFT or who is KITE else A.RECORD
    with store.write() as session:
        return matters.begin(
            session, who, permit.number, MatterKind.ACCIDENT, action, about, local(at),
            under=RULED,
        )  # fmt: skip


def act(
    store: Store, who: Principal, case: MatterCase, action: MatterAction,
    papers: Sequence[str] = (), at: str = "2026-07-03 10:00",
    said: Mapping[MatterDetail, str] | None = None,
) -> MatterCase:  # fmt: skip
    with store.write() as session:
        return matters.act(
            session, who, case.matter.matter_id, action, local(at), "because", under=RULED,
            document_ids=papers, details=said,
        )  # fmt: skip


@pytest.mark.requirement("D4e-2")
def test_with_the_first_report_of_an_accident_its_clip_is_noted(store: Store) -> None:
    permit = active(store)
    case = tell(store, permit)
    with store.read() as session:
        (clip,) = clips.page(session, SWIFT)
        assert clips.page(session, KITE) == ()
    assert (clip.kind, clip.key) == (EvidenceKind.ACCIDENT, case.matter.matter_id)
    assert (clip.device_ids, clip.permit_number) == (("car-1",), case.matter.number)
    assert clip.moments_s == (
        GRAVE.occurred_at.timestamp(),
        local("2026-07-02 10:00").timestamp(),
    ), "when it is told of as well: when it happened is what its reporter says"
    assert (clip.before_s, clip.after_s, clip.kept_years) == (90.0, 90.0, 1)
    act(store, SWIFT, case, A.FILE_REPORT, (paper(store, permit, REPORT),))
    with store.read() as session:
        assert clips.page(session, SWIFT) == (clip,), "one of an accident, whatever comes after"


def test_a_member_learns_of_the_clip_of_what_it_brought(store: Store) -> None:
    about = replace(GRAVE, device_ids=frozenset({"car-1", "drone-1"}))
    told = Matter("AC-1", "RT-1", MatterKind.ACCIDENT, S.NEW, "swift", about)
    with store.write() as session:
        accident_clips.note(session, told, RULED.sheet, local("2026-07-02 10:00"))
        assert clips.page(session, KITE) == clips.page(session, SWIFT) != ()


@pytest.mark.requirement("D4b-65", "D4f-7", "D4b-26", "D4b-32")
def test_a_vehicle_of_an_accident_stops_until_report_and_analysis_are_accepted(
    store: Store,
) -> None:
    permit = active(store)
    case = tell(store, permit)
    halted = now(store, permit).terms.suspended_device_ids
    assert halted == {"car-1"}
    assert history(store, permit)[-1].by == "system"

    with pytest.raises(MatterRefused, match="without a document of kind ACCIDENT_REPORT"):
        act(store, SWIFT, case, A.FILE_REPORT)
    case = act(store, SWIFT, case, A.FILE_REPORT, (paper(store, permit, REPORT),))
    with pytest.raises(MatterRefused, match="expected police, reviewer"):
        act(store, SWIFT, case, A.ACCEPT_REPORT)
    case = act(store, POLICE, case, A.RETURN_REPORT)
    case = act(store, SWIFT, case, A.FILE_REPORT, (paper(store, permit, REPORT),))
    case = act(store, REVIEWER, case, A.ACCEPT_REPORT)
    analysis = paper(store, permit, ANALYSIS)
    with pytest.raises(MatterRefused, match="the liability is not decided yet"):
        act(store, SWIFT, case, A.FILE_ANALYSIS, (analysis,))
    with pytest.raises(MatterRefused, match="competent are police"):
        act(store, REVIEWER, case, A.DETERMINE_LIABILITY, said={MatterDetail.LIABILITY: "NONE"})
    case = act(store, POLICE, case, A.DETERMINE_LIABILITY, said={MatterDetail.LIABILITY: "NONE"})
    with pytest.raises(MatterRefused, match="the liability was decided before"):
        act(store, POLICE, case, A.DETERMINE_LIABILITY, said={MatterDetail.LIABILITY: "FULL"})
    case = act(store, SWIFT, case, A.FILE_ANALYSIS, (analysis,))
    assert now(store, permit).terms.suspended_device_ids == {"car-1"}
    case = act(store, POLICE, case, A.ACCEPT_ANALYSIS)

    assert (case.matter.state, now(store, permit).terms) == (S.CLOSED, permit.terms)
    assert [each.details for each in case.changes if each.details] == [
        {MatterDetail.LIABILITY: "NONE"}
    ]
    with store.read() as session:
        again = matters.get(session, SWIFT, case.matter.matter_id, RULED)
        told = [each.action for each in audit.entries(session, PLATFORM, limit=1000)]
    assert again == case
    assert [each for each in told if each.startswith("accident")] == [
        f"accident.{each.action.value.lower()}" for each in case.changes
    ]


@pytest.mark.requirement("D4c-13")
def test_an_accident_that_was_its_fault_is_on_record_and_another_is_not(store: Store) -> None:
    permit = active(store)

    def against(at: str = "2026-07-04 10:00", holder: str = "swift") -> OnRecord | None:
        with store.read() as session:
            found = on_record.on_record(session, ["car-1"], [holder], local(at), RULED.sheet)
        return found.get("car-1")

    for liability, count in (("NONE", 0), ("MINOR", 0), ("EQUAL", 1), ("FULL", 2)):
        case = tell(store, permit, POLICE)
        before = against()
        act(store, POLICE, case, A.DETERMINE_LIABILITY, said={MatterDetail.LIABILITY: liability})
        after = against()
        assert (0 if after is None else after.at_fault_accidents) == count
        assert (after == before) == (liability in {"NONE", "MINOR"})
        if after is not None:
            assert after.sources[-1] == Source(Origin.ACCIDENT, case.matter.matter_id)
    found = against()
    assert found is not None
    assert against(holder="kite") is None
    assert against("2027-07-01 10:00") == found
    assert against("2027-07-03 10:00") is None, "a year later it is on record no more"


@pytest.mark.requirement("D4b-65")
def test_a_vehicle_that_is_suspended_besides_does_not_go_on_with_its_accident(
    store: Store,
) -> None:
    permit = active(store)
    case, other = tell(store, permit), suspend(store, permit)
    resumed(store, other, paper(store, permit))
    assert now(store, permit).terms.suspended_device_ids == {"car-1"}
    assert case.matter.is_open


def test_what_is_not_of_the_permit_or_lies_ahead_or_was_never_granted_is_not_reported(
    store: Store,
) -> None:
    permit = active(store)
    with pytest.raises(MatterRefused, match="not of permit"):
        tell(store, permit, about=replace(GRAVE, device_ids=frozenset({"drone-1"})))
    with pytest.raises(PapersRefused, match="occurred_at"):
        tell(store, permit, at="2026-07-02 08:59")
    with pytest.raises(MatterRefused, match="was never granted, it is DRAFT"):
        tell(store, draft(store, **YEAR))
    with pytest.raises(NotFound):
        tell(store, permit, KITE)
    with store.read() as session:
        assert matters.page(session, PLATFORM, under=RULED) == ()


def test_an_accident_of_a_permit_that_is_over_is_reported_all_the_same(store: Store) -> None:
    permit = active(store)
    open_one = tell(store, permit)
    do(store, REVIEWER, permit, PermitAction.TERMINATE, "2026-07-02 11:00", ground="SAFETY_RISK")
    case = tell(store, permit, at="2026-07-02 12:00")

    case = act(store, SWIFT, case, A.FILE_REPORT, (paper(store, permit, REPORT),))
    assert case.matter.state is S.REPORT_FILED
    with store.read() as session:
        assert matters.get(session, SWIFT, open_one.matter.matter_id, RULED).matter.is_open
    # Its reports stay owed: that the permit is over does not end them.
    with pytest.raises(MatterNotAllowed):
        act(store, PLATFORM, case, A.LAPSE)


@pytest.mark.requirement("D4f-7", "D4b-66")
def test_what_nobody_reported_is_put_on_record_and_its_lateness_is_said_once(
    store: Store, tmp_path: Path
) -> None:
    permit = active(store)
    case = tell(store, permit, POLICE)
    rules = RuleLibrary(Settings(data_dir=tmp_path, rule_set="demonstration"))
    timer = LegalTime(store, rules, lambda: None)

    def said() -> list[str]:
        with store.read() as session:
            told = audit.entries(session, PLATFORM, limit=1000)
        return [each.subject for each in told if each.action == "accident.overdue"]

    for moment in ("2026-07-03 09:00:00", "2026-07-03 09:00:01", "2026-07-03 09:00:02"):
        timer.turn(local(moment))
        assert len(said()) == (moment > "2026-07-03 09:00:00")
    assert said()[0].endswith(": RECORDED, due 2026-07-03T01:00:00+00:00")
    case = act(store, SWIFT, case, A.REPORT, at="2026-07-03 10:00")
    assert reported_late(case)
    # The next thing that is owed is said of its own: the report, by the third working day.
    timer.turn(local("2026-07-08 00:00:01"))
    assert len(said()) == 2


FLIGHT = (
    (KITE, P.SUBMIT, "2026-05-04 10:00"),
    (REVIEWER, P.APPROVE, "2026-05-04 20:00"),
    (KITE, P.REPORT_PRE_TAKEOFF, "2026-05-05 08:00"),
    (ATM, P.CONFIRM, "2026-05-05 09:00"),
    (KITE, P.TAKE_OFF, "2026-05-05 10:00"),
)
RECORDED = ((KITE, P.RECORD, "2026-05-04 20:00"),)
SPARED = (*RECORDED, *FLIGHT[2:])
TRIAL = (
    (SWIFT, P.NOTIFY, "2026-04-13 10:00"),
    (REVIEWER, P.PUBLISH_WARNING, "2026-04-20 10:00"),
    (PLATFORM, P.ACTIVATE, "2026-05-05 10:00"),
)


@pytest.mark.requirement("D4f-8", "D4f-9", "D4b-65")
@pytest.mark.parametrize(
    ("kind", "steps", "who", "device", "due"),
    [
        (PermitKind.FLIGHT_ACTIVITY, FLIGHT, KITE, "drone-1", "2026-05-06 10:40"),
        (PermitKind.SUITABLE_AIRSPACE_FLIGHT, RECORDED, KITE, "drone-1", "2026-05-06 10:40"),
        (PermitKind.EXEMPT_FLIGHT, SPARED, KITE, "drone-1", "2026-05-06 10:40"),
        (PermitKind.VESSEL_TRIAL, TRIAL, SWIFT, "car-1", "2026-05-05 10:30"),
    ],
)
def test_a_flight_is_told_of_after_its_landing_and_a_vessel_at_once_and_both_stop(
    store: Store, kind: PermitKind, steps: Sequence[tuple[Principal, PermitAction, str]], who: Principal,
    device: str, due: str,
) -> None:  # fmt: skip
    period = {"valid_from": local("2026-05-05 10:00"), "valid_to": local("2026-05-05 18:00")}
    permit = draft(store, kind, who, **period)
    for actor, action, at in steps:
        said = {"warning_id": "W 1"} if action is PermitAction.PUBLISH_WARNING else {}
        permit = do(store, actor, permit, action, at, **said)
    sails = kind is PermitKind.VESSEL_TRIAL
    landed_at = None if sails else local("2026-05-05 10:40")
    about = Accident(
        occurred_at=local("2026-05-05 10:30"), device_ids=frozenset({device}), place="the river",
        account="came down", landed_at=landed_at,
    )  # fmt: skip
    authority = MSA if sails else POLICE
    case = tell(store, permit, authority, about, "2026-05-05 10:45")
    (owed,) = matter_dues(case)
    assert (owed.deadline, owed.at) == (MatterDeadline.ACCIDENT_FIRST, local(due))
    assert owed.is_overdue(local("2026-05-05 10:45")) is sails
    halted = now(store, permit)
    assert (halted.state, halted.terms.suspended_device_ids) == (permit.state, frozenset({device}))
    case = act(store, who, case, A.REPORT, at="2026-05-05 10:50")
    assert reported_late(case) is sails
    assert matter_dues(case) == ()


@pytest.mark.requirement("D4b-65")
def test_a_vehicle_that_an_accident_stops_is_stopped_under_every_permit_that_it_has(
    store: Store,
) -> None:
    permit, other = active(store), active(store)
    case = tell(store, permit)
    assert now(store, other).terms.suspended_device_ids == {"car-1"}
    step = history(store, other)[-1]
    assert (step.action, step.by) == (PermitAction.SUSPEND_PARTS, "system")
    assert step.reason == case.matter.matter_id, "it says by what"
    do(store, POLICE, permit, PermitAction.REVOKE, "2026-07-03 10:00")
    assert now(store, other).terms.suspended_device_ids == {"car-1"}, "whatever became of the one"

    granted = active(store)
    assert granted.terms.suspended_device_ids == {"car-1"}, "what is granted later, too"
    accepted(store, permit, case)
    for each in (other, granted):
        assert now(store, each).terms.suspended_device_ids == frozenset()
        assert history(store, each)[-1].action is PermitAction.RESUME_PARTS


@pytest.mark.requirement("D4b-65")
def test_an_aircraft_that_an_accident_stops_is_put_on_record_stopped(store: Store) -> None:
    kind = PermitKind.SUITABLE_AIRSPACE_FLIGHT
    first, other, later = (draft(store, kind, KITE, **YEAR) for _ in range(3))
    for permit in (first, other):
        do(store, KITE, permit, P.RECORD, "2026-05-04 20:00")
    tell(store, first, KITE, replace(GRAVE, device_ids=frozenset({"drone-1"})))
    do(store, KITE, later, P.RECORD, "2026-07-03 10:00")
    for permit in (first, other, later):
        assert now(store, permit).terms.suspended_device_ids == {"drone-1"}


@pytest.mark.requirement("D4b-65")
def test_a_vehicle_goes_on_once_the_last_of_its_accidents_is_accepted(store: Store) -> None:
    permit, other = active(store), active(store)
    first, second = tell(store, permit), tell(store, other)
    accepted(store, permit, first)
    for each in (permit, other):
        assert now(store, each).terms.suspended_device_ids == {"car-1"}
    accepted(store, other, second)
    for each in (permit, other):
        assert now(store, each).terms.suspended_device_ids == frozenset()


@pytest.mark.requirement("D4b-65")
def test_a_suspension_is_of_the_permit_that_it_is_under_alone(store: Store) -> None:
    permit, other = active(store), active(store)
    suspend(store, permit)
    assert now(store, other).terms.suspended_device_ids == frozenset()


def accepted(store: Store, permit: Permit, case: MatterCase) -> None:
    """Report and analysis of an accident are filed and accepted."""
    act(store, SWIFT, case, A.FILE_REPORT, (paper(store, permit, REPORT),))
    act(store, REVIEWER, case, A.ACCEPT_REPORT)
    act(store, POLICE, case, A.DETERMINE_LIABILITY, said={MatterDetail.LIABILITY: "NONE"})
    act(store, SWIFT, case, A.FILE_ANALYSIS, (paper(store, permit, ANALYSIS),))
    act(store, POLICE, case, A.ACCEPT_ANALYSIS)
