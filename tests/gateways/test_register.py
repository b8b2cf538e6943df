"""Which device a number on the wire is, and by which code it is believed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from telemetry.gateways.jt808 import WIRE
from telemetry.report import Domain
from tests.gateways.playing import bus, phone, register
from zone_service.clock import now
from zone_service.gateways.register import Registered, registered
from zone_service.store import credentials, registry
from zone_service.store.engine import Store, open_store
from zone_service.store.records import PLATFORM, Device

pytestmark = pytest.mark.requirement("D7-1")

KEY = b"the gateway's own"


@pytest.fixture
def store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """Two terminals, and a device that speaks something else."""
    opened = open_store(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'zone.sqlite')}")
    register(opened, 2)
    add(opened, "car-1", "canonical", None)
    yield opened
    opened.close()


def add(store: Store, device_id: str, codec: str, wire_id: str | None) -> str:
    with store.write() as session:
        device = Device(device_id, "buses", Domain.ROAD, device_id, codec, wire_id)
        registry.add_device(session, PLATFORM, device, now())
        return credentials.issue(session, PLATFORM, device_id, now())


def known(store: Store, *, registers: bool = True, key: bytes = KEY) -> Registered:
    with store.read() as session:
        return registered(session, WIRE, key, registers=registers)


def test_a_terminal_is_its_number_without_zeros_and_no_other_format_is_among_them(
    store: Store,
) -> None:
    add(store, "bus-old", "jt808", "013700000000")
    assert {name: each.device_id for name, each in known(store).units.items()} == {
        phone(0): bus(0), phone(1): bus(1), "13700000000": "bus-old",
    }  # fmt: skip


def test_of_two_devices_of_one_number_the_first_keeps_it_and_it_is_named(store: Store) -> None:
    """As there may be from before a number was one device's alone."""
    add(store, "aaa-late", "jt808", "13700000009")
    with store.write() as session:
        session.connection().execute(
            text("UPDATE device SET wire_id = :name WHERE device_id = 'aaa-late'"),
            {"name": phone(1)},
        )
    found = known(store)
    assert {name: each.device_id for name, each in found.units.items()} == {
        phone(0): bus(0), phone(1): bus(1),
    }  # fmt: skip
    assert found.twice == (phone(1),)
    with store.write() as session:
        registry.deactivate(session, PLATFORM, bus(1), now())
    assert known(store).units[phone(1)].device_id == "aaa-late"
    assert known(store).twice == ()


def test_a_code_is_the_devices_own_and_ends_with_its_credential(store: Store) -> None:
    before = known(store).units
    one, other = before[phone(0)], before[phone(1)]
    assert one.accepts(one.token)
    assert not one.accepts(other.token)
    elsewhere = known(store, key=b"another").units[phone(0)]
    assert elsewhere.token != one.token
    assert elsewhere.fingerprint == one.fingerprint
    with store.write() as session:
        secret = credentials.issue(session, PLATFORM, bus(0), now())
        credentials.revoke(session, PLATFORM, bus(1), now())
    after = known(store).units
    assert set(after) == {phone(0)}
    assert after[phone(0)].accepts(secret)
    assert not after[phone(0)].accepts(one.token)
    assert after[phone(0)].fingerprint != one.fingerprint


def test_where_nobody_is_told_a_code_the_secret_alone_is_taken(store: Store) -> None:
    secret = add(store, "bus-3", "jt808", "13700000003")
    unit = known(store, registers=False).units["13700000003"]
    assert unit.token == ""
    assert unit.accepts(secret)
    wrong = ("", "\0", secret[:-1], known(store).units["13700000003"].token, 100 * "x", "沪")
    assert not any(unit.accepts(each) for each in wrong)
