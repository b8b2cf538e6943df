"""Mutual recognition at the command line: written here, verified offline, and taken in."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.cli.conftest import Shell
from tests.recognition.bundles import CAR, FILES, JIANGSU, bundle, trusted
from zone_service.clock import now
from zone_service.recognition_opening import written

CAR_GIVEN = {
    "entry_id": "swift-1",
    "organisation_id": "swift",
    "device_id": "car-1",
    "particulars": {
        "kind": "vehicle",
        **{name: getattr(CAR, name) for name in (
            "vin", "brand", "model", "configuration", "category", "automation_level",
            "software_version", "hardware_version", "mass_kg", "seats",
        )},
    },
}  # fmt: skip


def trust_of_jiangsu() -> str:
    key = trusted()
    return (
        f'[[keys]]\nkey_id = "{key.key_id}"\npublic = "{key.public}"\njurisdiction = "jiangsu"\n'
        f'issuer = "{key.issuer}"\nissuer_zh = "{key.issuer_zh}"\n'
        f"valid_from = {key.valid_from}\nvalid_to = {key.valid_to}\n"
    )


@pytest.mark.requirement("D6-1", "D6-2")
def test_a_bundle_is_verified_offline_taken_in_once_and_another_is_written(
    bare_shells: Callable[[], Shell],
) -> None:
    shell, at = bare_shells(), now()
    made = bundle(issued_at=at - timedelta(hours=1), valid_to=at + timedelta(days=90))
    (shell.folder / "it.zip").write_bytes(written(made, FILES, JIANGSU))
    (shell.folder / "trust.toml").write_text(trust_of_jiangsu(), "utf-8")

    offline = shell.zone("recognition", "verify", "it.zip", "--trust", "trust.toml")
    assert (offline.returncode, offline.stdout.splitlines()[0]) == (0, "recognised"), offline.stderr
    assert not (shell.folder / "data").exists(), "no database was asked, and none was made"
    forged = bytearray((shell.folder / "it.zip").read_bytes())
    forged[len(forged) // 2] ^= 1
    (shell.folder / "forged.zip").write_bytes(forged)
    told = shell.zone("recognition", "verify", "forged.zip", "--trust", "trust.toml", "--chinese")
    assert (told.returncode, told.stdout.splitlines()[0]) == (1, "不予互认")

    assert shell.zone("db", "upgrade").returncode == 0
    nobody = shell.zone("recognition", "import", "it.zip", "--json")
    assert nobody.returncode == 1
    assert [each["reason"] for each in json.loads(nobody.stdout)["refusals"]] == ["unknown-key"]
    assert shell.zone("recognition", "trust", "trust.toml").returncode == 2
    trust = shell.zone("recognition", "trust", "trust.toml", "--reason", "told by Jiangsu")
    assert trust.stdout == "version 1: 1 keys\n", trust.stderr
    assert shell.zone("recognition", "trust").stdout == trust_of_jiangsu()
    assert shell.zone("recognition", "import", "it.zip", "--dry-run").returncode == 0
    assert shell.zone("recognition", "import", "it.zip").returncode == 0
    again = shell.zone("recognition", "import", "it.zip")
    assert (again.returncode, again.stdout.splitlines()[1].partition(":")[0]) == (1, "replayed")
    (row,) = shell.zone("recognition", "list").stdout.splitlines()[1:]
    assert row.split()[1:3] == ["jiangsu-000012", "jiangsu"]

    assert shell.zone("device", "add", "car-1", "--operator", "swift").returncode == 0
    (shell.folder / "car.json").write_text(json.dumps(CAR_GIVEN), "utf-8")
    account = ("--role", "operator", "--organisation", "swift", "--password", "a long password")
    assert shell.zone("user", "add", "olga", *account).returncode == 0
    added = shell.zone("register", "add", "car.json", "--username", "olga")
    assert added.returncode == 0, added.stderr
    words = ("recognition", "export", "swift-1", "--to", "jiangsu")
    out = shell.zone(*words, "--out", "ours.zip")
    assert out.stdout.endswith("→ ours.zip\n"), out.stderr
    assert shell.zone(*words, "--out", "ours.zip").returncode == 1, "never over a file unasked"
    own = shell.zone("recognition", "import", "ours.zip", "--json")
    assert {each["reason"] for each in json.loads(own.stdout)["refusals"]} == {
        "unknown-key", "own-bundle", "not-addressed",
    }  # fmt: skip
