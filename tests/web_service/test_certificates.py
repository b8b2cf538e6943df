"""Certificates, tokens, plates and keys through the API."""

import time
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from permits.issuing import Ruling
from permits.permit import PermitKind, PermitState
from permits.terms import Terms
from tests.web_service.site import Site, refused
from zone_service.certificate_drawing import rotate
from zone_service.certificate_seal import verify_file
from zone_service.certificate_token import Verdict, verify
from zone_service.clock import now
from zone_service.demo_city import lead_to
from zone_service.issuer_key import NAME, read_key_set
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import permits

UNDER = Ruling(shipped_sheet("demonstration"))
PLATE = {"device_id": "car-1", "number": "沪A0001试", "vin": "LSVNV2182E2100001"}


@pytest.fixture
def site(own_site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A town whose rules have not run out."""
    monkeypatch.setattr(own_site.services.rules, "ruling", lambda _: UNDER)
    return own_site


def awaiting(site: Site) -> str:
    """A permit of Alpha's that waits for its plate."""
    at = now()
    given = Terms(
        frozenset({"car-1"}), frozenset({"road"}), at - timedelta(days=1), at + timedelta(days=90)
    )
    with site.store.write() as session:
        made = permits.create(
            session, site.people["olga"], kind=PermitKind.ROAD_TEST, holder_id="alpha",
            terms=given, at=at,
        )  # fmt: skip
        lead_to(session, made, PermitState.AWAITING_PLATE, at, UNDER)
    return made.number


def done(site: Site, who: str, number: str, action: str, **said: Any) -> Any:
    """Take a step, again where the law has just taken one by its own clock and nothing was done."""
    path, sent = f"/api/permits/{number}/actions", {"action": action} | said
    answer = site.as_(who).post(path, json=sent)
    if answer.status_code == httpx.codes.CONFLICT:
        answer = site.as_(who).post(path, json=sent)
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.json()


@pytest.mark.requirement("D4a-17", "D4b-30", "D4b-56", "D4b-57")
def test_a_permit_is_issued_with_its_plate_and_its_certificate_is_fetched_and_verified(
    site: Site,
) -> None:
    number = awaiting(site)
    olga, paul = site.as_("olga"), site.as_("paul")
    refused(olga.get(f"/api/permits/{number}/certificate"), 404, "not-found")
    wrong = paul.post(
        f"/api/permits/{number}/actions",
        json={"action": "ISSUE", "plates": [PLATE | {"vin": "QQQ"}]},
        headers={"Accept-Language": "zh-CN"},
    )
    (error,) = refused(wrong, 422, "not-issued")["errors"]
    assert (error["path"], error["message"][:11]) == ("plates[0].vin", "车辆识别代号 QQQ：")
    issued = done(site, "paul", number, "ISSUE", plates=[PLATE])
    assert issued["terms"]["plates"][0]["number"] == "沪A0001试"
    assert [each["path"] for each in issued["remarks"]] == ["plates[0].vin"]
    assert "its ninth place is 2, and 7 by the check digit" in issued["remarks"][0]["message"]

    paper = olga.get(f"/api/permits/{number}/certificate")
    assert (paper.status_code, paper.headers["content-type"]) == (200, "application/pdf")
    assert 'filename="SH-RT-' in paper.headers["content-disposition"]
    digest = sha256(paper.content).hexdigest()
    assert paper.headers["etag"] == f'"{digest}"'
    assert site.as_("paul").get(f"/api/permits/{number}/certificate").content == paper.content
    told = olga.get(f"/api/permits/{number}/token").json()
    assert (told["sha256"], told["edition"]) == (digest, 1)

    keys = read_key_set(site.browser().get("/api/certificates/keys").content)
    assert verify_file(paper.content, keys, now()).verdict is Verdict.VALID
    assert verify(told["token"], keys, now()).verdict is Verdict.VALID
    (plate,) = olga.get(f"/api/permits/{number}/plates").json()["items"]
    assert (plate["state"], plate["cut_by"], plate["vin"]) == (
        "valid",
        "declaration",
        PLATE["vin"],
    )
    for path in ("certificate", "token", "plates"):
        refused(site.as_("otto").get(f"/api/permits/{number}/{path}"), 404, "not-found")


@pytest.mark.requirement("D4b-58")
def test_whoever_holds_a_certificate_may_ask_how_its_permit_stands_now(site: Site) -> None:
    number = awaiting(site)
    done(site, "paul", number, "ISSUE", plates=[PLATE])
    token = site.as_("olga").get(f"/api/permits/{number}/token").json()["token"]

    def asked(what: str = token) -> Any:
        answer = site.browser().post("/api/certificates/status", json={"token": what})
        assert answer.status_code == 200, answer.text
        return answer.json()

    deadline = time.monotonic() + 20
    while asked()["standing"] == "not in force":  # its validity has begun: the law does the rest
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (asked()["verdict"], asked()["standing"], asked()["edition"]) == ("valid", "in force", 1)
    done(site, "paul", number, "SUSPEND", reason="insurance")
    suspended = asked()
    assert (suspended["verdict"], suspended["standing"]) == ("valid", "suspended")
    history = site.as_("paul").get(f"/api/permits/{number}").json()["history"]
    assert suspended["since"] == history[-1]["at"]
    red = {"reason": "red light", "details": {"ground": "GRAVE_VIOLATION"}}
    ended = done(site, "paul", number, "TERMINATE", **red)
    assert [each["kind"] for each in ended["remedies"]] == ["RECONSIDERATION", "LITIGATION"]
    seen = site.as_("olga").get(f"/api/permits/{number}", headers={"Accept-Language": "zh"}).json()
    assert seen["history"][-1]["ground_name"] == "严重违法"
    assert "有管辖权的人民法院提出" in seen["remedies"][1]["said"]
    assert asked()["standing"] == "ended"
    assert asked("no token") == {
        "verdict": "no token", "standing": None, "since": None, "edition": None,
    }  # fmt: skip


@pytest.mark.requirement("D4b-59")
def test_after_a_rotation_another_key_signs_and_what_the_first_has_signed_stays_valid(
    site: Site,
) -> None:
    number = awaiting(site)
    done(site, "paul", number, "ISSUE", plates=[PLATE])
    first = site.as_("olga").get(f"/api/permits/{number}/token").json()
    data_dir: Path = site.settings.data_dir
    assert (data_dir / NAME).stat().st_mode & 0o777 == 0o600
    rotated = rotate(site.store, data_dir)
    done(site, "paul", number, "ISSUE_PLATES", plates=[PLATE | {"number": "沪A0002试"}])
    second = site.as_("olga").get(f"/api/permits/{number}/token").json()
    assert (second["edition"], second["key_id"]) == (2, rotated.key_id)
    assert first["key_id"] != rotated.key_id
    published = site.browser().get("/api/certificates/keys").json()
    assert [each["kid"] for each in published["keys"]] == [first["key_id"], rotated.key_id]
    assert not any("d" in each for each in published["keys"])
    keys = read_key_set(site.browser().get("/api/certificates/keys").content)
    for each in (first, second):
        assert verify(each["token"], keys, now()).verdict is Verdict.VALID
    (old,) = [each for each in published["keys"] if each["kid"] == first["key_id"]]
    assert old["alg"] == "Ed25519"
    answer = site.browser().post("/api/certificates/status", json={"token": first["token"]}).json()
    assert (answer["standing"], answer["edition"]) == ("replaced", 2)
