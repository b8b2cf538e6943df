"""What is suspended of a permit and how it goes on, as the clients of the API see it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from permits.entries import Consortium, Member, MemberRole
from permits.issuing import Ruling
from permits.permit import PermitKind, PermitState
from permits.terms import Terms
from tests.web_service.site import Site, refused
from tests.web_service.test_rule_sets import EXTENSION, publish, text
from zone_service.clock import now
from zone_service.demo_city import lead_to
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import consortium_members, permits, register
from zone_service.store.records import PLATFORM, RegisterEntry

CHINESE = {"Accept-Language": "zh-CN"}
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def active(site: Site, cars: tuple[str, ...] = ("car-1", "car-2"), *, papers: bool = False) -> str:
    """A road test of two cars that is in force, by the rules of the demonstration."""
    begins = now() - timedelta(hours=1)
    terms = Terms(frozenset(cars), frozenset({"road-1"}), begins, begins + timedelta(days=90))
    with site.store.write() as session:
        made = permits.create(
            session, PLATFORM, kind=PermitKind.ROAD_TEST, holder_id="alpha", terms=terms, at=begins
        )
    if papers:
        site.complete("olga", made.number)
    with site.store.write() as session:
        under = Ruling(shipped_sheet("demonstration"))
        return lead_to(session, made, PermitState.ACTIVE, now(), under).number


def paper(site: Site, number: str, kind: str, who: str = "olga") -> str:
    """Hand in a document about a permit, with its file."""
    said = {"kind": kind, "covers": {"kind": "permit", "key": number}, "issued_by": "lab",
            "valid_from": now().date().isoformat()}  # fmt: skip
    made = site.as_(who).post("/api/documents", json=said)
    assert made.status_code == 201, made.text
    document_id = str(made.json()["document_id"])
    filed = site.as_(who).put(
        f"/api/documents/{document_id}/file",
        content=PDF,
        headers={"Content-Type": "application/pdf"},
    )
    assert filed.status_code < 300, filed.text
    return document_id


def step(
    site: Site, who: str, matter: dict[str, Any], action: str, tag: str = "*", **more: Any
) -> httpx.Response:
    address = f"/api/matters/{matter['matter_id']}/actions"
    headers = {"If-Match": tag} | ({} if more.pop("zh", False) is False else CHINESE)
    return site.as_(who).post(address, json={"action": action, **more}, headers=headers)


@pytest.mark.requirement("D4b-62", "D4b-64")
def test_a_vehicle_is_suspended_put_right_and_goes_on_over_http(site: Site) -> None:
    number = active(site)
    address = f"/api/permits/{number}/suspensions"
    given = {"device_ids": ["car-1"], "reason": "ran a red light"}
    assert site.as_("olga").post(address, json=given).status_code == 403
    made = site.as_("paul").post(address, json=given, headers=CHINESE)
    assert made.status_code == 201, made.text
    matter = made.json()
    assert (matter["kind_name"], matter["about"]["device_ids"]) == ("部分暂停", ["car-1"])
    shown = site.as_("olga").get(f"/api/permits/{number}").json()
    assert (shown["state"], shown["terms"]["suspended_device_ids"]) == ("ACTIVE", ["car-1"])

    begun = step(site, "olga", matter, "START_RECTIFICATION", made.headers["ETag"])
    assert begun.status_code == 200, begun.text
    (due,) = begun.json()["deadlines"]
    assert (due["name"], due["who"], due["overdue"]) == (
        "the time for rectification",
        ["applicant"],
        False,
    )
    late = refused(step(site, "olga", matter, "REQUEST_RESUME", made.headers["ETag"]), 412, "stale")
    assert late["current"]["state"] == "RECTIFICATION"
    bare = step(site, "olga", matter, "REQUEST_RESUME", zh=True)
    assert "缺少关于许可" in refused(bare, 422, "paper-missing")["detail"]
    report = paper(site, number, "RECTIFICATION_REPORT")
    asked = step(site, "olga", matter, "REQUEST_RESUME", document_ids=[report])
    assert len(asked.json()["history"][-1]["papers"][0]["sha256"]) == 64
    mine = refused(step(site, "olga", matter, "RESUME"), 403, "not-yours")
    assert "expected police, reviewer" in mine["detail"]
    refused(step(site, "rita", matter, "RESUME"), 409, "another-authority")
    refused(step(site, "paul", matter, "REFUSE_RESUME"), 422, "reason-required")
    refused(step(site, "paul", matter, "RESUME"), 409, "third-party-awaited")
    review = f"/api/permits/{number}/review"
    lab = {"organisation_id": "lab", "kind": "third_party"}
    assert site.as_("rita").post(f"{review}/assessors", json=lab).status_code < 300
    found = {"verdict": "favourable", "text": "we drove it"}
    assert site.as_("lena").post(f"{review}/opinions", json=found).status_code < 300
    assert step(site, "paul", matter, "RESUME").json()["state"] == "RESUMED"
    over = refused(step(site, "paul", matter, "RESUME", zh=True), 409, "action-not-allowed")
    assert "无（已终结）" in over["detail"]
    assert over["current"]["allowed"] == []
    terms = site.as_("olga").get(f"/api/permits/{number}").json()["terms"]
    assert terms["suspended_device_ids"] == []


@pytest.mark.requirement("D4b-63")
def test_matters_come_in_parts_by_their_filters_and_not_to_others(site: Site) -> None:
    number = active(site)
    for parts in ({"device_ids": ["car-1"]}, {"zone_ids": ["road-1"]}):
        made = site.as_("rita").post(
            f"/api/permits/{number}/suspensions", json={"reason": "why", **parts}
        )
        assert made.status_code == 201
    asked = {"permit": number, "kind": "SUSPENSION", "open": "true", "limit": "1"}
    first = site.as_("olga").get("/api/matters", params=asked).json()
    second = site.as_("olga").get("/api/matters", params=asked | {"after": first["next"]}).json()
    ids = [each["matter_id"] for part in (first, second) for each in part["items"]]
    assert len(set(ids)) == 2
    one = site.as_("olga").get(f"/api/matters/{ids[0]}")
    assert one.headers["ETag"] == '"1"'
    assert site.as_("otto").get("/api/matters", params={"permit": number}).json()["items"] == []
    refused(site.as_("otto").get(f"/api/matters/{ids[0]}"), 404, "not-found")
    unlike = asked | {"overdue": "true"}
    assert site.as_("olga").get("/api/matters", params=unlike).json()["items"] == []
    given = {"device_ids": ["drone-1"], "reason": "why"}
    wrong = site.as_("rita").post(f"/api/permits/{number}/suspensions", json=given, headers=CHINESE)
    assert "drone-1" in refused(wrong, 422, "parts-not-its")["detail"]


@pytest.mark.requirement("D4b-62", "D4b-64")
def test_one_list_has_whole_permits_parts_and_what_was_in_an_accident(site: Site) -> None:
    before = {each["permit"] for each in suspended(site, "ann")}
    part, whole, crashed = active(site), active(site), active(site)
    act = {"action": "SUSPEND", "reason": "the brakes", "details": {"ground": "SAFETY_RISK"}}
    assert site.as_("paul").post(f"/api/permits/{whole}/actions", json=act).status_code == 200
    halt = {"device_ids": ["car-2"], "reason": "ran a red light", "ground": "TRAFFIC_VIOLATION"}
    for who, number, what, given in (
        ("paul", part, "suspensions", halt),
        ("paul", whole, "suspensions", {"zone_ids": ["road-1"], "reason": "closed"}),
        ("olga", crashed, "accidents", {"occurred_at": str(now() - timedelta(hours=1)), "place": "km 3",
                                "device_ids": ["car-1"], "account": "touched a scooter",
                                "harm": {"slightly_injured": 1}}),
    ):  # fmt: skip
        made = site.as_(who).post(f"/api/permits/{number}/{what}", json=given)
        assert made.status_code == 201, made.text

    found = [each for each in suspended(site, "ann", limit=1) if each["permit"] not in before]
    told = [(each["permit"], each["kind"], each["ground"], each["reason"]) for each in found]
    assert told == [
        (part, "PARTS", "TRAFFIC_VIOLATION", "ran a red light"),
        (whole, "PERMIT", "SAFETY_RISK", "the brakes"),
        (whole, "PARTS", None, "closed"),
        (crashed, "ACCIDENT", "ACCIDENT", "touched a scooter"),
    ]
    assert [each["by"] for each in found] == ["paul", "paul", "paul", "olga"]
    assert [each["authority"] for each in found] == ["police", "police", "police", None]
    assert found[1]["kind_name"] == "the whole permit"
    assert [each["device_ids"] for each in found] == [["car-2"], [], [], ["car-1"]]
    assert [due["who"] for due in found[3]["deadlines"]] == [["applicant"]]
    chinese = suspended(site, "olga", permit=whole, kind="PERMIT", headers=CHINESE)
    assert [(each["kind_name"], each["ground_name"]) for each in chinese] == [
        ("整个许可", "安全隐患")
    ]
    grounds = {each["permit"] for each in suspended(site, "olga", ground="SAFETY_RISK")}
    assert (whole in grounds, part in grounds) == (True, False)
    assert suspended(site, "otto", permit=part) == []
    end = {"action": "TERMINATE", "reason": "over", "details": {"ground": "SAFETY_RISK"}}
    assert site.as_("paul").post(f"/api/permits/{crashed}/actions", json=end).status_code == 200
    assert suspended(site, "ann", permit=crashed) == [], "its report is owed, and nothing suspended"


def suspended(
    site: Site, who: str, headers: dict[str, str] | None = None, **asked: Any
) -> list[dict[str, Any]]:
    """All that is suspended, a part after another."""
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        part = site.as_(who).get(
            "/api/suspensions", params={**asked, "after": after}, headers=headers
        )
        assert part.status_code == 200, part.text
        found += part.json()["items"]
        after = part.json()["next"]
    return found


def test_the_examples_of_matters_in_the_description_work(site: Site) -> None:
    schemas = site.as_("ann").get("/api/openapi.json").json()["components"]["schemas"]
    number = active(site)
    (suspension,) = schemas["SuspensionGiven"]["examples"]
    made = site.as_("paul").post(f"/api/permits/{number}/suspensions", json=suspension)
    assert made.status_code == 201, made.text
    (action,) = schemas["MatterActionGiven"]["examples"]
    address = f"/api/matters/{made.json()['matter_id']}/actions"
    acted = site.as_("olga").post(address, json=action)
    assert acted.status_code == 200, acted.text


@pytest.mark.requirement("D4b-65", "D4f-7")
def test_an_accident_is_reported_and_accepted_over_http_by_the_example(site: Site) -> None:
    schemas = site.as_("ann").get("/api/openapi.json").json()["components"]["schemas"]
    (given,) = schemas["AccidentGiven"]["examples"]
    number = active(site)
    address = f"/api/permits/{number}/accidents"
    told = given | {"occurred_at": (now() - timedelta(hours=2)).isoformat()}
    made = site.as_("olga").post(address, json=told)
    assert made.status_code == 201, made.text
    accident = made.json()
    assert (accident["severity"], accident["state"], accident["reported_late"]) == (
        "INJURY",
        "REPORTED",
        False,
    )
    assert [each["deadline"] for each in accident["deadlines"]] == ["ACCIDENT_REPORT"]
    report = paper(site, number, "ACCIDENT_REPORT")
    assert step(site, "olga", accident, "FILE_REPORT", document_ids=[report]).status_code == 200
    assert step(site, "rita", accident, "ACCEPT_REPORT").json()["state"] == "REPORT_ACCEPTED"
    bare = step(site, "paul", accident, "DETERMINE_LIABILITY", reason="file 12", zh=True)
    assert "FULL, MAIN" in refused(bare, 422, "said-otherwise")["detail"]
    decided = step(
        site, "paul", accident, "DETERMINE_LIABILITY", reason="file 12",
        details={"liability": "NONE"},
    )  # fmt: skip
    assert decided.json()["history"][-1]["details"] == {"liability": "NONE"}
    analysis = paper(site, number, "ACCIDENT_ANALYSIS")
    assert step(site, "olga", accident, "FILE_ANALYSIS", document_ids=[analysis]).status_code == 200
    assert step(site, "paul", accident, "ACCEPT_ANALYSIS").json()["state"] == "CLOSED"
    ahead = told | {"occurred_at": (now() + timedelta(hours=2)).isoformat()}
    wrong = refused(site.as_("olga").post(address, json=ahead), 422, "invalid-papers")
    assert [each["path"] for each in wrong["errors"]] == ["occurred_at"]
    by_police = site.as_("paul").post(address, json=told)
    assert by_police.json()["state"] == "RECORDED"
    refused(site.as_("lena").post(address, json=told), 404, "not-found")


@pytest.mark.requirement("D4b-19", "D4b-67")
def test_a_change_is_applied_for_by_the_example_and_decided_together(site: Site) -> None:
    schemas = site.as_("ann").get("/api/openapi.json").json()["components"]["schemas"]
    (given,) = schemas["FurtherGiven"]["examples"]
    number = active(site, papers=True)
    address = f"/api/permits/{number}/further-applications"
    made = site.as_("olga").post(address, json=given)
    assert made.status_code == 201, made.text
    change = made.json()
    again = site.as_("olga").post(address, json=given, headers=CHINESE)
    assert "尚未办结" in refused(again, 409, "another-open")["detail"]
    asked = site.as_("olga").get(f"/api/matters/{change['matter_id']}/preconditions").json()
    assert (asked["number"], asked["matter"]) == (number, change["matter_id"])
    assert {each["code"] for each in asked["preconditions"]} >= {"INSPECTION_VALID", "STAGE_ORDER"}
    refused(
        site.as_("otto").get(f"/api/matters/{change['matter_id']}/preconditions"), 404, "not-found"
    )
    mixed = given | {"entry_ids": ["V-1"]}
    refused(site.as_("olga").post(address, json=mixed), 422, "invalid-request")
    refused(step(site, "mona", change, "CONSENT"), 403, "not-competent")
    for who in ("ines", "rita"):
        consented = step(site, who, change, "CONSENT")
        assert consented.json()["state"] == "SUBMITTED", consented.text
    # The procedure for vehicles has run out: what would be granted under it is not consented to.
    refused(step(site, "paul", change, "CONSENT"), 409, "rules-not-in-force")
    assert publish(site, text("1", EXTENSION), if_match='"1"').status_code < 300
    assert step(site, "paul", change, "CONSENT").json()["state"] == "GRANTED"
    terms = site.as_("olga").get(f"/api/permits/{number}").json()["terms"]
    assert terms["max_speed_mps"] == 12.5
    hours = {"kind": "CHANGE", "change": {"hours": [{"start": "08:00", "end": "20:00"}]}}
    assert site.as_("olga").post(address, json=hours).status_code == 201
    unknown = {"kind": "ADD_VEHICLES", "entry_ids": ["V-404"], "reason": " "}
    refused(site.as_("olga").post(address, json=unknown), 422, "invalid-request")
    unknown["reason"] = "Twice as many people wait as there are seats."
    wrong = refused(site.as_("olga").post(address, json=unknown), 422, "invalid-papers")
    assert {each["path"] for each in wrong["errors"]} == {"entry_ids.V-404"}
    soon = {"kind": "RENEWAL", "asked_until": now().isoformat()}
    refused(site.as_("olga").post(address, json=soon), 409, "renewal-too-long")
    listed = {"permit": number, "kind": ["CHANGE", "RENEWAL"]}
    found = site.as_("olga").get("/api/matters", params=listed).json()["items"]
    assert [each["state"] for each in found] == ["GRANTED", "SUBMITTED"]


@pytest.mark.requirement("D4a-23", "D4e-6")
def test_a_member_of_a_consortium_finds_what_concerns_its_permit_and_nothing_else(
    own_site: Site,
) -> None:
    number = active(own_site)
    together = Consortium(
        name="Two",
        members=(Member("alpha", MemberRole.LEAD), Member("beta", MemberRole.OPERATING)),
    )
    with own_site.store.write() as session:
        register.add(session, PLATFORM, RegisterEntry("two", "alpha", together), now())
        consortium_members.keep(session, number, "alpha", "two", together.members)
    address, otto = f"/api/permits/{number}/suspensions", own_site.as_("otto")
    road, car = (
        own_site.as_("paul").post(address, json=given | {"reason": "works"}).json()
        for given in ({"zone_ids": ["road-1"]}, {"device_ids": ["car-1"]})
    )
    assert (road["owners"], car["owners"]) == ([], ["alpha"])
    (found,) = otto.get("/api/matters", params={"permit": number}).json()["items"]
    assert found["matter_id"] == road["matter_id"]
    (halted,) = otto.get("/api/suspensions", params={"permit": number}).json()["items"]
    assert halted["zone_ids"] == ["road-1"]
    refused(otto.get(f"/api/matters/{car['matter_id']}"), 404, "not-found")
    refused(step(own_site, "otto", car, "START_RECTIFICATION"), 404, "not-found")
    said = step(own_site, "otto", road, "START_RECTIFICATION", zh=True)
    assert "应由 applicant, owner" in refused(said, 403, "not-yours")["detail"]
