"""What is due of a permit, as the clients of the API are told it."""

import time
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from permits.permit import PermitAction
from tests.web_service.site import Site, refused
from zone_service.clock import now
from zone_service.rule_library import RuleLibrary
from zone_service.store import permits

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINESE = {"Accept-Language": "zh-CN"}


def asked(site: Site, who: str, kind: str, begins: datetime, **more: Any) -> str:
    terms = {
        "device_ids": ["drone-1" if who == "otto" else "car-1"],
        "zone_ids": ["air-1"],
        "max_height_agl_m": 100,
        "max_speed_mps": 15,
        "valid_from": begins.isoformat(),
        "valid_to": (begins + timedelta(days=200)).isoformat(),
    }
    said = site.as_(who).post("/api/permits", json={"kind": kind, "terms": terms | more})
    assert said.status_code == 201, said.text
    site.complete(who, str(said.json()["number"]))
    return str(said.json()["number"])


def step(
    site: Site, who: str, number: str, action: str, *, zh: bool = False, **more: Any
) -> httpx.Response:
    address = f"/api/permits/{number}/actions"
    headers = CHINESE if zh else {}
    return site.as_(who).post(address, json={"action": action, **more}, headers=headers)


def shown(site: Site, who: str, number: str, **headers: str) -> dict[str, Any]:
    found = site.as_(who).get(f"/api/permits/{number}", headers=headers)
    assert found.status_code == 200, found.text
    return dict(found.json())


def overdue(site: Site, who: str) -> list[str]:
    found = site.as_(who).get("/api/permits", params={"overdue": "true", "limit": 1000})
    return [each["number"] for each in found.json()["items"]]


def earlier(site: Site, who: str, number: str, action: PermitAction, at: datetime) -> None:
    """Do a step at a moment that is over."""
    with site.store.write() as session:
        under = RuleLibrary(site.settings).ruling(session)
        permits.apply_action(session, site.people[who], number, action, at, under=under)


@pytest.mark.requirement("D4b-46", "D4b-23")
def test_a_permit_tells_what_is_due_by_whom_and_until_when_in_both_languages(site: Site) -> None:
    number = asked(site, "olga", "ROAD_TEST", now() + timedelta(days=90))
    assert step(site, "olga", number, "SUBMIT").status_code == 200
    found = shown(site, "rita", number)
    (due,) = found["deadlines"]
    until = datetime.fromisoformat(due["until"])
    local = until.astimezone(SHANGHAI)

    assert (due["deadline"], due["name"]) == ("INTAKE", "the time for intake")
    assert (due["who"], set(due["actions"])) == (["reviewer"], {"ACCEPT", "RETURN_FOR_CORRECTION"})
    assert due["by_law"] == "DEEM_ACCEPTED"
    assert due["until_local"] == local.strftime("%Y-%m-%d %H:%M")
    assert (local.hour, local.minute) == (0, 0)
    assert now() + timedelta(days=5) < until
    assert (due["owed"], due["passed"], due["overdue"], due["paused"]) == (
        True,
        False,
        False,
        False,
    )
    assert due["calendar"] in {"published", "assumed"}
    assert found["overdue"] is False
    assert number not in overdue(site, "rita")
    (due,) = shown(site, "rita", number, **CHINESE)["deadlines"]
    assert (due["name"], due["who_said"]) == ("受理期限", "审查部门")


@pytest.mark.requirement("D4b-46", "D4b-5")
def test_a_clock_that_stands_still_is_shown_as_such(site: Site) -> None:
    number = asked(site, "olga", "ROAD_TEST", now() + timedelta(days=90))
    step(site, "olga", number, "SUBMIT")
    for action in ("ACCEPT", "START_THIRD_PARTY_REVIEW"):
        assert step(site, "rita", number, action).status_code == 200
    third_party, decision = shown(site, "rita", number)["deadlines"]

    assert third_party["deadline"] == "THIRD_PARTY"
    assert (decision["deadline"], decision["paused"], decision["until"]) == ("DECISION", True, None)
    assert decision["left_working_days"] == 45


