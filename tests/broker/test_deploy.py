"""The example configurations in ``deploy`` say what the platform itself would write."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.servers import RunningBroker
from zone_service.broker import BrokerKind, Plan, account, find_server, gateway_account
from zone_service.brokers import mosquitto, nats

DEPLOY = Path(__file__).parents[2] / "deploy"
GATEWAY = replace(gateway_account("jt808", "x"), speaks_for=("device-2",))
PLAN = Plan(
    directory=Path("/etc/mosquitto"), port=1883, service_port=1884, service=account("service", "x")
)


def settings_of(text: str) -> set[str]:
    return {line for line in text.splitlines() if line and not line.startswith("#")}


def test_the_example_for_mosquitto_gives_devices_and_platform_the_same_rights() -> None:
    written = {file.name: file.text for file in mosquitto.files(PLAN, [GATEWAY])}
    for who in ("devices", "service"):
        example = (DEPLOY / f"mosquitto-{who}.acl").read_text()
        assert settings_of(example) == settings_of(written[f"{who}.acl"])


def test_the_example_for_mosquitto_limits_what_the_platform_limits() -> None:
    written = settings_of(mosquitto.files(PLAN, [])[0].text)
    example = settings_of((DEPLOY / "mosquitto.conf").read_text())
    ours_alone = (
        "user ",
        "log_",
        "connection_messages",
        "sys_interval",
        "listener",
        "persistence_",
    )
    assert {line for line in written - example if not line.startswith(ours_alone)} == set()


def test_the_example_for_nats_allows_what_the_platform_allows() -> None:
    written = nats.files(PLAN, [account("device-1", "x"), GATEWAY])[1].text
    example = (DEPLOY / "nats.conf").read_text()
    subjects = [part for part in written.split('"') if "." in part and not part.startswith("$2")]
    assert [subject for subject in subjects if f'"{subject}"' not in example] == []


@pytest.mark.real_broker
def test_nats_server_accepts_its_example(nats_broker: RunningBroker, tmp_path: Path) -> None:
    example = (DEPLOY / "nats.conf").read_text().replace("/var/lib/nats", str(tmp_path))
    (tmp_path / "nats.conf").write_text(example)
    command = [str(find_server(BrokerKind.NATS)), "-c", str(tmp_path / "nats.conf"), "-t"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "configuration file" in checked.stderr + checked.stdout
    assert checked.returncode == 0, checked.stderr
