import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite
from sqlmodel import select

from permits.corridor import Height, OwnCorridor
from permits.permit import ActionNotAllowed, Permit, PermitAction, PermitKind, PermitState
from permits.terms import Terms
from permits.transition import Detail
from tests.store.city import (
    ADMINISTRATOR,
    CAR,
    KITE,
    NOON,
    POLICE,
    REVIEWER,
    SWIFT,
    UNDER,
    later,
    terms,
    voted,
)
from zone_service.store import permit_parts, permits, registry
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, InvalidValue, NotAllowed, NotFound
from zone_service.store.records import PLATFORM, PermitFilter, Principal
from zone_service.store.revisions import revisions
from zone_service.store.tables import PermitRow

A = PermitAction
TO_ACTIVE = (
    (SWIFT, A.SUBMIT),
    (REVIEWER, A.ACCEPT),
    (REVIEWER, A.START_THIRD_PARTY_REVIEW),
    (REVIEWER, A.START_EXPERT_REVIEW),
    (REVIEWER, A.OPEN_JOINT_REVIEW),
    (PLATFORM, A.APPROVE),
    (SWIFT, A.REQUEST_PLATE),
    (POLICE, A.ISSUE),
    (PLATFORM, A.ACTIVATE),
)


def draft(store: Store, given: Terms | None = None, number: str | None = None) -> Permit:
    with store.write() as session:
        return permits.create(
            session,
            SWIFT,
            kind=PermitKind.ROAD_TEST,
            holder_id="swift",
            terms=given or terms("car-1"),
            at=NOON,
            number=number,
        )


def do(
    store: Store,
    principal: Principal,
    permit: Permit,
    action: PermitAction,
    reason: str = "",
    at: datetime | None = None,
) -> Permit:
    if action is A.APPROVE:
        return voted(store, permit, at=later(60))
    with store.write() as session:
        return permits.apply_action(
            session, principal, permit.number, action, at or later(60), reason, under=UNDER
        )


def activate(store: Store, permit: Permit) -> Permit:
    for principal, action in TO_ACTIVE:
        permit = do(store, principal, permit, action)
    return permit


@pytest.mark.requirement("A43-1")
def test_a_permit_is_applied_for_and_comes_into_force_step_by_step(store: Store) -> None:
    permit = draft(store)
    assert permit.state is PermitState.DRAFT
    active = activate(store, permit)
    assert (active.state, active.revision) == (PermitState.ACTIVE, len(TO_ACTIVE))
    with store.read() as session:
        assert permits.get(session, SWIFT, permit.number) == active
        steps = permits.changes(session, SWIFT, permit.number)
    assert [(each.by, each.action) for each in steps] == [
        (who.username, action) for who, action in TO_ACTIVE
    ]
    assert steps[-1].revision == active.revision


def test_terms_come_back_as_they_were_applied_for(store: Store) -> None:
    given = terms(
        "car-1",
        transfer_zone_ids=frozenset({"road-9"}),
        max_speed_mps=16.7,
        control_modes=frozenset({"AUTONOMOUS"}),
    )
    permit = draft(store, given)
    with store.read() as session:
        assert permits.get(session, REVIEWER, permit.number).terms == given


def test_a_permit_without_a_number_gets_the_next(store: Store) -> None:
    first, second = draft(store), draft(store)
    assert first.number.startswith("RT-2026-")
    assert first.number < second.number


def test_a_number_is_of_the_year_of_shanghai(store: Store) -> None:
    new_year, kind = datetime(2026, 12, 31, 16, tzinfo=UTC), PermitKind.ROAD_TEST
    with store.write() as session:
        numbers = [
            permits.create(
                session, SWIFT, kind=kind, holder_id="swift", terms=terms("car-1"), at=at
            ).number
            for at in (new_year - timedelta(seconds=1), new_year)
        ]
    assert [each.split("-")[1] for each in numbers] == ["2026", "2027"]


def test_a_number_is_taken_once(store: Store) -> None:
    draft(store, number="RT-1")
    with pytest.raises(Conflict, match="RT-1"):
        draft(store, number="RT-1")


@pytest.mark.parametrize("device_id", ["drone-1", "nobodys"])
def test_a_permit_is_for_the_applicants_own_devices(store: Store, device_id: str) -> None:
    with pytest.raises(InvalidValue, match="expected devices of 'swift'"):
        draft(store, terms("car-1", device_id))


