"""The register at the command line."""

import json
from collections.abc import Callable

import pytest

from tests.cli.conftest import Shell

KITE = {
    "entry_id": "kite-1",
    "organisation_id": "kites",
    "device_id": "uav-1",
    "particulars": {
        "kind": "aircraft",
        "upic": "1581F5FH7K3LM0000001",
        "model": "K1",
        "empty_mass_kg": 90,
        "takeoff_mass_kg": 151,
    },
}


@pytest.mark.requirement("D1-5", "D1-6")
def test_an_aircraft_is_registered_listed_and_shown_with_its_class(
    open_shell: Callable[[], Shell],
) -> None:
    shell = open_shell()
    assert shell.zone("db", "upgrade").returncode == 0
    added = shell.zone("device", "add", "uav-1", "--operator", "kites", "--domain", "air")
    assert added.returncode == 0, added.stderr
    (shell.folder / "kite.json").write_text(json.dumps(KITE), "utf-8")
    made = shell.zone("register", "add", "kite.json")
    assert made.stdout == "kite-1\n", made.stderr
    again = shell.zone("register", "add", "kite.json")
    assert (again.returncode, "'kite-1' is taken" in again.stderr) == (1, True)
    (row,) = shell.zone("register", "list", "--chinese").stdout.splitlines()[1:]
    assert row.split() == [
        "kite-1", "无人驾驶航空器", "kites", "1581F5FH7K3LM0000001", "uav-1", "在用",
    ]  # fmt: skip
    shown = shell.zone("register", "show", "kite-1", "--english").stdout.splitlines()
    assert shown[-1] == "large  met  greatest take-off mass > 150 kg"
    (shell.folder / "bad.json").write_text('{"entry_id": "x"}', "utf-8")
    assert "particulars: Field required" in shell.zone("register", "add", "bad.json").stderr
