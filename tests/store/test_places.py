"""What permits name is on the map: asked at the draft, when it is handed in, and of all that is granted."""

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from sqlmodel import select

from geofence.zone import ZoneKind
from permits.completeness import Incomplete
from permits.further import Addition, Change
from permits.issuing import Ruling
from permits.matter_states import MatterAction, MatterKind
from permits.paper_words import PapersRefused
from permits.permit import Permit, PermitAction, PermitKind, PermitState
from permits.place_words import PlacesAmiss, PlacesOfMatterAmiss, PlacesRefused
from permits.plan_answers import PlanAnswer
from permits.provisos import Provisos
from permits.review import Choice
from permits.rule_words import Language
from tests.mapped import place
from tests.permits.lives import local
from tests.permits.test_further import LIKE, TESTED
from tests.store.city import ATM, KITE, POLICE, REVIEWER, SWIFT, airport, later, voted
from tests.store.stepping import RULED, STEPS, YEAR, do, draft, now
from tests.store.test_daily_plans import PLAN, approved, filed, step
from tests.store.test_further import UNTIL, act, apply, confirm, consented, renew, vehicle
from tests.store.test_matters import active
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import (
    applications,
    automatic_suspensions,
    permit_taking,
    permits,
    places,
    plan_answers,
    reviews,
    zones,
)
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM
from zone_service.store.tables import PermitRow

A, S = PermitAction, PermitState
TODAY = replace(PLAN, day=date(2026, 5, 9), begins=time(20), ends=time(23))
"""Within the hours of the flight that ``approved`` lets begin."""
OTHERS = (
    replace(place("sky"), domains=frozenset({"air"})),
    replace(place("seg-demo-1"), domains=frozenset({"road"})),
    replace(place("seg-demo-2"), domains=frozenset({"road"})),
    replace(place("slow", ZoneKind.SPEED_LIMIT), speed_limit_mps=5.0),
    airport("airport"),
)


def publish(store: Store) -> None:
    with store.write() as session:
        zones.publish(session, PLATFORM, OTHERS, local("2026-01-04"), keep_others=True)


def withdraw(store: Store, *zone_ids: str) -> None:
    with store.write() as session:
        for zone_id in zone_ids:
            zones.withdraw(session, PLATFORM, zone_id, local("2026-01-06"))


def publish_again(store: Store, zone_id: str) -> None:
    with store.write() as session:
        zones.put(session, PLATFORM, place(zone_id), local("2026-01-07"))


def none_was_begun(store: Store) -> bool:
    with store.read() as session:
        return session.exec(select(PermitRow.number)).all() == []


@pytest.mark.requirement("D4b-79")
@pytest.mark.parametrize(
    ("term", "zone_id", "told"),
    [
        ("zone_ids", "seg-demo-X", r"seg-demo-X: expected .*vehicles, such as seg-demo-.*no zone of"),
        ("zone_ids", "airport", r"terms.zone_ids is airport: .*this zone is no such place"),
        ("zone_ids", "slow", r"slow: expected .*this zone is no such place"),
        ("zone_ids", "sky", r"sky: expected .*this zone is not for it"),
        ("zone_ids", "market", r"market: expected .*this zone is no such place"),
        ("transfer_zone_ids", "rode-9", r"transfer_zone_ids is rode-9: .*such as road-9"),
        ("exempt_zone_ids", "shool", r"exempt_zone_ids is shool: .*such as school"),
        ("exempt_zone_ids", "airport", r"airport: expected .*no permit lifts this zone"),
        ("exempt_zone_ids", "road-2", r"road-2: expected .*no permit lifts this zone"),
    ],
)  # fmt: skip
def test_a_draft_that_names_what_the_map_does_not_have_is_refused_by_name(
    store: Store, term: str, zone_id: str, told: str
) -> None:
    publish(store)
    given: dict[str, Any] = {term: frozenset({zone_id})}
    with pytest.raises(PlacesRefused, match=told) as refused:
        draft(store, **given)
    assert zone_id in refused.value.said(Language.CHINESE)
    assert none_was_begun(store)


@pytest.mark.requirement("D4b-79")
@pytest.mark.parametrize("kind", [PermitKind.TEST_BASE_USE, PermitKind.SUITABLE_AIRSPACE_FLIGHT])
def test_a_booking_and_a_record_are_of_airspace_that_is_there(
    store: Store, kind: PermitKind
) -> None:
    publish(store)
    with pytest.raises(PlacesRefused, match=r"seg-demo-1: expected .*for aircraft.*not for it"):
        draft(store, kind, KITE, zone_ids=frozenset({"seg-demo-1"}))
    assert draft(store, kind, KITE, zone_ids=frozenset({"sky"})).state is S.DRAFT


