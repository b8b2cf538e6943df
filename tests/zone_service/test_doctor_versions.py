"""``zone doctor`` tells a wrong version from a right one, and not only a missing one."""

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from tests.kept_engines import kept_store
from zone_service import doctor_versions
from zone_service.broker import BrokerKind
from zone_service.doctor import examine
from zone_service.doctor_findings import Finding, State
from zone_service.doctor_versions import broker_program, database, packages
from zone_service.settings import Settings
from zone_service.store.engine import Store

VERSION = metadata.version


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """Versions that are said to be installed; ``None`` is said to be missing."""
    pretended: dict[str, str | None] = {}

    def version(package: str) -> str:
        if package not in pretended:
            return VERSION(package)
        if (said := pretended[package]) is None:
            raise metadata.PackageNotFoundError(package)
        return said

    monkeypatch.setattr(metadata, "version", version)
    return pretended


def test_what_make_setup_installs_is_what_is_required() -> None:
    finding = packages()
    assert finding.state is State.OK
    assert re.fullmatch(r"\d\d of versions that this program takes", finding.found)


def test_an_older_package_than_is_required_is_a_failure_that_names_both(
    installed: dict[str, str | None],
) -> None:
    installed["numpy"] = "1.26.4"
    finding = packages()
    assert finding.state is State.FAIL
    assert finding.found == "numpy 1.26.4 is installed, >=2.2 is needed"
    assert "make setup" in finding.advice


def test_a_missing_package_is_named_beside_a_wrong_one(installed: dict[str, str | None]) -> None:
    installed |= {"numpy": "1.26.4", "shapely": None}
    assert packages().found.split("; ") == [
        "numpy 1.26.4 is installed, >=2.2 is needed",
        "shapely is missing",
    ]


def test_a_newer_package_and_a_release_candidate_are_not_wrong(
    installed: dict[str, str | None],
) -> None:
    installed |= {"numpy": "99.0", "shapely": "3.0rc1"}
    assert packages().state is State.OK


def test_a_folder_that_was_never_installed_is_not_called_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor_versions, "DISTRIBUTION", "no-such-distribution")
    assert packages().state is State.UNKNOWN


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    """Put a broker's program on PATH that says so of itself."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{said}'\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


@pytest.mark.parametrize(
    ("kind", "name", "said", "state"),
    [
        (BrokerKind.NATS, "nats-server", "nats-server: v2.15.1", State.OK),
        (BrokerKind.NATS, "nats-server", "nats-server: v2.9.10", State.FAIL),
        (BrokerKind.NATS, "nats-server", "nats-server: built by hand", State.UNKNOWN),
        (BrokerKind.MOSQUITTO, "mosquitto", "mosquitto version 2.0.11", State.OK),
        (BrokerKind.MOSQUITTO, "mosquitto", "mosquitto version 2.1", State.OK),
        (BrokerKind.MOSQUITTO, "mosquitto", "mosquitto version 1.6.15", State.FAIL),
    ],
)
def test_a_broker_is_known_by_what_it_says_of_itself(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: BrokerKind,
    name: str,
    said: str,
    state: State,
) -> None:
    program(tmp_path, monkeypatch, name, said)
    finding = broker_program(Settings(data_dir=tmp_path, broker=kind))
    assert (finding.state, finding.found) == (state, f"{said} ({tmp_path / name})")
    assert (state is State.OK) is not bool(finding.advice)


def test_a_program_that_cannot_be_run_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, monkeypatch, "mosquitto", "never said")
    (tmp_path / "mosquitto").write_bytes(b"\x7fELF of another machine")
    finding = broker_program(Settings(data_dir=tmp_path, broker=BrokerKind.MOSQUITTO))
    assert finding.state is State.FAIL
    assert "does not run" in finding.found


@pytest.fixture
def store(migrated_store_url: str) -> Iterator[Store]:
    with kept_store(migrated_store_url) as opened:
        yield opened


def test_the_databases_own_version_is_told(store: Store) -> None:
    finding = database(store)
    assert finding.state is State.OK
    assert finding.found.startswith("SQLite 3." if store.is_sqlite else "PostgreSQL 15.")


def test_a_database_that_is_too_old_is_a_failure_that_says_what_is_needed(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(doctor_versions, "LEAST_SQLITE", (99, 1))
    monkeypatch.setattr(doctor_versions, "LEAST_POSTGRESQL", (99,))
    url = store.url.render_as_string(hide_password=False)
    findings = examine(Settings(data_dir=tmp_path, store_url=url))
    finding = next(each for each in findings if each.name == "database version")
    assert finding.state is State.FAIL
    assert finding.advice.startswith("99")
    assert finding == Finding("database version", State.FAIL, finding.found, finding.advice)
