import re
import time
from dataclasses import replace

import bcrypt
import pytest

from tests.store.city import ADMINISTRATOR, CAR, DRONE, KITE, NOON, POLICE, REVIEWER, SWIFT
from zone_service.store import credentials, registry, secret
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, InvalidValue, NotAllowed, NotFound
from zone_service.store.records import PLATFORM, Device, Principal
from zone_service.store.revisions import revisions


def cars(count: int) -> list[Device]:
    return [replace(CAR, device_id=f"fleet-{n:05}", label=f"Car {n}") for n in range(count)]


def test_a_device_comes_back_as_it_was_registered(store: Store) -> None:
    boat = Device("boat-1", "kite", DRONE.domain, "Boat 一号", "jt808", "013800138000", CAR.datum)
    with store.write() as session:
        registry.add_device(session, KITE, boat, NOON)
    with store.read() as session:
        assert registry.device(session, KITE, "boat-1") == boat
        assert registry.labels(session, KITE, ["boat-1", "car-1"]) == {"boat-1": "Boat 一号"}


@pytest.mark.parametrize(
    "device_id",
    ["ab", "-abc", "a/b", "a+c", "a#c", "a.b", "a b", "ｃａｒ-1", "car‐1", "x" * 65, "car-1\n"],
)
def test_an_id_that_could_mean_another_topic_is_refused(store: Store, device_id: str) -> None:
    with pytest.raises(InvalidValue, match="device id"), store.write() as session:
        registry.add_device(session, SWIFT, replace(CAR, device_id=device_id), NOON)


def test_an_id_is_taken_once_in_the_whole_city(store: Store) -> None:
    with pytest.raises(Conflict, match="device 'car-1' is taken"), store.write() as session:
        registry.add_device(session, KITE, replace(DRONE, device_id="car-1"), NOON)


def test_an_operator_registers_for_itself_alone(store: Store) -> None:
    with pytest.raises(NotAllowed), store.write() as session:
        registry.add_device(session, SWIFT, replace(DRONE, device_id="drone-2"), NOON)


@pytest.mark.parametrize("principal", [POLICE, REVIEWER])
def test_those_who_supervise_do_not_register(store: Store, principal: Principal) -> None:
    with pytest.raises(NotAllowed), store.write() as session:
        credentials.issue(session, principal, "car-1", NOON)


def test_a_device_needs_an_organisation_that_is_there(store: Store) -> None:
    with pytest.raises(NotFound), store.write() as session:
        registry.add_device(session, ADMINISTRATOR, replace(CAR, organisation_id="gone"), NOON)


def test_devices_come_page_by_page(store: Store) -> None:
    registry.add_devices(store, SWIFT, cars(5), NOON, with_credentials=False)
    with store.read() as session:
        first = registry.devices(session, SWIFT, limit=4)
        rest = registry.devices(session, SWIFT, after=first[-1].device_id)
        ids = [each.device_id for each in (*first, *rest)]
        assert ids == ["car-1", *(f"fleet-{n:05}" for n in range(5))]
        for limit in (0, 1001):
            with pytest.raises(InvalidValue, match="1 to 1000"):
                registry.devices(session, SWIFT, limit=limit)


def test_each_change_of_the_registry_moves_its_revision(store: Store) -> None:
    def count() -> int:
        with store.read() as session:
            return revisions(session).registry

    seen = [count()]
    with store.write() as session:
        credentials.issue(session, SWIFT, "car-1", NOON)
    seen.append(count())
    with store.write() as session:
        credentials.revoke(session, SWIFT, "car-1", NOON)
    seen.append(count())
    with store.write() as session:
        registry.deactivate(session, SWIFT, "car-1", NOON)
    seen.append(count())
    assert seen == sorted(set(seen))


def test_a_secret_is_shown_once_and_only_its_hashes_are_kept(store: Store) -> None:
    with store.write() as session:
        shown = credentials.issue(session, KITE, "drone-1", NOON)
    with store.read() as session:
        (kept,) = credentials.active(session)
    assert re.fullmatch(r"[0-9A-Za-z]{43}", shown)
    assert shown not in kept.bcrypt + kept.pbkdf2
    assert (kept.device_id, kept.codec, kept.created_at) == ("drone-1", "dji", NOON)
    assert kept.bcrypt.startswith("$2a$04$")
    assert kept.pbkdf2.startswith("$7$101$")


def test_a_new_secret_ends_the_old_one(store: Store) -> None:
    with store.write() as session:
        credentials.issue(session, SWIFT, "car-1", NOON)
        (first,) = credentials.active(session)
        credentials.issue(session, SWIFT, "car-1", NOON)
        (second,) = credentials.active(session)
    assert first.bcrypt != second.bcrypt


def test_a_revoked_secret_opens_nothing(store: Store) -> None:
    with store.write() as session:
        credentials.issue(session, SWIFT, "car-1", NOON)
        assert credentials.revoke(session, SWIFT, "car-1", NOON)
        assert not credentials.revoke(session, SWIFT, "car-1", NOON)
        assert credentials.active(session) == ()


def test_a_device_out_of_service_keeps_its_name_and_loses_its_secret(store: Store) -> None:
    with store.write() as session:
        credentials.issue(session, SWIFT, "car-1", NOON)
        assert not registry.deactivate(session, SWIFT, "car-1", NOON).active
        assert credentials.active(session) == ()
        with pytest.raises(Conflict, match="out of service"):
            credentials.issue(session, SWIFT, "car-1", NOON)
        assert {each.device_id: each.active for each in registry.all_devices(session)} == {
            "car-1": False,
            "drone-1": True,
        }


def test_two_thousand_devices_are_added_with_their_secrets_in_seconds(store: Store) -> None:
    begun = time.perf_counter()
    added = registry.add_devices(store, SWIFT, cars(2000), NOON)
    assert time.perf_counter() - begun < 30.0
    assert added.count == 2000
    assert len(set(added.secrets.values())) == 2000
    with store.read() as session:
        assert len(credentials.active(session)) == 2000
        assert len(registry.all_devices(session)) == 2002


def test_a_chunk_with_a_name_that_is_taken_is_not_added(store: Store) -> None:
    with pytest.raises(Conflict, match="is taken"):
        registry.add_devices(store, SWIFT, [*cars(3), CAR], NOON)
    with store.read() as session:
        assert [each.device_id for each in registry.devices(session, SWIFT)] == ["car-1"]


def test_secrets_have_256_random_bits() -> None:
    made = {secret.new_secret() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(each) for each in made} == {43}


def test_many_devices_get_new_secrets_at_once_and_lose_them_at_once(store: Store) -> None:
    registry.add_devices(store, SWIFT, cars(3), NOON)
    names = ["fleet-00001", "fleet-00002"]
    made = credentials.issue_many(store, SWIFT, names, NOON)
    assert sorted(made) == names
    with store.read() as session:
        kept = {each.device_id: each.bcrypt for each in credentials.active(session)}
    assert all(bcrypt.checkpw(made[name].encode(), kept[name].encode()) for name in names)
    with pytest.raises(NotAllowed):
        credentials.revoke_many(store, SWIFT, names, NOON)
    credentials.revoke_many(store, PLATFORM, [*names, "unknown"], NOON)
    with store.read() as session:
        assert {each.device_id for each in credentials.active(session)} == {"fleet-00000"}


def test_nobody_gives_new_secrets_to_the_devices_of_others(store: Store) -> None:
    registry.add_devices(store, SWIFT, cars(1), NOON)
    with pytest.raises(NotFound):
        credentials.issue_many(store, KITE, ["fleet-00000"], NOON)
