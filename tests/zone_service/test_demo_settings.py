"""The demonstration is of its own: nobody's database, broker or data are touched by it."""

import socket
from pathlib import Path

import pytest

from zone_service import demo
from zone_service.broker import BrokerError
from zone_service.settings import BrokerKind, UnsafeSettings

THEIRS = {
    "ZONE_STORE_URL": "postgresql+psycopg://zone@db.example/zone",
    "ZONE_DATA_DIR": "/srv/zone",
    "ZONE_BROKER": "external",
    "ZONE_MQTT_HOST": "broker.example",
    "ZONE_MQTT_PORT": "8883",
    "ZONE_MQTT_USERNAME": "platform",
    "ZONE_MQTT_PASSWORD": "the secret of somebody's broker",
    "ZONE_MQTT_TLS_CA": "/etc/ssl/ca.pem",
    "ZONE_PUBLIC_ORIGIN": "https://zone.example",
    "ZONE_SECURE_COOKIES": "true",
}


@pytest.mark.parametrize("broker", [BrokerKind.NATS, BrokerKind.MOSQUITTO])
def test_a_variable_that_names_somebodys_database_or_broker_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, broker: BrokerKind
) -> None:
    for name, value in THEIRS.items():
        monkeypatch.setenv(name, value)
    own = demo._settings(tmp_path, broker)
    assert own.database == f"sqlite:///{tmp_path.resolve()}/zone.sqlite"
    assert (own.data_dir, own.broker) == (tmp_path.resolve(), broker)
    assert (own.mqtt_host, own.mqtt_username) == ("127.0.0.1", "service")
    assert (own.mqtt_password.get_secret_value(), own.mqtt_tls) == ("", None)
    assert (own.public_origin, own.secure_cookies) == ("", False)


def test_its_page_is_where_the_environment_says_or_beside_it_where_that_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        monkeypatch.setenv("ZONE_WEB_PORT", str(port))
        assert demo._settings(tmp_path, BrokerKind.NATS).web_port == port
        taken.listen()
        assert capsys.readouterr().out == ""
        other = demo._settings(tmp_path, BrokerKind.NATS).web_port
        assert other != port
        said = f"Port {port} (ZONE_WEB_PORT) is in use: the page is on {other}."
        assert said in capsys.readouterr().out


def test_production_refuses_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ZONE_ENVIRONMENT", "production")
    with pytest.raises(UnsafeSettings, match="ZONE_DEMO=true shows passwords"):
        demo._settings(tmp_path, BrokerKind.NATS)


def test_a_broker_of_somebody_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match="expected --broker nats or mosquitto"):
        demo._settings(tmp_path, BrokerKind.EXTERNAL)
