"""Permits at the command line: what is due of them, and what was done."""

import json
import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from permits.corridor import Height, OwnCorridor
from permits.first_check import Awaited, Want
from permits.permit import PermitAction, PermitKind, PermitState
from permits.plate import Plate
from permits.reported_flight import ReportedFlight
from permits.rule_words import Language
from permits.terms import DailyHours, Terms, terms_to_json
from tests.cli.conftest import Shell
from tests.cli.test_map import feature
from tests.store import city
from tests.store.city import KITE, SWIFT, UNDER
from zone_service.clock import now
from zone_service.commands.described import DESCRIBED
from zone_service.commands.root import permit
from zone_service.demo_city import lead_to
from zone_service.schemas.permits import AwaitedShown
from zone_service.store import accounts, permits, zones
from zone_service.store.engine import open_store
from zone_service.store.records import PLATFORM, Principal, Role

NOTHING = Terms(
    frozenset(), frozenset(), datetime(2026, 5, 4, tzinfo=UTC), datetime(2026, 6, 4, tzinfo=UTC)
)
UNSAID = dict.fromkeys(("number", "kind", "state", "warning_id", "approval_number")) | {
    "deadlines": [], "history": [], "remedies": [], "places": [], "terms": terms_to_json(NOTHING),
}  # fmt: skip
OTHER_MAP = {"type": "FeatureCollection", "datum": "WGS84", "features": [feature("harbour")]}


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
        (False, "waits for: car-1 was never heard; car-2 does not tell its speed"),
        (True, "等待: car-1 从未上线；car-2 未报送：速度"),
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


def drafted(shell: Shell, *withdrawn: str) -> str:
    """A draft with terms of every sort; zones that were withdrawn since it was begun."""
    given = Terms(
        frozenset({"car-1"}), frozenset({"road-1", "road-2"}), now(), now() + timedelta(days=30),
        transfer_zone_ids=frozenset({"road-9"}), exempt_zone_ids=frozenset({"school"}),
        hours=(
            DailyHours(time(8), time(20), frozenset({0, 4})), DailyHours(time(22), time(23)),
        ),
        max_speed_mps=12.5, max_height_agl_m=100.0, control_modes=frozenset({"AUTONOMOUS"}),
        corridor=OwnCorridor(((121.9, 30.9), (121.95, 30.9)), 25.0, upper=Height(120.0, "AGL")),
    )  # fmt: skip
    store = open_store(f"sqlite:///{shell.folder / 'data' / 'zone.sqlite'}")
    with store.write() as session:
        made = permits.create(
            session, SWIFT, kind=PermitKind.ROAD_TEST, holder_id="swift", terms=given, at=now()
        )
        for zone_id in withdrawn:
            zones.withdraw(session, PLATFORM, zone_id, now())
    store.close()
    return made.number


@pytest.mark.requirement("D4b-79")
def test_a_permit_is_shown_with_its_terms_and_its_zones_in_both_languages(office: Shell) -> None:
    number = drafted(office, "road-2")
    told = office.zone("permit", "show", number, "--english").stdout
    rows = [re.split(r" {2,}", line) for line in told.splitlines()]
    assert ["road-1", "road-1", "permitted inside", "on the map"] in rows
    gone = "withdrawn from the map: whoever is there is outside"
    assert ["road-2", "road-2", "permitted inside", gone] in rows
    assert ["road-9", "road-9", "transfer, by hand alone", "on the map"] in rows
    assert ["school", "school", "keep-out zone, may be entered", "on the map"] in rows
    for line in (
        "devices: car-1",
        "hours: 08:00–20:00 Mon, Fri; 22:00–23:00 every day",
        "greatest speed: 45 km/h",
        "greatest height above ground: 100 m",
        "control modes: AUTONOMOUS",
        "route of its own: 25 m to each side of the line on file, up to 120 m AGL",
    ):
        assert line in told.splitlines()
    chinese = office.zone("permit", "show", number, "--chinese").stdout
    for word in (
        "时段: 08:00–20:00 周一, 周五",
        "最高速度: 45 公里/小时",
        "已从地图撤下",
        "准许进入的限制区域",
    ):
        assert word in chinese
    found = json.loads(office.zone("permit", "show", number, "--json").stdout)
    assert [each["standing"] for each in found["places"]] == [
        "in force", "withdrawn", "in force", "in force",
    ]  # fmt: skip


