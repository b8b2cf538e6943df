"""Joint review over HTTP: what waits, votes, conditions, opinions, and who is told what."""

from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.web_service.site import Site, refused
from tests.web_service.test_api import TERMS, applied, step
from tests.web_service.test_rule_sets import EXTENSION, publish, text

OPINIONS = 'opinions = { value = ["third_party", "expert"]'
NO_OPINIONS = "opinions = { value = []"


@pytest.fixture(scope="module", autouse=True)
def _procedure_in_force(site: Site) -> None:
    """Without an extension nothing would be granted; opinions may be asked for, and are not waited for."""
    given = text("1", EXTENSION)
    assert OPINIONS in given
    said = publish(site, given.replace(OPINIONS, NO_OPINIONS), if_match='"1"')
    assert said.status_code < 300, said.text


def in_review(site: Site) -> str:
    number = applied(site)
    step(site, "olga", number, "SUBMIT")
    for action in ("ACCEPT", "START_THIRD_PARTY_REVIEW", "START_EXPERT_REVIEW"):
        step(site, "rita", number, action)
    assert step(site, "rita", number, "OPEN_JOINT_REVIEW").status_code == 200
    return number


def vote(
    site: Site,
    who: str,
    number: str,
    choice: str = "APPROVE",
    headers: dict[str, str] | None = None,
    **said: Any,
) -> httpx.Response:
    if choice != "APPROVE":
        said = {"reason": "because"} | said
    return site.as_(who).post(
        f"/api/permits/{number}/review/votes", json={"choice": choice, **said}, headers=headers
    )


def review(site: Site, who: str, number: str) -> httpx.Response:
    return site.as_(who).get(f"/api/permits/{number}/review")


@pytest.mark.requirement("D4b-7", "D4b-54")
def test_three_departments_find_the_file_vote_on_it_and_it_is_approved_on_their_conditions(
    site: Site,
) -> None:
    number = in_review(site)
    page = site.as_("paul").get("/api/reviews", params={"limit": 1000}).json()
    (found,) = [each for each in page["items"] if each["number"] == number]
    assert (found["department"], found["mandatory"], found["round"]) == ("police", True, 1)
    wanted = {"limit": "1000", "kind": "ROAD_TEST", "due_before": "2099-01-01T00:00:00Z"}
    for more, is_there in (
        ({}, True),
        ({"kind": "DEMO_APPLICATION"}, False),
        ({"due_before": "2026-01-01T00:00:00Z"}, False),
    ):
        part = site.as_("paul").get("/api/reviews", params=wanted | more).json()["items"]
        assert (found in part) is is_there, more
    asked = {"max_speed_mps": 8.5, "hours": [{"start": "08:00", "end": "18:00"}]}

    first = vote(site, "paul", number, "APPROVE_WITH_CONDITIONS", conditions=asked).json()
    assert first["rounds"][0]["waits_for"] == ["industry", "transport"]
    assert vote(site, "ines", number).json()["state"] == "JOINT_REVIEW"
    last = vote(site, "rita", number)

    assert (last.json()["state"], last.json()["is_open"]) == ("APPROVED", False)
    terms = site.as_("olga").get(f"/api/permits/{number}").json()["terms"]
    assert terms["max_speed_mps"] == 8.5
    assert [(each["start"], each["end"]) for each in terms["hours"]] == [("08:00:00", "18:00:00")]
    waiting = site.as_("paul").get("/api/reviews", params={"limit": 1000}).json()["items"]
    assert number not in [each["number"] for each in waiting]


@pytest.mark.requirement("D4b-27")
def test_a_vote_that_does_not_count_is_a_problem_of_its_own_in_both_languages(site: Site) -> None:
    number = in_review(site)
    vote(site, "rita", number)
    refused(vote(site, "rita", number, "REJECT"), 409, "already-voted")
    chinese = vote(site, "rita", number, "REJECT", headers={"Accept-Language": "zh-CN"})
    assert "每轮只能表决一次" in refused(chinese, 409, "already-voted")["detail"]
    refused(vote(site, "paul", number, department="industry"), 403, "not-your-ballot")
    refused(vote(site, "paul", number, "REJECT", reason=""), 422, "vote-incomplete")
    elsewhere = {"excluded_zone_ids": ["elsewhere"]}
    said = vote(site, "paul", number, "APPROVE_WITH_CONDITIONS", conditions=elsewhere)
    assert (
        "zones elsewhere are not in the application"
        in refused(said, 422, "vote-incomplete")["detail"]
    )
    empty = {"hours": [{"start": "08:00", "end": "08:00"}]}
    said = vote(site, "paul", number, "APPROVE_WITH_CONDITIONS", conditions=empty)
    refused(said, 422, "invalid-request")
    refused(vote(site, "paul", applied(site)), 409, "review-closed")
    refused(vote(site, "paul", "RT-0"), 404, "not-found")
    refused(step(site, "rita", number, "APPROVE"), 403, "not-allowed")