def test_an_operator_applies_for_itself_alone(store: Store) -> None:
    with pytest.raises(NotAllowed), store.write() as session:
        permits.create(
            session,
            KITE,
            kind=PermitKind.ROAD_TEST,
            holder_id="swift",
            terms=terms("car-1"),
            at=NOON,
        )


def test_a_step_is_taken_by_those_whose_it_is(store: Store) -> None:
    permit = draft(store)
    for other in (REVIEWER, POLICE, ADMINISTRATOR):
        with pytest.raises(NotAllowed, match="expected applicant"):
            do(store, other, permit, A.SUBMIT)
    with pytest.raises(NotFound):
        do(store, KITE, permit, A.SUBMIT)
    do(store, SWIFT, permit, A.SUBMIT)
    with pytest.raises(NotAllowed):
        do(store, SWIFT, permit, A.ACCEPT)


def test_a_step_out_of_order_changes_nothing(store: Store) -> None:
    permit = draft(store)
    with store.read() as session:
        before = revisions(session).permits
    with pytest.raises(ActionNotAllowed):
        do(store, POLICE, permit, A.ISSUE)
    with store.read() as session:
        assert revisions(session).permits == before
        assert permits.get(session, SWIFT, permit.number) == permit
        assert permits.changes(session, SWIFT, permit.number) == ()


def test_a_step_on_an_old_revision_is_refused(store: Store) -> None:
    permit = draft(store)
    do(store, SWIFT, permit, A.SUBMIT)
    with pytest.raises(Conflict, match="moved on"), store.write() as session:
        permits.apply_action(
            session,
            REVIEWER,
            permit.number,
            A.ACCEPT,
            NOON,
            expected_revision=permit.revision,
            under=UNDER,
        )


