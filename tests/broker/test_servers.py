"""The servers that the tests start are really there."""

import tempfile
from pathlib import Path

import psycopg
import pytest

from tests import servers
from tests.servers import RunningBroker
from zone_service.broker import probe


@pytest.mark.real_broker
def test_each_broker_lets_the_platform_in(broker: RunningBroker) -> None:
    probe(broker.service)


@pytest.mark.real_broker
def test_a_device_that_was_given_an_account_connects(broker: RunningBroker) -> None:
    (access,) = broker.add("device-first")
    probe(access)


def test_each_store_starts_empty(store_url: str) -> None:
    assert store_url.startswith(("sqlite:///", "postgresql+psycopg://"))
    if store_url.startswith("postgresql"):
        with psycopg.connect(store_url.replace("+psycopg", "")) as connection:
            tables = connection.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            ).fetchone()
            assert tables == (0,)


def test_a_cluster_goes_where_the_one_who_runs_it_may_enter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(servers, "MEMORY", tmp_path / "no such memory")
    monkeypatch.setattr(tempfile, "tempdir", "/tmp")
    assert servers.roomiest() == Path("/tmp").resolve()
    tmp_path.chmod(0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert servers.roomiest() == Path("/var/tmp")


def test_chromium_is_a_program(chromium_path: str) -> None:
    assert chromium_path.startswith("/")
