"""A city runs its permit business from the shell: every operation has a command, every family its story."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from typer.core import TyperGroup
from typer.testing import CliRunner

from telemetry.report import Domain
from tests.web_service import site
from zone_service.app import ROUTERS
from zone_service.clock import monotonic_s, now
from zone_service.commands import app
from zone_service.commands.described import DESCRIBED
from zone_service.store import accounts, registry
from zone_service.store.engine import Store, open_store
from zone_service.store.records import PLATFORM, Device, Organisation, OrganisationKind, Role

FIVE_MINUTES_S = 300.0
DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "tutorial.md", *sorted((DOCS / "how-to").glob("*.md"))]
CAR = {
    "kind": "vehicle", "vin": "LSVAU2A34N2183294", "brand": "Swift", "model": "S1",
    "configuration": "C1", "category": "passenger", "automation_level": 4,
    "software_version": "1", "hardware_version": "1", "mass_kg": 1800, "seats": 5,
}  # fmt: skip
WRITTEN = {
    "DELETE /api/devices/{device_id}/credential": "device revoke",
    "DELETE /api/documents/{document_id}": "document withdraw",
    "DELETE /api/zones/{zone_id}": "map withdraw",
    "GET /api/certificates/keys": "permit keys",
    "GET /api/devices": "device list",
    "GET /api/document-kinds": "document kinds",
    "GET /api/documents": "document list",
    "GET /api/documents/{document_id}/file": "document save",
    "GET /api/permits/{number}/application": "application show",
    "GET /api/permits/{number}/certificate": "permit certificate",
    "GET /api/permits/{number}/preconditions": "permit preconditions",
    "GET /api/matters/{matter_id}/preconditions": "permit preconditions",
    "GET /api/permits/{number}/reports": "report of",
    "GET /api/public/permits": "report public",
    "GET /api/public/places": "report public",
    "GET /api/public/places.geojson": "report public",
    "GET /api/recognition/bundles": "recognition list",
    "GET /api/recognition/trust-list": "recognition trust",
    "GET /api/refusals": "refusals",
    "GET /api/reports": "report list",
    "GET /api/reports/due": "report due",
    "GET /api/reports/{report_id}/check": "report check",
    "GET /api/reports/{report_id}/file": "report save",
    "GET /api/rule-sets": "rules list",
    "GET /api/rule-sets/{rule_set_id}": "rules show",
    "GET /api/rule-sets/{rule_set_id}/versions/{version}": "rules show",
    "GET /api/rule-sets/{rule_set_id}/versions/{version}/diff": "rules diff",
    "GET /api/zones": "map list",
    "GET /api/evidence/{clip_id}/file": "evidence fetch",
    "POST /api/certificates/status": "permit verify",
    "POST /api/devices": "device add",
    "POST /api/devices/{device_id}/credential": "device credential",
    "POST /api/documents": "document add",
    "POST /api/matters/{matter_id}/preconditions/attestations": "permit attest",
    "POST /api/recognition/bundles": "recognition import",
    "POST /api/recognition/export": "recognition export",
    "POST /api/reports": "report make",
    "POST /api/rule-sets/{rule_set_id}/versions": "rules publish",
    "POST /api/zones/import": "map import",
    "PUT /api/documents/{document_id}/file": "document add",
    "PUT /api/recognition/trust-list": "recognition trust",
}
"""Operations with a command of their own making, and which."""
WITHOUT = {
    "GET /api/about": "`zone --version` and `zone doctor` say it",
    "GET /api/fence-files/{token}": "a dock fetches it, by the address that it was told",
    "GET /api/backdrop": "a picture under the page's map",
    "GET /api/public/reports": "`zone report list` has them with all others",
    "GET /api/public/reports/{report_id}/file": "as `zone report save`",
    "GET /api/recognition/bundles/{recognition_id}/files/{sha256}": "in the bundle's own ZIP file",
    "GET /api/history": "`zone history export` writes it, whole and in any format",
    "GET /api/devices/{device_id}/history": "as above, with --device",
    "GET /api/devices/{device_id}/history/days/{day}": "as above: a day is from one midnight to the next",
    "GET /api/devices/{device_id}/history/recent": "as above: the page's trail of a device",
    "GET /api/zones/{zone_id}": "`zone map export` writes all of them",
    "PUT /api/zones/{zone_id}": "`zone map import` checks the whole map that it is part of",
    "POST /api/session": "a shell signs nobody in: --username names who acts",
    "GET /api/session": "as above",
    "DELETE /api/session": "as above",
    "POST /api/tokens": "whoever's program it is makes its token",
    "GET /api/tokens": "as above",
    "DELETE /api/tokens/{token_id}": "as above; `zone user close` ends all of somebody",
    "POST /api/ws-tickets": "of the page's live feed; `zone watch` follows it in a shell",
}
"""Operations without a command, and why."""


@dataclass(frozen=True)
class Terminal:
    """Somebody who types ``zone …`` on the server."""

    folder: Path
    store: Store

    def types(self, *words: str, who: str = "") -> tuple[int, str, str]:
        done = CliRunner().invoke(app, words, env={"ZONE_USERNAME": who, "LC_ALL": "C"})
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.stdout, done.stderr

    def does(self, *words: str, who: str = "") -> str:
        status, said, wrong = self.types(*words, who=who)
        assert status == 0, (words, wrong)
        return said

    def told(self, *words: str, who: str = "") -> Any:
        return json.loads(self.does(*words, "--json", who=who))

    def refused(self, *words: str, who: str = "") -> str:
        status, _, wrong = self.types(*words, who=who)
        assert status == 1, (words, wrong)
        return wrong

    def file(self, name: str, content: Any) -> str:
        path = self.folder / name
        path.write_text(json.dumps(content), "utf-8")
        return str(path)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A town in which nothing was applied for yet."""
    folder = tmp_path_factory.mktemp("town")
    data = folder / "data"
    data.mkdir(mode=0o700)
    url = f"sqlite:///{data / 'zone.sqlite'}"
    store = open_store(url)
    store.upgrade()
    site.settle(url)
    yield Terminal(folder, store)
    store.close()


