"""What everybody may read, and reports, at the command line."""

import json
from datetime import timedelta

import pytest

from permits.issuing import Ruling
from permits.permit import PermitAction, PermitKind, PermitState
from permits.terms import Terms
from permits.transition import Detail
from tests import mapped
from tests.cli.conftest import Shell
from tests.store.city import POLICE
from zone_service.clock import now
from zone_service.demo_city import lead_to
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import permits
from zone_service.store.engine import open_store
from zone_service.store.records import PLATFORM


def account(name: str, role: str, organisation: str) -> tuple[str, ...]:
    said = ("--role", role, "--organisation", organisation, "--password", "a long password")
    return ("user", "add", name, *said)


@pytest.mark.requirement("D4f-12")
def test_what_everybody_may_read_is_listed_in_both_languages(shell: Shell) -> None:
    assert shell.zone("map", "import", "--demo").returncode == 0
    said = shell.zone("report", "public", "--english").stdout.splitlines()
    assert said[0].split() == ["id", "kind", "km", "km²", "permits", "name"]
    assert any(line.split()[1] == "road" and float(line.split()[2]) > 0 for line in said[1:-2])
    chinese = shell.zone("report", "public", "--chinese").stdout
    assert ("平方公里" in chinese, "道路" in chinese) == (True, True)
    shown = json.loads(shell.zone("report", "public", "--json").stdout)
    drawn = json.loads(shell.zone("report", "public", "--geojson").stdout)
    assert {each["properties"]["zone_id"] for each in drawn["features"]} == {
        each["zone_id"] for each in shown["places"]
    }


@pytest.mark.requirement("D4f-2", "D4f-13")
def test_a_report_is_made_saved_and_checked(shell: Shell) -> None:
    assert shell.zone(*account("wang", "administrator", "platform")).returncode == 0
    made = shell.zone("report", "make", "2026-06", "--english", "--username", "wang")
    assert made.stdout.split() == ["half-yearly-2026-06-1", "2025-12-01", "–", "2026-05-31"]
    saved = shell.zone("report", "save", "half-yearly-2026-06-1", "--xlsx", "-o", "r.xlsx")
    assert saved.returncode == 0, saved.stderr
    assert (shell.folder / "r.xlsx").read_bytes().startswith(b"PK")
    again = shell.zone("report", "save", "half-yearly-2026-06-1", "-o", "r.xlsx", "--chinese")
    assert (again.returncode, "已存在" in again.stderr) == (1, True)
    assert (
        "byte for byte"
        in shell.zone("report", "check", "half-yearly-2026-06-1", "--english").stdout
    )
    listed = json.loads(shell.zone("report", "list", "--json").stdout)
    assert [each["report_id"] for each in listed] == ["half-yearly-2026-06-1"]
    wrong = shell.zone("report", "make", "2026-07", "--chinese", "--username", "wang")
    assert (wrong.returncode, "应为 2026-06, 2026-12" in wrong.stderr) == (1, True)
    due = json.loads(shell.zone("report", "due", "--json").stdout)
    assert {each["kind"] for each in due} == {"HALF_YEARLY", "ANNUAL"}


@pytest.mark.requirement("D4f-1", "D4f-6")
def test_a_report_on_a_permit_is_filed_from_a_file_and_its_faults_are_told(shell: Shell) -> None:
    assert shell.zone("device", "add", "car-1", "--operator", "acme").returncode == 0
    assert shell.zone(*account("olga", "operator", "acme")).returncode == 0
    store = open_store(f"sqlite:///{next(shell.folder.rglob('*.sqlite'))}")
    begins, under = now() - timedelta(days=90), Ruling(shipped_sheet("demonstration"))
    terms = Terms(frozenset({"car-1"}), frozenset({"road-1"}), begins, now() + timedelta(days=9))
    with store.write() as session:
        mapped.lay(session, now())
        permit = permits.create(
            session, PLATFORM, kind=PermitKind.ROAD_TEST, holder_id="acme", terms=terms,
            at=begins, number="RT-1",
        )  # fmt: skip
        lead_to(session, permit, PermitState.ACTIVE, begins, under)
        permits.apply_action(
            session, POLICE, "RT-1", PermitAction.TERMINATE, now(), "a danger", under=under,
            details={Detail.GROUND: "SAFETY_RISK"},
        )  # fmt: skip
    store.close()
    (shell.folder / "final.json").write_text(
        json.dumps({"kind": "FINAL", "said": {"activity": "a"}})
    )
    file = ("report", "file", "RT-1", "final.json", "--username", "olga")
    refused = shell.zone(*file, "--chinese")
    assert (refused.returncode, "总结与结论" in refused.stderr) == (1, True)
    (shell.folder / "final.json").write_text("{")
    broken = shell.zone(*file)
    assert (broken.returncode, "expected JSON in UTF-8" in broken.stderr) == (2, True)
    said = dict.fromkeys(("activity", "safety", "conclusion"), "done")
    (shell.folder / "final.json").write_text(json.dumps({"kind": "FINAL", "said": said}))
    early = shell.zone(*file, "--english")
    assert (early.returncode, "whose period is over" in early.stderr) == (1, True)
    listed = shell.zone("report", "of", "RT-1", "--english").stdout.splitlines()
    assert [line.split()[:3] for line in listed[1:]] == [["owed", "FINAL", "–"]]
