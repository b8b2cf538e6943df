"""The hashes that brokers read, tried on the brokers' own programs."""

import base64
import shutil
import subprocess
from pathlib import Path

import bcrypt
import pytest

from tests.servers import RunningBroker, absent
from zone_service.broker import AccessRefused, Account, BrokerAccess, probe
from zone_service.store.secret import hashed, mosquitto_hash

SECRET = "correct-horse-battery-staple"


def test_the_bcrypt_hash_is_of_the_secret() -> None:
    made = hashed(SECRET)
    assert bcrypt.checkpw(SECRET.encode(), made.bcrypt.encode())
    assert not bcrypt.checkpw(b"another", made.bcrypt.encode())


def test_the_pbkdf2_hash_is_the_one_that_mosquitto_makes_with_the_same_salt(
    tmp_path: Path,
) -> None:
    program = shutil.which("mosquitto_passwd")
    if program is None:
        absent("mosquitto_passwd", "run `make servers`")
    file = tmp_path / "passwords"
    subprocess.run([program, "-b", "-c", str(file), "car-1", SECRET], check=True, timeout=10)
    name, line = file.read_text().strip().split(":", 1)
    salt = line.split("$")[3]
    assert name == "car-1"
    assert mosquitto_hash(SECRET, base64.b64decode(salt)) == line


@pytest.mark.real_broker
def test_a_secret_opens_the_broker_that_knows_its_hashes(broker: RunningBroker) -> None:
    made = hashed(SECRET)
    account = Account("hashed-1", made.bcrypt, made.pbkdf2)
    broker.server.reload([*broker.accounts.values(), account])
    probe(BrokerAccess("127.0.0.1", broker.server.plan.port, "hashed-1", SECRET))
    with pytest.raises(AccessRefused):
        probe(BrokerAccess("127.0.0.1", broker.server.plan.port, "hashed-1", SECRET + "x"))
    broker.server.reload(broker.accounts.values())
