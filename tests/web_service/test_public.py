"""What everybody may read over HTTP, without signing in."""

from datetime import timedelta

import pytest

from geofence.zone import ZoneKind
from permits.permit import PermitKind, PermitState
from permits.terms import Terms
from tests.store.city import UNDER, road
from tests.web_service.site import Site
from zone_service.clock import now
from zone_service.demo_city import lead_to
from zone_service.store import permits, zones
from zone_service.store.records import PLATFORM


@pytest.mark.requirement("D4f-12")
def test_everybody_reads_places_and_permits_in_parts_as_json_and_geojson(own_site: Site) -> None:
    begins = now() - timedelta(days=1)
    terms = Terms(frozenset({"car-1"}), frozenset({"road-1"}), begins, begins + timedelta(days=90))
    with own_site.store.write() as session:
        zones.publish(session, PLATFORM, [road(f"road-{n}") for n in (1, 2, 3)], now())
        permit = permits.create(
            session, PLATFORM, kind=PermitKind.ROAD_TEST, holder_id="alpha", terms=terms, at=begins,
            number="RT-1",
        )  # fmt: skip
        lead_to(session, permit, PermitState.ACTIVE, now(), UNDER)
    asker = own_site.browser()
    said = asker.get("/api/public/places", params={"limit": 2})
    assert said.status_code == 200, said.text
    assert said.headers["cache-control"] == "public, max-age=5"
    assert [(each["zone_id"], each["permits"]) for each in said.json()["items"]] == [
        ("road-1", ["RT-1"]),
        ("road-2", []),
    ]
    rest = asker.get("/api/public/places", params={"limit": 2, "after": said.json()["next"]})
    assert ([each["zone_id"] for each in rest.json()["items"]], rest.json()["next"]) == (
        ["road-3"],
        None,
    )
    drawn = asker.get("/api/public/places.geojson", params={"limit": 1, "kind": "road"})
    assert drawn.headers["content-type"] == "application/geo+json"
    (feature,) = drawn.json()["features"]
    assert feature["properties"]["permits"] == ["RT-1"]
    assert feature["properties"]["kind"] == ZoneKind.KEEP_IN
    assert drawn.json()["next"] == "road-1"
    assert asker.get("/api/public/places", params={"domain": "water"}).json()["items"] == []

    (listed,) = asker.get("/api/public/permits").json()["items"]
    assert (listed["number"], listed["holder"]) == ("RT-1", "Alpha Robotics")
    assert (listed["kind_name"], listed["kind_name_zh"]) == ("Road test", "道路测试")
    assert "car-1" not in str(listed)
    asked = {"kind": "VESSEL_TRIAL"}
    assert asker.get("/api/public/permits", params=asked).json()["items"] == []
    known = {"If-None-Match": said.headers["etag"]}
    for path in ("places", "places.geojson", "permits"):
        assert asker.get(f"/api/public/{path}", headers=known).status_code == 304
    assert asker.get("/api/public/places", params={"kind": "sea"}).status_code == 422