@pytest.mark.requirement("D4b-79")
def test_each_zone_is_named_and_of_many_the_first_are_helped(store: Store) -> None:
    publish(store)
    many = frozenset(f"seg-demo-X{number}" for number in range(9))
    with pytest.raises(PlacesRefused) as refused:
        draft(store, zone_ids=many)
    said = [each.said(Language.ENGLISH) for each in refused.value.faults]
    assert [each.path for each in refused.value.faults] == ["terms.zone_ids"] * 9
    assert ["such as" in each for each in said] == [True] * 3 + [False] * 6


@pytest.mark.requirement("D4b-79")
def test_other_terms_of_a_draft_are_asked_alike_and_change_nothing(store: Store) -> None:
    permit = draft(store)
    wrong = replace(permit.terms, zone_ids=frozenset({"road-l"}))
    with pytest.raises(PlacesRefused, match="such as road-"), store.write() as session:
        permits.apply_action(
            session, SWIFT, permit.number, A.AMEND_TERMS, local("2026-01-06"),
            under=RULED, terms=wrong,
        )  # fmt: skip
    assert now(store, permit) == permit


@pytest.mark.requirement("D4b-79")
@pytest.mark.parametrize("rules", ["demonstration", "shanghai-default"])
def test_what_was_withdrawn_since_the_draft_is_missing_and_is_not_handed_in(
    store: Store, rules: str
) -> None:
    permit, under = draft(store, **YEAR), Ruling(shipped_sheet(rules))
    withdraw(store, "road-1")
    with store.read() as session:
        found = applications.missing_of(
            session, SWIFT, permit.number, local("2026-05-06"), under=under
        )
    assert "withdrawn from the map" in next(e for e in found if e.path == "terms.zone_ids").said(
        Language.ENGLISH
    )
    with pytest.raises(Incomplete, match=r"road-1: .*withdrawn"), store.write() as session:
        permits.apply_action(
            session, SWIFT, permit.number, A.SUBMIT, local("2026-05-06 10:00"), under=under
        )
    assert now(store, permit).state is S.DRAFT


def led(store: Store, steps: int, **given: Any) -> Permit:
    permit = draft(store, **YEAR | given)
    for who, action, at in STEPS[:steps]:
        permit = do(store, who, permit, action, at)
    return permit


@pytest.mark.requirement("D4b-79", "D4b-12")
def test_what_was_withdrawn_is_not_accepted_but_by_silence(store: Store) -> None:
    permit = led(store, 1)
    withdraw(store, "road-1")
    with pytest.raises(PlacesAmiss, match=r"cannot ACCEPT permit .*road-1") as refused:
        do(store, REVIEWER, permit, A.ACCEPT, "2026-05-07 10:00")
    assert "不能对许可" in refused.value.said(Language.CHINESE)
    # To be silent is no way out for the office: the law takes its step all the same.
    assert do(store, PLATFORM, permit, A.DEEM_ACCEPTED, "2026-05-20 10:00").state is S.ACCEPTED


@pytest.mark.requirement("D4b-79", "D4b-50")
def test_what_was_withdrawn_is_not_approved_unless_a_condition_takes_it_away(store: Store) -> None:
    permit = led(store, 5, zone_ids=frozenset({"road-1", "road-2"}))
    withdraw(store, "road-2")
    at = local("2026-05-13 10:00")
    with pytest.raises(PlacesAmiss, match=r"cannot APPROVE permit .*road-2"):
        voted(store, permit, RULED, at)
    assert now(store, permit).state is S.JOINT_REVIEW
    without = Provisos(excluded_zone_ids=frozenset({"road-2"}))
    with store.write() as session:
        found = reviews.vote(
            session, POLICE, permit.number, Choice.APPROVE_WITH_CONDITIONS, at,
            under=RULED, reason="it is closed", conditions=without,
        )  # fmt: skip
    assert found.permit.state is S.APPROVED
    assert found.permit.terms.zone_ids == {"road-1"}


@pytest.mark.requirement("D4b-79")
def test_what_was_withdrawn_after_the_approval_is_not_issued(store: Store) -> None:
    permit = led(store, 7)
    withdraw(store, "road-1")
    with pytest.raises(PlacesAmiss, match=r"cannot ISSUE permit .*withdrawn"):
        do(store, POLICE, permit, A.ISSUE, "2026-05-15 10:00")
    assert now(store, permit).state is S.AWAITING_PLATE


