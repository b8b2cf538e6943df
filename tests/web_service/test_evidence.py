"""Evidence over the API: who learns of a clip, who reads it and for what, and holds on it."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from telemetry.report import Frame
from tests.web_service.site import Site, change
from zone_service.clips.keeper import sealing_of
from zone_service.clock_frames import TICK_TOPIC
from zone_service.store import journal
from zone_service.store.records import Batch, Commit

NOON = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
CLIP = "car-1-7-opening"


@pytest.fixture(scope="module")
def sealed(site: Site) -> Site:
    """A car of alpha's, and a drone of beta's that came too close to it; then a clip that is not due."""
    said = {
        "schema_version": 1,
        "event_time": NOON.isoformat(),
        "seq": 1,
        "longitude": 121.5,
        "latitude": 31.2,
    }
    frame = Frame("zone/up/car-1/tele", json.dumps(said).encode(), NOON.timestamp())
    # What the worker writes each second: nothing that was received before is still to come.
    tick = Frame(TICK_TOPIC, b"", NOON.timestamp() + 95.0)
    batch = Batch("e1", frame.received_s, tick.received_s, 2, journal.pack([frame, tick]))
    close = change(
        number=7, other_device_id="drone-1", other_organisation_id="beta", permit_number="RT-7"
    )
    journal.commit_batch(site.store, Commit(batch=batch, violations=(close,)))
    sealing_of(site.services.settings, site.store).look(NOON + timedelta(seconds=120))
    return site


def got(site: Site, who: str, path: str) -> Any:
    return site.as_(who).get(f"/api/evidence{path}")


@pytest.mark.requirement("D4e-2", "D4e-6")
def test_who_supervises_sees_all_of_a_clip_and_an_operator_what_is_its_own(sealed: Site) -> None:
    whole = got(sealed, "paul", f"/{CLIP}").json()
    assert (whole["device_ids"], whole["permit_number"]) == (["car-1", "drone-1"], "RT-7")
    assert (whole["sealed"], whole["frames"], whole["due_at"]) == (True, 1, "2026-11-20T08:01:30Z")
    for who, device in (("olga", "car-1"), ("otto", "drone-1")):
        its = got(sealed, who, f"/{CLIP}").json()
        assert (its["device_ids"], its["permit_number"]) == ([device], None)
        assert (its["sealed"], its["sha256"]) == (True, whole["sha256"])
        assert got(sealed, who, f"/{CLIP}/file?purpose=mine").status_code == 403
    assert got(sealed, "lena", f"/{CLIP}").status_code == 404


@pytest.mark.requirement("D4e-2")
def test_the_file_is_given_out_for_a_purpose_alone_and_that_is_on_record(sealed: Site) -> None:
    refused = got(sealed, "paul", f"/{CLIP}/file")
    assert refused.status_code == 422
    assert got(sealed, "paul", f"/{CLIP}/file?purpose=%20").status_code == 422
    assert got(sealed, "rita", f"/{CLIP}/file?purpose=hearing").status_code == 403
    given = got(sealed, "ann", f"/{CLIP}/file?purpose=hearing")
    assert given.status_code == 200
    assert given.headers["content-type"] == "application/zip"
    assert given.headers["cache-control"] == "no-store"
    about = got(sealed, "rita", f"/{CLIP}").json()
    assert sha256(given.content).hexdigest() == about["sha256"]
    assert got(sealed, "ann", "/nothing/file?purpose=hearing").status_code == 404
    with sealed.store.begin() as connection:
        rows = connection.exec_driver_sql(
            "SELECT actor, subject, reason FROM audit WHERE action = 'evidence.read'"
        )
        assert [tuple(each) for each in rows] == [("ann", CLIP, "hearing")]


def test_a_hold_is_put_on_and_lifted_and_no_operator_learns_why(sealed: Site) -> None:
    reason = {"reason": "case 2026-117"}
    assert sealed.as_("rita").post(f"/api/evidence/{CLIP}/hold", json=reason).status_code == 403
    held = sealed.as_("paul").post(f"/api/evidence/{CLIP}/hold", json=reason)
    assert (held.status_code, held.json()["held_by"], held.json()["held_for"]) == (
        200,
        "paul",
        "case 2026-117",
    )
    again = sealed.as_("ann").post(f"/api/evidence/{CLIP}/hold", json=reason)
    assert (again.status_code, again.json()["detail"]) == (
        409,
        f"a legal hold may not be put on {CLIP}: paul has put one on it, or it is removed",
    )
    assert got(sealed, "olga", f"/{CLIP}").json()["held_by"] is None
    assert [each["clip_id"] for each in got(sealed, "rita", "?held=true").json()["items"]] == [CLIP]
    lifted = sealed.as_("paul").post(f"/api/evidence/{CLIP}/release", json=reason)
    assert (lifted.status_code, lifted.json()["held_by"]) == (200, None)
    assert sealed.as_("paul").post(f"/api/evidence/{CLIP}/release", json=reason).status_code == 409


def test_clips_are_found_by_what_they_are_of(sealed: Site) -> None:
    page = got(sealed, "paul", "?key=car-1-7&sealed=true&limit=1").json()
    assert ([each["clip_id"] for each in page["items"]], page["next"]) == ([CLIP], CLIP)
    assert got(sealed, "paul", f"?key=car-1-7&after={CLIP}").json() == {"items": [], "next": None}
    assert got(sealed, "otto", "?key=car-1-8").json()["items"] == []


@pytest.mark.requirement("D4e-20")
def test_who_supervises_has_a_further_time_sealed_and_no_operator_learns_for_what(
    sealed: Site,
) -> None:
    asked = {
        "from": "2026-11-20T07:50:00Z",
        "to": "2026-11-20T08:10:00Z",
        "purpose": "case 2026-117",
    }
    path = f"/api/evidence/{CLIP}/further"
    assert sealed.as_("olga").post(path, json=asked).status_code == 403
    given = sealed.as_("rita").post(path, json=asked)
    assert (given.status_code, given.json()["first_id"]) == (201, CLIP)
    assert (given.json()["asked_by"], given.json()["sealed"]) == ("rita", False)
    its = given.json()["clip_id"]
    sealing_of(sealed.services.settings, sealed.store).look(NOON + timedelta(hours=2))
    seen = got(sealed, "olga", f"/{its}").json()
    assert (seen["sealed"], seen["frames"], seen["asked_by"], seen["asked_for"]) == (
        True, 1, None, None,
    )  # fmt: skip
    far = sealed.as_("paul").post(path, json=asked | {"to": "2026-11-20T09:30:00Z"})
    assert (far.status_code, "at most 1 hours" in far.json()["detail"]) == (422, True)