@pytest.fixture
def terminal(town: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """The terminal of the town's server."""
    monkeypatch.setenv("ZONE_DATA_DIR", str(town.folder / "data"))
    monkeypatch.setenv("ZONE_RULE_SET", "demonstration")
    return town


def operations() -> dict[str, APIRoute]:
    return {
        f"{method} {route.path}": route
        for module in ROUTERS
        for route in module.router.routes
        if isinstance(route, APIRoute) and route.include_in_schema
        for method in route.methods or ()
    }


def typed_names(at: Any, words: tuple[str, ...] = ()) -> Iterator[str]:
    if not isinstance(at, TyperGroup):
        yield " ".join(words)
        return
    for name, each in at.commands.items():
        yield from typed_names(each, (*words, name))


@pytest.mark.requirement("D5-5")
def test_every_operation_of_the_api_has_a_command_or_a_reason_for_none() -> None:
    known = operations()
    described = {each.operation for each in DESCRIBED}
    assert described <= known.keys()
    assert described.isdisjoint(WRITTEN)
    assert known.keys() - described == WRITTEN.keys() | WITHOUT.keys()
    there = set(typed_names(typer.main.get_command(app)))
    assert set(WRITTEN.values()) <= there
    named = set(re.findall(r"`zone ([a-z]+ [a-z]+)`", " ".join(WITHOUT.values())))
    assert named <= there


def test_every_described_command_fills_its_address_and_knows_a_list_from_a_thing() -> None:
    known = operations()
    for each in DESCRIBED:
        keys = set(re.findall(r"{(\w+)}", each.operation))
        paths = (word.into.partition(":") for word in each.words)
        assert {name for where, _, name in paths if where == "path"} == keys, each.name
        in_parts = str(known[each.operation].response_model).find("Page[") >= 0
        assert each.is_list == in_parts, each.name


def test_every_filter_of_a_list_can_be_typed() -> None:
    """Else what the API finds cannot be found from a shell."""
    known, typed = operations(), dict[str, set[str]]()
    for each in DESCRIBED:
        into = (*each.fixed, *(word.into for word in each.words))
        names = {name.removeprefix("query:") for name in into if name.startswith("query:")}
        typed[each.operation] = typed.get(each.operation, set()) | names
    untyped = {
        operation: sorted(asked - names)
        for operation, names in typed.items()
        if (asked := filters(known[operation].dependant)) - names
    }
    assert untyped == {}


def filters(dependant: Dependant) -> set[str]:
    """What may be said in the query, but for the part that is asked for."""
    own = {each.alias for each in dependant.query_params}
    return own.union(*map(filters, dependant.dependencies)) - {"after", "limit"}


def sampled(terminal: Terminal, kind: str, who: str, device: str, zone: str = "road-1") -> str:
    """Apply with a sample of a kind by commands alone, up to the draft; return its number."""
    ours = terminal.told("permit", "sample", kind, "--device", device, "--zone", zone, who=who)
    file = terminal.file("ours.json", ours)
    if ours["entries"]:
        terminal.does("register", "add", file, who=who)
    number = terminal.does("permit", "apply", file, who=who).strip()
    assert terminal.does("application", "put", number, file, who=who).startswith(f"{number}: ")
    return number


@pytest.mark.requirement("D5-5", "D4e-9")
def test_a_department_publishes_notices_and_answers_what_the_public_says_by_commands(
    terminal: Terminal,
) -> None:
    closed = {
        "kind": "ROAD_CLOSED", "title": "Closed", "title_zh": "关闭", "text": "Until May.",
        "text_zh": "至五月。", "about": {"kind": "place", "key": "road-1"},
    }  # fmt: skip
    file = terminal.file("closed.json", closed)
    notice = terminal.does("notice", "publish", file, who="rita").strip()
    assert "道路、区域关闭" in terminal.does("notice", "list", "--chinese")
    assert "olga" in terminal.refused("notice", "publish", file, who="olga")
    said = ("--text", "They honk.", "--contact", "wu@example.com")
    receipt = terminal.does("feedback", "give", "place", "road-1", *said).strip()
    (found,) = terminal.told("feedback", "list", "--open", who="paul")
    assert (found["text"], found["contact"]) == ("They honk.", "wu@example.com")
    answer = ("feedback", "answer", found["feedback_id"], "--answer", "No more.")
    assert "wu@example.com" in terminal.does(*answer, "--notice", notice, who="paul")
    assert "has been answered" in terminal.refused(*answer, who="paul")
    assert "No more." in terminal.does("feedback", "show", receipt)
    assert terminal.told("feedback", "list", "--open", who="paul") == []
    terminal.does("notice", "withdraw", notice, "--reason", "open again", who="rita")
    assert notice not in terminal.does("notice", "list")


@pytest.mark.requirement("D5-5")
def test_a_road_test_is_applied_for_voted_on_issued_suspended_and_resumed_by_commands(
    terminal: Terminal,
) -> None:
    number = sampled(terminal, "ROAD_TEST", "olga", "car-1")
    terminal.does("application", "sample", number, who="olga")
    terminal.does("permit", "act", number, "SUBMIT", who="olga")

    mine = {each["action"]: each for each in terminal.told("permit", "actions", number, who="rita")}
    assert (mine["ACCEPT"]["yours"], mine["WITHDRAW"]["yours"]) == (True, False)
    others = terminal.told("permit", "actions", number, who="mona")
    assert not any(each["yours"] for each in others), "another department's"
    assert mine["ACCEPT"]["until"] is not None
    assert mine["RETURN_FOR_CORRECTION"]["needs_reason"] is True
    assert "受理" not in terminal.does("permit", "actions", number, who="rita")
    assert "本人可办" in terminal.does("permit", "actions", number, "--chinese", who="rita")
    assert "may not ACCEPT" in terminal.refused("permit", "act", number, "ACCEPT", who="olga")
    assert "cannot ISSUE" in terminal.refused("permit", "act", number, "ISSUE", who="paul")

    refused = terminal.refused("permit", "act", number, "ACCEPT", who="mona")
    assert "the maritime safety department may not ACCEPT" in " ".join(refused.split())
    for action in ("ACCEPT", "START_THIRD_PARTY_REVIEW"):
        terminal.does("permit", "act", number, action, who="rita")
    terminal.does("review", "ask", number, "lab", "--as", "third_party", who="rita")
    opinion = ("--text", "240 hours without a takeover")
    said = terminal.does("review", "opinion", number, "favourable", *opinion, who="lena")
    assert "240 hours" in said
    terminal.does("permit", "act", number, "START_EXPERT_REVIEW", who="rita")
    terminal.does("permit", "act", number, "OPEN_JOINT_REVIEW", who="rita")
    assert number in terminal.does("review", "list", who="ines")
    terminal.does("review", "vote", number, "APPROVE", who="ines")
    terminal.does(
        "review", "vote", number, "APPROVE_WITH_CONDITIONS", "--reason", "a school near by",
        "--max-speed-mps", "8.3", "--mode", "AUTONOMOUS", who="rita",
    )  # fmt: skip
    decided = terminal.does("review", "vote", number, "APPROVE", who="paul")
    assert decided.splitlines()[0].split()[:2] == [number, "APPROVED"]
    assert "max_speed_mps 8.3" in decided

    terminal.does("permit", "act", number, "REQUEST_PLATE", who="rita")
    plate = ("--plate", "car-1=沪A0001试")
    terminal.does("permit", "act", number, "ISSUE", *plate, who="paul")
    assert "沪A0001试" in terminal.does("permit", "plates", number)
    assert terminal.does("permit", "token", number).count(".") >= 2
    history = terminal.told("permit", "history", number)["history"]
    assert [each["by"] for each in history if each["action"] == "SUBMIT"] == ["olga"]
    why = ("--reason", "ran a red light", "--detail", "ground=GRAVE_VIOLATION")
    assert "without a reason" in terminal.refused("permit", "act", number, "ANNUL", who="rita")
    facts = ("--reason", "no officer", "--facts", "two recordings")
    unasked = terminal.refused("hearing", "announce", number, "REVOKE", *facts, who="paul")
    assert "its rules ask for a hearing before" in unasked
    assert terminal.does("hearing", "list").strip()
    assert "GRAVE_VIOLATION" in terminal.does("permit", "actions", number, who="paul")
    terminal.does("permit", "act", number, "TERMINATE", *why, who="paul")
    assert "ran a red light" in terminal.does("permit", "history", number)
    assert "行政复议" in terminal.does("permit", "show", number, "--chinese")


@pytest.mark.requirement("D5-5")
def test_a_flight_is_planned_reported_confirmed_and_landed_by_commands(terminal: Terminal) -> None:
    with terminal.store.write() as session:
        atm = Organisation("atm", "Air traffic", OrganisationKind.DEPARTMENT, "atm")
        registry.add_organisation(session, PLATFORM, atm, now())
    accounts.add_user(
        terminal.store, PLATFORM, username="cai", password=site.PASSWORD, role=Role.REVIEWER,
        organisation_id="atm", at=now(),
    )  # fmt: skip
    number = sampled(terminal, "STANDING_FLIGHT", "otto", "drone-1", "air-1")
    terminal.does("application", "sample", number, who="otto")
    terminal.does("permit", "act", number, "SUBMIT", who="otto")
    for somebody in ("cai", "paul", "rita"):
        terminal.does("review", "vote", number, "APPROVE", who=somebody)
    day = terminal.told("permit", "show", number)["terms"]["valid_from"][:10]
    filed = terminal.does(
        "plan", "file", number, day, "--begins", "09:00", "--ends", "17:00",
        "--device", "drone-1", "--max-height-agl-m", "90", who="otto",
    )  # fmt: skip
    assert day in filed
    nothing = terminal.refused("plan", "answer", number, "2020-01-01", "APPROVE", who="cai")
    assert "no daily plan" in nothing
    terminal.does(
        "plan", "file", number, day, "--begins", "10:00", "--ends", "16:00",
        "--device", "drone-1", "--max-height-agl-m", "80", who="otto",
    )  # fmt: skip
    assert "10:00:00" in terminal.does("plan", "show", number, day)
    assert terminal.told("plan", "list", number)[0]["max_height_agl_m"] == 80.0
    steps = {
        each["action"]: each for each in terminal.told("permit", "actions", number, who="otto")
    }
    assert steps["REPORT_PRE_TAKEOFF"]["yours"] is True
    early = terminal.refused("permit", "act", number, "TAKE_OFF", who="otto")
    assert "cannot TAKE_OFF" in early
    report = ("permit", "act", number, "REPORT_PRE_TAKEOFF")
    takeoff = ("--detail", f"takeoff_at={day}T10:30+08:00")
    silent = terminal.refused(*report, *takeoff, who="otto")
    assert f"the plan of {day} is not approved, not answered by air traffic management" in silent
    (waiting,) = terminal.told("plan", "waiting", who="cai")
    assert (waiting["number"], waiting["day"], waiting["mandatory"]) == (number, day, True)
    lower = ("--reason", "a crane", "--max-height-agl-m", "60")
    terminal.does("plan", "answer", number, day, "APPROVE_WITH_CONDITIONS", *lower, who="cai")
    assert "空管" in terminal.does("plan", "show", number, day, "--chinese")
    terminal.does("plan", "answer", number, day, "APPROVE", who="paul")
    twice = terminal.refused("plan", "answer", number, day, "APPROVE", who="cai")
    assert "has voted" in twice
    assert terminal.told("plan", "list", number)[0]["state"] == "APPROVED"
    assert "nothing waits" in terminal.does("plan", "waiting", who="cai")
    assert "is outside the plan of the day" in terminal.refused(*report, who="otto")
    terminal.does(*report, *takeoff, who="otto")
    terminal.does("permit", "act", number, "CONFIRM", who="cai")
    shown = terminal.told("permit", "show", number)
    assert (shown["state"], shown["terms"]["flight"]["max_height_agl_m"]) == ("CONFIRMED", 60.0)


@pytest.mark.requirement("D5-5")
def test_a_trial_of_a_vessel_is_notified_and_its_warning_published_by_commands(
    terminal: Terminal,
) -> None:
    with terminal.store.write() as session:
        registry.add_device(
            session, PLATFORM, Device("boat-1", "alpha", Domain.WATER, "Boat"), now()
        )
    number = sampled(terminal, "VESSEL_TRIAL", "olga", "boat-1", "water-1")
    terminal.does("application", "sample", number, who="olga")
    terminal.does("permit", "act", number, "NOTIFY", who="olga")
    terminal.does("review", "vote", number, "APPROVE", who="mona")
    publish = ("permit", "act", number, "PUBLISH_WARNING")
    assert "warning_id" in terminal.refused(*publish, who="mona")
    terminal.does(*publish, "--detail", "warning_id=沪航警 12", who="mona")
    assert "warning_id 沪航警 12" in terminal.does("permit", "history", number)


@pytest.mark.requirement("D5-5")
def test_violations_kilometres_organisations_and_devices_have_their_commands(
    terminal: Terminal,
) -> None:
    site.commit(terminal.store, site.change(opening_cause="permit_changed"))
    (found,) = terminal.told("violation", "list", "--open", "--device", "car-1")
    assert "permit_changed" in terminal.does("violation", "show", found["id"])
    assert terminal.does("violation", "count", "--open").strip() == "1"
    assert "SPEED_LIMIT_EXCEEDED" in terminal.does("violation", "show", found["id"], who="olga")
    handled = ("violation", "acknowledge", found["id"])
    assert "may not do this" in terminal.refused(*handled, who="olga")
    assert terminal.refused(*handled, "--revision", "7", who="paul")
    assert "acknowledged" in terminal.does(*handled, who="paul")
    resolved = terminal.told("violation", "resolve", found["id"], "--note", "warned", who="paul")
    assert (resolved["handling"], resolved["handled_by"]) == ("resolved", "paul")
    assert terminal.told("violation", "list", "--handling", "new") == []

    number = sampled(terminal, "ROAD_TEST", "olga", "car-1")
    paper = terminal.folder / "log.pdf"
    paper.write_bytes(b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n")
    document = terminal.does(
        "document", "add", str(paper), "--kind", "TEST_EVIDENCE", "--covers", "vehicle:sample-car-1",
        "--from", "2026-01-01", "--issued-by", "alpha", who="olga",
    ).strip()  # fmt: skip
    assert "created_by: olga" in terminal.does("document", "show", document)
    declare = ("driven", "declare", "sample-car-1", "--from", "2026-03-01", "--to", "2026-03-31")
    terminal.does(*declare, "--km", "2400", "--document", document, who="olga")
    figure = str(terminal.told("driven", "list", "sample-car-1")[0]["figure_id"])
    assert "rita" in terminal.does("driven", "attest", "sample-car-1", figure, who="rita")
    assert number in terminal.does("permit", "list")

    terminal.does("operator", "add", "gamma", "--name", "Gamma Boats", who="ann")
    assert "Gamma Boats" in terminal.does("operator", "list")
    assert "alpha" in terminal.does("device", "show", "car-2")
    amend = ("device", "amend", "car-2", "--label", "Second car", "--wire-id", "2nd")
    assert "Second car" in terminal.does(*amend, who="olga")
    assert "2nd" in terminal.does("device", "list")
    assert "car-2" in terminal.does("device", "amend", "car-2", "--wire-id", "", who="olga")
    assert "2nd" not in terminal.does("device", "list")
    assert "out of service" in terminal.does("device", "deactivate", "car-2", who="olga")
    assert "beta" not in terminal.does("operator", "list", who="olga")


@pytest.mark.requirement("D5-5")
def test_who_is_nobody_or_types_amiss_is_told_so_in_their_language(terminal: Terminal) -> None:
    draft = terminal.file("ours.json", {"kind": "ROAD_TEST"})
    apply = ("permit", "apply", draft)
    status, _, said = terminal.types(*apply)
    assert (status, "Missing option '--username'" in said) == (2, True)
    assert "nobody" in terminal.refused(*apply, who="nobody")
    assert "FILE terms: is missing" in terminal.refused(*apply, who="olga")
    wrong = terminal.refused(*apply, "--password", "not it", who="olga")
    assert "the name or the password is wrong" in wrong
    assert "FILE terms: is missing" in terminal.refused(
        *apply, "--password", site.PASSWORD, who="olga"
    )
    problem = json.loads(terminal.refused(*apply, "--json", who="olga"))
    assert problem["type"] == "urn:zone:problem:invalid-request"
    status, _, said = terminal.types("permit", "apply", "nowhere.json", who="olga")
    assert (status, "No such file" in said) == (2, True)
    status, _, said = terminal.types(
        "permit", "act", "RT-1", "ISSUE", "--plate", "car-1", who="paul"
    )
    assert (status, "an equals sign" in said) == (2, True)


@pytest.mark.requirement("D5-6")
def test_an_operator_applies_by_commands_in_less_than_five_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the page of commands says, on a machine where there is nothing yet."""
    monkeypatch.setenv("ZONE_DATA_DIR", str(tmp_path / "data"))
    begun_s = monotonic_s()
    CliRunner().invoke(app, ["db", "upgrade"])
    store = open_store(f"sqlite:///{tmp_path / 'data' / 'zone.sqlite'}")
    operator = Terminal(tmp_path, store)
    operator.does("map", "import", "--demo")
    operator.does("device", "add", "car-1", "--operator", "acme")
    account = ("--role", "operator", "--organisation", "acme", "--password", "a long password")
    operator.does("user", "add", "olga", *account)
    car = {"entry_id": "swift-1", "device_id": "car-1", "particulars": CAR}
    operator.does("register", "add", operator.file("car.json", car), who="olga")
    ours = operator.told("permit", "sample", "ROAD_TEST", who="olga")
    assert [each["entry_id"] for each in ours["entries"]] == ["sample-safety-officer-acme"]
    file = operator.file("ours.json", ours)
    number = operator.does("permit", "apply", file, who="olga").strip()
    assert (
        operator.does("register", "add", file, who="olga").strip()
        == ours["entries"][-1]["entry_id"]
    )
    operator.does("application", "put", number, file, who="olga")
    paper = tmp_path / "insurance.pdf"
    paper.write_bytes(b64decode(ours["file"]["base64"]))
    operator.does(
        "document", "add", str(paper), "--kind", "LIABILITY_INSURANCE", "--covers", "vehicle:swift-1",
        "--amount", "10000000", "--number", "P-1", "--issued-by", "Insurance", "--from", "2026-01-01", "--to", "2099-12-31",
        who="olga",
    )  # fmt: skip
    lacks = operator.refused("permit", "act", number, "SUBMIT", who="olga")
    assert ("SELF_DECLARATION" in lacks, "LIABILITY_INSURANCE" in lacks) == (True, False)
    operator.does("application", "sample", number, who="olga")
    assert "SUBMITTED" in operator.does("permit", "act", number, "SUBMIT", who="olga")
    assert "STAGE_ORDER" in operator.types("permit", "preconditions", number, "--english")[1]
    assert monotonic_s() - begun_s < FIVE_MINUTES_S / 2
    print(f"applied by commands in {monotonic_s() - begun_s:.1f} s")  # noqa: T201
    store.close()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_that_a_page_names_is_there_with_its_words(page: Path) -> None:
    top = typer.main.get_command(app)
    for typed in re.findall(r"^zone ([a-z].*(?:\\\n.*)*)", page.read_text("utf-8"), re.MULTILINE):
        at: Any = top
        words = typed.replace("\\\n", " ").partition(" | ")[0].partition(" > ")[0].split()
        while isinstance(at, TyperGroup) and words:
            assert words[0] in at.commands, typed
            at = at.commands[words.pop(0)]
        known = {name for each in at.params for name in (*each.opts, *each.secondary_opts)}
        named = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert named <= known | {"--help"}, typed
