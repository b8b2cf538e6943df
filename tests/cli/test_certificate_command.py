"""Certificates at the command line: written, and verified.

The commands run within the test: to start each as a program takes a second, which others show.
"""

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from permits.issuing import Ruling
from permits.permit import PermitAction, PermitKind, PermitState
from permits.plating import PlateWanted
from permits.terms import Terms
from telemetry.report import Domain
from tests import mapped
from zone_service.certificate_keeping import NotReached
from zone_service.clock import now
from zone_service.commands import app
from zone_service.demo_city import actor, lead_to
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import permits, registry
from zone_service.store.engine import open_store
from zone_service.store.records import PLATFORM, Device, Organisation, OrganisationKind

UNDER = Ruling(shipped_sheet("demonstration"))
PLATE = PlateWanted("car-1", "沪A0001试", "LSVNV2187E2100001")
Zone = Callable[..., Result]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """The data of a platform that has issued one permit."""
    folder = tmp_path_factory.mktemp("office")
    shutil.copy(sqlite_template, folder / "zone.sqlite")
    at = now()
    given = Terms(
        frozenset({"car-1"}), frozenset({"road"}), at - timedelta(days=1), at + timedelta(days=90)
    )
    acme = Organisation("acme", "Acme", OrganisationKind.OPERATOR)
    url = f"sqlite:///{folder / 'zone.sqlite'}"
    with closing(open_store(url)) as store, store.write() as session:
        registry.add_organisation(session, PLATFORM, acme, at)
        registry.add_device(session, PLATFORM, Device("car-1", "acme", Domain.ROAD, "One"), at)
        mapped.lay(session, now())
        made = permits.create(
            session, PLATFORM, kind=PermitKind.ROAD_TEST, holder_id="acme", terms=given,
            at=at, number="RT-1",
        )  # fmt: skip
        lead_to(session, made, PermitState.AWAITING_PLATE, at, UNDER)
        for action, plates in ((PermitAction.ISSUE, (PLATE,)), (PermitAction.ACTIVATE, ())):
            permits.apply_action(
                session, actor(action, "acme"), "RT-1", action, at, under=UNDER, plates=plates
            )
    return folder


@pytest.fixture
def zone(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Zone:
    """Somebody who types ``zone …`` at the office, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZONE_DATA_DIR", str(data))

    def typed(*words: str) -> Result:
        return CliRunner().invoke(app, words)

    return typed


@pytest.mark.requirement("D4b-56", "D4b-57")
def test_a_certificate_is_written_and_verified_without_a_platform(
    zone: Zone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = zone("permit", "certificate", "RT-1", "paper.pdf")
    assert written.exit_code == 0, written.stderr
    again = zone("permit", "certificate", "RT-1", "paper.pdf", "--english")
    assert (again.exit_code, "or --force" in again.stderr) == (1, True)
    nowhere = zone("permit", "certificate", "RT-1", "none/paper.pdf", "--english")
    assert (nowhere.exit_code, "there is no folder none" in nowhere.stderr) == (1, True)
    token = zone("permit", "certificate", "RT-1", "--token").stdout.strip()
    (tmp_path / "keys.json").write_text(zone("permit", "keys").stdout)
    zone("permit", "keys", "--rotate")
    newest = json.loads(zone("permit", "keys").stdout)["keys"][-1]
    (tmp_path / "newest.json").write_text(json.dumps(newest))
    assert zone("permit", "verify", token).exit_code == 0  # by all keys of its own

    # From here on nothing is known but the files.
    monkeypatch.setenv("ZONE_DATA_DIR", str(tmp_path / "nothing"))
    paper = (tmp_path / "paper.pdf").read_bytes()
    (tmp_path / "other.pdf").write_bytes(paper.replace(b"/Title", b"/Titel", 1))
    keys = ("--key", "keys.json", "--english")
    good = zone("permit", "verify", "paper.pdf", *keys)
    assert (good.exit_code, good.stdout.splitlines()[0]) == (0, "valid"), good.stderr
    assert "沪A0001试  LSVNV2187E2100001" in good.stdout
    assert zone("permit", "verify", token, *keys).exit_code == 0
    altered = zone("permit", "verify", "other.pdf", "--key", "keys.json", "--chinese")
    assert (altered.exit_code, altered.stdout[:4]) == (5, "已被篡改")
    forged = zone("permit", "verify", token[:-4] + "AAAA", *keys)
    assert (forged.exit_code, forged.stdout[:6]) == (6, "forged")
    unknown = zone("permit", "verify", token, "--key", "newest.json", "--json")
    assert (unknown.exit_code, json.loads(unknown.stdout)["verdict"]) == (7, "unknown key")
    assert zone("permit", "verify", "nothing", *keys).exit_code == 8
    (tmp_path / "bad.json").write_text("{}")
    bad = zone("permit", "verify", token, "--key", "bad.json")
    assert (bad.exit_code, "no key of kind OKP" in bad.stderr) == (2, True)
    away = zone("permit", "verify", token, "--url", "http://127.0.0.1:1").exception
    assert isinstance(away, NotReached)
    assert "cannot ask http://127.0.0.1:1/api" in str(away)


def test_who_has_signed_nothing_and_is_given_no_keys_is_told_so(
    zone: Zone, tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(sqlite_template, tmp_path / "zone.sqlite")
    monkeypatch.setenv("ZONE_DATA_DIR", str(tmp_path))
    nothing = zone("permit", "verify", "eyJ", "--english")
    assert (nothing.exit_code, "signed nothing yet" in nothing.stderr) == (2, True)
    assert "尚未签发" in zone("permit", "verify", "eyJ", "--chinese").stderr
