"""A city and its districts on one platform: each permit is decided by those of its jurisdiction."""

from typing import Any

import pytest

from permits.department import Department
from permits.permit import PermitAction
from tests.web_service.site import Site, refused
from tests.web_service.test_flight_journey import at_day
from tests.web_service.test_permit_deadlines import step
from tests.web_service.test_reviews import review, vote
from zone_service.clock import now
from zone_service.demo_votes import reviewer_of
from zone_service.store import permits

A = PermitAction


def applied(site: Site, jurisdiction: str | None) -> Any:
    begins = at_day(20, 8)
    terms = {
        "device_ids": ["car-1"],
        "zone_ids": ["road"],
        "valid_from": begins.isoformat(),
        "valid_to": at_day(180, 8).isoformat(),
    }
    asked = {"kind": "ROAD_TEST", "terms": terms, "jurisdiction": jurisdiction}
    return site.as_("olga").post("/api/permits", json=asked)


def handled(site: Site, number: str, department: Department) -> None:
    """Hand it in, and let somebody of a department of its jurisdiction take it to the ballots."""
    assert step(site, "olga", number, "SUBMIT").status_code == 200
    office = reviewer_of(department)
    for action in (
        A.ACCEPT,
        A.START_THIRD_PARTY_REVIEW,
        A.START_EXPERT_REVIEW,
        A.OPEN_JOINT_REVIEW,
    ):
        with site.store.write() as session:
            under = site.services.rules.ruling(session)
            permits.apply_action(session, office, number, action, now(), under=under)
        if action is A.START_THIRD_PARTY_REVIEW:
            site.opined(number)


@pytest.mark.requirement("D0-15", "D4b-7")
def test_two_permits_of_two_jurisdictions_have_two_different_ballots(own_site: Site) -> None:
    site = own_site
    numbers = {}
    offices = {
        None: Department.TRANSPORT,
        "pudong": Department.SCIENCE_ECONOMY,
        "lingang": Department.HIGH_TECHNOLOGY,
    }
    for jurisdiction, office in offices.items():
        said = applied(site, jurisdiction)
        assert said.status_code == 201, said.text
        assert said.json()["jurisdiction"] == jurisdiction
        numbers[jurisdiction] = number = str(said.json()["number"])
        site.complete("olga", number)
        handled(site, number, office)

    def ballots(jurisdiction: str | None) -> set[str]:
        rounds = review(site, "olga", numbers[jurisdiction]).json()["rounds"]
        return {each["department"] for each in rounds[-1]["ballots"]}

    assert ballots(None) == {"industry", "transport", "police"}
    assert ballots("pudong") == {"science_economy", "construction_transport", "police"}
    assert {"high_technology", "traffic_police", "data"} < ballots("lingang")

    assert vote(site, "ines", numbers[None]).status_code == 200
    refused(vote(site, "ines", numbers["pudong"]), 403, "not-your-ballot")
    assert vote(site, "paul", numbers["pudong"]).status_code == 200
    history = site.as_("olga").get(f"/api/permits/{numbers['pudong']}").json()["history"]
    assert {each["rules"] for each in history} == {"pudong@2026.12"}
    mine = site.as_("olga").get(f"/api/permits/{numbers[None]}").json()["history"]
    assert {each["rules"] for each in mine} == {"shanghai-default@2026.12"}

    def listed(jurisdiction: str) -> list[str]:
        found = site.as_("rita").get("/api/permits", params={"jurisdiction": jurisdiction})
        return [str(each["number"]) for each in found.json()["items"]]

    assert listed("pudong") == [numbers["pudong"]]
    assert listed("shanghai") == [numbers[None]]

    nowhere = refused(applied(site, "xiangyang"), 422, "invalid-papers")
    assert nowhere["errors"] == [
        {
            "path": "jurisdiction",
            "message": "jurisdiction is xiangyang: expected one of shanghai, pudong, lingang",
        }
    ]
