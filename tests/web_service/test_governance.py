"""Graded governance over HTTP: disclosed and admitted, seen at a breach, reminded, spared."""

from datetime import timedelta
from typing import Any

import pytest

from permits.issuing import legal_day
from tests.web_service.site import Site, refused
from zone_service.clock import now

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\nstartxref\n9\n%%EOF\n"
SEEN = {"organisation_id": "alpha", "code": "CLOCK_SKEW", "severity": "minor"}


def paper(site: Site, who: str, kind: str) -> str:
    given = {
        "kind": kind, "covers": {"kind": "organisation", "key": "alpha"},
        "valid_from": f"{legal_day(now())}",
    }  # fmt: skip
    made = site.as_(who).post("/api/documents", json=given)
    assert made.status_code == 201, made.text
    document_id = str(made.json()["document_id"])
    filed = site.as_(who).put(f"/api/documents/{document_id}/file", content=PDF)
    assert filed.status_code < 300, filed.text
    return document_id


@pytest.mark.requirement("D0-13", "D0-14", "D4d-43")
def test_a_sweeper_is_disclosed_and_its_first_small_breach_is_spared(site: Site) -> None:
    olga, paul = site.as_("olga"), site.as_("paul")
    today = legal_day(now())
    given = {
        "title": "夜间清扫车", "scenario": "at night", "items": ["LOW_SPEED_GOODS"], "terms": "10 km/h",
        "begins": f"{today}", "ends": f"{today + timedelta(days=60)}",
    }  # fmt: skip
    path = "/api/governance"
    lacking = refused(olga.post(f"{path}/sandbox", json=given | {"title": " ", "items": []}), 422, "invalid-papers")  # fmt: skip
    assert [each["path"] for each in lacking["errors"]] == ["title", "items"]
    key = {"Idempotency-Key": "sweeper"}
    made = [olga.post(f"{path}/sandbox", json=given, headers=key) for _ in range(2)]
    assert [each.status_code for each in made] == [201, 201], made[0].text
    file = made[0].json()
    assert (file["state"], file["high_risk"]) == ("APPLIED", [])
    assert "DISCLOSE" in file["allowed"]
    steps = f"{path}/{file['file_id']}/actions"
    refused(
        olga.post(steps, json={"action": "DISCLOSE", "reason": " "}), 422, "governance-no-reason"
    )
    said: dict[str, Any] = {"action": "DISCLOSE", "reason": "we begin in June"}
    bare = refused(olga.post(steps, json=said), 422, "governance-said")
    assert "expected disclosure to be said" in bare["detail"]
    said["disclosure"] = {
        "risks": "a bin may fall", "measures": "a guard walks beside", "contact": "olga, 021-1",
        "document_id": paper(site, "olga", "DISCLOSURE"),
    }  # fmt: skip
    refused(paul.post(steps, json=said), 403, "governance-not-yours")
    both = said | {"transfer": {"to": "police", "document_id": "D-1"}}
    refused(olga.post(steps, json=both), 422, "invalid-request")
    told = olga.post(steps, json=said, headers={"Accept-Language": "zh"})
    assert (told.status_code, told.json()["state_name"]) == (200, "已准入")
    assert told.json()["history"][0]["action_name"] == "事前披露"
    assert told.json()["history"][0]["said"] == said["disclosure"]
    listed = paul.get(path, params={"owed": True}).json()["items"]
    assert [(each["file_id"], each["uncontrolled"]) for each in listed] == [(file["file_id"], True)]
    assert paul.get(path, params={"overdue": True}).json()["items"] == []
    seen_to = {
        "held_on": f"{today}", "people": ["paul", "olga"], "finding": "IN_ORDER",
        "document_id": paper(site, "paul", "CONTROL_RECORD"),
    }  # fmt: skip
    looked = paul.post(steps, json={"action": "CONTROL", "reason": "by day", "control": seen_to})
    assert (looked.status_code, looked.json()["due_at"]) == (200, None), looked.text
    refused(site.as_("otto").get(f"{path}/{file['file_id']}"), 404, "not-found")
    public = site.browser().get("/api/public/disclosures")
    assert "max-age=5" in public.headers["cache-control"]
    (read,) = public.json()["items"]
    assert (read["organisation"], read["title"]) == ("Alpha Robotics", given["title"])
    assert (read["risks"], read["measures"]) == ("a bin may fall", "a guard walks beside")
    assert (read["published_on"], read["ends"]) == (f"{today}", given["ends"])
    assert (read["controlled_on"], read["finding"]) == (f"{today}", "IN_ORDER")
    assert (read["items_said_zh"], read["state_name_zh"]) == (["低速载物"], "已准入")
    assert "olga" not in public.text, "who answers for it is a person's own matter"

    seen = SEEN | {"seen_at": now().isoformat(), "sandbox_id": file["file_id"]}
    breach = paul.post(f"{path}/breaches", json=seen).json()
    assert breach["may_be_spared"] is True
    steps = f"{path}/{breach['file_id']}/actions"
    early = refused(
        paul.post(steps, json={"action": "SUSPEND", "reason": "x"}, headers={"Accept-Language": "zh"}),
        409, "governance-on-the-ladder",
    )  # fmt: skip
    assert "应先采取 REMIND" in early["detail"]
    done = [
        who.post(steps, json={"action": action, "reason": "because"})
        for who, action in ((paul, "REMIND"), (olga, "REPORT_CORRECTED"), (paul, "SPARE"))
    ]
    assert [each.status_code for each in done] == [200, 200, 200], done[0].text
    last = done[-1].json()
    assert (last["state"], last["allowed"]) == ("SPARED", [])
    assert [each["by"] for each in last["history"]] == ["paul", "olga", "paul"]
    listed = paul.get(path, params={"kind": "BREACH"}).json()["items"]
    assert [each["file_id"] for each in listed] == [breach["file_id"]]
    old: dict[str, Any] = {"action": "EXIT", "reason": "done"}
    exits = f"{path}/{file['file_id']}/actions"
    refused(olga.post(exits, json=old | {"revision": 0}), 409, "conflict")
    refused(olga.post(exits, json=old, headers={"If-Match": '"0"'}), 412, "stale")
    seen = {"If-Match": olga.get(f"{path}/{file['file_id']}").headers["ETag"]}
    assert olga.post(exits, json=old, headers=seen).json()["state"] == "EXITED"
    listed = paul.get(path, params={"organisation_id": "beta"}).json()["items"]
    assert listed == []
    assert len(paul.get(path, params={"organisation_id": "alpha"}).json()["items"]) == 2
