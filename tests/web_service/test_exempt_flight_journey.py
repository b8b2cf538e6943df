"""A whole story: the police fly over their own range, without an application and not without a confirmation."""

from datetime import timedelta

import pytest

from tests.web_service.clock import Clock
from tests.web_service.site import Site, refused
from tests.web_service.test_flight_journey import ROUTE, at_day, controller, done, flown
from tests.web_service.test_permit_deadlines import step
from tests.web_service.test_preconditions import handed_in, preconditions
from zone_service.clock import now
from zone_service.store import zones
from zone_service.store.records import PLATFORM


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, own_site: Site) -> Clock:
    return Clock(monkeypatch, own_site)


@pytest.mark.requirement("D4a-24", "D4c-56", "D4b-20", "D4b-21")
def test_who_needs_no_application_is_attested_on_record_confirmed_and_flown(
    own_site: Site, clock: Clock
) -> None:
    site = own_site
    controller(site)
    with site.store.write() as session:
        zones.publish(session, PLATFORM, (ROUTE,), now())
    clock.to(at_day(1, 9))
    begins = at_day(1, 15)
    terms = {
        "device_ids": ["drone-1"],
        "zone_ids": ["air-1"],
        "max_height_agl_m": 130,
        "max_speed_mps": 15,
        "valid_from": begins.isoformat(),
        "valid_to": (begins + timedelta(days=90)).isoformat(),
    }
    body = {"kind": "EXEMPT_FLIGHT", "terms": terms}
    number = str(site.as_("otto").post("/api/permits", json=body).json()["number"])
    assert number.startswith("XF-")
    site.complete("otto", number)
    high = refused(step(site, "otto", number, "RECORD"), 409, "preconditions-not-met")
    assert [each["path"] for each in high["errors"]] == ["ALT_LE_120_OR_APPROVED"]
    lower = terms | {"max_height_agl_m": 110}
    assert done(site, "otto", number, "AMEND_TERMS", terms=lower) == "DRAFT"
    said = refused(step(site, "otto", number, "RECORD", zh=True), 409, "preconditions-not-met")
    (unseen,) = said["errors"]
    assert unseen["message"].startswith("ART31_EXEMPT (警察、海关、应急管理部门"), "other terms"

    document_id = handed_in(site, "otto", "FACT_EVIDENCE", "permit", number)
    given = {"code": "ART31_EXEMPT", "document_id": document_id, "note": "their own range"}
    path = f"/api/permits/{number}/preconditions/attestations"
    refused(site.as_("otto").post(path, json=given), 403, "not-allowed")
    assert site.as_("cai").post(path, json=given).status_code == 200
    assert preconditions(site, number, "otto")["refuses"]["grant"] == []
    steps = site.as_("otto").get(f"/api/permits/{number}/actions").json()
    assert {each["action"] for each in steps} == {"AMEND_TERMS", "RECORD", "WITHDRAW"}
    assert done(site, "otto", number, "RECORD") == "APPROVED"
    assert flown(site, 50.0) == {"NO_TAKEOFF_CONFIRMATION"}, "on record is not yet confirmed"

    clock.to(begins - timedelta(minutes=59))
    refused(step(site, "otto", number, "REPORT_PRE_TAKEOFF"), 409, "too-late")
    takeoff = {"takeoff_at": (begins + timedelta(minutes=30)).isoformat()}
    assert done(site, "otto", number, "REPORT_PRE_TAKEOFF", details=takeoff) == (
        "PRE_TAKEOFF_REPORTED"
    )
    refused(step(site, "otto", number, "TAKE_OFF"), 409, "action-not-allowed")
    assert done(site, "cai", number, "CONFIRM") == "CONFIRMED"
    clock.to(begins + timedelta(minutes=30))
    assert done(site, "otto", number, "TAKE_OFF") == "AIRBORNE"
    assert flown(site, 109.0) == set()
    assert flown(site, 115.0) == {"ALTITUDE_OVER_LIMIT"}
    assert done(site, "otto", number, "LAND") == "LANDED"
    assert flown(site, 50.0) == {"NO_TAKEOFF_CONFIRMATION"}, "the next one is confirmed anew"
