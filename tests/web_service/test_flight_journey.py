"""A whole story: a delivery by drone, from the application two days before to its landing."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from shapely import box

from geofence.zone import Area, HeightBand, HeightLimit, HeightReference, Volume, Zone, ZoneKind
from permits.issuing import SHANGHAI
from telemetry.report import Frame
from tests.web_service.clock import Clock
from tests.web_service.site import Site, refused
from tests.web_service.test_permit_deadlines import shown, step
from tests.web_service.test_reviews import vote
from zone_service.clock import now
from zone_service.memory import Memory
from zone_service.pipeline import step as judge
from zone_service.store import accounts, registry, zones
from zone_service.store.records import PLATFORM, Organisation, OrganisationKind, Role
from zone_service.world_loader import load_world

PLACE = (121.92, 30.90)
CEILING = HeightBand(upper=HeightLimit(120.0, HeightReference.AGL))
ROUTE = Zone(
    "air-1",
    ZoneKind.KEEP_IN,
    "Delivery route",
    (Volume(Area(box(121.90, 30.88, 121.94, 30.92)), CEILING),),
    domains=frozenset({"air"}),
)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, own_site: Site) -> Clock:
    return Clock(monkeypatch, own_site)


def controller(site: Site) -> None:
    """Give the town somebody of air traffic management."""
    with site.store.write() as session:
        atm = Organisation("atm", "Air traffic management", OrganisationKind.DEPARTMENT, "atm")
        registry.add_organisation(session, PLATFORM, atm, now())
    user = accounts.add_user(
        site.store, PLATFORM, username="cai", password="correct horse battery",
        role=Role.REVIEWER, organisation_id="atm", at=now(),
    )  # fmt: skip
    with site.store.read() as session:
        site.people["cai"] = accounts.current(session, user.user_id)


def at_day(days: int, hour: int, minute: int = 0) -> datetime:
    """Return a time of Shanghai so many days from today."""
    day = now().astimezone(SHANGHAI).date() + timedelta(days)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def flown(site: Site, height_agl_m: float, seconds: int = 5) -> set[str]:
    """Fly on the route for some seconds; return what the worker finds."""
    world, memory, found = load_world(site.store, site.settings), Memory(), set[str]()
    begun_s = now().timestamp()
    for second in range(seconds):
        outcome = judge(memory, world, [frame(begun_s + second, height_agl_m)])
        found |= {change.code for change in outcome.changes.values()}
    return found


def frame(at_s: float, height_agl_m: float) -> Frame:
    said = {
        "schema_version": 1,
        "device_id": "drone-1",
        "event_time": datetime.fromtimestamp(at_s, UTC).isoformat(),
        "longitude": PLACE[0],
        "latitude": PLACE[1],
        "height_agl_m": height_agl_m,
        "ground_speed_mps": 8.0,
        "control_mode": "AUTONOMOUS",
        "operational_status": "AIRBORNE",
    }
    return Frame("zone/up/drone-1/tele", json.dumps(said).encode(), at_s)


def applied(site: Site, begins: datetime, ends: datetime) -> str:
    terms = {
        "device_ids": ["drone-1"],
        "zone_ids": ["air-1"],
        "max_height_agl_m": 100,
        "max_speed_mps": 15,
        "valid_from": begins.isoformat(),
        "valid_to": ends.isoformat(),
    }
    said = site.as_("otto").post("/api/permits", json={"kind": "FLIGHT_ACTIVITY", "terms": terms})
    assert said.status_code == 201, said.text
    number = str(said.json()["number"])
    site.complete("otto", number)
    return number


def done(site: Site, who: str, number: str, action: str, **more: Any) -> str:
    said = step(site, who, number, action, **more)
    assert said.status_code == 200, said.text
    return str(said.json()["state"])


@pytest.mark.requirement(
    "A44-4", "D4a-20", "D4b-20", "D4b-21", "D4b-23", "D4b-49", "D4b-72", "D4f-8"
)
def test_a_delivery_is_applied_for_decided_reported_confirmed_flown_and_landed(
    own_site: Site, clock: Clock
) -> None:
    site = own_site
    controller(site)
    with site.store.write() as session:
        zones.publish(session, PLATFORM, (ROUTE,), now())
    clock.to(at_day(1, 9))
    begins, ends = at_day(1, 15), at_day(1, 18)
    number = applied(site, begins, ends)
    assert done(site, "otto", number, "SUBMIT") == "SUBMITTED"
    for who in ("paul", "rita"):
        vote(site, who, number)
    lower = {"max_height_agl_m": 60.0}
    said = vote(site, "cai", number, "APPROVE_WITH_CONDITIONS", reason="a crane", conditions=lower)
    assert said.json()["state"] == "APPROVED"
    approval = shown(site, "otto", number)["approval_number"]
    assert approval is not None
    assert "号" in approval
    assert flown(site, 50.0) == {"NO_TAKEOFF_CONFIRMATION"}, "approved is not yet confirmed"

    clock.to(begins - timedelta(minutes=59))
    takeoff = {"takeoff_at": begins.isoformat()}
    said = step(site, "otto", number, "REPORT_PRE_TAKEOFF", details=takeoff)
    refused(said, 409, "too-late")
    later = begins + timedelta(minutes=30)
    takeoff = {"takeoff_at": later.isoformat()}
    assert done(site, "otto", number, "REPORT_PRE_TAKEOFF", details=takeoff) == (
        "PRE_TAKEOFF_REPORTED"
    )
    path, confirm = f"/api/permits/{number}/actions", {"action": "CONFIRM"}
    for language, told in (("en", "competent are air traffic"), ("zh", "有权办理的部门为空管")):
        said = site.as_("rita").post(path, json=confirm, headers={"Accept-Language": language})
        assert told in refused(said, 403, "not-competent")["detail"]
    assert done(site, "cai", number, "CONFIRM") == "CONFIRMED"
    refused(step(site, "otto", number, "TAKE_OFF"), 409, "too-early")
    clock.to(later)
    assert done(site, "otto", number, "TAKE_OFF") == "AIRBORNE"
    assert flown(site, 50.0) == set()
    assert flown(site, 80.0) == {"ALTITUDE_OVER_LIMIT"}, "100 m were applied for, 60 are approved"

    assert done(site, "otto", number, "LAND") == "LANDED"
    assert flown(site, 50.0) == {"NO_TAKEOFF_CONFIRMATION"}, "a second flight is reported anew"
    assert [each["action"] for each in shown(site, "otto", number)["history"]] == [
        "SUBMIT", "APPROVE", "REPORT_PRE_TAKEOFF", "CONFIRM", "TAKE_OFF", "LAND",
    ]  # fmt: skip
    landed_at = now().isoformat()
    incident = {
        "occurred_at": landed_at, "landed_at": landed_at, "place": "the park",
        "device_ids": ["drone-1"], "account": "a rotor broke",
    }  # fmt: skip
    made = site.as_("paul").post(f"/api/permits/{number}/accidents", json=incident)
    assert (made.status_code, made.json()["state"]) == (201, "RECORDED"), made.text
    (owed,) = made.json()["deadlines"]
    assert datetime.fromisoformat(owed["until"]) == (
        datetime.fromisoformat(landed_at) + timedelta(hours=24)
    )
    assert shown(site, "otto", number)["terms"]["suspended_device_ids"] == ["drone-1"]
    assert done(site, "otto", number, "CLOSE") == "CLOSED"
    over = step(site, "otto", number, "REPORT_PRE_TAKEOFF", details=takeoff)
    assert "CLOSED" in refused(over, 409, "action-not-allowed")["detail"]
    assert flown(site, 50.0) == {"PERMIT_EXPIRED"}
