import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fences import scene
from tests.store import city
from zone_service.store.engine import Store, open_store


@pytest.fixture(scope="session")
def field_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the city and its fields, to be copied."""
    path = tmp_path_factory.mktemp("fields") / "store.sqlite"
    shutil.copy(sqlite_template, path)
    store = open_store(f"sqlite:///{path}")
    city.settle(store)
    scene.settle(store)
    store.close()
    return path


@pytest.fixture
def store(field_file: Path, tmp_path: Path) -> Iterator[Store]:
    """A city with zones and aircraft, of this test alone."""
    opened = open_store(f"sqlite:///{shutil.copy(field_file, tmp_path / 'zone.sqlite')}")
    yield opened
    opened.close()
