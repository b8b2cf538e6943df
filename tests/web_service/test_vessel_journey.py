"""A whole story: the trial of an unmanned vessel, from its notice to its end."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from shapely import box

from geofence.zone import Area, Volume, Zone, ZoneKind
from telemetry.report import Frame
from tests.web_service.clock import Clock
from tests.web_service.site import Site, refused
from tests.web_service.test_flight_journey import at_day, done
from tests.web_service.test_permit_deadlines import asked, shown, step
from tests.web_service.test_reviews import vote
from zone_service.clock import now
from zone_service.day_keeping import DayKeeping
from zone_service.memory import Memory
from zone_service.pipeline import step as judge
from zone_service.store import zones
from zone_service.store.records import PLATFORM
from zone_service.world_loader import load_world

WATER = Zone(
    "water-1",
    ZoneKind.KEEP_IN,
    "Trial water",
    (Volume(Area(box(121.90, 30.88, 121.94, 30.92))),),
    domains=frozenset({"water"}),
)
INSIDE, OUTSIDE = (121.92, 30.90), (121.96, 30.90)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, own_site: Site) -> Clock:
    return Clock(monkeypatch, own_site)


def sailed(site: Site, place: tuple[float, float], seconds: int = 60) -> set[str]:
    """Sail at a place for some time; return what the worker finds."""
    world, memory, found = load_world(site.store, site.settings), Memory(), set[str]()
    begun_s = now().timestamp()
    for second in range(seconds):
        outcome = judge(memory, world, [frame(begun_s + second, place)])
        found |= {change.code for change in outcome.changes.values()}
    DayKeeping(site.store, begun_s).finish(memory)
    return found


def frame(at_s: float, place: tuple[float, float]) -> Frame:
    said = {
        "schema_version": 1,
        "device_id": "boat-1",
        "event_time": datetime.fromtimestamp(at_s, UTC).isoformat(),
        "longitude": place[0],
        "latitude": place[1],
        "ground_speed_mps": 3.0,
        "control_mode": "AUTONOMOUS",
    }
    return Frame("zone/up/boat-1/tele", json.dumps(said).encode(), at_s)


@pytest.mark.requirement("A44-7", "D4a-21", "D4b-22", "D4b-25", "D4b-37", "D4b-44", "D4f-9")
def test_a_trial_is_notified_warned_of_carried_out_in_its_water_and_closed(
    own_site: Site, clock: Clock
) -> None:
    site = own_site
    with site.store.write() as session:
        zones.publish(session, PLATFORM, (WATER,), now())
    boat = {"device_id": "boat-1", "domain": "water"}
    assert site.as_("olga").post("/api/devices", json=boat).status_code == 201
    terms = {"device_ids": ["boat-1"], "zone_ids": ["water-1"]}
    soon = asked(site, "olga", "VESSEL_TRIAL", at_day(7, 8), **terms)
    refused(step(site, "olga", soon, "NOTIFY"), 409, "too-late")
    begins = at_day(60, 8)
    ends = (begins + timedelta(days=5)).isoformat()
    number = asked(site, "olga", "VESSEL_TRIAL", begins, valid_to=ends, **terms)
    assert done(site, "olga", number, "NOTIFY") == "NOTIFIED"
    vote(site, "mona", number)
    warning = {"warning_id": "沪航警 0127/26"}
    assert done(site, "mona", number, "PUBLISH_WARNING", details=warning) == "WARNING_PUBLISHED"
    assert sailed(site, INSIDE) == {"PERMIT_EXPIRED"}, "it has not begun"

    clock.to(begins)
    early = refused(step(site, "mona", number, "ACTIVATE"), 409, "not-self-checked")
    assert "boat-1 is not online, it was heard last at" in early["detail"]
    assert sailed(site, INSIDE) == {"PERMIT_EXPIRED"}, "its first reports bring it online"
    assert step(site, "mona", number, "ACTIVATE").status_code in {200, 409}, "or the law was first"
    assert shown(site, "olga", number)["state"] == "ACTIVE"
    assert sailed(site, INSIDE) == set()
    assert sailed(site, OUTSIDE) == {"KEEP_IN_EXIT"}

    assert done(site, "olga", number, "CLOSE") == "CLOSED"
    assert sailed(site, INSIDE) == {"PERMIT_EXPIRED"}
    found = shown(site, "olga", number)
    assert found["warning_id"] == "沪航警 0127/26"
    assert [each["action"] for each in found["history"]] == [
        "NOTIFY", "PUBLISH_WARNING", "ACTIVATE", "CLOSE",
    ]  # fmt: skip
    sunk = {
        "occurred_at": (now() - timedelta(minutes=2)).isoformat(), "place": "the mouth of the river",
        "device_ids": ["boat-1"], "account": "took in water",
    }  # fmt: skip
    told = site.as_("olga").post(f"/api/permits/{number}/accidents", json=sunk)
    assert (told.status_code, told.json()["reported_late"]) == (201, True), "it is told of at once"
