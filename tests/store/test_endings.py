"""How permits end: on a ground of the rules, and struck off once they are over."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from permits.permit import DetailsRefused, PermitAction, PermitKind, PermitState
from permits.plating import PlateWanted
from permits.rule_words import Language
from permits.step_checks import GroundUnknown, HolderStands, NotDue
from permits.termination_checks import ground_name_of
from permits.time_limits import time_limits
from permits.transition import Detail
from tests.permits.lives import local
from tests.store.city import ADMINISTRATOR, KITE, POLICE, REVIEWER, SWIFT
from tests.store.stepping import RULED, YEAR, do, draft, history, issued, now
from zone_service import legal_time
from zone_service.rule_library import RuleLibrary
from zone_service.settings import Settings
from zone_service.store import (
    audit,
    notices,
    permit_lapses,
    permit_taking,
    permits,
    plates,
    registry,
)
from zone_service.store.engine import Store
from zone_service.store.errors import InvalidValue
from zone_service.store.records import PLATFORM, PlateState

A, S = PermitAction, PermitState


@pytest.mark.requirement("D4b-39")
def test_a_permit_is_terminated_on_a_ground_that_stands_and_is_for_who_names_it(
    store: Store,
) -> None:
    permit, at = issued(store), "2026-07-02 10:00"
    with pytest.raises(
        DetailsRefused, match=f"cannot TERMINATE permit {permit.number} without ground"
    ):
        do(store, POLICE, permit, A.TERMINATE, at)
    with pytest.raises(
        GroundUnknown, match="with ground WHIM: expected NOT_AS_DECLARED, PLATE_OVER"
    ):
        do(store, POLICE, permit, A.TERMINATE, at, ground="WHIM")
    # The police find who bears an accident; who asks for the end asks the office.
    for who, ground in ((REVIEWER, "GRAVE_ACCIDENT"), (POLICE, "HOLDER_ASKED")):
        with pytest.raises(GroundUnknown):
            do(store, who, permit, A.TERMINATE, at, ground=ground)
    assert now(store, permit) == permit

    assert do(store, POLICE, permit, A.TERMINATE, at, ground="GRAVE_ACCIDENT").state is S.TERMINATED
    last = history(store, permit)[-1]
    assert (last.reason, last.details[Detail.GROUND]) == ("because", "GRAVE_ACCIDENT")
    assert ground_name_of(last, Language.CHINESE) == "发生严重事故"


@pytest.mark.requirement("D4b-33", "D4e-9")
def test_a_plate_that_is_left_is_announced_by_law_whoever_strikes_the_permit_off(
    store: Store,
) -> None:
    permit = issued(store)
    with store.write() as session:
        permits.apply_action(
            session, POLICE, permit.number, A.ISSUE_PLATES, local("2026-06-01 10:00"), under=RULED,
            plates=[PlateWanted("car-1", "沪A0001试", "LSVNV2187E2100009")],
        )  # fmt: skip
    do(store, REVIEWER, permit, A.REVOKE, "2026-07-02 10:00")
    do(store, ADMINISTRATOR, permit, A.DEREGISTER, "2026-08-01 10:00")
    with store.read() as session:
        (told,) = notices.published(session)
    assert (told.organisation_id, told.published_by) == (None, PLATFORM.username)


@pytest.mark.requirement("D4b-40", "D4b-33")
def test_what_has_ended_is_struck_off_once_after_its_time_and_its_plate_announced_void(
    store: Store,
) -> None:
    permit = issued(store)
    with store.write() as session:
        plate = PlateWanted("car-1", "沪A0001试", "LSVNV2187E2100009")
        permits.apply_action(
            session, POLICE, permit.number, A.ISSUE_PLATES, local("2026-06-01 10:00"),
            under=RULED, plates=[plate],
        )  # fmt: skip
    do(store, REVIEWER, permit, A.REVOKE, "2026-07-02 10:00")
    with pytest.raises(NotDue, match="by law, from 2026-08-01 10:00"):
        do(store, PLATFORM, permit, A.DEREGISTER, "2026-08-01 09:59")
    for at in ("2026-08-01 10:00", "2026-09-01 10:00"):
        with store.write() as session:
            permit_lapses.strike_off(session, permit.number, local(at), RULED)
    struck = history(store, permit)[-1]
    assert now(store, permit).state is S.DEREGISTERED
    assert (struck.action, struck.by) == (A.DEREGISTER, PLATFORM.username)
    assert struck.effective_at == local("2026-08-01 10:00")
    assert "licensing law" in struck.reason or "注销" in struck.reason
    with store.read() as session:
        (kept,) = plates.of_permit(session, PLATFORM, permit.number)
        told = [
            e for e in audit.entries(session, PLATFORM, limit=1000) if e.subject == permit.number
        ]
    assert kept.state is PlateState.ANNOUNCED_VOID
    assert [e.actor for e in told if e.action == "permit.deregister"] == [PLATFORM.username]
    # The rule of a set that names no time is: at once.
    none = {k: v for k, v in RULED.sheet.parameters.items() if k != "deregistration.after_days"}
    assert time_limits(replace(RULED.sheet, parameters=none)).strike_off_after == timedelta(0)


@pytest.mark.requirement("D4b-40")
def test_an_old_store_is_struck_off_in_parts_after_what_people_wait_for_and_not_judged_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = [issued(store) for _ in range(3)]
    at = local("2028-01-01 10:00")
    for permit in old:
        with store.write() as session:
            case = permit_taking.case_of(session, permit.number, RULED)
            permit_taking.let_law(session, case, local("2027-01-02"), RULED)
    waiting = do(store, SWIFT, draft(store, **YEAR), A.SUBMIT, "2026-12-28 10:00")
    monkeypatch.setattr(legal_time, "STRUCK_OFF_AT_ONCE", 2)
    with store.read() as session:
        assert permit_lapses.fallen_due(session, at, 100) == (waiting.number,)
        assert len(permit_lapses.to_be_struck_off(session, at, 100)) == 3
    settings = Settings(data_dir=tmp_path, rule_set="demonstration")
    timer = legal_time.LegalTime(store, RuleLibrary(settings), lambda: None)
    assert [timer.turn(at), timer.turn(at), timer.turn(at)] == [3, 1, 0]
    assert {now(store, each).state for each in old} == {S.DEREGISTERED}
    with store.read() as session:
        assert not {each.number for each in old} & {e.number for e in permits.grants(session, at)}


@pytest.mark.requirement("D4b-40")
def test_who_is_no_more_loses_every_permit_and_gets_none(store: Store) -> None:
    going, over = issued(store), issued(store)
    do(store, POLICE, over, A.TERMINATE, "2026-06-30 10:00", ground="SAFETY_RISK")
    at = local("2026-07-02 10:00")
    with store.write() as session:
        assert permit_lapses.without_holder(session, at, 9) == ()
        case = permit_taking.case_of(session, going.number, RULED)
        with pytest.raises(HolderStands, match="the legal person of swift has not ended"):
            permit_taking.take(session, PLATFORM, case, A.DEREGISTER, at, "x", under=RULED)
        registry.end_organisation(session, ADMINISTRATOR, "swift", at)
        again = registry.end_organisation(session, ADMINISTRATOR, "swift", local("2026-08-01"))
        assert again.ended_at == at
        assert permit_lapses.without_holder(session, at, 9) == (going.number,)
        assert permit_lapses.strike_off(session, going.number, at, RULED)
    assert now(store, going).state is S.DEREGISTERED
    assert history(store, going)[-1].reason.startswith(
        "the legal person of swift has ended / swift"
    )
    with pytest.raises(InvalidValue, match="nothing is applied for any more"):
        draft(store)


@pytest.mark.requirement("D4b-40")
def test_what_is_on_record_of_who_is_no_more_is_struck_off_and_waits_for_nobody(
    store: Store,
) -> None:
    flight = draft(store, PermitKind.SUITABLE_AIRSPACE_FLIGHT, KITE)
    do(store, KITE, flight, A.RECORD, "2026-05-04 21:00")
    at = local("2026-05-04 22:00")
    with store.write() as session:
        registry.end_organisation(session, ADMINISTRATOR, "kite", at)
        assert permit_lapses.without_holder(session, at, 9) == (flight.number,)
        assert permit_lapses.strike_off(session, flight.number, at, RULED)
        assert permit_lapses.without_holder(session, at, 9) == ()
    assert now(store, flight).state is S.DEREGISTERED
