import re

import bcrypt
import pytest

from tests.store.city import KITE, NOON, POLICE, REVIEWER, SWIFT, cars
from zone_service.store import credentials, registry, secret
from zone_service.store.engine import Store
from zone_service.store.errors import NotAllowed, NotFound
from zone_service.store.records import PLATFORM, Principal
from zone_service.store.revisions import revision


@pytest.mark.parametrize("principal", [POLICE, REVIEWER])
def test_those_who_supervise_give_no_secrets(store: Store, principal: Principal) -> None:
    with pytest.raises(NotAllowed), store.write() as session:
        credentials.issue(session, principal, "car-1", NOON)


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


def test_withdrawn_is_who_had_a_secret_and_was_given_no_new_one(store: Store) -> None:
    registry.add_devices(store, SWIFT, cars(2), NOON)
    with store.write() as session:
        assert credentials.withdrawn(session) == frozenset()
        credentials.revoke(session, SWIFT, "car-1", NOON)  # it never had one
        credentials.issue(session, SWIFT, "fleet-00000", NOON)  # a second one: the first is over
        credentials.revoke(session, SWIFT, "fleet-00001", NOON)
        assert credentials.withdrawn(session) == {"fleet-00001"}
        credentials.issue(session, SWIFT, "fleet-00001", NOON)
        assert credentials.withdrawn(session) == frozenset()


def test_whoever_holds_a_copy_of_the_registry_learns_of_every_change_of_a_secret(
    store: Store,
) -> None:
    with store.write() as session:
        counts = [revision(session, "registry")]
        for change in (credentials.issue, credentials.revoke, credentials.issue):
            change(session, SWIFT, "car-1", NOON)
            counts.append(revision(session, "registry"))
    credentials.revoke_many(store, PLATFORM, ["car-1"], NOON)
    credentials.issue_many(store, PLATFORM, ["car-1"], NOON)
    with store.read() as session:
        counts.append(revision(session, "registry"))
    first = counts[0]
    assert counts == [first, first + 1, first + 2, first + 3, first + 5]


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
