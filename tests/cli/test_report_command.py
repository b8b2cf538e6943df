"""What everybody may read, and reports, at the command line."""

import json

import pytest

from tests.cli.conftest import Shell


@pytest.mark.requirement("D4f-12")
def test_what_everybody_may_read_is_listed_in_both_languages(shell: Shell) -> None:
    assert shell.zone("db", "upgrade").returncode == 0
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
    assert shell.zone("db", "upgrade").returncode == 0
    made = shell.zone("report", "make", "2026-06", "--english")
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
    wrong = shell.zone("report", "make", "2026-07", "--chinese")
    assert (wrong.returncode, "应为 2026-06, 2026-12" in wrong.stderr) == (1, True)
    due = json.loads(shell.zone("report", "due", "--json").stdout)
    assert {each["kind"] for each in due} == {"HALF_YEARLY", "ANNUAL"}
