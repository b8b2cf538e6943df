"""Each example of the OpenAPI document is sent to a running service, and is taken; of others it is not."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from permits.issuing import Ruling
from permits.states import PermitKind, PermitState
from permits.terms import Terms
from tests import mapped
from tests.recognition.bundles import bundle
from tests.web_service.clock import Clock
from tests.web_service.conftest import _town
from tests.web_service.site import PASSWORD, Running, Site, change, commit, people_of
from tests.web_service.test_flight_journey import controller
from tests.web_service.test_policy import operations, policies
from tests.web_service.test_rule_sets import EXTENSION, publish, text
from zone_service.broker import free_port
from zone_service.clips.keeper import sealing_of
from zone_service.clock import now
from zone_service.demo_city import lead_to
from zone_service.demo_votes import approved_by_all
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import accounts, permits, recognitions, registry, zones
from zone_service.store.records import PLATFORM, Organisation, OrganisationKind, Role
from zone_service.store.revisions import bump, take

DAY = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
"""On which all of it happens, whatever day it is: what an example says of days must not go stale."""
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


STRANGER = {"olga": "otto", "otto": "olga", "lena": "liu"}
"""Who may do the same with what is theirs, and sees nothing of the other's."""


@pytest.fixture(scope="module")
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("examples")
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        _town(request, "sqlite", directory) as url,
        Running(directory, url, free_port()) as running,
    ):
        clock = Clock(monkeypatch, running)
        clock.ahead_s = DAY.timestamp() - time.time()
        yield running


class Story:
    """The examples, and who has sent which of them."""

    def __init__(self, site: Site) -> None:
        self.site = site
        schema = site.as_("olga").get("/api/openapi.json").json()
        self.examples = {
            (method.upper(), path): found
            for path, operations in schema["paths"].items()
            for method, operation in operations.items()
            if (found := example_of(operation, schema)) is not None
        }
        self.bodies = {
            (method.upper(), path)
            for path, operations in schema["paths"].items()
            for method, operation in operations.items()
            if any(kind.endswith("json") for kind in contents(operation))
        }
        self.sent: set[tuple[str, str]] = set()
        self.strange: dict[tuple[str, str], int] = {}
        """What somebody was told who tried it with another's id, just before its owner did it."""
        self.ids: dict[str, str] = {}
        """By the name of a place in a path: something of alpha."""
        self.flight = ""
        """A flight of beta."""

    def send(self, who: str, method: str, path: str, *, tag: str = "", **parts: Any) -> Any:
        """Send an example and return the answer; ``tag``: what it is said to follow."""
        headers = {"If-None-Match": "*"} if tag == "new" else {"If-Match": tag} if tag else {}
        client = self.site.browser() if who == "nobody" else self.site.as_(who)
        example = self.examples[method, path]
        if parts:
            stranger = self.site.as_(STRANGER.get(who, "otto"))
            tried = stranger.request(method, path.format(**parts), json=example, headers=headers)
            self.strange[method, path] = tried.status_code
        said = client.request(method, path.format(**parts), json=example, headers=headers)
        assert said.is_success, (method, path, said.text)
        self.sent.add((method, path))
        return said.json() if said.headers["content-type"].endswith("json") else None

    def paper(self, document_id: str, kind: str, covers: str, key: str) -> None:
        """Hand in a document that gets an id of the examples: it is counted up to it."""
        with self.site.store.write() as session:
            count = bump(session, "documents")
            take(session, "documents", int(document_id[2:]) - 1 - count)
        said = {"kind": kind, "covers": {"kind": covers, "key": key}, "issued_by": "lab",
                "valid_from": "2026-11-01"}  # fmt: skip
        made = self.site.as_("olga").post("/api/documents", json=said)
        assert made.json().get("document_id") == document_id, made.text
        filed(self.site, document_id)

    def act(self, who: str, number: str, action: str) -> None:
        path = f"/api/permits/{number}/actions"
        said = self.site.as_(who).post(path, json={"action": action})
        assert said.is_success, said.text


