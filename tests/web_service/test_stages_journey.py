"""A whole story: a firm's vehicle from its road test over the demonstration to a service."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from shapely import box

from geofence.zone import Area, Volume, Zone, ZoneKind
from permits.issuing import SHANGHAI
from tests.store.stepping import heard
from tests.web_service.clock import Clock
from tests.web_service.site import Site, refused
from tests.web_service.test_flight_journey import at_day, done
from tests.web_service.test_permit_deadlines import step
from tests.web_service.test_preconditions import by_code, handed_in, preconditions
from tests.web_service.test_review_journey import driving, to_review
from tests.web_service.test_reviews import review, vote
from tests.web_service.test_rule_sets import EXTENSION, publish, text
from zone_service.clock import now
from zone_service.store import zones
from zone_service.store.records import PLATFORM

ROAD = Zone(
    "road-1",
    ZoneKind.KEEP_IN,
    "Ring road",
    (Volume(Area(box(121.91, 30.89, 121.93, 30.91))),),
    domains=frozenset({"road"}),
    category="test_road_urban",
)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, own_site: Site) -> Clock:
    return Clock(monkeypatch, own_site)


def applied(site: Site, kind: str, begins: datetime) -> str:
    terms = {
        "device_ids": ["car-1"],
        "zone_ids": ["road-1"],
        "max_speed_mps": 14.0,
        "valid_from": begins.isoformat(),
        "valid_to": (begins + timedelta(days=170)).isoformat(),
    }
    said = site.as_("olga").post("/api/permits", json={"kind": kind, "terms": terms})
    assert said.status_code == 201, said.text
    number = str(said.json()["number"])
    site.complete("olga", number)
    return number


def driven(site: Site, days: int, **figures: Any) -> None:
    """Declare what the vehicle has driven in the days before today, and have the police attest it."""
    today = now().astimezone(SHANGHAI).date()
    paper = handed_in(site, "olga", "TEST_EVIDENCE", "vehicle", "sample-car-1")
    said = {
        "zone_id": "road-1",
        "begins": (today - timedelta(days=days)).isoformat(),
        "ends": (today - timedelta(days=1)).isoformat(),
        "document_id": paper,
        "traffic_violations": 0,
        "at_fault_accidents": 0,
        **figures,
    }
    path = "/api/register/sample-car-1/driven"
    made = site.as_("olga").post(path, json=said)
    assert made.status_code == 201, made.text
    attested = site.as_("paul").post(f"{path}/{made.json()['figure_id']}/attestation")
    assert attested.status_code == 200, attested.text


def in_force(site: Site, clock: Clock, number: str, plate: str, begins: datetime) -> None:
    """Take an approved permit to its beginning, with a plate on its vehicle."""
    assert done(site, "olga", number, "REQUEST_PLATE") == "AWAITING_PLATE"
    plates = [{"device_id": "car-1", "number": plate}]
    assert done(site, "paul", number, "ISSUE", plates=plates) == "ISSUED"
    clock.to(begins)
    heard(site.store, begins, "car-1")
    assert step(site, "rita", number, "ACTIVATE").status_code in {200, 409}, "or the law was first"
    found = site.as_("olga").get(f"/api/permits/{number}").json()
    assert found["state"] == "ACTIVE"


def handed_back(site: Site, number: str, plate: str) -> None:
    """One vehicle bears one plate: that of the stage before is given back first."""
    assert done(site, "paul", number, "RECALL_PLATES", ended_plates=[plate]) == "ACTIVE"


def all_approve(site: Site, number: str) -> None:
    states = [vote(site, who, number).json()["state"] for who in ("ines", "rita", "paul")]
    assert states == ["JOINT_REVIEW", "JOINT_REVIEW", "APPROVED"]


@pytest.mark.requirement("A43-1", "A43-2", "A43-3", "D4b-7", "D4b-47", "D4b-49", "D4b-69")
def test_a_vehicle_comes_from_its_road_test_over_the_demonstration_to_a_service(
    own_site: Site, clock: Clock
) -> None:
    site = own_site
    assert publish(site, text("1", EXTENSION), if_match='"1"').status_code < 300
    with site.store.write() as session:
        zones.publish(session, PLATFORM, (ROAD,), now())

    # The test: one department sends the file back, another makes a condition of it.
    begins = at_day(20, 8)
    test = applied(site, "ROAD_TEST", begins)
    to_review(site, test)
    vote(site, "ines", test, "RETURN", missing=["the plan of the test"])
    vote(site, "rita", test)
    assert vote(site, "paul", test).json()["state"] == "RETURNED_FOR_CORRECTION"
    to_review(site, test)
    slower = {"max_speed_mps": 8.0}
    vote(site, "paul", test, "APPROVE_WITH_CONDITIONS", reason="a school", conditions=slower)
    vote(site, "ines", test)
    assert vote(site, "rita", test).json()["state"] == "APPROVED"
    outcomes = [each["outcome"] for each in review(site, "olga", test).json()["rounds"]]
    assert outcomes == ["RETURNED", "APPROVED"]
    in_force(site, clock, test, "沪A0001试", begins)
    assert driving(site, 8.0) == set()
    assert driving(site, 12.0) == {"OVERSPEED"}

    # The demonstration: not before the vehicle has been tested far enough.
    clock.to(at_day(60, 9))
    begins = at_day(30, 8)
    driven(site, 30, automated_h=90.0, automated_km=500.0)
    shown = applied(site, "DEMO_APPLICATION", begins)
    to_review(site, shown)
    vote(site, "ines", shown)
    vote(site, "rita", shown)
    said = refused(vote(site, "paul", shown), 409, "preconditions-not-met")
    assert [each["path"] for each in said["errors"]] == ["TEST_HOURS_GE_240_OR_KM_GE_1000"]
    clock.to(at_day(10, 9))
    driven(site, 9, automated_h=90.0, automated_km=500.0)
    found = by_code(preconditions(site, shown))["TEST_HOURS_GE_240_OR_KM_GE_1000"]
    assert found["result"] == "met"
    assert vote(site, "paul", shown).json()["state"] == "APPROVED"
    handed_back(site, test, "沪A0001试")
    in_force(site, clock, shown, "沪A0002试", begins)

    # The service: every metre of its roads driven, and nobody had to take over.
    clock.to(at_day(40, 9))
    begins = at_day(30, 8)
    service = applied(site, "DEMO_OPERATION", begins)
    to_review(site, service)
    driven(site, 20, takeovers=0, supervised_rides=1000, loaded_rides=1000, automated_km=20_000.0)
    assert preconditions(site, service)["refuses"]["grant"] == ["FLEET_KM_GE"]
    clock.to(at_day(10, 9))
    driven(site, 9, takeovers=0, automated_km=180_000.0)
    assert preconditions(site, service)["refuses"]["grant"] == []
    all_approve(site, service)
    handed_back(site, shown, "沪A0002试")
    in_force(site, clock, service, "沪A0003试", begins)
    assert driving(site, 12.0) == set()
    assert begins.tzinfo is not UTC


@pytest.mark.requirement("D0-6", "D0-7", "D4b-69")
def test_a_rule_set_that_ends_during_a_review_lets_nobody_decide_until_it_is_extended(
    own_site: Site, clock: Clock
) -> None:
    site = own_site
    last_day = at_day(3, 12).astimezone(SHANGHAI).date()
    ends = EXTENSION.replace("2099-10-31", str(last_day))
    assert publish(site, text("1", ends), if_match='"1"').status_code < 300
    with site.store.write() as session:
        zones.publish(session, PLATFORM, (ROAD,), now())
    number = applied(site, "ROAD_TEST", at_day(20, 8))
    to_review(site, number)
    assert vote(site, "ines", number).status_code == 200

    midnight = datetime.combine(last_day + timedelta(days=1), datetime.min.time(), SHANGHAI)
    clock.to(midnight - timedelta(minutes=5))
    assert vote(site, "rita", number).json()["state"] == "JOINT_REVIEW"
    clock.to(midnight)
    said = refused(vote(site, "paul", number), 409, "rules-not-in-force")
    assert [each["path"] for each in said["errors"]] == ["sh-icv-procedure"]
    (round_,) = review(site, "olga", number).json()["rounds"]
    voted = {each["department"] for each in round_["ballots"] if each["has_voted"]}
    assert (round_["outcome"], voted) == (None, {"industry", "transport"})

    assert publish(site, text("2", EXTENSION), if_match='"2"').status_code < 300
    assert vote(site, "paul", number).json()["state"] == "APPROVED"
    history = site.as_("olga").get(f"/api/permits/{number}").json()["history"]
    assert [each["rules"] for each in history][-2:] == ["shanghai-default@1", "shanghai-default@2"]
