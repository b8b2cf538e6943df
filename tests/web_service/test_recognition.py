"""Mutual recognition through the API, and a vehicle from a neighbour province from bundle to certificate."""

import io
import zipfile
from dataclasses import asdict, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import httpx
import pytest

from permits.driven_days import DaysDriven
from permits.entries import Vehicle
from permits.recognition import Bundle, DrivenThere
from permits.recognition_trust import TrustList
from permits.states import PermitKind
from tests.recognition.bundles import CAR, FILES, JIANGSU, REPORT, bundle, told, trusted
from tests.web_service.site import Site, refused
from tests.web_service.test_api import TERMS, step
from tests.web_service.test_reviews import vote
from tests.web_service.test_rule_sets import EXTENSION, publish, text
from zone_service.clock import now
from zone_service.issuer_key import read_key_set
from zone_service.recognition_opening import opened, written
from zone_service.store import audit, recognitions
from zone_service.store.records import PLATFORM

TRUST_LIST, BUNDLES = "/api/recognition/trust-list", "/api/recognition/bundles"


def text_of(**said: Any) -> str:
    members = {name: value for name, value in asdict(trusted(**said)).items() if value is not None}
    lines = [f'{name} = "{each}"' if isinstance(each, str) else f"{name} = {each}" for name, each in members.items()]  # fmt: skip
    return "\n".join(["[[keys]]", *lines, ""])


def trust(site: Site, text: str | None = None, **headers: str) -> httpx.Response:
    body = {"text": text or text_of(), "reason": "Jiangsu has told us its key"}
    return site.as_("ann").put(TRUST_LIST, json=body, headers=headers)


def current(**said: Any) -> Bundle:
    at = now()
    times = {"issued_at": at - timedelta(hours=1), "valid_to": at + timedelta(days=90)}
    return replace(bundle(**times), **said)


def take(site: Site, content: bytes, who: str = "rita", **query: Any) -> httpx.Response:
    headers = {"Content-Type": "application/zip"}
    return site.as_(who).post(BUNDLES, content=content, headers=headers, params=query)


def file_of(made: Bundle | None = None) -> bytes:
    return written(made or current(), FILES, JIANGSU)


@pytest.mark.requirement("D6-1", "D6-2")
def test_a_bundle_is_looked_at_taken_in_once_and_its_papers_can_be_fetched(own_site: Site) -> None:
    site, content = own_site, file_of()
    refused(trust(site), 428, "precondition-required")
    assert trust(site, **{"If-Match": '"0"'}).json()["number"] == 1
    refused(trust(site, **{"If-Match": '"0"'}), 412, "stale")
    looked = take(site, content, dry_run=True)
    assert (looked.status_code, looked.json()["recognised"], looked.json()["kept"]) == (
        200,
        True,
        None,
    )
    made = take(site, content)
    assert made.status_code == 201, made.text
    kept = made.json()["kept"]
    assert (kept["issuer"], kept["trust_list"], kept["imported_by"]) == ("jiangsu", 1, "rita")
    said = refused(take(site, content), 422, "bundle-refused")
    assert [each["path"] for each in said["errors"]] == [f"replayed {CAR.vin}"]

    listed = site.as_("paul").get(BUNDLES, params={"vin": CAR.vin}).json()["items"]
    assert [each["bundle_id"] for each in listed] == [kept["bundle_id"]]
    assert site.as_("otto").get(BUNDLES).json()["items"] == []
    address = f"{BUNDLES}/{kept['recognition_id']}"
    refused(site.as_("otto").get(address), 404, "not-found")
    file = site.as_("paul").get(f"{address}/files/{sha256(REPORT).hexdigest()}")
    assert (file.content, file.headers["x-content-type-options"]) == (REPORT, "nosniff")
    refused(site.as_("paul").get(f"{address}/files/{'0' * 64}"), 404, "not-found")