@pytest.mark.requirement("D4b-53")
def test_a_vote_on_a_review_that_moved_on_is_shown_what_it_is_now(site: Site) -> None:
    number = in_review(site)
    tag = review(site, "paul", number).headers["ETag"]
    assert vote(site, "ines", number, headers={"If-Match": tag}).status_code == 200
    said = refused(vote(site, "paul", number, headers={"If-Match": tag}), 412, "stale")
    assert said["current"]["rounds"][0]["waits_for"] == ["transport", "police"]
    fresh = review(site, "paul", number).headers["ETag"]
    assert vote(site, "paul", number, headers={"If-Match": fresh}).status_code == 200


@pytest.mark.requirement("D4b-50")
def test_who_makes_conditions_that_leave_nothing_is_told_at_once(site: Site) -> None:
    number = in_review(site)
    morning, evening = (
        {"hours": [{"start": start, "end": end}]}
        for start, end in (("08:00", "10:00"), ("18:00", "20:00"))
    )
    vote(site, "ines", number, "APPROVE_WITH_CONDITIONS", conditions=morning)
    said = vote(site, "paul", number, "APPROVE_WITH_CONDITIONS", conditions=evening).json()
    (warning,) = said["rounds"][0]["warnings"]
    assert "leave no hours" in warning["detail"]
    assert "不余任何时间" in warning["detail_zh"]
    assert vote(site, "rita", number).json()["state"] == "RETURNED_FOR_CORRECTION"


@pytest.mark.requirement("D4b-47", "D4b-52")
def test_the_applicant_is_told_who_has_voted_and_what_once_the_round_is_over(site: Site) -> None:
    number = in_review(site)
    vote(site, "paul", number, "RETURN", missing=["the route"])
    (open_,) = review(site, "olga", number).json()["rounds"]
    said = {each["department"]: each for each in open_["ballots"]}
    assert [said[each]["has_voted"] for each in ("industry", "transport", "police")] == [
        False, False, True
    ]  # fmt: skip
    assert said["police"]["choice"] is said["police"]["reason"] is None
    assert review(site, "rita", number).json()["rounds"][0]["ballots"][2]["voter"] == "paul"

    for who in ("ines", "rita"):
        vote(site, who, number)
    (over,) = review(site, "olga", number).json()["rounds"]
    assert over["outcome"] == "RETURNED"
    assert over["ballots"][2]["missing"] == ["the route"]
    assert over["ballots"][2]["voter"] is None
    refused(review(site, "otto", number), 404, "not-found")


@pytest.mark.requirement("D4b-52")
def test_a_third_party_is_asked_and_its_opinion_is_before_those_who_vote(site: Site) -> None:
    number = in_review(site)
    refused(review(site, "lena", number), 404, "not-found")
    at = f"/api/permits/{number}/review"
    asked = {"organisation_id": "lab", "kind": "third_party"}
    assert site.as_("rita").post(f"{at}/assessors", json=asked).status_code == 200
    refused(site.as_("rita").post(f"{at}/assessors", json=asked), 409, "conflict")
    wrong = {"organisation_id": "alpha", "kind": "third_party"}
    refused(site.as_("rita").post(f"{at}/assessors", json=wrong), 422, "invalid-value")

    opinion = {"verdict": "with_reservations", "text": "the brakes are slow"}
    assert site.as_("lena").get("/api/permits").json()["items"] != []
    assert site.as_("lena").post(f"{at}/opinions", json=opinion).status_code == 200

    (told,) = review(site, "paul", number).json()["opinions"]
    assert (told["kind"], told["verdict"], told["author"]) == (
        "third_party", "with_reservations", "lena"
    )  # fmt: skip
    (told,) = review(site, "olga", number).json()["opinions"]
    assert (told["text"], told["author"]) == ("the brakes are slow", None)


@pytest.mark.requirement("D4b-7")
def test_who_hands_in_what_nobody_could_vote_on_is_told_and_so_is_who_makes_accounts(
    site: Site,
) -> None:
    given = {"kind": "ROAD_TEST", "jurisdiction": "pudong", "terms": TERMS}
    number = str(site.as_("olga").post("/api/permits", json=given).json()["number"])
    site.complete("olga", number)
    with capture_logs() as lines:
        remarks = step(site, "olga", number, "SUBMIT").json()["remarks"]
    named = ["science_economy", "construction_transport"]
    assert [each["path"] for each in remarks] == [f"review.{each}" for each in named]
    assert remarks[0]["message"].startswith(
        "science_economy (science and economy) must vote on it, and nobody there has an account"
    )
    logged = [each["department"] for each in lines if each["event"] == "nobody_reviews"]
    assert logged == named
    for who in ("olga", "ann"):
        shown = site.as_(who).get(f"/api/permits/{number}").json()["waits_for"]
        assert [each["said"] for each in shown] == [each["message"] for each in remarks]
    chinese = {"Accept-Language": "zh-CN"}
    shown = site.as_("olga").get(f"/api/permits/{number}", headers=chinese).json()["waits_for"]
    assert shown[0]["said"].startswith("须由 science_economy（科经委）表决，但该部门没有")
