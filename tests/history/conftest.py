import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.history.journal import Place
from tests.store import city
from zone_service.store import registry
from zone_service.store.engine import Store, open_store
from zone_service.store.records import PLATFORM


@pytest.fixture(scope="session")
def history_city(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the small city of the store's tests and more cars, to be copied."""
    path = tmp_path_factory.mktemp("history") / "store.sqlite"
    shutil.copy(sqlite_template, path)
    with closing(open_store(f"sqlite:///{path}")) as store:
        _settle(store)
    return path


def _settle(store: Store) -> None:
    drone = replace(city.DRONE, codec="canonical")
    cars = (replace(city.CAR, device_id=each) for each in ("car-1", "car-2", "car-3"))
    with store.write() as session:
        for organisation in city.ORGANISATIONS:
            registry.add_organisation(session, PLATFORM, organisation, city.NOON)
        for device in (*cars, drone):
            registry.add_device(session, PLATFORM, device, city.NOON)


@pytest.fixture
def place(history_city: Path, tmp_path: Path) -> Iterator[Place]:
    """A journal and a folder for its history."""
    copied = shutil.copy(history_city, tmp_path / "store.sqlite")
    with closing(open_store(f"sqlite:///{copied}")) as store:
        yield Place(store, tmp_path / "history")
