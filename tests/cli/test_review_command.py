"""Joint review at the command line: what waits, one's vote, and what it came to."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.issuing import Ruling
from permits.life_cycle import PermitKind, PermitState
from permits.terms import Terms
from tests import mapped
from tests.cli.conftest import Shell
from zone_service.clock import now
from zone_service.demo_city import lead_to
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import documents, permits
from zone_service.store.engine import open_store
from zone_service.store.records import PLATFORM

PASSWORD = "a long password"
NUMBER = "RT-1"
BEGINS = datetime(2099, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def office(open_shell: Callable[[], Shell]) -> Shell:
    """An installation in which a road test waits for the votes of its departments."""
    shell = open_shell()
    assert shell.zone("device", "add", "car-1", "--operator", "acme").returncode == 0
    for name in ("industry", "transport"):
        made = shell.zone(
            "user", "add", name, "--role", "reviewer", "--organisation", name,
            "--department", name, "--password", PASSWORD,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
    store = open_store(f"sqlite:///{next(shell.folder.rglob('*.sqlite'))}")
    terms = Terms(frozenset({"car-1"}), frozenset({"road-1"}), BEGINS, BEGINS + timedelta(days=90))
    with store.write() as session:
        mapped.lay(session, now())
        permit = permits.create(
            session, PLATFORM, kind=PermitKind.ROAD_TEST, holder_id="acme", terms=terms,
            at=now(), number=NUMBER,
        )  # fmt: skip
        under = Ruling(shipped_sheet("demonstration"))
        lead_to(session, permit, PermitState.JOINT_REVIEW, now(), under)
    store.close()
    return shell


def who(name: str) -> tuple[str, ...]:
    return "--username", name, "--password", PASSWORD


@pytest.mark.requirement("D4b-54")
def test_a_reviewer_sees_what_waits_votes_and_is_told_what_does_not_count(office: Shell) -> None:
    waiting = office.zone("review", "list", *who("transport"), "--english")
    assert waiting.stdout.splitlines()[1].split()[:5] == [NUMBER, "ROAD_TEST", "acme", "1", "yes"]
    said = office.zone(
        "review", "vote", NUMBER, "RETURN", *who("transport"), "--reason", "not complete",
        "--missing", "the insurance", "--missing", "the route", "--english",
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert "not complete; the insurance; the route" in said.stdout
    assert NUMBER not in office.zone("review", "list", *who("transport")).stdout

    again = office.zone("review", "vote", NUMBER, "APPROVE", *who("transport"), "--chinese")
    assert (again.returncode, "每轮只能表决一次" in again.stderr) == (1, True)
    shown = json.loads(office.zone("review", "show", NUMBER, *who("industry"), "--json").stdout)
    assert shown["rounds"][0]["waits_for"] == ["industry", "police"]
    wrong = office.zone("review", "show", NUMBER, "--username", "industry", "--password", "wrong")
    assert (wrong.returncode, "the name or the password is wrong" in wrong.stderr) == (1, True)


@pytest.mark.requirement("D4b-60", "D4b-70")
def test_preconditions_are_a_table_and_one_of_them_is_attested(office: Shell) -> None:
    store = open_store(f"sqlite:///{next(office.folder.rglob('*.sqlite'))}")
    about = Covered(CoveredKind.PERMIT, NUMBER)
    promise = Document(kind=DocumentKind.DATA_PROMISE, covers=about, valid_from=date(2026, 1, 1))
    with store.write() as session:
        made = documents.add(session, PLATFORM, promise, now())
        documents.put_file(
            session, PLATFORM, made.document_id, StoredFile("ab" * 32, "application/pdf", 9), now()
        )
    store.close()
    attest = ("permit", "attest", NUMBER, "DATA_STORED_IN_CHINA", made.document_id)
    said = office.zone(*attest, *who("industry"), "--note", "read", "--json")
    assert said.returncode == 0, said.stderr
    shown = {each["code"]: each for each in json.loads(said.stdout)["preconditions"]}
    assert shown["DATA_STORED_IN_CHINA"]["answers"][0]["attested"]["by"] == "industry"
    settled = (*attest[:3], "STAGE_ORDER", made.document_id)
    refused = office.zone(*settled, *who("industry"), "--chinese")
    assert (refused.returncode, "已有数据不得以核验代替" in refused.stderr) == (1, True)

    table = office.zone("permit", "preconditions", NUMBER, "--english")
    assert table.returncode == 1, "what is unknown refuses granting"
    assert "STAGE_ORDER" in table.stdout
    assert "2 met, 1 not met, 12 unknown" in table.stdout
    missing = office.zone("permit", "preconditions", "RT-9", "--chinese")
    assert (missing.returncode, "没有许可" in missing.stderr) == (1, True)
