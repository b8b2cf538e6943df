"""Applications through the API: what each kind must contain, what is missing, and that it is asked for."""

from base64 import b64decode
from datetime import timedelta
from typing import Any

import pytest

from permits.application_kinds import NEEDS
from permits.permit import PermitKind
from tests.web_service.site import Site, refused
from zone_service.clock import monotonic_s, now
from zone_service.demo_votes import approved_by_all
from zone_service.sample_application import sample_of
from zone_service.schemas.samples import SampleShown

FIVE_MINUTES_S = 300.0

BEGINS = now() + timedelta(days=10)
TERMS = {
    "device_ids": ["drone-1"],
    "zone_ids": ["air-1"],
    "valid_from": BEGINS.isoformat(),
    "valid_to": (BEGINS + timedelta(days=90)).isoformat(),
    "max_height_agl_m": 100,
    "max_speed_mps": 15,
}


def applied(site: Site) -> str:
    body = {"kind": "FLIGHT_ACTIVITY", "terms": TERMS}
    return str(site.as_("otto").post("/api/permits", json=body).json()["number"])


def submit(site: Site, number: str, **headers: str) -> Any:
    path = f"/api/permits/{number}/actions"
    return site.as_("otto").post(path, json={"action": "SUBMIT"}, headers=headers)


@pytest.mark.requirement("D4b-2")
def test_a_submission_names_all_that_is_missing_once_in_the_readers_language(site: Site) -> None:
    number = applied(site)
    said = refused(submit(site, number), 422, "application-incomplete")
    paths = [each["path"] for each in said["errors"]]
    assert {"entry_ids", "terms.device_ids.drone-1", "content.task"} <= set(paths)
    chinese = submit(site, number, **{"Accept-Language": "zh"}).json()["errors"]
    (task,) = (each["message"] for each in chinese if each["path"] == "content.task")
    assert task == "缺少 content.task：应为任务性质和飞行方式"
    shown = site.as_("otto").get(f"/api/permits/{number}/application").json()
    assert shown["complete"] is False
    assert [each["path"] for each in shown["missing"]] == paths
    assert shown["missing"][0]["message_zh"].startswith("缺少")


@pytest.mark.requirement("D4b-2")
def test_an_application_is_filled_in_and_then_submitted(site: Site) -> None:
    number = applied(site)
    path = f"/api/permits/{number}/application"
    given = {"content": {"task": "survey of a roof", "c2_link": "2.4 GHz, 10 MHz"}}
    otto, seen = site.as_("otto"), {"If-Match": site.as_("otto").get(path).headers["ETag"]}
    filled = otto.put(path, json=given, headers=seen)
    assert filled.json()["content"] == given["content"]
    assert filled.headers["ETag"] == otto.get(path).headers["ETag"] != seen["If-Match"]
    refused(otto.put(path, json=given, headers=seen), 412, "stale")
    seen = {"If-Match": "*"}
    refused(site.as_("olga").put(path, json=given, headers=seen), 404, "not-found")
    refused(site.as_("rita").put(path, json=given), 403, "not-allowed")
    assert site.as_("rita").get(path).status_code == 200
    poem = {"content": {"poem": "x"}}
    refused(otto.put(path, json=poem, headers=seen), 422, "invalid-request")
    assert site.complete("otto", number) > 0
    assert site.as_("otto").get(path).json()["complete"] is True
    assert submit(site, number).json()["state"] == "SUBMITTED"
    assert site.as_("otto").get(path).json()["content"]["task"] == "survey of a roof"
    refused(otto.put(path, json=given, headers=seen), 409, "conflict")


