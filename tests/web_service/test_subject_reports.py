"""Reports of operators over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from permits.permit import PermitKind, PermitState
from permits.terms import Terms
from tests.store.city import UNDER
from tests.web_service.site import Site, refused
from zone_service.clock import now
from zone_service.demo_city import lead_to
from zone_service.store import permits
from zone_service.store.records import PLATFORM

SAID = {"activity": "二百次", "safety": "no accident", "plan": "more"}


@pytest.mark.requirement("D4f-1")
def test_an_operator_reports_a_stage_and_others_do_not(site: Site) -> None:
    begins = now() - timedelta(days=250)
    terms = Terms(frozenset({"car-1"}), frozenset({"road-1"}), begins, now() + timedelta(days=90))
    with site.store.write() as session:
        permit = permits.create(
            session, PLATFORM, kind=PermitKind.ROAD_TEST, holder_id="alpha", terms=terms, at=begins,
            number="RT-STAGE",
        )  # fmt: skip
        lead_to(session, permit, PermitState.ACTIVE, begins, UNDER)
    olga, path = site.as_("olga"), "/api/permits/RT-STAGE/reports"
    before = olga.get(path).json()
    assert [(each["kind"], each["stage"]) for each in before["owed"]] == [("STAGE", 1)]
    body = {"kind": "STAGE", "said": SAID, "automated_km": 12.5, "takeovers": 0}
    refused(site.as_("otto").post(path, json=body), 404, "not-found")
    refused(site.as_("rita").post(path, json=body), 403, "not-allowed")
    refused(olga.post(path, json=body | {"automated_km": -1}), 422, "invalid-request")
    lacking = refused(
        olga.post(path, json=body | {"said": {}}, headers={"Accept-Language": "zh"}), 422, "invalid-papers"
    )  # fmt: skip
    assert [each["path"] for each in lacking["errors"]] == ["said.activity", "said.safety", "said.plan"]  # fmt: skip
    assert "下一阶段计划" in lacking["errors"][2]["message"]
    key = {"Idempotency-Key": "stage-1"}
    filed = [olga.post(path, json=body, headers=key) for _ in range(2)]
    assert [each.status_code for each in filed] == [201, 201], filed[0].text
    assert (filed[0].json()["stage"], filed[0].json()["automated_h"]) == (1, None)
    after = olga.get(path).json()
    assert [(each["kind"], each["stage"]) for each in after["owed"]] == [("STAGE", 2)]
    assert [each["edition"] for each in after["filed"]] == [1]
    again = olga.post(path, json=body | {"stage": 1})
    assert again.json()["edition"] == 2, again.text
    part: dict[str, Any] = {"next": ""}
    for edition, is_last in ((1, False), (2, False), (None, True)):
        part = olga.get(path, params={"after": part["next"], "limit": 1}).json()
        assert [each["edition"] for each in part["filed"]] == [edition] * (edition is not None)
        assert (part["next"] is None) is is_last
    refused(olga.get(path, params={"after": "x"}), 422, "invalid-value")
    due = olga.get("/api/permits/RT-STAGE").json()["deadlines"]
    assert any(each["deadline"] == "STAGE_REPORT" and not each["overdue"] for each in due)
