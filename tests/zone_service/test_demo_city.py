"""The demonstration's city: every permit was applied for, reviewed and issued, step by step."""

from pathlib import Path

import pytest

from permits.life_cycle import in_force
from simulators.demo_scenario import demo_scenario
from zone_service.clock import now
from zone_service.demo_accounts import ACCOUNTS
from zone_service.demo_city import build_city
from zone_service.settings import load
from zone_service.store import accounts, permits, zones
from zone_service.store.engine import Store, open_store
from zone_service.store.records import PLATFORM
from zone_service.world_loader import load_world


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, dict[str, str]]:
    folder: Path = tmp_path_factory.mktemp("city")
    store = open_store(f"sqlite:///{folder / 'city.sqlite'}")
    store.upgrade()
    return store, build_city(store, demo_scenario(), now())


@pytest.mark.requirement("D4b-1")
def test_every_permit_went_through_its_life_cycle_and_is_in_force(
    city: tuple[Store, dict[str, str]],
) -> None:
    store, _ = city
    with store.read() as session:
        granted = permits.grants(session, now())
        histories = [permits.changes(session, PLATFORM, permit.number) for permit in granted]
    assert len(granted) == len(demo_scenario().permits)
    assert all(in_force(permit.state) for permit in granted)
    assert min(len(history) for history in histories) >= 2
    actors = {change.by for history in histories for change in history}
    assert {"demo-applicant", "demo-transport", "demo-police", "system"} <= actors


def test_every_device_has_a_secret_of_its_own(city: tuple[Store, dict[str, str]]) -> None:
    _, secrets = city
    assert set(secrets) == {device.device_id for device in demo_scenario().devices}
    assert len(set(secrets.values())) == len(secrets)


def test_the_accounts_that_the_login_page_shows_can_sign_in(
    city: tuple[Store, dict[str, str]],
) -> None:
    store, _ = city
    roles = {
        accounts.log_in(store, each.username, each.password, "127.0.0.1", now()).principal.role
        for each in ACCOUNTS
    }
    assert roles == {account.role for account in ACCOUNTS}


def test_the_worker_can_judge_by_it(city: tuple[Store, dict[str, str]]) -> None:
    store, secrets = city
    world = load_world(store, load(rule_set="demonstration"))
    assert set(world.subjects) == set(secrets)
    assert set(world.grants) == set(secrets)
    with store.read() as session:
        assert len(world.zones.zones) == len(zones.in_force(session).zones) > 50
