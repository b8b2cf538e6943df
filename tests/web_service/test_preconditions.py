"""Preconditions through the API: shown with figures and source, attested, and asked before each step."""

from typing import Any

import pytest

from tests.web_service.site import Site, refused
from tests.web_service.test_api import applied, step
from tests.web_service.test_documents import A_PDF


def preconditions(site: Site, number: str, who: str = "olga") -> dict[str, Any]:
    found = site.as_(who).get(f"/api/permits/{number}/preconditions")
    assert found.status_code == 200, found.text
    body: dict[str, Any] = found.json()
    return body


def by_code(found: dict[str, Any]) -> dict[str, Any]:
    return {each["code"]: each for each in found["preconditions"]}


def handed_in(site: Site, who: str, kind: str, about: str, key: str, **said: Any) -> str:
    facts = {"kind": kind, "covers": {"kind": about, "key": key}, "issued_by": "lab"}
    facts |= {"valid_from": "2026-01-01", **said}
    made = site.as_(who).post("/api/documents", json=facts)
    assert made.status_code == 201, made.text
    document_id = str(made.json()["document_id"])
    filed = site.as_(who).put(f"/api/documents/{document_id}/file", content=A_PDF)
    assert filed.status_code < 300, filed.text
    return document_id


@pytest.mark.requirement("D4b-60")
def test_each_precondition_is_shown_with_its_figures_and_its_article(site: Site) -> None:
    found = preconditions(site, applied(site))
    shown = by_code(found)
    cover = shown["INS_COVER_GE_5M"]
    (answer,) = cover["answers"]
    figure = answer["figures"][0]

    assert (cover["result"], cover["result_zh"], cover["asked_at"]) == ("met", "满足", "grant")
    assert (answer["about"], answer["documents"] != []) == ("vehicle", True)
    assert (figure["fact"], figure["found"], figure["comparison"], figure["limit"]) == (
        "liability_cover_cny", 1e7, ">=", 5e6,
    )  # fmt: skip
    assert (figure["name_zh"], figure["unit"], figure["unit_zh"]) == (
        "事故责任保险保额",
        "CNY",
        "元",
    )
    assert cover["source"]["title_zh"].startswith("智能网联汽车道路测试与示范应用管理规范")
    assert cover["source"]["article"] == "17 and 18, consultation draft"
    assert "5,000,000 CNY or letter of guarantee" in answer["condition"]
    link = shown["DATA_LINK_TEST_PASSED"]
    assert link["answers"][0]["attested"]["note"] == "SAMPLE"
    counts = [found[name] for name in ("met", "not_met", "unknown")]
    assert sum(counts) == len(shown)
    refused(site.as_("otto").get(f"/api/permits/{found['number']}/preconditions"), 404, "not-found")


@pytest.mark.requirement("D4b-70")
def test_a_department_attests_by_the_example_of_the_page_that_describes_it(site: Site) -> None:
    body = {"kind": "ROAD_TEST", "terms": {
        "device_ids": ["car-2"], "zone_ids": ["road-1"],
        "valid_from": "2098-01-01T00:00:00Z", "valid_to": "2098-06-01T00:00:00Z",
    }}  # fmt: skip
    number = str(site.as_("olga").post("/api/permits", json=body).json()["number"])
    before = by_code(preconditions(site, number))
    assert before["DATA_STORED_IN_CHINA"]["result"] == "unknown"
    document_id = handed_in(site, "olga", "DATA_PROMISE", "permit", number)
    schemas = site.as_("olga").get("/api/openapi.json").json()["components"]["schemas"]
    (example,) = schemas["AttestationGiven"]["examples"]
    given = example | {"code": "DATA_STORED_IN_CHINA", "document_id": document_id}
    path = f"/api/permits/{number}/preconditions/attestations"

    refused(site.as_("olga").post(path, json=given), 403, "not-allowed")
    said = refused(site.as_("rita").post(path, json=example | {"document_id": document_id}), 422, "invalid-papers")  # fmt: skip
    assert "expected a document of one of DATA_LINK_TEST" in said["detail"]
    answered = site.as_("rita").post(path, json=given)
    assert answered.status_code == 200, answered.text
    after = by_code(answered.json())["DATA_STORED_IN_CHINA"]
    assert (after["result"], after["answers"][0]["attested"]["by"]) == ("met", "rita")
    assert after["answers"][0]["attested"]["document_id"] == document_id


@pytest.mark.requirement("D4b-69")
def test_what_is_refused_for_it_names_every_precondition_in_the_readers_language(
    site: Site,
) -> None:
    begins = {"valid_from": "2098-01-01T00:00:00Z", "valid_to": "2098-06-01T00:00:00Z"}
    body = {"kind": "DEMO_APPLICATION", "terms": {"device_ids": ["car-1"], "zone_ids": ["road-7"], **begins}}  # fmt: skip
    number = str(site.as_("olga").post("/api/permits", json=body).json()["number"])
    site.complete("olga", number)
    assert step(site, "olga", number, "SUBMIT").status_code == 200
    said = refused(step(site, "rita", number, "ACCEPT"), 409, "preconditions-not-met")
    assert [each["path"] for each in said["errors"]] == ["STAGE_ORDER", "SEGMENTS_SUBSET_TESTED"]
    path = f"/api/permits/{number}/actions"
    chinese = site.as_("rita").post(path, json={"action": "ACCEPT"}, headers={"Accept-Language": "zh"})  # fmt: skip
    assert chinese.json()["errors"][0]["message"] == (
        "STAGE_ORDER (已通过前序阶段)：不满足 (未通过的前序阶段数 1，应 = 0)"
    )
    assert preconditions(site, number)["refuses"]["accept"] == [
        "STAGE_ORDER", "SEGMENTS_SUBSET_TESTED",
    ]  # fmt: skip


@pytest.mark.requirement("D4b-71")
def test_what_a_vehicle_has_driven_is_declared_by_its_operator_and_attested_by_a_department(
    site: Site,
) -> None:
    number = applied(site)
    path = "/api/register/sample-car-1/driven"
    document_id = handed_in(site, "olga", "TEST_EVIDENCE", "vehicle", "sample-car-1")
    schemas = site.as_("olga").get("/api/openapi.json").json()["components"]["schemas"]
    (example,) = schemas["DrivenFigureGiven"]["examples"]
    given = example | {"document_id": document_id}

    made = site.as_("olga").post(path, json=given)
    assert made.status_code == 201, made.text
    figure_id = made.json()["figure_id"]
    refused(site.as_("olga").post(path, json=given), 422, "invalid-papers")
    refused(site.as_("otto").post(path, json=given), 404, "not-found")
    attest = f"{path}/{figure_id}/attestation"
    refused(site.as_("olga").post(attest), 403, "not-allowed")
    assert site.as_("paul").post(attest).json()["attested_by"] == "paul"
    refused(site.as_("rita").post(attest), 409, "conflict")
    (shown,) = site.as_("olga").get(path).json()["items"]
    assert (shown["automated_km"], shown["zone_id"]) == (2400.0, "seg-lingang-shengang")
    assert by_code(preconditions(site, number)).keys()
