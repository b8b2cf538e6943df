"""Flights that nobody applies for: attested, on record, and confirmed one by one."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from permits.competence import NotCompetent
from permits.document import Covered
from permits.document_kinds import CoveredKind
from permits.permit import ActionNotAllowed, DetailsRefused, Permit, PermitAction
from permits.precondition_words import PreconditionsNotMet
from permits.step_checks import TooLate
from permits.terms import Terms
from permits.transition import Detail
from tests.permits.lives import local
from tests.store.city import ATM, KITE, REVIEWER
from tests.store.test_preconditions import MET, UNDER, UNKNOWN, A, C, D, K, draft, found, paper
from zone_service.sample_papers import hand_in_samples
from zone_service.store import permits, preconditions
from zone_service.store.engine import Store
from zone_service.store.files import Files
from zone_service.store.records import Principal

EVE = "2026-05-04 21:00"
HALF_A_YEAR = {"valid_from": local("2026-05-05 10:00"), "valid_to": local("2026-11-05 10:00")}


def act(
    store: Store, who: Principal, permit: Permit, action: PermitAction, at: str, **said: str
) -> Permit:
    details = {Detail(name): each for name, each in said.items()}
    with store.write() as session:
        return permits.apply_action(
            session, who, permit.number, action, local(at), "because",
            under=UNDER, details=details,
        )  # fmt: skip


def amend(store: Store, permit: Permit, terms: Terms) -> Permit:
    with store.write() as session:
        return permits.apply_action(
            session, KITE, permit.number, A.AMEND_TERMS, local(EVE), under=UNDER, terms=terms
        )


def attest(store: Store, permit: Permit, at: datetime) -> None:
    """Air traffic management has seen whose range it is."""
    about = Covered(CoveredKind.PERMIT, permit.number)
    with store.write() as session:
        evidence = paper(session, D.FACT_EVIDENCE, about, KITE)
        preconditions.attest(
            session, ATM, permit.number, C.ART31_EXEMPT, evidence.document_id, at, under=UNDER
        )


def complete(store: Store, directory: Path) -> Permit:
    """Return a draft of which all is handed in, and nothing attested of its terms as they are now."""
    permit = draft(store, K.EXEMPT_FLIGHT, KITE, **HALF_A_YEAR)
    hand_in_samples(
        store, Files(directory / "files"), KITE, permit.number, local("2026-05-04 20:30"), UNDER
    )
    return amend(store, permit, replace(permit.terms, max_height_agl_m=110.0))


@pytest.mark.requirement("D4a-24", "D4c-56")
def test_what_the_law_spares_an_application_is_attested_of_its_terms_and_then_put_on_record(
    store: Store, tmp_path: Path
) -> None:
    permit = draft(store, K.EXEMPT_FLIGHT, KITE, **HALF_A_YEAR)
    assert found(store, permit, C.ART31_EXEMPT).result is UNKNOWN
    attest(store, permit, local("2026-05-04 20:45"))
    assert found(store, permit, C.ART31_EXEMPT).result is MET

    amend(store, permit, replace(permit.terms, max_speed_mps=9.0))
    assert found(store, permit, C.ART31_EXEMPT).result is UNKNOWN, "other terms, seen by nobody"

    permit = complete(store, tmp_path)
    with pytest.raises(PreconditionsNotMet) as refused:
        act(store, KITE, permit, A.RECORD, "2026-05-04 21:30")
    assert [each.code for each in refused.value.found] == [C.ART31_EXEMPT]
    attest(store, permit, local("2026-05-04 21:40"))
    assert act(store, KITE, permit, A.RECORD, "2026-05-04 21:50").state.value == "APPROVED"


@pytest.mark.requirement("D4a-24")
def test_it_is_never_handed_in_and_nothing_that_is_applied_for_is_put_on_record(
    store: Store,
) -> None:
    exempt = draft(store, K.EXEMPT_FLIGHT, KITE, **HALF_A_YEAR)
    ordinary = draft(store, K.FLIGHT_ACTIVITY, KITE, **HALF_A_YEAR)
    for permit, action in ((exempt, A.SUBMIT), (ordinary, A.RECORD)):
        with pytest.raises(ActionNotAllowed):
            act(store, KITE, permit, action, EVE)


@pytest.mark.requirement("D4a-24", "D4b-20", "D4b-21")
def test_each_of_its_flights_is_reported_an_hour_before_and_takes_off_by_confirmation_alone(
    store: Store, tmp_path: Path
) -> None:
    permit = complete(store, tmp_path)
    attest(store, permit, local("2026-05-04 21:40"))
    act(store, KITE, permit, A.RECORD, "2026-05-04 21:50")
    with pytest.raises(TooLate):
        act(store, KITE, permit, A.REPORT_PRE_TAKEOFF, "2026-05-05 09:01")
    takeoff = {"takeoff_at": "2026-05-05T11:00:00+08:00"}
    act(store, KITE, permit, A.REPORT_PRE_TAKEOFF, "2026-05-05 10:00", **takeoff)
    with pytest.raises(ActionNotAllowed):
        act(store, KITE, permit, A.TAKE_OFF, "2026-05-05 11:00")
    with pytest.raises(NotCompetent, match="the transport department may not CONFIRM"):
        act(store, REVIEWER, permit, A.CONFIRM, "2026-05-05 10:30")
    act(store, ATM, permit, A.CONFIRM, "2026-05-05 10:30")
    assert act(store, KITE, permit, A.TAKE_OFF, "2026-05-05 11:00").state.value == "AIRBORNE"
    act(store, KITE, permit, A.LAND, "2026-05-05 11:20")
    with pytest.raises(DetailsRefused, match="without takeoff_at"):
        act(store, KITE, permit, A.REPORT_PRE_TAKEOFF, "2026-05-05 11:30")
    again = {"takeoff_at": "2026-05-06T09:00:00+08:00"}
    reported = act(store, KITE, permit, A.REPORT_PRE_TAKEOFF, "2026-05-06 08:00", **again)
    assert reported.state.value == "PRE_TAKEOFF_REPORTED"
