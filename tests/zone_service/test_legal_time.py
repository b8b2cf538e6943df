"""The timer of the law."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlmodel import col, select, update

from geofence.zone import ZoneKind
from permits.deadlines import Case
from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Consortium, Member, MemberRole
from permits.issuing import Ruling
from permits.matter_deadlines import MatterCase
from permits.matter_refusals import MatterRefused
from permits.matter_states import MatterAction
from permits.matter_step import MatterDetail
from permits.permit import Permit, PermitAction, PermitKind, PermitState
from permits.plating import PlateWanted
from permits.precondition_facts import texts_in
from permits.step_checks import GroundStands, GroundUnknown
from permits.transition import Detail
from telemetry.report import Domain
from tests.mapped import place
from tests.permits.lives import local
from tests.permits.test_further import LIKE, TESTED
from tests.store import city
from tests.store.city import KITE, POLICE, REVIEWER, SWIFT, road, terms
from tests.store.stepping import RULED, YEAR, do, draft, heard, history, issued, now, rectified
from tests.store.test_documents import KITES
from zone_service import legal_time
from zone_service.demo_city import lead_to
from zone_service.legal_time import AT_ONCE, LegalTime
from zone_service.rule_library import RuleLibrary
from zone_service.settings import Settings
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import (
    automatic_suspensions,
    consortium_members,
    documents,
    lapsed,
    matters,
    permit_lapses,
    permit_taking,
    permits,
    register,
    registry,
    zones,
)
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM, Device, Principal, RegisterEntry
from zone_service.store.tables import PermitRow

A, S = PermitAction, PermitState
MICROSECOND = timedelta(microseconds=1)


class Timer:
    """A timer on a store, and how often it said that permits had changed."""

    def __init__(self, store: Store, folder: Path, **settings: object) -> None:
        told = {"data_dir": folder, "rule_set": "demonstration"} | settings
        given = Settings(**told)  # type: ignore[arg-type]
        self.told = 0
        self.law = LegalTime(store, RuleLibrary(given), self._tell)

    def _tell(self) -> None:
        self.told += 1

    def turn(self, at: str | datetime) -> int:
        return self.law.turn(local(at) if isinstance(at, str) else at)


@pytest.fixture
def store(store: Store) -> Store:
    city.settle(store)
    return store


def submitted(store: Store) -> Permit:
    return do(store, SWIFT, draft(store, **YEAR), A.SUBMIT, "2026-05-06 10:00")


def due_of(store: Store, permit: Permit) -> tuple[datetime | None, datetime | None]:
    with store.read() as session:
        row = session.exec(select(PermitRow).where(PermitRow.number == permit.number)).one()
        return row.due_at, row.law_at


@pytest.mark.requirement("D4b-4", "D4b-45")
def test_it_accepts_once_after_five_working_days_of_silence_and_says_so(
    store: Store, tmp_path: Path
) -> None:
    permit, timer = submitted(store), Timer(store, tmp_path)
    over = local("2026-05-13 00:00")

    assert (timer.turn(over - MICROSECOND), timer.turn(over)) == (0, 0)
    assert now(store, permit).state is S.SUBMITTED
    assert (timer.turn(over + MICROSECOND), timer.turn(over + MICROSECOND)) == (1, 0)
    assert now(store, permit).state is S.ACCEPTED
    assert timer.told == 1
    assert history(store, permit)[-1].effective_at == local("2026-05-06 10:00")


@pytest.mark.requirement("D4b-11", "D4b-16", "D4b-40", "D4b-45")
def test_it_begins_and_ends_permits_and_catches_up_after_a_downtime(
    store: Store, tmp_path: Path
) -> None:
    on_time, late = issued(store), issued(store)
    timer = Timer(store, tmp_path)

    assert timer.turn("2026-06-30 23:59") == 0
    with store.write() as session:  # the other one is not looked at meanwhile
        session.exec(
            update(PermitRow).where(col(PermitRow.number) == late.number).values(law_at=None)
        )
    assert timer.turn("2026-07-01 00:00") == 1
    assert now(store, on_time).state is S.ACTIVE
    with store.write() as session:
        session.exec(
            update(PermitRow)
            .where(col(PermitRow.number) == late.number)
            .values(law_at=local("2026-07-01 00:00"))
        )
    assert timer.turn("2027-02-01 00:00") == 2
    for permit in (on_time, late):
        assert [(each.action, each.effective_at) for each in history(store, permit)[-3:]] == [
            (A.ACTIVATE, local("2026-07-01")),
            (A.EXPIRE, local("2027-01-01")),
            (A.DEREGISTER, local("2027-01-31")),
        ]
    # What is left is the final report: 31 January 2027 is a Sunday, so the day after is in time.
    assert due_of(store, late) == (local("2027-02-02"), None)


@pytest.mark.requirement("D4b-25", "D4b-45")
def test_what_waits_for_its_devices_keeps_no_other_from_its_turn_and_begins_once_they_are_heard(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(legal_time, "AT_ONCE", 1)
    waits = issued(store)
    other = do(store, SWIFT, draft(store, **YEAR), A.SUBMIT, "2026-06-30 10:00")
    timer = Timer(store, tmp_path, rule_set="shanghai-default")

    begun = local("2026-07-09 10:00")  # the other's turn is after that of the one that waits
    assert sum(timer.turn(begun + timedelta(seconds=second)) for second in range(4)) == 1
    assert (now(store, waits).state, now(store, other).state) == (S.ISSUED, S.ACCEPTED)
    heard(store, begun, "car-1")
    assert timer.turn(begun + timedelta(minutes=1, seconds=3)) == 1
    assert now(store, waits).state is S.ACTIVE


@pytest.mark.requirement("D4b-17", "D4b-45")
def test_it_extends_what_nobody_decided_about(store: Store, tmp_path: Path) -> None:
    permit = do(store, SWIFT, issued(store), A.REQUEST_RENEWAL, "2026-11-01 10:00")
    timer = Timer(store, tmp_path)

    assert timer.turn(local("2027-01-01") - MICROSECOND) == 0
    assert timer.turn(local("2027-01-01")) == 1
    assert now(store, permit).state is S.ACTIVE
    assert now(store, permit).terms.valid_to == local("2027-07-01")


@pytest.mark.requirement("D4b-45")
def test_of_two_processes_one_writes_each_step(store: Store, tmp_path: Path) -> None:
    made = [submitted(store) for _ in range(4)]
    timers, ready = [Timer(store, tmp_path), Timer(store, tmp_path)], Barrier(2)
    moved: list[int] = []

    def run(timer: Timer) -> None:
        ready.wait()
        moved.append(timer.turn("2026-05-20 10:00"))

    threads = [Thread(target=run, args=(timer,)) for timer in timers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(moved) == len(made)
    for permit in made:
        assert [each.action for each in history(store, permit)] == [A.SUBMIT, A.DEEM_ACCEPTED]


def test_one_that_cannot_be_moved_on_keeps_no_other_waiting_and_is_tried_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = submitted(store), submitted(store)
    timer, let_law = Timer(store, tmp_path), permit_taking.let_law
    tried: list[str] = []

    def failing(session: object, case: Case, *given: object) -> object:
        tried.append(case.permit.number)
        if case.permit.number == first.number and len(tried) < 4:
            raise RuntimeError(case.permit.number)
        return let_law(session, case, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(permit_taking, "let_law", failing)
    assert timer.turn("2026-05-20 10:00:00") == 1
    assert timer.turn("2026-05-20 10:00:59") == 0
    assert tried == [first.number, second.number]
    assert timer.turn("2026-05-20 10:01:01") == 0
    assert timer.turn("2026-05-20 10:03:00") == 1
    assert now(store, first).state is S.ACCEPTED


@pytest.mark.requirement("D4b-42")
def test_another_calendar_moves_every_deadline(store: Store, tmp_path: Path) -> None:
    permit = do(store, SWIFT, draft(store, **YEAR), A.SUBMIT, "2026-12-28 10:00")
    assert due_of(store, permit)[0] == local("2027-01-05")
    file = tmp_path / "calendar.toml"
    file.write_text("[2027]\noff = [2027-01-01]\n", encoding="utf-8")

    timer = Timer(store, tmp_path, calendar_file=file)
    assert timer.turn("2026-12-30 10:00") == 0
    assert due_of(store, permit) == (local("2027-01-06"), local("2027-01-06"))
    with store.read() as session:
        under = RuleLibrary(
            Settings(data_dir=tmp_path, rule_set="demonstration", calendar_file=file)
        ).ruling(session)
        assert permit_lapses.otherwise_counted(session, under, AT_ONCE) == ()
        calendar = replace(under.calendar, worked=frozenset())
        other = replace(under, calendar=calendar, elsewhere=None)
        assert permit_lapses.otherwise_counted(session, other, AT_ONCE) == (permit,)
    assert now(store, permit) == permit


def test_what_was_counted_of_a_permit_that_has_moved_on_is_not_written(
    store: Store, tmp_path: Path
) -> None:
    permit = submitted(store)
    with store.read() as session:
        counts = permit_lapses.counted_anew(session, [permit], RULED)
    do(store, REVIEWER, permit, A.ACCEPT, "2026-05-07 10:00")
    since = due_of(store, permit)
    with store.write() as session:
        permit_lapses.keep_counts(session, counts)

    assert due_of(store, permit) == since


# -- what suspends by itself

_KINDS = shipped_sheet("shanghai-default").parameters["plate.kinds"]
PLATED = replace(
    RULED, sheet=replace(RULED.sheet, parameters={**RULED.sheet.parameters, "plate.kinds": _KINDS})
)


def insure(store: Store, entry_id: str, ends: date) -> None:
    about = Covered(CoveredKind.VEHICLE, entry_id)
    file_until(store, about, ends, DocumentKind.COMPULSORY_INSURANCE, amount_cny=6e6)
    file_until(store, about, ends, DocumentKind.LIABILITY_INSURANCE, amount_cny=6e6)


def file_until(
    store: Store, about: Covered, ends: date, kind: DocumentKind, amount_cny: float | None = None,
    who: Principal = SWIFT,
) -> None:  # fmt: skip
    early = local("2026-01-05")
    with store.write() as session:
        said = Document(
            kind=kind, covers=about, number="1", issued_by="PICC",
            valid_from=date(2026, 1, 1), valid_to=ends, amount_cny=amount_cny,
        )  # fmt: skip
        made = documents.add(session, who, said, early)
        file = StoredFile("ab" * 32, "application/pdf", 7)
        documents.put_file(session, who, made.document_id, file, early)


def two_cars(store: Store) -> Permit:
    """A road test of two cars that bear plates, each as long as it is insured."""
    early = local("2026-01-05")
    with store.write() as session:
        other = Device("car-2", "swift", Domain.ROAD, "Swift 2")
        registry.add_device(session, PLATFORM, other, early)
        for each, vin in (("1", TESTED.vin), ("2", LIKE.vin)):
            entry = RegisterEntry(f"V-{each}", "swift", replace(TESTED, vin=vin), f"car-{each}")
            register.add(session, SWIFT, entry, early)
    insure(store, "V-1", date(2026, 8, 9))
    insure(store, "V-2", date(2027, 6, 1))
    with store.write() as session:
        made = permits.create(
            session, SWIFT, kind=PermitKind.ROAD_TEST, holder_id="swift", at=early,
            terms=terms("car-1", "car-2", **YEAR, zone_ids=frozenset({"road-1", "road-2"})),
        )  # fmt: skip
        permit = lead_to(session, made, S.AWAITING_PLATE, local("2026-06-01"), RULED)
    plate(store, permit, A.ISSUE, "2026-06-02 10:00", "car-1", "car-2")
    return do(store, PLATFORM, permit, A.ACTIVATE, "2026-07-01 00:00")


def plate(store: Store, permit: Permit, action: PermitAction, at: str, *cars: str) -> None:
    given = [PlateWanted(car, f"沪A{car[-1]}{at[6:7]}{at[8:10]}试") for car in cars]
    with store.write() as session:
        permits.apply_action(
            session, POLICE, permit.number, action, local(at), under=PLATED, plates=given
        )


def suspensions(store: Store, permit: Permit) -> tuple[MatterCase, ...]:
    with store.read() as session:
        return matters.page(session, PLATFORM, under=RULED, number=permit.number)


@pytest.mark.requirement("D4b-26", "D4b-62", "D4b-64")
def test_a_car_whose_insurance_ends_is_suspended_by_itself_until_it_is_insured_again(
    store: Store, tmp_path: Path
) -> None:
    permit, timer = two_cars(store), Timer(store, tmp_path)
    assert timer.turn(local("2026-08-10 00:00") - MICROSECOND) == 0
    assert (timer.turn("2026-08-10 00:00"), timer.turn("2026-08-10 00:01")) == (1, 0)
    halted = now(store, permit)
    assert halted.state is S.ACTIVE
    assert halted.terms.suspended_device_ids == {"car-1"}
    (case,) = suspensions(store, permit)
    assert (case.changes[0].by, case.changes[0].details) == (
        "system",
        {MatterDetail.GROUND: "INSURANCE_ENDED"},
    )
    assert "保险失效或已撤回: car-1" in case.changes[0].reason

    rectified(store, permit, "2026-08-11 10:00")
    act_in(store, SWIFT, case, MatterAction.START_RECTIFICATION)
    with store.read() as session:
        about = Covered(CoveredKind.PERMIT, permit.number)
        (report,) = documents.page(session, SWIFT, covers=about)
    act_in(store, SWIFT, case, MatterAction.REQUEST_RESUME, report.document_id)
    with pytest.raises(MatterRefused, match="INSURANCE_ENDED, PLATE_EXPIRED") as refused:
        act_in(store, REVIEWER, case, MatterAction.RESUME)
    assert refused.value.slug == "ground-stands"
    insure(store, "V-1", date(2027, 6, 1))
    plate(store, permit, A.ISSUE_PLATES, "2026-08-12 09:00", "car-1")
    act_in(store, REVIEWER, case, MatterAction.RESUME)
    assert now(store, permit).terms.suspended_device_ids == frozenset()
    assert timer.turn("2026-08-12 11:00") == 0


def act_in(
    store: Store, who: Principal, case: MatterCase, action: MatterAction, *papers: str
) -> None:
    with store.write() as session:
        matters.act(
            session, who, case.matter.matter_id, action, local("2026-08-12 10:00"), "because",
            under=RULED, document_ids=papers,
        )  # fmt: skip


@pytest.mark.requirement("D4b-26", "D4b-12")
def test_a_road_that_is_closed_is_suspended_and_the_whole_permit_once_nothing_is_left(
    store: Store, tmp_path: Path
) -> None:
    roads = road("road-1"), road("road-2"), road("road-3")
    with store.write() as session:
        zones.publish(session, PLATFORM, roads, local("2026-01-05"))
    permit, timer = two_cars(store), Timer(store, tmp_path)
    close(store, "road-2", "2026-07-10 10:00")
    close(store, "road-3", "2026-07-10 10:00")
    assert (timer.turn("2026-07-10 10:01"), timer.turn("2026-07-10 10:02")) == (1, 0)
    assert now(store, permit).terms.suspended_zone_ids == {"road-2"}
    close(store, "road-1", "2026-07-11 10:00")
    assert timer.turn("2026-07-11 10:01") == 1
    halted = history(store, permit)[-1]
    assert (halted.after, halted.by, halted.details) == (
        S.SUSPENDED,
        "system",
        {Detail.GROUND: "PLACE_CLOSED"},
    )
    rectified(store, permit, "2026-07-12 10:00")
    for action in (A.START_RECTIFICATION, A.REQUEST_RESUME):
        do(store, SWIFT, permit, action, "2026-07-12 10:00")
    with pytest.raises(GroundStands, match="the segment or area is closed"):
        do(store, REVIEWER, permit, A.RESUME, "2026-07-12 11:00")
    with store.write() as session:
        zones.publish(session, PLATFORM, roads, local("2026-07-13"))
    assert do(store, REVIEWER, permit, A.RESUME, "2026-07-13 11:00").state is S.ACTIVE


@pytest.mark.requirement("D4b-26")
@pytest.mark.parametrize(
    "drawn", [{"kind": ZoneKind.KEEP_OUT}, {"domains": frozenset({"air"})}], ids=["kept out", "air"]
)
def test_a_road_that_is_drawn_anew_as_what_no_vehicle_may_be_on_is_suspended_as_one_that_is_gone(
    store: Store, tmp_path: Path, drawn: dict[str, Any]
) -> None:
    with store.write() as session:
        zones.publish(session, PLATFORM, (road("road-1"), road("road-2")), local("2026-01-05"))
    permit, timer = two_cars(store), Timer(store, tmp_path)
    with store.write() as session:
        anew = replace(road("road-2"), **drawn)
        zones.publish(session, PLATFORM, (anew,), local("2026-07-10 10:00"), keep_others=True)
    assert (timer.turn("2026-07-10 10:01"), timer.turn("2026-07-10 10:02")) == (1, 0)
    assert now(store, permit).terms.suspended_zone_ids == {"road-2"}


@pytest.mark.requirement("D4b-26", "D4a-24")
def test_what_is_on_record_alone_stops_where_its_place_is_gone_and_goes_on_once_it_is_there(
    store: Store, tmp_path: Path
) -> None:
    places = [replace(place(each), domains=frozenset({"air"})) for each in ("sky-1", "sky-2")]
    with store.write() as session:
        zones.publish(session, PLATFORM, places, local("2026-01-05"), keep_others=True)
    timer, over = Timer(store, tmp_path), frozenset({"sky-1", "sky-2"})
    permit = draft(store, PermitKind.SUITABLE_AIRSPACE_FLIGHT, KITE, **YEAR, zone_ids=over)
    do(store, KITE, permit, A.RECORD, "2026-06-01 10:00")
    for closed in ("sky-2", "sky-1"):
        close(store, closed, "2026-07-10 10:00")
        assert (timer.turn("2026-07-10 10:01"), timer.turn("2026-07-10 10:02")) == (1, 0)
    halted = now(store, permit)
    assert (halted.state, halted.terms.suspended_zone_ids) == (S.ACTIVE, over)
    cases = suspensions(store, permit)
    assert [each.changes[0].details for each in cases] == [
        {MatterDetail.GROUND: "PLACE_CLOSED"}
    ] * 2
    with store.write() as session:
        zones.publish(session, PLATFORM, places, local("2026-07-11"), keep_others=True)
    report = rectified_by(store, permit, KITE)
    for case in cases:
        act_in(store, KITE, case, MatterAction.START_RECTIFICATION)
        act_in(store, KITE, case, MatterAction.REQUEST_RESUME, report)
        act_in(store, POLICE, case, MatterAction.RESUME)
    assert now(store, permit).terms.suspended_zone_ids == frozenset()


def rectified_by(store: Store, permit: Permit, who: Principal) -> str:
    about = Covered(CoveredKind.PERMIT, permit.number)
    file_until(store, about, date(2027, 1, 1), DocumentKind.RECTIFICATION_REPORT, who=who)
    with store.read() as session:
        return documents.page(session, who, covers=about)[0].document_id


@pytest.mark.requirement("D4b-26", "D4a-24")
@pytest.mark.parametrize("kind", [PermitKind.SUITABLE_AIRSPACE_FLIGHT, PermitKind.EXEMPT_FLIGHT])
def test_an_aircraft_on_record_whose_insurance_ends_stops_where_the_rules_ask_for_one(
    store: Store, kind: PermitKind
) -> None:
    key = f"preconditions.{kind}.grant"
    asked = RULED.sheet.parameters[key]
    also = replace(asked, value=(*(texts_in(RULED.sheet, key) or ()), "LIABILITY_INS"))
    asks = replace(RULED.sheet, parameters={**RULED.sheet.parameters, key: also})
    with store.write() as session:
        entry = RegisterEntry("U-1", "kite", KITES, "drone-1")
        register.add(session, KITE, entry, local("2026-01-05"))
    insured = Covered(CoveredKind.AIRCRAFT, "U-1")
    file_until(store, insured, date(2026, 8, 9), DocumentKind.LIABILITY_INSURANCE, 6e6, KITE)
    permit = draft(store, kind, KITE, **YEAR)
    state = do(store, KITE, permit, A.RECORD, "2026-06-01 10:00").state

    def suspended(at: str, under: Ruling) -> bool:
        with store.write() as session:
            return automatic_suspensions.suspend(session, permit.number, local(at), under)

    asking = replace(RULED, sheet=asks)
    assert not suspended("2026-08-10", RULED), "nobody asks for what these rules do not name"
    assert not suspended("2026-08-09 23:59", asking)
    assert (suspended("2026-08-10", asking), suspended("2026-08-10", asking)) == (True, False)
    halted = now(store, permit)
    assert (halted.state, halted.terms.suspended_device_ids) == (state, frozenset({"drone-1"}))
    (case,) = suspensions(store, permit)
    assert case.changes[0].details == {MatterDetail.GROUND: "INSURANCE_ENDED"}


@pytest.mark.requirement("D4b-26", "D4b-25")
def test_what_lost_its_road_while_it_waited_is_suspended_as_soon_as_it_is_in_force(
    store: Store, tmp_path: Path
) -> None:
    with store.write() as session:
        zones.publish(session, PLATFORM, (road("road-1"),), local("2026-01-05"))
    permit, timer = issued(store), Timer(store, tmp_path, rule_set="shanghai-default")
    close(store, "road-1", "2026-06-20 10:00")
    assert timer.turn("2026-07-01 10:00") == 0
    assert now(store, permit).state is S.ISSUED
    begins = local("2026-07-01 11:00")
    heard(store, begins, "car-1")
    assert (timer.turn(begins), timer.turn(begins)) == (2, 0)
    assert [
        (each.after, each.details.get(Detail.GROUND)) for each in history(store, permit)[-2:]
    ] == [
        (S.ACTIVE, None),
        (S.SUSPENDED, "PLACE_CLOSED"),
    ]


@pytest.mark.requirement("D4b-26", "D4c-28")
def test_a_service_stops_with_the_licence_of_who_runs_it(store: Store) -> None:
    service = replace(two_cars(store), kind=PermitKind.COMMERCIAL_OPERATION)
    firm = Covered(CoveredKind.ORGANISATION, "swift")

    def grounds(at: str) -> list[str]:
        with store.read() as session:
            found = lapsed.halts_of(session, [service], local(at), RULED)[service.number]
        return [each.ground for each in found]

    assert grounds("2026-08-01") == [], "nobody said that there ever was a licence"
    file_until(store, firm, date(2026, 8, 4), DocumentKind.TRANSPORT_LICENCE)
    assert "LICENCE_ENDED" not in grounds("2025-12-31"), "what has not begun is not lost"
    assert (grounds("2026-08-04 23:59"), grounds("2026-08-05")) == ([], ["LICENCE_ENDED"])
    together(store, service, "all")
    kite = Covered(CoveredKind.ORGANISATION, "kite")
    file_until(store, kite, date(2027, 8, 4), DocumentKind.TRANSPORT_LICENCE, who=KITE)
    assert grounds("2026-08-05") == [], "the licence of a member carries it"
    with store.write() as session:
        consortium_members.leave(session, service.number, ("kite",), local("2026-08-05"))
    assert grounds("2026-08-05") == ["LICENCE_ENDED"], "and no more once it has left"
    file_until(store, firm, date(2027, 8, 4), DocumentKind.TRANSPORT_LICENCE)
    assert grounds("2026-08-05") == []


def together(store: Store, permit: Permit, consortium_id: str) -> None:
    """Kite is in the consortium of a permit of Swift's."""
    lead, runs = Member("swift", MemberRole.LEAD), Member("swift", MemberRole.OPERATING)
    members = (lead, runs, Member("kite", MemberRole.TECHNOLOGY))
    entry = RegisterEntry(consortium_id, "swift", Consortium(name="All", members=members))
    with store.write() as session:
        register.add(session, SWIFT, entry, local("2026-01-05"))
        consortium_members.keep(session, permit.number, "swift", consortium_id, members)


def close(store: Store, zone_id: str, at: str) -> None:
    with store.write() as session:
        zones.withdraw(session, PLATFORM, zone_id, local(at))


def test_a_suspension_names_a_known_ground_or_none(store: Store) -> None:
    permit = do(store, PLATFORM, issued(store), A.ACTIVATE, "2026-07-01 00:00")
    with pytest.raises(GroundUnknown, match="SAFETY_RISK, TERMS_BROKEN"):
        do(store, POLICE, permit, A.SUSPEND, "2026-07-02 10:00", ground="bad mood")
    do(store, POLICE, permit, A.SUSPEND, "2026-07-02 10:00", ground="SAFETY_RISK")
    assert history(store, permit)[-1].details[Detail.GROUND] == "SAFETY_RISK"