@pytest.mark.requirement("D6-1")
def test_a_bundle_that_is_not_to_be_believed_is_refused_with_every_reason(own_site: Site) -> None:
    site = own_site
    unknown = refused(take(site, file_of()), 422, "bundle-refused")
    assert [each["path"] for each in unknown["errors"]] == ["unknown-key signature.jws"]
    trust(site, **{"If-Match": '"0"'})
    wrong = current(addressed=("anhui",), issuer="zhejiang")
    client = site.as_("rita")
    said = refused(
        client.post(BUNDLES, content=file_of(wrong), headers={"Accept-Language": "zh"}),
        422,
        "bundle-refused",
    )
    assert [each["path"].partition(" ")[0] for each in said["errors"]] == [
        "other-issuer",
        "not-addressed",
    ]
    assert "密钥属于 jiangsu" in said["detail"]
    script = {sha256(b"MZ").hexdigest(): b"MZ"}
    paper = told().papers[0]
    file = replace(paper.file, sha256=next(iter(script)), size_bytes=2)
    bad = current(vehicles=(told(papers=(replace(paper, file=file),)),))
    said = refused(take(site, written(bad, script, JIANGSU)), 422, "bundle-refused")
    assert said["errors"][0]["path"].startswith("file-refused files/")
    for content in (b"", b"%PDF-1.4", file_of()[:-1]):
        said = refused(take(site, content), 422, "bundle-refused")
        assert said["errors"][0]["path"] == "not-a-bundle file"
    most = site.settings.recognition_max_bytes
    refused(take(site, bytes(most + 1)), 413, "too-large")
    refused(take(site, file_of(), "olga"), 403, "not-allowed")
    assert site.as_("rita").get(BUNDLES).json()["items"] == []


@pytest.mark.requirement("D6-2")
def test_what_is_wrong_with_a_trust_list_is_told_and_it_stays_as_it_was(own_site: Site) -> None:
    wrong = text_of().replace(JIANGSU.key_id, "another-id-1")
    said = refused(trust(own_site, wrong, **{"If-Match": '"0"'}), 422, "invalid-trust-list")
    assert said["errors"][0]["path"] == "keys.another-id-1.key_id"
    found = own_site.as_("olga").get(TRUST_LIST)
    assert (found.json()["number"], found.headers["ETag"]) == (0, '"0"')


def registered(site: Site, vehicle: Vehicle = CAR) -> None:
    given = {"entry_id": "suzhou-1", "device_id": "car-1"}
    particulars = {"kind": "vehicle", **asdict(vehicle)}
    made = site.as_("olga").post("/api/register", json=given | {"particulars": particulars})
    assert made.status_code == 201, made.text


@pytest.mark.requirement("D6-1", "D6-4")
def test_what_is_told_to_others_is_signed_and_says_what_is_known_and_nothing_else(
    own_site: Site,
) -> None:
    site = own_site
    registered(site)
    document = {
        "kind": "THIRD_PARTY_REPORT",
        "covers": {"kind": "vehicle", "key": "suzhou-1"},
        "number": "SH-1",
        "issued_by": "Lab",
        "valid_from": "2026-01-01",
    }
    made = site.as_("olga").post("/api/documents", json=document)
    assert made.status_code == 201, made.text
    report = made.json()["document_id"]
    site.as_("olga").put(f"/api/documents/{report}/file", content=REPORT)
    days = {"begins": "2026-01-01", "document_id": report}
    for said, attested in (
        ({"ends": "2026-01-31", "automated_km": 12.5, "takeovers": 1}, True),
        ({"begins": "2026-02-01", "ends": "2026-02-02", "automated_h": 2.0, "takeovers": 2, "at_fault_accidents": 0}, True),
        ({"begins": "2026-03-01", "ends": "2026-03-02", "automated_km": 1e6}, False),
    ):  # fmt: skip
        path = "/api/register/suzhou-1/driven"
        told = site.as_("olga").post(path, json=days | said)
        assert told.status_code == 201, told.text
        if attested:
            site.as_("paul").post(f"{path}/{told.json()['figure_id']}/attestation")
    asked = {"entry_ids": ["suzhou-1"], "addressed": ["jiangsu"]}
    answer = site.as_("rita").post("/api/recognition/export", json=asked)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")

    keys = read_key_set(site.browser().get("/api/certificates/keys").content)
    (key_id,) = keys
    public = str(keys[key_id].as_dict(private=False)["x"])
    ours = trusted(key_id=key_id, public=public, jurisdiction="shanghai")
    found = opened(answer.content, TrustList({key_id: ours}), 10**6)
    assert found.refusals == ()
    assert found.bundle is not None
    (its,) = found.bundle.vehicles
    assert (found.bundle.issuer, found.bundle.addressed) == ("shanghai", ("jiangsu",))
    assert (its.vehicle, its.holder, its.permits) == (CAR, "Alpha Robotics", ())
    assert [(each.number, each.file.sha256) for each in its.papers] == [
        ("SH-1", sha256(REPORT).hexdigest())
    ]
    assert its.driven == DrivenThere(
        automated_km=12.5, automated_h=2.0, takeovers=3, at_fault_accidents=None,
        source="attested by departments, 2026-01-01 to 2026-02-02, from 1 documents",
        days=(
            DaysDriven(begins=date(2026, 1, 1), ends=date(2026, 1, 31), automated_km=12.5),
            DaysDriven(begins=date(2026, 2, 1), ends=date(2026, 2, 2), automated_h=2.0),
        ),
    )  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert b"olga" not in archive.read("bundle.json")
    for wrong, slug in (
        ({"addressed": ["shanghai"]}, "invalid-value"),
        ({"days": 3000}, "invalid-value"),
        ({"driven": {"suzhou-1": {"automated_km": 9e6, "source": "me"}}}, "invalid-request"),
    ):
        refused(site.as_("rita").post("/api/recognition/export", json=asked | wrong), 422, slug)
    nobody = asked | {"entry_ids": ["nobody"]}
    refused(site.as_("rita").post("/api/recognition/export", json=nobody), 404, "not-found")
    refused(site.as_("olga").post("/api/recognition/export", json=asked), 403, "not-allowed")
    with site.store.read() as session:
        last = audit.entries(session, PLATFORM, limit=1000)[-1]
    assert (last.action, last.actor) == ("recognition.export", "rita")