@pytest.mark.requirement("D4b-79")
def test_conditions_plates_and_what_is_suspended_are_told_with_the_terms(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plate = Plate("car-2", "沪A0001试", "LSVNV2180E2100001", NOTHING.valid_from, NOTHING.valid_to)
    given = replace(
        NOTHING, device_ids=frozenset({"car-1", "car-2"}), plates=(plate,), min_visibility_m=500.0,
        suspended_device_ids=frozenset({"car-1"}), max_wind_mps=8.0, max_vehicles=3,
        other_conditions=frozenset({"warn the school"}),
        flight=ReportedFlight(NOTHING.valid_from, NOTHING.valid_to),
    )  # fmt: skip
    (show,) = (each for each in DESCRIBED if (each.group, each.name) == (permit, "show"))
    show.shows(UNSAID | {"waits_for": [], "terms": terms_to_json(given)}, zh=False)
    said = capsys.readouterr().out.splitlines()
    for line in (
        "devices: car-1 (suspended), car-2",
        "plates: 沪A0001试 (car-2)",
        "hours: any",
        "greatest speed: as the road and the law have it",
        "conditions: visibility of 500 m at least; wind of 8 m/s at most; 3 vehicles at most; warn the school",
        "flight reported last: 2026-05-04 08:00 – 2026-06-04 08:00",
    ):
        assert line in said


@pytest.mark.requirement("D4b-79")
def test_an_application_for_what_is_not_on_the_map_is_refused_with_what_may_have_been_meant(
    office: Shell,
) -> None:
    with closing(open_store(f"sqlite:///{office.folder / 'data' / 'zone.sqlite'}")) as store:
        accounts.add_user(
            store, PLATFORM, username="olga", password="a long password", role=Role.OPERATOR,
            organisation_id="swift", at=now(),
        )  # fmt: skip
    begins = now() + timedelta(days=30)
    terms = {
        "device_ids": ["car-1"], "zone_ids": ["raod-1"],
        "valid_from": begins.isoformat(), "valid_to": (begins + timedelta(days=30)).isoformat(),
    }  # fmt: skip
    (office.folder / "ours.json").write_text(json.dumps({"kind": "ROAD_TEST", "terms": terms}))
    before = office.zone("permit", "list", "--json").stdout
    asked = ("permit", "apply", "ours.json", "--username", "olga")
    english, chinese = office.zone(*asked, "--english"), office.zone(*asked, "--chinese")
    assert (english.returncode, chinese.returncode) == (1, 1)
    assert re.search(r"raod-1: expected .*such as road-1", " ".join(english.stderr.split()))
    assert "地图上没有该标识的区域" in "".join(chinese.stderr.split())
    assert office.zone("permit", "list", "--json").stdout == before


@pytest.mark.requirement("D4b-79")
def test_who_takes_a_zone_off_the_map_is_told_which_permits_stand_on_it(office: Shell) -> None:
    number = drafted(office)
    with (
        closing(open_store(f"sqlite:///{office.folder / 'data' / 'zone.sqlite'}")) as store,
        store.write() as session,
    ):
        found = permits.get(session, PLATFORM, number)
        lead_to(session, found, PermitState.ACTIVE, now(), UNDER)
    (office.folder / "other.geojson").write_text(json.dumps(OTHER_MAP))
    dry = office.zone("map", "import", "other.geojson", "--dry-run")
    assert (
        f"would be gone or drawn anew as no place of theirs, and whoever is there would be outside: {number}"
        in " ".join(dry.stderr.split())
    )
    none = office.zone("map", "withdraw", "garden")
    assert (none.returncode, none.stderr) == (0, "")
    done = office.zone("map", "withdraw", "road-1", "garden-2", "road-2")
    assert done.returncode == 1
    done = office.zone("--lang", "zh", "map", "withdraw", "road-1", "road-2")
    assert done.returncode == 0, done.stderr
    assert number in done.stderr
    assert "撤下" in done.stderr


def test_a_permit_that_is_not_there_and_a_state_that_cannot_be_are_refused(office: Shell) -> None:
    missing = office.zone("permit", "show", "RT-0", "--english")
    wrong = office.zone("permit", "list", "--state", "HAPPY")

    assert (missing.returncode, wrong.returncode) == (1, 2)
    assert "no permit 'RT-0'" in missing.stderr
    assert "'DRAFT', 'SUBMITTED'" in wrong.stderr
