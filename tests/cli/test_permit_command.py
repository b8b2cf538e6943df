"""Permits at the command line: what is due of them, and what was done."""

import json
from datetime import datetime, timedelta

import pytest

from permits.permit import PermitAction, PermitKind
from permits.terms import Terms
from tests.cli.conftest import Shell
from tests.store import city
from tests.store.city import KITE, SWIFT, UNDER
from zone_service.clock import now
from zone_service.store import permits
from zone_service.store.engine import open_store
from zone_service.store.records import Principal


@pytest.fixture
def office(shell: Shell) -> Shell:
    """A database with a permit that waits for the intake office, and a flight that was not decided."""
    assert shell.zone("db", "upgrade").returncode == 0
    store = open_store(f"sqlite:///{shell.folder / 'data' / 'zone.sqlite'}")
    city.settle(store)

    def submitted(who: Principal, kind: PermitKind, begins: datetime, at: datetime) -> None:
        device = "car-1" if who is SWIFT else "drone-1"
        terms = Terms(frozenset({device}), frozenset(), begins, begins + timedelta(days=30))
        with store.write() as session:
            permit = permits.create(
                session, who, kind=kind, holder_id=str(who.organisation_id), terms=terms, at=at
            )
            permits.apply_action(session, who, permit.number, PermitAction.SUBMIT, at, under=UNDER)

    soon = now() + timedelta(hours=1)
    submitted(SWIFT, PermitKind.ROAD_TEST, now() + timedelta(days=90), now())
    submitted(KITE, PermitKind.FLIGHT_ACTIVITY, soon, soon - timedelta(days=3))
    store.close()
    return shell


@pytest.mark.requirement("D4b-46")
def test_the_list_tells_what_is_due_by_whom_and_until_when_in_both_languages(office: Shell) -> None:
    told = office.zone("permit", "list", "--english").stdout
    flight, road = sorted(line for line in told.splitlines() if "-2026-" in line or "-20" in line)

    assert "the time for intake" in road
    assert "reviewer" in road
    assert road.endswith("00:00")
    assert "the time to decide about the flight" in flight
    assert flight.endswith("21:00 (overdue)")
    chinese = office.zone("permit", "list", "--overdue", "--chinese").stdout
    assert "受理期限" not in chinese
    assert "飞行活动批复期限" in chinese
    assert "21:00 (已逾期)" in chinese
    assert office.zone("permit", "list", "--state", "DRAFT").stdout.count("\n") == 1


@pytest.mark.requirement("D4b-46")
def test_one_permit_is_shown_with_all_that_was_done_and_as_json(office: Shell) -> None:
    (flight,) = json.loads(office.zone("permit", "list", "--overdue", "--json").stdout)
    shown = office.zone("permit", "show", flight["number"], "--english").stdout

    assert flight["overdue"] is True
    assert datetime.fromisoformat(flight["deadlines"][0]["until"]).utcoffset() == timedelta(0)
    assert f"{flight['number']}  FLIGHT_ACTIVITY  SUBMITTED" in shown
    assert "SUBMIT  SUBMITTED  kim" in shown
    told = json.loads(office.zone("permit", "show", flight["number"], "--json").stdout)
    assert [each["action"] for each in told["history"]] == ["SUBMIT"]


def test_a_permit_that_is_not_there_and_a_state_that_cannot_be_are_refused(office: Shell) -> None:
    missing = office.zone("permit", "show", "RT-0", "--english")
    wrong = office.zone("permit", "list", "--state", "HAPPY")

    assert missing.returncode == wrong.returncode == 1
    assert "no permit 'RT-0'" in missing.stderr
    assert "'HAPPY': expected one of DRAFT" in wrong.stderr