@pytest.mark.requirement("D4a-8")
def test_the_plan_of_a_day_is_filed_under_a_standing_flight(site: Site) -> None:
    body = {"kind": "STANDING_FLIGHT", "terms": TERMS}
    number = str(site.as_("otto").post("/api/permits", json=body).json()["number"])
    site.complete("otto", number)
    assert submit(site, number).json()["state"] == "SUBMITTED"
    actions = f"/api/permits/{number}/actions"
    with site.store.write() as session:
        approved_by_all(session, number, now(), site.services.rules.ruling(session))
    report = site.as_("otto").post(actions, json={"action": "REPORT_PRE_TAKEOFF"})
    refused(report, 409, "not-planned")
    plan = {"begins": "09:00", "ends": "17:00", "device_ids": ["drone-1"], "max_height_agl_m": 80}
    path = f"/api/permits/{number}/daily-plans"
    day = (BEGINS + timedelta(days=2)).date()
    otto, new = site.as_("otto"), {"If-None-Match": "*"}
    filed = otto.put(f"{path}/{day}", json=plan, headers=new)
    assert filed.json()["begins"] == "09:00:00"
    seen = {"If-Match": otto.get(f"{path}/{day}").headers["ETag"]}
    assert seen["If-Match"] == filed.headers["ETag"]
    refused(otto.put(f"{path}/{day}", json=plan, headers=new), 412, "stale")
    later = plan | {"begins": "10:00"}
    assert otto.put(f"{path}/{day}", json=later, headers=seen).json()["begins"] == "10:00:00"
    refused(otto.put(f"{path}/{day}", json=plan, headers=seen), 412, "stale")
    refused(site.as_("olga").put(f"{path}/{day}", json=plan, headers=new), 404, "not-found")
    refused(site.as_("olga").get(f"{path}/{day}"), 404, "not-found")
    late = otto.put(f"{path}/{now().date()}", json=plan, headers=new)
    assert "a plan that is filed by" in refused(late, 422, "invalid-papers")["detail"]
    (found,) = site.as_("rita").get(path).json()["items"]
    assert site.as_("rita").get(path, params={"after": str(day)}).json()["items"] == []
    assert (found["day"], found["device_ids"]) == (str(day), ["drone-1"])


def test_the_kinds_say_what_an_application_must_contain(site: Site) -> None:
    kinds = {each["kind"]: each for each in site.as_("olga").get("/api/permit-kinds").json()}
    assert len(kinds) == 14
    flight = kinds["FLIGHT_ACTIVITY"]
    assert (flight["about"], flight["people"], len(flight["content"])) == (
        "aircraft",
        ["pilot"],
        13,
    )
    declaring = {kind for kind, each in kinds.items() if each["escalators"]}
    assert declaring == {"SUITABLE_AIRSPACE_FLIGHT", "EXEMPT_FLIGHT"}
    insurance = next(e for e in kinds["ROAD_TEST"]["papers"] if "GUARANTEE_LETTER" in e["any_of"])
    assert (insurance["about"], insurance["name_zh"]) == ("vehicle", "事故责任保险或事故赔偿保函")


@pytest.mark.requirement("D5-6")
def test_an_operator_applies_over_the_api_in_less_than_five_minutes(site: Site) -> None:
    """With what the API itself hands out: nobody has to be on the server."""
    begun_s = monotonic_s()
    olga = site.as_("olga")
    device = {"device_id": "car-9", "domain": "road"}
    assert olga.post("/api/devices", json=device).status_code == 201
    asked = {"kind": "ROAD_TEST", "device_id": "car-9", "zone_id": "road-1"}
    ours = olga.get("/api/applications/sample", params=asked).json()
    for entry in ours["entries"]:
        assert olga.post("/api/register", json=entry).status_code == 201
    number = olga.post("/api/permits", json=ours["permit"]).json()["number"]
    path = f"/api/permits/{number}"
    seen = {"If-Match": olga.get(f"{path}/application").headers["ETag"]}
    olga.put(f"{path}/application", json=ours["application"], headers=seen)
    for document in ours["documents"]:
        if document["covers"]["key"] == "PERMIT-NUMBER":
            document["covers"]["key"] = number
        made = olga.post("/api/documents", json=document)
        assert made.status_code == 201, made.text
        file = f"/api/documents/{made.json()['document_id']}/file"
        assert olga.put(file, content=b64decode(ours["file"]["base64"])).is_success
    assert olga.get(f"{path}/application").json()["missing"] == []
    done = olga.post(f"{path}/actions", json={"action": ours["action"]})
    assert done.json()["state"] == "SUBMITTED"
    assert olga.get(f"{path}/preconditions").json()["preconditions"] != []
    assert monotonic_s() - begun_s < FIVE_MINUTES_S / 2
    print(f"applied over the API in {monotonic_s() - begun_s:.1f} s")  # noqa: T201


@pytest.mark.requirement("D5-6")
@pytest.mark.parametrize("kind", list(PermitKind))
def test_a_sample_of_any_kind_lacks_nothing_that_its_kind_asks_for(kind: PermitKind) -> None:
    sample = sample_of(kind, "alpha", "thing-1", ["zone-1"], now())
    handed = {each.covers for each in sample.documents}
    assert handed or not NEEDS[kind].papers
    assert SampleShown.of(sample).permit.kind is kind