@pytest.mark.requirement("D4b-79", "D4b-19")
def test_a_change_asks_for_what_is_there_and_is_granted_what_is_there_still(store: Store) -> None:
    permit = active(store)
    with pytest.raises(PlacesOfMatterAmiss, match=r"road-8: .*such as road-"):
        apply(store, permit, about=Change({"zone_ids": ["road-1", "road-8"]}))
    case = apply(store, permit, about=Change({"zone_ids": ["road-1", "road-2"]}))
    withdraw(store, "road-2")
    with pytest.raises(PlacesOfMatterAmiss, match=r"cannot GRANT in matter .*road-2") as refused:
        consented(store, case)
    assert "事项" in refused.value.said(Language.CHINESE)
    assert now(store, permit).terms.zone_ids == {"road-1"}


@pytest.mark.requirement("D4b-79")
def test_no_vehicle_is_added_to_what_is_nowhere(store: Store) -> None:
    permit = active(store)
    vehicle(store, "V-1", "car-1", TESTED)
    vehicle(store, "V-2", "car-2", LIKE)
    confirm(store, "V-2")
    withdraw(store, "road-1")
    with pytest.raises(PlacesOfMatterAmiss, match="road-1"):
        apply(store, permit, MatterKind.ADD_VEHICLES, Addition(("V-2",)))
    assert now(store, permit) == permit


@pytest.mark.requirement("D4b-79", "D4b-17", "D4b-26")
def test_no_time_is_added_to_what_is_nowhere_but_to_what_is_left_once_that_is_suspended(
    store: Store,
) -> None:
    permit = led(store, len(STEPS), zone_ids=frozenset({"road-1", "road-2"}))
    permit = do(store, PLATFORM, permit, A.ACTIVATE, "2026-07-01 00:00")
    case = renew(store, permit)
    withdraw(store, "road-2")
    with pytest.raises(PlacesOfMatterAmiss, match="road-2"):
        consented(store, case)
    assert now(store, permit).state is S.RENEWAL_PENDING
    with store.write() as session:
        at = local("2026-11-02 10:00")
        assert automatic_suspensions.suspend(session, permit.number, at, RULED)
    assert now(store, permit).terms.suspended_zone_ids == {"road-2"}
    act(store, POLICE, case, MatterAction.CONSENT)  # the others' stand
    renewed = now(store, permit)
    assert (renewed.state, renewed.terms.valid_to) == (S.ACTIVE, UNTIL)
    assert renewed.terms.suspended_zone_ids == {"road-2"}


@pytest.mark.requirement("D4b-79")
def test_the_law_extends_what_nobody_decided_wherever_it_is(store: Store) -> None:
    permit = active(store)
    renew(store, permit)
    withdraw(store, "road-1")
    with store.write() as session:
        found = permit_taking.case_of(session, permit.number, RULED)
        permit_taking.let_law(session, found, local("2027-01-04 09:00"), RULED)
    assert now(store, permit).terms.valid_to == UNTIL


@pytest.mark.requirement("D4b-79", "D4a-8")
def test_no_flight_is_planned_or_confirmed_where_there_is_no_airspace_any_more(
    store: Store,
) -> None:
    permit = approved(store)
    filed(store, permit, TODAY)
    with store.write() as session:
        for who in (ATM, POLICE):
            given = permit.number, TODAY.day, PlanAnswer.APPROVE, later(125)
            plan_answers.answer(session, who, *given)
    step(store, KITE, permit, A.REPORT_PRE_TAKEOFF)
    withdraw(store, "road-1")
    with pytest.raises(PlacesAmiss, match=r"cannot CONFIRM permit .*for aircraft.*withdrawn"):
        step(store, ATM, permit, A.CONFIRM)
    with pytest.raises(PapersRefused, match=r"road-1: expected .*withdrawn"):
        filed(store, permit, PLAN)
    publish_again(store, "road-1")
    assert step(store, ATM, permit, A.CONFIRM).state is S.CONFIRMED


@pytest.mark.requirement("D4b-79")
def test_a_keep_out_zone_that_is_over_is_in_nobodys_way(store: Store) -> None:
    permit = led(store, 7, exempt_zone_ids=frozenset({"school"}))
    withdraw(store, "school")
    assert do(store, POLICE, permit, A.ISSUE, "2026-05-15 10:00").state is S.ISSUED


@pytest.mark.requirement("D4b-79")
def test_what_the_map_says_is_told_of_each_zone_those_too_that_it_had(store: Store) -> None:
    publish(store)
    withdraw(store, "seg-demo-1")
    with store.read() as session:
        found = places.on_map(session, ["seg-demo-1", "sky", "nowhere"])
    told = {zone_id: (each.in_force, each.domains) for zone_id, each in found.items()}
    assert told == {
        "seg-demo-1": (False, frozenset({"road"})),
        "sky": (True, frozenset({"air"})),
    }