def test_of_two_who_decide_at_once_one_wins(store: Store) -> None:
    permit = draft(store)
    permit = do(store, SWIFT, permit, A.SUBMIT)
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def decide(action: PermitAction) -> None:
        ready.wait()
        try:
            with store.write() as session:
                permits.apply_action(
                    session,
                    REVIEWER,
                    permit.number,
                    action,
                    NOON,
                    "because",
                    expected_revision=permit.revision,
                    under=UNDER,
                    details={Detail.MISSING: "a map"} if action is not A.ACCEPT else None,
                )
            outcomes.append("won")
        except Conflict:
            outcomes.append("lost")

    threads = [
        threading.Thread(target=decide, args=(each,))
        for each in (A.ACCEPT, A.RETURN_FOR_CORRECTION)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["lost", "won"]
    with store.read() as session:
        assert len(permits.changes(session, SWIFT, permit.number)) == 2


def test_permits_come_page_by_page_and_by_state(store: Store) -> None:
    numbers = [draft(store).number for _ in range(3)]
    active = activate(store, draft(store))
    with store.read() as session:
        first = permits.page(session, SWIFT, limit=2)
        rest = permits.page(session, SWIFT, after=first[-1].number)
        assert [each.number for each in (*first, *rest)] == [*numbers, active.number]
        assert permits.page(session, POLICE, wanted=PermitFilter(state=PermitState.ACTIVE)) == (
            active,
        )
        assert permits.page(session, POLICE, wanted=PermitFilter(holder_id="kite")) == ()


FOUND: tuple[tuple[dict[str, Any], set[str]], ...] = (
    ({"device_id": "car-2"}, {"P-2"}),
    ({"device_id": "car-1", "kind": PermitKind.ROAD_TEST}, {"P-1", "P-2"}),
    ({"kind": PermitKind.DEMO_APPLICATION}, set()),
    ({"zone_id": "road-2"}, {"P-1"}),
    ({"zone_id": "keep-out"}, {"P-2"}),
    ({"zone_id": "car-1"}, set()),
    ({"valid_on": date(2026, 5, 9)}, {"P-1", "P-2"}),
    ({"valid_on": date(2026, 6, 30)}, {"P-2"}),
    ({"valid_on": date(2026, 7, 1)}, set()),
    ({"plate": "沪A0001试"}, set()),
    ({"text": "p-2"}, {"P-2"}),
    ({"text": "IFT car", "zone_id": "road-2"}, {"P-1"}),
    ({"text": "%"}, set()),
)


@pytest.mark.requirement("D5-8")
def test_permits_are_found_by_what_they_name_and_when_they_count(store: Store) -> None:
    with store.write() as session:
        registry.add_device(session, PLATFORM, replace(CAR, device_id="car-2"), NOON)
    begins = datetime(2026, 5, 8, 16, tzinfo=UTC)
    first = terms("car-1", zone_ids=frozenset({"road-2"}), valid_from=begins,
                  valid_to=datetime(2026, 6, 29, 16, tzinfo=UTC))  # fmt: skip
    second = terms("car-1", "car-2", exempt_zone_ids=frozenset({"keep-out"}), valid_from=begins,
                   valid_to=datetime(2026, 6, 30, 16, tzinfo=UTC))  # fmt: skip
    draft(store, first, "P-1")
    draft(store, second, "P-2")
    for wanted, found in FOUND:
        with store.read() as session:
            page = permits.page(session, POLICE, wanted=PermitFilter(**wanted))
        assert {each.number for each in page} == found, wanted


def test_they_are_found_by_an_index(store: Store) -> None:
    if not store.is_sqlite:
        pytest.skip("PostgreSQL reads a small table from end to end, whatever index there is")
    for wanted, index in (
        (PermitFilter(device_id="car-1"), "sqlite_autoindex_permit_part_1"),
        (PermitFilter(zone_id="road-1"), "sqlite_autoindex_permit_part_1"),
        (PermitFilter(plate="沪A0001试"), "ix_plate_plate"),
        (PermitFilter(vin="LSVAM4186C2184841"), "ix_plate_vin"),
    ):
        asked = permit_parts.filtered(select(PermitRow), wanted)
        told = asked.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
        with store.begin() as connection:
            steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {told}").all()
        plan = [str(step[-1]) for step in steps]
        assert any(index in each for each in plan), plan
        assert not [each for each in plan if each.startswith("SCAN")], plan


@pytest.mark.requirement("A44-3")
def test_the_worker_gets_what_was_granted_and_has_not_ended_long_ago(store: Store) -> None:
    draft(store)
    active = activate(store, draft(store))
    suspended = do(store, POLICE, activate(store, draft(store)), A.SUSPEND, "accident")
    short = draft(store, terms("car-1", valid_to=later(90)))
    expired = do(store, PLATFORM, activate(store, short), A.EXPIRE, at=later(90))
    with store.read() as session:
        assert permits.grants(session, later(120)) == (active, suspended, expired)
        much_later = later(90) + timedelta(days=31)
        assert permits.grants(session, much_later) == (active, suspended)


def test_a_device_of_thousands_may_be_named(store: Store) -> None:
    with store.read() as session:
        car = registry.device(session, SWIFT, "car-1")
    from dataclasses import replace

    fleet = [replace(car, device_id=f"fleet-{n:05}") for n in range(1200)]
    registry.add_devices(store, SWIFT, fleet, NOON, with_credentials=False)
    permit = draft(store, terms(*(each.device_id for each in fleet)))
    assert len(permit.terms.device_ids) == 1200


def test_a_corridor_is_kept_with_the_terms_and_one_that_cannot_be_drawn_is_refused(
    store: Store,
) -> None:
    line = ((121.9, 30.9), (121.95, 30.9))
    corridor = OwnCorridor(line, 25.0, upper=Height(120.0, "AGL"))
    made = draft(store, terms("car-1", corridor=corridor))
    with store.read() as session:
        assert permits.get(session, SWIFT, made.number).terms.corridor == corridor
    over_the_edge = OwnCorridor(((-179.9, 30.9), (179.9, 30.9)), 25.0)
    with pytest.raises(InvalidValue, match=r"corridor\.line: crosses the antimeridian"):
        draft(store, terms("car-1", corridor=over_the_edge))


def test_a_permit_of_each_kind_has_a_number_that_tells_its_kind(store: Store) -> None:
    with store.write() as session:
        numbers = [
            permits.create(
                session, SWIFT, kind=kind, holder_id="swift", terms=terms("car-1"), at=NOON
            ).number
            for kind in PermitKind
        ]
    assert len({each.partition("-")[0] for each in numbers}) == len(PermitKind)
