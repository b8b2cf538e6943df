"""The register through the API: what is registered, by whom it is seen, and what class it is of."""

from itertools import count
from typing import Any

import pytest

from permits.identities import vin_check
from tests.web_service.site import Site, refused

_numbers = count(1)


def vin() -> str:
    """A VIN that nobody has."""
    begun, ended = "LSVTEST0", f"TN{next(_numbers):06}"
    for check in "0123456789X":
        if vin_check(f"{begun}{check}{ended}") == check:
            return f"{begun}{check}{ended}"
    raise AssertionError


def car(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "vehicle",
        "vin": vin(),
        "brand": "Alpha",
        "model": "A1",
        "configuration": "L4",
        "category": "passenger",
        "automation_level": 4,
        "software_version": "1.0",
        "hardware_version": "A",
        "mass_kg": 1500,
    } | changes


ANNA = {
    "kind": "person",
    "name": "李安",
    "id_number": "11010519491231002X",
    "roles": ["safety_officer"],
    "licence_class": "C1",
    "licensed_since": "2019-03-01",
}


def registered(site: Site, entry_id: str, particulars: Any, who: str = "olga", **more: Any) -> Any:
    body = {"entry_id": entry_id, "particulars": particulars} | more
    said = site.as_(who).post("/api/register", json=body)
    assert said.status_code == 201, said.text
    return said.json()


@pytest.mark.requirement("D1-5", "D4e-6")
def test_a_vehicle_is_registered_linked_amended_and_taken_out_of_service(own_site: Site) -> None:
    olga = own_site.as_("olga")
    given = car()
    made = registered(own_site, "alpha-car", given, device_id="car-1")
    assert (made["kind"], made["device_id"], made["particulars"]["vin"]) == (
        "vehicle", "car-1", given["vin"],
    )  # fmt: skip
    seen = olga.get("/api/register/alpha-car")
    newer = {"particulars": given | {"software_version": "1.1"}}
    amended = olga.put(
        "/api/register/alpha-car", json=newer, headers={"If-Match": seen.headers["etag"]}
    )
    assert (amended.status_code, amended.json()["revision"]) == (200, 1)
    late = olga.put(
        "/api/register/alpha-car", json=newer, headers={"If-Match": seen.headers["etag"]}
    )
    refused(late, 412, "stale")
    now_seen = {"If-Match": amended.headers["etag"]}
    otto = own_site.as_("otto")
    for said in (
        otto.get("/api/register/alpha-car"),
        otto.put("/api/register/alpha-car", json=newer, headers=now_seen),
        otto.put("/api/register/alpha-car/device", json={"device_id": None}, headers=now_seen),
        otto.delete("/api/register/alpha-car", headers=now_seen),
    ):
        refused(said, 404, "not-found")
    assert otto.get("/api/register").json()["items"] == []
    moved = olga.put(
        "/api/register/alpha-car/device", json={"device_id": "car-2"}, headers=now_seen
    )
    assert moved.json()["device_id"] == "car-2"
    refused(olga.delete("/api/register/alpha-car", headers=now_seen), 412, "stale")
    now_seen = {"If-Match": moved.headers["etag"]}
    assert olga.delete("/api/register/alpha-car", headers=now_seen).json()["active"] is False


@pytest.mark.requirement("D1-5")
def test_all_that_is_wrong_is_told_by_its_path_in_the_readers_language(site: Site) -> None:
    wrong = car(vin="LSVTEST09TN000001", automation_level=2)
    said = site.as_("olga").post(
        "/api/register",
        json={"entry_id": "alpha-bad", "particulars": wrong},
        headers={"Accept-Language": "zh"},
    )
    body = refused(said, 422, "invalid-papers")
    assert [each["path"] for each in body["errors"]] == ["vin", "automation_level"]
    assert "第九位应为" in body["errors"][0]["message"]
    unknown = {"entry_id": "alpha-bad", "particulars": {"kind": "rocket"}}
    refused(site.as_("olga").post("/api/register", json=unknown), 422, "invalid-request")


@pytest.mark.requirement("D1-7")
def test_the_number_of_a_person_is_whole_to_those_who_decide_alone(site: Site) -> None:
    registered(site, f"anna-{next(_numbers)}", ANNA)
    for who, shown in (
        ("olga", "110************02X"),
        ("ann", "110************02X"),
        ("rita", "11010519491231002X"),
        ("paul", "11010519491231002X"),
    ):
        found = site.as_(who).get("/api/register", params={"kind": "person"}).json()["items"]
        assert {each["particulars"]["id_number"] for each in found} == {shown}, who
    assert "11010519491231002X" not in site.as_("otto").get("/api/register").text


@pytest.mark.requirement("D1-6")
def test_the_class_of_an_aircraft_is_told_with_its_reason(site: Site) -> None:
    kite = {
        "kind": "aircraft",
        "upic": f"1581F5FH7K3LM{next(_numbers):07}",
        "model": "K1",
        "empty_mass_kg": 5,
        "takeoff_mass_kg": 9,
        "keeps_airspace": True,
        "can_be_watched": True,
    }
    entry_id = registered(site, f"kite-{next(_numbers)}", kite, "otto")["entry_id"]
    found = site.as_("rita").get(f"/api/register/{entry_id}").json()["classed"]
    assert (found["aircraft_class"], found["name_zh"]) == ("small", "小型")
    assert found["rules"].startswith("shanghai-default@")
    assert found["tried"][-1]["verdict"] == "met"
    assert "take-off mass <= 25 kg" in found["tried"][-1]["condition"]
    assert "最大起飞重量 <= 25 kg" in found["tried"][-1]["condition_zh"]
