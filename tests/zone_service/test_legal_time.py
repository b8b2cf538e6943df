"""The timer of the law."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlmodel import col, select, update

from permits.deadlines import Case
from permits.permit import Permit, PermitAction, PermitState
from tests.permits.lives import local
from tests.store import city
from tests.store.city import REVIEWER, SWIFT
from tests.store.stepping import RULED, YEAR, do, draft, history, issued, now
from zone_service.legal_time import AT_ONCE, LegalTime
from zone_service.rule_library import RuleLibrary
from zone_service.settings import Settings
from zone_service.store import permit_lapses, permit_taking
from zone_service.store.engine import Store
from zone_service.store.tables import PermitRow

A, S = PermitAction, PermitState
MICROSECOND = timedelta(microseconds=1)


class Timer:
    """A timer on a store, and how often it said that permits had changed."""

    def __init__(self, store: Store, folder: Path, **settings: object) -> None:
        given = Settings(data_dir=folder, rule_set="demonstration", **settings)  # type: ignore[arg-type]
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


@pytest.mark.requirement("D4b-11", "D4b-16", "D4b-45")
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
        assert [(each.action, each.effective_at) for each in history(store, permit)[-2:]] == [
            (A.ACTIVATE, local("2026-07-01")),
            (A.EXPIRE, local("2027-01-01")),
        ]
    # What is left is the final report: 31 January 2027 is a Sunday, so the day after is in time.
    assert due_of(store, late) == (local("2027-02-02"), None)


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
        other = replace(under, calendar=replace(under.calendar, worked=frozenset()))
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