def lacking(site: Site, number: str) -> set[str]:
    found = site.as_("olga").get(f"/api/permits/{number}/application").json()
    return {each["path"].rpartition(".")[2] for each in found["missing"]}


@pytest.mark.requirement("A43-1", "D4b-2", "D4b-56", "D6-3")
def test_a_recognised_vehicle_from_a_neighbour_province_takes_the_simplified_path(
    own_site: Site,
) -> None:
    """From the bundle of Jiangsu to the certificate of Shanghai."""
    site = own_site
    assert publish(site, text("1", EXTENSION), if_match='"1"').status_code < 300
    registered(site)
    olga, terms = site.as_("olga"), TERMS | {"device_ids": ["car-1"]}
    made = olga.post("/api/permits", json={"kind": "ROAD_TEST", "terms": terms})
    number = str(made.json()["number"])
    application = f"/api/permits/{number}/application"
    tag = {"If-Match": olga.get(application).headers.get("ETag", "*")}
    given = {"driver_mode": "DRIVER_SEATED", "entry_ids": ["suzhou-1"]}
    assert olga.put(application, json=given, headers=tag).status_code == 200
    spared = {"THIRD_PARTY_REPORT", "TEST_EVIDENCE"}
    assert lacking(site, number) >= spared

    trust(site, **{"If-Match": '"0"'})
    assert take(site, file_of()).status_code == 201
    assert lacking(site, number).isdisjoint(spared)
    told_here = olga.get("/api/recognition/vehicles/suzhou-1").json()
    assert (told_here["driven"]["automated_km"], told_here["stages"]) == (1620.5, ["ROAD_TEST"])
    site.complete("olga", number)  # samples of what is still missing, and of nothing else
    handed_in = olga.get("/api/documents", params={"limit": 1000}).json()["items"]
    assert spared.isdisjoint({each["kind"] for each in handed_in})

    assert step(site, "olga", number, "SUBMIT").status_code == 200
    assert step(site, "rita", number, "ACCEPT").status_code == 200
    # No test of a third party and no experts: the departments have what Jiangsu has told.
    opened = step(site, "rita", number, "OPEN_JOINT_REVIEW")
    assert (opened.status_code, opened.json()["state"]) == (200, "JOINT_REVIEW"), opened.text
    for who in ("ines", "paul", "rita"):
        vote(site, who, number)
    assert step(site, "olga", number, "REQUEST_PLATE").status_code == 200
    plates = [{"device_id": "car-1", "number": "沪A0001试"}]
    issue = {"action": "ISSUE", "plates": plates}
    issued = site.as_("paul").post(f"/api/permits/{number}/actions", json=issue)
    assert issued.status_code == 200, issued.text
    (plate,) = olga.get(f"/api/permits/{number}/plates").json()["items"]
    assert (plate["vin"], plate["number"]) == (CAR.vin, "沪A0001试")
    paper = olga.get(f"/api/permits/{number}/certificate")
    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")

    with site.store.read() as session:
        facts = recognitions.recognised_facts(session, "car-1", now())
        later = recognitions.recognised_facts(session, "car-1", now() + timedelta(days=91))
    assert facts is not None
    assert facts.stages == {PermitKind.ROAD_TEST}
    assert later is None
