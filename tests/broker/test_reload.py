"""Accounts come and go while the broker runs."""

import time
import uuid
from pathlib import Path

import pytest

from tests.broker.clients import Connections, eventually
from tests.servers import RunningBroker
from zone_service.broker import AccessRefused, Account, BrokerFailed, BrokerKind, account, probe

pytestmark = pytest.mark.real_broker

DROPS_WITHIN_S = 2.0
# How long after its PUBACK a message may still be lost to a kill -9, in seconds.
BROKERS = {BrokerKind.NATS: 0.0, BrokerKind.MOSQUITTO: 2.5}


def fresh(name: str) -> str:
    return f"{name}-{uuid.uuid4().hex[:8]}"


def test_a_new_account_connects_without_a_restart(broker: RunningBroker) -> None:
    pid, name = broker.server.pid, fresh("newcomer")
    with pytest.raises(AccessRefused, match=name):
        probe(broker.access(name))
    broker.add(name)
    probe(broker.access(name))
    assert broker.server.pid == pid


def test_the_live_session_of_a_removed_account_drops_and_it_cannot_come_back(
    broker: RunningBroker, connect: Connections
) -> None:
    name = fresh("revoked")
    (access,) = broker.add(name)
    device = connect(access)
    broker.remove(name)
    eventually(lambda: not device.alive, DROPS_WITHIN_S)
    with pytest.raises(AccessRefused, match=name):
        probe(access)


def test_a_secret_that_was_replaced_drops_the_session_opened_with_the_old_one(
    broker: RunningBroker, connect: Connections
) -> None:
    name = fresh("rotated")
    (access,) = broker.add(name)
    device = connect(access)
    broker.accounts[name] = account(name, "another secret")
    broker.server.reload(broker.accounts.values())
    eventually(lambda: not device.alive, DROPS_WITHIN_S)


def test_the_sessions_of_the_others_stay_up_and_lose_nothing(
    broker: RunningBroker, connect: Connections
) -> None:
    stays, goes = fresh("stays"), fresh("goes")
    broker.add(stays, goes)
    service = connect(broker.service).subscribe(f"zone/up/{stays}/#")
    device = connect(broker.access(stays))
    for number in range(50):
        device.publish(f"zone/up/{stays}/tele", str(number).encode())
        if number == 25:
            broker.remove(goes)
    eventually(lambda: len(service.heard) == 50)
    assert [int(payload) for _, payload in service.heard] == list(range(50))
    assert service.alive
    assert device.alive


def test_what_was_sent_while_the_platform_was_away_waits_for_it(
    broker: RunningBroker, connect: Connections
) -> None:
    name = fresh("patient")
    broker.add(name)
    worker = connect(broker.service, f"keeper-{name}", clean=False).subscribe(
        f"zone/up/{name}/tele"
    )
    worker.end()
    device = connect(broker.access(name))
    for number in range(1500):  # more than Mosquitto keeps unless told to
        device.publish(f"zone/up/{name}/tele", str(number).encode())
    eventually(lambda: len(device.acknowledged) == 1500, 10.0)
    back = connect(broker.service, f"keeper-{name}", clean=False)
    eventually(lambda: len({payload for _, payload in back.heard}) == 1500, 10.0)


@pytest.mark.parametrize("kind", list(BROKERS))
def test_a_broker_that_is_killed_still_has_what_it_took_a_second_before(
    kind: BrokerKind, tmp_path: Path, request: pytest.FixtureRequest, connect: Connections
) -> None:
    request.getfixturevalue(f"{kind}_broker")  # skips, loudly, where it is missing
    with RunningBroker(kind, tmp_path, persistence=True) as mortal:
        mortal.add("device-1")
        connect(mortal.service, "keeper", clean=False).subscribe("zone/up/+/tele").end()
        device = connect(mortal.access("device-1"))
        for number in range(200):
            device.publish("zone/up/device-1/tele", str(number).encode())
        eventually(lambda: len(device.acknowledged) == 200, 10.0)
        time.sleep(BROKERS[kind])
        mortal.kill()
        mortal.start()
        back = connect(mortal.service, "keeper", clean=False)
        eventually(lambda: len({payload for _, payload in back.heard}) == 200, 10.0)


def test_no_file_of_the_broker_is_readable_by_others(broker: RunningBroker) -> None:
    directory = broker.server.plan.directory
    assert directory.stat().st_mode & 0o077 == 0
    written = [*directory.glob("*.conf"), *directory.glob("*.passwords"), *directory.glob("*.acl")]
    assert written
    assert [path.name for path in written if path.stat().st_mode & 0o177] == []


def test_no_secret_is_written_down_in_the_clear(broker: RunningBroker) -> None:
    name = fresh("secretive")
    (access,) = broker.add(name)
    written = [path.read_text(errors="replace") for path in files(broker.server.plan.directory)]
    assert [text for text in written if access.password in text or broker.password in text] == []


def files(directory: Path) -> list[Path]:
    return [path for path in directory.iterdir() if path.is_file()]


def test_a_configuration_the_broker_refuses_is_reported_and_the_old_one_holds(
    nats_broker: RunningBroker,
) -> None:
    name = fresh("steady")
    (access,) = nats_broker.add(name)
    twice = [account("same-name", "a"), account("same-name", "b")]
    with pytest.raises(BrokerFailed, match="same-name"):
        nats_broker.server.reload([*nats_broker.accounts.values(), *twice])
    probe(access)
    nats_broker.server.reload(nats_broker.accounts.values())


def test_a_broker_that_does_not_run_cannot_be_reloaded(tmp_path: Path) -> None:
    idle = RunningBroker(BrokerKind.NATS, tmp_path)
    with pytest.raises(BrokerFailed, match="does not run"):
        idle.server.reload([])


@pytest.mark.load
def test_five_thousand_accounts_are_written_and_taken_within_two_seconds(
    broker: RunningBroker, connect: Connections
) -> None:
    one = account("sample", "secret")
    many = [Account(f"many-{number:05d}", one.bcrypt, one.pbkdf2) for number in range(5000)]
    (access,) = broker.add(fresh("among-many"))
    device = connect(access)
    took_s = -time.monotonic()
    broker.server.reload([*broker.accounts.values(), *many])
    took_s += time.monotonic()
    probe(type(access)(access.host, access.port, "many-04999", "secret"))
    assert device.alive
    broker.server.reload(broker.accounts.values())
    assert took_s < 2.0
