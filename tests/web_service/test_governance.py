"""Graded governance over HTTP: disclosed and admitted, seen at a breach, reminded, spared."""

from datetime import timedelta

import pytest

from permits.issuing import legal_day
from tests.web_service.site import Site, refused
from zone_service.clock import now

SEEN = {"organisation_id": "alpha", "code": "CLOCK_SKEW", "severity": "minor"}


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
    said = {"action": "DISCLOSE", "reason": "what it is, its risks, what is done about them"}
    refused(paul.post(steps, json=said), 403, "governance-not-yours")
    told = olga.post(steps, json=said, headers={"Accept-Language": "zh"})
    assert (told.status_code, told.json()["state_name"]) == (200, "已准入")
    assert told.json()["history"][0]["action_name"] == "事前披露"
    refused(site.as_("otto").get(f"{path}/{file['file_id']}"), 404, "not-found")

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
    old = {"action": "EXIT", "reason": "done", "revision": 0}
    refused(olga.post(f"{path}/{file['file_id']}/actions", json=old), 409, "conflict")
