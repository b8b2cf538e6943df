"""The API as its clients know it: devices, permits, violations, the map."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter, ValidationError

from telemetry.codecs.discover import load_codecs
from tests.web_service.site import Site, change, commit, refused
from tests.web_service.zone_files import collection, square, zone_ids
from zone_service.schemas.fields import Name

TERMS: dict[str, Any] = {
    "device_ids": ["car-1"],
    "zone_ids": ["seg-1"],
    "valid_from": "2026-11-01T00:00:00+08:00",
    "valid_to": "2027-11-01T00:00:00+08:00",
    "hours": [{"start": "08:00", "end": "18:00", "days": [0, 1, 2, 3, 4]}],
    "max_speed_mps": 16.7,
}


# -- devices


def test_an_operator_registers_a_device_and_gets_its_password_once(site: Site) -> None:
    olga = site.as_("olga")
    made = olga.post("/api/devices", json={"device_id": "bus-7", "domain": "road"})
    assert made.status_code == 201
    assert made.json() == {
        "device_id": "bus-7",
        "organisation_id": "alpha",
        "domain": "road",
        "label": "bus-7",
        "codec": "canonical",
        "wire_id": None,
        "datum": "WGS84",
        "active": True,
    }
    first = olga.post("/api/devices/bus-7/credential").json()
    second = olga.post("/api/devices/bus-7/credential").json()
    assert first["username"] == "bus-7"
    assert first["client_id"].startswith("bus-7-")
    assert first["client_id"] != second["client_id"]
    assert first["password"] != second["password"]
    assert len(first["password"]) >= 40
    assert first["password"] not in olga.get("/api/devices/bus-7").text
    assert olga.delete("/api/devices/bus-7/credential").status_code == 204
    assert not olga.delete("/api/devices/bus-7").json()["active"]
    refused(olga.post("/api/devices/bus-7/credential"), 409, "conflict")


def test_what_belongs_to_another_does_not_exist(site: Site) -> None:
    otto = site.as_("otto")
    foreign = refused(otto.get("/api/devices/car-1"), 404, "not-found")
    absent = refused(otto.get("/api/devices/car-x"), 404, "not-found")
    assert foreign["detail"].replace("car-1", "car-x") == absent["detail"]
    refused(otto.post("/api/devices/car-1/credential"), 404, "not-found")
    assert [each["device_id"] for each in otto.get("/api/devices").json()["items"]] == ["drone-1"]


def test_nobody_registers_a_device_for_another_organisation(site: Site) -> None:
    body = {"device_id": "car-9", "domain": "road", "organisation_id": "beta"}
    refused(site.as_("olga").post("/api/devices", json=body), 403, "not-allowed")


@pytest.mark.parametrize(
    "body",
    [
        {"device_id": "car 9", "domain": "road"},
        {"device_id": "車-001", "domain": "road"},
        {"device_id": "car-9\u202e", "domain": "road"},
        {"device_id": "car-9", "domain": "rail"},
        {"device_id": "car-9", "domain": "road", "active": False},
        {"device_id": "car-9", "domain": "road", "label": "a\x00b"},
        {"device_id": "car-9", "domain": "road", "label": "\x1b[31m"},
        {"device_id": "car-9"},
        [],
        "car-9",
        None,
    ],
)
def test_a_device_that_is_described_wrongly_is_refused_by_field(site: Site, body: Any) -> None:
    said = refused(site.as_("olga").post("/api/devices", json=body), 422, "invalid-request")
    assert said["errors"]


def test_a_device_in_a_wire_format_that_nobody_reads_is_refused_with_those_that_there_are(
    site: Site,
) -> None:
    olga = site.as_("olga")
    body = {"device_id": "car-9", "domain": "road", "codec": "morse"}
    said = refused(olga.post("/api/devices", json=body), 422, "invalid-value")
    installed = ", ".join(sorted(load_codecs()))
    assert said["detail"] == f"codec 'morse': expected one of {installed}"
    assert olga.get("/api/devices/car-9").status_code == 404
    assert olga.post("/api/devices", json=body | {"codec": "dji"}).json()["codec"] == "dji"


def test_what_a_device_is_called_is_amended_if_nobody_was_faster(own_site: Site) -> None:
    olga = own_site.as_("olga")
    body = {"device_id": "bus-1", "domain": "road", "codec": "jt808", "wire_id": "1391234567x"}
    said = refused(olga.post("/api/devices", json=body), 422, "invalid-value")
    assert said["detail"].startswith("'1391234567x' is no name that codec jt808 can say: expected")
    olga.post("/api/devices", json=body | {"wire_id": "13912345687", "label": "Bus"})
    seen = {"If-Match": olga.get("/api/devices/bus-1").headers["ETag"]}
    asked = {"wire_id": "13912345678"}
    amended = olga.patch("/api/devices/bus-1", json=asked, headers=seen)
    assert (amended.json()["wire_id"], amended.json()["label"]) == ("13912345678", "Bus")
    assert amended.headers["ETag"] == olga.get("/api/devices/bus-1").headers["ETag"]
    stale = olga.patch("/api/devices/bus-1", json={"label": None}, headers=seen)
    refused(stale, 412, "stale")
    seen = {"If-Match": amended.headers["ETag"]}
    assert olga.patch("/api/devices/bus-1", json={"label": None}, headers=seen).json() == (
        amended.json() | {"label": "bus-1"}
    )
    otto = own_site.as_("otto").patch("/api/devices/bus-1", json=asked, headers={"If-Match": "*"})
    refused(otto, 404, "not-found")


def test_a_list_comes_in_parts(own_site: Site) -> None:
    olga = own_site.as_("olga")
    for number in range(5):
        olga.post("/api/devices", json={"device_id": f"van-{number}", "domain": "road"})
    found: list[str] = []
    after = ""
    while True:
        page = olga.get("/api/devices", params={"limit": 3, "after": after}).json()
        found += [each["device_id"] for each in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert found == ["car-1", "car-2", *(f"van-{number}" for number in range(5))]


def test_an_administrator_adds_an_operator_and_nobody_adds_it_twice(own_site: Site) -> None:
    ann = own_site.as_("ann")
    body = {"organisation_id": "gamma", "name": "Gamma Ships"}
    assert ann.post("/api/operators", json=body).status_code == 201
    refused(ann.post("/api/operators", json=body), 409, "conflict")
    assert [each["organisation_id"] for each in ann.get("/api/operators").json()["items"]] == [
        "alpha",
        "beta",
        "gamma",
        "industry",
        "lab",
        "msa",
        "platform",
        "police",
        "transport",
    ]
    own = own_site.as_("olga").get("/api/operators").json()["items"]
    assert [each["organisation_id"] for each in own] == ["alpha"]
    gone = ann.delete("/api/operators/gamma").json()
    assert gone["ended_at"] == ann.delete("/api/operators/gamma").json()["ended_at"] is not None
    refused(ann.delete("/api/operators/delta"), 404, "not-found")
    refused(ann.delete("/api/operators/police"), 422, "invalid-value")


# -- permits


def applied(site: Site, **terms: Any) -> str:
    said = site.as_("olga").post("/api/permits", json={"kind": "ROAD_TEST", "terms": TERMS | terms})
    assert said.status_code == 201, said.text
    number = str(said.json()["number"])
    site.complete("olga", number)
    return number


def step(site: Site, who: str, number: str, action: str, **more: Any) -> httpx.Response:
    address = f"/api/permits/{number}/actions"
    return site.as_(who).post(address, json={"action": action, **more})


@pytest.mark.requirement("D4b-24")
def test_a_permit_goes_through_its_life_by_those_who_may(site: Site) -> None:
    number = applied(site)
    assert step(site, "olga", number, "SUBMIT").json()["state"] == "SUBMITTED"
    refused(step(site, "olga", number, "ACCEPT"), 403, "not-allowed")
    assert step(site, "rita", number, "ACCEPT").json()["state"] == "ACCEPTED"
    found = site.as_("olga").get(f"/api/permits/{number}")
    assert [each["action"] for each in found.json()["history"]] == ["SUBMIT", "ACCEPT"]
    assert found.headers["ETag"] == '"2"'
    assert found.json()["terms"]["max_speed_mps"] == 16.7
    for asked, is_there in (
        ({"device_id": "car-1", "kind": "ROAD_TEST", "zone_id": "seg-1"}, True),
        ({"valid_on": "2026-11-01", "state": "ACCEPTED"}, True),
        ({"valid_on": "2027-11-01"}, False),
        ({"device_id": "car-2"}, False),
        ({"plate": "沪A0001试"}, False),
    ):
        page = site.as_("olga").get("/api/permits", params={**asked, "limit": 1000}).json()
        assert (number in {each["number"] for each in page["items"]}) is is_there, asked


def test_what_the_life_cycle_does_not_have_is_refused_with_the_permit_as_it_is(site: Site) -> None:
    number = applied(site)
    said = refused(step(site, "rita", number, "ACTIVATE"), 409, "action-not-allowed")
    assert said["current"]["state"] == "DRAFT"
    # As a 200 has it, with what is null, and of the steps that there are only the reviewer's own.
    shown = site.as_("rita").get(f"/api/permits/{number}").json()
    assert said["current"] == {key: shown[key] for key in said["current"]}
    assert shown.keys() - said["current"].keys() == {
        "approval_number",
        "deadlines",
        "overdue",
        "history",
        "places",
        "waits_for",
        "warning_id",
    }
    assert None in said["current"]["terms"].values()
    assert said["detail"].endswith("it is DRAFT; allowed: nothing that is yours to do")
    assert step(site, "olga", number, "SUBMIT").status_code == 200
    said = refused(step(site, "rita", number, "ACTIVATE"), 409, "action-not-allowed")
    assert "ACCEPT" in said["detail"]
    assert "WITHDRAW" not in said["detail"], "that is the applicant's"


def test_a_decision_against_the_applicant_needs_its_reason(site: Site) -> None:
    number = applied(site)
    step(site, "olga", number, "SUBMIT")
    refused(step(site, "rita", number, "RETURN_FOR_CORRECTION"), 422, "reason-required")
    said = step(site, "rita", number, "RETURN_FOR_CORRECTION", reason="the insurance is missing")
    refused(said, 422, "details-refused")
    said = step(
        site, "rita", number, "RETURN_FOR_CORRECTION", reason="incomplete",
        details={"missing": "the insurance\nthe inspection"},
    )  # fmt: skip
    assert said.json()["state"] == "RETURNED_FOR_CORRECTION"


def test_of_two_who_decide_at_once_the_second_is_shown_what_the_first_did(site: Site) -> None:
    number = applied(site)
    step(site, "olga", number, "SUBMIT")
    assert step(site, "rita", number, "ACCEPT", revision=1).status_code == 200
    said = refused(step(site, "rita", number, "ACCEPT", revision=1), 409, "conflict")
    assert said["current"]["revision"] == 2
    address = f"/api/permits/{number}/actions"
    for tag in ('"1"', "1", '"never given"'):
        stale = site.as_("rita").post(
            address, json={"action": "START_THIRD_PARTY_REVIEW"}, headers={"If-Match": tag}
        )
        refused(stale, 412, "stale")
    fresh = site.as_("rita").post(
        address, json={"action": "START_THIRD_PARTY_REVIEW"}, headers={"If-Match": '"2"'}
    )
    assert fresh.headers["ETag"] == '"3"'


def test_another_operators_permit_does_not_exist(site: Site) -> None:
    number = applied(site)
    refused(site.as_("otto").get(f"/api/permits/{number}"), 404, "not-found")
    refused(step(site, "otto", number, "SUBMIT"), 404, "not-found")
    listed = site.as_("otto").get("/api/permits").json()["items"]
    assert all(each["holder_id"] == "beta" for each in listed)


@pytest.mark.parametrize(
    "terms",
    [
        {"device_ids": []},
        {"valid_to": "2026-10-01T00:00:00+08:00"},
        {"valid_from": "2026-11-01T00:00:00"},
        {"max_speed_mps": float("nan")},
        {"max_speed_mps": float("inf")},
        {"max_speed_mps": -1},
        {"max_height_agl_m": 1e308},
        {"hours": [{"start": "08:00", "end": "08:00"}]},
        {"hours": [{"start": "08:00", "end": "25:00"}]},
        {"hours": [{"start": "08:00", "end": "09:00", "days": [7]}]},
        {"state": "ACTIVE"},
    ],
)
def test_terms_that_make_no_sense_are_refused(site: Site, terms: dict[str, Any]) -> None:
    import json

    body = json.dumps({"kind": "ROAD_TEST", "terms": TERMS | terms})
    said = site.as_("olga").post(
        "/api/permits", content=body, headers={"Content-Type": "application/json"}
    )
    assert refused(said, 422, "invalid-request")["errors"]


ROUTE = {"type": "LineString", "coordinates": [[121.9, 30.9], [121.95, 30.9]]}
CORRIDOR = {
    "line": ROUTE,
    "half_width_m": 25.0,
    "lower": None,
    "upper": {"value_m": 120.0, "reference": "AGL"},
}


@pytest.mark.requirement("D4d-52")
def test_a_permit_has_a_corridor_of_its_own_as_a_line_of_geojson(site: Site) -> None:
    number = applied(site, corridor=CORRIDOR, zone_ids=[])
    assert site.as_("olga").get(f"/api/permits/{number}").json()["terms"]["corridor"] == CORRIDOR
    plain = applied(site)
    assert site.as_("olga").get(f"/api/permits/{plain}").json()["terms"]["corridor"] is None


@pytest.mark.parametrize(
    ("changes", "path", "named"),
    [
        ({"half_width_m": 0}, "body.terms.corridor.half_width_m", "is 0: expected more than 0"),
        ({"half_width_m": 600_000}, "body.terms.corridor.half_width_m", "600000"),
        ({"line": ROUTE | {"type": "Polygon"}}, "body.terms.corridor.line.type", "LineString"),
        (
            {"line": ROUTE | {"coordinates": [[30.9, 121.9], [30.9, 121.95]]}},
            "body.terms",
            "line[0] is [30.9, 121.9]: expected a longitude",
        ),
        ({"line": ROUTE | {"coordinates": [[121.9, 30.9]]}}, "body.terms", "a line of 1 places"),
        (
            {"line": ROUTE | {"coordinates": [[-179.9, 30.9], [179.9, 30.9]]}},
            "body.terms.corridor.line",
            "crosses the antimeridian between longitudes -179.9 and 179.9",
        ),
        (
            {"lower": {"value_m": 130.0, "reference": "AGL"}},
            "body.terms.corridor.lower",
            "upside down: from 130.0 to 120.0 m AGL",
        ),
        (
            {"upper": {"value_m": 1, "reference": "QNH"}},
            "body.terms.corridor.upper.reference",
            "'AGL'",
        ),
    ],
)
def test_a_corridor_that_makes_no_sense_is_refused_with_the_value_and_its_place(
    site: Site, changes: dict[str, Any], path: str, named: str
) -> None:
    body = {"kind": "ROAD_TEST", "terms": TERMS | {"corridor": CORRIDOR | changes}}
    problem = refused(site.as_("olga").post("/api/permits", json=body), 422, "invalid-request")
    (found,) = problem["errors"]
    assert found["path"] == path
    assert named in found["message"]


def test_nobody_applies_for_another_ones_device(site: Site) -> None:
    body = {"kind": "ROAD_TEST", "terms": TERMS | {"device_ids": ["drone-1"]}}
    refused(site.as_("olga").post("/api/permits", json=body), 422, "invalid-value")


# -- violations


def test_the_police_take_a_violation_into_hand_and_resolve_it(own_site: Site) -> None:
    commit(own_site.store, change(opening_cause="zone_changed"))
    paul = own_site.as_("paul")
    (found,) = paul.get("/api/violations", params={"open": True}).json()["items"]
    assert (found["opening_cause"], found["closing_cause"]) == ("zone_changed", None)
    assert found["device_label"] == "Car one"
    assert found["opened_at"] == "2026-11-20T08:00:00.000Z"
    address = f"/api/violations/{found['id']}"
    body = {"revision": found["revision"], "note": "called the operator"}
    seen = paul.post(f"{address}/acknowledge", json=body).json()
    assert (seen["handling"], seen["handled_by"], seen["note"]) == (
        "acknowledged",
        "paul",
        "called the operator",
    )
    again = refused(paul.post(f"{address}/acknowledge", json=body), 409, "conflict")
    assert again["current"]["revision"] == seen["revision"]
    told = {"note": "a warning"}
    refused(paul.post(f"{address}/resolve", json=told), 428, "precondition-required")
    early = paul.post(f"{address}/resolve", json=told, headers={"If-Match": '"1"'})
    assert refused(early, 412, "stale")["current"]["revision"] == seen["revision"]
    done = paul.post(f"{address}/resolve", json=told, headers={"If-Match": f'"{seen["revision"]}"'})
    assert done.json()["handling"] == "resolved"
    assert paul.get(address).headers["ETag"] == f'"{done.json()["revision"]}"'


@pytest.mark.parametrize("note", [{}, {"note": ""}, {"note": "  "}])
def test_a_violation_is_not_resolved_without_a_note(own_site: Site, note: dict[str, str]) -> None:
    commit(own_site.store, change())
    paul = own_site.as_("paul")
    (found,) = paul.get("/api/violations").json()["items"]
    said = paul.post(f"/api/violations/{found['id']}/resolve", json={"revision": 1} | note)
    problem = refused(said, 422, "invalid-request")
    assert [each["path"] for each in problem["errors"]] == ["body.note"]
    assert paul.get(f"/api/violations/{found['id']}").json()["handling"] == "new"


@pytest.mark.parametrize("blank", [" ", "\t\n ", "\u3000\u3000"])
@pytest.mark.parametrize(
    ("address", "member", "others"),
    [
        ("operators", "name", {"organisation_id": "new-org", "kind": "operator"}),
        ("devices", "label", {"device_id": "bus-8", "domain": "road", "organisation_id": "alpha"}),
        ("tokens", "label", {}),
    ],
)
def test_a_name_that_is_nothing_but_blanks_is_refused_and_says_so(
    site: Site, address: str, member: str, others: dict[str, str], blank: str
) -> None:
    said = site.as_("ann").post(f"/api/{address}", json={member: blank} | others)
    (problem,) = refused(said, 422, "invalid-request")["errors"]
    assert problem["path"] == f"body.{member}"
    assert problem["message"].endswith("is blank: expected something that can be read")


def test_the_blanks_around_a_name_do_not_count() -> None:
    name = TypeAdapter(Name)
    assert name.validate_python("  a " + " " * 100) == "a"
    assert name.json_schema() == {"type": "string", "minLength": 1, "maxLength": 100}
    with pytest.raises(ValidationError, match="at most 100"):
        name.validate_python("a" * 101)


def test_what_ended_and_is_not_resolved_is_found_and_counted(own_site: Site) -> None:
    ended = change().opened_at + timedelta(minutes=1)
    for number in range(3):
        commit(own_site.store, change("car-1", number))
        commit(own_site.store, change("car-1", number, closed_at=ended))
    commit(own_site.store, change("drone-1"))
    left = {"open": False, "resolved": False}
    paul = own_site.as_("paul")
    address = "/api/violations/car-1-1/resolve"
    assert paul.post(address, json={"revision": 2, "note": "a warning"}).status_code == 200
    found = paul.get("/api/violations", params=left).json()["items"]
    assert [each["id"] for each in found] == ["car-1-2", "car-1-0"]
    assert paul.get("/api/violations/count", params=left).json() == {"count": 2}
    assert own_site.as_("otto").get("/api/violations/count").json() == {"count": 1}


def test_what_was_found_late_says_so_and_can_be_asked_for(own_site: Site) -> None:
    ended = change().opened_at + timedelta(minutes=1)
    commit(own_site.store, change("car-1", 1, closed_at=ended, late=True))
    commit(own_site.store, change("car-1", 2))
    paul = own_site.as_("paul")
    for asked, ids in ((True, ["car-1-1"]), (False, ["car-1-2"])):
        found = paul.get("/api/violations", params={"late": asked}).json()["items"]
        assert [(each["id"], each["late"]) for each in found] == [(ids[0], asked)]
    left = {"open": False, "resolved": False}
    assert paul.get("/api/violations/count", params=left).json() == {"count": 1}
    address = "/api/violations/car-1-1/resolve"
    resolved = paul.post(address, json={"revision": 1, "note": "a warning"}).json()
    assert (resolved["late"], resolved["handling"]) == (True, "resolved")


def test_operators_see_their_own_violations_alone(own_site: Site) -> None:
    commit(own_site.store, change("car-1"), change("drone-1"), change("stranger"))
    found = own_site.as_("otto").get("/api/violations").json()["items"]
    assert [each["device_id"] for each in found] == ["drone-1"]
    refused(own_site.as_("otto").get("/api/violations/car-1-1"), 404, "not-found")
    everything = own_site.as_("rita").get("/api/violations").json()["items"]
    assert len(everything) == 3


@pytest.mark.requirement("D4d-21")
def test_each_operator_of_two_that_came_too_close_sees_their_own_device(own_site: Site) -> None:
    pair: dict[str, Any] = {"other_device_id": "drone-1", "other_organisation_id": "beta"}
    commit(own_site.store, change("car-1", permit_number="RT-1", **pair))
    names = (
        "device_id", "device_label", "organisation_id", "permit_number",
        "other_device_id", "other_device_label", "other_organisation_id",
    )  # fmt: skip
    shown = {
        who: [each[name] for name in names]
        for who in ("paul", "olga", "otto")
        for each in own_site.as_(who).get("/api/violations").json()["items"]
    }
    assert shown == {
        "paul": ["car-1", "Car one", "alpha", "RT-1", "drone-1", "Drone one", "beta"],
        "olga": ["car-1", "Car one", "alpha", "RT-1", "drone-1", None, None],
        "otto": ["drone-1", "Drone one", "beta", None, "car-1", None, None],
    }
    for who in ("olga", "otto"):
        client = own_site.as_(who)
        one = client.get("/api/violations/car-1-1").json()
        assert [one[name] for name in names] == shown[who]
        for act in ("acknowledge", "resolve"):
            body = {"revision": 1, "note": "seen"}
            answer = client.post(f"/api/violations/car-1-1/{act}", json=body)
            refused(answer, 403, "not-allowed")


def test_violations_are_found_by_what_they_are_and_come_in_parts(own_site: Site) -> None:
    commit(own_site.store, *(change("car-1", number) for number in range(5)), change("drone-1"))
    paul = own_site.as_("paul")
    first = paul.get("/api/violations", params={"device_id": "car-1", "limit": 3}).json()
    rest = paul.get(
        "/api/violations", params={"device_id": "car-1", "limit": 3, "after": first["next"]}
    ).json()
    found = [each["id"] for each in (*first["items"], *rest["items"])]
    assert found == [f"car-1-{number}" for number in (4, 3, 2, 1, 0)]
    assert rest["next"] is None
    for nothing in (
        {"code": "OTHER"},
        {"open": False},
        {"handling": "resolved"},
        {"opened_to": "2026-01-01T00:00:00Z"},
        {"organisation_id": "gamma"},
    ):
        assert paul.get("/api/violations", params=nothing).json()["items"] == [], nothing


# -- the map


def test_a_map_is_checked_first_and_then_put_in_force(own_site: Site) -> None:
    paul = own_site.as_("paul")
    body = collection(square(), square("area-2", 121.5))
    looked = paul.post("/api/zones/import", params={"dry_run": True}, json=body).json()
    assert (looked["zones"], looked["published"]) == (2, False)
    assert zone_ids(own_site) == []
    done = paul.post("/api/zones/import", json=body).json()
    assert done["published"]
    assert zone_ids(own_site) == ["area-1", "area-2"]
    paul.post("/api/zones/import", params={"replace": False}, json=collection(square("area-3")))
    assert zone_ids(own_site) == ["area-1", "area-2", "area-3"]
    paul.post("/api/zones/import", json=collection(square("area-4")))
    assert zone_ids(own_site) == ["area-4"]


def test_a_map_that_was_fetched_is_not_fetched_again_until_it_changes(own_site: Site) -> None:
    olga, paul = own_site.as_("olga"), own_site.as_("paul")
    paul.post("/api/zones/import", json=collection(square()))
    first = olga.get("/api/zones")
    assert first.headers["content-type"] == "application/geo+json"
    tag = {"If-None-Match": first.headers["ETag"]}
    assert olga.get("/api/zones", headers=tag).status_code == 304
    paul.post("/api/zones/import", json=collection(square("area-2")))
    assert olga.get("/api/zones", headers=tag).status_code == 200


@pytest.mark.requirement("A44-3")
def test_a_map_with_broken_zones_is_refused_whole_and_says_all_that_is_wrong(
    own_site: Site,
) -> None:
    paul = own_site.as_("paul")
    paul.post("/api/zones/import", json=collection(square("kept")))
    bow = [[121.0, 31.0], [121.1, 31.1], [121.1, 31.0], [121.0, 31.1], [121.0, 31.0]]
    twisted = square("twisted") | {"geometry": {"type": "Polygon", "coordinates": [bow]}}
    body = collection(square(), twisted, square("odd", kind="maybe"))
    said = refused(paul.post("/api/zones/import", json=body), 422, "invalid-zones")
    assert any("twisted" in each["path"] for each in said["errors"])
    assert any("features[2]" in each["path"] for each in said["errors"])
    assert zone_ids(own_site) == ["kept"]
    looked = paul.post("/api/zones/import", params={"dry_run": True}, json=body)
    assert looked.status_code == 200
    assert looked.json()["refused"]


def test_a_map_without_a_datum_is_refused(own_site: Site) -> None:
    paul = own_site.as_("paul")
    body = collection(square(), datum=None)
    refused(paul.post("/api/zones/import", json=body), 422, "invalid-zones")
    told = paul.post("/api/zones/import", params={"datum": "GCJ02"}, json=body)
    assert told.json()["published"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[1, 2]", b'{"type": "Feature"}'])
def test_a_file_that_is_no_map_is_refused(site: Site, body: bytes) -> None:
    said = site.as_("paul").post("/api/zones/import", content=body)
    assert refused(said, 422, "invalid-zones")["errors"]


# -- in Chinese


@pytest.mark.requirement("D5-3")
def test_whoever_asks_in_chinese_is_refused_in_chinese(site: Site) -> None:
    """Rules, store, framework and forms alike, also where the thing as it is now comes with it."""
    number = applied(site)
    step(site, "olga", number, "SUBMIT")
    act = f"/api/permits/{number}/actions"
    permit = {"kind": "ROAD_TEST", "terms": TERMS}
    login = {"username": "olga", "password": "wrong"}
    turned = TERMS | {"valid_to": TERMS["valid_from"]}
    own = site.browser().headers["Origin"]
    asked: list[tuple[str, str, str, Any, int, str]] = [
        ("rita", "POST", act, {"action": "ACTIVATE"}, 409, f"不能对许可 {number} 执行 ACTIVATE"),
        ("rita", "POST", act, {"action": "ACCEPT", "revision": 0}, 409, "已有变动"),
        ("rita", "POST", act, {"action": "RETURN_FOR_CORRECTION"}, 422, "须说明理由"),
        ("otto", "GET", f"/api/permits/{number}", None, 404, "没有许可"),
        ("olga", "POST", act, {"action": "ACCEPT"}, 403, "无权对许可"),
        ("olga", "POST", "/api/operators", {"name": "x"}, 403, "无权执行此操作"),
        (
            "olga",
            "POST",
            "/api/permits",
            permit | {"holder_id": "beta"},
            403,
            "无权为其他组织申请许可",
        ),
        (
            "olga",
            "POST",
            "/api/permits",
            permit | {"kind": "BOAT"},
            422,
            "body.kind: 为 'BOAT'：应为",
        ),
        ("olga", "POST", "/api/permits", permit | {"terms": turned}, 422, "应晚于 valid_from"),
        ("olga", "POST", "/api/permits", {"terms": TERMS}, 422, "body.kind: 缺少"),
        (
            "olga",
            "GET",
            "/api/permits?limit=0",
            None,
            422,
            "query.limit: 为 '0'：应为不小于 1 的数",
        ),
        ("olga", "PATCH", act, None, 405, "此处不能使用 PATCH：应为 GET, POST"),
        ("olga", "GET", "/api/nowhere", None, 404, "/api/nowhere 处没有内容"),
        ("olga", "DELETE", "/api/register/kite-1", None, 428, "须以 If-Match"),
        ("nobody", "GET", "/api/permits", None, 401, "请登录"),
        ("nobody", "POST", "/api/session", login, 401, "用户名或密码错误"),
    ]
    for who, method, path, body, status, sentence in asked:
        client = site.browser() if who == "nobody" else site.as_(who)
        headers = {"Accept-Language": "zh-CN", "Origin": own}
        said = client.request(method, path, json=body, headers=headers)
        assert said.status_code == status, (method, path, said.text)
        assert sentence in said.json()["detail"], (method, path, said.text)
        assert said.headers["Content-Language"] == "zh-CN"
        assert said.json()["title"] not in {HTTPStatus(status).phrase, ""}
    headers = {"Accept-Language": "zh", "Content-Type": "application/json"}
    said = site.as_("olga").post("/api/permits", content=b"{", headers=headers)
    assert refused(said, 422, "invalid-request")["detail"] == "body.1: 应为有效的 JSON"
