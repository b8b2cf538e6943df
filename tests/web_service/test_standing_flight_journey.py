"""A whole story: a standing flight, whose plan of each day is filed, answered, flown by and refused."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.web_service.clock import Clock
from tests.web_service.site import Site, refused
from tests.web_service.test_flight_journey import (
    ROUTE,
    at_day,
    controller,
    done,
    flown,
)
from tests.web_service.test_permit_deadlines import shown, step
from tests.web_service.test_reviews import vote
from zone_service.clock import now
from zone_service.store import zones
from zone_service.store.records import PLATFORM

PLAN = {"begins": "09:00", "ends": "17:00", "device_ids": ["drone-1"], "max_height_agl_m": 90}
NEW = {"If-None-Match": "*"}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, own_site: Site) -> Clock:
    return Clock(monkeypatch, own_site)


def granted(site: Site, begins: datetime) -> str:
    """Have a standing flight of a month approved."""
    terms = {
        "device_ids": ["drone-1"],
        "zone_ids": ["air-1"],
        "max_height_agl_m": 100,
        "max_speed_mps": 15,
        "valid_from": begins.isoformat(),
        "valid_to": (begins + timedelta(days=30)).isoformat(),
    }
    body = {"kind": "STANDING_FLIGHT", "terms": terms}
    number = str(site.as_("otto").post("/api/permits", json=body).json()["number"])
    site.complete("otto", number)
    assert done(site, "otto", number, "SUBMIT") == "SUBMITTED"
    for who in ("paul", "rita"):
        vote(site, who, number)
    assert vote(site, "cai", number).json()["state"] == "APPROVED"
    return number


def on(day: datetime, hour: int, minute: int = 0) -> datetime:
    return day + timedelta(hours=hour, minutes=minute)


def reported(site: Site, number: str, takeoff: datetime) -> httpx.Response:
    details = {"takeoff_at": takeoff.isoformat()}
    return step(site, "otto", number, "REPORT_PRE_TAKEOFF", details=details)


def filed(
    site: Site, number: str, day: datetime, seen: dict[str, str] = NEW, **more: Any
) -> httpx.Response:
    path = f"/api/permits/{number}/daily-plans/{day.date()}"
    return site.as_("otto").put(path, json={**PLAN, **more}, headers=seen)


def answered(
    site: Site,
    who: str,
    number: str,
    day: datetime,
    choice: str = "APPROVE",
    headers: dict[str, str] | None = None,
    **said: Any,
) -> httpx.Response:
    """Answer a plan as it is now, unless the headers say as which."""
    path = f"/api/permits/{number}/daily-plans/{day.date()}"
    client = site.as_(who)
    seen = {"If-Match": client.get(path).headers["ETag"]} if headers is None else headers
    said = {"choice": choice, **({} if choice == "APPROVE" else {"reason": "a crane"}), **said}
    return client.post(f"{path}/answers", json=said, headers=seen)


@pytest.mark.requirement(
    "A44-4", "D4a-8", "D4b-20", "D4b-21", "D4b-46", "D4b-76", "D4b-77", "D4b-78"
)
def test_each_day_of_a_standing_flight_is_planned_answered_and_flown_as_it_was_answered(
    own_site: Site, clock: Clock
) -> None:
    site = own_site
    controller(site)
    with site.store.write() as session:
        zones.publish(session, PLATFORM, (ROUTE,), now())
    clock.to(at_day(1, 9))
    eve, day = at_day(1, 0), at_day(2, 0)
    number = granted(site, day)

    clock.to(on(eve, 11, 59))
    assert filed(site, number, day).json()["state"] == "FILED"
    clock.to(on(eve, 12, 1))
    late = refused(filed(site, number, day, {"If-Match": "*"}), 422, "invalid-papers")
    assert "a plan that is filed by" in late["detail"]
    silent = refused(reported(site, number, on(day, 10)), 409, "plan-not-approved")
    assert "not answered by air traffic management, police" in silent["detail"]
    (waiting,) = site.as_("cai").get("/api/daily-plans").json()["items"]
    until = on(eve, 21)
    assert (waiting["number"], datetime.fromisoformat(waiting["answer_until"])) == (number, until)
    (due,) = [e for e in shown(site, "otto", number)["deadlines"] if e["deadline"] == "PLAN_ANSWER"]
    assert (datetime.fromisoformat(due["until"]), due["overdue"]) == (until, False)

    limits = {"max_height_agl_m": 60, "hours": [{"start": "10:00", "end": "15:00"}]}
    said = answered(site, "cai", number, day, "APPROVE_WITH_CONDITIONS", conditions=limits)
    assert said.json()["state"] == "FILED", "until nine the police are waited for"
    clock.to(on(eve, 21) + timedelta(seconds=1))
    plan = site.as_("otto").get(f"/api/permits/{number}/daily-plans/{day.date()}").json()
    assert (plan["state"], plan["flown"]["max_height_agl_m"]) == ("APPROVED", 60)
    assert plan["answers"][0]["by"] is None, "who answered for a department is not told"

    clock.to(on(day, 8))
    beside = refused(reported(site, number, on(day, 9, 30)), 409, "outside-plan")
    assert "10:00–15:00" in beside["detail"]
    assert reported(site, number, on(day, 10)).status_code == 200
    assert done(site, "cai", number, "CONFIRM") == "CONFIRMED"
    clock.to(on(day, 10))
    assert flown(site, 50.0) == set()
    assert flown(site, 70.0) == {"ALTITUDE_OVER_LIMIT"}, "90 m were planned, 60 are approved"
    assert done(site, "cai", number, "REFUSE_CONFIRMATION", reason="a helicopter") == "APPROVED"
    assert flown(site, 50.0) == {"NO_TAKEOFF_CONFIRMATION"}

    assert reported(site, number, on(day, 12)).status_code == 200
    assert done(site, "cai", number, "CONFIRM") == "CONFIRMED"
    clock.to(on(day, 12))
    assert done(site, "otto", number, "TAKE_OFF") == "AIRBORNE"
    clock.to(on(day, 15))
    assert flown(site, 50.0) == {"NO_TAKEOFF_CONFIRMATION"}, "at three it is over"
    assert done(site, "otto", number, "LAND") == "LANDED"


@pytest.mark.requirement("D4b-53", "D4b-76", "D5-1")
def test_an_answer_is_meant_for_the_plan_that_was_seen_and_counts_once(
    own_site: Site, clock: Clock
) -> None:
    site = own_site
    controller(site)
    clock.to(at_day(1, 9))
    begins = at_day(2, 0)
    number = granted(site, begins)
    old = {"If-Match": filed(site, number, begins).headers["ETag"]}
    path = f"/api/permits/{number}/daily-plans/{begins.date()}/answers"
    refused(answered(site, "cai", number, begins, headers={}), 428, "precondition-required")
    refused(answered(site, "rita", number, begins), 403, "not-your-ballot")
    refused(answered(site, "cai", number, begins, "REJECT", reason=""), 422, "vote-incomplete")
    refused(answered(site, "otto", number, begins), 403, "not-allowed")
    wrong = {"only_zone_ids": ["elsewhere"]}
    said = answered(site, "cai", number, begins, "APPROVE_WITH_CONDITIONS", conditions=wrong)
    refused(said, 422, "vote-incomplete")

    later = filed(site, number, begins, old, ends="16:00")
    assert (later.status_code, later.json()["filing"]) == (200, 2)
    refused(answered(site, "cai", number, begins, headers=old), 412, "stale")
    new = {"If-Match": later.headers["ETag"], "Idempotency-Key": "once"}
    first = answered(site, "cai", number, begins, "REJECT", headers=new)
    again = answered(site, "cai", number, begins, "REJECT", headers=new)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    refused(answered(site, "cai", number, begins), 409, "already-voted")
    told = {"Accept-Language": "zh-CN", "If-Match": "*"}
    said = site.as_("cai").post(path, json={"choice": "APPROVE"}, headers=told)
    assert "空管" in refused(said, 409, "already-voted")["detail"]
    assert answered(site, "paul", number, begins).json()["state"] == "REFUSED"
    assert site.as_("cai").get("/api/daily-plans").json()["items"] == []