@pytest.mark.requirement("D4b-46", "D4b-21")
def test_a_flight_that_is_decided_late_is_found_among_what_is_overdue(site: Site) -> None:
    begins = now() + timedelta(hours=1)
    late = asked(site, "otto", "FLIGHT_ACTIVITY", begins)
    earlier(site, "otto", late, PermitAction.SUBMIT, begins - timedelta(days=3))
    on_time = asked(site, "otto", "FLIGHT_ACTIVITY", now() + timedelta(days=9))
    assert step(site, "otto", on_time, "SUBMIT").status_code == 200

    assert late in overdue(site, "rita")
    assert on_time not in overdue(site, "rita")
    assert late in overdue(site, "otto")
    assert late not in overdue(site, "olga")
    found = shown(site, "rita", late)
    assert found["overdue"] is True
    assert [each["deadline"] for each in found["deadlines"] if each["overdue"]] == [
        "FLIGHT_DECISION"
    ]


@pytest.mark.requirement("D4b-21")
def test_a_flight_that_is_applied_for_too_late_is_refused_by_name_in_both_languages(
    site: Site,
) -> None:
    begins = now() + timedelta(hours=1)
    number = asked(site, "otto", "FLIGHT_ACTIVITY", begins)
    day_before = begins.astimezone(SHANGHAI).date() - timedelta(days=1)

    said = refused(step(site, "otto", number, "SUBMIT"), 409, "too-late")
    assert f"the time to apply for the flight ended at {day_before} 12:00" in said["detail"]
    said = refused(step(site, "otto", number, "SUBMIT", zh=True), 409, "too-late")
    assert f"飞行活动申请期限已过，最迟应为 {day_before} 12:00" in said["detail"]
    assert shown(site, "otto", number)["history"] == []


@pytest.mark.requirement("D4b-44")
def test_a_trial_shows_the_id_of_its_navigational_warning(site: Site) -> None:
    boat = {"device_id": "boat-1", "domain": "water"}
    assert site.as_("olga").post("/api/devices", json=boat).status_code == 201
    begins = now() + timedelta(days=90)
    number = asked(site, "olga", "VESSEL_TRIAL", begins, device_ids=["boat-1"])
    assert step(site, "olga", number, "NOTIFY").status_code == 200
    refused(step(site, "rita", number, "PUBLISH_WARNING"), 422, "details-refused")
    unknown = step(site, "rita", number, "PUBLISH_WARNING", details={"colour": "red"})
    refused(unknown, 422, "invalid-request")
    assert shown(site, "olga", number)["warning_id"] is None
    warning = {"warning_id": "沪航警 12/26"}
    refused(step(site, "mona", number, "PUBLISH_WARNING", details=warning), 409, "not-decided")
    votes = f"/api/permits/{number}/review/votes"
    assert site.as_("mona").post(votes, json={"choice": "APPROVE"}).status_code == 200
    published = step(site, "mona", number, "PUBLISH_WARNING", details=warning)

    assert published.status_code == 200, published.text
    found = shown(site, "olga", number)
    assert found["warning_id"] == "沪航警 12/26"
    assert found["history"][-1]["details"] == {
        "warning_id": "沪航警 12/26",
        "authority": "msa",
    }
    said = step(site, "rita", number, "TERMINATE", reason="storm", details={"authority": "police"})
    refused(said, 422, "details-refused")
    assert found["history"][-1]["effective_at"] == found["history"][-1]["at"]


@pytest.mark.requirement("D4b-45", "D4b-4")
def test_the_web_process_itself_does_what_has_fallen_due(own_site: Site) -> None:
    number = asked(own_site, "olga", "ROAD_TEST", now() + timedelta(days=90))
    received = now() - timedelta(days=30)
    earlier(own_site, "olga", number, PermitAction.SUBMIT, received)
    give_up_at = now() + timedelta(seconds=20)
    while shown(own_site, "olga", number)["state"] != "ACCEPTED":
        assert now() < give_up_at
        time.sleep(0.1)

    deemed = shown(own_site, "olga", number)["history"][-1]
    assert deemed["action"] == "DEEM_ACCEPTED"
    assert datetime.fromisoformat(deemed["effective_at"]) == received
    assert "licensing-law 32" in deemed["reason"]
