"""Who and what is registered is listed, and a secret that was lost is made anew."""

import re
import socket
from contextlib import closing
from importlib.metadata import version

import pytest

from tests.cli.conftest import Shell
from zone_service.broker import device_client_id
from zone_service.clock import now
from zone_service.store import accounts
from zone_service.store.engine import open_store
from zone_service.store.errors import WrongCredentials

LONG = "long enough 1"


@pytest.fixture
def kept(shell: Shell) -> Shell:
    """A shell on a machine that has its tables."""
    return shell


def test_devices_are_listed_with_whether_they_have_a_credential(kept: Shell) -> None:
    for name, domain in (("drone-1", "air"), ("car-1", "road")):
        kept.zone("device", "add", name, "--operator", "acme", "--domain", domain)
    kept.zone("device", "revoke", "drone-1")
    listed = [line.split() for line in kept.zone("device", "list").stdout.splitlines()]
    assert listed == [
        [
            "device",
            "operator",
            "domain",
            "codec",
            "id",
            "in",
            "payloads",
            "datum",
            "credential",
            "label",
        ],
        ["car-1", "acme", "road", "canonical", "–", "WGS84", "valid", "car-1"],
        ["drone-1", "acme", "air", "canonical", "–", "WGS84", "withdrawn", "drone-1"],
    ]


def test_a_lost_credential_is_made_anew_and_shown_once(kept: Shell) -> None:
    first = kept.zone("device", "add", "car-1", "--operator", "acme").stdout
    again = kept.zone("device", "credential", "car-1").stdout
    said = dict(line.rsplit(maxsplit=1) for line in again.splitlines())
    assert said["password"] not in first
    assert said["client id"] == device_client_id("car-1", said["password"])


def test_a_device_that_is_not_there_gets_no_credential(kept: Shell) -> None:
    refused = kept.zone("device", "credential", "car-9")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "no device 'car-9'" in refused.stderr


def test_whoever_withdraws_a_credential_is_told_what_an_external_broker_still_does(
    kept: Shell,
) -> None:
    for name in ("car-1", "car-2"):
        kept.zone("device", "add", name, "--operator", "acme")
    own = kept.zone("device", "revoke", "car-1")
    assert (own.stdout, own.stderr) == ("car-1: its credential is withdrawn\n", "")
    anothers = kept.zone(
        "device", "revoke", "car-2", ZONE_BROKER="external", ZONE_MQTT_PASSWORD="of another broker"
    )
    assert anothers.stdout == "car-2: its credential is withdrawn\n"
    said = " ".join(anothers.stderr.split())
    assert "What it still sends is refused. Its session does not drop" in said
    assert "take its account from the broker too" in said


def test_people_are_listed_and_none_of_their_passwords(kept: Shell) -> None:
    kept.zone(
        "user", "add", "paul", "--role", "police", "--organisation", "guard", "--password", LONG
    )
    reviewer = ("--role", "reviewer", "--organisation", "roads", "--department", "transport")
    kept.zone("user", "add", "li", *reviewer, "--password", LONG)
    listed = [line.split() for line in kept.zone("user", "list").stdout.splitlines()]
    assert listed == [
        ["account", "role", "organisation", "department", "state"],
        ["li", "reviewer", "roads", "transport", "open"],
        ["paul", "police", "guard", "–", "open"],
    ]


def test_a_password_is_changed_for_an_account_that_there_is(kept: Shell) -> None:
    kept.zone(
        "user", "add", "paul", "--role", "police", "--organisation", "guard", "--password", LONG
    )
    changed = kept.zone("user", "password", "paul", ZONE_NEW_PASSWORD="another long one")
    assert "signed out everywhere" in changed.stdout
    assert kept.zone("user", "password", "paul", "--password", "short").returncode == 1
    assert "no account 'nobody'" in (
        kept.zone("user", "password", "nobody", "--password", LONG).stderr
    )


@pytest.mark.parametrize(
    ("name", "department", "said"),
    [
        ("", "transport", "expected 1 to 64 letters"),
        ("two words", "transport", "account 'two words'"),
        ("li", "nonsense", "expected one of industry, transport, police, traffic_police, aviation"),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_what_was_expected(
    kept: Shell, name: str, department: str, said: str
) -> None:
    words = ("--role", "reviewer", "--organisation", "roads", "--department", department)
    refused = kept.zone("user", "add", name, *words, "--password", LONG)
    assert refused.returncode == 1
    assert said in refused.stderr


def test_an_account_is_closed_and_opened_again_by_its_name(shell: Shell) -> None:
    words = ("--role", "police", "--organisation", "guards", "--password", "long enough 1")
    assert shell.zone("user", "add", "zhao", *words).returncode == 0
    with closing(open_store(f"sqlite:///{shell.folder / 'data' / 'zone.sqlite'}")) as store:
        signed_in = accounts.log_in(store, "zhao", "long enough 1", "192.0.2.7", now())
        closed = shell.zone("user", "close", "zhao")
        assert (closed.returncode, closed.stdout) == (
            0,
            "zhao: the account is closed and signed out everywhere\n",
        )
        assert re.search(r"^zhao .* closed$", shell.zone("user", "list").stdout, re.MULTILINE)
        with pytest.raises(WrongCredentials):
            accounts.by_session(store, signed_in.cookie, now())
        with pytest.raises(WrongCredentials):
            accounts.log_in(store, "zhao", "long enough 1", "192.0.2.7", now())
        assert shell.zone("user", "open", "zhao").stdout == "zhao may sign in again\n"
        accounts.log_in(store, "zhao", "long enough 1", "192.0.2.7", now())
        with pytest.raises(WrongCredentials):
            accounts.by_session(store, signed_in.cookie, now())
    unknown = shell.zone("user", "close", "nobody")
    assert unknown.returncode == 1
    assert "nobody" in unknown.stderr


def test_the_command_says_its_version(shell: Shell) -> None:
    assert shell.zone("--version").stdout == f"zone {version('test-zone-platform')}\n"


@pytest.mark.parametrize("command", ["up", "web"])
def test_a_port_that_is_in_use_is_one_line_and_nothing_was_started_or_stopped(
    shell: Shell, command: str
) -> None:
    port = shell.environment["ZONE_WEB_PORT"]
    with socket.create_server(("127.0.0.1", int(port))):
        refused = shell.zone(command)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"error: cannot listen on 127.0.0.1:{port}: Address already in use; "
        "free it or set ZONE_WEB_PORT\n"
    )


def test_a_folder_that_cannot_hold_the_data_is_named_with_what_was_expected(shell: Shell) -> None:
    refused = shell.zone("up", ZONE_DATA_DIR="/proc/foo")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("error: /proc/foo cannot hold the data: ")
    assert "expected a folder that this user may make and write, set by ZONE_DATA_DIR" in (
        refused.stderr
    )
