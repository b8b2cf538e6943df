"""Zones that permits name, as clients of the API meet them: refused by name, and told how they stand."""

from typing import Any

import pytest

from permits.issuing import Ruling
from permits.permit import PermitState
from tests.web_service.site import Site, refused
from tests.web_service.zone_files import collection, square
from zone_service.clock import now
from zone_service.demo_city import lead_to
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import permits
from zone_service.store.records import PLATFORM

YEAR = {"valid_from": "2026-11-01T00:00:00+08:00", "valid_to": "2027-11-01T00:00:00+08:00"}
SEEN = {"If-Match": "*"}
ZH = {"Accept-Language": "zh-CN"}


def asked(site: Site, *zone_ids: str, **terms: Any) -> Any:
    given = {"device_ids": ["car-1"], "zone_ids": list(zone_ids), **YEAR, **terms}
    return site.as_("olga").post("/api/permits", json={"kind": "ROAD_TEST", "terms": given})


@pytest.mark.requirement("D4b-79")
def test_an_application_for_a_zone_that_is_not_there_is_refused_with_ids_like_it(
    own_site: Site,
) -> None:
    drawn = [square("seg-demo-1"), square("seg-demo-2")]
    own_site.as_("paul").post("/api/zones/import", json=collection(*drawn))
    said = refused(asked(own_site, "seg-demo-X"), 422, "places-not-on-map")
    (wrong,) = said["errors"]
    assert wrong["path"] == "terms.zone_ids"
    assert "seg-demo-X: expected" in said["detail"]
    assert "such as seg-demo-" in wrong["message"]
    assert "`zone map list` and GET /api/zones" in wrong["message"]
    body = {
        "kind": "ROAD_TEST",
        "terms": {"device_ids": ["car-1"], "zone_ids": ["seg-demo-X"], **YEAR},
    }
    chinese = own_site.as_("olga").post("/api/permits", json=body, headers=ZH)
    assert "地图上没有该标识的区域" in refused(chinese, 422, "places-not-on-map")["detail"]
    assert own_site.as_("olga").get("/api/permits").json()["items"] == []


@pytest.mark.requirement("D4b-79")
def test_other_terms_may_not_name_what_is_not_there_and_what_was_withdrawn_is_not_handed_in(
    own_site: Site,
) -> None:
    drawn = [square("seg-demo-1", name_zh="演示路段"), square("seg-demo-2")]
    own_site.as_("paul").post("/api/zones/import", json=collection(*drawn))
    olga, made = own_site.as_("olga"), asked(own_site, "seg-demo-1", "seg-demo-2")
    number, terms = made.json()["number"], made.json()["terms"]
    path = f"/api/permits/{number}/actions"
    other = {each: terms[each] for each in ("device_ids", "valid_from", "valid_to")}
    amended = {"action": "AMEND_TERMS", "terms": {**other, "zone_ids": ["seg-demo-3"]}}
    refused(olga.post(path, json=amended), 422, "places-not-on-map")

    gone = own_site.as_("paul").delete("/api/zones/seg-demo-2", headers=SEEN)
    assert (gone.status_code, gone.json()["permits"]) == (200, [])
    first, second = olga.get(f"/api/permits/{number}").json()["places"]
    assert first == {
        "use": "zone_ids",
        "use_said": "permitted inside",
        "zone_id": "seg-demo-1",
        "name": "seg-demo-1",
        "name_zh": "演示路段",
        "standing": "in force",
        "said": "on the map",
    }
    assert (second["standing"], second["name"]) == ("withdrawn", "seg-demo-2")
    told = olga.get(f"/api/permits/{number}", headers=ZH).json()["places"][1]["said"]
    assert told.startswith("已从地图撤下")
    lacks = olga.get(f"/api/permits/{number}/application").json()["missing"]
    assert "withdrawn" in next(e["message"] for e in lacks if e["path"] == "terms.zone_ids")
    said = refused(olga.post(path, json={"action": "SUBMIT"}), 422, "application-incomplete")
    assert "terms.zone_ids" in [each["path"] for each in said["errors"]]


@pytest.mark.requirement("D4b-79")
def test_who_takes_a_zone_off_the_map_is_told_which_permits_stand_on_it(own_site: Site) -> None:
    drawn = [square("seg-demo-1"), square("seg-demo-2")]
    own_site.as_("paul").post("/api/zones/import", json=collection(*drawn))
    number = asked(own_site, "seg-demo-1").json()["number"]
    asked(own_site, "seg-demo-1")  # a draft stands on nothing
    with own_site.store.write() as session:
        found = permits.get(session, PLATFORM, number)
        lead_to(session, found, PermitState.ACTIVE, now(), Ruling(shipped_sheet("demonstration")))
    paul = own_site.as_("paul")

    def told(zone_id: str, **asked: bool) -> list[str]:
        said = paul.post("/api/zones/import", params=asked, json=collection(square(zone_id)))
        return list(said.json()["permits"])

    assert told("seg-demo-1", dry_run=True) == []
    assert told("seg-demo-2", dry_run=True) == [number]
    assert told("seg-demo-2", dry_run=True, replace=False) == []
    assert told("seg-demo-2", replace=False) == []
    assert told("seg-demo-2") == [number]
    assert told("seg-demo-1") == [], "nobody stands on what ends now"
    paul.post("/api/zones/import", json=collection(*drawn))
    assert paul.delete("/api/zones/seg-demo-2", headers=SEEN).json()["permits"] == []
    assert paul.delete("/api/zones/seg-demo-1", headers=SEEN).json()["permits"] == [number]


@pytest.mark.requirement("D4b-79")
def test_who_draws_a_road_anew_is_told_which_permits_may_not_be_there_any_more(
    own_site: Site,
) -> None:
    drawn = [square("seg-demo-1"), square("seg-demo-2")]
    paul = own_site.as_("paul")
    paul.post("/api/zones/import", json=collection(*drawn))
    number = asked(own_site, "seg-demo-1").json()["number"]
    with own_site.store.write() as session:
        found = permits.get(session, PLATFORM, number)
        lead_to(session, found, PermitState.ACTIVE, now(), Ruling(shipped_sheet("demonstration")))
    shut = square("seg-demo-1", kind="keep_out")

    def put(feature: dict[str, Any]) -> list[str]:
        said = paul.put("/api/zones/seg-demo-1", json=collection(feature), headers=SEEN)
        return list(said.json()["permits"])

    def told(feature: dict[str, Any], **asked: bool) -> list[str]:
        said = paul.post("/api/zones/import", params=asked, json=collection(feature, drawn[1]))
        return list(said.json()["permits"])

    assert put(square("seg-demo-1", west=121.01)) == [], "it is a road still"
    assert told(square("seg-demo-1", domains=["air"]), dry_run=True) == [number]
    assert told(shut, dry_run=True, replace=False) == [number]
    assert put(shut) == [number]
    assert put(square("seg-demo-1", kind="keep_out", west=121.02)) == [], "it lost it before"
    assert told(square("seg-demo-1")) == []
    assert told(shut, replace=False) == [number]