def contents(operation: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    return found


def example_of(operation: dict[str, Any], schema: dict[str, Any]) -> Any:
    for content in contents(operation).values():
        model = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        named = schema["components"]["schemas"].get(model, {}).get("examples", [None])
        return content.get("example", named[0])
    return None


def filed(site: Site, document_id: str) -> None:
    said: httpx.Response = site.as_("olga").put(
        f"/api/documents/{document_id}/file",
        content=PDF,
        headers={"Content-Type": "application/pdf"},
    )
    assert said.is_success, said.text


def given(site: Site, kind: PermitKind, holder: str, device: str, days: int) -> str:
    """A draft of a permit for a year that begins so many days from now."""
    begins, place = DAY + timedelta(days=days), "park-1"
    if device.startswith("drone"):
        place = "sky-1"
        with site.store.write() as session:
            zones.put(session, PLATFORM, mapped.place(place), DAY)
    terms = Terms(
        frozenset({device}), frozenset({place}), begins, begins + timedelta(days=360),
        max_speed_mps=15.0, max_height_agl_m=100.0 if device.startswith("drone") else None,
    )  # fmt: skip
    with site.store.write() as session:
        at = min(begins, DAY)
        made = permits.create(session, PLATFORM, kind=kind, holder_id=holder, terms=terms, at=at)
    return made.number


def begun(site: Site, number: str) -> None:
    """Take a draft to where it is in force, by the rules of the demonstration."""
    with site.store.write() as session:
        permit = permits.get(session, PLATFORM, number)
        lead_to(session, permit, PermitState.ACTIVE, DAY, Ruling(shipped_sheet("demonstration")))


@pytest.fixture(scope="module")
def story(town: Site) -> Story:
    """All that the examples tell, in order."""
    site = town
    assert publish(site, text("1", EXTENSION), if_match='"1"').status_code < 300
    other_laboratory(site)
    story = Story(site)
    send = story.send

    # An operator with a van, from its register entry to the votes on its road test.
    send("nobody", "POST", "/api/session")
    send("olga", "POST", "/api/tokens")
    token = site.as_("olga").get("/api/tokens").json()["items"][0]
    send("ann", "POST", "/api/operators")
    send("paul", "POST", "/api/zones/import")
    send("paul", "PUT", "/api/zones/{zone_id}", tag="*", zone_id="park-1")
    send("olga", "POST", "/api/devices")
    send("olga", "PATCH", "/api/devices/{device_id}", tag="*", device_id="van-7")
    send("olga", "POST", "/api/register")
    send("olga", "PUT", "/api/register/{entry_id}", tag="*", entry_id="van-7")
    send("olga", "PUT", "/api/register/{entry_id}/device", tag="*", entry_id="van-7")
    document = send("olga", "POST", "/api/documents")
    filed(site, document["document_id"])
    story.paper("D-0000012", "DATA_LINK_TEST", "vehicle", "van-7")
    story.paper("D-0000013", "TEST_EVIDENCE", "vehicle", "van-7")
    driven = "/api/register/{entry_id}/driven"
    send("olga", "POST", driven, entry_id="van-7")
    other = given(site, PermitKind.ROAD_TEST, "alpha", "van-7", -20)
    send("olga", "PUT", "/api/permits/{number}/application", tag="*", number=other)
    begun(site, other)
    number = send("olga", "POST", "/api/permits")["number"]
    send("olga", "PUT", "/api/permits/{number}/application", tag="*", number=number)
    attest = "/api/permits/{number}/preconditions/attestations"
    send("rita", "POST", attest, number=number)
    site.complete("olga", number)
    send("olga", "POST", "/api/permits/{number}/actions", number=number)
    for action in ("ACCEPT", "START_THIRD_PARTY_REVIEW"):
        story.act("rita", number, action)
    site.opined(number)
    story.act("rita", number, "START_EXPERT_REVIEW")
    review = "/api/permits/{number}/review"
    send("rita", "POST", f"{review}/assessors", number=number)
    send("lena", "POST", f"{review}/opinions", number=number)
    story.act("rita", number, "OPEN_JOINT_REVIEW")
    send("paul", "POST", f"{review}/votes", number=number)

    # What happens under permits that are in force.
    road = given(site, PermitKind.ROAD_TEST, "alpha", "car-1", -220)
    begun(site, road)
    send("olga", "POST", "/api/permits/{number}/reports", number=road)
    matter = send("paul", "POST", "/api/permits/{number}/suspensions", number=road)
    send("olga", "POST", "/api/matters/{matter_id}/actions", matter_id=matter["matter_id"])
    send("olga", "POST", "/api/permits/{number}/accidents", number=road)
    send("paul", "POST", "/api/permits/{number}/hearings", number=road)
    asked = send("olga", "POST", "/api/permits/{number}/further-applications", number=other)
    again = "/api/matters/{matter_id}/preconditions/attestations"
    send("rita", "POST", again, matter_id=asked["matter_id"])
    flight = given(site, PermitKind.STANDING_FLIGHT, "beta", "drone-1", 1)
    with site.store.write() as session:
        under = site.services.rules.ruling(session)
    site.complete("otto", flight)
    story.act("otto", flight, "SUBMIT")
    with site.store.write() as session:
        approved_by_all(session, flight, DAY, under)
    plans = "/api/permits/{number}/daily-plans/{day}"
    send("otto", "PUT", plans, tag="new", number=flight, day="2026-12-03")
    controller(site)
    seen = site.as_("cai").get(plans.format(number=flight, day="2026-12-03")).headers["ETag"]
    send("cai", "POST", f"{plans}/answers", tag=seen, number=flight, day="2026-12-03")

    # What the authority sees to.
    commit(site.store, change("car-1", 1))
    for act in ("acknowledge", "resolve"):
        send("paul", "POST", f"/api/violations/{{violation_id}}/{act}", violation_id="car-1-1")
    sealing_of(site.services.settings, site.store).look(now())
    for act in ("further", "hold", "release"):
        send("paul", "POST", f"/api/evidence/{{clip_id}}/{act}", clip_id="car-1-1-opening")
    held = send("paul", "POST", "/api/history/holds")
    send("paul", "POST", "/api/history/holds/{hold_id}/release", hold_id=held["hold_id"])
    file = send("olga", "POST", "/api/governance/sandbox")
    breach = send("paul", "POST", "/api/governance/breaches")
    send("paul", "POST", "/api/governance/{file_id}/actions", file_id=breach["file_id"])
    send("ann", "PUT", "/api/recognition/trust-list", tag='"0"')
    send("rita", "POST", "/api/recognition/export")
    send("rita", "POST", "/api/reports")
    send("ann", "POST", "/api/rule-sets/{rule_set_id}/versions", tag="new", rule_set_id="park")
    send("nobody", "POST", "/api/certificates/status")
    notice = send("rita", "POST", "/api/notices")
    given_back = send("nobody", "POST", "/api/public/feedback")
    # A receipt is a secret: that of the example is of the right form, and opens nothing.
    story.examples["POST", "/api/public/feedback/answer"] = given_back
    send("nobody", "POST", "/api/public/feedback/answer")
    answer = "/api/feedback/{feedback_id}/answer"
    send("rita", "POST", answer, feedback_id="FB-2026-000001")
    withdrawal = "/api/notices/{notice_id}/withdrawal"
    send("rita", "POST", withdrawal, notice_id=notice["notice_id"])
    story.ids = {
        "number": road, "matter_id": matter["matter_id"], "entry_id": "van-7", "device_id": "car-1",
        "document_id": "D-0000012", "violation_id": "car-1-1", "file_id": file["file_id"], "clip_id": "car-1-1-opening",
        "token_id": token["token_id"], **recognised(site), "day": "2026-12-03",
    }  # fmt: skip
    story.flight = flight
    return story


def other_laboratory(site: Site) -> None:
    """Have a third party that nobody asks anything."""
    with site.store.write() as session:
        lab = Organisation("lab-2", "Other laboratory", OrganisationKind.THIRD_PARTY)
        registry.add_organisation(session, PLATFORM, lab, now())
    accounts.add_user(
        site.store, PLATFORM, username="liu", password=PASSWORD, role=Role.ASSESSOR,
        organisation_id="lab-2", at=now(),
    )  # fmt: skip
    site.people |= people_of(site.store)


def recognised(site: Site) -> dict[str, str]:
    """Have a bundle recognised about the van, and return by what it is found."""
    with site.store.write() as session:
        kept = recognitions.keep(session, site.people["rita"], bundle(), "0" * 64, "k", now())
    (file,) = kept.bundle.files
    return {"recognition_id": str(kept.recognition_id), "sha256": file.sha256}


@pytest.mark.requirement("D5-7")
def test_each_body_has_an_example_and_each_example_is_taken(story: Story) -> None:
    assert story.bodies - set(story.examples) == set(), "expected an example for each body"
    assert set(story.examples) - story.sent == set(), "expected each example to be sent"


EVERYBODYS = {
    "/api/rule-sets/": "rules are for everybody to read",
    "/api/zones/": "so is the map",
    "/api/reports/": "no operator's: those that are not public are of the authorities",
    "/api/public/": "what everybody may read",
    "/api/fence-files/": "who has the address has the file, for an hour",
}
"""Paths whose ids are no operator's."""
ASKED = {
    "/api/devices/{device_id}/history": "?from=2026-11-30T00:00:00Z&to=2026-12-01T00:00:00Z",
}
"""What must be asked with an address."""
NOT_THERE = {
    "/api/recognition/bundles/{recognition_id}/files/{sha256}": "the file lies on no disk here",
    "/api/recognition/vehicles/{entry_id}": "the van is configured otherwise than it was told",
}
"""What its owner does not get here either."""


def of_operators(site: Site) -> Iterator[tuple[str, str]]:
    """Yield every operation of the app with an id in its path that an operator may call."""
    for method, route in operations(site.app.routes):
        asked = [each.roles for each in policies(route.dependant)]
        named = "{" in route.path and not route.path.startswith(tuple(EVERYBODYS))
        if named and all(Role.OPERATOR in roles for roles in asked):
            yield method, route.path


@pytest.mark.requirement("D4e-6")
def test_an_id_of_others_is_not_found_whatever_is_done_with_it(town: Site, story: Story) -> None:
    opinions = ("POST", "/api/permits/{number}/review/opinions")
    assert story.strange[opinions] == 404, "an assessor whom nobody asked"
    for method, path in of_operators(town):
        if (method, path) in story.strange:
            assert story.strange[method, path] == 404, (method, path)
            continue
        assert method in {"GET", "DELETE", "PUT"} or path.endswith(
            ("/credential", "/link-tests")
        ), path
        flies = "daily-plans" in path
        address = path.format(**story.ids | ({"number": story.flight} if flies else {}))
        owner, stranger = ("otto", "olga") if flies else ("olga", "otto")
        address += ASKED.get(path, "")
        tried = town.as_(stranger).request(method, address, headers={"If-Match": "*"})
        assert tried.status_code == 404, (method, path, tried.text)
        if method == "GET":
            found = town.as_(owner).get(address).status_code
            assert path in NOT_THERE or found != 404, path
