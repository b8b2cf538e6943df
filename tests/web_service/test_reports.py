"""Reports of the authority over HTTP: who makes them, who reads them, and the files."""

from hashlib import sha256

import pytest

from permits.issuing import SHANGHAI
from tests.web_service.site import Site, refused
from zone_service.clock import now

YEAR = now().astimezone(SHANGHAI).year


@pytest.mark.requirement("D4f-2", "D4f-13")
def test_the_authority_makes_a_report_and_the_ministries_get_the_same_file(site: Site) -> None:
    name = f"{YEAR}-06" if now().astimezone(SHANGHAI).month >= 6 else f"{YEAR - 1}-12"
    rita, olga = site.as_("rita"), site.as_("olga")
    asked = {"kind": "HALF_YEARLY", "name": name}
    key = {"Idempotency-Key": f"report-{name}"}
    said = rita.post("/api/reports", json=asked, headers=key)
    again = rita.post("/api/reports", json=asked, headers=key)
    assert (again.status_code, again.content) == (201, said.content), "and no second edition"
    assert said.status_code == 201, said.text
    report = said.json()
    assert report["report_id"] == f"half-yearly-{name}-1"
    summary = report["tables"][0]
    assert summary["title"] == ["Summary", "概况"]
    assert ["Kilometres in automated mode, as operators reported", None] in [
        [row[0][0], row[1]] for row in summary["rows"]
    ]
    assert report["figures"]["driven"]["km"] == "unknown"
    path = f"/api/reports/{report['report_id']}"
    for ending in ("pdf", "xlsx"):
        got = rita.get(f"{path}/file", params={"format": ending})
        assert sha256(got.content).hexdigest() == report[f"{ending}_sha256"]
        assert got.headers["etag"] == f'"{report[f"{ending}_sha256"]}"'
    assert rita.get(f"{path}/check").json()["same"] is True
    listed = site.as_("paul").get("/api/reports").json()["items"]
    assert [each["report_id"] for each in listed] == [report["report_id"]]
    due = rita.get("/api/reports/due").json()
    assert {each["kind"] for each in due} == {"HALF_YEARLY", "ANNUAL"}
    assert next(each for each in due if each["name"] == name)["made_at"] is not None

    refused(
        olga.post("/api/reports", json={"kind": "ANNUAL", "name": f"{YEAR}"}), 403, "not-allowed"
    )
    refused(olga.get(path), 404, "not-found")
    refused(olga.get(f"{path}/file"), 404, "not-found")
    refused(site.browser().get(f"/api/public/reports/{report['report_id']}/file"), 404, "not-found")
    refused(rita.get("/api/reports/half-yearly-2026-06-x"), 404, "not-found")


@pytest.mark.requirement("D4f-10")
def test_everybody_reads_the_annual_report(site: Site) -> None:
    said = site.as_("ann").post("/api/reports", json={"kind": "ANNUAL", "name": f"{YEAR - 1}"})
    assert said.status_code == 201, said.text
    (listed,) = site.browser().get("/api/public/reports").json()["items"]
    assert listed["title_zh"] == "测试示范区年度公开报告"
    got = site.browser().get(f"/api/public/reports/{listed['report_id']}/file")
    assert (got.content[:5], sha256(got.content).hexdigest()) == (b"%PDF-", listed["pdf_sha256"])


def test_a_report_that_there_is_not_is_refused_in_the_callers_language(site: Site) -> None:
    rita = site.as_("rita")
    asked = {"kind": "HALF_YEARLY", "name": f"{YEAR}-07"}
    refused(rita.post("/api/reports", json=asked), 422, "no-such-period")
    chinese = {"Accept-Language": "zh-CN"}
    early = {"kind": "ANNUAL", "name": f"{YEAR}"}
    body = refused(rita.post("/api/reports", json=early, headers=chinese), 409, "period-not-over")
    assert "方可编制" in body["detail"]
