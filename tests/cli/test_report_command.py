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
