"""The commands find the platform that runs on their data, on whatever ports it was started."""

from pathlib import Path

import pytest

from zone_service.addresses import addresses, keep
from zone_service.data_lock import DataLock
from zone_service.settings import Settings, load


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ZONE_MQTT_PORT", "ZONE_WEB_PORT", "ZONE_MQTT_HOST", "ZONE_WEB_HOST"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def started(tmp_path: Path) -> Settings:
    settings = load(data_dir=tmp_path, mqtt_port=11883, web_host="0.0.0.0", web_port=18080)
    keep(settings)
    return settings


def test_without_a_platform_it_is_the_defaults(started: Settings) -> None:
    found = addresses(load(data_dir=started.data_dir))
    assert (found.mqtt, found.web) == ("127.0.0.1:1883", "http://127.0.0.1:8080")


def test_a_platform_that_runs_is_where_it_wrote_that_it_is(started: Settings) -> None:
    with DataLock(started.data_dir):
        found = addresses(load(data_dir=started.data_dir))
    assert (found.mqtt, found.web) == ("127.0.0.1:11883", "http://127.0.0.1:18080")


def test_what_is_set_holds_all_the_same(started: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZONE_MQTT_HOST", "broker.example")
    with DataLock(started.data_dir):
        found = addresses(load(data_dir=started.data_dir))
    assert (found.mqtt, found.web_port) == ("broker.example:11883", 18080)


def test_what_cannot_be_read_is_as_if_it_were_not_there(started: Settings) -> None:
    (started.data_dir / "addresses.json").write_bytes(b"{")
    with DataLock(started.data_dir):
        assert addresses(load(data_dir=started.data_dir)).mqtt_port == 1883


def test_an_address_of_ipv6_is_written_in_brackets(tmp_path: Path) -> None:
    assert addresses(load(data_dir=tmp_path, web_host="::1")).web == "http://[::1]:8080"
