"""One zone of the map: fetched, put, withdrawn."""

import json
from typing import Any

import httpx
import pytest

from tests.web_service.site import Site, refused
from tests.web_service.zone_files import collection, square, zone_ids
from zone_service.store import audit

SEEN, NEW = {"If-Match": "*"}, {"If-None-Match": "*"}


def put(
    site: Site, zone_id: str, body: Any, *, who: str = "paul", **headers: str
) -> httpx.Response:
    """Put a zone that one has seen: whichever is there, or none."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if not given:
        there = site.as_(who).get(f"/api/zones/{zone_id}").status_code == 200
        given = {"If-Match" if there else "If-None-Match": "*"}
    return site.as_(who).put(f"/api/zones/{zone_id}", json=body, headers=given)


def feature(zone_id: str = "area-1", **said: Any) -> dict[str, Any]:
    """A feature that stands alone says its datum itself."""
    return square(zone_id, **said) | {"datum": "WGS84"}


def test_one_zone_is_added_replaced_and_withdrawn_and_the_others_stay(own_site: Site) -> None:
    paul = own_site.as_("paul")
    paul.post("/api/zones/import", json=collection(square("kept")))
    added = put(own_site, "area-1", feature())
    assert (added.status_code, added.json()["revision"]) == (201, 2)
    assert zone_ids(own_site) == ["area-1", "kept"]
    replaced = put(own_site, "area-1", feature(name="Another"))
    assert (replaced.status_code, replaced.json()["revision"]) == (200, 3)
    (found,) = own_site.as_("olga").get("/api/zones/area-1").json()["features"]
    assert found["properties"]["name"] == "Another"
    gone = paul.delete("/api/zones/area-1", headers=SEEN)
    assert (gone.status_code, gone.json()["revision"]) == (200, 4)
    assert zone_ids(own_site) == ["kept"]
    refused(paul.get("/api/zones/area-1"), 404, "not-found")
    refused(paul.delete("/api/zones/area-1", headers=SEEN), 404, "not-found")


def test_a_zone_of_several_volumes_is_one_collection(own_site: Site) -> None:
    assert put(own_site, "area-1", collection(square(), square(west=121.5))).status_code == 201
    found = own_site.as_("olga").get("/api/zones/area-1").json()
    assert [each["id"] for each in found["features"]] == ["area-1/0", "area-1/1"]


def test_what_is_fetched_may_be_put_back_and_changes_nothing(own_site: Site) -> None:
    floor = {"value_m": 30, "reference": "AMSL"}
    hours = {"windows": [{"days": [0], "start": "sunset-30min", "end": "01:00"}]}
    added = put(own_site, "area-1", feature(schedule=hours, name_zh="区", lower=floor))
    found = own_site.as_("olga").get("/api/zones/area-1")
    assert found.headers["content-type"] == "application/geo+json"
    assert found.headers["ETag"] == added.headers["ETag"]
    again = put(own_site, "area-1", found.json(), if_match=found.headers["ETag"])
    assert (again.status_code, again.headers["ETag"]) == (200, found.headers["ETag"])


def test_a_zone_that_was_fetched_is_not_fetched_again_until_it_changes(own_site: Site) -> None:
    first = put(own_site, "area-1", feature())
    tag = {"If-None-Match": first.headers["ETag"]}
    put(own_site, "area-2", feature("area-2"))
    olga = own_site.as_("olga")
    assert olga.get("/api/zones/area-1", headers=tag).status_code == 304
    put(own_site, "area-1", feature(name="Another"))
    assert olga.get("/api/zones/area-1", headers=tag).status_code == 200


def test_of_two_who_change_a_zone_the_second_is_shown_what_the_first_did(own_site: Site) -> None:
    seen = put(own_site, "area-1", feature()).headers["ETag"]
    put(own_site, "area-1", feature(name="Faster"), if_match=seen)
    for tag in (seen, '"99"', '"never given"', "2", f'{seen}, "98"'):
        said = refused(put(own_site, "area-1", feature(name="Late"), if_match=tag), 412, "stale")
        (current,) = said["current"]["features"]
        assert current["properties"]["name"] == "Faster"
    paul = own_site.as_("paul")
    late = paul.delete("/api/zones/area-1", headers={"If-Match": seen})
    refused(late, 412, "stale")
    fresh = {"If-Match": f'"98", {late.headers["ETag"]}'}
    assert paul.delete("/api/zones/area-1", headers=fresh).status_code == 200


def test_a_zone_is_added_only_where_there_is_none_if_that_is_asked(own_site: Site) -> None:
    said = refused(put(own_site, "area-1", feature(), if_match="*"), 412, "stale")
    assert "current" not in said
    assert put(own_site, "area-1", feature(), if_none_match="*").status_code == 201
    refused(put(own_site, "area-1", feature(name="B"), if_none_match="*"), 412, "stale")
    assert put(own_site, "area-1", feature(name="C"), if_match="*").status_code == 200
    refused(put(own_site, "area-1", feature(), if_none_match='"1"'), 422, "invalid-request")


def test_a_zone_that_is_refused_says_all_that_is_wrong_and_changes_nothing(own_site: Site) -> None:
    put(own_site, "area-1", feature())
    bow = [[121.0, 31.0], [121.1, 31.1], [121.1, 31.0], [121.0, 31.1], [121.0, 31.0]]
    twisted = square() | {"geometry": {"type": "Polygon", "coordinates": [bow]}}
    said = refused(
        put(own_site, "area-1", collection(twisted, square("other"), square("odd", kind="maybe"))),
        422,
        "invalid-zones",
    )
    paths = [each["path"] for each in said["errors"]]
    assert any(path.startswith("zone area-1: volumes[0]") for path in paths), paths
    assert "zone other: zone_id" in paths
    assert "$.features[2].properties.kind" in paths
    alone = refused(put(own_site, "area-1", feature(kind="maybe")), 422, "invalid-zones")
    assert [each["path"] for each in alone["errors"]] == ["$.properties.kind"]
    (kept,) = own_site.as_("olga").get("/api/zones/area-1").json()["features"]
    assert kept["properties"]["name"] == "area-1"


def test_a_zone_without_a_datum_is_refused_unless_it_is_told(own_site: Site) -> None:
    said = refused(put(own_site, "area-1", square()), 422, "invalid-zones")
    assert [each["path"] for each in said["errors"]] == ["$.datum"]
    paul = own_site.as_("paul")
    told = paul.put("/api/zones/area-1", params={"datum": "GCJ02"}, json=square(), headers=NEW)
    assert told.status_code == 201


def test_what_was_ignored_in_a_zone_is_said(own_site: Site) -> None:
    said = put(own_site, "area-1", feature(ceiling=120)).json()
    assert [(each["path"], each["weight"]) for each in said["problems"]] == [
        ("$.properties.ceiling", "warning")
    ]


@pytest.mark.requirement("D4e-4")
def test_who_changed_a_zone_is_written_down_and_everybody_is_told(
    own_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(own_site.services.live, "zones_changed_soon", told.append)
    put(own_site, "area-1", feature())
    refused(put(own_site, "area-1", feature(kind="maybe")), 422, "invalid-zones")
    refused(put(own_site, "area-1", feature(), if_match='"99"'), 412, "stale")
    own_site.as_("ann").delete("/api/zones/area-1", headers=SEEN)
    assert told == [1, 2]
    with own_site.store.read() as session:
        found = audit.entries(session, own_site.people["ann"], limit=1000)
    acts = [(each.actor, each.action, each.subject) for each in found if "zones" in each.action]
    assert acts == [("paul", "zones.put", "area-1"), ("ann", "zones.withdraw", "area-1")]


def around(device_id: str = "car-1", **said: Any) -> dict[str, Any]:
    follows = {"shape": "around", "follows": device_id, "radius_m": 50.0, "kind": "keep_out"}
    return feature("escort", **follows | said) | {"geometry": None}


@pytest.mark.requirement("D4d-54")
def test_a_zone_that_follows_a_device_is_put_fetched_and_withdrawn_like_any_other(
    own_site: Site,
) -> None:
    added = put(own_site, "escort", around(exempt_devices=["car-2"]))
    assert (added.status_code, added.json()["problems"]) == (201, [])
    features = own_site.as_("olga").get("/api/zones").json()["features"]
    (found,) = (each for each in features if each["properties"]["zone_id"] == "escort")
    assert found["geometry"] is None
    said = found["properties"]
    assert (said["follows"], said["radius_m"], said["exempt_devices"]) == ("car-1", 50.0, ["car-2"])
    fetched = own_site.as_("olga").get("/api/zones/escort")
    again = put(own_site, "escort", fetched.json(), if_match=fetched.headers["ETag"])
    assert (again.status_code, again.headers["ETag"]) == (200, added.headers["ETag"])
    assert own_site.as_("paul").delete("/api/zones/escort", headers=SEEN).status_code == 200


def test_a_zone_around_nobody_or_of_no_size_is_refused_by_name(own_site: Site) -> None:
    unknown = refused(put(own_site, "escort", around("car-9")), 422, "invalid-value")
    assert "'car-9', which is not registered" in unknown["detail"]
    wide = refused(put(own_site, "escort", around(radius_m=9000)), 422, "invalid-zones")
    assert [each["message"] for each in wide["errors"]] == [
        "expected more than 0 and at most 5000 m, got 9000.0"
    ]
    told = own_site.as_("paul").post(
        "/api/zones/import",
        content=json.dumps({"type": "FeatureCollection", "features": []}),
        headers={"Accept-Language": "zh"},
    )
    messages = [each["message"] for each in refused(told, 422, "invalid-zones")["errors"]]
    assert messages[-1] == "没有要素：至少应有一个"
