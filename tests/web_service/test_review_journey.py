"""A whole story: a firm's road test is sent back, comes again, is approved on a condition, and is held to it."""

import json
from datetime import UTC, datetime

import pytest
from shapely import box

from geofence.zone import Area, Volume, Zone, ZoneKind
from telemetry.report import Frame
from tests.web_service.site import Site, refused
from tests.web_service.test_api import applied, step
from tests.web_service.test_reviews import review, vote
from tests.web_service.test_rule_sets import EXTENSION, publish, text
from zone_service.clock import now, unix_s
from zone_service.day_keeping import DayKeeping
from zone_service.memory import Memory
from zone_service.pipeline import step as judge
from zone_service.store import zones
from zone_service.store.records import PLATFORM
from zone_service.world_loader import load_world

PLACE = (121.92, 30.90)
ROAD = Zone(
    "road-1",
    ZoneKind.KEEP_IN,
    "Ring road",
    (Volume(Area(box(121.91, 30.89, 121.93, 30.91))),),
    domains=frozenset({"road"}),
)


def to_review(site: Site, number: str) -> None:
    assert step(site, "olga", number, "SUBMIT").status_code == 200
    for action in ("ACCEPT", "START_THIRD_PARTY_REVIEW"):
        step(site, "rita", number, action)
    refused(step(site, "rita", number, "START_EXPERT_REVIEW"), 409, "no-third-party-opinion")
    site.opined(number)
    step(site, "rita", number, "START_EXPERT_REVIEW")
    assert step(site, "rita", number, "OPEN_JOINT_REVIEW").status_code == 200


def driving(site: Site, speed_mps: float) -> set[str]:
    """Drive on the permitted road for half a minute; return what the worker finds.

    What it has heard of the car is stored, as it does.
    """
    world, memory, found = load_world(site.store, site.settings), Memory(), set[str]()
    begun_s = unix_s()
    for seq in range(1, 31):
        at_s = begun_s + seq
        outcome = judge(memory, world, [frame(seq, at_s, speed_mps)])
        found |= {change.code for change in outcome.changes.values()}
    DayKeeping(site.store, begun_s).finish(memory)
    return found


def frame(seq: int, at_s: float, speed_mps: float) -> Frame:
    said = {
        "schema_version": 1,
        "device_id": "car-1",
        "event_time": datetime.fromtimestamp(at_s, UTC).isoformat(),
        "longitude": PLACE[0],
        "latitude": PLACE[1],
        "ground_speed_mps": speed_mps,
        "control_mode": "AUTONOMOUS",
        "sequence": seq,
    }
    return Frame("zone/up/car-1/tele", json.dumps(said).encode(), at_s)


@pytest.mark.requirement("D4b-25", "D4b-47", "D4b-49", "A43-1")
def test_a_condition_of_one_department_binds_the_car_once_it_is_online_under_the_file_that_was_returned(
    own_site: Site,
) -> None:
    site = own_site
    assert publish(site, text("1", EXTENSION), if_match='"1"').status_code < 300
    with site.store.write() as session:
        zones.publish(session, PLATFORM, (ROAD,), now())
    number = applied(site, zone_ids=["road-1"], hours=[], max_speed_mps=20.0)
    to_review(site, number)
    vote(site, "ines", number, "RETURN", missing=["the plan of the test"])
    vote(site, "rita", number)
    assert vote(site, "paul", number).json()["state"] == "RETURNED_FOR_CORRECTION"
    history = site.as_("olga").get(f"/api/permits/{number}").json()["history"]
    assert history[-1]["reason"] == "industry: the plan of the test"

    to_review(site, number)
    slower = {"max_speed_mps": 8.0}
    vote(site, "paul", number, "APPROVE_WITH_CONDITIONS", conditions=slower)
    vote(site, "ines", number)
    assert vote(site, "rita", number).json()["state"] == "APPROVED"
    outcomes = [each["outcome"] for each in review(site, "olga", number).json()["rounds"]]
    assert outcomes == ["RETURNED", "APPROVED"]
    assert step(site, "olga", number, "REQUEST_PLATE").status_code == 200
    plates = [{"device_id": "car-1", "number": "沪A0001试"}]
    issue = {"action": "ISSUE", "plates": plates}
    issued = site.as_("paul").post(f"/api/permits/{number}/actions", json=issue)
    assert issued.status_code == 200, issued.text
    asked = {"action": "ACTIVATE"}
    early = site.as_("rita").post(f"/api/permits/{number}/actions", json=asked)
    assert "car-1 was never heard" in refused(early, 409, "not-self-checked")["detail"]
    shown = site.as_("olga").get(f"/api/permits/{number}").json()
    assert [(each["device_id"], each["want"], each["heard_at"]) for each in shown["waits_for"]] == [
        ("car-1", "never heard", None)
    ]
    assert driving(site, 8.0) == {"PERMIT_EXPIRED"}, (
        "its first reports bring it online; it may not drive"
    )
    assert step(site, "rita", number, "ACTIVATE").status_code in {200, 409}, "or the law was first"

    found = site.as_("olga").get(f"/api/permits/{number}").json()
    assert (found["state"], found["terms"]["max_speed_mps"]) == ("ACTIVE", 8.0)
    assert found["waits_for"] == []
    assert driving(site, 8.0) == set()
    assert driving(site, 12.0) == {"OVERSPEED"}, "20 m/s were applied for, and 8 are approved"
