"""The servers that the tests start are really there."""

import psycopg
import pytest

from tests.servers import RunningBroker
from zone_service.broker import probe

pytestmark = pytest.mark.real_broker


def test_each_broker_lets_the_platform_in(broker: RunningBroker) -> None:
    probe(broker.service)


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


def test_chromium_is_a_program(chromium_path: str) -> None:
    assert chromium_path.startswith("/")
