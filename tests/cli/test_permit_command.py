"""Permits at the command line: what is due of them, and what was done."""

import json
from datetime import datetime, timedelta

import pytest

from permits.first_check import Awaited, Want
from permits.permit import PermitAction, PermitKind
from permits.rule_words import Language
from permits.terms import Terms
from tests.cli.conftest import Shell
from tests.store import city
from tests.store.city import KITE, SWIFT, UNDER
from zone_service.clock import now
from zone_service.commands.described import DESCRIBED
from zone_service.commands.root import permit
from zone_service.schemas.permits import AwaitedShown
from zone_service.store import permits
from zone_service.store.engine import open_store
from zone_service.store.records import Principal

UNSAID = dict.fromkeys(("number", "kind", "state", "warning_id", "approval_number")) | {
    "deadlines": [], "history": [], "remedies": [],
}  # fmt: skip


@pytest.fixture
def office(shell: Shell) -> Shell:
    """A database with a permit that waits for the intake office, and a flight that was not decided."""
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
    assert (
        office.zone("permit", "list", "--state", "DRAFT", "--english").stdout == "there is none\n"
    )


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


@pytest.mark.requirement("D4b-25")
@pytest.mark.parametrize(
    ("zh", "told"),
    [
        (False, "waits for its devices: car-1 was never heard; car-2 does not tell its speed"),
        (True, "等待设备就绪: car-1 从未上线；car-2 未报送：速度"),
    ],
)
def test_the_devices_that_a_permit_waits_for_are_told(
    capsys: pytest.CaptureFixture[str], told: str, *, zh: bool
) -> None:
    waited = (
        Awaited("car-1", Want.NEVER_HEARD),
        Awaited("car-2", Want.LACKING, now(), frozenset({"speed"})),
    )
    language = Language.CHINESE if zh else Language.ENGLISH
    answer = {"waits_for": [AwaitedShown.of(each, language).model_dump() for each in waited]}
    (show,) = (each for each in DESCRIBED if (each.group, each.name) == (permit, "show"))
    show.shows(UNSAID | answer, zh=zh)
    show.shows(UNSAID | {"waits_for": []}, zh=zh)
    assert capsys.readouterr().out.splitlines().count(told) == 1


def test_a_permit_that_is_not_there_and_a_state_that_cannot_be_are_refused(office: Shell) -> None:
    missing = office.zone("permit", "show", "RT-0", "--english")
    wrong = office.zone("permit", "list", "--state", "HAPPY")

    assert (missing.returncode, wrong.returncode) == (1, 2)
    assert "no permit 'RT-0'" in missing.stderr
    assert "'DRAFT', 'SUBMITTED'" in wrong.stderr
