"""The register at the command line."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import Shell

KITE: dict[str, Any] = {
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

OLGA = (
    "user", "add", "olga", "--role", "operator", "--organisation", "kites",
    "--password", "a long password",
)  # fmt: skip


@pytest.mark.requirement("D1-5", "D1-6")
def test_an_aircraft_is_registered_by_somebody_shown_with_its_class_amended_and_retired(
    open_shell: Callable[[], Shell],
) -> None:
    shell = open_shell()
    added = shell.zone("device", "add", "uav-1", "--operator", "kites", "--domain", "air")
    assert added.returncode == 0, added.stderr
    (shell.folder / "kite.json").write_text(json.dumps(KITE), "utf-8")
    nobody = shell.zone("register", "add", "kite.json")
    assert (nobody.returncode, "Missing option '--username'" in nobody.stderr) == (2, True)
    assert shell.zone(*OLGA).returncode == 0
    add = ("register", "add", "kite.json", "--username")
    stranger = shell.zone(*add, "otto")
    assert (stranger.returncode, "otto" in stranger.stderr) == (1, True)
    made = shell.zone(*add, "olga")
    assert made.stdout == "kite-1\n", made.stderr
    again = shell.zone(*add[:3], ZONE_USERNAME="olga")
    assert (again.returncode, "'kite-1' is taken" in again.stderr) == (1, True)
    (row,) = shell.zone("register", "list", "--chinese").stdout.splitlines()[1:]
    assert row.split() == [
        "kite-1", "无人驾驶航空器", "kites", "1581F5FH7K3LM0000001", "uav-1", "在用",
    ]  # fmt: skip
    shown = shell.zone("--lang", "en", "register", "show", "kite-1").stdout.splitlines()
    assert shown[-1] == "large  met  greatest take-off mass > 150 kg"
    (shell.folder / "bad.json").write_text('{"entry_id": "x"}', "utf-8")
    incomplete = shell.zone(*add[:2], "bad.json", *add[3:], "olga")
    assert "particulars: is missing" in incomplete.stderr
    assert "没有登记 'kite-9'" in shell.zone("register", "show", "kite-9", "--chinese").stderr
    for nothing in (("retire", "kite-9"), ("link", "kite-9", "uav-1")):
        told = shell.zone("register", *nothing, "--username", "olga", "--english")
        assert (told.returncode, "'kite-9'" in told.stderr) == (1, True)
    lighter = {"particulars": {**KITE["particulars"], "takeoff_mass_kg": 140, "max_speed_kmh": 90}}
    (shell.folder / "lighter.json").write_text(json.dumps(lighter), "utf-8")
    amended = shell.zone("register", "amend", "kite-1", "lighter.json", "--username", "olga")
    assert "takeoff_mass_kg: 140" in amended.stdout, amended.stderr
    assert shell.zone("user", "close", "olga").returncode == 0
    closed = shell.zone("register", "retire", "kite-1", "--username", "olga")
    assert (closed.returncode, "is closed" in closed.stderr) == (1, True)
    assert shell.zone("user", "open", "olga").returncode == 0
    gone = shell.zone("register", "retire", "kite-1", "--username", "olga", "--english")
    assert gone.stdout == "kite-1  out of service\n", gone.stderr
